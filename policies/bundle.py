"""The rules and compiled tables as an OPA bundle: what the policy server of production loads.

The archive is reproducible: the same rules and rows give the same bytes. Its manifest carries the revision that the
API expects in every answer, so an API and a policy server of two versions refuse to work together.

Past rules are no part of it. The server is handed them apart, moved under a root that the bundle does not own.
"""

import gzip
import io
import json
import re
import tarfile
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from policies.tables import Regles


def fichiers(regles: Regles) -> dict[str, bytes]:
    """The files of the bundle by path."""
    return {
        ".manifest": _json({"revision": regles.revision, "rego_version": 1, "roots": ["unefois", "tables"]}),
        "tables/data.json": _json(regles.tables),
        **{chemin: texte.encode() for chemin, texte in regles.modules.items()},
    }


def _json(valeur: object) -> bytes:
    return json.dumps(valeur, ensure_ascii=False, sort_keys=True).encode()


def deposer(regles: Regles, racine: Path) -> None:
    """Write the bundle as a directory, for ``opa run --bundle`` on the same machine."""
    for chemin, contenu in fichiers(regles).items():
        cible = racine / chemin
        cible.parent.mkdir(parents=True, exist_ok=True)
        cible.write_bytes(contenu)


def archiver(regles: Regles) -> bytes:
    """The bundle as a ``.tar.gz``, for a bundle server or an image."""
    tampon = io.BytesIO()
    with (
        gzip.GzipFile(fileobj=tampon, mode="wb", mtime=0) as comprime,
        tarfile.open(fileobj=comprime, mode="w") as archive,
    ):
        for chemin, contenu in fichiers(regles).items():
            entree = tarfile.TarInfo(chemin)
            entree.size = len(contenu)
            archive.addfile(entree, io.BytesIO(contenu))
    return tampon.getvalue()


PASSEES: Final = "unefois_passees"
"""The root of past rules on a policy server: packages and tables, by revision."""
_PAQUET: Final = re.compile(r"^package[ \t]+([\w.]+)[ \t]*$", re.MULTILINE)
_REFERENCE: Final = re.compile(r"(?<![\w.])data\.")
_COMMENTAIRE: Final = re.compile(r"^#.*$", re.MULTILINE)


def lieu_de(revision: str) -> str:
    """Where the rules of a revision stand on a policy server."""
    return f"{PASSEES}.r{revision}"


def chemin(lieu: str) -> str:
    """The same, in an address."""
    return lieu.replace(".", "/")


def deplacer(modules: Mapping[str, str], lieu: str) -> dict[str, str]:
    """The rules by package, moved there with all that they refer to.

    One text per package: a server compiles what it takes one by one, and rules of one package refer to each other. What
    is annotated is left out with the comments: a package has its annotation once.
    """
    deplaces: dict[str, list[str]] = {}
    for nom in sorted(modules):
        texte = _COMMENTAIRE.sub("", modules[nom])
        for paquet in _PAQUET.findall(texte):
            corps = _REFERENCE.sub(f"data.{lieu}.", _PAQUET.sub("", texte))
            deplaces.setdefault(paquet, [f"package {lieu}.{paquet}"]).append(corps)
    return {paquet: "\n".join(textes) for paquet, textes in deplaces.items()}
