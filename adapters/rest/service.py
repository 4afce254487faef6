"""What concerns no case: who one is, the code lists, the catalogue of errors."""

from typing import Final

from starlette.responses import Response

from adapters.gate import audit
from adapters.gate.codes import CODES, DU_DOSSIER
from adapters.gate.contexte import Acces
from adapters.mots import libelles
from adapters.rest import erreurs
from adapters.rest.nomenclatures import nomenclatures
from adapters.rest.rendu import ecrire, rendre
from adapters.rest.requete import Requete
from adapters.rest.route import Chapitre, Route, rend
from adapters.rest.schema import ENTIER, JOUR, LIBELLE, TEXTE, Forme, Schema, dit, liste, objet, ou_rien
from policies.decision import GROUPES, Action

SERVICE: Final = Chapitre("Service", "Qui vous êtes, les listes fermées, les erreurs, le journal.")


def _code(texte: str, code: str, libelle: str) -> Schema:
    return objet(texte, {"code": dit(TEXTE, "code", code), "libelle": dit(TEXTE, "en français", libelle)})


_FINALITE: Final = ("ACCOMPAGNEMENT", "accompagnement social")
_HABILITATION: Final = objet(
    "L'habilitation de la personne",
    {
        "secret": dit({"enum": ["aucun", "profession", "mission"]}, "secret professionnel (CASF L.121-6-2)", "aucun"),
        "du": dit(JOUR, "à partir du", "2026-01-01"),
        "au": dit(JOUR, "jusqu'au", "2026-12-31"),
    },
)
MOI: Final = Forme(
    "Moi",
    objet(
        "Qui vous êtes pour le service. Lisible par vous",
        {
            "organisation": dit(TEXTE, "code du partenaire", "oph-synthese-12"),
            "nom": dit(TEXTE, "nom du partenaire", "OPH SYNTHÈSE 12"),
            "role": dit(TEXTE, "rôle du partenaire", "BAILLEUR_SOCIAL"),
            "agent": dit(ou_rien(TEXTE), "pseudonyme de la personne", "contentieux"),
            "finalites": liste(_code("Une finalité que vous pouvez déclarer", *_FINALITE)),
            "territoire": dit(TEXTE, "étendue du territoire", "communes"),
            "communes": dit(liste(TEXTE), "communes du territoire, codes INSEE", ["93008"]),
            "habilitation": ou_rien(_HABILITATION),
        },
    ),
)
_EVENEMENT: Final = objet(
    "Un type d'événement",
    {
        "type": dit(TEXTE, "type, à donner dans « evenements »", "DetteDeclaree"),
        "libelle": dit(TEXTE, "en français", "Dette locative déclarée"),
        "groupe": dit({"enum": [*GROUPES, "F10"]}, "groupe qui permet de savoir qu'il existe", "F05"),
        "codes": {
            "type": "object",
            "description": "par champ, les codes admis",
            "additionalProperties": liste(_code("Un code", "RAR", "lettre recommandée avec avis de réception")),
        },
    },
)
_EN_VIGUEUR: Final = {
    "valid_from": dit(JOUR, "en vigueur depuis", "2022-01-01"),
    "valid_to": dit(ou_rien(JOUR), "jusqu'à"),
}
_COMMUNE: Final = objet(
    "Une commune",
    {
        "code": dit(TEXTE, "code INSEE", "93008"),
        "nom": dit(TEXTE, "nom", "Bobigny"),
        "arrondissement": dit(ou_rien(TEXTE), "code de l'arrondissement", "93001"),
    },
)
NOMENCLATURES: Final = Forme(
    "Nomenclatures",
    objet(
        "Les listes fermées en vigueur ce jour",
        {
            "evenements": liste(_EVENEMENT),
            "finalites": liste(objet("Une finalité", {**_code("", *_FINALITE)["properties"], **_EN_VIGUEUR})),
            "groupes": liste(_code("Un groupe de champs", "F05", "dette et paiements")),
            "stades": liste(_code("Un stade", "ASSIGNATION", "assignation")),
            "motifs_correction": liste(_code("Pourquoi un fait en corrige un autre", "DOUBLON", "dit deux fois")),
            "donnees": liste(
                objet(
                    "Ce qui peut être demandé avant le ménage, par son nom",
                    {
                        "code": dit(TEXTE, "son nom", "dette"),
                        "libelle": LIBELLE,
                        "fraicheur_jours": dit(ou_rien(ENTIER), "combien de jours elle tient ; null : toujours", 31),
                        "repondants": liste(dit(TEXTE, "rôle qui la détient par son office", "BAILLEUR_SOCIAL")),
                    },
                )
            ),
            "communes": liste(_COMMUNE),
        },
    ),
)
_ERREUR: Final = objet(
    "Un genre d'erreur",
    {
        "type": dit(TEXTE, "identifiant", "/erreurs#saisie"),
        "statut": dit({"enum": list(erreurs.STATUTS)}, "statut HTTP", 422),
        "titre": dit(TEXTE, "titre", "Saisie à corriger"),
        "remede": dit(TEXTE, "que faire", "Corrigez chaque champ cité, puis renvoyez."),
    },
)
_REFUS_DU_DOSSIER: Final = objet(
    "Un acte que le dossier n'admet pas ; la réponse peut en dire davantage",
    {
        "code": dit(TEXTE, "code", "deja_inscrit"),
        "phrase": dit(TEXTE, "ce qui est refusé", DU_DOSSIER["deja_inscrit"][0]),
        "remede": dit(TEXTE, "que faire", DU_DOSSIER["deja_inscrit"][1]),
    },
)
CATALOGUE_DES_ERREURS: Final = Forme(
    "Erreurs",
    objet(
        "Le catalogue des erreurs, et les motifs de refus",
        {
            "erreurs": liste(_ERREUR),
            "champs": {
                "type": "object",
                "description": "par code, ce qui ne va pas d'un champ",
                "additionalProperties": TEXTE,
            },
            "dossier": liste(_REFUS_DU_DOSSIER),
            "motifs": {
                "type": "object",
                "description": "par code, la phrase qui dit pourquoi l'accès ou un groupe est refusé",
                "additionalProperties": TEXTE,
            },
        },
    ),
)


async def moi(request: Requete, acces: Acces) -> Response:
    """Savoir qui vous êtes pour le service, et quelles finalités vous pouvez déclarer."""
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
    return ecrire(request, corps)


async def lire_nomenclatures(request: Requete, acces: Acces) -> Response:
    """Lire les nomenclatures : types d'événements, codes, finalités, groupes de champs, communes."""
    await audit.situer(request.gate, acces, "nomenclatures")
    return rendre(request, nomenclatures(request.gate.tables, acces.le))


async def lire_erreurs(request: Requete, acces: Acces) -> Response:
    """Lire le catalogue des erreurs."""
    await audit.situer(request.gate, acces, "erreurs")
    dossier = [{"code": c, "phrase": phrase, "remede": remede} for c, (phrase, remede) in sorted(DU_DOSSIER.items())]
    corps = {"erreurs": erreurs.catalogue(), "champs": dict(CODES), "dossier": dossier, "motifs": request.gate.motifs}
    return ecrire(request, corps)


ROUTES: Final = (
    Route("GET", "/v1/moi", Action.LIRE, moi, SERVICE, rend(MOI), exige=False),
    Route("GET", "/v1/nomenclatures", Action.LIRE, lire_nomenclatures, SERVICE, rend(NOMENCLATURES)),
    Route("GET", "/v1/erreurs", Action.LIRE, lire_erreurs, SERVICE, rend(CATALOGUE_DES_ERREURS)),
)
"""The routes that concern no case."""
