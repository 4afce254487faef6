"""Every route that is served, whichever room answers it. The contract and the tests read this table."""

from typing import Final

from adapters.exploc import guichet
from adapters.exploc import routes as exploc
from adapters.rest import (
    abonnements,
    attentes,
    commissions,
    deja_connu,
    documents,
    dossier_de_seance,
    dossiers,
    droits,
    echeances,
    flux,
    indicateurs,
    journal,
    lots,
    mes_dossiers,
    pieces,
    politiques,
    rapprochements,
    seances,
    service,
    situation,
)
from adapters.rest.route import Route

ROUTES: Final[tuple[Route, ...]] = (
    *dossiers.ROUTES,
    *mes_dossiers.ROUTES,
    *lots.ROUTES,
    *echeances.ROUTES,
    *situation.ROUTES,
    *deja_connu.ROUTES,
    *flux.ROUTES,
    *abonnements.ROUTES,
    *rapprochements.ROUTES,
    *commissions.ROUTES,
    *seances.ROUTES,
    *attentes.ROUTES,
    *dossier_de_seance.ROUTES,
    *pieces.ROUTES,
    *documents.ROUTES,
    *droits.ROUTES,
    *journal.ROUTES,
    *politiques.ROUTES,
    *service.ROUTES,
    *indicateurs.ROUTES,
    *exploc.ROUTES,
    *guichet.ROUTES,
)
