"""The page of the charter's figures: it says what the API says to that same reader, hides what it hides, no more."""

import csv
import io
import re
from collections.abc import Mapping, Sequence
from datetime import date
from html import unescape
from io import BytesIO
from typing import Any, Final

import pytest
from playwright.async_api import Browser, Route
from python_calamine import load_workbook

from adapters.mots import chiffres
from adapters.mots.chiffres import NON_ARRETE, SANS, TU, dire, nombre, objectifs_suivis, pour_cent
from adapters.web.annees import dessiner
from adapters.web.rendu import FEUILLE
from ledger.droit.communes import communes
from ledger.droit.indicateurs import historique, objectifs
from projections.indicateurs import Axe, Case, Chiffre
from tests.monde import Monde
from tests.rest.test_indicateurs import arreter, expulser
from tests.rest.test_regles import inscrire
from tests.web.conftest import LARGEURS, Verifier, capturer
from tests.web.test_bureaux import entree
from tests.web.test_rendu import CSP

ANNEES: Final = (2021, 2022, 2023, 2024, 2025)
ACTES: Final = {"8": 16440, "9": 5788, "10": 3407, "11": 3522, "13": 3157, "O4": 3407, "O5": 2192, "O5S": 1068}
"""About what a département has in a year."""
PARTS: Final = {"O1": (2028, 5200), "O2": (2496, 5200), "O3": (3157, 5788), "42": (31, 412), "43": (3, 412)}
BLANC: Final = re.compile(r"\s+")


async def garder(monde: Monde, annees: Sequence[int] = ANNEES) -> None:
    """Figures of some years, as counting keeps them: most fall from one to the next, and one commune has few."""
    villes = [c.code for c in communes(date(2025, 12, 31))]
    for rang, annee in enumerate(annees):
        gardes: dict[Case, Chiffre] = {}
        for code, n in ACTES.items():
            total = round(n * 0.96**rang)
            par = [(ville, max(1, total // (k + 2) // 8)) for k, ville in enumerate(villes[:-1])] + [(villes[-1], 3)]
            gardes |= {Case(code, Axe.COMMUNE, ville): Chiffre(valeur) for ville, valeur in par}
            gardes[Case(code, Axe.DEPARTEMENT, "")] = Chiffre(max(total, sum(v for _, v in par)))
        for code, (n, sur) in PARTS.items():
            gardes[Case(code, Axe.DEPARTEMENT, "")] = Chiffre(n + 20 * rang if n > 5 else n, sur)
        gardes[Case("39", Axe.DEPARTEMENT, "")] = Chiffre(412)
        gardes[Case("41", Axe.DEPARTEMENT, "")] = Chiffre(412345, 412)
        await monde.gate.listes.arreter(annee, gardes, "ccapex", externe=False)


async def lus(monde: Monde, annee: int, axe: str) -> dict[str, Any]:
    lu = await monde.get("/v1/indicateurs", "ccapex", "STATISTIQUE", params={"annee": str(annee), "axe": axe})
    assert lu.status_code == 200, lu.text
    return {i["code"]: i for i in lu.json()["indicateurs"]}


def lire(monde: Monde, code: str = "ccapex", agent: str = "instructrice", finalite: str = "STATISTIQUE") -> Any:
    """A browser in which somebody signed in, and declared that purpose."""
    return entree(monde, code, agent, [finalite], finalite)


def tableau(html: str, legende: str) -> dict[str, list[str]]:
    """The cells of a table in words, by the first of their row."""
    [table] = re.findall(rf'<table[^>]*>\s*<caption id="{legende}".*?</table>', html, flags=re.DOTALL)
    rangees = re.findall(r"<tr>(.*?)</tr>", table.partition("</thead>")[2], flags=re.DOTALL)
    cellules = [re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", r, flags=re.DOTALL) for r in rangees]
    return {mots(c[0]): [mots(x) for x in c[1:]] for c in cellules}


def mots(html: str) -> str:
    sans_sous = re.sub(r'<span class="sous">.*?</span>', "", html, flags=re.DOTALL)
    return BLANC.sub(" ", unescape(re.sub(r"<[^>]+>", "", sans_sous))).strip()


def net(texte: str) -> str:
    return BLANC.sub(" ", texte)


async def test_la_page_dit_ce_que_dit_l_api_et_rien_d_autre(monde: Monde) -> None:
    await garder(monde)
    dits = {annee: await lus(monde, annee, "departement") for annee in ANNEES}
    par_commune = await lus(monde, 2025, "commune")
    async with lire(monde) as client:
        html = (await client.get("/indicateurs", params={"annee": "2025"})).text
    tous = tableau(html, "legende-tous")
    assert len(tous) == len(historique())
    for code in dits[2025]:
        [cellules] = [c for nom, c in tous.items() if nom.startswith(f"{code}. ")]
        assert cellules == [net(dire(dits[annee][code]).texte) for annee in reversed(ANNEES)]
    villes = tableau(html, "legende-communes")
    noms = {c.code: c.nom for c in communes(date(2025, 12, 31))}
    attendues: dict[str, list[str]] = {}
    for rang, code in enumerate(chiffres.ACTES):
        for ligne in par_commune[code]["par"]:
            cellule = TU if ligne["valeur"] is None else net(nombre(ligne["valeur"]))
            attendues.setdefault(noms[ligne["cle"]], [SANS] * len(chiffres.ACTES))[rang] = cellule
    departement = villes.pop("Département")
    assert villes == attendues
    assert departement == [net(dire(dits[2025][code]).texte) for code in chiffres.ACTES]
    assert sum(cellule == TU for cellules in villes.values() for cellule in cellules) >= 2 * len(chiffres.ACTES)
    bout_a_bout = tableau(html, "legende-flux")
    assert bout_a_bout["Jugements"] == [net(nombre(dits[2025]["O1"]["sur"]))]
    assert bout_a_bout["Expulsions"] == [net(nombre(dits[2025]["O5"]["valeur"]))]
    # But for the scales of its figures, no number stands in the page that was not published.
    publies = {v for d in (*dits.values(), par_commune) for i in d.values() for v in (i["valeur"], i["sur"])}
    publies |= {ligne["valeur"] for i in par_commune.values() for ligne in i["par"]}
    publies |= {i["41"]["valeur"] // 100 for i in dits.values()}
    sans_echelle = re.sub(r'<g class="grille">.*?</g>', "", html, flags=re.DOTALL)
    ecrits = {int(n.replace("\u202f", "")) for n in re.findall(r"\d{1,3}(?:\u202f\d{3})+", sans_echelle)}
    assert len(ecrits) > 40
    assert ecrits <= publies
    assert html.count("<svg") > 100


async def test_ce_qui_est_tu_n_a_ni_barre_ni_point_ni_calcul(monde: Monde) -> None:
    await expulser(monde, 3)
    await arreter(monde, 2025)
    await garder(monde, [2024])
    async with lire(monde) as client:
        html = (await client.get("/indicateurs")).text
    tous = tableau(html, "legende-tous")
    assert tous["O5. Expulsions réalisées"][0] == TU
    assert tous["39. Dossiers examinés par la CCAPEX"] == ["0", "412"]
    [carte] = re.findall(r'<article[^>]*labelledby="objectif-O5".*?</article>', html, flags=re.DOTALL)
    assert "pas assez d&#39;années" in carte
    assert "<svg" not in carte
    villes = tableau(html, "legende-communes")
    assert villes["Bobigny"][-1] == TU
    [rangee] = re.findall(r"<tr><th scope=\"row\">Bobigny</th>.*?</tr>", html, flags=re.DOTALL)
    assert "<svg" not in rangee


async def test_une_annee_sans_chiffre_le_dit_et_une_adresse_fausse_se_refuse(monde: Monde) -> None:
    async with lire(monde) as client:
        page = await client.get("/indicateurs")
        assert page.status_code == 200
        assert "Aucun chiffre de 2025 n'est arrêté" in page.text
        cellules = [c for cellules in tableau(page.text, "legende-tous").values() for c in cellules]
        assert set(cellules) == {NON_ARRETE}
        for fausse in ("x", "12", "2101", "２０２５", "-2025", "20250"):
            for adresse in ("/indicateurs", "/indicateurs.csv", "/indicateurs.xlsx"):
                assert (await client.get(adresse, params={"annee": fausse})).status_code == 400, fausse


async def test_qui_la_lit_est_qui_lit_l_api_et_une_ligne_le_dit(monde: Monde) -> None:
    inscrire(monde, "observatoire", "STATISTIQUE", territoire="departement")
    inscrire(monde, "greffe", "TRIBUNAL", territoire="aucun")
    statuts = {}
    for code, agent, finalite in (
        ("ccapex", "instructrice", "STATISTIQUE"),
        ("ccapex", "instructrice", "CCAPEX_INSTRUCTION"),
        ("observatoire", "agent-1", "STATISTIQUE"),
        ("clil", "secretaire", "CLIL_EXAMEN"),
        ("bailleur", "contentieux", "COORDINATION_CONTACTS"),
        ("dpo", "deleguee", "CONTROLE"),
        ("greffe", "agent-1", "ACTE_EMISSION"),
    ):
        api = await monde.get("/v1/indicateurs", code, finalite, agent, params={"annee": "2025"})
        statuts[code, finalite] = api.status_code
        avant = {r["position"] for r in await monde.journal()}
        async with lire(monde, code, agent, finalite) as client:
            for adresse in ("/indicateurs", "/indicateurs.csv", "/indicateurs.xlsx"):
                assert (await client.get(adresse)).status_code == api.status_code, (code, finalite, adresse)
        rangees = [r for r in await monde.journal() if r["position"] not in avant]
        attendue = ("lister", "autorise" if api.status_code == 200 else "refuse", code, finalite)
        assert [(r["action"], r["issue"], r["organisation"], r["finalite"]) for r in rangees] == [attendue] * 3
    assert statuts["ccapex", "STATISTIQUE"] == statuts["clil", "CLIL_EXAMEN"] == 200
    assert statuts["greffe", "ACTE_EMISSION"] == 403


async def test_les_exports_ont_les_rangees_de_l_api(monde: Monde) -> None:
    await garder(monde, [2024, 2025])
    attendues: list[list[str]] = []
    for annee, axe in ((2024, "departement"), (2025, "departement"), (2025, "parc"), (2025, "commune")):
        params = {"annee": str(annee), "axe": axe, "format": "csv"}
        lu = await monde.get("/v1/indicateurs", "ccapex", "STATISTIQUE", params=params)
        rangees = list(csv.reader(io.StringIO(lu.text), delimiter=";"))[1:]
        attendues += [r for r in rangees if r[3] == axe]
    assert len(attendues) > 300
    async with lire(monde) as client:
        texte = await client.get("/indicateurs.csv", params={"annee": "2025"})
        classeur = await client.get("/indicateurs.xlsx", params={"annee": "2025"})
    entete, *rangees = csv.reader(io.StringIO(texte.text.removeprefix("\ufeff")), delimiter=";")
    assert entete == list(chiffres.COLONNES)
    assert rangees == attendues
    [_, *cellules] = load_workbook(BytesIO(classeur.content)).get_sheet_by_index(0).to_python()
    assert [[_ecrit(c) for c in r] for r in cellules] == [[_ecrit(c) for c in r] for r in attendues]


def _ecrit(cellule: object) -> str:
    """A cell as the CSV writes it: a workbook has numbers where it has digits."""
    texte = str(cellule)
    return texte.removesuffix(".0").removeprefix("'")


@pytest.mark.parametrize("largeur", LARGEURS)
async def test_la_page_se_lit_a_toute_largeur(largeur: int, monde: Monde, navigateur: Browser, axe: Verifier) -> None:
    await garder(monde)
    async with lire(monde) as client:
        html = (await client.get("/indicateurs")).text
    assert not re.search(r"<script|<style|\sstyle=|\son\w+=", html)

    async def servir(route: Route) -> None:
        if route.request.url.endswith(".css"):
            await route.fulfill(body=FEUILLE, content_type="text/css")
        else:
            entetes = {"Content-Security-Policy": CSP, "Content-Type": "text/html; charset=utf-8"}
            await route.fulfill(body=html, headers=entetes)

    contexte = await navigateur.new_context(viewport={"width": largeur, "height": 900}, locale="fr-FR")
    try:
        page = await contexte.new_page()
        plaintes: list[str] = []
        page.on("console", lambda m: plaintes.append(m.text))
        await page.route("**/*", servir)
        await page.goto("http://unefois.invalid/")
        await capturer(page, f"indicateurs-{largeur}")
        assert await page.evaluate("document.documentElement.scrollWidth") <= largeur, "la page déborde"
        assert plaintes == []
        await axe(page)
    finally:
        await contexte.close()


def annee(an: int, **valeurs: tuple[int, int | None] | None) -> Mapping[str, Any]:
    """A year as the gate gives it; None: a figure that is hidden."""
    return {
        "annee": an,
        "indicateurs": [
            {
                "code": i.code,
                "libelle": i.libelle,
                "producteur": i.producteur,
                "legal_ref": i.legal_ref,
                "calcul": i.calcul,
                "ruptures": [{"le": "2023-07-29", "texte": "autre chose"}] if i.code == "O2" else [],
                "etat": "non_arrete" if i.code not in valeurs else "arrete" if valeurs[i.code] else "trop_peu",
                "valeur": (valeurs.get(i.code) or (None, None))[0],
                "sur": (valeurs.get(i.code) or (None, None))[1],
                "premiere": None,
            }
            for i in historique()
        ],
    }


def test_un_objectif_se_compare_a_ce_que_la_charte_vise() -> None:
    retrace = {
        "annee": 2024,
        "annees": [
            annee(2022, O1=(40, 100), O2=(50, 100), O3=(50, 100), O4=(1000, None), O5=(500, None), O5S=(0, None)),
            annee(2023, O1=(41, 100), O2=(48, 100), O3=(50, 100), O4=(970, None), O5=None, O5S=(7, None)),
            annee(2024, O1=(42, 100), O2=(45, 100), O3=(50, 100), O4=(921, None), O5=(480, None)),
        ],
    }
    suivis = {o.objectif.code: o for o in objectifs_suivis(retrace)}
    assert {code: o.verdict for code, o in suivis.items()} == {
        "O1": "dans le sens visé",
        "O2": "à l'inverse du sens visé",
        "O3": "sans changement",
        "O4": "rythme tenu",  # 1000 less 4 % twice is 921.6
        "O5": "dans le sens visé",
        "O5S": "pas assez d'années arrêtées et publiées",
    }
    assert net(suivis["O1"].un_an) == "+ 2,4 % depuis 2023"
    assert net(suivis["O4"].depuis) == "− 7,9 % depuis 2022, soit − 4,0 % par an en moyenne"
    assert net(suivis["O5"].un_an) == "− 4,0 % depuis 2022"
    c = dessiner(suivis["O5"])
    assert c is not None
    assert (len(c.lignes), len(c.points), len(c.trous)) == (2, 2, 1), "a year that is hidden cuts the line"
    o2 = dessiner(suivis["O2"])
    assert o2 is not None
    [rupture] = o2.ruptures
    assert o2.points[1].x < rupture < o2.points[2].x
    assert dessiner(suivis["O5S"]) is not None


def test_un_objectif_de_rythme_dit_quand_il_n_est_pas_tenu() -> None:
    retrace = {"annee": 2024, "annees": [annee(2022, O4=(1000, None)), annee(2024, O4=(930, None))]}
    [o4] = [o for o in objectifs_suivis(retrace) if o.objectif.code == "O4"]
    assert (o4.verdict, net(o4.un_an)) == ("rythme non tenu", "− 7,0 % depuis 2022")


def test_les_nombres_s_ecrivent_en_francais() -> None:
    assert [net(pour_cent(x, signe=True)) for x in (2.44, -0.04, 0.0, -3.96)] == [
        "+ 2,4 %",
        "0,0 %",
        "0,0 %",
        "− 4,0 %",
    ]
    assert net(pour_cent(39.0)) == "39,0 %"
    assert nombre(1234567) == "1\u202f234\u202f567"
    assert {o.code for o in objectifs(2025)} == {i.code for i in historique() if i.code.startswith("O")}
