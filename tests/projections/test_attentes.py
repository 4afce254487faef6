"""Where to look for what is expected: the rows are what the history says, hold nothing of it, and cost a page."""

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

from ledger import catalogue as ev
from ledger.dossier.attentes import agent, commission, partenaire
from ledger.dossier.repli import replier
from ledger.droit.attentes import genres
from ledger.droit.communes import historique
from ledger.installation import installer
from projections import SCRIPTS
from projections.attentes import DEBUT, PlaceDAttente, Voie, composer, rangees
from projections.liste import PLANS
from projections.rattachements import Chemins, de_la_commune
from projections.reconstruction import reconstruire
from tests.projections.conftest import Base
from tests.projections.monde import Menage, avec_role, ecrire, entrelacer, exemple
from tests.projections.plein import COMMUNES, ranger
from tests.projections.test_plans import blocs, lus_en_entier, plan_de
from tests.projections.test_projecteur import lignes, tout_projeter


def attendue(graine: int, longueur: int = 30) -> Iterator[StoredEvent]:
    """A random history of what asks and what answers, corrected now and then, and some of them erased at their end."""
    h = random.Random(graine)  # noqa: S311 - reproducible, not secret
    menage = Menage(UUID(int=h.getrandbits(128), version=4), h)
    cles = [menage.uuid() for _ in range(3)]
    examens, renseignements = [menage.uuid()], [menage.uuid()]
    yield menage.ouvrir()
    yield menage.occuper()
    yield menage.dire(exemple(ev.AccompagnementOuvert, intervention=menage.uuid()), agent=h.choice("ab"))
    for _ in range(longueur):
        instance = h.choice(("CLIL", "CCAPEX", "COMEX"))
        dits: list[tuple[type[ev.Evenement], dict[str, Any]]] = [
            (ev.RecommandationEmise, {"recommandation": h.choice(cles), "destinataire": h.choice(DESTINATAIRES)}),
            (
                ev.RecommandationSuivie,
                {"recommandation": h.choice(cles), "terminee": h.choice((True, False, None))},
            ),
            (ev.DossierPropose, {"instance": "CLIL"}),
            (ev.InstanceInscrite, {"instance": instance}),
            (ev.SuiviClos, {"instance": "CLIL"}),
            (ev.DossierExamine, {"instance": instance}),
            (ev.SuiviUnAnEvalue, {"examen": h.choice(examens)}),
            (ev.AvisRendu, {"instance": instance, "menage_avise": h.choice((True, False, None))}),
            (ev.Demande72, {"acte": menage.uuid()}),
            (ev.RenseignementDemande, {"donnee": "dette", "destinataire": h.choice(DESTINATAIRES[:2])}),
            (ev.RenseignementRepondu, {"renseignement": h.choice(renseignements)}),
            (ev.FaitCorrige, {"corrige": h.choice(menage.faits).enveloppe.id}),
        ]
        cls, valeurs = h.choice(dits)
        yield menage.dire(exemple(cls, **valeurs), partenaire=h.choice(DESTINATAIRES[:2]))
        if cls is ev.DossierExamine:
            examens.append(menage.faits[-1].enveloppe.id)
        if cls is ev.RenseignementDemande:
            renseignements.append(menage.faits[-1].enveloppe.id)
    if h.random() < 0.1:
        yield menage.effacer(menage.personnes[0], menage_aussi=True)


DESTINATAIRES: Final = ("ssd93", "caf93", "menage")


async def test_les_attentes_refaites_sont_les_attentes_servies(base: Base) -> None:
    journal = list(entrelacer([attendue(graine) for graine in range(60)], 5))
    ecrire(base.admin, journal[: len(journal) // 2])
    await tout_projeter(base.projecteur, lot=7)
    ecrire(base.admin, journal[len(journal) // 2 :])
    await tout_projeter(base.projecteur, lot=300)
    servies = lignes(base.api, "attentes")
    assert len(servies) > 60
    assert {genre for _, _, _, genre, *_ in servies} == set(genres())
    bilan = await reconstruire(base.projecteur)
    assert bilan.ecarts == ()
    assert "attentes" in bilan.empreintes
    assert sorted(ligne[1:] for ligne in lignes(base.api, "attentes")) == sorted(ligne[1:] for ligne in servies)


async def test_une_rangee_qui_differe_se_dit(base: Base) -> None:
    ecrire(base.admin, list(entrelacer([attendue(graine) for graine in range(20)], 4)))
    await tout_projeter(base.projecteur)
    with psycopg.connect(base.admin) as admin:
        changees = admin.execute("UPDATE attentes SET de = 'partenaire/autre' WHERE genre = 'RECOMMANDATION'").rowcount
    assert changees > 0
    bilan = await reconstruire(base.projecteur)
    assert not bilan.bascule
    assert {e.table: (e.en_moins, e.en_plus) for e in bilan.ecarts} == {"attentes": (changees, changees)}


async def test_ce_qui_est_repondu_retire_ou_efface_n_a_plus_de_rangee(base: Base) -> None:
    menage = Menage(UUID(int=1), random.Random(3))  # noqa: S311 - reproducible, not secret
    cle = UUID(int=9)
    emise = exemple(ev.RecommandationEmise, recommandation=cle, destinataire="caf93")
    ecrire(base.admin, [menage.ouvrir(), menage.occuper(), menage.dire(emise)])

    async def attendues() -> list[tuple[str, str]]:
        await tout_projeter(base.projecteur)
        return [(de, genre) for _, _, de, genre, *_ in lignes(base.api, "attentes")]

    sienne = (partenaire("caf93"), "RECOMMANDATION")
    assert await attendues() == [sienne]
    en_cours = exemple(ev.RecommandationSuivie, recommandation=cle, terminee=False)
    ecrire(base.admin, [menage.dire(en_cours)])
    assert await attendues() == [sienne]
    ecrire(base.admin, [menage.dire(exemple(ev.RecommandationSuivie, recommandation=cle, terminee=True))])
    assert await attendues() == []
    ecrire(base.admin, [menage.dire(exemple(ev.FaitCorrige, corrige=menage.faits[-1].enveloppe.id))])
    assert await attendues() == [sienne]
    ecrire(base.admin, [menage.effacer(menage.personnes[0], menage_aussi=True)])
    assert await attendues() == []


def test_une_rangee_ne_tient_que_des_numeros_des_codes_et_des_jours() -> None:
    """Of what is told under secrecy it says nothing: who follows the household, the views say in clear too."""
    menage = Menage(UUID(int=1), random.Random(3))  # noqa: S311 - reproducible, not secret
    menage.ouvrir(commune="93008")
    menage.dire(exemple(ev.AccompagnementOuvert), partenaire="ssd93", agent="a1")
    menage.dire(exemple(ev.AvisRendu, instance="CLIL", menage_avise=False))
    sans = rangees(menage.dossier, replier(menage.faits))
    menage.dire(exemple(ev.Demande72, acte=menage.uuid(), destinataire="empex93"), partenaire="ccapex")
    menage.dire(exemple(ev.EvaluationSociale, acte=menage.uuid()), partenaire="ssd93")
    assert rangees(menage.dossier, replier(menage.faits)) == sans
    ecrites = [ligne.split("\t") for ligne in rangees(menage.dossier, replier(menage.faits)).splitlines()]
    assert [(de, genre, ou) for _, de, genre, _, ou, *_ in ecrites] == [
        (agent("ssd93", "a1"), "DEMANDE_72", ""),
        (commission("CLIL"), "AVISER_MENAGE", "93008"),
    ]
    for _, _, _, fait, _, echeance, depuis in ecrites:
        assert str(UUID(fait)) == fait
        assert date.fromisoformat(depuis) < date.fromisoformat(echeance)


# what a page costs -------------------------------------------------------------------------------------------------

BEAUCOUP: Final = 50_000
DEPUIS: Final = date(2025, 11, 2)
LIMITE: Final = 51
VOIES: Final = {
    "partenaire": [Voie(partenaire("p1"), "", "RECOMMANDATION")],
    "partenaire rare": [Voie(partenaire("rare"), "", "RECOMMANDATION")],
    "agent": [Voie(agent("ssd93", "a7"), "", "DEMANDE_72")],
    "commune": [Voie(commission("CCAPEX"), COMMUNES[0], "SUIVI_UN_AN", date(2026, 11, 2))],
    "departement": [
        Voie(commission("CCAPEX"), commune, genre) for commune in COMMUNES for genre in ("SUIVI_UN_AN", "AVISER_MENAGE")
    ],
}
_REMPLIR: Final = (
    "INSERT INTO attentes_a (dossier, de, genre, fait, ou, echeance, depuis) SELECT md5(n::text)::uuid, de,"
    " genre, md5(n || de)::uuid, ou, date '2024-01-01' + (n %% 1500)::int, date '2023-06-01' + (n %% 1500)::int"
    " FROM generate_series(1, %(combien)s::bigint) AS n CROSS JOIN LATERAL (VALUES"
    " ('partenaire/p' || n %% 30, 'RECOMMANDATION', ''),"
    " (CASE WHEN n %% 5000 = 0 THEN 'partenaire/rare' ELSE 'partenaire/q' || n %% 7 END, 'RECOMMANDATION', ''),"
    " ('agent/ssd93/a' || n %% 400, 'DEMANDE_72', ''),"
    " ('commission/CCAPEX', CASE WHEN n %% 2 = 0 THEN 'SUIVI_UN_AN' ELSE 'AVISER_MENAGE' END,"
    " (%(communes)s::text[])[1 + n %% cardinality(%(communes)s::text[])])) AS v (de, genre, ou)"
)

_RATTACHER: Final = (
    "INSERT INTO rattachements_a (dossier, lien) SELECT md5(n::text)::uuid, lien"
    " FROM generate_series(1, %(combien)s::bigint) AS n CROSS JOIN LATERAL (VALUES"
    " ('commune/' || (%(communes)s::text[])[1 + n %% cardinality(%(communes)s::text[])]),"
    " ('auteur/' || CASE WHEN n %% 7 < 3 THEN 'p' || n %% 30 ELSE 'q' || n %% 30 END), ('bailleur/s' || n %% 30),"
    " ('agent/ssd93/a' || n %% 400), ('declarant/s' || n %% 20)) AS v (lien)"
)
CHEMINS: Final = {
    "departement": Chemins([de_la_commune(commune.code) for commune in historique()], (), DEPUIS),
    "territoire": Chemins([f"commune/{code}" for code in COMMUNES] + ["auteur/p1"], (), DEPUIS),
    "apports": Chemins(["auteur/p1"], (), DEPUIS),
    "menages": Chemins(["auteur/p1"], [UUID(int=7)], DEPUIS, [f"menage/commune/{c}" for c in COMMUNES], "p1"),
}


@pytest.fixture(scope="module")
def pleine(serveur: str) -> Iterator[str]:
    """A database in which something is expected in every case."""
    noms = ("attentes_pleines", "attentes_pleines_cles")
    installer(serveur, {}, bases=noms, scripts=SCRIPTS)
    url = make_conninfo(serveur, dbname=noms[0])
    with psycopg.connect(avec_role(url, None), autocommit=True) as admin:
        for remplir in (_REMPLIR, _RATTACHER):
            admin.execute(remplir, {"combien": BEAUCOUP, "communes": COMMUNES}, prepare=False)
        ranger(admin, "attentes_a", "rattachements_a")
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


@pytest.mark.parametrize("apres", [DEBUT, PlaceDAttente(date(2026, 6, 1), date(2026, 1, 1), UUID(int=0))])
@pytest.mark.parametrize("atteints", ["departement", "territoire"])
@pytest.mark.parametrize("par", VOIES)
async def test_une_page_d_attentes_ne_lit_pas_plus_qu_une_page(
    connexion: AsyncConnection[Any], par: str, atteints: str, apres: PlaceDAttente
) -> None:
    """As many rows as the page has for each way, and the case of each, to see whether it is in reach."""
    voies = VOIES[par]
    requete, parametres = composer(voies, CHEMINS[atteints], apres, LIMITE)
    plan = await plan_de(connexion, requete, parametres)
    assert set(lus_en_entier(plan)) <= {"positions"}, plan
    assert blocs(plan) <= len(voies) * 6 * LIMITE, plan


async def test_ce_qui_est_hors_de_portee_ne_se_lit_pas(connexion: AsyncConnection[Any]) -> None:
    """Rows of whom nothing links to their case: told of it itself, three in seven."""
    voies = VOIES["partenaire"]
    siennes = "n % 7 < 3 AND n % 30 = 1"
    for par, attendues in (("apports", siennes), ("menages", siennes), ("territoire", "n % 30 = 1")):
        requete, parametres = composer(voies, CHEMINS[par], DEBUT, BEAUCOUP)
        lues = await (await connexion.execute(requete, parametres)).fetchall()
        compter = sql.SQL("SELECT count(*) FROM generate_series(1, {}) AS n WHERE {}")
        compte = await connexion.execute(compter.format(BEAUCOUP, sql.SQL(attendues)))
        [(nombre,)] = await compte.fetchall()
        assert len(lues) == nombre > 0
