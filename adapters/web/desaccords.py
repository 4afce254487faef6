"""What contradicts in a case, in words: each thing, the values that are told of it, who says each and since when.

Pure: what the situation of the case has of it in, and the facts that name its persons.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from adapters.mots import libelles
from adapters.web.fait_montre import Declarant, Document, Noms, declarant, en_mots
from adapters.web.fiche import faits

_EN_LICE: Final = ("retenue", "contraire")
"""States of a telling that is one of the values."""


@dataclass(frozen=True, slots=True)
class ValeurDite:
    """One of the values: who says it, since when. ``cle``: the fact and the field that say it."""

    cle: str
    valeur: str
    acte: str
    auteur: Declarant
    vrai_au: date
    dit_le: str
    retenue: bool


@dataclass(frozen=True, slots=True)
class Contradiction:
    """A thing of which several values are told. ``nom``: its form's; ``de_qui``: the person that it is of, if any."""

    nom: str
    libelle: str
    de_qui: str
    pourquoi: str
    tranchee: bool
    valeurs: Sequence[ValeurDite]

    @property
    def depuis(self) -> date:
        """The last day of which one of them speaks: what is settled before it settles nothing of it."""
        return max(v.vrai_au for v in self.valeurs)


def relever(dites: Sequence[Document], document: Document, le: date, noms: Noms) -> Sequence[Contradiction]:
    """What contradicts among the facts of a document. ``noms``: who a code or SIRET is."""
    personnes = {
        str(f.brut["personne"]): " ".join(str(f.brut[c]) for c in ("prenoms", "nom") if f.brut.get(c))
        for f in faits({"faits": [f for f in document["faits"] if f["type"] == "OccupantDeclare"]})
        if f.tient and f.brut.get("personne")
    }
    return [
        Contradiction(
            nom=f"trancher-{dite['donnee'].replace('.', '-')}" + (f"-{dite['de']}" if dite["de"] else ""),
            libelle=dite["libelle"],
            de_qui=personnes.get(str(dite["de"]), ""),
            pourquoi=dite["pourquoi"],
            tranchee=dite["tranchee_par"] is not None,
            valeurs=[_valeur(a, le, noms) for a in dite["assertions"] if a["etat"] in _EN_LICE],
        )
        for dite in dites
    ]


def _valeur(assertion: Document, le: date, noms: Noms) -> ValeurDite:
    return ValeurDite(
        cle=f"{assertion['fait']}.{assertion['champ']}",
        valeur=en_mots(assertion["type"], assertion["champ"], assertion["valeur"], le, noms),
        acte=libelles.evenement(assertion["type"]),
        auteur=declarant(assertion["auteur"]),
        vrai_au=date.fromisoformat(assertion["vrai_au"]),
        dit_le=libelles.instant(assertion["dit_le"]) if assertion["dit_le"] else "",
        retenue=assertion["etat"] == "retenue",
    )
