"""From commands to events: what a contribution may add to a case.

Everything here is a function on values: no clock, no randomness, no database. Deciding never needs a key, but for the
``Demande72`` that an answer names, which the caller opens and hands over.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Final
from uuid import UUID

import msgspec

from ledger import catalogue as ev
from ledger.catalogue import Enveloppe, Evenement, Fait
from ledger.dossier.adultes import delaisse, menage_engage
from ledger.dossier.bornes import verifier_bornes, verifier_coherence
from ledger.dossier.circonstances import Circonstances, corrigible
from ledger.dossier.conditions import CONDITIONS
from ledger.dossier.deductions import deduire
from ledger.dossier.effacement import ETAPES
from ledger.dossier.etat import Dossier
from ledger.dossier.refus import ActeRefuse
from ledger.dossier.repli import Repli, replier

EVENEMENTS_PAR_CONTRIBUTION: Final = 100
"""Corrections included: each costs what an event does."""

FAITS_PAR_DOSSIER: Final = 10_000
"""Far beyond any household's: a case that is read, folded and shown at once has an end."""

RESERVE_DES_DROITS: Final = 1_000
"""What a full case still takes, of rights alone: to withdraw, to object, to take an accord back. Erasure has no end."""

_DROITS: Final = (
    ev.FaitCorrige,
    ev.OppositionEnregistree,
    ev.OppositionLevee,
    ev.DroitExerce,
    ev.DroitRepondu,
    ev.AccordRetire,
)


class Auteur(msgspec.Struct, frozen=True):
    """Who contributes: registry code and role of the partner, pseudonym of the agent, SIRET of the declarant.

    ``corrige_autrui``: it may correct what others told, but what the person said or asked.
    """

    partenaire: str
    role: str
    agent: str
    declarant: str | None = None
    corrige_autrui: bool = False


class Propose(msgspec.Struct, frozen=True):
    """One event as it is proposed, with the date that it is true of, and the event that it replaces.

    What else its envelope is to say of it is there too: the hour, why it corrects, under which article it is told.
    """

    evenement: Evenement
    survenu_le: date
    corrige: UUID | None = None
    heure: str | None = None
    motif_correction: str | None = None
    reference_legale: str | None = None


class Contribution(msgspec.Struct, frozen=True, kw_only=True):
    """One act of one partner: an atomic set of events, one author, one purpose, one idempotency key.

    ``rejoint``: its first event opens, for its author, a case that others have opened.
    """

    id: UUID
    auteur: Auteur
    finalite: str
    evenements: tuple[Propose, ...]
    source: ev.Systeme = "PARTENAIRE"
    demande: UUID | None = None
    information_menage: date | None = None
    cle: str | None = None
    rejoint: bool = False


class Contexte(msgspec.Struct, frozen=True):
    """What a decision needs besides the state: today, fresh event ids, and the opened demands it may answer.

    ``entier``: the state of the whole case, where it is decided on a part of it.
    """

    aujourd_hui: date
    ids: Sequence[UUID]
    demandes72: Mapping[UUID, ev.Demande72] = msgspec.field(default_factory=dict)
    entier: Dossier | None = None


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
        raise ActeRefuse("contribution_vide", "evenements")
    if len(proposes) > EVENEMENTS_PAR_CONTRIBUTION:
        raise ActeRefuse(
            "contribution_trop_longue",
            "evenements",
            f"Une contribution porte au plus {EVENEMENTS_PAR_CONTRIBUTION} événements : envoyez-en plusieurs.",
        )
    faits: list[Fait] = []
    repli = Repli(dossier)
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
            heure=propose.heure,
            motif_correction=propose.motif_correction,
            reference_legale=propose.reference_legale,
        )
        dit = deduire(propose.evenement, enveloppe, repli.etat)
        fait = Fait(identite, repli.etat.version + 1, enveloppe, dit)
        _verifier_ouverture(repli.etat, propose.evenement, rejoint=contribution.rejoint and not rang, rang=rang)
        _verifier(repli, fait, contribution.auteur, contexte, f"evenements.{rang}")
        repli.dire(fait)
        faits.append(fait)
    # What keeps the household's keys from being nobody's is of the whole case, whatever part of it its author has.
    entier = contexte.entier
    avant, apres = (dossier, repli.etat) if entier is None else (entier, replier(faits, entier))
    if delaisse(apres) and not delaisse(avant):
        raise ActeRefuse("dernier_adulte", "evenements")
    return tuple(faits), repli.etat


def _verifier_ouverture(dossier: Dossier, e: Evenement, *, rejoint: bool, rang: int) -> None:
    if isinstance(e, ev.DossierOuvert) != (rejoint or dossier.version == 0):
        raise ActeRefuse("ouverture", f"evenements.{rang}.type")


def _verifier(repli: Repli, fait: Fait, auteur: Auteur, contexte: Contexte, champ: str) -> None:
    """Refuse what the case does not allow, with what the fact replaces taken back. A fold that refused one is lost."""
    e, enveloppe, dossier = fait.evenement, fait.enveloppe, repli.etat
    situation = Circonstances(dossier, enveloppe, contexte.demandes72, f"{champ}.donnees", auteur.corrige_autrui)
    verifier_bornes(e, enveloppe, contexte.aujourd_hui, champ)
    _verifier_precisions(e, enveloppe, champ)
    verifier_coherence(e, champ)
    if dossier.version >= FAITS_PAR_DOSSIER:
        _verifier_plein(dossier, e, champ)
    if enveloppe.corrige is not None:
        remplace = corrigible(situation, enveloppe.corrige, f"{champ}.corrige")
        if remplace.TOPIC != e.TOPIC:
            raise ActeRefuse("correction_autre_nature", f"{champ}.type")
        # What is replaced has no say in whether another may replace it.
        repli.remplacer(fait)
    _verifier_personnes(dossier, e, f"{champ}.donnees")
    if menage_engage(dossier) and type(e) not in ETAPES:
        raise ActeRefuse("menage_efface", champ)
    if e.IDENTIFIANT is not None and dossier.identifiant_pris(e.IDENTIFIANT, getattr(e, e.IDENTIFIANT)):
        raise ActeRefuse(
            "identifiant_pris",
            f"{champ}.donnees.{e.IDENTIFIANT}",
            "Cet identifiant a déjà servi dans le dossier : donnez-en un neuf.",
        )
    condition = CONDITIONS.get(type(e)) or ETAPES.get(type(e))
    if condition is not None:
        condition(e, situation)


def _verifier_precisions(e: Evenement, enveloppe: Enveloppe, champ: str) -> None:
    """What an envelope says in clear goes with its event, and tells nothing of what is sealed in it."""
    corrige = enveloppe.corrige is not None or isinstance(e, ev.FaitCorrige)
    if enveloppe.motif_correction is not None and not corrige:
        raise ActeRefuse("motif_sans_correction", f"{champ}.motif_correction")
    if enveloppe.reference_legale is not None and isinstance(e, ev.ActeProtege):
        raise ActeRefuse("reference_au_secret", f"{champ}.reference_legale")


def _verifier_plein(dossier: Dossier, e: Evenement, champ: str) -> None:
    """A full case takes what exercises a right; of an erasure, each step that leads to the next, however full it is."""
    if isinstance(e, ev.EffacementDemande):
        refuse = any(x.personne == e.personne and x.decision is None for x in dossier.effacements.values())
    else:
        refuse = type(e) not in ETAPES
    en_reserve = isinstance(e, _DROITS) and dossier.version < FAITS_PAR_DOSSIER + RESERVE_DES_DROITS
    if refuse and not en_reserve:
        raise ActeRefuse(
            "dossier_plein",
            champ,
            f"Ce dossier tient déjà {FAITS_PAR_DOSSIER} faits : n'y écrivez plus que l'exercice d'un droit.",
        )


def _verifier_personnes(dossier: Dossier, e: Evenement, champ: str) -> None:
    for personne in _personnes(e):
        connue = isinstance(e, ev.OccupantDeclare) or personne in dossier.personnes
        if not connue:
            raise ActeRefuse("personne_inconnue", champ)
        if personne in dossier.effacees or personne in dossier.engagees:
            raise ActeRefuse("personne_effacee", champ)


def _personnes(e: Evenement) -> tuple[UUID, ...]:
    match e.SUJET:
        case ev.Sujet.PERSONNE:
            return (e.personne,)  # type: ignore[attr-defined]  # every event whose subject is a person names it
        case ev.Sujet.PERSONNES:
            return tuple(e.personnes)  # type: ignore[attr-defined]  # likewise
        case _:
            return ()
