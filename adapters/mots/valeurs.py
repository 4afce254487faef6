"""A value of the catalogue in words, wherever it is shown: a screen, a paper."""

from typing import Any, Final

from adapters.mots import libelles
from ledger.catalogue import Champ, Nature
from ledger.droit.listes import libelle

_ISO: Final = 10
"""Signs of a day, as it is kept."""


def ecrire(champ: Champ, valeur: Any) -> str:  # noqa: ANN401 - whatever a field holds
    """A value in words. What the gate generalised (a bracket, a yes or no) comes as text and stays so."""
    if isinstance(valeur, bool):
        return "oui" if valeur else "non"
    if isinstance(valeur, list | tuple):
        return ", ".join(ecrire(champ, v) for v in valeur)
    if isinstance(valeur, int):
        return {Nature.MONTANT: libelles.montant(valeur), Nature.MOIS: f"{valeur} mois"}.get(champ.nature, str(valeur))
    texte = str(valeur)
    if champ.nature is Nature.HEURE:
        return libelles.heure(texte)
    if champ.nature is Nature.DATE and len(texte) == _ISO and texte[:4].isdigit():
        return libelles.jour(texte)
    return libelle(champ.liste, texte) if champ.liste else texte
