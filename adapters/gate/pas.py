"""Long works, step by step: between two steps of one, others may pass (``parts``)."""

from collections.abc import Generator, Iterator, Sequence
from typing import Final, TypeVar

T = TypeVar("T")
E = TypeVar("E")

Pas = Generator[None, None, T]
"""A long work, step by step, and what it gives at its end: none of its steps holds the loop."""

_TRANCHE: Final = 32


def tranches(elements: Sequence[E]) -> Iterator[Sequence[E]]:
    """The same elements, a step's worth at a time."""
    return (elements[debut : debut + _TRANCHE] for debut in range(0, len(elements), _TRANCHE))
