"""What leaves as a workbook: constant cells, whatever was typed; and LibreOffice, opening it, runs nothing."""

import asyncio
import html
import io
import os
import re
import zipfile
from collections.abc import AsyncIterator, Callable, Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, Final

import httpx2 as httpx
import pytest
import xlsxwriter
from python_calamine import CalamineWorkbook
from starlette.requests import Request

from adapters.web.classeur import AU_DELA, CLASSEUR, RANGEES_MAX, ecrire, exporter
from tests.monde import Monde
from tests.web.site_fige import SiteFige, site_fige
from tests.web.test_porte import entrer as entrer_au_monde
from tests.web.test_porte import raconter
from tests.web.test_site import entrer

HOSTILES: Final = (
    "=1+1", "+1+1", "-1+1", "@SUM(1;1)", "=cmd|'/c touch x'!A1", '=HYPERLINK("http://127.0.0.1:9/","x")',
    '=WEBSERVICE("http://127.0.0.1:9/")', '=DDE("soffice","x","y")', "{=1+1}", "\t=1+1", "\u200b=1+1", "＝1+1", "'=1+1",
    "http://127.0.0.1:9/", "mailto:a@exemple.fr", "internal:Feuille!A1", "external:c:\\x.xlsx", "<v>1</v>", "_x0041_",
    "1e5", "0123", "oui\u0001",
)  # fmt: skip


def rangees(octets: bytes) -> list[list[Any]]:
    return CalamineWorkbook.from_filelike(io.BytesIO(octets)).get_sheet_by_index(0).to_python(skip_empty_area=False)


def xml(octets: bytes) -> dict[str, str]:
    with zipfile.ZipFile(io.BytesIO(octets)) as archive:
        return {nom: archive.read(nom).decode() for nom in archive.namelist()}


def inerte(octets: bytes) -> None:
    """No formula, link, query, object, macro or connection, in any part."""
    parts = xml(octets)
    assert len(parts) > 5
    for nom, contenu in parts.items():
        assert not re.search(
            r"externalLink|connections|queryTable|vbaProject|activeX|embeddings|drawings|ctrlProps", nom
        )
        assert not re.search(
            r"<f[ >/]|<hyperlink|<ddeLink|<oleLink|TargetMode|<definedName|<dataValidation", contenu
        ), nom
    assert "<sheetData>" in parts["xl/worksheets/sheet1.xml"]


def test_ce_qui_ressemble_a_une_formule_reste_le_texte_qu_il_est() -> None:
    octets = ecrire(HOSTILES, [HOSTILES])
    inerte(octets)
    titres, lue = rangees(octets)
    assert titres == lue
    assert [a for a, b in zip(HOSTILES, lue, strict=True) if a != b and "\u0001" not in a] == []
    styles = xml(octets)["xl/styles.xml"]
    assert 'quotePrefix="1"' in styles


def test_les_valeurs_ont_leur_genre() -> None:
    octets = ecrire("abcdefg", [[1, 2.5, True, date(2026, 10, 31), None, ["x", "y"], {"b": 1, "a": "=1"}]])
    assert rangees(octets)[1] == [1.0, 2.5, "oui", date(2026, 10, 31), "", "x y", '{"a": "=1", "b": 1}']
    assert rangees(ecrire("a", [[datetime(2026, 7, 1, 22, 30, tzinfo=UTC)]]))[1] == ["02/07/2026 00:30"]
    assert rangees(ecrire("a", [["x" * 40_000]]))[1] == ["x" * 32_000]


async def _sans_fin() -> AsyncIterator[Sequence[Sequence[object]]]:
    while True:
        await asyncio.sleep(0)
        yield [["x"]] * 5_000


async def test_un_export_sans_fin_s_arrete_et_le_dit() -> None:
    lues = rangees((await exporter(Request({"type": "http"}), "essai", ["a"], _sans_fin())).body)  # type: ignore[arg-type]  # bytes
    assert len(lues) == RANGEES_MAX + 2
    assert lues[-1] == [AU_DELA]


@pytest.fixture
def fige() -> SiteFige:
    return site_fige()


@pytest.fixture
async def client(fige: SiteFige) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(app=fige.app)
    async with httpx.AsyncClient(transport=transport, base_url="http://unefois.test") as c:
        yield c


async def test_le_journal_s_exporte_sans_formule(client: httpx.AsyncClient, fige: SiteFige) -> None:
    await entrer(client, fige, "CONTROLE", "dpo")
    assert 'href="/journal.xlsx"' in (await client.get("/journal")).text
    reponse = await client.get("/journal.xlsx")
    assert reponse.headers["content-disposition"] == 'attachment; filename="journal.xlsx"'
    assert reponse.headers["content-type"] == CLASSEUR
    assert reponse.headers["cache-control"] == "no-store, no-transform"
    inerte(reponse.content)
    titres, *lignes = rangees(reponse.content)
    assert len(lignes) == 6
    assert dict(zip(titres, lignes[0], strict=True))["agent"] == "=cmd|'/c calc'!A1"


async def test_la_file_active_s_exporte_sous_ses_filtres_page_apres_page(
    client: httpx.AsyncClient, fige: SiteFige
) -> None:
    await entrer(client, fige)
    assert 'href="/ccapex.xlsx?stade=JUGEMENT"' in (await client.get("/ccapex?stade=JUGEMENT")).text
    vus = len(fige.guichet.acces)
    titres, *lignes = rangees((await client.get("/ccapex.xlsx?stade=JUGEMENT")).content)
    assert len(fige.guichet.acces) == vus + 2  # two pages: each was asked of the gate
    [lue] = [dict(zip(titres, ligne, strict=True)) for ligne in lignes]
    assert (lue["Intitulé"], lue["Code INSEE"], lue["Prochaine audience"]) == ("Lucas MOREL", "93066", date(2026, 6, 2))
    assert lue["Séances"] == "CCAPEX du 10/12/2026"


async def test_un_export_se_demande_a_la_porte(client: httpx.AsyncClient, fige: SiteFige) -> None:
    for adresse in ("/journal.xlsx", "/ccapex.xlsx", "/dossiers.xlsx"):
        assert (await client.get(adresse)).headers["location"] == "/connexion"
    assert fige.guichet.acces == []


async def test_ses_dossiers_s_exportent_et_le_journal_les_a(monde: Monde) -> None:
    dossier = await raconter(monde)
    await monde.projeter()
    transport = httpx.ASGITransport(app=monde.app)
    async with httpx.AsyncClient(transport=transport, base_url="http://unefois.test") as client:
        await entrer_au_monde(client, monde, "bailleur", "ACTE_EMISSION")
        avant = len(await monde.journal(10_000))
        titres, *lignes = rangees((await client.get("/dossiers.xlsx")).content)
        [lue] = [dict(zip(titres, ligne, strict=True)) for ligne in lignes]
        assert (lue["Dossier"], lue["Intitulé"], lue["Commune"]) == (dossier, "Amina DIARRA", "Bobigny")
        assert 'href="/dossiers.xlsx?commune=93008"' in (await client.get("/dossiers?commune=93008")).text
        assert rangees((await client.get("/dossiers.xlsx?commune=93001")).content)[1:] == []
        nouvelles = (await monde.journal(10_000))[: -avant or None]
        assert dossier in {str(x["dossier"]) for x in nouvelles}
        await entrer_au_monde(client, monde, "dpo", "CONTROLE")
        assert (await client.get("/ccapex.xlsx")).status_code == 403
        await entrer_au_monde(client, monde, "voisin", "ACTE_EMISSION")
        assert rangees((await client.get("/dossiers.xlsx")).content)[1:] == []
        assert (await client.get("/journal.xlsx")).status_code == 403


# opened for good -------------------------------------------------------------------------------------------------

AU_CLAIR: Final = tuple(texte for texte in HOSTILES if texte.isprintable())


async def ouvrir(soffice: Path, dossier: Path, octets: bytes) -> str:
    """The sheet as LibreOffice has it once it opened the file, and worked out all that it would work out."""
    (dossier / "export.xlsx").write_bytes(octets)
    ouvert = await asyncio.create_subprocess_exec(
        soffice, "--headless", "--norestore", "--convert-to", "fods", "--outdir", dossier, dossier / "export.xlsx",
        env={"HOME": str(dossier), "PATH": os.environ["PATH"]},
        stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.DEVNULL,
    )  # fmt: skip
    async with asyncio.timeout(120):
        assert await ouvert.wait() == 0
    return (dossier / "export.fods").read_text(encoding="utf-8")


@pytest.mark.long
async def test_libreoffice_n_execute_rien_en_ouvrant_un_export(outil: Callable[[str], Path], tmp_path: Path) -> None:
    soffice = outil("soffice")
    appels: list[bytes] = []

    async def noter(lecteur: asyncio.StreamReader, plume: asyncio.StreamWriter) -> None:
        appels.append(await lecteur.read(100))
        plume.close()

    serveur = await asyncio.start_server(noter, "127.0.0.1", 0)
    port = serveur.sockets[0].getsockname()[1]
    textes = [texte.replace("127.0.0.1:9", f"127.0.0.1:{port}") for texte in AU_CLAIR]
    async with serveur:
        vue = await ouvrir(soffice, tmp_path, ecrire([""] * len(textes), [textes]))
        assert "table:formula" not in vue
        assert "xlink:href" not in vue.partition("<office:spreadsheet>")[2]
        lus = re.findall(r'office:value-type="string"[^>]*>\s*<text:p>(.*?)</text:p>', vue)
        assert [html.unescape(lu) for lu in lus] == textes
        # As a control, what is written as a formula is worked out.
        flux = io.BytesIO()
        livre = xlsxwriter.Workbook(flux, {"in_memory": True})
        livre.add_worksheet().write_formula(0, 0, "=1+1", None, 7)
        livre.close()
        assert 'table:formula="of:=1+1"' in await ouvrir(soffice, tmp_path, flux.getvalue())
    assert appels == []
