"""Random bytes of the system, drawn a page at a time: one by one, each draw is a call that costs as much as a seal.

For what is drawn at each request: ids, traces, nonces. A key is drawn by itself, and stands in no page.
"""

import os
from collections import deque
from typing import Final
from uuid import UUID

_TIRAGE: Final = 16
_PAGE: Final = 256 * _TIRAGE
_reserve: Final[deque[bytes]] = deque()


def tirer() -> bytes:
    """Sixteen that nobody else is given: threads take theirs one by one, a process that forks leaves its own behind."""
    while True:
        try:
            return _reserve.pop()
        except IndexError:
            page = os.urandom(_PAGE)
            _reserve.extend([page[debut : debut + _TIRAGE] for debut in range(0, _PAGE, _TIRAGE)])


def identifiant() -> UUID:
    """A fresh id (RFC 9562, version 4)."""
    return UUID(bytes=tirer(), version=4)


os.register_at_fork(after_in_child=_reserve.clear)
