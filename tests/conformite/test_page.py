"""``docs/conformite.md`` says what the kit does: its rules, a report of its own, its bounds, its variables."""

from pathlib import Path
from typing import Final

import anyio
import pytest

from adapters.commande.unefois import main
from adapters.conformite import serveur
from adapters.conformite.regles import REGLES_DU_CONTRAT, Demande
from tests.bases import RACINE
from tests.conformite.banc import Banc
from tests.conformite.fautes import FAUTES

PAGE: Final = RACINE / "docs" / "conformite.md"
DEMANDES: Final = {
    Demande.DOSSIER: "un dossier",
    Demande.ETRANGER: "un étranger",
    Demande.ECRITURE: "`--ecrire`",
    Demande.LIE: "un jeton lié",
    Demande.PERSONNE: "une personne",
}


def test_la_page_a_chaque_regle() -> None:
    lignes = [ligne for ligne in PAGE.read_text(encoding="utf-8").splitlines() if ligne[:3].strip("| ").isdigit()]
    attendues = {
        (str(r.numero), r.phrase, r.texte, ", ".join(DEMANDES[demande] for demande in r.demandes))
        for r in REGLES_DU_CONTRAT
    }
    dites = {tuple(c.strip() for c in ligne.strip("|").split("|")) for ligne in lignes}
    assert attendues <= dites
    assert len(attendues) == len(REGLES_DU_CONTRAT) >= 40


async def test_le_rapport_de_la_page_est_celui_de_la_commande(
    banc: Banc, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """All but the count of seconds, and what the example leaves out by « … »."""
    jeton = banc.monde.jeton("bailleur", "contentieux")  # which names the person
    (tmp_path / "acces").write_text(f"export JETON='{jeton}'\nFINALITE=ACTE_EMISSION\n", encoding="ascii")
    banc.mandataire.fauter(FAUTES["sans_remede"])
    options = ["conformite", banc.url, "--acces", str(tmp_path / "acces")]
    assert await anyio.to_thread.run_sync(main, options) == 1
    dit = capsys.readouterr().out.splitlines()
    montrees = PAGE.read_text(encoding="utf-8").split("```")[5].strip("\n").splitlines()
    *regles, total = [ligne for ligne in montrees if ligne != "…"]
    assert len(regles) > 8
    assert [ligne for ligne in regles if ligne not in dit] == []
    assert total.rpartition(", ")[0] == dit[-1].rpartition(", ")[0]


def test_la_page_dit_les_bornes() -> None:
    texte = PAGE.read_text(encoding="utf-8")
    assert f"{serveur.REQUETES} requêtes, {serveur.OCTETS >> 20} Mio lus, cinq minutes, quinze secondes" in texte
    assert (serveur.SECONDES, serveur.SECONDES_PAR_REQUETE) == (300, 15)
