"""The tables of subscriptions: what the gate says of one, and what brings it takes up and puts back.

The connections are of the role ``unefois_api``. Nothing is decided in this file. Moments are arguments: a clock that
goes back or forward moves no delivery but by what it is told.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from importlib.resources import files
from typing import Any, Final, Literal, LiteralString, NamedTuple
from uuid import UUID

import orjson
import psycopg

from adapters.abonnements.boites import Boites
from adapters.abonnements.joignables import Joignables
from ledger.batching import Channel
from ledger.errors import LedgerIndisponible
from ledger.journal import INSCRIRE, Ligne

BAIL: Final = timedelta(minutes=2)
"""For how long what is being brought is nobody else's to bring: beyond, who had it is dead, and it is brought again."""
LETTRES: Final = 100
"""Dead letters of one subscription at most: with so many, the next one is tried for as long as it takes."""
GARDE: Final = timedelta(days=90)
"""For how long the row of a subscription that has ended is kept."""

Accueil = Literal["ecrit", "deja", "cle_reutilisee", "trop"]
GenreDAbonnement = Literal["url", "courriel"]
Fin = Literal["demandee", "partie", "perimee", "non_confirmee"]
"""Why one ends: who has it asked, who receives is gone (410), nothing could be brought for 90 days, the mailbox was not
confirmed."""

_COLONNES: Final = (
    "a.id, a.genre, a.partenaire, a.client, a.agent, a.finalite, a.demande, a.scelle, a.cree_le, a.confirme_le,"
    " a.fini_le, coalesce(a.fin, ''), l.tentatives, l.prochaine_le, l.dernier,"
    " (SELECT count(*) FROM livraisons AS x WHERE x.abonnement = a.id AND x.numero > 0)"
)
_SIENS: Final = (
    "SELECT " + _COLONNES + " FROM abonnements AS a LEFT JOIN livraisons AS l ON l.abonnement = a.id AND l.numero = 0"  # noqa: S608 - our own names
    " WHERE a.partenaire = %s AND (%s::uuid IS NULL OR a.id = %s) ORDER BY a.cree_le, a.id LIMIT 100"
)
_LETTRES: Final = (
    "SELECT numero, tentatives, dernier, morte_le, prochaine_le FROM livraisons WHERE abonnement = %s AND numero > 0"
    " ORDER BY numero LIMIT 100"
)
_AVEC_LIGNE: Final = "WITH ligne AS (" + INSCRIRE + ") "
_RESCELLER: Final = (
    "WITH change AS (UPDATE abonnements SET scelle = %s WHERE id = %s AND scelle = %s AND fini_le IS NULL"  # noqa: S608 - our own names
    " RETURNING id),"
    " ligne AS (" + INSCRIRE + " WHERE EXISTS (SELECT FROM change)) SELECT id FROM change"
)
_CONFIRMER: Final = (
    "WITH change AS (UPDATE abonnements SET scelle = %s, confirme_le = %s WHERE id = %s AND scelle = %s"  # noqa: S608 - our own names
    " AND fini_le IS NULL AND confirme_le IS NULL RETURNING id),"
    " due AS (UPDATE livraisons SET prochaine_le = %s, jusqu_a = NULL, tentatives = 0, dernier = ''"
    " FROM change WHERE abonnement = change.id),"
    " ligne AS (" + INSCRIRE + " WHERE EXISTS (SELECT FROM change)) SELECT id FROM change"
)
_FIN: Final = (
    ", vide AS (DELETE FROM livraisons WHERE abonnement = %s) UPDATE abonnements"
    " SET fini_le = %s, fin = %s, scelle = '' WHERE id = %s AND fini_le IS NULL"
)
_REJOUER: Final = (
    _AVEC_LIGNE + "UPDATE livraisons SET tentatives = 0, prochaine_le = %s"  # noqa: S608 - our own names
    " WHERE abonnement = %s AND prochaine_le IS NULL RETURNING numero"
)
_PRENDRE: Final = (
    "UPDATE livraisons AS l SET prochaine_le = %s FROM abonnements AS a WHERE a.id = l.abonnement AND"
    " (l.abonnement, l.numero) IN (SELECT x.abonnement, x.numero FROM livraisons AS x"
    " JOIN abonnements AS s ON s.id = x.abonnement AND s.genre = %s"
    " WHERE x.prochaine_le <= %s AND NOT EXISTS (SELECT FROM livraisons AS avant WHERE avant.abonnement = x.abonnement"
    " AND avant.numero BETWEEN 1 AND x.numero - 1 AND avant.prochaine_le IS NOT NULL)"
    " ORDER BY x.prochaine_le LIMIT %s FOR UPDATE OF x SKIP LOCKED)"
    " RETURNING a.id, a.genre, l.numero, a.partenaire, a.client, a.agent, a.finalite, a.demande, a.scelle, a.cree_le,"
    " a.confirme_le, l.depuis, l.jusqu_a, l.tentatives, l.prochaine_le"
)
_A_MOI: Final = " WHERE abonnement = %s AND numero = %s AND prochaine_le = %s"
_REMETTRE: Final = (
    "UPDATE livraisons SET depuis = %s, jusqu_a = %s, tentatives = %s, prochaine_le = %s, dernier = %s"  # noqa: S608 - our own names
    + _A_MOI
    + " RETURNING numero"
)
_OTER: Final = "DELETE FROM livraisons" + _A_MOI  # noqa: S608 - our own names
_ENTERRER: Final = (
    "WITH lettre AS (INSERT INTO livraisons (abonnement, numero, depuis, jusqu_a, tentatives, dernier, morte_le)"  # noqa: S608 - our own names
    " SELECT abonnement, (SELECT max(numero) + 1 FROM livraisons AS x WHERE x.abonnement = t.abonnement), depuis,"
    " %s, %s, %s, %s FROM livraisons AS t" + _A_MOI + ")"
    " UPDATE livraisons SET depuis = %s, jusqu_a = NULL, tentatives = 0, prochaine_le = %s" + _A_MOI
)


class Abonnement(NamedTuple):
    """A subscription as it stands: whose it is, until when, and what its delivery has come to."""

    id: UUID
    genre: GenreDAbonnement
    partenaire: str
    client: str | None
    agent: str
    finalite: str
    demande: UUID | None
    scelle: bytes
    cree_le: datetime
    confirme_le: datetime | None
    fini_le: datetime | None
    fin: str
    tentatives: int | None
    prochaine_le: datetime | None
    dernier: str | None
    lettres: int


class Lettre(NamedTuple):
    """A dead letter; ``prochaine_le``: it is being brought again."""

    numero: int
    tentatives: int
    dernier: str
    morte_le: datetime
    prochaine_le: datetime | None


class Livraison(NamedTuple):
    """A stretch of a feed to bring: of which subscription, from one token to another, or as far as it goes.

    To a mailbox, how many cases wait. ``bail``: until when it is nobody else's; who has lost it puts nothing back.
    """

    abonnement: UUID
    genre: GenreDAbonnement
    numero: int
    partenaire: str
    client: str | None
    agent: str
    finalite: str
    demande: UUID | None
    scelle: bytes
    cree_le: datetime
    confirme_le: datetime | None
    depuis: str
    jusqu_a: str | None
    tentatives: int
    bail: datetime

    @property
    def prise(self) -> tuple[UUID, int, datetime]:
        """Which one, and by which lease."""
        return self.abonnement, self.numero, self.bail


class Abonnements:
    """The tables, with the addresses and mailboxes that are admitted there and the clock that moments are read off.

    ``LedgerIndisponible`` where the tables do not answer: of what was said, nothing is known.
    """

    def __init__(
        self,
        url: str,
        schema: str = "d93",
        *,
        joignables: Joignables | None = None,
        boites: Boites | None = None,
        maintenant: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._session = Channel(url, schema)
        self.joignables = joignables or Joignables()
        self.boites = boites or Boites()
        self.maintenant = maintenant

    async def close(self) -> None:
        """Leave the database."""
        await self._session.close()

    async def creer(self, ligne: Ligne, dit: Mapping[str, Any], depuis: str) -> Accueil:
        """Make one, with its row of the journal, or say why not."""
        textes = orjson.dumps(ligne.en_json()).decode(), orjson.dumps(dit).decode(), depuis
        [(verdict,)] = await self._demander("SELECT abonner(%s::jsonb, %s::jsonb, %s)", textes)
        lu: Accueil = verdict
        return lu

    async def siens(self, partenaire: str, id_: UUID | None = None) -> list[Abonnement]:
        """Those of a partner, the oldest first; or the one of that id, if it is its own."""
        return [Abonnement(*rangee) for rangee in await self._demander(_SIENS, (partenaire, id_, id_))]

    async def lettres(self, id_: UUID) -> list[Lettre]:
        """The dead letters of one, in their order."""
        return [Lettre(*rangee) for rangee in await self._demander(_LETTRES, (id_,))]

    async def resceller(self, un: Abonnement, scelle: bytes, ligne: Ligne) -> bool:
        """Put another secret in the place of what it had, with its row of the journal; false: it has another by now."""
        return bool(await self._demander(_RESCELLER, (scelle, un.id, un.scelle, _json(ligne))))

    async def confirmer(self, un: Abonnement, scelle: bytes, le: datetime, ligne: Ligne) -> bool:
        """Have a mailbox written to from then on, with the row of the journal; false: something else came before."""
        return bool(await self._demander(_CONFIRMER, (scelle, le, un.id, un.scelle, le, _json(ligne))))

    async def finir(self, id_: UUID, fin: Fin, le: datetime, *lignes: Ligne) -> None:
        """End one for good: its secrets and its dead letters go, in the same transaction as the rows of the journal."""
        await self._demander(_AVEC_LIGNE + _FIN, (_json(*lignes), id_, le, fin, id_))

    async def rejouer(self, id_: UUID, le: datetime, ligne: Ligne) -> int:
        """Have its dead letters brought again, or what was suspended: how many."""
        return len(await self._demander(_REJOUER, (_json(ligne), le, id_)))

    async def prendre(self, le: datetime, limite: int, genre: GenreDAbonnement = "url") -> list[Livraison]:
        """What is due of a kind, the oldest first, taken from anybody else for the time of a lease.

        Of a subscription's dead letters that are brought again, one at a time, in their order.
        """
        return [Livraison(*rangee) for rangee in await self._demander(_PRENDRE, (le + BAIL, genre, le, limite))]

    async def remettre(self, livraison: Livraison, prochaine_le: datetime | None, dernier: str) -> bool:
        """Put one back as it now is, until then; None: until somebody says so. False: it was somebody else's by now."""
        ou = livraison.depuis, livraison.jusqu_a, livraison.tentatives
        return bool(await self._demander(_REMETTRE, (*ou, prochaine_le, dernier, *livraison.prise)))

    async def oter(self, livraison: Livraison) -> None:
        """Let go of a dead letter that was brought."""
        await self._demander(_OTER, livraison.prise)

    async def enterrer(self, livraison: Livraison, suivant: str, le: datetime, dernier: str) -> None:
        """Make a dead letter of a stretch, and go on after it, in one transaction. A letter is dead again."""
        if livraison.numero:
            vain = "UPDATE livraisons SET tentatives = %s, prochaine_le = NULL, dernier = %s" + _A_MOI  # noqa: S608 - our own names
            await self._demander(vain, (livraison.tentatives, dernier, *livraison.prise))
            return
        lettre = suivant, livraison.tentatives, dernier, le, *livraison.prise
        await self._demander(_ENTERRER, (*lettre, suivant, le, *livraison.prise))

    async def compter_les_lettres(self, id_: UUID) -> int:
        """How many dead letters one has."""
        [(nombre,)] = await self._demander(
            "SELECT count(*) FROM livraisons WHERE abonnement = %s AND numero > 0", (id_,)
        )
        return int(nombre)

    async def oublier(self, le: datetime) -> None:
        """Let go of those that ended long ago."""
        await self._demander("SELECT oublier_les_abonnements(%s)", (le - GARDE,))

    async def _demander(self, requete: LiteralString, params: Sequence[Any]) -> list[tuple[Any, ...]]:
        try:
            return await self._session.fetch(requete, params)
        except (psycopg.Error, TimeoutError) as erreur:
            raise LedgerIndisponible("Les abonnements ne sont pas accessibles.") from erreur


def _json(*lignes: Ligne) -> str:
    return orjson.dumps([ligne.en_json() for ligne in lignes]).decode()


def script() -> str:
    """The SQL of the tables, for the installer."""
    return files(__package__).joinpath("abonnements.sql").read_text(encoding="utf-8")
