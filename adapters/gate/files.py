"""Worklists and searches: cases that a reader is linked to, each decided on its own."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any, Final, NamedTuple
from uuid import UUID

import orjson

from adapters.gate import saisie
from adapters.gate.consulter import VUES_PAR_NOM, plan_de
from adapters.gate.contexte import Acces, Gate, Vu
from adapters.gate.plan import Plan
from adapters.gate.provenance import REFERENCE
from adapters.gate.question import decision_de, liens_de, permettre, portee_de, question_de
from adapters.gate.redaction import declarations, rediger, siennes
from adapters.gate.refus import Refus, en_panne, journaliser_refus, ligne_du_journal, saisir
from adapters.gate.saisie import identite_de
from adapters.registre.instantane import Situation
from ledger.catalogue import Fait
from ledger.dossier.etat import Dossier
from ledger.droit.communes import historique
from ledger.reader import Lecture, Proche
from policies.decision import Action, Decision, Request
from projections import MONTREES
from projections.liste import Filtre, FiltreRefuse, Page, Portee
from projections.vue import Vue

PAGE: Final = 50

ATTENTE_MAXIMALE: Final = 10.0


class Curseur(NamedTuple):
    """Where a page begins, and how many rows it has.

    ``apres_ecriture``: a position of the log that the view should have reached, waited for ``attendre`` seconds.
    """

    apres: int = 0
    limite: int = PAGE
    apres_ecriture: int = 0
    attendre: float = 0.0


DEBUT: Final = Curseur()


@en_panne
async def lister(
    gate: Gate,
    acces: Acces,
    vue: str,
    filtre: Filtre,
    curseur: Curseur = DEBUT,
) -> Vu:
    """A page of a commission's worklist: the cases that this reader is linked to, in the order of their opening."""
    definition = VUES_PAR_NOM[vue]
    await permettre(gate, acces, Action.LISTER, vue)
    if curseur.apres_ecriture:
        await gate.listes.attendre(curseur.apres_ecriture, min(curseur.attendre, ATTENTE_MAXIMALE))
    limite = curseur.limite
    position = await gate.listes.position()
    trouvees: list[tuple[Any, Request, Decision]] = []
    suite: int | None = curseur.apres
    while suite is not None and len(trouvees) <= limite:
        page = await _page(gate, acces, definition, filtre, suite, limite + 1)
        for ligne in page.lignes:
            question, decision = await _decider_ligne(gate, acces, vue, ligne)
            if decision.autorise and _visible(definition, filtre, decision):
                trouvees.append((ligne, question, decision))
        suite = page.suivante
    retenues = trouvees[:limite]
    await _journaliser_liste(gate, acces, Action.LISTER, [(x.dossier, decision) for x, _, decision in retenues])
    noms = await _intitules(gate, acces, definition, retenues)
    contenu = {
        "vue": vue,
        "dossiers": [
            {**_montrer(ligne, decision), "intitule": noms.get(ligne.dossier)} for ligne, _, decision in retenues
        ],
        "suivant": retenues[-1][0].position if len(trouvees) > limite else None,
    }
    return Vu(orjson.dumps(contenu), position)


async def _page(gate: Gate, acces: Acces, vue: Vue[Any], filtre: Filtre, apres: int, limite: int) -> Page[Any]:
    try:
        return await gate.listes.page(vue, _portee(acces), filtre, apres, limite)
    except FiltreRefuse as refus:
        await journaliser_refus(gate, acces, Action.LISTER, "filtre")
        raise Refus(400, "filtre", str(refus)) from refus


async def _decider_ligne(gate: Gate, acces: Acces, vue: str, ligne: Any) -> tuple[Request, Decision]:  # noqa: ANN401 - any view's row
    situation = Situation(
        ligne.dossier,
        ligne.commune,
        ligne.bailleur_siret,
        ligne.seances,
        ligne.auteurs,
        ligne.declarants,
        ligne.intervenants,
    )
    sujet = acces.sujet
    liens = acces.registre.liens(sujet.partenaire, sujet.agent_valide, situation, acces.le)
    question = replace(
        question_de(acces, Dossier(), liens, action=Action.LISTER, vue=vue),
        stade=ligne.stade,
        saisine_ouverte=getattr(ligne, "saisine_ouverte", False),
        information_menage=ligne.information_menage is not None,
        opposition=ligne.opposition,
        limitation=ligne.limitation,
    )
    return question, await gate.decider.decide(question)


async def _journaliser_liste(
    gate: Gate, acces: Acces, action: Action, montres: Sequence[tuple[UUID, Decision]], recherche: bytes | None = None
) -> None:
    """One row for the request, and one per case shown: durable before the first of them leaves."""
    entete = ligne_du_journal(acces, action, "autorise" if montres else "vide").avec(recherche=recherche)
    lignes = [
        ligne_du_journal(acces, action, "autorise", dossier=dossier, revision=decision.revision).avec(
            groupes_montres=tuple(decision.groupes),
            groupes_retenus=tuple(decision.retenus),
        )
        for dossier, decision in montres
    ]
    await gate.ledger.journal.inscrire(entete, *lignes)


async def _intitules(
    gate: Gate, acces: Acces, vue: Vue[Any], retenues: Sequence[tuple[Any, Request, Decision]]
) -> dict[UUID, str]:
    """The name under which each case is listed, where the reader may know it."""
    ouverts = {"entier", "propres"}
    nommables = {x.dossier: question for x, question, d in retenues if d.groupes.get("F01") in ouverts}
    if not nommables:
        return {}
    faits: dict[UUID, list[Fait]] = {}
    for fait in await gate.listes.occupants(vue, list(nommables)):
        faits.setdefault(fait.dossier, []).append(fait)
    trousseaux = await gate.ledger.keys.lire_lot(list(faits))
    noms = {}
    for dossier, declares in faits.items():
        lecture = Lecture(dossier, tuple(declares), trousseaux[dossier], 0)
        plan = await plan_de(gate, acces, nommables[dossier], lecture, lecture.faits)
        personnes = [f["champs"] for f in orjson.loads(rediger(plan, lecture.trousseau))["faits"]]
        titulaire = next((p for p in personnes if p.get("qualite") == "TITULAIRE" and "nom" in p), None)
        if titulaire is not None:
            noms[dossier] = " ".join(x for x in (titulaire.get("prenoms"), titulaire["nom"]) if x)
    return noms


CONSULTES: Final = 2
"""Cases that a search reads at the least, wherever who is sought is: a person is of one case, seldom of another."""


@en_panne
async def rechercher(gate: Gate, acces: Acces, contenu: object) -> Vu:
    """The cases of one person, by name and birth date together, among those that this reader is linked to.

    Journaled with a keyed hash of the identity, also when nothing is found, and before anything is unsealed. As many
    cases are read and decided for who is nowhere as for who is out of reach. Who answers persons that exercise their
    rights is given case and person, and no content (Rego: ``sous_pseudonyme``).
    """
    await permettre(gate, acces, Action.RECHERCHER)
    qui = await saisir(gate, acces, Action.RECHERCHER, None, lambda: saisie.forme(saisie.Identite, contenu))
    recherches = gate.ledger.index.identites(*identite_de(qui))
    vus = []
    for proche, lecture in await gate.ledger.approcher(recherches, CONSULTES):
        vu = await _approcher(gate, acces, proche, lecture)
        if vu is not None:
            vus.append(vu)
    montres = [(vu.lecture.dossier, vu.decision) for vu in vus]
    await _journaliser_liste(gate, acces, Action.RECHERCHER, montres, recherches[0])
    trouves = [
        {
            "dossier": str(vu.lecture.dossier),
            "personne": str(vu.personne),
            "synthese": vu.plan.synthese if vu.plan else None,
        }
        for vu in vus
        if vu.plan is None or _se_montre(gate, recherches, vu, vu.plan)
    ]
    return Vu(orjson.dumps({"dossiers": trouves}), 0)


class _Approche(NamedTuple):
    """A person of a case that this reader may know: ``plan``, what it is shown of it, if it is shown any of it."""

    lecture: Lecture
    personne: UUID
    decision: Decision
    plan: Plan | None


async def _approcher(gate: Gate, acces: Acces, proche: Proche, lecture: Lecture) -> _Approche | None:
    """What this reader may know of an entry, before anything is unsealed.

    One that is not of whom it seeks is decided as a case that is not there: as one that is out of reach.
    """
    sien = lecture if proche.exacte and lecture.faits else None
    portee = await portee_de(gate, acces, proche.dossier, sien)
    etat = portee.etat if portee else Dossier()
    base = question_de(acces, etat, liens_de(acces, proche.dossier, portee))
    decision = await decision_de(gate, base, REFERENCE)
    if portee is None or not decision.autorise:
        return None
    if "sous_pseudonyme" in decision.obligations:
        return _Approche(portee, proche.sujet, decision, None)
    plan = await plan_de(gate, acces, base, portee, portee.faits)
    return _Approche(portee, proche.sujet, decision, plan) if siennes(plan, proche.sujet) else None


def _se_montre(gate: Gate, recherches: Collection[bytes], vu: _Approche, plan: Plan) -> bool:
    """Whether the identity sought is one that this reader is shown: else a search would tell who lives there."""
    return any(
        not set(recherches).isdisjoint(gate.ledger.index.identites(c["nom"], c.get("prenoms") or "", _jour(c)))
        for c in declarations(plan, vu.lecture.trousseau, vu.personne)
        if {"nom", "date_naissance"} <= set(c)
    )


def _jour(champs: Mapping[str, Any]) -> date:
    return date.fromisoformat(champs["date_naissance"])


def _portee(acces: Acces) -> Portee:
    """What the database may hand over at all: any link of this partner. Rego then says which of them counts."""
    partenaire, le = acces.sujet.partenaire, acces.le
    agent = acces.sujet.agent_valide
    return Portee(
        communes=[c.code for c in historique() if partenaire.couvre(c.code, le)],
        portefeuille=list(partenaire.portefeuille),
        mandats=acces.registre.mandats_de(partenaire.code, le),
        seances=acces.registre.seances_de(partenaire, le),
        intervenant=f"{partenaire.code}/{agent}" if agent else None,
        auteur=partenaire.code,
        declarant=partenaire.siret,
    )


def _visible(vue: Vue[Any], filtre: Filtre, decision: Decision) -> bool:
    """A filter on what the reader may not see would tell it: then the case is not listed."""
    filtrees = (vue.table.colonnes[nom].montree for nom in filtre.colonnes())
    return all(montree is not None and montree.ouverte(decision.groupes) for montree in filtrees)


def _montrer(ligne: Any, decision: Decision) -> dict[str, Any]:  # noqa: ANN401 - any view's row
    """The row as this reader may see it: each column follows its group, and all views show the same ones."""
    return {nom: colonne.montrer(ligne, decision.groupes) for nom, colonne in MONTREES.items()}
