"""What a page costs does not depend on how many cases there are: plans, read on a full table."""

from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import replace
from datetime import date, timedelta
from itertools import product
from typing import Any, Final
from uuid import UUID

import psycopg
import pytest
from psycopg import AsyncConnection, sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from adapters.gate.concours import VIVANTS
from adapters.gate.listes import requete_du_journal
from ledger.installation import installer
from projections import SCRIPTS, VUES
from projections.jours import ColonneDeJours, PlaceDeJour, composer_jours, lister_jours
from projections.liste import PLANS, Filtre, Portee, composer, lister
from projections.table import AGENDA, VOIE
from projections.vue import Vue
from projections.vues import ccapex, clil, comex
from tests.projections.monde import avec_role
from tests.projections.plein import COMMUNES, SEANCE, ranger, remplir, remplir_le_journal

BEAUCOUP: Final = 50_000
LIMITE: Final = 51
# The rows of a page, each found by its position; then some blocks for each way, and for each period of a bounded date.
BLOCS: Final = 8 * LIMITE
SOUMIS_DEPUIS: Final = date(2022, 6, 1)
PORTEES: Final = {
    "departement": Portee(communes=COMMUNES, auteur="p1", declarant="d9"),
    "commune": Portee(communes=COMMUNES[:1], auteur="rare3"),
    "portefeuille": Portee(portefeuille=["SIRET1", "SIRET2"], auteur="rare3"),
    "mandats": Portee(mandats=[UUID(int=n) for n in range(20)]),
    "seances": Portee(seances=[SEANCE]),
    "intervenant": Portee(intervenant="udaf93/u7"),
    "auteur": Portee(auteur="rare3"),
    "rien": Portee(auteur="personne", declarant="personne"),
}
FILTRES: Final = {
    "aucun": Filtre(),
    "commune": Filtre(communes=COMMUNES[:1]),
    "stade": Filtre(stades=["DEPART"]),
    "stades": Filtre(stades=["ASSIGNATION", "JUGEMENT"]),
    "parc": Filtre(parcs=["FOYER"]),
    "parc absent": Filtre(parcs=["AUTRE"]),
    "arrondissement": Filtre(arrondissement="93002"),
    "seance": Filtre(seance=SEANCE),
    "sortie": Filtre(sortie=SEANCE),
    "suites": Filtre(par_date="ouvert_le", suites=[date(2026, 12, 1) + timedelta(n) for n in range(62)]),
    "dossiers": Filtre(dossiers=[UUID(int=n) for n in range(20)]),
    "dernier acte": Filtre(du=date(2022, 6, 10), au=date(2022, 7, 20)),
    "ouvert depuis": Filtre(par_date="ouvert_le", du=date(2024, 6, 10)),
    "commune et stade": Filtre(communes=COMMUNES[:1], stades=["JUGEMENT"]),
    "en cours, de quelques communes": Filtre(communes=COMMUNES[:4], stades=VIVANTS),
    "stade et date": Filtre(stades=["ASSIGNATION"], du=date(2022, 6, 10), au=date(2022, 9, 20)),
}
PROPOSES: Final = FILTRES | {
    "proposés": Filtre(propose=True, par_date="propose_le", au=date(2026, 12, 1)),
    "proposés là": Filtre(propose=True, communes=COMMUNES[:1], par_date="propose_le", au=date(2026, 12, 1)),
}
"""With what is proposed to a CLIL, or what the CCAPEX is seized of, and waits."""
DE_LA_VUE: Final = {ccapex.VUE.nom: PROPOSES, clil.VUE.nom: PROPOSES, comex.VUE.nom: FILTRES}


@contextmanager
def base_neuve(serveur: str, nom: str) -> Iterator[str]:
    """A database of this module's own."""
    noms = (nom, f"{nom}_cles")
    installer(serveur, {}, bases=noms, scripts=SCRIPTS)
    yield make_conninfo(serveur, dbname=nom)
    with psycopg.connect(serveur, autocommit=True) as admin:
        for une in noms:
            admin.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(une)))


@pytest.fixture(scope="module")
def pleine(serveur: str) -> Iterator[str]:
    """A database whose views, and whose journal, are full. Nobody writes there: pages would be left to be looked at."""
    with base_neuve(serveur, "vues_pleines") as url:
        for vue in VUES:
            remplir(avec_role(url, None), vue, BEAUCOUP)
        remplir_le_journal(avec_role(url, None), BEAUCOUP)
        yield url


@pytest.fixture(scope="module")
def suivie(serveur: str) -> Iterator[str]:
    """A full view of the CCAPEX where one case in five has something to follow: a hundred a day."""
    with base_neuve(serveur, "vues_suivies") as url:
        remplir(avec_role(url, None), ccapex.VUE, BEAUCOUP)
        with psycopg.connect(avec_role(url, None), autocommit=True) as admin:
            admin.execute(
                "UPDATE vue_ccapex_dossiers_a SET suites_le = ARRAY[date '2026-12-01' + (position / 5 % 90)::int]"
                " WHERE position % 5 = 0"
            )
            ranger(admin, "vue_ccapex_dossiers_a")
        yield url


@asynccontextmanager
async def lire(url: str) -> AsyncIterator[AsyncConnection[Any]]:
    """A connection as the API has it."""
    api = avec_role(url, "unefois_api")
    options = f"{conninfo_to_dict(api)['options']} {PLANS}"
    async with await AsyncConnection.connect(make_conninfo(api, options=options), autocommit=True) as ouverte:
        yield ouverte


@pytest.fixture
async def connexion(pleine: str) -> AsyncIterator[AsyncConnection[Any]]:
    async with lire(pleine) as ouverte:
        yield ouverte


async def plan_de(
    connexion: AsyncConnection[Any], requete: sql.Composed, parametres: Mapping[str, Any]
) -> dict[str, Any]:
    explique = sql.SQL("EXPLAIN (ANALYZE, BUFFERS, TIMING OFF, FORMAT JSON) {}").format(requete)
    [[[plan]]] = await (await connexion.execute(explique, parametres)).fetchall()
    return dict(plan["Plan"])


def noeuds(plan: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    yield plan
    for fils in plan.get("Plans", ()):
        yield from noeuds(fils)


def blocs(plan: Mapping[str, Any]) -> int:
    return int(plan["Shared Hit Blocks"] + plan["Shared Read Blocks"])


def lus_en_entier(plan: Mapping[str, Any]) -> list[str]:
    return [n["Relation Name"] for n in noeuds(plan) if n["Node Type"] == "Seq Scan" and n["Actual Loops"]]


@pytest.mark.parametrize(
    ("vue", "lien", "par"),
    [
        pytest.param(vue, lien, par, id=f"{vue.nom}-{lien}-{par}")
        for vue in (ccapex.VUE, comex.VUE)
        for lien, par in product(PORTEES, DE_LA_VUE[vue.nom])
    ],
)
async def test_une_page_ne_lit_pas_plus_qu_une_page(
    connexion: AsyncConnection[Any], vue: Vue[Any], lien: str, par: str
) -> None:
    for apres in (0, BEAUCOUP // 2):
        compose = composer(vue, DE_LA_VUE[vue.nom][par], PORTEES[lien])
        assert compose is not None
        requete, parametres = compose
        plan = await plan_de(connexion, requete, {**parametres, "apres": apres, "limite": LIMITE})
        assert set(lus_en_entier(plan)) <= {"positions"}, plan
        assert blocs(plan) <= BLOCS, plan


@pytest.mark.parametrize("par", PROPOSES)
async def test_regle_28_une_file_de_clil_ne_lit_de_sa_commune_que_ce_qui_lui_fut_soumis(
    connexion: AsyncConnection[Any], par: str
) -> None:
    """One case in seven was put before its CLIL: a secretariat of one commune reads no more of the others."""
    portee = replace(PORTEES["commune"], soumis_depuis=SOUMIS_DEPUIS, declarant="personne")
    compose = composer(clil.VUE, PROPOSES[par], portee)
    assert compose is not None
    requete, parametres = compose
    plan = await plan_de(connexion, requete, {**parametres, "apres": 0, "limite": BEAUCOUP})
    assert set(lus_en_entier(plan)) <= {"positions"}, plan
    lues = sum((n["Actual Rows"] + n.get("Rows Removed by Filter", 0)) * n["Actual Loops"] for n in feuilles(plan))
    soumises = BEAUCOUP // 7 // len(COMMUNES)
    assert lues <= 5 * soumises, plan


def feuilles(plan: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """The reads of the view."""
    return (n for n in noeuds(plan) if n.get("Relation Name") == "vue_clil_dossiers_a")


@pytest.mark.parametrize("vue", [pytest.param(v, id=v.nom) for v in (ccapex.VUE, clil.VUE)])
async def test_les_voies_donnent_ce_que_la_condition_entiere_donne(
    connexion: AsyncConnection[Any], vue: Vue[Any]
) -> None:
    for portee, filtre in product(PORTEES.values(), DE_LA_VUE[vue.nom].values()):
        bornee = replace(portee, soumis_depuis=SOUMIS_DEPUIS)
        page = await lister(connexion, vue, portee=bornee, filtre=filtre, apres=BEAUCOUP // 3)
        attendues = await (await connexion.execute(*tout_entier(vue, bornee, filtre, BEAUCOUP // 3))).fetchall()
        assert [ligne.position for ligne in page.lignes] == [position for (position,) in attendues]


TERRITOIRES: Final = {
    "ccapex": b"vue_ccapex_dossiers WHERE (%s::date IS NOT NULL AND commune = ANY(%s)",
    "clil": b"vue_clil_dossiers WHERE (soumis_le >= %s AND commune_soumise = ANY(%s)",
}


def tout_entier(vue: Vue[Any], portee: Portee, filtre: Filtre, apres: int) -> tuple[bytes, list[Any]]:
    """The same page, asked for in one condition and nothing clever."""
    par_date = filtre.par_date.encode()
    return (
        b"SELECT position FROM " + TERRITOIRES[vue.nom] + b" OR bailleur_siret ="
        b" ANY(%s) OR dossier = ANY(%s) OR seances && %s::uuid[] OR %s = ANY(intervenants) OR %s = ANY(auteurs) OR"
        b" %s = ANY(declarants)) AND (%s::text[] = '{}' OR commune = ANY(%s)) AND (%s::text[] = '{}' OR stade ="
        b" ANY(%s)) AND (%s::text[] = '{}' OR parc = ANY(%s)) AND (%s::text IS NULL OR arrondissement = %s) AND"
        b" (%s::uuid IS NULL OR %s = ANY(seances)) AND (%s::uuid IS NULL OR %s = ANY(sorties)) AND (%s::date[] = '{}'"
        b" OR suites_le && %s::date[]) AND (%s::uuid[] = '{}' OR dossier = ANY(%s::uuid[]))"
        + (b" AND propose_le IS NOT NULL" if filtre.propose else b"")
        + b" AND"
        b" (%s::date IS NULL OR " + par_date + b" >= %s) AND"
        b" (%s::date IS NULL OR " + par_date + b" <= %s) AND position > %s AND generation = 'a' ORDER BY"
        b" position LIMIT 50",
        [
            portee.soumis_depuis,
            *(list(portee.communes), list(portee.portefeuille), list(portee.mandats), list(portee.seances)),
            *(portee.intervenant, portee.auteur, portee.declarant),
            *(valeur for liste in (filtre.communes, filtre.stades, filtre.parcs) for valeur in [list(liste)] * 2),
            *(valeur for seul in (filtre.arrondissement, filtre.seance, filtre.sortie) for valeur in [seul] * 2),
            *[list(filtre.suites)] * 2,
            *[list(filtre.dossiers)] * 2,
            *(valeur for seul in (filtre.du, filtre.au) for valeur in [seul] * 2),
            apres,
        ],
    )


JOURS: Final[Mapping[ColonneDeJours, tuple[date, date]]] = {
    "prochaine_audience": (date(2022, 6, 10), date(2022, 8, 10)),
    "suites_le": (date(2026, 12, 1), date(2027, 1, 31)),
}


@pytest.mark.parametrize("colonne", JOURS)
async def test_une_page_de_jours_ne_lit_pas_plus_qu_une_page(suivie: str, colonne: ColonneDeJours) -> None:
    """A page of what follows is read in a day or two."""
    (du, au), combien = JOURS[colonne], BEAUCOUP // 5
    async with lire(suivie) as connexion:
        for apres in (PlaceDeJour(du, UUID(int=0)), PlaceDeJour(du + timedelta(20), UUID(int=1 << 127))):
            requete, parametres = composer_jours(ccapex.VUE, colonne, PORTEES["departement"], apres, au, siens=False)
            plan = await plan_de(connexion, requete, {**parametres, "limite": LIMITE})
            assert set(lus_en_entier(plan)) <= {"positions"}, plan
            assert plan["Actual Rows"] == LIMITE
            assert blocs(plan) <= BLOCS + (2 * combien // 90 if colonne == "suites_le" else 0), plan


@pytest.mark.parametrize("vue", [pytest.param(v, id=v.nom) for v in (ccapex.VUE, clil.VUE)])
async def test_les_jours_donnent_ce_que_la_condition_entiere_donne(
    connexion: AsyncConnection[Any], vue: Vue[Any]
) -> None:
    trouves = 0
    for portee, (colonne, (du, au)) in product(PORTEES.values(), JOURS.items()):
        if colonne not in vue.table.colonnes:
            continue
        bornee = replace(portee, soumis_depuis=SOUMIS_DEPUIS)
        attendus = [
            (jour, dossier)
            for (dossier, dits) in await (await connexion.execute(*de_ces_jours(vue, bornee, colonne))).fetchall()
            for jour in (dits if isinstance(dits, list) else [dits])
            if jour is not None and du <= jour <= au
        ]
        lus: list[PlaceDeJour] = []
        suite: PlaceDeJour | None = PlaceDeJour(du, UUID(int=0))
        while suite is not None:
            page = await lister_jours(connexion, vue, colonne, portee=bornee, apres=suite, au=au, limite=200)
            lus += page.places
            assert {sienne.ligne.dossier for sienne in page.rangees} == {place.dossier for place in page.places}
            suite = page.suivante
        assert lus == sorted(attendus)
        trouves += len(lus)
    assert trouves


def de_ces_jours(vue: Vue[Any], portee: Portee, colonne: str) -> tuple[bytes, list[Any]]:
    """All the days of what a scope has, asked for in one condition and nothing clever."""
    texte, parametres = tout_entier(vue, portee, Filtre(), 0)
    return (
        texte.replace(b"SELECT position", b"SELECT dossier, " + colonne.encode()).replace(b"LIMIT 50", b""),
        parametres,
    )


@pytest.mark.parametrize(
    "filtres",
    [
        pytest.param({}, id="tout"),
        pytest.param({"agent": "a7"}, id="agent"),
        pytest.param({"agent": "personne"}, id="agent absent"),
        pytest.param({"organisation": "o7"}, id="organisation"),
        pytest.param({"dossier": UUID("c4ca4238-a0b9-2382-0dcc-509a6f75849b")}, id="dossier"),
        pytest.param({"du": date(2030, 6, 10), "au": date(2030, 6, 10)}, id="jour"),
        pytest.param({"au": date(2030, 6, 10)}, id="jusqu a un jour"),
    ],
)
async def test_une_page_du_journal_ne_lit_pas_plus_qu_une_page(
    connexion: AsyncConnection[Any], filtres: dict[str, Any]
) -> None:
    for avant in ({}, {"avant": BEAUCOUP // 2}):
        demande = filtres | avant
        plan = await plan_de(connexion, requete_du_journal(demande), {**demande, "limite": LIMITE})
        assert lus_en_entier(plan) == []
        assert blocs(plan) <= BLOCS, plan


def test_chaque_colonne_de_jours_a_les_index_par_lesquels_elle_se_lit() -> None:
    lues = [(vue, c) for vue in VUES for c in vue.table.colonnes.values() if AGENDA in c.usages]
    assert {c.nom for _, c in lues} == set(JOURS)
    for vue, c in lues:
        assert f"vue_{vue.nom}_siens_{c.nom} ON" in vue.table.ddl
        assert f"vue_{vue.nom}_{c.nom}{'' if c.tableau else '_jour'} ON" in vue.table.ddl


def test_chaque_vue_a_une_voie_par_colonne_qui_en_est_une() -> None:
    for vue in VUES:
        voies = {c.nom for c in vue.table.colonnes.values() if c.par_date or VOIE in c.usages}
        assert voies
        assert all(f"vue_{vue.nom}_{nom} ON" in vue.table.ddl for nom in voies)
