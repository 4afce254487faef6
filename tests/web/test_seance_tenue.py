"""A whole session with a keyboard alone, in a real Chromium: from what is proposed to what follows.

``UNEFOIS_TEST_SEANCE``: how many cases the CCAPEX has; sixty are those of a real session.
"""

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Final, NamedTuple

import pytest
from playwright.async_api import Browser, Page, ViewportSize, expect

from tests.monde import Monde
from tests.web.conftest import LARGEURS, Verifier, capturer
from tests.web.site_fige import servir
from tests.web.test_clavier import aller_a
from tests.web.test_seances import CCAPEX, CLIL, LE, membre, ordre_du_jour, propose, saisi

DOSSIERS: Final = int(os.environ.get("UNEFOIS_TEST_SEANCE", "12"))
TABULATIONS: Final = 120 + 3 * DOSSIERS


class Commission(NamedTuple):
    """Who keeps its papers and at which purpose, where its cases are, how many; who sits there."""

    qui: tuple[str, str]
    dossiers: str
    combien: int
    siege: str

    @property
    def saisie(self) -> bool:
        """Whether it is seized, and not proposed to."""
        return self.qui == CCAPEX


A_LA_CCAPEX: Final = Commission(CCAPEX, "/ccapex", DOSSIERS, "membre")
A_LA_CLIL: Final = Commission(CLIL, "/clil", 4, "caf")
SEANCES: Final = [(A_LA_CCAPEX, largeur) for largeur in LARGEURS] + [(A_LA_CLIL, LARGEURS[-1])]


@asynccontextmanager
async def projetees(monde: Monde) -> AsyncIterator[None]:
    """With the lists brought up to date all along, as the projector does."""

    async def suivre() -> None:
        while True:
            await monde.projeter()
            await asyncio.sleep(0.1)

    tache = asyncio.create_task(suivre())
    try:
        yield
    finally:
        tache.cancel()
        with suppress(asyncio.CancelledError):
            await tache


@asynccontextmanager
async def ouverte(monde: Monde, navigateur: Browser, qui: tuple[str, str], largeur: int) -> AsyncIterator[Page]:
    """A secretary, signed in, at one width."""
    async with servir(monde.app) as adresse:
        vue = ViewportSize(width=largeur, height=900)
        contexte = await navigateur.new_context(base_url=adresse, viewport=vue, locale="fr-FR")
        page = await contexte.new_page()
        await page.goto(monde.lien(qui[0]))
        await page.check(f"[value={qui[1]}]")
        await page.get_by_role("button", name="Continuer").click()
        yield page
        await contexte.close()


class Regard(NamedTuple):
    """How a page is looked at: no script, nothing wider than the screen, nothing that axe finds; and a picture."""

    axe: Verifier
    nom: str
    largeur: int

    async def __call__(self, page: Page, quoi: str) -> None:
        await capturer(page, f"seance-{quoi}-{self.nom}")
        assert "<script" not in await page.content()
        assert await page.evaluate("document.documentElement.scrollWidth") <= self.largeur
        await self.axe(page)


async def presser(page: Page, selecteur: str) -> None:
    """A link or a button, and the page that it leads to."""
    await aller_a(page, selecteur, TABULATIONS)
    async with page.expect_navigation():
        await page.keyboard.press("Enter")


async def deplier(page: Page, selecteur: str) -> None:
    await aller_a(page, selecteur, TABULATIONS)
    await page.keyboard.press("Enter")


async def choisir(page: Page, selecteur: str, debut: str) -> None:
    """An option of a list, by its first letters."""
    await aller_a(page, selecteur, TABULATIONS)
    await page.keyboard.type(debut)


async def saisir_le_jour(page: Page, selecteur: str, le: str) -> None:
    annee, mois, jour = le.split("-")
    await aller_a(page, selecteur, TABULATIONS)
    await page.keyboard.type(f"{mois}{jour}{annee}")  # in the order of this Chromium's own language, not of the page's
    assert await page.input_value(selecteur) == le


@pytest.mark.parametrize(("commission", "largeur"), SEANCES, ids=[f"{c.dossiers[1:]}-{x}" for c, x in SEANCES])
async def test_une_seance_se_tient_au_clavier_seul(
    commission: Commission, largeur: int, monde: Monde, navigateur: Browser, axe: Verifier
) -> None:
    dossiers = [await (saisi if commission.saisie else propose)(monde, n) for n in range(commission.combien)]
    membre(monde)
    await monde.projeter()
    nom = f"{commission.dossiers[1:]}-{largeur}"
    regard = Regard(axe, nom, largeur)
    async with projetees(monde), ouverte(monde, navigateur, commission.qui, largeur) as page:
        seance = await convoquer(page, regard, commission)
        await inscrire(page, regard, commission, dossiers)
        assert set((await ordre_du_jour(monde, seance, commission.qui)).values()) == {"INSCRIT"}
        dossiers = await ordonner(page, regard, dossiers)
        assert list(await ordre_du_jour(monde, seance, commission.qui)) == dossiers
        await figer(page, regard, dossiers)
        await examiner(page, regard, len(dossiers))
        assert set((await ordre_du_jour(monde, seance, commission.qui)).values()) == {"EXAMINE"}
        await consigner(page, regard, commission)
        await corriger(page, regard, seance, dossiers[0])
        await agir(page, regard, commission, seance, dossiers)
        await suivre(page, regard, len(dossiers))
    lu = (await monde.get(f"/v1/vues{commission.dossiers}/{dossiers[0]}", *commission.qui)).json()
    avis = [f for f in lu["faits"] if f["type"] == "AvisRendu"]
    assert [f["champs"]["texte"] for f in avis if f["corrige_par"] is None] == ["Maintien, avec un plan."]
    assert len(avis) == len(["as it was", "corrected", "with the day on which the household was told"])
    for dossier in dossiers:
        lu = (await monde.get(f"/v1/vues{commission.dossiers}/{dossier}", *commission.qui)).json()
        types = {f["type"] for f in lu["faits"]}
        assert {"InstanceInscrite", "DossierDeSeanceFige", "DossierExamine", "AvisRendu"} <= types, dossier
    tenue = (await monde.get(f"/v1{seance}", *commission.qui)).json()["seance"]
    assert tenue["quorum"] == "sans_objet"
    assert {x["partenaire"]: x["presence"] for x in tenue["sieges"]}[commission.siege] == "present"


async def convoquer(page: Page, regard: Regard, commission: Commission) -> str:
    await presser(page, ".menu a[href='/seances']")
    await expect(page.get_by_role("heading", level=1)).to_have_text("Séances")
    await regard(page, "a-convoquer")
    if not await page.is_visible("#convoquer-le"):
        await deplier(page, "details:has(#convoquer) > summary")
    await saisir_le_jour(page, "#convoquer-le", LE)
    await aller_a(page, "#convoquer-salle")
    await page.keyboard.type("Mairie, salle des mariages")
    await presser(page, "#convoquer button")
    await expect(page.get_by_role("status")).to_have_text("La séance est convoquée.")
    await deplier(page, "summary:has(+ #sieges-form)")
    await choisir(page, "#sieges-nouveau", f"Organisation {commission.siege}")
    await presser(page, "#sieges-form button")
    await expect(page.get_by_role("status")).to_have_text("Les sièges de la séance sont enregistrés.")
    return "/" + page.url.partition("?")[0].split("/", 3)[3]


async def inscrire(page: Page, regard: Regard, commission: Commission, dossiers: list[str]) -> None:
    """A proposal is chosen among others, a saisine with all those that wait."""
    await regard(page, "propositions")
    if commission.saisie:
        await presser(page, "a[href$='tous=PROPOSE']")
    else:
        await presser(page, "button[value=ecarter]")
        await expect(page.get_by_role("alert")).to_contain_text("Cochez au moins un dossier.")
        await regard(page, "erreur")
        await cocher(page, dossiers)
        await presser(page, "button[value=inscrire]")
    await expect(page.get_by_role("heading", level=1)).to_contain_text(f"{len(dossiers)} dossiers")
    await regard(page, "confirmer")
    await presser(page, "#lot button")
    await expect(page.get_by_role("status")).to_have_text("Les dossiers choisis sont inscrits à l'ordre du jour.")
    await expect(page.locator("#legende-INSCRIT")).to_contain_text(f"{len(dossiers)} dossiers à examiner")
    await regard(page, "agenda")


async def ordonner(page: Page, regard: Regard, dossiers: list[str]) -> list[str]:
    """The last case comes first; the order that results."""
    await presser(page, "a[href$='/ordre']")
    await aller_a(page, f"#ordre-rang-{dossiers[-1]}", TABULATIONS)
    await page.keyboard.type("1")
    await regard(page, "ordre")
    await presser(page, "#ordre button")
    await expect(page.get_by_role("status")).to_have_text("L'ordre du jour est changé.")
    return [dossiers[-1], *dossiers[:-1]]


async def cocher(page: Page, dossiers: list[str]) -> None:
    for dossier in dossiers:
        await aller_a(page, f"input[value='{dossier}']", TABULATIONS)
        await page.keyboard.press("Space")


async def figer(page: Page, regard: Regard, dossiers: list[str]) -> None:
    """All of them at once, as the page offers it."""
    await presser(page, "a[href$='tous=INSCRIT']")
    await expect(page.get_by_role("heading", level=1)).to_contain_text(f"{len(dossiers)} dossiers")
    await presser(page, "#lot button")
    await expect(page.get_by_role("status")).to_contain_text("figés")
    await expect(page.get_by_text("figé pour 1 siège")).to_have_count(len(dossiers))
    await regard(page, "fige")


async def examiner(page: Page, regard: Regard, combien: int) -> None:
    """Case after case, without going back to the agenda: to the first one a recommendation is made too."""
    await presser(page, "a[href$='/suivant']")
    for rang in range(combien):
        if not rang:
            await regard(page, "dossier")
            await conclure(page, "Mantien, avec un plan.", "rester")
            await recommander(page)
            await regard(page, "dossier-conclu")
            await presser(page, "a[href*='/suivant?']")
        else:
            await conclure(page, "Maintien.", "suivant")
    await expect(page.get_by_role("status")).to_have_text("Plus aucun dossier n'est à examiner.")
    await regard(page, "examinee")


async def conclure(page: Page, texte: str, ensuite: str) -> None:
    await choisir(page, "#avis-sens", "m")
    await aller_a(page, "#avis-texte")
    await page.keyboard.type(texte)
    await presser(page, f"#avis button[value={ensuite}]")


async def recommander(page: Page) -> None:
    await expect(page.get_by_role("status")).to_have_text("L'avis est enregistré.")
    await choisir(page, "#recommandation-categorie", "p")
    await choisir(page, "#recommandation-destinataire", "Organisation ssd")
    await saisir_le_jour(page, "#recommandation-echeance", "2026-12-20")
    await aller_a(page, "#recommandation-texte")
    await page.keyboard.type("Proposer un plan.")
    await presser(page, "#recommandation button[value=rester]")
    await expect(page.get_by_role("status")).to_have_text("La recommandation est enregistrée.")


async def consigner(page: Page, regard: Regard, commission: Commission) -> None:
    """Who was there, and the quorum."""
    await deplier(page, "summary:has(+ #tenue)")
    await choisir(page, f"#presence-{commission.siege}", "prés")
    await choisir(page, "#tenue-quorum", "sans")
    await presser(page, "#tenue button")
    await expect(page.get_by_role("status")).to_have_text("Les présences et le quorum sont consignés.")
    await regard(page, "consignee")


async def corriger(page: Page, regard: Regard, seance: str, dossier: str) -> None:
    await page.goto(f"{seance}/dossiers/{dossier}")
    await presser(page, "#dits article:nth-of-type(1) .corriger")
    await regard(page, "correction")
    await aller_a(page, "#remplacer-texte")
    await page.keyboard.press("Control+a")
    await page.keyboard.type("Maintien, avec un plan.")
    await choisir(page, "#remplacer-motif_correction", "erreur")
    await presser(page, "#remplacer button")
    await expect(page.get_by_role("status")).to_contain_text("Le fait est corrigé")
    await page.goto(f"{seance}/releve")
    await regard(page, "releve")


async def agir(page: Page, regard: Regard, commission: Commission, seance: str, dossiers: list[str]) -> None:
    """Who does what by when; and where the purpose has it, the letter that tells the household of the avis."""
    await page.goto(seance)
    await presser(page, "a[href$='/actions']")
    await expect(page.locator("table.actions tbody tr")).to_have_count(1)
    await expect(page.locator("#titre-aviser .compte")).to_have_text(str(len(dossiers)))
    await regard(page, "actions")
    if commission.saisie:
        await aller_a(page, f"a[href^='/ccapex/{dossiers[0]}/documents/']", TABULATIONS)
        async with page.expect_download() as attendu:
            await page.keyboard.press("Enter")
        courrier = await (await attendu.value).path()
        assert courrier.read_bytes().startswith(b"%PDF-")
    await presser(page, f"#titre-aviser ~ ul a[href^='/corrections/{dossiers[0]}/']")
    await saisir_le_jour(page, "#remplacer-menage_avise_le", LE)
    await choisir(page, "#remplacer-motif_correction", "préc")
    await presser(page, "#remplacer button")
    await expect(page.locator("#titre-aviser .compte")).to_have_text(str(len(dossiers) - 1))


async def suivre(page: Page, regard: Regard, combien: int) -> None:
    await presser(page, ".menu a[href='/suites']")
    await expect(page.locator("#titre-courriers .compte")).to_contain_text(str(min(combien - 1, 20)))
    await regard(page, "suites")
    await deplier(page, "[aria-labelledby=titre-sans-reponse] summary")
    await choisir(page, "[aria-labelledby=titre-sans-reponse] select", "réa")
    await presser(page, "[aria-labelledby=titre-sans-reponse] form button")
    await expect(page.get_by_role("status")).to_contain_text("est enregistrée")
    await expect(page.get_by_text("Aucune recommandation n'attend de réponse.")).to_be_visible()
    await page.goto("/seances")
    await regard(page, "liste")
