"""What the charter counts, from the facts of one case after another; and what of it may be published.

Pure: facts come standing and open, as far as ``besoins`` asks for them; a figure leaves with no household in it.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from statistics import median_high
from typing import Final, NamedTuple

from ledger.catalogue import EFFACE, Absent, Classe, Evenement, Fait, catalogue, champs, designation, lignee
from ledger.droit.donnees import donnees, preseance
from ledger.droit.indicateurs import Codes, Indicateur
from ledger.droit.jours import dans


class Axe(StrEnum):
    """By what a figure is split: not at all, by stock, by commune. Never by two at once."""

    DEPARTEMENT = "departement"
    PARC = "parc"
    COMMUNE = "commune"


class Case(NamedTuple):
    """One figure of one indicator: of the département, of a stock, of a commune."""

    code: str
    axe: Axe
    cle: str


class Chiffre(NamedTuple):
    """Its value, and for a share what it is a share of."""

    valeur: int
    sur: int | None = None


@dataclass(frozen=True, slots=True)
class Recense:
    """The facts of one case that count, and where its dwelling is."""

    parc: str | None
    commune: str | None
    faits: Sequence[Fait]


def besoins(indicateurs: Iterable[Indicateur]) -> Mapping[str, frozenset[Classe]]:
    """By event that is counted, the classes to open in it: none where what counts stands in clear. Never S3."""
    lus: dict[str, set[Classe]] = {}
    for indicateur in indicateurs:
        for nom, condition in _lieux(indicateur):
            lues = lus.setdefault(nom, set())
            lues.update(champs(catalogue()[nom])[champ].classe for champ in condition)
        if indicateur.calcul == "dette_mediane":
            for nom, champ, _ in _DETTES:
                lus.setdefault(nom, set()).add(champs(catalogue()[nom])[champ].classe)
    for nom, classes in lus.items():
        if Classe.S3 in classes:
            raise ValueError(f"{nom} : ce qui relève du secret ne se compte pas")
    return {nom: frozenset(classes - {Classe.S0}) for nom, classes in lus.items()}


def _lieux(indicateur: Indicateur) -> Iterable[tuple[str, Codes]]:
    if indicateur.evenement:
        yield indicateur.evenement, indicateur.condition
    if indicateur.sur:
        yield indicateur.sur, indicateur.condition_sur


def _dettes() -> list[tuple[str, str, str]]:
    """Where a debt is told: event, field, and the field that dates it."""
    trouvees = []
    for nom, cls in catalogue().items():
        for champ in champs(cls):
            regle = preseance(lignee(nom), champ, "", date.max)
            if regle is not None and regle.donnee == "dette":
                trouvees.append((nom, champ, regle.vrai_au))
    return trouvees


_DETTES: Final = tuple(_dettes())


@dataclass(slots=True)
class Recensement:
    """What one year comes to, case after case."""

    annee: int
    indicateurs: Sequence[Indicateur]
    valeurs: Counter[Case] = field(default_factory=Counter)
    bases: Counter[Case] = field(default_factory=Counter)
    dettes: dict[Case, list[int]] = field(default_factory=dict)
    effaces: Counter[Case] = field(default_factory=Counter)
    """Facts that may have counted, and cannot be read any more: their key was destroyed."""

    def compter(self, dit: Recense) -> None:
        """One more case."""
        par_nom: dict[str, list[Fait]] = {}
        for fait in dit.faits:
            par_nom.setdefault(type(fait.evenement).__name__, []).append(fait)
        for indicateur in self.indicateurs:
            if indicateur.calcul != "externe" and indicateur.parc in {"", dit.parc}:
                self._compter(indicateur, dit, par_nom)
                self._noter_les_effaces(indicateur, dit, par_nom)

    def _compter(self, i: Indicateur, dit: Recense, par_nom: Mapping[str, Sequence[Fait]]) -> None:
        trouves = self._de_l_annee(par_nom.get(i.evenement, ()), i.condition)
        match i.calcul:
            case "actes":
                self._ajouter(i, dit, len(trouves))
            case "menages":
                self._ajouter(i, dit, bool(trouves))
            case "demandes":
                self._ajouter(i, dit, len({getattr(f.evenement, designation(i.evenement) or "") for f in trouves}))
            case "part":
                self._ajouter(i, dit, len(trouves), len(self._de_l_annee(par_nom.get(i.sur, ()), i.condition_sur)))
            case "suivi" if trouves:
                debut = min(f.enveloppe.survenu_le for f in trouves)
                suite = any(
                    debut < f.enveloppe.survenu_le <= dans(i.mois, debut) and _repond(f.evenement, i.condition_sur)
                    for f in par_nom.get(i.sur, ())
                )
                self._ajouter(i, dit, suite, 1)
            case "dette_mediane" if trouves:
                dette = _dette_connue(par_nom, min(f.enveloppe.survenu_le for f in trouves))
                if dette is not None:
                    for case in _cases(i, dit):
                        self.dettes.setdefault(case, []).append(dette)
            case _:
                pass

    def _noter_les_effaces(self, i: Indicateur, dit: Recense, par_nom: Mapping[str, Sequence[Fait]]) -> None:
        noms = {nom for nom, _ in _lieux(i)} | {nom for nom, _, _ in _DETTES if i.calcul == "dette_mediane"}
        perdus = sum(_illisible(f) for nom in noms for f in par_nom.get(nom, ()))
        for case in _cases(i, dit) if perdus else ():
            self.effaces[case] += perdus

    def _de_l_annee(self, faits: Iterable[Fait], condition: Codes) -> list[Fait]:
        return [f for f in faits if f.enveloppe.survenu_le.year == self.annee and _repond(f.evenement, condition)]

    def _ajouter(self, i: Indicateur, dit: Recense, combien: int, sur: int = 0) -> None:
        for case in _cases(i, dit) if combien or sur else ():
            self.valeurs[case] += combien
            self.bases[case] += sur

    def chiffres(self) -> dict[Case, Chiffre]:
        """Every figure of the year; of the département at least, be it nought."""
        rendus: dict[Case, Chiffre] = {}
        for i in self.indicateurs:
            entier = Case(i.code, Axe.DEPARTEMENT, "")
            if i.calcul in {"actes", "menages", "demandes", "part", "suivi"}:
                a_base = i.calcul in {"part", "suivi"}
                for case in [entier, *(c for c in self.valeurs if c.code == i.code and c != entier)]:
                    rendus[case] = Chiffre(self.valeurs[case], self.bases[case] if a_base else None)
            elif i.calcul == "dette_mediane":
                for case in (c for c in self.dettes if c.code == i.code):
                    rendus[case] = Chiffre(median_high(self.dettes[case]), len(self.dettes[case]))
        return rendus

    def bouge(self, case: Case, avant: Chiffre | None, apres: Chiffre) -> bool:
        """Whether a figure is kept anew beside the one that was; a median, where it is of other households."""
        if any(i.code == case.code and i.calcul == "dette_mediane" for i in self.indicateurs):
            connus = None if avant is None else Chiffre(avant.sur or 0)
            return a_bouge(connus, Chiffre(apres.sur or 0), self.effaces[case])
        return a_bouge(avant, apres, self.effaces[case])


def _cases(i: Indicateur, dit: Recense) -> Iterable[Case]:
    yield Case(i.code, Axe.DEPARTEMENT, "")
    # A debt has no figure for a commune: a median of few is somebody's debt.
    if i.calcul in {"part", "suivi", "dette_mediane"}:
        return
    if dit.parc and not i.parc:
        yield Case(i.code, Axe.PARC, dit.parc)
    if dit.commune and not i.parc:
        yield Case(i.code, Axe.COMMUNE, dit.commune)


def _repond(e: Evenement, condition: Codes) -> bool:
    return all(_code(getattr(e, champ)) in codes for champ, codes in condition.items())


def _code(valeur: object) -> object:
    return "OUI" if valeur is True else valeur


def _illisible(fait: Fait) -> bool:
    return any(valeur is EFFACE for valeur in vars(fait.evenement).values())


def _dette_connue(par_nom: Mapping[str, Sequence[Fait]], le: date) -> int | None:
    """The debt that held on a day, among those that were true by then: the best believed of the latest."""
    dites: list[tuple[date, int, int, int]] = []
    for nom, champ, vrai_au in _DETTES:
        for fait in par_nom.get(nom, ()):
            e = fait.evenement
            valeur, jour = getattr(e, champ), getattr(e, vrai_au, None) or fait.enveloppe.survenu_le
            if valeur is None or isinstance(valeur, Absent) or isinstance(jour, Absent) or jour > le:
                continue
            regle = preseance(lignee(nom), champ, fait.enveloppe.role, le)
            dites.append((jour, -(regle.rang if regle else 1), fait.version, valeur))
    if not dites:
        return None
    derniere, ecart = max(d[0] for d in dites), donnees(le)["dette"].ecart_jours
    return max((d for d in dites if (derniere - d[0]).days <= ecart), key=lambda d: (d[1], d[0], d[2]))[3]


# what may be published -------------------------------------------------------------------------------------------

SEUIL: Final = 5
"""Fewer than so many are not published (usual practice of public statistics; INFERRED)."""
CACHES: Final = 2
"""Of a table, so many counts are hidden at least, or the total would tell the one that is."""

Lignes = Mapping[str, int]
"""The counts of one indicator along an axis, by stock or by commune."""


def publiable(table: Lignes, total: int, englobante: Lignes | None = None) -> Mapping[str, int | None]:
    """A table whose total is published, with None in the place of a count that is not.

    A count below ``SEUIL`` is hidden, and one that leaves so few of a table that holds it (``englobante``: of the
    evictions, those without a solution). Then the smallest of the others, until what is hidden is ``CACHES`` counts and
    comes to twice ``SEUIL``, in this table and in what it leaves of the other: whoever takes what is shown from a total
    finds the sum of several, none of which it can tell.
    """
    hors = total - sum(table.values())
    restes = {cle: englobante[cle] - n for cle, n in table.items()} if englobante else {}
    caches = {cle for cle, n in table.items() if _peu(n) or _peu(restes.get(cle, 0))}
    montres = sorted(((n, cle) for cle, n in table.items() if cle not in caches), reverse=True)

    def suffisent() -> bool:
        if not caches:
            return not _peu(hors)
        somme, reste = sum(table[c] for c in caches) + hors, sum(restes.get(c, 0) for c in caches)
        return len(caches) >= CACHES and somme >= 2 * SEUIL and (not any(restes.values()) or reste >= 2 * SEUIL)

    while montres and not suffisent():
        caches.add(montres.pop()[1])
    return {cle: None if cle in caches else n for cle, n in table.items()}


def _peu(n: int) -> bool:
    return 0 < n < SEUIL


def total_publiable(n: int) -> bool:
    """Whether a count may be published by itself."""
    return not _peu(n)


def part_publiable(chiffre: Chiffre) -> bool:
    """Whether a share may be: neither those who are counted nor the others are few."""
    return chiffre.sur is not None and not _peu(chiffre.valeur) and not _peu(abs(chiffre.sur - chiffre.valeur))


def a_bouge(avant: Chiffre | None, apres: Chiffre, effaces: int = 0) -> bool:
    """Whether a figure that was published is published again: a move of a few would tell of those few.

    ``effaces``: so many facts may have counted that nobody can read any more. An erasure lowers nothing.
    """
    connu = avant or Chiffre(0)
    return any(
        neuf - ancien >= SEUIL or ancien - (neuf + effaces) >= SEUIL
        for ancien, neuf in ((connu.valeur, apres.valeur), (connu.sur or 0, apres.sur or 0))
    )
