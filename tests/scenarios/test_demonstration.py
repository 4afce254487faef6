"""The demonstration, as a person starts it: it serves, each sees another truth, Ctrl-C leaves nothing behind."""

import base64
import contextlib
import hashlib
import hmac
import http.client
import http.server
import json
import os
import queue
import re
import secrets
import shlex
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest

from adapters.commande.unefois import main

RACINE = Path(__file__).parents[2]
SIRET_BAILLEUR = "90000100100016"
"""OPH FICTIF 1's."""


@dataclass(frozen=True)
class Demo:
    """A running demonstration: its port, what it keeps for each agent, its process, all that it printed.

    ``jetons`` are machines' tokens, ``identites`` what proves that the agent signed in at its partner's software;
    ``exemple`` is the case that it shows.
    """

    port: int
    jetons: dict[str, str]
    identites: dict[str, str]
    processus: subprocess.Popen[str]
    donnees: Path
    exemple: str
    annonce: str

    def personnel(self, agent: str) -> str:
        """The token bound to the agent, against its machine's and what proves that the agent signed in."""
        urn = "urn:ietf:params:oauth"
        demande = {
            "grant_type": f"{urn}:grant-type:token-exchange",
            "subject_token": self.identites[agent],
            "subject_token_type": f"{urn}:token-type:id_token",
            "actor_token": self.jetons[agent],
            "actor_token_type": f"{urn}:token-type:access_token",
        }
        with contextlib.closing(http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)) as connexion:
            connexion.request("POST", "/demo/jeton", urlencode(demande))
            recu = json.loads(connexion.getresponse().read())
        jeton: str = recu["access_token"]
        return jeton

    def lire(self, agent: str, finalite: str, chemin: str, **entetes: str) -> tuple[int, bytes]:
        identite = {"Authorization": f"Bearer {self.personnel(agent)}", "Finalite": finalite}
        with contextlib.closing(http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)) as connexion:
            connexion.request("GET", chemin, headers=identite | entetes)
            reponse = connexion.getresponse()
            return reponse.status, reponse.read()

    def ecrire(self, agent: str, finalite: str, chemin: str, corps: Any) -> Any:
        entetes = {"Authorization": f"Bearer {self.personnel(agent)}", "Finalite": finalite}
        entetes["Idempotency-Key"] = secrets.token_hex(8)
        with contextlib.closing(http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)) as connexion:
            connexion.request("POST", chemin, json.dumps(corps), entetes)
            reponse = connexion.getresponse()
            lu = reponse.read()
            assert reponse.status == http.client.CREATED, lu
            return json.loads(lu)

    def document(self, agent: str, finalite: str, chemin: str, **entetes: str) -> Any:
        statut, corps = self.lire(agent, finalite, chemin, **entetes)
        assert statut == http.client.OK, corps
        return json.loads(corps)


def _port_libre() -> int:
    with socket.socket() as prise:
        prise.bind(("127.0.0.1", 0))
        port: int = prise.getsockname()[1]
        return port


def _processus_de(donnees: Path) -> list[str]:
    trouves = []
    for processus in Path("/proc").glob("[0-9]*"):
        try:
            etat = (processus / "stat").read_text().rpartition(")")[2].split()[0]
            texte = ((processus / "cmdline").read_bytes() + (processus / "environ").read_bytes()).decode()
        except OSError:
            continue
        if etat == "Z" or processus.name == str(os.getpid()):
            continue
        if str(donnees) in texte:
            trouves.append(processus.name)
    return trouves


@contextlib.contextmanager
def demarrer(donnees: Path) -> Iterator[Demo]:
    port = _port_libre()
    environ = {k: v for k, v in os.environ.items() if not k.startswith("UNEFOIS_")}
    processus = subprocess.Popen(
        [sys.executable, "-m", "adapters.commande.unefois", "demo"],
        cwd=RACINE,
        env=environ | {"UNEFOIS_DATA": str(donnees), "UNEFOIS_PORT": str(port)},
        stdout=subprocess.PIPE,
        text=True,
    )
    assert processus.stdout is not None
    try:
        annonce = ""
        for ligne in processus.stdout:
            annonce += ligne
            if ligne.startswith("Ctrl-C"):
                break
        gardes = dict(re.findall(r"^(\w+)=(\S+)$", (donnees / "demo.env").read_text(encoding="utf-8"), re.MULTILINE))
        jetons, identites = (
            {n.removeprefix(debut).lower().replace("_", "-"): dit for n, dit in gardes.items() if n.startswith(debut)}
            for debut in ("JETON_", "IDENTITE_")
        )
        assert len(jetons) == len(identites) >= 10, gardes.keys()
        yield Demo(port, jetons, identites, processus, donnees, gardes["EXEMPLE"], annonce)
    finally:
        if processus.poll() is None:
            processus.send_signal(signal.SIGINT)
        processus.wait(timeout=60)
        processus.stdout.close()


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    with demarrer(tmp_path_factory.mktemp("demo")) as servie:
        yield servie


def test_le_registre_se_tient_sur_un_port_voisin_par_un_processus_a_part(demo: Demo) -> None:
    """From the page that says who sees what, to a session of the registry's administrator; none at the API's."""

    def demander(port: int, chemin: str, **entetes: str) -> tuple[int, str, str]:
        with contextlib.closing(http.client.HTTPConnection("127.0.0.1", port, timeout=30)) as connexion:
            connexion.request("GET", chemin, headers=entetes)
            reponse = connexion.getresponse()
            return reponse.status, reponse.read().decode(), reponse.getheader("set-cookie") or ""

    _, page, _ = demander(demo.port, "/qui-voit-quoi")
    [port] = re.findall(r'href="http://127\.0\.0\.1:(\d+)/connexion"', page)
    assert "Administratrice du registre" in page
    _, entrees, _ = demander(int(port), "/connexion")
    liens = re.findall(r'href="(/demo/entrer/[^"]+)"', entrees)
    assert len(liens) == 2
    assert demander(demo.port, liens[0])[0] == http.client.UNAUTHORIZED
    statut, _, cookie = demander(int(port), liens[0])
    assert statut == http.client.SEE_OTHER
    session = {"Cookie": cookie.partition(";")[0]}
    statut, accueil, _ = demander(int(port), "/", **session)
    assert (statut, "Le registre aujourd&#39;hui" in accueil or "Le registre aujourd'hui" in accueil) == (200, True)
    assert demander(int(port), "/partenaires/caf93", **session)[0] == http.client.OK
    assert demander(demo.port, "/bureau", **session)[0] == http.client.SEE_OTHER
    [processus] = [p for p in _processus_de(demo.donnees) if b"\0intendance" in Path(f"/proc/{p}/cmdline").read_bytes()]
    assert int(processus) != demo.processus.pid


def test_the_terminal_says_in_five_lines_where_to_begin(demo: Demo) -> None:
    lignes = demo.annonce.splitlines()
    assert len(lignes) == 5
    for ligne, dite in zip(
        lignes,
        (
            f"http://127.0.0.1:{demo.port} ",
            f"http://127.0.0.1:{demo.port}/qui-voit-quoi",
            f"instructrice de la CCAPEX, par un lien qui sert une fois : http://127.0.0.1:{demo.port}/demo/entrer/",
            str(demo.donnees / "demo.env"),
            "Ctrl-C",
        ),
        strict=True,
    ):
        assert dite in ligne
    assert max(map(len, lignes)) < 160
    assert not any(jeton in demo.annonce for jeton in demo.jetons.values())


SANS_LECTURE = {"gerant": 404}
"""Whom the command of ``demo.env`` shows that it does not know of the case."""


def test_each_command_of_the_file_of_tokens_is_answered(demo: Demo, outil: Callable[[str], Path]) -> None:
    """As a person would try them: by the shell, once the file is read."""
    fichier = demo.donnees / "demo.env"
    commandes = [ligne[2:] for ligne in fichier.read_text(encoding="utf-8").splitlines() if "# curl" in ligne]
    statuts = {}
    for commande in commandes:
        lue = subprocess.run(
            [outil("sh"), "-c", f". {fichier}; {commande} -o {os.devnull} -w '%{{http_code}}'"],
            capture_output=True, check=True, text=True, env={"PATH": str(outil("curl").parent)},
        )  # fmt: skip
        [agent] = re.findall(r"Agent: ([\w-]+)", commande)
        statuts[agent] = int(lue.stdout)
    assert statuts == {agent: SANS_LECTURE.get(agent, 200) for agent in demo.jetons}


def test_each_reader_sees_another_truth_about_the_same_household(demo: Demo) -> None:
    page = demo.document(
        "instructrice-ccapex", "CCAPEX_ADMINISTRATIVE", "/v1/vues/ccapex", Prefer="wait=10", Position="1"
    )
    for _ in range(50):
        if page["dossiers"]:
            break
        page = demo.document(
            "instructrice-ccapex", "CCAPEX_ADMINISTRATIVE", "/v1/vues/ccapex", Prefer="wait=10", Position="1"
        )
    siens = [d for d in page["dossiers"] if d["bailleur_siret"] == SIRET_BAILLEUR]
    dossier = siens[0]["dossier"]
    instructrice = demo.document("instructrice-ccapex", "CCAPEX_ADMINISTRATIVE", f"/v1/vues/ccapex/{dossier}")
    assert {g["groupe"] for g in instructrice["communique"]} >= {"F01", "F05", "F08"}
    assert "F12" in {g["groupe"] for g in instructrice["non_communique"]}
    assert all(g["motif"] for g in instructrice["non_communique"])
    statut, _ = demo.lire("gerant", "ACTE_RECEPTION", f"/v1/dossiers/{dossier}")
    inconnu, _ = demo.lire("gerant", "ACTE_RECEPTION", "/v1/dossiers/0199f1e2-7b1a-7000-8000-000000000001")
    assert inconnu == http.client.NOT_FOUND
    assert statut in (http.client.OK, http.client.NOT_FOUND)


def test_each_look_is_in_the_journal_that_the_dpo_reads(demo: Demo) -> None:
    statut, _ = demo.lire("gerant", "ACTE_RECEPTION", "/v1/dossiers/0199f1e2-7b1a-7000-8000-000000000002")
    assert statut == http.client.NOT_FOUND
    lignes = demo.document("dpo", "CONTROLE", "/v1/journal")["lignes"]
    assert [ligne for ligne in lignes if ligne["agent"] == "gerant" and ligne["issue"] == "refuse"]
    refus, _ = demo.lire("gerant", "ACTE_RECEPTION", "/v1/journal")
    assert refus == http.client.FORBIDDEN


class Receiver(http.server.BaseHTTPRequestHandler):
    """Takes what a subscription brings."""

    brought: queue.Queue[tuple[Any, bytes]] = queue.Queue()

    def do_POST(self) -> None:
        self.brought.put((self.headers, self.rfile.read(int(self.headers["content-length"]))))
        self.send_response(204)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


def test_what_changes_is_brought_to_who_subscribes(demo: Demo) -> None:
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Receiver) as receveur:
        threading.Thread(target=receveur.serve_forever, daemon=True).start()
        url = f"http://127.0.0.1:{receveur.server_address[1]}/"
        secret = demo.ecrire("gestionnaire-contentieux", "ACTE_EMISSION", "/v1/abonnements", {"url": url})["secret"]
        dette = {"type": "DetteDeclaree", "survenu_le": "2026-10-15"}
        dette["donnees"] = {"montant": 123456, "arretee_au": "2026-10-15"}  # type: ignore[assignment]  # JSON
        chemin = f"/v1/dossiers/{demo.exemple}/interventions"
        demo.ecrire("gestionnaire-contentieux", "ACTE_EMISSION", chemin, {"evenements": [dette]})
        entetes, corps = Receiver.brought.get(timeout=60)
        receveur.shutdown()
    assert {e["data"]["dossier"] for e in json.loads(corps)} == {demo.exemple}
    signe = b".".join([entetes["webhook-id"].encode(), entetes["webhook-timestamp"].encode(), corps])
    cle = base64.b64decode(secret.removeprefix("whsec_"))
    bonne = base64.b64encode(hmac.digest(cle, signe, hashlib.sha256)).decode()
    assert entetes["webhook-signature"] == f"v1,{bonne}"


def test_the_conformance_kit_has_nothing_to_say(demo: Demo, capsys: pytest.CaptureFixture[str]) -> None:
    """By the commands of its page: dry, the rules that write are left; then each is tried."""
    page = (RACINE / "docs" / "conformite.md").read_text(encoding="utf-8").replace("\\\n", "")
    commandes = [shlex.split(ligne) for ligne in page.splitlines() if ligne.startswith("unefois conformite")]
    ecarts = []
    for _, *arguments in commandes:
        places = {"$UNEFOIS": f"http://127.0.0.1:{demo.port}", ".unefois/demo.env": str(demo.donnees / "demo.env")}
        statut = main([places.get(argument, argument) for argument in arguments])
        lignes = capsys.readouterr().out.splitlines()[:-1]
        assert len(lignes) > 60
        ecarts.append((statut, [ligne for ligne in lignes if not ligne.endswith(" : tenue")]))
    (a_blanc, laissees), (en_ecrivant, manquees) = ecarts
    assert (en_ecrivant, manquees) == (0, [])
    assert a_blanc == 0
    assert [ligne for ligne in laissees if not re.search("--(ecrire|etranger|personne)$", ligne)] == []


def test_ctrl_c_leaves_no_process(tmp_path: Path) -> None:
    with demarrer(tmp_path) as demo:
        assert _processus_de(demo.donnees)
        demo.processus.send_signal(signal.SIGINT)
        demo.processus.wait(timeout=60)
        assert _processus_de(demo.donnees) == []
