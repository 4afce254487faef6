"""The case as it stands, value by value: who says it, since when, what contradicts it, how fresh it is (law 7).

It is made of the facts that this reader is shown, as they are shown, and of nothing else: what is hidden neither
contradicts nor takes precedence here, and of an author who is not named nobody learns what else it told.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from heapq import nlargest
from operator import attrgetter
from typing import Any, Final, NamedTuple
from uuid import UUID

import msgspec
import orjson

from adapters.gate.consulter import PRESENT, Temps, ouvrir
from adapters.gate.contexte import Acces, Gate, Vu
from adapters.gate.episodes import RACONTENT, FaitLu, FaitRapporte, episodes, menage
from adapters.gate.pas import Pas, tranches
from adapters.gate.plan import AVANT_LES_FAITS
from adapters.gate.politiques import sous_les_regles_du
from adapters.gate.redaction import faits_montres
from adapters.gate.refus import en_panne
from ledger.catalogue import (
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
_AUCUN: Final = frozenset[str]()
_HORS: Final = frozenset({"reference_source"})
"""The field that names a file of who tells, and nothing of the household."""


Voulus = Mapping[str, frozenset[str]]
"""By event, some of its fields."""


class Objet(NamedTuple):
    """What is told, and of whom or of which request, where there may be several: the id that the event names."""

    donnee: str
    de: str | None


class Attribution(NamedTuple):
    """Where a field tells something: of what, by which rule, the field that dates it; the field that names of whom.

    ``seul``: what it tells, where it is of the household.
    """

    donnee: str
    regle: Preseance | None
    date_par: str
    de: str
    seul: Objet | None

    @property
    def rang(self) -> int:
        """How it is believed there, 1 before the others."""
        return 1 if self.regle is None else self.regle.rang


Attribues = tuple[tuple[str, Attribution], ...]
"""Fields of an event, each with what it tells."""


class Assertion(msgspec.Struct, frozen=True, gc=False):
    """One telling, as this reader is shown it. ``declarant``: an author; of one that is not named, the fact itself.

    ``age``: the day on which it is true, as it is written, then in which order it was told: the later, the greater.
    """

    dit: FaitRapporte
    champ: str
    age: tuple[str, int]
    declarant: str
    attribution: Attribution

    @property
    def valeur(self) -> Any:  # noqa: ANN401 - of the field's own type
        """What is told."""
        return self.dit.champs[self.champ]

    @property
    def corrigee(self) -> bool:
        """Whether it was taken back, or told anew."""
        return self.dit.corrige_par is not None

    @property
    def vrai_au(self) -> str:
        """The day on which it is true."""
        return self.age[0]

    @property
    def place(self) -> tuple[str, str]:
        """The fact, and its field: how who settles a value names it."""
        return self.dit.id, self.champ


class Tranche(NamedTuple):
    """A telling that a person has settled on: as of which day, by which fact. The last one counts."""

    le: str
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
    objets: defaultdict[Objet, list[Assertion]] = field(default_factory=lambda: defaultdict(list))
    tranchees: dict[tuple[str, str], Tranche] = field(default_factory=dict)
    racontes: list[FaitRapporte] = field(default_factory=list)

    def lire(self, dits: Iterable[FaitRapporte]) -> None:
        """So many facts more, as they are shown."""
        for dit in dits:
            self.lus += 1
            type_, champs_dits, auteur, le = dit.type, dit.champs, dit.auteur, dit.survenu_le
            if type_ in RACONTENT:
                self.racontes.append(dit)
            if type_ == ValeurTranchee.__name__ and dit.corrige_par is None:
                vise = champs_dits["fait"], champs_dits["champ"]
                tranche = Tranche(le, self.lus, dit.id)
                self.tranchees[vise] = max(tranche, self.tranchees.get(vise, tranche))
            role = (auteur and auteur["role"]) or ""
            declarant = f"{auteur['organisation']}/{role}" if auteur and role else dit.id
            voulus = None if self.voulus is None else self.voulus.get(type_, _AUCUN)
            for champ, attribution in _attribues(type_, role, self.le, voulus):
                if champ in champs_dits:
                    age = (attribution.date_par and champs_dits.get(attribution.date_par)) or le, self.lus
                    objet = attribution.seul or Objet(attribution.donnee, champs_dits.get(attribution.de))
                    self.objets[objet].append(Assertion(dit, champ, age, declarant, attribution))

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
        du_moment = _du_moment(courantes, donnee)
        retenue, tranche = self._retenir(courantes, du_moment)
        etats = {a.place: _etat(a, retenue, comparable=True) for a in du_moment}
        contraires = [a for a in du_moment if etats[a.place] == "contraire"]
        age = None if retenue is None else (self.le - date.fromisoformat(retenue.vrai_au)).days
        duree = None if donnee is None else donnee.fraicheur_jours
        premiere = [] if retenue is None else [retenue]
        autres = [a for a in dites if a is not retenue]
        listees = premiere + nlargest(self.listees - len(premiere), autres, _AGE)
        return {
            "donnee": objet.donnee,
            "libelle": _CHAMPS[objet.donnee].libelle if donnee is None else donnee.libelle,
            "de": objet.de,
            "valeur": None if retenue is None else retenue.valeur,
            "retenue": None if retenue is None else retenue.dit.id,
            "pourquoi": _pourquoi(retenue, tranche, etats.values(), contraires),
            "tranchee_par": None if tranche is None else tranche.par,
            "contredite": bool(contraires),
            "vrai_au": None if retenue is None else retenue.vrai_au,
            "age_jours": age,
            "fraiche": None if age is None or duree is None else age <= duree,
            "assertions": [_montrer(a, etats.get(a.place) or _etat(a, retenue, comparable=False)) for a in listees],
            "autres": max(0, len(dites) - self.listees),
        }

    def _retenir(
        self, courantes: Sequence[Assertion], du_moment: Sequence[Assertion]
    ) -> tuple[Assertion | None, Tranche | None]:
        """The telling that holds, and who settled it if somebody did: what came true since is not settled by it."""
        if not courantes:
            return None, None
        derniere = max(a.vrai_au for a in courantes)
        tranchees = [(t, a) for a in courantes if (t := self.tranchees.get(a.place)) is not None and t.le >= derniere]
        if tranchees:
            tranche, retenue = max(tranchees, key=lambda couple: couple[0])
            return retenue, tranche
        premier = min(a.attribution.rang for a in du_moment)
        return max((a for a in du_moment if a.attribution.rang == premier), key=lambda a: a.age), None


_AGE: Final = attrgetter("age")


@lru_cache(maxsize=16)
def _ordre(nommees: tuple[str, ...]) -> Mapping[str, int]:
    return {nom: n for n, nom in enumerate((*nommees, *_CHAMPS))}


_CHAMPS: Final = {f"{nom}.{champ}": decrit for nom, cls in catalogue().items() for champ, decrit in champs(cls).items()}


@lru_cache(maxsize=4096)
def _attribues(type_: str, role: str, le: date, voulus: frozenset[str] | None) -> Attribues:
    """What an event tells of the household when that role tells it, as the rows of a day have it.

    ``voulus``: the fields that are looked at, where they are not all.
    """
    cls, cle = catalogue()[type_], designation(type_)
    if issubclass(cls, _SANS_VALEUR):
        return ()
    attribues = []
    for champ in champs(cls):
        if champ == cle or champ in _HORS or (voulus is not None and champ not in voulus):
            continue
        regle = preseance(lignee(type_), champ, role, le)
        donnee = f"{type_}.{champ}" if regle is None else regle.donnee
        # A debt is of the household, whichever act or request it is told in.
        de = cle if cle is not None and (cls.SUJET is Sujet.PERSONNE or donnee in _CHAMPS) else ""
        date_par, seul = "" if regle is None else regle.vrai_au, None if de else Objet(donnee, None)
        attribues.append((champ, Attribution(donnee, regle, date_par, de, seul)))
    return tuple(attribues)


def _courantes(dites: Iterable[Assertion]) -> list[Assertion]:
    """What each declarant says by now: its last telling that stands."""
    par_declarant: dict[str, Assertion] = {}
    for assertion in dites:
        connue = par_declarant.get(assertion.declarant)
        # Not ``corrigee``: it is asked of each telling of everything, and a property is a call.
        if assertion.dit.corrige_par is None and (connue is None or connue.age < assertion.age):
            par_declarant[assertion.declarant] = assertion
    return list(par_declarant.values())


def _du_moment(courantes: Sequence[Assertion], donnee: Donnee | None) -> list[Assertion]:
    """Those that speak of the state of things that the last of them speaks of."""
    derniere = max((a.vrai_au for a in courantes), default="")
    if donnee is None or not donnee.ecart_jours:
        return [a for a in courantes if a.vrai_au == derniere]
    bout = date.fromisoformat(derniere) if derniere else date.min
    return [a for a in courantes if (bout - date.fromisoformat(a.vrai_au)).days <= donnee.ecart_jours]


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
    retenue: Assertion | None, tranche: Tranche | None, etats: Collection[str], contraires: Sequence[Assertion]
) -> str:
    if retenue is None:
        return "Tout ce qui en a été dit a été corrigé."
    if tranche is not None:
        return "Une personne l'a tranchée, parmi des valeurs qui se contredisaient."
    regle = retenue.attribution.regle
    if any(a.attribution.rang > retenue.attribution.rang for a in contraires) and regle is not None:
        return f"Elle prime : {regle.motif} ({regle.legal_ref})."
    if contraires:
        return "La plus récente de valeurs qui se contredisent : personne n'a tranché."
    if "concordante" in etats:
        return "Plusieurs la disent ; la plus récente."
    return "La dernière dite."


def _montrer(assertion: Assertion, etat: str) -> dict[str, Any]:
    return {
        "fait": assertion.dit.id,
        "type": assertion.dit.type,
        "champ": assertion.champ,
        "valeur": assertion.valeur,
        "auteur": assertion.dit.auteur,
        "vrai_au": assertion.vrai_au,
        "dit_le": assertion.dit.enregistre_le or None,
        "etat": etat,
    }


def situer(faits: Iterable[bytes], le: date) -> Pas[dict[str, Any]]:
    """The situation that facts tell, as they are shown: a list of them in JSON for each step."""
    situation = Situation(le)
    yield from _lire(situation, map(_DITS.decode, faits))
    return {
        "menage": menage(situation.racontes, le),
        "episodes": episodes(situation.racontes),
        "donnees": (yield from situation.rendre()),
    }


def connaitre(faits: Iterable[bytes], le: date, voulus: Voulus) -> Pas[list[dict[str, Any]]]:
    """Of the situation that facts tell, what these fields do, and of each thing the telling that holds."""
    situation = Situation(le, voulus, listees=1)
    yield from _lire(situation, map(_DITS.decode, faits))
    return (yield from situation.rendre())


def contredites(faits: Sequence[FaitLu], le: date) -> Pas[list[dict[str, Any]]]:
    """Of the situation that facts tell, as they are shown, what contradicts of the things that ``donnees.csv`` names.

    Of anything else (the day of a statement, the channel of a contact) two tellings are two facts, and no question.
    """
    situation = Situation(le)
    yield from _lire(situation, (msgspec.convert(tranche, list[FaitRapporte]) for tranche in tranches(faits)))
    return [dite for dite in (yield from situation.rendre()) if dite["contredite"] and dite["donnee"] in donnees(le)]


_DITS: Final = msgspec.json.Decoder(list[FaitRapporte])


def _lire(situation: Situation, dits: Iterable[Sequence[FaitRapporte]]) -> Pas[None]:
    for tranche in dits:
        situation.lire(tranche)
        yield


@en_panne
async def situation(gate: Gate, acces: Acces, dossier: UUID, temps: Temps = PRESENT) -> Vu:
    """The situation of one case, of what this reader is shown of it: all of it, whatever its length."""
    gate, acces = await sous_les_regles_du(gate, acces, temps.regles_du, dossier)
    lecture, garde = await ouvrir(gate, acces, dossier, temps=temps)
    le, plan = temps.jour(acces.le), garde.plan
    dites = await gate.parts.derouler(situer(faits_montres(plan, lecture.trousseau), le), acces.sujet.partenaire.code)
    entete = orjson.loads(plan.entete.removesuffix(AVANT_LES_FAITS) + b"}")
    contenu = {
        **{nom: entete[nom] for nom in ("dossier", "communique", "non_communique", "regles") if nom in entete},
        "au": le.isoformat(),
        **dites,
    }
    return Vu(orjson.dumps(contenu), lecture.position)
