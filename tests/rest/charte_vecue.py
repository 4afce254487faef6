"""A household as the charter tells it, from the first missed rent to the COMEX: who said what, in the order of telling.

Acts arrive late and out of order, two partners contradict each other twice, a namesake's case is joined by mistake and
given back, and one of the two adults leaves for a refuge that nobody else may know of. Everybody speaks for itself.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final, NamedTuple
from uuid import UUID

from adapters.registre.administration import administrer, asseoir, confirmer_mandat, convoquer
from adapters.registre.instantane import Mandat, Membre, Seance
from tests.bases import SCHEMA
from tests.monde import BAILLEUR, COMMUNE, ETUDE, PAR, Monde, evenement, ouverture
from tests.rest.recit import titulaire
from tests.rest.test_regles import inscrire

CLIL_LE: Final = date(2025, 12, 10)
CCAPEX_LE: Final = date(2026, 10, 15)
COMEX_LE: Final = date(2026, 11, 2)
SEANCES: Final = {
    "CLIL": Seance(UUID(int=0xC1), "CLIL", f"commune:{COMMUNE}", date(2025, 11, 25), CLIL_LE),
    "CCAPEX": Seance(UUID(int=0xC2), "CCAPEX", "departement", date(2026, 9, 20), CCAPEX_LE),
    "COMEX": Seance(UUID(int=0xC3), "COMEX", "arrondissement:93001", date(2026, 10, 20), COMEX_LE),
}
ELLE: Final = str(UUID(int=0xE11E))
SUIVI, ASLL, AIDE = (str(UUID(int=0xA0 + n)) for n in range(3))
RECO_CLIL, RECO_SSD = str(UUID(int=0xB1)), str(UUID(int=0xB2))
DEMANDE72: Final = str(UUID(int=0xD1))

# code, role, what links it besides a mandate
AUTRES: Final[tuple[tuple[str, str, Mapping[str, Any]], ...]] = (
    ("adil", "ADIL", {}),
    ("fsl", "CD_FSL", {"territoire": "departement"}),
    ("ccas", "CCAS", {"territoire": "communes", "communes": (COMMUNE,)}),
    ("asll", "ASSOCIATION_ASLL", {}),
    ("empex", "EMPEX", {}),
    ("siao", "SIAO", {}),
    ("logement", "ACTION_LOGEMENT", {}),
    ("banque", "BANQUE_DE_FRANCE", {"portefeuille": (BAILLEUR,)}),
    ("police", "POLICE", {"territoire": "communes", "communes": (COMMUNE,)}),
    ("tribunal", "TRIBUNAL", {"territoire": "departement"}),
    ("avocate", "AVOCAT_LOCATAIRE", {}),
    ("conseil", "AVOCAT_BAILLEUR", {}),
    ("social", "BAILLEUR_SOCIAL_SERVICE_SOCIAL", {"portefeuille": (BAILLEUR,)}),
    ("ars", "ARS", {}),
    ("comed", "COMED_SECRETARIAT", {}),
    ("lui", "USAGER", {}),
)
MANDATES: Final = (
    "adil", "asll", "empex", "siao", "logement", "avocate", "conseil", "ars", "comed", "etude", "social",
)  # fmt: skip

ADM, INS, ACC = "CCAPEX_ADMINISTRATIVE", "CCAPEX_INSTRUCTION", "ACCOMPAGNEMENT"
EMI, CFP, CLIL, CONSEIL, DSF = "ACTE_EMISSION", "CFP_INSTRUCTION", "CLIL_EXAMEN", "CONSEIL_DROIT", "DSF"


class Dit(NamedTuple):
    """One act: who says it, for which purpose, what."""

    qui: str
    finalite: str
    faits: tuple[dict[str, Any], ...]


def dit(qui: str, finalite: str, *faits: dict[str, Any]) -> Dit:
    return Dit(qui, finalite, faits)


def _commission(instance: str, le: date, qui: str, finalite: str, *suite: dict[str, Any]) -> list[Dit]:
    """A commission lists the case, examines it, thinks something of it."""
    seance = {"instance": instance, "seance": str(SEANCES[instance].id), "seance_le": le.isoformat()}
    inscrit = evenement("InstanceInscrite", SEANCES[instance].convoquee_le.isoformat(), **seance)
    return [dit(qui, finalite, inscrit), dit(qui, finalite, *suite)]


def chapitres(lui: str) -> dict[str, list[Dit]]:
    """The story, by chapter. ``lui``: who holds the lease."""
    e = evenement
    return {
        "l'impayé": [
            dit("bailleur", EMI, e("DetteDeclaree", "2025-07-20", montant=150000, arretee_au="2025-06-30")),
            dit("bailleur", EMI, e("ImpayeSignaleOrganisme", "2025-07-21", premier_impaye_le="2025-04-05",
                                   montant=150000)),
            dit("bailleur", EMI, e("ContactTente", "2025-07-25", canal="COURRIER", resultat="SANS_SUITE")),
            dit("caf", "COORDINATION_CONTACTS", e("ContactTente", "2025-08-20", canal="APPEL", resultat="ABSENT")),
            dit("caf", EMI, e("AideLogementConstatee", "2025-08-25", etat="SUSPENDUE", motif="IMPAYE_NON_TRAITE")),
            dit(
                "ssd", ACC,
                e("AccompagnementOuvert", "2025-09-01", intervention=SUIVI, mesure="SSD"),
                e("OccupantDeclare", "2025-09-01", personne=ELLE, qualite="CONJOINT", nom="DIALLO", prenoms="Awa",
                  date_naissance="1960-01-02", entre_le="2019-04-01"),
                e("MenageDeclare", "2025-09-01", nb_adultes=2, nb_enfants=2, annees_naissance_enfants=[2014, 2018]),
                e("BudgetDeclare", "2025-09-01", ressources=142000, charges=98000, reste_a_vivre=44000),
                e("DroitBloqueSignale", "2025-09-02", droit="AL", depuis="2025-08-25", effet="AGGRAVANT"),
            ),
            dit("ssd/assistante-2", ACC, e("LienConfirme", "2025-09-05", lien=SUIVI)),
            dit("social", ACC, e("MenageInforme", "2025-09-08", canal="REMISE", couvre=["CLIL"])),
            dit("social", ACC, e("ContactTente", "2025-09-10", canal="VAD", resultat="JOINT")),
        ],
        "la CLIL": [
            dit("ssd", ACC, e("DossierPropose", "2025-11-20", instance="CLIL", motif="plan à construire")),
            *_commission(
                "CLIL", CLIL_LE, "clil", CLIL,
                e("DossierExamine", CLIL_LE.isoformat(), instance="CLIL", participants=["DEPARTEMENT", "BAILLEUR"]),
                e("AvisRendu", CLIL_LE.isoformat(), instance="CLIL", sens="ACCOMPAGNEMENT", texte="plan sur 24 mois"),
                e("RecommandationEmise", CLIL_LE.isoformat(), recommandation=RECO_CLIL, instance="CLIL",
                  destinataire="bailleur", categorie="PLAN_APUREMENT", texte="proposer un plan", echeance="2026-02-10"),
            ),
            dit(
                "bailleur", EMI,
                e("PlanApurementConclu", "2025-12-20", etape="SIGNE", mensualite=6250, duree_mois=24),
                e("RecommandationSuivie", "2025-12-20", recommandation=RECO_CLIL, statut="REALISEE"),
            ),
            dit("fsl", "AIDE_INSTRUCTION", e("AideFinanciereInstruite", "2025-12-22", aide=AIDE,
                                             dispositif="FSL_MAINTIEN", etape="DEMANDEE", instructeur="fsl")),
            dit("bailleur", EMI, e("PlanApurementConclu", "2026-01-31", etape="ROMPU")),
        ],
        "l'assignation": [
            # The study is connected late: its acts of the winter come after the saisine.
            dit("bailleur", EMI, e("CcapexSaisie", "2026-02-15", saisissant="BAILLEUR", dette=312000)),
            dit("etude", EMI, e("CommandementPayerSignifie", "2026-01-05", etude_siret=ETUDE, ref_acte="CDP-25-1",
                                dette=250000, clause_delai="SIX_SEMAINES", motif="LOYER", remise="PERSONNE")),
            dit("etude", EMI, e("AssignationSignifiee", "2026-03-02", etude_siret=ETUDE, ref_acte="ASS-26-1",
                                date_audience="2026-05-20", juridiction="TJ BOBIGNY", num_rg="26/03127",
                                motif="LOYER")),
            dit("comex", EMI, e("OrganismeDSFSaisi", "2026-03-06", destinataire="ssd", date_audience="2026-05-20")),
            dit("ccapex", ADM, e("ContactTente", "2026-03-10", canal="COURRIER", resultat="SANS_SUITE",
                                 modele="ORIENTATION_ADIL")),
            dit("bailleur", EMI, e("DetteDeclaree", "2026-04-20", montant=412000, arretee_au="2026-03-31")),
            dit("adil", CONSEIL, e("ConsultationADIL", "2026-04-22", profil="LOCATAIRE", stade="PROCEDURE",
                                   ecart=True)),
            dit("adil", CONSEIL, e("DetteDeclaree", "2026-04-22", montant=361000, arretee_au="2026-03-31",
                                   recalculee=True)),
            dit("ssd", DSF, e("DiagnosticTransmis", "2026-05-04", presence_locataire=True, ressources=142000,
                              reste_a_vivre=44000, preconisations="délais sur 24 mois", transmis_juge_le="2026-05-04")),
            dit("caf", "COORDINATION_CONTACTS", e("ContactTente", "2026-05-05", canal="APPEL", resultat="JOINT")),
            dit("avocate", CONSEIL, e("AideJuridictionnelleAvancee", "2026-05-06", etape="ACCORDEE")),
            dit("empex", ACC, e("BudgetDeclare", "2026-05-07", ressources=128000, charges=98000)),
        ],
        "le jugement": [
            dit("avocate", CONSEIL, e("AudienceTenue", "2026-05-20", issue="TENUE", presents=[lui], absents=[ELLE])),
            dit("adil", CONSEIL, e("PermanenceTenue", "2026-05-20", lieu="TRIBUNAL", binome=True)),
            dit("tribunal", EMI, e("JugementRendu", "2026-06-10", qualification="CONTRADICTOIRE", dispositif="DELAIS",
                                   delais_mois=24, mensualite=15000, dette_fixee=361000, premier_terme_le="2026-07-05",
                                   juridiction="TJ BOBIGNY", num_rg="26/03127")),
            dit("etude", EMI, e("JugementSignifie", "2026-06-25", etude_siret=ETUDE, ref_acte="SIG-26-1",
                                remise="PERSONNE")),
            dit("banque", EMI, e("SurendettementAvance", "2026-06-30", etape="DEPOSE", dette_locative=True)),
            dit("comed", "RELOGEMENT", e("RelogementAvance", "2026-07-01", dispositif="DALO", etape="DEPOSE",
                                         motif="MENACE_EXPULSION")),
            dit("conseil", CONSEIL, e("MediationAvancee", "2026-07-02", etape="PROPOSEE")),
        ],
        "la séparation": [
            dit(
                "ssd", ACC,
                e("OccupantParti", "2026-07-15", personne=ELLE),
                e("CoordonneesDeclarees", "2026-07-15", personne=ELLE, nouvelle_adresse="9 rue du Refuge, 93200",
                  telephone="0611111111", canal_sur="NI_ECRIRE_NI_APPELER"),
            ),
            dit("ssd", ACC, e("BesoinSignale", "2026-07-15", acte=str(UUID(int=0xF1)), besoin="VIOLENCE",
                              fondement="RGPD_6_1_E", avec_accord=True)),
            dit("siao", "RELOGEMENT", e("RelogementAvance", "2026-07-16", dispositif="SIAO", etape="DEPOSE",
                                        nature="HEBERGEMENT", motif="MENACE_EXPULSION")),
            dit("lui", "DROITS_PERSONNE", e("MenageDeclare", "2026-08-01", nb_adultes=1, nb_enfants=2)),
        ],
        "l'expulsion ordonnée": [
            dit("bailleur", EMI, e("DelaisJudiciairesAvances", "2026-08-05", etape="ROMPUS", echeance_le="2026-07-05",
                                   impaye=15000, mise_en_demeure_le="2026-07-20")),
            dit("etude", EMI, e("CommandementQuitterSignifie", "2026-08-20", etude_siret=ETUDE, ref_acte="CQL-26-1",
                                delai="ENTIER", remise="PERSONNE", occupants=[lui])),
            dit("comex", CFP, e("ReceptionConstatee", "2026-08-27", acte="COMMANDEMENT_QUITTER", recu_par="PREFET",
                                voie="PAPIER")),
            dit("avocate", CONSEIL, e("DelaisQuitterAvances", "2026-09-10", etape="DEMANDES", base="L412_3",
                                      duree_mois=6)),
            dit("ccas", ACC, e("ContactTente", "2026-09-15", canal="PERMANENCE", resultat="RDV_HONORE")),
            dit("asll", ACC, e("AccompagnementOuvert", "2026-09-20", intervention=ASLL, mesure="ASLL_MAINTIEN")),
            dit("logement", "RELOGEMENT", e("RelogementAvance", "2026-09-22", dispositif="ACTION_LOGEMENT",
                                            etape="DEPOSE")),
            dit("ccapex", INS, e("Demande72", "2026-09-25", acte=DEMANDE72, destinataire="ssd",
                                 question="démarches de relogement ?")),
            dit("ssd", ACC, e("InformationTransmise72", "2026-09-30", acte=str(UUID(int=0xF2)), en_reponse_a=DEMANDE72,
                              texte="dossier DALO déposé, relogement proche", necessite="évaluer le délai utile",
                              menage_informe_le="2026-09-29", besoins=["DELAI_POUR_ENFANT"])),
            dit("comed", "RELOGEMENT", e("RelogementAvance", "2026-10-01", dispositif="DALO", etape="RECONNU",
                                         motif="MENACE_EXPULSION")),
        ],
        "les commissions": [
            *_commission(
                "CCAPEX", CCAPEX_LE, "ccapex", INS,
                e("DossierExamine", CCAPEX_LE.isoformat(), instance="CCAPEX", dette=426000,
                  stade="COMMANDEMENT_QUITTER"),
                e("AvisRendu", CCAPEX_LE.isoformat(), instance="CCAPEX", sens="RELOGEMENT",
                  texte="surseoir au concours", besoins=["DELAI_POUR_ENFANT"]),
                e("RecommandationEmise", CCAPEX_LE.isoformat(), recommandation=RECO_SSD, instance="CCAPEX",
                  destinataire="ssd", categorie="DALO_DLS", texte="préparer le relogement", echeance="2026-12-15"),
            ),
            dit("etude", EMI, e("ConcoursForceRequis", "2026-10-27", etude_siret=ETUDE, ref_acte="CFP-26-1",
                                dispositif_joint=True, diligences="deux passages", difficultes="occupants présents")),
            dit("comex", CFP, e("EnqueteDemandee", "2026-10-28", nature="ADMINISTRATIVE", demandee_a="POLICE")),
            dit("police", CFP, e("EnqueteRealisee", "2026-10-30", resultat="RENCONTRE", mineurs_presents=True)),
            dit("bailleur", EMI, e("DetteDeclaree", "2026-10-31", montant=431000, arretee_au="2026-10-31")),
            *_commission(
                "COMEX", COMEX_LE, "comex", CFP,
                e("DossierExamine", COMEX_LE.isoformat(), instance="COMEX"),
                e("AvisRendu", COMEX_LE.isoformat(), instance="COMEX", sens="SURSIS", texte="relogement en cours"),
            ),
            dit("comex", CFP, e("ConcoursForceSursis", "2026-11-02", motif="RELOGEMENT_PROCHE", jusqu_au="2027-01-31")),
        ],
    }  # fmt: skip


@dataclass
class Menage:
    """The story as it was told: the case, its people, and the moment at which each chapter ended."""

    monde: Monde
    dossier: str = ""
    lui: str = ""
    fins: dict[str, str] = field(default_factory=dict)
    actes: int = 0
    voix: set[str] = field(default_factory=set)

    async def ouvrir(self) -> None:
        """The landlord signals the household; those whom a mandate links are mandated, the commissions convened."""
        for code, role, plus in AUTRES:
            inscrire(self.monde, code, role, **plus)
        signale = ouverture() | {"survenu_le": "2025-07-15"}
        recu = await self.monde.post("/v1/dossiers", "bailleur", EMI, signale)
        assert recu.status_code == 201, recu.text
        self.dossier = recu.json()["dossier"]
        self.lui = await titulaire(self.monde, self.dossier)
        with administrer(self.monde.bases.registre_url, PAR, SCHEMA) as registre:
            for seance in SEANCES.values():
                convoquer(registre, seance)
            asseoir(registre, Membre("CLIL", f"commune:{COMMUNE}", "bailleur", "consultative"))
            for code in (*MANDATES, "lui"):
                personne = UUID(self.lui) if code == "lui" else None
                du, au = date(2026, 1, 1), date(2026, 12, 31)
                confirmer_mandat(registre, Mandat(code, UUID(self.dossier), "instructrice", du, au, personne=personne))
        rejoint = ouverture() | {"survenu_le": "2026-01-05"}
        assert (await self.monde.post("/v1/dossiers", "etude", EMI, rejoint)).json()["dossier"] == self.dossier
        self.voix |= {"bailleur", "etude"}
        self.actes += 2

    @property
    def id(self) -> UUID:
        return UUID(self.dossier)

    async def mandater_elle(self) -> str:
        """Her own account: a mandate that names her."""
        inscrire(self.monde, "elle", "USAGER")
        with administrer(self.monde.bases.registre_url, PAR, SCHEMA) as registre:
            du, au = date(2026, 1, 1), date(2026, 12, 31)
            confirmer_mandat(registre, Mandat("elle", self.id, "instructrice", du, au, personne=UUID(ELLE)))
        return "elle"

    async def raconter(self, chapitre: str, dits: list[Dit]) -> None:
        for auteur, finalite, faits in dits:
            qui, _, nomme = auteur.partition("/")
            agent = nomme or ("" if qui in USUELS else "agent-1")
            demande = f"{finalite}; demande={AIDE}" if finalite == "AIDE_INSTRUCTION" else finalite
            recu = await self.monde.contribuer(self.dossier, qui, demande, *faits, agent=agent)
            assert recu.status_code == 201, (chapitre, qui, [f["type"] for f in faits], recu.text)
            self.voix.add(qui)
            self.actes += len(faits)
        lecture = await self.monde.gate.ledger.consulter(UUID(self.dossier))
        assert lecture is not None
        assert lecture.faits[-1].enregistre_le is not None
        self.fins[chapitre] = lecture.faits[-1].enregistre_le.isoformat()


USUELS: Final = frozenset({"ccapex", "ssd", "bailleur", "etude", "comex", "clil", "caf"})
"""Those whom the world of the tests has: the others have agents of their own."""
