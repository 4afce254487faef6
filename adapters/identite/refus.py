"""A token that opens nothing, and whose it was."""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Titulaire:
    """Whose token it was that was refused: of whom the registry knows the code, the role, the agent."""

    organisation: str = ""
    role: str = ""
    agent: str = ""


PERSONNE: Final = Titulaire()
"""A token that proves nothing is nobody's."""


class JetonRefuse(Exception):
    """The token opens nothing (401). ``code`` is stable; nothing of the token is in the message.

    ``titulaire``: whose a valid token is, that is refused all the same; the journal's row is under that organisation.
    ``defi``: what to come back with, as ``WWW-Authenticate`` says it.
    """

    def __init__(self, code: str, message: str, titulaire: Titulaire = PERSONNE, defi: str = "Bearer") -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.titulaire = titulaire
        self.defi = defi
