"""« Qui fait quoi, pour quand »: what a session asked, of whom, by when; and the households that are to be told."""

import re
from datetime import date, timedelta

import httpx2 as httpx

from tests.bases import AUJOURD_HUI
from tests.monde import Monde, evenement
from tests.web.test_porte import client, traces
from tests.web.test_rangs import prete
from tests.web.test_seances import (
    APRES,
    CCAPEX,
    CLIL,
    LE,
    Secretaire,
    entrer_secretaire,
    inscrits,
    propose,
)

__all__ = ["client"]


def lignes(page: str) -> list[list[str]]:
    """The table, in words."""
    [corps] = re.findall(r"<tbody>(.*?)</tbody>", page, re.DOTALL)
    return [
        [" ".join(re.sub("<[^>]+>", " ", c).split()) for c in re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", x, re.DOTALL)]
        for x in re.findall(r"<tr[^>]*>(.*?)</tr>", corps, re.DOTALL)
    ]


async def tenue(client: httpx.AsyncClient, monde: Monde) -> tuple[Secretaire, str, list[str]]:
    """A CLIL that examined two cases: two actions of the first, none of the second."""
    dossiers = [await propose(monde, n) for n in range(2)]
    await monde.projeter()
    s = await entrer_secretaire(client, monde, CLIL)
    seance = await s.convoquer("clil-bobigny", LE)
    await inscrits(s, monde, seance, *dossiers)
    for dossier in dossiers:
        await s.dire(f"{seance}/dossiers/{dossier}/avis", sens="MAINTIEN", texte="Un plan.")
    for categorie, qui, quand in (("PLAN_APUREMENT", "bailleur", APRES), ("SERVICE_SOCIAL", "menage", "2026-11-20")):
        await s.dire(
            f"{seance}/dossiers/{dossiers[0]}/recommandation",
            categorie=categorie, destinataire=qui, echeance=quand, texte=f"à faire par {qui}",
        )  # fmt: skip
    await monde.projeter()
    return s, seance, dossiers


async def test_une_page_dit_qui_fait_quoi_pour_quand(client: httpx.AsyncClient, monde: Monde) -> None:
    s, seance, dossiers = await tenue(client, monde)
    assert f"{seance}/actions" in await s.lire(seance)
    page = await s.lire(f"{seance}/actions")
    premiere, seconde = lignes(page)
    assert premiere[1:] == ["le ménage", "20 novembre 2026", "à faire"]
    assert seconde[1:] == ["Organisation bailleur", "2 décembre 2026", "à faire"]
    assert "NOM00" in premiere[0]
    assert "à faire par menage" in premiere[0]
    sans = page.partition('id="titre-sans-action"')[2]
    assert dossiers[1] in sans
    assert dossiers[0] not in sans
    assert len(lignes(await s.lire(f"{seance}/actions?qui=bailleur"))) == 1
    assert "Aucune action ne répond" in await s.lire(f"{seance}/actions?etat=faites")
    assert "Aucune action ne répond" in await s.lire(f"{seance}/actions?qui=personne")


async def test_ce_qui_est_fait_et_ce_qui_est_en_retard_se_distinguent(client: httpx.AsyncClient, monde: Monde) -> None:
    s, seance, (dossier, _) = await tenue(client, monde)
    faits = (await monde.get(f"/v1/vues/clil/{dossier}", *CLIL)).json()["faits"]
    ids = {
        f["champs"]["destinataire"]: f["champs"]["recommandation"] for f in faits if f["type"] == "RecommandationEmise"
    }
    await s.dire(f"{seance}/dossiers/{dossier}/suite", recommandation=ids["bailleur"], statut="REALISEE", motif="signé")
    monde.gate.aujourd_hui = monde.gate.ledger._aujourd_hui = lambda: AUJOURD_HUI + timedelta(25)
    s = await entrer_secretaire(client, monde, CLIL)
    faite = lignes(await s.lire(f"{seance}/actions?etat=faites"))
    assert [x[1] for x in faite] == ["Organisation bailleur"]
    assert "signé" in faite[0][3]
    for etat in ("echues", "a-faire"):
        [retard] = lignes(await s.lire(f"{seance}/actions?etat={etat}"))
        assert retard[1:] == ["le ménage", "20 novembre 2026 en retard", "à faire"]


async def test_le_dossier_dit_les_memes_actions_que_la_seance(client: httpx.AsyncClient, monde: Monde) -> None:
    s, seance, (dossier, _) = await tenue(client, monde)
    attendues = [x[1:3] for x in lignes(await s.lire(f"{seance}/actions"))]
    for adresse in (f"{seance}/dossiers/{dossier}", f"/clil/{dossier}"):
        page = await s.lire(adresse)
        assert "Qui fait quoi, pour quand" in page
        tableau = page.partition('class="liste empilable actions"')[2].partition("</table>")[0]
        assert [x[1:3] for x in lignes(tableau)] == attendues, adresse


async def test_le_menage_a_aviser_a_son_courrier_et_ne_l_est_plus_une_fois_dit(
    client: httpx.AsyncClient, monde: Monde
) -> None:
    s, seance, (premier, second) = await prete(client, monde, 2)
    await s.dire(f"{seance}/dossiers/{premier}/avis", sens="MAINTIEN", texte="Un plan.")
    await monde.projeter()
    page = await s.lire(f"{seance}/actions")
    assert "Ménages à aviser" in page
    assert "Cette séance n'a encore rien demandé à personne." in page
    [(dossier, avis)] = re.findall(r"/ccapex/([0-9a-f-]+)/documents/notification-avis\.pdf\?acte=([0-9a-f-]+)", page)
    assert dossier == premier
    assert second not in page  # it is not examined
    assert "n'en est pas encore avisé" in await s.lire(f"{seance}/dossiers/{premier}")
    fait = await s.dire(
        f"/corrections/{premier}/{avis}", quoi="remplacer", survenu_le=LE, sens="MAINTIEN", texte="Un plan.",
        menage_avise_le=LE, motif_correction="PRECISION", retour=f"{seance}/actions",
    )  # fmt: skip
    assert fait.headers["location"] == f"{seance}/actions?fait=fait-corrige"
    await monde.projeter()
    assert "Ménages à aviser" not in await s.lire(f"{seance}/actions")
    assert "Ménage avisé le" in await s.lire(f"{seance}/dossiers/{premier}")


async def test_qui_siege_lit_les_actions_de_ce_qu_il_lit_et_ne_voit_pas_qui_est_a_aviser(
    client: httpx.AsyncClient, monde: Monde
) -> None:
    """Rule 7: up to the session; the day after, nothing is left of it."""
    s, seance, dossiers = await tenue(client, monde)
    await s.dire(f"{seance}/sieges", nouveau="caf", nouvelle_voix="deliberative")
    caf = ("caf", "CLIL_EXAMEN")
    s = await entrer_secretaire(client, monde, caf)
    avant = len(await traces(monde))
    page = await s.lire(f"{seance}/actions")
    assert len(lignes(page)) == 2
    assert "Ménages à aviser" not in page
    assert "/corrections/" not in page
    lues = (await traces(monde))[avant:]
    assert lues.count(("caf", "lire", "CLIL_EXAMEN", "autorise")) >= len(dossiers)
    monde.gate.aujourd_hui = monde.gate.ledger._aujourd_hui = lambda: date.fromisoformat(LE) + timedelta(1)
    s = await entrer_secretaire(client, monde, caf)
    page = await s.lire(f"{seance}/actions")
    assert not any(dossier in page for dossier in dossiers)


async def test_le_dossier_mene_a_la_seance_tenue_ou_son_avis_se_dit(client: httpx.AsyncClient, monde: Monde) -> None:
    """To its own, already held, where it still is: not to one to come, nor to one that it left."""
    s, seance, (premier, second) = await prete(client, monde, 2)
    a_venir = await s.convoquer(le=APRES)
    await inscrits(s, monde, a_venir, premier)
    await s.dire(f"{seance}/lot", quoi="retirer", dossiers=second, motif="ERREUR")
    page = await s.lire(f"/ccapex/{premier}")
    assert f'href="{seance}/dossiers/{premier}"' in page
    assert f'href="{a_venir}/dossiers/{premier}"' not in page
    page = await s.lire(f"/ccapex/{second}")
    assert seance not in page
    assert "L'avis se dit dans la séance où le dossier est inscrit" in page
    examine = evenement("DossierExamine", LE, instance="CCAPEX")
    assert (await monde.contribuer(premier, *CCAPEX, examine)).status_code == 201
