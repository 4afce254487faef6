"""Each role tells all that it may, at each purpose at which it may, and reads it back there; it tells nothing else."""

from collections.abc import AsyncIterator, Callable, Iterable
from typing import Any, Final

import pytest

from adapters.gate.deja_connu import DONNEES_DEMANDEES, groupes_de
from ledger.catalogue import catalogue, champs
from ledger.droit.donnees import historique
from tests.bases import AUJOURD_HUI, bases_neuves, ouvrir_ledger
from tests.monde import Monde, evenement, ouvrir_monde
from tests.rest.dires import PLUS_TARD, SIENS, Recueil, permis
from tests.rest.mondes import PORTES, ROLES, Lecteur, inscrire

EMETTENT: Final = tuple(role for role in ROLES if any(permis(role).values()))
SIGNALENT: Final = {("BAILLEUR_SOCIAL", "F13"), ("COMMISSAIRE_JUSTICE", "F13")}
"""Who signals a need, and reads none: not even that it was told (domaine, F13)."""
EN_CLAIR: Final = {"entier", "propres"}
AVANT: Final = "données demandées avant le ménage, comme la lecture les montre"
_CHAMPS: Final = [f"{nom}.{champ}" for nom, cls in catalogue().items() for champ in champs(cls)]
_CODES: Final = [*(donnee.donnee for donnee in historique()), *_CHAMPS]
DEMANDEES: Final = [_CODES[n : n + DONNEES_DEMANDEES] for n in range(0, len(_CODES), DONNEES_DEMANDEES)]
"""Every thing that can be asked before the household is, as many at a time as one question may name."""


@pytest.fixture(scope="module")
async def monde(modele: str) -> AsyncIterator[Monde]:
    """One world for the module, with a partner of each role."""
    with bases_neuves(modele) as bases:
        inscrire(bases)
        async with ouvrir_ledger(bases) as ledger, ouvrir_monde(bases, ledger) as ouvert:
            yield ouvert


@pytest.mark.parametrize("role", EMETTENT)
async def test_ce_qu_un_role_dit_a_une_finalite_il_le_relit_a_cette_finalite(
    monde: Monde, role: str, compter: Callable[[str, int], None]
) -> None:
    recueil = Recueil(monde, Lecteur(role), 0)
    await recueil.commencer()
    dits, avant, finalites = 0, 0, sorted(permis(role), key=lambda finalite: finalite != PLUS_TARD)
    for finalite in finalites:
        if finalite != PLUS_TARD and finalite == next(f for f in finalites if f != PLUS_TARD):
            await recueil.avancer("CommandementQuitterSignifie", "2026-10-05")
            await recueil.avancer("ConcoursForceRequis", "2026-10-10")
        faits = []
        for nom in permis(role)[finalite]:
            if nom == "FaitCorrige" or (role, nom) == ("USAGER", "OccupantParti"):
                continue  # of the first, test_corrections; after the second, nothing is one's own any more
            fait = await recueil.fait(nom, finalite)
            recu = await recueil.dire(finalite, fait)
            assert recu.status_code == 201, (role, finalite, fait, recu.text)
            faits.append(fait)
        if "lire" in PORTES[role][finalite]["actions"] and role not in {"DPO", "RESPONSABLE_TRAITEMENT"}:
            _relire(role, faits, await recueil.lire(finalite), tus=not PORTES[role][finalite]["montre_droits"])
        dits += len(faits)
        avant += await _avant_le_menage(recueil, [finalite])
    avant += await _avant_le_menage(recueil, PORTES[role].keys() - set(finalites))
    assert dits
    compter("faits dits par chaque rôle à chaque finalité", dits)
    compter(AVANT, avant)


def _relire(role: str, dits: list[dict[str, Any]], document: dict[str, Any], *, tus: bool) -> None:
    mesures = {c["groupe"]: c["mesure"] for c in document["communique"]}
    for dit in dits:
        cls = catalogue()[dit["type"]]
        groupe = "F10a" if cls.GROUPE == "F10" else cls.GROUPE
        if (tus and cls.EXERCE_UN_DROIT) or (role, groupe) in SIGNALENT:
            continue
        lisibles = {
            nom: valeur
            for nom, valeur in dit["donnees"].items()
            if mesures.get("F10a" if (g := champs(cls)[nom].groupe) == "F10" else str(g)) in EN_CLAIR
        }
        memes = [f for f in document["faits"] if f["type"] == dit["type"]]
        assert any(lisibles.items() <= f["champs"].items() for f in memes), (role, dit, memes, mesures)


async def _avant_le_menage(recueil: Recueil, finalites: Iterable[str]) -> int:
    """Of each thing, at each purpose: it is said to be known where reading shows it, closed where reading says so."""
    role, vues = recueil.lecteur.role, 0
    for finalite in finalites:
        porte = PORTES[role][finalite]
        if "lire" not in porte["actions"] or porte["valid_from"] > AUJOURD_HUI.isoformat():
            continue
        situation = await recueil.lire(finalite, "/situation")
        montrees = {d["donnee"]: d["valeur"] for d in situation["donnees"] if d["retenue"] is not None}
        fermes = {groupe["groupe"] for groupe in situation["non_communique"]}
        for codes in DEMANDEES:
            for dite in await recueil.deja_connu(finalite, codes):
                code, valeurs = dite["donnee"], [valeur["valeur"] for valeur in dite["valeurs"]]
                etats = {"CONNUE", "PERIMEE"} if code in montrees else {_sans(code, fermes)}
                assert dite["etat"] in etats, (role, finalite, code, dite)
                assert bool(valeurs) is (code in montrees), (role, finalite, code)
                assert not valeurs or montrees[code] in valeurs, (role, finalite, code)
                vues += 1
    return vues


def _sans(code: str, fermes: set[str]) -> str:
    """What is said of a thing that is not shown."""
    return "HORS_FINALITE" if groupes_de(code) <= fermes else "INCONNUE"


@pytest.mark.parametrize("role", [role for role in ROLES if PORTES[role]])
async def test_ce_qu_aucune_ligne_ne_lui_donne_un_role_ne_le_dit_pas(
    monde: Monde, role: str, compter: Callable[[str, int], None]
) -> None:
    recueil = Recueil(monde, Lecteur(role), 1)
    await recueil.commencer()
    siens = {nom for noms in permis(role).values() for nom in noms}
    finalite = next(iter(permis(role)), next(iter(PORTES[role])))
    refuses = 0
    for nom in SIENS.keys() - siens:
        recu = await recueil.dire(finalite, evenement(nom))
        attendu = "EVENEMENT_NON_ACCORDE" if finalite in permis(role) else "ACTION_NON_ACCORDEE"
        assert (recu.status_code, recu.json()["code"]) == (403, attendu), (role, nom, recu.text)
        refuses += 1
    assert refuses > 10
    compter("événements refusés à un rôle qu'aucune ligne ne nomme", refuses)
    if role not in EMETTENT:
        compter(AVANT, await _avant_le_menage(recueil, PORTES[role]))
