"""The composition root: the one place that knows the real databases, keys and files, and puts them together."""

import importlib
import os
import secrets
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

import httpx2
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from adapters.abonnements.depot import Abonnements
from adapters.abonnements.depot import script as script_des_abonnements
from adapters.abonnements.joignables import Joignables
from adapters.gate.contexte import Gate
from adapters.gate.listes import Listes
from adapters.gate.revisions import Revisions
from adapters.identite.cles import ClesDistantes
from adapters.identite.demo import EmetteurDemo
from adapters.identite.jetons import Emetteur, Identites
from adapters.identite.oidc import Coffret, ConnexionOidc
from adapters.identite.personne import Pseudonymes
from adapters.intendance.site import Intendance
from adapters.livraison.messagerie import Messagerie
from adapters.registre.administration import scripts as scripts_du_registre
from adapters.registre.ecritoire import Ecritoire
from adapters.registre.lecture import Registre
from adapters.service.cluster import mots_de_passe, ouvrir_serveur, url_pour
from adapters.service.magasin import MagasinS3
from adapters.service.settings import ConfigurationRefusee, Settings, variable
from adapters.web.exploitant import Exploitant
from adapters.web.pages import Invitation
from adapters.web.sessions import Sessions
from ledger.application import Ledger
from ledger.droit.feries import feries
from ledger.droit.jours import aujourd_hui
from ledger.index import IndexAveugle
from ledger.installation import installer, verifier, verifier_cles
from ledger.pieces import Magasin
from ledger.politiques import ArchiveDesPolitiques
from ledger.sealing import TAILLE_CLE, Kek
from policies import tables
from policies.engines import LoadingEngine
from policies.tables import Regles
from projections import SCRIPTS as SCRIPTS_DES_VUES

Invitations = Callable[[], Sequence[Invitation]]
BASE: Final = "unefois"
BASE_CLES: Final = "unefois_cles"
PLACES: Final = {
    "api_database_url": ("unefois_api", BASE),
    "projector_database_url": ("unefois_projecteur", BASE),
    "registry_database_url": ("unefois_registre", BASE),
    "keys_database_url": ("unefois_cles", BASE_CLES),
}
"""The role and the database that each URL of production names: the GRANTs of the schemas are made for these."""


class SecretIllisible(Exception):
    """A key file is missing or is not a key. The message is in French, for the person at the terminal."""


class ComposantAbsent(Exception):
    """What only a local machine installs is asked for. The message is in French and names the remedy."""


@dataclass(frozen=True, slots=True)
class Adresses:
    """Where each database role connects. A URL is None where this process must not have it."""

    api: str | None
    projecteur: str | None
    registre: str | None
    cles: str | None


@contextmanager
def ouvrir_acces(settings: Settings) -> Iterator[Adresses]:
    """The databases, ready: given in production, else those of a server where all that lacks is made first.

    Without a server of its own, the local PostgreSQL starts, and stops with its last user. ``SchemaInadapte`` in
    production, when another version of the program made the tables.
    """
    if settings.mode == "production":
        for nom, (_, base) in PLACES.items():
            if (url := getattr(settings, nom)) is None:
                continue
            if base == BASE_CLES:
                verifier_cles(url, settings.schema)
            else:
                verifier(url, settings.schema, scripts_sql())
        yield Adresses(
            settings.api_database_url,
            settings.projector_database_url,
            settings.registry_database_url,
            settings.keys_database_url,
        )
        return
    with ouvrir_serveur(settings.database_url, settings.data) as admin:
        yield preparer_bases(settings, admin)


def preparer_bases(settings: Settings, admin: str) -> Adresses:
    """The databases of a server that is ours, with what was missing of them."""
    passes = mots_de_passe(settings.data)
    installer(admin, passes, settings.schema, (BASE, BASE_CLES), scripts_sql())
    return Adresses(
        api=url_pour(admin, "unefois_api", passes["unefois_api"], BASE),
        projecteur=url_pour(admin, "unefois_projecteur", passes["unefois_projecteur"], BASE),
        registre=url_pour(admin, "unefois_registre", passes["unefois_registre"], BASE),
        cles=url_pour(admin, "unefois_cles", passes["unefois_cles"], BASE_CLES),
    )


def installer_bases(settings: Settings) -> None:
    """Make the databases, or bring them up to date. In production the roles get the passwords of their own URLs."""
    if settings.mode == "production" and settings.database_url is not None:
        passes = _mots_de_passe_des_urls(settings)
        bases, cles = (BASE, BASE_CLES), settings.keys_admin_url
        installer(settings.database_url, passes, settings.schema, bases, scripts_sql(), admin_cles_url=cles)
        return
    with ouvrir_acces(settings):
        pass


def _mots_de_passe_des_urls(settings: Settings) -> dict[str, str]:
    passes, motifs = {}, []
    for nom, (role, base) in PLACES.items():
        acces = conninfo_to_dict(getattr(settings, nom))
        if (acces.get("user"), acces.get("dbname")) != (role, base):
            motifs.append(f"{variable(nom)} doit nommer le rôle « {role} » et la base « {base} ».")
        elif not acces.get("password"):
            motifs.append(f"{variable(nom)} doit porter le mot de passe à donner au rôle « {role} ».")
        else:
            passes[role] = str(acces["password"])
    if motifs:
        raise ConfigurationRefusee(motifs)
    return passes


def scripts_sql() -> tuple[str, ...]:
    """What the rooms beside the ledger add to its database."""
    return (*SCRIPTS_DES_VUES, *scripts_du_registre(), script_des_abonnements())


def dans_le_schema(url: str, schema: str) -> str:
    """The same access, in the schema of one département."""
    return make_conninfo(url, options=f"-c search_path={schema}")


def cles_locales(settings: Settings) -> tuple[Kek, bytes]:
    """The key-encryption key and the blind index's secret: given as files, else made once in the data directory."""
    if settings.mode == "production":
        if settings.kek_file is None or settings.index_key_file is None:
            raise SecretIllisible("UNEFOIS_KEK_FILE et UNEFOIS_INDEX_KEY_FILE sont nécessaires hors démonstration.")
        kek, index = _lire(settings.kek_file), _lire(settings.index_key_file)
    else:
        kek, index = _lire_ou_creer(settings.data / "kek"), _lire_ou_creer(settings.data / "index")
    if kek == index:
        raise SecretIllisible("La clé maîtresse et celle des index aveugles sont la même : tirez-en une autre.")
    return Kek(kek), index


def pseudonymes_locaux(settings: Settings) -> Pseudonymes:
    """How the registry names the persons whom an identity provider knows: under a key made of the blind index's."""
    return Pseudonymes(cles_locales(settings)[1])


def _lire(fichier: Path) -> bytes:
    try:
        octets = fichier.read_bytes()
    except OSError as e:
        raise SecretIllisible(f"{fichier} ne peut pas être lu.") from e
    if len(octets) != TAILLE_CLE:
        raise SecretIllisible(f"{fichier} doit contenir exactement {TAILLE_CLE} octets aléatoires.")
    return octets


def _lire_ou_creer(fichier: Path) -> bytes:
    """Never made anew over an existing file: what was sealed under a lost key stays sealed."""
    try:
        descripteur = os.open(fichier, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return _lire(fichier)
    with os.fdopen(descripteur, "wb") as flux:
        flux.write(secrets.token_bytes(TAILLE_CLE))
        flux.flush()
        os.fsync(flux.fileno())
    return _lire(fichier)


@asynccontextmanager
async def ouvrir_ledger(settings: Settings, acces: Adresses) -> AsyncIterator[Ledger]:
    """The ledger on its databases; interrupted erasures are finished before it serves."""
    if acces.api is None or acces.cles is None:
        raise SecretIllisible("Ce processus n'a pas accès aux dossiers et aux clés.")
    kek, secret_index = cles_locales(settings)
    index = IndexAveugle(secret_index)
    magasin = magasin_des_pieces(settings)
    ledger = Ledger(acces.api, acces.cles, settings.schema, kek, index, aujourd_hui=aujourd_hui, magasin=magasin)
    async with ledger:
        yield ledger


@dataclass(frozen=True, slots=True)
class Maison:
    """Everything that serves, open: the gate, and how people sign in. ``demo`` is None outside the demonstration."""

    gate: Gate
    coffret: Coffret
    oidc: ConnexionOidc | None
    demo: EmetteurDemo | None


@asynccontextmanager
async def ouvrir_gate(settings: Settings, acces: Adresses, identites: Identites | None = None) -> AsyncIterator[Gate]:
    """The gate on its databases and its policies, closed in the reverse order. Without issuers, no token opens it."""
    async with AsyncExitStack() as pile:
        ledger = await pile.enter_async_context(ouvrir_ledger(settings, acces))
        if acces.api is None:
            raise SecretIllisible("Ce processus n'a pas accès aux dossiers.")
        registre_ouvert = Registre(acces.api, settings.schema)
        pile.push_async_callback(registre_ouvert.close)
        joignables = Joignables(boucle=settings.mode == "demo")
        abonnements = Abonnements(acces.api, settings.schema, joignables=joignables, boites=settings.boites)
        listes = await pile.enter_async_context(Listes(acces.api, settings.schema, abonnements))
        regles = tables.charger()
        moteur = await pile.enter_async_context(_moteur(settings, regles))
        archive = ArchiveDesPolitiques(acces.api, settings.schema)
        pile.push_async_callback(archive.close)
        revisions = Revisions(regles, archive, moteur)
        await revisions.garder()
        feries(aujourd_hui().year)  # the first who asks for a clock would wait for what tells them
        yield Gate(
            ledger,
            registre_ouvert,
            identites or Identites([]),
            revisions,
            tables.lire(),
            listes,
            aujourd_hui=aujourd_hui,
        )


@asynccontextmanager
async def ouvrir_maison(settings: Settings, acces: Adresses, emetteur: Emetteur | None = None) -> AsyncIterator[Maison]:
    """All that serves: the gate, behind its issuer of tokens; its rules are in force from now on.

    ``emetteur``: the sandbox's, whose tokens alone are taken, bound ones: no other door of the demonstration is there.
    """
    async with AsyncExitStack() as pile:
        coffret = Coffret(secrets.token_bytes(TAILLE_CLE))
        demo = EmetteurDemo() if settings.mode == "demo" else None
        if demo is not None:
            identites, oidc = Identites([demo.emetteur]), None
        elif emetteur is not None:
            identites, oidc = Identites([emetteur]), None
        else:
            http = await pile.enter_async_context(httpx2.AsyncClient(timeout=5.0))
            identites, oidc = _emetteur(settings, coffret, http)
        gate = await pile.enter_async_context(ouvrir_gate(settings, acces, identites))
        await gate.revisions.mettre_en_vigueur()
        yield Maison(gate, coffret, oidc, demo)


@asynccontextmanager
async def ouvrir_intendance(
    settings: Settings, acces: Adresses, demo: EmetteurDemo | None = None, entrees: Invitations = tuple
) -> AsyncIterator[Intendance]:
    """The administrators' pages on the registry's role, and on nothing else: no case, no key, no rule is opened.

    ``demo``: the issuer of a demonstration, whose links ``entrees`` gives.
    """
    if acces.registre is None:
        raise SecretIllisible("Ce processus n'a pas accès au registre.")
    async with AsyncExitStack() as pile:
        ecritoire = Ecritoire(acces.registre, settings.schema)
        pile.push_async_callback(ecritoire.close)
        coffret = Coffret(secrets.token_bytes(TAILLE_CLE))
        if demo is not None:
            identites, oidc = Identites([replace(demo.emetteur, pages=CLIENT_DE_L_INTENDANCE)]), None
        else:
            http = await pile.enter_async_context(httpx2.AsyncClient(timeout=5.0))
            identites, oidc = _emetteur(settings, coffret, http)
        yield Intendance(
            ecritoire,
            identites,
            Sessions(coffret, securise=settings.mode == "production", nom="unefois_intendance"),
            aujourd_hui,
            oidc,
            demo,
            entrees,
            exploitant_de(settings),
        )


CLIENT_DE_L_INTENDANCE: Final = "intendance"
"""The client of the administrators' pages at the issuer of a demonstration."""


def exploitant_de(settings: Settings) -> Exploitant:
    """Who runs this service, as its settings say."""
    return Exploitant(
        editeur=settings.publisher,
        directeur=settings.publication_director,
        hebergeur=settings.hosting,
        contact=settings.contact,
        dpo=settings.dpo_contact,
        responsables=settings.controllers,
        registre=settings.register_entry,
        aipd=settings.aipd_ref,
    )


def messagerie(settings: Settings) -> Messagerie | None:
    """What hands mail over; None where no server was given."""
    return None if settings.compte is None else Messagerie(settings.compte)


def magasin_des_pieces(settings: Settings) -> Magasin | None:
    """The store of files; None: they are in the database. ``ComposantAbsent`` without ``unefois[s3]``."""
    if settings.magasin is None:
        return None
    try:
        return MagasinS3(settings.magasin, settings.schema)
    except ModuleNotFoundError as absent:
        raise ComposantAbsent("Le magasin S3 des pièces demande « unefois[s3] » : installez-le.") from absent


def moteur_embarque(regles: Regles) -> LoadingEngine:
    """The engine of a machine without an OPA server; ``ComposantAbsent`` where ``unefois[local]`` is not installed.

    Imported here and now: an image of production does not hold it, and every command would die of looking for it.
    """
    try:
        embedded = importlib.import_module("policies.embedded")
    except ModuleNotFoundError as absent:
        if absent.name != "regorus":
            raise
        raise ComposantAbsent(
            "Le moteur embarqué n'est pas installé : donnez UNEFOIS_OPA_URL, ou installez « unefois[local] »."
        ) from absent
    moteur: LoadingEngine = embedded.EmbeddedEngine(regles)
    return moteur


def moteur_opa(
    regles: Regles, hote: str, port: int, *, ssl: bool = False
) -> AbstractAsyncContextManager[LoadingEngine]:
    """The engine of an OPA server, asked inside ``async with``."""
    from policies.opa import OpaEngine  # noqa: PLC0415 - its client is a tenth of a start, of those that have no server

    return OpaEngine(regles.revision, hote, port, ssl=ssl)


@asynccontextmanager
async def _moteur(settings: Settings, regles: Regles) -> AsyncIterator[LoadingEngine]:
    if settings.opa_url is None:
        yield moteur_embarque(regles)
        return
    adresse = urlsplit(settings.opa_url)
    chiffre = adresse.scheme == "https"
    port = adresse.port or (443 if chiffre else 8181)
    async with moteur_opa(regles, adresse.hostname or "localhost", port, ssl=chiffre) as moteur:
        yield moteur


def _emetteur(settings: Settings, coffret: Coffret, http: httpx2.AsyncClient) -> tuple[Identites, ConnexionOidc]:
    issuer, audience, client = settings.oidc_issuer, settings.oidc_audience, settings.oidc_client_id
    if issuer is None or audience is None or client is None or settings.public_url is None:
        raise SecretIllisible("L'émetteur des jetons n'est pas réglé : UNEFOIS_OIDC_ISSUER, _AUDIENCE, _CLIENT_ID.")
    cles = ClesDistantes(issuer, http)
    emetteurs = [Emetteur(issuer, audience, cles, client, settings.bound_tokens == "exiges", settings.noms)]
    connecte = settings.oidc_persons_issuer or issuer
    if connecte != issuer:
        cles = ClesDistantes(connecte, http)
        emetteurs.append(Emetteur(connecte, client, cles, ailleurs=True))
    identites = Identites(emetteurs)
    oidc = ConnexionOidc(
        connecte,
        audience,
        client,
        settings.oidc_client_secret,
        settings.public_url.rstrip("/") + "/connexion/retour",
        coffret,
        identites,
        cles,
        http,
        pseudonymes=pseudonymes_locaux(settings) if settings.oidc_persons == "userinfo" else None,
        noms=settings.noms,
        amr=settings.oidc_amr or "",
    )
    return identites, oidc
