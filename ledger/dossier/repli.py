"""From facts to state: the fold.

The state is folded from what stands in clear: erased and sealed events fold alike.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Any, Final
from uuid import UUID

from ledger import catalogue as ev
from ledger.catalogue import Enveloppe, Evenement, Fait
from ledger.dossier.etat import (
    INDELEBILES,
    RANGS,
    STADES,
    Accord,
    Dit,
    Dossier,
    Effacement,
    Etape,
    Inscription,
    Intervention,
    Passe,
    corrections,
)


def _avec(dossier: Dossier, **changements: object) -> Dossier:
    """``dataclasses.replace`` without running ``__init__`` over thirty attributes: folding is the hot path."""
    suivant = object.__new__(Dossier)
    suivant.__dict__.update(dossier.__dict__, **changements)
    suivant.__dict__.pop("corriges", None)
    return suivant


def replier(faits: Iterable[Fait], depart: Dossier | None = None) -> Dossier:
    """Fold a history, in the order of versions. Folding the rest onto a state is folding the whole."""
    dossier = depart or Dossier()
    for fait in faits:
        dossier = evolve(dossier, fait)
    return dossier


def evolve(dossier: Dossier, fait: Fait) -> Dossier:
    """The state after one more event. Reads clear fields only, so erased and sealed events fold alike.

    An event that corrects another takes its effects back, whatever they were: what stands is then folded again.
    """
    passe = Passe(fait.version, fait.enveloppe, fait.evenement)
    histoire = (*dossier.histoire, passe)
    if fait.enveloppe.corrige is None and not isinstance(fait.evenement, ev.FaitCorrige):
        return compter(dossier, passe, histoire)
    return refondre(histoire)


def refondre(histoire: tuple[Passe, ...]) -> Dossier:
    """Fold what stands of a history again."""
    corriges = corrections(histoire)
    debout = Dossier()
    for passe in histoire:
        if passe.enveloppe.id not in corriges or isinstance(passe.evenement, INDELEBILES):
            debout = compter(debout, passe, ())
    return _avec(debout, version=histoire[-1].version if histoire else 0, histoire=histoire)


def compter(d: Dossier, passe: Passe, histoire: tuple[Passe, ...]) -> Dossier:
    """Count one fact in."""
    enveloppe = passe.enveloppe
    partenaire, declarant = enveloppe.partenaire, enveloppe.declarant
    suivant = _avec(
        d,
        version=passe.version,
        histoire=histoire,
        auteurs=d.auteurs if partenaire in d.auteurs else d.auteurs | {partenaire},
        declarants=d.declarants if declarant is None or declarant in d.declarants else d.declarants | {declarant},
        information_menage=_dernier(d.information_menage, enveloppe.information_menage),
    )
    # Written into the new state before anybody has it: a second copy of thirty attributes would cost as much again.
    suivant.__dict__.update(_effets(suivant, passe.evenement, enveloppe, (enveloppe.survenu_le, passe.version)))
    return suivant


def _dernier(connu: Any, nouveau: Any) -> Any:  # noqa: ANN401 - two dates, or two places in the history
    """The later of two, either of which may be missing."""
    if connu is None or nouveau is None:
        return nouveau if connu is None else connu
    return max(connu, nouveau)


Effets = Mapping[str, object]
"""New values of attributes of ``Dossier``."""

_RIEN: Final[Effets] = MappingProxyType({})


def _effets(d: Dossier, e: Evenement, enveloppe: Enveloppe, dit: Dit) -> Effets:  # noqa: C901, PLR0911, PLR0912 - one case per event
    """What one event changes, besides what each of them does."""
    le, version = dit
    stade = STADES.get(type(e))
    if stade is not None:
        return _etape(d, e, Etape(le, RANGS[stade], version, stade))
    match e:
        case ev.DossierOuvert():
            return {"ouvert_le": le, "parc": e.parc, "commune": e.commune, "bailleur_siret": e.bailleur_siret}
        case ev.LogementDeclare():
            return {"bailleur_siret": d.bailleur_siret or e.bailleur_siret}
        case ev.OccupantDeclare():
            return {"personnes": {**d.personnes, e.personne: e.qualite}}
        case ev.CcapexSaisie():
            return {"saisie": _dernier(d.saisie, dit)}
        case ev.SaisineClose():
            return {"cloture": _dernier(d.cloture, dit)}
        case ev.AccompagnementOuvert():
            ouverte = Intervention(enveloppe.partenaire, enveloppe.agent, le)
            return {"interventions": {**d.interventions, e.intervention: ouverte}}
        case ev.AccompagnementTermine():
            return {"interventions": {k: v for k, v in d.interventions.items() if k != e.intervention}}
        case ev.AccordRecueilli():
            accord = Accord(e.destinataire, frozenset(e.groupes), e.jusqu_au)
            return {"accords": {**d.accords, e.accord: accord}}
        case ev.AccordRetire():
            return {"accords": {k: v for k, v in d.accords.items() if k != e.accord}}
        case ev.ActeProtege():
            return {"actes_proteges": d.actes_proteges | {e.acte}}
        case ev.InstanceInscrite():
            return {"inscriptions": (*d.inscriptions, Inscription(e.instance, e.seance, e.seance_le))}
        case ev.DossierExamine():
            return {"examens": (*d.examens, (e.instance, le))}
        case ev.RecommandationEmise():
            return {"recommandations": d.recommandations | {e.recommandation}}
        case ev.RapprochementSuggere():
            return {"rapprochements": {e.autre: None, **d.rapprochements}}
        case ev.RapprochementTranche():
            return {"rapprochements": {**d.rapprochements, e.autre: e.decision}}
        case ev.MenageInforme():
            return {"information_menage": _dernier(d.information_menage, le)}
        case ev.OppositionEnregistree() | ev.OppositionLevee():
            posee = (dit, isinstance(e, ev.OppositionEnregistree))
            return {"oppositions": {**d.oppositions, e.portee: _dernier(d.oppositions.get(e.portee), posee)}}
        case ev.EffacementDemande():
            return {"effacements": {**d.effacements, e.effacement: Effacement(e.personne)}}
        case ev.EffacementAvise():
            return _avancer(d, e.effacement, avis=e.avis)
        case ev.EffacementDecide():
            return _avancer(d, e.effacement, decision=e.decision, sens=e.sens, decideur=enveloppe.agent)
        case ev.PersonneEffacee():
            executes = {
                k: replace(v, execute=True) if v.decision == e.decision else v for k, v in d.effacements.items()
            }
            return {
                "effacees": {**d.effacees, e.personne: le},
                "menage_efface": d.menage_efface or e.menage_aussi,
                "effacements": executes,
            }
        case _:
            return _RIEN


def _avancer(d: Dossier, effacement: UUID, **etape: Any) -> Effets:  # noqa: ANN401 - attributes of Effacement
    demande = d.effacements.get(effacement)
    if demande is None:  # its request was withdrawn
        return _RIEN
    return {"effacements": {**d.effacements, effacement: replace(demande, **etape)}}


def _etape(d: Dossier, e: Evenement, etape: Etape) -> Effets:
    audience = e.date_audience if isinstance(e, ev.AssignationSignifiee) else None
    if isinstance(e, ev.AudienceTenue):
        audience = e.renvoyee_au
    return {"etapes": (*d.etapes, etape), "prochaine_audience": _dernier(d.prochaine_audience, audience)}
