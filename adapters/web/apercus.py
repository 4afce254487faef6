"""What of a case matters in a session, in one line: who, where, how far, what is owed, what falls due next.

Each is read as its own page is, by the same verbs: what this reader may not know of leaves an empty line.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final, NamedTuple
from uuid import UUID

from adapters.gate import consulter, echeances
from adapters.gate.contexte import Acces, Gate
from adapters.gate.mes_dossiers import COURENT
from adapters.gate.redaction import Signet
from adapters.gate.refus import Refus
from adapters.web.fait_montre import Document, FaitMontre
from adapters.web.fiche import Dette, Fiche, fiche

PAGES_DE_FAITS: Final = 20
"""As many as a full case has, and some to spare."""
_INDISPONIBLE: Final = 500


class Seancier(NamedTuple):
    """Who reads, through the view of which commission, on which day."""

    gate: Gate
    acces: Acces
    vue: str


@dataclass(frozen=True, slots=True)
class Apercu:
    """A case as a session needs it. ``horloges``: those that run, the first to run out first.

    ``vue``: of which commission; ``seuil``: what the law's clock says of the signalement of the last commandement.
    """

    document: Document
    fiche: Fiche
    horloges: Sequence[Mapping[str, Any]]
    vue: str = ""
    seuil: str = ""

    @property
    def prochaine(self) -> Mapping[str, Any] | None:
        """The clock that runs out first."""
        return next(iter(self.horloges), None)

    @property
    def dette(self) -> Dette | None:
        """The last debt that was told, whoever told it."""
        return next(iter(self.fiche.dettes_actuelles), None)


async def entier(lecteur: Seancier, dossier: UUID) -> Document:
    """All that this reader is shown of a case, page after page: the last debt told is in the last one."""
    page = Signet()
    document = await _page(lecteur, dossier, page)
    faits = list(document["faits"])
    suivant = document.get("suivant")
    for _ in range(PAGES_DE_FAITS):
        if suivant is None:
            break
        autre = await _page(lecteur, dossier, Signet(UUID(str(suivant))))
        faits += autre["faits"]
        suivant = autre.get("suivant")
    return {**document, "faits": faits, "suivant": None}


async def _page(lecteur: Seancier, dossier: UUID, page: Signet) -> Document:
    return (await consulter.lire(lecteur.gate, lecteur.acces, dossier, vue=lecteur.vue, page=page)).document


async def lire(lecteur: Seancier, dossier: UUID) -> Apercu:
    """A case and its clocks; ``Refus`` as its own page has it."""
    document = await entier(lecteur, dossier)
    comptees = (await echeances.lire(lecteur.gate, lecteur.acces, dossier)).document["echeances"]
    le = lecteur.acces.le
    seuils = [str(h["etat"]) for h in comptees if h["regle"] == "CDP-seuil"]
    return Apercu(document, fiche(document, le), _courent(comptees, le), lecteur.vue, seuils[-1] if seuils else "")


def _courent(horloges: Iterable[Mapping[str, Any]], le: date) -> list[Mapping[str, Any]]:
    jour = le.isoformat()
    courent = [h for h in horloges if h["etat"] in COURENT and h["dernier_jour"] and h["dernier_jour"] >= jour]
    return sorted(courent, key=lambda h: (h["dernier_jour"], h["regle"]))


async def apercevoir(lecteur: Seancier, dossiers: Iterable[str]) -> dict[str, Apercu]:
    """Several cases, by id. One that this reader may not open, or whose keys are lost, is not there."""
    vus = {}
    for dossier in dossiers:
        try:
            vus[dossier] = await lire(lecteur, UUID(dossier))
        except Refus as refus:
            if refus.statut >= _INDISPONIBLE and refus.code not in _D_UN_SEUL:
                raise
    return vus


_D_UN_SEUL: Final = frozenset({"cle_absente", "effacement_sans_tombe"})
"""What is wrong with one case, and no reason to hide the others."""


def etat_en_seance(apercu: Apercu, seance: Mapping[str, Any]) -> str:
    """Where a case stands in a session, of what its reader is shown: as the agenda has it; empty: no part of it."""
    dit = places(apercu.document).get(str(seance["seance"]))
    if dit is None:
        return ""
    if dit["type"] in _QUITTENT and str(dit["champs"].get("seance")) == seance["seance"]:
        return _QUITTENT[dit["type"]]
    examine = any(f.type == "DossierExamine" for f in de_la_seance(apercu.fiche, seance))
    return "EXAMINE" if examine else "INSCRIT"


_QUITTENT: Final = {"InscriptionReportee": "REPORTE", "InscriptionRetiree": "RETIRE"}


def places(document: Document) -> dict[str, Mapping[str, Any]]:
    """By session, the last fact that stands and says whether the case is on its agenda."""
    dites: dict[str, Mapping[str, Any]] = {}
    for brut in document["faits"]:
        if brut.get("corrige_par") is None and brut["type"] in {"InstanceInscrite", *_QUITTENT}:
            dites |= {str(brut["champs"][nom]): brut for nom in ("seance", "reporte_a") if brut["champs"].get(nom)}
    return dites


def inscriptions(document: Document) -> dict[str, Mapping[str, Any]]:
    """By session, the fact that puts the case on its agenda, for those where it still is."""
    vers = {"InstanceInscrite": "seance", "InscriptionReportee": "reporte_a"}
    return {
        seance: brut
        for seance, brut in places(document).items()
        if brut["type"] in vers and str(brut["champs"].get(vers[brut["type"]])) == seance
    }


def de_la_seance(lue: Fiche, seance: Mapping[str, Any]) -> list[FaitMontre]:
    """What a commission said of a case on the day of a session, and still holds: its avis, then that it examined it."""
    faits = sorted({f.id: f for s in lue.sections for f in s.faits}.values(), key=lambda f: f.type)
    return [
        f
        for f in faits
        if f.type in {"DossierExamine", "AvisRendu"}
        and f.tient
        and f.brut.get("instance") == seance["genre"]
        and f.brut["__le"] == seance["le"]
    ]


def figes(apercu: Apercu, seance: Mapping[str, Any]) -> dict[str, str]:
    """By seat, when its pack of this session was last fixed."""
    return {
        str(f["champs"]["siege"]): str(f["enregistre_le"])
        for f in apercu.document["faits"]
        if f["type"] == "DossierDeSeanceFige"
        and f["champs"].get("seance") == seance["seance"]
        and "siege" in f["champs"]
    }
