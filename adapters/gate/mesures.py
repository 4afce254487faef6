"""What of an event is open under a decision: the event itself, and each of its fields with what is left of it."""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final

from adapters.gate.masques import Masque, entier, masque
from ledger.catalogue import (
    ActeProtege,
    BesoinSignale,
    Classe,
    CoordonneesDeclarees,
    Evenement,
    SurendettementAvance,
    catalogue,
    champs,
)
from policies.decision import Decision

Montres = tuple[tuple[str, Masque | None, Classe], ...]
"""The fields of an event that are shown, each with its mask (None: as it is) and its class."""


def mesure_de(groupe: str | None, decision: Decision, *, emis_par_moi: bool) -> str | None:
    """The measure under which a group is open for a fact; None when it is closed."""
    if groupe == "F10":
        groupe = "F10a" if emis_par_moi else "F10b"
    mesure = decision.groupes.get(groupe or "")
    return None if mesure == "propres" and not emis_par_moi else mesure


def ouverts(cls: type[Evenement], decision: Decision, annee: int, *, emis_par_moi: bool) -> Montres | None:
    """The fields that are shown, with their mask and class; None when the event itself is not to be known."""
    mesures: dict[str | None, str | None] = {}
    if mesure_de(cls.GROUPE, decision, emis_par_moi=emis_par_moi) is None:
        return None
    montres = []
    for nom, champ in champs(cls).items():
        if champ.interne:
            continue
        if champ.groupe not in mesures:
            mesures[champ.groupe] = mesure_de(champ.groupe, decision, emis_par_moi=emis_par_moi)
        mesure = mesures[champ.groupe]
        if mesure is None or _TU_PAR.get(nom) in decision.obligations:
            continue
        fonction = masque(champ.groupe or "", mesure, nom, annee)
        if fonction is not None:
            montres.append((nom, None if entier(fonction) else fonction, champ.classe))
    return tuple(montres)


_TU_PAR: Final[Mapping[str, str]] = MappingProxyType({"reference_source": "reference_tue"})
"""The fields that an obligation keeps unsaid, whatever their group."""


EXERCICE_DES_DROITS: Final = frozenset(cls for cls in catalogue().values() if cls.EXERCE_UN_DROIT)
"""What tells that a person exercises a right: unsaid wherever the decision obliges to it (``droits_tus``)."""

NOTIFIEES: Final = frozenset({"RECEVABLE", "ORIENTE", "PLAN", "MESURES", "RETABLISSEMENT", "CADUC"})
"""The steps of a surendettement that creditors are notified of (CONSO R.722-1 and following)."""

LETTRES: Final = frozenset({"COURRIER", "RAR"})
"""The channels of the contacts that are known to whom others' are closed: that a letter went out (access, F10)."""

TUS: Final[Mapping[type[Evenement], tuple[str, Callable[[Evenement], bool]]]] = MappingProxyType(
    {
        BesoinSignale: ("violence_tue", lambda e: getattr(e, "besoin", None) == "VIOLENCE"),
        CoordonneesDeclarees: ("canal_tu", lambda e: getattr(e, "canal_sur", None) != "LIBRE"),
        SurendettementAvance: ("surendettement_notifie", lambda e: getattr(e, "etape", None) not in NOTIFIEES),
    }
)
"""The events that an obligation leaves out for what they say: which one, and whether this one says it."""


def tu(e: Evenement, decision: Decision, *, emis_par_moi: bool) -> str:
    """What keeps an open event whose group is open from being shown; empty where nothing does.

    An obligation, or ``oui_ou_non``: its group is opened to say yes or no of something which this act is not about, and
    its name alone would tell what it is: that somebody is oriented to a health network.
    """
    if type(e) in EXERCICE_DES_DROITS and "droits_tus" in decision.obligations:
        return "droits_tus"
    obligation, dit = TUS.get(type(e), _RIEN_DE_TU)
    if obligation in decision.obligations and dit(e):
        return obligation
    protege = isinstance(e, ActeProtege) and mesure_de(e.GROUPE, decision, emis_par_moi=emis_par_moi) == "oui_non"
    return "oui_ou_non" if protege and not ouverts(type(e), decision, 0, emis_par_moi=emis_par_moi) else ""


_RIEN_DE_TU: Final[tuple[str, Callable[[Evenement], bool]]] = ("", lambda _: False)


def dite(valeur: object) -> bool:
    """Whether a field says something."""
    return valeur is not None and valeur not in ((), [])
