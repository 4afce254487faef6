"""Files in a store that speaks S3: objects of sealed chunks, under the ids of their files.

The library is called in threads of its own: its futures may outlive the interpreter, which then aborts. It reads
``AWS_*`` of the environment too; the settings refuse these.
"""

import asyncio
import importlib
import logging
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import Any, Final, NamedTuple, ParamSpec, TypeVar

from ledger.errors import LedgerIndisponible

FILS: Final = 8
"""Objects that come and go together."""
DELAI: Final = timedelta(seconds=10)
"""For one request; and, with those that are tried again, for all of them."""
ESSAIS: Final = 2

REFUSES: Final[Mapping[str, str]] = {
    "UnknownIssuer": "son autorité est inconnue : UNEFOIS_PIECES_S3_CA_FILE la donne",
    "BadSignature": "une autre autorité que celle dont il porte le nom l'a signé",
    "NotValidForName": "il n'est pas au nom que dit UNEFOIS_PIECES_S3_ENDPOINT",
    "Expired": "il est échu",
}
"""What is wrong with a certificate, by the library's word for it."""
_CERTIFICAT: Final = "InvalidCertificate("

logger = logging.getLogger(__name__)

P = ParamSpec("P")
R = TypeVar("R")


class CompteDeMagasin(NamedTuple):
    """Where the store is, in which bucket, as whom. ``autorites``: the file of who certifies it beside the system's."""

    adresse: str
    seau: str
    region: str
    cle: str
    secret: str
    autorites: Path | None = None

    def __repr__(self) -> str:
        return f"CompteDeMagasin({self.adresse}, {self.seau})"


class MagasinS3:
    """The objects of one tenant, under its name. ``ModuleNotFoundError`` where ``unefois[s3]`` is not installed."""

    def __init__(self, compte: CompteDeMagasin, schema: str) -> None:
        stores: Any = importlib.import_module("obstore.store")
        exceptions: Any = importlib.import_module("obstore.exceptions")
        self._pannes = (exceptions.BaseError, OSError)
        autorites = {"root_certificate": compte.autorites.read_bytes()} if compte.autorites else {}
        self._magasin = stores.S3Store(
            compte.seau,
            prefix=schema,
            endpoint=compte.adresse,
            region=compte.region,
            access_key_id=compte.cle,
            secret_access_key=compte.secret,
            virtual_hosted_style_request=False,
            client_options={
                "allow_http": compte.adresse.startswith("http:"), "timeout": DELAI, "connect_timeout": DELAI / 3,
                **autorites,
            },
            retry_config={"max_retries": ESSAIS, "retry_timeout": DELAI},
        )  # fmt: skip
        self._fils = ThreadPoolExecutor(FILS, "magasin")

    async def poser(self, nom: str, octets: bytes) -> None:
        """Keep an object, in the place of whatever has its name. ``LedgerIndisponible``."""
        await self._faire(self._magasin.put, nom, octets, use_multipart=False)

    async def prendre(self, nom: str, au_plus: int) -> bytes | None:
        """The bytes of an object, none if it holds more; None if there is none. ``LedgerIndisponible``."""

        def lire() -> bytes | None:
            try:
                lu = self._magasin.get(nom)
            except FileNotFoundError:
                return None
            return bytes(lu.bytes()) if lu.meta["size"] <= au_plus else b""

        return await self._faire(lire)

    async def oter(self, sous: str) -> None:
        """Take away all whose names begin so. ``LedgerIndisponible``."""

        def oter() -> None:
            noms = [objet["path"] for page in self._magasin.list(sous) for objet in page]
            if noms:
                self._magasin.delete(noms)

        await self._faire(oter)

    async def _faire(self, verbe: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return await asyncio.get_running_loop().run_in_executor(self._fils, lambda: verbe(*args, **kwargs))
        except self._pannes as erreur:
            if _CERTIFICAT in (dit := str(erreur)):
                phrase = _refuse(dit.partition(_CERTIFICAT)[2])
                logger.error(phrase)  # noqa: TRY400 - what the library says names objects
                raise LedgerIndisponible(phrase) from erreur
            raise LedgerIndisponible("Le magasin des pièces ne répond pas.") from erreur


def _refuse(dit: str) -> str:
    """The sentence of a certificate that is not accepted, for who runs the service: its clients are told of a 503."""
    pourquoi = next((phrase for mot, phrase in REFUSES.items() if mot in dit), "il ne se vérifie pas")
    return f"Le certificat du magasin des pièces est refusé : {pourquoi}."
