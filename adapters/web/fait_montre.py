"""One fact as the gate answered it, in words: who told it, when, what of it, and whether it still says something."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType
from typing import Any, Final
from uuid import UUID

from adapters.mots import libelles
from adapters.mots.valeurs import ecrire
from ledger.catalogue import Nature, catalogue, champs
from ledger.droit.listes import libelle
from policies.decision import GROUPES

Document = Mapping[str, Any]
Noms = Callable[[str], str]
"""Who a code or a SIRET is; what was asked where nobody knows."""


@dataclass(frozen=True, slots=True)
class Declarant:
    """Who told a fact: organisation, role, and the source system that it is known from."""

    organisation: str
    role: str
    systeme: str


@dataclass(frozen=True, slots=True)
class FaitMontre:
    """One fact, in words. ``valeurs`` are (name, value) pairs; ``brut`` keeps the fields as the gate gave them."""

    id: str
    type: str
    titre: str
    groupe: str
    le: str
    enregistre: str
    auteur: Declarant
    finalite: str
    valeurs: tuple[tuple[str, str], ...]
    efface: str
    corrige_par: str
    corrige: str
    brut: Mapping[str, Any]

    @property
    def tient(self) -> bool:
        """Whether it still says something: neither corrected nor erased."""
        return not self.corrige_par and not self.efface

    def mot(self, champ: str) -> str:
        """A field in words; nothing where it is not communicated."""
        valeur = self.brut.get(champ)
        return "" if valeur is None else ecrire(champs(catalogue()[self.type])[champ], valeur)


def montrer(f: Mapping[str, Any], noms: Noms) -> FaitMontre:
    """A fact as the gate answered it, in words."""
    nom = f["type"]
    decrits = champs(catalogue()[nom])
    contenu = {c: _plain(v) for c, v in f["champs"].items()}
    le = date.fromisoformat(f["survenu_le"])
    valeurs = tuple(
        (intitule(decrits[c].libelle), en_mots(nom, c, v, le, noms))
        for c, v in contenu.items()
        if c in decrits and v not in (None, []) and decrits[c].nature is not Nature.IDENTIFIANT
    )
    return FaitMontre(
        id=str(f["id"]),
        type=nom,
        titre=libelles.evenement(nom),
        groupe=catalogue()[nom].GROUPE,
        le=_moment(f["survenu_le"], f.get("heure")),
        enregistre=libelles.instant(f["enregistre_le"]) if f.get("enregistre_le") else "",
        auteur=declarant(f.get("auteur")),
        finalite=libelles.finalite(f.get("finalite") or ""),
        valeurs=(*valeurs, *_precisions(f)),
        efface=_efface(f),
        corrige_par=str(f.get("corrige_par") or ""),
        corrige=str(f.get("corrige") or ""),
        brut=MappingProxyType({**contenu, "__le": f["survenu_le"]}),
    )


def declarant(auteur: Mapping[str, Any] | None) -> Declarant:
    """Who told something, as the gate names it; where it does not, that it does not."""
    dit = auteur or {}
    return Declarant(
        dit.get("organisation") or "auteur non communiqué",
        libelles.role(dit.get("role") or ""),
        dit.get("systeme") or "",
    )


def en_mots(type_: str, champ: str, valeur: Any, le: date, noms: Noms = str) -> str:  # noqa: ANN401 - likewise
    """A value of a fact: organisations and places by their name. ``le``: of which day the list of communes is."""
    if champ == "commune":
        return commune_dite(str(valeur), le)
    if champ == "groupes":
        return ", ".join(GROUPES.get(groupe, groupe) for groupe in valeur)
    return _nommer(champ, valeur, noms) or ecrire(champs(catalogue()[type_])[champ], valeur)


_ORGANISATIONS: Final = frozenset({"bailleur_siret", "etude_siret", "destinataire", "instructeur"})


def _nommer(champ: str, valeur: Any, noms: Noms) -> str:  # noqa: ANN401 - whatever a field holds
    """The name of an organisation that a field gives by its code or SIRET, where the registry knows it."""
    if champ not in _ORGANISATIONS or not isinstance(valeur, str):
        return ""
    nom = noms(valeur)
    return "" if nom == valeur else f"{nom} (SIRET {valeur})" if champ.endswith("_siret") else nom


def _efface(f: Mapping[str, Any]) -> str:
    """That a fact was erased, and when if a day is known."""
    if not f.get("efface"):
        return ""
    return f"effacé le {libelles.jour(f['efface_le'])}" if f.get("efface_le") else "effacé"


def _moment(jour: str, heure: str | None) -> str:
    return libelles.jour(jour) + (f" à {libelles.heure(heure)}" if heure else "")


def _precisions(f: Mapping[str, Any]) -> Iterable[tuple[str, str]]:
    """Why a fact corrects another, and under which article it was told."""
    if motif := f.get("motif_correction"):
        yield "Motif de la correction", libelle("motif_correction", motif)
    if article := f.get("reference_legale"):
        yield "Référence légale", article


def _plain(valeur: Any) -> Any:  # noqa: ANN401 - whatever a field holds
    """A value as JSON would carry it: the gate hands over dates and ids, its API writes them."""
    if isinstance(valeur, date):
        return valeur.isoformat()
    if isinstance(valeur, list | tuple):
        return [_plain(v) for v in valeur]
    return str(valeur) if isinstance(valeur, UUID) else valeur


_POUR_LES_MACHINES: Final = (", en centimes", " (code INSEE)", " (code du registre)")
"""What the catalogue says of how a value is written, and that no screen shows."""


def intitule(libelle: str) -> str:
    """What a field is called on a screen, of its words in the catalogue."""
    for precision in _POUR_LES_MACHINES:
        libelle = libelle.removesuffix(precision)
    return libelle[:1].upper() + libelle[1:]


def commune_dite(insee: str | None, le: date) -> str:
    """The name that a commune has on a day."""
    return libelles.commune(insee, le) if insee else ""
