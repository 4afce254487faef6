"""From closed facts and decisions to what one reader is shown. Pure: no clock, no database, no engine.

``planifier`` works on what stands in clear: which facts are shown, which classes of each have to be unsealed, what is
left of each field. A plan holds no personal value, so it may be kept between reads.
"""

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from functools import cache
from types import MappingProxyType
from typing import Any, Final, Literal, NamedTuple
from uuid import UUID

import msgspec
import orjson

from adapters.gate.masques import Masque
from adapters.gate.mesures import EXERCICE_DES_DROITS, TUS, Montres, dite, mesure_de, ouverts
from adapters.gate.pas import Pas, tranches
from adapters.gate.provenance import REFERENCE, REFERENCE_72, Decisions, Lecteur, Regard
from adapters.gate.synthese import OUVERT, synthetiser
from adapters.mots import libelles
from ledger import catalogue as ev
from ledger.catalogue import Classe, Evenement, Fait, Scelle, champs
from ledger.dossier.etat import Dossier
from ledger.dossier.liens import confirme
from ledger.mapper import liaison
from policies.decision import GROUPES, Decision

LIANTS: Final = (ev.AccompagnementOuvert, ev.AideFinanciereInstruite)
"""What links its author to the household, on its word until a second source confirms it."""

_PROTEGES: Final = ("F12", "F13", "F15")


class Morceau(NamedTuple):
    """One blob to unseal for a fact: under which key, where it is bound, and what is shown of it.

    ``tus``: a blob in which this is found is not sent as it was sealed, but written again with what is shown; so is one
    that holds ``RIEN_DIT``, and where all of it is shown there is nothing else to look for.
    """

    cle: tuple[str, Classe]
    octets: bytes
    lie_a: bytes
    champs: tuple[tuple[str, Masque | None], ...]
    tus: re.Pattern[bytes] | None


SuiteDuRang = Literal["nature", "lettre", "ancien", "contenu"]
"""The nature of a protected act, which is sealed; whether a contact was a letter; the shape of an older event; what
an event says, where that decides whether it is shown."""


_TOUJOURS_MONTRE: Final = (None, "ancien")
"""What is shown whatever it says: of the rest, a withdrawal could tell that something was there."""


class Rang(msgspec.Struct, frozen=True):
    """One fact of a plan: its head, what is in clear of its content, and the blobs to unseal for the rest.

    ``suite``: what has to be looked at once it is open, before it is known whether and how it is shown. ``avant`` is
    the head in JSON, up to its fields, and ``apres`` what follows them. ``efface``: the day of its erasure, or that it
    was, where no day is known.
    """

    fait: Fait
    tete: Mapping[str, Any]
    clair: bytes = b""
    morceaux: tuple[Morceau, ...] = ()
    efface: date | bool = False
    suite: SuiteDuRang | None = None
    avant: bytes = b""
    apres: bytes = b""


@dataclass(frozen=True)
class Plan:
    """What a reader will be shown of one case, before anything is unsealed.

    ``membres``: by case, the plans that it was made of, where several are read as one.
    ``entete`` is the JSON before the facts. ``noms``: the names that it shows, by
    code or SIRET. ``octets``: what it holds in memory, on the high side.
    """

    dossier: UUID
    rangs: tuple[Rang, ...]
    synthese: Mapping[str, Any]
    entete: bytes
    decisions: Decisions
    lecteur: Lecteur
    annee: int
    montres: tuple[str, ...]
    retenus: tuple[str, ...]
    revision: str
    noms: Mapping[str, str]
    octets: int
    membres: Mapping[UUID, "Plan"] = field(default_factory=dict)

    def de(self, fait: Fait) -> "Plan":
        """The plan that a fact is shown by: that of its own case, where several are read as one."""
        return self.membres.get(fait.dossier, self) if self.membres else self


AVANT_LES_FAITS: Final = b',"faits":['
"""What ends ``Plan.entete``."""


def planifier(
    dossier: UUID, faits: Sequence[Fait], etat: Dossier, regard: Regard, motifs: Mapping[str, str], vue: str = ""
) -> Pas[Plan]:
    """The plan of a read, step by step: whoever runs it may let others pass at each of them."""
    noms: dict[str, str] = {}

    def nommer(code: str) -> str:
        if code not in noms:
            noms[code] = regard.noms(code)
        return noms[code]

    rangs = yield from _rangs(faits, etat, replace(regard, noms=nommer))
    # By their numbers, here and below: a UUID is five times slower to look for, and there may be ten thousand.
    montres = {rang.fait.enveloppe.id.int for rang in rangs}
    rangs = _tranches_connues(_corrections_connues(rangs, regard), regard)
    # Who is shown a fact is told that it no longer stands, whoever took it back (GDPR 16 and 19).
    corriges = {cible.int: par for cible, par in etat.corriges.items() if cible.int in montres}
    reference = regard.decisions[REFERENCE]
    ouverts = dict(reference.groupes)
    ouverts.update(
        {g: m for g, m in regard.decisions[REFERENCE_72].groupes.items() if g not in ouverts and g in _PROTEGES}
    )
    synthese = yield from synthetiser([r.fait for r in rangs], etat, regard)
    entete = {
        "dossier": str(dossier),
        "vue": vue or "dossier",
        "synthese": synthese,
        "communique": [{"groupe": g, "libelle": GROUPES[g], "mesure": ouverts[g]} for g in GROUPES if g in ouverts],
        "non_communique": [retenu(g, reference, motifs) for g in GROUPES if g not in ouverts],
        **({"regles": regard.regles} if regard.regles else {}),
    }
    situes: list[Rang] = []
    octets = _OCTETS_PAR_PLAN
    for tranche in tranches(rangs):
        nouveaux = [_situer(rang, montres, corriges) for rang in tranche]
        situes += nouveaux
        octets += sum(map(_octets, nouveaux))
        yield
    return Plan(
        dossier=dossier,
        rangs=tuple(situes),
        synthese=synthese,
        entete=orjson.dumps(entete)[:-1] + AVANT_LES_FAITS,
        decisions=regard.decisions,
        lecteur=regard.lecteur,
        annee=regard.le.year,
        montres=tuple(g for g in GROUPES if g in ouverts),
        retenus=tuple(g for g in GROUPES if g not in ouverts),
        revision=reference.revision,
        noms=noms,
        octets=octets,
    )


def retenu(groupe: str, reference: Decision, motifs: Mapping[str, str]) -> dict[str, str]:
    """A group that is withheld, and why; by whose rules, where only today's do of those that it is read under."""
    code = reference.retenus[groupe]
    dit = {"groupe": groupe, "libelle": GROUPES[groupe], "code": code, "motif": motifs[code]}
    return {**dit, "regles": "aujourd_hui"} if groupe in reference.refermes else dit


def _rangs(faits: Sequence[Fait], etat: Dossier, regard: Regard) -> Pas[list[Rang]]:
    """What is shown of each fact, those that are not left out."""
    rangs = []
    tus = EXERCICE_DES_DROITS if "droits_tus" in regard.decisions[REFERENCE].obligations else ()
    for tranche in tranches(faits):
        for fait in tranche:
            if type(fait.evenement) in tus:
                continue
            rang = _rang(fait, etat, regard)
            if rang is not None:
                rangs.append(rang)
        yield
    return rangs


_OCTETS_PAR_PLAN: Final = 16 * 1024
_OCTETS_PAR_RANG: Final = 2048
_OCTETS_PAR_MORCEAU: Final = 320


def _octets(rang: Rang) -> int:
    """What a fact of a plan holds: its head, its blobs, and the closed fact itself, which nobody else may hold."""
    ecrits = len(rang.avant) + len(rang.clair) + len(rang.apres)
    scelles = sum(_OCTETS_PAR_MORCEAU + len(m.octets) + len(m.lie_a) for m in rang.morceaux)
    return _OCTETS_PAR_RANG + ecrits + scelles


def _rang(fait: Fait, etat: Dossier, regard: Regard) -> Rang | None:
    e, decisions = fait.evenement, regard.decisions
    possibles = regard.lecteur.provenances(fait)
    if isinstance(e, ev.ActeProtege):
        if not any(mesure_de(g, decisions[p], emis_par_moi=p.emis_par_moi) for p in possibles for g in _PROTEGES):
            return None
        return Rang(fait, _tete(fait, "", regard.noms), suite="nature")
    [provenance] = possibles
    decision, emis = decisions[provenance], provenance.emis_par_moi
    montres = ouverts(type(e), decision, regard.le.year, emis_par_moi=emis)
    if montres is None:
        return None
    nommer = (lambda _: SANS_NOM) if "service_social_tu" in decision.obligations else regard.noms
    tete = tete_vue(_tete(fait, type(e).__name__, nommer), decision, e.GROUPE, emis_par_moi=emis)
    if _allegue(e, etat):
        tete = {**tete, "allegue": True}
    if tete["auteur"] is None and e.GROUPE == "F10":
        return _courrier_du_mois(fait, tete, regard.le)
    classes = {classe for _, _, classe in montres}
    return Rang(
        fait,
        tete,
        clair=_clair(e, montres),
        morceaux=tuple(_morceau(fait, s, montres, regard.tenant) for s in fait.scelles if s.classe in classes),
        efface=_efface(fait, etat, classes),
        suite=_suite(type(e), decision),
    )


def _suite(cls: type[Evenement], decision: Decision) -> SuiteDuRang | None:
    """What has to be looked at in the content before it is known whether, or how, the fact is shown."""
    if any(obligation in decision.obligations for obligation in SELON_LE_CONTENU.get(cls, ())):
        return "contenu"
    return "ancien" if cls.class_version > 1 else None


SELON_LE_CONTENU: Final[Mapping[type[Evenement], tuple[str, ...]]] = MappingProxyType(
    {cls: (obligation,) for cls, (obligation, _) in TUS.items() if not issubclass(cls, ev.ActeProtege)}
)
"""The events that an obligation leaves out for what they say: it is known once they are open."""

SANS_NOM: Final = "un partenaire"
"""The author of a fact that a social service told, to whom the follow-up is closed: « ACCOMPAGNEMENT » tells it too."""


def tete_vue(tete: Mapping[str, Any], decision: Decision, groupe: str, *, emis_par_moi: bool) -> Mapping[str, Any]:
    """The head of a fact as this reader may see it: with its author, with « un partenaire », or with nobody."""
    mesure = mesure_de(groupe, decision, emis_par_moi=emis_par_moi)
    social = "service_social_tu" in decision.obligations
    if mesure not in OUVERT or social:  # the article would name the follow-up where its service is not named
        tus = PRECISIONS if mesure not in OUVERT else ("reference_legale",)
        tete = {nom: dit for nom, dit in tete.items() if nom not in tus}
    if mesure == "existence":
        return {**tete, "auteur": None, "finalite": None}
    if social:
        auteur = {"organisation": SANS_NOM, "role": None, "systeme": tete["auteur"]["systeme"]}
        return {**tete, "auteur": auteur, "finalite": None}
    return tete


def _allegue(e: Evenement, etat: Dossier) -> bool:
    """Whether a fact makes a link that rests on the word of who tells it."""
    match e:
        case ev.AccompagnementOuvert(intervention=lien) | ev.AideFinanciereInstruite(aide=lien):
            return not confirme(etat, lien)
        case _:
            return False


def _clair(e: Evenement, montres: Montres) -> bytes:
    """The clear fields that are shown, as the inside of a JSON object."""
    valeurs = vars(e)
    clairs = {nom: f(v) if f else v for nom, f, c in montres if c is Classe.S0 and dite(v := valeurs[nom])}
    return orjson.dumps(clairs)[1:-1]


def _morceau(fait: Fait, scelle: Scelle, montres: Montres, tenant: str) -> Morceau:
    cls = type(fait.evenement)
    siens = tuple((nom, f) for nom, f, classe in montres if classe is scelle.classe)
    tous = {nom for nom, champ in champs(cls).items() if champ.classe is scelle.classe}
    masques = any(f is not None for _, f in siens)
    tus = _TOUT if masques else _marques(frozenset(tous - {nom for nom, _ in siens}))
    return Morceau((scelle.sujet, scelle.classe), scelle.octets, liaison(tenant, fait, scelle), siens, tus)


RIEN_DIT: Final = b":[]"
"""An empty list says nothing, and goes."""
_TOUT: Final = re.compile(b"")
"""What every blob has."""


@cache
def _marques(tus: frozenset[str]) -> re.Pattern[bytes] | None:
    """What tells that a blob has one of these fields.

    A key of JSON cannot stand in a text: its quotes would be escaped there.
    """
    return re.compile("|".join(f'"{nom}":' for nom in sorted(tus)).encode()) if tus else None


def _courrier_du_mois(fait: Fait, tete: Mapping[str, Any], le: date) -> Rang | None:
    """Of others' contacts, at most that a letter went out in the last month; never an appointment (access, F10)."""
    if not le - timedelta(days=31) <= fait.enveloppe.survenu_le <= le:
        return None
    mois = fait.enveloppe.survenu_le.replace(day=1).isoformat()
    return Rang(fait, {**tete, "survenu_le": mois, "enregistre_le": None}, suite="lettre")


def _efface(fait: Fait, etat: Dossier, classes: Collection[Classe]) -> date | bool:
    """The day of erasure of what would be opened; False if nothing of it was erased."""
    if not etat.effacees or not classes:
        return False
    for scelle in fait.scelles:
        if scelle.classe not in classes:
            continue
        if scelle.sujet == str(fait.dossier):
            if etat.menage_efface:
                return max(etat.effacees.values())
            continue
        for personne, le in etat.effacees.items():
            if str(personne) in scelle.sujet.split("+"):
                return le
    return False


def _tete(fait: Fait, nom: str, noms: Callable[[str], str]) -> Mapping[str, Any]:
    enveloppe = fait.enveloppe
    return {
        "id": str(enveloppe.id),
        "type": nom,
        "libelle": libelles.evenement(nom),
        "survenu_le": enveloppe.survenu_le.isoformat(),
        "enregistre_le": fait.enregistre_le.isoformat() if fait.enregistre_le else None,
        "auteur": {
            "organisation": _organisation(enveloppe, noms),
            "role": enveloppe.role if enveloppe.declarant is None else "COMMISSAIRE_JUSTICE",
            "systeme": enveloppe.source,
        },
        "finalite": enveloppe.finalite,
        **{nom: valeur for nom in PRECISIONS if (valeur := getattr(enveloppe, nom)) is not None},
    }


PRECISIONS: Final = ("heure", "motif_correction", "reference_legale")
"""What an envelope says of some facts only. It is of their content: who knows but their nature and day has it not."""


def _organisation(enveloppe: ev.Enveloppe, noms: Callable[[str], str]) -> str:
    """Who asserts it: the étude in whose name an act was imported, else who emitted it."""
    if enveloppe.declarant is None:
        return noms(enveloppe.partenaire)
    nom = noms(enveloppe.declarant)
    return f"étude, SIRET {nom}" if nom == enveloppe.declarant else nom


def _corrections_connues(rangs: list[Rang], regard: Regard) -> list[Rang]:
    """Without the withdrawal of what is not shown: it would tell that it is there."""
    if not any(isinstance(rang.fait.evenement, ev.FaitCorrige) for rang in rangs):
        return rangs
    connus = {
        rang.fait.enveloppe.id.int
        for rang in rangs
        if rang.suite in _TOUJOURS_MONTRE or regard.lecteur.a_moi(rang.fait)
    }

    def connue(e: Evenement) -> bool:
        return not isinstance(e, ev.FaitCorrige) or e.corrige.int in connus

    return [rang for rang in rangs if connue(rang.fait.evenement)]


def _tranches_connues(rangs: list[Rang], regard: Regard) -> list[Rang]:
    """Without what settles a value that is not shown: it would tell that the value is there, and contradicted."""
    if not any(isinstance(rang.fait.evenement, ev.ValeurTranchee) for rang in rangs):
        return rangs
    par_id = {rang.fait.enveloppe.id.int: rang.fait for rang in rangs if rang.suite in _TOUJOURS_MONTRE}

    def connue(e: Evenement) -> bool:
        return not isinstance(e, ev.ValeurTranchee) or (
            (fait := par_id.get(e.fait.int)) is not None and e.champ in _champs_montres(fait, regard)
        )

    return [rang for rang in rangs if connue(rang.fait.evenement)]


def _champs_montres(fait: Fait, regard: Regard) -> set[str]:
    [provenance] = regard.lecteur.provenances(fait)
    emis, decision = provenance.emis_par_moi, regard.decisions[provenance]
    return {n for n, _, _ in ouverts(type(fait.evenement), decision, regard.le.year, emis_par_moi=emis) or ()}


def _cible(fait: Fait) -> UUID | None:
    """The event that this one corrects or withdraws."""
    e = fait.evenement
    return e.corrige if isinstance(e, ev.FaitCorrige) else fait.enveloppe.corrige


def _situer(rang: Rang, montres: Collection[int], corriges: Mapping[int, UUID]) -> Rang:
    """Say what a fact corrects and what corrects it, among what is shown."""
    cible, par = _cible(rang.fait), corriges.get(rang.fait.enveloppe.id.int)
    tete = {
        **rang.tete,
        "corrige": str(cible) if cible is not None and cible.int in montres else None,
        "corrige_par": str(par) if par else None,
    }
    avant = orjson.dumps(tete)[:-1] + CHAMPS
    # Once it is written, a head is only needed by who writes it again.
    return msgspec.structs.replace(rang, tete=tete if rang.suite else _AUCUNE_TETE, avant=avant, apres=fin(rang.efface))


CHAMPS: Final = b',"champs":{'
_AUCUNE_TETE: Final[Mapping[str, Any]] = MappingProxyType({})


def fin(efface: date | bool) -> bytes:  # noqa: FBT001 - not a switch: a day, or whether there is one
    """What follows the fields of a fact, in JSON."""
    return b"}," + orjson.dumps(effacement(efface))[1:]


def effacement(efface: date | bool) -> Mapping[str, Any]:  # noqa: FBT001 - as above
    """What is said of a fact that was erased, or was not: of a key that is gone before an event says so, no day."""
    return {"efface": efface is not False, "efface_le": None if isinstance(efface, bool) else efface}
