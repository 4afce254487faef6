"""« Ce qui m'est adressé »: what is expected of a partner in the cases that it is linked to.

The projections say where to look. What is expected is found in the facts of each case as this reader is shown them,
after decision and journal: a fact that is hidden asks nothing of anybody, and answers nothing. Of a case that was
opened to find that nothing is expected there, there is a row too.
"""

import re
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from datetime import date, timedelta
from functools import cache
from itertools import product
from operator import attrgetter
from types import MappingProxyType
from typing import Any, Final, NamedTuple
from uuid import UUID

import orjson

from adapters.gate.chemins import chemins_de
from adapters.gate.consulter import plan_de
from adapters.gate.contexte import Acces, Gate, Vu
from adapters.gate.files import ATTENTE_MAXIMALE
from adapters.gate.mesures import mesure_de
from adapters.gate.plan import Plan, Rang
from adapters.gate.question import liens_de, permettre, portee_de, question_de
from adapters.gate.redaction import Signet, feuilleter
from adapters.gate.refus import alarmer, en_panne, ligne_du_journal
from adapters.gate.reunion import reunir
from adapters.mots import libelles
from ledger import catalogue as ev
from ledger.catalogue import Fait
from ledger.dossier.attentes import (
    DEMANDE_72,
    MENAGE,
    SuiteAttendue,
    agent,
    attendues,
    commission,
    partenaire,
    suivis,
)
from ledger.dossier.deductions import termine
from ledger.dossier.repli import replier
from ledger.droit.attentes import RegleDAttente, historique, regle_de
from ledger.droit.communes import historique as communes_de_toujours
from ledger.errors import Discordance
from ledger.reader import Lecture
from policies.decision import Action
from projections.attentes import DEBUT, SANS_ECHEANCE, PlaceDAttente, RangeeDAttente, Voie, lieu

ATTENTES_PAR_PAGE: Final = 50
ATTENTES_MAX: Final = 200
ETATS: Final = ("a_faire", "echu")

_OUVERT: Final = frozenset({"entier", "propres"})


class Voulues(NamedTuple):
    """What is asked for: of these kinds, or of any; falling due on that day at the latest, or whenever.

    ``a_venir``: also what is not expected before a day that has not come.
    """

    genres: Collection[str] = ()
    avant: date | None = None
    a_venir: bool = False


class Depuis(NamedTuple):
    """Where a page begins, and how many it has; a position that the projections should have reached, and the wait."""

    apres: PlaceDAttente = DEBUT
    limite: int = ATTENTES_PAR_PAGE
    position: int = 0
    attendre: float = 0.0


TOUTES: Final = Voulues()
PREMIERES: Final = Depuis()


class AttenteMontree(NamedTuple):
    """What is expected, as its reader is shown it, and its place in the list."""

    place: PlaceDAttente
    contenu: Mapping[str, Any]


class _Regardee(NamedTuple):
    """A case in which something may be expected, and what of it is shown to this reader."""

    lecture: Lecture
    plan: Plan
    cles: Mapping[UUID, UUID | None]
    rangees: Sequence[RangeeDAttente]


@en_panne
async def lister(gate: Gate, acces: Acces, voulues: Voulues = TOUTES, depuis: Depuis = PREMIERES) -> Vu:
    """A page of what is expected of this partner at this purpose, in the order of due dates."""
    await permettre(gate, acces, Action.LISTER)
    if depuis.position:
        await gate.listes.attendre(depuis.position, min(depuis.attendre, ATTENTE_MAXIMALE))
    position = await gate.listes.position()
    montrees = await _recueillir(gate, acces, voulues, depuis, lambda vues: len(vues) > depuis.limite)
    page = montrees[: depuis.limite]
    issue = ligne_du_journal(acces, Action.LISTER, "autorise" if page else "vide", revision=gate.decider.revision)
    await gate.ledger.journal.inscrire(issue)
    contenu = {
        "au": acces.le,
        "attentes": [montree.contenu for montree in page],
        "suivant": _ecrite(page[-1].place) if len(montrees) > depuis.limite else None,
    }
    return Vu(orjson.dumps(contenu), position)


async def par_dossier(gate: Gate, acces: Acces, dossiers: Collection[UUID]) -> Mapping[UUID, int]:
    """How many things are expected of this partner at this purpose in each of these cases, as ``lister`` has them."""
    rangees = await gate.listes.attendues(_voies(gate, acces, TOUTES), dossiers)
    montrees = await _montrer(gate, acces, rangees) if rangees else ()
    return Counter(UUID(montree.contenu["dossier"]) for montree in montrees)


class Echue(NamedTuple):
    """A case in which something falls due, on which day, because of which fact."""

    dossier: UUID
    le: date
    fait: UUID


async def tombant(gate: Gate, acces: Acces, genre: str, apres: PlaceDAttente, au: date, limite: int) -> Sequence[Echue]:
    """What of a kind falls due after a place and by a day, past or to come: so many at the most, in their order.

    Each is decided as ``lister`` decides it, and leaves its row; the request's own is for who asks.
    """
    voulues, depuis = Voulues((genre,), au, a_venir=True), Depuis(apres, limite)
    montrees = await _recueillir(gate, acces, voulues, depuis, lambda vues: len(vues) >= limite)
    places = ((montree.contenu["dossier"], montree.place) for montree in montrees[:limite])
    return [Echue(UUID(dossier), place.echeance, place.fait) for dossier, place in places]


@en_panne
async def compter(gate: Gate, acces: Acces, au_plus: int) -> int:
    """In how many cases the list would say that something is expected of this partner; no more than ``au_plus``."""
    await permettre(gate, acces, Action.LISTER)

    def dossiers(vues: Sequence[AttenteMontree]) -> int:
        return len({vue.contenu["dossier"] for vue in vues})

    montrees = await _recueillir(gate, acces, TOUTES, PREMIERES, lambda vues: dossiers(vues) >= au_plus)
    nombre, revision = min(dossiers(montrees), au_plus), gate.decider.revision
    issue = ligne_du_journal(
        acces, Action.LISTER, "autorise" if nombre else "vide", motif="courriel", revision=revision
    )
    await gate.ledger.journal.inscrire(issue)
    return nombre


async def _recueillir(
    gate: Gate, acces: Acces, voulues: Voulues, depuis: Depuis, assez: Callable[[Sequence[AttenteMontree]], bool]
) -> list[AttenteMontree]:
    """What is expected, from there on, in its order: until it is enough, or there is no more."""
    voies, chemins = _voies(gate, acces, voulues), chemins_de(gate, acces)
    montrees: list[AttenteMontree] = []
    suite: PlaceDAttente | None = depuis.apres
    while suite is not None and not assez(montrees):
        rangees = await gate.listes.attentes(voies, chemins, suite, depuis.limite + 1)
        montrees += await _montrer(gate, acces, rangees)
        suite = rangees[-1].place if len(rangees) > depuis.limite else None
    return montrees


_PLACE: Final = re.compile(
    r"(\d{4}-\d\d-\d\d)_(\d{4}-\d\d-\d\d)_([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})", re.ASCII
)


def place_de(texte: str) -> PlaceDAttente | None:
    """Where a page begins, as the page before wrote it; None for what none wrote."""
    lu = _PLACE.fullmatch(texte)
    try:
        return lu and PlaceDAttente(date.fromisoformat(lu[1]), date.fromisoformat(lu[2]), UUID(lu[3]))
    except ValueError:  # the 31st of February
        return None


def _ecrite(place: PlaceDAttente) -> str:
    return f"{place.echeance.isoformat()}_{place.depuis.isoformat()}_{place.fait}"


# where to look ---------------------------------------------------------------------------------------------------


def _voies(gate: Gate, acces: Acces, voulues: Voulues) -> list[Voie]:
    """Where something may be expected of this reader: of the kinds that it can answer at its purpose.

    Each way once: several rows may ask one thing of who keeps a commission's papers.
    """
    return list(
        dict.fromkeys(
            Voie(de, ou, regle.genre, _borne(regle, acces, voulues))
            for regle in historique()
            if _repond(gate, acces, regle) and (not voulues.genres or regle.genre in voulues.genres)
            for de, ou in _adresses(gate, acces, regle.a_qui)
        )
    )


def _borne(regle: RegleDAttente, acces: Acces, voulues: Voulues) -> date:
    """The last due date that is looked for."""
    avant = voulues.avant or SANS_ECHEANCE
    if voulues.a_venir:
        return avant
    if regle.passee:
        return min(avant, acces.le - timedelta(1))
    # What is due so many months after a fact is expected from that day on.
    return min(avant, acces.le) if regle.mois else avant


def _repond(gate: Gate, acces: Acces, regle: RegleDAttente) -> bool:
    role, finalite, le = acces.sujet.partenaire.role, acces.finalite, acces.le
    return any(gate.tables.emet(role, finalite, evenement, le) for evenement in regle.repond)


def _adresses(gate: Gate, acces: Acces, a_qui: str) -> Iterator[tuple[str, str]]:
    """As whom this reader is asked something, and where: as itself, as a person, as an agent, for a commission."""
    moi, le = acces.sujet.partenaire, acces.le
    match a_qui:
        case "destinataire":
            yield partenaire(moi.code), ""
            siens = acces.registre.mandats_de(moi.code, le)
            yield from ((MENAGE, str(dossier)) for dossier in siens if acces.personne(dossier) is not None)
        case "agent" if acces.sujet.agent_valide:
            yield agent(moi.code, acces.sujet.agent_valide), ""
        case "commission":
            # A commune has a row for each arrondissement that it was of: of each row it would be expected again.
            communes = sorted({c.code for c in communes_de_toujours() if moi.couvre(c.code, le)})
            yield from product(map(commission, gate.tables.commissions(moi.role)), communes)


# what is shown ---------------------------------------------------------------------------------------------------


async def _montrer(gate: Gate, acces: Acces, rangees: Sequence[RangeeDAttente]) -> list[AttenteMontree]:
    """Of these rows, what this reader is shown as expected of it, in their order."""
    par_dossier: dict[UUID, list[RangeeDAttente]] = {}
    for rangee in rangees:
        par_dossier.setdefault(rangee.dossier, []).append(rangee)
    lectures = await gate.ledger.consulter_tous(par_dossier)
    regardees = [
        regardee
        for siennes, (lecture, autres) in zip(par_dossier.values(), lectures, strict=True)
        if (regardee := await _regarder(gate, acces, siennes, lecture, autres)) is not None
    ]
    lignes = (
        ligne_du_journal(acces, Action.LISTER, "autorise", dossier=r.plan.dossier, plan=r.plan) for r in regardees
    )
    await gate.ledger.journal.inscrire(*lignes)
    montrees = [montree for regardee in regardees for montree in await _ouvrir(gate, acces, regardee)]
    return sorted(montrees, key=attrgetter("place"))


async def _regarder(
    gate: Gate, acces: Acces, rangees: Sequence[RangeeDAttente], lecture: Lecture | None, autres: Sequence[Lecture]
) -> _Regardee | None:
    """What of a case is shown that may ask something of this reader; None where nothing does. Nothing is opened."""
    dossier = rangees[0].dossier
    reunion = await reunir(gate, acces, lecture, autres)
    portee = await portee_de(gate, acces, dossier, lecture)
    if portee is None or portee.etat.menage_efface:
        return None
    liens, demande = liens_de(acces, dossier, portee), acces.designe(portee)
    question = question_de(acces, portee.etat, liens, action=Action.LISTER, demande=demande)
    question = question if reunion is None else reunion.fermee(question)
    if not (await gate.decider.decide(question)).autorise:
        return None
    sollicitants = _sollicitants(gate)
    utiles = [fait for fait in portee.faits if _utile(fait, acces, sollicitants)]
    plan = await plan_de(gate, acces, question, portee, utiles)
    dites = {(a.de, a.fait): a for a in (*attendues(replier(_tenus(plan))), *suivis(portee.etat))}
    gardees = [r for r in rangees if _confirmee(r, dites.get((r.de, r.fait)), portee)]
    cles = {attendue.fait: attendue.cle for attendue in dites.values()}
    return _Regardee(portee, plan, cles, gardees) if gardees else None


def _confirmee(rangee: RangeeDAttente, attendue: SuiteAttendue | None, portee: Lecture) -> bool:
    """Whether the facts say what the row says: a row that was written otherwise shows nothing."""
    return attendue is not None and rangee == RangeeDAttente(
        de=attendue.de,
        ou=lieu(attendue.de, portee.dossier, portee.etat.commune),
        genre=attendue.genre,
        dossier=portee.dossier,
        echeance=attendue.echeance or SANS_ECHEANCE,
        depuis=attendue.depuis,
        fait=attendue.fait,
    )


@cache
def _noms_utiles() -> frozenset[str]:
    return frozenset(nom for regle in historique() for nom in (regle.evenement, *regle.repond))


def _sollicitants(gate: Gate) -> frozenset[str]:
    """The roles that may ask an information under art. 7-2: of what others told under secrecy, nothing is opened."""
    lignes = (ligne for ligne in gate.tables.emissions if ligne["evenement"] == ev.Demande72.__name__)
    return frozenset(role for ligne in lignes for role in ligne["roles"])


def _utile(fait: Fait, acces: Acces, sollicitants: frozenset[str]) -> bool:
    """Whether a fact may ask something, or answer it."""
    if isinstance(fait.evenement, ev.ActeProtege):
        return fait.enveloppe.role in sollicitants or fait.enveloppe.partenaire == acces.sujet.partenaire.code
    return type(fait.evenement).__name__ in _noms_utiles()


def _tenus(plan: Plan) -> list[Fait]:
    """The facts that stand and are shown whole: of one that is known to exist and no more, nothing is expected."""
    return [
        rang.fait
        for rang in plan.rangs
        if rang.suite != "nature" and not plan.lecteur.etat.corrige(rang.fait.enveloppe.id) and _entier(rang, plan)
    ]


def _entier(rang: Rang, plan: Plan) -> bool:
    provenance = plan.lecteur.provenance(rang.fait)
    decision, groupe = plan.decisions[provenance], rang.fait.evenement.GROUPE
    return mesure_de(groupe, decision, emis_par_moi=provenance.emis_par_moi) in _OUVERT


async def _ouvrir(gate: Gate, acces: Acces, regardee: _Regardee) -> list[AttenteMontree]:
    """What is expected in a case, once its row is durable."""
    plan, trousseau = regardee.plan, regardee.lecture.trousseau
    page = Signet(limite=len(plan.rangs))
    try:
        feuille = await gate.parts.derouler(feuilleter(plan, trousseau, page), acces.sujet.partenaire.code)
    except Discordance as discordance:  # one case whose keys are lost hides what it asks, and not the others' list
        await alarmer(gate, acces, discordance)
        return []
    dits = {fait["id"]: fait for fait in map(orjson.loads, feuille.faits) if fait["corrige_par"] is None}
    montrees = []
    for rangee in regardee.rangees:
        fait = _demandee(dits, acces) if rangee.genre == DEMANDE_72 else dits.get(str(rangee.fait))
        regle = None if fait is None else _regle(fait)
        if fait is None or regle is None or regle.genre != rangee.genre or _a_venir(fait, regle, acces):
            continue
        if not _SCELLEES.get(regle.genre, _jamais)(fait, dits):
            contenu = _contenu(rangee, fait, regle, regardee, acces.le)
            montrees.append(AttenteMontree(rangee.place, contenu))
    return montrees


FaitsMontres = Mapping[str, dict[str, Any]]
"""By id, the facts that stand, as they are shown."""


def _regle(fait: Mapping[str, Any]) -> RegleDAttente | None:
    return regle_de(fait["type"], fait["champs"].get("instance", ""), date.fromisoformat(fait["survenu_le"]))


def _a_venir(fait: Mapping[str, Any], regle: RegleDAttente, acces: Acces) -> bool:
    """Whether the session where a case is listed was moved since, and is still to be held."""
    if not regle.passee:
        return False
    nommee = fait["champs"].get("reporte_a") or fait["champs"].get("seance")
    seance = acces.registre.seances.get(UUID(str(nommee)))
    return seance is not None and seance.annulee_le is None and seance.seance_le >= acces.le


def _jamais(_fait: Mapping[str, Any], _dits: FaitsMontres) -> bool:
    """What stands in clear says all of it."""
    return False


def _suivie(fait: Mapping[str, Any], dits: FaitsMontres) -> bool:
    """Told before that stood in clear: the last word on it says that nothing more is expected."""
    suites = [
        dit
        for dit in dits.values()
        if dit["type"] == ev.RecommandationSuivie.__name__
        and dit["champs"].get("recommandation") == fait["champs"].get("recommandation")
    ]
    return bool(suites) and termine(suites[-1]["champs"].get("statut"), date.fromisoformat(suites[-1]["survenu_le"]))


def _avise(fait: Mapping[str, Any], _dits: FaitsMontres) -> bool:
    return "menage_avise_le" in fait["champs"]


def _demandee(dits: FaitsMontres, acces: Acces) -> dict[str, Any] | None:
    """The first request under art. 7-2 that is addressed to this service, and that it has not answered."""
    repondues = {dit["champs"].get("en_reponse_a") for dit in dits.values()}
    return next(
        (
            dit
            for dit in dits.values()
            if dit["type"] == ev.Demande72.__name__
            and dit["champs"].get("destinataire") == acces.sujet.partenaire.code
            and dit["champs"].get("acte") not in repondues
        ),
        None,
    )


_SCELLEES: Final[Mapping[str, Callable[[Mapping[str, Any], FaitsMontres], bool]]] = MappingProxyType(
    {"RECOMMANDATION": _suivie, "AVISER_MENAGE": _avise}
)
"""By kind, whether what is sealed says that nothing is expected of this reader any more."""


def _contenu(
    rangee: RangeeDAttente, fait: Mapping[str, Any], regle: RegleDAttente, regardee: _Regardee, le: date
) -> dict[str, Any]:
    dits = fait["champs"]
    echeance = None if rangee.echeance == SANS_ECHEANCE else rangee.echeance
    return {
        "dossier": str(rangee.dossier),
        "genre": regle.genre,
        "libelle": regle.libelle,
        "fait": fait["id"],
        "instance": dits.get("instance"),
        "categorie": dits.get("categorie"),
        "donnee": dits.get("donnee"),
        "depuis": rangee.depuis if regle.mois else fait["survenu_le"],
        "echeance": echeance,
        "etat": "echu" if echeance is not None and echeance < le else "a_faire",
        "repond": [
            {"type": nom, "libelle": libelles.evenement(nom), "champ": champ or None}
            for nom, champ in regle.repond.items()
        ],
        "cle": regardee.cles.get(rangee.fait) or dits.get("acte"),
        "texte": regle.legal_ref,
    }
