"""What a connection may cost before anything is asked: bytes, headers, time; and the proxy in front says the same."""

import asyncio
import re
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, suppress
from itertools import count

import pytest

from adapters.service import bounds
from adapters.service.serveur import _Serveur, configuration
from adapters.service.settings import Settings
from tests.bases import RACINE
from tests.monde import Monde

ECOULEMENT_S = 5.0
DEBUT = b"GET /v1/moi HTTP/1.1\r\nHost: unefois\r\n"
CORPS = b"POST /connexion HTTP/1.1\r\nHost: unefois\r\nTransfer-Encoding: chunked\r\n\r\n"


@asynccontextmanager
async def servir(monde: Monde) -> AsyncIterator[int]:
    """The application of this process, on a port of loopback, as it is served."""
    config = configuration(monde.app, Settings(data=RACINE, port=0))
    config.lifespan = "off"  # the world is open already
    ecoute = asyncio.Event()
    serveur = _Serveur(config, ecoute.set)
    tache = asyncio.create_task(serveur.serve())
    await ecoute.wait()
    try:
        yield serveur.servers[0].sockets[0].getsockname()[1]
    finally:
        serveur.should_exit = serveur.force_exit = True
        await tache


async def envoyer(port: int, morceaux: Iterator[bytes], au_plus: int = 1 << 23) -> tuple[int, bytes, bool]:
    """Send until the server closes: how many bytes it took, what it said, and whether it closed."""
    lecture, ecriture = await asyncio.open_connection("127.0.0.1", port)
    ecoute = asyncio.create_task(lecture.read())
    pris = 0
    with suppress(ConnectionError):
        for morceau in morceaux:
            if pris > au_plus or ecoute.done():
                break
            ecriture.write(morceau)
            await ecriture.drain()
            pris += len(morceau)
            await asyncio.sleep(0)
    await asyncio.wait([ecoute], timeout=ECOULEMENT_S)
    ecriture.close()
    ferme = ecoute.done()
    return pris, await ecoute, ferme


def sans_fin(debut: bytes, motif: Callable[[int], bytes]) -> Iterator[bytes]:
    yield debut
    for n in count():
        yield motif(n)


ATTAQUES: dict[str, Callable[[], Iterator[bytes]]] = {
    "petits en-têtes": lambda: sans_fin(DEBUT, lambda n: b"x-%d: y\r\n" % n * 200),
    "un en-tête": lambda: sans_fin(DEBUT + b"x: ", lambda _: b"y" * 4096),
    "un nom d'en-tête": lambda: sans_fin(DEBUT, lambda _: b"y" * 4096),
    "une adresse": lambda: sans_fin(b"GET /", lambda _: b"y" * 4096),
    "des lignes vides": lambda: sans_fin(b"\r\n", lambda _: b"\r\n" * 2048),
    "un grand en-tête d'un coup": lambda: iter([DEBUT + b"Agent: " + b"y" * 60_000 + b"\r\n\r\n"]),
    "cent en-têtes d'un coup": lambda: iter([DEBUT + b"".join(b"x-%d: y\r\n" % n for n in range(100)) + b"\r\n"]),
    "petits en-têtes de fin": lambda: sans_fin(CORPS + b"1\r\nx\r\n0\r\n", lambda n: b"x-%d: y\r\n" % n * 200),
    "un en-tête de fin": lambda: sans_fin(CORPS + b"1\r\nx\r\n0\r\nx: ", lambda _: b"y" * 4096),
    "une extension de morceau": lambda: sans_fin(CORPS + b"1;x=", lambda _: b"y" * 4096),
    "des requêtes à la file": lambda: sans_fin(b"", lambda _: (DEBUT + b"\r\n") * 100),
}


DERNIERE = DEBUT + b"Connection: close\r\n\r\n"


async def test_ce_qui_n_a_pas_de_fin_est_arrete_avant_d_etre_garde(
    monde: Monde, compter: Callable[[str, int], None]
) -> None:
    async with servir(monde) as port:
        for attaque, morceaux in ATTAQUES.items():
            pris, dit, ferme = await envoyer(port, morceaux())
            assert ferme, attaque
            # What the kernel holds between the two is not ours to count.
            assert pris < 6 << 20, attaque
            if attaque != "des requêtes à la file":  # those before the one too many are answered
                assert dit.startswith(b"HTTP/1.1 431 "), (attaque, dit[:200])
                assert b"connection: close" in dit
                assert b'"code":"entetes"' in dit
            # Nobody else is in the way: the next who comes is answered at once.
            _, dit, _ = await envoyer(port, iter([DERNIERE]))
            assert dit.startswith(b"HTTP/1.1 401 "), attaque
    compter("requêtes sans fin, arrêtées", len(ATTAQUES))


LENTES: dict[str, tuple[bytes, bytes]] = {
    "rien": (b"", b""),
    "un début de ligne": (b"GET /v1/mo", b"HTTP/1.1 408 "),
    "un début d'en-tête": (DEBUT + b"Agent: ", b"HTTP/1.1 408 "),
    "un corps annoncé": (CORPS, b"HTTP/1.1 408 "),
    "un début de corps": (CORPS + b"5\r\nabc", b"HTTP/1.1 408 "),
}


async def test_ce_qui_n_arrive_pas_a_temps_est_ferme(monde: Monde, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bounds, "RECEIVE_S", 0.2)
    async with servir(monde) as port:
        debut = asyncio.get_running_loop().time()
        lues = await asyncio.gather(*(envoyer(port, iter([morceau])) for morceau, _ in LENTES.values()))
        assert asyncio.get_running_loop().time() - debut < 3
    for (nom, (_, attendu)), (_, dit, ferme) in zip(LENTES.items(), lues, strict=True):
        assert ferme, nom
        assert dit.startswith(attendu), (nom, dit[:100])
        assert bool(dit) is bool(attendu), nom


async def test_une_ligne_vide_ne_garde_pas_une_connexion_ouverte(monde: Monde, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bounds, "RECEIVE_S", 0.2)
    async with servir(monde) as port:
        lecture, ecriture = await asyncio.open_connection("127.0.0.1", port)
        ecriture.write(DEBUT + b"\r\n")
        assert (await lecture.readline()).startswith(b"HTTP/1.1 401 ")
        await lecture.readuntil(b"}")
        ecriture.write(b"\r\n")
        async with asyncio.timeout(ECOULEMENT_S):
            assert await lecture.read() == b""
        ecriture.close()


async def test_un_corps_au_goutte_a_goutte_est_ferme_et_un_corps_qui_avance_est_lu(
    monde: Monde, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bounds, "RECEIVE_S", 0.2)
    monkeypatch.setattr(bounds, "RECEIVE_BYTES", 1000)

    async def verser(port: int, morceau: bytes) -> bytes:
        lecture, ecriture = await asyncio.open_connection("127.0.0.1", port)
        tete = f"Authorization: Bearer {monde.jeton('bailleur')}\r\nAgent: contentieux\r\nFinalite: ACTE_EMISSION\r\n"
        ecriture.write(b"POST /v1/interventions/lot HTTP/1.1\r\nHost: unefois\r\n" + tete.encode())
        ecriture.write(b"Connection: close\r\nTransfer-Encoding: chunked\r\n\r\n")
        for _ in range(20):
            if lecture.at_eof():
                break
            ecriture.write(b"%x\r\n%s\r\n" % (len(morceau), morceau))
            await asyncio.sleep(0.05)
        ecriture.write(b"0\r\n\r\n")
        async with asyncio.timeout(ECOULEMENT_S):
            dit = await lecture.read()
        ecriture.close()
        return dit

    async with servir(monde) as port:
        goutte, flot = await asyncio.gather(verser(port, b"\n"), verser(port, b"\n" * 400))
    assert b"0\r\n\r\n" not in goutte  # it was cut
    assert flot.startswith(b"HTTP/1.1 200 ")
    assert flot.endswith(b"0\r\n\r\n")


async def test_qui_ne_lit_pas_sa_reponse_ne_la_fait_pas_garder(monde: Monde, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bounds, "SEND_S", 0.2)

    async def demander(ecriture: asyncio.StreamWriter) -> None:
        while True:
            ecriture.write(b"GET /openapi.json HTTP/1.1\r\nHost: unefois\r\n\r\n")
            await ecriture.drain()
            await asyncio.sleep(0)

    async with servir(monde) as port:
        _, ecriture = await asyncio.open_connection("127.0.0.1", port, limit=1024)
        with pytest.raises(ConnectionError):
            await asyncio.wait_for(demander(ecriture), ECOULEMENT_S)
        ecriture.close()


async def test_un_corps_trop_grand_est_refuse_et_la_connexion_fermee(
    monde: Monde, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bounds, "BODY", 1 << 20)
    tete = f"Authorization: Bearer {monde.jeton('bailleur')}\r\nAgent: contentieux\r\nFinalite: ACTE_EMISSION\r\n"
    annonce = b"POST /v1/dossiers HTTP/1.1\r\nHost: unefois\r\n" + tete.encode()
    async with servir(monde) as port:
        for corps in (
            sans_fin(annonce + b"Transfer-Encoding: chunked\r\n\r\n", lambda _: b"1000\r\n" + b"x" * 4096 + b"\r\n"),
            sans_fin(annonce + b"Content-Length: 99999999999\r\n\r\n", lambda _: b"x" * 4096),
        ):
            _, dit, ferme = await envoyer(port, corps, 1 << 25)
            assert ferme
            assert dit.startswith(b"HTTP/1.1 413 ")


async def test_mille_connexions_d_une_origine_laissent_les_autres_entrer(
    monde: Monde, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bounds, "PER_ORIGIN", 20)
    async with servir(monde) as port:
        tenues = [await asyncio.open_connection("127.0.0.1", port) for _ in range(20)]
        _, dit, ferme = await envoyer(port, iter([]))
        assert ferme
        assert dit.startswith(b"HTTP/1.1 503 ")
        assert b"retry-after" in dit
        lecture, ecriture = await asyncio.open_connection("127.0.0.1", port, local_addr=("127.0.0.2", 0))
        ecriture.write(DERNIERE)
        assert (await lecture.read()).startswith(b"HTTP/1.1 401 ")
        ecriture.close()
        for _, tenue in tenues:
            tenue.close()


def test_le_mandataire_livre_a_les_memes_bornes() -> None:
    """What nginx lets through, the server takes; what the server refuses, nginx mostly refuses before."""
    texte = (RACINE / "deploy" / "nginx.conf").read_text(encoding="utf-8")
    dit = dict(re.findall(r"^\s*(\w+) +([^;{]+);", texte, re.MULTILINE))

    def octets(valeur: str) -> int:
        return int(valeur[:-1]) * {"k": 1 << 10, "m": 1 << 20}[valeur[-1]]

    nombre, taille = dit["large_client_header_buffers"].split()
    assert int(nombre) * octets(taille) == bounds.HEAD
    assert octets(dit["client_max_body_size"]) == bounds.BODY
    assert dit["client_header_timeout"] == dit["client_body_timeout"] == f"{bounds.RECEIVE_S:.0f}s"
    assert dit["send_timeout"] == f"{bounds.SEND_S:.0f}s"
    assert int(dit["limit_conn"].split()[1]) < int(dit["keepalive"]) < bounds.PER_ORIGIN < bounds.CONNECTIONS
