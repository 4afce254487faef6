"""An engine that is down, slow, silent, malformed or of another revision is a refusal, never an opening."""

import asyncio
import dataclasses
import json
import sys
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import date
from typing import Any

import pytest
from msgspec.structs import replace

from policies.bundle import archiver, fichiers
from policies.decision import Action, Decision, Fermeture, Lien, Request
from policies.embedded import EmbeddedEngine
from policies.engines import (
    Decider,
    Engine,
    EngineUnavailable,
    decision,
    document,
    emissions,
)
from policies.opa import OpaEngine
from policies.tables import Regles
from tests.policies.conftest import Opa, port_libre

pytestmark = pytest.mark.anyio

SECRETARIAT = Request(
    role="CCAPEX_INSTRUCTEUR",
    finalite="CCAPEX_ADMINISTRATIVE",
    action=Action.LIRE,
    le=date(2026, 11, 1),
    vue="ccapex",
    liens=frozenset({Lien.TERRITOIRE}),
)


async def test_les_deux_moteurs_rendent_la_meme_decision(regles: Regles, opa: Opa) -> None:
    embarque = EmbeddedEngine(regles)
    async with OpaEngine(regles.revision, "127.0.0.1", opa.port) as serveur:
        for demande in (
            SECRETARIAT,
            replace(SECRETARIAT, liens=frozenset()),
            replace(SECRETARIAT, role="INCONNU"),
        ):
            assert await serveur.decide(demande) == await embarque.decide(demande)


async def test_sans_lien_l_existence_meme_est_refusee(regles: Regles) -> None:
    rendue = await EmbeddedEngine(regles).decide(replace(SECRETARIAT, liens=frozenset()))
    assert (rendue.autorise, rendue.refus, rendue.motif) == (False, Fermeture.EXISTENCE, "AUCUN_LIEN")
    assert rendue.groupes == {}
    assert set(rendue.retenus.values()) == {"AUCUN_LIEN"}


def _reponse(regles: Regles) -> dict[str, Any]:
    moteur = EmbeddedEngine(regles)
    rendue: Any = moteur.evaluer(json.dumps(document(SECRETARIAT)).encode())
    assert decision(rendue, regles.revision).autorise
    return dict(rendue)


@pytest.mark.parametrize(
    "changement",
    [
        {"autorise": "oui"},
        {"autorise": None},
        {"autorise": False},
        {"refus": "plus tard"},
        {"refus": "droit"},
        {"motif": "AUCUN_LIEN"},
        {"groupes": {}},
        {"groupes": {"F01": "entier"}, "retenus": {"F01": "NON_NECESSAIRE"}},
        {"retenus": []},
        {"obligations": [1]},
        {"revision": "une autre"},
    ],
)
def test_une_reponse_malformee_est_un_refus(changement: dict[str, Any], regles: Regles) -> None:
    with pytest.raises(EngineUnavailable):
        decision({**_reponse(regles), **changement}, regles.revision)


@pytest.mark.parametrize("mesure", ["tout", "", "<undefined>", None, True, 1, [], {}])
def test_une_mesure_inconnue_est_un_refus(mesure: object, regles: Regles) -> None:
    reponse = _reponse(regles)
    with pytest.raises(EngineUnavailable):
        decision({**reponse, "groupes": {**reponse["groupes"], "F01": mesure}}, regles.revision)


@pytest.mark.parametrize("motif", ["", "<undefined>", "entier", None, False, 1, [], {}])
def test_un_groupe_retenu_sans_raison_est_un_refus(motif: object, regles: Regles) -> None:
    reponse = _reponse(regles)
    with pytest.raises(EngineUnavailable):
        decision({**reponse, "retenus": {**reponse["retenus"], "F12": motif}}, regles.revision)


def test_un_groupe_de_plus_ou_de_moins_est_un_refus(regles: Regles) -> None:
    reponse = _reponse(regles)
    sans = {groupe: mesure for groupe, mesure in reponse["groupes"].items() if groupe != "F01"}
    for groupes in (sans, {**sans, "F99": "entier"}, {**reponse["groupes"], "F99": "entier"}):
        with pytest.raises(EngineUnavailable):
            decision({**reponse, "groupes": groupes}, regles.revision)


@pytest.mark.parametrize("reponse", [None, {}, [], "oui", 1, {"autorise": True}])
def test_une_reponse_indefinie_est_un_refus(reponse: object, regles: Regles) -> None:
    with pytest.raises(EngineUnavailable):
        decision(reponse, regles.revision)


@pytest.mark.parametrize(
    "reponse",
    [
        None,
        [],
        {},
        {"evenements": ["DetteDeclaree"]},
        {"evenements": None, "revision": "r1"},
        {"evenements": "DetteDeclaree", "revision": "r1"},
        {"evenements": {"DetteDeclaree": True}, "revision": "r1"},
        {"evenements": [1], "revision": "r1"},
        {"evenements": [["DetteDeclaree"]], "revision": "r1"},
        {"evenements": ["DetteDeclaree", "DetteDeclaree"], "revision": "r1"},
        {"evenements": ["DetteDeclaree"], "revision": "r2"},
    ],
)
def test_un_ensemble_d_emissions_malforme_est_un_refus(reponse: object) -> None:
    assert emissions({"evenements": ["DetteDeclaree"], "revision": "r1"}, "r1") == {"DetteDeclaree"}
    with pytest.raises(EngineUnavailable):
        emissions(reponse, "r1")


ECRITURE = replace(SECRETARIAT, action=Action.EMETTRE, vue="")


async def test_les_deux_moteurs_permettent_les_memes_emissions(regles: Regles, opa: Opa) -> None:
    embarque = EmbeddedEngine(regles)
    async with OpaEngine(regles.revision, "127.0.0.1", opa.port) as serveur:
        permises = await serveur.emissions(ECRITURE)
        assert {"DossierOuvert", "CcapexSaisie", "FaitCorrige"} <= permises
        assert permises == await embarque.emissions(ECRITURE)
        etranger = replace(ECRITURE, liens=frozenset())
        assert await serveur.emissions(etranger) == await embarque.emissions(etranger) == frozenset()


SUSPENDU = b"..."


@asynccontextmanager
async def faux_serveur(reponse: bytes) -> AsyncIterator[int]:
    """A policy server that answers these bytes; those that end with `SUSPENDU` leave the rest for ever to come."""
    jamais = asyncio.Event()

    async def servir(lecteur: asyncio.StreamReader, redacteur: asyncio.StreamWriter) -> None:
        await lecteur.readuntil(b"\r\n\r\n")
        redacteur.write(reponse.removesuffix(SUSPENDU))
        if reponse.endswith(SUSPENDU):
            await jamais.wait()
        redacteur.close()

    ecoute = await asyncio.start_server(servir, "127.0.0.1", 0)
    try:
        yield ecoute.sockets[0].getsockname()[1]
    finally:
        jamais.set()
        ecoute.close()
        await ecoute.wait_closed()


def http(statut: str, corps: bytes, nature: str = "application/json") -> bytes:
    tete = f"HTTP/1.1 {statut}\r\nContent-Type: {nature}\r\nContent-Length: {len(corps)}\r\nConnection: close\r\n\r\n"
    return tete.encode() + corps


@pytest.mark.parametrize(
    "reponse",
    [
        pytest.param(SUSPENDU, id="lent"),
        pytest.param(http("200 OK", b'{"result": {}}')[:40] + SUSPENDU, id="entete-suspendu"),
        pytest.param(http("200 OK", b'{"result": {"autorise": true}}')[:-9] + SUSPENDU, id="corps-suspendu"),
        pytest.param(b"", id="muet"),
        pytest.param(http("200 OK", b"{}"), id="indefini"),
        pytest.param(http("200 OK", b'{"result": null}'), id="nul"),
        pytest.param(http("200 OK", b"[]"), id="tableau"),
        pytest.param(http("200 OK", b"{"), id="tronque"),
        pytest.param(http("200 OK", b"\xff\xfe"), id="octets"),
        pytest.param(http("200 OK", b"<html></html>", "text/html"), id="page"),
        pytest.param(http("200 OK", b'{"result": {"autorise": true}}'), id="partiel"),
        pytest.param(http("500 Internal Server Error", b'{"code": "internal_error"}'), id="500"),
        pytest.param(http("503 Service Unavailable", b""), id="503"),
        pytest.param(http("404 Not Found", b"{}"), id="404"),
        pytest.param(http("200 OK", b"{}")[:40], id="entete-coupe"),
    ],
)
async def test_un_serveur_defaillant_est_un_refus(reponse: bytes, regles: Regles) -> None:
    async with faux_serveur(reponse) as port, OpaEngine(regles.revision, "127.0.0.1", port, timeout=0.2) as moteur:
        with pytest.raises(EngineUnavailable):
            await moteur.decide(SECRETARIAT)
        with pytest.raises(EngineUnavailable):
            await moteur.emissions(ECRITURE)


async def test_un_serveur_absent_est_un_refus(regles: Regles) -> None:
    async with OpaEngine(regles.revision, "127.0.0.1", port_libre(), timeout=0.2) as moteur:
        with pytest.raises(EngineUnavailable):
            await moteur.decide(SECRETARIAT)


async def test_un_serveur_d_une_autre_revision_est_un_refus(opa: Opa) -> None:
    async with OpaEngine("une autre", "127.0.0.1", opa.port) as moteur:
        with pytest.raises(EngineUnavailable, match="révision"):
            await moteur.decide(SECRETARIAT)


def test_une_regle_qui_echoue_est_un_refus(regles: Regles) -> None:
    cassee = "package unefois.decision\n\ndocument := 1 / input.zero\n\nemissions := document\n"
    moteur = EmbeddedEngine(dataclasses.replace(regles, modules={"decision.rego": cassee}))
    with pytest.raises(EngineUnavailable):
        decision(moteur.evaluer(b'{"zero": "rien"}'), regles.revision)


def test_une_question_illisible_est_un_refus_et_la_suivante_a_sa_reponse(regles: Regles) -> None:
    moteur = EmbeddedEngine(regles)
    question = json.dumps(document(SECRETARIAT)).encode()
    avant = moteur.evaluer(question)
    for illisible in (b"", b"{", b"\xff", question[:-1]):
        with pytest.raises(EngineUnavailable):
            moteur.evaluer(illisible)
    for hors_sujet in (b"{}", b"[]", b"null", b"1"):
        assert not _ouvre(moteur, hors_sujet)
    assert moteur.evaluer(question) == avant


def _ouvre(moteur: EmbeddedEngine, question: bytes) -> bool:
    try:
        return decision(moteur.evaluer(question), moteur.revision).autorise
    except EngineUnavailable:
        return False


async def test_chaque_fil_a_son_moteur(regles: Regles) -> None:
    moteur = EmbeddedEngine(regles)
    attendue = await moteur.decide(SECRETARIAT)
    rendues: list[Decision] = []

    def ailleurs() -> None:
        rendues.append(asyncio.run(moteur.decide(SECRETARIAT)))

    fil = threading.Thread(target=ailleurs)
    fil.start()
    await asyncio.to_thread(fil.join)
    assert rendues == [attendue]


class MoteurCompte:
    """An engine that counts what it is asked, and can fail."""

    def __init__(self, moteur: Engine) -> None:
        self.revision = moteur.revision
        self.demandes = 0
        self.panne = False
        self._moteur = moteur

    async def decide(self, request: Request) -> Decision:
        self.demandes += 1
        if self.panne:
            raise EngineUnavailable("en panne")
        return await self._moteur.decide(request)

    async def emissions(self, request: Request) -> frozenset[str]:
        self.demandes += 1
        if self.panne:
            raise EngineUnavailable("en panne")
        return await self._moteur.emissions(request)


async def test_une_question_deja_posee_n_est_pas_reposee(regles: Regles) -> None:
    moteur = MoteurCompte(EmbeddedEngine(regles))
    decider = Decider(moteur, taille=2)
    premiere = await decider.decide(SECRETARIAT)
    assert await decider.decide(replace(SECRETARIAT)) is premiere
    assert moteur.demandes == 1
    for role in ("CAF", "DPO"):
        await decider.decide(replace(SECRETARIAT, role=role))
    assert await decider.decide(SECRETARIAT) == premiere
    assert moteur.demandes == 4


async def test_des_emissions_deja_demandees_ne_le_sont_pas_deux_fois(regles: Regles) -> None:
    moteur = MoteurCompte(EmbeddedEngine(regles))
    decider = Decider(moteur)
    permises = await decider.emissions(ECRITURE)
    assert await decider.emissions(replace(ECRITURE)) is permises
    assert moteur.demandes == 1
    etranger = replace(ECRITURE, liens=frozenset())
    moteur.panne = True
    with pytest.raises(EngineUnavailable):
        await decider.emissions(etranger)
    moteur.panne = False
    assert await decider.emissions(etranger) == frozenset()


async def test_une_panne_n_est_pas_retenue(regles: Regles) -> None:
    moteur = MoteurCompte(EmbeddedEngine(regles))
    decider = Decider(moteur)
    moteur.panne = True
    with pytest.raises(EngineUnavailable):
        await decider.decide(SECRETARIAT)
    moteur.panne = False
    assert (await decider.decide(SECRETARIAT)).autorise


def test_la_revision_change_avec_une_regle_ou_une_ligne(regles: Regles) -> None:
    contenu = fichiers(regles)
    assert json.loads(contenu[".manifest"])["revision"] == regles.revision
    assert archiver(regles) == archiver(regles)
    assert len(regles.revision) == 64


def test_un_moteur_fini_par_un_autre_fil_ne_se_plaint_pas(regles: Regles) -> None:
    """The collector runs in whichever thread allocates: an engine of a loop that is over may end in another."""
    moteurs = [EmbeddedEngine(regles)]
    moteurs[0].evaluer(json.dumps(document(SECRETARIAT)).encode())
    plaintes: list[object] = []
    ancien, sys.unraisablehook = sys.unraisablehook, plaintes.append
    try:
        fil = threading.Thread(target=moteurs.clear)
        fil.start()
        fil.join()
    finally:
        sys.unraisablehook = ancien
    assert moteurs == []
    assert plaintes == []
