"""The form of an act, made from the catalogue: a control per field, and what was typed as the API's body writes it.

What a field refers to (a person, a follow-up, a request) is chosen among what its author is shown of the case. An act
that refers to nothing that can be chosen here has no form.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import MISSING, dataclass, replace
from datetime import date
from enum import StrEnum
from functools import cache
from types import MappingProxyType
from typing import Any, Final, get_args, get_origin, get_type_hints
from uuid import UUID, uuid5

from annotated_types import MaxLen

from adapters.mots import libelles
from adapters.mots.valeurs import ecrire
from adapters.web.fait_montre import FaitMontre, intitule
from adapters.web.forms import FormulaireIncomplet, Proposition
from ledger.catalogue import Champ, Evenement, Moment, Nature, catalogue, champs
from ledger.droit.donnees import donnees
from ledger.droit.listes import libelle
from policies.decision import GROUPES

LONG: Final = 200
"""Signs beyond which a text takes several lines."""
ENVELOPPE: Final = ("heure", "information_menage", "reference_legale")
"""What an envelope says besides, of those things that a person types."""

Options = Sequence[tuple[str, str]]


class TypeDeChamp(StrEnum):
    """How a field is typed."""

    TEXTE = "texte"
    ZONE = "zone"
    DATE = "date"
    HEURE = "heure"
    NOMBRE = "nombre"
    MONTANT = "montant"
    CHOIX = "choix"
    COCHES = "coches"


@dataclass(frozen=True, slots=True)
class Controle:
    """One control: ``options`` of a choice, ``defaut`` what it holds at first, ``max`` signs or the last day."""

    nom: str
    libelle: str
    type_: TypeDeChamp
    requis: bool
    aide: str = ""
    options: Options = ()
    defaut: str = ""
    max: str = ""


@dataclass(frozen=True, slots=True)
class Milieu:
    """What the choices of a form are made from: the facts that its author is shown, partners, the day.

    ``siret``: of an étude, for its own acts. ``demande``: the household's request that its purpose names. ``seances``:
    those of the commissions whose papers it keeps, which examine what is asked for.
    """

    faits: Sequence[FaitMontre]
    partenaires: Options
    le: date
    siret: str = ""
    demande: str = ""
    seances: Options = ()

    @property
    def personnes(self) -> Options:
        """The persons of the case that are shown, each once."""
        dites = {
            str(f.brut["personne"]): " ".join(str(f.brut[c]) for c in ("prenoms", "nom") if f.brut.get(c))
            for f in self.faits
            if f.type == "OccupantDeclare" and f.tient and f.brut.get("personne")
        }
        return [(cle, nom or f"personne {cle[-8:]}") for cle, nom in dites.items()]

    def dits(self, champ: str, *types: str) -> Options:
        """What the facts that are shown have made under this name: follow-ups, requests, accords, recommendations.

        ``types``: of these alone; without, of those that make a thing of that name.
        """
        return [
            (str(f.brut[champ]), f"{f.titre}, le {f.le}")
            for f in self.faits
            if f.tient and f.brut.get(champ) and (f.type in (types or _FONT[champ]))
        ]

    def faits_de(self, *types: str) -> Options:
        """The facts of these types that stand, under their own id."""
        return [(f.id, f"{f.titre}, le {f.le}") for f in self.faits if f.tient and f.type in types]


_FONT: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        **{
            champ: tuple(nom for nom, cls in catalogue().items() if champ == cls.IDENTIFIANT)
            for champ in ("intervention", "recommandation", "accord", "requete")
        },
        "aide": ("AideFinanciereInstruite",),
        "protocole": ("ProtocoleAvance",),
    }
)
"""By the name of an id, the acts that make a thing of it, or take one a step further."""
NOUVEAU: Final = "nouveau"
_PERSONNES: Final = frozenset(
    {"personne", "personnes", "mandataire", "occupants", "presents", "representes", "absents"}
)
_JUGEMENTS: Final = ("JugementRendu",)

CITES: Final = frozenset(
    {"OccupantDeclare", *_JUGEMENTS, "DossierExamine", "RenseignementDemande", "Demande72"}.union(*_FONT.values())
)
"""The acts that others refer to."""

Choisir = Callable[[Milieu], Options]
_REFERENCES: Final[Mapping[str, Choisir]] = MappingProxyType(
    {
        **{nom: (lambda m: m.personnes) for nom in _PERSONNES},
        "intervention": lambda m: m.dits("intervention"),
        "recommandation": lambda m: m.dits("recommandation"),
        "accord": lambda m: m.dits("accord"),
        "requete": lambda m: m.dits("requete"),
        "aide": lambda m: [(m.demande, "la demande que nomme votre finalité")] if m.demande else m.dits("aide"),
        "protocole": lambda m: [*m.dits("protocole"), (NOUVEAU, "un nouveau protocole")],
        "lien": lambda m: [*m.dits("intervention"), *m.dits("aide")],
        "en_reponse_a": lambda m: m.dits("acte", "Demande72"),
        "titre": lambda m: m.faits_de(*_JUGEMENTS),
        "examen": lambda m: m.faits_de("DossierExamine"),
        "renseignement": lambda m: m.faits_de("RenseignementDemande"),
        "en_seance": lambda m: m.seances,
    }
)
"""By the name of a field that refers to something, what there is to choose from."""


def titre(cls: type[Evenement]) -> str:
    """What an act is called."""
    return libelles.evenement(cls.__name__)


def a_un_formulaire(cls: type[Evenement]) -> bool:
    """Whether an act is told by a form: it takes no route of its own, and what it must refer to can be chosen."""
    if cls.ROUTE_PROPRE or cls.__name__ in _AILLEURS:
        return False
    ids = (nom for nom, champ in champs(cls).items() if champ.nature is Nature.IDENTIFIANT)
    return all(nom in _REFERENCES or nom == cls.IDENTIFIANT or not _requis(cls, nom) for nom in ids)


def prealables(cls: type[Evenement], milieu: Milieu) -> frozenset[str]:
    """The acts that make what an act must refer to, where there is nothing of it to choose from yet."""
    manquent = [nom for nom in _REFERENCES if nom in champs(cls) and _requis(cls, nom) and not _REFERENCES[nom](milieu)]
    return frozenset(acte for nom in manquent for acte in _FONT.get(nom, ("OccupantDeclare",) * (nom in _PERSONNES)))


def nomme_un_partenaire(cls: type[Evenement]) -> bool:
    """Whether an act names a partner among those of the day."""
    return not _PARTENAIRES.isdisjoint(champs(cls))


_AILLEURS: Final = frozenset({"DossierOuvert"})
"""What is told by a page of its own."""


def controles(cls: type[Evenement], milieu: Milieu) -> tuple[Controle, ...] | None:
    """The controls of an act, those that it takes first, then its own. None: it refers to what cannot be chosen."""
    trouves = []
    for nom, champ in champs(cls).items():
        if champ.deduit or nom == cls.IDENTIFIANT:
            continue
        controle = _controle(cls, nom, champ, milieu)
        if controle is None:
            if _requis(cls, nom):
                return None
            continue
        trouves.append(controle)
    return tuple(sorted(trouves, key=lambda c: (not c.requis, c.nom not in vars(cls).get("__annotations__", ()))))


def proposition(
    cls: type[Evenement], formulaire: Sequence[Controle], valeurs: Mapping[str, str], cle: str
) -> Proposition:
    """What was typed, as an event to propose. ``FormulaireIncomplet``: a sentence per field that cannot be read.

    The ids that the act makes come from the form's key: the same form sent twice proposes the same act.
    """
    erreurs: dict[str, str] = {}
    if not valeurs.get("survenu_le", "").strip():
        erreurs["survenu_le"] = "Indiquez le jour où cela a eu lieu."
    donnees: dict[str, Any] = {}
    if cls.IDENTIFIANT:
        donnees[cls.IDENTIFIANT] = str(uuid5(UUID(cle), cls.IDENTIFIANT))
    for controle in formulaire:
        try:
            valeur = _lire(cls, controle, valeurs, cle)
        except ValueError as illisible:
            erreurs[controle.nom] = str(illisible)
            continue
        if valeur not in (None, []):
            donnees[controle.nom] = valeur
        elif controle.requis:
            erreurs[controle.nom] = "Ce champ est nécessaire."
    if erreurs:
        raise FormulaireIncomplet(erreurs)
    dits = {nom: valeurs[nom].strip() for nom in ENVELOPPE if valeurs.get(nom, "").strip()}
    return Proposition(cls.__name__, valeurs["survenu_le"].strip(), donnees, dits)


def en_mots(cls: type[Evenement], formulaire: Sequence[Controle], propose: Proposition) -> Sequence[tuple[str, str]]:
    """What an act is about to say: each field that it tells, with its value in words."""
    dites = []
    for controle in formulaire:
        valeur = propose.donnees.get(controle.nom)
        if valeur is None:
            continue
        options = dict(controle.options)
        choisies = [options[v] for v in (valeur if isinstance(valeur, list) else [valeur]) if str(v) in options]
        decrit = champs(cls)[controle.nom]
        dites.append((controle.libelle, ", ".join(choisies) if choisies else ecrire(decrit, valeur)))
    return dites


def retenues(formulaire: Sequence[Controle], valeurs: Mapping[str, str]) -> dict[str, str]:
    """Of what was sent, what belongs to this form."""
    noms = {"survenu_le", *ENVELOPPE, *(c.nom for c in formulaire)}
    return {nom: texte for nom, texte in valeurs.items() if nom.partition(".")[0] in noms and texte.strip()}


# controls --------------------------------------------------------------------------------------------------------


def _controle(cls: type[Evenement], nom: str, champ: Champ, milieu: Milieu) -> Controle | None:
    requis, aide = _requis(cls, nom), _precision(cls, nom)
    mots = intitule(champ.libelle)
    plusieurs = nom in _plusieurs(cls.__name__)
    type_ = TypeDeChamp.COCHES if plusieurs else TypeDeChamp.CHOIX
    if champ.nature is Nature.IDENTIFIANT:
        options = _REFERENCES[nom](milieu) if nom in _REFERENCES else ()
        if nom == "personne" and cls.__name__ == "OccupantDeclare":
            options = [*options, (NOUVEAU, "une personne qui n'est pas encore dans ce dossier")]
        if not options:
            return None
        return Controle(nom, mots, type_, requis, aide, options, _seule(options, requis))
    if options := _choix(nom, champ, milieu):
        return Controle(nom, mots, type_, requis, aide, options)
    if plusieurs:
        return Controle(nom, mots, TypeDeChamp.TEXTE, requis, "Années séparées par des virgules.")
    return _simple(cls, nom, champ, milieu, Controle(nom, mots, TypeDeChamp.TEXTE, requis, aide))


def _choix(nom: str, champ: Champ, milieu: Milieu) -> Options:
    if champ.nature is Nature.OUI_NON:
        return _OUI_NON
    if champ.liste and champ.nature is Nature.CODE:
        return list(libelles.options(champ.liste, milieu.le).items())
    return _LISTES[nom](milieu) if nom in _LISTES else ()


_PARTENAIRES: Final = frozenset({"destinataire", "instructeur"})
_OUI_NON: Final = (("oui", "oui"), ("non", "non"))
_LISTES: Final[Mapping[str, Choisir]] = MappingProxyType(
    {
        "commune": lambda m: [(c.code, c.nom) for c in libelles.communes_par_nom(m.le)],
        **{nom: (lambda m: m.partenaires) for nom in _PARTENAIRES},
        "groupes": lambda _: list(GROUPES.items()),
        "donnee": lambda m: [(d.donnee, d.libelle) for d in donnees(m.le).values()],
    }
)
"""By the name of a text that is one of a list, what there is to choose from."""


def _simple(cls: type[Evenement], nom: str, champ: Champ, milieu: Milieu, base: Controle) -> Controle:
    match champ.nature:
        case Nature.DATE:
            fin = "" if champ.moment is Moment.A_VENIR else milieu.le.isoformat()
            return replace(base, type_=TypeDeChamp.DATE, max=fin)
        case Nature.HEURE:
            return replace(base, type_=TypeDeChamp.HEURE)
        case Nature.MONTANT:
            return replace(base, type_=TypeDeChamp.MONTANT, aide=base.aide or "En euros, par exemple 1 234,56.")
        case Nature.NOMBRE | Nature.MOIS:
            return replace(base, type_=TypeDeChamp.NOMBRE)
        case _:
            longueur = _longueur(cls.__name__, nom)
            defaut = milieu.siret if nom == "etude_siret" else ""
            return replace(
                base,
                type_=TypeDeChamp.ZONE if longueur > LONG else TypeDeChamp.TEXTE,
                max=str(longueur),
                defaut=defaut,
            )


def _seule(options: Options, requis: bool) -> str:  # noqa: FBT001 - not a switch: whether the field is needed
    return options[0][0] if requis and len(options) == 1 else ""


def _precision(cls: type[Evenement], nom: str) -> str:
    """Of a field that says more of some codes of another one: which."""
    if nom not in cls.PRECISE:
        return ""
    autre, codes = cls.PRECISE[nom]
    decrit = champs(cls)[autre]
    mots = sorted("oui" if c is True else libelle(decrit.liste or "", str(c)) for c in codes)
    return f"Seulement si « {decrit.libelle} » est : {', '.join(mots)}."


@cache
def _annotations(nom: str) -> Mapping[str, Any]:
    return get_type_hints(catalogue()[nom], include_extras=True)


@cache
def _plusieurs(nom: str) -> frozenset[str]:
    """The fields of an act that hold several values."""
    return frozenset(champ for champ, dite in _annotations(nom).items() if any(p is tuple for p in _origines(dite)))


def _origines(annotation: Any) -> Iterator[Any]:  # noqa: ANN401 - an annotation
    yield get_origin(annotation)
    for partie in get_args(annotation):
        yield from _origines(partie)


def _requis(cls: type[Evenement], nom: str) -> bool:
    champ = cls.__dataclass_fields__[nom]
    return champ.default is MISSING and champ.default_factory is MISSING


@cache
def _longueur(acte: str, nom: str) -> int:
    def bornes(annotation: Any) -> Iterator[int]:  # noqa: ANN401 - an annotation
        yield from (m.max_length for m in getattr(annotation, "__metadata__", ()) if isinstance(m, MaxLen))
        for partie in get_args(annotation):
            yield from bornes(partie)

    return min(bornes(_annotations(acte)[nom]), default=LONG)


# what was typed --------------------------------------------------------------------------------------------------


_ENTIER: Final = re.compile(r"\d{1,9}", re.ASCII)
_EUROS: Final = re.compile(r"(\d{1,9})(?:[,.](\d{1,2}))?", re.ASCII)
_BLANCS: Final = re.compile(r"[\s\u00a0\u202f]")


def _lire(cls: type[Evenement], controle: Controle, valeurs: Mapping[str, str], cle: str) -> Any:  # noqa: ANN401 - any
    """The value of a control; None where nothing was typed. ``ValueError``: the sentence of what is wrong with it."""
    nom, texte = controle.nom, valeurs.get(controle.nom, "").strip()
    if controle.type_ is TypeDeChamp.COCHES:
        return [code for code, _ in controle.options if valeurs.get(f"{nom}.{code}")]
    if not texte:
        return None
    if controle.type_ is TypeDeChamp.CHOIX:
        return _choisi(cls, controle, texte, cle)
    if controle.type_ is TypeDeChamp.TEXTE and champs(cls)[nom].nature is Nature.NOMBRE:
        return [_entier(morceau) for morceau in re.split(r"[\s,;]+", texte) if morceau]
    return _LECTURES[controle.type_](texte)


def _choisi(cls: type[Evenement], controle: Controle, texte: str, cle: str) -> Any:  # noqa: ANN401 - likewise
    if texte not in dict(controle.options):
        raise ValueError("Choisissez dans la liste.")
    if texte == NOUVEAU:
        return str(uuid5(UUID(cle), controle.nom))
    if champs(cls)[controle.nom].nature is Nature.OUI_NON:
        return texte == "oui"
    return texte


def _centimes(texte: str) -> int:
    lu = _EUROS.fullmatch(_BLANCS.sub("", texte).removesuffix("€"))
    if lu is None:
        raise ValueError("Écrivez un montant en euros, par exemple 1 234,56.")
    return int(lu[1]) * 100 + int((lu[2] or "").ljust(2, "0"))


def _entier(texte: str) -> int:
    if not _ENTIER.fullmatch(_BLANCS.sub("", texte)):
        raise ValueError("Écrivez un nombre entier, par exemple 3.")
    return int(_BLANCS.sub("", texte))


_LECTURES: Final[Mapping[TypeDeChamp, Callable[[str], Any]]] = MappingProxyType(
    {TypeDeChamp.MONTANT: _centimes, TypeDeChamp.NOMBRE: _entier}
    | dict.fromkeys((TypeDeChamp.TEXTE, TypeDeChamp.ZONE, TypeDeChamp.DATE, TypeDeChamp.HEURE), str)
)
