"""The agendas of the FSL, the commission de médiation and the CTU: the requests that their secretariats put there."""

from collections.abc import Callable
from datetime import date
from typing import Any, Final
from uuid import UUID, uuid4

import httpx2 as httpx
import pytest

from adapters.demo.departement import siret
from adapters.registre.administration import (
    administrer,
    asseoir,
    habiliter,
    inscrire_partenaire,
    instituer,
    rattacher_client,
)
from adapters.registre.instantane import Habilitation, Instance, Membre, Partenaire
from ledger.droit.jours import aujourd_hui
from tests.bases import SCHEMA
from tests.monde import FINALITES, PAR, UN_AN, Monde, evenement, habilitation, mandater, rpls
from tests.rest.test_attaques_etranger import octets

SEANCES: Final = "/v1/seances"
LE: Final = "2026-12-15"
FSL: Final = ("fsl", "AIDE_INSTRUCTION", "gestionnaire")
FSL_D_AILLEURS: Final = ("fsl-voisin", "AIDE_INSTRUCTION", "gestionnaire")
COMED: Final = ("comed", "RELOGEMENT", "gestionnaire")
SIAO: Final = ("siao", "RELOGEMENT", "gestionnaire")
SSD: Final = ("ssd", "ACCOMPAGNEMENT", "")
TENUES: Final = (
    ("fsl", "CD_FSL", "FSL", 70),
    ("fsl-voisin", "CD_FSL", "FSL", 71),
    ("comed", "COMED_SECRETARIAT", "COMED", 72),
    ("siao", "SIAO", "CTU", 73),
)


@pytest.fixture
async def ici(monde: Monde) -> Monde:
    """With the four secretariats, a body each, and seats at the FSL's for the CAF and the social service."""
    le = aujourd_hui()
    with administrer(monde.bases.registre_url, PAR, SCHEMA) as registre:
        for code, role, genre, rang in TENUES:
            inscrire_partenaire(
                registre, Partenaire(code, siret(rang), f"Organisation {code}", role, FINALITES[role], "departement")
            )
            rattacher_client(registre, f"client-{code}", code)
            habiliter(registre, habilitation(code, "gestionnaire", role))
            # The database has its own clock: who convenes is habilitated for the day on which the tests are run.
            habiliter(
                registre, Habilitation(uuid4(), code, "gestionnaire", FINALITES[role], "aucun", le, le + UN_AN, PAR)
            )
            corps = Instance(
                code,
                f"Commission {genre}",
                genre,
                "AUCUN",
                ("departement",),
                code,
                date(2022, 1, 1),
                "essai",
                "INFERRED",
            )
            instituer(registre, corps)
        for membre in ("caf", "ssd"):
            asseoir(registre, Membre("FSL", "instance:fsl", membre, "deliberative"))
    return monde


async def convoquee(monde: Monde, qui: tuple[str, str, str], le: str = LE) -> str:
    corps = {"instance": qui[0], "le": le, "heure": "09:30"}
    recu = await monde.post(SEANCES, *qui[:2], corps, qui[2])
    assert recu.status_code == 201, recu.text
    return str(recu.json()["seance"])


async def dire(monde: Monde, dossier: str, qui: tuple[str, str, str], *faits: dict[str, Any]) -> httpx.Response:
    return await monde.contribuer(dossier, *qui[:2], *faits, agent=qui[2])


def designant(qui: tuple[str, str, str], aide: str) -> tuple[str, str, str]:
    return qui[0], f"{qui[1]}; demande={aide}", qui[2]


def aide(id_: str, etape: str = "DEMANDEE", **plus: Any) -> dict[str, Any]:
    dits = {"aide": id_, "dispositif": "FSL_MAINTIEN", "etape": etape, "instructeur": "fsl"}
    return evenement("AideFinanciereInstruite", **dits | plus)


async def demandee(monde: Monde, rang: int = 0) -> tuple[str, str]:
    """A case in which the social service asked the FSL for help: its id, the request's."""
    dossier = await monde.ouvrir("ssd", nom=f"LEROY{rang or ''}", id_rpls=rpls(60 + rang))
    id_ = str(uuid4())
    recu = await dire(monde, dossier, SSD, aide(id_))
    assert recu.status_code == 201, recu.text
    return dossier, id_


async def ordre(monde: Monde, seance: str, qui: tuple[str, str, str]) -> list[dict[str, Any]]:
    await monde.projeter()
    recu = await monde.get(f"{SEANCES}/{seance}", *qui)
    assert recu.status_code == 200, recu.text
    assert recu.json()["dossiers"] == []
    dites: list[dict[str, Any]] = recu.json()["demandes"]
    return dites


async def test_le_fsl_met_une_demande_a_sa_seance_la_reporte_et_dit_ce_qu_il_en_decide(ici: Monde) -> None:
    dossier, id_ = await demandee(ici)
    une, autre = await convoquee(ici, FSL), await convoquee(ici, FSL, "2027-01-12")
    assert await ordre(ici, une, FSL) == []
    mise = await dire(ici, dossier, designant(FSL, id_), aide(id_, en_seance=une))
    assert mise.status_code == 201, mise.text
    [ligne] = await ordre(ici, une, FSL)
    assert ligne == {
        "dossier": dossier,
        "intitule": "Fatou LEROY",
        "commune": "93008",
        "demande": id_,
        "dispositif": "FSL_MAINTIEN",
        "etape": "DEMANDEE",
        "inscription": "INSCRIT",
    }
    [row] = [x for x in await ici.journal() if x["action"] == "sieger" and x["dossier"]]
    assert (row["organisation"], row["finalite"], str(row["dossier"])) == ("fsl", "AIDE_INSTRUCTION", dossier)
    assert (await dire(ici, dossier, designant(FSL, id_), aide(id_, en_seance=autre))).status_code == 201
    assert [x["inscription"] for x in await ordre(ici, une, FSL)] == ["REPORTE"]
    assert [x["inscription"] for x in await ordre(ici, autre, FSL)] == ["INSCRIT"]
    decidee = aide(id_, "ACCORDEE", montant=120000)
    assert (await dire(ici, dossier, designant(FSL, id_), decidee)).status_code == 201
    assert [(x["etape"], x["inscription"]) for x in await ordre(ici, autre, FSL)] == [("ACCORDEE", "INSCRIT")]
    # What put it there is taken back: it is no part of that agenda any more, and of the first one again.
    faits = (await ici.get(f"/v1/dossiers/{dossier}", *designant(FSL, id_))).json()["faits"]
    [reportee] = [f["id"] for f in faits if f["champs"].get("en_seance") == autre]
    retrait = evenement("FaitCorrige", corrige=reportee, motif="ERREUR_SAISIE")
    retiree = await dire(ici, dossier, designant(FSL, id_), retrait)
    assert retiree.status_code == 201, retiree.text
    assert await ordre(ici, autre, FSL) == []
    assert [x["inscription"] for x in await ordre(ici, une, FSL)] == ["INSCRIT"]


async def test_plusieurs_menages_se_lisent_chacun_sous_sa_demande_quelle_que_soit_celle_qui_est_nommee(
    ici: Monde,
) -> None:
    seance = await convoquee(ici, FSL)
    siennes = [await demandee(ici, rang) for rang in range(3)]
    for dossier, id_ in siennes:
        assert (await dire(ici, dossier, designant(FSL, id_), aide(id_, en_seance=seance))).status_code == 201
    assert {(x["dossier"], x["demande"]) for x in await ordre(ici, seance, FSL)} == set(siennes)
    attendu = await ordre(ici, seance, FSL)
    for nommee in (siennes[0][1], str(uuid4())):
        assert await ordre(ici, seance, designant(FSL, nommee)) == attendu
    # To name one opens none of the others: their cases are those of strangers.
    for dossier, id_ in siennes[1:]:
        assert (await ici.get(f"/v1/dossiers/{dossier}", *designant(FSL, siennes[0][1]))).status_code == 403
        assert (await ici.get(f"/v1/dossiers/{dossier}", *designant(FSL, id_))).status_code == 200


@pytest.mark.parametrize(("qui", "dispositif"), [(COMED, "DALO"), (SIAO, "SIAO")])
async def test_la_comed_et_la_ctu_ont_ce_que_leur_secretariat_y_met(
    ici: Monde, qui: tuple[str, str, str], dispositif: str
) -> None:
    dossier = await ici.ouvrir()
    mandater(ici.bases, qui[0], UUID(dossier))
    seance = await convoquee(ici, qui)
    depose = evenement("RelogementAvance", dispositif=dispositif, etape="DEPOSE", en_seance=seance)
    recu = await dire(ici, dossier, qui, depose)
    assert recu.status_code == 201, recu.text
    [ligne] = await ordre(ici, seance, qui)
    assert (ligne["dossier"], ligne["demande"], ligne["dispositif"], ligne["etape"]) == (
        dossier, None, dispositif, "DEPOSE",
    )  # fmt: skip
    reconnu = evenement("RelogementAvance", dispositif=dispositif, etape="RECONNU")
    assert (await dire(ici, dossier, qui, reconnu)).status_code == 201
    assert [x["etape"] for x in await ordre(ici, seance, qui)] == ["RECONNU"]


async def test_nul_ne_met_une_demande_a_la_seance_d_un_autre_ni_a_celle_d_un_autre_genre(ici: Monde) -> None:
    """Another's session, one of another kind, one that was cancelled and one that is nowhere: the same refusal."""
    dossier, id_ = await demandee(ici)
    mandater(ici.bases, "siao", UUID(dossier))
    siennes = {qui[0]: await convoquee(ici, qui) for qui in (FSL, FSL_D_AILLEURS, COMED, SIAO)}
    annulee = await convoquee(ici, FSL, "2026-12-20")
    recu = await ici.post(f"{SEANCES}/{annulee}/changement", *FSL[:2], {"annulee": True}, FSL[2])
    assert recu.status_code == 201, recu.text
    corps = []
    for nom, voulue in {**siennes, "annulee": annulee, "inconnue": str(uuid4())}.items():
        if nom == "fsl":
            continue
        refus = await dire(ici, dossier, designant(FSL, id_), aide(id_, en_seance=voulue))
        assert (refus.status_code, refus.json()["champs"][0]["code"]) == (422, "seance"), nom
        corps.append(octets(refus))
    assert all(refus == corps[0] for refus in corps)
    assert len(corps) == 5
    # Nor who asks for the household, and keeps the papers of none.
    for qui in (SSD, SIAO):
        relogement = evenement("RelogementAvance", dispositif="DALO", etape="DEPOSE", en_seance=siennes["comed"])
        refus = await dire(ici, dossier, qui, relogement)
        assert (refus.status_code, refus.json()["champs"][0]["code"]) == (422, "seance"), refus.text
    refus = await dire(ici, dossier, SSD, aide(id_, en_seance=siennes["fsl"]))
    assert (refus.status_code, refus.json()["champs"][0]["code"]) == (422, "seance"), refus.text


async def test_l_ordre_du_jour_n_ouvre_rien_a_qui_y_siege_ni_a_un_autre_secretariat(
    ici: Monde, compter: Callable[[str, int], None]
) -> None:
    """Seats, another FSL, landlords, other commissions: the same bytes with requests on the agenda and without."""
    dossier, id_ = await demandee(ici)
    await ici.proposer(dossier)
    seance = await convoquee(ici, FSL)
    lecteurs = (
        ("caf", "AIDE_INSTRUCTION", ""),
        ("caf", "CLIL_EXAMEN", ""),
        ("ssd", "CLIL_EXAMEN", ""),
        FSL_D_AILLEURS,
        COMED,
        ("bailleur", "CLIL_EXAMEN", ""),
        ("clil", "CLIL_EXAMEN", ""),
        ("ccapex", "CCAPEX_ADMINISTRATIVE", ""),
        ("comex", "CFP_INSTRUCTION", ""),
    )
    chemins = (f"{SEANCES}/{seance}", f"/v1/dossiers/{dossier}", "/v1/dossiers", SEANCES)

    async def vu() -> list[tuple[int, bytes]]:
        await ici.projeter()
        recus = [await ici.get(chemin, *qui) for qui in lecteurs for chemin in chemins]
        # But for the position of the log and, of who may know that the request goes on, the day on which it was told.
        return [(recu.status_code, recu.content.partition(b",")[2]) for recu in recus]

    recu = await dire(ici, dossier, designant(FSL, id_), aide(id_))
    assert recu.status_code == 201, recu.text
    avant = await vu()
    assert {statut for statut, _ in avant} >= {200, 403, 404}
    recu = await dire(ici, dossier, designant(FSL, id_), aide(id_, en_seance=seance))
    assert recu.status_code == 201, recu.text
    assert len(await ordre(ici, seance, FSL)) == 1
    assert await vu() == avant
    compter("réponses à qui ne tient pas la séance, les mêmes octets qu'une demande y soit ou non", len(avant))


async def test_une_demande_effacee_ou_limitee_quitte_l_ordre_du_jour(ici: Monde) -> None:
    dossier, id_ = await demandee(ici)
    seance = await convoquee(ici, FSL)
    assert (await dire(ici, dossier, designant(FSL, id_), aide(id_, en_seance=seance))).status_code == 201
    assert len(await ordre(ici, seance, FSL)) == 1
    limite = evenement("OppositionEnregistree", portee="LIMITATION")
    recu = await dire(ici, dossier, ("ccapex", "CCAPEX_ADMINISTRATIVE", ""), limite)
    assert recu.status_code == 201, recu.text
    assert await ordre(ici, seance, FSL) == []
