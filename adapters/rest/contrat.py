"""The OpenAPI document, in French, read off the table of routes, the catalogue of events and the policies.

A partner needs nothing else: each field of each event says its type, its sensitivity and its group, the head of the
document which roles read each group; each route what it takes, what it answers, and what it refuses. It is made for
generators of clients too: each object has a name, none has two types, and what is said of many is said once.
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import orjson

from adapters.rest.envois import evenement, schema_de
from adapters.rest.erreurs import ERREURS, PROBLEME, TYPE
from adapters.rest.route import Parametre, Reponse, Route, entete
from adapters.rest.schema import TEXTE, Decrit, Forme, Schema, pascal, ref
from policies.decision import GROUPES
from policies.tables import Tables

_PRESENTATION: Final = """\
Le dossier partagé des ménages menacés d'expulsion : dites-le nous une fois.

**Qui appelle.** Un jeton d'accès (`Authorization: Bearer …`) dit l'organisation ; l'en-tête `Agent` dit la personne
derrière un jeton de machine ; l'en-tête `Finalite` dit pourquoi. Sans finalité, pas d'accès : `GET /v1/moi` donne
celles que vous pouvez déclarer. Un jeton lié à une clé (RFC 9449) se présente par `Authorization: DPoP …`, avec une
preuve neuve à chaque requête dans l'en-tête `DPoP` ; lié à un certificat (RFC 8705), sous ce certificat.

**Ce qui est communiqué.** Chaque champ appartient à un groupe (F01 à F21) : celui de son événement, ou celui que dit
`x-groupe`. `x-lecteurs` donne, par rôle, les groupes qu'il peut lire, selon la finalité et le lien. Ce qui n'est pas
communiqué est nommé avec son motif, qu'il y ait quelque chose ou non. Un dossier hors de votre portée répond comme un
dossier qui n'existe pas : 404, les mêmes octets.

**Ce qui se transmet.** Ce document dit de tout événement son enveloppe ; `/openapi.json?role=BAILLEUR_SOCIAL`, par
exemple, décrit en outre, champ par champ, chaque événement que ce rôle peut transmettre : c'est de lui qu'on tire un
client. `docs/catalogue.md` les décrit tous.

**Par pages.** Un dossier se lit par pages de faits, ceux qui vous sont montrés : rendez `suivant` avec `apres` pour
lire les suivants. La synthèse est celle du dossier entier.

**Ce qui est gardé.** Chaque appel, accordé ou refusé, est inscrit au journal des accès avant que la réponse parte.

**Écrire.** Une contribution est enregistrée en entier ou pas du tout. `Idempotency-Key` : envoyée deux fois avec la
même clé, elle est enregistrée une fois, et la réponse est la même. `If-Match` : seulement si le dossier est encore tel
que vous l'avez lu (412 sinon). Les montants sont en centimes d'euro, les dates au format AAAA-MM-JJ. Un NIR est refusé
partout. `x-classe` : S0 reste en clair, S1 à S3 est scellé ; celle de l'événement, ou celle que dit le champ.

**Se relire.** Ce qui lit ou écrit un dossier répond avec `Position` ; rendez-la avec `Prefer: wait=5` en demandant une
file active, et votre écriture y sera. `traceparent` est repris de votre requête : c'est lui que le journal garde.
"""
_FINALITE: Final = "finalité déclarée, et la demande qu'elle nomme : « AIDE_INSTRUCTION; demande=<uuid> »"
_AGENT: Final = entete("Agent", "pseudonyme de la personne derrière un jeton de machine", "assistante-sociale")
_SI_CHANGE: Final = entete("If-None-Match", "ETag de votre dernière lecture : 304 si rien n'a changé", '"5f2c"')
_GROUPE: Final = re.compile(r"\{(F\d\d[ab]?)\}")
_ENTETES: Final = {
    "ETag": {"description": "ce que vous voyez, et rien d'autre, le fait changer", "schema": TEXTE},
    "Position": {"description": "position du journal des événements", "schema": TEXTE},
    "traceparent": {"description": "trace de cet appel, gardée au journal", "schema": TEXTE},
    "Content-Digest": {"description": "empreinte du corps, « sha-256=:…: » (RFC 9530)", "schema": TEXTE},
    "Suivant": {"description": "à donner à « depuis » pour la suite ; il change à chaque réponse", "schema": TEXTE},
    "Fin": {"description": "« true » : rien ne suit encore", "schema": {"enum": ["true", "false"], "type": "string"}},
}
_CONTACT: Final = {"name": "Qui vous a remis vos accès"}
_DONNEES: Final = frozenset({"examples", "example", "enum", "const", "required", "default"})
_ECRITS_D_UNE_FACON: Final = frozenset({"uuid", "date", "date-time"})
"""Formats that say how a value is written: an example of one says nothing more."""
_TYPES: Final = ((str, "string"), (bool, "boolean"), (int, "integer"))


@dataclass(slots=True)
class Redaction:
    """The writing of one document: each object that is met is written once, under its name."""

    formes: dict[str, Schema] = field(default_factory=dict)
    origines: dict[str, object] = field(default_factory=dict)
    parametres: dict[str, Schema] = field(default_factory=dict)

    def ecrire(self, schema: Any, nom: str) -> Any:  # noqa: ANN401 - any value of a schema
        """A schema as it is published. ``nom``: what an object is called that has no name of its own."""
        match schema:
            case Forme():
                return self.nommer(schema.nom, schema.schema)
            case type():
                return self.nommer(schema.__name__, schema)
            case {"properties": dict()}:
                return self.nommer(nom, schema)
            case dict():
                return _typer({cle: self._dans(cle, valeur, nom) for cle, valeur in schema.items()})
            case list():
                return [self.ecrire(valeur, nom) for valeur in schema]
        return _GROUPE.sub(r"(\1)", schema) if isinstance(schema, str) else schema

    def nommer(self, nom: str, schema: Any) -> Schema:  # noqa: ANN401 - a schema, what makes it, or a dataclass
        """Write it under that name, once; two things of one name stop the writing."""
        if self.origines.setdefault(nom, schema) is not schema:
            raise TypeError(f"Deux formes du document s'appellent {nom}.")
        if nom not in self.formes:
            self.formes[nom] = {}  # its place: a form may name itself
            self.formes[nom] = self._corps_de(nom, _ouvrir(schema))
        return ref(nom)

    def _corps_de(self, nom: str, schema: Schema) -> Schema:
        ecrit = {cle: self._dans(cle, valeur, nom) for cle, valeur in schema.items() if cle != "properties"}
        if "properties" in schema:
            ecrit["properties"] = {
                champ: self.ecrire(valeur, f"{nom}{pascal(champ)}") for champ, valeur in schema["properties"].items()
            }
        return _typer(ecrit)

    def _dans(self, cle: str, valeur: Any, nom: str) -> Any:  # noqa: ANN401 - any value of a schema
        """What stands under a keyword: an example is data, an element of a list is one of what the list is called."""
        if cle in _DONNEES:
            return valeur
        if cle == "$ref" and isinstance(valeur, Forme):
            return self.nommer(valeur.nom, valeur.schema)["$ref"]
        return self.ecrire(valeur, nom.removesuffix("s") if cle in {"items", "additionalProperties"} else nom)

    def operation(self, route: Route) -> dict[str, Any]:
        """One route."""
        identifiant = operation_id(route)
        biens = [reponse for reponse in (route.reponse, route.essai) if reponse is not None]
        return {
            "operationId": identifiant,
            "summary": (route.fonction.__doc__ or "").strip(),
            "description": f"Action : {route.action.value}." + (f" {route.retrait.phrase}." if route.retrait else ""),
            **({"deprecated": True} if route.retrait else {}),
            "tags": [_sans_accent(route.chapitre.nom)],
            "parameters": [self._parametre(parametre) for parametre in _parametres(route)],
            **self._corps(route, f"{pascal(identifiant)}Corps"),
            "responses": {
                **{str(bien.statut): self._bien(bien, f"{pascal(identifiant)}Reponse") for bien in biens},
                **({"304": {"$ref": "#/components/responses/304"}} if route.reponse.validee else {}),
                **{str(s): {"$ref": f"#/components/responses/{s}"} for s in route.statuts},
            },
        }

    def _bien(self, reponse: Reponse, nom: str) -> dict[str, Any]:
        return {
            "description": reponse.texte,
            "headers": {dit: {"$ref": f"#/components/headers/{dit}"} for dit in ("traceparent", *reponse.entetes)},
            **({"content": self._contenu(reponse.contenu, nom)} if reponse.contenu else {}),
        }

    def _corps(self, route: Route, nom: str) -> dict[str, Any]:
        if route.corps is None:
            return {}
        exemple = {} if route.corps.exemple is None else {"example": route.corps.exemple}
        contenu = self._contenu(dict.fromkeys(route.corps.genres, route.corps.schema), nom)
        return {"requestBody": {"required": True, "content": {genre: c | exemple for genre, c in contenu.items()}}}

    def _contenu(self, contenu: Mapping[str, Decrit], nom: str) -> dict[str, dict[str, Any]]:
        return {genre: {"schema": self.ecrire(schema, nom)} for genre, schema in contenu.items()}

    def partager(self, routes: Sequence[Route]) -> None:
        """Name the parameters that several routes have: of one name, those that most of them say alike."""
        dits = Counter(orjson.dumps(_dit(parametre)) for route in routes for parametre in _parametres(route))
        for ecrit, nombre in dits.most_common():
            parametre = orjson.loads(ecrit)
            nom = parametre["name"].replace("-", "")
            if nombre > 1 and nom not in self.parametres:
                self.parametres[nom] = parametre

    def _parametre(self, parametre: Parametre) -> dict[str, Any]:
        dit, nom = _dit(parametre), parametre.nom.replace("-", "")
        return {"$ref": f"#/components/parameters/{nom}"} if self.parametres.get(nom) == dit else dit


def _ouvrir(schema: Any) -> Schema:  # noqa: ANN401 - a schema, what makes it, or a dataclass
    """A schema, whatever holds it."""
    if isinstance(schema, type):
        return {**schema_de(schema), "additionalProperties": False}
    lu: Schema = schema() if callable(schema) else schema
    return lu


def _typer(schema: Schema) -> Schema:
    """A closed list with the type of its values, which generators want to be told; of a day or an id, no example."""
    if schema.get("format") in _ECRITS_D_UNE_FACON:
        schema = {cle: valeur for cle, valeur in schema.items() if cle != "examples"}
    valeurs = schema.get("enum", [schema["const"]] if "const" in schema else [])
    types = {next((nom for genre, nom in _TYPES if isinstance(valeur, genre)), "null") for valeur in valeurs}
    return {"type": types.pop(), **schema} if len(types) == 1 and "type" not in schema else schema


def _sans_accent(nom: str) -> str:
    """A chapter, of which generators make a module."""
    return unicodedata.normalize("NFD", nom).encode("ascii", "ignore").decode()


def operation_id(route: Route) -> str:
    """What generators call a route: its method and its address, which do not change."""
    return f"{route.methode.lower()}{re.sub('[{}]', '', route.chemin).replace('/', '_').replace('-', '_')}"


def _parametres(route: Route) -> list[Parametre]:
    """All that a route takes beside its body: what it says, and the headers that go without saying."""
    finalite = entete("Finalite", _FINALITE, "ACCOMPAGNEMENT", requis=route.exige)
    return [*route.parametres, finalite, _AGENT, *([_SI_CHANGE] if route.reponse.validee else [])]


def _dit(parametre: Parametre) -> dict[str, Any]:
    return {
        "name": parametre.nom,
        "in": parametre.ou,
        **({"required": True} if parametre.requis else {}),
        "description": parametre.texte + (f". {parametre.retrait.phrase}" if parametre.retrait else ""),
        **({"deprecated": True} if parametre.retrait else {}),
        "schema": Redaction().ecrire(parametre.schema, ""),
    }


def lecteurs(tables: Tables) -> dict[str, list[str]]:
    """By role, the groups that the matrix lets it read in some way, for some purpose and link."""
    return {
        role: sorted({ligne["groupe"] for ligne in lignes if ligne["lecture"] != "-"})
        for role, lignes in tables.matrice.items()
    }


def contrat(tables: Tables, routes: Sequence[Route], transmis: Collection[str] = ()) -> bytes:
    """The document, in JSON. ``transmis``: the types of events that it describes field by field."""
    redaction = Redaction()
    redaction.ecrire(evenement(transmis), "")
    redaction.partager(routes)
    chemins: dict[str, dict[str, Any]] = {}
    for route in routes:
        chemins.setdefault(route.chemin, {})[route.methode.lower()] = redaction.operation(route)
    return orjson.dumps(
        {
            "openapi": "3.1.0",
            "info": {"title": "unefois", "version": "1", "description": _PRESENTATION, "contact": _CONTACT},
            "servers": [{"url": "/", "description": "le service qui donne ce document"}],
            "security": [{"jeton": []}],
            "tags": [
                {"name": _sans_accent(chapitre.nom), "description": chapitre.texte}
                for chapitre in dict.fromkeys(route.chapitre for route in routes)
            ],
            "paths": chemins,
            "components": {
                "schemas": redaction.formes,
                "parameters": redaction.parametres,
                "headers": _ENTETES,
                "securitySchemes": {"jeton": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}},
                "responses": _reponses(redaction.ecrire(PROBLEME, ""), {s for route in routes for s in route.statuts}),
            },
            "x-groupes": dict(GROUPES),
            "x-lecteurs": lecteurs(tables),
        }
    )


def _reponses(probleme: Schema, statuts: Collection[int]) -> dict[str, Any]:
    """What routes may answer beside what they are asked for."""
    erreurs = {
        str(statut): {
            "description": " ; ".join(e.titre for e in ERREURS.values() if e.statut == statut),
            "headers": {"traceparent": {"$ref": "#/components/headers/traceparent"}},
            "content": {TYPE: {"schema": probleme}},
        }
        for statut in sorted(statuts)
    }
    return {"304": {"description": "Rien n'a changé pour vous."}, **erreurs}
