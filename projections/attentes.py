"""Where to look for what is expected of somebody: one row for each case, fact and addressee, in the order of due dates.

A row holds ids, codes and days. It says where to look, never what is shown: the gate reads the case in the ledger, and
finds there what is expected, as its reader is shown it. What was answered has no row, so that a page costs the same
whatever was asked before.
"""

from collections.abc import Collection, Sequence
from datetime import date
from typing import Any, Final, LiteralString, NamedTuple
from uuid import UUID

from psycopg import AsyncConnection, sql
from psycopg.rows import class_row

from ledger.dossier import attentes
from ledger.dossier.attentes import MENAGE, SuiteAttendue
from ledger.dossier.etat import Dossier
from ledger.droit.attentes import historique
from projections.annexe import Annexe
from projections.liste import SERVIE
from projections.rattachements import Chemins, est_atteint
from projections.rattachements import parametres as parametres_des_chemins
from projections.table import cellule

SANS_ECHEANCE: Final = date.max
"""Stands for the due date of what has none: it comes after what has one."""

COLONNES: Final = ("dossier", "de", "genre", "fait", "ou", "echeance", "depuis")

DDL: Final[LiteralString] = """
-- What is expected, of whom (``de``), where (``ou``: the commune of a commission's, the case of a household's).
CREATE TABLE IF NOT EXISTS attentes (
    generation text NOT NULL,
    dossier    uuid NOT NULL,
    de         text NOT NULL,
    genre      text NOT NULL,
    fait       uuid NOT NULL,     -- because of which it is expected
    ou         text NOT NULL,
    echeance   date NOT NULL,
    depuis     date NOT NULL,
    PRIMARY KEY (generation, dossier, de, fait)
) PARTITION BY LIST (generation);
CREATE TABLE IF NOT EXISTS attentes_a PARTITION OF attentes (generation DEFAULT 'a') FOR VALUES IN ('a');
CREATE TABLE IF NOT EXISTS attentes_b PARTITION OF attentes (generation DEFAULT 'b') FOR VALUES IN ('b');
CREATE INDEX IF NOT EXISTS attentes_page ON attentes (generation, de, ou, genre, echeance, depuis, fait)
    INCLUDE (dossier);
GRANT SELECT ON attentes TO unefois_api;
GRANT SELECT, INSERT, DELETE, TRUNCATE ON attentes_a, attentes_b TO unefois_projecteur;
"""


def forme() -> str:
    """What the rows are made by, the same in every process: a part of the revision of the projections."""
    regles = [(r.genre, r.evenement, r.instance, r.mois, r.valid_from, r.valid_to) for r in historique()]
    return repr((COLONNES, regles))


def rangees(identite: UUID, d: Dossier) -> str:
    """The rows of one case, as COPY reads them."""
    trouvees = (*attentes.attendues(d), *attentes.suivis(d))
    return "".join(sorted(_rangee(identite, d, attendue) for attendue in trouvees))


def _rangee(identite: UUID, d: Dossier, attendue: SuiteAttendue) -> str:
    valeurs = (
        identite,
        attendue.de,
        attendue.genre,
        attendue.fait,
        lieu(attendue.de, identite, d.commune),
        attendue.echeance or SANS_ECHEANCE,
        attendue.depuis,
    )
    return "\t".join(map(cellule, valeurs)) + "\n"


def lieu(de: str, dossier: UUID, commune: str | None) -> str:
    """Where what is expected is looked for: of a commission, in its commune; of a household, in its case."""
    if de == MENAGE:
        return str(dossier)
    return commune or "" if de.startswith("commission/") else ""


ANNEXE: Final = Annexe("attentes", COLONNES, "dossier, de, fait", DDL, rangees, forme)


class Voie(NamedTuple):
    """One way to what is expected: of whom, where, of which kind, falling due on which day at the latest."""

    de: str
    ou: str
    genre: str
    avant: date = SANS_ECHEANCE


class PlaceDAttente(NamedTuple):
    """Where something stands in the order of what is expected, and after which a page begins."""

    echeance: date
    depuis: date
    fait: UUID


DEBUT: Final = PlaceDAttente(date.min, date.min, UUID(int=0))


class RangeeDAttente(NamedTuple):
    """One row, as it was looked for."""

    de: str
    ou: str
    genre: str
    dossier: UUID
    echeance: date
    depuis: date
    fait: UUID

    @property
    def place(self) -> PlaceDAttente:
        """Where it stands."""
        return PlaceDAttente(self.echeance, self.depuis, self.fait)


_PAGE: Final = sql.SQL(
    "SELECT t.* FROM unnest(%(de)s::text[], %(ou)s::text[], %(genre)s::text[], %(avant)s::date[])"
    " AS v (de, ou, genre, avant)"
    " CROSS JOIN LATERAL (SELECT a.de, a.ou, a.genre, a.dossier, a.echeance, a.depuis, a.fait"
    " FROM attentes AS a WHERE {servie} AND a.de = v.de AND a.ou = v.ou AND a.genre = v.genre"
    " AND a.echeance <= v.avant AND (a.echeance, a.depuis, a.fait) > (%(echeance)s, %(depuis)s, %(fait)s)"
    " AND ({atteint})"
    " ORDER BY a.echeance, a.depuis, a.fait LIMIT %(limite)s) AS t"
    " ORDER BY t.echeance, t.depuis, t.fait LIMIT %(limite)s"
)


def composer(
    voies: Sequence[Voie], chemins: Chemins, apres: PlaceDAttente, limite: int
) -> tuple[sql.Composed, dict[str, Any]]:
    """The SQL of a page and its parameters: of the cases that are on its reader's ways to one."""
    texte = _PAGE.format(servie=sql.SQL(SERVIE), atteint=est_atteint(chemins, sql.Identifier("a", "dossier")))
    dits = {**parametres_des_chemins(chemins), **_parametres(voies)}
    return texte, {**dits, **apres._asdict(), "limite": limite}


def _parametres(voies: Sequence[Voie]) -> dict[str, Any]:
    colonnes = zip(*voies, strict=True) if voies else ((),) * 4
    return dict(zip(Voie._fields, map(list, colonnes), strict=True))


async def lister(
    connexion: AsyncConnection[Any],
    voies: Sequence[Voie],
    chemins: Chemins,
    apres: PlaceDAttente,
    limite: int,
) -> list[RangeeDAttente]:
    """What stands on these ways after a place, of the cases that this reader may be linked to."""
    if not voies:
        return []
    texte, parametres = composer(voies, chemins, apres, limite)
    async with connexion.cursor(row_factory=class_row(RangeeDAttente)) as curseur:
        await curseur.execute(texte, parametres)
        return await curseur.fetchall()


_DES_DOSSIERS: Final = sql.SQL(
    "SELECT a.de, a.ou, a.genre, a.dossier, a.echeance, a.depuis, a.fait FROM attentes AS a"
    " JOIN unnest(%(de)s::text[], %(ou)s::text[], %(genre)s::text[], %(avant)s::date[]) AS v (de, ou, genre, avant)"
    " ON a.de = v.de AND a.ou = v.ou AND a.genre = v.genre AND a.echeance <= v.avant"
    " WHERE {servie} AND a.dossier = ANY(%(dossiers)s::uuid[]) ORDER BY a.echeance, a.depuis, a.fait"
)


async def des_dossiers(
    connexion: AsyncConnection[Any], voies: Sequence[Voie], dossiers: Collection[UUID]
) -> list[RangeeDAttente]:
    """What stands on these ways in some cases, which their reader is linked to."""
    if not voies or not dossiers:
        return []
    parametres = _parametres(voies) | {"dossiers": list(dossiers)}
    async with connexion.cursor(row_factory=class_row(RangeeDAttente)) as curseur:
        await curseur.execute(_DES_DOSSIERS.format(servie=sql.SQL(SERVIE)), parametres)
        return await curseur.fetchall()
