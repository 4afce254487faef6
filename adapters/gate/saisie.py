"""What comes in, checked at the door and turned into the ledger's own types. Nothing that was typed is ever echoed.

JSON is read once (``corps``); each event is then validated against the dataclass of the catalogue that its ``type``
names, and its texts against what a text may hold (``textes``). A refusal names the field and the remedy, in French.
"""

import dataclasses
from collections.abc import Callable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Annotated, Any, Final, TypeVar, get_type_hints
from uuid import UUID, uuid4

import msgspec
import orjson
from annotated_types import Ge, Le, MaxLen, MinLen
from pydantic import StringConstraints, TypeAdapter, ValidationError

from adapters.gate.codes import CODES, code_de
from adapters.gate.corps import Faute, SaisieRefusee, lisible
from adapters.gate.textes import (
    CLE_ATTENDUE,
    HEURE,
    HEURE_ATTENDUE,
    cle_valable,
    fautes_des_textes,
    fautes_des_valeurs,
    nets,
    noms_muets,
    uuid_ou_rien,
)
from ledger import catalogue as ev
from ledger.catalogue import Evenement, catalogue, champs, listes_de
from ledger.dossier.decision import EVENEMENTS_PAR_CONTRIBUTION, Propose
from ledger.droit.bornes import CALENDRIER
from ledger.droit.listes import en_vigueur
from ledger.echeances.chronologie import ActeLu
from ledger.echeances.vocabulaire import au_catalogue
from ledger.nir import contient_nir, est_identifiant

_FAUTES: Final = 200


class Saisie(msgspec.Struct, frozen=True):
    """A contribution as it was typed, checked."""

    evenements: tuple[Propose, ...]
    demande: UUID | None = None
    information_menage: date | None = None
    canonique: bytes = b""


_CONTRIBUTION: Final = frozenset({"evenements", "demande", "information_menage", "source"})


def contribution(contenu: object) -> Saisie:
    """The body of a contribution. ``SaisieRefusee`` names every fault."""
    corps = _objet(contenu, _CONTRIBUTION, "")
    fautes = fautes_des_textes(corps)
    evenements = corps.get("evenements")
    if not isinstance(evenements, list) or not evenements:
        vide = Faute("evenements", "absent", "Donnez la liste des événements de la contribution.")
        raise SaisieRefusee(vide, *fautes)
    if len(evenements) > EVENEMENTS_PAR_CONTRIBUTION:
        trop = f"Une contribution porte au plus {EVENEMENTS_PAR_CONTRIBUTION} événements : envoyez-en plusieurs."
        raise SaisieRefusee(Faute("evenements", "liste_longue", trop))
    if corps.get("source", "PARTENAIRE") != "PARTENAIRE":
        fautes.append(Faute("source", "source", "Ce qui vient d'EXPLOC passe par l'import d'un lot."))
    proposes = _proposes(evenements, fautes)
    demande = _champ(corps, "demande", _UUID, fautes)
    information = _champ(corps, "information_menage", _DATE, fautes)
    if fautes:
        raise SaisieRefusee(*fautes)
    canonique = orjson.dumps(corps, option=orjson.OPT_SORT_KEYS)
    return Saisie(tuple(proposes), demande, information, canonique)


def ouverture(contenu: object) -> Saisie:
    """The body that opens or finds a case: a dwelling, who holds the lease, and what one has to say of it."""
    corps = _objet(contenu, {"logement", "titulaire", "survenu_le", "evenements", "information_menage"}, "")
    fautes = fautes_des_textes(corps)
    proposes: list[Propose] = []
    survenu = _champ(corps, "survenu_le", _DATE, fautes, obligatoire=True)
    personne = uuid4()
    for nom, type_ in (("logement", "DossierOuvert"), ("titulaire", "OccupantDeclare")):
        donnees = corps.get(nom)
        if not isinstance(donnees, dict):
            fautes.append(Faute(nom, "absent", CODES["absent"]))
            continue
        fixes = {"personne": str(personne), "qualite": "TITULAIRE"} if nom == "titulaire" else {}
        fautes.extend(Faute(f"{nom}.{f}", "fixe", CODES["fixe"]) for f in fixes if f in donnees)
        try:
            proposes.append(Propose(_evenement(type_, {**donnees, **fixes}, nom, survenu), survenu or date.min))
        except SaisieRefusee as refus:
            fautes.extend(refus.fautes)
    suite = corps.get("evenements") or []
    place = EVENEMENTS_PAR_CONTRIBUTION - 2  # the dwelling and who holds the lease are two
    if not isinstance(suite, list) or len(suite) > place:
        raise SaisieRefusee(
            Faute("evenements", "liste_longue", f"Donnez une liste d'au plus {place} événements."), *fautes
        )
    proposes += _proposes(suite, fautes)
    information = _champ(corps, "information_menage", _DATE, fautes)
    if fautes:
        raise SaisieRefusee(*fautes)
    return Saisie(tuple(proposes), None, information, orjson.dumps(corps, option=orjson.OPT_SORT_KEYS))


ACTES_SIMULES: Final = 60


def simulation(contenu: object) -> tuple[date | None, list[ActeLu]]:
    """A day, and acts that nobody did: those of their fields alone that the law's clocks are counted from.

    They are named by their rank. ``SaisieRefusee`` names every fault.
    """
    corps = _objet(contenu, {"au", "actes"}, "")
    fautes = fautes_des_textes(corps)
    au = _champ(corps, "au", _JOUR, fautes)
    actes = corps.get("actes")
    if not isinstance(actes, list) or not 1 <= len(actes) <= ACTES_SIMULES:
        raise SaisieRefusee(Faute("actes", "absent", f"Donnez de 1 à {ACTES_SIMULES} actes."), *fautes)
    lus = []
    for rang, acte in enumerate(actes):
        try:
            lus.append(_acte_simule(acte, rang))
        except SaisieRefusee as refus:
            fautes.extend(refus.fautes)
    if fautes:
        raise SaisieRefusee(*fautes)
    return au, lus


def _acte_simule(contenu: object, rang: int) -> ActeLu:
    champ = f"actes.{rang}"
    corps = _objet(contenu, {"type", "survenu_le", "donnees"}, champ)
    type_ = corps.get("type")
    if not isinstance(type_, str) or type_ not in au_catalogue():
        connus = f"Types d'acte admis ici : {', '.join(sorted(au_catalogue()))}."
        raise SaisieRefusee(Faute(f"{champ}.type", "acte_hors_liste", connus))
    fautes: list[Faute] = []
    survenu = _champ(corps, "survenu_le", _JOUR, fautes, obligatoire=True)
    donnees = _objet(corps.get("donnees", {}), set(au_catalogue()[type_]), f"{champ}.donnees")
    if fautes or survenu is None:
        raise SaisieRefusee(*(dataclasses.replace(f, champ=f"{champ}.{f.champ}") for f in fautes))
    try:
        lu = _extrait(type_).validate_json(orjson.dumps(donnees), strict=True)
    except ValidationError as erreur:
        raise SaisieRefusee(*_fautes(erreur, f"{champ}.donnees")) from None
    dits = {nom: dit for nom, dit in vars(lu).items() if dit is not None}
    debut, fin = CALENDRIER
    hors = [nom for nom, dit in dits.items() if isinstance(dit, date) and not debut <= dit <= fin]
    if hors:
        raise SaisieRefusee(*(Faute(f"{champ}.donnees.{nom}", "date_attendue", CODES["date_attendue"]) for nom in hors))
    return ActeLu(str(rang), type_, survenu, dits, rang)


@cache
def _extrait(nom: str) -> TypeAdapter[Any]:
    """What clocks read of an event, each field as the catalogue has it, none of them required."""
    annotations = get_type_hints(catalogue()[nom], include_extras=True)
    extraits = [(champ, annotations[champ] | None, None) for champ in sorted(au_catalogue()[nom])]
    return TypeAdapter(dataclasses.make_dataclass(nom, extraits))


def champ_d_ouverture(champ: str) -> str:
    """Where the body that opens a case has what the contribution made of it calls ``evenements.N…``."""
    tete, _, suite = champ.removeprefix("evenements.").partition(".")
    if not tete.isdigit():
        return champ
    if suite == "survenu_le" and int(tete) < len(_OUVERTURE):
        return suite
    lieu = _OUVERTURE[int(tete)] if int(tete) < len(_OUVERTURE) else f"evenements.{int(tete) - len(_OUVERTURE)}"
    reste = suite.removeprefix("donnees").removeprefix(".") if int(tete) < len(_OUVERTURE) else suite
    return f"{lieu}.{reste}".strip(".")


_OUVERTURE: Final = ("logement", "titulaire")


def ligne_de_lot(contenu: object) -> tuple[UUID, str, object]:
    """One line of a batch: the case, the idempotency key, and the contribution itself."""
    corps, fautes = _ligne(contenu)
    dossier = _champ(corps, "dossier", _UUID, fautes, obligatoire=True)
    cle = _cle(corps, fautes)
    if fautes or dossier is None:
        raise SaisieRefusee(*fautes)
    return dossier, cle, {nom: valeur for nom, valeur in corps.items() if nom not in {"dossier", "cle"}}


def ligne_d_ouverture(contenu: object) -> tuple[str, object]:
    """One line of a batch that opens a case: the idempotency key, and the opening itself."""
    corps, fautes = _ligne(contenu)
    cle = _cle(corps, fautes)
    if fautes:
        raise SaisieRefusee(*fautes)
    return cle, {nom: valeur for nom, valeur in corps.items() if nom != "cle"}


def en_tete_de_ligne(contenu: object) -> tuple[str | None, str | None]:
    """The case and the key of a line, where they are what they have to be: nothing else of it is told back.

    Nor is a key that could be a NIR, with or without what proves it.
    """
    corps = contenu if isinstance(contenu, dict) else {}
    dossier, cle = uuid_ou_rien(corps.get("dossier")), corps.get("cle")
    dite = isinstance(cle, str) and cle_valable(cle) and (est_identifiant(cle) or not contient_nir(cle))
    return None if dossier is None else str(dossier), cle if dite else None


def _ligne(contenu: object) -> tuple[dict[str, Any], list[Faute]]:
    corps = lisible(contenu)
    return corps if isinstance(corps, dict) else {}, []


def _cle(corps: Mapping[str, Any], fautes: list[Faute]) -> str:
    cle = corps.get("cle")
    if isinstance(cle, str) and cle_valable(cle):
        return cle
    fautes.append(Faute("cle", "cle", CLE_ATTENDUE))
    return ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Identite:
    """A person sought, by name and birth date together: a name alone is not a search. One may have one name only."""

    nom: Annotated[ev.Texte, ev.clair("nom", "LEROY")]
    prenoms: Annotated[Annotated[str, MaxLen(200)] | None, ev.clair("prénoms", "Fatou")] = None
    date_naissance: Annotated[date, ev.clair("date de naissance", "1955-04-24")]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reference:
    """What a partner calls what it told: the key of its contribution; or its act, by its type, number and day."""

    cle: Annotated[Annotated[str, MaxLen(200)] | None, ev.clair("clé d'une de vos contributions", "releve-11")] = None
    type: Annotated[ev.Texte | None, ev.clair("type de l'acte", "CommandementPayerSignifie")] = None
    ref_acte: Annotated[ev.Texte | None, ev.clair("numéro de l'acte chez vous", "CDP-2026-000602")] = None
    survenu_le: Annotated[date | None, ev.clair("date de l'acte", "2026-10-15")] = None


IdDeDossier = Annotated[UUID, ev.clair("identifiant du dossier", "0199f1e2-7b1a-7000-8000-000000000001")]


@dataclass(frozen=True, slots=True, kw_only=True)
class DemandeEffacement:
    """Who asks to be erased, in which case."""

    dossier: IdDeDossier
    personne: Annotated[UUID, ev.clair("la personne à effacer", "0199f1e2-7b1a-7000-8000-000000000002")]


@dataclass(frozen=True, slots=True, kw_only=True)
class AvisEffacement:
    """The DPO's avis."""

    dossier: IdDeDossier
    avis: Annotated[ev.Code, ev.clair("avis du délégué", "FAVORABLE", liste="avis_effacement")]


_TEXTES: Final = (
    "RGPD|CPC|CPCE|CRPA|CASF|CCH|CONSO|C\\. urb\\.|Code civil|Code du patrimoine|[Ll]oi|[Dd]écret|[Aa]rrêté"
)
_MOTS: Final = r"art\.|al\.|n°|[IVX]{1,5}|[LRDA]\.?[0-9][0-9a-e()-]*|[0-9][0-9a-e()-]*|[a-e]"
Article = Annotated[str, StringConstraints(pattern=rf"^({_TEXTES})([ ,]+({_MOTS})){{1,12}}$", max_length=80)]
"""An article of law, and nothing that a person could be named by: it stands in clear."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DecisionEffacement:
    """The controller's decision; a refusal names its article, one that leaves the DPO's avis says why."""

    dossier: IdDeDossier
    sens: Annotated[ev.Code, ev.clair("sens de la décision", "ACCORDE", liste="sens_effacement")]
    article: Annotated[Article | None, ev.clair("l'article d'un refus", "RGPD 17(3)(b)")] = None
    motif: Annotated[ev.TexteLibre | None, ev.clair("pourquoi l'avis n'est pas suivi", "obligation légale")] = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ExecutionEffacement:
    """Under which decision the keys are destroyed."""

    dossier: IdDeDossier
    decision: Annotated[UUID, ev.clair("la décision à exécuter", "0199f1e2-7b1a-7000-8000-000000000003")]


@dataclass(frozen=True, slots=True, kw_only=True)
class SeanceAFiger:
    """For which session a case is fixed."""

    seance: Annotated[UUID, ev.clair("la séance", "0199f1e2-7b1a-7000-8000-000000000003")]


@dataclass(frozen=True, slots=True, kw_only=True)
class PieceAJoindre:
    """What is said of a file beside its content: which act it goes with, what it is, whom it names."""

    acte: UUID
    nature: Annotated[ev.Code, ev.clair("nature de la pièce", "ACTE", liste="nature_piece")]
    personnes: Annotated[tuple[UUID, ...], MinLen(1), MaxLen(20)]


T = TypeVar("T")


@cache
def _lecteur(cls: type) -> tuple[frozenset[str], TypeAdapter[Any]]:
    """The fields of a body, and what reads them."""
    return frozenset(f.name for f in dataclasses.fields(cls)), TypeAdapter(cls)


def forme(cls: type[T], contenu: object) -> T:
    """A small body, as the dataclass of its route. ``SaisieRefusee`` names every fault."""
    connus, lecteur = _lecteur(cls)  # type: ignore[arg-type]  # a class is hashable
    corps = _objet(contenu, connus, "")
    fautes = fautes_des_textes(corps)
    if fautes:
        raise SaisieRefusee(*fautes)
    try:
        lue: T = lecteur.validate_json(orjson.dumps(nets(corps)), strict=True)
    except ValidationError as erreur:
        raise SaisieRefusee(*_fautes(erreur, "")) from None
    if muets := tuple(noms_muets(lue, "")):
        raise SaisieRefusee(*muets)
    return lue


def _objet(contenu: object, connus: AbstractSet[str], champ: str) -> dict[str, Any]:
    corps = lisible(contenu)
    if not isinstance(corps, dict):
        raise SaisieRefusee(Faute(champ, "objet_attendu", CODES["objet_attendu"]))
    inconnus = [k for k in corps if k not in connus]
    if inconnus:
        # The name is not echoed: a value can be typed in the place of a name.
        raise SaisieRefusee(Faute(champ, "champ_en_trop", f"Champs admis ici : {', '.join(sorted(connus))}."))
    return corps


def _proposes(evenements: list[object], fautes: list[Faute]) -> list[Propose]:
    """The events of a list that are well made; the faults of the others join ``fautes``."""
    proposes = []
    for rang, evenement in enumerate(evenements):
        try:
            proposes.append(_propose(evenement, f"evenements.{rang}"))
        except SaisieRefusee as refus:
            fautes.extend(refus.fautes)
    return proposes


def _propose(evenement: object, champ: str) -> Propose:
    corps = _objet(evenement, _PROPOSE, champ)
    type_ = corps.get("type")
    fautes: list[Faute] = []
    if not isinstance(type_, str) or type_ not in catalogue() or catalogue()[type_].ROUTE_PROPRE:
        fautes.append(Faute(f"{champ}.type", "enum_inconnu", "Type d'événement inconnu : voir GET /v1/nomenclatures."))
    locales: list[Faute] = []
    survenu = _champ(corps, "survenu_le", _DATE, locales, obligatoire=True)
    corrige = _champ(corps, "corrige", _UUID, locales)
    precisions = {nom: lire(corps.get(nom), survenu, locales) for nom, lire in _PRECISIONS.items()}
    fautes += [dataclasses.replace(f, champ=f"{champ}.{f.champ}") for f in locales]
    if fautes:
        raise SaisieRefusee(*fautes)
    lu = _evenement(str(type_), corps.get("donnees", {}), f"{champ}.donnees", survenu)
    return Propose(lu, survenu or date.min, corrige, **precisions)


def _heure(valeur: object, _: date | None, fautes: list[Faute]) -> str | None:
    if valeur is None or (isinstance(valeur, str) and HEURE.fullmatch(valeur)):
        return valeur
    fautes.append(Faute("heure", "heure", HEURE_ATTENDUE))
    return None


def _motif_de_correction(valeur: object, le: date | None, fautes: list[Faute]) -> str | None:
    if valeur is None or (isinstance(valeur, str) and le is not None and en_vigueur("motif_correction", valeur, le)):
        return valeur
    fautes.append(Faute("motif_correction", "enum_inconnu", CODES["enum_inconnu"]))
    return None


def _reference(valeur: object, _: date | None, fautes: list[Faute]) -> str | None:
    try:
        return None if valeur is None else _ARTICLE.validate_python(valeur, strict=True)
    except ValidationError:
        attendu = "Donnez un article, et lui seul, comme « loi 89-462 art. 24 III » ou « CPCE L.412-1 »."
        fautes.append(Faute("reference_legale", "article", attendu))
        return None


_ARTICLE: Final[TypeAdapter[str]] = TypeAdapter(Article)
_PRECISIONS: Final[Mapping[str, Callable[[object, date | None, list[Faute]], str | None]]] = {
    "heure": _heure,
    "motif_correction": _motif_de_correction,
    "reference_legale": _reference,
}
"""What an event says of itself beside its data, in clear, and how each is read."""
_PROPOSE: Final = frozenset({"type", "survenu_le", "donnees", "corrige", *_PRECISIONS})


@cache
def _adaptateur(nom: str) -> TypeAdapter[Evenement]:
    return TypeAdapter(catalogue()[nom])


@cache
def _noms(nom: str) -> set[str]:
    return {f.name for f in dataclasses.fields(catalogue()[nom])}


@cache
def _deduits(nom: str) -> tuple[str, ...]:
    return tuple(champ for champ, decrit in champs(catalogue()[nom]).items() if decrit.deduit)


def _evenement(type_: str, donnees: object, champ: str, le: date | None) -> Evenement:
    corps = _objet(donnees, _noms(type_), champ)
    fixes = [nom for nom in _deduits(type_) if corps.get(nom) is not None]
    if fixes:
        raise SaisieRefusee(*(Faute(f"{champ}.{nom}", "fixe", CODES["fixe"]) for nom in fixes))
    try:
        lu = _adaptateur(type_).validate_json(orjson.dumps(nets(corps)), strict=True)
    except ValidationError as erreur:
        raise SaisieRefusee(*_fautes(erreur, champ)) from None
    fautes = [*fautes_des_valeurs(lu, champ), *_codes_sans_cours(lu, champ, le)]
    if fautes:
        raise SaisieRefusee(*fautes)
    return lu


def _codes_sans_cours(e: Evenement, champ: str, le: date | None) -> Iterator[Faute]:
    """A code is said of a day on which its list has it. What was stored before a list changed stays what it is."""
    for nom, liste in listes_de(type(e)).items():
        valeur = getattr(e, nom)
        codes = valeur if isinstance(valeur, tuple) else () if valeur is None else (valeur,)
        if le is not None and not all(en_vigueur(liste, code, le) for code in codes):
            message = "Ce code n'a pas cours à la date de l'événement : voir GET /v1/nomenclatures."
            yield Faute(f"{champ}.{nom}", "code", message)


def _fautes(erreur: ValidationError, champ: str) -> Iterator[Faute]:
    if erreur.error_count() > _FAUTES:
        yield Faute(champ, "liste_longue", "Trop de valeurs sont fausses ici : corrigez-les, puis renvoyez.")
        return
    for detail in erreur.errors(include_url=False, include_context=False, include_input=False):
        lieu = ".".join([champ, *(str(x) for x in detail["loc"])]).strip(".")
        code = code_de(detail["type"])
        yield Faute(lieu, code, CODES[code])


_DATE: Final[TypeAdapter[date]] = TypeAdapter(date)
_JOUR: Final[TypeAdapter[date]] = TypeAdapter(Annotated[date, Ge(CALENDRIER[0]), Le(CALENDRIER[1])])
_UUID: Final[TypeAdapter[UUID]] = TypeAdapter(UUID)


def _champ(
    corps: Mapping[str, Any], nom: str, lecteur: TypeAdapter[T], fautes: list[Faute], *, obligatoire: bool = False
) -> T | None:
    """One field of an envelope; what is wrong with it is added to ``fautes``."""
    valeur = corps.get(nom)
    if valeur is None:
        if obligatoire:
            fautes.append(Faute(nom, "absent", CODES["absent"]))
        return None
    try:
        return lecteur.validate_json(orjson.dumps(valeur), strict=True)
    except ValidationError as erreur:
        fautes.extend(_fautes(erreur, nom))
        return None


def identite_de(qui: Identite) -> tuple[str, str, date]:
    """Name, first names, birth date."""
    return qui.nom, qui.prenoms or "", qui.date_naissance
