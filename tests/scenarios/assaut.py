"""Whoever wishes the service ill, all at once: endless requests, long cases, bombs, and a crowd without a token.

``python -m tests.scenarios.assaut`` reads one line of JSON (the port, the headers of each attacker, their cases), goes
on until its standard input ends, then prints how many answers of each status it got.
"""

import asyncio
import gzip
import json
import os
import sys
from collections import Counter
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping
from contextlib import suppress
from itertools import count
from typing import Any, Final
from uuid import uuid4

REPIT_S: Final = 0.02
DELAI_S: Final = 5.0
BOMBE: Final = gzip.compress(b"num_lot;num_ligne\n" + b"x\n" * 3_000_000, 9)
DETTE: Final = {
    "type": "DetteDeclaree", "survenu_le": "2026-10-15", "donnees": {"montant": 1, "arretee_au": "2026-10-01"}
}  # fmt: skip


class Assaut:
    """The attackers, and what they were answered."""

    def __init__(self, ordre: Mapping[str, Any]) -> None:
        self.port: int = ordre["port"]
        self.entetes: Mapping[str, Mapping[str, str]] = ordre["entetes"]
        self.dossiers: Mapping[str, str] = ordre["dossiers"]
        self.hote = f"Host: 127.0.0.1:{self.port}\r\n"
        self.cri = b"GET /v1/moi HTTP/1.1\r\n" + self.hote.encode()
        self.statuts: Counter[str] = Counter()

    async def envoyer(self, morceaux: AsyncIterator[bytes]) -> None:
        """One connection: what is sent, until the server answers or closes."""
        try:
            async with asyncio.timeout(DELAI_S * 6):
                lecture, ecriture = await asyncio.open_connection("127.0.0.1", self.port)
                lue = asyncio.create_task(lecture.readline())
                try:
                    async for morceau in morceaux:
                        if lue.done():
                            break
                        ecriture.write(morceau)
                        await ecriture.drain()
                    ligne = await lue
                    self.statuts[ligne.split()[1].decode() if ligne else "coupé"] += 1
                finally:
                    lue.cancel()
                    ecriture.close()
        except (OSError, TimeoutError):
            self.statuts["coupé"] += 1

    async def demander(self, qui: str, methode: str, chemin: str, corps: bytes = b"", genre: str = "") -> None:
        """One request as somebody (or nobody)."""
        entetes = {**self.entetes.get(qui, {}), "Idempotency-Key": str(uuid4()), "Content-Length": str(len(corps))}
        if genre:
            entetes["Content-Type"] = genre
        tete = f"{methode} {chemin} HTTP/1.1\r\n{self.hote}Connection: close\r\n"
        tete += "".join(f"{nom}: {valeur}\r\n" for nom, valeur in entetes.items())

        async def morceaux() -> AsyncIterator[bytes]:
            yield tete.encode() + b"\r\n" + corps

        await self.envoyer(morceaux())

    async def sans_fin(self, debut: bytes, motif: Callable[[int], bytes]) -> None:
        async def morceaux() -> AsyncIterator[bytes]:
            yield debut
            for n in count():
                yield motif(n)

        await self.envoyer(morceaux())

    async def a_moitie(self) -> None:
        """Half a request, then nothing."""

        async def morceaux() -> AsyncIterator[bytes]:
            yield self.cri + b"Agent: "

        await self.envoyer(morceaux())

    async def alterner(self) -> None:
        """Told and read, again and again, on a case of a thousand facts."""
        chemin = f"/v1/dossiers/{self.dossiers['mille']}"
        corps = json.dumps({"evenements": [DETTE]}).encode()
        await self.demander("bailleur", "POST", f"{chemin}/interventions", corps)
        await self.demander("bailleur", "GET", chemin)

    async def remonter(self) -> None:
        """The past of a case of thousands of facts; and addresses, texts that are long to look through."""
        chemin = f"/v1/dossiers/{self.dossiers['long']}"
        await self.demander("instructeur", "GET", f"{chemin}?au=2026-10-20")
        await self.demander("instructeur", "GET", f"{chemin}?au={'5+' * 8_000}")
        texte = json.dumps({"evenements": [DETTE], "demande": "5 " * 250_000}).encode()
        await self.demander("bailleur", "POST", f"{chemin}/interventions", texte)

    async def deposer(self) -> None:
        await self.demander("instructeur", "POST", "/exploc/v1/lots?ecrire=true", BOMBE, "application/gzip")

    async def crier(self) -> None:
        await self.demander("personne", "GET", "/v1/moi")

    def assaillants(self) -> list[Callable[[], Coroutine[Any, Any, None]]]:
        """Each goes on as long as the assault does."""
        corps = b"Transfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n"
        fin = self.cri.replace(b"GET /v1/moi", b"POST /connexion") + corps
        return [
            self.alterner,
            lambda: self.sans_fin(self.cri, lambda n: b"x-%d: y\r\n" % n * 100),
            lambda: self.sans_fin(self.cri + b"x: ", lambda _: b"y" * 4096),
            lambda: self.sans_fin(fin, lambda n: b"x-%d: y\r\n" % n * 100),
            *[self.a_moitie] * 32,
            self.remonter,
            self.remonter,
            self.deposer,
            *[self.crier] * 16,
        ]

    async def mener(self, fin: asyncio.Event) -> None:
        async def sans_relache(assaillir: Callable[[], Coroutine[Any, Any, None]]) -> None:
            while not fin.is_set():
                await assaillir()
                await asyncio.sleep(REPIT_S)

        taches = [asyncio.create_task(sans_relache(assaillir)) for assaillir in self.assaillants()]
        await fin.wait()
        for tache in taches:
            tache.cancel()
        await asyncio.gather(*taches, return_exceptions=True)


async def principal() -> None:
    os.nice(10)  # the processor that it takes is not what is measured
    assaut, fin = Assaut(json.loads(sys.stdin.readline())), asyncio.Event()
    lecture = asyncio.create_task(asyncio.to_thread(sys.stdin.read))
    lecture.add_done_callback(lambda _: fin.set())
    await assaut.mener(fin)
    print(json.dumps(assaut.statuts))


if __name__ == "__main__":
    with suppress(KeyboardInterrupt):
        asyncio.run(principal())
