"""Sessions of commissions: those that one convenes or sits at, their agendas, the days on which something is due."""

from datetime import date, timedelta
from typing import Final
from uuid import UUID

from starlette.responses import Response

from adapters.gate import calendrier as jours
from adapters.gate import convoquer, seances
from adapters.gate.calendrier import JOURS, JoursVoulus, PlaceAuCalendrier
from adapters.gate.contexte import Acces
from adapters.gate.convoquer import ChangementDeSeance, CompteRendu, Convocation
from adapters.gate.corps import saisie_de
from adapters.gate.seances import SEANCE_INTROUVABLE, JoursDemandes
from adapters.rest import requete, schema
from adapters.rest.commissions import COMMISSIONS, LIGNE, LIGNE_DE_FILE, LIMITE
from adapters.rest.dossiers import CLE, cle_de
from adapters.rest.rendu import ecrire, montrer
from adapters.rest.requete import Illisible, Requete
from adapters.rest.route import Corps, Parametre, Reponse, Route, du_chemin, montre, rend
from adapters.rest.schema import (
    ENTIER,
    HEURE,
    JOUR,
    JSON,
    POSITION,
    TEXTE,
    Forme,
    Schema,
    dit,
    liste,
    objet,
    ou_rien,
)
from ledger.droit.listes import codes
from policies.decision import Action
from projections.liste import PAGE_MAX

RACINE: Final = "/v1/seances"
SEANCE: Final = du_chemin("seance", "identifiant de la séance", schema.UUID)
DU: Final = Parametre("du", "à partir de ce jour", JOUR)
AU: Final = Parametre("au", "jusqu'à ce jour compris", JOUR)
PAGES: Final = (
    DU,
    AU,
    Parametre("apres", "séance après laquelle reprendre (« suivant » de la page précédente)", schema.UUID),
    LIMITE,
)
DU_CALENDRIER: Final = (
    DU,
    AU,
    Parametre("apres", "où reprendre (« suivant » de la page précédente, avec les mêmes jours)", TEXTE),
    Parametre(
        "limite",
        f"nombre de séances, d'audiences et de suites ensemble, {PAGE_MAX} au plus",
        {"type": "integer", "minimum": 1, "maximum": PAGE_MAX},
    ),
)
ETATS: Final = ("prevue", "convoquee", "tenue", "passee", "annulee")
VOIX: Final = ("deliberative", "consultative", "suppleant")
_SEANCE: Final[dict[str, Schema]] = {
    "seance": dit(schema.UUID, "identifiant de la séance"),
    "instance": dit(
        ou_rien(TEXTE), "code de la commission au registre ; null si elle n'y est pas instituée", "ccapex-93"
    ),
    "genre": dit({"enum": list(codes("instance"))}, "genre de la commission", "CCAPEX"),
    "libelle": dit(TEXTE, "son nom", "CCAPEX de Seine-Saint-Denis"),
    "lieux": {
        **liste(TEXTE),
        "description": "où elle est compétente : departement, commune:INSEE, arrondissement:INSEE",
    },
    "le": dit(JOUR, "jour de la séance", "2026-12-10"),
    "heure": dit(ou_rien(HEURE), "heure, en Île-de-France", "09:30"),
    "salle": dit(ou_rien(TEXTE), "où l'on se réunit", "salle du conseil"),
    "convoquee_le": dit(
        JOUR, "jour de la convocation : ceux qui y siègent en lisent l'ordre du jour depuis", "2026-11-26"
    ),
    "etat": dit({"enum": list(ETATS)}, "où elle en est", "convoquee"),
    "votre_place": dit({"enum": ["secretariat", *VOIX]}, "ce que vous y êtes", "secretariat"),
}
UNE_SEANCE: Final = Forme("Seance", objet("Une séance d'une commission", _SEANCE))
_SIEGE: Final = objet(
    "Un siège à cette séance",
    {
        "partenaire": dit(TEXTE, "code du partenaire", "caf93"),
        "nom": dit(TEXTE, "son nom", "CAF de Seine-Saint-Denis"),
        "voix": dit(
            {"enum": list(VOIX)}, "sa voix ; un suppléant ne lit rien avant d'être appelé à siéger", "deliberative"
        ),
        "presence": dit(ou_rien({"enum": ["present", "excuse", "absent"]}), "une fois la séance tenue", "present"),
    },
)
SEANCE_LUE: Final = Forme(
    "SeanceLue",
    objet(
        "Une séance, ses sièges, et comment elle fut tenue",
        {
            **_SEANCE,
            "sieges": liste(_SIEGE),
            "quorum": dit(
                ou_rien({"enum": ["atteint", "non_atteint", "sans_objet"]}),
                "tel que le secrétariat l'a consigné ; rien ne le calcule",
                "atteint",
            ),
            "quorum_ref": dit(ou_rien(TEXTE), "le texte qui le demande", "décret 2015-1384 art. 7"),
        },
    ),
)
AU_DELA: Final = dit(ou_rien(TEXTE), "où lire la suite, si tout n'est pas montré", "Plus de 200 dossiers : …")
INSCRIT: Final = Forme(
    "DossierInscrit",
    objet(
        "Un dossier à l'ordre du jour",
        {
            **LIGNE,
            "inscription": dit(
                {"enum": ["INSCRIT", "EXAMINE", "REPORTE", "RETIRE", "PROPOSE"]},
                "où il en est à cette séance ; qui y siège ne voit que ce qui est inscrit. {F19a}",
                "INSCRIT",
            ),
            "rang": dit(ou_rien(ENTIER), "rang donné par le secrétariat. {F19a}", 3),
        },
        facultatifs=("echeance", "reunis"),
    ),
)
DEMANDE: Final = Forme(
    "DemandeExaminee",
    objet(
        "Une demande du ménage",
        {
            "dossier": LIGNE["dossier"],
            "intitule": dit(ou_rien(TEXTE), "nom du titulaire du bail. {F01}"),
            "commune": dit(ou_rien(TEXTE), "code INSEE. {F02a}"),
            "demande": dit(ou_rien(schema.UUID), "celle que la finalité nomme"),
            "dispositif": dit(ou_rien(TEXTE), "{F11} {F17}"),
            "etape": dit(ou_rien(TEXTE), "{F11} {F17}"),
            "inscription": dit({"enum": ["INSCRIT", "REPORTE"]}, "REPORTE : à une autre séance depuis"),
        },
    ),
)
ORDRE_DU_JOUR: Final = Forme(
    "OrdreDuJour",
    objet(
        "Une séance et son ordre du jour, dans l'ordre du secrétariat, sinon des inscriptions",
        {
            "position": POSITION,
            "seance": SEANCE_LUE,
            "dossiers": liste(INSCRIT),
            "demandes": {
                **liste(DEMANDE),
                "description": "à son secrétariat : FSL, COMED, CTU",
            },
            "au_dela": AU_DELA,
        },
    ),
)
SEANCES: Final = Forme(
    "Seances",
    objet(
        "Une page des séances que vous convoquez ou où vous siégez, la première d'abord",
        {
            "seances": liste(UNE_SEANCE),
            "suivant": dit(ou_rien(schema.UUID), "à donner à « apres » ensuite ; null à la fin"),
        },
    ),
)
SUIVANT: Final = "2026-12-17_audiences_0199f1e2-7b1a-7000-8000-000000000001"
_JOURNEE: Final = objet(
    "Un jour : ce qui en tient dans la page, et le reste dans la suivante",
    {
        "jour": dit(JOUR, "lequel", "2026-12-10"),
        "seances": liste(UNE_SEANCE),
        "audiences": {**liste(LIGNE_DE_FILE), "description": "dossiers de la file active qui ont audience. {F08}"},
        "suites": {**liste(LIGNE_DE_FILE), "description": "ceux dont une recommandation échoit. {F19a}"},
        "evaluations": {
            **liste(LIGNE_DE_FILE),
            "description": "ceux à évaluer, un an après l'examen. {F19a}",
        },
    },
)
CALENDRIER: Final = Forme(
    "Calendrier",
    objet(
        "Une page de ce qui tombe chaque jour, les premiers d'abord ; un jour où rien ne vous est montré n'y est pas",
        {
            "position": POSITION,
            "du": dit(JOUR, "premier jour", "2026-12-01"),
            "au": dit(JOUR, "dernier jour", "2026-12-31"),
            "jours": liste(_JOURNEE),
            "suivant": dit(ou_rien(TEXTE), "à donner à « apres » ensuite ; null à la fin", SUIVANT),
        },
    ),
)
DITE: Final = Reponse(
    {JSON: Forme("SeanceDite", objet("C'est au registre", {"seance": dit(schema.UUID, "la séance")}))},
    "Enregistré.",
    201,
)


async def lister(request: Requete, acces: Acces) -> Response:
    """Lister les séances que l'on convoque, ou où l'on siège."""
    lus = request.parametres
    periode = JoursDemandes(
        requete.jour(lus, "du") or date.min,
        requete.jour(lus, "au") or date.max,
        requete.uuid(lus, "apres"),
        requete.entier(lus, "limite", seances.PAGE, PAGE_MAX),
    )
    return ecrire(request, await seances.lister(request.gate, acces, periode))


async def calendrier(request: Requete, acces: Acces) -> Response:
    """Lire jour par jour, par pages, les séances, les audiences, les suites et les évaluations d'une commission."""
    lus = request.parametres
    du = requete.jour(lus, "du") or acces.le
    au = requete.jour(lus, "au") or min(du, date.max - timedelta(JOURS)) + timedelta(JOURS - 1)
    if not 0 <= (au - du).days < JOURS:
        raise Illisible(400, "requete", f"« au » suit « du », de {JOURS} jours au plus : demandez en plusieurs fois.")
    limite = requete.entier(lus, "limite", seances.PAGE, PAGE_MAX)
    texte = requete.un(lus, "apres")
    apres = None if texte is None else PlaceAuCalendrier.lire(texte)
    if texte is not None and apres is None:
        raise Illisible(400, "requete", "Le paramètre « apres » n'a pas la forme attendue.")
    return montrer(request, await jours.lire(request.gate, acces, JoursVoulus(du, au, apres, limite)))


async def lire(request: Requete, acces: Acces) -> Response:
    """Lire une séance et son ordre du jour."""
    return montrer(request, await seances.lire(request.gate, acces, _seance(request)))


async def convoquer_seance(request: Requete, acces: Acces) -> Response:
    """Convoquer une séance de sa commission."""
    contenu = saisie_de(await requete.corps(request))
    return ecrire(request, await convoquer.convoquer(request.gate, acces, contenu, cle_de(request)), 201)


async def changer(request: Requete, acces: Acces) -> Response:
    """Déplacer une séance, en changer les sièges, ou l'annuler."""
    contenu = saisie_de(await requete.corps(request))
    return ecrire(request, await convoquer.changer(request.gate, acces, _seance(request), contenu), 201)


async def tenir(request: Requete, acces: Acces) -> Response:
    """Consigner qui était présent à une séance, et le quorum."""
    contenu = saisie_de(await requete.corps(request))
    return ecrire(request, await convoquer.tenir(request.gate, acces, _seance(request), contenu), 201)


def _seance(request: Requete) -> UUID:
    return requete.identifiant(request.path_params["seance"], SEANCE_INTROUVABLE)


ROUTES: Final = (
    Route("GET", RACINE, Action.SIEGER, lister, COMMISSIONS, parametres=PAGES, reponse=rend(SEANCES)),
    Route(
        "GET", f"{RACINE}/calendrier", Action.SIEGER, calendrier, COMMISSIONS,
        parametres=DU_CALENDRIER, reponse=montre(CALENDRIER),
    ),
    Route(
        "GET", f"{RACINE}/{{seance}}", Action.SIEGER, lire, COMMISSIONS,
        parametres=(SEANCE,), reponse=montre(ORDRE_DU_JOUR), refus=(404,),
    ),
    Route(
        "POST", RACINE, Action.CONVOQUER, convoquer_seance, COMMISSIONS, parametres=(CLE,),
        corps=Corps(Convocation, exemple={"instance": "ccapex-93", "le": "2026-12-10", "heure": "09:30"}),
        reponse=DITE, refus=(409,),
    ),
    Route(
        "POST", f"{RACINE}/{{seance}}/changement", Action.CONVOQUER, changer, COMMISSIONS, parametres=(SEANCE,),
        corps=Corps(ChangementDeSeance, exemple={"le": "2026-12-17"}), reponse=DITE, refus=(404,),
    ),
    Route(
        "POST", f"{RACINE}/{{seance}}/tenue", Action.CONVOQUER, tenir, COMMISSIONS, parametres=(SEANCE,),
        corps=Corps(CompteRendu, exemple={"presents": ["caf93"], "quorum": "sans_objet"}), reponse=DITE, refus=(404,),
    ),
)  # fmt: skip
"""The routes of sessions."""
