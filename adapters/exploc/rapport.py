"""What an import reports: the same object for a dry run and for a real one, as JSON or as a page in French."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, TextIO

from adapters.exploc.lot import Rangee, RangeeRefusee
from adapters.mots.tableur import ecrire_csv

REFUS_AFFICHES: Final = 20


@dataclass
class Decompte:
    """The counts of an import, kept row by row."""

    rangees: int = 0
    doublons: int = 0
    refus: list[RangeeRefusee] = field(default_factory=list)
    ecartes: Counter[str] = field(default_factory=Counter)
    actes: Counter[str] = field(default_factory=Counter)
    parcs: dict[str, Counter[str]] = field(
        default_factory=lambda: {"ASSIGNATION": Counter(), "CQL": Counter(), "EXPULSION": Counter()}
    )
    expulsions_sans_solution: int = 0
    jugements_contradictoires: int = 0
    jugements_conditionnels: int = 0
    dossiers: int = 0
    rapprochements: int = 0
    references_connues: int = 0

    def accepter(self, ligne: Rangee, sens: int = 1) -> None:
        """Count an accepted row; ``sens=-1`` takes it back."""
        type_acte = ligne.type_acte
        self.actes[type_acte] += sens
        if type_acte in self.parcs:
            self.parcs[type_acte][ligne.parc] += sens
        self.expulsions_sans_solution += sens * (type_acte == "EXPULSION" and ligne.solution == "AUCUNE")
        if type_acte == "JUGEMENT":
            self.jugements_contradictoires += sens * (ligne.qualification == "CONTRADICTOIRE")
            self.jugements_conditionnels += sens * (ligne.dispositif == "DELAIS")
        if ligne.ecartes:
            self.ecartes.update(dict.fromkeys(ligne.ecartes, sens))

    def devancer(self, ligne: Rangee) -> None:
        """An accepted row turns out to be a *doublon*: another writer brought the same act meanwhile."""
        self.accepter(ligne, -1)
        self.doublons += 1

    def refuser(self, ligne: Rangee, refus: RangeeRefusee) -> None:
        """An accepted row is refused after all, by the case that it would go to."""
        self.accepter(ligne, -1)
        self.refus.append(refus)

    def rapport(self) -> dict[str, Any]:
        """The report. Refusals name line, column and reason; never what the field held."""
        return {
            "rows": self.rangees,
            "accepted_distinct_acts": self.actes.total(),
            "doublons": self.doublons,
            "rejected": len(self.refus),
            "rejected_by_field": dict(Counter(r.colonne for r in self.refus)),
            "acts_by_type": dict(+self.actes),
            "assignations_by_parc": dict(+self.parcs["ASSIGNATION"]),
            "cql_by_parc": dict(+self.parcs["CQL"]),
            "expulsions_by_parc": dict(+self.parcs["EXPULSION"]),
            "expulsions_sans_solution": self.expulsions_sans_solution,
            "jugements_contradictoires": self.jugements_contradictoires,
            "jugements_conditionnels": self.jugements_conditionnels,
            "dossiers": self.dossiers,
            "rapprochements_a_confirmer": self.rapprochements,
            "refs_that_name_an_already_known_household": self.references_connues,
            "refus": [{"ligne": r.numero, "colonne": r.colonne, "motif": r.motif} for r in self.refus],
        }


_TITRES: Final = (
    ("rows", "lignes lues"),
    ("accepted_distinct_acts", "actes retenus"),
    ("doublons", "doublons (actes déjà connus, rien n'est ajouté)"),
    ("rejected", "lignes refusées"),
    ("dossiers", "dossiers concernés"),
    ("rapprochements_a_confirmer", "rapprochements à confirmer"),
    ("refs_that_name_an_already_known_household", "références qui désignent un ménage déjà connu"),
    ("expulsions_sans_solution", "expulsions sans solution"),
    ("jugements_contradictoires", "jugements contradictoires"),
    ("jugements_conditionnels", "jugements conditionnels (délais)"),
)
_VENTILATIONS: Final = (
    ("acts_by_type", "Actes retenus, par type"),
    ("assignations_by_parc", "Assignations, par parc"),
    ("cql_by_parc", "Commandements de quitter les lieux, par parc"),
    ("expulsions_by_parc", "Expulsions, par parc"),
    ("rejected_by_field", "Refus, par colonne"),
)


def nombre(valeur: int) -> str:
    """``44 442``: thousands apart, by a narrow no-break space."""
    return f"{valeur:,}".replace(",", "\u202f")


def texte(rapport: Mapping[str, Any], *, ecrit: bool) -> str:
    """The report as a person reads it."""
    lignes = ["Import EXPLOC" + ("" if ecrit else " (à blanc : rien n'est écrit sans --ecrire)"), ""]
    largeur = max(len(nombre(rapport[cle])) for cle, _ in _TITRES)
    lignes += [f"  {nombre(rapport[cle]):>{largeur}}  {titre}" for cle, titre in _TITRES]
    for cle, titre in _VENTILATIONS:
        if rapport[cle]:
            lignes += ["", titre]
            lignes += [
                f"  {nombre(n):>{largeur}}  {code}" for code, n in sorted(rapport[cle].items(), key=lambda x: -x[1])
            ]
    refus = rapport["refus"]
    if refus:
        lignes += ["", "Lignes refusées (le contenu n'est jamais repris)"]
        lignes += [f"  ligne {r['ligne']}, {r['colonne']} : {r['motif']}" for r in refus[:REFUS_AFFICHES]]
        if len(refus) > REFUS_AFFICHES:
            lignes.append(f"  … et {nombre(len(refus) - REFUS_AFFICHES)} autres : --refus FICHIER les donne toutes.")
    return "\n".join(lignes) + "\n"


def ecrire_refus(flux: TextIO, rapport: Mapping[str, Any]) -> None:
    """The refusals as CSV, one row each."""
    ecrire_csv(flux, ("ligne", "colonne", "motif"), ((r["ligne"], r["colonne"], r["motif"]) for r in rapport["refus"]))
