"""Files that go with acts: in, out and erased; refused whole; read by who reads the whole act, and by nobody else."""

import asyncio
import hashlib
import sys
import tracemalloc
from collections.abc import AsyncIterator, Iterator
from typing import Any, Final
from uuid import UUID, uuid4

import httpx2 as httpx
import orjson
import psycopg
import pytest

from adapters.gate import parts, pieces
from adapters.gate.codes import INADMIS
from ledger.dossier import pieces as du_dossier
from ledger.pieces import MORCEAU
from tests import fichiers
from tests.bases import SCHEMA, Bases
from tests.monde import Monde, evenement, mandater
from tests.rest.test_attaques_etranger import octets
from tests.rest.test_deja_connu import mandater_personne
from tests.rest.test_effacement import titulaire
from tests.rest.test_regles import inscrire

ETUDE: Final = ("etude", "ACTE_EMISSION")
BAILLEUR: Final = ("bailleur", "ACTE_EMISSION")
CCAPEX: Final = ("ccapex", "CCAPEX_ADMINISTRATIVE")
CDP: Final = evenement("CommandementPayerSignifie", dette=224770)
RIEN: Final = memoryview(b"")
TABLES: Final = ("pieces", "pieces_morceaux", "pieces_en_cours")


@pytest.fixture
def admin(bases: Bases) -> Iterator[psycopg.Connection]:
    with psycopg.connect(bases.admin_url, autocommit=True, options=f"-c search_path={SCHEMA}") as connexion:
        yield connexion


def compte(admin: psycopg.Connection) -> tuple[int, ...]:
    """How many rows there are of files, of their chunks, of those that are coming in."""
    return tuple(admin.execute(f"SELECT count(*) FROM {t}".encode()).fetchall()[0][0] for t in TABLES)  # noqa: S608 - names of this file


async def un_acte(monde: Monde, bases: Bases, *qui: str, dit: dict[str, Any] = CDP) -> tuple[str, dict[str, Any]]:
    """A case, an act that the étude told there, and what is said of a file that goes with it."""
    dossier = await monde.ouvrir()
    mandater(bases, "etude", UUID(dossier))
    personne = await titulaire(monde, dossier)
    partenaire, finalite = qui or ETUDE
    recu = await monde.contribuer(dossier, partenaire, finalite, dit)
    assert recu.status_code == 201, recu.text
    faits = (await monde.get(f"/v1/dossiers/{dossier}", partenaire, finalite)).json()["faits"]
    [acte] = [f["id"] for f in faits if f["type"] == dit["type"]]
    return dossier, {"acte": acte, "nature": "ACTE", "personnes": [personne]}


async def joindre(
    monde: Monde,
    dossier: str,
    dit: dict[str, Any],
    contenu: Any = fichiers.PDF,
    qui: tuple[str, str] = ETUDE,
    **plus: Any,
) -> httpx.Response:
    return await monde.post(f"/v1/dossiers/{dossier}/pieces", *qui, contenu, params=dit, **plus)


async def jointe(monde: Monde, bases: Bases, contenu: bytes = fichiers.PDF) -> tuple[str, dict[str, Any], str]:
    dossier, dit = await un_acte(monde, bases)
    recu = await joindre(monde, dossier, dit, contenu)
    assert recu.status_code == 201, recu.text
    return dossier, dit, recu.json()["piece"]


async def lire(monde: Monde, dossier: str, piece: str, qui: tuple[str, str] = CCAPEX, **plus: Any) -> httpx.Response:
    return await monde.get(f"/v1/dossiers/{dossier}/pieces/{piece}", *qui, **plus)


@pytest.mark.parametrize(
    ("contenu", "genre", "suffixe"),
    [(fichiers.PDF, "PDF", "pdf"), (fichiers.JPEG, "JPEG", "jpg"), (fichiers.PNG, "PNG", "png")],
    ids=["PDF", "JPEG", "PNG"],
)
async def test_une_piece_entre_et_sort_telle_quelle(
    monde: Monde, bases: Bases, admin: psycopg.Connection, contenu: bytes, genre: str, suffixe: str
) -> None:
    dossier, dit, piece = await jointe(monde, bases, contenu)
    recu = await lire(monde, dossier, piece)
    assert recu.status_code == 200, recu.text
    assert recu.content == contenu
    assert recu.headers["content-type"] == "application/octet-stream"
    assert recu.headers["content-disposition"] == f'attachment; filename="piece-{piece}.{suffixe}"'
    assert recu.headers["content-security-policy"] == "default-src 'none'; sandbox"
    assert recu.headers["x-content-type-options"] == "nosniff"
    assert recu.headers["cache-control"] == "no-store, no-transform"
    [fait] = [
        f for f in (await monde.get(f"/v1/dossiers/{dossier}", *CCAPEX)).json()["faits"] if f["type"] == "PieceJointe"
    ]
    assert fait["champs"] == {
        **dit,
        "piece": piece,
        "genre": genre,
        "octets": len(contenu),
        "empreinte": hashlib.sha256(contenu).hexdigest(),
    }
    assert compte(admin) == (1, 1, 0)


async def test_rien_d_une_piece_n_est_en_clair(monde: Monde, bases: Bases, admin: psycopg.Connection) -> None:
    contenu = fichiers.pdf(lambda document: document.docinfo.__setitem__("/Title", "COMMANDEMENT-LEROY"))
    assert b"COMMANDEMENT-LEROY" in contenu
    await jointe(monde, bases, contenu)
    empreinte = hashlib.sha256(contenu).hexdigest().encode()
    gardes = [m for (m,) in admin.execute("SELECT scelle FROM pieces_morceaux")]
    etats = [m for (m,) in admin.execute("SELECT state FROM dossiers_events")]
    assert gardes
    for garde in (*gardes, *etats):
        assert b"COMMANDEMENT-LEROY" not in garde
        assert b"%PDF" not in garde
        assert empreinte not in garde


@pytest.mark.parametrize("nom", fichiers.REFUSES)
async def test_ce_qui_n_est_pas_pris_ne_laisse_rien(monde: Monde, bases: Bases, nom: str) -> None:
    contenu, code = fichiers.REFUSES[nom]
    dossier, dit = await un_acte(monde, bases)
    recu = await joindre(monde, dossier, dit, contenu, headers={"content-type": "application/pdf"})
    assert recu.status_code == 422, recu.text
    assert recu.json()["champs"] == [{"champ": "contenu", "code": code, "message": INADMIS[code]}]
    [ligne] = await monde.journal(1)
    assert (ligne["issue"], ligne["motif"], ligne["dossier"]) == ("refuse", "piece_refusee", UUID(dossier))
    with psycopg.connect(bases.admin_url, options=f"-c search_path={SCHEMA}") as admin:
        assert compte(admin) == (0, 0, 0)


# what is said of it, and by whom ---------------------------------------------------------------------------------


async def test_ce_qui_est_dit_d_une_piece_est_verifie_avant_qu_elle_arrive(monde: Monde, bases: Bases) -> None:
    dossier, dit = await un_acte(monde, bases)
    lus = 0

    async def contenu() -> AsyncIterator[bytes]:
        nonlocal lus
        lus += 1
        yield fichiers.PDF

    for faux, champ, code in (
        ({"acte": str(uuid4())}, "acte", "acte_inconnu"),
        ({"acte": "x"}, "acte", "uuid_attendu"),
        ({"personnes": []}, "personnes", "liste_courte"),
        ({"personnes": [str(uuid4())]}, "donnees", "personne_inconnue"),
        ({"personnes": [str(UUID(int=n)) for n in range(21)]}, "personnes", "liste_longue"),
    ):
        chemin = f"/v1/dossiers/{dossier}/pieces"
        entetes = monde.entetes(*ETUDE) | {"Idempotency-Key": "une"}
        recu = await monde.client.post(chemin, params=dit | faux, content=contenu(), headers=entetes)
        assert recu.status_code == 422, recu.text
        assert [(f["champ"], f["code"]) for f in recu.json()["champs"]] == [(champ, code)]
    assert lus == 0
    for mauvais in ({"autre": "1"}, {"nature": "PHOTO"}, {"nature": ["ACTE", "ACTE"]}):
        recu = await joindre(monde, dossier, dit | mauvais)
        assert (recu.status_code, recu.json()["code"]) == (400, "requete")


async def test_on_ne_complete_que_ses_propres_actes(monde: Monde, bases: Bases) -> None:
    dossier, dit = await un_acte(monde, bases)
    recu = await joindre(monde, dossier, dit, qui=CCAPEX)
    assert (recu.status_code, recu.json()["code"]) == (422, "acte_inconnu")
    recu = await joindre(monde, dossier, dit, qui=("ssd", "ACCOMPAGNEMENT"))
    assert recu.status_code == 403
    dette = evenement("DetteDeclaree", montant=1, arretee_au="2026-10-01")
    autre, dit = await un_acte(monde, bases, *BAILLEUR, dit=dette)
    recu = await joindre(monde, autre, dit, qui=BAILLEUR)
    assert (recu.status_code, recu.json()["code"]) == (422, "acte_inconnu")


async def test_une_piece_n_entre_que_par_sa_route(monde: Monde, bases: Bases) -> None:
    dossier, dit = await un_acte(monde, bases)
    faits: dict[str, Any] = {"piece": str(uuid4()), "genre": "PDF", "octets": 1, "empreinte": "0" * 64}
    recu = await monde.contribuer(dossier, *ETUDE, evenement("PieceJointe", **dit, **faits))
    assert recu.status_code == 422
    assert [f["champ"] for f in recu.json()["champs"]] == ["evenements.0.type"]


async def test_envoyee_deux_fois_une_piece_est_gardee_une_fois(
    monde: Monde, bases: Bases, admin: psycopg.Connection
) -> None:
    dossier, dit = await un_acte(monde, bases)
    une: dict[str, Any] = {"headers": {"Idempotency-Key": "la-meme"}}
    premiere, seconde = [await joindre(monde, dossier, dit, **une) for _ in range(2)]
    assert premiere.status_code == seconde.status_code == 201
    assert premiere.json() == seconde.json()
    assert compte(admin) == (1, 1, 0)
    autre = await joindre(monde, dossier, dit, fichiers.PNG, **une)
    assert (autre.status_code, autre.json()["code"]) == (409, "cle_reutilisee")
    assert compte(admin) == (1, 1, 0)
    assert (await lire(monde, dossier, premiere.json()["piece"])).content == fichiers.PDF


# how much ----------------------------------------------------------------------------------------------------------


async def _flux(contenu: bytes) -> AsyncIterator[bytes]:
    for debut in range(0, len(contenu), MORCEAU):
        yield contenu[debut : debut + MORCEAU]


async def test_une_piece_trop_longue_est_refusee_annoncee_ou_non(
    monde: Monde, bases: Bases, admin: psycopg.Connection
) -> None:
    dossier, dit = await un_acte(monde, bases)
    trop = bytes(25 * 1024 * 1024 + 1)
    entetes = monde.entetes(*ETUDE) | {"Idempotency-Key": "une"}
    for contenu in (trop, _flux(trop)):
        recu = await monde.client.post(f"/v1/dossiers/{dossier}/pieces", params=dit, content=contenu, headers=entetes)
        assert (recu.status_code, recu.json()["code"]) == (413, "trop_grand")
        assert "25 Mio" in recu.json()["detail"]
        assert compte(admin) == (0, 0, 0)


async def test_les_bornes_de_nombre(monde: Monde, bases: Bases, monkeypatch: pytest.MonkeyPatch) -> None:
    dossier, dit, _ = await jointe(monde, bases)
    monkeypatch.setattr(du_dossier, "PIECES_PAR_DOSSIER", 1)
    recu = await joindre(monde, dossier, dit)
    assert (recu.status_code, recu.json()["code"]) == (422, "trop_de_pieces")
    monkeypatch.undo()
    monkeypatch.setattr(pieces, "PIECES_PAR_JOUR", 1)
    recu = await joindre(monde, dossier, dit)
    assert (recu.status_code, recu.json()["code"]) == (429, "trop_de_pieces")
    [ligne] = await monde.journal(1)
    assert (ligne["issue"], ligne["motif"]) == ("refuse", "trop_de_pieces")


async def test_les_depots_a_la_fois(monde: Monde, bases: Bases, monkeypatch: pytest.MonkeyPatch) -> None:
    dossier, dit = await un_acte(monde, bases)
    monkeypatch.setattr(parts, "DEPOTS_PAR_PARTENAIRE", 0)
    recu = await joindre(monde, dossier, dit)
    assert (recu.status_code, recu.json()["code"]) == (429, "trop_de_demandes")
    monkeypatch.undo()
    monkeypatch.setattr(parts, "DEPOTS", 0)
    recu = await joindre(monde, dossier, dit)
    assert (recu.status_code, recu.headers["retry-after"]) == (503, "2")
    monkeypatch.undo()
    assert (await joindre(monde, dossier, dit)).status_code == 201


async def test_sans_processus_de_plus_rien_n_entre(
    monde: Monde, bases: Bases, admin: psycopg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    dossier, dit = await un_acte(monde, bases)
    monkeypatch.setattr(sys, "executable", "/nulle/part/python")
    recu = await joindre(monde, dossier, dit)
    assert (recu.status_code, recu.headers["retry-after"]) == (503, "2")
    assert compte(admin) == (0, 0, 0)


async def test_une_piece_qui_n_arrive_pas_est_refusee(
    monde: Monde, bases: Bases, admin: psycopg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    dossier, dit = await un_acte(monde, bases)
    monkeypatch.setattr(pieces, "DEPOT_S", 0.5)

    async def lente() -> AsyncIterator[bytes]:
        yield fichiers.PDF[:100]
        await asyncio.sleep(5)

    entetes = monde.entetes(*ETUDE) | {"Idempotency-Key": "une"}
    recu = await monde.client.post(f"/v1/dossiers/{dossier}/pieces", params=dit, content=lente(), headers=entetes)
    assert (recu.status_code, recu.json()["code"]) == (400, "requete")
    assert compte(admin) == (0, 0, 0)


class Appel:
    """One request of the application, as a server would put it: nothing of a body is kept here."""

    def __init__(self, monde: Monde, methode: str, chemin: str, qui: tuple[str, str], **params: Any) -> None:
        entetes = monde.entetes(*qui) | {"Idempotency-Key": str(uuid4()), "host": "unefois"}
        self._app = monde.app
        self.scope: dict[str, Any] = {
            "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": methode, "scheme": "http",
            "path": chemin, "raw_path": chemin.encode(), "query_string": str(httpx.QueryParams(params)).encode(),
            "headers": [(nom.lower().encode(), valeur.encode()) for nom, valeur in entetes.items()],
            "client": ("127.0.0.1", 1), "server": ("unefois", 80), "root_path": "",
        }  # fmt: skip
        self.statut = self.octets = 0
        self.sha = hashlib.sha256()
        self.fin = bytearray()

    async def mener(self, contenu: memoryview = RIEN, *, jusqu_a: int | None = None) -> None:
        """``jusqu_a``: the client leaves after so many bytes."""
        debut = 0

        async def recevoir() -> dict[str, Any]:
            nonlocal debut
            await asyncio.sleep(0)
            if jusqu_a is not None and debut >= jusqu_a:
                return {"type": "http.disconnect"}
            if debut > len(contenu):
                await asyncio.sleep(3600)
            morceau = bytes(contenu[debut : debut + MORCEAU])
            debut += MORCEAU
            return {"type": "http.request", "body": morceau, "more_body": debut < len(contenu)}

        async def envoyer(message: Any) -> None:
            self.statut = message.get("status", self.statut)
            corps = message.get("body", b"")
            self.octets += len(corps)
            self.sha.update(corps)
            self.fin = bytearray(corps[-4096:]) or self.fin

        await self._app(self.scope, recevoir, envoyer)


async def _pic(appel: Appel, contenu: memoryview = RIEN) -> int:
    """Bytes that one request takes at its most, beside those that the client holds."""
    tracemalloc.start()
    try:
        avant = tracemalloc.get_traced_memory()[0]
        await appel.mener(contenu)
        return tracemalloc.get_traced_memory()[1] - avant
    finally:
        tracemalloc.stop()


async def test_vingt_megaoctets_entrent_et_sortent_sans_memoire(monde: Monde, bases: Bases) -> None:
    """A file of 20 MB takes what one of 1 MB does, in and out, and comes out as it went in."""
    dossier, dit = await un_acte(monde, bases)
    chemin = f"/v1/dossiers/{dossier}/pieces"
    await joindre(monde, dossier, dit)  # what is made once is made
    pics = {}
    for octets_ in (1_000_000, 20_000_000):
        contenu = fichiers.gros_pdf(octets_)
        assert len(contenu) > 0.99 * octets_
        entree = Appel(monde, "POST", chemin, ETUDE, **dit)
        pics["entrée", octets_] = await _pic(entree, memoryview(contenu))
        assert entree.statut == 201, bytes(entree.fin)
        sortie = Appel(monde, "GET", f"{chemin}/{orjson.loads(entree.fin)['piece']}", CCAPEX)
        pics["sortie", octets_] = await _pic(sortie)
        assert sortie.statut == 200
        assert (sortie.octets, sortie.sha.digest()) == (len(contenu), hashlib.sha256(contenu).digest())
    for sens in ("entrée", "sortie"):
        print(sens, pics[sens, 1_000_000], pics[sens, 20_000_000])
        assert pics[sens, 20_000_000] < 2_000_000
        assert pics[sens, 20_000_000] < 2 * pics[sens, 1_000_000]


# what is cut ---------------------------------------------------------------------------------------------------------


async def test_qui_part_au_milieu_ne_laisse_rien(monde: Monde, bases: Bases, admin: psycopg.Connection) -> None:
    dossier, dit = await un_acte(monde, bases)
    appel = Appel(monde, "POST", f"/v1/dossiers/{dossier}/pieces", ETUDE, **dit)
    await appel.mener(memoryview(fichiers.gros_pdf(1_000_000)), jusqu_a=5 * MORCEAU)
    assert appel.statut == 400
    assert compte(admin) == (0, 0, 0)


async def test_un_arret_entre_les_morceaux_et_le_fait_est_balaye(
    monde: Monde, bases: Bases, admin: psycopg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Killed once all is sealed: no fact, nothing to read; an hour later nothing is left. What has its fact stays."""
    dossier, dit, piece = await jointe(monde, bases)

    async def tuer(*_: object, **__: object) -> None:
        raise asyncio.CancelledError

    monkeypatch.setattr(type(monde.gate.ledger), "contribuer", tuer)
    with pytest.raises(asyncio.CancelledError):
        await joindre(monde, dossier, dit)
    monkeypatch.undo()
    assert compte(admin) == (2, 2, 1)
    [(orpheline,)] = admin.execute("SELECT piece FROM pieces_en_cours")
    assert (await lire(monde, dossier, str(orpheline), ETUDE)).status_code == 404
    await monde.gate.ledger.pieces.finir()
    assert compte(admin) == (2, 2, 1)  # it may still be coming in
    admin.execute("SET ROLE unefois_proprietaire")
    admin.execute("UPDATE pieces_en_cours SET depuis = depuis - interval '61 minutes'")
    admin.execute("INSERT INTO pieces_en_cours (piece, depuis) VALUES (%s, now() - interval '2 hours')", [piece])
    admin.execute("RESET ROLE")
    assert await monde.gate.ledger.pieces.finir() == 1
    assert compte(admin) == (1, 1, 0)
    assert (await lire(monde, dossier, piece)).content == fichiers.PDF


async def test_un_refus_de_la_derniere_heure_ne_laisse_rien(
    monde: Monde, bases: Bases, admin: psycopg.Connection
) -> None:
    """The act is taken back while its file comes in."""
    dossier, dit = await un_acte(monde, bases)

    async def contenu() -> AsyncIterator[bytes]:
        yield fichiers.PDF[:100]
        retrait = evenement("FaitCorrige", corrige=dit["acte"])
        assert (await monde.contribuer(dossier, *ETUDE, retrait)).status_code == 201
        yield fichiers.PDF[100:]

    entetes = monde.entetes(*ETUDE) | {"Idempotency-Key": "une"}
    recu = await monde.client.post(f"/v1/dossiers/{dossier}/pieces", params=dit, content=contenu(), headers=entetes)
    assert (recu.status_code, recu.json()["code"]) == (422, "acte_inconnu")
    assert [f["champ"] for f in recu.json()["champs"]] == ["acte"]
    assert compte(admin) == (0, 0, 0)


# who reads it --------------------------------------------------------------------------------------------------------


async def test_une_piece_cachee_inconnue_ou_d_un_autre_dossier_sont_les_memes_octets(
    monde: Monde, bases: Bases
) -> None:
    dossier, _, piece = await jointe(monde, bases)
    autre = await monde.ouvrir(nom="AUTRE", id_rpls="3523902599")
    for qui in (
        ("ssd", "ACCOMPAGNEMENT"),
        ("caf", "COORDINATION_CONTACTS"),
        CCAPEX,
        ETUDE,
        BAILLEUR,
        ("voisin", BAILLEUR[1]),
    ):
        absente = octets(await lire(monde, dossier, str(uuid4()), qui))
        assert absente[0] in {403, 404}
        assert octets(await lire(monde, autre, piece, qui)) == octets(await lire(monde, autre, str(uuid4()), qui))
        assert octets(await lire(monde, dossier, "x", qui))[0] == 404
        if qui[0] in {"caf", "voisin"}:
            assert octets(await lire(monde, dossier, piece, qui)) == absente


@pytest.mark.parametrize(
    ("qui", "finalite", "lue"),
    [
        ("ccapex", "CCAPEX_ADMINISTRATIVE", True),
        ("ssd", "ACCOMPAGNEMENT", True),
        ("comex", "CFP_INSTRUCTION", True),
        ("bailleur", "ACTE_EMISSION", False),
        ("caf", "COORDINATION_CONTACTS", False),
        ("clil", "CLIL_EXAMEN", False),
        ("voisin", "ACTE_EMISSION", False),
    ],
)
async def test_lit_une_piece_qui_lit_tout_l_acte(
    monde: Monde, bases: Bases, qui: str, finalite: str, lue: bool
) -> None:
    dossier, _, piece = await jointe(monde, bases)
    await monde.proposer(dossier, "bailleur")
    if qui == "comex":  # before that it has no purpose there
        for nom in ("CommandementQuitterSignifie", "ConcoursForceRequis"):
            assert (await monde.contribuer(dossier, *ETUDE, evenement(nom))).status_code == 201
    recu = await lire(monde, dossier, piece, (qui, finalite))
    assert recu.status_code == (200 if lue else 404), recu.text
    [ligne] = await monde.journal(1)
    assert (ligne["organisation"], ligne["issue"]) == (qui, "autorise" if lue else "refuse")
    if lue:
        assert (ligne["action"], ligne["dossier"]) == ("lire_piece", UUID(dossier))
        assert sorted(ligne["groupes_montres"]) == ["F01", "F02a", "F04", "F05", "F08"]
        assert {"F12", "F08b"} <= set(ligne["groupes_retenus"])
    else:
        assert fichiers.PDF not in recu.content


async def test_une_personne_lit_la_piece_qui_ne_nomme_qu_elle(monde: Monde, bases: Bases) -> None:
    dossier, dit = await un_acte(monde, bases)
    conjoint = str(uuid4())
    declare = evenement("OccupantDeclare", personne=conjoint, qualite="COTITULAIRE", nom="ROUX", prenoms="Marc")
    assert (await monde.contribuer(dossier, *BAILLEUR, declare)).status_code == 201
    [elle] = dit["personnes"]
    recues = [await joindre(monde, dossier, dit | {"personnes": p}) for p in ([elle], [elle, conjoint], [conjoint])]
    inscrire(monde, "personne", "USAGER")
    mandater_personne(monde, dossier, elle)
    qui, statuts = ("personne", "DROITS_PERSONNE"), []
    for recu in recues:
        lu = await lire(monde, dossier, recu.json()["piece"], qui, agent="agent-1")
        statuts.append(lu.status_code)
    assert statuts == [200, 404, 404]


async def test_la_ligne_est_durable_avant_le_premier_octet(
    monde: Monde, bases: Bases, admin: psycopg.Connection
) -> None:
    dossier, dit, piece = await jointe(monde, bases)
    admin.execute(f"REVOKE INSERT ON {SCHEMA}.journal FROM unefois_api, unefois_proprietaire".encode())
    recu = await lire(monde, dossier, piece)
    assert recu.status_code == 503
    assert b"%PDF" not in recu.content
    assert (await joindre(monde, dossier, dit)).status_code == 503
    [(jointes,)] = admin.execute("SELECT count(*) FROM dossiers_events WHERE topic = 'unefois:PieceJointe'")
    assert jointes == 1


async def test_un_retrait_de_la_piece_ou_de_l_acte_ferme_la_piece(monde: Monde, bases: Bases) -> None:
    dossier, dit, piece = await jointe(monde, bases)
    autre = (await joindre(monde, dossier, dit, fichiers.PNG)).json()["piece"]
    faits = (await monde.get(f"/v1/dossiers/{dossier}", *ETUDE)).json()["faits"]
    [fait] = [f["id"] for f in faits if f["type"] == "PieceJointe" and f["champs"]["piece"] == piece]
    assert (await monde.contribuer(dossier, *ETUDE, evenement("FaitCorrige", corrige=fait))).status_code == 201
    inconnue = octets(await lire(monde, dossier, str(uuid4())))
    assert octets(await lire(monde, dossier, piece)) == inconnue
    assert (await lire(monde, dossier, autre)).status_code == 200
    assert (await monde.contribuer(dossier, *ETUDE, evenement("FaitCorrige", corrige=dit["acte"]))).status_code == 201
    assert octets(await lire(monde, dossier, autre)) == inconnue


async def test_une_piece_s_efface_avec_chaque_personne_qu_elle_nomme(
    monde: Monde, bases: Bases, admin: psycopg.Connection
) -> None:
    """In, out, erased: 404 like one that never was, no chunk is left, and those that a backup brings back stay shut."""
    dossier, dit = await un_acte(monde, bases, *CCAPEX, dit=evenement("CcapexSaisie", "2026-10-15"))
    conjoint = str(uuid4())
    declare = evenement("OccupantDeclare", personne=conjoint, qualite="COTITULAIRE", nom="ROUX", prenoms="Marc")
    clos = evenement("SaisineClose", "2026-10-20", motif="SANS_SUITE")
    for qui, e in ((BAILLEUR, declare), (CCAPEX, clos)):
        assert (await monde.contribuer(dossier, *qui, e)).status_code == 201
    deux = dit | {"personnes": [*dit["personnes"], conjoint]}
    sienne = dit | {"personnes": dit["personnes"]}
    recues = [await joindre(monde, dossier, d, fichiers.gros_pdf(300_000), CCAPEX) for d in (deux, sienne)]
    commune, seule = [recu.json()["piece"] for recu in recues]
    assert (await lire(monde, dossier, commune)).status_code == 200
    gardes = admin.execute("SELECT * FROM pieces WHERE piece = %s", [commune]).fetchone()
    morceaux = admin.execute("SELECT * FROM pieces_morceaux WHERE piece = %s", [commune]).fetchall()
    assert gardes is not None
    assert len(morceaux) == 5
    await monde.effacer(dossier, conjoint)
    inconnue = octets(await lire(monde, dossier, str(uuid4())))
    assert octets(await lire(monde, dossier, commune)) == inconnue
    assert (await lire(monde, dossier, seule)).status_code == 200
    assert compte(admin) == (1, 5, 0)
    admin.execute("SET ROLE unefois_proprietaire")
    admin.execute("INSERT INTO pieces VALUES (%s, %s, %s, %s, %s, %s)", gardes)
    for morceau in morceaux:
        admin.execute("INSERT INTO pieces_morceaux VALUES (%s, %s, %s)", morceau)
    admin.execute("RESET ROLE")
    assert octets(await lire(monde, dossier, commune)) == inconnue
    await monde.gate.ledger.effacements.reconcilier()
    assert compte(admin) == (1, 5, 0)
    recu = await joindre(monde, dossier, deux, qui=CCAPEX)
    assert (recu.status_code, recu.json()["code"]) == (422, "personne_effacee")


async def test_les_pieces_d_un_menage_efface_s_en_vont_toutes(
    monde: Monde, bases: Bases, admin: psycopg.Connection
) -> None:
    """Also one that names but a guarantor, who stays: the household that it is of is no more."""
    dossier, dit = await un_acte(monde, bases, *CCAPEX, dit=evenement("CcapexSaisie", "2026-10-15"))
    garant = str(uuid4())
    declare = evenement("OccupantDeclare", personne=garant, qualite="CAUTION", nom="ROUX", prenoms="Marc")
    clos = evenement("SaisineClose", "2026-10-20", motif="SANS_SUITE")
    for qui, e in ((BAILLEUR, declare), (CCAPEX, clos)):
        assert (await monde.contribuer(dossier, *qui, e)).status_code == 201
    recu = await joindre(monde, dossier, dit | {"personnes": [garant]}, qui=CCAPEX)
    assert recu.status_code == 201, recu.text
    await monde.effacer(dossier, dit["personnes"][0])
    assert compte(admin) == (0, 0, 0)
    lue = await lire(monde, dossier, recu.json()["piece"])
    assert octets(lue) == octets(await lire(monde, dossier, str(uuid4())))


ALTERES: Final = {
    "échangés": "UPDATE pieces_morceaux SET rang = CASE rang WHEN 1 THEN 0 ELSE 1 END + 10 WHERE rang IN (0, 1);"
    " UPDATE pieces_morceaux SET rang = rang - 10 WHERE rang >= 10",
    "répété": "UPDATE pieces_morceaux SET scelle = (SELECT scelle FROM pieces_morceaux WHERE rang = 0) WHERE rang = 1",
    "le dernier ôté": "DELETE FROM pieces_morceaux WHERE rang = 4",
    "un octet changé": "UPDATE pieces_morceaux SET scelle = set_byte(scelle, 40, get_byte(scelle, 40) # 1)"
    " WHERE rang = 2",
}


@pytest.mark.parametrize("nom", ALTERES)
async def test_des_morceaux_alteres_ne_passent_pas_pour_la_piece(
    monde: Monde, bases: Bases, admin: psycopg.Connection, nom: str
) -> None:
    dossier, _, piece = await jointe(monde, bases, fichiers.gros_pdf(300_000))
    admin.execute("SET ROLE unefois_proprietaire")
    for ordre in ALTERES[nom].split(";"):
        assert admin.execute(ordre.encode()).rowcount
    admin.execute("RESET ROLE")
    appel = Appel(monde, "GET", f"/v1/dossiers/{dossier}/pieces/{piece}", CCAPEX)
    if nom == "échangés":
        await appel.mener()
        assert appel.statut == 503
    else:
        with pytest.raises(RuntimeError, match="response already started"):  # the connection ends there
            await appel.mener()
        assert appel.octets < 300_000
    [ligne] = await monde.journal(1)
    assert (ligne["action"], ligne["issue"]) == ("alarme", "erreur")


async def test_les_morceaux_d_une_autre_piece_ne_s_ouvrent_pas_a_sa_place(
    monde: Monde, bases: Bases, admin: psycopg.Connection
) -> None:
    dossier, dit, piece = await jointe(monde, bases)
    autre = (await joindre(monde, dossier, dit, fichiers.PNG)).json()["piece"]
    admin.execute("SET ROLE unefois_proprietaire")
    admin.execute(
        "UPDATE pieces_morceaux SET scelle = (SELECT scelle FROM pieces_morceaux WHERE piece = %s) WHERE piece = %s",
        [autre, piece],
    )
    admin.execute("RESET ROLE")
    assert (await lire(monde, dossier, piece)).status_code == 503
