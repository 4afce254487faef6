"""What a commission listed, examined, thought or asked is said by who keeps its papers, where its territory is."""

from datetime import date
from typing import Any, Final
from uuid import UUID, uuid4

import pytest

from adapters.registre.administration import administrer, convoquer
from adapters.registre.instantane import Partenaire, Seance
from ledger.droit.listes import codes
from policies import tables
from tests.bases import SCHEMA
from tests.monde import ETUDE, PAR, Monde, evenement

LE: Final = "2026-10-15"
LIEUX: Final = {
    "CLIL": "commune:93008",
    "CCAPEX": "departement",
    "COMEX": "arrondissement:93001",
}
SECRETARIATS: Final = {
    "CLIL": ("clil", "CLIL_EXAMEN"),
    "CCAPEX": ("ccapex", "CCAPEX_ADMINISTRATIVE"),
    "COMEX": ("comex", "CFP_INSTRUCTION"),
}
SEANCES: Final = {instance: UUID(int=0x700 + rang) for rang, instance in enumerate(LIEUX)}


@pytest.fixture
async def dossier(monde: Monde) -> str:
    """A case that the three commissions may read, on a day when each held a session."""
    ouvert = await monde.ouvrir()
    await monde.ouvrir("etude")
    await monde.proposer(ouvert)
    cql = evenement("CommandementQuitterSignifie", "2026-09-01", etude_siret=ETUDE)
    assert (await monde.contribuer(ouvert, "etude", "ACTE_EMISSION", cql)).status_code == 201
    with administrer(monde.bases.registre_url, PAR, SCHEMA) as registre:
        for instance, lieu in LIEUX.items():
            convoquer(registre, Seance(SEANCES[instance], instance, lieu, date(2026, 9, 1), date.fromisoformat(LE)))
    return ouvert


def actes(instance: str) -> list[dict[str, Any]]:
    seance = str(SEANCES[instance])
    return [
        evenement("InstanceInscrite", "2026-10-01", instance=instance, seance=seance, seance_le=LE),
        evenement("DossierExamine", LE, instance=instance, seance=seance),
        evenement("AvisRendu", LE, instance=instance, sens="MAINTIEN"),
        evenement(
            "RecommandationEmise",
            LE,
            recommandation=str(uuid4()),
            instance=instance,
            destinataire="ssd",
            categorie="PLAN_APUREMENT",
            echeance="2026-12-31",
            texte="proposer un plan",
        ),
    ]


@pytest.mark.parametrize("instance", LIEUX)
@pytest.mark.parametrize("qui", LIEUX)
async def test_une_commission_ne_parle_que_par_son_secretariat(
    monde: Monde, dossier: str, instance: str, qui: str
) -> None:
    for acte in actes(instance):
        recu = await monde.contribuer(dossier, *SECRETARIATS[qui], acte)
        if qui == instance:
            assert recu.status_code == 201, (acte, recu.text)
        else:
            assert (recu.status_code, recu.json()["code"]) == (403, "AUTRE_COMMISSION"), acte


async def test_ni_a_la_seance_d_un_autre_lieu(monde: Monde, dossier: str) -> None:
    """The secretariat of 93008 at a session of 93001; the préfecture of one arrondissement at another's."""
    ailleurs = {"CLIL": ("commune:93001", UUID(int=0x801)), "COMEX": ("arrondissement:93003", UUID(int=0x802))}
    with administrer(monde.bases.registre_url, PAR, SCHEMA) as registre:
        for instance, (lieu, seance) in ailleurs.items():
            convoquer(registre, Seance(seance, instance, lieu, date(2026, 9, 1), date(2026, 12, 3)))
    for instance, (_, seance) in ailleurs.items():
        inscrite = evenement("InstanceInscrite", LE, instance=instance, seance=str(seance), seance_le="2026-12-03")
        recu = await monde.contribuer(dossier, *SECRETARIATS[instance], inscrite)
        assert (recu.status_code, recu.json()["code"]) == (403, "AUTRE_COMMISSION")


async def test_une_seance_inconnue_est_dite_inconnue(monde: Monde, dossier: str) -> None:
    inscrite = evenement("InstanceInscrite", LE, instance="CCAPEX", seance=str(uuid4()), seance_le="2026-12-10")
    recu = await monde.contribuer(dossier, *SECRETARIATS["CCAPEX"], inscrite)
    assert (recu.status_code, recu.json()["champs"][0]["code"]) == (422, "seance")


@pytest.mark.parametrize(
    ("territoire", "communes", "lieu", "tenu"),
    [
        ("departement", (), "departement", True),
        ("departement", (), "commune:93008", True),
        ("departement", (), "arrondissement:93003", True),
        ("communes", ("93008",), "commune:93008", True),
        ("communes", ("93008",), "commune:93001", False),
        ("communes", ("93008",), "arrondissement:93001", True),
        ("communes", ("93008",), "arrondissement:93003", False),
        ("communes", ("93008",), "departement", False),
        ("communes", ("93066",), "commune:93059", True),
        ("aucun", (), "departement", False),
        ("aucun", (), "commune:93008", False),
    ],
)
def test_un_lieu_est_tenu_par_qui_a_son_territoire(
    territoire: str, communes: tuple[str, ...], lieu: str, *, tenu: bool
) -> None:
    qui = Partenaire("x", "", "X", "CLIL_SECRETARIAT", (), territoire, communes)
    assert qui.tient(lieu, date(2026, 10, 15)) is tenu


def test_chaque_commission_a_un_secretariat() -> None:
    tenues = [c for ligne in tables.lire().roles for c in ligne.get("commissions", ())]
    assert sorted(tenues) == sorted(codes("instance"))
