"""Papers through the public door: what they say, who may read what in them, the row before, what holds nobody up."""

import asyncio
import io
from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pikepdf
import pytest

from adapters.gate import documents as porte
from adapters.gate.refus import Refus
from adapters.mots import libelles
from adapters.papier import documents, presse
from adapters.papier.modeles import modeles
from adapters.papier.presse import Atelier, Imprimante
from adapters.papier.tirage import tirer
from ledger.errors import JournalIndisponible
from ledger.sealing import Cle
from tests.monde import SEANCE, Monde, evenement
from tests.papier.mondes import (
    DECIDEE,
    INSTRUCTION,
    SECRETARIAT,
    commande,
    entrer,
    fait,
    matiere,
    menage,
    mots,
    pages,
    papier,
    situe,
    texte,
)
from tests.rest.recit import raconter
from tests.rest.test_boucle import tenir_le_compte
from tests.rest.test_plans import admis

TENUE_S = 0.05
INSTRUCTRICE = "CCAPEX_INSTRUCTEUR"


@pytest.fixture
async def dossier(monde: Monde) -> str:
    return await raconter(monde)


async def lignes(monde: Monde) -> list[dict[str, Any]]:
    return [ligne for ligne in await monde.journal() if ligne["action"] == porte.EDITER]


async def test_la_synthese_dit_ce_que_la_porte_a_repondu(monde: Monde, dossier: str) -> None:
    await entrer(monde)
    recu = await monde.client.get(f"/ccapex/{dossier}/documents/synthese.pdf")
    assert (recu.status_code, recu.headers["content-type"]) == (200, "application/pdf")
    assert recu.headers["cache-control"] == "no-store, no-transform"
    assert recu.headers["content-disposition"] == f'attachment; filename="synthese-{dossier[-8:]}.pdf"'
    assert pages(recu.content) <= 2
    lu = texte(recu.content)
    vu = (await monde.get(f"/v1/vues/ccapex/{dossier}", "ccapex", SECRETARIAT)).json()
    dits = [f for f in vu["faits"] if not f["corrige_par"] and not f["efface"]]
    assert len(dits) > 20
    for f in dits:
        assert libelles.evenement(f["type"]) in lu, f["type"]
        assert mots(libelles.jour(f["survenu_le"])) in lu
    for n in vu["non_communique"]:
        assert n["libelle"] in lu
        assert f"{n['groupe']} {n['libelle']}" in lu
    for mot in (
        "Fatou LEROY", "118 avenue Jean-Jaurès, Bobigny", "OPH SYNTHÈSE 16", "1 adulte, 2 enfants",
        "2 247,70 €", "800,61 €", "Audience 12 janvier 2027", "TJ BOBIGNY", "26/03127", "CDP-2026-1", "50,00 €",
        "24 mois", "0612345678",
        "sens de l'avis : maintien dans le logement", "proposer un plan", "20 janvier 2027", "28 octobre 2026",
    ):  # fmt: skip
        assert mot in lu, mot
    horloges = (await monde.get(f"/v1/dossiers/{dossier}/echeances", "ccapex", SECRETARIAT)).json()["echeances"]
    courent = [h for h in horloges if h["etat"] == "EN_COURS" and h["dernier_jour"]]
    assert mots(min(courent, key=lambda h: h["dernier_jour"])["texte"]) in lu
    assert "Établi par Organisation ccapex" in lu
    assert "agent instructrice" in lu


async def test_une_page_propose_les_documents_de_sa_finalite(monde: Monde, dossier: str) -> None:
    await entrer(monde)
    page = (await monde.client.get(f"/ccapex/{dossier}")).text
    offerts = documents.offerts(INSTRUCTRICE, SECRETARIAT)
    assert len(offerts) > 10
    for code in offerts:
        assert f'href="/ccapex/{dossier}/documents/{code}.pdf"' in page
    assert set(documents.offerts(INSTRUCTRICE, "STATISTIQUE")) == set(documents.D_UN_DOSSIER)


async def test_chaque_document_est_pdf_ua(
    monde: Monde, dossier: str, outil: Callable[[str], Path], tmp_path: Path, compter: Callable[[str, int], None]
) -> None:
    verapdf = outil("verapdf")
    await monde.projeter()
    faits = {}
    for finalite in (SECRETARIAT, INSTRUCTION):
        for code in documents.offerts(INSTRUCTRICE, finalite):
            faits[code] = await papier(monde, dossier, code, finalite=finalite)
    acces = await admis(monde, "ccapex", SECRETARIAT)
    for code in documents.DE_SEANCE:
        faits[code] = (await documents.seance(monde.gate, Atelier(), acces, SEANCE, code)).octets
    faits["decision-aide-logement"] = tirer(
        commande("courrier", situe(*menage(), fait("AideLogementDecidee", **DECIDEE)), modele="decision-aide-logement")
    )
    assert {*documents.DE_SEANCE, *documents.D_UN_DOSSIER, *modeles()} == faits.keys()
    for code, octets in faits.items():
        (tmp_path / f"{code}.pdf").write_bytes(octets)
        with pikepdf.open(io.BytesIO(octets)) as pdf:
            assert pdf.Root.Lang == "fr-FR"
            assert pdf.Root.MarkInfo.Marked
            assert str(pdf.docinfo["/Title"]) != ""
            polices = [police for page in pdf.pages for police in page.Resources.Font.values()]
            assert polices
            assert all({"/FontFile2", "/FontFile3"} & {*p.DescendantFonts[0].FontDescriptor.keys()} for p in polices)
        assert pages(octets) == 1 or code not in modeles()
    juges = [str(verapdf), "--flavour", "ua1", "--format", "text", *map(str, sorted(tmp_path.glob("*.pdf")))]
    juge = await asyncio.create_subprocess_exec(*juges, stdout=asyncio.subprocess.PIPE)
    dit = (await juge.communicate())[0].decode()
    rendus = [ligne.split(" ")[0] for ligne in dit.splitlines() if ".pdf" in ligne]
    assert rendus == ["PASS"] * len(faits), dit
    compter("documents jugés PDF/UA-1", len(faits))


async def test_qui_ne_lit_pas_un_groupe_n_en_trouve_rien(monde: Monde, dossier: str) -> None:
    social = texte(await papier(monde, dossier, "synthese", "ssd", "ACCOMPAGNEMENT", vue=""))
    ccapex = texte(await papier(monde, dossier, "synthese"))
    bailleur = texte(await papier(monde, dossier, "synthese", "bailleur", "ACTE_EMISSION", vue=""))
    ressources = mots(libelles.montant(142000))
    assert ressources in social
    for mot in ("reprise de lien avec le service", "curatelle", "interprète"):
        assert mot in social, mot
    secrets = (ressources, "reprise de lien", "curatelle", "interprète", "accompagnement en cours", "Évaluation")
    for lu in (ccapex, bailleur):
        for mot in secrets:
            assert mot not in lu, mot
    assert "Ressources et charges déclarées" not in bailleur
    assert "0612345678" not in bailleur
    # Nor in what a reader does not show: properties, bookmarks, streams.
    octets = await papier(monde, dossier, "synthese", "bailleur", "ACTE_EMISSION", vue="")
    with pikepdf.open(io.BytesIO(octets)) as pdf:
        lus = [objet.read_bytes() for objet in pdf.objects if isinstance(objet, pikepdf.Stream)]
        dits = b" ".join(lus) + str(pdf.docinfo).encode()
    assert len(lus) > 5
    assert "curatelle".encode("utf-16-be") not in dits
    assert b"curatelle" not in dits


async def test_un_etranger_n_en_sait_rien(monde: Monde, dossier: str) -> None:
    refus = []
    for numero in (dossier, str(uuid4())):
        with pytest.raises(Refus) as leve:
            await papier(monde, numero, "synthese", "voisin", "ACTE_EMISSION", vue="")
        refus.append((leve.value.statut, leve.value.code, leve.value.message))
    assert refus[0] == refus[1] == (404, "introuvable", refus[0][2])


async def test_la_ligne_du_journal_dit_quel_document_et_vient_avant(
    monde: Monde, dossier: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    await papier(monde, dossier, "synthese")
    [ligne] = await lignes(monde)
    assert (ligne["issue"], ligne["dossier"], ligne["echange"]) == ("autorise", UUID(dossier), {"document": "synthese"})
    assert ligne["finalite"] == SECRETARIAT
    assert "F06" in ligne["groupes_retenus"]
    # A press that fails has had its row already.
    monkeypatch.setattr(presse, "DELAI_S", 0.0)
    with pytest.raises(Refus) as refus:
        await papier(monde, dossier, "synthese")
    assert refus.value.statut == 503
    assert len(await lignes(monde)) == 2


async def test_sans_journal_rien_n_est_descelle(monde: Monde, dossier: str, monkeypatch: pytest.MonkeyPatch) -> None:
    async def muet(*_: object) -> None:
        raise JournalIndisponible("muet")

    descelles: list[bytes] = []
    desceller = Cle.unseal

    def compter(cle: Cle, scelle: bytes, lie_a: bytes) -> bytes:
        descelles.append(lie_a)
        return desceller(cle, scelle, lie_a)

    monkeypatch.setattr(Cle, "unseal", compter)
    await papier(monde, dossier, "synthese")
    assert descelles
    descelles.clear()
    monkeypatch.setattr(monde.gate.ledger.journal, "inscrire", muet)
    with pytest.raises(Refus) as refus:
        await papier(monde, dossier, "synthese")
    assert refus.value.statut == 503
    assert descelles == []


async def test_un_courrier_impossible_le_dit_et_laisse_sa_ligne(monde: Monde) -> None:
    numero = await monde.ouvrir()
    saisie = evenement("CcapexSaisie", "2026-10-12", saisissant="BAILLEUR")
    assert (await monde.contribuer(numero, "ccapex", SECRETARIAT, saisie)).status_code == 201
    await entrer(monde)
    recu = await monde.client.get(f"/ccapex/{numero}/documents/notification-avis.pdf")
    assert recu.status_code == 409
    assert "Document non préparé" in recu.text
    assert [(x["issue"], x["motif"]) for x in await lignes(monde)][:2] == [("refuse", "SANS_APPUI"), ("autorise", "")]
    inconnu = await monde.client.get(f"/ccapex/{numero}/documents/inconnu.pdf")
    assert inconnu.status_code == 404


async def test_un_courrier_ne_part_pas_a_qui_ne_veut_pas_de_lettre(monde: Monde) -> None:
    numero = await monde.ouvrir()
    personne = (await monde.get(f"/v1/dossiers/{numero}", "bailleur", "ACTE_EMISSION")).json()["faits"][1]["champs"]
    dit = evenement("CoordonneesDeclarees", personne=personne["personne"], canal_sur="NE_PAS_ECRIRE")
    saisie = evenement("CcapexSaisie", "2026-10-12", saisissant="BAILLEUR")
    assert (await monde.contribuer(numero, "ccapex", SECRETARIAT, saisie)).status_code == 201
    assert (await monde.contribuer(numero, "ccapex", SECRETARIAT, dit)).status_code == 201
    with pytest.raises(Refus) as refus:
        await papier(monde, numero, "prevention")
    assert refus.value.code == "A_NE_PAS_ECRIRE"


@pytest.mark.usefixtures("dossier")
async def test_les_documents_d_une_seance(monde: Monde) -> None:
    await monde.projeter()
    await entrer(monde)
    for code in documents.DE_SEANCE:
        recu = await monde.client.get(f"/seances/{SEANCE}/{code}.pdf")
        assert recu.status_code == 200, recu.text
        lu = texte(recu.content)
        assert ("du 10 décembre 2026" if code == "informations" else "CCAPEX, 10 décembre 2026") in lu
        if code != "releve":  # it is listed, and not examined yet
            assert "Fatou LEROY" in lu
    # Each case of it has its own row, and the session as a whole its list.
    assert [x["echange"]["document"] for x in await lignes(monde)] == [*documents.DE_SEANCE][::-1]
    assert (await monde.client.get(f"/seances/{uuid4()}/releve.pdf")).status_code == 404
    assert (await monde.client.get(f"/seances/{SEANCE}/autre.pdf")).status_code == 404


async def test_un_document_ne_retient_pas_la_boucle(monde: Monde) -> None:
    numero = await monde.ouvrir()
    for rang in range(10):
        dettes = [evenement("DetteDeclaree", montant=1000 * rang + n, arretee_au="2026-10-01") for n in range(100)]
        assert (await monde.contribuer(numero, "bailleur", "ACTE_EMISSION", *dettes)).status_code == 201
    meilleure = 1.0
    for _ in range(3):
        async with tenir_le_compte() as tenue:
            octets = await papier(monde, numero, "synthese", "bailleur", "ACTE_EMISSION", vue="")
        meilleure = min(meilleure, tenue.longue)
    assert "autres faits, plus anciens, se lisent" in texte(octets)
    assert meilleure < TENUE_S


async def test_au_dela_de_ses_places_l_atelier_refuse_aussitot(monde: Monde, dossier: str) -> None:
    atelier = Atelier(places=1, attente=1)
    acces = await admis(monde, "ccapex", SECRETARIAT)
    demandes = [
        documents.dossier(monde.gate, atelier, acces, UUID(dossier), "synthese", vue="ccapex") for _ in range(4)
    ]
    rendus = await asyncio.gather(*demandes, return_exceptions=True)
    faits = [r for r in rendus if isinstance(r, documents.Papier)]
    refus = [r for r in rendus if isinstance(r, Refus)]
    assert (len(faits), [r.statut for r in refus]) == (2, [503, 503])
    # What was refused reads nothing, so it leaves no row; and places are given back.
    assert len(await lignes(monde)) == 2
    assert (await documents.dossier(monde.gate, atelier, acces, UUID(dossier), "synthese", vue="ccapex")).octets


async def test_une_page_refusee_dit_quand_revenir(monde: Monde, dossier: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(presse, "DELAI_S", 0.0)
    await entrer(monde)
    recu = await monde.client.get(f"/ccapex/{dossier}/documents/synthese.pdf")
    assert (recu.status_code, recu.headers["retry-after"]) == (503, "2")


async def test_ce_qui_est_trop_gros_n_est_pas_compose(
    monde: Monde, dossier: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(presse, "OCTETS_DE_COMMANDE", 1000)
    with pytest.raises(Refus) as refus:
        await papier(monde, dossier, "synthese")
    assert (refus.value.statut, refus.value.code) == (422, "DOCUMENT_DEMESURE")


async def test_la_presse_n_ecrit_ni_ne_lit_rien_de_la_machine() -> None:
    async with Imprimante() as ouverte:
        assert ouverte._enfant is not None
        enfant = ouverte._enfant.processus
        environnement = Path(f"/proc/{enfant.pid}/environ").read_bytes()
        assert (await ouverte.tirer(commande("synthese", matiere()))).startswith(b"%PDF-")
        bornes = Path(f"/proc/{enfant.pid}/limits").read_text()
    assert b"UNEFOIS" not in environnement
    assert b"PASS" not in environnement
    assert any(ligne.split()[:5] == ["Max", "file", "size", "0", "0"] for ligne in bornes.splitlines())
    assert enfant.returncode is not None
