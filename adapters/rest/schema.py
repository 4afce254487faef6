"""The words in which bodies and answers are described: JSON schemas, each object of which has a name.

A schema is plain data. It may hold a ``Forme``, which the document writes once and refers to by its name, or a
dataclass of the door, described field by field. An object that has no name of its own gets one from where it stands:
the elements of « sieges » in « SeanceLue » are « SeanceLueSiege ». In a text, ``{F05}`` names a group: who reads it is
said once, in the document's head.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from ledger.droit.listes import codes
from policies.decision import GROUPES

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


def pascal(nom: str) -> str:
    """A name of ours as generators of clients want it: ``date_audience`` is ``DateAudience``."""
    return "".join(mot[:1].upper() + mot[1:] for mot in nom.split("_"))


def liste(elements: Decrit) -> Schema:
    """A list of such things."""
    return {"type": "array", "items": elements}


def ou_rien(schema: Decrit) -> Schema:
    """The same, or null."""
    if isinstance(schema, dict) and isinstance(schema.get("type"), str) and not {"enum", "properties"} & schema.keys():
        return {**schema, "type": [schema["type"], "null"]}
    return {"anyOf": [schema, {"type": "null"}]}


def dit(schema: Schema, texte: str, exemple: object = None) -> Schema:
    """A field: its type, what it says, an example; an id needs none, nor does what is null by default."""
    return {**schema, "description": texte, **({} if exemple is None else {"examples": [exemple]})}


def objet(texte: str, proprietes: Mapping[str, Decrit], *, facultatifs: tuple[str, ...] = ()) -> Schema:
    """A closed object, of which every field is there but ``facultatifs``."""
    return {
        "type": "object",
        "description": texte,
        "required": [nom for nom in proprietes if nom not in facultatifs],
        "additionalProperties": False,
        "properties": dict(proprietes),
    }


VALEUR: Final = Forme(
    "Valeur", {"description": "texte, nombre, oui ou non, ou liste : selon le champ dont c'est la valeur"}
)
GROUPE: Final = Forme("Groupe", {"enum": list(GROUPES), "description": "groupe de champs", "examples": ["F05"]})
STADE: Final = Forme("Stade", {"enum": list(codes("stade_procedure")), "description": "stade de la procédure"})
POSITION: Final = dit(ENTIER, "position du journal", 1042)
IDENTIFIANT: Final = dit(UUID, "identifiant du dossier")
LIBELLE: Final = dit(TEXTE, "le même, en français", "dette et paiements")
COMMUNE: Final = dit(ou_rien(TEXTE), "commune du logement, code INSEE. {F02a} (ou F04, logement et bail)", "93008")
