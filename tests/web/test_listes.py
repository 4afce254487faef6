"""A landlord's list, from its file to its receipt: through the pages, the real gate, the real database."""

import hashlib
import re
from collections.abc import AsyncIterator
from datetime import date
from typing import Any, Final
from uuid import UUID

import httpx2 as httpx
import pytest

from tests.monde import AGENTS, BAILLEUR, Monde, evenement, rpls
from tests.tableurs.fichiers import LEROY, MARTIN, TITRES, classeur, sauf

LISTE: Final = "/listes"


@pytest.fixture
async def client(monde: Monde) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(app=monde.app)
    async with httpx.AsyncClient(transport=transport, base_url="http://unefois.test") as c:
        yield c


async def entrer(client: httpx.AsyncClient, monde: Monde, qui: str, finalite: str) -> str:
    client.cookies.clear()
    assert (await client.get(monde.lien(qui))).status_code == 303
    csrf = champ((await client.get("/finalite")).text, "csrf")
    assert (await client.post("/finalite", data={"csrf": csrf, "finalite": finalite})).status_code == 303
    return champ((await client.get(LISTE)).text, "csrf")


def champ(html: str, nom: str) -> str:
    trouve = re.search(f'name="{nom}" value="([^"]+)"', html)
    assert trouve is not None, nom
    return trouve[1]


async def verifier(client: httpx.AsyncClient, csrf: str, octets: bytes) -> httpx.Response:
    return await client.post(f"{LISTE}/verification", data={"csrf": csrf}, files={"fichier": ("l.xlsx", octets)})


async def confirmer(client: httpx.AsyncClient, rapport: str) -> httpx.Response:
    envoi = {"csrf": champ(rapport, "csrf"), "confie": champ(rapport, "confie")}
    return await client.post(LISTE, files={"vide": ("", b"")}, data=envoi)


async def deposer(client: httpx.AsyncClient, csrf: str, octets: bytes) -> httpx.Response:
    rapport = await verifier(client, csrf, octets)
    assert rapport.status_code == 200, rapport.text
    recu = await confirmer(client, rapport.text)
    assert recu.status_code == 303, recu.text
    return await client.get(recu.headers["location"])


async def siens(monde: Monde, qui: str = "bailleur", finalite: str = "ACTE_EMISSION") -> list[dict[str, Any]]:
    await monde.projeter()
    lus: list[dict[str, Any]] = (await monde.get("/v1/dossiers", qui, finalite)).json()["dossiers"]
    return lus


async def types(monde: Monde, dossier: str) -> list[str]:
    faits = (await monde.get(f"/v1/dossiers/{dossier}", "bailleur", "ACTE_EMISSION")).json()["faits"]
    return sorted(f["type"] for f in faits)


async def test_une_liste_verifiee_n_ecrit_rien_puis_deposee_ouvre_et_propose(
    client: httpx.AsyncClient, monde: Monde
) -> None:
    csrf = await entrer(client, monde, "bailleur", "ACTE_EMISSION")
    octets = classeur(LEROY, sauf(MARTIN, dette="?"), sauf(MARTIN, nom="DURAND", opposition="oui"))
    rapport = await verifier(client, csrf, octets)
    assert "3&nbsp;lignes : 1 à déposer, 1 à corriger, 1 écartée sur opposition" in rapport.text
    assert "1&nbsp;ménage proposé à la commission « CLIL de Bobigny »" in rapport.text
    assert re.search(r'<th scope="row">G3</th><td[^>]*>« dette »\. Un montant est attendu', rapport.text)
    assert await siens(monde) == []
    for dit in ("LEROY", "MARTIN", "DURAND", "Jaurès"):
        assert dit not in rapport.text

    recu = await confirmer(client, rapport.text)
    page = await client.get(recu.headers["location"])
    assert "Récépissé de dépôt" in page.text
    assert hashlib.sha256(octets).hexdigest() in page.text
    assert "Des cellules étaient à corriger : ligne 3." in page.text
    assert "Le ménage s&#39;oppose à l&#39;examen de son dossier : ligne 4." in page.text
    [ligne] = await siens(monde)
    assert ligne["intitule"].startswith("Fatou LEROY")
    assert {"DossierOuvert", "OccupantDeclare", "DetteDeclaree", "DossierPropose"} <= {
        *await types(monde, ligne["dossier"])
    }
    lu = await monde.get(f"/v1/vues/clil/{ligne['dossier']}", "clil", "CLIL_EXAMEN")
    assert lu.status_code == 200  # it was proposed, and the household was informed


async def test_le_meme_fichier_deux_fois_n_ajoute_rien(client: httpx.AsyncClient, monde: Monde) -> None:
    csrf = await entrer(client, monde, "bailleur", "ACTE_EMISSION")
    octets = classeur(LEROY, MARTIN)
    rapport = await verifier(client, csrf, octets)
    premier, double = [await confirmer(client, rapport.text) for _ in range(2)]
    assert premier.headers["location"] == double.headers["location"]
    avant = [(ligne["dossier"], await types(monde, ligne["dossier"])) for ligne in await siens(monde)]
    second = await deposer(client, csrf, octets)
    assert [(ligne["dossier"], await types(monde, ligne["dossier"])) for ligne in await siens(monde)] == avant
    assert len(avant) == 2
    assert "Lignes prises en compte</dt><dd>2</dd>" in second.text
    accueil = (await client.get(LISTE)).text
    assert len(re.findall(r'href="/listes/[0-9a-f-]{36}"', accueil)) == 2


def anonyme(html: str) -> str:
    """A page without what a deposit draws: its number, its hour, the tokens of its forms."""
    html = re.sub(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", "N", html)
    html = re.sub(r'name="(csrf|confie)" value="[^"]+"', "", html)
    return re.sub(r"\d{1,2}(er)? \w+ \d{4} à [^<]+", "H", html)


async def test_rien_ne_dit_si_le_menage_avait_un_dossier(client: httpx.AsyncClient, monde: Monde) -> None:
    """The same list, of a household that the CCAPEX knows and of one that nobody knows: the same bytes everywhere."""
    connu = sauf(LEROY, naissance=date(1955, 4, 24))
    await monde.ouvrir("ccapex", nom="LEROY", bailleur=BAILLEUR, id_rpls="3523902547")
    vues = []
    for nom in ("LEROY", "MERCIER"):
        csrf = await entrer(client, monde, "bailleur", "ACTE_EMISSION")
        octets = classeur(
            [*sauf(connu, nom=nom), rpls(7) if nom != "LEROY" else "3523902547"], titres=[*TITRES, "RPLS"]
        )
        rapport = await verifier(client, csrf, octets)
        recu = await confirmer(client, rapport.text)
        page = await client.get(recu.headers["location"])
        sans_empreinte = page.text.replace(hashlib.sha256(octets).hexdigest(), "E")
        vues.append((rapport.status_code, anonyme(rapport.text), recu.status_code, anonyme(sans_empreinte)))
    assert vues[0] == vues[1]


async def test_l_opposition_dite_a_d_autres_ne_se_lit_pas_et_tient(client: httpx.AsyncClient, monde: Monde) -> None:
    """The household told the CCAPEX that it objects: its landlord learns nothing of it, its CLIL reads nothing.

    As a control, of a household that the CCAPEX knows and that does not object, it reads.
    """
    dossier = await monde.ouvrir("ccapex", nom="LEROY", id_rpls=rpls(1))
    await monde.ouvrir("ccapex", nom="MERCIER", id_rpls=rpls(2))
    opposition = evenement("OppositionEnregistree", portee="OPPOSITION")
    dite = await monde.contribuer(dossier, "ccapex", "CCAPEX_ADMINISTRATIVE", opposition)
    assert dite.status_code == 201, dite.text
    vues = []
    for nom, numero in (("LEROY", rpls(1)), ("MERCIER", rpls(2))):
        csrf = await entrer(client, monde, "bailleur", "ACTE_EMISSION")
        octets = classeur([*sauf(LEROY, nom=nom), numero], titres=[*TITRES, "RPLS"])
        rapport = await verifier(client, csrf, octets)
        recu = await client.get((await confirmer(client, rapport.text)).headers["location"])
        vues.append([anonyme(rapport.text), anonyme(recu.text.replace(hashlib.sha256(octets).hexdigest(), "E"))])
    assert vues[0] == vues[1]
    assert "Lignes prises en compte</dt><dd>1</dd>" in vues[0][1]
    lus = {ligne["intitule"]: ligne["dossier"] for ligne in await siens(monde)}
    assert lus["Fatou LEROY"] == dossier  # it was joined
    devant = [(await monde.get(f"/v1/vues/clil/{lus[nom]}", "clil", "CLIL_EXAMEN")).status_code for nom in sorted(lus)]
    assert devant == [404, 200]


async def test_a_l_examen_en_clil_un_bailleur_est_renvoye_a_l_autre_finalite(
    client: httpx.AsyncClient, monde: Monde
) -> None:
    """Nothing links it to a case there before an agenda: it deposits at the purpose at which it knows the household."""
    await client.get(monde.lien("bailleur"))
    csrf = champ((await client.get("/finalite")).text, "csrf")
    await client.post("/finalite", data={"csrf": csrf, "finalite": "CLIL_EXAMEN"})
    refus = await client.get(LISTE)
    assert (refus.status_code, "Changez de finalité" in refus.text) == (403, True)
    csrf = champ(refus.text, "csrf")
    assert (await verifier(client, csrf, classeur(LEROY))).status_code == 403
    assert (await client.post(LISTE, files={"vide": ("", b"")}, data={"csrf": csrf, "confie": "00"})).status_code == 403


async def test_le_secretariat_verifie_et_ouvre_sans_dette_ni_proposition(
    client: httpx.AsyncClient, monde: Monde
) -> None:
    csrf = await entrer(client, monde, "clil", "CLIL_EXAMEN")
    octets = classeur([*LEROY, "social", BAILLEUR], titres=[*TITRES, "Parc", "SIRET"])
    rapport = await verifier(client, csrf, octets)
    assert "La dette n'est pas déclarée" in rapport.text
    assert "Aucun ménage n'est proposé à la CLIL" in rapport.text
    recu = await confirmer(client, rapport.text)
    assert recu.status_code == 303
    sans_parc = await verifier(client, csrf, classeur(MARTIN))
    assert "Aucune ligne ne peut être déposée" in sans_parc.text


PLUS: Final = [*TITRES, "Parc", "SIRET"]


def au_secretariat(*lignes: Any) -> bytes:
    """The list as a landlord sends it to the secretariat: it says whose dwellings they are."""
    return classeur(*([*ligne, "social", BAILLEUR] for ligne in lignes), titres=PLUS)


def suites(rapport: str) -> list[tuple[str, ...]]:
    """What the check says of each line, cell by cell."""
    controle = rapport.partition('id="controle"')[2]
    rangees = re.findall(r'<th scope="row">(Ligne \d+)</th>(.*?)</tr>', controle, re.DOTALL)
    return [
        (nom, *(re.sub(r"<[^>]+>|\s+", " ", c).strip() for c in re.findall(r"<td[^>]*>(.*?)</td>", reste, re.DOTALL)))
        for nom, reste in rangees
    ]


async def test_le_secretariat_controle_la_liste_ligne_par_ligne(client: httpx.AsyncClient, monde: Monde) -> None:
    csrf = await entrer(client, monde, "bailleur", "ACTE_EMISSION")
    await deposer(client, csrf, classeur(LEROY))  # proposed to the CLIL, the household informed
    [propose] = await siens(monde)
    csrf = await entrer(client, monde, "clil", "CLIL_EXAMEN")
    accueil = (await client.get(LISTE)).text
    assert "Qui dépose quoi" in accueil
    octets = au_secretariat(
        LEROY,
        sauf(MARTIN, opposition="oui"),
        sauf(MARTIN, nom="DURAND", informe=None),
        sauf(MARTIN, nom="PETIT", naissance=None),
        sauf(MARTIN, nom="MOREL"),
        sauf(MARTIN, nom="MOREL"),
    )
    avant = len(await monde.journal())
    rapport = (await verifier(client, csrf, octets)).text
    court, le = propose["dossier"][-8:], "le {} octobre 2026"
    assert suites(rapport) == [
        ("Ligne 2", le.format(5), "non", f"dossier {court}", "rien à déposer"),
        ("Ligne 3", le.format(6), "oui", "non cherché", "écartée, le ménage s&#39;oppose"),
        ("Ligne 4", "à corriger", "non", "non cherché", "à corriger"),
        ("Ligne 5", le.format(6), "non", "non cherché, sans date de naissance", "à déposer"),
        ("Ligne 6", le.format(6), "non", "non", "à déposer"),
        ("Ligne 7", le.format(6), "non", "non cherché", "à corriger"),
    ]
    assert f'href="/clil/{propose["dossier"]}"' in rapport
    cherches = [x for x in (await monde.journal())[: -avant or None] if x["action"] == "rechercher"]
    assert len(cherches) == 3  # one row per line that was looked for, and one for the case that was found
    assert all(x["organisation"] == "clil" for x in cherches)
    for dit in ("LEROY", "MARTIN", "MOREL"):
        assert dit not in rapport
    recu = await client.get((await confirmer(client, rapport)).headers["location"])
    assert "Vous lisiez déjà un dossier de ce ménage : ligne 2." in recu.text
    assert "Lignes prises en compte</dt><dd>2</dd>" in recu.text
    rapport = (await verifier(client, csrf, octets)).text  # what it opened, it reads
    assert suites(rapport)[4][3].startswith("dossier ")
    assert "à déposer, 2 à corriger" in rapport


async def test_le_secretariat_n_apprend_pas_qu_un_menage_est_connu_ailleurs(
    client: httpx.AsyncClient, monde: Monde
) -> None:
    """One that the CCAPEX knows, one that objected to it and that its landlord proposed, one that nobody knows."""
    await monde.ouvrir("ccapex", nom="LEROY", id_rpls=rpls(1))
    oppose = await monde.ouvrir("ccapex", nom="MERCIER", id_rpls=rpls(2))
    opposition = evenement("OppositionEnregistree", portee="OPPOSITION")
    assert (await monde.contribuer(oppose, "ccapex", "CCAPEX_ADMINISTRATIVE", opposition)).status_code == 201
    csrf = await entrer(client, monde, "bailleur", "ACTE_EMISSION")
    await deposer(client, csrf, classeur([*sauf(LEROY, nom="MERCIER"), rpls(2)], titres=[*TITRES, "RPLS"]))
    await monde.projeter()
    vues = []
    for nom in ("LEROY", "MERCIER", "NULLEPART"):
        csrf = await entrer(client, monde, "clil", "CLIL_EXAMEN")
        octets = au_secretariat(sauf(LEROY, nom=nom))
        for _ in range(2):  # then, once more: what it opened itself is found, of each of them
            rapport = await verifier(client, csrf, octets)
            vue = [rapport.status_code, re.sub(r"dossier [0-9a-f]{8}", "dossier", anonyme(rapport.text))]
            if 'name="confie"' in rapport.text:
                recu = await client.get((await confirmer(client, rapport.text)).headers["location"])
                vue.append(anonyme(recu.text.replace(hashlib.sha256(octets).hexdigest(), "E")))
            vues.append(vue)
    assert vues[0:2] == vues[2:4] == vues[4:6]
    assert ">non<" in str(vues[0])


@pytest.mark.parametrize(("qui", "finalite"), [("ccapex", "CCAPEX_INSTRUCTION"), ("dpo", "CONTROLE")])
async def test_qui_n_ouvre_pas_de_dossier_n_a_pas_la_page(
    qui: str, finalite: str, client: httpx.AsyncClient, monde: Monde
) -> None:
    assert (await client.get(monde.lien(qui))).status_code == 303
    csrf = champ((await client.get("/finalite")).text, "csrf")
    await client.post("/finalite", data={"csrf": csrf, "finalite": finalite})
    accueil = await client.get("/", follow_redirects=True)
    assert 'href="/listes"' not in accueil.text
    assert (await client.get(LISTE)).status_code == 403
    csrf = champ(accueil.text, "csrf")
    assert (await verifier(client, csrf, classeur(LEROY))).status_code == 403
    assert (await client.get(f"{LISTE}/{UUID(int=1)}")).status_code == 403


async def test_le_recepisse_d_un_autre_est_celui_de_personne(client: httpx.AsyncClient, monde: Monde) -> None:
    csrf = await entrer(client, monde, "bailleur", "ACTE_EMISSION")
    page = await deposer(client, csrf, classeur(LEROY))
    sien = page.url.path
    await entrer(client, monde, "voisin", "ACTE_EMISSION")
    reponses = [await client.get(adresse) for adresse in (sien, f"{LISTE}/{UUID(int=9)}")]
    assert [r.status_code for r in reponses] == [404, 404]
    assert reponses[0].content == reponses[1].content
    assert 'href="/listes/0' not in (await client.get(LISTE)).text
    await entrer(client, monde, "ccapex", "ACTE_EMISSION")  # whatever its function
    reponses = [await client.get(adresse) for adresse in (sien, f"{LISTE}/{UUID(int=9)}")]
    assert [r.status_code for r in reponses] == [404, 404]
    assert reponses[0].content == reponses[1].content


async def test_ce_qui_fut_verifie_ne_se_confirme_que_dans_sa_session(client: httpx.AsyncClient, monde: Monde) -> None:
    csrf = await entrer(client, monde, "bailleur", "ACTE_EMISSION")
    rapport = (await verifier(client, csrf, classeur(LEROY))).text
    confie = champ(rapport, "confie")
    assert b"LEROY".hex() not in confie
    for essai in ("", "00" * 60, confie[:-2] + "00"):
        refuse = await client.post(LISTE, files={"vide": ("", b"")}, data={"csrf": csrf, "confie": essai})
        assert refuse.status_code == 422
        assert "déposez de nouveau le" in refuse.text
    ailleurs = await entrer(client, monde, "voisin", "ACTE_EMISSION")
    refuse = await client.post(LISTE, files={"vide": ("", b"")}, data={"csrf": ailleurs, "confie": confie})
    assert refuse.status_code == 422
    assert await siens(monde) == []
    assert await siens(monde, "voisin") == []


async def test_un_formulaire_d_ailleurs_ou_hors_bornes_est_refuse(client: httpx.AsyncClient, monde: Monde) -> None:
    csrf = await entrer(client, monde, "bailleur", "ACTE_EMISSION")
    fichier = {"fichier": ("l.xlsx", classeur(LEROY))}
    adresse = f"{LISTE}/verification"
    assert (await client.post(adresse, files=fichier)).status_code == 403
    assert (await client.post(adresse, files=fichier, data={"csrf": "autre"})).status_code == 403
    origine = {"Origin": "https://ailleurs.example"}
    assert (await client.post(adresse, files=fichier, data={"csrf": csrf}, headers=origine)).status_code == 403
    rien = await client.post(adresse, files={"fichier": ("", b"")}, data={"csrf": csrf})
    assert (rien.status_code, "Choisissez le fichier" in rien.text) == (422, True)
    lourd = await client.post(adresse, files={"fichier": ("l", b"x" * (8 << 20))}, data={"csrf": csrf})
    assert (lourd.status_code, "dépasse 5 Mo" in lourd.text) == (413, True)
    assert "inscrit au journal" not in lourd.text.partition("<main")[2]
    gros = await client.post(adresse, files={"fichier": ("l", b"Nom;Dette\n" * 600_000)}, data={"csrf": csrf})
    assert (gros.status_code, "dépasse 5 Mo" in gros.text) == (422, True)
    deux = [("fichier", ("a", b"x")), ("fichier", ("b", b"y"))]
    assert (await client.post(adresse, files=deux, data={"csrf": csrf})).status_code == 422
    for corps, genre in (
        (b"x", "multipart/form-data"),
        (b"--b\r\n\r\n", "multipart/form-data; boundary=b"),
        (b"a=1", "text/plain"),
    ):
        assert (await client.post(adresse, content=corps, headers={"Content-Type": genre})).status_code in {403, 422}


async def test_chaque_geste_laisse_sa_ligne_au_journal(client: httpx.AsyncClient, monde: Monde) -> None:
    csrf = await entrer(client, monde, "bailleur", "ACTE_EMISSION")
    page = await deposer(client, csrf, classeur(LEROY))
    await client.get(page.url.path)
    lignes = [x for x in await monde.journal() if x["organisation"] == "bailleur"]
    assert [x["motif"] for x in lignes if x["action"] == "ouvrir"] == ["lien_allegue", "a_blanc"]
    assert {x["agent"] for x in lignes} == {AGENTS["bailleur"]}
    assert sum(x["action"] == "deposer" for x in lignes) >= 4
    assert all("LEROY" not in str(x) for x in lignes)


async def test_une_date_que_la_porte_refuse_est_montree_a_sa_cellule(client: httpx.AsyncClient, monde: Monde) -> None:
    csrf = await entrer(client, monde, "bailleur", "ACTE_EMISSION")
    rapport = await verifier(client, csrf, classeur(sauf(LEROY, naissance=date(2026, 11, 2))))
    assert '<th scope="row">C2</th>' in rapport.text


async def test_une_longue_liste_a_le_temps_qu_il_lui_faut(
    client: httpx.AsyncClient, monde: Monde, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Pages are answered in three seconds, or told that they are not; a list is as many requests as it has lines."""
    csrf = await entrer(client, monde, "bailleur", "ACTE_EMISSION")
    octets = classeur(*(sauf(LEROY, nom=f"NOM {a}{b}") for a in "ABCDEFGHIJ" for b in "ABCDEFGHIJKL"))
    monkeypatch.setattr("adapters.rest.delai.LIMITE", 0.15)
    with monkeypatch.context() as sans_sursis:
        sans_sursis.setattr("adapters.web.listes.SURSIS_S", 0)
        assert (await verifier(client, csrf, octets)).status_code == 503
    rapport = await verifier(client, csrf, octets)
    assert "120&nbsp;lignes : 120 à déposer" in rapport.text
    assert (await confirmer(client, rapport.text)).status_code == 303


async def test_le_classeur_vide_se_lit(client: httpx.AsyncClient, monde: Monde) -> None:
    csrf = await entrer(client, monde, "bailleur", "ACTE_EMISSION")
    vide = await client.get(f"{LISTE}/modele.xlsx")
    assert vide.headers["content-disposition"] == 'attachment; filename="liste-debiteurs.xlsx"'
    refuse = await verifier(client, csrf, vide.content)
    assert "aucune ligne sous ses titres" in refuse.text
