"""What a list holds, column by column: the words by which people call it, what its cells are, what it cannot lack."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from adapters.tableurs.cellules import Genre
from ledger.noms import plier

_UNITE: Final = re.compile(r"\([^)]*\)|\[[^\]]*\]|\ben (?:k ?)?(?:€|euros?)|k?€", re.IGNORECASE)
_EN_MILLIERS: Final = re.compile(r"k ?€|k ?eur|milliers", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Colonne:
    """A column: its name for us, for people, and the words that head it. ``requise``: no line goes without it."""

    nom: str
    libelle: str
    genre: Genre
    mots: tuple[str, ...] = ()
    requise: bool = False


@dataclass(frozen=True)
class Modele:
    """A list. ``cle``: the columns that tell one line from another."""

    colonnes: tuple[Colonne, ...]
    cle: tuple[str, ...]

    @cached_property
    def titres(self) -> Mapping[str, Colonne]:
        """Each word that heads a column, as titles are compared."""
        return {plier(mot): colonne for colonne in self.colonnes for mot in (colonne.libelle, *colonne.mots)}

    def colonne(self, titre: str) -> Colonne | None:
        """The column that a title heads: accents, case, order of the words and the unit set apart."""
        sans_unite = _UNITE.sub(" ", titre)
        return self.titres.get(plier(sans_unite)) or self.titres.get(plier(titre))

    def manquantes(self, trouvees: Sequence[Colonne]) -> list[str]:
        """What people call the columns that a list cannot lack, of those that are not there."""
        return [colonne.libelle for colonne in self.colonnes if colonne.requise and colonne not in trouvees]


def en_milliers(titre: str) -> bool:
    """Whether a title says that its amounts are in thousands."""
    return _EN_MILLIERS.search(titre) is not None


DEBITEURS: Final = Modele(
    colonnes=(
        Colonne("nom", "nom", Genre.NOM, (
            "nom du locataire", "nom locataire", "locataire", "nom de famille", "nom du titulaire", "titulaire",
            "nom d'usage", "nom du débiteur", "débiteur",
        ), requise=True),
        Colonne("prenoms", "prénom", Genre.NOM, ("prénoms", "prénom(s)", "prénom du locataire", "prénom locataire")),
        Colonne("date_naissance", "date de naissance", Genre.NAISSANCE, (
            "naissance", "né le", "née le", "né(e) le", "ddn", "date naissance", "dt naissance",
        )),
        Colonne("adresse", "adresse", Genre.TEXTE, (
            "adresse du logement", "adresse logement", "adresse locataire", "adresse du locataire", "voie", "adresse 1",
        ), requise=True),
        Colonne("code_postal", "code postal", Genre.CODE_POSTAL, ("cp", "code post.")),
        Colonne("commune", "commune", Genre.COMMUNE, (
            "ville", "commune du logement", "code insee", "insee", "code commune", "commune insee", "localité",
        ), requise=True),
        Colonne("id_rpls", "identifiant RPLS", Genre.RPLS, ("rpls", "n° rpls", "numéro rpls", "id rpls")),
        Colonne("parc", "parc", Genre.PARC, ("type de parc", "parc du logement")),
        Colonne("loyer", "loyer", Genre.MONTANT, ("loyer mensuel", "loyer hors charges", "loyer hc")),
        Colonne("charges", "charges", Genre.MONTANT, ("charges mensuelles", "montant des charges", "provisions")),
        Colonne("dette", "dette", Genre.MONTANT, (
            "montant de la dette", "dette locative", "impayé", "impayés", "montant impayé", "montant de l'impayé",
            "montant dû", "solde", "solde débiteur", "solde dû", "dette totale", "total dû", "arriéré",
        ), requise=True),
        Colonne("arretee_au", "dette arrêtée au", Genre.RECENT, (
            "arrêtée au", "arrêté au", "date d'arrêté", "date arrêté", "dette au", "situation au", "date de la dette",
            "solde au", "date du solde",
        ), requise=True),
        Colonne("mois_impayes", "mois d'impayé", Genre.NOMBRE, (
            "mois impayés", "nombre de mois d'impayés", "nb mois", "nb mois impayés", "nombre de mois", "ancienneté",
        )),
        Colonne("information_menage", "ménage informé le", Genre.RECENT, (
            "information du ménage", "date d'information", "date information", "informé le", "locataire informé le",
            "information le", "date d'information du ménage", "courrier d'information le",
        ), requise=True),
        Colonne("opposition", "opposition", Genre.OUI_NON, (
            "s'oppose", "opposition du ménage", "opposition clil", "le ménage s'oppose", "opposition (oui/non)",
        ), requise=True),
        Colonne("bailleur_siret", "SIRET du bailleur", Genre.SIRET, ("siret", "siret bailleur", "n° siret")),
        Colonne("bailleur_nom", "bailleur", Genre.TEXTE, ("nom du bailleur", "organisme", "nom bailleur")),
    ),
    cle=("nom", "prenoms", "date_naissance", "adresse", "id_rpls"),
)  # fmt: skip
"""The landlord's list of households in arrears, for a CLIL. There is no column of remarks: free text is not taken."""
MODELES: Final[Mapping[str, Modele]] = {"debiteurs": DEBITEURS}
