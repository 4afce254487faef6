"""Importing, on real databases: exact, dry by default, resumable at any moment, alone or beside others."""

import asyncio
import gzip
import json
import os
import random
import secrets
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from datetime import date
from pathlib import Path
from typing import Any, Final
from uuid import UUID, uuid4

import psycopg
import pytest

from adapters.exploc import actes
from adapters.exploc.importation import importer
from adapters.gate.refus import EnPanne, Refus
from ledger.application import Ledger
from ledger.catalogue import (
    AvisRendu,
    Classe,
    CommandementPayerSignifie,
    DossierOuvert,
    Logement,
    OccupantDeclare,
    RapprochementSuggere,
)
from ledger.dossier.decision import Auteur, Contribution, Propose
from ledger.journal import Ligne
from ledger.mapper import ouvrir
from ledger.reader import Lecture
from tests.bases import RACINE, Bases, bases_neuves, ouvrir_ledger
from tests.exploc.importeur import AUTEUR, acces, importer_lot, porte
from tests.exploc.registre_compare import contenu
from tests.exploc.test_lot import LOTS, rangee
from tests.exploc.test_lot import contenu as lot_de
from tests.exploc.test_rapprochement import social

EXTRAIT = (LOTS / "lot-extrait.csv").read_bytes()
ATTENDU = json.loads((LOTS / "lot-extrait.expected.json").read_text())
CHIFFRES = ("evenements", "contributions", "naturelles", "index", "journal", "dossiers")


def tranche(lignes: int) -> bytes:
    """The first lines of the year."""
    with gzip.open(LOTS / "lot-93-2019.csv.gz") as flux:
        return b"".join(next(flux) for _ in range(lignes + 1))


def compter(bases: Bases) -> dict[str, int]:
    with psycopg.connect(bases.admin_url) as admin:
        admin.execute("SET search_path TO d93")
        [comptes] = admin.execute(
            "SELECT (SELECT count(*) FROM dossiers_events), (SELECT count(*) FROM contributions),"
            " (SELECT count(*) FROM cles_naturelles), (SELECT count(*) FROM index_aveugle),"
            " (SELECT count(*) FROM journal), (SELECT count(DISTINCT originator_id) FROM dossiers_events)"
        ).fetchall()
    return dict(zip(CHIFFRES, comptes, strict=True))


def chiffres(rapport: dict[str, Any]) -> dict[str, Any]:
    """What the format says that a report counts."""
    return {cle: rapport[cle] for cle in ATTENDU}


async def test_a_blanc_puis_ecrit_le_rapport_est_le_meme_et_une_seconde_fois_n_ajoute_rien(
    ledger: Ledger, bases: Bases
) -> None:
    a_blanc = await importer_lot(ledger, EXTRAIT, ecrire=False)
    assert compter(bases) == dict.fromkeys(CHIFFRES, 0) | {"journal": 1}
    ecrit = await importer_lot(ledger, EXTRAIT)
    assert a_blanc == ecrit
    assert chiffres(ecrit) == ATTENDU
    assert len(ecrit["refus"]) == ATTENDU["rejected"]
    comptes = compter(bases)
    assert (comptes["dossiers"], comptes["naturelles"], comptes["contributions"]) == (526, 874, 874)
    assert comptes["evenements"] == 874 + 2 * 526 + 2
    assert comptes["journal"] == 1 + 874 + 1

    encore = await importer_lot(ledger, EXTRAIT)
    assert (encore["accepted_distinct_acts"], encore["doublons"], encore["dossiers"]) == (0, 884, 0)
    assert compter(bases) == comptes | {"journal": comptes["journal"] + 1}


@pytest.mark.parametrize("encodage", ["cp1252", "utf-8"])
async def test_l_encodage_ne_change_pas_le_rapport(ledger: Ledger, encodage: str) -> None:
    octets = EXTRAIT.decode("utf-8-sig").replace("\n", "\r\n").encode(encodage)
    assert chiffres(await importer_lot(ledger, octets)) == ATTENDU


def lancer(bases: Bases, lot: Path) -> "subprocess.Popen[str]":
    processus = subprocess.Popen(
        [sys.executable, "-m", "tests.exploc.importeur", bases.api_url, bases.cles_url, str(lot)],
        cwd=RACINE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert processus.stdout is not None
    assert processus.stdout.readline() == "prêt\n"
    return processus


def tuer(bases: Bases, lot: Path, delai: float) -> bool:
    """Run an import and kill it that long after it began; whether it was still running."""
    with lancer(bases, lot) as processus:
        try:
            processus.communicate(timeout=delai)
        except subprocess.TimeoutExpired:
            processus.kill()
        return processus.wait() == -signal.SIGKILL


ARRETS: Final = 10


@pytest.mark.long
@pytest.mark.parametrize("octets", [EXTRAIT, tranche(2500)], ids=["extrait", "2 500 lignes"])
async def test_tue_dix_fois_a_des_moments_quelconques_puis_relance_le_registre_est_le_meme(
    modele: str, tmp_path: Path, octets: bytes, request: pytest.FixtureRequest
) -> None:
    chiffrer = request.getfixturevalue("compter")
    graine = int(os.environ.get("UNEFOIS_TEST_GRAINE", secrets.randbits(24)))
    chiffrer(f"graine des arrêts d'un import de {len(octets)} octets", graine)
    hasard = random.Random(graine)  # noqa: S311 - moments, not secrets
    lot = tmp_path / "lot.csv"
    lot.write_bytes(octets)
    with bases_neuves(modele) as d_un_trait:
        with lancer(d_un_trait, lot) as processus:
            debut = time.monotonic()
            processus.communicate()
            duree = time.monotonic() - debut
            assert processus.returncode == 0
        async with ouvrir_ledger(d_un_trait) as ledger:
            attendu = await contenu(ledger, d_un_trait.admin_url)
    actes = sum(nom.count("+") + 1 for nom in attendu if nom != "evenements")
    assert actes > 800
    arrets = registres = ecrits_par_morceaux = 0
    while not registres or arrets < ARRETS or not ecrits_par_morceaux:
        with bases_neuves(modele) as bases:
            # Killed until one goes through before its moment; then another ledger, until ten kills are done, one of
            # them at least while it wrote.
            while (arrets < ARRETS or not ecrits_par_morceaux) and tuer(bases, lot, hasard.uniform(duree / 3, duree)):
                arrets += 1
                ecrits_par_morceaux += 0 < compter(bases)["naturelles"] < actes
            async with ouvrir_ledger(bases) as ledger:
                await importer_lot(ledger, octets)
                assert await contenu(ledger, bases.admin_url) == attendu
                avant = compter(bases)
                assert (await importer_lot(ledger, octets))["accepted_distinct_acts"] == 0
                assert compter(bases) == avant | {"journal": avant["journal"] + 1}
            registres += 1
    chiffrer("arrêts d'un import, relancé jusqu'au même registre", arrets)
    chiffrer("dont arrêts en cours d'écriture", ecrits_par_morceaux)
    chiffrer("registres comparés à celui d'un import d'un trait", registres)


async def test_un_import_annule_n_a_ecrit_que_des_lignes_entieres_et_reprend(ledger: Ledger, bases: Bases) -> None:
    def arreter(_lues: int, ecrites: int) -> None:
        if ecrites:
            tache.cancel()

    tache = asyncio.create_task(importer_lot(ledger, EXTRAIT, progres=arreter))
    with pytest.raises(asyncio.CancelledError):
        await tache
    comptes = compter(bases)
    assert 0 < comptes["naturelles"] == comptes["contributions"] < 874
    repris = await importer_lot(ledger, EXTRAIT)
    assert repris["accepted_distinct_acts"] == 874 - comptes["naturelles"]
    assert compter(bases)["naturelles"] == 874


async def test_deux_imports_a_la_fois_ne_font_pas_un_acte_ni_un_dossier_de_trop(ledger: Ledger, bases: Bases) -> None:
    async with ouvrir_ledger(bases) as autre:
        rapports = await asyncio.gather(importer_lot(ledger, EXTRAIT), importer_lot(autre, EXTRAIT))
    assert sum(rapport["accepted_distinct_acts"] for rapport in rapports) == 874
    assert all(r["accepted_distinct_acts"] + r["doublons"] == 884 for r in rapports)
    comptes = compter(bases)
    assert (comptes["naturelles"], comptes["dossiers"]) == (874, 526)
    with psycopg.connect(bases.admin_url) as admin:
        admin.execute("SET search_path TO d93")
        doubles = admin.execute(
            "SELECT count(*) FROM (SELECT FROM index_aveugle WHERE genre IN (8, 9)"
            " GROUP BY genre, empreinte HAVING count(DISTINCT dossier) > 1) AS d"
        ).fetchall()
    assert doubles == [(0,)]


def une_ligne(auteur: Auteur) -> Ligne:
    return Ligne(
        organisation=auteur.partenaire, agent=auteur.agent, role=auteur.role, finalite="ACTE_EMISSION",
        action="ouvrir", issue="autorise",
    )  # fmt: skip


async def test_un_menage_connu_par_un_partenaire_est_rejoint_et_son_dossier_n_est_pas_rouvert(
    ledger: Ledger,
) -> None:
    bailleur = Auteur("oph", "BAILLEUR_SOCIAL", "contentieux", "93667127000267")
    personne = uuid4()
    recu = await ledger.ouvrir_ou_trouver(
        Contribution(
            id=uuid4(),
            auteur=bailleur,
            finalite="ACTE_EMISSION",
            evenements=(
                Propose(DossierOuvert(parc="SOCIAL", commune="93066", id_rpls="3523902547"), date(2026, 1, 5)),
                Propose(
                    OccupantDeclare(personne=personne, nom="martin", prenoms="INES", date_naissance=date(1980, 4, 24)),
                    date(2026, 1, 5),
                ),
            ),
        ),
        une_ligne(bailleur),
    )
    durand = {"bailleur_siret": "", "bailleur_nom": "DURAND Paul"}
    lot = lot_de(social(1, **durand), social(2, observations="occupant absent", **durand))
    rapport = await importer_lot(ledger, lot)
    assert (rapport["dossiers"], rapport["accepted_distinct_acts"]) == (1, 2)
    assert rapport["refs_that_name_an_already_known_household"] == 1
    lecture = await ledger.consulter(recu.dossier)
    assert lecture is not None
    assert [type(fait.evenement).__name__ for fait in lecture.faits] == [
        "DossierOuvert",
        "OccupantDeclare",
        "LogementDeclare",
        "OccupantDeclare",
        "CommandementPayerSignifie",
        "CommandementPayerSignifie",
    ]
    assert sorted(lecture.etat.personnes.values()) == ["BAILLEUR", "TITULAIRE"]
    assert {fait.enveloppe.source for fait in lecture.faits[2:]} == {"EXPLOC"}
    assert {fait.enveloppe.declarant for fait in lecture.faits[2:]} == {"99920707900180"}
    assert _adresses(lecture) == [None, "1 rue de l'Exemple"]  # the partner had told of none
    assert ouvrir(lecture.faits[5], lecture.trousseau, {Classe.S3}).evenement.observations == "occupant absent"  # type: ignore[attr-defined]  # the act that was imported


def _adresses(lecture: Lecture) -> list[str | None]:
    ouverts = [ouvrir(fait, lecture.trousseau, frozenset(Classe)).evenement for fait in lecture.faits]
    return [e.adresse for e in ouverts if isinstance(e, Logement)]


async def test_un_menage_qui_change_de_logement_garde_les_deux_adresses(ledger: Ledger, bases: Bases) -> None:
    ailleurs = {"id_rpls": "9300000001", "adresse": "2 rue des Essais"}
    lot = [social(1), social(2, **ailleurs), social(3), social(4, **ailleurs), social(5, date_naissance="", **ailleurs)]
    for lignes in (lot[:2], lot, lot):  # one that was interrupted says no more than one that was not
        await importer_lot(ledger, lot_de(*lignes))
    [dossier] = await _dossiers(bases)
    lecture = await ledger.consulter(dossier)
    assert lecture is not None
    assert _adresses(lecture) == ["1 rue de l'Exemple", "2 rue des Essais"]


async def test_un_bailleur_sans_siret_est_une_personne_avec_sa_propre_cle(ledger: Ledger, bases: Bases) -> None:
    await importer_lot(ledger, lot_de(rangee(bailleur_siret="", bailleur_nom="DURAND Paul")))
    [dossier] = await _dossiers(bases)
    lecture = await ledger.consulter(dossier)
    assert lecture is not None
    bailleur = lecture.faits[2]
    assert isinstance(bailleur.evenement, OccupantDeclare)
    assert bailleur.evenement.qualite == "BAILLEUR"
    assert [scelle.sujet for scelle in bailleur.scelles] == [str(bailleur.evenement.personne)]
    ouverte = ouvrir(lecture.faits[0], lecture.trousseau, frozenset(Classe)).evenement
    assert isinstance(ouverte, DossierOuvert)
    assert (ouverte.bailleur_nom, ouverte.bailleur_siret) == (None, None)


async def test_un_rapprochement_est_propose_dans_le_dossier_qui_le_revele(ledger: Ledger, bases: Bases) -> None:
    await importer_lot(ledger, lot_de(social(1)))
    rapport = await importer_lot(ledger, lot_de(social(2, date_naissance="", ref_dossier="AUTRE")))
    assert (rapport["dossiers"], rapport["rapprochements_a_confirmer"]) == (1, 1)
    premier, second = await _dossiers(bases)
    lecture = await ledger.consulter(second)
    assert lecture is not None
    assert lecture.faits[-1].evenement == RapprochementSuggere(
        autre=premier, motif="NAISSANCE_MANQUANTE", reference_source=lecture.faits[-1].evenement.reference_source
    )


async def _dossiers(bases: Bases) -> list[UUID]:
    with psycopg.connect(bases.admin_url) as admin:
        admin.execute("SET search_path TO d93")
        rows = admin.execute(
            "SELECT originator_id FROM dossiers_events WHERE originator_version = 1 ORDER BY notification_id"
        ).fetchall()
    return [dossier for (dossier,) in rows]


async def test_un_lot_illisible_n_ecrit_que_son_refus_au_journal(ledger: Ledger, bases: Bases) -> None:
    with pytest.raises(Refus, match="encodage"):
        await importer_lot(ledger, EXTRAIT + b"\x81\xe9")
    assert compter(bases) == dict.fromkeys(CHIFFRES, 0) | {"journal": 1}


async def test_ce_qui_est_refuse_ne_se_lit_nulle_part(ledger: Ledger, bases: Bases) -> None:
    nir, dette, nom = "148129300542935", "quarante euros", "ZYGOMATIQUE"
    lot = lot_de(rangee(observations=f"NIR {nir}"), rangee(ref_acte="A-2", nom=nom, dette=dette))
    rapport = await importer_lot(ledger, lot)
    assert rapport["rejected_by_field"] == {"nir": 1, "dette": 1}
    assert not any(secret in json.dumps(rapport) for secret in (nir, dette, nom))
    with psycopg.connect(bases.admin_url) as admin:
        admin.execute("SET search_path TO d93")
        [(tout,)] = admin.execute("SELECT coalesce(json_agg(j), '[]')::text FROM journal j").fetchall()
    assert not any(secret in tout for secret in (nir, dette, nom))


async def test_l_import_se_lit_au_journal_avec_son_agent(ledger: Ledger, bases: Bases) -> None:
    await importer_lot(ledger, lot_de(rangee()), ecrire=False, trace="t1")
    await importer_lot(ledger, lot_de(rangee()))
    with psycopg.connect(bases.admin_url) as admin:
        admin.execute("SET search_path TO d93")
        rows = admin.execute(
            "SELECT organisation, agent, action, issue, motif, dossier IS NULL, trace FROM journal ORDER BY position"
        ).fetchall()
    qui = (AUTEUR.partenaire, AUTEUR.agent, "importer", "autorise")
    assert rows == [(*qui, "a_blanc", True, "t1"), (*qui, "", False, ""), (*qui, "", True, "")]


async def test_un_import_qui_nomme_un_evenement_non_importable_ne_lit_rien(
    ledger: Ledger, bases: Bases, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(actes, "EVENEMENTS", (*actes.EVENEMENTS, AvisRendu))
    lus: list[bytes] = []

    async def flux() -> AsyncIterator[bytes]:
        lus.append(EXTRAIT)
        yield EXTRAIT

    with pytest.raises(Refus) as refus:
        await importer(porte(ledger), acces(), flux(), ecrire=True)
    assert (refus.value.statut, refus.value.code, lus) == (403, "EVENEMENT_NON_ACCORDE", [])
    assert compter(bases) == dict.fromkeys(CHIFFRES, 0) | {"journal": 1}


async def test_un_lot_n_ecrit_que_les_evenements_que_son_import_a_nommes(
    ledger: Ledger, bases: Bases, monkeypatch: pytest.MonkeyPatch
) -> None:
    nommes = tuple(e for e in actes.EVENEMENTS if e is not CommandementPayerSignifie)
    monkeypatch.setattr(actes, "EVENEMENTS", nommes)
    with pytest.raises(Refus) as refus:
        await importer_lot(ledger, lot_de(rangee()))
    assert (refus.value.statut, refus.value.code) == (403, "EVENEMENT_NON_ACCORDE")
    assert compter(bases) == dict.fromkeys(CHIFFRES, 0) | {"journal": 1}


async def test_un_atelier_qui_meurt_le_dit(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", "/bin/false")
    with pytest.raises(EnPanne, match="relancez"):
        await importer_lot(ledger, lot_de(rangee()))


async def test_l_exemple_de_la_documentation(ledger: Ledger, bases: Bases) -> None:
    rapport = await importer_lot(ledger, (LOTS / "exemple.csv").read_bytes())
    assert (rapport["rows"], rapport["accepted_distinct_acts"], rapport["dossiers"]) == (4, 3, 2)
    assert rapport["refs_that_name_an_already_known_household"] == 1
    assert rapport["refus"] == [
        {"ligne": 5, "colonne": "date_acte", "motif": "la date n'est pas une date du calendrier (JJ/MM/AAAA)"}
    ]
    assert compter(bases)["evenements"] == 3 + 2 * 2 + 1


async def test_une_grosse_annee_se_compte_comme_attendu(ledger: Ledger) -> None:
    rapport = await importer_lot(ledger, (LOTS / "lot-93-2019.csv.gz").read_bytes(), ecrire=False)
    assert chiffres(rapport) == json.loads((LOTS / "lot-93-2019.expected.json").read_text())
