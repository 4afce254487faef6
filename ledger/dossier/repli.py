"""From facts to state: the fold.

The state is folded from what stands in clear: erased and sealed events fold alike. An event that corrects another takes
back what it said, whatever it was; nothing else is folded again.
"""

from collections.abc import Iterable
from typing import Any, Final
from uuid import UUID

from ledger.catalogue import Correction, Effet, Enveloppe, Evenement, Fait, Rubrique
from ledger.dossier.etat import INDELEBILES, Dits, Dossier, Passe

_BLANC: Final = Dossier()

_RIEN: Final[dict[Any, Dits]] = {}

_ACQUIS: Final = frozenset({Rubrique.DECLAREES, Rubrique.LOGEMENT_DIT})
"""That it was said at all, which no correction takes back."""


def replier(faits: Iterable[Fait], depart: Dossier = _BLANC) -> Dossier:
    """Fold a history, in the order of versions. Folding the rest onto a state is folding the whole."""
    repli = Repli(depart)
    for fait in faits:
        repli.ajouter(fait)
    return repli.etat


def effets(e: Evenement, enveloppe: Enveloppe) -> list[Effet]:
    """What one fact says: what its event does, and what each of them does."""
    cls = type(e)  # asked of the class: to look in the event's own dict first would fetch it from far memory
    dits: list[Effet] = [(Rubrique.AUTEURS, enveloppe.partenaire, True), *cls.effets(e, enveloppe)]
    if enveloppe.declarant is not None:
        dits.append((Rubrique.DECLARANTS, enveloppe.declarant, True))
    if enveloppe.information_menage is not None:
        dits.append((Rubrique.INFORMATIONS, "collecte", enveloppe.information_menage))
    if cls.IDENTIFIANT is not None:
        dits.append((Rubrique.IDENTIFIANTS, (cls.IDENTIFIANT, getattr(e, cls.IDENTIFIANT)), True))
    return dits


def _corrections(passe: Passe) -> list[tuple[UUID, Correction]]:
    """What one fact corrects: what it withdraws, then what it replaces."""
    dits = passe.evenement.effets(passe.enveloppe)
    retraits = [(cle, correction) for rubrique, cle, correction in dits if rubrique is Rubrique.CORRECTIONS]
    corrige, par = passe.enveloppe.corrige, passe.enveloppe.id
    return retraits if corrige is None else [*retraits, (corrige, Correction(par, retrait=False))]


class Repli:
    """A fold under way: ``etat`` is its own, and what of the state it began from it has not touched is shared.

    Once ``etat`` is handed out, nothing more is added.
    """

    def __init__(self, depart: Dossier) -> None:
        self._rubriques = dict(depart.rubriques)
        self._passes = dict(depart.passes)
        self._reduits = dict(depart.reduits)
        self._copiees: set[Rubrique] = set()
        self._copies: set[int] = set()
        """Identities of the ``Dits`` that are its own. Those that it shares live as long as it does."""
        self.etat = Dossier(depart.version, self._rubriques, self._passes, self._reduits)

    def ajouter(self, fait: Fait) -> None:
        """One more fact, and what it corrects no longer stands."""
        self.remplacer(fait)
        self.dire(fait)

    def remplacer(self, fait: Fait) -> None:
        """What a fact replaces no longer stands. It has yet to be said itself, and may be refused."""
        corrige = fait.enveloppe.corrige
        if corrige is not None:
            self._corriger(corrige, fait.version, Correction(fait.enveloppe.id, retrait=False))

    def dire(self, fait: Fait) -> None:
        """What a fact says, once it has replaced what it replaces."""
        version, enveloppe, e = fait.version, fait.enveloppe, fait.evenement
        for rubrique, cle, valeur in effets(e, enveloppe):
            if rubrique is Rubrique.CORRECTIONS:
                self._corriger(cle, version, valeur)
            else:
                self._dits(rubrique, cle)[version] = valeur
        self._passes[enveloppe.id] = Passe(version, enveloppe, e)
        object.__setattr__(self.etat, "version", version)  # frozen for whoever is given it, and nobody is as yet

    def _corriger(self, cible: UUID, version: int, correction: Correction | None) -> None:
        """The fact of this version corrects that event, or (None) no longer does.

        A correction can itself be withdrawn: then it corrects nothing, and what it had corrected stands again, and so
        on down. One that is replaced hands over what it had corrected.
        """
        suite = [(cible, version, correction)]
        while suite:
            cible, version, correction = suite.pop()
            dits = self._dits(Rubrique.CORRECTIONS, cible)
            corrige, retire = bool(dits), _retire(dits)
            if correction is None:
                dits.pop(version, None)
            else:
                dits[version] = correction
            passe = self._passes.get(cible)
            if passe is not None and passe.version < version:  # it corrects what came before it, and nothing else
                if corrige is not bool(dits) and not isinstance(passe.evenement, INDELEBILES):
                    self._basculer(passe, debout=corrige)
                if retire is not _retire(dits):
                    # The last one first: where an event withdraws what it replaces, to withdraw says more.
                    suite += [(cle, passe.version, dit if retire else None) for cle, dit in _corrections(passe)]
            if not dits:
                self._oublier(Rubrique.CORRECTIONS, cible)

    def _basculer(self, passe: Passe, *, debout: bool) -> None:
        """Give back what a fact says, or take it back."""
        for rubrique, cle, valeur in effets(passe.evenement, passe.enveloppe):
            if rubrique is Rubrique.CORRECTIONS or rubrique in _ACQUIS:
                continue
            dits = self._dits(rubrique, cle)
            if debout:
                dits[passe.version] = valeur
            else:
                dits.pop(passe.version, None)
                if not dits:
                    self._oublier(rubrique, cle)

    def _dits(self, rubrique: Rubrique, cle: object) -> Dits:
        """What is said of one thing, to be written in: copied where it is shared, and read anew after."""
        self._reduits.pop(rubrique, None)
        if rubrique in self._copiees:
            cles = self._rubriques[rubrique]
        else:
            cles = self._rubriques[rubrique] = dict(self._rubriques.get(rubrique, _RIEN))
            self._copiees.add(rubrique)
        dits = cles.get(cle)
        if dits is None or id(dits) not in self._copies:
            dits = cles[cle] = {} if dits is None else dict(dits)
            self._copies.add(id(dits))
        return dits

    def _oublier(self, rubrique: Rubrique, cle: object) -> None:
        """Nothing is left under a key, or a heading, where nobody says anything any more."""
        cles = self._rubriques[rubrique]
        self._copies.discard(id(cles.pop(cle)))
        if not cles:
            del self._rubriques[rubrique]
            self._copiees.discard(rubrique)


def _retire(corrections: Dits) -> bool:
    for correction in corrections.values():  # noqa: SIM110 - the fold's hot path: ``any`` makes a generator each time
        if correction.retrait:
            return True
    return False
