"""The case as it stands: each value with where it comes from, what contradicts it, how fresh it is."""

from typing import Final

from starlette.responses import Response

from adapters.gate.contexte import Acces
from adapters.gate.situation import ASSERTIONS_LISTEES, situation
from adapters.rest import requete, schema
from adapters.rest.dossiers import COMMUNIQUE, DOSSIER, DOSSIERS, NON_COMMUNIQUE, PASSE, REGLES, temps_de
from adapters.rest.faits import TETE
from adapters.rest.rendu import montrer
from adapters.rest.requete import Requete
from adapters.rest.route import Route, montre
from adapters.rest.schema import (
    BOOLEEN,
    ENTIER,
    IDENTIFIANT,
    INSTANT,
    INSTANT_EXEMPLE,
    JOUR,
    POSITION,
    TEXTE,
    VALEUR,
    Forme,
    dit,
    liste,
    objet,
    ou_rien,
)
from ledger.droit.listes import codes
from policies.decision import Action

ETATS: Final = ("retenue", "concordante", "contraire", "incomparable", "ancienne", "corrigee")
_ASSERTION: Final = objet(
    "Une valeur, telle que quelqu'un l'a dite",
    {
        "fait": dit(schema.UUID, "le fait qui la dit"),
        "type": dit(TEXTE, "son type", "DetteDeclaree"),
        "champ": dit(TEXTE, "le champ qui la porte", "montant"),
        "valeur": dit(ou_rien(VALEUR), "ce qui vous en est communiqué", 224770),
        "auteur": TETE["auteur"],
        "vrai_au": dit(JOUR, "quand c'est vrai", "2026-10-31"),
        "dit_le": dit(ou_rien(INSTANT), "quand cela nous a été dit, s'il vous est communiqué", INSTANT_EXEMPLE),
        "etat": dit(
            {"enum": list(ETATS)},
            "retenue ; concordante ou contraire, d'un autre déclarant et du même moment ; incomparable, si l'une des "
            "deux ne vous est ouverte qu'à demi ; ancienne ; corrigée par un autre fait",
            "retenue",
        ),
    },
)
_DONNEE: Final = objet(
    "Une donnée du dossier",
    {
        "donnee": dit(TEXTE, "nom de la donnée ; ou « Type.champ » de ce qui n'est dit qu'en un endroit", "dette"),
        "libelle": dit(TEXTE, "le même, en français", "dette locative"),
        "de": dit(ou_rien(schema.UUID), "de quelle personne, ou de quelle demande ; null : du ménage"),
        "valeur": dit(
            ou_rien(VALEUR), "celle qui est retenue ; null si tout ce qui en a été dit a été corrigé", 224770
        ),
        "retenue": dit(ou_rien(schema.UUID), "le fait qui la dit"),
        "pourquoi": dit(TEXTE, "pourquoi celle-ci", "Elle prime : l'ADIL l'a recalculée (Charte 93, fiche 16)."),
        "tranchee_par": dit(ou_rien(schema.UUID), "le fait par lequel une personne l'a tranchée"),
        "contredite": dit(BOOLEEN, "une autre valeur vous est communiquée pour le même moment", exemple=False),
        "vrai_au": dit(ou_rien(JOUR), "quand c'est vrai", "2026-10-31"),
        "age_jours": dit(ou_rien(ENTIER), "depuis combien de jours", 12),
        "fraiche": dit(ou_rien(BOOLEEN), "si cela tient encore ; null : cela ne vieillit pas", exemple=True),
        "assertions": {
            **liste(_ASSERTION),
            "maxItems": ASSERTIONS_LISTEES,
            "description": "ce qui en a été dit : la valeur retenue, puis les autres, la dernière dite d'abord",
        },
        "autres": dit(ENTIER, f"assertions de plus que les {ASSERTIONS_LISTEES} premières", 0),
    },
)
SITUATION: Final = Forme(
    "Situation",
    objet(
        "Le dossier tel qu'il se tient, valeur par valeur, de ce qui vous en est communiqué",
        {
            "position": POSITION,
            "dossier": IDENTIFIANT,
            "au": dit(JOUR, "jour dont c'est la situation", "2026-11-02"),
            "communique": liste(COMMUNIQUE),
            "non_communique": liste(NON_COMMUNIQUE),
            "menage": liste(
                objet(
                    "Une personne qui a été déclarée. {F01}",
                    {
                        "personne": dit(schema.UUID, "identifiant de la personne"),
                        "qualite": dit(ou_rien({"enum": list(codes("qualite"))}), "à quel titre", "TITULAIRE"),
                        "entre_le": dit(ou_rien(JOUR), "y vit depuis le, si quelqu'un l'a dit. {F03}", "2015-03-01"),
                        "parti_le": dit(ou_rien(JOUR), "n'y vit plus depuis le. {F03}"),
                        "present": dit(BOOLEEN, "en est ce jour-là : rien ne dit le contraire", exemple=True),
                    },
                )
            ),
            "episodes": liste(
                objet(
                    "Un épisode : du signalement, ou d'une réouverture, à la clôture. {F08}",
                    {
                        "du": dit(JOUR, "quand il commence", "2026-09-01"),
                        "motif": dit(ou_rien(TEXTE), "code du motif du signalement ou de la réouverture", "IMPAYE"),
                        "au": dit(ou_rien(JOUR), "quand il finit ; null s'il dure"),
                        "motif_cloture": dit(ou_rien({"enum": list(codes("motif_cloture"))}), "motif de la clôture"),
                    },
                )
            ),
            "regles": REGLES,
            "donnees": liste(_DONNEE),
        },
        facultatifs=("regles",),
    ),
)


async def lire_situation(request: Requete, acces: Acces) -> Response:
    """Lire un dossier valeur par valeur : qui le dit, ce qui la contredit, si elle est fraîche."""
    lus = request.parametres
    dossier = requete.dossier(request)
    return montrer(request, await situation(request.gate, acces, dossier, temps_de(lus)))


ROUTES: Final = (
    Route(
        "GET", "/v1/dossiers/{dossier}/situation", Action.LIRE, lire_situation, DOSSIERS,
        parametres=(DOSSIER, *PASSE), reponse=montre(SITUATION), refus=(404,),
    ),
)  # fmt: skip
"""The route of a situation."""
