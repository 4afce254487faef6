"""Machines as FAPI 2.0 has them, at a real issuer (`oidc-provider`): private_key_jwt, DPoP or mTLS, then our API."""

import hashlib
import time
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote
from uuid import uuid4

import httpx2 as httpx
import pytest
from joserfc import jwt
from joserfc.jwk import ECKey

from tests.monde import Monde
from tests.rest.comptoir import AUDIENCE, Comptoir, emettre, ouvrir
from tests.rest.test_possession import ADRESSE, FINALITE, MOI, b64, certificat, pem

CLES: Final = {client: ECKey.generate_key("P-256", auto_kid=True) for client in ("client-bailleur", "client-etude")}
DPOP: Final = ECKey.generate_key("P-256")


@pytest.fixture(scope="module")
def emetteur(outil: Callable[[str], Path]) -> Iterator[str]:
    cles = {client: cle.as_dict(private=False, alg="ES256", use="sig") for client, cle in CLES.items()}
    with emettre(outil, cles=cles) as adresse:
        yield adresse


@pytest.fixture
async def comptoir(monde: Monde, emetteur: str, tmp_path: Path) -> AsyncIterator[Comptoir]:
    async with ouvrir(monde, emetteur, tmp_path, proxy_network="127.0.0.0/8") as ouvert:
        yield ouvert


def preuve(methode: str, adresse: str, cle: ECKey = DPOP, **plus: str) -> str:
    """A proof, by a library and not by hand."""
    dite = {"jti": uuid4().hex, "htm": methode, "htu": adresse, "iat": int(time.time())} | plus
    entete = {"typ": "dpop+jwt", "alg": "ES256", "jwk": cle.as_dict(private=False)}
    return jwt.encode(entete, dite, cle, algorithms=["ES256"])


async def demander_un_jeton(
    comptoir: Comptoir, client: str, cle: ECKey | None = None, **entetes: str
) -> httpx.Response:
    """Client credentials, by the client's own key."""
    signe, maintenant = cle or CLES[client], int(time.time())
    dite = {"iss": client, "sub": client, "aud": comptoir.emetteur, "jti": uuid4().hex, "iat": maintenant}
    assertion = jwt.encode({"alg": "ES256", "kid": signe.kid}, dite | {"exp": maintenant + 60}, signe)
    formulaire = {
        "grant_type": "client_credentials",
        "client_id": client,
        "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
        "client_assertion": assertion,
        "resource": AUDIENCE,
    }
    return await comptoir.http.post(f"{comptoir.emetteur}/token", data=formulaire, headers=entetes)


async def appeler(comptoir: Comptoir, schema: str, jeton: str, **entetes: str) -> tuple[int, Any]:
    dits = {"authorization": f"{schema} {jeton}", "finalite": FINALITE} | entetes
    reponse = await comptoir.site.get(MOI, headers=dits)
    return reponse.status_code, reponse.json().get("organisation") or reponse.json()["code"]


async def test_une_machine_liee_a_sa_cle_appelle_et_son_jeton_vole_n_ouvre_rien(comptoir: Comptoir) -> None:
    adresse = ADRESSE.replace("http://unefois", "http://unefois.test")
    recus = await demander_un_jeton(comptoir, "client-bailleur", dpop=preuve("POST", f"{comptoir.emetteur}/token"))
    assert recus.status_code == 200, recus.text
    jeton = recus.json()["access_token"]
    assert recus.json()["token_type"] == "DPoP"
    ath = b64(hashlib.sha256(jeton.encode()).digest())
    bonne = preuve("GET", adresse, ath=ath)
    assert await appeler(comptoir, "DPoP", jeton, dpop=bonne) == (200, "bailleur")
    assert await appeler(comptoir, "DPoP", jeton, dpop=bonne) == (401, "preuve_rejouee")
    voleur = ECKey.generate_key("P-256")
    assert await appeler(comptoir, "DPoP", jeton, dpop=preuve("GET", adresse, voleur, ath=ath)) == (
        401,
        "preuve_autre_cle",
    )
    assert await appeler(comptoir, "Bearer", jeton) == (401, "jeton_lie")


async def test_l_emetteur_ne_donne_pas_de_jeton_libre_a_qui_en_a_un_lie(comptoir: Comptoir) -> None:
    assert (await demander_un_jeton(comptoir, "client-bailleur")).status_code == 400
    autre = ECKey.generate_key("P-256", auto_kid=True)
    depot = preuve("POST", f"{comptoir.emetteur}/token")
    assert (await demander_un_jeton(comptoir, "client-bailleur", autre, dpop=depot)).status_code == 401


async def test_une_machine_liee_a_son_certificat_appelle_derriere_le_mandataire(comptoir: Comptoir) -> None:
    sien, autre = (quote(pem(certificat())) for _ in range(2))
    recus = await demander_un_jeton(comptoir, "client-etude", None, **{"x-certificat": sien})
    assert recus.status_code == 200, recus.text
    jeton = recus.json()["access_token"]
    assert await appeler(comptoir, "Bearer", jeton, **{"x-ssl-client-cert": sien}) == (200, "etude")
    assert await appeler(comptoir, "Bearer", jeton, **{"x-ssl-client-cert": autre}) == (401, "certificat")
    assert await appeler(comptoir, "Bearer", jeton) == (401, "certificat_absent")
