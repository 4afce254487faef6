"""To whom a recommendation can be addressed: who can answer it, at the case's place; the household apart."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date
from itertools import groupby
from typing import Any, Final

from adapters.mots import libelles
from adapters.registre.instantane import Instantane, Partenaire

MENAGE: Final = ("menage", "le ménage")
_PERSONNE: Final = "USAGER"
"""The account of a person of a household: it is reached as the household, and named nowhere."""

Groupe = tuple[str, Sequence[tuple[str, str]]]


def a_qui_recommander(
    suiveurs: Collection[str], instantane: Instantane, synthese: Mapping[str, Any], le: date
) -> list[Groupe]:
    """Partners by role, in words: those of the roles that follow recommendations, whose place the case's is.

    A landlord's place is its own dwellings. ``synthese``: of the case, as the reader is shown it.
    """
    commune, bailleur = synthese.get("commune"), synthese.get("bailleur_siret")

    def au_lieu(p: Partenaire) -> bool:
        if p.portefeuille or p.role.startswith("BAILLEUR"):
            return bailleur is not None and (bailleur in p.portefeuille or p.est(bailleur))
        return p.territoire == "aucun" or p.couvre(commune, le)

    presents = [
        p
        for p in instantane.partenaires.values()
        if p.role in suiveurs and p.role != _PERSONNE and instantane.partenaire(p.code, le) is not None and au_lieu(p)
    ]
    ranges = sorted(presents, key=lambda p: [*map(libelles.alphabetique, (libelles.role(p.role), p.nom))])
    return [
        (role, [(p.code, p.nom) for p in siens]) for role, siens in groupby(ranges, key=lambda p: libelles.role(p.role))
    ]


def destinataires(instantane: Instantane, le: date) -> list[tuple[str, str]]:
    """Whom something may be addressed to: the household, and each partner of today."""
    actifs = [p for p in instantane.partenaires.values() if instantane.partenaire(p.code, le) is not None]
    return [("menage", "le ménage"), *libelles.par_mot((p.code, p.nom) for p in actifs)]
