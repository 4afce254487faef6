"""The feed: for every reader, what it was told is what it may see, in order, and tells nothing of what others do."""

from typing import Any, Final
from uuid import UUID

from adapters.gate import flux
from tests.monde import AGENTS, Monde, evenement, rpls

DETTE: Final = {"montant": 224770, "arretee_au": "2026-10-15"}


class Abonne:
    """Who follows the feed: what it was told so far, and where it takes up again."""

    def __init__(self, monde: Monde, qui: str, finalite: str, limite: int = flux.PAGE) -> None:
        self.monde, self.qui, self.finalite, self.limite = monde, qui, finalite, limite
        self.suivant: str | None = None
        self.recus: list[dict[str, Any]] = []

    async def demander(self, depuis: str | None = None, statut: int = 200) -> dict[str, Any]:
        params: dict[str, Any] = {"limite": self.limite} | ({"depuis": depuis} if depuis else {})
        agent = "" if self.qui in AGENTS else "agent-1"
        recu = await self.monde.get("/v1/flux", self.qui, self.finalite, agent, params=params)
        assert recu.status_code == statut, recu.text
        assert "position" not in recu.headers
        page: dict[str, Any] = recu.json()
        return page

    async def suivre(self) -> list[dict[str, Any]]:
        """What is new, page after page."""
        nouveaux: list[dict[str, Any]] = []
        while True:
            page = await self.demander(self.suivant)
            self.suivant = page["suivant"]
            nouveaux += page["evenements"]
            if not page["encore"]:
                self.recus += nouveaux
                return nouveaux


async def abonner(monde: Monde, qui: str, finalite: str, limite: int = flux.PAGE) -> Abonne:
    await monde.projeter()
    abonne = Abonne(monde, qui, finalite, limite)
    assert await abonne.suivre() == []
    return abonne


def dits(evenements: list[dict[str, Any]]) -> list[tuple[str, str | None]]:
    return [(e["type"].removeprefix("fr.unefois."), e["data"]["evenement"]) for e in evenements]


async def dire(monde: Monde, dossier: str, qui: str, finalite: str, *faits: dict[str, Any]) -> list[str]:
    recu = await monde.contribuer(dossier, qui, finalite, *faits)
    assert recu.status_code == 201, recu.text
    await monde.projeter()
    return [str(id_) for id_ in recu.json().get("evenements", [])]


async def historique(monde: Monde, dossier: str, qui: str, finalite: str) -> list[str]:
    agent = "" if qui in AGENTS else "agent-1"
    recu = await monde.get(f"/v1/dossiers/{dossier}/historique", qui, finalite, agent)
    return [f["id"] for f in recu.json()["evenements"]] if recu.status_code == 200 else []


async def test_un_fait_nouveau_se_dit_une_fois_a_qui_le_lit(monde: Monde) -> None:
    lecteurs = [
        await abonner(monde, qui, finalite)
        for qui, finalite in (("bailleur", "ACTE_EMISSION"), ("ssd", "ACCOMPAGNEMENT"), ("voisin", "ACTE_EMISSION"))
    ]
    dossier = await monde.ouvrir()
    await dire(monde, dossier, "bailleur", "ACTE_EMISSION", evenement("DetteDeclaree", **DETTE))
    bailleur, ssd, voisin = [await lecteur.suivre() for lecteur in lecteurs]
    assert dits(bailleur)[-1] == ("fait", "DetteDeclaree")
    assert [e["data"]["fait"] for e in bailleur] == await historique(monde, dossier, "bailleur", "ACTE_EMISSION")
    assert [e["data"]["fait"] for e in ssd] == await historique(monde, dossier, "ssd", "ACCOMPAGNEMENT")
    assert voisin == []
    assert {e["id"] for e in bailleur}.isdisjoint(e["id"] for e in ssd)
    assert UUID(bailleur[-1]["subject"]) == UUID(dossier)
    assert bailleur[-1]["data"] == {
        "dossier": dossier,
        "fait": bailleur[-1]["data"]["fait"],
        "evenement": "DetteDeclaree",
        "groupe": "F05",
        "corrige": None,
    }
    assert "224770" not in str(bailleur)
    assert [await lecteur.suivre() for lecteur in lecteurs] == [[], [], []]
