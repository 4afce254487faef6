"""The closed facts of one fact, seen by one reader: what its decision depends on besides the question itself.

They are read off what stands in clear. The nature of an act under secrecy is sealed: before it is open, it has all the
provenances that it may turn out to have.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from itertools import product
from typing import Final, NamedTuple
from uuid import UUID

from adapters.registre.instantane import Partenaire
from ledger import catalogue as ev
from ledger.catalogue import Enveloppe, Fait
from ledger.dossier.etat import ADULTES, Dossier
from ledger.dossier.part import Soi
from policies.decision import Collecte, Concerne, Decision, Origine, Source

ARTICLE_72: Final = (ev.Demande72, ev.InformationTransmise72, ev.Demande72Refusee)
RENSEIGNEMENTS: Final = (ev.RenseignementDemande, ev.RenseignementRepondu)

LOCATAIRES: Final = frozenset({"TITULAIRE", "COTITULAIRE"})
_INSTANCE_DONT_L_AVIS_COMPTE: Final = "CCAPEX"


class Provenance(NamedTuple):
    """Where one fact comes from. ``accords``: the groups that an accord opens of this very fact; None: not asked."""

    source: Source
    emis_par_moi: bool
    collecte: Collecte
    evenement: str = ""
    origine: Origine = Origine.AUTRE
    sujet: Concerne = Concerne.COMMUN
    ancien: bool = False
    accords: frozenset[str] | None = None
    besoin_accorde: bool = False
    partage: bool = False
    ma_main: bool = False


REFERENCE: Final = Provenance(
    Source.PARTENAIRE,
    emis_par_moi=True,
    collecte=Collecte.GENERALE,
    sujet=Concerne.SOI,
    besoin_accorde=True,
    ma_main=True,
)
REFERENCE_72: Final = Provenance(
    Source.PARTENAIRE, emis_par_moi=False, collecte=Collecte.ARTICLE_72, sujet=Concerne.SOI
)
"""What tells a reader which groups are communicated: on role, purpose, stage and link only, never on what is there."""


@dataclass(frozen=True, slots=True)
class Lecteur:
    """Who reads one case, as far as provenance goes.

    ``demande``: the household's request that the purpose names. ``personne``: who of the household the reader is,
    where a mandate says so. ``accords``: what the reader was given, and by whom. ``origines``: what each role is.
    ``recent_depuis``: before that day, a fact is an old one.
    """

    partenaire: Partenaire
    etat: Dossier = field(repr=False)
    origines: Mapping[str, Origine] = field(repr=False)
    recent_depuis: date
    agent: str = ""
    demande: UUID | None = None
    personne: UUID | None = None
    accords: tuple[ev.Accord, ...] = ()

    def provenances(self, fait: Fait) -> tuple[Provenance, ...]:
        """Where a fact comes from; for a protected act, whose nature is sealed, all that it may turn out to be.

        The first is that of an ordinary act; the last are those of art. 7-2, told by another or to (or by) this reader.
        """
        enveloppe = fait.enveloppe
        emis = self.a_moi(fait)
        ordinaire = Provenance(
            Source(enveloppe.source),
            emis,
            self._collecte(fait),
            _nomme(fait.evenement),
            self._origine(enveloppe),
            self._sujet(fait),
            enveloppe.survenu_le < self.recent_depuis,
            self._accords(fait),
        )
        if not isinstance(fait.evenement, ev.ActeProtege):
            return (ordinaire,)
        # Whose hand wrote it is only looked at under secrecy: elsewhere it would make two decisions of one.
        secrete = ordinaire._replace(ma_main=emis and enveloppe.agent == self.agent)
        natures = [secrete._replace(besoin_accorde=a, partage=p) for a, p in product((False, True), repeat=2)]
        soixante_douze = secrete._replace(collecte=Collecte.ARTICLE_72)
        return *natures, *(soixante_douze._replace(emis_par_moi=moi) for moi in ((True,) if emis else (False, True)))

    def provenance(self, fait: Fait) -> Provenance:
        """Where a fact comes from, once its nature is open."""
        e, ordinaire = fait.evenement, self.provenances(fait)[0]
        if isinstance(e, ARTICLE_72):
            return ordinaire._replace(collecte=Collecte.ARTICLE_72, emis_par_moi=self.a_moi(fait))
        if isinstance(e, ev.BesoinSignale):
            return ordinaire._replace(besoin_accorde=e.avec_accord is True)
        if isinstance(e, ev.EvaluationSociale):
            return ordinaire._replace(partage=e.partage is True)
        return ordinaire

    def a_moi(self, fait: Fait) -> bool:
        """Emitted by this partner, imported on its behalf, or addressed to it by name."""
        return Soi(self.partenaire.code, self.partenaire.siret).dit(fait.enveloppe, fait.evenement)

    def _collecte(self, fait: Fait) -> Collecte:
        """For which request; what is asked of this partner, or answered to it, is for it to read whichever it was."""
        demande, e = fait.enveloppe.demande, fait.evenement
        a_lui = isinstance(e, RENSEIGNEMENTS) and e.destinataire == self.partenaire.code
        if demande is None or a_lui:
            return Collecte.GENERALE
        return Collecte.MEME_DEMANDE if demande == self.demande else Collecte.AUTRE_DEMANDE

    def _origine(self, enveloppe: Enveloppe) -> Origine:
        """What the role of who told it is; a service that follows the household at that purpose is social work too."""
        if enveloppe.finalite == "ACCOMPAGNEMENT":
            return Origine.TRAVAIL_SOCIAL
        return self.origines.get(enveloppe.role, Origine.AUTRE)

    def _sujet(self, fait: Fait) -> Concerne:
        """Whom a fact is about, for a reader who is a person; to any other, all facts are alike."""
        if self.personne is None:
            return Concerne.COMMUN
        personnes = personnes_de(fait, self.etat)
        if personnes:
            if personnes == {self.personne}:
                return Concerne.SOI
            e = fait.evenement
            return Concerne.BAIL if isinstance(e, ev.OccupantDeclare) and e.qualite in LOCATAIRES else Concerne.AUTRUI
        depart = self.etat.departs.get(self.personne)
        if depart is not None and depart < _dit_le(fait):
            return Concerne.AUTRUI
        return Concerne.SOI if seul_adulte(self.etat, self.personne) else Concerne.COMMUN

    def _accords(self, fait: Fait) -> frozenset[str]:
        if not self.accords:
            return _AUCUN
        personnes = personnes_de(fait, self.etat)
        couvrent = (a.groupes for a in self.accords if personnes <= ({a.personne} if a.personne else set()))
        return _AUCUN.union(*couvrent)


_AUCUN: Final[frozenset[str]] = frozenset()


def personnes_de(fait: Fait, etat: Dossier) -> frozenset[UUID]:
    """The persons whom a fact is about; none of them by name: the household as a whole."""
    e = fait.evenement
    nommees: set[UUID | None]
    match e:
        case ev.EffacementAvise() | ev.EffacementDecide():
            demande = etat.effacements.get(e.effacement)
            nommees = {demande.personne if demande else None}
        case ev.AccordRetire():
            nommees = {donneur(etat, e.accord)}
        case _:
            nommees = {getattr(e, "personne", None), *getattr(e, "personnes", ())}
    menage = str(fait.dossier)
    scellees = {UUID(personne) for s in fait.scelles if s.sujet != menage for personne in s.sujet.split("+")}
    return frozenset(scellees | {p for p in nommees if p is not None})


def donneur(etat: Dossier, accord: UUID) -> UUID | None:
    """Who gave an accord, taken back or not."""
    dits = (passe.evenement for passe in etat.passes.values())
    return next((e.personne for e in dits if isinstance(e, ev.AccordRecueilli) and e.accord == accord), None)


def seul_adulte(etat: Dossier, personne: UUID) -> bool:
    """Whether no other adult was ever declared: what is said of the household is then said of that person."""
    dits = (passe.evenement for passe in etat.passes.values())
    autres = {e.personne for e in dits if isinstance(e, ev.OccupantDeclare)} - {personne}
    # Of one whose declaration no longer stands, the quality is unknown.
    return all(etat.personnes.get(autre, "OCCUPANT") not in ADULTES for autre in autres)


def _nomme(e: ev.Evenement) -> str:
    """The name of an event of which the rules say something of its own; of the others, nothing."""
    if isinstance(e, ev.AvisRendu):
        return "AvisRendu" if e.instance == _INSTANCE_DONT_L_AVIS_COMPTE else ""
    return type(e).__name__ if isinstance(e, ev.JugementRendu | ev.AccompagnementOuvert) else ""


def _dit_le(fait: Fait) -> date:
    """When it was told, or when it is true if that is later."""
    survenu = fait.enveloppe.survenu_le
    return max(survenu, fait.enregistre_le.date()) if fait.enregistre_le else survenu


Decisions = Mapping[Provenance, Decision]


@dataclass(frozen=True, slots=True)
class Regard:
    """Under what one reader looks at one case: all that a plan depends on besides the case itself.

    ``decisions`` covers the provenance of every fact and both references. ``noms``: who a code or a SIRET is.
    ``allegues``: its links that rest on its own word. ``regles``: those of a past day, if it is read under them too.
    """

    lecteur: Lecteur
    decisions: Decisions
    le: date
    noms: Callable[[str], str]
    tenant: str
    allegues: tuple[str, ...] = ()
    regles: Mapping[str, str] | None = None
