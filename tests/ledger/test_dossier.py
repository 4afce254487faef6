"""The dossier decides on values: given past events, when a contribution, then events, or a refusal that says why."""

from collections.abc import Sequence
from datetime import date, timedelta
from itertools import permutations
from uuid import UUID, uuid4

import pytest
from msgspec import structs

from ledger import catalogue as ev
from ledger.catalogue import Evenement, Fait, Intervention, Stade
from ledger.dossier.adultes import dernier_adulte, menage_engage
from ledger.dossier.decision import Auteur, Contexte, Contribution, Propose, decider
from ledger.dossier.etat import Dossier, accordes
from ledger.dossier.refus import ActeRefuse
from ledger.dossier.repli import replier

ICI = UUID("0199f1e2-7b1a-7000-8000-0000000000aa")
PERSONNE = UUID("0199f1e2-7b1a-7000-8000-000000000001")
CONJOINT = UUID("0199f1e2-7b1a-7000-8000-000000000002")
AUJOURD_HUI = date(2026, 11, 23)
JOUR = date(2026, 3, 2)

OUVERTURE = ev.DossierOuvert(parc="SOCIAL", commune="93066")
TITULAIRE = ev.OccupantDeclare(personne=PERSONNE, nom="LEROY")

ETUDE = Auteur("etude-1", "COMMISSAIRE_JUSTICE", "agent-e", "99920707900180")
INSTRUCTEUR = Auteur("ccapex", "CCAPEX_INSTRUCTEUR", "agent-i", corrige_autrui=True)
SERVICE = Auteur("ssd93", "CD_TRAVAILLEUR_SOCIAL", "agent-s")
DPO = Auteur("dpo", "DPO", "agent-d")
RESPONSABLE = Auteur("rt", "RESPONSABLE_TRAITEMENT", "agent-r")


def proposer(
    dossier: Dossier,
    auteur: Auteur,
    *evenements: Evenement,
    le: date = JOUR,
    corrige: UUID | None = None,
    demandes72: dict[UUID, ev.Demande72] | None = None,
) -> tuple[Fait, ...]:
    contribution = Contribution(
        id=uuid4(),
        auteur=auteur,
        finalite="ACTE_EMISSION",
        evenements=tuple(Propose(e, le, corrige) for e in evenements),
    )
    ids = [uuid4() for _ in evenements]
    return decider(ICI, dossier, contribution, Contexte(AUJOURD_HUI, ids, demandes72 or {}))


def apres(*contributions: tuple[Auteur, Sequence[Evenement], date]) -> Dossier:
    dossier = Dossier()
    for auteur, evenements, le in contributions:
        dossier = replier(proposer(dossier, auteur, *evenements, le=le), dossier)
    return dossier


def ouvert(*suite: tuple[Auteur, Sequence[Evenement], date]) -> Dossier:
    return apres((ETUDE, [OUVERTURE, TITULAIRE], JOUR), *suite)


def refus(dossier: Dossier, auteur: Auteur, *evenements: Evenement, **options: object) -> ActeRefuse:
    with pytest.raises(ActeRefuse) as refuse:
        proposer(dossier, auteur, *evenements, **options)  # type: ignore[arg-type]  # forwarded as they are
    return refuse.value


def test_one_contribution_opens_a_case_and_acts_on_it() -> None:
    faits = proposer(Dossier(), ETUDE, OUVERTURE, TITULAIRE, ev.AssignationSignifiee(date_audience=date(2026, 5, 4)))
    assert [f.version for f in faits] == [1, 2, 3]
    assert {f.enveloppe.contribution for f in faits} == {faits[0].enveloppe.contribution}
    dossier = replier(faits)
    assert dossier.stade is Stade.ASSIGNATION
    assert dossier.prochaine_audience == date(2026, 5, 4)
    assert dossier.declarants == {"99920707900180"}


def test_a_case_begins_by_its_opening_and_is_opened_once() -> None:
    assert refus(Dossier(), ETUDE, TITULAIRE).code == "ouverture"
    assert refus(ouvert(), ETUDE, OUVERTURE).champ == "evenements.0.type"


def test_an_empty_or_endless_contribution_is_refused() -> None:
    assert refus(ouvert(), ETUDE).code == "contribution_vide"
    trop = [ev.DetteDeclaree(montant=1, arretee_au=JOUR)] * 101
    assert refus(ouvert(), ETUDE, *trop).code == "contribution_trop_longue"


def test_nothing_is_true_of_tomorrow() -> None:
    demain = AUJOURD_HUI + timedelta(days=1)
    assert refus(ouvert(), ETUDE, ev.CommandementPayerSignifie(), le=demain).code == "date_future"


def test_the_stage_is_the_latest_act_whatever_the_order_of_arrival() -> None:
    actes = [
        (ev.CommandementPayerSignifie(), date(2026, 1, 5)),
        (ev.AssignationSignifiee(), date(2026, 3, 9)),
        (ev.JugementRendu(), date(2026, 6, 1)),
    ]
    stades = {ouvert(*[(ETUDE, [acte], le) for acte, le in ordre]).stade for ordre in permutations(actes)}
    assert stades == {Stade.JUGEMENT}


def test_a_new_commandement_after_a_judgment_is_a_new_episode() -> None:
    dossier = ouvert(
        (ETUDE, [ev.JugementRendu()], date(2026, 2, 1)), (ETUDE, [ev.CommandementPayerSignifie()], date(2026, 9, 1))
    )
    assert dossier.stade is Stade.COMMANDEMENT


def test_a_corrected_act_no_longer_counts_and_is_corrected_once() -> None:
    dossier = ouvert((ETUDE, [ev.JugementRendu()], JOUR))
    jugement = [*dossier.passes][-1]
    retire = replier(proposer(dossier, ETUDE, ev.FaitCorrige(corrige=jugement)), dossier)
    assert retire.stade is Stade.OUVERT
    assert refus(retire, ETUDE, ev.FaitCorrige(corrige=jugement)).code == "deja_corrige"


def test_only_its_author_or_the_instructeur_corrects_an_event() -> None:
    dossier = ouvert((ETUDE, [ev.JugementRendu()], JOUR))
    jugement = [*dossier.passes][-1]
    assert refus(dossier, SERVICE, ev.FaitCorrige(corrige=jugement)).code == "correction"
    assert refus(dossier, ETUDE, ev.FaitCorrige(corrige=uuid4())).code == "correction"
    assert proposer(dossier, INSTRUCTEUR, ev.FaitCorrige(corrige=jugement))


def test_a_signalement_of_commandement_is_not_a_saisine() -> None:
    assert not ouvert((ETUDE, [ev.CommandementPayerSignifie()], JOUR)).saisine_ouverte
    saisi = ouvert((ETUDE, [ev.CcapexSaisie()], JOUR))
    assert saisi.saisine_ouverte
    close = proposer(saisi, INSTRUCTEUR, ev.SaisineClose(motif="SANS_SUITE"), le=date(2026, 3, 3))
    assert not replier(close, saisi).saisine_ouverte


def test_article_72_is_a_push_on_an_open_saisine_to_the_one_it_is_asked_of() -> None:
    demande = ev.Demande72(acte=uuid4(), destinataire="ssd93", question="démarches en cours ?")
    assert refus(ouvert(), INSTRUCTEUR, demande).code == "sans_saisine"
    saisi = ouvert((ETUDE, [ev.CcapexSaisie()], JOUR))
    pose = replier(proposer(saisi, INSTRUCTEUR, demande), saisi)
    reponse = ev.InformationTransmise72(
        acte=uuid4(), en_reponse_a=demande.acte, texte="suivi en cours", necessite="délai utile", menage_informe_le=JOUR
    )
    connues = {demande.acte: demande}
    assert proposer(pose, SERVICE, reponse, demandes72=connues)
    assert refus(pose, ETUDE, reponse, demandes72=connues).code == "demande72_inconnue"
    assert refus(pose, SERVICE, reponse).code == "demande72_inconnue"


def test_a_clil_examines_nobody_who_was_not_informed_or_who_objects() -> None:
    inscrire = ev.InstanceInscrite(instance="CLIL", seance=uuid4(), seance_le=date(2026, 12, 1))
    assert refus(ouvert(), INSTRUCTEUR, inscrire).code == "menage_non_informe"
    informe = ouvert((SERVICE, [ev.MenageInforme(canal="COURRIER")], JOUR))
    assert replier(proposer(informe, INSTRUCTEUR, inscrire), informe).inscriptions[0].instance == "CLIL"
    oppose = replier(proposer(informe, SERVICE, ev.OppositionEnregistree(portee="OPPOSITION")), informe)
    assert refus(oppose, INSTRUCTEUR, inscrire).code == "opposition"


def test_an_avis_needs_an_agenda() -> None:
    avis = ev.AvisRendu(instance="CCAPEX", sens="MAINTIEN")
    assert refus(ouvert(), INSTRUCTEUR, avis).code == "hors_ordre_du_jour"
    inscrit = ouvert(
        (INSTRUCTEUR, [ev.InstanceInscrite(instance="CCAPEX", seance=uuid4(), seance_le=date(2026, 12, 1))], JOUR)
    )
    assert proposer(inscrit, INSTRUCTEUR, avis)


def test_an_intervention_links_one_agent_until_it_ends() -> None:
    suivi = ev.AccompagnementOuvert(intervention=uuid4(), mesure="SSD")
    dossier = ouvert((SERVICE, [suivi], JOUR))
    assert dossier.interventions == {suivi.intervention: Intervention("ssd93", "agent-s", JOUR, informe=False)}
    fin = ev.AccompagnementTermine(intervention=suivi.intervention, issue="MAINTIEN")
    assert refus(dossier, ETUDE, fin).code == "intervention_inconnue"
    assert not replier(proposer(dossier, SERVICE, fin), dossier).interventions


def test_an_accord_ends_at_its_date_or_when_taken_back() -> None:
    accord = ev.AccordRecueilli(
        accord=uuid4(), destinataire="adil93", groupes=("F05",), jusqu_au=date(2026, 12, 31), personne=PERSONNE
    )
    dossier = ouvert((SERVICE, [accord], JOUR))
    assert groupes(dossier, "adil93", date(2026, 12, 31)) == {"F05"}
    assert groupes(dossier, "adil93", date(2027, 1, 1)) == set()
    assert groupes(dossier, "ssd93", JOUR) == set()
    repris = replier(proposer(dossier, SERVICE, ev.AccordRetire(accord=accord.accord)), dossier)
    assert groupes(repris, "adil93", JOUR) == set()


def groupes(dossier: Dossier, partenaire: str, le: date) -> set[str]:
    return {groupe for accord in accordes(dossier, partenaire, le) for groupe in accord.groupes}


def test_regle_27_un_accord_dit_qui_le_donne_et_vaut_douze_mois_au_plus() -> None:
    """One that an older version took for longer opens nothing after a year either."""

    def accord(jusqu_au: date, personne: UUID | None = PERSONNE) -> ev.AccordRecueilli:
        return ev.AccordRecueilli(
            accord=uuid4(), destinataire="adil93", groupes=("F05",), jusqu_au=jusqu_au, personne=personne
        )

    un_an = JOUR.replace(year=JOUR.year + 1)
    assert refus(ouvert(), SERVICE, accord(un_an, None)).code == "donneur"
    assert refus(ouvert(), SERVICE, accord(un_an, uuid4())).code == "personne_inconnue"
    for trop in (un_an + timedelta(days=1), date(2029, 1, 1), JOUR - timedelta(days=1)):
        assert refus(ouvert(), SERVICE, accord(trop)).code == "duree"
    assert proposer(ouvert(), SERVICE, accord(un_an))
    [fait] = proposer(ouvert(), SERVICE, accord(un_an))
    ancien = replier([structs.replace(fait, evenement=accord(date(2099, 1, 1), None))], ouvert())
    assert groupes(ancien, "adil93", un_an) == {"F05"}
    assert groupes(ancien, "adil93", un_an + timedelta(days=1)) == set()


LE_CONJOINT = ev.OccupantDeclare(personne=CONJOINT, nom="LEROY", qualite="CONJOINT")


def effacement_decide(sens: str = "ACCORDE") -> tuple[Dossier, UUID]:
    demande, decision = uuid4(), uuid4()
    dossier = ouvert(
        (ETUDE, [LE_CONJOINT], JOUR),
        (SERVICE, [ev.EffacementDemande(effacement=demande, personne=PERSONNE)], JOUR),
        (DPO, [ev.EffacementAvise(effacement=demande, avis="FAVORABLE")], JOUR),
        (
            RESPONSABLE,
            [
                ev.EffacementDecide(
                    effacement=demande,
                    decision=decision,
                    sens="ACCORDE" if sens == "ACCORDE" else "REFUSE",
                    article="RGPD 17(3)(b)",
                )
            ],
            JOUR,
        ),
    )
    return dossier, decision


def engage(decision: UUID, *, menage_aussi: bool = False) -> ev.EffacementEngage:
    return ev.EffacementEngage(
        personne=PERSONNE, decision=decision, menage_aussi=menage_aussi, decideur=RESPONSABLE.agent, preuve="00"
    )


def test_an_erasure_is_decided_after_the_avis_engaged_by_a_second_person_then_stated() -> None:
    dossier, decision = effacement_decide()
    execution = engage(decision)
    assert refus(dossier, RESPONSABLE, execution).code == "meme_personne"
    constat = ev.PersonneEffacee(personne=PERSONNE, decision=decision)
    assert refus(dossier, INSTRUCTEUR, constat).code == "effacement_non_engage"
    engagee = replier(proposer(dossier, INSTRUCTEUR, execution), dossier)
    assert (engagee.effacees, menage_engage(engagee)) == ({}, False)
    assert refus(engagee, ETUDE, TITULAIRE).code == "personne_effacee"
    assert refus(engagee, INSTRUCTEUR, execution).code == "personne_effacee"
    efface = replier(proposer(engagee, INSTRUCTEUR, constat), engagee)
    assert efface.effacees == {PERSONNE: JOUR}
    assert not efface.menage_efface
    assert refus(efface, INSTRUCTEUR, execution).code == "decision_inconnue"
    assert refus(efface, ETUDE, TITULAIRE).code == "personne_effacee"


def test_a_refused_or_unknown_erasure_is_not_executed() -> None:
    dossier, decision = effacement_decide("REFUSE")
    assert refus(dossier, INSTRUCTEUR, engage(decision)).code == "decision_inconnue"
    assert refus(dossier, INSTRUCTEUR, engage(uuid4())).code == "decision_inconnue"


def test_an_open_procedure_refuses_an_erasure_with_the_article() -> None:
    demande = uuid4()
    dossier = ouvert(
        (ETUDE, [ev.AssignationSignifiee()], JOUR),
        (SERVICE, [ev.EffacementDemande(effacement=demande, personne=PERSONNE)], JOUR),
    )
    accord = ev.EffacementDecide(effacement=demande, decision=uuid4(), sens="ACCORDE")
    assert refus(dossier, RESPONSABLE, accord).code == "avis_manquant"
    avise = replier(proposer(dossier, DPO, ev.EffacementAvise(effacement=demande, avis="FAVORABLE")), dossier)
    assert "RGPD 17" in refus(avise, RESPONSABLE, accord).message
    sans_article = ev.EffacementDecide(effacement=demande, decision=uuid4(), sens="REFUSE")
    assert refus(avise, RESPONSABLE, sans_article).code == "article_manquant"


def test_the_household_goes_with_its_last_adult() -> None:
    dossier, decision = effacement_decide()
    assert refus(dossier, INSTRUCTEUR, engage(decision, menage_aussi=True)).code == "menage_aussi"
    engagee = replier(proposer(dossier, INSTRUCTEUR, engage(decision)), dossier)
    assert dernier_adulte(engagee, CONJOINT)
    # Declared by mistake, or declared again as a guarantor: she would leave the household's keys to nobody.
    retrait = ev.FaitCorrige(corrige=next(i for i, p in engagee.passes.items() if p.evenement == LE_CONJOINT))
    caution = ev.OccupantDeclare(personne=CONJOINT, nom="LEROY", qualite="CAUTION")
    assert refus(engagee, ETUDE, retrait).code == refus(engagee, ETUDE, caution).code == "dernier_adulte"
    reste = ev.OccupantDeclare(personne=uuid4(), nom="DIALLO", qualite="OCCUPANT")
    assert proposer(engagee, ETUDE, reste, retrait)


def test_a_placeholder_prints_no_value() -> None:
    assert repr(ev.SCELLE) == "<scellé>"
    assert repr(ev.EFFACE) == "<effacé>"
    assert repr(ev.Scelle("x", ev.Classe.S1, b"secret")) == "<scellé>"


def test_the_catalogue_describes_every_field() -> None:
    decrits = {nom: ev.champs(cls) for nom, cls in ev.catalogue().items()}
    assert len(decrits) >= 50
    assert all(champ.groupe and champ.libelle for champs in decrits.values() for champ in champs.values())
    assert all(cls.TOPIC == ev.ActeProtege.TOPIC for cls in ev.catalogue().values() if issubclass(cls, ev.ActeProtege))
    personnels = [c for champs in decrits.values() for c in champs.values() if c.classe is not ev.Classe.S0]
    assert len(personnels) > 100
