"""What bodies that hold something are asked, in the place of the household: asked by several, it is answered once."""

from collections.abc import Iterator
from uuid import UUID

from ledger import catalogue as ev
from ledger.catalogue import Rubrique, Sollicitation
from ledger.dossier.circonstances import Circonstances
from ledger.dossier.etat import Dossier
from ledger.dossier.refus import ActeRefuse


def demande_de(etat: Dossier, renseignement: UUID) -> Sollicitation | None:
    """The request that this fact made; None if it made none, or was withdrawn."""
    dits = etat.rubriques.get(Rubrique.SOLLICITATIONS, {}).get(renseignement, {})
    return next((dit for dit in dits.values() if dit.objet), None)


def sans_reponse(etat: Dossier) -> Iterator[tuple[UUID, Sollicitation]]:
    """The requests that nobody has answered, with the fact of each, in the order in which they were made."""
    suites = etat.rubriques.get(Rubrique.SUITES, {})
    for fait, dits in etat.rubriques.get(Rubrique.SOLLICITATIONS, {}).items():
        yield from ((fait, dit) for dit in dits.values() if dit.objet and fait not in suites)


def autres_que(etat: Dossier, renseignement: UUID) -> list[UUID]:
    """The other requests without an answer that ask the same body for the same thing."""
    demande = demande_de(etat, renseignement)
    if demande is None:
        return []
    meme = demande.destinataire, demande.objet
    return [fait for fait, dit in sans_reponse(etat) if fait != renseignement and (dit.destinataire, dit.objet) == meme]


def demande(e: ev.RenseignementDemande, s: Circonstances) -> None:
    """Who waits for an answer does not ask again."""
    meme = e.destinataire, e.donnee, s.enveloppe.partenaire
    if any((dit.destinataire, dit.objet, dit.par) == meme for _, dit in sans_reponse(s.dossier)):
        raise ActeRefuse("deja_demande", f"{s.champ}.donnee")


def reponse(e: ev.RenseignementRepondu, s: Circonstances) -> None:
    """Only who was asked answers."""
    posee = demande_de(s.dossier, e.renseignement)
    if posee is None or posee.destinataire != s.enveloppe.partenaire:
        raise ActeRefuse("renseignement_inconnu", f"{s.champ}.renseignement")
