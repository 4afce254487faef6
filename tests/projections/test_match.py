"""What each view keeps: a function on values, without a database."""

from collections.abc import Sequence
from datetime import UTC, date, datetime
from random import Random
from typing import Any
from uuid import UUID

import pytest
from eventsourcing.persistence import StoredEvent

from ledger import catalogue as ev
from ledger.catalogue import EFFACE, Fait, Volet, catalogue
from ledger.dossier.repli import replier
from ledger.mapper import ouvrir, to_fait
from ledger.sealing import Trousseau
from policies.tables import lire as lire_tables
from projections import VUES
from projections.vue import Vue, passe, volet
from projections.vues import ccapex, clil, comex
from tests.projections.monde import KEK, SCHEMA, Menage, exemple, vue_de

TOUTES = [pytest.param(v, id=v.nom) for v in VUES]
PROCEDURE = {
    "DossierRouvert",
    "DossierClos",
    "CcapexSaisie",
    "SaisineClose",
    "AssignationSignifiee",
    "CongeDelivre",
    "OrganismeDSFSaisi",
    "DiagnosticTransmis",
    "AudienceTenue",
    "JugementRendu",
    "JugementSignifie",
    "AppelForme",
    "DelaisJudiciairesAvances",
    "DossierClasseEtude",
    "CommandementQuitterSignifie",
    "ReceptionConstatee",
    "DelaisQuitterAvances",
    "ConcoursForceRequis",
    "ConcoursForceAccorde",
    "ConcoursForceRefuse",
    "ConcoursForceSursis",
    "ExpulsionRealisee",
    "DepartConstate",
    "IndemnisationAvancee",
}
ENQUETE = {"EnqueteDemandee", "EnqueteRealisee", "ExpulsionProgrammee"}
"""Of the préfecture, the police and the étude that tells it, and of nobody else."""
DROITS = {
    "EffacementDemande",
    "EffacementAvise",
    "EffacementDecide",
    "EffacementEngage",
    "ConservationOrdonnee",
    "ConservationLevee",
    "DroitExerce",
    "DroitRepondu",
}
PIECES = {"PieceJointe"}
"""Read in the case itself: a worklist has none."""
HORS_4_3 = {"SurendettementAvance", "HabitatSignale"}
RAPPROCHEMENTS = {"RapprochementSuggere", "RapprochementTranche", "FaitMaintenu", "FaitRecu"}
PROTEGES = {nom for nom, cls in catalogue().items() if issubclass(cls, ev.ActeProtege)}


def retenus(vue: Vue[Any]) -> set[str]:
    return {nom for nom, cls in catalogue().items() if cls.TOPIC in vue.garde}


def menage() -> Menage:
    return Menage(UUID(int=1), Random(1))  # noqa: S311 - reproducible, not secret


def fermes(*stockes: StoredEvent) -> list[Fait]:
    return [to_fait(s, position=i) for i, s in enumerate(stockes, 1)]


def test_la_clil_garde_de_la_procedure_le_seul_commandement_de_payer() -> None:
    assert (
        set(catalogue()) - retenus(clil.VUE)
        == PROCEDURE | ENQUETE | PROTEGES | DROITS | RAPPROCHEMENTS | HORS_4_3 | PIECES
    )


def test_la_ccapex_garde_tout_sauf_l_enquete_de_la_prefecture() -> None:
    assert set(catalogue()) - retenus(ccapex.VUE) == ENQUETE | DROITS | PIECES


def test_la_comex_garde_le_jugement_et_ses_suites_et_aucun_acte_protege() -> None:
    absents = PIECES | {
        "CommandementPayerSignifie",
        "CcapexSaisie",
        "SaisineClose",
        "DossierClos",
        "DossierClasseEtude",
        "DossierRouvert",
        "AssignationSignifiee",
        "CongeDelivre",
        "OrganismeDSFSaisi",
        "DiagnosticTransmis",
        "AudienceTenue",
    }
    assert set(catalogue()) - retenus(comex.VUE) == absents | PROTEGES | DROITS | RAPPROCHEMENTS | {"HabitatSignale"}


@pytest.mark.parametrize("vue", TOUTES)
def test_une_vue_garde_ce_que_les_politiques_ouvrent_a_ses_finalites(vue: Vue[Any]) -> None:
    tables = lire_tables()
    [ouverte] = [ligne for ligne in tables.vues if ligne["code"] == vue.nom]
    assert vue.groupes == set(ouverte["groupes"])


def test_un_evenement_d_un_groupe_en_volets_que_personne_n_a_classe_arrete_tout() -> None:
    class ActeNouveau(ev.Evenement):
        GROUPE = ev.JugementRendu.GROUPE

    with pytest.raises(ValueError, match="ActeNouveau : dites de quel volet de F08"):
        volet(ActeNouveau)
    assert {volet(cls) for cls in catalogue().values()} == {None, *Volet}


def test_la_clil_n_a_pas_un_octet_de_s3() -> None:
    assert clil.VUE.garde
    assert all("S3" not in classes for classes in clil.VUE.garde.values())


def test_la_comex_n_a_de_s3_que_les_besoins_de_l_avis() -> None:
    assert {topic for topic, classes in comex.VUE.garde.items() if "S3" in classes} == {ev.AvisRendu.TOPIC}


@pytest.mark.parametrize("vue", TOUTES)
def test_ce_qui_reste_est_l_evenement_tel_quel(vue: Vue[Any]) -> None:
    m = menage()
    faits = fermes(m.ouvrir(), m.occuper(), m.dire(exemple(ev.DetteDeclaree)))
    lue = vue_de(vue, faits)
    assert lue.faits == tuple(faits)


def test_la_ligne_de_la_clil_ignore_la_suite_de_la_procedure() -> None:
    m = menage()
    faits = fermes(
        m.ouvrir(),
        m.dire(exemple(ev.CommandementPayerSignifie), le=date(2025, 2, 1)),
        m.dire(exemple(ev.AssignationSignifiee), le=date(2025, 6, 1)),
    )
    ligne = vue_de(clil.VUE, faits).ligne
    assert (ligne.stade, ligne.dernier_acte_le, ligne.contentieux) == ("COMMANDEMENT", date(2025, 2, 1), True)
    instruite = vue_de(ccapex.VUE, faits).ligne
    assert (instruite.stade, instruite.dernier_acte_le, instruite.prochaine_audience) == (
        "ASSIGNATION",
        date(2025, 6, 1),
        date(2020, 1, 28),
    )
    jugee = vue_de(comex.VUE, faits).ligne
    assert (jugee.stade, jugee.dernier_acte_le, jugee.concours_requis_le) == ("OUVERT", None, None)


def test_l_efface_perd_ses_octets_et_garde_sa_place() -> None:
    m = menage()
    ouverture, une, autre = m.ouvrir(), m.occuper(), m.occuper()
    a, b = m.personnes
    faits = fermes(
        ouverture,
        une,
        autre,
        m.dire(exemple(ev.EvaluationSociale, personnes=(a, b))),
        m.dire(exemple(ev.EvaluationSociale, personnes=(b,))),
        m.effacer(a, menage_aussi=False),
    )
    lue = vue_de(ccapex.VUE, faits)
    assert [[len(s.octets) > 0 for s in f.scelles] for f in lue.faits] == [
        [True, True],
        [False, False],
        [True, True],
        [False, False],
        [True, True],
        [],
    ]
    assert lue.ligne.effaces == {str(a): m.faits[-1].enveloppe.survenu_le.isoformat()}
    sans_cle = Trousseau(SCHEMA, m.dossier, {}, KEK, {str(a)})
    ouvert = ouvrir(lue.faits[1], sans_cle, (ev.Classe.S1,)).evenement
    assert isinstance(ouvert, ev.OccupantDeclare)
    assert repr(ouvert.nom) == repr(EFFACE)


def test_avec_le_dernier_adulte_le_menage_perd_les_siens() -> None:
    m = menage()
    ouverture, une, dette = m.ouvrir(), m.occuper(), m.dire(exemple(ev.DetteDeclaree))
    faits = fermes(ouverture, une, dette, m.effacer(m.personnes[0], menage_aussi=True))
    for vue in VUES:
        lue = vue_de(vue, faits)
        assert [s.octets for f in lue.faits for s in f.scelles] == [b""] * 5
        assert lue.ligne.menage_efface_le == m.faits[-1].enveloppe.survenu_le


def passes(faits: Sequence[Fait], **quand: Any) -> tuple[Fait, ...]:
    """``passe``, to its end at one stretch."""
    travail = passe(faits, **quand)
    while True:
        try:
            next(travail)
        except StopIteration as fin:
            rendus: tuple[Fait, ...] = fin.value
            return rendus


def test_le_passe_ne_contourne_ni_rectification_ni_effacement() -> None:
    m = menage()
    jour = date(2025, 1, 2)
    stockes = [m.dire(exemple(ev.DossierOuvert), le=jour), m.occuper()]
    stockes.append(m.dire(exemple(ev.DetteDeclaree), le=date(2025, 3, 1)))
    fausse = m.faits[-1].enveloppe.id
    stockes.append(m.dire(exemple(ev.DetteDeclaree, montant=1), le=date(2025, 6, 1), corrige=fausse))
    stockes.append(m.effacer(m.personnes[0], menage_aussi=False))
    faits = [f for f in fermes(*stockes) if not isinstance(f.evenement, ev.OccupantDeclare)]
    assert [f.version for f in passes(faits, au=date(2025, 4, 1))] == [1, 5]
    assert [f.version for f in passes(faits, au=date(2025, 6, 1))] == [1, 3, 4, 5]
    assert replier(passes(faits, au=date(2024, 12, 31))).ouvert_le is None


def test_connu_le_ne_garde_que_ce_qui_etait_dit() -> None:
    m = menage()
    instants = [datetime(2026, 1, jour, tzinfo=UTC) for jour in (1, 2, 3)]
    stockes = [m.ouvrir(), m.dire(exemple(ev.DetteDeclaree)), m.dire(exemple(ev.OppositionEnregistree))]
    faits = [
        to_fait(s, position=i, enregistre_le=i_le) for i, (s, i_le) in enumerate(zip(stockes, instants, strict=True), 1)
    ]
    assert [f.version for f in passes(faits, connu_le=instants[0])] == [1, 3]
    assert [f.version for f in passes(faits, connu_le=instants[1])] == [1, 2, 3]
