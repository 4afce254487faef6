"""``unefois conformite`` as an integrator runs it: what it says, how it ends, what it leaves, what it withstands."""

import asyncio
import os
import random
import re
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final
from uuid import uuid4

import anyio
import httpx2
import orjson
import pytest
from joserfc.jwk import ECKey

from adapters.commande.unefois import main
from adapters.conformite import serveur as appels
from adapters.conformite import suites
from adapters.conformite.essai import Appelant, Essai
from adapters.conformite.horloges import SIMULATION
from adapters.conformite.rapport import ConstatDeRegle, Sort, etat_de_sortie, juger
from adapters.conformite.regles import REGLES_DU_CONTRAT, Demande
from adapters.conformite.serveur import REQUETES, Depense, Recue, ServeurJuge
from tests.bases import RACINE
from tests.conformite.banc import Banc
from tests.conformite.fautes import FAUTES
from tests.conformite.mandataire import Demande as Envoi
from tests.conformite.mandataire import Faute, Mandataire
from tests.rest.test_essais import stockes

LIGNE: Final = re.compile(r" ?(\d+)\. .+ : (?:tenue|manquée : vu : .+ ; attendu : .+ \(.+\)|non essayée : .+)")


@pytest.fixture
async def acces(banc: Banc, tmp_path: Path) -> Path:
    """As ``make demo`` writes it."""
    banc.mandataire.fauter(None)
    fichier, lie = tmp_path / "demo.env", banc.lie()
    jetons = {"CONTENTIEUX": banc.appelant(), "VOISINE": banc.appelant("voisin", "voisine"), "AGENT_1": banc.personne}
    lignes = [f"UNEFOIS={banc.url}", f"EXEMPLE={banc.donne}", *(f"JETON_{nom}={a.jeton}" for nom, a in jetons.items())]
    cle = orjson.dumps(lie.cle.as_dict(private=True)).decode()
    fichier.write_text("\n".join([*lignes, f"DPOP_JETON={lie.jeton}", f"DPOP_CLE='{cle}'"]), encoding="ascii")
    return fichier


Lancer = Callable[..., Awaitable[tuple[int, str, str]]]
QUI: Final = ("--agent", "contentieux", "--finalite", "ACTE_EMISSION")


@pytest.fixture
def lancer(banc: Banc, acces: Path, capsys: pytest.CaptureFixture[str]) -> Lancer:
    """Run the command beside the server, in a loop of its own; its status, and what it said."""

    async def faire(*options: str, url: str = "", qui: Sequence[str] = QUI) -> tuple[int, str, str]:
        arguments = ["conformite", url or banc.url, "--acces", str(acces), *qui, *options]
        statut = await anyio.to_thread.run_sync(main, arguments)
        dit, erreurs = capsys.readouterr()
        assert "eyJ" not in dit + erreurs, "no token is told"
        return statut, dit, erreurs

    return faire


async def test_en_ecrivant_chaque_regle_est_essayee(lancer: Lancer) -> None:
    statut, dit, erreurs = await lancer("--etranger", "voisine", "--personne", "agent-1", "--ecrire")
    *lignes, total = dit.splitlines()
    assert sorted(int(lu[1]) for ligne in lignes if (lu := LIGNE.fullmatch(ligne))) == list(range(1, 64))
    assert (statut, [ligne for ligne in lignes if not ligne.endswith(" : tenue")]) == (0, [])
    assert total.startswith("63 règles : 63 tenues, 0 manquée, 0 non essayée. ")
    assert int(total.partition(" requêtes")[0].rpartition(" ")[2]) < REQUETES * 3 / 4
    assert "ÉCRIT" in erreurs
    assert "ESSAI-CONFORMITE" in erreurs


async def test_sans_ecrire_rien_n_est_enregistre(banc: Banc, lancer: Lancer) -> None:
    avant = stockes(banc.monde.bases)
    statut, dit, erreurs = await lancer("--rapport", "json")
    assert stockes(banc.monde.bases) == avant
    rapport = orjson.loads(dit)
    laissees = {r["numero"]: r["pourquoi"] for r in rapport["regles"] if r["issue"] == "non_essayee"}
    laisse = {Demande.ECRITURE, Demande.ETRANGER, Demande.PERSONNE}
    attendues = {r.numero for r in REGLES_DU_CONTRAT if laisse & {*r.demandes}}
    assert (statut, set(laissees)) == (0, attendues)
    assert all(re.search("--(ecrire|etranger|personne)$", pourquoi) for pourquoi in laissees.values())
    assert rapport["total"] == {"tenues": 63 - len(laissees), "manquees": 0, "non_essayees": len(laissees)}
    assert 0 < rapport["requetes"] < 200
    assert "63 / 63 règles" in erreurs


async def test_un_serveur_qui_enregistre_les_essais_n_en_recoit_qu_un(banc: Banc, lancer: Lancer) -> None:
    """``blanc`` means nothing to it: after one household that nobody takes for a true one, nothing more is sent."""
    recus: list[str] = []

    def enregistrer(_: Mandataire, demande: Envoi) -> None:
        if demande.methode == "POST" and demande.chemin != SIMULATION:  # which is of no case, and records nothing
            recus.append(demande.chemin)
            demande.oublier("blanc")

    banc.mandataire.fauter(Faute("enregistrer", frozenset(), avant=enregistrer))
    statut, dit, _ = await lancer()
    assert recus == ["/v1/dossiers"]
    assert statut == 1
    assert "31. Un essai à blanc répond 204, et ne change rien : manquée : vu : 201" in dit
    assert dit.count("ce serveur n'essaie pas à blanc") >= 9


async def test_ce_qui_est_manque_est_dit_avec_son_texte(banc: Banc, lancer: Lancer) -> None:
    banc.mandataire.fauter(FAUTES["sans_remede"])
    statut, dit, _ = await lancer()
    [ligne] = [ligne for ligne in dit.splitlines() if "manquée" in ligne and "règles" not in ligne]
    assert statut == 1
    assert ligne.startswith(" 5. ")
    assert "vu : le refus sans jeton sans « remede » ; attendu : type, title, status" in ligne
    assert ligne.endswith("(RFC 9457, 3.1)")


@pytest.mark.parametrize(
    ("options", "dit"),
    [
        (["--agent", "inconnue", "--finalite", "ACTE_EMISSION"], "il manque la variable JETON_INCONNUE ou JETON"),
        (["--agent", "contentieux"], "donnez une finalité"),
        (["--agent", "contentieux", "--finalite", "CONTROLE"], "cette finalité n'est pas de celles"),
        ([*QUI, "--acces", "/nulle/part"], "/nulle/part ne se lit pas"),
        ([*QUI, "--finalite", "é"], "la finalité contient ce qu'un en-tête ne porte pas"),
        ([*QUI, "--etranger", "personne"], "il manque la variable JETON_PERSONNE ou JETON"),
        ([*QUI, "--personne", "personne"], "il manque la variable JETON_PERSONNE ou JETON"),
    ],
)
async def test_un_essai_qui_ne_peut_pas_commencer_le_dit(lancer: Lancer, options: list[str], dit: str) -> None:
    statut, sorti, erreurs = await lancer(qui=options)
    assert (statut, sorti) == (2, "")
    assert f"L'essai n'a pas commencé : {dit}" in erreurs


@pytest.mark.parametrize(
    ("jeton", "cle", "dit"),
    [
        ("eyJ", "", "DPOP_JETON et DPOP_CLE vont ensemble"),
        ("", "{}", "DPOP_JETON et DPOP_CLE vont ensemble"),
        ("eyJ", "n'est pas du JSON", "DPOP_CLE n'est pas une clé privée P-256 ou Ed25519, en JWK"),
        ("eyJ", '{"kty":"oct","k":"c2VjcmV0"}', "DPOP_CLE n'est pas une clé privée P-256 ou Ed25519, en JWK"),
        ("eyJ", "PUBLIQUE", "DPOP_CLE n'est pas une clé privée P-256 ou Ed25519, en JWK"),
        ("eyJ", "P-384", "DPOP_CLE n'est pas une clé privée P-256 ou Ed25519, en JWK"),
    ],
)
async def test_un_jeton_lie_sans_sa_cle_est_dit_et_la_cle_ne_l_est_pas(
    lancer: Lancer, acces: Path, jeton: str, cle: str, dit: str
) -> None:
    if cle in {"PUBLIQUE", "P-384"}:
        publique = cle == "PUBLIQUE"
        cle = orjson.dumps(ECKey.generate_key("P-256" if publique else cle).as_dict(private=not publique)).decode()
    lignes = [ligne for ligne in acces.read_text(encoding="ascii").splitlines() if not ligne.startswith("DPOP_")]
    acces.write_text("\n".join([*lignes, f"DPOP_JETON={jeton}", f"DPOP_CLE='{cle}'"]), encoding="ascii")
    statut, sorti, erreurs = await lancer()
    assert (statut, sorti) == (2, "")
    assert f"L'essai n'a pas commencé : {dit}" in erreurs
    assert len(cle) < 3 or cle not in erreurs


async def test_un_jeton_refuse_ou_un_serveur_absent_est_dit(banc: Banc, lancer: Lancer) -> None:
    banc.mandataire.fauter(Faute("refuser", frozenset(), avant=lambda _, demande: demande.sans("authorization")))
    statut, sorti, erreurs = await lancer()
    assert (statut, sorti) == (2, "")
    assert "à GET /v1/moi, pour l'agent « contentieux » : 401 « jeton_absent » ; attendu : 200" in erreurs
    statut, sorti, erreurs = await lancer(url="http://127.0.0.1:9")
    assert (statut, sorti) == (2, "")
    assert "le serveur ne répond pas à cette adresse" in erreurs


async def test_une_regle_qui_ne_peut_pas_commencer_n_est_ni_tenue_ni_manquee(banc: Banc) -> None:
    """The stranger is none; the case that is given is none."""
    banc.mandataire.fauter(None)
    regles = [regle for regle in REGLES_DU_CONTRAT if regle.numero in {1, 9, 24}]
    sien, inconnu = await banc.monde.ouvrir(), str(uuid4())
    for donne, attendus in (
        (sien, ["", "l'agent donné comme étranger lit ce dossier", ""]),
        (inconnu, ["", *["l'appel dont elle part a répondu 404 « introuvable », et non 200"] * 2]),
    ):
        async with ServeurJuge(banc.url) as serveur:
            essai = Essai(serveur, banc.appelant(), banc.appelant(), donne)
            constats = [c async for c in juger(essai, regles)]
        assert [c.pourquoi for c in constats] == attendus
        assert {c.sort for c in constats} == {Sort.TENUE, Sort.EMPECHEE}
        assert etat_de_sortie(constats) == 2


# what the kit withstands ----------------------------------------------------------------------------------------


async def constats_de(banc: Banc, **plus: Any) -> list[ConstatDeRegle]:
    banc.mandataire.fauter(plus.pop("faute", None))
    return await banc.juger(banc.mandataire.faute, **plus)


@pytest.mark.parametrize(
    ("borne", "valeur", "dit"),
    [("REQUETES", 12, "12 requêtes"), ("OCTETS", 9000, "0 Mio lus"), ("SECONDES", 0, "0 secondes")],
)
async def test_un_essai_est_borne(
    banc: Banc, monkeypatch: pytest.MonkeyPatch, borne: str, valeur: float, dit: str
) -> None:
    monkeypatch.setattr(appels, borne, valeur)
    constats = await constats_de(banc)
    assert constats[0].sort is (Sort.TENUE if valeur else Sort.EMPECHEE)
    assert constats[-1].pourquoi == f"la borne d'un essai est atteinte : {dit}"
    assert etat_de_sortie(constats) == 2


PARTI: Final = (ConnectionError, asyncio.IncompleteReadError)


async def repondre_sans_fin(lecteur: asyncio.StreamReader, ecrivain: asyncio.StreamWriter) -> None:
    try:
        await lecteur.readuntil(b"\r\n\r\n")
        ecrivain.write(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n")
        while True:
            ecrivain.write(b" " * 65536)
            await ecrivain.drain()
    except PARTI:
        ecrivain.close()


async def ne_pas_repondre(lecteur: asyncio.StreamReader, ecrivain: asyncio.StreamWriter) -> None:
    try:
        await lecteur.readuntil(b"\r\n\r\n")
        while True:
            ecrivain.write(b"H")  # never a whole line, and never silence either
            await ecrivain.drain()
            await asyncio.sleep(0.02)
    except PARTI:
        ecrivain.close()


async def repondre_autre_chose(lecteur: asyncio.StreamReader, ecrivain: asyncio.StreamWriter) -> None:
    await lecteur.readuntil(b"\r\n\r\n")
    ecrivain.write(b"SSH-2.0-serveur\r\n")
    ecrivain.close()


@asynccontextmanager
async def ecouter(repondre: Callable[..., Awaitable[None]]) -> AsyncIterator[str]:
    ecoute = await asyncio.start_server(repondre, "127.0.0.1", 0)
    try:
        yield f"http://127.0.0.1:{ecoute.sockets[0].getsockname()[1]}"
    finally:
        ecoute.close()


@pytest.mark.parametrize(
    ("repondre", "secondes", "vu"),
    [
        (repondre_sans_fin, 15, "une réponse de plus de 0 Mio"),
        (ne_pas_repondre, 0.4, "pas de réponse en 0 secondes"),
        (repondre_autre_chose, 15, "la connexion rompue, ou une réponse qui n'est pas du HTTP"),
    ],
)
async def test_une_reponse_est_bornee(
    monkeypatch: pytest.MonkeyPatch, repondre: Callable[..., Awaitable[None]], secondes: float, vu: str
) -> None:
    monkeypatch.setattr(appels, "OCTETS_PAR_REPONSE", 100_000)
    monkeypatch.setattr(appels, "SECONDES_PAR_REQUETE", secondes)
    async with ecouter(repondre) as url, ServeurJuge(url) as serveur:
        essai = Essai(serveur, Appelant("jeton", "agent", "ACTE_EMISSION"))
        [constat] = [c async for c in juger(essai, REGLES_DU_CONTRAT[:1])]
    assert (constat.sort, constat.vu) == (Sort.MANQUEE, vu)


async def test_un_serveur_qui_demande_a_attendre_est_redemande(banc: Banc, monkeypatch: pytest.MonkeyPatch) -> None:
    """429, and 503 with ``Retry-After``: the same request is sent again, and no rule is missed for it."""
    monkeypatch.setattr(appels, "REPIT_MAXIMAL", 0.0)
    rang = 0

    def faire_attendre(_: Mandataire, __: Envoi, rendue: Any) -> None:
        nonlocal rang
        rang += 1
        if rang % 3:
            rendue.statut, rendue.corps = (429, 503)[rang % 2], b"{}"
            rendue.poser("retry-after", "2")

    regles = [r for r in REGLES_DU_CONTRAT if r.numero in {1, 2, 3, 11, 45}]
    constats = await constats_de(banc, faute=Faute("attendre", frozenset(), apres=faire_attendre), regles=regles)
    assert {c.sort for c in constats} == {Sort.TENUE}
    assert rang > 20


GRAINES: Final = 100
ETRANGETES: Final[tuple[Any, ...]] = (
    None, [], {}, "", "\x1b[2J", "é" * 3000, 1.5, -1, True, [[]], [None], {"a": []}, "http://[", 10**30, "//ailleurs/x",
    "2026-13-45", "urn:uuid:0199f1e2-7b1a-7000-8000-000000000001", "#/a/~2", "?&#\r\n",
)  # fmt: skip


def deformer(hasard: random.Random, valeur: Any) -> Any:
    """One value of a document, at any depth, is another than it should be."""
    if isinstance(valeur, dict) and valeur and hasard.random() < 0.9:
        nom = hasard.choice(list(valeur))
        return {**valeur, nom: deformer(hasard, valeur[nom])}
    if isinstance(valeur, list) and valeur and hasard.random() < 0.9:
        rang = hasard.randrange(len(valeur))
        return [*valeur[:rang], deformer(hasard, valeur[rang]), *valeur[rang + 1 :]]
    return hasard.choice(ETRANGETES)


class Souvenir(ServeurJuge):
    """Keeps what our server answered."""

    recues: list[Recue]

    async def demander(self, *demande: Any, **plus: Any) -> Recue:
        recue = await super().demander(*demande, **plus)
        self.recues.append(recue)
        return recue


class Deforme(Souvenir):
    """Answers the same, a little wrong."""

    hasard: random.Random

    async def demander(self, *_: Any, **__: Any) -> Recue:
        self.depense.requetes += 1
        await anyio.lowlevel.checkpoint()
        recue = self.recues[min(self.depense.requetes, len(self.recues)) - 1]
        if self.hasard.random() < 0.7:
            return recue
        dits = [(n, "\x1b[2J" if self.hasard.random() < 0.2 else v) for n, v in recue.entetes.items()]
        statut = self.hasard.choice((recue.statut, 200, 201, 204, 404, 500))
        try:
            corps = orjson.dumps(deformer(self.hasard, orjson.loads(recue.corps)))
        except (orjson.JSONDecodeError, orjson.JSONEncodeError):
            corps = self.hasard.choice((b"", b"\xff", b"[" * 900 + b"]" * 900, recue.corps[:-1]))
        return Recue(statut, httpx2.Headers(dits), corps)


async def test_aucune_reponse_n_arrete_le_jeu_ni_n_ecrit_au_terminal(
    banc: Banc, monkeypatch: pytest.MonkeyPatch, compter: Callable[[str, int], None]
) -> None:
    """Answers of our own server, deformed: each rule ends by a line that is a line, whatever was answered."""
    monkeypatch.setattr(suites, "DELAI", 0)
    banc.mandataire.fauter(None)
    voisine = banc.appelant("voisin", "voisine")
    qui: dict[str, Any] = {"donne": banc.donne, "ecrire": True, "lie": banc.lie(), "personne": banc.personne}
    async with Souvenir(banc.url) as vrai:
        vrai.recues = []
        assert etat_de_sortie([c async for c in juger(Essai(vrai, banc.appelant(), voisine, **qui))]) == 0
    # The document is long, and as good when it is short.
    courtes = [r._replace(corps=r.corps[:2000]) if len(r.corps) > 100_000 else r for r in vrai.recues]
    lignes: list[str] = []
    async with Deforme(banc.url) as serveur:
        serveur.recues = courtes
        for graine in range(GRAINES):
            serveur.hasard, serveur.pannes = random.Random(graine), []  # noqa: S311 - the same at each run
            serveur.depense = Depense(time.monotonic())
            lignes += [c.ligne async for c in juger(Essai(serveur, banc.appelant(), voisine, **qui))]
    assert len(lignes) == GRAINES * len(REGLES_DU_CONTRAT)
    assert [ligne for ligne in lignes if not LIGNE.fullmatch(ligne) or not ligne.isprintable()] == []
    assert max(map(len, lignes)) < 500
    sorts = {mot: sum(f" : {mot}" in ligne for ligne in lignes) for mot in ("tenue", "manquée", "non essayée")}
    assert min(sorts.values()) > 2 * GRAINES, sorts
    compter("lignes dites de réponses déformées", len(lignes))


async def test_ctrl_c_arrete_le_jeu(tmp_path: Path) -> None:
    (tmp_path / "acces").write_text("JETON=abc\nFINALITE=ACTE_EMISSION\n", encoding="ascii")
    appele = asyncio.Event()

    async def attendre(lecteur: asyncio.StreamReader, ecrivain: asyncio.StreamWriter) -> None:
        appele.set()
        await ne_pas_repondre(lecteur, ecrivain)

    async with ecouter(attendre) as url:
        processus = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "adapters.commande.unefois", "conformite", url, "--acces", tmp_path / "acces"),
            cwd=RACINE, env=dict(os.environ), stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        )  # fmt: skip
        async with asyncio.timeout(60):
            await appele.wait()
            processus.send_signal(signal.SIGINT)
            dit, erreurs = await processus.communicate()
    assert (processus.returncode, dit) == (130, b"")
    assert erreurs.decode().endswith("Interrompu.\n")
    assert "Traceback" not in erreurs.decode()
