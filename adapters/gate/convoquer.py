"""What the secretariat of a commission says of its sessions: when, where and who, then how each was held.

The policies say who may; the registry, where it is stored, checks it again, and what is said. Its row of the journal is
of the same transaction.
"""

import re
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any, Final, Literal, TypeVar
from uuid import UUID

import msgspec
from annotated_types import MaxLen
from pydantic import StringConstraints

from adapters.gate import saisie
from adapters.gate.contexte import Acces, Gate
from adapters.gate.corps import Faute, SaisieRefusee
from adapters.gate.question import question_de
from adapters.gate.refus import Refus, en_panne, journaliser_refus, ligne_du_journal, refuser_decision, saisir
from adapters.gate.saisie import Article
from adapters.gate.seances import exiger_seance
from adapters.registre.instantane import Instance, Seance
from adapters.registre.lecture import SeanceDejaConvoquee, SeanceRefusee
from ledger import catalogue as ev
from ledger.dossier.etat import Dossier
from policies.decision import Action

CodeDePartenaire = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9-]{0,62}$")]
HeureDeSeance = Annotated[str, StringConstraints(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$")]
Sieges = Annotated[tuple[CodeDePartenaire, ...], MaxLen(60)]
HeureDite = Annotated[HeureDeSeance | None, ev.clair("heure, en Île-de-France", "09:30")]
SalleDite = Annotated[ev.Texte | None, ev.clair("où l'on se réunit", "salle du conseil")]


@dataclass(frozen=True, slots=True, kw_only=True)
class Convocation:
    """A new session of a body. Seats that are not given are those of the commission."""

    instance: Annotated[CodeDePartenaire, ev.clair("code de la commission", "ccapex-93")]
    le: Annotated[date, ev.clair("jour de la séance", "2026-12-10")]
    heure: HeureDite = None
    salle: SalleDite = None
    deliberatifs: Annotated[Sieges | None, ev.clair("qui y a voix délibérative", ["caf93"])] = None
    consultatifs: Annotated[Sieges | None, ev.clair("qui y a voix consultative", ["adil93"])] = None
    suppleants: Annotated[Sieges | None, ev.clair("qui supplée", ["ccas-bobigny"])] = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangementDeSeance:
    """What changes of a session; what is not said stays as it is. A cancelled one does not come back."""

    le: Annotated[date | None, ev.clair("son nouveau jour", "2026-12-17")] = None
    heure: HeureDite = None
    salle: SalleDite = None
    deliberatifs: Annotated[Sieges | None, ev.clair("qui y a voix délibérative", ["caf93"])] = None
    consultatifs: Annotated[Sieges | None, ev.clair("qui y a voix consultative", ["adil93"])] = None
    suppleants: Annotated[Sieges | None, ev.clair("qui supplée", ["ccas-bobigny"])] = None
    annulee: Annotated[Literal[True] | None, ev.clair("elle n'aura pas lieu", True)] = None  # noqa: FBT003 - an example


@dataclass(frozen=True, slots=True, kw_only=True)
class CompteRendu:
    """How a session was held: each seat, and the quorum as it was recorded, with the text that asks it."""

    presents: Annotated[Sieges, ev.clair("qui était présent", ["caf93"])] = ()
    excuses: Annotated[Sieges, ev.clair("qui était excusé", ["adil93"])] = ()
    absents: Annotated[Sieges, ev.clair("qui était absent", [])] = ()
    quorum: Annotated[Literal["atteint", "non_atteint", "sans_objet"], ev.clair("le quorum", "atteint")]
    quorum_ref: Annotated[Article | None, ev.clair("le texte qui le demande", "décret 2015-1384 art. 7")] = None


@en_panne
async def convoquer(gate: Gate, acces: Acces, contenu: object, cle: str) -> dict[str, Any]:
    """Convene a session of a body of one's own. Sent twice with one key, it is convened once."""
    nommee = contenu.get("instance") if isinstance(contenu, dict) else None
    instance = acces.registre.instances.get(nommee) if isinstance(nommee, str) else None
    await _exiger_instance(gate, acces, instance, nommee=isinstance(nommee, str))
    typee = await saisir(gate, acces, Action.CONVOQUER, None, lambda: _lue(Convocation, contenu))
    if instance is None:  # nobody's: it was refused
        raise Refus(403, "AUTRE_COMMISSION", gate.motifs["AUTRE_COMMISSION"])
    empreinte = gate.ledger.index.empreinte("seance", acces.sujet.partenaire.code, cle)
    id_ = UUID(bytes=empreinte[:16], version=5)
    dit = {
        "id": id_,
        "instance": instance.genre,
        "lieu": instance.lieu,
        "convoquee_le": acces.le,
        "seance_le": typee.le,
        "heure": typee.heure,
        "salle": typee.salle,
        **_sieges(typee, None),
    }
    await _dire(gate, acces, "seances", dit, neuve=True)
    return {"seance": str(id_)}


async def _exiger_instance(gate: Gate, acces: Acces, instance: Instance | None, *, nommee: bool) -> None:
    """``Refus`` 403, the same of another's body as of one that is nowhere. That none is named is said later."""
    sienne = instance is not None and instance.secretariat == acces.sujet.partenaire.code
    question = question_de(acces, Dossier(), frozenset(), action=Action.CONVOQUER)
    genre = instance.genre if instance is not None and sienne else ""
    faits = {"instance": genre, "chez_soi": sienne or not nommee, "vue": gate.tables.vue_de(genre)}
    decision = await gate.decider.decide(msgspec.structs.replace(question, **faits))
    if not decision.autorise:
        await refuser_decision(gate, acces, Action.CONVOQUER, None, decision)


@en_panne
async def changer(gate: Gate, acces: Acces, id_seance: UUID, contenu: object) -> dict[str, Any]:
    """Move a session, change its seats, or cancel it."""
    seance, _ = await exiger_seance(gate, acces, id_seance, Action.SIEGER, Action.CONVOQUER)
    typee = await saisir(gate, acces, Action.CONVOQUER, None, lambda: _lue(ChangementDeSeance, contenu))
    dit: dict[str, Any] = {
        nom: valeur
        for nom, valeur in (("seance_le", typee.le), ("heure", typee.heure), ("salle", typee.salle))
        if valeur is not None
    }
    dit |= _sieges(typee, seance) | ({"annulee_le": acces.le} if typee.annulee else {})
    await _dire(gate, acces, "seances", {"id": id_seance, **dit}, neuve=False)
    return {"seance": str(id_seance)}


@en_panne
async def tenir(gate: Gate, acces: Acces, id_seance: UUID, contenu: object) -> dict[str, Any]:
    """Say how a session was held. Said again, the last word holds."""
    seance, _ = await exiger_seance(gate, acces, id_seance, Action.SIEGER, Action.CONVOQUER)
    typee = await saisir(gate, acces, Action.CONVOQUER, None, lambda: _lue(CompteRendu, contenu))
    dit = {
        "seance": id_seance,
        "tenue_le": seance.seance_le,
        "presents": sorted(typee.presents),
        "excuses": sorted(typee.excuses),
        "absents": sorted(typee.absents),
        "quorum": typee.quorum,
        "quorum_ref": typee.quorum_ref,
    }
    await _dire(gate, acces, "tenues", dit, neuve=False)
    return {"seance": str(id_seance)}


T = TypeVar("T")


def _lue(cls: type[T], contenu: object) -> T:
    if cls is ChangementDeSeance and contenu == {}:
        raise SaisieRefusee(Faute("", "absent", "Dites ce qui change : le jour, l'heure, la salle, les sièges."))
    return saisie.forme(cls, contenu)


def _sieges(typee: Convocation | ChangementDeSeance, connue: Seance | None) -> dict[str, Any]:
    """The seats as the registry keeps them: none, or the three kinds. What is not said is as it was."""
    dits = {nom: getattr(typee, nom) for nom in ("deliberatifs", "consultatifs", "suppleants")}
    if all(codes is None for codes in dits.values()):
        return {}
    connus = {nom: () if connue is None else getattr(connue, nom) or () for nom in dits}
    return {nom: sorted(connus[nom] if codes is None else codes) for nom, codes in dits.items()}


async def _dire(gate: Gate, acces: Acces, table: str, dit: dict[str, Any], *, neuve: bool) -> None:
    """Have it stored, with its row of the journal; what the registry refuses is 422, and a row."""
    partenaire, revision = acces.sujet.partenaire, gate.decider.revision
    ligne = {"finalite": acces.finalite, "action": Action.CONVOQUER.value, "trace": acces.trace, "revision": revision}
    par = f"{partenaire.code}/{acces.sujet.agent_valide}"
    try:
        ecrit = await gate.registre.tenir(par, ligne, table, dit, neuve=neuve)
    except SeanceRefusee as refusee:
        message = str(refusee)
        trouve = _CHAMP.match(message)
        champ = _CHAMPS.get(trouve[1], trouve[1]) if trouve else ""
        await journaliser_refus(gate, acces, Action.CONVOQUER, "saisie")
        raise Refus(422, "saisie", message, [Faute(champ, "seance", message)]) from refusee
    except SeanceDejaConvoquee as deja:
        await journaliser_refus(gate, acces, Action.CONVOQUER, "cle_reutilisee")
        autre = "Cette clé d'idempotence a déjà servi pour une autre séance."
        raise Refus(409, "cle_reutilisee", autre) from deja
    if not ecrit:
        row = ligne_du_journal(acces, Action.CONVOQUER, "autorise", motif="deja", revision=revision)
        await gate.ledger.journal.inscrire(row)


_CHAMP: Final = re.compile("« ([a-z_]+) »")
_CHAMPS: Final = {"seance_le": "le", "lieu": "instance", "sieges": "deliberatifs", "tenue_le": "", "seance": ""}
"""The fields of the registry, by the names that they have in a body."""
