"""Rights of persons: information, objection, correction, erasure."""

from dataclasses import dataclass
from types import MappingProxyType
from typing import Annotated
from uuid import UUID

from annotated_types import MaxLen

from ledger.catalogue.socle import (
    Code,
    Correction,
    Echeance,
    Effets,
    Enveloppe,
    Evenement,
    Rubrique,
    Texte,
    TexteLibre,
    clair,
    s1,
    s2,
)
from ledger.catalogue.volet import Volet


@dataclass(frozen=True, slots=True)
class Effacement:
    """Where a request for erasure stands, and who took each step."""

    personne: UUID
    avis: str | None = None
    decision: UUID | None = None
    sens: str | None = None
    decideur: str | None = None
    execute: bool = False


@dataclass(frozen=True, slots=True)
class Engagement:
    """What an erasure has begun to destroy, under which decision: nothing takes it back."""

    decision: UUID
    menage_aussi: bool


@dataclass(frozen=True, kw_only=True)
class MenageInforme(Evenement):
    """The household was informed that its situation is examined (GDPR 13 and 14): a CLIL lists no case without."""

    TOPIC = "unefois:MenageInforme"
    LIBELLE = "Ménage informé"
    GROUPE = "F10"
    canal: Annotated[Code, s1("F10", "canal de l'information", "COURRIER", liste="canal_information")]
    modele: Annotated[Texte | None, s1("F10", "modèle et version du texte remis", "information CLIL, version 3")] = None
    couvre: Annotated[
        tuple[Code, ...], MaxLen(10), s1("F10", "ce dont il a été informé", ["CLIL"], liste="objet_information")
    ] = ()

    def effets(self, enveloppe: Enveloppe) -> Effets:
        return ((Rubrique.INFORMATIONS, "menage", enveloppe.survenu_le),)


@dataclass(frozen=True, kw_only=True)
class OppositionEnregistree(Evenement):
    """The person objects (GDPR 21), or the processing is restricted (GDPR 18): optional reads stop."""

    TOPIC = "unefois:OppositionEnregistree"
    LIBELLE = "Opposition ou limitation enregistrée"
    GROUPE = "F01"
    EXERCE_UN_DROIT = True
    VOLET = Volet.IDENTITE
    portee: Annotated[Code, clair("opposition ou limitation", "OPPOSITION", liste="portee_opposition")]
    personne: Annotated[UUID | None, clair("personne qui la demande", "0199f1e2-7b1a-7000-8000-000000000001")] = None
    motif: Annotated[TexteLibre | None, s2("F01", "motif qu'elle en donne", "exactitude contestée")] = None

    def effets(self, enveloppe: Enveloppe) -> Effets:
        return ((Rubrique.OPPOSITIONS, (self.portee, self.personne), (enveloppe.survenu_le, True)),)


@dataclass(frozen=True, kw_only=True)
class OppositionLevee(Evenement):
    """The objection or the restriction is lifted: of who is named, or of the household where nobody is."""

    TOPIC = "unefois:OppositionLevee"
    LIBELLE = "Opposition ou limitation levée"
    GROUPE = "F01"
    EXERCE_UN_DROIT = True
    VOLET = Volet.IDENTITE
    portee: Annotated[Code, clair("opposition ou limitation", "OPPOSITION", liste="portee_opposition")]
    personne: Annotated[UUID | None, clair("personne qui la demande", "0199f1e2-7b1a-7000-8000-000000000001")] = None

    def effets(self, enveloppe: Enveloppe) -> Effets:
        return ((Rubrique.OPPOSITIONS, (self.portee, self.personne), (enveloppe.survenu_le, False)),)


@dataclass(frozen=True, kw_only=True)
class DroitExerce(Evenement):
    """A person asks for access, rectification, portability…; received on the day that it is true of (GDPR 12(3)).

    What an objection or a restriction stops, it stops from its own event on; an erasure has a route of its own.
    """

    TOPIC = "unefois:DroitExerce"
    LIBELLE = "Droit exercé"
    GROUPE = "F01"
    EXERCE_UN_DROIT = True
    PRECISE = MappingProxyType({"fait": ("droit", frozenset({"RECTIFICATION"}))})
    IDENTIFIANT = "requete"
    VOLET = Volet.DROITS
    requete: Annotated[UUID, clair("identifiant de la requête", "0199f1e2-7b1a-7000-8000-000000000014")]
    personne: Annotated[UUID, clair("personne qui l'exerce", "0199f1e2-7b1a-7000-8000-000000000001")]
    droit: Annotated[Code, clair("droit exercé", "RECTIFICATION", liste="droit_exerce")]
    fait: Annotated[
        UUID | None, clair("l'événement dont elle conteste l'exactitude", "0199f1e2-7b1a-7000-8000-000000000011")
    ] = None

    def effets(self, enveloppe: Enveloppe) -> Effets:
        return ((Rubrique.DROITS_EXERCES, self.requete, (self.personne, enveloppe.survenu_le)),)


@dataclass(frozen=True, kw_only=True)
class DroitRepondu(Evenement):
    """The controller answers, or takes the time that the text gives it and says why (GDPR 12(3) and (4))."""

    TOPIC = "unefois:DroitRepondu"
    LIBELLE = "Réponse à une personne qui exerce un droit"
    GROUPE = "F01"
    PRECISE = MappingProxyType(
        {
            "prolonge_au": ("reponse", frozenset({"PROLONGEE"})),
            "motif": ("reponse", frozenset({"PROLONGEE", "PARTIELLE", "REFUSEE"})),
            "article": ("reponse", frozenset({"PARTIELLE", "REFUSEE"})),
        }
    )
    EXERCE_UN_DROIT = True
    VOLET = Volet.DROITS
    requete: Annotated[UUID, clair("identifiant de la requête", "0199f1e2-7b1a-7000-8000-000000000014")]
    personne: Annotated[UUID, clair("personne qui l'exerce", "0199f1e2-7b1a-7000-8000-000000000001")]
    reponse: Annotated[Code, s2("F01", "réponse", "REFUSEE", liste="reponse_droit")]
    prolonge_au: Annotated[Echeance | None, s2("F01", "réponse promise au plus tard le", "2026-12-15")] = None
    motif: Annotated[TexteLibre | None, s2("F01", "motif du délai ou du refus", "requête répétée, déjà satisfaite")] = (
        None
    )
    article: Annotated[Texte | None, s2("F01", "article qui fonde le refus", "RGPD 12(5)(b)")] = None


@dataclass(frozen=True, kw_only=True)
class ConservationOrdonnee(Evenement):
    """The controller orders that the case be kept, for a claim or for the archives: no erasure meanwhile."""

    TOPIC = "unefois:ConservationOrdonnee"
    LIBELLE = "Conservation ordonnée"
    GROUPE = "F01"
    EXERCE_UN_DROIT = True
    VOLET = Volet.DROITS
    fondement: Annotated[Code, clair("fondement de la conservation", "CONTENTIEUX", liste="fondement_conservation")]

    def effets(self, enveloppe: Enveloppe) -> Effets:
        return ((Rubrique.CONSERVATIONS, self.fondement, (enveloppe.survenu_le, True)),)


@dataclass(frozen=True, kw_only=True)
class ConservationLevee(Evenement):
    """The case no longer has to be kept on that ground."""

    TOPIC = "unefois:ConservationLevee"
    LIBELLE = "Conservation levée"
    GROUPE = "F01"
    EXERCE_UN_DROIT = True
    VOLET = Volet.DROITS
    fondement: Annotated[Code, clair("fondement de la conservation", "CONTENTIEUX", liste="fondement_conservation")]

    def effets(self, enveloppe: Enveloppe) -> Effets:
        return ((Rubrique.CONSERVATIONS, self.fondement, (enveloppe.survenu_le, False)),)


@dataclass(frozen=True, kw_only=True)
class FaitCorrige(Evenement):
    """An earlier event was wrong and is withdrawn; it stays in the history, marked.

    What replaces it is an event of its own, whose envelope says ``corrige``.
    """

    TOPIC = "unefois:FaitCorrige"
    LIBELLE = "Fait corrigé"
    GROUPE = "F01"
    VOLET = Volet.IDENTITE
    corrige: Annotated[UUID, clair("l'événement retiré", "0199f1e2-7b1a-7000-8000-000000000011")]
    motif: Annotated[TexteLibre | None, s2("F01", "motif de la correction", "montant saisi deux fois")] = None

    def effets(self, enveloppe: Enveloppe) -> Effets:
        return ((Rubrique.CORRECTIONS, self.corrige, Correction(enveloppe.id, retrait=True)),)


@dataclass(frozen=True, kw_only=True)
class ValeurTranchee(Evenement):
    """Of values that contradict each other, the one that holds, settled by a person: the others stay (GDPR 5(1)(d)).

    It settles what was true by its day: what comes true after it is a new state of things. It is shown to whoever is
    shown the value that it names.
    """

    TOPIC = "unefois:ValeurTranchee"
    LIBELLE = "Valeur tranchée"
    GROUPE = "F01"
    VOLET = Volet.IDENTITE
    fait: Annotated[UUID, clair("l'événement dont la valeur est retenue", "0199f1e2-7b1a-7000-8000-000000000011")]
    champ: Annotated[Texte, clair("le champ dont c'est la valeur", "montant")]
    motif: Annotated[Code, s2("F01", "ce qui l'établit", "PIECE_PRODUITE", liste="motif_tranche")]


@dataclass(frozen=True, kw_only=True)
class EffacementDemande(Evenement):
    """A person asks to be erased (GDPR 17)."""

    TOPIC = "unefois:EffacementDemande"
    LIBELLE = "Effacement demandé"
    GROUPE = "F01"
    EXERCE_UN_DROIT = True
    IDENTIFIANT = "effacement"
    ROUTE_PROPRE = True
    VOLET = Volet.DROITS
    effacement: Annotated[UUID, clair("identifiant de la demande", "0199f1e2-7b1a-7000-8000-000000000012")]
    personne: Annotated[UUID, clair("personne concernée", "0199f1e2-7b1a-7000-8000-000000000001")]

    def effets(self, enveloppe: Enveloppe) -> Effets:
        return ((Rubrique.EFFACEMENTS, self.effacement, Effacement(self.personne)),)


@dataclass(frozen=True, kw_only=True)
class EffacementAvise(Evenement):
    """The DPO gives its avis on an erasure; it advises, it does not decide (GDPR 38(6))."""

    TOPIC = "unefois:EffacementAvise"
    LIBELLE = "Avis du délégué sur l'effacement"
    GROUPE = "F01"
    EXERCE_UN_DROIT = True
    ROUTE_PROPRE = True
    VOLET = Volet.DROITS
    effacement: Annotated[UUID, clair("identifiant de la demande", "0199f1e2-7b1a-7000-8000-000000000012")]
    avis: Annotated[Code, clair("avis du délégué", "FAVORABLE", liste="avis_effacement")]

    def effets(self, enveloppe: Enveloppe) -> Effets:
        return ((Rubrique.EFFACEMENTS, self.effacement, {"avis": self.avis}),)


@dataclass(frozen=True, kw_only=True)
class EffacementDecide(Evenement):
    """The controller decides of an erasure."""

    TOPIC = "unefois:EffacementDecide"
    LIBELLE = "Effacement décidé"
    GROUPE = "F01"
    EXERCE_UN_DROIT = True
    ROUTE_PROPRE = True
    VOLET = Volet.DROITS
    effacement: Annotated[UUID, clair("identifiant de la demande", "0199f1e2-7b1a-7000-8000-000000000012")]
    decision: Annotated[UUID, clair("identifiant de la décision", "0199f1e2-7b1a-7000-8000-000000000013")]
    sens: Annotated[Code, clair("sens de la décision", "ACCORDE", liste="sens_effacement")]
    article: Annotated[Texte | None, clair("article qui fonde le refus", "RGPD 17(3)(b)")] = None
    motif: Annotated[
        TexteLibre | None,
        s2("F01", "pourquoi l'avis défavorable n'est pas suivi", "aucune procédure ne court depuis trois ans"),
    ] = None

    def effets(self, enveloppe: Enveloppe) -> Effets:
        decide = {"decision": self.decision, "sens": self.sens, "decideur": enveloppe.agent}
        return (
            (Rubrique.EFFACEMENTS, self.effacement, decide),
            (Rubrique.DECISIONS, self.decision, self.effacement),
        )


@dataclass(frozen=True, kw_only=True)
class EffacementEngage(Evenement):
    """A second person executes the decision: the intention, recorded before any key is destroyed, and for ever.

    From here on the case counts without the person. ``preuve``: a keyed hash of all that is destroyed and of who
    decided and executed it, which the databases' roles cannot make; without it no key is destroyed.
    """

    TOPIC = "unefois:EffacementEngage"
    LIBELLE = "Effacement engagé"
    GROUPE = "F01"
    EXERCE_UN_DROIT = True
    ROUTE_PROPRE = True
    VOLET = Volet.DROITS
    personne: Annotated[UUID, clair("personne effacée", "0199f1e2-7b1a-7000-8000-000000000001")]
    decision: Annotated[UUID, clair("identifiant de la décision", "0199f1e2-7b1a-7000-8000-000000000013")]
    menage_aussi: Annotated[bool, clair("dernier adulte : les clés du ménage sont détruites", False)] = False
    decideur: Annotated[Texte, clair("pseudonyme de qui a décidé", "agent-fictif", interne=True)]
    preuve: Annotated[Texte, clair("preuve de la décision et de son exécution", "00" * 32, interne=True)]

    def effets(self, enveloppe: Enveloppe) -> Effets:
        return ((Rubrique.ENGAGEES, self.personne, Engagement(self.decision, self.menage_aussi)),)


@dataclass(frozen=True, kw_only=True)
class PersonneEffacee(Evenement):
    """The keys of a person are destroyed, by a second person, under a decision. What they sealed is gone."""

    TOPIC = "unefois:PersonneEffacee"
    LIBELLE = "Personne effacée"
    GROUPE = "F01"
    ROUTE_PROPRE = True
    VOLET = Volet.IDENTITE
    personne: Annotated[UUID, clair("personne effacée", "0199f1e2-7b1a-7000-8000-000000000001")]
    decision: Annotated[UUID, clair("identifiant de la décision", "0199f1e2-7b1a-7000-8000-000000000013")]
    menage_aussi: Annotated[bool, clair("dernier adulte : les clés du ménage sont détruites", False)] = False

    def effets(self, enveloppe: Enveloppe) -> Effets:
        effets: Effets = (
            (Rubrique.EFFACEES, self.personne, enveloppe.survenu_le),
            (Rubrique.EXECUTIONS, self.decision, True),
        )
        return (*effets, (Rubrique.MENAGE_EFFACE, None, True)) if self.menage_aussi else effets
