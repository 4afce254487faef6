"""The service of the scenarios."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.bases import Bases
from tests.scenarios.service import Emetteur, Forge, Service, peupler


@pytest.fixture(scope="session")
def forge() -> Iterator[Forge]:
    """One process for the whole run: what the others are made of is imported once."""
    forge = Forge()
    yield forge
    forge.close()


@pytest.fixture(scope="session")
def emetteur() -> Iterator[Emetteur]:
    with Emetteur() as emetteur:
        yield emetteur


@pytest.fixture
def service(bases: Bases, forge: Forge, emetteur: Emetteur, tmp_path: Path) -> Service:
    peupler(bases)
    return Service(bases, tmp_path, forge, emetteur)
