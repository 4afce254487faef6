"""A link has a source (access 39): what a partner says of itself gives it its own contributions, and no more."""

from typing import Any, Final
from uuid import uuid4

import pytest

from adapters.registre.administration import administrer, habiliter, inscrire_partenaire, rattacher_client
from adapters.registre.instantane import Partenaire
from tests.bases import SCHEMA
from tests.monde import AUTRE_BAILLEUR, BAILLEUR, FINALITES, PAR, Monde, evenement, habilitation, ouverture

ACTE: Final = ("etude", "ACTE_EMISSION")
INSTRUCTEUR: Final = ("ccapex", "CCAPEX_ADMINISTRATIVE")
SUIVI: Final = ("ssd", "ACCOMPAGNEMENT")
INFORME: Final = {"information_menage": "2026-10-20"}


async def joindre(monde: Monde, qui: tuple[str, str], **plus: Any) -> str:
    """Open the case of the household, or join it: who joins last sees one case."""
    recu = await monde.post("/v1/dossiers", *qui, ouverture(**plus))
    assert recu.status_code == 201, recu.text
    return str(recu.json()["dossier"])


async def dire(monde: Monde, dossier: str, qui: tuple[str, str], *dits: dict[str, Any], **plus: Any) -> None:
    corps = {"evenements": list(dits), **INFORME}
    recu = await monde.post(f"/v1/dossiers/{dossier}/interventions", *qui, corps, **plus)
    assert recu.status_code == 201, recu.text


async def lu(monde: Monde, dossier: str, qui: tuple[str, str], **plus: Any) -> dict[str, Any]:
    reponse = await monde.get(f"/v1/dossiers/{dossier}", *qui, **plus)
    assert reponse.status_code == 200, reponse.text
    document: dict[str, Any] = reponse.json()
    return document


def auteurs(document: dict[str, Any]) -> set[str]:
    return {f["auteur"]["organisation"].removeprefix("Organisation ") for f in document["faits"] if f["auteur"]}


def mesures(document: dict[str, Any]) -> dict[str, str]:
    return {g["groupe"]: g["mesure"] for g in document["communique"]}


BAILLEUR_SEUL: Final = ("bailleur", "ACTE_EMISSION")
VOISIN: Final = ("voisin", "ACTE_EMISSION")


async def test_regle_39_qui_se_dit_bailleur_ne_lit_que_ses_apports(monde: Monde) -> None:
    dossier = await joindre(monde, BAILLEUR_SEUL)
    await dire(monde, dossier, INSTRUCTEUR, evenement("CcapexSaisie"))
    seul = await lu(monde, dossier, BAILLEUR_SEUL)
    assert auteurs(seul) == {"bailleur"}
    assert set(mesures(seul).values()) == {"propres"}
    assert seul["synthese"]["liens_allegues"] == ["portefeuille_allegue"]
    await joindre(monde, ACTE)  # an act that names the same landlord
    suivi = await lu(monde, dossier, BAILLEUR_SEUL)
    assert "liens_allegues" not in suivi["synthese"]
    assert {*mesures(suivi).values()} > {"propres"}


async def test_regle_39_le_bailleur_d_un_autre_ne_lit_pas_les_actes_de_l_etude(monde: Monde) -> None:
    """The attack: open on somebody else's tenant under one's own SIRET, then wait for the étude."""
    dossier = await joindre(monde, VOISIN, bailleur=AUTRE_BAILLEUR)
    assert await joindre(monde, ACTE) == dossier
    acte = evenement("CommandementPayerSignifie", dette=120_000, ref_acte="A-1")
    await dire(monde, dossier, ACTE, acte)
    usurpe = await lu(monde, dossier, VOISIN)
    assert auteurs(usurpe) == {"voisin"}
    # Two landlords are named: the real one has told nothing yet, and reads nothing either.
    assert (await monde.get(f"/v1/dossiers/{dossier}", *BAILLEUR_SEUL)).status_code == 404
    instruit = await lu(monde, dossier, INSTRUCTEUR)
    assert instruit["synthese"]["bailleurs_a_trancher"] == sorted([BAILLEUR, AUTRE_BAILLEUR])
    await dire(monde, dossier, INSTRUCTEUR, evenement("BailleurTranche", bailleur_siret=BAILLEUR))
    assert "CommandementPayerSignifie" in {f["type"] for f in (await lu(monde, dossier, BAILLEUR_SEUL))["faits"]}
    assert auteurs(await lu(monde, dossier, VOISIN)) == {"voisin"}
    await joindre(monde, VOISIN, bailleur=AUTRE_BAILLEUR)  # to say it again unsettles nothing
    assert "liens_allegues" not in (await lu(monde, dossier, BAILLEUR_SEUL))["synthese"]
    assert auteurs(await lu(monde, dossier, VOISIN)) == {"voisin"}


@pytest.fixture
def gerance(monde: Monde) -> str:
    """Another organisation that manages the dwellings of the same landlord."""
    siret = "44306184100047"
    with administrer(monde.bases.registre_url, PAR, SCHEMA) as registre:
        inscrire_partenaire(
            registre,
            Partenaire(
                "gerance", siret, "Gérance", "BAILLEUR_PRIVE", FINALITES["BAILLEUR_PRIVE"], "aucun", (), (BAILLEUR,)
            ),
        )
        rattacher_client(registre, "client-gerance", "gerance")
        habiliter(registre, habilitation("gerance", "gerante", "BAILLEUR_PRIVE"))
    return siret


async def test_regle_39_qui_agit_pour_le_meme_bailleur_n_est_pas_une_autre_source(monde: Monde, gerance: str) -> None:
    del gerance
    dossier = await joindre(monde, BAILLEUR_SEUL)
    recu = await monde.post("/v1/dossiers", "gerance", "ACTE_EMISSION", ouverture(), "gerante")
    assert recu.json()["dossier"] == dossier
    for qui, agent in ((BAILLEUR_SEUL, ""), (("gerance", "ACTE_EMISSION"), "gerante")):
        assert auteurs(await lu(monde, dossier, qui, agent=agent)) == {qui[0] if agent == "" else "Gérance"}


async def test_regle_39_qui_dit_suivre_un_menage_ne_lit_que_les_evaluations_de_son_service(monde: Monde) -> None:
    dossier = await joindre(monde, BAILLEUR_SEUL)
    faits = (await lu(monde, dossier, INSTRUCTEUR))["faits"]
    [personne] = [f["champs"]["personne"] for f in faits if f["type"] == "OccupantDeclare"]
    intervention = str(uuid4())
    suivi = evenement("AccompagnementOuvert", intervention=intervention, mesure="SSD")
    chemin = f"/v1/dossiers/{dossier}/interventions"
    await dire(monde, dossier, SUIVI, suivi)
    [ligne] = await monde.journal(1)
    assert (ligne["issue"], ligne["motif"]) == ("autorise", "lien_allegue")
    await dire(
        monde, dossier, SUIVI, evenement("EvaluationSociale", acte=str(uuid4()), personnes=[personne], texte="Su")
    )
    document = await lu(monde, dossier, SUIVI)
    assert (mesures(document)["F12"], document["synthese"]["liens_allegues"]) == ("propres", ["intervention_alleguee"])
    assert [f["allegue"] for f in document["faits"] if f["type"] == "AccompagnementOuvert"] == [True]
    confirme = evenement("LienConfirme", lien=intervention)
    soi = await monde.post(chemin, *SUIVI, {"evenements": [confirme]})
    assert (soi.status_code, soi.json()["code"]) == (422, "lien_par_soi_meme")
    inconnu = await monde.post(chemin, *SUIVI, {"evenements": [evenement("LienConfirme", lien=str(uuid4()))]})
    assert (inconnu.status_code, inconnu.json()["code"]) == (422, "lien_inconnu")
    machine = monde.entetes("ssd", "ACCOMPAGNEMENT", None) | {"Agent": "assistante-2", "Idempotency-Key": "m"}
    nomme = await monde.client.post(chemin, headers=machine, json={"evenements": [confirme]})
    assert (nomme.status_code, nomme.json()["code"]) == (403, "JETON_PERSONNEL_REQUIS")
    await dire(monde, dossier, SUIVI, confirme, agent="assistante-2")  # another person of the service
    document = await lu(monde, dossier, SUIVI)
    assert (mesures(document)["F12"], document["synthese"].get("liens_allegues")) == ("entier", None)
    assert not [f for f in document["faits"] if "allegue" in f]


async def test_regle_39_qui_invente_une_demande_ne_lit_que_ses_apports(monde: Monde) -> None:
    dossier = await joindre(monde, BAILLEUR_SEUL)
    await joindre(monde, ACTE)
    aide = str(uuid4())
    qui = ("caf", f"AIDE_INSTRUCTION; demande={aide}")
    assert (await monde.get(f"/v1/dossiers/{dossier}", *qui)).status_code == 403
    demande = evenement("AideFinanciereInstruite", aide=aide, dispositif="FSL_MAINTIEN", etape="DEMANDEE")
    await dire(monde, dossier, qui, demande)
    document = await lu(monde, dossier, qui)
    assert auteurs(document) == {"caf"}
    assert document["synthese"]["liens_allegues"] == ["demande_alleguee"]
    await dire(monde, dossier, SUIVI, demande)  # who lodged the request with the household tells of it too
    assert auteurs(await lu(monde, dossier, qui)) > {"caf"}
