"""What can go wrong in the ledger, named for who reads it. None of these messages holds a personal value."""

from uuid import UUID


class LedgerIndisponible(Exception):
    """The database of events is out of reach, or too slow. Nothing was acknowledged."""


class ClesIndisponibles(Exception):
    """The database of keys is out of reach, or too slow: nothing can be sealed or opened."""


class JournalIndisponible(Exception):
    """The journal row could not be made durable: the data it speaks of must not leave."""


class Sature(Exception):
    """Too many wait already, or too much: nothing of this was begun. The message says what waits, in French."""


class SujetEfface(Exception):
    """A key was asked for a person, or a household, that was erased: no key will ever be made for it again."""


class SujetPris(Exception):
    """A key was asked in a dossier for somebody who has one in another: an id names one person of one dossier."""


class Discordance(Exception):
    """The two databases do not agree on a case: nothing of what they disagree on is shown, sealed or destroyed.

    ``motif``: ``cle_absente`` (a key that something is sealed under is gone, and no tombstone says that it was
    destroyed), ``effacement_sans_tombe`` (the log tells of an erasure that the keys' database does not know of).
    """

    def __init__(self, dossier: UUID, motif: str) -> None:
        super().__init__(motif)
        self.dossier = dossier
        self.motif = motif


class ScelleInvalide(Exception):
    """A sealed value or a wrapped key does not open under its key where it stands: it was moved, or altered."""


class TexteRefuse(Exception):
    """A text holds a NUL or a lone surrogate, which no database or client can carry faithfully."""

    def __init__(self, champ: str) -> None:
        super().__init__(f"Le champ « {champ} » contient un caractère interdit.")
        self.champ = champ
