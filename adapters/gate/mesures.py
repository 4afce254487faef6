"""What of an event is open under a decision: the event itself, and each of its fields with what is left of it."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from adapters.gate.masques import Masque, entier, masque
from ledger.catalogue import Classe, Evenement, champs
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


def dite(valeur: object) -> bool:
    """Whether a field says something."""
    return valeur is not None and valeur not in ((), [])
