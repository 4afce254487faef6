"""The closed facts of a body, read before it is checked: rights are looked at first."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final, NamedTuple
from uuid import UUID

from adapters.gate.provenance import donneur
from adapters.gate.textes import uuid_ou_rien
from ledger.catalogue import AccordRecueilli, AccordRetire, Evenement, catalogue, champs
from ledger.dossier.etat import Dossier
from policies.decision import Concerne


class Annonce(NamedTuple):
    """One event that a body seems to hold: its type, the groups that it would write, whom it is about.

    ``interesse``: it records an accord that benefits the very organisation that records it.
    """

    evenement: str
    ecrits: frozenset[str] = frozenset()
    sujet: Concerne = Concerne.COMMUN
    interesse: bool = False


RIEN: Final = Annonce("")
"""What a reading writes."""


@dataclass(frozen=True, slots=True)
class Parole:
    """Who would write: the person that a mandate binds them to, and whether a partner is their own organisation."""

    etat: Dossier = field(default_factory=Dossier, repr=False)
    personne: UUID | None = None
    a_moi: Callable[[str], bool] = lambda _: False

    def annonces(self, contenu: object) -> list[Annonce]:
        """What a body seems to hold, of the known types of event; twice the same is once."""
        evenements = contenu.get("evenements") if isinstance(contenu, dict) else None
        dits = [e for e in evenements if isinstance(e, dict)] if isinstance(evenements, list) else []
        trouvees = []
        for dit in dits:
            nom, donnees = dit.get("type"), dit.get("donnees")
            if isinstance(nom, str) and nom in catalogue():
                trouvees.append(self.annonce(catalogue()[nom], donnees if isinstance(donnees, dict) else {}))
        return list(dict.fromkeys(trouvees))

    def annonce(self, cls: type[Evenement], donnees: Mapping[str, object]) -> Annonce:
        """An event as its fields announce it. One that is left empty writes nothing of its group."""
        dits = {champ.groupe or cls.GROUPE for nom, champ in champs(cls).items() if donnees.get(nom) not in _VIDES}
        # Contacts that one tells are one's own.
        ecrits = frozenset("F10a" if g == "F10" else g for g in {*dits, cls.GROUPE})
        destinataire = donnees.get("destinataire") if cls is AccordRecueilli else None
        interesse = isinstance(destinataire, str) and self.a_moi(destinataire)
        return Annonce(cls.__name__, ecrits, self._sujet(cls, donnees), interesse)

    def _sujet(self, cls: type[Evenement], donnees: Mapping[str, object]) -> Concerne:
        """Whom it is about, for a person; where a person could be named and is not, it is the one who speaks."""
        if self.personne is None:
            return Concerne.COMMUN
        if cls is AccordRetire:
            accord = uuid_ou_rien(donnees.get("accord"))
            sien = accord is not None and donneur(self.etat, accord) == self.personne
            return Concerne.SOI if sien else Concerne.AUTRUI
        if "personne" not in champs(cls):
            return Concerne.COMMUN
        return Concerne.SOI if donnees.get("personne") in (None, self.personne, str(self.personne)) else Concerne.AUTRUI


_VIDES: Final[tuple[object, ...]] = (None, "", (), [])
