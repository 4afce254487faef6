"""Lists as workbooks: the same rows as on screen, each page asked of the gate, which decides and journals it."""

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from datetime import date, datetime
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import Response

from adapters.gate.concours import LigneDeRequisition
from adapters.gate.mes_dossiers import DOSSIERS_MAX, PageDeDossiers
from adapters.mots import libelles
from adapters.web.bureau import FILTRES_DOSSIERS, voulus_de
from adapters.web.classeur import PageDExport, exporter
from adapters.web.commissions import Commission
from adapters.web.controle import COLONNES, FILTRES_JOURNAL, LIGNES_EXPORT
from adapters.web.dossiers import FILTRES
from adapters.web.fait_montre import Document
from adapters.web.reponses import filtres_de
from adapters.web.requisitions import FILTRES as FILTRES_DU_CONCOURS
from adapters.web.requisitions import commissariats, lues
from adapters.web.site import Repondant, Site, Visite
from ledger.droit.listes import libelle

FILE: Final = (
    "Dossier", "Intitulé", "Ouvert le", "Commune", "Code INSEE", "Parc", "Stade", "Dernier acte le",
    "Prochaine audience", "Concours requis le", "SIRET du bailleur", "Bailleur", "Séances", "Examens",
    "Rapprochements à confirmer",
)  # fmt: skip
REQUISITIONS: Final = (
    "Dossier", "Intitulé", "Commune", "Code INSEE", "Stade", "SIRET du bailleur", "Bailleur", "Réquisition le",
    "Silence le", "État du silence", "Décision", "Décidé le", "Responsabilité de l'État dès le",
    "Enquête attendue, demandée le", "Enquête pour le", "Expulsion prévue le", "Avis de la CCAPEX le",
)  # fmt: skip
MES_DOSSIERS: Final = (
    "Dossier", "Intitulé", "Commune", "Code INSEE", "Stade", "Prochaine échéance", "Dernier jour", "Attentes",
    "Dernier changement",
)  # fmt: skip


def file_active(commission: Commission) -> Repondant:
    """The worklist of a commission, under the filters of its page."""

    async def envoyer(site: Site, requete: Request, visite: Visite) -> Response:
        filtres = filtres_de(requete, FILTRES)
        nom, noms = f"file-active-{commission.adresse.strip('/')}", visite.instantane.nom

        async def pages() -> AsyncIterator[PageDExport]:
            apres = ""
            while True:
                lue = await site.guichet.file_active(visite.acces, commission, {**filtres, "apres": apres})
                yield [_de_la_file(d, visite.acces.le, noms) for d in lue["dossiers"]]
                if lue.get("suivant") is None:
                    return
                apres = str(lue["suivant"])

        return await exporter(requete, nom, FILE, pages())

    return envoyer


def _de_la_file(d: Document, le: date, noms: Callable[[str], str]) -> Sequence[object]:
    siret = d.get("bailleur_siret")
    return (
        str(d["dossier"]),
        d.get("intitule"),
        _jour(d.get("ouvert_le")),
        *_commune(d.get("commune"), le),
        libelle("parc", d["parc"]) if d.get("parc") else None,
        libelles.stade(d["stade"]) if d.get("stade") else None,
        _jour(d.get("dernier_acte_le")),
        _jour(d.get("prochaine_audience")),
        _jour(d.get("concours_requis_le")),
        siret,
        nom if siret and (nom := noms(siret)) != siret else None,
        _seances(d.get("inscriptions", ()), "seance_le"),
        _seances(d.get("examens", ()), "le"),
        d.get("rapprochements") or None,
    )


def _seances(dites: Sequence[Mapping[str, Any]], champ: str) -> str:
    return ", ".join(f"{s['instance']} du {date.fromisoformat(str(s[champ])):%d/%m/%Y}" for s in dites)


def _commune(code: str | None, le: date) -> tuple[str | None, str | None]:
    return (libelles.commune(code, le), code) if code else (None, None)


def _jour(dit: object) -> date | None:
    return date.fromisoformat(str(dit)[:10]) if dit else None


async def requisitions(site: Site, requete: Request, visite: Visite) -> Response:
    """The worklist of the COMEX, under the filters of its page: where each request stands."""
    filtres, le, noms = filtres_de(requete, FILTRES_DU_CONCOURS), visite.acces.le, visite.instantane.nom
    connus = commissariats(visite, le)

    async def pages() -> AsyncIterator[PageDExport]:
        apres = ""
        while True:
            lue = await lues(site, visite, {**filtres, "apres": apres}, connus)
            yield [_de_la_requisition(ligne, le, noms) for ligne in lue.lignes]
            if lue.suivant is None:
                return
            apres = str(lue.suivant)

    return await exporter(requete, "file-active-comex", REQUISITIONS, pages())


def _de_la_requisition(ligne: LigneDeRequisition, le: date, noms: Callable[[str], str]) -> Sequence[object]:
    etat, siret = ligne.etat, ligne.synthese.get("bailleur_siret")
    silence, responsabilite = etat.silence, etat.responsabilite
    return (
        ligne.dossier,
        ligne.intitule,
        *_commune(ligne.synthese.get("commune"), le),
        libelles.stade(ligne.stade) if ligne.stade else None,
        siret,
        nom if siret and (nom := noms(siret)) != siret else None,
        _dit_le(etat.requise, "survenu_le"),
        silence.dernier_jour if silence else None,
        libelle("etat_echeance", silence.etat) if silence else None,
        libelles.evenement(etat.decision["type"]) if etat.decision else None,
        _dit_le(etat.decision, "survenu_le"),
        responsabilite.premier_jour if responsabilite else None,
        _dit_le(etat.enquete, "survenu_le"),
        _dit_le(etat.enquete and etat.enquete["champs"], "pour_le"),
        _dit_le(etat.expulsion and etat.expulsion["champs"], "prevue_le"),
        _dit_le(etat.avis, "survenu_le"),
    )


def _dit_le(dit: Mapping[str, Any] | None, nom: str) -> date | None:
    return _jour(dit.get(nom)) if dit else None


async def mes_dossiers(site: Site, requete: Request, visite: Visite) -> Response:
    """The cases that one may read at one's purpose, under the filters of their page, and where each stands."""
    voulus = voulus_de(filtres_de(requete, FILTRES_DOSSIERS))

    async def pages() -> AsyncIterator[PageDExport]:
        apres: str | None = None
        while True:
            lue = await site.guichet.mes_dossiers(visite.acces, voulus, PageDeDossiers(apres, DOSSIERS_MAX))
            yield [_du_mien(d, visite.acces.le) for d in lue["dossiers"]]
            apres = lue["suivant"]
            if apres is None:
                return

    return await exporter(requete, "mes-dossiers", MES_DOSSIERS, pages())


def _du_mien(d: Document, le: date) -> Sequence[object]:
    prochaine = d["prochaine_echeance"] or {}
    return (
        d["dossier"],
        d["intitule"],
        *_commune(d["commune"], le),
        libelles.stade(d["stade"]) if d["stade"] else None,
        prochaine.get("libelle"),
        _jour(prochaine.get("dernier_jour")),
        d["attentes"],
        _jour(d["vu_change_le"]),
    )


async def journal(site: Site, requete: Request, visite: Visite) -> Response:
    """The rows of the journal under these filters."""
    filtres = filtres_de(requete, FILTRES_JOURNAL)

    async def pages() -> AsyncIterator[PageDExport]:
        apres = filtres["apres"]
        while True:
            lue = await site.guichet.journal(visite.acces, {**filtres, "apres": apres}, LIGNES_EXPORT)
            yield [
                [_moment(ligne.get(c)) if c == "enregistre_le" else ligne.get(c) for c in COLONNES]
                for ligne in lue["lignes"]
            ]
            if lue["suivant"] is None:
                return
            apres = str(lue["suivant"])

    return await exporter(requete, "journal", COLONNES, pages())


def _moment(dit: object) -> object:
    return datetime.fromisoformat(dit) if isinstance(dit, str) else dit
