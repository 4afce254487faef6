"""Pages: what each costs over the calls of the API that are behind it, put to one département by one reader."""

import re
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from types import MappingProxyType
from typing import Final

import httpx2

from adapters.bench.banc import Banc
from adapters.bench.charge import requete
from adapters.bench.http import CHAUD, ECHAUFFEMENT_S, Serveur, entetes, servir
from adapters.bench.lieu import LieuMesure, Mesurage
from adapters.bench.mesure import Bras, Passage, Resultat, comparer
from adapters.bench.remplissage import Departement, remplir
from adapters.bench.serveur import LECTRICE, PREFECTURE
from adapters.gate.attentes import ATTENTES_PAR_PAGE
from adapters.gate.files import PAGE
from adapters.gate.mes_dossiers import DOSSIERS_PAR_PAGE
from adapters.web.bureau import APERCU, BIENTOT, RECENT
from ledger.droit.jours import aujourd_hui

TAILLE: Final = 500
SEUIL: Final = "≥ 0,5 : deux fois ses appels au plus"
FINALITE: Final = "CCAPEX_ADMINISTRATIVE"
DE_LA_PREFECTURE: Final[Mapping[str, str]] = MappingProxyType(
    {
        "comex_bureau": "/bureau",
        "comex_file": "/comex",
        "comex_situation": "/comex?situation=SILENCE",
        "comex_commissariat": "/comex?commissariat=police-saint-denis",
        "comex_calendrier": "/calendrier",
    }
)
"""Those that no call of the API says: as many requests wait for the préfet at any size."""


def _adresses(dossier: object) -> Mapping[str, tuple[str, Sequence[str]]]:
    """By its name, where a page is, and the calls that would say the same."""
    le = aujourd_hui()
    avant, depuis = le + BIENTOT, le - RECENT
    return {
        "bureau": (
            "/bureau",
            (
                f"/v1/attentes?limite={APERCU}",
                f"/v1/dossiers?avant={avant}&limite={APERCU}",
                f"/v1/dossiers?depuis={depuis}&limite={APERCU}",
            ),
        ),
        "attentes": ("/attentes", (f"/v1/attentes?limite={ATTENTES_PAR_PAGE}",)),
        "mes_dossiers": ("/dossiers", (f"/v1/dossiers?limite={DOSSIERS_PAR_PAGE}",)),
        "file": ("/ccapex", (f"/v1/vues/ccapex?limite={PAGE}",)),
        "dossier": (
            f"/ccapex/{dossier}",
            (
                f"/v1/vues/ccapex/{dossier}",
                f"/v1/dossiers/{dossier}/emissions",
                f"/v1/dossiers/{dossier}/echeances",
            ),
        ),
        "transmettre": (f"/dossiers/{dossier}/transmettre", (f"/v1/dossiers/{dossier}/emissions",)),
        "acte": (f"/dossiers/{dossier}/transmettre/ContactTente", (f"/v1/dossiers/{dossier}",)),
    }


async def signer(serveur: Serveur, qui: str = LECTRICE, finalite: str = FINALITE) -> str:
    """The cookie of a browser that signed in, and declared its purpose."""
    async with httpx2.AsyncClient(base_url=f"http://127.0.0.1:{serveur.dit['port']}") as client:
        await client.get(f"/demo/entrer/{serveur.dit['liens'][qui].pop()}")
        page = (await client.get("/finalite")).text
        [csrf] = set(re.findall(r'name="csrf" value="([^"]+)"', page))
        await client.post("/finalite", data={"csrf": csrf, "finalite": finalite})
        return "; ".join(f"{nom}={valeur}" for nom, valeur in client.cookies.items())


async def demandes(departement: Departement, serveur: Serveur) -> dict[str, Mesurage]:
    """The pages, as they are asked for."""
    navigateur = {"Cookie": await signer(serveur)}
    prefecture = {"Cookie": await signer(serveur, PREFECTURE, "CFP_INSTRUCTION")}
    adresses = _adresses(departement.dossiers[len(departement.dossiers) // 2])
    siennes = {f"page_{nom}": _une(page, navigateur) for nom, (page, _) in adresses.items()}
    return siennes | {f"page_{nom}": _une(page, prefecture) for nom, page in DE_LA_PREFECTURE.items()}


def _une(chemin: str, qui: dict[str, str]) -> Mesurage:
    texte = requete("GET", chemin, qui)
    return Mesurage(200, lambda: [texte])


async def pages(banc: Banc, paires: int, secondes: float) -> list[Resultat]:
    """The dearest of all first, then one line per page: its rate over that of its calls, one after the other."""
    departement = await remplir(banc, TAILLE)
    demande = {"acces": asdict(departement.acces), "donnees": str(banc.donnees), "sans_paliers": True}
    async with servir("produit", demande) as serveur:
        lieu = LieuMesure(departement, serveur, await demandes(departement, serveur))
        adresses = _adresses(departement.dossiers[len(departement.dossiers) // 2])
        lignes = []
        for nom, (_, appels) in adresses.items():
            await lieu.passer(f"page_{nom}", min(secondes, ECHAUFFEMENT_S))
            etalon = _appels(lieu, appels, secondes)
            await etalon()
            page = lieu.bras(f"page_{nom}", secondes)
            lignes.append(await comparer(f"pages_{nom}", "pages/s", page, etalon, paires=paires))
    pire = min(lignes, key=lambda ligne: ligne.rapport or 0)
    dites = (f"la plus chère des pages qui suivent : {pire.nom}", f"{TAILLE} dossiers, un client, {CHAUD}")
    return [replace(pire, nom="pages", seuil=SEUIL, remarques=dites), *lignes]


def _appels(lieu: LieuMesure, appels: Sequence[str], secondes: float) -> Bras:
    """These calls, each for its part of the time: what they take together, one after the other."""
    qui = entetes(lieu.serveur, LECTRICE, FINALITE)
    nommes = {f"appel_{rang}": _une(appel, qui) for rang, appel in enumerate(appels)}
    derriere = LieuMesure(lieu.departement, lieu.serveur, nommes)

    async def passer() -> Passage:
        durees = [(await derriere.passer(nom, secondes / len(nommes)))[0].durees for nom in nommes]
        ensemble = sum(map(statistics.median, durees))
        return Passage(1, ensemble, [ensemble])

    return passer
