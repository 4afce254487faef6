"""The closed lists of the API, with their French words: what a partner's form needs to be filled."""

import dataclasses
from datetime import date
from functools import lru_cache
from typing import Annotated, Any, Literal, get_args, get_origin, get_type_hints

import orjson

from adapters.mots import libelles
from ledger.catalogue import Evenement, catalogue
from ledger.droit.communes import communes
from policies.decision import GROUPES
from policies.tables import Tables


def codes(annotation: Any) -> tuple[str, ...]:  # noqa: ANN401 - a type
    """The codes of a closed list, wherever it stands in an annotation; none if it is not one."""
    if get_origin(annotation) is Annotated:
        return codes(get_args(annotation)[0])
    if get_origin(annotation) is Literal:
        return get_args(annotation)
    return next((trouves for a in get_args(annotation) if (trouves := codes(a))), ())


def listes(cls: type[Evenement]) -> dict[str, tuple[str, ...]]:
    """The closed lists of a type of event, by field."""
    hints = get_type_hints(cls, include_extras=True)
    return {f.name: trouves for f in dataclasses.fields(cls) if (trouves := codes(hints[f.name]))}


def nomenclatures(tables: Tables, le: date) -> bytes:
    """The code lists in force on a day, as JSON."""
    return _ecrites(le, tuple((f["code"], f["libelle"], f["valid_from"], f["valid_to"]) for f in tables.finalites))


@lru_cache(maxsize=8)
def _ecrites(le: date, finalites: tuple[tuple[str, str, str, str | None], ...]) -> bytes:
    return orjson.dumps(
        {
            "evenements": [
                {
                    "type": nom,
                    "libelle": libelles.evenement(nom),
                    "groupe": cls.GROUPE,
                    "codes": {
                        champ: [{"code": c, "libelle": libelles.code(champ, c)} for c in valeurs]
                        for champ, valeurs in listes(cls).items()
                    },
                }
                for nom, cls in catalogue().items()
            ],
            "finalites": [
                {"code": code, "libelle": libelle, "valid_from": du, "valid_to": au}
                for code, libelle, du, au in finalites
            ],
            "groupes": [{"code": code, "libelle": libelle} for code, libelle in GROUPES.items()],
            "stades": [{"code": code, "libelle": libelle} for code, libelle in libelles.STADES.items()],
            "communes": [{"code": c.code, "nom": c.nom, "arrondissement": c.arrondissement} for c in communes(le)],
        }
    )
