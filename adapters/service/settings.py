"""The settings: one frozen object, read once from the ``UNEFOIS_*`` environment, safe or refused.

``UNEFOIS_MODE`` defaults to ``demo``, so that a fresh machine needs nothing. That default cannot be taken into
production by oversight: demo refuses any production variable and any address but loopback, and production refuses to
start without its controllers, its entry in the register and its impact assessment. The sandbox (``ouverte``) is a
demonstration without its open doors: a command asks for it by name, no variable does. A variable that we do not know is
refused too: a misspelt ``UNEFOIS_KEK_FIEL`` must not fall back on a default.

A variable marked secret may be given as a file instead: ``UNEFOIS_API_DATABASE_URL_FILE``.
"""

import dataclasses
import difflib
import ipaddress
import os
import pwd
import re
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal, Self

from adapters.abonnements.boites import Boites, domaine_valable
from adapters.abonnements.boites import lire as adresse_lue
from adapters.identite.revendications import Lexique
from adapters.livraison.compte import Chiffrement, CompteDeCourrier
from adapters.service.adresses import (
    boucle_locale,
    conninfo,
    dangers_des_autorites,
    dangers_du_chemin,
    dangers_du_fichier,
    decoupe,
    meme_base,
)
from adapters.service.magasin import CompteDeMagasin

PREFIXE: Final = "UNEFOIS_"
PREFIXE_TESTS: Final = "UNEFOIS_TEST_"
PORT_MAXIMAL: Final = 65535
MODES: Final = ("demo", "production")
"""What ``UNEFOIS_MODE`` may say."""


class ConfigurationRefusee(Exception):
    """The configuration is unsafe or incomplete. The message lists every reason, in French."""

    def __init__(self, motifs: list[str]) -> None:
        """Keep the reasons; none of them quotes a secret."""
        super().__init__("Configuration refusée :\n" + "\n".join(f"- {motif}" for motif in motifs))
        self.motifs = tuple(motifs)


def _variable(objet: str, defaut: Any = None, *, secret: bool = False, production: bool = False) -> Any:  # noqa: ANN401 - a dataclass field stands for any type
    """Declare a setting. ``production``: the demo has no use for it, its presence shows a mistaken mode."""
    return dataclasses.field(
        default=defaut, repr=not secret, metadata={"objet": objet, "secret": secret, "production": production}
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What the environment says. A field ``x`` is read from ``UNEFOIS_X``; None means that it was not given."""

    mode: Literal["demo", "ouverte", "production"] = _variable("le mode de marche", "demo")
    data: Path = _variable("le répertoire des données, clés et journaux locaux")
    schema: str = _variable("le schéma du département", "d93")
    host: str = _variable("l'adresse d'écoute", "127.0.0.1")
    port: int = _variable("le port d'écoute", 8093)
    hosts: str | None = _variable("les autres noms sous lesquels le service répond, séparés par des virgules")
    proxy_network: str | None = _variable("le réseau du mandataire, cru sur qui il sert")
    public_url: str | None = _variable("l'adresse publique du service", production=True)

    database_url: str | None = _variable("l'administrateur du serveur PostgreSQL", secret=True)
    keys_admin_url: str | None = _variable("l'administrateur du serveur des clés", secret=True, production=True)
    api_database_url: str | None = _variable("la base, pour l'API", secret=True, production=True)
    projector_database_url: str | None = _variable("la base, pour le projecteur", secret=True, production=True)
    registry_database_url: str | None = _variable("la base, pour le registre", secret=True, production=True)
    keys_database_url: str | None = _variable("la base des clés", secret=True, production=True)

    kek_file: Path | None = _variable("le fichier de la clé maîtresse", production=True)
    index_key_file: Path | None = _variable("le fichier de la clé des index aveugles", production=True)

    oidc_issuer: str | None = _variable("l'émetteur des jetons", production=True)
    oidc_audience: str | None = _variable("l'audience attendue des jetons", production=True)
    oidc_client_id: str | None = _variable("l'identifiant de client pour la connexion des personnes", production=True)
    oidc_client_secret: str | None = _variable("le secret de ce client", secret=True, production=True)
    oidc_persons: Literal["jeton", "userinfo"] | None = _variable(
        "ce qui dit qui s'est connecté : « jeton » ou « userinfo »", production=True
    )
    oidc_persons_issuer: str | None = _variable(
        "l'émetteur qui connecte les personnes, si c'en est un autre", production=True
    )
    oidc_claims: str | None = _variable("les noms des revendications chez l'émetteur, « quoi=nom »", production=True)
    oidc_amr: str | None = _variable("la méthode de connexion exigée des personnes, comme « mfa »", production=True)
    bound_tokens: Literal["facultatifs", "exiges"] | None = _variable(
        "les jetons liés à une clé ou à un certificat : « facultatifs » ou « exiges »", production=True
    )
    opa_url: str | None = _variable("le serveur OPA")
    exploc_token: str | None = _variable("le jeton remis par le système national des actes", secret=True)

    smtp_host: str | None = _variable("le serveur de courrier")
    smtp_port: int | None = _variable("son port")
    smtp_tls: Chiffrement | None = _variable("son chiffrement : « starttls », « implicite » ou « aucun »")
    smtp_user: str | None = _variable("le compte sur ce serveur")
    smtp_password: str | None = _variable("le mot de passe de ce compte", secret=True)
    smtp_sender: str | None = _variable("l'adresse qui écrit")
    smtp_domains: str | None = _variable("les domaines auxquels on écrit, séparés par des virgules")

    pieces_s3_endpoint: str | None = _variable("le magasin S3 des pièces")
    pieces_s3_bucket: str | None = _variable("son seau")
    pieces_s3_region: str = _variable("sa région", "us-east-1")
    pieces_s3_access_key: str | None = _variable("la clé d'accès au magasin")
    pieces_s3_secret_key: str | None = _variable("le secret de cette clé", secret=True)
    pieces_s3_ca_file: Path | None = _variable("les autorités privées du certificat du magasin")

    controllers: str | None = _variable("les responsables du traitement", production=True)
    register_entry: str | None = _variable("l'inscription au registre des traitements", production=True)
    aipd_ref: str | None = _variable("la référence de l'analyse d'impact", production=True)

    publisher: str | None = _variable("l'éditeur du service et son adresse", production=True)
    publication_director: str | None = _variable("le directeur ou la directrice de la publication", production=True)
    hosting: str | None = _variable("l'hébergeur, son adresse et son téléphone", production=True)
    contact: str | None = _variable("comment joindre qui aide à se servir du service", production=True)
    dpo_contact: str | None = _variable("comment joindre le délégué à la protection des données", production=True)

    @property
    def hotes(self) -> frozenset[str]:
        """The host names under which the service answers: that of its public address, those given; or loopback."""
        public = decoupe(self.public_url or "").hostname
        autres = {hote.strip().lower() for hote in (self.hosts or "").split(",")} - {""}
        return frozenset({public, *autres} if public else {"localhost", "127.0.0.1", "[::1]", *autres})

    @property
    def mandataires(self) -> tuple[ipaddress.IPv4Network | ipaddress.IPv6Network, ...]:
        """Where the proxy is, whose word on whom it speaks for is taken."""
        return () if self.proxy_network is None else (ipaddress.ip_network(self.proxy_network),)

    @property
    def boites(self) -> Boites:
        """Which mailboxes are written to."""
        dits = (domaine.strip().lower() for domaine in (self.smtp_domains or "").split(","))
        return Boites(frozenset(dits) - {""})

    @property
    def compte(self) -> CompteDeCourrier | None:
        """Where mail is handed over, as whom; None: nowhere."""
        if self.smtp_host is None or self.smtp_sender is None:
            return None
        chiffrement = self.smtp_tls or "starttls"
        port = self.smtp_port or PORTS_DU_COURRIER[chiffrement]
        accueil = self.public_url or f"http://{self.host}:{self.port}"
        return CompteDeCourrier(
            self.smtp_host, port, chiffrement, self.smtp_sender, accueil, self.smtp_user, self.smtp_password
        )

    @property
    def magasin(self) -> CompteDeMagasin | None:
        """Where files are kept; None: in the database."""
        dits = self.pieces_s3_endpoint, self.pieces_s3_bucket, self.pieces_s3_access_key, self.pieces_s3_secret_key
        adresse, seau, cle, secret = dits
        if adresse is None or seau is None or cle is None or secret is None:
            return None
        return CompteDeMagasin(adresse, seau, self.pieces_s3_region, cle, secret, self.pieces_s3_ca_file)

    @property
    def noms(self) -> Lexique:
        """Under which names the issuer says what."""
        return Lexique.lire(self.oidc_claims or "")

    @classmethod
    def lire(cls, environ: Mapping[str, str], *, ouverte: bool = False) -> Self:
        """Read and check the environment; raise ``ConfigurationRefusee`` with every reason at once.

        ``ouverte``: the command is the sandbox's.
        """
        motifs: list[str] = []
        textes = dict(_textes(environ, motifs))
        if textes.get("mode", "demo") not in MODES:
            raise ConfigurationRefusee([*motifs, "UNEFOIS_MODE doit être « demo » ou « production »."])
        if ouverte and textes.get("mode", "demo") == "demo":
            textes["mode"] = "ouverte"
        lus: dict[str, Any] = {"data": _data_par_defaut(environ), **textes}
        for nom in ("data", "kek_file", "index_key_file", "pieces_s3_ca_file"):
            if nom in textes:
                lus[nom] = Path(textes[nom]).expanduser().absolute()
        for nom in ("port", "smtp_port"):
            if nom not in textes:
                continue
            if textes[nom].isascii() and textes[nom].isdigit() and int(textes[nom]) <= PORT_MAXIMAL:
                lus[nom] = int(textes[nom])
            else:
                motifs.append(f"{variable(nom)} doit être un nombre de 0 à {PORT_MAXIMAL}.")
                del lus[nom]
        settings = cls(**lus)
        if settings.magasin is not None and (autres := sorted(nom for nom in environ if nom.startswith("AWS_"))):
            motifs.append(f"{', '.join(autres)} : le magasin des pièces ne se règle que par UNEFOIS_PIECES_S3_*.")
        motifs += settings._dangers()
        if motifs:
            raise ConfigurationRefusee(motifs)
        return settings

    def pour(self, commande: str) -> Self:
        """Return the same settings, once sure that ``commande`` has all that it needs and nothing beyond.

        In production each process holds its own role and no other: a projector that could read keys, or an API
        that could act as the administrator, would make the database's guards worth nothing.
        """
        if self.mode != "production":
            return self
        if (besoin := BESOINS.get(commande)) is None:
            raise ConfigurationRefusee([f"« unefois {commande} » est réservé à la démonstration."])
        motifs = [
            f"{variable(nom)} manque ({_objet(nom)}) : « unefois {commande} » en a besoin."
            for nom in besoin.exige
            if getattr(self, nom) is None
        ]
        motifs += [
            f"{variable(nom)} ({_objet(nom)}) ne doit pas être donnée à « unefois {commande} »."
            for nom in besoin.interdit
            if getattr(self, nom) is not None
        ]
        if motifs:
            raise ConfigurationRefusee(motifs)
        return self

    def _dangers(self) -> Iterator[str]:
        if not re.fullmatch(r"[a-z][a-z0-9_]{0,30}", self.schema):
            yield "UNEFOIS_SCHEMA doit être fait de minuscules, de chiffres et de « _ »."
        try:
            _ = self.mandataires
        except ValueError:
            yield "UNEFOIS_PROXY_NETWORK doit être un réseau, comme 172.16.0.0/12."
        yield from self._dangers_des_adresses()
        yield from _dangers_du_courrier(self)
        yield from _dangers_du_magasin(self)
        if self.mode == "production":
            yield from self._dangers_de_la_production()
        else:
            yield from _dangers_de_la_demo(self)

    def _dangers_des_adresses(self) -> Iterator[str]:
        for nom in BASES:
            url = getattr(self, nom)
            if url is not None and decoupe(url).scheme not in ("postgresql", "postgres"):
                yield f"{variable(nom)} doit commencer par « postgresql:// »."
            elif url is not None and not conninfo(url):
                # What libpq says of it quotes the address, and its password.
                yield f"{variable(nom)} n'est pas une adresse valable : un « % » s'y écrit « %25 »."
        for nom in ("oidc_issuer", "oidc_persons_issuer", "public_url", "opa_url", "pieces_s3_endpoint"):
            url = getattr(self, nom)
            if url is None:
                continue
            morceaux = decoupe(url)
            if morceaux.scheme not in ("http", "https") or not morceaux.hostname:
                yield f"{variable(nom)} doit être une adresse http ou https."
            elif morceaux.scheme == "http" and not boucle_locale(morceaux.hostname):
                yield f"{variable(nom)} doit être en https : seule la boucle locale se passe de chiffrement."

    def _dangers_de_la_production(self) -> Iterator[str]:
        if self.bound_tokens not in (None, "facultatifs", "exiges"):
            yield "UNEFOIS_BOUND_TOKENS doit être « facultatifs » ou « exiges »."
        if self.oidc_persons not in (None, "jeton", "userinfo"):
            yield "UNEFOIS_OIDC_PERSONS doit être « jeton » ou « userinfo »."
        elif self.oidc_persons_issuer is not None and self.oidc_persons != "userinfo":
            yield "UNEFOIS_OIDC_PERSONS_ISSUER ne sert qu'avec UNEFOIS_OIDC_PERSONS=userinfo."
        try:
            _ = self.noms
        except ValueError:
            quoi = ", ".join(champ.name for champ in dataclasses.fields(Lexique))
            yield f"UNEFOIS_OIDC_CLAIMS doit être fait de « quoi=nom », séparés par des virgules, de {quoi}."
        for nom in ("controllers", "register_entry", "aipd_ref"):
            if not (getattr(self, nom) or "").strip():
                yield f"{variable(nom)} manque ({_objet(nom)}) : aucun démarrage hors démonstration sans elle."
        for nom in ("kek_file", "index_key_file"):
            fichier = getattr(self, nom)
            if fichier is not None:
                yield from dangers_du_fichier(variable(nom), fichier)
        if self.kek_file is not None and self.kek_file == self.index_key_file:
            yield "UNEFOIS_KEK_FILE et UNEFOIS_INDEX_KEY_FILE doivent être deux fichiers distincts."
        yield from self._dangers_des_bases()

    def _dangers_des_bases(self) -> Iterator[str]:
        roles: dict[str, str] = {}
        for nom in BASES:
            dits = conninfo(getattr(self, nom) or "")
            if not dits:
                continue
            yield from dangers_du_chemin(variable(nom), dits)
            role = dits.get("user", "")
            if not role:
                yield f"{variable(nom)} doit nommer son rôle."
            elif nom not in ADMINISTRATEURS:
                if role in roles:
                    yield f"{variable(nom)} et {roles[role]} emploient le même rôle « {role} »."
                roles[role] = variable(nom)
        for role in {conninfo(url).get("user", "") for url in (self.database_url, self.keys_admin_url) if url}:
            if role in roles:
                yield f"{roles[role]} emploie le rôle de l'administrateur."
        passes = [passe for nom in BASES if (passe := conninfo(getattr(self, nom) or "").get("password"))]
        if len(set(passes)) < len(passes):
            yield "Deux rôles de la base ont le même mot de passe : qui en apprend un ne doit en apprendre qu'un."
        dossiers, cles = self.api_database_url, self.keys_database_url
        if dossiers and cles and meme_base(dossiers, cles):
            yield "UNEFOIS_KEYS_DATABASE_URL désigne la base des dossiers : les clés vivent dans une autre base."


@dataclass(frozen=True, slots=True)
class Besoin:
    """What a command cannot do without in production, and what it must not be given."""

    exige: tuple[str, ...]
    interdit: tuple[str, ...] = ()


ADMINISTRATEURS: Final = ("database_url", "keys_admin_url")
BASES: Final = (
    *ADMINISTRATEURS,
    "api_database_url",
    "projector_database_url",
    "registry_database_url",
    "keys_database_url",
)
COURRIER: Final = ("smtp_host", "smtp_port", "smtp_tls", "smtp_user", "smtp_password", "smtp_sender")
"""What only who sends needs; who takes subscriptions knows to which domains, and no more."""
_PAR_LE_GATE: Final = Besoin(
    exige=("api_database_url", "keys_database_url", "kek_file", "index_key_file"), interdit=ADMINISTRATEURS
)
BESOINS: Final[Mapping[str, Besoin]] = {
    "serve": Besoin(
        exige=(
            "api_database_url",
            "keys_database_url",
            "kek_file",
            "index_key_file",
            "oidc_issuer",
            "oidc_audience",
            "oidc_client_id",
            "public_url",
        ),
        interdit=(*ADMINISTRATEURS, "registry_database_url", "projector_database_url", *COURRIER),
    ),
    "projeter": Besoin(
        exige=("projector_database_url",),
        interdit=(
            *ADMINISTRATEURS,
            "api_database_url",
            "registry_database_url",
            "keys_database_url",
            "kek_file",
            "index_key_file",
        ),
    ),
    "installer": Besoin(
        exige=(*BASES,),
        interdit=("kek_file", "index_key_file"),
    ),
    "livrer": _PAR_LE_GATE,
    "exploc": _PAR_LE_GATE,
    **dict.fromkeys(
        ("partenaires", "habilitations", "mandats", "instances", "seances", "administrateurs"),
        Besoin(exige=("registry_database_url",), interdit=ADMINISTRATEURS),
    ),
    "intendance": Besoin(
        exige=("registry_database_url", "oidc_issuer", "oidc_audience", "oidc_client_id", "public_url"),
        interdit=(
            *(nom for nom in BASES if nom != "registry_database_url"),
            "kek_file",
            "index_key_file",
            "oidc_persons",
            "oidc_persons_issuer",
            "exploc_token",
            "pieces_s3_secret_key",
            *COURRIER,
        ),
    ),
    "journal": _PAR_LE_GATE,
    "politiques": _PAR_LE_GATE,
    "indicateurs": _PAR_LE_GATE,
    "courriers": _PAR_LE_GATE,
    "cles": _PAR_LE_GATE,
    "pseudonyme": Besoin(exige=("kek_file", "index_key_file"), interdit=ADMINISTRATEURS),
    "conformite": Besoin(exige=(), interdit=(*BASES, "kek_file", "index_key_file")),
}


D_UN_BAC_A_SABLE: Final = {"public_url", "publisher", "publication_director", "hosting", "contact", "dpo_contact"}
"""What a sandbox may be given of production: where it is, and what it owes to whoever comes."""
PORTS_DU_COURRIER: Final[Mapping[Chiffrement, int]] = {"starttls": 587, "implicite": 465, "aucun": 25}


def _dangers_de_la_demo(settings: Settings) -> Iterator[str]:
    if settings.mode == "ouverte" and settings.database_url is not None:
        yield "UNEFOIS_DATABASE_URL : un bac à sable tient son propre PostgreSQL, qu'il refait chaque nuit."
    if settings.mode == "demo" and not boucle_locale(settings.host):
        yield (
            f"La démonstration n'écoute que sur la boucle locale, pas sur {settings.host} : "
            "ses liens de connexion ouvrent à quiconque les suit."
        )
    presentes = [
        variable(champ.name)
        for champ in dataclasses.fields(settings)
        if champ.metadata["production"] and getattr(settings, champ.name) is not None
        if not (settings.mode == "ouverte" and champ.name in D_UN_BAC_A_SABLE)
    ]
    if presentes:
        yield f"UNEFOIS_MODE vaut « demo », mais {', '.join(presentes)} n'ont de sens qu'en production."


def _dangers_du_courrier(settings: Settings) -> Iterator[str]:
    if not all(map(domaine_valable, settings.boites.domaines)):
        yield "UNEFOIS_SMTP_DOMAINS doit être fait de noms de domaine séparés par des virgules, comme « exemple.fr »."
    if all(getattr(settings, nom) is None for nom in COURRIER):
        return
    for nom in (
        "smtp_host",
        "smtp_sender",
        "smtp_domains",
        *(("public_url",) if settings.mode == "production" else ()),
    ):
        if getattr(settings, nom) is None:
            yield f"{variable(nom)} manque ({_objet(nom)}) : sans elle, aucun courrier ne part."
    if settings.smtp_sender is not None and adresse_lue(settings.smtp_sender) is None:
        yield "UNEFOIS_SMTP_SENDER doit être une adresse seule, comme « ne-pas-repondre@exemple.fr »."
    if (settings.smtp_user is None) != (settings.smtp_password is None):
        yield "UNEFOIS_SMTP_USER et UNEFOIS_SMTP_PASSWORD vont ensemble."
    local = boucle_locale(settings.smtp_host or "localhost")
    if (settings.smtp_tls or "starttls") not in PORTS_DU_COURRIER:
        yield "UNEFOIS_SMTP_TLS doit être « starttls », « implicite » ou « aucun »."
    elif settings.smtp_tls == "aucun" and not local:
        yield "UNEFOIS_SMTP_TLS vaut « aucun » : seule la boucle locale se passe de chiffrement."
    if settings.mode == "demo" and not local:
        yield "La démonstration ne remet de courrier qu'à la boucle locale : ses personnages n'existent pas."


def _dangers_du_magasin(settings: Settings) -> Iterator[str]:
    noms = ("pieces_s3_endpoint", "pieces_s3_bucket", "pieces_s3_access_key", "pieces_s3_secret_key")
    manquent = [nom for nom in noms if getattr(settings, nom) is None]
    if len(manquent) < len(noms):
        yield from (f"{variable(nom)} manque ({_objet(nom)}) : le magasin se règle en entier." for nom in manquent)
    if not re.fullmatch(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]", settings.pieces_s3_bucket or "seau"):
        yield "UNEFOIS_PIECES_S3_BUCKET doit être fait de minuscules, de chiffres, de points et de tirets."
    if settings.pieces_s3_ca_file is not None:
        if not (settings.pieces_s3_endpoint or "").startswith("https:"):
            yield "UNEFOIS_PIECES_S3_CA_FILE ne sert qu'avec UNEFOIS_PIECES_S3_ENDPOINT, en https."
        else:
            yield from dangers_des_autorites(variable("pieces_s3_ca_file"), settings.pieces_s3_ca_file)


def variable(nom: str) -> str:
    """Return the environment variable of a field."""
    return PREFIXE + nom.upper()


def _objet(nom: str) -> str:
    champ = next(champ for champ in dataclasses.fields(Settings) if champ.name == nom)
    return str(champ.metadata["objet"])


def _textes(environ: Mapping[str, str], motifs: list[str]) -> Iterator[tuple[str, str]]:
    """Yield each field given, with its text; an empty variable counts as absent, as compose files write it."""
    champs = {champ.name: champ for champ in dataclasses.fields(Settings)}
    connues = {variable(nom): nom for nom in champs}
    fichiers = {f"{variable(nom)}_FILE": nom for nom, champ in champs.items() if champ.metadata["secret"]}
    for cle, valeur in sorted(environ.items()):
        if not cle.startswith(PREFIXE) or cle.startswith(PREFIXE_TESTS) or not valeur:
            continue
        if cle in connues:
            yield connues[cle], valeur
        elif cle in fichiers:
            if environ.get(variable(fichiers[cle])):
                motifs.append(f"{cle} et {variable(fichiers[cle])} sont données toutes deux.")
                continue
            try:
                texte = Path(valeur).read_text(encoding="utf-8").strip()
            except (OSError, UnicodeDecodeError):
                motifs.append(f"{cle} : {valeur} ne peut pas être lu.")
                continue
            if texte:
                yield fichiers[cle], texte
        else:
            proche = difflib.get_close_matches(cle, [*connues, *fichiers], n=1)
            motifs.append(f"{cle} est inconnue" + (f" ; vouliez-vous dire {proche[0]} ?" if proche else "."))


def _data_par_defaut(environ: Mapping[str, str]) -> Path:
    """Return where data live: beside the clone that ``make setup`` equipped, else the system's or the person's place.

    Two clones of two versions must not share a database because one person runs both.
    """
    if (environnement := Path(sys.prefix)).name == ".venv":
        return environnement.parent / ".unefois"
    if os.geteuid() == 0:
        return Path("/var/lib/unefois")
    if base := environ.get("XDG_DATA_HOME"):
        return Path(base) / "unefois"
    return Path(environ.get("HOME") or pwd.getpwuid(os.geteuid()).pw_dir) / ".local" / "share" / "unefois"
