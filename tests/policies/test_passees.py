"""Past rules: kept byte for byte, loaded beside today's by both engines, and read together with them."""

import hashlib
import json
import random
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date
from itertools import islice
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final
from urllib.request import urlopen

import pytest
from msgspec.structs import replace as remplacer

from policies.bundle import archiver, chemin, deplacer, lieu_de
from policies.decision import GROUPES, Action, Agent, Decision, Fermeture, Lien, Request
from policies.embedded import EmbeddedEngine
from policies.engines import ChargementRefuse, Decider, EngineUnavailable
from policies.opa import OpaEngine
from policies.passees import DIFFERENTES, Croise, croiser
from policies.tables import Regles, ReglesAlterees, relire
from tests.policies.conftest import Opa, port_libre, servir
from tests.policies.oracle import Question, cellules, roles
from tests.revisions import lecture, ligne_de_role, mesure, revision, sans_groupe, signer, toutes

pytestmark = pytest.mark.anyio

SECRETARIAT: Final = Request(
    role="CCAPEX_INSTRUCTEUR",
    finalite="CCAPEX_ADMINISTRATIVE",
    action=Action.LIRE,
    le=date(2026, 11, 1),
    vue="ccapex",
    liens=frozenset({Lien.TERRITOIRE}),
)
ALORS: Final = revision(
    toutes(
        lecture("CCAPEX_INSTRUCTEUR", "F05", "-"),
        lecture("CD_TRAVAILLEUR_SOCIAL", "F06", "L"),
        ligne_de_role("CAF", liens=[["auteur"]]),
    )
)
"""A revision that differs from this installation's in a cell, a half and a link."""


@pytest.fixture(scope="module")
def deploye(
    outil: Callable[[str], Path], regles: Regles, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Path, Path, Opa]]:
    """A policy server on the bundle, which owns its roots, as it is deployed."""
    archive = tmp_path_factory.mktemp("paquet") / "regles.tar.gz"
    archive.write_bytes(archiver(regles))
    with servir(outil("opa"), "--bundle", archive) as opa:
        yield outil("opa"), archive, opa


# what is kept --------------------------------------------------------------------------------------------------


def test_des_regles_gardees_sont_les_memes_octet_pour_octet(regles: Regles) -> None:
    for unes in (regles, ALORS):
        relues = relire(unes.revision, unes.octets)
        assert relues == unes
        assert relues.octets == unes.octets
    assert regles.revision != ALORS.revision


@pytest.mark.parametrize(
    "octets",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b'[[], {"groupes": []}]',
        b'[[], {"groupes": [1]}, {}]',
        b'[[], {"groupes": null}, {}]',
        b"[[], {}, {}]",
        b'[[["a.rego"]], {"groupes": []}, {}]',
        b'[[["a.rego", 1]], {"groupes": []}, {}]',
        b'[1, {"groupes": []}, {}]',
        b"[[], [], {}]",
        b'[[], {"groupes": []}, {"A": 1}]',
        b'[[], {"groupes": []}, []]',
    ],
)
def test_ce_qui_n_est_pas_des_regles_n_en_devient_pas(octets: bytes, regles: Regles) -> None:
    with pytest.raises(ReglesAlterees):
        relire(hashlib.sha256(octets).hexdigest(), octets)
    with pytest.raises(ReglesAlterees):
        relire(regles.revision, octets)
    with pytest.raises(ReglesAlterees):
        relire(regles.revision, regles.octets + b" ")


# both engines --------------------------------------------------------------------------------------------------


def _requete(question: Question) -> Request:
    lus: dict[str, Any] = {nom: valeur for nom, valeur in question.items() if nom in Request.__struct_fields__}
    lus |= {nom: frozenset(lus[nom]) for nom in ("liens", "accords", "ecrits", "regimes")}
    return Request(**{**lus, "le": date.fromisoformat(lus["le"])})


def _echantillon(nombre: int) -> list[Request]:
    siens = ("CCAPEX_INSTRUCTEUR", "CD_TRAVAILLEUR_SOCIAL", "CAF", "USAGER")
    lus = (cellules(roles()[code], tuple(roles()[code].finalites)) for code in siens)
    questions = [q for cases in lus for q, _ in islice(cases, 0, None, 7) if q["action"] in {"lire", "lister"}]
    return [_requete(question) for question in random.Random(93).sample(questions, nombre)]  # noqa: S311 - a sample


async def test_les_deux_moteurs_s_accordent_sur_des_regles_passees(
    deploye: tuple[Path, Path, Opa], regles: Regles, compter: Callable[[str, int], None]
) -> None:
    """And today's rules answer as before beside them."""
    _, _, opa = deploye
    embarque = EmbeddedEngine(regles)
    async with OpaEngine(regles.revision, "127.0.0.1", opa.port) as serveur:
        ici, la = await embarque.charger(ALORS), await serveur.charger(ALORS)
        demandes = [SECRETARIAT, *_echantillon(400)]
        differentes = 0
        for demande in demandes:
            alors = await ici.decide(demande)
            assert await la.decide(demande) == alors, demande
            assert alors.revision == ALORS.revision
            presente = await embarque.decide(demande)
            assert await serveur.decide(demande) == presente
            differentes += (alors.groupes, alors.motif) != (presente.groupes, presente.motif)
        assert await ici.emissions(SECRETARIAT) == await la.emissions(SECRETARIAT)
        await serveur.decharger(ALORS.revision)
    assert differentes > 10
    compter("décisions de règles passées, mêmes réponses des deux moteurs", len(demandes))


async def test_ce_que_le_serveur_a_pris_il_le_rend(deploye: tuple[Path, Path, Opa], regles: Regles) -> None:
    _, _, opa = deploye
    async with OpaEngine(regles.revision, "127.0.0.1", opa.port) as serveur:
        avant = _politiques(opa.port)
        alors = await serveur.charger(ALORS)
        assert len(_politiques(opa.port)) > len(avant)
        await serveur.decharger(ALORS.revision)
        assert _politiques(opa.port) == avant
        assert _lu(opa.port, f"data/{chemin(lieu_de(ALORS.revision))}") == {}
        with pytest.raises(EngineUnavailable):
            await alors.decide(SECRETARIAT)


def _lu(port: int, adresse: str) -> Any:
    with urlopen(f"http://127.0.0.1:{port}/v1/{adresse}") as reponse:
        return json.load(reponse)


def _politiques(port: int) -> set[str]:
    return {politique["id"] for politique in _lu(port, "policies")["result"]}


AUTORISATION: Final = """package system.authz

default allow := false

allow if {input.method in {"GET", "POST"}}
"""


async def test_un_serveur_qui_ne_prend_rien_le_dit(
    deploye: tuple[Path, Path, Opa], regles: Regles, tmp_path: Path
) -> None:
    """Its operator hardened it: past rules are refused by name, today's are answered."""
    binaire, archive, _ = deploye
    (tmp_path / "authz.rego").write_text(AUTORISATION, "utf-8")
    (tmp_path / ".manifest").write_text('{"roots": ["system"]}', "utf-8")
    with servir(binaire, "--authorization=basic", "--bundle", archive, tmp_path) as opa:
        async with OpaEngine(regles.revision, "127.0.0.1", opa.port) as serveur:
            with pytest.raises(ChargementRefuse):
                await serveur.charger(ALORS)
            assert (await serveur.decide(SECRETARIAT)).autorise
            await serveur.decharger(ALORS.revision)  # refused too, and nobody minds


async def test_un_serveur_relance_a_oublie_et_apprend_de_nouveau(
    deploye: tuple[Path, Path, Opa], regles: Regles
) -> None:
    binaire, archive, _ = deploye
    port = port_libre()
    async with OpaEngine(regles.revision, "127.0.0.1", port) as serveur:
        with servir(binaire, "--bundle", archive, port=port):
            alors = await serveur.charger(ALORS)
            assert (await alors.decide(SECRETARIAT)).revision == ALORS.revision
        with servir(binaire, "--bundle", archive, port=port):
            with pytest.raises(EngineUnavailable):
                await alors.decide(SECRETARIAT)
            assert (await (await serveur.charger(ALORS)).decide(SECRETARIAT)).revision == ALORS.revision


async def test_des_regles_qui_ne_se_compilent_plus_sont_refusees_par_les_deux(
    deploye: tuple[Path, Path, Opa], regles: Regles
) -> None:
    _, _, opa = deploye
    async with OpaEngine(regles.revision, "127.0.0.1", opa.port) as serveur:
        for texte in ("règles", "package unefois.decision\n\ndocument := inconnue(input)\n", ""):
            cassees = revision(decision=texte)
            for moteur in (serveur, EmbeddedEngine(regles)):
                with pytest.raises(EngineUnavailable):
                    await (await moteur.charger(cassees)).decide(SECRETARIAT)
            await serveur.decharger(cassees.revision)
        assert (await serveur.decide(SECRETARIAT)).autorise


async def test_des_tables_qui_manquent_n_ouvrent_rien(regles: Regles) -> None:
    vides = signer(replace(regles, tables={"groupes": regles.tables["groupes"]}))
    assert not (await (await EmbeddedEngine(regles).charger(vides)).decide(SECRETARIAT)).autorise


def test_un_paquet_se_deplace_avec_tout_ce_qu_il_nomme() -> None:
    modules = {
        "a/x.rego": "# METADATA\n# scope: package\npackage a.b\n\n# un mot\nf := data.tables.f if input.data.t\n",
        "a/y.rego": "package a.b\n\ng := data.a.b.f\n",
        "c.rego": "package c\n\nh := data.a.b.g\n",
    }
    deplaces = deplacer(modules, "la")
    assert set(deplaces) == {"a.b", "c"}
    assert " ".join(deplaces["a.b"].split()) == (
        "package la.a.b f := data.la.tables.f if input.data.t g := data.la.a.b.f"
    )
    assert " ".join(deplaces["c"].split()) == "package la.c h := data.la.a.b.g"


# two revisions together ----------------------------------------------------------------------------------------

OUI: Final = Decision(autorise=True, revision="b")


def decide(revision_: str = "b", obligations: tuple[str, ...] = (), **groupes: str) -> Decision:
    """A yes: groups by their measure, or by the reason, in capitals, that withholds them; any other is whole."""
    tous = dict.fromkeys(GROUPES, "entier") | groupes
    ouverts = {g: m for g, m in tous.items() if not m.isupper()}
    fermes = {g: m for g, m in tous.items() if m.isupper()}
    return Decision(
        autorise=True,
        groupes=MappingProxyType(ouverts),
        retenus=MappingProxyType(fermes),
        obligations=obligations,
        revision=revision_,
    )


@pytest.mark.parametrize(
    ("alors", "maintenant", "d_un_autre", "de_soi"),
    [
        ("entier", "entier", "entier", "entier"),
        ("tranche", "entier", "tranche", "tranche"),
        ("entier", "tranche", "tranche", "tranche"),
        ("tranche", "tranche", "tranche", "tranche"),
        ("propres", "entier", "propres", "propres"),
        ("entier", "propres", "propres", "propres"),
        ("propres", "tranche", "propres", "tranche"),
        ("tranche", "propres", "propres", "tranche"),
        ("oui_non", "tranche", DIFFERENTES, DIFFERENTES),
        ("existence", "etape", DIFFERENTES, DIFFERENTES),
        ("a_moitie", "entier", DIFFERENTES, DIFFERENTES),
        ("<undefined>", "entier", DIFFERENTES, DIFFERENTES),
        ("FERME", "entier", "FERME", "FERME"),
        ("entier", "CLOS", "CLOS", "CLOS"),
        ("FERME", "CLOS", "FERME", "FERME"),
    ],
)
def test_la_plus_fermee_des_deux_mesures(alors: str, maintenant: str, d_un_autre: str, de_soi: str) -> None:
    """``propres`` of another's fact is nothing of it: what is left of one's own is the other measure."""
    for emis, attendue in ((False, d_un_autre), (True, de_soi)):
        croisee = croiser(decide(F05=maintenant), decide("a", F05=alors), emis_par_moi=emis)
        assert {**croisee.groupes, **croisee.retenus}["F05"] == attendue
        assert {**croisee.groupes, **croisee.retenus}.keys() == set(GROUPES)
        assert ("F05" in croisee.refermes) is (alors == "entier" and maintenant == "CLOS")


def test_les_obligations_des_deux_tiennent() -> None:
    maintenant, alors = decide(obligations=("b", "commune")), decide("a", obligations=("a", "commune"))
    assert croiser(maintenant, alors, emis_par_moi=True).obligations == ("a", "b", "commune")


def test_un_groupe_que_les_regles_d_alors_ne_connaissaient_pas_est_retenu() -> None:
    alors = decide("a")
    sans = replace(alors, groupes=MappingProxyType({g: m for g, m in alors.groupes.items() if g != "F21"}))
    assert croiser(decide(), sans, emis_par_moi=True).retenus == {"F21": DIFFERENTES}


def test_le_refus_d_alors_est_un_refus_de_tout() -> None:
    refus = Decision(autorise=False, refus=Fermeture.EXISTENCE, motif="AUCUN_LIEN", obligations=("apports_seuls",))
    croisee = croiser(decide(), refus, emis_par_moi=True)
    assert (croisee.autorise, croisee.refus, croisee.motif) == (False, Fermeture.EXISTENCE, "AUCUN_LIEN")
    assert croisee.groupes == {}
    assert set(croisee.retenus.values()) == {"AUCUN_LIEN"}
    assert (croisee.obligations, croisee.revision) == (("apports_seuls",), "b")


async def test_deux_revisions_n_ouvrent_que_ce_qu_ouvre_chacune(
    regles: Regles, compter: Callable[[str, int], None]
) -> None:
    """Cell by cell, on real rules: nothing that either withholds, no measure that is not one of the two."""
    aujourd_hui = EmbeddedEngine(regles)
    autres = revision(
        toutes(
            lecture("CCAPEX_INSTRUCTEUR", "F05", "L"),
            lecture("CCAPEX_INSTRUCTEUR", "F07", "-"),
            lecture("CD_TRAVAILLEUR_SOCIAL", "F06", "own"),
            mesure("F16", "oui_non"),
            sans_groupe("F18"),
        )
    )
    alors = await aujourd_hui.charger(autres)
    croise = Croise(Decider(aujourd_hui), Decider(alors), date(2026, 6, 1))
    ouverts = fermes = 0
    for demande in _echantillon(600):
        unie = await croise.decide(demande)
        une = await aujourd_hui.decide(demande)
        autre = await alors.decide(remplacer(demande, le=date(2026, 6, 1)))
        assert unie.autorise is (une.autorise and autre.autorise)
        for groupe, dite in unie.groupes.items():
            assert dite in {une.groupes[groupe], autre.groupes[groupe]}
            if dite == "entier":
                assert une.groupes[groupe] == autre.groupes[groupe] == "entier"
        assert {*une.retenus, *autre.retenus} <= unie.retenus.keys()
        ouverts, fermes = ouverts + len(unie.groupes), fermes + len(unie.retenus)
    assert ouverts > 500
    compter("cellules lues sous deux révisions", ouverts + fermes)


async def test_ce_qu_aujourd_hui_refuse_l_est_sans_les_regles_d_alors(regles: Regles) -> None:
    async with OpaEngine("a", "127.0.0.1", port_libre(), timeout=0.2) as absent:
        croise = Croise(Decider(EmbeddedEngine(regles)), Decider(absent), date(2026, 6, 1))
        refus = await croise.decide(remplacer(SECRETARIAT, agent=Agent.EXPIRE))
        assert (refus.autorise, refus.motif) == (False, "AGENT_INVALIDE")
        with pytest.raises(EngineUnavailable):
            await croise.decide(SECRETARIAT)
        with pytest.raises(EngineUnavailable):
            await croise.emissions(remplacer(SECRETARIAT, action=Action.EMETTRE))
