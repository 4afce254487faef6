"""A letter of a given act speaks of that act; of an act that is not for its reader, it says what it says of none."""

import re
from typing import Any
from uuid import UUID, uuid4

import pytest

from adapters.gate import documents as porte
from adapters.gate.refus import Refus
from adapters.mots import libelles
from adapters.papier import documents
from adapters.papier.impossible import PapierImpossible
from adapters.papier.presse import Atelier, Imprimante
from adapters.papier.tirage import tirer
from tests.monde import SEANCE, SEANCE_LE, Monde, evenement, rpls
from tests.papier.mondes import (
    DECIDEE,
    SECRETARIAT,
    commande,
    entrer,
    fait,
    matiere,
    menage,
    mots,
    papier,
    situe,
    texte,
)
from tests.rest.mondes import compter_le_travail
from tests.rest.recit import raconter
from tests.rest.test_plans import admis


@pytest.fixture
async def dossier(monde: Monde) -> str:
    return await raconter(monde)


def recommandation(le: str, destinataire: str, texte_: str) -> dict[str, Any]:
    dits = {"instance": "CCAPEX", "categorie": "PLAN_APUREMENT", "echeance": "2027-02-20"}
    return evenement(
        "RecommandationEmise", le, recommandation=str(uuid4()), destinataire=destinataire, texte=texte_, **dits
    )


async def actes(monde: Monde, dossier: str, type_: str) -> list[str]:
    """The numbers of the acts of a type, the first told first."""
    lu = (await monde.get(f"/v1/dossiers/{dossier}", "ccapex", SECRETARIAT)).json()
    return [f["id"] for f in lu["faits"] if f["type"] == type_]


async def test_chaque_acte_a_sa_lettre_et_elle_parle_de_lui_seul(monde: Monde, dossier: str) -> None:
    au_menage = recommandation("2026-10-25", "menage", "prendre rendez-vous au service social")
    assert (await monde.contribuer(dossier, "ccapex", SECRETARIAT, au_menage)).status_code == 201
    await entrer(monde)
    page = (await monde.client.get(f"/ccapex/{dossier}")).text
    premiere, seconde = await actes(monde, dossier, "RecommandationEmise")
    lues = {}
    for acte in (premiere, seconde):
        adresse = f"/ccapex/{dossier}/documents/recommandation.pdf?acte={acte}"
        assert f'href="{adresse}"' in page
        recu = await monde.client.get(adresse)
        assert recu.status_code == 200
        lues[acte] = texte(recu.content)
    # Made after the other one, the first letter still has its addressee, its words and its day.
    assert "proposer un plan" in lues[premiere]
    assert "Organisation ssd" in lues[premiere]
    assert mots(libelles.jour("2027-01-20")) in lues[premiere]
    for mot in ("Fatou LEROY", "118 avenue Jean-Jaurès", "rendez-vous au service social", "2027-02-20"):
        assert mot not in lues[premiere], mot
    for mot in ("Fatou LEROY", "118 avenue Jean-Jaurès", "rendez-vous au service social"):
        assert mot in lues[seconde], mot
    assert "proposer un plan" not in lues[seconde]
    assert "Organisation ssd" not in lues[seconde]
    # The avis, the listing and the diagnostic have theirs, on the same page.
    for type_, code in (("AvisRendu", "notification-avis"), ("InstanceInscrite", "information-seance")):
        [acte] = await actes(monde, dossier, type_)
        assert f'href="/ccapex/{dossier}/documents/{code}.pdf?acte={acte}"' in page
    assert len(re.findall(r"\?acte=", page)) >= 4


async def test_les_pages_des_seances_ont_la_lettre_de_chaque_acte(monde: Monde, dossier: str) -> None:
    await monde.projeter()
    await entrer(monde)
    suites = (await monde.client.get("/suites")).text
    en_seance = (await monde.client.get(f"/seances/{SEANCE}/dossiers/{dossier}")).text
    [avis] = await actes(monde, dossier, "AvisRendu")
    [dite] = await actes(monde, dossier, "RecommandationEmise")
    de_l_avis = f"/ccapex/{dossier}/documents/notification-avis.pdf?acte={avis}"
    de_la_recommandation = f"/ccapex/{dossier}/documents/recommandation.pdf?acte={dite}"
    assert f'href="{de_l_avis}"' in suites
    for page in (suites, en_seance):
        assert f'href="{de_la_recommandation}"' in page
    for adresse, mot in ((de_l_avis, "maintien dans le logement"), (de_la_recommandation, "Organisation ssd")):
        assert mot in texte((await monde.client.get(adresse)).content)


async def test_un_acte_cache_ou_d_un_autre_dossier_repond_comme_un_acte_inconnu(
    monde: Monde, dossier: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    autre = await monde.ouvrir(nom="AUTRE", id_rpls=rpls(7))
    saisie = evenement("CcapexSaisie", "2026-10-12", saisissant="BAILLEUR")
    ailleurs = recommandation("2026-10-21", "menage", "d'un autre dossier")
    assert autre != dossier
    assert (await monde.contribuer(autre, "ccapex", SECRETARIAT, saisie)).status_code == 201
    inscrite = evenement("InstanceInscrite", instance="CCAPEX", seance=str(SEANCE), seance_le=SEANCE_LE.isoformat())
    dit = await monde.contribuer(autre, "ccapex", SECRETARIAT, inscrite, ailleurs)
    assert dit.status_code == 201, dit.text
    [etranger] = await actes(monde, autre, "RecommandationEmise")
    social = (await monde.get(f"/v1/dossiers/{dossier}", "ssd", "ACCOMPAGNEMENT")).json()
    [cache] = [f["id"] for f in social["faits"] if f["type"] == "EvaluationSociale"]
    assert cache not in await actes(monde, dossier, "EvaluationSociale")
    [d_un_autre_type] = await actes(monde, dossier, "AvisRendu")
    await entrer(monde)

    commandees: list[str] = []
    tirer_ = Imprimante.tirer

    async def compter(self: Imprimante, ordre: dict[str, Any]) -> bytes:
        commandees.append(ordre["modele"])
        return await tirer_(self, ordre)

    monkeypatch.setattr(Imprimante, "tirer", compter)
    recus, traces, travaux = set(), set(), []
    await monde.client.get(f"/ccapex/{dossier}/documents/recommandation.pdf")  # once, so that it was asked for
    commandees.clear()
    for acte in (str(uuid4()), etranger, cache, d_un_autre_type, "pas-un-numero", ""):
        avant = len(await monde.journal(1000))
        with compter_le_travail() as prendre:
            recu = await monde.client.get(f"/ccapex/{dossier}/documents/recommandation.pdf?acte={acte}")
            travaux.append(prendre())
        # The session's cookie is sealed anew by every answer: of it, its name.
        entetes = {nom: dit.split("=")[0] if nom == "set-cookie" else dit for nom, dit in recu.headers.items()}
        recus.add((recu.status_code, recu.content, tuple(sorted(entetes.items()))))
        nouvelles = (await monde.journal(1000))[: len(await monde.journal(1000)) - avant]
        traces.add(tuple((x["action"], x["issue"], x["motif"], str(x["echange"])) for x in nouvelles))
    assert len(recus) == 1
    assert next(iter(recus))[0] == 409
    # The same work too: one reading, one order to the press, the same rows.
    assert travaux == [travaux[0]] * 6
    assert travaux[0].lignes == 2
    assert len(traces) == 1
    assert [x[:3] for x in next(iter(traces))] == [
        (porte.EDITER, "refuse", "SANS_APPUI"),
        (porte.EDITER, "autorise", ""),
    ]
    assert commandees == ["recommandation"] * 6


async def test_un_acte_corrige_n_a_plus_de_lettre(monde: Monde, dossier: str) -> None:
    [avis] = await actes(monde, dossier, "AvisRendu")
    retrait = evenement("FaitCorrige", corrige=avis, motif="ERREUR_SAISIE")
    recu = await monde.contribuer(dossier, "ccapex", "CCAPEX_INSTRUCTION", retrait)
    assert recu.status_code == 201, recu.text
    await entrer(monde)
    adresse = f"/ccapex/{dossier}/documents/notification-avis.pdf?acte={avis}"
    assert adresse not in (await monde.client.get(f"/ccapex/{dossier}")).text
    assert (await monde.client.get(adresse)).status_code == 409


def test_un_acte_dont_le_destinataire_est_cache_n_est_pas_ecrit_au_menage() -> None:
    dite = fait("RecommandationEmise", instance="CCAPEX", categorie="PLAN_APUREMENT")
    with pytest.raises(PapierImpossible) as refus:
        tirer(commande("courrier", situe(*menage(), dite), modele="recommandation"))
    assert refus.value.code == "SANS_APPUI"


def test_une_lettre_qui_ne_s_appuie_sur_aucun_acte_n_est_celle_d_aucun() -> None:
    cas = situe(*menage())
    with pytest.raises(PapierImpossible) as refus:
        tirer(commande("courrier", cas, modele="information-menage", acte=cas["document"]["faits"][0]["id"]))
    assert refus.value.code == "SANS_APPUI"


def test_un_champ_d_un_acte_est_celui_de_l_acte_de_la_lettre() -> None:
    ancien = fait("CommandementQuitterSignifie", "2026-03-02")
    recent = fait("CommandementQuitterSignifie", "2026-09-09")
    octets = tirer(commande("courrier", situe(*menage(), ancien, recent), modele="information-dalo", acte=ancien["id"]))
    lu = texte(octets)
    assert mots(libelles.jour("2026-03-02")) in lu
    assert mots(libelles.jour("2026-09-09")) not in lu


async def test_sans_acte_nomme_la_lettre_est_du_dernier(monde: Monde, dossier: str) -> None:
    suivante = recommandation("2026-10-26", "caf", "verser au bailleur")
    assert (await monde.contribuer(dossier, "ccapex", SECRETARIAT, suivante)).status_code == 201
    lu = texte(await papier(monde, dossier, "recommandation"))
    assert "verser au bailleur" in lu
    assert "proposer un plan" not in lu


async def test_un_bailleur_n_a_pas_la_lettre_d_un_avis_qu_il_ne_notifie_pas(monde: Monde, dossier: str) -> None:
    assert documents.de_l_acte("BAILLEUR_SOCIAL", "ACTE_EMISSION").keys() == {"DiagnosticTransmis"}
    [avis] = await actes(monde, dossier, "AvisRendu")
    acces = await admis(monde, "bailleur", "ACTE_EMISSION")
    with pytest.raises(Refus) as refus:
        await documents.dossier(monde.gate, Atelier(), acces, UUID(dossier), "notification-avis", acte=UUID(avis))
    assert refus.value.statut == 404


@pytest.mark.parametrize("role", ["BAILLEUR_SOCIAL", "CAF", "CD_TRAVAILLEUR_SOCIAL", "CCAPEX_MEMBRE"])
@pytest.mark.parametrize("finalite", ["CLIL_EXAMEN", "CCAPEX_INSTRUCTION"])
def test_qui_siege_n_ecrit_pas_au_nom_de_la_commission(role: str, finalite: str) -> None:
    d_elle = {"information-menage", "information-seance", "notification-avis", "recommandation"}
    assert not d_elle & documents.offerts(role, finalite).keys()
    assert documents.de_l_acte(role, finalite).keys() == {"DiagnosticTransmis"}
    assert "informations" not in documents.de_seance(role, finalite)
    for secretariat in ("CLIL_SECRETARIAT", "CCAPEX_INSTRUCTEUR"):
        assert d_elle <= documents.offerts(secretariat, finalite).keys()
        assert {"AvisRendu", "RecommandationEmise", "InstanceInscrite"} <= documents.de_l_acte(
            secretariat, finalite
        ).keys()
        assert "informations" in documents.de_seance(secretariat, finalite)


def test_une_decision_sur_l_aide_au_logement_dit_ce_qu_elle_decide() -> None:
    cas = situe(*menage(), fait("AideLogementDecidee", "2027-02-01", **DECIDEE))
    lu = texte(tirer(commande("courrier", cas, modele="decision-aide-logement")))
    for mot in (
        "Votre aide au logement : maintenue", "1er mars 2027", "plan d'apurement signé", "310,00 €",
        "recours administratif préalable", "recours devant le tribunal", "« j'ai repris le loyer »", "10 janvier 2027",
    ):  # fmt: skip
        assert mot in lu, mot
    sans = fait("AideLogementDecidee", "2027-02-01", sens="SUSPENDUE", effet_le="2027-03-01", motif="PLAN_ROMPU")
    lu = texte(tirer(commande("courrier", situe(*menage(), sans), modele="decision-aide-logement")))
    assert "suspendue" in lu
    assert "montant" not in lu
    assert "contester" not in lu
    with pytest.raises(PapierImpossible):
        tirer(commande("courrier", matiere(*menage()), modele="decision-aide-logement"))
