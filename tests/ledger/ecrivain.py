"""A process that contributes until it is killed, and says on its output what was acknowledged to it.

``python -m tests.ledger.ecrivain API_URL CLES_URL ETAPE RANG``: at the given step of the given contribution, it kills
itself as the power would. Run by ``test_pannes``.
"""

import asyncio
import os
import signal
import sys
from collections.abc import Callable
from typing import Any, Final
from uuid import UUID, uuid4

from ledger.application import Ledger
from ledger.catalogue import DetteDeclaree, OccupantDeclare
from ledger.index import IndexAveugle
from ledger.sealing import Kek
from tests.bases import AUJOURD_HUI, KEK, SCHEMA, SECRET_INDEX
from tests.ledger.test_application import une_contribution, une_ligne, une_ouverture

ETAPES: Final = ("avant_cles", "apres_cles", "avant_ecriture", "requete_envoyee", "apres_commit", "apres_reponse")


def mourir() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def mourir_bientot() -> None:
    """Once the statement has left for the server, whether or not it is committed by then."""
    asyncio.get_running_loop().call_later(0.001, mourir)


def entourer(objet: Any, nom: str, avant: Callable[[], None], apres: Callable[[], None]) -> None:
    """Have something happen before and after each call of a method."""
    methode = getattr(objet, nom)

    async def entouree(*args: object, **kwargs: object) -> object:
        avant()
        resultat = await methode(*args, **kwargs)
        apres()
        return resultat

    setattr(objet, nom, entouree)


async def contribuer(ledger: Ledger, dossier: UUID, rang: int) -> None:
    contribution = une_contribution(
        OccupantDeclare(personne=uuid4(), qualite="OCCUPANT", nom=f"NOM{rang}"),
        DetteDeclaree(montant=rang, arretee_au=AUJOURD_HUI),
        DetteDeclaree(montant=rang + 1, arretee_au=AUJOURD_HUI),
        cle=f"{dossier} {rang}",
    )
    recu = await ledger.contribuer(await ledger.reader.lire_ou_vierge(dossier), contribution, une_ligne())
    sys.stdout.write(f"{recu.contribution} {recu.position}\n")
    sys.stdout.flush()


async def ecrire(api_url: str, cles_url: str, etape: str, rang: int) -> None:
    ledger = Ledger(api_url, cles_url, SCHEMA, Kek(KEK), IndexAveugle(SECRET_INDEX), aujourd_hui=lambda: AUJOURD_HUI)
    async with ledger:
        dossier = uuid4()
        await ledger.contribuer(
            await ledger.reader.lire_ou_vierge(dossier), une_ouverture(uuid4(), id_rpls=None), une_ligne()
        )
        for n in range(10_000):
            if n == rang:
                armer(ledger, etape)
            await contribuer(ledger, dossier, n)
            if n == rang:
                mourir()


def armer(ledger: Ledger, etape: str) -> None:
    def rien() -> None:
        return

    match etape:
        case "avant_cles":
            entourer(ledger.keys, "creer", mourir, rien)
        case "apres_cles":
            entourer(ledger.keys, "creer", rien, mourir)
        case "avant_ecriture":
            entourer(ledger.writer, "ecrire", mourir, rien)
        case "requete_envoyee":
            entourer(ledger.writer._session, "fetch", mourir_bientot, rien)
        case "apres_commit":
            entourer(ledger.writer, "ecrire", rien, mourir)


if __name__ == "__main__":
    asyncio.run(ecrire(sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4])))
