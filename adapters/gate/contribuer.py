"""Writing: open a case, contribute to it, one by one or many at once."""

import asyncio
import hashlib
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from functools import partial
from http import HTTPStatus
from typing import Final
from uuid import UUID

import msgspec

from adapters.gate import saisie
from adapters.gate.annonce import RIEN, Annonce
from adapters.gate.consulter import inchange
from adapters.gate.contexte import Acces, Gate
from adapters.gate.corps import Faute, SaisieRefusee, saisie_de
from adapters.gate.nommes import torts
from adapters.gate.parts import PartPrise
from adapters.gate.plan import LIANTS
from adapters.gate.question import liens_de, parole_de, permettre, portee_de, question_de
from adapters.gate.refus import (
    INTROUVABLE,
    Refus,
    ecrire,
    en_panne,
    journaliser_refus,
    ligne_du_journal,
    refuser,
    refuser_decision,
    saisir,
)
from adapters.registre.instantane import Rattachement
from ledger import catalogue as ev
from ledger import essai
from ledger.alea import identifiant
from ledger.dossier.decision import Contribution, Propose
from ledger.dossier.etat import Dossier
from ledger.dossier.part import Soi
from ledger.dossier.renseignements import autres_que
from ledger.ensemble import Dite, contribuer_partout
from ledger.journal import Ligne
from ledger.reader import Lecture
from ledger.verdict import Recu
from policies.decision import Action, Concerne, Fermeture, Lien

LectureDuCorps = Callable[[], saisie.Saisie]
"""A body as it is read; ``SaisieRefusee``."""
LIEN_ALLEGUE: Final = "lien_allegue"
A_BLANC: Final = "a_blanc"
"""What a row tells of a write that was tried, and stored nothing."""


class Prete(msgspec.Struct, frozen=True):
    """A write that may be made, or tried: what it says, the row that it leaves, and what it is decided on.

    ``entiere``: the case; None where it is to be found, or opened. ``soi``: it is decided on this partner's part.
    ``autre``: the other case of a pair, and what is said there. ``dits``: what its author says, of all that is said.
    """

    contribution: Contribution
    ligne: Ligne
    empreinte: bytes
    naturelles: Sequence[bytes] = ()
    entiere: Lecture | None = None
    soi: Soi | None = None
    avant: Callable[[], Awaitable[None]] | None = None
    autre: tuple[Lecture, Contribution] | None = None
    dits: tuple[Propose, ...] = ()


@en_panne
async def ouvrir(gate: Gate, acces: Acces, corps: bytes, cle: str) -> Recu:
    """Open the case of a household, or join the one that it has: the answer does not tell which."""
    return await ecrire_ouverture(gate, await ouverture_prete(gate, acces, saisie_de(corps), cle))


@en_panne
async def contribuer(
    gate: Gate, acces: Acces, dossier: UUID, corps: bytes, cle: str, *, si_etags: tuple[str, ...] | None = None
) -> Recu:
    """Record one contribution. ``si_etags``: only if the case still is what this reader saw under one of them (412)."""
    return await ecrire_contribution(
        gate, await contribution_prete(gate, acces, dossier, saisie_de(corps), cle, si_etags)
    )


@en_panne
async def essayer_ouverture(gate: Gate, acces: Acces, corps: bytes, cle: str) -> None:
    """Refuse as ``ouvrir`` would; store nothing but the row that says that it was tried."""
    await essayer_prete(gate, await ouverture_prete(gate, acces, saisie_de(corps), cle))


@en_panne
async def essayer(
    gate: Gate, acces: Acces, dossier: UUID, corps: bytes, cle: str, *, si_etags: tuple[str, ...] | None = None
) -> None:
    """Refuse as ``contribuer`` would; store nothing but the row that says that it was tried."""
    await essayer_prete(gate, await contribution_prete(gate, acces, dossier, saisie_de(corps), cle, si_etags))


async def ouverture_prete(gate: Gate, acces: Acces, contenu: object, cle: str) -> Prete:
    """An opening, permitted and checked; ``Refus``."""
    return await ouverture_lue(gate, acces, lambda: saisie.ouverture(contenu), cle)


async def ouverture_lue(gate: Gate, acces: Acces, lire: LectureDuCorps, cle: str) -> Prete:
    """The same, of a body that has a form of its own: it is read once its author may open."""
    await permettre(gate, acces, Action.OUVRIR)
    await _decompter(gate, acces)
    typee = await saisir(
        gate, acces, Action.OUVRIR, None, lambda: _au_registre(gate, acces, lire(), saisie.champ_d_ouverture)
    )
    ouverture = next(p.evenement for p in typee.evenements if isinstance(p.evenement, ev.DossierOuvert))
    partenaire = acces.sujet.partenaire
    nomme = {} if ouverture.bailleur_siret is None else {ouverture.bailleur_siret: {partenaire.code}}
    neuf = Rattachement(UUID(int=0), ouverture.commune, nomme)
    liens = acces.registre.liens(partenaire, acces.sujet.agent_valide, neuf, acces.le) | {Lien.AUTEUR}
    parole = parole_de(acces)
    for dite in dict.fromkeys(parole.annonce(type(p.evenement), vars(p.evenement)) for p in typee.evenements):
        for action in (Action.OUVRIR, Action.EMETTRE):
            question = question_de(acces, Dossier(), liens, action=action, annonce=dite)
            decision = await gate.decider.decide(question)
            if not decision.autorise:
                await refuser_decision(gate, acces, Action.OUVRIR, None, decision)
    revision = gate.decider.revision
    return Prete(
        _contribution(gate, acces, typee, cle),
        ligne_du_journal(acces, Action.OUVRIR, "autorise", motif=_motif(acces, typee), revision=revision),
        _empreinte(gate, None, typee),
        await _naturelles(gate, acces, Action.OUVRIR, typee),
        soi=acces.soi,
    )


async def _decompter(gate: Gate, acces: Acces) -> None:
    """One opening less for this client, where they are counted; ``Refus`` 429 where it has none left."""
    if gate.budget is None:
        return
    try:
        gate.budget.ouvrir(acces.sujet.client or "")
    except PartPrise as trop:
        await refuser(gate, acces, Action.OUVRIR, Refus(429, "trop_d_ouvertures", str(trop)), None)


async def ecrire_ouverture(gate: Gate, p: Prete) -> Recu:
    """Store an opening."""
    ouverture = gate.ledger.ouvrir_ou_trouver(
        p.contribution, p.ligne, soi=p.soi, empreinte=p.empreinte, cles_naturelles=p.naturelles
    )
    return await ecrire(gate, p.ligne, ouverture)


async def contribution_prete(
    gate: Gate,
    acces: Acces,
    dossier: UUID,
    contenu: object,
    cle: str,
    si_etags: tuple[str, ...] | None = None,
    *,
    lire: LectureDuCorps | None = None,
) -> Prete:
    """A contribution, permitted and checked; ``Refus``. ``lire``: how it is read, of a body with a form of its own."""
    entiere = await gate.ledger.consulter(dossier)
    lecture = await portee_de(gate, acces, dossier, entiere)
    parole = parole_de(acces, dossier, lecture)
    await autoriser(gate, acces, dossier, lecture, parole.annonces(contenu), contenu)
    lue = lire or (lambda: saisie.contribution(contenu))
    typee = await saisir(gate, acces, Action.EMETTRE, dossier, lambda: _au_registre(gate, acces, lue()))
    typee = _pour_soi(typee, parole.personne)
    if lecture is None or entiere is None:  # an unknown case has no link: it was refused
        raise Refus(404, "introuvable", INTROUVABLE)
    contribution = _a_tous(_contribution(gate, acces, typee, cle), lecture.etat)
    ligne = ligne_du_journal(
        acces, Action.EMETTRE, "autorise", dossier=dossier, motif=_motif(acces, typee), revision=gate.decider.revision
    )
    empreinte, dits = _empreinte(gate, dossier, typee), typee.evenements
    for dit in dits:
        if isinstance(dit.evenement, ev.RapprochementTranche):
            autre = await _l_autre(gate, acces, dossier, dit.evenement)
            miroir = _en_miroir(dossier, contribution, autre)
            return Prete(contribution, ligne, empreinte, entiere=entiere, autre=(autre, miroir), dits=dits)
    return Prete(
        contribution,
        ligne,
        empreinte,
        await _naturelles(gate, acces, Action.EMETTRE, typee, entiere),
        entiere,
        soi=None if lecture is entiere else acces.soi,
        avant=None if si_etags is None else partial(_exiger_inchange, gate, acces, dossier, si_etags),
        dits=dits,
    )


async def ecrire_contribution(gate: Gate, p: Prete) -> Recu:
    """Store a contribution."""
    if p.entiere is None:
        raise TypeError("Une ouverture n'est pas une contribution à un dossier.")
    if p.autre is not None:
        dites = [Dite(p.entiere, p.contribution, p.ligne), Dite(*p.autre, p.ligne)]
        recu = await ecrire(gate, p.ligne, contribuer_partout(gate.ledger, dites, p.empreinte))
        # They are read at once from now on: the first reader of one of them would be the first to wait for the other.
        await asyncio.gather(*(gate.ledger.consulter(dite.lecture.dossier) for dite in dites))
        return recu
    return await ecrire(
        gate,
        p.ligne,
        gate.ledger.contribuer(
            p.entiere,
            p.contribution,
            p.ligne,
            empreinte=p.empreinte,
            cles_naturelles=p.naturelles,
            avant=p.avant,
            soi=p.soi,
        ),
    )


async def essayer_prete(gate: Gate, p: Prete) -> None:
    """Refuse as writing it would; store nothing but the row that says that it was tried."""
    if p.avant is not None:
        await p.avant()
    ligne = p.ligne.avec(motif=A_BLANC)
    dites = [(p.entiere, p.contribution), *([p.autre] if p.autre else [])]
    for lecture, contribution in dites:
        a_faire = essai.essayer(
            gate.ledger, lecture, contribution, empreinte=p.empreinte, cles_naturelles=p.naturelles, soi=p.soi
        )
        await ecrire(gate, ligne, a_faire)
    await gate.ledger.journal.inscrire(ligne)


async def _l_autre(gate: Gate, acces: Acces, dossier: UUID, tranche: ev.RapprochementTranche) -> Lecture:
    """The other case of a pair that is decided of, where as much may be said of it; ``Refus`` otherwise."""
    autre = await gate.ledger.consulter(tranche.autre)
    lecture = await portee_de(gate, acces, tranche.autre, autre)
    dite = parole_de(acces, tranche.autre, lecture).annonce(type(tranche), vars(tranche))
    try:
        await autoriser(gate, acces, tranche.autre, lecture, [dite])
    except Refus as refus:
        if refus.statut != HTTPStatus.NOT_FOUND:
            raise
        lecture = None
    if autre is None or lecture is not autre or tranche.autre == dossier:
        champ, inconnu = "evenements.0.donnees.autre", "Aucun autre dossier de ce numéro n'est à votre portée."
        await refuser(
            gate,
            acces,
            Action.EMETTRE,
            Refus(
                422, "saisie", "La requête n'est pas valable : corrigez ce qui suit.", [Faute(champ, "autre", inconnu)]
            ),
            dossier,
        )
    return autre


def _en_miroir(dossier: UUID, contribution: Contribution, autre: Lecture) -> Contribution:
    """The decision of a pair, as the other case has it: with the pair itself, where nobody had suggested it there."""
    [dite] = contribution.evenements
    miroir = replace(dite.evenement, autre=dossier)  # type: ignore[call-arg]  # a tranche has it
    proposes = [msgspec.structs.replace(dite, evenement=miroir)]
    if dossier not in autre.etat.rapprochements:
        suggere = ev.RapprochementSuggere(autre=dossier, motif="RECIPROQUE")
        proposes.insert(0, msgspec.structs.replace(dite, evenement=suggere))
    cle = f"{contribution.cle} {autre.dossier}"
    return msgspec.structs.replace(contribution, id=identifiant(), evenements=tuple(proposes), cle=cle)


async def _exiger_inchange(gate: Gate, acces: Acces, dossier: UUID, si_etags: tuple[str, ...]) -> None:
    """Refuse (412) when this reader no longer sees what it saw: what moved may be hidden from it."""
    if not await inchange(gate, acces, dossier, si_etags):
        await journaliser_refus(gate, acces, Action.EMETTRE, "precondition", dossier)
        raise Refus(412, "precondition", "Le dossier a changé depuis votre lecture : relisez-le.")


async def autoriser(
    gate: Gate,
    acces: Acces,
    dossier: UUID,
    lecture: Lecture | None,
    dites: Sequence[Annonce],
    contenu: object = None,
) -> None:
    """Existence and link (404), then right (403), for each event announced; before the body is checked."""
    liens = liens_de(acces, dossier, lecture)
    etat = lecture.etat if lecture else Dossier()
    demande = acces.designe(lecture) or (lecture is not None and _demande_nouvelle(acces, etat, contenu))
    for dite in dites:
        question = question_de(acces, etat, liens, action=Action.EMETTRE, annonce=dite, demande=demande)
        decision = await gate.decider.decide(question)
        if not decision.autorise:
            await refuser_decision(gate, acces, Action.EMETTRE, dossier, decision)
    if not dites:
        decision = await gate.decider.decide(question_de(acces, etat, liens, demande=demande))
        # A stranger is refused as a stranger, whether the case is there or not, before its body is looked at.
        if decision.refus is Fermeture.EXISTENCE or not liens:
            await refuser_decision(gate, acces, Action.EMETTRE, dossier, decision)


def _au_registre(gate: Gate, acces: Acces, typee: saisie.Saisie, champ: Callable[[str], str] = str) -> saisie.Saisie:
    """The same, once what it names in clear is known to the registry.

    ``champ`` gives the place of a field in the body that was sent.
    """
    fautes = [
        Faute(champ(f"evenements.{rang}.{lieu}"), code, message)
        for rang, propose in enumerate(typee.evenements)
        for lieu, code, message in torts(gate, acces, propose, seul=len(typee.evenements) == 1)
    ]
    if fautes:
        raise SaisieRefusee(*fautes)
    return typee


def _a_tous(contribution: Contribution, etat: Dossier) -> Contribution:
    """The same, where an answer to one request is one to whoever asked that body for the same."""
    dits: list[Propose] = []
    for propose in contribution.evenements:
        dits.append(propose)
        e = propose.evenement
        if isinstance(e, ev.RenseignementRepondu) and propose.corrige is None:
            autres = (replace(e, renseignement=autre) for autre in autres_que(etat, e.renseignement))
            dits += (msgspec.structs.replace(propose, evenement=dit) for dit in autres)
    if len(dits) == len(contribution.evenements):
        return contribution
    return msgspec.structs.replace(contribution, evenements=tuple(dits))


def _pour_soi(typee: saisie.Saisie, personne: UUID | None) -> saisie.Saisie:
    """The same, where a person who objects and names nobody speaks for itself."""
    if personne is None:
        return typee
    dits = tuple(
        msgspec.structs.replace(p, evenement=replace(p.evenement, personne=personne))
        if isinstance(p.evenement, ev.OppositionEnregistree | ev.OppositionLevee) and p.evenement.personne is None
        else p
        for p in typee.evenements
    )
    return msgspec.structs.replace(typee, evenements=dits)


def _contribution(gate: Gate, acces: Acces, typee: saisie.Saisie, cle: str) -> Contribution:
    return Contribution(
        id=identifiant(),
        auteur=acces.auteur(corrige_autrui=acces.sujet.partenaire.role in gate.correcteurs),
        finalite=acces.finalite,
        evenements=typee.evenements,
        demande=typee.demande or acces.demande,
        information_menage=typee.information_menage,
        cle=cle,
    )


def _motif(acces: Acces, typee: saisie.Saisie) -> str:
    """What the row of a contribution tells the DPO: that a partner links itself to a household, on its own word."""
    portefeuille = acces.sujet.partenaire.portefeuille
    for propose in typee.evenements:
        e = propose.evenement
        if isinstance(e, LIANTS) or (isinstance(e, ev.Logement) and e.bailleur_siret in portefeuille):
            return LIEN_ALLEGUE
    return ""


def _empreinte(gate: Gate, dossier: UUID | None, typee: saisie.Saisie) -> bytes:
    """A keyed hash of the request, to tell a key sent twice from a key used twice."""
    return gate.ledger.index.empreinte("requete", dossier or "", hashlib.sha256(typee.canonique).hexdigest())


async def _naturelles(
    gate: Gate, acces: Acces, action: Action, typee: saisie.Saisie, lecture: Lecture | None = None
) -> list[bytes]:
    """The natural keys of the acts of this organisation's own: a lot that brings one of them adds nothing.

    Of its own only: with those of another étude, anybody could ask whether an act is in some case. Each has a second
    one, that a partner told it: an act that this case (``lecture``) has from EXPLOC alone is told once by its étude,
    and is then known from a partner (access 33). A correction keeps the keys that its act has.
    """
    partenaire, index = acces.sujet.partenaire, gate.ledger.index
    siret = partenaire.siret or partenaire.code  # a natural person has none: with nothing, all of them would be one
    siens = [
        (propose, cle, index.empreinte("acte dit", cle.hex()))
        for propose in typee.evenements
        if isinstance(propose.evenement, ev.Acte) and propose.evenement.etude_siret in {None, siret}
        if (cle := index.acte_de(propose.evenement, siret, propose.survenu_le)) is not None
    ]
    if not siens:
        return []
    connues = await gate.ledger.reader.actes_connus([cle for _, *cles in siens for cle in cles])
    naturelles: list[bytes] = []
    for propose, cle, dite in siens:
        if propose.corrige is None:
            naturelles += [dite] if _d_exploc(propose, siret, lecture, connues.get(cle)) else [cle, dite]
        elif cle not in connues:
            naturelles += [cle, dite]
        elif dite not in connues and lecture is not None and connues[cle] == lecture.dossier:
            naturelles.append(dite)  # it was not the act that it said: it is one that this case has from EXPLOC
    if len(set(naturelles)) < len(naturelles):
        await journaliser_refus(gate, acces, action, "acte_double", lecture.dossier if lecture else None)
        raise Refus(422, "acte_double", "Un même acte figure deux fois dans cette contribution : dites-le une fois.")
    return naturelles


def _d_exploc(propose: Propose, siret: str | None, lecture: Lecture | None, connu_en: UUID | None) -> bool:
    """Whether an act is known of this very case, which has from EXPLOC one of its kind, of this étude and day."""
    return (
        lecture is not None
        and lecture.dossier == connu_en
        and any(
            isinstance(fait.evenement, type(propose.evenement))
            and (fait.enveloppe.source, fait.enveloppe.survenu_le) == ("EXPLOC", propose.survenu_le)
            and getattr(fait.evenement, "etude_siret", None) == siret
            for fait in lecture.faits
        )
    )


@en_panne
async def emissions(gate: Gate, acces: Acces, dossier: UUID) -> frozenset[str]:
    """The types of event that this subject may emit on this case: a form that would be refused is not shown."""
    lecture = await portee_de(gate, acces, dossier, await gate.ledger.consulter(dossier))
    return await _emissions(gate, acces, dossier, lecture)


async def _emissions(gate: Gate, acces: Acces, dossier: UUID, lecture: Lecture | None) -> frozenset[str]:
    """At a purpose that names a request which nobody made yet, it is first to be made."""
    etat, designee = lecture.etat if lecture else Dossier(), acces.designe(lecture)
    nouvelle = not designee and acces.demande is not None and not etat.instructeur(acces.demande)
    liens = liens_de(acces, dossier, lecture)
    # A person is offered what it may say of itself: of the household as a whole, it could say less.
    dite = RIEN if acces.personne(dossier) is None else RIEN._replace(sujet=Concerne.SOI)
    question = question_de(acces, etat, liens, action=Action.EMETTRE, annonce=dite, demande=designee or nouvelle)
    emises = await gate.decider.emissions(question)
    return emises & {ev.AideFinanciereInstruite.__name__} if nouvelle else emises


@en_panne
async def permises(gate: Gate, acces: Acces, dossier: UUID) -> list[type[ev.Evenement]]:
    """What this subject may tell of this case at its purpose; ``Refus`` 404 for a stranger.

    In the order of the catalogue, without the acts that have a route of their own. It leaves a row, as a read does.
    """
    await permettre(gate, acces, Action.LIRE, dossier=dossier)
    lecture = await portee_de(gate, acces, dossier, await gate.ledger.consulter(dossier))
    await autoriser(gate, acces, dossier, lecture, ())
    emises = await _emissions(gate, acces, dossier, lecture)
    revision = gate.decider.revision
    row = ligne_du_journal(acces, "emissions", "autorise", dossier=dossier, revision=revision)
    await gate.ledger.journal.inscrire(row)
    return [cls for nom, cls in ev.catalogue().items() if nom in emises and not cls.ROUTE_PROPRE]


def _demande_nouvelle(acces: Acces, etat: Dossier, contenu: object) -> bool:
    """Whether the contribution itself makes the request that its purpose names, for its own organisation to instruct.

    One that was made before is instructed by whom it named then (access 26).
    """
    evenements = contenu.get("evenements") if isinstance(contenu, dict) else None
    if acces.demande is None or etat.instructeur(acces.demande) or not isinstance(evenements, list):
        return False
    siens = (None, acces.sujet.partenaire.code)  # what was typed may be a list, which no set can look up
    aides = [e for e in evenements if isinstance(e, dict) and e.get("type") == "AideFinanciereInstruite"]
    donnees = [aide.get("donnees") for aide in aides]
    return any(
        isinstance(d, dict) and d.get("aide") == str(acces.demande) and d.get("instructeur") in siens for d in donnees
    )
