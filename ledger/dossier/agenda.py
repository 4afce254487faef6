"""What commissions have to do with a case: proposals to answer, agendas that it left, recommendations to follow."""

from collections.abc import Mapping
from datetime import date
from uuid import UUID

from ledger.catalogue import DemandeExaminee, Rubrique, Sortie
from ledger.dossier.etat import Dit, Dossier


def proposition_en_attente(etat: Dossier, instance: str) -> date | None:
    """Since when the last proposal to a commission waits for an answer: to be listed, examined, closed or set aside.

    The CCAPEX is seized: that is what is proposed to it, as long as its instruction is open (loi 90-449 art. 7-2).
    """
    dite = _proposee(etat, instance)
    return dite[0] if dite is not None and dite[1] > derniere_reponse(etat, instance) else None


def _proposee(etat: Dossier, instance: str) -> Dit | None:
    if instance == "CCAPEX":
        return etat.saisie if etat.saisine_ouverte else None
    dites = etat.rubriques.get(Rubrique.PROPOSITIONS, {}).get(instance)
    return (dites[max(dites)][0], max(dites)) if dites else None


def derniere_reponse(etat: Dossier, instance: str) -> int:
    """The version of the last fact that answers what was proposed to a commission; 0 where there is none."""
    inscrites = etat.rubriques.get(Rubrique.INSCRIPTIONS, {}).values()
    reponses = {version for dits in inscrites for version, dit in dits.items() if dit.instance == instance}
    examens = etat.rubriques.get(Rubrique.EXAMENS, {}).get(None, {})
    reponses |= {version for version, (genre, _) in examens.items() if genre == instance}
    for rubrique in (Rubrique.SUIVIS_CLOS, Rubrique.PROPOSITIONS_ECARTEES):
        reponses |= etat.rubriques.get(rubrique, {}).get(instance, {}).keys()
    return max(reponses, default=0)


def sorties(etat: Dossier) -> Mapping[UUID, Sortie]:
    """The sessions whose agenda the case left, and how."""
    dites = {seance: dits[max(dits)] for seance, dits in etat.rubriques.get(Rubrique.INSCRIPTIONS, {}).items()}
    return {seance: dit for seance, dit in dites.items() if isinstance(dit, Sortie)}


def demandes_examinees(etat: Dossier, seance: UUID, partenaire: str) -> Mapping[DemandeExaminee, bool]:
    """The requests that a secretariat put before its session; whether each is still there, or was put off since."""
    dites = etat.rubriques.get(Rubrique.DEMANDES_EN_SEANCE, {})
    return {
        demande: dits[max(dits)] == seance
        for demande, dits in dites.items()
        if demande.partenaire == partenaire and seance in dits.values()
    }


def suites_attendues(etat: Dossier) -> list[date]:
    """The days before which something is still expected of a recommendation.

    The last word on it ends it, or not; one told before that stood in clear counts as an end.
    """
    suivies = etat.rubriques.get(Rubrique.SUITES, {})
    dites = etat.rubriques.get(Rubrique.RECOMMANDATIONS, {})
    jours = (dits[max(dits)] for cle, dits in dites.items() if not _terminee(suivies.get(cle, {})))
    return sorted({le for le in jours if le is not None})


def _terminee(suites: Mapping[int, bool | None]) -> bool:
    return bool(suites) and suites[max(suites)] is not False
