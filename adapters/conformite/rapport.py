"""A run, rule by rule, and how it is told: a line of text for each, or one object of JSON."""

from collections.abc import AsyncIterator, Sequence
from enum import Enum
from typing import Any, Final, NamedTuple

from adapters.conformite.essai import Essai
from adapters.conformite.regles import REGLES_DU_CONTRAT, Demande, RegleDuContrat
from adapters.conformite.serveur import Arret, Impossible, Manquement

TOUT_TENU: Final = 0
MANQUE: Final = 1
INCOMPLET: Final = 2
"""Exit statuses."""


class Sort(Enum):
    """What came of a rule."""

    TENUE = "tenue"
    MANQUEE = "manquée"
    ECARTEE = "non essayée"
    EMPECHEE = "empêchée"
    """``ECARTEE``: for want of what was not given; ``EMPECHEE``: something else stood against it."""


class ConstatDeRegle(NamedTuple):
    """What came of one rule: what was seen and expected if it is not kept, why if it was not tried."""

    regle: RegleDuContrat
    sort: Sort
    vu: str = ""
    attendu: str = ""
    pourquoi: str = ""

    @property
    def ligne(self) -> str:
        """How a person reads it."""
        regle = self.regle
        tete = f"{regle.numero:>2}. {regle.phrase} : "
        match self.sort:
            case Sort.TENUE:
                return f"{tete}tenue"
            case Sort.MANQUEE:
                return f"{tete}manquée : vu : {self.vu} ; attendu : {self.attendu} ({regle.texte})"
        return f"{tete}non essayée : {self.pourquoi}"

    def en_json(self) -> dict[str, Any]:
        """How a program does."""
        return {
            "numero": self.regle.numero,
            "phrase": self.regle.phrase,
            "texte": self.regle.texte,
            "issue": {Sort.TENUE: "tenue", Sort.MANQUEE: "manquee"}.get(self.sort, "non_essayee"),
            "vu": self.vu or None,
            "attendu": self.attendu or None,
            "pourquoi": self.pourquoi or None,
        }


async def juger(essai: Essai, regles: Sequence[RegleDuContrat] = REGLES_DU_CONTRAT) -> AsyncIterator[ConstatDeRegle]:
    """Try each rule, in order; once nothing more can be tried, the others are said not to be."""
    fin = ""
    for regle in regles:
        if fin:
            yield ConstatDeRegle(regle, Sort.EMPECHEE, pourquoi=fin)
            continue
        if manque := _manque(essai, regle):
            yield ConstatDeRegle(regle, Sort.ECARTEE, pourquoi=manque)
            continue
        try:
            await regle.verifier(essai)
        except Manquement as manquement:
            yield ConstatDeRegle(regle, Sort.MANQUEE, manquement.vu, manquement.attendu)
        except Impossible as empechement:
            yield ConstatDeRegle(regle, Sort.EMPECHEE, pourquoi=str(empechement))
        except Arret as arret:
            fin = str(arret)
            yield ConstatDeRegle(regle, Sort.EMPECHEE, pourquoi=fin)
        else:
            yield ConstatDeRegle(regle, Sort.TENUE)


def _manque(essai: Essai, regle: RegleDuContrat) -> str:
    """What a rule asks for and was not given; empty: nothing."""
    donnes = {
        Demande.DOSSIER: bool(essai.donne) or essai.ecrire,
        Demande.ETRANGER: essai.etranger is not None,
        Demande.ECRITURE: essai.ecrire,
        Demande.LIE: essai.lie is not None,
        Demande.PERSONNE: essai.personne is not None and bool(essai.donne),
    }
    return next((demande.value for demande in regle.demandes if not donnes[demande]), "")


def etat_de_sortie(constats: Sequence[ConstatDeRegle]) -> int:
    """0: all that was to be tried is kept; 1: some rule is not; 2: some could not be tried."""
    sorts = {constat.sort for constat in constats}
    if Sort.MANQUEE in sorts:
        return MANQUE
    return INCOMPLET if Sort.EMPECHEE in sorts or Sort.TENUE not in sorts else TOUT_TENU


def compter(constats: Sequence[ConstatDeRegle]) -> dict[str, int]:
    """How many rules are kept, missed, not tried."""
    tenues, manquees = (sum(c.sort is sort for c in constats) for sort in (Sort.TENUE, Sort.MANQUEE))
    return {"tenue": tenues, "manquée": manquees, "non essayée": len(constats) - tenues - manquees}


def total(essai: Essai, constats: Sequence[ConstatDeRegle]) -> str:
    """The last line."""
    dits = [f"{combien} {quoi}{'s' * (combien > 1)}" for quoi, combien in compter(constats).items()]
    depense = essai.serveur.depense
    return f"{len(constats)} règles : {', '.join(dits)}. {depense.requetes} requêtes, {depense.secondes:.0f} secondes."


def en_json(essai: Essai, constats: Sequence[ConstatDeRegle]) -> dict[str, Any]:
    """The report of a program."""
    depense = essai.serveur.depense
    return {
        "url": essai.serveur.url,
        "regles": [constat.en_json() for constat in constats],
        "total": dict(zip(("tenues", "manquees", "non_essayees"), compter(constats).values(), strict=True)),
        "requetes": depense.requetes,
        "octets": depense.octets,
        "secondes": round(depense.secondes, 1),
    }
