"""What could tell by its time leaves by steps of it (ADR 0022). Time itself is measured by ``unefois bench``."""

import time
from itertools import pairwise
from typing import Final
from uuid import uuid4

import pytest
from starlette.requests import Request
from starlette.types import Message

from adapters.rest.paliers import REFUS, Cadence, Paliers
from adapters.web.reponses import egaliser
from ledger.application import Ledger
from tests.bases import Bases
from tests.monde import ouverture, ouvrir_monde, peupler

ROLE, FINALITE = "bailleur", "ACTE_EMISSION"
LIGNE: Final = b'{"dossier":"%b","cle":"lot","evenements":[]}\n'


class Compte(Paliers):
    """Steps that are counted, and not waited for."""

    attendus = 0

    async def attendre(self, depuis: float) -> None:
        assert depuis <= time.monotonic()
        self.attendus += 1


def tete(statut: int) -> Message:
    return {"type": "http.response.start", "status": statut, "headers": []}


def corps(texte: bytes, *, suite: bool = False) -> Message:
    return {"type": "http.response.body", "body": texte, "more_body": suite}


async def envoyer(statut: int, *morceaux: Message, egale: bool) -> list[tuple[Message, int]]:
    """Each message that leaves, and how many steps were waited for by then."""
    paliers, partis = Compte(), list[tuple[Message, int]]()
    scope = {"type": "http"}
    if egale:
        egaliser(Request(scope))

    async def send(message: Message) -> None:
        partis.append((message, paliers.attendus))

    cadence = Cadence(scope, send, paliers, time.monotonic())
    for message in (tete(statut), *morceaux):
        await cadence.send(message)
    assert [message for message, _ in partis] == [tete(statut), *morceaux]
    return partis


@pytest.mark.parametrize("statut", sorted(REFUS))
async def test_un_refus_attend_son_palier_une_fois(statut: int) -> None:
    partis = await envoyer(statut, corps(b"{}"), egale=False)
    assert [attendus for _, attendus in partis] == [1, 1]


@pytest.mark.parametrize("statut", [200, 201, 303, 400, 401, 429, 503])
async def test_ce_qui_ne_dit_rien_n_attend_pas(statut: int) -> None:
    partis = await envoyer(statut, corps(b"{}"), egale=False)
    assert [attendus for _, attendus in partis] == [0, 0]


async def test_chaque_morceau_d_une_reponse_egale_attend_le_sien() -> None:
    morceaux = [corps(b"1\n", suite=True), corps(b"2\n", suite=True), corps(b"", suite=False)]
    partis = await envoyer(200, *morceaux, egale=True)
    assert [attendus for _, attendus in partis] == [1, 1, 2, 2], "the head leaves with the first, nothing before"


async def test_une_attente_finit_au_palier_qui_suit_l_arrivee() -> None:
    paliers, arrivee = Paliers(0.05), time.monotonic()
    fins = []
    for _ in range(3):
        await paliers.attendre(arrivee)
        fins.append(time.monotonic() - arrivee)
    assert all(fin >= 0.05 * rang for rang, fin in enumerate(fins, 1))
    assert all(b - a > 0 for a, b in pairwise(fins))


async def test_recherche_ouverture_lot_et_refus_partent_a_leur_palier(bases: Bases, ledger: Ledger) -> None:
    peupler(bases)
    paliers = Compte()
    async with ouvrir_monde(bases, ledger, paliers=paliers) as monde:
        connu, inconnu = await monde.ouvrir(), uuid4()
        lot = LIGNE % str(inconnu).encode()
        for envoi, statut, attendus in [
            (monde.get(f"/v1/dossiers/{connu}", ROLE, FINALITE), 200, 0),
            (monde.get(f"/v1/dossiers/{inconnu}", ROLE, FINALITE), 404, 1),
            (monde.post("/v1/dossiers/recherche", ROLE, "COORDINATION_CONTACTS", ouverture()["titulaire"]), 200, 1),
            (monde.post("/v1/dossiers", ROLE, FINALITE, ouverture()), 201, 1),
            (monde.post("/v1/interventions/lot", ROLE, FINALITE, lot), 200, 1),
        ]:
            avant = paliers.attendus
            reponse = await envoi
            assert (reponse.status_code, paliers.attendus - avant) == (statut, attendus), reponse.request.url
