"""A household and its leases: a new arrears on one lease goes on in its case, another dwelling is another case.

Read as one once a person said that they are one household's; the landlord of one lease learns nothing of the other.
"""

from collections.abc import Callable
from typing import Any, Final
from uuid import uuid4

from tests.monde import AUTRE_BAILLEUR, ETUDE, Monde, evenement, ouverture, rpls
from tests.rest.test_attaques_etranger import octets
from tests.rest.test_reunion import ADM, liste, lu, rapprocher

INSTRUCTRICE: Final = ("ccapex", ADM)
SSD: Final = ("ssd", "ACCOMPAGNEMENT")
BAILLEUR: Final = ("bailleur", "ACTE_EMISSION")
VOISIN: Final = ("voisin", "ACTE_EMISSION")


async def dire(monde: Monde, dossier: str, qui: tuple[str, str], *faits: dict[str, Any]) -> None:
    recu = await monde.contribuer(dossier, *qui, *faits)
    assert recu.status_code == 201, recu.text


async def signaler(monde: Monde, le: str, qui: tuple[str, str], **logement: Any) -> str:
    """The same household, signalled on a day; the case in which it is."""
    corps = ouverture() | {"survenu_le": le}
    corps["logement"] |= logement
    recu = await monde.post("/v1/dossiers", *qui, corps)
    assert recu.status_code == 201, recu.text
    return str(recu.json()["dossier"])


AILLEURS: Final = {
    "bailleur_siret": AUTRE_BAILLEUR,
    "bailleur_nom": "OPH D'À CÔTÉ",
    "id_rpls": rpls(9),
    "adresse": "3 rue des Lilas",
    "loyer": 50000,
}
"""The dwelling into which the household moved: another landlord's."""


async def situation(monde: Monde, dossier: str) -> dict[str, Any]:
    recu = await monde.get(f"/v1/dossiers/{dossier}/situation", *INSTRUCTRICE)
    assert recu.status_code == 200, recu.text
    dite: dict[str, Any] = recu.json()
    return dite


def episode(du: str, au: str | None = None, clos: str | None = None) -> dict[str, Any]:
    return {"du": du, "motif": "IMPAYE", "au": au, "motif_cloture": clos}


async def test_un_nouvel_impaye_du_meme_bail_est_un_nouvel_episode_du_meme_dossier(monde: Monde) -> None:
    dossier = await signaler(monde, "2026-03-01", BAILLEUR)
    await dire(monde, dossier, INSTRUCTRICE, evenement("DossierClos", "2026-05-20", motif="DETTE_SOLDEE"))
    assert (await situation(monde, dossier))["episodes"] == [episode("2026-03-01", "2026-05-20", "DETTE_SOLDEE")]
    assert await signaler(monde, "2026-10-20", BAILLEUR, loyer=81500) == dossier
    assert await signaler(monde, "2026-10-25", SSD) == dossier
    lue = await situation(monde, dossier)
    assert lue["episodes"] == [episode("2026-03-01", "2026-05-20", "DETTE_SOLDEE"), episode("2026-10-20")]
    assert [ligne["dossier"] for ligne in await liste(monde)] == [dossier]
    await dire(monde, dossier, BAILLEUR, evenement("DetteDeclaree", montant=90000, arretee_au="2026-10-20"))
    [dette] = [d for d in (await situation(monde, dossier))["donnees"] if d["donnee"] == "dette"]
    assert (dette["valeur"], dette["contredite"]) == (90000, False)


async def reloger(monde: Monde) -> tuple[str, str]:
    """A household that was rehoused and is in arrears again: its two cases, of two landlords and two étude's acts."""
    ancien = await signaler(monde, "2026-03-01", BAILLEUR)
    assert await signaler(monde, "2026-03-05", SSD) == ancien
    await dire(monde, ancien, BAILLEUR, evenement("DetteDeclaree", montant=224770, arretee_au="2026-03-10"))
    await dire(monde, ancien, SSD, evenement("RelogementAvance", "2026-05-15", dispositif="DALO", etape="RELOGE"))
    await dire(monde, ancien, INSTRUCTRICE, evenement("DossierClos", "2026-05-20", motif="RELOGE"))
    neuf = await signaler(monde, "2026-10-01", VOISIN, **AILLEURS)
    for qui in (SSD, ("etude", "ACTE_EMISSION")):
        assert await signaler(monde, "2026-10-02", qui, **AILLEURS) == neuf
    await dire(monde, neuf, VOISIN, evenement("DetteDeclaree", montant=100000, arretee_au="2026-10-01"))
    acte = evenement("CommandementPayerSignifie", "2026-10-10", etude_siret=ETUDE)
    await dire(monde, neuf, ("etude", "ACTE_EMISSION"), acte)
    return ancien, neuf


async def test_un_autre_logement_est_un_autre_dossier_lu_avec_le_premier_une_fois_confirme(monde: Monde) -> None:
    ancien, neuf = await reloger(monde)
    assert ancien != neuf
    assert [ligne["rapprochements"] for ligne in await liste(monde)] == [0, 0]
    apart = [await situation(monde, dossier) for dossier in (ancien, neuf)]
    assert [lue["episodes"] for lue in apart] == [
        [episode("2026-03-01", "2026-05-20", "RELOGE")],
        [episode("2026-10-01")],
    ]
    assert (await rapprocher(monde, ancien, neuf)).status_code == 201
    for dossier, autre in ((ancien, neuf), (neuf, ancien)):
        ensemble = await lu(monde, dossier)
        assert ensemble["reunis"] == [autre]
        assert (ensemble["synthese"]["ouvert_le"], ensemble["synthese"]["stade"]) == ("2026-03-01", "COMMANDEMENT")
        assert ensemble["synthese"]["bailleur_siret"] == AUTRE_BAILLEUR
        # Each lease has its landlord: there is nothing to settle.
        assert "bailleurs_a_trancher" not in ensemble["synthese"]
        lue = await situation(monde, dossier)
        assert lue["episodes"] == [episode("2026-03-01", "2026-05-20", "RELOGE"), episode("2026-10-01")]
        [loyer] = [d for d in lue["donnees"] if d["donnee"] == "loyer"]
        assert (loyer["valeur"], loyer["contredite"]) == (50000, False)
    [ligne] = await liste(monde)
    assert (ligne["dossier"], ligne["bailleur_siret"]) == (ancien, AUTRE_BAILLEUR)
    assert (await rapprocher(monde, ancien, neuf, "DISTINCT")).status_code == 201
    assert [(await situation(monde, dossier))["episodes"] for dossier in (ancien, neuf)] == [
        lue["episodes"] for lue in apart
    ]


async def test_le_bailleur_d_un_bail_n_apprend_rien_de_l_autre_meme_une_fois_relu(
    monde: Monde, compter: Callable[[str, int], None]
) -> None:
    """Both landlords are known from a second source: each reads its lease, and the other one is that of a stranger."""
    ancien, neuf = await reloger(monde)
    finalites = ("ACTE_EMISSION", "ACTE_RECEPTION", "COORDINATION_CONTACTS", "RELOGEMENT")

    async def montre(qui: str, finalite: str, sien: str) -> list[bytes]:
        await monde.projeter()
        chemins = (f"/v1/dossiers/{sien}", *(f"/v1/dossiers/{sien}/{quoi}" for quoi in ("situation", "echeances")))
        recus = [await monde.get(chemin, qui, finalite) for chemin in (*chemins, "/v1/dossiers")]
        assert {recu.status_code for recu in recus} == {200}
        return [recu.content.partition(b",")[2] for recu in recus]  # but for the position of the log

    siens = [(qui, finalite, sien) for qui, sien in (("bailleur", ancien), ("voisin", neuf)) for finalite in finalites]
    avant = [await montre(*sien) for sien in siens]
    for decision in ("MEME_MENAGE", "RELU"):
        assert (await rapprocher(monde, ancien, neuf, decision)).status_code == 201
        assert [await montre(*sien) for sien in siens] == avant
        for qui, finalite, sien in siens:
            autre, inconnu = (neuf if sien == ancien else ancien), str(uuid4())
            recus = [await monde.get(f"/v1/dossiers/{dossier}", qui, finalite) for dossier in (autre, inconnu)]
            assert octets(recus[0]) == octets(recus[1])
            assert recus[0].status_code == 404
    # Who follows the household, and is linked to both leases, reads one story.
    assert (await lu(monde, ancien, *SSD))["reunis"] == [neuf]
    compter("lectures d'un bailleur, les mêmes octets que le ménage ait un autre bail ou non", 2 * 4 * len(siens))
