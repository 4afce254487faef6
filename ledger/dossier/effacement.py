"""What the steps of an erasure need of the case (GDPR 17): each follows from those before it."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from ledger import catalogue as ev
from ledger.catalogue import Effacement, Evenement
from ledger.dossier.adultes import dernier_adulte, menage_engage
from ledger.dossier.circonstances import Circonstances, Condition
from ledger.dossier.obstacles import obstacle
from ledger.dossier.refus import ActeRefuse


def _pas_deja(e: ev.EffacementDemande | ev.EffacementEngage, s: Circonstances) -> None:
    if e.personne in s.dossier.effacees or e.personne in s.dossier.engagees:
        raise ActeRefuse(
            "personne_effacee", f"{s.champ}.personne", "Cette personne est déjà effacée : il ne reste rien à effacer."
        )


def _demande(e: ev.EffacementDemande, s: Circonstances) -> None:
    if e.personne not in s.dossier.declarees:
        raise ActeRefuse(
            "personne_inconnue",
            f"{s.champ}.personne",
            "Cette personne n'est pas dans le dossier : prenez son identifiant dans le dossier.",
        )
    _pas_deja(e, s)


def _en_attente(e: ev.EffacementAvise | ev.EffacementDecide, s: Circonstances) -> Effacement:
    demande = s.dossier.effacements.get(e.effacement)
    if demande is None:
        raise ActeRefuse("effacement_inconnu", f"{s.champ}.effacement")
    if demande.decision is not None:
        raise ActeRefuse("deja_decide", f"{s.champ}.effacement")
    return demande


def _avis(e: ev.EffacementAvise, s: Circonstances) -> None:
    _en_attente(e, s)


def _decision(e: ev.EffacementDecide, s: Circonstances) -> None:
    demande = _en_attente(e, s)
    if demande.avis is None:
        raise ActeRefuse("avis_manquant", f"{s.champ}.effacement")
    if s.dossier.effacement_decide(e.decision) is not None:
        raise ActeRefuse(
            "identifiant_pris",
            f"{s.champ}.decision",
            "Cet identifiant a déjà servi dans le dossier : donnez-en un neuf.",
        )
    if e.sens == "ACCORDE":
        _sans_obstacle(s, "sens")
        # A household that is erased has no key left to seal a reason under.
        if demande.avis == "DEFAVORABLE" and e.motif is None and not menage_engage(s.dossier):
            raise ActeRefuse("motif_manquant", f"{s.champ}.motif")
    if e.sens == "REFUSE" and e.article is None:
        raise ActeRefuse("article_manquant", f"{s.champ}.article")


def _sans_obstacle(s: Circonstances, nom: str) -> None:
    """Access 31. The day of a step of an erasure is the day on which it is taken."""
    trouve = obstacle(s.dossier, s.enveloppe.survenu_le)
    if trouve is not None:
        raise ActeRefuse(trouve.code.lower(), f"{s.champ}.{nom}", trouve.phrase)


def _engagement(e: ev.EffacementEngage, s: Circonstances) -> None:
    decide = s.dossier.effacement_decide(e.decision)
    if decide is None or decide.sens != "ACCORDE" or decide.personne != e.personne or decide.execute:
        raise ActeRefuse("decision_inconnue", f"{s.champ}.decision")
    _pas_deja(e, s)
    if decide.decideur != e.decideur or decide.decideur == s.enveloppe.agent:
        raise ActeRefuse("meme_personne", f"{s.champ}.decision")
    if e.menage_aussi != dernier_adulte(s.dossier, e.personne):
        raise ActeRefuse("menage_aussi", f"{s.champ}.menage_aussi")
    _sans_obstacle(s, "decision")


def _execution(e: ev.PersonneEffacee, s: Circonstances) -> None:
    engage = s.dossier.engagees.get(e.personne) == ev.Engagement(e.decision, e.menage_aussi)
    if not engage or e.personne in s.dossier.effacees:
        raise ActeRefuse("effacement_non_engage", f"{s.champ}.decision")


ETAPES: Final[Mapping[type[Evenement], Condition]] = MappingProxyType(
    {
        ev.EffacementDemande: _demande,
        ev.EffacementAvise: _avis,
        ev.EffacementDecide: _decision,
        ev.EffacementEngage: _engagement,
        ev.PersonneEffacee: _execution,
    }
)
"""The steps, in their order: all that a household that was erased is still told of."""
