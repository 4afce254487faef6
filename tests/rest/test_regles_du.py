"""A case read under the rules of a past day: what these and today's both open; the same bytes whenever it is asked."""

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from datetime import date
from typing import Any, Final
from uuid import UUID, uuid4

import httpx2 as httpx
import psycopg
import pytest

from adapters.gate.revisions import Revisions
from adapters.registre.administration import administrer, revoquer
from ledger.application import Ledger
from ledger.politiques import ArchiveDesPolitiques
from policies.opa import OpaEngine
from policies.passees import DIFFERENTES
from policies.tables import Regles, Tables, charger
from tests.bases import SCHEMA, Bases, mettre_en_vigueur
from tests.monde import PAR, Monde, evenement, ouvrir_monde, peupler, rpls
from tests.rest.recit import raconter, titulaire
from tests.rest.test_reunion import rapprocher
from tests.revisions import lecture, ligne_de_role, mesure, revision, sans_groupe, sans_motif, toutes

INSTRUCTEUR: Final = "CCAPEX_INSTRUCTEUR"
QUI: Final = ("ccapex", "CCAPEX_ADMINISTRATIVE")
ALORS: Final = date(2026, 6, 1)
"""Since when the rules of then are in force in these tests; those of this installation are since 1 January."""
JOUR: Final = "2026-06-15"
DEPUIS_LE: Final = date(2026, 9, 1)
"""Since when they no longer are."""


async def lire(monde: Monde, dossier: str, qui: tuple[str, str] = QUI, vue: str = "", **params: str) -> httpx.Response:
    adresse = f"/v1/vues/{vue}/{dossier}" if vue else f"/v1/dossiers/{dossier}"
    return await monde.get(adresse, *qui, params=params)


async def lu(monde: Monde, dossier: str, qui: tuple[str, str] = QUI, **params: str) -> dict[str, Any]:
    recu = await lire(monde, dossier, qui, **params)
    assert recu.status_code == 200, recu.text
    rendu: dict[str, Any] = recu.json()
    return rendu


def mesures(rendu: dict[str, Any]) -> dict[str, str]:
    return {groupe["groupe"]: groupe["mesure"] for groupe in rendu["communique"]}


def retenus(rendu: dict[str, Any]) -> dict[str, tuple[str, str | None]]:
    return {groupe["groupe"]: (groupe["code"], groupe.get("regles")) for groupe in rendu["non_communique"]}


def dettes(rendu: dict[str, Any]) -> list[Any]:
    return [fait["champs"]["montant"] for fait in rendu["faits"] if fait["type"] == "DetteDeclaree"]


@asynccontextmanager
async def sous(bases: Bases, ledger: Ledger, regles: Regles | None = None) -> AsyncIterator[Monde]:
    """The service as it is once started with these rules."""
    async with ouvrir_monde(bases, ledger, regles=regles) as monde:
        yield monde


@pytest.fixture
async def dossier(monde: Monde) -> str:
    """A household of which everybody told."""
    return await raconter(monde)


def remplacees(bases: Bases, regles: Regles) -> None:
    """Rules that were in force for a summer, and were replaced by those of this installation."""
    mettre_en_vigueur(bases.admin_url, regles, ALORS)
    mettre_en_vigueur(bases.admin_url, charger(), DEPUIS_LE)


@pytest.mark.parametrize("vue", ["", "ccapex"])
async def test_la_meme_question_a_les_memes_octets_sous_d_autres_regles(bases: Bases, ledger: Ledger, vue: str) -> None:
    """What the commission knew on the day of its avis, under the rules of that day: one call, the same answer again."""
    peupler(bases)
    fermee = revision(lecture(INSTRUCTEUR, "F05", "-"))
    mettre_en_vigueur(bases.admin_url, fermee, ALORS)
    async with sous(bases, ledger, fermee) as monde:
        dossier = await raconter(monde)
        connu_le = (await lu(monde, dossier))["faits"][-1]["enregistre_le"]
        question = {"au": "2026-10-20", "connu_le": connu_le, "regles_du": "2026-10-20", "vue": vue}
        alors = await lire(monde, dossier, **question)
    assert alors.status_code == 200, alors.text
    assert "F05" not in mesures(alors.json())
    mettre_en_vigueur(bases.admin_url, charger(), date(2026, 11, 1))
    async with sous(bases, ledger) as monde:
        assert mesures(await lu(monde, dossier))["F05"] == "entier"
        encore = await lire(monde, dossier, **question)
        assert encore.content == alors.content
        assert encore.headers["etag"] == alors.headers["etag"]
        monde.cles = 1_000  # those of before are taken
        dette = evenement("DetteDeclaree", montant=1, arretee_au="2026-10-01")
        assert (await monde.contribuer(dossier, "bailleur", "ACTE_EMISSION", dette)).status_code == 201
        assert (await lire(monde, dossier, **question)).headers["etag"] == alors.headers["etag"]
    assert alors.json()["regles"]["revision"] == fermee.revision
    assert alors.json()["regles"]["du"] == "2026-10-20"


async def test_ce_qui_s_est_ouvert_depuis_reste_retenu_et_dit_la_raison_d_alors(
    monde: Monde, bases: Bases, dossier: str
) -> None:
    remplacees(bases, revision(lecture(INSTRUCTEUR, "F05", "-")))
    aujourd_hui, alors = await lu(monde, dossier), await lu(monde, dossier, regles_du=JOUR)
    assert dettes(aujourd_hui) == [224770]
    assert dettes(alors) == []
    assert retenus(alors) == retenus(aujourd_hui) | {"F05": ("NON_NECESSAIRE", None)}
    assert {t["type"] for t in aujourd_hui["faits"]} - {t["type"] for t in alors["faits"]} >= {"DetteDeclaree"}


async def test_ce_qui_s_est_referme_depuis_reste_ferme_et_le_dit(bases: Bases, ledger: Ledger) -> None:
    peupler(bases)
    fermee = revision(lecture(INSTRUCTEUR, "F05", "-"))
    mettre_en_vigueur(bases.admin_url, fermee, DEPUIS_LE)
    async with sous(bases, ledger, fermee) as monde:
        dossier = await raconter(monde)
        alors = await lu(monde, dossier, regles_du=JOUR)
        assert alors["regles"]["revision"] == charger().revision
        assert retenus(alors)["F05"] == ("NON_NECESSAIRE", "aujourd_hui")
        assert dettes(alors) == []


DEMI: Final = "de 2\u202f000 à 5\u202f000\u00a0€"


@pytest.mark.parametrize("autrefois", ["L", "R"])
async def test_d_une_moitie_et_du_tout_la_moitie_est_montree(bases: Bases, ledger: Ledger, autrefois: str) -> None:
    peupler(bases)
    moitie, entier = revision(lecture(INSTRUCTEUR, "F05", "L")), charger()
    avant, apres = (moitie, entier) if autrefois == "L" else (entier, moitie)
    mettre_en_vigueur(bases.admin_url, avant, ALORS)
    mettre_en_vigueur(bases.admin_url, apres, DEPUIS_LE)
    async with sous(bases, ledger, apres) as monde:
        dossier = await raconter(monde)
        alors = await lu(monde, dossier, regles_du=JOUR)
        assert mesures(alors)["F05"] == "tranche"
        assert dettes(alors) == [DEMI]
        situation = (await monde.get(f"/v1/dossiers/{dossier}/situation", *QUI, params={"regles_du": JOUR})).json()
        assert situation["regles"] == alors["regles"]
        assert DEMI in [d["valeur"] for d in situation["donnees"]]
        assert 224770 not in [a["valeur"] for d in situation["donnees"] for a in d["assertions"]]


async def test_une_echeance_ne_compte_pas_ce_que_les_regles_d_alors_retenaient(
    monde: Monde, bases: Bases, dossier: str
) -> None:
    """A clock that rests on a group which either revision withholds says that it may lack something."""
    alors = revision(lecture(INSTRUCTEUR, "F08", "-"))
    remplacees(bases, alors)
    adresse = f"/v1/dossiers/{dossier}/echeances"
    presente = (await monde.get(adresse, *QUI)).json()
    passee = (await monde.get(adresse, *QUI, params={"regles_du": JOUR})).json()
    ici, la = ({e["regle"]: e["partielle"] for e in lues["echeances"]} for lues in (presente, passee))
    assert ici.keys() - la.keys() >= {"R01", "R03", "R07"}
    assert (ici["R17"], "F08" in la["R17"]) == (None, True)
    assert ("regles" in presente, passee["regles"]["revision"]) == (False, alors.revision)


async def test_deux_moities_qui_different_ne_font_pas_un_entier(monde: Monde, bases: Bases, dossier: str) -> None:
    """Of a bracket and of a yes or no, neither is a part of the other: nothing is shown."""
    limitee = toutes(lecture("CLIL_SECRETARIAT", "F06", "L"), mesure("F06", "oui_non"))
    remplacees(bases, revision(limitee))
    await monde.proposer(dossier)
    clil = ("clil", "CLIL_EXAMEN")
    assert mesures(await lu(monde, dossier, clil))["F06"] == "tranche"
    assert retenus(await lu(monde, dossier, clil, regles_du=JOUR))["F06"] == (DIFFERENTES, None)


@pytest.mark.parametrize(
    ("changer", "code"),
    [
        (sans_groupe("F05"), DIFFERENTES),
        (toutes(lecture(INSTRUCTEUR, "F05", "L"), mesure("F05", "a_moitie")), DIFFERENTES),
    ],
    ids=["groupe inconnu alors", "mesure inconnue depuis"],
)
async def test_ce_que_les_regles_d_alors_disaient_autrement_est_ferme(
    monde: Monde, bases: Bases, dossier: str, changer: Callable[[Tables], None], code: str
) -> None:
    remplacees(bases, revision(changer))
    alors = await lu(monde, dossier, regles_du=JOUR)
    assert retenus(alors)["F05"] == (code, None)
    assert dettes(alors) == []


async def test_une_raison_que_plus_rien_n_explique_reste_un_refus_qui_a_une_phrase(
    monde: Monde, bases: Bases, dossier: str
) -> None:
    def changer(lues: Tables) -> None:
        lecture(INSTRUCTEUR, "F05", "-")(lues)
        [ligne] = [ligne for ligne in lues.matrice[INSTRUCTEUR] if ligne["groupe"] == "F05"]
        lues.motifs["D_UN_AUTRE_TEMPS"] = "Parce que."
        ligne["motif"] = "D_UN_AUTRE_TEMPS"

    regles = revision(changer)
    remplacees(bases, regles)
    dites = [r for r in (await lu(monde, dossier, regles_du=JOUR))["non_communique"] if r["groupe"] == "F05"]
    assert [(r["code"], r["motif"]) for r in dites] == [("D_UN_AUTRE_TEMPS", "Parce que.")]
    mettre_en_vigueur(bases.admin_url, sans_motif(regles, "D_UN_AUTRE_TEMPS"), date(2026, 10, 1))
    [dite] = [r for r in (await lu(monde, dossier, regles_du="2026-10-01"))["non_communique"] if r["groupe"] == "F05"]
    assert dite["motif"].startswith("Les règles de ce jour-là et celles d'aujourd'hui")


CASSEES: Final = {
    "sans document": revision(decision="package unefois.decision\n"),
    "autre paquet": revision(decision='package unefois.autre\n\ndocument := {"autorise": true}\n'),
    "autre forme": revision(decision='package unefois.decision\n\ndocument := {"autorise": true, "groupes": "tous"}\n'),
    "lit ce qui n'est plus dit": revision(
        decision="package unefois.decision\n\ndocument := object.union(input.ancienne, {})\n"
    ),
    "ne se compile plus": revision(decision="package unefois.decision\n\ndocument := inconnue(input)\n"),
    "n'est plus du Rego": revision(decision="règles"),
}


@pytest.mark.parametrize("sorte", CASSEES)
async def test_des_regles_d_alors_qui_ne_repondent_plus_ferment_tout(
    monde: Monde, bases: Bases, dossier: str, sorte: str
) -> None:
    remplacees(bases, CASSEES[sorte])
    refus = await lire(monde, dossier, regles_du=JOUR)
    assert (refus.status_code, refus.json()["code"]) == (503, "politiques_indisponibles")
    assert (await monde.journal(1))[0]["motif"] == "politiques_indisponibles"
    assert (await lire(monde, dossier)).status_code == 200


async def test_une_finalite_qui_n_etait_pas_accordee_alors_est_refusee_sous_les_deux_revisions(
    monde: Monde, bases: Bases, dossier: str
) -> None:
    alors = revision(ligne_de_role(INSTRUCTEUR, finalites=["CCAPEX_INSTRUCTION"]))
    remplacees(bases, alors)
    refus = await lire(monde, dossier, regles_du=JOUR)
    assert (refus.status_code, refus.json()["code"]) == (403, "FINALITE_NON_ACCORDEE")
    [ligne] = await monde.journal(1)
    assert (ligne["issue"], ligne["motif"]) == ("refuse", "FINALITE_NON_ACCORDEE")
    assert (ligne["revision"], ligne["revision_alors"]) == (charger().revision, alors.revision)


async def test_une_finalite_pas_encore_en_vigueur_ce_jour_la_est_refusee(monde: Monde, dossier: str) -> None:
    """The rules of then are asked as of their day: a row of law that began since did not open anything yet."""
    regles = revision(lambda lues: _en_vigueur(lues, "CCAPEX_ADMINISTRATIVE", "2026-10-01"))
    mettre_en_vigueur(monde.bases.admin_url, regles, date(2026, 5, 1))
    assert (await lire(monde, dossier, regles_du="2026-10-15")).status_code == 200
    refus = await lire(monde, dossier, regles_du="2026-09-30")
    assert (refus.status_code, refus.json()["code"]) == (403, "FINALITE_PAS_EN_VIGUEUR")


def _en_vigueur(lues: Tables, finalite: str, depuis: str) -> None:
    [ligne] = [ligne for ligne in lues.finalites if ligne["code"] == finalite]
    ligne["valid_from"] = depuis


async def test_un_lien_qui_ne_suffisait_pas_alors_ne_donne_que_ses_propres_apports(
    monde: Monde, bases: Bases, dossier: str
) -> None:
    remplacees(bases, revision(ligne_de_role(INSTRUCTEUR, liens=[["auteur"]])))
    alors = await lu(monde, dossier, regles_du=JOUR)
    assert {fait["auteur"]["organisation"] for fait in alors["faits"]} == {"Organisation ccapex"}
    assert len(alors["faits"]) > 3


async def test_un_role_sans_lien_alors_est_un_etranger(monde: Monde, bases: Bases, dossier: str) -> None:
    remplacees(bases, revision(ligne_de_role("CD_TRAVAILLEUR_SOCIAL", liens=[["mandat"]])))
    inconnu = await monde.get(f"/v1/dossiers/{uuid4()}", "ssd", "ACCOMPAGNEMENT", params={"regles_du": JOUR})
    alors = await lire(monde, dossier, ("ssd", "ACCOMPAGNEMENT"), regles_du=JOUR)
    assert alors.status_code == 404
    assert alors.content == inconnu.content


async def test_une_habilitation_revoquee_depuis_ne_relit_rien(monde: Monde, bases: Bases, dossier: str) -> None:
    assert (await lire(monde, dossier, regles_du=JOUR)).status_code == 200
    with administrer(bases.registre_url, PAR, SCHEMA) as registre:
        revoquer(registre, "ccapex", "instructrice", date(2026, 11, 1))
    refus = await lire(monde, dossier, regles_du=JOUR, connu_le="2026-12-31")
    assert (refus.status_code, refus.json()["code"]) == (403, "AGENT_INVALIDE")


async def test_ce_qui_est_efface_ou_limite_depuis_ne_se_relit_pas(monde: Monde, dossier: str) -> None:
    oppose = evenement("OppositionEnregistree", portee="OPPOSITION")
    caf = ("caf", "COORDINATION_CONTACTS")
    assert (await lire(monde, dossier, caf, regles_du=JOUR)).status_code == 200
    assert (await monde.contribuer(dossier, "dpo", "DROITS_PERSONNE", oppose)).status_code == 201
    refus = await lire(monde, dossier, caf, regles_du=JOUR)
    assert (refus.status_code, refus.json()["code"]) == (403, "OPPOSITION")


async def test_un_nom_efface_depuis_ne_se_relit_pas(monde: Monde) -> None:
    dossier = await monde.ouvrir()
    personne = await titulaire(monde, dossier)
    avant = await lire(monde, dossier, regles_du=JOUR)
    assert "LEROY" in avant.text
    connu_le = avant.json()["faits"][-1]["enregistre_le"]
    await monde.effacer(dossier, personne)
    apres = await lire(monde, dossier, regles_du=JOUR, connu_le=connu_le)
    assert apres.status_code == 200
    assert "LEROY" not in apres.text


async def test_deux_dossiers_d_un_menage_se_lisent_comme_un_sous_les_regles_d_alors(monde: Monde, bases: Bases) -> None:
    """Each is decided under both revisions, and what is shown of both says under which."""
    alors = revision(lecture(INSTRUCTEUR, "F05", "-"))
    remplacees(bases, alors)
    deux = [await monde.ouvrir(), await monde.ouvrir("ssd", nom="LE ROY", id_rpls=rpls(7))]
    dette = evenement("DetteDeclaree", montant=224770, arretee_au="2026-10-01")
    assert (await monde.contribuer(deux[0], "bailleur", "ACTE_EMISSION", dette)).status_code == 201
    assert (await rapprocher(monde, *deux)).status_code == 201
    for un, autre in (deux, deux[::-1]):
        assert dettes(await lu(monde, un)) == [224770]
        vu = await lu(monde, un, regles_du=JOUR)
        assert (vu["reunis"], vu["regles"]["revision"], dettes(vu)) == ([autre], alors.revision, [])
        lignes = await monde.journal(2)
        assert [ligne["revision_alors"] for ligne in lignes] == [alors.revision] * 2
        assert {ligne["dossier"] for ligne in lignes} == {UUID(d) for d in deux}


async def test_la_ligne_du_journal_porte_les_deux_revisions(monde: Monde, bases: Bases, dossier: str) -> None:
    alors = revision(lecture(INSTRUCTEUR, "F05", "-"))
    remplacees(bases, alors)
    await lire(monde, dossier, regles_du=JOUR)
    await lire(monde, dossier)
    presente, passee = await monde.journal(2)
    assert (presente["revision"], presente["revision_alors"]) == (charger().revision, None)
    assert (passee["revision"], passee["revision_alors"]) == (charger().revision, alors.revision)
    assert "F05" in passee["groupes_retenus"]
    assert "F05" in presente["groupes_montres"]


@pytest.mark.parametrize(
    ("jour", "phrase"),
    [
        ("2025-12-31", "Les règles d'accès sont gardées depuis le 1er\u00a0janvier\u00a02026"),
        ("2026-11-03", "un jour passé, ou aujourd'hui"),
        ("9999-12-31", "un jour passé, ou aujourd'hui"),
        ("0001-01-01", "Les règles d'accès sont gardées depuis le 1er\u00a0janvier\u00a02026"),
        ("hier", "n'a pas la forme attendue"),
    ],
)
async def test_un_jour_sans_regles_gardees_est_refuse_que_le_dossier_existe_ou_non(
    monde: Monde, dossier: str, jour: str, phrase: str
) -> None:
    refus = await lire(monde, dossier, regles_du=jour)
    assert (refus.status_code, refus.json()["code"]) == (400, "requete")
    assert phrase in refus.json()["detail"]
    voisin = ("voisin", "ACTE_EMISSION")
    assert (await lire(monde, dossier, voisin, regles_du=jour)).content == refus.content
    assert (await lire(monde, str(uuid4()), voisin, regles_du=jour)).content == refus.content
    assert [ligne["motif"] for ligne in await monde.journal(3)] == ["requete"] * 3
    assert (await lire(monde, dossier, regles_du="2026-11-02")).status_code == 200


async def test_la_fin_du_jour_est_celle_de_paris(monde: Monde, bases: Bases, dossier: str) -> None:
    """Rules of half past eleven in the evening are of that day in Paris; and of half past midnight, of the next."""
    fermee = revision(lecture(INSTRUCTEUR, "F05", "-"))
    mettre_en_vigueur(bases.admin_url, fermee, ALORS)
    with psycopg.connect(bases.admin_url, autocommit=True) as admin:
        for moment in ("2026-07-10T23:30:00+02:00", "2026-07-12T00:30:00+02:00"):
            admin.execute(
                "INSERT INTO d93.politiques_en_vigueur (revision, depuis) VALUES (%s, %s)",
                [charger().revision if "10T" in moment else fermee.revision, moment],
            )
    vus = {jour: "F05" in mesures(await lu(monde, dossier, regles_du=f"2026-07-{jour}")) for jour in ("09", 10, 11, 12)}
    assert vus == {"09": False, 10: True, 11: True, 12: False}


async def test_une_file_ne_se_demande_pas_sous_les_regles_d_un_autre_jour(monde: Monde) -> None:
    refus = await monde.get("/v1/vues/ccapex", *QUI, params={"regles_du": JOUR})
    assert (refus.status_code, refus.json()["code"]) == (400, "requete")


async def test_des_regles_reecrites_sont_refusees_avec_une_alarme(
    monde: Monde, bases: Bases, dossier: str, caplog: pytest.LogCaptureFixture
) -> None:
    """By who may do anything to the database: what is no longer what its revision names decides nothing."""
    alors = revision(lecture(INSTRUCTEUR, "F05", "L"))
    remplacees(bases, alors)
    with psycopg.connect(bases.admin_url, autocommit=True, options=f"-c search_path={SCHEMA}") as admin:
        admin.execute("ALTER TABLE politiques DROP CONSTRAINT politiques_check, DISABLE TRIGGER ALL")
        admin.execute(
            "UPDATE politiques SET contenu = (SELECT contenu FROM politiques WHERE revision <> %(r)s LIMIT 1)"
            " WHERE revision = %(r)s",
            {"r": alors.revision},
        )
    with caplog.at_level(logging.CRITICAL):
        refus = await lire(monde, dossier, regles_du=JOUR)
    assert (refus.status_code, refus.json()["code"]) == (503, "regles_alterees")
    assert "regles_alterees" in caplog.text
    [ligne] = await monde.journal(1)
    assert (ligne["action"], ligne["motif"]) == ("alarme", "regles_alterees")


PRIS: Final = {b"/v1/data": b"HTTP/1.1 204 OK\r\n\r\n", b"/v1/poli": b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"}


REFUS: Final = b'{"code": "unauthorized", "message": "request rejected by administrative policy"}'
REFUSES: Final = dict.fromkeys(
    PRIS,
    b"HTTP/1.1 401 Unauthorized\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n" % len(REFUS) + REFUS,
)


@asynccontextmanager
async def opa_qui_se_tait(chargements: Mapping[bytes, bytes]) -> AsyncIterator[int]:
    """A policy server that answers so to who hands it rules, and no question."""

    async def ecouter(lecteur: asyncio.StreamReader, ecrivain: asyncio.StreamWriter) -> None:
        with suppress(asyncio.IncompleteReadError):
            while tete := await lecteur.readuntil(b"\r\n\r\n"):
                longueurs = [x[15:] for x in tete.split(b"\r\n") if x.lower().startswith(b"content-length:")]
                await lecteur.readexactly(int(longueurs[0]))
                methode, adresse, _ = tete.split(b" ", 2)
                ecrivain.write(chargements[adresse[:8]] if methode == b"PUT" else b"")
        ecrivain.close()

    serveur = await asyncio.start_server(ecouter, "127.0.0.1", 0)
    async with serveur:
        yield serveur.sockets[0].getsockname()[1]


@asynccontextmanager
async def moteur_d_alors(monde: Monde, chargements: Mapping[bytes, bytes]) -> AsyncIterator[None]:
    """The world, whose past rules are asked of such a server, and today's as before."""
    archive, regles = ArchiveDesPolitiques(monde.bases.api_url, SCHEMA), charger()
    async with (
        AsyncExitStack() as pile,
        opa_qui_se_tait(chargements) as port,
        OpaEngine(regles.revision, "127.0.0.1", port) as moteur,
    ):
        pile.push_async_callback(archive.close)
        monde.gate.revisions = Revisions(regles, archive, moteur)
        yield


async def test_un_moteur_d_alors_qui_se_tait_est_un_503_a_temps(monde: Monde, bases: Bases, dossier: str) -> None:
    remplacees(bases, revision(lecture(INSTRUCTEUR, "F05", "L")))
    async with moteur_d_alors(monde, PRIS):
        debut = time.monotonic()
        refus = await lire(monde, dossier, regles_du=JOUR)
        assert (refus.status_code, refus.json()["code"]) == (503, "politiques_indisponibles")
        assert time.monotonic() - debut < 3.0
        assert (await monde.journal(1))[0]["motif"] == "politiques_indisponibles"
        assert (await lire(monde, dossier)).status_code == 200


async def test_un_serveur_qui_ne_prend_pas_les_regles_d_alors_dit_quoi_lui_permettre(
    monde: Monde, bases: Bases, dossier: str
) -> None:
    remplacees(bases, revision(lecture(INSTRUCTEUR, "F05", "L")))
    async with moteur_d_alors(monde, REFUSES):
        refus = await lire(monde, dossier, regles_du=JOUR)
        assert (refus.status_code, refus.json()["code"]) == (503, "regles_passees_refusees")
        assert "PUT et DELETE" in refus.json()["detail"]
        assert (await monde.journal(1))[0]["motif"] == "regles_passees_refusees"
        assert (await lire(monde, dossier, regles_du="2026-10-01")).status_code == 200
