"""The commissions, and pairs of cases that may be one household."""

from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any, Final, NamedTuple
from uuid import UUID

from annotated_types import Ge, Le, MaxLen

from ledger.catalogue.socle import (
    Centimes,
    Code,
    Echeance,
    Effet,
    Effets,
    Enveloppe,
    Evenement,
    RangInscrit,
    Rubrique,
    Sollicitation,
    Texte,
    TexteLibre,
    clair,
    s2,
    s3,
)
from ledger.droit import listes


class Inscription(NamedTuple):
    """A session of a commission at which the case is listed; ``rang``: where its secretariat puts it."""

    instance: str
    seance: UUID
    seance_le: date
    rang: int | None = None


def _a_examiner(evenement: str, enveloppe: Enveloppe, instance: str, seance: UUID, le: date) -> Effet:
    """What is listed is to be examined that day, put off, or withdrawn."""
    demande = Sollicitation(evenement, instance, enveloppe.survenu_le, cle=seance, echeance=le)
    return Rubrique.SOLLICITATIONS, enveloppe.id, demande


class Sortie(NamedTuple):
    """How a case left the agenda of a session: ``REPORTE`` to another, or ``RETIRE``."""

    instance: str
    etat: str


@dataclass(frozen=True, kw_only=True)
class DossierPropose(Evenement):
    """A partner proposes the case to a commission, which may then read it (access 28). The CCAPEX is seized instead."""

    TOPIC = "unefois:DossierPropose"
    LIBELLE = "Dossier proposé à une commission"
    GROUPE = "F19a"
    JALON = True
    instance: Annotated[Code, clair("commission", "CLIL", liste="instance_locale")]
    motif: Annotated[TexteLibre | None, s2("F19a", "pourquoi ce dossier", "impayé récent, plan à construire")] = None

    def effets(self, enveloppe: Enveloppe) -> Effets:
        propose = Sollicitation("DossierPropose", self.instance, enveloppe.survenu_le)
        return (
            (Rubrique.PROPOSITIONS, self.instance, (enveloppe.survenu_le, enveloppe.partenaire)),
            (Rubrique.SOLLICITATIONS, enveloppe.id, propose),
        )


@dataclass(frozen=True, kw_only=True)
class InstanceInscrite(Evenement):
    """The case is put on the agenda of a commission's session."""

    TOPIC = "unefois:InstanceInscrite"
    LIBELLE = "Inscription à l'ordre du jour"
    GROUPE = "F19a"
    JALON = True
    instance: Annotated[Code, clair("commission", "CCAPEX", liste="instance")]
    seance: Annotated[UUID, clair("identifiant de la séance (registre)", "0199f1e2-7b1a-7000-8000-00000000000e")]
    seance_le: Annotated[Echeance, clair("date de la séance", "2026-12-10")]
    rang: Annotated[RangInscrit | None, clair("rang à l'ordre du jour", 3)] = None
    motif: Annotated[TexteLibre | None, s2("F19a", "pourquoi ce dossier", "plan rompu, procédure engagée")] = None

    def effets(self, enveloppe: Enveloppe) -> Effets:
        return (
            (
                Rubrique.INSCRIPTIONS,
                self.seance,
                Inscription(self.instance, self.seance, self.seance_le, self.rang),
            ),
            _a_examiner("InstanceInscrite", enveloppe, self.instance, self.seance, self.seance_le),
        )


@dataclass(frozen=True, kw_only=True)
class InscriptionReportee(Evenement):
    """The case leaves the agenda of a session for that of another: what the first one opened, it opens no more."""

    TOPIC = "unefois:InscriptionReportee"
    LIBELLE = "Inscription reportée à une autre séance"
    GROUPE = "F19a"
    JALON = True
    instance: Annotated[Code, clair("commission", "CLIL", liste="instance")]
    seance: Annotated[UUID, clair("la séance que le dossier quitte", "0199f1e2-7b1a-7000-8000-00000000000e")]
    reporte_a: Annotated[UUID, clair("la séance où il est reporté", "0199f1e2-7b1a-7000-8000-00000000001e")]
    reporte_au: Annotated[Echeance, clair("date de cette séance", "2027-01-14")]
    rang: Annotated[RangInscrit | None, clair("rang à l'ordre du jour de cette séance", 3)] = None
    motif: Annotated[Code, s2("F19a", "motif du report", "DOSSIER_INCOMPLET", liste="motif_report")]

    def effets(self, enveloppe: Enveloppe) -> Effets:
        return (
            (Rubrique.INSCRIPTIONS, self.seance, Sortie(self.instance, "REPORTE")),
            (
                Rubrique.INSCRIPTIONS,
                self.reporte_a,
                Inscription(self.instance, self.reporte_a, self.reporte_au, self.rang),
            ),
            _a_examiner("InscriptionReportee", enveloppe, self.instance, self.reporte_a, self.reporte_au),
        )


@dataclass(frozen=True, kw_only=True)
class InscriptionRetiree(Evenement):
    """The case leaves the agenda of a session, and goes on no other: it opens the case no more."""

    TOPIC = "unefois:InscriptionRetiree"
    LIBELLE = "Inscription retirée de l'ordre du jour"
    GROUPE = "F19a"
    JALON = True
    instance: Annotated[Code, clair("commission", "CLIL", liste="instance")]
    seance: Annotated[UUID, clair("la séance que le dossier quitte", "0199f1e2-7b1a-7000-8000-00000000000e")]
    motif: Annotated[Code, s2("F19a", "motif du retrait", "SITUATION_REGLEE", liste="motif_retrait")]

    def effets(self, enveloppe: Enveloppe) -> Effets:
        return ((Rubrique.INSCRIPTIONS, self.seance, Sortie(self.instance, "RETIRE")),)


@dataclass(frozen=True, kw_only=True)
class PropositionEcartee(Evenement):
    """The secretariat does not take up what was proposed to its commission, and says why (charte, fiches 4 and 9).

    What was proposed until then no longer opens the case to it.
    """

    TOPIC = "unefois:PropositionEcartee"
    LIBELLE = "Proposition écartée"
    GROUPE = "F19a"
    JALON = True
    instance: Annotated[Code, clair("commission", "CLIL", liste="instance_locale")]
    motif: Annotated[Code, s2("F19a", "pourquoi", "SUIVI_EN_COURS", liste="motif_ecart")]

    def effets(self, enveloppe: Enveloppe) -> Effets:
        return ((Rubrique.PROPOSITIONS_ECARTEES, self.instance, enveloppe.survenu_le),)


@dataclass(frozen=True, kw_only=True)
class DossierDeSeanceFige(Evenement):
    """What one seat is shown of the case for a session is fixed: up to which fact, by which rules, with which digest.

    Nothing of the case is in it. The digest is keyed, and bound to the seat and to the place: two of them tell nothing
    of each other.
    """

    TOPIC = "unefois:DossierDeSeanceFige"
    LIBELLE = "Dossier de séance figé"
    GROUPE = "F19a"
    ROUTE_PROPRE = True
    instance: Annotated[Code, clair("commission", "CCAPEX", liste="instance")]
    seance: Annotated[UUID, clair("identifiant de la séance (registre)", "0199f1e2-7b1a-7000-8000-00000000000e")]
    siege: Annotated[Texte, clair("partenaire qui siège (code du registre)", "caf93")]
    empreinte: Annotated[Texte, clair("empreinte de ce qui lui est montré", "5f2c" * 16)]
    revision: Annotated[Texte, clair("révision des règles d'accès", "9b1d" * 16)]
    registre: Annotated[int, Ge(0), Le(2**53), clair("révision du registre", 42)]
    position: Annotated[int, Ge(0), Le(2**53), clair("place du dernier fait lu", 1042)]

    def effets(self, enveloppe: Enveloppe) -> Effets:
        return ((Rubrique.DOSSIERS_DE_SEANCE, (self.seance, self.siege, enveloppe.finalite), True),)


@dataclass(frozen=True, kw_only=True)
class DossierExamine(Evenement):
    """A commission examined the case in session."""

    TOPIC = "unefois:DossierExamine"
    LIBELLE = "Dossier examiné en séance"
    GROUPE = "F19a"
    JALON = True
    instance: Annotated[Code, clair("commission", "CCAPEX", liste="instance")]
    seance: Annotated[UUID | None, clair("identifiant de la séance", "0199f1e2-7b1a-7000-8000-00000000000e")] = None
    participants: Annotated[
        tuple[Code, ...], MaxLen(20), s2("F19a", "services présents", ["DEPARTEMENT", "BAILLEUR"], liste="participant")
    ] = ()
    dette: Annotated[Centimes | None, s2("F05", "dette au jour de l'examen, en centimes", 224770)] = None
    stade: Annotated[Code | None, s2("F19a", "stade au jour de l'examen", "ASSIGNATION", liste="stade_procedure")] = (
        None
    )

    def effets(self, enveloppe: Enveloppe) -> Effets:
        examen = Sollicitation("DossierExamine", self.instance, enveloppe.survenu_le, cle=enveloppe.id)
        return (
            (Rubrique.EXAMENS, None, (self.instance, enveloppe.survenu_le)),
            (Rubrique.SOLLICITATIONS, enveloppe.id, examen),
        )


@dataclass(frozen=True, kw_only=True)
class SuiviClos(Evenement):
    """A commission is done with the case, for its own part: the procedure goes its way, and so do the others.

    What was put before it until that day no longer opens the case to it.
    """

    TOPIC = "unefois:SuiviClos"
    LIBELLE = "Suivi d'une commission clos"
    GROUPE = "F19a"
    JALON = True
    instance: Annotated[Code, clair("commission", "CLIL", liste="instance_locale")]
    motif: Annotated[Code, s2("F19a", "motif de clôture", "DETTE_SOLDEE", liste="motif_cloture")]

    def effets(self, enveloppe: Enveloppe) -> Effets:
        return ((Rubrique.SUIVIS_CLOS, self.instance, enveloppe.survenu_le),)


@dataclass(frozen=True, kw_only=True)
class SuiviUnAnEvalue(Evenement):
    """One year after the CCAPEX examined the case, where the household is (charte, annexe 5, indicateurs 42 à 46).

    ``derivee``: proposed from the acts, and confirmed by the instructeur.
    """

    TOPIC = "unefois:SuiviUnAnEvalue"
    LIBELLE = "Situation un an après l'examen"
    GROUPE = "F19a"
    examen: Annotated[UUID, clair("l'examen dont c'est la suite", "0199f1e2-7b1a-7000-8000-000000000016")]
    situation: Annotated[Code, s2("F19a", "situation un an après", "RELOGE", liste="situation_un_an")]
    derivee: Annotated[bool, clair("proposée d'après les actes, puis confirmée", False)] = False

    def effets(self, enveloppe: Enveloppe) -> Effets:
        return ((Rubrique.SUITES, self.examen, True),)


@dataclass(frozen=True, kw_only=True)
class AvisRendu(Evenement):
    """The commission's avis. The COMEX proposes, the préfet decides; the CCAPEX gives avis and recommendations.

    Its needs are of the closed list, and VIOLENCE is none that a commission states. Version 1 took any words: those
    that the list does not have are no longer shown, since anything could be written there. That the household was told
    stands in clear, the day does not: who waits for it has no key.
    """

    TOPIC = "unefois:AvisRendu"
    LIBELLE = "Avis rendu"
    GROUPE = "F19a"
    class_version = 2
    instance: Annotated[Code, clair("commission", "CCAPEX", liste="instance")]
    sens: Annotated[Code, s2("F19a", "sens de l'avis", "MAINTIEN", liste="sens_avis")]
    texte: Annotated[TexteLibre | None, s2("F19a", "avis tel que notifié", "maintien avec plan d'apurement")] = None
    motifs_internes: Annotated[TexteLibre | None, s3("F19b", "motifs internes", "échanges de la séance")] = None
    besoins: Annotated[
        tuple[Code, ...],
        MaxLen(8),
        s3("F13", "besoins retenus par l'avis", ["PRESENCE_SERVICE_SOCIAL"], liste="besoin"),
    ] = ()
    menage_avise_le: Annotated[date | None, s2("F19a", "ménage avisé le", "2026-12-12")] = None
    menage_avise: Annotated[bool | None, clair("le ménage a été avisé", True, deduit=True)] = None

    def effets(self, enveloppe: Enveloppe) -> Effets:
        avis = Sollicitation(
            "AvisRendu", self.instance, enveloppe.survenu_le, cle=enveloppe.id, faite=self.menage_avise is True
        )
        return ((Rubrique.SOLLICITATIONS, enveloppe.id, avis),)

    @staticmethod
    def upcast_v1_v2(partie: dict[str, Any]) -> None:
        """Words to codes: a code of the list, or the French words of one."""
        if "besoins" in partie:
            mots = {listes.libelle("besoin", code): code for code in listes.codes("besoin")}
            lus = (mots.get(dit, dit) for dit in partie["besoins"])
            partie["besoins"] = [code for code in lus if code in mots.values()]


@dataclass(frozen=True, kw_only=True)
class RecommandationEmise(Evenement):
    """A recommendation addressed to a partner or to the household (charte, fiche 9)."""

    TOPIC = "unefois:RecommandationEmise"
    LIBELLE = "Recommandation émise"
    GROUPE = "F19a"
    IDENTIFIANT = "recommandation"
    recommandation: Annotated[UUID, clair("identifiant de la recommandation", "0199f1e2-7b1a-7000-8000-00000000000f")]
    instance: Annotated[Code, clair("commission", "CCAPEX", liste="instance")]
    destinataire: Annotated[Texte, clair("partenaire destinataire, ou « menage »", "ssd93")]
    echeance: Annotated[Echeance | None, clair("à suivre avant le", "2027-02-10")] = None
    categorie: Annotated[
        Code, s2("F19a", "catégorie de la recommandation", "PLAN_APUREMENT", liste="recommandation_categorie")
    ]
    texte: Annotated[TexteLibre | None, s2("F19a", "recommandation", "proposer un plan sur 24 mois")] = None

    def effets(self, enveloppe: Enveloppe) -> Effets:
        demande = Sollicitation(
            "RecommandationEmise",
            self.instance,
            enveloppe.survenu_le,
            destinataire=self.destinataire,
            cle=self.recommandation,
            echeance=self.echeance,
        )
        return (
            (Rubrique.RECOMMANDATIONS, self.recommandation, self.echeance),
            (Rubrique.SOLLICITATIONS, enveloppe.id, demande),
        )


@dataclass(frozen=True, kw_only=True)
class RecommandationSuivie(Evenement):
    """What became of a recommendation, told by its addressee or by the secretariat.

    Whom the recommendation was addressed to, and whether nothing more is expected, stand in clear: the addressee is
    told what was said of its answer, and who waits for it has no key.
    """

    TOPIC = "unefois:RecommandationSuivie"
    LIBELLE = "Suite donnée à une recommandation"
    GROUPE = "F19a"
    recommandation: Annotated[UUID, clair("identifiant de la recommandation", "0199f1e2-7b1a-7000-8000-00000000000f")]
    statut: Annotated[Code, s2("F19a", "suite donnée", "REALISEE", liste="recommandation_statut")]
    motif: Annotated[TexteLibre | None, s2("F19a", "motif", "plan signé")] = None
    destinataire: Annotated[Texte | None, clair("à qui elle était adressée", "ssd93", deduit=True)] = None
    terminee: Annotated[bool | None, clair("plus rien n'en est attendu", True, deduit=True)] = None

    def effets(self, enveloppe: Enveloppe) -> Effets:
        return ((Rubrique.SUITES, self.recommandation, self.terminee),)


@dataclass(frozen=True, kw_only=True)
class RapprochementSuggere(Evenement):
    """Two records may be one household: for a person to confirm, never joined by itself."""

    TOPIC = "unefois:RapprochementSuggere"
    LIBELLE = "Rapprochement à confirmer"
    GROUPE = "F01b"
    autre: Annotated[UUID, clair("l'autre dossier", "0199f1e2-7b1a-7000-8000-000000000010")]
    motif: Annotated[Code, clair("pourquoi", "NAISSANCE_MANQUANTE", liste="motif_rapprochement")]

    def effets(self, enveloppe: Enveloppe) -> Effets:
        return ((Rubrique.RAPPROCHEMENTS, self.autre, None),)


REUNISSENT: Final = frozenset({"MEME_MENAGE", "RELU"})
"""The decisions under which two cases are read as one."""


@dataclass(frozen=True, kw_only=True)
class RapprochementTranche(Evenement):
    """The instructeur decides of a suggested pair: same household, or not. It can be decided again.

    It is said in both cases. MEME_MENAGE: each is read under what links one to it; RELU: what links to one links to
    the other. DISTINCT gives both back; what was told meanwhile is then sorted (``FaitMaintenu``, or moved).
    """

    TOPIC = "unefois:RapprochementTranche"
    LIBELLE = "Rapprochement tranché"
    GROUPE = "F01b"
    autre: Annotated[UUID, clair("l'autre dossier", "0199f1e2-7b1a-7000-8000-000000000010")]
    decision: Annotated[Code, clair("décision", "DISTINCT", liste="decision_rapprochement")]

    def effets(self, enveloppe: Enveloppe) -> Effets:
        return ((Rubrique.RAPPROCHEMENTS, self.autre, self.decision),)


@dataclass(frozen=True, kw_only=True)
class FaitMaintenu(Evenement):
    """What was told while two cases were read as one is of this case: a person has looked, once they are apart."""

    TOPIC = "unefois:FaitMaintenu"
    LIBELLE = "Fait maintenu dans ce dossier"
    GROUPE = "F01b"
    fait: Annotated[UUID, clair("le fait qui reste dans ce dossier", "0199f1e2-7b1a-7000-8000-000000000017")]

    def effets(self, enveloppe: Enveloppe) -> Effets:
        return ((Rubrique.MAINTENUS, self.fait, True),)


@dataclass(frozen=True, kw_only=True)
class FaitRecu(Evenement):
    """A fact of this case was told in another, while they were read as one: a person moved it here, as it was told."""

    TOPIC = "unefois:FaitRecu"
    LIBELLE = "Fait venu d'un autre dossier"
    GROUPE = "F01b"
    ROUTE_PROPRE = True
    de: Annotated[UUID, clair("le dossier où il avait été dit", "0199f1e2-7b1a-7000-8000-000000000010")]
    origine: Annotated[UUID, clair("le fait, tel que ce dossier le retire", "0199f1e2-7b1a-7000-8000-000000000018")]
