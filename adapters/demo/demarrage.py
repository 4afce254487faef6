"""``unefois demo``: the registry, the département, the links to sign in, then the server."""

import contextlib
import os
import socket
import sys
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Final
from uuid import UUID

import orjson
from joserfc.jwk import ECKey

from adapters.demo.conteur import Conteur, avancer
from adapters.demo.gardes import ecrire_secret
from adapters.demo.personnages import ADMINISTRATEURS, PERSONNAGES, Personnage, personnage
from adapters.demo.peuplement import client, confirmer_mandats, peupler_registre, seances
from adapters.demo.qui_voit_quoi import PAGE, QuiVoitQuoi, lien_d_entree
from adapters.demo.recits import BAILLEUR, INSTRUCTRICE, declaree
from adapters.identite.demo import EmetteurDemo, Machine
from adapters.livraison.livreur import livrer_a_cote
from adapters.service.serveur import application, processus_supervise, projecteur_supervise, servir
from adapters.service.settings import Settings
from adapters.service.wiring import CLIENT_DE_L_INTENDANCE, Adresses, Maison, messagerie, ouvrir_maison
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
    port = port_voisin(settings.host, settings.port)
    async with (
        ouvrir_maison(settings, acces) as maison,
        projecteur_supervise(),
        processus_supervise("intendance", {**os.environ, "UNEFOIS_PORT": str(port)}, "l'intendance du registre"),
        livrer_a_cote(maison.gate, messagerie(settings)),
    ):
        emetteur = maison.demo
        if emetteur is None:
            raise DemoSeulement("Cette maison n'a pas d'émetteur de démonstration.")
        donner_des_cles(emetteur, settings.data / CLES)
        base, jetons = f"http://{settings.host}:{settings.port}", settings.data / JETONS
        conteur = Conteur(maison.gate, emetteur, seances(le))
        exemple = await conteur.charger(le)
        await attendre_les_listes(maison, exemple)
        confirmer_mandats(acces.registre, settings.schema, exemple, await conteur.titulaire(exemple), le)

        def annoncer() -> None:
            garder_les_jetons(jetons, _jetons(emetteur, base, exemple, _ici(jetons)))
            avancer("")
            sys.stdout.write("\n".join(_annonce(emetteur, base, jetons)))
            sys.stdout.flush()

        app = application(maison, settings, lambda: _entrees(emetteur), exemple)
        intendance = f"http://{settings.host}:{port}/connexion"
        app.router.routes.append(QuiVoitQuoi(maison.gate, emetteur, exemple, intendance).route)
        await servir(app, settings, annoncer)


def port_voisin(hote: str, port: int) -> int:
    """Where the registry's pages listen beside the demonstration: on the next port, or on any that is free."""
    famille = socket.AF_INET6 if ":" in hote else socket.AF_INET
    for voulu in (port + 1, 0):
        with contextlib.suppress(OSError, OverflowError), socket.create_server((hote, voulu), family=famille) as essai:
            return int(essai.getsockname()[1])
    raise DemoSeulement("Aucun port n'est libre pour les pages du registre.")


def entrees_des_administrateurs(emetteur: EmetteurDemo) -> Sequence[Invitation]:
    """One link for each of those who administer the registry of the demonstration."""
    return [
        Invitation(
            a.organisation,
            a.fonction,
            f"/demo/entrer/{emetteur.lien(a.partenaire, CLIENT_DE_L_INTENDANCE, (), a.agent)}",
        )
        for a in ADMINISTRATEURS
    ]


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


def garder_les_jetons(fichier: Path, lignes: Iterable[str]) -> None:
    """What the walk through the API asks for, as a shell reads it; by whoever runs the demonstration alone."""
    ecrire_secret(fichier, "".join(f"{ligne}\n" for ligne in lignes).encode())


def _jetons(emetteur: EmetteurDemo, base: str, exemple: UUID, fichier: Path) -> Iterator[str]:
    """The variables, and for each person a command to try them with."""
    yield f"# Pour un terminal : . {fichier}. Ces jetons valent huit heures, et sont refaits à chaque démarrage."
    yield "# Le parcours de l'API, pas à pas : docs/parcours-api.md."
    yield f"# Des jetons liés à une clé, comme en production : POST {base}/demo/jeton, par la clé de chaque client,"
    yield f"# dans {CLES}/ à côté de ce fichier (docs/jetons.md)."
    yield f"UNEFOIS={base}"
    yield f"EXEMPLE={exemple}"
    yield from _jeton_lie(emetteur, personnage(BAILLEUR))
    for p in PERSONNAGES:
        nom = p.agent.replace("-", "_").upper()
        lecture = p.lecture.format(dossier="$EXEMPLE")
        entetes = f"-H 'Agent: {p.agent}' -H 'Finalite: {declaree(p.finalites[0], exemple)}'"
        yield f"\n# {p.organisation}, {p.fonction} — Finalite : {', '.join(p.finalites)}"
        yield f'# curl -s "$UNEFOIS{lecture}" {entetes} -H "Authorization: Bearer $JETON_{nom}"'
        yield f"JETON_{nom}={emetteur.jeton(p.partenaire, client(p.partenaire), p.finalites)}"
        yield f"IDENTITE_{nom}={emetteur.identite(p.agent, client(p.partenaire))}"


def _jeton_lie(emetteur: EmetteurDemo, p: Personnage) -> Iterator[str]:
    """A machine's token that is bound to a key of this start, and that key."""
    nom, cle = p.agent.replace("-", "_").upper(), ECKey.generate_key("P-256")
    yield f"\n# {p.organisation} : un jeton lié à une clé (DPoP), et cette clé, pour « unefois conformite »."
    yield f"DPOP_JETON_{nom}={emetteur.jeton(p.partenaire, client(p.partenaire), p.finalites, jkt=cle.thumbprint())}"
    yield f"DPOP_CLE_{nom}='{orjson.dumps(cle.as_dict(private=True)).decode()}'"


def _ici(fichier: Path) -> Path:
    """As somebody names it from where the demonstration was started."""
    return fichier.relative_to(Path.cwd()) if fichier.is_relative_to(Path.cwd()) else fichier


async def attendre_les_listes(maison: Maison, exemple: UUID) -> None:
    """The worklists show what was told before anybody is invited to read them."""
    lecture = await maison.gate.ledger.consulter(exemple)
    if lecture is not None and not await maison.gate.listes.attendre(lecture.position, PATIENCE):
        sys.stderr.write("Les files actives se remplissent encore : elles seront à jour dans un instant.\n")


def _entrees(emetteur: EmetteurDemo) -> Sequence[Invitation]:
    return [Invitation(p.organisation, p.fonction, lien_d_entree(emetteur, p)) for p in PERSONNAGES]


def _annonce(emetteur: EmetteurDemo, base: str, jetons: Path) -> Iterator[str]:
    """Five lines: what there is more to say stands on the first page that they name, and in the file."""
    premier = personnage(INSTRUCTRICE)
    entrer = lien_d_entree(emetteur, premier)
    yield f"unefois sert sur {base} (données fictives)."
    yield f"Qui voit quoi du même dossier, et entrer comme chacun : {base}{PAGE}"
    yield f"Pour commencer, {premier.fonction}, par un lien qui sert une fois : {base}{entrer}"
    yield f"Jetons pour appeler l'API, avec de quoi les essayer : {_ici(jetons)}"
    yield "Ctrl-C arrête tout.\n"
