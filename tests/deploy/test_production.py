"""The first day of an operator: two servers, the secrets of the reference, and what compose gives to each process."""

import csv
import io
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import date
from http import HTTPStatus
from http.client import HTTPConnection
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import UUID, uuid4

import psycopg
import pytest

from adapters.demo.departement import siret
from adapters.service.cluster import binaires_disponibles, ouvrir_serveur
from ledger.application import Ledger
from ledger.index import IndexAveugle
from ledger.sealing import Kek
from projections.projecteur import Attente
from tests.deploy.commandes import Atelier, ouvrir_atelier
from tests.deploy.composition import RACINE, environnement
from tests.ledger.test_application import un_couple, un_effacement_decide

EXTRAIT = RACINE / "tests/exploc/lots/lot-extrait.csv"
JOURNAL_GARNI = 4500
DPO = ("93-dpo", "DPO", "CONTROLE", "camille")
RESPONSABLE = ("93-rt", "RESPONSABLE_TRAITEMENT", "DROITS_PERSONNE", "agent-2")
PAR = "93-rt/agent-2"
"""Who makes itself the first administrator, then inscribes the others."""


@dataclass(frozen=True)
class Production:
    """Two servers and the secrets to enter them; ``avant``: what a process said before anything was installed."""

    secrets: Path
    opa: str
    atelier: Atelier
    avant: subprocess.CompletedProcess[str]

    def environ(self, service: str, **autres: str) -> dict[str, str]:
        systeme = {nom: valeur for nom, valeur in os.environ.items() if not nom.startswith("UNEFOIS_")}
        rendu = systeme | environnement(service, self.secrets)
        if "UNEFOIS_OPA_URL" in rendu:  # beside the API, at an address of its own network
            rendu["UNEFOIS_OPA_URL"] = self.opa
        return rendu | autres

    def lancer(self, service: str, *commande: str, entree: str = "") -> subprocess.CompletedProcess[str]:
        return self.atelier.lancer(commande, self.environ(service), entree)

    def reussir(self, service: str, *commande: str, entree: str = "") -> str:
        fini = self.lancer(service, *commande, entree=entree)
        assert fini.returncode == 0, fini.stderr
        return fini.stdout

    def etre_refuse(self, service: str, *commande: str, entree: str = "") -> str:
        fini = self.lancer(service, *commande, entree=entree)
        assert fini.returncode == 1, fini.stdout + fini.stderr
        assert "Traceback" not in fini.stderr
        return fini.stderr

    @contextmanager
    def tourner(self, service: str, *commande: str, **autres: str) -> Iterator[subprocess.Popen[bytes]]:
        """A process that lasts, ended as a container is: SIGTERM."""
        with subprocess.Popen(
            [sys.executable, "-m", "adapters.commande.unefois", *commande],
            cwd=RACINE, env=self.environ(service, **autres), stderr=subprocess.PIPE,
        ) as processus:  # fmt: skip
            try:
                yield processus
            finally:
                processus.send_signal(signal.SIGTERM)
                _, erreurs = processus.communicate(timeout=60)
            assert erreurs.decode() == ""

    def url(self, secret: str) -> str:
        return (self.secrets / secret).read_text(encoding="utf-8")

    def ouvrir(self, secret: str, base: str | None = None) -> psycopg.Connection:
        schema = "-c search_path=d93"
        url = self.url(secret)
        return psycopg.connect(
            url if base is None else psycopg.conninfo.make_conninfo(url, dbname=base), autocommit=True, options=schema
        )

    def cles(self, personne: UUID) -> int:
        with self.ouvrir("trousseau-url") as trousseau:
            [nombre] = trousseau.execute("SELECT count(*) FROM cles WHERE sujet = %s", [personne]).fetchone() or (0,)
        return int(nombre)

    def ledger(self) -> Ledger:
        kek, index = ((self.secrets / nom).read_bytes() for nom in ("kek", "index"))
        jour = lambda: date(2026, 11, 2)  # noqa: E731 - the day that the neighbours' cases are told on
        return Ledger(
            self.url("api-url"), self.url("trousseau-url"), "d93", Kek(kek), IndexAveugle(index), aujourd_hui=jour
        )


@pytest.fixture(scope="module")
def production(secrets_faits: Path, opa: str) -> Iterator[Production]:
    """Two servers as compose arranges them, the record and the keys; installed by two at once, then once more."""
    with ExitStack() as pile:
        atelier = pile.enter_context(ouvrir_atelier())
        prises = {}
        for nom in ("base", "cles"):
            donnees = Path(tempfile.mkdtemp(prefix=f"unefois-{nom}-"))
            pile.callback(shutil.rmtree, donnees)
            url = pile.enter_context(ouvrir_serveur(None, donnees, durable=False))
            (secrets_faits / f"{nom}-url").unlink()
            (secrets_faits / f"{nom}-url").write_text(url, encoding="utf-8")
            prises[f"/run/unefois/{nom}"] = parse_qs(urlsplit(url).query)["host"][0]
        for secret in ("api-url", "projecteur-url", "registre-url", "trousseau-url"):
            texte = (secrets_faits / secret).read_text(encoding="utf-8")
            (secrets_faits / secret).unlink()
            place = re.sub(r"/run/unefois/\w+", lambda m: prises[m[0]], texte)
            (secrets_faits / secret).write_text(place, encoding="utf-8")
        neuve = Production(secrets_faits, opa, atelier, subprocess.CompletedProcess([], 0))
        faite = replace(neuve, avant=neuve.lancer("projecteur", "projeter"))
        deux = [
            subprocess.Popen([sys.executable, "-m", "adapters.commande.unefois", "installer"], cwd=RACINE,
                             env=faite.environ("installation"))
            for _ in range(2)
        ]  # fmt: skip
        assert [processus.wait(timeout=120) for processus in deux] == [0, 0]
        assert faite.reussir("installation", "installer") == "Les bases sont prêtes.\n"
        for rang, (code, role, finalite, agent) in enumerate((RESPONSABLE, DPO)):
            inscription = ("--siret", siret(rang), "--nom", code, "--role", role, "--finalite", finalite)
            faite.reussir(
                "registre", "partenaires", "--par", PAR, "inscrire", code, *inscription,
                "--territoire", "departement", "--client", code,
            )  # fmt: skip
            faite.reussir("registre", "habilitations", "--par", PAR, "accorder", code, agent, "--finalite", finalite)
        yield faite


def test_avant_l_installation_la_raison_et_le_remede_sont_dits(production: Production) -> None:
    assert production.avant.returncode == 1
    assert "« unefois installer »" in production.avant.stderr
    assert "Traceback" not in production.avant.stderr


def test_chaque_serveur_n_a_que_sa_base_et_ses_roles(production: Production) -> None:
    vus = {}
    for secret in ("base-url", "cles-url"):
        with production.ouvrir(secret) as admin:
            bases = {nom for (nom,) in admin.execute("SELECT datname FROM pg_database WHERE datname LIKE 'unefois%'")}
            roles = {r for (r,) in admin.execute("SELECT rolname FROM pg_roles WHERE rolcanlogin")}
            vus[secret] = bases, roles - {"unefois_administrateur"}
    assert vus == {
        "base-url": ({"unefois"}, {"unefois_api", "unefois_projecteur", "unefois_registre"}),
        "cles-url": ({"unefois_cles"}, {"unefois_cles"}),
    }


def test_les_mots_de_passe_sont_ceux_des_urls_et_se_changent(production: Production) -> None:
    ancienne = production.url("projecteur-url")
    nouvelle = re.sub(r"(//unefois_projecteur:)[^@]*@", r"\1un-autre@", ancienne)
    try:
        (production.secrets / "projecteur-url").write_text(nouvelle, encoding="utf-8")
        assert "password" in production.etre_refuse("projecteur", "projeter")
        production.reussir("installation", "installer")
        with pytest.raises(psycopg.OperationalError, match="password"):
            psycopg.connect(ancienne)
        psycopg.connect(nouvelle).close()
    finally:
        (production.secrets / "projecteur-url").write_text(ancienne, encoding="utf-8")
        production.reussir("installation", "installer")
    psycopg.connect(ancienne).close()


@pytest.mark.parametrize(
    ("secret", "change", "dit"),
    [
        ("api-url", ("unefois_api", "unefois_autre"), "« unefois_api »"),
        ("trousseau-url", ("/unefois_cles?", "/autre?"), "« unefois_cles »"),
        ("registre-url", (":[^@]*@", "@"), "mot de passe"),
    ],
)
def test_une_url_qui_ne_nomme_pas_son_role_est_refusee(
    production: Production, secret: str, change: tuple[str, str], dit: str
) -> None:
    ancienne = production.url(secret)
    avant, apres = (change[0].replace("?", r"\?"), change[1]) if "?" in change[0] else change
    gardee, reste = ancienne.split("//")
    try:
        (production.secrets / secret).write_text(f"{gardee}//{re.sub(avant, apres, reste, count=1)}", encoding="utf-8")
        refus = production.etre_refuse("installation", "installer")
    finally:
        (production.secrets / secret).write_text(ancienne, encoding="utf-8")
    assert dit in refus
    assert "Configuration refusée" in refus


def test_serve_demarre_avec_ce_que_compose_lui_donne(production: Production) -> None:
    with socket.create_server(("127.0.0.1", 0)) as libre:
        port = libre.getsockname()[1]
    ici = {"UNEFOIS_HOST": "127.0.0.1", "UNEFOIS_PORT": str(port)}
    with production.tourner("api", "serve", **ici) as serveur:
        while True:
            assert serveur.poll() is None, "unefois serve s'est arrêté"
            # Reset: the command looks first whether the port is free, and drops who comes at that very moment.
            refus = suppress(ConnectionRefusedError, ConnectionResetError)
            with closing(HTTPConnection("127.0.0.1", port)) as connexion, refus:
                connexion.request("GET", "/v1/moi", headers={"Host": "unefois.exemple.fr"})  # as the proxy passes it on
                assert connexion.getresponse().status == HTTPStatus.UNAUTHORIZED
                break
            os.sched_yield()
    assert serveur.returncode in (0, -signal.SIGTERM, 128 + signal.SIGTERM)
    with production.ouvrir("api-url") as api:
        assert api.execute("SELECT count(*) FROM journal WHERE motif = 'jeton_absent'").fetchone() != (0,)
    regles = production.reussir("api", "politiques", "--par", "93-dpo/camille")
    assert re.fullmatch(r"[0-9a-f]{64}  du \S+ \S+ \(en vigueur\)\n", regles)


def test_l_intendance_demarre_avec_la_seule_base_du_registre(production: Production) -> None:
    """And says that it could serve; who is named to administer is named by another, on the command line."""
    nommer = ("registre", "administrateurs", "--par", PAR, "nommer", "93-rt")
    assert "nul ne s'habilite lui-même" in production.etre_refuse(*nommer, "agent-2")
    assert production.reussir(*nommer, "agent-3").startswith("agent-3 administre le registre jusqu'au ")
    with socket.create_server(("127.0.0.1", 0)) as libre:
        port = libre.getsockname()[1]
    ici = {"UNEFOIS_HOST": "127.0.0.1", "UNEFOIS_PORT": str(port)}
    with production.tourner("intendance", "intendance", **ici) as serveur:
        while True:
            assert serveur.poll() is None, "unefois intendance s'est arrêtée"
            refus = suppress(ConnectionRefusedError, ConnectionResetError)
            with closing(HTTPConnection("127.0.0.1", port)) as connexion, refus:
                connexion.request("GET", "/pret", headers={"Host": "registre.unefois.exemple.fr"})
                assert connexion.getresponse().status == HTTPStatus.OK
                break
            os.sched_yield()
        with closing(HTTPConnection("127.0.0.1", port)) as connexion:
            connexion.request("GET", "/partenaires", headers={"Host": "registre.unefois.exemple.fr"})
            assert connexion.getresponse().getheader("location") == "/connexion"
        texte = Path(f"/proc/{serveur.pid}/environ").read_bytes().decode()
        assert not re.search(r"UNEFOIS_(KEK|INDEX|API|KEYS|PROJECTOR|DATABASE)", texte)
    assert serveur.returncode in (0, -signal.SIGTERM, 128 + signal.SIGTERM)


async def test_projeter_avec_sa_seule_base_tient_les_vues(production: Production) -> None:
    rapport = production.reussir("api", "exploc", "importer", str(EXTRAIT), "--ecrire")
    assert "874" in rapport
    with production.ouvrir("api-url") as api:
        tete = api.execute("SELECT max(notification_id) FROM dossiers_events").fetchone()
    assert tete is not None
    adresse = psycopg.conninfo.make_conninfo(production.url("api-url"), options="-c search_path=d93")
    with production.tourner("projecteur", "projeter") as projecteur:
        async with Attente(adresse) as attente:
            assert await attente.attendre(tete[0], 60)
    assert projecteur.returncode == 0


def test_un_schema_d_une_autre_version_arrete_chaque_commande(production: Production) -> None:
    refuses: dict[str, str] = {}
    commandes = {"projecteur": ["projeter"], "api": ["serve"], "registre": ["partenaires", "--par", PAR, "lister"]}
    with production.ouvrir("base-url", "unefois") as admin:
        admin.execute("UPDATE schema_installe SET empreinte = '', version = version - 1")
        try:
            for service, commande in commandes.items():
                refuses[service] = production.etre_refuse(service, *commande)
            admin.execute("UPDATE schema_installe SET version = version + 2")
            plus_recent = production.etre_refuse("projecteur", "projeter")
            installer = production.etre_refuse("installation", "installer")
        finally:
            admin.execute("UPDATE schema_installe SET version = version - 1")
    assert all("« unefois installer »" in refus for refus in refuses.values()), refuses
    assert "plus récente" in plus_recent
    assert "plus récente" in installer
    production.reussir("installation", "installer")


def lire_csv(texte: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(texte, newline=""), delimiter=";"))


def test_le_dpo_lit_le_journal_et_sa_lecture_y_est(production: Production) -> None:
    par = ("journal", "--par", "93-dpo/camille")
    production.reussir("api", *par)
    texte = production.reussir("api", *par, "--limite", "1")
    assert "93-dpo/camille : auditer CONTROLE : autorise" in texte
    assert len(texte.splitlines()) == 1
    siennes = lire_csv(production.reussir("api", *par, "--csv", "--agent", "camille", "--issue", "autorise"))
    assert len(siennes) >= 3
    assert {(ligne["organisation"], ligne["agent"], ligne["issue"]) for ligne in siennes} == {
        ("93-dpo", "camille", "autorise")
    }
    assert all(ligne["trace"].startswith("ligne de commande") for ligne in siennes)
    assert lire_csv(production.reussir("api", *par, "--csv", "--au", "2020-01-01")) == []
    assert lire_csv(production.reussir("api", *par, "--csv", "--dossier", str(uuid4()))) == []
    assert "administrer" in production.reussir("api", *par, "--organisation", "93-rt", "--finalite", "CONTROLE")


def test_l_export_du_journal_n_a_pas_de_plafond(production: Production, compter: Callable[[str, int], None]) -> None:
    with production.ouvrir("api-url") as api:
        api.execute(
            "INSERT INTO journal (flux, organisation, agent, role, finalite, action, groupes_montres, groupes_retenus,"
            " revision_politique, issue, motif, trace) SELECT 'securite', '=2+3', 'n' || n, 'R', 'F', 'lire',"
            " '{F01,F02a}', '{}', '', 'autorise', '', '' FROM generate_series(1, %s) AS n",
            [JOURNAL_GARNI],
        )
        lignes = lire_csv(
            production.reussir(
                "api", "journal", "--par", "93-dpo/camille", "--csv", "--finalite", "F", "--du", "2020-01-01"
            )
        )
        attendues = [p for (p,) in api.execute("SELECT position FROM journal WHERE finalite = 'F' ORDER BY 1 DESC")]
    assert [int(ligne["position"]) for ligne in lignes] == attendues
    assert len(lignes) == JOURNAL_GARNI
    assert {(ligne["organisation"], ligne["groupes_montres"]) for ligne in lignes} == {("'=2+3", "F01 F02a")}
    compter("lignes du journal exportées d'un trait", len(lignes))


@pytest.mark.parametrize(
    ("par", "dit"),
    [
        ("93-rt/agent-2", "finalité"),
        ("93-dpo/personne", "habilit"),
        ("93-inconnu/camille", "« unefois partenaires »"),
        ("camille", "« dpo93/camille »"),
    ],
)
def test_le_journal_n_est_pas_a_tout_le_monde(production: Production, par: str, dit: str) -> None:
    with production.ouvrir("api-url") as api:
        refus = "SELECT count(*) FROM journal WHERE issue = 'refuse' AND action = 'auditer'"
        [avant] = api.execute(refus).fetchone() or (0,)
        fini = production.lancer("api", "journal", "--par", par, "--csv")
        [apres] = api.execute(refus).fetchone() or (0,)
    assert fini.returncode == 1
    assert fini.stdout == ""
    assert dit in fini.stderr
    assert apres - avant == ("/" in par)


async def test_un_effacement_s_execute_par_une_seconde_personne_et_une_fois(production: Production) -> None:
    async with production.ledger() as ledger:
        dossier, a, b = await un_couple(ledger)
        decision = await un_effacement_decide(ledger, dossier, a)

        assert production.cles(a) > 0
        effaces = len(await ledger.keys.tombes())
        par = ("cles", "effacer", "--par")
        for qui, quelle, dit in (
            ("93-rt/agent-2", str(uuid4()), "Aucune décision"),
            ("93-rt/agent-2", "pas-un-numéro", "UUID"),
            ("93-rt/agent-3", str(decision), "habilit"),
            ("93-dpo/camille", str(decision), "finalité"),
        ):
            assert dit in production.etre_refuse("api", *par, qui, "--decision", quelle)
        production.reussir("registre", "habilitations", "--par", PAR, "accorder", "93-rt", "agent-rt", "--finalite",
                           "DROITS_PERSONNE")  # fmt: skip
        meme = production.etre_refuse("api", *par, "93-rt/agent-rt", "--decision", str(decision))
        assert "autre personne" in meme
        assert production.cles(a) > 0

        fait = production.reussir("api", *par, "93-rt/agent-2", entree=f"{decision}\n")
        assert f"effacée du dossier {dossier}" in fait
        assert production.cles(a) == 0
        assert production.cles(b) > 0
        assert "Aucune décision d'effacement en attente" in production.etre_refuse(
            "api", *par, "93-rt/agent-2", "--decision", str(decision)
        )
        etat = production.reussir("api", "cles", "etat")
        assert re.search(r"^S1 : [1-9]\d* clé\(s\)$", etat, re.MULTILINE)
        assert f"sujets effacés : {effaces + 1}\n" in etat
        with production.ouvrir("api-url") as api:
            lignes: list[Any] = api.execute(
                "SELECT organisation, agent, issue, motif FROM journal WHERE dossier = %s AND organisation = '93-rt'"
                " ORDER BY position", [dossier]
            ).fetchall()  # fmt: skip
        assert ("93-rt", "agent-2", "autorise", "") in lignes
        assert ("93-rt", "agent-rt", "refuse", "meme_personne") in lignes


def sauvegarder(production: Production, secret: str, base: str, fichier: Path) -> None:
    """What an administrator does: one dump of one database."""
    pg_dump = binaires_disponibles()[0].bin / "pg_dump"
    adresse = psycopg.conninfo.make_conninfo(production.url(secret), dbname=base)
    subprocess.run([pg_dump, "--format=custom", f"--file={fichier}", adresse], check=True)


def restaurer(production: Production, secret: str, fichier: Path) -> None:
    """In the place of the database that stands, its owner and its rights included."""
    pg_restore = binaires_disponibles()[0].bin / "pg_restore"
    adresse = psycopg.conninfo.make_conninfo(production.url(secret), dbname="postgres")
    remplacer = ("--clean", "--if-exists", "--create", "--exit-on-error")
    subprocess.run([pg_restore, *remplacer, "-d", adresse, fichier], check=True)


async def test_une_sauvegarde_restauree_n_annule_aucun_effacement(production: Production, tmp_path: Path) -> None:
    """Of either database, from before the erasure, while the other knows of it: the next start erases again."""
    places = {"base-url": "unefois", "cles-url": "unefois_cles"}
    async with production.ledger() as ledger:
        dossier, a, b = await un_couple(ledger, "GUEYE", "3523902548")  # nobody who was erased before
        decision = await un_effacement_decide(ledger, dossier, a)
        for secret, base in places.items():
            sauvegarder(production, secret, base, tmp_path / base)
    production.reussir("api", "cles", "effacer", "--par", "93-rt/agent-2", "--decision", str(decision))
    assert production.cles(a) == 0

    restaurer(production, "cles-url", tmp_path / "unefois_cles")
    assert production.cles(a) > 0
    lire = ("journal", "--par", "93-dpo/camille")  # any command that opens the record
    production.reussir("api", *lire)
    assert production.cles(a) == 0
    assert production.cles(b) > 0

    restaurer(production, "base-url", tmp_path / "unefois")
    effacee = "SELECT count(*) FROM dossiers_events WHERE originator_id = %s AND topic = 'unefois:PersonneEffacee'"
    with production.ouvrir("api-url") as api:
        assert api.execute(effacee, [dossier]).fetchone() == (0,)
        production.reussir("api", *lire)
        assert api.execute(effacee, [dossier]).fetchone() == (1,)
        assert api.execute("SELECT count(*) FROM index_aveugle WHERE sujet = %s", [a]).fetchone() == (0,)
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            api.execute("DELETE FROM dossiers_events")
    assert production.cles(b) > 0
