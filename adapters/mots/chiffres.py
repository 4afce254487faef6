"""The charter's figures in words: what pages and papers say of what the gate publishes, and what they reckon from it.

Pure, from its answers alone: what is hidden there is hidden here, and nothing is reckoned from it.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from adapters.mots.libelles import commune, montant, par_mot
from ledger.droit.indicateurs import Objectif, objectifs
from ledger.droit.jours import INSECABLE, en_francais

Publie = Mapping[str, Any]
"""One indicator of a year, as the gate gives it."""
Retrace = Mapping[str, Any]
"""Some years and one along each axis, as the gate gives them."""

TU: Final = "tu"
"""Stands for a figure that would tell of a few households."""
NON_ARRETE: Final = "pas arrêté"
SANS: Final = "–"
"""Stands for a line that a table does not have."""
POURQUOI_TU: Final = (
    "« tu » : ce chiffre, ou ce qu'il laisserait d'un autre, dirait ce qu'il en est de moins de cinq ménages. "
    f"« {SANS} » : rien n'est gardé de cette commune."
)
COLONNES: Final = ("annee", "code", "libelle", "axe", "cle", "etat", "valeur", "sur", "premiere", "arrete_le")
"""What an export has of each figure."""
ACTES: Final = ("8", "9", "10", "11", "13", "O5")
"""The acts of the procedure that are counted by commune, in its order."""
JUGEMENTS: Final = "O1"
"""What says how many judgments there were: they are what it is a share of."""
_ASSIGNATIONS: Final = "9"
_COURTS: Final[Mapping[str, str]] = {
    "8": "Commandements de payer",
    "9": "Assignations",
    "10": "Commandements de quitter les lieux",
    "11": "Concours requis",
    "13": "Concours accordés",
    "O5": "Expulsions",
}


@dataclass(frozen=True, slots=True)
class ChiffreDit:
    """A figure: in words, and as a number where it is published (a share is per cent)."""

    texte: str
    nombre: float | None = None
    premiere: str = ""
    """What it was when it was first kept, where it is another."""


@dataclass(frozen=True, slots=True)
class SuiviDObjectif:
    """An objective of the charter against what is published: year after year, and where it goes."""

    objectif: Objectif
    libelle: str
    annees: tuple[tuple[int, ChiffreDit], ...]
    ruptures: tuple[tuple[date, str], ...]
    un_an: str
    depuis: str
    verdict: str


@dataclass(frozen=True, slots=True)
class SuiviDIndicateur:
    """One indicator, year after year."""

    code: str
    libelle: str
    producteur: str
    legal_ref: str
    annees: tuple[tuple[int, ChiffreDit], ...]
    ruptures: tuple[tuple[date, str], ...]


@dataclass(frozen=True, slots=True)
class ActesComptes:
    """One act of the procedure in a year: in all, and by commune."""

    code: str
    libelle: str
    total: ChiffreDit
    par_commune: Mapping[str, ChiffreDit]


def dire(publie: Publie | None) -> ChiffreDit:
    """A figure of an indicator, or why there is none."""
    if publie is None or publie["etat"] == "non_arrete":
        return ChiffreDit(NON_ARRETE)
    if publie["etat"] == "trop_peu":
        return ChiffreDit(TU)
    valeur, sur, premiere = publie["valeur"], publie["sur"], publie["premiere"]
    match publie["calcul"]:
        case "dette_mediane":
            avant = montant(premiere) if premiere not in {None, valeur} else ""
            return ChiffreDit(f"{montant(valeur)} ({nombre(sur)} ménages)", valeur / 100, avant)
        case "part" | "suivi":
            taux = 100 * valeur / sur if sur else None
            dit = f"{nombre(valeur)} sur {nombre(sur)}"
            return ChiffreDit(dit if taux is None else f"{pour_cent(taux)} ({dit})", taux)
        case _:
            return ChiffreDit(nombre(valeur), valeur, nombre(premiere) if premiere not in {None, valeur} else "")


def nombre(n: int) -> str:
    """A whole number as the French write it."""
    return f"{n:,}".replace(",", "\u202f")


def pour_cent(taux: float, *, signe: bool = False) -> str:
    """A rate, to one decimal; ``signe``: as a move."""
    dit = f"{abs(taux):.1f}".replace(".", ",")
    avant = "" if dit == "0,0" or (taux > 0 and not signe) else f"+{INSECABLE}" if taux > 0 else f"−{INSECABLE}"
    return f"{avant}{dit}{INSECABLE}%"


def suivis(retrace: Retrace) -> tuple[SuiviDIndicateur, ...]:
    """Each indicator of the year, and what it was in those before."""
    par_an = [(a["annee"], {i["code"]: i for i in a["indicateurs"]}) for a in retrace["annees"]]
    return tuple(
        SuiviDIndicateur(
            i["code"],
            i["libelle"],
            i["producteur"],
            i["legal_ref"],
            tuple((annee, dire(dits.get(i["code"]))) for annee, dits in par_an),
            tuple((date.fromisoformat(r["le"]), r["texte"]) for r in i["ruptures"]),
        )
        for i in retrace["annees"][-1]["indicateurs"]
    )


def objectifs_suivis(retrace: Retrace) -> tuple[SuiviDObjectif, ...]:
    """The objectives that hold in the year, against what is published."""
    par_code = {s.code: s for s in suivis(retrace)}
    return tuple(_suivre(o, par_code[o.code]) for o in objectifs(retrace["annee"]) if o.code in par_code)


def _suivre(objectif: Objectif, suivi: SuiviDIndicateur) -> SuiviDObjectif:
    connus = [(annee, dit.nombre) for annee, dit in suivi.annees if dit.nombre is not None]
    derniere = suivi.annees[-1][0]
    if len(connus) < 2 or connus[-1][0] != derniere:  # noqa: PLR2004 - a move has two ends
        manque = "pas assez d'années arrêtées et publiées"
        return SuiviDObjectif(objectif, suivi.libelle, suivi.annees, suivi.ruptures, "", "", manque)
    dernier, avant, premier = connus[-1], connus[-2], connus[0]
    return SuiviDObjectif(
        objectif,
        suivi.libelle,
        suivi.annees,
        suivi.ruptures,
        _evolution(avant, dernier),
        _evolution(premier, dernier, par_an=objectif.duree == "AN") if premier != avant else "",
        _verdict(objectif, premier, avant[1], dernier),
    )


def _evolution(de: tuple[int, float], a: tuple[int, float], *, par_an: bool = False) -> str:
    """The move from one year to another, in per cent of the first."""
    if not de[1]:
        return f"depuis {de[0]} : sans mesure, le premier chiffre est nul"
    dit = f"{pour_cent(100 * (a[1] / de[1] - 1), signe=True)} depuis {de[0]}"
    if par_an and a[0] - de[0] > 1:
        dit += f", soit {pour_cent(_moyen(de, a), signe=True)} par an en moyenne"
    return dit


def _moyen(de: tuple[int, float], a: tuple[int, float]) -> float:
    """The move of each year that would have made it, to the decimal that is shown."""
    return round(100 * (float((a[1] / de[1]) ** (1 / (a[0] - de[0]))) - 1), 1)


def _verdict(o: Objectif, premier: tuple[int, float], avant: float, dernier: tuple[int, float]) -> str:
    """Whether it goes where the charter wants; of a pace that it wants each year, whether it was held."""
    sens = 1 if o.sens == "HAUSSE" else -1
    if o.duree == "AN" and o.taux and premier[1]:
        return "rythme tenu" if sens * _moyen(premier, dernier) >= o.taux else "rythme non tenu"
    ecart = sens * (dernier[1] - avant)
    return "dans le sens visé" if ecart > 0 else "à l'inverse du sens visé" if ecart < 0 else "sans changement"


def actes(retrace: Retrace) -> tuple[ActesComptes, ...]:
    """The acts of the procedure in the year, in all and by commune."""
    dits = {i["code"]: i for i in retrace["commune"]["indicateurs"]}
    return tuple(
        ActesComptes(
            code,
            _COURTS[code],
            dire(dits[code]),
            {
                x["cle"]: ChiffreDit(TU) if x["valeur"] is None else ChiffreDit(nombre(x["valeur"]), x["valeur"])
                for x in dits[code]["par"]
            },
        )
        for code in ACTES
        if code in dits
    )


def _ligne(valeur: int | None) -> ChiffreDit:
    return ChiffreDit(TU) if valeur is None else ChiffreDit(nombre(valeur), valeur)


def de_bout_en_bout(retrace: Retrace) -> list[tuple[str, ChiffreDit]]:
    """The acts of the year in the order of the procedure, judgments among them."""
    noms = [(acte.code, acte.libelle, acte.total) for acte in actes(retrace)]
    rang = next((n for n, (code, *_) in enumerate(noms, 1) if code == _ASSIGNATIONS), 0)
    noms.insert(rang, ("", "Jugements", _jugements(retrace)))
    return [(nom, dit) for _, nom, dit in noms]


def _jugements(retrace: Retrace) -> ChiffreDit:
    """How many judgments the year had: no commune is kept of them."""
    dit = next((i for i in retrace["annees"][-1]["indicateurs"] if i["code"] == JUGEMENTS), None)
    if dit is None or dit["etat"] != "arrete":
        return dire(dit)
    return ChiffreDit(nombre(dit["sur"]), dit["sur"])


def communes_dites(comptes: Sequence[ActesComptes], annee: int) -> list[tuple[str, str]]:
    """The communes of which something is kept, by name: code and name."""
    fin = date(annee, 12, 31)
    codes = {code for f in comptes for code in f.par_commune}
    return par_mot((code, commune(code, fin)) for code in codes)


def rupture_dite(le: date, texte: str) -> str:
    """A break of a series, in words."""
    return f"depuis le {en_francais(le)}, {texte}"


def rangees(rendu: Mapping[str, Any]) -> Iterator[list[object]]:
    """The rows of an export of a year: of each indicator its total, then its lines along the axis."""
    for i in rendu["indicateurs"]:
        tete, fin = [rendu["annee"], i["code"], i["libelle"]], [i["sur"], i["premiere"], i["arrete_le"]]
        yield [*tete, "departement", "", i["etat"], i["valeur"], *fin]
        for ligne in i["par"]:
            etat = "trop_peu" if ligne["valeur"] is None else i["etat"]
            yield [*tete, rendu["axe"], ligne["cle"], etat, ligne["valeur"], None, None, i["arrete_le"]]


def a_exporter(retrace: Retrace) -> list[list[object]]:
    """What an export holds: each of the years, then the last one by stock and by commune."""
    par_axe = [ligne for axe in ("parc", "commune") for ligne in rangees(retrace[axe]) if ligne[3] == axe]
    return [*(ligne for annee in retrace["annees"] for ligne in rangees(annee)), *par_axe]
