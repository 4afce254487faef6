"""What whoever writes a client reads without a token: the reference, the errors, the limits; and our codes."""

import ast
import re
from collections.abc import Callable
from pathlib import Path
from typing import Final, get_args

import httpx2 as httpx
import orjson
import pytest
from pydantic_core import core_schema

from adapters.gate.codes import CODES, DU_DOSSIER, INADMIS, PORTE, code_de
from adapters.gate.parts import DEMANDES
from adapters.gate.pieces import PIECES_PAR_JOUR
from adapters.gate.redaction import FAITS_PAR_PAGE
from adapters.gate.refus import _PANNES
from adapters.gate.reprise import JOURS
from adapters.papier.presse import ATTENTE, DELAI_S, PLACES
from adapters.rest import requete
from adapters.rest.erreurs import ERREURS, PAGE, probleme
from ledger.catalogue import OCTETS_PAR_PIECE
from ledger.dossier.decision import EVENEMENTS_PAR_CONTRIBUTION, FAITS_PAR_DOSSIER
from ledger.dossier.refus import REFUS
from ledger.droit.obstacles import historique
from policies import tables
from projections.liste import PAGE_MAX
from tests.monde import Monde, evenement

RACINE: Final = Path(__file__).parents[2]
TABLES: Final = tables.lire()


async def test_le_type_d_un_probleme_mene_a_une_page_sans_jeton(monde: Monde) -> None:
    adresse, _, ancre = str(orjson.loads(probleme(404, "introuvable", "").body)["type"]).partition("#")
    page = await monde.client.get(adresse)
    assert (page.status_code, adresse) == (200, PAGE)
    assert page.headers["content-type"].startswith("text/html")
    ancres = set(re.findall(r'id="([^"]+)"', page.text))
    assert ancre in ancres
    assert ERREURS.keys() | CODES.keys() | DU_DOSSIER.keys() | PORTE.keys() <= ancres
    assert {page.text.count(f'id="{code}"') for code in DU_DOSSIER} == {1}
    assert len(re.findall(r"<h1", page.text)) == 1


async def test_la_reference_ne_charge_rien_d_ailleurs(monde: Monde) -> None:
    page = await monde.client.get("/docs")
    assert page.status_code == 200
    politique = page.headers["content-security-policy"]
    assert "default-src 'none'" in politique
    assert "script-src 'self';" in politique
    adresses = re.findall(r'(?:src|href)="(/[^"]+)"', page.text)
    assert len(adresses) > 3
    for adresse in adresses:
        recu = await monde.client.get(adresse)
        assert (recu.status_code, recu.headers["x-content-type-options"]) == (200, "nosniff"), adresse
        assert len(recu.content) > 100
    for adresse in ("/docs/..%2f__init__.py", "/docs/core.py", "/docs/redoc.standalone.js"):
        assert (await monde.client.get(adresse)).status_code == 404, adresse


def test_les_codes_d_un_champ_sont_les_notres_et_sont_decrits(compter: Callable[[str, int], None]) -> None:
    """Every code that the door gives a field is in the table, and none is there for nothing."""
    dits: set[str] = set()
    for fichier in sorted((RACINE / "adapters").rglob("*.py")):
        arbre = ast.parse(fichier.read_text(encoding="utf-8"))
        for noeud in ast.walk(arbre):
            if isinstance(noeud, ast.Call) and getattr(noeud.func, "id", "") == "Faute" and len(noeud.args) == 3:
                dits |= litteraux(noeud.args[1])
            if fichier.name == "nommes.py" and isinstance(noeud, ast.Yield) and isinstance(noeud.value, ast.Tuple):
                dits |= litteraux(noeud.value.elts[1])
    genres = get_args(core_schema.ErrorType)
    lus = {code_de(genre) for genre in genres}
    assert len(genres) > 80
    compter("codes de champ fautif, chacun décrit", len(CODES))
    assert len(dits) > 20
    assert dits | lus <= CODES.keys()
    assert CODES.keys() - dits - lus - A_LEUR_PLACE == set()


def test_ce_qu_un_dossier_n_admet_pas_est_dans_une_table_et_nulle_part_ailleurs(
    compter: Callable[[str, int], None],
) -> None:
    """Each code that a rule refuses an act with is in the table, none is there for nothing, no rule repeats it."""
    dits: set[str] = set()
    calcules = []
    for fichier in sorted(f for salle in ("ledger", "adapters") for f in (RACINE / salle).rglob("*.py")):
        for noeud in ast.walk(ast.parse(fichier.read_text(encoding="utf-8"))):
            if not isinstance(noeud, ast.Call) or getattr(noeud.func, "id", "") != "ActeRefuse":
                continue
            code, *_, message = noeud.args
            if not (isinstance(code, ast.Constant) and isinstance(code.value, str)):
                calcules.append(ast.unparse(code))
                continue
            dits.add(code.value)
            assert not isinstance(message, ast.Constant) or message.value != " : ".join(REFUS[code.value]), code.value
    assert calcules == ["trouve.code.lower()"], "what stops an erasure is a row"
    assert dits == REFUS.keys()
    obstacles = {o.code.lower() for o in historique()}
    assert REFUS.keys() | obstacles == DU_DOSSIER.keys()
    assert len(obstacles) == len(DU_DOSSIER) - len(REFUS)
    assert all(cause and remede.endswith(".") for cause, remede in DU_DOSSIER.values())
    compter("codes d'un dossier qui n'admet pas un acte, chacun décrit", len(DU_DOSSIER))


async def test_le_catalogue_des_erreurs_dit_ce_qu_un_dossier_n_admet_pas(monde: Monde) -> None:
    dites = (await monde.get("/v1/erreurs", "bailleur", "ACTE_EMISSION")).json()["dossier"]
    assert {d["code"]: (d["phrase"], d["remede"]) for d in dites} == dict(DU_DOSSIER)
    assert [d["code"] for d in dites] == sorted(DU_DOSSIER)
    # What a rule is met with is what the table says.
    dossier = await monde.ouvrir()
    dette = evenement("DetteDeclaree", survenu_le="2099-01-01", montant=1, arretee_au="2026-10-01")
    recu = await monde.contribuer(dossier, "bailleur", "ACTE_EMISSION", dette)
    [champ] = recu.json()["champs"]
    assert (champ["code"], champ["message"]) == ("date_future", " : ".join(DU_DOSSIER["date_future"]))


RAISES: Final = {
    "Refus": 1,
    "Illisible": 1,
    "EnPanne": 0,
    "JetonRefuse": 0,
    "Discordance": 1,
    "probleme": 1,
    "preuve_refusee": 0,
}
"""What says no, and which of its arguments is the code."""
A_COTE: Final = ("adapters/web", "adapters/demo", "adapters/exploc/simulateur.py", "adapters/identite/demo.py")
"""Pages, which say their sentence, and servers that are not ours."""
DE_CONNEXION: Final = {"agent", "agent_ambigu", "connexion", "facteurs", "identite_incomplete"}
"""Said on the page of who signs in."""


def test_ce_que_la_porte_refuse_est_dans_une_table(compter: Callable[[str, int], None]) -> None:
    """Each code of the door is listed, and none is listed for nothing."""
    dits: set[str] = set(_PANNES.values()) | {"base_indisponible", "sature"}
    for fichier in sorted(f for salle in ("ledger", "adapters") for f in (RACINE / salle).rglob("*.py")):
        if str(fichier.relative_to(RACINE)).startswith(A_COTE):
            continue
        arbre = ast.parse(fichier.read_text(encoding="utf-8"))
        noms = constantes(arbre)
        for noeud in ast.walk(arbre):
            if not isinstance(noeud, ast.Call):
                continue
            place = RAISES.get(getattr(noeud.func, "id", "") or getattr(noeud.func, "attr", ""))
            if place is not None and len(noeud.args) > place:
                dits |= dits_de(noeud.args[place], noms)
    ailleurs = ERREURS.keys() | CODES.keys() | DU_DOSSIER.keys() | TABLES.motifs.keys()
    assert dits - PORTE.keys() - ailleurs - DE_CONNEXION == set()
    assert PORTE.keys() - dits == set()
    assert PORTE.keys() & ailleurs == set()
    assert all(phrase.endswith(".") for phrase in PORTE.values())
    compter("codes de la porte, chacun décrit", len(PORTE))


A_LEUR_PLACE: Final = {"fait", *INADMIS}
"""Given by a variable."""


def constantes(arbre: ast.Module) -> dict[str, str]:
    """The names that a module gives to texts."""
    posees = ((n.target, n.value) for n in arbre.body if isinstance(n, ast.AnnAssign))
    return {c.id: str(v.value) for c, v in posees if isinstance(c, ast.Name) and isinstance(v, ast.Constant)}


def dits_de(noeud: ast.expr, noms: dict[str, str]) -> set[str]:
    """The codes that an argument may be, but for what it is chosen by."""
    if isinstance(noeud, ast.IfExp):
        return dits_de(noeud.body, noms) | dits_de(noeud.orelse, noms)
    return {noms[noeud.id]} if isinstance(noeud, ast.Name) and noeud.id in noms else litteraux(noeud)


def litteraux(noeud: ast.expr) -> set[str]:
    return {n.value for n in ast.walk(noeud) if isinstance(n, ast.Constant) and isinstance(n.value, str)}


@pytest.mark.parametrize(
    ("quoi", "chiffre"),
    [
        ("corps d'une requête", f"{requete.CORPS_MAXIMAL // 1024} Kio"),
        ("corps d'une requête", f"{EVENEMENTS_PAR_CONTRIBUTION} événements"),
        ("ligne d'un lot", f"{requete.LIGNE_MAXIMALE // 1024} Kio"),
        ("paramètres d'une adresse", f"{requete.REQUETE_MAXIMALE:,} caractères".replace(",", " ")),
        ("dossier", f"{FAITS_PAR_DOSSIER:,} faits".replace(",", " ")),
        ("dossier", f"pages de {FAITS_PAR_PAGE}"),
        ("liste", f"{PAGE_MAX} lignes"),
        ("demandes d'une organisation", str(DEMANDES)),
        ("`suivant` du flux", f"{JOURS} jours"),
        ("pièce", f"{OCTETS_PAR_PIECE >> 20} Mio"),
        ("pièce", f"{PIECES_PAR_JOUR} par jour"),
        ("documents", f"{PLACES} édités à la fois"),
        ("documents", f"{ATTENTE} qui attendent, {DELAI_S:.0f} secondes"),
    ],
)
def test_les_limites_dites_sont_celles_du_code(quoi: str, chiffre: str) -> None:
    dites = (RACINE / "docs" / "limites.md").read_text(encoding="utf-8").splitlines()
    lignes = [ligne for ligne in dites if ligne.startswith(f"| {quoi}")]
    assert any(chiffre in ligne for ligne in lignes), (quoi, chiffre)


def test_un_trop_de_demandes_dit_la_part() -> None:
    reponse = probleme(429, "trop_de_demandes", "…")
    entetes = httpx.Headers(list(reponse.headers.items()))
    assert entetes["ratelimit-policy"] == f'"en-cours";q={DEMANDES};qu="concurrent-requests"'
    assert entetes["ratelimit"] == '"en-cours";r=0;t=2'
