"""Demander un jeton lié à une clé, et s'en servir : `private_key_jwt` (RFC 7523), puis DPoP (RFC 9449).

Avec joserfc, et rien d'autre que la bibliothèque standard. Sur la démonstration, avec les variables de
``.unefois/demo.env`` :

    UNEFOIS_URL="$UNEFOIS" UNEFOIS_EMETTEUR="$UNEFOIS/demo/jeton" UNEFOIS_AGENT=gestionnaire-contentieux \
        UNEFOIS_CLE=.unefois/cles-des-clients/si-oph-fictif-1-contentieux.jwk python docs/clients/jeton_lie.py
"""

import base64
import hashlib
import json
import os
import time
import urllib.parse
import urllib.request
import uuid
from pathlib import Path

from joserfc import jwt
from joserfc.jwk import ECKey

URL, EMETTEUR = os.environ["UNEFOIS_URL"], os.environ["UNEFOIS_EMETTEUR"]
FICHIER = Path(os.environ["UNEFOIS_CLE"])
CLIENT = FICHIER.stem
# La clé du client dit qui il est ; celle des preuves, à quoi le jeton est lié. La seconde se refait quand on veut.
CLE_DU_CLIENT = ECKey.import_key(json.loads(FICHIER.read_bytes()))
CLE_DES_PREUVES = ECKey.generate_key("P-256")


def prouver(methode, adresse, **plus):
    """Une preuve neuve pour chaque requête, réessais compris."""
    entete = {"typ": "dpop+jwt", "alg": "ES256", "jwk": CLE_DES_PREUVES.as_dict(private=False)}
    dite = {"jti": str(uuid.uuid4()), "htm": methode, "htu": adresse, "iat": int(time.time()), **plus}
    return jwt.encode(entete, dite, CLE_DES_PREUVES)


def appeler(methode, adresse, corps=None, **entetes):
    """Ce qui est répondu, en JSON."""
    requete = urllib.request.Request(adresse, corps, entetes, method=methode)
    with urllib.request.urlopen(requete) as reponse:
        return json.load(reponse)


def demander_un_jeton():
    """Le client signe qui il est, pour une minute au plus et une fois ; la preuve dit à quelle clé lier le jeton."""
    assertion = {"iss": CLIENT, "sub": CLIENT, "aud": EMETTEUR, "jti": str(uuid.uuid4()), "exp": int(time.time()) + 60}
    demande = {
        "grant_type": "client_credentials",
        "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
        "client_assertion": jwt.encode({"alg": "ES256"}, assertion, CLE_DU_CLIENT),
    }
    preuve = prouver("POST", EMETTEUR)
    return appeler("POST", EMETTEUR, urllib.parse.urlencode(demande).encode(), DPoP=preuve)["access_token"]


def lire(jeton, chemin, **entetes):
    """Sous le jeton, sa preuve, et qui demande : l'adresse prouvée est sans ses paramètres."""
    adresse = URL + chemin
    ath = base64.urlsafe_b64encode(hashlib.sha256(jeton.encode()).digest()).rstrip(b"=").decode()
    preuve = prouver("GET", adresse.partition("?")[0], ath=ath)
    return appeler(
        "GET", adresse, Authorization=f"DPoP {jeton}", DPoP=preuve, Agent=os.environ["UNEFOIS_AGENT"], **entetes
    )


jeton = demander_un_jeton()
moi = lire(jeton, "/v1/moi")
print(moi["organisation"], moi["agent"], *[finalite["code"] for finalite in moi["finalites"]])
attentes = lire(jeton, "/v1/attentes?limite=1", Finalite=moi["finalites"][0]["code"])
print(len(attentes["attentes"]), attentes["au"])
