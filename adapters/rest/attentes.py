"""« Ce qui m'est adressé »: what is expected of a partner, in the order of due dates."""

from typing import Final

from starlette.responses import Response

from adapters.gate import attentes
from adapters.gate.attentes import ATTENTES_MAX, ATTENTES_PAR_PAGE, ETATS, Depuis, Voulues
from adapters.gate.contexte import Acces
from adapters.gate.files import ATTENTE_MAXIMALE
from adapters.rest import requete, schema
from adapters.rest.commissions import ATTENTE, POSITION_ATTENDUE
from adapters.rest.delai import accorder
from adapters.rest.rendu import montrer
from adapters.rest.requete import Illisible, Requete
from adapters.rest.route import Chapitre, Parametre, Route, montre
from adapters.rest.schema import (
    IDENTIFIANT,
    JOUR,
    LIBELLE,
    POSITION,
    TEXTE,
    Forme,
    dit,
    liste,
    objet,
    ou_rien,
)
from ledger.droit.attentes import genres
from ledger.droit.bornes import CALENDRIER
from ledger.droit.listes import codes
from policies.decision import Action
from projections.attentes import DEBUT, PlaceDAttente

ATTENTES: Final = Chapitre("Attentes", "Ce qui est attendu de vous, dossier par dossier, et ce qui y répond.")
PARAMETRES: Final = (
    Parametre("genre", "genre d'attente, répétable", liste({"enum": list(genres())})),
    Parametre("avant", "ce qui échoit ce jour-là ou avant ; sans échéance, rien n'échoit", JOUR),
    Parametre("apres", "où reprendre (« suivant » de la page précédente)", TEXTE),
    Parametre(
        "limite",
        f"nombre d'attentes, {ATTENTES_MAX} au plus",
        {"type": "integer", "minimum": 1, "maximum": ATTENTES_MAX},
    ),
)
_REPONSE: Final = objet(
    "Un type d'événement qui y répond",
    {
        "type": dit(TEXTE, "le type d'événement à transmettre", "RecommandationSuivie"),
        "libelle": LIBELLE,
        "champ": dit(
            ou_rien(TEXTE), "le champ où donner « cle » ; « corrige » est celui de l'enveloppe", "recommandation"
        ),
    },
)
ATTENDUE: Final = Forme(
    "Attente",
    objet(
        "Ce qui est attendu de vous dans un dossier",
        {
            "dossier": IDENTIFIANT,
            "genre": dit({"enum": list(genres())}, "de quel genre", "RECOMMANDATION"),
            "libelle": LIBELLE,
            "fait": dit(schema.UUID, "le fait qui l'appelle"),
            "instance": dit(
                ou_rien({"enum": list(codes("instance"))}), "la commission dont il est, s'il en est une", "CCAPEX"
            ),
            "categorie": dit(
                ou_rien({"enum": list(codes("recommandation_categorie"))}),
                "catégorie, d'une recommandation. {F19a}",
                "PLAN_APUREMENT",
            ),
            "donnee": dit(ou_rien(TEXTE), "ce qui est demandé, d'un renseignement"),
            "depuis": dit(JOUR, "depuis quand", "2026-10-20"),
            "echeance": dit(ou_rien(JOUR), "pour quand, si un jour est fixé", "2027-01-20"),
            "etat": dit({"enum": list(ETATS)}, "à faire, ou échu : le jour est passé", "a_faire"),
            "repond": liste(_REPONSE),
            "cle": dit(ou_rien(schema.UUID), "l'identifiant que la réponse nomme"),
            "texte": dit(TEXTE, "le texte dont elle vient", "Charte 93, fiche 9"),
        },
    ),
)
CE_QUI_EST_ATTENDU: Final = Forme(
    "Attentes",
    objet(
        "Une page de ce qui est attendu de vous à cette finalité, dans l'ordre des échéances",
        {
            "position": POSITION,
            "au": dit(JOUR, "jour auquel l'état est lu", "2026-11-02"),
            "attentes": liste(ATTENDUE),
            "suivant": dit(ou_rien(TEXTE), "à donner à « apres » ensuite ; null à la fin"),
        },
    ),
)


async def lister(request: Requete, acces: Acces) -> Response:
    """Lister ce qui est attendu de vous : recommandations, demandes, dossiers proposés, suites à évaluer."""
    lus = request.parametres
    inconnus = set(lus.get("genre", ())) - set(genres())
    if inconnus:
        raise Illisible(400, "requete", f"Genres d'attente : {', '.join(genres())}.")
    voulues = Voulues(frozenset(lus.get("genre", ())), requete.jour(lus, "avant", CALENDRIER[1]))
    position, secondes = requete.attente(request)
    accorder(request, min(secondes, ATTENTE_MAXIMALE))
    limite = requete.entier(lus, "limite", ATTENTES_PAR_PAGE, ATTENTES_MAX)
    depuis = Depuis(_place(requete.un(lus, "apres")), limite, position, secondes)
    return montrer(request, await attentes.lister(request.gate, acces, voulues, depuis))


def _place(texte: str | None) -> PlaceDAttente:
    """Where a page begins, as the page before wrote it."""
    place = DEBUT if texte is None else attentes.place_de(texte)
    if place is None:
        raise Illisible(400, "requete", "Le paramètre « apres » n'a pas la forme attendue.")
    return place


ROUTES: Final = (
    Route(
        "GET", "/v1/attentes", Action.LISTER, lister, ATTENTES,
        parametres=(*PARAMETRES, POSITION_ATTENDUE, ATTENTE), reponse=montre(CE_QUI_EST_ATTENDU),
    ),
)  # fmt: skip
"""The route of what is expected."""
