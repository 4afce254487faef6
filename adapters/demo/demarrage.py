"""``unefois demo``: the registry, the département, the links to sign in, then the server."""

import sys
from collections.abc import AsyncIterator, Sequence

from adapters.demo import departement
from adapters.demo.personnages import PERSONNAGES
from adapters.demo.peuplement import client, peupler_registre
from adapters.exploc.importation import importer
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
        await _charger(maison)
        base = f"http://{settings.host}:{settings.port}"
        _annoncer(maison, base)
        await servir(application(maison, settings, lambda: _entrees(maison)), settings)


async def _charger(maison: Maison) -> None:
    """Import the département once: what is known already adds nothing."""
    print("Chargement d'un département fictif…", file=sys.stderr)
    auteur = Auteur(_INSTRUCTEUR.partenaire, _INSTRUCTEUR.role, _INSTRUCTEUR.agent)
    rapport = await importer(
        maison.gate.ledger,
        _un_bloc(departement.lot(MENAGES, departement.FIN)),
        auteur=auteur,
        revision=maison.gate.decider.revision,
        jour=aujourd_hui(),
        ecrire=True,
    )
    print(f"{rapport['dossiers']} dossiers, {rapport['accepted_distinct_acts']} actes.", file=sys.stderr)


async def _un_bloc(octets: bytes) -> AsyncIterator[bytes]:
    yield octets


def _lien(maison: Maison, p: object) -> str:
    assert maison.demo is not None
    return maison.demo.lien(p.partenaire, client(p.partenaire), p.finalites, p.agent)  # type: ignore[attr-defined]


def _entrees(maison: Maison) -> Sequence[Entree]:
    return [Entree(p.organisation, p.fonction, f"/demo/entrer/{_lien(maison, p)}") for p in PERSONNAGES if p.pages]


def _annoncer(maison: Maison, base: str) -> None:
    assert maison.demo is not None
    print(f"\nunefois sert sur {base} (données fictives)\n")
    print("Se connecter aux pages, par un lien qui sert une fois :")
    for p in PERSONNAGES:
        if p.pages:
            print(f"  {p.fonction:<42} {base}/demo/entrer/{_lien(maison, p)}")
    print("\nAppeler l'API (jetons valables huit heures) :")
    for p in PERSONNAGES:
        jeton = maison.demo.jeton(p.partenaire, client(p.partenaire), p.finalites)
        print(f"\n  {p.organisation} — Agent : {p.agent} — Finalite : {', '.join(p.finalites)}\n  {jeton}")
    print("\nCtrl-C arrête tout.", flush=True)
