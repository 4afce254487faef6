"""A process of the bench, as ``banc.lancer`` starts it: one job, told on the standard input. Nobody runs it by hand."""

import asyncio
import sys
from typing import Any

import orjson
import uvloop

from adapters.bench import charge, lot
from adapters.service.collector import calm_collector


def main() -> None:
    """Do the job named on the command line, and answer on the standard output."""
    demande: dict[str, Any] = orjson.loads(sys.stdin.buffer.readline())
    match sys.argv[1]:
        case "import":
            calm_collector()
            _repondre(asyncio.run(lot.un_import(demande)))
        case "charge":
            _repondre(uvloop.run(charge.charger(demande)))
        case "etalon":
            from adapters.bench import etalons  # noqa: PLC0415 - the memory of an import is measured: it holds no server

            uvloop.run(etalons.servir(demande))
        case "produit":
            from adapters.bench import serveur  # noqa: PLC0415 - nor this one

            uvloop.run(serveur.servir(demande))
        case autre:
            raise SystemExit(f"travail inconnu : {autre}")


def _repondre(reponse: object) -> None:
    # A buffer of our own: where Python's is switched off (PYTHONUNBUFFERED), a long write may be cut without a word.
    with open(sys.stdout.fileno(), "wb", closefd=False) as sortie:
        sortie.write(orjson.dumps(reponse))


if __name__ == "__main__":
    main()
