"""The verbs of the ledger: consult, contribute, open or find, search, erase.

They decide nothing of who may do it: the gate has decided, and hands over the journal row of its decision. A write's
row is committed with its events; that of a read, or of a write that stored nothing, by the gate before it answers.
"""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Iterable, Sequence
from datetime import date
from itertools import chain, islice
from typing import Final, Literal, Self
from uuid import UUID, uuid4
from weakref import WeakValueDictionary

import msgspec

from ledger.alea import identifiant
from ledger.catalogue import (
    Classe,
    Demande72,
    Demande72Refusee,
    DossierOuvert,
    Fait,
    InformationTransmise72,
)
from ledger.dossier.decision import Contexte, Contribution, Propose, decider
from ledger.dossier.etat import Dossier
from ledger.dossier.part import Soi
from ledger.dossier.refus import ActeRefuse
from ledger.dossier.reunion import reunis
from ledger.effacements import Effacements
from ledger.errors import Sature, SujetEfface, SujetPris
from ledger.index import Genre, IndexAveugle
from ledger.journal import Journal, Ligne
from ledger.keys import KeyStore
from ledger.mapper import SCELLEES, cles_requises, ouvrir, to_stored
from ledger.menages import chercher, demeure_de, paires_de, proches_de, rejoindre
from ledger.pieces import Magasin, Pieces
from ledger.reader import Correspondance, Lecture, Proche, Reader
from ledger.recepisses import Recepisses
from ledger.revenants import refuser_un_revenant
from ledger.sealing import Kek
from ledger.verdict import CleReutilisee, Conflit, Deja, Recu, Verdict, recu_de
from ledger.writer import Ecriture, Writer

ESSAIS: Final = 16
"""Times a contribution is decided when others write to the same dossier meanwhile: each process has one at a time."""

OUVERTURES: Final = 5
"""Times a household is looked for again when others open its dossier meanwhile."""


TOUR: Final = 512
"""Contributions that may wait for their turn on one dossier, in one process."""


PRIS_AILLEURS: Final = "Une personne porte cet identifiant ailleurs : donnez-en un neuf."


class _Tour(asyncio.Lock):
    """Whose turn it is on a dossier, in order. ``Sature`` for who would wait behind ``TOUR`` others."""

    def __init__(self) -> None:
        super().__init__()
        self._attendent = 0

    async def acquire(self) -> Literal[True]:
        if self._attendent >= TOUR:
            raise Sature("Trop de contributions attendent ce dossier : renvoyez la même, avec la même clé.")
        self._attendent += 1
        try:
            return await super().acquire()
        finally:
            self._attendent -= 1


class _Demande(msgspec.Struct, frozen=True):
    """One request to contribute, as often as it takes to decide it. ``soi``: it is decided on this partner's part."""

    contribution: Contribution
    ligne: Ligne
    empreinte: bytes | None
    cles_naturelles: tuple[bytes, ...]
    avant: Callable[[], Awaitable[None]] | None = None
    soi: Soi | None = None
    suite: tuple[Propose, ...] = ()


class Ledger:
    """One tenant's ledger, open on its two databases. Use it as an asynchronous context manager."""

    def __init__(
        self,
        url: str,
        cles_url: str,
        schema: str,
        kek: Kek,
        index: IndexAveugle,
        *,
        aujourd_hui: Callable[[], date],
        magasin: Magasin | None = None,
    ) -> None:
        self.index = index
        self.keys = KeyStore(cles_url, kek, schema)
        self.reader = Reader(url, self.keys, schema)
        self.writer = Writer(url, schema)
        self.journal = Journal(url, schema)
        self.pieces, self.recepisses = Pieces(url, schema, magasin), Recepisses(url, schema)
        self.effacements = Effacements(self.keys, self.reader, self.writer, self.journal, index, aujourd_hui)
        self._aujourd_hui = aujourd_hui
        self._tours: WeakValueDictionary[UUID, _Tour] = WeakValueDictionary()

    async def __aenter__(self) -> Self:
        await self.writer.preparer_journal()
        await self.effacements.reconcilier()
        await self.pieces.finir()  # what a stop left halfway
        return self

    async def __aexit__(self, *_: object) -> None:
        for ouvert in (self.writer, self.pieces, self.recepisses, self.journal, self.reader, self.keys):
            await ouvert.close()

    async def consulter(self, dossier: UUID) -> Lecture | None:
        """Closed facts, keys and state; None if there is no such dossier. Journal before unsealing anything."""
        return await self.reader.lire(dossier)

    async def consulter_avec(self, dossier: UUID) -> tuple[Lecture | None, tuple[Lecture, ...]]:
        """The same, and the cases that it was last known to be one with: as many statements, whether there are any."""
        autres = reunis(self.reader.connu(dossier))
        if not autres:  # nearly always: then no task has to be made
            return await self.consulter(dossier), ()
        lecture, *lues = await asyncio.gather(self.consulter(dossier), *map(self.consulter, autres))
        return lecture, tuple(lue for lue in lues if lue is not None)

    async def consulter_tous(self, dossiers: Collection[UUID]) -> list[tuple[Lecture | None, tuple[Lecture, ...]]]:
        """Several, each with those that it is one with: as many statements, whether any of them is one with others."""
        avec = {dossier: reunis(self.reader.connu(dossier)) for dossier in dossiers}
        tous = list(dict.fromkeys([*dossiers, *chain.from_iterable(avec.values())]))
        lues = dict(zip(tous, await asyncio.gather(*map(self.consulter, tous)), strict=True))
        return [
            (lues[dossier], tuple(lue for autre in autres if (lue := lues[autre]) is not None))
            for dossier, autres in avec.items()
        ]

    async def contribuer(
        self,
        lecture: Lecture,
        contribution: Contribution,
        ligne: Ligne,
        *,
        empreinte: bytes | None = None,
        cles_naturelles: Sequence[bytes] = (),
        avant: Callable[[], Awaitable[None]] | None = None,
        soi: Soi | None = None,
    ) -> Recu:
        """Decide, seal and record one contribution with its journal row; decide again when the dossier moved.

        ``soi``: on what this partner told of it alone.

        ``ActeRefuse`` when the case does not allow it, ``NonEcrit`` when nothing is stored for another reason.
        ``empreinte``: keyed hash of the request, to tell a key sent twice from a key used twice. ``avant`` is awaited
        each time, once what is decided on was read, and may end it all by raising.
        """
        demande = _Demande(contribution, ligne, empreinte, tuple(cles_naturelles), avant, soi)
        return recu_de(await self._mener(lecture, demande))

    async def _mener(self, lecture: Lecture, demande: _Demande, essais: int = ESSAIS) -> Verdict:
        verdict: Verdict = Conflit(lecture.dossier)
        tour = self._tours.get(lecture.dossier)  # nearly always none: it is made for who has lost
        if essais == 1 or tour is None or not tour.locked():
            verdict = await self._essayer(lecture, demande)
            essais -= 1
        if not isinstance(verdict, Conflit) or not essais:
            return verdict
        # Those who lost queue here, and who comes after them: otherwise, of sixteen on one dossier, one would win at
        # each turn, and who has waited longest would lose to whoever has just come.
        async with self._tours.setdefault(lecture.dossier, _Tour()):
            for _ in range(essais):
                verdict = await self._essayer(await self.reader.lire_ou_vierge(lecture.dossier), demande)
                if not isinstance(verdict, Conflit):
                    break
        return verdict

    async def _essayer(self, lecture: Lecture, demande: _Demande) -> Verdict:
        d = demande
        if d.avant is not None:
            await d.avant()
        try:
            ecriture = await self.preparer(
                lecture if d.soi is None else lecture.part(d.soi),
                d.contribution,
                d.ligne,
                empreinte=d.empreinte,
                cles_naturelles=d.cles_naturelles,
            )
            if ecriture.index:
                await refuser_un_revenant(self.reader, d.contribution, ecriture.index)
        except ActeRefuse:
            # Sent twice, it is refused by the state that it made itself: its first answer is the right one.
            connue = await self.deja(lecture.dossier, d.contribution, d.ligne, d.empreinte)
            if connue is None:
                raise
            return connue
        # Written at once, and apart: who opens the case knows the position of the last event that it sent itself.
        suite = _a_la_suite(lecture, ecriture, d)
        if not suite:  # nearly always: then no task has to be made
            return await self.writer.ecrire(ecriture)
        verdict, *_ = await asyncio.gather(*map(self.writer.ecrire, (ecriture, *suite)))
        return verdict

    async def preparer(
        self,
        lecture: Lecture,
        contribution: Contribution,
        ligne: Ligne,
        *,
        empreinte: bytes | None = None,
        cles_naturelles: Sequence[bytes] = (),
    ) -> Ecriture:
        """Decide and seal, without recording. The keys that were missing are durable when it returns."""
        faits = self.faits_de(lecture, contribution)
        trousseau = lecture.trousseau
        # Who opens a case makes its keys, and waits for them, also where others made them before. Those of a subject
        # are made all at once: else who tells of it later would know by the time whether others told as much.
        ouvre = isinstance(faits[0].evenement, DossierOuvert)
        requises = {cle for fait in faits for cle in cles_requises(fait)}
        sujets = {sujet for sujet, classe in requises if ouvre or (sujet, classe) not in trousseau}
        if sujets:
            manquantes = {(sujet, classe) for sujet in sujets for classe in SCELLEES}
            try:
                trousseau = await self.keys.creer(lecture.trousseau, manquantes, lecture.requises)
            except (SujetEfface, SujetPris) as e:
                raise _sans_cle(e) from e
        return Ecriture(
            dossier=lecture.dossier,
            version_attendue=lecture.etat.version,
            evenements=tuple([to_stored(fait, trousseau) for fait in faits]),
            partenaire=contribution.auteur.partenaire,
            cle=self._cle(contribution),
            empreinte=empreinte,
            contribution=contribution.id,
            lignes=(ligne.avec(dossier=lecture.dossier),),
            index=self.index.entrees(faits, demeure_de(lecture, faits)),
            cles_naturelles=tuple(cles_naturelles),
        )

    def faits_de(self, lecture: Lecture, contribution: Contribution) -> tuple[Fait, ...]:
        """What a contribution would tell, decided on the case as it is; ``ActeRefuse``."""
        contexte = Contexte(
            aujourd_hui=self._aujourd_hui(),
            ids=[identifiant() for _ in contribution.evenements],
            demandes72=_demandes72(lecture, contribution.evenements),
            entier=lecture.entier,
        )
        return decider(lecture.dossier, lecture.etat, contribution, contexte)

    async def ouvrir_ou_trouver(
        self,
        contribution: Contribution,
        ligne: Ligne,
        *,
        soi: Soi | None = None,
        empreinte: bytes | None = None,
        cles_naturelles: Sequence[bytes] = (),
    ) -> Recu:
        """Open a dossier, or join the one that the same household has.

        The same: dwelling, name and birth date, or EXPLOC reference and name. The contribution opens the case for its
        author either way, and is decided on what this author told of it alone: the same is done, and answered, whether
        others had opened it or not. Two that open at once end in one dossier. ``ActeRefuse`` and ``NonEcrit`` as for
        ``contribuer``. ``soi``: the author, if it is known by more than its code.
        """
        soi = soi or Soi(contribution.auteur.partenaire, contribution.auteur.declarant)
        neuve = _Demande(contribution, ligne, empreinte, tuple(cles_naturelles), soi=soi)
        for _ in range(OUVERTURES):
            (trouve, blanche, connue), proches = await asyncio.gather(
                chercher(self.reader, self.index, contribution), proches_de(self.reader, self.index, contribution)
            )
            if trouve is None:
                verdict = await self._mener(
                    blanche, msgspec.structs.replace(neuve, suite=paires_de(contribution, proches)), 1
                )
            else:
                verdict = await self._mener(
                    connue, msgspec.structs.replace(neuve, contribution=rejoindre(contribution, trouve[1]))
                )
            if not isinstance(verdict, Conflit):
                break
        return recu_de(verdict)

    async def rechercher(self, nom: str, prenoms: str, naissance: date) -> list[Correspondance]:
        """The dossiers of this person, by name, a first name and birth date together: (dossier, person)."""
        return await self.reader.chercher(Genre.IDENTITE, self.index.identites(nom, prenoms, naissance))

    async def approcher(self, identites: Sequence[bytes], combien: int) -> list[tuple[Proche, Lecture]]:
        """Every entry of a person, by the hashes it is found by; others, so that as much is read for who is nowhere."""
        trouves = await self.reader.approcher([(Genre.IDENTITE, identite) for identite in identites], combien)
        proches = list(dict.fromkeys(proche for suite in trouves for proche in suite if proche.exacte))
        if any(len(suite) == combien and all(proche.exacte for proche in suite) for suite in trouves):
            paires = await self.reader.chercher(Genre.IDENTITE, identites)
            proches = [Proche(*paire, exacte=True) for paire in paires]
        autres = (proche for suite in trouves for proche in suite if not proche.exacte)
        proches += islice(autres, max(0, combien - len(proches)))
        proches += [Proche(uuid4(), uuid4(), exacte=False) for _ in range(combien - len(proches))]
        lectures = await asyncio.gather(*(self.reader.lire_ou_vierge(proche.dossier) for proche in proches))
        return list(zip(proches, lectures, strict=True))

    async def recue(self, partenaire: str, cle: str) -> tuple[UUID, UUID] | None:
        """The dossier and the contribution that a partner's idempotency key was used for; None if it was not."""
        connue = await self.reader.contribution(partenaire, self._hachee(partenaire, cle))
        return None if connue is None else connue[:2]

    def _hachee(self, partenaire: str, cle: str) -> str:
        # Hashed: an organisation can put anything in its keys, a name too.
        return self.index.empreinte("cle", partenaire, cle).hex()

    def _cle(self, contribution: Contribution) -> str | None:
        return None if contribution.cle is None else self._hachee(contribution.auteur.partenaire, contribution.cle)

    async def deja(
        self, dossier: UUID, contribution: Contribution, ligne: Ligne, empreinte: bytes | None
    ) -> Deja | CleReutilisee | None:
        """What the idempotency key of a contribution was used for, with a row where it was for the same; or None."""
        connue = await self.cle_servie(dossier, contribution, empreinte)
        if isinstance(connue, Deja):
            await self.journal.inscrire(ligne.avec(dossier=connue.dossier, motif="deja"))
        return connue

    async def cle_servie(
        self, dossier: UUID, contribution: Contribution, empreinte: bytes | None
    ) -> Deja | CleReutilisee | None:
        """What the idempotency key of a contribution was used for; or None."""
        cle, partenaire = self._cle(contribution), contribution.auteur.partenaire
        connue = None if cle is None else await self.reader.contribution(partenaire, cle)
        if connue is None:
            return None
        premier, premiere, position, sienne = connue
        return Deja(position, premiere, premier) if sienne == empreinte else CleReutilisee(dossier)


def _sans_cle(refus: SujetEfface | SujetPris) -> ActeRefuse:
    """Why somebody has no key in a case."""
    if isinstance(refus, SujetPris):
        return ActeRefuse("identifiant_pris", "evenements", PRIS_AILLEURS)
    return ActeRefuse("personne_effacee", "evenements")


def _a_la_suite(lecture: Lecture, ecriture: Ecriture, demande: _Demande) -> list[Ecriture]:
    """What follows a contribution to a case, as one of its own: it is said of any case, and stands in clear."""
    if not demande.suite:
        return []
    suite = msgspec.structs.replace(demande.contribution, id=uuid4(), evenements=demande.suite, information_menage=None)
    contexte = Contexte(aujourd_hui=demande.suite[0].survenu_le, ids=[uuid4() for _ in demande.suite])
    version = ecriture.version_attendue + len(ecriture.evenements)
    faits = decider(lecture.dossier, Dossier(version), suite, contexte)
    dits = tuple(to_stored(fait, lecture.trousseau) for fait in faits)
    return [
        Ecriture(
            dossier=lecture.dossier,
            version_attendue=version,
            evenements=dits,
            partenaire=ecriture.partenaire,
            cle=None,
            empreinte=None,
            contribution=suite.id,
            lignes=(),
        )
    ]


def _demandes72(lecture: Lecture, proposes: Iterable[Propose]) -> dict[UUID, Demande72]:
    """The demands that these events answer, opened: an answer is decided on what was asked, and of whom."""
    voulues = {
        p.evenement.en_reponse_a for p in proposes if isinstance(p.evenement, InformationTransmise72 | Demande72Refusee)
    }
    ouvertes: dict[UUID, Demande72] = {}
    if not voulues:  # all the facts of the case, looked at for each contribution, were a third of its time
        return ouvertes
    for fait in lecture.faits:
        if getattr(fait.evenement, "acte", None) in voulues:
            demande = ouvrir(fait, lecture.trousseau, {Classe.S3}).evenement
            if isinstance(demande, Demande72):
                ouvertes[demande.acte] = demande
    return ouvertes
