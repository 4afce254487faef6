"""An action that a commission asked for: who does it, by when, and where it stands. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from adapters.web.fiche import Fiche, Recommandation

ETATS: Final[Mapping[str, str]] = MappingProxyType(
    {"": "Toutes", "a-faire": "À faire", "echues": "En retard", "faites": "Terminées"}
)


@dataclass(frozen=True, slots=True)
class ActionDite:
    """An action, and of which case where the page is of several."""

    recommandation: Recommandation
    dossier: str = ""
    titre: str = ""

    @property
    def qui(self) -> str:
        """Who does it: the code of a partner, or the household."""
        return str(self.recommandation.fait.brut.get("destinataire") or "")

    @property
    def pour(self) -> str:
        """By when, as an ISO day; empty where nobody said."""
        return str(self.recommandation.fait.brut.get("echeance") or "")

    def est(self, etat: str, le: str) -> bool:
        """Whether it is in one of ``ETATS``."""
        match etat:
            case "a-faire":
                return not self.recommandation.terminee
            case "echues":
                return self.recommandation.echue(le)
            case "faites":
                return self.recommandation.terminee
            case _:
                return True


def du_dossier(lue: Fiche) -> list[ActionDite]:
    """Those of one case, the first due first; what was corrected last."""
    return sorted(
        (ActionDite(r) for r in lue.recommandations),
        key=lambda a: (not a.recommandation.fait.tient, a.pour or "9999"),
    )
