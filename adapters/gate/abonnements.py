"""Subscriptions to the feed: one's own organisation's. To make one takes what to follow the feed takes.

They are a partner's: whoever of it may follow its feed sees them all, ends them, changes their secret. Each is brought
what its own agent may see, at its own purpose. Those of others answer as those that do not exist. To a mailbox is said
how many cases wait for an answer, once it was confirmed by the code that was sent there.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Final, Literal, Never
from uuid import UUID

from msgspec.structs import replace
from pydantic import StringConstraints

from adapters.abonnements.boites import LONGUEUR as LONGUEUR_DU_COURRIEL
from adapters.abonnements.depot import Abonnement, Lettre
from adapters.abonnements.destination import (
    ESSAIS,
    RECOUVREMENT,
    Destination,
    DestinationIllisible,
    SecretDeSignature,
    ouvrir,
    sceller,
    tirer_un_code,
    tirer_un_secret,
)
from adapters.abonnements.joignables import LONGUEUR, AdresseRefusee
from adapters.gate import flux, saisie
from adapters.gate.contexte import Acces, Gate
from adapters.gate.corps import Faute
from adapters.gate.question import permettre
from adapters.gate.refus import Refus, en_panne, journaliser_refus, ligne_de_refus, ligne_du_journal, saisir
from ledger import catalogue as ev
from ledger.journal import Ligne
from policies.decision import Action

INTROUVABLE: Final = "Votre organisation n'a pas d'abonnement de ce numéro."
FINI: Final = "Cet abonnement a pris fin : faites-en un autre."
TROP: Final = "Votre organisation a déjà dix abonnements en cours, ou cent en trois mois : mettez-en fin à un autre."
UNE_DES_DEUX: Final = "Donnez une « url », ou bien un « courriel »."
CODE_FAUX: Final = "Ce n'est pas le code qui a été envoyé à cette adresse : après cinq erreurs, l'abonnement prend fin."
AUTRE_GENRE: Final = {
    "SECRET": "Un abonnement par courriel n'a pas de secret.",
    "CONFIRMATION": "Seul un abonnement par courriel se confirme.",
}
DELAI_DE_CONFIRMATION: Final = timedelta(hours=24)
ETATS: Final = ("actif", "en_echec", "a_confirmer", "suspendu", "fini")
FINS: Final = {
    "demandee": "vous l'avez demandée",
    "partie": "votre service a répondu 410",
    "perimee": "rien n'a pu être livré pendant 90 jours",
    "non_confirmee": "l'adresse n'a pas été confirmée à temps, ou par cinq codes faux",
}

AdresseSaisie = Annotated[str, StringConstraints(min_length=1, max_length=LONGUEUR)]
CourrielSaisi = Annotated[str, StringConstraints(min_length=1, max_length=LONGUEUR_DU_COURRIEL)]
CodeSaisi = Annotated[str, StringConstraints(min_length=1, max_length=20)]


@dataclass(frozen=True, slots=True, kw_only=True)
class NouvelAbonnement:
    """Where to bring what changes; or to whom to say, once a day at most, how many cases wait for an answer."""

    url: Annotated[AdresseSaisie | None, ev.clair("où livrer : une adresse https", "https://si.exemple.fr/unefois")] = (
        None
    )
    courriel: Annotated[
        CourrielSaisi | None,
        ev.clair("ou à qui écrire combien de dossiers attendent : une adresse professionnelle", "agent@exemple.fr"),
    ] = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangementDAbonnement:
    """What becomes of a subscription."""

    geste: Annotated[
        Literal["FIN", "SECRET", "REJEU", "CONFIRMATION"],
        ev.clair(
            "FIN : y mettre fin ; SECRET : en changer le secret ; REJEU : livrer ses lettres mortes, ou reprendre un"
            " courriel suspendu ; CONFIRMATION : rendre le code envoyé par courriel",
            "SECRET",
        ),
    ]
    code: Annotated[CodeSaisi | None, ev.clair("CONFIRMATION : le code", "K7QDM2XW9R")] = None


@en_panne
async def abonner(gate: Gate, acces: Acces, contenu: object, cle: str) -> dict[str, Any]:
    """Make a subscription of this agent at its purpose. Sent twice with one key: made once, its secret told once."""
    await permettre(gate, acces, Action.LIRE)
    typee = await saisir(gate, acces, Action.LIRE, None, lambda: saisie.forme(NouvelAbonnement, contenu))
    destination = await _destination_voulue(gate, acces, typee)
    partenaire, index = acces.sujet.partenaire.code, gate.ledger.index
    id_ = UUID(bytes=index.empreinte("abonnement", partenaire, cle)[:16], version=5)
    qui = acces.sujet.client or "", acces.sujet.agent_valide, acces.finalite, str(acces.demande or "")
    dit = {
        "id": id_,
        "genre": "courriel" if destination.courriel else "url",
        "partenaire": partenaire,
        "client": acces.sujet.client,
        "agent": acces.sujet.agent_valide,
        "finalite": acces.finalite,
        "demande": acces.demande,
        "empreinte": _hexa(index.empreinte("abonnement dit", *qui, destination.ou)),
        "scelle": _hexa(sceller(index, id_, destination)),
        "cree_le": gate.abonnements.maintenant(),
    }
    depart = "" if destination.courriel else await flux.depart(gate, acces)
    verdict = await gate.abonnements.creer(_ligne(gate, acces, "abonnement"), dit, depart)
    if verdict == "cle_reutilisee":
        await journaliser_refus(gate, acces, Action.LIRE, "cle_reutilisee")
        raise Refus(409, "cle_reutilisee", "Cette clé d'idempotence a déjà servi pour un autre abonnement.")
    if verdict == "trop":
        await journaliser_refus(gate, acces, Action.LIRE, "trop_d_abonnements")
        raise Refus(409, "trop_d_abonnements", TROP)
    secret = destination.secrets[0].texte if destination.secrets and verdict == "ecrit" else None
    return {"abonnement": str(id_), "secret": secret}


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
    typee = await saisir(gate, acces, Action.LIRE, None, lambda: saisie.forme(ChangementDAbonnement, contenu))
    await _exiger_geste(gate, acces, un, typee)
    ligne, le = _ligne(gate, acces, f"abonnement {typee.geste.lower()}"), gate.abonnements.maintenant()
    rendu: dict[str, Any] = {"abonnement": str(id_), "secret": None, "precedent_jusqu_a": None, "rejouees": 0}
    match typee.geste:
        case "FIN":
            await gate.abonnements.finir(id_, "demandee", le, ligne)
        case "REJEU":
            rendu["rejouees"] = await gate.abonnements.rejouer(id_, le, ligne)
        case "CONFIRMATION":
            await _confirmer(gate, acces, un, typee.code or "")
        case "SECRET":
            secret = tirer_un_secret()
            neuve = _destination(gate, un).renouvelee(secret, le)
            if not await gate.abonnements.resceller(un, sceller(gate.ledger.index, id_, neuve), ligne):
                await _conflit(gate, acces)
            rendu |= {"secret": secret, "precedent_jusqu_a": _instant(le + RECOUVREMENT)}
    return rendu


async def _confirmer(gate: Gate, acces: Acces, un: Abonnement, code: str) -> None:
    """A mailbox is written to from now on, if this is what was sent there. Of wrong codes, each counts."""
    if un.confirme_le is not None:
        await gate.ledger.journal.inscrire(_ligne(gate, acces, "deja"))
        return
    destination, index, le = _destination(gate, un), gate.ledger.index, gate.abonnements.maintenant()
    if not destination.confirme_par(code):
        refusee = ligne_de_refus(gate, acces, Action.LIRE, "code_errone")
        neuve = replace(destination, essais=destination.essais + 1)
        if neuve.essais >= ESSAIS:
            await gate.abonnements.finir(un.id, "non_confirmee", le, refusee)
        elif not await gate.abonnements.resceller(un, sceller(index, un.id, neuve), refusee):
            await _conflit(gate, acces)
        raise Refus(422, "saisie", CODE_FAUX, [Faute("code", "code_errone", CODE_FAUX)])
    neuve, ligne = replace(destination, code=""), _ligne(gate, acces, "abonnement confirmation")
    if not await gate.abonnements.confirmer(un, sceller(index, un.id, neuve), le, ligne):
        await _conflit(gate, acces)


async def _conflit(gate: Gate, acces: Acces) -> Never:
    await journaliser_refus(gate, acces, Action.LIRE, "conflit")
    raise Refus(409, "conflit", "Cet abonnement vient de changer : relisez-le, puis recommencez.")


async def _exiger_geste(gate: Gate, acces: Acces, un: Abonnement, typee: ChangementDAbonnement) -> None:
    """One that has ended is only ended again; and some gestures are of one kind alone."""
    if typee.geste == "FIN":
        return
    trop_tard = un.genre == "courriel" and un.confirme_le is None and _passe(gate, un)
    if trop_tard or not _destination(gate, un).ou:
        await journaliser_refus(gate, acces, Action.LIRE, "abonnement_fini")
        raise Refus(409, "abonnement_fini", FINI)
    if typee.geste == ("SECRET" if un.genre == "courriel" else "CONFIRMATION"):
        await journaliser_refus(gate, acces, Action.LIRE, "saisie")
        dit = AUTRE_GENRE[typee.geste]
        raise Refus(422, "saisie", dit, [Faute("geste", "geste", dit)])


def _passe(gate: Gate, un: Abonnement) -> bool:
    return gate.abonnements.maintenant() >= un.cree_le + DELAI_DE_CONFIRMATION


async def _destination_voulue(gate: Gate, acces: Acces, typee: NouvelAbonnement) -> Destination:
    """Where it is to be brought, and the secret of it; one of the two, that is admitted."""
    if typee.courriel is not None:
        await permettre(gate, acces, Action.LISTER)
    try:
        return await _admise(gate, typee.url, typee.courriel)
    except AdresseRefusee as refusee:
        dit, par_courriel = str(refusee), typee.courriel is not None
        faute = Faute("courriel", "courriel", dit) if par_courriel else Faute("url", "url", dit)
        await journaliser_refus(gate, acces, Action.LIRE, "saisie")
        raise Refus(422, "saisie", dit, [faute]) from refusee


async def _admise(gate: Gate, url: str | None, courriel: str | None) -> Destination:
    """``AdresseRefusee``."""
    if courriel is None and url is not None:
        await gate.abonnements.joignables.choisir(url)
        return Destination(url, (SecretDeSignature(tirer_un_secret()),))
    if courriel is not None and url is None:
        return Destination("", (), gate.abonnements.boites.admettre(courriel), tirer_un_code())
    raise AdresseRefusee(UNE_DES_DEUX)


async def _exiger(gate: Gate, acces: Acces, id_: UUID) -> Abonnement:
    siens = await gate.abonnements.siens(acces.sujet.partenaire.code, id_)
    if not siens:
        await journaliser_refus(gate, acces, Action.LIRE, "introuvable")
        raise Refus(404, "introuvable", INTROUVABLE)
    return siens[0]


def _ligne(gate: Gate, acces: Acces, motif: str) -> Ligne:
    return ligne_du_journal(acces, Action.LIRE, "autorise", motif=motif, revision=gate.decider.revision)


def _montre(gate: Gate, un: Abonnement) -> dict[str, Any]:
    destination = _destination(gate, un)
    return {
        "abonnement": str(un.id),
        "url": destination.url or None,
        "courriel": destination.courriel or None,
        "agent": un.agent,
        "finalite": un.finalite,
        "demande": str(un.demande) if un.demande else None,
        "cree_le": _instant(un.cree_le),
        "etat": _etat(un),
        "fin": un.fin or None,
        "echecs": un.tentatives or 0,
        "dernier_echec": un.dernier or None,
        "prochain_essai_le": _instant(essai) if un.dernier and (essai := _prochain_essai(un)) else None,
        "lettres": un.lettres,
    }


def _etat(un: Abonnement) -> str:
    if un.fini_le is not None:
        return "fini"
    if un.genre == "courriel" and un.confirme_le is None:
        return "a_confirmer"
    if un.prochaine_le is None:
        return "suspendu"
    return "en_echec" if un.dernier else "actif"


def _prochain_essai(un: Abonnement) -> datetime | None:
    """When something is sent again: to a mailbox that refused its code, nothing is, until its delay has passed."""
    attend = un.genre == "courriel" and un.confirme_le is None
    finie = attend and un.prochaine_le is not None and un.prochaine_le >= un.cree_le + DELAI_DE_CONFIRMATION
    return None if finie else un.prochaine_le


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
