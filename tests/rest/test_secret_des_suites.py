"""Who joins a case, seeks a person or lists cases learns what it may know, and nothing before its row is there."""

import re
from collections.abc import Callable
from datetime import date
from typing import Any
from uuid import UUID

import psycopg
import pytest
from psycopg.conninfo import make_conninfo

from adapters.gate import files
from adapters.gate.listes import Listes
from adapters.registre.administration import administrer, asseoir, convoquer
from adapters.registre.instantane import Membre, Seance
from ledger.errors import JournalIndisponible
from ledger.journal import Journal
from ledger.sealing import Cle
from policies import tables
from projections import VUES
from projections.liste import Portee
from tests.bases import SCHEMA
from tests.monde import AUTRE_BAILLEUR, PAR, SEANCE, SEANCE_LE, Monde, evenement, ouverture
from tests.rest.recit import raconter, titulaire

IDENTITE = {"nom": "LEROY", "prenoms": "Fatou", "date_naissance": "1955-04-24"}
AILLEURS = "93001"
UN_ID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")


async def test_regle_23_qui_rejoint_lit_ce_que_lirait_qui_ouvre(monde: Monde) -> None:
    """A landlord of whom nobody else speaks: of a household that others know, as of one that nobody does."""
    await monde.ouvrir("ssd")
    connu = await raconter(monde)
    lus = []
    for nom in ("LEROY", "NOUVEAU"):
        corps = ouverture(nom, AUTRE_BAILLEUR) | {"survenu_le": "2026-10-20"}
        recu = await monde.post("/v1/dossiers", "voisin", "ACTE_EMISSION", corps)
        assert recu.status_code == 201, recu.text
        dossier = recu.json()["dossier"]
        assert (dossier == connu) is (nom == "LEROY")
        chemins = [f"/v1/dossiers/{dossier}{suite}" for suite in ("", "/historique", "/situation", "/emissions")]
        textes = [(await monde.get(chemin, "voisin", "ACTE_EMISSION")).text for chemin in chemins]
        assert '"ouvert_le":"2026-10-20"' in textes[0]
        assert f'"bailleur_siret":"{AUTRE_BAILLEUR}"' in textes[0]
        assert '"type":"DossierOuvert"' in textes[1]
        lus.append(_sans_numeros("".join(textes).replace(nom, "NOM")))
    assert lus[0] == lus[1]


def _sans_numeros(texte: str) -> str:
    ids: dict[str, str] = {}
    sans_ids = UN_ID.sub(lambda m: ids.setdefault(m[0], f"id-{len(ids)}"), texte)
    return re.sub(r'"position":\d+|\d{4}-\d\d-\d\dT[\d:.+]+', "", sans_ids)


async def test_regle_23_qui_rejoint_a_sa_place_et_ses_dates_dans_une_file(monde: Monde) -> None:
    information = [evenement("MenageInforme", canal="COURRIER")]
    autre = ouverture() | {"survenu_le": "2026-08-01", "evenements": information}
    dossier = (await monde.post("/v1/dossiers", "ccapex", "CCAPEX_ADMINISTRATIVE", autre)).json()["dossier"]
    await monde.ouvrir("etude")
    dit = evenement("CommandementPayerSignifie", "2026-08-10")
    assert (await monde.contribuer(dossier, "etude", "ACTE_EMISSION", dit)).status_code == 201
    recu = await monde.post("/v1/dossiers", "clil", "COORDINATION_CONTACTS", ouverture() | {"evenements": information})
    assert (recu.status_code, recu.json()["dossier"]) == (201, dossier)
    await monde.proposer(dossier)
    await monde.projeter()
    tout = (await monde.get("/v1/vues/clil", "clil", "CLIL_EXAMEN")).json()
    [ligne] = tout["dossiers"]
    assert (ligne["dossier"], ligne["ouvert_le"], ligne["commune"], ligne["stade"]) == (
        dossier,
        "2026-09-01",
        "93008",
        "COMMANDEMENT",
    )
    trop_tot = {"par_date": "ouvert_le", "au_plus_tard": "2026-08-15"}
    assert (await monde.get("/v1/vues/clil", "clil", "CLIL_EXAMEN", params=trop_tot)).json()["dossiers"] == []
    ouvrir = recu.json()["position"] - 2
    apres = {"apres": ouvrir - 1}
    assert (await monde.get("/v1/vues/clil", "clil", "CLIL_EXAMEN", params=apres)).json()["dossiers"] == [ligne]
    assert (await monde.get("/v1/vues/clil", "clil", "CLIL_EXAMEN", params={"apres": ouvrir})).json()["dossiers"] == []


async def test_regle_35_qui_repond_aux_personnes_les_trouve_sans_les_voir(monde: Monde) -> None:
    dossier = await raconter(monde)
    personne = await titulaire(monde, dossier)
    for qui in ("dpo", "responsable"):
        trouve = await monde.post("/v1/dossiers/recherche", qui, "DROITS_PERSONNE", IDENTITE)
        assert trouve.json()["dossiers"] == [{"dossier": dossier, "personne": personne, "synthese": None}]
        assert "LEROY" not in trouve.text
        vue, entete = (await monde.journal())[:2]
        assert (vue["action"], str(vue["dossier"]), vue["groupes_montres"]) == ("rechercher", dossier, [])
        assert (entete["action"], entete["dossier"], entete["issue"]) == ("rechercher", None, "autorise")
        ailleurs = IDENTITE | {"nom": "NOUVEAU"}
        vide = await monde.post("/v1/dossiers/recherche", qui, "DROITS_PERSONNE", ailleurs)
        assert vide.json()["dossiers"] == []


@pytest.mark.parametrize("quoi", ["recherche", "historique", "file"])
async def test_loi_2_rien_n_est_descelle_avant_sa_ligne(
    monde: Monde, quoi: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    dossier = await raconter(monde)
    await monde.projeter()
    appels: dict[str, Callable[[], Any]] = {
        "recherche": lambda: monde.post("/v1/dossiers/recherche", "ccapex", "CCAPEX_ADMINISTRATIVE", IDENTITE),
        "historique": lambda: monde.get(f"/v1/dossiers/{dossier}/historique", "ccapex", "CCAPEX_ADMINISTRATIVE"),
        "file": lambda: monde.get("/v1/vues/ccapex", "ccapex", "CCAPEX_ADMINISTRATIVE"),
    }
    ouverts: list[int] = []
    vrai = Cle.unseal

    def unseal(cle: Cle, *args: bytes) -> bytes:
        ouverts.append(1)
        return vrai(cle, *args)

    monkeypatch.setattr(Cle, "unseal", unseal)
    assert (await appels[quoi]()).status_code == 200
    descelles = len(ouverts)
    ouverts.clear()
    assert (await monde.get(f"/v1/dossiers/{dossier}", "ccapex", "CCAPEX_ADMINISTRATIVE")).status_code == 200
    assert descelles < len(ouverts)  # what is not sent is not unsealed
    ouverts.clear()

    async def en_panne(*_: Any) -> None:
        raise JournalIndisponible("journal")

    monkeypatch.setattr(Journal, "inscrire", en_panne)
    assert (await appels[quoi]()).status_code == 503
    assert not ouverts


async def test_loi_5_une_file_reecrite_ne_nomme_pas_un_menage(monde: Monde) -> None:
    """With the projector's rights, every case is written into the commune of a reader: it reads the ledger."""
    await monde.proposer(await monde.ouvrir(commune=AILLEURS), "bailleur")
    await monde.projeter()
    url = make_conninfo(monde.bases.projecteur_url, options=f"-c search_path={SCHEMA}")
    async with await psycopg.AsyncConnection.connect(url, autocommit=True) as projecteur:
        ecrites = await projecteur.execute(
            "WITH vus AS (DELETE FROM vue_clil_dossiers_a RETURNING *) INSERT INTO vue_clil_dossiers_a"
            " SELECT (jsonb_populate_record(NULL::vue_clil_dossiers_a, to_jsonb(vus)"
            """ || '{"commune": "93008", "commune_soumise": "93008", "soumis_le": "2026-10-15", "auteurs": ["clil"]}'"""
            ")).* FROM vus"
        )
        assert ecrites.rowcount == 1
    lue = await monde.get("/v1/vues/clil", "clil", "CLIL_EXAMEN")
    assert (lue.status_code, lue.json()["dossiers"]) == (200, [])
    chez_elle = await monde.get("/v1/vues/clil", "ailleurs", "CLIL_EXAMEN")
    assert (chez_elle.status_code, chez_elle.json()["dossiers"]) == (200, [])  # it is not where it looks


async def test_regle_8_une_seance_ne_filtre_que_pour_qui_y_siege_ou_lit_les_ordres_du_jour(monde: Monde) -> None:
    """A landlord that sits in a CLIL does not learn which of its tenants the CCAPEX has on its agenda."""
    clil = Seance(UUID(int=0xC1), "CLIL", "commune:93008", date(2026, 10, 20), SEANCE_LE)
    with administrer(monde.bases.registre_url, PAR, SCHEMA) as registre:
        convoquer(registre, clil)
        asseoir(registre, Membre("CLIL", clil.lieu, "bailleur", "consultative"))
    dossier = await monde.ouvrir("ssd")
    assert await monde.ouvrir("etude") == dossier
    for qui, finalite, fait in (
        ("ssd", "ACCOMPAGNEMENT", evenement("MenageInforme", canal="COURRIER")),
        ("ssd", "ACCOMPAGNEMENT", evenement("DossierPropose", instance="CLIL")),
        ("clil", "CLIL_EXAMEN", _inscription("CLIL", clil.id)),
        ("ccapex", "CCAPEX_ADMINISTRATIVE", _inscription("CCAPEX", SEANCE)),
    ):
        dit = await monde.contribuer(dossier, qui, finalite, fait)
        assert dit.status_code == 201, dit.text
    await monde.projeter()
    lus = {}
    for seance in (clil.id, SEANCE):
        recu = await monde.get("/v1/vues/clil", "bailleur", "CLIL_EXAMEN", params={"seance": str(seance)})
        lus[seance] = [(ligne["dossier"], ligne["inscriptions"]) for ligne in recu.json()["dossiers"]]
    assert lus == {clil.id: [(dossier, [])], SEANCE: []}


def _inscription(instance: str, seance: UUID) -> dict[str, Any]:
    return evenement("InstanceInscrite", instance=instance, seance=str(seance), seance_le=SEANCE_LE.isoformat())


def test_regle_23_une_vue_a_les_lignes_de_qui_peut_n_y_avoir_que_ses_apports() -> None:
    """Who lists a view, and may open a case: what it tells itself could link it."""
    portes = tables.compiler(tables.lire())["portes"]
    for vue in VUES:
        listent = {
            role
            for role, finalites in portes.items()
            for porte in finalites.values()
            if vue.nom in porte["vues"] and "lister" in porte["actions"]
        }
        ouvrent = {role for role in listent if any("ouvrir" in porte["actions"] for porte in portes[role].values())}
        assert vue.auteurs == ouvrent, vue.nom


def test_regle_40_une_file_n_est_cherchee_que_par_les_voies_de_la_finalite() -> None:
    """Else a landlord's list at a CLIL would take as much work as its portfolio has cases that it may not see there."""
    lues, cherchees = tables.lire(), set()
    for role in lues.roles:
        for finalite in role["finalites"]:
            for voie in lues.voies(role["code"], finalite):
                assert voie == ["auteur"] or not set(voie).isdisjoint(files._PAR_LIEN), (role["code"], finalite, voie)
                cherchees |= {*voie}
    assert cherchees > {"territoire", "portefeuille", "mandat", "intervention", "ordre_du_jour", "auteur"}
    assert lues.voies("BAILLEUR_SOCIAL", "CLIL_EXAMEN") == [
        ["ordre_du_jour", "portefeuille"],
        ["siege_consultatif", "portefeuille"],
    ]


async def test_regle_40_le_portefeuille_ne_cherche_rien_en_clil(monde: Monde, monkeypatch: pytest.MonkeyPatch) -> None:
    portees = []
    vraie = Listes.page

    async def page(listes: Listes, vue: Any, portee: Portee, *suite: Any) -> Any:
        portees.append(portee)
        return await vraie(listes, vue, portee, *suite)

    monkeypatch.setattr(Listes, "page", page)
    assert (await monde.get("/v1/vues/clil", "bailleur", "CLIL_EXAMEN")).status_code == 200
    assert (await monde.get("/v1/vues/ccapex", "ccapex", "CCAPEX_ADMINISTRATIVE")).status_code == 200
    clil, ccapex = portees
    assert not clil.portefeuille
    assert not clil.communes
    assert ccapex.communes
