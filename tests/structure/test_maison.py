"""The house itself: what may stand where, who may import whom, and the quality gate, as tests."""

import ast
import os
import re
import subprocess
import sys
import tomllib
import zipfile
from collections.abc import Callable
from fnmatch import fnmatch
from importlib.metadata import distributions, packages_distributions
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

RACINE = Path(__file__).resolve().parents[2]
PIECES = ("ledger", "policies", "projections", "adapters")
ADMIS = {
    *("pyproject.toml", *PIECES, "deploy", "tests", "README.md", "docs", "Makefile", "requirements.lock"),
    *("CHANGELOG.md", "SECURITY.md", "publiccode.yml"),  # where whoever reuses public software looks for them
}
PROJET = tomllib.loads((RACINE / "pyproject.toml").read_text(encoding="utf-8"))


def suivis(*motifs: str) -> list[Path]:
    """List the files of the project: all that .gitignore does not name. git itself may be absent here."""
    ignores = [ligne.rstrip("/") for ligne in (RACINE / ".gitignore").read_text(encoding="utf-8").split()]
    trouves = []
    for dossier, sous_dossiers, noms in os.walk(RACINE):
        sous_dossiers[:] = [d for d in sous_dossiers if d != ".git" and not any(fnmatch(d, i) for i in ignores)]
        trouves += [Path(dossier, nom) for nom in noms if nom != ".git"]  # in a worktree it is a file
    return sorted(f for f in trouves if not motifs or any(f.relative_to(RACINE).match(motif) for motif in motifs))


@pytest.mark.parametrize(
    "commande",
    [
        ("-m", "ruff", "check", "--quiet"),
        ("-m", "ruff", "format", "--check", "--quiet"),
        ("-m", "mypy"),
        ("-c", "import sys; from importlinter.cli import lint_imports; sys.exit(lint_imports(no_logo=True))"),
    ],
    ids=["ruff check", "ruff format", "mypy", "import-linter"],
)
def test_la_barriere_de_qualite(commande: tuple[str, ...]) -> None:
    fini = subprocess.run([sys.executable, *commande], cwd=RACINE, capture_output=True, check=False, text=True)
    assert fini.returncode == 0, fini.stdout + fini.stderr


def test_le_sommet_ne_porte_que_ce_qui_est_prescrit() -> None:
    sommet = {fichier.relative_to(RACINE).parts[0] for fichier in suivis()}
    assert set(PIECES) <= sommet
    assert {nom for nom in sommet if not nom.startswith(".")} <= ADMIS
    assert {nom for nom in sommet if nom.startswith(".")} <= {".ci", ".regal", ".gitignore", ".dockerignore"}


def test_nos_noms_ne_sont_a_personne_d_autre() -> None:
    """A distribution that installs a package named ``ledger`` would be imported in our place, or we in its."""
    vues = 0
    for distribution in distributions():
        if canonicalize_name(distribution.metadata["Name"]) == "unefois":
            continue
        vues += 1
        sommets = {fichier.parts[0].removesuffix(".py") for fichier in distribution.files or ()}
        assert not sommets & set(PIECES), distribution.metadata["Name"]
    assert vues > 50


def test_deploy_ne_contient_aucun_python() -> None:
    assert not list((RACINE / "deploy").rglob("*.py"))


def test_chaque_exception_a_la_regle_dit_sa_raison() -> None:
    lignes = (RACINE / "pyproject.toml").read_text(encoding="utf-8").splitlines()
    debut = lignes.index("ignore = [")
    regles = lignes[debut + 1 : lignes.index("]", debut)]
    assert len(regles) > 5
    muettes = [regle for regle in regles if "#" not in regle]
    # The rules on French typography and on messages share the reason of the first of them.
    assert [regle.strip() for regle in muettes] == ['"TRY003",', '"RUF002",', '"RUF003",']
    fautives, vues = [], 0
    for fichier in suivis("*.py"):
        for numero, ligne in enumerate(fichier.read_text(encoding="utf-8").splitlines(), 1):
            if commentaire := re.search(r"#\s*(noqa|type: ignore)(.*)", ligne):
                vues += 1
                if not re.match(r"(: [A-Z0-9, ]+ - \S+|\[[a-z-]+\]\s+# \S+)", commentaire[2]):
                    fautives.append(f"{fichier.relative_to(RACINE)}:{numero}")
    assert vues > 3
    assert not fautives


def test_une_fonction_asynchrone_attend() -> None:
    """``async def`` that awaits nothing is a promise kept for nothing.

    Two have their reasons: one half of a port whose other half awaits, and a handler of requests, which would run
    on a thread if it were a plain function.
    """
    attend = (ast.Await, ast.AsyncFor, ast.AsyncWith, ast.Yield)
    vues, fautives = 0, []
    for fichier in suivis("*.py"):
        if fichier.relative_to(RACINE).parts[0] not in PIECES:
            continue
        arbre = ast.parse(fichier.read_text(encoding="utf-8"))
        asynchrones = [noeud for noeud in ast.walk(arbre) if isinstance(noeud, ast.AsyncFunctionDef)]
        vues += len(asynchrones)
        qui_attendent = {f.name for f in asynchrones if any(isinstance(n, attend) for n in ast.walk(f))}
        fautives += [
            f"{fichier.relative_to(RACINE)}:{f.lineno} {f.name}"
            for f in asynchrones
            if f.name not in qui_attendent and not f.name.startswith("__") and not _est_un_port(f) and not _recoit(f)
        ]
    assert vues > 10
    assert not fautives


def _est_un_port(fonction: ast.AsyncFunctionDef) -> bool:
    return all(isinstance(n, ast.Expr) and isinstance(n.value, ast.Constant) for n in fonction.body)


def _recoit(fonction: ast.AsyncFunctionDef) -> bool:
    annotations = [a.annotation for a in fonction.args.args]
    requete = any(isinstance(a, ast.Name) and a.id == "Request" for a in annotations)
    return bool(fonction.decorator_list) or requete


VERROUS = {
    "requirements.lock": ("local",),
    "tests/requirements.lock": ("dev", "local", "s3"),
    "deploy/requirements.lock": ("s3",),
}


def figes(verrou: str) -> dict[str, str]:
    """What a lock file lists: names and versions."""
    texte = (RACINE / verrou).read_text(encoding="utf-8")
    return dict(re.findall(r"^([a-z0-9][a-z0-9.-]*)==([^ \\]+)", texte, re.MULTILINE))


def declares(*extras: str) -> list[Requirement]:
    """What the product needs, and these extras."""
    textes = [
        *PROJET["project"]["dependencies"],
        *(d for e in extras for d in PROJET["project"]["optional-dependencies"][e]),
    ]
    return [Requirement(texte) for texte in textes]


@pytest.mark.parametrize("verrou", VERROUS)
def test_chaque_verrou_couvre_ses_dependances(verrou: str) -> None:
    assert {e for extras in VERROUS.values() for e in extras} == set(PROJET["project"]["optional-dependencies"])
    texte, lus = (RACINE / verrou).read_text(encoding="utf-8"), figes(verrou)
    assert len(lus) > 50
    for declare in declares(*VERROUS[verrou]):
        nom = canonicalize_name(declare.name)
        assert nom in lus, f"{nom} manque : « make lock »"
        assert declare.specifier.contains(lus[nom])
    assert len(re.findall(r"--hash=sha256:[0-9a-f]{64}", texte)) >= len(lus)
    assert lus.items() <= figes("tests/requirements.lock").items()  # what is tested is what is installed
    assert "://" not in texte


def test_le_produit_n_a_pas_besoin_de_ce_que_seuls_les_essais_installent() -> None:
    """A module that imports it would work here, and nowhere else."""
    de = packages_distributions()
    admis = {*figes("requirements.lock"), *figes("deploy/requirements.lock"), "unefois"}
    essais = figes("tests/requirements.lock").keys() - admis
    assert len(essais) > 30
    importes: dict[str, Path] = {}
    for fichier in suivis("*.py"):
        if fichier.relative_to(RACINE).parts[0] in PIECES:
            for noeud in ast.walk(ast.parse(fichier.read_text(encoding="utf-8"))):
                if isinstance(noeud, ast.Import):
                    importes |= {alias.name.split(".")[0]: fichier for alias in noeud.names}
                elif isinstance(noeud, ast.ImportFrom) and not noeud.level:
                    importes[str(noeud.module).split(".")[0]] = fichier
    assert {"fastapi", "cryptography", "psycopg", "jinja2"} <= importes.keys()
    fautifs = {
        f"{nom} ({fichier.relative_to(RACINE)})"
        for nom, fichier in importes.items()
        for distribution in de.get(nom, ())
        if canonicalize_name(distribution) in essais
    }
    assert fautifs == set()


def test_aucune_adresse_de_registre_ni_chemin_de_machine() -> None:
    fichiers = [f for f in suivis() if f.suffix in {".toml", ".lock", ".json", ".yaml", ".md", ""}]
    assert len(fichiers) > 5
    for fichier in fichiers:
        texte = fichier.read_text(encoding="utf-8", errors="replace")
        assert not re.search(r"(index|find)-(url|links)\b|\b(resolved|registry)\W+https?:", texte), fichier
        assert str(RACINE) not in texte, fichier


def test_le_makefile_n_emploie_que_l_interprete_et_python(outil: Callable[[str], Path], tmp_path: Path) -> None:
    """On a PATH with python3 and make alone, ``make`` still prints its manual and each recipe parses."""
    (tmp_path / "python3").symlink_to(sys.executable)
    (tmp_path / "make").symlink_to(outil("make"))
    manuel = subprocess.run(
        ["make"],  # noqa: S607 - found on the PATH given
        cwd=RACINE,
        env={"PATH": str(tmp_path)},
        capture_output=True,
        check=True,
        text=True,
    ).stdout
    cibles = re.findall(r"^make (\w+)", manuel, re.MULTILINE)
    assert cibles == ["help", "setup", "demo", "test", "lint", "bench", "catalogue", "lock"]
    recettes = re.findall(r"^\t@?(?:exec )?(\S+)", (RACINE / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
    assert len(recettes) > 10
    admis = re.compile(r"\$\((PYTHON|BIN)\)\S*|echo|:|uv|--\S+")
    assert [recette for recette in recettes if not admis.fullmatch(recette)] == []


def test_la_roue_porte_les_donnees(tmp_path: Path) -> None:
    """SQL, Rego, codes, templates: what a package reads beside its code is installed with it."""
    subprocess.run(
        [sys.executable, "-m", "pip", "wheel", "--no-deps", "--no-build-isolation", "-q", "-w", tmp_path, "."],
        cwd=_copie(tmp_path / "source"),
        check=True,
    )
    (roue,) = tmp_path.glob("unefois-*.whl")
    dans_la_roue = set(zipfile.ZipFile(roue).namelist())
    attendus = {
        str(fichier.relative_to(RACINE))
        for piece in PIECES
        for fichier in (RACINE / piece).rglob("*")
        if fichier.is_file() and "__pycache__" not in fichier.parts and not fichier.name.endswith("_test.rego")
    }
    assert len(attendus) > 20
    assert attendus - dans_la_roue == set()
    assert not [nom for nom in dans_la_roue if nom.endswith("_test.rego")]
    assert not {
        nom for nom in dans_la_roue if nom.split("/")[0] not in {*PIECES, f"{roue.name.split('-py')[0]}.dist-info"}
    }


def _copie(cible: Path) -> Path:
    """Build from a copy: setuptools leaves traces in the tree it builds."""
    for fichier in suivis():
        if fichier.relative_to(RACINE).parts[0] not in {*PIECES, "pyproject.toml", "README.md"}:
            continue
        copie = cible / fichier.relative_to(RACINE)
        copie.parent.mkdir(parents=True, exist_ok=True)
        copie.write_bytes(fichier.read_bytes())
    return cible
