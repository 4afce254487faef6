"""What a commission needs of a case to be seized of it, to list it, to examine it, and to let it go."""

from uuid import UUID

from ledger import catalogue as ev
from ledger.dossier.agenda import proposition_en_attente
from ledger.dossier.circonstances import Circonstances
from ledger.dossier.refus import ActeRefuse


def inscription(e: ev.InstanceInscrite, s: Circonstances) -> None:
    """What is listed was not listed there already."""
    _mettre_a_l_ordre_du_jour(e, e.seance, "seance", s)


def _mettre_a_l_ordre_du_jour(
    e: ev.InstanceInscrite | ev.InscriptionReportee, seance: UUID, champ: str, s: Circonstances
) -> None:
    if any(connue.seance == seance for connue in s.dossier.inscriptions):
        raise ActeRefuse("deja_inscrit", f"{s.champ}.{champ}")
    if e.instance == "CLIL":
        devant_la_clil(e, s)


def dossier_de_seance(e: ev.DossierDeSeanceFige, s: Circonstances) -> None:
    """A pack is of a case that is on that agenda."""
    if all(inscription.seance != e.seance for inscription in s.dossier.inscriptions):
        raise ActeRefuse("hors_ordre_du_jour", f"{s.champ}.seance")


def inscrite(e: ev.InscriptionReportee | ev.InscriptionRetiree, s: Circonstances) -> None:
    """What is postponed or withdrawn is on that agenda, and was not examined there."""
    listee = next((i for i in s.dossier.inscriptions if i.seance == e.seance), None)
    if listee is None or listee.instance != e.instance:
        raise ActeRefuse("non_inscrit", f"{s.champ}.seance")
    examens = (p.evenement for p in s.dossier.passes.values() if not s.dossier.corrige(p.enveloppe.id))
    if (e.instance, listee.seance_le) in s.dossier.examens or any(
        isinstance(x, ev.DossierExamine) and x.seance == e.seance for x in examens
    ):
        raise ActeRefuse("deja_examine", f"{s.champ}.seance")


def report(e: ev.InscriptionReportee, s: Circonstances) -> None:
    """What is postponed leaves one agenda for another."""
    inscrite(e, s)
    _mettre_a_l_ordre_du_jour(e, e.reporte_a, "reporte_a", s)


def ecart(e: ev.PropositionEcartee, s: Circonstances) -> None:
    """What is set aside was proposed, and waits."""
    if proposition_en_attente(s.dossier, e.instance) is None:
        raise ActeRefuse("sans_proposition", f"{s.champ}.instance")


def devant_la_clil(_: ev.DossierPropose | ev.InstanceInscrite | ev.InscriptionReportee, s: Circonstances) -> None:
    """Whatever the purpose, nobody is put before a CLIL who was not informed, or against the person's will."""
    if s.dossier.information_menage is None:
        raise ActeRefuse("menage_non_informe", f"{s.champ}.instance")
    if s.dossier.opposition:
        raise ActeRefuse("opposition", f"{s.champ}.instance")
    if s.dossier.limitation:
        raise ActeRefuse("limitation", f"{s.champ}.instance")


def examen(e: ev.DossierExamine | ev.AvisRendu | ev.RecommandationEmise, s: Circonstances) -> None:
    """What a commission examines, thinks or asks is of a case that it has on its agenda."""
    if e.instance not in {connue.instance for connue in s.dossier.inscriptions}:
        raise ActeRefuse(
            "hors_ordre_du_jour",
            f"{s.champ}.instance",
            "Cette commission ne l'a pas à son ordre du jour : inscrivez-l'y d'abord (InstanceInscrite).",
        )
