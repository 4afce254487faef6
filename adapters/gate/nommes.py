"""What an event names in clear, held against the registry and the law: a session, a partner, something that is held.

Each rule gives what is wrong with an event: the place of the field in it, a code, a sentence.
"""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from datetime import date
from typing import Final
from uuid import UUID

from adapters.gate.contexte import Acces, Gate
from adapters.gate.deja_connu import groupes_de
from adapters.registre.instantane import Seance
from ledger import catalogue as ev
from ledger.dossier.decision import Propose
from ledger.droit.repondants import repondants

Torts = Iterator[tuple[str, str, str]]


def torts(gate: Gate, acces: Acces, propose: Propose, *, seul: bool) -> Torts:
    """All that is wrong with an event; ``seul``: nothing else is told with it."""
    for regle in _DE[type(propose.evenement)]:
        yield from regle(gate, acces, propose)
    if isinstance(propose.evenement, ev.RapprochementTranche) and not seul:
        seule = "Une décision de rapprochement se dit seule, dans les deux dossiers : envoyez le reste à part."
        yield "type", "seule", seule


def _seance(_: Gate, acces: Acces, propose: Propose) -> Torts:
    e = propose.evenement
    if isinstance(e, ev.InstanceInscrite) and not _convoquee(acces, e.instance, e.seance, e.seance_le):
        yield "donnees.seance", "seance", _SEANCE_INCONNUE
    if isinstance(e, ev.InscriptionReportee) and not _convoquee(acces, e.instance, e.reporte_a, e.reporte_au):
        yield "donnees.reporte_a", "seance", _SEANCE_INCONNUE
    if isinstance(e, ev.DossierExamine | ev.AvisRendu) and not _tient_seance(acces, e.instance, propose.survenu_le):
        sans = "Cette commission n'a pas tenu de séance ce jour-là : donnez le jour de la séance."
        yield "survenu_le", "seance", sans


def _examen(gate: Gate, acces: Acces, propose: Propose) -> Torts:
    """A request is put before a session by who keeps its papers; another's is one that is nowhere."""
    voulue = getattr(propose.evenement, "en_seance", None)
    if voulue is not None and voulue not in examens(gate, acces, type(propose.evenement)):
        yield "donnees.en_seance", "seance", _SANS_EXAMEN


def examens(gate: Gate, acces: Acces, cls: type[ev.Evenement]) -> Mapping[UUID, Seance]:
    """The sessions before which this author may put what such an event asks for: of the commissions that it keeps."""
    partenaire = acces.sujet.partenaire
    genres = _EXAMINENT.get(cls, frozenset()).intersection(gate.tables.commissions(partenaire.role))
    return {
        seance.id: seance
        for seance in (acces.registre.seances.values() if genres else ())
        if seance.instance in genres and seance.annulee_le is None and acces.registre.secretariat(partenaire, seance)
    }


_EXAMINENT: Final[Mapping[type[ev.Evenement], frozenset[str]]] = {
    ev.AideFinanciereInstruite: frozenset({"FSL"}),
    ev.RelogementAvance: frozenset({"COMED", "CTU"}),
}
"""By what tells of a request, the kinds of commissions that examine it."""
_SANS_EXAMEN: Final = (
    "Aucune séance d'une commission que vous tenez et qui examine cette demande ne porte cet identifiant :"
    " choisissez-la parmi les vôtres (GET /v1/seances)."
)
_SEANCE_INCONNUE: Final = "Aucune séance convoquée de cette commission ne porte cet identifiant à cette date."


def _convoquee(acces: Acces, instance: str, id_seance: UUID, le: date) -> bool:
    """Whether a case can be put on its agenda: that of a commission's session of that day, which was not cancelled."""
    seance = acces.registre.seances.get(id_seance)
    return seance is not None and (seance.instance, seance.seance_le, seance.annulee_le) == (instance, le, None)


def _tient_seance(acces: Acces, instance: str, le: date) -> bool:
    """Whether a commission holds a session on that day."""
    return any(
        (seance.instance, seance.seance_le) == (instance, le) and (seance.annulee_le is None or seance.annulee_le > le)
        for seance in acces.registre.seances.values()
    )


def _partenaire(gate: Gate, acces: Acces, propose: Propose) -> Torts:
    e = propose.evenement
    nom = _NOMMENT.get(type(e), "")
    nomme = getattr(e, nom, None)
    if nomme is None or (nomme == "menage" and isinstance(e, ev.RecommandationEmise)):
        return
    if nomme not in acces.registre.partenaires:
        yield f"donnees.{nom}", "partenaire", "Aucun partenaire du registre ne porte ce code."
        return
    role = acces.registre.partenaires[nomme].role
    if isinstance(e, ev.RecommandationEmise) and role not in gate.tables.suiveurs:
        sans_suite = "Ce partenaire ne donne pas suite aux recommandations : adressez-la à qui peut y répondre."
        yield "donnees.destinataire", "destinataire", sans_suite
    if isinstance(e, ev.RenseignementDemande):
        yield from _detenu(e.donnee, role, acces)


_NOMMENT: Final[Mapping[type[ev.Evenement], str]] = {
    ev.AccordRecueilli: "destinataire",
    ev.AideFinanciereInstruite: "instructeur",
    ev.AideLogementDecidee: "destinataire",
    ev.OrganismeDSFSaisi: "destinataire",
    ev.RecommandationEmise: "destinataire",
    ev.RenseignementDemande: "destinataire",
}
"""The field by which an event names a partner of the registry, in clear."""


def _detenu(donnee: str, role: str, acces: Acces) -> Torts:
    detenteurs = {detenteur.role for detenteur in repondants(donnee, acces.le)}
    if not detenteurs:
        yield "donnees.donnee", "donnee", "Donnez le nom d'une donnée que quelqu'un détient (GET /v1/nomenclatures)."
    elif role not in detenteurs:
        yield (
            "donnees.destinataire",
            "destinataire",
            "Ce partenaire ne détient pas cette donnée : voyez qui la détient.",
        )


def _lisible(gate: Gate, acces: Acces, propose: Propose) -> Torts:
    """What a purpose does not open is not asked for under it (GDPR 5(1)(c))."""
    e = propose.evenement
    if isinstance(e, ev.RenseignementDemande) and repondants(e.donnee, acces.le):
        lus = gate.tables.lus(acces.sujet.partenaire.role, acces.finalite)
        if groupes_de(e.donnee).isdisjoint(lus):
            yield (
                "donnees.donnee",
                "hors_finalite",
                "Cette finalité ne vous ouvre pas cette donnée : elle ne s'y demande pas.",
            )


def _siret(gate: Gate, acces: Acces, propose: Propose) -> Torts:
    siret, partenaire = getattr(propose.evenement, "etude_siret", None), acces.sujet.partenaire
    if siret is not None and partenaire.role in gate.tables.etudes and siret != partenaire.siret:
        yield "donnees.etude_siret", "siret", "Une étude transmet ses propres actes : ce SIRET n'est pas le vôtre."


def _ayant(champ: str) -> frozenset[type[ev.Evenement]]:
    return frozenset(cls for cls in ev.catalogue().values() if champ in ev.champs(cls))


Exigence = Callable[[Gate, Acces, Propose], Torts]
_REGLES: Final[Mapping[Exigence, Collection[type[ev.Evenement]]]] = {
    _seance: (ev.InstanceInscrite, ev.InscriptionReportee, ev.DossierExamine, ev.AvisRendu),
    _examen: _ayant("en_seance"),
    _partenaire: _NOMMENT,
    _lisible: (ev.RenseignementDemande,),
    _siret: _ayant("etude_siret"),
}
"""The rules, and the events that each has something to say of."""


_DE: Final[Mapping[type[ev.Evenement], Sequence[Exigence]]] = {
    cls: [regle for regle, concernes in _REGLES.items() if issubclass(cls, tuple(concernes))]
    for cls in ev.catalogue().values()
}
