"""Errors as RFC 9457 problems: one table of stable codes, French sentences, never a value of the request.

A problem names no path and no case, so that the 404 of an unknown case and of one out of reach are the same bytes.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import orjson
from starlette.requests import Request
from starlette.responses import Response

from adapters.gate.codes import CODES
from adapters.gate.parts import DEMANDES
from adapters.gate.refus import Refus, champs_de
from adapters.rest.schema import ENTIER, TEXTE, Forme, dit, liste, objet

TYPE: Final = "application/problem+json"
PAGE: Final = "/erreurs"
"""Where the type of a problem leads, which needs no token."""
BASE: Final = f"{PAGE}#"

EN_COURS: Final = {
    "ratelimit-policy": f'"en-cours";q={DEMANDES};qu="concurrent-requests"',
    "ratelimit": '"en-cours";r=0;t=2',
}
"""The share of one organisation, as a client's library reads it (``RateLimit`` fields)."""


@dataclass(frozen=True, slots=True)
class Erreur:
    """One kind of error: HTTP status, title, and what to do about it.

    ``usuelle``: what has this status and no kind of its own is of this kind. ``entetes``: what its answer adds.
    """

    statut: int
    titre: str
    remede: str
    usuelle: bool = True
    entetes: Mapping[str, str] = field(default_factory=dict)


ERREURS: Final[Mapping[str, Erreur]] = {
    "json": Erreur(400, "Corps illisible", "Envoyez du JSON (RFC 8259) en UTF-8.", usuelle=False),
    "requete": Erreur(400, "Requête incomprise", "Relisez les paramètres de cette route dans /openapi.json."),
    "filtre": Erreur(
        400, "Filtre inconnu de cette vue", "Retirez ce filtre, ou demandez une autre vue.", usuelle=False
    ),
    "reprise_perimee": Erreur(
        400,
        "Reprise périmée",
        "Demandez un « suivant » à GET /v1/flux sans « depuis », puis relisez vos listes.",
        usuelle=False,
    ),
    "finalite_manquante": Erreur(400, "Finalité manquante", "Ajoutez l'en-tête « Finalite: CODE ».", usuelle=False),
    "cle_idempotence": Erreur(
        400,
        "Clé d'idempotence manquante",
        "Ajoutez l'en-tête « Idempotency-Key », une clé par contribution.",
        usuelle=False,
    ),
    "jeton": Erreur(
        401,
        "Jeton refusé",
        "Demandez un nouveau jeton d'accès à votre émetteur.",
        entetes={"www-authenticate": "Bearer"},
    ),
    "refus": Erreur(403, "Accès refusé", "Ce refus est journalisé. Le motif dit ce qui manque."),
    "introuvable": Erreur(404, "Introuvable", "Vérifiez l'identifiant : rien de ce numéro n'est à votre portée."),
    "methode": Erreur(405, "Méthode non admise", "Voyez les méthodes de cette adresse dans /openapi.json."),
    "cle_reutilisee": Erreur(
        409, "Clé d'idempotence déjà employée", "Donnez une clé neuve à cette contribution.", usuelle=False
    ),
    "acte_connu": Erreur(
        409,
        "Acte déjà enregistré",
        "Vérifiez son numéro : un acte s'enregistre une fois, dans un seul dossier.",
        usuelle=False,
    ),
    "trop_d_abonnements": Erreur(
        409, "Trop d'abonnements", "Mettez fin à un abonnement dont vous n'avez plus l'usage.", usuelle=False
    ),
    "abonnement_fini": Erreur(409, "Abonnement fini", "Faites un autre abonnement.", usuelle=False),
    "document_impossible": Erreur(
        409, "Document impossible", "Le détail dit ce qui manque : transmettez-le, ou écrivez autrement.", usuelle=False
    ),
    "conflit": Erreur(409, "Dossier très sollicité", "Renvoyez la même requête avec la même clé."),
    "retire": Erreur(410, "Retiré", "Appelez ce qui le remplace : « detail » et l'en-tête « Link » le disent."),
    "precondition": Erreur(412, "Le dossier a changé", "Relisez le dossier, puis renvoyez avec son nouvel ETag."),
    "trop_grand": Erreur(413, "Corps trop grand", "Envoyez plusieurs contributions, ou un lot NDJSON."),
    "hote": Erreur(421, "Hôte inattendu", "Adressez-vous au nom public du service."),
    "saisie": Erreur(422, "Saisie à corriger", "Corrigez chaque champ cité, puis renvoyez."),
    "trop_de_demandes": Erreur(
        429,
        "Trop de demandes à la fois",
        "Attendez une réponse avant la suivante.",
        entetes={"retry-after": "2", **EN_COURS},
    ),
    "entetes": Erreur(431, "En-têtes trop grands", "Envoyez moins d'en-têtes, ou de plus courts."),
    "interne": Erreur(500, "Erreur interne", "L'incident est consigné. Réessayez plus tard."),
    "indisponible": Erreur(
        503,
        "Service indisponible",
        "Rien n'a été communiqué ni enregistré. Réessayez.",
        entetes={"retry-after": "2"},
    ),
}
_USUELLES: Final = {erreur.statut: code for code, erreur in ERREURS.items() if erreur.usuelle}
STATUTS: Final = tuple(sorted({erreur.statut for erreur in ERREURS.values()}))
SURETE: Final = {"cache-control": "no-store, no-transform", "x-content-type-options": "nosniff"}


def genre(statut: int, code: str = "") -> str:
    """The kind of an error: its own code, or what its status usually means."""
    return code if code in ERREURS else _USUELLES.get(statut, "requete")


def probleme(
    statut: int,
    code: str,
    detail: str,
    champs: Sequence[Mapping[str, str]] = (),
    entetes: Mapping[str, str] | None = None,
) -> Response:
    """The response for one error."""
    erreur = ERREURS[genre(statut, code)]
    corps: dict[str, Any] = {
        "type": f"{BASE}{genre(statut, code)}",
        "title": erreur.titre,
        "status": statut,
        "detail": detail,
        "code": code,
        "remede": erreur.remede,
    }
    if champs:
        corps["champs"] = list(champs)
    ajouts = {**SURETE, **ERREURS[genre(statut)].entetes, **(entetes or {})}
    return Response(orjson.dumps(corps), statut, ajouts, media_type=TYPE)


def navigateur(request: Request) -> bool:
    """Whether a person's browser asks for a page: the addresses of software keep problem details."""
    logiciel = request.url.path.startswith(("/v1/", "/exploc/"))
    return not logiciel and "text/html" in request.headers.get("accept", "")


def de_refus(refus: Refus) -> Response:
    """The response for a refusal of the gate."""
    defi = {"www-authenticate": refus.defi} if refus.defi else None
    return probleme(refus.statut, refus.code, refus.message, champs_de(refus), defi)


def catalogue() -> list[dict[str, Any]]:
    """Every kind of error, as ``GET /v1/erreurs`` lists them."""
    return [
        {"type": f"{BASE}{code}", "statut": e.statut, "titre": e.titre, "remede": e.remede}
        for code, e in ERREURS.items()
    ]


CHAMP_A_CORRIGER: Final = Forme(
    "ChampACorriger",
    objet(
        "Un champ à corriger ; sa valeur n'est jamais reprise",
        {
            "champ": dit(TEXTE, "où, dans le corps envoyé", "evenements.0.donnees.montant"),
            "code": dit(TEXTE, "ce qui ne va pas", "entier_attendu"),
            "message": dit(TEXTE, "ce qu'il faut faire", CODES["entier_attendu"]),
        },
    ),
)
ERREUR: Final = {
    "code": dit(TEXTE, "code stable de l'erreur ou du motif : voir GET /v1/erreurs", "saisie"),
    "detail": dit(TEXTE, "une phrase pour une personne", "La requête n'est pas valable : corrigez ce qui suit."),
    "champs": liste(CHAMP_A_CORRIGER),
}
"""What is said of an error wherever one is told."""
PROBLEME: Final = Forme(
    "Probleme",
    objet(
        "Une erreur (RFC 9457). Ni valeur, ni chemin, ni dossier n'y est repris",
        {
            "type": dit(TEXTE, "genre de l'erreur, et la page qui le décrit", "/erreurs#saisie"),
            "title": dit(TEXTE, "son titre", "Saisie à corriger"),
            "status": dit(ENTIER, "statut HTTP", 422),
            "remede": dit(TEXTE, "ce qu'il faut faire", "Corrigez chaque champ cité, puis renvoyez."),
            **ERREUR,
        },
        facultatifs=("champs",),
    ),
)
