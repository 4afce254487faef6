"""Clients as partners make them, from the document alone: generated, not touched, and run against a real server."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from subprocess import PIPE, STDOUT
from typing import Final
from uuid import uuid4

import anyio
import orjson
import pytest
from joserfc.jwk import ECKey
from pypdf import PdfReader

from adapters.identite.demo import Machine
from tests.bases import AUJOURD_HUI, RACINE
from tests.monde import FINALITES, Monde
from tests.web.site_fige import servir

EXEMPLES: Final = RACINE / "docs" / "clients"
SANS_CORPS_JSON: Final = {"POST /v1/interventions/lot", "POST /exploc/v1/lots"}
"""What openapi-python-client leaves out, and says so: a body by lines, and a file."""
REGLAGE: Final = EXEMPLES / "openapi-python-client.yaml"
"""By which it reads a PDF as the bytes that it is."""
DOCUMENT: Final = "/openapi.json?role=BAILLEUR_SOCIAL"


async def lancer(*commande: str | Path, dans: Path, env: dict[str, str] | None = None) -> str:
    """What a command says, once it is done; its failure is the test's."""

    def faire() -> "subprocess.CompletedProcess[str]":
        pose = os.environ | (env or {})
        return subprocess.run(
            commande, cwd=dans, env=pose, stdout=PIPE, stderr=STDOUT, text=True, check=False, timeout=120
        )

    fini = await anyio.to_thread.run_sync(faire)
    if fini.returncode:
        pytest.fail(f"{commande} : {fini.stdout[-3000:]}")
    return fini.stdout


async def projeter_sans_cesse(monde: Monde) -> None:
    """As the projector does: the views follow what is written."""
    while True:
        await monde.projeter()
        await anyio.sleep(0.05)


async def par_ce_client(monde: Monde, adresse: str, *commande: str | Path, dans: Path) -> str:
    """Run an example as the machine of a landlord, and check what it left in the case that it opened."""
    acces = {"UNEFOIS_URL": adresse, "UNEFOIS_JETON": monde.jeton("bailleur"), "UNEFOIS_AGENT": "contentieux"}
    async with anyio.create_task_group() as taches:
        taches.start_soon(projeter_sans_cesse, monde)
        dit = await lancer(*commande, dans=dans, env=acces)
        taches.cancel_scope.cancel()
    dossier = next(ligne for ligne in dit.splitlines() if len(ligne) == len(str(uuid4())))
    lu = await monde.get(f"/v1/dossiers/{dossier}", "bailleur", "ACTE_EMISSION")
    assert lu.status_code == 200, dit
    faits = {fait["type"]: fait["champs"] for fait in lu.json()["faits"]}
    assert faits["DetteDeclaree"]["montant"] == 224770
    assert faits["OccupantDeclare"]["nom"] == "LEROY"
    assert (await monde.journal(2))[1]["agent"] == "contentieux"
    suivis = dit[dit.rindex("fr.unefois.fait") - 400 :]
    assert "fr.unefois.fait" in suivis
    assert "DetteDeclaree" in suivis
    return dit


async def test_le_client_d_openapi_python_client_va_sans_retouche(
    monde: Monde, outil: Callable[[str], Path], tmp_path: Path, compter: Callable[[str, int], None]
) -> None:
    async with servir(monde.app) as adresse:
        script = Path(sys.executable).with_name("openapi-python-client")
        generateur = script if script.exists() else outil("openapi-python-client")
        voisins = {"PATH": f"{generateur.parent}:{os.environ['PATH']}"}  # it formats what it writes with ruff
        options = ("--config", REGLAGE, "--meta", "none", "--output-path", "unefois_client")
        dit = await lancer(generateur, "generate", "--url", adresse + DOCUMENT, *options, dans=tmp_path, env=voisins)
        alertes = {ligne.split(" within ")[0] for ligne in dit.splitlines() if ligne.startswith("WARNING")}
        assert alertes == {f"WARNING parsing {route}" for route in SANS_CORPS_JSON}, dit
        assert "Unable to" not in dit
        client = tmp_path / "client.py"
        client.write_bytes((EXEMPLES / "client.py").read_bytes())
        relu = await par_ce_client(monde, adresse, sys.executable, client, dans=tmp_path)
    assert "DetteDeclaree 2026-10-15 Organisation bailleur ['arretee_au', 'contestee', 'montant']" in relu
    papier = (tmp_path / "synthese.pdf").read_bytes()
    assert papier.startswith(b"%PDF-")
    assert "LEROY" in "".join(page.extract_text() for page in PdfReader(BytesIO(papier)).pages)
    compter("modules du client Python généré", len(list((tmp_path / "unefois_client").rglob("*.py"))))


async def test_le_client_d_openapi_typescript_va_sans_retouche(
    monde: Monde, outil: Callable[[str], Path], tmp_path: Path, compter: Callable[[str, int], None]
) -> None:
    async with servir(monde.app) as adresse:
        await lancer(outil(".bin/openapi-typescript"), adresse + DOCUMENT, "-o", "unefois.d.ts", dans=tmp_path)
        (tmp_path / "node_modules").symlink_to(outil("openapi-fetch").parent)
        (tmp_path / "package.json").write_text('{"type": "module"}', encoding="utf-8")
        (tmp_path / "client.ts").write_bytes((EXEMPLES / "client.ts").read_bytes())
        options = ("--strict", "--target", "es2022", "--module", "nodenext", "--lib", "es2022,dom,dom.iterable")
        await lancer(outil(".bin/tsc"), *options, "client.ts", dans=tmp_path)
        relu = await par_ce_client(monde, adresse, outil("node"), tmp_path / "client.js", dans=tmp_path)
    assert "DetteDeclaree 2026-10-15 Organisation bailleur [ 'arretee_au', 'contestee', 'montant' ]" in relu
    compter("lignes de types générées pour TypeScript", (tmp_path / "unefois.d.ts").read_text("utf-8").count("\n"))


async def test_un_jeton_lie_se_demande_et_sert_comme_l_exemple_le_dit(monde: Monde, tmp_path: Path) -> None:
    """By the key of a client, as at any issuer of FAPI 2.0; what it is given opens nothing without its proofs."""
    cle = ECKey.generate_key("P-256")
    (tmp_path / "client-bailleur.jwk").write_bytes(orjson.dumps(cle.as_dict(private=True)))
    finalites = sorted(FINALITES["BAILLEUR_SOCIAL"])
    monde.demo.machines = {"client-bailleur": Machine("bailleur", finalites, ECKey.import_key(cle.as_dict()))}
    async with servir(monde.app) as adresse:
        acces = {"UNEFOIS_URL": adresse, "UNEFOIS_EMETTEUR": f"{adresse}/demo/jeton", "UNEFOIS_AGENT": "contentieux"}
        acces["UNEFOIS_CLE"] = "client-bailleur.jwk"
        dit = await lancer(sys.executable, EXEMPLES / "jeton_lie.py", dans=tmp_path, env=acces)
    assert dit.splitlines() == [f"bailleur contentieux {' '.join(finalites)}", f"0 {AUJOURD_HUI}"]


async def test_le_client_en_curl_va(monde: Monde, outil: Callable[[str], Path], tmp_path: Path) -> None:
    outil("curl")
    async with servir(monde.app) as adresse:
        relu = await par_ce_client(monde, adresse, shutil.which("sh") or "sh", EXEMPLES / "client.sh", dans=tmp_path)
    assert '"type":"DetteDeclaree"' in relu


async def test_les_types_refusent_ce_que_le_serveur_refuserait(
    monde: Monde, outil: Callable[[str], Path], tmp_path: Path
) -> None:
    """An event of another type's fields, a field that is missing: the compiler says so before anything is sent."""
    async with servir(monde.app) as adresse:
        await lancer(outil(".bin/openapi-typescript"), adresse + DOCUMENT, "-o", "unefois.d.ts", dans=tmp_path)
    tete = 'import type { components } from "./unefois.js";\nconst e: components["schemas"]["Evenement"] = '
    bon = '{ type: "DetteDeclaree", survenu_le: "2026-10-15", donnees: { montant: 1, arretee_au: "2026-10-31" } };'
    for rang, (corps, admis) in enumerate(
        [
            (bon, True),
            (bon.replace("montant: 1, ", ""), False),
            (bon.replace("montant: 1", 'montant: "1"'), False),
            (bon.replace("DetteDeclaree", "OccupantDeclare"), False),
            (bon.replace("montant: 1", "montant: 1, nom: 'X'"), False),
        ]
    ):
        (tmp_path / f"essai{rang}.ts").write_text(tete + corps, encoding="utf-8")
        if admis:
            await lancer(outil(".bin/tsc"), "--strict", "--noEmit", f"essai{rang}.ts", dans=tmp_path)
        else:
            with pytest.raises(pytest.fail.Exception, match="error TS"):
                await lancer(outil(".bin/tsc"), "--strict", "--noEmit", f"essai{rang}.ts", dans=tmp_path)
