"""What every page works with: who visits, under which purpose, and how errors become pages.

Every page that shows data asks the gate, which decides, journals and only then answers (laws 2 and 3). A refusal and
an absence look alike here too: the text of an error depends on its status alone.

Forms are accepted from our own pages only: same origin, and the session's token. Each carries an idempotency key
made with the page, so that a double click stores once.
"""

import secrets
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from urllib.parse import urlsplit
from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response

from adapters.gate.contexte import Acces, Trace
from adapters.gate.refus import Refus
from adapters.gate.textes import uuid_ou_rien
from adapters.identite.cles import EmetteurIndisponible
from adapters.identite.demo import EmetteurDemo
from adapters.identite.jetons import Identites
from adapters.identite.oidc import ConnexionOidc
from adapters.identite.refus import JetonRefuse
from adapters.identite.sujet import Demandeur, reconnaitre
from adapters.registre.instantane import Instantane
from adapters.registre.lecture import RegistreIndisponible
from adapters.tableurs.processus import LecteurDeListes
from adapters.web import pages
from adapters.web.exploitant import INCONNU, Exploitant
from adapters.web.guichet import Guichet
from adapters.web.menu import menu
from adapters.web.pages import Invitation
from adapters.web.rendu import Cadre
from adapters.web.reponses import meme_origine, page, valeurs_de, vers
from adapters.web.sessions import Session, Sessions, meme_jeton
from adapters.web.televersement import champs_et_fichier
from policies.decision import Action

Servir = Callable[[Request], Awaitable[Response]]


@dataclass(frozen=True, slots=True)
class Visite:
    """One request by a signed-in person."""

    session: Session
    sujet: Demandeur
    cadre: Cadre
    valeurs: Mapping[str, str]
    instantane: Instantane
    acces_ouvert: Acces | None = None
    fichier: bytes = b""
    """What was sent with a form that carries a file; empty where none was chosen."""

    @property
    def acces(self) -> Acces:
        """What the gate admitted; a page that asks for data without it is a fault of ours."""
        if self.acces_ouvert is None:
            raise RuntimeError("cette page n'a pas été admise par la porte")
        return self.acces_ouvert


@dataclass(slots=True)
class Site:
    """The pages and what they need. ``oidc`` is None where no issuer signs people in, ``demo`` outside demo mode."""

    guichet: Guichet
    registre: Callable[[], Awaitable[Instantane]]
    identites: Identites
    sessions: Sessions
    aujourd_hui: Callable[[], date]
    oidc: ConnexionOidc | None = None
    demo: EmetteurDemo | None = None
    entrees: Callable[[], Sequence[Invitation]] = field(default=tuple)
    exemple: UUID | None = None
    exploitant: Exploitant = INCONNU
    lecteur: LecteurDeListes = field(default_factory=LecteurDeListes)

    @property
    def demonstration(self) -> bool:
        """Whether households are fictitious, and one-time links open sessions."""
        return self.demo is not None

    def sans_session(self, repondre: "Callable[[Site, Request], Awaitable[Response]]") -> Servir:
        """A page for somebody who is not signed in yet."""

        async def servir(requete: Request) -> Response:
            return await repondre(self, requete)

        return servir

    def page_de(
        self,
        repondre: "Repondant",
        action: Action | None,
        *,
        finalite: bool = True,
        fichier: bool = False,
    ) -> Servir:
        """A page for signed-in people: session, forms' token, purpose, access; then errors as pages.

        ``action`` is what the page asks of the gate; None: it shows no data. ``fichier``: its form may carry a file.
        """

        async def servir(requete: Request) -> Response:
            session = self.sessions.lire(requete)
            if session is None:
                return vers("/connexion?fait=expiree" if self.sessions.cookie in requete.cookies else "/connexion")
            cadre = Cadre(demonstration=self.demonstration)
            try:
                visite = await self._visite(requete, session, fichier=fichier)
                cadre = visite.cadre
                reponse = await self._repondre(repondre, action, requete, visite, finalite=finalite)
            except JetonRefuse as refus:
                await self.guichet.refuser_entree(refus)
                reponse = vers("/connexion?fait=expiree")
                self.sessions.fermer(reponse)
                return reponse
            except Refus as refus:
                return self.erreur(cadre, refus.statut, refus)
            except (RegistreIndisponible, EmetteurIndisponible):
                return self.erreur(cadre, 503)
            return reponse

        return servir

    async def _repondre(
        self, repondre: "Repondant", action: Action | None, requete: Request, visite: "Visite", *, finalite: bool
    ) -> Response:
        session = visite.session
        if requete.method == "POST" and not (
            meme_origine(requete) and meme_jeton(session.csrf, visite.valeurs.get("csrf", ""))
        ):
            return self.erreur(visite.cadre, 403)
        if finalite and not session.finalite:
            return vers("/finalite")
        if action is not None:
            trace = Trace(secrets.token_hex(16), uuid_ou_rien(str(requete.path_params.get("dossier"))))
            acces = await self.guichet.admettre(session.jeton, session.finalite, action, trace, visite.instantane)
            visite = replace(visite, acces_ouvert=acces)
        reponse = await repondre(self, requete, visite)
        if not any(k == b"set-cookie" for k, _ in reponse.raw_headers):
            self.sessions.prolonger(reponse, session)
        return reponse

    async def _visite(self, requete: Request, session: Session, *, fichier: bool) -> "Visite":
        instantane = await self.registre()
        sujet = reconnaitre(session.jeton, instantane, None, self.aujourd_hui())
        code = session.finalite.partition(";")[0]  # what follows is the household's request that it names
        actions = self.guichet.actions(sujet.partenaire.role, code)
        offert = menu(actions, code)
        cadre = Cadre(
            organisation=sujet.partenaire.nom,
            agent=sujet.agent,
            role=sujet.partenaire.role,
            finalite=code,
            csrf=session.csrf,
            pages=[(e.adresse, e.nom) for e in offert],
            demonstration=self.demonstration,
            exemple=next((e.exemple for e in reversed(offert) if e.exemple and self.exemple), "").format(self.exemple),
            adresse="/" + requete.url.path.split("/")[1],
            message=requete.query_params.get("fait", ""),
        )
        valeurs: Mapping[str, str] = {}
        octets = b""
        if requete.method == "POST" and fichier:
            valeurs, octets = await champs_et_fichier(requete)
        elif requete.method == "POST":
            valeurs = await valeurs_de(requete)
        return Visite(session, sujet, cadre, valeurs, instantane, fichier=octets)

    def erreur(self, cadre: Cadre, statut: int, refus: Refus | None = None) -> Response:
        """An error as a page; a reason of the rules, whose codes are in capitals, is said in its sentence."""
        if refus is not None and refus.code.isupper():
            return self.html(pages.erreur(cadre, statut, refus.message, refus.code), statut)
        return self.html(pages.erreur(cadre, statut), statut)

    def html(self, html: str, statut: int = 200) -> Response:
        """A page whose forms may lead to our issuer too."""
        cible = ""
        if self.oidc is not None:
            morceaux = urlsplit(self.oidc.issuer)
            cible = f" {morceaux.scheme}://{morceaux.netloc}"
        return page(html, statut, cible)


Repondant = Callable[[Site, Request, Visite], Awaitable[Response]]
"""What answers a signed-in person."""
