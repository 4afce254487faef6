"""The site in front of the real gate: real PostgreSQL, real policies, the demonstration's people."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import psycopg
from fastapi import FastAPI
from psycopg.conninfo import make_conninfo

from adapters.demo.personnages import PERSONNAGES, personnage
from adapters.demo.peuplement import client, peupler_registre, seance
from adapters.gate import contribuer as contributions
from adapters.gate import droits
from adapters.gate.acces import admettre
from adapters.gate.contexte import Gate
from adapters.gate.listes import Listes
from adapters.identite.demo import EmetteurDemo
from adapters.identite.jetons import Identites
from adapters.identite.oidc import Coffret
from adapters.registre.lecture import Registre
from adapters.rest.app import creer_application
from adapters.service.routes import ROUTES
from adapters.web import adresses
from adapters.web.guichet import Guichet
from adapters.web.sessions import Sessions
from adapters.web.site import Site
from ledger.application import Ledger
from policies.decision import Action
from policies.engines import Decider, EmbeddedEngine
from policies.tables import charger, lire
from projections.projecteur import avancer
from tests.bases import AUJOURD_HUI, SCHEMA, Bases

CCAPEX, OPH, ETUDE, DPO, CAF = (
    "drihl93-ccapex", "oph-fictif-1-contentieux", "etude-fictive-1", "dpo-conjoint", "caf93",
)  # fmt: skip
_GENS = {p.partenaire: p for p in reversed(PERSONNAGES)}


@dataclass
class Monde:
    """Everything that runs, and the household that partners told of."""

    gate: Gate
    emetteur: EmetteurDemo
    bases: Bases
    site: Site

    @property
    def app(self) -> FastAPI:
        """The real application, its routes of the API included."""

        @asynccontextmanager
        async def ouvrir() -> AsyncIterator[Gate]:
            yield self.gate

        app = creer_application(ouvrir, ROUTES)
        app.router.routes.extend(adresses.routes(self.site))
        app.state.gate = self.gate
        return app

    def lien(self, partenaire: str) -> str:
        p = _GENS[partenaire]
        return f"/demo/entrer/{self.emetteur.lien(p.partenaire, client(p.partenaire), p.finalites, p.agent)}"

    async def dire(
        self, partenaire: str, finalite: str, dossier: UUID | None, *evenements: tuple[str, str, dict[str, Any]]
    ) -> UUID:
        """One contribution of a partner's software."""
        p = _GENS[partenaire]
        jeton = self.emetteur.jeton(p.partenaire, client(p.partenaire), p.finalites, p.agent)
        acces = await admettre(self.gate, jeton, finalite, None, Action.EMETTRE, "")
        dits = [{"type": t, "survenu_le": le, "donnees": donnees} for t, le, donnees in evenements]
        if dossier is None:
            (_, le, logement), (_, _, titulaire), *suite = evenements
            corps = {"survenu_le": le, "logement": logement, "titulaire": titulaire, "evenements": dits[2:]}
            assert len(suite) == len(dits[2:])
            return (await contributions.ouvrir(self.gate, acces, json.dumps(corps).encode(), str(uuid4()))).dossier
        dite = json.dumps({"evenements": dits}).encode()
        return (await contributions.contribuer(self.gate, acces, dossier, dite, str(uuid4()))).dossier

    async def effacer(self, dossier: UUID) -> None:
        """Erase the titulaire, the only adult: requested, avis given, decided, done by a second person."""
        [personne] = (await self.gate.ledger.lire_ou_vierge(dossier)).etat.personnes
        rendu: dict[str, Any] = {}
        for agent, etape, contenu in (
            ("responsable", "demande", {"personne": str(personne)}),
            ("dpo", "avis", {"avis": "FAVORABLE"}),
            ("responsable", "decision", {"sens": "ACCORDE"}),
            ("responsable-adjoint", "execution", {}),
        ):
            p = personnage(agent)
            jeton = self.emetteur.jeton(p.partenaire, client(p.partenaire), p.finalites, p.agent)
            acces = await admettre(self.gate, jeton, "DROITS_PERSONNE", None, Action.EMETTRE, "")
            sous = {"decision": rendu["decision"]} if etape == "execution" else {}
            id_ = UUID(rendu["effacement"]) if rendu else None
            rendu = await droits.effacement(self.gate, acces, {"dossier": str(dossier), **contenu, **sous}, etape, id_)

    async def projeter(self) -> None:
        """Bring the worklists up to date."""
        url = make_conninfo(self.bases.projecteur_url, options=f"-c search_path={SCHEMA}")
        async with await psycopg.AsyncConnection.connect(url, autocommit=True) as connexion:
            while await avancer(connexion):
                pass

    def journal(self) -> list[tuple[str, str, str, str]]:
        """Who did what, for which purpose, with which outcome: every row, in order."""
        with psycopg.connect(self.bases.admin_url) as connexion:
            requete = f"SELECT organisation, action, finalite, issue FROM {SCHEMA}.journal ORDER BY position"  # noqa: S608 - our own schema
            return connexion.execute(requete).fetchall()


@asynccontextmanager
async def ouvrir_monde(bases: Bases, ledger: Ledger) -> AsyncIterator[Monde]:
    peupler_registre(bases.registre_url, SCHEMA, AUJOURD_HUI)
    emetteur = EmetteurDemo()
    identites = Identites([emetteur.emetteur])
    registre = Registre(bases.api_url, SCHEMA)
    try:
        async with Listes(bases.api_url, SCHEMA) as listes:
            decider = Decider(EmbeddedEngine(charger()))
            gate = Gate(ledger, registre, identites, decider, lire(), listes, aujourd_hui=lambda: AUJOURD_HUI)
            site = Site(
                Guichet(gate),
                registre.courant,
                identites,
                Sessions(Coffret(b"s" * 32), securise=False),
                aujourd_hui=lambda: AUJOURD_HUI,
                demo=emetteur,
            )
            yield Monde(gate, emetteur, bases, site)
    finally:
        await registre.close()


async def raconter(monde: Monde, nom: str = "DIARRA") -> UUID:
    """What a landlord tells of one household."""
    logement = {
        "parc": "SOCIAL", "commune": "93008", "bailleur_siret": _GENS[OPH].siret, "bailleur_nom": "OPH FICTIF 1",
        "adresse": "12 rue des Exemples", "code_postal": "93000", "loyer": 61240, "id_rpls": "3523902547",
    }  # fmt: skip
    titulaire = {"nom": nom, "prenoms": "Amina", "date_naissance": "1984-03-01"}
    dossier = await monde.dire(
        OPH,
        "ACTE_EMISSION",
        None,
        ("DossierOuvert", "2026-01-12", logement),
        ("OccupantDeclare", "2026-01-12", titulaire),
        ("DetteDeclaree", "2026-01-12", {"montant": 184230, "arretee_au": "2025-12-31"}),
    )
    await monde.dire(
        OPH,
        "ACTE_EMISSION",
        dossier,
        ("DetteDeclaree", "2026-04-06", {"montant": 298720, "arretee_au": "2026-03-31"}),
        ("DetteDeclaree", "2026-10-06", {"montant": 374500, "arretee_au": "2026-09-30"}),
        ("CcapexSaisie", "2026-10-12", {"saisissant": "BAILLEUR"}),
    )
    return dossier


SEANCE = seance("CCAPEX")
SEANCE_LE = (AUJOURD_HUI + timedelta(days=14)).isoformat()
