"""Erasures, declarations, kills, restores of either database, interleaved at random on the real databases.

Each household has its own script, drawn from a fixed seed: erasures and declarations whose steps take turns, in two
processes; any of them stops for ever between two steps; then the processes stop, either database may be put back as it
was at some moment of the script, and a new process starts. What it leaves is looked at in the tables themselves.
"""

import asyncio
import os
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from random import Random
from typing import Any, Final, Self
from uuid import UUID, uuid4

import psycopg
import pytest
from psycopg import sql

from ledger.application import Ledger
from ledger.catalogue import (
    EFFACE,
    Classe,
    EffacementAvise,
    EffacementDecide,
    EffacementDemande,
    FaitCorrige,
    OccupantDeclare,
)
from ledger.dossier.decision import Contribution
from ledger.dossier.refus import ActeRefuse
from ledger.errors import Discordance
from ledger.mapper import ouvrir
from ledger.reader import Lecture
from ledger.verdict import NonEcrit
from tests.bases import SCHEMA, Bases, ouvrir_ledger
from tests.ledger.test_application import EXECUTANT, RESPONSABLE, une_contribution, une_ligne, une_ouverture

ENTRELACEMENTS: Final = int(os.environ.get("UNEFOIS_TEST_ENTRELACEMENTS", "250"))
GRAINE: Final = int(os.environ.get("UNEFOIS_GRAINE", "93"))
VAGUE: Final = 125
TOURS: Final = 2
ADULTES: Final = ("CONJOINT", "OCCUPANT", "COTITULAIRE")
_CLES: Final = ("cles", "tombes")
_LEDGER: Final = ("contributions", "index_aveugle", "references_effacees", "dossiers_events")
_DU_DOSSIER: Final = {"dossiers_events": "originator_id"}

Etapes = AsyncIterator[None]
Rangees = dict[str, list[tuple[Any, ...]]]


@dataclass
class Foyer:
    """One household, its script, and what each database held of it at some moments."""

    alea: Random
    dossier: UUID = field(default_factory=uuid4)
    personnes: list[UUID] = field(default_factory=list)
    photos: list[tuple[Rangees, Rangees]] = field(default_factory=list)
    cles_perdues: bool = False
    ledger_recule: bool = False
    joues: set[str] = field(default_factory=set)


def un_foyer(graine: float) -> Foyer:
    return Foyer(Random(graine))  # noqa: S311 - likewise


@dataclass(frozen=True)
class Etat:
    """What the tables say of every household."""

    cles: dict[UUID, set[tuple[UUID, str]]]
    tombes: dict[UUID, set[UUID]]


class Administrateur:
    """Who can take a copy of what a database holds of a household, and put it back."""

    def __init__(self, bases: Bases) -> None:
        self._urls = bases.admin_url, bases.admin_cles_url

    async def __aenter__(self) -> Self:
        options = f"-c search_path={SCHEMA} -c role=unefois_proprietaire"
        self.ledger, self.cles = [
            await psycopg.AsyncConnection.connect(url, options=options, autocommit=True) for url in self._urls
        ]
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.ledger.close()
        await self.cles.close()

    async def photographier(self, foyer: Foyer) -> None:
        foyer.photos.append((await _lus(self.ledger, _LEDGER, foyer), await _lus(self.cles, _CLES, foyer)))

    async def restaurer(self, foyer: Foyer, *, ledger: bool) -> None:
        """Put one database back as it was."""
        photo = foyer.alea.choice(foyer.photos)[0 if ledger else 1]
        connexion, tables = (self.ledger, _LEDGER) if ledger else (self.cles, _CLES)
        async with connexion.transaction():
            if ledger:
                await connexion.execute("LOCK TABLE verrou_des_ecrivains IN EXCLUSIVE MODE")
            for table in reversed(tables):
                await connexion.execute(
                    sql.SQL("DELETE FROM {} WHERE {} = %s").format(sql.Identifier(table), _cle(table)), [foyer.dossier]
                )
            for table in tables:
                for rangee in photo[table]:
                    valeurs = sql.SQL(", ").join(sql.Placeholder() * len(rangee))
                    await connexion.execute(
                        sql.SQL("INSERT INTO {} OVERRIDING SYSTEM VALUE VALUES ({})").format(
                            sql.Identifier(table), valeurs
                        ),
                        rangee,
                    )

    async def etat(self) -> Etat:
        cles: dict[UUID, set[tuple[UUID, str]]] = {}
        tombes: dict[UUID, set[UUID]] = {}
        for dossier, sujet, classe in await (
            await self.cles.execute("SELECT dossier, sujet, classe FROM cles")
        ).fetchall():
            cles.setdefault(dossier, set()).add((sujet, classe))
        for dossier, sujet in await (await self.cles.execute("SELECT dossier, sujet FROM tombes")).fetchall():
            tombes.setdefault(dossier, set()).add(sujet)
        return Etat(cles, tombes)


def _cle(table: str) -> sql.Identifier:
    return sql.Identifier(_DU_DOSSIER.get(table, "dossier"))


async def _lus(connexion: psycopg.AsyncConnection[Any], tables: tuple[str, ...], foyer: Foyer) -> Rangees:
    lus = {}
    for table in tables:
        requete = sql.SQL("SELECT * FROM {} WHERE {} = %s").format(sql.Identifier(table), _cle(table))
        lus[table] = await (await connexion.execute(requete, [foyer.dossier])).fetchall()
    return lus


async def _contribuer(ledger: Ledger, foyer: Foyer, contribution: Contribution) -> None:
    await ledger.contribuer(await ledger.reader.lire_ou_vierge(foyer.dossier), contribution, une_ligne())


async def installer(ledger: Ledger, foyer: Foyer) -> None:
    """One to three adults, and sometimes a guarantor, who stays when the household goes."""
    foyer.personnes = [uuid4() for _ in range(foyer.alea.randint(1, 3))]
    # Each in a dwelling of its own: who bears the name of one erased, in the same place, is taken for that one.
    logement = str(10**9 + foyer.dossier.int % (9 * 10**9))
    await _contribuer(ledger, foyer, une_ouverture(foyer.personnes[0], str(foyer.dossier), logement))
    autres = [OccupantDeclare(personne=p, qualite=foyer.alea.choice(ADULTES), nom="AUTRE") for p in foyer.personnes[1:]]
    if foyer.alea.random() < 0.3:
        autres.append(OccupantDeclare(personne=uuid4(), qualite="CAUTION", nom="CAUTION"))
    if autres:
        await _contribuer(ledger, foyer, une_contribution(*autres))


async def effacement(ledger: Ledger, foyer: Foyer, personne: UUID) -> Etapes:
    """Decided at once; then the protocol's own steps, between which anything may happen, or nothing ever again."""
    demande, decision = uuid4(), uuid4()
    e = ledger.effacements
    try:
        await _contribuer(
            ledger,
            foyer,
            une_contribution(
                EffacementDemande(effacement=demande, personne=personne),
                EffacementAvise(effacement=demande, avis="FAVORABLE"),
                EffacementDecide(effacement=demande, decision=decision, sens="ACCORDE"),
                auteur=RESPONSABLE,
            ),
        )
        yield
        destruction, _, lignes = await e.engager(foyer.dossier, personne, decision, EXECUTANT, une_ligne(EXECUTANT))
    except (ActeRefuse, NonEcrit):
        return
    foyer.joues.add("ménage effacé" if destruction.menage_aussi else "personne effacée")
    yield
    await e.detruire(destruction)
    yield
    await e.constater(destruction, *lignes)
    yield
    await ledger.writer.oublier(foyer.dossier, personne)


async def declaration(ledger: Ledger, foyer: Foyer) -> Etapes:
    """Read, then made and sealed, then written: what was decided on may be long past."""
    personne = uuid4()
    occupant = OccupantDeclare(personne=personne, qualite=foyer.alea.choice(ADULTES), nom="NOUVEAU")
    contribution = une_contribution(occupant)
    lecture = await ledger.reader.lire_ou_vierge(foyer.dossier)
    yield
    try:
        await ledger.preparer(lecture, contribution, une_ligne())
        yield
        await ledger.contribuer(lecture, contribution, une_ligne())
    except (ActeRefuse, NonEcrit):
        foyer.joues.add("déclaration refusée")
        return
    foyer.personnes.append(personne)


async def retrait(ledger: Ledger, foyer: Foyer, personne: UUID) -> Etapes:
    """A declaration that was a mistake."""
    lecture = await ledger.reader.lire_ou_vierge(foyer.dossier)
    yield
    for fait in lecture.faits:
        if isinstance(fait.evenement, OccupantDeclare) and fait.evenement.personne == personne:
            try:
                await ledger.contribuer(lecture, une_contribution(FaitCorrige(corrige=fait.enveloppe.id)), une_ligne())
            except ActeRefuse as refus:
                foyer.joues.add(f"retrait refusé : {refus.code}")
            else:
                foyer.joues.add("retrait")


async def jouer(ledgers: tuple[Ledger, Ledger], admin: Administrateur, foyer: Foyer) -> None:
    """A few acts at once, step by step in any order; one in eight steps is the last one of its act."""
    alea = foyer.alea
    actes: list[Etapes] = []
    choisies = alea.sample(foyer.personnes, min(len(foyer.personnes), alea.randint(1, 2)))
    actes += [effacement(alea.choice(ledgers), foyer, personne) for personne in choisies]
    actes += [declaration(alea.choice(ledgers), foyer) for _ in range(alea.choice((0, 1, 1, 2)))]
    if alea.random() < 0.2:
        actes.append(retrait(alea.choice(ledgers), foyer, alea.choice(foyer.personnes)))
    while actes:
        if alea.random() < 0.15:
            await admin.photographier(foyer)
        # Sometimes two at once, to the last instruction.
        ensemble = alea.sample(actes, min(len(actes), 2 if alea.random() < 0.2 else 1))
        if alea.random() < 0.12:
            actes.remove(ensemble[0])
            foyer.joues.add("arrêt")
            continue
        finis = await asyncio.gather(*(anext(acte, False) for acte in ensemble))
        for acte, fini in zip(ensemble, finis, strict=True):
            if fini is False:
                actes.remove(acte)


async def restaurer(admin: Administrateur, foyer: Foyer) -> None:
    """The processes are stopped: either database may be put back, or one after the other."""
    for ledger in (True, False):
        if foyer.photos and foyer.alea.random() < 0.25:
            await admin.restaurer(foyer, ledger=ledger)
            foyer.joues.add("registre restauré" if ledger else "clés restaurées")
            foyer.ledger_recule |= ledger
            foyer.cles_perdues |= not ledger


def verifier(foyer: Foyer, lecture: Lecture, avant: Etat, apres: Etat) -> None:
    """What holds once a process has started, whatever happened before."""
    etat, ici = lecture.etat, foyer.dossier
    cles, tombes = apres.cles.get(ici, set()), apres.tombes.get(ici, set())
    avec_cle = {sujet for sujet, _ in cles}
    # Erased: as soon as one of the two databases remembers it; with a tombstone, without a key, and said so.
    assert not avec_cle & tombes
    assert etat.engagees.keys() == etat.effacees.keys() == tombes - {ici}
    assert avant.tombes.get(ici, set()) <= tombes
    assert etat.menage_efface == (ici in tombes)
    # Never a key without a living person.
    vivants = etat.declarees.keys() - etat.effacees.keys()
    adultes = {p for p in etat.personnes if p in vivants and etat.personnes[p] != "CAUTION"}
    inconnus = avec_cle - etat.declarees.keys() - {ici}
    if etat.menage_efface:
        # But for one whose declaration was withdrawn, which an older log no longer tells.
        assert not adultes or (foyer.ledger_recule and "retrait" in foyer.joues)
        assert avec_cle <= vivants
    if ici in avec_cle and not adultes and etat.effacees:
        # An older log has lost who stayed: her key is there, under an id that the log does not know.
        assert foyer.ledger_recule
        assert inconnus
    # Never a living person without a key: those whom nobody erased have those that they had.
    perdues = {(s, c) for s, c in avant.cles.get(ici, set()) - cles if s not in tombes}
    assert not perdues or etat.menage_efface
    assert not {s for s, _ in perdues} & (vivants | {ici})
    if not foyer.cles_perdues:
        assert vivants <= avec_cle
        assert ici in avec_cle or etat.menage_efface
    # Never « effacé » without a tombstone: what has no key is not opened, and not said erased.
    for fait in lecture.faits:
        sujets = {UUID(sujet) for scelle in fait.scelles for sujet in scelle.sujet.split("+")}
        try:
            efface = EFFACE in vars(ouvrir(fait, lecture.trousseau, frozenset(Classe)).evenement).values()
        except Discordance:
            assert foyer.cles_perdues
            assert not sujets <= avec_cle
        else:
            assert efface == bool(sujets & tombes)


@pytest.mark.long
async def test_regle_31_des_entrelacements_d_effacements_de_declarations_d_arrets_et_de_restaurations(
    bases: Bases, compter: Callable[[str, int], None]
) -> None:
    graines = Random(GRAINE)  # noqa: S311 - reproducible, not secret
    joues: dict[str, int] = {}
    async with Administrateur(bases) as admin:
        for debut in range(0, ENTRELACEMENTS, VAGUE):
            foyers = [un_foyer(graines.random()) for _ in range(min(VAGUE, ENTRELACEMENTS - debut))]
            async with ouvrir_ledger(bases) as ledger:
                await asyncio.gather(*(installer(ledger, foyer) for foyer in foyers))
            for _ in range(TOURS):
                async with ouvrir_ledger(bases) as un, ouvrir_ledger(bases) as autre:
                    await asyncio.gather(*(jouer((un, autre), admin, foyer) for foyer in foyers))
                for foyer in foyers:
                    await restaurer(admin, foyer)
                avant = await admin.etat()
                async with ouvrir_ledger(bases) as ledger:
                    apres = await admin.etat()
                    for foyer in foyers:
                        lecture = await ledger.reader.lire_ou_vierge(foyer.dossier)
                        verifier(foyer, lecture, avant, apres)
            for foyer in foyers:
                for nom in foyer.joues:
                    joues[nom] = joues.get(nom, 0) + 1
    compter("entrelacements d'effacements", ENTRELACEMENTS)
    for nom, nombre in sorted(joues.items()):
        compter(f"dont : {nom}", nombre)
