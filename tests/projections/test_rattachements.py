"""Where to look for one's own cases: rows are what links somebody, rebuilt as served; a page costs a page."""

import random
from collections.abc import AsyncIterator, Iterator
from datetime import date
from typing import Any, Final
from uuid import UUID

import psycopg
import pytest
from eventsourcing.persistence import StoredEvent
from psycopg import AsyncConnection, sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from adapters.registre.instantane import Rattachement
from ledger import catalogue as ev
from ledger.catalogue import Rubrique
from ledger.dossier.etat import Dossier
from ledger.dossier.repli import replier
from ledger.dossier.reunion import relus
from ledger.installation import installer
from ledger.mapper import to_fait
from projections import SCRIPTS
from projections.liste import PLANS
from projections.rattachements import PREMIER, Chemins, atteints, composer, lister, rangees, reunis
from projections.reconstruction import reconstruire
from tests.projections.conftest import Base
from tests.projections.monde import Menage, avec_role, ecrire, entrelacer, exemple, histoire
from tests.projections.plein import ranger
from tests.projections.test_attentes import attendue
from tests.projections.test_plans import blocs, lus_en_entier, plan_de
from tests.projections.test_projecteur import lignes, tout_projeter

DEPUIS: Final = date(2025, 11, 2)


async def test_les_rattachements_refaits_sont_les_rattachements_servis(base: Base) -> None:
    journal = list(entrelacer([*map(histoire, range(25)), *map(attendue, range(100, 115))], 5))
    ecrire(base.admin, journal[: len(journal) // 2])
    await tout_projeter(base.projecteur, lot=7)
    ecrire(base.admin, journal[len(journal) // 2 :])
    await tout_projeter(base.projecteur, lot=300)
    servis = lignes(base.api, "rattachements")
    genres = {lien.partition("/")[0] for _, _, lien, *_ in servis}
    assert genres >= {"commune", "stade", "clil", "bailleur", "seance", "agent", "auteur", "demande"}
    bilan = await reconstruire(base.projecteur)
    assert bilan.ecarts == ()
    assert "rattachements" in bilan.empreintes
    assert sorted(ligne[1:] for ligne in lignes(base.api, "rattachements")) == sorted(ligne[1:] for ligne in servis)


async def test_un_rattachement_qui_differe_se_dit(base: Base) -> None:
    ecrire(base.admin, list(entrelacer(map(histoire, range(8)), 4)))
    await tout_projeter(base.projecteur)
    with psycopg.connect(base.admin) as admin:
        changees = admin.execute("UPDATE rattachements SET lien = 'auteur/autre' WHERE lien LIKE 'commune/%'").rowcount
    assert changees > 0
    bilan = await reconstruire(base.projecteur)
    assert not bilan.bascule
    assert {e.table: (e.en_moins, e.en_plus) for e in bilan.ecarts} == {"rattachements": (changees, changees)}


def test_ce_qui_rattache_a_un_dossier_y_a_sa_rangee_et_rien_d_autre_n_y_est_ecrit() -> None:
    """Of each thing by which the registry may link somebody, one row: an id, a code, and the day of a submission."""
    vus = 0
    for graine in range(60):
        etat = replier([to_fait(stocke) for stocke in (histoire if graine % 2 else attendue)(graine)])
        identite = UUID(int=graine)
        ecrites = [ligne.split("\t") for ligne in rangees(identite, etat).splitlines()]
        liens = {lien: le for _, lien, le, _ in ecrites}
        assert len(liens) == len(ecrites)
        assert {dossier for dossier, *_ in ecrites} <= {str(identite)}
        assert set(liens) == _attendus(identite, etat)
        assert relus(etat) == frozenset()
        assert all((le == "\\N") is not lien.startswith("clil/") for lien, le in liens.items())
        vus += len(liens)
    assert vus > 250


def _attendus(identite: UUID, etat: Dossier) -> set[str]:
    cas = Rattachement.de(identite, etat)
    return {
        *({f"commune/{cas.commune}", f"stade/{etat.stade}/{cas.commune}"} if cas.commune else ()),
        *({f"clil/{cas.commune}"} if cas.commune and cas.soumissions else ()),
        *({f"bailleur/{siret}" for siret in cas.bailleurs} if len(cas.bailleurs) == 1 else ()),
        *(f"seance/{seance}" for seance in cas.seances),
        *(f"agent/{qui}" for qui in cas.intervenants),
        *(f"auteur/{code}" for code in cas.auteurs),
        *(f"declarant/{siret}" for siret in cas.declarants),
        *(f"demande/{aide}" for aide in etat.rubriques.get(Rubrique.DEMANDES, ())),
        *(
            f"examen/{seance}/{demande.partenaire}"
            for demande, dites in etat.rubriques.get(Rubrique.DEMANDES_EN_SEANCE, {}).items()
            for seance in dites.values()
        ),
    }


# households of several cases ---------------------------------------------------------------------------------------

COMMUNE: Final = "93008"
BAILLEUR: Final = "55208131766522"
QUI: Final = "ssd93"
"""Who opens the cases, and names the landlord."""


def _ouvert(graine: int) -> tuple[Menage, StoredEvent]:
    menage = Menage(UUID(int=graine), random.Random(graine))  # noqa: S311 - reproducible, not secret
    return menage, menage.ouvrir(commune=COMMUNE, bailleur_siret=BAILLEUR)


def _ecrites(menage: Menage) -> dict[str, str]:
    """By link, on whose word alone it rests."""
    ecrites = [ligne.split("\t") for ligne in rangees(menage.dossier, replier(menage.faits)).splitlines()]
    return {lien: par for _, lien, _, par in ecrites}


def _decider(menage: Menage, autre: Menage, decision: str) -> StoredEvent:
    tranche = exemple(ev.RapprochementTranche, autre=autre.dossier, decision=decision)
    return menage.dire(tranche, partenaire="ccapex")


def test_ce_qui_mene_a_l_autre_dossier_n_a_de_rangee_que_relu_et_dit_sur_quelle_parole() -> None:
    (un, _), (autre, _) = _ouvert(1), _ouvert(2)
    un.dire(exemple(ev.AccompagnementOuvert, intervention=(suivi := un.uuid())), agent="a1")
    un.dire(exemple(ev.DossierPropose, instance="CLIL"))
    seules = set(_ecrites(un))
    assert not any(lien.startswith(("menage/", "relu/")) for lien in seules)
    _decider(un, autre, "MEME_MENAGE")
    assert set(_ecrites(un)) - seules == {"auteur/ccapex"}
    seules = set(_ecrites(un))
    _decider(un, autre, "RELU")
    ecrites = _ecrites(un)
    assert {lien: ecrites[lien] for lien in set(ecrites) - seules} == {
        f"relu/{autre.dossier}": "\\N",
        f"menage/commune/{COMMUNE}": "\\N",
        f"menage/clil/{COMMUNE}": QUI,
        f"menage/bailleur/{BAILLEUR}": QUI,
        f"menage/agent/{QUI}/a1": QUI,
    }
    assert {ecrites[lien] for lien in seules} == {"\\N"}, "what links to the case itself, its reader's registry says"
    un.dire(exemple(ev.LienConfirme, lien=suivi), partenaire="ccapex")
    un.dire(exemple(ev.LogementDeclare, commune=COMMUNE, bailleur_siret=BAILLEUR), partenaire="caf")
    confirmees = _ecrites(un)
    assert [confirmees[f"menage/{lien}"] for lien in (f"bailleur/{BAILLEUR}", f"agent/{QUI}/a1")] == ["\\N", "\\N"]
    _decider(un, autre, "DISTINCT")
    assert not any(lien.startswith(("menage/", "relu/")) for lien in _ecrites(un))


async def test_un_menage_se_trouve_par_un_de_ses_dossiers_de_proche_en_proche(base: Base) -> None:
    """A chain of three, a pair of which one case says so alone, one that nobody has looked at."""
    ouverts = [_ouvert(n) for n in range(1, 8)]
    (un, deux, trois, sourd, muet, tu, _), dits = [m for m, _ in ouverts], [ouverture for _, ouverture in ouverts]
    reciproques = [(un, deux), (deux, un), (deux, trois), (trois, deux)]
    dits += [_decider(ici, la, "RELU") for ici, la in (*reciproques, (sourd, muet))]
    dits += [_decider(ici, la, "MEME_MENAGE") for ici, la in ((un, tu), (tu, un))]
    ecrire(base.admin, dits)
    await tout_projeter(base.projecteur)
    ids = [menage.dossier for menage in (un, deux, trois)]
    siret = f"bailleur/{BAILLEUR}"
    async with await AsyncConnection.connect(base.api, autocommit=True) as connexion:
        for lien, moi, mandats, attendus in (
            (f"commune/{COMMUNE}", QUI, [], [*ids, sourd.dossier]),
            ("commune/93001", QUI, [], []),
            (siret, "autre", [], [*ids, sourd.dossier]),
            (siret, QUI, [], []),  # on its own word alone
            (siret, QUI, [un.dossier], ids),
        ):
            chemins = Chemins((), mandats, DEPUIS, [f"menage/{lien}"], moi)
            assert sorted(await reunis(connexion, chemins)) == attendus, (lien, moi)
            pages = await lister(connexion, chemins, PREMIER, 10)
            assert pages == attendus, (lien, moi)
            requete, parametres = atteints(chemins)
            trouves = await (await connexion.execute(requete, parametres)).fetchall()
            assert sorted(dossier for (dossier,) in trouves) == attendus
            assert await lister(connexion, chemins, UUID(int=1), 1) == attendus[1:2]


# what a page costs -------------------------------------------------------------------------------------------------

BEAUCOUP: Final = 50_000
LIMITE: Final = 51
COMMUNES: Final = [f"930{n:02}" for n in range(1, 41)]
CHEMINS: Final = {
    "departement": Chemins([f"commune/{code}" for code in COMMUNES], (), DEPUIS),
    "commune": Chemins(["commune/93001", "auteur/p1"], (), DEPUIS),
    "stades": Chemins([f"stade/{s}/{c}" for s in ("REQUIS", "ACCORDE") for c in COMMUNES[:9]], (), DEPUIS),
    "portefeuille": Chemins(["bailleur/s1", "auteur/p1", "declarant/s1"], (), DEPUIS),
    "rare": Chemins(["auteur/rare", "agent/p1/a7"], (), DEPUIS),
    "clil": Chemins(["clil/93001", "auteur/rare"], (), DEPUIS),
    "mandats": Chemins(["auteur/rare"], [UUID(int=n) for n in range(500)], DEPUIS),
    "rien": Chemins(["auteur/personne"], (), DEPUIS),
    "menages": Chemins(["auteur/rare"], (), DEPUIS, ["menage/commune/93001", "menage/bailleur/s1"], "p1"),
}
_REMPLIR: Final = (
    "INSERT INTO rattachements_a (dossier, lien, soumis_le) SELECT md5(n::text)::uuid, lien, le"
    " FROM generate_series(1, %(combien)s::bigint) AS n CROSS JOIN LATERAL (VALUES"
    " ('commune/' || (%(communes)s::text[])[1 + n %% 40], NULL::date),"
    " ('stade/' || CASE WHEN n %% 70 = 0 THEN 'REQUIS' ELSE 'OUVERT' END || '/' ||"
    " (%(communes)s::text[])[1 + n %% 40], NULL), ('bailleur/s' || n %% 30, NULL),"
    " ('auteur/p' || n %% 9, NULL), ('auteur/' || CASE WHEN n %% 5000 = 0 THEN 'rare' ELSE 'q' END, NULL),"
    " ('agent/p1/a' || n %% 400, NULL), ('declarant/s' || n %% 20, NULL),"
    " ('clil/' || (%(communes)s::text[])[1 + n %% 40], date '2024-01-01' + (n %% 1000)::int)) AS v (lien, le)"
)


_REUNIR: Final = (
    "INSERT INTO rattachements_a (dossier, lien, par) SELECT md5(v.n::text)::uuid, lien, par"
    " FROM generate_series(1, %(combien)s::bigint, 1000) AS n CROSS JOIN LATERAL (VALUES"
    " (n, 'relu/' || md5((n + 1)::text)::uuid, NULL), (n + 1, 'relu/' || md5(n::text)::uuid, NULL),"
    " (n, 'menage/commune/93001', NULL), (n + 1, 'menage/bailleur/s1', 'p1')) AS v (n, lien, par)"
)


@pytest.fixture(scope="module")
def pleine(serveur: str) -> Iterator[str]:
    """A database in which everybody has many cases."""
    noms = ("rattachements_pleins", "rattachements_pleins_cles")
    installer(serveur, {}, bases=noms, scripts=SCRIPTS)
    url = make_conninfo(serveur, dbname=noms[0])
    with psycopg.connect(avec_role(url, None), autocommit=True) as admin:
        admin.execute(_REMPLIR, {"combien": BEAUCOUP, "communes": COMMUNES}, prepare=False)
        admin.execute(_REUNIR, {"combien": BEAUCOUP}, prepare=False)
        ranger(admin, "rattachements_a")
    yield url
    with psycopg.connect(serveur, autocommit=True) as admin:
        for nom in noms:
            admin.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(nom)))


@pytest.fixture
async def connexion(pleine: str) -> AsyncIterator[AsyncConnection[Any]]:
    api = avec_role(pleine, "unefois_api")
    options = f"{conninfo_to_dict(api)['options']} {PLANS}"
    async with await AsyncConnection.connect(make_conninfo(api, options=options), autocommit=True) as ouverte:
        yield ouverte


@pytest.mark.parametrize("apres", [PREMIER, UUID("80000000-0000-4000-8000-000000000000")])
@pytest.mark.parametrize("par", CHEMINS)
async def test_une_page_de_dossiers_ne_lit_pas_plus_qu_une_page(
    connexion: AsyncConnection[Any], par: str, apres: UUID
) -> None:
    """Of each way, one index, no further than the page."""
    requete, parametres = composer(CHEMINS[par], apres, LIMITE)
    plan = await plan_de(connexion, requete, parametres)
    assert set(lus_en_entier(plan)) <= {"positions"}, plan
    reunis_ = 100 if CHEMINS[par].menages else 0  # of which each is looked for by its other
    assert blocs(plan) <= len(CHEMINS[par].liens) * 10 + 10 + reunis_ * 12, plan
    assert plan["Actual Rows"] == {"rare": LIMITE, "rien": 0}.get(par, plan["Actual Rows"])


@pytest.mark.parametrize("par", CHEMINS.keys() - {"departement"})
async def test_ce_qui_se_suit_est_ce_qui_se_liste_et_ne_lit_que_les_siens(
    connexion: AsyncConnection[Any], par: str
) -> None:
    """The feed looks at the cases that the pages of the list go through, each once."""
    requete, parametres = atteints(CHEMINS[par])
    suivis = [dossier for (dossier,) in await (await connexion.execute(requete, parametres)).fetchall()]
    assert sorted({*suivis} - {PREMIER}) == await lister(connexion, CHEMINS[par], PREMIER, BEAUCOUP)
    assert len({*suivis}) == len(suivis)
    plan = await plan_de(connexion, requete, parametres)
    assert set(lus_en_entier(plan)) <= {"positions"}, plan
    reunis_ = 100 if CHEMINS[par].menages else 0
    assert blocs(plan) <= len(suivis) / 40 + len(CHEMINS[par].liens) * 10 + 10 + reunis_ * 12, plan
