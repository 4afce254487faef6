"""``unefois demo --ouvert``: a fictitious département that others may call, by clients that were inscribed here.

None of the demonstration's open doors is there: no link that signs somebody in, no token that is not bound to the key
of who asks for it. Each night all that was told is forgotten; clients, their keys and the catalogue's numbers stay.
"""

import asyncio
import os
import sys
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import orjson
from joserfc.jwk import OKPKey

from adapters.demo import adresses, modele
from adapters.demo.clients import Clients, rattacher
from adapters.demo.conteur import MENAGES, Conteur, avancer
from adapters.demo.demarrage import BAC, CLES, DemoSeulement, attendre_les_listes
from adapters.demo.gardes import ecrire_secret
from adapters.demo.peuplement import confirmer_mandats, peupler_registre, seances
from adapters.demo.relais import Relais
from adapters.demo.situations import cataloguer
from adapters.gate.budget import Budget
from adapters.identite.demo import EmetteurDemo, neuve
from adapters.livraison.livreur import livrer_a_cote
from adapters.service.serveur import application, projecteur_supervise, servir
from adapters.service.settings import Settings
from adapters.service.wiring import Adresses, Maison, ouvrir_maison, preparer_bases
from ledger.droit.jours import PARIS, aujourd_hui

HEURE: Final = 4
"""Of Paris, at which the night's reset is, unless another is asked for."""
PAS: Final = 30.0
"""Seconds between two looks at the clock: that of the machine may be set."""
_PROPRES: Final = ("UNEFOIS_HOST", "UNEFOIS_PUBLIC_URL")
"""What the environment says of who listens: our projector does not, and would be refused."""


def prochaine(maintenant: datetime, heure: int) -> datetime:
    """The next time that it is this hour in Paris."""
    ici = maintenant.astimezone(PARIS)
    le = ici.replace(hour=heure, minute=0, second=0, microsecond=0)
    # Two moments of one zone are compared by what the clock on the wall says, which an hour of autumn says twice.
    if le.astimezone(UTC) <= maintenant.astimezone(UTC):
        le = (le + timedelta(days=1)).replace(fold=0)
    return le


class BacASable:
    """One sandbox, in a data directory and a cluster of its own.

    ``heure``: of its reset, in Paris. ``menages``: how many households are drawn. ``budget``: what each client may ask
    for between two resets. ``relais`` is what listens for it.
    """

    def __init__(
        self,
        settings: Settings,
        admin: str,
        heure: int = HEURE,
        *,
        menages: int = MENAGES,
        budget: Callable[[], Budget] = Budget,
        horloge: Callable[[], datetime] = lambda: datetime.now(UTC),
        pas: float = PAS,
    ) -> None:
        if (settings.data / CLES).exists():
            raise DemoSeulement(
                f"{settings.data} est le répertoire d'une démonstration locale, qui serait effacée chaque nuit : "
                "donnez un UNEFOIS_DATA à part au bac à sable."
            )
        self._settings = settings
        self._admin = admin
        self._heure = heure
        self._menages = menages
        self._budget = budget
        self._horloge = horloge
        self._pas = pas
        self.clients = clients_de(settings)
        self.emetteur = EmetteurDemo(cle=_signature(_repertoire(settings) / "signature.jwk"), machines=self.clients)
        self.relais = Relais()
        self.remises = 0

    async def tenir(self, annoncer: Callable[[], None] = lambda: None) -> None:
        """Open, serve until the hour of the reset, reset, and again. ``annoncer`` is called when it serves first."""
        while True:
            await self._preparer()
            async with self._ouvrir() as maison:
                fin = prochaine(self._horloge(), self._heure)
                maison.gate.budget = budget = self._budget()
                app = application(maison, self._settings)
                catalogue = orjson.loads(self._fichier("catalogue.json").read_bytes())
                app.router.routes[:0] = adresses.routes(self.emetteur, catalogue, budget, fin)
                async with app.router.lifespan_context(app):
                    self.relais.brancher(app, fin)
                    annoncer()
                    annoncer = lambda: None  # noqa: E731 - said once
                    await self._jusqu_a(fin)
                    await self.relais.debrancher()

    async def _jusqu_a(self, fin: datetime) -> None:
        while self._horloge() < fin:  # noqa: ASYNC110 - a clock tells nobody that it moves
            await asyncio.sleep(self._pas)

    async def _preparer(self) -> None:
        """The département is there as it was told first, unless somebody has been using it since the last reset."""
        etat = self._fichier("remis-le")
        if not modele.pris(self._admin):
            async with self._ouvrir() as maison:
                await self._raconter(maison)
            await asyncio.to_thread(modele.prendre, self._admin)
        elif not etat.exists() or prochaine(datetime.fromisoformat(etat.read_text()), self._heure) <= self._horloge():
            etat.unlink(missing_ok=True)  # stopped in the middle, it is begun again
            await asyncio.to_thread(modele.remettre, self._admin)
            self.remises += 1
        else:
            return
        ecrire_secret(etat, self._horloge().isoformat().encode())

    @asynccontextmanager
    async def _ouvrir(self) -> AsyncIterator[Maison]:
        acces = await asyncio.to_thread(self._installer)
        environ = {nom: valeur for nom, valeur in os.environ.items() if nom not in _PROPRES}
        environ["UNEFOIS_DATA"] = str(self._settings.data)
        emetteur = replace(self.emetteur.emetteur, lies=True)
        maison_ouverte = ouvrir_maison(self._settings, acces, emetteur)
        async with maison_ouverte as maison, projecteur_supervise(environ), livrer_a_cote(maison.gate):
            yield maison

    def _installer(self) -> Adresses:
        acces = preparer_bases(self._settings, self._admin)
        peupler_registre(_du_registre(acces), self._settings.schema, aujourd_hui())
        rattacher(_du_registre(acces), self._settings.schema, self.clients)
        return acces

    async def _raconter(self, maison: Maison) -> None:
        """The département, told; and what each reads of the households of the catalogue."""
        le = aujourd_hui()
        conteur = Conteur(maison.gate, self.emetteur, seances(le), self._menages)
        exemple = await conteur.charger(le)
        await attendre_les_listes(maison, exemple)
        acces = preparer_bases(self._settings, self._admin)
        titulaire = await conteur.titulaire(exemple)
        confirmer_mandats(_du_registre(acces), self._settings.schema, exemple, titulaire, le)
        ecrire_secret(self._fichier("catalogue.json"), orjson.dumps(await cataloguer(conteur)))

    def _fichier(self, nom: str) -> Path:
        return _repertoire(self._settings) / nom


async def ouvrir_a_tous(settings: Settings, admin: str, heure: int) -> None:
    """Serve the sandbox until interrupted."""
    bac = BacASable(settings, admin, heure)

    def annoncer() -> None:
        avancer("")
        sys.stdout.write("\n".join(_annonce(settings, bac, heure)))
        sys.stdout.flush()

    taches = [asyncio.ensure_future(servir(bac.relais, settings)), asyncio.ensure_future(bac.tenir(annoncer))]
    try:
        finies, _ = await asyncio.wait(taches, return_when=asyncio.FIRST_COMPLETED)
        for tache in finies:
            tache.result()
    finally:
        for tache in taches:
            tache.cancel()
        await asyncio.gather(*taches, return_exceptions=True)


def clients_de(settings: Settings) -> Clients:
    """Those of the sandbox that is kept in this data directory."""
    return Clients(_repertoire(settings) / "clients")


def _repertoire(settings: Settings) -> Path:
    repertoire = settings.data / BAC
    repertoire.mkdir(mode=0o700, parents=True, exist_ok=True)
    return repertoire


def _signature(fichier: Path) -> OKPKey:
    """The key that signs its tokens: they are good after a restart too."""
    if not fichier.exists():
        ecrire_secret(fichier, orjson.dumps(neuve().as_dict(private=True)))
    lue: Mapping[str, Any] = orjson.loads(fichier.read_bytes())
    return OKPKey.import_key(dict(lue))


def _du_registre(acces: Adresses) -> str:
    if acces.registre is None:
        raise DemoSeulement("Ce processus n'a pas accès au registre.")
    return acces.registre


def _annonce(settings: Settings, bac: BacASable, heure: int) -> list[str]:
    base = settings.public_url or f"http://{settings.host}:{settings.port}"
    return [
        f"\nunefois sert un bac à sable sur {base}",
        "\nTout y est fictif : n'y saisissez ni ménage, ni dossier, ni adresse réels.\n",
        f"Catalogue des ménages d'essai : {base}{adresses.PAGE} (JSON : {adresses.JSON})",
        f"Jetons : POST {base}{adresses.JETON}, par la clé d'un client inscrit (private_key_jwt, DPoP)",
        f"Clients inscrits : {', '.join(bac.clients) or 'aucun encore'}",
        "Inscrire un client : unefois bac-a-sable inscrire NOM --partenaire CODE",
        f"Remise à zéro chaque nuit à {heure} h, heure de Paris : les clients et les numéros du catalogue restent.",
        "\nCtrl-C arrête tout.\n",
    ]
