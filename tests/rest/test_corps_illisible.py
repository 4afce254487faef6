"""A body that is no JSON, on every route that takes one: said so, by the same words, before anything else of it."""

from collections.abc import Callable
from typing import Final
from uuid import uuid4

from adapters.service.routes import ROUTES
from tests.monde import Monde
from tests.rest.test_dossier_de_seance import a_l_ordre_du_jour
from tests.rest.test_seances import convoquee

JSON: Final = "application/json"
AUTREMENT: Final = {"/v1/interventions/lot", "/exploc/v1/lots", "/v1/dossiers/{dossier}/pieces"}
"""What takes lines, a lot, a file."""
LECTEURS: Final = (
    ("ccapex", "CCAPEX_ADMINISTRATIVE"),
    ("clil", "CLIL_EXAMEN"),
    ("etude", "ACTE_EMISSION"),
    ("bailleur", "ACTE_EMISSION"),
    ("dpo", "CONTROLE"),
    ("dpo", "DROITS_PERSONNE"),
    ("responsable", "DROITS_PERSONNE"),
)
CORPS: Final = {
    b"": (400, "json"),
    b'{"a":': (400, "json"),
    b"\xff\xfe{}": (400, "json"),
    b'{"nom": "DUPONT-ESSAI"': (400, "json"),
    b'{"nom": 1, "nom": 2}': (422, "double"),
}
"""What each is answered: the status, and what its fault is called."""


async def test_un_corps_illisible_est_400_json_sur_chaque_route_qui_en_a_un(
    monde: Monde, compter: Callable[[str, int], None]
) -> None:
    """To whoever may call it; whoever may not is refused for that."""
    dossier = await a_l_ordre_du_jour(monde)
    livre = await monde.post("/v1/abonnements", *LECTEURS[0], {"url": "http://127.0.0.1:8094/"})
    lieux = {"dossier": dossier, "seance": await convoquee(monde), "abonnement": livre.json()["abonnement"]}
    lieux["effacement"] = str(uuid4())
    routes = [route for route in ROUTES if route.corps and JSON in route.corps.genres]
    assert {r.chemin for r in ROUTES if r.corps} - {r.chemin for r in routes} == AUTREMENT
    for route in routes:
        for corps, attendu in CORPS.items():
            dits = set()
            for qui, finalite in LECTEURS:
                entetes = monde.entetes(qui, finalite) | {"Idempotency-Key": uuid4().hex}
                adresse = route.chemin.format_map(lieux)
                recu = await monde.client.request(route.methode, adresse, content=corps, headers=entetes)
                assert "DUPONT" not in recu.text
                dit = recu.json()
                dits.add((recu.status_code, *(faute["code"] for faute in dit.get("champs") or [{"code": dit["code"]}])))
            assert attendu in dits, (route.chemin, corps, dits)
            assert {statut for statut, *_ in dits} <= {attendu[0], 403, 404}, (route.chemin, corps, dits)
    compter("routes dont un corps illisible est dit tel", len(routes))
