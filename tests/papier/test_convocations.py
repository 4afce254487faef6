"""The letters of a session: to each seat, without any household; to each household that may be written to."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest

from adapters.gate import documents as porte
from adapters.gate.refus import Refus
from adapters.mots import libelles
from adapters.papier import documents
from adapters.papier.impossible import PapierImpossible
from adapters.papier.modeles import DE_SEANCE, convocation
from adapters.papier.presse import Atelier
from adapters.papier.seances import nombre_dit
from adapters.papier.tirage import tirer
from tests.monde import SEANCE, SEANCE_LE, Monde, evenement
from tests.papier.mondes import SECRETARIAT, commande, entrer, lire, menage, mots, pages, situe, texte
from tests.rest.recit import raconter
from tests.rest.test_plans import admis

SECRETS = ("Fatou", "LEROY", "Jean-Jaurès", "2 247,70")


def sieges(*noms: str) -> list[dict[str, Any]]:
    return [{"partenaire": n.lower(), "nom": n, "voix": v} for n, v in zip(noms, _VOIX, strict=False)]


_VOIX = ("deliberative", "consultative", "suppleant")
PREVUE: dict[str, Any] = {
    "seance": str(SEANCE),
    "genre": "CLIL",
    "libelle": "CLIL de Bobigny",
    "le": "2026-12-10",
    "heure": "14:30",
    "salle": "salle du conseil",
    "etat": "convoquee",
}


def convier(*noms: str, nombre: int = 3, au_dela: bool = False, **plus: Any) -> bytes:
    seance = {**PREVUE, "sieges": sieges(*noms), **plus}
    return tirer(commande("convocation", seance=seance, nombre=nombre, au_dela=au_dela))


async def test_chaque_siege_a_sa_convocation_et_toutes_se_font_d_un_coup(monde: Monde) -> None:
    dossier = await raconter(monde)
    await monde.projeter()
    await entrer(monde)
    page = (await monde.client.get(f"/seances/{SEANCE}")).text
    lue = (await monde.get(f"/v1/seances/{SEANCE}", "ccapex", SECRETARIAT)).json()
    convies = lue["seance"]["sieges"]
    assert convies
    toutes = await monde.client.get(f"/seances/{SEANCE}/convocation.pdf")
    assert (toutes.status_code, toutes.headers["content-type"]) == (200, "application/pdf")
    assert pages(toutes.content) == len(convies)
    for rang, siege in enumerate(convies):
        adresse = f"/seances/{SEANCE}/convocation.pdf?siege={siege['partenaire']}"
        assert f'href="{adresse}"' in page
        recu = await monde.client.get(adresse)
        assert recu.status_code == 200
        assert pages(recu.content) == 1
        for lu in (texte(recu.content), mots(lire(toutes.content).pages[rang].extract_text())):
            for mot in (siege["nom"], mots(libelles.jour(SEANCE_LE)), "Un dossier est inscrit à l'ordre du jour."):
                assert mot in lu, mot
            for mot in (*SECRETS, dossier[-8:]):
                assert mot not in lu, mot
    # Each has its row before it leaves, and names no case.
    lignes = [x for x in await monde.journal() if x["action"] == porte.EDITER]
    assert [(x["issue"], x["dossier"], x["echange"]) for x in lignes] == [
        ("autorise", None, {"document": "convocation"})
    ] * (len(convies) + 1)


async def test_qui_siege_sans_convoquer_n_a_pas_les_convocations_et_un_etranger_ne_sait_rien_de_la_seance(
    monde: Monde,
) -> None:
    recu = await monde.post("/v1/seances", *CLIL, SEANCE_DE_CLIL)
    assert recu.status_code == 201, recu.text
    seance = UUID(recu.json()["seance"])
    refus: dict[str, list[tuple[int, str, str]]] = {}
    for (qui, finalite), numero in ((CAF, seance), (AILLEURS, seance), (AILLEURS, uuid4()), (CLIL, uuid4())):
        acces = await admis(monde, qui, finalite)
        for faire in (documents.convocations, _informations):
            with pytest.raises(Refus) as leve:
                await faire(monde.gate, Atelier(), acces, numero)
            refus.setdefault(qui, []).append((int(leve.value.statut), leve.value.code, leve.value.message))
    # Who sits there does not convene, and writes nothing in the name of the commission; who does not sit there is told
    # what it is told of a session that is nowhere.
    assert [statut for statut, _, _ in refus["caf"]] == [403, 404]
    assert len({*refus["ailleurs"], *refus["clil"]}) == 1
    assert refus["clil"][0][0] == 404
    sien = await documents.convocations(monde.gate, Atelier(), await admis(monde, *CLIL), seance)
    assert "14 h 30" in texte(sien.octets)
    await entrer(monde)
    assert (await monde.client.get(f"/seances/{SEANCE}/convocation.pdf?siege=personne")).status_code == 404
    assert (await monde.client.get(f"/seances/{uuid4()}/convocation.pdf")).status_code == 404


CLIL = ("clil", "CLIL_EXAMEN")
CAF = ("caf", "CLIL_EXAMEN")
AILLEURS = ("ailleurs", "CLIL_EXAMEN")
SEANCE_DE_CLIL = {"instance": "clil-bobigny", "le": "2026-12-11", "heure": "14:30", "deliberatifs": ["caf"]}


async def _informations(gate: Any, atelier: Atelier, acces: Any, seance: UUID) -> documents.Papier:
    return await documents.seance(gate, atelier, acces, seance, "informations")


async def test_les_menages_inscrits_ont_leur_lettre_et_qui_n_en_a_pas_est_dit_a_part(monde: Monde) -> None:
    await raconter(monde)
    muet = await monde.ouvrir(nom="MUET", id_rpls="3520000009")
    personne = (await monde.get(f"/v1/dossiers/{muet}", "bailleur", "ACTE_EMISSION")).json()["faits"][1]["champs"]
    dits = (
        evenement("CcapexSaisie", "2026-10-12", saisissant="BAILLEUR"),
        evenement("CoordonneesDeclarees", personne=personne["personne"], canal_sur="NE_PAS_ECRIRE"),
        evenement("InstanceInscrite", instance="CCAPEX", seance=str(SEANCE), seance_le=SEANCE_LE.isoformat()),
    )
    for dit in dits:
        recu = await monde.contribuer(muet, "ccapex", SECRETARIAT, dit)
        assert recu.status_code == 201, recu.text
    await monde.projeter()
    await entrer(monde)
    assert f'href="/seances/{SEANCE}/informations.pdf"' in (await monde.client.get(f"/seances/{SEANCE}")).text
    recu = await monde.client.get(f"/seances/{SEANCE}/informations.pdf")
    assert recu.status_code == 200
    lettre, annexe = (mots(p.extract_text()) for p in lire(recu.content).pages)
    for mot in ("Fatou LEROY", "118 avenue Jean-Jaurès", mots(libelles.jour(SEANCE_LE)), "CCAPEX"):
        assert mot in lettre, mot
    assert "Une lettre faite." in annexe
    assert f"Dossier {muet[-8:]} : Une personne de ce ménage a demandé qu'on ne lui écrive pas" in annexe
    assert "MUET" not in lettre + annexe
    # Each household that is told has the row of its own case.
    lignes = [x["dossier"] for x in await monde.journal() if x["action"] == porte.EDITER]
    assert UUID(muet) in lignes
    assert len(lignes) == 2


def test_une_convocation_dit_le_jour_l_heure_le_lieu_la_voix_et_combien() -> None:
    octets = convier("Ville de Bobigny", "OPH Synthèse", "Agence d'insertion")
    assert pages(octets) == 3
    lues = [mots(page.extract_text()) for page in lire(octets).pages]
    dites = ("voix délibérative", "voix consultative", "la voix de qui vous suppléez")
    for lu, nom, voix in zip(lues, ("Ville de Bobigny", "OPH Synthèse", "Agence d'insertion"), dites, strict=True):
        for mot in (nom, voix, "10 décembre 2026 à 14 h 30", "salle du conseil", "3 dossiers sont inscrits", "CLIL"):
            assert mot in lu, mot
        assert sum(autre in lu for autre in dites) == 1
    sans = texte(convier("Ville de Bobigny", heure=None, salle=None))
    assert "qui se tiendra le 10 décembre 2026." in sans
    assert "Lieu" not in sans


@pytest.mark.parametrize(
    ("nombre", "au_dela", "dit"),
    [
        (0, False, "Aucun dossier n'est encore inscrit à l'ordre du jour"),
        (1, False, "Un dossier est inscrit à l'ordre du jour"),
        (12, False, "12 dossiers sont inscrits à l'ordre du jour"),
        (200, True, "Plus de 200 dossiers sont inscrits à l'ordre du jour"),
    ],
)
def test_le_nombre_de_dossiers_est_une_phrase(nombre: int, au_dela: bool, dit: str) -> None:
    assert nombre_dit(nombre, au_dela=au_dela) == dit


@pytest.mark.parametrize("etat", ["tenue", "passee", "annulee"])
@pytest.mark.parametrize("papier", ["convocation", "informations"])
def test_on_n_ecrit_plus_pour_une_seance_qui_n_est_plus_a_venir(etat: str, papier: str) -> None:
    seance = {**PREVUE, "etat": etat, "sieges": sieges("Ville")}
    with pytest.raises(PapierImpossible) as refus:
        tirer(commande(papier, seance=seance, lignes=[], nombre=0, au_dela=""))
    assert refus.value.code == "SEANCE_PASSEE"


def test_une_seance_ou_personne_ne_siege_n_a_pas_de_convocation() -> None:
    with pytest.raises(PapierImpossible) as refus:
        convier()
    assert refus.value.code == "SANS_SIEGE"


def test_une_seance_sans_lettre_possible_le_dit() -> None:
    seul = tirer(commande("informations", seance=PREVUE, lignes=[], au_dela=""))
    assert "Aucune lettre à faire." in texte(seul)
    une = commande(
        "informations", situe(*menage()), seance=PREVUE, lignes=[{"inscription": "EXAMINE"}], au_dela="Et un autre."
    )
    lu = texte(tirer(une))
    assert "Aucune lettre à faire." in lu
    assert "Et un autre." in lu
    assert "LEROY" not in lu


def test_le_modele_est_le_seul_de_son_dossier() -> None:
    assert [f.name for f in DE_SEANCE.glob("*.toml")] == ["10-convocation.toml"]
    assert convocation().destinataire == "siege"


async def test_les_lettres_d_une_seance_sont_pdf_ua(outil: Callable[[str], Path], tmp_path: Path) -> None:
    faits = {
        "convocation": convier("Ville de Bobigny", "OPH Synthèse"),
        "informations": tirer(
            commande(
                "informations",
                situe(*menage()),
                situe(),
                seance=PREVUE,
                lignes=[{"inscription": "INSCRIT"}] * 2,
                au_dela="",
            )
        ),
    }
    for code, octets in faits.items():
        (tmp_path / f"{code}.pdf").write_bytes(octets)
    juges = [str(outil("verapdf")), "--flavour", "ua1", "--format", "text", *map(str, tmp_path.glob("*.pdf"))]
    juge = await asyncio.create_subprocess_exec(*juges, stdout=asyncio.subprocess.PIPE)
    dit = (await juge.communicate())[0].decode()
    assert [ligne.split(" ")[0] for ligne in dit.splitlines() if ".pdf" in ligne] == ["PASS", "PASS"], dit
