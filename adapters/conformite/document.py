"""The document that clients are generated from."""

import zlib
from typing import Any, Final

import orjson

from adapters.conformite.essai import ATTENTES, DOSSIERS, MOI, Essai
from adapters.conformite.metaschema import VERSION, premier_ecart
from adapters.conformite.serveur import OCTETS_PAR_REPONSE, Manquement, Recue

DOCUMENT: Final = "/openapi.json"
_METHODES: Final = frozenset({"get", "put", "post", "delete", "options", "head", "patch", "trace"})


async def compression(essai: Essai) -> None:
    """The document is compressed for who accepts it, and for nobody else."""
    serre = (await essai.demander("GET", DOCUMENT, entetes={"Accept-Encoding": "gzip"})).prealable(200)
    if serre.entetes.get("content-encoding", "").lower() != "gzip":
        raise Manquement("un document qui n'est pas compressé", "Content-Encoding: gzip")
    if "accept-encoding" not in serre.entetes.get("vary", "").lower():
        raise Manquement("un document compressé sans Vary", "Vary: Accept-Encoding")
    clair = await essai.demander("GET", DOCUMENT, entetes={"Accept-Encoding": "gzip;q=0, identity"})
    if clair.entetes.get("content-encoding", "identity").lower() != "identity":
        raise Manquement("un document compressé pour qui le refuse (q=0)", "le document tel quel")
    if _detendu(serre) != clair.document():
        raise Manquement("deux documents qui diffèrent", "le même, compressé ou non")


def _detendu(serre: Recue) -> Any:  # noqa: ANN401 - JSON
    """What is compressed, up to what an answer may have."""
    try:
        return orjson.loads(zlib.decompressobj(zlib.MAX_WBITS | 16).decompress(serre.corps, OCTETS_PAR_REPONSE))
    except (zlib.error, orjson.JSONDecodeError) as erreur:
        raise Manquement("un corps qui n'est pas du JSON compressé", "du JSON compressé par gzip") from erreur


async def document(essai: Essai) -> None:
    """It is a document of OpenAPI 3, that refers to what it has, and has each route that the kit calls."""
    lu = await _document(essai)
    if not str(lu.get("openapi", "")).startswith("3.") or not isinstance(lu.get("info"), dict):
        raise Manquement("« openapi » ou « info » absent", "un document OpenAPI 3")
    chemins = {_gabarit(str(chemin)) for chemin in lu["paths"]}
    for chemin in (MOI, DOSSIERS, f"{DOSSIERS}/{{dossier}}", f"{DOSSIERS}/{{dossier}}/interventions", ATTENTES):
        if _gabarit(chemin) not in chemins:
            raise Manquement(f"pas de {chemin} dans « paths »", "chaque route du contrat")
    for cible in _renvois(lu):
        if not _mene(lu, cible):
            raise Manquement("un « $ref » qui ne mène à rien", "des renvois à ce que le document contient")


async def metaschema(essai: Essai) -> None:
    """It is what the authors of OpenAPI 3.1 say that such a document is, its schemas included."""
    if ecart := premier_ecart(await _document(essai)):
        raise Manquement(f"dans le document, {ecart}", f"un document OpenAPI 3.1 ({VERSION})")


async def operations(essai: Essai) -> None:
    """Each operation has a name of its own and says what it answers."""
    toutes = [
        operation
        for chemin in (await _document(essai))["paths"].values()
        for methode, operation in (chemin.items() if isinstance(chemin, dict) else ())
        if methode in _METHODES and isinstance(operation, dict)
    ]
    noms = [operation.get("operationId") for operation in toutes]
    if not noms or not all(isinstance(nom, str) and nom for nom in noms):
        raise Manquement("une opération sans « operationId »", "un nom pour chacune")
    if len(set(noms)) < len(noms):
        raise Manquement("deux opérations du même « operationId »", "un nom pour chacune")
    if not all(operation.get("responses") for operation in toutes):
        raise Manquement("une opération sans « responses »", "ce que chacune répond")


async def _document(essai: Essai) -> dict[str, Any]:
    sans = {"Authorization": None, "Agent": None, "Finalite": None}
    lu = (await essai.demander("GET", DOCUMENT, entetes=sans)).exiger(200).objet()
    if not isinstance(lu.get("paths"), dict):
        raise Manquement("un document sans « paths »", "un document OpenAPI 3")
    return lu


def _gabarit(chemin: str) -> str:
    """An address, whatever its parts are called."""
    return "/".join("{}" if partie.startswith("{") else partie for partie in chemin.split("/"))


def _renvois(document: Any) -> set[str]:  # noqa: ANN401 - JSON
    """What a document refers to. It is gone through without recursion: how deep it is, is not ours to say."""
    cibles, a_voir = set(), [document]
    while a_voir:
        noeud = a_voir.pop()
        if isinstance(noeud, dict):
            cibles |= {noeud["$ref"]} if isinstance(noeud.get("$ref"), str) else set()
            a_voir += noeud.values()
        elif isinstance(noeud, list):
            a_voir += noeud
    return cibles


def _mene(document: Any, cible: str) -> bool:  # noqa: ANN401 - JSON
    """Whether a reference leads to something of this document (RFC 6901)."""
    ancre, *parties = cible.split("/")
    noeud = document
    for partie in parties:
        cle = partie.replace("~1", "/").replace("~0", "~")
        if not isinstance(noeud, dict) or cle not in noeud:
            return False
        noeud = noeud[cle]
    return ancre == "#"
