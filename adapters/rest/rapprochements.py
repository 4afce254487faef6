"""Pairs of cases that may be one household's: what was decided of them, and what is left to sort."""

from typing import Final

from starlette.responses import Response

from adapters.gate import rapprochements
from adapters.gate.contexte import Acces
from adapters.gate.corps import saisie_de
from adapters.rest import requete
from adapters.rest.dossiers import CLE, DOSSIER, DOSSIERS, RECU, cle_de, dossier_de, recu_rendu
from adapters.rest.faits import TETE
from adapters.rest.rendu import montrer
from adapters.rest.requete import Requete
from adapters.rest.route import Corps, Route, enregistre, montre
from adapters.rest.schema import IDENTIFIANT, JOUR, POSITION, UUID, UUID_EXEMPLE, Forme, dit, liste, objet, ou_rien
from ledger.droit.listes import codes
from policies.decision import Action

RAPPROCHEMENTS: Final = Forme(
    "Rapprochements",
    objet(
        "Les dossiers qui peuvent être du même ménage, et ce qui reste à trier de ce qui a été dit pendant une réunion",
        {
            "position": POSITION,
            "dossier": IDENTIFIANT,
            "rapprochements": liste(
                objet(
                    "Une paire. {F01b}",
                    {
                        "autre": dit(UUID, "l'autre dossier"),
                        "motif": dit({"enum": list(codes("motif_rapprochement"))}, "pourquoi", "IDENTITE_PROCHE"),
                        "decision": dit(
                            ou_rien({"enum": list(codes("decision_rapprochement"))}),
                            "ce qui a été décidé ; null tant que personne n'a tranché",
                            "MEME_MENAGE",
                        ),
                        "decide_le": dit(ou_rien(JOUR), "quand", "2026-10-20"),
                    },
                )
            ),
            "a_trier": liste(
                objet(
                    "Un fait dit pendant que deux dossiers étaient lus comme un seul, et qui vous est montré : il "
                    "reste ici (FaitMaintenu), ou va dans l'autre",
                    {
                        "fait": dit(UUID, "identifiant du fait"),
                        **{nom: TETE[nom] for nom in ("type", "libelle", "survenu_le", "enregistre_le")},
                    },
                )
            ),
        },
    ),
)


async def lire(request: Requete, acces: Acces) -> Response:
    """Lire les rapprochements d'un dossier, et ce qui reste à trier après une séparation."""
    return montrer(request, await rapprochements.lire(request.gate, acces, dossier_de(request)))


async def deplacer(request: Requete, acces: Acces) -> Response:
    """Déplacer un fait, tel qu'il a été dit, dans le dossier dont il relève, après une séparation."""
    dossier, contenu = dossier_de(request), saisie_de(await requete.corps(request))
    recu = await rapprochements.deplacer(request.gate, acces, dossier, contenu, cle_de(request))
    return recu_rendu(request, recu)


ROUTES: Final = (
    Route(
        "GET", "/v1/dossiers/{dossier}/rapprochements", Action.LIRE, lire, DOSSIERS,
        parametres=(DOSSIER,), reponse=montre(RAPPROCHEMENTS), refus=(404,),
    ),
    Route(
        "POST", "/v1/dossiers/{dossier}/rapprochements/deplacement", Action.EMETTRE, deplacer, DOSSIERS,
        corps=Corps(rapprochements.Deplacement, exemple={"fait": UUID_EXEMPLE, "vers": UUID_EXEMPLE}),
        parametres=(DOSSIER, CLE), reponse=enregistre(RECU), refus=(404, 409),
    ),
)  # fmt: skip
"""The routes of pairs."""
