"""Errors as RFC 9457 problems: one table of stable codes, French sentences, never a value of the request.

A problem names no path and no case, so that the 404 of an unknown case and of one out of reach are the same bytes.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import orjson
from starlette.responses import Response

from adapters.gate.refus import Refus, champs_de

TYPE: Final = "application/problem+json"
BASE: Final = "/v1/erreurs#"


@dataclass(frozen=True, slots=True)
class Erreur:
    """One kind of error: HTTP status, title, and what to do about it."""

    statut: int
    titre: str
    remede: str


ERREURS: Final[Mapping[str, Erreur]] = {
    "json": Erreur(400, "Corps illisible", "Envoyez du JSON (RFC 8259) en UTF-8."),
    "requete": Erreur(400, "Requête incomprise", "Relisez les paramètres de cette route dans /openapi.json."),
    "filtre": Erreur(400, "Filtre inconnu de cette vue", "Retirez ce filtre, ou demandez une autre vue."),
    "temps_sur_liste": Erreur(
        400,
        "Une file active se lit au présent",
        "« au » et « connu_le » se demandent dossier par dossier : GET /v1/vues/{vue}/{id}.",
    ),
    "finalite_manquante": Erreur(400, "Finalité manquante", "Ajoutez l'en-tête « Finalite: CODE »."),
    "cle_idempotence": Erreur(
        400, "Clé d'idempotence manquante", "Ajoutez l'en-tête « Idempotency-Key », une clé par contribution."
    ),
    "jeton": Erreur(401, "Jeton refusé", "Demandez un nouveau jeton d'accès à votre émetteur."),
    "refus": Erreur(403, "Accès refusé", "Ce refus est journalisé. Le motif dit ce qui manque."),
    "introuvable": Erreur(404, "Introuvable", "Vérifiez l'identifiant : rien de ce numéro n'est à votre portée."),
    "methode": Erreur(405, "Méthode non admise", "Voyez les méthodes de cette adresse dans /openapi.json."),
    "cle_reutilisee": Erreur(409, "Clé d'idempotence déjà employée", "Donnez une clé neuve à cette contribution."),
    "acte_connu": Erreur(409, "Acte déjà enregistré", "Rien à faire : l'acte est au dossier."),
    "conflit": Erreur(409, "Dossier très sollicité", "Renvoyez la même requête avec la même clé."),
    "precondition": Erreur(412, "Le dossier a changé", "Relisez le dossier, puis renvoyez avec son nouvel ETag."),
    "trop_grand": Erreur(413, "Corps trop grand", "Envoyez plusieurs contributions, ou un lot NDJSON."),
    "saisie": Erreur(422, "Saisie à corriger", "Corrigez chaque champ cité, puis renvoyez."),
    "interne": Erreur(500, "Erreur interne", "L'incident est consigné. Réessayez plus tard."),
    "indisponible": Erreur(503, "Service indisponible", "Rien n'a été communiqué ni enregistré. Réessayez."),
}
_PAR_STATUT: Final = {
    400: "requete",
    401: "jeton",
    403: "refus",
    404: "introuvable",
    405: "methode",
    409: "conflit",
    412: "precondition",
    413: "trop_grand",
    422: "saisie",
    503: "indisponible",
}
SURETE: Final = {"cache-control": "no-store", "x-content-type-options": "nosniff"}


def probleme(
    statut: int,
    code: str,
    detail: str,
    champs: Sequence[Mapping[str, str]] = (),
    entetes: Mapping[str, str] | None = None,
) -> Response:
    """The response for one error."""
    genre = code if code in ERREURS else _PAR_STATUT.get(statut, "requete")
    corps: dict[str, Any] = {
        "type": f"{BASE}{genre}",
        "title": ERREURS[genre].titre,
        "status": statut,
        "detail": detail,
        "code": code,
        "remede": ERREURS[genre].remede,
    }
    if champs:
        corps["champs"] = list(champs)
    ajouts = {"www-authenticate": "Bearer"} if statut == 401 else {"retry-after": "2"} if statut == 503 else {}  # noqa: PLR2004 - HTTP's own
    return Response(orjson.dumps(corps), statut, {**SURETE, **ajouts, **(entetes or {})}, media_type=TYPE)


def de_refus(refus: Refus) -> Response:
    """The response for a refusal of the gate."""
    return probleme(refus.statut, refus.code, refus.message, champs_de(refus))


def catalogue() -> list[dict[str, Any]]:
    """Every kind of error, as ``GET /v1/erreurs`` lists them."""
    return [
        {"type": f"{BASE}{code}", "statut": e.statut, "titre": e.titre, "remede": e.remede}
        for code, e in ERREURS.items()
    ]
