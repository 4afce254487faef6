"""One thing has one name: what the API and the pages call a purpose, a role, an event, a code."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from adapters.gate import saisie
from adapters.mots import catalogue, echanges, echeances, libelles
from adapters.rest import nomenclatures
from adapters.web.pages import choix_finalite
from ledger.droit import listes
from policies import tables
from tests.monde import Monde, evenement
from tests.web import documents


async def test_une_finalite_a_le_meme_libelle_partout(monde: Monde) -> None:
    declarables = (await monde.get("/v1/moi", "ccapex", "CCAPEX_ADMINISTRATIVE")).json()["finalites"]
    nomenclature = (await monde.get("/v1/nomenclatures", "ccapex", "CCAPEX_ADMINISTRATIVE")).json()["finalites"]
    libelles_publies = {f["code"]: f["libelle"] for f in nomenclature}
    assert len(declarables) > 3
    assert {f["code"]: f["libelle"] for f in declarables}.items() <= libelles_publies.items()
    page = choix_finalite(documents.INSTRUCTRICE, ["CCAPEX_INSTRUCTION"])
    assert "Instruction d&#39;une saisine de la CCAPEX" in page
    assert libelles_publies["CCAPEX_INSTRUCTION"] == "Instruction d'une saisine de la CCAPEX"


def test_un_role_a_le_libelle_de_sa_ligne() -> None:
    assert libelles.role("CCAPEX_INSTRUCTEUR") == "service instructeur de la CCAPEX"
    assert {ligne["code"]: libelles.role(ligne["code"]) for ligne in tables.lire().roles} == {
        ligne["code"]: ligne["libelle"] for ligne in tables.lire().roles
    }
    assert libelles.role("ROLE_INCONNU") == "ROLE_INCONNU"


@pytest.fixture
def liste_datee(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A fictitious law: ROMPU is no step of a plan after 30 June 2026, SUSPENDU is one from 1 July on."""
    autres = [t for t in listes.historique() if (t.liste, t.code) != ("etape_plan", "ROMPU")]
    [rompu] = [t for t in listes.historique() if (t.liste, t.code) == ("etape_plan", "ROMPU")]
    suspendu = replace(rompu, code="SUSPENDU", libelle="suspendu", valid_from=date(2026, 7, 1))
    datees = (*autres, replace(rompu, valid_to=date(2026, 6, 30)), suspendu)

    def oublier() -> None:
        for su in (listes._par_liste, saisie._adaptateur, nomenclatures._ecrites):
            su.cache_clear()

    monkeypatch.setattr(listes, "historique", lambda: datees)
    oublier()
    yield
    monkeypatch.undo()
    oublier()


@pytest.mark.usefixtures("liste_datee")
@pytest.mark.parametrize(
    ("etape", "le", "statut"),
    [
        ("ROMPU", "2026-06-30", 201),
        ("ROMPU", "2026-07-01", 422),
        ("SUSPENDU", "2026-06-30", 422),
        ("SUSPENDU", "2026-07-01", 201),
        ("SIGNE", "2015-01-01", 201),
    ],
)
async def test_un_code_se_dit_des_jours_ou_sa_liste_le_porte(monde: Monde, etape: str, le: str, statut: int) -> None:
    dossier = await monde.ouvrir()
    dit = evenement("PlanApurementConclu", le, etape=etape)
    recu = await monde.contribuer(dossier, "bailleur", "ACTE_EMISSION", dit)
    assert recu.status_code == statut, recu.text
    if statut == 422:
        [champ] = recu.json()["champs"]
        assert champ["champ"] == "evenements.0.donnees.etape"
        assert champ["message"] == "Ce code n'a pas cours à la date de l'événement : voir GET /v1/nomenclatures."


@pytest.mark.usefixtures("liste_datee")
async def test_la_nomenclature_est_celle_du_jour(monde: Monde) -> None:
    types = (await monde.get("/v1/nomenclatures", "bailleur", "ACTE_EMISSION")).json()["evenements"]
    [plan] = [t for t in types if t["type"] == "PlanApurementConclu"]
    etapes = ["PROPOSE", "SIGNE", "VALIDE", "ECHEANCE_MANQUEE", "RESPECTE", "SUSPENDU"]
    assert [c["code"] for c in plan["codes"]["etape"]] == etapes


async def test_ce_qui_fut_dit_avant_que_la_liste_change_se_lit_avec_ses_mots(
    monde: Monde, request: pytest.FixtureRequest
) -> None:
    dossier = await monde.ouvrir()
    dit = evenement("PlanApurementConclu", "2026-09-01", etape="ROMPU")
    assert (await monde.contribuer(dossier, "bailleur", "ACTE_EMISSION", dit)).status_code == 201
    request.getfixturevalue("liste_datee")
    lu = await monde.get(f"/v1/dossiers/{dossier}", "bailleur", "ACTE_EMISSION")
    assert lu.status_code == 200, lu.text
    [plan] = [f for f in lu.json()["faits"] if f["type"] == "PlanApurementConclu"]
    assert plan["champs"]["etape"] == "ROMPU"
    assert listes.libelle("etape_plan", "ROMPU") == "rompu"


def test_la_page_du_catalogue_dit_ce_que_dit_le_code() -> None:
    ecrite = (Path(__file__).resolve().parents[2] / "docs" / "catalogue.md").read_text("utf-8")
    attendue = catalogue.ecrire(tables.lire())
    assert attendue.count("\n### ") > 90
    assert ecrite == attendue, f"docs/catalogue.md n'est plus à jour : {catalogue.COMMANDE}"


def test_la_page_des_echanges_dit_ce_que_disent_les_rangees() -> None:
    ecrite = (Path(__file__).resolve().parents[2] / "docs" / "echanges.md").read_text("utf-8")
    attendue = echanges.ecrire()
    assert attendue.count("\n| `") > 25
    assert ecrite == attendue, f"docs/echanges.md n'est plus à jour : {echanges.COMMANDE}"


def test_la_page_des_horloges_dit_ce_que_disent_les_rangees() -> None:
    ecrite = (Path(__file__).resolve().parents[2] / "docs" / "echeances.md").read_text("utf-8")
    attendue = echeances.ecrire()
    assert attendue.count("\n| `R") > 30
    assert ecrite == attendue, f"docs/echeances.md n'est plus à jour : {echeances.COMMANDE}"


def test_une_liste_se_range_comme_le_francais_la_range() -> None:
    """An accent neither sends a commune to the end of its list nor ties it with another."""
    noms = [c.nom for c in libelles.communes_par_nom(date(2026, 11, 2))]
    assert len(noms) > 30
    place = noms.index("Épinay-sur-Seine")
    assert noms[place - 1 : place + 2] == ["Dugny", "Épinay-sur-Seine", "Gagny"]
    dits = ["Zola", "œuvre", "Été", "Œdipe", "étage", "Etude", "ete", "L’Île", "L'Ile", "Officiers", "île"]
    assert [mot for _, mot in libelles.par_mot((str(n), mot) for n, mot in enumerate(dits))] == [
        "étage", "ete", "Été", "Etude", "île", "L'Ile", "L’Île", "Œdipe", "œuvre", "Officiers", "Zola",
    ]  # fmt: skip
