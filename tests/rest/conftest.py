"""The world of the API's tests."""

from collections.abc import AsyncIterator

import psycopg
import pytest

from ledger.application import Ledger
from projections import SCRIPTS
from tests.bases import Bases
from tests.rest.monde import Monde, ouvrir_monde, peupler


@pytest.fixture
async def monde(bases: Bases, ledger: Ledger) -> AsyncIterator[Monde]:
    with psycopg.connect(bases.admin_url) as admin:
        admin.execute("SET ROLE unefois_proprietaire")
        admin.execute("SET search_path TO d93")
        for script in SCRIPTS:
            admin.execute(script.encode())
    peupler(bases)
    async with ouvrir_monde(bases, ledger) as ouvert:
        yield ouvert
