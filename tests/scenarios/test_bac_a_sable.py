"""A sandbox, served from a cluster of its own: its clients, its shut doors, its nights.

Time is simulated: the clock that tells when the night's reset is, is ours.
"""

import asyncio
import base64
import contextlib
import hashlib
import http.client
import json
import secrets
import threading
import time
from collections.abc import Callable, Coroutine, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final, TypeVar

import httpx2 as httpx
import pytest
from joserfc import jwt
from joserfc.jwk import ECKey, OKPKey
from starlette.applications import Starlette
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from adapters.commande.unefois import main
from adapters.demo import adresses
from adapters.demo.bac_a_sable import BacASable, clients_de, prochaine
from adapters.demo.clients import ClientRefuse, Clients, detacher, rattacher
from adapters.demo.demarrage import BAC, CLES, DemoSeulement, demontrer
from adapters.demo.relais import REMISE, Relais
from adapters.demo.situations import SITUATIONS
from adapters.gate.budget import Budget
from adapters.gate.parts import PartPrise
from adapters.identite.demo import ASSERTION, EmetteurDemo, Machine
from adapters.mots import libelles
from adapters.rest.presentation import Abord
from adapters.service.cluster import ouvrir_serveur
from adapters.service.settings import Settings
from adapters.service.wiring import Adresses, preparer_bases
from ledger.droit.jours import PARIS, aujourd_hui

MENAGES: Final = 40
"""Enough for each situation, and told in seconds."""
BASE: Final = "http://127.0.0.1:8093"
OPH, SSD = "oph-fictif-1-contentieux", "cd93-ssd-saint-denis"
MIDI: Final = datetime(2026, 11, 26, 11, tzinfo=UTC)
OUVERTURES: Final = 3
DEMANDES: Final = 80
T = TypeVar("T")


@dataclass
class Ouvert:
    """A sandbox under our clock, on a loop of its own. ``minute``: the clock of the budget, in seconds."""

    settings: Settings
    admin: str
    maintenant: datetime = MIDI
    minute: float = 0.0

    def __post_init__(self) -> None:
        self.boucle = asyncio.new_event_loop()
        self._fil = threading.Thread(target=self.boucle.run_forever)
        self._fil.start()

    def run(self, suite: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(suite, self.boucle).result(120)

    def demarrer(self) -> None:
        self.run(self._demarrer())

    async def _demarrer(self) -> None:
        self.bac = BacASable(
            self.settings,
            self.admin,
            4,
            menages=MENAGES,
            budget=lambda: Budget(DEMANDES, OUVERTURES, lambda: self.minute),
            horloge=lambda: self.maintenant,
            pas=0.05,
        )
        pret = asyncio.Event()
        self.tenue = asyncio.create_task(self.bac.tenir(pret.set))
        attente = asyncio.create_task(pret.wait())
        await asyncio.wait({self.tenue, attente}, return_when=asyncio.FIRST_COMPLETED)
        attente.cancel()
        if self.tenue.done():
            self.tenue.result()

    def arreter(self) -> None:
        async def fin() -> None:
            self.tenue.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self.tenue

        self.run(fin())

    def fermer(self) -> None:
        self.arreter()
        self.boucle.call_soon_threadsafe(self.boucle.stop)
        self._fil.join()
        self.boucle.close()

    def appeler(self, methode: str, chemin: str, **plus: Any) -> httpx.Response:
        async def une() -> httpx.Response:
            transport = httpx.ASGITransport(self.bac.relais)
            async with httpx.AsyncClient(transport=transport, base_url=BASE, timeout=30) as client:
                return await client.request(methode, chemin, **plus)

        return self.run(une())

    def client(self, nom: str, partenaire: str) -> "Client":
        """A client that is inscribed while the sandbox serves, as the command line does it."""
        clients = clients_de(self.settings)
        privee = clients.inscrire(nom, partenaire, None)
        assert privee is not None
        rattacher(self.registre, self.settings.schema, clients)
        return Client(nom, ECKey.import_key(privee), self)

    @property
    def registre(self) -> str:
        url = preparer_bases(self.settings, self.admin).registre
        assert url is not None
        return url

    def menages(self) -> dict[str, dict[str, Any]]:
        return {m["situation"]: m for m in self.appeler("GET", adresses.JSON).json()["menages"]}

    def nuit(self) -> None:
        """The next reset's hour comes, and goes."""
        faites = self.bac.remises
        self.maintenant = prochaine(self.maintenant, 4)
        limite = time.monotonic() + 120
        while self.bac.remises == faites or self.appeler("GET", "/pret").status_code != http.client.OK:
            assert time.monotonic() < limite
            time.sleep(0.05)


@dataclass
class Client:
    """A partner's software: its name, its key, the sandbox that it calls, its token."""

    nom: str
    cle: ECKey
    ouvert: Ouvert
    jeton: str = ""

    def preuve(self, methode: str, chemin: str, jeton: str = "") -> str:
        dits: dict[str, Any] = {"htm": methode, "htu": BASE + chemin, "jti": secrets.token_hex(8)}
        dits["iat"] = int(time.time())
        if jeton:
            dits["ath"] = base64.urlsafe_b64encode(hashlib.sha256(jeton.encode()).digest()).rstrip(b"=").decode()
        entete = {"alg": "ES256", "typ": "dpop+jwt", "jwk": self.cle.as_dict(private=False)}
        return jwt.encode(entete, dits, self.cle, algorithms=["ES256"])

    def assertion(self, **change: Any) -> str:
        dits = {"iss": self.nom, "sub": self.nom, "aud": BASE + adresses.JETON, "exp": int(time.time()) + 50}
        return jwt.encode(
            {"alg": "ES256"}, dits | {"jti": secrets.token_hex(8)} | change, self.cle, algorithms=["ES256"]
        )

    def demander(self, **champs: str | None) -> httpx.Response:
        demande = {
            "grant_type": "client_credentials",
            "client_assertion_type": ASSERTION,
            "client_assertion": self.assertion(),
            **champs,
        }
        donnees = {nom: valeur for nom, valeur in demande.items() if valeur is not None}
        entetes = {"DPoP": self.preuve("POST", adresses.JETON)}
        return self.ouvert.appeler("POST", adresses.JETON, data=donnees, headers=entetes)

    def entrer(self, **champs: str) -> "Client":
        recu = self.demander(**champs)
        assert recu.status_code == http.client.OK, recu.text
        self.jeton = recu.json()["access_token"]
        return self

    def appeler(self, methode: str, chemin: str, finalite: str, agent: str = "", **plus: Any) -> httpx.Response:
        entetes = {
            "Authorization": f"DPoP {self.jeton}",
            "DPoP": self.preuve(methode, chemin.partition("?")[0], self.jeton),
            "Finalite": finalite,
            "Idempotency-Key": secrets.token_hex(8),
        }
        if agent:
            entetes["Agent"] = agent
        return self.ouvert.appeler(methode, chemin, headers=entetes, **plus)

    def lire(self, dossier: str, agent: str = "gestionnaire-contentieux") -> httpx.Response:
        return self.appeler("GET", f"/v1/dossiers/{dossier}", "ACTE_EMISSION", agent)

    def ouvrir(self, nom: str) -> httpx.Response:
        agent = "gestionnaire-contentieux"
        return self.appeler("POST", "/v1/dossiers", "ACTE_EMISSION", agent, json=ouverture(nom))


def ouverture(nom: str) -> dict[str, Any]:
    return {
        "survenu_le": "2026-09-01",
        "logement": {"parc": "SOCIAL", "commune": "93066", "bailleur_siret": "90000100100016", "loyer": 50_000},
        "titulaire": {"nom": nom, "prenoms": "Essai", "date_naissance": "1980-01-01"},
    }


@contextlib.contextmanager
def ouvrir_un_bac(repertoire: Path) -> Iterator[Ouvert]:
    settings = Settings.lire({"UNEFOIS_DATA": str(repertoire)}, ouverte=True)
    with ouvrir_serveur(None, repertoire, durable=False) as admin:
        bac = Ouvert(settings, admin)
        try:
            bac.demarrer()
            yield bac
        finally:
            bac.fermer()


@pytest.fixture(scope="module")
def ouvert(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ouvert]:
    with ouvrir_un_bac(tmp_path_factory.mktemp("bac")) as bac:
        yield bac


@pytest.fixture(scope="module")
def bailleur(ouvert: Ouvert) -> Client:
    return ouvert.client("editeur-a", OPH).entrer()


@pytest.fixture
def a_part(tmp_path: Path) -> Iterator[tuple[Ouvert, Client]]:
    """Another sandbox, whose clock moves, and a client of it."""
    with ouvrir_un_bac(tmp_path) as bac:
        yield bac, bac.client("editeur-a", OPH).entrer()


def test_it_says_what_it_is_and_when_it_forgets(ouvert: Ouvert) -> None:
    dit = ouvert.appeler("GET", adresses.JSON)
    assert dit.json()["prochaine_remise_a_zero"] == dit.headers[REMISE] == "2026-11-27T04:00:00+01:00"
    assert "Tout est fictif ici" in dit.json()["avertissement"]
    assert dit.json()["limites"] == {"demandes_par_minute": DEMANDES, "ouvertures_par_jour": OUVERTURES}
    page = ouvert.appeler("GET", adresses.PAGE)
    assert libelles.instant(dit.headers[REMISE]) in page.text
    assert "n&#39;y saisissez ni ménage" in page.text
    assert ouvert.appeler("GET", "/").headers["location"] == adresses.PAGE
    for chemin in ("/pret", "/erreurs", "/v1/erreurs", "/nulle/part"):
        assert ouvert.appeler("GET", chemin).headers[REMISE] == dit.headers[REMISE], chemin


def test_there_is_a_household_for_each_situation(ouvert: Ouvert, compter: Callable[[str, int], None]) -> None:
    menages = ouvert.menages()
    assert list(menages) == [s.code for s in SITUATIONS]
    page = ouvert.appeler("GET", adresses.PAGE).text
    for menage in menages.values():
        assert len(menage["vus"]) == 15
        assert {vu["statut"] for vu in menage["vus"]} & {200}
        assert menage["dossier"] in page
    assert len({m["dossier"] for m in menages.values()}) == len(menages) - 2, "three of them are the example's"
    vus = {(code, vu["agent"]): vu for code, m in menages.items() for vu in m["vus"]}
    assert "F12" in vus["secret-professionnel", "assistante-sociale"]["communique"]
    for agent in ("gestionnaire-contentieux", "cheffe-de-bureau", "conseiller-caf"):
        assert "F12" not in vus["secret-professionnel", agent]["communique"], agent
    assert vus["opposition", "assistante-sociale"]["statut"] == http.client.FORBIDDEN
    assert vus["hors-portee", "gestionnaire-contentieux"]["statut"] == http.client.NOT_FOUND
    compter("situations d'un bac à sable", len(menages))


def test_the_catalogue_says_what_a_client_reads(ouvert: Ouvert) -> None:
    bailleur = ouvert.client("editeur-c", OPH).entrer(agent="gestionnaire-contentieux")
    for menage in ouvert.menages().values():
        [dit] = [vu for vu in menage["vus"] if vu["agent"] == "gestionnaire-contentieux"]
        lu = bailleur.lire(menage["dossier"])
        assert lu.status_code == dit["statut"], menage["situation"]
        if dit["statut"] == http.client.OK:
            assert [g["groupe"] for g in lu.json()["communique"]] == dit["communique"], menage["situation"]


def test_two_declarants_disagree_and_one_person_is_erased(ouvert: Ouvert) -> None:
    menages = ouvert.menages()
    instructrice = ouvert.client("ccapex", "drihl93-ccapex").entrer(agent="instructrice-ccapex")
    chemin = f"/v1/vues/ccapex/{menages['declarants-contradictoires']['dossier']}"
    faits = instructrice.appeler("GET", chemin, "CCAPEX_INSTRUCTION").json()["faits"]
    dettes = {f["auteur"]["organisation"]: f["champs"]["montant"] for f in faits if f["type"] == "DetteDeclaree"}
    assert len(set(dettes.values())) > 1
    sociale = ouvert.client("social", SSD).entrer(agent="assistante-sociale")
    chemin = f"/v1/dossiers/{menages['menage-efface']['dossier']}"
    assert any(f["efface"] for f in sociale.appeler("GET", chemin, "ACCOMPAGNEMENT").json()["faits"])
    chemin = f"/v1/dossiers/{menages['secret-professionnel']['dossier']}"
    assert "EvaluationSociale" in sociale.appeler("GET", chemin, "ACCOMPAGNEMENT").text


@pytest.mark.parametrize(
    ("methode", "chemin", "champs"),
    [
        ("GET", "/demo/entrer/{lien}", {}),
        ("POST", "/demo/jeton", {"grant_type": "client_credentials"}),
        ("POST", "/demo/jeton", {"grant_type": "urn:ietf:params:oauth:grant-type:token-exchange"}),
    ],
)
def test_the_open_doors_of_the_demonstration_are_not_there(
    ouvert: Ouvert, methode: str, chemin: str, champs: dict[str, str]
) -> None:
    lien = ouvert.bac.emetteur.lien(OPH, f"si-{OPH}", ["ACTE_EMISSION"], "gestionnaire-contentieux")
    recu = ouvert.appeler(methode, chemin.format(lien=lien), data=champs or None)
    assert recu.status_code == http.client.NOT_FOUND
    assert "set-cookie" not in recu.headers
    page = ouvert.appeler("GET", "/connexion").text
    assert "/demo/" not in page


def test_nobody_gets_a_token_but_by_the_key_of_a_client(ouvert: Ouvert, bailleur: Client) -> None:
    intrus = Client("editeur-a", ECKey.generate_key("P-256"), ouvert)
    inconnu = Client("personne", ECKey.generate_key("P-256"), ouvert)
    deja = bailleur.assertion()
    assert bailleur.demander(client_assertion=deja).status_code == http.client.OK
    essais = {
        "sans assertion": bailleur.demander(client_assertion=None),
        "un secret": bailleur.demander(client_assertion=None, client_id="editeur-a", client_secret="x"),
        "l'assertion d'un autre": intrus.demander(),
        "un client inconnu": inconnu.demander(),
        "un nom qui remonte": Client("../clients/editeur-a", bailleur.cle, ouvert).demander(),
        "un client de l'histoire": Client(f"si-{OPH}", bailleur.cle, ouvert).demander(),
        "deux fois": bailleur.demander(client_assertion=deja),
        "pour ailleurs": bailleur.demander(client_assertion=bailleur.assertion(aud="https://ailleurs.exemple")),
        "un échange": bailleur.demander(grant_type="urn:ietf:params:oauth:grant-type:token-exchange"),
        "sans dire quoi": bailleur.demander(grant_type=None),
    }
    for quoi, recu in essais.items():
        assert recu.status_code == http.client.BAD_REQUEST, quoi
        assert "access_token" not in recu.text, quoi
    assert essais["un échange"].json()["error"] == "unsupported_grant_type"
    assert essais["l'assertion d'un autre"].json()["error"] == "invalid_client"
    sans = {"grant_type": "client_credentials", "client_assertion_type": ASSERTION}
    recu = ouvert.appeler("POST", adresses.JETON, data=sans | {"client_assertion": bailleur.assertion()})
    assert recu.json()["error"] == "invalid_dpop_proof"


def test_a_token_is_good_with_the_key_of_its_client_alone(ouvert: Ouvert, bailleur: Client) -> None:
    dossier = ouvert.menages()["dossier-complet"]["dossier"]
    porteur = {"Finalite": "ACTE_EMISSION", "Agent": "gestionnaire-contentieux"}
    vole = Client("editeur-a", ECKey.generate_key("P-256"), ouvert, bailleur.jeton)
    assert vole.lire(dossier).status_code == http.client.UNAUTHORIZED
    for jeton in (
        bailleur.jeton,
        ouvert.bac.emetteur.jeton(OPH, "editeur-a", ["ACTE_EMISSION"]),  # signed by us, bound to nothing
        EmetteurDemo().jeton(OPH, "editeur-a", ["ACTE_EMISSION"]),  # signed by another demonstration
    ):
        entetes = porteur | {"Authorization": f"Bearer {jeton}"}
        recu = ouvert.appeler("GET", f"/v1/dossiers/{dossier}", headers=entetes)
        assert recu.status_code == http.client.UNAUTHORIZED


def test_a_client_acts_for_its_own_partner_and_no_other(ouvert: Ouvert, bailleur: Client) -> None:
    menages = ouvert.menages()
    for agent in ("assistante-sociale", "instructrice-ccapex", "", "personne"):
        assert bailleur.demander(agent=agent).status_code == http.client.BAD_REQUEST, agent
        if agent:
            recu = bailleur.lire(menages["dossier-complet"]["dossier"], agent)
            assert recu.json()["code"] == "AGENT_INVALIDE", agent
    autre = bailleur.assertion(iss="ccapex-b", sub="ccapex-b")
    ouvert.client("ccapex-b", "drihl93-ccapex")
    assert bailleur.demander(client_assertion=autre).status_code == http.client.BAD_REQUEST
    assert bailleur.demander(organisation="drihl93-ccapex").status_code == http.client.OK
    assert bailleur.appeler("GET", "/v1/moi", "ACTE_EMISSION").json()["organisation"] == OPH
    assert bailleur.lire(menages["hors-portee"]["dossier"]).status_code == http.client.NOT_FOUND
    refuse = bailleur.appeler("GET", "/v1/vues/ccapex", "CCAPEX_INSTRUCTION", "gestionnaire-contentieux")
    assert refuse.status_code == http.client.FORBIDDEN


def test_what_is_brought_does_not_go_to_our_own_network(bailleur: Client) -> None:
    for url in ("http://127.0.0.1:9000/", "https://127.0.0.1:9000/", "https://localhost/", "https://10.0.0.1/"):
        corps = {"url": url}
        recu = bailleur.appeler("POST", "/v1/abonnements", "ACTE_EMISSION", "gestionnaire-contentieux", json=corps)
        assert recu.status_code == http.client.UNPROCESSABLE_ENTITY, url


def test_a_removed_client_is_nobody_at_once(ouvert: Ouvert) -> None:
    parti = ouvert.client("parti", OPH).entrer()
    dossier = ouvert.menages()["dossier-complet"]["dossier"]
    assert parti.lire(dossier).status_code == http.client.OK
    clients_de(ouvert.settings).retirer("parti")
    detacher(ouvert.registre, ouvert.settings.schema, "parti", aujourd_hui())
    assert parti.demander().status_code == http.client.BAD_REQUEST
    limite = time.monotonic() + 10
    while parti.lire(dossier).status_code != http.client.UNAUTHORIZED:
        assert time.monotonic() < limite


def test_clients_and_tokens_outlive_a_restart_and_a_night_and_what_was_told_only_the_restart(
    a_part: tuple[Ouvert, Client],
) -> None:
    ouvert, bailleur = a_part
    avant = ouvert.menages()
    dossier = avant["dossier-complet"]["dossier"]
    vu = bailleur.lire(dossier).content
    neuf = bailleur.ouvrir("Ephemere").json()["dossier"]
    ouvert.arreter()
    ouvert.demarrer()
    assert ouvert.bac.remises == 0
    assert bailleur.lire(neuf).status_code == http.client.OK
    assert bailleur.demander().status_code == http.client.OK
    ouvert.nuit()
    assert ouvert.menages() == avant
    assert bailleur.lire(dossier).content == vu
    assert bailleur.lire(neuf).status_code == http.client.NOT_FOUND
    assert bailleur.demander().status_code == http.client.OK
    assert ouvert.appeler("GET", "/pret").headers[REMISE] == "2026-11-28T04:00:00+01:00"
    # Stopped over the hour, it forgets when it starts again.
    neuf = bailleur.ouvrir("Ephemere").json()["dossier"]
    ouvert.arreter()
    ouvert.maintenant += timedelta(days=2)
    ouvert.demarrer()
    assert bailleur.lire(neuf).status_code == http.client.NOT_FOUND
    assert bailleur.lire(dossier).content == vu


def test_a_reset_that_was_cut_short_is_begun_again(a_part: tuple[Ouvert, Client]) -> None:
    ouvert, bailleur = a_part
    avant = ouvert.menages()
    neuf = bailleur.ouvrir("Ephemere").json()["dossier"]
    ouvert.arreter()
    (ouvert.settings.data / "bac-a-sable" / "remis-le").unlink()
    ouvert.demarrer()
    assert ouvert.bac.remises == 1
    assert ouvert.menages() == avant
    assert bailleur.lire(neuf).status_code == http.client.NOT_FOUND


def test_each_client_has_its_share(a_part: tuple[Ouvert, Client]) -> None:
    ouvert, bailleur = a_part
    autre = ouvert.client("editeur-b", OPH).entrer()
    assert [bailleur.ouvrir(f"Nom{rang}").status_code for rang in range(OUVERTURES)] == [201] * OUVERTURES
    refuse = bailleur.ouvrir("De trop")
    assert (refuse.status_code, refuse.json()["code"]) == (http.client.TOO_MANY_REQUESTS, "trop_d_ouvertures")
    ligne = {"cle": "k-1", **ouverture("De trop aussi")}
    lot = bailleur.appeler(
        "POST", "/v1/interventions/lot", "ACTE_EMISSION", "gestionnaire-contentieux", content=json.dumps(ligne) + "\n"
    )
    assert json.loads(lot.text.splitlines()[0])["code"] == "trop_d_ouvertures", lot.text
    assert autre.ouvrir("Autre").status_code == http.client.CREATED
    statuts = [bailleur.appeler("GET", "/v1/moi", "ACTE_EMISSION").status_code for _ in range(DEMANDES + 1)]
    assert statuts[0] == http.client.OK
    assert statuts[-1] == http.client.TOO_MANY_REQUESTS
    assert autre.appeler("GET", "/v1/moi", "ACTE_EMISSION").status_code == http.client.OK
    ouvert.minute += 60
    assert bailleur.appeler("GET", "/v1/moi", "ACTE_EMISSION").status_code == http.client.OK


def test_a_lot_is_read_and_not_written(ouvert: Ouvert) -> None:
    ccapex = ouvert.client("ccapex-c", "drihl93-ccapex").entrer(agent="instructrice-ccapex")
    ecrit = ccapex.appeler("POST", "/exploc/v1/lots?ecrire=true", "CCAPEX_ADMINISTRATIVE", content=b"x")
    assert (ecrit.status_code, ecrit.json()["code"]) == (http.client.FORBIDDEN, "lot_a_blanc")


def test_the_hour_is_that_of_paris_all_year_round() -> None:
    for maintenant, attendu in (
        ("2026-11-26T02:59:59+00:00", "2026-11-26T04:00:00+01:00"),
        ("2026-11-26T03:00:00+00:00", "2026-11-27T04:00:00+01:00"),
        ("2026-03-28T12:00:00+00:00", "2026-03-29T04:00:00+02:00"),
        ("2026-10-24T12:00:00+00:00", "2026-10-25T04:00:00+01:00"),
    ):
        assert prochaine(datetime.fromisoformat(maintenant), 4).isoformat() == attendu
    # The hour that comes twice is come to once.
    deux = prochaine(datetime(2026, 10, 24, 12, tzinfo=PARIS), 2)
    assert prochaine(deux, 2).isoformat() == "2026-10-26T02:00:00+01:00"


async def test_who_is_being_answered_is_answered_and_nobody_else_in_between() -> None:
    entree, sortie = asyncio.Event(), asyncio.Event()

    async def lente(_: Scope, __: Receive, send: Send) -> None:
        entree.set()
        await sortie.wait()
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"fini"})

    relais = Relais()
    relais.brancher(lente, MIDI)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(relais), base_url=BASE) as client:
        premiere = asyncio.create_task(client.get("/v1/moi"))
        await entree.wait()
        fin = asyncio.create_task(relais.debrancher())
        await asyncio.sleep(0)
        assert not fin.done()
        entre = await client.get("/v1/moi")
        assert (entre.status_code, entre.headers["retry-after"]) == (http.client.SERVICE_UNAVAILABLE, "30")
        assert entre.json()["code"] == "remise_a_zero"
        assert (await client.get("/vivant")).status_code == http.client.OK
        sortie.set()
        assert (await premiere).text == "fini"
        await fin
        entree.clear()
        sortie.clear()
        relais.brancher(lente, MIDI)
        trop_lente = asyncio.create_task(client.get("/v1/moi"))
        await entree.wait()
        await relais.debrancher(0.01)
        sortie.set()
        await trop_lente


def test_a_budget_is_counted_per_client() -> None:
    heure = [0.0]
    budget = Budget(2, 1, lambda: heure[0])
    budget.demander("a")
    budget.demander("a")
    with pytest.raises(PartPrise, match="plus de 2 demandes"):
        budget.demander("a")
    budget.demander("b")
    heure[0] = 30.0
    budget.demander("a")
    with pytest.raises(PartPrise):
        budget.demander("a")
    budget.ouvrir("a")
    with pytest.raises(PartPrise, match="ses 1 dossiers"):
        budget.ouvrir("a")
    budget.ouvrir("b")


def test_clients_are_named_and_bounded(tmp_path: Path) -> None:
    clients = Clients(tmp_path / "clients")
    privee = clients.inscrire("un", OPH, None)
    assert privee is not None
    assert "d" in privee
    assert privee["d"] not in "".join(f.read_text() for f in (tmp_path / "clients").iterdir())
    assert {f.stat().st_mode & 0o777 for f in (tmp_path / "clients").iterdir()} == {0o600}
    for nom, partenaire in (("un", OPH), ("Deux", OPH), ("../x", OPH), ("si-x", OPH), ("deux", "personne")):
        with pytest.raises(ClientRefuse):
            clients.inscrire(nom, partenaire, None)
    for contenu in (b"{}", b"x", OKPKey.generate_key("Ed25519").as_pem()):
        (tmp_path / "cle").write_bytes(contenu)
        with pytest.raises(ClientRefuse, match="P-256"):
            clients.inscrire("deux", OPH, tmp_path / "cle")
    assert list(clients) == ["un"]
    with pytest.raises(ClientRefuse):
        clients.retirer("deux")


async def test_a_directory_is_a_demonstration_s_or_a_sandbox_s(tmp_path: Path) -> None:
    (tmp_path / CLES).mkdir()
    with pytest.raises(DemoSeulement, match="UNEFOIS_DATA à part"):
        BacASable(Settings.lire({"UNEFOIS_DATA": str(tmp_path)}, ouverte=True), "")
    (tmp_path / BAC).mkdir()
    with pytest.raises(DemoSeulement, match="autre UNEFOIS_DATA"):
        await demontrer(Settings.lire({"UNEFOIS_DATA": str(tmp_path)}), Adresses(None, None, "", None))


def test_the_operator_keeps_the_clients_while_it_serves(
    ouvert: Ouvert, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("UNEFOIS_DATA", str(ouvert.settings.data))
    assert main(["bac-a-sable", "inscrire", "editeur-z", "--partenaire", OPH]) == 0
    privee = json.loads(capsys.readouterr().out)
    client = Client("editeur-z", ECKey.import_key(privee), ouvert).entrer()
    dossier = ouvert.menages()["dossier-complet"]["dossier"]
    assert client.lire(dossier).status_code == http.client.OK
    assert main(["bac-a-sable", "lister"]) == 0
    liste = capsys.readouterr().out
    assert f"editeur-z {OPH}\n" in liste
    assert privee["d"] not in liste
    cle = ouvert.settings.data / "publique.jwk"
    cle.write_text(json.dumps(ECKey.generate_key("P-256").as_dict(private=False)))
    assert main(["bac-a-sable", "inscrire", "editeur-y", "--partenaire", OPH, "--cle", str(cle)]) == 0
    assert main(["bac-a-sable", "retirer", "editeur-z"]) == 0
    assert capsys.readouterr().out == ""
    assert client.demander().status_code == http.client.BAD_REQUEST
    assert main(["bac-a-sable", "retirer", "editeur-z"]) == 1
    assert "Aucun client de ce nom" in capsys.readouterr().err


async def test_behind_a_proxy_a_token_is_asked_for_at_the_public_address() -> None:
    public = "https://essai.exemple.fr"
    cle = ECKey.generate_key("P-256")
    emetteur = EmetteurDemo(machines={"un": Machine(OPH, ["ACTE_EMISSION"], cle)})
    app = Starlette(routes=[Route(adresses.JETON, adresses.Jetons(emetteur), methods=["POST"])])
    app.state.abord, app.state.gate = Abord(public), None
    maintenant = int(time.time())
    dits = {"iss": "un", "sub": "un", "aud": public + adresses.JETON, "exp": maintenant + 50, "jti": "a"}
    demande = {"grant_type": "client_credentials", "client_assertion_type": ASSERTION}
    demande["client_assertion"] = jwt.encode({"alg": "ES256"}, dits, cle, algorithms=["ES256"])
    preuve = {"htm": "POST", "htu": public + adresses.JETON, "iat": maintenant, "jti": "b"}
    entete = {"alg": "ES256", "typ": "dpop+jwt", "jwk": cle.as_dict(private=False)}
    entetes = {"DPoP": jwt.encode(entete, preuve, cle, algorithms=["ES256"])}
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://essai.exemple.fr") as client:
        recu = await client.post(adresses.JETON, data=demande, headers=entetes)
    assert recu.json()["token_type"] == "DPoP"
