"""What waits for an agenda, and why, as its secretariat is shown it; and nobody else."""

import html
import re
from datetime import date, timedelta
from typing import Any, Final
from uuid import uuid4

import httpx2 as httpx
import pytest

from adapters.registre.administration import administrer, convoquer
from adapters.registre.instantane import Seance
from adapters.web import seances
from tests.bases import AUJOURD_HUI, SCHEMA
from tests.monde import PAR, Monde, evenement, rpls
from tests.rest.mondes import compter_le_travail
from tests.web.test_porte import client
from tests.web.test_seances import APRES, CCAPEX, CLIL, entrer_secretaire, inscrits, ordre_du_jour, propose, saisi

__all__ = ["client"]

ADMINISTRATIVE: Final = ("ccapex", "CCAPEX_ADMINISTRATIVE")


async def saisie_par(monde: Monde, n: int, qui: tuple[str, str] = ("bailleur", "ACTE_EMISSION"), **dit: Any) -> str:
    """A case of which nobody told the debt, but with its saisine."""
    dossier = await monde.ouvrir("bailleur", nom=f"NOM{n:02}", id_rpls=rpls(100 + n))
    recu = await monde.contribuer(dossier, *qui, evenement("CcapexSaisie", "2026-10-12", **dit))
    assert recu.status_code == 201, recu.text
    return dossier


def lignes(page: str) -> dict[str, str]:
    """By case, its line, in words."""
    trouvees = re.findall(r'<tr id="d-([0-9a-f-]+)">(.*?)</tr>', page, re.DOTALL)
    return {dossier: " ".join(html.unescape(re.sub("<[^>]+>", " ", ligne)).split()) for dossier, ligne in trouvees}


async def test_une_saisine_dit_par_qui_et_ce_qui_lui_manque(client: httpx.AsyncClient, monde: Monde) -> None:
    complete = await saisie_par(monde, 0, saisissant="BAILLEUR", dette=150000, dette_arretee_au="2026-10-01")
    nue = await saisie_par(monde, 1, saisissant="BAILLEUR")
    reputee = await saisie_par(monde, 2, saisissant="CAF", reputee=True, decompte_joint=True)
    de_clil = await monde.ouvrir("clil", nom="NOM03", id_rpls=rpls(103))
    saisine = evenement("CcapexSaisie", "2026-10-13", saisissant="TIERS")
    recu = await monde.contribuer(de_clil, "clil", "ACCOMPAGNEMENT", saisine)
    assert recu.status_code == 201, recu.text
    await monde.projeter()
    s = await entrer_secretaire(client, monde)
    page = await s.lire(await s.convoquer(le=APRES))
    assert "4 dossiers en attente" in page
    assert "Ne pas inscrire" not in page  # a saisine is instructed, and closed in its case
    dites = lignes(page)
    assert "à inscrire saisie : bailleur, le 12 octobre 2026" in dites[complete]
    assert "à compléter" in dites[nue]
    assert "manque : décompte de la dette" in dites[nue]
    assert "à inscrire réputée saisie par le signalement de l'impayé" in dites[reputee]
    assert "transmis par une CLIL (Organisation clil)" in dites[de_clil]


async def test_une_proposition_a_la_clil_dit_par_qui_et_pourquoi(client: httpx.AsyncClient, monde: Monde) -> None:
    dossier = await propose(monde, 0)
    pourquoi = evenement("DossierPropose", "2026-10-16", instance="CLIL", motif="plan à construire")
    assert (await monde.contribuer(dossier, "ssd", "ACCOMPAGNEMENT", pourquoi)).status_code == 201
    await monde.projeter()
    s = await entrer_secretaire(client, monde, CLIL)
    dites = lignes(await s.lire(await s.convoquer("clil-bobigny", APRES)))
    lu = (await monde.get(f"/v1/vues/clil/{dossier}", *CLIL)).json()
    auteur = next(f["auteur"]["organisation"] for f in lu["faits"] if f["type"] == "DossierPropose")
    assert f"proposé par {auteur}, le 16 octobre 2026" in dites[dossier]
    assert "plan à construire" in dites[dossier]


async def test_inscrite_la_saisine_n_attend_plus_et_reportee_elle_dit_d_ou_elle_vient(
    client: httpx.AsyncClient, monde: Monde
) -> None:
    dossiers = [await saisi(monde, n) for n in range(2)]
    await monde.projeter()
    s = await entrer_secretaire(client, monde)
    seance, suivante = await s.convoquer(), await s.convoquer(le=APRES)
    assert "Inscrire les 2 dossiers en attente" in await s.lire(seance)
    confirmation = await s.lire(f"{seance}/lot?quoi=inscrire&tous=PROPOSE")
    assert all(dossier in confirmation for dossier in dossiers)
    await inscrits(s, monde, seance, *dossiers)
    assert set((await ordre_du_jour(monde, seance)).values()) == {"INSCRIT"}
    await s.dire(
        f"{seance}/lot", quoi="reporter", dossiers=dossiers[0], reporte_a=suivante.rpartition("/")[2],
        motif="INFORMATION_ATTENDUE",
    )  # fmt: skip
    await monde.projeter()
    page = await s.lire(suivante)
    assert "reporté d'une autre séance : information attendue d'un partenaire" in lignes(page)[dossiers[0]]
    assert "en attente d'une séance" not in page


async def test_ce_qui_fut_examine_il_y_a_un_an_se_remet_a_l_ordre_du_jour(
    client: httpx.AsyncClient, monde: Monde
) -> None:
    with administrer(monde.bases.registre_url, PAR, SCHEMA) as registre:
        convoquer(registre, Seance(uuid4(), "CCAPEX", "departement", date(2025, 10, 1), date(2025, 11, 2)))
    dossier = await saisi(monde, 0)
    await monde.projeter()
    s = await entrer_secretaire(client, monde)
    seance, suivante = await s.convoquer(), await s.convoquer(le=APRES)
    await inscrits(s, monde, seance, dossier)
    examine = evenement("DossierExamine", "2025-11-02", instance="CCAPEX")
    assert (await monde.contribuer(dossier, *CCAPEX, examine)).status_code == 201
    await monde.projeter()
    assert "Examinés il y a un an" not in await s.lire(seance)  # it is there already
    page = await s.lire(suivante)
    assert "Examinés il y a un an" in page
    assert f'name="d" value="{dossier}"' in page
    await inscrits(s, monde, suivante, dossier)
    assert (await ordre_du_jour(monde, suivante)) == {dossier: "INSCRIT"}
    assert "Examinés il y a un an" not in await s.lire(suivante)


async def test_une_seance_passee_ne_montre_plus_ce_qui_attend(client: httpx.AsyncClient, monde: Monde) -> None:
    dossier = await saisi(monde, 0)
    await monde.projeter()
    s = await entrer_secretaire(client, monde)
    seance = await s.convoquer()
    assert dossier in await s.lire(seance)
    monde.gate.aujourd_hui = monde.gate.ledger._aujourd_hui = lambda: AUJOURD_HUI + timedelta(1)
    s = await entrer_secretaire(client, monde)
    assert dossier not in await s.lire(seance)
    assert dossier in await s.lire(await s.convoquer(le=APRES))


async def test_les_commandements_signales_se_trient_selon_le_seuil(client: httpx.AsyncClient, monde: Monde) -> None:
    """By the clock of the law, as the API counts it for the same reader: a commandement does not seize the CCAPEX."""
    dits: tuple[dict[str, int], ...] = (
        {"mois_impayes": 1, "dette": 90000, "loyer": 80061},
        {"mois_impayes": 9, "dette": 790000, "loyer": 80061},
        {},
    )
    dossiers = []
    for n, dit in enumerate(dits):
        dossiers.append(await monde.ouvrir("bailleur", nom=f"NOM{n:02}", id_rpls=rpls(100 + n)))
        recu = await monde.contribuer(
            dossiers[-1], *ADMINISTRATIVE, evenement("CommandementPayerSignifie", "2025-06-02", motif="LOYER", **dit)
        )
        assert recu.status_code == 201, recu.text
    await monde.projeter()
    s = await entrer_secretaire(client, monde, ADMINISTRATIVE)
    seance = await s.convoquer(le=APRES)
    assert "inscrire?stade=COMMANDEMENT" in await s.lire(f"{seance}/inscrire")
    page = await s.lire(f"{seance}/inscrire?stade=COMMANDEMENT")
    dites = [
        " ".join(html.unescape(re.sub("<[^>]+>", " ", x)).split())
        for x in re.findall("<tr>(.*?)</tr>", page, re.DOTALL)
    ]
    sous, dessus, inconnu = (next(x for x in dites if f"NOM{n:02}" in x) for n in range(3))
    assert "sous le seuil de signalement" in sous
    assert "au-dessus du seuil de signalement" in dessus
    assert "seuil non calculable" in inconnu
    assert page.count(">à trier<") == len(dits)
    assert dossiers[0] not in await s.lire(seance)  # signalled is not proposed
    saisir = await s.lire(f"/dossiers/{dossiers[0]}/transmettre/CcapexSaisie")
    assert "CCAPEX saisie" in saisir


async def test_ce_qui_attend_se_lit_par_pages_et_ne_se_compte_pas_au_dela_d_un_lot(
    client: httpx.AsyncClient, monde: Monde, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A page reads so many cases, however many wait; what is to be examined is on the first, whole."""
    monkeypatch.setattr(seances, "PROPOSES", 2)
    monkeypatch.setattr(seances, "LOT", 4)
    monkeypatch.setitem(seances._MOTS, "lot", 4)
    dossiers = [await saisi(monde, n) for n in range(6)]
    await monde.projeter()
    s = await entrer_secretaire(client, monde)
    seance = await s.convoquer()
    await inscrits(s, monde, seance, dossiers[5])
    premiere = await s.lire(seance)
    assert list(lignes(premiere)) == [dossiers[5], *dossiers[:2]]
    assert "<strong>plus de 4</strong> en attente" in premiere
    assert "tous=PROPOSE" not in premiere  # more than a gesture takes
    ouverts = {str(x["dossier"]) for x in await monde.journal() if x["action"] == "lire"}
    assert ouverts == {dossiers[5], *dossiers[:2]}
    suivante = html.unescape(re.findall(r'<a class="bouton" href="([^"]+page=2)"', premiere)[0])
    deuxieme = await s.lire(suivante)
    assert list(lignes(deuxieme)) == dossiers[2:4]
    troisieme = await s.lire(f"{seance}?page=3")
    assert list(lignes(troisieme)) == [dossiers[4]]
    assert "page=4" not in troisieme


async def test_la_page_de_ce_qui_attend_fait_au_plus_deux_fois_le_travail_de_l_api(
    client: httpx.AsyncClient, monde: Monde
) -> None:
    dossiers = [await saisi(monde, n) for n in range(3)]
    await monde.projeter()
    s = await entrer_secretaire(client, monde)
    seance = await s.convoquer()
    appels = [f"/v1{seance}", "/v1/attentes?genre=SUIVI_UN_AN"]
    appels += [f"/v1/{ou}" for d in dossiers for ou in (f"vues/ccapex/{d}", f"dossiers/{d}/echeances")]
    await client.get(seance)
    with compter_le_travail() as prendre:
        await client.get(seance)
        page = prendre()
        for appel in appels:
            assert (await monde.get(appel, *CCAPEX)).status_code == 200, appel
        api = prendre()
        await client.get(f"{seance}/suivant")
        suivant = prendre()
    assert (page.trop_tot, suivant.trop_tot) == (0, 0)
    assert page.decisions <= 2 * api.decisions
    assert page.descelles <= 2 * api.descelles
    assert page.ordres.total() <= 2 * api.ordres.total()
    assert suivant.descelles == 0  # what waits is not gone through to find the next case


async def test_sans_le_droit_de_lire_le_dossier_ce_qui_attend_ne_se_montre_pas(
    client: httpx.AsyncClient, monde: Monde
) -> None:
    """Opposed to, or restricted: the page has of it what the API has."""
    dossiers = [await saisi(monde, n) for n in range(2)]
    opposition = evenement("OppositionEnregistree", portee="LIMITATION")
    recu = await monde.contribuer(dossiers[0], "dpo", "DROITS_PERSONNE", opposition)
    assert recu.status_code == 201, recu.text
    await monde.projeter()
    s = await entrer_secretaire(client, monde)
    seance = await s.convoquer()
    attendus = await ordre_du_jour(monde, seance)
    page = await s.lire(seance)
    assert dossiers[1] in attendus
    assert {d for d in dossiers if d in page} == set(attendus)
