"""Subscriptions: what is brought is the feed, signed, at least once, to who may read it, and nowhere inside."""

import asyncio
import ipaddress
import re
import socket
import ssl
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any, Final
from uuid import UUID, uuid4

import orjson
import psycopg
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from adapters.abonnements.depot import BAIL, Abonnements
from adapters.abonnements.destination import Destination, SecretDeSignature
from adapters.abonnements.joignables import AdresseRefusee, Joignables, publique
from adapters.livraison import livreur as module
from adapters.livraison.livreur import PAS, TENTATIVES, Livreur
from adapters.livraison.postier import Postier, pas_avant
from adapters.registre.administration import (
    administrer,
    confirmer_mandat,
    habiliter,
    retirer_client,
    revoquer,
    suspendre_partenaire,
)
from adapters.registre.instantane import Mandat
from ledger.application import Ledger
from tests.bases import AUJOURD_HUI, SCHEMA, Bases
from tests.bases import RACINE as BASE
from tests.monde import AUTRE_BAILLEUR, PAR, Monde, evenement, habilitation, ouvrir_monde, peupler, rpls

RACINE: Final = "/v1/abonnements"
DEBUT: Final = datetime(2026, 11, 2, 8, tzinfo=UTC)
BAILLEUR: Final = ("bailleur", "ACTE_EMISSION")
ETUDE: Final = ("etude", "ACTE_EMISSION")
DETTE: Final[dict[str, Any]] = {"montant": 224770, "arretee_au": "2026-10-15"}


@dataclass
class Horloge:
    """The clock of the simulation."""

    le: datetime = DEBUT

    def __call__(self) -> datetime:
        return self.le

    def avancer(self, **duree: float) -> None:
        self.le += timedelta(**duree)


@dataclass
class Recu:
    """One message, as it came."""

    chemin: str
    entetes: dict[str, str]
    corps: bytes

    @property
    def evenements(self) -> list[dict[str, Any]]:
        lus: list[dict[str, Any]] = orjson.loads(self.corps)
        return lus

    def signe(self, secret: str) -> bool:
        """As our page tells receivers to verify it."""
        return bool(verification()(secret, self.entetes, self.corps))


@cache
def verification() -> Callable[[str, dict[str, str], bytes], bool]:
    [code] = re.findall(r"```python\n(.*?)```", (BASE / "docs/abonnements.md").read_text(encoding="utf-8"), re.DOTALL)
    lu: dict[str, Any] = {}
    exec(code, lu)  # noqa: S102 - our own page
    trouvee: Callable[[str, dict[str, str], bytes], bool] = lu["vient_de_nous"]
    return trouvee


Reponse = Callable[["Receveur", asyncio.StreamWriter], Awaitable[None]]


def repondre(statut: str, *entetes: str) -> Reponse:
    async def ecrire(_: "Receveur", sortie: asyncio.StreamWriter) -> None:
        lignes = [f"HTTP/1.1 {statut}", "Content-Length: 0", *entetes, "", ""]
        sortie.write("\r\n".join(lignes).encode())
        await sortie.drain()

    return ecrire


async def rediriger(receveur: "Receveur", sortie: asyncio.StreamWriter) -> None:
    await repondre("307 Temporary Redirect", f"Location: {receveur.url}")(receveur, sortie)


async def se_taire(_: "Receveur", __: asyncio.StreamWriter) -> None:
    await asyncio.sleep(30)


async def couler(_: "Receveur", sortie: asyncio.StreamWriter) -> None:
    """Headers without an end, a few bytes at a time."""
    sortie.write(b"HTTP/1.1 200 OK\r\n")
    while True:
        sortie.write(b"X-Encore: encore\r\n")
        await sortie.drain()
        await asyncio.sleep(0.05)


async def inonder(receveur: "Receveur", sortie: asyncio.StreamWriter) -> None:
    """A success whose body has no end."""
    sortie.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100000000000\r\n\r\n")
    while True:
        sortie.write(bytes(1 << 16))
        await sortie.drain()
        receveur.inondes += 1 << 16


ACCEPTER: Final = repondre("204 No Content")


@dataclass
class Receveur:
    """A real HTTP receiver on loopback: keeps what it is sent, answers as it is told."""

    port: int = 0
    reponse: Reponse = ACCEPTER
    recus: list[Recu] = field(default_factory=list)
    inondes: int = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/unefois?source=u"

    @property
    def evenements(self) -> list[dict[str, Any]]:
        return [evenement for recu in self.recus for evenement in recu.evenements]

    async def servir(self, entree: asyncio.StreamReader, sortie: asyncio.StreamWriter) -> None:
        try:
            tete = (await entree.readuntil(b"\r\n\r\n")).decode().split("\r\n")
            entetes = {n.lower(): v.strip() for n, _, v in (ligne.partition(":") for ligne in tete[1:] if ligne)}
            corps = await entree.readexactly(int(entetes["content-length"]))
            self.recus.append(Recu(tete[0].split(" ")[1], entetes, corps))
            await self.reponse(self, sortie)
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            sortie.close()


@asynccontextmanager
async def recevoir(tls: ssl.SSLContext | None = None) -> AsyncIterator[Receveur]:
    receveur = Receveur()
    serveur = await asyncio.start_server(receveur.servir, "127.0.0.1", 0, ssl=tls)
    receveur.port = serveur.sockets[0].getsockname()[1]
    try:
        yield receveur
    finally:
        serveur.close()


@dataclass
class Atelier:
    """A world whose subscriptions have a clock and names of their own, and what brings."""

    monde: Monde
    horloge: Horloge
    noms: dict[str, list[str]]
    livreur: Livreur

    async def abonner(
        self, url: str, qui: tuple[str, str] = BAILLEUR, agent: str | None = "", statut: int = 201, **plus: Any
    ) -> dict[str, Any]:
        await self.monde.projeter()
        recu = await self.monde.post(RACINE, *qui, {"url": url}, agent, **plus)
        assert recu.status_code == statut, recu.text
        lu: dict[str, Any] = recu.json()
        return lu

    async def changer(
        self, abonnement: str, geste: str, qui: tuple[str, str] = BAILLEUR, statut: int = 201
    ) -> dict[str, Any]:
        recu = await self.monde.post(f"{RACINE}/{abonnement}/changement", *qui, {"geste": geste})
        assert recu.status_code == statut, recu.text
        lu: dict[str, Any] = recu.json()
        return lu

    async def lire(self, abonnement: str, qui: tuple[str, str] = BAILLEUR) -> dict[str, Any]:
        recu = await self.monde.get(f"{RACINE}/{abonnement}", *qui)
        assert recu.status_code == 200, recu.text
        lu: dict[str, Any] = recu.json()
        return lu

    async def dire(self, dossier: str, montant: int) -> str:
        dette = evenement("DetteDeclaree", **DETTE | {"montant": montant})
        recu = await self.monde.contribuer(dossier, *BAILLEUR, dette)
        assert recu.status_code == 201, recu.text
        await self.monde.projeter()
        lu = await self.monde.get(f"/v1/dossiers/{dossier}/historique", *BAILLEUR)
        return str(lu.json()["evenements"][-1]["id"])

    async def tourner(self, tours: int = 1) -> None:
        """So many looks, each a step of the clock after the other."""
        for _ in range(tours):
            self.horloge.avancer(seconds=PAS.total_seconds())
            await self.livreur.commencer()
            await self.livreur.finir()


def postier(atelier: "Atelier | Monde", horloge: Horloge, en_tout: float = 0.5) -> Postier:
    monde = atelier if isinstance(atelier, Monde) else atelier.monde
    return Postier(monde.gate.abonnements.joignables, horloge, en_tout=en_tout)


@pytest.fixture
async def atelier(bases: Bases, ledger: Ledger) -> AsyncIterator[Atelier]:
    peupler(bases)
    horloge, noms = Horloge(), dict[str, list[str]]()

    async def resoudre(hote: str, _: int) -> Sequence[str]:
        if hote not in noms:
            raise socket.gaierror
        return noms[hote]

    noms["127.0.0.1"] = ["127.0.0.1"]
    joignables = Joignables(boucle=True, resoudre=resoudre)
    abonnements = Abonnements(bases.api_url, SCHEMA, joignables=joignables, maintenant=horloge)
    async with ouvrir_monde(bases, ledger, abonnements=abonnements) as monde:
        livreur = Livreur(monde.gate, postier(monde, horloge), tirage=lambda: 0.5, palier=timedelta())
        yield Atelier(monde, horloge, noms, livreur)
        await livreur.finir()


async def test_ce_qui_change_est_livre_une_fois_signe_et_sans_donnee_personnelle(atelier: Atelier) -> None:
    async with recevoir() as receveur:
        fait = await atelier.abonner(receveur.url)
        await atelier.tourner(2)
        assert receveur.recus == []
        dossier = await atelier.monde.ouvrir()
        dette = await atelier.dire(dossier, 224770)
        await atelier.tourner(3)
    [recu] = receveur.recus
    assert recu.chemin == "/unefois?source=u"
    assert recu.signe(fait["secret"])
    assert recu.entetes["host"] == f"127.0.0.1:{receveur.port}"
    assert recu.entetes["content-type"] == "application/cloudevents-batch+json"
    assert int(recu.entetes["webhook-timestamp"]) == int((DEBUT + 3 * PAS).timestamp())
    assert recu.evenements[-1]["data"]["fait"] == dette
    historique = await atelier.monde.get(f"/v1/dossiers/{dossier}/historique", *BAILLEUR)
    assert [e["data"]["fait"] for e in recu.evenements] == [f["id"] for f in historique.json()["evenements"]]
    for personnel in (b"LEROY", b"224770", b"Fatou", b"118 avenue"):
        assert personnel not in recu.corps


def test_la_signature_est_celle_de_standard_webhooks() -> None:
    """The example that the libraries of Standard Webhooks are tested with."""
    exemple = Destination("", (SecretDeSignature("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"),))
    le = datetime.fromtimestamp(1614265330, UTC)
    assert exemple.signer("msg_p5jXN8AQM9LWM0D4loKWxJek", le, b'{"test": 2432232314}') == {
        "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
        "webhook-timestamp": "1614265330",
        "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    }


async def test_chacun_est_livre_de_ce_qu_il_voit_et_de_rien_d_autre(atelier: Atelier) -> None:
    async with recevoir() as bailleur, recevoir() as voisin:
        await atelier.abonner(bailleur.url)
        await atelier.abonner(voisin.url, ("voisin", "ACTE_EMISSION"))
        dossier = await atelier.monde.ouvrir()
        await atelier.dire(dossier, 1)
        await atelier.monde.ouvrir("voisin", nom="AILLEURS", bailleur=AUTRE_BAILLEUR, id_rpls=rpls(5))
        await atelier.monde.projeter()
        await atelier.tourner(2)
    de = [{e["data"]["dossier"] for e in receveur.evenements} for receveur in (bailleur, voisin)]
    assert de[0] == {dossier}
    assert len(de[1]) == 1
    assert de[0].isdisjoint(de[1])


REFUS: Final = {
    "échoue": repondre("500 Internal Server Error"),
    "redirige": rediriger,
    "coupe": lambda *_: asyncio.sleep(0),
    "se tait": se_taire,
    "coule": couler,
}


@pytest.mark.parametrize("nom", REFUS)
async def test_un_receveur_qui_ne_prend_pas_est_essaye_de_nouveau_plus_tard(atelier: Atelier, nom: str) -> None:
    async with recevoir() as receveur, recevoir() as autre:
        mauvais = await atelier.abonner(receveur.url)
        await atelier.abonner(autre.url)
        receveur.reponse = REFUS[nom]
        await atelier.dire(await atelier.monde.ouvrir(), 1)
        await atelier.tourner()
        assert len(receveur.recus) == 1, "une redirection n'est pas suivie"
        assert len(autre.recus) == 1, "les autres n'attendent pas"
        lu = await atelier.lire(mauvais["abonnement"])
        assert (lu["etat"], lu["echecs"], lu["lettres"]) == ("en_echec", 1, 0)
        await atelier.livreur.commencer()
        await atelier.livreur.finir()
        assert len(receveur.recus) == 1, "pas avant son heure"
        receveur.reponse = ACCEPTER
        await atelier.tourner(2)
        assert [r.entetes["webhook-id"] for r in receveur.recus] == [receveur.recus[0].entetes["webhook-id"]] * 2
        assert receveur.recus[0].corps == receveur.recus[1].corps
        assert (await atelier.lire(mauvais["abonnement"]))["etat"] == "actif"


async def test_un_corps_sans_fin_n_est_pas_lu(atelier: Atelier) -> None:
    async with recevoir() as receveur:
        await atelier.abonner(receveur.url)
        receveur.reponse = inonder
        await atelier.dire(await atelier.monde.ouvrir(), 1)
        await atelier.tourner(3)
        assert len(receveur.recus) == 1
        assert receveur.inondes < 16 << 20


async def test_une_erreur_imprevue_se_dit_sans_son_message_et_la_livraison_est_remise(
    atelier: Atelier, caplog: pytest.LogCaptureFixture
) -> None:
    """What an error of ours says may hold a value: its kind alone is written, and nothing is lost."""

    async def echouer(*_: object) -> None:
        raise ValueError("LEROY Fatou")

    async with recevoir() as receveur:
        abonnement = (await atelier.abonner(receveur.url))["abonnement"]
        await atelier.dire(await atelier.monde.ouvrir(), 1)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(atelier.livreur, "_lire", echouer)
            await atelier.tourner()
        assert "ValueError" in caplog.text
        assert "LEROY" not in caplog.text
        lu = await atelier.lire(abonnement)
        assert (lu["echecs"], lu["dernier_echec"]) == (1, module.INTERROMPU)
        await atelier.tourner()
    assert len(receveur.recus) == 1


async def test_retry_after_est_attendu(atelier: Atelier) -> None:
    async with recevoir() as receveur:
        await atelier.abonner(receveur.url)
        receveur.reponse = repondre("503 Service Unavailable", "Retry-After: 7200")
        await atelier.dire(await atelier.monde.ouvrir(), 1)
        await atelier.tourner()
        receveur.reponse = ACCEPTER
        atelier.horloge.avancer(hours=1, minutes=59)
        await atelier.tourner()
        assert len(receveur.recus) == 1
        atelier.horloge.avancer(minutes=1)
        await atelier.tourner()
        assert len(receveur.recus) == 2


def test_retry_after_se_lit_en_secondes_ou_en_date_et_se_borne() -> None:
    assert pas_avant("120", DEBUT) == DEBUT + timedelta(seconds=120)
    assert pas_avant("Mon, 02 Nov 2026 09:00:00 GMT", DEBUT) == DEBUT + timedelta(hours=1)
    assert pas_avant("9" * 400, DEBUT) == DEBUT + timedelta(days=1)
    assert pas_avant("Mon, 02 Nov 2099 09:00:00 GMT", DEBUT) == DEBUT + timedelta(days=1)
    assert pas_avant("Mon, 02 Nov 2020 09:00:00 GMT", DEBUT) == DEBUT
    for rien in ("", "-1", "demain", "²", "1e3"):
        assert pas_avant(rien, DEBUT) is None


async def test_410_met_fin_a_l_abonnement_et_ses_secrets_partent(atelier: Atelier, bases: Bases) -> None:
    async with recevoir() as receveur:
        fait = await atelier.abonner(receveur.url)
        receveur.reponse = repondre("410 Gone")
        dossier = await atelier.monde.ouvrir()
        await atelier.dire(dossier, 1)
        await atelier.tourner()
        receveur.reponse = ACCEPTER
        await atelier.dire(dossier, 2)
        await atelier.tourner(400)
        assert len(receveur.recus) == 1
    lu = await atelier.lire(fait["abonnement"])
    assert (lu["etat"], lu["fin"], lu["url"]) == ("fini", "partie", None)
    await atelier.changer(fait["abonnement"], "SECRET", statut=409)
    with psycopg.connect(bases.admin_url) as admin:
        lues = admin.execute("SELECT scelle FROM d93.abonnements").fetchall()
        assert lues == [(b"",)]
        assert admin.execute("SELECT count(*) FROM d93.livraisons").fetchall() == [(0,)]


async def test_un_receveur_qui_se_tait_ne_retarde_personne(atelier: Atelier) -> None:
    """Two of them stall for as long as they may; the third has its message at once."""
    async with recevoir() as muet, recevoir() as lent, recevoir() as autre:
        for receveur in (muet, lent, autre):
            await atelier.abonner(receveur.url)
        muet.reponse, lent.reponse = se_taire, couler
        livreur = Livreur(atelier.monde.gate, postier(atelier, atelier.horloge, en_tout=20), palier=timedelta())
        await atelier.dire(await atelier.monde.ouvrir(), 1)
        atelier.horloge.avancer(seconds=10)
        arrive = asyncio.Event()

        async def prendre(receveur: Receveur, sortie: asyncio.StreamWriter) -> None:
            arrive.set()
            await ACCEPTER(receveur, sortie)

        autre.reponse = prendre
        async with asyncio.timeout(5):
            await livreur.commencer()
            await arrive.wait()
        for tache in tuple(livreur._taches):
            tache.cancel()
        await livreur.finir()


async def test_rien_n_est_perdu_en_24_heures_d_un_receveur_qui_defaille_de_toutes_les_facons(
    atelier: Atelier, compter: Callable[[str, int], None]
) -> None:
    """A day, minute by minute: something is told each quarter of an hour, the receiver changes its mind each hour."""
    facons = [*REFUS.values(), ACCEPTER, repondre("429 Too Many Requests", "Retry-After: 90")]
    async with recevoir() as receveur:
        fait = await atelier.abonner(receveur.url)
        atelier.livreur._postier = postier(atelier, atelier.horloge, en_tout=0.05)
        dossier = await atelier.monde.ouvrir()
        dits = []
        for minute in range(24 * 60):
            if minute % 60 == 0:
                receveur.reponse = facons[(minute // 60) % len(facons)]
            if minute % 15 == 0:
                dits.append(await atelier.dire(dossier, minute + 1))
            atelier.horloge.avancer(seconds=60)
            await atelier.livreur.commencer()
            await atelier.livreur.finir()
        receveur.reponse = ACCEPTER
        atelier.horloge.avancer(hours=2)
        await atelier.tourner(4)
        premiers = dict.fromkeys(e["data"]["fait"] for e in receveur.evenements)
        assert [f for f in premiers if f in dits] == dits, "tout, dans l'ordre"
        assert all(recu.signe(fait["secret"]) for recu in receveur.recus)
        compter("changements livrés après 24 heures de pannes simulées", len(dits))
        compter("  en autant de messages", len(receveur.recus))


async def test_apres_le_dernier_essai_une_lettre_morte_qui_se_rejoue(atelier: Atelier) -> None:
    async with recevoir() as receveur:
        fait = await atelier.abonner(receveur.url)
        receveur.reponse = repondre("500 Internal Server Error")
        dossier = await atelier.monde.ouvrir()
        perdu = await atelier.dire(dossier, 1)
        for _ in range(TENTATIVES):
            atelier.horloge.avancer(hours=1)
            await atelier.tourner()
        assert len(receveur.recus) == TENTATIVES
        lu = await atelier.lire(fait["abonnement"])
        [lettre] = lu["lettres_mortes"]
        assert (lettre["tentatives"], lettre["dernier_echec"], lettre["rejouee"]) == (TENTATIVES, "HTTP 500", False)
        receveur.reponse = ACCEPTER
        suivant = await atelier.dire(dossier, 2)
        await atelier.tourner(3)
        assert [e["data"]["fait"] for e in receveur.recus[-1].evenements] == [suivant], "la suite va son chemin"
        assert (await atelier.changer(fait["abonnement"], "REJEU"))["rejouees"] == 1
        await atelier.tourner(2)
        assert perdu in [e["data"]["fait"] for e in receveur.recus[-1].evenements]
        assert suivant not in [e["data"]["fait"] for e in receveur.recus[-1].evenements]
        assert (await atelier.lire(fait["abonnement"]))["lettres_mortes"] == []
        nombre = len(receveur.recus)
        await atelier.tourner(3)
        assert len(receveur.recus) == nombre


async def test_des_lettres_mortes_rejouees_viennent_dans_leur_ordre_apres_ce_qui_les_a_suivies(
    atelier: Atelier,
) -> None:
    """One of them is refused again: those that came after it wait for it. The feed does not."""

    def faits_de(recus: list[Recu]) -> list[str]:
        return [e["data"]["fait"] for recu in recus for e in recu.evenements if e["data"]["fait"] in dits]

    async with recevoir() as receveur:
        fait = await atelier.abonner(receveur.url)
        receveur.reponse = repondre("500 Internal Server Error")
        dossier = await atelier.monde.ouvrir()
        dits = []
        for rang in range(3):
            dits.append(await atelier.dire(dossier, rang + 1))
            for _ in range(TENTATIVES):
                atelier.horloge.avancer(hours=1)
                await atelier.tourner()
        assert len((await atelier.lire(fait["abonnement"]))["lettres_mortes"]) == 3
        receveur.reponse = ACCEPTER
        receveur.recus.clear()
        dits.append(await atelier.dire(dossier, 4))
        await atelier.tourner(2)
        assert faits_de(receveur.recus) == dits[3:], "la suite est déjà passée"
        receveur.reponse = repondre("500 Internal Server Error")
        assert (await atelier.changer(fait["abonnement"], "REJEU"))["rejouees"] == 3
        await atelier.tourner()
        assert faits_de(receveur.recus) == [dits[3], dits[0]], "la première seule, et les autres l'attendent"
        receveur.reponse = ACCEPTER
        dits.append(await atelier.dire(dossier, 5))
        await atelier.tourner(10)
        repris = list(dict.fromkeys(faits_de(receveur.recus)))
        assert [dit for dit in repris if dit in dits[:3]] == dits[:3]
        assert set(repris) == set(dits)
        assert (await atelier.lire(fait["abonnement"]))["lettres_mortes"] == []
    evenements = [e for recu in receveur.recus for e in recu.evenements if e["data"]["fait"] in dits]
    par_fait = {e["data"]["fait"]: (e["id"], e["time"]) for e in evenements}
    assert all(par_fait[e["data"]["fait"]] == (e["id"], e["time"]) for e in evenements), "told twice, it is the same"
    assert [instant for _, instant in sorted(par_fait.values(), key=lambda lu: lu[1])] == [
        par_fait[dit][1] for dit in dits
    ], "« time » puts them in order again"


async def test_tue_entre_la_livraison_et_sa_trace_elle_est_refaite(atelier: Atelier) -> None:
    async with recevoir() as receveur:
        await atelier.abonner(receveur.url)
        await atelier.dire(await atelier.monde.ouvrir(), 1)
        atelier.horloge.avancer(seconds=10)
        recu = asyncio.Event()

        async def prendre(_: Receveur, sortie: asyncio.StreamWriter) -> None:
            await ACCEPTER(receveur, sortie)
            recu.set()

        receveur.reponse = prendre

        async def tuer(*_: object) -> None:
            await asyncio.sleep(3600)

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(atelier.livreur, "_avancer", tuer)
            await atelier.livreur.commencer()
            await recu.wait()
            for tache in tuple(atelier.livreur._taches):
                tache.cancel()
            await atelier.livreur.finir()
        successeur = Livreur(atelier.monde.gate, postier(atelier, atelier.horloge), palier=timedelta())
        await successeur.commencer()
        await successeur.finir()
        assert len(receveur.recus) == 1, "le bail court encore"
        atelier.horloge.avancer(seconds=BAIL.total_seconds())
        await successeur.commencer()
        await successeur.finir()
        assert len(receveur.recus) == 2
        assert receveur.recus[0].corps == receveur.recus[1].corps
        assert receveur.recus[0].entetes["webhook-id"] == receveur.recus[1].entetes["webhook-id"]


async def test_un_processus_tue_pendant_qu_il_livre_est_remplace_et_rien_n_est_perdu(
    monde: Monde, bases: Bases
) -> None:
    """By SIGKILL, once the message is out and before anything of it is stored; on the machine's own clock."""
    async with recevoir() as receveur:
        await monde.projeter()
        assert (await monde.post(RACINE, *BAILLEUR, {"url": receveur.url})).status_code == 201
        dossier = await monde.ouvrir()
        await monde.projeter()
        recu = asyncio.Event()

        async def retenir(*_: object) -> None:
            recu.set()
            await asyncio.sleep(30)

        async def prendre(receveur: Receveur, sortie: asyncio.StreamWriter) -> None:
            await ACCEPTER(receveur, sortie)
            recu.set()

        for reponse in (retenir, prendre):
            receveur.reponse = reponse
            recu.clear()
            with psycopg.connect(bases.admin_url, autocommit=True) as admin:
                admin.execute("UPDATE d93.livraisons SET prochaine_le = now()")  # the lease of who was killed is over
            processus = await asyncio.create_subprocess_exec(
                sys.executable, "-m", "tests.rest.livreur_a_part", orjson.dumps(asdict(bases)).decode(), cwd=BASE
            )
            try:
                async with asyncio.timeout(60):
                    await recu.wait()
            finally:
                processus.kill()
                await processus.wait()
        assert len(receveur.recus) == 2
        assert receveur.recus[0].corps == receveur.recus[1].corps
        assert receveur.recus[0].entetes["webhook-id"] == receveur.recus[1].entetes["webhook-id"]
        assert {e["data"]["dossier"] for e in receveur.evenements} == {dossier}


async def test_ce_qui_est_cache_ne_fait_partir_aucun_message(atelier: Atelier) -> None:
    """What others tell that this reader may not know: not a message, not a byte of what it is shown of its own."""
    async with recevoir() as receveur:
        fait = await atelier.abonner(receveur.url)
        dossier = await atelier.monde.ouvrir()
        await atelier.monde.projeter()
        await atelier.tourner(3)
        avant = len(receveur.recus), (await atelier.lire(fait["abonnement"]))
        qui = ("ssd", "ACCOMPAGNEMENT")
        suivi = evenement("AccompagnementOuvert", intervention=str(uuid4()), mesure="SSD")
        assert (await atelier.monde.contribuer(dossier, *qui, suivi)).status_code == 201
        await atelier.monde.ouvrir("voisin", nom="AILLEURS", bailleur=AUTRE_BAILLEUR, id_rpls=rpls(5))
        await atelier.monde.projeter()
        await atelier.tourner(3)
        assert (len(receveur.recus), await atelier.lire(fait["abonnement"])) == avant


async def test_deux_livreurs_ne_livrent_pas_deux_fois(atelier: Atelier) -> None:
    async with recevoir() as receveur:
        await atelier.abonner(receveur.url)
        await atelier.dire(await atelier.monde.ouvrir(), 1)
        atelier.horloge.avancer(seconds=10)
        deux = [Livreur(atelier.monde.gate, postier(atelier, atelier.horloge), palier=timedelta()) for _ in range(2)]
        await asyncio.gather(*(livreur.commencer() for livreur in deux))
        await asyncio.gather(*(livreur.finir() for livreur in deux))
        assert len(receveur.recus) == 1


PERTES: Final[dict[str, Callable[[Any], object]]] = {
    "partenaire suspendu": lambda registre: suspendre_partenaire(registre, "bailleur", AUJOURD_HUI),
    "client retiré": lambda registre: retirer_client(registre, "client-bailleur", AUJOURD_HUI),
    "habilitation révoquée": lambda registre: revoquer(registre, "bailleur", "contentieux", AUJOURD_HUI),
}


@pytest.mark.parametrize("perte", PERTES)
async def test_qui_n_a_plus_ses_droits_ne_recoit_plus_rien_des_la_livraison_suivante(
    atelier: Atelier, bases: Bases, perte: str
) -> None:
    """Also what a receiver that failed still waits for: each attempt is decided anew."""
    async with recevoir() as receveur, recevoir() as en_panne:
        await atelier.abonner(receveur.url)
        await atelier.abonner(en_panne.url)
        en_panne.reponse = repondre("500 Internal Server Error")
        dossier = await atelier.monde.ouvrir()
        await atelier.dire(dossier, 1)
        await atelier.tourner()
        assert (len(receveur.recus), len(en_panne.recus)) == (1, 1)
        await atelier.dire(dossier, 2)
        with administrer(bases.registre_url, PAR, SCHEMA) as registre:
            PERTES[perte](registre)
        en_panne.reponse = ACCEPTER
        await atelier.tourner(180)
        for _ in range(30):
            atelier.horloge.avancer(hours=1)
            await atelier.tourner()
        assert (len(receveur.recus), len(en_panne.recus)) == (1, 1)
        refus = [ligne for ligne in await atelier.monde.journal() if ligne["issue"] == "refuse"]
        assert {ligne["organisation"] for ligne in refus} == {"bailleur"}
        assert len(refus) <= 2 * 31, "une ligne par heure et par abonnement, pas plus"


async def test_ce_que_l_on_n_a_plus_le_droit_de_voir_ne_part_pas_avec_une_lettre_morte(
    atelier: Atelier, bases: Bases
) -> None:
    async with recevoir() as receveur:
        fait = await atelier.abonner(receveur.url)
        receveur.reponse = repondre("500 Internal Server Error")
        await atelier.dire(await atelier.monde.ouvrir(), 1)
        for _ in range(TENTATIVES):
            atelier.horloge.avancer(hours=1)
            await atelier.tourner()
        receveur.reponse = ACCEPTER
        await atelier.changer(fait["abonnement"], "REJEU")
        nombre = len(receveur.recus)
        with administrer(bases.registre_url, PAR, SCHEMA) as registre:
            suspendre_partenaire(registre, "bailleur", AUJOURD_HUI)
        await atelier.tourner(3)
        assert len(receveur.recus) == nombre


async def test_le_secret_se_dit_une_fois_et_le_precedent_signe_encore_un_jour(atelier: Atelier, bases: Bases) -> None:
    async with recevoir() as receveur:
        meme: dict[str, Any] = {"headers": {"Idempotency-Key": "une"}}
        fait = await atelier.abonner(receveur.url, **meme)
        assert await atelier.abonner(receveur.url, **meme) == {"abonnement": fait["abonnement"], "secret": None}
        await atelier.abonner(receveur.url + "&x=1", statut=409, **meme)
        neuf = await atelier.changer(fait["abonnement"], "SECRET")
        assert neuf["precedent_jusqu_a"] == (DEBUT + timedelta(days=1)).isoformat()
        dossier = await atelier.monde.ouvrir()
        await atelier.dire(dossier, 1)
        await atelier.tourner(2)
        atelier.horloge.avancer(days=1)
        await atelier.dire(dossier, 2)
        await atelier.tourner(2)
        premier, second = receveur.recus
        assert premier.signe(fait["secret"])
        assert premier.signe(neuf["secret"])
        assert not premier.signe("whsec_" + "A" * 43 + "=")
        assert not second.signe(fait["secret"])
        assert second.signe(neuf["secret"])
    with psycopg.connect(bases.admin_url) as admin:
        [(tout,)] = admin.execute("SELECT string_agg(a::text, '') FROM d93.abonnements AS a").fetchall()
        [(scelle,)] = admin.execute("SELECT scelle FROM d93.abonnements").fetchall()
    for secret in (fait["secret"], neuf["secret"]):
        assert secret not in tout
        assert secret.encode() not in scelle
    assert b"127.0.0.1" not in scelle
    lu = orjson.dumps(await atelier.lire(fait["abonnement"]))
    assert b"whsec" not in lu


PRIVEES: Final = (
    "127.0.0.1", "127.8.9.10", "0.0.0.0", "10.0.0.1", "172.16.0.1", "192.168.1.1", "169.254.169.254",  # noqa: S104 - refused
    "100.64.0.1", "192.0.0.1", "192.0.2.1", "198.18.0.1", "192.88.99.1", "224.0.0.1", "240.0.0.1", "255.255.255.255",
    "::", "::1", "::127.0.0.1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:8.8.8.8", "64:ff9b::a00:1",
    "64:ff9b:1::1", "100::1", "fe80::1", "fe80::1%eth0", "fec0::1", "fc00::1", "fd00::1", "ff02::1", "2002:a00:1::1",
    "2001::1", "2001:db8::1",
)  # fmt: skip
PUBLIQUES: Final = ("8.8.8.8", "193.252.19.3", "2a01:cb00::1", "2001:4860:4860::8888")


@pytest.mark.parametrize("adresse", PRIVEES)
async def test_une_adresse_qui_n_est_pas_publique_est_refusee(adresse: str) -> None:
    reponses = [[adresse], ["8.8.8.8", adresse], [adresse, "8.8.8.8"], []]

    async def resoudre(*_: object) -> Sequence[str]:
        return reponses.pop()

    while reponses:
        with pytest.raises(AdresseRefusee):
            await Joignables(resoudre=resoudre).choisir("https://si.exemple.fr/")
    assert not publique(ipaddress.ip_address(adresse))


@pytest.mark.parametrize("adresse", PUBLIQUES)
async def test_une_adresse_publique_est_admise(adresse: str) -> None:
    async def resoudre(*_: object) -> Sequence[str]:
        return [adresse]

    cible, choisie = await Joignables(resoudre=resoudre).choisir("https://SI.exemple.fr:8443?a=1")
    assert (cible, choisie) == (("https", "si.exemple.fr", 8443, "/?a=1"), adresse)


MAL_FAITES: Final = (
    "", "x", "ftp://si.fr/", "http://si.fr/", "https://", "https:///x", "https://u:p@si.fr/", "https://u@si.fr/",
    "https://si.fr#x", "https://si.fr/#x", "https://si.fr\\@127.0.0.1/", "https://si.fr/ x", "https://si.fr/\r\nX: y",
    "https://si.fr:22/", "https://si.fr:80/", "https://si.fr:0/", "https://si.fr:65536/", "https://si.fr:99999/",
    "https://[::1]/", "https://sí.fr/", "https://si.fr/é", "//si.fr/", "javascript:x", "https://" + "a" * 600,
    "https://si.fr/" + "a" * 500, " https://si.fr/", "https://si.fr/\x00", "https://-si.fr/",
)  # fmt: skip


@pytest.mark.parametrize("url", MAL_FAITES)
async def test_une_adresse_mal_faite_est_refusee(url: str) -> None:
    async def resoudre(*_: object) -> Sequence[str]:
        return ["8.8.8.8"]

    with pytest.raises(AdresseRefusee):
        await Joignables(resoudre=resoudre).choisir(url)


async def test_la_boucle_locale_et_http_sont_de_la_demonstration_seulement() -> None:
    async def resoudre(hote: str, _: int) -> Sequence[str]:
        return [hote]

    demo, production = Joignables(boucle=True, resoudre=resoudre), Joignables(resoudre=resoudre)
    for url in ("http://127.0.0.1:8000/", "https://127.0.0.1/"):
        await demo.choisir(url)
        with pytest.raises(AdresseRefusee):
            await production.choisir(url)
    for url in ("http://8.8.8.8/", "http://10.0.0.1:8000/", "https://10.0.0.1/"):
        with pytest.raises(AdresseRefusee):
            await demo.choisir(url)


async def test_ce_qui_n_est_pas_joignable_est_refuse_a_l_abonnement_sans_rien_en_dire(atelier: Atelier) -> None:
    atelier.noms.update({"dedans.exemple.fr": ["10.0.0.1"], "double.exemple.fr": ["8.8.8.8", "192.168.0.1"]})
    reponses = [
        await atelier.abonner(f"https://{hote}.exemple.fr/", statut=422) for hote in ("dedans", "double", "nulle-part")
    ]
    assert reponses[0] == reponses[1] == reponses[2]
    assert [champ["champ"] for champ in reponses[0]["champs"]] == ["url"]
    assert (await atelier.monde.get(RACINE, *BAILLEUR)).json() == {"abonnements": []}


async def test_deux_qui_changent_le_secret_ensemble_n_en_perdent_aucun(atelier: Atelier) -> None:
    """Each of those that were told signs, or its caller was told to begin again."""
    async with recevoir() as receveur:
        fait = await atelier.abonner(receveur.url)
        chemin = f"{RACINE}/{fait['abonnement']}/changement"
        recus = await asyncio.gather(*(atelier.monde.post(chemin, *BAILLEUR, {"geste": "SECRET"}) for _ in range(4)))
        assert {recu.status_code for recu in recus} <= {201, 409}
        dits = [recu.json()["secret"] for recu in recus if recu.status_code == 201]
        await atelier.dire(await atelier.monde.ouvrir(), 1)
        await atelier.tourner(2)
        assert 1 <= sum(receveur.recus[0].signe(secret) for secret in dits) == min(2, len(dits))


async def test_sous_une_autre_cle_d_index_un_abonnement_est_comme_fini(atelier: Atelier, bases: Bases) -> None:
    async with recevoir() as receveur:
        fait = await atelier.abonner(receveur.url)
        with psycopg.connect(bases.admin_url, autocommit=True) as admin:
            admin.execute("UPDATE d93.abonnements SET scelle = sha256(scelle)")
        await atelier.changer(fait["abonnement"], "SECRET", statut=409)
        assert (await atelier.lire(fait["abonnement"]))["url"] is None
        await atelier.dire(await atelier.monde.ouvrir(), 1)
        await atelier.tourner(2)
        assert receveur.recus == []
        assert (await atelier.lire(fait["abonnement"]))["fin"] == "perimee"


async def test_qui_ne_suit_pas_le_flux_ne_s_abonne_pas(atelier: Atelier) -> None:
    """A machine that names nobody, a purpose that was not granted: as the feed answers them."""
    for qui, agent in ((BAILLEUR, None), (("bailleur", "STATISTIQUE"), ""), (BAILLEUR, "jamais-vu")):
        suivi = await atelier.monde.get("/v1/flux", *qui, agent)
        fait = await atelier.abonner("http://127.0.0.1:8094/", qui, agent, statut=403)
        assert (suivi.status_code, suivi.json()) == (403, fait)


def test_l_horloge_d_un_abonnement_est_la_sienne_et_rien_ne_la_decale() -> None:
    """However late a look was, the next ones are where they would have been."""
    ids = [uuid4() for _ in range(50)]
    assert len({module._decalage(id_) for id_ in ids}) > 40
    for id_ in ids:
        attendu = module._tic(id_, DEBUT)
        assert DEBUT < attendu <= DEBUT + PAS
        for retard in (0.0, 0.004, 3.0, 9.99):
            suivant = module._tic(id_, attendu + timedelta(seconds=retard))
            assert suivant == attendu + PAS


async def test_un_nom_qui_mene_ailleurs_apres_coup_n_y_mene_pas(atelier: Atelier) -> None:
    """The name was public when it was given. At the delivery it leads inside: nothing is sent there."""
    async with recevoir() as receveur:
        atelier.noms["si.exemple.fr"] = ["8.8.8.8"]
        fait = await atelier.abonner("https://si.exemple.fr/")
        await atelier.dire(await atelier.monde.ouvrir(), 1)
        vus: list[str] = []
        for inside in (["10.0.0.1"], ["8.8.8.8", "10.0.0.1"], ["169.254.169.254"], ["::ffff:127.0.0.1"]):
            atelier.noms["si.exemple.fr"] = inside
            atelier.horloge.avancer(hours=2)
            await atelier.tourner()
            vus.append((await atelier.lire(fait["abonnement"]))["dernier_echec"])
        assert vus == ["adresse injoignable"] * 4
        assert receveur.recus == []


async def test_l_adresse_regardee_est_celle_ou_l_on_se_connecte() -> None:
    """Asked twice, the name would answer otherwise: it is asked once, and the request names it all the same."""
    async with recevoir() as receveur:
        demandes = []

        async def resoudre(hote: str, _: int) -> Sequence[str]:
            demandes.append(hote)
            return ["127.0.0.1"] if len(demandes) == 1 else ["10.0.0.1"]

        postier_ = Postier(Joignables(boucle=True, resoudre=resoudre), Horloge())
        remise = await postier_.remettre(f"http://si.exemple.fr:{receveur.port}/x", {"webhook-id": "a"}, b"[]")
        assert (remise.echec, demandes) == ("", ["si.exemple.fr"])
        assert receveur.recus[0].entetes["host"] == f"si.exemple.fr:{receveur.port}"


def certifier(nom: str, dossier: Path) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """A server's TLS under a certificate for that name, and a client's that trusts it."""
    cle = ec.generate_private_key(ec.SECP256R1())
    qui = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, nom)])
    le = datetime.now(UTC)
    certificat = (
        x509.CertificateBuilder()
        .subject_name(qui)
        .issuer_name(qui)
        .public_key(cle.public_key())
        .serial_number(1)
        .not_valid_before(le - timedelta(days=1))
        .not_valid_after(le + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(nom)]), critical=False)
        .sign(cle, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    fichier = dossier / f"{nom}.pem"
    secrete = cle.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    fichier.write_bytes(certificat.public_bytes(pem) + secrete)
    serveur = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    serveur.load_cert_chain(fichier)
    return serveur, ssl.create_default_context(cadata=certificat.public_bytes(pem).decode())


@pytest.mark.parametrize(("au_nom_de", "pris"), [("si.exemple.fr", True), ("autre.exemple.fr", False)])
async def test_en_https_le_nom_est_demande_et_verifie_a_l_adresse_regardee(
    tmp_path: Path, au_nom_de: str, pris: bool
) -> None:
    async def resoudre(*_: object) -> Sequence[str]:
        return ["127.0.0.1"]

    demandes: list[str | None] = []
    serveur_tls, client_tls = certifier(au_nom_de, tmp_path)
    serveur_tls.sni_callback = lambda _, nom, __: demandes.append(nom)
    async with recevoir(serveur_tls) as receveur:
        postier_ = Postier(Joignables(boucle=True, resoudre=resoudre), Horloge(), client_tls)
        remise = await postier_.remettre(f"https://si.exemple.fr:{receveur.port}/x", {"webhook-id": "a"}, b"[]")
        assert demandes == ["si.exemple.fr"]
        assert (remise.echec, len(receveur.recus)) == (("", 1) if pris else ("adresse injoignable", 0))
        if pris:
            assert receveur.recus[0].entetes["host"] == f"si.exemple.fr:{receveur.port}"


async def test_les_abonnements_d_un_autre_sont_comme_ceux_qui_n_existent_pas(atelier: Atelier) -> None:
    async with recevoir() as receveur:
        fait = await atelier.abonner(receveur.url)
        monde, voisin = atelier.monde, ("voisin", "ACTE_EMISSION")
        rien = "0199f1e2-7b1a-7000-8000-00000000dead"
        for geste in (None, "FIN", "SECRET", "REJEU", "x"):
            lus = []
            for id_ in (fait["abonnement"], rien, "nul-part"):
                chemin = f"{RACINE}/{id_}"
                recu = (
                    await monde.get(chemin, *voisin)
                    if geste is None
                    else await monde.post(f"{chemin}/changement", *voisin, {"geste": geste})
                )
                lus.append((recu.status_code, recu.content))
            assert lus[0] == lus[1] == lus[2]
            assert lus[0][0] == 404
        assert (await monde.get(RACINE, *voisin)).json() == {"abonnements": []}
        assert (await atelier.lire(fait["abonnement"]))["etat"] == "actif"


async def test_dix_abonnements_en_cours_au_plus_et_cent_en_trois_mois(atelier: Atelier) -> None:
    async with recevoir() as receveur:
        faits = await asyncio.gather(*(atelier.monde.post(RACINE, *BAILLEUR, {"url": receveur.url}) for _ in range(12)))
        assert sorted(recu.status_code for recu in faits) == [201] * 10 + [409] * 2
        await atelier.abonner(receveur.url, ("voisin", "ACTE_EMISSION"))
        en_cours = [recu.json()["abonnement"] for recu in faits if recu.status_code == 201]
        for _ in range(90):
            await atelier.changer(en_cours[0], "FIN")
            en_cours = [*en_cours[1:], (await atelier.abonner(receveur.url))["abonnement"]]
        await atelier.changer(en_cours[0], "FIN")
        await atelier.abonner(receveur.url, statut=409)
        atelier.horloge.avancer(days=91)
        await atelier.tourner()
        await atelier.abonner(receveur.url)


async def test_une_personne_absente_n_ouvre_pas_ce_qui_prend_son_propre_jeton(atelier: Atelier) -> None:
    """Subscribed by her own token: what is brought is what a machine that names her would be told."""
    qui = ("ssd", "ACCOMPAGNEMENT")
    async with recevoir() as receveur:
        await atelier.abonner(receveur.url, qui)
        depart = (await atelier.monde.get("/v1/flux", *qui, None, headers={"Agent": "assistante"})).json()["suivant"]
        dossier = await atelier.monde.ouvrir()
        suivi = evenement("AccompagnementOuvert", intervention=str(uuid4()), mesure="SSD")
        acte: dict[str, Any] = {"acte": str(uuid4()), "fondement": "RGPD_6_1_E", "avec_accord": False}
        besoin = evenement("BesoinSignale", besoin="INTERPRETE", **acte)
        recu = await atelier.monde.contribuer(dossier, *qui, suivi, besoin)
        assert recu.status_code == 201, recu.text
        await atelier.dire(dossier, 1)
        await atelier.tourner(2)
        page = await atelier.monde.get(
            "/v1/flux", *qui, None, headers={"Agent": "assistante"}, params={"depuis": depart}
        )
        assert page.status_code == 200, page.text
        assert receveur.evenements == page.json()["evenements"]
        assert receveur.evenements


async def test_sans_rien_de_neuf_rien_n_est_lu_ni_journalise(atelier: Atelier) -> None:
    async with recevoir() as receveur:
        await atelier.abonner(receveur.url)
        await atelier.tourner(2)
        avant = len(await atelier.monde.journal())
        await atelier.tourner(100)
        assert len(await atelier.monde.journal()) - avant == 0
        atelier.horloge.avancer(hours=1)
        await atelier.tourner()
        assert len(await atelier.monde.journal()) - avant == 1, "le jeton ne doit pas vieillir"


async def test_ce_qui_commence_avec_un_jour_est_dit_ce_jour_la_sans_que_rien_ne_soit_enregistre(
    atelier: Atelier, bases: Bases
) -> None:
    """A mandate that was confirmed ahead: on the evening before, nothing; on the day, at the next look."""
    demain = AUJOURD_HUI + timedelta(days=1)
    dossier = await atelier.monde.ouvrir()
    with administrer(bases.registre_url, PAR, SCHEMA) as registre:
        confirmer_mandat(registre, Mandat("etude", UUID(dossier), "instructrice", demain, demain + timedelta(days=30)))
    async with recevoir() as receveur:
        await atelier.abonner(receveur.url, ETUDE)
        await atelier.tourner(20)
        assert receveur.recus == []
        assert (await atelier.monde.get(f"/v1/dossiers/{dossier}", *ETUDE)).status_code == 404
        atelier.monde.gate.aujourd_hui = lambda: demain
        await atelier.tourner()
        assert [e["type"] for e in receveur.evenements] == ["fr.unefois.acces"]
        assert (await atelier.monde.get(f"/v1/dossiers/{dossier}", *ETUDE)).status_code == 200
        await atelier.tourner(20)
        assert len(receveur.recus) == 1, "told once"


async def test_une_habilitation_qui_commence_demain_reprend_a_minuit_et_non_une_heure_apres(
    atelier: Atelier, bases: Bases
) -> None:
    async with recevoir() as receveur:
        fait = (await atelier.abonner(receveur.url))["abonnement"]
        dossier = await atelier.monde.ouvrir()
        perdu = await atelier.dire(dossier, 1)
        demain, an = AUJOURD_HUI + timedelta(days=1), timedelta(days=365)
        with administrer(bases.registre_url, PAR, SCHEMA) as registre:
            revoquer(registre, "bailleur", "contentieux", AUJOURD_HUI)
            neuve = habilitation("bailleur", "contentieux", "BAILLEUR_SOCIAL")
            habiliter(registre, replace(neuve, du=demain, au=demain + an))
        atelier.horloge.le = datetime(2026, 11, 2, 22, 40, tzinfo=UTC)  # twenty minutes before midnight in Paris
        await atelier.tourner()
        lu = (await atelier.monde.get(f"{RACINE}/{fait}", *BAILLEUR, "contentieux-2")).json()
        minuit = datetime(2026, 11, 2, 23, tzinfo=UTC)
        assert lu["dernier_echec"] == module.REFUS
        assert timedelta() <= datetime.fromisoformat(lu["prochain_essai_le"]) - minuit <= PAS
        atelier.horloge.le = minuit
        atelier.monde.gate.aujourd_hui = lambda: demain
        await atelier.tourner(2)
        assert perdu in [e["data"]["fait"] for e in receveur.evenements]


async def test_ce_qu_un_autre_est_en_train_de_prendre_ne_se_prend_ni_ne_s_attend(
    atelier: Atelier, bases: Bases
) -> None:
    await atelier.abonner("http://127.0.0.1:8094/")
    depot = atelier.monde.gate.abonnements
    with psycopg.connect(bases.admin_url) as autre:
        autre.execute("SELECT FROM d93.livraisons FOR UPDATE")
        assert await depot.prendre(DEBUT + PAS, 10) == []
    assert len(await depot.prendre(DEBUT + PAS, 10)) == 1
    assert await depot.prendre(DEBUT + PAS, 10) == []


def test_deux_abonnements_d_un_partenaire_ne_se_comptent_pas_en_meme_temps(bases: Bases) -> None:
    """Each would count without the other. Those of another partner do not wait."""

    def abonner(connexion: psycopg.Connection, partenaire: str) -> None:
        dit = {"id": str(uuid4()), "genre": "url", "partenaire": partenaire, "agent": "a", "finalite": "F"}
        dit["cree_le"] = str(DEBUT)
        ligne = {"organisation": partenaire, "agent": "a", "role": "R", "finalite": "F", "action": "lire"}
        octets = {"empreinte": "\\x00", "scelle": "\\x00"}
        textes = orjson.dumps(ligne | {"revision": "", "motif": "", "trace": ""}), orjson.dumps(dit | octets)
        connexion.execute("SELECT abonner(%s::jsonb, %s::jsonb, 'x')", [texte.decode() for texte in textes])

    options = f"-c search_path={SCHEMA} -c lock_timeout=300"
    with psycopg.connect(bases.api_url, options=options) as un, psycopg.connect(bases.api_url, options=options) as deux:
        abonner(un, "bailleur")
        abonner(deux, "voisin")
        deux.commit()
        with pytest.raises(psycopg.errors.LockNotAvailable):
            abonner(deux, "bailleur")


async def test_le_role_de_l_api_ne_refait_pas_un_abonnement(bases: Bases) -> None:
    with psycopg.connect(bases.api_url, options=f"-c search_path={SCHEMA}", autocommit=True) as api:
        for geste in (
            "INSERT INTO abonnements (id, partenaire) VALUES (gen_random_uuid(), 'x')",
            "UPDATE abonnements SET partenaire = 'x'",
            "UPDATE abonnements SET finalite = 'x'",
            "DELETE FROM abonnements",
            "UPDATE livraisons SET abonnement = gen_random_uuid()",
            "UPDATE livraisons SET morte_le = now()",
        ):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                api.execute(geste)
    for url in (bases.projecteur_url, bases.registre_url):
        with psycopg.connect(url, options=f"-c search_path={SCHEMA}", autocommit=True) as autre:
            for geste in ("SELECT * FROM abonnements", "SELECT * FROM livraisons", "SELECT abonner('{}', '{}', '')"):
                with pytest.raises(psycopg.errors.InsufficientPrivilege):
                    autre.execute(geste)


def test_les_essais_durent_plus_d_un_jour() -> None:
    secondes = [
        module.RECULS[n] if n < len(module.RECULS) else module.RECUL_MAXIMAL for n in range(module.TENTATIVES - 1)
    ]
    assert timedelta(seconds=sum(secondes)) * (1 - module.ALEA) > timedelta(hours=24)
