"""Ratios of two things measured in turn: what a passage is, how pairs are compared, how lines are printed.

The two sides of a pair run one right after the other, in alternating order, so that what the machine does meanwhile
weighs on both; the ratio is the median of the pairs' ratios, never a ratio of two medians.
"""

import asyncio
import statistics
import sys
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

COEUR_EXIGE: Final = 0.9
"""Share of a core that a server must use: below, its client is what was measured."""
_MS: Final = 1e3


@dataclass(frozen=True, slots=True)
class Passage:
    """One side run once. ``coeur``: the share of a core that the server used, where there is a server."""

    operations: int
    secondes: float
    durees: Sequence[float]
    coeur: float | None = None

    @classmethod
    def mediane(cls, durees: Sequence[float]) -> "Passage":
        """Gestures that came one after the other, told by the one in the middle: a hiccup of the machine is none."""
        return cls(1, statistics.median(durees), durees)

    @property
    def cadence(self) -> float:
        """Operations per second."""
        return self.operations / self.secondes


Bras = Callable[[], Awaitable[Passage]]
"""One side of a comparison, run once at each call."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Resultat:
    """One line: two rates of the same unit, their ratio, the latencies of the first, and what has to be known of it."""

    nom: str
    mesure: float | None
    etalon: float | None
    rapport: float | None
    unite: str
    p50_ms: float | None
    p99_ms: float | None
    seuil: str = ""
    remarques: tuple[str, ...] = ()
    valable: bool = True

    def en_json(self) -> dict[str, Any]:
        """The figures alone, under the names that they are looked for by."""
        return {
            "nom": self.nom,
            "mesure": self.mesure,
            "etalon": self.etalon,
            "rapport": self.rapport,
            "unite": self.unite,
            "p50_ms": self.p50_ms,
            "p99_ms": self.p99_ms,
        }


def dire(texte: str) -> None:
    """Progress, for the person who waits; never among the results."""
    sys.stderr.write(f"{texte}\n")
    sys.stderr.flush()


async def comparer(
    nom: str,
    unite: str,
    mesure: Bras,
    etalon: Bras | None,
    *,
    paires: int,
    seuil: str = "",
    remarques: Sequence[str] = (),
) -> Resultat:
    """Run both sides until ``paires`` pairs count. Without a yardstick the line has no ratio.

    A pair where a server was starved says something of its client or of the machine: it is run again, and after
    twice as many pairs as were asked for the line is not valid.
    """
    bonnes: list[list[Passage]] = []
    affamees: list[list[Passage]] = []
    while len(bonnes) < paires and len(bonnes) + len(affamees) < 2 * paires:
        dire(f"{nom} : paire {len(bonnes) + 1} / {paires}")
        paire = await _paire(mesure, etalon, inverse=len(bonnes) % 2 == 1)
        (bonnes if _coeur(paire) >= COEUR_EXIGE else affamees).append(paire)
    valable = len(bonnes) == paires
    retenues = bonnes if valable else bonnes + affamees
    passages, etalons = [p[0] for p in retenues], [p[1] for p in retenues if etalon is not None]
    dits = list(remarques)
    if affamees:
        verdict = "à part, paires recommencées" if valable else "non valable"
        dits.append(f"{verdict} : le serveur n'a pris que {min(map(_coeur, affamees)):.0%} d'un cœur")
    p50, p99 = centiles([duree for passage in passages for duree in passage.durees])
    rapports = [p.cadence / e.cadence for p, e in zip(passages, etalons, strict=False)]
    return Resultat(
        nom=nom,
        mesure=_arrondi(statistics.median(p.cadence for p in passages)),
        etalon=_arrondi(statistics.median(e.cadence for e in etalons)) if etalons else None,
        rapport=round(statistics.median(rapports), 3) if rapports and valable else None,
        unite=unite,
        p50_ms=p50,
        p99_ms=p99,
        seuil=seuil,
        remarques=tuple(dits),
        valable=valable,
    )


def _coeur(paire: Sequence[Passage]) -> float:
    """The smallest share of a core that a server of the pair used."""
    return min((p.coeur for p in paire if p.coeur is not None), default=1.0)


async def _paire(mesure: Bras, etalon: Bras | None, *, inverse: bool) -> list[Passage]:
    """What is measured and its yardstick, one right after the other; given in that order whichever came first."""
    bras = [mesure] if etalon is None else [mesure, etalon]
    passages = [await un() for un in (reversed(bras) if inverse else bras)]
    return passages[::-1] if inverse else passages


def absent(nom: str, unite: str, raison: str) -> Resultat:
    """A line that could not be measured, and why."""
    return Resultat(
        nom=nom, mesure=None, etalon=None, rapport=None, unite=unite, p50_ms=None, p99_ms=None, remarques=(raison,)
    )


def centiles(durees: Sequence[float]) -> tuple[float | None, float | None]:
    """Median and 99th percentile, in milliseconds; None where nothing was timed."""
    if len(durees) < 2:  # noqa: PLR2004 - a quantile is between two values
        seule = _arrondi(durees[0] * _MS) if durees else None
        return seule, seule
    coupes = statistics.quantiles(durees, n=100, method="inclusive")
    return _arrondi(coupes[49] * _MS), _arrondi(coupes[98] * _MS)


async def cadencer(clients: int, secondes: float, geste: Callable[[int], Awaitable[object]]) -> Passage:
    """``clients`` at once, each one call after the other, until the time is over."""
    debut = time.perf_counter()
    fin = debut + secondes
    durees: list[float] = []

    async def client(numero: int) -> None:
        while (depart := time.perf_counter()) < fin:
            await geste(numero)
            durees.append(time.perf_counter() - depart)

    await asyncio.gather(*(client(numero) for numero in range(clients)))
    return Passage(len(durees), time.perf_counter() - debut, durees)


def tableau(resultats: Sequence[Resultat]) -> str:
    """The lines as a person reads them."""
    lignes = [
        f"{'mesure':<26}{'unefois':>11}{'étalon':>11}{'rapport':>9}  {'p50 ms':>9}{'p99 ms':>10}  unité",
    ]
    for r in resultats:
        lignes.append(
            f"{r.nom:<26}{_texte(r.mesure):>11}{_texte(r.etalon):>11}{_texte(r.rapport):>9}"
            f"  {_texte(r.p50_ms):>9}{_texte(r.p99_ms):>10}  {r.unite}"
        )
        lignes += [f"    {texte}" for texte in (*([f"attendu : {r.seuil}"] if r.seuil else []), *r.remarques)]
    return "\n".join(lignes)


def _texte(valeur: float | None) -> str:
    if valeur is None:
        return "–"
    return f"{valeur:,.0f}".replace(",", " ") if valeur >= 1000 else f"{valeur:.3g}".replace(".", ",")  # noqa: PLR2004 - four figures need no decimals


def _arrondi(valeur: float) -> float:
    return float(f"{valeur:.4g}")
