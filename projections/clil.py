"""CLIL: before litigation, in the commune.

It keeps the household, the debt, the contacts, the help and what other commissions said. Of the procedure it keeps
the commandement de payer alone, and no S3 of any kind: no text lifts professional secrecy for a CLIL (domain 4.3).
What 4.3 does not speak of (surendettement, habitat) is left to the matrix.

A household leaves the worklist once it is summoned, and is not on it without a dated information, nor against an
opposition (access 7).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, LiteralString

from ledger import catalogue as ev
from ledger.catalogue import Stade
from ledger.dossier.etat import Dossier
from projections.vue import DROITS, Ligne, Vue

DDL: Final[LiteralString] = """
CREATE TABLE IF NOT EXISTS vue_clil_dossiers (
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
    contentieux        boolean NOT NULL,
    PRIMARY KEY (generation, dossier)
) PARTITION BY LIST (generation);
CREATE UNIQUE INDEX IF NOT EXISTS vue_clil_page ON vue_clil_dossiers (generation, position);
CREATE TABLE IF NOT EXISTS vue_clil_dossiers_a PARTITION OF vue_clil_dossiers (generation DEFAULT 'a')
    FOR VALUES IN ('a');
CREATE TABLE IF NOT EXISTS vue_clil_dossiers_b PARTITION OF vue_clil_dossiers (generation DEFAULT 'b')
    FOR VALUES IN ('b');

CREATE TABLE IF NOT EXISTS vue_clil_faits (
    generation  text NOT NULL,
    dossier     uuid NOT NULL,
    version     bigint NOT NULL,
    position    bigint NOT NULL,
    recorded_at timestamptz NOT NULL,
    topic       text NOT NULL,
    state       bytea NOT NULL,
    PRIMARY KEY (generation, dossier, version)
) PARTITION BY LIST (generation);
CREATE TABLE IF NOT EXISTS vue_clil_faits_a PARTITION OF vue_clil_faits (generation DEFAULT 'a')
    FOR VALUES IN ('a');
CREATE TABLE IF NOT EXISTS vue_clil_faits_b PARTITION OF vue_clil_faits (generation DEFAULT 'b')
    FOR VALUES IN ('b');

GRANT SELECT ON vue_clil_dossiers, vue_clil_faits TO unefois_api;
GRANT SELECT, INSERT, DELETE, TRUNCATE
    ON vue_clil_dossiers_a, vue_clil_dossiers_b, vue_clil_faits_a, vue_clil_faits_b TO unefois_projecteur;
"""

GROUPES: Final = frozenset(
    {"F01", "F02a", "F02b", "F03", "F04", "F05", "F06", "F07", "F08", "F10", "F10a", "F10b", "F11"}
    | {"F16", "F17", "F18", "F19a"}
)
PRECONTENTIEUX: Final = frozenset({Stade.OUVERT, Stade.COMMANDEMENT})
ECARTES: Final = DROITS | {
    ev.CcapexSaisie,
    ev.SaisineClose,
    ev.AssignationSignifiee,
    ev.DiagnosticTransmis,
    ev.AudienceTenue,
    ev.JugementRendu,
    ev.CommandementQuitterSignifie,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class LigneClil(Ligne):
    """``stade`` and ``dernier_acte_le`` stop at the commandement; ``contentieux``: something came after it."""

    contentieux: bool


def ligne(communs: Mapping[str, Any], d: Dossier) -> LigneClil:
    """The row of a case; of the acts, those of before litigation."""
    amiables = [etape for etape in d.etapes if etape.stade in PRECONTENTIEUX]
    return LigneClil(
        **communs,
        stade=Stade.COMMANDEMENT.value if amiables else Stade.OUVERT.value,
        dernier_acte_le=max((etape.le for etape in amiables), default=None),
        contentieux=len(amiables) < len(d.etapes),
    )


VUE: Final = Vue(
    nom="clil",
    ddl=DDL,
    type_ligne=LigneClil,
    groupes=GROUPES,
    ecartes=ECARTES,
    ligne=ligne,
    competence="NOT contentieux AND NOT opposition AND information_menage IS NOT NULL",
)
