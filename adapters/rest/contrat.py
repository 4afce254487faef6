"""The OpenAPI document, in French, made of the same tables as the rest: events, policies, errors, routes.

A partner needs nothing else: each field of each event says its type, its sensitivity, its group, and which roles
read it; each route what it takes, what it answers, and what it refuses.
"""

from collections.abc import Mapping
from functools import cache
from typing import Any, Final

import orjson
from pydantic import TypeAdapter

from adapters.gate.saisie import AvisEffacement, DecisionEffacement, DemandeEffacement, ExecutionEffacement, Identite
from adapters.mots import libelles
from adapters.rest.erreurs import ERREURS, TYPE
from adapters.rest.reponses import (
    ENTIER,
    JOUR,
    TEXTE,
    UUID,
    UUID_EXEMPLE,
    Schema,
    dit,
    liste,
    objet,
    ou_rien,
    ref,
    schemas,
)
from adapters.rest.route import Route
from adapters.rest.routes import NDJSON, VUES
from ledger.catalogue import Classe, Evenement, catalogue, champs
from ledger.dossier.decision import EVENEMENTS_PAR_CONTRIBUTION
from policies.decision import GROUPES
from policies.tables import Tables

JSON: Final = "application/json"
LOTS: Final = "/exploc/v1/lots"
_PRESENTATION: Final = """\
Le dossier partagé des ménages menacés d'expulsion : dites-le nous une fois.

**Qui appelle.** Un jeton d'accès (`Authorization: Bearer …`) dit l'organisation ; l'en-tête `Agent` dit la personne
derrière un jeton de machine ; l'en-tête `Finalite` dit pourquoi. Sans finalité, pas d'accès : `GET /v1/moi` donne
celles que vous pouvez déclarer.

**Ce qui est communiqué.** Chaque champ appartient à un groupe (F01 à F21). Ce qui n'est pas communiqué est nommé avec
son motif, qu'il y ait quelque chose ou non. Un dossier hors de votre portée répond comme un dossier qui n'existe pas :
404, les mêmes octets.

**Ce qui est gardé.** Chaque appel, accordé ou refusé, est inscrit au journal des accès avant que la réponse parte.

**Écrire.** Une contribution est enregistrée en entier ou pas du tout. `Idempotency-Key` : envoyée deux fois avec la
même clé, elle est enregistrée une fois, et la réponse est la même. `If-Match` : seulement si le dossier est encore tel
que vous l'avez lu (412 sinon). Les montants sont en centimes d'euro, les dates au format AAAA-MM-JJ. Un NIR est refusé
partout.

**Se relire.** Ce qui lit ou écrit un dossier répond avec `Position` ; rendez-la avec `Prefer: wait=5` en demandant une
file active, et votre écriture y sera. `traceparent` est repris de votre requête : c'est lui que le journal garde.
"""
_PARAMETRES: Final[Mapping[str, str]] = {
    "dossier": "identifiant du dossier",
    "vue": "commission : clil, ccapex ou comex",
    "effacement": "identifiant de la demande d'effacement",
}
Parametre = tuple[str, str, Schema]
_PAGE: Final[Schema] = {"type": "integer", "minimum": 1, "maximum": 200}
_JOURNAL: Final[tuple[Parametre, ...]] = (
    ("organisation", "code du partenaire", TEXTE),
    ("agent", "pseudonyme de la personne", TEXTE),
    ("dossier", "identifiant du dossier", UUID),
    ("finalite", "finalité déclarée", TEXTE),
    ("issue", "ce qu'il en est sorti", {"enum": ["autorise", "refuse", "vide", "erreur"]}),
    ("action", "ce qui a été fait ou tenté", TEXTE),
    ("du", "à partir de ce jour", JOUR),
    ("au", "jusqu'à ce jour compris", JOUR),
    ("avant", "« suivant » de la page précédente", ENTIER),
    ("limite", "nombre de lignes, 200 au plus", _PAGE),
    ("format", "« csv » : un export de toutes les lignes", {"enum": ["csv"]}),
)
_FILE: Final[tuple[Parametre, ...]] = (
    ("commune", "code INSEE, répétable", liste(TEXTE)),
    ("stade", "stade de la procédure, répétable", liste({"enum": list(libelles.STADES)})),
    ("parc", "parc du logement, répétable", liste({"enum": ["SOCIAL", "PRIVE", "FOYER"]})),
    ("arrondissement", "code de l'arrondissement", TEXTE),
    ("seance", "séance où le dossier est inscrit", UUID),
    (
        "par_date",
        "date que bornent « du » et « au_plus_tard » ; selon la vue",
        {"enum": ["ouvert_le", "dernier_acte_le", "prochaine_audience", "concours_requis_le"]},
    ),
    ("du", "à partir de cette date", JOUR),
    ("au_plus_tard", "jusqu'à cette date", JOUR),
    ("apres", "position après laquelle reprendre (« suivant » de la page précédente)", ENTIER),
    ("limite", "nombre de lignes, 200 au plus", _PAGE),
)
_PASSE: Final[tuple[Parametre, ...]] = (
    ("au", "ce qui était vrai à cette date, sous vos droits d'aujourd'hui", JOUR),
    (
        "connu_le",
        "ce qui était connu à ce moment, ou à la fin de ce jour",
        {"anyOf": [{"type": "string", "format": "date-time"}, JOUR]},
    ),
)
_REQUETE: Final[Mapping[str, tuple[Parametre, ...]]] = {
    "/v1/vues/{vue}": _FILE,
    "/v1/journal": _JOURNAL,
    "/v1/dossiers/{dossier}": _PASSE,
    "/v1/vues/{vue}/{dossier}": _PASSE,
    LOTS: (("ecrire", "« true » pour enregistrer ; sinon le lot est lu à blanc", {"enum": ["true", "false"]}),),
}
_IDENTITE: Final = {"nom": "LEROY", "prenoms": "Fatou", "date_naissance": "1955-04-24"}
_FORMES: Final[Mapping[str, tuple[type[Any], dict[str, Any]]]] = {
    "/v1/dossiers/recherche": (Identite, _IDENTITE),
    "/v1/journal/recherche": (Identite, _IDENTITE),
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
_CONTRIBUER: Final = "/v1/dossiers/{dossier}/interventions"
_LOT: Final = "/v1/interventions/lot"
_CORPS: Final[Mapping[str, tuple[tuple[str, ...], Schema]]] = {
    "/v1/dossiers": ((JSON,), ref("Ouverture")),
    _CONTRIBUER: ((JSON,), ref("Contribution")),
    _LOT: ((NDJSON,), ref("LigneDeLot")),
    LOTS: (
        ("text/csv", "application/gzip"),
        {"type": "string", "description": "le lot, tel qu'EXPLOC le donne, au fil de l'eau"},
    ),
}
_REPONSES: Final[Mapping[str, str]] = {
    "/v1/dossiers": "Recu",
    "/v1/dossiers/recherche": "Trouvailles",
    _CONTRIBUER: "Recu",
    _LOT: "RecuDeLigne",
    "/v1/dossiers/{dossier}": "Document",
    "/v1/dossiers/{dossier}/historique": "Historique",
    "/v1/vues/{vue}": "FileActive",
    "/v1/vues/{vue}/{dossier}": "Document",
    "/v1/journal": "Journal",
    "/v1/journal/recherche": "Journal",
    "/v1/moi": "Moi",
    "/v1/nomenclatures": "Nomenclatures",
    "/v1/erreurs": "Erreurs",
    LOTS: "RapportExploc",
}
_ETAPE: Final = "EtapeEffacement"
_AVEC_CLE: Final = ("/v1/dossiers", _CONTRIBUER)
_DU_CORPS: Final = ("trop_grand", "saisie")


def lecteurs(tables: Tables, groupe: str | None) -> list[str]:
    """The roles that the matrix lets read a group in some way, for some purpose and link."""
    cherches = {"F10a", "F10b"} if groupe == "F10" else {groupe}
    return [
        role
        for role, lignes in tables.matrice.items()
        if any(ligne["groupe"] in cherches and ligne["lecture"] != "-" for ligne in lignes)
    ]


def _lisible(tables: Tables, groupe: str | None) -> str:
    roles = ", ".join(lecteurs(tables, groupe)) or "personne"
    nom = GROUPES.get(groupe or "", "contacts")
    return f"Groupe {groupe}, {nom}. Lisible, selon la finalité et le lien, par : {roles}."


def _schema(cls: type[Any]) -> dict[str, Any]:
    schema = TypeAdapter(cls).json_schema(ref_template="#/components/schemas/{model}")
    return {nom: valeur for nom, valeur in schema.items() if nom not in {"$defs", "description", "title"}}


def _donnees(nom: str, cls: type[Evenement], tables: Tables) -> dict[str, Any]:
    """The fields of one type of event, each with its class, its group and who may read it."""
    schema = _schema(cls)
    for champ, decrit in champs(cls).items():
        propriete = schema["properties"][champ]
        propriete.pop("title", None)
        clair = "en clair" if decrit.classe is Classe.S0 else f"scellé, classe {decrit.classe.value}"
        propriete |= {
            "description": f"{decrit.libelle} ({clair}). {_lisible(tables, decrit.groupe)}",
            "examples": [decrit.exemple],
            "x-classe": decrit.classe.value,
            "x-groupe": decrit.groupe,
            "x-lecteurs": lecteurs(tables, decrit.groupe),
        }
    return {**schema, "title": libelles.evenement(nom), "additionalProperties": False}


def _evenement(nom: str, cls: type[Evenement], tables: Tables) -> dict[str, Any]:
    requis = _schema(cls).get("required", ())
    exemple = {f: c.exemple for f, c in champs(cls).items() if f in requis}
    emetteurs = [ligne for ligne in tables.emissions if ligne["evenement"] == nom]
    qui = " ; ".join(
        f"{', '.join(ligne['roles'])} (finalités : {', '.join(ligne['finalites'] or ['toutes celles du rôle'])})"
        for ligne in emetteurs
    )
    return {
        "type": "object",
        "title": libelles.evenement(nom),
        "description": f"Peuvent le transmettre : {qui or 'personne par cette route'}.",
        "x-emetteurs": sorted({role for ligne in emetteurs for role in ligne["roles"]}),
        "required": ["type", "survenu_le", "donnees"],
        "additionalProperties": False,
        "properties": {
            "type": {"const": nom},
            "survenu_le": dit(JOUR, "date à laquelle c'est vrai", "2026-10-15"),
            "donnees": ref(f"{nom}.donnees"),
            "corrige": dit(ou_rien(UUID), "l'événement que celui-ci corrige", None),
        },
        "examples": [{"type": nom, "survenu_le": "2026-10-15", "donnees": exemple}],
    }


def _corps(route: Route) -> dict[str, Any] | None:
    if route.methode != "POST":
        return None
    if route.chemin in _FORMES:
        forme, exemple = _FORMES[route.chemin]
        contenu: Schema = {"schema": {**_schema(forme), "additionalProperties": False}, "example": exemple}
        return {"required": True, "content": {JSON: contenu}}
    genres, schema = _CORPS[route.chemin]
    return {"required": True, "content": {genre: {"schema": schema} for genre in genres}}


def _entete(nom: str, texte: str, exemple: str, *, requis: bool = False) -> dict[str, Any]:
    return {"name": nom, "in": "header", "required": requis, "schema": dit(TEXTE, texte, exemple), "description": texte}


def _parametres(route: Route) -> list[dict[str, Any]]:
    chemin = [
        {
            "name": n,
            "in": "path",
            "required": True,
            "description": d,
            "schema": {"enum": list(VUES)} if n == "vue" else UUID,
        }
        for n, d in _PARAMETRES.items()
        if "{" + n + "}" in route.chemin
    ]
    requete = [{"name": n, "in": "query", "description": d, "schema": s} for n, d, s in _REQUETE.get(route.chemin, ())]
    finalite = "finalité déclarée, et la demande qu'elle nomme : « AIDE_INSTRUCTION; demande=<uuid> »"
    entetes = [
        _entete("Finalite", finalite, "ACCOMPAGNEMENT", requis=route.exige),
        _entete("Agent", "pseudonyme de la personne derrière un jeton de machine", "assistante-sociale"),
    ]
    if route.chemin in _AVEC_CLE:
        entetes.append(_entete("Idempotency-Key", "une clé par contribution", UUID_EXEMPLE, requis=True))
    if route.chemin == _CONTRIBUER:
        entetes.append(_entete("If-Match", "ETag de votre dernière lecture du dossier entier", '"5f2c"'))
    if route.chemin == "/v1/vues/{vue}":
        entetes.append(_entete("Position", "position que la file doit avoir atteinte", "1042"))
        entetes.append(_entete("Prefer", "combien de secondes l'attendre, 10 au plus", "wait=5"))
    if _lue(route):
        entetes.append(_entete("If-None-Match", "ETag de votre dernière lecture : 304 si rien n'a changé", '"5f2c"'))
    return [*chemin, *requete, *entetes]


def _lue(route: Route) -> bool:
    return route.methode == "GET" and "{" in route.chemin


def _operation(route: Route) -> dict[str, Any]:
    cree = route.chemin in _AVEC_CLE or "/droits/" in route.chemin
    genre = NDJSON if route.chemin == _LOT else JSON
    contenu: Schema = {genre: {"schema": ref(_REPONSES.get(route.chemin, _ETAPE))}}
    if route.chemin == "/v1/journal":
        contenu["text/csv"] = {"schema": TEXTE}
    noms = ["traceparent", *(["Position"] if cree or _lue(route) else []), *(["ETag"] if _lue(route) else [])]
    bien = {
        "description": "Enregistré." if cree else "Fait.",
        "headers": {nom: {"$ref": f"#/components/headers/{nom}"} for nom in noms},
        "content": contenu,
    }
    corps = _corps(route)
    statuts = sorted({e.statut for code, e in ERREURS.items() if _possible(code, route)})
    return {
        "operationId": f"{route.methode.lower()}{route.chemin.replace('/', '_').replace('{', '').replace('}', '')}",
        "summary": (route.fonction.__doc__ or "").strip(),
        "description": f"Action : {route.action.value}. Chaque appel, refusé ou non, est inscrit au journal.",
        "tags": [_rubrique(route.chemin)],
        "parameters": _parametres(route),
        **({"requestBody": corps} if corps else {}),
        "responses": {
            "201" if cree else "200": bien,
            **({"304": {"description": "Rien n'a changé pour vous."}} if _lue(route) else {}),
            **{str(s): {"$ref": f"#/components/responses/{s}"} for s in statuts},
        },
    }


def _possible(code: str, route: Route) -> bool:
    """Whether a kind of error can come of a route."""
    if code == "methode":
        return False
    if code in _DU_CORPS:
        return route.methode == "POST"
    if code == "introuvable":
        return "{" in route.chemin or "/droits/" in route.chemin or route.chemin == "/v1/dossiers"
    if ERREURS[code].statut == ERREURS["conflit"].statut:
        return route.chemin in _AVEC_CLE or "/droits/" in route.chemin
    return code != "precondition" or route.chemin == _CONTRIBUER


def _rubrique(chemin: str) -> str:
    rubriques = {"dossiers": "Dossiers", "interventions": "Dossiers", "vues": "Commissions", "droits": "Droits"}
    return "EXPLOC" if chemin == LOTS else rubriques.get(chemin.split("/")[2], "Service")


@cache
def _statique(routes: tuple[Route, ...]) -> dict[str, Any]:
    chemins: dict[str, dict[str, Any]] = {}
    for route in routes:
        chemins.setdefault(route.chemin, {})[route.methode.lower()] = _operation(route)
    return chemins


def _envois(titulaire: Schema) -> dict[str, Schema]:
    """The bodies that hold events."""
    evenements: Schema = {
        "type": "array",
        "description": "ce que vous avez à dire, dans l'ordre",
        "maxItems": EVENEMENTS_PAR_CONTRIBUTION,
        "items": {"oneOf": [ref(n) for n in catalogue()], "discriminator": {"propertyName": "type"}},
    }
    information = dit(ou_rien(JOUR), "le ménage a été informé de ce recueil le", "2026-10-20")
    contribution = {
        "evenements": {**evenements, "minItems": 1},
        "demande": dit(ou_rien(UUID), "demande du ménage pour laquelle cela a été recueilli", None),
        "information_menage": information,
        "source": {"const": "PARTENAIRE"},
    }
    facultatifs = ("demande", "information_menage", "source")
    return {
        "Contribution": objet(
            "Ce qu'un partenaire a à dire d'un dossier, en une fois", contribution, facultatifs=facultatifs
        ),
        "LigneDeLot": {
            **objet(
                "Une ligne : une contribution, son dossier et sa clé d'idempotence",
                {
                    "dossier": dit(UUID, "identifiant du dossier", UUID_EXEMPLE),
                    "cle": dit(TEXTE, "clé d'idempotence de cette contribution", "impayes-2026-10-0001"),
                    **contribution,
                },
                facultatifs=facultatifs,
            ),
            "description": "Un objet JSON par ligne (NDJSON). Une mauvaise ligne n'arrête pas les autres ; une ligne "
            "de plus de 64 Kio arrête le lot.",
        },
        "Ouverture": objet(
            "Un logement, qui en tient le bail, et ce que vous avez déjà à en dire",
            {
                "survenu_le": dit(JOUR, "date du signalement", "2026-09-01"),
                "logement": ref("DossierOuvert.donnees"),
                "titulaire": titulaire,
                "evenements": {**evenements, "maxItems": EVENEMENTS_PAR_CONTRIBUTION - 2},
                "information_menage": information,
            },
            facultatifs=("evenements", "information_menage"),
        ),
    }


def _titulaire(occupant: Schema) -> Schema:
    """Who holds the lease: an occupant, of whom the service sets the id and the quality."""
    fixes = {"personne", "qualite"}
    return {
        **occupant,
        "title": "Titulaire du bail",
        "required": [nom for nom in occupant["required"] if nom not in fixes],
        "properties": {nom: p for nom, p in occupant["properties"].items() if nom not in fixes},
    }


def contrat(tables: Tables, routes: tuple[Route, ...]) -> bytes:
    """The document, in JSON."""
    donnees = {f"{nom}.donnees": _donnees(nom, cls, tables) for nom, cls in catalogue().items()}
    return orjson.dumps(
        {
            "openapi": "3.1.0",
            "info": {"title": "unefois", "version": "1", "description": _PRESENTATION},
            "security": [{"jeton": []}],
            "tags": [
                {"name": "Dossiers", "description": "Ouvrir, rechercher, lire, contribuer."},
                {"name": "Commissions", "description": "Files actives et dossiers de CLIL, CCAPEX et COMEX."},
                {"name": "Droits", "description": "Les droits des personnes : effacement, en quatre étapes."},
                {"name": "Service", "description": "Qui vous êtes, les listes fermées, les erreurs, le journal."},
                {"name": "EXPLOC", "description": "Les lots d'actes, par l'instructeur de la CCAPEX."},
            ],
            "paths": _statique(routes),
            "components": {
                "schemas": {
                    **donnees,
                    **{nom: _evenement(nom, cls, tables) for nom, cls in catalogue().items()},
                    **_envois(_titulaire(donnees["OccupantDeclare.donnees"])),
                    **schemas(lambda groupe: _lisible(tables, groupe)),
                },
                "headers": {
                    "ETag": {"description": "ce que vous voyez, et rien d'autre, le fait changer", "schema": TEXTE},
                    "Position": {"description": "position du journal des événements", "schema": TEXTE},
                    "traceparent": {"description": "trace de cet appel, gardée au journal", "schema": TEXTE},
                },
                "securitySchemes": {"jeton": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}},
                "responses": {
                    str(statut): {
                        "description": " ; ".join(e.titre for e in ERREURS.values() if e.statut == statut),
                        "content": {TYPE: {"schema": ref("Probleme")}},
                    }
                    for statut in sorted({e.statut for e in ERREURS.values()})
                },
            },
        }
    )
