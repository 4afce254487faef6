"""What every page works with: an administrator who signed in, the registry as it stands, and what protects its forms.

Who administers is asked of the registry at each request: a removal holds from the next one on. Each look leaves a row
of the journal before anything is shown, and so does who signed in without administering anything. There is no other way
in than a sign-in through these pages: no token is taken from who presents one.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final
from urllib.parse import urlsplit

from jinja2 import Environment
from starlette.requests import Request
from starlette.responses import Response

from adapters.gate.refus import Refus
from adapters.identite.cles import EmetteurIndisponible
from adapters.identite.demo import EmetteurDemo
from adapters.identite.jetons import Identites, Jeton
from adapters.identite.oidc import ConnexionOidc
from adapters.identite.refus import JetonRefuse
from adapters.mots.registre import ecrit, nomme
from adapters.registre.administration import ChangementRefuse
from adapters.registre.ecritoire import Ecritoire, NAdministrePas
from adapters.registre.instantane import Instantane
from adapters.registre.lecture import RegistreIndisponible
from adapters.web import pages
from adapters.web.exploitant import INCONNU, Exploitant
from adapters.web.pages import Invitation
from adapters.web.rendu import Cadre, environnement
from adapters.web.reponses import meme_origine, page, valeurs_de, vers
from adapters.web.sessions import Session, Sessions, meme_jeton
from adapters.web.site import Servir

MENU: Final = (
    ("/partenaires", "Partenaires"),
    ("/habilitations", "Agents"),
    ("/mandats", "Mandats"),
    ("/instances", "Commissions"),
    ("/seances", "Séances"),
    ("/administrateurs", "Administrateurs"),
    ("/changements", "Changements"),
)
PIED: Final = (
    ("/contact", "Contact"),
    ("/mentions-legales", "Mentions légales"),
    ("/accessibilite", "Accessibilité : non conforme"),
)
MESSAGES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "partenaire-inscrit": "Le partenaire est inscrit.",
        "partenaire-change": "Le partenaire est changé.",
        "partenaire-suspendu": "Le partenaire est suspendu.",
        "partenaire-retabli": "Le partenaire est rétabli.",
        "client-rattache": "Le client est rattaché.",
        "client-retire": "Le client est retiré.",
        "agent-habilite": "L'agent est habilité.",
        "agent-revoque": "L'agent est révoqué.",
        "mandat-confirme": "Le mandat est confirmé.",
        "mandat-revoque": "Le mandat est révoqué.",
        "administrateur-nomme": "L'administrateur est nommé.",
        "administrateur-retire": "L'administrateur est retiré.",
        "instance-instituee": "La commission est instituée.",
        "instance-changee": "La commission est changée.",
        "instance-close": "La commission est close.",
        "siege-donne": "Le siège est donné.",
        "siege-retire": "Le siège est retiré.",
        "seance-convoquee": "La séance est convoquée.",
        "seance-changee": "La séance est changée.",
        "seance-annulee": "La séance est annulée.",
        "deja": "Le registre le disait déjà : rien n'a été ajouté.",
        "adieu": "Vous êtes déconnecté.",
        "expiree": "Votre session est terminée : connectez-vous de nouveau. Rien n'a été enregistré depuis.",
    }
)
"""What a page says after something was kept: a closed list, since the code comes in the address."""
ERREURS: Final[Mapping[int, tuple[str, str]]] = MappingProxyType(
    {
        403: ("Accès refusé", "Ce formulaire ne vient pas de cette session : rouvrez la page, et recommencez."),
        404: ("Page introuvable", "Rien n'existe à cette adresse, ou ce qu'elle nomme a pris fin depuis."),
        503: (
            "Service momentanément indisponible",
            "Le registre n'a pas répondu. Recommencez dans quelques minutes : rien ne sera enregistré deux fois.",
        ),
    }
)
"""What an error says here, where it is not what it says everywhere."""
RAPPEL: Final = (
    "Chaque consultation et chaque changement sont inscrits au journal, sous votre nom. Rien ne s'efface : ce qui"
    " change s'ajoute. Aucun dossier ne se lit ici."
)
NON_ADMINISTRATEUR: Final = (
    "Vous n'administrez pas, ou plus, le registre. Un administrateur, ou l'exploitant du service, peut vous nommer ;"
    " nul ne se nomme lui-même."
)


def _environnement() -> Environment:
    env = environnement(Path(__file__).parent / "gabarits")
    env.globals.update(
        MESSAGES=MESSAGES, PIED=PIED, DEVISE="Registre des partenaires · Seine-Saint-Denis", RAPPEL=RAPPEL
    )
    env.filters.update(ecrit=ecrit, nomme=nomme)
    return env


_ENV: Final = _environnement()


def rendre(gabarit: str, **contexte: Any) -> str:  # noqa: ANN401 - what a template names
    """A page, from its template and what it names."""
    return _ENV.get_template(gabarit).render(**contexte)


@dataclass(frozen=True, slots=True)
class VisiteDAdministrateur:
    """One request by an administrator. ``qui``: as the journal names it."""

    session: Session
    qui: str
    registre: Instantane
    le: date
    cadre: Cadre
    valeurs: Mapping[str, str]


_REFUS: Final = (JetonRefuse, NAdministrePas, Refus, ChangementRefuse, RegistreIndisponible, EmetteurIndisponible)
Montrer = Callable[["Intendance", Request, VisiteDAdministrateur], Awaitable[Response]]


@dataclass(slots=True)
class Intendance:
    """The pages and what they need. ``oidc`` is None in demonstration, where there is ``demo`` instead."""

    ecritoire: Ecritoire
    identites: Identites
    sessions: Sessions
    aujourd_hui: Callable[[], date]
    oidc: ConnexionOidc | None = None
    demo: EmetteurDemo | None = None
    entrees: Callable[[], Sequence[Invitation]] = field(default=tuple)
    exploitant: Exploitant = INCONNU

    @property
    def demonstration(self) -> bool:
        """Whether what it keeps is fictitious, and one-time links open sessions."""
        return self.demo is not None

    def page_de(self, montrer: Montrer, nature: str | None) -> Servir:
        """A page for administrators: session, name, form's token, row of the journal; then what it shows.

        ``nature``: what one looks at; None: nothing of the registry.
        """

        async def servir(requete: Request) -> Response:
            session = self.sessions.lire(requete)
            if session is None:
                return vers("/connexion?fait=expiree" if self.sessions.cookie in requete.cookies else "/connexion")
            try:
                reponse = await self._repondre(montrer, nature, requete, await self._visite(requete, session))
            except _REFUS as refus:
                return await self._refuser(session, refus)
            if not any(cle == b"set-cookie" for cle, _ in reponse.raw_headers):
                self.sessions.prolonger(reponse, session)
            return reponse

        return servir

    async def _repondre(
        self, montrer: Montrer, nature: str | None, requete: Request, visite: VisiteDAdministrateur
    ) -> Response:
        if requete.method == "POST" and not _d_ici(requete, visite):
            return self.erreur(403, visite.cadre)
        if nature is not None:
            await self.ecritoire.montrer(visite.qui, nature)
        return await montrer(self, requete, visite)

    async def _refuser(self, session: Session, refus: Exception) -> Response:
        """A session that is no longer anybody's is over; else what failed is told."""
        if isinstance(refus, JetonRefuse):
            reponse = vers("/connexion?fait=expiree")
        elif isinstance(refus, NAdministrePas):
            reponse = await self.econduire(session.jeton)
        else:
            return self.erreur(refus.statut if isinstance(refus, Refus) else 503)
        self.sessions.finir(session)
        self.sessions.fermer(reponse)
        return reponse

    async def reconnaitre(self, jeton: Jeton) -> Instantane:
        """The registry, in which who signed in administers it today; ``NAdministrePas`` if it does not.

        Only a person of our own sign-in does: what a partner's software may say of its agents is but its word.
        """
        registre = await self.ecritoire.courant()
        if jeton.client_id is not None or jeton.agent is None:
            raise NAdministrePas
        if registre.administrateur(jeton.organisation, jeton.agent, self.aujourd_hui()) is None:
            raise NAdministrePas
        return registre

    async def _visite(self, requete: Request, session: Session) -> VisiteDAdministrateur:
        jeton = await self.identites.verifier(session.jeton)
        registre = await self.reconnaitre(jeton)
        cadre = Cadre(
            organisation=registre.nom(jeton.organisation),
            agent=jeton.agent or "",
            csrf=session.csrf,
            pages=MENU,
            demonstration=self.demonstration,
            adresse="/" + requete.url.path.split("/")[1],
            message=requete.query_params.get("fait", ""),
        )
        valeurs = await valeurs_de(requete) if requete.method == "POST" else {}
        return VisiteDAdministrateur(
            session, f"{jeton.organisation}/{jeton.agent}", registre, self.aujourd_hui(), cadre, valeurs
        )

    async def econduire(self, jeton: Jeton) -> Response:
        """Tell who does not administer the registry that it does not, once that is in the journal."""
        try:
            await self.ecritoire.econduire(jeton.organisation, jeton.agent or "")
        except RegistreIndisponible:
            return self.erreur(503)
        return self.erreur(403, texte=NON_ADMINISTRATEUR)

    def erreur(self, statut: int, cadre: Cadre | None = None, texte: str = "") -> Response:
        """An error as a page."""
        cadre = cadre or Cadre(demonstration=self.demonstration)
        titre, dit = ERREURS.get(statut) or pages.ERREURS.get(statut, pages.ERREURS[400])
        return self.html(
            rendre("erreur.html", cadre=cadre, titre=titre, texte=texte or dit, statut=statut, remede=""), statut
        )

    def html(self, html: str, statut: int = 200) -> Response:
        """A page whose forms may lead to our issuer too."""
        cible = ""
        if self.oidc is not None:
            morceaux = urlsplit(self.oidc.issuer)
            cible = f" {morceaux.scheme}://{morceaux.netloc}"
        return page(html, statut, cible)


def _d_ici(requete: Request, visite: VisiteDAdministrateur) -> bool:
    return meme_origine(requete) and meme_jeton(visite.session.csrf, visite.valeurs.get("csrf", ""))
