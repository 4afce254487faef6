"""« Qui voit quoi »: the demonstration's page on its example case. No other mode has its address.

What each person may read is asked of the gate, in its name, and kept for as long as nothing was told since: a page that
is merely looked at again leaves no row.
"""

from asyncio import Lock
from collections.abc import Iterator, Sequence
from typing import Any, Final
from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from adapters.demo.departement import TEMOIN
from adapters.demo.personnages import ADMINISTRATEURS, PERSONNAGES, Personnage
from adapters.demo.peuplement import client
from adapters.demo.regards import Obtenu, regarder, sens
from adapters.gate.contexte import Gate
from adapters.gate.refus import Refus
from adapters.identite.demo import EmetteurDemo
from adapters.web import qui_voit_quoi
from adapters.web.guichet import Guichet
from adapters.web.menu import menu
from adapters.web.qui_voit_quoi import AUneFinalite, MenageMontre, Poste, RegistreTenu
from adapters.web.rendu import Cadre
from adapters.web.reponses import page, page_d_erreur

PAGE: Final = "/qui-voit-quoi"


class QuiVoitQuoi:
    """The page, and what it was answered last."""

    def __init__(self, gate: Gate, emetteur: EmetteurDemo, exemple: UUID, intendance: str = "") -> None:
        self._registre = RegistreTenu(intendance, [(a.fonction, a.organisation) for a in ADMINISTRATEURS])
        self._gate = gate
        self._emetteur = emetteur
        self._exemple = exemple
        self._menage = MenageMontre(f"{TEMOIN.prenom} {TEMOIN.nom}", TEMOIN.commune, sens(gate))
        self._une_fois = Lock()
        self._a: tuple[Any, ...] = ()
        self._vus: Sequence[tuple[Personnage, Sequence[Obtenu]]] = ()

    @property
    def route(self) -> Route:
        """Its address."""

        async def servir(_: Request) -> Response:
            try:
                vus = await self._regards()
            except Refus as panne:
                return page_d_erreur(panne.statut)
            lecteurs = [Poste(p.organisation, p.fonction, [*self._rangees(p, siens)]) for p, siens in vus]
            cadre = Cadre(demonstration=True)
            le = self._gate.aujourd_hui()
            return page(qui_voit_quoi.qui_voit_quoi(cadre, self._menage, lecteurs, self._registre, le), 200)

        return Route(PAGE, servir, methods=["GET"])

    async def _regards(self) -> Sequence[tuple[Personnage, Sequence[Obtenu]]]:
        gate = self._gate
        async with self._une_fois:
            registre, lecture = await gate.registre.courant(), await gate.ledger.consulter(self._exemple)
            a = registre.revision, lecture and lecture.position, gate.aujourd_hui()
            if a != self._a:
                self._vus = [
                    (p, [await regarder(gate, self._emetteur, p, f, self._exemple) for f in p.finalites])
                    for p in PERSONNAGES
                ]
                self._a = a
            return self._vus

    def _rangees(self, p: Personnage, regards: Sequence[Obtenu]) -> Iterator[AUneFinalite]:
        for finalite, vu in zip(p.finalites, regards, strict=True):
            offert = menu(Guichet(self._gate).actions(p.role, finalite), finalite)
            lien = lien_d_entree(self._emetteur, p, vu.finalite) if offert else ""
            yield AUneFinalite(finalite, vu.statut, vu.mesures, vu.motifs, vu.refus, lien)


def lien_d_entree(emetteur: EmetteurDemo, p: Personnage, finalite: str = "") -> str:
    """An address that signs that person in, once; ``finalite``: declared on entering."""
    return f"/demo/entrer/{emetteur.lien(p.partenaire, client(p.partenaire), p.finalites, p.agent, finalite)}"
