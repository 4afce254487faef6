"""Subscriptions to the feed: one's own organisation's. To make one takes what to follow the feed takes.

They are a partner's: whoever of it may follow its feed sees them all, ends them, changes their secret. Each is brought
what its own agent may see, at its own purpose. Those of others answer as those that do not exist.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Any, Final, Literal, TypeVar
from uuid import UUID

from pydantic import StringConstraints

from adapters.abonnements.depot import Abonnement, Lettre
from adapters.abonnements.destination import (
    RECOUVREMENT,
    Destination,
    DestinationIllisible,
    SecretDeSignature,
    ouvrir,
    sceller,
    tirer_un_secret,
)
from adapters.abonnements.joignables import LONGUEUR, AdresseRefusee
from adapters.gate import flux, saisie
from adapters.gate.contexte import Acces, Gate
from adapters.gate.corps import Faute, SaisieRefusee
from adapters.gate.question import permettre
from adapters.gate.refus import Refus, en_panne, journaliser_refus, ligne_du_journal, saisir
from ledger import catalogue as ev
from ledger.journal import Ligne
from policies.decision import Action

INTROUVABLE: Final = "Votre organisation n'a pas d'abonnement de ce numéro."
FINI: Final = "Cet abonnement a pris fin : faites-en un autre."
TROP: Final = "Votre organisation a déjà dix abonnements en cours, ou cent en trois mois : mettez-en fin à un autre."
ETATS: Final = ("actif", "en_echec", "fini")
FINS: Final = {
    "demandee": "vous l'avez demandée",
    "partie": "votre service a répondu 410",
    "perimee": "rien n'a pu être livré pendant 90 jours",
}

AdresseSaisie = Annotated[str, StringConstraints(min_length=1, max_length=LONGUEUR)]


@dataclass(frozen=True, slots=True, kw_only=True)
class NouvelAbonnement:
    """Where to bring what changes."""

    url: Annotated[AdresseSaisie, ev.clair("où livrer : une adresse https", "https://si.exemple.fr/unefois")]


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangementDAbonnement:
    """What becomes of a subscription."""

    geste: Annotated[
        Literal["FIN", "SECRET", "REJEU"],
        ev.clair("FIN : y mettre fin ; SECRET : en changer le secret ; REJEU : livrer ses lettres mortes", "SECRET"),
    ]


@en_panne
async def abonner(gate: Gate, acces: Acces, contenu: object, cle: str) -> dict[str, Any]:
    """Make a subscription of this agent at its purpose. Sent twice with one key: made once, its secret told once."""
    await permettre(gate, acces, Action.LIRE)
    typee = await saisir(gate, acces, Action.LIRE, None, lambda: _lue(NouvelAbonnement, contenu))
    await _exiger_adresse(gate, acces, typee.url)
    partenaire, index = acces.sujet.partenaire.code, gate.ledger.index
    id_ = UUID(bytes=index.empreinte("abonnement", partenaire, cle)[:16], version=5)
    qui = acces.sujet.client or "", acces.sujet.agent_valide, acces.finalite, str(acces.demande or "")
    secret, le = tirer_un_secret(), gate.abonnements.maintenant()
    dit = {
        "id": id_,
        "partenaire": partenaire,
        "client": acces.sujet.client,
        "agent": acces.sujet.agent_valide,
        "finalite": acces.finalite,
        "demande": acces.demande,
        "empreinte": _hexa(index.empreinte("abonnement dit", *qui, typee.url)),
        "scelle": _hexa(sceller(index, id_, Destination(typee.url, (SecretDeSignature(secret),)))),
        "cree_le": le,
    }
    verdict = await gate.abonnements.creer(_ligne(gate, acces, "abonnement"), dit, await flux.depart(gate, acces))
    if verdict == "cle_reutilisee":
        await journaliser_refus(gate, acces, Action.LIRE, "cle_reutilisee")
        raise Refus(409, "cle_reutilisee", "Cette clé d'idempotence a déjà servi pour un autre abonnement.")
    if verdict == "trop":
        await journaliser_refus(gate, acces, Action.LIRE, "trop_d_abonnements")
        raise Refus(409, "trop_d_abonnements", TROP)
    return {"abonnement": str(id_), "secret": secret if verdict == "ecrit" else None}


@en_panne
async def lister(gate: Gate, acces: Acces) -> dict[str, Any]:
    """Those of one's organisation, the oldest first, with those that ended lately."""
    await permettre(gate, acces, Action.LIRE)
    siens = await gate.abonnements.siens(acces.sujet.partenaire.code)
    ligne = ligne_du_journal(acces, Action.LIRE, "autorise" if siens else "vide", motif="abonnements")
    await gate.ledger.journal.inscrire(ligne)
    return {"abonnements": [_montre(gate, un) for un in siens]}


@en_panne
async def lire(gate: Gate, acces: Acces, id_: UUID) -> dict[str, Any]:
    """One of them, and its dead letters."""
    await permettre(gate, acces, Action.LIRE)
    un = await _exiger(gate, acces, id_)
    lettres = await gate.abonnements.lettres(id_)
    await gate.ledger.journal.inscrire(ligne_du_journal(acces, Action.LIRE, "autorise", motif="abonnement lu"))
    return {**_montre(gate, un), "lettres_mortes": [_lettre(lettre) for lettre in lettres]}


@en_panne
async def changer(gate: Gate, acces: Acces, id_: UUID, contenu: object) -> dict[str, Any]:
    """End one, change its secret, or have its dead letters brought again."""
    await permettre(gate, acces, Action.LIRE)
    un = await _exiger(gate, acces, id_)
    typee = await saisir(gate, acces, Action.LIRE, None, lambda: _lue(ChangementDAbonnement, contenu))
    if not _destination(gate, un).url and typee.geste != "FIN":
        await journaliser_refus(gate, acces, Action.LIRE, "abonnement_fini")
        raise Refus(409, "abonnement_fini", FINI)
    ligne, le = _ligne(gate, acces, f"abonnement {typee.geste.lower()}"), gate.abonnements.maintenant()
    rendu: dict[str, Any] = {"abonnement": str(id_), "secret": None, "precedent_jusqu_a": None, "rejouees": 0}
    if typee.geste == "FIN":
        await gate.abonnements.finir(id_, "demandee", le, ligne)
    elif typee.geste == "REJEU":
        rendu["rejouees"] = await gate.abonnements.rejouer(id_, le, ligne)
    else:
        secret = tirer_un_secret()
        neuve = _destination(gate, un).renouvelee(secret, le)
        if not await gate.abonnements.resceller(un, sceller(gate.ledger.index, id_, neuve), ligne):
            await journaliser_refus(gate, acces, Action.LIRE, "conflit")
            raise Refus(409, "conflit", "Cet abonnement vient de changer : relisez-le, puis recommencez.")
        rendu |= {"secret": secret, "precedent_jusqu_a": _instant(le + RECOUVREMENT)}
    return rendu


async def _exiger_adresse(gate: Gate, acces: Acces, url: str) -> None:
    try:
        await gate.abonnements.joignables.choisir(url)
    except AdresseRefusee as refusee:
        await journaliser_refus(gate, acces, Action.LIRE, "saisie")
        raise Refus(422, "saisie", str(refusee), [Faute("url", "url", str(refusee))]) from refusee


async def _exiger(gate: Gate, acces: Acces, id_: UUID) -> Abonnement:
    siens = await gate.abonnements.siens(acces.sujet.partenaire.code, id_)
    if not siens:
        await journaliser_refus(gate, acces, Action.LIRE, "introuvable")
        raise Refus(404, "introuvable", INTROUVABLE)
    return siens[0]


T = TypeVar("T")


def _lue(cls: type[T], contenu: object) -> T:
    if isinstance(contenu, SaisieRefusee):
        raise contenu
    return saisie.forme(cls, contenu)


def _ligne(gate: Gate, acces: Acces, motif: str) -> Ligne:
    return ligne_du_journal(acces, Action.LIRE, "autorise", motif=motif, revision=gate.decider.revision)


def _montre(gate: Gate, un: Abonnement) -> dict[str, Any]:
    en_cours = un.fini_le is None
    return {
        "abonnement": str(un.id),
        "url": _destination(gate, un).url or None,
        "agent": un.agent,
        "finalite": un.finalite,
        "demande": str(un.demande) if un.demande else None,
        "cree_le": _instant(un.cree_le),
        "etat": "fini" if not en_cours else "en_echec" if un.dernier else "actif",
        "fin": un.fin or None,
        "echecs": un.tentatives or 0,
        "dernier_echec": un.dernier or None,
        "prochain_essai_le": _instant(un.prochaine_le) if un.prochaine_le and un.dernier else None,
        "lettres": un.lettres,
    }


def _destination(gate: Gate, un: Abonnement) -> Destination:
    """Where it is brought: nowhere once it has ended, or if the index key is another one since."""
    try:
        return ouvrir(gate.ledger.index, un.id, un.scelle)
    except DestinationIllisible:
        return Destination("", ())


def _lettre(lettre: Lettre) -> dict[str, Any]:
    return {
        "numero": lettre.numero,
        "tentatives": lettre.tentatives,
        "dernier_echec": lettre.dernier,
        "morte_le": _instant(lettre.morte_le),
        "rejouee": lettre.prochaine_le is not None,
    }


def _instant(instant: datetime) -> str:
    return instant.astimezone(UTC).isoformat(timespec="seconds")


def _hexa(octets: bytes) -> str:
    return f"\\x{octets.hex()}"
