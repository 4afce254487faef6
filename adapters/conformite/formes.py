"""Of what shape a value is: what JSON does not say."""

import re
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

_JOUR: Final = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_INSTANT: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)", re.ASCII)
_UUID: Final = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def est_un_jour(valeur: object) -> bool:
    """YYYY-MM-DD, of a calendar."""
    return isinstance(valeur, str) and bool(_JOUR.fullmatch(valeur)) and _se_lit(date.fromisoformat, valeur)


def est_un_instant(valeur: object) -> bool:
    """A moment, with its offset (RFC 3339)."""
    return isinstance(valeur, str) and bool(_INSTANT.fullmatch(valeur)) and _se_lit(datetime.fromisoformat, valeur)


def est_un_uuid(valeur: object) -> bool:
    """As the contract writes them."""
    return isinstance(valeur, str) and bool(_UUID.fullmatch(valeur)) and _se_lit(UUID, valeur)


def a_des_textes(objet: Mapping[str, Any], *noms: str) -> bool:
    """Whether each of these is a text that says something."""
    return all(isinstance(objet.get(nom), str) and objet[nom] for nom in noms)


def _se_lit(lire: Any, texte: str) -> bool:  # noqa: ANN401 - what reads a text
    try:
        lire(texte)
    except ValueError:
        return False
    return True
