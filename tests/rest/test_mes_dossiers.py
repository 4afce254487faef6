"""« Mes dossiers »: for every role and purpose, the cases that can be read, each as its own reading says it; attacked."""

from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID, uuid4

import pytest

from adapters.gate import mes_dossiers
from adapters.registre.administration import administrer, confirmer_mandat
from adapters.registre.instantane import Mandat
from ledger.droit.jours import PARIS
from tests.bases import AUJOURD_HUI, SCHEMA, bases_neuves, ouvrir_ledger
from tests.monde import AUTRE_BAILLEUR, COMMUNE, PAR, Monde, evenement, mandater, ouverture, ouvrir_monde, rpls
from tests.rest.mondes import PORTES, ROLES, Jeu, Lecteur, Travail, compter_le_travail, deux_mondes, inscrire
from tests.rest.non_dits import INFORME, SAISIE, commandement, inscription, mandat
from tests.rest.recit import AIDE, raconter, titulaire
from tests.rest.test_attaques_etranger import octets
from tests.rest.test_regles import DETTE
from tests.rest.test_reunion import rapprocher

ADM: Final = "CCAPEX_ADMINISTRATIVE"
EMISSION: Final = "ACTE_EMISSION"
SSD: Final = ("ssd", "ACCOMPAGNEMENT")
COURENT: Final = {"EN_COURS", "EN_ATTENTE"}


async def siens(monde: Monde, qui: str, finalite: str, agent: str = "", **params: Any) -> list[dict[str, Any]]:
    """Every line of a reader's list, page after page."""
    lignes: list[dict[str, Any]] = []
    suivant: str | None = ""
    while suivant is not None:
        page = params | ({"apres": suivant} if suivant else {})
        lu = await monde.get("/v1/dossiers", qui, finalite, agent, params=page)
        assert lu.status_code == 200, lu.text
        lignes += lu.json()["dossiers"]
        suivant = lu.json()["suivant"]
    return lignes


def ids(lignes: Iterable[dict[str, Any]]) -> set[str]:
    return {dossier for ligne in lignes for dossier in (ligne["dossier"], *ligne.get("reunis", ()))}


# every role, every purpose ---------------------------------------------------------------------------------------


@dataclass
class Peuple:
    """A world with cases of every kind: by whom each was made, and those that everybody is tried on."""

    monde: Monde
    par_role: dict[str, list[str]] = field(default_factory=dict)
    de_tous: list[str] = field(default_factory=list)


@pytest.fixture(scope="module")
async def peuple(modele: str) -> AsyncIterator[Peuple]:
    with bases_neuves(modele) as bases:
        inscrire(bases)
        async with ouvrir_ledger(bases) as ledger, ouvrir_monde(bases, ledger) as monde:
            ouvert = Peuple(monde, de_tous=[await raconter(monde)])
            for rang, role in enumerate(ROLES):
                ouvert.par_role[role] = [d async for d in _dossiers_de(monde, Lecteur(role), 100 * rang)]
            ouvert.de_tous += [d async for d in _dossiers_de_tous(monde)]
            await monde.projeter()
            yield ouvert


async def _dossiers_de(monde: Monde, lecteur: Lecteur, rang: int) -> AsyncIterator[str]:
    """Cases that link this reader in each way that its role has, and one that did and does no more."""
    jeu = Jeu(monde, lecteur, Travail, su=True)
    voies = {lien for porte in PORTES[lecteur.role].values() for voie in porte["liens"] for lien in voie}
    jeu.commencer(rang + 1)
    await jeu.donner()  # its commune, its portfolio
    jeu.lui = await titulaire(monde, jeu.dossier)
    for recit in (INFORME, SAISIE, commandement, inscription("CCAPEX"), inscription("CLIL")):
        await recit(jeu)
    yield jeu.dossier
    if "mandat" in voies:
        jeu.commencer(rang + 2)
        await jeu.donner()
        jeu.lui = await titulaire(monde, jeu.dossier)
        await mandat("lui" if lecteur.role == "USAGER" else "")(jeu)
        for finalite in lecteur.finalites("emettre"):
            if lecteur.emet("AccompagnementOuvert", finalite):
                suivi = evenement("AccompagnementOuvert", intervention=str(uuid4()), mesure="ASLL_MAINTIEN")
                recu = await monde.contribuer(jeu.dossier, lecteur.code, finalite, suivi, agent=lecteur.agent)
                if recu.status_code == 201:  # it told of the case, and its mandate ends
                    _fin_de_mandat(monde, lecteur.code, jeu.dossier)
                    break
        yield jeu.dossier
    if finalites := lecteur.finalites("ouvrir"):
        for numero, connu in ((3, True), (4, False)):  # joined, where others had opened it elsewhere; its own alone
            jeu.commencer(rang + numero)
            if connu:
                yield await jeu.autres([], ouvrent="etude")
            corps = ouverture(jeu.nom, lecteur.siret, f"35{jeu.menage:08d}", lecteur.commune)
            for finalite in finalites:
                recu = await monde.post("/v1/dossiers", lecteur.code, finalite, corps, lecteur.agent)
                if recu.status_code == 201:
                    yield recu.json()["dossier"]
                    break


def _fin_de_mandat(monde: Monde, code: str, dossier: str) -> None:
    with administrer(monde.bases.registre_url, PAR, SCHEMA) as registre:
        fini = Mandat(code, UUID(dossier), "instructrice", date(2026, 1, 1), date(2026, 10, 1))
        confirmer_mandat(registre, fini)


async def _dossiers_de_tous(monde: Monde) -> AsyncIterator[str]:
    """One against which somebody objects, one that is restricted, one that is erased, two that are one household's."""
    for rang, portee in enumerate(("OPPOSITION", "LIMITATION")):
        dossier = await monde.ouvrir("ssd", nom=f"FERME{'AB'[rang]}", id_rpls=rpls(60 + rang))
        pose = evenement("OppositionEnregistree", portee=portee)
        assert (await monde.contribuer(dossier, "ccapex", ADM, pose)).status_code == 201
        yield dossier
    efface = await monde.ouvrir("ssd", nom="EFFACE", id_rpls=rpls(62))
    await monde.effacer(efface, await titulaire(monde, efface))
    yield efface
    a = await monde.ouvrir("ssd", nom="REUNI", id_rpls=rpls(63))
    b = await monde.ouvrir("bailleur", nom="RE UNIE", id_rpls=rpls(64))
    assert (await rapprocher(monde, a, b)).status_code == 201
    yield a
    yield b


@pytest.mark.parametrize("role", ROLES)
async def test_la_liste_est_ce_qui_se_lit_et_chaque_ligne_ce_qui_s_y_lit(
    peuple: Peuple, role: str, compter: Callable[[str, int], None]
) -> None:
    monde, lecteur = peuple.monde, Lecteur(role)
    voisin = ROLES[(ROLES.index(role) + 1) % len(ROLES)]
    essayes = [*peuple.par_role[role], *peuple.par_role[voisin][:1], *peuple.de_tous]
    listes = 0
    for code in sorted(PORTES[role]):
        finalite = f"AIDE_INSTRUCTION; demande={AIDE}" if code == "AIDE_INSTRUCTION" else code
        lu = await monde.get("/v1/dossiers", lecteur.code, finalite, lecteur.agent)
        if not {"lire", "lister"} <= set(PORTES[role][code]["actions"]):
            assert lu.status_code == 403, (role, finalite)
            continue
        if lu.status_code == 403:  # the law has not come yet
            assert lu.json()["code"] == "FINALITE_PAS_EN_VIGUEUR", lu.text
            continue
        lignes = await siens(monde, lecteur.code, finalite, lecteur.agent)
        assert [ligne["dossier"] for ligne in lignes] == sorted({ligne["dossier"] for ligne in lignes})
        for dossier in {*essayes, *ids(lignes)}:
            statut = (await monde.get(f"/v1/dossiers/{dossier}", lecteur.code, finalite, lecteur.agent)).status_code
            assert (statut == 200) is (dossier in ids(lignes)), (role, finalite, dossier, statut)
        attendues = await _attendues(monde, lecteur, finalite)
        for ligne in lignes[:6]:
            assert ligne == await _oracle(monde, lecteur, finalite, ligne["dossier"], attendues), (role, finalite)
        listes += 1
    compter("listes de dossiers comparées à ce qui se lit", listes)


async def _attendues(monde: Monde, lecteur: Lecteur, finalite: str) -> list[str]:
    lu = await monde.get("/v1/attentes", lecteur.code, finalite, lecteur.agent, params={"limite": 200})
    assert lu.status_code == 200, lu.text
    return [attendue["dossier"] for attendue in lu.json()["attentes"]]


async def _oracle(
    monde: Monde, lecteur: Lecteur, finalite: str, dossier: str, attendues: list[str]
) -> dict[str, Any]:
    """The line of a case, from what the routes of that case say of it."""

    async def lire(suite: str) -> dict[str, Any]:
        lu = await monde.get(f"/v1/dossiers/{dossier}{suite}", lecteur.code, finalite, lecteur.agent)
        assert lu.status_code == 200, lu.text
        document: dict[str, Any] = lu.json()
        return document

    document, horloges, histoire = await lire(""), await lire("/echeances"), await lire("/historique")
    faits = {f["id"]: f for f in histoire["evenements"]}
    courent = [
        {nom: h[nom] for nom in ("regle", "libelle", "dernier_jour")}
        for h in horloges["echeances"]
        if h["etat"] in COURENT and h["dernier_jour"] and h["dernier_jour"] >= AUJOURD_HUI.isoformat()
    ]
    jours = {jour(f["enregistre_le"]) for f in faits.values() if f["enregistre_le"]}
    jours |= {f["efface_le"] for f in faits.values() if f["efface_le"]}
    reunis = document.get("reunis", [])
    return {
        "dossier": dossier,
        **({"reunis": reunis} if reunis else {}),
        "stade": document["synthese"]["stade"] if "F08" in {g["groupe"] for g in document["communique"]} else None,
        "commune": document["synthese"]["commune"],
        "prochaine_echeance": min(courent, key=lambda h: (h["dernier_jour"], h["regle"]), default=None),
        "attentes": sum(attendues.count(d) for d in (dossier, *reunis)),
        "vu_change_le": max(jours, default=None),
    }


def jour(moment: str) -> str:
    return datetime.fromisoformat(moment).astimezone(PARIS).date().isoformat()
