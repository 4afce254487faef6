"""The gate: the one way by which data leaves, and the one door by which it comes in.

Every verb takes an ``Acces`` (subject, purpose, trace) and does, in this order: the closed facts of the case → its
link to the reader → the decision → the journal row, durable → unsealing → masks → the document. Pages, API and exports
all ask here. A stranger cannot tell a case that exists from one that does not: both are ``Refus(404)`` with the same
content, after the same work.

What is down refuses: engine, journal, keys, ledger or registry out of reach is ``EnPanne`` (503), and a row says so
wherever the journal still answers.
"""

import asyncio
import hashlib
import secrets
from collections import OrderedDict
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import wraps
from typing import Any, Concatenate, Final, ParamSpec, TypeVar
from uuid import UUID, uuid4

import orjson
import psycopg

from adapters import saisie
from adapters.identity import EmetteurIndisponible, Identites, Jeton, JetonRefuse, Sujet, reconnaitre
from adapters.lecture import REFERENCE, REFERENCE_72, Lecteur, Plan, Provenance, planifier, rediger
from adapters.listes import Listes
from adapters.registre import Instantane, Registre, RegistreIndisponible, Situation
from ledger import events as ev
from ledger.application import Ledger
from ledger.communes import historique
from ledger.dossier import ActeRefuse, Auteur, Contribution, Dossier, Propose
from ledger.errors import ClesIndisponibles, JournalIndisponible, LedgerIndisponible
from ledger.events import Fait, catalogue
from ledger.journal import Issue, Ligne
from ledger.reader import Lecture
from ledger.writer import Recu
from policies.decision import Action, Agent, Collecte, Decision, Lien, Request, Secret, Source
from policies.decision import Refus as RefusPolitique
from policies.engines import Decider, EngineUnavailable
from policies.tables import Tables
from projections import VUES
from projections.vue import Filtre, FiltreRefuse, Page, Portee, Vue, passe

PLANS_GARDES: Final = 4096
PAGE: Final = 50
LIGNES_DU_JOURNAL: Final = 200
LIGNES_PAR_EXPORT: Final = 2000
ATTENTE_MAXIMALE: Final = 10.0

P = ParamSpec("P")
R = TypeVar("R")


class Refus(Exception):
    """An answer that gives nothing: HTTP status, stable code, French sentence. It is journaled when it is raised."""

    def __init__(self, statut: int, code: str, message: str, fautes: Sequence[saisie.Faute] = ()) -> None:
        super().__init__(message)
        self.statut = statut
        self.code = code
        self.message = message
        self.fautes = tuple(fautes)


class EnPanne(Refus):
    """One of ours does not answer (503): nothing was communicated, nothing was recorded."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(503, code, message)


AGENT_INCONNU: Final = "(inconnu)"
"""Stands in the journal for a name that the registry does not have: anything can be typed there, a NIR too."""

INTROUVABLE: Final = "Aucun dossier de ce numéro n'est à votre portée."


@dataclass(frozen=True, slots=True)
class Acces:
    """Who asks, for which purpose, and what the registry said when they asked."""

    sujet: Sujet
    finalite: str
    demande: UUID | None
    registre: Instantane
    le: date
    trace: str = ""

    @property
    def lecteur(self) -> Lecteur:
        """The reader, as far as the provenance of facts goes."""
        return Lecteur(self.sujet.partenaire, self.demande)

    def designe(self, lecture: Lecture | None) -> bool:
        """Whether the purpose names a request of this very household, that stands."""
        if lecture is None or self.demande is None:
            return False
        return any(
            isinstance(f.evenement, ev.AideFinanciereInstruite)
            and f.evenement.aide == self.demande
            and f.enveloppe.id not in lecture.etat.corriges
            for f in lecture.faits
        )

    def auteur(self) -> Auteur:
        """The author of what this access contributes."""
        return Auteur(self.sujet.partenaire.code, self.sujet.partenaire.role, self.sujet.agent)


@dataclass(frozen=True, slots=True)
class Vu:
    """What a reader is shown. ``corps`` is the JSON body; the ``ETag`` covers what is seen, not the log's position."""

    contenu: bytes
    position: int

    @property
    def corps(self) -> bytes:
        """The body as it is sent."""
        return b'{"position":%d,' % self.position + self.contenu[1:]

    @property
    def etag(self) -> str:
        """The strong validator of what this reader sees."""
        return f'"{hashlib.sha256(self.contenu).hexdigest()}"'

    @property
    def document(self) -> dict[str, Any]:
        """The body, for a page."""
        lu: dict[str, Any] = orjson.loads(self.corps)
        return lu


def _en_panne(
    verbe: Callable[Concatenate["Gate", Acces, P], Awaitable[R]],
) -> Callable[Concatenate["Gate", Acces, P], Awaitable[R]]:
    """What is down becomes ``EnPanne``, with a row if the journal still answers."""

    @wraps(verbe)
    async def garde(self: "Gate", acces: Acces, /, *args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return await verbe(self, acces, *args, **kwargs)
        except PANNES as panne:
            await self.constater_panne(acces, panne)
            raise _panne(panne) from panne

    return garde


PANNES: Final = (
    JournalIndisponible,
    LedgerIndisponible,
    ClesIndisponibles,
    RegistreIndisponible,
    EmetteurIndisponible,
    EngineUnavailable,
    psycopg.OperationalError,
    TimeoutError,
)
_PANNES: Final[Mapping[type[BaseException], tuple[str, str]]] = {
    JournalIndisponible: ("journal_indisponible", "Le journal des accès ne répond pas : rien n'est communiqué."),
    ClesIndisponibles: ("cles_indisponibles", "Les clés ne sont pas accessibles : rien n'est communiqué."),
    EngineUnavailable: ("politiques_indisponibles", "Les règles d'accès ne répondent pas : tout est refusé."),
    RegistreIndisponible: ("registre_indisponible", "Le registre des partenaires ne répond pas : tout est refusé."),
    EmetteurIndisponible: ("emetteur_indisponible", "L'émetteur des jetons ne répond pas : réessayez."),
}


def _panne(panne: BaseException) -> EnPanne:
    code, message = _PANNES.get(type(panne), ("base_indisponible", "La base des dossiers ne répond pas : réessayez."))
    return EnPanne(code, message)


class Gate:
    """The verbs of the outside. One per process; it holds no personal value between two requests."""

    def __init__(
        self,
        ledger: Ledger,
        registre: Registre,
        identites: Identites,
        decider: Decider,
        tables: Tables,
        listes: Listes,
        *,
        aujourd_hui: Callable[[], date],
    ) -> None:
        self.ledger = ledger
        self.registre = registre
        self.identites = identites
        self.decider = decider
        self.tables = tables
        self.motifs = tables.motifs
        self.finalites = {ligne["code"] for ligne in (*tables.finalites, *tables.finalites_refusees)}
        self.listes = listes
        self._aujourd_hui = aujourd_hui
        self._plans: OrderedDict[tuple[Any, ...], Plan] = OrderedDict()
        self._sujets: OrderedDict[tuple[Any, ...], Sujet] = OrderedDict()

    # who asks, and what for

    async def admettre(
        self,
        preuve: str | Jeton,
        finalite: str | None,
        agent: str | None,
        action: Action,
        trace: str,
        *,
        exige: bool = True,
    ) -> Acces:
        """The access of one request. ``Refus`` 401 for a token that proves nothing, 403 for a purpose not granted.

        ``preuve`` is the token, or what it stated when a session of the pages was opened with it.
        ``exige``: a purpose is required; but to ask which ones one may declare.
        """
        try:
            acces, connue = await self._admettre(preuve, finalite, agent, action, trace)
            if exige or acces.finalite or not connue:
                await self._exiger_finalite(acces, action, connue=connue)
            if acces.sujet.etat in {Agent.INCONNU, Agent.EXPIRE}:
                await self._refuser(acces, action, 403, "AGENT_INVALIDE", self.motifs["AGENT_INVALIDE"])
        except PANNES as panne:
            await self._inscrire_si_possible(_anonyme(action.value, "erreur", _panne(panne).code, trace))
            raise _panne(panne) from panne
        return acces

    async def refuser_entree(self, echec: JetonRefuse | EmetteurIndisponible | RegistreIndisponible) -> None:
        """A row for somebody whom the pages did not let in; or could not recognise, if the journal still answers."""
        issue: Issue = "refuse" if isinstance(echec, JetonRefuse) else "erreur"
        motif = echec.code if isinstance(echec, JetonRefuse) else _panne(echec).code
        await self._inscrire_si_possible(_anonyme("entrer", issue, motif, secrets.token_hex(16)))

    async def _inscrire_si_possible(self, ligne: Ligne) -> None:
        """A row for what could not be answered: the answer is 503 with or without it."""
        with suppress(JournalIndisponible):
            await self.ledger.journal.inscrire(ligne)

    async def _admettre(
        self, preuve: str | Jeton, finalite: str | None, agent: str | None, action: Action, trace: str
    ) -> tuple[Acces, bool]:
        registre = await self.registre.courant()
        le = self._aujourd_hui()
        try:
            jeton = await self.identites.verifier(preuve)
            sujet = self._reconnaitre(jeton, registre, agent, le)
        except JetonRefuse as refus:
            await self.ledger.journal.inscrire(_anonyme(action.value, "refuse", refus.code, trace))
            raise Refus(401, refus.code, refus.message) from refus
        code, demande = _finalite(finalite)
        # What was typed in the place of a purpose is not written anywhere.
        connue = code in self.finalites
        return Acces(sujet, code if connue else "", demande, registre, le, trace), connue or not code

    async def _exiger_finalite(self, acces: Acces, action: Action, *, connue: bool) -> None:
        if not connue:
            await self._refuser(acces, action, 403, "FINALITE_INCONNUE", self.motifs["FINALITE_INCONNUE"])
        if not acces.finalite:
            manque = "Dites votre finalité : l'en-tête « Finalite: CODE » est requis."
            await self._refuser(acces, action, 400, "finalite_manquante", manque)
        if acces.finalite not in acces.sujet.finalites:
            # The engine tells a purpose that is refused by name from one that was not granted: ask it why.
            decision = await self.decider.decide(self._question(acces, Dossier(), frozenset(), action=action))
            motif = decision.motif if decision.motif.startswith("FINALITE") else "FINALITE_NON_ACCORDEE"
            await self._refuser(acces, action, 403, motif, self.motifs[motif], decision.revision)

    def _reconnaitre(self, jeton: Jeton, registre: Instantane, agent: str | None, le: date) -> Sujet:
        cle = (jeton, agent, registre.revision, le)
        sujet = self._sujets.get(cle)
        if sujet is None:
            sujet = self._sujets[cle] = reconnaitre(jeton, registre, agent, le)
            if len(self._sujets) > PLANS_GARDES:
                self._sujets.popitem(last=False)
        return sujet

    def ligne(  # noqa: PLR0913 - the fields of a row
        self,
        acces: Acces,
        action: Action | str,
        issue: Issue,
        *,
        dossier: UUID | None = None,
        motif: str = "",
        plan: Plan | None = None,
        recherche: bytes | None = None,
        revision: str = "",
    ) -> Ligne:
        """A journal row of this access."""
        sujet = acces.sujet
        return Ligne(
            organisation=sujet.partenaire.code,
            agent=AGENT_INCONNU if sujet.etat is Agent.INCONNU else sujet.agent,
            role=sujet.partenaire.role,
            finalite=acces.finalite,
            action=action.value if isinstance(action, Action) else action,
            issue=issue,
            dossier=dossier,
            groupes_montres=plan.montres if plan else (),
            groupes_retenus=plan.retenus if plan else (),
            revision=plan.revision if plan else revision,
            motif=motif,
            recherche=recherche,
            trace=acces.trace,
        )

    async def _refuser(  # noqa: PLR0917 - a refusal and its row
        self, acces: Acces, action: Action, statut: int, code: str, message: str, revision: str = "",
        dossier: UUID | None = None,
    ) -> None:  # fmt: skip
        await self.ledger.journal.inscrire(
            self.ligne(acces, action, "refuse", dossier=dossier, motif=code, revision=revision)
        )
        raise Refus(statut, code, message)

    async def refuser_decision(self, acces: Acces, action: Action, dossier: UUID | None, decision: Decision) -> None:
        """Journal a decision that says no, and raise it: 404 for a stranger, whatever there is; else 403."""
        motif = decision.motif
        row = self.ligne(acces, action, "refuse", dossier=dossier, motif=motif, revision=decision.revision)
        await self.ledger.journal.inscrire(row)
        if decision.refus is RefusPolitique.EXISTENCE:
            raise Refus(404, "introuvable", INTROUVABLE)
        raise Refus(403, motif, self.motifs[motif])

    async def constater_panne(self, acces: Acces, panne: BaseException) -> None:
        """A row for what could not be answered, if the journal still does; the answer is 503 either way."""
        await self._inscrire_si_possible(self.ligne(acces, "panne", "erreur", motif=_panne(panne).code))

    # reading

    @_en_panne
    async def lire(
        self,
        acces: Acces,
        dossier: UUID,
        *,
        vue: str = "",
        au: date | None = None,
        connu_le: datetime | None = None,
    ) -> Vu:
        """One case as this reader may see it, through a commission's view or whole; past dates under today's rights."""
        lecture = await self.ledger.consulter(dossier)
        plan = await self._planifier(acces, dossier, lecture, vue, au, connu_le)
        await self.ledger.journal.inscrire(self.ligne(acces, Action.LIRE, "autorise", dossier=dossier, plan=plan))
        if lecture is None:  # a plan is only ever made of a lecture
            raise Refus(404, "introuvable", INTROUVABLE)
        return Vu(rediger(plan, lecture.trousseau), lecture.position)

    @_en_panne
    async def historique(self, acces: Acces, dossier: UUID) -> Vu:
        """What was told of a case, when and by whom, without its content; only what this reader sees anyway."""
        lecture = await self.ledger.consulter(dossier)
        plan = await self._planifier(acces, dossier, lecture, "", None, None)
        await self.ledger.journal.inscrire(self.ligne(acces, Action.LIRE, "autorise", dossier=dossier, plan=plan))
        if lecture is None:
            raise Refus(404, "introuvable", INTROUVABLE)
        ecrits = orjson.loads(rediger(plan, lecture.trousseau))["faits"]
        evenements = [{nom: fait[nom] for nom in fait if nom != "champs"} for fait in ecrits]
        return Vu(orjson.dumps({"dossier": str(dossier), "evenements": evenements}), lecture.position)

    async def _planifier(
        self,
        acces: Acces,
        dossier: UUID,
        lecture: Lecture | None,
        vue: str,
        au: date | None,
        connu_le: datetime | None,
    ) -> Plan:
        etat = lecture.etat if lecture else Dossier()
        # All that a plan depends on. The subject is of one revision of the registry, and so are its links.
        cle = (
            dossier,
            etat.version,
            vue,
            acces.sujet,
            acces.finalite,
            acces.demande,
            acces.registre.revision,
            acces.le,
        )
        garde = self._plans.get(cle) if au is None and connu_le is None else None
        if garde is not None:
            self._plans.move_to_end(cle)
            return garde
        liens = self._liens(acces, dossier, lecture)
        base = self._question(acces, etat, liens, vue=vue, demande=acces.designe(lecture))
        reference = await self._decider(base, REFERENCE)
        if not reference.autorise or lecture is None:
            await self.refuser_decision(acces, Action.LIRE, dossier, reference)
            raise Refus(404, "introuvable", INTROUVABLE)
        faits = _histoire(lecture.faits, etat, vue, au, connu_le)
        plan = await self._plan(acces, dossier, base, faits, etat, lecture.trousseau.tenant)
        if au is None and connu_le is None:
            self._plans[cle] = plan
            if len(self._plans) > PLANS_GARDES:
                self._plans.popitem(last=False)
        return plan

    async def _plan(
        self, acces: Acces, dossier: UUID, base: Request, faits: Sequence[Fait], etat: Dossier, tenant: str
    ) -> Plan:
        lecteur = acces.lecteur
        provenances = {p for fait in faits for p in lecteur.provenances(fait)} | {REFERENCE, REFERENCE_72}
        decisions = {p: await self._decider(base, p) for p in provenances}
        return planifier(
            dossier,
            faits,
            etat,
            lecteur=lecteur,
            decisions=decisions,
            finalite=acces.finalite,
            le=acces.le,
            motifs=self.motifs,
            noms=acces.registre.nom,
            tenant=tenant,
            vue=base.vue,
        )

    async def _decider(self, base: Request, p: Provenance) -> Decision:
        question = replace(
            base, source=p.source, emis_par_moi=p.emis_par_moi, collecte=p.collecte, evenement=p.evenement
        )
        return await self.decider.decide(question)

    def _liens(self, acces: Acces, dossier: UUID, lecture: Lecture | None) -> frozenset[Lien]:
        if lecture is None:
            return frozenset()
        sujet = acces.sujet
        return acces.registre.liens(sujet.partenaire, sujet.agent_valide, Situation.de(dossier, lecture.etat), acces.le)

    def _question(
        self,
        acces: Acces,
        etat: Dossier,
        liens: frozenset[Lien],
        *,
        action: Action = Action.LIRE,
        vue: str = "",
        evenement: str = "",
        demande: bool = False,
    ) -> Request:
        sujet = acces.sujet
        return Request(
            role=sujet.partenaire.role,
            finalite=acces.finalite,
            action=action,
            le=acces.le,
            vue=vue,
            evenement=evenement,
            liens=liens,
            stade=etat.stade.value,
            source=Source.PARTENAIRE,
            emis_par_moi=True,
            collecte=Collecte.GENERALE,
            secret=Secret(sujet.secret),
            agent=sujet.etat,
            saisine_ouverte=etat.saisine_ouverte,
            accords=etat.accordes(sujet.partenaire.code, acces.le) if etat.accords else frozenset(),
            demande=demande,
            information_menage=etat.information_menage is not None,
            opposition=etat.opposition,
            limitation=etat.limitation,
        )

    # worklists and searches

    @_en_panne
    async def lister(
        self,
        acces: Acces,
        vue: str,
        filtre: Filtre,
        *,
        apres: int = 0,
        limite: int = PAGE,
        apres_ecriture: int = 0,
        attendre: float = 0.0,
    ) -> Vu:
        """A page of a commission's worklist: the cases that this reader is linked to, in the order of their opening.

        ``apres_ecriture``: a position of the log that the view should have reached, waited for ``attendre`` seconds.
        """
        definition = VUES_PAR_NOM[vue]
        await self._permettre(acces, Action.LISTER, vue)
        if apres_ecriture:
            await self.listes.attendre(apres_ecriture, min(attendre, ATTENTE_MAXIMALE))
        position = await self.listes.position()
        trouvees: list[tuple[Any, Request, Decision]] = []
        suite: int | None = apres
        while suite is not None and len(trouvees) <= limite:
            page = await self._page(acces, definition, filtre, suite, limite + 1)
            for ligne in page.lignes:
                question, decision = await self._decider_ligne(acces, vue, ligne)
                if decision.autorise and _visible(filtre, decision):
                    trouvees.append((ligne, question, decision))
            suite = page.suivante
        retenues = trouvees[:limite]
        await self._journaliser_liste(acces, Action.LISTER, [(x.dossier, decision) for x, _, decision in retenues])
        noms = await self._intitules(acces, definition, retenues)
        contenu = {
            "vue": vue,
            "dossiers": [
                {**_montrer(ligne, decision), "intitule": noms.get(ligne.dossier)} for ligne, _, decision in retenues
            ],
            "suivant": retenues[-1][0].position if len(trouvees) > limite else None,
        }
        return Vu(orjson.dumps(contenu), position)

    async def _permettre(self, acces: Acces, action: Action, vue: str = "") -> None:
        """Refuse (403) what the subject may do with no case at all; a case is decided on its own."""
        generale = await self.decider.decide(self._question(acces, Dossier(), frozenset(), action=action, vue=vue))
        if not generale.autorise and generale.refus is not RefusPolitique.EXISTENCE:
            await self.refuser_decision(acces, action, None, generale)

    async def _page(self, acces: Acces, vue: Vue[Any], filtre: Filtre, apres: int, limite: int) -> Page[Any]:
        try:
            return await self.listes.page(vue, _portee(acces), filtre, apres, limite)
        except FiltreRefuse as refus:
            await self.journaliser_refus(acces, Action.LISTER, "filtre")
            raise Refus(400, "filtre", str(refus)) from refus

    async def _decider_ligne(self, acces: Acces, vue: str, ligne: Any) -> tuple[Request, Decision]:  # noqa: ANN401 - any view's row
        situation = Situation(
            ligne.dossier,
            ligne.commune,
            ligne.bailleur_siret,
            ligne.seances,
            ligne.auteurs,
            ligne.declarants,
            ligne.intervenants,
        )
        sujet = acces.sujet
        liens = acces.registre.liens(sujet.partenaire, sujet.agent_valide, situation, acces.le)
        question = replace(
            self._question(acces, Dossier(), liens, action=Action.LISTER, vue=vue),
            stade=ligne.stade,
            saisine_ouverte=getattr(ligne, "saisine_ouverte", False),
            information_menage=ligne.information_menage is not None,
            opposition=ligne.opposition,
            limitation=ligne.limitation,
        )
        return question, await self.decider.decide(question)

    async def _journaliser_liste(
        self, acces: Acces, action: Action, montres: Sequence[tuple[UUID, Decision]], recherche: bytes | None = None
    ) -> None:
        """One row for the request, and one per case shown: durable before the first of them leaves."""
        entete = self.ligne(acces, action, "autorise" if montres else "vide", recherche=recherche)
        lignes = [
            self.ligne(acces, action, "autorise", dossier=dossier, revision=decision.revision).avec(
                groupes_montres=tuple(decision.groupes),
                groupes_retenus=tuple(decision.retenus),
            )
            for dossier, decision in montres
        ]
        await self.ledger.journal.inscrire(entete, *lignes)

    async def _intitules(
        self, acces: Acces, vue: Vue[Any], retenues: Sequence[tuple[Any, Request, Decision]]
    ) -> dict[UUID, str]:
        """The name under which each case is listed, where the reader may know it."""
        ouverts = {"entier", "propres"}
        nommables = {x.dossier: question for x, question, d in retenues if d.groupes.get("F01") in ouverts}
        if not nommables:
            return {}
        faits: dict[UUID, list[Fait]] = {}
        for fait in await self.listes.occupants(vue, list(nommables)):
            faits.setdefault(fait.dossier, []).append(fait)
        trousseaux = await self.ledger.keys.lire_lot(list(faits))
        noms = {}
        for dossier, declares in faits.items():
            plan = await self._plan(acces, dossier, nommables[dossier], declares, Dossier(), trousseaux[dossier].tenant)
            personnes = [f["champs"] for f in orjson.loads(rediger(plan, trousseaux[dossier]))["faits"]]
            titulaire = next((p for p in personnes if p.get("qualite") == "TITULAIRE" and "nom" in p), None)
            if titulaire is not None:
                noms[dossier] = " ".join(x for x in (titulaire.get("prenoms"), titulaire["nom"]) if x)
        return noms

    @_en_panne
    async def rechercher(self, acces: Acces, contenu: object) -> Vu:
        """The cases of one person, by name and birth date together, among those that this reader is linked to.

        Journaled with a keyed hash of the identity, also when nothing is found.
        """
        await self._permettre(acces, Action.RECHERCHER)
        qui = await self._saisir(acces, Action.RECHERCHER, None, lambda: saisie.forme(saisie.Identite, contenu))
        recherche = self.ledger.index.identite(qui.nom, qui.prenoms, qui.date_naissance)
        trouves = []
        for dossier in dict.fromkeys(d for d, _ in await self.ledger.rechercher(*_identite(qui))):
            lecture = await self.ledger.consulter(dossier)
            if lecture is None:
                continue
            base = self._question(acces, lecture.etat, self._liens(acces, dossier, lecture))
            decision = await self._decider(base, REFERENCE)
            if decision.autorise:
                plan = await self._plan(acces, dossier, base, lecture.faits, lecture.etat, lecture.trousseau.tenant)
                if self._se_montre(recherche, plan, lecture):
                    trouves.append((plan, decision))
        await self._journaliser_liste(
            acces, Action.RECHERCHER, [(plan.dossier, decision) for plan, decision in trouves], recherche
        )
        contenu_ecrit = {"dossiers": [{"dossier": str(p.dossier), "synthese": p.synthese} for p, _ in trouves]}
        return Vu(orjson.dumps(contenu_ecrit), 0)

    def _se_montre(self, recherche: bytes, plan: Plan, lecture: Lecture) -> bool:
        """Whether the identity sought is one that this reader is shown: else a search would tell who lives there."""
        montres = [f["champs"] for f in orjson.loads(rediger(plan, lecture.trousseau))["faits"]]
        return any(
            recherche == self.ledger.index.identite(c["nom"], c["prenoms"], date.fromisoformat(c["date_naissance"]))
            for c in montres
            if {"nom", "prenoms", "date_naissance"} <= set(c)
        )

    # writing

    async def _saisir(self, acces: Acces, action: Action, dossier: UUID | None, lire: Callable[[], R]) -> R:
        """What was typed, checked; a refusal is journaled without what was typed."""
        try:
            return lire()
        except saisie.SaisieRefusee as refus:
            await self.journaliser_refus(acces, action, "saisie", dossier)
            statut, code = (400, "json") if refus.illisible else (422, "saisie")
            raise Refus(statut, code, "La requête n'est pas valable : corrigez ce qui suit.", refus.fautes) from refus

    @_en_panne
    async def journaliser_refus(
        self, acces: Acces, action: Action | str, motif: str, dossier: UUID | None = None
    ) -> None:
        """A row for a refusal."""
        await self.ledger.journal.inscrire(self.ligne(acces, action, "refuse", dossier=dossier, motif=motif))

    @_en_panne
    async def ouvrir(self, acces: Acces, corps: bytes, cle: str) -> Recu:
        """Open the case of a household, or join the one that it has: the answer does not tell which."""
        await self._permettre(acces, Action.OUVRIR)
        typee = await self._saisir(
            acces,
            Action.OUVRIR,
            None,
            lambda: self._au_registre(acces, saisie.ouverture(saisie.lire_json(corps)), saisie.champ_d_ouverture),
        )
        ouverture = next(p.evenement for p in typee.evenements if isinstance(p.evenement, ev.DossierOuvert))
        partenaire = acces.sujet.partenaire
        neuf = Situation(UUID(int=0), ouverture.commune, ouverture.bailleur_siret, (), (), (), ())
        liens = acces.registre.liens(partenaire, acces.sujet.agent_valide, neuf, acces.le) | {Lien.AUTEUR}
        for nom in dict.fromkeys(type(p.evenement).__name__ for p in typee.evenements):
            for action in (Action.OUVRIR, Action.EMETTRE):
                question = self._question(acces, Dossier(), liens, action=action, evenement=nom)
                decision = await self.decider.decide(question)
                if not decision.autorise:
                    await self.refuser_decision(acces, Action.OUVRIR, None, decision)
        contribution = self._contribution(acces, typee, cle)
        row = self.ligne(acces, Action.OUVRIR, "autorise", revision=self.decider.revision)
        return await self._ecrire(
            acces,
            Action.OUVRIR,
            None,
            self.ledger.ouvrir_ou_trouver(
                contribution,
                row,
                empreinte=self._empreinte(None, typee),
                cles_naturelles=await self._naturelles(acces, Action.OUVRIR, typee),
            ),
        )

    @_en_panne
    async def contribuer(
        self, acces: Acces, dossier: UUID, corps: bytes, cle: str, *, si_etag: str | None = None
    ) -> Recu:
        """Record one contribution. ``si_etag``: only if the case still is what this reader saw (412)."""
        return await self._contribuer(acces, dossier, saisie_de(corps), cle, si_etag)

    async def _contribuer(
        self, acces: Acces, dossier: UUID, contenu: object, cle: str, si_etag: str | None = None
    ) -> Recu:
        lecture = await self.ledger.consulter(dossier)
        liens = self._liens(acces, dossier, lecture)
        await self._autoriser(acces, dossier, lecture, liens, saisie.types_annonces(contenu), contenu)
        typee = await self._saisir(acces, Action.EMETTRE, dossier, lambda: self._contribution_typee(acces, contenu))
        if lecture is None:  # an unknown case has no link: it was refused
            raise Refus(404, "introuvable", INTROUVABLE)
        contribution = self._contribution(acces, typee, cle)
        row = self.ligne(acces, Action.EMETTRE, "autorise", dossier=dossier, revision=self.decider.revision)
        empreinte = self._empreinte(dossier, typee)
        naturelles = await self._naturelles(acces, Action.EMETTRE, typee)
        while True:
            if si_etag is not None and (await self.lire(acces, dossier)).etag != si_etag:
                await self.journaliser_refus(acces, Action.EMETTRE, "precondition", dossier)
                raise Refus(412, "precondition", "Le dossier a changé depuis votre lecture : relisez-le.")
            recu = await self._ecrire(
                acces,
                Action.EMETTRE,
                dossier,
                self.ledger.contribuer(
                    lecture,
                    contribution,
                    row,
                    empreinte=empreinte,
                    cles_naturelles=naturelles,
                    essais=1 if si_etag is not None else ESSAIS,
                ),
            )
            if recu.statut != "conflit" or si_etag is None:
                return recu
            # What moved may be hidden from this reader: only what it sees may refuse it.
            lecture = await self.ledger.lire_ou_vierge(dossier)

    async def _autoriser(
        self,
        acces: Acces,
        dossier: UUID,
        lecture: Lecture | None,
        liens: frozenset[Lien],
        types: Sequence[str],
        contenu: object = None,
    ) -> None:
        """Existence and link (404), then right (403), for each type of event; before the body is checked."""
        etat = lecture.etat if lecture else Dossier()
        demande = acces.designe(lecture) or (lecture is not None and _demande_nouvelle(acces, contenu))
        for nom in types:
            question = self._question(acces, etat, liens, action=Action.EMETTRE, evenement=nom, demande=demande)
            decision = await self.decider.decide(question)
            if not decision.autorise:
                await self.refuser_decision(acces, Action.EMETTRE, dossier, decision)
        if not types:
            decision = await self.decider.decide(self._question(acces, etat, liens, demande=demande))
            # A stranger is refused as a stranger, whether the case is there or not, before its body is looked at.
            if decision.refus is RefusPolitique.EXISTENCE or not liens:
                await self.refuser_decision(acces, Action.EMETTRE, dossier, decision)

    def _contribution_typee(self, acces: Acces, contenu: object) -> saisie.Saisie:
        if isinstance(contenu, saisie.SaisieRefusee):
            raise contenu
        return self._au_registre(acces, saisie.contribution(contenu))

    def _au_registre(self, acces: Acces, typee: saisie.Saisie, champ: Callable[[str], str] = str) -> saisie.Saisie:
        """The same, once what it names in clear is known to the registry: a session, a partner, one's own SIRET.

        ``champ`` gives the place of a field in the body that was sent.
        """
        fautes = []
        for rang, propose in enumerate(typee.evenements):
            e = propose.evenement
            if isinstance(e, ev.InstanceInscrite):
                seance = acces.registre.seances.get(e.seance)
                if seance is None or (seance.instance, seance.seance_le) != (e.instance, e.seance_le):
                    inconnue = "Aucune séance de cette commission ne porte cet identifiant à cette date."
                    fautes.append(saisie.Faute(champ(f"evenements.{rang}.donnees.seance"), "seance", inconnue))
            a_qui = e.destinataire if isinstance(e, ev.RecommandationEmise | ev.AccordRecueilli) else "menage"
            if a_qui != "menage" and a_qui not in acces.registre.partenaires:
                inconnu = "Aucun partenaire du registre ne porte ce code."
                fautes.append(saisie.Faute(champ(f"evenements.{rang}.donnees.destinataire"), "partenaire", inconnu))
            siret = getattr(e, "etude_siret", None)
            partenaire = acces.sujet.partenaire
            if siret is not None and partenaire.role == "COMMISSAIRE_JUSTICE" and siret != partenaire.siret:
                autre = "Une étude transmet ses propres actes : ce SIRET n'est pas le vôtre."
                fautes.append(saisie.Faute(champ(f"evenements.{rang}.donnees.etude_siret"), "siret", autre))
        if fautes:
            raise saisie.SaisieRefusee(*fautes)
        return typee

    def _contribution(self, acces: Acces, typee: saisie.Saisie, cle: str) -> Contribution:
        return Contribution(
            id=uuid4(),
            auteur=acces.auteur(),
            finalite=acces.finalite,
            evenements=typee.evenements,
            demande=typee.demande or acces.demande,
            information_menage=typee.information_menage,
            cle=cle,
        )

    def _empreinte(self, dossier: UUID | None, typee: saisie.Saisie) -> bytes:
        """A keyed hash of the request, to tell a key sent twice from a key used twice."""
        return self.ledger.index.empreinte("requete", dossier or "", hashlib.sha256(typee.canonique).hexdigest())

    async def _naturelles(self, acces: Acces, action: Action, typee: saisie.Saisie) -> list[bytes]:
        """The natural keys of the acts of this organisation's own: a lot that brings one of them adds nothing.

        Of its own only: with those of another étude, anybody could ask whether an act is in some case. A correction
        keeps the key that its act has.
        """
        siret = acces.sujet.partenaire.siret
        siens = [
            (propose.corrige is not None, self.ledger.index.acte_de(propose.evenement, siret, propose.survenu_le))
            for propose in typee.evenements
            if isinstance(propose.evenement, ev.Acte) and propose.evenement.etude_siret in {None, siret}
        ]
        corriges = [cle for corrige, cle in siens if corrige and cle is not None]
        connues = await self.ledger.reader.actes_connus(corriges) if corriges else ()
        cles = [cle for _, cle in siens if cle is not None and cle not in connues]
        if len(set(cles)) < len(cles):
            await self.journaliser_refus(acces, action, "acte_double")
            raise Refus(
                422, "acte_double", "Un même acte figure deux fois dans cette contribution : dites-le une fois."
            )
        return cles

    async def _ecrire(self, acces: Acces, action: Action, dossier: UUID | None, ecriture: Awaitable[Recu]) -> Recu:
        """Await a write; what the case or the key refuses becomes a refusal, with its row."""
        try:
            recu = await ecriture
        except ActeRefuse as refus:
            await self.journaliser_refus(acces, action, refus.code, dossier)
            champ = saisie.champ_d_ouverture(refus.champ) if action is Action.OUVRIR else refus.champ
            faute = saisie.Faute(champ, refus.code, refus.message)
            raise Refus(422, refus.code, refus.message, [faute]) from refus
        if recu.statut == "cle_reutilisee":
            raise Refus(409, "cle_reutilisee", "Cette clé d'idempotence a déjà servi pour une autre requête.")
        if recu.statut == "acte_connu":
            raise Refus(409, "acte_connu", "Cet acte est déjà enregistré.")
        return recu

    async def lot(self, acces: Acces, lignes: Sequence[bytes]) -> list[dict[str, Any]]:
        """Many contributions, one per line; each is a unit of its own, and a bad one stops none of the others.

        Those of one case are done in their order; the others together, so that they share their commits.
        """
        par_dossier: OrderedDict[object, list[tuple[int, object]]] = OrderedDict()
        for rang, texte in enumerate(lignes):
            contenu = saisie_de(texte)
            dossier = contenu.get("dossier") if isinstance(contenu, dict) else rang
            par_dossier.setdefault(dossier if isinstance(dossier, str) else rang, []).append((rang, contenu))
        resultats: dict[int, dict[str, Any]] = {}

        async def suite(contenus: Sequence[tuple[int, object]]) -> None:
            for rang, contenu in contenus:
                resultats[rang] = await self._ligne_de_lot(acces, contenu)

        await asyncio.gather(*(suite(contenus) for contenus in par_dossier.values()))
        return [resultats[rang] for rang in range(len(lignes))]

    async def _ligne_de_lot(self, acces: Acces, contenu: object) -> dict[str, Any]:
        try:
            dossier, cle, reste = await self._saisir(acces, Action.EMETTRE, None, lambda: saisie.ligne_de_lot(contenu))
            recu = await self._une(acces, dossier, reste, cle)
        except Refus as refus:
            return {"statut": refus.statut, "code": refus.code, "detail": refus.message, "champs": champs_de(refus)}
        return {"statut": 201, "contribution": str(recu.contribution), "position": recu.position}

    @_en_panne
    async def _une(self, acces: Acces, dossier: UUID, contenu: object, cle: str) -> Recu:
        return await self._contribuer(acces, dossier, contenu, cle)

    @_en_panne
    async def emissions(self, acces: Acces, dossier: UUID) -> frozenset[str]:
        """The types of event that this subject may emit on this case: a form that would be refused is not shown."""
        lecture = await self.ledger.consulter(dossier)
        liens = self._liens(acces, dossier, lecture)
        etat = lecture.etat if lecture else Dossier()
        permises = set()
        for nom in catalogue():
            question = self._question(acces, etat, liens, action=Action.EMETTRE, evenement=nom)
            if (await self.decider.decide(question)).autorise:
                permises.add(nom)
        return frozenset(permises)

    # the person's rights

    @_en_panne
    async def effacement(
        self, acces: Acces, contenu: object, etape: str, effacement: UUID | None = None
    ) -> dict[str, Any]:
        """One step of an erasure (access rule 12): ``demande``, ``avis``, ``decision`` or ``execution``."""
        nom, forme = ETAPES[etape]
        probable = contenu.get("dossier") if isinstance(contenu, dict) else None
        dossier = _uuid(probable)
        lecture = await self.ledger.consulter(dossier) if dossier else None
        liens = self._liens(acces, dossier, lecture) if dossier else frozenset()
        if acces.sujet.etat is not Agent.VALIDE:
            motif = "AGENT_REQUIS"
            await self.journaliser_refus(acces, Action.EMETTRE, motif, dossier)
            raise Refus(403, motif, self.motifs[motif])
        await self._autoriser(acces, dossier or UUID(int=0), lecture, liens, [nom])
        typee = await self._saisir(acces, Action.EMETTRE, dossier, lambda: saisie.forme(forme, contenu))
        if lecture is None or dossier is None:
            raise Refus(404, "introuvable", INTROUVABLE)
        demande = lecture.etat.effacements.get(effacement) if effacement else None
        if effacement is not None and demande is None:
            await self.journaliser_refus(acces, Action.EMETTRE, "effacement_inconnu", dossier)
            raise Refus(404, "introuvable", INTROUVABLE)
        row = self.ligne(acces, f"effacement_{etape}", "autorise", dossier=dossier, revision=self.decider.revision)
        if isinstance(typee, saisie.ExecutionEffacement) and demande is not None:
            autres: list[UUID] = []

            async def detruire() -> Recu:
                qui, sous = demande.personne, typee.decision
                recu, trouves = await self.ledger.effacer(dossier, qui, sous, acces.auteur(), row)
                autres.extend(trouves)
                return recu

            recu = await self._ecrire(acces, Action.EMETTRE, dossier, detruire())
            self._plans.clear()
            return {"effacement": str(effacement), "position": recu.position, "autres_dossiers": autres}
        id_ = effacement or uuid4()
        evenement = _etape(typee, id_)
        contribution = Contribution(
            id=uuid4(),
            auteur=acces.auteur(),
            finalite=acces.finalite,
            evenements=(Propose(evenement, acces.le),),
        )
        recu = await self._ecrire(acces, Action.EMETTRE, dossier, self.ledger.contribuer(lecture, contribution, row))
        rendu: dict[str, Any] = {"effacement": str(id_), "position": recu.position}
        if isinstance(evenement, ev.EffacementDecide):
            rendu["decision"] = str(evenement.decision)
        return rendu

    # the journal, for the DPO

    @_en_panne
    async def auditer(
        self, acces: Acces, filtres: Mapping[str, Any], *, limite: int = LIGNES_DU_JOURNAL, identite: object = None
    ) -> dict[str, Any]:
        """Rows of the journal, the latest first; reading it is a row too. ``identite`` tests one name by its hash."""
        await self._permettre(acces, Action.AUDITER)
        recherche = None
        if identite is not None:
            qui = await self._saisir(acces, Action.AUDITER, None, lambda: saisie.forme(saisie.Identite, identite))
            recherche = self.ledger.index.identite(*_identite(qui))
            filtres = {**filtres, "recherche": recherche}
        row = self.ligne(acces, Action.AUDITER, "autorise", recherche=recherche, revision=self.decider.revision)
        await self.ledger.journal.inscrire(row)
        lignes = await self.listes.journal(filtres, limite + 1)
        suivant = lignes[limite - 1]["position"] if len(lignes) > limite else None
        return {"lignes": lignes[:limite], "suivant": suivant}

    async def exporter(self, acces: Acces, filtres: Mapping[str, Any]) -> AsyncIterator[list[dict[str, Any]]]:
        """Every row, page after page: an export that stopped at some number would hide the rest. Each page is a row."""
        suite: int | None = None
        while True:
            page = await self.auditer(
                acces, filtres if suite is None else {**filtres, "avant": suite}, limite=LIGNES_PAR_EXPORT
            )
            yield page["lignes"]
            suite = page["suivant"]
            if suite is None:
                return

    @_en_panne
    async def situer(self, acces: Acces, action: str) -> None:
        """Journal a request that concerns no case: who one is, the code lists, the catalogue of errors."""
        await self.ledger.journal.inscrire(self.ligne(acces, action, "autorise", revision=self.decider.revision))


VUES_PAR_NOM: Final[Mapping[str, Vue[Any]]] = {vue.nom: vue for vue in VUES}
ESSAIS: Final = 5
ETAPES: Final[Mapping[str, tuple[str, type[Any]]]] = {
    "demande": ("EffacementDemande", saisie.DemandeEffacement),
    "avis": ("EffacementAvise", saisie.AvisEffacement),
    "decision": ("EffacementDecide", saisie.DecisionEffacement),
    "execution": ("PersonneEffacee", saisie.ExecutionEffacement),
}


def _anonyme(action: str, issue: Issue, motif: str, trace: str) -> Ligne:
    """The row of somebody who could not be recognised."""
    return Ligne(
        organisation="",
        agent="",
        role="",
        finalite="",
        action=action,
        issue=issue,
        motif=motif,
        trace=trace,
    )


def champs_de(refus: Refus) -> list[dict[str, str]]:
    """The faults of a refusal, as problem details list them."""
    return [{"champ": f.champ, "code": f.code, "message": f.message} for f in refus.fautes]


def saisie_de(corps: bytes) -> object:
    """The JSON of a body; what cannot be read is kept as the refusal that it will be, once existence is looked at."""
    try:
        return saisie.lire_json(corps)
    except saisie.SaisieRefusee as refus:
        return refus


def _etape(typee: object, id_: UUID) -> ev.Evenement:
    match typee:
        case saisie.DemandeEffacement():
            return ev.EffacementDemande(effacement=id_, personne=typee.personne)
        case saisie.AvisEffacement():
            return ev.EffacementAvise(effacement=id_, avis=typee.avis)
        case saisie.DecisionEffacement():
            return ev.EffacementDecide(effacement=id_, decision=uuid4(), sens=typee.sens, article=typee.article)
        case _:
            raise TypeError(type(typee))


def _identite(qui: saisie.Identite) -> tuple[str, str, date]:
    return qui.nom, qui.prenoms, qui.date_naissance


def _uuid(valeur: object) -> UUID | None:
    try:
        return UUID(valeur) if isinstance(valeur, str) else None
    except ValueError:
        return None


def _demande_nouvelle(acces: Acces, contenu: object) -> bool:
    """Whether the contribution itself makes the request that its purpose names."""
    evenements = contenu.get("evenements") if isinstance(contenu, dict) else None
    if acces.demande is None or not isinstance(evenements, list):
        return False
    aides = [e for e in evenements if isinstance(e, dict) and e.get("type") == "AideFinanciereInstruite"]
    donnees = [aide.get("donnees") for aide in aides]
    return any(isinstance(d, dict) and d.get("aide") == str(acces.demande) for d in donnees)


def _finalite(entete: str | None) -> tuple[str, UUID | None]:
    """The purpose, and the household's request that it names: ``AIDE_INSTRUCTION; demande=<uuid>``."""
    code, _, parametre = (entete or "").partition(";")
    nom, _, valeur = parametre.partition("=")
    return code.strip(), _uuid(valeur.strip()) if nom.strip() == "demande" else None


def _histoire(
    faits: Sequence[Fait], etat: Dossier, vue: str, au: date | None, connu_le: datetime | None
) -> Sequence[Fait]:
    """The facts that a view keeps, as they stood at past dates; rights, erasures and corrections are today's."""
    if au is not None or connu_le is not None:
        faits = passe(faits, au=au, connu_le=connu_le)
    if not vue:
        return faits
    definition = VUES_PAR_NOM[vue]
    return [retenu for fait in faits if (retenu := definition.montrer(fait, etat)) is not None]


def _portee(acces: Acces) -> Portee:
    """What the database may hand over at all: any link of this partner. Rego then says which of them counts."""
    partenaire, le = acces.sujet.partenaire, acces.le
    agent = acces.sujet.agent_valide
    return Portee(
        communes=[c.code for c in historique() if partenaire.couvre(c.code, le)],
        portefeuille=list(partenaire.portefeuille),
        mandats=[d for (code, d), m in acces.registre.mandats.items() if code == partenaire.code and m.en_vigueur(le)],
        seances=acces.registre.seances_de(partenaire, le),
        intervenant=f"{partenaire.code}/{agent}" if agent else None,
        auteur=partenaire.code,
        declarant=partenaire.siret,
    )


def _visible(filtre: Filtre, decision: Decision) -> bool:
    """A filter on what the reader may not see would tell it: then the case is not listed."""
    groupes = decision.groupes
    if filtre.stades and "F08" not in groupes:
        return False
    if (filtre.du or filtre.au) and not _date_visible(filtre.par_date, groupes):
        return False
    if filtre.parcs and "F04" not in groupes:
        return False
    return not (filtre.communes or filtre.arrondissement) or "F02a" in groupes or "F04" in groupes


def _date_visible(colonne: str, groupes: Mapping[str, str]) -> bool:
    """Whether a date of a worklist's row is for this reader.

    The hearing may be that of another's act: only who sees the acts of all has it.
    """
    return {
        "ouvert_le": True,
        "dernier_acte_le": "F08" in groupes,
        "prochaine_audience": groupes.get("F08") == "entier",
        "concours_requis_le": "F09a" in groupes,
    }[colonne]


def _montrer(ligne: Any, decision: Decision) -> dict[str, Any]:  # noqa: ANN401 - any view's row
    """The row as this reader may see it: each column follows its group."""
    g = decision.groupes
    actes, bail = "F08" in g, g.get("F04") in {"entier", "propres"}
    return {
        "dossier": str(ligne.dossier),
        "ouvert_le": ligne.ouvert_le.isoformat(),
        "commune": ligne.commune if "F02a" in g or "F04" in g else None,
        "parc": ligne.parc if "F04" in g else None,
        "bailleur_siret": ligne.bailleur_siret if bail else None,
        "stade": ligne.stade if actes else None,
        **{
            colonne: _iso(getattr(ligne, colonne, None)) if _date_visible(colonne, g) else None
            for colonne in ("dernier_acte_le", "prochaine_audience", "concours_requis_le")
        },
        "inscriptions": ligne.inscriptions if "F19a" in g else [],
        "examens": ligne.examens if "F19a" in g else [],
        "rapprochements": len(getattr(ligne, "rapprochements", ())) if "F01b" in g else 0,
        "traitement_limite": ligne.limitation,
    }


def _iso(jour: date | None) -> str | None:
    return jour.isoformat() if jour else None
