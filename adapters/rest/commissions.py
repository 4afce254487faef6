"""Commissions: their worklists, and a case as each of them sees it."""

from datetime import date
from typing import Final

from starlette.responses import Response

from adapters.gate import files
from adapters.gate.contexte import Acces
from adapters.rest import requete
from adapters.rest.delai import accorder
from adapters.rest.dossiers import DOCUMENT, DOSSIER, FEUILLE, PASSE, lire_par
from adapters.rest.rendu import montrer
from adapters.rest.requete import Illisible, Requete
from adapters.rest.route import Chapitre, Parametre, Route, du_chemin, entete, montre
from adapters.rest.schema import (
    BOOLEEN,
    COMMUNE,
    ENTIER,
    IDENTIFIANT,
    JOUR,
    POSITION,
    STADE,
    TEXTE,
    UUID,
    UUID_EXEMPLE,
    Decrit,
    Forme,
    dit,
    liste,
    objet,
    ou_rien,
)
from ledger.droit.bornes import CALENDRIER
from ledger.droit.listes import codes
from ledger.echeances import audience
from policies.decision import Action
from projections import NOMS_DES_VUES
from projections.liste import PAGE_MAX, Filtre

COMMISSIONS: Final = Chapitre("Commissions", "Files actives et dossiers de CLIL, CCAPEX et COMEX.")
VUE: Final = du_chemin("vue", f"commission : {', '.join(NOMS_DES_VUES)}", {"enum": list(NOMS_DES_VUES)})
LIMITE: Final = Parametre("limite", "nombre de lignes, 200 au plus", {"type": "integer", "minimum": 1, "maximum": 200})
FILTRES: Final = (
    Parametre("commune", "code INSEE, répétable", liste(TEXTE)),
    Parametre("stade", "stade de la procédure, répétable", liste(STADE)),
    Parametre("parc", "parc du logement, répétable", liste({"enum": list(codes("parc"))})),
    Parametre("arrondissement", "code de l'arrondissement", TEXTE),
    Parametre("seance", "séance où le dossier est inscrit", UUID),
    Parametre(
        "par_date",
        "date que bornent « du » et « au_plus_tard » ; selon la vue",
        {"enum": ["ouvert_le", "dernier_acte_le", "prochaine_audience", "concours_requis_le"]},
    ),
    Parametre("du", "à partir de cette date", JOUR),
    Parametre("au_plus_tard", "jusqu'à cette date", JOUR),
    Parametre(
        "regle",
        "avec « echeance_avant », sans « par_date » : règle qui compte à rebours d'une audience à venir",
        {"enum": sorted(audience.regles(CALENDRIER[1]))},
    ),
    Parametre("echeance_avant", "dossiers dont cette règle échoit ce jour-là ou avant", JOUR),
    Parametre("apres", "position après laquelle reprendre (« suivant » de la page précédente)", ENTIER),
    LIMITE,
)
POSITION_ATTENDUE: Final = entete("Position", "position que les vues doivent avoir atteinte", "1042")
ATTENTE: Final = entete("Prefer", "combien de secondes l'attendre, 10 au plus", "wait=5")

INTITULE: Final = dit(ou_rien(TEXTE), "nom du titulaire du bail. {F01}", "Fatou LEROY")

_INSCRIPTION: Final = Forme(
    "InscriptionEnSeance",
    objet(
        "Une inscription à l'ordre du jour",
        {
            "instance": dit({"enum": list(codes("instance"))}, "commission", "CCAPEX"),
            "seance": dit(UUID, "identifiant de la séance"),
            "seance_le": dit(JOUR, "date de la séance", "2026-12-10"),
        },
    ),
)
_EXAMEN: Final = Forme(
    "ExamenEnSeance",
    objet(
        "Un examen en séance",
        {
            "instance": dit({"enum": list(codes("instance"))}, "commission", "CLIL"),
            "le": dit(JOUR, "date de la séance", "2026-10-12"),
        },
    ),
)
LIGNE: Final[dict[str, Decrit]] = {
    "dossier": IDENTIFIANT,
    "reunis": dit(
        {"type": "array", "items": UUID},
        "présent si d'autres dossiers du même ménage sont lus avec celui-ci : lesquels",
        [UUID_EXEMPLE],
    ),
    "ouvert_le": dit(JOUR, "premier signalement", "2026-09-01"),
    "intitule": INTITULE,
    "commune": COMMUNE,
    "parc": dit(ou_rien({"enum": list(codes("parc"))}), "parc du logement. {F04}", "SOCIAL"),
    "bailleur_siret": dit(ou_rien(TEXTE), "SIRET du bailleur. {F04}", "93667127000267"),
    "stade": dit(ou_rien(STADE), "stade de la procédure. {F08}", "ASSIGNATION"),
    "dernier_acte_le": dit(ou_rien(JOUR), "dernier acte de procédure. {F08}", "2026-10-15"),
    "prochaine_audience": dit(ou_rien(JOUR), "prochaine audience connue. {F08}", "2026-12-03"),
    "echeance": dit(ou_rien(JOUR), "présent si une règle est donnée : son dernier jour utile avant l'audience. {F08}"),
    "concours_requis_le": dit(ou_rien(JOUR), "réquisition de la force publique. {F09a}"),
    "inscriptions": {**liste(_INSCRIPTION), "description": "{F19a}"},
    "examens": {**liste(_EXAMEN), "description": "{F19a}"},
    "propose_le": dit(ou_rien(JOUR), "proposition, ou saisine, à laquelle répondre. {F19a}", "2026-10-15"),
    "suites_le": {**liste(JOUR), "description": "échéances des recommandations encore sans suite. {F19a}"},
    "rapprochements": dit(ENTIER, "ménages semblables, à confirmer. {F01}", 0),
    "traitement_limite": dit(BOOLEEN, "le ménage a fait limiter le traitement", exemple=False),
}
"""What a worklist says of a case."""
LIGNE_DE_FILE: Final = Forme(
    "LigneDeFile",
    objet(
        "Un dossier de la file active",
        LIGNE | {"examen": dit(UUID, "au calendrier : l'examen à évaluer")},
        facultatifs=("echeance", "reunis", "examen"),
    ),
)
FILE_ACTIVE: Final = Forme(
    "FileActive",
    objet(
        "Une page de la file active, dans l'ordre d'ouverture des dossiers",
        {
            "position": POSITION,
            "vue": dit({"enum": list(NOMS_DES_VUES)}, "commission", "ccapex"),
            "dossiers": liste(LIGNE_DE_FILE),
            "suivant": dit(ou_rien(ENTIER), "à donner à « apres » ensuite ; null à la fin", 1040),
        },
    ),
)


def _vue(request: Requete) -> str:
    vue: str = request.path_params["vue"]
    if vue not in NOMS_DES_VUES:
        raise Illisible(404, "introuvable", "Aucune vue de ce nom.")
    return vue


async def lister(request: Requete, acces: Acces) -> Response:
    """Lister la file active d'une commission."""
    vue = _vue(request)
    lus = request.parametres
    par_date, du, au = _bornes(lus, acces.le)
    filtre = Filtre(
        communes=lus.get("commune", ()),
        stades=lus.get("stade", ()),
        parcs=lus.get("parc", ()),
        arrondissement=requete.un(lus, "arrondissement"),
        seance=requete.uuid(lus, "seance"),
        par_date=par_date,  # type: ignore[arg-type]  # a column that the view does not have is refused by the view
        du=du,
        au=au,
    )
    position, secondes = requete.attente(request)
    accorder(request, min(secondes, files.ATTENTE_MAXIMALE))
    curseur = files.Curseur(
        requete.entier(lus, "apres", 0), requete.entier(lus, "limite", files.PAGE, PAGE_MAX), position, secondes
    )
    regle = requete.un(lus, "regle") or ""
    return montrer(request, await files.lister(request.gate, acces, vue, filtre, curseur, regle=regle))


def _bornes(lus: dict[str, list[str]], le: date) -> tuple[str, date | None, date | None]:
    """The column of dates that bounds the list, and its bounds: as they are asked for, or as a rule turns them.

    What falls due by a day, by a rule that counts back from a hearing, is what has its hearing by another day.
    """
    regles = audience.regles(le)
    regle, avant = requete.un_de(lus, "regle", regles), requete.jour(lus, "echeance_avant", CALENDRIER[1])
    if regle is None and avant is None:
        return (
            requete.un(lus, "par_date") or "dernier_acte_le",
            requete.jour(lus, "du"),
            requete.jour(lus, "au_plus_tard"),
        )
    if regle is None or avant is None or {"par_date", "du", "au_plus_tard"} & lus.keys():
        raise Illisible(400, "requete", ENSEMBLE)
    return "prochaine_audience", le, audience.derniere_audience(regles[regle], avant)


ENSEMBLE: Final = "« regle » et « echeance_avant » se donnent ensemble, sans « par_date », « du » ni « au_plus_tard »."


async def lire_vue(request: Requete, acces: Acces) -> Response:
    """Lire un dossier dans la vue d'une commission."""
    return await lire_par(request, acces, _vue(request))


ROUTES: Final = (
    Route(
        "GET", "/v1/vues/{vue}", Action.LISTER, lister, COMMISSIONS,
        parametres=(VUE, *FILTRES, POSITION_ATTENDUE, ATTENTE), reponse=montre(FILE_ACTIVE), refus=(404,),
    ),
    Route(
        "GET", "/v1/vues/{vue}/{dossier}", Action.LIRE, lire_vue, COMMISSIONS,
        parametres=(VUE, DOSSIER, *PASSE, *FEUILLE), reponse=montre(DOCUMENT), refus=(404,), souvent=True,
    ),
)  # fmt: skip
"""The routes of commissions."""
