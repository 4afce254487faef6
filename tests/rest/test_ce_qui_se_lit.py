"""For every role and purpose: what the feed, the worklists and « ce qui m'est adressé » tell is what its readings give.

Each list finds its cases by ways of its own; what a reader may read, its readings say. Households of which it has one
case and reads the other (RELU) are among them, and others of which it reads one alone.
"""

import re
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any, Final

import psycopg
import pytest
from psycopg import sql

from projections import VUES
from projections.vue import Vue
from tests.bases import SCHEMA
from tests.monde import AUTRE_BAILLEUR, SEANCE, SEANCE_LE, Monde, evenement, rpls
from tests.rest.mondes import PORTES, ROLES, Lecteur, deux_mondes
from tests.rest.peuple import ADM, EMISSION, Peuple, peupler_de_tous, relire
from tests.rest.test_attentes import EXAMINE_LE, recommandation
from tests.rest.test_mes_dossiers import siens

INSCRIT: Final = (
    evenement("MenageInforme", canal="COURRIER"),
    evenement("InstanceInscrite", EXAMINE_LE, instance="CCAPEX", seance=str(SEANCE), seance_le=SEANCE_LE.isoformat()),
)


@pytest.fixture(scope="module")
async def peuple(modele: str) -> AsyncIterator[Peuple]:
    """The same, and something is expected of each reader in all that was made for it."""
    async with peupler_de_tous(modele) as ouvert:
        for role in ROLES:
            for rang, dossier in enumerate(ouvert.par_role[role]):
                recommandee = recommandation(Lecteur(role).code)
                if role == "CCAPEX_MEMBRE" and rang:  # an agenda is what links it
                    continue
                repond = any(Lecteur(role).emet("RecommandationSuivie", finalite) for finalite in PORTES[role])
                faits = [*(INSCRIT if rang else ()), *([recommandee] if repond else ())]
                if not faits:
                    continue
                recu = await ouvert.monde.contribuer(dossier, "ccapex", ADM, *faits)
                assert recu.status_code == 201, recu.text
        await ouvert.monde.projeter()
        yield ouvert


def finalites_lues(peuple: Peuple, role: str) -> Iterator[tuple[str, str]]:
    """The purposes at which a role reads cases and has lists: their codes, and as they are stated."""
    for code in sorted(PORTES[role]):
        if {"lire", "lister"} <= set(PORTES[role][code]["actions"]):
            yield code, f"{code}; demande={peuple.demandes[role]}" if code == "AIDE_INSTRUCTION" else code


async def lus(
    peuple: Peuple, role: str, finalite: str, chemin: str = "/v1/dossiers", suite: str = ""
) -> dict[str, dict[str, Any]]:
    """What it reads, of the cases of its own, of a neighbour's, and of everybody's: by case."""
    lecteur, voisin = Lecteur(role), ROLES[(ROLES.index(role) + 1) % len(ROLES)]
    trouves = {}
    for dossier in (*peuple.par_role[role], *peuple.par_role[voisin], *peuple.de_tous):
        lu = await peuple.monde.get(f"{chemin}/{dossier}{suite}", lecteur.code, finalite, lecteur.agent)
        if lu.status_code == 200:
            trouves[dossier] = lu.json()
        else:
            assert lu.status_code in {403, 404}, lu.text
    return trouves


async def paginer(monde: Monde, chemin: str, quoi: str, lecteur: Lecteur, finalite: str, **params: Any) -> list[Any]:
    """All that a list has, page after page."""
    toutes: list[Any] = []
    suivant: Any = ""
    while suivant is not None:
        page = params | ({"apres": suivant} if suivant else {})
        lu = await monde.get(chemin, lecteur.code, finalite, lecteur.agent, params=page)
        if lu.status_code == 403 and lu.json()["code"] == "FINALITE_PAS_EN_VIGUEUR":
            return []
        assert lu.status_code == 200, lu.text
        toutes += lu.json()[quoi]
        suivant = lu.json()["suivant"]
    return toutes


# what is expected --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("role", ROLES)
async def test_ce_qui_m_est_adresse_est_ce_que_mes_lectures_me_demandent(
    peuple: Peuple, role: str, compter: Callable[[str, int], None]
) -> None:
    """Of the recommendations that it reads whole, those that name it, where it may tell what became of them."""
    monde, lecteur = peuple.monde, Lecteur(role)
    attendues_en_tout = 0
    for code, finalite in finalites_lues(peuple, role):
        attentes = await paginer(monde, "/v1/attentes", "attentes", lecteur, finalite, limite=20)
        documents = await lus(peuple, role, finalite)
        demandent = {
            fait["id"]
            for document in documents.values()
            for fait in document["faits"]
            if fait["type"] == "RecommandationEmise" and fait["champs"].get("destinataire") == lecteur.code
        }
        repond = lecteur.emet("RecommandationSuivie", code)
        recommandees = [a["fait"] for a in attentes if a["genre"] == "RECOMMANDATION"]
        assert sorted(recommandees) == sorted(demandent if repond else ()), (role, finalite)
        par_dossier = Counter(attente["dossier"] for attente in attentes)
        for ligne in await siens(monde, lecteur.code, finalite, lecteur.agent) if documents else ():
            sien = sum(par_dossier[dossier] for dossier in (ligne["dossier"], *ligne.get("reunis", ())))
            assert ligne["attentes"] == sien, (role, finalite, ligne)
        attendues_en_tout += len(attentes)
    compter("attentes comparées à ce qui se lit", attendues_en_tout)


# the worklists of the commissions ----------------------------------------------------------------------------------


def competents(monde: Monde, vue: Vue[Any], lecteur: Lecteur) -> dict[str, set[str]]:
    """The cases that are a commission's: as they are, or by what this reader told alone of them."""
    tables = {"entier": ("vue_{}_dossiers", "true"), "part": ("vue_{}_siens", "part AND lecteur = %(lecteur)s")}
    trouves = {}
    with psycopg.connect(monde.bases.admin_url, options=f"-c search_path={SCHEMA}") as admin:
        for quoi, (table, condition) in tables.items():
            ordre = sql.SQL("SELECT dossier::text FROM {} WHERE {} AND {}").format(
                sql.Identifier(table.format(vue.nom)), sql.SQL(condition), sql.SQL(vue.competence)
            )
            trouves[quoi] = {dossier for (dossier,) in admin.execute(ordre, {"lecteur": lecteur.code})}
    return trouves


@pytest.mark.parametrize("role", ROLES)
async def test_une_file_est_ce_que_la_vue_donne_a_lire_de_ce_qui_est_a_sa_commission(
    peuple: Peuple, role: str, compter: Callable[[str, int], None]
) -> None:
    """Each case once, under each of its stages; cases that are read as one, as one."""
    monde, lecteur = peuple.monde, Lecteur(role)
    lignes_en_tout = 0
    for code, finalite in finalites_lues(peuple, role):
        for vue in [vue for vue in VUES if vue.nom in PORTES[role][code]["vues"]]:
            documents = await lus(peuple, role, finalite, f"/v1/vues/{vue.nom}")
            lignes = await paginer(monde, f"/v1/vues/{vue.nom}", "dossiers", lecteur, finalite, limite=7)
            menages = [frozenset((ligne["dossier"], *ligne.get("reunis", ()))) for ligne in lignes]
            listes = Counter(dossier for menage in menages for dossier in menage)
            assert set(listes.values()) <= {1}, (role, finalite, vue.nom)
            sont = competents(monde, vue, lecteur)
            tous = sont["entier"] | sont["part"]
            assert set(documents) & tous == set(listes) & (set(documents) | set(peuple.par_role[role])), (
                role, finalite, vue.nom, set(documents) & tous ^ set(listes))  # fmt: skip
            for stade in sorted({ligne["stade"] for ligne in lignes if ligne["stade"]}):
                filtrees = await paginer(
                    monde, f"/v1/vues/{vue.nom}", "dossiers", lecteur, finalite, limite=7, stade=stade
                )
                assert sorted(sorted((f["dossier"], *f.get("reunis", ()))) for f in filtrees) == sorted(
                    sorted(menage) for menage, ligne in zip(menages, lignes, strict=True) if ligne["stade"] == stade
                ), (role, finalite, vue.nom, stade)
            lignes_en_tout += len(lignes)
    compter("lignes des files comparées à ce qui se lit", lignes_en_tout)


# what it may not know of -------------------------------------------------------------------------------------------


async def test_ce_qui_est_relu_avec_le_sien_ne_dit_rien_a_qui_n_y_est_lie_que_par_sa_parole(modele: str) -> None:
    """In one world, the landlord's household has another case, looked at as one with its own: the same bytes and work.

    It says itself that it is the landlord: nobody else names it. Its neighbour goes on telling of the other case.
    """
    async with deux_mondes(modele) as (sans, avec, prendre):
        vus: list[list[Any]] = [[], []]
        for rang, monde in enumerate((sans, avec)):
            a = await monde.ouvrir()
            b = await monde.ouvrir("voisin", nom="LE ROY", bailleur=AUTRE_BAILLEUR, id_rpls=rpls(7), commune="93001")
            for faits in (INSCRIT, [recommandation("bailleur")]):
                assert (await monde.contribuer(a, "ccapex", ADM, *faits)).status_code == 201
            if monde is avec:
                await relire(monde, a, b)
            await monde.projeter()
            depart = (await monde.get("/v1/flux", "bailleur", EMISSION)).json()["suivant"]
            dette = evenement("DetteDeclaree", montant=1, arretee_au="2026-10-15")
            assert (await monde.contribuer(b, "voisin", EMISSION, dette)).status_code == 201
            await monde.projeter()
            for chemin in ("/v1/dossiers", "/v1/attentes", f"/v1/dossiers/{a}", f"/v1/flux?depuis={depart}"):
                await monde.get(chemin, "bailleur", EMISSION)  # what a first call reads of the registry
                prendre()
                lu = await monde.get(chemin, "bailleur", EMISSION)
                assert lu.status_code == 200, lu.text
                travail = prendre()
                vus[rang].append((chemin[:12], UN_NOM.sub('"x"', lu.text), travail.ordres, travail.lignes))
        assert vus[0] == vus[1]
        assert ["ACTE" in texte or "RECOMMANDATION" in texte for _, texte, *_ in vus[0]] == [False, True, True, False]


UN_NOM: Final = re.compile(r'"[0-9a-f-]{36}"|"\d{4}-\d\d-\d\dT[^"]*"|"[\w-]{43,66}"|"position":\d+')
"""Ids, moments and places: no two worlds have the same."""


# the feed ----------------------------------------------------------------------------------------------------------


async def test_le_flux_dit_ce_qui_s_ajoute_aux_historiques_et_rien_d_autre(
    peuple: Peuple, compter: Callable[[str, int], None]
) -> None:
    """Something is told in every case by who instructs: each reader is told what it then reads."""
    monde = peuple.monde
    abonnes = {}
    for role in ROLES:
        for _, finalite in finalites_lues(peuple, role):
            depart = await _suivre(monde, Lecteur(role), finalite)
            if depart is not None:
                avant = _histoire(await lus(peuple, role, finalite, suite="/historique"))
                abonnes[role, finalite] = depart[0], avant
    ecrits, dette = 0, evenement("DetteDeclaree", montant=1, arretee_au="2026-10-15")
    for dossier in sorted({dossier for dossiers in peuple.par_role.values() for dossier in dossiers}):
        for fait in (evenement("ContactTente", canal="COURRIER", resultat="JOINT"), dette):
            recu = await monde.contribuer(dossier, "ccapex", ADM, fait)
            ecrits += recu.status_code == 201
    assert ecrits > 100
    await monde.projeter()
    dits_en_tout = 0
    for (role, finalite), (jeton, avant) in abonnes.items():
        suite = await _suivre(monde, Lecteur(role), finalite, jeton)
        assert suite is not None
        dits = [(e["data"]["dossier"], e["data"]["fait"]) for e in suite[1] if e["data"]["fait"]]
        assert len(set(dits)) == len(dits), (role, finalite)
        apres = _histoire(await lus(peuple, role, finalite, suite="/historique"))
        connus = {fait for _, fait in apres}
        assert {dit for dit in dits if dit[1] in connus} == apres - avant, (role, finalite)
        dits_en_tout += len(apres - avant)
    assert dits_en_tout > 60
    compter("faits que le flux dit comme les historiques de tous les rôles", dits_en_tout)


def _histoire(histoires: dict[str, dict[str, Any]]) -> set[tuple[str, str]]:
    """The facts of these histories, each under the case where it was told."""
    return {(f.get("dossier", dossier), f["id"]) for dossier, lu in histoires.items() for f in lu["evenements"]}


async def _suivre(
    monde: Monde, lecteur: Lecteur, finalite: str, depuis: str | None = None
) -> tuple[str, list[dict[str, Any]]] | None:
    """All that the feed tells since; where it is taken up again. None where the law has not come yet."""
    evenements: list[dict[str, Any]] = []
    while True:
        params = {"depuis": depuis} if depuis else {}
        lu = await monde.get("/v1/flux", lecteur.code, finalite, lecteur.agent, params=params)
        if lu.status_code == 403:
            assert lu.json()["code"] == "FINALITE_PAS_EN_VIGUEUR", lu.text
            return None
        page = lu.json()
        depuis, evenements = page["suivant"], evenements + page["evenements"]
        if not page["encore"]:
            return depuis, evenements
