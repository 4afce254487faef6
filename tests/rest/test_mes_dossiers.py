"""« Mes dossiers »: for every role and purpose, the cases that can be read, each as its own routes say it; attacked."""

from collections.abc import AsyncIterator, Callable, Iterable
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final
from uuid import UUID, uuid4

import psycopg
import pytest

from adapters.gate import mes_dossiers
from ledger.droit.jours import PARIS
from tests.bases import AUJOURD_HUI, SCHEMA
from tests.monde import (
    AUTRE_BAILLEUR,
    COMMUNE,
    ETUDE,
    SEANCE,
    SEANCE_LE,
    Monde,
    evenement,
    rpls,
)
from tests.rest.mondes import PORTES, ROLES, Lecteur, compter_le_travail, deux_mondes
from tests.rest.peuple import Peuple, peupler_de_tous
from tests.rest.recit import raconter
from tests.rest.test_attaques_etranger import octets
from tests.rest.test_regles import DETTE

ADM: Final = "CCAPEX_ADMINISTRATIVE"
EMISSION: Final = "ACTE_EMISSION"
SSD: Final = ("ssd", "ACCOMPAGNEMENT")
COURENT: Final = {"EN_COURS", "EN_ATTENTE"}


async def siens(monde: Monde, qui: str, finalite: str, agent: str = "", **params: Any) -> list[dict[str, Any]]:
    """Every line of a reader's list, page after page."""
    lignes: list[dict[str, Any]] = []
    suivant: str | None = ""
    while suivant is not None:
        page = params | ({"apres": suivant} if suivant else {})
        lu = await monde.get("/v1/dossiers", qui, finalite, agent, params=page)
        assert lu.status_code == 200, lu.text
        lignes += lu.json()["dossiers"]
        suivant = lu.json()["suivant"]
    return lignes


def ids(lignes: Iterable[dict[str, Any]]) -> set[str]:
    return {dossier for ligne in lignes for dossier in (ligne["dossier"], *ligne.get("reunis", ()))}


# every role, every purpose ---------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
async def peuple(modele: str) -> AsyncIterator[Peuple]:
    async with peupler_de_tous(modele) as ouvert:
        yield ouvert


@pytest.mark.parametrize("role", ROLES)
async def test_la_liste_est_ce_qui_se_lit_et_chaque_ligne_ce_qui_s_y_lit(
    peuple: Peuple, role: str, compter: Callable[[str, int], None]
) -> None:
    monde, lecteur = peuple.monde, Lecteur(role)
    voisin = ROLES[(ROLES.index(role) + 1) % len(ROLES)]
    essayes = [*peuple.par_role[role], *peuple.par_role[voisin][:1], *peuple.de_tous]
    listes = vides = nommees = 0
    for code in sorted(PORTES[role]):
        finalite = f"AIDE_INSTRUCTION; demande={peuple.demandes[role]}" if code == "AIDE_INSTRUCTION" else code
        lu = await monde.get("/v1/dossiers", lecteur.code, finalite, lecteur.agent)
        if not {"lire", "lister"} <= set(PORTES[role][code]["actions"]):
            assert lu.status_code == 403, (role, finalite)
            continue
        if lu.status_code == 403:  # the law has not come yet
            assert lu.json()["code"] == "FINALITE_PAS_EN_VIGUEUR", lu.text
            continue
        lignes = await siens(monde, lecteur.code, finalite, lecteur.agent)
        assert [ligne["dossier"] for ligne in lignes] == sorted({ligne["dossier"] for ligne in lignes})
        listes_ = {ligne["dossier"] for ligne in lignes}
        assert ids(lignes) == listes_, (role, finalite)
        for dossier in {*essayes, *listes_}:
            statut = (await monde.get(f"/v1/dossiers/{dossier}", lecteur.code, finalite, lecteur.agent)).status_code
            assert (statut == 200) is (dossier in listes_), (role, finalite, dossier, statut)
        attendues = await _attendues(monde, lecteur, finalite)
        for ligne in lignes[:6]:
            assert ligne == await _oracle(monde, lecteur, finalite, ligne["dossier"], attendues), (role, finalite)
        for quoi in ("commune", "stade"):
            for dit in sorted({ligne[quoi] for ligne in lignes if ligne[quoi]})[:3]:
                filtrees = await siens(monde, lecteur.code, finalite, lecteur.agent, **{quoi: dit})
                assert filtrees == [ligne for ligne in lignes if ligne[quoi] == dit], (role, finalite, dit)
        listes += 1
        vides += not lignes
        nommees += sum(ligne["intitule"] is not None for ligne in lignes)
    assert vides < listes or role in {"POLICE", "STATISTIQUE", "TRIBUNAL", "ELU"}, role
    compter("listes de dossiers comparées à ce qui se lit", listes)
    compter("dont vides", vides)
    compter("lignes qui disent un nom", nommees)


async def _attendues(monde: Monde, lecteur: Lecteur, finalite: str) -> list[str]:
    lu = await monde.get("/v1/attentes", lecteur.code, finalite, lecteur.agent, params={"limite": 200})
    assert lu.status_code == 200, lu.text
    return [attendue["dossier"] for attendue in lu.json()["attentes"]]


async def _oracle(monde: Monde, lecteur: Lecteur, finalite: str, dossier: str, attendues: list[str]) -> dict[str, Any]:
    """The line of a case, from what the routes of that case say of it."""

    async def lire(suite: str) -> dict[str, Any]:
        lu = await monde.get(f"/v1/dossiers/{dossier}{suite}", lecteur.code, finalite, lecteur.agent)
        assert lu.status_code == 200, lu.text
        document: dict[str, Any] = lu.json()
        return document

    document, horloges, histoire = await lire(""), await lire("/echeances"), await lire("/historique")
    faits = {f["id"]: f for f in histoire["evenements"]}
    courent = [
        {nom: h[nom] for nom in ("regle", "libelle", "dernier_jour")}
        for h in horloges["echeances"]
        if h["etat"] in COURENT and h["dernier_jour"] and h["dernier_jour"] >= AUJOURD_HUI.isoformat()
    ]
    jours = {jour(f["enregistre_le"]) for f in faits.values() if f["enregistre_le"]}
    jours |= {f["efface_le"] for f in faits.values() if f["efface_le"]}
    reunis = document.get("reunis", [])
    dits = [f["champs"] for f in document["faits"] if f["type"] == "OccupantDeclare" and not f["corrige_par"]]
    noms = [d for d in dits if d.get("qualite") == "TITULAIRE" and d.get("nom")]
    return {
        "dossier": dossier,
        "intitule": f"{noms[0].get('prenoms') or ''} {noms[0]['nom']}".strip() if noms else None,
        **({"reunis": reunis} if reunis else {}),
        "stade": document["synthese"]["stade"] if "F08" in {g["groupe"] for g in document["communique"]} else None,
        "commune": document["synthese"]["commune"],
        "prochaine_echeance": min(courent, key=lambda h: (h["dernier_jour"], h["regle"]), default=None),
        "attentes": sum(attendues.count(d) for d in (dossier, *reunis)),
        "vu_change_le": max(jours, default=None),
    }


def jour(moment: str) -> str:
    return datetime.fromisoformat(moment).astimezone(PARIS).date().isoformat()


# what it may not know of ------------------------------------------------------------------------------------------


async def test_un_menage_que_l_on_ne_connait_pas_ne_bouge_ni_pages_ni_travail(modele: str) -> None:
    """Two cases of its own; in one world, three that others know beside them. In pages of one too, and filtered."""
    async with deux_mondes(modele) as (sans, avec, prendre):
        vus: list[list[Any]] = [[], []]
        for rang, monde in enumerate((sans, avec)):
            for numero in (1, 2):
                await monde.ouvrir(nom=f"SIEN {'AB'[numero - 1]}", id_rpls=rpls(numero))
            for numero in (3, 4, 5) if monde is avec else ():
                nom = f"CACHE {'CDE'[numero - 3]}"
                await monde.ouvrir("ssd", nom=nom, bailleur=AUTRE_BAILLEUR, id_rpls=rpls(numero))
            await monde.projeter()
            await monde.get("/v1/dossiers", "bailleur", EMISSION)
            prendre()
            for filtre in (
                {},
                {"stade": "OUVERT"},
                {"commune": COMMUNE},
                {"avant": "2027-12-31"},
                {"depuis": "2026-01-01"},
            ):
                suivant: str | None = ""
                while suivant is not None:
                    params = {"limite": 1, **filtre} | ({"apres": suivant} if suivant else {})
                    lu = await monde.get("/v1/dossiers", "bailleur", EMISSION, params=params)
                    suivant = lu.json()["suivant"]
                    # Which of its two comes first is drawn with their ids.
                    corps = [{**li, "dossier": "", "intitule": li["intitule"][:4]} for li in lu.json()["dossiers"]]
                    vus[rang].append((lu.status_code, corps, suivant and len(suivant), prendre()))
        assert vus[0] == vus[1]
        assert [len(corps) for _, corps, *_ in vus[0]] == [1, 1, 1, 1, 1, 1, 0, 1, 1]


async def test_un_etranger_n_apprend_rien_de_ce_qu_on_ecrit(monde: Monde) -> None:
    await monde.projeter()
    with compter_le_travail() as prendre:
        await monde.get("/v1/dossiers", "voisin", EMISSION)  # what a first call reads of the registry
        prendre()
        avant, travail_avant = await monde.get("/v1/dossiers", "voisin", EMISSION), prendre()
        await raconter(monde)
        await monde.projeter()
        prendre()
        apres, travail_apres = await monde.get("/v1/dossiers", "voisin", EMISSION), prendre()
    assert octets(avant) == octets(apres)
    assert avant.json()["dossiers"] == []
    assert travail_avant == travail_apres


async def test_une_rangee_forgee_ne_montre_rien(monde: Monde) -> None:
    """The view says that a case is a neighbour's: it is shown none, and no row is left of it."""
    dossier = await raconter(monde)
    await monde.projeter()
    with psycopg.connect(monde.bases.admin_url, options=f"-c search_path={SCHEMA}") as admin:
        forger = "INSERT INTO rattachements_a (dossier, lien) VALUES (%s, 'auteur/voisin'), (%s, 'auteur/voisin')"
        admin.execute(forger, [dossier, uuid4()])
    assert await siens(monde, "voisin", EMISSION) == []
    [ligne] = [x for x in await monde.journal(10) if x["organisation"] == "voisin"]
    assert (ligne["action"], ligne["issue"], ligne["dossier"]) == ("lister", "vide", None)


# who works with it -----------------------------------------------------------------------------------------------


async def test_une_etude_retrouve_ses_actes_et_rien_de_ce_que_d_autres_ont_dit(monde: Monde) -> None:
    dossier = await monde.ouvrir()
    assert (await monde.contribuer(dossier, "bailleur", EMISSION, DETTE)).status_code == 201
    await monde.ouvrir("etude")
    acte = evenement("AssignationSignifiee", etude_siret=ETUDE, ref_acte="A-1", date_audience="2027-01-12")
    assert (await monde.contribuer(dossier, "etude", EMISSION, acte)).status_code == 201
    await monde.projeter()
    [sienne] = await siens(monde, "etude", EMISSION)
    assert (sienne["dossier"], sienne["stade"], sienne["commune"]) == (dossier, "ASSIGNATION", COMMUNE)
    assert sienne["prochaine_echeance"] is not None
    requis = evenement("ConcoursForceRequis", "2026-10-20")
    assert (await monde.contribuer(dossier, "comex", EMISSION, requis)).status_code == 201
    autre = evenement("AccompagnementOuvert", intervention=str(uuid4()), mesure="SSD")
    assert (await monde.contribuer(dossier, *SSD, autre)).status_code == 201
    await monde.projeter()
    assert await siens(monde, "etude", EMISSION) == [sienne]
    assert await siens(monde, "etude", EMISSION, stade="CONCOURS_REQUIS") == []
    assert await siens(monde, "etude", EMISSION, commune="93001") == []
    limite = sienne["prochaine_echeance"]["dernier_jour"]
    assert await siens(monde, "etude", EMISSION, avant=limite, stade="ASSIGNATION", commune=COMMUNE) == [sienne]
    veille = (date.fromisoformat(limite) - timedelta(days=1)).isoformat()
    assert await siens(monde, "etude", EMISSION, avant=veille) == []


async def test_ce_qui_change_se_retrouve_et_ce_qui_est_cache_ne_change_rien(
    monde: Monde, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On a first day, on a second, on a third: what is told then is told by the landlord, or hidden from it."""
    jours = [datetime.min.replace(tzinfo=UTC)]

    def le(moment: datetime) -> date:
        return date(2026, 11, sum(debut <= moment for debut in jours))

    def commence(jour: date) -> datetime:
        return jours[jour.day - 1]

    monkeypatch.setattr(mes_dossiers, "_jour", le)
    monkeypatch.setattr(mes_dossiers, "debut", commence)
    dossier = await monde.ouvrir()
    inchange = await monde.ouvrir("etude", nom="INCHANGE", id_rpls=rpls(3))
    assert (await monde.contribuer(inchange, "bailleur", EMISSION, DETTE)).status_code == 201
    jours.append(datetime.now(UTC))
    cache = (evenement("BudgetDeclare", ressources=142000), evenement("HabitatSignale", nature="INDIGNITE"))
    assert (await monde.contribuer(dossier, *SSD, *cache)).status_code == 201
    await monde.projeter()

    async def changes(depuis: str, qui: str = "bailleur", finalite: str = EMISSION) -> dict[str, str]:
        lignes = await siens(monde, qui, finalite, depuis=depuis)
        return {ligne["dossier"]: ligne["vu_change_le"] for ligne in lignes}

    assert await changes("2026-11-01") == {dossier: "2026-11-01", inchange: "2026-11-01"}
    assert await changes("2026-11-02") == {}
    assert (await changes("2026-11-02", *SSD))[dossier] == "2026-11-02"
    dite = await monde.contribuer(dossier, "bailleur", EMISSION, DETTE)
    assert dite.status_code == 201
    await monde.projeter()
    assert await changes("2026-11-02") == {dossier: "2026-11-02"}
    jours.append(datetime.now(UTC))
    # Restricted, it is shown less: no fact that it is shown is newer, and yet what it is shown has changed.
    limite = evenement("OppositionEnregistree", portee="LIMITATION")
    assert (await monde.contribuer(inchange, "ccapex", ADM, limite)).status_code == 201
    await monde.projeter()
    assert await changes("2026-11-03") == {inchange: "2026-11-01"}


async def test_une_personne_qui_suit_le_menage_le_retrouve_et_sa_collegue_aussi_peu_qu_elle_le_lit(
    monde: Monde,
) -> None:
    """An intervention links one agent; the territory, both."""
    dossier = await monde.ouvrir("ssd")
    suivi = evenement("AccompagnementOuvert", intervention=str(uuid4()), mesure="SSD")
    assert (await monde.contribuer(dossier, *SSD, suivi)).status_code == 201
    recommandee = evenement(
        "RecommandationEmise", "2026-10-20", recommandation=str(uuid4()), instance="CCAPEX", destinataire="ssd",
        categorie="PLAN_APUREMENT", texte="proposer un plan", echeance="2027-01-20",
    )  # fmt: skip
    await inscrit(monde, dossier)
    assert (await monde.contribuer(dossier, "ccapex", ADM, recommandee)).status_code == 201
    await monde.projeter()
    [ligne] = await siens(monde, *SSD)
    assert (ligne["dossier"], ligne["attentes"]) == (dossier, 1)
    for qui, finalite in (
        ("caf", "COORDINATION_CONTACTS"),
        ("caf", EMISSION),
        ("voisin", EMISSION),
        ("etude", EMISSION),
    ):
        lus = {ligne["dossier"]: ligne["attentes"] for ligne in await siens(monde, qui, finalite)}
        assert lus == ({dossier: 0} if (qui, finalite) == ("caf", "COORDINATION_CONTACTS") else {}), (qui, finalite)


async def inscrit(monde: Monde, dossier: str) -> None:
    seance = {"instance": "CCAPEX", "seance": str(SEANCE), "seance_le": SEANCE_LE.isoformat()}
    for dit in (evenement("MenageInforme", canal="COURRIER"), evenement("InstanceInscrite", "2026-10-20", **seance)):
        assert (await monde.contribuer(dossier, "ccapex", ADM, dit)).status_code == 201


# pages, rows ------------------------------------------------------------------------------------------------------


async def test_les_pages_n_oublient_ni_ne_repetent_rien_pendant_qu_on_ecrit(monde: Monde) -> None:
    """Between two pages, other cases are opened, and facts are told of those that were there."""
    la = [await monde.ouvrir(nom=f"NOM {'ABCDEFG'[n]}", id_rpls=rpls(n)) for n in range(7)]
    await monde.projeter()
    lus: list[str] = []
    suivant: str | None = ""
    tours = 0
    while suivant is not None:
        params: dict[str, Any] = {"limite": 2} | ({"apres": suivant} if suivant else {})
        lu = (await monde.get("/v1/dossiers", "bailleur", EMISSION, params=params)).json()
        assert 1 <= len(lu["dossiers"]) <= 2
        lus, suivant, tours = lus + [ligne["dossier"] for ligne in lu["dossiers"]], lu["suivant"], tours + 1
        await monde.ouvrir(nom=f"NEUF {'ABCDEFGHIJ'[tours]}", id_rpls=rpls(20 + tours))
        for dossier in la:
            assert (await monde.contribuer(dossier, "bailleur", EMISSION, DETTE)).status_code == 201
        await monde.projeter()
    assert len(set(lus)) == len(lus)
    assert set(la) <= set(lus)
    assert tours >= 4


async def test_une_page_courte_n_est_pas_la_derniere_et_ce_qui_est_cache_n_en_raccourcit_aucune(
    monde: Monde, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A call looks at three cases that its reader may know, and at as many as it takes of those that it may not."""
    monkeypatch.setattr(mes_dossiers, "REGARDES", 3)
    la = [await monde.ouvrir("ssd", nom=f"NOM {'ABCDEFG'[n]}", id_rpls=rpls(n)) for n in range(7)]
    await monde.projeter()
    [rare] = [la[3]]
    await monde.ouvrir("etude", nom="NOM D", id_rpls=rpls(3))
    acte = evenement("CommandementPayerSignifie", etude_siret=ETUDE)
    assert (await monde.contribuer(rare, "etude", EMISSION, acte)).status_code == 201
    await monde.projeter()
    courte = (await monde.get("/v1/dossiers", *SSD, params={"stade": "COMMANDEMENT", "limite": 1})).json()
    assert len(courte["dossiers"]) <= 1
    trouvees = await siens(monde, *SSD, stade="COMMANDEMENT", limite=1)
    assert [ligne["dossier"] for ligne in trouvees] == [rare]
    assert ids(await siens(monde, *SSD, limite=2)) == set(la)
    # Of these, six are against the wish of the household: a CLIL may not know that they are there.
    for dossier in la:
        await monde.proposer(dossier)
    await monde.projeter()
    ouverte = min(la, key=UUID) if rare != min(la, key=UUID) else max(la, key=UUID)
    for dossier in set(la) - {ouverte}:
        pose = evenement("OppositionEnregistree", portee="OPPOSITION")
        assert (await monde.contribuer(dossier, "ccapex", ADM, pose)).status_code == 201
    lu = (await monde.get("/v1/dossiers", "clil", "CLIL_EXAMEN", params={"limite": 1})).json()
    assert ([ligne["dossier"] for ligne in lu["dossiers"]], lu["suivant"]) == ([ouverte], None)


COMEX: Final = ("comex", "CFP_INSTRUCTION", "bureau")


async def test_a_une_finalite_d_un_stade_les_autres_dossiers_du_territoire_ne_coutent_rien(
    monde: Monde, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A COMEX reads from the commandement de quitter on: what its communes have before it is not even looked at."""
    monkeypatch.setattr(mes_dossiers, "REGARDES", 2)
    la = [await monde.ouvrir("etude", nom=f"NOM {'ABCDEFGH'[n]}", id_rpls=rpls(n)) for n in range(8)]
    requis = la[5]
    quitter = evenement("CommandementQuitterSignifie", "2026-06-01", etude_siret=ETUDE, date_reception="2026-06-01")
    for acte in (quitter, evenement("ConcoursForceRequis", "2026-09-10", etude_siret=ETUDE)):
        assert (await monde.contribuer(requis, "etude", EMISSION, acte)).status_code == 201
    await monde.projeter()
    lu = (await monde.get("/v1/dossiers", *COMEX)).json()
    assert ([ligne["dossier"] for ligne in lu["dossiers"]], lu["suivant"]) == ([requis], None)
    for dossier in set(la) - {requis}:
        assert (await monde.get(f"/v1/dossiers/{dossier}", *COMEX)).status_code == 403
    with compter_le_travail() as prendre:
        assert (await monde.get("/v1/dossiers", *COMEX)).json()["dossiers"] == lu["dossiers"]
        avant = prendre()
    for n in range(8, 12):
        await monde.ouvrir("etude", nom=f"NOM {'ABCDEFGHIJKL'[n]}", id_rpls=rpls(n))
    await monde.projeter()
    with compter_le_travail() as prendre:
        assert (await monde.get("/v1/dossiers", *COMEX)).json()["dossiers"] == lu["dossiers"]
        assert prendre() == avant
    depart = evenement("DepartConstate", "2026-10-20", etude_siret=ETUDE)
    assert (await monde.contribuer(requis, "etude", EMISSION, depart)).status_code == 201
    await monde.projeter()
    assert (await monde.get("/v1/dossiers", *COMEX)).json()["dossiers"] == []
    assert (await monde.get(f"/v1/dossiers/{requis}", *COMEX)).status_code == 403


async def test_a_qui_ne_lit_aucun_fait_nul_delai_ne_tombe_et_nul_dossier_n_est_regarde(monde: Monde) -> None:
    """Who controls is shown no fact of any case: it is not asked case by case whether one of its clocks runs out."""
    await raconter(monde)
    await monde.projeter()
    assert len((await monde.get("/v1/dossiers", "dpo", "CONTROLE")).json()["dossiers"]) == 1
    with compter_le_travail() as prendre:
        lu = (await monde.get("/v1/dossiers", "dpo", "CONTROLE", params={"avant": "2099-12-31"})).json()
        travail = prendre()
    assert (lu["dossiers"], lu["suivant"]) == ([], None)
    assert travail.descelles == 0
    assert travail.lignes == 1, "the list's own row"
    assert not any("dossiers_events" in ordre or "rattachements" in ordre for ordre in travail.ordres)


async def test_ce_qui_ne_repond_pas_n_est_ouvert_que_pour_ce_qui_est_demande(monde: Monde) -> None:
    """Of a case that has not changed since, neither its clocks nor its holder's name are unsealed."""
    await raconter(monde)
    await monde.projeter()
    vus = []
    for params in ({}, {"depuis": "2099-01-01"}):
        with compter_le_travail() as prendre:
            assert (await monde.get("/v1/dossiers", *SSD, params=params)).status_code == 200
            vus.append(prendre().descelles)
    assert vus[1] < vus[0]


async def test_ce_qui_n_est_su_qu_une_fois_ouvert_s_ouvre_par_lots_et_la_page_ne_deborde_pas(
    monde: Monde, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All answer: a page of two has two, the next goes on after them, whatever was opened together."""
    monkeypatch.setattr(mes_dossiers, "OUVERTS_ENSEMBLE", 4)
    la = [await monde.ouvrir("ssd", nom=f"NOM {'ABCDEFG'[n]}", id_rpls=rpls(n)) for n in range(7)]
    await monde.projeter()
    depuis = AUJOURD_HUI.isoformat()
    avant = (await monde.journal(1))[0]["position"]
    page = (await monde.get("/v1/dossiers", *SSD, params={"limite": 2, "depuis": depuis})).json()
    assert [ligne["dossier"] for ligne in page["dossiers"]] == sorted(la)[:2]
    ouverts = {str(x["dossier"]) for x in await monde.journal(50) if x["position"] > avant and x["dossier"]}
    assert ouverts == set(sorted(la)[:4])
    for limite in (1, 2, 3, 7):
        assert [ligne["dossier"] for ligne in await siens(monde, *SSD, limite=limite, depuis=depuis)] == sorted(la)


@pytest.mark.parametrize(
    "params",
    [
        {"limite": 0},
        {"limite": 101},
        {"stade": "TOUT"},
        {"commune": "Bobigny"},
        {"avant": "demain"},
        {"depuis": "2026-02-31"},
        {"apres": "1"},
        {"apres": str(UUID(int=1))},
        {"reference": "CDP-1"},
    ],
)
async def test_ce_qui_ne_se_lit_pas_est_refuse(monde: Monde, params: dict[str, Any]) -> None:
    refus = await monde.get("/v1/dossiers", *SSD, params=params)
    assert (refus.status_code, refus.json()["code"]) == (400, "requete"), params


async def test_une_place_n_est_que_d_un_lecteur_a_une_finalite_et_ne_dit_rien(monde: Monde) -> None:
    for n in range(3):
        await monde.ouvrir("ssd", nom=f"NOM {'ABC'[n]}", id_rpls=rpls(n))
    await monde.projeter()
    lu = await monde.get("/v1/dossiers", *SSD, params={"limite": 1})
    place = lu.json()["suivant"]
    assert len(place) == 43
    assert lu.json()["dossiers"][0]["dossier"].replace("-", "") not in place
    assert (await monde.get("/v1/dossiers", *SSD, params={"limite": 1})).headers["etag"] == lu.headers["etag"]
    for qui, finalite, jeton in (
        ("ssd", "COORDINATION_CONTACTS", place),
        ("clil", "CLIL_EXAMEN", place),
        (*SSD, place[:-2] + ("AA" if place[-2:] != "AA" else "BA")),
        (*SSD, place[:-4]),
    ):
        refus = await monde.get("/v1/dossiers", qui, finalite, params={"apres": jeton})
        assert refus.status_code == 400, (qui, finalite)


async def test_chaque_dossier_laisse_sa_ligne_avant_d_etre_ouvert_et_la_liste_la_sienne(monde: Monde) -> None:
    dossier = await raconter(monde)
    await monde.projeter()
    with compter_le_travail() as prendre:
        avant = await monde.journal(1)
        assert len(await siens(monde, *SSD)) == 1
        travail = prendre()
        assert await siens(monde, *SSD, commune="93001") == []
    lignes = [x for x in await monde.journal(10) if x["position"] > avant[0]["position"]]
    assert [(x["action"], x["issue"], x["dossier"] and str(x["dossier"])) for x in lignes] == [
        ("lister", "vide", None),
        ("lister", "autorise", None),
        ("lister", "autorise", dossier),  # of what is expected there
        ("lister", "autorise", dossier),
    ]
    assert "F05" in lignes[3]["groupes_montres"]
    assert travail.descelles > 0
    assert travail.trop_tot == 0


async def test_les_roles_sans_liste_sont_refuses_et_cela_s_ecrit(peuple: Peuple) -> None:
    statistique = Lecteur("STATISTIQUE")
    refus = await peuple.monde.get("/v1/dossiers", statistique.code, "STATISTIQUE", statistique.agent)
    assert (refus.status_code, refus.json()["code"]) == (403, "ACTION_NON_ACCORDEE")
    [ligne] = [x for x in await peuple.monde.journal(5) if x["organisation"] == statistique.code][:1]
    assert (ligne["action"], ligne["issue"], ligne["motif"]) == ("lire", "refuse", "ACTION_NON_ACCORDEE")


# one's own reference ----------------------------------------------------------------------------------------------


async def par_reference(monde: Monde, qui: str, finalite: str, **dite: str) -> list[str]:
    lu = await monde.post("/v1/dossiers/reference", qui, finalite, dite)
    assert lu.status_code == 200, lu.text
    return [ligne["dossier"] for ligne in lu.json()["dossiers"]]


async def test_un_acte_se_retrouve_par_son_numero_et_une_contribution_par_sa_cle_chez_qui_les_a_dits(
    monde: Monde,
) -> None:
    dossier = await monde.ouvrir()
    await monde.ouvrir("etude")
    acte = evenement("CommandementPayerSignifie", etude_siret=ETUDE, ref_acte="CDP-2026-602")
    cle = {"Idempotency-Key": "lot-4712"}
    dite = await monde.contribuer(dossier, "etude", EMISSION, acte, headers=cle)
    assert dite.status_code == 201
    numero = {"type": "CommandementPayerSignifie", "ref_acte": "CDP-2026-602", "survenu_le": "2026-10-15"}
    for reference in (numero, {"cle": "lot-4712"}):
        assert await par_reference(monde, "etude", EMISSION, **reference) == [dossier]
        for qui, finalite in (("bailleur", EMISSION), ("voisin", EMISSION), ("ccapex", ADM), SSD):
            assert await par_reference(monde, qui, finalite, **reference) == [], (qui, reference)
    for autre in ({"ref_acte": "CDP-2026-603"}, {"survenu_le": "2026-10-16"}, {"type": "AssignationSignifiee"}):
        assert await par_reference(monde, "etude", EMISSION, **numero | autre) == []
    await monde.projeter()
    [ligne] = await siens(monde, "etude", EMISSION)
    lu = await monde.post("/v1/dossiers/reference", "etude", EMISSION, numero)
    assert lu.json()["dossiers"] == [ligne]


async def test_une_reference_n_ouvre_pas_ce_que_la_finalite_ferme_et_rien_ne_le_dit(monde: Monde) -> None:
    """A key that was used, at a purpose that closes its case, and one that never was: the same bytes and work."""
    dossier = await monde.ouvrir("caf")
    cle = {"Idempotency-Key": "suivi-1"}
    contact = evenement("ContactTente", canal="APPEL", resultat="ABSENT")
    dite = await monde.contribuer(dossier, "caf", "COORDINATION_CONTACTS", contact, headers=cle)
    assert dite.status_code == 201
    assert await par_reference(monde, "caf", "COORDINATION_CONTACTS", cle="suivi-1") == [dossier]
    with compter_le_travail() as prendre:
        vus = []
        for essai in ("suivi-0", "suivi-1", "jamais-1"):
            lu = await monde.post("/v1/dossiers/reference", "caf", "CLIL_EXAMEN", {"cle": essai})
            vus.append((octets(lu), prendre()))
    assert vus[1] == vus[2]
    assert b"[]" in vus[1][0][1]


@pytest.mark.parametrize(
    "dite",
    [
        {},
        {"cle": "c", "ref_acte": "CDP-1"},
        {"type": "CommandementPayerSignifie", "ref_acte": "CDP-1"},
        {"type": "DetteDeclaree", "ref_acte": "CDP-1", "survenu_le": "2026-10-15"},
        {"type": "CommandementPayerSignifie", "ref_acte": "CDP-1", "survenu_le": "hier"},
        {"cle": "c" * 201},
        {"cle": 7},
        {"nom": "LEROY"},
    ],
)
async def test_une_reference_mal_dite_est_refusee_sans_etre_repetee(monde: Monde, dite: dict[str, Any]) -> None:
    refus = await monde.post("/v1/dossiers/reference", "etude", EMISSION, dite)
    assert (refus.status_code, refus.json()["code"]) == (422, "saisie"), refus.text
    assert "CDP-1" not in refus.text
