"""Erasures executed: keys destroyed, said in the log, taken out of the index; and those that were interrupted."""

from collections.abc import Callable, Iterable
from datetime import date
from uuid import UUID, uuid4

from ledger.catalogue import Enveloppe, Fait, PersonneEffacee
from ledger.dossier.decision import Auteur, Contexte, Contribution, Propose, decider
from ledger.journal import Ligne
from ledger.keys import KeyStore, Tombe
from ledger.mapper import to_stored
from ledger.reader import Reader
from ledger.verdict import Conflit, Recu, recu_de
from ledger.writer import Ecriture, Writer


class Effacements:
    """The erasures of one tenant, over its two databases."""

    def __init__(self, keys: KeyStore, reader: Reader, writer: Writer, aujourd_hui: Callable[[], date]) -> None:
        self._keys = keys
        self._reader = reader
        self._writer = writer
        self._aujourd_hui = aujourd_hui

    async def effacer(
        self, dossier: UUID, personne: UUID, decision: UUID, auteur: Auteur, ligne: Ligne
    ) -> tuple[Recu, list[UUID]]:
        """Destroy a person's keys under a decision, say so in the log, and take the person out of the index.

        In that order: from the first step on nothing of the person opens, and a stop at any point is finished by
        ``reconcilier``. When the last adult goes, so do the household's keys. ``ActeRefuse``, before anything is
        destroyed, when no granted decision waits or its author is who executes it. Also gives the other dossiers
        where the person is found, or that may be of the same household, for someone to look at.
        """
        lecture = await self._reader.lire_ou_vierge(dossier)
        menage_aussi = lecture.etat.dernier_adulte(personne)
        evenement = PersonneEffacee(personne=personne, decision=decision, menage_aussi=menage_aussi)
        contribution = Contribution(
            id=uuid4(),
            auteur=auteur,
            finalite=ligne.finalite,
            evenements=(Propose(evenement, self._aujourd_hui()),),
        )
        decider(dossier, lecture.etat, contribution, Contexte(self._aujourd_hui(), [uuid4()]))
        proches = {autre for autre, sens in lecture.etat.rapprochements.items() if sens != "DISTINCT"}
        autres = sorted({*await self._reader.homonymes(personne), *proches})
        tombe = Tombe(personne, decision, dossier, personne, auteur.partenaire, auteur.role, auteur.agent)
        await self._keys.detruire(tombe, *([dossier] if menage_aussi else []))
        return await self._constater(tombe, menage_aussi=menage_aussi, ligne=ligne), autres

    async def reconcilier(self) -> int:
        """Finish the erasures that were interrupted, and destroy again what a restored backup brought back.

        Run before serving, at each start; how many things it had to do.
        """
        faits = await self._reader.effacements()
        for tombe in await self._a_detruire(faits):
            await self._keys.detruire(tombe)
        revenants = await self._keys.revenants()
        for tombe in revenants:
            await self._keys.detruire(tombe)
        dits = {(fait.dossier, _efface(fait).personne) for fait in faits}
        tombes = await self._keys.tombes()
        menages = {tombe.dossier for tombe in tombes if tombe.sujet == tombe.dossier}
        tus = [t for t in tombes if t.sujet == t.personne and (t.dossier, t.personne) not in dits]
        for tombe in tus:
            await self._constater(tombe, menage_aussi=tombe.dossier in menages, ligne=_ligne_de(tombe))
        restes = await self._reader.indexes([t.sujet for t in tombes])
        for dossier in {dossier for dossier, _ in restes}:
            for personne in {t.personne for t in tombes if t.dossier == dossier}:
                await self._writer.oublier(dossier, personne)
        return len(revenants) + len(tus) + len(restes)

    async def _a_detruire(self, faits: Iterable[Fait]) -> list[Tombe]:
        """What the log tells to be erased and the keys' database does not know of: it comes from an older backup."""
        connus = {tombe.sujet for tombe in await self._keys.tombes()}
        trouves = []
        for fait in faits:
            e, env = _efface(fait), fait.enveloppe
            for sujet in [e.personne, *([fait.dossier] if e.menage_aussi else [])]:
                if sujet not in connus:
                    auteur = env.partenaire, env.role, env.agent
                    trouves.append(Tombe(sujet, e.decision, fait.dossier, e.personne, *auteur))
        return trouves

    async def _constater(self, tombe: Tombe, *, menage_aussi: bool, ligne: Ligne) -> Recu:
        """Record an erasure that has happened: it is stated, not decided, so it is never refused."""
        contribution = uuid4()
        enveloppe = Enveloppe(
            id=uuid4(),
            contribution=contribution,
            survenu_le=self._aujourd_hui(),
            partenaire=tombe.partenaire,
            role=tombe.role,
            agent=tombe.agent,
            finalite=ligne.finalite,
        )
        evenement = PersonneEffacee(personne=tombe.personne, decision=tombe.decision, menage_aussi=menage_aussi)
        while True:
            lecture = await self._reader.lire_ou_vierge(tombe.dossier)
            version = lecture.etat.version
            fait = Fait(tombe.dossier, version + 1, enveloppe, evenement)
            verdict = await self._writer.ecrire(
                Ecriture(
                    dossier=tombe.dossier,
                    version_attendue=version,
                    evenements=(to_stored(fait, lecture.trousseau),),
                    partenaire=tombe.partenaire,
                    cle=f"effacement {tombe.personne}",  # two processes that finish one erasure record it once
                    empreinte=None,
                    contribution=contribution,
                    lignes=(ligne.avec(dossier=tombe.dossier),),
                )
            )
            if not isinstance(verdict, Conflit):
                break
        await self._writer.oublier(tombe.dossier, tombe.personne)
        return recu_de(verdict)


def _efface(fait: Fait) -> PersonneEffacee:
    if not isinstance(fait.evenement, PersonneEffacee):
        raise TypeError(fait.evenement.TOPIC)
    return fait.evenement


def _ligne_de(tombe: Tombe) -> Ligne:
    return Ligne(
        organisation=tombe.partenaire,
        agent=tombe.agent,
        role=tombe.role,
        finalite="DROITS_PERSONNE",
        action="effacement",
        issue="autorise",
        motif="reprise",
    )
