"""The OpenAPI document, in French, read off the table of routes, the catalogue of events and the policies.

A partner needs nothing else: each field of each event says its type, its sensitivity, its group, and which roles
read it; each route what it takes, what it answers, and what it refuses.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import orjson

from adapters.rest.envois import donnees, evenement, schema_de
from adapters.rest.erreurs import ERREURS, PROBLEME, STATUTS, TYPE
from adapters.rest.route import Parametre, Route, entete
from adapters.rest.schema import TEXTE, Decrit, Forme, Schema, ref
from ledger.catalogue import catalogue
from policies.decision import GROUPES
from policies.tables import Tables

_PRESENTATION: Final = """\
Le dossier partagé des ménages menacés d'expulsion : dites-le nous une fois.

**Qui appelle.** Un jeton d'accès (`Authorization: Bearer …`) dit l'organisation ; l'en-tête `Agent` dit la personne
derrière un jeton de machine ; l'en-tête `Finalite` dit pourquoi. Sans finalité, pas d'accès : `GET /v1/moi` donne
celles que vous pouvez déclarer. Un jeton lié à une clé (RFC 9449) se présente par `Authorization: DPoP …`, avec une
preuve neuve à chaque requête dans l'en-tête `DPoP` ; lié à un certificat (RFC 8705), sous ce certificat.

**Ce qui est communiqué.** Chaque champ appartient à un groupe (F01 à F21). Ce qui n'est pas communiqué est nommé avec
son motif, qu'il y ait quelque chose ou non. Un dossier hors de votre portée répond comme un dossier qui n'existe pas :
404, les mêmes octets.

**Par pages.** Un dossier se lit par pages de faits, ceux qui vous sont montrés : rendez `suivant` avec `apres` pour
lire les suivants. La synthèse est celle du dossier entier.

**Ce qui est gardé.** Chaque appel, accordé ou refusé, est inscrit au journal des accès avant que la réponse parte.

**Écrire.** Une contribution est enregistrée en entier ou pas du tout. `Idempotency-Key` : envoyée deux fois avec la
même clé, elle est enregistrée une fois, et la réponse est la même. `If-Match` : seulement si le dossier est encore tel
que vous l'avez lu (412 sinon). Les montants sont en centimes d'euro, les dates au format AAAA-MM-JJ. Un NIR est refusé
partout.

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
}


@dataclass(slots=True)
class Redaction:
    """The writing of one document: who reads what comes from ``tables``, and each form met is written once."""

    tables: Tables
    formes: dict[str, Schema] = field(default_factory=dict)

    def ecrire(self, schema: Any) -> Any:  # noqa: ANN401 - any value of a schema
        """A schema as it is published: forms by their name, dataclasses described, groups with their readers."""
        match schema:
            case Forme():
                self._nommer(schema)
                return ref(schema.nom)
            case type():
                return {**schema_de(schema), "additionalProperties": False}
            case dict():
                ecrit = {cle: self.ecrire(valeur) for cle, valeur in schema.items()}
                return ecrit | {"x-lecteurs": self._lecteurs(schema["x-groupe"])} if "x-groupe" in schema else ecrit
            case list():
                return [self.ecrire(valeur) for valeur in schema]
            case str():
                return _GROUPE.sub(lambda trouve: self._lisible(trouve[1]), schema)
            case _:
                return schema

    def _nommer(self, forme: Forme) -> None:
        if forme.nom not in self.formes:
            self.formes[forme.nom] = {}  # its place: a form may name itself
            self.formes[forme.nom] = self.ecrire(forme.schema() if callable(forme.schema) else forme.schema)

    def _lecteurs(self, groupe: str) -> list[str]:
        """The roles that the matrix lets read a group in some way, for some purpose and link."""
        cherches = {"F10a", "F10b"} if groupe == "F10" else {groupe}
        return [
            role
            for role, lignes in self.tables.matrice.items()
            if any(ligne["groupe"] in cherches and ligne["lecture"] != "-" for ligne in lignes)
        ]

    def _lisible(self, groupe: str) -> str:
        roles = ", ".join(self._lecteurs(groupe)) or "personne"
        nom = GROUPES.get(groupe, "contacts")
        return f"Groupe {groupe}, {nom}. Lisible, selon la finalité et le lien, par : {roles}."

    def operation(self, route: Route) -> dict[str, Any]:
        """One route."""
        reponse = route.reponse
        bien = {
            "description": reponse.texte,
            "headers": {nom: {"$ref": f"#/components/headers/{nom}"} for nom in ("traceparent", *reponse.entetes)},
            "content": self._contenu(reponse.contenu),
        }
        return {
            "operationId": f"{route.methode.lower()}{re.sub('[{}]', '', route.chemin).replace('/', '_')}",
            "summary": (route.fonction.__doc__ or "").strip(),
            "description": f"Action : {route.action.value}. Chaque appel, refusé ou non, est inscrit au journal.",
            "tags": [route.chapitre.nom],
            "parameters": [_parametre(parametre) for parametre in _parametres(route)],
            **self._corps(route),
            "responses": {
                str(reponse.statut): bien,
                **({"304": {"description": "Rien n'a changé pour vous."}} if reponse.validee else {}),
                **{str(s): {"$ref": f"#/components/responses/{s}"} for s in route.statuts},
            },
        }

    def _corps(self, route: Route) -> dict[str, Any]:
        if route.corps is None:
            return {}
        exemple = {} if route.corps.exemple is None else {"example": route.corps.exemple}
        contenu = self._contenu(dict.fromkeys(route.corps.genres, route.corps.schema))
        return {"requestBody": {"required": True, "content": {genre: c | exemple for genre, c in contenu.items()}}}

    def _contenu(self, contenu: Mapping[str, Decrit]) -> dict[str, dict[str, Any]]:
        return {genre: {"schema": self.ecrire(schema)} for genre, schema in contenu.items()}


def _parametres(route: Route) -> list[Parametre]:
    """All that a route takes beside its body: what it says, and the headers that go without saying."""
    finalite = entete("Finalite", _FINALITE, "ACCOMPAGNEMENT", requis=route.exige)
    return [*route.parametres, finalite, _AGENT, *([_SI_CHANGE] if route.reponse.validee else [])]


def _parametre(parametre: Parametre) -> dict[str, Any]:
    return {
        "name": parametre.nom,
        "in": parametre.ou,
        "required": parametre.requis,
        "description": parametre.texte,
        "schema": parametre.schema,
    }


def contrat(tables: Tables, routes: Sequence[Route]) -> bytes:
    """The document, in JSON."""
    redaction = Redaction(tables)
    chemins: dict[str, dict[str, Any]] = {}
    for route in routes:
        chemins.setdefault(route.chemin, {})[route.methode.lower()] = redaction.operation(route)
    probleme = redaction.ecrire(PROBLEME)
    lignes = {nom: [ligne for ligne in tables.emissions if ligne["evenement"] == nom] for nom in catalogue()}
    return orjson.dumps(
        {
            "openapi": "3.1.0",
            "info": {"title": "unefois", "version": "1", "description": _PRESENTATION},
            "security": [{"jeton": []}],
            "tags": [
                {"name": chapitre.nom, "description": chapitre.texte}
                for chapitre in dict.fromkeys(route.chapitre for route in routes)
            ],
            "paths": chemins,
            "components": {
                "schemas": {
                    **{f"{nom}.donnees": redaction.ecrire(donnees(nom)) for nom in catalogue()},
                    **{nom: evenement(nom, lignes[nom]) for nom in catalogue()},
                    **redaction.formes,
                },
                "headers": _ENTETES,
                "securitySchemes": {"jeton": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}},
                "responses": {
                    str(statut): {
                        "description": " ; ".join(e.titre for e in ERREURS.values() if e.statut == statut),
                        "content": {TYPE: {"schema": probleme}},
                    }
                    for statut in STATUTS
                },
            },
        }
    )
