"""The feed: what has changed of what a reader sees, as pointers, under the links, registry and rules of the moment.

A fact is told where the history of its case shows it, and by the same words. Where something else than a new fact
changed what is seen of a case, the case is told, to be read again; where the reader's own rights did, that is told.
"""

import asyncio
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Any, Final, NamedTuple
from uuid import UUID

import msgspec
import orjson

from adapters.gate.chemins import chemins_de
from adapters.gate.consulter import garder, ouverte
from adapters.gate.contexte import Acces, Garde, Gate
from adapters.gate.files import ATTENTE_MAXIMALE, Curseur
from adapters.gate.pas import Pas, tranches
from adapters.gate.provenance import REFERENCE
from adapters.gate.question import decision_de, lecteur_de, liens_de, permettre, portee_de, question_de
from adapters.gate.redaction import Tete, tetes
from adapters.gate.refus import Refus, en_panne, journaliser_refus, ligne_du_journal
from adapters.gate.reprise import Reprise, RepriseInconnue, ReprisePerimee, droits, ouvrir, sceller
from adapters.gate.reunion import Reunion, reunir
from ledger.catalogue import Fait, catalogue
from ledger.dossier.etat import Dossier
from ledger.dossier.repli import Repli
from ledger.reader import Lecture
from policies.decision import Action, Decision, Lien
from projections.nouveautes import Nouveaute, Nouveautes

PAGE: Final = 200
DUREE: Final = 1.0
"""Seconds for which one call looks for what is shown: beyond, its page may be short, and others follow."""

FAIT: Final = "fr.unefois.fait"
CORRIGE: Final = "fr.unefois.fait.corrige"
DOSSIER: Final = "fr.unefois.dossier"
ACCES: Final = "fr.unefois.acces"
TYPES: Final = {
    FAIT: "un fait vous est communiqué",
    CORRIGE: "un fait qui vous est communiqué ne tient plus, ou un autre le remplace",
    DOSSIER: "ce qui vous est communiqué d'un dossier a changé au-delà de ses faits nouveaux : relisez-le",
    ACCES: "vos droits ou les règles ont changé : relisez la liste de vos dossiers",
}

INCONNUE: Final = "« depuis » n'est pas un « suivant » qui vous a été donné à cette finalité : demandez-en un sans lui."
PERIMEE: Final = "Ce « suivant » a plus de 90 jours : relisez la liste de vos dossiers, et demandez-en un autre."

PAR_TOUR: Final = 50
"""Facts of the log that are looked at in one turn, at least; a page that has more looks at one more than it has."""

SOURCE: Final = "/v1/flux"


class Change(NamedTuple):
    """One change, at its place in the log, which is not told."""

    position: int
    evenement: Mapping[str, Any]


@dataclass
class _Suivi:
    """A call under way: after which position it tells (until ``borne``), the cases looked at, what it will tell."""

    gate: Gate
    acces: Acces
    depuis: int
    borne: int | None = None
    lus: dict[UUID, "_Lu | None"] = field(default_factory=dict)
    changes: list[Change] = field(default_factory=list)
    cle: bytes = field(init=False, repr=False)

    def __post_init__(self) -> None:
        sujet = self.acces.sujet
        qui = sujet.partenaire.code, sujet.agent_valide, self.acces.finalite
        self.cle = self.gate.ledger.index.empreinte("flux id", *qui)

    def evenement(
        self, genre: str, cle: object, dossier: str = "", tete: Tete | None = None, corrige: str | None = None
    ) -> Mapping[str, Any]:
        """A CloudEvent: the same change has the same ``id`` for the same reader, and another for each other."""
        lu = {"fait": None, "evenement": None, "groupe": None, "corrige": corrige}
        if tete is not None:
            cls = catalogue().get(tete.type)
            groupe = cls.GROUPE if cls else None
            lu = {"fait": tete.id, "evenement": tete.type or None, "groupe": groupe, "corrige": tete.corrige}
        return {
            "specversion": "1.0",
            "id": blake2b(f"{genre} {dossier} {cle}".encode(), key=self.cle, digest_size=16).hexdigest(),
            "source": SOURCE,
            "type": genre,
            **({"time": tete.enregistre_le} if tete and tete.enregistre_le else {}),
            **({"subject": dossier} if dossier else {}),
            "datacontenttype": "application/json",
            "data": {"dossier": dossier or None, **lu},
        }


class _Lu(NamedTuple):
    """A case as this reader has it now; ``change``: it was shown otherwise what was recorded by then."""

    lecture: Lecture
    garde: Garde
    change: bool


class PageDuFlux(NamedTuple):
    """A page of the feed, the token that takes it up again, and whether more follows."""

    evenements: list[Mapping[str, Any]]
    suivant: str
    encore: bool

    @property
    def corps(self) -> bytes:
        """The page as it is sent."""
        return orjson.dumps(self._asdict())


async def depart(gate: Gate, acces: Acces) -> str:
    """The token of the moment: what changes from now on is told after it."""
    return sceller(gate, acces, Reprise(await gate.listes.position(), droits(gate, acces)))


@en_panne
async def suivre(gate: Gate, acces: Acces, depuis: str | None, page: Curseur, jusqu_a: str | None = None) -> PageDuFlux:
    """A page of what has changed since a token; without one, none of it, and the token of the moment.

    ``page``: how many changes, and the position of the log that it waits for; where it begins, the token says.
    ``jusqu_a``: another of the reader's tokens, after which nothing is told.
    """
    await permettre(gate, acces, Action.LIRE)
    if page.apres_ecriture:
        await gate.listes.attendre(page.apres_ecriture, min(page.attendre, ATTENTE_MAXIMALE))
    limite = page.limite
    if depuis is None:
        await gate.ledger.journal.inscrire(ligne_du_journal(acces, Action.LIRE, "vide"))
        return PageDuFlux([], await depart(gate, acces), encore=False)
    vus, reprise = droits(gate, acces), await _reprendre(gate, acces, depuis)
    borne = None if jusqu_a is None else (await _reprendre(gate, acces, jusqu_a)).position
    suivi = _Suivi(gate, acces, reprise.position, borne)
    position, encore = await _recueillir(suivi, limite)
    changes = suivi.changes
    if len(changes) > limite and changes[-1].position > (fin := changes[limite - 1].position):
        position, encore = fin, True
        changes = [change for change in changes if change.position <= fin]  # what stands at one place stays together
    evenements = [change.evenement for change in changes]
    if reprise.droits != vus:
        evenements.insert(0, suivi.evenement(ACCES, vus.hex()))
    return PageDuFlux(evenements, sceller(gate, acces, Reprise(position, vus)), encore)


async def _reprendre(gate: Gate, acces: Acces, depuis: str) -> Reprise:
    try:
        return ouvrir(gate, acces, depuis)
    except (RepriseInconnue, ReprisePerimee) as erreur:
        await journaliser_refus(gate, acces, Action.LIRE, "requete")
        perimee = isinstance(erreur, ReprisePerimee)
        raise Refus(400, "reprise_perimee" if perimee else "requete", PERIMEE if perimee else INCONNUE) from erreur


async def _recueillir(suivi: _Suivi, limite: int) -> tuple[int, bool]:
    """Gather more changes than a page has, or all there are: how far, and whether others follow.

    What is hidden from the reader does not end a page: only what it is shown is counted.
    """
    gate, chemins = suivi.gate, chemins_de(suivi.gate, suivi.acces)
    boucle = asyncio.get_running_loop()
    apres, fin, tour = suivi.depuis, boucle.time() + DUREE, max(PAR_TOUR, limite + 1)
    while True:
        trouvees, tete = _en_deca(suivi.borne, await gate.listes.nouveautes(chemins, apres, tour))
        await _regarder(suivi, trouvees, premier=apres == suivi.depuis)
        if len(trouvees) < tour:
            position = max(apres, tete)
            return position, suivi.borne is not None and position < suivi.borne  # the views were put back
        apres = trouvees[-1].position
        if len(suivi.changes) > limite or boucle.time() > fin:
            return apres, True


def _en_deca(borne: int | None, lues: Nouveautes) -> Nouveautes:
    if borne is None:
        return lues
    return Nouveautes(tuple(ligne for ligne in lues.lignes if ligne.position <= borne), min(lues.tete, borne))


async def _regarder(suivi: _Suivi, trouvees: Sequence[Nouveaute], *, premier: bool) -> None:
    """Tell what these facts change of what the reader sees. A case leaves its row before any of it is looked at."""
    places: dict[UUID, list[int]] = {}
    for position, dossier in trouvees:
        places.setdefault(dossier, []).append(position)
    nouveaux = [dossier for dossier in places if dossier not in suivi.lus]
    lectures = await suivi.gate.ledger.consulter_tous(nouveaux)
    for dossier, (lecture, autres) in zip(nouveaux, lectures, strict=True):
        suivi.lus[dossier] = None if lecture is None else await _lire(suivi, lecture, autres)
    lus = [lu for dossier in nouveaux if (lu := suivi.lus[dossier]) is not None]
    lignes = [
        ligne_du_journal(suivi.acces, Action.LIRE, "autorise", dossier=lu.lecture.dossier, plan=lu.garde.plan)
        for lu in lus
    ]
    entete = [ligne_du_journal(suivi.acces, Action.LIRE, "autorise" if lus else "vide")] if premier else []
    if entete or lignes:
        await suivi.gate.ledger.journal.inscrire(*entete, *lignes)
    changes = [
        change
        for dossier, positions in places.items()
        if (lu := suivi.lus[dossier]) is not None
        for change in await _changes(suivi, lu, positions, relire=lu.change and dossier in nouveaux)
    ]
    suivi.changes += sorted(changes, key=lambda change: change.position)


async def _lire(suivi: _Suivi, lecture: Lecture, autres: Sequence[Lecture]) -> _Lu | None:
    gate, acces = suivi.gate, suivi.acces
    reunion = await reunir(gate, acces, lecture, autres)
    garde = await garder(gate, acces, lecture.dossier, lecture, reunion=reunion)
    if not isinstance(garde, Garde):
        return None
    change = await etait_autre(gate, acces, lecture, garde, reunion, lambda fait: fait.position <= suivi.depuis)
    return _Lu(lecture, garde, change)


async def etait_autre(
    gate: Gate, acces: Acces, lecture: Lecture, garde: Garde, reunion: Reunion | None, ancien: Callable[[Fait], bool]
) -> bool:
    """Whether something else than new facts changed what is shown of a case since ``ancien`` were all that it had.

    With which others it was read, what its reader was linked by then, and what was opened of each fact, are decided
    again, under today's registry and rules.
    """
    alors = await _alors(gate, acces, lecture, ancien)
    jadis = msgspec.structs.replace(acces, liens={}, posees={})
    sur_sa_part = await portee_de(gate, acces, lecture.dossier, lecture) is not lecture
    # To join a case that others had told of is to open one: nothing older of it could be read again.
    if (sur_sa_part and await _lui_etait_ferme(gate, jadis, lecture.dossier, alors)) or alors is None:
        return False
    if _un_effacement_se_voit(garde, lecture.etat, alors.etat):
        return True

    async def relire(dossier: UUID) -> Lecture | None:
        lue = await gate.ledger.consulter(dossier)
        return None if lue is None else await _alors(gate, acces, lue, ancien)

    avant = await reunir(gate, jadis, alors, lire=relire)
    if await _ouverts(gate, jadis, avant) != await _ouverts(gate, acces, reunion):
        return True
    portee = await portee_de(gate, jadis, lecture.dossier, alors)
    if portee is None or (portee is not alors) is not sur_sa_part:
        return True
    return await _se_decidait_autrement(gate, jadis, portee, garde, avant)


async def _alors(gate: Gate, acces: Acces, lecture: Lecture, ancien: Callable[[Fait], bool]) -> Lecture | None:
    """A case as it was when it had these facts alone; None if it had none."""
    anciens = tuple(fait for fait in lecture.faits if ancien(fait))
    if not anciens:
        return None
    repli = await gate.parts.derouler(_replier(anciens), acces.sujet.partenaire.code)
    return Lecture(lecture.dossier, anciens, lecture.trousseau, anciens[-1].position, repli.etat)


def _un_effacement_se_voit(garde: Garde, etat: Dossier, alors: Dossier) -> bool:
    """Whether somebody was erased since, of whom something is shown."""
    effaces = set(map(str, etat.effacees.keys() - alors.effacees.keys()))
    if etat.menage_efface and not alors.menage_efface:
        effaces.add(str(garde.plan.dossier))
    return any(
        rang.efface and any(not effaces.isdisjoint(scelle.sujet.split("+")) for scelle in rang.fait.scelles)
        for rang in garde.plan.rangs
    )


async def _ouverts(gate: Gate, acces: Acces, reunion: Reunion | None) -> frozenset[UUID]:
    """Of the cases that are read as one, those that are open to this reader."""
    lectures = () if reunion is None else reunion.lectures
    return frozenset([lue.dossier for lue in lectures if reunion and await ouverte(gate, acces, lue, "", reunion)])


async def _lui_etait_ferme(gate: Gate, jadis: Acces, dossier: UUID, alors: Lecture | None) -> bool:
    """Whether nothing of a case, as it was, was open to this reader. Where there was none, as much is asked."""
    liens = liens_de(jadis, dossier, alors)
    question = question_de(jadis, alors.etat if alors else Dossier(), liens, demande=jadis.designe(alors))
    return Lien.AUTEUR not in liens and not (await decision_de(gate, question, REFERENCE)).autorise


async def _se_decidait_autrement(
    gate: Gate, acces: Acces, portee: Lecture, garde: Garde, reunion: Reunion | None
) -> bool:
    """Whether what it rested on of a case, as that was (``portee``), was decided otherwise than now (``garde``)."""
    lecteur = garde.plan.lecteur
    question = question_de(acces, portee.etat, liens_de(acces, portee.dossier, portee), demande=acces.designe(portee))
    question = question if reunion is None else reunion.fermee(question)
    jadis = lecteur_de(gate, acces, portee)
    if question == garde.question and jadis.accords == lecteur.accords and jadis.personne is None:
        return False
    paires = {
        (avant, apres)
        for fait in portee.faits
        for avant, apres in zip(jadis.provenances(fait), lecteur.provenances(fait), strict=True)
    }
    for avant, apres in (*sorted(paires, key=repr), (REFERENCE, REFERENCE)):
        decisions = await decision_de(gate, question, avant), await decision_de(gate, garde.question, apres)
        if _ouverte(decisions[0]) != _ouverte(decisions[1]):
            return True
    return False


def _ouverte(decision: Decision) -> tuple[object, ...]:
    return decision.autorise, tuple(sorted(decision.groupes.items())), tuple(sorted(decision.obligations))


def _replier(faits: Sequence[Fait]) -> Pas[Repli]:
    repli = Repli(Dossier())
    for tranche in tranches(faits):
        for fait in tranche:
            repli.ajouter(fait)
        yield
    return repli


async def _changes(suivi: _Suivi, lu: _Lu, positions: Collection[int], *, relire: bool) -> list[Change]:
    """What the facts at these places change of what is shown of one case."""
    plan, nouvelles = lu.garde.plan, frozenset(positions)
    dossier = str(plan.dossier)
    corriges = _corriges(lu, nouvelles)
    rangs = [r for r in plan.rangs if r.fait.position in nouvelles or (corriges and r.fait.enveloppe.id in corriges)]
    travail = tetes(plan, lu.lecture.trousseau, rangs)
    montres = await suivi.gate.parts.derouler(travail, suivi.acces.sujet.partenaire.code)
    changes: list[Change] = []
    if relire:  # named by where the reader was, not by the version: what is hidden moves that
        changes.append(Change(min(positions), suivi.evenement(DOSSIER, suivi.depuis, dossier)))
    ids = {tete.id for _, tete in montres}
    for rang, tete in montres:
        position = rang.fait.position
        if position in nouvelles:
            changes.append(Change(position, suivi.evenement(CORRIGE if tete.corrige else FAIT, tete.id, dossier, tete)))
            continue
        par, position = corriges[rang.fait.enveloppe.id]
        if str(par) not in ids:  # who took it back is not shown: it is told of what no longer stands
            changes.append(Change(position, suivi.evenement(CORRIGE, par, dossier, corrige=tete.id)))
    return changes


def _corriges(lu: _Lu, nouvelles: Collection[int]) -> Mapping[UUID, tuple[UUID, int]]:
    """The facts that one at these places takes back: by which, and where it stands."""
    corriges = lu.garde.plan.lecteur.etat.corriges
    if not corriges:
        return {}
    places = {fait.enveloppe.id: fait.position for fait in lu.lecture.faits if fait.position in nouvelles}
    return {cible: (par, places[par]) for cible, par in corriges.items() if par in places}
