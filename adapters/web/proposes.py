"""What waits for an agenda, and why: proposals, saisines, cases that another session handed on, one-year follow-ups.

Made of what each case's own reading shows to who reads it: nothing here says more.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final

from adapters.gate.attentes import Depuis, Voulues
from adapters.web.apercus import Apercu, Seancier, apercevoir
from adapters.web.fait_montre import FaitMontre
from adapters.web.site import Site, Visite
from ledger.droit.attentes import historique

SUIVIS: Final = 20
"""One-year follow-ups that one page shows; the others are on the page of what follows the sessions."""
_UN_AN: Final = "SUIVI_UN_AN"
_CLIL: Final = "CLIL_SECRETARIAT"
_SEUILS: Final[Mapping[str, str]] = MappingProxyType(
    {"SIGNALER": "au-dessus du seuil de signalement", "SOUS_SEUIL": "sous le seuil de signalement"}
)
"""What the clock of the commandement says of its signalement, in the states that say something."""


@dataclass(frozen=True, slots=True)
class Pourquoi:
    """Why a case waits for an agenda. ``manque``: what a session needs, and nobody has told this reader."""

    phrase: str
    le: str
    motif: str
    manque: tuple[str, ...]
    seuil: str


def pourquoi(vu: Apercu) -> Pourquoi:
    """Of the last proposal to the commission, or the last saisine of the CCAPEX, that stands."""
    dit = _propose(vu)
    return Pourquoi(
        phrase=_phrase(vu, dit) if dit else "",
        le=dit.le if dit else "",
        motif=str(dit.brut.get("motif") or "") if dit else "",
        manque=_manque(vu, dit),
        seuil=_SEUILS.get(vu.seuil, ""),
    )


def _propose(vu: Apercu) -> FaitMontre | None:
    voulus = {"CcapexSaisie"} if vu.vue == "ccapex" else {"DossierPropose"}
    dits = [f for s in vu.fiche.sections for f in s.faits if f.type in voulus and f.tient]
    return max(dits, key=lambda f: (f.brut["__le"], f.enregistre), default=None)


def _phrase(vu: Apercu, dit: FaitMontre) -> str:
    if dit.type == "DossierPropose":
        return f"proposé par {dit.auteur.organisation}"
    if _role_de(vu, dit) == _CLIL:
        return f"transmis par une CLIL ({dit.auteur.organisation})"
    if dit.brut.get("reputee") is True:
        return "réputée saisie par le signalement de l'impayé"
    return f"saisie : {dit.mot('saisissant') or 'qui, non communiqué'}"


def _role_de(vu: Apercu, dit: FaitMontre) -> str:
    brut = next(f for f in vu.document["faits"] if str(f["id"]) == dit.id)
    return str((brut.get("auteur") or {}).get("role") or "")


def _manque(vu: Apercu, dit: FaitMontre | None) -> tuple[str, ...]:
    """The monthly rent, and the debt or its statement: what a landlord's saisine states (loi 89-462 art. 24 II)."""
    decompte = dit is not None and dit.brut.get("decompte_joint") is True
    return (
        *(() if vu.fiche.synthese.loyer else ("loyer",)),
        *(() if decompte or vu.fiche.dettes_actuelles else ("décompte de la dette",)),
    )


def arrivee(vu: Apercu, seance: Mapping[str, Any]) -> str:
    """Why a case that another session postponed comes to this one; empty where it was listed here."""
    reports = [
        f
        for s in vu.fiche.sections
        for f in s.faits
        if f.type == "InscriptionReportee" and f.tient and f.brut.get("reporte_a") == seance["seance"]
    ]
    return f"reporté d'une autre séance : {reports[0].mot('motif') or 'motif non communiqué'}" if reports else ""


@dataclass(frozen=True, slots=True)
class Suivis:
    """The follow-ups one year on that are due: since when, by case; their lines; whether there are more."""

    attendus: Mapping[str, str]
    apercus: Mapping[str, Apercu]
    reste: bool


async def suivis(site: Site, visite: Visite, seance: Mapping[str, Any], ici: Collection[str]) -> Suivis:
    """What of the cases that a commission examined a year ago is to be looked at, but for those ``ici``."""
    if not any((r.genre, r.instance) == (_UN_AN, seance["genre"]) for r in historique()):
        return Suivis({}, {}, reste=False)
    lues = await site.guichet.attentes(visite.acces, Voulues((_UN_AN,)), Depuis(limite=SUIVIS))
    attendus = {a["dossier"]: a["depuis"] for a in lues["attentes"] if a["dossier"] not in ici}
    gate = site.guichet.gate
    lecteur = Seancier(gate, visite.acces, gate.tables.vue_de(seance["genre"]))
    return Suivis(attendus, await apercevoir(lecteur, attendus), reste=bool(lues["suivant"]))
