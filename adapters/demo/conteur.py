"""Loading the demonstration: the lot is imported, then each partner tells its part, through the gate.

Nothing is written by the back door: every contribution is admitted, decided and journaled as a partner's would be.
What was told already adds nothing, so that a load that was stopped is finished by the next start.
"""

import asyncio
import sys
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final
from uuid import NAMESPACE_URL, UUID, uuid5

import msgspec
import orjson

from adapters.demo import departement, recits
from adapters.demo.departement import TEMOIN, Foyer, Menage
from adapters.demo.personnages import personnage
from adapters.demo.peuplement import client
from adapters.demo.recits import BAILLEUR, INSTRUCTRICE, Propos, Sujets
from adapters.exploc.importation import importer
from adapters.gate import consulter, droits, files, indicateurs
from adapters.gate import contribuer as contributions
from adapters.gate.acces import Declaration, admettre
from adapters.gate.contexte import Acces, Gate, Trace
from adapters.gate.refus import Refus
from adapters.identite.demo import EmetteurDemo
from policies.decision import Action

MENAGES: Final = 300
ENSEMBLE: Final = 16
"""Households told at once: their contributions share commits."""
_ESPACE: Final = uuid5(NAMESPACE_URL, "unefois:demonstration:cles")
_DERNIERE: Final = "COMEX"
"""The last thing told of the example is its place on the agenda of this commission."""


@dataclass
class Conteur:
    """Tells the gate what the fictitious partners know. ``seances``: those convened, by instance and date held.

    ``menages``: how many households are drawn.
    """

    gate: Gate
    emetteur: EmetteurDemo
    seances: Mapping[tuple[str, date | None], tuple[UUID, date]]
    menages: int = MENAGES
    _acces: dict[tuple[str, str], Acces] = field(default_factory=dict)

    async def charger(self, le: date) -> UUID:
        """Load what is missing, and say which record is the example."""
        connu = await self.chercher(TEMOIN)
        if connu is not None and await self._complet(connu):
            return connu
        await self._importer(departement.lot(self.foyers()), le)
        racontes = self.racontes()
        avancer(f"{len(racontes)} ménages racontés par leurs partenaires…")
        limite = asyncio.Semaphore(ENSEMBLE)

        async def un(rang: int, foyer: Foyer) -> None:
            async with limite:
                await self._raconter(rang, foyer, le)

        await asyncio.gather(*(un(rang, foyer) for rang, foyer in enumerate(racontes[:-1])))
        await self._compter(le)
        # The example last: that it is complete tells that all of them are.
        return await self._raconter(len(racontes), racontes[-1], le)

    async def _importer(self, lot: bytes, le: date) -> None:
        avancer("Chargement d'un département fictif…")
        acces = await self.acces(INSTRUCTRICE, "CCAPEX_ADMINISTRATIVE", Action.IMPORTER)
        rapport = await importer(self.gate, msgspec.structs.replace(acces, le=le), _un_bloc(lot), ecrire=True)
        avancer(f"{rapport['dossiers']} dossiers, {rapport['accepted_distinct_acts']} actes.")

    async def _compter(self, le: date) -> None:
        """Keep the figures of the last year that is over, as who instructs does each January."""
        acces = await self.acces(INSTRUCTRICE, "STATISTIQUE", Action.COMPTER)
        await indicateurs.arreter(self.gate, acces, le.year - 1)

    def foyers(self) -> tuple[Foyer, ...]:
        """The households of the département: the same ones each time."""
        return departement.foyers(self.menages, departement.FIN)

    def racontes(self) -> tuple[Foyer, ...]:
        """Those of whom their partners tell."""
        return recits.racontes(self.foyers(), personnage(BAILLEUR).siret)

    async def chercher(
        self, menage: Menage, agent: str = INSTRUCTRICE, finalite: str = "CCAPEX_ADMINISTRATIVE"
    ) -> UUID | None:
        """The case of a household, if it has one that this person may find for this purpose."""
        acces = await self.acces(agent, finalite, Action.RECHERCHER)
        identite = {"nom": menage.nom, "prenoms": menage.prenom, "date_naissance": menage.naissance.isoformat()}
        trouves = (await files.rechercher(self.gate, acces, identite)).document["dossiers"]
        return UUID(trouves[0]["dossier"]) if trouves else None

    async def titulaire(self, dossier: UUID) -> UUID:
        """Who holds the lease of that case, as its landlord declared it."""
        acces = await self.acces(BAILLEUR, "ACTE_EMISSION", Action.LIRE)
        vu = (await consulter.lire(self.gate, acces, dossier)).document
        return UUID(next(f["champs"]["personne"] for f in vu["faits"] if f["type"] == "OccupantDeclare"))

    async def _complet(self, dossier: UUID) -> bool:
        acces = await self.acces(INSTRUCTRICE, "CCAPEX_ADMINISTRATIVE", Action.LIRE)
        faits = (await consulter.lire(self.gate, acces, dossier, vue="ccapex")).document["faits"]
        return any(f["champs"].get("instance") == _DERNIERE for f in faits)

    async def _raconter(self, rang: int, foyer: Foyer, le: date) -> UUID:
        acces = await self.acces(BAILLEUR, "ACTE_EMISSION", Action.OUVRIR)
        cle = str(uuid5(_ESPACE, foyer.menage.reference))
        recu = await contributions.ouvrir(self.gate, acces, orjson.dumps(recits.ouverture(foyer)), cle)
        titulaire = await self.titulaire(recu.dossier)
        sujets = Sujets(recu.dossier, titulaire, lambda instance, tenue: self.seances[instance, tenue], le)
        recit = recits.temoin(sujets) if foyer.menage == TEMOIN else recits.autre(foyer, sujets, rang)
        for numero, dit in enumerate(recit):
            await self._dire(recu.dossier, dit, str(uuid5(_ESPACE, f"{foyer.menage.reference}/{numero}")))
        if rang == recits.PARTI and foyer.menage != TEMOIN:
            await self._effacer(recu.dossier, sujets.id("conjoint"))
        return recu.dossier

    async def _effacer(self, dossier: UUID, personne: str) -> None:
        """Erase one person by the four steps of the law: requested, avis given, decided, done by somebody else."""
        acces = await self.acces(INSTRUCTRICE, "CCAPEX_ADMINISTRATIVE", Action.LIRE)
        if any(f["efface"] for f in (await consulter.lire(self.gate, acces, dossier, vue="ccapex")).document["faits"]):
            return
        rendu: dict[str, Any] = {}
        for agent, etape, contenu in (
            ("responsable", "demande", {"personne": personne}),
            ("dpo", "avis", {"avis": "FAVORABLE"}),
            ("responsable", "decision", {"sens": "ACCORDE"}),
            ("responsable-adjoint", "execution", {}),
        ):
            qui = await self.acces(agent, "DROITS_PERSONNE", Action.EMETTRE)
            sous = {"decision": rendu["decision"]} if etape == "execution" else {}
            id_ = UUID(rendu["effacement"]) if rendu else None
            rendu = await droits.effacement(self.gate, qui, {"dossier": str(dossier), **contenu, **sous}, etape, id_)

    async def _dire(self, dossier: UUID, dit: Propos, cle: str) -> None:
        demande = f"; demande={dit.demande}" if dit.demande else ""
        acces = await self.acces(dit.agent, dit.finalite + demande, Action.EMETTRE)
        try:
            await contributions.contribuer(self.gate, acces, dossier, orjson.dumps(recits.corps(dit)), cle)
        except Refus as refus:
            # Told before a stop, on a day when the next session had another date: it stays as it was told.
            if refus.code != "cle_reutilisee":
                raise

    async def acces(self, agent: str, finalite: str, action: Action) -> Acces:
        """The access of one of the persons for one purpose, admitted once."""
        if (agent, finalite) not in self._acces:
            self._acces[agent, finalite] = await admis(self.gate, self.emetteur, agent, finalite, action)
        return self._acces[agent, finalite]


async def admis(gate: Gate, emetteur: EmetteurDemo, agent: str, finalite: str, action: Action) -> Acces:
    """The access of one of the persons, under a token that is bound to it; ``Refus`` as the gate admits."""
    p = personnage(agent)
    jeton = emetteur.jeton(p.partenaire, client(p.partenaire), p.finalites, p.agent)
    return await admettre(gate, jeton, Declaration(finalite), action, Trace("demonstration"))


def avancer(texte: str) -> None:
    """Say where it is: one line that moves on a terminal, and that nothing (``""``) takes away; lines elsewhere."""
    if sys.stderr.isatty():
        sys.stderr.write(f"\r\x1b[K{texte}")
        sys.stderr.flush()
    elif texte:
        sys.stderr.write(f"{texte}\n")


async def _un_bloc(octets: bytes) -> AsyncIterator[bytes]:
    yield octets
