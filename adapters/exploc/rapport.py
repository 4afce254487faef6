"""What an import reports: the same object for a dry run and for a real one, as JSON or as a page in French."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice
from types import MappingProxyType
from typing import Any, Final, TextIO

from adapters.exploc.lot import Rangee, RangeeRefusee
from adapters.exploc.source import SORTS
from adapters.mots.tableur import ecrire_csv

REFUS_AFFICHES: Final = 20
REFUS_LISTES: Final = 20_000
"""Rows that a report names, refused or not taken whole: beyond, they are counted. A file of nonsense has millions."""

ECARTS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "parc": "le parc n'est pas « SOCIAL » ou « PRIVE »",
        "bailleur_siret": "le SIRET n'a pas 14 chiffres, ou sa clé est fausse : le bailleur n'est pas relié au dossier",
        "date_reception": "la date ne se lit pas, ou n'est pas entre l'acte et l'import",
        "date_naissance": "la date ne se lit pas, ou n'est pas entre 1900 et l'acte",
        "dette_arretee_au": "la date ne se lit pas, ou suit le jour où la dette a été dite",
        "date_audience": "la date ne se lit pas, ou est trop loin de l'acte",
        "id_rpls": "ce n'est pas un numéro de logement : dix chiffres, dans le parc social seul",
        "ref_dossier": "ce n'est pas une référence : une mention, ou un nombre abîmé par un tableur",
        "num_rg": "ce n'est pas un numéro : une mention, ou un nombre abîmé par un tableur",
        "delais_mois": "le nombre de mois ne se lit pas, ou passe ce que la loi permet",
    }
)
"""Why an optional value is set aside, by column: never by what stood there."""
MISE_A_PART: Final = "valeur mise à part, ligne retenue"
ECART_USUEL: Final = "la valeur ne se lit pas, ou ne dit rien"


@dataclass
class Decompte:
    """The counts of an import, kept row by row."""

    rangees: int = 0
    doublons: int = 0
    ignorees: tuple[str, ...] = ()
    windows: int = 0
    refus: list[RangeeRefusee] = field(default_factory=list)
    refusees: Counter[str] = field(default_factory=Counter)
    ecartes: dict[int, tuple[str, ...]] = field(default_factory=dict)
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
        if ligne.ecartes and sens > 0:
            self.ecartes[ligne.numero] = ligne.ecartes
        elif ligne.ecartes:
            self.ecartes.pop(ligne.numero, None)

    def devancer(self, ligne: Rangee) -> None:
        """An accepted row turns out to be a *doublon*: another writer brought the same act meanwhile."""
        self.accepter(ligne, -1)
        self.doublons += 1

    def refuser(self, ligne: Rangee, refus: RangeeRefusee) -> None:
        """An accepted row is refused after all, by the case that it would go to."""
        self.accepter(ligne, -1)
        self.ecarter(refus)

    def ecarter(self, refus: RangeeRefusee) -> None:
        """A row is refused: it is listed while there is room, and counted."""
        self.refusees[refus.colonne] += 1
        if len(self.refus) < REFUS_LISTES:
            self.refus.append(refus)

    def rapport(self) -> dict[str, Any]:
        """The report. Refusals, and values set aside, name line, column and reason; never what the field held."""
        return {
            "rows": self.rangees,
            "accepted_distinct_acts": self.actes.total(),
            "doublons": self.doublons,
            "rejected": self.refusees.total(),
            "rejected_by_field": dict(self.refusees),
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
            "ecartes_par_colonne": dict(Counter(c for colonnes in self.ecartes.values() for c in colonnes)),
            "ecartes": list(islice(self._ecarts(), REFUS_LISTES)),
            "colonnes_ignorees": list(self.ignorees),
            "lignes_windows_1252": self.windows,
        }

    def _ecarts(self) -> Iterator[dict[str, Any]]:
        for numero, colonnes in sorted(self.ecartes.items()):
            for colonne in colonnes:
                yield {"ligne": numero, "colonne": colonne, "motif": ECARTS.get(colonne, ECART_USUEL)}


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
    ("ecartes_par_colonne", "Valeurs mises à part (la ligne est retenue), par colonne"),
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
    lignes += _releve(rapport, largeur)
    lignes += _lister(rapport, "refus", rapport["rejected"], "Lignes refusées (le contenu n'est jamais repris)")
    ecartes = sum(rapport["ecartes_par_colonne"].values())
    lignes += _lister(rapport, "ecartes", ecartes, "Valeurs mises à part (le contenu n'est jamais repris)")
    if rapport["colonnes_ignorees"]:
        lignes += ["", "Colonnes inconnues, ignorées : " + ", ".join(rapport["colonnes_ignorees"])]
    if rapport["lignes_windows_1252"]:
        lignes += ["", f"Lignes en Windows-1252 : {nombre(rapport['lignes_windows_1252'])}"]
    return "\n".join(lignes) + "\n"


def _releve(rapport: Mapping[str, Any], largeur: int) -> list[str]:
    """What a pickup says besides: what its source takes back, and whether anything is left there."""
    if "releve" not in rapport:
        return []
    lignes = ["", "Actes que leur source retire"]
    lignes += [f"  {nombre(rapport['retraits'][sort]):>{largeur}}  {titre}" for sort, titre in SORTS.items()]
    if not rapport["releve"]["fin"]:
        lignes += ["", "Il en reste : relancez la même commande pour la suite, et pour les actes retirés."]
    if not rapport["releve"]["entier"]:
        lignes += ["", "Des lignes n'ont pas pu être écrites aujourd'hui : la prochaine relève les reprendra."]
    return lignes


def _lister(rapport: Mapping[str, Any], cle: str, total: int, titre: str) -> list[str]:
    """The first lines of a list, and how many there are besides."""
    if not total:
        return []
    listees = rapport[cle][:REFUS_AFFICHES]
    lignes = ["", titre, *(f"  ligne {r['ligne']}, {r['colonne']} : {r['motif']}" for r in listees)]
    if total > len(listees):
        lignes.append(f"  … et {nombre(total - len(listees))} autres : --refus FICHIER les donne.")
    return lignes


def ecrire_refus(flux: TextIO, rapport: Mapping[str, Any]) -> None:
    """The refusals, then the values set aside, as CSV, one row each."""
    rangees = [(r["ligne"], r["colonne"], r["motif"]) for r in rapport["refus"]]
    rangees += [(r["ligne"], r["colonne"], f"{MISE_A_PART} : {r['motif']}") for r in rapport["ecartes"]]
    ecrire_csv(flux, ("ligne", "colonne", "motif"), rangees)
