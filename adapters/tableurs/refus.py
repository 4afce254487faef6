"""Why a file, or a cell, is not taken. Nothing that was typed is ever repeated: a cell is named by its address."""

from typing import Final

import msgspec

OCTETS_MAX: Final = 5 << 20
"""Bytes of a file, as it is sent."""
DEPLIES_MAX: Final = 60 << 20
"""Bytes that a workbook says that it unfolds into; what lies meets the limits of the process."""
FEUILLES_MAX: Final = 20
COLONNES_MAX: Final = 100
LIGNES_MAX: Final = 1_000
"""Households of one list."""
RANGEES_MAX: Final = 5_000
"""Rows of a sheet, blank ones and titles among them."""
TEXTE_MAX: Final = 500
"""Characters of a cell."""


class FichierRefuse(Exception):
    """The whole file is refused; the message is a French sentence, with its remedy."""


class FauteDeCellule(msgspec.Struct, frozen=True):
    """What is wrong, where it stands (« C14 », or « 14 » for a whole row), in a French sentence with its remedy."""

    cellule: str
    message: str


class LigneLue(msgspec.Struct, frozen=True):
    """A row: its number in the sheet, what its cells say by the names of the model's columns, and its faults."""

    numero: int
    valeurs: dict[str, str | int | bool]
    fautes: tuple[FauteDeCellule, ...] = ()


class ListeLue(msgspec.Struct, frozen=True):
    """What a file holds. ``refus``: why it is not taken at all; ``avis``: what was left out of it.

    ``colonnes``: the letters of each of the model's columns that is there.
    """

    lignes: tuple[LigneLue, ...] = ()
    colonnes: dict[str, str] = {}
    avis: tuple[str, ...] = ()
    refus: str = ""


DEMESURE: Final = (
    "Le fichier est trop lourd à lire, ou abîmé : recopiez la liste seule (les valeurs) dans un classeur neuf, puis"
    " déposez-le."
)
