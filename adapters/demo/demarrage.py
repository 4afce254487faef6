"""``unefois demo``: the registry, the département, the links to sign in, then the server."""

import sys
from collections.abc import AsyncIterator, Iterator, Sequence

from adapters.demo import departement
from adapters.demo.personnages import PERSONNAGES, Personnage
from adapters.demo.peuplement import client, peupler_registre
from adapters.exploc.importation import importer
from adapters.identity import EmetteurDemo
from adapters.serveur import application, projecteur_supervise, servir
from adapters.settings import Settings
from adapters.web.pages import Entree
from adapters.wiring import Acces, Maison, aujourd_hui, ouvrir_maison
from ledger.dossier import Auteur

MENAGES = 300
_INSTRUCTEUR = PERSONNAGES[0]


class DemoSeulement(Exception):
    """The demonstration was asked for outside demo mode."""


async def demontrer(settings: Settings, acces: Acces) -> None:
    """Load what is missing, print where and as whom to sign in, serve until interrupted."""
    if settings.mode != "demo" or acces.registre is None:
        raise DemoSeulement("« unefois demo » est refusée hors démonstration (UNEFOIS_MODE).")
    peupler_registre(acces.registre, settings.schema, aujourd_hui())
    async with ouvrir_maison(settings, acces) as maison, projecteur_supervise():
        emetteur = maison.demo
        if emetteur is None:
            raise DemoSeulement("Cette maison n'a pas d'émetteur de démonstration.")
        await _charger(maison)

        def annoncer() -> None:
            sys.stdout.write("\n".join(_annonce(emetteur, f"http://{settings.host}:{settings.port}")))
            sys.stdout.flush()

        await servir(application(maison, settings, lambda: _entrees(emetteur)), settings, annoncer)


async def _charger(maison: Maison) -> None:
    """Import the département once: what is known already adds nothing."""
    sys.stderr.write("Chargement d'un département fictif…\n")
    auteur = Auteur(_INSTRUCTEUR.partenaire, _INSTRUCTEUR.role, _INSTRUCTEUR.agent)
    rapport = await importer(
        maison.gate.ledger,
        _un_bloc(departement.lot(MENAGES, departement.FIN)),
        auteur=auteur,
        revision=maison.gate.decider.revision,
        jour=aujourd_hui(),
        ecrire=True,
    )
    sys.stderr.write(f"{rapport['dossiers']} dossiers, {rapport['accepted_distinct_acts']} actes.\n")


async def _un_bloc(octets: bytes) -> AsyncIterator[bytes]:
    yield octets


def _lien(emetteur: EmetteurDemo, p: Personnage) -> str:
    return f"/demo/entrer/{emetteur.lien(p.partenaire, client(p.partenaire), p.finalites, p.agent)}"


def _entrees(emetteur: EmetteurDemo) -> Sequence[Entree]:
    return [Entree(p.organisation, p.fonction, _lien(emetteur, p)) for p in PERSONNAGES if p.pages]


def _annonce(emetteur: EmetteurDemo, base: str) -> Iterator[str]:
    yield f"\nunefois sert sur {base} (données fictives)\n"
    yield "Se connecter aux pages, par un lien qui sert une fois :"
    for p in PERSONNAGES:
        if p.pages:
            yield f"  {p.fonction:<42} {base}{_lien(emetteur, p)}"
    yield "\nAppeler l'API (jetons valables huit heures) :"
    for p in PERSONNAGES:
        yield f"\n  {p.organisation} — Agent : {p.agent} — Finalite : {', '.join(p.finalites)}"
        yield f"  {emetteur.jeton(p.partenaire, client(p.partenaire), p.finalites)}"
    yield "\nCtrl-C arrête tout.\n"
