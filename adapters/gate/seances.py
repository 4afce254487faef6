"""The sessions of commissions and their agendas, to who keeps their papers and to who is convened.

A session is not secret as a household is; what stands on its agenda is. Each case is decided on its own, as a worklist
shows it, and leaves its row. The sessions of others answer as those that do not exist.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date
from itertools import islice
from types import MappingProxyType
from typing import Any, Final, NamedTuple
from uuid import UUID

import msgspec
import orjson

from adapters.gate.consulter import VUES_PAR_NOM
from adapters.gate.contexte import Acces, Gate, Vu
from adapters.gate.demandes_en_seance import demandes
from adapters.gate.files import Curseur, Retenue, decisions_de, dessiner, journaliser_liste, recueillir
from adapters.gate.question import permettre, question_de
from adapters.gate.refus import Refus, en_panne, journaliser_refus, ligne_du_journal, refuser_decision
from adapters.registre.instantane import Seance
from ledger import catalogue as ev
from ledger.dossier.agenda import proposition_en_attente, sorties
from ledger.dossier.etat import Dossier
from ledger.droit.communes import historique
from ledger.droit.listes import libelle
from policies.decision import Action, Fermeture, Request
from projections.liste import PAGE_MAX, Filtre

PAGE: Final = 50
AU_DELA: Final = (
    f"Plus de {PAGE_MAX} dossiers : les suivants se lisent par la file active de la commission (GET /v1/vues/…)."
)
DEMANDES_AU_DELA: Final = f"Plus de {PAGE_MAX} dossiers : mettez les suivants à une autre séance."
SEANCE_INTROUVABLE: Final = "Aucune séance de ce numéro n'est à votre portée."


class Qualite(NamedTuple):
    """What a subject is to a session: who keeps its papers, or with which voice it is convened, if it is."""

    secretariat: bool
    voix: str

    @property
    def etrangere(self) -> bool:
        """Neither: then nothing is known of the session."""
        return not (self.secretariat or self.voix)


def place_de(acces: Acces, seance: Seance) -> Qualite:
    """The closed facts of a session. Who is convened to it knows of it from the convocation on."""
    partenaire, registre = acces.sujet.partenaire, acces.registre
    convoquee = seance.convoquee_le <= acces.le
    voix = registre.siege(partenaire, seance, acces.le) if convoquee else ""
    return Qualite(registre.secretariat(partenaire, seance), voix)


def question_de_seance(gate: Gate, acces: Acces, action: Action, seance: Seance | None, place: Qualite) -> Request:
    """The question of this access on a session; on that of others, that of one that does not exist."""
    base = question_de(acces, Dossier(), frozenset(), action=action)
    if seance is None or place.etrangere:
        return msgspec.structs.replace(base, chez_soi=False)
    return msgspec.structs.replace(
        base,
        vue=gate.tables.vue_de(seance.instance),
        instance=seance.instance,
        chez_soi=place.secretariat,
        convoque=bool(place.voix),
    )


RIEN: Final = Qualite(secretariat=False, voix="")


async def exiger_seance(gate: Gate, acces: Acces, id_seance: UUID, *actions: Action) -> tuple[Seance, Qualite]:
    """A session that this subject may know of, and do that with; ``Refus`` 404 as for one that is nowhere, or 403."""
    seance = acces.registre.seances.get(id_seance)
    place = RIEN if seance is None else place_de(acces, seance)
    for action in actions:
        decision = await gate.decider.decide(question_de_seance(gate, acces, action, seance, place))
        if decision.refus is Fermeture.EXISTENCE:
            await journaliser_refus(gate, acces, action, decision.motif)
            raise Refus(404, "introuvable", SEANCE_INTROUVABLE)
        if not decision.autorise:
            await refuser_decision(gate, acces, action, None, decision)
    if seance is None:  # without facts, it was refused
        raise Refus(404, "introuvable", SEANCE_INTROUVABLE)
    return seance, place


async def siennes(gate: Gate, acces: Acces, du: date, au: date) -> list[tuple[Seance, Qualite]]:
    """The sessions of some days that this subject knows of at its purpose, in their order.

    One question per distinct set of facts: there are as many sessions as there were, and few kinds.
    """
    trouvees = []
    montrees: dict[tuple[str, bool, bool], bool] = {}
    for seance in acces.registre.seances.values():
        if du <= seance.seance_le <= au and not (place := place_de(acces, seance)).etrangere:
            faits = (seance.instance, place.secretariat, bool(place.voix))
            if faits not in montrees:
                question = question_de_seance(gate, acces, Action.SIEGER, seance, place)
                montrees[faits] = (await gate.decider.decide(question)).autorise
            if montrees[faits]:
                trouvees.append((seance, place))
    return sorted(trouvees, key=lambda trouvee: _ordre(trouvee[0]))


def _ordre(seance: Seance) -> tuple[date, str, UUID]:
    return seance.seance_le, seance.heure or "", seance.id


class JoursDemandes(NamedTuple):
    """The days that are asked for, where a page begins (after that session), and how many it has."""

    du: date = date.min
    au: date = date.max
    apres: UUID | None = None
    limite: int = PAGE


@en_panne
async def lister(gate: Gate, acces: Acces, periode: JoursDemandes) -> dict[str, Any]:
    """A page of the sessions that this subject convenes or sits at, the first ones first."""
    await permettre(gate, acces, Action.SIEGER)
    a_moi = await siennes(gate, acces, periode.du, periode.au)
    rangs = {seance.id: rang for rang, (seance, _) in enumerate(a_moi)}
    if periode.apres is not None and periode.apres not in rangs:
        await journaliser_refus(gate, acces, Action.SIEGER, "requete")
        inconnue = "Le paramètre « apres » ne nomme aucune séance de cette liste : reprenez à la première page."
        raise Refus(400, "requete", inconnue)
    debut = 0 if periode.apres is None else rangs[periode.apres] + 1
    page = list(islice(a_moi, debut, debut + periode.limite))
    await _inscrire(gate, acces, vide=not page)
    return {
        "seances": [montrer(acces, seance, place) for seance, place in page],
        "suivant": str(page[-1][0].id) if debut + len(page) < len(a_moi) else None,
    }


async def _inscrire(gate: Gate, acces: Acces, *, vide: bool) -> None:
    ligne = ligne_du_journal(acces, Action.SIEGER, "vide" if vide else "autorise", revision=gate.decider.revision)
    await gate.ledger.journal.inscrire(ligne)


def montrer(acces: Acces, seance: Seance, place: Qualite) -> dict[str, Any]:
    """A session, as who knows of it is shown it."""
    instance = acces.registre.instance_de(seance)
    return {
        "seance": str(seance.id),
        "instance": None if instance is None else instance.code,
        "genre": seance.instance,
        "libelle": libelle("instance", seance.instance) if instance is None else instance.libelle,
        "lieux": sorted(acces.registre.lieux_de(seance)),
        "le": seance.seance_le.isoformat(),
        "heure": seance.heure,
        "salle": seance.salle,
        "convoquee_le": seance.convoquee_le.isoformat(),
        "etat": _etat(acces, seance),
        "votre_place": "secretariat" if place.secretariat else place.voix,
    }


def _etat(acces: Acces, seance: Seance) -> str:
    if seance.annulee_le is not None:
        return "annulee"
    if seance.id in acces.registre.tenues:
        return "tenue"
    return "prevue" if acces.le < seance.convoquee_le else "convoquee" if acces.le <= seance.seance_le else "passee"


def _sieges(acces: Acces, seance: Seance) -> Iterator[dict[str, Any]]:
    """Who is convened, with which voice, and who was there."""
    tenue = acces.registre.tenues.get(seance.id)
    dites = () if tenue is None else (("present", tenue.presents), ("excuse", tenue.excuses), ("absent", tenue.absents))
    presences = {code: presence for presence, codes in dites for code in codes}
    for code, voix in sorted(acces.registre.sieges(seance, seance.seance_le).items()):
        yield {
            "partenaire": code,
            "nom": acces.registre.nom(code),
            "voix": voix,
            "presence": presences.get(code),
        }


@en_panne
async def lire(gate: Gate, acces: Acces, id_seance: UUID, proposes: int = PAGE_MAX) -> Vu:
    """One session: its seats, how it was held, and its agenda, case by case, as this subject may see it.

    Its secretariat also sees what left the agenda, what was examined, and what is proposed to its commission and waits:
    so many at the most (``proposes``); of a commission that has no worklist, the requests that it examines.
    """
    seance, place = await exiger_seance(gate, acces, id_seance, Action.SIEGER)
    position = await gate.listes.position()
    vue = gate.tables.vue_de(seance.instance)
    inscrits = await _ordre_du_jour(gate, acces, seance, place, proposes) if vue else _Agenda()
    await journaliser_liste(gate, acces, Action.SIEGER, decisions_de(inscrits.retenues))
    examinees, encore = await demandes(gate, acces, seance) if place.secretariat and not vue else ([], False)
    tenue = acces.registre.tenues.get(seance.id)
    contenu = {
        "seance": {
            **montrer(acces, seance, place),
            "sieges": list(_sieges(acces, seance)),
            "quorum": None if tenue is None else tenue.quorum,
            "quorum_ref": None if tenue is None else tenue.quorum_ref,
        },
        "dossiers": [
            {**await dessiner(gate, acces, VUES_PAR_NOM[vue], retenue), **_inscription(retenue, seance)}
            for retenue in inscrits.retenues
        ],
        "demandes": examinees,
        "au_dela": AU_DELA if inscrits.au_dela else DEMANDES_AU_DELA if encore else None,
    }
    return Vu(orjson.dumps(contenu), position)


@en_panne
async def presenter(gate: Gate, acces: Acces, id_seance: UUID) -> dict[str, Any]:
    """One session, without its agenda."""
    seance, place = await exiger_seance(gate, acces, id_seance, Action.SIEGER)
    await _inscrire(gate, acces, vide=False)
    return montrer(acces, seance, place)


@en_panne
async def suivant(gate: Gate, acces: Acces, id_seance: UUID, apres: UUID | None = None) -> UUID | None:
    """The next case to examine on an agenda, after one of its cases, then from its beginning; None: none is left.

    As ``lire`` would show it, and nothing of the others: that one alone has its row.
    """
    seance, _ = await exiger_seance(gate, acces, id_seance, Action.SIEGER)
    vue = gate.tables.vue_de(seance.instance)
    filtres = [(Filtre(seance=seance.id), PAGE_MAX)]
    inscrits = await _parmi(gate, acces, seance, filtres, _LISTES) if vue else _Agenda()
    ordre = list(inscrits.retenues)
    rang = next((n for n, r in enumerate(ordre) if apres in {m.ligne.dossier for m in r.membres}), None)
    restent = ordre if rang is None else [*ordre[rang + 1 :], *ordre[:rang]]
    suite = next((r for r in restent if _inscription(r, seance)["inscription"] == "INSCRIT"), None)
    await journaliser_liste(gate, acces, Action.SIEGER, decisions_de(() if suite is None else (suite,)))
    return None if suite is None else UUID(str(suite.ligne.dossier))


class _Agenda(NamedTuple):
    """The cases of an agenda in its order, and whether there are more than it holds."""

    retenues: Sequence[Retenue] = ()
    au_dela: bool = False


async def _ordre_du_jour(gate: Gate, acces: Acces, seance: Seance, place: Qualite, proposes: int) -> _Agenda:
    """What is listed, and for the secretariat what left the agenda, then what is proposed and waits."""
    vue = VUES_PAR_NOM[gate.tables.vue_de(seance.instance)]
    filtres = [(Filtre(seance=seance.id), PAGE_MAX)]
    if place.secretariat:
        filtres.append((Filtre(sortie=seance.id), PAGE_MAX))
        if proposes and "propose_le" in vue.table.colonnes:
            # By its day: in the whole département, what waits is read by an index of its own.
            attendent = Filtre(propose=True, communes=_communes(acces, seance), par_date="propose_le", au=acces.le)
            filtres.append((attendent, proposes))
    return await _parmi(gate, acces, seance, filtres, _ETATS if place.secretariat else _LISTES)


async def _parmi(
    gate: Gate, acces: Acces, seance: Seance, filtres: Sequence[tuple[Filtre, int]], montres: Collection[str]
) -> _Agenda:
    """The cases that answer to one of these filters, so many of each, and stand there in one of these states.

    In the agenda's order.
    """
    vue = VUES_PAR_NOM[gate.tables.vue_de(seance.instance)]
    trouvees: dict[UUID, Retenue] = {}
    au_dela = False
    for filtre, limite in filtres:
        retenues, suivant = await recueillir(gate, acces, vue, filtre, Curseur(limite=limite))
        trouvees = {retenue.ligne.dossier: retenue for retenue in retenues} | trouvees
        au_dela |= suivant is not None and limite == PAGE_MAX
    rangees = [retenue for retenue in trouvees.values() if _etat_du_dossier(retenue, seance) in montres]
    rangees.sort(key=lambda retenue: _rang(retenue, seance))
    return _Agenda(rangees[:PAGE_MAX], au_dela or len(rangees) > PAGE_MAX)


def _communes(acces: Acces, seance: Seance) -> list[str]:
    """The communes where its commission is competent, one merged since of its successor's; none: wherever they are."""
    lieux = acces.registre.lieux_de(seance)
    if "departement" in lieux:
        return []
    territoire = replace(
        acces.sujet.partenaire,
        territoire="communes",
        communes=[
            c.code
            for c in historique()
            if f"commune:{c.code}" in lieux or f"arrondissement:{c.arrondissement}" in lieux
        ],
    )
    return [c.code for c in historique() if territoire.couvre(c.code, acces.le)]


_ETATS: Final[Mapping[str, int]] = MappingProxyType(
    {"INSCRIT": 0, "EXAMINE": 0, "REPORTE": 1, "RETIRE": 1, "PROPOSE": 2}
)
"""The states of a case on an agenda, and which come first."""
_LISTES: Final = frozenset({"INSCRIT", "EXAMINE"})
"""Those that who sits there is shown."""


def _etat_du_dossier(retenue: Retenue, seance: Seance) -> str | None:
    """Where a case stands there; of several that are read as one, the first that does, in the order of states.

    By the ledger, which views may not have followed yet. None: it is no part of it any more.
    """
    etats = [etat for membre in retenue.membres if (etat := _etat_d_un(membre.lecture.etat, seance)) is not None]
    return min(etats, key=_ETATS.__getitem__, default=None)


def _etat_d_un(etat: Dossier, seance: Seance) -> str | None:
    if any(inscription.seance == seance.id for inscription in etat.inscriptions):
        return "EXAMINE" if (seance.instance, seance.seance_le) in etat.examens else "INSCRIT"
    if proposition_en_attente(etat, seance.instance) is not None:
        return "PROPOSE"
    sortie = sorties(etat).get(seance.id)
    return None if sortie is None else sortie.etat


def _rang_donne(retenue: Retenue, seance: Seance) -> int | None:
    listees = (i for membre in retenue.membres for i in membre.lecture.etat.inscriptions if i.seance == seance.id)
    return min((i.rang for i in listees if i.rang is not None), default=None)


def _rang(retenue: Retenue, seance: Seance) -> tuple[int, float, int]:
    """Listed cases first; in the order that the secretariat gave, then in that in which they were listed."""
    donne = _rang_donne(retenue, seance)
    faits = (fait for membre in retenue.membres for fait in membre.lecture.faits)
    inscrit = max((fait.position for fait in faits if seance.id in _nommees(fait.evenement)), default=0)
    premier = _ETATS[_etat_du_dossier(retenue, seance) or "PROPOSE"]
    return premier, float("inf") if donne is None else donne, inscrit or retenue.ligne.position


def _nommees(e: ev.Evenement) -> tuple[UUID, ...]:
    match e:
        case ev.InstanceInscrite(seance=seance):
            return (seance,)
        case ev.InscriptionReportee(reporte_a=seance):
            return (seance,)
        case _:
            return ()


def _inscription(retenue: Retenue, seance: Seance) -> dict[str, Any]:
    """Where a case stands on an agenda. That it is listed, the link of who sits there tells; the rest is of F19a."""
    etat = _etat_du_dossier(retenue, seance)
    ouvert = "F19a" in retenue.decision.groupes
    rang = _rang_donne(retenue, seance)
    return {"inscription": etat if ouvert else "INSCRIT", "rang": rang if ouvert else None}
