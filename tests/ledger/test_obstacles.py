"""What stops an erasure (access 31): each row of the table, until its term, with its article."""

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from typing import Final
from uuid import UUID, uuid4

import pytest

from ledger import catalogue as ev
from ledger.catalogue import Evenement
from ledger.dossier.decision import Auteur, Contexte, Contribution, Propose, decider
from ledger.dossier.etat import Dossier
from ledger.dossier.obstacles import OBSTACLES, obstacle
from ledger.dossier.refus import ActeRefuse
from ledger.dossier.repli import replier
from ledger.droit import obstacles

ETUDE: Final = Auteur("etude", "COMMISSAIRE_JUSTICE", "clerc")
RESPONSABLE: Final = Auteur("responsable", "RESPONSABLE_TRAITEMENT", "directrice")
SECONDE: Final = Auteur("responsable", "RESPONSABLE_TRAITEMENT", "seconde")
P, X, Y = (UUID(int=n) for n in range(1, 4))
J: Final = date(2020, 1, 15)
Dit = tuple[date, Evenement]


def jour(mois: int, jour_: int = 15, annee: int = 2020) -> date:
    return date(annee, mois, jour_)


def histoire(*dits: Dit) -> Dossier:
    ouverture = (
        (J, ev.DossierOuvert(parc="SOCIAL", commune="93066")),
        (J, ev.OccupantDeclare(personne=P, nom="LEROY")),
    )
    etat = Dossier()
    for le, e in (*ouverture, *dits):
        contribution = Contribution(id=uuid4(), auteur=ETUDE, finalite="X", evenements=(Propose(e, le),))
        etat = replier(decider(X, etat, contribution, Contexte(date(2040, 1, 1), [uuid4()])), etat)
    return etat


SAISIE: Final = ev.CcapexSaisie()
CLOSE: Final = ev.SaisineClose(motif="MAINTIEN")
FERME: Final = ev.DossierClos(motif="DETTE_SOLDEE")
ROUVERT: Final = ev.DossierRouvert(motif="PLAN_ROMPU")
CQL: Final = ev.CommandementQuitterSignifie()
REQUIS: Final = ev.ConcoursForceRequis()
ACCORDE: Final = ev.ConcoursForceAccorde()
REFUSE: Final = ev.ConcoursForceRefuse()
EXPULSION: Final = ev.ExpulsionRealisee()
DEPART: Final = ev.DepartConstate()


@pytest.mark.parametrize(
    ("dits", "attendus"),
    [
        pytest.param([], {jour(1): ""}, id="rien"),
        pytest.param(
            [(jour(2), SAISIE)], {jour(2): "SAISINE_OUVERTE", jour(2, annee=2039): "SAISINE_OUVERTE"}, id="saisine"
        ),
        pytest.param([(jour(2), SAISIE), (jour(3), CLOSE)], {jour(3): ""}, id="saisine close"),
        pytest.param(
            [(jour(2), CQL), (jour(2), SAISIE), (jour(3), CLOSE)],
            {jour(9): "PROCEDURE_OUVERTE"},
            id="saisine close, actes en cours",
        ),
        pytest.param([(jour(2), CQL), (jour(3), FERME)], {jour(2): "", jour(3): ""}, id="dossier clos"),
        pytest.param(
            [(jour(2), CQL), (jour(3), FERME), (jour(4), CQL)], {jour(4): "PROCEDURE_OUVERTE"}, id="acte après clôture"
        ),
        pytest.param(
            [(jour(2), CQL), (jour(3), FERME), (jour(4), ROUVERT)],
            {jour(4): "PROCEDURE_OUVERTE"},
            id="dossier clos, puis rouvert",
        ),
        pytest.param(
            [(jour(2), CQL), (jour(3), FERME), (jour(4), ROUVERT), (jour(5), FERME)],
            {jour(5): ""},
            id="rouvert, puis clos de nouveau",
        ),
        pytest.param([(jour(2), CQL), (jour(3), DEPART)], {jour(3): ""}, id="départ"),
        pytest.param(
            [(jour(2), CQL), (jour(3, 31), EXPULSION)],
            {jour(5, 30): "EXPULSION_RECENTE", jour(5, 31): ""},
            id="expulsion, puis ses délais",
        ),
        pytest.param(
            [(jour(2), REQUIS)],
            {jour(2): "REQUISITION_EN_ATTENTE", jour(4, 14): "REQUISITION_EN_ATTENTE", jour(4): "PROCEDURE_OUVERTE"},
            id="réquisition, puis silence",
        ),
        pytest.param(
            [(jour(2), REQUIS), (jour(3), ACCORDE), (jour(3, 20), EXPULSION)],
            {jour(5, 19): "EXPULSION_RECENTE", jour(5, 20): ""},
            id="accordé à temps, exécuté",
        ),
        pytest.param(
            [(jour(2), REQUIS), (jour(3), REFUSE), (jour(9), DEPART)],
            {jour(9): "INDEMNISATION_OUVERTE", date(2024, 12, 31): "INDEMNISATION_OUVERTE", date(2025, 1, 1): ""},
            id="refusé, puis prescrit",
        ),
        pytest.param(
            [(jour(2), REQUIS), (jour(9), DEPART)],
            {jour(9): "INDEMNISATION_OUVERTE", date(2024, 12, 31): "INDEMNISATION_OUVERTE", date(2025, 1, 1): ""},
            id="refus implicite, puis prescrit",
        ),
        pytest.param(
            [(jour(2), REQUIS), (jour(9), ACCORDE), (jour(10), EXPULSION)],
            {jour(12, 31): "INDEMNISATION_OUVERTE", date(2025, 1, 1): ""},
            id="accordé trop tard",
        ),
        pytest.param([(jour(2), REQUIS), (jour(3), DEPART)], {jour(9): ""}, id="parti avant le refus"),
        pytest.param(
            [(jour(2), ev.ConservationOrdonnee(fondement="CONTENTIEUX"))],
            {jour(2): "CONSERVATION_CONTENTIEUX"},
            id="contentieux",
        ),
        pytest.param(
            [(jour(2), ev.ConservationOrdonnee(fondement="ARCHIVES"))],
            {jour(2): "CONSERVATION_ARCHIVES"},
            id="archives",
        ),
        pytest.param(
            [
                (jour(2), ev.ConservationOrdonnee(fondement="ARCHIVES")),
                (jour(3), ev.ConservationLevee(fondement="ARCHIVES")),
            ],
            {jour(3): ""},
            id="conservation levée",
        ),
        pytest.param(
            [(jour(2), ev.OppositionEnregistree(portee="LIMITATION"))], {jour(2): "TRAITEMENT_LIMITE"}, id="limité"
        ),
        pytest.param([(jour(2), ev.OppositionEnregistree(portee="OPPOSITION"))], {jour(2): ""}, id="opposition"),
    ],
)
def test_regle_31_ce_qui_arrete_un_effacement_et_jusqu_a_quand(dits: list[Dit], attendus: dict[date, str]) -> None:
    etat = histoire(*dits)
    trouves = {le: obstacle(etat, le) for le in attendus}
    assert {le: trouve.code if trouve else "" for le, trouve in trouves.items()} == attendus


def test_regle_31_chaque_obstacle_est_une_rangee_avec_son_article(compter: Callable[[str, int], None]) -> None:
    rangees = obstacles.historique()
    assert {rangee.code for rangee in rangees} == OBSTACLES.keys()
    for rangee in rangees:
        assert rangee.tag in {"STATED", "INFERRED"}
        assert re.match(r"RGPD \d+\(\d\)", rangee.legal_ref)
        cause, _, attente = rangee.phrase.partition(" : ")
        assert cause
        assert attente.endswith(f"({rangee.legal_ref}).")
    assert [r.code for r in rangees if r.mois] == [
        "REQUISITION_EN_ATTENTE",
        "EXPULSION_RECENTE",
        "INDEMNISATION_OUVERTE",
    ]
    compter("obstacles à un effacement, chacun avec son article", len(rangees))


def test_regle_31_une_rangee_vaut_entre_ses_dates(monkeypatch: pytest.MonkeyPatch) -> None:
    fermees = tuple(replace(rangee, valid_to=jour(3)) for rangee in obstacles.historique())
    monkeypatch.setattr(obstacles, "historique", lambda: fermees)
    etat = histoire((jour(2), SAISIE))
    assert obstacle(etat, jour(3))
    assert obstacle(etat, jour(3) + timedelta(days=1)) is None


@pytest.mark.parametrize("avis", ["FAVORABLE", "DEFAVORABLE"])
def test_regle_31_ce_qui_survient_entre_la_decision_et_l_execution_l_arrete_aussi(avis: str) -> None:
    """And an avis that is not followed takes a reason, which binds nobody to follow it."""
    decision = ev.EffacementDecide(effacement=X, decision=Y, sens="ACCORDE", motif="parti depuis longtemps")
    decide = histoire(
        (J, ev.EffacementDemande(effacement=X, personne=P)), (J, ev.EffacementAvise(effacement=X, avis=avis))
    )
    for e in (decision, SAISIE):
        contribution = Contribution(id=uuid4(), auteur=RESPONSABLE, finalite="X", evenements=(Propose(e, J),))
        decide = replier(decider(X, decide, contribution, Contexte(J, [uuid4()])), decide)
    engage = ev.EffacementEngage(personne=P, decision=Y, menage_aussi=True, decideur=RESPONSABLE.agent, preuve="00")
    contribution = Contribution(id=uuid4(), auteur=SECONDE, finalite="X", evenements=(Propose(engage, J),))
    with pytest.raises(ActeRefuse, match="7-2") as refus:
        decider(X, decide, contribution, Contexte(J, [uuid4()]))
    assert (refus.value.code, refus.value.champ) == ("saisine_ouverte", "evenements.0.donnees.decision")
