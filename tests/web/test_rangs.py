"""The order of an agenda: who gives it, what is told of it, and two who give it at once."""

import re
from typing import Any

import httpx2 as httpx
import pytest

from tests.monde import Monde, evenement
from tests.web.test_porte import client
from tests.web.test_seances import (
    APRES,
    CCAPEX,
    LE,
    Secretaire,
    entrer_secretaire,
    inscrits,
    ordre_du_jour,
    saisi,
)

__all__ = ["client"]


async def prete(client: httpx.AsyncClient, monde: Monde, combien: int = 3) -> tuple[Secretaire, str, list[str]]:
    """A session of the CCAPEX, and its agenda."""
    dossiers = [await saisi(monde, n) for n in range(combien)]
    await monde.projeter()
    s = await entrer_secretaire(client, monde)
    seance = await s.convoquer()
    await inscrits(s, monde, seance, *dossiers)
    return s, seance, dossiers


async def lus(s: Secretaire, seance: str, suite: str = "") -> dict[str, str]:
    """The hidden half of the form: from which fact each line was read."""
    return dict(re.findall(r'name="(lu-[0-9a-f-]+)" value="([^"]+)"', await s.lire(f"{seance}/ordre{suite}")))


async def rangs(monde: Monde, seance: str) -> list[tuple[str, int | None]]:
    """The agenda and its ranks, in its order, as the API has them."""
    await monde.projeter()
    lu = (await monde.get(f"/v1{seance}", *CCAPEX)).json()
    return [(d["dossier"], d["rang"]) for d in lu["dossiers"] if d["inscription"] == "INSCRIT"]


async def inscriptions(monde: Monde, dossier: str) -> list[dict[str, Any]]:
    faits = (await monde.get(f"/v1/dossiers/{dossier}", *CCAPEX)).json()["faits"]
    return [f for f in faits if f["type"] in {"InstanceInscrite", "InscriptionReportee"}]


async def test_un_rang_se_donne_avec_un_motif_et_ne_redit_que_ce_qui_change(
    client: httpx.AsyncClient, monde: Monde
) -> None:
    s, seance, (premier, second, dernier) = await prete(client, monde)
    assert "Changer l'ordre" in await s.lire(seance)
    lu = await lus(s, seance)
    await s.dire(
        f"{seance}/ordre", **lu, **{f"rang-{dernier}": "1", f"rang-{premier}": ""}, motif_correction="PRECISION"
    )
    assert await rangs(monde, seance) == [(dernier, 1), (premier, None), (second, None)]
    page = await s.lire(seance)
    assert re.findall(r'<tr id="d-([0-9a-f-]+)">', page) == [dernier, premier, second]
    ancien, nouveau = await inscriptions(monde, dernier)
    assert (ancien["corrige_par"], nouveau["corrige"], nouveau["motif_correction"]) == (
        nouveau["id"], ancien["id"], "PRECISION",
    )  # fmt: skip
    assert {k: v for k, v in nouveau["champs"].items() if k != "rang"} == {
        k: v for k, v in ancien["champs"].items() if k != "rang"
    }
    for autre in (premier, second):
        assert len(await inscriptions(monde, autre)) == 1
    rien = await s.dire(f"{seance}/ordre", **await lus(s, seance), **{f"rang-{dernier}": "1"})
    assert rien.headers["location"] == f"{seance}?fait=ordre-inchange"


async def test_un_dossier_reporte_a_un_rang_a_la_seance_ou_il_arrive(client: httpx.AsyncClient, monde: Monde) -> None:
    s, seance, dossiers = await prete(client, monde, 2)
    suivante = await s.convoquer(le=APRES)
    await s.dire(
        f"{seance}/lot", quoi="reporter", dossiers=" ".join(dossiers),
        reporte_a=suivante.rpartition("/")[2], motif="DOSSIER_INCOMPLET",
    )  # fmt: skip
    await monde.projeter()
    lu = await lus(s, suivante)
    await s.dire(f"{suivante}/ordre", **lu, **{f"rang-{dossiers[1]}": "4"}, motif_correction="PRECISION")
    assert await rangs(monde, suivante) == [(dossiers[1], 4), (dossiers[0], None)]
    assert set((await ordre_du_jour(monde, seance)).values()) == {"REPORTE"}
    _, ancien, nouveau = await inscriptions(monde, dossiers[1])
    assert (ancien["type"], nouveau["corrige"]) == ("InscriptionReportee", ancien["id"])
    assert nouveau["champs"]["motif"] == "DOSSIER_INCOMPLET"


@pytest.mark.parametrize("faux", ["0", "501", "-1", "x", "1,5", "²", "9999"])
async def test_un_rang_faux_ne_change_rien_et_se_dit_a_cote(faux: str, client: httpx.AsyncClient, monde: Monde) -> None:
    s, seance, (premier, second) = await prete(client, monde, 2)
    typees = {f"rang-{premier}": faux, f"rang-{second}": "1"}
    lu = await lus(s, seance)
    refus = await s.dire(f"{seance}/ordre", 422, **lu, **typees, motif_correction="PRECISION")
    assert f'id="ordre-rang-{premier}-erreur"' in refus.text
    assert f'name="rang-{second}" value="1"' in refus.text
    refus = await s.dire(f"{seance}/ordre", 422, **lu, **{f"rang-{second}": "1"})
    assert 'id="ordre-motif_correction-erreur"' in refus.text
    assert await rangs(monde, seance) == [(premier, None), (second, None)]


async def test_de_deux_qui_rangent_a_la_fois_le_second_lit_ce_qui_tient_et_ne_perd_rien(
    client: httpx.AsyncClient, monde: Monde
) -> None:
    s, seance, (premier, second) = await prete(client, monde, 2)
    lu = await lus(s, seance)  # what both read
    await s.dire(f"{seance}/ordre", **lu, **{f"rang-{premier}": "7"}, motif_correction="PRECISION")
    typees = {f"rang-{premier}": "2", f"rang-{second}": "1"}
    refus = await s.dire(f"{seance}/ordre", 409, **lu, **typees, motif_correction="ERREUR_SAISIE")
    assert "1 rang enregistré." in refus.text
    assert "Le reste n&#39;est pas enregistré" in refus.text or "Le reste n'est pas enregistré" in refus.text
    assert "lui a donné le rang 7" in refus.text
    assert f'name="rang-{premier}" value="2"' in refus.text
    assert await rangs(monde, seance) == [(second, 1), (premier, 7)]
    relu = dict(re.findall(r'name="(lu-[0-9a-f-]+)" value="([^"]+)"', refus.text))
    assert relu[f"lu-{premier}"] != lu[f"lu-{premier}"]
    await s.dire(f"{seance}/ordre", **relu, **typees, motif_correction="ERREUR_SAISIE")
    assert await rangs(monde, seance) == [(second, 1), (premier, 2)]


async def test_ce_qui_a_quitte_l_ordre_du_jour_entre_temps_se_dit(client: httpx.AsyncClient, monde: Monde) -> None:
    s, seance, (premier, second) = await prete(client, monde, 2)
    lu = await lus(s, seance)
    await s.dire(f"{seance}/lot", quoi="retirer", dossiers=premier, motif="ERREUR")
    await monde.projeter()
    refus = await s.dire(
        f"{seance}/ordre", 409, **lu, **{f"rang-{premier}": "1", f"rang-{second}": "2"}, motif_correction="PRECISION"
    )
    assert "n&#39;est plus à examiner" in refus.text or "n'est plus à examiner" in refus.text
    assert await rangs(monde, seance) == [(second, 2)]
    assert (await ordre_du_jour(monde, seance))[premier] == "RETIRE"


async def test_envoye_deux_fois_un_ordre_se_dit_une_fois(client: httpx.AsyncClient, monde: Monde) -> None:
    s, seance, (premier, _) = await prete(client, monde, 2)
    lu = await lus(s, seance)
    dit = {**lu, f"rang-{premier}": "3", "motif_correction": "PRECISION", "cle": "0199f1e2-7b1a-7000-8000-0000000000aa"}
    for _ in "ab":
        await s.dire(f"{seance}/ordre", **dit)
    assert len(await inscriptions(monde, premier)) == 2


async def test_des_rangs_se_proposent_sans_rien_enregistrer(client: httpx.AsyncClient, monde: Monde) -> None:
    """By what each case's own line shows: the debt, the largest first."""
    s, seance, dossiers = await prete(client, monde)
    page = await s.lire(f"{seance}/ordre?tri=dette")
    assert re.findall(r'name="rang-([0-9a-f-]+)" value="(\d*)"', page) == [
        (d, str(n)) for n, d in enumerate(reversed(dossiers), 1)
    ]
    assert "rien n'est encore enregistré" in page
    assert await rangs(monde, seance) == [(d, None) for d in dossiers]
    assert re.findall(r'name="rang-[0-9a-f-]+" value="(\d*)"', await s.lire(f"{seance}/ordre?tri=autre")) == [""] * 3
    assert (await client.get(f"{seance}/ordre?page=0")).status_code == 400


async def test_ce_qui_est_examine_ne_se_range_plus(client: httpx.AsyncClient, monde: Monde) -> None:
    s, seance, (premier, second) = await prete(client, monde, 2)
    examen = evenement("DossierExamine", LE, instance="CCAPEX")
    assert (await monde.contribuer(premier, *CCAPEX, examen)).status_code == 201
    await monde.projeter()
    assert set(await lus(s, seance)) == {f"lu-{second}"}
