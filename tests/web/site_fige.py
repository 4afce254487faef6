"""The site in front of documents that do not move: everything real but the gate and the registry's database."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import date
from typing import Any, cast
from uuid import UUID

import anyio
import uvicorn
from starlette.applications import Starlette

from adapters.gate.attentes import Depuis, Voulues
from adapters.gate.contexte import Acces
from adapters.gate.mes_dossiers import DossiersVoulus, PageDeDossiers
from adapters.gate.refus import Refus
from adapters.identite.demo import EmetteurDemo
from adapters.identite.jetons import Identites, Jeton
from adapters.identite.oidc import Coffret
from adapters.identite.sujet import Demandeur, reconnaitre
from adapters.registre.instantane import Client, Habilitation, Instantane, Partenaire, Seance
from adapters.web import adresses
from adapters.web.commissions import CCAPEX, MES_DOSSIERS, Commission, LieuDeLecture
from adapters.web.forms import Proposition
from adapters.web.guichet import Echec
from adapters.web.pages import Invitation
from adapters.web.sessions import Sessions
from adapters.web.site import Site
from ledger.catalogue import catalogue
from policies import tables
from policies.decision import Action
from tests.web import documents as d

SEANCE = UUID("0199f1e2-7b1a-7000-8000-00000000000e")
FINALITES = frozenset({"CCAPEX_ADMINISTRATIVE", "CCAPEX_INSTRUCTION"})
INDISPONIBLE = UUID("0199f1e2-7b1a-7000-8000-0000000000ff")


def instantane(finalites: frozenset[str] = FINALITES) -> Instantane:
    partenaires = [
        Partenaire(
            "drihl93-ccapex",
            "90000000100014",
            "DRIHL 93, secrétariat de la CCAPEX",
            "CCAPEX_INSTRUCTEUR",
            finalites,
            "departement",
        ),
        Partenaire(
            "dpo-conjoint",
            "90000000200012",
            "Délégué à la protection des données",
            "DPO",
            frozenset({"CONTROLE"}),
            "aucun",
        ),
    ]
    habilitations = [
        Habilitation(
            UUID(int=1),
            "drihl93-ccapex",
            "instructrice-ccapex",
            finalites,
            "aucun",
            date(2026, 1, 1),
            date(2027, 1, 1),
            "administrateur",
        ),
        Habilitation(
            UUID(int=2),
            "dpo-conjoint",
            "dpo",
            frozenset({"CONTROLE"}),
            "aucun",
            date(2026, 1, 1),
            date(2027, 1, 1),
            "administrateur",
        ),
    ]
    clients = [Client("pages", "drihl93-ccapex"), Client("pages-dpo", "dpo-conjoint")]
    seance = Seance(SEANCE, "CCAPEX", "93", date(2026, 11, 20), date(2026, 12, 10))
    return Instantane().apres(1, [*partenaires, *clients, *habilitations, seance])


@dataclass
class RegistreFige:
    courante: Instantane = field(default_factory=instantane)

    async def courant(self) -> Instantane:
        await anyio.lowlevel.checkpoint()
        return self.courante


@dataclass
class GuichetFige:
    """Answers the documents of ``documents.py``, and keeps what was contributed."""

    recues: dict[str, tuple[UUID, tuple[Proposition, ...]]] = field(default_factory=dict)
    registre: Instantane = field(default_factory=instantane)
    acces: list[Acces] = field(default_factory=list)
    refuser: Refus | None = None
    motifs: Mapping[str, str] = field(default_factory=dict)
    echecs: list[Echec] = field(default_factory=list)

    correcteurs: frozenset[str] = tables.lire().correcteurs
    suiveurs: frozenset[str] = tables.lire().suiveurs

    async def refuser_entree(self, echec: Echec) -> None:
        await anyio.lowlevel.checkpoint()
        self.echecs.append(echec)

    def actions(self, role: str, finalite: str) -> frozenset[str]:
        return tables.lire().actions(role, finalite)

    async def admettre(self, jeton: Jeton, finalite: str, action: Action, trace: str, registre: Instantane) -> Acces:
        await anyio.lowlevel.checkpoint()
        sujet = reconnaitre(jeton, registre, None, d.LE)
        if finalite not in sujet.finalites:
            raise Refus(403, "FINALITE_NON_ACCORDEE", action.value)
        return Acces(sujet, finalite, None, registre, d.LE, trace)

    async def dossier(self, acces: Acces, lieu: LieuDeLecture, dossier: UUID, apres: str = "") -> dict[str, Any]:
        assert apres == ""
        await self._noter(acces)
        assert lieu in {CCAPEX, MES_DOSSIERS}
        if dossier == INDISPONIBLE:
            raise Refus(503, "panne", "")
        try:
            return {d.DOSSIER: d.document, d.AUTRE: d.autre_document}[str(dossier)]()
        except KeyError as inconnu:
            raise Refus(404, "introuvable", "") from inconnu

    async def contredites(self, acces: Acces, document: Mapping[str, Any]) -> list[dict[str, Any]]:
        await anyio.lowlevel.checkpoint()
        assert (acces.le, "faits" in document) == (d.LE, True)
        return []

    async def file_active(self, acces: Acces, commission: Commission, filtres: Mapping[str, str]) -> dict[str, Any]:
        await self._noter(acces)
        assert commission is CCAPEX
        document = d.file_active()
        if filtres["apres"]:
            document |= {"dossiers": [], "suivant": None}
        document["dossiers"] = [x for x in document["dossiers"] if filtres["stade"] in {"", x["stade"]}]
        return document

    async def echeances(self, acces: Acces, dossier: UUID) -> dict[str, Any]:
        await self._noter(acces)
        return {"dossier": str(dossier), **d.echeances()}

    async def mes_dossiers(self, acces: Acces, voulus: DossiersVoulus, page: PageDeDossiers) -> dict[str, Any]:
        await self._noter(acces)
        document = d.mes_dossiers()
        stades = voulus.stades
        document["dossiers"] = [x for x in document["dossiers"] if not stades or x["stade"] in stades][: page.limite]
        return document

    async def attentes(self, acces: Acces, voulues: Voulues, _: Depuis) -> dict[str, Any]:
        await self._noter(acces)
        document = d.attentes()
        document["attentes"] = [x for x in document["attentes"] if not voulues.genres or x["genre"] in voulues.genres]
        return document

    async def emissions(self, acces: Acces, dossier: UUID) -> frozenset[str]:
        await self._noter(acces)
        return frozenset(catalogue()) if str(dossier) == d.DOSSIER else frozenset()

    async def contribuer(self, acces: Acces, dossier: UUID, propositions: Sequence[Proposition], cle: str) -> bool:
        await self._noter(acces)
        if self.refuser is not None:
            raise self.refuser
        nouveau = cle not in self.recues
        self.recues[cle] = (dossier, tuple(propositions))
        return nouveau

    def sceller(self, sujet: Demandeur, octets: bytes) -> str:
        return f"{self.marque(sujet)}:{octets.hex()}"

    def desceller(self, sujet: Demandeur, texte: str) -> bytes:
        marque, _, scelle = texte.partition(":")
        return bytes.fromhex(scelle) if marque == self.marque(sujet) else b""

    def marque(self, sujet: Demandeur) -> str:
        return f"{sujet.partenaire.code}-{sujet.agent}"

    async def journal(self, acces: Acces, filtres: Mapping[str, str], limite: int) -> dict[str, Any]:
        await self._noter(acces)
        if filtres["apres"]:
            return {"lignes": [], "suivant": None}
        document = d.journal()
        document["lignes"] = [x for x in document["lignes"] if filtres["issue"] in {"", x["issue"]}][:limite]
        document["lignes"][0]["agent"] = "=cmd|'/c calc'!A1"
        return document

    async def identite_cherchee(self, acces: Acces, identite: Mapping[str, str]) -> dict[str, Any]:
        await self._noter(acces)
        connue = tuple(identite.values()) == ("DIARRA", "Amina", "1984-03-01")
        return {"lignes": d.journal()["lignes"][3:4] if connue else [], "suivant": None}

    async def _noter(self, acces: Acces) -> None:
        await anyio.lowlevel.checkpoint()
        self.acces.append(acces)


@dataclass
class SiteFige:
    site: Site
    guichet: GuichetFige
    registre: RegistreFige
    emetteur: EmetteurDemo

    def lien(self, agent: str = "instructrice-ccapex", finalite: str = "") -> str:
        """A one-time sign-in link; ``finalite``: declared by following it."""
        dpo = agent == "dpo"
        code = self.emetteur.lien(
            "dpo-conjoint" if dpo else "drihl93-ccapex",
            "pages-dpo" if dpo else "pages",
            ["CONTROLE"] if dpo else sorted(FINALITES),
            agent,
            finalite,
        )
        return f"/demo/entrer/{code}"

    @property
    def app(self) -> Starlette:
        return Starlette(routes=adresses.routes(self.site))


def site_fige() -> SiteFige:
    emetteur, guichet, registre = EmetteurDemo(), GuichetFige(), RegistreFige()
    site = Site(
        cast("Any", guichet),
        registre.courant,
        Identites([emetteur.emetteur]),
        Sessions(Coffret(b"s" * 32), securise=False),
        aujourd_hui=lambda: d.LE,
        demo=emetteur,
    )
    fige = SiteFige(site, guichet, registre, emetteur)
    site.entrees = lambda: [Invitation("DRIHL 93", "instructrice de la CCAPEX", fige.lien())]
    return fige


@asynccontextmanager
async def servir(app: Any) -> AsyncIterator[str]:
    """The application on a loopback port, in this very loop; stopped at the end."""
    server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=0, log_level="warning", lifespan="off"))
    server.config.load()
    server.lifespan = server.config.lifespan_class(server.config)
    await server.startup()
    try:
        port = server.servers[0].sockets[0].getsockname()[1]
        async with anyio.create_task_group() as taches:
            taches.start_soon(server.main_loop)
            yield f"http://127.0.0.1:{port}"
            server.should_exit = True
    finally:
        await server.shutdown()
