"""The service as it is deployed: its own commands in production mode, each in its process, behind a real issuer.

Everybody of the matrix is in the registry, one partner per role under the role's name in lower case, and each is given
all the links that a registry can give. What they then may do is for the policies alone to say.
"""

import contextlib
import http.client
import http.server
import itertools
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import Any, Final, Self
from uuid import UUID, uuid4

import psycopg
from joserfc import jwt
from joserfc.jwk import OKPKey
from psycopg import sql

from adapters.demo.departement import siret
from adapters.registre.administration import (
    administrer,
    asseoir,
    confirmer_mandat,
    convoquer,
    habiliter,
    inscrire_partenaire,
    rattacher_client,
)
from adapters.registre.instantane import Habilitation, Mandat, Membre, Partenaire, Seance
from policies import tables
from tests.bases import KEK, RACINE, SCHEMA, SECRET_INDEX, Bases
from tests.monde import amorcer

COMMUNE: Final = "93008"
SIRET_BAILLEUR: Final = "93667127000267"
AUDIENCE: Final = "unefois"
DEBUT, FIN = date(2026, 1, 1), date(2026, 12, 31)
SEANCES: Final = {instance: UUID(int=0xAA + rang) for rang, instance in enumerate(("CLIL", "CCAPEX", "COMEX"))}
SEANCE_LE: Final = date(2026, 12, 10)
SUIVANTES: Final = {instance: UUID(int=seance.int + 0x200) for instance, seance in SEANCES.items()}
SUIVANTE_LE: Final = date(2027, 1, 14)
TENUE_LE: Final = date(2026, 10, 15)
"""When each commission held its last session: an avis is of that day."""
LIEUX: Final = {"CLIL": f"commune:{COMMUNE}", "CCAPEX": "departement", "COMEX": "arrondissement:93001"}
ROLES: Final[Mapping[str, Sequence[str]]] = {r["code"]: r["finalites"] for r in tables.lire().roles}
FINALITES: Final = tuple(ligne["code"] for ligne in tables.lire().finalites)
AGENTS: Final = ("premiere", "seconde")
DELAI: Final = 30.0


def partenaire(role: str) -> str:
    """The code of the one partner that has this role."""
    return role.lower().replace("_", "-")


PAR: Final = f"{partenaire('RESPONSABLE_TRAITEMENT')}/administratrice"
"""Who changes the registry: habilitated for the days on which the tests are run."""


def inscrit(role: str) -> Partenaire:
    """The one partner of this role, in the whole département, of the one landlord."""
    code = partenaire(role)
    numero = SIRET_BAILLEUR if role == "BAILLEUR_SOCIAL" else siret(list(ROLES).index(role))
    organisme = Partenaire(code, numero, f"Organisation {code}", role, ROLES[role])
    if role == "USAGER":  # a person's own account: its mandate is what links it to its case
        return replace(organisme, siret="")
    return replace(organisme, territoire="departement", portefeuille=(SIRET_BAILLEUR,))


def peupler(bases: Bases) -> None:
    """Everybody, with two agents each, a seat in every commission and the whole département."""
    with administrer(bases.registre_url, PAR, SCHEMA) as registre:
        amorcer(registre, inscrit("RESPONSABLE_TRAITEMENT"), PAR)
        for role in ROLES:
            code = partenaire(role)
            inscrire_partenaire(registre, inscrit(role))
            rattacher_client(registre, f"client-{code}", code)
            for agent in AGENTS if ROLES[role] else ():
                habiliter(
                    registre,
                    Habilitation(uuid4(), code, f"{agent}-{code}", ROLES[role], "profession", DEBUT, FIN, PAR),
                )
            for instance, lieu in LIEUX.items() if role != "USAGER" else ():
                asseoir(registre, Membre(instance, lieu, code, "deliberative"))
        for instance, lieu in LIEUX.items():
            convoquer(registre, Seance(SEANCES[instance], instance, lieu, date(2026, 10, 20), SEANCE_LE))
            tenue = UUID(int=SEANCES[instance].int + 0x100)
            convoquer(registre, Seance(tenue, instance, lieu, date(2026, 9, 20), TENUE_LE))
            convoquer(registre, Seance(SUIVANTES[instance], instance, lieu, date(2026, 10, 20), SUIVANTE_LE))


def mandater(
    bases: Bases, dossiers: Iterable[UUID], roles: Iterable[str] = ROLES, *, personnes: Mapping[UUID, UUID]
) -> None:
    """Give partners a mandate for these cases, as an agent of the instructeur confirms it.

    ``personnes``: whose account that of the data subject is, by case.
    """
    instructeur = f"{AGENTS[0]}-{partenaire('CCAPEX_INSTRUCTEUR')}"
    with administrer(bases.registre_url, PAR, SCHEMA) as registre:
        for role in roles:
            for dossier in dossiers:
                personne = personnes[dossier] if role == "USAGER" else None
                mandat = Mandat(partenaire(role), dossier, instructeur, DEBUT, FIN, personne=personne)
                confirmer_mandat(registre, mandat)


class Emetteur:
    """An OpenID issuer on loopback: its discovery, its public key, and the tokens that it signs."""

    def __init__(self) -> None:
        self._cle = OKPKey.generate_key("Ed25519", parameters={"kid": "tests", "use": "sig", "alg": "Ed25519"})
        emetteur = self

        class Publication(http.server.BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                corps = json.dumps(emetteur._publie(self.path)).encode()
                self.send_response(200)
                self.send_header("Content-Length", str(len(corps)))
                self.end_headers()
                self.wfile.write(corps)

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        self._serveur = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Publication)
        self.adresse = f"http://127.0.0.1:{self._serveur.server_address[1]}"
        self._fil = threading.Thread(target=self._serveur.serve_forever)
        self._jetons: dict[tuple[str, str], str] = {}

    def __enter__(self) -> Self:
        self._fil.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._serveur.shutdown()
        self._fil.join()
        self._serveur.server_close()

    def _publie(self, chemin: str) -> dict[str, Any]:
        if chemin == "/jwks":
            return {"keys": [self._cle.as_dict(private=False)]}
        return {"issuer": self.adresse, "jwks_uri": f"{self.adresse}/jwks"}

    def jeton(self, code: str, agent: str) -> str:
        """A person's token at a partner, with every purpose there is."""
        if (code, agent) not in self._jetons:
            maintenant = int(time.time())
            revendications = {
                "iss": self.adresse,
                "aud": AUDIENCE,
                "iat": maintenant,
                "exp": maintenant + 3600,
                "organisation": code,
                "client_id": f"client-{code}",
                "finalites": list(FINALITES),
                "agent": agent,
            }
            entete = {"alg": "Ed25519", "kid": "tests", "typ": "at+jwt"}
            self._jetons[code, agent] = jwt.encode(entete, revendications, self._cle, algorithms=["Ed25519"])
        return self._jetons[code, agent]


class Forge:
    """The process that forks the others (see ``processus``)."""

    def __init__(self) -> None:
        self._processus = subprocess.Popen(
            [sys.executable, "-m", "tests.scenarios.processus"],
            cwd=RACINE,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def ordonner(self, ordre: str, **arguments: Any) -> dict[str, Any]:
        assert self._processus.stdin is not None
        assert self._processus.stdout is not None
        self._processus.stdin.write(json.dumps({"ordre": ordre} | arguments) + "\n")
        self._processus.stdin.flush()
        reponse: dict[str, Any] = json.loads(self._processus.stdout.readline())
        return reponse

    def close(self) -> None:
        assert self._processus.stdin is not None
        assert self._processus.stdout is not None
        self._processus.stdin.close()
        self._processus.wait(timeout=60)
        self._processus.stdout.close()


@dataclass(frozen=True, slots=True)
class Reponse:
    """What came back: everything of it, for whoever looks for what should not be there."""

    statut: int
    entetes: tuple[tuple[str, str], ...]
    corps: bytes

    def json(self) -> Any:
        return json.loads(self.corps)

    @property
    def position(self) -> int:
        return int(dict(self.entetes)["position"])


@dataclass
class Serveur:
    """A process that serves, and a connection to it that stays open."""

    forge: Forge
    emetteur: Emetteur
    port: int
    pid: int
    reponses: list[Reponse] | None = None
    cles: Iterator[int] = field(default_factory=itertools.count)

    def __post_init__(self) -> None:
        self.connexion = http.client.HTTPConnection("127.0.0.1", self.port, timeout=DELAI)

    def cousin(self) -> "Serveur":
        """Another connection to the same process, for another thread; the caller closes it. Keys are of both."""
        return Serveur(self.forge, self.emetteur, self.port, self.pid, cles=self.cles)

    def entetes(self, role: str, finalite: str, agent: int = 0, **plus: str) -> dict[str, str]:
        code = partenaire(role)
        siens = {
            "Authorization": f"Bearer {self.emetteur.jeton(code, f'{AGENTS[agent]}-{code}')}",
            "Finalite": finalite,
        }
        return siens | {nom.replace("_", "-"): valeur for nom, valeur in plus.items()}

    def appeler(
        self, methode: str, chemin: str, corps: object = None, entetes: Mapping[str, str] | None = None
    ) -> Reponse:
        octets = corps if corps is None or isinstance(corps, bytes) else json.dumps(corps).encode()
        try:
            reponse = self._demander(methode, chemin, octets, entetes or {})
        except ConnectionError:  # the server let go of a connection that had been idle too long
            self.connexion.close()
            reponse = self._demander(methode, chemin, octets, entetes or {})
        with contextlib.closing(reponse):  # cut short, it would keep its socket
            lue = Reponse(reponse.status, tuple(reponse.getheaders()), reponse.read())
        if self.reponses is not None:
            self.reponses.append(lue)
        return lue

    def _demander(
        self, methode: str, chemin: str, octets: bytes | None, entetes: Mapping[str, str]
    ) -> http.client.HTTPResponse:
        self.connexion.request(methode, chemin, octets, dict(entetes))
        return self.connexion.getresponse()

    def octets(self, methode: str, chemin: str, corps: object, entetes: Mapping[str, str]) -> bytes:
        """The bytes that come back, as far as they come: the server may die at any of them."""
        envoi = b"" if corps is None else corps if isinstance(corps, bytes) else json.dumps(corps).encode()
        lignes = [
            f"{methode} {chemin} HTTP/1.1",
            "Host: 127.0.0.1",
            "Connection: close",
            f"Content-Length: {len(envoi)}",
        ]
        tete = "\r\n".join([*lignes, *(f"{nom}: {valeur}" for nom, valeur in entetes.items()), "", ""])
        recus = b""
        with (
            contextlib.suppress(ConnectionError),
            socket.create_connection(("127.0.0.1", self.port), timeout=DELAI) as prise,
        ):
            prise.sendall(tete.encode() + envoi)
            while morceau := prise.recv(65536):
                recus += morceau
        return recus

    def get(self, chemin: str, role: str, finalite: str, **plus: str) -> Reponse:
        return self.appeler("GET", chemin, None, self.entetes(role, finalite, 0, **plus))

    def post(self, chemin: str, role: str, finalite: str, corps: object, agent: int = 0, **plus: str) -> Reponse:
        cle = {"Idempotency_Key": f"{self.port}-{next(self.cles)}"}
        return self.appeler("POST", chemin, corps, self.entetes(role, finalite, agent, **(cle | plus)))

    def contribuer(self, dossier: str, role: str, finalite: str, *evenements: dict[str, Any], **plus: str) -> Reponse:
        chemin = f"/v1/dossiers/{dossier}/interventions"
        return self.post(chemin, role, finalite, {"evenements": evenements}, 0, **plus)

    def close(self) -> None:
        self.connexion.close()

    def terminer(self, signe: int = signal.SIGTERM) -> int:
        """End it (0: it ends by itself), and give its exit status."""
        self.close()
        code: int = self.forge.ordonner("terminer", pid=self.pid, signal=signe)["code"]
        return code


@dataclass
class Service:
    """The commands of the product on two databases. ``dossier`` receives what their processes write."""

    bases: Bases
    dossier: Path
    forge: Forge
    emetteur: Emetteur
    reponses: list[Reponse] = field(default_factory=list)

    def __post_init__(self) -> None:
        for nom, secret in (("kek", KEK), ("index", SECRET_INDEX)):
            fichier = self.dossier / nom
            fichier.touch(mode=0o600)
            fichier.write_bytes(secret)

    def _environ(self, commande: str, port: int) -> dict[str, str]:
        donnees = {
            "UNEFOIS_KEYS_DATABASE_URL": self.bases.cles_url,
            "UNEFOIS_API_DATABASE_URL": self.bases.api_url,
            "UNEFOIS_KEK_FILE": str(self.dossier / "kek"),
            "UNEFOIS_INDEX_KEY_FILE": str(self.dossier / "index"),
        }
        emetteur = {
            "UNEFOIS_PORT": str(port),
            "UNEFOIS_OIDC_ISSUER": self.emetteur.adresse,
            "UNEFOIS_OIDC_AUDIENCE": AUDIENCE,
            "UNEFOIS_OIDC_CLIENT_ID": "pages",
            "UNEFOIS_PUBLIC_URL": f"http://127.0.0.1:{port}",
        }
        propres = {
            "serve": donnees | emetteur,
            "exploc": donnees,
            "livrer": donnees,
            "projeter": {"UNEFOIS_PROJECTOR_DATABASE_URL": self.bases.projecteur_url},
        }
        return {
            "PATH": os.environ["PATH"],
            "UNEFOIS_MODE": "production",
            "UNEFOIS_DATA": str(self.dossier),
            "UNEFOIS_CONTROLLERS": "préfet et président du conseil départemental",
            "UNEFOIS_REGISTER_ENTRY": "essai",
            "UNEFOIS_AIPD_REF": "essai",
            **propres[commande],
        }

    def _lancer(self, *arguments: str, port: int = 0, coupure: int = 0, attendre: bool = False) -> int:
        reponse = self.forge.ordonner(
            "lancer",
            arguments=arguments,
            env=self._environ(arguments[0], port),
            sortie=str(self.dossier / f"{arguments[0]}.out"),
            erreurs=str(self.dossier / f"{arguments[0]}.err"),
            coupure=coupure,
            attendre=attendre,
        )
        assert reponse["pret"], (self.dossier / f"{arguments[0]}.err").read_text()
        pid: int = reponse["pid"]
        return pid

    def demarrer(self, coupure: int = 0) -> Serveur:
        """A server that listens; the caller ends it. ``coupure``: the passage at which it kills itself."""
        port = port_libre()
        pid = self._lancer("serve", port=port, coupure=coupure, attendre=True)
        return Serveur(self.forge, self.emetteur, port, pid, self.reponses)

    @contextlib.contextmanager
    def servir(self) -> Iterator[Serveur]:
        """A server for the time of a block, ended as an operator ends it."""
        serveur = self.demarrer()
        try:
            yield serveur
        finally:
            assert serveur.terminer() in {0, -signal.SIGTERM}

    @contextlib.contextmanager
    def projeter(self) -> Iterator[None]:
        """A projector for the time of a block."""
        pid = self._lancer("projeter")
        try:
            yield
        finally:
            self.forge.ordonner("terminer", pid=pid, signal=signal.SIGTERM)

    def commander(self, *arguments: str) -> int:
        """Run a command to its end; its exit status."""
        pid = self._lancer(*arguments)
        code: int = self.forge.ordonner("terminer", pid=pid, signal=0)["code"]
        return code

    def demander(self, requete: str, parametres: Sequence[object] = ()) -> list[tuple[Any, ...]]:
        """Rows of the ledger's database, as the administrator sees them."""
        with psycopg.connect(self.bases.admin_url, options=f"-c search_path={SCHEMA}") as admin:
            return admin.execute(sql.SQL(requete), parametres).fetchall()


def port_libre() -> int:
    with socket.socket() as prise:
        prise.bind(("127.0.0.1", 0))
        port: int = prise.getsockname()[1]
        return port


def evenement(type_: str, survenu_le: str = "2026-10-15", **donnees: Any) -> dict[str, Any]:
    return {"type": type_, "survenu_le": survenu_le, "donnees": donnees}


def ouverture(nom: str, **logement: Any) -> dict[str, Any]:
    """The body that opens a case, by its landlord."""
    return {
        "survenu_le": "2026-09-01",
        "logement": {"parc": "SOCIAL", "commune": COMMUNE, "bailleur_siret": SIRET_BAILLEUR, "loyer": 80061} | logement,
        "titulaire": {"nom": nom, "prenoms": "Fatou", "date_naissance": "1955-04-24"},
    }
