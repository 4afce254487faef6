"""Two départements of different sizes, filled as a service fills: what is stored grows with the cases, nothing else.

Cases are decided and sealed as contributions are, and the views are what a rebuild makes of them. They come in the
order of time: the older a case, the further its procedure, so that what a filter looks for may stand far away. The
journal's rows alone are made by PostgreSQL: of a realistic size, over two years, case by case and agent by agent.
"""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import islice
from typing import Any, Final
from uuid import UUID, uuid4

from psycopg import AsyncConnection, sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from adapters.bench.banc import FINALITE, LIGNE, SCHEMA, Banc
from adapters.bench.mesure import dire
from adapters.bench.serveur import LECTRICE, PREFECTURE, personnage
from adapters.demo.departement import BAILLEURS_PRIVES, BAILLEURS_SOCIAUX
from adapters.demo.peuplement import PAR, peupler_registre
from adapters.registre import administration
from adapters.registre.instantane import Mandat, Seance
from adapters.service.wiring import Adresses, dans_le_schema
from ledger.application import Ledger
from ledger.catalogue import (
    AssignationSignifiee,
    CcapexSaisie,
    CommandementPayerSignifie,
    CommandementQuitterSignifie,
    ConcoursForceRequis,
    DetteDeclaree,
    DossierOuvert,
    Evenement,
    InstanceInscrite,
    JugementRendu,
    OccupantDeclare,
)
from ledger.dossier.decision import Auteur, Contribution, Propose
from ledger.droit.communes import communes
from ledger.droit.jours import aujourd_hui
from ledger.reader import Lecture
from ledger.verdict import recu_de
from ledger.writer import Ecriture
from projections.reconstruction import reconstruire

ANNEES: Final = 3
LIGNES_PAR_DOSSIER: Final = 20
AGENT_PARTI: Final = "agent-parti"
"""An agent of the first tenth of the journal, whose rows are far behind those of everybody else."""
PAQUET: Final = 500
"""Cases that are decided and recorded together."""
_PAR_SEANCE: Final = 40
_DOSSIERS_PAR_MANDAT: Final = 20
_ETAPES: Final = 5
_REQUIS: Final = 400
"""The last cases, of which every other one of the préfecture's communes waits for it: as many at any size."""
_UN_RENVOI_SUR: Final = 10
"""Summons of which one names a hearing to come, whatever the age of its case."""
_DOR: Final = 0.618_033_988_75
"""Multiples of it are spread evenly: each commune has its share at any size."""

# Views that are at the head of the log, but made by other code: what a rebuild is for.
_A_REFAIRE: Final = (
    "UPDATE positions SET position = (SELECT max(notification_id) FROM dossiers_events), revision = 'banc' WHERE active"
)
_MOIS_PASSES: Final = """
SET ROLE unefois_proprietaire;
DO $$
DECLARE
    debut timestamptz;
    nom   text;
BEGIN
    FOR i IN 1..25 LOOP
        debut := date_trunc('month', now(), 'UTC') - make_interval(months => i);
        nom := 'journal_' || to_char(debut AT TIME ZONE 'UTC', 'YYYY_MM');
        EXECUTE format('CREATE TABLE %I PARTITION OF journal FOR VALUES FROM (%L) TO (%L)',
                       nom, debut, debut + interval '1 month');
        PERFORM garder(nom::regclass);
    END LOOP;
END $$;
RESET ROLE
"""
# Rows in the order of time; the case changes at each, so that those of one are spread over the two years.
_LIGNES: Final = """
INSERT INTO journal (recorded_at, flux, organisation, agent, role, finalite, action, dossier, groupes_montres,
                     groupes_retenus, revision_politique, issue, motif, recherche, trace)
SELECT now() - interval '2 years' * (1 - g::float / %(lignes)s), 'securite', 'drihl93-ccapex',
       CASE WHEN g <= %(lignes)s / 10 AND g %% 20 = 0 THEN %(parti)s ELSE 'agent-' || g %% 40 END,
       'CCAPEX_INSTRUCTEUR', 'CCAPEX_INSTRUCTION', 'lire', d.id, '{F01,F02a,F03,F04,F05,F06,F08,F19a}', '{F12,F13}',
       repeat('0', 64), 'autorise', '', NULL, md5(g::text)
  FROM generate_series(1, %(lignes)s::bigint) AS g
  JOIN unnest(%(dossiers)s::uuid[]) WITH ORDINALITY AS d (id, rang)
    ON d.rang = 1 + g * 7919 %% cardinality(%(dossiers)s::uuid[])
 ORDER BY g
"""
_TABLES: Final = (
    "SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = current_schema()::regnamespace ORDER BY 1"
)


@dataclass(frozen=True, slots=True)
class Departement:
    """A filled ledger: its accesses, its cases in the order of their opening, and how many facts they have."""

    admin: str
    acces: Adresses
    dossiers: list[UUID]
    faits: int

    async def profonde(self, vue: str, part: float) -> int:
        """The position of a worklist's page that has this part of the cases before it."""
        requete = sql.SQL("SELECT position FROM {} ORDER BY position OFFSET {} LIMIT 1").format(
            sql.Identifier(f"vue_{vue}_dossiers"), int(len(self.dossiers) * part)
        )
        async with await AsyncConnection.connect(self.admin) as connexion:
            [[position]] = await (await connexion.execute(requete)).fetchall()
        return int(position)


def seance_de(rang: int) -> UUID:
    """The session where the case of that rank is examined, once the commission is seized of it."""
    return UUID(int=1 + rang // _PAR_SEANCE)


def identite(rang: int) -> dict[str, str]:
    """Who holds the lease of the case of that rank: nobody else has this name and this birth date."""
    naissance = date(1950, 1, 1) + timedelta(days=rang % 18_000)
    return {"nom": f"FICTIF {rang}", "prenoms": "Fatou", "date_naissance": naissance.isoformat()}


async def remplir(banc: Banc, combien: int) -> Departement:
    """A fresh ledger with that many cases, served views, journal and registry, as a service has them after years."""
    admin, acces = banc.base()
    dossiers = [uuid4() for _ in range(combien)]
    dire(f"croissance : {combien} dossiers, journal")
    async with await AsyncConnection.connect(admin, autocommit=True) as connexion:
        await connexion.execute(_MOIS_PASSES)
        lignes = {"lignes": combien * LIGNES_PAR_DOSSIER, "parti": AGENT_PARTI, "dossiers": dossiers}
        await connexion.execute(_LIGNES, lignes)
    dire(f"croissance : {combien} dossiers, faits")
    async with banc.ledger(acces) as ledger:
        faits = await _ecrire(ledger, dossiers)
    await asyncio.to_thread(_inscrire, acces.registre or "", dossiers)  # a mandate is for a case that is there
    dire(f"croissance : {combien} dossiers, vues de {faits} faits")
    async with await AsyncConnection.connect(admin, autocommit=True) as connexion:
        await connexion.execute(_A_REFAIRE)
    await reconstruire(dans_le_schema(acces.projecteur or "", SCHEMA), forcer=True)
    cles = make_conninfo(admin, dbname=conninfo_to_dict(acces.cles or "")["dbname"])
    for url in (admin, cles):
        await _entretenir(url)
    return Departement(admin, acces, dossiers, faits)


async def _entretenir(url: str) -> None:
    """What autovacuum does of each table within the minute."""
    async with await AsyncConnection.connect(url, autocommit=True) as connexion:
        for (table,) in await (await connexion.execute(_TABLES)).fetchall():
            await connexion.execute(sql.SQL("VACUUM (ANALYZE) {}").format(sql.Identifier(table)))


def _inscrire(url: str, dossiers: list[UUID]) -> None:
    """The demonstration's partners; past sessions and standing mandates, as many as so many cases have."""
    le = aujourd_hui()
    peupler_registre(url, SCHEMA, le)
    instructrice = personnage(LECTRICE).agent
    with administration.administrer(url, PAR, SCHEMA) as connexion:
        for rang in range(0, len(dossiers), _PAR_SEANCE):
            jour = _seance_le(rang, len(dossiers))
            seance = Seance(seance_de(rang), "CCAPEX", "departement", jour - timedelta(days=14), jour)
            administration.convoquer(connexion, seance)
        for dossier in dossiers[::_DOSSIERS_PAR_MANDAT]:
            mandat = Mandat("etude-fictive-1", dossier, instructrice, le, le + timedelta(days=365))
            administration.confirmer_mandat(connexion, mandat)


async def _ecrire(ledger: Ledger, dossiers: list[UUID]) -> int:
    """Every case, decided, sealed and recorded; how many facts that makes."""
    faits = 0
    combien = len(dossiers)
    for debut in range(0, combien, PAQUET):
        lot = enumerate(dossiers[debut : debut + PAQUET], debut)
        ecritures = await asyncio.gather(*(_preparer(ledger, rang, combien, dossier) for rang, dossier in lot))
        for verdict in await ledger.writer.ecrire_lot(ecritures):
            recu_de(verdict)
        faits += sum(len(ecriture.evenements) for ecriture in ecritures)
    return faits


async def _preparer(ledger: Ledger, rang: int, combien: int, dossier: UUID) -> Ecriture:
    bailleur = f"bailleur-{rang % 30}"
    contribution = Contribution(
        id=uuid4(),
        auteur=Auteur(bailleur, "BAILLEUR_SOCIAL", "agent-banc"),
        finalite=FINALITE,
        evenements=tuple(_menage(rang, combien)),
    )
    lecture = Lecture(dossier, (), ledger.keys.vierge(dossier), 0)
    return await ledger.preparer(lecture, contribution, LIGNE.avec(organisation=bailleur))


def _menage(rang: int, combien: int) -> Iterator[Propose]:
    """A household: its opening, its tenant, its debt, and as many acts as its age and its luck gave it."""
    fin = aujourd_hui()
    ouvert = fin - timedelta(days=30 + int((1 - rang / combien) * 365 * ANNEES))
    yield Propose(logement(rang), ouvert)
    qui: dict[str, Any] = identite(rang)
    naissance = date.fromisoformat(qui.pop("date_naissance"))
    yield Propose(OccupantDeclare(personne=uuid4(), date_naissance=naissance, **qui), ouvert)
    yield Propose(DetteDeclaree(montant=100_00 + rang % 1000, arretee_au=ouvert), ouvert)
    part = (1 - rang / combien) * (_ETAPES - 1) + rang * _DOR % 1
    for numero, acte in enumerate(islice(_actes(rang, combien, ouvert), int(part)), 1):
        yield Propose(acte, min(ouvert + timedelta(days=30 * numero), fin))
        if isinstance(acte, CcapexSaisie):
            seance_le = _seance_le(rang, combien)
            yield Propose(InstanceInscrite(instance="CCAPEX", seance=seance_de(rang), seance_le=seance_le), ouvert)
    if combien - rang <= _REQUIS and rang % 2 == 0 and logement(rang).commune in personnage(PREFECTURE).communes:
        quitter = fin - timedelta(days=100)
        yield Propose(CommandementQuitterSignifie(ref_acte=f"CQL-CFP-{rang}", date_reception=quitter), quitter)
        yield Propose(ConcoursForceRequis(ref_acte=f"CFP-{rang}"), fin)


def logement(rang: int) -> DossierOuvert:
    """The dwelling of the case of that rank, and the landlord whose it is."""
    social = rang % 6 != 0
    bailleurs = BAILLEURS_SOCIAUX if social else BAILLEURS_PRIVES
    lieux = communes(aujourd_hui())
    return DossierOuvert(
        parc="SOCIAL" if social else "PRIVE",
        commune=lieux[int(rang * _DOR % 1 * len(lieux))].code,
        bailleur_siret=bailleurs[rang % len(bailleurs)][0],
        adresse=f"{rang} rue des Exemples",
        id_rpls=f"9{rang:09d}",
        loyer=80061,
    )


def _actes(rang: int, combien: int, ouvert: date) -> tuple[Evenement, ...]:
    audience = ouvert + timedelta(days=150)
    prochaine = aujourd_hui() + timedelta(days=7 + rang // _UN_RENVOI_SUR % 90)
    dette = 200_00 + rang % 5000
    return (
        CommandementPayerSignifie(ref_acte=f"CDP-{combien}-{rang}", dette=dette, loyer=80061),
        CcapexSaisie(ref_acte=f"SAISINE-{rang}", saisissant="BAILLEUR", dette=dette),
        AssignationSignifiee(
            ref_acte=f"ASS-{rang}",
            date_audience=audience if rang % _UN_RENVOI_SUR else prochaine,
            num_rg=f"{rang}/{combien}",
            dette=dette,
        ),
        JugementRendu(ref_acte=f"JGT-{rang}", date_audience=audience, dispositif="DELAIS", delais_mois=24),
        CommandementQuitterSignifie(ref_acte=f"CQL-{rang}", dette=dette),
    )


def _seance_le(rang: int, combien: int) -> date:
    """Sessions follow the cases, in the order of time, and all are held by now."""
    return aujourd_hui() - timedelta(days=1 + int((1 - rang // _PAR_SEANCE * _PAR_SEANCE / combien) * 365 * ANNEES))
