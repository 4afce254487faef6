"""What a partner sends, event by event: each type with its fields, their class, their group and an example.

What several events tell alike (the reference at the source, the rent, the debt of an act) is described once, and named.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping
from functools import cache
from typing import Any, Final, get_type_hints

import orjson
from pydantic import TypeAdapter

from adapters.rest.faits import PRECISIONS
from adapters.rest.schema import JOUR, UUID, Forme, Schema, dit, objet, ou_rien, pascal
from ledger.catalogue import Champ, catalogue, champs
from policies.tables import Tables


def schema_de(cls: type[Any]) -> Schema:
    """A dataclass as the door reads it."""
    schema = TypeAdapter(cls).json_schema()
    indices = get_type_hints(cls, include_extras=True)
    proprietes = {nom: _sobre(propriete) | _mots(indices[nom]) for nom, propriete in schema["properties"].items()}
    return {**{nom: schema[nom] for nom in ("type", "required") if nom in schema}, "properties": proprietes}


def _mots(indice: Any) -> Schema:  # noqa: ANN401 - an annotation
    """What a field says, as it is declared."""
    dits = [dit for dit in getattr(indice, "__metadata__", ()) if isinstance(dit, Champ)]
    return {"description": dits[0].libelle, "examples": [dits[0].exemple]} if dits else {}


def _sobre(propriete: Schema) -> Schema:
    """A field without the title that repeats its name; null is a type.

    Nor has it a default: a generator of clients would ask for the field, or send it, where it need not be said.
    """
    dit = {cle: v for cle, v in propriete.items() if cle not in {"title", "anyOf", "default"}}
    match propriete.get("anyOf"):
        case [{"type": str(type_)} as schema, {"type": "null"}]:
            codes = {"enum": [*schema["enum"], None]} if "enum" in schema else {}
            return {**dit, **schema, "type": [type_, "null"], **codes}
        case None:
            return dit
        case autres:
            return {**dit, "anyOf": autres}


@cache
def _decrits() -> Mapping[str, Mapping[str, Schema]]:
    """By type of event, its fields."""
    return {nom: _champs_de(cls) for nom, cls in catalogue().items()}


def _champs_de(cls: type[Any]) -> Mapping[str, Schema]:
    proprietes = schema_de(cls)["properties"]
    return {
        champ: {
            **{cle: v for cle, v in proprietes[champ].items() if cle != "examples"},
            "description": decrit.libelle,
            **_exemple(proprietes[champ], decrit.exemple),
            **({"readOnly": True} if decrit.deduit else {}),
        }
        for champ, decrit in champs(cls).items()
    }


def _exemple(schema: Schema, exemple: object) -> Schema:
    """An example of what is written freely: of a code, a day, an id, yes or no, the type gives one."""
    connu = "enum" in schema or "format" in schema or "const" in schema or "boolean" in schema.get("type", ())
    return {} if connu else {"examples": [exemple]}


@cache
def communs() -> Mapping[str, Schema]:
    """By name, the fields that several types of events have, as most of them have it."""
    dits: defaultdict[str, Counter[bytes]] = defaultdict(Counter)
    for decrits in _decrits().values():
        for champ, schema in decrits.items():
            dits[champ][orjson.dumps(schema)] += 1
    frequents = {champ: variantes.most_common(1)[0] for champ, variantes in dits.items()}
    return {champ: orjson.loads(variante) for champ, (variante, nombre) in frequents.items() if nombre > 1}


@cache
def commun(champ: str) -> Forme:
    """A field that several types of events have."""
    return Forme(f"Champ{pascal(champ)}", communs()[champ])


def donnees(nom: str) -> Schema:
    """The fields of one type of event. Its class and its group are those of each field that does not say its own."""
    cls = catalogue()[nom]
    decrits = champs(cls)
    classe = Counter(decrit.classe.value for decrit in decrits.values()).most_common(1)[0][0] if decrits else "S0"
    proprietes = {}
    for champ, decrit in decrits.items():
        schema = _decrits()[nom][champ]
        partage = orjson.dumps(schema) == orjson.dumps(communs().get(champ))
        proprietes[champ] = (
            ({"$ref": commun(champ)} if partage else schema)
            | ({"x-classe": decrit.classe.value} if decrit.classe.value != classe else {})
            | ({"x-groupe": decrit.groupe} if decrit.groupe != cls.GROUPE else {})
        )
    return {
        **schema_de(cls),
        "description": cls.LIBELLE,
        "properties": proprietes,
        "additionalProperties": False,
        "x-classe": classe,
        "x-groupe": cls.GROUPE,
    }


_DIT: Final = {
    "corrige": Forme("CorrigeDit", dit(ou_rien(UUID), "l'événement que celui-ci corrige")),
    **{
        cle: Forme(f"{pascal(cle)}Dit", dit(ou_rien(schema), mots, exemple))
        for cle, (schema, mots, exemple) in PRECISIONS.items()
    },
}
"""What may be said of any event that is sent, beside its day and its fields."""
_SURVENU: Final = dit(JOUR, "date à laquelle c'est vrai", "2026-10-15")


def decrit(nom: str) -> Forme:
    """One type of event, field by field."""
    return Forme(
        nom,
        lambda: objet(
            catalogue()[nom].LIBELLE,
            {
                "type": {"const": nom},
                "survenu_le": _SURVENU,
                "donnees": Forme(f"{nom}Donnees", lambda: donnees(nom)),
                **_DIT,
            },
            facultatifs=tuple(_DIT),
        ),
    )


def evenement(types: Collection[str]) -> Forme:
    """An event that is sent: one of these types, each described; or, of none, any type, with whatever it says."""
    if types:
        ouverts = {"oneOf": [decrit(nom) for nom in types], "discriminator": {"propertyName": "type"}}
        return Forme("Evenement", {"description": "Un événement que vous transmettez ; son type dit lequel", **ouverts})
    return Forme(
        "Evenement",
        objet(
            "Un événement que vous transmettez",
            {
                "type": {"enum": list(catalogue()), "description": "son type"},
                "survenu_le": _SURVENU,
                "donnees": {
                    "type": "object",
                    "additionalProperties": True,
                    "description": "ce qu'il dit : /openapi.json?role=… décrit ce que ce rôle transmet",
                    "examples": [{"montant": 224770, "arretee_au": "2026-10-31"}],
                },
                **_DIT,
            },
            facultatifs=tuple(_DIT),
        ),
    )


def emis_par(tables: Tables, role: str) -> tuple[str, ...]:
    """The types of events that a role may send, on some day and for some purpose."""
    siens = {ligne["evenement"] for ligne in tables.emissions if role in ligne["roles"]}
    return tuple(nom for nom in catalogue() if nom in siens)
