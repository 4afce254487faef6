"""Where to look for the cases that are a partner's: one row for each case and each thing that may link somebody to it.

It says where to look, never who is linked: the gate reads the case in the ledger, and asks the policies. Rows stand in
the order of the cases' ids, which are drawn at random: a page of them tells nothing of when a case was opened, by whom,
or how many others there are.

What links to a household links to all of its cases, once they were looked at as one (``RELU``): such a case also has a
row for each of the others, and one for each of its links that leads to them.
"""

from collections.abc import Collection, Iterable, Mapping
from datetime import date
from typing import Any, Final, LiteralString, NamedTuple
from uuid import UUID

from psycopg import AsyncConnection, sql

from ledger.catalogue import Rubrique
from ledger.dossier.etat import Dossier
from ledger.dossier.liens import bailleurs, intervenants, soumissions
from ledger.dossier.reunion import relus
from ledger.droit.communes import historique
from projections.annexe import Annexe
from projections.liste import SERVIE
from projections.table import cellule

PREMIER: Final = UUID(int=0)
"""Before every case."""

COLONNES: Final = ("dossier", "lien", "soumis_le", "par")

DDL: Final[LiteralString] = """
-- Which cases may be a partner's, by what links it to them (``lien``), in the order of their ids.
CREATE TABLE IF NOT EXISTS rattachements (
    generation text NOT NULL,
    dossier    uuid NOT NULL,
    lien       text NOT NULL,
    soumis_le  date,              -- of what is before a CLIL: when it was last put there
    par        text,              -- of what leads to the household's other cases: on whose word alone it rests
    PRIMARY KEY (generation, dossier, lien) INCLUDE (soumis_le)
) PARTITION BY LIST (generation);
CREATE TABLE IF NOT EXISTS rattachements_a PARTITION OF rattachements (generation DEFAULT 'a') FOR VALUES IN ('a');
CREATE TABLE IF NOT EXISTS rattachements_b PARTITION OF rattachements (generation DEFAULT 'b') FOR VALUES IN ('b');
CREATE INDEX IF NOT EXISTS rattachements_page ON rattachements (generation, lien, dossier)
    INCLUDE (soumis_le, par);
GRANT SELECT ON rattachements TO unefois_api;
GRANT SELECT, INSERT, DELETE, TRUNCATE ON rattachements_a, rattachements_b TO unefois_projecteur;
"""


def de_la_commune(code: str) -> str:
    """What links by a territory."""
    return f"commune/{code}"


def de_la_commune_au_stade(code: str, stade: str) -> str:
    """The same, as long as the procedure stands there."""
    return f"stade/{stade}/{code}"


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


def de_la_demande_en_seance(seance: UUID, partenaire: str) -> str:
    """What puts a request before a session, on the word of who keeps its papers."""
    return f"examen/{seance}/{partenaire}"


def du_menage(lien: str) -> str:
    """What links to the household, by this of one of its cases that were looked at as one."""
    return f"menage/{lien}"


def relu_avec(autre: UUID) -> str:
    """What links by another case, with which this one says that it was looked at as one."""
    return f"relu/{autre}"


class _Rattachement(NamedTuple):
    """What links to a household. ``par``: the partner on whose word alone it rests, where there is but one."""

    lien: str
    soumis_le: date | None = None
    par: str | None = None


def rangees(identite: UUID, d: Dossier) -> str:
    """The rows of one case, as COPY reads them."""
    numero = str(identite)
    suivent = _suivent_le_menage(d)
    lignes = [_rangee(numero, lien, soumis_le) for lien, soumis_le, _ in suivent]
    lignes += [_rangee(numero, lien) for lien in _du_dossier(d)]
    if autres := relus(d):
        lignes += [_rangee(numero, du_menage(lien), soumis_le, par) for lien, soumis_le, par in suivent]
        lignes += [_rangee(numero, relu_avec(autre)) for autre in autres]
    lignes.sort()
    return "".join(lignes)


def _rangee(numero: str, lien: str, soumis_le: date | None = None, par: str | None = None) -> str:
    return f"{numero}\t{cellule(lien)}\t{cellule(soumis_le)}\t{cellule(par)}\n"


def _du_dossier(d: Dossier) -> list[str]:
    """What links to this case alone."""
    liens = [*map(de_l_auteur, d.auteurs), *map(du_declarant, d.declarants)]
    if (commune := d.commune) is not None:
        liens.append(de_la_commune_au_stade(commune, d.stade))
    liens += map(de_la_demande, d.rubriques.get(Rubrique.DEMANDES, ()))
    examinees = d.rubriques.get(Rubrique.DEMANDES_EN_SEANCE, {})
    en_seance = {(seance, demande.partenaire) for demande, dits in examinees.items() for seance in dits.values()}
    return [*liens, *(de_la_demande_en_seance(seance, partenaire) for seance, partenaire in en_seance)]


def _suivent_le_menage(d: Dossier) -> list[_Rattachement]:
    """What may link to the household rather than to a case: on somebody's own word alone, it does not."""
    suivent = []
    if (commune := d.commune) is not None:
        suivent.append(_Rattachement(de_la_commune(commune)))
        if dites := soumissions(d):
            par = _seul({soumission.par for soumission in dites})
            suivent.append(_Rattachement(de_la_clil(commune), max(soumission.le for soumission in dites), par))
    # Of two landlords that are named, neither is linked by it until a person has settled which (access 39).
    if len(nommes := bailleurs(d)) == 1:
        suivent += [_Rattachement(du_bailleur(siret), par=_seul(codes)) for siret, codes in nommes.items()]
    suivent += [_Rattachement(de_la_seance(seance)) for seance in {i.seance for i in d.inscriptions}]
    confirmes = intervenants(d, confirmes=True)
    for qui in intervenants(d):
        partenaire, agent = qui.split("/", 1)
        suivent.append(_Rattachement(de_l_agent(partenaire, agent), par=None if qui in confirmes else partenaire))
    return suivent


def _seul(codes: Iterable[str]) -> str | None:
    """The one partner that is named, if there is but one."""
    premier, *autres = codes
    return premier or None if not autres else None


ANNEXE: Final = Annexe("rattachements", COLONNES, "dossier, lien", DDL, rangees, lambda: repr(COLONNES))


class Chemins(NamedTuple):
    """Where to look for a partner's cases: what links to them; those that it is mandated for, which the registry names.

    ``soumis_depuis``: since when what is before a CLIL must have been put there. ``menages``: what links to a household
    and leads to its other cases, unless it rests on the word of ``moi`` alone.
    """

    liens: Collection[str]
    mandats: Collection[UUID]
    soumis_depuis: date
    menages: Collection[str] = ()
    moi: str = ""


_SERVI: Final = sql.SQL(SERVIE)
_SOUMIS: Final = sql.SQL("(r.soumis_le IS NULL OR r.soumis_le >= %(soumis_depuis)s)")
# One by one: of cases that were looked at as one there are few, and asked for at once the planner reads all rows.
_MENAGES: Final = sql.SQL(
    "WITH RECURSIVE menages (dossier) AS ("
    " SELECT r.dossier FROM rattachements AS r WHERE r.{servi} AND r.lien = ANY(%(menages)s::text[]) AND {soumis}"
    " AND (r.par IS DISTINCT FROM %(moi)s OR r.dossier = ANY(%(mandats)s::uuid[]))"
    " UNION SELECT autre.dossier FROM menages AS m CROSS JOIN LATERAL"
    " (SELECT r.dossier FROM rattachements AS r WHERE r.{servi} AND r.lien = 'relu/' || m.dossier AND EXISTS"
    " (SELECT FROM rattachements AS s WHERE s.{servi} AND s.dossier = m.dossier AND s.lien = 'relu/' || r.dossier)"
    " OFFSET 0) AS autre) SELECT dossier FROM menages"
).format(servi=_SERVI, soumis=_SOUMIS)
"""The cases that are read with others, by what links to these."""
_MOTS: Final[Mapping[str, sql.Composable]] = {"servi": _SERVI, "soumis": _SOUMIS, "menages": _MENAGES}

_PAGE: Final = sql.SQL(
    "SELECT dossier FROM (SELECT t.dossier FROM unnest(%(liens)s::text[]) AS v (lien) CROSS JOIN LATERAL"
    " (SELECT r.dossier FROM rattachements AS r WHERE r.{servi} AND r.lien = v.lien AND r.dossier > %(apres)s"
    " AND {soumis} ORDER BY r.dossier LIMIT %(limite)s) AS t"
    " UNION SELECT m.dossier FROM unnest(%(mandats)s::uuid[]) AS m (dossier) WHERE m.dossier > %(apres)s"
    " UNION SELECT m.dossier FROM ({menages}) AS m WHERE m.dossier > %(apres)s) AS tous"
    " ORDER BY dossier LIMIT %(limite)s"
).format(**_MOTS)
_ATTEINTS: Final = sql.SQL(
    "SELECT r.dossier FROM rattachements AS r WHERE r.{servi} AND r.lien = ANY(%(liens)s::text[]) AND {soumis}"
    " UNION SELECT unnest(%(mandats)s::uuid[]) UNION ({menages})"
).format(**_MOTS)
# The few rows of a case are read, and compared with the reader's links: not looked for by each of these.
_EST_ATTEINT: Final = sql.SQL(
    "EXISTS (SELECT FROM rattachements AS r WHERE r.{servi} AND r.dossier = {dossier}"
    " AND r.lien || '' = ANY(%(liens)s::text[]) AND {soumis})"
    " OR {dossier} = ANY(%(mandats)s::uuid[]) OR {dossier} IN ({menages})"
)


def partout(chemins: Chemins) -> bool:
    """Whether the territory reaches all of the département: what such a reader has beside it, it has twice."""
    return {de_la_commune(commune.code) for commune in historique()} <= set(chemins.liens)


def atteints(chemins: Chemins) -> tuple[sql.Composed, dict[str, Any]]:
    """The SQL of all the cases on these ways, each once, and its parameters."""
    return _ATTEINTS, parametres(chemins)


def est_atteint(chemins: Chemins, dossier: sql.Identifier) -> sql.Composable:
    """The SQL condition under which the case that a column names is on these ways; its parameters: ``parametres``."""
    return sql.SQL("true") if partout(chemins) else _EST_ATTEINT.format(dossier=dossier, **_MOTS)


def composer(chemins: Chemins, apres: UUID, limite: int) -> tuple[sql.Composed, dict[str, Any]]:
    """The SQL of a page of cases and its parameters: each way reads one index, no further than the page."""
    return _PAGE, {**parametres(chemins), "apres": apres, "limite": limite}


def parametres(chemins: Chemins) -> dict[str, Any]:
    """What the SQL takes of these ways."""
    dits = chemins._asdict().items()
    return {nom: list(dit) if isinstance(dit, Collection) and not isinstance(dit, str) else dit for nom, dit in dits}


async def reunis(connexion: AsyncConnection[Any], chemins: Chemins) -> list[UUID]:
    """The cases on these ways that are read with others."""
    curseur = await connexion.execute(_MENAGES, parametres(chemins))
    return [dossier for (dossier,) in await curseur.fetchall()]


async def lister(connexion: AsyncConnection[Any], chemins: Chemins, apres: UUID, limite: int) -> list[UUID]:
    """The first cases after one, on these ways."""
    texte, parametres = composer(chemins, apres, limite)
    curseur = await connexion.execute(texte, parametres)
    return [dossier for (dossier,) in await curseur.fetchall()]
