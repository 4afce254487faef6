"""Reading one case.

In this order: the closed facts of the case → its link to the reader → the decision → the journal row, durable →
unsealing → masks → the document. A stranger cannot tell a case that exists from one that does not: both are
``Refus(404)`` with the same content, after the same work.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import Any, Final, NamedTuple
from uuid import UUID

import msgspec
import orjson

from adapters.gate import redaction
from adapters.gate.contexte import Acces, Garde, Gate, Vu
from adapters.gate.episodes import FaitLu
from adapters.gate.pas import Pas, tranches
from adapters.gate.plan import Plan, planifier
from adapters.gate.politiques import sous_les_regles_du
from adapters.gate.provenance import REFERENCE, REFERENCE_72, Lecteur, Provenance, Regard
from adapters.gate.question import decision_de, lecteur_de, liens_de, portee_de, question_de
from adapters.gate.redaction import (
    PREMIERE,
    CurseurInconnu,
    Feuille,
    Signet,
    document,
    empreinte,
    faits_montres,
    feuilleter,
)
from adapters.gate.refus import INTROUVABLE, Refus, en_panne, journaliser_refus, ligne_du_journal, refuser_decision
from adapters.gate.reunion import Reunion, reunir, unir
from ledger.catalogue import Evenement, Fait
from ledger.dossier.etat import Dossier
from ledger.droit.jours import PARIS
from ledger.reader import Lecture
from policies.decision import ALLEGUES, Action, Decision, Request
from projections import VUES
from projections.vue import Vue, passe


class Temps(NamedTuple):
    """A past that is asked for: what was true at a date, what was known at a moment, under the rules of a day."""

    au: date | None = None
    connu_le: datetime | None = None
    regles_du: date | None = None

    def jour(self, aujourd_hui: date) -> date:
        """The day of which it is asked: the one named, else the day at which it was known, else today."""
        return self.au or (aujourd_hui if self.connu_le is None else self.connu_le.astimezone(PARIS).date())


PRESENT: Final = Temps()
APRES_INCONNU: Final = (
    "Le paramètre « apres » ne nomme aucun fait qui vous soit montré : reprenez à la première page du dossier."
)


@en_panne
async def lire(
    gate: Gate, acces: Acces, dossier: UUID, *, vue: str = "", temps: Temps = PRESENT, page: Signet = PREMIERE
) -> Vu:
    """A page of one case as this reader may see it, through a commission's view or whole."""
    gate, acces = await sous_les_regles_du(gate, acces, temps.regles_du, dossier)
    lecture, garde = await ouvrir(gate, acces, dossier, vue, temps)
    feuille = await _feuilleter(gate, acces, lecture, garde.plan, page)
    tout = await _tout(gate, garde, lecture) if page.apres or feuille.suivant else ""
    return Vu(document(garde.plan, feuille), lecture.position, tout)


@en_panne
async def historique(gate: Gate, acces: Acces, dossier: UUID, page: Signet = PREMIERE, temps: Temps = PRESENT) -> Vu:
    """What was told of a case, when and by whom, without its content; only what this reader sees anyway."""
    lecture, garde = await ouvrir(gate, acces, dossier, temps=temps)
    feuille = await _feuilleter(gate, acces, lecture, garde.plan, page, contenu=False)
    tout = await _tout(gate, garde, lecture) if page.apres or feuille.suivant else ""
    return Vu(redaction.historique(garde.plan, feuille), lecture.position, tout)


async def montres(
    gate: Gate, acces: Acces, lecture: Lecture, plan: Plan, types: Collection[type[Evenement]] = ()
) -> Sequence[FaitLu]:
    """What a plan shows of a case that is open, of these types alone where some are named."""
    lus = map(orjson.loads, faits_montres(plan, lecture.trousseau, types))
    return await gate.parts.derouler(_reunir(lus), acces.sujet.partenaire.code)


def _reunir(faits: Iterable[Sequence[FaitLu]]) -> Pas[list[FaitLu]]:
    reunis: list[FaitLu] = []
    for tranche in faits:
        reunis += tranche
        yield
    return reunis


@en_panne
async def inchange(gate: Gate, acces: Acces, dossier: UUID, etags: Collection[str]) -> bool:
    """Whether a case still is what this reader saw when it was given one of these ``ETag``, by whichever page of it."""
    lecture, garde = await ouvrir(gate, acces, dossier)
    pages = {tout for tout, point, _ in (etag.strip('"').partition(".") for etag in etags) if point}
    if pages and await _tout(gate, garde, lecture) in pages:
        return True
    feuille = await _feuilleter(gate, acces, lecture, garde.plan, PREMIERE)
    # Of a case that has outgrown its first page since, the whole is no longer in it.
    return feuille.suivant is None and Vu(document(garde.plan, feuille), lecture.position).etag in etags


async def ouvrir(
    gate: Gate, acces: Acces, dossier: UUID, vue: str = "", temps: Temps = PRESENT
) -> tuple[Lecture, Garde]:
    """A case and what is shown of it, once its row is durable; ``Refus`` 404 or 403 otherwise."""
    lecture, garde, gardes = await preparer(gate, acces, dossier, vue, temps)
    rows = [ligne_du_journal(acces, Action.LIRE, "autorise", dossier=une.plan.dossier, plan=une.plan) for une in gardes]
    await gate.ledger.journal.inscrire(*rows)
    return lecture, garde


async def preparer(
    gate: Gate, acces: Acces, dossier: UUID, vue: str = "", temps: Temps = PRESENT
) -> tuple[Lecture, Garde, Sequence[Garde]]:
    """The same, without its row: nothing of it is to be opened before whoever asks has left one.

    Last, what is shown of each case that it is read with, its own among them.
    """
    lecture, autres = await gate.ledger.consulter_avec(dossier)
    pret = await apprecier(gate, acces, dossier, lecture, autres, vue=vue, temps=temps)
    if not isinstance(pret, Decision):
        return pret
    await refuser_decision(gate, acces, Action.LIRE, dossier, pret)
    raise Refus(404, "introuvable", INTROUVABLE)


async def apprecier(
    gate: Gate,
    acces: Acces,
    dossier: UUID,
    lecture: Lecture | None,
    autres: Sequence[Lecture],
    *,
    vue: str = "",
    temps: Temps = PRESENT,
) -> tuple[Lecture, Garde, Sequence[Garde]] | Decision:
    """The same, of a case that was read already; or the decision by which nothing of it is shown, without a row."""
    reunion = await reunir(gate, acces, lecture, autres, temps.connu_le)
    if reunion is not None:
        return await _preparer_reunis(gate, acces, dossier, reunion, vue, temps)
    garde = await garder(gate, acces, dossier, lecture, vue, temps)
    if isinstance(garde, Decision):
        return garde
    if lecture is None:  # a plan is only ever made of a lecture
        raise ValueError(dossier)
    return lecture, garde, (garde,)


async def _preparer_reunis(
    gate: Gate, acces: Acces, dossier: UUID, reunion: Reunion, vue: str, temps: Temps
) -> tuple[Lecture, Garde, Sequence[Garde]] | Decision:
    """The same, of several cases read as one. One that is closed to this reader is left out."""
    gardes: list[Garde] = []
    lues: list[Lecture] = []
    for lecture in reunion.lectures:
        if lecture.dossier == dossier or await ouverte(gate, acces, lecture, vue, reunion):
            garde = await garder(gate, acces, lecture.dossier, lecture, vue, temps, reunion=reunion)
            if isinstance(garde, Decision):
                return garde
            gardes.append(garde)
            lues.append(lecture)
    [lecture] = [lue for lue in lues if lue.dossier == dossier]
    if len(gardes) == 1:
        return lecture, gardes[0], gardes
    cle = ("reunis", dossier, vue, *reunion.sceau, acces.sujet.partenaire.code, acces.sujet.agent, acces.finalite)
    unie = gate.plans.get(cle) if temps == PRESENT else None
    if unie is None or [*map(id, unie.membres)] != [*map(id, gardes)]:
        [sienne] = [g for g in gardes if g.plan.dossier == dossier]
        ensemble = replace(sienne, empreinte="", extraits=None, entiers=None)
        unie = replace(ensemble, plan=unir(dossier, gardes), membres=tuple(gardes))
        if temps == PRESENT:
            gate.plans.put(cle, unie, unie.plan.octets)
    trousseau = lecture.trousseau.avec_ceux(lue.trousseau for lue in lues)
    return msgspec.structs.replace(lecture, trousseau=trousseau), unie, gardes


async def ouverte(gate: Gate, acces: Acces, lecture: Lecture, vue: str, reunion: Reunion) -> bool:
    """Whether anything is shown of one of several cases that are read as one."""
    liens = liens_de(acces, lecture.dossier, lecture)
    base = question_de(acces, lecture.etat, liens, vue=vue, demande=acces.designe(lecture))
    return (await decision_de(gate, reunion.fermee(base), REFERENCE)).autorise


async def _feuilleter(
    gate: Gate, acces: Acces, lecture: Lecture, plan: Plan, page: Signet, *, contenu: bool = True
) -> Feuille:
    try:
        return await gate.parts.derouler(
            feuilleter(plan, lecture.trousseau, page, contenu=contenu), acces.sujet.partenaire.code
        )
    except CurseurInconnu as inconnu:
        await journaliser_refus(gate, acces, Action.LIRE, "requete", lecture.dossier)
        raise Refus(400, "requete", APRES_INCONNU) from inconnu


async def _tout(gate: Gate, garde: Garde, lecture: Lecture) -> str:
    if not garde.empreinte:
        garde.empreinte = await gate.parts.derouler(
            empreinte(garde.plan, lecture.trousseau), garde.sujet.partenaire.code
        )
    return garde.empreinte


async def garder(
    gate: Gate,
    acces: Acces,
    dossier: UUID,
    lecture: Lecture | None,
    vue: str = "",
    temps: Temps = PRESENT,
    *,
    reunion: Reunion | None = None,
) -> Garde | Decision:
    """What is shown of a case, or the decision by which nothing is. Neither is journaled yet.

    ``reunion``: the cases that it is read with, which have a say in what is shown of it.
    """
    version = reunion.version if reunion else lecture.etat.version if lecture else 0
    sujet = acces.sujet
    # Not the version: of a case that is written to between two reads, one plan is kept, not one per version.
    cle: tuple[Any, ...] = (
        dossier,
        vue,
        sujet.partenaire.code,
        sujet.agent,
        acces.finalite,
        acces.demande,
        acces.personne(dossier),
    )
    cle = (cle, reunion.sceau) if reunion else cle
    garde = gate.plans.get(cle) if temps == PRESENT else None
    if garde is not None and garde.tient(acces, version):
        return garde
    lecture = await portee_de(gate, acces, dossier, lecture)
    etat = lecture.etat if lecture else Dossier()
    liens = liens_de(acces, dossier, lecture)
    base = question_de(acces, etat, liens, vue=vue, demande=acces.designe(lecture))
    base = base if reunion is None else reunion.fermee(base)
    if garde is not None and garde.tient_encore(acces, version, base):
        return garde
    reference = await decision_de(gate, base, REFERENCE)
    if not reference.autorise or lecture is None:
        return reference
    faits = await gate.parts.derouler(histoire(lecture.faits, etat, vue, temps), sujet.partenaire.code)
    plan = await plan_de(gate, acces, base, lecture, faits)
    garde = Garde(plan, version, sujet, base, acces.registre.revision)
    if temps == PRESENT:
        gate.plans.put(cle, garde, plan.octets)
    return garde


async def plan_de(gate: Gate, acces: Acces, base: Request, lecture: Lecture, faits: Sequence[Fait]) -> Plan:
    """The plan of these facts of a case, under the decisions for each of their provenances."""
    lecteur = lecteur_de(gate, acces, lecture)
    qui = lecteur.partenaire.code
    provenances = await gate.parts.derouler(_provenances(lecteur, faits), qui)
    regard = Regard(
        lecteur=lecteur,
        decisions={p: await decision_de(gate, base, p) for p in provenances},
        le=acces.le,
        noms=acces.registre.nom,
        tenant=lecture.trousseau.tenant,
        allegues=tuple(sorted(base.liens & ALLEGUES)),
        regles=acces.alors and acces.alors.dites,
    )
    motifs = acces.alors.motifs if acces.alors else gate.motifs
    travail = planifier(lecture.dossier, faits, lecture.etat, regard, motifs, base.vue)
    return await gate.parts.derouler(travail, qui)


def _provenances(lecteur: Lecteur, faits: Sequence[Fait]) -> Pas[set[Provenance]]:
    trouvees = {REFERENCE, REFERENCE_72}
    for tranche in tranches(faits):
        trouvees.update(p for fait in tranche for p in lecteur.provenances(fait))
        yield
    return trouvees


VUES_PAR_NOM: Final[Mapping[str, Vue[Any]]] = {vue.nom: vue for vue in VUES}


def histoire(faits: Sequence[Fait], etat: Dossier, vue: str, temps: Temps) -> Pas[Sequence[Fait]]:
    """The facts that a view keeps, as they stood at past dates; rights, erasures and corrections are today's."""
    if temps != PRESENT:
        faits = yield from passe(faits, au=temps.au, connu_le=temps.connu_le)
    if not vue:
        return faits
    definition = VUES_PAR_NOM[vue]
    retenus = []
    for tranche in tranches(faits):
        retenus += [retenu for fait in tranche if (retenu := definition.montrer(fait, etat)) is not None]
        yield
    return retenus
