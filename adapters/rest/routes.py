"""The routes: each one admits, asks the gate one thing, and writes down the answer. None decides or reads by itself."""

import io
from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any, Final
from uuid import UUID

import orjson
from starlette.requests import ClientDisconnect
from starlette.responses import Response, StreamingResponse
from starlette.types import Receive, Scope, Send

from adapters.gate import audit, consulter, droits, files, saisie
from adapters.gate import contribuer as contributions
from adapters.gate.audit import LIGNES_DU_JOURNAL
from adapters.gate.contexte import Acces, Gate, Vu
from adapters.gate.listes import COLONNES_DU_JOURNAL
from adapters.gate.refus import journaliser_refus
from adapters.gate.saisie import saisie_de
from adapters.mots import libelles
from adapters.mots.tableur import ecrire_rangees
from adapters.rest import erreurs, requete
from adapters.rest.nomenclatures import nomenclatures
from adapters.rest.requete import Illisible, Requete
from adapters.rest.route import Fonction, Route
from ledger.verdict import Recu
from policies.decision import Action
from projections.vue import PAGE_MAX, Filtre

JSON: Final = "application/json"
NDJSON: Final = "application/x-ndjson"
GROUPE_DE_LIGNES: Final = 64
VUES: Final = ("clil", "ccapex", "comex")


class Entiere(Response):
    """A body that is whole already, and headers that are bytes already: nothing is left to compose."""

    def __init__(self, contenu: bytes, statut: int, entetes: list[tuple[bytes, bytes]]) -> None:
        self.background = None
        self.status_code = statut
        self.body = contenu
        self.raw_headers = entetes


def _reponse(request: Requete, contenu: bytes, statut: int = 200, genre: str = JSON, **entetes: str) -> Response:
    return Entiere(
        contenu,
        statut,
        [
            *_SURETE,
            (b"content-type", genre.encode()),
            (b"content-length", b"%d" % len(contenu)),
            (b"traceparent", requete.traceparent(request).encode()),
            *((nom.replace("_", "-").encode(), valeur.encode()) for nom, valeur in entetes.items()),
        ],
    )


_SURETE: Final = [(nom.encode(), valeur.encode()) for nom, valeur in erreurs.SURETE.items()]


def _vu(request: Requete, vu: Vu) -> Response:
    etag = vu.etag
    if request.entete(b"if-none-match") == etag:
        return _reponse(request, b"", 304, etag=etag, position=str(vu.position))
    return _reponse(request, vu.corps, etag=etag, position=str(vu.position))


def _recu(request: Requete, recu: Recu) -> Response:
    corps = {"dossier": recu.dossier, "contribution": recu.contribution, "position": recu.position}
    return _reponse(request, orjson.dumps(corps), 201, position=str(recu.position))


def _cle(request: Requete) -> str:
    cle = request.entete(b"idempotency-key") or ""
    if not saisie.cle_valable(cle):
        raise Illisible(400, "cle_idempotence", saisie.CLE_ATTENDUE)
    return cle


def _dossier(request: Requete) -> UUID:
    return requete.identifiant(request.path_params["dossier"])


async def ouvrir(request: Requete, acces: Acces) -> Response:
    """Ouvrir le dossier d'un ménage, ou rejoindre celui qu'il a déjà."""
    recu = await contributions.ouvrir(request.gate, acces, await requete.corps(request), _cle(request))
    return _recu(request, recu)


async def rechercher(request: Requete, acces: Acces) -> Response:
    """Rechercher une personne par son nom, ses prénoms et sa date de naissance."""
    vu = await files.rechercher(request.gate, acces, saisie_de(await requete.corps(request)))
    return _reponse(request, vu.contenu)


async def contribuer(request: Requete, acces: Acces) -> Response:
    """Transmettre une contribution : un ensemble d'événements, enregistré en entier ou pas du tout."""
    dossier, corps = _dossier(request), await requete.corps(request)
    si_etag = request.entete(b"if-match")
    recu = await contributions.contribuer(request.gate, acces, dossier, corps, _cle(request), si_etag=si_etag)
    return _recu(request, recu)


class Flux(StreamingResponse):
    """An answer that is written while its request is still read.

    Starlette would listen for a disconnection beside it, and eat the body: a lot would lose lines, or wait for ever.
    """

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002 - an ASGI application
        """Send what the generator yields, which reads the request itself and sees who has left."""
        await self.stream_response(send)


async def lot(request: Requete, acces: Acces) -> Response:
    """Transmettre beaucoup de contributions, une par ligne ; chaque ligne a sa réponse, dans l'ordre."""
    gate = request.gate

    async def resultats() -> AsyncIterator[bytes]:
        groupe: list[bytes] = []
        try:
            async for ligne in requete.lignes(request):
                groupe.append(ligne)
                if len(groupe) == GROUPE_DE_LIGNES:
                    yield await _lignes(gate, acces, groupe)
                    groupe = []
        except Illisible as refus:
            yield await _lignes(gate, acces, groupe)
            await journaliser_refus(gate, acces, Action.EMETTRE, refus.code)
            trop = {"statut": refus.statut, "code": refus.code, "detail": refus.message, "champs": []}
            yield orjson.dumps(trop) + b"\n"
            return
        except ClientDisconnect:
            return
        yield await _lignes(gate, acces, groupe)

    await audit.situer(gate, acces, "lot")
    return Flux(resultats(), 200, {**erreurs.SURETE, "traceparent": requete.traceparent(request)}, media_type=NDJSON)


async def _lignes(gate: Gate, acces: Acces, groupe: list[bytes]) -> bytes:
    return b"".join(orjson.dumps(r) + b"\n" for r in await contributions.lot(gate, acces, groupe))


async def lire(request: Requete, acces: Acces) -> Response:
    """Lire un dossier, tel que votre rôle, votre finalité et votre lien avec lui le permettent."""
    return await _lire(request, acces, "")


async def lire_vue(request: Requete, acces: Acces) -> Response:
    """Lire un dossier dans la vue d'une commission."""
    return await _lire(request, acces, request.path_params["vue"])


async def _lire(request: Requete, acces: Acces, vue: str) -> Response:
    if vue and vue not in VUES:
        raise Illisible(404, "introuvable", "Aucune vue de ce nom.")
    au = connu_le = None
    if request.scope["query_string"]:
        lus = requete.parametres(request, {"au", "connu_le"})
        au, connu_le = requete.jour(lus, "au"), requete.instant(lus, "connu_le")
    return _vu(request, await consulter.lire(request.gate, acces, _dossier(request), vue=vue, au=au, connu_le=connu_le))


async def historique(request: Requete, acces: Acces) -> Response:
    """Lire l'historique d'un dossier : qui a dit quoi, et quand."""
    requete.parametres(request, ())
    return _vu(request, await consulter.historique(request.gate, acces, _dossier(request)))


_FILTRES: Final = (
    "commune", "stade", "parc", "arrondissement", "seance", "par_date", "du", "au_plus_tard", "apres", "limite",
)  # fmt: skip


async def lister(request: Requete, acces: Acces) -> Response:
    """Lister la file active d'une commission."""
    vue = request.path_params["vue"]
    if vue not in VUES:
        raise Illisible(404, "introuvable", "Aucune vue de ce nom.")
    if {"au", "connu_le"} & set(request.query_params):
        raise Illisible(400, "temps_sur_liste", erreurs.ERREURS["temps_sur_liste"].remede)
    lus = requete.parametres(request, _FILTRES)
    par_date = requete.un(lus, "par_date") or "dernier_acte_le"
    filtre = Filtre(
        communes=lus.get("commune", ()),
        stades=lus.get("stade", ()),
        parcs=lus.get("parc", ()),
        arrondissement=requete.un(lus, "arrondissement"),
        seance=requete.uuid(lus, "seance"),
        par_date=par_date,  # type: ignore[arg-type]  # a column that the view does not have is refused by the view
        du=requete.jour(lus, "du"),
        au=requete.jour(lus, "au_plus_tard"),
    )
    position, secondes = requete.attente(request)
    curseur = files.Curseur(
        requete.entier(lus, "apres", 0), requete.entier(lus, "limite", files.PAGE, PAGE_MAX), position, secondes
    )
    vu = await files.lister(request.gate, acces, vue, filtre, curseur)
    return _vu(request, vu)


def effacer(etape: str) -> Fonction:
    """The route of one step of an erasure."""

    async def franchir(request: Requete, acces: Acces) -> Response:
        contenu = saisie_de(await requete.corps(request))
        texte = request.path_params.get("effacement")
        effacement = None if texte is None else requete.identifiant(texte)
        rendu = await droits.effacement(request.gate, acces, contenu, etape, effacement)
        return _reponse(request, orjson.dumps(rendu), 201, position=str(rendu["position"]))

    franchir.__doc__ = _ETAPES[etape]
    return franchir


_ETAPES: Final = {
    "demande": "Enregistrer la demande d'effacement d'une personne : première étape.",
    "avis": "Rendre l'avis du DPO sur une demande d'effacement : deuxième étape.",
    "decision": "Décider d'un effacement, pour les responsables du traitement : troisième étape.",
    "execution": "Exécuter un effacement décidé, par une autre personne : dernière étape, sans retour.",
}


FILTRES_DU_JOURNAL: Final = (
    "organisation", "agent", "dossier", "finalite", "issue", "action", "du", "au", "avant", "limite", "format",
)  # fmt: skip


async def journal(request: Requete, acces: Acces) -> Response:
    """Lire le journal des accès."""
    lus = requete.parametres(request, FILTRES_DU_JOURNAL)
    filtres = _filtres_du_journal(lus)
    if requete.un_de(lus, "format", {"csv"}):
        return await _exporter(request, acces, filtres)
    limite = requete.entier(lus, "limite", LIGNES_DU_JOURNAL, LIGNES_DU_JOURNAL)
    return _reponse(request, orjson.dumps(await audit.auditer(request.gate, acces, filtres, limite=limite)))


async def chercher_au_journal(request: Requete, acces: Acces) -> Response:
    """Savoir si une identité a été recherchée, par qui et quand."""
    contenu = saisie_de(await requete.corps(request))
    return _reponse(request, orjson.dumps(await audit.auditer(request.gate, acces, {}, identite=contenu)))


def _filtres_du_journal(lus: dict[str, list[str]]) -> dict[str, Any]:
    textes = ("organisation", "agent", "finalite", "issue", "action")
    lues: Mapping[str, Any] = {
        **{nom: requete.un(lus, nom) for nom in textes},
        "dossier": requete.uuid(lus, "dossier"),
        "du": requete.jour(lus, "du"),
        "au": requete.jour(lus, "au"),
        "avant": requete.entier(lus, "avant", 0) or None,
    }
    return {nom: valeur for nom, valeur in lues.items() if valeur is not None}


async def _exporter(request: Requete, acces: Acces, filtres: Mapping[str, Any]) -> Response:
    """The whole journal of these filters. The first page is asked before a byte leaves: a refusal is still one."""
    pages = audit.exporter(request.gate, acces, filtres)
    premiere = await anext(pages)

    async def rangees() -> AsyncIterator[bytes]:
        yield _csv([COLONNES_DU_JOURNAL]) + _lignes_csv(premiere)
        async for lignes in pages:
            yield _lignes_csv(lignes)

    entetes = {
        **erreurs.SURETE,
        "traceparent": requete.traceparent(request),
        "content-disposition": 'attachment; filename="journal.csv"',
    }
    return Flux(rangees(), 200, entetes, media_type="text/csv; charset=utf-8")


def _lignes_csv(lignes: Sequence[Mapping[str, Any]]) -> bytes:
    return _csv([[ligne[nom] for nom in COLONNES_DU_JOURNAL] for ligne in lignes])


def _csv(rangees: Sequence[Sequence[object]]) -> bytes:
    flux = io.StringIO(newline="")
    ecrire_rangees(flux, rangees)
    return flux.getvalue().encode()


async def moi(request: Requete, acces: Acces) -> Response:
    """Savoir qui vous êtes pour le service, et quelles finalités vous pouvez déclarer."""
    requete.parametres(request, ())
    await audit.situer(request.gate, acces, "moi")
    sujet = acces.sujet
    habilitation = sujet.habilitation
    corps = {
        "organisation": sujet.partenaire.code,
        "nom": sujet.partenaire.nom,
        "role": sujet.partenaire.role,
        "agent": sujet.agent or None,
        "finalites": [{"code": f, "libelle": libelles.finalite(f)} for f in sorted(sujet.finalites)],
        "territoire": sujet.partenaire.territoire,
        "communes": sorted(sujet.partenaire.communes),
        "habilitation": None
        if habilitation is None
        else {"secret": habilitation.secret, "du": habilitation.du, "au": habilitation.au},
    }
    return _reponse(request, orjson.dumps(corps))


async def lire_nomenclatures(request: Requete, acces: Acces) -> Response:
    """Lire les nomenclatures : types d'événements, codes, finalités, groupes de champs, communes."""
    requete.parametres(request, ())
    await audit.situer(request.gate, acces, "nomenclatures")
    return _reponse(request, nomenclatures(request.gate.tables, acces.le))


async def lire_erreurs(request: Requete, acces: Acces) -> Response:
    """Lire le catalogue des erreurs."""
    requete.parametres(request, ())
    await audit.situer(request.gate, acces, "erreurs")
    return _reponse(request, orjson.dumps({"erreurs": erreurs.catalogue(), "motifs": request.gate.motifs}))


ROUTES: Final = (
    Route("POST", "/v1/dossiers", Action.OUVRIR, ouvrir),
    Route("POST", "/v1/dossiers/recherche", Action.RECHERCHER, rechercher),
    Route("POST", "/v1/dossiers/{dossier}/interventions", Action.EMETTRE, contribuer),
    Route("POST", "/v1/interventions/lot", Action.EMETTRE, lot),
    Route("GET", "/v1/dossiers/{dossier}", Action.LIRE, lire),
    Route("GET", "/v1/dossiers/{dossier}/historique", Action.LIRE, historique),
    Route("GET", "/v1/vues/{vue}", Action.LISTER, lister),
    Route("GET", "/v1/vues/{vue}/{dossier}", Action.LIRE, lire_vue),
    Route("POST", "/v1/droits/effacement", Action.EMETTRE, effacer("demande")),
    Route("POST", "/v1/droits/effacement/{effacement}/avis", Action.EMETTRE, effacer("avis")),
    Route("POST", "/v1/droits/effacement/{effacement}/decision", Action.EMETTRE, effacer("decision")),
    Route("POST", "/v1/droits/effacement/{effacement}/execution", Action.EMETTRE, effacer("execution")),
    Route("GET", "/v1/journal", Action.AUDITER, journal),
    Route("POST", "/v1/journal/recherche", Action.AUDITER, chercher_au_journal),
    Route("GET", "/v1/moi", Action.LIRE, moi, exige=False),
    Route("GET", "/v1/nomenclatures", Action.LIRE, lire_nomenclatures),
    Route("GET", "/v1/erreurs", Action.LIRE, lire_erreurs),
)
"""The routes under ``/v1``."""
