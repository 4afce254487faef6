"""What a list holds, column by column: the words by which people call it, what its cells are, what it cannot lack."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from adapters.tableurs.cellules import GenreDeCellule
from ledger.noms import plier

_UNITE: Final = re.compile(r"\([^)]*\)|\[[^\]]*\]|\ben (?:k ?)?(?:€|euros?)|k?€", re.IGNORECASE)
_EN_MILLIERS: Final = re.compile(r"k ?€|k ?eur|milliers", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class ColonneLue:
    """A column: its name for us, for people, and the words that head it. ``requise``: no line goes without it."""

    nom: str
    libelle: str
    genre: GenreDeCellule
    mots: tuple[str, ...] = ()
    requise: bool = False


@dataclass(frozen=True)
class ModeleDeListe:
    """A list. ``cle``: the columns that tell one line from another."""

    colonnes: tuple[ColonneLue, ...]
    cle: tuple[str, ...]

    @cached_property
    def titres(self) -> Mapping[str, ColonneLue]:
        """Each word that heads a column, as titles are compared."""
        return {plier(mot): colonne for colonne in self.colonnes for mot in (colonne.libelle, *colonne.mots)}

    def colonne(self, titre: str) -> ColonneLue | None:
        """The column that a title heads: accents, case, order of the words and the unit set apart."""
        sans_unite = _UNITE.sub(" ", titre)
        return self.titres.get(plier(sans_unite)) or self.titres.get(plier(titre))

    def manquantes(self, trouvees: Sequence[ColonneLue]) -> list[str]:
        """What people call the columns that a list cannot lack, of those that are not there."""
        return [colonne.libelle for colonne in self.colonnes if colonne.requise and colonne not in trouvees]


def en_milliers(titre: str) -> bool:
    """Whether a title says that its amounts are in thousands."""
    return _EN_MILLIERS.search(titre) is not None


DEBITEURS: Final = ModeleDeListe(
    colonnes=(
        ColonneLue("nom", "nom", GenreDeCellule.NOM, (
            "nom du locataire", "nom locataire", "locataire", "nom de famille", "nom du titulaire", "titulaire",
            "nom d'usage", "nom du débiteur", "débiteur",
        ), requise=True),
        ColonneLue("prenoms", "prénom", GenreDeCellule.NOM, ("prénoms", "prénom(s)", "prénom du locataire")),
        ColonneLue("date_naissance", "date de naissance", GenreDeCellule.NAISSANCE, (
            "naissance", "né le", "née le", "né(e) le", "ddn", "date naissance", "dt naissance",
        )),
        ColonneLue("adresse", "adresse", GenreDeCellule.TEXTE, (
            "adresse du logement", "adresse logement", "adresse locataire", "adresse du locataire", "voie", "adresse 1",
        ), requise=True),
        ColonneLue("code_postal", "code postal", GenreDeCellule.CODE_POSTAL, ("cp", "code post.")),
        ColonneLue("commune", "commune", GenreDeCellule.COMMUNE, (
            "ville", "commune du logement", "code insee", "insee", "code commune", "commune insee", "localité",
        ), requise=True),
        ColonneLue("id_rpls", "identifiant RPLS", GenreDeCellule.RPLS, ("rpls", "n° rpls", "numéro rpls", "id rpls")),
        ColonneLue("parc", "parc", GenreDeCellule.PARC, ("type de parc", "parc du logement")),
        ColonneLue("loyer", "loyer", GenreDeCellule.MONTANT, ("loyer mensuel", "loyer hors charges", "loyer hc")),
        ColonneLue("charges", "charges", GenreDeCellule.MONTANT, ("charges mensuelles", "provisions")),
        ColonneLue("dette", "dette", GenreDeCellule.MONTANT, (
            "montant de la dette", "dette locative", "impayé", "impayés", "montant impayé", "montant de l'impayé",
            "montant dû", "solde", "solde débiteur", "solde dû", "dette totale", "total dû", "arriéré",
        ), requise=True),
        ColonneLue("arretee_au", "dette arrêtée au", GenreDeCellule.RECENT, (
            "arrêtée au", "arrêté au", "date d'arrêté", "date arrêté", "dette au", "situation au", "date de la dette",
            "solde au", "date du solde",
        ), requise=True),
        ColonneLue("mois_impayes", "mois d'impayé", GenreDeCellule.NOMBRE, (
            "mois impayés", "nombre de mois d'impayés", "nb mois", "nb mois impayés", "nombre de mois", "ancienneté",
        )),
        ColonneLue("information_menage", "ménage informé le", GenreDeCellule.RECENT, (
            "information du ménage", "date d'information", "date information", "informé le", "locataire informé le",
            "information le", "date d'information du ménage", "courrier d'information le",
        ), requise=True),
        ColonneLue("opposition", "opposition", GenreDeCellule.OUI_NON, (
            "s'oppose", "opposition du ménage", "opposition clil", "le ménage s'oppose", "opposition (oui/non)",
        ), requise=True),
        ColonneLue("bailleur_siret", "SIRET du bailleur", GenreDeCellule.SIRET, ("siret", "siret bailleur")),
        ColonneLue("bailleur_nom", "bailleur", GenreDeCellule.TEXTE, ("nom du bailleur", "organisme", "nom bailleur")),
    ),
    cle=("nom", "prenoms", "date_naissance", "adresse", "id_rpls"),
)  # fmt: skip
"""The landlord's list of households in arrears, for a CLIL. There is no column of remarks: free text is not taken."""
MODELES: Final[Mapping[str, ModeleDeListe]] = {"debiteurs": DEBITEURS}
