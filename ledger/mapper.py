"""Facts to rows and back: seals on the way in, gives closed facts on the way out, opens what it is told to.

A row's ``state`` is JSON: the envelope, the clear fields, and one sealed blob per class. A blob is bound (AAD) to
tenant, dossier, version, topic, subject and class: at any other place it does not open. A protected act (S3) shows
its neutral base alone: its nature, and whatever else its class has, are inside its S3 blob.

Topics and upcasting follow eventsourcing's conventions: ``TOPIC``, ``class_version``, and one static method
``upcast_v1_v2(champs)`` per step, which is given the fields of the clear part, or of one blob, as a dict.
"""

from binascii import b2a_base64
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import MISSING, dataclass, fields
from datetime import date, datetime
from functools import cache
from operator import attrgetter
from types import UnionType
from typing import Annotated, Any, Final, Union, get_args, get_origin, get_type_hints
from uuid import UUID

import msgspec
import orjson
from eventsourcing.persistence import StoredEvent

from ledger.catalogue import (
    EFFACE,
    SCELLE,
    Absent,
    ActeProtege,
    Classe,
    Enveloppe,
    Evenement,
    Fait,
    Scelle,
    Sujet,
    catalogue,
    champs,
)
from ledger.errors import TexteRefuse
from ledger.sealing import SEPARATEUR as _ENTRE
from ledger.sealing import Requise, Trousseau, aad

_NATURE: Final = "@nature"  # no field can have this name
_VERSION: Final = "class_version"
SCELLEES: Final = (Classe.S1, Classe.S2, Classe.S3)

Decodeur = Callable[[Any], Any]
Decodeurs = tuple[tuple[str, Decodeur], ...]


class _Etat(msgspec.Struct, gc=False):
    """A row's ``state``, read to its types in one go: done in Python, this is three quarters of reading a fact."""

    enveloppe: Enveloppe
    clair: dict[str, Any]
    scelle: tuple[Scelle, ...]


_lire_etat: Final = msgspec.json.Decoder(_Etat).decode


@dataclass(frozen=True, slots=True)
class _Plan:
    """How one class of events is kept, computed once: names by class, and what to read each JSON value as.

    ``lecteurs`` are those of each part, the clear one (S0) included, of the fields that JSON has no type for.
    """

    cls: type[Evenement]
    topic: str
    version: int
    clairs: tuple[str, ...]
    scelles: Mapping[Classe, tuple[str, ...]]
    lecteurs: Mapping[Classe, Decodeurs]
    ferme: Mapping[str, Any]
    defauts: Mapping[str, Any]
    listes: frozenset[str]

    def dits(self, valeurs: Mapping[str, Any], noms: tuple[str, ...]) -> dict[str, Any]:
        """What of these fields says something. A list that is empty says nothing, where that is what it is untold."""
        return {nom: dit for nom in noms if (dit := valeurs[nom]) is not None and (dit or nom not in self.listes)}


def _lecteur(annotation: object) -> Decodeur | None:
    """What makes a value of JSON the value of the annotation; None where JSON's own is right."""
    origine = get_origin(annotation)
    if origine is Annotated:
        return _lecteur(get_args(annotation)[0])
    if origine in {Union, UnionType}:
        lecteurs = [x for x in map(_lecteur, get_args(annotation)) if x is not None]
        return lecteurs[0] if lecteurs else None
    if origine is tuple:
        element = _lecteur(get_args(annotation)[0])
        return tuple if element is None else lambda valeurs: tuple(map(element, valeurs))
    if annotation is UUID:
        return UUID
    return date.fromisoformat if annotation is date else None


def _lecteurs(cls: type, noms: Collection[str]) -> Decodeurs:
    hints = get_type_hints(cls, include_extras=True)
    trouves = ((nom, _lecteur(hints[nom])) for nom in noms)
    return tuple((nom, lecteur) for nom, lecteur in trouves if lecteur is not None)


_plans: dict[type[Evenement], _Plan] = {}


def _plan(cls: type[Evenement]) -> _Plan:
    plan = _plans.get(cls)
    if plan is None:
        plan = _plans[cls] = _planifier(cls)
    return plan


def _planifier(cls: type[Evenement]) -> _Plan:
    decrits = champs(cls)
    protege = issubclass(cls, ActeProtege)
    neutres = champs(ActeProtege) if protege else decrits
    clairs = tuple(nom for nom, c in decrits.items() if c.classe is Classe.S0 and nom in neutres)
    caches = tuple(nom for nom, c in decrits.items() if c.classe is Classe.S0 and nom not in neutres)
    scelles = {
        classe: tuple(nom for nom, c in decrits.items() if c.classe is classe) + (caches if classe is Classe.S3 else ())
        for classe in SCELLEES
    }
    defauts = {f.name: f.default if f.default is not MISSING else None for f in fields(cls)}
    return _Plan(
        cls=cls,
        topic=cls.TOPIC,
        version=cls.class_version,
        clairs=clairs,
        scelles={classe: noms for classe, noms in scelles.items() if noms or (protege and classe is Classe.S3)},
        lecteurs={classe: _lecteurs(cls, noms) for classe, noms in {Classe.S0: clairs, **scelles}.items()},
        ferme={nom: SCELLE if nom not in clairs else defauts[nom] for nom in decrits},
        defauts=defauts,
        listes=frozenset(nom for nom, defaut in defauts.items() if defaut == ()),
    )


@cache
def _classes_par_topic() -> dict[str, type[Evenement]]:
    return {ActeProtege.TOPIC: ActeProtege} | {
        cls.TOPIC: cls for cls in catalogue().values() if not issubclass(cls, ActeProtege)
    }


def sujet_de(fait: Fait) -> str:
    """Whose keys seal this fact: the dossier's own id, a person's, or several persons' sorted and joined by ``+``."""
    return "+".join(_sujets(fait))


def _sujets(fait: Fait) -> Sequence[str]:
    e = fait.evenement
    match e.SUJET:
        case Sujet.PERSONNE:
            return (str(e.personne),)  # type: ignore[attr-defined]  # every event whose subject is a person names it
        case Sujet.PERSONNES:
            return sorted({str(personne) for personne in e.personnes})  # type: ignore[attr-defined]  # likewise
        case _:
            return (str(fait.dossier),)


def cles_requises(fait: Fait) -> Iterator[Requise]:
    """The keys without which an open fact cannot be sealed."""
    plan, valeurs = _plan(type(fait.evenement)), vars(fait.evenement)
    sujets = _sujets(fait)
    for classe, noms in plan.scelles.items():
        for nom in noms:  # the first that is told is enough
            if valeurs[nom] is not None:
                yield from [(sujet, classe) for sujet in sujets]
                break


def to_stored(fait: Fait, trousseau: Trousseau) -> StoredEvent:
    """Seal an open fact for the place (dossier, version) that it names; ``KeyError`` if a key is missing."""
    return StoredEvent(fait.dossier, fait.version, fait.evenement.TOPIC, sceller(fait, trousseau))


def sceller(fait: Fait, trousseau: Trousseau) -> bytes:
    """The state alone of ``to_stored``."""
    e = fait.evenement
    plan, valeurs = _plan(type(e)), vars(e)
    version = {_VERSION: plan.version} if plan.version > 1 else {}
    scelles = []
    dossier = str(fait.dossier)
    sujet = dossier if e.SUJET is Sujet.MENAGE else sujet_de(fait)
    debut = f"{trousseau.tenant}{_ENTRE}{dossier}{_ENTRE}{fait.version}{_ENTRE}{plan.topic}{_ENTRE}{sujet}{_ENTRE}"
    for classe, noms in plan.scelles.items():
        partie = plan.dits(valeurs, noms)
        if classe is Classe.S3 and isinstance(e, ActeProtege):
            partie[_NATURE] = type(e).__name__
        if not partie:
            continue
        cle = trousseau.get(sujet, classe)
        if cle is None:
            raise KeyError((sujet, classe))
        lie_a = f"{debut}{classe}".encode()
        octets = cle.seal(_encoder(partie | version), lie_a)
        scelles.append((sujet, classe, b2a_base64(octets, newline=False).decode()))
    champs_enveloppe = zip(_CHAMPS_ENVELOPPE, _valeurs_enveloppe(fait.enveloppe), strict=True)
    enveloppe = {nom: valeur for nom, valeur in champs_enveloppe if valeur is not None}
    clair = {nom: valeurs[nom] for nom in plan.clairs if valeurs[nom] is not None}
    return _encoder({"enveloppe": enveloppe, "clair": clair | version, "scelle": scelles})


_CHAMPS_ENVELOPPE: Final = Enveloppe.__struct_fields__
_valeurs_enveloppe: Final = attrgetter(*_CHAMPS_ENVELOPPE)


def _encoder(valeurs: dict[str, Any]) -> bytes:
    try:
        octets = orjson.dumps(valeurs)
    except orjson.JSONEncodeError as e:
        _refuser_textes(valeurs)
        raise TypeError("valeur qui ne s'écrit pas en JSON") from e
    if b"\\u0000" in octets:
        _refuser_textes(valeurs)
    return octets


def _refuser_textes(valeurs: object, champ: str = "") -> None:
    if isinstance(valeurs, dict):
        for nom, valeur in valeurs.items():
            _refuser_textes(valeur, nom)
    elif isinstance(valeurs, list | tuple):
        for valeur in valeurs:
            _refuser_textes(valeur, champ)
    elif isinstance(valeurs, str) and any(c == "\x00" or "\ud800" <= c <= "\udfff" for c in valeurs):
        raise TexteRefuse(champ)


def to_fait(stored: StoredEvent, *, position: int = 0, enregistre_le: datetime | None = None) -> Fait:
    """A closed fact: envelope and clear fields; what is sealed stands as ``SCELLE``. No key is needed, ever."""
    dossier = stored.originator_id if isinstance(stored.originator_id, UUID) else UUID(stored.originator_id)
    return lire_fait(dossier, stored.originator_version, stored.topic, stored.state, position, enregistre_le)


def lire_fait(
    dossier: UUID, version: int, topic: str, etat: bytes, position: int, enregistre_le: datetime | None
) -> Fait:
    """``to_fait`` of the columns of a row, as the log gives them: every read and every rebuild spends its time here."""
    plan = _plan(_classes_par_topic()[topic])
    lu = _lire_etat(etat)
    evenement = _construire(plan.cls, {**plan.ferme, **_lire(plan, Classe.S0, lu.clair)})
    return Fait(dossier, version, lu.enveloppe, evenement, lu.scelle, position, enregistre_le)


def _lire(plan: _Plan, classe: Classe, partie: dict[str, Any]) -> dict[str, Any]:
    """The fields of one part, brought to the class's version and to its types."""
    for version in range(partie.pop(_VERSION, 1), plan.version):
        getattr(plan.cls, f"upcast_v{version}_v{version + 1}")(partie)
    for nom, lecteur in plan.lecteurs[classe]:
        if nom in partie:
            partie[nom] = lecteur(partie[nom])
    return partie


def lire_partie(cls: type[Evenement], classe: Classe, partie: bytes, noms: Collection[str]) -> dict[str, Any]:
    """What is told of these fields, of a blob of that class that is open: as ``ouvrir``, where they alone are read."""
    plan = _plan(cls)
    lus = _lire(plan, classe, orjson.loads(partie))
    return {nom: valeur for nom in noms if (valeur := lus.get(nom, plan.defauts[nom])) is not None}


def _construire(cls: type[Evenement], valeurs: dict[str, Any]) -> Evenement:
    # As eventsourcing's own mapper does: the values were checked when the event was made, and its fields are frozen.
    evenement = object.__new__(cls)
    object.__setattr__(evenement, "__dict__", valeurs)
    return evenement


def ouvrir(fait: Fait, trousseau: Trousseau, classes: Collection[Classe]) -> Fait:
    """The fact with these classes opened; what has no key any more stands as ``EFFACE``.

    A protected act whose S3 opens takes its real class. One whose key is gone stays neutral for ever.
    """
    e = fait.evenement
    valeurs = dict(vars(e))
    cls = type(e)
    blobs = {scelle.classe: scelle for scelle in fait.scelles}
    for classe, noms in _plan(cls).scelles.items():
        if classe not in classes or (classe not in blobs and not _ferme(valeurs, noms)):
            continue
        partie = _desceller(fait, blobs.pop(classe), trousseau) if classe in blobs else {}
        if isinstance(partie, Absent):
            valeurs.update(dict.fromkeys(noms, EFFACE))
            continue
        if _NATURE in partie:
            cls = catalogue()[partie.pop(_NATURE)]
        plan = _plan(cls)
        lus = _lire(plan, classe, partie)
        for nom in plan.scelles[classe]:
            valeurs[nom] = lus.get(nom, plan.defauts[nom])
    restants = tuple(s for s in fait.scelles if s.classe in blobs)
    return Fait(
        fait.dossier,
        fait.version,
        fait.enveloppe,
        _construire(cls, valeurs),
        restants,
        fait.position,
        fait.enregistre_le,
    )


def _ferme(valeurs: Mapping[str, Any], noms: tuple[str, ...]) -> bool:
    """Whether these fields are still to be opened, rather than opened before, or erased."""
    return any(valeurs[nom] is SCELLE for nom in noms)


def _desceller(fait: Fait, scelle: Scelle, trousseau: Trousseau) -> dict[str, Any] | Absent:
    cle = trousseau.get(scelle.sujet, scelle.classe)
    if cle is None:
        return EFFACE
    partie: dict[str, Any] = orjson.loads(cle.unseal(scelle.octets, liaison(trousseau.tenant, fait, scelle)))
    return partie


def liaison(tenant: str, fait: Fait, scelle: Scelle) -> bytes:
    """The place that a blob is bound to: at any other one it does not open."""
    return aad(tenant, fait.dossier, fait.version, fait.evenement.TOPIC, scelle.sujet, scelle.classe)
