"""Processes of the product, as the command ``unefois`` starts them: forked from one that has imported it all.

``python -m tests.scenarios.processus`` reads orders as lines of JSON and answers each with one. A child runs one
command in an environment of its own, on the day of the tests. It can be told to kill itself, as the power would, at
its n-th passage: while a statement is on its way to a database, once its answer is there, before each piece of what
is sent to who asked, after the last one.
"""

import asyncio
import gc
import json
import os
import signal
import sys
import traceback
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any, Final

import httpx2
import psycopg
import uvicorn
from fastapi import FastAPI

from adapters.commande import unefois as cli
from adapters.service import serveur, wiring
from adapters.service.settings import Settings
from tests.bases import AUJOURD_HUI, RACINE

Message = MutableMapping[str, Any]
Envoi = Callable[[Message], Awaitable[None]]


def mourir() -> None:
    """As the power does: nothing is finished, nothing is closed."""
    os.kill(os.getpid(), signal.SIGKILL)


class Coupure:
    """Counts the passages of one request and kills this process at the n-th. 0: never."""

    def __init__(self, rang: int) -> None:
        self.reste = rang
        self.armee = False

    def passer(self) -> bool:
        """Whether this passage is the one."""
        if not self.armee or self.reste == 0:
            return False
        self.reste -= 1
        return self.reste == 0

    def entourer_les_requetes(self) -> None:
        """Every statement of every connection goes through this one method."""
        executer = psycopg.AsyncCursor.execute

        async def entouree(curseur: Any, *args: Any, **kwargs: Any) -> Any:
            if self.passer():
                asyncio.get_running_loop().call_soon(mourir)
            resultat = await executer(curseur, *args, **kwargs)
            if self.passer():
                mourir()
            return resultat

        setattr(psycopg.AsyncCursor, "execute", entouree)  # noqa: B010 - in this process, which is to die

    def entourer_les_reponses(self, app: FastAPI) -> Any:
        """The application, with a passage before each piece of an answer, and after the last."""

        async def appeler(scope: Message, receive: Any, send: Envoi) -> None:
            async def envoyer(message: Message) -> None:
                if self.passer():
                    mourir()
                await send(message)
                if not message.get("more_body", message["type"] == "http.response.start") and self.passer():
                    mourir()

            await app(scope, receive, envoyer)

        return appeler


def executer(ordre: dict[str, Any], pret: int) -> int:
    """In the child: the command, as a fresh process would run it."""
    os.environ.clear()
    os.environ.update(ordre["env"])
    for fichier, descripteur in ((os.devnull, 0), (ordre["sortie"], 1), (ordre["erreurs"], 2)):
        ouvert = os.open(fichier, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
        os.dup2(ouvert, descripteur)
        os.close(ouvert)
    coupure = Coupure(ordre["coupure"])
    coupure.entourer_les_requetes()

    def annoncer() -> None:
        coupure.armee = True
        os.write(pret, b".")

    async def servir(app: FastAPI, settings: Settings) -> None:
        await serveur.servir(coupure.entourer_les_reponses(app), settings, annoncer)

    vars(cli)["servir_application"] = servir  # in this child alone
    return cli.main(ordre["arguments"])


def lancer(ordre: dict[str, Any], enfants: set[int]) -> dict[str, Any]:
    """Fork; once the child listens (or ends), its process id."""
    lecture, ecriture = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.close(lecture)
        code = 70
        try:
            code = executer(ordre, ecriture)
        except BaseException:  # noqa: BLE001 - written down, then it dies: there is nowhere to raise to
            traceback.print_exc()
        finally:  # never back into the loop of the parent
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(code)
    os.close(ecriture)
    enfants.add(pid)
    pret = bool(os.read(lecture, 1)) if ordre["attendre"] else True
    os.close(lecture)
    return {"pid": pid, "pret": pret}


def terminer(ordre: dict[str, Any], enfants: set[int]) -> dict[str, Any]:
    """Send a signal if there is one (0: none), then wait; the exit status, negative for the signal that killed."""
    if ordre["signal"]:
        os.kill(ordre["pid"], ordre["signal"])
    _, statut = os.waitpid(ordre["pid"], 0)
    enfants.discard(ordre["pid"])
    return {"code": os.waitstatus_to_exitcode(statut)}


ORDRES: Final = {"lancer": lancer, "terminer": terminer}


def principal() -> None:
    """Answer orders until the standard input ends; nobody is left behind."""
    os.chdir(RACINE)
    # What they import late, imported once: forked afterwards, a child starts in a third of the time.
    uvicorn.Config(FastAPI(), http="httptools").load()
    httpx2.AsyncClient()
    gc.freeze()
    for module in (wiring, serveur, cli):
        module.aujourd_hui = lambda: AUJOURD_HUI  # type: ignore[attr-defined]  # the day of the tests
    enfants: set[int] = set()
    try:
        for ligne in sys.stdin:
            ordre = json.loads(ligne)
            print(json.dumps(ORDRES[ordre["ordre"]](ordre, enfants)), flush=True)
    finally:
        for pid in enfants:
            os.kill(pid, signal.SIGKILL)


if __name__ == "__main__":
    principal()
