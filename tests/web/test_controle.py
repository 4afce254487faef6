"""The journal in the pages: filters that take what is shown, rows grouped, the registry's changes, habilitations."""

import re
from datetime import UTC, datetime
from uuid import UUID, uuid4

import httpx2 as httpx
import pytest

from adapters.registre.administration import administrer, suspendre_partenaire
from tests.bases import AUJOURD_HUI, SCHEMA
from tests.monde import PAR, Monde
from tests.web.test_personnes import client, entrer, lire, raconter

__all__ = ["client"]


async def controler(client: httpx.AsyncClient, monde: Monde) -> tuple[str, str]:
    """Two households, each read by somebody else, a refusal; then the DPO controls."""
    dossier, _ = await raconter(monde)
    autre = await monde.ouvrir(nom="DIALLO", id_rpls="3523902548")
    for _ in range(3):
        await monde.get(f"/v1/dossiers/{dossier}", "ccapex", "CCAPEX_ADMINISTRATIVE")
    await monde.get(f"/v1/dossiers/{autre}", "bailleur", "ACTE_EMISSION")
    await monde.get(f"/v1/dossiers/{dossier}", "voisin", "ACTE_EMISSION")
    await entrer(client, monde, "dpo", "CONTROLE")
    return dossier, autre


def rangees(page: str) -> list[str]:
    """The rows of the table of a page, without their marks."""
    corps = page.partition("<tbody>")[2].partition("</tbody>")[0]
    return [re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", r)) for r in corps.split("</tr>")[:-1]]


async def test_un_dossier_se_filtre_par_le_numero_court_qui_est_affiche(
    client: httpx.AsyncClient, monde: Monde
) -> None:
    dossier, autre = await controler(client, monde)
    entier = await lire(client, f"/journal?dossier={dossier}")
    for court in (dossier[-8:], dossier[-8:].upper()):
        page = await lire(client, f"/journal?dossier={court}")
        assert autre[-8:] not in page
        assert len(rangees(page)) == len(rangees(entier)) > 3
    inconnu = await client.get(f"/journal?dossier={str(uuid4())[-8:]}")
    assert inconnu.status_code == 422
    assert 'id="dossier-erreur"' in inconnu.text
    assert not rangees(inconnu.text)


async def test_deux_dossiers_d_un_meme_numero_court_ne_sont_pas_confondus(
    client: httpx.AsyncClient, monde: Monde, monkeypatch: pytest.MonkeyPatch
) -> None:
    await controler(client, monde)

    async def deux(_: str) -> list[UUID]:
        return [uuid4(), uuid4()]

    monkeypatch.setattr(monde.gate.listes, "dossiers_courts", deux)
    page = await client.get("/journal?dossier=0199f1e2")
    assert page.status_code == 422
    assert "donnez son numéro entier" in page.text


@pytest.mark.parametrize("dit", ["ccapex", "Organisation ccapex", "ORGANISATION CCA", "isation ccapex"])
async def test_une_organisation_se_filtre_par_le_nom_qui_est_affiche(
    client: httpx.AsyncClient, monde: Monde, dit: str
) -> None:
    await controler(client, monde)
    lignes = rangees(await lire(client, f"/journal?organisation={dit}"))
    assert len(lignes) >= 3
    assert all("Organisation ccapex" in ligne for ligne in lignes)


async def test_qui_a_regarde_un_menage_est_regroupe_et_compte(client: httpx.AsyncClient, monde: Monde) -> None:
    dossier, _ = await controler(client, monde)
    lignes = rangees(await lire(client, f"/journal/groupes?dossier={dossier[-8:]}"))
    [ccapex] = [ligne for ligne in lignes if "Organisation ccapex" in ligne]
    assert "instructrice" in ccapex  # the DPO is told the agent
    assert re.search(r"autorisé 3 ", ccapex), ccapex
    assert "LEROY" not in str(lignes)


async def test_les_refus_sont_par_partenaire_et_par_agent(client: httpx.AsyncClient, monde: Monde) -> None:
    await controler(client, monde)
    page = await lire(client, "/journal/groupes?issue=refuse")
    [refus] = [ligne for ligne in rangees(page) if "Organisation voisin" in ligne]
    assert "voisine" in refus
    assert "refusé" in refus
    assert "Refus, par partenaire et agent" in page
    assert all("autorisé" not in ligne for ligne in rangees(page))


async def test_un_changement_du_registre_dit_avant_et_apres(client: httpx.AsyncClient, monde: Monde) -> None:
    with administrer(monde.bases.registre_url, PAR, SCHEMA) as registre:
        suspendre_partenaire(registre, "voisin", AUJOURD_HUI)
    await entrer(client, monde, "dpo", "CONTROLE")
    premier = (await lire(client, "/journal/registre")).partition('<li class="carte"')[2].partition("</li>")[0]
    assert "Partenaire : changement" in premier
    suspendu = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", premier.partition("Suspendu le")[2].partition("</tr>")[0]))
    assert suspendu.split() == ["–", "2", "novembre", "2026"]
    suite = await lire(client, "/journal/registre?apres=5")
    assert "Revenir aux changements récents" in suite


async def test_une_habilitation_sans_usage_ou_pres_de_sa_fin_est_a_revoir(
    client: httpx.AsyncClient, monde: Monde, monkeypatch: pytest.MonkeyPatch
) -> None:
    await controler(client, monde)
    agents = {("ccapex", "instructrice"), ("ccapex", "instructrice-2")}
    assert (await monde.gate.listes.usages(agents)).keys() == {("ccapex", "instructrice")}

    async def usages(_: object) -> dict[tuple[str, str], datetime]:  # the database has a clock of its own
        recent, ancien = datetime(2026, 10, 20, tzinfo=UTC), datetime(2026, 3, 1, tzinfo=UTC)
        return {("ccapex", "instructrice"): recent, ("caf", "conseiller"): ancien}

    monkeypatch.setattr(monde.gate.listes, "usages", usages)
    lignes = rangees(await lire(client, "/journal/habilitations"))
    [utile] = [
        ligne for ligne in lignes if "Organisation ccapex instructrice " in ligne and "31 décembre 2026" in ligne
    ]
    assert "prend fin bientôt" in utile
    assert "utilisée" not in utile
    assert ["jamais utilisée" in ligne for ligne in lignes if "instructrice-2" in ligne] == [True]
    assert ["plus utilisée" in ligne for ligne in lignes if " conseiller " in ligne] == [True]
    monkeypatch.setattr("adapters.gate.audit.HABILITATIONS_LUES", 1)
    assert "premières à finir ont été regardées" in await lire(client, "/journal/habilitations")


@pytest.mark.parametrize("chemin", ["groupes", "registre", "habilitations"])
@pytest.mark.parametrize(("qui", "finalite"), [("ccapex", "CCAPEX_ADMINISTRATIVE"), ("bailleur", "ACTE_EMISSION")])
async def test_nul_partenaire_ne_lit_le_journal(
    client: httpx.AsyncClient, monde: Monde, qui: str, finalite: str, chemin: str
) -> None:
    await entrer(client, monde, qui, finalite)
    refus = await client.get(f"/journal/{chemin}")
    assert refus.status_code == 403
    [ligne] = [x for x in await monde.journal(3) if x["action"] == "auditer"]
    assert (ligne["organisation"], ligne["issue"]) == (qui, "refuse")


async def test_chaque_page_du_journal_laisse_une_ligne(client: httpx.AsyncClient, monde: Monde) -> None:
    await entrer(client, monde, "dpo", "CONTROLE")
    for chemin in ("groupes", "registre", "habilitations"):
        avant = (await monde.journal(1))[0]["position"]
        await lire(client, f"/journal/{chemin}")
        [ligne] = await monde.journal(1)
        assert ligne["position"] > avant, chemin
        assert (ligne["organisation"], ligne["action"], ligne["issue"]) == ("dpo", "auditer", "autorise")
