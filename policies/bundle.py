"""The rules and compiled tables as an OPA bundle: what the policy server of production loads.

The archive is reproducible: the same rules and rows give the same bytes. Its manifest carries the revision that the
API expects in every answer, so an API and a policy server of two versions refuse to work together.
"""

import gzip
import io
import json
import tarfile
from pathlib import Path

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
