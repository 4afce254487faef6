"""Who has a copy of a bound token and no more gets nothing: proofs (DPoP, RFC 9449), certificates (mTLS, RFC 8705).

The tokens are those of the service's own issuer, bound to keys of the tests; each forgery changes one thing of a proof
that is right. What a proxy tells of a connection is told by a header, which whoever is not the proxy can write too.
"""

import asyncio
import base64
import hashlib
import re
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote
from uuid import uuid4

import httpx2 as httpx
import orjson
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.x509.oid import NameOID
from joserfc import jwt
from joserfc.jwk import ECKey, OKPKey

from adapters.identite import possession
from adapters.identite.jetons import Emetteur, Identites
from adapters.identite.oidc import Coffret
from adapters.identite.refus import JetonRefuse
from adapters.rest.presentation import CERTIFICAT
from adapters.service.serveur import application
from adapters.service.settings import Settings
from adapters.service.wiring import Maison
from tests.bases import RACINE
from tests.monde import HOTES, Monde

MOI: Final = "/v1/moi"
ADRESSE: Final = f"http://unefois{MOI}"
FINALITE: Final = "ACTE_EMISSION"


def b64(octets: bytes) -> str:
    return base64.urlsafe_b64encode(octets).rstrip(b"=").decode()


def lier(monde: Monde, **cnf: Any) -> str:
    """The landlord's token, bound."""
    cle = monde.demo._cle
    dits = jwt.decode(monde.jeton("bailleur"), cle, algorithms=["Ed25519"]).claims | {"cnf": cnf}
    return jwt.encode({"alg": "Ed25519", "kid": cle.kid, "typ": "at+jwt"}, dits, cle, algorithms=["Ed25519"])


@dataclass
class Porteur:
    """The landlord's machine, its key, its token, bound to that key."""

    monde: Monde
    cle: Any = field(default_factory=lambda: ECKey.generate_key("P-256"))
    alg: str = "ES256"
    jeton: str = ""

    def __post_init__(self) -> None:
        self.jeton = self.jeton or lier(self.monde, jkt=self.cle.thumbprint())

    def preuve(self, entete: dict[str, Any] | None = None, cle: Any = None, **change: Any) -> str:
        """A proof for ``GET /v1/moi``; what is ``...`` is left out."""
        signe = cle or self.cle
        dite = {
            "jti": uuid4().hex, "htm": "GET", "htu": ADRESSE, "iat": int(time.time()),
            "ath": b64(hashlib.sha256(self.jeton.encode()).digest()),
        } | change  # fmt: skip
        tete = {"typ": "dpop+jwt", "alg": self.alg, "jwk": signe.as_dict(private=False)} | (entete or {})
        dite, tete = ({n: v for n, v in d.items() if v is not ...} for d in (dite, tete))
        texte = f"{b64(orjson.dumps(tete))}.{b64(orjson.dumps(dite))}"
        return f"{texte}.{b64(signer(signe, texte.encode()))}"

    async def demander(self, *preuves: str, schema: str = "DPoP", jeton: str = "") -> httpx.Response:
        entetes = [("authorization", f"{schema} {jeton or self.jeton}"), ("finalite", FINALITE)]
        return await self.monde.client.get(MOI, headers=[*entetes, *(("dpop", preuve) for preuve in preuves)])


def signer(cle: Any, texte: bytes) -> bytes:
    """As JWS has it: joserfc refuses to sign half of what is forged here."""
    if isinstance(cle, OKPKey):
        return bytes(cle.private_key.sign(texte))  # type: ignore[union-attr] # an Ed25519 key signs
    r, s = decode_dss_signature(cle.private_key.sign(texte, ec.ECDSA(hashes.SHA256())))
    return r.to_bytes(32, "big") + s.to_bytes(32, "big")


async def refuse(monde: Monde, demande: Callable[[], Any], code: str, defi: str) -> None:
    """One refusal, of nobody, with its row; and nothing of what was sent in either."""
    await monde.gate.inconnus.verser()
    avant = await monde.journal(1000)
    reponse = await demande()
    apres = await monde.journal(1000)
    assert (reponse.status_code, reponse.json()["code"]) == (401, code)
    assert reponse.headers["content-type"] == "application/problem+json"
    assert reponse.headers["www-authenticate"].startswith(defi), reponse.headers["www-authenticate"]
    assert len(apres) == len(avant) + 1
    assert (apres[0]["issue"], apres[0]["motif"], apres[0]["organisation"]) == ("refuse", code, "")


AUTRE: Final = ECKey.generate_key("P-256")
INVALIDE: Final = 'DPoP error="invalid_dpop_proof", algs="ES256 Ed25519"'


def prive(cle: Any) -> dict[str, Any]:
    return dict(cle.as_dict(private=True))


def ed448() -> dict[str, Any]:
    return dict(OKPKey.generate_key("Ed448").as_dict(private=False))


def hors_courbe(p: Porteur) -> dict[str, Any]:
    return {**p.cle.as_dict(private=False), "y": b64(b"\x01" * 32)}


FAUSSES: Final[dict[str, tuple[str, Callable[[Porteur], list[str]]]]] = {
    "pas de preuve": ("preuve_absente", lambda _: []),
    "deux preuves": ("preuve_multiple", lambda p: [p.preuve(), p.preuve()]),
    "deux fois la même": ("preuve_multiple", lambda p: [p.preuve()] * 2),
    "vide": ("preuve_illisible", lambda _: [""]),
    "pas une preuve": ("preuve_illisible", lambda _: ["x" * 40]),
    "trop longue": ("preuve_illisible", lambda p: [p.preuve(plus="a" * 4096)]),
    "juste un peu trop longue": ("preuve_illisible", lambda p: [p.preuve() + "A" * 4096]),
    "sans typ": ("preuve_illisible", lambda p: [p.preuve({"typ": ...})]),
    "typ d'un jeton": ("preuve_illisible", lambda p: [p.preuve({"typ": "at+jwt"})]),
    "le jeton lui-même": ("preuve_illisible", lambda p: [p.jeton]),
    "crit": ("preuve_illisible", lambda p: [p.preuve({"crit": ["exp"], "exp": 1})]),
    "charge qui n'est pas un objet": (
        "preuve_illisible",
        lambda p: [".".join((p.preuve().split(".")[0], b64(b"[1]"), b64(b"x" * 64)))],
    ),
    "charge sans fond": (
        "preuve_illisible",
        lambda p: [".".join((p.preuve().split(".")[0], b64(b"[" * 2000), b64(b"x" * 64)))],
    ),
    "charge profonde": (
        "preuve_illisible",
        lambda p: [".".join((p.preuve().split(".")[0], b64(b'{"a":' * 400 + b"1" + b"}" * 300), b64(b"x" * 64)))],
    ),
    "none": ("preuve_algorithme", lambda p: [p.preuve({"alg": "none"})]),
    "HS256": ("preuve_algorithme", lambda p: [p.preuve({"alg": "HS256"})]),
    "RS256": ("preuve_algorithme", lambda p: [p.preuve({"alg": "RS256"})]),
    "ES384": ("preuve_algorithme", lambda p: [p.preuve({"alg": "ES384"})]),
    "algorithme qui n'est pas un texte": ("preuve_algorithme", lambda p: [p.preuve({"alg": ["ES256"]})]),
    "sans clé": ("preuve_cle", lambda p: [p.preuve({"jwk": ...})]),
    "clé qui n'est pas un objet": ("preuve_cle", lambda p: [p.preuve({"jwk": "P-256"})]),
    "clé privée": ("preuve_cle", lambda p: [p.preuve({"jwk": prive(p.cle)})]),
    "secret partagé": ("preuve_cle", lambda p: [p.preuve({"jwk": {"kty": "oct", "k": b64(b"x" * 32)}})]),
    "clé d'un autre genre": ("preuve_cle", lambda p: [p.preuve({"jwk": ed448(), "alg": "Ed25519"})]),
    "genre qui n'est pas celui de l'algorithme": ("preuve_cle", lambda p: [p.preuve({"alg": "Ed25519"})]),
    "point hors de la courbe": ("preuve_cle", lambda p: [p.preuve({"jwk": hors_courbe(p)})]),
    "coordonnée qui n'est pas un texte": (
        "preuve_cle",
        lambda p: [p.preuve({"jwk": {"kty": "EC", "crv": "P-256", "x": 1, "y": 2}})],
    ),
    "jeton volé, autre clé": ("preuve_autre_cle", lambda p: [p.preuve(cle=AUTRE)]),
    "clé du porteur, signature d'un autre": (
        "preuve_signature",
        lambda p: [p.preuve({"jwk": p.cle.as_dict(private=False)}, AUTRE)],
    ),
    "signature ôtée": ("preuve_signature", lambda p: [p.preuve().rpartition(".")[0] + "."]),
    "signature d'une autre preuve": (
        "preuve_signature",
        lambda p: [f"{p.preuve().rpartition('.')[0]}.{p.preuve().rpartition('.')[2]}"],
    ),
    "autre méthode": ("preuve_adresse", lambda p: [p.preuve(htm="POST")]),
    "méthode en minuscules": ("preuve_adresse", lambda p: [p.preuve(htm="get")]),
    "sans méthode": ("preuve_adresse", lambda p: [p.preuve(htm=...)]),
    "autre adresse": ("preuve_adresse", lambda p: [p.preuve(htu="http://unefois/v1/journal")]),
    "adresse plus longue": ("preuve_adresse", lambda p: [p.preuve(htu=ADRESSE + "/")]),
    "autre hôte": ("preuve_adresse", lambda p: [p.preuve(htu="http://ailleurs/v1/moi")]),
    "autre port": ("preuve_adresse", lambda p: [p.preuve(htu="http://unefois:81/v1/moi")]),
    "port impossible": ("preuve_adresse", lambda p: [p.preuve(htu="http://unefois:99999/v1/moi")]),
    "autre protocole": ("preuve_adresse", lambda p: [p.preuve(htu="https://unefois/v1/moi")]),
    "hôte après un nom": ("preuve_adresse", lambda p: [p.preuve(htu="http://ailleurs@unefois/v1/moi")]),
    "hôte en guise de nom": ("preuve_adresse", lambda p: [p.preuve(htu="http://unefois:80@ailleurs/v1/moi")]),
    "crochet qui ne se ferme pas": ("preuve_adresse", lambda p: [p.preuve(htu="http://[unefois/v1/moi")]),
    "chemin seul": ("preuve_adresse", lambda p: [p.preuve(htu=MOI)]),
    "sans adresse": ("preuve_adresse", lambda p: [p.preuve(htu=...)]),
    "adresse qui n'est pas un texte": ("preuve_adresse", lambda p: [p.preuve(htu=[ADRESSE])]),
    "d'il y a deux minutes": ("preuve_date", lambda p: [p.preuve(iat=int(time.time()) - 120)]),
    "de dans une minute": ("preuve_date", lambda p: [p.preuve(iat=int(time.time()) + 60)]),
    "sans heure": ("preuve_date", lambda p: [p.preuve(iat=...)]),
    "heure qui n'est pas un nombre": ("preuve_date", lambda p: [p.preuve(iat="maintenant")]),
    "heure vraie ou fausse": ("preuve_date", lambda p: [p.preuve(iat=True)]),
    "heure sans fin": ("preuve_date", lambda p: [geante(p)]),
    "sans ath": ("preuve_jeton", lambda p: [p.preuve(ath=...)]),
    "ath d'un autre jeton": ("preuve_jeton", lambda p: [p.preuve(ath=b64(hashlib.sha256(b"autre").digest()))]),
    "ath qui n'est pas un texte": ("preuve_jeton", lambda p: [p.preuve(ath=None)]),
    "sans jti": ("preuve_jti", lambda p: [p.preuve(jti=...)]),
    "jti vide": ("preuve_jti", lambda p: [p.preuve(jti="")]),
    "jti trop long": ("preuve_jti", lambda p: [p.preuve(jti="j" * 257)]),
}


def geante(p: Porteur) -> str:
    """Its hour is an integer that no float holds."""
    tete, charge, _ = p.preuve(iat=987654321).split(".")
    grande = base64.urlsafe_b64decode(charge + "==").replace(b"987654321", b"9" * 300)
    return f"{tete}.{b64(grande)}.{b64(signer(p.cle, f'{tete}.{b64(grande)}'.encode()))}"


@pytest.fixture
def porteur(monde: Monde) -> Porteur:
    return Porteur(monde)


async def test_une_preuve_de_la_bonne_cle_est_admise_quel_que_soit_son_algorithme(monde: Monde) -> None:
    for cle, alg in ((ECKey.generate_key("P-256"), "ES256"), (OKPKey.generate_key("Ed25519"), "Ed25519")):
        porteur = Porteur(monde, cle, alg)
        for htu in (ADRESSE, f"{ADRESSE}?x=1#y", "HTTP://UNEFOIS:80/v1/moi", "http://unefois/v1/%6Doi"):
            reponse = await porteur.demander(porteur.preuve(htu=htu))
            assert (reponse.status_code, reponse.json()["organisation"]) == (200, "bailleur")
        ages = (int(time.time()) - possession.FENETRE + 10, time.time() + possession.AVANCE - 1)
        assert {(await porteur.demander(porteur.preuve(iat=iat))).status_code for iat in ages} == {200}
        assert (await porteur.demander(porteur.preuve(), schema="dPoP")).status_code == 200


async def test_une_preuve_fausse_est_refusee_et_journalisee(
    porteur: Porteur, compter: Callable[[str, int], None]
) -> None:
    for quoi, (code, forger) in FAUSSES.items():
        try:
            preuves = forger(porteur)
            await refuse(porteur.monde, partial(porteur.demander, *preuves), code, INVALIDE)
        except AssertionError as ecart:
            raise AssertionError(quoi) from ecart
    assert (await porteur.demander(porteur.preuve())).status_code == 200
    compter("preuves de possession fausses, refusées et journalisées", len(FAUSSES))


async def test_rien_de_la_preuve_ni_du_jeton_n_est_redit(porteur: Porteur) -> None:
    marque = "7c4a8d09ca3762af"
    for preuve in (porteur.preuve(jti=marque, htm=marque), porteur.preuve({"kid": marque, "alg": marque})):
        reponse = await porteur.demander(preuve)
        assert reponse.status_code == 401
        assert marque not in reponse.text + str(reponse.headers) + str(await porteur.monde.journal(1))


async def test_une_preuve_ne_sert_qu_une_fois_meme_signee_de_nouveau(porteur: Porteur) -> None:
    monde = porteur.monde
    preuve = porteur.preuve(jti="une-fois")
    assert (await porteur.demander(preuve)).status_code == 200
    await refuse(monde, lambda: porteur.demander(preuve), "preuve_rejouee", INVALIDE)
    encore = porteur.preuve(jti="une-fois")
    assert encore != preuve
    await refuse(monde, lambda: porteur.demander(encore), "preuve_rejouee", INVALIDE)
    # The same word of another key is another proof.
    autre = Porteur(monde, AUTRE)
    assert (await autre.demander(autre.preuve(jti="une-fois"))).status_code == 200
    # What was refused did not serve: it may be done again rightly.
    fausse = porteur.preuve(jti="deux-fois", htm="POST")
    assert (await porteur.demander(fausse)).status_code == 401
    assert (await porteur.demander(porteur.preuve(jti="deux-fois"))).status_code == 200


async def test_dix_fois_la_meme_a_la_fois_n_en_font_entrer_qu_une(porteur: Porteur) -> None:
    preuve = porteur.preuve()
    statuts = [r.status_code for r in await asyncio.gather(*(porteur.demander(preuve) for _ in range(10)))]
    assert sorted(statuts) == [200] + [401] * 9


async def test_un_jeton_lie_ne_se_presente_pas_comme_un_porteur_ni_l_inverse(porteur: Porteur) -> None:
    monde = porteur.monde
    lie = 'DPoP error="invalid_token"'
    await refuse(monde, lambda: porteur.demander(schema="Bearer"), "jeton_lie", lie)
    await refuse(monde, lambda: porteur.demander(porteur.preuve(), schema="Bearer"), "jeton_lie", lie)
    libre = Porteur(monde, porteur.cle, jeton=monde.jeton("bailleur"))
    await refuse(monde, lambda: libre.demander(libre.preuve()), "jeton_libre", lie)
    assert (await libre.demander(schema="Bearer")).status_code == 200
    assert (await libre.demander("preuve que personne ne lit", schema="Bearer")).status_code == 200
    await refuse(monde, lambda: porteur.demander(porteur.preuve(), jeton="x" * 40), "jeton_illisible", lie)
    await refuse(monde, lambda: porteur.demander(porteur.preuve(), schema="Basic"), "jeton_absent", "Bearer")


async def test_un_lien_que_nous_ne_savons_pas_verifier_ne_vaut_pas_rien(monde: Monde) -> None:
    liens: tuple[dict[str, Any], ...] = (
        {},
        {"kid": "a"},
        {"jkt": ""},
        {"jkt": 7},
        {"jwk": {}},
        {"jkt": AUTRE.thumbprint(), "kid": "a"},
    )
    for cnf in liens:
        porteur = Porteur(monde, AUTRE, jeton=lier(monde, **cnf))
        for schema in ("Bearer", "DPoP"):
            assert (await porteur.demander(porteur.preuve(), schema=schema)).json()["code"] == "liaison_inconnue", cnf


async def test_un_jeton_lie_n_ouvre_pas_de_session(porteur: Porteur) -> None:
    with pytest.raises(JetonRefuse) as refus:
        await porteur.monde.gate.identites.verifier(porteur.jeton)
    assert refus.value.code == "jeton_lie"


async def test_ce_qui_est_retenu_a_une_borne_et_une_fin(porteur: Porteur, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(possession, "PAR_CLE", 3)
    monkeypatch.setattr(possession, "PREUVES_GARDEES", 5)
    monde, preuves = porteur.monde, porteur.monde.gate.identites._preuves
    heure = time.time()
    monkeypatch.setattr(preuves, "_horloge", lambda: heure)
    autre = Porteur(monde, AUTRE)

    async def statuts(qui: Porteur, combien: int) -> list[int]:
        return [(await qui.demander(qui.preuve(iat=int(heure)))).status_code for _ in range(combien)]

    assert await statuts(porteur, 4) == [200] * 3 + [503]
    assert await statuts(autre, 3) == [200] * 2 + [503]
    reponse = await porteur.demander(porteur.preuve(iat=int(heure)))
    assert (reponse.json()["code"], reponse.headers["retry-after"]) == ("sature", "2")
    heure += possession.FENETRE + possession.AVANCE + 1
    assert await statuts(porteur, 3) == [200] * 3
    assert len(preuves._vues) == 3
    assert dict(preuves._par_cle) == {porteur.cle.thumbprint(): 3}


async def test_ou_des_jetons_lies_sont_exiges_un_jeton_libre_n_ouvre_que_les_pages(porteur: Porteur) -> None:
    monde, demo = porteur.monde, porteur.monde.demo
    exigeant = Emetteur(demo.ISSUER, demo.AUDIENCE, demo.emetteur.cles, lies=True)
    monde.gate.identites = Identites([exigeant])
    libre = Porteur(monde, porteur.cle, jeton=monde.jeton("bailleur", "contentieux"))
    await refuse(monde, lambda: libre.demander(schema="Bearer"), "jeton_sans_lien", 'DPoP algs="ES256 Ed25519"')
    assert (await porteur.demander(porteur.preuve())).status_code == 200
    assert (await monde.gate.identites.verifier(libre.jeton)).agent == "contentieux"


def certificat(nom: str = "bailleur") -> x509.Certificate:
    cle = ec.generate_private_key(ec.SECP256R1())
    sujet = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, nom)])
    hier = datetime.now(UTC) - timedelta(days=1)
    return (
        x509.CertificateBuilder()
        .subject_name(sujet)
        .issuer_name(sujet)
        .public_key(cle.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(hier)
        .not_valid_after(hier + timedelta(days=30))
        .sign(cle, hashes.SHA256())
    )


def pem(vu: x509.Certificate) -> str:
    return vu.public_bytes(serialization.Encoding.PEM).decode()


@dataclass
class Connexion:
    """The landlord's machine behind the proxy, and its token, bound to its certificate."""

    client: httpx.AsyncClient
    jeton: str
    certificat: x509.Certificate

    async def demander(self, *dits: str | bytes, schema: str = "Bearer") -> httpx.Response:
        entetes = [(b"authorization", f"{schema} {self.jeton}".encode()), (b"finalite", FINALITE.encode())]
        octets = [dit if isinstance(dit, bytes) else dit.encode() for dit in dits]
        return await self.client.get(MOI, headers=[*entetes, *((b"x-ssl-client-cert", dit) for dit in octets)])


def connexion(monde: Monde, tmp_path: Path, mandataires: str | None, **cnf: str) -> Connexion:
    app = application(
        Maison(monde.gate, Coffret(bytes(32)), None, monde.demo),
        Settings(data=tmp_path, hosts=HOTES, proxy_network=mandataires),
    )
    app.state.gate = monde.gate
    sien = certificat()
    x5t = b64(sien.fingerprint(hashes.SHA256()))
    client = httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://unefois")
    return Connexion(client, lier(monde, **{"x5t#S256": x5t} | cnf), sien)


async def test_derriere_un_mandataire_l_adresse_est_la_publique(porteur: Porteur, tmp_path: Path) -> None:
    monde = porteur.monde
    for public in ("https://unefois.exemple.fr", "https://unefois.exemple.fr:8443/"):
        settings = Settings(data=tmp_path, mode="production", public_url=public)
        app = application(Maison(monde.gate, Coffret(bytes(32)), None, None), settings)
        app.state.gate = monde.gate
        async with httpx.AsyncClient(
            transport=httpx.ASGITransport(app=app), base_url="http://unefois.exemple.fr"
        ) as client:
            for htu, statut in (
                (public.rstrip("/") + MOI, 200),
                ("http://unefois.exemple.fr/v1/moi", 401),
                ("https://unefois.exemple.fr:444/v1/moi", 401),
                ("http://unefois.exemple.fr:443/v1/moi", 401),
                ("https://unefois.exemple/v1/moi", 401),
            ):
                entetes = {"authorization": f"DPoP {porteur.jeton}", "finalite": FINALITE}
                reponse = await client.get(MOI, headers=entetes | {"dpop": porteur.preuve(htu=htu)})
                assert reponse.status_code == statut, htu


ICI: Final = "127.0.0.0/8"


async def test_un_jeton_lie_au_certificat_de_la_connexion_est_admis(monde: Monde, tmp_path: Path) -> None:
    sienne = connexion(monde, tmp_path, ICI)
    reponse = await sienne.demander(quote(pem(sienne.certificat)))
    assert (reponse.status_code, reponse.json()["organisation"]) == (200, "bailleur")


async def test_un_autre_certificat_ou_rien_est_refuse(monde: Monde, tmp_path: Path) -> None:
    sienne = connexion(monde, tmp_path, ICI)
    bon, autre = quote(pem(sienne.certificat)), quote(pem(certificat()))
    corps = pem(sienne.certificat).splitlines()[1:-1]
    defi = "Bearer"
    for code, dits in (
        ("certificat_absent", ()),
        ("certificat_absent", ("",)),
        ("certificat_absent", (bon, bon)),
        ("certificat_absent", (bon, autre)),
        ("certificat", (autre,)),
        ("certificat", (quote(pem(sienne.certificat) + pem(sienne.certificat)),)),
        ("certificat", (quote("".join(corps)),)),
        ("certificat", (quote("-----BEGIN CERTIFICATE-----\n%%%\n-----END CERTIFICATE-----\n"),)),
        ("certificat", (quote("-----BEGIN CERTIFICATE-----\nAAA\n-----END CERTIFICATE-----\n"),)),
        ("certificat", ("%ff%fe%00",)),
        ("certificat", ("\xe9".encode("latin-1"),)),
        ("certificat", (bon + "%20" * 20_000,)),
    ):
        try:
            await refuse(monde, partial(sienne.demander, *dits), code, defi)
        except AssertionError as ecart:
            raise AssertionError(code, [dit[:40] for dit in dits]) from ecart
    await refuse(monde, lambda: sienne.demander(bon, schema="DPoP"), "jeton_libre", "DPoP")


def test_le_mandataire_livre_dit_le_certificat_qu_il_a_vu_et_rien_d_autre() -> None:
    """Where none is asked for, what a client wrote is taken away; where one is asked for, it is replaced."""
    texte = (RACINE / "deploy" / "nginx.conf").read_text(encoding="utf-8")
    serveurs = texte.split("\n    server {")[1:]
    dits = [re.findall(r"proxy_set_header X-SSL-Client-Cert (\S+);", serveur) for serveur in serveurs]
    assert dits == [['""'], ['""'], ["$ssl_client_escaped_cert"]]
    assert ["ssl_verify_client" in serveur for serveur in serveurs] == [False, False, True]
    assert [serveur.count("proxy_pass ") for serveur in serveurs] == [1, 1, 1]
    assert CERTIFICAT == b"x-ssl-client-cert"


@pytest.mark.parametrize("mandataires", [None, "10.0.0.0/8"])
async def test_ce_que_dit_un_autre_que_le_mandataire_n_est_pas_lu(
    monde: Monde, tmp_path: Path, mandataires: str | None
) -> None:
    sienne = connexion(monde, tmp_path, mandataires)
    bon = quote(pem(sienne.certificat))
    await refuse(monde, lambda: sienne.demander(bon), "certificat_absent", "Bearer")


async def test_un_jeton_lie_aux_deux_demande_les_deux(monde: Monde, tmp_path: Path) -> None:
    cle = ECKey.generate_key("P-256")
    sienne = connexion(monde, tmp_path, ICI, jkt=cle.thumbprint())
    porteur = Porteur(monde, cle, jeton=sienne.jeton)
    bon, autre = quote(pem(sienne.certificat)), quote(pem(certificat()))
    for dit, preuve, statut in ((bon, porteur.preuve(), 200), (autre, porteur.preuve(), 401), (bon, "x", 401)):
        entetes = {"authorization": f"DPoP {sienne.jeton}", "finalite": FINALITE, "dpop": preuve}
        reponse = await sienne.client.get(MOI, headers=entetes | {"x-ssl-client-cert": dit})
        assert reponse.status_code == statut
