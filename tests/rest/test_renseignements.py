"""Something is asked of the body that holds it, in the place of the household: once for all who need it."""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any, Final
from uuid import UUID

import pytest

from adapters.gate.deja_connu import groupes_de
from adapters.rest.nomenclatures import _ecrites
from ledger.droit import repondants
from ledger.droit.repondants import Detenteur
from policies import tables
from tests.bases import AUJOURD_HUI
from tests.monde import Monde, evenement, mandater
from tests.rest.test_attentes import BAILLEUR, CCAPEX, SSD, attentes
from tests.rest.test_deja_connu import INSTRUIRE, demander, instruit
from tests.rest.test_regles import dire, inscrire

__all__ = ["instruit"]
FSL: Final = ("fsl", INSTRUIRE)
ATTENDU_LE: Final = "2026-12-15"
UN_JOUR: Final = timedelta(days=1)


def demande(donnee: str = "dette", a_qui: str = "bailleur", pour_le: str = ATTENDU_LE) -> dict[str, Any]:
    return evenement("RenseignementDemande", donnee=donnee, destinataire=a_qui, echeance=pour_le)


def reponse(cle: str, issue: str = "FOURNI") -> dict[str, Any]:
    return evenement("RenseignementRepondu", renseignement=cle, issue=issue)


async def faits(monde: Monde, dossier: str, qui: str, finalite: str, type_: str) -> list[dict[str, Any]]:
    agent = "agent-1" if qui in {"fsl", "al"} else ""
    lu = await monde.get(f"/v1/dossiers/{dossier}", qui, finalite, agent)
    assert lu.status_code == 200, lu.text
    return [fait for fait in lu.json()["faits"] if fait["type"] == type_]


async def refuse(
    monde: Monde, dossier: str, qui: str, finalite: str, fait: dict[str, Any], agent: str = ""
) -> tuple[int, str, str]:
    recu = await monde.contribuer(dossier, qui, finalite, fait, agent=agent)
    probleme = recu.json()
    champ = (probleme.get("champs") or [{}])[0]
    return recu.status_code, champ.get("champ", ""), champ.get("code", probleme.get("code", ""))


async def test_demande_une_fois_pour_tous_et_repondu_une_fois(monde: Monde, instruit: str) -> None:
    """Two services ask the landlord for the debt: it reads one line, answers once, and each has its answer."""
    await dire(monde, instruit, *FSL, demande(), agent="agent-1")
    await dire(monde, instruit, *SSD, demande(pour_le="2026-11-30"))
    [attendue] = await attentes(monde, *BAILLEUR)
    assert {nom: attendue[nom] for nom in ("genre", "donnee", "echeance", "etat", "texte")} == {
        "genre": "RENSEIGNEMENT",
        "donnee": "dette",
        "echeance": "2026-11-30",
        "etat": "a_faire",
        "texte": "CRPA L.114-8 ; loi 90-449 art. 7-2",
    }
    dette = evenement("DetteDeclaree", montant=310000, arretee_au="2026-10-31")
    await dire(monde, instruit, *BAILLEUR, dette, reponse(attendue["cle"]))
    assert await attentes(monde, *BAILLEUR) == []
    for qui, finalite in (FSL, SSD):
        siennes = await faits(monde, instruit, qui, finalite, "RenseignementRepondu")
        assert {f["champs"]["destinataire"] for f in siennes} >= {qui}
        assert {f["champs"]["issue"] for f in siennes} == {"FOURNI"}
    [connue] = (await demander(monde, instruit, "fsl", INSTRUIRE, "dette"))["dette"]["valeurs"]
    assert connue["valeur"] == 310000


async def test_ce_qui_n_est_pas_detenu_se_dit_et_peut_se_redemander(monde: Monde, instruit: str) -> None:
    await dire(monde, instruit, *FSL, demande(), agent="agent-1")
    [attendue] = await attentes(monde, *BAILLEUR)
    await dire(monde, instruit, *BAILLEUR, reponse(attendue["cle"], "NON_DETENU"))
    assert await attentes(monde, *BAILLEUR) == []
    await dire(monde, instruit, *FSL, demande(), agent="agent-1")
    assert len(await attentes(monde, *BAILLEUR)) == 1


async def test_ce_qui_attend_une_reponse_ne_se_redemande_pas(monde: Monde, instruit: str) -> None:
    await dire(monde, instruit, *FSL, demande(), agent="agent-1")
    refus = await refuse(monde, instruit, *FSL, demande(), "agent-1")
    assert refus == (422, "evenements.0.donnees.donnee", "deja_demande")
    await dire(monde, instruit, *FSL, demande("loyer"), agent="agent-1")
    [posee, _] = await faits(monde, instruit, *FSL, "RenseignementDemande")
    await dire(monde, instruit, *FSL, evenement("FaitCorrige", corrige=posee["id"], motif="doublon"), agent="agent-1")
    assert [a["donnee"] for a in await attentes(monde, *BAILLEUR)] == ["loyer"]


@pytest.mark.parametrize(
    ("fait", "champ", "code"),
    [
        (demande("humeur"), "donnee", "donnee"),
        (demande("dette", "personne-ne-porte-ce-code"), "destinataire", "partenaire"),
        (demande("ressources", "bailleur"), "destinataire", "destinataire"),
        (demande("dette", "ccapex"), "destinataire", "destinataire"),
        (reponse("0199f1e2-7b1a-7000-8000-000000000001"), "renseignement", "renseignement_inconnu"),
    ],
)
async def test_ce_qui_ne_peut_se_demander_est_refuse_et_nomme(
    monde: Monde, instruit: str, fait: dict[str, Any], champ: str, code: str
) -> None:
    qui = FSL if fait["type"] == "RenseignementDemande" else BAILLEUR
    refus = await refuse(monde, instruit, *qui, fait, "agent-1" if qui is FSL else "")
    assert refus == (422, f"evenements.0.donnees.{champ}", code)


async def test_une_finalite_ne_demande_que_ce_qu_elle_ouvre(monde: Monde, instruit: str) -> None:
    """What the household lives on is closed to the secretariat that keeps the papers: nor does it ask for it."""
    assert groupes_de("ressources").isdisjoint(tables.lire().lus("CCAPEX_INSTRUCTEUR", CCAPEX[1]))
    refus = await refuse(monde, instruit, *CCAPEX, demande("ressources", "caf"))
    assert refus == (422, "evenements.0.donnees.donnee", "hors_finalite")
    assert (await monde.contribuer(instruit, *CCAPEX, demande("dette"))).status_code == 201


async def test_seul_qui_est_sollicite_repond(monde: Monde, instruit: str) -> None:
    await dire(monde, instruit, *SSD, demande("ressources", "caf"))
    [posee] = await faits(monde, instruit, *SSD, "RenseignementDemande")
    refus = await refuse(monde, instruit, *BAILLEUR, reponse(posee["id"]))
    assert refus == (422, "evenements.0.donnees.renseignement", "renseignement_inconnu")
    assert await attentes(monde, *BAILLEUR) == []
    assert await attentes(monde, *CCAPEX) == []


async def test_ce_qui_est_deduit_ne_s_envoie_pas(monde: Monde, instruit: str) -> None:
    await dire(monde, instruit, *FSL, demande(), agent="agent-1")
    [attendue] = await attentes(monde, *BAILLEUR)
    dite = reponse(attendue["cle"])
    dite["donnees"]["destinataire"] = "ssd"
    refus = await refuse(monde, instruit, *BAILLEUR, dite)
    assert refus == (422, "evenements.0.donnees.destinataire", "fixe")


async def test_une_cle_rejouee_ne_repond_pas_deux_fois(monde: Monde, instruit: str) -> None:
    """The same request sent again is the same answer, though nobody waits for it any more."""
    await dire(monde, instruit, *FSL, demande(), agent="agent-1")
    await dire(monde, instruit, *SSD, demande())
    [attendue] = await attentes(monde, *BAILLEUR)
    corps = {"evenements": [reponse(attendue["cle"])]}
    chemin = f"/v1/dossiers/{instruit}/interventions"
    une_fois = {"Idempotency-Key": "une-fois"}
    recus = [await monde.post(chemin, *BAILLEUR, corps, headers=une_fois) for _ in range(2)]
    assert [recu.status_code for recu in recus] == [201, 201], [recu.text for recu in recus]
    assert recus[0].json() == recus[1].json()
    assert len(await faits(monde, instruit, *BAILLEUR, "RenseignementRepondu")) == 2


async def test_qui_demande_ne_sait_pas_que_d_autres_ont_demande(monde: Monde, instruit: str) -> None:
    """Where the contacts of others are closed, one's own request and one's own answer are all that is read."""
    inscrire(monde, "al", "ACTION_LOGEMENT", territoire="departement")
    mandater(monde.bases, "al", UUID(instruit))
    al = ("al", "RELOGEMENT")
    assert "F10b" not in tables.lire().lus("ACTION_LOGEMENT", "RELOGEMENT")
    await dire(monde, instruit, *SSD, demande())
    await dire(monde, instruit, *al, demande(), agent="agent-1")
    [attendue] = await attentes(monde, *BAILLEUR)
    await dire(monde, instruit, *BAILLEUR, reponse(attendue["cle"]))
    [posee] = await faits(monde, instruit, *al, "RenseignementDemande")
    assert posee["auteur"]["organisation"] == "Organisation al"
    [rendue] = await faits(monde, instruit, *al, "RenseignementRepondu")
    assert rendue["champs"] == {"renseignement": posee["id"], "issue": "FOURNI", "destinataire": "al"}


@pytest.fixture
def la_caf_demain(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A row more, as one is written ahead: from tomorrow on, the CAF holds what is owed."""
    demain = Detenteur("dette", "CAF", AUJOURD_HUI + UN_JOUR, date.max, "Texte à venir", "INFERRED")
    rangees = (*repondants.historique(), demain)
    with monkeypatch.context() as patch:
        patch.setattr(repondants, "historique", lambda: rangees)
        repondants.repondants.cache_clear()
        _ecrites.cache_clear()
        yield
    repondants.repondants.cache_clear()
    _ecrites.cache_clear()


@pytest.mark.usefixtures("la_caf_demain")
async def test_qui_repond_a_partir_de_demain_repond_demain_sans_rien_redemarrer(monde: Monde, instruit: str) -> None:
    """What was answered yesterday is kept by nobody: neither the list, nor whom one may ask, nor what is refused."""

    async def dits() -> tuple[bool, bool, tuple[int, str, str]]:
        connue = await demander(monde, instruit, "ssd", SSD[1], "dette")
        listes = (await monde.get("/v1/nomenclatures", *SSD)).json()["donnees"]
        dans_la_liste = next("CAF" in d["repondants"] for d in listes if d["code"] == "dette")
        cela = await refuse(monde, instruit, *SSD, demande(a_qui="caf"))
        return "CAF" in [r["role"] for r in connue["dette"]["repondants"]], dans_la_liste, cela

    refusee = (422, "evenements.0.donnees.destinataire", "destinataire")
    assert [await dits() for _ in range(2)] == [(False, False, refusee)] * 2
    monde.gate.aujourd_hui = lambda: AUJOURD_HUI + UN_JOUR
    assert await dits() == (True, True, (201, "", ""))
    [attendue] = await attentes(monde, "caf", "COORDINATION_CONTACTS")
    assert attendue["donnee"] == "dette"
