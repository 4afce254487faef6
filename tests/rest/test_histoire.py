"""The story of a household, told late and out of order: what moves the case, what links nobody, what is not told."""

from typing import Any, Final
from uuid import UUID, uuid4

import pytest

from adapters.demo.departement import siret
from adapters.registre.administration import administrer, confirmer_mandat
from adapters.registre.instantane import Mandat
from tests.bases import SCHEMA
from tests.monde import PAR, Monde, evenement
from tests.rest.recit import titulaire
from tests.rest.test_regles import ACCOMPAGNEMENT, AU, DU, dire, inscrire, types

SANTE: Final = {"reseau": "CMP", "etape": "PROPOSEE", "fondement": "RGPD_9_2_B"}


def mander(monde: Monde, qui: str, dossier: str, personne: str = "") -> None:
    """A mandate on the case; of a person, where it is hers."""
    mandat = Mandat(qui, UUID(dossier), "instructrice", DU, AU, personne=UUID(personne) if personne else None)
    with administrer(monde.bases.registre_url, PAR, SCHEMA) as registre:
        confirmer_mandat(registre, mandat)


async def test_proposer_un_accompagnement_ne_lie_personne_au_menage(monde: Monde) -> None:
    """F11 of a colleague's opening is shown to who follows the household: to propose is not to follow."""
    dossier = await monde.ouvrir()
    propose = evenement("AccompagnementAvance", etape="PROPOSE", mesure="ASLL_MAINTIEN", canal="COURRIER")
    await dire(monde, dossier, "ssd", ACCOMPAGNEMENT, propose, informe=True)
    personne = await titulaire(monde, dossier)
    secret = evenement("EvaluationSociale", acte=str(uuid4()), personnes=[personne], texte="reprise de lien")
    refus = await monde.contribuer(dossier, "ssd", ACCOMPAGNEMENT, secret)
    assert (refus.status_code, refus.json()["code"]) == (403, "HABILITATION_SECRET_REQUISE")
    ouvert = evenement("AccompagnementOuvert", intervention=str(uuid4()), mesure="ASLL_MAINTIEN")
    await dire(monde, dossier, "ssd", ACCOMPAGNEMENT, ouvert, informe=True)
    await dire(monde, dossier, "ssd", ACCOMPAGNEMENT, secret)


async def orientee(monde: Monde) -> str:
    """The social service follows the household, and orients the person who holds the lease to a health network."""
    dossier = await monde.ouvrir()
    personne = await titulaire(monde, dossier)
    suivi = evenement("AccompagnementOuvert", intervention=str(uuid4()), mesure="SSD")
    await dire(monde, dossier, "ssd", ACCOMPAGNEMENT, suivi, informe=True)
    sante = evenement("OrientationSante", acte=str(uuid4()), personne=personne, **SANTE)
    besoin = evenement("BesoinSignale", acte=str(uuid4()), besoin="INTERPRETE", langue="TURC", fondement="RGPD_6_1_E")
    await dire(monde, dossier, "ssd", ACCOMPAGNEMENT, sante, besoin)
    return dossier


async def test_qui_lit_oui_ou_non_d_un_besoin_n_apprend_pas_une_orientation_de_sante(monde: Monde) -> None:
    """The very name of the fact would tell it. A SIAO that follows the household is told that there is a need."""
    dossier = await orientee(monde)
    inscrire(monde, "siao", "SIAO", siret=siret(60), portefeuille=())
    suivi = evenement("AccompagnementOuvert", intervention=str(uuid4()), mesure="AUTRE")
    mander(monde, "siao", dossier)
    await dire(monde, dossier, "siao", "RELOGEMENT", suivi, informe=True, agent="agent-1")
    confirme = evenement("LienConfirme", lien=suivi["donnees"]["intervention"])
    await dire(monde, dossier, "ccapex", "CCAPEX_ADMINISTRATIVE", evenement("CcapexSaisie", "2026-10-12"))
    await dire(monde, dossier, "ccapex", "CCAPEX_INSTRUCTION", confirme)
    lu = (await monde.get(f"/v1/dossiers/{dossier}", "siao", "RELOGEMENT", "agent-1")).json()
    assert [f["champs"] for f in lu["faits"] if f["type"] == "BesoinSignale"] == [{"besoin": "oui"}]
    assert "OrientationSante" not in {f["type"] for f in lu["faits"]}
    historique = await monde.get(f"/v1/dossiers/{dossier}/historique", "siao", "RELOGEMENT", "agent-1")
    assert "anté" not in historique.text
    assert "OrientationSante" in await types(monde, dossier, "ssd", ACCOMPAGNEMENT)


@pytest.mark.parametrize(
    ("qui", "finalite"), [("ccapex", "CCAPEX_INSTRUCTION"), ("comex", "CFP_INSTRUCTION"), ("bailleur", "ACTE_EMISSION")]
)
async def test_une_orientation_de_sante_ne_se_lit_que_des_services_qui_suivent_le_menage(
    monde: Monde, qui: str, finalite: str
) -> None:
    """Not even with an accord on needs: it is given for a need, and this is none."""
    dossier = await orientee(monde)
    await dire(monde, dossier, "ccapex", "CCAPEX_ADMINISTRATIVE", evenement("CcapexSaisie", "2026-10-12"))
    await monde.ouvrir("etude")
    acte = evenement("CommandementQuitterSignifie", "2026-10-20")
    await dire(monde, dossier, "etude", "ACTE_EMISSION", acte)
    accord: dict[str, Any] = {"destinataire": qui, "groupes": ["F13"], "jusqu_au": "2026-12-31"}
    personne = await titulaire(monde, dossier)
    donne = evenement(
        "AccordRecueilli", accord=str(uuid4()), personne=personne, preuve="ECRIT", canal="REMISE", **accord
    )
    await dire(monde, dossier, "ssd", ACCOMPAGNEMENT, donne)
    lu = await monde.get(f"/v1/dossiers/{dossier}", qui, finalite)
    assert lu.status_code == 200, lu.text
    assert "OrientationSante" not in lu.text
    assert "CMP" not in lu.text


HORS_D_ORDRE: Final[tuple[tuple[str, str, tuple[dict[str, Any], ...]], ...]] = (
    (
        "bailleur",
        "ACTE_EMISSION",
        (
            evenement("ProtocoleAvance", "2026-09-20", protocole=str(UUID(int=5)), etape="ROMPU"),
            evenement("ProtocoleAvance", "2026-08-01", protocole=str(UUID(int=5)), etape="AVENANT", avenant_mois=36),
            evenement("ProtocoleAvance", "2024-07-01", protocole=str(UUID(int=5)), etape="SIGNE", protocole_mois=24),
        ),
    ),
    (
        "ssd",
        ACCOMPAGNEMENT,
        (
            evenement("SurendettementAvance", "2026-09-01", etape="MESURES", mesure="REPORT", mesure_mois=84),
            evenement("SurendettementAvance", "2026-03-01", etape="DEPOSE", dette_locative=True),
            evenement("RelogementAvance", "2026-09-01", dispositif="DALO", etape="OFFRE_REFUSEE", motif_refus="AUTRE"),
            evenement("RelogementAvance", "2025-02-01", dispositif="DALO", etape="DEPOSE", motif="MENACE_EXPULSION"),
            evenement("MediationAvancee", "2026-09-01", etape="ECHEC"),
            evenement("MediationAvancee", "2026-02-01", etape="PROPOSEE"),
            evenement("AccompagnementAvance", "2026-09-01", etape="RENOUVELE", mesure="MASP"),
        ),
    ),
)


@pytest.mark.parametrize(("qui", "finalite", "faits"), HORS_D_ORDRE, ids=[qui for qui, *_ in HORS_D_ORDRE])
async def test_ce_qui_arrive_tard_et_a_rebours_se_dit(
    monde: Monde, qui: str, finalite: str, faits: tuple[dict[str, Any], ...]
) -> None:
    dossier = await monde.ouvrir()
    for fait in faits:
        await dire(monde, dossier, qui, finalite, fait)
    lu = (await monde.get(f"/v1/dossiers/{dossier}", qui, finalite)).json()
    dits = [f["survenu_le"] for f in lu["faits"] if f["type"] in {fait["type"] for fait in faits}]
    assert dits == [fait["survenu_le"] for fait in faits]


async def test_un_dossier_clos_par_la_prefecture_se_rouvre_par_qui_en_sait_plus(monde: Monde) -> None:
    dossier = await monde.ouvrir()
    await monde.ouvrir("etude")
    await dire(monde, dossier, "etude", "ACTE_EMISSION", evenement("CommandementQuitterSignifie", "2026-10-05"))
    rouvre = evenement("DossierRouvert", "2026-10-20", motif="NOUVEL_IMPAYE")
    refus = await monde.contribuer(dossier, "bailleur", "ACTE_EMISSION", rouvre)
    assert (refus.status_code, refus.json()["code"]) == (422, "dossier_non_clos")
    await dire(monde, dossier, "comex", "CFP_INSTRUCTION", evenement("DossierClos", "2026-10-10", motif="PROTOCOLE"))
    await dire(monde, dossier, "bailleur", "ACTE_EMISSION", rouvre)
    vus = await types(monde, dossier, "ccapex", "CCAPEX_ADMINISTRATIVE")
    assert vus[-2:] == ["DossierClos", "DossierRouvert"]


async def test_une_requete_se_recoit_se_prolonge_et_se_repond(monde: Monde) -> None:
    """GDPR 12(3): three months in all; 12(4): a refusal says why. No partner is told that a right is exercised."""
    dossier = await monde.ouvrir()
    personne, requete = await titulaire(monde, dossier), str(uuid4())
    sienne = {"requete": requete, "personne": personne}
    recue = evenement("DroitExerce", "2026-08-31", droit="ACCES", **sienne)
    await dire(monde, dossier, "dpo", "DROITS_PERSONNE", recue)
    plus_tard = {"reponse": "PROLONGEE", "motif": "recherches en cours", **sienne}
    trop = evenement("DroitRepondu", "2026-09-20", prolonge_au="2026-12-01", **plus_tard)
    refus = await monde.contribuer(dossier, "responsable", "DROITS_PERSONNE", trop)
    assert (refus.status_code, refus.json()["champs"][0]["champ"]) == (422, "evenements.0.donnees.prolonge_au")
    assert "30/11/2026" in refus.json()["champs"][0]["message"]
    for fait in (
        evenement("DroitRepondu", "2026-09-20", prolonge_au="2026-11-30", **plus_tard),
        evenement("DroitRepondu", "2026-10-20", reponse="SATISFAITE", **sienne),
    ):
        await dire(monde, dossier, "responsable", "DROITS_PERSONNE", fait)
    for qui, finalite in (("ccapex", "CCAPEX_ADMINISTRATIVE"), ("bailleur", "ACTE_EMISSION"), ("ssd", ACCOMPAGNEMENT)):
        assert "Droit" not in (await monde.get(f"/v1/dossiers/{dossier}", qui, finalite)).text
    inscrire(monde, "lui", "USAGER")
    mander(monde, "lui", dossier, personne)
    assert [t for t in await types(monde, dossier, "lui", "DROITS_PERSONNE", "agent-1") if t.startswith("Droit")] == [
        "DroitExerce",
        "DroitRepondu",
        "DroitRepondu",
    ]
