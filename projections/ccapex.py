"""CCAPEX: hard cases at any stage. It keeps all that partners told, but the enquiry of the préfecture (F09b).

Acts under secrecy are there, sealed and of unknown nature: what was transmitted under art. 7-2 is among them, and
only the policies tell it from an evaluation, which the instructeur never opens (access 1).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final, LiteralString
from uuid import UUID

from ledger.dossier.etat import Dossier
from projections.vue import DROITS, Ligne, Vue

DDL: Final[LiteralString] = """
CREATE TABLE IF NOT EXISTS vue_ccapex_dossiers (
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
    prochaine_audience date,
    saisine_ouverte    boolean NOT NULL,
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
    rapprochements     uuid[] NOT NULL,
    PRIMARY KEY (generation, dossier)
) PARTITION BY LIST (generation);
CREATE UNIQUE INDEX IF NOT EXISTS vue_ccapex_page ON vue_ccapex_dossiers (generation, position);
CREATE TABLE IF NOT EXISTS vue_ccapex_dossiers_a PARTITION OF vue_ccapex_dossiers (generation DEFAULT 'a')
    FOR VALUES IN ('a');
CREATE TABLE IF NOT EXISTS vue_ccapex_dossiers_b PARTITION OF vue_ccapex_dossiers (generation DEFAULT 'b')
    FOR VALUES IN ('b');

CREATE TABLE IF NOT EXISTS vue_ccapex_faits (
    generation  text NOT NULL,
    dossier     uuid NOT NULL,
    version     bigint NOT NULL,
    position    bigint NOT NULL,
    recorded_at timestamptz NOT NULL,
    topic       text NOT NULL,
    state       bytea NOT NULL,
    PRIMARY KEY (generation, dossier, version)
) PARTITION BY LIST (generation);
CREATE TABLE IF NOT EXISTS vue_ccapex_faits_a PARTITION OF vue_ccapex_faits (generation DEFAULT 'a')
    FOR VALUES IN ('a');
CREATE TABLE IF NOT EXISTS vue_ccapex_faits_b PARTITION OF vue_ccapex_faits (generation DEFAULT 'b')
    FOR VALUES IN ('b');

GRANT SELECT ON vue_ccapex_dossiers, vue_ccapex_faits TO unefois_api;
GRANT SELECT, INSERT, DELETE, TRUNCATE
    ON vue_ccapex_dossiers_a, vue_ccapex_dossiers_b, vue_ccapex_faits_a, vue_ccapex_faits_b TO unefois_projecteur;
"""

GROUPES: Final = frozenset(
    {"F01", "F01b", "F02a", "F02b", "F03", "F04", "F05", "F06", "F07", "F07b", "F08", "F08b", "F09a", "F10"}
    | {"F10a", "F10b", "F11", "F12", "F13", "F15", "F16", "F17", "F18", "F19a", "F19b", "F21"}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class LigneCcapex(Ligne):
    """``rapprochements``: the other cases that may be the same household, for the instructeur to confirm."""

    prochaine_audience: date | None
    saisine_ouverte: bool
    rapprochements: list[UUID]


def ligne(communs: Mapping[str, Any], d: Dossier) -> LigneCcapex:
    """The row of a case, at whatever stage."""
    return LigneCcapex(
        **communs,
        stade=d.stade.value,
        dernier_acte_le=d.dernier_acte_le,
        prochaine_audience=d.prochaine_audience,
        saisine_ouverte=d.saisine_ouverte,
        rapprochements=sorted(autre for autre, decision in d.rapprochements.items() if decision is None),
    )


VUE: Final = Vue(
    nom="ccapex",
    ddl=DDL,
    type_ligne=LigneCcapex,
    groupes=GROUPES,
    ecartes=DROITS,
    ligne=ligne,
    competence="true",
)
