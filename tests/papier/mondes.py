"""How papers are had in tests, and what a person would read of them."""

import io
import re
from typing import Any, Final
from uuid import UUID, uuid4

from pypdf import PdfReader

from adapters.papier import documents
from adapters.papier.presse import Atelier
from tests.monde import Monde
from tests.rest.test_plans import admis

INSTRUCTION: Final = "CCAPEX_INSTRUCTION"
SECRETARIAT: Final = "CCAPEX_ADMINISTRATIVE"
AU: Final = "2026-10-30"
MARQUE: Final = {
    "organisation": "Organisation ccapex",
    "fonction": "service instructeur",
    "finalite": "Secrétariat",
    "par": "Établi par Organisation ccapex, agent instructrice, le 30 octobre 2026 à 9 h 05.",
    "le": "2026-10-30T09:05:00+01:00",
    "jour": "30 octobre 2026",
}


def lire(octets: bytes) -> PdfReader:
    return PdfReader(io.BytesIO(octets))


def texte(octets: bytes) -> str:
    """What a person would copy, on one line: where a line is cut is no part of what it says."""
    return mots(" ".join(page.extract_text() for page in lire(octets).pages).replace("\u200b", ""))


def mots(dit: str) -> str:
    """Words with one space between them, whichever space it was."""
    return " ".join(dit.split())


def pages(octets: bytes) -> int:
    return len(lire(octets).pages)


async def papier(
    monde: Monde, dossier: str, code: str, qui: str = "ccapex", finalite: str = SECRETARIAT, *, vue: str = "ccapex"
) -> bytes:
    """A paper as somebody has it, child process and all."""
    acces = await admis(monde, qui, finalite)
    return (await documents.dossier(monde.gate, Atelier(), acces, UUID(dossier), code, vue=vue)).octets


async def entrer(monde: Monde, qui: str = "ccapex", finalite: str = SECRETARIAT) -> None:
    """Sign in to the pages, and declare a purpose."""
    assert (await monde.client.get(monde.lien(qui))).status_code == 303
    trouve = re.search(r'name="csrf" value="([^"]+)"', (await monde.client.get("/finalite")).text)
    assert trouve is not None
    recu = await monde.client.post("/finalite", data={"csrf": trouve[1], "finalite": finalite})
    assert recu.status_code == 303


def fait(type_: str, le: str = "2026-10-01", organisation: str = "Un bailleur", **champs: Any) -> dict[str, Any]:
    """A fact as the gate shows it."""
    return {
        "id": str(uuid4()),
        "type": type_,
        "survenu_le": le,
        "enregistre_le": "2026-10-02T08:00:00+00:00",
        "auteur": {"organisation": organisation, "role": "BAILLEUR_SOCIAL", "systeme": "PARTENAIRE"},
        "finalite": "ACTE_EMISSION",
        "corrige": None,
        "corrige_par": None,
        "efface": False,
        "champs": champs,
    }


def matiere(*faits: dict[str, Any], **synthese: Any) -> dict[str, Any]:
    """A case as ``adapters.gate.documents`` would answer it."""
    return {
        "document": {
            "dossier": str(uuid4()),
            "synthese": {"stade": "CDP", "commune": "93008", **synthese},
            "communique": [],
            "non_communique": [{"groupe": "F06", "libelle": "ressources et charges", "motif": "Sans rapport."}],
            "faits": list(faits),
        },
        "situation": {"donnees": []},
        "echeances": [],
        "au": AU,
    }


def commande(papier: str, *matieres: dict[str, Any], **plus: Any) -> dict[str, Any]:
    """An order to the press, as ``adapters.papier.documents`` writes it."""
    return {
        "papier": papier,
        "matieres": list(matieres),
        "marque": MARQUE,
        "intitule": "la CCAPEX",
        "ou": documents.OU,
        "acte": None,
        "noms": {},
        **plus,
    }


def titulaire(nom: str, prenoms: str = "Fatou") -> dict[str, Any]:
    return fait("OccupantDeclare", personne="p", qualite="TITULAIRE", nom=nom, prenoms=prenoms)


def menage(**plus: Any) -> list[dict[str, Any]]:
    return [titulaire("LEROY"), fait("DossierOuvert", adresse="118 avenue Jean-Jaurès"), *plus.get("plus", [])]


def situe(*faits: dict[str, Any]) -> dict[str, Any]:
    """With the address that the situation would hold."""
    m = matiere(*faits)
    dite = {"type": "DossierOuvert", "champ": "adresse", "valeur": "118 avenue Jean-Jaurès", "vrai_au": "2026-10-01",
            "auteur": None, "etat": "retenue"}  # fmt: skip
    m["situation"]["donnees"] = [
        {
            "donnee": "adresse",
            "libelle": "adresse",
            "de": None,
            "valeur": "x",
            "contredite": False,
            "assertions": [dite],
        }
    ]
    return m


DECIDEE: Final[dict[str, Any]] = {
    "sens": "MAINTENUE",
    "effet_le": "2027-03-01",
    "motif": "PLAN_SIGNE",
    "montant": 31000,
    "menage_sollicite_le": "2027-01-10",
    "observations": "j'ai repris le loyer",
    "voies_recours": ["ADMINISTRATIF", "CONTENTIEUX"],
}
"""What a decision on the housing allowance says."""
