"""The rules of a past day: reading under them as well as under today's; and which were in force, for the DPO."""

import logging
from collections import defaultdict
from datetime import date
from typing import Any, Final, NoReturn
from uuid import UUID

import msgspec

from adapters.gate.contexte import Acces, Alors, Gate
from adapters.gate.question import permettre
from adapters.gate.refus import (
    EnPanne,
    Refus,
    en_panne,
    inscrire_si_possible,
    journaliser_refus,
    ligne_du_journal,
)
from adapters.gate.revisions import Passee
from ledger.droit.jours import PARIS, en_francais, fin
from ledger.politiques import TOUS
from policies.decision import Action
from policies.engines import ChargementRefuse, Decider
from policies.passees import DIFFERENTES, MOTIFS, Croise
from policies.tables import ReglesAlterees

logger = logging.getLogger(__name__)

PERIODES: Final = 200
"""Of a page of what was in force."""
A_VENIR: Final = (
    "Le paramètre « regles_du » est un jour passé, ou aujourd'hui : les règles à venir ne sont pas connues."
)
DEPUIS: Final = "Les règles d'accès sont gardées depuis le {} : donnez à « regles_du » ce jour-là, ou un jour suivant."
JAMAIS: Final = "Aucune règle d'accès n'est encore gardée : demandez sans « regles_du »."
ALTEREES: Final = (
    "Les règles d'accès gardées pour ce jour-là ne sont plus celles qui décidaient : rien n'est communiqué, "
    "l'exploitant est alerté."
)
NON_CHARGEES: Final = (
    "Le serveur de politiques ne prend pas les règles d'accès de ce jour-là : l'exploitant lui permet PUT et DELETE "
    "sous /v1/policies/unefois_passees et /v1/data/unefois_passees."
)


async def sous_les_regles_du(gate: Gate, acces: Acces, jour: date | None, dossier: UUID) -> tuple[Gate, Acces]:
    """The gate and the access of a read under the rules in force at the end of a day in Paris, and under today's.

    Without a day, these alone. ``Refus`` 400 for a day to come, or before anything was kept, whether or not there is
    such a case.
    """
    if jour is None:
        return gate, acces
    if jour > acces.le:
        await _refuser(gate, acces, dossier, A_VENIR)
    periode = await gate.revisions.en_vigueur(fin(jour))
    if periode is None:
        premiere = await gate.revisions.premiere()
        depuis = premiere and en_francais(premiere.astimezone(PARIS).date())
        await _refuser(gate, acces, dossier, DEPUIS.format(depuis) if depuis else JAMAIS)
    if periode.revision == gate.decider.revision:
        passee = Passee(gate.decider, gate.motifs)
    else:
        passee = await _charger(gate, acces, periode.revision)
    alors = Alors(jour, periode.revision, periode.depuis, _phrases({**gate.motifs, **passee.motifs}))
    # Without a cache of its own: how often the two are asked would tell of how many different questions there were.
    decider = Decider(Croise(gate.decider, passee.decider, jour), taille=0)
    return gate.sous(decider, _phrases({**passee.motifs, **gate.motifs})), msgspec.structs.replace(acces, alors=alors)


def _phrases(motifs: dict[str, str]) -> defaultdict[str, str]:
    """The sentences of reasons; of one that no revision has a sentence for, that the rules of two days differ."""
    return defaultdict(lambda: MOTIFS[DIFFERENTES], motifs)


async def _charger(gate: Gate, acces: Acces, revision: str) -> Passee:
    try:
        return await gate.revisions.passee(revision)
    except ReglesAlterees as alterees:
        logger.critical("alarme : regles_alterees, révision %s", revision)
        await inscrire_si_possible(gate, ligne_du_journal(acces, "alarme", "erreur", motif="regles_alterees"))
        raise EnPanne("regles_alterees", ALTEREES) from alterees
    except ChargementRefuse as refus:
        ligne = ligne_du_journal(acces, "panne", "erreur", motif="regles_passees_refusees")
        await inscrire_si_possible(gate, ligne)
        raise EnPanne("regles_passees_refusees", NON_CHARGEES) from refus


async def _refuser(gate: Gate, acces: Acces, dossier: UUID, phrase: str) -> NoReturn:
    await journaliser_refus(gate, acces, Action.LIRE, "requete", dossier)
    raise Refus(400, "requete", phrase)


@en_panne
async def lister(gate: Gate, acces: Acces, avant: int = TOUS, limite: int = PERIODES) -> dict[str, Any]:
    """Which revisions were in force, and since when, the latest first; looking is a row of the journal."""
    await permettre(gate, acces, Action.AUDITER)
    ligne = ligne_du_journal(acces, "politiques", "autorise", revision=gate.decider.revision)
    await gate.ledger.journal.inscrire(ligne)
    periodes = await gate.revisions.periodes(avant, limite + 1)
    dites = [{"revision": p.revision, "depuis": p.depuis, "jusqu_a": p.jusqu_a} for p in periodes[:limite]]
    return {"politiques": dites, "suivant": periodes[limite - 1].rang if len(periodes) > limite else None}
