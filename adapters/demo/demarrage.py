"""``unefois demo``: the registry, the département, the links to sign in, then the server."""

import sys
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Final
from uuid import UUID

import orjson
from joserfc.jwk import ECKey

from adapters.demo.conteur import Conteur
from adapters.demo.gardes import ecrire_secret
from adapters.demo.personnages import PERSONNAGES, Personnage, personnage
from adapters.demo.peuplement import client, confirmer_mandat, peupler_registre, seances
from adapters.demo.recits import ETUDE, demande_fsl
from adapters.identite.demo import EmetteurDemo, Machine
from adapters.livraison.livreur import livrer_a_cote
from adapters.service.serveur import application, projecteur_supervise, servir
from adapters.service.settings import Settings
from adapters.service.wiring import Adresses, Maison, messagerie, ouvrir_maison
from adapters.web.pages import Invitation
from ledger.droit.jours import aujourd_hui

CLES: Final = "cles-des-clients"
BAC: Final = "bac-a-sable"
"""Where a sandbox keeps what is its own, under its data."""
JETONS: Final = "demo.env"
PATIENCE: Final = 60.0
"""Seconds."""


class DemoSeulement(Exception):
    """The demonstration was asked for outside demo mode."""


async def demontrer(settings: Settings, acces: Adresses) -> None:
    """Load what is missing, print where and as whom to sign in, serve until interrupted."""
    if settings.mode != "demo" or acces.registre is None:
        raise DemoSeulement("« unefois demo » est refusée hors démonstration (UNEFOIS_MODE).")
    if (settings.data / BAC).exists():
        raise DemoSeulement(f"{settings.data} est le répertoire d'un bac à sable : donnez un autre UNEFOIS_DATA.")
    le = aujourd_hui()
    peupler_registre(acces.registre, settings.schema, le)
    async with (
        ouvrir_maison(settings, acces) as maison,
        projecteur_supervise(),
        livrer_a_cote(maison.gate, messagerie(settings)),
    ):
        emetteur = maison.demo
        if emetteur is None:
            raise DemoSeulement("Cette maison n'a pas d'émetteur de démonstration.")
        donner_des_cles(emetteur, settings.data / CLES)
        base = f"http://{settings.host}:{settings.port}"
        exemple = await Conteur(maison.gate, emetteur, seances(le)).charger(le)
        await attendre_les_listes(maison, exemple)
        confirmer_mandat(acces.registre, settings.schema, personnage(ETUDE).partenaire, exemple, le)

        def annoncer() -> None:
            garder_les_jetons(settings.data / JETONS, _variables(emetteur, base, exemple))
            sys.stdout.write("\n".join(_annonce(emetteur, base, exemple)))
            sys.stdout.flush()

        await servir(application(maison, settings, lambda: _entrees(emetteur), exemple), settings, annoncer)


def donner_des_cles(emetteur: EmetteurDemo, dossier: Path) -> None:
    """A key for each client, kept from one demonstration to the next, readable by who runs it."""
    dossier.mkdir(mode=0o700, exist_ok=True)
    machines = {}
    for partenaire in sorted({p.partenaire for p in PERSONNAGES}):
        fichier = dossier / f"{client(partenaire)}.jwk"
        if not fichier.exists():
            ecrire_secret(fichier, orjson.dumps(ECKey.generate_key("P-256", auto_kid=True).as_dict(private=True)))
        publique = ECKey.import_key(orjson.loads(fichier.read_bytes())).as_dict(private=False)
        finalites = {f for p in PERSONNAGES if p.partenaire == partenaire for f in p.finalites}
        machines[client(partenaire)] = Machine(partenaire, sorted(finalites), ECKey.import_key(publique))
    emetteur.machines = machines


def garder_les_jetons(fichier: Path, variables: Iterable[tuple[str, str]]) -> None:
    """What the walk through the API asks for, as a shell reads it; by whoever runs the demonstration alone."""
    ecrire_secret(fichier, "".join(f"{nom}={valeur}\n" for nom, valeur in variables).encode("ascii"))


def _variables(emetteur: EmetteurDemo, base: str, exemple: UUID) -> Iterator[tuple[str, str]]:
    yield "UNEFOIS", base
    yield "EXEMPLE", str(exemple)
    for p in PERSONNAGES:
        nom = p.agent.replace("-", "_").upper()
        yield f"JETON_{nom}", emetteur.jeton(p.partenaire, client(p.partenaire), p.finalites)
        yield f"IDENTITE_{nom}", emetteur.identite(p.agent, client(p.partenaire))


async def attendre_les_listes(maison: Maison, exemple: UUID) -> None:
    """The worklists show what was told before anybody is invited to read them."""
    lecture = await maison.gate.ledger.consulter(exemple)
    if lecture is not None and not await maison.gate.listes.attendre(lecture.position, PATIENCE):
        sys.stderr.write("Les files actives se remplissent encore : elles seront à jour dans un instant.\n")


def _lien(emetteur: EmetteurDemo, p: Personnage) -> str:
    return f"/demo/entrer/{emetteur.lien(p.partenaire, client(p.partenaire), p.finalites, p.agent)}"


def _entrees(emetteur: EmetteurDemo) -> Sequence[Invitation]:
    return [Invitation(p.organisation, p.fonction, _lien(emetteur, p)) for p in PERSONNAGES]


def _annonce(emetteur: EmetteurDemo, base: str, exemple: UUID) -> Iterator[str]:
    yield f"\nunefois sert sur {base} (données fictives)\n"
    yield f"Regardez le dossier {exemple} : chacun y lit autre chose.\n"
    yield "Se connecter aux pages, par un lien qui sert une fois :"
    for p in PERSONNAGES:
        if p.pages:
            yield f"  {p.fonction:<42} {base}{_lien(emetteur, p)}"
    yield "\nAppeler l'API (jetons valables huit heures) :"
    for p in PERSONNAGES:
        yield f"\n  {p.organisation} — Agent : {p.agent} — Finalite : {', '.join(p.finalites)}"
        yield f"  {emetteur.jeton(p.partenaire, client(p.partenaire), p.finalites)}"
        yield f"  identité : {emetteur.identite(p.agent, client(p.partenaire))}"
        finalite = p.finalites[0]
        if finalite == "AIDE_INSTRUCTION":  # it names the request of the household
            finalite += f"; demande={demande_fsl(exemple)}"
        entetes = f"-H 'Agent: {p.agent}' -H 'Finalite: {finalite}' -H \"Authorization: Bearer $JETON\""
        yield f"  curl -s {base}{p.lecture.format(dossier=exemple)} {entetes}"
    yield f"\nLes mêmes jetons, pour un terminal : . {JETONS}, sous le répertoire des données (docs/parcours-api.md)."
    yield f"\nOu demander des jetons liés à une clé, comme en production (docs/jetons.md) : POST {base}/demo/jeton,"
    yield f"par la clé de chaque client, dans {CLES}/ sous le répertoire des données (private_key_jwt, DPoP).\n"
    yield "\nCtrl-C arrête tout.\n"
