"""What a person is handed of its own: all of its JSON copy, nothing of anybody else's, one row before it."""

import asyncio
import io
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx2 as httpx
import pikepdf
import pytest

from adapters.gate import regards
from adapters.gate.demandes import COPIE
from adapters.mots import libelles
from ledger.catalogue import Nature, catalogue, champs
from ledger.droit.listes import libelle
from ledger.errors import JournalIndisponible
from tests.monde import Monde, evenement
from tests.papier.mondes import mots, pages, texte
from tests.rest.recit import raconter, titulaire
from tests.rest.test_regles import CONJOINTE, couple
from tests.web.test_personnes import DROITS, donner_un_compte, entrer, envoyer


async def sienne(monde: Monde) -> str:
    """The case of a person who has an account."""
    dossier = await raconter(monde)
    donner_un_compte(monde, "elle", dossier, await titulaire(monde, dossier))
    return dossier


async def remise(monde: Monde, dossier: str, qui: str = "elle") -> httpx.Response:
    await entrer(monde.client, monde, qui)
    return await monde.client.get(f"/mon-dossier/{dossier}/copie.pdf")


async def copie_json(monde: Monde, dossier: str, qui: str = "elle") -> Any:
    recu = await monde.client.get(f"/v1/dossiers/{dossier}", headers=monde.entetes(qui, DROITS, "agent-1"))
    assert recu.status_code == 200, recu.text
    return recu.json()


def dits(fait: dict[str, Any]) -> Iterator[str]:
    """Each value of a fact, as a person reads it: by the kind of its field, and not by what the paper does with it."""
    decrits = champs(catalogue()[fait["type"]])
    for nom, valeur in fait["champs"].items():
        for v in valeur if isinstance(valeur, list) else [valeur]:
            champ = decrits[nom]
            match v:
                case None:
                    continue
                case bool():
                    yield "oui" if v else "non"
                case int() if champ.nature is Nature.MONTANT:
                    yield libelles.montant(v)
                case str() if nom == "commune":
                    yield libelles.commune(v, date.fromisoformat(fait["survenu_le"]))
                case str() if champ.nature is Nature.DATE:
                    yield libelles.jour(v)
                case str() if champ.liste:
                    yield libelle(champ.liste, v)
                case _:
                    yield str(v)


async def test_chaque_valeur_de_la_copie_json_est_dans_la_copie_imprimee(monde: Monde) -> None:
    dossier = await sienne(monde)
    await monde.get(f"/v1/dossiers/{dossier}", "ccapex", "CCAPEX_ADMINISTRATIVE")
    recu = await remise(monde, dossier)
    assert (recu.status_code, recu.headers["content-type"]) == (200, "application/pdf"), recu.text
    assert recu.headers["content-disposition"] == f'attachment; filename="copie-{dossier[-8:]}.pdf"'
    lu = texte(recu.content)
    vu = await copie_json(monde, dossier)
    assert len(vu["faits"]) > 25
    valeurs = 0
    for fait in vu["faits"]:
        attendus = [
            fait["id"], fait["libelle"], libelles.jour(fait["survenu_le"]), libelles.instant(fait["enregistre_le"]),
            fait["auteur"]["organisation"], *dits(fait),
            *([libelles.role(fait["auteur"]["role"])] if fait["auteur"]["role"] else []),
            *([libelles.finalite(fait["finalite"])] if fait["finalite"] else []),
        ]  # fmt: skip
        for attendu in attendus:
            assert mots(attendu) in lu, (fait["type"], attendu)
            valeurs += 1
    assert valeurs > 250
    for c in vu["communique"]:
        assert c["libelle"][1:] in lu
    for n in vu["non_communique"]:
        assert n["libelle"][1:] in lu
        assert mots(n["motif"]) in lu
    for jour in ("ouvert_le", "dernier_acte_le", "prochaine_audience", "information_menage"):
        assert mots(libelles.jour(vu["synthese"][jour])) in lu
    for mot in (vu["dossier"], vu["synthese"]["bailleur_siret"], libelles.stade(vu["synthese"]["stade"]), "Bobigny"):
        assert mot in lu
    horloges = (
        await monde.client.get(f"/v1/dossiers/{dossier}/echeances", headers=monde.entetes("elle", DROITS, "agent-1"))
    ).json()["echeances"]
    assert horloges
    for h in horloges:
        assert mots(h["explication"]) in lu


async def test_elle_dit_qui_a_lu_et_pour_quoi_ses_droits_et_combien_de_temps(monde: Monde) -> None:
    dossier = await sienne(monde)
    await monde.get(f"/v1/dossiers/{dossier}", "ccapex", "CCAPEX_ADMINISTRATIVE")
    lu = texte((await remise(monde, dossier)).content)
    lecteurs = lu.partition("Qui a lu votre dossier, et pour quoi")[2].partition("Ce qui a été obtenu")[0]
    assert "Organisation ccapex (service instructeur de la CCAPEX)" in lecteurs
    assert libelles.finalite("CCAPEX_ADMINISTRATIVE") in lecteurs
    assert "instructrice" not in lu  # the organisation, and nobody by name (access 14)
    for mot in (
        "deux ans après votre dernier contact", "article R.114-9-7", "3 place de Fontenoy", "articles 16 à 21",
        "Responsables du traitement", "Délégué à la protection des données", "Aucune : ce service ne décide rien.",
    ):  # fmt: skip
        assert mot in lu, mot


async def test_d_une_autre_personne_du_menage_il_n_y_a_rien(monde: Monde) -> None:
    dossier, homme = await couple(monde)
    donner_un_compte(monde, "lui-seul", dossier, homme)
    donner_un_compte(monde, "elle-seule", dossier, CONJOINTE)
    await monde.get(f"/v1/dossiers/{dossier}", "ssd", "ACCOMPAGNEMENT")
    csrf = await entrer(monde.client, monde, "elle-seule")
    assert (await monde.client.get(f"/mon-dossier/{dossier}/copie.pdf")).status_code == 200
    await envoyer(monde.client, f"/mon-dossier/{dossier}/effacer", csrf)
    sienne_ = (await remise(monde, dossier, "lui-seul")).content
    lu = texte(sienne_)
    for tu in ("Organisation elle-seule", "Accompagnement ouvert", "Effacement demandé", "Awa", "refuge", CONJOINTE):
        assert tu not in lu, tu
    with pikepdf.open(io.BytesIO(sienne_)) as pdf:
        octets = (
            b" ".join(o.read_bytes() for o in pdf.objects if isinstance(o, pikepdf.Stream)) + str(pdf.docinfo).encode()
        )
    assert CONJOINTE.encode() not in octets
    vu = await copie_json(monde, dossier, "lui-seul")
    for fait in vu["faits"]:
        assert fait["id"] in lu


async def test_elle_n_est_remise_qu_a_la_personne_et_ailleurs_rien_n_est_dit(monde: Monde) -> None:
    dossier = await sienne(monde)
    autre = await monde.ouvrir(nom="DIALLO", id_rpls="3523902548")
    await entrer(monde.client, monde, "elle")
    recus = [await monde.client.get(f"/mon-dossier/{x}/copie.pdf") for x in (autre, str(uuid4()))]
    assert [r.status_code for r in recus] == [404, 404]
    assert recus[0].content == recus[1].content
    # Whoever answers persons reads nothing of what the case tells: it hands over no copy.
    for qui in ("dpo", "responsable"):
        await entrer(monde.client, monde, qui)
        assert (await monde.client.get(f"/mon-dossier/{dossier}/copie.pdf")).status_code == 403
    lignes = [x for x in await monde.journal() if x["action"] == COPIE]
    assert lignes == []


async def test_sa_ligne_dit_la_copie_et_le_papier_et_la_demande_d_acces_la_voit(monde: Monde) -> None:
    dossier = await sienne(monde)
    csrf = await entrer(monde.client, monde, "elle")
    await envoyer(monde.client, f"/mon-dossier/{dossier}/demander", csrf, droit="ACCES")
    assert (await monde.client.get(f"/mon-dossier/{dossier}/copie.pdf")).status_code == 200
    [ligne] = [x for x in await monde.journal() if x["action"] == COPIE]
    assert (ligne["issue"], ligne["organisation"], ligne["echange"]) == ("autorise", "elle", {"document": "copie"})
    await entrer(monde.client, monde, "dpo")
    page = (await monde.client.get(f"/personnes/{dossier}")).text
    etape = page.partition("Copie remise à la personne")[2][:400]
    assert "2026" in etape


async def test_sans_journal_rien_n_est_descelle(monde: Monde, monkeypatch: pytest.MonkeyPatch) -> None:
    dossier = await sienne(monde)
    await entrer(monde.client, monde, "elle")

    async def muet(*_: object) -> None:
        raise JournalIndisponible("muet")

    monkeypatch.setattr(monde.gate.ledger.journal, "inscrire", muet)
    recu = await monde.client.get(f"/mon-dossier/{dossier}/copie.pdf")
    assert recu.status_code == 503
    assert b"%PDF" not in recu.content


async def test_elle_est_pdf_ua_corrections_et_effacement_dits(
    monde: Monde, outil: Callable[[str], Path], tmp_path: Path
) -> None:
    dossier = await sienne(monde)
    vu = await copie_json(monde, dossier)
    [reprise] = [f["id"] for f in vu["faits"] if f["type"] == "RepriseLoyerConstatee"]
    retrait = evenement("FaitCorrige", corrige=reprise, motif="ERREUR_SAISIE")
    assert (await monde.contribuer(dossier, "bailleur", "ACTE_EMISSION", retrait)).status_code == 201
    octets = (await remise(monde, dossier)).content
    assert f"n° {reprise}" in texte(octets)
    assert "N'est plus retenue : corrigée par la donnée" in texte(octets)
    assert 3 <= pages(octets) <= 9
    fichier = tmp_path / "copie.pdf"
    fichier.write_bytes(octets)
    juge = await asyncio.create_subprocess_exec(
        str(outil("verapdf")), "--flavour", "ua1", "--format", "text", str(fichier), stdout=asyncio.subprocess.PIPE
    )
    assert (await juge.communicate())[0].startswith(b"PASS")


async def test_une_longue_copie_se_fait_entiere_et_se_poursuit(monde: Monde, monkeypatch: pytest.MonkeyPatch) -> None:
    dossier = await sienne(monde)
    monkeypatch.setattr(regards, "FAITS_PAR_COPIE", 20)
    premiere = texte((await remise(monde, dossier)).content)
    assert "Cette copie a une suite" in premiere
    page = (await monde.client.get(f"/mon-dossier/{dossier}/copie")).text
    apres = page.partition(f"/mon-dossier/{dossier}/copie?apres=")[2][:36]
    page = (await monde.client.get(f"/mon-dossier/{dossier}/copie?apres={apres}")).text
    assert f'href="/mon-dossier/{dossier}/copie.pdf?apres={apres}"' in page
    suite = texte((await monde.client.get(f"/mon-dossier/{dossier}/copie.pdf?apres={apres}")).content)
    assert "Cette copie a une suite" not in suite
    tous = [f["id"] for f in (await copie_json(monde, dossier))["faits"]]
    assert len(tous) > 25
    assert [(f"n° {i}" in premiere, f"n° {i}" in suite) for i in tous] == [(n < 20, n >= 20) for n in range(len(tous))]
