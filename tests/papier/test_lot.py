"""Many letters in one go: each is decided, none is lost, an interruption keeps what was made."""

import argparse
import asyncio
import os
from contextlib import aclosing
from pathlib import Path
from uuid import UUID, uuid4

import pytest

from adapters.commande import courriers as commande
from adapters.commande.agent import GesteRefuse
from adapters.gate.documents import EDITER
from adapters.gate.refus import Refus
from adapters.papier import lot
from adapters.papier.lot import tirer
from adapters.papier.presse import Imprimante, NonFait
from tests.monde import Monde, evenement
from tests.papier.mondes import SECRETARIAT, fait, matiere, texte
from tests.papier.mondes import commande as ordre
from tests.rest.mondes import compter_le_travail
from tests.rest.test_plans import admis

COMBIEN = 24


@pytest.fixture
async def numeros(monde: Monde) -> list[UUID]:
    ouverts = []
    for rang in range(COMBIEN):
        numero = await monde.ouvrir(nom=f"NOM{rang}", id_rpls=f"35239{rang:05}")
        saisie = evenement("CcapexSaisie", "2026-10-12", saisissant="BAILLEUR")
        assert (await monde.contribuer(numero, "ccapex", SECRETARIAT, saisie)).status_code == 201
        ouverts.append(UUID(numero))
    return ouverts


async def editees(monde: Monde) -> list[UUID]:
    return [x["dossier"] for x in await monde.journal(500) if x["action"] == EDITER and x["issue"] == "autorise"]


async def test_un_lot_est_autant_de_courriers_et_de_lignes(monde: Monde, numeros: list[UUID]) -> None:
    etranger = uuid4()
    acces = await admis(monde, "ccapex", SECRETARIAT)
    tires = [tire async for tire in tirer(monde.gate, acces, "prevention", [*numeros[:5], etranger, *numeros[5:]])]
    assert {t.dossier for t in tires} == {*numeros, etranger}
    for tire in tires:
        if tire.dossier == etranger:
            assert tire.refus is not None
            assert tire.refus.statut == 404
            continue
        # Each letter is its own case's: orders and answers do not cross.
        assert f"NOM{numeros.index(tire.dossier)} " in texte(tire.octets)
        assert str(tire.dossier)[-8:] in texte(tire.octets)
    assert sorted(await editees(monde)) == sorted(numeros)


async def test_les_dossiers_d_un_lot_se_demandent_ensemble(monde: Monde, numeros: list[UUID]) -> None:
    """Each case has its row and its decision; the bases are asked by handfuls, and not once by case."""
    acces = await admis(monde, "ccapex", SECRETARIAT)
    with compter_le_travail() as prendre:
        tires = [tire async for tire in tirer(monde.gate, acces, "prevention", numeros)]
        travail = prendre()
    assert [t.refus for t in tires] == [None] * COMBIEN
    assert travail.lignes == COMBIEN
    assert travail.trop_tot == 0
    assert 0 < sum(travail.ordres.values()) < COMBIEN


async def test_une_presse_s_use_et_une_autre_prend_la_suite(
    monde: Monde, numeros: list[UUID], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lot, "PAR_PRESSE", 3)
    acces = await admis(monde, "ccapex", SECRETARIAT)
    tires = [tire async for tire in tirer(monde.gate, acces, "prevention", numeros)]
    assert [t.refus for t in tires] == [None] * COMBIEN
    assert {t.dossier for t in tires} == set(numeros)


async def test_qui_cesse_d_ecouter_arrete_le_travail(monde: Monde, numeros: list[UUID]) -> None:
    acces = await admis(monde, "ccapex", SECRETARIAT)
    async with aclosing(tirer(monde.gate, acces, "prevention", numeros)) as tires:
        async for tire in tires:
            assert tire.octets
            break
    faites = len(await editees(monde))
    assert faites <= COMBIEN
    enfants = Path(f"/proc/self/task/{os.getpid()}/children").read_text().split()
    noms = [Path(f"/proc/{e}/cmdline").read_bytes() for e in enfants if Path(f"/proc/{e}/cmdline").exists()]
    assert not any(b"adapters.papier" in nom for nom in noms)
    await asyncio.sleep(0.2)
    assert len(await editees(monde)) == faites


async def test_une_presse_qui_meurt_perd_ce_qu_elle_tenait_et_rien_d_autre(
    monde: Monde, numeros: list[UUID], monkeypatch: pytest.MonkeyPatch
) -> None:
    tuees: list[Imprimante] = []
    tirer_vraiment = Imprimante.tirer

    async def tirer_ou_mourir(self: Imprimante, commande: dict[str, object]) -> bytes:
        if not tuees:
            tuees.append(self)
            self._tuer()
        return await tirer_vraiment(self, commande)

    monkeypatch.setattr(Imprimante, "tirer", tirer_ou_mourir)
    acces = await admis(monde, "ccapex", SECRETARIAT)
    tires = [tire async for tire in tirer(monde.gate, acces, "prevention", numeros)]
    perdus = [t for t in tires if t.refus is not None]
    assert {t.dossier for t in tires} == set(numeros)
    assert 1 <= len(perdus) <= lot.EN_ROUTE
    assert {t.refus.statut for t in perdus if t.refus} == {503}


async def test_un_courrier_d_une_autre_finalite_n_existe_pas(monde: Monde, numeros: list[UUID]) -> None:
    acces = await admis(monde, "bailleur", "ACTE_EMISSION")
    with pytest.raises(Refus) as refus:
        async for _ in tirer(monde.gate, acces, "prevention", numeros):
            pass
    assert refus.value.statut == 404
    assert await editees(monde) == []


async def test_les_reponses_d_une_presse_suivent_ses_ordres() -> None:
    async with Imprimante() as presse:
        ordres = [
            presse.tirer(ordre("synthese", matiere(fait("OccupantDeclare", qualite="TITULAIRE", nom=f"N{n}"))))
            for n in range(8)
        ]
        rates = presse.tirer(ordre("courrier", matiere(), modele="notification-avis"))
        rendus = await asyncio.gather(*ordres[:4], rates, *ordres[4:], return_exceptions=True)
    refus = rendus.pop(4)
    assert isinstance(refus, NonFait)
    for n, rendu in enumerate(rendus):
        assert isinstance(rendu, bytes)
        assert f"N{n} " in texte(rendu)


def options(tmp_path: Path, numeros: list[UUID], **plus: object) -> argparse.Namespace:
    (tmp_path / "dossiers.txt").write_text("".join(f"{numero}\n" for numero in numeros), "utf-8")
    dites = {
        "modele": "prevention", "dossiers": tmp_path / "dossiers.txt", "sortie": tmp_path / "sortie",
        "finalite": SECRETARIAT, "par": "ccapex/instructrice",
    }  # fmt: skip
    return argparse.Namespace(**(dites | plus))


async def test_la_commande_ecrit_un_fichier_par_dossier_et_reprend(
    monde: Monde, numeros: list[UUID], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert await commande.courriers(options(tmp_path, numeros[:3]), monde.gate) == 0
    assert "3 courriers faits, 0 l'étaient déjà, 0 n'ont pas pu l'être." in capsys.readouterr().out
    inconnu = uuid4()
    assert await commande.courriers(options(tmp_path, [*numeros, inconnu]), monde.gate) == 1
    dit = capsys.readouterr().out
    assert f"{COMBIEN - 3} courriers faits, 3 l'étaient déjà, 1 n'ont pas pu l'être." in dit
    assert f"{inconnu} : Aucun dossier" in dit
    ecrits = sorted((tmp_path / "sortie").iterdir())
    assert [f.name for f in ecrits] == sorted(f"prevention-{numero}.pdf" for numero in numeros)
    assert {f.stat().st_mode & 0o777 for f in ecrits} == {0o600}
    assert (tmp_path / "sortie").stat().st_mode & 0o777 == 0o700
    # Each case was asked of once: what is there already opens nothing anew.
    assert sorted(await editees(monde)) == sorted(numeros)


@pytest.mark.parametrize(
    ("plus", "dit"),
    [
        ({"par": "ccapex"}, "--par nomme le partenaire"),
        ({"par": "ccapex/inconnue"}, ""),
        ({"finalite": "ACTE_EMISSION"}, ""),
        ({"finalite": "RECOUVREMENT"}, ""),
        ({"dossiers": Path("/nulle/part")}, "ne peut pas être lu"),
        ({"sortie": Path("/proc/interdit")}, "ne peut pas être ouvert"),
    ],
)
async def test_la_commande_refuse_en_francais(monde: Monde, tmp_path: Path, plus: dict[str, object], dit: str) -> None:
    with pytest.raises(GesteRefuse, match=dit or None):
        await commande.courriers(options(tmp_path, [uuid4()], **plus), monde.gate)
    assert await editees(monde) == []


async def test_un_fichier_qui_n_est_pas_une_liste_de_dossiers_est_refuse(monde: Monde, tmp_path: Path) -> None:
    o = options(tmp_path, [uuid4()])
    o.dossiers.write_text("Fatou LEROY\n", "utf-8")
    with pytest.raises(GesteRefuse) as refus:
        await commande.courriers(o, monde.gate)
    assert "LEROY" not in str(refus.value)
    o.dossiers.write_text("".join(f"{uuid4()}\n" for _ in range(lot.AU_PLUS + 1)), "utf-8")
    with pytest.raises(GesteRefuse, match="5000 au plus"):
        await commande.courriers(o, monde.gate)
