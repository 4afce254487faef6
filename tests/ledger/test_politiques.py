"""The archive of the rules: what is kept stays as it was kept, under its own digest, and is in force when it was."""

import hashlib
from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, timedelta
from typing import Final

import psycopg
import pytest

from ledger.droit.jours import debut
from ledger.errors import LedgerIndisponible
from ledger.politiques import ArchiveDesPolitiques
from policies.tables import charger
from tests.bases import SCHEMA, Bases

REGLES: Final = charger()
BORNE: Final = 4 << 20
AUTRES: Final = b'["d\'autres regles"]'
EMPREINTE: Final = hashlib.sha256(AUTRES).hexdigest()


@pytest.fixture
async def archive(bases: Bases) -> AsyncIterator[ArchiveDesPolitiques]:
    ouverte = ArchiveDesPolitiques(bases.api_url, SCHEMA)
    yield ouverte
    await ouverte.close()


async def test_ce_qui_est_garde_se_relit_octet_pour_octet(archive: ArchiveDesPolitiques) -> None:
    assert await archive.contenu(EMPREINTE) is None
    for _ in range(2):
        await archive.garder(EMPREINTE, AUTRES)
    assert await archive.contenu(EMPREINTE) == AUTRES
    assert await archive.contenu(REGLES.revision) == REGLES.octets


async def test_une_revision_est_en_vigueur_jusqu_a_ce_qu_une_autre_la_remplace(archive: ArchiveDesPolitiques) -> None:
    """Started again, a service adds nothing; brought back to what was before, it says so."""
    await archive.garder(EMPREINTE, AUTRES)
    for revision in (REGLES.revision, EMPREINTE, EMPREINTE, REGLES.revision, REGLES.revision):
        await archive.mettre_en_vigueur(revision)
    periodes = await archive.periodes(100, 100)
    assert [p.revision for p in periodes] == [REGLES.revision, EMPREINTE, REGLES.revision]
    assert [p.jusqu_a for p in periodes] == [None, periodes[0].depuis, periodes[1].depuis]
    assert periodes[2].depuis == await archive.premiere() == debut(date(2026, 1, 1))
    assert all(p.depuis.tzinfo is UTC for p in periodes)
    for periode in periodes:
        trouvee = await archive.en_vigueur(periode.depuis)
        assert trouvee is not None
        assert trouvee.rang == periode.rang
    avant = await archive.en_vigueur(periodes[1].depuis - timedelta(microseconds=1))
    assert avant is not None
    assert avant.rang == periodes[2].rang
    assert await archive.en_vigueur(datetime(2025, 12, 31, tzinfo=UTC)) is None


async def test_les_periodes_se_lisent_page_par_page(archive: ArchiveDesPolitiques) -> None:
    await archive.garder(EMPREINTE, AUTRES)
    for revision in (EMPREINTE, REGLES.revision, EMPREINTE):
        await archive.mettre_en_vigueur(revision)
    toutes = await archive.periodes(100, 100)
    premiere = await archive.periodes(100, 3)
    assert [*premiere, *await archive.periodes(premiere[-1].rang, 3)] == toutes
    assert len(toutes) == 4


def test_les_regles_d_aujourd_hui_tiennent_largement_dans_ce_qui_se_garde() -> None:
    assert len(REGLES.octets) < BORNE // 4


@pytest.mark.parametrize(
    "geste",
    [
        "UPDATE politiques SET contenu = contenu",
        "UPDATE politiques SET gardee_le = now()",
        "DELETE FROM politiques",
        "TRUNCATE politiques CASCADE",
        "UPDATE politiques_en_vigueur SET depuis = depuis - interval '1 year'",
        "DELETE FROM politiques_en_vigueur",
        "TRUNCATE politiques_en_vigueur",
        "INSERT INTO politiques (revision, contenu, gardee_le) SELECT revision, contenu, now() FROM politiques",
        "INSERT INTO politiques_en_vigueur (revision, depuis) SELECT revision, '2020-01-01' FROM politiques",
        "INSERT INTO politiques_en_vigueur (rang, revision) OVERRIDING SYSTEM VALUE SELECT 0, revision FROM politiques",
    ],
)
def test_l_application_ne_reecrit_ni_des_regles_ni_leur_date(bases: Bases, geste: str) -> None:
    with psycopg.connect(bases.api_url, options=f"-c search_path={SCHEMA}") as api:
        assert api.execute("SELECT count(*) FROM politiques").fetchone() == (1,)
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            api.execute(geste.encode())


@pytest.mark.parametrize("table", ["politiques", "politiques_en_vigueur"])
@pytest.mark.parametrize("geste", ["UPDATE {} SET revision = revision", "DELETE FROM {}", "TRUNCATE {} CASCADE"])
def test_personne_ne_les_reecrit_mais_l_administrateur_se_voit(bases: Bases, table: str, geste: str) -> None:
    with (
        psycopg.connect(bases.admin_url, options=f"-c search_path={SCHEMA}") as admin,
        pytest.raises(psycopg.errors.InsufficientPrivilege, match="rien ne se réécrit"),
    ):
        admin.execute(geste.format(table).encode())


@pytest.mark.parametrize("role", ["projecteur_url", "registre_url"])
def test_les_autres_roles_n_y_ont_rien(bases: Bases, role: str) -> None:
    for table in ("politiques", "politiques_en_vigueur"):
        with (
            psycopg.connect(getattr(bases, role), options=f"-c search_path={SCHEMA}") as autre,
            pytest.raises(psycopg.errors.InsufficientPrivilege),
        ):
            autre.execute(f"SELECT FROM {table}".encode())


async def test_des_octets_ne_se_gardent_pas_sous_un_autre_nom_que_leur_empreinte(
    bases: Bases, archive: ArchiveDesPolitiques
) -> None:
    trop = b"x" * (BORNE + 1)
    for revision, contenu in (("0" * 64, AUTRES), (EMPREINTE, b""), (hashlib.sha256(trop).hexdigest(), trop)):
        with pytest.raises(LedgerIndisponible) as refus:
            await archive.garder(revision, contenu)
        assert isinstance(refus.value.__cause__, psycopg.errors.CheckViolation)
    with pytest.raises(LedgerIndisponible) as refus:
        await archive.mettre_en_vigueur(EMPREINTE)
    assert isinstance(refus.value.__cause__, psycopg.errors.ForeignKeyViolation)
    with psycopg.connect(bases.admin_url, options=f"-c search_path={SCHEMA}") as admin:
        assert admin.execute("SELECT count(*) FROM politiques").fetchone() == (1,)
