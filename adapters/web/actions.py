"""« Qui fait quoi, pour quand »: what a session asked, of whom, by when, and what became of it; households to be told.

Made of the cases that it examined, each as its own page shows it to who reads: a recommendation is the action, its
addressee who does it, its due date when.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from adapters.gate import seances as verbes
from adapters.mots import libelles
from adapters.papier.documents import de_l_acte
from adapters.web.apercus import Apercu, Seancier, apercevoir, de_la_seance
from adapters.web.corrections import corrigibles
from adapters.web.destinataires import MENAGE
from adapters.web.fait_montre import FaitMontre
from adapters.web.fiche import Recommandation
from adapters.web.qui_fait_quoi import ETATS, ActionDite
from adapters.web.rendu import rendre
from adapters.web.reponses import accorder, filtres_de
from adapters.web.seances import LIGNES, RACINE, SURSIS, adresse_des_dossiers
from adapters.web.site import Site, Visite


@dataclass(frozen=True, slots=True)
class Decide:
    """What a session said of a case."""

    dossier: str
    apercu: Apercu
    dits: Sequence[FaitMontre]
    recommandations: Sequence[Recommandation]

    @property
    def titre(self) -> str:
        """Who the case is of, or its short number."""
        return self.apercu.fiche.titre or f"Dossier {self.dossier[-8:]}"

    @property
    def avis(self) -> FaitMontre | None:
        """The avis, if one was given."""
        return next((f for f in self.dits if f.type == "AvisRendu"), None)


@dataclass(frozen=True, slots=True)
class SeanceTenue:
    """A session, what it said of the cases that it examined, how many are still to be, and how many are not read."""

    seance: Mapping[str, Any]
    decides: Sequence[Decide]
    restent: int
    autres: int


async def lire_tenue(site: Site, requete: Request, visite: Visite) -> SeanceTenue:
    """A session as it was held: each case is read as its own page is."""
    gate, acces = site.guichet.gate, visite.acces
    accorder(requete, SURSIS)
    lu = (await verbes.lire(gate, acces, requete.path_params["seance"], 0)).document
    seance = lu["seance"]
    examines = [d["dossier"] for d in lu["dossiers"] if d["inscription"] == "EXAMINE"]
    vus = await apercevoir(Seancier(gate, acces, gate.tables.vue_de(seance["genre"])), examines[:LIGNES])
    return SeanceTenue(
        seance=seance,
        decides=[Decide(cle, vu, de_la_seance(vu.fiche, seance), _recommandees(vu, seance)) for cle, vu in vus.items()],
        restent=sum(d["inscription"] == "INSCRIT" for d in lu["dossiers"]),
        autres=max(0, len(examines) - LIGNES),
    )


def _recommandees(vu: Apercu, seance: Mapping[str, Any]) -> list[Recommandation]:
    """What the commission recommended on the day of a session or since, and stands."""
    return [
        r
        for r in vu.fiche.recommandations
        if r.fait.tient and r.fait.brut.get("instance") == seance["genre"] and r.fait.brut["__le"] >= seance["le"]
    ]


async def montrer(site: Site, requete: Request, visite: Visite) -> Response:
    """What a session asked of whom, and by when."""
    filtres, le = filtres_de(requete, ("qui", "etat")), visite.acces.le.isoformat()
    tenue = await lire_tenue(site, requete, visite)
    toutes = sorted(
        (ActionDite(r, d.dossier, d.titre) for d in tenue.decides for r in d.recommandations),
        key=lambda a: (a.pour or "9999", a.titre),
    )
    noms = {code: MENAGE[1] if code == MENAGE[0] else visite.instantane.nom(code) for code in {a.qui for a in toutes}}
    secretariat = tenue.seance["votre_place"] == "secretariat"
    page = rendre(
        "seance_actions.html",
        cadre=visite.cadre,
        seance=tenue.seance,
        actions=[a for a in toutes if filtres["qui"] in {"", a.qui} and a.est(filtres["etat"], le)],
        total=len(toutes),
        qui=libelles.par_mot(noms.items()),
        etats=ETATS,
        filtres=filtres,
        a_aviser=[d for d in tenue.decides if d.avis and not d.avis.brut.get("menage_avise_le")] if secretariat else (),
        corrigibles=frozenset().union(*(corrigibles(site, visite, d.apercu.document) for d in tenue.decides)),
        courriers=de_l_acte(visite.sujet.partenaire.role, visite.acces.finalite).get("AvisRendu", ()),
        fichier=adresse_des_dossiers(tenue.seance["genre"]),
        sans_action=[d for d in tenue.decides if not d.recommandations],
        autres=tenue.autres,
        nommer=visite.instantane.nom,
        le=le,
        retour=f"{RACINE}/{tenue.seance['seance']}",
    )
    return site.html(page)
