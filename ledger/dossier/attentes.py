"""What is expected of somebody in a case, as its clear facts tell: rows of law say what asks, facts what answered.

The same function serves the projector, on the whole case, and a reader, on the facts that it is shown: neither a view
nor a list has rules of its own.
"""

from collections.abc import Callable, Iterator, Mapping
from datetime import date
from types import MappingProxyType
from typing import Final, NamedTuple
from uuid import UUID

from ledger.catalogue import Rubrique, Sollicitation
from ledger.dossier.agenda import derniere_reponse
from ledger.dossier.etat import Dossier
from ledger.droit.attentes import regle_de
from ledger.droit.jours import dans

DEMANDE_72: Final = "DEMANDE_72"
MENAGE: Final = "menage"
"""Of whom something is expected: the household; else a partner, the secretariat of a commission, or one agent."""


def partenaire(code: str) -> str:
    """That partner, as one of whom something is expected."""
    return f"partenaire/{code}"


def commission(instance: str) -> str:
    """Whoever keeps the papers of that commission, where the case is."""
    return f"commission/{instance}"


def agent(code: str, nom: str) -> str:
    """One agent of a partner, by its pseudonym."""
    return f"agent/{code}/{nom}"


class SuiteAttendue(NamedTuple):
    """What is expected, because of which fact, of whom, from which day on, and by when if a day is set.

    ``cle``: the id by which an answer names it.
    """

    genre: str
    fait: UUID
    de: str
    depuis: date
    echeance: date | None
    cle: UUID | None


def attendues(etat: Dossier) -> Iterator[SuiteAttendue]:
    """What nobody has answered yet. Of an erased household nothing is expected any more."""
    if etat.menage_efface:
        return
    pareilles: dict[tuple[str, str], SuiteAttendue] = {}
    for fait, dits in etat.rubriques.get(Rubrique.SOLLICITATIONS, {}).items():
        [(version, dit)] = dits.items()  # a fact says it once
        regle = regle_de(dit.evenement, dit.instance, dit.le)
        if regle is None or dit.faite or _REPONDUES[regle.genre](etat, version, dit):
            continue
        depuis = dans(regle.mois, dit.le)
        attendue = SuiteAttendue(
            genre=regle.genre,
            fait=fait,
            de=_de(dit),
            depuis=depuis,
            echeance=depuis if regle.mois else dit.echeance,
            cle=dit.cle,
        )
        if not dit.objet:
            yield attendue
            continue
        # Asked by several, it is expected once, for whoever waits for it the soonest.
        meme = attendue.de, dit.objet
        pareilles[meme] = min(pareilles.get(meme, attendue), attendue, key=_avant)
    yield from pareilles.values()


def _avant(attendue: SuiteAttendue) -> tuple[date, date, UUID]:
    return attendue.echeance or date.max, attendue.depuis, attendue.fait


def _de(dit: Sollicitation) -> str:
    if not dit.destinataire:
        return commission(dit.instance)
    return MENAGE if dit.destinataire == MENAGE else partenaire(dit.destinataire)


def _suivie(etat: Dossier, _version: int, dit: Sollicitation) -> bool:
    """The last word on it says that nothing more is expected."""
    suites = etat.rubriques.get(Rubrique.SUITES, {}).get(dit.cle)
    return suites is not None and bool(suites[max(suites)])


def _repondue(etat: Dossier, _version: int, dit: Sollicitation) -> bool:
    return dit.cle in etat.rubriques.get(Rubrique.SUITES, {})


def _inscrite_ou_close(etat: Dossier, version: int, dit: Sollicitation) -> bool:
    """The commission answered since: it listed the case, set the proposal aside, or is done with the case.

    So it did of a case that it had listed: it examined it, put it off, withdrew it, or listed it anew.
    """
    return derniere_reponse(etat, dit.instance) > version


def _jamais(_etat: Dossier, _version: int, _dit: Sollicitation) -> bool:
    """It says itself whether it was done."""
    return False


_REPONDUES: Final[Mapping[str, Callable[[Dossier, int, Sollicitation], bool]]] = MappingProxyType(
    {
        "RECOMMANDATION": _suivie,
        "RENSEIGNEMENT": _repondue,
        "PROPOSITION": _inscrite_ou_close,
        "INSCRIPTION": _inscrite_ou_close,
        "SUIVI_UN_AN": _repondue,
        "AVISER_MENAGE": _jamais,
    }
)
"""By kind of what is expected, whether an answer stands."""


def suivis(etat: Dossier) -> Iterator[SuiteAttendue]:
    """Where an information may be asked under art. 7-2: of each agent who follows the household, since it does.

    What was told under secrecy is sealed, and to whom. A household is looked at whether or not something was: else who
    follows it would know, by the work, that somebody else was asked.
    """
    if etat.menage_efface:
        return
    ouvertes: dict[str, tuple[date, UUID]] = {}
    for intervention, i in etat.interventions.items():
        de, depuis = agent(i.partenaire, i.agent), (i.depuis, intervention)
        ouvertes[de] = min(depuis, ouvertes.get(de, depuis))
    for de, (le, intervention) in ouvertes.items():
        yield SuiteAttendue(DEMANDE_72, intervention, de, le, None, None)
