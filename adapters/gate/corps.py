"""The JSON of a body, read once and bounded, and what it is refused for. Nothing that was typed is ever echoed."""

import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any, Final

import orjson

_VALEURS: Final = 5000
_BOM: Final = b"\xef\xbb\xbf"


@dataclass(frozen=True, slots=True)
class Faute:
    """One thing to correct: where, which kind, and what to do."""

    champ: str
    code: str
    message: str


class SaisieRefusee(Exception):
    """The body is not what the route expects (422): every fault at once. ``illisible``: it is not JSON (400)."""

    def __init__(self, *fautes: Faute, illisible: bool = False) -> None:
        super().__init__("; ".join(f"{f.champ} : {f.message}" for f in fautes))
        self.fautes = fautes
        self.illisible = illisible


_TROP: Final = Faute(
    "", "liste_longue", f"Le corps d'une requête compte au plus {_VALEURS} valeurs : envoyez plusieurs contributions."
)
_PROFOND: Final = Faute("", "profondeur", "Ces données sont trop imbriquées.")
_DOUBLE: Final = Faute("", "double", "Un même champ est donné deux fois dans un objet : gardez-en un seul.")


class _Double(Exception):
    """An object gives one member twice."""


def lire_json(corps: bytes) -> Any:  # noqa: ANN401 - JSON
    """The JSON of a body, a byte-order mark before it or not (RFC 8259, 8.1).

    orjson refuses what is too deep, not UTF-8, or holds a lone surrogate; a member given twice is refused here, where
    others would keep one of the two.
    """
    corps = corps.removeprefix(_BOM)
    # Before it is read: so many lists and objects would also set the cycle collector off.
    if corps.count(b"[") + corps.count(b"{") > _VALEURS:
        raise SaisieRefusee(_TROP)
    try:
        contenu = orjson.loads(corps)
    except orjson.JSONDecodeError as erreur:
        raise SaisieRefusee(
            Faute("", "json", "Le corps de la requête n'est pas du JSON en UTF-8."), illisible=True
        ) from erreur
    membres = _compter(contenu)
    # As many colons as members: none was given twice. Otherwise a text may hold one, and somebody has to look.
    if corps.count(b":") != membres:
        _refuser_doubles(corps)
    return contenu


def _compter(contenu: object) -> int:
    """The members of all objects. Each value is looked at, and half a megabyte of brackets would hold the loop."""
    restent, membres, a_voir = _VALEURS, 0, [contenu]
    while a_voir:
        valeur = a_voir.pop()
        if isinstance(valeur, dict):
            membres += len(valeur)
            contenus: Collection[object] = valeur.values()
        elif isinstance(valeur, list):
            contenus = valeur
        else:
            continue
        restent -= len(contenus)
        if restent < 0:
            raise SaisieRefusee(_TROP)
        a_voir += contenus
    return membres


def _refuser_doubles(corps: bytes) -> None:
    try:
        json.loads(corps, object_pairs_hook=_sans_double, parse_int=len, parse_float=len)
    except _Double:
        raise SaisieRefusee(_DOUBLE) from None
    except RecursionError:
        raise SaisieRefusee(_PROFOND) from None


def _sans_double(membres: Sequence[tuple[str, object]]) -> int:
    if len({nom for nom, _ in membres}) < len(membres):
        raise _Double
    return len(membres)


def lisible(contenu: object) -> object:
    """What ``saisie_de`` read of a body; ``SaisieRefusee`` where it could not."""
    if isinstance(contenu, SaisieRefusee):
        raise contenu
    return contenu


def saisie_de(corps: bytes) -> object:
    """The JSON of a body; what cannot be read is kept as the refusal that it will be, once existence is looked at."""
    try:
        return lire_json(corps)
    except SaisieRefusee as refus:
        return refus
