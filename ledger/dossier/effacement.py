"""What the steps of an erasure need of the case (GDPR 17)."""

from uuid import UUID

from ledger import catalogue as ev
from ledger.catalogue import Enveloppe
from ledger.dossier.etat import Dossier
from ledger.dossier.refus import ActeRefuse


def _deja_effacee(champ: str) -> ActeRefuse:
    return ActeRefuse(
        "personne_effacee", f"{champ}.personne", "Cette personne est déjà effacée : il ne reste rien à effacer."
    )


def _declaree(dossier: Dossier, personne: UUID) -> bool:
    """Whether a person was ever declared: one whose declaration was withdrawn can ask to be erased all the same."""
    return any(
        isinstance(p.evenement, ev.OccupantDeclare) and p.evenement.personne == personne for p in dossier.histoire
    )


def verifier_effacement(  # noqa: C901, PLR0912 - one condition per step
    dossier: Dossier,
    e: ev.EffacementDemande | ev.EffacementAvise | ev.EffacementDecide | ev.PersonneEffacee,
    enveloppe: Enveloppe,
    champ: str,
) -> None:
    """Refuse a step that does not follow from those before it."""
    if isinstance(e, ev.EffacementDemande):
        if not _declaree(dossier, e.personne):
            raise ActeRefuse(
                "personne_inconnue",
                f"{champ}.personne",
                "Cette personne n'est pas dans le dossier : prenez son identifiant dans le dossier.",
            )
        if e.personne in dossier.effacees:
            raise _deja_effacee(champ)
        return
    if isinstance(e, ev.PersonneEffacee):
        decide = next((x for x in dossier.effacements.values() if x.decision == e.decision), None)
        if decide is None or decide.sens != "ACCORDE" or decide.personne != e.personne or decide.execute:
            raise ActeRefuse(
                "decision_inconnue",
                f"{champ}.decision",
                "Aucune décision d'effacement en attente ne porte cet identifiant : faites-la d'abord décider.",
            )
        if e.personne in dossier.effacees:
            raise _deja_effacee(champ)
        if decide.decideur == enveloppe.agent:
            raise ActeRefuse(
                "meme_personne",
                f"{champ}.decision",
                "L'effacement est exécuté par une autre personne que celle qui l'a décidé : confiez-le lui.",
            )
        if e.menage_aussi != dossier.dernier_adulte(e.personne):
            raise ActeRefuse(
                "menage_aussi",
                f"{champ}.menage_aussi",
                "Les clés du ménage sont détruites avec le dernier adulte, et pas avant : relisez le dossier.",
            )
        return
    demande = dossier.effacements.get(e.effacement)
    if demande is None:
        raise ActeRefuse(
            "effacement_inconnu",
            f"{champ}.effacement",
            "Aucune demande d'effacement ne porte cet identifiant : enregistrez d'abord la demande.",
        )
    if demande.decision is not None:
        raise ActeRefuse(
            "deja_decide",
            f"{champ}.effacement",
            "Cette demande d'effacement est déjà décidée : une nouvelle demande en ouvre une autre.",
        )
    if isinstance(e, ev.EffacementAvise):
        return
    if demande.avis is None:
        raise ActeRefuse(
            "avis_manquant",
            f"{champ}.effacement",
            "Le délégué à la protection des données rend d'abord son avis : demandez-le lui.",
        )
    if any(x.decision == e.decision for x in dossier.effacements.values()):
        raise ActeRefuse(
            "identifiant_pris", f"{champ}.decision", "Cet identifiant a déjà servi dans le dossier : donnez-en un neuf."
        )
    if e.sens == "ACCORDE" and dossier.procedure_ouverte:
        raise ActeRefuse(
            "procedure_ouverte",
            f"{champ}.sens",
            "Une procédure est ouverte : l'effacement est refusé tant qu'elle court (RGPD, article 17, 3, b et e).",
        )
    if e.sens == "REFUSE" and e.article is None:
        raise ActeRefuse("article_manquant", f"{champ}.article", "Un refus nomme l'article qui le fonde : indiquez-le.")
