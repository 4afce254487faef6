"""The catalogue read as a whole: every event by its name, every field with what is said of it."""

import dataclasses
from collections.abc import Iterator, Mapping
from datetime import date
from functools import cache
from typing import Annotated, Any, Final, get_args, get_origin, get_type_hints
from uuid import UUID

from ledger.catalogue.secret import ActeProtege
from ledger.catalogue.socle import Champ, Evenement, Moment, Nature, Sujet


def _feuilles(racine: type[Evenement]) -> list[type[Evenement]]:
    enfants = racine.__subclasses__()
    return [racine] * (not enfants) + [f for e in enfants for f in _feuilles(e)]


@cache
def catalogue() -> dict[str, type[Evenement]]:
    """Every concrete event by its name, in the order of this file."""
    return {cls.__name__: cls for cls in _feuilles(Evenement)}


@cache
def noms() -> dict[str, str]:
    """The French words of every event, the neutral base of protected acts included."""
    return {ActeProtege.__name__: ActeProtege.LIBELLE} | {nom: cls.LIBELLE for nom, cls in catalogue().items()}


_decrits: dict[type[Evenement], dict[str, Champ]] = {}


def champs(cls: type[Evenement]) -> dict[str, Champ]:
    """The fields of an event class, by name, with what the catalogue says of each."""
    if cls not in _decrits:
        _decrits[cls] = _decrire(cls)
    return _decrits[cls]


@cache
def lignee(nom: str) -> tuple[str, ...]:
    """The names of an event's class, then of those that it is a case of."""
    return tuple(c.__name__ for c in catalogue()[nom].__mro__ if issubclass(c, Evenement))


@cache
def designation(nom: str) -> str | None:
    """The field by which an event says of whom, or of which request or follow-up, it tells: the first id in it.

    Those of several persons at once say of nobody in particular.
    """
    cls = catalogue()[nom]
    if cls.SUJET is Sujet.PERSONNE:
        return "personne"
    ids = (champ for champ, decrit in champs(cls).items() if decrit.nature is Nature.IDENTIFIANT)
    hints = get_type_hints(cls)
    return next((champ for champ in ids if get_origin(hints[champ]) is not tuple), None)


_listes: dict[type[Evenement], dict[str, str]] = {}


def listes_de(cls: type[Evenement]) -> dict[str, str]:
    """The fields of an event class that take a code, and the list of each. A text may have one too: it stays free."""
    if cls not in _listes:
        _listes[cls] = {nom: c.liste for nom, c in champs(cls).items() if c.liste and c.nature is Nature.CODE}
    return _listes[cls]


def _decrire(cls: type[Evenement]) -> dict[str, Champ]:
    hints = get_type_hints(cls, include_extras=True)
    decrits: dict[str, Champ] = {}
    for f in dataclasses.fields(cls):
        [champ] = [m for m in hints[f.name].__metadata__ if isinstance(m, Champ)]
        groupe = champ.groupe or cls.GROUPE
        hint = hints[f.name]
        decrits[f.name] = dataclasses.replace(champ, groupe=groupe, nature=_nature(hint), moment=_moment(hint))
    return decrits


_NATURES: Final[Mapping[type, Nature]] = {
    UUID: Nature.IDENTIFIANT,
    date: Nature.DATE,
    bool: Nature.OUI_NON,
    int: Nature.NOMBRE,
    str: Nature.TEXTE,
}


def _nature(annotation: Any) -> Nature:  # noqa: ANN401 - an annotation has no type of its own
    """What an annotation holds: what it says itself, or else what its type is."""
    parties = list(_parties(annotation))
    dites = (p for p in parties if isinstance(p, Nature))
    return next(dites, None) or next(_NATURES[p] for p in parties if isinstance(p, type) and p in _NATURES)


def _moment(annotation: Any) -> Moment:  # noqa: ANN401 - likewise
    """When the day of a field can be: what its annotation says, or already come."""
    return next((p for p in _parties(annotation) if isinstance(p, Moment)), Moment.PASSE)


def _parties(annotation: Any) -> Iterator[Any]:  # noqa: ANN401 - likewise
    """The types that an annotation is made of, and what is said beside them."""
    if get_origin(annotation) is Annotated:
        yield from annotation.__metadata__
        yield from _parties(get_args(annotation)[0])
    elif arguments := get_args(annotation):
        for argument in arguments:
            yield from _parties(argument)
    else:
        yield annotation
