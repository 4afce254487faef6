"""Worklists and searches: cases that a reader is linked to, each decided on its own."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from types import MappingProxyType
from typing import Any, Final, NamedTuple
from uuid import UUID

import msgspec
import orjson

from adapters.gate import saisie
from adapters.gate.chemins import chemins_de
from adapters.gate.consulter import VUES_PAR_NOM, plan_de
from adapters.gate.contexte import Acces, Gate, Vu
from adapters.gate.plan import Plan
from adapters.gate.provenance import REFERENCE
from adapters.gate.question import decision_de, liens_de, permettre, portee_de, question_de
from adapters.gate.redaction import declarations, siennes, titulaire
from adapters.gate.refus import Refus, alarmer, en_panne, journaliser_refus, ligne_du_journal, saisir
from adapters.gate.reunion import Reunion, reunir, reunir_lignes, se_disent_un
from adapters.gate.saisie import identite_de
from ledger import catalogue as ev
from ledger.dossier.etat import Dossier
from ledger.dossier.liens import soumis_depuis
from ledger.dossier.part import Debut, debuts
from ledger.droit.communes import historique
from ledger.droit.echeances import Regle
from ledger.echeances import audience
from ledger.errors import Discordance
from ledger.reader import Lecture, Proche
from policies.decision import Action, Decision, Lien, Request
from projections import MONTREES
from projections.jours import ColonneDeJours, PlaceDeJour, du_jour
from projections.liste import Filtre, FiltreRefuse, Portee, Sienne
from projections.table import Montree
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
    *,
    regle: str = "",
) -> Vu:
    """A page of a commission's worklist: the cases that this reader is linked to, in the order of their opening.

    ``regle``: with the last useful day before the hearing, by that rule, where the hearing is shown.
    """
    definition = VUES_PAR_NOM[vue]
    await permettre(gate, acces, Action.LISTER, vue)
    if curseur.apres_ecriture:
        await gate.listes.attendre(curseur.apres_ecriture, min(curseur.attendre, ATTENTE_MAXIMALE))
    position = await gate.listes.position()
    retenues, suivant = await recueillir(gate, acces, definition, filtre, curseur)
    await journaliser_liste(gate, acces, Action.LISTER, decisions_de(retenues))
    comptee = audience.regles(acces.le).get(regle)
    dossiers = [await dessiner(gate, acces, definition, retenue, comptee) for retenue in retenues]
    return Vu(orjson.dumps({"vue": vue, "dossiers": dossiers, "suivant": suivant}), position)


async def recueillir(
    gate: Gate, acces: Acces, vue: Vue[Any], filtre: Filtre, curseur: Curseur, *, stades: Collection[str] = ()
) -> tuple[list["Retenue"], int | None]:
    """So many cases of a worklist that this reader is linked to, and where to go on. Nothing of them may leave yet.

    ``stades``: no others are looked at, where nothing of the others could be listed, whether or not stages are shown.
    """
    cherches = replace(filtre, stades=stades) if stades else filtre
    limite, portee = curseur.limite, await a_portee(gate, acces)
    trouvees: list[Retenue] = []
    suite: int | None = curseur.apres
    while suite is not None and len(trouvees) <= limite:
        try:
            page = await gate.listes.page(vue, portee, cherches, suite, limite + 1)
        except FiltreRefuse as refus:
            await journaliser_refus(gate, acces, Action.LISTER, "filtre")
            raise Refus(400, "filtre", str(refus)) from refus
        vues = [r for r in await _retenir(gate, acces, vue, page.rangees) if _visible(acces, vue, filtre, r)]
        trouvees += [r for vue_ in vues if (r := await _une_fois(gate, acces, vue, filtre, vue_)) is not None]
        suite = page.suivante
    retenues = trouvees[:limite]
    return retenues, retenues[-1].ligne.position if len(trouvees) > limite else None


async def recueillir_jours(
    gate: Gate, acces: Acces, vue: Vue[Any], colonne: ColonneDeJours, *, apres: PlaceDeJour, au: date, limite: int
) -> list[tuple[date, "Retenue"]]:
    """So many days of the cases of a worklist that this reader is linked to, as far as these days are shown to it.

    The first ones first, after a place and until that day. Nothing of them may leave yet. Of what is hidden, a page
    has no place: it neither shortens it nor ends it.
    """
    portee = await a_portee(gate, acces)
    trouves: list[tuple[date, Retenue]] = []
    suite: PlaceDeJour | None = apres
    while suite is not None and len(trouves) < limite:
        page = await gate.listes.jours(vue, colonne, portee, suite, au, limite)
        retenues = {r.ligne.dossier: r for r in await _retenir(gate, acces, vue, page.rangees)}
        for jour, dossier in page.places:
            filtre, retenue = du_jour(vue, colonne, jour), retenues.get(dossier)
            if retenue is None or not _a_ce_jour(retenue, colonne, jour) or not _visible(acces, vue, filtre, retenue):
                continue
            unie = await _une_fois(gate, acces, vue, filtre, retenue)
            trouves += [] if unie is None else [(jour, unie)]
        suite = page.suivante
    return trouves[:limite]


def _a_ce_jour(retenue: "Retenue", colonne: ColonneDeJours, jour: date) -> bool:
    """Whether the row that a case has for this reader is of that day: another of its rows may be."""
    jours = getattr(retenue.ligne, colonne)
    return jour in jours if isinstance(jours, list) else bool(jours == jour)


async def dessiner(
    gate: Gate, acces: Acces, vue: Vue[Any], retenue: "Retenue", regle: Regle | None = None
) -> dict[str, Any]:
    """The row of a case as this reader may see it, once its row of the journal is durable."""
    return {**_montrer(retenue, regle), "intitule": await _intitule(gate, acces, vue, retenue)}


def decisions_de(retenues: Iterable["Retenue"]) -> list[tuple[UUID, Decision]]:
    """What is decided of each case, as the journal has it; of those that are read as one, each."""
    return [(membre.ligne.dossier, membre.decision) for retenue in retenues for membre in retenue.membres]


class Retenue(NamedTuple):
    """A case of the worklist as this reader has it: its row, the ledger's closed facts, what is decided of them.

    ``autrui`` is the decision for what others told; ``ouverte``: the reader opened the case itself; ``seule``: the row
    is of what it told alone. ``avec``: the other cases of the list that are read as one with it.
    """

    ligne: Any
    lecture: Lecture
    question: Request
    decision: Decision
    autrui: Decision
    ouverte: bool
    seule: bool
    reunion: Reunion | None = None
    avec: tuple[Any, ...] = ()

    @property
    def membres(self) -> tuple["Retenue", ...]:
        """It, and those that it is listed with."""
        return (self, *self.avec)


async def _retenir(gate: Gate, acces: Acces, vue: Vue[Any], page: Iterable[Sienne[Any]]) -> list[Retenue]:
    """The cases of a page of rows that this reader is linked to, by what the ledger says of each.

    The views say where to look. Who is linked to a case, and what stands in the way, is read in the ledger: the
    projector, which has no key, can neither name a household to a stranger nor lift an objection.
    """
    rangees: dict[UUID, list[Sienne[Any]]] = {}
    for rangee in page:
        rangees.setdefault(rangee.ligne.dossier, []).append(rangee)
    lectures = await gate.ledger.consulter_tous(rangees)
    retenues = []
    for (dossier, possibles), (lecture, autres) in zip(rangees.items(), lectures, strict=True):
        sien = debuts(lecture.faits).get(acces.sujet.partenaire.code) if lecture else None
        if sien and sien.ouverture and all(rangee.ligne.position != sien.position for rangee in possibles):
            continue  # it opened the case itself, elsewhere in the list
        reunion = await reunir(gate, acces, lecture, autres)
        portee = await portee_de(gate, acces, dossier, lecture)
        if lecture is None or portee is None:
            continue
        liens = liens_de(acces, dossier, portee)
        question = question_de(acces, portee.etat, liens, action=Action.LISTER, vue=vue.nom)
        decision = await gate.decider.decide(question)
        autrui = await gate.decider.decide(msgspec.structs.replace(question, emis_par_moi=False))
        seule = portee is not lecture
        ligne = _la_sienne(possibles, lecture, sien, seule=seule)
        if decision.autorise and ligne is not None:
            ouverte = sien is not None and sien.ouverture is not None
            retenues.append(Retenue(ligne, portee, question, decision, autrui, ouverte, seule, reunion))
    retenues.sort(key=lambda retenue: retenue.ligne.position)
    return retenues


async def _une_fois(gate: Gate, acces: Acces, vue: Vue[Any], filtre: Filtre, retenue: Retenue) -> Retenue | None:
    """Cases that this reader reads as one are listed once: as the first of them that answers to the filter.

    None for the others, and where the household as a whole does not answer to it.
    """
    reunion = retenue.reunion
    if reunion is None:
        return retenue
    seuls = Portee(mandats=reunion.sceau)
    toutes = await gate.listes.page(vue, seuls, Filtre(), 0, len(reunion.sceau))
    membres = await _retenir(gate, acces, vue, toutes.rangees)
    repondent = (await gate.listes.page(vue, seuls, filtre, 0, len(reunion.sceau))).rangees
    montres = {membre.ligne.dossier for membre in membres}
    premier = next((r.ligne.dossier for r in repondent if r.ligne.dossier in montres), retenue.ligne.dossier)
    unie = retenue._replace(avec=tuple(m for m in membres if m.ligne.dossier != retenue.ligne.dossier))
    return unie if premier == retenue.ligne.dossier and filtre.admet(_montrer(unie, None)) else None


def _la_sienne(rangees: Sequence[Sienne[Any]], lecture: Lecture, sien: Debut | None, *, seule: bool) -> Any | None:  # noqa: ANN401 - any view's row
    """The row under which this reader has the case: at its own opening, if it opened it.

    Linked by what it told alone (``seule``), it has the row of its part; or that of the case, as long as nobody else
    told of it. ``sien``: how it began.
    """
    place = sien.position if sien and (sien.ouverture or seule) else lecture.faits[0].position
    for rangee in sorted(rangees, key=lambda rangee: (rangee.part is not seule, rangee.part is None)):
        code = sien.premier.enveloppe.partenaire if sien else ""
        de_la_part = rangee.part or (rangee.part is None and list(rangee.ligne.auteurs) == [code])
        if rangee.ligne.position == place and (de_la_part if seule else not rangee.part):
            return rangee.ligne
    return None


async def journaliser_liste(
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


async def _intitule(gate: Gate, acces: Acces, vue: Vue[Any], retenue: Retenue) -> str | None:
    """The name under which a case is listed, where the reader may know it. Its row is durable."""
    if retenue.decision.groupes.get("F01") not in {"entier", "propres"}:
        return None
    lecture = retenue.lecture
    declares = (fait for fait in lecture.faits if isinstance(fait.evenement, ev.OccupantDeclare))
    montres = [fait for d in declares if (fait := vue.montrer(d, lecture.etat)) is not None]
    plan = await plan_de(gate, acces, retenue.question, lecture, montres)
    try:
        return titulaire(plan, lecture.trousseau)
    except Discordance as discordance:  # one case whose keys are lost hides its name, and not the others' list
        await alarmer(gate, acces, discordance)
        return None


CONSULTES: Final = 4
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
    vus: list[_Approche] = []
    for proche, lecture in await gate.ledger.approcher(recherches, CONSULTES):
        vu = await _approcher(gate, acces, proche, lecture)
        if vu is not None and not any(se_disent_un(vu.lecture, connu.lecture) for connu in vus):
            vus.append(vu)
    montres = [(vu.lecture.dossier, vu.decision) for vu in vus]
    await journaliser_liste(gate, acces, Action.RECHERCHER, montres, recherches[0])
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


_PAR_LIEN: Final[Mapping[str, str]] = MappingProxyType(
    {
        Lien.ORDRE_DU_JOUR: "seances",
        Lien.SIEGE_CONSULTATIF: "seances",
        Lien.MANDAT: "mandats",
        Lien.INTERVENTION: "intervenant",
        Lien.PORTEFEUILLE: "portefeuille",
        Lien.TERRITOIRE: "communes",
    }
)
"""By what the database finds the cases of a link, the narrowest first: of a way that takes several, one is enough."""


async def a_portee(gate: Gate, acces: Acces) -> Portee:
    """What the database may hand over at all: by the ways that this role has to a case at this purpose, and its own.

    A link that opens nothing at this purpose is not looked by: how many cases it has would be told by the work. Rego
    then says which case is linked. Cases that are read with others are named, as those of a mandate are.
    """
    partenaire, le = acces.sujet.partenaire, acces.le
    reunis = await gate.listes.reunis(chemins_de(gate, acces))
    agent = acces.sujet.agent_valide
    voies = gate.tables.voies(partenaire.role, acces.finalite)
    par = {next(nom for lien, nom in _PAR_LIEN.items() if lien in voie) for voie in voies if voie != [Lien.AUTEUR]}
    return Portee(
        communes=[c.code for c in historique() if partenaire.couvre(c.code, le)] if "communes" in par else (),
        soumis_depuis=soumis_depuis(le),
        portefeuille=list(partenaire.portefeuille) if "portefeuille" in par else (),
        mandats=[*(acces.registre.mandats_de(partenaire.code, le) if "mandats" in par else ()), *reunis],
        seances=acces.registre.seances_de(partenaire, le) if "seances" in par else (),
        intervenant=f"{partenaire.code}/{agent}" if agent and "intervenant" in par else None,
        auteur=partenaire.code,
        declarant=partenaire.siret or None,
    )


def _visible(acces: Acces, vue: Vue[Any], filtre: Filtre, retenue: Retenue) -> bool:
    """A filter on what the reader may not see would tell it: then the case is not listed.

    That a case is on the agenda of a session where it sits itself, its link tells it.
    """
    siege = filtre.seance and acces.registre.voix(acces.sujet.partenaire, filtre.seance, acces.le)
    filtrees = (vue.table.colonnes[nom].montree for nom in filtre.colonnes() if nom != "inscriptions" or not siege)
    return all(montree is not None and montree.ouverte(_groupes(montree, retenue)) for montree in filtrees)


def _montrer(retenue: Retenue, regle: Regle | None) -> dict[str, Any]:
    """The row as this reader may see it; of cases that are read as one, one row for all."""
    if not retenue.avec:
        return _montrer_une(retenue, regle)
    return reunir_lignes([_montrer_une(membre, regle) for membre in retenue.membres])


def _montrer_une(retenue: Retenue, regle: Regle | None) -> dict[str, Any]:
    """Each column follows its group, and all views show the same ones."""
    montree = {
        nom: colonne.montrer(retenue.ligne, _groupes(colonne.montree, retenue) if colonne.montree else {})
        for nom, colonne in MONTREES.items()
    }
    if regle is not None:
        le = montree["prochaine_audience"]
        montree["echeance"] = audience.echeance(regle, date.fromisoformat(str(le))) if le else None
    return montree


def _groupes(montree: Montree, retenue: Retenue) -> Mapping[str, str]:
    """What is open of a column: as for one's own where one told it oneself, else as for what others told."""
    siens = retenue.seule or (montree.ouverture and retenue.ouverte)
    return retenue.decision.groupes if siens else retenue.autrui.groupes
