"""The journal of accesses, for the DPO: its pages, its export, and the test of a name."""

import io
from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any, Final, get_args

from starlette.responses import Response

from adapters.gate import audit
from adapters.gate.audit import LIGNES_DU_JOURNAL
from adapters.gate.contexte import Acces
from adapters.gate.corps import saisie_de
from adapters.gate.listes import COLONNES_DU_JOURNAL
from adapters.mots.tableur import ecrire_rangees
from adapters.rest import requete
from adapters.rest.commissions import LIMITE
from adapters.rest.dossiers import IDENTITE
from adapters.rest.rendu import Continu, ecrire, entetes_de
from adapters.rest.requete import Requete
from adapters.rest.route import Parametre, Reponse, Route, rend
from adapters.rest.schema import (
    ENTIER,
    GROUPE,
    INSTANT,
    INSTANT_EXEMPLE,
    JOUR,
    JSON,
    TEXTE,
    UUID,
    UUID_EXEMPLE,
    Forme,
    dit,
    liste,
    objet,
    ou_rien,
)
from adapters.rest.service import SERVICE
from ledger.journal import Flux, Issue
from policies.decision import Action

TRACE: Final = {**TEXTE, "pattern": "^[0-9a-f]{32}$"}
FILTRES: Final = (
    Parametre("organisation", "code du partenaire", TEXTE),
    Parametre("agent", "pseudonyme de la personne", TEXTE),
    Parametre("dossier", "identifiant du dossier", UUID),
    Parametre("finalite", "finalité déclarée", TEXTE),
    Parametre("issue", "ce qu'il en est sorti", {"enum": ["autorise", "refuse", "vide", "erreur"]}),
    Parametre("action", "ce qui a été fait ou tenté", TEXTE),
    Parametre("trace", "identifiant de trace d'un appel : celui du « traceparent » de sa réponse", TRACE),
    Parametre("du", "à partir de ce jour", JOUR),
    Parametre("au", "jusqu'à ce jour compris", JOUR),
    Parametre("avant", "« suivant » de la page précédente", ENTIER),
    LIMITE,
    Parametre("format", "« csv » : un export de toutes les lignes", {"enum": ["csv"]}),
)
_GROUPES: Final = liste(GROUPE)
_REGISTRE: Final = {"type": "object"}
_CAF: Final = {"partenaire": "caf93", "agent": "a-12", "id": UUID_EXEMPLE}
LIGNE_DE_JOURNAL: Final = Forme(
    "LigneDeJournal",
    objet(
        "Un accès, ou un refus, ou un changement du registre. Rien d'un dossier. Pour le DPO, à CONTROLE",
        {
            "position": dit(ENTIER, "position dans le journal des accès", 88213),
            "enregistre_le": dit(INSTANT, "quand", INSTANT_EXEMPLE),
            "flux": dit({"enum": list(get_args(Flux))}, "flux de conservation", "securite"),
            "organisation": dit(TEXTE, "code du partenaire ; vide si le jeton ne prouvait rien", "ssd93"),
            "agent": dit(TEXTE, "pseudonyme de la personne ; « (inconnu) » si le registre ne la connaît pas", "a-12"),
            "role": dit(TEXTE, "rôle du partenaire", "CD_TRAVAILLEUR_SOCIAL"),
            "finalite": dit(TEXTE, "finalité déclarée", "ACCOMPAGNEMENT"),
            "action": dit(TEXTE, "ce qui a été fait ou tenté", "lire"),
            "dossier": dit(ou_rien(UUID), "dossier concerné"),
            "groupes_montres": {**_GROUPES, "description": "groupes communiqués"},
            "groupes_retenus": {**_GROUPES, "description": "groupes non communiqués"},
            "revision": dit(TEXTE, "révision des règles qui ont décidé", "3f1c"),
            "revision_alors": dit(
                ou_rien(TEXTE), "lecture sous les règles d'un jour passé : leur révision, appliquée aussi"
            ),
            "echange": dit(
                ou_rien({"type": "object"}),
                "d'une question posée avant le ménage : ce qui a été demandé et obtenu, qui l'avait dit, la demande",
                {"donnees": ["dette:CONNUE"], "sources": ["oph16"], "demande": UUID_EXEMPLE},
            ),
            "issue": dit({"enum": list(get_args(Issue))}, "ce qu'il en est sorti", "autorise"),
            "motif": dit(TEXTE, "code du motif d'un refus", "OPPOSITION"),
            "article": dit(TEXTE, "le texte sur lequel repose un refus, tel qu'il a été dit", "RGPD, article 21"),
            "origine": dit(TEXTE, "réseau d'où venait qui n'a rien prouvé ; vide sinon", "203.0.113.0/24"),
            "nombre": dit(ENTIER, "combien de refus de ce genre la ligne compte", 1),
            "trace": dit(TEXTE, "identifiant de trace (traceparent)", "4bf92f3577b34da6a3ce929d0e0e4736"),
            "avant": dit(
                ou_rien(_REGISTRE),
                "changement du registre : ce qui le nomme, et ce qui était dit",
                {**_CAF, "au": "2026-12-31"},
            ),
            "apres": dit(
                ou_rien(_REGISTRE),
                "changement du registre : ce qui le nomme, et ce qui est dit",
                {**_CAF, "au": "2027-06-30"},
            ),
        },
    ),
)
JOURNAL: Final = Forme(
    "Journal",
    objet(
        "Des lignes du journal, les dernières d'abord",
        {
            "lignes": liste(LIGNE_DE_JOURNAL),
            "suivant": dit(ou_rien(ENTIER), "à donner à « avant » ensuite ; null à la fin", 88013),
        },
    ),
)


async def lire(request: Requete, acces: Acces) -> Response:
    """Lire le journal des accès."""
    lus = request.parametres
    filtres = _filtres(lus)
    if requete.un(lus, "format"):
        return await _exporter(request, acces, filtres)
    limite = requete.entier(lus, "limite", LIGNES_DU_JOURNAL, LIGNES_DU_JOURNAL)
    return ecrire(request, await audit.auditer(request.gate, acces, filtres, limite=limite))


async def chercher(request: Requete, acces: Acces) -> Response:
    """Savoir si une identité a été recherchée, par qui et quand."""
    contenu = saisie_de(await requete.corps(request))
    return ecrire(request, await audit.auditer(request.gate, acces, {}, identite=contenu))


def _filtres(lus: dict[str, list[str]]) -> dict[str, Any]:
    textes = ("organisation", "agent", "finalite", "issue", "action", "trace")
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

    entetes = {**entetes_de(request), "content-disposition": 'attachment; filename="journal.csv"'}
    return Continu(rangees(), 200, entetes, media_type="text/csv; charset=utf-8")


def _lignes_csv(lignes: Sequence[Mapping[str, Any]]) -> bytes:
    return _csv([[ligne[nom] for nom in COLONNES_DU_JOURNAL] for ligne in lignes])


def _csv(rangees: Sequence[Sequence[object]]) -> bytes:
    flux = io.StringIO(newline="")
    ecrire_rangees(flux, rangees)
    return flux.getvalue().encode()


ROUTES: Final = (
    Route(
        "GET", "/v1/journal", Action.AUDITER, lire, SERVICE,
        parametres=FILTRES, reponse=Reponse({JSON: JOURNAL, "text/csv": TEXTE}),
    ),
    Route(
        "POST", "/v1/journal/recherche", Action.AUDITER, chercher, SERVICE,
        corps=IDENTITE, reponse=rend(JOURNAL),
    ),
)  # fmt: skip
"""The routes of the journal."""
