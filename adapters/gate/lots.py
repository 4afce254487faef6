"""Many contributions and openings at once: each is a unit of its own."""

import asyncio
from collections import OrderedDict
from collections.abc import Sequence
from typing import Any, Final

from adapters.gate import saisie
from adapters.gate.contexte import Acces, Gate
from adapters.gate.contribuer import (
    contribution_prete,
    ecrire_contribution,
    ecrire_ouverture,
    essayer_prete,
    ouverture_prete,
)
from adapters.gate.corps import saisie_de
from adapters.gate.refus import Refus, champs_de, en_panne, saisir
from adapters.gate.textes import uuid_ou_rien
from policies.decision import Action

ENSEMBLE: Final = 32 * 1024
"""Bytes of a batch that are worked on together."""


async def lot(
    gate: Gate, acces: Acces, lignes: Sequence[bytes], *, apres: int = 0, blanc: bool = False
) -> list[dict[str, Any]]:
    """Many contributions and openings, one per line; each is a unit of its own, and a bad one stops none of the others.

    Those of one case are done in their order; the others together, so that they share their commits, as many at once
    as weigh ``ENSEMBLE``: what they wait for comes to all of them together, and all of them would go on in one breath.
    ``apres``: the lines that came before these. ``blanc``: each is tried.
    """
    resultats: list[dict[str, Any]] = []
    debut = poids = 0
    for rang, texte in enumerate(lignes):
        poids += len(texte)
        if rang > debut and poids > ENSEMBLE:
            resultats += await _ensemble(gate, acces, lignes[debut:rang], blanc=blanc)
            debut, poids = rang, len(texte)
    resultats += await _ensemble(gate, acces, lignes[debut:], blanc=blanc)
    return [{"ligne": apres + rang} | rendu for rang, rendu in enumerate(resultats, 1)]


async def _ensemble(gate: Gate, acces: Acces, lignes: Sequence[bytes], *, blanc: bool) -> list[dict[str, Any]]:
    par_dossier: OrderedDict[object, list[tuple[int, object]]] = OrderedDict()
    for rang, texte in enumerate(lignes):
        contenu = saisie_de(texte)
        dossier = contenu.get("dossier") if isinstance(contenu, dict) else rang
        par_dossier.setdefault(dossier if isinstance(dossier, str) else rang, []).append((rang, contenu))
    resultats: dict[int, dict[str, Any]] = {}

    async def suite(contenus: Sequence[tuple[int, object]]) -> None:
        for rang, contenu in contenus:
            resultats[rang] = await _ligne_de_lot(gate, acces, contenu, blanc=blanc)

    await asyncio.gather(*(suite(contenus) for contenus in par_dossier.values()))
    return [resultats[rang] for rang in range(len(lignes))]


async def _ligne_de_lot(gate: Gate, acces: Acces, contenu: object, *, blanc: bool) -> dict[str, Any]:
    dossier, cle = saisie.en_tete_de_ligne(contenu)
    rendu: dict[str, Any] = {"cle": cle, "dossier": dossier}
    try:
        return rendu | await _une(gate, acces, contenu, blanc=blanc)
    except Refus as refus:
        dit = {"statut": refus.statut, "code": refus.code, "detail": refus.message, "champs": champs_de(refus)}
        return rendu | dit


@en_panne
async def _une(gate: Gate, acces: Acces, contenu: object, *, blanc: bool) -> dict[str, Any]:
    """One line: without a case, and with a dwelling, it opens one."""
    if isinstance(contenu, dict) and "dossier" not in contenu and "logement" in contenu:
        cle, reste = await saisir(gate, acces, Action.OUVRIR, None, lambda: saisie.ligne_d_ouverture(contenu))
        prete, ecrite = await ouverture_prete(gate, acces, reste, cle), ecrire_ouverture
    else:
        dit = uuid_ou_rien(contenu.get("dossier")) if isinstance(contenu, dict) else None
        dossier, cle, reste = await saisir(gate, acces, Action.EMETTRE, dit, lambda: saisie.ligne_de_lot(contenu))
        prete, ecrite = await contribution_prete(gate, acces, dossier, reste, cle), ecrire_contribution
    if blanc:
        await essayer_prete(gate, prete)
        return {"statut": 204}
    recu = await ecrite(gate, prete)
    return {
        "dossier": str(recu.dossier),
        "statut": 201,
        "contribution": str(recu.contribution),
        "position": recu.position,
    }
