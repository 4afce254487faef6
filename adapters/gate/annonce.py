"""The closed facts of a body, read before it is checked: rights are looked at first."""

from collections.abc import Callable, Collection, Mapping
from typing import Final, NamedTuple
from uuid import UUID

import msgspec

from adapters.gate.provenance import donneur
from adapters.gate.textes import uuid_ou_rien
from ledger.catalogue import AccordRecueilli, AccordRetire, Evenement, catalogue, champs
from ledger.dossier.etat import Dossier
from ledger.droit.listes import codes
from policies.decision import Concerne


class Annonce(NamedTuple):
    """One event that a body seems to hold: its type, the groups that it would write, whom it is about.

    ``interesse``: it records an accord that benefits the very organisation that records it. ``instance``: the
    commission in whose name it is said; ``chez_soi``: at a place that its author's territory holds.
    """

    evenement: str
    ecrits: frozenset[str] = frozenset()
    sujet: Concerne = Concerne.COMMUN
    interesse: bool = False
    instance: str = ""
    chez_soi: bool = True


RIEN: Final = Annonce("")
"""What a reading writes."""


class Parole(msgspec.Struct, frozen=True):
    """Who would write: whom a mandate binds them to, whether a partner is theirs, and a session one that they hold."""

    etat: Dossier = msgspec.field(default_factory=Dossier)
    personne: UUID | None = None
    a_moi: Callable[[str], bool] = lambda _: False
    tient: Callable[[str, Collection[UUID], str], bool] = lambda _instance, _seances, _le: True

    def annonces(self, contenu: object) -> list[Annonce]:
        """What a body seems to hold, of the known types of event; twice the same is once."""
        evenements = contenu.get("evenements") if isinstance(contenu, dict) else None
        dits = [e for e in evenements if isinstance(e, dict)] if isinstance(evenements, list) else []
        trouvees = []
        for dit in dits:
            nom, donnees = dit.get("type"), dit.get("donnees")
            if isinstance(nom, str) and nom in catalogue():
                lues = donnees if isinstance(donnees, dict) else {}
                trouvees.append(self.annonce(catalogue()[nom], lues, dit.get("survenu_le")))
        return list(dict.fromkeys(trouvees))

    def annonce(self, cls: type[Evenement], donnees: Mapping[str, object], le: object = None) -> Annonce:
        """An event as its fields announce it, true on a day. One that is left empty writes nothing of its group."""
        groupes = _ECRITS[cls]
        dits = [nom for nom in groupes.keys() & donnees if donnees[nom] not in _VIDES]
        ecrits = frozenset(map(groupes.__getitem__, ("", *dits)))
        destinataire = donnees.get("destinataire") if cls is AccordRecueilli else None
        interesse = isinstance(destinataire, str) and self.a_moi(destinataire)
        instance = donnees.get("instance") if cls in _EN_COMMISSION else None
        if instance not in codes("instance"):  # no commission: it is refused for that, once the body is checked
            return Annonce(cls.__name__, ecrits, self._sujet(cls, donnees), interesse)
        seances = [seance for nom in _SEANCES if (seance := uuid_ou_rien(donnees.get(nom))) is not None]
        chez_soi = self.tient(str(instance), seances, str(le))
        return Annonce(cls.__name__, ecrits, self._sujet(cls, donnees), interesse, str(instance), chez_soi)

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


def _ecrits(cls: type[Evenement]) -> Mapping[str, str]:
    groupes = {"": cls.GROUPE} | {nom: champ.groupe or cls.GROUPE for nom, champ in champs(cls).items()}
    return {nom: "F10a" if groupe == "F10" else groupe for nom, groupe in groupes.items()}


_ECRITS: Final[Mapping[type[Evenement], Mapping[str, str]]] = {cls: _ecrits(cls) for cls in catalogue().values()}
"""The group that each field of an event writes; under no name, its own. Contacts that one tells are one's own."""
_VIDES: Final[tuple[object, ...]] = (None, "", (), [])
_SEANCES: Final = ("seance", "reporte_a")
"""The fields by which an event names a session."""
_EN_COMMISSION: Final = frozenset(cls for cls in catalogue().values() if "instance" in champs(cls))
