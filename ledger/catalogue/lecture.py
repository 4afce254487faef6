"""The catalogue read as a whole: every event by its name, every field with what is said of it."""

import dataclasses
from functools import cache
from typing import get_type_hints

from ledger.catalogue.socle import Champ, Evenement


def _feuilles(racine: type[Evenement]) -> list[type[Evenement]]:
    enfants = racine.__subclasses__()
    return [racine] * (not enfants) + [f for e in enfants for f in _feuilles(e)]


@cache
def catalogue() -> dict[str, type[Evenement]]:
    """Every concrete event by its name, in the order of this file."""
    return {cls.__name__: cls for cls in _feuilles(Evenement)}


_decrits: dict[type[Evenement], dict[str, Champ]] = {}


def champs(cls: type[Evenement]) -> dict[str, Champ]:
    """The fields of an event class, by name, with what the catalogue says of each."""
    if cls not in _decrits:
        _decrits[cls] = _decrire(cls)
    return _decrits[cls]


def _decrire(cls: type[Evenement]) -> dict[str, Champ]:
    hints = get_type_hints(cls, include_extras=True)
    decrits: dict[str, Champ] = {}
    for f in dataclasses.fields(cls):
        [champ] = [m for m in hints[f.name].__metadata__ if isinstance(m, Champ)]
        groupe = champ.groupe or cls.GROUPE
        decrits[f.name] = dataclasses.replace(champ, groupe=groupe)
    return decrits
