"""Help, over-indebtedness, rehousing, housing condition; contacts, and the person's accord."""

from dataclasses import dataclass
from datetime import date
from typing import Annotated, Literal, NamedTuple
from uuid import UUID

from annotated_types import MaxLen

from ledger.catalogue.socle import Effets, Enveloppe, Evenement, Rubrique, Texte, clair, s1, s2


class Intervention(NamedTuple):
    """An open follow-up by a named agent of a partner."""

    partenaire: str
    agent: str
    depuis: date


class Accord(NamedTuple):
    """The person's accord to share groups with one partner, until a date."""

    destinataire: str
    groupes: frozenset[str]
    jusqu_au: date


@dataclass(frozen=True, kw_only=True)
class AccompagnementOuvert(Evenement):
    """A named agent of a service follows the household: the *intervention* that links them (CASF L.121-6-2)."""

    TOPIC = "unefois:AccompagnementOuvert"
    GROUPE = "F11"
    IDENTIFIANT = "intervention"
    intervention: Annotated[UUID, clair("identifiant de l'intervention", "0199f1e2-7b1a-7000-8000-00000000000b")]
    mesure: Annotated[
        Literal["SSD", "ASLL", "AVDL", "MASP", "EMPEX", "CCAS", "CAF", "ACTION_LOGEMENT", "SERVICE_BAILLEUR", "AUTRE"],
        s2("F11", "mesure d'accompagnement", "ASLL"),
    ]

    def effets(self, enveloppe: Enveloppe) -> Effets:
        ouverte = Intervention(enveloppe.partenaire, enveloppe.agent, enveloppe.survenu_le)
        return ((Rubrique.INTERVENTIONS, self.intervention, ouverte),)


@dataclass(frozen=True, kw_only=True)
class AccompagnementTermine(Evenement):
    """The intervention is over, and with it the link that it gave."""

    TOPIC = "unefois:AccompagnementTermine"
    GROUPE = "F11"
    intervention: Annotated[UUID, clair("identifiant de l'intervention", "0199f1e2-7b1a-7000-8000-00000000000b")]
    issue: Annotated[
        Literal["MAINTIEN", "RELOGEMENT", "ABANDON", "REFUS", "SANS_REPONSE", "FIN"],
        s2("F11", "issue de l'accompagnement", "MAINTIEN"),
    ]

    def effets(self, enveloppe: Enveloppe) -> Effets:
        return ((Rubrique.INTERVENTIONS, self.intervention, None),)


@dataclass(frozen=True, kw_only=True)
class SurendettementAvance(Evenement):
    """A step before the commission de surendettement (CONSO L.721-2, L.722-2, L.733-1)."""

    TOPIC = "unefois:SurendettementAvance"
    GROUPE = "F16"
    etape: Annotated[
        Literal["DEPOSE", "RECEVABLE", "IRRECEVABLE", "ORIENTE", "PLAN", "MESURES", "RETABLISSEMENT", "CADUC"],
        s2("F16", "étape du surendettement", "RECEVABLE"),
    ]
    suspension_expulsion: Annotated[bool | None, s2("F16", "suspension de l'expulsion prononcée", False)] = None


@dataclass(frozen=True, kw_only=True)
class RelogementAvance(Evenement):
    """A step towards another home: DALO, social housing request, SIAO, mutation."""

    TOPIC = "unefois:RelogementAvance"
    GROUPE = "F17"
    dispositif: Annotated[
        Literal["DALO", "DLS", "SIAO", "MUTATION", "ACTION_LOGEMENT", "SOLIPEX", "PRIVE"],
        s2("F17", "dispositif de relogement", "DALO"),
    ]
    etape: Annotated[
        Literal["DEPOSE", "RECONNU", "REJETE", "OFFRE", "RELOGE"], s2("F17", "étape du relogement", "RECONNU")
    ]
    numero_unique: Annotated[Texte | None, s2("F17", "numéro unique de demande", "0931234567890")] = None


@dataclass(frozen=True, kw_only=True)
class HabitatSignale(Evenement):
    """Unfit or unhealthy housing (charte, fiche 17)."""

    TOPIC = "unefois:HabitatSignale"
    GROUPE = "F18"
    nature: Annotated[
        Literal["NON_DECENCE", "INDIGNITE", "ARRETE", "TRAVAUX_REALISES"], s2("F18", "nature", "NON_DECENCE")
    ]


@dataclass(frozen=True, kw_only=True)
class ContactTente(Evenement):
    """An attempt to reach the household: channel and result, never what was said (charte, fiches 6 and 20)."""

    TOPIC = "unefois:ContactTente"
    GROUPE = "F10"
    canal: Annotated[
        Literal["COURRIER", "RAR", "SMS", "COURRIEL", "APPEL", "VAD", "PERMANENCE", "PORTE_A_PORTE"],
        s1("F10", "canal", "COURRIER"),
    ]
    resultat: Annotated[
        Literal["JOINT", "MESSAGE", "NPAI", "ABSENT", "REFUS", "RDV_PRIS", "RDV_HONORE", "SANS_SUITE"],
        s1("F10", "résultat", "ABSENT"),
    ]


@dataclass(frozen=True, kw_only=True)
class AccordRecueilli(Evenement):
    """The person's accord to share some groups with one partner (never a legal basis by itself)."""

    TOPIC = "unefois:AccordRecueilli"
    GROUPE = "F11"
    IDENTIFIANT = "accord"
    accord: Annotated[UUID, clair("identifiant de l'accord", "0199f1e2-7b1a-7000-8000-00000000000c")]
    destinataire: Annotated[Texte, clair("partenaire destinataire (code du registre)", "adil93")]
    groupes: Annotated[tuple[Texte, ...], MaxLen(30), clair("groupes de champs partagés", ["F05", "F08"])]
    jusqu_au: Annotated[date, clair("valable jusqu'au", "2027-05-31")]

    def effets(self, enveloppe: Enveloppe) -> Effets:
        return ((Rubrique.ACCORDS, self.accord, Accord(self.destinataire, frozenset(self.groupes), self.jusqu_au)),)


@dataclass(frozen=True, kw_only=True)
class AccordRetire(Evenement):
    """The person takes the accord back: it ends with the next request."""

    TOPIC = "unefois:AccordRetire"
    GROUPE = "F11"
    accord: Annotated[UUID, clair("identifiant de l'accord", "0199f1e2-7b1a-7000-8000-00000000000c")]

    def effets(self, enveloppe: Enveloppe) -> Effets:
        return ((Rubrique.ACCORDS, self.accord, None),)
