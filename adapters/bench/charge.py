"""The load of the HTTP measures: raw asyncio streams, connections kept open, in a process of its own.

Its cost per request is a small part of a server's: it has to starve no server of the core that they share.
"""

import asyncio
import secrets
import time
from typing import Any, Final

CLE: Final = b"@@CLE@@"
"""Where each sending of a request carries a key of its own."""
_LONGUEUR: Final = b"content-length:"


class ReponseInattendue(Exception):
    """The server answered something else than what is measured."""


async def charger(demande: dict[str, Any]) -> dict[str, Any]:
    """Send each client's requests in turn until the time is over, ``fois`` at least: how long each took, the last body.

    ``requetes`` is a list per client of whole requests in Latin-1, ``statut`` the only status that counts as one.
    """
    clients = [[texte.encode("latin-1") for texte in siennes] for siennes in demande["requetes"]]
    debut = time.perf_counter()
    fin = debut + demande["secondes"]
    passages = await asyncio.gather(*(_client(demande, requetes, fin) for requetes in clients))
    return {
        "secondes": time.perf_counter() - debut,
        "durees": [duree for durees, _ in passages for duree in durees],
        "corps": passages[0][1].decode(),
    }


async def _client(demande: dict[str, Any], requetes: list[bytes], fin: float) -> tuple[list[float], bytes]:
    lecture, ecriture = await asyncio.open_connection(demande["hote"], demande["port"])
    durees: list[float] = []
    corps = b""
    tour = 0
    serie = f"banc-{secrets.token_hex(4)}"
    try:
        while (depart := time.perf_counter()) < fin or len(durees) < demande.get("fois", 1):
            requete = requetes[tour % len(requetes)]
            tour += 1
            ecriture.write(requete.replace(CLE, f"{serie}-{tour}".encode()) if CLE in requete else requete)
            statut, corps = await _reponse(lecture)
            if statut != demande["statut"]:
                raise ReponseInattendue(f"{statut} : {corps[:300].decode(errors='replace')}")
            durees.append(time.perf_counter() - depart)
    finally:
        ecriture.close()
    return durees, corps


async def _reponse(lecture: asyncio.StreamReader) -> tuple[int, bytes]:
    entete = await lecture.readuntil(b"\r\n\r\n")
    champs = entete.lower()
    if b"transfer-encoding: chunked" in champs:
        return int(entete[9:12]), await lecture.readuntil(b"0\r\n\r\n")
    debut = champs.index(_LONGUEUR) + len(_LONGUEUR)
    longueur = int(champs[debut : champs.index(b"\r", debut)])
    return int(entete[9:12]), await lecture.readexactly(longueur)


def requete(methode: str, chemin: str, entetes: dict[str, str], corps: bytes = b"") -> str:
    """A whole request, as the load sends it. In a body, ``CLE`` is not counted: keep it in the headers."""
    dites = [f"{nom}: {valeur}" for nom, valeur in entetes.items()]
    lignes = [f"{methode} {chemin} HTTP/1.1", "Host: 127.0.0.1", *dites]
    if corps:
        lignes += ["Content-Type: application/json", f"Content-Length: {len(corps)}"]
    return "\r\n".join([*lignes, "", ""]) + corps.decode("latin-1")
