"""Workbooks that leave: constant cells only. What a spreadsheet would run, or would follow, stays the text that it is.

They are made in memory, on a thread: nothing of a household stands in clear on a disk.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Iterable, Sequence
from datetime import date, datetime
from io import BytesIO
from typing import Final, NamedTuple

import xlsxwriter
from starlette.requests import Request
from starlette.responses import Response
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from adapters.mots.tableur import proteger
from adapters.tableurs.modele import ModeleDeListe
from adapters.web.reponses import EN_TETES, accorder
from ledger.droit.jours import PARIS

CLASSEUR: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
RANGEES_MAX: Final = 10_000
"""Rows of an export: beyond, its last row says that there are more."""
TEXTE_MAX: Final = 32_000
"""Characters that a cell can hold."""
SURSIS_S: Final = 120
"""Seconds that an export may take more than a page: it is as many pages, and leaves once the last was asked for."""
AU_DELA: Final = (
    f"Plus de {RANGEES_MAX} lignes : les suivantes ne sont pas ici. Resserrez les filtres, puis exportez de nouveau."
)
_CONSTANTES: Final = {
    "in_memory": True,
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
    "nan_inf_to_errors": False,
}
_LARGEUR: Final = 22

PageDExport = Iterable[Sequence[object]]


class _Formes(NamedTuple):
    jour: Format
    texte: Format


async def exporter(requete: Request, nom: str, titres: Sequence[str], pages: AsyncIterator[PageDExport]) -> Response:
    """A workbook of all these pages, each asked of the gate as it comes."""
    accorder(requete, SURSIS_S)
    rangees: list[Sequence[object]] = []
    async for page in pages:
        rangees += page
        if len(rangees) > RANGEES_MAX:
            rangees[RANGEES_MAX:] = [[AU_DELA]]
            break
    octets = await asyncio.to_thread(ecrire, titres, rangees)
    entetes = {**EN_TETES, "Content-Disposition": f'attachment; filename="{nom}.xlsx"'}
    return Response(octets, media_type=CLASSEUR, headers=entetes)


def ecrire(titres: Sequence[str], rangees: Iterable[Sequence[object]]) -> bytes:
    """A workbook of one sheet: its titles, which stay in sight, then its rows."""
    flux = BytesIO()
    livre = xlsxwriter.Workbook(flux, _CONSTANTES)
    feuille = livre.add_worksheet("Export")
    formes = _Formes(livre.add_format({"num_format": "dd/mm/yyyy"}), livre.add_format({"quote_prefix": True}))
    tete = livre.add_format({"bold": True})
    for place, titre in enumerate(titres):
        feuille.write_string(0, place, titre, tete)
    feuille.freeze_panes(1, 0)
    feuille.set_column(0, max(0, len(titres) - 1), _LARGEUR)
    for rang, rangee in enumerate(rangees, 1):
        for place, valeur in enumerate(rangee):
            _cellule(feuille, (rang, place), valeur, formes)
    livre.close()
    return flux.getvalue()


def _cellule(feuille: Worksheet, place: tuple[int, int], valeur: object, formes: _Formes) -> None:
    match valeur:
        case None | "":
            return
        case bool():
            feuille.write_string(*place, "oui" if valeur else "non")
        case int() | float():
            feuille.write_number(*place, valeur)
        case datetime():
            feuille.write_string(*place, valeur.astimezone(PARIS).strftime("%d/%m/%Y %H:%M"))
        case date():
            feuille.write_datetime(*place, valeur, formes.jour)
        case dict():
            _cellule(feuille, place, json.dumps(valeur, ensure_ascii=False, sort_keys=True), formes)
        case list() | tuple():
            _cellule(feuille, place, " ".join(map(str, valeur)), formes)
        case _:
            ecrit = str(valeur)[:TEXTE_MAX]
            # The mark of a text, as an apostrophe would be, but that is no part of it: to edit the cell runs nothing.
            feuille.write_string(*place, ecrit, formes.texte if proteger(ecrit) != ecrit else None)


def modele_vide(modele: ModeleDeListe) -> bytes:
    """A workbook with the titles of a list: those that it cannot lack first."""
    ordre = sorted(modele.colonnes, key=lambda colonne: not colonne.requise)
    return ecrire([colonne.libelle[:1].upper() + colonne.libelle[1:] for colonne in ordre], ())
