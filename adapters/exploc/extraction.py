"""What the ledger holds of source EXPLOC, written as a lot that is read back as it was, and what of it was withdrawn.

Pure, from what a reader is shown of a case. A row is an act as it was told, under the household and the dwelling that
its case has from EXPLOC. What was withdrawn, corrected or erased since is no row; nor is an act of which a compulsory
column is not shown.
"""

import io
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date
from typing import Any, Final, NamedTuple

import orjson

from adapters.exploc.actes import SOURCE
from adapters.exploc.fichier import COLONNES
from adapters.gate.extraction import Communiques, Extraction, Rangees
from adapters.mots.tableur import ecrire_rangees, proteger
from ledger import catalogue as ev
from ledger.catalogue import Fait
from ledger.droit.communes import commune_actuelle
from ledger.reader import Lecture

_ACTES: Final = frozenset[type[ev.Evenement]](ev.ACTES.values())
_CODES: Final[Mapping[str, str]] = {cls.__name__: code for code, cls in ev.ACTES.items()}
_LOGEMENTS: Final[tuple[type[ev.Evenement], ...]] = (ev.DossierOuvert, ev.LogementDeclare)
_NOMS_DES_LOGEMENTS: Final = frozenset(cls.__name__ for cls in _LOGEMENTS)
_DU_LOGEMENT: Final = ("parc", "bailleur_siret", "bailleur_nom", "adresse", "code_postal", "commune", "id_rpls")
_DU_TITULAIRE: Final = ("nom", "prenoms", "date_naissance")
_DATES: Final = frozenset({"date_acte", "date_reception", "date_naissance", "dette_arretee_au", "date_audience"})
_MONTANTS: Final = frozenset({"loyer", "charges", "dette"})
_REQUISES: Final = ("ref_acte", "etude_siret", "nom", "commune_insee")


def _ligne(cellules: Sequence[object]) -> bytes:
    flux = io.StringIO(newline="")
    ecrire_rangees(flux, [cellules])
    return flux.getvalue().encode()


ENTETE: Final = _ligne(COLONNES)


class _Declaration(NamedTuple):
    """What a fact says of the dwelling, or of who holds the lease: its rank in the case, and on whose word."""

    rang: int
    d_exploc: bool
    valeurs: dict[str, Any]


def _tenue(declarations: Iterable[_Declaration], rang: int) -> Mapping[str, Any]:
    """The one that an act is told under: EXPLOC's before a partner's, the last by then before the first that came."""
    tenues = sorted(declarations, key=lambda d: (not d.d_exploc, d.rang > rang, abs(d.rang - rang)))
    return tenues[0].valeurs if tenues else {}


def _d_exploc(dit: Mapping[str, Any]) -> bool:
    return bool(dit["auteur"]) and dit["auteur"]["systeme"] == SOURCE


def _rangees(dits: Communiques, voulus: Collection[str]) -> Rangees:
    """The rows of these acts of a case."""
    tiennent = [dit for dit in dits if dit["corrige_par"] is None]
    logements, titulaires = _declarations(tiennent)
    for rang, dit in enumerate(tiennent):
        if dit["id"] in voulus:
            rangee = _rangee(dit, {**_tenue(logements, rang), **_tenue(titulaires, rang)})
            if rangee:
                yield dit["id"], rangee


def _declarations(dits: Communiques) -> tuple[list[_Declaration], list[_Declaration]]:
    """Of the dwelling, and of who holds its lease. A landlord who is a person is named apart, after the dwelling."""
    logements: list[_Declaration] = []
    titulaires: list[_Declaration] = []
    for rang, dit in enumerate(dits):
        champs, d_exploc = dit["champs"], _d_exploc(dit)
        if dit["type"] in _NOMS_DES_LOGEMENTS:
            ouverture = logements[0].valeurs if logements else {}
            place = {nom: champs.get(nom, ouverture.get(nom)) for nom in ("parc", "commune")}
            dite = {nom: champs.get(nom) for nom in _DU_LOGEMENT} | place
            logements.append(_Declaration(rang, d_exploc, dite))
        elif dit["type"] == "OccupantDeclare" and champs.get("qualite") == "BAILLEUR":
            du_bailleur = [lieu.valeurs for lieu in logements if lieu.d_exploc is d_exploc][-1:]
            for valeurs in du_bailleur:
                valeurs["bailleur_nom"] = valeurs["bailleur_nom"] or champs.get("nom")
        elif dit["type"] == "OccupantDeclare" and champs.get("qualite") in {"TITULAIRE", "COTITULAIRE"}:
            titulaires.append(_Declaration(rang, d_exploc, {nom: champs.get(nom) for nom in _DU_TITULAIRE}))
    return logements, titulaires


def _rangee(dit: Mapping[str, Any], menage: Mapping[str, Any]) -> bytes:
    """The row of an act; empty where a compulsory column is not known to who reads it."""
    commune = commune_actuelle(menage.get("commune") or "", date.fromisoformat(dit["survenu_le"]))
    valeurs = {
        **dit["champs"],
        **menage,
        "ref_dossier": dit["champs"].get("reference_source"),
        "type_acte": _CODES[dit["type"]],
        "date_acte": dit["survenu_le"],
        "commune_insee": commune and commune.code,
    }
    if not all(valeurs.get(nom) for nom in _REQUISES):
        return b""
    return _ligne([_cellule(nom, valeurs.get(nom)) for nom in COLONNES])


def _cellule(nom: str, valeur: object) -> str:
    if valeur is None:
        return ""
    if nom in _DATES:
        return date.fromisoformat(str(valeur)).strftime("%d/%m/%Y")
    if nom in _MONTANTS and isinstance(valeur, int):
        return f"{valeur // 100},{valeur % 100:02}"
    return proteger(str(valeur))


def _retraits(dits: Communiques, voulus: Collection[str]) -> Rangees:
    """What these withdrawals take back of a case, where it is shown what it was."""
    par_id = {dit["id"]: dit for dit in dits}
    for retrait in dits:
        acte = par_id.get(retrait["champs"].get("corrige", ""))
        if retrait["id"] in voulus and acte and acte["champs"].get("ref_acte") and acte["champs"].get("etude_siret"):
            dit = {
                "etude_siret": acte["champs"]["etude_siret"],
                "type_acte": _CODES[acte["type"]],
                "ref_acte": acte["champs"]["ref_acte"],
                "date_acte": acte["survenu_le"],
                "motif": retrait["champs"].get("motif", ""),
            }
            yield retrait["id"], orjson.dumps(dit)


def _tient(fait: Fait, lecture: Lecture) -> bool:
    return not lecture.etat.corrige(fait.enveloppe.id)


def _retire_un_acte_d_exploc(fait: Fait, lecture: Lecture) -> bool:
    retire = fait.evenement.corrige if isinstance(fait.evenement, ev.FaitCorrige) else None
    return any(
        cible.enveloppe.id == retire and cible.enveloppe.source == SOURCE and type(cible.evenement) in _ACTES
        for cible in lecture.faits
    )


LOTS: Final = Extraction("exploc lots", _ACTES, _ACTES | {*_LOGEMENTS, ev.OccupantDeclare}, SOURCE, _tient, _rangees)
"""The acts of source EXPLOC, as the rows of a lot."""
RETRAITS: Final = Extraction(
    "exploc retraits",
    frozenset({ev.FaitCorrige}),
    _ACTES | {ev.FaitCorrige},
    None,
    _retire_un_acte_d_exploc,
    _retraits,
)
"""Those of them that were withdrawn."""
