"""What the driver believes, and what it makes of the rest: no page that is not what it says is ever imported."""

import asyncio
import base64
import hashlib
import time
from collections.abc import AsyncIterator, Callable, Iterator
from datetime import date
from typing import Any, Final
from uuid import uuid4

import psycopg
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from adapters.exploc import importation, releve
from adapters.exploc.atelier import CHANGEANT
from adapters.exploc.fichier import COLONNES
from adapters.exploc.national import ADRESSE, PAGE_MAX, National, adresse
from adapters.exploc.releve import relever
from adapters.exploc.source import SourceEnDefaut
from adapters.gate.refus import Refus
from ledger.application import Ledger
from ledger.catalogue import Classe, CommandementPayerSignifie, FaitCorrige
from ledger.dossier.decision import Auteur, Contribution, Propose
from ledger.journal import Ligne
from ledger.mapper import ouvrir
from ledger.reader import Lecture
from tests.bases import Bases, ouvrir_ledger
from tests.exploc.importeur import JOUR, acces, importer_lot, porte
from tests.exploc.test_import import compter
from tests.exploc.test_lot import contenu as lot_de
from tests.exploc.test_rapprochement import social
from tests.exploc.test_releve import servi

SIRET: Final = "99920707900180"
VIDE: Final = (";".join(COLONNES) + "\n").encode()
SANS_RETRAIT: Final = {"retraits": [], "suivant": "r1", "fin": True}


def empreinte(corps: bytes) -> str:
    return f"sha-256=:{base64.b64encode(hashlib.sha256(corps).digest()).decode()}:"


def page(corps: bytes, suivant: str = "c1", fin: str = "true", **entetes: str) -> Response:
    dites = {"content-digest": empreinte(corps), "suivant": suivant, "fin": fin}
    dites |= {nom.replace("_", "-"): valeur for nom, valeur in entetes.items()}
    return Response(corps, headers=dites, media_type="text/csv; charset=utf-8")


class Scene:
    """A national system that answers what a test says, and keeps what it was asked."""

    def __init__(self) -> None:
        self.lots: Callable[[str | None], Response] = lambda _: page(VIDE)
        self.retraits: Callable[[], Response] = lambda: JSONResponse(SANS_RETRAIT)
        self.demandes: list[tuple[str | None, str | None]] = []
        self.app = Starlette(
            routes=[
                Route("/exploc/v1/lots", self._lots),
                Route("/exploc/v1/retraits", lambda _: self.retraits()),
                Route("/ailleurs", lambda _: page(lot_de(social(1)))),
            ]
        )

    async def _lots(self, requete: Request) -> Response:
        depuis = requete.query_params.get("depuis")
        self.demandes.append((depuis, requete.headers.get("authorization")))
        return self.lots(depuis)

    def retirer(self, *references: str, **plus: Any) -> None:
        retraits = [
            {"etude_siret": SIRET, "type_acte": "CDP", "ref_acte": r, "date_acte": "2026-03-02", "motif": None} | plus
            for r in references
        ]
        self.retraits = lambda: JSONResponse({"retraits": retraits, "suivant": "r1", "fin": True})


@pytest.fixture
async def ledger(bases: Bases) -> AsyncIterator[Ledger]:
    """A ledger on the day of the gate: what is withdrawn is withdrawn that day."""
    async with ouvrir_ledger(bases, JOUR) as ouvert:
        yield ouvert


@pytest.fixture(scope="module")
def national() -> Iterator[tuple[Scene, str]]:
    scene = Scene()
    with servi(scene.app) as url:
        yield scene, url


@pytest.fixture
def scene(national: tuple[Scene, str]) -> Scene:
    national[0].__init__()  # type: ignore[misc]  # the same server, its answers anew
    return national[0]


@pytest.fixture
def url(national: tuple[Scene, str]) -> str:
    return national[1]


async def relever_de(
    ledger: Ledger, url: str, *, ecrire: bool = True, tout: bool = False, **plus: Any
) -> dict[str, Any]:
    source = National(url, "jeton-d-essai", **{"reculs": (0.0, 0.0), **plus})
    return await relever(porte(ledger), acces(), source, ecrire=ecrire, tout=tout)


def curseurs(bases: Bases) -> list[str]:
    with psycopg.connect(bases.admin_url) as admin:
        return [c for (c,) in admin.execute("SELECT curseur FROM d93.releves ORDER BY rang").fetchall()]


BON: Final = lot_de(social(1))
UNE_PAGE: Final = len(social(1).encode()) + 9
"""Bytes of one row, and not of two."""
DOUTEUSES: Final[dict[str, tuple[Callable[[], Response], str]]] = {
    "empreinte fausse": (lambda: page(BON, content_digest=empreinte(BON + b"x")), "Content-Digest"),
    "empreinte absente": (
        lambda: Response(BON, headers={"suivant": "c", "fin": "true"}, media_type="text/csv"),
        "Digest",
    ),
    "une autre empreinte": (lambda: page(BON, content_digest="md5=:YWJj:"), "Content-Digest"),
    "tronquée": (lambda: page(BON[:-40], content_digest=empreinte(BON)), "Content-Digest"),
    "autre encodage": (lambda: page(BON.replace(b"rue", "à".encode("cp1252"))), "UTF-8"),
    "UTF-16": (lambda: page(BON.decode().encode("utf-16")), "UTF-8"),
    "pas un CSV": (lambda: JSONResponse({}, headers={"content-digest": empreinte(b"{}")}), "CSV"),
    "pas un lot": (lambda: page(b"a;b\n1;2\n"), "en-tête"),
    "fins de ligne CR": (lambda: page(BON.replace(b"\n", b"\r")), "LF ou CRLF"),
    "sep=;": (lambda: page(b"sep=;\n" + BON), "en-tête"),
    "sans Fin": (lambda: page(BON, fin="oui"), "Fin"),
    "sans Suivant": (lambda: page(BON, suivant=""), "Suivant"),
    "Suivant trop long": (lambda: page(BON, suivant="x" * 65), "Suivant"),
    "compressée": (lambda: page(BON, content_encoding="gzip"), "compresse"),
    "énorme": (lambda: page(BON + b" " * PAGE_MAX), "Mo"),
    "panne": (lambda: Response("", 500), "HTTP 500"),
}


@pytest.mark.parametrize("nom", DOUTEUSES)
async def test_une_page_qui_n_est_pas_ce_qu_elle_dit_n_ecrit_rien(
    ledger: Ledger, bases: Bases, scene: Scene, url: str, nom: str
) -> None:
    douteuse, dit = DOUTEUSES[nom]
    scene.lots = lambda depuis: page(lot_de(social(2)), fin="false") if depuis is None else douteuse()
    avant = compter(bases)
    with pytest.raises(Refus, match=dit) as refus:
        await relever_de(ledger, url)
    assert (refus.value.statut, refus.value.code) == (503, "source_en_defaut")
    assert "Rien de cette relève n'est importé" in refus.value.message
    assert compter(bases) == avant | {"journal": avant["journal"] + 1}
    assert curseurs(bases) == []
    assert len(scene.demandes) == 1 + 3  # the good page once, the other as often as one insists


async def test_une_page_douteuse_une_fois_est_redemandee(ledger: Ledger, bases: Bases, scene: Scene, url: str) -> None:
    douteuse, _ = DOUTEUSES["empreinte fausse"]
    scene.lots = lambda _: douteuse() if len(scene.demandes) < 3 else page(BON)
    assert (await relever_de(ledger, url))["accepted_distinct_acts"] == 1
    assert (len(scene.demandes), curseurs(bases)) == (3, ["c1"])


@pytest.mark.parametrize(
    ("reponse", "attendu"),
    [
        (lambda _: Response("", 401), ("UNEFOIS_EXPLOC_TOKEN", 1)),
        (lambda _: RedirectResponse("/ailleurs", 302), ("redirige", 1)),
        (lambda _: Response("", 404), ("vérifiez son adresse", 1)),
        (lambda _: Response("", 503, {"retry-after": "3600"}), ("revenir dans 3600 s", 1)),
        (lambda _: page(VIDE, fin="false"), ("n'avance pas", 2)),
    ],
    ids=["jeton refusé", "redirection", "introuvable", "revenir plus tard", "curseur immobile"],
)
async def test_ce_qui_ne_passera_pas_n_est_pas_redemande(
    ledger: Ledger, bases: Bases, scene: Scene, url: str, reponse: Any, attendu: tuple[str, int]
) -> None:
    scene.lots = reponse
    with pytest.raises(Refus, match=attendu[0]):
        await relever_de(ledger, url)
    assert len(scene.demandes) == attendu[1]
    assert scene.demandes[0][1] == "Bearer jeton-d-essai"
    assert compter(bases)["evenements"] == 0


async def test_on_attend_ce_que_dit_retry_after(ledger: Ledger, scene: Scene, url: str) -> None:
    scene.lots = lambda _: Response("", 503, {"retry-after": "1"}) if len(scene.demandes) == 1 else page(VIDE)
    debut = time.monotonic()
    await relever_de(ledger, url)
    assert time.monotonic() - debut >= 0.9
    assert len(scene.demandes) == 2


async def test_qui_ne_repond_pas_a_temps_est_laisse(ledger: Ledger, scene: Scene, url: str) -> None:
    def tard(_: str | None) -> Response:
        time.sleep(0.4)
        return page(VIDE)

    scene.lots = tard
    with pytest.raises(Refus, match="ne répond pas à temps"):
        await relever_de(ledger, url, reponse=0.1)
    with pytest.raises(Refus, match="ne répond pas à temps"):
        await relever_de(ledger, url, en_tout=0.1)
    scene.lots = lambda _: page(VIDE)
    await relever_de(ledger, url)  # behind those that nobody waits for any more: the next test has none of them


@pytest.mark.parametrize(
    "fausse",
    [
        "http://exemple.fr", "ftp://127.0.0.1", "https://", "https://a:b@exemple.fr", "https://exemple.fr/?a=b",
        "https://exemple.fr/#a", "https://exemple.fr:port", "https://exemple.fr:0", "exemple.fr", "https://é.fr",
        "https://exemple.fr/" + "a" * 400, "https://[::1", "http://localhost.exemple.fr",
    ],
)  # fmt: skip
def test_une_adresse_en_clair_ou_qui_dit_plus_qu_une_adresse_est_refusee(fausse: str) -> None:
    with pytest.raises(SourceEnDefaut) as refus:
        National(fausse, "jeton")
    assert str(refus.value) == ADRESSE


@pytest.mark.parametrize("jeton", ["", "a b", "é", "a\n", "x" * 9000])
def test_un_jeton_qui_n_en_est_pas_un_est_dit_sans_etre_repete(jeton: str) -> None:
    with pytest.raises(SourceEnDefaut, match="UNEFOIS_EXPLOC_TOKEN n'est pas un jeton"):
        National("https://exemple.fr", jeton)


def test_une_adresse_admise_est_gardee_sans_sa_barre() -> None:
    assert adresse("https://exemple.fr:8443/base/") == "https://exemple.fr:8443/base"
    assert adresse("http://127.0.0.1:8094") == "http://127.0.0.1:8094"


async def test_on_reprend_au_curseur_et_depuis_le_debut_si_on_le_dit(
    ledger: Ledger, bases: Bases, scene: Scene, url: str
) -> None:
    await relever_de(ledger, url, ecrire=False)
    assert curseurs(bases) == []
    await relever_de(ledger, url)
    await relever_de(ledger, url)
    await relever_de(ledger, url, tout=True)
    assert [depuis for depuis, _ in scene.demandes] == [None, None, "c1", None]
    assert curseurs(bases) == ["c1", "c1"]  # nothing is noted that was noted last
    scene.lots = lambda depuis: Response("", 410) if depuis else page(VIDE)
    with pytest.raises(Refus, match="--tout"):
        await relever_de(ledger, url)
    await relever_de(ledger, url, tout=True)


async def test_une_releve_est_bornee_et_la_suite_est_pour_la_suivante(
    ledger: Ledger, bases: Bases, scene: Scene, url: str
) -> None:
    pages = {None: (1, "c1"), "c1": (2, "c2"), "c2": (3, "c3")}
    scene.lots = lambda depuis: (
        page(lot_de(social(pages[depuis][0])), pages[depuis][1], "false" if depuis != "c2" else "true")
        if depuis in pages
        else page(VIDE, "c3")
    )
    scene.retirer("A-1")
    premier = await relever_de(ledger, url, lot_max=UNE_PAGE)
    assert premier["releve"] == {"pages": 2, "fin": False, "entier": True}
    assert premier["retraits"]["retires"] == 0  # acts first, to the end
    second = await relever_de(ledger, url, lot_max=UNE_PAGE)
    assert (second["rows"], second["releve"]["fin"], second["retraits"]["retires"]) == (1, True, 1)
    assert curseurs(bases) == ["c2", "c3"]


async def test_une_ligne_a_reprendre_retient_le_curseur(
    ledger: Ledger, bases: Bases, scene: Scene, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    scene.lots = lambda _: page(VIDE)

    async def importer(*args: Any, **plus: Any) -> dict[str, Any]:
        rapport = await importer_vrai(*args, **plus)
        return rapport | {"refus": [{"ligne": 2, "colonne": "ref_dossier", "motif": CHANGEANT}]}

    importer_vrai = importation.importer_lot
    monkeypatch.setattr(releve, "importer_lot", importer)
    assert (await relever_de(ledger, url))["releve"]["entier"] is False
    assert curseurs(bases) == []
    monkeypatch.undo()
    assert (await relever_de(ledger, url))["releve"]["entier"] is True
    assert curseurs(bases) == ["c1"]


async def test_un_import_qui_s_arrete_n_avance_pas_le_curseur(
    ledger: Ledger, bases: Bases, scene: Scene, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def importer(*_: Any, **__: Any) -> dict[str, Any]:
        raise importation.AtelierPerdu("l'atelier s'est arrêté")

    monkeypatch.setattr(releve, "importer_lot", importer)
    with pytest.raises(Refus, match="arrêté"):
        await relever_de(ledger, url)
    assert (len(scene.demandes), curseurs(bases)) == (1, [])


async def test_des_releves_a_la_fois_n_ecrivent_rien_deux_fois(
    ledger: Ledger, bases: Bases, scene: Scene, url: str
) -> None:
    scene.lots = lambda _: page(lot_de(*(social(n) for n in range(1, 9))))
    scene.retirer("A-1", "A-2")
    rapports = await asyncio.gather(*(relever_de(ledger, url) for _ in range(3)))
    assert sum(rapport["accepted_distinct_acts"] for rapport in rapports) == 8
    assert sum(rapport["retraits"]["retires"] for rapport in rapports) == 2
    [lecture] = await lire(ledger, bases)
    assert sum(isinstance(fait.evenement, FaitCorrige) for fait in lecture.faits) == 2


async def lire(ledger: Ledger, bases: Bases) -> list[Lecture]:
    with psycopg.connect(bases.admin_url) as admin:
        rows = admin.execute("SELECT DISTINCT originator_id FROM d93.dossiers_events").fetchall()
    return [lecture for (dossier,) in rows if (lecture := await ledger.consulter(dossier)) is not None]


async def test_un_acte_retire_l_est_une_fois_par_un_fait_d_exploc(
    ledger: Ledger, bases: Bases, scene: Scene, url: str
) -> None:
    await importer_lot(ledger, lot_de(social(1), social(2)))
    scene.retirer("A-2", "A-9", motif="annulé par l'étude")
    a_blanc = await relever_de(ledger, url, ecrire=False)
    avant = compter(bases)
    ecrit = await relever_de(ledger, url)
    assert a_blanc["retraits"] == ecrit["retraits"]
    assert (ecrit["retraits"]["retires"], ecrit["retraits"]["inconnus"]) == (1, 1)
    comptes = compter(bases)
    assert comptes["evenements"] == avant["evenements"] + 1
    assert comptes["journal"] == avant["journal"] + 2  # of the withdrawal, and of the whole
    [lecture] = await lire(ledger, bases)
    fait = lecture.faits[-1]
    assert (fait.enveloppe.source, fait.enveloppe.declarant) == ("EXPLOC", SIRET)
    retrait = ouvrir(fait, lecture.trousseau, {Classe.S2}).evenement
    assert isinstance(retrait, FaitCorrige)
    assert retrait.motif == "annulé par l'étude"
    vise = next(f for f in lecture.faits if f.enveloppe.id == retrait.corrige)
    acte = ouvrir(vise, lecture.trousseau, {Classe.S2}).evenement
    assert isinstance(acte, CommandementPayerSignifie)
    assert acte.ref_acte == "A-2"
    assert (await relever_de(ledger, url))["retraits"]["deja_retires"] == 1
    assert (await importer_lot(ledger, lot_de(social(1), social(2))))["doublons"] == 2
    assert compter(bases)["evenements"] == comptes["evenements"]


async def test_un_retrait_vient_avant_son_acte(ledger: Ledger, bases: Bases, scene: Scene, url: str) -> None:
    scene.retirer("A-1")
    assert (await relever_de(ledger, url))["retraits"]["inconnus"] == 1
    scene.lots = lambda _: page(lot_de(social(1)), "c2")
    assert (await relever_de(ledger, url))["retraits"]["retires"] == 1
    [lecture] = await lire(ledger, bases)
    assert isinstance(lecture.faits[-1].evenement, FaitCorrige)


async def contribuer(ledger: Ledger, lecture: Lecture, evenement: Any, **plus: Any) -> None:
    auteur = Auteur("etude-1", "COMMISSAIRE_JUSTICE", "clerc", SIRET, corrige_autrui=True)
    ligne = Ligne(
        organisation=auteur.partenaire, agent=auteur.agent, role=auteur.role, finalite="ACTE_EMISSION",
        action="emettre", issue="autorise",
    )  # fmt: skip
    await ledger.contribuer(
        lecture,
        Contribution(
            id=uuid4(), auteur=auteur, finalite="ACTE_EMISSION", evenements=(Propose(evenement, date(2026, 3, 2)),)
        ),
        ligne,
        **plus,
    )


async def test_ce_qu_un_partenaire_a_dit_lui_meme_reste(ledger: Ledger, bases: Bases, scene: Scene, url: str) -> None:
    await importer_lot(ledger, lot_de(social(1), social(2)))
    [lecture] = await lire(ledger, bases)
    await contribuer(ledger, lecture, CommandementPayerSignifie(ref_acte="A-1", etude_siret=SIRET))
    scene.retirer("A-1", "A-2")
    retraits = (await relever_de(ledger, url))["retraits"]
    assert (retraits["maintenus"], retraits["retires"]) == (1, 1)
    [lecture] = await lire(ledger, bases)
    assert len(lecture.etat.corriges) == 1


async def test_un_acte_qu_une_personne_a_retabli_n_est_pas_retire_a_nouveau(
    ledger: Ledger, bases: Bases, scene: Scene, url: str
) -> None:
    scene.lots = lambda _: page(lot_de(social(1)))
    scene.retirer("A-1")
    await relever_de(ledger, url)
    [lecture] = await lire(ledger, bases)
    await contribuer(ledger, lecture, FaitCorrige(corrige=lecture.faits[-1].enveloppe.id))
    comptes = compter(bases)
    assert (await relever_de(ledger, url))["retraits"] == {
        "retires": 0, "deja_retires": 1, "maintenus": 0, "inconnus": 0, "illisibles": 0, "a_reprendre": 0,
    }  # fmt: skip
    assert compter(bases)["evenements"] == comptes["evenements"]


@pytest.mark.parametrize("motif", ["NIR 148129300542935", "x" * 501, "a\u202eb", "  ", None])
async def test_un_motif_qui_ne_peut_pas_se_garder_est_laisse_et_l_acte_retire(
    ledger: Ledger, bases: Bases, scene: Scene, url: str, motif: str | None
) -> None:
    scene.lots = lambda _: page(lot_de(social(1)))
    scene.retirer("A-1", motif=motif)
    assert (await relever_de(ledger, url))["retraits"]["retires"] == 1
    [lecture] = await lire(ledger, bases)
    retrait = ouvrir(lecture.faits[-1], lecture.trousseau, {Classe.S2}).evenement
    assert isinstance(retrait, FaitCorrige)
    assert retrait.motif is None


@pytest.mark.parametrize(
    "plus", [{"type_acte": "AUTRE"}, {"etude_siret": "12345678901234"}, {"ref_acte": " "}, {"ref_acte": "x" * 201}]
)
async def test_un_retrait_qui_ne_se_lit_pas_est_compte_et_laisse(
    ledger: Ledger, scene: Scene, url: str, plus: dict[str, str]
) -> None:
    scene.lots = lambda _: page(lot_de(social(1)))
    scene.retirer("A-1", **plus)
    retraits = (await relever_de(ledger, url))["retraits"]
    assert (retraits["illisibles"], retraits["retires"]) == (1, 0)


@pytest.mark.parametrize(
    "corps",
    [
        b"[]", b'{"retraits":[{}],"suivant":"a","fin":true}', b'{"retraits":[]', b"\xff",
        b'{"retraits":[],"suivant":"\xe9","fin":true}', b'{"retraits":[],"suivant":"a b","fin":true}',
    ],
)  # fmt: skip
async def test_une_page_de_retraits_qui_ne_se_lit_pas_n_ecrit_rien(
    ledger: Ledger, bases: Bases, scene: Scene, url: str, corps: bytes
) -> None:
    scene.lots = lambda _: page(lot_de(social(1)))
    scene.retraits = lambda: Response(corps, media_type="application/json")
    with pytest.raises(Refus, match=r"actes retirés ne se lit pas|Suivant"):
        await relever_de(ledger, url)
    assert (compter(bases)["evenements"], curseurs(bases)) == (0, [])
