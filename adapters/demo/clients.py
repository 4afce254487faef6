"""The clients of a sandbox: one file each, which outlives every reset. Private keys are theirs, and are not kept.

Each is of one fictitious partner, and is given nothing but that partner's purposes and persons.
"""

import re
from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import Any, Final

import orjson
from joserfc.errors import JoseError
from joserfc.jwk import ECKey

from adapters.demo.gardes import ecrire_secret
from adapters.demo.personnages import PERSONNAGES
from adapters.demo.peuplement import PAR
from adapters.identite.demo import Machine
from adapters.registre import administration

CLIENTS: Final = 200
"""Clients of one sandbox at most."""
NOM: Final = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,46}[a-z0-9])?", re.ASCII)
_RESERVES: Final = "si-"
"""How the demonstration calls the clients that tell its own stories."""


class ClientRefuse(Exception):
    """A client that cannot be inscribed, or is not there. The message is a French sentence."""


class Clients(Mapping[str, Machine]):
    """What the directory holds now: who was inscribed while the sandbox serves is known at its first request."""

    def __init__(self, repertoire: Path) -> None:
        self._repertoire = repertoire

    def __getitem__(self, nom: str) -> Machine:
        """The client of that name; ``KeyError``."""
        if not NOM.fullmatch(nom):
            raise KeyError(nom)
        try:
            lu = orjson.loads(self._fichier(nom).read_bytes())
        except FileNotFoundError:
            raise KeyError(nom) from None
        partenaire: str = lu["partenaire"]
        siens = [p for p in PERSONNAGES if p.partenaire == partenaire]
        finalites = sorted({finalite for p in siens for finalite in p.finalites})
        return Machine(partenaire, finalites, ECKey.import_key(lu["cle"]), frozenset(p.agent for p in siens))

    def __iter__(self) -> Iterator[str]:
        """Their names, in order."""
        return iter(sorted(fichier.stem for fichier in self._repertoire.glob("*.json")))

    def __len__(self) -> int:
        """How many there are."""
        return len(list(self._repertoire.glob("*.json")))

    def inscrire(self, nom: str, partenaire: str, publique: Path | None) -> dict[str, Any] | None:
        """A new client of that partner: its private key, which is nowhere else, or nothing where it has its own.

        ``ClientRefuse``: that name, that partner or that key is none, or there are too many.
        """
        if not NOM.fullmatch(nom) or nom.startswith(_RESERVES):
            raise ClientRefuse("Un client s'appelle par 1 à 48 minuscules, chiffres et tirets, et pas par « si-… ».")
        if nom in self:
            raise ClientRefuse("Ce client est déjà inscrit : retirez-le d'abord, ou donnez un autre nom.")
        if len(self) >= CLIENTS:
            raise ClientRefuse(f"Le bac à sable a déjà {CLIENTS} clients : retirez ceux qui ne servent plus.")
        codes = sorted({p.partenaire for p in PERSONNAGES})
        if partenaire not in codes:
            raise ClientRefuse(f"Les partenaires fictifs sont : {', '.join(codes)}.")
        cle = ECKey.generate_key("P-256", auto_kid=True) if publique is None else _lire(publique)
        self._repertoire.mkdir(mode=0o700, parents=True, exist_ok=True)
        ecrire_secret(self._fichier(nom), orjson.dumps({"partenaire": partenaire, "cle": cle.as_dict(private=False)}))
        return dict(cle.as_dict(private=True)) if publique is None else None

    def retirer(self, nom: str) -> None:
        """From now on it is given no token; ``ClientRefuse`` where there is none of that name."""
        if nom not in self:
            raise ClientRefuse("Aucun client de ce nom : voyez « unefois bac-a-sable lister ».")
        self._fichier(nom).unlink()

    def _fichier(self, nom: str) -> Path:
        return self._repertoire / f"{nom}.json"


def rattacher(url: str, schema: str, clients: Clients) -> None:
    """Tell the registry whose clients they are: without that their tokens are refused."""
    with administration.administrer(url, PAR, schema) as connexion:
        for nom, machine in clients.items():
            administration.rattacher_client(connexion, nom, machine.organisation)


def detacher(url: str, schema: str, nom: str, le: date) -> None:
    """The tokens that it has open nothing from the next request on."""
    with administration.administrer(url, PAR, schema) as connexion:
        if nom in administration.consulter(connexion).clients:
            administration.retirer_client(connexion, nom, le)


def _lire(fichier: Path) -> ECKey:
    try:
        lue = orjson.loads(fichier.read_bytes())
        cle = ECKey.import_key({nom: lue[nom] for nom in ("kty", "crv", "x", "y")})
    except (OSError, JoseError, ValueError, TypeError, KeyError) as erreur:
        raise ClientRefuse(f"{fichier} n'est pas une clé publique P-256 (JWK).") from erreur
    if cle.curve_name != "P-256":
        raise ClientRefuse(f"{fichier} n'est pas une clé publique P-256 (JWK).")
    return cle
