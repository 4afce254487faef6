"""The pages at their addresses: sign-in, worklist and case of the CCAPEX, the journal.

Every page that shows data asks the gate, which decides, journals and only then answers (laws 2 and 3). A refusal and
an absence look alike here too: the text of an error depends on its status alone.

Forms are accepted from our own pages only: same origin, and the session's token. Each carries an idempotency key
made with the page, so that a double click stores once.
"""

import secrets
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from io import StringIO
from typing import Any, Final, Protocol
from urllib.parse import parse_qsl, urlsplit
from uuid import UUID, uuid4

from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response, StreamingResponse
from starlette.routing import Route

from adapters.gate.contexte import Acces
from adapters.gate.refus import Refus
from adapters.identite.cles import EmetteurIndisponible
from adapters.identite.demo import EmetteurDemo
from adapters.identite.jetons import Identites, Jeton, JetonRefuse
from adapters.identite.oidc import ConnexionOidc
from adapters.identite.sujet import Sujet, reconnaitre
from adapters.mots import libelles
from adapters.mots.tableur import ecrire_csv, ecrire_rangees
from adapters.registre.instantane import Instantane
from adapters.registre.lecture import RegistreIndisponible
from adapters.web import forms, pages
from adapters.web.fiche import Document
from adapters.web.forms import FormulaireIncomplet, Proposition
from adapters.web.guichet import ADRESSE_REFUSEE, ECHECS, Echec
from adapters.web.pages import Cadre, Entree, Formulaires, Saisie
from adapters.web.sessions import Session, Sessions, meme_jeton
from ledger.nir import contient_nir
from policies.decision import Action, Agent

TAILLE_FORMULAIRE: Final = 20_000
CHAMPS_FORMULAIRE: Final = 40
FORMULAIRE_REFUSE: Final = "Le formulaire n'est pas valable."
LIGNES_EXPORT: Final = 1_000
"""Rows of the journal read at once for an export."""
PAGE_JOURNAL: Final = 50
FILTRES_CCAPEX: Final = ("commune", "stade", "parc", "audience_du", "audience_au", "apres")
FILTRES_JOURNAL: Final = ("organisation", "agent", "dossier", "finalite", "issue", "du", "au", "apres")
_COLONNES: Final = (
    "position",
    "enregistre_le",
    "organisation",
    "agent",
    "role",
    "finalite",
    "action",
    "dossier",
    "groupes_montres",
    "groupes_retenus",
    "issue",
    "motif",
)
_PAGES: Final[Mapping[str, tuple[tuple[str, str], ...]]] = {
    "CCAPEX_ADMINISTRATIVE": (("/ccapex", "File active"),),
    "CCAPEX_INSTRUCTION": (("/ccapex", "File active"),),
    "CONTROLE": (("/journal", "Journal des accès"),),
}
"""What the menu offers under a purpose. It opens nothing: the gate does."""
_EXEMPLES: Final[Mapping[str, str]] = {"/ccapex": "/ccapex/{}", "/journal": "/journal?dossier={}"}
"""Where the case that the demonstration shows is to be looked at."""

_EN_TETES: Final = {
    "Cache-Control": "no-store",
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}
"""``no-referrer`` would make browsers send ``Origin: null`` with our own forms."""


Servir = Callable[[Request], Awaitable[Response]]


class Guichet(Protocol):
    """What the pages ask of the gate. Each call is journaled by it; a refusal is a ``Refus``."""

    @property
    def motifs(self) -> Mapping[str, str]:
        """The French sentence of each reason of a refusal."""

    async def admettre(self, jeton: Jeton, finalite: str, action: Action, trace: str) -> Acces:
        """The access of one page."""

    async def refuser_entree(self, echec: Echec) -> None:
        """A row for somebody who was not let in."""

    async def dossier(self, acces: Acces, dossier: UUID) -> Document:
        """The CCAPEX view of a case."""

    async def file_active(self, acces: Acces, filtres: Mapping[str, str]) -> Document:
        """One page of the worklist: ``dossiers``, ``suivant``."""

    async def emissions(self, acces: Acces, dossier: UUID) -> frozenset[str]:
        """The types of events that may be emitted on this case: which forms to show."""

    async def contribuer(self, acces: Acces, dossier: UUID, propositions: Sequence[Proposition], cle: str) -> bool:
        """Record a contribution; False if that key had recorded it already."""

    async def journal(self, acces: Acces, filtres: Mapping[str, str], limite: int) -> Document:
        """One page of the journal, the latest first: ``lignes``, ``suivant``."""

    async def identite_cherchee(self, acces: Acces, identite: Mapping[str, str]) -> Document:
        """The rows of searches for this identity, by keyed hash."""


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
    entrees: Callable[[], Sequence[Entree]] = field(default=tuple)
    exemple: UUID | None = None

    @property
    def demonstration(self) -> bool:
        """Whether households are fictitious, and one-time links open sessions."""
        return self.demo is not None

    def routes(self) -> list[Route]:
        """Every address, for an application of their own."""
        return [Route(adresse, servir(self), methods=methodes) for adresse, methodes, servir in ADRESSES]

    # every page ------------------------------------------------------------------------------------------------

    def page(
        self,
        page: "Callable[[Request, Visite], Awaitable[Response]]",
        action: Action | None,
        *,
        finalite: bool = True,
    ) -> Servir:
        """A page for signed-in people: session, forms' token, purpose, access; then errors as pages.

        ``action`` is what the page asks of the gate; None: it shows no data.
        """

        async def servir(requete: Request) -> Response:  # noqa: PLR0911 - each return is one answer
            cadre = Cadre(demonstration=self.demonstration)
            session = self.sessions.lire(requete)
            if session is None:
                return _vers("/connexion?fait=expiree" if self.sessions.cookie in requete.cookies else "/connexion")
            try:
                visite = await self._visite(requete, session)
                cadre = visite.cadre
                if requete.method == "POST" and not (
                    _meme_origine(requete) and meme_jeton(session.csrf, visite.valeurs.get("csrf", ""))
                ):
                    return self._erreur(cadre, 403)
                if finalite and not session.finalite:
                    return _vers("/finalite")
                if action is not None:
                    trace = secrets.token_hex(16)
                    acces = await self.guichet.admettre(session.jeton, session.finalite, action, trace)
                    visite = replace(visite, acces_ouvert=acces)
                reponse = await page(requete, visite)
            except JetonRefuse as refus:
                await self.guichet.refuser_entree(refus)
                reponse = _vers("/connexion?fait=expiree")
                self.sessions.fermer(reponse)
                return reponse
            except Refus as refus:
                return self._erreur(cadre, refus.statut)
            except (RegistreIndisponible, EmetteurIndisponible):
                return self._erreur(cadre, 503)
            if not any(k == b"set-cookie" for k, _ in reponse.raw_headers):
                self.sessions.prolonger(reponse, session)
            return reponse

        return servir

    async def _visite(self, requete: Request, session: Session) -> "Visite":
        instantane = await self.registre()
        sujet = reconnaitre(session.jeton, instantane, None, self.aujourd_hui())
        menu = _PAGES.get(session.finalite, ())
        cadre = Cadre(
            organisation=sujet.partenaire.nom,
            agent=sujet.agent,
            role=sujet.partenaire.role,
            finalite=session.finalite,
            csrf=session.csrf,
            pages=menu,
            demonstration=self.demonstration,
            exemple=_EXEMPLES[menu[0][0]].format(self.exemple) if menu and self.exemple else "",
            adresse="/" + requete.url.path.split("/")[1],
            message=requete.query_params.get("fait", ""),
        )
        valeurs = await _valeurs(requete) if requete.method == "POST" else {}
        return Visite(session, sujet, cadre, valeurs, instantane)

    def _erreur(self, cadre: Cadre, statut: int) -> Response:
        return self._html(pages.erreur(cadre, statut), statut)

    def _html(self, html: str, statut: int = 200) -> Response:
        cible = ""
        if self.oidc is not None:
            morceaux = urlsplit(self.oidc.issuer)
            cible = f" {morceaux.scheme}://{morceaux.netloc}"
        return _page(html, statut, cible)

    # sign-in ---------------------------------------------------------------------------------------------------

    async def connexion(self, requete: Request) -> Response:
        """Where one signs in; the form's token travels in a sealed cookie of its own."""
        return self._connexion(requete, "")

    def _connexion(self, requete: Request, erreur: str, statut: int = 200) -> Response:
        csrf = str(self.sessions.lire_avant(requete).get("csrf") or uuid4().hex)
        cadre = Cadre(csrf=csrf, demonstration=self.demonstration, message=requete.query_params.get("fait", ""))
        html = pages.connexion(cadre, emetteur=self.oidc is not None, entrees=self.entrees(), erreur=erreur)
        reponse = self._html(html, statut)
        self.sessions.avant(reponse, {"csrf": csrf})
        return reponse

    async def partir(self, requete: Request) -> Response:
        """To the organisation's identity provider."""
        avant = self.sessions.lire_avant(requete)
        recu = (await _valeurs(requete)).get("csrf", "")
        if self.oidc is None or not (_meme_origine(requete) and meme_jeton(avant.get("csrf", ""), recu)):
            return self._erreur(Cadre(demonstration=self.demonstration), 403)
        try:
            adresse, garde = await self.oidc.partir("/finalite")
        except EmetteurIndisponible:
            return self._erreur(Cadre(demonstration=self.demonstration), 503)
        reponse = _vers(adresse)
        self.sessions.avant(reponse, {"csrf": avant["csrf"], "garde": garde})
        return reponse

    async def revenir(self, requete: Request) -> Response:
        """Back from it, with a code that is exchanged for the person's token."""
        if self.oidc is None:
            return self._erreur(Cadre(demonstration=self.demonstration), 404)
        garde = str(self.sessions.lire_avant(requete).get("garde", ""))
        try:
            texte, suite = await self.oidc.revenir(str(requete.url), garde)
            return await self._ouvrir(texte, suite)
        except ECHECS as echec:
            return await self._echec(requete, echec)

    async def entrer_demo(self, requete: Request) -> Response:
        """By the one-time link of a fictitious person; the address exists in demonstration only."""
        if self.demo is None:
            return self._erreur(Cadre(), 404)
        try:
            return await self._ouvrir(self.demo.consommer(requete.path_params["code"]), "/finalite")
        except ECHECS as echec:
            return await self._echec(requete, echec)

    async def _echec(self, requete: Request, echec: Echec) -> Response:
        """Say on the sign-in page why nobody was signed in; or that we cannot know."""
        await self.guichet.refuser_entree(echec)
        if isinstance(echec, JetonRefuse):
            return self._connexion(requete, echec.message, 401)
        return self._erreur(Cadre(demonstration=self.demonstration), 503)

    async def _ouvrir(self, texte: str, suite: str) -> Response:
        jeton = await self.identites.verifier(texte)
        sujet = reconnaitre(jeton, await self.registre(), None, self.aujourd_hui())
        if sujet.etat is not Agent.VALIDE:
            raise JetonRefuse("agent", "Votre compte n'a pas d'habilitation en cours.")
        reponse = _vers(suite)
        self.sessions.ouvrir(reponse, jeton)
        return reponse

    async def sortir(self, _: Request, visite: "Visite") -> Response:
        """Sign out, here and in the browser, and say so."""
        self.sessions.finir(visite.session)
        reponse = _vers("/connexion?fait=adieu")
        self.sessions.fermer(reponse)
        return reponse

    async def choisir(self, requete: Request, visite: "Visite") -> Response:
        """Declare a purpose, once: another one takes another sign-in."""
        accordees = sorted(visite.sujet.finalites, key=libelles.finalite)
        if visite.session.finalite:
            return _vers("/")
        if requete.method == "POST":
            finalite = visite.valeurs.get("finalite", "")
            if finalite in accordees:
                reponse = _vers("/")
                self.sessions.declarer(reponse, visite.session, finalite)
                return reponse
            return self._html(pages.choix_finalite(visite.cadre, accordees, erreur="Choisissez une finalité."), 422)
        return self._html(pages.choix_finalite(visite.cadre, accordees))

    async def accueil(self, _: Request, visite: "Visite") -> Response:
        """The first page of the purpose."""
        if visite.cadre.pages:
            return _vers(visite.cadre.pages[0][0])
        return self._html(pages.accueil(visite.cadre))

    # CCAPEX ----------------------------------------------------------------------------------------------------

    async def file_active(self, requete: Request, visite: "Visite") -> Response:
        """The worklist of the commission."""
        filtres = _filtres(requete, FILTRES_CCAPEX)
        document = await self.guichet.file_active(visite.acces, filtres)
        return self._html(pages.file_active(visite.cadre, document, filtres, self.aujourd_hui(), visite.instantane.nom))

    async def dossier(self, requete: Request, visite: "Visite") -> Response:
        """One case."""
        return await self._dossier(requete, visite)

    async def _dossier(
        self, requete: Request, visite: "Visite", saisie: Saisie | None = None, statut: int = 200
    ) -> Response:
        identite: UUID = requete.path_params["dossier"]
        acces, guichet = visite.acces, self.guichet
        document = await guichet.dossier(acces, identite)
        emissions = await guichet.emissions(acces, identite)
        autres = {}
        for f in document["faits"]:
            if f["type"] == "RapprochementSuggere" and (autre := f["champs"].get("autre")):
                try:
                    autres[str(autre)] = await guichet.dossier(acces, UUID(str(autre)))
                except Refus:
                    continue  # the other side is not for this reader: the page says so, and nothing more
        formulaires = Formulaires(
            cles=_Cles(),
            seances=[(str(s.id), libelles.jour(s.seance_le)) for s in self._seances(visite)],
            destinataires=_destinataires(visite.instantane, self.aujourd_hui()),
            autorises=frozenset(nom for nom, voulus in forms.TYPES.items() if emissions.issuperset(voulus)),
        )
        html = pages.dossier(visite.cadre, document, formulaires, self.aujourd_hui(), autres=autres, saisie=saisie)
        return self._html(html, statut)

    def _seances(self, visite: "Visite") -> list[Any]:
        a_venir = [
            s
            for s in visite.instantane.seances.values()
            if s.instance == forms.INSTANCE and s.annulee_le is None and s.seance_le >= self.aujourd_hui()
        ]
        return sorted(a_venir, key=lambda s: s.seance_le)

    def formulaire(self, nom: str) -> "Callable[[Request, Visite], Awaitable[Response]]":
        """What receives one of the forms of the case page."""

        async def recevoir(requete: Request, visite: "Visite") -> Response:
            identite: UUID = requete.path_params["dossier"]
            valeurs = visite.valeurs
            montrees = _montrables(valeurs)
            cle = valeurs.get("cle", "")
            ancre = f"{nom}-{valeurs['recommandation']}" if nom == "suite" and "recommandation" in valeurs else nom
            try:
                propositions = self._propositions(nom, visite, _uuid(cle))
                nouveau = await self.guichet.contribuer(visite.acces, identite, propositions, cle)
            except FormulaireIncomplet as refus:
                return await self._dossier(requete, visite, Saisie(ancre, montrees, refus.erreurs), 422)
            except Refus as refus:
                if not refus.fautes:
                    raise
                saisie = Saisie(ancre, montrees, forms.erreurs(nom, refus.fautes))
                return await self._dossier(requete, visite, saisie, refus.statut)
            return _vers(f"/ccapex/{identite}?fait={nom if nouveau else 'deja'}")

        return recevoir

    def _propositions(self, nom: str, visite: "Visite", cle: str) -> tuple[Proposition, ...]:
        valeurs, le = visite.valeurs, self.aujourd_hui()
        match nom:
            case "ordre-du-jour":
                seances = {str(s.id): s.seance_le for s in self._seances(visite)}
                return forms.ordre_du_jour(valeurs, le, seances)
            case "avis":
                return forms.avis(valeurs)
            case "recommandation":
                return forms.recommandation(valeurs, le, cle)
            case "suite":
                return forms.suite(valeurs, le)
            case _:
                return forms.rapprochement(valeurs, le)

    # journal ---------------------------------------------------------------------------------------------------

    async def journal(self, requete: Request, visite: "Visite") -> Response:
        """The journal of access, for the DPO."""
        filtres = _filtres(requete, FILTRES_JOURNAL)
        document = await self.guichet.journal(visite.acces, filtres, PAGE_JOURNAL)
        return self._html(self._journal(visite, document, filtres))

    def _journal(
        self,
        visite: "Visite",
        document: Document,
        filtres: Mapping[str, str],
        *,
        saisie: Saisie | None = None,
        nom_teste: bool = False,
    ) -> str:
        noms, motifs = visite.instantane.nom, self.guichet.motifs
        return pages.journal(visite.cadre, document, filtres, noms, motifs, saisie=saisie, nom_teste=nom_teste)

    async def exporter(self, requete: Request, visite: "Visite") -> Response:
        """The rows of these filters, for a spreadsheet: text that it would run as a formula is neutralised."""
        filtres = _filtres(requete, FILTRES_JOURNAL)
        premiere = await self.guichet.journal(visite.acces, filtres, LIGNES_EXPORT)
        entetes = {**_EN_TETES, "Content-Disposition": 'attachment; filename="journal.csv"'}
        return StreamingResponse(
            self._rangees(visite.acces, filtres, premiere), headers=entetes, media_type="text/csv; charset=utf-8"
        )

    async def _rangees(self, acces: Acces, filtres: Mapping[str, str], page: Document) -> AsyncIterator[str]:
        """Every row, page after page by position, each asked of the gate: one that stopped would hide the rest."""
        flux = StringIO()
        flux.write("\ufeff")
        ecrire_csv(flux, _COLONNES, ())
        while True:
            ecrire_rangees(flux, ([ligne.get(c) for c in _COLONNES] for ligne in page["lignes"]))
            yield flux.getvalue()
            if page["suivant"] is None:
                return
            flux = StringIO()
            page = await self.guichet.journal(acces, {**filtres, "apres": str(page["suivant"])}, LIGNES_EXPORT)

    async def rechercher(self, _: Request, visite: "Visite") -> Response:
        """Whether an identity was sought: posted, compared by keyed hash, never in an address."""
        filtres = dict.fromkeys(FILTRES_JOURNAL, "")
        identite = {nom: visite.valeurs.get(nom, "").strip() for nom in ("nom", "prenoms", "date_naissance")}
        try:
            document = await self.guichet.identite_cherchee(visite.acces, identite)
        except Refus as refus:
            if not refus.fautes:
                raise
            saisie = Saisie("recherche", _montrables(identite), forms.erreurs("recherche", refus.fautes))
            document = await self.guichet.journal(visite.acces, filtres, PAGE_JOURNAL)
            return self._html(self._journal(visite, document, filtres, saisie=saisie), refus.statut)
        return self._html(self._journal(visite, document, filtres, nom_teste=True))


@dataclass(frozen=True, slots=True)
class Visite:
    """One request by a signed-in person."""

    session: Session
    sujet: Sujet
    cadre: Cadre
    valeurs: Mapping[str, str]
    instantane: Instantane
    acces_ouvert: Acces | None = None

    @property
    def acces(self) -> Acces:
        """What the gate admitted; a page that asks for data without it is a fault of ours."""
        if self.acces_ouvert is None:
            raise RuntimeError("cette page n'a pas été admise par la porte")
        return self.acces_ouvert


class _Cles(dict[str, str]):
    """A fresh idempotency key for each form of a page."""

    def __missing__(self, formulaire: str) -> str:
        return self.setdefault(formulaire, str(uuid4()))


def page_d_erreur(statut: int) -> Response:
    """An error as a page, for an address that is none of ours and a browser that asks for it."""
    return _page(pages.erreur(Cadre(), statut), statut)


def _page(html: str, statut: int, envoi: str = "") -> Response:
    """A page under a policy that lets nothing in. ``envoi``: where else its forms may lead."""
    csp = (
        "default-src 'none'; style-src 'self'; img-src 'self' data:; "
        f"form-action 'self'{envoi}; base-uri 'none'; frame-ancestors 'none'"
    )
    return HTMLResponse(html, statut, headers={**_EN_TETES, "Content-Security-Policy": csp})


async def feuille(_: Request) -> Response:
    """The stylesheet: its address changes with its content, so it may be kept for ever."""
    entetes = {"Cache-Control": "public, max-age=31536000, immutable", "X-Content-Type-Options": "nosniff"}
    return Response(pages.FEUILLE, media_type="text/css", headers=entetes)


async def _valeurs(requete: Request) -> dict[str, str]:
    """The fields of a posted form; refused before anything beyond its bounds is parsed."""
    corps = bytearray()
    async for morceau in requete.stream():
        corps += morceau
        if len(corps) > TAILLE_FORMULAIRE:
            raise Refus(422, "formulaire", FORMULAIRE_REFUSE)
    try:
        return dict(parse_qsl(corps.decode(), keep_blank_values=True, max_num_fields=CHAMPS_FORMULAIRE))
    except ValueError as erreur:
        raise Refus(422, "formulaire", FORMULAIRE_REFUSE) from erreur


def _montrables(valeurs: Mapping[str, str]) -> dict[str, str]:
    """What may be shown again of a form that was refused: a NIR is never echoed (law 9)."""
    return {nom: "" if contient_nir(texte) else texte for nom, texte in valeurs.items()}


def _meme_origine(requete: Request) -> bool:
    """Whether the browser says that the form is one of our pages'. Old ones say nothing: the token remains."""
    origine = requete.headers.get("origin")
    site = requete.headers.get("sec-fetch-site", "same-origin")
    return site in {"same-origin", "none"} and (origine is None or urlsplit(origine).netloc == requete.url.netloc)


def _vers(adresse: str) -> Response:
    return RedirectResponse(adresse, 303, headers={"Cache-Control": "no-store", "Referrer-Policy": "same-origin"})


def _filtres(requete: Request, noms: Sequence[str]) -> dict[str, str]:
    lus = {nom: requete.query_params.get(nom, "").strip()[:100] for nom in noms}
    if not all(texte.isprintable() for texte in lus.values()):
        raise Refus(400, "adresse", ADRESSE_REFUSEE)
    return lus


def _destinataires(instantane: Instantane, le: date) -> list[tuple[str, str]]:
    actifs = [p for p in instantane.partenaires.values() if instantane.partenaire(p.code, le) is not None]
    return [("menage", "le ménage"), *sorted(((p.code, p.nom) for p in actifs), key=lambda x: x[1])]


def _uuid(texte: str) -> str:
    try:
        return str(UUID(texte))
    except ValueError as erreur:
        raise Refus(422, "formulaire", FORMULAIRE_REFUSE) from erreur


def _formulaire_de(nom: str) -> Callable[[Site], Servir]:
    return lambda site: site.page(site.formulaire(nom), Action.EMETTRE)


def _de(nom: str, action: Action | None, *, finalite: bool = True) -> Callable[[Site], Servir]:
    return lambda site: site.page(getattr(site, nom), action, finalite=finalite)


_CCAPEX: Final = "/ccapex/{dossier:uuid}"
ADRESSES: Final[Sequence[tuple[str, list[str], Callable[[Site], Servir]]]] = (
    ("/", ["GET"], _de("accueil", None)),
    (f"/statique/{pages.EMPREINTE_FEUILLE}.css", ["GET"], lambda _: feuille),
    ("/connexion", ["GET"], lambda site: site.connexion),
    ("/connexion", ["POST"], lambda site: site.partir),
    ("/connexion/retour", ["GET"], lambda site: site.revenir),
    ("/demo/entrer/{code}", ["GET"], lambda site: site.entrer_demo),
    ("/deconnexion", ["POST"], _de("sortir", None, finalite=False)),
    ("/finalite", ["GET", "POST"], _de("choisir", None, finalite=False)),
    ("/ccapex", ["GET"], _de("file_active", Action.LISTER)),
    (_CCAPEX, ["GET"], _de("dossier", Action.LIRE)),
    *((f"{_CCAPEX}/{nom}", ["POST"], _formulaire_de(nom)) for nom in forms.TYPES),
    ("/journal", ["GET"], _de("journal", Action.AUDITER)),
    ("/journal.csv", ["GET"], _de("exporter", Action.AUDITER)),
    ("/journal/recherche", ["POST"], _de("rechercher", Action.AUDITER)),
)
"""Where each page is. A page that shows data names what it asks of the gate."""
