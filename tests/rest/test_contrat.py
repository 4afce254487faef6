"""The routes that are served, the OpenAPI document and the journal agree, call by call."""

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, Final
from uuid import uuid4

import httpx2 as httpx
import jsonschema_rs
import orjson
import psycopg
import pytest
from starlette.routing import Route

from adapters.demo.departement import siret
from adapters.exploc.guichet import ACTES, RECHERCHE, SAISINES
from adapters.registre.administration import administrer, asseoir
from adapters.registre.instantane import Membre
from adapters.rest.contrat import contrat
from adapters.service.routes import ROUTES
from ledger.catalogue import catalogue, champs
from policies import tables
from tests.bases import AUJOURD_HUI, SCHEMA
from tests.exploc.test_actes import ACTE, PROCEDURES, SAISINE
from tests.exploc.test_actes import ETUDES as ETUDE
from tests.fichiers import PDF
from tests.monde import AUTRE_BAILLEUR, FINALITE_USUELLE, PAR, SEANCE, Monde, evenement, ouverture, rpls
from tests.rest.recit import raconter, titulaire
from tests.rest.test_regles import inscrire

TABLES: Final = tables.lire()
PUBLIE: Final = contrat(TABLES, ROUTES)
CONTRAT: Final[dict[str, Any]] = orjson.loads(contrat(TABLES, ROUTES, tuple(catalogue())))
"""The document with every event in it, whoever sends it: what is held to is all of it."""
OPERATIONS: Final = {(m.upper(), chemin) for chemin, ops in CONTRAT["paths"].items() for m in ops}
EXTRAIT: Final = Path(__file__).parents[1] / "exploc" / "lots" / "lot-extrait.csv"
IDENTITE: Final = {"nom": "LEROY", "prenoms": "Fatou", "date_naissance": "1955-04-24"}


@cache
def validateur(schema: bytes) -> Any:
    """A validator for one schema, inside the document that its references point to."""
    return jsonschema_rs.Draft202012Validator(
        {**orjson.loads(schema), "components": CONTRAT["components"]}, validate_formats=True
    )


def verifier(schema: Mapping[str, Any], valeur: object) -> None:
    fautes = [
        f"{list(e.instance_path)} : {e.message}"[:400] for e in validateur(orjson.dumps(schema)).iter_errors(valeur)
    ]
    assert not fautes, fautes


def servies(app: Any) -> Iterator[tuple[str, str]]:
    for route in app.routes:
        assert isinstance(route, Route), route
        yield from ((methode, route.path) for methode in route.methods or () if methode != "HEAD")


@dataclass
class Temoin:
    """Calls the served application; holds each answer to the contract, and counts the rows that it left."""

    monde: Monde
    client: httpx.AsyncClient
    admin: psycopg.Connection
    accordes: set[tuple[str, str]] = field(default_factory=set)
    refuses: set[tuple[str, str]] = field(default_factory=set)
    appels: int = 0

    async def appeler(  # noqa: PLR0913 - what one call is made of, and what it must leave
        self,
        methode: str,
        modele: str,
        qui: tuple[str, str] | None,
        *attendus: int,
        corps: object = None,
        lignes: int = 1,
        agent: str | None = "",
        params: Mapping[str, str] | None = None,
        entetes: Mapping[str, str] | None = None,
        **noms: str,
    ) -> httpx.Response:
        """``qui``: partner and purpose, or nobody. ``lignes``: the rows of the journal that the call must leave."""
        self.appels += 1
        trace = uuid4().hex
        envoyes = {"traceparent": f"00-{trace}-{trace[:16]}-01", "Idempotency-Key": str(uuid4()), **(entetes or {})}
        if qui is not None:
            envoyes |= self.monde.entetes(*qui, agent)
        contenu = corps if corps is None or isinstance(corps, bytes) else orjson.dumps(corps)
        await self.monde.gate.inconnus.verser()  # those before are told: this one is the first of its kind
        reponse = await self.client.request(
            methode, modele.format(**noms), content=contenu, headers=envoyes, params=params
        )
        assert reponse.status_code in attendus, (methode, modele, reponse.status_code, reponse.text[:400])
        assert self.lignes(trace) == lignes, (methode, modele, attendus)
        self.valider(methode, modele, reponse)
        (self.accordes if reponse.status_code < 400 else self.refuses).add((methode, modele))
        return reponse

    def lignes(self, trace: str) -> int:
        """The committed rows of one call: read from outside, over a connection of our own."""
        requete = f"SELECT count(*) FROM {SCHEMA}.journal WHERE trace = %s"  # noqa: S608 - our own schema
        [(nombre,)] = self.admin.execute(requete, [trace]).fetchall()
        return int(nombre)

    def evenements(self) -> int:
        [(nombre,)] = self.admin.execute(f"SELECT count(*) FROM {SCHEMA}.dossiers_events").fetchall()  # noqa: S608 - our own schema
        return int(nombre)

    def valider(self, methode: str, modele: str, reponse: httpx.Response) -> None:
        decrites = CONTRAT["paths"][modele][methode.lower()]["responses"]
        assert str(reponse.status_code) in decrites, (methode, modele, reponse.status_code)
        decrite = decrites[str(reponse.status_code)]
        if "$ref" in decrite:
            decrite = CONTRAT["components"]["responses"][decrite["$ref"].rsplit("/", 1)[1]]
        for nom in decrite.get("headers", ()):
            assert nom in reponse.headers, (modele, nom)
        if "content" not in decrite:
            assert reponse.content == b""
            return
        genre = reponse.headers["content-type"].partition(";")[0]
        schema = decrite["content"][genre]["schema"]
        if genre == "text/csv":
            assert reponse.text.startswith(("position", "num_lot"))
        elif schema.get("format") == "binary":
            assert reponse.content == PDF or (genre == "application/pdf" and reponse.content.startswith(b"%PDF-"))
        elif genre == "application/x-ndjson":
            assert reponse.content.count(b"\n") > 0
            for ligne in reponse.content.splitlines():
                verifier(schema, orjson.loads(ligne))
        else:
            verifier(schema, reponse.json())


@pytest.fixture
def temoin(monde: Monde) -> Iterator[Temoin]:
    """The application as it is served: API, lots and pages on one gate."""
    with psycopg.connect(monde.bases.admin_url, autocommit=True) as admin:
        yield Temoin(monde, monde.client, admin)


async def test_les_routes_servies_sont_celles_du_contrat(temoin: Temoin, compter: Callable[[str, int], None]) -> None:
    app = temoin.monde.app
    montees = list(servies(app))
    api = [r for r in montees if r[1].startswith(("/v1/", "/exploc/"))]
    assert len(api) == len(set(api)) > 15
    assert set(api) == OPERATIONS
    assert ("POST", "/exploc/v1/lots") in OPERATIONS
    publiee = await temoin.client.get("/openapi.json")
    assert publiee.content == PUBLIE
    compter("routes de l'API servies", len(api))
    compter("routes du contrat OpenAPI", len(OPERATIONS))


def test_chaque_route_dit_ce_qu_elle_prend_et_ce_qu_elle_repond() -> None:
    assert len(ROUTES) > 15
    for route in ROUTES:
        morceaux = re.findall(r"\{(\w+)\}", route.chemin)
        assert [p.nom for p in route.parametres if p.ou == "path"] == morceaux, route.chemin
        assert (route.corps is not None) == (route.methode == "POST"), route.chemin
        assert route.fonction.__doc__, route.chemin
        assert len({(p.ou, p.nom) for p in route.parametres}) == len(route.parametres), route.chemin


async def test_les_pages_ne_montrent_rien_a_qui_n_est_pas_connecte(
    temoin: Temoin, compter: Callable[[str, int], None]
) -> None:
    app = temoin.monde.app
    dossier = await raconter(temoin.monde)
    pages = {r for r in servies(app) if not r[1].startswith(("/v1/", "/exploc/"))} - {
        ("GET", "/openapi.json"),
        ("GET", "/vivant"),
        ("GET", "/pret"),
    }
    assert len(pages) > 5
    for methode, chemin in sorted(pages):
        reponse = await temoin.client.request(methode, re.sub(r"\{[^}]*\}", dossier, chemin))
        assert reponse.status_code < 500, chemin
        assert b"LEROY" not in reponse.content, chemin
    compter("pages qui ne montrent rien sans connexion", len(pages))


async def test_chaque_appel_suit_le_contrat_et_laisse_sa_ligne_au_journal(
    temoin: Temoin, compter: Callable[[str, int], None]
) -> None:
    dossier = await raconter(temoin.monde)
    await temoin.monde.projeter()
    await _ouvrir_et_chercher(temoin)
    await _contribuer(temoin, dossier)
    await _lire(temoin, dossier)
    await _lister(temoin, dossier)
    await _sieger(temoin)
    await _rapprocher(temoin, dossier)
    await _joindre(temoin, dossier)
    await _editer(temoin, dossier)
    await _demander_avant_le_menage(temoin, dossier)
    await _demander_un_effacement(temoin, dossier)
    await _effacer(temoin)
    await _auditer(temoin, dossier)
    await _attendre_et_figer(temoin, dossier)
    await _se_situer(temoin)
    for methode, modele in sorted(OPERATIONS):
        noms: dict[str, Any] = {"vue": "ccapex", "dossier": dossier, "effacement": INCONNU, "seance": str(SEANCE)}
        noms["document"] = "synthese"
        await temoin.appeler(methode, modele, None, 401, abonnement=INCONNU, piece=INCONNU, message=INCONNU, **noms)
    assert temoin.accordes == temoin.refuses == OPERATIONS
    compter("appels tenus au contrat, chacun avec sa ligne au journal", temoin.appels)


INCONNU: Final = "0199f1e2-7b1a-7000-8000-00000000dead"
BAILLEUR: Final = ("bailleur", "ACTE_EMISSION")
VOISIN: Final = ("voisin", "ACTE_EMISSION")
SSD: Final = ("ssd", "ACCOMPAGNEMENT")
CCAPEX: Final = ("ccapex", "CCAPEX_ADMINISTRATIVE")
STATISTIQUE: Final = ("ccapex", "STATISTIQUE")
INSTRUCTION: Final = ("ccapex", "CCAPEX_INSTRUCTION")
MEMBRE: Final = ("membre", "CCAPEX_INSTRUCTION")
SEANCES: Final = "/v1/dossiers/{dossier}/dossiers-de-seance"
DPO: Final = ("dpo", "CONTROLE")
DPO_DROITS: Final = ("dpo", "DROITS_PERSONNE")
RESPONSABLE: Final = ("responsable", "DROITS_PERSONNE")


async def _ouvrir_et_chercher(temoin: Temoin) -> None:
    appeler = temoin.appeler
    await appeler("POST", "/v1/dossiers", BAILLEUR, 201, corps=ouverture("MARTIN", id_rpls=rpls(111)))
    await appeler("POST", "/v1/dossiers", DPO, 403, corps=ouverture("MARTIN", id_rpls=rpls(112)))
    await appeler("POST", "/v1/dossiers", BAILLEUR, 422, corps={"survenu_le": "hier"})
    await appeler("POST", "/v1/dossiers", BAILLEUR, 400, corps=b"{")
    await appeler("POST", "/v1/dossiers", BAILLEUR, 400, corps=ouverture(), entetes={"Idempotency-Key": " " * 300})
    await appeler("POST", "/v1/dossiers", BAILLEUR, 413, corps=b"[" * 600_000)
    recherche = "/v1/dossiers/recherche"
    await appeler("POST", recherche, SSD, 200, corps=IDENTITE, lignes=2)
    await appeler("POST", recherche, SSD, 200, corps=IDENTITE | {"nom": "PERSONNE"}, lignes=1)
    await appeler("POST", recherche, SSD, 422, corps={"nom": "LEROY"})
    await appeler("POST", recherche, ("etude", "ACTE_EMISSION"), 403, corps=IDENTITE)


async def _contribuer(temoin: Temoin, dossier: str) -> None:
    appeler, modele = temoin.appeler, "/v1/dossiers/{dossier}/interventions"
    dette = evenement("DetteDeclaree", montant=230000, arretee_au="2026-10-31")
    une, pas_a_lui = {"evenements": [dette]}, {"evenements": [evenement("BudgetDeclare")]}
    vide = {"evenements": [dette | {"donnees": {}}]}
    await appeler("POST", modele, BAILLEUR, 201, corps=une, dossier=dossier)
    await appeler("POST", modele, VOISIN, 404, corps=une, dossier=dossier)
    await appeler("POST", modele, BAILLEUR, 403, corps=pas_a_lui, dossier=dossier)
    await appeler("POST", modele, BAILLEUR, 422, corps=vide, dossier=dossier)
    await appeler("POST", modele, BAILLEUR, 400, corps=b"{", dossier=dossier)
    await appeler("POST", modele, BAILLEUR, 404, corps=une, dossier="nul-part")
    prevoir = "/v1/dossiers/{dossier}/lecteurs"
    await appeler("POST", prevoir, BAILLEUR, 200, corps=une, dossier=dossier)
    await appeler("POST", prevoir, VOISIN, 404, corps=une, dossier=dossier)
    await appeler("POST", prevoir, BAILLEUR, 403, corps=pas_a_lui, dossier=dossier)
    await appeler("POST", prevoir, BAILLEUR, 422, corps=vide, dossier=dossier)
    await appeler("POST", prevoir, BAILLEUR, 400, corps=b"{", dossier=dossier)
    perime = {"If-Match": '"x"'}
    await appeler("POST", modele, BAILLEUR, 412, corps=une, dossier=dossier, lignes=2, entetes=perime)
    meme_cle = {"Idempotency-Key": "une-seule"}
    for statut, corps in ((201, une), (201, une), (409, {"evenements": [dette, dette]})):
        await appeler("POST", modele, BAILLEUR, statut, corps=corps, dossier=dossier, entetes=meme_cle)
    lot = [{"dossier": dossier, "cle": "l-1", **une}, {"dossier": INCONNU, "cle": "l-2", **une}, {"cle": "l-3"}]
    lignes = b"\n".join(map(orjson.dumps, lot)) + b"\n{\n"
    await appeler("POST", "/v1/interventions/lot", BAILLEUR, 200, corps=lignes, lignes=1 + 4)
    await appeler("POST", "/v1/interventions/lot", BAILLEUR, 200, corps=b"[" * 70_000, lignes=2)


LECTEURS: Final = (
    *FINALITE_USUELLE.items(),
    ("ccapex", "CCAPEX_INSTRUCTION"),
    ("ssd", "DSF"),
    ("bailleur", "COORDINATION_CONTACTS"),
    ("bailleur", "RELOGEMENT"),
    ("dpo", "DROITS_PERSONNE"),
)


async def _lire(temoin: Temoin, dossier: str) -> None:
    """Every partner, through every door: what it is given, or refused, follows the contract."""
    appeler, modeles = (
        temoin.appeler,
        (
            "/v1/dossiers/{dossier}",
            "/v1/dossiers/{dossier}/historique",
            "/v1/dossiers/{dossier}/situation",
            "/v1/dossiers/{dossier}/rapprochements",
            "/v1/dossiers/{dossier}/emissions",
            "/v1/dossiers/{dossier}/echeances",
        ),
    )
    statuts: Counter[int] = Counter()
    for qui in LECTEURS:
        for modele in modeles:
            statuts[(await appeler("GET", modele, qui, 200, 403, 404, dossier=dossier)).status_code] += 1
        for vue in ("clil", "ccapex", "comex"):
            lu = await appeler("GET", "/v1/vues/{vue}/{dossier}", qui, 200, 403, 404, vue=vue, dossier=dossier)
            statuts[lu.status_code] += 1
    assert min(statuts[200], statuts[403], statuts[404]) >= 5, statuts
    lu = await appeler("GET", modeles[0], BAILLEUR, 200, dossier=dossier)
    inchange = {"If-None-Match": lu.headers["etag"]}
    await appeler("GET", modeles[0], BAILLEUR, 304, dossier=dossier, entetes=inchange)
    for modele in (modeles[0], modeles[2], modeles[-1]):
        await appeler("GET", modele, BAILLEUR, 200, dossier=dossier, params={"regles_du": "2026-10-18"})
        await appeler("GET", modele, BAILLEUR, 400, dossier=dossier, params={"regles_du": "2020-01-01"})
    for modele in modeles:
        await appeler("GET", modele, BAILLEUR, 400, dossier=dossier, params={"inconnu": "1"})
        await appeler("GET", modele, BAILLEUR, 404, dossier="nul-part")
    await appeler("GET", modeles[-1], BAILLEUR, 200, dossier=dossier, params={"au": "2027-03-01", "limite": "1"})
    await appeler("GET", modeles[-1], BAILLEUR, 400, dossier=dossier, params={"limite": "0"})
    simulation = "/v1/echeances/simulation"
    await appeler("POST", simulation, BAILLEUR, 200, corps=SUPPOSES)
    await appeler("POST", simulation, BAILLEUR, 422, corps={"actes": [{"type": "DetteDeclaree"}]})
    await appeler("POST", simulation, BAILLEUR, 400, corps=b"{")


SUPPOSES: Final = {
    "actes": [{"type": "AssignationSignifiee", "survenu_le": "2026-12-01", "donnees": {"date_audience": "2027-03-02"}}]
}


async def _lister(temoin: Temoin, dossier: str) -> None:
    appeler, modele = temoin.appeler, "/v1/vues/{vue}"
    await appeler("GET", modele, CCAPEX, 200, vue="ccapex", lignes=1 + 1)
    await appeler("GET", modele, ("comex", "CFP_INSTRUCTION"), 200, vue="comex", lignes=1 + 1)
    await appeler("GET", modele, ("ailleurs", "CLIL_EXAMEN"), 200, vue="clil", lignes=1)
    await appeler("GET", modele, SSD, 403, vue="ccapex")
    await appeler("GET", modele, CCAPEX, 404, vue="toutes")
    await appeler("GET", modele, CCAPEX, 400, vue="ccapex", params={"au": "2026-01-01"})
    await appeler("GET", modele, CCAPEX, 400, vue="ccapex", params={"par_date": "concours_requis_le"})
    await appeler("GET", "/v1/vues/{vue}/{dossier}", CCAPEX, 404, vue="toutes", dossier=dossier)


async def _sieger(temoin: Temoin) -> None:
    """Sessions: convened, moved, held, listed, read; and what each refuses."""
    appeler, racine, une = temoin.appeler, "/v1/seances", "/v1/seances/{seance}"
    corps = {"instance": "ccapex-93", "le": AUJOURD_HUI.isoformat(), "deliberatifs": ["caf"], "heure": "09:30"}
    await appeler("POST", racine, CCAPEX, 201, corps=corps)
    await appeler("POST", racine, CCAPEX, 400, corps=corps, entetes={"Idempotency-Key": " " * 300})
    await appeler("POST", racine, CCAPEX, 400, corps=b"{")
    await appeler("POST", racine, CCAPEX, 422, corps=corps | {"le": "hier"})
    await appeler("POST", racine, CCAPEX, 422, corps=corps | {"le": "2020-01-01"})
    await appeler("POST", racine, ("ailleurs", "CLIL_EXAMEN"), 403, corps=corps)
    await appeler("POST", racine, SSD, 403, corps=corps)
    meme_cle, seance = {"Idempotency-Key": "une-seance"}, ""
    for statut, heure in ((201, "10:00"), (201, "10:00"), (409, "11:00")):
        recu = await appeler("POST", racine, CCAPEX, statut, corps=corps | {"heure": heure}, entetes=meme_cle)
        seance = seance or recu.json()["seance"]
    await appeler("GET", racine, CCAPEX, 200)
    await appeler("GET", racine, CCAPEX, 200, params={"limite": "1"})
    await appeler("GET", racine, CCAPEX, 400, params={"apres": INCONNU})
    await appeler("GET", racine, SSD, 403)
    jours = {"du": "2026-12-01", "au": "2027-01-31"}
    await appeler("GET", racine + "/calendrier", CCAPEX, 200, params=jours, lignes=1 + 1)
    await appeler("GET", racine + "/calendrier", CCAPEX, 400, params=jours | {"au": "2027-02-01"})
    await appeler("GET", racine + "/calendrier", CCAPEX, 200, params=jours | {"limite": "1"}, lignes=1)
    for faux in ({"apres": INCONNU}, {"limite": "0"}):
        await appeler("GET", racine + "/calendrier", CCAPEX, 400, params=jours | faux)
    await appeler("GET", racine + "/calendrier", SSD, 403)
    await appeler("GET", une, CCAPEX, 200, seance=seance)
    await appeler("GET", une, CCAPEX, 200, seance="0199f1e2-7b1a-7000-8000-0000000000aa", lignes=1 + 1)
    for nom in (INCONNU, "nul-part"):
        await appeler("GET", une, CCAPEX, 404, seance=nom)
        await appeler("POST", une + "/changement", CCAPEX, 404, corps={"heure": "11:00"}, seance=nom)
        await appeler("POST", une + "/tenue", CCAPEX, 404, corps={"quorum": "sans_objet"}, seance=nom)
    await appeler("POST", une + "/changement", CCAPEX, 201, corps={"heure": "11:00"}, seance=seance)
    await appeler("POST", une + "/changement", CCAPEX, 201, corps={"heure": "11:00"}, seance=seance)
    await appeler("POST", une + "/changement", CCAPEX, 422, corps={}, seance=seance)
    await appeler(
        "POST", une + "/tenue", CCAPEX, 201, corps={"presents": ["caf"], "quorum": "sans_objet"}, seance=seance
    )
    await appeler("POST", une + "/tenue", CCAPEX, 422, corps={"quorum": "sans_objet"}, seance=seance)


async def _attendre_et_figer(temoin: Temoin, dossier: str) -> None:
    """What is expected of each, and the pack of a session's seat."""
    appeler, seance = temoin.appeler, str(SEANCE)
    await appeler("GET", "/v1/attentes", SSD, 200, lignes=1 + 1)
    await appeler("GET", "/v1/attentes", VOISIN, 200)
    await appeler("GET", "/v1/attentes", SSD, 400, params={"genre": "TOUT"})
    await appeler("GET", "/v1/attentes", ("ssd", "RECOUVREMENT"), 403)
    await appeler("GET", "/v1/dossiers", SSD, 200, lignes=1 + 1 + 1)
    await appeler("GET", "/v1/dossiers", VOISIN, 200)
    await appeler("GET", "/v1/dossiers", SSD, 400, params={"stade": "TOUT"})
    await appeler("GET", "/v1/dossiers", SSD, 400, params={"apres": "0" * 43})
    await appeler("GET", "/v1/dossiers", ("ssd", "RECOUVREMENT"), 403)
    la = "/v1/dossiers/reference"
    await appeler("POST", la, BAILLEUR, 200, corps={"cle": "jamais-dite"}, lignes=1)
    await appeler("POST", la, BAILLEUR, 422, corps={"type": "CommandementPayerSignifie"})
    await appeler("POST", la, BAILLEUR, 400, corps=b"{")
    await appeler("POST", la, ("ssd", "RECOUVREMENT"), 403, corps={"cle": "jamais-dite"})
    inscrire(temoin.monde, "membre", "CCAPEX_MEMBRE", siret=siret(30))
    with administrer(temoin.monde.bases.registre_url, PAR, SCHEMA) as registre:
        asseoir(registre, Membre("CCAPEX", "departement", "membre", "deliberative"))
    siege: dict[str, Any] = {"dossier": dossier, "seance": seance, "agent": "agent-1"}
    await appeler("GET", SEANCES + "/{seance}", MEMBRE, 404, **siege)
    corps = {"seance": seance}
    await appeler("POST", SEANCES, INSTRUCTION, 201, corps=corps, dossier=dossier, lignes=1 + 1)
    await appeler("POST", SEANCES, INSTRUCTION, 422, corps={"seance": INCONNU}, dossier=dossier)
    await appeler("POST", SEANCES, SSD, 403, corps=corps, dossier=dossier)
    await appeler("POST", SEANCES, INSTRUCTION, 404, corps=corps, dossier=INCONNU)
    await appeler("POST", SEANCES, INSTRUCTION, 400, corps=b"{", dossier=dossier)
    await appeler("GET", SEANCES + "/{seance}", MEMBRE, 200, **siege)
    await appeler("GET", SEANCES + "/{seance}", VOISIN, 404, dossier=dossier, seance=seance)


async def _demander_un_effacement(temoin: Temoin, dossier: str) -> None:
    """A request that ends with a refusal, and what is not admitted at each step."""
    appeler, racine, ici = temoin.appeler, "/v1/droits/effacement", {"dossier": dossier}
    demande = ici | {"personne": await titulaire(temoin.monde, dossier)}
    await appeler("POST", racine, BAILLEUR, 403, corps=demande)
    ouverte = (await appeler("POST", racine, DPO_DROITS, 201, corps=demande)).json()["effacement"]
    for suffixe, qui, corps in (
        ("/avis", DPO_DROITS, {"avis": "FAVORABLE"}),
        ("/decision", RESPONSABLE, {"sens": "REFUSE", "article": "RGPD 17(3)(b)"}),
    ):
        modele = racine + "/{effacement}" + suffixe
        await appeler("POST", modele, qui, 201, corps=ici | corps, effacement=ouverte)
        await appeler("POST", modele, BAILLEUR, 403, corps=ici | corps, effacement=ouverte)
        await appeler("POST", modele, qui, 404, corps=ici | corps, effacement=INCONNU)
        await appeler("POST", modele, qui, 422, corps=ici, effacement=ouverte)


async def _rapprocher(temoin: Temoin, dossier: str) -> None:
    """Joined by mistake, separated, and what was told meanwhile moved."""
    monde, chemin = temoin.monde, "/v1/dossiers/{dossier}/rapprochements"
    autre = await monde.ouvrir("voisin", nom="PAREIL", bailleur=AUTRE_BAILLEUR, id_rpls=rpls(77))
    dits = [evenement("RapprochementSuggere", autre=autre, motif="IDENTITE_PROCHE")]
    dits += [evenement("RapprochementTranche", autre=autre, decision=d) for d in ("MEME_MENAGE", "DISTINCT")]
    dits.insert(2, evenement("ContactTente", canal="APPEL", resultat="ABSENT"))
    for dit in dits:
        assert (await monde.contribuer(dossier, *CCAPEX, dit)).status_code == 201
    lu = await temoin.appeler("GET", chemin, CCAPEX, 200, dossier=dossier)
    corps = {"fait": lu.json()["a_trier"][0]["fait"], "vers": autre}
    await temoin.appeler(
        "POST", f"{chemin}/deplacement", CCAPEX, 422, corps={**corps, "vers": INCONNU}, dossier=dossier, lignes=2
    )
    await temoin.appeler("POST", f"{chemin}/deplacement", BAILLEUR, 403, corps=corps, dossier=dossier)
    await temoin.appeler("POST", f"{chemin}/deplacement", CCAPEX, 201, corps=corps, dossier=dossier, lignes=4)


async def _un_acte(monde: Monde, dossier: str) -> dict[str, Any]:
    """An act that the CCAPEX told, and what is said of a file that goes with it."""
    faits = (await monde.get(f"/v1/dossiers/{dossier}", *CCAPEX)).json()["faits"]
    [acte] = [fait["id"] for fait in faits if fait["type"] == "CcapexSaisie"]
    return {"acte": acte, "nature": "ACTE", "personnes": [await titulaire(monde, dossier)]}


async def _joindre(temoin: Temoin, dossier: str) -> None:
    chemin, dit = "/v1/dossiers/{dossier}/pieces", await _un_acte(temoin.monde, dossier)
    recu = await temoin.appeler("POST", chemin, CCAPEX, 201, corps=PDF, params=dit, dossier=dossier)
    piece = recu.json()["piece"]
    await temoin.appeler("POST", chemin, CCAPEX, 422, corps=b"MZ", params=dit, dossier=dossier)
    await temoin.appeler("POST", chemin, CCAPEX, 422, corps=PDF, params=dit | {"acte": INCONNU}, dossier=dossier)
    await temoin.appeler("POST", chemin, CCAPEX, 400, corps=PDF, params=dit | {"autre": "1"}, dossier=dossier)
    await temoin.appeler("POST", chemin, SSD, 403, corps=PDF, params=dit, dossier=dossier)
    await temoin.appeler("POST", chemin, VOISIN, 404, corps=PDF, params=dit, dossier=dossier)
    await temoin.appeler("GET", chemin + "/{piece}", CCAPEX, 200, dossier=dossier, piece=piece)
    await temoin.appeler("GET", chemin + "/{piece}", CCAPEX, 404, dossier=dossier, piece=INCONNU)
    await temoin.appeler("GET", chemin + "/{piece}", VOISIN, 404, dossier=dossier, piece=piece)


async def _editer(temoin: Temoin, dossier: str) -> None:
    chemin = "/v1/dossiers/{dossier}/documents/{document}"
    for qui, document, statut in (
        (CCAPEX, "synthese", 200),
        (CCAPEX, "decision-aide-logement", 404),
        (CCAPEX, "inconnu", 404),
        (VOISIN, "synthese", 404),
    ):
        await temoin.appeler("GET", chemin, qui, statut, dossier=dossier, document=document)
    dit = {"acte": INCONNU}
    await temoin.appeler("GET", chemin, CCAPEX, 409, dossier=dossier, document="recommandation", params=dit, lignes=2)
    await temoin.appeler("GET", chemin, CCAPEX, 400, dossier=dossier, document="synthese", params={"acte": "x"})


async def _demander_avant_le_menage(temoin: Temoin, dossier: str) -> None:
    chemin, besoin = "/v1/dossiers/{dossier}/deja-connu", {"donnees": ["dette", "BesoinSignale.besoin"]}
    await temoin.appeler("POST", chemin, SSD, 200, corps=besoin, dossier=dossier)
    await temoin.monde.gate.ledger.journal.comptes()  # what only counts is kept a moment later
    await temoin.appeler("POST", chemin, SSD, 422, corps={"donnees": ["rien"]}, dossier=dossier, lignes=2)
    await temoin.appeler("POST", chemin, VOISIN, 404, corps=besoin, dossier=dossier)
    echanges = "/v1/dossiers/{dossier}/echanges"
    await temoin.appeler("GET", echanges, ("responsable", "DROITS_PERSONNE"), 200, dossier=dossier)
    await temoin.appeler("GET", echanges, SSD, 403, dossier=dossier, lignes=2)
    page = await temoin.appeler("GET", "/v1/flux", SSD, 200, params={"limite": "1"})
    await temoin.appeler("GET", "/v1/flux", SSD, 200, params={"depuis": page.json()["suivant"]})
    for mauvais in ({"depuis": "x"}, {"limite": "201"}, {"apres": "1"}):
        await temoin.appeler("GET", "/v1/flux", SSD, 400, params=mauvais)
    await temoin.appeler("GET", "/v1/flux", ("ssd", "STATISTIQUE"), 403)
    await _s_abonner(temoin)
    await temoin.appeler("GET", "/v1/compteur", STATISTIQUE, 200)
    await temoin.appeler("GET", "/v1/compteur", BAILLEUR, 403)


async def _s_abonner(temoin: Temoin) -> None:
    """Subscriptions: made, listed, read, changed, ended; and what each refuses."""
    appeler, racine, un = temoin.appeler, "/v1/abonnements", "/v1/abonnements/{abonnement}"
    corps, refuse = {"url": "http://127.0.0.1:8094/unefois"}, ("ssd", "STATISTIQUE")
    meme_cle, fait = {"Idempotency-Key": "un-abonnement"}, ""
    for statut, plus in ((201, ""), (201, ""), (409, "?x=1")):
        dit = {"url": corps["url"] + plus}
        recu = await appeler("POST", racine, SSD, statut, corps=dit, entetes=meme_cle)
        fait = fait or recu.json()["abonnement"]
    await appeler("POST", racine, SSD, 400, corps=corps, entetes={"Idempotency-Key": " " * 300})
    await appeler("POST", racine, SSD, 400, corps=b"{")
    await appeler("POST", racine, SSD, 422, corps={})
    for vain in ({"url": "https://10.0.0.1/"}, {"courriel": "agent@exemple.fr"}):
        await appeler("POST", racine, SSD, 422, corps=vain)
    await appeler("POST", racine, refuse, 403, corps=corps)
    await appeler("GET", racine, SSD, 200)
    await appeler("GET", racine, VOISIN, 200)
    await appeler("GET", racine, refuse, 403)
    await appeler("GET", un, SSD, 200, abonnement=fait)
    for qui, nom in ((VOISIN, fait), (SSD, INCONNU), (SSD, "nul-part")):
        await appeler("GET", un, qui, 404, abonnement=nom)
        await appeler("POST", un + "/changement", qui, 404, corps={"geste": "FIN"}, abonnement=nom)
    await appeler("POST", un + "/changement", SSD, 422, corps={"geste": "AUTRE"}, abonnement=fait)
    await appeler("POST", un + "/changement", SSD, 422, corps={"geste": "CONFIRMATION", "code": "A"}, abonnement=fait)
    for geste, statut in (("SECRET", 201), ("REJEU", 201), ("FIN", 201), ("FIN", 201), ("SECRET", 409)):
        await appeler("POST", un + "/changement", SSD, statut, corps={"geste": geste}, abonnement=fait)
    await appeler("GET", un, SSD, 200, abonnement=fait)


async def _auditer(temoin: Temoin, dossier: str) -> None:
    appeler = temoin.appeler
    for corps, statut in ((IDENTITE, 200), ({"nom": "LEROY"}, 422)):
        await appeler("POST", "/v1/journal/recherche", DPO, statut, corps=corps)
    await appeler("POST", "/v1/journal/recherche", BAILLEUR, 403, corps=IDENTITE)
    await appeler("GET", "/v1/journal", DPO, 200)
    await appeler("GET", "/v1/journal", DPO, 200, params={"dossier": dossier, "issue": "refuse", "limite": "2"})
    await appeler("GET", "/v1/journal", DPO, 200, params={"format": "csv"})
    await appeler("GET", "/v1/journal", DPO, 400, params={"limite": "0"})
    await appeler("GET", "/v1/journal", BAILLEUR, 403)
    await appeler("GET", "/v1/politiques", DPO, 200)
    await appeler("GET", "/v1/politiques", DPO, 400, params={"limite": "201"})
    await appeler("GET", "/v1/politiques", BAILLEUR, 403)


async def _se_situer(temoin: Temoin) -> None:
    appeler, lots = temoin.appeler, "/exploc/v1/lots"
    for modele in ("/v1/moi", "/v1/nomenclatures", "/v1/erreurs"):
        await appeler("GET", modele, SSD, 200)
        await appeler("GET", modele, ("ssd", "RECOUVREMENT"), 403)
        await appeler("GET", modele, SSD, 403, agent="jamais-vu")
        await appeler("GET", modele, SSD, 400, params={"inconnu": "1"})
    await appeler("GET", "/v1/indicateurs", STATISTIQUE, 200)
    await appeler("GET", "/exploc/v1/statistiques", STATISTIQUE, 200)
    await appeler("GET", "/v1/indicateurs", STATISTIQUE, 400, params={"annee": "deux mille"})
    await appeler("GET", "/v1/indicateurs", ("ssd", "STATISTIQUE"), 403)
    await appeler("POST", lots, CCAPEX, 200, corps=EXTRAIT.read_bytes())
    await appeler("POST", lots, CCAPEX, 422, corps=b"secret;autre\n1;2\n")
    await appeler("POST", lots, CCAPEX, 400, corps=b"", params={"ecrire": "oui"})
    await appeler("POST", lots, BAILLEUR, 403, corps=b"")
    for chemin in (lots, "/exploc/v1/retraits"):
        await appeler("GET", chemin, CCAPEX, 200)
        await appeler("GET", chemin, CCAPEX, 400, params={"depuis": "x"})
        await appeler("GET", chemin, BAILLEUR, 403)
    await _envoyer(temoin)


async def _envoyer(temoin: Temoin) -> None:
    """Acts in their envelope; and the procedure that they make."""
    appeler = temoin.appeler
    message = str(uuid4())
    saisie = await appeler("POST", SAISINES, BAILLEUR, 201, corps={"message": message, "acte": SAISINE})
    await appeler("POST", SAISINES, ETUDE, 422, corps={"message": message, "acte": SAISINE})
    await appeler("GET", ACTES + "/{message}", BAILLEUR, 200, message=message)
    await appeler("GET", ACTES + "/{message}", ETUDE, 404, message=message)
    dossier = saisie.json()["dossier"]
    await appeler("GET", PROCEDURES, BAILLEUR, 200, dossier=dossier)
    await appeler("GET", PROCEDURES, VOISIN, 404, dossier=dossier)
    for _ in range(2):
        await appeler("POST", ACTES, ETUDE, 201, corps={"message": message, "acte": ACTE})
    autre = {"message": message, "acte": ACTE | {"ref_acte": "AUTRE"}}
    await appeler("POST", ACTES, ETUDE, 409, corps=autre)
    numero = {nom: ACTE[nom] for nom in ("etude_siret", "type_acte", "ref_acte")} | {"date_acte": "2026-10-12"}
    await appeler("POST", RECHERCHE, ETUDE, 200, corps=numero, lignes=2)
    await appeler("POST", RECHERCHE, BAILLEUR, 200, corps={"num_rg": "19/00018"})
    await appeler("POST", RECHERCHE, ETUDE, 422, corps={})
    await appeler("POST", RECHERCHE, ("etude", "STATISTIQUE"), 403, corps=numero)
    await appeler("POST", ACTES, ETUDE, 422, corps={"message": message, "acte": {}})
    await appeler("POST", ACTES, ETUDE, 404, corps=autre | {"message": INCONNU, "dossier": INCONNU})
    await appeler("POST", ACTES, ("etude", "ACTE_RECEPTION"), 403, corps=autre)
    await appeler("GET", ACTES + "/{message}", ETUDE, 200, message=message, lignes=1)
    await appeler("GET", ACTES + "/{message}", VOISIN, 404, message=message)


async def _effacer(temoin: Temoin) -> None:
    """An erasure that goes to its end, on a case of its own: no procedure is open."""
    appeler, racine = temoin.appeler, "/v1/droits/effacement"
    dossier = await temoin.monde.ouvrir(nom="SEUL", id_rpls=rpls(999))
    ici, etape = {"dossier": dossier}, racine + "/{effacement}"
    demande = ici | {"personne": await titulaire(temoin.monde, dossier)}
    ouverte = (await appeler("POST", racine, DPO_DROITS, 201, corps=demande)).json()["effacement"]
    await appeler("POST", etape + "/avis", DPO_DROITS, 201, corps=ici | {"avis": "FAVORABLE"}, effacement=ouverte)
    accord = ici | {"sens": "ACCORDE"}
    decidee = await appeler("POST", etape + "/decision", RESPONSABLE, 201, corps=accord, effacement=ouverte)
    corps, fin = ici | {"decision": decidee.json()["decision"]}, etape + "/execution"
    await appeler("POST", fin, RESPONSABLE, 422, corps=corps, effacement=ouverte)
    await appeler("POST", fin, RESPONSABLE, 201, corps=corps, effacement=ouverte, agent="directrice-2")
    await appeler("GET", "/v1/dossiers/{dossier}", SSD, 200, dossier=dossier)


async def test_sans_ligne_au_journal_aucune_route_ne_rend_ni_n_enregistre_rien(
    temoin: Temoin, compter: Callable[[str, int], None]
) -> None:
    """The database refuses rows to the journal, and nothing else: every route is as if it were down."""
    dossier = await raconter(temoin.monde)
    ici, une = {"dossier": dossier}, {"evenements": [evenement("DetteDeclaree", montant=1, arretee_au="2026-10-31")]}
    demande = ici | {"personne": await titulaire(temoin.monde, dossier)}
    effacer = "/v1/droits/effacement"
    appels: dict[tuple[str, str], tuple[tuple[str, str], object]] = {
        ("POST", "/v1/dossiers"): (BAILLEUR, ouverture("MARTIN", id_rpls=rpls(111))),
        ("POST", "/v1/dossiers/recherche"): (SSD, IDENTITE),
        ("POST", "/v1/dossiers/{dossier}/interventions"): (BAILLEUR, une),
        ("POST", "/v1/interventions/lot"): (BAILLEUR, orjson.dumps(ici | une | {"cle": "l-1"})),
        ("GET", "/v1/dossiers/{dossier}"): (SSD, None),
        ("GET", "/v1/dossiers/{dossier}/historique"): (SSD, None),
        ("GET", "/v1/dossiers/{dossier}/situation"): (SSD, None),
        ("GET", "/v1/dossiers/{dossier}/rapprochements"): (CCAPEX, None),
        ("POST", "/v1/dossiers/{dossier}/deja-connu"): (SSD, {"donnees": ["dette"]}),
        ("GET", "/v1/dossiers/{dossier}/echanges"): (("responsable", "DROITS_PERSONNE"), None),
        ("GET", "/v1/compteur"): (STATISTIQUE, None),
        ("GET", "/v1/flux"): (SSD, None),
        ("POST", "/v1/abonnements"): (SSD, {"url": "http://127.0.0.1:8094/"}),
        ("GET", "/v1/abonnements"): (SSD, None),
        ("GET", "/v1/abonnements/{abonnement}"): (SSD, None),
        ("POST", "/v1/abonnements/{abonnement}/changement"): (SSD, {"geste": "SECRET"}),
        ("POST", "/v1/dossiers/{dossier}/rapprochements/deplacement"): (CCAPEX, {"fait": INCONNU, "vers": INCONNU}),
        ("GET", "/v1/dossiers/{dossier}/emissions"): (SSD, None),
        ("POST", "/v1/dossiers/{dossier}/lecteurs"): (BAILLEUR, une),
        ("GET", "/v1/dossiers/{dossier}/echeances"): (SSD, None),
        ("POST", "/v1/echeances/simulation"): (SSD, SUPPOSES),
        ("GET", "/v1/vues/{vue}"): (CCAPEX, None),
        ("GET", "/v1/vues/{vue}/{dossier}"): (CCAPEX, None),
        ("GET", "/v1/seances"): (CCAPEX, None),
        ("GET", "/v1/seances/calendrier"): (CCAPEX, None),
        ("GET", "/v1/seances/{seance}"): (CCAPEX, None),
        ("POST", "/v1/seances"): (CCAPEX, {"instance": "ccapex-93", "le": "2026-12-15"}),
        ("POST", "/v1/seances/{seance}/changement"): (CCAPEX, {"heure": "11:00"}),
        ("POST", "/v1/seances/{seance}/tenue"): (CCAPEX, {"quorum": "sans_objet"}),
        ("GET", "/v1/attentes"): (SSD, None),
        ("GET", "/v1/dossiers"): (SSD, None),
        ("POST", "/v1/dossiers/reference"): (BAILLEUR, {"cle": "jamais-dite"}),
        ("POST", SEANCES): (INSTRUCTION, {"seance": str(SEANCE)}),
        ("GET", SEANCES + "/{seance}"): (INSTRUCTION, None),
        ("POST", "/v1/dossiers/{dossier}/pieces"): (CCAPEX, PDF),
        ("GET", "/v1/dossiers/{dossier}/pieces/{piece}"): (CCAPEX, None),
        ("GET", "/v1/dossiers/{dossier}/documents/{document}"): (CCAPEX, None),
        ("POST", effacer): (DPO_DROITS, demande),
        ("POST", effacer + "/{effacement}/avis"): (DPO_DROITS, ici | {"avis": "FAVORABLE"}),
        ("POST", effacer + "/{effacement}/decision"): (RESPONSABLE, ici | {"sens": "ACCORDE"}),
        ("POST", effacer + "/{effacement}/execution"): (RESPONSABLE, ici | {"decision": INCONNU}),
        ("GET", "/v1/indicateurs"): (STATISTIQUE, None),
        ("GET", "/exploc/v1/statistiques"): (STATISTIQUE, None),
        ("GET", "/v1/journal"): (DPO, None),
        ("GET", "/v1/politiques"): (DPO, None),
        ("POST", "/v1/journal/recherche"): (DPO, IDENTITE),
        **{("GET", f"/v1/{nom}"): (SSD, None) for nom in ("moi", "nomenclatures", "erreurs")},
        ("POST", "/exploc/v1/lots"): (CCAPEX, EXTRAIT.read_bytes()),
        ("GET", "/exploc/v1/lots"): (CCAPEX, None),
        ("GET", "/exploc/v1/retraits"): (CCAPEX, None),
        ("POST", ACTES): (ETUDE, {"message": INCONNU, "acte": ACTE}),
        ("GET", ACTES + "/{message}"): (ETUDE, None),
        ("POST", SAISINES): (BAILLEUR, {"message": INCONNU, "acte": SAISINE}),
        ("GET", PROCEDURES): (SSD, None),
        ("POST", RECHERCHE): (ETUDE, {"num_rg": "19/00018"}),
    }
    assert appels.keys() == OPERATIONS
    fait = await temoin.monde.post("/v1/abonnements", *SSD, {"url": "http://127.0.0.1:8094/"})
    dit = await _un_acte(temoin.monde, dossier)
    jointe = await temoin.monde.post(f"/v1/dossiers/{dossier}/pieces", *CCAPEX, PDF, params=dit)
    abonnement, avant = fait.json()["abonnement"], temoin.evenements()
    temoin.admin.execute(f"REVOKE INSERT ON {SCHEMA}.journal FROM unefois_api, unefois_proprietaire")
    for (methode, modele), (qui, corps) in appels.items():
        for demandeur in (qui, VOISIN, None):  # who may, who may not, who proves nothing
            noms: dict[str, Any] = {"vue": "ccapex", "dossier": dossier, "effacement": INCONNU, "seance": str(SEANCE)}
            noms |= {"abonnement": abonnement, "message": INCONNU}
            noms["document"] = "synthese"
            noms |= {"piece": jointe.json()["piece"], "params": dit if corps is PDF else None}
            reponse = await temoin.appeler(methode, modele, demandeur, 503, corps=corps, lignes=0, **noms)
            assert b"LEROY" not in reponse.content
            assert b"%PDF" not in reponse.content
            assert reponse.headers["retry-after"]
    assert temoin.evenements() == avant
    [un] = temoin.admin.execute("SELECT count(*), min(fini_le), count(DISTINCT scelle) FROM d93.abonnements").fetchall()
    assert un == (1, None, 1)
    compter("routes qui ne rendent rien sans leur ligne au journal", len(appels))


def test_chaque_champ_du_contrat_se_decrit_et_son_exemple_est_valable(compter: Callable[[str, int], None]) -> None:
    decrits = 0
    for nom, schema in CONTRAT["components"]["schemas"].items():
        for champ, propriete in _proprietes(schema):
            assert _dit(propriete), (nom, champ)
            for exemple in propriete.get("examples", ()):
                verifier({k: v for k, v in propriete.items() if k != "examples"}, exemple)
                decrits += 1
        for exemple in schema.get("examples", ()):
            verifier({"$ref": f"#/components/schemas/{nom}"}, exemple)
    assert decrits > 300
    compter("champs du contrat dont l'exemple est valable", decrits)


def _proprietes(schema: Mapping[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for champ, propriete in schema.get("properties", {}).items():
        yield champ, propriete
        yield from _proprietes(propriete)
        yield from _proprietes(propriete.get("items", {}))
        for branche in propriete.get("anyOf", ()):
            yield from _proprietes(branche)


def _dit(propriete: Mapping[str, Any]) -> bool:
    """Whether a field says what it is: itself, or through what it points to."""
    dits = {"description", "title", "$ref", "const"}
    return bool(dits & propriete.keys()) or any(
        dits & branche.keys() for branche in (propriete.get("items", {}), *propriete.get("anyOf", ()))
    )


def test_chaque_champ_transmis_dit_sa_classe_son_groupe_et_ses_lecteurs(compter: Callable[[str, int], None]) -> None:
    schemas, lecteurs = CONTRAT["components"]["schemas"], CONTRAT["x-lecteurs"]
    vus = 0
    for nom, cls in catalogue().items():
        schema = schemas[f"{nom}Donnees"]
        assert schema["properties"].keys() == champs(cls).keys(), nom
        for champ, decrit in champs(cls).items():
            propriete = schema["properties"][champ]
            entier = propriete | schemas.get(propriete.get("$ref", "").rpartition("/")[2], {})
            assert propriete.get("x-classe", schema["x-classe"]) == decrit.classe.value, (nom, champ)
            assert propriete.get("x-groupe", schema["x-groupe"]) == decrit.groupe, (nom, champ)
            assert entier["description"] == decrit.libelle, (nom, champ)
            vus += 1
    for role, lignes in TABLES.matrice.items():
        assert set(lecteurs[role]) == {ligne["groupe"] for ligne in lignes if ligne["lecture"] != "-"}
    assert vus > 600
    compter("champs d'événements décrits (classe, groupe, mots)", vus)
