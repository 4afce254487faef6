"""The desk of a sous-préfecture: what it counts, filters and dates is what its reader reads in the API; attacked."""

import re
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import date, timedelta
from html import unescape
from typing import Any, Final
from uuid import uuid4

import httpx2 as httpx
import pytest
from playwright.async_api import Browser, Page, expect

from adapters.demo.departement import siret
from adapters.gate import concours
from adapters.gate.requisition import SITUATIONS
from adapters.registre.administration import administrer, convoquer, habiliter, inscrire_partenaire, rattacher_client
from adapters.registre.instantane import Partenaire, Seance
from adapters.web import calendrier, requisitions
from ledger.catalogue import catalogue
from projections import liste
from tests.bases import AUJOURD_HUI, SCHEMA, Bases
from tests.monde import COMMUNE, ETUDE, FINALITES, PAR, SEANCE, SEANCE_LE, Monde, evenement, habilitation, rpls
from tests.rest.mondes import compter_le_travail
from tests.rest.peuple import relire
from tests.rest.recit import titulaire
from tests.web.conftest import LARGEURS, Verifier, capturer
from tests.web.site_fige import servir
from tests.web.test_bureau import visiteur
from tests.web.test_clavier import aller_a
from tests.web.test_exports import rangees
from tests.web.test_porte import entrer, traces
from tests.web.test_site import jeton

CFP, EMISSION, SUIVI = "CFP_INSTRUCTION", "ACTE_EMISSION", "ACCOMPAGNEMENT"
ADM, INSTRUCTION = "CCAPEX_ADMINISTRATIVE", "CCAPEX_INSTRUCTION"
COMEX, POLICE, VOISINE = "comex", "police", "police-voisine"
COMEX_D_AILLEURS: Final = "comex-voisine"
AGENTS: Final = {COMEX: "bureau", POLICE: "enqueteur", VOISINE: "enqueteur", COMEX_D_AILLEURS: "bureau"}
AILLEURS: Final = "93001"
LIGNE = re.compile(r'<th scope="row"><a href="/comex/([0-9a-f-]{36})[^"]*">')
COMPTE = re.compile(r'<a href="(/comex\?[^"]*situation=(\w+)[^"]*)"><strong>(\d+)( et plus)?</strong>')

CQL: Final = evenement("CommandementQuitterSignifie", "2026-06-01", etude_siret=ETUDE, date_reception="2026-06-01")
"""Its two months end on the first of August."""


def requis(le: str) -> dict[str, Any]:
    return evenement("ConcoursForceRequis", le, etude_siret=ETUDE)


def dit(type_: str, le: str, **donnees: Any) -> tuple[str, str, dict[str, Any]]:
    return COMEX, CFP, evenement(type_, le, **donnees)


PLANIFIEE: Final = {"etape": "PLANIFIEE", "prevue_le": "2027-04-05", "heure_prevue": "08:30"}
ENQUETE: Final = dit(
    "EnqueteDemandee", "2026-10-20", nature="ADMINISTRATIVE", demandee_a="POLICE", pour_le="2026-11-20"
)
AVIS: Final = evenement("AvisRendu", "2026-10-20", instance="CCAPEX", sens="RELOGEMENT", besoins=["INTERPRETE"])
SEANCE_CCAPEX: Final = {"instance": "CCAPEX", "seance": str(SEANCE), "seance_le": SEANCE_LE.isoformat()}
EXAMINE: Final = [
    ("ccapex", ADM, evenement("CcapexSaisie", "2026-10-12", saisissant="BAILLEUR")),
    ("ccapex", ADM, evenement("InstanceInscrite", "2026-10-15", **SEANCE_CCAPEX)),
    ("ccapex", ADM, evenement("DossierExamine", "2026-10-20", instance="CCAPEX")),
    ("ccapex", INSTRUCTION, AVIS),
]
MENAGES: Final[Mapping[str, tuple[str, list[tuple[str, str, dict[str, Any]]]]]] = {
    "ATTENTE": ("2026-09-10", []),
    "LOINTAIN": ("2026-10-25", []),
    "TOMBE": ("2026-08-10", []),
    "ACCORDE": (
        "2026-08-20",
        [dit("ConcoursForceAccorde", "2026-10-12"), dit("ExpulsionProgrammee", "2026-10-13", **PLANIFIEE)],
    ),
    "REFUSE": ("2026-08-21", [dit("ConcoursForceRefuse", "2026-10-15", motif="relogement imminent")]),
    "TARDIF": ("2026-08-05", [dit("ConcoursForceRefuse", "2026-10-28")]),
    "REPORTE": (
        "2026-08-22",
        [
            dit("ConcoursForceAccorde", "2026-10-01"),
            dit("ExpulsionProgrammee", "2026-10-02", **PLANIFIEE),
            dit("ExpulsionProgrammee", "2026-10-20", etape="REPORTEE", motif="RELOGEMENT"),
        ],
    ),
    "ENQUETE": ("2026-10-10", [ENQUETE]),
    "RECUE": (
        "2026-10-11",
        [ENQUETE, dit("EnqueteRealisee", "2026-10-30", resultat="RENCONTRE", nature="ADMINISTRATIVE")],
    ),
    "AVISE": ("2026-10-12", EXAMINE),
    "EXPULSE": (
        "2026-08-11",
        [dit("ConcoursForceAccorde", "2026-09-01"), dit("ExpulsionRealisee", "2026-10-05", solution="HEBERGEMENT")],
    ),
}
"""By name: when the help was asked for, and what was told since."""


@dataclass
class SousPrefecture:
    """A world where requests wait, and the cases of each household by its name."""

    monde: Monde
    dossiers: dict[str, str] = field(default_factory=dict)

    async def dire(self, nom: str, qui: str, finalite: str, *dits: dict[str, Any]) -> None:
        plus = {"agent": AGENTS[qui]} if qui in AGENTS else {}
        recu = await self.monde.contribuer(self.dossiers[nom], qui, finalite, *dits, **plus)
        assert recu.status_code == 201, recu.text

    async def raconter(
        self,
        nom: str,
        le: str,
        dits: list[tuple[str, str, dict[str, Any]]],
        *,
        sans_reception: bool = False,
        **plus: Any,
    ) -> None:
        """A household of which the help was asked for on that day. ``plus``: as it is opened."""
        corps = {"nom": nom, "id_rpls": rpls(4000 + len(self.dossiers)), **plus}
        self.dossiers[nom] = await self.monde.ouvrir(**corps)
        await self.monde.ouvrir("etude", **corps)
        cql = CQL if not sans_reception else evenement("CommandementQuitterSignifie", "2026-06-01", etude_siret=ETUDE)
        actes = [requis(le)] if nom == "MUET" else [cql, requis(le)]
        await self.dire(nom, "etude", EMISSION, *actes)
        for qui, finalite, acte in dits:
            await self.dire(nom, qui, finalite, acte)

    async def lire(self, qui: str, chemin: str, **params: str) -> dict[str, Any]:
        lu = await self.monde.get(chemin, qui, CFP, AGENTS[qui], params=params)
        assert lu.status_code == 200, lu.text
        document: dict[str, Any] = lu.json()
        return document


def inscrire_la_police(bases: Bases) -> None:
    """Two police services: that of the COMEX's commune, and one of another; and the COMEX of that other."""
    with administrer(bases.registre_url, PAR, SCHEMA) as registre:
        for rang, (code, commune) in enumerate(((POLICE, COMMUNE), (VOISINE, AILLEURS))):
            nom = f"Commissariat {code}"
            police = Partenaire(code, siret(60 + rang), nom, "POLICE", FINALITES["POLICE"], "communes", (commune,))
            inscrire_partenaire(registre, police)
            rattacher_client(registre, f"client-{code}", code)
            habiliter(registre, habilitation(code, AGENTS[code], "POLICE"))
        roles = FINALITES["PREFECTURE_CFP"]
        voisine = Partenaire(
            COMEX_D_AILLEURS, siret(63), "COMEX voisine", "PREFECTURE_CFP", roles, "communes", (AILLEURS,)
        )
        inscrire_partenaire(registre, voisine)
        rattacher_client(registre, f"client-{COMEX_D_AILLEURS}", COMEX_D_AILLEURS)
        habiliter(registre, habilitation(COMEX_D_AILLEURS, AGENTS[COMEX_D_AILLEURS], "PREFECTURE_CFP"))


@pytest.fixture
async def ici(peuplees: Bases, monde: Monde) -> SousPrefecture:
    inscrire_la_police(peuplees)
    lieu = SousPrefecture(monde)
    for nom, (le, dits) in MENAGES.items():
        await lieu.raconter(nom, le, dits)
    await lieu.raconter("MUET", "2026-09-15", [])
    await monde.projeter()
    return lieu


@asynccontextmanager
async def session(monde: Monde, qui: str) -> AsyncIterator[httpx.AsyncClient]:
    """A browser in which somebody signed in, at the COMEX's purpose."""
    transport = httpx.ASGITransport(app=monde.app)
    async with httpx.AsyncClient(transport=transport, base_url="http://unefois.test") as client:
        lien = monde.demo.lien(qui, f"client-{qui}", [CFP], AGENTS[qui])
        assert (await client.get(f"/demo/entrer/{lien}")).status_code == 303
        csrf = jeton((await client.get("/finalite")).text)
        assert (await client.post("/finalite", data={"csrf": csrf, "finalite": CFP})).status_code == 303
        yield client


async def oracle(lieu: SousPrefecture, qui: str, dossier: str) -> set[str]:
    """The situations of a case, from what the API's own routes say of it to that reader."""
    faits = [f for f in (await lieu.lire(qui, f"/v1/dossiers/{dossier}"))["faits"] if f["corrige_par"] is None]
    horloges = (await lieu.lire(qui, f"/v1/dossiers/{dossier}/echeances"))["echeances"]
    dits = {f["type"]: f["champs"] for f in faits}
    etats = {h["regle"]: h for h in horloges}
    r17, r16 = etats.get("R17", {}), etats.get("R16", {})
    repondu = {"ConcoursForceAccorde", "ConcoursForceRefuse"} & dits.keys()
    bientot = (AUJOURD_HUI + timedelta(days=15)).isoformat()
    programmee = dits.get("ExpulsionProgrammee", {})
    est = {
        "SILENCE": r17.get("etat") == "EN_ATTENTE" and r17["dernier_jour"] <= bientot,
        "REFUS_IMPLICITE": r17.get("etat") == "REFUS_IMPLICITE" and not repondu,
        "A_COMPTER": r17.get("etat") == "INCONNU" and not repondu,
        "RESPONSABILITE": etats.get("R18", {}).get("etat") == "OUVERTE" and "R18-fin" not in etats,
        "ENQUETE": "EnqueteDemandee" in dits and "EnqueteRealisee" not in dits,
        "EXPULSION": programmee.get("prevue_le", "") >= AUJOURD_HUI.isoformat(),
        "TREVE": r16.get("etat") == "SURSIS" and "ConcoursForceAccorde" in dits,
        "AVIS": any(f["type"] == "AvisRendu" and f["champs"]["instance"] == "CCAPEX" for f in faits),
    }
    assert est.keys() == set(SITUATIONS)
    return set() if "ExpulsionRealisee" in dits else {code for code, vrai in est.items() if vrai}


@pytest.mark.parametrize(("qui", "reunis"), [(COMEX, False), (COMEX, True), (POLICE, False)])
async def test_what_the_desk_counts_is_what_its_reader_reads(
    ici: SousPrefecture,
    qui: str,
    reunis: bool,
    compter: Callable[[str, int], None],
) -> None:
    """``reunis``: two cases of one household, which are read as one, and counted once."""
    if reunis:
        await relire(ici.monde, ici.dossiers["ENQUETE"], ici.dossiers["AVISE"])
        await ici.monde.projeter()
    lignes = (await ici.lire(qui, "/v1/vues/comex", limite="200"))["dossiers"]
    stades = {ligne["dossier"]: ligne["stade"] for ligne in lignes}
    attendues = {d: await oracle(ici, qui, d) for d, stade in stades.items() if stade not in {"EXPULSION", "DEPART"}}
    assert len(attendues) == len(ici.dossiers) - (qui == COMEX) - reunis - 2 * (qui == POLICE)
    noms = {dossier: nom for nom, dossier in ici.dossiers.items()}
    vus: set[str] = set()
    async with session(ici.monde, qui) as client:
        bureau = (await client.get("/bureau")).text
        comptes = [(unescape(lien), code, int(nombre)) for lien, code, nombre, _ in COMPTE.findall(bureau)]
        # The police is shown of the acts the request alone: nothing that it reads makes a silence countable.
        offertes = SITUATIONS if qui == COMEX else ("ENQUETE", "EXPULSION")
        assert [code for _, code, _ in comptes] == list(offertes)
        for lien, code, nombre in comptes:
            siens = {dossier for dossier, situations in attendues.items() if code in situations}
            trouves = LIGNE.findall((await client.get(lien)).text)
            assert set(trouves) == siens, (code, {noms[d] for d in siens ^ set(trouves)})
            assert nombre == len(trouves) == len(siens), code
            vus |= {code} if nombre else set()
        toutes = LIGNE.findall((await client.get("/comex")).text)
        assert set(toutes) == {d for nom, d in ici.dossiers.items() if nom != "EXPULSE" and d in attendues}
        if qui == COMEX:
            tombes = [await _silence(ici, qui, dossier) for dossier in toutes]
            courent = [le for le in tombes if AUJOURD_HUI.isoformat() <= le < JAMAIS]
            passes = [le for le in tombes if le < AUJOURD_HUI.isoformat()]
            assert tombes == [*sorted(courent), *sorted(passes, reverse=True), *[JAMAIS] * tombes.count(JAMAIS)]
            assert len(courent) > 1
            avant = LIGNE.findall((await client.get("/comex?silence=2026-11-10")).text)
            assert avant == [d for d, le in zip(toutes, tombes, strict=True) if le <= "2026-11-10"]
            assert avant
    assert vus == set(offertes)
    compter("situations comptées sur un bureau, comparées à l'API", len(comptes))


async def _silence(lieu: SousPrefecture, qui: str, dossier: str) -> str:
    """When the silence of a case falls or fell, as the API says; past all days where it is over or not countable."""
    if {"REFUS_IMPLICITE", "SILENCE"}.isdisjoint(await oracle(lieu, qui, dossier)):
        horloges = (await lieu.lire(qui, f"/v1/dossiers/{dossier}/echeances"))["echeances"]
        jours = [h["dernier_jour"] for h in horloges if h["regle"] == "R17" and h["etat"] == "EN_ATTENTE"]
    else:
        horloges = (await lieu.lire(qui, f"/v1/dossiers/{dossier}/echeances"))["echeances"]
        jours = [h["dernier_jour"] for h in horloges if h["regle"] == "R17"]
    return jours[0] if jours else JAMAIS


JAMAIS: Final = "9999-12-31"


@pytest.mark.parametrize("qui", [COMEX, POLICE])
async def test_what_is_hidden_moves_no_count_no_line_and_no_day(
    ici: SousPrefecture, qui: str, compter: Callable[[str, int], None]
) -> None:
    """The same pages, byte for byte, before and after others told what this reader may not know."""
    suivi = evenement("AccompagnementOuvert", "2026-10-02", intervention=str(uuid4()), mesure="SSD")
    for nom in ("ATTENTE", "ENQUETE", "ACCORDE", "AVISE"):
        await ici.dire(nom, "ssd", SUIVI, suivi | {"donnees": suivi["donnees"] | {"intervention": str(uuid4())}})
    await ici.monde.projeter()
    avant = await toutes_les_pages(ici.monde, qui)
    for nom in ("ATTENTE", "ENQUETE", "ACCORDE", "AVISE"):
        lui = await titulaire(ici.monde, ici.dossiers[nom])
        secrets = (
            evenement("EvaluationSociale", "2026-10-30", acte=str(uuid4()), personnes=[lui], texte="lien repris"),
            evenement("BesoinSignale", "2026-10-30", acte=str(uuid4()), besoin="INTERPRETE", fondement="RGPD_6_1_E"),
            evenement("MesureProtectionDeclaree", "2026-10-30", acte=str(uuid4()), personne=lui, mesure="CURATELLE"),
        )
        await ici.dire(nom, "ssd", SUIVI, *secrets)
    ailleurs = [
        (COMEX_D_AILLEURS, CFP, dit_[2]) for _, dits in (MENAGES["ENQUETE"], MENAGES["ACCORDE"]) for dit_ in dits
    ]
    await ici.raconter("VOISIN", "2026-09-10", ailleurs, commune=AILLEURS)
    await ici.raconter("VOISINE", "2026-08-01", [], commune=AILLEURS)
    if qui == POLICE:  # acts that it is not shown: a hearing of the judge, delays, what commissions said
        for nom in ("ATTENTE", "ACCORDE"):
            grace = {"etape": "ACCORDES", "base": "L412_2", "duree_mois": 3}
            await ici.dire(nom, COMEX, CFP, evenement("ReceptionConstatee", "2026-07-01", **RECEPTION))
            await ici.dire(nom, "etude", EMISSION, evenement("DelaisQuitterAvances", "2026-07-15", **grace))
        for qui_dit, finalite, acte in EXAMINE:
            await ici.dire("ATTENTE", qui_dit, finalite, acte)
    await ici.monde.projeter()
    apres = await toutes_les_pages(ici.monde, qui)
    assert apres.keys() == avant.keys()
    for adresse, texte in avant.items():
        assert apres[adresse] == texte, adresse
    compter("pages d'une COMEX, les mêmes octet pour octet quoi que d'autres aient dit", len(avant))


RECEPTION: Final = {"acte": "COMMANDEMENT_QUITTER", "recu_par": "PREFET", "voie": "PAPIER"}


async def toutes_les_pages(monde: Monde, qui: str) -> dict[str, str]:
    """Each page of a COMEX, without what each session draws for its forms."""
    adresses = ["/comex", "/comex?silence=2026-12-31", "/calendrier?mois=2026-11", "/calendrier?mois=2027-04"]
    adresses += [
        "/calendrier",
        "/calendrier?jour=2026-11-10",
        f"/calendrier?mois=2026-11&apres=2026-11-10_silence_{SEANCE}",
    ]
    adresses += [f"/comex?situation={code}" for code in SITUATIONS]
    adresses += [f"/comex?commissariat={POLICE}", f"/comex?commissariat={VOISINE}", f"/comex?commune={AILLEURS}"]
    async with session(monde, qui) as client:
        lues = {adresse: (await client.get(adresse)).text for adresse in adresses}
        bureau = (await client.get("/bureau")).text
    # What changed this week is another list of the desk: of an opened follow-up, that one day is shown.
    lues["/bureau"] = bureau.partition('<section aria-labelledby="titre-attentes">')[0]
    return {adresse: re.sub(r'(name="(?:csrf|cle)" value=")[^"]*', r"\1", texte) for adresse, texte in lues.items()}


async def test_under_restriction_the_desk_still_says_what_the_api_says(ici: SousPrefecture) -> None:
    """Of a restricted case, what others told of the enquiry is closed: it is counted for who told it alone."""
    limite = evenement("OppositionEnregistree", "2026-10-31", portee="LIMITATION")
    await ici.dire("ENQUETE", "ccapex", ADM, limite)
    await ici.monde.projeter()
    for qui, vue in ((COMEX, True), (POLICE, False)):
        async with session(ici.monde, qui) as client:
            trouves = LIGNE.findall((await client.get("/comex?situation=ENQUETE")).text)
        dossier = ici.dossiers["ENQUETE"]
        assert (dossier in trouves) is vue
        assert ("ENQUETE" in await oracle(ici, qui, dossier)) is vue


async def test_a_commissariat_is_what_the_registry_says_that_it_covers(ici: SousPrefecture) -> None:
    async with session(ici.monde, COMEX) as client:
        page = (await client.get("/comex")).text
        assert f'<option value="{POLICE}">Commissariat {POLICE}</option>' in page
        assert VOISINE not in page  # it covers no commune of this reader's
        filtree = (await client.get(f"/comex?commissariat={POLICE}&situation=ENQUETE")).text
        [lien] = re.findall(r'<a href="(/comex/[^"]+)"', filtree)
        assert (
            f'<p class="fil"><a href="/comex?commissariat={POLICE}&amp;situation=ENQUETE">'
            in (await client.get(unescape(lien))).text
        )
        du_commissariat = LIGNE.findall((await client.get(f"/comex?commissariat={POLICE}")).text)
        assert du_commissariat == LIGNE.findall(page)
        for vide in (f"commissariat={VOISINE}", f"commissariat={POLICE}&commune={AILLEURS}", "commissariat=inconnu"):
            assert LIGNE.findall((await client.get(f"/comex?{vide}")).text) == []
        compte = [nombre for *_, nombre, _ in COMPTE.findall((await client.get(f"/bureau?{vide}")).text)]
        assert set(compte) == {"0"}
    assert (COMEX, "lister", CFP, "vide") in await traces(ici.monde)  # a list that is empty has its row


async def test_a_page_looks_at_so_many_cases_and_says_so(ici: SousPrefecture, monkeypatch: pytest.MonkeyPatch) -> None:
    """Beyond the bound, the count says that it is not whole, and each page goes on where the one before stopped."""
    monkeypatch.setattr(concours, "REGARDES", 4)
    async with session(ici.monde, COMEX) as client:
        bureau = (await client.get("/bureau")).text
        assert {plus for *_, plus in COMPTE.findall(bureau)} == {" et plus"}
        assert "Les 4 premiers dossiers de la file ont été regardés" in bureau
        adresse, vus = "/comex", list[str]()
        for _ in range(10):
            page = (await client.get(adresse)).text
            vus += LIGNE.findall(page)
            suite = re.search(r'<a class="bouton" href="([^"]+)">Dossiers suivants', page)
            if suite is None:
                break
            assert len(LIGNE.findall(page)) <= 4
            adresse = unescape(suite[1])
    assert len(vus) == len(set(vus)) == len(ici.dossiers) - 1


async def test_whether_others_follow_is_known_from_one_reading_of_the_list(
    ici: SousPrefecture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As many cases as a reading of a list ever gives, and the one after: they are not read twice over to know."""
    monkeypatch.setattr(concours, "REGARDES", 4)
    monkeypatch.setattr(liste, "PAGE_MAX", 4)
    async with session(ici.monde, COMEX) as client:
        await client.get("/comex")
        with compter_le_travail() as prendre:
            page = (await client.get("/comex")).text
            ordres = prendre().ordres
    assert len(LIGNE.findall(page)) == 4
    assert "Dossiers suivants" in page
    [lectures] = [n for ordre, n in ordres.items() if ordre.startswith("SELECT d.id, e.originator_version")]
    assert lectures == 2, "the cases of the list are read to be found, then to be opened"


@pytest.mark.parametrize("qui", [COMEX, POLICE])
async def test_each_case_that_is_looked_at_leaves_its_row_before_it_is_opened(ici: SousPrefecture, qui: str) -> None:
    """And what is over is not even looked at, by who is shown its stage or by who is shown that the household left."""
    async with session(ici.monde, qui) as client:
        avant = len(await ici.monde.journal(10_000))
        page = (await client.get("/comex?situation=ENQUETE")).text
        lignes = (await ici.monde.journal(10_000))[: len(await ici.monde.journal(10_000)) - avant]
    dits = {str(ligne["dossier"]) for ligne in lignes if ligne["dossier"] and ligne["action"] == "lister"}
    refuses = ("EXPULSE",) if qui == COMEX else ("EXPULSE", "REFUSE", "TARDIF")
    assert dits == set(ici.dossiers.values()) - {ici.dossiers[nom] for nom in refuses}
    assert {(ligne["organisation"], ligne["finalite"], ligne["issue"]) for ligne in lignes} == {(qui, CFP, "autorise")}
    assert len(LIGNE.findall(page)) == 1


async def test_a_stranger_and_another_purpose_count_nothing(ici: SousPrefecture) -> None:
    async with session(ici.monde, VOISINE) as client:
        bureau = (await client.get("/bureau")).text
        assert {nombre for *_, nombre, _ in COMPTE.findall(bureau)} == {"0"}
        assert LIGNE.findall((await client.get("/comex")).text) == []
    transport = httpx.ASGITransport(app=ici.monde.app)
    async with httpx.AsyncClient(transport=transport, base_url="http://unefois.test") as client:
        await entrer(client, ici.monde, "ccapex", ADM)
        assert COMPTE.findall((await client.get("/bureau")).text) == []
        for refusee in ("/comex", "/comex?commissariat=inconnu", "/comex.xlsx", "/calendrier?commissariat=x"):
            lue = await client.get(refusee)
            assert lue.status_code == (403 if "comex" in refusee else 200), refusee
        assert ("ccapex", "lister", ADM, "refuse") in await traces(ici.monde)
        assert (await client.get("/calendrier?mois=2026-11")).status_code == 200


async def test_a_month_that_is_none_is_refused(ici: SousPrefecture) -> None:
    async with session(ici.monde, COMEX) as client:
        for mois in ("2026-13", "2026-1", "2026-11-02", "0001-01", "9999-12", "2100-12", "x", "2026-W11"):
            assert (await client.get("/calendrier", params={"mois": mois})).status_code == 400, mois
        assert (await client.get("/calendrier", params={"mois": "2099-12"})).status_code == 200


async def test_the_calendar_has_each_day_of_the_requests(ici: SousPrefecture) -> None:
    async with session(ici.monde, COMEX) as client:

        async def jours(mois: str) -> dict[str, list[tuple[str, str]]]:
            page = (await client.get("/calendrier", params={"mois": mois})).text
            return {
                jour: re.findall(r'<li><strong>([^<]+)</strong> : <a href="([^"]+)"', corps)
                for jour, corps in re.findall(r'<time datetime="([\d-]+)">.*?</h2>\s*<ul>(.*?)</ul>', page, re.DOTALL)
            }

        def cas(nom: str) -> str:
            return f"/comex/{ici.dossiers[nom]}"

        novembre = await jours("2026-11")
        assert ("Dernier jour du silence du préfet", cas("ATTENTE")) in novembre["2026-11-10"]
        assert ("Enquête attendue", cas("ENQUETE")) in novembre["2026-11-20"]
        assert cas("RECUE") not in {lien for dits in novembre.values() for quoi, lien in dits if "Enquête" in quoi}
        assert list(novembre) == sorted(novembre)
        assert novembre["2026-11-01"] == [("Premier jour de la trêve hivernale", "/comex?situation=TREVE")]
        assert "La trêve hivernale court jusqu'au 31\xa0mars\xa02027" in (await client.get("/bureau")).text
        mars, avril = await jours("2027-03"), await jours("2027-04")
        assert mars["2027-03-31"] == [("Dernier jour de la trêve hivernale", "/comex?situation=TREVE")]
        assert ("Expulsion programmée", cas("ACCORDE")) in avril["2027-04-05"]
        assert cas("REPORTE") not in {lien for _, lien in avril["2027-04-05"]}
        silences = {d: await _silence(ici, COMEX, dossier) for d, dossier in ici.dossiers.items() if d != "EXPULSE"}
        for nom, le in silences.items():
            if le.startswith("2026-1"):
                dits = (await jours(le[:7]))[le]
                assert ("Dernier jour du silence du préfet", cas(nom)) in dits


JOUR_DIT: Final = re.compile(r'<time datetime="([\d-]+)">.*?</h2>\s*<ul>(.*?)</ul>', re.DOTALL)
CHOSE: Final = re.compile(r'<li><strong>([^<]+)</strong> : <a href="([^"]+)"')
SUITE: Final = re.compile(r'<a class="bouton" href="([^"]+)">La suite du (?:mois|jour)</a>')


def choses(page: str) -> list[tuple[str, str, str]]:
    """What a calendar shows, in its order: the day, what it is, where it leads."""
    return [(jour, quoi, lien) for jour, dits in JOUR_DIT.findall(page) for quoi, lien in CHOSE.findall(dits)]


async def remplir_les_mois(ici: SousPrefecture) -> None:
    """Silences that fall in November, for the COMEX; hearings and a recommendation of December, for the CCAPEX."""
    for nom, le in (("DEUX", "2026-09-10"), ("TROIS", "2026-09-10"), ("QUATRE", "2026-09-24")):
        await ici.raconter(nom, le, [])
    for nom, le in (("AVISE", "2026-12-15"), ("ATTENTE", "2026-12-15"), ("TOMBE", "2026-12-03")):
        audience = evenement("AssignationSignifiee", "2026-03-01", etude_siret=ETUDE, date_audience=le)
        await ici.dire(nom, "etude", EMISSION, audience)
    suivie = {"recommandation": str(uuid4()), "instance": "CCAPEX", "destinataire": "bailleur", "texte": "un plan"}
    suivie |= {"categorie": "PLAN_APUREMENT", "echeance": "2026-12-15"}
    await ici.dire("AVISE", "ccapex", ADM, evenement("RecommandationEmise", "2026-10-20", **suivie))
    await ici.monde.projeter()


@pytest.mark.parametrize(("qui", "finalite", "mois"), [(COMEX, CFP, "2026-11"), ("ccapex", ADM, "2026-12")])
async def test_a_full_month_is_read_page_after_page(
    ici: SousPrefecture, monkeypatch: pytest.MonkeyPatch, qui: str, finalite: str, mois: str
) -> None:
    """Each page has so many things, says which, and leads to the next; all together they are the month, once each."""
    await remplir_les_mois(ici)
    transport = httpx.ASGITransport(app=ici.monde.app)
    async with httpx.AsyncClient(transport=transport, base_url="http://unefois.test") as client:
        await entrer(client, ici.monde, qui, finalite)
        debut = f"/calendrier?mois={mois}" + (f"&commune={COMMUNE}" if qui == COMEX else "")
        entier = (await client.get(debut)).text
        assert SUITE.search(entier) is None
        assert "tient sur plusieurs pages" not in entier
        attendues = choses(entier)
        assert len(attendues) >= 5
        monkeypatch.setattr(calendrier, "LIGNES", 2)
        lues, adresse = list[tuple[str, str, str]](), debut
        for _ in range(len(attendues)):
            page = (await client.get(adresse)).text
            suite = SUITE.search(page)
            assert ("tient sur plusieurs pages : voici les 2 premières lignes" in page) is (adresse == debut)
            assert ("D'autres suivent" in page) is (adresse != debut and suite is not None)
            assert ("Fin du mois" in page) is (suite is None)
            assert ("Revenir au début" in page) is (adresse != debut)
            assert len(choses(page)) == 2 or suite is None
            lignes, jours = choses(page), {jour for jour, _, _ in choses(page)}
            assert (", toutes du " in page) is (suite is not None and len(jours) == 1), lignes
            suivie = lues and choses(page)[0][0] == lues[-1][0]
            assert ('<span class="jalon">suite</span>' in page) is bool(suivie)
            lues += choses(page)
            if suite is None:
                break
            adresse = unescape(suite[1])
            assert f"mois={mois}" in adresse
            assert (f"commune={COMMUNE}" in adresse) is (qui == COMEX)
        assert sorted(lues) == sorted(attendues)
        assert [jour for jour, _, _ in lues] == [jour for jour, _, _ in attendues]
        plein = max({jour for jour, _, _ in attendues}, key=[jour for jour, _, _ in attendues].count)
        lien = adresse_de(entier, plein)
        monkeypatch.setattr(calendrier, "LIGNES", 1)
        du_jour, adresse = list[tuple[str, str, str]](), lien
        while adresse:
            page = (await client.get(adresse)).text
            du_jour += choses(page)
            suite = SUITE.search(page)
            adresse = unescape(suite[1]) if suite else ""
        assert sorted(du_jour) == sorted(chose for chose in attendues if chose[0] == plein)
        assert len(du_jour) > 1


def adresse_de(page: str, jour: str) -> str:
    """Where a day of a calendar is opened by itself."""
    [lien] = re.findall(rf'<h2><a href="(/calendrier\?jour={jour}[^"]*)">', page)
    return str(unescape(lien))


async def test_a_month_is_read_from_today_or_from_its_first_day_and_a_day_alone(ici: SousPrefecture) -> None:
    async with session(ici.monde, COMEX) as client:
        du_premier = (await client.get("/calendrier?mois=2026-11")).text
        ce_matin = (await client.get("/calendrier")).text
        assert choses(ce_matin) == [c for c in choses(du_premier) if c[0] >= AUJOURD_HUI.isoformat()]
        assert choses(ce_matin) != choses(du_premier)
        assert re.search(r"À partir du lundi 2.novembre.2026", ce_matin)
        for mot, lien in (("Depuis le premier du mois", "/calendrier?mois=2026-11"), ("Mois suivant", "mois=2026-12")):
            assert re.search(rf'href="[^"]*{re.escape(lien)}">{mot}</a>', ce_matin), mot
        assert '<a href="/calendrier">À partir d&#39;aujourd&#39;hui</a>' in du_premier
        du_dix = (await client.get("/calendrier?mois=2026-11&depuis=2026-11-10")).text
        assert choses(du_dix) == [c for c in choses(du_premier) if c[0] >= "2026-11-10"]
        le_dix = (await client.get(f"/calendrier?jour=2026-11-10&commune={COMMUNE}")).text
        assert choses(le_dix) == [c for c in choses(du_premier) if c[0] == "2026-11-10"]
        for mot, jour in (("Jour précédent", "2026-11-09"), ("Jour suivant", "2026-11-11")):
            assert f'<a href="/calendrier?jour={jour}&amp;commune={COMMUNE}">{mot}</a>' in le_dix
        assert f'<a href="/calendrier?mois=2026-11&amp;commune={COMMUNE}">Tout le mois</a>' in le_dix
        vide = (await client.get("/calendrier?jour=2026-11-09")).text
        assert "Rien de ce qui vous est communiqué ne tombe ce jour-là" in vide
        une = str(uuid4())
        for faux in (
            "jour=2026-02-30", "jour=0001-01-01", "jour=9999-12-31", "depuis=x", "mois=2026-11&depuis=2026-12-01",
            "mois=2026-11&apres=x", f"mois=2026-11&apres=2026-12-01_silence_{une}",
            f"mois=2026-11&apres=2026-11-10_dossiers_{une}", f"jour=2026-11-10&apres=2026-11-11_silence_{une}",
        ):  # fmt: skip
            assert (await client.get(f"/calendrier?{faux}")).status_code == 400, faux


@pytest.mark.parametrize("largeur", LARGEURS)
async def test_the_rest_of_a_month_is_reached_with_a_keyboard_alone(
    ici: SousPrefecture, navigateur: Browser, axe: Verifier, monkeypatch: pytest.MonkeyPatch, largeur: int
) -> None:
    await remplir_les_mois(ici)
    monkeypatch.setattr(calendrier, "LIGNES", 3)
    async with servir(ici.monde.app) as adresse, visiteur(navigateur, adresse, largeur) as page:
        await page.goto(ici.monde.lien(COMEX))
        await page.check(f"[value={CFP}]")
        await page.get_by_role("button", name="Continuer").click()

        async def suivre(selecteur: str, nom: str) -> None:
            await aller_a(page, selecteur)
            async with page.expect_navigation():
                await page.keyboard.press("Enter")
            assert await page.locator("script").count() == 0
            assert await page.evaluate("document.documentElement.scrollWidth") <= largeur, page.url
            await capturer(page, f"calendrier-{nom}-{largeur}")
            await axe(page)

        await suivre(".menu a[href='/calendrier']", "aujourdhui")
        await suivre("nav a[href='/calendrier?mois=2026-11']", "premier")
        await expect(page.get_by_text("tient sur plusieurs pages")).to_be_visible()
        for _ in range(20):
            if not await page.locator("a.bouton[href*='apres=']").count():
                break
            await suivre("a.bouton[href*='apres=']", "suite")
        await expect(page.get_by_text("Fin du mois")).to_be_visible()
        await suivre("nav[aria-label='Pages du mois'] a", "debut")
        await expect(page.get_by_text("tient sur plusieurs pages")).to_be_visible()
        await suivre(".jours h2 a", "jour")
        await expect(page.get_by_role("heading", level=1)).to_have_text(re.compile(r"dimanche 1er.novembre.2026"))
        await page.locator("#jour").fill("2026-11-10")
        await suivre(".filtres button", "autre-jour")
        await expect(page.get_by_role("heading", level=1)).to_have_text(re.compile(r"mardi 10.novembre.2026"))


async def test_what_an_address_says_wrong_is_refused_or_counts_for_nothing(ici: SousPrefecture) -> None:
    async with session(ici.monde, COMEX) as client:
        for faux in ("silence=demain", "du=2026-02-30", "apres=-1", "apres=x", "situation=%00"):
            assert (await client.get(f"/comex?{faux}")).status_code == 400, faux
        toutes = LIGNE.findall((await client.get("/comex")).text)
        assert LIGNE.findall((await client.get("/comex?situation=INVENTEE")).text) == toutes


@pytest.mark.parametrize(("qui", "finalite", "lieu"), [("ccapex", ADM, "/ccapex"), ("clil", "CLIL_EXAMEN", "/clil")])
async def test_the_other_commissions_have_theirs(
    ici: SousPrefecture, qui: str, finalite: str, lieu: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The month of a CCAPEX or a CLIL is the API's calendar: its sessions, hearings, recommendations to follow,
    and situations to look at one year on."""
    audience = evenement("AssignationSignifiee", "2026-03-01", etude_siret=ETUDE, date_audience="2026-12-15")
    await ici.dire("AVISE", "etude", EMISSION, audience)
    suivie = {"recommandation": str(uuid4()), "instance": "CCAPEX", "destinataire": "bailleur", "texte": "un plan"}
    suivie |= {"categorie": "PLAN_APUREMENT", "echeance": "2026-12-31"}
    await ici.dire("AVISE", "ccapex", ADM, evenement("RecommandationEmise", "2026-10-20", **suivie))
    with administrer(ici.monde.bases.registre_url, PAR, SCHEMA) as registre:
        tenue = Seance(uuid4(), "CCAPEX", "departement", date(2025, 12, 1), date(2025, 12, 10))
        convoquer(registre, tenue)
    listee = {"instance": "CCAPEX", "seance": str(tenue.id), "seance_le": "2025-12-10"}
    examine = evenement("DossierExamine", "2025-12-10", instance="CCAPEX")
    await ici.dire("AVISE", "ccapex", ADM, evenement("InstanceInscrite", "2025-12-01", **listee), examine)
    await ici.monde.proposer(ici.dossiers["AVISE"], "bailleur")
    await ici.monde.projeter()
    jours = {"du": "2026-12-01", "au": "2026-12-31"}
    dits = (await ici.monde.get("/v1/seances/calendrier", qui, finalite, params=jours)).json()["jours"]
    attendus = {
        (jour["jour"], lien)
        for jour in dits
        for lien in (
            *(f"/seances/{s['seance']}" for s in jour["seances"]),
            *(f"{lieu}/{ligne['dossier']}" for quoi in ("audiences", "suites", "evaluations") for ligne in jour[quoi]),
        )
    }
    transport = httpx.ASGITransport(app=ici.monde.app)
    async with httpx.AsyncClient(transport=transport, base_url="http://unefois.test") as client:
        await entrer(client, ici.monde, qui, finalite)
        page = (await client.get("/calendrier?mois=2026-12")).text
    montres = {
        (jour, lien)
        for jour, corps in re.findall(r'<time datetime="([\d-]+)">.*?</h2>\s*<ul>(.*?)</ul>', page, re.DOTALL)
        for lien in re.findall(r'</strong> : <a href="([^"]+)"', corps)
    }
    assert montres == attendus
    assert len(attendus) >= (4 if qui == "ccapex" else 0)
    assert ("évaluer, un an après" in page) is (qui == "ccapex")
    # Page by page, each thing once.
    monkeypatch.setattr(calendrier, "LIGNES", 1)
    suivis: list[str] = []
    async with httpx.AsyncClient(transport=transport, base_url="http://unefois.test") as client:
        await entrer(client, ici.monde, qui, finalite)
        adresse: str | None = "/calendrier?mois=2026-12"
        while adresse:
            page = (await client.get(adresse)).text
            suivis += re.findall(r'</strong> : <a href="([^"]+)"', page)
            suite = re.search(r'<a class="bouton" href="([^"]+)">La suite', page)
            adresse = unescape(suite[1]) if suite else None
    assert sorted(suivis) == sorted(lien for _, lien in attendus)


async def test_a_workbook_has_the_lines_of_the_page(ici: SousPrefecture) -> None:
    async with session(ici.monde, COMEX) as client:
        page = LIGNE.findall((await client.get("/comex?situation=REFUS_IMPLICITE")).text)
        titres, *lignes = rangees((await client.get("/comex.xlsx?situation=REFUS_IMPLICITE")).content)
    assert [ligne[0] for ligne in lignes] == page == [ici.dossiers["TOMBE"]]
    dit_ = dict(zip(titres, lignes[0], strict=True))
    assert dit_["État du silence"] == "silence gardé, refus implicite"
    assert str(dit_["Silence le"]).startswith("2026-10-10")


async def test_a_case_begins_with_what_a_comex_decides_on(ici: SousPrefecture) -> None:
    """Request, silence with its article, truce, liability, enquiry, avis and needs; then the rest; forms at hand."""
    avise, attente, tombe = (ici.dossiers[nom] for nom in ("AVISE", "ATTENTE", "TOMBE"))
    suivi = evenement("AccompagnementOuvert", "2026-10-02", intervention=str(uuid4()), mesure="SSD")
    await ici.dire("AVISE", "ssd", SUIVI, suivi)
    besoin = {"acte": str(uuid4()), "besoin": "HEBERGEMENT_ACCESSIBLE", "fondement": "RGPD_6_1_E"}
    for avec_accord in (True, False):
        dite = besoin | {"avec_accord": avec_accord, "acte": str(uuid4())}
        dite |= {} if avec_accord else {"besoin": "PRESENCE_SERVICE_SOCIAL"}
        await ici.dire("AVISE", "ssd", SUIVI, evenement("BesoinSignale", "2026-10-03", **dite))
    async with session(ici.monde, COMEX) as client:
        for adresse in (f"/comex/{avise}", f"/dossiers/{avise}"):
            page = (await client.get(adresse)).text
            tete = page[: page.index("<dt>Bailleur</dt>")]
            rangs = [tete.index(f"<dt>{quoi}") for quoi in ORDRE]
            assert rangs == sorted(rangs)
            assert "relogement" in tete[rangs[5] :]
            assert "interprète" in tete[rangs[6] :]
        lu = await ici.lire(COMEX, f"/v1/dossiers/{avise}")
        besoins = {f["champs"]["besoin"] for f in lu["faits"] if f["type"] == "BesoinSignale"}
        assert ("hébergement accessible" in tete) is ("HEBERGEMENT_ACCESSIBLE" in besoins)
        assert "présence du service social" not in page
        page = (await client.get(f"/comex/{attente}")).text
        assert re.search(r"<dt>Silence du préfet</dt><dd>10.novembre.2026", page)
        assert "CPCE R.153-1" in page
        for acte in (*requisitions.DECISIONS, *requisitions.ECRITS):
            assert re.search(rf'href="/dossiers/{attente}/transmettre/{acte}["?]', page)
        assert "court depuis" in (await client.get(f"/comex/{tombe}")).text
    async with session(ici.monde, POLICE) as client:
        page = (await client.get(f"/comex/{avise}")).text
        offerts = set(re.findall(r"/transmettre/(\w+)", page))
        assert offerts == {"EnqueteRealisee", "ExpulsionProgrammee"}
        assert "interprète" not in page
        assert [quoi for quoi in ORDRE if f"<dt>{quoi}" in page] == ["Réquisition", "Enquête"]
    transport = httpx.ASGITransport(app=ici.monde.app)
    async with httpx.AsyncClient(transport=transport, base_url="http://unefois.test") as client:
        await entrer(client, ici.monde, "ccapex", ADM)
        assert "ce sur quoi décider" not in (await client.get(f"/ccapex/{avise}")).text


ORDRE: Final = (
    "Réquisition", "Silence du préfet", "Trêve hivernale", "Responsabilité de l'État", "Enquête", "Avis de la CCAPEX",
    "Besoins à prendre en compte",
)  # fmt: skip


async def test_an_act_received_on_paper_is_one_form_away_from_the_desk(ici: SousPrefecture) -> None:
    """The act is chosen, the household is sought; its form is the next page. Nothing is said of who is not found."""
    async with session(ici.monde, COMEX) as client:
        bureau = (await client.get("/bureau")).text
        offerts = re.findall(r'<option value="(\w+)"', bureau[bureau.index('name="acte"') :])
        assert offerts == list(requisitions.ECRITS)
        qui = {"csrf": jeton(bureau), "nom": "ATTENTE", "prenoms": "Fatou", "date_naissance": "1955-04-24"}
        page = await client.post("/recherche", data=qui | {"acte": "ReceptionConstatee"})
        [lien] = re.findall(r'href="(/dossiers/[^"]+/transmettre/ReceptionConstatee[^"]*)"', page.text)
        assert lien.startswith(f"/dossiers/{ici.dossiers['ATTENTE']}/transmettre/ReceptionConstatee?")
        formulaire = (await client.get(unescape(lien))).text
        for code in ("COMMANDEMENT_QUITTER", "PREFET", "PAPIER"):
            assert f'<option value="{code}" selected>' in formulaire
        vide = await client.post("/recherche", data=qui | {"acte": "ReceptionConstatee", "nom": "PERSONNE"})
        assert "/transmettre/" not in vide.text
        assert "changez de finalité" in vide.text
        for faux in ("EffacementDecide", "AvisRendu", "<b>"):
            page = await client.post("/recherche", data=qui | {"acte": faux})
            assert faux not in page.text
            assert f'href="/dossiers/{ici.dossiers["ATTENTE"]}"' in page.text
    async with session(ici.monde, POLICE) as client:
        file = (await client.get("/comex")).text
        assert [nom for nom in ("silence", "stade", "parc", "situation") if f'name="{nom}"' in file] == ["situation"]
        assert 'name="acte"' not in (await client.get("/bureau")).text


@pytest.mark.parametrize(
    ("largeur", "acte", "situation"),
    [
        *((largeur, "ConcoursForceAccorde", "SILENCE") for largeur in LARGEURS),
        (LARGEURS[1], "ConcoursForceRefuse", "REFUS_IMPLICITE"),
        (LARGEURS[0], "EnqueteDemandee", "A_COMPTER"),
    ],
)
async def test_the_morning_of_a_sous_prefecture_with_a_keyboard_alone(
    ici: SousPrefecture, navigateur: Browser, axe: Verifier, largeur: int, acte: str, situation: str
) -> None:
    """From a count of the desk to an act that is kept, and what the desk counts then. No script runs."""
    async with servir(ici.monde.app) as adresse, visiteur(navigateur, adresse, largeur) as page:
        plaintes: list[str] = []
        page.on("console", lambda message: plaintes.append(message.text) if message.type == "error" else None)
        titre = page.get_by_role("heading", level=1)

        async def regarder(attendu: str, nom: str) -> None:
            await expect(titre).to_have_text(re.compile(attendu))
            assert await page.locator("script").count() == 0
            assert await page.evaluate("document.documentElement.scrollWidth") <= largeur, page.url
            await capturer(page, f"{nom}-{acte}-{largeur}")
            await axe(page)

        async def suivre(selecteur: str) -> None:
            await aller_a(page, selecteur)
            async with page.expect_navigation():
                await page.keyboard.press("Enter")

        await page.goto(ici.monde.lien(COMEX))
        await page.check(f"[value={CFP}]")
        await page.get_by_role("button", name="Continuer").click()
        await regarder("Mon bureau", "comex-bureau")
        avant = await _compte(page, situation)
        assert avant > 0
        await suivre(f".decomptes a[href*='situation={situation}']")
        await regarder("File active de la COMEX", "comex-file")
        assert await page.locator("tbody tr").count() == avant
        await suivre("th a[href^='/comex/']")
        await regarder(".+", "comex-dossier")
        await suivre(f"#concours a[href$='/transmettre/{acte}']")
        await regarder(catalogue()[acte].LIBELLE, "comex-acte")
        await page.locator("#acte-survenu_le").fill(AUJOURD_HUI.isoformat())
        for choix in await page.locator("#acte select[required]").all():
            await aller_a(page, f"#{await choix.get_attribute('id')}")
            await page.keyboard.press("ArrowDown")
        await suivre("button[value=relire]")
        await regarder("Relisez avant d'enregistrer", "comex-relire")
        await suivre("button[value=enregistrer]")
        await expect(page.get_by_role("status")).to_contain_text("C'est enregistré")
        await ici.monde.projeter()
        await suivre(".menu a[href='/bureau']")
        apres = await _compte(page, situation)
        assert apres == (avant if acte == "EnqueteDemandee" else avant - 1)
        await suivre(".menu a[href='/calendrier']")
        await regarder("Calendrier de la COMEX, novembre.2026", "comex-calendrier")
        assert plaintes == []


@pytest.mark.parametrize("largeur", LARGEURS)
async def test_a_receipt_on_paper_is_kept_from_the_desk_with_a_keyboard_alone(
    ici: SousPrefecture, navigateur: Browser, axe: Verifier, largeur: int
) -> None:
    """The silence that could not be counted is, once the préfecture says when it received the commandement."""
    await ici.raconter("SANS", "2026-09-15", [], sans_reception=True)
    await ici.monde.projeter()
    async with servir(ici.monde.app) as adresse, visiteur(navigateur, adresse, largeur) as page:
        await page.goto(ici.monde.lien(COMEX))
        await page.check(f"[value={CFP}]")
        await page.get_by_role("button", name="Continuer").click()
        avant = await _compte(page, "A_COMPTER")
        await aller_a(page, "details.action > summary")
        await page.keyboard.press("Enter")
        await aller_a(page, "#recherche-acte")
        await page.keyboard.press("r")
        assert await page.locator("#recherche-acte").input_value() == "ReceptionConstatee"
        for nom, dit_ in (("nom", "SANS"), ("prenoms", "Fatou")):
            await aller_a(page, f"#recherche-{nom}")
            await page.keyboard.type(dit_)
        await page.locator("#recherche-date_naissance").fill("1955-04-24")
        await capturer(page, f"comex-papier-{largeur}")
        await axe(page)
        for suivant in ("#recherche button", "a[href*='/transmettre/ReceptionConstatee']"):
            await aller_a(page, suivant)
            async with page.expect_navigation():
                await page.keyboard.press("Enter")
            assert await page.evaluate("document.documentElement.scrollWidth") <= largeur
            await capturer(page, f"comex-papier-suite-{largeur}")
            await axe(page)
        await page.locator("#acte-survenu_le").fill("2026-07-01")
        for etape in ("relire", "enregistrer"):
            await aller_a(page, f"button[value={etape}]")
            async with page.expect_navigation():
                await page.keyboard.press("Enter")
        await expect(page.get_by_role("status")).to_contain_text("C'est enregistré")
        await page.goto("/bureau")
        assert await _compte(page, "A_COMPTER") == avant - 1


async def _compte(page: Page, situation: str) -> int:
    return int(await page.locator(f".decomptes a[href*='situation={situation}'] strong").inner_text())
