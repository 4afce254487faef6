"""A token that is bound to a key: it opens nothing to who has a copy of it and no more."""

import time
from collections.abc import Mapping
from typing import Any, Final

from adapters.conformite.essai import MOI, Essai
from adapters.conformite.preuves import JetonLie
from adapters.conformite.serveur import Manquement, Recue

VIEILLE: Final = 3600
"""Seconds of a proof that nobody takes any more."""
_REFUSE: Final = 401


async def sans_preuve(essai: Essai) -> None:
    """With its proof it opens; without, or as a token that is not bound, it does not, and what is missing is said."""
    lie = essai.jeton_lie
    await _ouvre(essai, lie, _prouver(essai, lie))
    for quoi, entetes in (
        ("sans preuve", {"Authorization": f"DPoP {lie.jeton}"}),
        ("présenté par Bearer", {"Authorization": f"Bearer {lie.jeton}"}),
        (
            "présenté par Bearer, avec une preuve",
            {"Authorization": f"Bearer {lie.jeton}", "DPoP": _prouver(essai, lie)},
        ),
    ):
        recue = await _presenter(essai, entetes)
        _refusee(recue, quoi)
        if not any("dpop" in defi.lower() for defi in recue.entetes.get_list("www-authenticate")):
            raise Manquement("401 sans WWW-Authenticate: DPoP", "401, et par quoi revenir")


async def preuve_d_une_requete(essai: Essai) -> None:
    """A proof holds for its method, its address and its token."""
    lie, ailleurs = essai.jeton_lie, f"{essai.serveur.url}/v1/autre-adresse"
    await _ouvre(essai, lie, _prouver(essai, lie))
    for quoi, preuve in (
        ("d'une autre méthode (htm)", _prouver(essai, lie, htm="POST")),
        ("d'une autre adresse (htu)", _prouver(essai, lie, htu=ailleurs)),
        ("d'un autre hôte (htu)", _prouver(essai, lie, htu=f"https://ailleurs.exemple{MOI}")),
        ("d'un autre jeton (ath)", _prouver(essai, lie, ath="A" * 43)),
        ("sans jeton (ath)", _prouver(essai, lie, ath=None)),
    ):
        _refusee(await _lier(essai, lie, preuve), f"sous une preuve {quoi}")


async def preuve_rejouee(essai: Essai) -> None:
    """A proof serves once."""
    lie = essai.jeton_lie
    preuve = _prouver(essai, lie)
    await _ouvre(essai, lie, preuve)
    _refusee(await _lier(essai, lie, preuve), "sous une preuve qui a déjà servi")


async def preuve_contrefaite(essai: Essai) -> None:
    """A proof of another key, that its key did not sign, of another day, or two of them, prove nothing."""
    lie = essai.jeton_lie
    await _ouvre(essai, lie, _prouver(essai, lie))
    bonne, autre = _prouver(essai, lie), JetonLie(lie.jeton, lie.neuve())
    tete, dite, _ = bonne.split(".")
    signee_par_une_autre = f"{tete}.{dite}.{_prouver(essai, autre).rpartition('.')[2]}"
    for quoi, preuve in (
        ("d'une autre clé", _prouver(essai, autre)),
        ("signée par une autre clé", signee_par_une_autre),
        ("d'il y a une heure (iat)", _prouver(essai, lie, iat=int(time.time()) - VIEILLE)),
        ("sans date (iat)", _prouver(essai, lie, iat=None)),
    ):
        _refusee(await _lier(essai, lie, preuve), f"sous une preuve {quoi}")


def _prouver(essai: Essai, lie: JetonLie, **autrement: Any) -> str:  # noqa: ANN401 - claims
    return lie.prouver("GET", f"{essai.serveur.url}{MOI}", **autrement)


async def _ouvre(essai: Essai, lie: JetonLie, preuve: str) -> None:
    """What every rule of a bound token begins with: a proof that is right opens."""
    recue = await _lier(essai, lie, preuve)
    if recue.statut == _REFUSE:
        raise Manquement(f"{recue.dite} sous une preuve juste", "200")
    recue.prealable(200)


async def _lier(essai: Essai, lie: JetonLie, preuve: str) -> Recue:
    return await _presenter(essai, {"Authorization": f"DPoP {lie.jeton}", "DPoP": preuve})


async def _presenter(essai: Essai, entetes: Mapping[str, str]) -> Recue:
    """Asked once: what would ask again under the same proof would replay it."""
    return await essai.demander("GET", MOI, entetes=entetes, une_fois=True)


def _refusee(recue: Recue, quoi: str) -> None:
    if recue.statut != _REFUSE:
        raise Manquement(f"{recue.dite} {quoi}", "401 : un jeton lié ne vaut que sous sa preuve")
