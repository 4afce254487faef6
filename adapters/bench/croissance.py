"""Growth: the same requests put to two départements, a small one and a large one, each served by a process of its own.

One client, over HTTP, one request after the other, turn by turn with the other département; the figure of a turn is
its median. What a request returns is the same at both sizes: pages of ten, cases of the same age.
"""

import secrets
import time
from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import asdict, replace
from datetime import timedelta
from typing import Any, Final
from urllib.parse import urlencode

import orjson

from adapters.bench.banc import Banc
from adapters.bench.charge import CLE, requete
from adapters.bench.http import CHAUD, ECHAUFFEMENT_S, Serveur, entetes, servir
from adapters.bench.lieu import LieuMesure, Mesurage
from adapters.bench.mesure import Bras, Passage, Resultat, comparer
from adapters.bench.pages import demandes
from adapters.bench.remplissage import AGENT_PARTI, Departement, identite, logement, remplir, seance_de
from adapters.bench.serveur import AUDITRICE, CONTRIBUTRICE, LECTRICE, personnage
from ledger.droit.jours import aujourd_hui
from ledger.echeances.audience import derniere_audience, regles

TAILLES: Final = (500, 50_000)
SEUIL: Final = "≤ 1,5 fois plus long"
PAGE: Final = 10
ECHANTILLON: Final = 20
"""Cases that are read, and persons that are sought: as many at both sizes, so that caches serve both alike."""
OUVERTURES: Final = 200
_SEMESTRE: Final = timedelta(days=182)


async def croissance(banc: Banc, paires: int, secondes: float, tailles: tuple[int, int]) -> list[Resultat]:
    """The worst of all first, then one line per request. ``secondes``: how long each passage of a request lasts."""
    departements = [await remplir(banc, taille) for taille in tailles]
    lignes = [await _demarrage(banc, departements, paires)]
    async with AsyncExitStack() as pile:
        lieux = []
        for departement in departements:
            serveur = await pile.enter_async_context(servir("produit", _demande(banc, departement)))
            lieux.append(LieuMesure(departement, serveur, await _demandes(departement, serveur)))
        par_echeance = await _par_echeance(lieux[-1], paires, secondes)
        lignes += [await _ligne(nom, lieux, paires, secondes) for nom in lieux[0].demandes]
    pire = max(lignes, key=lambda ligne: ligne.rapport or 0)
    petit, grand = (f"{len(d.dossiers)} dossiers de {d.faits} faits" for d in departements)
    ensemble = Resultat(
        nom="croissance",
        mesure=pire.mesure,
        etalon=pire.etalon,
        rapport=pire.rapport,
        unite=pire.unite,
        p50_ms=pire.p50_ms,
        p99_ms=pire.p99_ms,
        seuil=SEUIL,
        remarques=(
            f"la pire des lignes qui suivent : {pire.nom} ; {petit} ; étalon : {grand}",
            f"un client par HTTP, {CHAUD} ; pages de {PAGE}",
        ),
    )
    return [ensemble, *lignes, par_echeance]


def _demande(banc: Banc, departement: Departement) -> dict[str, Any]:
    # What is measured is the work, which a step of time would cover.
    return {"acces": asdict(departement.acces), "donnees": str(banc.donnees), "sans_paliers": True}


async def _demarrage(banc: Banc, departements: Sequence[Departement], paires: int) -> Resultat:
    """From the birth of the process to the first answer of ``/vivant``."""

    def bras(departement: Departement) -> Bras:
        async def demarrer() -> Passage:
            debut = time.perf_counter()
            async with servir("produit", _demande(banc, departement)) as serveur:
                vivant = {"/vivant": Mesurage(200, lambda: [requete("GET", "/vivant", {})])}
                await LieuMesure(departement, serveur, vivant).passer("/vivant", 0)
                secondes = time.perf_counter() - debut
            return Passage(1, secondes, [secondes])

        return demarrer

    petit, grand = map(bras, departements)
    return await comparer("croissance_demarrage", "démarrages/s", petit, grand, paires=paires)


async def _ligne(nom: str, lieux: Sequence[LieuMesure], paires: int, secondes: float) -> Resultat:
    petit, grand = ((lieu, nom) for lieu in lieux)
    return await _face_a_face(f"croissance_{nom}", petit, grand, paires, secondes)


async def _par_echeance(grand: LieuMesure, paires: int, secondes: float) -> Resultat:
    """A worklist by what falls due, against the same by the day of its hearing: as many times longer as it takes."""
    par_audience, par_echeance = (grand, "audience_a_venir"), (grand, "echeance")
    ligne = await _face_a_face("croissance_par_echeance", par_audience, par_echeance, paires, secondes)
    dite = f"{len(grand.departement.dossiers)} dossiers, par date d'audience ; étalon : par échéance"
    return replace(ligne, seuil="≤ 1,2 fois plus long", remarques=(dite, *ligne.remarques))


async def _face_a_face(
    nom: str, mesure: tuple[LieuMesure, str], etalon: tuple[LieuMesure, str], paires: int, secondes: float
) -> Resultat:
    """One request at one place against another, which answers as many rows."""
    rendus = []
    for lieu, demande in (mesure, etalon):
        _, corps = await lieu.passer(demande, min(secondes, ECHAUFFEMENT_S))
        rendus.append(len(corps.get("dossiers", corps.get("lignes", ()))))
    un, autre = (lieu.bras(demande, secondes) for lieu, demande in (mesure, etalon))
    inegaux = [] if rendus[0] == rendus[1] else [f"pages inégales : {rendus[0]} lignes, étalon : {rendus[1]}"]
    return await comparer(nom, "requêtes/s", un, autre, paires=paires, remarques=inegaux)


async def _demandes(departement: Departement, serveur: Serveur) -> dict[str, Mesurage]:
    """All that is asked. What opens cases comes last: nothing is measured on what it adds."""
    lectrice = entetes(serveur, LECTRICE, "CCAPEX_ADMINISTRATIVE")
    dpo = entetes(serveur, AUDITRICE, "CONTROLE")
    combien, le = len(departement.dossiers), aujourd_hui()
    milieu = combien // 2
    rangs = range(0, combien, max(1, combien // ECHANTILLON))[:ECHANTILLON]

    def liste(chemin: str, qui: dict[str, str], **filtre: object) -> Mesurage:
        texte = requete("GET", f"{chemin}?{urlencode({**filtre, 'limite': PAGE})}", qui)
        return Mesurage(200, lambda: [texte])

    def file(**filtre: object) -> Mesurage:
        return liste("/v1/vues/ccapex", lectrice, **filtre)

    vues = [requete("GET", f"/v1/vues/ccapex/{departement.dossiers[rang]}", lectrice) for rang in rangs]
    recherches = [requete("POST", "/v1/dossiers/recherche", lectrice, orjson.dumps(identite(rang))) for rang in rangs]
    jour = le - 2 * _SEMESTRE
    regle, avant = "R07", le + _SEMESTRE / 2
    derniere = derniere_audience(regles(le)[regle], avant)
    return {
        "file": file(),
        "file_profonde": file(apres=await departement.profonde("ccapex", 0.9)),
        "commune": file(commune=logement(milieu).commune),
        "stade": file(stade="OUVERT"),
        "parc": file(parc="PRIVE"),
        "arrondissement": file(arrondissement="93003"),
        "seance": file(seance=seance_de(milieu)),
        "acte": file(par_date="dernier_acte_le", du=le - _SEMESTRE, au_plus_tard=le),
        "audience": file(par_date="prochaine_audience", du=le - 4 * _SEMESTRE, au_plus_tard=le - 3 * _SEMESTRE),
        "audience_a_venir": file(par_date="prochaine_audience", du=le, au_plus_tard=derniere),
        "echeance": file(regle=regle, echeance_avant=avant),
        "calendrier": liste("/v1/seances/calendrier", lectrice, du=le, au=le + timedelta(days=60)),
        "mes_dossiers": liste("/v1/dossiers", lectrice),
        "mes_dossiers_commune": liste("/v1/dossiers", lectrice, commune=logement(milieu).commune),
        "recherche": Mesurage(200, lambda: recherches),
        "vue": Mesurage(200, lambda: vues),
        "journal_dossier": liste("/v1/journal", dpo, dossier=departement.dossiers[milieu + 1]),
        "journal_agent": liste("/v1/journal", dpo, agent=AGENT_PARTI),
        "journal_jour": liste("/v1/journal", dpo, du=jour, au=jour),
        **await demandes(departement, serveur),
        "ouverture": Mesurage(201, lambda: _ouvertures(serveur)),
    }


def _ouvertures(serveur: Serveur) -> list[str]:
    """Households that nobody knows, each in a dwelling of its own."""
    qui = entetes(serveur, CONTRIBUTRICE, "ACTE_EMISSION") | {"Idempotency-Key": CLE.decode()}
    le = aujourd_hui().isoformat()
    corps = [
        {
            "logement": {
                "parc": "SOCIAL",
                "commune": "93066",
                "bailleur_siret": personnage(CONTRIBUTRICE).siret,
                "id_rpls": f"8{secrets.randbelow(10**9):09d}",
            },
            "titulaire": identite(rang),
            "survenu_le": le,
        }
        for rang in range(OUVERTURES)
    ]
    return [requete("POST", "/v1/dossiers", qui, orjson.dumps(un)) for un in corps]
