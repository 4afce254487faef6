"""The case as it stands, value by value: who says it, since when, what contradicts it, how fresh it is (law 7).

It is made of the facts that this reader is shown, as they are shown, and of nothing else: what is hidden neither
contradicts nor takes precedence here, and of an author who is not named nobody learns what else it told.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from typing import Any, Final, NamedTuple
from uuid import UUID

import orjson

from adapters.gate import consulter
from adapters.gate.consulter import PRESENT, Temps
from adapters.gate.contexte import Acces, Gate, Vu
from adapters.gate.episodes import RACONTENT, episodes, menage
from adapters.gate.plan import AVANT_LES_FAITS, Pas, tranches
from adapters.gate.refus import en_panne
from ledger.catalogue import (
    Evenement,
    FaitCorrige,
    Sujet,
    ValeurTranchee,
    catalogue,
    champs,
    designation,
    lignee,
)
from ledger.droit.donnees import Donnee, Preseance, donnees, preseance

ASSERTIONS_LISTEES: Final = 20
"""Tellings of one thing that are listed, the one that holds first, then the last told; the others are counted."""

_SANS_VALEUR: Final = (FaitCorrige, ValeurTranchee)
"""Facts about facts: they say nothing of the household."""
_HORS: Final = frozenset({"reference_source"})
"""The field that names a file of who tells, and nothing of the household."""


Voulus = Mapping[str, Collection[str]]
"""By event, some of its fields."""


class Objet(NamedTuple):
    """What is told, and of whom or of which request, where there may be several: the id that the event names."""

    donnee: str
    de: str | None


class Assertion(NamedTuple):
    """One telling, as this reader is shown it. ``declarant``: an author; of one that is not named, the fact itself.

    ``rang``: how it is believed, 1 before the others. ``age``: the later it is true, then told, the greater.
    """

    fait: str
    age: tuple[date, int]
    type: str
    champ: str
    valeur: Any
    auteur: Mapping[str, Any] | None
    declarant: str
    vrai_au: date
    dit_le: str
    corrigee: bool
    rang: int
    regle: Preseance | None


class Tranche(NamedTuple):
    """A telling that a person has settled on: as of which day, by which fact. The last one counts."""

    le: date
    ordre: int
    par: str


@dataclass(slots=True)
class Situation:
    """What the facts tell so far: by what is told, every telling of it; ``racontes``: those of persons and episodes.

    ``voulus``: by event, the fields that are looked at, where they are not all. ``listees``: tellings that are listed.
    """

    le: date
    voulus: Voulus | None = None
    listees: int = ASSERTIONS_LISTEES
    lus: int = 0
    objets: dict[Objet, list[Assertion]] = field(default_factory=dict)
    tranchees: dict[tuple[str, str], Tranche] = field(default_factory=dict)
    racontes: list[Mapping[str, Any]] = field(default_factory=list)

    def lire(self, fait: Mapping[str, Any]) -> None:
        """One more fact, as it is shown."""
        self.lus += 1
        if fait["type"] in RACONTENT:
            self.racontes.append(fait)
        cls, dits = catalogue()[fait["type"]], fait["champs"]
        if cls is ValeurTranchee and fait["corrige_par"] is None:
            lieu = dits["fait"], dits["champ"]
            tranche = Tranche(date.fromisoformat(fait["survenu_le"]), self.lus, fait["id"])
            self.tranchees[lieu] = max(tranche, self.tranchees.get(lieu, tranche))
        if issubclass(cls, _SANS_VALEUR):
            return
        role = (fait["auteur"] or {}).get("role") or ""
        voulus = dits if self.voulus is None else self.voulus.get(cls.__name__, ())
        for champ, valeur in dits.items():
            if champ not in voulus or champ in _HORS or champ == designation(cls.__name__):
                continue
            regle = preseance(lignee(fait["type"]), champ, role, self.le)
            donnee = f"{cls.__name__}.{champ}" if regle is None else regle.donnee
            vrai_au = date.fromisoformat((dits.get(regle.vrai_au) if regle else None) or fait["survenu_le"])
            assertion = Assertion(
                fait=fait["id"],
                age=(vrai_au, self.lus),
                type=cls.__name__,
                champ=champ,
                valeur=valeur,
                auteur=fait["auteur"],
                declarant=_declarant(fait),
                vrai_au=vrai_au,
                dit_le=fait["enregistre_le"] or "",
                corrigee=fait["corrige_par"] is not None,
                rang=1 if regle is None else regle.rang,
                regle=regle,
            )
            self.objets.setdefault(Objet(donnee, _de(cls, dits, donnee)), []).append(assertion)

    def rendre(self) -> Pas[list[dict[str, Any]]]:
        """Each thing that is told: those of ``donnees.csv``, then fields in the catalogue's order; step by step."""
        nommees = donnees(self.le)
        ordre = _ordre(tuple(nommees))
        rendus = []
        for objet in sorted(self.objets, key=lambda objet: ordre[objet.donnee]):
            rendus.append(self._montrer_objet(objet, self.objets[objet], nommees.get(objet.donnee)))
            yield
        return rendus

    def _montrer_objet(self, objet: Objet, dites: Sequence[Assertion], donnee: Donnee | None) -> dict[str, Any]:
        courantes = _courantes(dites)
        retenue, tranche = self._retenir(courantes, donnee)
        comparables = {id(a) for a in _du_moment(courantes, donnee)}
        etats = {id(a): _etat(a, retenue, comparable=id(a) in comparables) for a in dites}
        rangees = sorted(dites, key=lambda a: (a is retenue, a.age), reverse=True)
        age = None if retenue is None else (self.le - retenue.vrai_au).days
        duree = None if donnee is None else donnee.fraicheur_jours
        autres = [a for a in dites if etats[id(a)] == "contraire"]
        return {
            "donnee": objet.donnee,
            "libelle": _CHAMPS[objet.donnee].libelle if donnee is None else donnee.libelle,
            "de": objet.de,
            "valeur": None if retenue is None else retenue.valeur,
            "retenue": None if retenue is None else retenue.fait,
            "pourquoi": _pourquoi(retenue, tranche, etats.values(), autres),
            "tranchee_par": None if tranche is None else tranche.par,
            "contredite": bool(autres),
            "vrai_au": None if retenue is None else retenue.vrai_au.isoformat(),
            "age_jours": age,
            "fraiche": None if age is None or duree is None else age <= duree,
            "assertions": [_montrer(a, etats[id(a)]) for a in rangees[: self.listees]],
            "autres": max(0, len(rangees) - self.listees),
        }

    def _retenir(
        self, courantes: Sequence[Assertion], donnee: Donnee | None
    ) -> tuple[Assertion | None, Tranche | None]:
        """The telling that holds, and who settled it if somebody did: what came true since is not settled by it."""
        if not courantes:
            return None, None
        derniere = max(a.vrai_au for a in courantes)
        tranchees = [
            (t, a) for a in courantes if (t := self.tranchees.get((a.fait, a.champ))) is not None and t.le >= derniere
        ]
        if tranchees:
            tranche, retenue = max(tranchees, key=lambda couple: couple[0])
            return retenue, tranche
        du_moment = _du_moment(courantes, donnee)
        premier = min(a.rang for a in du_moment)
        return max((a for a in du_moment if a.rang == premier), key=lambda a: a.age), None


@lru_cache(maxsize=16)
def _ordre(nommees: tuple[str, ...]) -> Mapping[str, int]:
    return {nom: n for n, nom in enumerate((*nommees, *_CHAMPS))}


_CHAMPS: Final = {f"{nom}.{champ}": decrit for nom, cls in catalogue().items() for champ, decrit in champs(cls).items()}


def _de(cls: type[Evenement], dits: Mapping[str, Any], donnee: str) -> str | None:
    """Of whom, or of which request: a debt is of the household, whichever act or request it is told in."""
    cle = designation(cls.__name__)
    return dits.get(cle) if cle is not None and (cls.SUJET is Sujet.PERSONNE or donnee in _CHAMPS) else None


def _declarant(fait: Mapping[str, Any]) -> str:
    auteur = fait["auteur"]
    return f"{auteur['organisation']}/{auteur['role']}" if auteur and auteur["role"] else str(fait["id"])


def _courantes(dites: Iterable[Assertion]) -> list[Assertion]:
    """What each declarant says by now: its last telling that stands."""
    par_declarant: dict[str, Assertion] = {}
    for assertion in dites:
        connue = par_declarant.get(assertion.declarant)
        if not assertion.corrigee and (connue is None or connue.age < assertion.age):
            par_declarant[assertion.declarant] = assertion
    return list(par_declarant.values())


def _du_moment(courantes: Sequence[Assertion], donnee: Donnee | None) -> list[Assertion]:
    """Those that speak of the state of things that the last of them speaks of."""
    derniere = max((a.vrai_au for a in courantes), default=date.min)
    ecart = 0 if donnee is None else donnee.ecart_jours
    return [a for a in courantes if (derniere - a.vrai_au).days <= ecart]


def _etat(assertion: Assertion, retenue: Assertion | None, *, comparable: bool) -> str:
    if assertion is retenue:
        return "retenue"
    if assertion.corrigee:
        return "corrigee"
    if retenue is None or not comparable:
        return "ancienne"
    if assertion.valeur == retenue.valeur:
        return "concordante"
    # A bracket beside an amount: one of the two is open by half.
    return "contraire" if type(assertion.valeur) is type(retenue.valeur) else "incomparable"


def _pourquoi(
    retenue: Assertion | None, tranche: Tranche | None, etats: Iterable[str], contraires: Sequence[Assertion]
) -> str:
    if retenue is None:
        return "Tout ce qui en a été dit a été corrigé."
    if tranche is not None:
        return "Une personne l'a tranchée, parmi des valeurs qui se contredisaient."
    if any(a.rang > retenue.rang for a in contraires) and retenue.regle is not None:
        return f"Elle prime : {retenue.regle.motif} ({retenue.regle.legal_ref})."
    if contraires:
        return "La plus récente de valeurs qui se contredisent : personne n'a tranché."
    if "concordante" in set(etats):
        return "Plusieurs la disent ; la plus récente."
    return "La dernière dite."


def _montrer(assertion: Assertion, etat: str) -> dict[str, Any]:
    return {
        "fait": assertion.fait,
        "type": assertion.type,
        "champ": assertion.champ,
        "valeur": assertion.valeur,
        "auteur": assertion.auteur,
        "vrai_au": assertion.vrai_au.isoformat(),
        "dit_le": assertion.dit_le or None,
        "etat": etat,
    }


def situer(faits: Sequence[bytes], le: date) -> Pas[dict[str, Any]]:
    """The situation that facts tell, each in JSON as it is shown, step by step."""
    situation = Situation(le)
    yield from _lire(situation, faits)
    return {
        "menage": menage(situation.racontes, le),
        "episodes": episodes(situation.racontes),
        "donnees": (yield from situation.rendre()),
    }


def connaitre(faits: Sequence[bytes], le: date, voulus: Voulus) -> Pas[list[dict[str, Any]]]:
    """Of the situation that facts tell, what these fields do, and of each thing the telling that holds."""
    situation = Situation(le, voulus, listees=1)
    yield from _lire(situation, faits)
    return (yield from situation.rendre())


def contredites(faits: Sequence[Mapping[str, Any]], le: date) -> Pas[list[dict[str, Any]]]:
    """Of the situation that facts tell, as they are shown, what contradicts of the things that ``donnees.csv`` names.

    Of anything else (the day of a statement, the channel of a contact) two tellings are two facts, and no question.
    """
    situation = Situation(le)
    for tranche in tranches(faits):
        for fait in tranche:
            situation.lire(fait)
        yield
    return [dite for dite in (yield from situation.rendre()) if dite["contredite"] and dite["donnee"] in donnees(le)]


def _lire(situation: Situation, faits: Sequence[bytes]) -> Pas[None]:
    for tranche in tranches(faits):
        for fait in tranche:
            situation.lire(orjson.loads(fait))
        yield


@en_panne
async def situation(gate: Gate, acces: Acces, dossier: UUID, temps: Temps = PRESENT) -> Vu:
    """The situation of one case, of what this reader is shown of it: all of it, whatever its length."""
    lecture, plan, faits = await consulter.tout(gate, acces, dossier, temps)
    le = temps.jour(acces.le)
    dites = await gate.parts.derouler(situer(faits, le), acces.sujet.partenaire.code)
    entete = orjson.loads(plan.entete.removesuffix(AVANT_LES_FAITS) + b"}")
    contenu = {
        **{nom: entete[nom] for nom in ("dossier", "communique", "non_communique", "regles") if nom in entete},
        "au": le.isoformat(),
        **dites,
    }
    return Vu(orjson.dumps(contenu), lecture.position)
