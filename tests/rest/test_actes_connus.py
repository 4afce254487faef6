"""An act told twice is one act: by the étude's software and by a lot, whichever comes first."""

from typing import Any
from uuid import uuid4

import httpx2 as httpx
import psycopg
import pytest

from adapters.exploc.routes import CHEMIN
from adapters.registre.administration import administrer, habiliter, inscrire_partenaire, rattacher_client
from adapters.registre.instantane import Partenaire
from ledger.catalogue import ACTES, Acte, catalogue
from tests.bases import SCHEMA, Bases
from tests.exploc.test_lot import contenu, rangee
from tests.monde import (
    AGENTS,
    ETUDE,
    FINALITES,
    PAR,
    SEANCE,
    SEANCE_LE,
    Monde,
    evenement,
    habilitation,
    ouverture,
    rpls,
)

MENAGE = {
    "parc": "SOCIAL", "nom": "LEROY", "prenoms": "Fatou", "date_naissance": "24/04/1955", "id_rpls": "3523902547",
    "commune_insee": "93008", "bailleur_siret": "93667127000267", "etude_siret": ETUDE,
}  # fmt: skip
CDP = evenement("CommandementPayerSignifie", "2026-10-15", etude_siret=ETUDE, ref_acte="CDP-2026-1", dette=224770)
RANGEE = rangee(**MENAGE, type_acte="CDP", ref_acte="CDP-2026-1", date_acte="15/10/2026", dette="2247,70")


async def importer(monde: Monde, *rangees: str) -> dict[str, Any]:
    entetes = monde.entetes("ccapex", "CCAPEX_ADMINISTRATIVE")
    rendu = await monde.client.post(CHEMIN, content=contenu(*rangees), headers=entetes, params={"ecrire": "true"})
    assert rendu.status_code == 200, rendu.text
    lu: dict[str, Any] = rendu.json()
    return lu


def evenements(bases: Bases) -> int:
    with psycopg.connect(bases.admin_url) as admin:
        [(nombre,)] = admin.execute(f"SELECT count(*) FROM {SCHEMA}.dossiers_events").fetchall()  # noqa: S608 - our own schema
    return int(nombre)


async def test_un_acte_transmis_par_l_etude_n_est_pas_ajoute_par_un_lot(monde: Monde, bases: Bases) -> None:
    dossier = await monde.ouvrir("etude")
    assert (await monde.contribuer(dossier, "etude", "ACTE_EMISSION", CDP)).status_code == 201
    avant = evenements(bases)
    rapport = await importer(monde, RANGEE)
    assert (rapport["doublons"], rapport["accepted_distinct_acts"], rapport["rejected"]) == (1, 0, 0)
    assert evenements(bases) == avant
    neuf = RANGEE.replace("CDP-2026-1", "CDP-2026-2")
    assert (await importer(monde, RANGEE, neuf))["accepted_distinct_acts"] == 1


async def test_regle_33_un_acte_venu_d_exploc_seul_est_dit_une_fois_par_son_etude(monde: Monde, bases: Bases) -> None:
    assert (await importer(monde, RANGEE))["accepted_distinct_acts"] == 1
    dossier = await monde.ouvrir("etude")
    ouvert = await monde.post("/v1/dossiers", "etude", "ACTE_EMISSION", {**ouverture(), "evenements": [CDP]})
    assert (ouvert.status_code, ouvert.json()["code"]) == (409, "acte_connu")  # which case it opens is not its to say
    assert (await monde.contribuer(dossier, "etude", "ACTE_EMISSION", CDP)).status_code == 201
    lu = (await monde.get(f"/v1/dossiers/{dossier}", "ccapex", "CCAPEX_ADMINISTRATIVE")).json()
    dits = [fait for fait in lu["faits"] if fait["type"] == "CommandementPayerSignifie"]
    assert sorted(fait["auteur"]["systeme"] for fait in dits) == ["EXPLOC", "PARTENAIRE"]
    avant = evenements(bases)
    sans_siret = evenement("CommandementPayerSignifie", "2026-10-15", ref_acte="CDP-2026-1")
    for encore in (CDP, sans_siret):
        refus = await monde.contribuer(dossier, "etude", "ACTE_EMISSION", encore)
        assert (refus.status_code, refus.json()["code"]) == (409, "acte_connu")
    assert (await importer(monde, RANGEE))["doublons"] == 1
    assert evenements(bases) == avant
    assert {ligne["issue"] for ligne in await monde.journal() if ligne["motif"] == "acte_connu"} == {"refuse"}
    le_lendemain = CDP | {"survenu_le": "2026-10-16"}
    for autre in (le_lendemain, evenement("JugementRendu", ref_acte="CDP-2026-1")):
        assert (await monde.contribuer(dossier, "etude", "ACTE_EMISSION", autre)).status_code == 201
    # EXPLOC has an act of that kind, and not of that day: this one is the étude's own already.
    refus = await monde.contribuer(dossier, "etude", "ACTE_EMISSION", le_lendemain)
    assert (refus.status_code, refus.json()["code"]) == (409, "acte_connu")


async def test_un_acte_deja_dit_ne_passe_pas_pour_celui_d_exploc_de_meme_nature_et_du_meme_jour(
    monde: Monde, bases: Bases
) -> None:
    dossier = await monde.ouvrir("etude")
    autre, troisieme = (CDP | {"donnees": CDP["donnees"] | {"ref_acte": f"CDP-2026-{n}"}} for n in (2, 3))
    assert (await monde.contribuer(dossier, "etude", "ACTE_EMISSION", CDP)).status_code == 201
    rapport = await importer(monde, RANGEE, *(RANGEE.replace("CDP-2026-1", f"CDP-2026-{n}") for n in (2, 3)))
    assert (rapport["doublons"], rapport["accepted_distinct_acts"]) == (1, 2)
    refus = await monde.contribuer(dossier, "etude", "ACTE_EMISSION", CDP)
    assert (refus.status_code, refus.json()["code"]) == (409, "acte_connu")
    assert (await monde.contribuer(dossier, "etude", "ACTE_EMISSION", autre)).status_code == 201
    lu = (await monde.get(f"/v1/dossiers/{dossier}", "etude", "ACTE_EMISSION")).json()
    mien = next(f["id"] for f in lu["faits"] if f["type"] == CDP["type"] and f["auteur"]["systeme"] == "PARTENAIRE")
    # Its number was wrong: it is the third that EXPLOC has, and the étude has told it by saying so.
    assert (await monde.contribuer(dossier, "etude", "ACTE_EMISSION", troisieme | {"corrige": mien})).status_code == 201
    avant = evenements(bases)
    for encore in (CDP, autre, troisieme):
        refus = await monde.contribuer(dossier, "etude", "ACTE_EMISSION", encore)
        assert (refus.status_code, refus.json()["code"]) == (409, "acte_connu")
    assert evenements(bases) == avant


async def test_un_acte_connu_d_un_autre_dossier_n_est_pas_dit_ici(monde: Monde) -> None:
    await importer(monde, RANGEE)
    ailleurs = await monde.ouvrir("etude", nom="AUTRE", id_rpls=rpls(42))
    refus = await monde.contribuer(ailleurs, "etude", "ACTE_EMISSION", CDP)
    assert (refus.status_code, refus.json()["code"]) == (409, "acte_connu")
    assert "réessayez" not in refus.text.lower()
    # Nor by correcting another act into it: it stays for its étude to tell where it is.
    autre = CDP | {"donnees": CDP["donnees"] | {"ref_acte": "CDP-2026-2"}}
    assert (await monde.contribuer(ailleurs, "etude", "ACTE_EMISSION", autre)).status_code == 201
    lu = (await monde.get(f"/v1/dossiers/{ailleurs}", "etude", "ACTE_EMISSION")).json()
    [mien] = [fait["id"] for fait in lu["faits"] if fait["type"] == CDP["type"]]
    assert (await monde.contribuer(ailleurs, "etude", "ACTE_EMISSION", CDP | {"corrige": mien})).status_code == 201
    dossier = await monde.ouvrir("etude")
    dits = [(await monde.contribuer(dossier, "etude", "ACTE_EMISSION", CDP)).status_code for _ in range(2)]
    assert dits == [201, 409]


async def test_regle_34_une_prefecture_enregistre_ce_qu_elle_recoit_sur_papier(monde: Monde) -> None:
    dossier = await monde.ouvrir()
    recu = evenement("CommandementQuitterSignifie", "2026-08-03", etude_siret=ETUDE, date_reception="2026-08-10")
    refus = evenement("ConcoursForceRefuse", "2026-10-30", motif="relogement imminent")
    requis = evenement("ConcoursForceRequis", "2026-09-01", etude_siret=ETUDE)
    assert (await monde.contribuer(dossier, "comex", "ACTE_EMISSION", refus)).json()["code"] == "concours_non_requis"
    for fait in (recu, requis, refus):
        dit = await monde.contribuer(dossier, "comex", "ACTE_EMISSION", fait)
        assert dit.status_code == 201, dit.text
    indemnisation = await monde.contribuer(dossier, "comex", "INDEMNISATION", requis)
    assert indemnisation.status_code == 403


async def test_ce_qui_n_a_pas_de_sens_pour_une_commission_est_refuse(monde: Monde) -> None:
    dossier = await monde.ouvrir()
    inscrite = evenement("InstanceInscrite", instance="CCAPEX", seance=str(SEANCE), seance_le=SEANCE_LE.isoformat())

    async def dire(fait: dict[str, Any]) -> tuple[int, str]:
        recu = await monde.contribuer(dossier, "ccapex", "CCAPEX_ADMINISTRATIVE", fait)
        return recu.status_code, "" if recu.status_code == 201 else recu.json()["champs"][0]["champ"]

    assert await dire(inscrite) == (201, "")
    assert await dire(inscrite) == (422, "evenements.0.donnees.seance")
    avis = evenement("AvisRendu", "2026-10-20", instance="CCAPEX", sens="MAINTIEN")
    assert await dire(avis | {"survenu_le": "2026-10-21"}) == (422, "evenements.0.survenu_le")
    assert await dire(avis) == (201, "")
    complete = {"texte": "proposer un plan", "echeance": "2027-01-20"}
    for a_qui, dit, attendu in (
        ("dpo", complete, (422, "evenements.0.donnees.destinataire")),
        ("responsable", complete, (422, "evenements.0.donnees.destinataire")),
        ("ssd", {"texte": "x"}, (422, "evenements.0.donnees.echeance")),
        ("ssd", {"echeance": "2027-01-20"}, (422, "evenements.0.donnees.texte")),
        ("ssd", complete, (201, "")),
        ("menage", complete, (201, "")),
    ):
        emise = {"recommandation": str(uuid4()), "instance": "CCAPEX", "categorie": "PLAN_APUREMENT"} | dit
        fait = evenement("RecommandationEmise", "2026-10-20", destinataire=a_qui, **emise)
        assert await dire(fait) == attendu, a_qui


async def test_le_meme_envoi_deux_fois_et_une_correction_ne_sont_pas_un_acte_connu(monde: Monde) -> None:
    dossier = await monde.ouvrir("etude")
    cle = {"Idempotency-Key": str(uuid4())}
    recus = [await monde.contribuer(dossier, "etude", "ACTE_EMISSION", CDP, headers=cle) for _ in range(2)]
    assert [r.status_code for r in recus] == [201, 201]
    assert recus[0].json()["contribution"] == recus[1].json()["contribution"]
    lu = (await monde.get(f"/v1/dossiers/{dossier}", "etude", "ACTE_EMISSION")).json()
    [acte] = [f for f in lu["faits"] if f["type"] == "CommandementPayerSignifie"]
    juste = {**CDP, "donnees": CDP["donnees"] | {"dette": 214770}, "corrige": acte["id"]}
    assert (await monde.contribuer(dossier, "etude", "ACTE_EMISSION", juste)).status_code == 201
    double = await monde.contribuer(dossier, "etude", "ACTE_EMISSION", *[CDP | {"survenu_le": "2026-10-01"}] * 2)
    assert (double.status_code, double.json()["code"]) == (422, "acte_double")


async def test_nul_n_apprend_par_une_reference_qu_un_acte_existe_ailleurs(monde: Monde) -> None:
    """Who is not the étude may type its SIRET and a number: the answer does not depend on what is in other cases."""
    sien = await monde.ouvrir("bailleur", nom="AUTRE", id_rpls=rpls(42))
    saisine = evenement("CcapexSaisie", "2026-10-15", etude_siret=ETUDE, ref_acte="S-1")
    avant = await monde.contribuer(sien, "bailleur", "ACTE_EMISSION", saisine)
    await importer(monde, rangee(**MENAGE, type_acte="SAISINE", ref_acte="S-2", date_acte="15/10/2026"))
    connue = saisine | {"donnees": saisine["donnees"] | {"ref_acte": "S-2"}}
    apres = await monde.contribuer(sien, "bailleur", "ACTE_EMISSION", connue)
    assert (avant.status_code, apres.status_code) == (201, 201)
    # Nor is a number of one étude's taken for another's.
    autre = saisine | {"donnees": saisine["donnees"] | {"etude_siret": "10000000000008"}}
    assert (await monde.contribuer(sien, "bailleur", "ACTE_EMISSION", autre)).status_code == 201


async def test_une_etude_ne_transmet_que_ses_actes_et_un_autre_role_ceux_d_une_etude(monde: Monde) -> None:
    autre = "10000000000008"
    dossier = await monde.ouvrir("etude")
    acte = CDP | {"donnees": CDP["donnees"] | {"etude_siret": autre}}
    refus = await monde.contribuer(dossier, "etude", "ACTE_EMISSION", acte)
    assert refus.status_code == 422
    assert [(f["champ"], f["code"]) for f in refus.json()["champs"]] == [("evenements.0.donnees.etude_siret", "siret")]
    assert autre not in refus.text
    saisine = evenement("CcapexSaisie", "2026-10-15", etude_siret=autre, ref_acte="S-1")
    sien = await monde.ouvrir("bailleur", nom="AUTRE", id_rpls=rpls(42))
    assert (await monde.contribuer(sien, "bailleur", "ACTE_EMISSION", saisine)).status_code == 201


def test_chaque_acte_du_catalogue_a_son_code() -> None:
    actes = {cls for cls in catalogue().values() if issubclass(cls, Acte)}
    assert len({cls.CODE for cls in actes}) == len(actes) >= 13
    assert set(ACTES.values()) == {cls for cls in actes if cls.DANS_EXPLOC}
    assert len(ACTES) == 11


@pytest.fixture
async def lointaine(monde: Monde) -> str:
    """A prefecture of elsewhere, for which acts are imported: that is its only link."""
    code, siret = "comex-lointaine", ETUDE
    with administrer(monde.bases.registre_url, PAR, SCHEMA) as registre:
        inscrire_partenaire(
            registre,
            Partenaire(
                code, siret, "Préfecture", "PREFECTURE_CFP", FINALITES["PREFECTURE_CFP"], "communes", ("93001",), ()
            ),
        )
        rattacher_client(registre, f"client-{code}", code)
        habiliter(registre, habilitation(code, "lointaine", "PREFECTURE_CFP"))
    return code


async def test_qui_n_est_lie_que_par_des_actes_importes_lit_sa_part_par_son_identifiant(
    monde: Monde, lointaine: str
) -> None:
    requis = rangee(**MENAGE, type_acte="CFP_REQUIS", ref_acte="R-1", date_acte="20/10/2026")
    await importer(monde, RANGEE, requis)
    await monde.projeter()

    async def appeler(chemin: str, qui: str = lointaine, agent: str = "lointaine") -> httpx.Response:
        entetes = {"Authorization": f"Bearer {monde.jeton(qui, agent)}", "Finalite": "CFP_INSTRUCTION"}
        return await monde.client.get(chemin, headers=entetes)

    [ligne] = (await appeler("/v1/vues/comex", "comex", AGENTS["comex"])).json()["dossiers"]
    assert (await appeler(f"/v1/vues/comex/{ligne['dossier']}")).status_code == 200
    # A worklist has the rows of who told under its own code: of what was brought on its behalf, it has none.
    assert (await appeler("/v1/vues/comex")).json()["dossiers"] == []
