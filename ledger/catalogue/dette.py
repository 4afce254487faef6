"""Debt, payments, budget, rights and financial help."""

from dataclasses import dataclass
from datetime import date
from types import MappingProxyType
from typing import Annotated
from uuid import UUID

from annotated_types import MaxLen

from ledger.catalogue.socle import (
    Centimes,
    Code,
    Echeance,
    Effets,
    Enveloppe,
    Evenement,
    Mois,
    Rubrique,
    Texte,
    TexteLibre,
    clair,
    passage,
    s1,
    s2,
    s3,
)


@dataclass(frozen=True, kw_only=True)
class DetteDeclaree(Evenement):
    """A debt as one declarant states it at one date. Two statements may disagree; both stay.

    ``recalculee``: worked out again from the documents, as an ADIL does: one in three was wrong (charte, fiche 16).
    """

    TOPIC = "unefois:DetteDeclaree"
    LIBELLE = "Dette locative déclarée"
    GROUPE = "F05"
    PRECISE = MappingProxyType(
        {"contestee_par": ("contestee", frozenset({True})), "contestee_sur": ("contestee", frozenset({True}))}
    )
    montant: Annotated[Centimes, s2("F05", "dette locative, en centimes", 224770)]
    arretee_au: Annotated[date, s2("F05", "dette arrêtée au", "2026-10-31")]
    dont_loyer: Annotated[Centimes | None, s2("F05", "dont loyers, en centimes", 200000)] = None
    dont_charges: Annotated[Centimes | None, s2("F05", "dont charges, en centimes", 24770)] = None
    dont_frais: Annotated[Centimes | None, s2("F05", "dont frais, en centimes", 0)] = None
    mois_impayes: Annotated[Mois | None, s2("F05", "impayé sans interruption depuis, en mois", 4)] = None
    recalculee: Annotated[bool | None, s2("F05", "recalculée sur pièces", True)] = None
    contestee: Annotated[bool, s2("F05", "dette contestée par le ménage", False)] = False
    contestee_par: Annotated[Code | None, s2("F05", "contestée par", "LOCATAIRE", liste="contestataire")] = None
    contestee_sur: Annotated[
        tuple[Code, ...], MaxLen(4), s2("F05", "ce qui est contesté", ["CHARGES"], liste="objet_contestation")
    ] = ()


@dataclass(frozen=True, kw_only=True)
class ImpayeSignaleOrganisme(Evenement):
    """An impayé is told to the body that pays the housing allowance (CCH R.824-1 and R.824-4).

    Which threshold makes it one depends on the day of the first default. Told and lasting, it stands for a saisine of
    the CCAPEX (loi 89-462 art. 24 II): the instructeur says so in an event of its own.
    """

    TOPIC = "unefois:ImpayeSignaleOrganisme"
    LIBELLE = "Impayé signalé à l'organisme payeur"
    GROUPE = "F05"
    JALON = True
    premier_impaye_le: Annotated[date, s2("F05", "premier impayé le", "2026-06-05")]
    montant: Annotated[Centimes, s2("F05", "impayé signalé, en centimes", 160122)]
    constitue_le: Annotated[date | None, s2("F05", "impayé constitué le", "2026-09-05")] = None
    loyer: Annotated[Centimes | None, s1("F04", "loyer mensuel, en centimes", 80061)] = None
    charges: Annotated[Centimes | None, s1("F04", "charges mensuelles, en centimes", 8608)] = None
    tiers_payant: Annotated[bool | None, s2("F05", "aide versée au bailleur", True)] = None
    accuse_le: Annotated[date | None, s2("F05", "réception accusée par l'organisme le", "2026-10-20")] = None


@dataclass(frozen=True, kw_only=True)
class DetteSoldee(Evenement):
    """Nothing is due any more, on that day. Whose money it was is told in a few words that name no help."""

    TOPIC = "unefois:DetteSoldee"
    LIBELLE = "Dette soldée"
    GROUPE = "F05"
    JALON = True
    par: Annotated[Code | None, s2("F05", "par qui", "MENAGE", liste="payeur_dette")] = None


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
    """A plan to clear the debt: proposed, signed, validated, an instalment missed, kept or broken."""

    TOPIC = "unefois:PlanApurementConclu"
    LIBELLE = "Plan d'apurement"
    GROUPE = "F05"
    PRECISE = MappingProxyType({"echeance_manquee_le": ("etape", frozenset({"ECHEANCE_MANQUEE", "ROMPU"}))})
    etape: Annotated[Code, s2("F05", "étape du plan d'apurement", "SIGNE", liste="etape_plan")]
    mensualite: Annotated[Centimes | None, s2("F05", "mensualité, en centimes", 5000)] = None
    duree_mois: Annotated[Mois | None, s2("F05", "durée, en mois", 24)] = None
    montant: Annotated[Centimes | None, s2("F05", "dette couverte par le plan, en centimes", 120000)] = None
    debut: Annotated[Echeance | None, s2("F05", "première échéance le", "2026-11-05")] = None
    valide_par: Annotated[Code | None, s2("F05", "validé par", "ORGANISME_PAYEUR", liste="valideur_plan")] = None
    echeance_manquee_le: Annotated[date | None, s2("F05", "échéance manquée le", "2026-09-05")] = None


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

    Which right it is, and which body owes it, may tell of health or origin: both are S3, the fact and its date S2.
    """

    TOPIC = "unefois:DroitBloqueSignale"
    LIBELLE = "Droit bloqué signalé"
    GROUPE = "F07"
    depuis: Annotated[date | None, s2("F07", "droit bloqué depuis le", "2026-06-01")] = None
    effet: Annotated[Code, s2("F07", "effet sur l'impayé", "AGGRAVANT", liste="effet_impaye")] = "INCONNU"
    droit: Annotated[Code, s3("F07b", "nature du droit bloqué", "AL", liste="droit_bloque")]
    organisme: Annotated[Code | None, s3("F07b", "organisme qui le doit", "CAF", liste="organisme_de_droits")] = None
    delai_annonce_mois: Annotated[Mois | None, s2("F07", "délai annoncé, en mois", 3)] = None
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
    effet_le: Annotated[Echeance | None, s2("F07", "à effet du", "2026-11-01")] = None
    decideur: Annotated[Code | None, s2("F07", "qui l'a décidé", "ORGANISME_PAYEUR", liste="decideur_aide")] = None
    motif: Annotated[Code | None, s2("F07", "motif", "IMPAYE_NON_TRAITE", liste="motif_aide_logement")] = None


@dataclass(frozen=True, kw_only=True)
class AlerteOrganismePayeur(Evenement):
    """The paying body alerts the CCAPEX of a debt (loi 90-449 art. 7-2 b). Its number of the household is its own."""

    TOPIC = "unefois:AlerteOrganismePayeur"
    LIBELLE = "Alerte de l'organisme payeur"
    GROUPE = "F05"
    JALON = True
    nature: Annotated[Code, s2("F05", "nature de l'alerte", "PLAN_ROMPU", liste="nature_alerte")]


@dataclass(frozen=True, kw_only=True)
class AideLogementDecidee(Evenement):
    """The housing allowance is kept, suspended or restored, despite an impayé: a decision, which the household is sent.

    The paying body takes it; from 1 January 2027, the CCAPEX (loi 2023-668; décret 2026-84): rows of emission say so.
    ``destinataire``: the paying body that carries out what another decided. ``observations``: what the household
    answered before it, ``voies_recours`` what it is told that it can do after it.
    """

    TOPIC = "unefois:AideLogementDecidee"
    LIBELLE = "Décision sur l'aide au logement"
    GROUPE = "F07"
    JALON = True
    sens: Annotated[Code, s2("F07", "sens de la décision", "MAINTENUE", liste="sens_aide_logement")]
    effet_le: Annotated[Echeance, s2("F07", "à effet du", "2027-03-01")]
    motif: Annotated[Code, s2("F07", "motif", "PLAN_SIGNE", liste="motif_aide_logement")]
    montant: Annotated[Centimes | None, s2("F07", "montant mensuel, en centimes", 31000)] = None
    menage_sollicite_le: Annotated[date | None, s2("F07", "observations demandées au ménage le", "2026-09-10")] = None
    observations: Annotated[
        TexteLibre | None, s2("F07", "observations du ménage", "j'ai repris le loyer et demandé un plan")
    ] = None
    voies_recours: Annotated[
        tuple[Code, ...], MaxLen(4), s2("F07", "voies de recours", ["ADMINISTRATIF"], liste="voie_recours")
    ] = ()
    recours_avant_le: Annotated[Echeance | None, s2("F07", "recours à former avant le", "2027-05-01")] = None
    destinataire: Annotated[Texte | None, clair("organisme qui l'exécute (code du registre)", "caf93")] = None


@dataclass(frozen=True, kw_only=True)
class AideFinanciereInstruite(Evenement):
    """FSL and other help: requested, granted, refused, paid.

    One organisation instructs it: the one that is named when the request is made, or else who makes it.
    """

    TOPIC = "unefois:AideFinanciereInstruite"
    LIBELLE = "Aide financière instruite"
    GROUPE = "F11"
    PRECISE = MappingProxyType(
        {"dette_ancienne": ("dispositif", frozenset({"FSL_ACCES_DETTE"})), "motif": ("etape", frozenset({"REFUSEE"}))}
    )
    aide: Annotated[UUID, clair("identifiant de la demande d'aide", "0199f1e2-7b1a-7000-8000-00000000000a")]
    dispositif: Annotated[Code, s2("F11", "dispositif", "FSL_MAINTIEN", liste="dispositif_aide")]
    etape: Annotated[Code, s2("F11", "étape de la demande", "DEMANDEE", liste="etape_aide")]
    montant: Annotated[Centimes | None, s2("F11", "montant, en centimes", 120000)] = None
    forme: Annotated[Code | None, s2("F11", "prêt ou subvention", "SUBVENTION", liste="forme_aide")] = None
    motif: Annotated[Code | None, s2("F11", "motif du refus", "HORS_CHAMP", liste="motif_refus_aide")] = None
    delai_annonce_mois: Annotated[Mois | None, s2("F11", "délai de décision annoncé, en mois", 2)] = None
    instructeur: Annotated[Texte | None, clair("organisme qui l'instruit (code du registre)", "fsl93")] = None
    dette_ancienne: Annotated[Centimes | None, s2("F11", "dette ancienne à régler, en centimes", 310000)] = None
    en_seance: Annotated[
        UUID | None, clair("séance qui l'examine (registre)", "0199f1e2-7b1a-7000-8000-00000000000e")
    ] = None

    def effets(self, enveloppe: Enveloppe) -> Effets:
        dites = (
            (Rubrique.DEMANDES, self.aide, self.instructeur or enveloppe.partenaire),
            (Rubrique.DEMANDES_DITES, self.aide, (enveloppe.partenaire, enveloppe.agent)),
        )
        return (*dites, *passage(self.en_seance, enveloppe, self.aide))
