"""The OpenAPI document, in French, made of the same tables as the rest: events, policies, errors, routes.

A partner needs nothing else: each field of each event says its type, its sensitivity, its group, and which roles
read it.
"""

from collections.abc import Mapping
from functools import cache
from typing import Any, Final

import orjson
from pydantic import TypeAdapter

from adapters import libelles
from adapters.rest.erreurs import ERREURS, TYPE
from adapters.rest.routes import FILTRES_DU_JOURNAL, ROUTES, VUES, Route
from adapters.saisie import AvisEffacement, DecisionEffacement, DemandeEffacement, ExecutionEffacement, Identite
from ledger.events import Classe, Evenement, catalogue, champs
from policies.decision import GROUPES
from policies.tables import Tables

UUID_EXEMPLE: Final = "0199f1e2-7b1a-7000-8000-000000000001"
_PARAMETRES: Final[Mapping[str, str]] = {
    "dossier": "identifiant du dossier",
    "vue": "commission : clil, ccapex ou comex",
    "effacement": "identifiant de la demande d'effacement",
}
_REQUETE: Final[Mapping[str, tuple[tuple[str, str, dict[str, Any]], ...]]] = {
    "/v1/vues/{vue}": (
        ("commune", "code INSEE, répétable", {"type": "array", "items": {"type": "string"}}),
        ("stade", "stade de la procédure, répétable", {"type": "array", "items": {"enum": list(libelles.STADES)}}),
        ("parc", "parc du logement, répétable", {"type": "array", "items": {"enum": ["SOCIAL", "PRIVE", "FOYER"]}}),
        ("arrondissement", "code de l'arrondissement", {"type": "string"}),
        ("seance", "séance où le dossier est inscrit", {"type": "string", "format": "uuid"}),
        ("par_date", "date que bornent « du » et « au_plus_tard »", {"type": "string"}),
        ("du", "à partir de cette date", {"type": "string", "format": "date"}),
        ("au_plus_tard", "jusqu'à cette date", {"type": "string", "format": "date"}),
        ("apres", "position après laquelle reprendre (« suivant » de la page précédente)", {"type": "integer"}),
        ("limite", "nombre de lignes, 200 au plus", {"type": "integer", "minimum": 1, "maximum": 200}),
    ),
    "/v1/journal": (
        *((nom, f"filtre : {nom}", {"type": "string"}) for nom in FILTRES_DU_JOURNAL if nom != "format"),
        ("format", "« csv » pour un export", {"enum": ["csv"]}),
    ),
}
_PASSE: Final = (
    ("au", "ce qui était vrai à cette date", {"type": "string", "format": "date"}),
    ("connu_le", "ce qui était connu à ce moment", {"type": "string", "format": "date-time"}),
)
_FORMES: Final[Mapping[str, tuple[type[Any], dict[str, Any]]]] = {
    "/v1/dossiers/recherche": (Identite, {"nom": "LEROY", "prenoms": "Fatou", "date_naissance": "1955-04-24"}),
    "/v1/journal/recherche": (Identite, {"nom": "LEROY", "prenoms": "Fatou", "date_naissance": "1955-04-24"}),
    "/v1/droits/effacement": (DemandeEffacement, {"dossier": UUID_EXEMPLE, "personne": UUID_EXEMPLE}),
    "/v1/droits/effacement/{effacement}/avis": (AvisEffacement, {"dossier": UUID_EXEMPLE, "avis": "FAVORABLE"}),
    "/v1/droits/effacement/{effacement}/decision": (
        DecisionEffacement,
        {"dossier": UUID_EXEMPLE, "sens": "REFUSE", "article": "RGPD 17(3)(b)"},
    ),
    "/v1/droits/effacement/{effacement}/execution": (
        ExecutionEffacement,
        {"dossier": UUID_EXEMPLE, "decision": UUID_EXEMPLE},
    ),
}
_ECRITES: Final = {"/v1/dossiers", "/v1/dossiers/{dossier}/interventions"}


def lecteurs(tables: Tables, groupe: str | None) -> list[str]:
    """The roles that the matrix lets read a group in some way, for some purpose and link."""
    cherches = {"F10a", "F10b"} if groupe == "F10" else {groupe}
    return [
        role
        for role, lignes in tables.matrice.items()
        if any(ligne["groupe"] in cherches and ligne["lecture"] != "-" for ligne in lignes)
    ]


def _schema(cls: type[Any]) -> dict[str, Any]:
    schema = TypeAdapter(cls).json_schema(ref_template="#/components/schemas/{model}")
    return {nom: valeur for nom, valeur in schema.items() if nom not in {"$defs", "description", "title"}}


def _donnees(nom: str, cls: type[Evenement], tables: Tables) -> dict[str, Any]:
    """The fields of one type of event, each with its class, its group and who may read it."""
    schema = _schema(cls)
    for champ, decrit in champs(cls).items():
        propriete = schema["properties"][champ]
        propriete.pop("title", None)
        lus = lecteurs(tables, decrit.groupe)
        clair = "en clair" if decrit.classe is Classe.S0 else f"scellé, classe {decrit.classe.value}"
        groupe = GROUPES.get(decrit.groupe or "", "contacts")
        propriete |= {
            "description": f"{decrit.libelle} ({clair} ; groupe {decrit.groupe}, {groupe}). "
            f"Lisible, selon la finalité et le lien, par : {', '.join(lus) or 'personne'}.",
            "examples": [decrit.exemple],
            "x-classe": decrit.classe.value,
            "x-groupe": decrit.groupe,
            "x-lecteurs": lus,
        }
    return {**schema, "title": libelles.evenement(nom), "additionalProperties": False}


def _evenement(nom: str, cls: type[Evenement]) -> dict[str, Any]:
    requis = {f for f, c in champs(cls).items() if f in _schema(cls).get("required", ())}
    exemple = {f: c.exemple for f, c in champs(cls).items() if f in requis}
    return {
        "type": "object",
        "title": libelles.evenement(nom),
        "required": ["type", "survenu_le", "donnees"],
        "additionalProperties": False,
        "properties": {
            "type": {"const": nom},
            "survenu_le": {"type": "string", "format": "date", "description": "date à laquelle c'est vrai"},
            "donnees": {"$ref": f"#/components/schemas/{nom}.donnees"},
            "corrige": {
                "type": ["string", "null"],
                "format": "uuid",
                "description": "l'événement que celui-ci corrige",
            },
        },
        "examples": [{"type": nom, "survenu_le": "2026-10-15", "donnees": exemple}],
    }


def _corps(route: Route) -> dict[str, Any] | None:
    if route.methode != "POST":
        return None
    if route.chemin == "/v1/interventions/lot":
        texte = "une contribution par ligne, avec « dossier » et « cle »"
        return {
            "required": True,
            "content": {"application/x-ndjson": {"schema": {"type": "string", "description": texte}}},
        }
    if route.chemin in _FORMES:
        forme, exemple = _FORMES[route.chemin]
        contenu = {"schema": {**_schema(forme), "additionalProperties": False}, "example": exemple}
    else:
        nom = "Ouverture" if route.chemin == "/v1/dossiers" else "Contribution"
        contenu = {"schema": {"$ref": f"#/components/schemas/{nom}"}}
    return {"required": True, "content": {"application/json": contenu}}


def _entete(nom: str, texte: str, *, requis: bool = False) -> dict[str, Any]:
    return {"name": nom, "in": "header", "required": requis, "description": texte, "schema": {"type": "string"}}


def _operation(route: Route) -> dict[str, Any]:
    noms = [n for n in _PARAMETRES if "{" + n + "}" in route.chemin]
    parametres = [
        {
            "name": n,
            "in": "path",
            "required": True,
            "description": _PARAMETRES[n],
            "schema": {"enum": list(VUES)} if n == "vue" else {"type": "string", "format": "uuid"},
        }
        for n in noms
    ]
    lus = _REQUETE.get(route.chemin, _PASSE if route.methode == "GET" and route.chemin.endswith("{dossier}") else ())
    parametres += [{"name": n, "in": "query", "description": d, "schema": s} for n, d, s in lus]
    finalite = "finalité déclarée, et la demande qu'elle nomme : « AIDE_INSTRUCTION; demande=<uuid> »"
    parametres.append(_entete("Finalite", finalite, requis=route.exige))
    parametres.append(_entete("Agent", "pseudonyme de la personne derrière un jeton de machine"))
    if route.chemin in _ECRITES:
        parametres.append(_entete("Idempotency-Key", "une clé par contribution", requis=True))
    if route.chemin == "/v1/dossiers/{dossier}/interventions":
        parametres.append(_entete("If-Match", "ETag de votre dernière lecture du dossier"))
    cree = route.methode == "POST" and (route.chemin in _ECRITES or "/droits/" in route.chemin)
    genre = "application/x-ndjson" if route.chemin.endswith("/lot") else "application/json"
    bien = {
        "description": "Fait.",
        "content": {genre: {"schema": {} if genre != "application/json" else {"type": "object"}}},
    }
    if route.chemin == "/v1/journal":
        bien["content"] = {**bien["content"], "text/csv": {"schema": {"type": "string"}}}  # type: ignore[dict-item]  # JSON
    resume = (route.fonction.__doc__ or "Faire avancer une demande d'effacement.").strip()
    corps = _corps(route)
    return {
        "operationId": f"{route.methode.lower()}{route.chemin.replace('/', '_').replace('{', '').replace('}', '')}",
        "summary": resume,
        "description": f"Action : {route.action.value}. Chaque appel, refusé ou non, est inscrit au journal.",
        "parameters": parametres,
        **({"requestBody": corps} if corps else {}),
        "responses": {
            "201" if cree else "200": bien,
            **({"304": {"description": "Rien n'a changé pour vous."}} if "{" in route.chemin else {}),
            **{str(s): {"$ref": f"#/components/responses/{s}"} for s in sorted({e.statut for e in ERREURS.values()})},
        },
    }


@cache
def _statique() -> dict[str, Any]:
    chemins: dict[str, dict[str, Any]] = {}
    for route in ROUTES:
        chemins.setdefault(route.chemin, {})[route.methode.lower()] = _operation(route)
    return chemins


def contrat(tables: Tables) -> bytes:
    """The document, in JSON."""
    evenements = catalogue()
    schemas: dict[str, Any] = {f"{nom}.donnees": _donnees(nom, cls, tables) for nom, cls in evenements.items()}
    schemas |= {nom: _evenement(nom, cls) for nom, cls in evenements.items()}
    liste = {
        "type": "array",
        "maxItems": 100,
        "items": {"oneOf": [{"$ref": f"#/components/schemas/{n}"} for n in evenements]},
    }
    schemas["Contribution"] = {
        "type": "object",
        "required": ["evenements"],
        "additionalProperties": False,
        "properties": {
            "evenements": {**liste, "minItems": 1},
            "demande": {
                "type": ["string", "null"],
                "format": "uuid",
                "description": "demande du ménage dont il s'agit",
            },
            "information_menage": {"type": ["string", "null"], "format": "date", "description": "ménage informé le"},
            "source": {"const": "PARTENAIRE"},
        },
    }
    schemas["Ouverture"] = {
        "type": "object",
        "required": ["survenu_le", "logement", "titulaire"],
        "additionalProperties": False,
        "properties": {
            "survenu_le": {"type": "string", "format": "date"},
            "logement": {"$ref": "#/components/schemas/DossierOuvert.donnees"},
            "titulaire": {"type": "object", "description": "nom, prénoms et date de naissance du titulaire du bail"},
            "evenements": {**liste, "maxItems": 98},
            "information_menage": {"type": ["string", "null"], "format": "date"},
        },
    }
    schemas["Probleme"] = {
        "type": "object",
        "description": "RFC 9457. « champs » cite chaque champ à corriger, jamais sa valeur.",
        "required": ["type", "title", "status", "detail", "code"],
        "properties": {
            **{n: {"type": "string"} for n in ("type", "title", "detail", "code", "remede")},
            "status": {"type": "integer"},
            "champs": {"type": "array", "items": {"type": "object"}},
        },
    }
    return orjson.dumps(
        {
            "openapi": "3.1.0",
            "info": {
                "title": "unefois",
                "version": "1",
                "description": "Le dossier partagé des ménages menacés d'expulsion : dites-le nous une fois.",
            },
            "security": [{"jeton": []}],
            "paths": _statique(),
            "components": {
                "schemas": schemas,
                "securitySchemes": {"jeton": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}},
                "responses": {
                    str(statut): {
                        "description": " ; ".join(e.titre for e in ERREURS.values() if e.statut == statut),
                        "content": {TYPE: {"schema": {"$ref": "#/components/schemas/Probleme"}}},
                    }
                    for statut in sorted({e.statut for e in ERREURS.values()})
                },
            },
        }
    )
