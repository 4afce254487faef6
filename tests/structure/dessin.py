"""The picture of the house, drawn from its import contracts: ``python -m tests.structure.dessin`` writes it anew.

A row is a layer of a contract: what stands in it imports the rows below, and no other. Under each room, those that it
does import, measured.
"""

import ast
import textwrap
import tomllib
from collections import defaultdict
from html import escape
from pathlib import Path
from typing import Any, Final

import grimp

RACINE: Final = Path(__file__).resolve().parents[2]
SALLES: Final = ("ledger", "policies", "projections", "adapters")
DESSIN: Final = RACINE / "docs" / "maison.svg"

_LARGEUR: Final = 960
_MARGE: Final = 24
_HAUTEUR: Final = 56
_ECART: Final = 10
_NOM: Final = 190
_SIGNE: Final = 6.6  # pixels that a letter takes, at 13 pixels


def contrats() -> list[dict[str, Any]]:
    """The layer contracts, as pyproject.toml writes them."""
    projet = tomllib.loads((RACINE / "pyproject.toml").read_text(encoding="utf-8"))
    return [c for c in projet["tool"]["importlinter"]["contracts"] if c["type"] == "layers"]


def etages() -> list[list[str]]:
    """Every room by its full name, row by row, from the street to the ground."""
    maison, adapters = contrats()
    rangees = [[f"adapters.{nom.strip()}" for nom in etage.split("|")] for etage in adapters["layers"]]
    for etage in maison["layers"]:
        noms = [nom.strip() for nom in etage.split("|")]
        if noms != ["adapters"]:
            rangees.append(noms)
    return rangees


def graphe() -> grimp.ImportGraph:
    """Who imports whom, module by module."""
    return grimp.build_graph(*SALLES, cache_dir=None)


def salle(module: str) -> str:
    """The room in which a module stands."""
    sommet, _, reste = module.partition(".")
    return f"adapters.{reste.split('.')[0]}" if sommet == "adapters" and reste else sommet


def fleches(vu: grimp.ImportGraph) -> dict[str, set[str]]:
    """For each room, the others that it imports."""
    trouvees: defaultdict[str, set[str]] = defaultdict(set)
    for module in vu.modules:
        for importe in vu.find_modules_directly_imported_by(module):
            if salle(importe) != salle(module):
                trouvees[salle(module)].add(salle(importe))
    return trouvees


def _phrase(nom: str) -> str:
    """What the room says of itself: the first line of its package."""
    texte = (RACINE / nom.replace(".", "/") / "__init__.py").read_text(encoding="utf-8")
    dit = (ast.get_docstring(ast.parse(texte)) or "").splitlines()[0]
    return dit.split(". ")[0].replace("``", "").rstrip(".") + "."


def _boite(nom: str, place: tuple[float, float, float, float], importes: list[str]) -> list[str]:
    """One room: its name, what it says of itself, what it imports; side by side, or one under another if narrow."""
    x, y, large, haut = place
    etroite = large < _LARGEUR / 2
    gauche, dessus = (x + 12, y + 44) if etroite else (x + _NOM, y + 23)
    phrases = textwrap.wrap(_phrase(nom), int((x + large - gauche - 12) / _SIGNE))
    dits = "imports " + ", ".join(importes) if importes else "imports nothing of ours"
    fond = "#eef3fb" if nom.startswith("adapters.") else "#f6f1e4"
    return [
        f'<rect x="{x:g}" y="{y:g}" width="{large:g}" height="{haut:g}" rx="4" fill="{fond}" stroke="#445"/>',
        f'<text x="{x + 12:g}" y="{y + 23:g}" font-size="15" font-weight="bold">{nom.replace(".", "/")}/</text>',
        *(
            f'<text x="{gauche:g}" y="{dessus + 17 * rang:g}" font-size="13">{escape(phrase)}</text>'
            for rang, phrase in enumerate(phrases)
        ),
        f'<text x="{gauche:g}" y="{y + haut - 11:g}" font-size="11" fill="#556">{dits}</text>',
    ]


def dessiner() -> str:
    """The picture, in SVG."""
    vues = fleches(graphe())
    ordre = [nom for rangee in etages() for nom in rangee]
    y, boites = float(_MARGE), list[str]()
    for rangee in etages():
        haut = _HAUTEUR if len(rangee) == 1 else 2 * _HAUTEUR
        large = (_LARGEUR - 2 * _MARGE - _ECART * (len(rangee) - 1)) / len(rangee)
        for rang, nom in enumerate(rangee):
            importes = [autre.removeprefix("adapters.") for autre in ordre if autre in vues[nom]]
            boites += _boite(nom, (_MARGE + rang * (large + _ECART), y, large, haut), importes)
        y += haut + _ECART
    bas = y - _ECART + _MARGE
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_LARGEUR} {bas:g}" font-family="sans-serif">',
            "<title>The rooms of unefois: each imports those below it, and no other</title>",
            f'<rect width="{_LARGEUR}" height="{bas:g}" fill="#fff"/>',
            *boites,
            "</svg>\n",
        ]
    )


if __name__ == "__main__":
    DESSIN.write_text(dessiner(), encoding="utf-8")
