"""Erasure: one protocol over two databases, and who finishes it when it was interrupted (access 12, 31).

    decided    EffacementDecide                        ledger   by the controller, on the DPO's avis
       | engager     at the version that it was decided on: who else writes to the case comes before, or after
    engaged    EffacementEngage, with its proof        ledger   by a second person; nothing takes it back
       | detruire    one transaction
    destroyed  tombstones, and no key any more         keys     from here on nothing of the person opens
       | constater
    stated     PersonneEffacee                         ledger   from here on « effacé » is said, with its day
       | oublier     one transaction
    forgotten  no entry of the blind index finds her   ledger   keyed hashes of what named her file stay

Each step can be done again, by anybody, and changes nothing the second time. A stop between two of them, or an older
backup of either database, leaves a half-state, which ``reconcilier`` finds by looking at both:

    ledger                   keys                      what is done
    engaged                  no tombstone, or a key    destroyed (again)
    any, or nothing          tombstone                 stated (with its engagement), forgotten
    anything else            tombstone, and a key      destroyed again
    stated, no adult left    no key but its own        the household destroyed too, and stated
    engaged, no true proof   any                       nothing, and an alarm
    stated                   no tombstone, no proof    nothing, and an alarm

The proof is a keyed hash: who can write to both databases, but has not the tenant's secret, has nothing destroyed.
"""

import hmac
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Final, Self
from uuid import UUID, uuid4

from ledger.catalogue import EffacementEngage, Enveloppe, Evenement, Fait, PersonneEffacee
from ledger.dossier.adultes import delaisse, dernier_adulte, restants
from ledger.dossier.decision import Auteur, Contexte, Contribution, Propose, decider
from ledger.dossier.etat import Dossier
from ledger.index import IndexAveugle
from ledger.journal import Journal, Ligne
from ledger.keys import KeyStore, Tombe
from ledger.mapper import to_stored
from ledger.reader import Lecture, Reader
from ledger.verdict import Conflit, NonEcrit, Recu, recu_de
from ledger.writer import Ecriture, Writer

logger = logging.getLogger(__name__)

ESSAIS: Final = 16
"""Times an erasure is computed again when others write to the case meanwhile."""
FINALITE: Final = "DROITS_PERSONNE"


@dataclass(frozen=True, slots=True)
class Destruction:
    """What an erasure destroys, under which decision: what both databases tell of it, each in its own way."""

    dossier: UUID
    personne: UUID
    decision: UUID
    menage_aussi: bool
    decideur: str
    executant: Auteur

    @classmethod
    def du_fait(cls, fait: Fait, e: EffacementEngage) -> Self:
        """As the log tells it."""
        env = fait.enveloppe
        executant = Auteur(env.partenaire, env.role, env.agent)
        return cls(fait.dossier, e.personne, e.decision, e.menage_aussi, e.decideur, executant)

    @classmethod
    def de_la_tombe(cls, tombe: Tombe, *, menage_aussi: bool) -> Self:
        """As the keys' database tells it."""
        executant = Auteur(tombe.partenaire, tombe.role, tombe.agent)
        return cls(tombe.dossier, tombe.personne, tombe.decision, menage_aussi, tombe.decideur or "", executant)

    @property
    def sujets(self) -> frozenset[UUID]:
        """Whose keys go."""
        return _sujets(self.dossier, self)

    @property
    def tombe(self) -> Tombe:
        """What the keys' database keeps of it."""
        x = self.executant
        return Tombe(
            self.personne, self.decision, self.dossier, self.personne, x.partenaire, x.role, x.agent, self.decideur
        )


@dataclass(slots=True)
class Constat:
    """The cases that a reconciliation found: what it destroyed, stated, forgot in each; what it left alone, and why."""

    detruits: list[UUID] = field(default_factory=list)
    constates: list[UUID] = field(default_factory=list)
    oublies: list[UUID] = field(default_factory=list)
    alarmes: list[tuple[UUID, str]] = field(default_factory=list)

    @property
    def rien(self) -> bool:
        """Whether both databases told the same."""
        return not (self.detruits or self.constates or self.oublies or self.alarmes)


class Effacements:
    """The erasures of one tenant, over its two databases. ``constat``: what the last reconciliation found."""

    def __init__(
        self,
        keys: KeyStore,
        reader: Reader,
        writer: Writer,
        journal: Journal,
        index: IndexAveugle,
        aujourd_hui: Callable[[], date],
    ) -> None:
        self._keys = keys
        self._reader = reader
        self._writer = writer
        self._journal = journal
        self._index = index
        self._aujourd_hui = aujourd_hui
        self.constat = Constat()

    async def effacer(
        self, dossier: UUID, personne: UUID, decision: UUID, auteur: Auteur, ligne: Ligne
    ) -> tuple[Recu, list[UUID]]:
        """Execute a decision, all its steps. ``ActeRefuse``, with nothing engaged, where the case does not allow it.

        Also gives the other dossiers where the person is found, or that may be of the same household, for someone to
        look at.
        """
        homonymes = await self._reader.homonymes(personne)
        destruction, etat, lignes = await self.engager(dossier, personne, decision, auteur, ligne)
        proches = {autre for autre, sens in etat.rapprochements.items() if sens != "DISTINCT"}
        await self.detruire(destruction)
        recu = await self.constater(destruction, *lignes)
        await self._writer.oublier(dossier, personne)
        return recu, sorted({*homonymes, *proches})

    async def engager(
        self, dossier: UUID, personne: UUID, decision: UUID, auteur: Auteur, ligne: Ligne
    ) -> tuple[Destruction, Dossier, tuple[Ligne, ...]]:
        """Record the intention with its journal row, and the state that it was decided on.

        Where one stands that was interrupted, that one, and the row that is still to be left.
        Whether the household goes too is computed on the version that it is written at: of two last adults erased at
        once one sees the other, and an adult who is declared meanwhile is counted, or refused.
        """
        for _ in range(ESSAIS):
            lecture = await self._reader.lire_ou_vierge(dossier)
            commence = self._commence(lecture, personne, decision)
            if commence is not None and commence.decideur != auteur.agent:
                return commence, lecture.etat, (ligne,)
            decide = lecture.etat.effacement_decide(decision)
            destruction = Destruction(
                dossier=dossier,
                personne=personne,
                decision=decision,
                menage_aussi=dernier_adulte(lecture.etat, personne),
                decideur=(decide and decide.decideur) or "",
                executant=auteur,
            )
            propose = Propose(self._evenement(destruction), self._aujourd_hui())
            contribution = Contribution(id=uuid4(), auteur=auteur, finalite=ligne.finalite, evenements=(propose,))
            faits = decider(dossier, lecture.etat, contribution, Contexte(self._aujourd_hui(), [uuid4()]))
            verdict = await self._writer.ecrire(
                Ecriture(
                    dossier=dossier,
                    version_attendue=lecture.etat.version,
                    evenements=tuple(to_stored(fait, lecture.trousseau) for fait in faits),
                    partenaire=auteur.partenaire,
                    cle=None,
                    empreinte=None,
                    contribution=contribution.id,
                    lignes=(ligne.avec(dossier=dossier),),
                )
            )
            if not isinstance(verdict, Conflit):
                recu_de(verdict)
                return destruction, lecture.etat, ()
        raise NonEcrit(Conflit(dossier))

    async def detruire(self, destruction: Destruction) -> None:
        """Destroy the keys of an erasure that is engaged.

        Before a household's, those of all who are engaged there: a household that has a tombstone has no adult without.
        Who stays is read now: nobody comes to a household that is engaged.
        """
        restent: set[UUID] = set()
        if destruction.menage_aussi:
            lecture = await self._reader.lire_ou_vierge(destruction.dossier)
            for autre in self._engages(lecture):
                if not autre.menage_aussi:
                    await self._keys.detruire(autre.tombe, menage_aussi=False, restent=())
            etat = lecture.etat
            restent = etat.declarees.keys() - etat.effacees.keys() - etat.engagees.keys()
        await self._keys.detruire(destruction.tombe, menage_aussi=destruction.menage_aussi, restent=restent)

    async def constater(self, destruction: Destruction, *lignes: Ligne) -> Recu:
        """Record an erasure that has happened, and its engagement where the log has lost it.

        It is stated, not decided, so it is never refused. Two processes that finish one erasure record it once.
        """
        contribution = uuid4()
        while True:
            lecture = await self._reader.lire_ou_vierge(destruction.dossier)
            etat = lecture.etat
            evenements: list[Evenement] = []
            if destruction.personne not in etat.engagees:
                evenements.append(self._evenement(destruction))
            evenements.append(
                PersonneEffacee(
                    personne=destruction.personne,
                    decision=destruction.decision,
                    menage_aussi=destruction.menage_aussi,
                )
            )
            faits = [
                Fait(destruction.dossier, version, _enveloppe(destruction, contribution, self._aujourd_hui()), e)
                for version, e in enumerate(evenements, etat.version + 1)
            ]
            verdict = await self._writer.ecrire(
                Ecriture(
                    dossier=destruction.dossier,
                    version_attendue=etat.version,
                    evenements=tuple(to_stored(fait, lecture.trousseau) for fait in faits),
                    partenaire=destruction.executant.partenaire,
                    cle=f"effacement {destruction.personne}" + (" et du ménage" if destruction.menage_aussi else ""),
                    empreinte=None,
                    contribution=contribution,
                    lignes=tuple(ligne.avec(dossier=destruction.dossier) for ligne in lignes),
                )
            )
            if not isinstance(verdict, Conflit):
                return recu_de(verdict)

    async def reconcilier(self) -> Constat:
        """Finish the erasures that were interrupted, and destroy again what a restored backup brought back.

        Run before serving, at each start. What it cannot prove it leaves as it is, and raises an alarm: a line of the
        program's log, and a row of the journal.
        """
        self.constat = constat = Constat()
        faits = await self._reader.effacements()  # before the tombstones: what is stated has one
        constat.detruits += sorted(await self._keys.redetruire())
        tombes = {tombe.sujet: tombe for tombe in await self._keys.tombes()}
        await self._achever(faits, tombes, constat)
        await self._dire(faits, tombes, constat)
        await self._delaisses(tombes, constat)
        sujets = list(tombes)
        for dossier in sorted({dossier for dossier, _ in await self._reader.indexes(sujets)}):
            for personne in {t.personne for t in tombes.values() if t.dossier == dossier}:
                await self._writer.oublier(dossier, personne)
            constat.oublies.append(dossier)
        for dossier, motif in constat.alarmes:
            logger.critical("alarme : %s, dossier %s", motif, dossier)
            await self._journal.inscrire(_ligne_d_alarme(dossier, motif))
        return constat

    async def _achever(self, faits: list[Fait], tombes: dict[UUID, Tombe], constat: Constat) -> None:
        """Destroy what is engaged and has no tombstone; say what the log tells without any proof."""
        for fait in faits:
            e = fait.evenement
            if isinstance(e, EffacementEngage):
                destruction = Destruction.du_fait(fait, e)
                if not self._prouve(destruction, e.preuve):
                    constat.alarmes.append((fait.dossier, "engagement_sans_preuve"))
                elif not tombes.keys() >= destruction.sujets:
                    await self.detruire(destruction)
                    tombes |= dict.fromkeys(destruction.sujets, destruction.tombe)
                    constat.detruits.append(fait.dossier)
        for fait in faits:
            e = fait.evenement
            if isinstance(e, PersonneEffacee) and not tombes.keys() >= _sujets(fait.dossier, e):
                constat.alarmes.append((fait.dossier, "effacement_sans_tombe"))

    async def _dire(self, faits: list[Fait], tombes: Mapping[UUID, Tombe], constat: Constat) -> None:
        """State what was destroyed and is not told, of the cases that the log has."""
        dits = {(f.dossier, f.evenement.personne) for f in faits if isinstance(f.evenement, PersonneEffacee)}
        for personne, tombe in tombes.items():
            lecture = None
            if tombe.personne == personne and (tombe.dossier, personne) not in dits:
                lecture = await self._reader.lire(tombe.dossier)
            if lecture is None:
                continue
            engagee = next((d for d in self._engages(lecture) if d.personne == personne), None)
            destruction = engagee or self._oubliee(tombe, tombes.get(tombe.dossier), lecture, constat)
            await self.constater(destruction, _ligne_de_reprise(tombe))
            if not tombes.keys() >= destruction.sujets:
                await self.detruire(destruction)
            await self._writer.oublier(tombe.dossier, personne)
            constat.constates.append(tombe.dossier)

    async def _delaisses(self, tombes: dict[UUID, Tombe], constat: Constat) -> None:
        """Where the one who stayed is lost to both backups, the household goes after those who were erased."""
        faits = await self._reader.effacements()  # those that were stated just now too
        dits = {f.dossier: f.evenement for f in faits if isinstance(f.evenement, PersonneEffacee)}
        for dossier, e in dits.items():
            tombe = tombes.get(dossier) or tombes.get(e.personne)
            lecture = await self._reader.lire(dossier) if tombe is not None and not e.menage_aussi else None
            if tombe is None or lecture is None or not delaisse(lecture.etat) or _inconnus(lecture):
                continue
            await self.detruire(destruction := Destruction.de_la_tombe(tombe, menage_aussi=True))
            await self.constater(destruction, _ligne_de_reprise(tombe))
            tombes[dossier] = tombe
            constat.detruits.append(dossier)

    def _oubliee(self, tombe: Tombe, menage: Tombe | None, lecture: Lecture, constat: Constat) -> Destruction:
        """An erasure of which the log tells nothing: its backup is older, and may have lost who stayed, or who left."""
        emporte = menage is not None and menage.personne == tombe.personne
        if emporte and restants(lecture.etat) - {tombe.personne}:
            constat.alarmes.append((tombe.dossier, "adulte_sans_menage"))
        if menage is None and dernier_adulte(lecture.etat, tombe.personne):
            # Who stayed still has a key, under an id that this log does not know.
            emporte = not _inconnus(lecture)
            if not emporte:
                constat.alarmes.append((tombe.dossier, "menage_sans_adulte"))
        return Destruction.de_la_tombe(tombe, menage_aussi=emporte)

    def _commence(self, lecture: Lecture, personne: UUID, decision: UUID) -> Destruction | None:
        """The erasure of this person that was interrupted under this decision, if any."""
        engagee = lecture.etat.engagees.get(personne)
        if engagee is None or engagee.decision != decision or personne in lecture.etat.effacees:
            return None
        return next((d for d in self._engages(lecture) if d.personne == personne), None)

    def _engages(self, lecture: Lecture) -> list[Destruction]:
        """The erasures that are engaged in a case, with their proof."""
        return [
            destruction
            for fait in lecture.faits
            if isinstance(e := fait.evenement, EffacementEngage)
            and self._prouve(destruction := Destruction.du_fait(fait, e), e.preuve)
        ]

    def _evenement(self, destruction: Destruction) -> EffacementEngage:
        return EffacementEngage(
            personne=destruction.personne,
            decision=destruction.decision,
            menage_aussi=destruction.menage_aussi,
            decideur=destruction.decideur,
            preuve=self._preuve(destruction),
        )

    def _preuve(self, destruction: Destruction) -> str:
        e, x = destruction, destruction.executant
        parties = e.dossier, e.personne, e.decision, e.menage_aussi, e.decideur, x.partenaire, x.role, x.agent
        return self._index.empreinte("effacement", *parties).hex()

    def _prouve(self, destruction: Destruction, preuve: str) -> bool:
        """Whether this very erasure was engaged by this program, by another person than who decided it."""
        deux = destruction.decideur != destruction.executant.agent
        return deux and hmac.compare_digest(self._preuve(destruction).encode(), preuve.encode())


def _sujets(dossier: UUID, dit: Destruction | PersonneEffacee) -> frozenset[UUID]:
    return frozenset({dit.personne, dossier} if dit.menage_aussi else {dit.personne})


def _enveloppe(destruction: Destruction, contribution: UUID, le: date) -> Enveloppe:
    x = destruction.executant
    return Enveloppe(
        id=uuid4(),
        contribution=contribution,
        survenu_le=le,
        partenaire=x.partenaire,
        role=x.role,
        agent=x.agent,
        finalite=FINALITE,
    )


def _inconnus(lecture: Lecture) -> bool:
    """Whether somebody whom the log does not know has a key in the case: then she stayed, whatever it tells."""
    return not lecture.trousseau.sujets <= {str(lecture.dossier), *map(str, lecture.etat.declarees)}


def _ligne_de_reprise(tombe: Tombe) -> Ligne:
    return Ligne(
        organisation=tombe.partenaire,
        agent=tombe.agent,
        role=tombe.role,
        finalite=FINALITE,
        action="effacement_execution",
        issue="autorise",
        motif="reprise",
    )


def _ligne_d_alarme(dossier: UUID, motif: str) -> Ligne:
    return Ligne(
        organisation="", agent="", role="", finalite="", action="alarme", issue="erreur", dossier=dossier, motif=motif
    )
