"""Help, over-indebtedness, rehousing, housing condition; contacts, and the person's accord."""

from dataclasses import dataclass
from datetime import date
from typing import Annotated, NamedTuple
from uuid import UUID

from annotated_types import MaxLen

from ledger.catalogue.socle import Code, Echeance, Effets, Enveloppe, Evenement, Rubrique, Texte, clair, s1, s2


class Intervention(NamedTuple):
    """An open follow-up by a named agent of a partner. ``informe``: the household was told of it."""

    partenaire: str
    agent: str
    depuis: date
    informe: bool


class Accord(NamedTuple):
    """The accord of a person to share groups with one partner, from a day to a day, as another partner recorded it.

    ``personne`` is None where it was recorded before accords named who gave them: it covers what names nobody.
    """

    destinataire: str
    groupes: frozenset[str]
    depuis: date
    jusqu_au: date
    personne: UUID | None
    recueilli_par: str


@dataclass(frozen=True, kw_only=True)
class AccompagnementOuvert(Evenement):
    """A named agent of a service follows the household: the *intervention* that links them (CASF L.121-6-2)."""

    TOPIC = "unefois:AccompagnementOuvert"
    LIBELLE = "Accompagnement ouvert"
    GROUPE = "F11"
    IDENTIFIANT = "intervention"
    intervention: Annotated[UUID, clair("identifiant de l'intervention", "0199f1e2-7b1a-7000-8000-00000000000b")]
    mesure: Annotated[Code, s2("F11", "mesure d'accompagnement", "ASLL", liste="dispositif_accompagnement")]

    def effets(self, enveloppe: Enveloppe) -> Effets:
        informe = enveloppe.information_menage is not None
        ouverte = Intervention(enveloppe.partenaire, enveloppe.agent, enveloppe.survenu_le, informe)
        return ((Rubrique.INTERVENTIONS, self.intervention, ouverte),)


@dataclass(frozen=True, kw_only=True)
class LienConfirme(Evenement):
    """A second source says that a follow-up, or the instruction of a request, is as who began it says of itself.

    Until then its author reads its own contributions alone by it.
    """

    TOPIC = "unefois:LienConfirme"
    LIBELLE = "Lien confirmé"
    GROUPE = "F11"
    lien: Annotated[
        UUID, clair("identifiant de l'intervention ou de la demande d'aide", "0199f1e2-7b1a-7000-8000-00000000000b")
    ]

    def effets(self, enveloppe: Enveloppe) -> Effets:
        del enveloppe
        return ((Rubrique.LIENS_CONFIRMES, self.lien, True),)


@dataclass(frozen=True, kw_only=True)
class AccompagnementTermine(Evenement):
    """The intervention is over, and with it the link that it gave."""

    TOPIC = "unefois:AccompagnementTermine"
    LIBELLE = "Accompagnement terminé"
    GROUPE = "F11"
    intervention: Annotated[UUID, clair("identifiant de l'intervention", "0199f1e2-7b1a-7000-8000-00000000000b")]
    issue: Annotated[Code, s2("F11", "issue de l'accompagnement", "MAINTIEN", liste="issue_accompagnement")]

    def effets(self, enveloppe: Enveloppe) -> Effets:
        return ((Rubrique.INTERVENTIONS, self.intervention, None),)


@dataclass(frozen=True, kw_only=True)
class PermanenceTenue(Evenement):
    """A lawyer and a social worker received the household together, or one of them did (charte, fiche 16)."""

    TOPIC = "unefois:PermanenceTenue"
    LIBELLE = "Permanence socio-juridique tenue"
    GROUPE = "F11"
    lieu: Annotated[Code, s2("F11", "lieu de la permanence", "TRIBUNAL", liste="lieu_permanence")]
    binome: Annotated[bool | None, s2("F11", "juriste et travailleur social ensemble", True)] = None


@dataclass(frozen=True, kw_only=True)
class SurendettementAvance(Evenement):
    """A step before the commission de surendettement (CONSO L.721-2, L.722-2, L.733-1)."""

    TOPIC = "unefois:SurendettementAvance"
    LIBELLE = "Surendettement"
    GROUPE = "F16"
    etape: Annotated[Code, s2("F16", "étape du surendettement", "RECEVABLE", liste="etape_surendettement")]
    suspension_expulsion: Annotated[bool | None, s2("F16", "suspension de l'expulsion prononcée", False)] = None


@dataclass(frozen=True, kw_only=True)
class RelogementAvance(Evenement):
    """A step towards another home: DALO, social housing request, SIAO, mutation."""

    TOPIC = "unefois:RelogementAvance"
    LIBELLE = "Relogement"
    GROUPE = "F17"
    dispositif: Annotated[Code, s2("F17", "dispositif de relogement", "DALO", liste="dispositif_relogement")]
    etape: Annotated[Code, s2("F17", "étape du relogement", "RECONNU", liste="etape_relogement")]
    numero_unique: Annotated[Texte | None, s2("F17", "numéro unique de demande", "0931234567890")] = None


@dataclass(frozen=True, kw_only=True)
class HabitatSignale(Evenement):
    """Unfit or unhealthy housing (charte, fiche 17)."""

    TOPIC = "unefois:HabitatSignale"
    LIBELLE = "État du logement signalé"
    GROUPE = "F18"
    nature: Annotated[Code, s2("F18", "nature", "NON_DECENCE", liste="nature_habitat")]


@dataclass(frozen=True, kw_only=True)
class ContactTente(Evenement):
    """An attempt to reach the household: channel and result, never what was said (charte, fiches 6 and 20)."""

    TOPIC = "unefois:ContactTente"
    LIBELLE = "Contact tenté"
    GROUPE = "F10"
    canal: Annotated[Code, s1("F10", "canal", "COURRIER", liste="canal_contact")]
    resultat: Annotated[Code, s1("F10", "résultat", "ABSENT", liste="resultat_contact")]


@dataclass(frozen=True, kw_only=True)
class AccordRecueilli(Evenement):
    """The accord of a person to share some groups with one partner (never a legal basis by itself), for a year at most.

    It is recorded by another than who benefits, and opens nothing that concerns somebody else.
    """

    TOPIC = "unefois:AccordRecueilli"
    LIBELLE = "Accord de la personne recueilli"
    GROUPE = "F11"
    IDENTIFIANT = "accord"
    accord: Annotated[UUID, clair("identifiant de l'accord", "0199f1e2-7b1a-7000-8000-00000000000c")]
    destinataire: Annotated[Texte, clair("partenaire destinataire (code du registre)", "adil93")]
    groupes: Annotated[tuple[Texte, ...], MaxLen(30), clair("groupes de champs partagés", ["F05", "F08"])]
    jusqu_au: Annotated[Echeance, clair("valable jusqu'au", "2027-05-31")]
    personne: Annotated[UUID | None, clair("personne qui donne son accord", "0199f1e2-7b1a-7000-8000-000000000001")] = (
        None
    )

    def effets(self, enveloppe: Enveloppe) -> Effets:
        donne = Accord(
            self.destinataire,
            frozenset(self.groupes),
            enveloppe.survenu_le,
            self.jusqu_au,
            self.personne,
            enveloppe.partenaire,
        )
        return ((Rubrique.ACCORDS, self.accord, donne),)


@dataclass(frozen=True, kw_only=True)
class AccordRetire(Evenement):
    """The person takes the accord back: it ends with the next request."""

    TOPIC = "unefois:AccordRetire"
    LIBELLE = "Accord de la personne retiré"
    GROUPE = "F11"
    accord: Annotated[UUID, clair("identifiant de l'accord", "0199f1e2-7b1a-7000-8000-00000000000c")]

    def effets(self, enveloppe: Enveloppe) -> Effets:
        return ((Rubrique.ACCORDS, self.accord, None),)
