"""The synthesis of a case: where it stands, as the facts that one reader is shown tell it."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, Final

from adapters.gate.mesures import EXERCICE_DES_DROITS, mesure_de
from adapters.gate.pas import Pas, tranches
from adapters.gate.provenance import REFERENCE, Regard
from ledger import catalogue as ev
from ledger.catalogue import Fait
from ledger.dossier.etat import Dossier
from ledger.dossier.liens import bailleurs
from ledger.dossier.repli import Repli

OUVERT: Final = frozenset({"entier", "propres"})
"""The measures at which what is shown is shown as it was told."""


def synthetiser(montres: Sequence[Fait], etat: Dossier, regard: Regard) -> Pas[Mapping[str, Any]]:
    """Where the case stands, as the facts shown tell it: what is hidden moves nothing here."""
    reference = regard.decisions[REFERENCE]
    if etat.corriges:
        montres = [f for f in montres if not etat.corrige(f.enveloppe.id)]
    vu = yield from _replier([f for f in montres if type(f.evenement) not in EXERCICE_DES_DROITS])
    bail = reference.groupes.get("F04")
    situe = {reference.groupes.get("F02a"), bail} - {None, "propres"}
    # Who opened it after others sees its own opening, whatever else it is shown (access 23).
    siens = [f for f in montres if isinstance(f.evenement, ev.DossierOuvert) and regard.lecteur.a_moi(f)]
    ouvert = (yield from _replier(siens[:1])) if siens else vu
    actes = reference.groupes.get("F08") in OUVERT
    audience = (yield from _audience(montres, vu, regard)) if actes else None
    synthese: dict[str, Any] = {
        "stade": vu.stade.value,
        "commune": etat.commune if situe and not siens else ouvert.commune,
        "parc": ouvert.parc,
        "bailleur_siret": (ouvert.bailleur_siret or vu.bailleur_siret) if bail in OUVERT else None,
        "ouvert_le": ouvert.ouvert_le.isoformat() if ouvert.ouvert_le else None,
        "dernier_acte_le": vu.dernier_acte_le.isoformat() if vu.dernier_acte_le else None,
        "prochaine_audience": audience.isoformat() if audience else None,
        "saisine_ouverte": vu.saisine_ouverte,
        "information_menage": vu.information_menage.isoformat() if vu.information_menage else None,
    }
    if regard.allegues:
        synthese["liens_allegues"] = regard.allegues
    if bail == "entier" and len(nommes := bailleurs(vu)) > 1:
        synthese["bailleurs_a_trancher"] = sorted(nommes)
    if etat.limitation:
        synthese["traitement"] = "traitement limité"
    return synthese


def _audience(montres: Sequence[Fait], vu: Dossier, regard: Regard) -> Pas[date | None]:
    """The next hearing, from the acts whose content is open: who knows the step of another's act has not its dates."""

    def ouvert(fait: Fait) -> bool:
        provenance = regard.lecteur.provenances(fait)[0]
        return mesure_de("F08", regard.decisions[provenance], emis_par_moi=provenance.emis_par_moi) in OUVERT

    ouverts = [f for f in montres if type(f.evenement).GROUPE != "F08" or ouvert(f)]
    return (vu if len(ouverts) == len(montres) else (yield from _replier(ouverts))).prochaine_audience


def _replier(faits: Sequence[Fait]) -> Pas[Dossier]:
    repli = Repli(Dossier())
    for tranche in tranches(faits):
        for fait in tranche:
            repli.ajouter(fait)
        yield
    return repli.etat
