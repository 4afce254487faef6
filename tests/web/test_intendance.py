"""The administrators' pages through their public door, on a real PostgreSQL: the whole work, and who would abuse it."""

import asyncio
import re
from collections.abc import AsyncIterator, Callable
from datetime import date, timedelta
from html import unescape
from pathlib import Path
from typing import Any, Final, cast
from uuid import UUID, uuid4

import httpx2 as httpx
import psycopg
import pytest
from psycopg import errors
from psycopg.types.json import Jsonb

from adapters.identite.cles import ClesDistantes
from adapters.identite.jetons import Emetteur, Identites
from adapters.identite.oidc import Coffret, ConnexionOidc
from adapters.intendance.demarches import FORMALITES
from adapters.intendance.listes import PAR_PAGE
from adapters.registre.administration import (
    administrer,
    consulter,
    inscrire_partenaire,
    nommer_administrateur,
    retirer_administrateur,
    suspendre_partenaire,
)
from adapters.registre.instantane import Administrateur, Partenaire
from adapters.registre.lecture import NATURES
from adapters.service.settings import ConfigurationRefusee, Settings
from adapters.service.wiring import Adresses, ouvrir_intendance
from adapters.web.sessions import Sessions
from ledger.droit.jours import aujourd_hui
from ledger.noms import est_siret
from tests.bases import SCHEMA, Bases
from tests.monde import FINALITES, PAR, SEANCE, peupler
from tests.rest.comptoir import AUDIENCE, RETOUR, SITE, Comptoir, emettre
from tests.rest.test_attaques_registre import ouvrir, semer
from tests.structure.test_settings import NOMMES
from tests.web.bureau_du_registre import (
    ALICE,
    BACHIR,
    HOTE,
    BureauDuRegistre,
    champs,
    envoyer,
    faire,
    fautes,
    lignes,
    nommer,
    ouvrir_bureau,
    remplir,
)

DOSSIER: Final = UUID(int=1)
SIRET: Final = "90000090000010"


@pytest.fixture
async def bureau(bases: Bases) -> AsyncIterator[BureauDuRegistre]:
    peupler(bases)
    nommer(bases, ALICE, BACHIR)
    semer(bases, DOSSIER)
    async with ouvrir_bureau(bases) as ouvert:
        yield ouvert


def revision(bureau: BureauDuRegistre) -> int:
    return int(bureau.lire("SELECT max(revision) AS r FROM registre_changements")[0]["r"])


# --- the whole work -------------------------------------------------------------------------------------------------


def gestes(le: date) -> list[tuple[str, dict[str, str], str, str]]:
    """Each formality as it is done: its address, what is typed, its nature, one thing that is said from then on."""
    un_mois, hier = (le + timedelta(days=30)).isoformat(), (le - timedelta(days=1)).isoformat()
    caf = "?partenaire=caf"
    return [
        ("inscrire-partenaire?role=ADIL", {"code": "adil", "nom": "ADIL 93", "siret": SIRET, "territoire": "aucun",
            "finalites.CONSEIL_DROIT": "oui"}, "partenaires", "ADIL 93"),
        (f"changer-partenaire{caf}", {"nom": "Caisse d'allocations familiales"}, "partenaires", "Caisse d'allocations"),
        ("suspendre-partenaire?partenaire=voisin", {}, "partenaires", "suspendu_le"),
        ("retablir-partenaire?partenaire=voisin", {}, "partenaires", "voisin"),
        (f"rattacher-client{caf}", {"client_id": "caf-neuf"}, "clients", "caf-neuf"),
        (f"retirer-client{caf}&client=caf-neuf", {}, "clients", "retire_le"),
        (f"habiliter-agent{caf}", {"agent": "neuve", "finalites.CLIL_EXAMEN": "oui", "secret": "aucun"},
            "habilitations", "neuve"),
        (f"habiliter-agent{caf}&agent=neuve", {"au": un_mois}, "habilitations", un_mois),
        (f"revoquer-agent{caf}&agent=neuve", {}, "habilitations", "revoquee_le"),
        ("confirmer-mandat?partenaire=etude", {"dossier": str(DOSSIER), "confirme_par": "instructrice"},
            "mandats", str(DOSSIER)),
        (f"revoquer-mandat?partenaire=etude&dossier={DOSSIER}", {}, "mandats", "revoque_le"),
        ("nommer-administrateur?partenaire=dpo", {"agent": "chloe"}, "administrateurs", "chloe"),
        ("retirer-administrateur?partenaire=dpo&agent=chloe", {}, "administrateurs", "retire_le"),
        ("instituer-instance", {"code": "clil-neuve", "genre": "CLIL", "libelle": "CLIL neuve", "tag": "INFERRED",
            "lieux": "commune:93008", "secretariat": "clil", "legal_ref": "Charte"}, "instances", "clil-neuve"),
        ("changer-instance?instance=clil-neuve", {"libelle": "CLIL renommée"}, "instances", "CLIL renommée"),
        (f"donner-siege{caf}", {"instance": "clil-neuve"}, "membres", "instance:clil-neuve"),
        (f"retirer-siege{caf}&genre=CLIL&lieu=instance:clil-neuve", {}, "membres", "sorti_le"),
        ("convoquer-seance?instance=clil-neuve", {"seance_le": un_mois, "heure": "09:30", "salle": "Mairie"},
            "seances", "09:30"),
        (f"changer-seance?seance={SEANCE}", {"heure": "14:00"}, "seances", "14:00"),
        (f"annuler-seance?seance={SEANCE}", {}, "seances", "annulee_le"),
        ("clore-instance?instance=clil-neuve", {"valid_to": le.isoformat()}, "instances", "valid_to"),
        (f"changer-partenaire{caf}", {"portefeuille": f"{SIRET}\n{SIRET}", "nom": "CAF"}, "partenaires", SIRET),
        ("nommer-administrateur?partenaire=dpo&agent=chloe", {"au": un_mois}, "administrateurs", un_mois),
        ("inscrire-partenaire?role=USAGER", {"code": "elle", "nom": "Elle", "finalites.DROITS_PERSONNE": "oui"},
            "partenaires", "elle"),
        (f"habiliter-agent{caf}", {"agent": "d-hier", "du": hier, "finalites.CLIL_EXAMEN": "oui", "secret": "mission"},
            "habilitations", "mission"),
    ]  # fmt: skip


async def test_tout_se_fait_dans_le_navigateur_et_chaque_geste_est_au_journal(
    bureau: BureauDuRegistre, compter: Callable[[str, int], None]
) -> None:
    """Read again, which writes nothing; then one row more, with before and after under the administrator's name."""
    faits = gestes(aujourd_hui())
    assert {adresse.partition("?")[0] for adresse, *_ in faits} == set(FORMALITES)
    async with bureau.entre() as client:
        for adresse, dits, nature, dit in faits:
            avant = revision(bureau)
            ouverte = await client.get(f"/demarches/{adresse}")
            relue = (
                ouverte if 'value="garder"' in ouverte.text else await envoyer(client, ouverte.text, "relire", **dits)
            )
            assert relue.status_code == 200, (adresse, fautes(relue.text))
            assert lignes(relue.text), adresse
            assert revision(bureau) == avant, f"{adresse} : relire n'écrit rien"
            gardee = await envoyer(client, relue.text, "garder")
            assert gardee.status_code == 303, (adresse, fautes(gardee.text))
            suite = await client.get(gardee.headers["location"])
            assert 'role="status"' in suite.text
            [ligne] = bureau.journal(2)[1:]
            assert (ligne["organisation"], ligne["agent"], ligne["action"]) == (*ALICE, "administrer"), adresse
            assert ligne["motif"].split()[0] == nature
            assert dit in f"{ligne['apres']}".replace("\\'", "'") or dit in suite.text, (adresse, ligne["apres"])
            [change] = bureau.lire("SELECT * FROM registre_changements WHERE revision = %s", revision(bureau))
            assert (change["nature"], change["par"]) == (nature, "/".join(ALICE))
    compter("formalités faites dans le navigateur", len(faits))


async def test_ce_qui_est_fait_ici_tient_la_ou_on_lit_le_registre(bureau: BureauDuRegistre) -> None:
    async with bureau.entre() as client:
        for adresse, dits, *_ in gestes(aujourd_hui())[:8]:
            assert (await faire(client, f"/demarches/{adresse}", **dits)).status_code == 303
    with administrer(bureau.bases.registre_url, PAR, SCHEMA) as connexion:
        registre = consulter(connexion)
    assert registre.partenaires["adil"].siret == SIRET
    assert registre.partenaires["caf"].nom == "Caisse d'allocations familiales"
    assert registre.partenaires["caf"].finalites == frozenset(FINALITES["CAF"])
    assert registre.partenaires["voisin"].suspendu_le is None
    assert registre.partenaire_de("caf-neuf") is None
    assert registre.habilitations["caf", "neuve"][0].au > aujourd_hui()
    assert {h.par for h in registre.habilitations["caf", "neuve"]} == {"/".join(ALICE)}


async def test_avant_de_garder_on_lit_ce_qui_change(bureau: BureauDuRegistre) -> None:
    async with bureau.entre() as client:
        relue = await remplir(client, "/demarches/changer-partenaire?partenaire=ssd", nom="Service social")
        dites = lignes(relue.text)
        assert dites["Nom"] == ("Organisation ssd", "Service social")
        assert dites["Communes"] == ("Bobigny", "Bobigny")
        modifiee = await envoyer(client, relue.text, "modifier")
        assert champs(modifiee.text)["nom"] == "Service social"


async def test_ce_que_le_registre_dit_deja_n_est_pas_redit(bureau: BureauDuRegistre) -> None:
    async with bureau.entre() as client:
        pareille = await remplir(client, "/demarches/changer-partenaire?partenaire=caf")
        assert (pareille.status_code, fautes(pareille.text)) == (
            422,
            {"": "Rien ne change : le registre dit déjà cela."},
        )
        relue = await remplir(
            client, "/demarches/habiliter-agent?partenaire=caf",
            agent="deux-fois", secret="aucun", **{"finalites.CLIL_EXAMEN": "oui"},
        )  # fmt: skip
        [une, autre] = [await envoyer(client, relue.text, "garder") for _ in range(2)]
        assert une.headers["location"].endswith("?fait=agent-habilite")
        assert autre.headers["location"].endswith("?fait=deja")
    assert len(bureau.lire("SELECT FROM habilitations WHERE agent = 'deux-fois'")) == 1


LA_CAF: Final = {"code": "b", "nom": "x", "siret": SIRET, "territoire": "aucun"}
UNE_CLIL: Final = {
    "code": "x",
    "genre": "CLIL",
    "libelle": "x",
    "secretariat": "clil",
    "legal_ref": "x",
    "tag": "STATED",
}
UN_AGENT: Final = {"agent": "a", "secret": "aucun", "finalites.CLIL_EXAMEN": "oui"}
NEUVE: Final = "inscrire-partenaire?role=CAF"
FAUTES: Final = [
    (NEUVE, LA_CAF | {"code": "Caf 2"}, "code", "minuscules"),
    (NEUVE, LA_CAF | {"code": "caf"}, "code", "déjà ce code"),
    (NEUVE, LA_CAF | {"siret": "90000090000011"}, "siret", "clé"),
    (NEUVE, LA_CAF | {"nom": ""}, "nom", "nécessaire"),
    (NEUVE, LA_CAF | {"nom": "x" * 201}, "nom", "200 signes"),
    (NEUVE, LA_CAF | {"nom": "x\x07"}, "nom", "ne s'écrit pas"),
    (NEUVE, LA_CAF | {"nom": "1 84 12 93 003 007 72"}, "nom", "sécurité sociale"),
    ("changer-partenaire?partenaire=caf", {"territoire": "communes"}, "territoire", "nomme ses communes"),
    ("changer-partenaire?partenaire=caf", {"territoire": "lune"}, "territoire", "Donnez departement"),
    ("changer-partenaire?partenaire=caf", {"portefeuille": "12"}, "portefeuille", "SIRET de bailleurs"),
    ("changer-partenaire?partenaire=caf", {"finalites.CONTROLE": "oui"}, "finalites", "ne déclare pas"),
    ("rattacher-client?partenaire=caf", {"client_id": "client-ssd"}, "client_id", "autre partenaire"),
    ("habiliter-agent?partenaire=caf", UN_AGENT | {"agent": "Jeanne Dupont"}, "agent", "pseudonyme"),
    ("habiliter-agent?partenaire=caf", UN_AGENT | {"finalites.CLIL_EXAMEN": ""}, "finalites", "une finalité"),
    ("habiliter-agent?partenaire=caf", UN_AGENT | {"au": "2035-01-01"}, "au", "366 jours"),
    ("habiliter-agent?partenaire=caf", UN_AGENT | {"du": "hier"}, "du", "AAAA-MM-JJ"),
    ("confirmer-mandat?partenaire=etude", {"dossier": "12", "confirme_par": "instructrice"}, "dossier", "identifiant"),
    (
        "confirmer-mandat?partenaire=etude",
        {"dossier": str(uuid4()), "confirme_par": "instructrice"},
        "dossier",
        "Relisez-le",
    ),
    (
        "confirmer-mandat?partenaire=etude",
        {"dossier": str(DOSSIER), "confirme_par": "clerc"},
        "confirme_par",
        "service instructeur",
    ),
    ("instituer-instance", UNE_CLIL | {"lieux": "lune"}, "lieux", "lieu d'une CLIL"),
    ("instituer-instance", UNE_CLIL | {"lieux": "commune:93001"}, "secretariat", "territoire"),
    ("convoquer-seance?instance=ccapex-93", {"seance_le": "2020-01-01"}, "seance_le", ""),
    ("convoquer-seance?instance=ccapex-93", {"seance_le": "2026-12-20", "heure": "25:00"}, "heure", "HH:MM"),
    ("nommer-administrateur?partenaire=caf", {"agent": ""}, "agent", "nécessaire"),
    ("clore-instance?instance=ccapex-93", {"valid_to": "1900-01-01"}, "valid_to", "un jour entre"),
]


async def test_une_faute_est_dite_pres_de_son_champ_et_n_ecrit_rien(
    bureau: BureauDuRegistre, compter: Callable[[str, int], None]
) -> None:
    async with bureau.entre() as client:
        avant = revision(bureau)
        for adresse, dits, champ, phrase in FAUTES:
            refusee = await remplir(client, f"/demarches/{adresse}", **dits)
            dites = fautes(refusee.text)
            assert refusee.status_code == 422, (adresse, dits)
            assert champ in dites, (adresse, dites)
            assert phrase in dites[champ], (adresse, dites)
            assert not re.search(r"«\s*(--|unefois)", dites[champ]), "un conseil pour qui tape des commandes"
            assert "1 84 12" not in refusee.text
        assert revision(bureau) == avant
        assert {ligne["motif"].split()[-1] for ligne in bureau.journal(200) if ligne["agent"] == ALICE[1]} <= {"lister"}
    compter("fautes de saisie dites près de leur champ", len(FAUTES))


async def test_les_listes_se_filtrent_et_se_tournent_page_a_page(bureau: BureauDuRegistre) -> None:
    with administrer(bureau.bases.registre_url, PAR, SCHEMA) as registre:
        for n in range(2 * PAR_PAGE):
            p = Partenaire(f"bp-{n:03}", "", f"Bailleur {n}", "BAILLEUR_PRIVE", ["ACTE_EMISSION"])
            inscrire_partenaire(registre, p)
        suspendre_partenaire(registre, "bp-000", aujourd_hui())
    async with bureau.entre() as client:
        vus: list[str] = []
        adresse = "/partenaires?role=BAILLEUR_PRIVE"
        while adresse:
            page = (await client.get(adresse)).text
            trouves = re.findall(r'href="/partenaires/([^"]+)"', page)
            assert len(trouves) <= PAR_PAGE
            vus += trouves
            suite = re.search(r'class="bouton" href="(/partenaires\?[^"]+)"', page)
            adresse = unescape(suite[1]) if suite else ""
        assert vus == [f"bp-{n:03}" for n in range(2 * PAR_PAGE)]
        for filtres, attendus in (("etat=suspendu", ["bp-000"]), ("nom=organisation+CAF", ["caf"]), ("nom=rien", [])):
            page = (await client.get(f"/partenaires?{filtres}")).text
            assert re.findall(r'href="/partenaires/([^"]+)"', page) == attendus
        accueil = (await client.get("/")).text
        comptes = dict(re.findall(r'<a href="([^"]+)"><strong>(\d+)</strong>', accueil))
        assert comptes["/partenaires?etat=suspendu"] == "1"
        assert comptes["/administrateurs"] == "2"
        for ou, nombre in comptes.items():
            page = (await client.get(unescape(ou))).text
            legende = re.search(r"<caption[^>]*>(\d+)", page)
            assert (legende[1] if legende else "0") == nombre, ou


async def test_les_changements_se_lisent_avec_avant_et_apres_jusqu_au_premier(bureau: BureauDuRegistre) -> None:
    async with bureau.entre() as client:
        await faire(client, "/demarches/changer-partenaire?partenaire=caf", nom="Caf neuve")
        page = (await client.get("/changements")).text.partition("</li>\n  <li")[0]
        assert lignes(page)["Nom"] == ("Organisation caf", "Caf neuve")
        assert "responsable/alice" in page
        vues: list[int] = []
        adresse = "/changements"
        while adresse:
            page = (await client.get(adresse)).text
            vues += map(int, re.findall(r'id="revision-(\d+)"', page))
            suite = re.search(r'class="bouton" href="(/changements\?[^"]+)"', page)
            adresse = unescape(suite[1]) if suite else ""
        assert vues == [
            ligne["revision"] for ligne in bureau.lire("SELECT revision FROM registre_changements ORDER BY 1 DESC")
        ]
        seules = (await client.get("/changements?nature=mandats")).text
        assert "Aucun changement." in seules


async def test_chaque_page_est_au_journal_avant_d_etre_montree(
    bureau: BureauDuRegistre, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One row under the administrator's name; without it, nothing of the registry is shown."""
    vues = {
        "/": "accueil", "/partenaires": "partenaires", "/partenaires/caf": "partenaires",
        "/habilitations": "habilitations",
        "/mandats": "mandats", "/instances": "instances", "/instances/ccapex-93": "instances", "/seances": "seances",
        "/administrateurs": "administrateurs", "/changements": "changements",
        "/demarches/habiliter-agent?partenaire=caf": "habilitations", "/partenaires/nulle-part": "partenaires",
    }  # fmt: skip
    async with bureau.entre() as client:
        for adresse, nature in vues.items():
            avant = len(bureau.journal(10_000))
            assert (await client.get(adresse)).status_code in (200, 404)
            ajoutees = bureau.journal(10_000)[: len(bureau.journal(10_000)) - avant]
            assert [(x["organisation"], x["agent"], x["motif"], x["issue"]) for x in ajoutees] == [
                (*ALICE, f"{nature} lister", "autorise")
            ], adresse
        monkeypatch.setattr("adapters.registre.ecritoire._MONTRER", "SELECT 1 / 0, %s, %s")
        for adresse in vues:
            panne = await client.get(adresse)
            assert panne.status_code == 503, adresse
            assert "Organisation" not in panne.text
            assert "caf" not in panne.text


# --- who would abuse it ---------------------------------------------------------------------------------------------


async def test_qui_n_administre_pas_n_entre_pas_et_c_est_au_journal(bureau: BureauDuRegistre) -> None:
    """An agent habilitated for cases, one that nobody knows, a partner's software: 403, one row, and no session."""
    for qui, client_id, su in (
        (("caf", "conseiller"), "intendance", ("caf", "conseiller")),
        (("responsable", "administratrice"), "intendance", ("responsable", "administratrice")),
        (("caf", "jamais-vue"), "intendance", ("caf", "")),
        (("nulle-part", "alice"), "intendance", ("", "")),
        (("ccapex", "alice"), "intendance", ("ccapex", "")),
        (ALICE, "client-responsable", ALICE),
    ):
        async with bureau.navigateur() as client:
            avant = len(bureau.journal(10_000))
            refus = await client.get(bureau.lien(qui, client_id))
            assert refus.status_code == 403, qui
            assert "vous n'administrez pas" in refus.text.lower().replace("&#39;", "'")
            assert bureau.site.sessions.cookie not in client.cookies
            [ligne] = bureau.journal(10_000)[: len(bureau.journal(10_000)) - avant]
            assert (ligne["issue"], ligne["motif"], ligne["organisation"], ligne["agent"]) == (
                "refuse",
                "administrateur",
                *su,
            )
            assert (await client.get("/partenaires")).headers["location"] == "/connexion"


async def test_un_retrait_vaut_des_la_requete_suivante(bureau: BureauDuRegistre) -> None:
    """By another administrator, by the shell, by the suspension of the partner; what was open keeps nothing."""
    async with bureau.entre(ALICE) as alice, bureau.entre(BACHIR) as bachir:
        ouverte = await bachir.get("/demarches/changer-partenaire?partenaire=caf")
        relue = await envoyer(bachir, ouverte.text, "relire", nom="Après mon retrait")
        await faire(alice, "/demarches/retirer-administrateur?partenaire=ccapex&agent=bachir")
        refus = await envoyer(bachir, relue.text, "garder")
        assert refus.status_code == 403
        assert (bureau.journal()[0]["issue"], bureau.journal()[0]["agent"]) == ("refuse", "bachir")
        assert (await bachir.get("/")).headers["location"].startswith("/connexion")
        derniere = await alice.get("/demarches/retirer-administrateur?partenaire=responsable&agent=alice")
        assert "le dernier" in derniere.text
        with administrer(bureau.bases.registre_url, PAR, SCHEMA) as registre:
            retirer_administrateur(registre, *ALICE, aujourd_hui())
        assert (await alice.get("/partenaires")).status_code == 403
    assert bureau.lire("SELECT FROM partenaires WHERE nom = 'Après mon retrait'") == []
    nommer(bureau.bases, ALICE)
    async with bureau.entre(ALICE) as alice:
        with administrer(bureau.bases.registre_url, PAR, SCHEMA) as registre:
            suspendre_partenaire(registre, "responsable", aujourd_hui())
        assert (await alice.get("/partenaires")).status_code == 403


async def test_un_mandat_d_administrateur_a_ses_jours(
    bureau: BureauDuRegistre, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with bureau.entre(ALICE) as alice:
        monkeypatch.setattr(bureau.site, "aujourd_hui", lambda: aujourd_hui() + timedelta(days=366))
        assert (await alice.get("/")).status_code == 403


async def test_un_formulaire_forge_n_ecrit_rien(bureau: BureauDuRegistre) -> None:
    async with bureau.entre(ALICE) as alice, bureau.entre(BACHIR) as bachir:
        relue = await remplir(alice, "/demarches/changer-partenaire?partenaire=caf", nom="Forgé")
        dits = champs(relue.text) | {"_etape": "garder"}
        adresse = dits.pop("")
        sien = champs((await bachir.get("/demarches/changer-partenaire?partenaire=caf")).text)["csrf"]
        for csrf, entetes in (
            ("", {}),
            ("forge", {}),
            (sien, {}),
            (dits["csrf"], {"Origin": "https://ailleurs.example"}),
            (dits["csrf"], {"Sec-Fetch-Site": "cross-site"}),
            (dits["csrf"], {"Sec-Fetch-Site": "same-site"}),
        ):
            refus = await alice.post(adresse, data=dits | {"csrf": csrf}, headers=entetes)
            assert refus.status_code == 403, (csrf, entetes)
        sans = {nom: dit for nom, dit in dits.items() if nom != "csrf"}
        assert (await alice.post(adresse, data=sans)).status_code == 403
        assert (await alice.post("/deconnexion", data={"csrf": sien})).status_code == 403
        assert bureau.lire("SELECT FROM partenaires WHERE nom = 'Forgé'") == []
        assert (await alice.post(adresse, data=dits)).status_code == 303


async def test_nul_ne_s_habilite_ni_ne_se_nomme_lui_meme(bureau: BureauDuRegistre) -> None:
    """Nor under another hat of one's organisation; ending one's own right is nobody else's business."""
    with administrer(bureau.bases.registre_url, PAR, SCHEMA) as registre:
        sien = consulter(registre).partenaires["responsable"]
        siret = next(s for n in range(100) if (s := sien.siret[:9] + f"{n:05}") != sien.siret and est_siret(s))
        inscrire_partenaire(registre, Partenaire("autre-chapeau", siret, "Autre", "DPO", FINALITES["DPO"]))
    la = {"finalites.CONTROLE": "oui", "secret": "aucun"}
    async with bureau.entre(ALICE) as alice, bureau.entre(BACHIR) as bachir:
        avant = revision(bureau)
        for adresse, dits in (
            ("habiliter-agent?partenaire=responsable", {"agent": "alice", **la}),
            ("habiliter-agent?partenaire=autre-chapeau", {"agent": "alice", **la}),
            (
                "nommer-administrateur?partenaire=responsable&agent=alice",
                {"au": (aujourd_hui() + timedelta(days=300)).isoformat()},
            ),
            ("nommer-administrateur?partenaire=autre-chapeau", {"agent": "alice"}),
        ):
            refus = await remplir(alice, f"/demarches/{adresse}", **dits)
            assert refus.status_code == 422, adresse
            assert "nul ne s'habilite" in str(fautes(refus.text)).lower(), fautes(refus.text)
        forgee = {"csrf": champs((await alice.get("/demarches/habiliter-agent?partenaire=responsable")).text)["csrf"]}
        direct = await alice.post(
            "/demarches/habiliter-agent?partenaire=responsable",
            data={
                **forgee,
                "_etape": "garder",
                "agent": "alice",
                "du": str(aujourd_hui()),
                "au": str(aujourd_hui()),
                **la,
            },
        )
        assert direct.status_code == 422
        assert revision(bureau) == avant
        assert (
            await faire(bachir, "/demarches/habiliter-agent?partenaire=responsable", agent="alice", **la)
        ).status_code == 303
        assert (await faire(alice, "/demarches/revoquer-agent?partenaire=responsable&agent=alice")).status_code == 303
        assert (
            await faire(alice, "/demarches/retirer-administrateur?partenaire=responsable&agent=alice")
        ).status_code == 303
        assert (await alice.get("/")).status_code == 403


async def test_de_deux_administrateurs_l_un_garde_l_autre_l_apprend_et_rien_ne_se_perd(
    bureau: BureauDuRegistre,
) -> None:
    adresse = "/demarches/changer-partenaire?partenaire=ssd"
    async with bureau.entre(ALICE) as alice, bureau.entre(BACHIR) as bachir:
        la_sienne = await remplir(alice, adresse, nom="Nom d'Alice")
        ouverte = await bachir.get(adresse)
        du_second = await envoyer(bachir, ouverte.text, "relire", **{"communes.93001": "oui", "finalites.DSF": ""})
        assert (await envoyer(alice, la_sienne.text, "garder")).status_code == 303
        avant = revision(bureau)
        dite = await envoyer(bachir, du_second.text, "garder")
        assert dite.status_code == 409
        assert revision(bureau) == avant
        assert "responsable/alice a changé cela" in dite.text
        assert lignes(dite.text.partition("Ce que vous changez")[0])["Nom"] == ("Organisation ssd", "Nom d'Alice")
        siens = lignes(dite.text.partition("Ce que vous changez")[2])
        assert siens["Nom"] == ("Nom d'Alice", "Nom d'Alice")
        assert siens["Communes"] == ("Bobigny", "Aubervilliers, Bobigny")
        assert (await envoyer(bachir, dite.text, "garder")).status_code == 303
        vieille = await envoyer(alice, ouverte.text, "relire", nom="Trop tard")  # a form of another's session
        assert vieille.status_code == 403
    [derniere] = bureau.lire("SELECT * FROM partenaires WHERE code = 'ssd' ORDER BY revision DESC LIMIT 1")
    assert (derniere["nom"], derniere["communes"]) == ("Nom d'Alice", ["93001", "93008"])
    assert "DSF" not in derniere["finalites"]


async def test_a_la_meme_seconde_un_seul_gagne(bureau: BureauDuRegistre) -> None:
    adresse = "/demarches/changer-partenaire?partenaire=caf"
    async with bureau.entre(ALICE) as alice, bureau.entre(BACHIR) as bachir:
        for tour in range(5):
            relues = [await remplir(c, adresse, nom=f"{nom} {tour}") for c, nom in ((alice, "A"), (bachir, "B"))]
            avant = revision(bureau)
            rendus = await asyncio.gather(
                envoyer(alice, relues[0].text, "garder"), envoyer(bachir, relues[1].text, "garder")
            )
            assert sorted(r.status_code for r in rendus) == [303, 409]
            assert revision(bureau) == avant + 1
            [perdant] = [r for r in rendus if r.status_code == 409]
            assert f"{'B' if rendus[0].status_code == 303 else 'A'} {tour}" in champs(perdant.text)["nom"]


async def test_une_suspension_croisee_est_relue(bureau: BureauDuRegistre) -> None:
    """A formality without a field too: what somebody else did to the thing is told before it is done."""
    async with bureau.entre(ALICE) as alice, bureau.entre(BACHIR) as bachir:
        relue = await bachir.get("/demarches/suspendre-partenaire?partenaire=caf")
        await faire(alice, "/demarches/changer-partenaire?partenaire=caf", nom="Caf neuve")
        dite = await envoyer(bachir, relue.text, "garder")
        assert dite.status_code == 409
        assert (await envoyer(bachir, dite.text, "garder")).status_code == 303
        disparue = await bachir.get("/demarches/suspendre-partenaire?partenaire=caf")
        assert disparue.status_code == 404
    [caf] = bureau.lire("SELECT nom, suspendu_le FROM partenaires WHERE code = 'caf' ORDER BY revision DESC LIMIT 1")
    assert (caf["nom"], caf["suspendu_le"]) == ("Caf neuve", aujourd_hui())


async def test_ni_un_jeton_ni_un_autre_nom_n_ouvrent_ces_pages(bureau: BureauDuRegistre) -> None:
    jeton = bureau.demo.jeton("responsable", "intendance", (), "alice")
    async with bureau.navigateur() as client:
        assert (await client.get("/partenaires", headers={"Authorization": f"Bearer {jeton}"})).status_code == 303
        assert (await client.get("/partenaires", headers={"Host": "ailleurs.example"})).status_code == 421
        for chemin in ("/v1/registre", "/openapi.json", "/docs", "/journal", "/dossiers"):
            assert (await client.get(chemin)).status_code == 404, chemin
        for chemin in ("/contact", "/mentions-legales", "/accessibilite", "/vivant", "/pret"):
            assert (await client.get(chemin)).status_code == 200, chemin
    async with bureau.entre() as client:
        page = await client.get("/")
        csp = page.headers["content-security-policy"]
        assert "default-src 'none'" in csp
        assert "script-src" not in csp
        assert "<script" not in page.text
        assert page.headers["cache-control"].startswith("no-store")
        lien = bureau.lien(BACHIR)
        assert (await client.get(lien)).status_code == 303
        assert (await client.get(lien)).status_code == 401


async def test_rien_de_ce_qu_un_navigateur_envoie_ne_fait_tomber_la_page(bureau: BureauDuRegistre) -> None:
    async with bureau.entre() as client:
        csrf = champs((await client.get("/demarches/instituer-instance")).text)["csrf"]
        fous = ("%00", "a" * 3000, "%F0%9F%92%A9", "'", "..", "-1", "9" * 400, "%E2%80%AE", "instance:x")
        for fou in fous:
            for adresse in (
                f"/partenaires/{fou}", f"/instances/{fou}", f"/seances?etat={fou}",
                f"/partenaires?nom={fou}&apres={fou}",
                f"/changements?apres={fou}&nature={fou}", f"/habilitations?partenaire={fou}&agent={fou}",
                *(f"/demarches/{nom}?partenaire={fou}&instance={fou}&seance={fou}&role={fou}&lieu={fou}&dossier={fou}"
                  for nom in FORMALITES),
            ):  # fmt: skip
                assert (await client.get(adresse)).status_code in (200, 303, 400, 404), adresse
            for nom, cible in (
                ("changer-partenaire", "?partenaire=caf"),
                ("instituer-instance", ""),
                ("habiliter-agent", "?partenaire=caf"),
            ):
                for champ in (
                    "cle",
                    "depuis",
                    "nom",
                    "code",
                    "genre",
                    "lieux",
                    "finalites.X",
                    "du",
                    "au",
                    "siret",
                    "regime",
                    "tag",
                ):
                    clair = httpx.URL(f"http://x/?v={fou}").params["v"]
                    dits = {
                        "csrf": csrf,
                        "_etape": "garder",
                        "nom": "n",
                        "territoire": "aucun",
                        "siret": SIRET,
                        champ: clair,
                    }
                    rendu = await client.post(f"/demarches/{nom}{cible}", data=dits)
                    assert rendu.status_code in (303, 403, 404, 409, 422), (nom, champ, fou, rendu.status_code)
        assert (await client.post("/demarches/instituer-instance", content=b"x" * 30_000)).status_code == 422
        assert (await client.put("/partenaires")).status_code == 405


# --- what stands below the pages ------------------------------------------------------------------------------------


def test_le_role_de_l_api_n_ecrit_pas_et_celui_ci_ne_lit_que_le_registre(bases: Bases) -> None:
    peupler(bases)
    nommer(bases, ALICE)
    appels = (
        "SELECT registre_administrer('responsable/alice', 0, '[]', false)",
        "SELECT registre_montrer('responsable/alice', 'partenaires')",
        "SELECT registre_econduire('responsable', 'alice')",
        "SELECT * FROM registre_changes(NULL, NULL, 1)",
        "INSERT INTO administrateurs (partenaire, agent, du, au, par) VALUES ('caf', 'x', now(), now(), 'x')",
    )
    for url in (bases.api_url, bases.projecteur_url):
        with ouvrir(url, PAR) as connexion:
            for appel in appels:
                with pytest.raises(errors.InsufficientPrivilege):
                    connexion.execute(appel.encode())
    lisibles = {*NATURES, "registre_changements", "schema_installe"}
    with ouvrir(bases.registre_url, PAR) as connexion:
        toutes = connexion.execute(
            "SELECT relname, has_table_privilege(oid, 'SELECT'), has_any_column_privilege(oid, 'SELECT'),"
            " has_any_column_privilege(oid, 'UPDATE') FROM pg_class"
            " WHERE relnamespace = %s::regnamespace AND relkind IN ('r', 'p', 'v', 'm')", [SCHEMA]
        ).fetchall()  # fmt: skip
        assert len(toutes) > 40
        assert {nom for nom, table, colonne, _ in toutes if table or colonne} == lisibles
        assert {nom for nom, *_, change in toutes if change} == {"verrou_du_registre"}
        for table in ("dossiers_events", "journal", "contributions", "index_aveugle", "pieces_morceaux"):
            with pytest.raises(errors.InsufficientPrivilege):
                connexion.execute(f"SELECT FROM {table}".encode())
    cles = psycopg.conninfo.conninfo_to_dict(bases.cles_url)
    with pytest.raises(psycopg.OperationalError, match=r"permission denied|droit refusé"):
        psycopg.connect(psycopg.conninfo.make_conninfo(bases.registre_url, dbname=str(cles["dbname"])))


@pytest.mark.parametrize("qui", ["caf/conseiller", PAR, "responsable/x", "", "alice", "responsable/alice/x"])
def test_sous_le_role_du_registre_seul_un_administrateur_passe_par_la(bases: Bases, qui: str) -> None:
    peupler(bases)
    nommer(bases, ALICE)
    for appel in (
        "SELECT registre_administrer(%s, 0, '[]', false)",
        "SELECT registre_administrer(%s, 0, '[]', true)",
        "SELECT registre_montrer(%s, 'partenaires')",
    ):
        with ouvrir(bases.registre_url) as connexion, pytest.raises(psycopg.DatabaseError) as refus:
            connexion.execute(appel.encode(), [qui])
        assert refus.value.sqlstate == "UF403"


def test_la_base_sait_qui_n_administre_plus(bases: Bases) -> None:
    """Retired, past, to come, of a partner who is suspended: it asks again, whatever a process believes."""
    peupler(bases)
    le, un = aujourd_hui(), timedelta(days=1)
    with administrer(bases.registre_url, PAR, SCHEMA) as registre:
        for agent, du, au in (("passee", le - 9 * un, le - un), ("future", le + un, le + 9 * un), ("retiree", le, le)):
            nommer_administrateur(registre, Administrateur("caf", agent, du, au, PAR))
        nommer_administrateur(registre, Administrateur("voisin", "suspendue", le, le, PAR))
        nommer_administrateur(registre, Administrateur("caf", "du-jour", le, le, PAR))
        retirer_administrateur(registre, "caf", "retiree", le)
        suspendre_partenaire(registre, "voisin", le)
    for qui in ("caf/passee", "caf/future", "caf/retiree", "voisin/suspendue", "caf/du-jour"):
        with ouvrir(bases.registre_url) as connexion:
            if qui == "caf/du-jour":
                connexion.execute("SELECT registre_montrer(%s, 'accueil')", [qui])
                continue
            with pytest.raises(psycopg.DatabaseError) as refus:
                connexion.execute("SELECT registre_montrer(%s, 'accueil')", [qui])
            assert refus.value.sqlstate == "UF403", qui


def test_ce_qui_ne_dit_pas_depuis_quand_n_ecrase_rien(bases: Bases) -> None:
    """Under the role itself: without the revision that it was read at, a change is of nothing that is known."""
    peupler(bases)
    nommer(bases, ALICE)
    dit = '[{"table": "clients", "dit": {"client_id": "client-caf", "partenaire": "ssd"}}]'
    for depuis in (None, 0, -1):
        with ouvrir(bases.registre_url) as connexion, pytest.raises(psycopg.DatabaseError) as refus:
            connexion.execute("SELECT registre_administrer('responsable/alice', %s::bigint, %s, false)", [depuis, dit])
        assert refus.value.sqlstate == "UF409"
    for table in ("tenues", "journal", "dossiers_events", "registre_changements", "x'; DROP TABLE clients; --", None):
        lignes_ = Jsonb([{"table": table, "dit": {}}])
        with ouvrir(bases.registre_url) as connexion, pytest.raises(errors.RaiseException, match="tient pour vous"):
            connexion.execute("SELECT registre_administrer('responsable/alice', 9, %s, false)", [lignes_])


def test_un_registre_vide_ne_commence_pas_par_le_navigateur(bases: Bases) -> None:
    with ouvrir(bases.registre_url) as connexion, pytest.raises(psycopg.DatabaseError) as refus:
        connexion.execute("SELECT registre_administrer('moi/moi', 0, '[]', false)")
    assert refus.value.sqlstate == "UF403"


def test_ce_que_l_application_dit_des_seances_demande_une_habilitation(bases: Bases) -> None:
    """Who administers the registry keeps no commission's papers by that."""
    peupler(bases)
    nommer(bases, BACHIR)
    with ouvrir(bases.api_url) as connexion, pytest.raises(errors.RaiseException, match="pas d'habilitation"):
        connexion.execute("SELECT registre_tenir('ccapex/bachir', '{}', 'seances', true, '{}')")


REGISTRE: Final = {
    **NOMMES,
    "UNEFOIS_REGISTRY_DATABASE_URL": "postgresql://unefois_registre:c@/unefois?host=/run/unefois/base",
    "UNEFOIS_OIDC_ISSUER": "https://administrateurs.exemple.fr",
    "UNEFOIS_OIDC_AUDIENCE": "unefois-registre",
    "UNEFOIS_OIDC_CLIENT_ID": "intendance",
    "UNEFOIS_PUBLIC_URL": "https://registre.exemple.fr",
}


def test_en_production_ce_processus_n_est_donne_ni_dossiers_ni_cles(tmp_path: Path) -> None:
    assert Settings.lire(REGISTRE).pour("intendance").hotes == {"registre.exemple.fr"}
    for nom in ("kek", "index"):
        (tmp_path / nom).write_bytes(bytes(32) if nom == "kek" else bytes([1] * 32))
        (tmp_path / nom).chmod(0o400)
    for variable, valeur in (
        ("API_DATABASE_URL", "postgresql://unefois_api:a@/unefois?host=/run/unefois/base"),
        ("KEYS_DATABASE_URL", "postgresql://unefois_cles:b@/unefois_cles?host=/run/unefois/cles"),
        ("PROJECTOR_DATABASE_URL", "postgresql://unefois_projecteur:d@/unefois?host=/run/unefois/base"),
        ("KEK_FILE", str(tmp_path / "kek")),
        ("INDEX_KEY_FILE", str(tmp_path / "index")),
        ("OIDC_PERSONS", "userinfo"),
    ):
        with pytest.raises(ConfigurationRefusee, match=f"UNEFOIS_{variable}.*ne doit pas être donnée"):
            Settings.lire(REGISTRE | {f"UNEFOIS_{variable}": valeur}).pour("intendance")
    for variable in ("REGISTRY_DATABASE_URL", "OIDC_ISSUER", "OIDC_AUDIENCE", "OIDC_CLIENT_ID", "PUBLIC_URL"):
        with pytest.raises(ConfigurationRefusee, match=f"UNEFOIS_{variable} manque"):
            Settings.lire({n: v for n, v in REGISTRE.items() if n != f"UNEFOIS_{variable}"}).pour("intendance")


async def test_il_s_ouvre_sur_le_seul_registre(bases: Bases) -> None:
    """With what compose gives it: the URL of the registry's role, and nothing of any other."""
    peupler(bases)
    settings = Settings.lire(REGISTRE)
    async with ouvrir_intendance(settings, Adresses(None, None, bases.registre_url, None)) as site:
        assert (await site.ecritoire.courant()).partenaires["caf"].nom == "Organisation caf"
        assert site.sessions.cookie == "__Host-unefois_intendance_session"
        assert site.oidc is not None


# --- the issuer that the operator names -----------------------------------------------------------------------------


@pytest.fixture(scope="module")
def emetteur(outil: Callable[[str], Path]) -> Any:
    personnes = {
        "alice": {"organisation": "responsable", "agent": "alice", "finalites": []},
        "conseiller": {"organisation": "caf", "agent": "conseiller", "finalites": ["CLIL_EXAMEN"]},
    }
    with emettre(outil, personnes=personnes) as adresse:
        yield adresse


async def test_un_administrateur_se_connecte_chez_l_emetteur_designe(bases: Bases, emetteur: str) -> None:
    peupler(bases)
    nommer(bases, ALICE)
    coffret = Coffret(bytes(32))
    async with httpx.AsyncClient() as http:
        cles = ClesDistantes(emetteur, http)
        identites = Identites([Emetteur(emetteur, AUDIENCE, cles, "pages")])
        oidc = ConnexionOidc(emetteur, AUDIENCE, "pages", "secret-de-pages", RETOUR, coffret, identites, cles, http)
        async with ouvrir_bureau(bases, oidc) as bureau:
            bureau.site.identites, bureau.site.sessions = identites, Sessions(coffret, securise=False)
            bureau.site.demo = None
            transport = httpx.ASGITransport(app=bureau.app)
            async with httpx.AsyncClient(transport=transport, base_url=SITE, headers={"Host": HOTE}) as site:
                comptoir = Comptoir(cast("Any", None), emetteur, coffret, site, http)
                entree = await comptoir.entrer("alice")
                assert (entree.status_code, entree.headers.get("location")) == (303, "/"), entree.text
                assert (await site.get("/partenaires")).status_code == 200
                assert (bureau.journal()[0]["organisation"], bureau.journal()[0]["agent"]) == ALICE
                refus = await comptoir.entrer("conseiller")
                assert refus.status_code == 403
                assert not comptoir.connecte
                assert (bureau.journal()[0]["issue"], bureau.journal()[0]["agent"]) == ("refuse", "conseiller")
                assert (await site.get("/demo/entrer/x")).status_code == 404
