"""One paper, from what was ordered to its PDF. Run by the child alone, whatever it takes.

Values reach a template as data (``sys.inputs``): no text of anybody is ever read as Typst.
"""

import io
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any, Final

import orjson
import pikepdf
import typst

from adapters.papier import bilan, copie, courrier, faits, listes, reponse, seances, synthese
from adapters.papier.impossible import DEMESURE, PapierImpossible
from adapters.papier.signes import CASE, Copiste

GABARITS: Final = Path(__file__).parent / "gabarits"
NORMES: Final = "ua-1"
"""What the compiler itself refuses to break: tagged, titled, in a language, every sign with a glyph (ISO 14289-1)."""

Commande = Mapping[str, Any]
"""What is ordered: ``papier``, ``marque`` (what each page says of its making), and what its composer takes."""
Compose = Iterator[dict[str, Any]]


def _synthese(commande: Commande) -> Compose:
    return synthese.composer(faits.lire(commande["matieres"][0]), commande["intitule"], commande["ou"])


def _dsf(commande: Commande) -> Compose:
    return synthese.dsf(faits.lire(commande["matieres"][0]), commande["acte"])


PAPIERS: Final[Mapping[str, tuple[str, int, Callable[[Commande], Compose]]]] = {
    "synthese": ("dossier", synthese.PAGES, _synthese),
    "dsf": ("dossier", synthese.PAGES, _dsf),
    "courrier": ("courrier", courrier.PAGES, courrier.composer),
    "fiches": ("dossier", 0, listes.fiches),
    "ordre-du-jour": ("liste", 0, listes.ordre_du_jour),
    "releve": ("liste", 0, listes.releve),
    "copie": ("copie", 0, copie.composer),
    "convocation": ("courrier", 0, seances.convocations),
    "reponse": ("courrier", courrier.PAGES, reponse.composer),
    "informations": ("courrier", 0, seances.informations),
    "bilan-charte": ("bilan", 0, bilan.charte),
    "bilan-commission": ("bilan", 0, bilan.commission),
}
"""By kind of paper: its template, how many pages it holds on (0: as many as it takes), who composes it.

A composer gives the same paper wider or narrower: the first that holds is the one.
"""


def tirer(commande: Commande) -> bytes:
    """The PDF of what was ordered; ``PapierImpossible`` where it is not to be made."""
    gabarit, pages, composer = PAPIERS[commande["papier"]]
    for essai in composer(commande):
        octets = compiler(gabarit, essai, commande["marque"])
        voulues = essai.get("pages", pages)
        if not voulues or _pages(octets) <= voulues:
            return octets
    raise PapierImpossible(DEMESURE)


def compiler(gabarit: str, donnees: Mapping[str, Any], marque: Mapping[str, str]) -> bytes:
    """A template and its data as a PDF/UA-1, dated as its mark says.

    Signs that each have a glyph may join into one that has none: then the paper keeps the letters of Europe alone.
    """
    try:
        return _compiler(gabarit, donnees, marque, Copiste())
    except typst.TypstError:
        return _compiler(gabarit, donnees, marque, Copiste(sur=True))


def _compiler(gabarit: str, donnees: Mapping[str, Any], marque: Mapping[str, str], copiste: Copiste) -> bytes:
    sures = copiste.copier({**donnees, "marque": {**marque, "retenu": donnees["retenu"], "signes": ""}})
    if copiste.remplaces:
        s = "s" if copiste.remplaces > 1 else ""
        sures["marque"]["signes"] = (
            f"{copiste.remplaces} signe{s} que cette page ne peut pas imprimer : {CASE}. Le dossier partagé les garde."
        )
    octets = _compilateur(gabarit).compile(
        format="pdf",
        sys_inputs={"donnees": orjson.dumps(sures).decode()},
        pdf_standards=NORMES,
        timestamp=int(datetime.fromisoformat(marque["le"]).timestamp()),
    )
    if not isinstance(octets, bytes):
        raise TypeError(type(octets))
    return octets


@cache
def _compilateur(gabarit: str) -> typst.Compiler:
    """One compiler by template; it reads the templates' directory and no other, and has its own fonts alone."""
    polices = typst.Fonts(include_system_fonts=False)
    return typst.Compiler(
        str(GABARITS / f"{gabarit}.typ"), root=str(GABARITS), font_paths=polices, ignore_system_fonts=True
    )


def _pages(octets: bytes) -> int:
    with pikepdf.open(io.BytesIO(octets)) as pdf:
        return len(pdf.pages)
