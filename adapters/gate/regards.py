"""For the person: who was shown something of its case; and its copy of all that it is shown (GDPR 15, access 14)."""

from collections.abc import Collection, Mapping
from typing import Any, Final, NamedTuple
from uuid import UUID

import orjson

from adapters.gate.consulter import preparer
from adapters.gate.contexte import Acces, Garde, Gate
from adapters.gate.demandes import COPIE
from adapters.gate.listes import LIGNES_REGROUPEES
from adapters.gate.plan import CHAMPS, Plan
from adapters.gate.redaction import CurseurInconnu, Signet, document, feuilleter
from adapters.gate.refus import Refus, en_panne, journaliser_refus, ligne_du_journal, refuser
from ledger import catalogue as ev
from ledger.droit.jours import PARIS
from ledger.reader import Lecture
from policies.decision import Action, Origine

REGARDS: Final = "regards"
"""What the row of who asks who looked says was done."""
FAITS_PAR_COPIE: Final = 2000
"""Facts of one page of a copy: one that has more goes on where it stopped."""


class Regards(NamedTuple):
    """Who was shown something, for what and how often. ``entiers``: no bound was met.

    ``discrets``: the services that help or advise, and are shown to this person beside what they told.
    """

    lignes: tuple[Mapping[str, Any], ...]
    discrets: tuple[Mapping[str, str], ...]
    entiers: bool


@en_panne
async def lire(gate: Gate, acces: Acces, dossier: UUID) -> Regards:
    """Who was shown something of a person's case: organisation, function, purpose, groups, how often; nobody by name.

    What the journal has is of the case, and the case is of several persons. Left out is what another person of the
    household read itself. A service that helps or advises persons is told by what it told this one, never by its
    reads: when and how often it looks would tell who of the household turned to it, and when (GDPR 15(4)).
    """
    _, garde = await _ouvrir(gate, acces, dossier, REGARDS)
    discrets = frozenset(role for role, origine in gate.origines.items() if origine in _DISCRETES)
    lignes = await gate.listes.regards(dossier, acces.sujet.partenaire.code, discrets)
    rendues = tuple(_dite(ligne, acces) for ligne in lignes)
    return Regards(rendues, _nommes(garde.plan, discrets), sum(x["nombre"] for x in lignes) < LIGNES_REGROUPEES)


def _dite(ligne: Mapping[str, Any], acces: Acces) -> Mapping[str, Any]:
    """A line as a person is told it: the days, in Paris; ``moi``: it is its own reading."""
    return {
        **ligne,
        "organisation": acces.registre.nom(ligne["organisation"]),
        "moi": ligne["organisation"] == acces.sujet.partenaire.code,
        "premier": ligne["premier"].astimezone(PARIS).date(),
        "dernier": ligne["dernier"].astimezone(PARIS).date(),
    }


_DISCRETES: Final = frozenset({Origine.TRAVAIL_SOCIAL, Origine.CONSEIL})


def _nommes(plan: Plan, discrets: Collection[str]) -> tuple[Mapping[str, str], ...]:
    """The partners of these roles that this reader is shown by name, beside what they told."""
    auteurs = (
        orjson.loads(rang.avant.removesuffix(CHAMPS) + b"}")["auteur"] or {}
        for rang in plan.rangs
        if rang.fait.enveloppe.role in discrets and not isinstance(rang.fait.evenement, ev.ActeProtege)
    )
    nommes = sorted({(dit["organisation"], dit["role"]) for dit in auteurs if dit.get("role") in discrets})
    return tuple({"organisation": organisation, "role": role} for organisation, role in nommes)


@en_panne
async def copie(
    gate: Gate, acces: Acces, dossier: UUID, apres: UUID | None = None, *, papier: str = ""
) -> dict[str, Any]:
    """A page of all that a person is shown of its case: its copy, and the row says that it was given one.

    ``papier``: which paper it leaves as, if it does.
    """
    lecture, garde = await _ouvrir(gate, acces, dossier, COPIE, papier)
    page = Signet(apres, FAITS_PAR_COPIE)
    try:
        feuille = await gate.parts.derouler(
            feuilleter(garde.plan, lecture.trousseau, page), acces.sujet.partenaire.code
        )
    except CurseurInconnu as inconnu:
        await journaliser_refus(gate, acces, Action.LIRE, "requete", dossier)
        raise Refus(400, "requete", "La page demandée de la copie n'existe pas.") from inconnu
    rendu: dict[str, Any] = orjson.loads(document(garde.plan, feuille))
    return rendu


async def _ouvrir(gate: Gate, acces: Acces, dossier: UUID, action: str, papier: str = "") -> tuple[Lecture, Garde]:
    """The case of a person, once its row is durable; 403 for who reads it as anybody else."""
    lecture, garde, gardes = await preparer(gate, acces, dossier)
    if acces.personne(dossier) is None or "droits_tus" in _obligations(garde):
        hors = Refus(403, "HORS_FINALITE", gate.motifs["HORS_FINALITE"])
        await refuser(gate, acces, Action.LIRE, hors, dossier)
    rows = [ligne_du_journal(acces, action, "autorise", dossier=une.plan.dossier, plan=une.plan) for une in gardes]
    if papier:
        rows = [row.avec(echange={"document": papier}) for row in rows]
    await gate.ledger.journal.inscrire(*rows)
    return lecture, garde


def _obligations(garde: Garde) -> frozenset[str]:
    return frozenset().union(*(decision.obligations for decision in garde.plan.decisions.values()))
