"""A picture of every page, at both widths, for a person to look at: full, empty, in error, refused, erased, long names.

    UNEFOIS_CAPTURES=/tmp/captures PYTHONPATH=. python -m tests.web.captures [DEBUT...]

It starts a demonstration, signs in as its persons, and leaves ``nom-1280.png`` and ``nom-380.png`` in that folder, of
all pages or of those whose name begins as one of the arguments. It is run by hand, before the pages change hands;
nothing is compared. It says which pages have not the status that they should, are wider than their window, or cannot be
brought to what was to be shown, and then ends with 1.
"""

import asyncio
import http.client
import json
import os
import shutil
import sys
import tempfile
from collections.abc import Awaitable, Callable
from contextlib import closing
from dataclasses import dataclass, field
from itertools import groupby
from pathlib import Path
from typing import Final

from playwright.async_api import Browser, Error, Page, async_playwright

from adapters.demo import departement, recits
from adapters.demo.conteur import MENAGES
from adapters.demo.personnages import personnage
from adapters.mots import libelles
from tests.scenarios.test_demonstration import Demo, demarrer
from tests.tableurs.fichiers import LEROY, MARTIN, TITRES, classeur, sauf
from tests.web.conftest import DRAPEAUX, LARGEURS

Geste = Callable[[Page], Awaitable[object]]
LONG: Final = "VANDENBERGHE-RAKOTONIRINA DE LA ROCHEFOUCAULD-MONTMORENCY"
TROUVE: Final = departement.TEMOIN


@dataclass(frozen=True)
class Vue:
    """A page: by which name it is kept, who opens it for which purpose (nobody: without signing in), where it is.

    ``geste``: what is done there before the picture; ``statut``: what it answers when it is opened.
    """

    nom: str
    adresse: str
    qui: str = ""
    finalite: str = ""
    geste: Geste | None = None
    statut: int = 200


def clic(selecteur: str) -> Geste:
    async def presser(page: Page) -> None:
        await page.locator(selecteur).first.click()

    return presser


def saisir(bouton: str, **valeurs: str) -> Geste:
    """Fill these controls, choose in those lists, and send; what the browser would refuse by itself is sent too."""

    async def remplir(page: Page) -> None:
        for nom, valeur in valeurs.items():
            champ = page.locator(f"main [name={nom}]:not([type=hidden])").first
            if await champ.evaluate("e => e.tagName") == "SELECT":
                await champ.select_option(valeur)
            else:
                await champ.fill(valeur)
        await page.evaluate("document.querySelectorAll('form').forEach(f => { f.noValidate = true; })")
        async with page.expect_navigation():
            await page.locator(bouton).first.click()

    return remplir


def puis(*gestes: Geste) -> Geste:
    async def suivre(page: Page) -> None:
        for geste in gestes:
            await geste(page)

    return suivre


def deposer(octets: bytes) -> Geste:
    async def envoyer(page: Page) -> None:
        fichier = {"name": "liste.xlsx", "mimeType": "application/octet-stream", "buffer": octets}
        await page.set_input_files("#fichier", fichier)  # type: ignore[arg-type]  # a mapping of the three
        async with page.expect_navigation():
            await page.click(".depot button")

    return envoyer


QUI: Final = {"nom": TROUVE.nom, "prenoms": TROUVE.prenom, "date_naissance": TROUVE.naissance.isoformat()}
CCAPEX, ADM = ("instructrice-ccapex", "CCAPEX_INSTRUCTION"), ("instructrice-ccapex", "CCAPEX_ADMINISTRATIVE")
SOCIAL, BAILLEUR = ("assistante-sociale", "ACCOMPAGNEMENT"), ("gestionnaire-contentieux", "ACTE_EMISSION")
CLIL, COMEX = ("secretaire-clil", "CLIL_EXAMEN"), ("cheffe-de-bureau", "CFP_INSTRUCTION")
POLICE, GERANT = ("enqueteur", "CFP_INSTRUCTION"), ("gerant", "ACTE_EMISSION")
CAF, ETUDE = ("conseiller-caf", "COORDINATION_CONTACTS"), ("clerc", "ACTE_EMISSION")
CONTROLE, DROITS = ("dpo", "CONTROLE"), ("dpo", "DROITS_PERSONNE")
LOCATAIRE: Final = ("locataire", "DROITS_PERSONNE")
LISTE: Final = classeur(
    *([*ligne, "social", "90000100100016"] for ligne in (LEROY, sauf(MARTIN, opposition="oui"), sauf(MARTIN, cp="?"))),
    titres=[*TITRES, "Parc", "SIRET"],
)
VUES: Final = (
    Vue("connexion", "/connexion"),
    Vue("qui-voit-quoi", "/qui-voit-quoi"),
    Vue("aide", "/aide"),
    Vue("erreurs", "/erreurs"),
    Vue("contact", "/contact"),
    Vue("mentions-legales", "/mentions-legales"),
    Vue("accessibilite", "/accessibilite"),
    Vue("introuvable", "/nulle-part", statut=404),
    Vue("lien-deja-servi", "/demo/entrer/ZZZZ", statut=401),
    Vue("ccapex-bureau", "/bureau", *CCAPEX),
    Vue("ccapex-attentes", "/attentes", *CCAPEX),
    Vue("ccapex-dossiers", "/dossiers", *CCAPEX),
    Vue("ccapex-dossiers-aucun", "/dossiers?commune=93008&stade=EXPULSION", *CCAPEX),
    Vue("ccapex-file", "/ccapex", *CCAPEX),
    Vue("ccapex-file-aucun", "/ccapex?commune=93008&stade=EXPULSION", *CCAPEX),
    Vue("ccapex-dossier", "/ccapex/{exemple}", *CCAPEX),
    Vue("ccapex-contradictions", "/dossiers/{exemple}/contradictions", *CCAPEX),
    Vue("ccapex-contradictions-erreur", "/dossiers/{exemple}/contradictions", *CCAPEX, saisir("main form button")),
    Vue("ccapex-tri-vide", "/dossiers/{exemple}/tri", *CCAPEX),
    Vue("ccapex-transmettre", "/dossiers/{exemple}/transmettre", *CCAPEX),
    Vue("ccapex-acte", "/dossiers/{exemple}/transmettre/Demande72", *CCAPEX),
    Vue("ccapex-acte-erreur", "/dossiers/{exemple}/transmettre/Demande72", *CCAPEX, saisir("button[value=relire]")),
    Vue("ccapex-seances", "/seances", *CCAPEX),
    Vue("ccapex-seance", "/seances", *CCAPEX, clic("main a[href^='/seances/']")),
    Vue("ccapex-suites", "/suites", *CCAPEX),
    Vue("ccapex-changer-de-finalite", "/finalite", *CCAPEX),
    Vue("adm-recherche", "/recherche", *ADM),
    Vue("adm-recherche-erreur", "/recherche", *ADM, saisir("#recherche button")),
    Vue("adm-recherche-rien", "/recherche", *ADM, saisir("#recherche button", **(QUI | {"nom": "PERSONNE"}))),
    Vue("adm-recherche-trouve", "/recherche", *ADM, saisir("#recherche button", **QUI)),
    Vue("adm-signaler", "/signaler", *ADM),
    Vue("adm-signaler-erreur", "/signaler", *ADM, saisir("main form button[type=submit]")),
    Vue("adm-dossier-efface", "/ccapex/{efface}", *ADM),
    Vue("adm-dossier-oppose", "/ccapex/{oppose}", *ADM, statut=403),
    Vue("social-bureau", "/bureau", *SOCIAL),
    Vue("social-dossier", "/dossiers/{exemple}", *SOCIAL),
    Vue("social-dossier-nom-long", "/dossiers/{long}", *SOCIAL),
    Vue("social-dossiers-nom-long", "/dossiers?depuis={aujourd_hui}", *SOCIAL),
    Vue("social-diagnostic", "/dossiers/{exemple}/transmettre/DiagnosticTransmis", *SOCIAL),
    Vue("social-relire", "/dossiers/{exemple}/transmettre/ContactTente", *SOCIAL, saisir(
        "button[value=relire]", survenu_le="2026-11-02", canal="COURRIER", resultat="SANS_SUITE"
    )),
    Vue("bailleur-bureau", "/bureau", *BAILLEUR),
    Vue("bailleur-dossier", "/dossiers/{exemple}", *BAILLEUR),
    Vue("bailleur-listes", "/listes", *BAILLEUR),
    Vue("bailleur-liste-refusee", "/listes", *BAILLEUR, deposer(b"<html>")),
    Vue("bailleur-liste-rapport", "/listes", *BAILLEUR, deposer(LISTE)),
    Vue("bailleur-correction", "/dossiers/{exemple}", *BAILLEUR, clic("#faits details:has(.corriger) summary")),
    Vue("gerant-bureau-vide", "/bureau", *GERANT),
    Vue("gerant-attentes-vide", "/attentes", *GERANT),
    Vue("gerant-dossier-introuvable", "/dossiers/{exemple}", *GERANT, statut=404),
    Vue("etude-dossier", "/dossiers/{exemple}", *ETUDE),
    Vue("caf-dossier-refuse", "/dossiers/{oppose}", *CAF, statut=403),
    Vue("clil-bureau", "/bureau", *CLIL),
    Vue("clil-file", "/clil", *CLIL),
    Vue("clil-dossier", "/clil/{exemple}", *CLIL),
    Vue("clil-seance", "/seances", *CLIL, clic("main a[href^='/seances/']")),
    Vue("clil-listes", "/listes", *CLIL),
    Vue("clil-liste-controle", "/listes", *CLIL, deposer(LISTE)),
    Vue("comex-file", "/comex", *COMEX),
    Vue("comex-dossier", "/comex/{exemple}", *COMEX),
    Vue("police-dossier", "/comex/{exemple}", *POLICE),
    Vue("journal", "/journal", *CONTROLE),
    Vue("journal-aucune", "/journal?agent=personne", *CONTROLE),
    Vue("journal-groupes", "/journal/groupes", *CONTROLE),
    Vue("journal-registre", "/journal/registre", *CONTROLE),
    Vue("journal-habilitations", "/journal/habilitations", *CONTROLE),
    Vue("demandes-aucune", "/demandes", *DROITS),
    Vue("personnes", "/personnes", *DROITS),
    Vue("personnes-trouvee", "/personnes", *DROITS, saisir("#recherche button", **QUI)),
    Vue("personnes-efface", "/personnes/{efface}", *DROITS),
    Vue("mon-dossier", "/mon-dossier/{exemple}", *LOCATAIRE),
    Vue("mon-dossier-erreur", "/mon-dossier/{exemple}", *LOCATAIRE, puis(
        clic("details:has(#contester) summary"), saisir("#contester button")
    )),
    Vue("mon-dossier-copie", "/mon-dossier/{exemple}/copie", *LOCATAIRE),
)  # fmt: skip


@dataclass
class Photographe:
    """Goes through the pages of a demonstration with a browser. ``lieux``: the cases that addresses name."""

    demo: Demo
    navigateur: Browser
    dossier: Path
    lieux: dict[str, str]
    fautes: list[str] = field(default_factory=list)

    async def prendre(self, vues: tuple[Vue, ...]) -> int:
        prises = 0
        for (qui, finalite), siennes in groupby(vues, key=lambda v: (v.qui, v.finalite)):
            contexte = await self.navigateur.new_context(
                base_url=f"http://127.0.0.1:{self.demo.port}", locale="fr-FR", viewport={"width": 1280, "height": 900}
            )
            page = await contexte.new_page()
            page.set_default_timeout(8000)
            page.on("pageerror", lambda e: self.fautes.append(str(e)))
            if qui:
                await self._entrer(page, qui, finalite)
            for vue in siennes:
                for largeur in LARGEURS:
                    await self._une(page, vue, largeur)
                    prises += 1
            await contexte.close()
        return prises

    async def _entrer(self, page: Page, qui: str, finalite: str) -> None:
        p = personnage(qui)
        await page.goto("/qui-voit-quoi")
        nom = f"Entrer comme {p.fonction}, pour : {libelles.finalite(finalite)}"
        await page.get_by_role("link", name=nom, exact=True).click()

    async def _une(self, page: Page, vue: Vue, largeur: int) -> None:
        await page.set_viewport_size({"width": largeur, "height": 900})
        reponse = await page.goto(vue.adresse.format(**self.lieux))
        if reponse is None or reponse.status != vue.statut:
            self.fautes.append(f"{vue.nom} : {reponse and reponse.status}, {vue.statut} attendu")
        try:
            if vue.geste is not None:
                await vue.geste(page)
                await page.wait_for_load_state()
        except Error as erreur:
            self.fautes.append(f"{vue.nom} : {erreur.message.splitlines()[0]}")
        await page.screenshot(path=self.dossier / f"{vue.nom}-{largeur}.png", full_page=True, timeout=30_000)
        if await page.evaluate("document.documentElement.scrollWidth") > largeur:
            self.fautes.append(f"{vue.nom} déborde à {largeur}")


def chercher(demo: Demo, rang: int) -> str:
    """The case of the household of that rank among those that partners tell of."""
    bailleur = personnage(recits.BAILLEUR).siret
    m = recits.racontes(departement.foyers(MENAGES, departement.FIN), bailleur)[rang].menage
    entetes = {"Authorization": f"Bearer {demo.personnel('dpo')}", "Finalite": "DROITS_PERSONNE"}
    identite = {"nom": m.nom, "prenoms": m.prenom, "date_naissance": m.naissance.isoformat()}
    with closing(http.client.HTTPConnection("127.0.0.1", demo.port, timeout=30)) as connexion:
        connexion.request("POST", "/v1/dossiers/recherche", json.dumps(identite), entetes)
        trouves = json.loads(connexion.getresponse().read())["dossiers"]
    return str(trouves[0]["dossier"])


def signaler(demo: Demo) -> str:
    """A household of a very long name, signalled today by its social worker."""
    identite = {"nom": LONG, "prenoms": "Marie-Antoinette Rasoamanarivo", "date_naissance": "1984-03-01"}
    logement = {"parc": "PRIVE", "commune": "93066", "adresse": "127 bis, avenue du Président-Wilson, bâtiment C"}
    corps = {
        "survenu_le": "2026-11-20", "information_menage": "2026-11-20", "logement": logement, "titulaire": identite,
        "evenements": [],
    }  # fmt: skip
    return str(demo.ecrire("assistante-sociale", "ACCOMPAGNEMENT", "/v1/dossiers", corps)["dossier"])


async def photographier(dossier: Path, debuts: tuple[str, ...]) -> tuple[int, list[str]]:
    """Those whose name begins so: how many pictures there are, and what is wrong."""
    vues = tuple(vue for vue in VUES if vue.nom.startswith(debuts))
    dossier.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as donnees, demarrer(Path(donnees)) as demo:
        lieux = {
            "exemple": demo.exemple,
            "efface": chercher(demo, recits.PARTI),
            "oppose": chercher(demo, recits.OPPOSE),
            "long": signaler(demo),
            "aujourd_hui": "2026-11-20",
        }
        async with async_playwright() as p:
            navigateur = await p.chromium.launch(
                executable_path=shutil.which("chromium"),
                args=[*DRAPEAUX, "--lang=fr"],
                env={**os.environ, "LANGUAGE": "fr"},
            )
            photographe = Photographe(demo, navigateur, dossier, lieux)
            return await photographe.prendre(vues), photographe.fautes


if __name__ == "__main__":
    cible = os.environ.get("UNEFOIS_CAPTURES")
    if not cible:
        raise SystemExit("Donnez le dossier des images par UNEFOIS_CAPTURES.")
    prises, fautes = asyncio.run(photographier(Path(cible), tuple(sys.argv[1:]) or ("",)))
    sys.stdout.write("\n".join([*fautes, f"{prises} images dans {cible}\n"]))
    sys.exit(bool(fautes))
