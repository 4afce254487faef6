"""A year of a commission, in numbers: counted from what its secretariat reads of its sessions, the few hidden.

Each case that was examined is decided and journaled apart, as for any paper; what leaves has no household in it.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import date
from http import HTTPStatus
from typing import Any, Final
from uuid import UUID

import orjson

from adapters.gate import seances
from adapters.gate.contexte import Acces, Gate
from adapters.gate.documents import dresser
from adapters.gate.refus import Refus, en_panne, journaliser_refus
from adapters.gate.seances import SEANCE_INTROUVABLE, JoursDemandes
from policies.decision import Action
from projections.indicateurs import publiable, total_publiable

SEANCES_PAR_PAGE: Final = 200
EXAMENS_AU_PLUS: Final = 1000
TROP_D_EXAMENS: Final = "trop_d_examens"
_TROP: Final = f"Plus de {EXAMENS_AU_PLUS} examens dans cette année : ce bilan ne se fait pas en une fois."
ETATS: Final = ("EXAMINE", "INSCRIT", "REPORTE", "RETIRE")
"""The states of a case on an agenda that a year counts."""
SANS_AVIS: Final = "SANS_AVIS"
SANS_SUITE: Final = "SANS_SUITE"
NON_COMMUNIQUE: Final = "NON_COMMUNIQUE"
"""What stands for a code where there is none, or none that is shown."""


@en_panne
async def compter(gate: Gate, acces: Acces, instance: str, annee: int, papier: str) -> dict[str, Any]:
    """What a body did in a year up to today, to who keeps its papers: ``papier`` is what the rows say that it is for.

    A count is None where it would tell of a few cases, or leave so few of another. ``Refus`` 404 as for a body that
    held nothing or is none, 422 for more than ``EXAMENS_AU_PLUS``. A case that may not be read is left out: ``fermes``.
    """
    tenues = await _siennes(gate, acces, instance, annee)
    compte = _Compte(annee)
    etats = [await _lire(gate, acces, seance, compte, papier) for seance in tenues]
    par_etat = {etat: _publies({str(n): lus[etat] for n, (lus, _) in enumerate(etats)}) for etat in ETATS}
    return {
        "libelle": tenues[0]["libelle"],
        "annee": annee,
        "au": min(acces.le, date(annee, 12, 31)).isoformat(),
        "seances": [
            {
                "le": seance["le"],
                "etat": seance["etat"],
                "quorum": quorum,
                "dossiers": {etat: par_etat[etat][str(n)] for etat in ETATS},
            }
            for n, (seance, (_, quorum)) in enumerate(zip(tenues, etats, strict=True))
        ],
        "examens": _total(sum(lus["EXAMINE"] for lus, _ in etats)),
        "repartitions": {
            nom: {"total": _total(sum(dits.values())), "par": _publies(dits)} for nom, dits in compte.dits.items()
        },
        "fermes": compte.fermes,
    }


def _total(n: int) -> int | None:
    return n if total_publiable(n) else None


def _publies(comptes: Mapping[str, int]) -> Mapping[str, int | None]:
    """What is told of some counts whose total is, where it is no few."""
    total = sum(comptes.values())
    return publiable(comptes, total) if total_publiable(total) else dict.fromkeys(comptes)


class _Compte:
    """What was said of the cases of some sessions, by code: of each session the avis, of each case the rest once."""

    def __init__(self, annee: int) -> None:
        self.annee = annee
        self.avis: Counter[str] = Counter()
        self.recommandations: dict[str, str] = {}
        self.suites: dict[str, str] = {}
        self.fermes = 0

    @property
    def examens(self) -> int:
        """How many were looked at."""
        return self.avis.total() + self.fermes

    @property
    def dits(self) -> dict[str, Mapping[str, int]]:
        """The counts, by what they are of."""
        suites = (self.suites.get(numero, SANS_SUITE) for numero in self.recommandations)
        return {
            "avis": self.avis,
            "recommandations": Counter(self.recommandations.values()),
            "suites": Counter(suites),
        }

    def compter(self, faits: Iterable[Mapping[str, Any]], seance: Mapping[str, Any]) -> None:
        """One case of a session, as it is shown to who keeps its papers."""
        debout = [f for f in faits if not f.get("corrige_par") and not f.get("efface")]
        siens = [f for f in debout if f["champs"].get("instance") == seance["genre"]]
        avis = [f for f in siens if f["type"] == "AvisRendu" and f["survenu_le"] == seance["le"]]
        self.avis[_code(avis[-1], "sens") if avis else SANS_AVIS] += 1
        for f in siens:
            if f["type"] == "RecommandationEmise" and f["survenu_le"][:4] == str(self.annee):
                self.recommandations[f["champs"]["recommandation"]] = _code(f, "categorie")
        for f in debout:
            if f["type"] == "RecommandationSuivie":
                self.suites[f["champs"]["recommandation"]] = _code(f, "statut")


def _code(fait: Mapping[str, Any], champ: str) -> str:
    return str(fait["champs"].get(champ) or NON_COMMUNIQUE)


async def _siennes(gate: Gate, acces: Acces, instance: str, annee: int) -> list[Mapping[str, Any]]:
    """The sessions of a body in that year, up to today, of which this subject keeps the papers."""
    jours = JoursDemandes(date(annee, 1, 1), min(acces.le, date(annee, 12, 31)), limite=SEANCES_PAR_PAGE)
    siennes: list[Mapping[str, Any]] = []
    while True:
        page = await seances.lister(gate, acces, jours)
        siennes += [s for s in page["seances"] if s["instance"] == instance and s["votre_place"] == "secretariat"]
        if page["suivant"] is None:
            break
        jours = jours._replace(apres=UUID(page["suivant"]))
    if not siennes:
        await journaliser_refus(gate, acces, Action.SIEGER, "introuvable")
        raise Refus(HTTPStatus.NOT_FOUND, "introuvable", SEANCE_INTROUVABLE)
    return siennes


async def _lire(
    gate: Gate, acces: Acces, seance: Mapping[str, Any], compte: _Compte, papier: str
) -> tuple[Counter[str], str | None]:
    """How many cases of a session were in each state, and its quorum; what was said of those examined is counted."""
    lue = (await seances.lire(gate, acces, UUID(seance["seance"]))).document
    vue = gate.tables.vue_de(seance["genre"]) or ""
    for ligne in lue["dossiers"]:
        if ligne["inscription"] != "EXAMINE":
            continue
        if compte.examens >= EXAMENS_AU_PLUS:
            await journaliser_refus(gate, acces, Action.SIEGER, TROP_D_EXAMENS)
            raise Refus(HTTPStatus.UNPROCESSABLE_ENTITY, TROP_D_EXAMENS, _TROP)
        try:
            matiere = await dresser(gate, acces, UUID(ligne["dossier"]), papier, vue)
        except Refus as refus:
            if refus.statut not in {HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND}:
                raise
            compte.fermes += 1
            continue
        compte.compter(orjson.loads(matiere)["document"]["faits"], seance)
    return Counter(ligne["inscription"] for ligne in lue["dossiers"]), lue["seance"]["quorum"]
