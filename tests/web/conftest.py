"""A real Chromium, axe-core, and where screenshots go (a folder that git ignores)."""

from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Browser, Page, async_playwright

CAPTURES = Path(__file__).resolve().parents[2] / ".outils" / "captures"
DRAPEAUX = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
LARGEURS = (1280, 380)

Verifier = Callable[[Page], Awaitable[None]]


@pytest.fixture(scope="session")
async def navigateur(outil: Callable[[str], Path]) -> AsyncIterator[Browser]:
    async with async_playwright() as p:
        browser = await p.chromium.launch(executable_path=outil("chromium"), args=list(DRAPEAUX))
        yield browser
        await browser.close()


@pytest.fixture(scope="session")
def axe(outil: Callable[[str], Path]) -> Verifier:
    """Fail on any axe-core violation, best practices included, and say where it is."""
    source = (outil("axe-core") / "axe.min.js").read_text(encoding="utf-8")

    async def verifier(page: Page) -> None:
        await page.evaluate(source)
        resultat: dict[str, Any] = await page.evaluate("axe.run(document, {resultTypes: ['violations', 'passes']})")
        assert resultat["passes"], "axe n'a rien examiné"
        trouve = [(v["id"], v["help"], [n["html"] for n in v["nodes"]]) for v in resultat["violations"]]
        assert trouve == []

    return verifier


async def capturer(page: Page, nom: str) -> None:
    """Keep a picture of the whole page, for a person to look at."""
    CAPTURES.mkdir(parents=True, exist_ok=True)
    await page.screenshot(path=CAPTURES / f"{nom}.png", full_page=True)
