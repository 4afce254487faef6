"""Who was of the household when, and how often its case was closed and went on, as the facts that are shown tell it."""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any, Final

import msgspec

FaitLu = Mapping[str, Any]
"""A fact as it is shown, in JSON."""


class FaitRapporte(msgspec.Struct, frozen=True, gc=False):
    """Of a fact as it is shown, what its situation is made of."""

    id: str
    type: str
    survenu_le: str
    enregistre_le: str | None
    auteur: dict[str, Any] | None
    champs: dict[str, Any]
    corrige_par: str | None


RACONTENT: Final = frozenset(
    {"DossierOuvert", "DossierClos", "DossierRouvert", "OccupantDeclare", "OccupantParti", "PersonneEffacee"}
)
"""The types of facts that tell it."""


def menage(faits: Iterable[FaitRapporte], le: date) -> list[dict[str, Any]]:
    """Each person that was declared, in the order of declaration: in which quality, since when, until when.

    ``present``: whether she is of the household on that day. Nobody says that she came after it, or left by it.
    """
    personnes: dict[str, dict[str, Any]] = {}
    for fait in faits:
        dits = fait.champs
        if fait.corrige_par is not None or "personne" not in dits:
            continue
        sienne = personnes.get(dits["personne"])
        if fait.type == "OccupantDeclare":
            sienne = personnes.setdefault(dits["personne"], {"qualite": None, "entre_le": None, "parti_le": None})
            sienne |= {nom: dits[nom] for nom in ("qualite", "entre_le") if dits.get(nom) is not None}
        elif fait.type == "OccupantParti" and sienne is not None:
            sienne["parti_le"] = fait.survenu_le
    jour = le.isoformat()
    return [
        {
            "personne": personne,
            **dite,
            "present": (dite["entre_le"] or jour) <= jour and (dite["parti_le"] is None or jour < dite["parti_le"]),
        }
        for personne, dite in personnes.items()
    ]


def episodes(faits: Iterable[FaitRapporte]) -> list[dict[str, Any]]:
    """From the signalement to the closing, then from each reopening: in the order of days, then as they were told."""
    suite: list[dict[str, Any]] = []
    dits = [fait for fait in faits if fait.corrige_par is None]
    for fait in sorted(dits, key=lambda dit: dit.survenu_le):
        en_cours = suite[-1] if suite and suite[-1]["au"] is None else None
        motif = fait.champs.get("motif")
        if fait.type == "DossierClos" and en_cours is not None:
            en_cours |= {"au": fait.survenu_le, "motif_cloture": motif}
        elif fait.type in {"DossierOuvert", "DossierRouvert"} and en_cours is None:
            suite.append({"du": fait.survenu_le, "motif": motif, "au": None, "motif_cloture": None})
    return suite
