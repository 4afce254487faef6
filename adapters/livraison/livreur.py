"""What brings the feed to those who subscribe: each stretch is made anew at each attempt, under the rights of then.

A stretch goes from one token of the reader to the next. It is brought, then the token moves: killed in between, it is
brought again. Nobody waits for anybody: what is due is begun, and its receiver has its own time.
"""

import asyncio
import logging
import random
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from datetime import UTC, date, datetime, timedelta
from http import HTTPStatus
from typing import Final, NamedTuple
from uuid import UUID

import orjson

from adapters.abonnements.depot import LETTRES, Fin, GenreDAbonnement, Livraison
from adapters.abonnements.destination import DestinationIllisible, ouvrir
from adapters.gate import flux
from adapters.gate.contexte import Gate
from adapters.gate.files import Curseur
from adapters.gate.refus import PANNES, Refus
from adapters.livraison.abonne import admettre_l_abonne
from adapters.livraison.facteur import Facteur
from adapters.livraison.messagerie import Messagerie
from adapters.livraison.postier import Postier, Remise
from ledger.droit.jours import debut
from ledger.errors import LedgerIndisponible
from policies.decision import Action

logger = logging.getLogger(__name__)

PAS: Final = timedelta(seconds=10)
"""Between two looks at what is new for one subscriber, however much there is elsewhere."""
PALIER: Final = timedelta(seconds=1)
"""A message leaves on the next one of its subscription's own clock, whatever it took to make it."""
CHANGEMENTS: Final = 50
"""Changes of one message: some 25 kB."""
RECULS: Final = (5, 30, 120, 600, 1800)
"""Seconds before the next attempt, after each of the first ones; then an hour."""
RECUL_MAXIMAL: Final = 3600
ALEA: Final = 0.2
"""Of the time before an attempt, what is drawn: those who failed together do not come back together."""
TENTATIVES: Final = 37
"""After so many, which take more than a day whatever is drawn, it is a dead letter."""
REFUSE: Final = timedelta(hours=1)
"""Before who may not read is looked at again, unless a day begins: it may be habilitated again."""
PANNE: Final = timedelta(seconds=30)
"""Before what one of ours could not answer is tried again."""
VEILLE: Final = timedelta(hours=1)
"""At least so often each feed is looked at, though nothing was recorded: its token must not grow old."""
TOUR: Final = 1.0
"""Seconds between two looks at what is due."""
EN_COURS: Final[Mapping[GenreDAbonnement, int]] = {"url": 200, "courriel": 8}
"""Messages that are waited for together at most. All letters have one receiver, which delays no other."""
LECTURES: Final = 4
"""Feeds that are read together: receivers are many, the machine is one."""
REFUS: Final = "vos droits ne le permettent plus"
INTERROMPU: Final = "livraison interrompue"


class Livreur:
    """Brings what is due. ``tirage``: a number from 0 to 1, each time another. ``palier``: see ``PALIER``."""

    def __init__(
        self,
        gate: Gate,
        postier: Postier,
        messagerie: Messagerie | None = None,
        *,
        tirage: Callable[[], float] = random.random,
        palier: timedelta = PALIER,
    ) -> None:
        self._gate = gate
        self._depot = gate.abonnements
        self._postier = postier
        self._tirage = tirage
        self._palier = palier
        self._taches: dict[asyncio.Task[None], GenreDAbonnement] = {}
        self._lectures = asyncio.Semaphore(LECTURES)
        self._facteur = Facteur(gate, messagerie, self._lectures)
        self._vus: dict[UUID, _Vue] = {}
        self._menage: datetime | None = None

    async def servir(self) -> None:
        """Bring, for ever. A database that does not answer is waited for."""
        try:
            while True:
                try:
                    await self.commencer()
                except LedgerIndisponible:
                    logger.warning("abonnements injoignables : nouvel essai dans %s s", PANNE.seconds)
                    await asyncio.sleep(PANNE.seconds)
                await asyncio.sleep(TOUR)
        finally:
            await self.finir()

    async def commencer(self) -> None:
        """Begin all that is due, and wait for none of it."""
        le = self._depot.maintenant()
        if self._menage is None or le - self._menage >= VEILLE:
            await self._depot.oublier(le)
            self._menage = le
        for genre, au_plus in EN_COURS.items():
            libres = au_plus - list(self._taches.values()).count(genre)
            for livraison in await self._depot.prendre(le, libres, genre) if libres else ():
                tache = asyncio.create_task(self._livrer(livraison))
                self._taches[tache] = genre
                tache.add_done_callback(self._taches.pop)

    async def finir(self) -> None:
        """Wait for what was begun: each has its own bound."""
        while self._taches:
            await asyncio.wait(set(self._taches))

    async def _livrer(self, livraison: Livraison) -> None:
        try:
            await (self._facteur.apporter if _par_courriel(livraison) else self._essayer)(livraison)
        except PANNES:
            logger.warning("une livraison attend que la base réponde : elle sera refaite")
        except Exception as erreur:  # noqa: BLE001 - the others go on, and this one comes back later and later
            genre = type(erreur).__name__
            logger.error("une livraison s'est interrompue : %s", genre)  # noqa: TRY400 - its message may hold a value
            with suppress(LedgerIndisponible):  # its lease will end
                await self._interrompre(livraison)

    async def _interrompre(self, livraison: Livraison) -> None:
        if _par_courriel(livraison):
            await self._facteur.interrompre(livraison, INTERROMPU)
        else:
            await self._echouer(livraison, livraison.jusqu_a, Remise(INTERROMPU))

    async def _essayer(self, livraison: Livraison) -> None:
        """Read, bring, move on; or put off."""
        vue = await self._regarder()
        if self._rien_de_neuf(livraison, vue):
            await self._depot.remettre(livraison, _tic(livraison.abonnement, vue.le), "")
            return
        try:
            async with self._lectures:
                suite = await self._lire(livraison)
            destination = ouvrir(self._gate.ledger.index, livraison.abonnement, livraison.scelle)
        except Refus as refus:
            await self._renoncer(livraison, refus)
            return
        except DestinationIllisible:
            await self._terminer(livraison, "perimee")
            return
        if suite.evenements:
            corps = orjson.dumps(suite.evenements)
            id_ = self._nommer(livraison, [evenement["id"] for evenement in suite.evenements])
            await self._attendre_le_palier(livraison.abonnement)
            entetes = destination.signer(id_, self._depot.maintenant(), corps)
            remise = await self._postier.remettre(destination.url, entetes, corps)
            if remise.partie:
                await self._terminer(livraison, "partie")
                return
            if remise.echec:
                # Of a letter, the end stays where it was: a message may hold less than all of it.
                await self._echouer(livraison, livraison.jusqu_a if livraison.numero else suite.suivant, remise)
                return
        await self._avancer(livraison, suite, vue)

    async def _regarder(self) -> "_Vue":
        """How far the record and the registry have come, by now."""
        registre = await self._gate.registre.courant()
        jour = self._gate.aujourd_hui()  # rows of the registry begin and end with a day, and nothing is recorded then
        return _Vue(await self._gate.listes.position(), registre.revision, jour, self._depot.maintenant())

    def _rien_de_neuf(self, livraison: Livraison, vue: "_Vue") -> bool:
        """Whether nothing at all was recorded since this feed was last told whole, that day: then nothing of it was."""
        if livraison.numero or livraison.jusqu_a is not None:
            return False
        avant = self._vus.get(livraison.abonnement)
        return avant is not None and avant[:3] == vue[:3] and vue.le - avant.le < VEILLE

    async def _lire(self, livraison: Livraison) -> flux.PageDuFlux:
        """What is new of this feed, as its reader would be told now. ``Refus``."""
        acces = await admettre_l_abonne(self._gate, livraison, Action.LIRE)
        page = Curseur(limite=CHANGEMENTS)
        return await flux.suivre(self._gate, acces, livraison.depuis, page, livraison.jusqu_a)

    def _nommer(self, livraison: Livraison, ids: list[str]) -> str:
        """The name of a message: the same as long as it tells the same."""
        return self._gate.ledger.index.empreinte("livraison", str(livraison.abonnement), *ids)[:16].hex()

    async def _attendre_le_palier(self, id_: UUID) -> None:
        if self._palier:
            le = datetime.now(UTC)
            await asyncio.sleep((_tic(id_, le, self._palier) - le).total_seconds())

    async def _avancer(self, livraison: Livraison, suite: flux.PageDuFlux, vue: "_Vue") -> None:
        """It was brought, or there was nothing in it."""
        if livraison.numero and not suite.encore:
            await self._depot.oter(livraison)
            return
        jusqu_a = livraison.jusqu_a if livraison.numero else None
        suivi = livraison.jusqu_a is not None and not livraison.numero  # what came meanwhile was not looked at
        neuve = livraison._replace(depuis=suite.suivant, jusqu_a=jusqu_a, tentatives=0)
        le, tout = self._depot.maintenant(), not (suite.encore or suivi)
        await self._depot.remettre(neuve, _tic(livraison.abonnement, le) if tout else le, "")
        if tout and not livraison.numero:
            self._vus[livraison.abonnement] = vue

    async def _echouer(self, livraison: Livraison, jusqu_a: str | None, remise: Remise) -> None:
        """It was not brought: later, or never but by somebody's word."""
        self._vus.pop(livraison.abonnement, None)
        le, essais = self._depot.maintenant(), livraison.tentatives + 1
        neuve = livraison._replace(jusqu_a=jusqu_a, tentatives=essais)
        if essais >= TENTATIVES and jusqu_a is not None and await self._a_de_la_place(livraison):
            await self._depot.enterrer(neuve, jusqu_a, le, remise.echec)
            return
        suite = le + self._recul(essais)
        await self._depot.remettre(neuve, max(suite, remise.pas_avant or suite), remise.echec)

    async def _a_de_la_place(self, livraison: Livraison) -> bool:
        return bool(livraison.numero) or await self._depot.compter_les_lettres(livraison.abonnement) < LETTRES

    def _recul(self, essais: int) -> timedelta:
        secondes = RECULS[essais - 1] if essais <= len(RECULS) else RECUL_MAXIMAL
        return timedelta(seconds=secondes * (1 + ALEA * (2 * self._tirage() - 1)))

    async def _renoncer(self, livraison: Livraison, refus: Refus) -> None:
        """Nothing is brought to who may not read it now; a token that is too old cannot be taken up by anybody."""
        if refus.statut == HTTPStatus.BAD_REQUEST:
            await (self._depot.oter(livraison) if livraison.numero else self._terminer(livraison, "perimee"))
            return
        self._vus.pop(livraison.abonnement, None)
        panne, le = refus.statut == HTTPStatus.SERVICE_UNAVAILABLE, self._depot.maintenant()
        suite = le + PANNE if panne else self._apres_un_refus(livraison.abonnement, le)
        await self._depot.remettre(livraison, suite, "" if panne else REFUS)

    def _apres_un_refus(self, id_: UUID, le: datetime) -> datetime:
        """An hour later, or once the next day has begun: what the registry gives from a day on, it gives from then."""
        demain = debut(self._gate.aujourd_hui() + timedelta(days=1))
        return min(le + REFUSE, _tic(id_, demain)) if demain > le else le + REFUSE

    async def _terminer(self, livraison: Livraison, fin: Fin) -> None:
        self._vus.pop(livraison.abonnement, None)
        await self._depot.finir(livraison.abonnement, fin, self._depot.maintenant())


def _par_courriel(livraison: Livraison) -> bool:
    return livraison.genre == "courriel"


def _decalage(id_: UUID) -> timedelta:
    """By how much the clock of one subscription is its own: not all of them are due together."""
    return timedelta(milliseconds=id_.int % (PAS // timedelta(milliseconds=1)))


def _tic(id_: UUID, le: datetime, pas: timedelta = PAS) -> datetime:
    """The next step of a subscription's clock. No work moves it: how late a look was would tell what others wrote."""
    return le + pas - (le - _ORIGINE - _decalage(id_)) % pas


_ORIGINE: Final = datetime(2026, 1, 1, tzinfo=UTC)


class _Vue(NamedTuple):
    """How far the record and the registry had come, on which day, and when that was looked at."""

    tete: int
    revision: int
    jour: date
    le: datetime


def livreur(gate: Gate, messagerie: Messagerie | None = None) -> Livreur:
    """What brings, with the clock and the addresses of the gate's subscriptions; no mail without ``messagerie``."""
    return Livreur(gate, Postier(gate.abonnements.joignables, gate.abonnements.maintenant), messagerie)


@asynccontextmanager
async def livrer_a_cote(gate: Gate, messagerie: Messagerie | None = None) -> AsyncIterator[None]:
    """The same beside something else, in one process, until that ends."""
    tache = asyncio.create_task(livreur(gate, messagerie).servir())
    try:
        yield
    finally:
        tache.cancel()
        with suppress(asyncio.CancelledError):
            await tache
