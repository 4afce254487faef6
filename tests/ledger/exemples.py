"""Stored examples of every event ever shipped, with every field that it ever had: ``golden/evenements.jsonl``.

A line holds what the database holds (topic and state, byte for byte), sealed under test keys that anybody can make
again, and what it opened to on the day it was written. Lines are added, by running this file; none is changed or
removed, since somewhere a database holds such a row.
"""

import base64
import sys
from collections.abc import Iterator
from datetime import date
from hashlib import sha256
from pathlib import Path
from typing import Any, Final
from uuid import UUID, uuid5

import msgspec
import orjson
from pydantic import TypeAdapter

from ledger.catalogue import ActeProtege, Enveloppe, Evenement, Fait, catalogue, champs
from ledger.mapper import cles_requises, sceller
from ledger.sealing import Kek, Requise, Trousseau

FICHIER: Final = Path(__file__).parent / "golden" / "evenements.jsonl"
COMMANDE: Final = "PYTHONPATH=. .venv/bin/python tests/ledger/exemples.py"
TENANT: Final = "d93"
DOSSIER: Final = UUID("0199f1e2-7b1a-7000-8000-000000000000")
_KEK: Final = Kek(b"cle de test connue de tout monde")


def trousseau(requises: set[Requise], effaces: frozenset[str] = frozenset()) -> Trousseau:
    """The test keys of these subjects: each is the digest of the subject and class that it seals."""
    cles = {
        (sujet, classe): _KEK.wrap(sha256(f"{sujet} {classe.value}".encode()).digest(), sujet, classe)
        for sujet, classe in requises
    }
    return Trousseau(TENANT, DOSSIER, cles, _KEK, effaces)


def exemple(nom: str, cls: type[Evenement]) -> Fait:
    """The event whose every field has the example that the catalogue gives of it."""
    valeurs = orjson.dumps({champ: decrit.exemple for champ, decrit in champs(cls).items()})
    enveloppe = Enveloppe(
        id=uuid5(DOSSIER, nom),
        contribution=uuid5(DOSSIER, f"contribution {nom}"),
        survenu_le=date(2026, 10, 15),
        partenaire="partenaire-fictif",
        role="CCAPEX_INSTRUCTEUR",
        agent="agent-fictif",
        declarant="99920707900180",
        finalite="CCAPEX_INSTRUCTION",
        demande=uuid5(DOSSIER, "demande"),
        information_menage=date(2026, 9, 1),
        corrige=uuid5(DOSSIER, "corrige"),
        heure="14:30",
        motif_correction="PIECE_RECUE",
        reference_legale=None if issubclass(cls, ActeProtege) else "loi 89-462 art. 24 III",
    )
    return Fait(DOSSIER, 1, enveloppe, TypeAdapter(cls).validate_json(valeurs, strict=True))


def contenu(fait: Fait) -> dict[str, Any]:
    """What a fact says, as JSON writes it."""
    ecrit: dict[str, Any] = orjson.loads(
        orjson.dumps({"enveloppe": msgspec.to_builtins(fait.enveloppe), "champs": vars(fait.evenement)})
    )
    return ecrit


def ligne(nom: str, cls: type[Evenement]) -> bytes:
    """The line of an event, as today's code stores it."""
    fait = exemple(nom, cls)
    etat = sceller(fait, trousseau(set(cles_requises(fait))))
    return orjson.dumps(
        {"evenement": nom, "topic": cls.TOPIC, "etat": base64.b64encode(etat).decode(), "contenu": contenu(fait)}
    )


def lignes() -> Iterator[dict[str, Any]]:
    """The examples kept."""
    yield from map(orjson.loads, FICHIER.read_bytes().splitlines())


def sans_exemple() -> list[str]:
    """The events that no line shows with all the fields that they have today."""
    gardes: dict[str, set[str]] = {}
    for ligne in lignes():
        gardes.setdefault(ligne["evenement"], set()).update(ligne["contenu"]["champs"])
    return [nom for nom, cls in catalogue().items() if not champs(cls).keys() <= gardes.get(nom, set())]


def main() -> None:
    """Add the examples that are missing, after the others."""
    manquants = {nom: catalogue()[nom] for nom in sans_exemple()}
    with FICHIER.open("ab") as fichier:
        fichier.writelines(ligne(nom, cls) + b"\n" for nom, cls in manquants.items())
    sys.stdout.write(f"{len(manquants)} exemple(s) ajouté(s) : {', '.join(manquants) or 'aucun'}\n")


if __name__ == "__main__":
    main()
