"""Files in a store that speaks S3, a real one: they come and go as from the database, and nothing is left of them."""

import asyncio
import ipaddress
import os
import socket
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final
from uuid import UUID, uuid4

import psycopg
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from psycopg import errors

from adapters.examen.processus import Inspection
from adapters.gate import pieces as verbes
from adapters.service.magasin import CompteDeMagasin, MagasinS3
from adapters.service.settings import Settings
from adapters.service.wiring import ComposantAbsent, magasin_des_pieces
from ledger import pieces as module
from ledger.application import Ledger
from ledger.errors import LedgerIndisponible
from ledger.index import IndexAveugle
from ledger.pieces import ENSEMBLE, SCELLE
from ledger.sealing import Kek
from tests import fichiers
from tests.bases import AUJOURD_HUI, KEK, SCHEMA, SECRET_INDEX, Bases, ouvrir_ledger
from tests.monde import Monde, evenement, ouvrir_monde, peupler
from tests.rest.test_attaques_etranger import octets
from tests.rest.test_pieces import (  # noqa: F401 - those of the database hold of the store too, on this ``ledger``
    BAILLEUR,
    CCAPEX,
    Appel,
    compte,
    joindre,
    jointe,
    lire,
    test_la_ligne_est_durable_avant_le_premier_octet,
    test_les_pieces_d_un_menage_efface_s_en_vont_toutes,
    test_qui_part_au_milieu_ne_laisse_rien,
    test_un_refus_de_la_derniere_heure_ne_laisse_rien,
    test_une_piece_qui_n_arrive_pas_est_refusee,
    test_une_piece_trop_longue_est_refusee_annoncee_ou_non,
    test_vingt_megaoctets_entrent_et_sortent_sans_memoire,
    un_acte,
)

CLE, SECRET = "cle-d-essai", "secret-d-essai"
GROSSE: Final = fichiers.gros_pdf(1_200_000)
"""Three objects."""


class Serveur:
    """A server of objects on this machine: each object is a file."""

    def __init__(self, programme: Path, racine: Path, *tls: str) -> None:
        with socket.socket() as prise:
            prise.bind(("127.0.0.1", 0))
            self.port = prise.getsockname()[1]
        self.racine, self._programme, self._tls = racine, programme, tls
        self._processus: subprocess.Popen[bytes] | None = None

    def demarrer(self) -> None:
        ou = ("--port", f"127.0.0.1:{self.port}", "--access", CLE, "--secret", SECRET, "--quiet")
        dans = ("posix", "--sidecar", str(self.racine / "meta"), str(self.racine / "objets"))
        self._processus = subprocess.Popen(
            [self._programme, *ou, *self._tls, *dans],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env={"PATH": os.environ["PATH"], "HOME": str(self.racine)},
        )
        fin = time.monotonic() + 20
        while time.monotonic() < fin:
            with suppress(OSError), socket.create_connection(("127.0.0.1", self.port), 0.2):
                return
            time.sleep(0.05)
        pytest.fail("le serveur d'objets ne démarre pas")

    def arreter(self) -> None:
        if self._processus is not None:
            self._processus.terminate()
            self._processus.wait()
            self._processus = None


class Objets:
    """The objects of one test: what stands there, and the store as the service speaks to it."""

    def __init__(self, serveur: Serveur, seau: str) -> None:
        self.serveur = serveur
        self.racine = serveur.racine / "objets" / seau
        self.racine.mkdir()
        self.compte = CompteDeMagasin(f"http://127.0.0.1:{serveur.port}", seau, "us-east-1", CLE, SECRET)
        self.magasin = MagasinS3(self.compte, SCHEMA)

    @property
    def fichiers(self) -> list[Path]:
        return sorted(chemin for chemin in (self.racine / SCHEMA).rglob("*") if chemin.is_file())

    @property
    def noms(self) -> list[str]:
        return [str(chemin.relative_to(self.racine / SCHEMA)) for chemin in self.fichiers]


@dataclass(frozen=True)
class Autorite:
    """A private authority, and the certificates that it signs."""

    appelee: str = "Autorité d'essai"
    cle: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))

    @property
    def nom(self) -> x509.Name:
        return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, self.appelee)])

    def _ecrire(self, de: ec.EllipticCurvePrivateKey, fin: timedelta, ajout: x509.ExtensionType) -> bytes:
        le = datetime.now(UTC)
        neuf = (
            x509.CertificateBuilder().subject_name(self.nom).issuer_name(self.nom).public_key(de.public_key())
            .serial_number(x509.random_serial_number()).not_valid_before(le - timedelta(days=3))
            .not_valid_after(le + fin).add_extension(ajout, critical=True)
        )  # fmt: skip
        return neuf.sign(self.cle, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)

    @property
    def pem(self) -> bytes:
        return self._ecrire(self.cle, timedelta(days=1), x509.BasicConstraints(ca=True, path_length=None))

    def certifier(self, ou: Path, noms: list[x509.GeneralName], fin: timedelta) -> tuple[str, ...]:
        """What a server is started with to be certified under these names."""
        sienne = ec.generate_private_key(ec.SECP256R1())
        certificat = self._ecrire(sienne, fin, x509.SubjectAlternativeName(noms))
        secrete = sienne.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        for nom, octets_ in (("certificat.pem", certificat), ("cle.pem", secrete)):
            (ou / nom).write_bytes(octets_)
        return "--cert", str(ou / "certificat.pem"), "--key", str(ou / "cle.pem")


@contextmanager
def en_tls(
    outil: Callable[[str], Path], racine: Path, tls: tuple[str, ...], autorites: Path | None
) -> Iterator[Objets]:
    """A server that speaks TLS, and the store as a service that trusts these authorities speaks to it."""
    for nom in ("objets", "meta"):
        (racine / nom).mkdir()
    serveur = Serveur(outil("versitygw"), racine, *tls)
    serveur.demarrer()
    try:
        objets = Objets(serveur, "essai-tls")
        objets.compte = objets.compte._replace(adresse=f"https://127.0.0.1:{serveur.port}", autorites=autorites)
        objets.magasin = MagasinS3(objets.compte, SCHEMA)
        yield objets
    finally:
        serveur.arreter()


ICI: Final[list[x509.GeneralName]] = [x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]
AILLEURS: Final[list[x509.GeneralName]] = [x509.DNSName("ailleurs.exemple")]
UN_JOUR: Final = timedelta(days=1)


async def test_en_tls_une_piece_va_et_vient_sous_une_autorite_privee(
    bases: Bases, outil: Callable[[str], Path], tmp_path: Path
) -> None:
    """As it is configured: the authority comes from a file that the settings name."""
    peupler(bases)
    autorite = Autorite()
    (tmp_path / "autorites.pem").write_bytes(autorite.pem)
    with en_tls(outil, tmp_path, autorite.certifier(tmp_path, ICI, UN_JOUR), None) as objets:
        reglages = Settings.lire({
            "HOME": str(tmp_path),
            "UNEFOIS_PIECES_S3_ENDPOINT": objets.compte.adresse, "UNEFOIS_PIECES_S3_BUCKET": objets.compte.seau,
            "UNEFOIS_PIECES_S3_ACCESS_KEY": CLE, "UNEFOIS_PIECES_S3_SECRET_KEY": SECRET,
            "UNEFOIS_PIECES_S3_CA_FILE": str(tmp_path / "autorites.pem"), "UNEFOIS_SCHEMA": SCHEMA,
        })  # fmt: skip
        magasin = magasin_des_pieces(reglages)
        assert isinstance(magasin, MagasinS3)
        objets.magasin = magasin
        async with avec(bases, objets) as ledger, ouvrir_monde(bases, ledger) as monde:
            dossier, _, piece = await jointe(monde, bases, GROSSE)
            assert (await lire(monde, dossier, piece)).content == GROSSE
            assert objets.noms == [f"{piece}/{rang:03d}" for rang in range(3)]


INCONNUE: Final = "son autorité est inconnue : UNEFOIS_PIECES_S3_CA_FILE la donne"
FAUX: Final[dict[str, tuple[list[x509.GeneralName], timedelta, str, str]]] = {
    "sans autorité": (ICI, UN_JOUR, "aucune", INCONNUE),
    "d'une autre autorité": (ICI, UN_JOUR, "autre", INCONNUE),
    "d'une autre du même nom": (
        ICI,
        UN_JOUR,
        "homonyme",
        "une autre autorité que celle dont il porte le nom l'a signé",
    ),
    "à un autre nom": (AILLEURS, UN_JOUR, "sienne", "il n'est pas au nom que dit UNEFOIS_PIECES_S3_ENDPOINT"),
    "échu": (ICI, -UN_JOUR, "sienne", "il est échu"),
}
"""The names and the end of a certificate, whose authority the service knows, what is said of it."""


@pytest.mark.parametrize("nom", FAUX)
async def test_un_certificat_faux_est_refuse_et_le_journal_du_service_dit_pourquoi(
    bases: Bases, outil: Callable[[str], Path], tmp_path: Path, caplog: pytest.LogCaptureFixture, nom: str
) -> None:
    peupler(bases)
    noms, fin, connue, pourquoi = FAUX[nom]
    autorite = Autorite()
    autorites = tmp_path / "autorites.pem"
    connues = {"sienne": autorite, "homonyme": Autorite()}
    autorites.write_bytes(connues.get(connue, Autorite("Une autre autorité d'essai")).pem)
    donnees = None if connue == "aucune" else autorites
    with en_tls(outil, tmp_path, autorite.certifier(tmp_path, noms, fin), donnees) as objets:
        async with avec(bases, objets) as ledger, ouvrir_monde(bases, ledger) as monde:
            dossier, dit = await un_acte(monde, bases)
            recu = await joindre(monde, dossier, dit, GROSSE)
            assert (recu.status_code, "retry-after" in recu.headers) == (503, True)
            assert "certificat" not in recu.text, "it is nothing to a client"
            assert objets.noms == []
    phrase = f"Le certificat du magasin des pièces est refusé : {pourquoi}."
    assert phrase in caplog.messages
    assert not [m for m in caplog.messages if SECRET in m]


@pytest.fixture(scope="module")
def serveur_d_objets(outil: Callable[[str], Path], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Serveur]:
    racine = tmp_path_factory.mktemp("magasin")
    for nom in ("objets", "meta"):
        (racine / nom).mkdir()
    ouvert = Serveur(outil("versitygw"), racine)
    ouvert.demarrer()
    yield ouvert
    ouvert.arreter()


@pytest.fixture
def admin(bases: Bases) -> Iterator[psycopg.Connection]:
    with psycopg.connect(bases.admin_url, autocommit=True, options=f"-c search_path={SCHEMA}") as connexion:
        yield connexion


@pytest.fixture
def objets(serveur_d_objets: Serveur) -> Objets:
    return Objets(serveur_d_objets, f"essai-{uuid4().hex[:12]}")


@pytest.fixture
async def ledger(bases: Bases, objets: Objets) -> AsyncIterator[Ledger]:
    """In the place of that whose files are in the database; and nothing is left there that nothing tells of."""
    async with avec(bases, objets) as ouvert:
        yield ouvert
    with psycopg.connect(bases.admin_url, options=f"-c search_path={SCHEMA}") as connexion:
        connues = connexion.execute("SELECT piece::text FROM pieces UNION SELECT piece::text FROM pieces_a_oter")
        assert {nom.partition("/")[0] for nom in objets.noms} <= {piece for (piece,) in connues}
        assert connexion.execute("SELECT count(*) FROM pieces_morceaux").fetchall() == [(0,)]


def avec(bases: Bases, objets: Objets) -> Ledger:
    return Ledger(
        bases.api_url, bases.cles_url, SCHEMA, Kek(KEK), IndexAveugle(SECRET_INDEX),
        aujourd_hui=lambda: AUJOURD_HUI, magasin=objets.magasin,
    )  # fmt: skip


def vieillir(admin: psycopg.Connection, table: str) -> None:
    admin.execute("SET ROLE unefois_proprietaire")
    admin.execute(f"UPDATE {table} SET depuis = depuis - interval '61 minutes'".encode())  # noqa: S608 - names of this file
    admin.execute("RESET ROLE")


async def test_une_piece_est_au_magasin_scellee_sous_son_seul_numero(
    monde: Monde, bases: Bases, objets: Objets, admin: psycopg.Connection
) -> None:
    dossier, _, piece = await jointe(monde, bases, GROSSE)
    assert objets.noms == [f"{piece}/{rang:03d}" for rang in range(3)]
    assert [chemin.stat().st_size for chemin in objets.fichiers[:2]] == [ENSEMBLE * SCELLE] * 2
    assert compte(admin) == (1, 0, 0)
    recu = await lire(monde, dossier, piece)
    assert recu.content == GROSSE
    garde = b"".join(chemin.read_bytes() for chemin in objets.fichiers)
    assert b"%PDF" not in garde
    assert GROSSE[5000:5032] not in garde
    inconnue = octets(await lire(monde, dossier, str(uuid4()), ("voisin", BAILLEUR[1])))
    assert octets(await lire(monde, dossier, piece, ("voisin", BAILLEUR[1]))) == inconnue


async def test_envoyee_deux_fois_ou_refusee_il_n_en_reste_qu_une(
    monde: Monde, bases: Bases, objets: Objets, admin: psycopg.Connection
) -> None:
    dossier, dit = await un_acte(monde, bases)
    une: dict[str, Any] = {"headers": {"Idempotency-Key": "la-meme"}}
    pieces = {(await joindre(monde, dossier, dit, GROSSE, **une)).json()["piece"] for _ in range(2)}
    assert (await joindre(monde, dossier, dit, fichiers.PNG, **une)).status_code == 409
    assert (await joindre(monde, dossier, dit, GROSSE + b"MZ")).status_code == 422
    assert {nom.partition("/")[0] for nom in objets.noms} == pieces
    assert len(pieces) == 1
    assert compte(admin) == (1, 0, 0)


async def test_effacee_ses_objets_partent_aussi_et_ce_qui_arrive_apres_coup(
    monde: Monde, bases: Bases, objets: Objets, admin: psycopg.Connection
) -> None:
    dossier, dit = await un_acte(monde, bases, *CCAPEX, dit=evenement("CcapexSaisie", "2026-10-15"))
    clos = evenement("SaisineClose", "2026-10-20", motif="SANS_SUITE")
    assert (await monde.contribuer(dossier, *CCAPEX, clos)).status_code == 201
    piece = (await joindre(monde, dossier, dit, GROSSE, CCAPEX)).json()["piece"]
    assert len(objets.noms) == 3
    await monde.effacer(dossier, dit["personnes"][0])
    assert objets.noms == []
    assert (await lire(monde, dossier, piece)).status_code == 404
    await objets.magasin.poser(f"{piece}/001", b"en retard")  # of a request that nobody waited for any more
    await monde.gate.ledger.pieces.balayer()
    assert objets.noms == [f"{piece}/001"], "regardée une fois, puis une heure après"
    vieillir(admin, "pieces_a_oter")
    await monde.gate.ledger.pieces.balayer()
    assert objets.noms == []
    assert admin.execute("SELECT count(*) FROM pieces_a_oter").fetchall() == [(0,)]


async def test_un_arret_entre_les_objets_et_le_fait_est_balaye(
    monde: Monde, bases: Bases, objets: Objets, admin: psycopg.Connection
) -> None:
    """Killed with all in the store and no fact; or while it comes, and whoever follows finds what was left."""
    dossier, dit, piece = await jointe(monde, bases)

    async def tuer(*_: object, **__: object) -> None:
        raise asyncio.CancelledError

    for ou, nom in ((type(monde.gate.ledger), "contribuer"), (Inspection, "conclure")):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(ou, nom, tuer)
            patch.setattr(verbes, "_finir", tuer)
            with pytest.raises(asyncio.CancelledError):
                await joindre(monde, dossier, dit, GROSSE)
    assert compte(admin) == (3, 0, 2)
    assert len(objets.noms) == 1 + 3 + 2
    await monde.gate.ledger.pieces.finir()
    assert len(objets.noms) == 6, "elle peut encore arriver"
    vieillir(admin, "pieces_en_cours")
    async with avec(bases, objets):  # as the next start does
        pass
    assert objets.noms == [f"{piece}/000"]
    assert compte(admin) == (1, 0, 0)
    assert (await lire(monde, dossier, piece)).content == fichiers.PDF


def _echanger(un: Path, autre: Path) -> None:
    octets_ = un.read_bytes(), autre.read_bytes()
    autre.write_bytes(octets_[0])
    un.write_bytes(octets_[1])


ALTERES: Final[dict[str, Callable[[list[Path]], object]]] = {
    "échangés": lambda f: _echanger(f[0], f[1]),
    "répété": lambda f: f[1].write_bytes(f[0].read_bytes()),
    "ôté": lambda f: f[2].unlink(),
    "vide": lambda f: f[1].write_bytes(b""),
    "écourté": lambda f: f[1].write_bytes(f[1].read_bytes()[:-SCELLE]),
    "écourté de peu": lambda f: f[1].write_bytes(f[1].read_bytes()[: -SCELLE + 5]),
    "allongé": lambda f: f[1].write_bytes(f[1].read_bytes() + b"x"),
    "un octet": lambda f: f[2].write_bytes(f[2].read_bytes()[:-1] + b"\x00"),
}


@pytest.mark.parametrize("nom", ALTERES)
async def test_des_objets_alteres_ne_passent_pas_pour_la_piece(
    monde: Monde, bases: Bases, objets: Objets, nom: str
) -> None:
    dossier, _, piece = await jointe(monde, bases, GROSSE)
    ALTERES[nom](objets.fichiers)
    appel = Appel(monde, "GET", f"/v1/dossiers/{dossier}/pieces/{piece}", CCAPEX)
    if nom == "échangés":
        await appel.mener()
        assert appel.statut == 503
    else:
        with pytest.raises(RuntimeError, match="response already started"):  # the connection ends there
            await appel.mener()
        assert appel.octets < len(GROSSE)
    [ligne] = await monde.journal(1)
    assert (ligne["action"], ligne["issue"]) == ("alarme", "erreur")


async def test_un_magasin_muet_ne_fait_rien_perdre_et_n_empeche_pas_de_demarrer(
    monde: Monde, bases: Bases, objets: Objets, admin: psycopg.Connection
) -> None:
    dossier, dit, piece = await jointe(monde, bases, GROSSE)
    objets.serveur.arreter()
    try:
        recu = await joindre(monde, dossier, dit, GROSSE)
        assert (recu.status_code, "retry-after" in recu.headers) == (503, True)
        assert (await lire(monde, dossier, piece)).status_code == 503
        assert compte(admin) == (1, 0, 0), "ce qui n'est pas arrivé n'est plus dit"
        assert admin.execute("SELECT count(*) FROM pieces_a_oter").fetchall() == [(1,)]
        async with avec(bases, objets):
            pass
    finally:
        objets.serveur.demarrer()
    assert (await lire(monde, dossier, piece)).content == GROSSE
    await monde.gate.ledger.pieces.balayer()
    assert admin.execute("SELECT vue FROM pieces_a_oter").fetchall() == [(True,)]


async def test_chaque_piece_se_lit_ou_elle_a_ete_mise(bases: Bases, monde: Monde, objets: Objets) -> None:
    """The store is chosen one day, and given up another: what was put here or there is not moved."""
    dossier, dit, au_magasin = await jointe(monde, bases, GROSSE)
    async with ouvrir_ledger(bases) as sans, ouvrir_monde(bases, sans) as autre:
        en_base = (await joindre(autre, dossier, dit)).json()["piece"]
        assert (await lire(autre, dossier, en_base)).content == fichiers.PDF
        recu = await lire(autre, dossier, au_magasin)
        assert recu.status_code == 503
    assert (await lire(monde, dossier, en_base)).content == fichiers.PDF
    assert (await lire(monde, dossier, au_magasin)).content == GROSSE
    assert [nom.partition("/")[0] for nom in objets.noms] == [au_magasin] * 3
    with psycopg.connect(bases.admin_url, options=f"-c search_path={SCHEMA}") as proprietaire:
        proprietaire.execute("SET ROLE unefois_proprietaire")
        proprietaire.execute("DELETE FROM pieces_morceaux")


def test_le_role_de_l_api_n_oublie_pas_ce_qu_il_reste_a_oter(bases: Bases, admin: psycopg.Connection) -> None:
    piece = uuid4()
    admin.execute("SET ROLE unefois_proprietaire")
    admin.execute("INSERT INTO pieces_a_oter (piece) VALUES (%s)", [piece])
    admin.execute("RESET ROLE")
    with psycopg.connect(bases.api_url, autocommit=True, options=f"-c search_path={SCHEMA}") as api:
        for ordre in (
            "DELETE FROM pieces_a_oter", "UPDATE pieces_a_oter SET vue = true",
            "INSERT INTO pieces_a_oter (piece) VALUES (gen_random_uuid())", "TRUNCATE pieces_a_oter",
        ):  # fmt: skip
            with pytest.raises(errors.InsufficientPrivilege):
                api.execute(ordre.encode())
        api.execute("SELECT piece_otee(%s)", [piece])
    assert admin.execute("SELECT vue FROM pieces_a_oter").fetchall() == [(True,)]
    vieillir(admin, "pieces_a_oter")
    with psycopg.connect(bases.api_url, autocommit=True, options=f"-c search_path={SCHEMA}") as api:
        api.execute("SELECT piece_otee(%s)", [piece])
    assert admin.execute("SELECT count(*) FROM pieces_a_oter").fetchall() == [(0,)]


async def test_un_secret_faux_n_est_pas_dit_et_les_verbes_echouent_de_meme(objets: Objets) -> None:
    compte_ = CompteDeMagasin(f"http://127.0.0.1:{objets.serveur.port}", objets.racine.name, "us-east-1", CLE, "faux")
    assert "faux" not in repr(compte_)
    magasin = MagasinS3(compte_, SCHEMA)
    for verbe in (magasin.poser("a/000", b"x"), magasin.prendre("a/000", 10), magasin.oter("a/")):
        with pytest.raises(LedgerIndisponible) as refus:
            await verbe
        assert "faux" not in str(refus.value)
    assert await objets.magasin.prendre("a/000", 10) is None
    await objets.magasin.poser("a/000", b"0123456789")
    await objets.magasin.poser("ab/000", b"0")
    assert await objets.magasin.prendre("a/000", 10) == b"0123456789"
    assert await objets.magasin.prendre("a/000", 9) == b""
    await objets.magasin.oter("a/")
    assert objets.noms == ["ab/000"]


def test_sans_la_bibliotheque_la_phrase_dit_quoi_installer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "obstore.store", None)
    settings = Settings(
        data=Path("/nulle/part"), pieces_s3_endpoint="https://s3.exemple.fr", pieces_s3_bucket="pieces",
        pieces_s3_access_key=CLE, pieces_s3_secret_key=SECRET,
    )  # fmt: skip
    with pytest.raises(ComposantAbsent, match=r"unefois\[s3\]"):
        magasin_des_pieces(settings)
    assert magasin_des_pieces(Settings(data=Path("/nulle/part"))) is None


def test_un_objet_est_moins_d_un_mega_et_une_piece_en_a_cinquante_au_plus() -> None:
    assert ENSEMBLE * SCELLE < 1 << 20
    assert module._nom(UUID(int=1), 399) == "00000000-0000-0000-0000-000000000001/049"
