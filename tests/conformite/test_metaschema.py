"""What judges a document of OpenAPI: the meta-schema of its authors, whole, whatever the document is."""

import hashlib
import re
import time
from importlib.resources import files
from typing import Any, Final

import orjson
import pytest

from adapters.conformite.metaschema import VERSION, premier_ecart
from tests.conformite.banc import Banc

PUBLIE: Final = "7e1be0acf57f1740be3898c2534347b02e814229a89bc3e3f82ab5a14aeac7c7"
"""Of the meta-schema of that date: nobody mends it here."""


def document(**schemas: Any) -> dict[str, Any]:
    return {"openapi": "3.1.0", "info": {"title": "t", "version": "1"}, "components": {"schemas": schemas}}


def test_le_metaschema_est_celui_de_sa_date_et_sa_licence_est_a_cote() -> None:
    dossier = files("adapters.conformite").joinpath("openapi")
    publie = dossier.joinpath(f"schema-{VERSION}.json").read_bytes()
    assert hashlib.sha256(publie).hexdigest() == PUBLIE
    assert orjson.loads(publie)["$id"] == f"https://spec.openapis.org/oas/3.1/schema/{VERSION}"
    assert "Apache License" in dossier.joinpath("LICENCE.txt").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("faux", "ou"),
    [
        ({"openapi": "3.0.3", "info": {"title": "t", "version": "1"}, "paths": {}}, "« openapi »"),
        ({"openapi": "3.1.0", "paths": {}}, "« le document »"),
        (document(Dette={"type": "montant"}), "« components > schemas > Dette > type »"),
        (document(Dette={"properties": {"montant": {"minimum": "0"}}}), "montant > minimum »"),
        (document(Dette={"allOf": []}), "« components > schemas > Dette > allOf »"),
        (document() | {"paths": {"sans-barre": {}}}, "« paths »"),
    ],
)
def test_ce_qui_est_mal_ecrit_est_dit_a_sa_place(faux: dict[str, Any], ou: str) -> None:
    assert ou in premier_ecart(faux)


def test_un_document_juste_n_a_rien_a_dire_de_ses_schemas() -> None:
    assert premier_ecart(document(A={"type": ["string", "null"], "$ref": "#/components/schemas/B"}, B=True)) == ""


def test_ce_que_le_serveur_nomme_n_est_montre_que_s_il_se_lit() -> None:
    dit = premier_ecart(document(**{"\x1b[2JMadame LEROY": {"type": "x"}}))
    assert "LEROY" not in dit
    assert "« components > schemas > … > type »" in dit


def test_un_document_sans_fond_ou_sans_fin_est_juge_de_meme() -> None:
    """As deep as JSON is read, as long as an answer may be: one line, in a few seconds."""
    fond = orjson.loads(b'{"items":' * 990 + b'{"type":"x"}' + b"}" * 990)
    long = {f"A{rang}": {"allOf": [{"$ref": "#/x"}] * 20, "type": "objet"} for rang in range(12_000)}
    for schemas in ({"A": fond}, long):
        debut = time.monotonic()
        dit = premier_ecart(document(**schemas))
        assert time.monotonic() - debut < 20
        assert dit
        assert len(dit) < 400


async def test_le_document_servi_l_est_pour_chaque_role(banc: Banc) -> None:
    """The kit asks for that of all; partners generate their clients from that of their role."""
    entier = await banc.monde.client.get("/openapi.json")
    roles = re.findall(r"[A-Z_]{2,}", " ".join(entier.json()["x-lecteurs"]))
    assert len(roles) > 20
    for role in roles:
        lu = await banc.monde.client.get("/openapi.json", params={"role": role})
        assert lu.status_code == 200, role
        assert premier_ecart(lu.json()) == "", role
