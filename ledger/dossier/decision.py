"""From commands to events: what a contribution may add to a case.

Everything here is a function on values: no clock, no randomness, no database. Deciding never needs a key, but for the
``Demande72`` that an answer names, which the caller opens and hands over.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from types import MappingProxyType
from typing import Final
from uuid import UUID

from ledger import catalogue as ev
from ledger.catalogue import Enveloppe, Evenement, Fait
from ledger.dossier.effacement import verifier_effacement
from ledger.dossier.etat import INDELEBILES, Dossier, Stade
from ledger.dossier.refus import ActeRefuse
from ledger.dossier.repli import evolve, refondre
from ledger.droit.communes import commune

EVENEMENTS_PAR_CONTRIBUTION: Final = 100

ROLE_INSTRUCTEUR: Final = "CCAPEX_INSTRUCTEUR"

PAROLES: Final = (
    ev.AccordRecueilli,
    ev.AccordRetire,
    ev.OppositionEnregistree,
    ev.OppositionLevee,
    ev.EffacementDemande,
    ev.EffacementAvise,
    ev.EffacementDecide,
    ev.ActeProtege,
)
"""What the person said or asked, and what is under secrecy: its author alone corrects it."""


@dataclass(frozen=True, slots=True)
class Auteur:
    """Who contributes: registry code and role of the partner, pseudonym of the agent, SIRET of the declarant."""

    partenaire: str
    role: str
    agent: str
    declarant: str | None = None


@dataclass(frozen=True, slots=True)
class Propose:
    """One event as it is proposed, with the date that it is true of, and the event that it replaces."""

    evenement: Evenement
    survenu_le: date
    corrige: UUID | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Contribution:
    """One act of one partner: an atomic set of events, one author, one purpose, one idempotency key."""

    id: UUID
    auteur: Auteur
    finalite: str
    evenements: tuple[Propose, ...]
    source: ev.Source = "PARTENAIRE"
    demande: UUID | None = None
    information_menage: date | None = None
    cle: str | None = None


@dataclass(frozen=True, slots=True)
class Contexte:
    """What a decision needs besides the state: today, fresh event ids, and the opened demands it may answer."""

    aujourd_hui: date
    ids: Sequence[UUID]
    demandes72: Mapping[UUID, ev.Demande72] = field(default_factory=dict)


def decider(identite: UUID, dossier: Dossier, contribution: Contribution, contexte: Contexte) -> tuple[Fait, ...]:
    """The events of a contribution, in order, ready to be sealed; ``ActeRefuse`` if the case does not allow it.

    Each event is decided on the state that the previous ones leave, so one contribution can open a case and act
    on it. ``contexte.ids`` gives one fresh id per event.
    """
    return decider_et_replier(identite, dossier, contribution, contexte)[0]


def decider_et_replier(
    identite: UUID, dossier: Dossier, contribution: Contribution, contexte: Contexte
) -> tuple[tuple[Fait, ...], Dossier]:
    """``decider``, and the state that its events leave: an import decides the next row of the case on it."""
    proposes = contribution.evenements
    if not proposes:
        raise ActeRefuse(
            "contribution_vide", "evenements", "La contribution ne contient aucun événement : donnez-en au moins un."
        )
    if len(proposes) > EVENEMENTS_PAR_CONTRIBUTION:
        raise ActeRefuse(
            "contribution_trop_longue",
            "evenements",
            f"Une contribution porte au plus {EVENEMENTS_PAR_CONTRIBUTION} événements : envoyez-en plusieurs.",
        )
    faits: list[Fait] = []
    for rang, (propose, id_) in enumerate(zip(proposes, contexte.ids, strict=True)):
        enveloppe = Enveloppe(
            id=id_,
            contribution=contribution.id,
            survenu_le=propose.survenu_le,
            partenaire=contribution.auteur.partenaire,
            role=contribution.auteur.role,
            agent=contribution.auteur.agent,
            declarant=contribution.auteur.declarant,
            source=contribution.source,
            finalite=contribution.finalite,
            demande=contribution.demande,
            information_menage=contribution.information_menage,
            corrige=propose.corrige,
        )
        _verifier(dossier, propose, enveloppe, contexte, f"evenements.{rang}")
        fait = Fait(identite, dossier.version + 1, enveloppe, propose.evenement)
        dossier = evolve(dossier, fait)
        faits.append(fait)
    return tuple(faits), dossier


def _verifier(dossier: Dossier, propose: Propose, enveloppe: Enveloppe, contexte: Contexte, champ: str) -> None:
    e = propose.evenement
    if propose.survenu_le > contexte.aujourd_hui:
        raise ActeRefuse(
            "date_future",
            f"{champ}.survenu_le",
            "La date de l'événement est dans l'avenir : donnez le jour où il s'est produit.",
        )
    if isinstance(e, ev.DossierOuvert) != (dossier.version == 0):
        raise ActeRefuse(
            "ouverture",
            f"{champ}.type",
            "Un dossier commence par son ouverture, et n'est ouvert qu'une fois : passez par POST /v1/dossiers.",
        )
    if propose.corrige is not None:
        remplace = _verifier_correction(dossier, propose.corrige, enveloppe, f"{champ}.corrige")
        if remplace.TOPIC != e.TOPIC:
            raise ActeRefuse(
                "correction_autre_nature",
                f"{champ}.type",
                "Un événement se remplace par un autre du même type : retirez-le (FaitCorrige), puis dites le vôtre.",
            )
        dossier = _sans(dossier, propose.corrige)
    for personne in _personnes(e):
        connue = personne in dossier.personnes or isinstance(e, ev.OccupantDeclare)
        if not connue:
            raise ActeRefuse(
                "personne_inconnue",
                f"{champ}.donnees",
                "Cette personne n'est pas dans le dossier : déclarez-la d'abord (OccupantDeclare).",
            )
        if personne in dossier.effacees:
            raise ActeRefuse(
                "personne_effacee",
                f"{champ}.donnees",
                "Cette personne a été effacée du dossier : plus rien ne s'y écrit à son sujet.",
            )
    if dossier.menage_efface and not isinstance(e, _EFFACEMENT):
        raise ActeRefuse(
            "menage_efface", champ, "Le ménage a été effacé : ce dossier ne reçoit plus rien, ouvrez-en un autre."
        )
    _verifier_identifiant(dossier, e, f"{champ}.donnees")
    _verifier_suite(dossier, e, enveloppe, contexte, f"{champ}.donnees")


def _sans(dossier: Dossier, retire: UUID) -> Dossier:
    """The state without an event and what it had corrected: they have no say in whether another may replace it."""
    retires = {retire}
    for passe in reversed(dossier.histoire):
        if dossier.corriges.get(passe.enveloppe.id) in retires:
            retires.add(passe.enveloppe.id)
    return refondre(tuple(passe for passe in dossier.histoire if passe.enveloppe.id not in retires))


_EFFACEMENT: Final = (ev.EffacementDemande, ev.EffacementAvise, ev.EffacementDecide, ev.PersonneEffacee)

_IDENTIFIANTS: Final[Mapping[type[Evenement], str]] = MappingProxyType(
    {
        ev.AccompagnementOuvert: "intervention",
        ev.AccordRecueilli: "accord",
        ev.ActeProtege: "acte",
        ev.RecommandationEmise: "recommandation",
        ev.EffacementDemande: "effacement",
    }
)
"""The id by which later events name this one: the same again would take the place of another's."""


def _verifier_identifiant(dossier: Dossier, e: Evenement, champ: str) -> None:
    for cls, nom in _IDENTIFIANTS.items():
        if isinstance(e, cls) and any(
            isinstance(p.evenement, cls) and getattr(p.evenement, nom) == getattr(e, nom)
            for p in dossier.histoire
            if p.enveloppe.id not in dossier.corriges
        ):
            raise ActeRefuse(
                "identifiant_pris",
                f"{champ}.{nom}",
                "Cet identifiant a déjà servi dans le dossier : donnez-en un neuf.",
            )


def _personnes(e: Evenement) -> tuple[UUID, ...]:
    match e.SUJET:
        case ev.Sujet.PERSONNE:
            return (e.personne,)  # type: ignore[attr-defined]  # every event whose subject is a person names it
        case ev.Sujet.PERSONNES:
            return tuple(e.personnes)  # type: ignore[attr-defined]  # likewise
        case _:
            return ()


def _verifier_correction(dossier: Dossier, corrige: UUID, enveloppe: Enveloppe, champ: str) -> Evenement:
    """The event that is corrected."""
    trouve = next((p for p in dossier.histoire if p.enveloppe.id == corrige), None)
    sienne = trouve is not None and (
        trouve.enveloppe.partenaire == enveloppe.partenaire
        or (enveloppe.role == ROLE_INSTRUCTEUR and not isinstance(trouve.evenement, PAROLES))
    )
    if trouve is None or not sienne:
        raise ActeRefuse(
            "correction",
            champ,
            "Vous ne pouvez corriger qu'un événement que vous avez transmis : demandez-le à son auteur.",
        )
    if isinstance(trouve.evenement, INDELEBILES):
        raise ActeRefuse(
            "correction_impossible",
            champ,
            "Une ouverture et un effacement ne se retirent pas : dites ce qui est juste dans un autre événement.",
        )
    if corrige in dossier.corriges:
        raise ActeRefuse("deja_corrige", champ, "Cet événement a déjà été corrigé : corrigez sa correction.")
    return trouve.evenement


def _verifier_suite(  # noqa: C901, PLR0912 - one case per event that has a condition
    dossier: Dossier, e: Evenement, enveloppe: Enveloppe, contexte: Contexte, champ: str
) -> None:
    match e:
        case ev.DossierOuvert() if commune(e.commune, enveloppe.survenu_le) is None:
            raise ActeRefuse(
                "commune_inconnue",
                f"{champ}.commune",
                "Ce code n'est pas celui d'une commune du département à cette date : donnez son code INSEE.",
            )
        case ev.AccompagnementTermine():
            ouverte = dossier.interventions.get(e.intervention)
            if ouverte is None or ouverte.partenaire != enveloppe.partenaire:
                raise ActeRefuse(
                    "intervention_inconnue",
                    f"{champ}.intervention",
                    "Aucun accompagnement ouvert par votre service ne porte cet identifiant : relisez le dossier.",
                )
        case ev.AccordRetire() if e.accord not in dossier.accords:
            raise ActeRefuse(
                "accord_inconnu",
                f"{champ}.accord",
                "Aucun accord en cours ne porte cet identifiant : relisez le dossier.",
            )
        case ev.RecommandationSuivie() if e.recommandation not in dossier.recommandations:
            raise ActeRefuse(
                "recommandation_inconnue",
                f"{champ}.recommandation",
                "Aucune recommandation ne porte cet identifiant : relisez le dossier.",
            )
        case ev.RapprochementTranche() if e.autre not in dossier.rapprochements:
            raise ActeRefuse(
                "rapprochement_inconnu",
                f"{champ}.autre",
                "Aucun rapprochement n'est proposé avec ce dossier : proposez-le d'abord (RapprochementSuggere).",
            )
        case ev.InstanceInscrite() if e.instance == "CLIL":
            if dossier.information_menage is None:
                raise ActeRefuse(
                    "menage_non_informe",
                    f"{champ}.instance",
                    "Informez d'abord le ménage (MenageInforme) : une CLIL n'examine aucun dossier sans.",
                )
            if dossier.opposition:
                raise ActeRefuse(
                    "opposition",
                    f"{champ}.instance",
                    "Le ménage s'oppose à l'examen de son dossier en CLIL : attendez qu'il lève son opposition.",
                )
        case ev.DossierExamine() | ev.AvisRendu() | ev.RecommandationEmise():
            if all(i.instance != e.instance for i in dossier.inscriptions):
                raise ActeRefuse(
                    "hors_ordre_du_jour",
                    f"{champ}.instance",
                    "Cette commission ne l'a pas à son ordre du jour : inscrivez-l'y d'abord (InstanceInscrite).",
                )
        case ev.ConcoursForceAccorde() | ev.ConcoursForceRefuse() if enveloppe.source != "EXPLOC":
            # Rows of a lot come in any order; a partner is told.
            if not any(x.stade is Stade.CONCOURS_REQUIS and x.le <= enveloppe.survenu_le for x in dossier.etapes):
                raise ActeRefuse(
                    "concours_non_requis",
                    f"{champ.removesuffix('.donnees')}.survenu_le",
                    "Aucune réquisition n'est connue à cette date : l'étude la transmet d'abord (CPCE, R.153-1).",
                )
        case ev.Demande72() if not dossier.saisine_ouverte:
            raise ActeRefuse("sans_saisine", f"{champ.removesuffix('.donnees')}.type", _SANS_SAISINE)
        case ev.InformationTransmise72() | ev.Demande72Refusee():
            demande = contexte.demandes72.get(e.en_reponse_a)
            posee = e.en_reponse_a in dossier.actes_proteges
            if demande is None or demande.destinataire != enveloppe.partenaire or not posee:
                raise ActeRefuse(
                    "demande72_inconnue",
                    f"{champ}.en_reponse_a",
                    "Aucune demande adressée à votre service ne porte cet identifiant : relisez le dossier.",
                )
            if isinstance(e, ev.InformationTransmise72) and not dossier.saisine_ouverte:
                raise ActeRefuse("sans_saisine", f"{champ.removesuffix('.donnees')}.type", _SANS_SAISINE)
        case ev.FaitCorrige():
            _verifier_correction(dossier, e.corrige, enveloppe, f"{champ}.corrige")
        case ev.EffacementDemande() | ev.EffacementAvise() | ev.EffacementDecide() | ev.PersonneEffacee():
            verifier_effacement(dossier, e, enveloppe, champ)
        case _:
            return


_SANS_SAISINE: Final = (
    "L'article 7-2 suppose une saisine ouverte : saisissez d'abord la CCAPEX (CcapexSaisie), ou n'envoyez rien."
)
