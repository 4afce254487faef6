"""The world of the tests: partners, agents, the application as it is served, and how to call it as somebody."""

from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cache
from typing import Any, Final
from uuid import UUID, uuid4

import httpx2 as httpx
import orjson
import psycopg
import pytest
from fastapi import FastAPI
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from adapters.abonnements.depot import Abonnements
from adapters.abonnements.joignables import Joignables
from adapters.demo.departement import siret
from adapters.gate.contexte import Gate
from adapters.gate.listes import Listes
from adapters.gate.revisions import Revisions
from adapters.identite.demo import EmetteurDemo
from adapters.identite.jetons import Identites
from adapters.identite.oidc import Coffret
from adapters.registre.administration import (
    Connexion,
    administrer,
    asseoir,
    confirmer_mandat,
    convoquer,
    habiliter,
    inscrire_partenaire,
    instituer,
    rattacher_client,
)
from adapters.registre.instantane import Habilitation, Instance, Mandat, Membre, Partenaire, Seance
from adapters.registre.lecture import Registre
from adapters.rest.paliers import Paliers
from adapters.service.serveur import application
from adapters.service.settings import Settings
from adapters.service.wiring import Maison
from ledger.application import Ledger
from ledger.catalogue import catalogue
from ledger.droit.jours import aujourd_hui
from ledger.politiques import ArchiveDesPolitiques
from policies import tables
from policies.embedded import EmbeddedEngine
from policies.tables import Regles, charger
from projections.projecteur import avancer
from tests.bases import AUJOURD_HUI, RACINE, SCHEMA, Bases, bases_neuves

HOTES: Final = "unefois,unefois.test"
"""The names by which tests call the service, beside loopback."""
INFORME: Final = "2026-10-01"
COMMUNE: Final = "93008"
BAILLEUR: Final = "93667127000267"
AUTRE_BAILLEUR: Final = "55208131766522"
ETUDE: Final = "99920707900180"
SEANCE: Final = UUID("0199f1e2-7b1a-7000-8000-0000000000aa")
SEANCE_LE: Final = date(2026, 12, 10)
TENUES: Final = (("CCAPEX", date(2026, 10, 20)), ("CCAPEX", date(2026, 10, 15)))
"""Sessions that were held already: an avis is of one of these days."""
INSTANCES: Final = (
    Instance(
        "ccapex-93", "CCAPEX de Seine-Saint-Denis", "CCAPEX", "ARTICLE_7_2", ("departement",), "ccapex",
        date(2011, 1, 10), "Loi 90-449 art. 7-2", "STATED",
    ),
    Instance(
        "clil-bobigny", "CLIL de Bobigny", "CLIL", "AUCUN", (f"commune:{COMMUNE}",), "clil",
        date(2022, 1, 1), "Charte 93, partie II B", "INFERRED",
    ),
    Instance(
        "clil-aubervilliers", "CLIL d'Aubervilliers", "CLIL", "AUCUN", ("commune:93001",), "ailleurs",
        date(2022, 1, 1), "Charte 93, partie II B", "INFERRED",
    ),
    Instance(
        "comex-bobigny", "COMEX de Bobigny", "COMEX", "AUCUN", ("arrondissement:93001",), "comex",
        date(2022, 1, 1), "Charte 93, partie II B", "INFERRED",
    ),
)  # fmt: skip
"""The commissions as bodies: of each, who keeps its papers."""
TOUTES: Final = tuple(ligne["code"] for ligne in tables.lire().finalites)
"""What every token states."""
FINALITES: Final = {ligne["code"]: tuple(ligne["finalites"]) for ligne in tables.lire().roles}
"""What the registry can give, by role."""
UN_AN: Final = timedelta(days=365)

# code, role, agent, secret, territory, communes, portfolio, SIRET
PARTENAIRES: Final = (
    ("ccapex", "CCAPEX_INSTRUCTEUR", "instructrice", "mission", "departement", (), (), siret(1)),
    ("ssd", "CD_TRAVAILLEUR_SOCIAL", "assistante", "profession", "communes", (COMMUNE,), (), siret(2)),
    ("bailleur", "BAILLEUR_SOCIAL", "contentieux", "aucun", "aucun", (), (BAILLEUR,), BAILLEUR),
    ("voisin", "BAILLEUR_SOCIAL", "voisine", "aucun", "aucun", (), (AUTRE_BAILLEUR,), AUTRE_BAILLEUR),
    ("etude", "COMMISSAIRE_JUSTICE", "clerc", "aucun", "aucun", (), (), ETUDE),
    ("comex", "PREFECTURE_CFP", "bureau", "aucun", "communes", (COMMUNE,), (), siret(3)),
    ("clil", "CLIL_SECRETARIAT", "secretaire", "aucun", "communes", (COMMUNE,), (), siret(4)),
    ("ailleurs", "CLIL_SECRETARIAT", "lointaine", "aucun", "communes", ("93001",), (), siret(5)),
    ("caf", "CAF", "conseiller", "aucun", "departement", (), (), siret(6)),
    ("dpo", "DPO", "deleguee", "aucun", "departement", (), (), siret(7)),
    ("responsable", "RESPONSABLE_TRAITEMENT", "directrice", "aucun", "departement", (), (), siret(8)),
)


PAR: Final = "responsable/administratrice"
"""Who changes the registry of the tests: habilitated for the days on which they are run, whichever these are."""


def partenaire(code: str) -> Partenaire:
    """One of ``PARTENAIRES``, for all the purposes of its role."""
    [(_, role, _, _, territoire, communes, portefeuille, numero)] = [x for x in PARTENAIRES if x[0] == code]
    nom = f"Organisation {code}"
    return Partenaire(code, numero, nom, role, FINALITES[role], territoire, communes, portefeuille)


def amorcer(registre: Connexion, premier: Partenaire, par: str = PAR) -> None:
    """Begin an empty registry, as its first administrator does: its own partner, its own habilitation."""
    le = aujourd_hui()
    inscrire_partenaire(registre, premier)
    agent = par.partition("/")[2]
    habiliter(registre, Habilitation(uuid4(), premier.code, agent, premier.finalites, "aucun", le, le + UN_AN, par))


def habilitation(code: str, agent: str, role: str, secret: str = "aucun") -> Habilitation:  # noqa: S107 - professional secrecy, not a password
    """Of an agent for the year of the tests, for all the purposes of its role."""
    return Habilitation(uuid4(), code, agent, FINALITES[role], secret, date(2026, 1, 1), date(2026, 12, 31), PAR)


def du_jour(code: str) -> Habilitation:
    """Of who keeps a commission's papers, for the days on which the tests are run: the database has its own clock."""
    [(role, agent, secret)] = [(role, agent, secret) for c, role, agent, secret, *_ in PARTENAIRES if c == code]
    le = aujourd_hui()
    return Habilitation(uuid4(), code, agent, FINALITES[role], secret, le, le + UN_AN, PAR)


def peupler(bases: Bases) -> None:
    """The registry of the tests."""
    with administrer(bases.registre_url, PAR, SCHEMA) as registre:
        amorcer(registre, partenaire("responsable"))
        for code, role, agent, secret, *_ in PARTENAIRES:
            inscrire_partenaire(registre, partenaire(code))
            rattacher_client(registre, f"client-{code}", code)
            for nom in (agent, f"{agent}-2"):
                habiliter(registre, habilitation(code, nom, role, secret))
        for instance in INSTANCES:
            instituer(registre, instance)
            habiliter(registre, du_jour(instance.secretariat))
        convoquer(registre, Seance(SEANCE, "CCAPEX", "departement", date(2026, 10, 20), SEANCE_LE))
        for rang, (genre, tenue_le) in enumerate(TENUES):
            convoquer(registre, Seance(UUID(int=rang + 1), genre, "departement", date(2026, 9, 1), tenue_le))
        asseoir(registre, Membre("CCAPEX", "departement", "caf", "deliberative"))


def mandater(bases: Bases, partenaire: str, dossier: UUID) -> None:
    with administrer(bases.registre_url, PAR, SCHEMA) as registre:
        confirmer_mandat(registre, Mandat(partenaire, dossier, "instructrice", date(2026, 1, 1), date(2026, 12, 31)))


AGENTS: Final = {code: agent for code, _, agent, *_ in PARTENAIRES}


@dataclass
class Monde:
    """The application in this process, pages and all, and how to call it as somebody."""

    bases: Bases
    gate: Gate
    demo: EmetteurDemo
    client: httpx.AsyncClient
    app: FastAPI
    cles: int = 0
    jetons: dict[tuple[str, str | None], str] = field(default_factory=dict)

    def jeton(self, partenaire: str, agent: str | None = None) -> str:
        cle = (partenaire, agent)
        if cle not in self.jetons:
            self.jetons[cle] = self.demo.jeton(partenaire, f"client-{partenaire}", [*TOUTES, "RECOUVREMENT"], agent)
        return self.jetons[cle]

    def entetes(self, partenaire: str, finalite: str, agent: str | None = "") -> dict[str, str]:
        """As a person who proves who it is: the partner's usual agent (``""``), another; or its machine (None)."""
        nom = AGENTS[partenaire] if agent == "" else agent
        return {"Authorization": f"Bearer {self.jeton(partenaire, nom)}", "Finalite": finalite}

    async def get(
        self,
        chemin: str,
        partenaire: str,
        finalite: str,
        agent: str | None = "",
        **plus: Any,
    ) -> httpx.Response:
        entetes = self.entetes(partenaire, finalite, agent) | plus.pop("headers", {})
        return await self.client.get(chemin, headers=entetes, **plus)

    async def post(
        self,
        chemin: str,
        partenaire: str,
        finalite: str,
        corps: Any,
        agent: str | None = "",
        **plus: Any,
    ) -> httpx.Response:
        self.cles += 1
        entetes = self.entetes(partenaire, finalite, agent) | {"Idempotency-Key": f"cle-{self.cles}"}
        octets = corps if isinstance(corps, bytes) else orjson.dumps(corps)
        return await self.client.post(chemin, content=octets, headers=entetes | plus.pop("headers", {}), **plus)

    async def contribuer(
        self,
        dossier: str,
        partenaire: str,
        finalite: str,
        *evenements: dict[str, Any],
        **plus: Any,
    ) -> httpx.Response:
        """As it is told in fact: who begins to follow a household says when it was informed."""
        chemin = f"/v1/dossiers/{dossier}/interventions"
        corps: dict[str, Any] = {"evenements": list(evenements)}
        if any(e["type"] == "AccompagnementOuvert" for e in evenements):
            corps["information_menage"] = INFORME
        return await self.post(chemin, partenaire, finalite, corps, **plus)

    async def proposer(self, dossier: str, qui: str = "ssd", le: str = "2026-10-15", **plus: Any) -> None:
        """As a partner does so that a CLIL reads a case: it informs the household, then proposes its case."""
        finalite = FINALITE_USUELLE[qui] if qui in {"bailleur", "ccapex"} else "ACCOMPAGNEMENT"
        finalite = "ACTE_EMISSION" if qui == "caf" else finalite
        propose = evenement("DossierPropose", le, instance="CLIL")
        recu = await self.contribuer(
            dossier, qui, finalite, evenement("MenageInforme", canal="COURRIER"), propose, **plus
        )
        assert recu.status_code == 201, recu.text

    async def ouvrir(self, partenaire: str = "bailleur", **plus: Any) -> str:
        corps = ouverture(**plus)
        recu = await self.post("/v1/dossiers", partenaire, FINALITE_USUELLE[partenaire], corps)
        assert recu.status_code == 201, recu.text
        return str(recu.json()["dossier"])

    async def journal(self, limite: int = 200) -> list[dict[str, Any]]:
        return await self.gate.listes.journal({}, limite)

    def lien(self, partenaire: str) -> str:
        """A sign-in link to the pages, good once, for the partner's usual agent."""
        code = self.demo.lien(partenaire, f"client-{partenaire}", TOUTES, AGENTS[partenaire])
        return f"/demo/entrer/{code}"

    async def effacer(self, dossier: str, personne: str) -> None:
        """Erase a person: requested, avis given, decided, done by a second agent of the controller."""
        effacement, decision = "", ""
        for qui, agent, etape, contenu in (
            ("responsable", "", "", {"personne": personne}),
            ("dpo", "", "/avis", {"avis": "FAVORABLE"}),
            ("responsable", "", "/decision", {"sens": "ACCORDE"}),
            ("responsable", "directrice-2", "/execution", {}),
        ):
            corps = {"dossier": dossier} | contenu | ({"decision": decision} if decision else {})
            chemin = f"/v1/droits/effacement{'/' + effacement if effacement else ''}{etape}"
            recu = await self.post(chemin, qui, "DROITS_PERSONNE", corps, agent)
            assert recu.status_code == 201, recu.text
            effacement, decision = recu.json()["effacement"], recu.json().get("decision", "")

    async def projeter(self) -> None:
        """Bring the worklists up to date."""
        url = make_conninfo(self.bases.projecteur_url, options=f"-c search_path={SCHEMA}")
        async with await psycopg.AsyncConnection.connect(url, autocommit=True) as connexion:
            while await avancer(connexion):
                pass


FINALITE_USUELLE: Final = {
    "bailleur": "ACTE_EMISSION",
    "voisin": "ACTE_EMISSION",
    "etude": "ACTE_EMISSION",
    "ccapex": "CCAPEX_ADMINISTRATIVE",
    "ssd": "ACCOMPAGNEMENT",
    "comex": "CFP_INSTRUCTION",
    "clil": "CLIL_EXAMEN",
    "ailleurs": "CLIL_EXAMEN",
    "caf": "COORDINATION_CONTACTS",
    "dpo": "CONTROLE",
    "responsable": "DROITS_PERSONNE",
}


def rpls(n: int) -> str:
    """The number of some dwelling of the parc social."""
    return f"352{n:07}"


def ouverture(
    nom: str = "LEROY", bailleur: str = BAILLEUR, id_rpls: str = "3523902547", commune: str = COMMUNE
) -> dict[str, Any]:
    return {
        "survenu_le": "2026-09-01",
        "logement": {
            "parc": "SOCIAL",
            "commune": commune,
            "bailleur_siret": bailleur,
            "bailleur_nom": "OPH SYNTHÈSE 16",
            "adresse": "118 avenue Jean-Jaurès",
            "id_rpls": id_rpls,
            "loyer": 80061,
        },
        "titulaire": {"nom": nom, "prenoms": "Fatou", "date_naissance": "1955-04-24"},
    }


def evenement(type_: str, survenu_le: str = "2026-10-15", **donnees: Any) -> dict[str, Any]:
    return {"type": type_, "survenu_le": survenu_le, "donnees": donnees}


def coherentes(type_: str, donnees: dict[str, Any]) -> dict[str, Any]:
    """These fields of an event, without those that say more of another code than the one that is said."""
    precisions = catalogue()[type_].PRECISE
    sans_objet = {nom for nom, (de, codes) in precisions.items() if donnees.get(de) not in codes}
    return {nom: valeur for nom, valeur in donnees.items() if nom not in sans_objet}


SANS_PALIERS: Final = Paliers(0)


@cache
def _regles() -> Regles:
    """Those of this installation, compiled once for all the worlds."""
    return charger()


@cache
def _moteur() -> EmbeddedEngine:
    """Their engine, which keeps nothing of what it is asked."""
    return EmbeddedEngine(_regles())


@asynccontextmanager
async def ouvrir_monde(
    bases: Bases,
    ledger: Ledger,
    *,
    aujourd_hui: Callable[[], date] = lambda: AUJOURD_HUI,
    paliers: Paliers = SANS_PALIERS,
    regles: Regles | None = None,
    abonnements: Abonnements | None = None,
) -> AsyncIterator[Monde]:
    """The world on these databases. What tests send is not answered by steps of time, but where they count them.

    ``regles``: those that it decides by, if they are not those of this installation. ``abonnements``: with another
    clock than the machine's, other names than those of its own loopback.
    """
    demo = EmetteurDemo()
    registre = Registre(bases.api_url, SCHEMA)
    archive = ArchiveDesPolitiques(bases.api_url, SCHEMA)
    moteur = EmbeddedEngine(regles) if regles else _moteur()
    regles = regles or _regles()
    async with AsyncExitStack() as pile:
        pile.push_async_callback(archive.close)
        pile.push_async_callback(registre.close)
        abonnements = abonnements or Abonnements(bases.api_url, SCHEMA, joignables=Joignables(boucle=True))
        listes = await pile.enter_async_context(Listes(bases.api_url, SCHEMA, abonnements))
        gate = Gate(
            ledger,
            registre,
            Identites([demo.emetteur]),
            Revisions(regles, archive, moteur),
            tables.lire(),
            listes,
            aujourd_hui=aujourd_hui,
        )

        maison = Maison(gate, Coffret(bytes(32)), None, demo)
        app = application(maison, Settings(data=RACINE, hosts=HOTES), paliers=paliers)
        app.state.gate = gate
        transport = httpx.ASGITransport(app=app, raise_app_exceptions=True)
        async with httpx.AsyncClient(transport=transport, base_url="http://unefois") as client:
            yield Monde(bases, gate, demo, client, app)
            await gate.inconnus.verser()


@pytest.fixture(scope="session")
def modele_peuple(modele: str) -> Iterator[tuple[str, str]]:
    """The template with the registry of the tests: it is made once, then copied."""
    with bases_neuves(modele) as bases:
        peupler(bases)
        yield _nom(bases.admin_url), _nom(bases.admin_cles_url)


def _nom(url: str) -> str:
    return str(conninfo_to_dict(url)["dbname"])


@pytest.fixture
def peuplees(bases: Bases) -> Bases:
    """Fresh databases with the registry of the tests."""
    return bases


@pytest.fixture
async def monde(peuplees: Bases, ledger: Ledger) -> AsyncIterator[Monde]:
    """The world, on fresh databases."""
    async with ouvrir_monde(peuplees, ledger) as ouvert:
        yield ouvert
