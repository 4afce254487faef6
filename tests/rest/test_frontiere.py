"""What a purpose and an idempotency key are worth at the door."""

from policies import tables
from tests.monde import Monde, evenement

DETTE = evenement("DetteDeclaree", montant=224770, arretee_au="2026-10-31")


async def test_une_finalite_exclue_est_refusee_par_son_nom_et_journalisee(monde: Monde) -> None:
    exclues = [ligne["code"] for ligne in tables.lire().finalites_refusees]
    assert len(exclues) == 4
    for finalite in exclues:
        for chemin in ("/v1/moi", "/v1/vues/ccapex", "/v1/journal"):
            reponse = await monde.get(chemin, "ccapex", finalite)
            assert (reponse.status_code, reponse.json()["code"]) == (403, "FINALITE_REFUSEE")
            [ligne] = await monde.journal(1)
            assert (ligne["finalite"], ligne["issue"], ligne["motif"]) == (finalite, "refuse", "FINALITE_REFUSEE")


async def test_une_contribution_envoyee_deux_fois_est_enregistree_une_fois(monde: Monde) -> None:
    dossier = await monde.ouvrir()
    cle = {"Idempotency-Key": "la-meme"}
    recus = [await monde.contribuer(dossier, "bailleur", "ACTE_EMISSION", DETTE, headers=cle) for _ in range(2)]
    assert recus[0].content == recus[1].content
    autre = evenement("DetteDeclaree", montant=1, arretee_au="2026-10-31")
    assert (await monde.contribuer(dossier, "bailleur", "ACTE_EMISSION", autre, headers=cle)).status_code == 409
