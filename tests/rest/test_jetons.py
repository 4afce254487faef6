"""A token proves who asks, or nothing: each forgery is refused in French, and leaves a row of the journal.

The tokens are those of the service's own issuer, changed in one way each; then those of an issuer that is asked for
its keys over HTTP, and turns them.
"""

import base64
import hashlib
import hmac
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any, Final
from uuid import uuid4

import httpx2 as httpx
import orjson
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from joserfc import jwt
from joserfc.jwk import ECKey, KeySet, OKPKey, RSAKey
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from adapters.identite.cles import ClesDistantes
from adapters.identite.jetons import Emetteur, Identites
from adapters.identite.oidc import Coffret
from adapters.identite.refus import JetonRefuse
from adapters.registre.administration import administrer, habiliter, retirer_client, revoquer, suspendre_partenaire
from adapters.registre.instantane import Habilitation
from adapters.service.serveur import application
from adapters.service.settings import Settings
from adapters.service.wiring import Maison
from tests.bases import AUJOURD_HUI, SCHEMA
from tests.monde import FINALITES, HOTES, PAR, TOUTES, Monde
from tests.web.site_fige import servir

FINALITE: Final = "ACTE_EMISSION"


def b64(octets: bytes) -> str:
    return base64.urlsafe_b64encode(octets).rstrip(b"=").decode()


def compact(entete: dict[str, Any], revendications: Any, signature: bytes = b"") -> str:
    return f"{b64(orjson.dumps(entete))}.{b64(orjson.dumps(revendications))}.{b64(signature)}"


@dataclass
class Faussaire:
    """Has a good token of the landlord, and the issuer's own key: what it changes is all that is wrong."""

    monde: Monde

    @property
    def cle(self) -> OKPKey:
        return self.monde.demo._cle

    @property
    def kid(self) -> str:
        return str(self.cle.kid)

    def revendications(self, **change: Any) -> dict[str, Any]:
        bonnes = jwt.decode(self.monde.jeton("bailleur"), self.cle, algorithms=["Ed25519"]).claims | change
        return {nom: valeur for nom, valeur in bonnes.items() if valeur is not ...}

    def signer(self, revendications: dict[str, Any], **entete: Any) -> str:
        return jwt.encode(
            {"alg": "Ed25519", "kid": self.kid, **entete}, revendications, self.cle, algorithms=["Ed25519"]
        )

    def hs256(self) -> str:
        """Signed with the public key, as a shared secret."""
        entete, charge, _ = compact({"alg": "HS256", "kid": self.kid}, self.revendications()).split(".")
        secret = self.cle.as_pem(private=False)
        signature = hmac.new(secret, f"{entete}.{charge}".encode(), hashlib.sha256).digest()
        return f"{entete}.{charge}.{b64(signature)}"

    def d_une_autre_cle(self, alg: str, **entete: Any) -> str:
        """Signed by the forger's own key, under the name of ours."""
        cles: dict[str, Callable[[], Any]] = {
            "RS256": lambda: RSAKey.generate_key(2048),
            "ES256": lambda: ECKey.generate_key("P-256"),
            "Ed25519": lambda: OKPKey.generate_key("Ed25519"),
        }
        cle = cles[alg]()
        if entete.pop("jwk", False):
            entete["jwk"] = cle.as_dict(private=False)
        return jwt.encode({"alg": alg, "kid": self.kid, **entete}, self.revendications(), cle, algorithms=[alg])

    def critique(self, extensions: object) -> str:
        """Rightly signed; it asks that extensions be understood, as ``crit`` does (RFC 7515, 4.1.11)."""
        entete = {"alg": "Ed25519", "kid": self.kid, "crit": extensions, "exp": 1}
        texte = f"{b64(orjson.dumps(entete))}.{b64(orjson.dumps(self.revendications()))}"
        cle = self.cle.private_key
        assert isinstance(cle, Ed25519PrivateKey)
        return f"{texte}.{b64(cle.sign(texte.encode()))}"

    def altere(self) -> str:
        """The signature of one token under the payload of another."""
        entete, _, signature = self.monde.jeton("bailleur").split(".")
        return f"{entete}.{b64(orjson.dumps(self.revendications(organisation='ccapex')))}.{signature}"


FAUX: Final[dict[str, tuple[str, Callable[[Faussaire], str]]]] = {
    "pas de jeton": ("jeton_absent", lambda _: ""),
    "pas un jeton": ("jeton_illisible", lambda _: "x" * 40),
    "trop long": ("jeton_illisible", lambda f: f.monde.jeton("bailleur") + "A" * 9000),
    "charge qui n'est pas un objet": ("emetteur", lambda f: compact({"alg": "Ed25519", "kid": f.kid}, [1], b"x" * 64)),
    "autre émetteur": ("emetteur", lambda f: f.signer(f.revendications(iss="https://ailleurs.exemple"))),
    "émetteur qui n'est pas un texte": ("emetteur", lambda f: f.signer(f.revendications(iss=["a"]))),
    "sans émetteur": ("emetteur", lambda f: f.signer(f.revendications(iss=...))),
    "autre destinataire": ("revendications", lambda f: f.signer(f.revendications(aud="autre"))),
    "sans destinataire": ("revendications", lambda f: f.signer(f.revendications(aud=...))),
    "expiré": ("jeton_expire", lambda f: f.signer(f.revendications(exp=int(time.time()) - 60))),
    "sans fin": ("revendications", lambda f: f.signer(f.revendications(exp=...))),
    "fin qui n'est pas un nombre": ("revendications", lambda f: f.signer(f.revendications(exp="demain"))),
    "pas encore valable": ("revendications", lambda f: f.signer(f.revendications(nbf=int(time.time()) + 600))),
    "émis demain": ("revendications", lambda f: f.signer(f.revendications(iat=int(time.time()) + 86400))),
    "none": ("algorithme", lambda f: compact({"alg": "none", "kid": f.kid}, f.revendications())),
    "HS256 avec la clé publique": ("algorithme", Faussaire.hs256),
    "RS256 au lieu d'Ed25519": ("signature", lambda f: f.d_une_autre_cle("RS256")),
    "ES256 au lieu d'Ed25519": ("signature", lambda f: f.d_une_autre_cle("ES256")),
    "Ed25519 d'un autre": ("signature", lambda f: f.d_une_autre_cle("Ed25519")),
    "clé portée par le jeton": ("signature", lambda f: f.d_une_autre_cle("Ed25519", jwk=True)),
    "crit vide": ("entete_critique", lambda f: f.critique([])),
    "crit inconnu": ("entete_critique", lambda f: f.critique(["exp"])),
    "crit de notre nom": ("entete_critique", lambda f: f.critique(["kid"])),
    "crit qui n'est pas une liste": ("entete_critique", lambda f: f.critique("")),
    "crit nul": ("entete_critique", lambda f: f.critique(None)),
    "kid inconnu": ("cle_inconnue", lambda f: f.signer(f.revendications(), kid="jamais-vu")),
    "sans kid": ("cle_inconnue", lambda f: compact({"alg": "Ed25519"}, f.revendications(), b"x" * 64)),
    "charge altérée": ("signature", Faussaire.altere),
    "signature ôtée": ("signature", lambda f: f.monde.jeton("bailleur").rpartition(".")[0] + "."),
    "client d'un autre": ("partenaire_inconnu", lambda f: f.signer(f.revendications(client_id="client-voisin"))),
    "client inconnu": ("partenaire_inconnu", lambda f: f.signer(f.revendications(client_id="personne"))),
    "organisation inconnue": ("partenaire_inconnu", lambda f: f.signer(f.revendications(organisation="nulle-part"))),
    "organisation qui n'est pas un texte": ("revendications", lambda f: f.signer(f.revendications(organisation=7))),
    "sans client": ("revendications", lambda f: f.signer(f.revendications(client_id=...))),
    "sans finalités": ("revendications", lambda f: f.signer(f.revendications(finalites=...))),
    "agent vide": ("revendications", lambda f: f.signer(f.revendications(agent=""))),
}


@pytest.fixture
def faussaire(monde: Monde) -> Faussaire:
    return Faussaire(monde)


async def demander(monde: Monde, jeton: str, **entetes: str) -> httpx.Response:
    """One request, which leaves exactly one row, without anything of the token."""
    await monde.gate.inconnus.verser()  # those before are told: this one is the first of its kind
    avant = await monde.journal(1000)
    autorise = {"Authorization": f"Bearer {jeton}"} if jeton else {}
    reponse = await monde.client.get("/v1/moi", headers={"Finalite": FINALITE, **autorise, **entetes})
    apres = await monde.journal(1000)
    assert len(apres) == len(avant) + 1
    assert not jeton or jeton not in str(apres[0])
    return reponse


async def refuse(monde: Monde, jeton: str, code: str, statut: int = 401, **entetes: str) -> None:
    reponse = await demander(monde, jeton, **entetes)
    assert (reponse.status_code, reponse.json()["code"]) == (statut, code)
    assert reponse.headers["content-type"] == "application/problem+json"
    assert (statut == 401) == (reponse.headers.get("www-authenticate") == "Bearer")
    assert reponse.json()["title"] in {"Jeton refusé", "Accès refusé"}
    [ligne] = await monde.journal(1)
    assert (ligne["issue"], ligne["motif"]) == ("refuse", code)


async def test_le_bon_jeton_est_admis(faussaire: Faussaire) -> None:
    assert (await demander(faussaire.monde, faussaire.signer(faussaire.revendications()))).status_code == 200


async def test_un_jeton_faux_est_refuse_et_journalise(
    faussaire: Faussaire, compter: Callable[[str, int], None]
) -> None:
    for quoi, (code, forger) in FAUX.items():
        try:
            await refuse(faussaire.monde, forger(faussaire), code)
        except AssertionError as ecart:
            raise AssertionError(quoi) from ecart
    compter("jetons faux refusés et journalisés", len(FAUX))


async def test_un_jeton_n_en_dit_pas_plus_que_le_registre(faussaire: Faussaire) -> None:
    monde = faussaire.monde
    personne = faussaire.signer(faussaire.revendications(agent="contentieux"))
    assert (await demander(monde, personne)).status_code == 200
    await refuse(monde, personne, "agent_contradictoire", Agent="contentieux-2")
    await refuse(monde, faussaire.signer(faussaire.revendications(finalites=["DSF"])), "FINALITE_NON_ACCORDEE", 403)
    await refuse(monde, monde.jeton("bailleur"), "AGENT_INVALIDE", 403, Agent="jamais-vu")


async def test_ce_qui_est_retire_du_registre_ne_vaut_plus_des_la_requete_suivante(faussaire: Faussaire) -> None:
    monde = faussaire.monde
    bailleur, personne = monde.jeton("bailleur"), faussaire.signer(faussaire.revendications(agent="contentieux"))
    for jeton in (bailleur, personne):
        assert (await demander(monde, jeton)).status_code == 200
    with administrer(monde.bases.registre_url, PAR, SCHEMA) as registre:
        assert revoquer(registre, "bailleur", "contentieux", AUJOURD_HUI) == 1
        finie = date(2026, 1, 1), date(2026, 11, 1)
        habiliter(
            registre,
            Habilitation(
                uuid4(), "bailleur", "parti", FINALITES["BAILLEUR_SOCIAL"], "aucun", *finie, "chef de service"
            ),
        )
    await refuse(monde, personne, "AGENT_INVALIDE", 403)
    await refuse(monde, bailleur, "AGENT_INVALIDE", 403, Agent="contentieux")
    await refuse(monde, bailleur, "AGENT_INVALIDE", 403, Agent="parti")
    assert (await demander(monde, bailleur)).status_code == 200
    with administrer(monde.bases.registre_url, PAR, SCHEMA) as registre:
        retirer_client(registre, "client-bailleur", AUJOURD_HUI)
        suspendre_partenaire(registre, "voisin", AUJOURD_HUI)
    await refuse(monde, bailleur, "partenaire_inconnu")
    await refuse(monde, monde.jeton("voisin"), "partenaire_inconnu")


class Horloge:
    """Time that passes when it is told to."""

    def __init__(self) -> None:
        self.heure = 10_000.0

    def __call__(self) -> float:
        return self.heure


@dataclass
class EmetteurDistant:
    """An issuer with its discovery and its keys at an address; it may turn them, or fall silent."""

    cles: list[ECKey] = field(default_factory=list)
    questions: int = 0
    muet: bool = False
    adresse: str = ""

    def tourner(self) -> ECKey:
        self.cles = [ECKey.generate_key("P-256", auto_kid=True)]
        return self.cles[0]

    def jeton(self, cle: ECKey) -> str:
        maintenant = int(time.time())
        revendications = {
            "iss": self.adresse, "aud": "unefois", "iat": maintenant, "exp": maintenant + 3600,
            "organisation": "bailleur", "azp": "client-bailleur", "finalites": FINALITE,
        }  # fmt: skip
        return jwt.encode({"alg": "ES256", "kid": cle.kid}, revendications, cle, algorithms=["ES256"])

    @property
    def app(self) -> Starlette:
        async def decouverte(_: Request) -> Response:
            if self.muet:
                return Response(status_code=500)
            return JSONResponse({"issuer": self.adresse, "jwks_uri": f"{self.adresse}/cles"})

        async def cles(_: Request) -> Response:
            self.questions += 1
            return JSONResponse(KeySet(list(self.cles)).as_dict(private=False))

        return Starlette(routes=[Route("/.well-known/openid-configuration", decouverte), Route("/cles", cles)])


@asynccontextmanager
async def distant(monde: Monde, horloge: Horloge) -> AsyncIterator[EmetteurDistant]:
    """The world recognises this issuer alone."""
    emetteur = EmetteurDistant()
    async with servir(emetteur.app) as adresse, httpx.AsyncClient() as http:
        emetteur.adresse = adresse
        cles = ClesDistantes(adresse, http, horloge)
        monde.gate.identites = Identites([Emetteur(adresse, "unefois", cles)])
        yield emetteur


async def test_une_cle_retiree_ne_signe_plus_rien_meme_ce_qui_etait_deja_admis(monde: Monde) -> None:
    horloge = Horloge()
    async with distant(monde, horloge) as emetteur:
        ancien = emetteur.jeton(emetteur.tourner())
        assert (await demander(monde, ancien)).status_code == 200
        neuf = emetteur.jeton(emetteur.tourner())
        horloge.heure += 31
        assert (await demander(monde, neuf)).status_code == 200
        await refuse(monde, ancien, "cle_inconnue")
        assert (await demander(monde, neuf)).status_code == 200


async def test_une_session_ouverte_sous_une_cle_retiree_est_finie(monde: Monde) -> None:
    horloge = Horloge()
    async with distant(monde, horloge) as emetteur:
        jeton = await monde.gate.identites.verifier(emetteur.jeton(emetteur.tourner()))
        assert await monde.gate.identites.verifier(jeton) == jeton
        emetteur.tourner()
        horloge.heure += 601
        with pytest.raises(JetonRefuse) as refus:
            await monde.gate.identites.verifier(jeton)
        assert refus.value.code == "cle_inconnue"
        usurpe = replace(jeton, kid=str(emetteur.cles[0].kid))
        with pytest.raises(JetonRefuse):
            await monde.gate.identites.verifier(usurpe)


async def test_des_cles_inventees_ne_font_pas_harceler_l_emetteur(monde: Monde) -> None:
    horloge = Horloge()
    async with distant(monde, horloge) as emetteur:
        bon = emetteur.jeton(emetteur.tourner())
        assert (await demander(monde, bon)).status_code == 200
        for _ in range(5):
            await refuse(monde, emetteur.jeton(ECKey.generate_key("P-256", auto_kid=True)), "cle_inconnue")
        assert emetteur.questions == 1


async def test_un_emetteur_muet_ne_laisse_entrer_personne(monde: Monde) -> None:
    horloge = Horloge()
    async with distant(monde, horloge) as emetteur:
        bon = emetteur.jeton(emetteur.tourner())
        assert (await demander(monde, bon)).status_code == 200
        emetteur.muet = True
        horloge.heure += 601
        for _ in range(2):
            reponse = await demander(monde, bon)
            assert (reponse.status_code, reponse.json()["code"]) == (503, "emetteur_indisponible")
            assert (await monde.journal(1))[0]["issue"] == "erreur"
        emetteur.muet = False
        horloge.heure += 3
        assert (await demander(monde, bon)).status_code == 200


async def test_hors_demonstration_ni_ses_liens_ni_ses_jetons_n_ouvrent_rien(monde: Monde, tmp_path: Any) -> None:
    lien = monde.demo.lien("bailleur", "client-bailleur", list(TOUTES), "contentieux")
    jeton = monde.jeton("bailleur")
    async with distant(monde, Horloge()):
        app = application(Maison(monde.gate, Coffret(bytes(32)), None, None), Settings(data=tmp_path, hosts=HOTES))
        app.state.gate = monde.gate
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://unefois") as client:
            reponse = await client.get(f"/demo/entrer/{lien}")
            assert reponse.status_code == 404
            assert "set-cookie" not in reponse.headers
            # Nor is there the page that says who sees what: its address is any other that does not exist.
            for accept in ("text/html", "application/json"):
                page, nulle = [
                    await client.get(adresse, headers={"Accept": accept})
                    for adresse in ("/qui-voit-quoi", "/nulle-part")
                ]
                assert (page.status_code, page.content) == (404, nulle.content)
        await refuse(monde, jeton, "emetteur")


async def test_en_demonstration_un_lien_ne_sert_qu_une_fois(monde: Monde, tmp_path: Any) -> None:
    lien = monde.demo.lien("bailleur", "client-bailleur", list(TOUTES), "contentieux")
    app = application(Maison(monde.gate, Coffret(bytes(32)), None, monde.demo), Settings(data=tmp_path, hosts=HOTES))
    app.state.gate = monde.gate
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://unefois") as client:
        assert (await client.get(f"/demo/entrer/{lien}")).status_code == 303
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://unefois") as autre:
        for code in (lien, "jamais-fait"):
            reponse = await autre.get(f"/demo/entrer/{code}")
            assert reponse.status_code == 401
            assert not any("unefois_session" in c for c in reponse.headers.get_list("set-cookie"))
