"""Those who come without a token are refused each, and cannot write the journal full."""

import asyncio
import ipaddress
from collections import Counter
from collections.abc import Callable

import httpx2 as httpx
import psycopg
import pytest

from adapters.gate import inconnus
from adapters.identite.jetons import INCONNUS_PAR_TOUR, Identites
from adapters.rest.origine import origine
from tests.bases import SCHEMA, Bases
from tests.monde import Monde

APPELS = 2_000


def lignes(bases: Bases) -> list[tuple[str, str, str, int]]:
    """Reason, action, network and number of each row of nobody."""
    with psycopg.connect(bases.admin_url, options=f"-c search_path={SCHEMA}") as admin:
        rangees = (
            "SELECT motif, action, origine, nombre FROM journal"
            " WHERE organisation = '' AND action <> 'administrer' ORDER BY position"
        )
        return admin.execute(rangees).fetchall()


async def test_deux_mille_appels_sans_jeton_font_deux_lignes_et_le_compte_y_est(
    monde: Monde, bases: Bases, compter: Callable[[str, int], None]
) -> None:
    for paquet in range(0, APPELS, 200):
        recus = await asyncio.gather(*(monde.client.get("/v1/moi") for _ in range(paquet, paquet + 200)))
        assert {recu.status_code for recu in recus} == {401}
        # Each is covered by a row that is there already.
        assert lignes(bases)[0][0] == "jeton_absent"
    assert len(lignes(bases)) <= 200  # those that came before the first one's row was durable are told one by one
    avant = sum(nombre for *_, nombre in lignes(bases))
    await monde.gate.inconnus.verser()
    ecrites = lignes(bases)
    assert sum(nombre for *_, nombre in ecrites) == APPELS
    assert len(ecrites) <= 2, avant
    assert {origine for _, _, origine, _ in ecrites} == {"127.0.0.0/24"}
    compter("appels sans jeton, comptés au journal", APPELS)


async def test_aucun_genre_d_appel_ne_passe_la_borne_d_un_intervalle(monde: Monde, bases: Bases) -> None:
    async def appeler(n: int) -> None:
        transport = httpx.ASGITransport(app=monde.app, client=(f"203.0.{n % 250}.{n % 7}", 1))
        async with httpx.AsyncClient(transport=transport, base_url="http://unefois") as client:
            for methode, chemin in (("GET", "/v1/moi"), ("POST", "/v1/dossiers"), ("POST", "/v1/dossiers/recherche")):
                jetons = {} if n % 2 else {"Authorization": "Bearer faux"}
                assert (await client.request(methode, chemin, headers=jetons)).status_code == 401

    await asyncio.gather(*map(appeler, range(500)))
    await monde.gate.inconnus.verser()
    ecrites = lignes(bases)
    assert len(ecrites) <= inconnus.LIGNES
    assert sum(nombre for *_, nombre in ecrites) == 1500
    # Whose network is known is told; the machine never is.
    assert all(reseau.endswith(".0/24") or reseau == "(plusieurs)" for _, _, reseau, _ in ecrites)


async def test_un_jeton_valable_garde_sa_ligne_a_chaque_refus(monde: Monde, bases: Bases) -> None:
    for _ in range(5):
        assert (await monde.get("/v1/moi", "bailleur", "SEJOUR")).status_code == 403
    with psycopg.connect(bases.admin_url, options=f"-c search_path={SCHEMA}") as admin:
        rows = admin.execute("SELECT organisation, nombre FROM journal WHERE issue = 'refuse'").fetchall()
    assert Counter(rows) == {("bailleur", 1): 5}


async def test_le_compte_attend_un_journal_qui_ne_repond_pas(monde: Monde, bases: Bases) -> None:
    for _ in range(3):
        assert (await monde.client.get("/v1/moi")).status_code == 401
    with psycopg.connect(bases.admin_url, options=f"-c search_path={SCHEMA}", autocommit=True) as admin:
        admin.execute("ALTER TABLE journal RENAME TO perdu")
        await monde.gate.inconnus.verser()
        # A kind that has no row yet is not answered as if it had: 503.
        faux = await monde.client.get("/v1/moi", headers={"Authorization": "Bearer faux"})
        assert faux.status_code == 503
        admin.execute("ALTER TABLE perdu RENAME TO journal")
    await monde.gate.inconnus.verser()
    assert [(motif, nombre) for motif, _, _, nombre in lignes(bases) if motif == "jeton_absent"] == [
        ("jeton_absent", 1),
        ("jeton_absent", 2),
    ]


@pytest.mark.parametrize(
    ("client", "dit", "reseau"),
    [
        ("203.0.113.9", None, "203.0.113.0/24"),
        ("203.0.113.9", "198.51.100.1", "203.0.113.0/24"),  # nobody's word
        ("172.17.0.1", "198.51.100.7", "198.51.100.0/24"),
        ("172.17.0.1", "10.0.0.1, 198.51.100.7", "198.51.100.0/24"),  # the last one is the proxy's own
        ("172.17.0.1", "n'importe quoi", "172.17.0.0/24"),
        ("172.17.0.1", None, "172.17.0.0/24"),
        ("2001:db8:1:2::3", None, "2001:db8:1::/48"),
        ("::ffff:203.0.113.9", None, "203.0.113.0/24"),
        ("", None, ""),
    ],
)
def test_l_origine_est_un_reseau_et_la_parole_du_seul_mandataire(client: str, dit: str | None, reseau: str) -> None:
    entetes = [] if dit is None else [(b"x-forwarded-for", dit.encode())]
    scope = {"client": (client, 1) if client else None, "headers": entetes}
    assert origine(scope, [ipaddress.ip_network("172.16.0.0/12")]) == reseau


async def test_une_foule_d_inconnus_est_regardee_a_quelques_uns_par_tour(
    monde: Monde, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All ready at once, they would be answered before anybody else has an answer."""
    await monde.get("/v1/moi", "bailleur", "ACTE_EMISSION")  # its token is known
    par_tour: list[int] = [0]
    vraie = Identites._annonce

    def annonce(self: Identites, texte: str) -> object:
        par_tour[-1] += 1
        return vraie(self, texte)

    async def tourner() -> None:
        while True:
            await asyncio.sleep(0)
            par_tour.append(0)

    monkeypatch.setattr(Identites, "_annonce", annonce)
    montre = asyncio.create_task(tourner())
    faux = {"Authorization": "Bearer pas.un.jeton", "Finalite": "ACTE_EMISSION"}
    foule = [monde.client.get("/v1/moi", headers=faux) for _ in range(200)]
    *refus, connu = await asyncio.gather(*foule, monde.get("/v1/moi", "bailleur", "ACTE_EMISSION"))
    montre.cancel()
    assert [recu.status_code for recu in refus] == [401] * 200
    assert connu.status_code == 200
    assert sum(par_tour) == 200
    assert max(par_tour) <= INCONNUS_PAR_TOUR
