"""From an accepted row to the events of its contribution. Pure: ids are handed in."""

from collections.abc import Mapping, Sequence
from dataclasses import fields
from types import MappingProxyType
from typing import Any, Final
from uuid import UUID

from adapters.exploc.fichier import COLONNES
from adapters.exploc.lot import Rangee
from ledger import catalogue as ev
from ledger.dossier.decision import Propose

SOURCE: Final = "EXPLOC"
_PROPRES: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        code: tuple(f.name for f in fields(cls) if f.name not in ev.Acte.__dataclass_fields__ and f.name in COLONNES)
        for code, cls in ev.ACTES.items()
    }
)
"""What a row says that its act alone has, by type of act."""

EVENEMENTS: Final[tuple[type[ev.Evenement], ...]] = (
    ev.DossierOuvert,
    ev.LogementDeclare,
    ev.OccupantDeclare,
    ev.RapprochementSuggere,
    *ev.ACTES.values(),
)
"""All that a lot writes: the policies are asked of each before it is read."""


def ouverture(ligne: Rangee, titulaire: UUID, bailleur: UUID | None) -> tuple[Propose, ...]:
    """The opening of a dossier by its first row: the dwelling, the titulaire, and a landlord who is a person.

    ``bailleur`` is given where the landlord is a natural person: it has its own subject, hence its own key.
    """
    evenements = (ev.DossierOuvert(**_logement(ligne)), _titulaire(ligne, titulaire), *_personne(ligne, bailleur))
    return tuple(Propose(evenement, ligne.date_acte) for evenement in evenements)


def logement(ligne: Rangee, bailleur: UUID | None) -> tuple[Propose, ...]:
    """A dwelling that the dossier of a row did not have from EXPLOC, and its landlord; nothing of an empty address."""
    if not (ligne.adresse or ligne.id_rpls):
        return ()
    evenements = (ev.LogementDeclare(**_logement(ligne)), *_personne(ligne, bailleur))
    return tuple(Propose(evenement, ligne.date_acte) for evenement in evenements)


def _personne(ligne: Rangee, bailleur: UUID | None) -> tuple[ev.OccupantDeclare, ...]:
    """The landlord of a row, where it is a natural person."""
    if bailleur is None or ligne.bailleur_nom is None:
        return ()
    return (ev.OccupantDeclare(personne=bailleur, qualite="BAILLEUR", nom=ligne.bailleur_nom),)


def _logement(ligne: Rangee) -> dict[str, Any]:
    return {
        "parc": ligne.parc,
        "commune": ligne.commune_insee,
        "bailleur_siret": ligne.bailleur_siret,
        "bailleur_nom": None if bailleur_personne_physique(ligne) else ligne.bailleur_nom,
        "adresse": ligne.adresse,
        "code_postal": ligne.code_postal,
        "id_rpls": ligne.id_rpls,
        "loyer": ligne.loyer,
        "charges": ligne.charges,
    }


def redeclaration(ligne: Rangee, titulaire: UUID) -> tuple[Propose, ...]:
    """The titulaire of a known dossier, under a name and birth date that it did not have yet: both stay."""
    return (Propose(_titulaire(ligne, titulaire), ligne.date_acte),)


def _titulaire(ligne: Rangee, titulaire: UUID) -> ev.OccupantDeclare:
    return ev.OccupantDeclare(
        personne=titulaire, nom=ligne.nom, prenoms=ligne.prenoms, date_naissance=ligne.date_naissance
    )


def bailleur_personne_physique(ligne: Rangee) -> bool:
    """A landlord that is named without any SIRET is a natural person, hence a data subject (access, F13)."""
    return bool(ligne.bailleur_nom) and ligne.bailleur_siret is None and "bailleur_siret" not in ligne.ecartes


def acte(ligne: Rangee) -> Propose:
    """The act itself. EXPLOC's file number is kept with it: it is how this act is found at its source."""
    propres: dict[str, Any] = {champ: getattr(ligne, champ) for champ in _PROPRES[ligne.type_acte]}
    if ligne.type_acte == "JUGEMENT" and ligne.dispositif != "DELAIS":
        propres["delais_mois"] = None
    return Propose(
        ev.ACTES[ligne.type_acte](
            reference_source=ligne.ref_dossier,
            etude_siret=ligne.etude_siret,
            ref_acte=ligne.ref_acte,
            date_reception=ligne.date_reception,
            dette=ligne.dette,
            dette_arretee_au=ligne.dette_arretee_au,
            loyer=ligne.loyer,
            charges=ligne.charges,
            nb_adultes=ligne.nb_adultes,
            nb_enfants=ligne.nb_enfants,
            observations=ligne.observations,
            **propres,
        ),
        ligne.date_acte,
    )


def suggestions(ligne: Rangee, autres: Sequence[tuple[UUID, str]]) -> tuple[Propose, ...]:
    """The dossiers that may be the same household, for a person to confirm."""
    return tuple(Propose(ev.RapprochementSuggere(autre=autre, motif=motif), ligne.date_acte) for autre, motif in autres)
