"""The letter about a person's request: what who answers persons reads of it, and nothing of what the case tells."""

import asyncio
import re
from collections.abc import Callable
from pathlib import Path
from typing import Final
from uuid import uuid4

from adapters.gate.documents import EDITER
from adapters.mots import libelles
from tests.monde import Monde
from tests.papier.mondes import mots, pages, texte
from tests.web.test_personnes import CONTENU, enregistrer, entrer, envoyer, lire, raconter

UN_LIEN: Final = re.compile(r'href="(/personnes/[^"]+/demandes/[^"]+\.pdf)"')


async def test_la_lettre_dit_la_demande_son_delai_et_comment_avoir_sa_copie(
    monde: Monde, outil: Callable[[str], Path], tmp_path: Path
) -> None:
    dossier, personne = await raconter(monde)
    await enregistrer(monde.client, monde, dossier, personne, "ACCES")
    page = await lire(monde.client, f"/personnes/{dossier}")
    [adresse] = UN_LIEN.findall(page)
    recu = await monde.client.get(adresse)
    assert (recu.status_code, recu.headers["content-type"]) == (200, "application/pdf")
    assert pages(recu.content) == 1
    lu = texte(recu.content)
    requete = adresse.rpartition("/")[2].removesuffix(".pdf")
    for mot in (
        "accès", f"Elle porte le numéro {requete[-8:]}", f"Personne {personne[-8:]}", f"Dossier {dossier[-8:]}",
        "au plus tard", "« Mon dossier »", "Nous ne la lisons pas", "CNIL", "à porter par qui l'envoie",
    ):  # fmt: skip
        assert mot in lu, mot
    assert not [mot for mot in CONTENU if mots(mot) in lu]
    [ligne] = [x for x in await monde.journal() if x["action"] == EDITER]
    assert (ligne["issue"], str(ligne["dossier"]), ligne["echange"]) == ("autorise", dossier, {"document": "reponse"})
    fichier = tmp_path / "reponse.pdf"
    fichier.write_bytes(recu.content)
    juge = await asyncio.create_subprocess_exec(
        str(outil("verapdf")), "--flavour", "ua1", "--format", "text", str(fichier), stdout=asyncio.subprocess.PIPE
    )
    assert (await juge.communicate())[0].startswith(b"PASS")


async def test_une_fois_repondue_elle_dit_la_reponse_et_l_article_et_plus_de_delai(monde: Monde) -> None:
    dossier, personne = await raconter(monde)
    await enregistrer(monde.client, monde, dossier, personne, "RECTIFICATION")
    csrf = await entrer(monde.client, monde, "responsable")
    [adresse] = UN_LIEN.findall(await lire(monde.client, f"/personnes/{dossier}"))
    requete = adresse.rpartition("/")[2].removesuffix(".pdf")
    dit = {"requete": requete, "personne": personne, "reponse": "REFUSEE", "motif": "Déjà exacte."}
    recu = await envoyer(monde.client, f"/personnes/{dossier}/reponse", csrf, article="RGPD 12(5)(b)", **dit)
    assert recu.status_code == 303, recu.text
    lu = texte((await monde.client.get(adresse)).content)
    assert "Il y a été répondu le" in lu
    assert "refus" in lu
    assert "RGPD 12(5)(b)" in lu
    assert "au plus tard" not in lu
    assert "« Mon dossier »" not in lu
    assert "Déjà exacte" not in lu  # of the controllers' words, nothing more is handed on


async def test_une_demande_d_un_autre_dossier_est_une_demande_inconnue(monde: Monde) -> None:
    dossier, personne = await raconter(monde)
    autre = await monde.ouvrir(nom="DIALLO", id_rpls="3523902548")
    await enregistrer(monde.client, monde, dossier, personne, "ACCES")
    [adresse] = UN_LIEN.findall(await lire(monde.client, f"/personnes/{dossier}"))
    requete = adresse.rpartition("/")[2].removesuffix(".pdf")
    recus = [await monde.client.get(f"/personnes/{autre}/demandes/{r}.pdf") for r in (requete, uuid4())]
    assert [r.status_code for r in recus] == [404, 404]
    assert recus[0].content == recus[1].content
    assert libelles.jour("2026-11-02") not in recus[0].text


async def test_qui_ne_repond_pas_aux_personnes_n_en_a_pas_la_lettre(monde: Monde) -> None:
    dossier, personne = await raconter(monde)
    await enregistrer(monde.client, monde, dossier, personne, "ACCES")
    [adresse] = UN_LIEN.findall(await lire(monde.client, f"/personnes/{dossier}"))
    for qui, finalite in (("bailleur", "ACTE_EMISSION"), ("ccapex", "CCAPEX_ADMINISTRATIVE")):
        await entrer(monde.client, monde, qui, finalite)
        refus = await monde.client.get(adresse)
        assert refus.status_code == 403, qui
        assert b"%PDF" not in refus.content
    await entrer(monde.client, monde, "voisin", "ACTE_EMISSION")
    assert (await monde.client.get(adresse)).status_code == 404
