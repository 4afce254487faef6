"""What a text may hold, wherever it is typed: no NIR, no character that nobody should be shown, no name of nothing."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache
from typing import Any, Final
from uuid import UUID

import orjson

from adapters.gate.corps import Faute
from ledger.catalogue import Champ, Evenement, Nature, catalogue, champs
from ledger.nir import assez_de_chiffres, contient_nir, est_identifiant, identifiant_porte_nir
from ledger.noms import INTERDITS, est_cle, est_logement, est_siret, factice, visible
from policies.decision import GROUPES

NIR_REFUSE: Final = "Ce texte ressemble à un numéro de sécurité sociale (NIR) : il ne s'écrit nulle part, retirez-le."
CLE_ATTENDUE: Final = (
    "Donnez une clé d'idempotence : 1 à 200 caractères ASCII imprimables, sans espace, une par contribution."
)
NOMS: Final = ("nom", "prenoms", "bailleur_nom")
REFERENCES: Final = ("reference_source", "ref_acte", "num_rg")
"""Numbers that machines give: long ones, where 13 digits prove nothing."""

_CLE: Final = re.compile(r"[!-~]{1,200}")
_LONGUEUR_LUE: Final = 1000
"""Twice the longest text of the catalogue: what is longer is refused for that, and is not gone through."""
_PROFONDEUR: Final = 12
HEURE: Final = re.compile(r"([01][0-9]|2[0-3]):[0-5][0-9]")
HEURE_ATTENDUE: Final = "Une heure HH:MM est attendue, de 00:00 à 23:59."
_IDENTIFIANTS: Final = frozenset({"dossier", "demande", "corrige", "message"})


def porte_nir(texte: str, champ: str = "") -> bool:
    """Whether a NIR was typed there. In a reference and in an opaque id, 13 digits prove nothing: a key is asked."""
    if est_identifiant(texte) and champ in _identifiants():
        return identifiant_porte_nir(texte)
    return contient_nir(texte, cle_exigee=champ in REFERENCES)


def cle_valable(cle: str) -> bool:
    """Whether an idempotency key is one: short, opaque, without spaces. It is hashed, and shown nowhere."""
    return _CLE.fullmatch(cle) is not None and not cle_porte_nir(cle)


def cle_porte_nir(cle: str) -> bool:
    """Whether a key holds a NIR with its right key; time stamps and ids look like those without."""
    return identifiant_porte_nir(cle) if est_identifiant(cle) else contient_nir(cle, cle_exigee=True)


def fautes_des_textes(corps: object) -> list[Faute]:
    """What no text of a body may hold, keys included: a NIR, a forbidden character."""
    ecrit = orjson.dumps(corps)
    # Most bodies are short, plain, and hold no thirteen digits in a row: they are not gone through, text by text.
    anodin = (
        len(ecrit) <= _LONGUEUR_LUE
        and ecrit.count(b"{") + ecrit.count(b"[") <= _PROFONDEUR
        and ecrit.isascii()
        and b"\\" not in ecrit
        and not INTERDITS.search(texte := ecrit.decode())
        and not assez_de_chiffres(texte)
    )
    return [] if anodin else list(_textes_interdits(corps, ""))


def _textes_interdits(valeur: object, champ: str, nom: str = "", profondeur: int = 0) -> Iterator[Faute]:
    """The same, text by text. ``nom``: the field that it stands in."""
    if profondeur > _PROFONDEUR:
        yield Faute(champ, "profondeur", "Ces données sont trop imbriquées.")
        return
    match valeur:
        case str():
            if len(valeur) > _LONGUEUR_LUE:
                yield Faute(champ, "texte_long", "Ce texte est trop long.")
                return
            if INTERDITS.search(valeur):
                yield Faute(champ, "caractere", "Ce texte contient un caractère interdit.")
            if porte_nir(valeur, nom):
                yield Faute(champ, "nir", NIR_REFUSE)
        case dict():
            for cle, contenu in valeur.items():
                # Only our own names are repeated: a name of the household can be typed as a key.
                lieu = f"{champ}.{cle}".strip(".") if cle in _connus() else champ
                yield from _textes_interdits(cle, lieu, "", profondeur + 1)
                yield from _textes_interdits(contenu, lieu, cle, profondeur + 1)
        case list():
            for rang, contenu in enumerate(valeur):
                yield from _textes_interdits(contenu, f"{champ}.{rang}".strip("."), nom, profondeur + 1)


@cache
def _connus() -> frozenset[str]:
    corps = {"evenements", "donnees", "logement", "titulaire", "type", "survenu_le", "corrige", "demande", "source"}
    corps |= {
        "actes",
        "au",
        "redemandees",
        "vers",
        "information_menage",
        "heure",
        "motif_correction",
        "reference_legale",
    }
    corps |= {
        "instance",
        "le",
        "salle",
        "deliberatifs",
        "consultatifs",
        "suppleants",
        "annulee",
        "quorum",
        "quorum_ref",
    }
    corps |= {"presents", "excuses", "absents", "url", "courriel", "geste", "code", "cle"}
    return frozenset(corps | {nom for cls in catalogue().values() for nom in champs(cls)})


@cache
def _identifiants() -> frozenset[str]:
    """The fields that hold an opaque id."""
    return _IDENTIFIANTS | {
        nom for cls in catalogue().values() for nom, c in champs(cls).items() if c.nature is Nature.IDENTIFIANT
    }


def nets(corps: Mapping[str, Any]) -> dict[str, Any]:
    """The same fields, their texts trimmed; of a name, what cannot be seen is taken off."""
    return {
        nom: (visible(valeur) if nom in NOMS else valeur.strip()) if isinstance(valeur, str) else valeur
        for nom, valeur in corps.items()
    }


def noms_muets(saisi: object, champ: str) -> Iterator[Faute]:
    """A name of nothing, or a stand-in: it would name all those who have none."""
    for nom in NOMS:
        valeur = getattr(saisi, nom, None)
        if valeur and factice(valeur):
            message = "Ce n'est pas un nom : donnez celui des papiers, ou laissez le champ vide s'il peut l'être."
            yield Faute(f"{champ}.{nom}".strip("."), "nom", message)


def fausses_cles(e: Evenement, champ: str) -> Iterator[Faute]:
    """A number that is none would join two households, or two acts."""
    logement = getattr(e, "id_rpls", None)
    if logement is not None and not est_logement(logement):
        yield Faute(f"{champ}.id_rpls", "id_rpls", "Un numéro RPLS est fait de dix chiffres : sinon, laissez vide.")
    elif logement is not None and getattr(e, "parc", None) not in {None, "SOCIAL"}:
        yield Faute(f"{champ}.id_rpls", "id_rpls", "Le numéro RPLS n'existe que dans le parc social : laissez vide.")
    for nom in REFERENCES:
        valeur = getattr(e, nom, None)
        if valeur is not None and not est_cle(valeur):
            message = "Ce n'est pas une référence : ni mention (« NC »), ni nombre abîmé par un tableur ; sinon, vide."
            yield Faute(f"{champ}.{nom}", "reference", message)


_SIRET: Final = est_siret, "Un SIRET de 14 chiffres est attendu, avec sa clé."
_CODES_EN_CLAIR: Final[Mapping[str, tuple[Callable[[str], object], str]]] = {
    "bailleur_siret": _SIRET,
    "etude_siret": _SIRET,
    "commune": (re.compile(r"[0-9][0-9AB][0-9]{3}").fullmatch, "Un code INSEE de commune est attendu."),
    "groupes": (
        re.compile("|".join(GROUPES)).fullmatch,
        "Un groupe de champs est attendu : voir GET /v1/nomenclatures.",
    ),
}


def fausses_heures(e: Evenement, champ: str) -> Iterator[Faute]:
    """An hour that no clock shows."""
    for nom, decrit in champs(type(e)).items():
        if decrit.nature is Nature.HEURE and (dite := getattr(e, nom)) is not None and not HEURE.fullmatch(dite):
            yield Faute(f"{champ}.{nom}", "heure", HEURE_ATTENDUE)


def mots_en_clair(e: Evenement, champ: str) -> Iterator[Faute]:
    """What stands in clear is a code: a name typed in its place would be in clear for ever."""
    for nom, (admis, message) in _CODES_EN_CLAIR.items():
        valeur = getattr(e, nom, None)
        if any(not admis(dit) for dit in ([valeur] if isinstance(valeur, str) else valeur or ())):
            yield Faute(f"{champ}.{nom}", "code", message)


Verification = Callable[[Evenement, str], Iterator[Faute]]
_CONTROLES: Final[Mapping[Verification, Callable[[str, Champ], bool]]] = {
    mots_en_clair: lambda nom, _: nom in _CODES_EN_CLAIR,
    noms_muets: lambda nom, _: nom in NOMS,
    fausses_cles: lambda nom, _: nom in {"id_rpls", *REFERENCES},
    fausses_heures: lambda _, champ: champ.nature is Nature.HEURE,
}
"""What the values of an event are held against, and the fields that each is for."""


_DE: Final[Mapping[type[Evenement], Sequence[Verification]]] = {
    cls: [controle for controle, de in _CONTROLES.items() if any(de(nom, champ) for nom, champ in champs(cls).items())]
    for cls in catalogue().values()
}


def fautes_des_valeurs(e: Evenement, champ: str) -> list[Faute]:
    """What no field of an event may hold, well typed as it is: a name in the place of a code, a number that is none."""
    return [faute for controle in _DE[type(e)] for faute in controle(e, champ)]


def uuid_ou_rien(valeur: object) -> UUID | None:
    """The id that a text writes, if it writes one; a NIR made to look so is none."""
    try:
        return UUID(valeur) if isinstance(valeur, str) and not identifiant_porte_nir(valeur) else None
    except ValueError:
        return None
