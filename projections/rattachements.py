"""Where to look for the cases that are a partner's: one row for each case and each thing that may link somebody to it.

It says where to look, never who is linked: the gate reads the case in the ledger, and asks the policies. Rows stand in
the order of the cases' ids, which are drawn at random: a page of them tells nothing of when a case was opened, by whom,
or how many others there are.
"""

from collections.abc import Collection, Iterator
from datetime import date
from typing import Any, Final, LiteralString, NamedTuple
from uuid import UUID

from psycopg import AsyncConnection, sql

from ledger.catalogue import Rubrique
from ledger.dossier.etat import Dossier
from ledger.dossier.liens import bailleurs, intervenants, soumissions
from ledger.droit.communes import historique
from projections.annexe import Annexe
from projections.liste import SERVIE
from projections.table import cellule

PREMIER: Final = UUID(int=0)
"""Before every case."""

COLONNES: Final = ("dossier", "lien", "soumis_le")

DDL: Final[LiteralString] = """
-- Which cases may be a partner's, by what links it to them (``lien``), in the order of their ids.
CREATE TABLE IF NOT EXISTS rattachements (
    generation text NOT NULL,
    dossier    uuid NOT NULL,
    lien       text NOT NULL,
    soumis_le  date,              -- of what is before a CLIL: when it was last put there
    PRIMARY KEY (generation, dossier, lien)
) PARTITION BY LIST (generation);
CREATE TABLE IF NOT EXISTS rattachements_a PARTITION OF rattachements (generation DEFAULT 'a') FOR VALUES IN ('a');
CREATE TABLE IF NOT EXISTS rattachements_b PARTITION OF rattachements (generation DEFAULT 'b') FOR VALUES IN ('b');
CREATE INDEX IF NOT EXISTS rattachements_page ON rattachements (generation, lien, dossier) INCLUDE (soumis_le);
GRANT SELECT ON rattachements TO unefois_api;
GRANT SELECT, INSERT, DELETE, TRUNCATE ON rattachements_a, rattachements_b TO unefois_projecteur;
"""


def de_la_commune(code: str) -> str:
    """What links by a territory."""
    return f"commune/{code}"


def de_la_clil(code: str) -> str:
    """What links by a territory, once the case was put before the CLIL of that commune."""
    return f"clil/{code}"


def du_bailleur(siret: str) -> str:
    """What links by a portfolio: the one landlord that is named."""
    return f"bailleur/{siret}"


def de_la_seance(seance: UUID) -> str:
    """What links by a seat: the case is on that agenda."""
    return f"seance/{seance}"


def de_l_agent(partenaire: str, code: str) -> str:
    """What links by an open intervention."""
    return f"agent/{partenaire}/{code}"


def de_l_auteur(partenaire: str) -> str:
    """What links by what was told."""
    return f"auteur/{partenaire}"


def du_declarant(siret: str) -> str:
    """What links by what was brought on somebody's behalf."""
    return f"declarant/{siret}"


def de_la_demande(demande: UUID) -> str:
    """What links by a request for help, which the purpose names."""
    return f"demande/{demande}"


def rangees(identite: UUID, d: Dossier) -> str:
    """The rows of one case, as COPY reads them."""
    numero = str(identite)
    return "".join(sorted([f"{numero}\t{cellule(lien)}\t{cellule(le)}\n" for lien, le in _liens(d)]))


def _liens(d: Dossier) -> Iterator[tuple[str, date | None]]:
    if d.commune is not None:
        yield de_la_commune(d.commune), None
        soumis_le = max((soumission.le for soumission in soumissions(d)), default=None)
        if soumis_le is not None:
            yield de_la_clil(d.commune), soumis_le
    # Of two landlords that are named, neither is linked by it until a person has settled which (access 39).
    if len(nommes := bailleurs(d)) == 1:
        yield from ((du_bailleur(siret), None) for siret in nommes)
    yield from ((de_la_seance(seance), None) for seance in {i.seance for i in d.inscriptions})
    yield from ((de_l_agent(*qui.split("/", 1)), None) for qui in intervenants(d))
    yield from ((de_l_auteur(code), None) for code in d.auteurs)
    yield from ((du_declarant(siret), None) for siret in d.declarants)
    yield from ((de_la_demande(demande), None) for demande in d.rubriques.get(Rubrique.DEMANDES, ()))


ANNEXE: Final = Annexe("rattachements", COLONNES, "dossier, lien", DDL, rangees, lambda: repr(COLONNES))


class Chemins(NamedTuple):
    """Where to look for a partner's cases: what links to them; those that it is mandated for, which the registry names.

    ``soumis_depuis``: since when what is before a CLIL must have been put there.
    """

    liens: Collection[str]
    mandats: Collection[UUID]
    soumis_depuis: date


_PAGE: Final = sql.SQL(
    "SELECT dossier FROM (SELECT t.dossier FROM unnest(%(liens)s::text[]) AS v (lien) CROSS JOIN LATERAL"
    " (SELECT r.dossier FROM rattachements AS r WHERE {servie} AND r.lien = v.lien AND r.dossier > %(apres)s"
    " AND (r.soumis_le IS NULL OR r.soumis_le >= %(soumis_depuis)s) ORDER BY r.dossier LIMIT %(limite)s) AS t"
    " UNION SELECT m.dossier FROM unnest(%(mandats)s::uuid[]) AS m (dossier) WHERE m.dossier > %(apres)s) AS tous"
    " ORDER BY dossier LIMIT %(limite)s"
)


_ATTEINTS: Final = sql.SQL(
    "SELECT r.dossier FROM rattachements AS r WHERE {servie} AND r.lien = ANY(%(liens)s::text[])"
    " AND (r.soumis_le IS NULL OR r.soumis_le >= %(soumis_depuis)s)"
    " UNION SELECT unnest(%(mandats)s::uuid[])"
)


def partout(chemins: Chemins) -> bool:
    """Whether the territory reaches all of the département: what such a reader has beside it, it has twice."""
    return {de_la_commune(commune.code) for commune in historique()} <= set(chemins.liens)


def atteints(chemins: Chemins) -> tuple[sql.Composed, dict[str, Any]]:
    """The SQL of all the cases on these ways, each once, and its parameters."""
    return _ATTEINTS.format(servie=sql.SQL(SERVIE)), _parametres(chemins)


def composer(chemins: Chemins, apres: UUID, limite: int) -> tuple[sql.Composed, dict[str, Any]]:
    """The SQL of a page of cases and its parameters: each way reads one index, no further than the page."""
    return _PAGE.format(servie=sql.SQL(SERVIE)), {**_parametres(chemins), "apres": apres, "limite": limite}


def _parametres(chemins: Chemins) -> dict[str, Any]:
    return {nom: list(dits) if isinstance(dits, Collection) else dits for nom, dits in chemins._asdict().items()}


async def lister(connexion: AsyncConnection[Any], chemins: Chemins, apres: UUID, limite: int) -> list[UUID]:
    """The first cases after one, on these ways."""
    texte, parametres = composer(chemins, apres, limite)
    curseur = await connexion.execute(texte, parametres)
    return [dossier for (dossier,) in await curseur.fetchall()]
