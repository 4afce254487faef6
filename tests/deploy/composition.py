"""The compose file and the image's recipe as they are read, and the environment that each process is handed."""

import re
from pathlib import Path
from typing import Any

import yaml

RACINE = Path(__file__).resolve().parents[2]
DEPLOY = RACINE / "deploy"
COMPOSE: dict[str, Any] = yaml.safe_load((DEPLOY / "compose.yaml").read_text(encoding="utf-8"))
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
NOTRES = [nom for nom, service in SERVICES.items() if service["image"] == "unefois"]
DONNEES_PAR_L_EXPLOITANT = {
    "UNEFOIS_CONTROLLERS": "Préfecture",
    "UNEFOIS_REGISTER_ENTRY": "93-1",
    "UNEFOIS_AIPD_REF": "AIPD-1",
    "UNEFOIS_PUBLIC_URL": "https://unefois.exemple.fr",
    "UNEFOIS_OIDC_ISSUER": "https://connexion.exemple.fr",
    "UNEFOIS_OIDC_AUDIENCE": "unefois",
    "UNEFOIS_OIDC_CLIENT_ID": "unefois-web",
    "UNEFOIS_INTENDANCE_PUBLIC_URL": "https://registre.unefois.exemple.fr",
    "UNEFOIS_INTENDANCE_OIDC_ISSUER": "https://administrateurs.exemple.fr",
    "UNEFOIS_INTENDANCE_OIDC_AUDIENCE": "unefois-registre",
    "UNEFOIS_INTENDANCE_OIDC_CLIENT_ID": "unefois-intendance",
}


def environnement(service: str, secrets_faits: Path) -> dict[str, str]:
    """What compose would hand over, with its variables filled in and its secrets where the test made them."""

    def remplir(valeur: str) -> str:
        valeur = re.sub(r"\$\{(\w+):\?[^}]*\}", lambda m: DONNEES_PAR_L_EXPLOITANT[m[1]], valeur)
        return re.sub(r"\$\{(\w+):-([^}]*)\}", lambda m: DONNEES_PAR_L_EXPLOITANT.get(m[1], m[2]), valeur)

    return {
        nom: remplir(str(valeur)).replace("/run/secrets/", f"{secrets_faits}/")
        for nom, valeur in SERVICES[service]["environment"].items()
    }


def instructions() -> list[tuple[str, str]]:
    texte = (DEPLOY / "Dockerfile").read_text(encoding="utf-8").replace("\\\n", " ")
    lignes = [ligne for ligne in texte.splitlines() if ligne and not ligne.startswith("#")]
    return [(mot, reste) for mot, _, reste in (ligne.partition(" ") for ligne in lignes)]


def etapes() -> dict[str, list[tuple[str, str]]]:
    """The instructions of each stage, by its name."""
    trouvees: dict[str, list[tuple[str, str]]] = {}
    nom = ""
    for mot, reste in instructions():
        if mot == "FROM":
            nom = reste.split(" AS ")[1]
            trouvees[nom] = []
        if nom:  # what comes before the first stage is of none
            trouvees[nom].append((mot, reste))
    return trouvees
