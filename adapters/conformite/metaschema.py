"""What a document of OpenAPI 3.1 has to be: the meta-schema of its authors, with that of JSON Schema for its schemas.

``openapi/`` holds that of https://spec.openapis.org/oas/3.1/schema/2022-10-07, under its own licence.
It leaves what a schema may be to a dialect: the one that documents of 3.1 have unless they name another is put there.
"""

import importlib
import re
from collections.abc import Sequence
from functools import cache
from importlib.resources import files
from typing import Any, Final

import orjson

VERSION: Final = "2022-10-07"
_ICI: Final = "https://unefois.invalid/conformite/openapi"
_JSON_SCHEMA: Final = "https://json-schema.org/draft/2020-12/schema"
_MONTREES: Final = 5
"""Parts of a place that are shown, the last ones: a document may be a thousand deep."""
_LISIBLE: Final = re.compile(r"[A-Za-z0-9_.{}/:+-]{1,60}")
"""What is shown of a place: its names are the server's."""


def premier_ecart(document: object) -> str:
    """Where a document is not one of OpenAPI 3.1, and by which keyword; empty: nowhere."""
    ecart = next(iter(_juge().iter_errors(document)), None)
    if ecart is None:
        return ""
    return f"« {_lieu(ecart.instance_path)} » contraire à « {_lieu(ecart.schema_path[-3:])} »"


def _lieu(chemin: Sequence[str | int]) -> str:
    parties = [str(partie) for partie in chemin[-_MONTREES:]]
    return " > ".join(partie if _LISIBLE.fullmatch(partie) else "…" for partie in parties) or "le document"


@cache
def _juge() -> Any:  # noqa: ANN401 - a validator of the library's
    """Made when a document is judged: six megabytes that no other command has a use for."""
    bibliotheque: Any = importlib.import_module("jsonschema_rs")
    publie: dict[str, Any] = orjson.loads(files(__package__).joinpath(f"openapi/schema-{VERSION}.json").read_bytes())
    entier = {
        "$schema": _JSON_SCHEMA,
        "$id": _ICI,
        "$ref": publie["$id"],
        "$defs": {"schema": {"$dynamicAnchor": "meta", "$ref": _JSON_SCHEMA}},
    }
    return bibliotheque.Draft202012Validator(entier, registry=bibliotheque.Registry([(publie["$id"], publie)]))
