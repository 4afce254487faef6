"""Files in sealed chunks: bound to their place, bounded by the database, kept as long as their fact is."""

import hashlib
from uuid import UUID, uuid4

import psycopg
import pytest
from psycopg import errors

from ledger.application import Ledger
from ledger.catalogue import OCTETS_PAR_PIECE, PieceJointe, catalogue, champs
from ledger.dossier.pieces import joignable
from ledger.errors import Discordance, LedgerIndisponible, ScelleInvalide
from ledger.pieces import CLASSE, MORCEAU, Depot, Emplacement, TropLongue
from ledger.sealing import Cle
from tests.bases import SCHEMA, Bases

CLE = Cle(bytes(range(32)))


def un_lieu() -> Emplacement:
    return Emplacement(SCHEMA, uuid4(), uuid4(), str(uuid4()))


async def deposer(ledger: Ledger, lieu: Emplacement, contenu: bytes, pas: int = 50_000) -> Depot:
    await ledger.pieces.ouvrir(lieu, [UUID(lieu.sujet)], "etude")
    depot = Depot(ledger.pieces, lieu, CLE)
    for debut in range(0, len(contenu), pas):
        await depot.ajouter(contenu[debut : debut + pas])
    await depot.clore()
    return depot


async def relire(ledger: Ledger, lieu: Emplacement, octets: int) -> bytes:
    return b"".join([morceau async for morceau in ledger.pieces.derouler(lieu, CLE, octets)])


@pytest.mark.parametrize("octets", [1, MORCEAU - 1, MORCEAU, MORCEAU + 1, 3 * MORCEAU, 3 * MORCEAU + 7])
@pytest.mark.parametrize("pas", [1000, MORCEAU, 10 * MORCEAU])
async def test_ce_qui_entre_sort_quelle_qu_en_soit_la_coupe(ledger: Ledger, octets: int, pas: int) -> None:
    lieu, contenu = un_lieu(), bytes(i % 251 for i in range(octets))
    depot = await deposer(ledger, lieu, contenu, pas)
    assert (depot.octets, depot.empreinte) == (octets, hashlib.sha256(contenu).hexdigest())
    assert await relire(ledger, lieu, octets) == contenu


async def test_un_fichier_ecourte_ou_rallonge_ne_s_ouvre_pas_jusqu_a_sa_fin(ledger: Ledger) -> None:
    lieu = un_lieu()
    await deposer(ledger, lieu, bytes(3 * MORCEAU))
    for octets, motif in ((2 * MORCEAU, "morceau_altere"), (4 * MORCEAU, "morceau_altere")):
        with pytest.raises(Discordance, match=motif):
            await relire(ledger, lieu, octets)


@pytest.mark.parametrize("rang", range(len(Emplacement._fields)))
def test_un_morceau_est_lie_a_chaque_partie_de_son_lieu(rang: int) -> None:
    lieu = un_lieu()
    scelle = CLE.seal(b"contenu", lieu.liaison(3, dernier=False))
    assert CLE.unseal(scelle, lieu.liaison(3, dernier=False)) == b"contenu"
    autre = Emplacement._make("autre" if n == rang else dite for n, dite in enumerate(lieu))
    for faux in (autre.liaison(3, dernier=False), lieu.liaison(4, dernier=False), lieu.liaison(3, dernier=True)):
        with pytest.raises(ScelleInvalide):
            CLE.unseal(scelle, faux)


async def test_une_piece_pese_ce_que_la_base_prend_et_pas_plus(ledger: Ledger) -> None:
    """The bound of the program is that of the table: the last chunk of the largest file is the last that it takes."""
    assert OCTETS_PAR_PIECE == 400 * MORCEAU
    lieu = un_lieu()
    await ledger.pieces.ouvrir(lieu, [UUID(lieu.sujet)], "etude")
    await ledger.pieces.ajouter(lieu.piece, 399, CLE.seal(bytes(MORCEAU), b""))
    for rang, scelle in ((400, bytes(64)), (-1, bytes(64)), (1, bytes(28)), (2, bytes(MORCEAU + 29)), (399, bytes(64))):
        with pytest.raises(LedgerIndisponible):
            await ledger.pieces.ajouter(lieu.piece, rang, scelle)
    with pytest.raises(LedgerIndisponible):
        await ledger.pieces.ajouter(uuid4(), 0, bytes(64))
    depot = Depot(ledger.pieces, un_lieu(), CLE)
    depot.octets = OCTETS_PAR_PIECE
    with pytest.raises(TropLongue):
        await depot.ajouter(b"x")


async def test_finir_n_ote_que_ce_qui_arrivait(ledger: Ledger, bases: Bases) -> None:
    """Whoever has the application's password takes nothing away that is there to stay, nor what is still coming."""
    lieux = [un_lieu() for _ in range(3)]
    for lieu in lieux:
        await deposer(ledger, lieu, b"contenu")
    with psycopg.connect(bases.admin_url, autocommit=True, options=f"-c search_path={SCHEMA}") as admin:
        admin.execute("SET ROLE unefois_proprietaire")
        admin.execute("DELETE FROM pieces_en_cours WHERE piece = %s", [lieux[0].piece])
        assert await ledger.pieces.finir(lieux[0].piece) == 0
        assert await ledger.pieces.finir(lieux[1].piece) == 1
        restent = {piece for (piece,) in admin.execute("SELECT piece FROM pieces")}
        morceaux = {piece for (piece,) in admin.execute("SELECT piece FROM pieces_morceaux")}
    assert restent == morceaux == {lieux[0].piece, lieux[2].piece}
    with psycopg.connect(bases.projecteur_url, options=f"-c search_path={SCHEMA}") as projecteur:
        for table in ("pieces", "pieces_morceaux", "pieces_en_cours"):
            with pytest.raises(errors.InsufficientPrivilege), projecteur.transaction():
                projecteur.execute(f"SELECT FROM {table}".encode())


def test_une_piece_va_avec_un_acte_de_procedure_et_jamais_avec_un_diagnostic() -> None:
    joignables = {nom for nom, cls in catalogue().items() if joignable(cls.__new__(cls))}
    assert joignables == {
        "CommandementPayerSignifie",
        "CcapexSaisie",
        "AssignationSignifiee",
        "JugementRendu",
        "JugementSignifie",
        "CongeDelivre",
        "CommandementQuitterSignifie",
    }


def test_le_contenu_est_sous_la_classe_de_son_fait() -> None:
    assert {c.classe for c in champs(PieceJointe).values()} - {"S0"} == {CLASSE}
