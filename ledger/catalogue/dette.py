"""Debt, payments, budget, rights and financial help."""

from dataclasses import dataclass
from datetime import date
from typing import Annotated
from uuid import UUID

from ledger.catalogue.socle import Centimes, Code, Effets, Enveloppe, Evenement, Mois, Rubrique, Texte, clair, s2, s3


@dataclass(frozen=True, kw_only=True)
class DetteDeclaree(Evenement):
    """A debt as one declarant states it at one date. Two statements may disagree; both stay."""

    TOPIC = "unefois:DetteDeclaree"
    LIBELLE = "Dette locative déclarée"
    GROUPE = "F05"
    montant: Annotated[Centimes, s2("F05", "dette locative, en centimes", 224770)]
    arretee_au: Annotated[date, s2("F05", "dette arrêtée au", "2026-10-31")]
    dont_loyer: Annotated[Centimes | None, s2("F05", "dont loyers, en centimes", 200000)] = None
    dont_charges: Annotated[Centimes | None, s2("F05", "dont charges, en centimes", 24770)] = None
    contestee: Annotated[bool, s2("F05", "dette contestée par le ménage", False)] = False


@dataclass(frozen=True, kw_only=True)
class RepriseLoyerConstatee(Evenement):
    """Whether the current rent is paid again (loi 89-462 art. 24 V, DSF heading 10)."""

    TOPIC = "unefois:RepriseLoyerConstatee"
    LIBELLE = "Reprise du paiement du loyer courant"
    GROUPE = "F05"
    statut: Annotated[Code, s2("F05", "reprise du paiement du loyer courant", "PARTIELLE", liste="reprise_loyer")]
    depuis: Annotated[date | None, s2("F05", "depuis le", "2026-09-01")] = None


@dataclass(frozen=True, kw_only=True)
class PlanApurementConclu(Evenement):
    """A plan to clear the debt: proposed, signed, kept or broken."""

    TOPIC = "unefois:PlanApurementConclu"
    LIBELLE = "Plan d'apurement"
    GROUPE = "F05"
    etape: Annotated[Code, s2("F05", "étape du plan d'apurement", "SIGNE", liste="etape_plan")]
    mensualite: Annotated[Centimes | None, s2("F05", "mensualité, en centimes", 5000)] = None
    duree_mois: Annotated[Mois | None, s2("F05", "durée, en mois", 24)] = None


@dataclass(frozen=True, kw_only=True)
class BudgetDeclare(Evenement):
    """Resources and charges of the household, monthly (DSF section 2)."""

    TOPIC = "unefois:BudgetDeclare"
    LIBELLE = "Ressources et charges déclarées"
    GROUPE = "F06"
    ressources: Annotated[Centimes, s2("F06", "ressources mensuelles, en centimes", 142000)]
    charges: Annotated[Centimes | None, s2("F06", "charges mensuelles, en centimes", 98000)] = None
    reste_a_vivre: Annotated[Centimes | None, s2("F06", "reste à vivre mensuel, en centimes", 44000)] = None


@dataclass(frozen=True, kw_only=True)
class DroitBloqueSignale(Evenement):
    """A right that is late or cut, and what it does to the debt (charte, fiche 10).

    Which right it is may tell of health or origin: the nature is S3, the fact and its date are S2.
    """

    TOPIC = "unefois:DroitBloqueSignale"
    LIBELLE = "Droit bloqué signalé"
    GROUPE = "F07"
    depuis: Annotated[date | None, s2("F07", "droit bloqué depuis le", "2026-06-01")] = None
    effet: Annotated[Code, s2("F07", "effet sur l'impayé", "AGGRAVANT", liste="effet_impaye")] = "INCONNU"
    droit: Annotated[Code, s3("F07b", "nature du droit bloqué", "AL", liste="droit_bloque")]
    retabli_le: Annotated[date | None, s2("F07", "droit rétabli le", "2026-10-01")] = None


@dataclass(frozen=True, kw_only=True)
class AideLogementConstatee(Evenement):
    """State of the housing allowance as the paying body tells it."""

    TOPIC = "unefois:AideLogementConstatee"
    LIBELLE = "Aide au logement constatée"
    GROUPE = "F07"
    etat: Annotated[Code, s2("F07", "état de l'aide au logement", "VERSEE", liste="etat_aide_logement")]
    montant: Annotated[Centimes | None, s2("F07", "montant mensuel, en centimes", 31000)] = None
    tiers_payant: Annotated[bool | None, s2("F07", "versée au bailleur", True)] = None


@dataclass(frozen=True, kw_only=True)
class AideFinanciereInstruite(Evenement):
    """FSL and other help: requested, granted, refused, paid.

    One organisation instructs it: the one that is named when the request is made, or else who makes it.
    """

    TOPIC = "unefois:AideFinanciereInstruite"
    LIBELLE = "Aide financière instruite"
    GROUPE = "F11"
    aide: Annotated[UUID, clair("identifiant de la demande d'aide", "0199f1e2-7b1a-7000-8000-00000000000a")]
    dispositif: Annotated[Code, s2("F11", "dispositif", "FSL_MAINTIEN", liste="dispositif_aide")]
    etape: Annotated[Code, s2("F11", "étape de la demande", "DEMANDEE", liste="etape_aide")]
    montant: Annotated[Centimes | None, s2("F11", "montant, en centimes", 120000)] = None
    instructeur: Annotated[Texte | None, clair("organisme qui l'instruit (code du registre)", "fsl93")] = None

    def effets(self, enveloppe: Enveloppe) -> Effets:
        return (
            (Rubrique.DEMANDES, self.aide, self.instructeur or enveloppe.partenaire),
            (Rubrique.DEMANDES_DITES, self.aide, (enveloppe.partenaire, enveloppe.agent)),
        )
