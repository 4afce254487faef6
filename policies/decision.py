"""The question put to the policies, and their answer.

A ``Request`` holds closed facts only: who asks, for which purpose, to do what, with which link to the case, at
which stage, about a fact of which provenance. Every attribute ranges over a finite list, so that the cells can
be counted and tested, and a decision cached. Rego alone says what the facts imply.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from pathlib import Path
from types import MappingProxyType
from typing import Final

import msgspec

DONNEES: Final = Path(__file__).parent / "donnees"


class _Mot(StrEnum):
    """A word of a closed list, looked up as the text that it is: an Enum's own hash is a call of Python each time."""

    __hash__ = str.__hash__


class Action(_Mot):
    """What the subject wants to do. SIEGER: to know of the sessions that it sits at, or whose papers it keeps."""

    LIRE = "lire"
    LISTER = "lister"
    RECHERCHER = "rechercher"
    OUVRIR = "ouvrir"
    EMETTRE = "emettre"
    IMPORTER = "importer"
    AUDITER = "auditer"
    COMPTER = "compter"
    SIEGER = "sieger"
    CONVOQUER = "convoquer"


class Lien(_Mot):
    """How the subject is linked to the case. Several may hold at once; none is a stranger.

    What is *allégué* is what the subject says of itself, until a second source confirms it (access 39).
    A seat with a voice opens the agenda; one that is only consulted is a link of its own, and what it opens is a row's.
    ``DEVANT_LA_CLIL``: another organisation proposed the case to its CLIL, or it examined it, lately (access 28).
    ``PERSONNE``: the mandate names a person of this very case, as that of a data subject does.
    """

    TERRITOIRE = "territoire"
    PORTEFEUILLE = "portefeuille"
    PORTEFEUILLE_ALLEGUE = "portefeuille_allegue"
    MANDAT = "mandat"
    PERSONNE = "personne"
    DEVANT_LA_CLIL = "devant_la_clil"
    INTERVENTION = "intervention"
    INTERVENTION_ALLEGUEE = "intervention_alleguee"
    DEMANDE_ALLEGUEE = "demande_alleguee"
    ORDRE_DU_JOUR = "ordre_du_jour"
    SIEGE_CONSULTATIF = "siege_consultatif"
    AUTEUR = "auteur"


ALLEGUES: Final = frozenset({Lien.PORTEFEUILLE_ALLEGUE, Lien.INTERVENTION_ALLEGUEE, Lien.DEMANDE_ALLEGUEE})
"""The links that rest on the word of who would read by them."""


class Source(_Mot):
    """Where a fact is known from. EXPLOC: from EXPLOC alone, so its recipients stick (décret 2025-348, art. 3)."""

    EXPLOC = "EXPLOC"
    PARTENAIRE = "PARTENAIRE"


class Collecte(_Mot):
    """What a fact was collected for, seen from the present request (CRPA L.114-8; loi 90-449 art. 7-2).

    ARTICLE_72: transmitted to the instructeur, or refused, in answer to a ``Demande72``.
    """

    GENERALE = "generale"
    MEME_DEMANDE = "meme_demande"
    AUTRE_DEMANDE = "autre_demande"
    ARTICLE_72 = "article_72"


class Origine(_Mot):
    """What the role of who told a fact is: a column of the table of roles (access 21, 22, 29).

    TRAVAIL_SOCIAL: bound by secrecy for its mission. CONSEIL: who advises the person, helps it or hears of its debts:
    that it spoke tells that it was asked. FORCE_PUBLIQUE: préfecture and police. PERSONNE: the person.
    """

    TRAVAIL_SOCIAL = "travail_social"
    CONSEIL = "conseil"
    FORCE_PUBLIQUE = "force_publique"
    PERSONNE = "personne"
    AUTRE = "autre"


class Concerne(_Mot):
    """Whom a fact, or what one would write, is about, for a reader who is a person of the household (access 18).

    SOI: that person. COMMUN: the household. BAIL: another who holds the lease. AUTRUI: another, or said once that
    person had left. To any other reader all facts are COMMUN.
    """

    SOI = "soi"
    COMMUN = "commun"
    BAIL = "bail"
    AUTRUI = "autrui"


class Secret(_Mot):
    """What the agent's habilitation says of professional secrecy (CASF L.121-6-2)."""

    AUCUN = "aucun"
    PROFESSION = "profession"
    MISSION = "mission"


class Agent(_Mot):
    """What is known of the person who acts, and on whose word.

    NOMME: habilitated, and named by a machine in its header. PROUVE: habilitated, and named by the issuer in a token
    that is bound to the person (a sign-in, or a token exchange of RFC 8693).
    """

    ABSENT = "absent"
    INCONNU = "inconnu"
    EXPIRE = "expire"
    NOMME = "nomme"
    PROUVE = "prouve"


class Request(msgspec.Struct, frozen=True, cache_hash=True):
    """One question, in closed facts. A struct: of a dataclass of so many fields each would cost as much as its answer.

    ``vue`` is ``clil``, ``ccapex``, ``comex`` or empty; ``evenement`` names the event to emit, and on a read what the
    rules say something of: an avis of the CCAPEX, a judgment, a follow-up that begins. ``emis_par_moi``: this partner
    emitted the fact, or is its addressee by name.

    ``accords`` are the groups that an accord of the person opens of this fact to this partner, valid today;
    ``besoin_accorde``: she gave this very need with her accord. ``ma_main``: this agent wrote it; ``partage``: its
    author shares it; ``intervention_informee``: the household was told of this agent's. ``ancien``: over a year old.

    Of what would be written: ``ecrits``, its groups; ``interesse``, an accord that benefits who records it;
    ``instance``, the commission in whose name it is said, ``chez_soi``: the subject keeps the papers of its session.
    ``regimes``: the legal regimes of the commissions on whose open agenda the case is, and where the subject sits.
    ``convoque``: it is convened to the session that is asked of.
    ``demande``: the purpose names a request of the household. ``le``: the date whose law applies.
    """

    role: str
    finalite: str
    action: Action
    le: date
    vue: str = ""
    evenement: str = ""
    liens: frozenset[Lien] = frozenset()
    stade: str = "OUVERT"
    source: Source = Source.PARTENAIRE
    emis_par_moi: bool = False
    collecte: Collecte = Collecte.GENERALE
    secret: Secret = Secret.AUCUN
    agent: Agent = Agent.PROUVE
    saisine_ouverte: bool = False
    accords: frozenset[str] = frozenset()
    demande: bool = False
    information_menage: bool = False
    opposition: bool = False
    limitation: bool = False
    origine: Origine = Origine.AUTRE
    sujet: Concerne = Concerne.COMMUN
    ancien: bool = False
    besoin_accorde: bool = False
    partage: bool = False
    ma_main: bool = False
    intervention_informee: bool = False
    ecrits: frozenset[str] = frozenset()
    interesse: bool = False
    instance: str = ""
    chez_soi: bool = True
    regimes: frozenset[str] = frozenset()
    convoque: bool = False


class Fermeture(_Mot):
    """Which kind of no: nothing there for you (404), or you may not (403)."""

    EXISTENCE = "existence"
    DROIT = "droit"


@dataclass(frozen=True, slots=True)
class Decision:
    """The answer. ``groupes``: what is opened, with its measure; ``retenus``: what is not, with a reason code.

    A measure is ``entier``, ``propres`` (what my organisation emitted), or a mask: ``tranche``, ``oui_non``,
    ``existence``, ``commune``, ``etape``. A group is in one of the two mappings, never in both, never in none.
    ``obligations`` come with a yes; ``apports_seuls``, to answer on one's own part of the case alone, with a no too.
    ``refermes``: of what past rules opened, the groups that today's alone withhold.
    """

    autorise: bool
    refus: Fermeture | None = None
    motif: str = ""
    groupes: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    retenus: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    obligations: tuple[str, ...] = ()
    revision: str = ""
    refermes: frozenset[str] = frozenset()


GROUPES: Final[Mapping[str, str]] = MappingProxyType(
    {ligne["code"]: ligne["libelle"] for ligne in json.loads((DONNEES / "groupes.json").read_text("utf-8"))}
)
"""Field groups and their French names, in the order of ``groupes.json``. Nothing else exists."""
