"""The clocks of a case on a line of days, drawn as SVG: pure geometry, no style but class names (strict CSP).

It draws the clocks of the gate's answer and no other, each from the day of the act that it is counted from, where that
act is on the page. What runs, has come to something, is suspended or cannot be counted is told apart by the shape of
its end and the line of its bar before its colour. The lists beside it say the same.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from textwrap import wrap
from typing import Any, Final

from adapters.mots.libelles import jour
from adapters.web.courbe import Graduation, chemin, mois_de, mois_sous
from ledger.droit.jours import dans
from ledger.droit.listes import libelle
from ledger.droit.treves import treve

RANGEES_MAX: Final = 12
"""Clocks that are drawn: those that run, then the last that have come to something."""
_HORIZON: Final = 12
"""Months on either side of the day asked for; a bar that goes further is cut, and says so by an arrow."""
_INTERLIGNE: Final = 17
_BARRE: Final = 12
_AIR: Final = 16

GENRES: Final[Mapping[str, str]] = {
    "court": "en cours",
    "a-venir": "à venir",
    "suspendu": "suspendu",
    "inconnu": "impossible à calculer",
    "abouti": "abouti",
}
"""The kinds of bars, and the legend's word for each."""
_FORMES: Final[Mapping[str, str]] = {"court": "losange", "a-venir": "triangle", "suspendu": "carre", "abouti": "rond"}
_ETATS: Final[Mapping[str, str]] = {
    "EN_COURS": "court",
    "EN_ATTENTE": "court",
    "OUVERTE": "court",
    "A_VENIR": "a-venir",
    "SUSPENDU": "suspendu",
    "SURSIS": "suspendu",
    "INCONNU": "inconnu",
    "INVALIDE": "inconnu",
}
_HORS_TREVE: Final = frozenset({"PERMIS", "INTERDIT_DIMANCHE_OU_FERIE"})
"""What is said of that very day alone: no period. In a winter, it says that the truce does not hold for this case."""
_SANS_PERIODE: Final = _HORS_TREVE | {"SANS_OBJET"}


@dataclass(frozen=True, slots=True)
class Cotes:
    """A drawing's width, where its days begin and end, how many letters its words have, how many months it names."""

    nom: str
    largeur: int
    gauche: int
    droite: int
    lettres: int
    abscisses: int
    dessus: bool

    @property
    def haut(self) -> int:
        """Where the first row begins, under the months and the day."""
        return 52


LARGE: Final = Cotes("large", 960, 340, 936, 40, 8, dessus=False)
ETROIT: Final = Cotes("etroit", 340, 14, 322, 42, 4, dessus=True)
"""For a telephone, words stand above their bar."""


@dataclass(frozen=True, slots=True)
class DelaiDessine:
    """One clock: what it is called, what is said of it, its kind, and its days as far as they are known."""

    libelle: str
    dit: str
    genre: str
    debut: date | None
    fin: date | None


@dataclass(frozen=True, slots=True)
class LigneEcrite:
    """A line of words of a row, and where it stands."""

    y: float
    texte: str
    forte: bool


@dataclass(frozen=True, slots=True)
class Trait:
    """One row as it is drawn: its words, its bar, the mark of its end (empty where it is cut or open)."""

    genre: str
    lignes: tuple[LigneEcrite, ...]
    x: float
    y: float
    longueur: float
    marque: str
    fleches: tuple[str, ...]
    question: tuple[float, float] | None


@dataclass(frozen=True, slots=True)
class Bande:
    """A winter truce, as far as it is on the drawing."""

    x: float
    longueur: float


@dataclass(frozen=True, slots=True)
class FriseDesDelais:
    """Everything a template needs to draw, and the sentence that says it."""

    format: Cotes
    hauteur: int
    traits: tuple[Trait, ...]
    treves: tuple[Bande, ...]
    abscisses: tuple[Graduation, ...]
    ce_jour: float
    genres: tuple[tuple[str, str, str], ...]
    description: str
    reste: int


def frises(horloges: Sequence[Mapping[str, Any]], survenus: Mapping[str, date], le: date) -> tuple[FriseDesDelais, ...]:
    """The drawings of these clocks on a day, one by width of screen; none where no clock has a day.

    ``survenus``: the day of each act that is on the page, by id.
    """
    toutes = [p for h in horloges if (p := _periode(h, survenus, le)) is not None]
    choisies = _choisies(toutes, le)
    if not choisies:
        return ()
    sans_treve = treve(le) is not None and any(h["etat"] in _HORS_TREVE for h in horloges)
    reste = len(toutes) - len(choisies)
    return tuple(_tracer(choisies, le, f, reste, en_treve=not sans_treve) for f in (LARGE, ETROIT))


def _periode(h: Mapping[str, Any], survenus: Mapping[str, date], le: date) -> DelaiDessine | None:
    dernier, premier = (date.fromisoformat(h[c]) if h[c] else None for c in ("dernier_jour", "premier_jour"))
    genre = _ETATS.get(h["etat"], "abouti")
    debut = survenus.get(h["actes"][0]) if h["actes"] else None
    fin = dernier or premier
    if h["etat"] in _SANS_PERIODE or (fin is None and (debut is None or genre not in {"suspendu", "inconnu"})):
        return None
    if h["etat"] == "SURSIS" and dernier is not None and (hiver := treve(dernier)) is not None:
        debut = hiver[0]
    if dernier is None and premier is not None and premier <= le:
        debut, fin = premier, None
    mot = libelle("etat_echeance", h["etat"])
    match genre:
        case "inconnu":
            dit = f"il manque {h['manque'][0]}" if h["manque"] else mot
        case "suspendu" if fin is None:
            dit = mot
        case _ if fin is None:
            dit = f"{mot}, depuis le {jour(debut)}" if debut else mot
        case "a-venir":
            dit = f"dès le {jour(fin)}"
        case "abouti":
            dit = f"{jour(fin)} : {mot}"
        case _:
            dit = f"{mot}, jusqu'au {jour(fin)}"
    return DelaiDessine(h["libelle"], dit, genre, debut, fin)


def _choisies(toutes: Sequence[DelaiDessine], le: date) -> list[DelaiDessine]:
    """What is drawn, from the oldest end to the latest, then what has none: all that still runs before what is past."""
    visibles = [p for p in toutes if p.genre != "abouti" or (p.fin or le) >= dans(-_HORIZON, le)]
    presents = sorted((p for p in visibles if p.genre != "abouti"), key=lambda p: p.fin or date.max)[:RANGEES_MAX]
    passes = sorted((p for p in visibles if p.genre == "abouti"), key=lambda p: p.fin or le, reverse=True)
    gardes = [*presents, *passes[: RANGEES_MAX - len(presents)]]
    return sorted(gardes, key=lambda p: (p.genre == "inconnu", p.fin or date.max))


def _tracer(periodes: Sequence[DelaiDessine], le: date, f: Cotes, reste: int, *, en_treve: bool) -> FriseDesDelais:
    debut, fin = _bornes(periodes, le)

    def x(jour_: date) -> float:
        borne = min(max(jour_, debut), fin)
        return f.gauche + (borne - debut).days / (fin - debut).days * (f.droite - f.gauche)

    traits, y = [], float(f.haut)
    for p in periodes:
        jusqu_a = p.fin or (le if p.genre == "inconnu" else fin)
        trait, y = _trait(p, f, y, (debut, fin), (x(p.debut or debut), x(jusqu_a)))
        traits.append(trait)
    presents = [g for g in GENRES if any(p.genre == g for p in periodes)]
    return FriseDesDelais(
        f,
        int(y) + 4,
        tuple(traits),
        tuple(Bande(x(a), x(b + timedelta(days=1)) - x(a)) for a, b in (_treves(debut, fin) if en_treve else ())),
        mois_sous([(x(m), m) for m in mois_de(debut, fin, f.abscisses)], f.largeur),
        x(le),
        tuple((g, GENRES[g], chemin(_FORMES[g], 36, 10) if g in _FORMES else "") for g in presents),
        _decrire(periodes, le),
        reste,
    )


def _bornes(periodes: Sequence[DelaiDessine], le: date) -> tuple[date, date]:
    jours = [j for p in periodes for j in (p.debut, p.fin) if j is not None]
    debut = max(min([*jours, dans(-1, le)]), dans(-_HORIZON, le))
    fin = min(max([*jours, dans(1, le)]), dans(_HORIZON, le))
    return debut - timedelta(days=7), fin + timedelta(days=7)


def _trait(
    p: DelaiDessine, f: Cotes, y: float, bornes: tuple[date, date], xs: tuple[float, float]
) -> tuple[Trait, float]:
    """One row from ``y`` on, and where the next one begins."""
    (debut, fin), droite = bornes, xs[1]
    gauche = min(xs)  # a delay that is counted backwards may have ended before its act
    titres = wrap(p.libelle[:1].upper() + p.libelle[1:], f.lettres)
    textes = [(t, True) for t in titres] + [(t, False) for t in wrap(p.dit, f.lettres)]
    lignes = tuple(LigneEcrite(y + 12 + rang * _INTERLIGNE, t, forte) for rang, (t, forte) in enumerate(textes))
    haut = len(textes) * _INTERLIGNE
    barre = y + haut + 2 if f.dessus else y + (haut - _BARRE) / 2
    milieu = barre + _BARRE / 2
    fleches = []
    if p.debut is None or p.debut < debut:
        fleches.append(f"M{gauche + 9:.1f} {milieu - 4:.1f}l-5 4l5 4")
    coupe = p.genre != "inconnu" and (p.fin is None or p.fin > fin)
    if coupe:
        fleches.append(f"M{droite - 9:.1f} {milieu - 4:.1f}l5 4l-5 4")
    marque = "" if coupe or p.genre == "inconnu" else chemin(_FORMES[p.genre], droite, milieu, 6.5)
    question = (droite + 7, milieu) if p.genre == "inconnu" else None
    trait = Trait(p.genre, lignes, gauche, barre, max(droite - gauche, 1), marque, tuple(fleches), question)
    return trait, y + haut + (_BARRE + 4 if f.dessus else 0) + _AIR


def _treves(debut: date, fin: date) -> Iterable[tuple[date, date]]:
    """The winter truces that the law gives between two days, as far as they are between them."""
    le = debut
    while le <= fin:
        hiver = treve(le)
        if hiver is None:
            le += timedelta(days=1)
            continue
        yield max(hiver[0], debut), min(hiver[1], fin)
        le = hiver[1] + timedelta(days=1)


def _decrire(periodes: Sequence[DelaiDessine], le: date) -> str:
    """How many there are of each kind: each of them is in the list."""
    comptes = ((sum(p.genre == g for p in periodes), mot) for g, mot in GENRES.items())
    dits = ", ".join(f"{n} {mot}" for n, mot in comptes if n)
    return f"Au {jour(le)}, par état : {dits}. Les listes de cette rubrique disent chacun, ses jours et son texte."
