"""The words in which bodies and answers are described: JSON schemas, some of which have a name.

A schema is plain data. It may hold a ``Forme``, which the document writes once and refers to by its name, or a
dataclass of the door, described field by field. In a text, ``{F05}`` is the sentence that says who reads that group.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

Schema = dict[str, Any]


@dataclass(frozen=True, slots=True, eq=False)
class Forme:
    """A schema that the document names. It is a function where writing it takes long: it is then called once."""

    nom: str
    schema: Schema | Callable[[], Schema]


Decrit = Schema | Forme | type
"""What can stand where a schema is expected."""

JSON: Final = "application/json"
NDJSON: Final = "application/x-ndjson"
UUID_EXEMPLE: Final = "0199f1e2-7b1a-7000-8000-000000000001"
INSTANT_EXEMPLE: Final = "2026-11-02T09:30:00.123456+00:00"
TEXTE: Final[Schema] = {"type": "string"}
ENTIER: Final[Schema] = {"type": "integer"}
BOOLEEN: Final[Schema] = {"type": "boolean"}
UUID: Final[Schema] = {"type": "string", "format": "uuid"}
JOUR: Final[Schema] = {"type": "string", "format": "date"}
HEURE: Final[Schema] = {"type": "string", "pattern": "^([01][0-9]|2[0-3]):[0-5][0-9]$"}
INSTANT: Final[Schema] = {"type": "string", "format": "date-time"}


def ref(nom: str) -> Schema:
    """A schema of the document, by name."""
    return {"$ref": f"#/components/schemas/{nom}"}


def liste(elements: Decrit) -> Schema:
    """A list of such things."""
    return {"type": "array", "items": elements}


def ou_rien(schema: Schema) -> Schema:
    """The same, or null."""
    return {"anyOf": [schema, {"type": "null"}]}


def dit(schema: Schema, texte: str, exemple: object) -> Schema:
    """A field: its type, what it says, an example."""
    return {**schema, "description": texte, "examples": [exemple]}


def objet(titre: str, proprietes: Mapping[str, Decrit], *, facultatifs: tuple[str, ...] = ()) -> Schema:
    """A closed object, of which every field is there but ``facultatifs``."""
    return {
        "type": "object",
        "title": titre,
        "required": [nom for nom in proprietes if nom not in facultatifs],
        "additionalProperties": False,
        "properties": dict(proprietes),
    }


POSITION: Final = dit(ENTIER, "position du journal des événements, la même pour tous ; voir « Prefer: wait »", 1042)
IDENTIFIANT: Final = dit(UUID, "identifiant opaque du dossier", UUID_EXEMPLE)
LIBELLE: Final = dit(TEXTE, "le même, en français", "dette et paiements")
COMMUNE: Final = dit(ou_rien(TEXTE), "commune du logement, code INSEE. {F02a} (ou F04, logement et bail)", "93008")
