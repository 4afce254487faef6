"""Cases: open one, find it, contribute to it, read it. No handler decides or reads by itself: each asks the gate."""

from collections.abc import Mapping
from typing import Any, Final
from uuid import UUID

from starlette.responses import Response

from adapters.gate import consulter, contribuer, files, lecteurs
from adapters.gate.contexte import Acces
from adapters.gate.corps import Faute, saisie_de
from adapters.gate.redaction import FAITS_PAR_PAGE, PREMIERE, Signet
from adapters.gate.saisie import Identite
from adapters.gate.textes import CLE_ATTENDUE, NIR_REFUSE, cle_porte_nir, cle_valable
from adapters.rest import requete, schema
from adapters.rest.envois import donnees
from adapters.rest.faits import ALLEGUE, FACULTATIFS, FAIT, TETE
from adapters.rest.rendu import ecrire, entetes_de, montrer, rendre
from adapters.rest.requete import Illisible, Requete
from adapters.rest.route import Chapitre, Corps, Parametre, Reponse, Route, du_chemin, enregistre, entete, montre, rend
from adapters.rest.schema import (
    BOOLEEN,
    COMMUNE,
    GROUPE,
    IDENTIFIANT,
    JOUR,
    LIBELLE,
    POSITION,
    STADE,
    TEXTE,
    UUID_EXEMPLE,
    Decrit,
    Forme,
    Schema,
    dit,
    liste,
    objet,
    ou_rien,
    ref,
)
from adapters.rest.validateurs import exigees
from ledger.dossier.decision import EVENEMENTS_PAR_CONTRIBUTION
from ledger.droit.listes import codes
from ledger.verdict import Recu
from policies.decision import ALLEGUES, Action
from projections import NOMS_DES_VUES

DOSSIERS: Final = Chapitre("Dossiers", "Ouvrir, rechercher, lire, contribuer.")
DOSSIER: Final = du_chemin("dossier", "identifiant du dossier", schema.UUID)
REGLES_DU: Final = Parametre(
    "regles_du",
    "sous les règles d'accès qui étaient en vigueur à la fin de ce jour, et sous celles d'aujourd'hui : ce que les "
    "deux ouvrent",
    JOUR,
)
PASSE: Final = (
    Parametre("au", "ce qui était vrai à cette date, sous vos droits d'aujourd'hui", JOUR),
    Parametre(
        "connu_le",
        "ce qui était connu à ce moment, ou à la fin de ce jour",
        {"anyOf": [schema.INSTANT, JOUR]},
    ),
    REGLES_DU,
)
FEUILLE: Final = (
    Parametre("apres", "fait après lequel reprendre (« suivant » de la page précédente)", schema.UUID),
    Parametre(
        "limite",
        f"nombre de faits, {FAITS_PAR_PAGE} au plus",
        {"type": "integer", "minimum": 1, "maximum": FAITS_PAR_PAGE},
    ),
)
CLE: Final = entete("Idempotency-Key", "une clé par contribution", UUID_EXEMPLE, requis=True)
SI_INCHANGE: Final = entete(
    "If-Match", "ETag fort d'une page de votre dernière lecture du dossier, ou plusieurs", '"5f2c"'
)
IDENTITE: Final = Corps(Identite, exemple={"nom": "LEROY", "prenoms": "Fatou", "date_naissance": "1955-04-24"})

# what is sent --------------------------------------------------------------------------------------------------

_EVENEMENTS: Final[Schema] = {
    "type": "array",
    "description": "ce que vous avez à dire, dans l'ordre",
    "maxItems": EVENEMENTS_PAR_CONTRIBUTION,
    "items": ref("Evenement"),
}
_INFORMATION: Final = dit(ou_rien(JOUR), "le ménage a été informé de ce recueil le", "2026-10-20")
DITS: Final = {
    "evenements": {**_EVENEMENTS, "minItems": 1},
    "demande": dit(ou_rien(schema.UUID), "demande du ménage pour laquelle cela a été recueilli"),
    "information_menage": _INFORMATION,
    "source": {"const": "PARTENAIRE"},
}
FACULTATIFS_DITS: Final = ("demande", "information_menage", "source")
CONTRIBUTION: Final = Forme(
    "Contribution",
    objet("Ce qu'un partenaire a à dire d'un dossier, en une fois", DITS, facultatifs=FACULTATIFS_DITS),
)


def _titulaire() -> Schema:
    """Who holds the lease: an occupant, of whom the service sets the id and the quality."""
    occupant, fixes = donnees("OccupantDeclare"), {"personne", "qualite"}
    return {
        **occupant,
        "description": "Qui tient le bail",
        "required": [nom for nom in occupant["required"] if nom not in fixes],
        "properties": {nom: p for nom, p in occupant["properties"].items() if nom not in fixes},
    }


def ouverture() -> dict[str, Any]:
    """The fields of an opening."""
    return {
        "survenu_le": dit(JOUR, "date du signalement", "2026-09-01"),
        "logement": _LOGEMENT,
        "titulaire": _TITULAIRE,
        "evenements": {**_EVENEMENTS, "maxItems": EVENEMENTS_PAR_CONTRIBUTION - 2},
        "information_menage": _INFORMATION,
    }


_LOGEMENT: Final = Forme("Logement", lambda: donnees("DossierOuvert"))
_TITULAIRE: Final = Forme("Titulaire", _titulaire)
OUVERTURE_FACULTATIFS: Final = ("evenements", "information_menage")
OUVERTURE: Final = Forme(
    "Ouverture",
    lambda: objet(
        "Un logement, qui en tient le bail, et ce que vous avez déjà à en dire",
        ouverture(),
        facultatifs=OUVERTURE_FACULTATIFS,
    ),
)
BLANC: Final = Parametre(
    "blanc",
    "« true » pour essayer sans rien enregistrer : mêmes refus, à ce qu'un autre peut changer d'ici là",
    {"enum": ["true", "false"]},
)

# what is answered ----------------------------------------------------------------------------------------------

CONTRIBUTION_RECUE: Final = dit(schema.UUID, "identifiant de la contribution")
RECU: Final = Forme(
    "Recu",
    objet(
        "L'accusé de réception, le même pour un dossier ouvert ou rejoint, et pour un second envoi",
        {"dossier": IDENTIFIANT, "contribution": CONTRIBUTION_RECUE, "position": POSITION},
    ),
)
ESSAI: Final = Reponse({}, "Essayé : rien ne s'y oppose à cet instant, et rien n'est enregistré.", 204)
SYNTHESE: Final = Forme(
    "Synthese",
    objet(
        "Où en est le dossier",
        {
            "stade": dit({"$ref": STADE}, "dernier stade que disent les faits qui vous sont montrés. {F08}"),
            "commune": COMMUNE,
            "parc": dit(ou_rien({"enum": list(codes("parc"))}), "parc du logement. {F04}", "SOCIAL"),
            "bailleur_siret": dit(ou_rien(TEXTE), "SIRET du bailleur. {F04}", "93667127000267"),
            "ouvert_le": dit(ou_rien(JOUR), "premier signalement. {F04}", "2026-09-01"),
            "dernier_acte_le": dit(ou_rien(JOUR), "dernier acte de procédure. {F08}", "2026-10-15"),
            "prochaine_audience": dit(ou_rien(JOUR), "prochaine audience connue. {F08}", "2026-12-03"),
            "saisine_ouverte": dit(BOOLEEN, "la CCAPEX est saisie. {F08}", exemple=False),
            "information_menage": dit(ou_rien(JOUR), "dernier jour où le ménage a été informé", "2026-10-20"),
            "liens_allegues": dit(
                {"type": "array", "items": {"enum": sorted(ALLEGUES)}},
                "présent si un de vos liens ne tient qu'à ce que vous dites : vous lisez vos seuls apports, jusqu'à ce "
                "qu'une autre source le confirme",
                ["portefeuille_allegue"],
            ),
            "bailleurs_a_trancher": dit(
                liste(TEXTE),
                "présent si plusieurs bailleurs sont nommés : une personne tranche. {F04}",
                ["93667127000267"],
            ),
            "traitement": dit(
                {"const": "traitement limité"}, "présent si le ménage a fait limiter le traitement", "traitement limité"
            ),
        },
        facultatifs=("liens_allegues", "bailleurs_a_trancher", "traitement"),
    ),
)
_MESURES: Final = ("entier", "propres", "tranche", "oui_non", "existence", "commune", "etape")
COMMUNIQUE: Final = Forme(
    "Communique",
    objet(
        "Un groupe communiqué",
        {
            "groupe": GROUPE,
            "libelle": LIBELLE,
            "mesure": dit(
                {"enum": list(_MESURES)},
                "entier ; propres : ce que votre organisation a dit ; sinon ce qu'il en reste : tranche, oui_non, "
                "existence, commune ou etape",
                "tranche",
            ),
        },
    ),
)
NON_COMMUNIQUE: Final = Forme(
    "NonCommunique",
    objet(
        "Un groupe non communiqué, qu'il contienne quelque chose ou non",
        {
            "groupe": GROUPE,
            "libelle": LIBELLE,
            "code": dit(TEXTE, "code du motif ; ne dépend que du rôle, de la finalité, du lien et du stade", "R"),
            "motif": dit(TEXTE, "le motif, en français", "Cette finalité n'en a pas besoin."),
            "regles": dit(
                {"const": "aujourd_hui"},
                "présent si les règles du jour demandé l'ouvraient : celles d'aujourd'hui seules le retiennent",
                "aujourd_hui",
            ),
        },
        facultatifs=("regles",),
    ),
)
REGLES: Final = Forme(
    "ReglesDAlors",
    objet(
        "Les règles d'accès en vigueur à la fin du jour demandé ; présent si « regles_du » est donné",
        {
            "du": dit(JOUR, "le jour demandé", "2026-10-20"),
            "revision": dit(TEXTE, "leur révision : l'empreinte de leur contenu", "3f1c"),
            "depuis": dit(schema.INSTANT, "en vigueur depuis", schema.INSTANT_EXEMPLE),
        },
    ),
)
_SUIVANT: Final = dit(ou_rien(schema.UUID), "à donner à « apres » ensuite ; null à la fin du dossier")
MONTRE: Final[Mapping[str, Decrit]] = {
    "dossier": IDENTIFIANT,
    "reunis": dit(
        {"type": "array", "items": schema.UUID},
        "présent si ce dossier est lu avec d'autres du même ménage, auxquels vous êtes lié aussi : lesquels",
        [UUID_EXEMPLE],
    ),
    "vue": dit({"enum": ["dossier", *NOMS_DES_VUES]}, "par quelle vue il est lu", "ccapex"),
    "synthese": SYNTHESE,
    "communique": liste(COMMUNIQUE),
    "non_communique": liste(NON_COMMUNIQUE),
    "regles": REGLES,
    "faits": liste(FAIT),
    "suivant": _SUIVANT,
}
NON_TOUJOURS_MONTRES: Final = ("regles", "reunis")
DOCUMENT: Final = Forme(
    "Document",
    objet(
        "Une page d'un dossier, tel que vous pouvez le voir ; la synthèse est celle de tous les faits",
        {"position": POSITION, **MONTRE},
        facultatifs=NON_TOUJOURS_MONTRES,
    ),
)
HISTORIQUE: Final = Forme(
    "Historique",
    objet(
        "Ce qui a été dit d'un dossier, par qui et quand : ce que vous en voyez, sans le contenu",
        {
            "position": POSITION,
            "dossier": IDENTIFIANT,
            "evenements": liste(objet("Un événement", {**TETE, "allegue": ALLEGUE}, facultatifs=FACULTATIFS)),
            "suivant": _SUIVANT,
        },
    ),
)
EMISSIONS: Final = Forme(
    "Emissions",
    objet(
        "Les types d'événements que vous pouvez transmettre de ce dossier, à cette finalité",
        {"types": liste(objet("Un type d'événement", {nom: TETE[nom] for nom in ("type", "libelle")}))},
    ),
)
_TEXTES: Final = {"type": "array", "items": TEXTE}
_PAR_MOTIF: Final = {"type": "object", "additionalProperties": _TEXTES}
LECTEURS: Final = Forme(
    "Lecteurs",
    objet(
        "Qui lira chaque acte, groupe par groupe",
        {
            "actes": liste(
                objet(
                    "Un acte",
                    {
                        **{nom: TETE[nom] for nom in ("type", "libelle")},
                        "groupes": liste(
                            objet(
                                "Un groupe ; sans champ, l'acte lui-même",
                                {
                                    "groupe": GROUPE,
                                    "libelle": LIBELLE,
                                    "champs": dit({"type": "object", "additionalProperties": TEXTE}, "leurs libellés"),
                                    "lecteurs": liste(
                                        objet(
                                            "Qui le lit",
                                            {
                                                "qui": dit(TEXTE, "qui"),
                                                "role": dit(TEXTE, "son rôle"),
                                                "finalites": dit(_TEXTES, "à l'une"),
                                                "mesure": dit(TEXTE, "combien"),
                                                "champs": dit(_TEXTES, "lesquels"),
                                                "par": dit(_TEXTES, "par l'un de ces liens"),
                                                "si": dit(_TEXTES, "si tout est vrai"),
                                            },
                                        )
                                    ),
                                    "fermes": dit(_PAR_MOTIF, "par motif, les rôles à qui c'est fermé"),
                                    "reserve": dit(BOOLEEN, "nul autre que votre organisation"),
                                },
                            )
                        ),
                    },
                )
            )
        },
    ),
)
TROUVAILLES: Final = Forme(
    "Trouvailles",
    objet(
        "Les dossiers de cette personne, parmi ceux auxquels vous êtes lié",
        {
            "dossiers": liste(
                objet(
                    "Un dossier trouvé ; sans synthèse pour qui répond aux personnes qui exercent leurs droits",
                    {
                        "dossier": IDENTIFIANT,
                        "personne": dit(schema.UUID, "identifiant de la personne dans ce dossier"),
                        "synthese": ou_rien(ref(SYNTHESE.nom)),
                    },
                )
            )
        },
    ),
)

# who answers ---------------------------------------------------------------------------------------------------


def dossier_de(request: Requete) -> UUID:
    """The case that an address names."""
    return requete.dossier(request)


def cle_de(request: Requete) -> str:
    """The idempotency key of a request; ``Illisible`` where there is none, or where it looks like a NIR."""
    cle = request.entete(b"idempotency-key") or ""
    if cle_porte_nir(cle):
        raise Illisible(400, "cle_idempotence", NIR_REFUSE, [Faute("Idempotency-Key", "nir", NIR_REFUSE)])
    if not cle_valable(cle):
        raise Illisible(400, "cle_idempotence", CLE_ATTENDUE)
    return cle


def recu_rendu(request: Requete, recu: Recu) -> Response:
    """The receipt of what is stored."""
    corps = {"dossier": recu.dossier, "contribution": recu.contribution, "position": recu.position}
    return ecrire(request, corps, 201, position=str(recu.position))


def a_blanc(request: Requete) -> bool:
    """Whether what is sent is to be tried, and not recorded."""
    return requete.un(request.parametres, BLANC.nom) == "true"


def _essaye(request: Requete) -> Response:
    """Nothing stands against it."""
    return Response(status_code=204, headers=entetes_de(request))


async def ouvrir(request: Requete, acces: Acces) -> Response:
    """Ouvrir le dossier d'un ménage, ou rejoindre celui qu'il a déjà."""
    corps, cle = await requete.corps(request), cle_de(request)
    if a_blanc(request):
        await contribuer.essayer_ouverture(request.gate, acces, corps, cle)
        return _essaye(request)
    return recu_rendu(request, await contribuer.ouvrir(request.gate, acces, corps, cle))


async def rechercher(request: Requete, acces: Acces) -> Response:
    """Rechercher une personne par son nom, ses prénoms et sa date de naissance."""
    vu = await files.rechercher(request.gate, acces, saisie_de(await requete.corps(request)))
    return rendre(request, vu.contenu)


async def transmettre(request: Requete, acces: Acces) -> Response:
    """Transmettre une contribution : un ensemble d'événements, enregistré en entier ou pas du tout."""
    dossier, corps = dossier_de(request), await requete.corps(request)
    cle, si_etags = cle_de(request), exigees(request.entete(b"if-match"))
    if a_blanc(request):
        await contribuer.essayer(request.gate, acces, dossier, corps, cle, si_etags=si_etags)
        return _essaye(request)
    recu = await contribuer.contribuer(request.gate, acces, dossier, corps, cle, si_etags=si_etags)
    return recu_rendu(request, recu)


async def lister_emissions(request: Requete, acces: Acces) -> Response:
    """Savoir ce que vous pouvez transmettre d'un dossier à cette finalité, avant de le demander au ménage."""
    permises = await contribuer.permises(request.gate, acces, dossier_de(request))
    types = [{"type": cls.__name__, "libelle": cls.LIBELLE} for cls in permises]
    return ecrire(request, {"types": types})


async def prevoir_lecteurs(request: Requete, acces: Acces) -> Response:
    """Savoir qui lira une contribution, et à quelles conditions, sans l'enregistrer."""
    corps = await requete.corps(request)
    return ecrire(request, {"actes": await lecteurs.lecteurs(request.gate, acces, dossier_de(request), corps)})


async def lire(request: Requete, acces: Acces) -> Response:
    """Lire un dossier, tel que votre rôle, votre finalité et votre lien avec lui le permettent."""
    return await lire_par(request, acces, "")


async def lire_par(request: Requete, acces: Acces, vue: str) -> Response:
    """A case by a view, or whole."""
    temps, page = consulter.PRESENT, PREMIERE
    if lus := request.parametres:
        temps = temps_de(lus)
        page = _page(lus)
    return montrer(
        request, await consulter.lire(request.gate, acces, dossier_de(request), vue=vue, temps=temps, page=page)
    )


def temps_de(lus: dict[str, list[str]]) -> consulter.Temps:
    """The past that is asked for."""
    jour = requete.jour
    return consulter.Temps(jour(lus, "au"), requete.instant(lus, "connu_le"), jour(lus, REGLES_DU.nom))


def _page(lus: dict[str, list[str]]) -> Signet:
    limite = requete.entier(lus, "limite", FAITS_PAR_PAGE, FAITS_PAR_PAGE)
    return Signet(requete.uuid(lus, "apres"), limite)


async def lire_historique(request: Requete, acces: Acces) -> Response:
    """Lire l'historique d'un dossier : qui a dit quoi, et quand."""
    lus = request.parametres
    temps = consulter.Temps(requete.jour(lus, "au"), requete.instant(lus, "connu_le"))
    return montrer(request, await consulter.historique(request.gate, acces, dossier_de(request), _page(lus), temps))


ROUTES: Final = (
    Route(
        "POST", "/v1/dossiers", Action.OUVRIR, ouvrir, DOSSIERS,
        corps=Corps(OUVERTURE), parametres=(CLE, BLANC), reponse=enregistre(RECU), essai=ESSAI,
        refus=(404, 409), egale=True,
    ),
    Route(
        "POST", "/v1/dossiers/recherche", Action.RECHERCHER, rechercher, DOSSIERS,
        corps=IDENTITE, reponse=rend(TROUVAILLES), egale=True,
    ),
    Route(
        "POST", "/v1/dossiers/{dossier}/interventions", Action.EMETTRE, transmettre, DOSSIERS,
        corps=Corps(CONTRIBUTION), parametres=(DOSSIER, CLE, SI_INCHANGE, BLANC), reponse=enregistre(RECU),
        essai=ESSAI, refus=(404, 409, 412), souvent=True,
    ),
    Route(
        "GET", "/v1/dossiers/{dossier}", Action.LIRE, lire, DOSSIERS,
        parametres=(DOSSIER, *PASSE, *FEUILLE), reponse=montre(DOCUMENT), refus=(404,),
    ),
    Route(
        "GET", "/v1/dossiers/{dossier}/historique", Action.LIRE, lire_historique, DOSSIERS,
        parametres=(DOSSIER, *PASSE, *FEUILLE), reponse=montre(HISTORIQUE), refus=(404,),
    ),
    Route(
        "GET", "/v1/dossiers/{dossier}/emissions", Action.EMETTRE, lister_emissions, DOSSIERS,
        parametres=(DOSSIER,), reponse=rend(EMISSIONS), refus=(404,),
    ),
    Route(
        "POST", "/v1/dossiers/{dossier}/lecteurs", Action.EMETTRE, prevoir_lecteurs, DOSSIERS,
        corps=Corps(CONTRIBUTION), parametres=(DOSSIER,), reponse=rend(LECTEURS), refus=(404,),
    ),
)  # fmt: skip
"""The routes of cases."""
