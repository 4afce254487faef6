"""The journal of access, for the DPO."""

from collections.abc import AsyncIterator, Mapping
from io import StringIO
from typing import Final

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from adapters.gate.contexte import Acces
from adapters.gate.refus import Refus
from adapters.mots.tableur import ecrire_csv, ecrire_rangees
from adapters.web import forms, pages
from adapters.web.fiche import Document
from adapters.web.rendu import FormulaireRefuse
from adapters.web.reponses import EN_TETES, filtres_de, montrables
from adapters.web.site import Site, Visite

LIGNES_EXPORT: Final = 1_000
"""Rows of the journal read at once for an export."""
PAGE_JOURNAL: Final = 50
FILTRES_JOURNAL: Final = ("organisation", "agent", "dossier", "finalite", "issue", "du", "au", "apres")
_COLONNES: Final = (
    "position",
    "enregistre_le",
    "organisation",
    "agent",
    "role",
    "finalite",
    "action",
    "dossier",
    "groupes_montres",
    "groupes_retenus",
    "issue",
    "motif",
    "article",
    "origine",
    "nombre",
    "avant",
    "apres",
)


async def journal(site: Site, requete: Request, visite: Visite) -> Response:
    """The journal of access, for the DPO."""
    filtres = filtres_de(requete, FILTRES_JOURNAL)
    document = await site.guichet.journal(visite.acces, filtres, PAGE_JOURNAL)
    return site.html(_journal(site, visite, document, filtres))


def _journal(
    site: Site,
    visite: Visite,
    document: Document,
    filtres: Mapping[str, str],
    *,
    saisie: FormulaireRefuse | None = None,
    nom_teste: bool = False,
) -> str:
    noms, motifs = visite.instantane.nom, site.guichet.motifs
    return pages.journal(visite.cadre, document, filtres, noms, motifs, saisie=saisie, nom_teste=nom_teste)


async def exporter(site: Site, requete: Request, visite: Visite) -> Response:
    """The rows of these filters, for a spreadsheet: text that it would run as a formula is neutralised."""
    filtres = filtres_de(requete, FILTRES_JOURNAL)
    premiere = await site.guichet.journal(visite.acces, filtres, LIGNES_EXPORT)
    entetes = {**EN_TETES, "Content-Disposition": 'attachment; filename="journal.csv"'}
    return StreamingResponse(
        _rangees(site, visite.acces, filtres, premiere), headers=entetes, media_type="text/csv; charset=utf-8"
    )


async def _rangees(site: Site, acces: Acces, filtres: Mapping[str, str], page: Document) -> AsyncIterator[str]:
    """Every row, page after page by position, each asked of the gate: one that stopped would hide the rest."""
    flux = StringIO()
    flux.write("\ufeff")
    ecrire_csv(flux, _COLONNES, ())
    while True:
        ecrire_rangees(flux, ([ligne.get(c) for c in _COLONNES] for ligne in page["lignes"]))
        yield flux.getvalue()
        if page["suivant"] is None:
            return
        flux = StringIO()
        page = await site.guichet.journal(acces, {**filtres, "apres": str(page["suivant"])}, LIGNES_EXPORT)


async def rechercher(site: Site, _: Request, visite: Visite) -> Response:
    """Whether an identity was sought: posted, compared by keyed hash, never in an address."""
    filtres = dict.fromkeys(FILTRES_JOURNAL, "")
    identite = {nom: visite.valeurs.get(nom, "").strip() for nom in ("nom", "prenoms", "date_naissance")}
    try:
        document = await site.guichet.identite_cherchee(visite.acces, identite)
    except Refus as refus:
        if not refus.fautes:
            raise
        saisie = FormulaireRefuse("recherche", montrables(identite), forms.erreurs("recherche", refus.fautes))
        document = await site.guichet.journal(visite.acces, filtres, PAGE_JOURNAL)
        return site.html(_journal(site, visite, document, filtres, saisie=saisie), refus.statut)
    return site.html(_journal(site, visite, document, filtres, nom_teste=True))
