"""The account by which mail is handed over."""

from typing import Literal, NamedTuple

Chiffrement = Literal["starttls", "implicite", "aucun"]


class CompteDeCourrier(NamedTuple):
    """Where mail is handed over, as whom, from whom; and ``accueil``, the address of the service's pages."""

    hote: str
    port: int
    chiffrement: Chiffrement
    expediteur: str
    accueil: str
    utilisateur: str | None = None
    passe: str | None = None

    def __repr__(self) -> str:
        return f"CompteDeCourrier({self.hote}:{self.port})"
