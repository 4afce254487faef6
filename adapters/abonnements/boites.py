"""Which mailboxes are written to: professional ones, at a domain that the service lists, where no stranger's is."""

import re
from dataclasses import dataclass
from typing import Final

from adapters.abonnements.joignables import AdresseRefusee

LONGUEUR: Final = 254
SANS_COURRIEL: Final = "Ce service n'envoie pas de courriel : donnez une « url »."

_LOCALE: Final = r"[A-Za-z0-9_](?:[A-Za-z0-9_+-]|\.(?!\.|@)){0,63}"
_NOM: Final = r"(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}"
_DOMAINE: Final = re.compile(_NOM)
_ADRESSE: Final = re.compile(f"({_LOCALE})@({_NOM})", re.IGNORECASE)


@dataclass(frozen=True)
class Boites:
    """The domains whose mailboxes are admitted, in lower case; none: no mail is sent at all."""

    domaines: frozenset[str] = frozenset()

    def admettre(self, adresse: str) -> str:
        """A mailbox, its domain in lower case. ``AdresseRefusee``: it is not one, or not at one of these domains."""
        if not self.domaines:
            raise AdresseRefusee(SANS_COURRIEL)
        lue = lire(adresse)
        if lue is None or lue[1] not in self.domaines:
            raise AdresseRefusee(
                f"Donnez une adresse professionnelle, de {LONGUEUR} caractères ASCII au plus, à l'un de ces domaines :"
                f" {', '.join(sorted(self.domaines))}."
            )
        return "@".join(lue)


def lire(adresse: str) -> tuple[str, str] | None:
    """The two parts of an address; None: it is not one that we write to. Neither a name nor a line may go with it."""
    lue = _ADRESSE.fullmatch(adresse) if len(adresse) <= LONGUEUR else None
    return None if lue is None else (lue[1], lue[2].lower())


def domaine_valable(nom: str) -> bool:
    """Whether it is the name of a domain, in lower case."""
    return len(nom) <= LONGUEUR and _DOMAINE.fullmatch(nom) is not None
