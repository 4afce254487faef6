"""A small world for the views: a database of their own, random histories, and events written as the ledger does.

Sealed for real, under keys that the tests hold: what is read back from a table can be opened, or searched.
"""

import random
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, fields
from datetime import date, timedelta
from functools import cache
from typing import Any, Generic, get_type_hints
from uuid import UUID

import psycopg
from eventsourcing.persistence import StoredEvent
from psycopg import AsyncConnection, sql
from psycopg.conninfo import make_conninfo
from psycopg.rows import class_row
from pydantic import TypeAdapter

from ledger import catalogue as ev
from ledger.catalogue import Enveloppe, Evenement, Fait, catalogue, champs
from ledger.dossier.repli import replier
from ledger.mapper import cles_requises, lire_fait, to_stored
from ledger.sealing import Kek, Trousseau
from projections.vue import L, Vue, champs_communs

SCHEMA = "d93"
KEK = Kek(bytes(range(32)))
DEBUT = date(2025, 1, 1)
COMMUNES = ("93066", "93008", "93048", "93051", "93062")
SIRETS = ("93667127000267", "93000000000018")
SEANCE_CLIL = UUID(int=0xC111)
SEANCE_COMEX = UUID(int=0xC03E)


def exemple(cls: type[Evenement], **valeurs: object) -> Evenement:
    """An event with the example of each field, as the catalogue gives it, but for ``valeurs``."""
    return cls(**(_exemples(cls.__name__) | valeurs))


@cache
def _exemples(nom: str) -> dict[str, Any]:
    cls = catalogue()[nom]
    hints = get_type_hints(cls, include_extras=True)
    return {champ: TypeAdapter(hints[champ]).validate_python(dit.exemple) for champ, dit in champs(cls).items()}


@dataclass
class Menage:
    """One household: its keys, its people, and the history told so far."""

    dossier: UUID
    hasard: random.Random
    personnes: list[UUID] = field(default_factory=list)
    faits: list[Fait] = field(default_factory=list)
    trousseau: Trousseau = field(init=False)
    effaces: set[UUID] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.trousseau = Trousseau(SCHEMA, self.dossier, {}, KEK)

    def uuid(self) -> UUID:
        return UUID(int=self.hasard.getrandbits(128), version=4)

    def dire(
        self,
        evenement: Evenement,
        *,
        le: date | None = None,
        corrige: UUID | None = None,
        partenaire: str = "ssd93",
        agent: str = "a1",
    ) -> StoredEvent:
        """Tell one more event; sealed for its place in the history."""
        fait = Fait(
            self.dossier,
            len(self.faits) + 1,
            Enveloppe(
                id=self.uuid(),
                contribution=self.uuid(),
                survenu_le=le or DEBUT + timedelta(days=self.hasard.randrange(500)),
                corrige=corrige,
                partenaire=partenaire,
                role="SSD",
                agent=agent,
                finalite="ACCOMPAGNEMENT",
            ),
            evenement,
        )
        self.trousseau = self.trousseau.avec(self.trousseau.nouvelles(cles_requises(fait)))
        self.faits.append(fait)
        return to_stored(fait, self.trousseau)

    def ouvrir(self, **valeurs: object) -> StoredEvent:
        h = self.hasard
        lieu = {"commune": h.choice(COMMUNES), "parc": h.choice(("SOCIAL", "PRIVE"))}
        return self.dire(exemple(ev.DossierOuvert, **(lieu | {"bailleur_siret": h.choice(SIRETS)} | valeurs)))

    def occuper(self, **valeurs: object) -> StoredEvent:
        personne = self.uuid()
        self.personnes.append(personne)
        return self.dire(exemple(ev.OccupantDeclare, personne=personne, nom=f"NOM{personne.hex}", **valeurs))

    def effacer(self, personne: UUID, *, menage_aussi: bool) -> StoredEvent:
        self.effaces.add(personne)
        return self.dire(
            exemple(
                ev.PersonneEffacee,
                personne=personne,
                decision=self.uuid(),
                menage_aussi=menage_aussi,
                reference_source=None,
            )
        )


_SANS_HASARD = frozenset(
    {
        "DossierOuvert",
        "OccupantDeclare",
        "PersonneEffacee",
        "EffacementDemande",
        "EffacementAvise",
        "EffacementDecide",
        "FaitCorrige",
    }
)


def histoire(graine: int, longueur: int = 20) -> Iterator[StoredEvent]:
    """A random history: any event of the catalogue, corrections, and now and then erasures, the last adult's too."""
    h = random.Random(graine)  # noqa: S311 - reproducible, not secret
    menage = Menage(UUID(int=h.getrandbits(128), version=4), h)
    classes = [cls for nom, cls in catalogue().items() if nom not in _SANS_HASARD]
    yield menage.ouvrir()
    for _ in range(h.randint(1, 3)):
        yield menage.occuper()
    for _ in range(h.randrange(longueur)):
        vivantes = [p for p in menage.personnes if p not in menage.effaces]
        tirage = h.random()
        if tirage < 0.05 and vivantes:
            yield menage.effacer(h.choice(vivantes), menage_aussi=len(vivantes) == 1)
            if len(vivantes) == 1:
                return
        elif tirage < 0.12:
            yield menage.dire(exemple(ev.FaitCorrige, corrige=h.choice(menage.faits).enveloppe.id))
        else:
            cls = h.choice(classes)
            corrige = h.choice(menage.faits).enveloppe.id if tirage > 0.95 else None
            noms = {f.name for f in fields(cls)}
            valeurs: dict[str, Any] = {"personne": h.choice(vivantes)} if "personne" in noms else {}
            if "personnes" in noms:
                valeurs["personnes"] = tuple(h.sample(vivantes, h.randint(1, len(vivantes))))
            if "autre" in noms:
                valeurs["autre"] = menage.uuid()
            if "instance" in noms:
                valeurs["instance"] = h.choice(("CLIL", "CCAPEX", "COMEX"))
            yield menage.dire(exemple(cls, **valeurs), corrige=corrige)


def entrelacer(histoires: Iterable[Iterator[StoredEvent]], graine: int) -> Iterator[StoredEvent]:
    """Several histories as one log would have them: each in its order, mixed."""
    h = random.Random(graine)  # noqa: S311 - reproducible, not secret
    restantes = list(histoires)
    while restantes:
        prise = h.choice(restantes)
        suivant = next(prise, None)
        if suivant is None:
            restantes.remove(prise)
        else:
            yield suivant


def ecrire(url: str, evenements: Sequence[StoredEvent]) -> int:
    """Record events as the writer does: under its lock, positions given by the database. The log's new head."""
    with psycopg.connect(url) as connexion:
        connexion.execute("LOCK TABLE verrou_des_ecrivains IN EXCLUSIVE MODE")
        with (
            connexion.cursor() as curseur,
            curseur.copy(
                "COPY dossiers_events (originator_id, originator_version, topic, state) FROM STDIN (FORMAT binary)"
            ) as copie,
        ):
            copie.set_types(("uuid", "int8", "text", "bytea"))
            for e in evenements:
                copie.write_row((e.originator_id, e.originator_version, e.topic, e.state))
        [tete] = connexion.execute("SELECT max(notification_id) FROM dossiers_events").fetchone() or [0]
        connexion.execute("SELECT pg_notify(current_schema() || '_events', %s)", [str(tete)])
    return int(tete)


def avec_role(url: str, role: str | None) -> str:
    """The same database, in the tenant's schema, with a role's rights and no more."""
    options = f"-c search_path={SCHEMA}" + (f" -c role={role}" if role else "")
    return make_conninfo(url, options=options)


@dataclass(frozen=True)
class VueDossier(Generic[L]):
    """One case as a view keeps it: its row, and its facts in the order of the history, still sealed."""

    ligne: L
    faits: tuple[Fait, ...]


def vue_de(vue: Vue[L], faits: Sequence[Fait]) -> VueDossier[L]:
    """What the match makes of a history, without a database."""
    dossier = replier(faits)
    retenus = (vue.retenir(fait, dossier) for fait in faits)
    communs = champs_communs(faits[0].dossier, faits[0].position, dossier)
    return VueDossier(vue.ligne(communs, dossier), tuple(fait for fait in retenus if fait is not None))


async def lire_vue(connexion: AsyncConnection[Any], vue: Vue[L], dossiers: Sequence[UUID]) -> dict[UUID, VueDossier[L]]:
    """The same, as the tables have it."""
    servie = sql.SQL("generation = (SELECT generation FROM positions WHERE active) AND dossier = ANY(%s)")
    table = sql.Identifier(f"vue_{vue.nom}_dossiers")
    colonnes = sql.SQL(", ").join(map(sql.Identifier, vue.colonnes))
    lignes = sql.SQL("SELECT {} FROM {} WHERE {}").format(colonnes, table, servie)
    async with connexion.cursor(row_factory=class_row(vue.type_ligne)) as curseur:
        lues = await (await curseur.execute(lignes, [dossiers])).fetchall()
    faits: dict[UUID, list[Fait]] = {}
    rangees = sql.SQL(
        "SELECT dossier, version, topic, state, position, recorded_at FROM {} WHERE {} ORDER BY dossier, version"
    ).format(sql.Identifier(f"vue_{vue.nom}_faits"), servie)
    async with connexion.cursor(binary=True) as binaire:
        for rangee in await (await binaire.execute(rangees, [dossiers])).fetchall():
            faits.setdefault(rangee[0], []).append(lire_fait(*rangee))
    return {ligne.dossier: VueDossier(ligne, tuple(faits.get(ligne.dossier, ()))) for ligne in lues}
