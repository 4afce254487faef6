"""Keycloak itself, with the realm that we hand out: a machine bound to its key, and a person with her attributes."""

import contextlib
import hashlib
import html
import os
import re
import signal
import socket
import subprocess
import time
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any, Final
from urllib.parse import urljoin

import httpx2 as httpx
import orjson
import pytest
from joserfc.jwk import ECKey

from tests.bases import RACINE
from tests.monde import Monde
from tests.rest.comptoir import AUDIENCE, RETOUR, Comptoir, ouvrir
from tests.rest.test_oidc_machines import appeler, formulaire, preuve
from tests.rest.test_oidc_personnes import dit, lire
from tests.rest.test_possession import ADRESSE, b64

CLE: Final = ECKey.generate_key("P-256", auto_kid=True)
MOT_DE_PASSE: Final = "d'un essai"
PATIENCE_S: Final = 240
"""A virtual machine, a database and a realm are made at each start, beside all that is tested meanwhile."""
CAMILLE: Final = {
    "username": "camille",
    "email": "camille.durand@prefecture.exemple.fr",
    "firstName": "Camille",
    "lastName": "Durand",
    "emailVerified": True,
    "enabled": True,
    "attributes": {
        "organisation": ["ccapex"],
        "agent": ["instructrice"],
        "finalites": ["CCAPEX_ADMINISTRATIVE", "CCAPEX_INSTRUCTION"],
    },
    "credentials": [{"type": "password", "value": MOT_DE_PASSE, "temporary": False}],
}


def domaine() -> dict[str, Any]:
    """The realm of the page, as its reader completes it: what we are called, whose keys and secret, where from."""
    texte = (RACINE / "docs" / "jetons.md").read_text(encoding="utf-8")
    [ecrit] = re.findall(r"```json\n(.*?)```", texte, re.DOTALL)
    assert ecrit.count('"included.custom.audience": "unefois"') == 2
    lu: dict[str, Any] = orjson.loads(ecrit.replace(': "unefois", "access', f': "{AUDIENCE}", "access'))
    machine, pages = lu["clients"]
    publique = {"keys": [CLE.as_dict(private=False, alg="ES256", use="sig")]}
    del machine["attributes"]["jwks.url"]
    machine["attributes"] |= {"use.jwks.url": "false", "use.jwks.string": "true"}
    machine["attributes"]["jwks.string"] = orjson.dumps(publique).decode()
    pages |= {"clientId": "pages", "redirectUris": [RETOUR], "secret": "secret-de-pages"}
    return lu


@contextlib.contextmanager
def emettre(commande: Path) -> Iterator[str]:
    """Keycloak on loopback, with its database in memory; its address. It ends with the block."""
    with socket.socket() as prise:
        prise.bind(("127.0.0.1", 0))
        port = prise.getsockname()[1]
    adresse = f"http://127.0.0.1:{port}"
    options = ("--cache=local", "--http-enabled=true", "--http-host=127.0.0.1", f"--http-port={port}")
    environnement = os.environ | {
        "KC_BOOTSTRAP_ADMIN_USERNAME": "administratrice",
        "KC_BOOTSTRAP_ADMIN_PASSWORD": MOT_DE_PASSE,
        "JAVA_OPTS_KC_HEAP": "-Xms64m -Xmx400m",
        "JAVA_OPTS_APPEND": "-XX:TieredStopAtLevel=1",
    }
    with subprocess.Popen(
        [str(commande), "start", "--optimized", f"--hostname={adresse}", *options],
        env=environnement,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    ) as processus:
        try:
            fin = time.monotonic() + PATIENCE_S
            while not _repond(f"{adresse}/realms/master"):
                assert processus.poll() is None, "Keycloak s'est arrêté"
                assert time.monotonic() < fin, "Keycloak n'a pas démarré"
                time.sleep(0.5)
            yield adresse
        finally:
            with contextlib.suppress(ProcessLookupError):  # it ended by itself
                os.killpg(processus.pid, signal.SIGKILL)  # the script, and the virtual machine that it began


def _repond(adresse: str) -> bool:
    try:
        return httpx.get(adresse, timeout=5).status_code == 200
    except httpx.TransportError:
        return False


@pytest.fixture(scope="module")
def emetteur(outil: Callable[[str], Path]) -> Iterator[str]:
    with emettre(outil("keycloak")) as adresse, httpx.Client(base_url=adresse, timeout=PATIENCE_S) as admin:
        demande = {"grant_type": "password", "client_id": "admin-cli", "username": "administratrice"}
        chemin = "/realms/master/protocol/openid-connect/token"
        jeton = admin.post(chemin, data=demande | {"password": MOT_DE_PASSE}).json()["access_token"]
        admin.headers["authorization"] = f"Bearer {jeton}"
        assert admin.post("/admin/realms", json=domaine()).status_code == 201
        assert admin.post("/admin/realms/unefois/users", json=CAMILLE).status_code == 201
        yield f"{adresse}/realms/unefois"


@pytest.fixture
async def comptoir(monde: Monde, emetteur: str, tmp_path: Path) -> AsyncIterator[Comptoir]:
    async with ouvrir(monde, emetteur, tmp_path) as ouvert:
        yield ouvert


async def test_une_machine_de_ce_domaine_appelle_par_sa_cle_et_par_elle_seule(comptoir: Comptoir) -> None:
    adresse = ADRESSE.replace("http://unefois", "http://unefois.test")
    donnees = formulaire("client-bailleur", CLE, comptoir.emetteur)
    guichet = f"{comptoir.emetteur}/protocol/openid-connect/token"
    recus = await comptoir.http.post(guichet, data=donnees, headers={"dpop": preuve("POST", guichet)}, timeout=60)
    assert (recus.status_code, recus.json()["token_type"]) == (200, "DPoP"), recus.text
    jeton = recus.json()["access_token"]
    ath = b64(hashlib.sha256(jeton.encode()).digest())
    assert await appeler(comptoir, "DPoP", jeton, dpop=preuve("GET", adresse, ath=ath)) == (200, "bailleur")
    assert await appeler(comptoir, "Bearer", jeton) == (401, "jeton_lie")
    autre = preuve("GET", adresse, ECKey.generate_key("P-256"), ath=ath)
    assert await appeler(comptoir, "DPoP", jeton, dpop=autre) == (401, "preuve_autre_cle")
    sans_preuve = await comptoir.http.post(guichet, data=formulaire("client-bailleur", CLE, comptoir.emetteur))
    assert sans_preuve.status_code == 400, "this client is given no token that is bound to nothing"


async def test_une_personne_de_ce_domaine_entre_sous_les_attributs_de_son_compte(comptoir: Comptoir) -> None:
    reponse = await comptoir.revenir(await se_presenter(await comptoir.partir()))
    assert (reponse.status_code, reponse.headers.get("location")) == (303, "/finalite"), dit(reponse)
    assert (await lire(comptoir, "CCAPEX_ADMINISTRATIVE", "/ccapex")).status_code == 200


async def test_une_personne_ne_change_pas_qui_elle_est(comptoir: Comptoir) -> None:
    """Her account's own page would let her be anybody, were these attributes hers to write."""
    compte = f"{comptoir.emetteur}/account/?userProfileMetadata=true"
    async with httpx.AsyncClient(timeout=60) as navigateur:
        donnees = {"grant_type": "password", "client_id": "admin-cli", "username": "camille", "password": MOT_DE_PASSE}
        guichet = f"{comptoir.emetteur}/protocol/openid-connect/token"
        jeton = (await navigateur.post(guichet, data=donnees | {"scope": "openid"})).json()["access_token"]
        entetes = {"authorization": f"Bearer {jeton}", "accept": "application/json"}
        sien = await navigateur.get(compte, headers=entetes)
        assert sien.status_code == 200, sien.text
        assert "agent" not in sien.json().get("attributes", {})
        change = sien.json() | {"attributes": {"agent": ["directrice"], "organisation": ["responsable"]}}
        await navigateur.post(compte, json=change, headers=entetes)
    reponse = await comptoir.revenir(await se_presenter(await comptoir.partir()))
    assert reponse.headers.get("location") == "/finalite", dit(reponse)
    assert (await lire(comptoir, "CCAPEX_ADMINISTRATIVE", "/ccapex")).status_code == 200
    derniere, *_ = await comptoir.monde.journal(1)
    assert (derniere["organisation"], derniere["agent"]) == ("ccapex", "instructrice")


async def se_presenter(depart: str) -> str:
    """Through Keycloak's own page, to the address that it sends the browser back to."""
    async with httpx.AsyncClient(timeout=60) as navigateur:
        page = await navigateur.get(depart)
        formulaire_ = re.search(r'id="kc-form-login"[^>]* action="([^"]+)"', page.text)
        assert formulaire_ is not None, page.text[:2000]
        envoi = {"username": "camille", "password": MOT_DE_PASSE}
        # They are for TLS alone, as which a browser takes loopback.
        gardes = {"cookie": "; ".join(f"{cookie.name}={cookie.value}" for cookie in navigateur.cookies.jar)}
        reponse = await navigateur.post(urljoin(depart, html.unescape(formulaire_[1])), data=envoi, headers=gardes)
        assert reponse.is_redirect, reponse.text[:2000]
        assert reponse.headers["location"].startswith(RETOUR)
        return str(reponse.headers["location"])
