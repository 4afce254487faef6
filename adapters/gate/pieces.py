"""Files that go with acts, in and out: as they come, chunk by chunk, and never whole.

In: the right and what is said of it, before its first byte is read; then what it is, found by a process of its own
while it is sealed; then its fact. What is refused, or cut, leaves nothing. Out: it is shown to who is shown the file's
fact and, whole, each group of what it may say: what the act says, and who lives where.
"""

import asyncio
import hashlib
from collections.abc import AsyncIterator, Mapping
from contextlib import suppress
from typing import Any, Final, NamedTuple
from uuid import UUID

import orjson

from adapters.examen.inadmis import GenreDePiece, Inadmis
from adapters.examen.processus import Inspection
from adapters.gate import saisie
from adapters.gate.codes import INADMIS
from adapters.gate.consulter import preparer
from adapters.gate.contexte import Acces, Gate
from adapters.gate.contribuer import autoriser
from adapters.gate.corps import Faute
from adapters.gate.mesures import mesure_de
from adapters.gate.parts import DEPOTS_PAR_PARTENAIRE, PartPrise
from adapters.gate.plan import Plan, Rang
from adapters.gate.question import parole_de, portee_de
from adapters.gate.refus import (
    INTROUVABLE,
    JOINDRE,
    PANNES,
    SAISIE_REFUSEE,
    Refus,
    constater_panne,
    ecrire,
    en_panne,
    journaliser_refus,
    ligne_du_journal,
    refuser,
    saisir,
)
from ledger import catalogue as ev
from ledger.alea import identifiant
from ledger.catalogue import OCTETS_PAR_PIECE, Classe, Fait, champs
from ledger.dossier.decision import Contexte, Contribution, Propose, decider
from ledger.dossier.etat import Dossier
from ledger.dossier.pieces import joignable
from ledger.dossier.refus import ActeRefuse
from ledger.errors import LedgerIndisponible, SujetEfface, SujetPris
from ledger.mapper import SCELLEES, ouvrir
from ledger.pieces import CLASSE, Depot, Emplacement, TropLongue
from ledger.reader import Lecture
from ledger.sealing import Cle
from ledger.verdict import Recu
from policies.decision import GROUPES, Action

RENDRE: Final = "lire_piece"
"""What the rows of files that leave say was done."""
PIECES_PAR_JOUR: Final = 500
"""Files that one partner brings within a day."""
DEPOT_S: Final = 600.0
"""Seconds that one file may take to come and to be looked at."""
_OUVERT: Final = frozenset({"entier", "propres"})
_A_COTE: Final = frozenset({"F03", "F08b"})
"""Who lives there, what an étude observed: told with an act, to the systems that take it, and not written in it."""
_NOMMENT: Final = frozenset({"F01", "F02a"})
"""What any act names: persons, and where they live."""
_TROP_LONGUE: Final = (
    f"Une pièce pèse au plus {OCTETS_PAR_PIECE >> 20} Mio : numérisez-la moins finement, ou partagez-la en plusieurs."
)
_TROP_LENTE: Final = f"La pièce n'est pas arrivée en {DEPOT_S / 60:.0f} minutes : renvoyez-la, avec la même clé."
_TROP_DE_DEPOTS: Final = (
    f"Votre organisation envoie déjà {DEPOTS_PAR_PARTENAIRE} pièces : renvoyez celle-ci quand l'une sera arrivée."
)
_TROP_PAR_JOUR: Final = f"Votre organisation a joint {PIECES_PAR_JOUR} pièces en un jour : reprenez demain."


class Arrivee(NamedTuple):
    """A file that comes in: how long it says it is, if it does, and its bytes."""

    annoncee: int | None
    flux: AsyncIterator[bytes]


class Reconnue(NamedTuple):
    """What was found in a file that has come."""

    genre: GenreDePiece
    octets: int
    empreinte: str


class Rendue(NamedTuple):
    """A file that leaves."""

    genre: GenreDePiece
    octets: int
    empreinte: str
    flux: AsyncIterator[bytes]


@en_panne
async def joindre(
    gate: Gate, acces: Acces, dossier: UUID, contenu: Mapping[str, Any], cle: str, arrivee: Arrivee
) -> Recu:
    """Take a file in; its id is the receipt's contribution. ``contenu``: what is said of it, see ``PieceAJoindre``."""
    entiere = await gate.ledger.consulter(dossier)
    lecture = await portee_de(gate, acces, dossier, entiere)
    dite = parole_de(acces, dossier, lecture).annonce(ev.PieceJointe, contenu)
    await autoriser(gate, acces, dossier, lecture, [dite])
    voulue = await saisir(
        gate, acces, Action.EMETTRE, dossier, lambda: saisie.forme(saisie.PieceAJoindre, dict(contenu))
    )
    if lecture is None or entiere is None:  # an unknown case has no link: it was refused
        raise Refus(404, "introuvable", INTROUVABLE)
    piece = identifiant()
    await _admettre(gate, acces, lecture, _contribution(acces, piece, voulue, cle, _RIEN), arrivee)
    try:
        with gate.depots.place(acces.sujet.partenaire.code):
            reconnue = await _prendre(gate, acces, entiere, (piece, voulue), arrivee)
    except PartPrise as prise:
        await journaliser_refus(gate, acces, Action.EMETTRE, "trop_de_demandes", dossier)
        raise Refus(429, "trop_de_demandes", _TROP_DE_DEPOTS) from prise
    row = ligne_du_journal(acces, JOINDRE, "autorise", dossier=dossier, revision=gate.decider.revision)
    dit = orjson.dumps([voulue, reconnue.empreinte])
    try:
        recu = await ecrire(
            gate,
            row,
            gate.ledger.contribuer(
                entiere,
                _contribution(acces, piece, voulue, cle, reconnue),
                row,
                empreinte=gate.ledger.index.empreinte("piece", dossier, hashlib.sha256(dit).hexdigest()),
                soi=None if lecture is entiere else acces.soi,
            ),
        )
    except Refus:
        await _finir(gate, piece)
        raise
    # Where it is not known whether the fact was recorded, nothing is ended here: within the hour it will be.
    await _finir(gate, piece)
    return recu


_RIEN: Final = Reconnue(GenreDePiece.PDF, 1, "0" * 64)
"""What stands for a file that is not there yet: whether the case takes it does not depend on it."""


def _contribution(
    acces: Acces, piece: UUID, voulue: saisie.PieceAJoindre, cle: str, reconnue: Reconnue
) -> Contribution:
    jointe = ev.PieceJointe(
        piece=piece,
        acte=voulue.acte,
        personnes=voulue.personnes,
        nature=voulue.nature,
        genre=reconnue.genre.value,
        octets=reconnue.octets,
        empreinte=reconnue.empreinte,
    )
    return Contribution(
        id=piece,
        auteur=acces.auteur(),
        finalite=acces.finalite,
        evenements=(Propose(jointe, acces.le),),
        demande=acces.demande,
        cle=cle,
    )


async def _admettre(gate: Gate, acces: Acces, lecture: Lecture, probable: Contribution, arrivee: Arrivee) -> None:
    """Refuse, before it is read, what would be refused once it is there."""
    dossier = lecture.dossier
    if arrivee.annoncee is not None and arrivee.annoncee > OCTETS_PAR_PIECE:
        await refuser(gate, acces, Action.EMETTRE, Refus(413, "trop_grand", _TROP_LONGUE), dossier)
    try:
        decider(dossier, lecture.etat, probable, Contexte(acces.le, [probable.id], entier=lecture.entier))
    except ActeRefuse as refuse:
        champ = refuse.champ.rpartition(".")[2]
        refus = Refus(422, refuse.code, refuse.message, [Faute(champ, refuse.code, refuse.message)])
        await refuser(gate, acces, Action.EMETTRE, refus, dossier)
    if await gate.ledger.pieces.depuis_hier(acces.sujet.partenaire.code) >= PIECES_PAR_JOUR:
        await refuser(gate, acces, Action.EMETTRE, Refus(429, "trop_de_pieces", _TROP_PAR_JOUR), dossier)


async def _prendre(
    gate: Gate, acces: Acces, lecture: Lecture, dite: tuple[UUID, saisie.PieceAJoindre], arrivee: Arrivee
) -> Reconnue:
    """Seal and look at what comes; ``Refus`` for what is not taken."""
    try:
        return await _sceller(gate, acces, lecture, dite, arrivee)
    except (Inadmis, TropLongue, TimeoutError) as fin:
        refus = _refus_de(fin)
        await journaliser_refus(gate, acces, Action.EMETTRE, refus.code, lecture.dossier)
        raise refus from fin


def _refus_de(fin: Inadmis | TropLongue | TimeoutError) -> Refus:
    match fin:
        case Inadmis(code=code):
            return Refus(422, "piece_refusee", SAISIE_REFUSEE, [Faute("contenu", code, INADMIS[code])])
        case TropLongue():
            return Refus(413, "trop_grand", _TROP_LONGUE)
        case TimeoutError():
            return Refus(400, "requete", _TROP_LENTE)


async def _sceller(
    gate: Gate, acces: Acces, lecture: Lecture, dite: tuple[UUID, saisie.PieceAJoindre], arrivee: Arrivee
) -> Reconnue:
    """What came, sealed and looked at. When it fails, whatever it is, nothing of it is left."""
    piece, voulue = dite
    personnes = sorted(set(voulue.personnes), key=str)
    place, cle = await _cle(gate, lecture, piece, "+".join(map(str, personnes)))
    try:
        async with asyncio.timeout(DEPOT_S), Inspection() as inspection:
            await gate.ledger.pieces.ouvrir(place, personnes, acces.sujet.partenaire.code)
            depot = Depot(gate.ledger.pieces, place, cle)
            async for octets in arrivee.flux:
                await depot.ajouter(octets)
                await inspection.donner(octets)
            genre = await inspection.conclure()
            await depot.clore()
    except BaseException:
        await _finir(gate, piece)
        raise
    return Reconnue(genre, depot.octets, depot.empreinte)


async def _cle(gate: Gate, lecture: Lecture, piece: UUID, sujet: str) -> tuple[Emplacement, Cle]:
    """Where the file will be, and the key of all whom it names together: durable before it seals anything."""
    trousseau, cle = lecture.trousseau, None
    try:
        if not trousseau.tient(sujet, CLASSE):
            manquantes = {(un_sujet, classe) for un_sujet in sujet.split("+") for classe in SCELLEES}
            trousseau = await gate.ledger.keys.creer(trousseau, manquantes, lecture.requises)
        cle = trousseau.get(sujet, CLASSE)
    except (SujetEfface, SujetPris):
        cle = None
    if cle is None:  # it was erased since the case was read
        raise LedgerIndisponible("Le dossier change : renvoyez la même pièce, avec la même clé.")
    return Emplacement(trousseau.tenant, lecture.dossier, piece, sujet), cle


async def _finir(gate: Gate, piece: UUID) -> None:
    """End a deposit; where it cannot be now, it is by who ends those that were left behind."""
    with suppress(LedgerIndisponible):
        await gate.ledger.pieces.finir(piece)


@en_panne
async def rendre(gate: Gate, acces: Acces, dossier: UUID, piece: UUID) -> Rendue:
    """A file as this reader may have it, once its row is durable.

    ``Refus`` 404, the same for one that is unknown, of another case, hidden, taken back or erased.
    """
    lecture, garde, _ = await preparer(gate, acces, dossier)
    montree = _montree(garde.plan, lecture.etat, dossier, piece)
    trousseau = lecture.trousseau
    cle = None
    if montree is not None and str(dossier) not in trousseau.effaces:
        cle = trousseau.get(montree.sujet, CLASSE)
    if montree is None or cle is None:
        await journaliser_refus(gate, acces, RENDRE, "introuvable", dossier)
        raise Refus(404, "introuvable", INTROUVABLE)
    plan = garde.plan
    await gate.ledger.journal.inscrire(
        ligne_du_journal(acces, RENDRE, "autorise", dossier=dossier, plan=plan).avec(
            groupes_montres=montree.groupes, groupes_retenus=tuple(g for g in GROUPES if g not in montree.groupes)
        )
    )
    jointe = ouvrir(montree.fait, trousseau, {Classe.S2}).evenement
    if not isinstance(jointe, ev.PieceJointe):
        raise TypeError(type(jointe))
    place = Emplacement(trousseau.tenant, dossier, piece, montree.sujet)
    flux = gate.ledger.pieces.derouler(place, cle, jointe.octets)
    premier = await anext(flux)  # what fails before the first byte is a 503
    return Rendue(GenreDePiece(jointe.genre), jointe.octets, jointe.empreinte, _derouler(gate, acces, premier, flux))


async def _derouler(gate: Gate, acces: Acces, premier: bytes, suite: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """The chunks of a file. What fails midway leaves a row, and ends the answer before its announced end."""
    yield premier
    try:
        async for octets in suite:
            yield octets
    except PANNES as panne:
        await constater_panne(gate, acces, panne)
        raise


class _Montree(NamedTuple):
    """A file that is shown: its fact, whose keys seal it, and the groups of what it may say."""

    fait: Fait
    sujet: str
    groupes: tuple[str, ...]


def _montree(plan: Plan, etat: Dossier, dossier: UUID, piece: UUID) -> _Montree | None:
    """A file of this case, where its fact is shown and each group of its act is open; neither of them taken back."""
    rangs = {rang.fait.enveloppe.id: rang for rang in plan.rangs if rang.fait.dossier == dossier}
    jointe = next((rang for rang in rangs.values() if _est(rang.fait, piece)), None)
    if jointe is None or not isinstance(jointe.fait.evenement, ev.PieceJointe):
        return None
    acte = rangs.get(jointe.fait.evenement.acte)
    if acte is None or not joignable(acte.fait.evenement) or _retire(etat, jointe) or _retire(etat, acte):
        return None
    de_l_acte = _groupes(acte.fait)
    groupes = de_l_acte | _groupes(jointe.fait) | _NOMMENT
    # Whom it names and where they live is asked of the file, which says whom it is about: the act is the household's.
    if not (_ouverts(plan, acte.fait, de_l_acte) and _ouverts(plan, jointe.fait, groupes)):
        return None
    [scelle] = jointe.fait.scelles
    return _Montree(jointe.fait, scelle.sujet, tuple(g for g in GROUPES if g in groupes))


def _est(fait: Fait, piece: UUID) -> bool:
    return isinstance(fait.evenement, ev.PieceJointe) and fait.evenement.piece == piece


def _retire(etat: Dossier, rang: Rang) -> bool:
    """Whether a fact was taken back, rather than told better: then what goes with it is not shown any more."""
    par = etat.corriges.get(rang.fait.enveloppe.id)
    return par is not None and isinstance(etat.passes[par].evenement, ev.FaitCorrige)


def _groupes(fait: Fait) -> frozenset[str]:
    """The groups of what a fact says, but for what is told beside an act and is not in it."""
    dits = champs(type(fait.evenement)).values()
    return frozenset(champ.groupe for champ in dits if champ.groupe is not None) - _A_COTE


def _ouverts(plan: Plan, fait: Fait, groupes: frozenset[str]) -> bool:
    """Whether all that these groups say of a fact is shown as it is."""
    [provenance] = plan.lecteur.provenances(fait)
    decision = plan.decisions[provenance]
    return all(mesure_de(g, decision, emis_par_moi=provenance.emis_par_moi) in _OUVERT for g in groupes)
