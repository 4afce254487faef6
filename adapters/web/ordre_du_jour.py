"""Many cases at once: chosen on the agenda or in the worklist, shown again to be confirmed, then said one by one.

What is chosen comes in the address, and is read again before it is confirmed: a page is never believed about a case.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from http import HTTPStatus
from typing import Any, Final
from uuid import UUID, uuid4, uuid5

import orjson
from starlette.requests import Request
from starlette.responses import Response

from adapters.gate import contribuer as contributions
from adapters.gate import dossier_de_seance, files
from adapters.gate import seances as verbes
from adapters.gate.refus import Refus
from adapters.gate.seances import JoursDemandes
from adapters.mots import libelles
from adapters.web.apercus import Seancier, apercevoir, entier
from adapters.web.fiche import fiche
from adapters.web.forms import FormulaireIncomplet
from adapters.web.gestes import GESTES, GesteDeSeance, offerts, proposition
from adapters.web.proposes import pourquoi
from adapters.web.rendu import AUCUNE, FormulaireRefuse, adresse, rendre, suite
from adapters.web.reponses import FORMULAIRE_REFUSE, accorder, filtres_de, montrables, uuid_du_formulaire, vers
from adapters.web.seances import ERREURS_DE_CHOIX, LOT, RACINE, SURSIS
from adapters.web.site import Site, Visite
from projections.liste import PAGE_MAX, Filtre

_FILTRES: Final = ("commune", "stade", "apres", "erreur")
A_TRIER: Final = "COMMANDEMENT"
"""The stage at which the CCAPEX is told of a commandement, and may be seized or not."""


async def choisir(site: Site, requete: Request, visite: Visite) -> Response:
    """The worklist of the commission, to put cases on the agenda of this session."""
    gate, acces = site.guichet.gate, visite.acces
    id_seance: UUID = requete.path_params["seance"]
    seance = await verbes.presenter(gate, acces, id_seance)
    filtres = filtres_de(requete, _FILTRES)
    vue = gate.tables.vue_de(seance["genre"])
    if "inscrire" not in offerts(gate, acces, seance) or not vue:
        raise Refus(404, "introuvable", verbes.SEANCE_INTROUVABLE)
    apres = filtres["apres"]
    if apres and not (apres.isascii() and apres.isdigit() and len(apres) < 19):  # noqa: PLR2004 - digits of a bigint
        raise Refus(400, "adresse", "L'adresse n'est pas valable.")
    filtre = Filtre(communes=_un(filtres["commune"]), stades=_un(filtres["stade"]))
    document = (await files.lister(gate, acces, vue, filtre, files.Curseur(int(apres or 0)))).document
    siens = [d for d in document["dossiers"] if all(i["seance"] != seance["seance"] for i in d["inscriptions"])]
    chemin = f"{RACINE}/{id_seance}/inscrire"
    accorder(requete, SURSIS)
    a_trier = filtres["stade"] == A_TRIER and seance["genre"] == "CCAPEX"
    vus = await apercevoir(Seancier(gate, acces, vue), [d["dossier"] for d in siens] if a_trier else ())
    page = rendre(
        "seance_choisir.html",
        cadre=visite.cadre,
        seance=seance,
        dossiers=siens,
        tris={dossier: pourquoi(vu) for dossier, vu in vus.items()} if a_trier else None,
        apercus=vus,
        saisines={dossier for dossier, vu in vus.items() if vu.document["synthese"].get("saisine_ouverte")},
        vers_le_tri=adresse(chemin, {"stade": A_TRIER}) if seance["genre"] == "CCAPEX" and not a_trier else "",
        filtres=filtres,
        chemin=chemin,
        retour=f"{RACINE}/{id_seance}",
        erreur=ERREURS_DE_CHOIX.get(filtres["erreur"], ""),
        communes=libelles.communes_par_nom(acces.le),
        stades=libelles.options("stade_procedure", acces.le),
        suite=suite(chemin, {nom: filtres[nom] for nom in ("commune", "stade")}, document["suivant"]),
        le=acces.le,
    )
    return site.html(page)


def _un(texte: str) -> tuple[str, ...]:
    return (texte,) if texte else ()


@dataclass(frozen=True, slots=True)
class LotDeSeance:
    """A gesture on some cases of a session. ``reports``: by id, the days of the sessions to which they may go."""

    seance: Mapping[str, Any]
    quoi: str
    geste: GesteDeSeance
    dossiers: Sequence[str]
    reports: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Reste:
    """What is left of a lot: what its form lacks, or the cases that were refused, each with its reason."""

    saisie: FormulaireRefuse = AUCUNE
    refuses: Mapping[str, str] = field(default_factory=dict)
    faits: int = 0


TOUT: Final = Reste()


async def confirmer(site: Site, requete: Request, visite: Visite) -> Response:
    """What is about to be done, to which cases, once more."""
    quoi = requete.query_params.get("quoi", "")
    if quoi not in GESTES:
        raise Refus(400, "adresse", "L'adresse n'est pas valable.")
    accorder(requete, SURSIS)
    tous = requete.query_params.get("tous", "")
    dossiers = _uniques(await _tous(site, requete, visite, tous) if tous else requete.query_params.getlist("d"))
    if not 0 < len(dossiers) <= LOT:
        ou = "/inscrire" if requete.query_params.get("de") == "file" else ""
        return vers(f"{RACINE}/{requete.path_params['seance']}{ou}?erreur={'trop' if dossiers else 'aucun'}")
    return await _confirmer(site, visite, await _lot(site, requete, visite, quoi, dossiers))


async def _tous(site: Site, requete: Request, visite: Visite, etat: str) -> list[str]:
    """All the cases of an agenda that are in one state."""
    proposes = LOT + 1 if etat == "PROPOSE" else 0
    lu = (await verbes.lire(site.guichet.gate, visite.acces, requete.path_params["seance"], proposes)).document
    return [d["dossier"] for d in lu["dossiers"] if d["inscription"] == etat]


def _uniques(textes: Sequence[str]) -> list[str]:
    return list(dict.fromkeys(uuid_du_formulaire(texte) for texte in textes[: LOT + 1]))


async def _lot(site: Site, requete: Request, visite: Visite, quoi: str, dossiers: Sequence[str]) -> LotDeSeance:
    gate, acces = site.guichet.gate, visite.acces
    seance = await verbes.presenter(gate, acces, requete.path_params["seance"])
    geste = offerts(gate, acces, seance).get(quoi)
    if geste is None:
        raise Refus(403, "action", "Cette action n'est pas offerte sur cette séance.")
    reports = await _reports(site, visite, seance) if quoi == "reporter" else {}
    return LotDeSeance(seance, quoi, geste, dossiers, reports)


async def _confirmer(site: Site, visite: Visite, lot: LotDeSeance, reste: Reste = TOUT) -> Response:
    le = visite.acces.le
    noms = [await _nommer(site, visite, lot.seance, dossier) for dossier in lot.dossiers]
    page = rendre(
        "seance_confirmer.html",
        cadre=visite.cadre,
        seance=lot.seance,
        geste=lot.geste,
        quoi=lot.quoi,
        dossiers=[x for x in noms if x is not None],
        refuses=reste.refuses,
        faits=reste.faits,
        saisie=reste.saisie,
        cle=str(uuid4()),
        motifs=libelles.options(lot.geste.motifs, le).items() if lot.geste.motifs else (),
        reports=[(id_, libelles.jour(jour)) for id_, jour in lot.reports.items()],
        retour=f"{RACINE}/{lot.seance['seance']}",
    )
    return site.html(page, 422 if reste.saisie.erreurs or reste.refuses else 200)


async def _nommer(site: Site, visite: Visite, seance: Mapping[str, Any], dossier: str) -> dict[str, str] | None:
    """Who a case is of, as its own page has it; None where it is not for this reader."""
    gate, acces = site.guichet.gate, visite.acces
    try:
        lue = fiche(await entier(Seancier(gate, acces, gate.tables.vue_de(seance["genre"])), UUID(dossier)), acces.le)
    except Refus as refus:
        if refus.statut >= HTTPStatus.INTERNAL_SERVER_ERROR:
            raise
        return None
    return {"dossier": dossier, "titre": lue.titre, "commune": lue.commune, "stade": lue.stade}


async def _reports(site: Site, visite: Visite, seance: Mapping[str, Any]) -> dict[str, str]:
    """By id, the days of the sessions of the same commission to which a case may be postponed."""
    jours = JoursDemandes(du=visite.acces.le, limite=PAGE_MAX)
    lues = await verbes.lister(site.guichet.gate, visite.acces, jours)
    return {
        s["seance"]: s["le"]
        for s in lues["seances"]
        if (s["genre"], s["lieux"]) == (seance["genre"], seance["lieux"])
        and s["seance"] != seance["seance"]
        and s["etat"] != "annulee"
        and s["votre_place"] == "secretariat"
    }


async def faire(site: Site, requete: Request, visite: Visite) -> Response:
    """Do it, case by case: each is said whole or not at all, and what is refused is shown again with its reason."""
    accorder(requete, SURSIS)
    valeurs = visite.valeurs
    dossiers = _uniques(valeurs.get("dossiers", "").split())
    cle = UUID(uuid_du_formulaire(valeurs.get("cle", "")))
    if valeurs.get("quoi") not in GESTES or not 0 < len(dossiers) <= LOT:
        raise Refus(422, "formulaire", FORMULAIRE_REFUSE)
    lot = await _lot(site, requete, visite, valeurs["quoi"], dossiers)
    refuses: dict[str, str] = {}
    position = 0
    for dossier in dossiers:
        try:
            position = max(position, await _faire(site, visite, lot, dossier, str(uuid5(cle, dossier))))
        except FormulaireIncomplet as refus:
            saisie = FormulaireRefuse("lot", montrables(valeurs), refus.erreurs)
            return await _confirmer(site, visite, lot, Reste(saisie))
        except Refus as refus:
            if refus.statut >= HTTPStatus.INTERNAL_SERVER_ERROR:
                raise
            refuses[dossier] = _phrase(refus)
    if refuses:
        reste = Reste(FormulaireRefuse("lot", montrables(valeurs)), refuses, len(dossiers) - len(refuses))
        return await _confirmer(site, visite, replace(lot, dossiers=list(refuses)), reste)
    dit = {"fait": f"lot-{lot.quoi}", "depuis": str(position or "")}
    return vers(adresse(f"{RACINE}/{lot.seance['seance']}", dit))


def _phrase(refus: Refus) -> str:
    if refus.fautes:
        return " ".join(dict.fromkeys(f.message for f in refus.fautes))
    return refus.message


async def _faire(site: Site, visite: Visite, lot: LotDeSeance, dossier: str, cle: str) -> int:
    """One case; the position at which it is recorded. ``cle`` comes from the form's: sent twice, it is done once."""
    gate, acces = site.guichet.gate, visite.acces
    if lot.quoi == "figer":
        seance = {"seance": lot.seance["seance"]}
        return (await dossier_de_seance.figer(gate, acces, UUID(dossier), seance, cle)).position
    dite = proposition(lot.quoi, lot.seance, visite.valeurs, acces.le.isoformat(), lot.reports)
    corps = {"evenements": [{"type": dite.type, "survenu_le": dite.survenu_le, "donnees": dict(dite.donnees)}]}
    return (await contributions.contribuer(gate, acces, UUID(dossier), orjson.dumps(corps), cle)).position
