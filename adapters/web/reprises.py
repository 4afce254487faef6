"""What a form begins with: of the diagnostic, what the case already tells, and where that comes from.

The diagnostic social et financier asks what others have told already (décret 2021-8, art. 2): whoever writes it finds
it there, checks it with the household, and changes it. No other act begins so: who tells something tells what it knows.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType
from typing import Any, Final

from adapters.web.actes import Controle, TypeDeChamp
from adapters.web.fait_montre import FaitMontre
from ledger.catalogue import Evenement, catalogue, champs, lignee
from ledger.droit.donnees import preseances

PREREMPLIS: Final = frozenset({"DiagnosticTransmis"})

_ADULTE_SEUL: Final = 1


def _famille(fait: FaitMontre) -> str:
    """Two adults may be a couple or not: of them nothing is taken over."""
    if fait.type != "MenageDeclare" or fait.brut.get("nb_adultes") != _ADULTE_SEUL:
        return ""
    return "SEUL_AVEC_ENFANTS" if fait.brut.get("nb_enfants") else "SEUL"


def _dispositif(fait: FaitMontre) -> str:
    if fait.type == "PlanApurementConclu":
        return "PLAN_APUREMENT"
    return "FSL" if str(fait.brut.get("dispositif", "")).startswith("FSL") else ""


_DEDUITS: Final[Mapping[str, Callable[[FaitMontre], str]]] = MappingProxyType(
    {
        "situation_familiale": _famille,
        "traitement_dette": _dispositif,
        "ccapex_saisie": lambda fait: "oui" if fait.type == "CcapexSaisie" else "",
        "connu_du_service_social": lambda fait: "oui" if fait.type == "AccompagnementOuvert" else "",
    }
)
"""By field, what a fact answers to it in other words; empty: nothing."""


def preremplir(
    cls: type[Evenement], formulaire: Sequence[Controle], faits: Sequence[FaitMontre]
) -> tuple[Controle, ...]:
    """The controls, each with what the last fact that tells it says, and who told it, when."""
    recents = sorted((f for f in faits if f.tient), key=lambda f: f.brut["__le"], reverse=True)
    return tuple(_repris(cls, controle, recents) for controle in formulaire)


def _repris(cls: type[Evenement], controle: Controle, recents: Sequence[FaitMontre]) -> Controle:
    dite = next(_dits(cls, controle, recents), None)
    if dite is None:
        return controle
    fait, valeur = dite
    source = f"Repris de « {fait.titre} », {fait.auteur.organisation}, le {fait.le} : à vérifier avec le ménage."
    return replace(controle, defaut=valeur, aide=f"{controle.aide} {source}".strip())


def _dits(cls: type[Evenement], controle: Controle, recents: Sequence[FaitMontre]) -> Iterator[tuple[FaitMontre, str]]:
    """What the facts say of a field, the latest first, as it is typed."""
    lieux, deduire = _lieux(cls, controle.nom), _DEDUITS.get(controle.nom)
    for fait in recents:
        valeurs = [fait.brut.get(champ) for type_, champ in lieux if type_ in lignee(fait.type)]
        dit = deduire(fait) if deduire else next((_tape(controle, v) for v in valeurs if v is not None), "")
        if dit:
            yield fait, dit


def _lieux(cls: type[Evenement], champ: str) -> Sequence[tuple[str, str]]:
    """Where else the same thing is told: under its name of the law's rows, or under the same name of a field."""
    sous = {p.donnee for p in preseances() if p.evenement in lignee(cls.__name__) and p.champ == champ}
    if sous:
        return [(p.evenement, p.champ) for p in preseances() if p.donnee in sous]
    liste = champs(cls)[champ].liste
    return [
        (nom, champ)
        for nom, autre in catalogue().items()
        if autre is not cls and champ in champs(autre) and champs(autre)[champ].liste == liste and champ in _DE_MEME
    ]


_DE_MEME: Final = frozenset({"premier_impaye_le"})
"""Fields that say the same in every act that has them."""


def _tape(controle: Controle, valeur: Any) -> str:  # noqa: ANN401 - whatever a field holds
    """A value as a person would type it; empty where the gate gave a bracket or a yes for it."""
    if controle.type_ is TypeDeChamp.MONTANT:
        return f"{valeur // 100},{valeur % 100:02d}" if isinstance(valeur, int) else ""
    if controle.type_ is TypeDeChamp.CHOIX:
        return str(valeur) if valeur in dict(controle.options) else ""
    return str(valeur)
