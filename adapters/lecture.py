"""From closed facts and decisions to what one reader is shown. Pure: no clock, no database, no engine.

``planifier`` works on what stands in clear: which facts are shown, which classes of each have to be unsealed, what is
left of each field. A plan holds no personal value, so it may be kept between reads. ``rediger`` unseals and writes the
document; it is called once the journal row is durable, never before.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any, Final, NamedTuple
from uuid import UUID

from adapters import libelles
from adapters.masques import Masque, entier, masque
from adapters.registre import ROLE_IMPORTATEUR, Partenaire
from ledger import events as ev
from ledger.dossier import Dossier, replier
from ledger.events import EFFACE, Classe, Evenement, Fait, champs
from ledger.mapper import ouvrir
from ledger.sealing import Trousseau
from policies.decision import GROUPES, Collecte, Decision, Source

ARTICLE_72: Final = (ev.Demande72, ev.InformationTransmise72, ev.Demande72Refusee)
EXERCICE_DES_DROITS: Final = frozenset(
    {ev.EffacementDemande, ev.EffacementAvise, ev.EffacementDecide, ev.OppositionEnregistree, ev.OppositionLevee}
)
"""Nobody is told that a person exercises a right, but those who answer it."""

_PROTEGES: Final = ("F12", "F13", "F15")
_OUVERT: Final = frozenset({"entier", "propres"})
_DROITS: Final = "DROITS_PERSONNE"


class Provenance(NamedTuple):
    """Where one fact comes from, seen by one reader: what its decision depends on besides the question itself."""

    source: Source
    emis_par_moi: bool
    collecte: Collecte
    evenement: str = ""


REFERENCE: Final = Provenance(Source.PARTENAIRE, emis_par_moi=True, collecte=Collecte.GENERALE)
REFERENCE_72: Final = Provenance(Source.PARTENAIRE, emis_par_moi=False, collecte=Collecte.ARTICLE_72)
"""What tells a reader which groups are communicated: on role, purpose, stage and link only, never on what is there."""


@dataclass(frozen=True, slots=True)
class Lecteur:
    """Who reads, as far as provenance goes. ``demande``: the household's request that the purpose names."""

    partenaire: Partenaire
    demande: UUID | None = None

    def provenances(self, fait: Fait) -> tuple[Provenance, ...]:
        """Where a fact comes from; for a protected act, whose nature is sealed, all that it may turn out to be.

        The first is that of an ordinary act; then an act of art. 7-2, told by another or to (or by) this reader.
        """
        enveloppe, e = fait.enveloppe, fait.evenement
        emis = self.a_moi(fait)
        avis = "AvisRendu" if isinstance(e, ev.AvisRendu) else ""
        source = Source(enveloppe.source)
        ordinaire = Provenance(source, emis, self._collecte(enveloppe), avis)
        if not isinstance(e, ev.ActeProtege):
            return (ordinaire,)
        autres = (True,) if emis else (False, True)
        return ordinaire, *(Provenance(source, moi, Collecte.ARTICLE_72) for moi in autres)

    def a_moi(self, fait: Fait) -> bool:
        """Emitted by this partner, imported on its behalf, or addressed to it by name."""
        enveloppe, moi = fait.enveloppe, self.partenaire
        if enveloppe.partenaire == moi.code:
            return True
        if enveloppe.role == ROLE_IMPORTATEUR and enveloppe.declarant == moi.siret:
            return True
        return getattr(fait.evenement, "destinataire", None) == moi.code

    def _collecte(self, enveloppe: ev.Enveloppe) -> Collecte:
        if enveloppe.demande is not None:
            return Collecte.MEME_DEMANDE if enveloppe.demande == self.demande else Collecte.AUTRE_DEMANDE
        return Collecte.ACCOMPAGNEMENT if enveloppe.finalite == "ACCOMPAGNEMENT" else Collecte.GENERALE


Decisions = Mapping[Provenance, Decision]


@dataclass(frozen=True, slots=True)
class Rang:
    """One fact of a plan. ``champs`` gives name and mask (None: as it is).

    ``suite``: what decides of it once it is open, where its clear part is not enough: the nature of a protected act is
    sealed.
    """

    fait: Fait
    tete: Mapping[str, Any]
    classes: frozenset[Classe]
    champs: tuple[tuple[str, Masque | None], ...]
    efface: str | bool
    suite: "Callable[[Rang, Fait, Plan], Rang | None] | None" = None


@dataclass(frozen=True)
class Plan:
    """What a reader will be shown of one case, before anything is unsealed."""

    dossier: UUID
    rangs: tuple[Rang, ...]
    synthese: Mapping[str, Any]
    communique: Sequence[Mapping[str, str]]
    non_communique: Sequence[Mapping[str, str]]
    decisions: Decisions
    lecteur: Lecteur
    annee: int
    montres: tuple[str, ...]
    retenus: tuple[str, ...]
    revision: str


def planifier(  # noqa: PLR0913 - a plan depends on all of these, and on nothing else
    faits: Sequence[Fait],
    etat: Dossier,
    *,
    lecteur: Lecteur,
    decisions: Decisions,
    finalite: str,
    le: date,
    motifs: Mapping[str, str],
    noms: Callable[[str], str],
) -> Plan:
    """The plan of a read. ``decisions`` covers the provenance of every fact and both references."""
    droits = finalite == _DROITS
    rangs = [
        rang
        for fait in faits
        if droits or type(fait.evenement) not in EXERCICE_DES_DROITS
        if (rang := _rang(fait, etat, lecteur, decisions, le, noms)) is not None
    ]
    # The withdrawal of a hidden event would tell that the event is there.
    montres = {rang.fait.enveloppe.id for rang in rangs}
    rangs = [r for r in rangs if not isinstance(r.fait.evenement, ev.FaitCorrige) or _cible(r.fait) in montres]
    corriges = {c: r.fait.enveloppe.id for r in rangs if (c := _cible(r.fait)) is not None and c in montres}
    reference = decisions[REFERENCE]
    ouverts = dict(reference.groupes)
    ouverts.update({g: m for g, m in decisions[REFERENCE_72].groupes.items() if g not in ouverts and g == "F12"})
    return Plan(
        dossier=faits[0].dossier,
        rangs=tuple(_situer(rang, montres, corriges) for rang in rangs),
        synthese=_synthese([r.fait for r in rangs], etat, reference),
        communique=[
            {"groupe": g, "libelle": GROUPES[g], "mesure": ouverts[g]} for g in GROUPES if g in ouverts
        ],
        non_communique=[
            {"groupe": g, "libelle": GROUPES[g], "code": code, "motif": motifs[code]}
            for g in GROUPES
            if g not in ouverts and (code := reference.retenus[g])
        ],
        decisions=decisions,
        lecteur=lecteur,
        annee=le.year,
        montres=tuple(g for g in GROUPES if g in ouverts),
        retenus=tuple(g for g in GROUPES if g not in ouverts),
        revision=reference.revision,
    )


def _mesure(groupe: str | None, decision: Decision, *, emis_par_moi: bool) -> str | None:
    """The measure under which a group is open for a fact; None when it is closed."""
    if groupe == "F10":
        groupe = "F10a" if emis_par_moi else "F10b"
    mesure = decision.groupes.get(groupe or "")
    return None if mesure == "propres" and not emis_par_moi else mesure


def _ouverts(
    cls: type[Evenement], decision: Decision, annee: int, *, emis_par_moi: bool
) -> tuple[tuple[str, Masque | None, Classe], ...] | None:
    """The fields that are shown, with their mask and class; None when the event itself is not to be known."""
    mesures: dict[str | None, str | None] = {}
    if _mesure(cls.GROUPE, decision, emis_par_moi=emis_par_moi) is None:
        return None
    montres = []
    for nom, champ in champs(cls).items():  # type: ignore[arg-type]  # mypy takes the instances' __hash__ for the class's
        if champ.groupe not in mesures:
            mesures[champ.groupe] = _mesure(champ.groupe, decision, emis_par_moi=emis_par_moi)
        mesure = mesures[champ.groupe]
        if mesure is None or (nom == "reference_source" and not emis_par_moi):
            continue
        fonction = masque(champ.groupe or "", mesure, nom, annee)
        if fonction is not None:
            montres.append((nom, None if entier(fonction) else fonction, champ.classe))
    return tuple(montres)


def _rang(
    fait: Fait, etat: Dossier, lecteur: Lecteur, decisions: Decisions, le: date, noms: Callable[[str], str]
) -> Rang | None:
    e = fait.evenement
    possibles = lecteur.provenances(fait)
    if isinstance(e, ev.ActeProtege):
        if not any(_mesure(g, decisions[p], emis_par_moi=p.emis_par_moi) for p in possibles for g in _PROTEGES):
            return None
        return Rang(fait, _tete(fait, "", noms), frozenset({Classe.S3}), (), efface=False, suite=_nature)
    [provenance] = possibles
    decision, emis = decisions[provenance], provenance.emis_par_moi
    montres = _ouverts(type(e), decision, le.year, emis_par_moi=emis)
    if montres is None:
        return None
    tete = _tete(fait, type(e).__name__, noms)
    if _mesure(e.GROUPE, decision, emis_par_moi=emis) == "existence":
        tete = {**tete, "auteur": None, "finalite": None}
        if e.GROUPE == "F10":
            return _courrier_du_mois(fait, tete, le)
    classes = frozenset(classe for _, _, classe in montres if classe is not Classe.S0)
    champs_montres = tuple((nom, fonction) for nom, fonction, _ in montres)
    return Rang(fait, tete, classes, champs_montres, efface=_efface(fait, etat, classes))


def _courrier_du_mois(fait: Fait, tete: Mapping[str, Any], le: date) -> Rang | None:
    """Of others' contacts, at most that a letter went out in the last month; never an appointment (access, F10)."""
    if not le - timedelta(days=31) <= fait.enveloppe.survenu_le <= le:
        return None
    mois = fait.enveloppe.survenu_le.replace(day=1).isoformat()
    flou = {**tete, "survenu_le": mois, "enregistre_le": None}
    return Rang(fait, flou, frozenset({Classe.S1}), (), efface=False, suite=_lettre)


def _efface(fait: Fait, etat: Dossier, classes: Collection[Classe]) -> str | bool:
    """The French words for the day of erasure of what would be opened; False if nothing of it was erased."""
    if not etat.effacees or not classes:
        return False
    for scelle in fait.scelles:
        if scelle.classe not in classes:
            continue
        if scelle.sujet == str(fait.dossier):
            if etat.menage_efface:
                return f"effacé le {libelles.jour(max(etat.effacees.values()))}"
            continue
        for personne, le in etat.effacees.items():
            if str(personne) in scelle.sujet.split("+"):
                return f"effacé le {libelles.jour(le)}"
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
            "organisation": noms(enveloppe.partenaire),
            "role": enveloppe.role,
            "systeme": enveloppe.source,
        },
        "finalite": enveloppe.finalite,
    }


def _cible(fait: Fait) -> UUID | None:
    """The event that this one corrects or withdraws."""
    e = fait.evenement
    return e.corrige if isinstance(e, ev.FaitCorrige) else fait.enveloppe.corrige


def _situer(rang: Rang, montres: Collection[UUID | None], corriges: Mapping[UUID, UUID]) -> Rang:
    """Say what a fact corrects and what corrects it, among what is shown."""
    cible, par = _cible(rang.fait), corriges.get(rang.fait.enveloppe.id)
    tete = {
        **rang.tete,
        "corrige": str(cible) if cible in montres else None,
        "corrige_par": str(par) if par else None,
    }
    return replace(rang, tete=tete)


def _synthese(montres: Sequence[Fait], etat: Dossier, reference: Decision) -> Mapping[str, Any]:
    """Where the case stands, as the facts shown tell it: what is hidden moves nothing here."""
    vu = replier(f for f in montres if type(f.evenement) not in EXERCICE_DES_DROITS)
    bail = reference.groupes.get("F04")
    situe = {reference.groupes.get("F02a"), bail} - {None, "propres"}
    audience = vu.prochaine_audience if reference.groupes.get("F08") in _OUVERT else None
    synthese: dict[str, Any] = {
        "stade": vu.stade.value,
        "commune": etat.commune if situe else vu.commune,
        "parc": vu.parc,
        "bailleur_siret": vu.bailleur_siret if bail in _OUVERT else None,
        "ouvert_le": vu.ouvert_le.isoformat() if vu.ouvert_le else None,
        "dernier_acte_le": vu.dernier_acte_le.isoformat() if vu.dernier_acte_le else None,
        "prochaine_audience": audience.isoformat() if audience else None,
        "saisine_ouverte": vu.saisine_ouverte,
        "information_menage": vu.information_menage.isoformat() if vu.information_menage else None,
    }
    if etat.limitation:
        synthese["traitement"] = "traitement limité"
    return synthese


def rediger(plan: Plan, trousseau: Trousseau) -> dict[str, Any]:
    """Unseal what the plan opens and write the document, without its position. Journal first."""
    return {
        "dossier": str(plan.dossier),
        "synthese": plan.synthese,
        "communique": plan.communique,
        "non_communique": plan.non_communique,
        "faits": [ecrit for rang in plan.rangs if (ecrit := _ecrire(rang, plan, trousseau)) is not None],
    }


def _ecrire(rang: Rang, plan: Plan, trousseau: Trousseau) -> dict[str, Any] | None:
    fait = ouvrir(rang.fait, trousseau, rang.classes) if rang.classes else rang.fait
    suivi = rang if rang.suite is None else rang.suite(rang, fait, plan)
    if suivi is None:
        return None
    valeurs = vars(fait.evenement)
    efface = suivi.efface
    montres = {}
    for nom, fonction in suivi.champs:
        valeur = valeurs[nom]
        if valeur is EFFACE:
            efface = efface or "effacé"
        elif valeur is not None and valeur != ():
            montres[nom] = valeur if fonction is None else fonction(valeur)
    return {**suivi.tete, "champs": montres, "efface": efface}


def _nature(rang: Rang, fait: Fait, plan: Plan) -> Rang | None:
    """A protected act, decided on its nature now that it is open. One whose key is gone stays unknown."""
    e = fait.evenement
    if type(e) is ev.ActeProtege:
        return None
    emis = plan.lecteur.a_moi(fait)
    provenance = plan.lecteur.provenances(rang.fait)[0]
    if isinstance(e, ARTICLE_72):
        provenance = Provenance(provenance.source, emis, Collecte.ARTICLE_72)
    decision = plan.decisions[provenance]
    if isinstance(e, ev.BesoinSignale) and e.besoin == "VIOLENCE" and "violence_auteur_seul" in decision.obligations:
        return None
    montres = _ouverts(type(e), decision, plan.annee, emis_par_moi=provenance.emis_par_moi)
    if montres is None:
        return None
    nom = type(e).__name__
    tete = {**rang.tete, "type": nom, "libelle": libelles.evenement(nom)}
    if _mesure(e.GROUPE, decision, emis_par_moi=provenance.emis_par_moi) == "existence":
        tete |= {"auteur": None, "finalite": None}
    return replace(rang, tete=tete, champs=tuple((n, fonction) for n, fonction, _ in montres))


def _lettre(rang: Rang, fait: Fait, plan: Plan) -> Rang | None:  # noqa: ARG001 - one shape for both
    """A contact that was a letter, and nothing else."""
    return rang if getattr(fait.evenement, "canal", None) in {"COURRIER", "RAR"} else None
