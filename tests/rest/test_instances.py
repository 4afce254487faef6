"""Commissions as configured bodies: what a row of the registry opens and closes, from the next request on."""

from datetime import date
from typing import Any, Final
from uuid import UUID

import pytest

from adapters.demo.departement import siret
from adapters.registre.administration import (
    ChangementRefuse,
    administrer,
    asseoir,
    convoquer,
    habiliter,
    inscrire_partenaire,
    instituer,
    rattacher_client,
)
from adapters.registre.instantane import Instance, Membre, Partenaire, Seance
from ledger.droit import regimes
from ledger.droit.listes import codes
from tests.bases import SCHEMA, Bases
from tests.monde import ETUDE, FINALITES, INSTANCES, PAR, Monde, evenement, habilitation, peupler
from tests.rest.recit import raconter
from tests.rest.test_registre import commander_de

SEANCE: Final = UUID(int=0x31)
LE: Final = date(2026, 12, 15)
MEMBRE: Final = ("ars", "CCAPEX_INSTRUCTION", "deleguee")


def seance(lieu: str, genre: str = "CCAPEX", **plus: Any) -> Seance:
    return Seance(SEANCE, genre, lieu, date(2026, 10, 20), LE, **plus)


def asseoir_un_membre(monde: Monde, genre: str, lieu: str) -> None:
    """A member of the CCAPEX, habilitated, with a seat there alone."""
    with administrer(monde.bases.registre_url, PAR, SCHEMA) as registre:
        role = "CCAPEX_MEMBRE"
        inscrire_partenaire(registre, Partenaire("ars", siret(70), "ARS", role, FINALITES[role]))
        rattacher_client(registre, "client-ars", "ars")
        habiliter(registre, habilitation("ars", "deleguee", role))
        asseoir(registre, Membre(genre, lieu, "ars", "deliberative"))


async def inscrire(monde: Monde, dossier: str, qui: str, finalite: str, genre: str) -> int:
    inscrite = evenement("InstanceInscrite", instance=genre, seance=str(SEANCE), seance_le=LE.isoformat())
    return (await monde.contribuer(dossier, qui, finalite, inscrite)).status_code


@pytest.mark.parametrize(
    ("genre", "regime", "lieu", "secretariat", "statut"),
    [
        ("CCAPEX", "ARTICLE_7_2", "departement", ("ccapex", "CCAPEX_ADMINISTRATIVE"), 200),
        ("CCAPEX", "AUCUN", "departement", ("ccapex", "CCAPEX_ADMINISTRATIVE"), 404),
        ("COMEX", "AUCUN", "arrondissement:93001", ("comex", "CFP_INSTRUCTION"), 404),
    ],
)
async def test_l_article_7_2_est_le_regime_d_une_instance_et_de_nulle_autre(
    monde: Monde, genre: str, regime: str, lieu: str, secretariat: tuple[str, str], statut: int
) -> None:
    """Its purpose is opened by the agenda of a body that sits under it: the row says which, and the law which may."""
    dossier = await raconter(monde)
    essai = Instance("essai", "Essai", genre, regime, (lieu,), secretariat[0], date(2026, 1, 1), "essai", "INFERRED")
    with administrer(monde.bases.registre_url, PAR, SCHEMA) as registre:
        instituer(registre, essai)
        convoquer(registre, seance("instance:essai", genre))
    asseoir_un_membre(monde, genre, "instance:essai")
    assert await inscrire(monde, dossier, *secretariat, genre) == 201
    lu = await monde.get(f"/v1/dossiers/{dossier}", *MEMBRE)
    assert lu.status_code == statut, lu.text


async def test_sans_instance_une_seance_est_du_regime_de_son_genre(monde: Monde) -> None:
    """What was convened before there were bodies goes on as it was."""
    dossier = await raconter(monde)
    with administrer(monde.bases.registre_url, PAR, SCHEMA) as registre:
        convoquer(registre, seance("departement"))
    asseoir_un_membre(monde, "CCAPEX", "departement")
    assert await inscrire(monde, dossier, "ccapex", "CCAPEX_ADMINISTRATIVE", "CCAPEX") == 201
    assert (await monde.get(f"/v1/dossiers/{dossier}", *MEMBRE)).status_code == 200


async def test_une_instance_close_n_ouvre_plus_son_ordre_du_jour(monde: Monde) -> None:
    dossier, commander = await raconter(monde), commander_de(monde.bases)
    with administrer(monde.bases.registre_url, PAR, SCHEMA) as registre:
        convoquer(registre, seance("instance:ccapex-93"))
    asseoir_un_membre(monde, "CCAPEX", "instance:ccapex-93")
    assert await inscrire(monde, dossier, "ccapex", "CCAPEX_ADMINISTRATIVE", "CCAPEX") == 201
    assert (await monde.get(f"/v1/dossiers/{dossier}", *MEMBRE)).status_code == 200
    commander("instances clore ccapex-93 --le 2026-11-01")
    assert (await monde.get(f"/v1/dossiers/{dossier}", *MEMBRE)).status_code == 404


async def test_la_seance_d_une_instance_est_a_son_secretariat_seul(monde: Monde) -> None:
    """Another secretariat of the same territory does not speak for it: before there were bodies, it did."""
    dossier = await monde.ouvrir()
    await monde.ouvrir("etude")
    await monde.proposer(dossier)
    cql = evenement("CommandementQuitterSignifie", "2026-09-01", etude_siret=ETUDE)
    assert (await monde.contribuer(dossier, "etude", "ACTE_EMISSION", cql)).status_code == 201
    with administrer(monde.bases.registre_url, PAR, SCHEMA) as registre:
        role = "CLIL_SECRETARIAT"
        inscrire_partenaire(registre, Partenaire("voisine", siret(71), "Voisine", role, FINALITES[role], "departement"))
        rattacher_client(registre, "client-voisine", "voisine")
        habiliter(registre, habilitation("voisine", "agent", role))
        convoquer(registre, seance("instance:clil-bobigny", "CLIL"))
    inscrite = evenement("InstanceInscrite", instance="CLIL", seance=str(SEANCE), seance_le=LE.isoformat())
    refus = await monde.contribuer(dossier, "voisine", "CLIL_EXAMEN", inscrite, agent="agent")
    assert (refus.status_code, refus.json()["code"]) == (403, "AUTRE_COMMISSION")
    assert await inscrire(monde, dossier, "clil", "CLIL_EXAMEN", "CLIL") == 201


def test_les_instances_se_tiennent_a_la_ligne_de_commande(bases: Bases, capsys: pytest.CaptureFixture[str]) -> None:
    peupler(bases)
    commander = commander_de(bases)
    commander("instances lister")
    assert len(capsys.readouterr().out.splitlines()) == len(INSTANCES)
    instituer_ = (
        "instances instituer clil-essai CLIL --libelle Essai --lieu commune:93008 --secretariat clil --texte essai"
    )
    commander(instituer_)
    commander("seances convoquer CLIL instance:clil-essai --le 2026-12-20 --heure 09:30 --salle Mairie")
    assert "convoquée pour le 2026-12-20" in capsys.readouterr().out
    commander("instances clore clil-essai --le 2026-12-01")
    commander("instances lister")
    assert (
        "clil-essai : Essai, CLIL, régime AUCUN, commune:93008, secrétariat clil, du 2026-11-02 au 2026-12-01 (essai,"
        " INFERRED)" in capsys.readouterr().out
    )
    with pytest.raises(ChangementRefuse, match="« lieu » : aucune instance"):
        commander("seances convoquer CLIL instance:clil-essai --le 2026-12-20")
    commander("seances convoquer CLIL instance:clil-essai --le 2026-12-01")
    with pytest.raises(ChangementRefuse, match="« regime » : aucun texte ne donne ce régime à une CLIL"):
        commander(f"{instituer_} --regime ARTICLE_7_2")


def test_seule_la_ccapex_a_un_regime_de_secret() -> None:
    rangees = regimes.historique()
    assert {(r.instance, r.regime) for r in rangees} == {("CCAPEX", "ARTICLE_7_2")}
    assert all(r.legal_ref and r.tag in {"STATED", "2nd-HAND", "INFERRED"} for r in rangees)
    assert {regimes.regime(genre, LE) for genre in codes("instance") if genre != "CCAPEX"} == {regimes.AUCUN}
