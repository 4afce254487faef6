"""One household that every partner has told something of: each kind of fact, where somebody may tell it."""

from typing import Any, Final
from uuid import uuid4

from tests.monde import ETUDE, SEANCE, SEANCE_LE, Monde, evenement

INTERVENTION: Final = str(uuid4())
AIDE: Final = str(uuid4())
PEUT_ETRE_LE_MEME: Final = str(uuid4())
"""Another case, that the instructeur alone is told to compare with this one."""


async def titulaire(monde: Monde, dossier: str, qui: str = "ssd", finalite: str = "ACCOMPAGNEMENT") -> str:
    """The id of the person who holds the lease, as the API gives it to this reader."""
    lu = (await monde.get(f"/v1/dossiers/{dossier}", qui, finalite)).json()
    [personne] = {f["champs"]["personne"] for f in lu["faits"] if f["type"] == "OccupantDeclare"}
    return str(personne)


async def raconter(monde: Monde) -> str:
    """The case, opened by the landlord; then the étude, the social worker, the CAF, the prefecture, the CCAPEX."""
    dossier = await monde.ouvrir()

    async def dire(partenaire: str, finalite: str, *evenements: dict[str, Any], **plus: Any) -> None:
        recu = await monde.contribuer(dossier, partenaire, finalite, *evenements, **plus)
        assert recu.status_code == 201, recu.text

    personne = await titulaire(monde, dossier)
    await dire(
        "bailleur",
        "ACTE_EMISSION",
        evenement("DetteDeclaree", montant=224770, arretee_au="2026-09-30", contestee=False),
        evenement("RepriseLoyerConstatee", statut="PARTIELLE", depuis="2026-09-01"),
        evenement("PlanApurementConclu", etape="PROPOSE", mensualite=5000, duree_mois=24),
        evenement("ContactTente", canal="RAR", resultat="ABSENT"),
    )
    await dire("bailleur", "RELOGEMENT", evenement("RelogementAvance", dispositif="MUTATION", etape="DEPOSE"))
    await dire("ccapex", "CCAPEX_ADMINISTRATIVE", evenement("CcapexSaisie", "2026-10-12", saisissant="BAILLEUR"))
    # The étude has no link before its first act: it opens, and joins the case of the same household.
    await monde.ouvrir("etude")
    await dire(
        "etude",
        "ACTE_EMISSION",
        evenement("CommandementPayerSignifie", etude_siret=ETUDE, ref_acte="CDP-2026-1", dette=224770, nb_adultes=1),
        evenement("AssignationSignifiee", date_audience="2027-01-12", juridiction="TJ BOBIGNY", num_rg="26/03127"),
    )
    await dire(
        "ssd",
        "ACCOMPAGNEMENT",
        evenement("AccompagnementOuvert", intervention=INTERVENTION, mesure="SSD"),
        evenement("MenageDeclare", nb_adultes=1, nb_enfants=2, annees_naissance_enfants=[2015, 2019]),
        evenement("BudgetDeclare", ressources=142000, charges=98000, reste_a_vivre=44000),
        evenement("DroitBloqueSignale", depuis="2026-06-01", effet="AGGRAVANT", droit="AL"),
        evenement("CoordonneesDeclarees", personne=personne, telephone="0612345678"),
        evenement("SurendettementAvance", etape="RECEVABLE"),
        evenement("HabitatSignale", nature="NON_DECENCE"),
        evenement("ContactTente", canal="VAD", resultat="JOINT"),
        evenement("AideFinanciereInstruite", aide=AIDE, dispositif="FSL_MAINTIEN", etape="DEMANDEE"),
    )
    await dire(
        "ssd",
        "ACCOMPAGNEMENT",
        evenement(
            "EvaluationSociale", acte=str(uuid4()), personnes=[personne], texte="reprise de lien avec le service"
        ),
        evenement("BesoinSignale", acte=str(uuid4()), besoin="INTERPRETE", fondement="RGPD_6_1_E", avec_accord=True),
        evenement("MesureProtectionDeclaree", acte=str(uuid4()), personne=personne, mesure="CURATELLE"),
        evenement("DiagnosticTransmis", "2026-10-20", presence_locataire=True, ressources=142000),
    )
    # A first contact is the CAF's link to the case: at the purpose of acts it has none but what it told.
    await dire("caf", "COORDINATION_CONTACTS", evenement("ContactTente", canal="APPEL", resultat="ABSENT"))
    await dire("caf", "ACTE_EMISSION", evenement("AideLogementConstatee", etat="VERSEE", montant=31000))
    demande = str(uuid4())
    await dire(
        "ccapex",
        "CCAPEX_INSTRUCTION",
        evenement("Demande72", acte=demande, destinataire="ssd", question="démarches en cours ?"),
    )
    await dire(
        "ssd",
        "ACCOMPAGNEMENT",
        evenement(
            "InformationTransmise72",
            acte=str(uuid4()),
            en_reponse_a=demande,
            texte="accompagnement en cours",
            necessite="évaluer le délai utile",
            menage_informe_le="2026-10-15",
        ),
    )
    await dire(
        "ccapex",
        "CCAPEX_ADMINISTRATIVE",
        evenement("MenageInforme", canal="COURRIER"),
        evenement("RapprochementSuggere", autre=PEUT_ETRE_LE_MEME, motif="REFERENCE_PARTAGEE"),
        evenement("InstanceInscrite", instance="CCAPEX", seance=str(SEANCE), seance_le=SEANCE_LE.isoformat()),
        evenement("DossierExamine", "2026-10-20", instance="CCAPEX"),
        evenement(
            "RecommandationEmise",
            "2026-10-20",
            recommandation=str(uuid4()),
            instance="CCAPEX",
            destinataire="ssd",
            categorie="PLAN_APUREMENT",
            texte="proposer un plan",
            echeance="2027-01-20",
        ),
    )
    await dire(
        "ccapex",
        "CCAPEX_INSTRUCTION",
        evenement(
            "AvisRendu", "2026-10-20", instance="CCAPEX", sens="MAINTIEN", texte="maintien", besoins=["INTERPRETE"]
        ),
    )
    await dire("etude", "ACTE_EMISSION", evenement("ConcoursForceRequis", "2026-10-28", etude_siret=ETUDE))
    await dire("comex", "CFP_INSTRUCTION", evenement("EnqueteRealisee", "2026-10-30", resultat="RENCONTRE"))
    return dossier
