"""Importing a lot: through the gate, answers the atelier's questions from the ledger and writes what it has sealed.

The loop that serves requests is never held: reading, matching and sealing are the child's, and a packet is a few
milliseconds of work here. While packets are being written, the next is being sealed. An import can be stopped at
any moment: what was written is whole rows, and the next import starts where it stopped, by the natural keys.
"""

import asyncio
import logging
import pickle
from collections import deque
from collections.abc import AsyncIterable, AsyncIterator, Callable, Iterable, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any, Final, Self
from uuid import UUID, uuid4

from eventsourcing.persistence import StoredEvent

from adapters.enclos.enfant import Enfant, lancer
from adapters.exploc import actes
from adapters.exploc.atelier import (
    TAILLE,
    Appel,
    Creer,
    Ecrire,
    IndexReconnu,
    Lire,
    Ordre,
    Reconnaitre,
    Scellee,
    Termine,
)
from adapters.exploc.fichier import LotIllisible
from adapters.exploc.source import SourceEnDefaut
from adapters.gate import importer as porte
from adapters.gate.contexte import Acces, Gate
from adapters.gate.importer import Permis
from adapters.gate.refus import EnPanne, Refus
from ledger.application import Ledger
from ledger.errors import Discordance, SujetEfface
from ledger.journal import Ligne
from ledger.reindexation import reindexer as completer_index
from ledger.sealing import Trousseau
from ledger.verdict import Conflit, Deja, Ecrit, Raison
from ledger.writer import Ecriture

logger = logging.getLogger(__name__)

FINALITE: Final = "CCAPEX_ADMINISTRATIVE"
"""The purpose of an import, where the instructeur declares none."""
TAILLE_MAX: Final = 256 << 20
"""Bytes of a lot that is sent (a compressed one counts as it comes): it is held in memory, never on a disk."""
EN_VOL: Final = 2
"""Packets that are being written while the next one is sealed: one waits for its keys, one for its events."""
PERDUES: Final = "les clés de ce dossier sont perdues : prévenez l'exploitant du service"
_TAMPON: Final = 1 << 20

Progres = Callable[[int, int], None]
"""Told from time to time: rows read, contributions written."""


class AtelierPerdu(Exception):
    """The child process ended by itself. What was written is whole; the import can be run again."""


class _Atelier:
    """The child process, and the frames that are exchanged with it."""

    def __init__(self, enfant: Enfant) -> None:
        self._enfant = enfant

    @classmethod
    async def lancer(cls) -> Self:
        """Start it with nothing of our environment but where our code is: its secrets come by the pipe."""
        try:
            return cls(await lancer("adapters.exploc", tampon=_TAMPON, muet=False))
        except OSError as plein:
            raise AtelierPerdu("L'atelier de l'import n'a pas pu être lancé : relancez l'import.") from plein

    async def dire(self, message: object) -> None:
        octets = pickle.dumps(message, protocol=pickle.HIGHEST_PROTOCOL)
        try:
            self._enfant.entree.write(len(octets).to_bytes(TAILLE) + octets)
            await self._enfant.entree.drain()
        except (BrokenPipeError, ConnectionResetError) as e:
            raise AtelierPerdu("L'atelier de l'import s'est arrêté : relancez l'import, il reprendra.") from e

    async def entendre(self) -> Any:  # noqa: ANN401 - whatever the child sent
        try:
            longueur = int.from_bytes(await self._enfant.sortie.readexactly(TAILLE))
            return pickle.loads(await self._enfant.sortie.readexactly(longueur))  # noqa: S301 - from the child we began
        except asyncio.IncompleteReadError as e:
            raise AtelierPerdu("L'atelier de l'import s'est arrêté : relancez l'import, il reprendra.") from e

    async def fermer(self) -> None:
        """End it, wherever it stands: it holds nothing that is not in the ledger or in the lot."""
        await self._enfant.finir()


@asynccontextmanager
async def _atelier() -> AsyncIterator[_Atelier]:
    atelier = await _Atelier.lancer()
    try:
        yield atelier
    finally:
        await atelier.fermer()


async def importer(
    gate: Gate,
    acces: Acces,
    flux: AsyncIterable[bytes],
    *,
    ecrire: bool,
    progres: Progres = lambda _lues, _ecrites: None,
) -> dict[str, Any]:
    """Import one lot, as its bytes arrive; its report, once a journal row of the import is durable.

    Without ``ecrire`` nothing is written but the journal row. ``Refus`` 403 for who may not, 422 for a lot that is no
    lot: the whole of it is refused.
    """

    async def mener(permis: Permis) -> dict[str, Any]:
        with rendre_en_refus():
            return await importer_lot(gate.ledger, permis, flux, ecrire=ecrire, progres=progres)

    return await porte.importer(gate, acces, actes.EVENEMENTS, mener, ecrire=ecrire)


@contextmanager
def rendre_en_refus() -> Iterator[None]:
    """What ends an import becomes the ``Refus`` that the gate journals."""
    try:
        yield
    except LotIllisible as refus:
        raise Refus(422, "lot_illisible", str(refus)) from refus
    except AtelierPerdu as panne:
        raise EnPanne("import_interrompu", str(panne)) from panne
    except SourceEnDefaut as panne:
        raise EnPanne("source_en_defaut", str(panne)) from panne


async def reindexer(gate: Gate, acces: Acces) -> int:
    """Complete the index that lots and openings are matched by; ``Refus`` 403 for who may not import."""

    async def mener(permis: Permis) -> int:
        return await completer_index(gate.ledger, permis.ligne)

    return await porte.importer(gate, acces, actes.EVENEMENTS, mener, ecrire=True)


async def importer_lot(
    ledger: Ledger,
    permis: Permis,
    flux: AsyncIterable[bytes],
    *,
    ecrire: bool,
    progres: Progres,
    en_ordre: bool = False,
) -> dict[str, Any]:
    """The same, of who has a permit: on behalf of its author; an act later than its day is in the future.

    ``en_ordre``: see ``Ordre``.
    """
    mandat = Ordre(
        auteur=permis.auteur,
        finalite=permis.ligne.finalite,
        jour=permis.jour,
        ecrire=ecrire,
        en_ordre=en_ordre,
        trousseau=ledger.keys.vierge(uuid4()),
        index=ledger.index,
    )
    async with _atelier() as atelier:
        await atelier.dire(mandat)
        await _envoyer(atelier, flux)
        return await _converser(atelier, ledger, permis, progres)


async def _envoyer(atelier: _Atelier, flux: AsyncIterable[bytes]) -> None:
    recus = 0
    async for morceau in flux:
        recus += len(morceau)
        if recus > TAILLE_MAX:
            raise LotIllisible(f"Le lot dépasse {TAILLE_MAX >> 20} Mo : compressez-le, ou découpez-le.")
        if morceau:
            await atelier.dire(morceau)
    await atelier.dire(b"")


class _EnVol:
    """The packets that are being written, in their order, and how many contributions were."""

    def __init__(self, ledger: Ledger, permis: Permis) -> None:
        self._ledger, self._permis = ledger, permis
        self._paquets: deque[tuple[Ecrire, asyncio.Task[dict[int, Raison]]]] = deque()
        self.ecrites = 0

    async def envoyer(self, demande: Ecrire) -> list[tuple[int, dict[int, Raison]]]:
        """Begin to write one; what became of those that have ended, once there is room for the next."""
        precedent = self._paquets[-1][1] if self._paquets else None
        self._paquets.append((demande, asyncio.create_task(_ecrire(self._ledger, demande, self._permis, precedent))))
        finis = []
        while len(self._paquets) > (0 if demande.attendre else EN_VOL):
            paquet, raisons = self._paquets[0][0], await self._paquets[0][1]
            self._paquets.popleft()
            self.ecrites += len(paquet.scellees) - len(raisons)
            finis.append((paquet.numero, raisons))
        return finis

    async def rentrer(self) -> None:
        """Let them end, even when the import is cancelled; of several that fail, the first one's failure was told."""
        if self._paquets:
            finies, _ = await asyncio.wait([tache for _, tache in self._paquets])
            for tache in finies:
                if not tache.cancelled():
                    tache.exception()


async def _converser(atelier: _Atelier, ledger: Ledger, permis: Permis, progres: Progres) -> dict[str, Any]:
    lues = 0
    en_vol = _EnVol(ledger, permis)
    try:
        while True:
            demande: Appel | LotIllisible = await atelier.entendre()
            reponse: object
            match demande:
                case LotIllisible():
                    # Not the one that came: it would hold this frame, which holds it.
                    raise LotIllisible(str(demande))
                case Termine():
                    return demande.rapport
                case Reconnaitre():
                    lues = max(lues, demande.lues)
                    reponse = await _reconnaitre(ledger, demande)
                case Lire():
                    reponse = await _lire(ledger, demande.dossiers)
                case Creer():
                    reponse = await _creer(ledger, demande)
                case Ecrire():
                    reponse = await en_vol.envoyer(demande)
            progres(lues, en_vol.ecrites)
            await atelier.dire(reponse)
    finally:
        await en_vol.rentrer()


async def _reconnaitre(ledger: Ledger, demande: Reconnaitre) -> IndexReconnu:
    connus = await ledger.reader.actes_connus(demande.actes) if demande.actes else {}
    indices = await ledger.reader.chercher_lot(demande.indices)
    return IndexReconnu(connus, indices, await ledger.reader.effacees(demande.indices))


async def _lire(ledger: Ledger, dossiers: Iterable[UUID]) -> dict[UUID, object]:
    lectures = await asyncio.gather(*(ledger.reader.lire_ou_vierge(dossier) for dossier in dossiers))
    return {lecture.dossier: (lecture.etat, lecture.trousseau) for lecture in lectures}


async def _creer(ledger: Ledger, demande: Creer) -> dict[UUID, Trousseau | str]:
    """The keys that stand once these are made, or why a case has none to give."""
    trousseaux: dict[UUID, Trousseau | str] = {}
    for dossier, manquantes in demande.manquantes.items():
        lu = await ledger.reader.lire_ou_vierge(dossier)
        try:
            trousseaux[dossier] = await ledger.keys.creer(lu.trousseau, manquantes, lu.requises)
        except SujetEfface:
            trousseaux[dossier] = "le ménage a été effacé"
        except Discordance as discordance:
            logger.critical("alarme : %s, dossier %s", discordance.motif, dossier)
            trousseaux[dossier] = PERDUES
    return trousseaux


async def _ecrire(
    ledger: Ledger, demande: Ecrire, permis: Permis, precedent: asyncio.Task[dict[int, Raison]] | None
) -> dict[int, Raison]:
    """Keys first: an event whose key was never made durable could be read by nobody, ever. Packets in their order."""
    permis.exiger({topic for scellee in demande.scellees for topic, _ in scellee.evenements})
    if demande.cles:
        await ledger.keys.creer_lot(demande.cles)
    if precedent is not None:
        await precedent
    verdicts = await ledger.writer.ecrire_lot([_ecriture(s, permis.ligne) for s in demande.scellees])
    raisons = {rang: verdict for rang, verdict in enumerate(verdicts) if not isinstance(verdict, Ecrit | Deja)}
    perdues = [raison for raison in raisons.values() if demande.dernier or not isinstance(raison, Conflit)]
    await permis.constater(perdues)
    return raisons


def _ecriture(scellee: Scellee, ligne: Ligne) -> Ecriture:
    dossier, attendue = scellee.dossier, scellee.version_attendue
    return Ecriture(
        dossier=dossier,
        version_attendue=attendue,
        evenements=tuple(
            StoredEvent(dossier, version, topic, state)
            for version, (topic, state) in enumerate(scellee.evenements, attendue + 1)
        ),
        partenaire=ligne.organisation,
        cle=None,
        empreinte=None,
        contribution=scellee.contribution,
        lignes=(ligne.avec(dossier=dossier),),
        index=scellee.entrees,
        cles_naturelles=(scellee.acte,),
    )
