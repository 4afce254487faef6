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

from adapters.demo.demarrage import donner_des_cles
from adapters.identite.demo import EmetteurDemo, Machine
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


def formulaire(client: str, cle: ECKey, audience: str, **change: Any) -> dict[str, str]:
    """Client credentials, by the client's own key."""
    maintenant = int(time.time())
    dite = {"iss": client, "sub": client, "aud": audience, "jti": uuid4().hex, "exp": maintenant + 50} | change
    return {
        "grant_type": "client_credentials",
        "client_id": client,
        "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
        "client_assertion": jwt.encode({"alg": "ES256", "kid": cle.kid}, dite | {"iat": maintenant}, cle),
        "resource": AUDIENCE,
    }


async def demander_un_jeton(
    comptoir: Comptoir, client: str, cle: ECKey | None = None, **entetes: str
) -> httpx.Response:
    donnees = formulaire(client, cle or CLES[client], comptoir.emetteur)
    return await comptoir.http.post(f"{comptoir.emetteur}/token", data=donnees, headers=entetes)


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


DEPOT: Final = "http://unefois/demo/jeton"


@pytest.fixture
def machine(monde: Monde) -> Monde:
    """The landlord's client has a key, at the issuer of the demonstration."""
    publique = ECKey.import_key(CLES["client-bailleur"].as_dict(private=False))
    monde.demo.machines = {"client-bailleur": Machine("bailleur", [FINALITE], publique)}
    return monde


async def test_l_emetteur_de_la_demonstration_donne_un_jeton_lie_a_qui_signe(machine: Monde) -> None:
    for audience in (EmetteurDemo.ISSUER, DEPOT):
        donnees = formulaire("client-bailleur", CLES["client-bailleur"], audience)
        recus = await machine.client.post("/demo/jeton", data=donnees, headers={"dpop": preuve("POST", DEPOT)})
        assert (recus.status_code, recus.headers["cache-control"]) == (200, "no-store")
        jeton, genre, duree = (recus.json()[nom] for nom in ("access_token", "token_type", "expires_in"))
        assert (genre, duree) == ("DPoP", 600)
        entetes = {"authorization": f"DPoP {jeton}", "finalite": FINALITE}
        ath = b64(hashlib.sha256(jeton.encode()).digest())
        lu = await machine.client.get(MOI, headers=entetes | {"dpop": preuve("GET", ADRESSE, ath=ath)})
        assert (lu.status_code, lu.json()["organisation"], lu.json()["finalites"][0]["code"]) == (
            200,
            "bailleur",
            FINALITE,
        )
        assert (await machine.client.get(MOI, headers=entetes)).status_code == 401
        # Said once.
        encore = await machine.client.post("/demo/jeton", data=donnees, headers={"dpop": preuve("POST", DEPOT)})
        assert (encore.status_code, encore.json()["error"]) == (400, "invalid_client")


async def test_qui_ne_signe_pas_ou_ne_prouve_rien_n_a_pas_de_jeton(machine: Monde) -> None:
    cle, maintenant = CLES["client-bailleur"], int(time.time())
    bonne = preuve("POST", DEPOT)

    def dite(client: str = "client-bailleur", qui: ECKey = cle, **change: Any) -> dict[str, str]:
        return formulaire(client, qui, EmetteurDemo.ISSUER, **change)

    for quoi, donnees, preuves, erreur in (
        ("autre clé", dite(qui=CLES["client-etude"]), [bonne], "invalid_client"),
        ("client sans clé", dite("client-etude"), [bonne], "invalid_client"),
        ("client inconnu", dite("personne"), [bonne], "invalid_client"),
        ("au nom d'un autre", dite(iss="client-etude"), [bonne], "invalid_client"),
        ("pour ailleurs", dite(aud="https://ailleurs.exemple"), [bonne], "invalid_client"),
        ("passée", dite(exp=maintenant - 60), [bonne], "invalid_client"),
        ("pour un an", dite(exp=maintenant + 31_536_000), [bonne], "invalid_client"),
        ("sujet qui n'est pas un texte", dite(sub=["a"]), [bonne], "invalid_client"),
        ("client contradictoire", dite() | {"client_id": "client-etude"}, [bonne], "invalid_client"),
        ("sans assertion", dite() | {"client_assertion": ""}, [bonne], "invalid_client"),
        ("trop longue", dite() | {"client_assertion": "a" * 5000}, [bonne], "invalid_client"),
        ("autre genre", dite() | {"client_assertion_type": "secret"}, [bonne], "invalid_client"),
        ("sans preuve", dite(), [], "invalid_dpop_proof"),
        ("preuve d'ailleurs", dite(), [preuve("POST", ADRESSE)], "invalid_dpop_proof"),
    ):
        await machine.gate.inconnus.verser()
        recus = await machine.client.post("/demo/jeton", data=donnees, headers=[("dpop", une) for une in preuves])
        assert (recus.status_code, recus.json()["error"]) == (400, erreur), quoi
        [ligne] = await machine.journal(1)
        assert (ligne["action"], ligne["issue"], ligne["organisation"]) == ("entrer", "refuse", ""), quoi


def test_les_cles_de_la_demonstration_survivent_a_un_redemarrage(tmp_path: Path) -> None:
    dossier, emetteur = tmp_path / "cles", EmetteurDemo()
    donner_des_cles(EmetteurDemo(), dossier)
    avant = {fichier.name: fichier.read_bytes() for fichier in dossier.iterdir()}
    assert {fichier.stat().st_mode & 0o777 for fichier in dossier.iterdir()} == {0o600}
    donner_des_cles(emetteur, dossier)
    assert {fichier.name: fichier.read_bytes() for fichier in dossier.iterdir()} == avant
    assert {f"{client}.jwk" for client in emetteur.machines} == set(avant)
    assert len(avant) > 5
    assert not any(machine.cle.is_private for machine in emetteur.machines.values())
