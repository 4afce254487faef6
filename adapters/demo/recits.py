"""What the partners tell of the landlord's tenants, beyond the acts of the lot: synthetic, and the same each time.

A story is a list of contributions, in the order in which they are told. Dates are those of the fictitious year; a
person is named by the id that the record gave it.
"""

import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final
from uuid import NAMESPACE_URL, UUID, uuid5

from adapters.demo.departement import FIN, TEMOIN, Foyer

Racontee = tuple[str, date, dict[str, Any]]
_ESPACE: Final = uuid5(NAMESPACE_URL, "unefois:demonstration:recits")

INSTRUCTRICE, ASSISTANTE, BAILLEUR, ETUDE = (
    "instructrice-ccapex", "assistante-sociale", "gestionnaire-contentieux", "clerc",
)  # fmt: skip
CLIL, COMEX, POLICE, FSL, CAF = "secretaire-clil", "cheffe-de-bureau", "enqueteur", "instructeur-fsl", "conseiller-caf"
DPO = "dpo"
SERVICE_SOCIAL, OPH = "cd93-ssd-saint-denis", "oph-fictif-1-contentieux"

_COMMUNE_DE_LA_CLIL: Final = "93066"
PARTI: Final = 1
"""The rank of a household that has left: one of its adults asks to be erased."""
OPPOSE: Final = 5
"""The rank of a household that objects."""
SEANCE_CLIL: Final = date(2026, 3, 19)
SEANCE_CCAPEX: Final = date(2026, 9, 24)
"""Sessions that were held. Those to come are convened at each start."""


@dataclass(frozen=True, slots=True)
class Propos:
    """One contribution: who makes it, for which purpose, its events. ``demande``: the request that it is made for."""

    agent: str
    finalite: str
    evenements: tuple[Racontee, ...]
    demande: UUID | None = None


@dataclass(frozen=True, slots=True)
class Sujets:
    """What a story names: the record, its titulaire, and the sessions of the commissions, by instance and date.

    ``le``: the day on which it is told, as a CLIL reads what was put before it lately.
    """

    dossier: UUID
    titulaire: UUID
    seances: Callable[[str, date | None], tuple[UUID, date]]
    le: date

    def id(self, nom: str) -> str:
        """An id of the story's own: an intervention, a request, a recommendation."""
        return str(uuid5(_ESPACE, f"{self.dossier}/{nom}"))

    def inscription(self, instance: str, tenue: date | None = None) -> dict[str, Any]:
        """A place on the agenda of the session held that day, or of the next one."""
        seance, le = self.seances(instance, tenue)
        return {"instance": instance, "seance": str(seance), "seance_le": le.isoformat()}


def demande_fsl(dossier: UUID) -> UUID:
    """The request for help that the household of the example made."""
    return uuid5(_ESPACE, f"{dossier}/fsl")


def declaree(finalite: str, dossier: UUID) -> str:
    """A purpose as it is declared for a case: to instruct a request for help names that request."""
    return f"{finalite}; demande={demande_fsl(dossier)}" if finalite == "AIDE_INSTRUCTION" else finalite


def ouverture(foyer: Foyer) -> dict[str, Any]:
    """What the landlord signals first: the dwelling, who holds the lease, and what is owed."""
    m = foyer.menage
    debut = _depart(foyer)
    tires = tuple((debut + timedelta(days=91 * i), m.loyer * (3 + i)) for i in range(4))
    releves: Sequence[tuple[date, int]] = _RELEVES_DU_TEMOIN if m == TEMOIN else tires
    dettes = [
        _ecrit(("DetteDeclaree", le + timedelta(days=6), {"montant": montant, "arretee_au": le.isoformat()}))
        for le, montant in releves
        if le + timedelta(days=6) <= FIN
    ]
    return {
        "survenu_le": debut.isoformat(),
        "logement": {
            "parc": "SOCIAL",
            "commune": m.commune,
            "bailleur_siret": m.bailleur[0],
            "bailleur_nom": m.bailleur[1],
            "adresse": m.adresse,
            "code_postal": m.code_postal,
            "id_rpls": m.logement,
            "loyer": m.loyer,
            "charges": m.charges,
            "type_logement": f"T{min(5, 1 + m.adultes + m.enfants // 2)}",
        },
        "titulaire": {"nom": m.nom, "prenoms": m.prenom, "date_naissance": m.naissance.isoformat()},
        "evenements": dettes,
    }


def corps(dit: Propos) -> dict[str, Any]:
    """A contribution as a partner's software would post it."""
    demande = {"demande": str(dit.demande)} if dit.demande else {}
    return {"evenements": [_ecrit(e) for e in dit.evenements], **demande}


def _ecrit(evenement: Racontee) -> dict[str, Any]:
    type_, le, donnees = evenement
    return {"type": type_, "survenu_le": le.isoformat(), "donnees": donnees}


def _depart(foyer: Foyer) -> date:
    """The day on which the landlord signals the household: that of the first act."""
    if foyer.menage == TEMOIN:
        return date(2025, 10, 6)
    jour, mois, annee = foyer.actes[0]["date_acte"].split("/")
    return date(int(annee), int(mois), int(jour))


_RELEVES_DU_TEMOIN: Final = (
    (date(2025, 9, 30), 164_000),
    (date(2025, 12, 31), 231_000),
    (date(2026, 3, 31), 302_000),
    (date(2026, 6, 30), 391_000),
    (date(2026, 9, 30), 415_500),
    (date(2026, 10, 31), 401_200),
)


def temoin(s: Sujets) -> Iterator[Propos]:
    """The whole story of the household of the example: each partner has a part of it, none has all."""
    yield from _rencontre(s)
    yield from _confie(s)
    yield from _en_clil(s)
    yield from _avant_audience(s)
    yield from _en_ccapex(s)
    yield from _suites(s)


def _rencontre(s: Sujets) -> Iterator[Propos]:
    """Whom the household met first, and what it told."""
    yield Propos(
        ASSISTANTE,
        "ACCOMPAGNEMENT",
        (
            ("MenageInforme", date(2026, 1, 15), {"canal": "REMISE"}),
            ("AccompagnementOuvert", date(2026, 1, 15), {"intervention": s.id("ssd"), "mesure": "SSD"}),
            ("ContactTente", date(2026, 1, 8), {"canal": "COURRIER", "resultat": "SANS_SUITE"}),
            ("ContactTente", date(2026, 1, 13), {"canal": "APPEL", "resultat": "RDV_PRIS"}),
            ("ContactTente", date(2026, 1, 15), {"canal": "VAD", "resultat": "RDV_HONORE"}),
            ("CoordonneesDeclarees", date(2026, 1, 15), {
                "personne": str(s.titulaire), "telephone": "06 00 00 00 00", "canal_sur": "NE_PAS_ECRIRE",
                "accord_sms": True,
            }),
            ("MenageDeclare", date(2026, 1, 15), {
                "nb_adultes": 1, "nb_enfants": 2, "annees_naissance_enfants": [2014, 2018],
            }),
        ),
    )  # fmt: skip
    yield Propos(
        ASSISTANTE,
        "ACCOMPAGNEMENT",
        (
            ("BudgetDeclare", date(2026, 2, 10), {"ressources": 138_600, "charges": 91_200, "reste_a_vivre": 47_400}),
            ("DroitBloqueSignale", date(2026, 2, 10), {"droit": "AL", "depuis": "2025-07-01", "effet": "AGGRAVANT"}),
            ("HabitatSignale", date(2026, 2, 10), {"nature": "NON_DECENCE"}),
            ("SurendettementAvance", date(2026, 3, 2), {"etape": "DEPOSE"}),
        ),
    )


def _confie(s: Sujets) -> Iterator[Propos]:
    """What was entrusted to the social worker, and what the CAF and the FSL told."""
    fsl = demande_fsl(s.dossier)
    yield Propos(
        ASSISTANTE,
        "ACCOMPAGNEMENT",
        (
            ("EvaluationSociale", date(2026, 2, 17), {
                "acte": s.id("evaluation"), "personnes": [str(s.titulaire)],
                "texte": "Séparation à l'été 2025, emploi repris à temps partiel. Le lien est régulier.",
            }),
            ("BesoinSignale", date(2026, 2, 17), {
                "acte": s.id("besoin-enfant"), "besoin": "DELAI_POUR_ENFANT", "fondement": "RGPD_6_1_E",
                "avec_accord": True,
            }),
            ("BesoinSignale", date(2026, 2, 17), {
                "acte": s.id("besoin-presence"), "besoin": "PRESENCE_SERVICE_SOCIAL", "fondement": "RGPD_6_1_E",
            }),
            ("AccordRecueilli", date(2026, 2, 17), {
                "accord": s.id("accord"), "destinataire": OPH, "groupes": ["F11"], "jusqu_au": "2027-02-17",
                "personne": str(s.titulaire),
            }),
        ),
    )  # fmt: skip
    yield Propos(
        CAF,
        "COORDINATION_CONTACTS",
        (("ContactTente", date(2026, 1, 20), {"canal": "COURRIEL", "resultat": "MESSAGE"}),),
    )
    yield Propos(CAF, "ACTE_EMISSION", (("AideLogementConstatee", date(2025, 7, 1), {"etat": "SUSPENDUE"}),))
    yield Propos(
        FSL,
        "AIDE_INSTRUCTION",
        (("AideFinanciereInstruite", date(2026, 3, 10), {
            "aide": str(fsl), "dispositif": "FSL_MAINTIEN", "etape": "DEMANDEE", "montant": 120_000,
        }),),
        fsl,
    )  # fmt: skip


def _en_clil(s: Sujets) -> Iterator[Propos]:
    """The social worker proposes the household to the CLIL, which examines it; and again, to look at what followed."""
    yield Propos(
        ASSISTANTE,
        "ACCOMPAGNEMENT",
        (
            ("DossierPropose", date(2026, 2, 24), {"instance": "CLIL", "motif": "Aide au logement à rétablir."}),
            ("DossierPropose", s.le, {"instance": "CLIL", "motif": "Faire le point sur l'aide rétablie."}),
        ),
    )
    yield Propos(
        CLIL,
        "CLIL_EXAMEN",
        (
            ("InstanceInscrite", date(2026, 3, 5), s.inscription("CLIL", SEANCE_CLIL)),
            ("ContactTente", date(2026, 3, 9), {"canal": "RAR", "resultat": "NPAI"}),
            ("DossierExamine", SEANCE_CLIL, {"instance": "CLIL"}),
            ("AvisRendu", SEANCE_CLIL, {
                "instance": "CLIL", "sens": "ACCOMPAGNEMENT",
                "texte": "Poursuivre l'accompagnement et rétablir l'aide au logement avant l'audience.",
            }),
            ("RecommandationEmise", SEANCE_CLIL, {
                "recommandation": s.id("clil"), "instance": "CLIL", "destinataire": SERVICE_SOCIAL,
                "echeance": "2026-06-30", "categorie": "DROITS", "texte": "Obtenir le rétablissement de l'aide.",
            }),
        ),
    )  # fmt: skip


def _avant_audience(s: Sujets) -> Iterator[Propos]:
    """The diagnostic for the judge, the help that came, the landlord's side."""
    fsl = demande_fsl(s.dossier)
    yield Propos(
        ASSISTANTE,
        "ACCOMPAGNEMENT",
        (
            ("DiagnosticTransmis", date(2026, 4, 7), {
                "presence_locataire": True, "connu_du_service_social": True, "ressources": 138_600,
                "reste_a_vivre": 47_400, "capacite_remboursement": 8_000, "reprise_loyer": "IRREGULIERE",
                "preconisations": "Délais de paiement sur 36 mois, rétablissement de l'aide au logement.",
            }),
            ("SurendettementAvance", date(2026, 5, 28), {"etape": "RECEVABLE", "suspension_expulsion": False}),
            ("RelogementAvance", date(2026, 6, 10), {"dispositif": "DALO", "etape": "DEPOSE"}),
            ("RecommandationSuivie", date(2026, 7, 6), {
                "recommandation": s.id("clil"), "statut": "REALISEE", "motif": "Aide rétablie en juillet.",
            }),
        ),
    )  # fmt: skip
    yield Propos(
        FSL,
        "AIDE_INSTRUCTION",
        (("AideFinanciereInstruite", date(2026, 5, 6), {
            "aide": str(fsl), "dispositif": "FSL_MAINTIEN", "etape": "ACCORDEE", "montant": 120_000,
        }),),
        fsl,
    )  # fmt: skip
    yield Propos(
        CAF,
        "ACTE_EMISSION",
        (("AideLogementConstatee", date(2026, 7, 1), {"etat": "RETABLIE", "montant": 31_200, "tiers_payant": True}),),
    )
    yield Propos(
        BAILLEUR,
        "ACTE_EMISSION",
        (
            ("ContactTente", date(2025, 10, 14), {"canal": "COURRIER", "resultat": "SANS_SUITE"}),
            ("ContactTente", date(2026, 9, 8), {"canal": "APPEL", "resultat": "JOINT"}),
            ("RepriseLoyerConstatee", date(2026, 10, 6), {"statut": "TOTALE", "depuis": "2026-08-01"}),
        ),
    )


def _en_ccapex(s: Sujets) -> Iterator[Propos]:
    """The CCAPEX: what it asked, what it was answered, its avis."""
    yield Propos(
        INSTRUCTRICE,
        "CCAPEX_INSTRUCTION",
        (
            ("Demande72", date(2026, 9, 3), {
                "acte": s.id("72"), "destinataire": SERVICE_SOCIAL,
                "question": "Le ménage est-il accompagné, et un plan est-il tenable ?",
            }),
            ("InstanceInscrite", date(2026, 9, 4), s.inscription("CCAPEX", SEANCE_CCAPEX)),
        ),
    )  # fmt: skip
    yield Propos(
        ASSISTANTE,
        "ACCOMPAGNEMENT",
        (("InformationTransmise72", date(2026, 9, 10), {
            "acte": s.id("72-reponse"), "en_reponse_a": s.id("72"),
            "texte": "Ménage accompagné depuis janvier. Un plan de 80 € par mois est tenable.",
            "necessite": "Apprécier si le maintien est possible.", "menage_informe_le": "2026-09-09",
        }),),
    )  # fmt: skip
    yield Propos(
        INSTRUCTRICE,
        "CCAPEX_INSTRUCTION",
        (
            ("DossierExamine", SEANCE_CCAPEX, {"instance": "CCAPEX"}),
            ("AvisRendu", SEANCE_CCAPEX, {
                "instance": "CCAPEX", "sens": "MAINTIEN",
                "texte": "Maintien dans les lieux, avec un plan d'apurement de 80 € par mois.",
                "motifs_internes": "La reprise du loyer est récente : à revoir à la prochaine séance.",
                "menage_avise_le": "2026-09-28",
            }),
            ("RecommandationEmise", SEANCE_CCAPEX, {
                "recommandation": s.id("plan"), "instance": "CCAPEX", "destinataire": OPH,
                "echeance": "2026-11-30", "categorie": "PLAN_APUREMENT",
                "texte": "Proposer un plan d'apurement de 80 € par mois.",
            }),
            ("RecommandationEmise", SEANCE_CCAPEX, {
                "recommandation": s.id("droit"), "instance": "CCAPEX", "destinataire": "menage",
                "echeance": "2026-12-31", "categorie": "CONSEIL_JURIDIQUE",
                "texte": "Prendre rendez-vous avec l'ADIL pour demander des délais au juge de l'exécution.",
            }),
        ),
    )  # fmt: skip


def _suites(s: Sujets) -> Iterator[Propos]:
    """What became of it, and the COMEX to come."""
    yield Propos(
        BAILLEUR,
        "ACTE_EMISSION",
        (
            ("PlanApurementConclu", date(2026, 10, 20), {"etape": "PROPOSE", "mensualite": 8_000, "duree_mois": 36}),
            ("RecommandationSuivie", date(2026, 10, 20), {
                "recommandation": s.id("plan"), "statut": "EN_COURS", "motif": "Plan proposé, signature attendue.",
            }),
        ),
    )  # fmt: skip
    yield Propos(
        ASSISTANTE,
        "ACCOMPAGNEMENT",
        (
            ("RelogementAvance", date(2026, 9, 30), {"dispositif": "DALO", "etape": "RECONNU"}),
            ("DetteDeclaree", date(2026, 11, 5), {"montant": 310_000, "arretee_au": "2026-10-31", "contestee": True}),
        ),
    )
    yield Propos(
        POLICE,
        "CFP_INSTRUCTION",
        (("EnqueteRealisee", date(2026, 10, 8), {"resultat": "RENCONTRE", "mineurs_presents": True}),),
    )
    yield Propos(INSTRUCTRICE, "CCAPEX_INSTRUCTION", (("InstanceInscrite", FIN, s.inscription("CCAPEX")),))
    yield Propos(COMEX, "CFP_INSTRUCTION", (
        ("ContactTente", date(2026, 10, 2), {"canal": "RAR", "resultat": "SANS_SUITE"}),
        ("InstanceInscrite", FIN, s.inscription("COMEX")),
    ))  # fmt: skip


def autre(foyer: Foyer, s: Sujets, rang: int) -> Iterator[Propos]:
    """The shorter story of another tenant: which partners know it, and what they tell, follow from its rank."""
    tirage = random.Random(rang)  # noqa: S311 - made-up households, not secrets
    debut = _depart(foyer)

    def le(jours: int) -> date:
        return min(FIN, debut + timedelta(days=jours))

    yield Propos(BAILLEUR, "ACTE_EMISSION", tuple(_du_bailleur(tirage, le)))
    if rang % 3:
        yield from _du_service_social(foyer, s, tirage, le)
        if foyer.menage.commune == _COMMUNE_DE_LA_CLIL and "ASSIGNATION" not in foyer.types:
            motif = {"instance": "CLIL", "motif": "Impayé récent, plan à construire."}
            yield Propos(ASSISTANTE, "ACCOMPAGNEMENT", (("DossierPropose", s.le, motif),))
    if "SAISINE" in foyer.types and rang % 2:
        yield from _de_la_ccapex(s, tirage)
    if rang == OPPOSE:
        opposition = {"portee": "OPPOSITION", "personne": str(s.titulaire)}
        yield Propos(DPO, "DROITS_PERSONNE", (("OppositionEnregistree", le(50), opposition),))
    if rang == PARTI:
        conjoint = {"personne": s.id("conjoint"), "qualite": "CONJOINT", "nom": "IMBERT", "prenoms": "Camille"}
        yield Propos(ASSISTANTE, "ACCOMPAGNEMENT", (("OccupantDeclare", le(21), conjoint),))
        yield Propos(BAILLEUR, "ACTE_EMISSION", (("DepartConstate", FIN - timedelta(days=9), {}),))
        if "SAISINE" in foyer.types:  # while it is open nobody is erased
            close = ("SaisineClose", FIN - timedelta(days=8), {"motif": "DEPART"})
            yield Propos(INSTRUCTRICE, "CCAPEX_ADMINISTRATIVE", (close,))


def _du_bailleur(tirage: random.Random, le: Callable[[int], date]) -> Iterator[Racontee]:
    canal, resultat = tirage.choice((("COURRIER", "SANS_SUITE"), ("APPEL", "MESSAGE"), ("VAD", "ABSENT")))
    yield "ContactTente", le(12), {"canal": canal, "resultat": resultat}
    yield "RepriseLoyerConstatee", le(95), {"statut": tirage.choice(("TOTALE", "PARTIELLE", "IRREGULIERE", "NON"))}
    if tirage.random() < 0.4:  # noqa: PLR2004 - two in five
        etape = tirage.choice(("PROPOSE", "SIGNE", "ROMPU"))
        yield "PlanApurementConclu", le(110), {"etape": etape, "mensualite": 5_000, "duree_mois": 24}


def _du_service_social(foyer: Foyer, s: Sujets, tirage: random.Random, le: Callable[[int], date]) -> Iterator[Propos]:
    m = foyer.menage
    naissances = [2009 + tirage.randrange(15) for _ in range(m.enfants)]
    ressources = 90_000 + 1_000 * tirage.randrange(110)
    evenements: list[Racontee] = [
        ("MenageInforme", le(20), {"canal": "COURRIER"}),
        ("AccompagnementOuvert", le(21), {"intervention": s.id("ssd"), "mesure": "SSD"}),
        ("ContactTente", le(21), {"canal": "PERMANENCE", "resultat": tirage.choice(("RDV_HONORE", "ABSENT"))}),
        ("MenageDeclare", le(21), {
            "nb_adultes": m.adultes, "nb_enfants": m.enfants, "annees_naissance_enfants": naissances,
        }),
        ("BudgetDeclare", le(40), {"ressources": ressources, "charges": ressources * 7 // 10}),
    ]  # fmt: skip
    if tirage.random() < 0.5:  # noqa: PLR2004 - one in two
        droit = tirage.choice(("AL", "RSA", "CHOMAGE", "RETRAITE"))
        evenements.append(("DroitBloqueSignale", le(40), {"droit": droit, "effet": "AGGRAVANT"}))
    yield Propos(ASSISTANTE, "ACCOMPAGNEMENT", tuple(evenements))
    besoin = tirage.choice(("INTERPRETE", "CONTACT_PAR_TIERS", "HEBERGEMENT_ACCESSIBLE"))
    yield Propos(
        ASSISTANTE,
        "ACCOMPAGNEMENT",
        (
            ("EvaluationSociale", le(45), {
                "acte": s.id("evaluation"), "personnes": [str(s.titulaire)], "texte": "Lien repris avec le service.",
            }),
            ("BesoinSignale", le(45), {
                "acte": s.id("besoin"), "besoin": besoin, "fondement": "RGPD_6_1_E", "avec_accord": True,
            }),
        ),
    )  # fmt: skip


def _de_la_ccapex(s: Sujets, tirage: random.Random) -> Iterator[Propos]:
    sens, categorie, texte = tirage.choice(
        (
            ("MAINTIEN", "FSL_MAINTIEN", "Demander au FSL une aide au maintien."),
            ("DELAIS", "DROITS", "Ouvrir les droits qui ne le sont pas encore."),
            ("RELOGEMENT", "DALO_DLS", "Déposer un recours DALO."),
        )
    )
    yield Propos(
        INSTRUCTRICE,
        "CCAPEX_INSTRUCTION",
        (
            ("InstanceInscrite", SEANCE_CCAPEX - timedelta(days=14), s.inscription("CCAPEX", SEANCE_CCAPEX)),
            ("DossierExamine", SEANCE_CCAPEX, {"instance": "CCAPEX"}),
            ("AvisRendu", SEANCE_CCAPEX, {"instance": "CCAPEX", "sens": sens}),
            ("RecommandationEmise", SEANCE_CCAPEX, {
                "recommandation": s.id("ccapex"), "instance": "CCAPEX", "destinataire": SERVICE_SOCIAL,
                "echeance": "2027-01-15", "categorie": categorie, "texte": texte,
            }),
        ),
    )  # fmt: skip
    yield Propos(INSTRUCTRICE, "CCAPEX_INSTRUCTION", (("InstanceInscrite", FIN, s.inscription("CCAPEX")),))


def racontes(foyers: Sequence[Foyer], bailleur: str) -> tuple[Foyer, ...]:
    """The households that partners tell of: the tenants of one landlord, whose first act is at least a month old."""
    siens = [f for f in foyers if f.actes and f.menage.bailleur[0] == bailleur]
    return tuple(sorted(siens, key=lambda f: f.menage == TEMOIN))
