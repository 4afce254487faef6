"""Persons of issuers that do not speak as we do: ProConnect, whose userinfo says who they are; Keycloak's claims.

Both are `oidc-provider`, in the shapes of the other: what ProConnect signs, and how; what Keycloak puts where.
"""

import io
import os
import re
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, Final
from urllib.parse import parse_qs, urlsplit
from uuid import uuid4

import httpx2 as httpx
import orjson
import pytest
from joserfc.jwk import KeySet

from adapters.commande.unefois import main
from adapters.identite.cles import ClesLocales
from adapters.identite.jetons import Emetteur, Identites, _jeton
from adapters.identite.oidc import Coffret
from adapters.identite.personne import Personne, Pseudonymes
from adapters.registre.administration import administrer, habiliter, inscrire_partenaire, suspendre_partenaire
from adapters.registre.instantane import Habilitation, Partenaire
from adapters.service.settings import Settings
from adapters.service.wiring import _emetteur, pseudonymes_locaux
from tests.bases import AUJOURD_HUI, RACINE, SCHEMA
from tests.monde import FINALITES, PAR, Monde, du_jour, partenaire
from tests.rest.comptoir import Comptoir, csrf, emettre, ouvrir
from tests.rest.test_jetons import FAUX
from tests.rest.test_possession import FAUSSES

IDP: Final = "71144ab3-ee1a-4401-b7b3-79b44f7daeeb"
PSEUDONYMES: Final = Pseudonymes(b"s" * 32)
SIRET: Final = partenaire("ccapex").siret
COURRIEL: Final = "Camille.Durand@Prefecture.exemple.fr"


def dite(**change: Any) -> dict[str, Any]:
    """What ProConnect says of her."""
    bonnes = {"idp_id": IDP, "email": COURRIEL, "siret": SIRET, "amr": ["pwd", "mfa"]} | change
    return {nom: valeur for nom, valeur in bonnes.items() if valeur is not ...}


PERSONNES: Final = {
    "camille": dite(),
    "camille-un-autre-jour": dite(email=f" {COURRIEL.upper()} "),
    "ailleurs-la-meme-adresse": dite(idp_id="9f4f3b1e-autre-fournisseur"),
    "camille-mutee": dite(siret=partenaire("dpo").siret),
    "homonyme": dite(email="camille.durand@ailleurs.exemple.fr"),
    "sans-siret": dite(siret=...),
    "sans-adresse": dite(email=...),
    "sans-fournisseur": dite(idp_id=""),
    "siret-d-un-autre-genre": dite(siret=int(SIRET)),
    "sans-second-facteur": dite(amr=["pwd"]),
    "facteurs-inconnus": dite(amr=...),
}


def agent(courriel: str = COURRIEL.lower(), idp: str = IDP, siret: str = SIRET) -> str:
    return PSEUDONYMES.de(Personne(idp, courriel, siret))


def habilite(monde: Monde, code: str, qui: str) -> None:
    modele = du_jour("ccapex")
    accordee = Habilitation(uuid4(), code, qui, FINALITES["CCAPEX_INSTRUCTEUR"], "mission", modele.du, modele.au, PAR)
    with administrer(monde.bases.registre_url, PAR, SCHEMA) as registre:
        habiliter(registre, accordee)


@pytest.fixture(scope="module")
def proconnect(outil: Callable[[str], Path]) -> Iterator[str]:
    with emettre(outil, forme="proconnect", personnes=PERSONNES) as adresse:
        yield adresse


@pytest.fixture
async def comptoir(monde: Monde, proconnect: str, tmp_path: Path) -> AsyncIterator[Comptoir]:
    monde.gate.aujourd_hui = lambda: max(AUJOURD_HUI, du_jour("ccapex").du)
    async with ouvrir(monde, proconnect, tmp_path, PSEUDONYMES) as ouvert:
        yield ouvert


async def lire(comptoir: Comptoir, finalite: str, page: str) -> httpx.Response:
    jeton = csrf((await comptoir.site.get("/finalite")).text)
    assert (await comptoir.site.post("/finalite", data={"csrf": jeton, "finalite": finalite})).status_code == 303
    return await comptoir.site.get(page)


def dit(reponse: httpx.Response) -> str:
    return re.sub(r"\s+", " ", reponse.text)


async def test_une_personne_de_proconnect_est_celle_que_le_registre_habilite(comptoir: Comptoir) -> None:
    refus = await comptoir.entrer("camille")
    assert refus.status_code == 401
    assert "habilitation en cours" in dit(refus)
    habilite(comptoir.monde, "ccapex", agent())
    # Her sub is another from one day to the next, her address is written otherwise: she is the same.
    for qui in ("camille", "camille-un-autre-jour"):
        reponse = await comptoir.entrer(qui)
        assert (reponse.status_code, reponse.headers.get("location")) == (303, "/finalite"), dit(reponse)
        assert (await lire(comptoir, "CCAPEX_ADMINISTRATIVE", "/ccapex")).status_code == 200
        [ligne] = await comptoir.monde.journal(1)
        assert (ligne["organisation"], ligne["agent"]) == ("ccapex", agent())
    assert "camille" not in str(await comptoir.monde.journal(1000)).lower()


async def test_ni_le_fournisseur_ni_l_adresse_ni_l_etablissement_ne_suffisent(comptoir: Comptoir) -> None:
    habilite(comptoir.monde, "ccapex", agent())
    for qui, code in (
        ("ailleurs-la-meme-adresse", "agent"),
        ("camille-mutee", "agent"),
        ("homonyme", "agent"),
        ("sans-siret", "identite_incomplete"),
        ("sans-adresse", "identite_incomplete"),
        ("sans-fournisseur", "identite_incomplete"),
        ("siret-d-un-autre-genre", "identite_incomplete"),
        ("inconnue-de-tous", "identite_incomplete"),
    ):
        await comptoir.monde.gate.inconnus.verser()
        reponse = await comptoir.entrer(qui)
        assert (reponse.status_code, comptoir.connecte) == (401, False), qui
        [ligne] = await comptoir.monde.journal(1)
        assert (ligne["issue"], ligne["motif"], ligne["organisation"]) == ("refuse", code, ""), qui
        assert "exemple.fr" not in dit(reponse).lower()


async def test_sous_deux_roles_d_un_etablissement_elle_doit_dire_lequel(comptoir: Comptoir) -> None:
    monde = comptoir.monde
    siens = FINALITES["CCAPEX_INSTRUCTEUR"]
    autre = Partenaire("ccapex-bis", SIRET, "Même maison", "CCAPEX_INSTRUCTEUR", siens, "departement")
    with administrer(monde.bases.registre_url, PAR, SCHEMA) as registre:
        inscrire_partenaire(registre, autre)
    habilite(monde, "ccapex-bis", agent())
    assert (await comptoir.entrer("camille")).status_code == 303
    habilite(monde, "ccapex", agent())
    assert (await comptoir.entrer("camille")).status_code == 401
    assert (await monde.journal(1))[0]["motif"] == "agent_ambigu"
    with administrer(monde.bases.registre_url, PAR, SCHEMA) as registre:
        suspendre_partenaire(registre, "ccapex-bis", AUJOURD_HUI)
    assert (await comptoir.entrer("camille")).status_code == 303


async def test_un_second_facteur_exige_est_verifie(monde: Monde, proconnect: str, tmp_path: Path) -> None:
    monde.gate.aujourd_hui = lambda: max(AUJOURD_HUI, du_jour("ccapex").du)
    habilite(monde, "ccapex", agent())
    async with ouvrir(monde, proconnect, tmp_path, PSEUDONYMES, amr="mfa") as comptoir:
        assert (await comptoir.entrer("camille")).status_code == 303
        for qui in ("sans-second-facteur", "facteurs-inconnus"):
            assert (await comptoir.entrer(qui)).status_code == 401
            assert (await monde.journal(1))[0]["motif"] == "facteurs"


async def test_le_depart_ne_demande_que_ce_qui_sert(comptoir: Comptoir) -> None:
    demande = {nom: valeurs[0] for nom, valeurs in parse_qs(urlsplit(await comptoir.partir()).query).items()}
    assert demande["scope"] == "openid email siret idp_id"
    assert "resource" not in demande
    assert len(demande["state"]) >= 32
    assert len(demande["nonce"]) >= 32


class Interposee(httpx.AsyncHTTPTransport):
    """Between the service and its issuer, where nobody should be: what userinfo answers is kept, then replaced."""

    vraie: bytes = b""
    fausse: bytes | None = None

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        reponse = await super().handle_async_request(request)
        if request.url.path != "/me":
            return reponse
        self.vraie = await reponse.aread()
        return httpx.Response(200, content=self.vraie if self.fausse is None else self.fausse)


async def test_un_userinfo_qui_n_est_pas_le_sien_n_ouvre_rien(monde: Monde, proconnect: str, tmp_path: Path) -> None:
    """That of somebody else, one that the issuer did not sign, too much of it."""
    monde.gate.aujourd_hui = lambda: max(AUJOURD_HUI, du_jour("ccapex").du)
    habilite(monde, "ccapex", agent())
    entre = Interposee()
    async with ouvrir(monde, proconnect, tmp_path, PSEUDONYMES, transport=entre) as comptoir:
        assert (await comptoir.entrer("camille")).status_code == 303
        entete, charge, signature = entre.vraie.split(b".")
        entre.fausse = entre.vraie
        assert (await comptoir.entrer("camille")).status_code == 303
        # The other has her own sub, and would be let in under the address of the first.
        assert (await comptoir.entrer("homonyme")).status_code == 401
        for octets in (
            b"",
            b'{"sub":"camille"}',
            b".".join((entete, charge, b"")),
            b".".join((b"eyJhbGciOiJub25lIn0", charge, b"")),
            b".".join((entete, charge[:-4] + b"AAAA", signature)),
            entre.vraie + b"A" * 20_000,
            b"\xff" * 40,
        ):
            entre.fausse = octets
            await monde.gate.inconnus.verser()
            assert (await comptoir.entrer("camille")).status_code == 401
            assert (await monde.journal(1))[0]["motif"] == "connexion"


async def test_ce_que_l_environnement_regle_est_ce_qui_sert(tmp_path: Path) -> None:
    for nom in ("kek", "index"):
        (tmp_path / nom).write_bytes(nom.encode().ljust(32))
    settings = Settings(
        mode="production", data=tmp_path, kek_file=tmp_path / "kek", index_key_file=tmp_path / "index",
        oidc_issuer="https://emetteur.exemple", oidc_audience="unefois", oidc_client_id="pages",
        public_url="https://unefois.exemple.fr", oidc_persons="userinfo",
        oidc_persons_issuer="https://proconnect.exemple", oidc_claims="courriel=mail", oidc_amr="mfa",
        bound_tokens="exiges",
    )  # fmt: skip
    async with httpx.AsyncClient() as http:
        identites, oidc = _emetteur(settings, Coffret(bytes(32)), http)
    assert (oidc.pseudonymes is None, oidc.noms.courriel, oidc.noms.agent, oidc.amr) == (False, "mail", "agent", "mfa")
    assert (oidc.issuer, oidc.audience) == ("https://proconnect.exemple", "unefois")
    assert identites._emetteurs["https://proconnect.exemple"].ailleurs
    assert identites._exigeants == {"https://emetteur.exemple"}
    assert identites._emetteurs["https://emetteur.exemple"].noms == oidc.noms


def test_la_commande_dit_le_nom_sous_lequel_habiliter(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for nom in [nom for nom in os.environ if nom.startswith("UNEFOIS_")]:  # no command knows those of tests
        monkeypatch.delenv(nom)
    monkeypatch.setenv("UNEFOIS_DATA", str(tmp_path))
    attendu = pseudonymes_locaux(Settings(data=tmp_path)).de(Personne(IDP, COURRIEL.lower(), SIRET))
    for adresse, siret, statut in ((f"{COURRIEL}\n", SIRET, 0), ("camille\n", SIRET, 1), (f"{COURRIEL}\n", "123", 1)):
        monkeypatch.setattr("sys.stdin", io.StringIO(adresse))
        assert main(["pseudonyme", "--idp", IDP, "--siret", siret]) == statut
        dit_la = capsys.readouterr()
        assert (dit_la.out == f"{attendu}\n") is (statut == 0)
        assert COURRIEL.lower() not in (dit_la.out + dit_la.err).lower()
    assert re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]{0,62}", attendu)
    autre = Pseudonymes(b"t" * 32)
    assert len({attendu, agent(), autre.de(Personne(IDP, COURRIEL.lower(), SIRET))}) == 3


async def test_ce_que_signe_l_emetteur_des_personnes_n_est_pas_un_jeton_de_l_api(
    monde: Monde, keycloak: str, tmp_path: Path
) -> None:
    """It would be one, if persons and machines had the same issuer."""
    async with ouvrir(monde, keycloak, tmp_path, claims=CLAIMS) as comptoir:
        jeton = await comptoir.machine("client-ssd")
        [emetteur] = monde.gate.identites._emetteurs.values()
        for ailleurs, code in ((False, None), (True, "emetteur")):
            monde.gate.identites = Identites([replace(emetteur, ailleurs=ailleurs)])
            entetes = {"Authorization": f"Bearer {jeton}", "Finalite": "ACCOMPAGNEMENT", "Agent": "assistante"}
            assert (await monde.client.get("/v1/moi", headers=entetes)).json().get("code") == code


CLAIMS: Final = "organisation=org_code, agent=agent_code, finalites=resource_access.unefois.roles, client=azp"


@pytest.fixture(scope="module")
def keycloak(outil: Callable[[str], Path]) -> Iterator[str]:
    with emettre(outil, forme="keycloak") as adresse:
        yield adresse


async def test_des_revendications_qui_portent_d_autres_noms_se_lisent_la_ou_elles_sont(
    monde: Monde, keycloak: str, tmp_path: Path
) -> None:
    async with ouvrir(monde, keycloak, tmp_path, claims=CLAIMS) as comptoir:
        reponse = await comptoir.entrer("instructrice")
        assert (reponse.status_code, reponse.headers.get("location")) == (303, "/finalite"), dit(reponse)
        assert (await lire(comptoir, "CCAPEX_ADMINISTRATIVE", "/ccapex")).status_code == 200
        assert (await comptoir.entrer("inconnue")).status_code == 401
        jeton = await comptoir.machine("client-ssd")
        entetes = {"Authorization": f"Bearer {jeton}", "Finalite": "ACCOMPAGNEMENT", "Agent": "assistante"}
        lu = await monde.client.get("/v1/moi", headers=entetes)
        assert (lu.status_code, lu.json()["organisation"]) == (200, "ssd")
        voisin = {"Authorization": f"Bearer {await comptoir.machine('client-voisin')}", "Finalite": "ACTE_EMISSION"}
        assert (await monde.client.get("/v1/moi", headers=voisin)).json()["code"] == "partenaire_inconnu"


async def test_sans_la_correspondance_les_memes_jetons_ne_disent_rien(
    monde: Monde, keycloak: str, tmp_path: Path
) -> None:
    async with ouvrir(monde, keycloak, tmp_path) as comptoir:
        assert (await comptoir.entrer("instructrice")).status_code == 401
        entetes = {"Authorization": f"Bearer {await comptoir.machine('client-ssd')}", "Finalite": "ACCOMPAGNEMENT"}
        assert (await monde.client.get("/v1/moi", headers=entetes)).json()["code"] == "revendications"


def test_le_domaine_livre_donne_ce_qu_un_jeton_doit_contenir() -> None:
    """What the realm's mappers put in a token is read as ours is: from the page, not from a copy of it."""
    texte = (RACINE / "docs" / "jetons.md").read_text(encoding="utf-8")
    [domaine] = re.findall(r"```json\n(.*?)```", texte, re.DOTALL)
    machine, pages = orjson.loads(domaine)["clients"]
    communes = {"aud", "organisation", "finalites"}
    for client, attendues in ((machine, communes), (pages, communes | {"agent"})):
        mises = {m["config"].get("claim.name", "aud") for m in client["protocolMappers"]}
        assert mises == attendues
        assert all(m["config"]["access.token.claim"] == "true" for m in client["protocolMappers"])
    assert machine["attributes"]["dpop.bound.access.tokens"] == "true"
    assert machine["clientAuthenticatorType"] == "client-jwt"
    assert pages["attributes"]["pkce.code.challenge.method"] == "S256"
    dites = {m["config"]["claim.name"]: m["config"]["claim.value"] for m in machine["protocolMappers"][1:]}
    revendications = {**dites, "azp": machine["clientId"], "exp": 1.0, "cnf": {"jkt": "a"}}
    lu = _jeton(revendications, Emetteur("https://e", "unefois", ClesLocales(KeySet([]))))
    assert (lu.organisation, lu.client_id, lu.jkt) == ("bailleur", "client-bailleur", "a")
    assert lu.finalites <= set(FINALITES["BAILLEUR_SOCIAL"])


def test_la_page_nomme_chaque_refus(compter: Callable[[str, int], None]) -> None:
    texte = (RACINE / "docs" / "jetons.md").read_text(encoding="utf-8")
    dits = {code for code, _ in [*FAUX.values(), *FAUSSES.values()]}
    dits |= {"jeton_lie", "jeton_libre", "jeton_sans_lien", "liaison_inconnue", "preuve_rejouee", "certificat"}
    assert {code for code in dits if f"`{code}`" not in texte} == set()
    compter("codes de refus d'un jeton, expliqués", len(dits))
