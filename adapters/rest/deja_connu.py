"""Once only: what is known before the household is asked; what was exchanged about it; what it spared."""

from typing import Final

from starlette.responses import Response

from adapters.gate import deja_connu as verbes
from adapters.gate import echanges
from adapters.gate.contexte import Acces
from adapters.gate.corps import saisie_de
from adapters.rest import requete
from adapters.rest.dossiers import DOSSIER, NON_COMMUNIQUE, dossier_de
from adapters.rest.faits import TETE
from adapters.rest.rendu import ecrire, rendre
from adapters.rest.requete import Requete
from adapters.rest.route import Chapitre, Corps, Parametre, Route, rend
from adapters.rest.schema import (
    BOOLEEN,
    ENTIER,
    IDENTIFIANT,
    INSTANT,
    INSTANT_EXEMPLE,
    JOUR,
    LIBELLE,
    TEXTE,
    UUID,
    VALEUR,
    Forme,
    dit,
    liste,
    objet,
    ou_rien,
    ref,
)
from policies.decision import Action

UNE_FOIS: Final = Chapitre("Une fois", "Demander ce qui est déjà connu, avant de le demander au ménage.")
_DONNEE: Final = dit(TEXTE, "nom de la donnée, ou d'un champ : « DetteDeclaree.montant »", "dette")
_REPONDANT: Final = objet(
    "Qui la détient par son office, que le dossier la contienne ou non",
    {
        "role": dit(TEXTE, "rôle du partenaire", "BAILLEUR_SOCIAL"),
        "texte": dit(TEXTE, "le texte qui le dit", "Loi 89-462 art. 24"),
    },
)
CONNU: Final = Forme(
    "DejaConnu",
    objet(
        "Ce qui est connu de ce que vous avez nommé, de ce qui vous en est communiqué à cette finalité",
        {
            "dossier": IDENTIFIANT,
            "au": dit(JOUR, "jour dont c'est la situation", "2026-11-02"),
            "donnees": liste(
                objet(
                    "Une donnée",
                    {
                        "donnee": _DONNEE,
                        "libelle": LIBELLE,
                        "etat": dit(
                            {"enum": list(verbes.ETATS)},
                            "CONNUE ; PERIMEE : dite il y a trop longtemps ; INCONNUE : rien ne vous en est dit ; "
                            "HORS_FINALITE : elle vous est fermée, qu'elle soit là ou non",
                            "CONNUE",
                        ),
                        "valeurs": liste(
                            objet(
                                "Une valeur, de la personne ou de la demande qu'elle concerne",
                                {
                                    "de": dit(ou_rien(UUID), "de qui, ou de quelle demande ; null : du ménage"),
                                    "valeur": dit(ou_rien(VALEUR), "celle qui est retenue", 224770),
                                    "vrai_au": dit(JOUR, "quand c'est vrai", "2026-10-31"),
                                    "age_jours": dit(ENTIER, "depuis combien de jours", 12),
                                    "fraiche": dit(ou_rien(BOOLEEN), "si cela tient encore", exemple=True),
                                    "contredite": dit(BOOLEEN, "une autre vous est communiquée", exemple=False),
                                    "fait": dit(UUID, "le fait qui la dit"),
                                    "auteur": TETE["auteur"],
                                    "dit_le": dit(ou_rien(INSTANT), "quand cela a été dit", INSTANT_EXEMPLE),
                                },
                            )
                        ),
                        "fraicheur_jours": dit(ou_rien(ENTIER), "combien de jours elle tient ; null : toujours", 31),
                        "motif": ou_rien(ref(NON_COMMUNIQUE.nom)),
                        "repondants": liste(_REPONDANT),
                    },
                )
            ),
        },
    ),
)
ECHANGES: Final = Forme(
    "Echanges",
    objet(
        "Ce que des administrations ont obtenu du dossier pour instruire une demande du ménage (CRPA L.114-8)",
        {
            "dossier": IDENTIFIANT,
            "echanges": liste(
                objet(
                    "Un échange",
                    {
                        "position": dit(ENTIER, "position dans le journal", 88213),
                        "le": dit(INSTANT, "quand", INSTANT_EXEMPLE),
                        "organisation": dit(TEXTE, "qui l'a obtenu", "FSL 93"),
                        "role": dit(TEXTE, "à quel titre", "CD_FSL"),
                        "finalite": dit(TEXTE, "pour quoi faire", "AIDE_INSTRUCTION"),
                        "demande": dit(ou_rien(UUID), "pour quelle demande du ménage"),
                        "donnees": liste(LIBELLE),
                        "sources": liste(dit(TEXTE, "qui l'avait dit", "OPH SYNTHÈSE 16")),
                    },
                )
            ),
            "suivant": dit(ou_rien(ENTIER), "à donner à « avant » ensuite ; null à la fin", 88013),
        },
    ),
)
COMPTEUR: Final = Forme(
    "Compteur",
    objet(
        "Les questions posées avant le ménage, par partenaire et par donnée, sur une période",
        {
            "du": dit(JOUR, "du", "2026-01-01"),
            "au": dit(JOUR, "au, compris", "2026-12-31"),
            "lignes": liste(
                objet(
                    "Une donnée, demandée par un partenaire",
                    {
                        "partenaire": dit(TEXTE, "code du partenaire", "fsl93"),
                        "donnee": _DONNEE,
                        "demandees": dit(ENTIER, "combien de fois elle a été demandée ici", 12),
                        "epargnees": dit(ENTIER, "connue et fraîche : le ménage n'a pas à la redire", 9),
                        "redemandees": dit(ENTIER, "demandée au ménage alors qu'elle était connue et fraîche", 1),
                    },
                )
            ),
        },
    ),
)
AVANT: Final = Parametre("avant", "« suivant » de la page précédente", ENTIER)
PERIODE: Final = (Parametre("du", "à partir de ce jour", JOUR), Parametre("au", "jusqu'à ce jour compris", JOUR))


async def demander(request: Requete, acces: Acces) -> Response:
    """Demander ce qui est déjà connu d'un dossier, avant de le demander au ménage."""
    contenu = saisie_de(await requete.corps(request))
    vu = await verbes.deja_connu(request.gate, acces, dossier_de(request), contenu)
    return rendre(request, vu.contenu)


async def lire_echanges(request: Requete, acces: Acces) -> Response:
    """Lire ce que des administrations ont échangé d'un dossier, pour la personne et qui répond de ses droits."""
    lus = request.parametres
    avant = requete.entier(lus, "avant", 0) or None
    return ecrire(request, await echanges.lire(request.gate, acces, dossier_de(request), avant))


async def compter(request: Requete, acces: Acces) -> Response:
    """Compter ce que le ménage n'a pas eu à redire."""
    lus = request.parametres
    return ecrire(
        request, await echanges.compter(request.gate, acces, requete.jour(lus, "du"), requete.jour(lus, "au"))
    )


ROUTES: Final = (
    Route(
        "POST", "/v1/dossiers/{dossier}/deja-connu", Action.LIRE, demander, UNE_FOIS,
        corps=Corps(verbes.AvantLeMenage, exemple={"donnees": ["dette", "ressources"]}),
        parametres=(DOSSIER,), reponse=rend(CONNU), refus=(404,),
    ),
    Route(
        "GET", "/v1/dossiers/{dossier}/echanges", Action.LIRE, lire_echanges, UNE_FOIS,
        parametres=(DOSSIER, AVANT), reponse=rend(ECHANGES), refus=(404,),
    ),
    Route(
        "GET", "/v1/compteur", Action.COMPTER, compter, UNE_FOIS, parametres=PERIODE, reponse=rend(COMPTEUR),
    ),
)  # fmt: skip
"""The routes of once only."""
