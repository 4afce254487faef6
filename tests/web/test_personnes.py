"""Persons' rights in the pages, through the real gate: found without being seen, followed step by step, erased."""

import html
import re
from collections.abc import AsyncIterator
from datetime import date
from typing import Final
from uuid import UUID, uuid4

import httpx2 as httpx
import pytest

from adapters.registre.administration import administrer, confirmer_mandat
from adapters.registre.instantane import Mandat
from tests.bases import SCHEMA
from tests.monde import AGENTS, PAR, TOUTES, Monde, evenement
from tests.rest.mondes import compter_le_travail
from tests.rest.recit import titulaire
from tests.rest.test_regles import CONJOINTE, couple, inscrire
from tests.web.test_site import jeton

DROITS: Final = "DROITS_PERSONNE"
LEROY: Final = {"nom": "LEROY", "prenoms": "Fatou", "date_naissance": "1955-04-24"}
NULLE_PART: Final = {"nom": "PERSONNE", "prenoms": "Nulle", "date_naissance": "1955-04-24"}
DETTE: Final = evenement("DetteDeclaree", montant=374500, arretee_au="2026-09-30")


@pytest.fixture
async def client(monde: Monde) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(app=monde.app)
    async with httpx.AsyncClient(transport=transport, base_url="http://unefois.test") as c:
        yield c


def lien(monde: Monde, partenaire: str, agent: str = "") -> str:
    """A sign-in link of this agent; of the partner's usual one."""
    nom = agent or AGENTS.get(partenaire, "agent-1")
    return f"/demo/entrer/{monde.demo.lien(partenaire, f'client-{partenaire}', TOUTES, nom)}"


async def entrer(client: httpx.AsyncClient, monde: Monde, qui: str, finalite: str = DROITS, agent: str = "") -> str:
    client.cookies.clear()
    await client.get(lien(monde, qui, agent))
    csrf = jeton((await client.get("/finalite")).text)
    assert (await client.post("/finalite", data={"csrf": csrf, "finalite": finalite})).status_code == 303
    return jeton((await client.get("/finalite", follow_redirects=True)).text)


def donner_un_compte(monde: Monde, code: str, dossier: str, personne: str) -> None:
    """The account of a person of the household: a mandate that names it."""
    inscrire(monde, code, "USAGER")
    with administrer(monde.bases.registre_url, PAR, SCHEMA) as registre:
        du, au = date(2026, 1, 1), date(2026, 12, 31)
        confirmer_mandat(registre, Mandat(code, UUID(dossier), "instructrice", du, au, personne=UUID(personne)))


async def raconter(monde: Monde) -> tuple[str, str]:
    """A household with a debt, and who holds the lease."""
    dossier = await monde.ouvrir()
    assert (await monde.contribuer(dossier, "bailleur", "ACTE_EMISSION", DETTE)).status_code == 201
    return dossier, await titulaire(monde, dossier)


async def envoyer(client: httpx.AsyncClient, chemin: str, csrf: str, **valeurs: str) -> httpx.Response:
    return await client.post(chemin, data={"csrf": csrf, "cle": str(uuid4()), **valeurs})


async def lire(client: httpx.AsyncClient, chemin: str) -> str:
    page = await client.get(chemin)
    assert page.status_code == 200, (chemin, page.status_code)
    return html.unescape(page.text)


CONTENU: Final = ("LEROY", "Fatou", "1955", "3\u202f745", "avenue Jean-Jaurès", "SYNTHÈSE")


async def test_une_personne_est_retrouvee_sans_etre_vue(client: httpx.AsyncClient, monde: Monde) -> None:
    dossier, personne = await raconter(monde)
    for qui in ("dpo", "responsable"):
        csrf = await entrer(client, monde, qui)
        page = await envoyer(client, "/personnes", csrf, **LEROY)
        assert page.status_code == 200
        assert f"/personnes/{dossier}?personne={personne}" in page.text
        corps = page.text.partition('<section aria-labelledby="titre-trouves">')[2]
        assert not [mot for mot in CONTENU if mot in corps]
        demandes = await lire(client, f"/personnes/{dossier}?personne={personne}")
        assert not [mot for mot in CONTENU if mot in demandes]
    lignes = await monde.journal()
    assert {"rechercher", "demandes"} <= {x["action"] for x in lignes if x["organisation"] == "dpo"}


async def test_de_qui_n_est_nulle_part_on_ne_dit_pas_que_rien_ne_le_concerne(
    client: httpx.AsyncClient, monde: Monde
) -> None:
    await raconter(monde)
    csrf = await entrer(client, monde, "dpo")
    page = await envoyer(client, "/personnes", csrf, **NULLE_PART)
    assert "Aucun dossier à votre portée" in page.text
    assert "Rien ne vous concerne" not in page.text
    [ligne] = await monde.journal(1)
    assert (ligne["action"], ligne["issue"]) == ("rechercher", "vide")


def donner_un_delegue(monde: Monde) -> None:
    """A DPO whose territory is another commune."""
    inscrire(monde, "delegue-loin", "DPO", territoire="communes", communes=("93001",))


async def test_hors_de_portee_et_nulle_part_sont_les_memes_octets_et_le_meme_travail(
    client: httpx.AsyncClient, monde: Monde
) -> None:
    dossier, _ = await raconter(monde)
    donner_un_delegue(monde)
    csrf = await entrer(client, monde, "delegue-loin")
    with compter_le_travail() as prendre:
        vus = []
        for identite in (LEROY, NULLE_PART):
            prendre()
            page = await envoyer(client, "/personnes", csrf, **identite)
            vus.append((page.status_code, re.sub(r'value="[^"]*"', "", page.text), prendre()))
        assert vus[0] == vus[1]
        assert "Aucun dossier à votre portée" in vus[0][1]
        vus = []
        for cas in (dossier, str(uuid4())):
            await client.get(f"/personnes/{cas}")  # once, so that both were asked for
            prendre()
            page = await client.get(f"/personnes/{cas}")
            vus.append((page.status_code, page.text, prendre()))
        assert vus[0] == vus[1]
        assert vus[0][0] == 404
    assert "Aucune demande n'est en cours." in await lire(client, "/demandes")


async def test_rien_n_est_descelle_avant_sa_ligne(client: httpx.AsyncClient, monde: Monde) -> None:
    dossier, personne = await raconter(monde)
    donner_un_compte(monde, "elle", dossier, personne)
    await enregistrer(client, monde, dossier, personne)
    csrf = await entrer(client, monde, "responsable")
    [requete] = re.findall(r'name="requete" value="([^"]+)"', await lire(client, f"/personnes/{dossier}"))
    envoi = {
        "personne": personne,
        "requete": requete,
        "reponse": "PROLONGEE",
        "motif": "long",
        "prolonge_au": "2027-01-04",
    }
    await envoyer(client, f"/personnes/{dossier}/reponse", csrf, **envoi)
    with compter_le_travail() as prendre:
        for qui, chemins in (
            ("dpo", ("/demandes", f"/personnes/{dossier}")),
            ("elle", (f"/mon-dossier/{dossier}", f"/mon-dossier/{dossier}/copie")),
        ):
            await entrer(client, monde, qui)
            for chemin in chemins:
                prendre()
                await lire(client, chemin)
                travail = prendre()
                assert travail.trop_tot == 0, chemin
                assert travail.descelles, chemin


async def test_la_liste_des_demandes_est_bornee_et_le_dit(
    client: httpx.AsyncClient, monde: Monde, monkeypatch: pytest.MonkeyPatch
) -> None:
    cas = [await raconter(monde), (await monde.ouvrir(nom="DIALLO", id_rpls="3523902548"), "")]
    cas[1] = (cas[1][0], await titulaire(monde, cas[1][0]))
    for dossier, personne in cas:
        await enregistrer(client, monde, dossier, personne)
    liste = await lire(client, "/demandes")
    assert liste.count('data-titre="Dossier"') == 2
    assert "Cette liste est bornée" not in liste
    monkeypatch.setattr("adapters.gate.demandes.DOSSIERS_LUS", 1)
    liste = await lire(client, "/demandes")
    assert liste.count('data-titre="Dossier"') == 1
    assert "Cette liste est bornée" in liste


async def test_une_identite_mal_dite_est_refusee_a_cote_de_son_champ_et_un_nir_n_est_pas_redit(
    client: httpx.AsyncClient, monde: Monde
) -> None:
    csrf = await entrer(client, monde, "dpo")
    for prenoms, date_, champ in (("Fatou", "hier", "date_naissance"), ("2 84 03 93 008 123", "1955-04-24", "prenoms")):
        envoi = {"nom": "LEROY", "prenoms": prenoms, "date_naissance": date_}
        page = await envoyer(client, "/personnes", csrf, **envoi)
        assert page.status_code == 422
        assert f'id="recherche-{champ}-erreur"' in page.text
        assert 'value="LEROY"' in page.text
        assert "008 123" not in page.text


@pytest.mark.parametrize("chemin", ["/personnes", "/demandes"])
async def test_sans_la_finalite_des_droits_personne_n_est_cherche(
    client: httpx.AsyncClient, monde: Monde, chemin: str
) -> None:
    dossier, personne = await raconter(monde)
    csrf = await entrer(client, monde, "dpo", "CONTROLE")
    assert (await envoyer(client, "/personnes", csrf, **LEROY)).status_code == 403
    suivi = await client.get(f"/personnes/{dossier}?personne={personne}")
    assert suivi.status_code == 403
    if chemin == "/demandes":
        assert (await client.get(chemin)).status_code == 403


@pytest.mark.parametrize(("qui", "finalite"), [("bailleur", "ACTE_EMISSION"), ("ccapex", "CCAPEX_ADMINISTRATIVE")])
async def test_un_partenaire_ne_lit_pas_les_demandes(
    client: httpx.AsyncClient, monde: Monde, qui: str, finalite: str
) -> None:
    dossier, personne = await raconter(monde)
    await enregistrer(client, monde, dossier, personne)
    await entrer(client, monde, qui, finalite)
    assert (await client.get(f"/personnes/{dossier}")).status_code == 403
    assert (await client.get("/demandes")).status_code == 403
    assert (await client.get(f"/mon-dossier/{dossier}")).status_code == 403
    assert (await client.get(f"/mon-dossier/{dossier}/copie")).status_code == 403


async def enregistrer(
    client: httpx.AsyncClient, monde: Monde, dossier: str, personne: str, droit: str = "ACCES", qui: str = "dpo"
) -> None:
    csrf = await entrer(client, monde, qui)
    envoi = {"personne": personne, "droit": droit, "recue_le": "2026-10-20"}
    recu = await envoyer(client, f"/personnes/{dossier}/demande", csrf, **envoi)
    assert recu.headers["location"] == f"/personnes/{dossier}?personne={personne}&fait=demande", recu.text


async def test_une_demande_a_son_delai_et_une_reponse_l_arrete(client: httpx.AsyncClient, monde: Monde) -> None:
    dossier, personne = await raconter(monde)
    await enregistrer(client, monde, dossier, personne)
    liste = await lire(client, "/demandes")
    assert "20\u00a0novembre\u00a02026" in liste  # a month, GDPR 12(3)
    assert "18\u00a0jours restants" in liste
    assert "Enregistrer la réponse" not in await lire(client, f"/personnes/{dossier}")  # the DPO does not answer
    csrf = await entrer(client, monde, "responsable")
    page = await lire(client, f"/personnes/{dossier}")
    [requete] = re.findall(r'name="requete" value="([^"]+)"', page)
    ici = {"personne": personne, "requete": requete}
    chemin = f"/personnes/{dossier}/reponse"
    prolongee = {**ici, "reponse": "PROLONGEE", "motif": "dossier épais"}
    trop = await envoyer(client, chemin, csrf, **prolongee, prolonge_au="2027-06-01")
    assert trop.status_code == 422
    assert f'id="reponse-{requete}-prolonge_au-erreur"' in trop.text
    assert "dossier épais" in trop.text
    await envoyer(client, chemin, csrf, **prolongee, prolonge_au="2027-01-15")
    assert "20\u00a0janvier\u00a02027" in await lire(client, "/demandes")
    await envoyer(client, chemin, csrf, **ici, reponse="SATISFAITE")
    assert "Aucune demande n'est en cours." in await lire(client, "/demandes")
    page = await lire(client, f"/personnes/{dossier}")
    assert "demande satisfaite" in page
    assert "close" in page


async def test_un_formulaire_envoye_deux_fois_compte_une_fois(client: httpx.AsyncClient, monde: Monde) -> None:
    dossier, personne = await raconter(monde)
    csrf = await entrer(client, monde, "dpo")
    for droit in ("ACCES", "EFFACEMENT"):
        envoi = {
            "csrf": csrf, "cle": str(uuid4()), "personne": personne, "droit": droit, "recue_le": "2026-11-02",
        }  # fmt: skip
        for _ in range(2):
            assert (await client.post(f"/personnes/{dossier}/demande", data=envoi)).status_code == 303
    assert (await lire(client, f"/personnes/{dossier}")).count('<section class="demande"') == 2


async def test_une_limitation_vaut_des_qu_elle_est_enregistree(client: httpx.AsyncClient, monde: Monde) -> None:
    dossier, personne = await raconter(monde)
    await enregistrer(client, monde, dossier, personne, "LIMITATION")
    refuse = await monde.get(f"/v1/dossiers/{dossier}", "ssd", "ACCOMPAGNEMENT")
    assert (refuse.status_code, refuse.json()["code"]) == (403, "LIMITATION")
    page = await lire(client, f"/personnes/{dossier}")
    assert "Ce qui est facultatif est arrêté" in page
    assert "à faire maintenant, par le responsable du traitement" in page


async def effacer(
    client: httpx.AsyncClient, monde: Monde, dossier: str, qui: str, geste: str, agent: str = "", **valeurs: str
) -> httpx.Response:
    csrf = await entrer(client, monde, qui, agent=agent)
    page = await lire(client, f"/personnes/{dossier}")
    caches = dict(re.findall(r'name="(requete|personne|decision)" value="([^"]+)"', page))
    return await envoyer(client, f"/personnes/{dossier}/{geste}", csrf, **{**caches, **valeurs})


async def test_un_effacement_prend_deux_personnes(client: httpx.AsyncClient, monde: Monde) -> None:
    dossier, personne = await raconter(monde)
    await enregistrer(client, monde, dossier, personne, "EFFACEMENT")
    assert (await effacer(client, monde, dossier, "dpo", "avis", avis="FAVORABLE")).status_code == 303
    demandee = await requete_de(monde)
    seul = await effacer(client, monde, dossier, "dpo", "decision", sens="ACCORDE", **demandee)
    assert seul.status_code == 403  # the DPO advises (GDPR 38(6))
    sans_article = await effacer(client, monde, dossier, "responsable", "decision", sens="REFUSE")
    assert sans_article.status_code == 422
    assert "Un refus nomme l&#39;article qui le fonde" in sans_article.text
    assert (await effacer(client, monde, dossier, "responsable", "decision", sens="ACCORDE")).status_code == 303
    page = await lire(client, f"/personnes/{dossier}")
    assert "une autre personne du responsable du traitement l'exécute" in page
    assert "Effacer sans retour" not in page
    [decision] = [
        str(e["decision"])
        for _, topic, e in await monde.gate.listes.exercices(10)
        if topic == "unefois:EffacementDecide"
    ]
    meme = await effacer(client, monde, dossier, "responsable", "execution", decision=decision, **demandee)
    assert meme.status_code == 422
    assert "exécuté par une autre personne" in meme.text
    autre = await effacer(client, monde, dossier, "responsable", "execution", "directrice-2")
    assert autre.status_code == 303, autre.text
    page = await lire(client, f"/personnes/{dossier}?personne={personne}")
    assert "Cette personne est effacée" in page
    assert "Aucune demande n'est en cours." in await lire(client, "/demandes")


async def requete_de(monde: Monde) -> dict[str, str]:
    [effacement] = {str(e["effacement"]) for _, topic, e in await monde.gate.listes.exercices(10) if "effacement" in e}
    return {"requete": effacement}


async def test_les_autres_personnes_du_menage_ne_sont_pas_dites_a_qui_repond(
    client: httpx.AsyncClient, monde: Monde
) -> None:
    dossier, homme = await couple(monde)
    await enregistrer(client, monde, dossier, homme)
    assert CONJOINTE[-8:] not in await lire(client, f"/personnes/{dossier}?personne={homme}")


# a person's own file ----------------------------------------------------------------------------------------------


async def test_une_personne_lit_son_dossier_et_qui_l_a_lu(client: httpx.AsyncClient, monde: Monde) -> None:
    dossier, personne = await raconter(monde)
    donner_un_compte(monde, "elle", dossier, personne)
    await monde.get(f"/v1/dossiers/{dossier}", "ccapex", "CCAPEX_ADMINISTRATIVE")
    await entrer(client, monde, "elle")
    assert (await client.get("/mon-dossier")).headers["location"] == f"/mon-dossier/{dossier}"
    page = await lire(client, f"/mon-dossier/{dossier}")
    assert "Fatou LEROY" in page
    assert "3\u202f745,00\u00a0€" in page
    regards = page.partition('id="legende-regards"')[2]
    assert "Organisation ccapex" in regards
    assert "instructrice" not in page  # the organisation, and nobody by name (access 14)
    codes = re.findall(r">[A-Z]{3,}_[A-Z_]+<|>F\d\d[ab]?<", page)
    assert codes == []
    copie = await lire(client, f"/mon-dossier/{dossier}/copie")
    assert "3\u202f745,00\u00a0€" in copie
    assert {"regards", "copie", "lire"} <= {x["action"] for x in await monde.journal() if x["organisation"] == "elle"}


async def test_l_autre_personne_du_menage_n_apprend_rien_de_la_premiere(
    client: httpx.AsyncClient, monde: Monde
) -> None:
    """The social service follows her: nothing of it is in his file, his copy, nor who looked."""
    dossier, homme = await couple(monde)
    donner_un_compte(monde, "lui-seul", dossier, homme)
    donner_un_compte(monde, "elle-seule", dossier, CONJOINTE)
    await monde.get(f"/v1/dossiers/{dossier}", "ssd", "ACCOMPAGNEMENT")
    csrf = await entrer(client, monde, "elle-seule")
    await lire(client, f"/mon-dossier/{dossier}/copie")
    await envoyer(client, f"/mon-dossier/{dossier}/demander", csrf, droit="ACCES")
    await envoyer(client, f"/mon-dossier/{dossier}/effacer", csrf)
    assert "Effacement demandé" in await lire(client, f"/mon-dossier/{dossier}")
    await entrer(client, monde, "lui-seul")
    for chemin in (f"/mon-dossier/{dossier}", f"/mon-dossier/{dossier}/copie"):
        page = await lire(client, chemin)
        for tu in ("Organisation elle-seule", "Accompagnement", "Effacement demandé", "Awa", "refuge"):
            assert tu not in page, (chemin, tu)


def sans_les_miennes(page: str) -> str:
    """A page without what changes each time: the form's keys, and the reader's own reads."""
    sans = re.sub(r'name="(cle|csrf)" value="[^"]+"', "", page)
    return re.sub(r'<tr>\s*<th scope="row">Vous.*?</tr>', "", sans, flags=re.DOTALL)


async def test_qu_elle_se_tourne_vers_un_service_ne_change_rien_de_ce_qu_il_lit(
    client: httpx.AsyncClient, monde: Monde
) -> None:
    dossier, homme = await couple(monde)
    donner_un_compte(monde, "lui-seul", dossier, homme)
    donner_un_compte(monde, "elle-seule", dossier, CONJOINTE)
    chemins = (f"/mon-dossier/{dossier}", f"/mon-dossier/{dossier}/copie")
    await entrer(client, monde, "lui-seul")
    avant = [sans_les_miennes(await lire(client, chemin)) for chemin in chemins * 2][2:]
    await monde.get(f"/v1/dossiers/{dossier}", "ssd", "ACCOMPAGNEMENT")
    csrf = await entrer(client, monde, "elle-seule")
    await lire(client, chemins[1])
    await envoyer(client, f"/mon-dossier/{dossier}/effacer", csrf)
    await entrer(client, monde, "dpo")
    await lire(client, f"/personnes/{dossier}")
    await entrer(client, monde, "lui-seul")
    apres = [sans_les_miennes(await lire(client, chemin)) for chemin in chemins]
    assert apres == avant
    await monde.get(f"/v1/dossiers/{dossier}", "bailleur", "ACTE_EMISSION")
    assert sans_les_miennes(await lire(client, chemins[0])) != avant[0], "what is told of others is told"


async def test_une_personne_ne_parle_que_pour_elle_et_que_dans_son_dossier(
    client: httpx.AsyncClient, monde: Monde
) -> None:
    dossier, homme = await couple(monde)
    autre = await monde.ouvrir(nom="DIALLO", id_rpls="3523902548")
    donner_un_compte(monde, "lui-seul", dossier, homme)
    csrf = await entrer(client, monde, "lui-seul")
    await envoyer(client, f"/mon-dossier/{dossier}/effacer", csrf, personne=CONJOINTE)
    await envoyer(client, f"/mon-dossier/{dossier}/opposer", csrf, personne=CONJOINTE)
    dites = [e["personne"] for _, _, e in await monde.gate.listes.exercices(10) if "personne" in e]
    assert dites == [homme, homme]
    inconnu = str(uuid4())
    for chemin in ("", "/copie"):
        pages = [await client.get(f"/mon-dossier/{x}{chemin}") for x in (autre, inconnu)]
        assert {p.status_code for p in pages} == {404}
        assert pages[0].content == pages[1].content
    envois = [await envoyer(client, f"/mon-dossier/{x}/effacer", csrf) for x in (autre, inconnu)]
    assert [e.status_code for e in envois] == [404, 404]
    assert envois[0].content == envois[1].content
    assert (await client.get("/personnes")).status_code in {200, 403}
    assert (await envoyer(client, "/personnes", csrf, **LEROY)).status_code == 403


async def test_ce_qui_est_conteste_est_corrige_et_ses_lecteurs_l_apprennent(
    client: httpx.AsyncClient, monde: Monde
) -> None:
    dossier, personne = await raconter(monde)
    donner_un_compte(monde, "elle", dossier, personne)
    lu = (await monde.get(f"/v1/dossiers/{dossier}", "ccapex", "CCAPEX_ADMINISTRATIVE")).json()
    [fait] = [f["id"] for f in lu["faits"] if f["type"] == "DetteDeclaree"]
    csrf = await entrer(client, monde, "elle")
    vide = await envoyer(client, f"/mon-dossier/{dossier}/contester", csrf)
    assert vide.status_code == 422
    assert 'id="contester-fait-erreur"' in vide.text
    ailleurs = await envoyer(client, f"/mon-dossier/{dossier}/contester", csrf, fait=str(uuid4()))
    assert ailleurs.status_code == 422
    recu = await envoyer(client, f"/mon-dossier/{dossier}/contester", csrf, fait=fait)
    assert recu.headers["location"].endswith("?fait=contestation")
    await entrer(client, monde, "dpo")
    chemin = f"/personnes/{dossier}"
    assert "à faire maintenant, par l'organisme qui l'a transmise" in await lire(client, chemin)
    juste = evenement("DetteDeclaree", montant=274500, arretee_au="2026-09-30")
    corrige = juste | {"corrige": fait, "motif_correction": "ERREUR_SAISIE"}
    assert (await monde.contribuer(dossier, "bailleur", "ACTE_EMISSION", corrige)).status_code == 201
    page = await lire(client, chemin)
    assert "Organisation ccapex : n'a pas relu le dossier depuis" in page
    relu = (await monde.get(f"/v1/dossiers/{dossier}", "ccapex", "CCAPEX_ADMINISTRATIVE")).json()
    assert [f["corrige_par"] is not None for f in relu["faits"] if f["id"] == fait] == [True]
    page = await lire(client, chemin)
    assert "Organisation ccapex : a relu le dossier depuis" in page
    assert not [mot for mot in (*CONTENU, "2\u202f745", "Dette") if mot in page]


async def test_un_partage_arrete_se_reprend(client: httpx.AsyncClient, monde: Monde) -> None:
    dossier, personne = await raconter(monde)
    donner_un_compte(monde, "elle", dossier, personne)
    csrf = await entrer(client, monde, "elle")
    await envoyer(client, f"/mon-dossier/{dossier}/opposer", csrf)
    page = await lire(client, f"/mon-dossier/{dossier}")
    assert "Vous vous êtes opposé" in page
    assert 'id="opposer"' not in page
    await envoyer(client, f"/mon-dossier/{dossier}/lever", csrf, portee="OPPOSITION")
    assert 'id="opposer"' in await lire(client, f"/mon-dossier/{dossier}")
