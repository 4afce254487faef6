"""The annual papers that can be had: the charter's figures of a year, and a year of a commission.

Each asks the gate first, which decides and journals, then has it made apart.
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
from adapters.gate.indicateurs import editer
from adapters.gate.refus import Refus, journaliser_refus
from adapters.gate.seances import JoursDemandes
from adapters.papier.bilan import SANS_AVIS, SANS_SUITE
from adapters.papier.documents import Papier, imprimer, marque
from adapters.papier.faits import INCONNU
from adapters.papier.presse import Atelier
from policies.decision import Action

CHARTE: Final = "bilan-charte"
COMMISSION: Final = "bilan-commission"
"""What the rows of these papers say that they are."""
SEANCES_PAR_PAGE: Final = 200
EXAMENS_AU_PLUS: Final = 1000
TROP_D_EXAMENS: Final = "trop_d_examens"
TROP: Final = f"Plus de {EXAMENS_AU_PLUS} examens dans cette année : ce bilan ne se fait pas en une fois."


async def charte(gate: Gate, atelier: Atelier, acces: Acces, annee: int) -> Papier:
    """The charter's figures of a year. ``Refus`` as of the figures themselves."""
    async with atelier.place() as presse:
        retrace = await editer(gate, acces, annee, CHARTE)
        commande = {"papier": CHARTE, "matieres": [], "retrace": retrace, "marque": marque(acces)}
        octets = await imprimer(gate, presse, acces, None, commande)
    return Papier(octets, f"{CHARTE}-{annee}.pdf")


async def commission(gate: Gate, atelier: Atelier, acces: Acces, instance: str, annee: int) -> Papier:
    """What a body did in a year, to who keeps its papers; ``Refus`` 404 as for a body that held nothing or is none.

    Each case that was examined is decided and journaled apart; one that may not be read is left out, and counted.
    """
    async with atelier.place() as presse:
        tenues = await _siennes(gate, acces, instance, annee)
        compte = _Compte(annee)
        vues = [await _lire(gate, acces, seance, compte) for seance in tenues]
        commande = {
            "papier": COMMISSION,
            "matieres": [],
            "libelle": tenues[0]["libelle"],
            "annee": annee,
            "au": min(acces.le, date(annee, 12, 31)).isoformat(),
            "seances": vues,
            "comptes": compte.dits,
            "fermes": compte.fermes,
            "marque": marque(acces),
        }
        octets = await imprimer(gate, presse, acces, None, commande)
    return Papier(octets, f"{COMMISSION}-{instance}-{annee}.pdf")


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
    def dits(self) -> dict[str, dict[str, int]]:
        """The counts, as a composer takes them."""
        return {
            "avis": dict(self.avis),
            "recommandations": dict(Counter(self.recommandations.values())),
            "suites": dict(Counter(self.suites.get(numero, SANS_SUITE) for numero in self.recommandations)),
        }

    def compter(self, faits: Iterable[Mapping[str, Any]], seance: Mapping[str, Any]) -> None:
        """One case of a session, as it is shown to who keeps its papers."""
        debout = [f for f in faits if not f.get("corrige_par") and not f.get("efface")]
        siens = [f for f in debout if f["champs"].get("instance") == seance["genre"]]
        avis = [f for f in siens if f["type"] == "AvisRendu" and f["survenu_le"] == seance["le"]]
        self.avis[_code(avis[-1], "sens") if avis else SANS_AVIS] += 1
        emises = (f for f in siens if f["type"] == "RecommandationEmise" and f["survenu_le"][:4] == str(self.annee))
        for f in emises:
            self.recommandations[f["champs"]["recommandation"]] = _code(f, "categorie")
        for f in debout:
            if f["type"] == "RecommandationSuivie":
                self.suites[f["champs"]["recommandation"]] = _code(f, "statut")


def _code(fait: Mapping[str, Any], champ: str) -> str:
    return str(fait["champs"].get(champ) or INCONNU)


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
        raise Refus(HTTPStatus.NOT_FOUND, "introuvable", seances.SEANCE_INTROUVABLE)
    return siennes


async def _lire(gate: Gate, acces: Acces, seance: Mapping[str, Any], compte: _Compte) -> dict[str, Any]:
    """One session: how many cases were in each state; what was said of those that were examined is counted."""
    lue = (await seances.lire(gate, acces, UUID(seance["seance"]))).document
    vue = gate.tables.vue_de(seance["genre"]) or ""
    for ligne in lue["dossiers"]:
        if ligne["inscription"] != "EXAMINE":
            continue
        if compte.examens >= EXAMENS_AU_PLUS:
            await journaliser_refus(gate, acces, Action.SIEGER, TROP_D_EXAMENS)
            raise Refus(HTTPStatus.UNPROCESSABLE_ENTITY, TROP_D_EXAMENS, TROP)
        try:
            matiere = await dresser(gate, acces, UUID(ligne["dossier"]), COMMISSION, vue)
        except Refus as refus:
            if refus.statut not in {HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND}:
                raise
            compte.fermes += 1
            continue
        compte.compter(orjson.loads(matiere)["document"]["faits"], seance)
    etats = Counter(ligne["inscription"] for ligne in lue["dossiers"])
    return {
        "seance": seance["seance"],
        "le": seance["le"],
        "etat": seance["etat"],
        "quorum": lue["seance"]["quorum"],
        "etats": {etat: n for etat, n in etats.items() if etat != "PROPOSE"},
    }
