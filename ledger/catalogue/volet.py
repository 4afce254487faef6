"""The parts of a field group that a commission's view may keep one without another."""

from enum import Enum, auto


class Volet(Enum):
    """A part of a field group that a view may keep without the rest of the group."""

    IDENTITE = auto()
    DROITS = auto()
    """Steps of a person's request under GDPR 17: no commission is told that somebody exercises a right."""
    COMMANDEMENT = auto()
    INSTRUCTION = auto()
    CONTENTIEUX = auto()
    JUGEMENT = auto()
    PIECES = auto()
    """Files that go with acts: a commission's view keeps none, they are read in the case."""
    SECRET = auto()
    """Acts under secrecy: sealed, their natures cannot be told apart, so they are kept together or not at all."""
