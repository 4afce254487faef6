"""What a partner sends, event by event: each type with its fields, their class, their group and who reads them."""

from collections.abc import Sequence
from typing import Any

from pydantic import TypeAdapter

from adapters.mots.catalogue import periode
from adapters.rest.faits import PRECISIONS
from adapters.rest.schema import JOUR, UUID, Schema, dit, ou_rien, ref
from ledger.catalogue import Classe, catalogue, champs
from policies.tables import Disposition


def schema_de(cls: type[Any]) -> Schema:
    """A dataclass as the door reads it."""
    schema = TypeAdapter(cls).json_schema(ref_template="#/components/schemas/{model}")
    return {nom: valeur for nom, valeur in schema.items() if nom not in {"$defs", "description", "title"}}


def donnees(nom: str) -> Schema:
    """The fields of one type of event, each with its class, its group and who may read it."""
    cls = catalogue()[nom]
    schema = schema_de(cls)
    proprietes = {}
    for champ, decrit in champs(cls).items():
        clair = "en clair" if decrit.classe is Classe.S0 else f"scellé, classe {decrit.classe.value}"
        proprietes[champ] = {cle: v for cle, v in schema["properties"][champ].items() if cle != "title"} | {
            "description": f"{decrit.libelle} ({clair}). {{{decrit.groupe}}}",
            "examples": [decrit.exemple],
            "x-classe": decrit.classe.value,
            "x-groupe": decrit.groupe,
            **({"readOnly": True} if decrit.deduit else {}),
        }
    return {**schema, "properties": proprietes, "title": cls.LIBELLE, "additionalProperties": False}


def evenement(nom: str, lignes: Sequence[Disposition]) -> Schema:
    """One event of a body. ``lignes``: the emission rows that say who may send it, at which purposes."""
    cls = catalogue()[nom]
    requis = schema_de(cls).get("required", ())
    exemple = {f: c.exemple for f, c in champs(cls).items() if f in requis}
    qui = " ; ".join(
        f"{', '.join(ligne['roles'])} (finalités : {', '.join(ligne['finalites'])} ; {periode(ligne)})"
        for ligne in lignes
    )
    return {
        "type": "object",
        "title": cls.LIBELLE,
        "description": f"Peuvent le transmettre : {qui or 'personne par cette route'}.",
        "x-emetteurs": sorted({role for ligne in lignes for role in ligne["roles"]}),
        "required": ["type", "survenu_le", "donnees"],
        "additionalProperties": False,
        "properties": {
            "type": {"const": nom},
            "survenu_le": dit(JOUR, "date à laquelle c'est vrai", "2026-10-15"),
            "donnees": ref(f"{nom}.donnees"),
            "corrige": dit(ou_rien(UUID), "l'événement que celui-ci corrige", None),
            **{cle: dit(ou_rien(schema), mots, exemple) for cle, (schema, mots, exemple) in PRECISIONS.items()},
        },
        "examples": [{"type": nom, "survenu_le": "2026-10-15", "donnees": exemple}],
    }
