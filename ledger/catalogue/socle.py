"""What can happen to a household threatened with eviction: the catalogue of events.

An event is data: a frozen dataclass named by a past participle, with an explicit ``TOPIC`` that never changes.
Each field says, by its annotation, how it is kept and which field group it belongs to:

``clair``      stands in clear: business dates, stage, commune, parc, SIRETs, roles, opaque ids;
``s1`` ``s2`` ``s3``  is sealed under the key of the event's subject for that sensitivity class, and is shown
               only to a reader for whom the policies open its group (F01 to F21).

Money is in cents of euro, dates are calendar dates, texts are bounded. A sealed field that has not been opened
holds ``SCELLE``; one whose key was destroyed holds ``EFFACE``. Neither ever prints a value.

Acts under professional secrecy (S3) share one neutral topic, and their nature is itself sealed: the log does
not tell that a household is followed by a social worker.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from types import MappingProxyType, UnionType
from typing import Annotated, Any, ClassVar, Final, Literal, NamedTuple, Union, get_args, get_origin
from uuid import UUID

import msgspec
from annotated_types import Ge, Le, MaxLen, MinLen

from ledger.catalogue.stade import Stade
from ledger.catalogue.volet import Volet
from ledger.droit import listes


class Mot(StrEnum):
    """A word of a closed list, looked up as the text that it is: an Enum's own hash is a call of Python each time."""

    __hash__ = str.__hash__


class Classe(Mot):
    """Sensitivity of a field. Each sealed class of a subject has a key of its own; S0 stands in clear."""

    S0 = "S0"
    S1 = "S1"
    S2 = "S2"
    S3 = "S3"


class Sujet(StrEnum):
    """Whose key seals an event: the household's, one person's (``personne``), or several persons' together."""

    MENAGE = "menage"
    PERSONNE = "personne"
    PERSONNES = "personnes"


class Nature(StrEnum):
    """What a field holds, in the words of a reader; the annotation of the field says it."""

    CODE = "code"
    DATE = "date"
    HEURE = "heure"
    IDENTIFIANT = "identifiant"
    MOIS = "nombre de mois"
    MONTANT = "montant"
    NOMBRE = "nombre"
    OUI_NON = "oui ou non"
    TEXTE = "texte"


class Moment(StrEnum):
    """When a day that a field holds can be: a bare ``date`` has come already."""

    PASSE = "passé"
    A_VENIR = "à venir"
    NAISSANCE = "naissance"


@dataclass(frozen=True, slots=True)
class Champ:
    """What the catalogue says of a field. ``groupe`` is None where the field follows its event's group.

    ``liste`` names the list (``ledger.droit.listes``) that gives a ``Code`` its values, and a text its words.
    ``deduit``: it follows from what else is said, and is never sent (``ledger.dossier.deductions``). ``interne``: the
    ledger's own, which no reader is shown: who decided of an erasure is an agent (RGPD 15; CJUE C-579/21).
    """

    classe: Classe
    groupe: str | None
    libelle: str
    exemple: Any
    liste: str | None = None
    nature: Nature = Nature.TEXTE
    moment: Moment = Moment.PASSE
    deduit: bool = False
    interne: bool = False

    def __get_pydantic_core_schema__(self, source: Any, handler: Callable[[Any], Any]) -> Any:  # noqa: ANN401 - types
        """What pydantic reads a field with this description as: a ``Code`` is one of its list's."""
        return handler(source if self.liste is None else _parmi(source, listes.codes(self.liste)))


def _parmi(annotation: Any, codes: tuple[str, ...]) -> Any:  # noqa: ANN401 - types
    """The annotation with these codes, and no other, in the place of a ``Code``."""
    if annotation in {str, Code}:
        return Literal.__getitem__(codes)
    if get_origin(annotation) is tuple and get_args(annotation)[0] == Code:
        return tuple.__class_getitem__((Literal.__getitem__(codes), ...))
    if get_origin(annotation) in {Union, UnionType}:
        return Union.__getitem__(tuple(_parmi(a, codes) for a in get_args(annotation)))
    return annotation


class Absent:
    """Stands where a value is not: sealed and not opened, or erased with its key."""

    __slots__ = ("_texte",)

    def __init__(self, texte: str) -> None:
        self._texte = texte

    def __repr__(self) -> str:
        return self._texte

    def __bool__(self) -> bool:
        return False


SCELLE: Final = Absent("<scellé>")

EFFACE: Final = Absent("<effacé>")


def clair(
    libelle: str, exemple: object, *, liste: str | None = None, deduit: bool = False, interne: bool = False
) -> Champ:
    """A field that stands in clear."""
    return Champ(Classe.S0, None, libelle, exemple, liste, deduit=deduit, interne=interne)


def s1(groupe: str | None, libelle: str, exemple: object, *, liste: str | None = None) -> Champ:
    """A field sealed in class S1: identity, address, dwelling."""
    return Champ(Classe.S1, groupe, libelle, exemple, liste)


def s2(groupe: str | None, libelle: str, exemple: object, *, liste: str | None = None) -> Champ:
    """A field sealed in class S2: money, rights, procedure."""
    return Champ(Classe.S2, groupe, libelle, exemple, liste)


def s3(groupe: str | None, libelle: str, exemple: object, *, liste: str | None = None) -> Champ:
    """A field sealed in class S3: under professional secrecy."""
    return Champ(Classe.S3, groupe, libelle, exemple, liste)


Centimes = Annotated[int, Ge(0), Le(10_000_000_00), Nature.MONTANT]

Effectif = Annotated[int, Ge(0), Le(30)]

Mois = Annotated[int, Ge(0), Le(60), Nature.MOIS]

Heure = Annotated[str, MinLen(5), MaxLen(5), Nature.HEURE]
"""HH:MM, by the clock of Paris: of a hearing, an appointment, an eviction."""
RangDeProposition = Annotated[int, Ge(1), Le(2)]

MoisDeMesure = Annotated[int, Ge(0), Le(120), Nature.MOIS]
"""Of the longest measures, those of a surendettement."""

RangInscrit = Annotated[int, Ge(1), Le(500)]
"""A place in an agenda."""

Annee = Annotated[int, Ge(1900), Le(2100), Moment.NAISSANCE]

Naissance = Annotated[date, Moment.NAISSANCE]

Echeance = Annotated[date, Moment.A_VENIR]
"""A day that may be ahead: a hearing, a session, the end of an accord."""

Texte = Annotated[str, MinLen(1), MaxLen(200)]

TexteLibre = Annotated[str, MinLen(1), MaxLen(500)]

Siret = Annotated[str, MinLen(14), MaxLen(14)]

CodeCommune = Annotated[str, MinLen(5), MaxLen(5)]

Code = Annotated[str, Nature.CODE]
"""One of the codes of the list that its field names."""

Systeme = Literal["EXPLOC", "PARTENAIRE"]


class Enveloppe(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What is known of every event besides its content (all of it stands in clear).

    survenu_le          when it is true (business date); when we were told is the row's ``recorded_at``.
    heure               at what time of that day, HH:MM in Paris, where it has one: a hearing, an eviction.
    partenaire, role    the registry code and role of the organisation that emitted it; ``agent``: pseudonym.
    declarant           SIRET of the organisation that asserts it (an étude, for an act that was imported).
    source              EXPLOC when known from EXPLOC alone, else PARTENAIRE (décret 2025-348, art. 3).
    finalite, demande   the purpose it was collected for, and the request it was obtained for (CRPA L.114-8).
    information_menage  when the household was informed of this collection, if it was (GDPR 13 and 14).
    corrige             the event that this one corrects; ``motif_correction``: why (a code of that list).
    reference_legale    the article under which it is told, and nothing that a person could be named by.
    """

    id: UUID
    contribution: UUID
    survenu_le: date
    partenaire: str
    role: str
    agent: str
    declarant: str | None = None
    source: Systeme = "PARTENAIRE"
    finalite: str
    demande: UUID | None = None
    information_menage: date | None = None
    corrige: UUID | None = None
    heure: str | None = None
    motif_correction: str | None = None
    reference_legale: str | None = None


class Scelle(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """One sealed blob of an event: its subject (several ids joined by ``+``), its class, nonce and ciphertext."""

    sujet: str
    classe: Classe
    octets: bytes

    def __repr__(self) -> str:
        return "<scellé>"


class Rubrique(Mot):
    """The headings under which facts say what the state of a case holds. ``ledger.dossier.etat`` reads each of them."""

    OUVERTURE = "ouverture"
    BAILLEUR = "bailleur"
    LOGEMENT_DIT = "logement_dit"
    PERSONNES = "personnes"
    DECLAREES = "declarees"
    DEPARTS = "departs"
    ETAPES = "etapes"
    AUDIENCES = "audiences"
    SAISIES = "saisies"
    CLOTURES = "clotures"
    FERMETURES = "fermetures"
    REOUVERTURES = "reouvertures"
    INTERVENTIONS = "interventions"
    DEMANDES_DITES = "demandes_dites"
    LIENS_CONFIRMES = "liens_confirmes"
    ACCORDS = "accords"
    DEMANDES = "demandes"
    ACTES_PROTEGES = "actes_proteges"
    PROPOSITIONS = "propositions"
    PROPOSITIONS_ECARTEES = "propositions_ecartees"
    INSCRIPTIONS = "inscriptions"
    EXAMENS = "examens"
    SUIVIS_CLOS = "suivis_clos"
    RECOMMANDATIONS = "recommandations"
    SOLLICITATIONS = "sollicitations"
    SUITES = "suites"
    DOSSIERS_DE_SEANCE = "dossiers_de_seance"
    DEMANDES_EN_SEANCE = "demandes_en_seance"
    RAPPROCHEMENTS = "rapprochements"
    MAINTENUS = "maintenus"
    INFORMATIONS = "informations"
    OPPOSITIONS = "oppositions"
    DROITS_EXERCES = "droits_exerces"
    CONSERVATIONS = "conservations"
    EFFACEMENTS = "effacements"
    DECISIONS = "decisions"
    EXECUTIONS = "executions"
    ENGAGEES = "engagees"
    EFFACEES = "effacees"
    MENAGE_EFFACE = "menage_efface"
    IDENTIFIANTS = "identifiants"
    AUTEURS = "auteurs"
    DECLARANTS = "declarants"
    CORRECTIONS = "corrections"


Effet = tuple[Rubrique, Any, Any]
"""What one fact says to the state: a heading, a key under it, a value. One fact says one thing under one key."""

Effets = tuple[Effet, ...]


class Sollicitation(NamedTuple):
    """What a fact asks of somebody, under its own id (``ledger.dossier.attentes``).

    ``instance``: the commission whose fact it is; ``destinataire``: whom it names. ``cle``: the id by which an answer
    names it. ``faite``: it says itself that what it asks was done. ``objet``: what is asked, where an answer is to
    everybody who asks the same, ``par`` whom.
    """

    evenement: str
    instance: str
    le: date
    destinataire: str = ""
    cle: UUID | None = None
    echeance: date | None = None
    faite: bool = False
    objet: str = ""
    par: str = ""


class DemandeExaminee(NamedTuple):
    """A request as a commission has it: of who keeps that commission's papers, and under its id if it has one."""

    partenaire: str
    aide: UUID | None = None


def passage(seance: UUID | None, enveloppe: Enveloppe, aide: UUID | None = None) -> Effets:
    """The session that examines a request, where its author names one: the last that it names holds."""
    if seance is None:
        return ()
    return ((Rubrique.DEMANDES_EN_SEANCE, DemandeExaminee(enveloppe.partenaire, aide), seance),)


Precisions = Mapping[str, tuple[str, frozenset[str | bool]]]
"""By field, another one, and the codes (or the yes) of that one of which it says more: else it would say nothing."""


class Correction(msgspec.Struct, frozen=True, gc=False):
    """What corrects a fact: the event that replaces it, or that withdraws it (``retrait``)."""

    par: UUID
    retrait: bool


@dataclass(frozen=True, kw_only=True)
class Evenement:
    """Base of every event. ``GROUPE`` is the group that lets a reader know that the event exists.

    ``STADE``: where the procedure stands after it. ``IDENTIFIANT``: the field by which later events name it; the same
    id again would take the place of another's. ``VOLET``: the part of its group that it is of, where views keep
    one part without another.
    What has a topic can be stored, and says its own name in French (``LIBELLE``), to be shown wherever it is.
    ``PRECISE``: the fields that say more of some codes of another one, with that field and those codes.
    A ``JALON`` stands in the chronology of a case. A ``ROUTE_PROPRE`` is no part of a contribution: the route of its
    own checks who takes that step. Of one that tells that somebody exercises a right (``EXERCE_UN_DROIT``), nobody is
    told but those who answer it.
    """

    TOPIC: ClassVar[str]
    LIBELLE: ClassVar[str]
    GROUPE: ClassVar[str]
    SUJET: ClassVar[Sujet] = Sujet.MENAGE
    STADE: ClassVar[Stade | None] = None
    IDENTIFIANT: ClassVar[str | None] = None
    VOLET: ClassVar[Volet | None] = None
    PRECISE: ClassVar[Precisions] = MappingProxyType({})
    JALON: ClassVar[bool] = False
    ROUTE_PROPRE: ClassVar[bool] = False
    EXERCE_UN_DROIT: ClassVar[bool] = False
    class_version: ClassVar[int] = 1

    reference_source: Annotated[Texte | None, s2(None, "référence dans le système d'origine", "093-19-0000088")] = None

    def __init_subclass__(cls) -> None:
        if hasattr(cls, "TOPIC") and "LIBELLE" not in vars(cls):
            raise TypeError(f"{cls.__name__} : un événement dit son nom en français (LIBELLE)")
        # dataclass() keeps the __repr__ that a class already has. Without it, an opened event would print its values
        # in the first traceback that holds it.
        cls.__repr__ = Evenement.__repr__  # type: ignore[method-assign]  # each subclass prints its name alone

    def __repr__(self) -> str:
        return f"<{type(self).__name__}>"

    def effets(self, enveloppe: Enveloppe) -> Effets:
        """What it says to the state, from clear fields alone: sealed, opened or erased, an event says the same."""
        stade = type(self).STADE
        return () if stade is None else ((Rubrique.ETAPES, stade, enveloppe.survenu_le),)


class Fait(msgspec.Struct, frozen=True, gc=False):
    """An event as it was recorded: its place, its envelope, its content, and what of it is still sealed."""

    dossier: UUID
    version: int
    enveloppe: Enveloppe
    evenement: Evenement
    scelles: tuple[Scelle, ...] = ()
    position: int = 0
    enregistre_le: datetime | None = None
