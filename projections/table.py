"""The tables of a view, all of them read off the dataclass of its row.

A column says by its annotation what SQL keeps it as, and beside it what it serves: which groups open it to a reader
(``Montree``), whether it is a way into the worklist (``VOIE``), whether other ways are narrowed by it (``FILTRE``),
whether it holds days by which the worklist is read (``AGENDA``). The DDL, the indexes, the cells that COPY reads and
the row as a reader is shown it follow from there: a column is added in one place.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import Field, dataclass, fields
from datetime import date
from enum import Enum, auto
from functools import cached_property
from types import MappingProxyType, NoneType, UnionType
from typing import Any, Final, LiteralString, get_args, get_origin, get_type_hints
from uuid import UUID

import orjson

GENERATIONS: Final = ("a", "b")
GENRES: Final = ("dossiers", "siens", "faits")

DDL_POSITIONS: Final[LiteralString] = """
-- Each view exists twice: the generation that is served, and the one that a reconstruction fills beside it.
-- The projector may fill, empty and point; it may not create, rename or drop.
CREATE TABLE IF NOT EXISTS positions (
    generation text PRIMARY KEY CHECK (generation IN ('a', 'b')),
    active     boolean NOT NULL,
    position   bigint,               -- of the last event of the log that is in the views; null: empty
    revision   text NOT NULL DEFAULT ''  -- of the code that filled it
);
CREATE UNIQUE INDEX IF NOT EXISTS positions_une_active ON positions (active) WHERE active;
INSERT INTO positions (generation, active, position) VALUES ('a', true, 0), ('b', false, NULL)
ON CONFLICT DO NOTHING;

-- The locks of projectors, by their number: the active one's is 95, that of a reconstruction 96. Nobody else may take
-- them, or projections would stop: the installer leaves advisory locks to the owner.
CREATE OR REPLACE FUNCTION tenir_les_vues(numero int) RETURNS boolean
LANGUAGE sql SECURITY DEFINER SET search_path FROM CURRENT
RETURN pg_try_advisory_lock(numero, hashtext(current_schema()));
CREATE OR REPLACE FUNCTION tenir_les_vues_un_instant(numero int) RETURNS boolean
LANGUAGE sql SECURITY DEFINER SET search_path FROM CURRENT
RETURN pg_try_advisory_xact_lock(numero, hashtext(current_schema()));
REVOKE EXECUTE ON FUNCTION tenir_les_vues, tenir_les_vues_un_instant FROM PUBLIC;
GRANT EXECUTE ON FUNCTION tenir_les_vues, tenir_les_vues_un_instant TO unefois_projecteur;

GRANT SELECT ON positions TO unefois_api;
GRANT SELECT, UPDATE ON positions TO unefois_projecteur;
GRANT SELECT ON dossiers_events TO unefois_projecteur;
"""

COLONNES_FAITS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "dossier": "uuid NOT NULL",
        "version": "bigint NOT NULL",
        "position": "bigint NOT NULL",
        "recorded_at": "timestamptz NOT NULL",
        "topic": "text NOT NULL",
        "state": "bytea NOT NULL",
    }
)
"""The facts of a case, as the log has them."""

COLONNES_SIENNES: Final[dict[str, str]] = {"lecteur": "text NOT NULL", "part": "boolean NOT NULL"}
"""Before the columns of a worklist: whose row it is, and whether it is made of what that reader told alone."""

PERIODE: Final = 31
"""Days that an index keeps together: a page bounded by dates reads each period in the order of positions."""


@dataclass(frozen=True, slots=True)
class Montree:
    """A column that a reader may be shown, once one of ``groupes`` is open to it in one of ``formes``.

    Without groups, every reader has it. ``sous``: the name that it goes out with. ``compte``: how many, never which.
    ``ouverture``: it is told by the opening of the case, which is the reader's own where it opened the case itself.
    """

    groupes: tuple[str, ...] = ()
    formes: frozenset[str] | None = None
    sous: str = ""
    compte: bool = False
    ouverture: bool = False

    def ouverte(self, groupes: Mapping[str, str]) -> bool:
        """Whether a reader for whom these groups are open, each in its form, has this column."""
        return not self.groupes or any(
            g in groupes and (self.formes is None or groupes[g] in self.formes) for g in self.groupes
        )


class Usage(Enum):
    """What a worklist does with a column."""

    VOIE = auto()
    FILTRE = auto()
    AGENDA = auto()


VOIE: Final = Usage.VOIE
FILTRE: Final = Usage.FILTRE
AGENDA: Final = Usage.AGENDA

_EN_SQL: Final[Mapping[object, str]] = MappingProxyType(
    {UUID: "uuid", int: "bigint", date: "date", str: "text", bool: "boolean"}
)


@dataclass(frozen=True, slots=True)
class Colonne:
    """One column of a worklist, as its annotation has it."""

    nom: str
    type: object
    nullable: bool
    montree: Montree | None
    usages: frozenset[Usage]

    @classmethod
    def de(cls, champ: Field[Any], annotation: Any) -> "Colonne":  # noqa: ANN401 - an annotation
        """Read a field of a row, ``Annotated`` or not, optional or not."""
        dits = getattr(annotation, "__metadata__", ())
        nu = get_args(annotation)[0] if dits else annotation
        nullable = get_origin(nu) is UnionType
        if nullable:
            [nu] = [t for t in get_args(nu) if t is not NoneType]
        montree = next((dit for dit in dits if isinstance(dit, Montree)), None)
        return cls(champ.name, nu, nullable, montree, frozenset(dit for dit in dits if isinstance(dit, Usage)))

    @property
    def tableau(self) -> bool:
        """Whether it holds several values that SQL can look for."""
        return get_origin(self.type) is list and get_args(self.type)[0] in _EN_SQL

    @property
    def par_date(self) -> bool:
        """Whether a worklist can be bounded by it: a date that a reader may be shown."""
        return self.type is date and self.montree is not None

    @property
    def sql(self) -> str:
        """Its type in the table."""
        genre = f"{_EN_SQL[get_args(self.type)[0]]}[]" if self.tableau else _EN_SQL.get(self.type, "jsonb")
        return genre if self.nullable else f"{genre} NOT NULL"

    def montrer(self, ligne: object, groupes: Mapping[str, str]) -> object:
        """Its value for this reader; what is closed, or what this view lacks, shows as nothing."""
        montree = self.montree
        ouverte = montree is not None and montree.ouverte(groupes)
        valeur = getattr(ligne, self.nom, None) if ouverte else None
        if montree is not None and montree.compte:
            return len(valeur or ())
        if get_origin(self.type) is list:
            return valeur or []
        return valeur.isoformat() if isinstance(valeur, date) else str(valeur) if isinstance(valeur, UUID) else valeur


@dataclass(frozen=True)
class Table:
    """The tables of one view: rows of its worklist, and facts. ``competence`` is a condition on the row."""

    vue: LiteralString
    type_ligne: type
    competence: LiteralString

    @cached_property
    def colonnes(self) -> Mapping[str, Colonne]:
        """The columns of its worklist, in the order of the dataclass."""
        dits = get_type_hints(self.type_ligne, include_extras=True)
        return {champ.name: Colonne.de(champ, dits[champ.name]) for champ in fields(self.type_ligne)}

    @cached_property
    def ddl(self) -> str:
        """Tables by generation, indexes, rights."""
        lignes = {nom: c.sql for nom, c in self.colonnes.items()}
        droits = "SELECT, INSERT, DELETE, TRUNCATE"
        return "\n".join(
            (
                self._creer("dossiers", lignes, "dossier"),
                self._creer("siens", COLONNES_SIENNES | lignes, "dossier, lecteur, part"),
                self._creer("faits", COLONNES_FAITS, "dossier, version"),
                *self._index(),
                f"GRANT SELECT ON {', '.join(self._noms())} TO unefois_api;",
                f"GRANT {droits} ON {', '.join(self._noms(*GENERATIONS))} TO unefois_projecteur;",
            )
        )

    def _noms(self, *generations: str) -> list[str]:
        return [f"vue_{self.vue}_{g}{s}" for g in GENRES for s in ([f"_{x}" for x in generations] or [""])]

    def _creer(self, genre: str, colonnes: Mapping[str, str], cle: str) -> str:
        nom = f"vue_{self.vue}_{genre}"
        corps = ",\n    ".join(f"{c} {t}" for c, t in ({"generation": "text NOT NULL"} | dict(colonnes)).items())
        partitions = "".join(
            f"CREATE TABLE IF NOT EXISTS {nom}_{g} PARTITION OF {nom} (generation DEFAULT '{g}')\n"
            f"    FOR VALUES IN ('{g}');\n"
            for g in GENERATIONS
        )
        entete = f"CREATE TABLE IF NOT EXISTS {nom} (\n    {corps},\n    PRIMARY KEY (generation, {cle})\n)"
        return f"{entete} PARTITION BY LIST (generation);\n{partitions}"

    def _index(self) -> Sequence[str]:
        """One per way into the worklist, each in the order of positions, of the cases that the commission has.

        What else a worklist is filtered by comes along in the index, so that what does not pass is never read whole.
        """
        filtres = [c.nom for c in self.colonnes.values() if c.par_date or FILTRE in c.usages]
        tableaux = [c.nom for c in self.colonnes.values() if c.tableau and VOIE in c.usages]
        index = [self._un_index("page", "UNIQUE ", "(generation, position)")]
        for c in self.colonnes.values():
            avec = ", ".join(nom for nom in filtres if nom != c.nom or c.par_date)
            if c.par_date:
                cles = f"(generation, {periode(c.nom)}, position) INCLUDE ({avec})"
                index.append(self._un_index(c.nom, "", cles, f"{c.nom} IS NOT NULL AND "))
            elif VOIE in c.usages and not c.tableau:
                index.append(self._un_index(c.nom, "", f"(generation, {c.nom}, position) INCLUDE ({avec})"))
        index.append(self._un_index("siens_page", "", "(generation, lecteur, position)", genre="siens"))
        index += [self._un_index(nom, "", f"USING gin ({nom}) {_ATTENTE}", f"{nom} <> '{{}}' AND ") for nom in tableaux]
        for c in self.colonnes.values():
            if AGENDA in c.usages:
                index += self._par_jour(c)
        return index

    def _par_jour(self, c: Colonne) -> Sequence[str]:
        """Those by which a worklist is read day by day. Of several days, the inverted index finds each."""
        if c.tableau:
            siens = "(generation, lecteur, dossier)"
            return [self._un_index(f"siens_{c.nom}", "", siens, f"{c.nom} <> '{{}}' AND ", genre="siens")]
        dits = f"{c.nom} IS NOT NULL AND "
        return [
            self._un_index(f"{c.nom}_jour", "", f"(generation, {c.nom}, dossier)", dits),
            self._un_index(f"siens_{c.nom}", "", f"(generation, lecteur, {c.nom}, dossier)", dits, genre="siens"),
        ]

    def _un_index(self, nom: str, unique: str, cles: str, condition: str = "", genre: str = "dossiers") -> str:
        return (
            f"CREATE {unique}INDEX IF NOT EXISTS vue_{self.vue}_{nom} ON vue_{self.vue}_{genre} {cles}"
            f" WHERE {condition}{self.competence};"
        )


def periode(colonne: str) -> str:
    """The SQL of the period that a date falls in."""
    return f"(({colonne} - date '2000-01-01') / {PERIODE})"


_ATTENTE: Final = "WITH (gin_pending_list_limit = 64)"
"""Of entries that wait to be sorted in, in kB: whoever reads goes through all of them."""

_ECHAPPES: Final = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})

Cellule = Callable[[Any], str]
"""A value as COPY's text format has it: left to the driver, a row takes longer than its history takes to fold."""


def ecritures(type_ligne: type) -> Mapping[str, Cellule]:
    """How each column of these rows is written."""
    dits = get_type_hints(type_ligne, include_extras=True)
    colonnes = [Colonne.de(champ, dits[champ.name]) for champ in fields(type_ligne)]
    return {c.nom: _json if c.sql.startswith("jsonb") else cellule for c in colonnes}


def _json(valeur: object) -> str:
    # JSON escapes what COPY would, by the one sign that COPY escapes too.
    return orjson.dumps(valeur).decode().replace("\\", "\\\\")


def cellule(valeur: object) -> str:
    """A value as COPY reads it."""
    return _ECRITURES[type(valeur)](valeur)


def _texte(texte: str) -> str:
    # Most have nothing to escape, and to look costs a tenth of what rewriting does.
    return texte if texte.isprintable() and "\\" not in texte else texte.translate(_ECHAPPES)


def _tableau(valeurs: list[object]) -> str:
    if not valeurs:
        return "{}"
    elements = [str(valeur).replace("\\", "\\\\").replace('"', '\\"') for valeur in valeurs]
    return _texte('{"' + '","'.join(elements) + '"}')


_ECRITURES: Final[dict[type, Cellule]] = {
    NoneType: lambda _: "\\N",
    bool: lambda vrai: "t" if vrai else "f",
    int: str,
    str: _texte,
    UUID: str,
    date: date.isoformat,
    list: _tableau,
}
