"""What a COMEX reads of a household's needs: with the person's accord, or in the CCAPEX's avis; never an evaluation."""

from collections.abc import Callable, Sequence
from typing import Any
from uuid import uuid4

from tests.monde import ETUDE, Monde, evenement
from tests.rest.recit import titulaire

SECRETS = {
    "EvaluationSociale",
    "MesureProtectionDeclaree",
    "BesoinSignale",
    "Demande72",
    "InformationTransmise72",
    "Demande72Refusee",
    "ActeProtege",
}


async def requis(monde: Monde) -> str:
    """A case where the concours de la force publique is requested, and followed by a social worker."""
    dossier = await monde.ouvrir()
    await monde.ouvrir("etude")
    acte = evenement("ConcoursForceRequis", etude_siret=ETUDE)
    assert (await monde.contribuer(dossier, "etude", "ACTE_EMISSION", acte)).status_code == 201
    suivi = evenement("AccompagnementOuvert", intervention=str(uuid4()), mesure="SSD")
    assert (await monde.contribuer(dossier, "ssd", "ACCOMPAGNEMENT", suivi)).status_code == 201
    return dossier


async def au_comex(monde: Monde, dossier: str) -> list[dict[str, Any]]:
    reponse = await monde.get(f"/v1/vues/comex/{dossier}", "comex", "CFP_INSTRUCTION")
    assert reponse.status_code == 200, reponse.text
    faits: list[dict[str, Any]] = reponse.json()["faits"]
    return faits


def besoins(faits: Sequence[dict[str, Any]]) -> list[str]:
    return [f["champs"]["besoin"] for f in faits if f["type"] == "BesoinSignale"]


async def test_un_besoin_se_montre_au_comex_avec_l_accord_et_rien_d_autre_du_secret(
    monde: Monde, compter: Callable[[str, int], None]
) -> None:
    dossier = await requis(monde)
    personne = await titulaire(monde, dossier)
    besoin: dict[str, Any] = {"fondement": "RGPD_6_1_E", "avec_accord": True}
    dits = [
        evenement("EvaluationSociale", acte=str(uuid4()), personnes=[personne], texte="lien repris avec le service"),
        evenement("BesoinSignale", acte=str(uuid4()), besoin="INTERPRETE", **besoin),
        evenement("BesoinSignale", acte=str(uuid4()), besoin="VIOLENCE", **besoin),
        evenement("MesureProtectionDeclaree", acte=str(uuid4()), personne=personne, mesure="CURATELLE"),
    ]
    assert (await monde.contribuer(dossier, "ssd", "ACCOMPAGNEMENT", *dits)).status_code == 201
    sans = await au_comex(monde, dossier)
    assert sans
    assert not {f["type"] for f in sans} & SECRETS

    accord: dict[str, Any] = {
        "accord": str(uuid4()),
        "destinataire": "comex",
        "groupes": ["F13"],
        "jusqu_au": "2026-12-31",
        "personne": personne,
    }
    pose = await monde.contribuer(dossier, "ssd", "ACCOMPAGNEMENT", evenement("AccordRecueilli", **accord))
    assert pose.status_code == 201, pose.text
    avec = await au_comex(monde, dossier)
    assert besoins(avec) == ["INTERPRETE"]
    assert {f["type"] for f in avec} & SECRETS == {"BesoinSignale"}
    # Another partner's accord opens nothing, and a CLIL shows no act under secrecy to whoever reads it.
    await monde.proposer(dossier)
    clil = await monde.get(f"/v1/vues/clil/{dossier}", "clil", "CLIL_EXAMEN")
    assert not {f["type"] for f in clil.json()["faits"]} & SECRETS

    retire = evenement("AccordRetire", accord=accord["accord"])
    assert (await monde.contribuer(dossier, "ssd", "ACCOMPAGNEMENT", retire)).status_code == 201
    assert not {f["type"] for f in await au_comex(monde, dossier)} & SECRETS
    compter("actes protégés retenus à la COMEX faute d'accord", len(dits))


async def test_un_accord_retire_par_correction_ne_vaut_plus_rien(monde: Monde) -> None:
    dossier = await requis(monde)
    donne: dict[str, Any] = {
        "acte": str(uuid4()),
        "besoin": "INTERPRETE",
        "fondement": "RGPD_6_1_E",
        "avec_accord": True,
    }
    besoin = evenement("BesoinSignale", **donne)
    qui = await titulaire(monde, dossier)
    accord = evenement(
        "AccordRecueilli",
        accord=str(uuid4()),
        destinataire="comex",
        groupes=["F13"],
        jusqu_au="2026-12-31",
        personne=qui,
    )
    for dit in (besoin, accord):
        assert (await monde.contribuer(dossier, "ssd", "ACCOMPAGNEMENT", dit)).status_code == 201
    assert besoins(await au_comex(monde, dossier)) == ["INTERPRETE"]
    lu = (await monde.get(f"/v1/dossiers/{dossier}", "ssd", "ACCOMPAGNEMENT")).json()
    [recueilli] = [f["id"] for f in lu["faits"] if f["type"] == "AccordRecueilli"]
    correction = evenement("FaitCorrige", corrige=recueilli)
    # The instructeur corrects what partners say, not what the person said.
    refus = await monde.contribuer(dossier, "ccapex", "CCAPEX_ADMINISTRATIVE", correction)
    assert (refus.status_code, refus.json()["code"]) == (422, "correction")
    assert (await monde.contribuer(dossier, "ssd", "ACCOMPAGNEMENT", correction)).status_code == 201
    assert besoins(await au_comex(monde, dossier)) == []
