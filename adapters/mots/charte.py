"""``docs/charte.md``: what the charter and the texts ask a shared record to tell, and the event and field that tell it.

``charte.csv`` is written by hand, a row for each thing to tell; the rest of the page follows from the catalogue and the
policies. A row names events, and of each the fields and the codes that it takes: ``Evenement champ champ=CODE``.
"""

import csv
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from itertools import groupby
from pathlib import Path
from typing import Final

from adapters.mots import libelles
from adapters.mots.catalogue import ancre, tableau
from ledger.catalogue import ActeProtege, Champ, Classe, Evenement, catalogue, champs
from ledger.droit import listes
from policies.tables import Tables, lire

COMMANDE: Final = "make catalogue"
_PRESENTATION: Final = f"""\
# Ce que la charte et les textes demandent de pouvoir dire

Page écrite d'après `adapters/mots/charte.csv`, le catalogue et les tables ; `{COMMANDE}` la réécrit.

Chaque ligne est une chose qu'un partenaire doit pouvoir dire d'un ménage, et ce qui la dit ici : l'événement, ses
champs, ses codes. **Le transmettent** : les rôles dont une ligne d'émission nomme l'événement. **Conservé** : la classe
des champs nommés (S0 en clair, S1 à S3 scellés) et la version de l'événement ; ce qui fut rangé dans une version
d'avant s'ouvre toujours. **Montré à** : combien de rôles peuvent lire le groupe à une finalité au moins. Le détail est
dans [le catalogue](catalogue.md).
"""


@dataclass(frozen=True, slots=True)
class Enonce:
    """One event that tells a row: the fields that it takes, and the code that each must have (None: whatever it is)."""

    evenement: str
    champs: tuple[tuple[str, str | None], ...]


@dataclass(frozen=True, slots=True)
class Attendu:
    """One row. ``autrement``: how it is known where no event tells it."""

    chapitre: str
    libelle: str
    dits: tuple[Enonce, ...]
    autrement: str


@cache
def attendus() -> tuple[Attendu, ...]:
    """Every row, in the order of the file."""
    with Path(__file__).with_name("charte.csv").open(encoding="utf-8", newline="") as flux:
        return tuple(
            Attendu(
                rangee["chapitre"],
                rangee["attendu"],
                tuple(_dit(ecrit) for ecrit in rangee["dit"].split(" ; ") if ecrit),
                rangee["autrement"],
            )
            for rangee in csv.DictReader(flux)
        )


def _dit(ecrit: str) -> Enonce:
    evenement, *precisions = ecrit.split()
    couples = (precision.partition("=") for precision in precisions)
    return Enonce(evenement, tuple((champ, code or None) for champ, _, code in couples))


def ecrire(tables: Tables) -> str:
    """The whole page."""
    lignes = [_PRESENTATION.rstrip()]
    for chapitre, rangees in groupby(attendus(), key=lambda attendu: attendu.chapitre):
        lignes += ["", f"## {chapitre}", ""]
        lignes += tableau(
            ("à dire", "ce qui le dit", "le transmettent", "conservé", "montré à"),
            (rangee for attendu in rangees for rangee in _rangees(attendu, tables)),
        )
    return "\n".join(lignes) + "\n"


def _rangees(attendu: Attendu, tables: Tables) -> Iterator[tuple[str, ...]]:
    if not attendu.dits:
        yield attendu.libelle, attendu.autrement, "–", "–", "–"
    for rang, dit in enumerate(attendu.dits):
        cls = catalogue()[dit.evenement]
        yield (
            "" if rang else attendu.libelle,
            _ce_qui_le_dit(cls, dit),
            " ; ".join(libelles.role(r) for ligne in _emissions(tables, dit) for r in ligne["roles"]),
            _conserve(cls, dit),
            _montre(cls, tables),
        )


def _ce_qui_le_dit(cls: type[Evenement], dit: Enonce) -> str:
    decrits = champs(cls)
    precisions = [
        decrits[champ].libelle
        if code is None
        else f"{decrits[champ].libelle} : {listes.libelle(decrits[champ].liste or '', code)}"
        for champ, code in dit.champs
    ]
    lien = f"[{cls.LIBELLE}](catalogue.md#{ancre(cls.LIBELLE)})"
    return f"{lien} ({', '.join(precisions)})" if precisions else lien


def _emissions(tables: Tables, dit: Enonce) -> list[dict[str, list[str]]]:
    return [ligne for ligne in tables.emissions if ligne["evenement"] == dit.evenement]


def _conserve(cls: type[Evenement], dit: Enonce) -> str:
    decrits = champs(cls)
    nommes = [decrits[champ] for champ, _ in dit.champs] or list(decrits.values())
    return f"{', '.join(sorted({_classe(cls, champ) for champ in nommes}))} ; version {cls.class_version}"


def _classe(cls: type[Evenement], champ: Champ) -> Classe:
    """Of an act under secrecy all is sealed with its nature, but what its base has in clear."""
    return Classe.S3 if issubclass(cls, ActeProtege) else champ.classe


def _montre(cls: type[Evenement], tables: Tables) -> str:
    """To how many roles; of who exercises a right, to the person and to those who answer it."""
    if cls.EXERCE_UN_DROIT:
        return "la personne, et qui lui répond"
    groupes = {"F10a", "F10b"} if cls.GROUPE == "F10" else {cls.GROUPE}
    lecteurs = [
        role
        for role, lignes in tables.matrice.items()
        if any(ligne["groupe"] in groupes and ligne["lecture"] != "-" for ligne in lignes)
    ]
    return f"{len(lecteurs)} rôle{'s' * (len(lecteurs) > 1)}"


if __name__ == "__main__":
    sys.stdout.write(ecrire(lire()))
