"""The journal of access, for the DPO."""

from collections.abc import AsyncIterator, Mapping
from io import StringIO
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from adapters.gate import audit
from adapters.gate.contexte import Acces
from adapters.gate.refus import Refus
from adapters.mots import libelles
from adapters.mots.registre import ecrit, nomme
from adapters.mots.tableur import ecrire_csv, ecrire_rangees
from adapters.registre.instantane import FIN_PROCHE
from adapters.web import forms, pages
from adapters.web.fait_montre import Document
from adapters.web.rendu import AUCUNE, FormulaireRefuse, rendre, suite
from adapters.web.reponses import EN_TETES, filtres_de, montrables
from adapters.web.site import Site, Visite

LIGNES_EXPORT: Final = 1_000
"""Rows of the journal read at once for an export."""
PAGE_JOURNAL: Final = 50
FILTRES_JOURNAL: Final = ("organisation", "agent", "dossier", "finalite", "issue", "du", "au", "apres")
COLONNES: Final = (
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
    try:
        document = await site.guichet.journal(visite.acces, filtres, PAGE_JOURNAL)
    except Refus as refus:
        saisie = _filtre_refuse(refus, filtres)
        return site.html(_journal(site, visite, _RIEN, filtres, saisie=saisie), refus.statut)
    return site.html(_journal(site, visite, document, filtres))


_RIEN: Final[Document] = {"lignes": [], "suivant": None}


def _filtre_refuse(refus: Refus, filtres: Mapping[str, str]) -> FormulaireRefuse:
    if not refus.fautes:
        raise refus
    return FormulaireRefuse("filtres", montrables(filtres), {f.champ: f.message for f in refus.fautes})


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


async def groupes(site: Site, requete: Request, visite: Visite) -> Response:
    """The same rows by who, for what and with which outcome: who looked at a household; who was refused."""
    filtres = filtres_de(requete, FILTRES_JOURNAL)
    regroupes, saisie, statut = audit.Regroupement([], entier=True), AUCUNE, 200
    try:
        regroupes = await site.guichet.journal_groupe(visite.acces, filtres)
    except Refus as refus:
        saisie, statut = _filtre_refuse(refus, filtres), refus.statut
    noms, motifs = visite.instantane.nom, site.guichet.motifs
    return site.html(pages.journal_groupe(visite.cadre, regroupes, filtres, noms, motifs, saisie), statut)


async def registre(site: Site, requete: Request, visite: Visite) -> Response:
    """The changes of the registry: what was said before, and after."""
    filtres = filtres_de(requete, FILTRES_JOURNAL)
    document = await site.guichet.changements(visite.acces, filtres["apres"], PAGE_REGISTRE)
    return site.html(
        rendre(
            "journal_registre.html",
            cadre=visite.cadre,
            changements=[(ligne, *_changement(ligne)) for ligne in document["lignes"]],
            noms=visite.instantane.nom,
            suite=suite("/journal/registre", {}, document["suivant"]),
            filtres=filtres,
        )
    )


PAGE_REGISTRE: Final = 20


def _changement(ligne: Mapping[str, Any]) -> tuple[str, list[tuple[str, str, str]]]:
    """A change of the registry in words: of what, and of each thing said what was before and is after."""
    titre = libelles.MOTIFS_DU_JOURNAL.get(ligne["motif"], ligne["motif"])
    avant, apres = ligne["avant"] or {}, ligne["apres"] or {}
    dits = [(nomme(nom), avant.get(nom), apres.get(nom)) for nom in {**avant, **apres}]
    return titre, [(nom, ecrit(a), ecrit(b)) for nom, a, b in dits if a or b]


async def habilitations(site: Site, _: Request, visite: Visite) -> Response:
    """The habilitations that end soon, and those that nobody uses."""
    dites, entieres = await site.guichet.habilitations(visite.acces)
    return site.html(
        rendre(
            "journal_habilitations.html",
            cadre=visite.cadre,
            dites=dites,
            entieres=entieres,
            noms=visite.instantane.nom,
            mois=audit.SANS_USAGE.days // 30,
            fin=FIN_PROCHE.days,
        )
    )


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
    ecrire_csv(flux, COLONNES, ())
    while True:
        ecrire_rangees(flux, ([ligne.get(c) for c in COLONNES] for ligne in page["lignes"]))
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
