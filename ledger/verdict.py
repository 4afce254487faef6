"""What becomes of a contribution: stored, or one reason why it is not. Nothing that is not stored has a position.

The writer gives a ``Verdict``; the verbs of the ledger give a ``Recu``, and raise ``NonEcrit`` where there is none.
"""

from dataclasses import dataclass
from typing import assert_never
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Ecrit:
    """It is stored. ``position``: of its last event."""

    position: int
    contribution: UUID
    dossier: UUID


@dataclass(frozen=True, slots=True)
class Deja:
    """The very same request had stored it before: this is what was answered then."""

    position: int
    contribution: UUID
    dossier: UUID


@dataclass(frozen=True, slots=True)
class Conflit:
    """The dossier is not at the version that it was decided on, or this household has one already."""

    dossier: UUID


@dataclass(frozen=True, slots=True)
class CleReutilisee:
    """The organisation sent this idempotency key with another request."""

    dossier: UUID


@dataclass(frozen=True, slots=True)
class ActeConnu:
    """One of its acts is in the ledger already."""

    dossier: UUID


Recu = Ecrit | Deja
Raison = Conflit | CleReutilisee | ActeConnu
"""``dossier``: the one that it was meant for."""
Verdict = Recu | Raison


class NonEcrit(Exception):
    """The contribution is not stored, and nothing of it is."""

    def __init__(self, raison: Raison) -> None:
        super().__init__(type(raison).__name__)
        self.raison = raison


def recu_de(verdict: Verdict) -> Recu:
    """The receipt, where there is one; ``NonEcrit`` otherwise."""
    match verdict:
        case Ecrit() | Deja():
            return verdict
        case Conflit() | CleReutilisee() | ActeConnu():
            raise NonEcrit(verdict)
        case _:
            assert_never(verdict)
