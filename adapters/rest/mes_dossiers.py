"""« Mes dossiers »: the cases that a partner may read at a purpose, and where each stands for it."""

from typing import Final

from starlette.responses import Response

from adapters.gate import mes_dossiers
from adapters.gate.contexte import Acces
from adapters.gate.corps import saisie_de
from adapters.gate.files import ATTENTE_MAXIMALE
from adapters.gate.mes_dossiers import DOSSIERS_MAX, DOSSIERS_PAR_PAGE, DossiersVoulus, PageDeDossiers
from adapters.gate.saisie import Reference
from adapters.rest import requete
from adapters.rest.commissions import ATTENTE, INTITULE, POSITION_ATTENDUE
from adapters.rest.delai import accorder
from adapters.rest.dossiers import DOSSIERS
from adapters.rest.rendu import montrer, rendre
from adapters.rest.requete import Requete
from adapters.rest.route import Corps, Parametre, Route, montre, rend
from adapters.rest.schema import (
    COMMUNE,
    ENTIER,
    IDENTIFIANT,
    JOUR,
    LIBELLE,
    POSITION,
    STADE,
    TEXTE,
    UUID,
    UUID_EXEMPLE,
    Forme,
    dit,
    liste,
    objet,
    ou_rien,
)
from ledger.droit.bornes import CALENDRIER
from policies.decision import Action

PARAMETRES: Final = (
    Parametre("commune", "code INSEE, répétable", liste({"type": "string", "pattern": "^[0-9][0-9AB][0-9]{3}$"})),
    Parametre("stade", "stade de la procédure, répétable", liste(STADE)),
    Parametre("avant", "dont la prochaine échéance tombe ce jour-là ou avant", JOUR),
    Parametre("depuis", "dont ce qui vous est montré a changé ce jour-là ou depuis", JOUR),
    Parametre("apres", "où reprendre (« suivant » de la page précédente)", {"type": "string", "maxLength": 64}),
    Parametre(
        "limite",
        f"nombre de dossiers, {DOSSIERS_PAR_PAGE} par défaut, {DOSSIERS_MAX} au plus",
        {"type": "integer", "minimum": 1, "maximum": DOSSIERS_MAX},
    ),
)
PROCHAINE: Final = Forme(
    "ProchaineEcheance",
    objet(
        "Un délai qui court, compté sur ce qui vous est montré",
        {
            "regle": dit(TEXTE, "sa règle", "R06"),
            "libelle": LIBELLE,
            "dernier_jour": dit(JOUR, "son dernier jour", "2026-12-14"),
        },
    ),
)
MON_DOSSIER: Final = Forme(
    "MonDossier",
    objet(
        "Un dossier que vous pouvez lire à cette finalité, tel qu'il vous est montré",
        {
            "dossier": IDENTIFIANT,
            "intitule": INTITULE,
            "reunis": dit(
                {"type": "array", "items": UUID},
                "présent si d'autres dossiers du même ménage sont lus avec celui-ci : lesquels",
                [UUID_EXEMPLE],
            ),
            "stade": dit(ou_rien(STADE), "dernier stade que disent les faits montrés. {F08}", "ASSIGNATION"),
            "commune": COMMUNE,
            "prochaine_echeance": ou_rien(PROCHAINE),
            "attentes": dit(ENTIER, "combien de choses y sont attendues de vous (« /v1/attentes »)", 1),
            "vu_change_le": dit(
                ou_rien(JOUR),
                "dernier jour où un fait qui vous est montré a été enregistré, retiré ou effacé",
                "2026-11-02",
            ),
        },
        facultatifs=("reunis",),
    ),
)
MES_DOSSIERS: Final = Forme(
    "MesDossiers",
    objet(
        "Une page de vos dossiers à cette finalité ; sous un filtre, elle peut être courte sans être la dernière",
        {
            "position": POSITION,
            "au": dit(JOUR, "jour auquel les échéances sont lues", "2026-11-02"),
            "dossiers": liste(MON_DOSSIER),
            "suivant": dit(ou_rien(TEXTE), "à donner à « apres » ensuite ; null à la fin"),
        },
    ),
)


RETROUVE: Final = Forme(
    "DossierRetrouve",
    objet(
        "Le dossier où vous avez dit cela, s'il vous est lisible à cette finalité",
        {"au": dit(JOUR, "jour auquel les échéances sont lues", "2026-11-02"), "dossiers": liste(MON_DOSSIER)},
    ),
)
REFERENCE: Final = Corps(
    Reference, exemple={"type": "CommandementPayerSignifie", "ref_acte": "CDP-2026-000602", "survenu_le": "2026-10-15"}
)


async def lister(request: Requete, acces: Acces) -> Response:
    """Lister vos dossiers : ceux que vous pouvez lire à cette finalité, et où chacun en est."""
    lus = request.parametres
    voulus = DossiersVoulus(
        communes=frozenset(lus.get("commune", ())),
        stades=frozenset(lus.get("stade", ())),
        avant=requete.jour(lus, "avant", CALENDRIER[1]),
        depuis=requete.jour(lus, "depuis", CALENDRIER[1]),
    )
    position, secondes = requete.attente(request)
    accorder(request, min(secondes, ATTENTE_MAXIMALE))
    limite = requete.entier(lus, "limite", DOSSIERS_PAR_PAGE, DOSSIERS_MAX)
    page = PageDeDossiers(requete.un(lus, "apres"), limite, position, secondes)
    return montrer(request, await mes_dossiers.lister(request.gate, acces, voulus, page))


async def retrouver(request: Requete, acces: Acces) -> Response:
    """Retrouver un de vos dossiers par ce que vous y avez dit : la clé d'une contribution, ou le numéro d'un acte."""
    return rendre(request, await mes_dossiers.retrouver(request.gate, acces, saisie_de(await requete.corps(request))))


ROUTES: Final = (
    Route(
        "GET", "/v1/dossiers", Action.LISTER, lister, DOSSIERS,
        parametres=(*PARAMETRES, POSITION_ATTENDUE, ATTENTE), reponse=montre(MES_DOSSIERS), egale=True,
    ),
    Route(
        "POST", "/v1/dossiers/reference", Action.LISTER, retrouver, DOSSIERS,
        corps=REFERENCE, reponse=rend(RETROUVE), egale=True,
    ),
)  # fmt: skip
"""The routes of one's own cases."""
