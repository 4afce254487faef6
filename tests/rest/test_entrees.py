"""What comes in by the API: names that name somebody, numbers that are one, pairs for a person to confirm."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from tests.bases import bases_neuves, ouvrir_ledger
from tests.monde import AUTRE_BAILLEUR, BAILLEUR, Monde, evenement, ouverture, ouvrir_monde, peupler


@pytest.fixture(scope="module")
async def monde(modele: str) -> AsyncIterator[Monde]:
    """One world for the module: nothing here is counted over all that there is."""
    with bases_neuves(modele) as bases:
        peupler(bases)
        async with ouvrir_ledger(bases) as ledger, ouvrir_monde(bases, ledger) as ouvert:
            yield ouvert


def prive(bailleur: str = BAILLEUR, **plus: Any) -> dict[str, Any]:
    """An opening in the parc privé, where a dwelling has no number."""
    corps = ouverture(bailleur=bailleur)
    del corps["logement"]["id_rpls"]
    corps["logement"] |= {"parc": "PRIVE"} | plus.pop("logement", {})
    corps["titulaire"] |= plus
    return corps


async def ouvrir(monde: Monde, corps: dict[str, Any], qui: str = "bailleur") -> str:
    recu = await monde.post("/v1/dossiers", qui, "ACTE_EMISSION", corps)
    assert recu.status_code == 201, recu.text
    return str(recu.json()["dossier"])


async def champs_fautifs(monde: Monde, corps: dict[str, Any]) -> set[str]:
    recu = await monde.post("/v1/dossiers", "bailleur", "ACTE_EMISSION", corps)
    assert recu.status_code == 422, recu.text
    return {faute["champ"] for faute in recu.json()["champs"]}


async def trouver(monde: Monde, **identite: Any) -> list[str]:
    recu = await monde.post("/v1/dossiers/recherche", "ccapex", "CCAPEX_ADMINISTRATIVE", identite)
    assert recu.status_code == 200, recu.text
    return [trouve["dossier"] for trouve in recu.json()["dossiers"]]


async def rapprochements(monde: Monde, dossier: str) -> list[tuple[str, str]]:
    lu = await monde.get(f"/v1/dossiers/{dossier}", "ccapex", "CCAPEX_ADMINISTRATIVE")
    return [
        (fait["champs"]["autre"], fait["champs"]["motif"])
        for fait in lu.json()["faits"]
        if fait["type"] == "RapprochementSuggere"
    ]


@pytest.mark.parametrize(
    "nom", [" \t ", "\u200b", "\u2800", "DUR\x02AND", "\u202eDNARUD", "--", "Null", "N.C.", "\u3164"]
)
async def test_un_nom_de_rien_est_refuse(monde: Monde, nom: str) -> None:
    corps = ouverture(nom=nom)
    assert await champs_fautifs(monde, corps) == {"titulaire.nom"}
    identite = {"nom": nom, "prenoms": "X", "date_naissance": "1981-02-07"}
    recu = await monde.post("/v1/dossiers/recherche", "ccapex", "CCAPEX_ADMINISTRATIVE", identite)
    assert {faute["champ"] for faute in recu.json()["champs"]} == {"nom"}


async def test_un_nom_se_garde_sans_bords_ni_rien_d_invisible(monde: Monde) -> None:
    dossier = await ouvrir(monde, prive(nom=" \u200bGar\u00adnier ", prenoms=" Lou\u200e", date_naissance="1971-01-02"))
    lu = await monde.get(f"/v1/dossiers/{dossier}", "ccapex", "CCAPEX_ADMINISTRATIVE")
    [titulaire] = [f["champs"] for f in lu.json()["faits"] if f["type"] == "OccupantDeclare"]
    assert (titulaire["nom"], titulaire["prenoms"]) == ("Garnier", "Lou")


@pytest.mark.parametrize("texte", ["a\x1b[31m", "a\u202eb", "a\x00b", "a\u2067b", "a\x7fb"])
async def test_un_caractere_qui_commande_ou_retourne_est_refuse_dans_tout_texte(monde: Monde, texte: str) -> None:
    dossier = await ouvrir(monde, prive(nom="Renversé"))
    motif = evenement("FaitCorrige", corrige="0199f1e2-7b1a-7000-8000-000000000011", motif=texte)
    recu = await monde.contribuer(dossier, "bailleur", "ACTE_EMISSION", motif)
    assert [(f["champ"], f["code"]) for f in recu.json()["champs"]] == [("evenements.0.donnees.motif", "caractere")]


@pytest.mark.parametrize(
    "numero", ["NC", "0", "3,52E+09", "#N/A", "2222222222", "352390254", "35239025470", "3523 902547"]
)
async def test_ce_qui_n_est_pas_un_numero_de_logement_est_refuse(monde: Monde, numero: str) -> None:
    assert await champs_fautifs(monde, ouverture(id_rpls=numero)) == {"logement.id_rpls"}


async def test_un_numero_de_logement_n_existe_que_dans_le_parc_social(monde: Monde) -> None:
    assert await champs_fautifs(monde, prive(logement={"id_rpls": "3523902547"})) == {"logement.id_rpls"}


@pytest.mark.parametrize("reference", ["NC", "n/a", "2,02E+11", "Néant"])
async def test_une_fausse_reference_est_refusee(monde: Monde, reference: str) -> None:
    dossier = await ouvrir(monde, prive(nom="Référence"))
    dette = evenement("DetteDeclaree", montant=1, arretee_au="2026-10-01", reference_source=reference)
    recu = await monde.contribuer(dossier, "bailleur", "ACTE_EMISSION", dette)
    assert [faute["champ"] for faute in recu.json()["champs"]] == ["evenements.0.donnees.reference_source"]


async def test_une_personne_se_trouve_quelle_que_soit_la_graphie_de_son_nom(monde: Monde) -> None:
    dossier = await ouvrir(monde, prive(nom="Kılıç", prenoms="Işıl", date_naissance="1983-03-01"))
    for nom, prenoms in (("KILIÇ", "IŞIL"), ("kilic", "isil"), ("Kılıç", "Işıl"), ("ki\u00adlic", "Isil")):
        assert await trouver(monde, nom=nom, prenoms=prenoms, date_naissance="1983-03-01") == [dossier]


async def test_une_personne_se_trouve_par_un_de_ses_prenoms_et_sa_naissance(monde: Monde) -> None:
    dossier = await ouvrir(monde, prive(nom="Sissoko", prenoms="Aïssata Mariam Coumba", date_naissance="1979-06-05"))
    for prenoms in ("Aissata", "AÏSSATA, MARIAM COUMBA", "Mariam Aïssata", "Aïssata Mariam Coumba"):
        assert await trouver(monde, nom="SISSOKO", prenoms=prenoms, date_naissance="1979-06-05") == [dossier]
    assert await trouver(monde, nom="SISSOKO", prenoms="Aïssata", date_naissance="1979-06-06") == []
    assert await trouver(monde, nom="SISSOKO", prenoms="Kadi", date_naissance="1979-06-05") == []


async def test_une_personne_d_un_seul_nom_se_trouve_et_se_cherche_au_journal(monde: Monde) -> None:
    corps = prive(nom="Sukarno", date_naissance="1961-02-03")
    del corps["titulaire"]["prenoms"]
    dossier = await ouvrir(monde, corps)
    for rien in ({}, {"prenoms": ""}, {"prenoms": None}):
        identite = {"nom": "Sukarno", "date_naissance": "1961-02-03"} | rien
        assert await trouver(monde, **identite) == [dossier]
        recu = await monde.post("/v1/journal/recherche", "dpo", "CONTROLE", identite)
        assert recu.status_code == 200, recu.text
        assert [x["action"] for x in recu.json()["lignes"] if x["organisation"] == "ccapex"]


async def test_le_journal_dit_qui_a_cherche_une_personne_par_un_de_ses_prenoms(monde: Monde) -> None:
    await trouver(monde, nom="Tandia", prenoms="Hawa", date_naissance="1988-08-08")
    tous = {"nom": "TANDIA", "prenoms": "Hawa Binta", "date_naissance": "1988-08-08"}
    recu = await monde.post("/v1/journal/recherche", "dpo", "CONTROLE", tous)
    assert [x["organisation"] for x in recu.json()["lignes"]] == ["dpo", "ccapex"]


@pytest.mark.parametrize("adresse", ["7, RUE DES LILAS", "7 rue des lilas", "7 Rue des  Lilas."])
async def test_un_logement_prive_dit_deux_fois_fait_une_paire_a_confirmer(monde: Monde, adresse: str) -> None:
    identite = {"nom": "Camara", "date_naissance": f"1990-01-{len(adresse):02}"}
    un = await ouvrir(monde, prive(logement={"adresse": "7 rue des Lilas"}, **identite))
    deux = await ouvrir(monde, prive(AUTRE_BAILLEUR, logement={"adresse": adresse}, **identite), "voisin")
    assert deux != un
    assert await rapprochements(monde, deux) == [(un, "IDENTITE_PROCHE")]
    for qui in ("bailleur", "voisin"):
        vu = await monde.get(f"/v1/dossiers/{un if qui == 'bailleur' else deux}", qui, "ACTE_EMISSION")
        assert "Rapprochement" not in vu.text


async def test_des_prenoms_proches_dans_un_logement_social_font_une_paire(monde: Monde) -> None:
    def corps(prenoms: str | None) -> dict[str, Any]:
        dite = ouverture(nom="Traore", id_rpls="3523902999")
        dite["titulaire"] |= {"prenoms": prenoms, "date_naissance": "1982-02-02"}
        return dite

    tous = await ouvrir(monde, corps("Fanta Oumou"))
    for prenoms in ("Fanta", None):
        autre = await ouvrir(monde, corps(prenoms))
        assert autre != tous
        assert (tous, "IDENTITE_PROCHE") in await rapprochements(monde, autre)
    assert await ouvrir(monde, corps("FANTA OUMOU")) == tous
    assert tous not in dict(await rapprochements(monde, await ouvrir(monde, corps("Sira"))))


@pytest.mark.parametrize(
    "ecart", [{"date_naissance": "1990-09-02"}, {"nom": "Barry"}, {"logement": {"adresse": "9 rue B"}}]
)
async def test_ce_qui_differe_ne_fait_pas_une_paire(monde: Monde, ecart: dict[str, Any]) -> None:
    identite: dict[str, Any] = {"nom": "Bah", "date_naissance": "1990-09-01", "logement": {"adresse": "7 rue B"}}
    await ouvrir(monde, prive(**identite))
    assert await rapprochements(monde, await ouvrir(monde, prive(**(identite | ecart)))) == []
