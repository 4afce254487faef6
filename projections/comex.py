"""COMEX: before the préfet decides on the concours de la force publique.

It keeps the judgment and what follows it, the debt, what was tried, relogement, the enquiry, and the avis with the
needs that it retained.

Its tables have no act under secrecy: their nature is sealed, so an evaluation cannot be told from a need. Read by id,
a need is shown with the person's accord; without one, needs reach a COMEX in the CCAPEX's avis (access 3).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final, LiteralString

from ledger import catalogue as ev
from ledger.catalogue import Stade
from ledger.dossier.etat import Dossier
from projections.vue import DROITS, Ligne, Vue

DDL: Final[LiteralString] = """
CREATE TABLE IF NOT EXISTS vue_comex_dossiers (
    generation         text NOT NULL,
    dossier            uuid NOT NULL,
    position           bigint NOT NULL,
    ouvert_le          date NOT NULL,
    parc               text NOT NULL,
    commune            text NOT NULL,
    arrondissement     text,
    bailleur_siret     text,
    stade              text NOT NULL,
    dernier_acte_le    date,
    concours_requis_le date,
    information_menage date,
    opposition         boolean NOT NULL,
    limitation         boolean NOT NULL,
    inscriptions       jsonb NOT NULL,
    examens            jsonb NOT NULL,
    seances            uuid[] NOT NULL,
    auteurs            text[] NOT NULL,
    declarants         text[] NOT NULL,
    intervenants       text[] NOT NULL,
    effaces            jsonb NOT NULL,
    menage_efface_le   date,
    PRIMARY KEY (generation, dossier)
) PARTITION BY LIST (generation);
CREATE UNIQUE INDEX IF NOT EXISTS vue_comex_page ON vue_comex_dossiers (generation, position);
CREATE TABLE IF NOT EXISTS vue_comex_dossiers_a PARTITION OF vue_comex_dossiers (generation DEFAULT 'a')
    FOR VALUES IN ('a');
CREATE TABLE IF NOT EXISTS vue_comex_dossiers_b PARTITION OF vue_comex_dossiers (generation DEFAULT 'b')
    FOR VALUES IN ('b');

CREATE TABLE IF NOT EXISTS vue_comex_faits (
    generation  text NOT NULL,
    dossier     uuid NOT NULL,
    version     bigint NOT NULL,
    position    bigint NOT NULL,
    recorded_at timestamptz NOT NULL,
    topic       text NOT NULL,
    state       bytea NOT NULL,
    PRIMARY KEY (generation, dossier, version)
) PARTITION BY LIST (generation);
CREATE TABLE IF NOT EXISTS vue_comex_faits_a PARTITION OF vue_comex_faits (generation DEFAULT 'a')
    FOR VALUES IN ('a');
CREATE TABLE IF NOT EXISTS vue_comex_faits_b PARTITION OF vue_comex_faits (generation DEFAULT 'b')
    FOR VALUES IN ('b');

GRANT SELECT ON vue_comex_dossiers, vue_comex_faits TO unefois_api;
GRANT SELECT, INSERT, DELETE, TRUNCATE
    ON vue_comex_dossiers_a, vue_comex_dossiers_b, vue_comex_faits_a, vue_comex_faits_b TO unefois_projecteur;
"""

GROUPES: Final = frozenset(
    {"F01", "F02a", "F02b", "F03", "F04", "F05", "F06", "F07", "F08", "F09a", "F09b", "F10", "F10a", "F10b", "F11"}
    | {"F13", "F16", "F17", "F18", "F19a"}
)
AVANT_JUGEMENT: Final = frozenset({Stade.COMMANDEMENT, Stade.ASSIGNATION, Stade.AUDIENCE})
ECARTES: Final = DROITS | {
    ev.ActeProtege,
    ev.CommandementPayerSignifie,
    ev.CcapexSaisie,
    ev.SaisineClose,
    ev.AssignationSignifiee,
    ev.DiagnosticTransmis,
    ev.AudienceTenue,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class LigneComex(Ligne):
    """``stade`` and ``dernier_acte_le`` begin at the judgment; ``concours_requis_le``: the last request."""

    concours_requis_le: date | None


def ligne(communs: Mapping[str, Any], d: Dossier) -> LigneComex:
    """The row of a case; of the acts, the judgment and those after it."""
    suites = [etape for etape in d.etapes if etape.stade not in AVANT_JUGEMENT]
    requis = [etape.le for etape in suites if etape.stade is Stade.CONCOURS_REQUIS]
    return LigneComex(
        **communs,
        stade=(max(suites).stade if suites else Stade.OUVERT).value,
        dernier_acte_le=max((etape.le for etape in suites), default=None),
        concours_requis_le=max(requis, default=None),
    )


VUE: Final = Vue(
    nom="comex",
    ddl=DDL,
    type_ligne=LigneComex,
    groupes=GROUPES,
    ecartes=ECARTES,
    ligne=ligne,
    competence="""(concours_requis_le IS NOT NULL OR inscriptions @> '[{"instance": "COMEX"}]')""",
)
