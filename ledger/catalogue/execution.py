"""The enforcement of an eviction: from the commandement de quitter les lieux to what follows it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType
from typing import Annotated, Final
from uuid import UUID

from annotated_types import MaxLen

from ledger.catalogue.procedure import Acte
from ledger.catalogue.socle import (
    Centimes,
    Code,
    Echeance,
    Effets,
    Enveloppe,
    Evenement,
    Heure,
    Mois,
    TexteLibre,
    clair,
    s2,
    s3,
)
from ledger.catalogue.stade import Stade
from ledger.catalogue.volet import Volet


@dataclass(frozen=True, kw_only=True)
class CommandementQuitterSignifie(Acte):
    """Commandement de quitter les lieux (CPCE L.411-1, R.412-2). It opens the two months of L.412-1.

    ``delai``: those two months, or what a judge made of them; ``occupants``: who the étude knows to live there.
    """

    TOPIC = "unefois:CommandementQuitterSignifie"
    STADE = Stade.COMMANDEMENT_QUITTER
    LIBELLE = "Commandement de quitter les lieux signifié"
    CODE = "CQL"
    VOLET = Volet.JUGEMENT
    titre: Annotated[UUID | None, clair("l'événement qui dit ce jugement", "0199f1e2-7b1a-7000-8000-000000000021")] = (
        None
    )
    delai: Annotated[Code | None, s2("F08", "délai pour quitter les lieux", "ENTIER", liste="delai_commandement")] = (
        None
    )
    liberation_le: Annotated[Echeance | None, s2("F08", "lieux à libérer avant le", "2026-06-10")] = None
    remise: Annotated[Code | None, s2("F08", "à qui l'acte a été remis", "PERSONNE", liste="remise_acte")] = None
    occupants: Annotated[
        tuple[UUID, ...],
        MaxLen(20),
        s2("F03", "personnes connues pour y vivre habituellement", ["0199f1e2-7b1a-7000-8000-000000000001"]),
    ] = ()


@dataclass(frozen=True, kw_only=True)
class ReceptionConstatee(Evenement):
    """The préfecture or the CCAPEX says that an act reached it, by EXPLOC or on paper, on that day.

    The two months of the commandement de quitter les lieux run from there (CPCE L.412-5; CE 12 December 2014, 363372).
    """

    TOPIC = "unefois:ReceptionConstatee"
    LIBELLE = "Réception d'un acte constatée"
    GROUPE = "F08"
    JALON = True
    VOLET = Volet.JUGEMENT
    acte: Annotated[Code, s2("F08", "acte reçu", "COMMANDEMENT_QUITTER", liste="acte_recu")]
    recu_par: Annotated[Code, s2("F08", "qui l'a reçu", "PREFET", liste="destinataire_acte")]
    voie: Annotated[Code | None, s2("F08", "par quelle voie", "PAPIER", liste="voie_reception")] = None


@dataclass(frozen=True, kw_only=True)
class DelaisQuitterAvances(Evenement):
    """Délais to leave, asked of a judge, granted or refused (CPCE L.412-2 to L.412-4, R.412-4).

    ``critere_sante``: the state of health was among the grounds. It is S3, with what is noted on acts.
    """

    TOPIC = "unefois:DelaisQuitterAvances"
    LIBELLE = "Délais pour quitter les lieux"
    GROUPE = "F08"
    JALON = True
    VOLET = Volet.JUGEMENT
    PRECISE = MappingProxyType({"fin": ("etape", frozenset({"ACCORDES"}))})
    etape: Annotated[Code, s2("F08", "étape des délais pour quitter", "ACCORDES", liste="etape_delais_quitter")]
    base: Annotated[Code | None, s2("F08", "article invoqué", "L412_3", liste="base_delais_quitter")] = None
    duree_mois: Annotated[Mois | None, s2("F08", "durée, en mois", 6)] = None
    fin: Annotated[Echeance | None, s2("F08", "fin des délais", "2026-11-20")] = None
    juge: Annotated[Code | None, s2("F08", "juge saisi", "JEX", liste="juge_delais_quitter")] = None
    criteres: Annotated[
        tuple[Code, ...], MaxLen(8), s2("F08", "motifs retenus", ["FAMILLE"], liste="critere_delais_quitter")
    ] = ()
    critere_sante: Annotated[bool | None, s3("F08b", "l'état de santé est invoqué", False)] = None


@dataclass(frozen=True, kw_only=True)
class ConcoursForceRequis(Acte):
    """The concours de la force publique is requested from the préfet (CPCE L.153-1, R.153-1).

    R.153-1 wants the operative part of the title, what was done, and why it was not enough.
    """

    TOPIC = "unefois:ConcoursForceRequis"
    LIBELLE = "Concours de la force publique requis"
    CODE = "CFP_REQUIS"
    GROUPE = "F09a"
    STADE = Stade.CONCOURS_REQUIS
    dispositif_joint: Annotated[bool | None, s2("F09a", "copie du dispositif du titre jointe", True)] = None
    diligences: Annotated[TexteLibre | None, s2("F09a", "diligences de l'étude", "deux passages, un courrier")] = None
    difficultes: Annotated[TexteLibre | None, s2("F09a", "difficultés d'exécution", "occupant absent")] = None


@dataclass(frozen=True, kw_only=True)
class ConcoursForceAccorde(Acte):
    """The préfet grants the concours de la force publique: a decision of the préfet, never of a commission."""

    TOPIC = "unefois:ConcoursForceAccorde"
    LIBELLE = "Concours de la force publique accordé"
    CODE = "CFP_ACCORDE"
    GROUPE = "F09a"
    STADE = Stade.CONCOURS_ACCORDE
    date_effet: Annotated[Echeance | None, clair("date d'effet", "2026-07-01")] = None
    jusqu_au: Annotated[Echeance | None, s2("F09a", "accordé jusqu'au", "2026-10-31")] = None


@dataclass(frozen=True, kw_only=True)
class ConcoursForceRefuse(Acte):
    """The préfet refuses it, with reasons (CPCE R.153-1). A silence of two months is a deadline, not this act.

    ``prematuree``: the request came before its time and has to be made again. It is no refusal of the help, and the
    State answers for nothing (CE 18 December 2013, 363126).
    """

    TOPIC = "unefois:ConcoursForceRefuse"
    LIBELLE = "Concours de la force publique refusé"
    CODE = "CFP_REFUSE"
    GROUPE = "F09a"
    STADE = Stade.CONCOURS_REFUSE
    motif: Annotated[TexteLibre | None, s2("F09a", "motif du refus", "relogement imminent")] = None
    prematuree: Annotated[bool | None, clair("rejet d'une réquisition prématurée, à renouveler", False)] = None

    def effets(self, enveloppe: Enveloppe) -> Effets:
        return () if self.prematuree else super().effets(enveloppe)


@dataclass(frozen=True, kw_only=True)
class ConcoursForceSursis(Evenement):
    """The préfet puts his decision, or its execution, off. Health is no reason that is written here."""

    TOPIC = "unefois:ConcoursForceSursis"
    LIBELLE = "Sursis du préfet"
    GROUPE = "F09a"
    JALON = True
    jusqu_au: Annotated[Echeance | None, s2("F09a", "sursis jusqu'au", "2026-09-30")] = None
    motif: Annotated[Code, s2("F09a", "motif du sursis", "RELOGEMENT_PROCHE", liste="motif_sursis")]


@dataclass(frozen=True, kw_only=True)
class EnqueteDemandee(Evenement):
    """The préfecture asks for an enquiry before it decides."""

    TOPIC = "unefois:EnqueteDemandee"
    LIBELLE = "Enquête demandée"
    GROUPE = "F09b"
    JALON = True
    nature: Annotated[Code, s2("F09b", "nature de l'enquête", "ADMINISTRATIVE", liste="nature_enquete")]
    demandee_a: Annotated[Code, s2("F09b", "à qui elle est demandée", "POLICE", liste="enqueteur")]
    pour_le: Annotated[Echeance | None, s2("F09b", "pour le", "2026-07-15")] = None


@dataclass(frozen=True, kw_only=True)
class EnqueteRealisee(Evenement):
    """The enquiry before the decision on the police's help: préfecture and police only."""

    TOPIC = "unefois:EnqueteRealisee"
    LIBELLE = "Enquête réalisée"
    GROUPE = "F09b"
    JALON = True
    resultat: Annotated[Code, s2("F09b", "résultat de l'enquête", "RENCONTRE", liste="resultat_enquete")]
    nature: Annotated[Code | None, s2("F09b", "nature de l'enquête", "ADMINISTRATIVE", liste="nature_enquete")] = None
    mineurs_presents: Annotated[bool | None, s2("F09b", "mineurs présents", True)] = None
    relogement_connu: Annotated[bool | None, s2("F09b", "relogement connu", False)] = None
    trouble_ordre_public: Annotated[bool | None, s2("F09b", "risque de trouble à l'ordre public", False)] = None


@dataclass(frozen=True, kw_only=True)
class ExpulsionProgrammee(Evenement):
    """The day that is foreseen, or that is put off: of the étude that tells it, the préfecture and the police alone.

    It ends nothing: the household lives there until it is put out.
    """

    TOPIC = "unefois:ExpulsionProgrammee"
    LIBELLE = "Expulsion programmée"
    GROUPE = "F09b"
    JALON = True
    PRECISE = MappingProxyType({"motif": ("etape", frozenset({"REPORTEE"}))})
    etape: Annotated[Code, s2("F09b", "étape", "PLANIFIEE", liste="etape_expulsion")]
    prevue_le: Annotated[Echeance | None, s2("F09b", "prévue le", "2026-07-20")] = None
    heure_prevue: Annotated[Heure | None, s2("F09b", "à", "08:30")] = None
    motif: Annotated[Code | None, s2("F09b", "motif du report", "RELOGEMENT", liste="motif_report")] = None


@dataclass(frozen=True, kw_only=True)
class ExpulsionRealisee(Acte):
    """The household is put out (procès-verbal: CPCE R.432-1, L.431-3).

    Furniture that is left can be fetched for two months from the signification of the procès-verbal (R.433-1, R.433-2).
    """

    TOPIC = "unefois:ExpulsionRealisee"
    LIBELLE = "Expulsion réalisée"
    CODE = "EXPULSION"
    GROUPE = "F09a"
    STADE = Stade.EXPULSION
    solution: Annotated[Code | None, s2("F09a", "solution à la sortie", "HEBERGEMENT", liste="solution_expulsion")] = (
        None
    )
    enfants_presents: Annotated[bool | None, s2("F09a", "enfants présents", True)] = None
    force_employee: Annotated[bool | None, s2("F09a", "force publique employée", False)] = None
    meubles: Annotated[Code | None, s2("F09a", "meubles laissés", "LAISSES", liste="meubles_expulsion")] = None
    pv_signifie_le: Annotated[date | None, s2("F09a", "procès-verbal signifié le", "2026-06-11")] = None


@dataclass(frozen=True, kw_only=True)
class DepartConstate(Acte):
    """The household left before execution (CPCE L.451-1): not an eviction, and counted apart."""

    TOPIC = "unefois:DepartConstate"
    LIBELLE = "Départ constaté avant l'expulsion"
    CODE = "DEPART"
    GROUPE = "F09a"
    STADE = Stade.DEPART


@dataclass(frozen=True, kw_only=True)
class IndemnisationAvancee(Evenement):
    """The State pays the landlord for the help that it refused: asked for, offered, taken, rejected, or sued for."""

    TOPIC = "unefois:IndemnisationAvancee"
    LIBELLE = "Indemnisation du bailleur"
    GROUPE = "F09a"
    JALON = True
    etape: Annotated[Code, s2("F09a", "étape de l'indemnisation", "DEMANDEE", liste="etape_indemnisation")]
    du: Annotated[date | None, s2("F09a", "pour la période du", "2026-08-12")] = None
    au: Annotated[date | None, s2("F09a", "au", "2026-09-30")] = None
    montant: Annotated[Centimes | None, s2("F09a", "montant, en centimes", 177338)] = None
    amiable: Annotated[bool | None, s2("F09a", "par la voie amiable", True)] = None


ACTES: Final[Mapping[str, type[Acte]]] = MappingProxyType(
    {cls.CODE: cls for cls in Acte.__subclasses__() if cls.DANS_EXPLOC}
)
"""The acts of the procedure, by the code that the études and EXPLOC give them."""
