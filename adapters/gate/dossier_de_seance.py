"""The pack of a case for a session: what each seat is shown of it is fixed, and read again by the seat it is of.

Nothing that is shown is kept. An event says, seat by seat, up to which fact the case was read, under which rules, and a
keyed digest of the very bytes. Read again, the case is shown as it was known by then, under the rights of today, and
the answer says whether these are the same bytes.

A pack is the seat's, whoever of its agents reads it: neither an intervention of its own nor professional secrecy opens
more of it to one of them than to another.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime
from hashlib import sha256
from typing import Final, NamedTuple
from uuid import UUID, uuid4

import orjson

from adapters.gate import saisie
from adapters.gate.consulter import APRES_INCONNU, PRESENT, Temps, histoire, plan_de
from adapters.gate.contexte import Acces, Gate, Vu
from adapters.gate.contribuer import autoriser
from adapters.gate.corps import Faute, SaisieRefusee
from adapters.gate.pas import Pas
from adapters.gate.plan import Plan
from adapters.gate.provenance import REFERENCE
from adapters.gate.question import decision_de, liens_de, parole_de, portee_de, question_de
from adapters.gate.redaction import CurseurInconnu, Signet, document, feuilleter
from adapters.gate.refus import (
    FIGER,
    INTROUVABLE,
    Refus,
    ecrire,
    en_panne,
    journaliser_refus,
    ligne_du_journal,
    refuser_decision,
    saisir,
)
from adapters.gate.reunion import reunir
from adapters.gate.textes import uuid_ou_rien
from adapters.identite.sujet import Demandeur
from adapters.registre.instantane import SIEGES, Partenaire, Seance
from ledger.catalogue import DossierDeSeanceFige, Fait, PersonneEffacee, Rubrique
from ledger.dossier.decision import EVENEMENTS_PAR_CONTRIBUTION, Contribution, Propose
from ledger.dossier.etat import Dossier
from ledger.reader import Lecture
from ledger.verdict import Recu
from policies.decision import Action, Agent, Request

SANS_SEANCE: Final = "Aucune séance ouverte ne porte cet identifiant : donnez celle où le dossier est inscrit."
SANS_SIEGE: Final = "Aucun siège de cette séance ne lit ce dossier à cette finalité : rien n'est à figer."
TROP_DE_SIEGES: Final = (
    f"Plus de {EVENEMENTS_PAR_CONTRIBUTION} sièges lisent ce dossier : il ne se fige pas en une fois."
)
EFFACE_DEPUIS: Final = "Des données qui vous étaient montrées ont été effacées depuis."
CORRIGE_DEPUIS: Final = "Un fait qui vous était montré a été corrigé ou retiré depuis."
REGLES_CHANGEES: Final = "Les règles d'accès ont changé depuis."
AUTRE_CAUSE: Final = "Votre rôle, votre jeton, le registre ou le jour ne vous ouvrent plus exactement la même chose."


class _Dossier(NamedTuple):
    """What one seat is shown of a case, before anything is unsealed."""

    siege: Acces
    question: Request
    lecture: Lecture
    plan: Plan


@en_panne
async def figer(gate: Gate, acces: Acces, dossier: UUID, contenu: object, cle: str) -> Recu:
    """Fix what each seat of a session is shown of a case, at the purpose of the commission."""
    entiere = await gate.ledger.consulter(dossier)
    lecture = await portee_de(gate, acces, dossier, entiere)
    probable = uuid_ou_rien(contenu.get("seance")) if isinstance(contenu, dict) else None
    annoncee = None if probable is None else acces.registre.seances.get(probable)
    dits = {"seance": str(probable), "instance": annoncee.instance if annoncee else None}
    dite = parole_de(acces, dossier, lecture).annonce(DossierDeSeanceFige, dits)
    await autoriser(gate, acces, dossier, lecture, [dite])
    seance = await saisir(gate, acces, Action.EMETTRE, dossier, lambda: _seance(acces, contenu))
    if lecture is None or entiere is None:
        raise Refus(404, "introuvable", INTROUVABLE)
    figes = await _figer(gate, acces, seance, entiere)
    await saisir(gate, acces, Action.EMETTRE, dossier, lambda: _exiger_des_sieges(figes))
    contribution = Contribution(
        id=uuid4(),
        auteur=acces.auteur(),
        finalite=acces.finalite,
        evenements=tuple(Propose(fige, acces.le) for fige in figes),
        cle=cle,
    )
    ligne = ligne_du_journal(acces, FIGER, "autorise", dossier=dossier, revision=gate.decider.revision)
    empreinte = gate.ledger.index.empreinte("requete", dossier, "dossier de séance", seance.id)
    return await ecrire(gate, ligne, gate.ledger.contribuer(entiere, contribution, ligne, empreinte=empreinte))


def _seance(acces: Acces, contenu: object) -> Seance:
    """The session that a body names, open on that day."""
    seance = acces.registre.seances.get(saisie.forme(saisie.SeanceAFiger, contenu).seance)
    if seance is None or seance.annulee_le is not None or not seance.convoquee_le <= acces.le <= seance.seance_le:
        raise SaisieRefusee(Faute("seance", "seance", SANS_SEANCE))
    return seance


def _exiger_des_sieges(figes: Sequence[DossierDeSeanceFige]) -> None:
    if not figes:
        raise SaisieRefusee(Faute("seance", "seance", SANS_SIEGE))
    if len(figes) > EVENEMENTS_PAR_CONTRIBUTION:
        raise SaisieRefusee(Faute("seance", "liste_longue", TROP_DE_SIEGES))


async def _figer(gate: Gate, acces: Acces, seance: Seance, entiere: Lecture) -> list[DossierDeSeanceFige]:
    """One event per seat that is shown the case; the row of each is durable before anything is unsealed for it."""
    position = entiere.faits[-1].position
    vus = []
    for partenaire in _assis(acces, seance):
        siege = _siege(acces, partenaire, Agent.PROUVE)
        vu = await _regarder(gate, siege, entiere, seance.instance.lower())
        if vu is not None:
            vus.append(vu)
    lignes = (
        ligne_du_journal(acces, FIGER, "autorise", dossier=entiere.dossier, plan=vu.plan).avec(
            motif=f"siege {vu.siege.sujet.partenaire.code}"
        )
        for vu in vus
    )
    await gate.ledger.journal.inscrire(*lignes)
    return [
        DossierDeSeanceFige(
            instance=seance.instance,
            seance=seance.id,
            siege=vu.siege.sujet.partenaire.code,
            empreinte=await _empreinte(gate, vu, seance.id, position),
            revision=vu.plan.revision,
            registre=acces.registre.revision,
            position=position,
        )
        for vu in vus
    ]


def _assis(acces: Acces, seance: Seance) -> Iterator[Partenaire]:
    """Who sits at a session and may declare its purpose, in the order of their codes."""
    registre = acces.registre
    codes = sorted(code for code, voix in registre.sieges(seance, acces.le).items() if voix in SIEGES)
    partenaires = (registre.partenaire(code, acces.le) for code in codes)
    return (p for p in partenaires if p is not None and acces.finalite in p.finalites)


def _siege(acces: Acces, partenaire: Partenaire, etat: Agent) -> Acces:
    """A seat as who reads: any agent of that partner, as far as its token goes, and nobody's own links."""
    sujet = Demandeur(partenaire, "", etat, None, frozenset(partenaire.finalites))
    return Acces(sujet, acces.finalite, None, acces.registre, acces.le, acces.trace)


async def _regarder(
    gate: Gate, siege: Acces, entiere: Lecture, vue: str, connu_le: datetime | None = None
) -> _Dossier | None:
    """What a seat is shown of a case, as it was known at a moment; None where it is shown nothing."""
    reunion = await reunir(gate, siege, entiere)
    lecture = await portee_de(gate, siege, entiere.dossier, entiere)
    if lecture is None:
        return None
    question = question_de(siege, lecture.etat, liens_de(siege, entiere.dossier, lecture), vue=vue)
    question = question if reunion is None else reunion.fermee(question)
    if not (await decision_de(gate, question, REFERENCE)).autorise:
        return None
    temps = PRESENT if connu_le is None else Temps(connu_le=connu_le)
    faits = await gate.parts.derouler(histoire(lecture.faits, lecture.etat, vue, temps), siege.sujet.partenaire.code)
    return _Dossier(siege, question, lecture, await plan_de(gate, siege, question, lecture, faits))


async def _empreinte(gate: Gate, vu: _Dossier, seance: UUID, position: int) -> str:
    """The keyed digest of the bytes that a seat is shown: bound to seat and place, it compares to no other."""
    qui = vu.siege.sujet.partenaire.code
    octets = await gate.parts.derouler(_condenser(vu), qui)
    parties = (vu.lecture.dossier, seance, qui, vu.siege.finalite, position, octets)
    return gate.ledger.index.empreinte("dossier de séance", *parties).hex()


def _condenser(vu: _Dossier) -> Pas[str]:
    """The digest of each page as it is sent, one after the other."""
    condense, page = sha256(), Signet()
    while True:
        feuille = yield from feuilleter(vu.plan, vu.lecture.trousseau, page)
        condense.update(document(vu.plan, feuille))
        if feuille.suivant is None:
            return condense.hexdigest()
        page = Signet(feuille.suivant)


@en_panne
async def lire(gate: Gate, acces: Acces, dossier: UUID, seance: UUID, apres: UUID | None = None) -> Vu:
    """The pack of the reader's own seat, as the case was known when it was fixed, under the rights of today."""
    entiere = await gate.ledger.consulter(dossier)
    lecture = await portee_de(gate, acces, dossier, entiere)
    etat = lecture.etat if lecture else Dossier()
    question = question_de(acces, etat, liens_de(acces, dossier, lecture))
    reference = await decision_de(gate, question, REFERENCE)
    if not reference.autorise or entiere is None:
        await refuser_decision(gate, acces, Action.LIRE, dossier, reference)
        raise Refus(404, "introuvable", INTROUVABLE)
    fige = _le_sien(acces, entiere, seance)
    if fige is None:
        await journaliser_refus(gate, acces, Action.LIRE, "introuvable", dossier)
        raise Refus(404, "introuvable", INTROUVABLE)
    dit = fige.evenement
    if not isinstance(dit, DossierDeSeanceFige):
        raise TypeError(type(dit))
    connu_le = max(f.enregistre_le for f in entiere.faits if f.position <= dit.position and f.enregistre_le)
    siege = _siege(acces, acces.sujet.partenaire, acces.sujet.etat)
    vu = await _regarder(gate, siege, entiere, dit.instance.lower(), connu_le)
    if vu is None:
        await journaliser_refus(gate, acces, Action.LIRE, "introuvable", dossier)
        raise Refus(404, "introuvable", INTROUVABLE)
    await gate.ledger.journal.inscrire(ligne_du_journal(acces, Action.LIRE, "autorise", dossier=dossier, plan=vu.plan))
    conforme = await _empreinte(gate, vu, seance, dit.position) == dit.empreinte
    entete = {
        "dossier": str(dossier),
        "seance": str(seance),
        "siege": dit.siege,
        "finalite": acces.finalite,
        "fige_le": fige.enregistre_le,
        "connu_le": connu_le,
        "empreinte": dit.empreinte,
        "conforme": conforme,
        "pourquoi": None if conforme else await _pourquoi(gate, vu, fige, dit.revision),
    }
    montre = await _page(gate, acces, vu, apres)
    return Vu(orjson.dumps(entete)[:-1] + b',"document":' + montre + b"}", entiere.position)


def _le_sien(acces: Acces, entiere: Lecture, seance: UUID) -> Fait | None:
    """What was last fixed for the reader's own seat, at its purpose."""
    figes = entiere.etat.rubriques.get(Rubrique.DOSSIERS_DE_SEANCE, {})
    siens = figes.get((seance, acces.sujet.partenaire.code, acces.finalite))
    return None if siens is None else entiere.faits[max(siens) - 1]  # the versions of a case begin at 1


async def _page(gate: Gate, acces: Acces, vu: _Dossier, apres: UUID | None) -> bytes:
    try:
        travail = feuilleter(vu.plan, vu.lecture.trousseau, Signet(apres))
        return document(vu.plan, await gate.parts.derouler(travail, acces.sujet.partenaire.code))
    except CurseurInconnu as inconnu:
        await journaliser_refus(gate, acces, Action.LIRE, "requete", vu.lecture.dossier)
        raise Refus(400, "requete", APRES_INCONNU) from inconnu


async def _pourquoi(gate: Gate, vu: _Dossier, fige: Fait, revision: str) -> str:
    """Why the bytes are no longer the same, from what this seat is shown: what it is not shown is no reason."""
    effaces = any(isinstance(f.evenement, PersonneEffacee) and f.version > fige.version for f in vu.lecture.faits)
    if effaces and any(rang.efface for rang in vu.plan.rangs):
        return EFFACE_DEPUIS
    etat = vu.lecture.etat
    corriges = [f for f in vu.lecture.faits if f.version < fige.version and _corrige_depuis(etat, f, fige)]
    montres = await gate.parts.derouler(
        histoire(corriges, etat, vu.question.vue, PRESENT), vu.siege.sujet.partenaire.code
    )
    plan = await plan_de(gate, vu.siege, vu.question, vu.lecture, montres)
    if any(rang.suite in {None, "ancien"} for rang in plan.rangs):
        return CORRIGE_DEPUIS
    return AUTRE_CAUSE if revision == gate.decider.revision else REGLES_CHANGEES


def _corrige_depuis(etat: Dossier, fait: Fait, fige: Fait) -> bool:
    par = etat.corriges.get(fait.enveloppe.id)
    passe = None if par is None else etat.passes.get(par)
    return passe is not None and passe.version > fige.version
