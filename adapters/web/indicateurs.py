"""The charter's figures: objectives, the acts of a year by commune, every indicator; as the gate publishes them."""

from collections.abc import AsyncIterator
from io import StringIO
from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from adapters.gate.indicateurs import retracer
from adapters.gate.refus import Refus
from adapters.mots import chiffres
from adapters.mots.tableur import ecrire_csv
from adapters.web.annees import dessiner, part
from adapters.web.classeur import PageDExport, exporter
from adapters.web.guichet import ADRESSE_REFUSEE
from adapters.web.rendu import adresse, rendre
from adapters.web.reponses import EN_TETES, filtres_de
from adapters.web.site import Site, Visite

RACINE: Final = "/indicateurs"
ANNEES: Final = frozenset(map(str, range(1990, 2101)))
"""As an address writes them."""


async def montrer(site: Site, requete: Request, visite: Visite) -> Response:
    """A year, against those before it."""
    retrace = await _retracer(site, requete, visite)
    annee = retrace["annee"]
    comptes = chiffres.actes(retrace)
    objectifs = chiffres.objectifs_suivis(retrace)
    html = rendre(
        "indicateurs.html",
        cadre=visite.cadre,
        annee=annee,
        annees=sorted({visite.acces.le.year - 1, *(a["annee"] for a in retrace["annees"])}, reverse=True),
        arretee=any(i["etat"] != "non_arrete" for i in retrace["annees"][-1]["indicateurs"]),
        objectifs=[(o, dessiner(o)) for o in objectifs],
        flux=comptes,
        bout_en_bout=chiffres.de_bout_en_bout(retrace),
        communes=chiffres.communes_dites(comptes, annee),
        sans=chiffres.ChiffreDit(chiffres.SANS),
        indicateurs=chiffres.suivis(retrace),
        pourquoi=chiffres.POURQUOI_TU,
        rupture=chiffres.rupture_dite,
        part=part,
        bilan=f"{RACINE}/{annee}.pdf",
        exports={format_: adresse(f"{RACINE}.{format_}", {"annee": str(annee)}) for format_ in ("xlsx", "csv")},
    )
    return site.html(html)


async def tableur(site: Site, requete: Request, visite: Visite) -> Response:
    """The figures of these years and, of that one, by stock and by commune, as a workbook."""
    retrace = await _retracer(site, requete, visite)

    async def pages() -> AsyncIterator[PageDExport]:
        yield chiffres.a_exporter(retrace)

    return await exporter(requete, f"indicateurs-{retrace['annee']}", chiffres.COLONNES, pages())


async def csv(site: Site, requete: Request, visite: Visite) -> Response:
    """The same, as CSV."""
    retrace = await _retracer(site, requete, visite)
    flux = StringIO(newline="")
    flux.write("\ufeff")
    ecrire_csv(flux, chiffres.COLONNES, chiffres.a_exporter(retrace))
    nom = f"indicateurs-{retrace['annee']}.csv"
    entetes = {**EN_TETES, "Content-Disposition": f'attachment; filename="{nom}"'}
    return Response(flux.getvalue(), media_type="text/csv; charset=utf-8", headers=entetes)


async def _retracer(site: Site, requete: Request, visite: Visite) -> chiffres.Retrace:
    dite = filtres_de(requete, ("annee",))["annee"]
    annee = annee_dite(dite) if dite else visite.acces.le.year - 1
    return await retracer(site.guichet.gate, visite.acces, annee)


def annee_dite(dite: str) -> int:
    """The year of an address; ``Refus`` 400 for what is none."""
    if dite not in ANNEES:
        raise Refus(400, "adresse", ADRESSE_REFUSEE)
    return int(dite)
