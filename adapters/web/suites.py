"""After the sessions: recommendations without an answer, cases not examined, households to be told, a year on.

What is expected of a commission is what the gate lists as expected of it; each case is then read as its own page is.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final
from uuid import uuid4

from starlette.requests import Request
from starlette.responses import Response

from adapters.gate import files
from adapters.gate.attentes import Depuis, Voulues
from adapters.gate.refus import Refus
from adapters.mots import libelles
from adapters.papier.documents import de_l_acte
from adapters.web import forms
from adapters.web.apercus import Apercu, Seancier, apercevoir
from adapters.web.bureau import INSCRIPTION
from adapters.web.fiche import Recommandation
from adapters.web.forms import FormulaireIncomplet, Proposition
from adapters.web.rendu import AUCUNE, FormulaireRefuse, adresse, rendre
from adapters.web.reponses import accorder, filtres_de, montrables, uuid_du_formulaire, vers
from adapters.web.seances import SURSIS, adresse_des_dossiers
from adapters.web.site import Repondant, Site, Visite
from projections.liste import Filtre

RACINE: Final = "/suites"
PAGE: Final = 20
"""Of each list, what is read in full in one page."""
DEPUIS: Final = timedelta(days=365)
JUSQUE: Final = timedelta(days=60)
_GENRES: Final = (INSCRIPTION, "AVISER_MENAGE", "SUIVI_UN_AN")


@dataclass(frozen=True, slots=True)
class SansReponse:
    """A recommendation that waits, in its case."""

    dossier: str
    apercu: Apercu
    recommandation: Recommandation
    echue: bool


async def montrer(site: Site, requete: Request, visite: Visite) -> Response:
    """What is left to do of what was examined."""
    return await _montrer(site, requete, visite)


async def _montrer(
    site: Site, requete: Request, visite: Visite, saisie: FormulaireRefuse = AUCUNE, statut: int = 200
) -> Response:
    gate, acces = site.guichet.gate, visite.acces
    filtres = filtres_de(requete, ("apres", *(f"apres_{g.lower()}" for g in _GENRES)))
    accorder(requete, SURSIS)
    [genre] = gate.tables.commissions(visite.sujet.partenaire.role) or [""]
    vue = gate.tables.vue_de(genre)
    if not vue:
        raise Refus(404, "introuvable", "Aucune commission n'est tenue à cette finalité.")
    lecteur = Seancier(gate, acces, vue)
    jours = [acces.le - DEPUIS + timedelta(n) for n in range((DEPUIS + JUSQUE).days + 1)]
    filtre = Filtre(par_date="ouvert_le", suites=jours)
    curseur = files.Curseur(_position(filtres["apres"]), PAGE)
    attendues = (await files.lister(gate, acces, vue, filtre, curseur)).document
    listes = {genre_: await _attendues(site, visite, genre_, filtres[f"apres_{genre_.lower()}"]) for genre_ in _GENRES}
    ids = [d["dossier"] for d in attendues["dossiers"]]
    ids += [a["dossier"] for lue in listes.values() for a in lue["attentes"]]
    apercus = await apercevoir(lecteur, dict.fromkeys(ids))
    page = rendre(
        "suites.html",
        cadre=visite.cadre,
        saisie=saisie,
        genre=genre,
        sans_reponse=sorted(
            _sans_reponse(ids, apercus, genre, acces.le), key=lambda x: x.recommandation.fait.brut["echeance"]
        ),
        suite=adresse(RACINE, {"apres": str(attendues["suivant"] or "")}) if attendues["suivant"] else "",
        listes=listes,
        suites={
            g: adresse(RACINE, {f"apres_{g.lower()}": lue["suivant"]}) if lue["suivant"] else ""
            for g, lue in listes.items()
        },
        apercus=apercus,
        nommer=visite.instantane.nom,
        statuts=libelles.options("recommandation_statut", acces.le).items(),
        situations=libelles.options("situation_un_an", acces.le).items(),
        cle=lambda: str(uuid4()),
        fichier=adresse_des_dossiers(genre),
        de_l_acte=de_l_acte(visite.sujet.partenaire.role, acces.finalite),
        debut=any(filtres.values()),
        le=acces.le,
    )
    return site.html(page, statut)


async def _attendues(site: Site, visite: Visite, genre: str, apres: str) -> dict[str, Any]:
    depuis = Depuis(site.guichet.place(apres), PAGE)
    return dict(await site.guichet.attentes(visite.acces, Voulues((genre,)), depuis))


def _sans_reponse(
    dossiers: Iterable[str], apercus: Mapping[str, Apercu], genre: str, le: date
) -> Iterable[SansReponse]:
    for dossier in dict.fromkeys(dossiers):
        vu = apercus.get(dossier)
        for r in vu.fiche.recommandations if vu else ():
            echeance = r.fait.brut.get("echeance")
            attendue = r.fait.tient and r.fait.brut.get("instance") == genre and echeance is not None
            if vu is not None and attendue and not r.terminee:
                yield SansReponse(dossier, vu, r, r.echue(le.isoformat()))


def formulaire(nom: str) -> Repondant:
    """What receives one of the forms of this page: the answer to a recommendation, a situation one year on."""

    async def recevoir(site: Site, requete: Request, visite: Visite) -> Response:
        valeurs, identite = visite.valeurs, requete.path_params["dossier"]
        ancre = f"{nom}-{valeurs.get('recommandation') or valeurs.get('examen', '')}"
        cle = uuid_du_formulaire(valeurs.get("cle", ""))
        try:
            le = visite.acces.le
            propositions = forms.suite(valeurs, le) if nom == "suite" else _un_an(valeurs, le)
            nouveau = await site.guichet.contribuer(visite.acces, identite, propositions, cle)
        except FormulaireIncomplet as refus:
            saisie = FormulaireRefuse(ancre, montrables(valeurs), refus.erreurs)
            return await _montrer(site, requete, visite, saisie, 422)
        except Refus as refus:
            if not refus.fautes:
                raise
            connus = {"statut", "motif", "situation"}
            erreurs = {
                champ if (champ := f.champ.rpartition(".")[2]) in connus else "": f.message for f in refus.fautes
            }
            saisie = FormulaireRefuse(ancre, montrables(valeurs), erreurs)
            return await _montrer(site, requete, visite, saisie, refus.statut)
        return vers(f"{RACINE}?fait={nom if nouveau else 'deja'}")

    return recevoir


def _un_an(valeurs: Mapping[str, str], le: date) -> tuple[Proposition, ...]:
    if not valeurs.get("situation"):
        raise FormulaireIncomplet({"situation": "Choisissez la situation."})
    donnees = {"examen": valeurs.get("examen", ""), "situation": valeurs["situation"]}
    return (Proposition("SuiviUnAnEvalue", le.isoformat(), donnees),)


def _position(texte: str) -> int:
    if texte and not (texte.isascii() and texte.isdigit() and len(texte) < 19):  # noqa: PLR2004 - digits of a bigint
        raise Refus(400, "adresse", "L'adresse n'est pas valable.")
    return int(texte or 0)
