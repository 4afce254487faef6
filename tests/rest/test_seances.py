"""Sessions by the API: who convenes them, who knows of them, what their agendas show, and to whom."""

import asyncio
from collections.abc import Callable
from datetime import date
from typing import Any, Final
from uuid import UUID, uuid4

import httpx2 as httpx
import psycopg
import pytest
from psycopg import errors
from psycopg.types.json import Jsonb

from adapters.demo.departement import siret
from adapters.registre.administration import (
    administrer,
    consulter,
    convoquer,
    habiliter,
    inscrire_partenaire,
    rattacher_client,
)
from adapters.registre.instantane import Instantane, Partenaire, Seance
from tests.bases import AUJOURD_HUI, SCHEMA
from tests.monde import FINALITES, PAR, Monde, evenement, habilitation, rpls
from tests.rest.peuple import relire
from tests.rest.test_attaques_etranger import octets
from tests.rest.test_attaques_registre import UNE_SEANCE
from tests.rest.test_registre import commander_de

CLIL: Final = ("clil", "CLIL_EXAMEN")
CAF: Final = ("caf", "CLIL_EXAMEN")
LE: Final = "2026-12-15"
CORPS: Final = {"instance": "clil-bobigny", "le": LE, "heure": "09:30", "salle": "Mairie"}
SEANCES: Final = "/v1/seances"


def registre(monde: Monde) -> Instantane:
    with administrer(monde.bases.registre_url, PAR, SCHEMA) as connexion:
        return consulter(connexion)


async def convoquee(monde: Monde, qui: tuple[str, str] = CLIL, **plus: Any) -> str:
    recu = await monde.post(SEANCES, *qui, CORPS | plus)
    assert recu.status_code == 201, recu.text
    return str(recu.json()["seance"])


async def lire(monde: Monde, seance: str, qui: tuple[str, str] = CLIL, **plus: Any) -> httpx.Response:
    return await monde.get(f"{SEANCES}/{seance}", *qui, **plus)


async def lues(monde: Monde, qui: tuple[str, str] = CLIL, **params: str) -> list[str]:
    recu = await monde.get(SEANCES, *qui, params=params)
    assert recu.status_code == 200, recu.text
    return [seance["seance"] for seance in recu.json()["seances"]]


async def dire(monde: Monde, dossier: str, qui: tuple[str, str], *faits: dict[str, Any]) -> None:
    recu = await monde.contribuer(dossier, *qui, *faits)
    assert recu.status_code == 201, recu.text


def inscription(seance: str, le: str = LE, **plus: Any) -> dict[str, Any]:
    return evenement("InstanceInscrite", instance="CLIL", seance=seance, seance_le=le, **plus)


def passer_au(monde: Monde, le: date) -> None:
    monde.gate.aujourd_hui = monde.gate.ledger._aujourd_hui = lambda: le


# who convenes ----------------------------------------------------------------------------------------------------


async def test_un_secretariat_convoque_et_ceux_qui_y_siegent_le_savent(monde: Monde) -> None:
    seance = await convoquee(monde, deliberatifs=["caf"], consultatifs=["bailleur"])
    lu = (await lire(monde, seance)).json()["seance"]
    assert (lu["le"], lu["heure"], lu["salle"], lu["etat"], lu["votre_place"]) == (
        LE, "09:30", "Mairie", "convoquee", "secretariat",
    )  # fmt: skip
    assert (lu["instance"], lu["genre"], lu["lieux"]) == ("clil-bobigny", "CLIL", ["commune:93008"])
    assert [(s["partenaire"], s["voix"], s["presence"]) for s in lu["sieges"]] == [
        ("bailleur", "consultative", None),
        ("caf", "deliberative", None),
    ]
    for qui in (CLIL, CAF, ("bailleur", "CLIL_EXAMEN")):
        assert await lues(monde, qui) == [seance]
    assert await lues(monde, ("ailleurs", "CLIL_EXAMEN")) == []
    assert (await lire(monde, seance, CAF)).json()["seance"]["votre_place"] == "deliberative"


async def test_la_convocation_laisse_sa_ligne_dans_la_meme_transaction_et_sans_la_salle(monde: Monde) -> None:
    trace = uuid4().hex
    entetes = {"traceparent": f"00-{trace}-{trace[:16]}-01"}
    recu = await monde.post(SEANCES, *CLIL, CORPS, headers=entetes)
    [ligne] = [x for x in await monde.journal() if x["trace"] == trace]
    assert (ligne["organisation"], ligne["agent"], ligne["action"], ligne["finalite"], ligne["motif"]) == (
        "clil", "secretaire", "convoquer", "CLIL_EXAMEN", "seances insert",
    )  # fmt: skip
    assert (ligne["apres"]["id"], ligne["apres"]["seance_le"]) == (recu.json()["seance"], LE)
    assert "Mairie" not in str(ligne)
    assert ligne["revision"]


async def test_envoyee_deux_fois_elle_est_convoquee_une_fois(monde: Monde) -> None:
    cle = {"Idempotency-Key": "une-seule"}
    recus = [await monde.post(SEANCES, *CLIL, CORPS, headers=cle) for _ in range(2)]
    assert [r.status_code for r in recus] == [201, 201]
    assert recus[0].json() == recus[1].json()
    seance = recus[0].json()["seance"]
    deplacee = await monde.post(f"{SEANCES}/{seance}/changement", *CLIL, {"le": "2026-12-16"})
    assert deplacee.status_code == 201
    encore = await monde.post(SEANCES, *CLIL, CORPS, headers=cle)
    assert (encore.status_code, encore.json()) == (201, recus[0].json())
    assert (await lire(monde, seance)).json()["seance"]["le"] == "2026-12-16"
    autre = await monde.post(SEANCES, *CLIL, CORPS | {"le": "2026-12-17"}, headers=cle)
    assert (autre.status_code, autre.json()["code"]) == (409, "cle_reutilisee")
    assert await lues(monde) == [seance]


async def test_nul_autre_que_son_secretariat_ne_convoque_une_instance(monde: Monde) -> None:
    """Another's body and one that is nowhere are the same bytes: which bodies there are is not asked here."""
    for qui in (("ailleurs", "CLIL_EXAMEN"), ("ccapex", "CCAPEX_ADMINISTRATIVE"), ("comex", "CFP_INSTRUCTION")):
        refus = [await monde.post(SEANCES, *qui, CORPS | {"instance": nom}) for nom in ("clil-bobigny", "clil-nulle")]
        assert octets(refus[0]) == octets(refus[1])
        assert (refus[0].status_code, refus[0].json()["code"]) == (403, "AUTRE_COMMISSION"), qui
    for qui in (CAF, ("bailleur", "CLIL_EXAMEN"), ("dpo", "CONTROLE")):
        refuse = await monde.post(SEANCES, *qui, CORPS)
        assert (refuse.status_code, refuse.json()["code"]) == (403, "ACTION_NON_ACCORDEE"), qui
    assert await lues(monde) == []
    motifs = [x["motif"] for x in await monde.journal() if x["action"] == "convoquer"]
    assert sorted(motifs) == ["ACTION_NON_ACCORDEE"] * 3 + ["AUTRE_COMMISSION"] * 6


async def test_une_machine_ne_convoque_pas(monde: Monde) -> None:
    """Who seats others opens cases to them: a person proves that it did."""
    entetes = {"Authorization": f"Bearer {monde.jeton('clil', None)}", "Finalite": "CLIL_EXAMEN", "Agent": "secretaire"}
    refus = await monde.client.post(SEANCES, json=CORPS, headers=entetes | {"Idempotency-Key": "x"})
    assert (refus.status_code, refus.json()["code"]) == (403, "JETON_PERSONNEL_REQUIS")
    assert (await monde.client.get(SEANCES, headers=entetes)).status_code == 200


async def test_la_saisie_dit_le_champ_et_le_remede_et_laisse_une_ligne(monde: Monde) -> None:
    commander_de(monde.bases)("instances clore clil-bobigny --le 2026-12-10")
    seance = await convoquee(monde, le="2026-12-10")
    fautes = (
        ({"le": "2026-12-15"}, "instance", "aucune instance de ce genre"),
        ({"le": "2026-10-01"}, "le", "se tient après sa convocation"),
        ({"le": "2036-10-01"}, "le", "donnez un jour entre"),
        ({"le": "2026-12-10", "deliberatifs": ["caf"], "suppleants": ["caf"]}, "deliberatifs", "un seul siège"),
        ({"le": "2026-12-10", "deliberatifs": ["inconnu"]}, "partenaire", "aucun partenaire de ce code"),
        ({"le": "2026-12-10", "heure": "25:00"}, "heure", "pas valable"),
        ({"le": "2026-12-10", "salle": "2 55 08 14 168 025 38"}, "salle", "NIR"),
        ({"le": "hier"}, "le", "AAAA-MM-JJ"),
        ({"le": "2026-12-10", "deliberatifs": [f"p{n}" for n in range(61)]}, "deliberatifs", "trop longue"),
    )
    for plus, champ, dit in fautes:
        refus = await monde.post(SEANCES, *CLIL, CORPS | plus)
        [faute] = refus.json()["champs"]
        assert (refus.status_code, faute["champ"]) == (422, champ), refus.text
        assert dit in faute["message"]
        assert "168" not in refus.text
    rien = await monde.post(f"{SEANCES}/{seance}/changement", *CLIL, {})
    assert rien.status_code == 422
    lignes = [x for x in await monde.journal() if (x["action"], x["issue"]) == ("convoquer", "refuse")]
    assert [x["motif"] for x in lignes] == ["saisie"] * (len(fautes) + 1)


async def test_deplacee_ou_annulee_elle_n_ouvre_plus_les_memes_jours(monde: Monde) -> None:
    dossier = await monde.ouvrir()
    await monde.proposer(dossier)
    seance = await convoquee(monde, deliberatifs=["caf"])
    await dire(monde, dossier, CLIL, inscription(seance))
    assert (await monde.get(f"/v1/dossiers/{dossier}", *CAF)).status_code == 200
    recu = await monde.post(f"{SEANCES}/{seance}/changement", *CLIL, {"le": "2026-11-10", "heure": "14:00"})
    assert recu.status_code == 201, recu.text
    passer_au(monde, date(2026, 11, 11))
    assert (await monde.get(f"/v1/dossiers/{dossier}", *CAF)).status_code == 404
    passer_au(monde, AUJOURD_HUI)
    assert (await monde.get(f"/v1/dossiers/{dossier}", *CAF)).status_code == 200
    assert (await monde.post(f"{SEANCES}/{seance}/changement", *CLIL, {"annulee": True})).status_code == 201
    assert (await monde.get(f"/v1/dossiers/{dossier}", *CAF)).status_code == 404
    assert (await lire(monde, seance, CAF)).json()["seance"]["etat"] == "annulee"
    refus = await monde.post(f"{SEANCES}/{seance}/changement", *CLIL, {"le": "2026-12-20"})
    assert (refus.status_code, "annulée" in refus.text) == (422, True)


async def test_deux_secretaires_a_la_fois_ne_s_effacent_rien(monde: Monde) -> None:
    """Each says what it changes; the database, under its lock, what stays."""
    seance = await convoquee(monde)
    changements = ({"heure": "14:00"}, {"salle": "Annexe"}, {"le": "2026-12-16"}, {"deliberatifs": ["caf"]})
    recus = await asyncio.gather(*(monde.post(f"{SEANCES}/{seance}/changement", *CLIL, dit) for dit in changements * 3))
    assert {r.status_code for r in recus} == {201}
    lu = (await lire(monde, seance)).json()["seance"]
    assert (lu["heure"], lu["salle"], lu["le"], len(lu["sieges"])) == ("14:00", "Annexe", "2026-12-16", 1)


# who knows of it -------------------------------------------------------------------------------------------------


async def test_la_seance_des_autres_repond_comme_celle_qui_n_existe_pas(
    monde: Monde, compter: Callable[[str, int], None]
) -> None:
    seance, inconnue, compares = await convoquee(monde, deliberatifs=["caf"]), str(uuid4()), 0
    etrangers = (
        ("ailleurs", "CLIL_EXAMEN"),
        ("bailleur", "CLIL_EXAMEN"),
        ("bailleur", "RELOGEMENT"),
        ("ssd", "CLIL_EXAMEN"),
        ("ccapex", "CCAPEX_ADMINISTRATIVE"),
        ("comex", "CFP_INSTRUCTION"),
        ("dpo", "CONTROLE"),
    )
    for qui in etrangers:
        for methode, suffixe, corps in (
            ("GET", "", None),
            ("POST", "/changement", {"le": "2026-12-20"}),
            ("POST", "/changement", {"le": "hier"}),
            ("POST", "/tenue", {"quorum": "sans_objet"}),
            ("POST", "/tenue", {}),
        ):
            recus = []
            for nom in (seance, inconnue):
                adresse, entetes = f"{SEANCES}/{nom}{suffixe}", monde.entetes(*qui)
                recus.append(await monde.client.request(methode, adresse, json=corps, headers=entetes))
            assert octets(recus[0]) == octets(recus[1])
            assert recus[0].status_code in {403, 404}, (qui, recus[0].text)
            compares += 1
    assert (await lire(monde, seance, ("ailleurs", "CLIL_EXAMEN"))).status_code == 404
    compter("demandes d'un étranger sur une séance, mêmes octets qu'elle existe ou non", compares)


async def test_qui_siege_n_en_sait_rien_avant_la_convocation(monde: Monde) -> None:
    with administrer(monde.bases.registre_url, PAR, SCHEMA) as connexion:
        prevue = Seance(
            UUID(int=5), "CLIL", "instance:clil-bobigny", date(2026, 11, 20), date(2026, 12, 15),
            deliberatifs=["caf"], consultatifs=[], suppleants=[],
        )  # fmt: skip
        convoquer(connexion, prevue)
    seance = str(prevue.id)
    inconnue = await lire(monde, str(uuid4()), CAF)
    assert octets(await lire(monde, seance, CAF)) == octets(inconnue)
    assert (await lues(monde, CAF), await lues(monde)) == ([], [seance])
    assert (await lire(monde, seance)).json()["seance"]["etat"] == "prevue"
    passer_au(monde, date(2026, 11, 20))
    assert await lues(monde, CAF) == [seance]


async def test_qui_siege_ne_change_rien_a_la_seance(monde: Monde) -> None:
    """Another secretariat, convened to it: its role convenes, but not this body."""
    seance = await convoquee(monde, deliberatifs=["ailleurs"])
    for suffixe, corps in (("changement", {"le": "2026-12-20"}), ("tenue", {"quorum": "sans_objet"})):
        refus = await monde.post(f"{SEANCES}/{seance}/{suffixe}", "ailleurs", "CLIL_EXAMEN", corps)
        assert (refus.status_code, refus.json()["code"]) == (403, "AUTRE_COMMISSION")


async def test_a_une_autre_finalite_les_seances_d_une_commission_ne_se_lisent_pas(monde: Monde) -> None:
    seance = await convoquee(monde, deliberatifs=["caf"])
    assert await lues(monde, ("caf", "AIDE_INSTRUCTION")) == []
    refus = await lire(monde, seance, ("caf", "AIDE_INSTRUCTION"))
    assert (refus.status_code, refus.json()["code"]) == (403, "VUE_NON_ACCORDEE")


# where it is stored ----------------------------------------------------------------------------------------------


async def test_le_role_de_l_application_ne_dit_rien_d_autre_que_ce_qu_un_secretariat_peut_dire(monde: Monde) -> None:
    """Whoever holds its password: no table, no other organisation's body, nobody's name."""
    seance = await convoquee(monde)
    tenir = "SELECT registre_tenir(%s, '{}', %s, %s, %s::jsonb)"
    bobigny, la = "instance:clil-bobigny", {"id": seance}
    seul, personne = "Seul le secrétariat", "habilitation en vigueur"

    def neuve(lieu: str = bobigny) -> dict[str, str]:
        dates = {"convoquee_le": "2026-11-02", "seance_le": "2026-12-15"}
        return {"id": str(uuid4()), "instance": "CLIL", "lieu": lieu, **dates}

    essais: tuple[tuple[str, str, bool, dict[str, str], str], ...] = (
        ("ailleurs/lointaine", "seances", True, neuve(), seul),
        ("clil/inconnu", "seances", True, neuve(), personne),
        ("clil", "seances", True, neuve(), "Dites qui change"),
        ("clil/secretaire", "seances", True, neuve("commune:93008"), seul),
        ("clil/secretaire", "seances", True, neuve("instance:ccapex-93"), seul),
        ("clil/secretaire", "seances", False, neuve(), seul),
        ("ailleurs/lointaine", "seances", False, la | {"seance_le": "2026-12-16"}, seul),
        ("ccapex/instructrice", "seances", False, la | {"annulee_le": "2026-11-02"}, seul),
        ("clil/secretaire", "seances", False, la | {"lieu": "instance:ccapex-93"}, seul),
        ("clil/secretaire", "seances", False, la | {"instance": "CCAPEX"}, "« lieu »"),
        ("clil/secretaire", "partenaires", True, neuve() | {"code": "x"}, seul),
        ("clil/secretaire", "habilitations", False, la | {"agent": "x"}, seul),
        ("clil/secretaire", "tenues", False, {"seance": str(uuid4()), "quorum": "sans_objet"}, seul),
    )
    gestes = (
        UNE_SEANCE,
        "UPDATE seances SET seance_le = '2026-12-16'",
        "UPDATE tenues SET quorum = 'atteint'",
        "DELETE FROM instances",
        "INSERT INTO instances SELECT * FROM instances",
        "INSERT INTO tenues (seance) SELECT gen_random_uuid()",
        "DO $$ BEGIN LOCK TABLE verrou_du_registre IN EXCLUSIVE MODE; END $$",
    )
    with psycopg.connect(monde.bases.api_url, autocommit=True, options=f"-c search_path={SCHEMA}") as api:
        for qui, table, est_neuve, dit, motif in essais:
            with pytest.raises(errors.RaiseException, match=motif):
                api.execute(tenir, (qui, table, est_neuve, Jsonb(dit)))
        for geste in gestes:
            with pytest.raises(errors.InsufficientPrivilege):
                api.execute(geste.encode())
    for url in (monde.bases.registre_url, monde.bases.projecteur_url):
        with (
            psycopg.connect(url, options=f"-c search_path={SCHEMA}") as autre,
            pytest.raises(errors.InsufficientPrivilege),
        ):
            autre.execute(tenir, ("clil/secretaire", "seances", True, Jsonb(neuve())))
    connues = registre(monde)
    assert connues.seances[UUID(seance)].seance_le == date(2026, 12, 15)
    assert [s for s in connues.seances.values() if s.lieu == bobigny] == [connues.seances[UUID(seance)]]


async def test_qui_tient_le_registre_ne_choisit_pas_ce_que_le_journal_en_dit(monde: Monde) -> None:
    """What the application says of its request, it alone may say."""
    options = f"-c search_path={SCHEMA} -c unefois.agent={PAR}"
    with psycopg.connect(monde.bases.registre_url, autocommit=True, options=options) as connexion:
        connexion.execute("""SET unefois.ligne = '{"action": "lire", "trace": "la mienne", "finalite": "x"}'""")
        connexion.execute("INSERT INTO clients (client_id, partenaire) VALUES ('neuf', 'caf')")
    ligne = (await monde.journal(1))[0]
    assert (ligne["action"], ligne["finalite"], ligne["trace"]) == ("administrer", "CONTROLE", "")


# how it was held -------------------------------------------------------------------------------------------------


async def test_une_seance_se_dit_tenue_siege_par_siege_et_ne_change_plus(monde: Monde) -> None:
    sieges: dict[str, Any] = {"deliberatifs": ["caf", "ssd"], "consultatifs": ["bailleur"], "suppleants": ["voisin"]}
    seance = await convoquee(monde, le=AUJOURD_HUI.isoformat(), **sieges)
    chemin = f"{SEANCES}/{seance}/tenue"
    compte = {
        "presents": ["caf", "bailleur"],
        "excuses": ["ssd"],
        "quorum": "atteint",
        "quorum_ref": "décret 2015-1384 art. 7",
    }
    for faux, champ in (
        (compte | {"excuses": []}, "presents"),
        (compte | {"absents": ["ssd"]}, "presents"),
        (compte | {"absents": ["etude"]}, "presents"),
        (compte | {"quorum_ref": None}, "quorum"),
        (compte | {"quorum": "sans_objet"}, "quorum"),
        (compte | {"quorum_ref": "parce que M. Leroy l'a dit"}, "quorum_ref"),
    ):
        refus = await monde.post(chemin, *CLIL, faux)
        assert (refus.status_code, refus.json()["champs"][0]["champ"]) == (422, champ), refus.text
    assert (await monde.post(chemin, *CLIL, compte | {"quorum": "non_atteint"})).status_code == 201
    assert (await monde.post(chemin, *CLIL, compte)).status_code == 201  # said again, the last word holds
    for qui in (CLIL, CAF):
        lu = (await lire(monde, seance, qui)).json()["seance"]
        assert (lu["etat"], lu["quorum"], lu["quorum_ref"]) == ("tenue", "atteint", "décret 2015-1384 art. 7")
        assert {s["partenaire"]: s["presence"] for s in lu["sieges"]} == {
            "caf": "present", "bailleur": "present", "ssd": "excuse", "voisin": None,
        }  # fmt: skip
    for dit in ({"le": "2026-12-20"}, {"annulee": True}):
        refus = await monde.post(f"{SEANCES}/{seance}/changement", *CLIL, dit)
        assert (refus.status_code, "a été tenue" in refus.text) == (422, True)


async def test_une_seance_a_venir_ne_se_dit_pas_tenue(monde: Monde) -> None:
    seance = await convoquee(monde, le="2027-12-15", deliberatifs=["caf"])
    refus = await monde.post(f"{SEANCES}/{seance}/tenue", *CLIL, {"presents": ["caf"], "quorum": "sans_objet"})
    assert (refus.status_code, "une fois ce jour venu" in refus.text) == (422, True)


async def test_un_suppleant_ne_lit_rien_avant_d_etre_appele(monde: Monde) -> None:
    dossier = await monde.ouvrir()
    await monde.proposer(dossier)
    seance = await convoquee(monde, deliberatifs=["ssd"], suppleants=["caf"])
    await dire(monde, dossier, CLIL, inscription(seance))
    await monde.projeter()
    lu = (await lire(monde, seance, CAF)).json()
    assert (lu["seance"]["votre_place"], lu["dossiers"]) == ("suppleant", [])
    assert (await monde.get(f"/v1/dossiers/{dossier}", *CAF)).status_code == 404
    appele = await monde.post(
        f"{SEANCES}/{seance}/changement", *CLIL, {"deliberatifs": ["caf"], "suppleants": [], "consultatifs": []}
    )
    assert appele.status_code == 201, appele.text
    assert [d["dossier"] for d in (await lire(monde, seance, CAF)).json()["dossiers"]] == [dossier]
    assert (await monde.get(f"/v1/dossiers/{dossier}", *CAF)).status_code == 200
    assert (await monde.get(f"/v1/dossiers/{dossier}", "ssd", "CLIL_EXAMEN")).status_code == 404


# its agenda ------------------------------------------------------------------------------------------------------


async def dossiers_proposes(monde: Monde, combien: int) -> list[str]:
    ouverts = []
    for n in range(combien):
        ouverts.append(await monde.ouvrir("ssd", nom=f"NOM {'ABCDEFGH'[n]}", id_rpls=rpls(30 + n)))
        await monde.proposer(ouverts[-1])
    return ouverts


async def test_l_ordre_du_jour_montre_au_secretariat_ou_en_est_chaque_dossier(monde: Monde) -> None:
    inscrit, premier, reporte, retire, propose, ecarte = await dossiers_proposes(monde, 6)
    seance, suivante = await convoquee(monde, deliberatifs=["caf"]), await convoquee(monde, le="2026-12-20")
    await dire(monde, inscrit, CLIL, inscription(seance))
    await dire(monde, premier, CLIL, inscription(seance, rang=1))
    await dire(monde, reporte, CLIL, inscription(seance))
    await dire(monde, retire, CLIL, inscription(seance))
    vers = {"reporte_a": suivante, "reporte_au": "2026-12-20", "motif": "DOSSIER_INCOMPLET"}
    await dire(monde, reporte, CLIL, evenement("InscriptionReportee", instance="CLIL", seance=seance, **vers))
    retrait = evenement("InscriptionRetiree", instance="CLIL", seance=seance, motif="SITUATION_REGLEE")
    await dire(monde, retire, CLIL, retrait)
    await dire(monde, ecarte, CLIL, evenement("PropositionEcartee", instance="CLIL", motif="SUIVI_EN_COURS"))
    await monde.projeter()
    lu = (await lire(monde, seance)).json()
    assert [(d["dossier"], d["inscription"], d["rang"]) for d in lu["dossiers"]] == [
        (premier, "INSCRIT", 1),
        (inscrit, "INSCRIT", None),
        (reporte, "REPORTE", None),
        (retire, "RETIRE", None),
        (propose, "PROPOSE", None),
    ]
    assert lu["dossiers"][0]["intitule"] == "Fatou NOM B"
    lu = (await lire(monde, suivante)).json()
    assert [(d["dossier"], d["inscription"]) for d in lu["dossiers"]] == [(reporte, "INSCRIT"), (propose, "PROPOSE")]
    lignes = [x for x in await monde.journal() if x["action"] == "sieger"][: 1 + 2]
    assert {(str(x["dossier"]) if x["dossier"] else "") for x in lignes} == {"", reporte, propose}
    assert all(x["groupes_montres"] for x in lignes if x["dossier"])


async def test_qui_siege_ne_voit_que_ce_qui_est_inscrit_et_jusqu_a_la_seance(monde: Monde) -> None:
    inscrit, quitte, propose = await dossiers_proposes(monde, 3)
    seance = await convoquee(monde, deliberatifs=["caf"], consultatifs=["bailleur", "voisin"])
    for dossier in (inscrit, quitte):
        await dire(monde, dossier, CLIL, inscription(seance, rang=2))
    retrait = evenement("InscriptionRetiree", instance="CLIL", seance=seance, motif="ERREUR")
    await dire(monde, quitte, CLIL, retrait)
    await monde.projeter()
    attendus = {"caf": [inscrit], "bailleur": [inscrit], "voisin": []}
    for qui, dossiers in attendus.items():
        lu = (await lire(monde, seance, (qui, "CLIL_EXAMEN"))).json()
        assert [d["dossier"] for d in lu["dossiers"]] == dossiers, qui
        assert propose not in str(lu)
    assert (await monde.get(f"/v1/dossiers/{quitte}", *CAF)).status_code == 404
    passer_au(monde, date(2026, 12, 16))
    for qui in attendus:
        lu = (await lire(monde, seance, (qui, "CLIL_EXAMEN"))).json()
        assert (lu["seance"]["etat"], lu["dossiers"]) == ("passee", [])


async def test_le_secretariat_change_l_ordre_du_jour_en_corrigeant_un_rang(monde: Monde) -> None:
    premier, second = await dossiers_proposes(monde, 2)
    seance = await convoquee(monde)
    await dire(monde, premier, CLIL, inscription(seance, rang=1))
    await dire(monde, second, CLIL, inscription(seance, rang=2))
    lu = (await monde.get(f"/v1/dossiers/{premier}", *CLIL)).json()
    [inscrit] = [f["id"] for f in lu["faits"] if f["type"] == "InstanceInscrite"]
    await dire(monde, premier, CLIL, inscription(seance, rang=3) | {"corrige": inscrit})
    await monde.projeter()
    lus = (await lire(monde, seance)).json()["dossiers"]
    assert [(d["dossier"], d["rang"]) for d in lus] == [(second, 2), (premier, 3)]


CCAPEX: Final = ("ccapex", "CCAPEX_INSTRUCTION")


async def dossiers_saisis(monde: Monde, combien: int, depuis: int = 30) -> list[str]:
    ouverts = []
    for n in range(combien):
        ouverts.append(await monde.ouvrir("bailleur", nom=f"NOM {'ABCDEFGH'[n]}", id_rpls=rpls(depuis + n)))
        await dire(monde, ouverts[-1], ("bailleur", "ACTE_EMISSION"), saisine("2026-10-12"))
    return ouverts


def saisine(le: str) -> dict[str, Any]:
    return evenement("CcapexSaisie", le, saisissant="BAILLEUR")


async def proposes(monde: Monde, seance: str, qui: tuple[str, str] = CCAPEX) -> dict[str, str | None]:
    """What an agenda has as proposed, and since when."""
    await monde.projeter()
    lu = (await lire(monde, seance, qui)).json()
    return {d["dossier"]: d["propose_le"] for d in lu["dossiers"] if d["inscription"] == "PROPOSE"}


async def test_ce_dont_la_ccapex_est_saisie_lui_est_propose_jusqu_a_ce_qu_elle_reponde(monde: Monde) -> None:
    """Loi 90-449 art. 7-2: it is seized. Listed, examined or closed, a saisine waits no more; told again, it does."""
    attend, inscrit, retire, clos, examine, signale = await dossiers_saisis(monde, 5) + [
        await monde.ouvrir("bailleur", nom="SIGNALE", id_rpls=rpls(40))
    ]
    commandement = evenement("CommandementPayerSignifie", "2026-10-12")
    await dire(monde, signale, ("ccapex", "CCAPEX_ADMINISTRATIVE"), commandement)
    seance = await convoquee(monde, CCAPEX, instance="ccapex-93")
    le, jour = {"instance": "CCAPEX", "seance": seance, "seance_le": LE}, AUJOURD_HUI.isoformat()
    du_jour = await convoquee(monde, CCAPEX, instance="ccapex-93", le=jour)
    tous = dict.fromkeys((attend, inscrit, retire, clos, examine), "2026-10-12")
    assert await proposes(monde, seance) == tous
    for dossier in (inscrit, retire):
        await dire(monde, dossier, CCAPEX, evenement("InstanceInscrite", **le))
    await dire(monde, examine, CCAPEX, evenement("InstanceInscrite", **{**le, "seance": du_jour, "seance_le": jour}))
    await dire(monde, retire, CCAPEX, evenement("InscriptionRetiree", instance="CCAPEX", seance=seance, motif="ERREUR"))
    await dire(monde, clos, CCAPEX, evenement("SaisineClose", motif="DETTE_SOLDEE"))
    await dire(monde, examine, CCAPEX, evenement("DossierExamine", jour, instance="CCAPEX"))
    assert await proposes(monde, seance) == {attend: "2026-10-12"}
    autre = await convoquee(monde, CCAPEX, instance="ccapex-93", le="2026-12-20")
    await dire(monde, examine, ("bailleur", "ACTE_EMISSION"), saisine("2026-11-01"))
    assert await proposes(monde, autre) == {attend: "2026-10-12", examine: "2026-11-01"}
    await dire(monde, clos, ("bailleur", "ACTE_EMISSION"), saisine("2026-11-02"))
    assert (await proposes(monde, autre))[clos] == "2026-11-02"
    lu = (await monde.get(f"/v1/dossiers/{attend}", *CCAPEX)).json()
    [fait] = [f["id"] for f in lu["faits"] if f["type"] == "CcapexSaisie"]
    await dire(monde, attend, ("bailleur", "ACTE_EMISSION"), evenement("FaitCorrige", corrige=fait))
    assert attend not in await proposes(monde, autre)


async def test_qui_siege_a_la_ccapex_ne_lit_rien_de_ce_dont_elle_est_saisie_et_qui_attend(monde: Monde) -> None:
    """Neither the case nor how many there are: with them and without, the same bytes."""
    [inscrit] = await dossiers_saisis(monde, 1)
    with administrer(monde.bases.registre_url, PAR, SCHEMA) as connexion:
        role = "CCAPEX_MEMBRE"
        inscrire_partenaire(connexion, Partenaire("membre", siret(40), "Organisation membre", role, FINALITES[role]))
        rattacher_client(connexion, "client-membre", "membre")
        habiliter(connexion, habilitation("membre", "membre", role))
    seance = await convoquee(monde, CCAPEX, instance="ccapex-93", deliberatifs=["membre"])
    await dire(monde, inscrit, CCAPEX, evenement("InstanceInscrite", instance="CCAPEX", seance=seance, seance_le=LE))
    await monde.projeter()
    qui = ("membre", "CCAPEX_INSTRUCTION")
    sans = (await lire(monde, seance, qui, agent="membre")).json()["dossiers"]
    assert [d["dossier"] for d in sans] == [inscrit]
    await dossiers_saisis(monde, 2, 50)
    assert len(await proposes(monde, seance)) == len("ab")
    assert (await lire(monde, seance, qui, agent="membre")).json()["dossiers"] == sans


async def test_un_dossier_examine_ne_quitte_plus_l_ordre_du_jour(monde: Monde) -> None:
    """That of a session that was moved since it was listed, too."""
    [dossier] = await dossiers_proposes(monde, 1)
    le = AUJOURD_HUI.isoformat()
    seance, suivante = await convoquee(monde, le="2026-11-20"), await convoquee(monde)
    await dire(monde, dossier, CLIL, inscription(seance, "2026-11-20"))
    assert (await monde.post(f"{SEANCES}/{seance}/changement", *CLIL, {"le": le})).status_code == 201
    await dire(monde, dossier, CLIL, evenement("DossierExamine", le, instance="CLIL", seance=seance))
    await monde.projeter()
    assert [d["inscription"] for d in (await lire(monde, seance)).json()["dossiers"]] == ["EXAMINE"]
    vers = {"reporte_a": suivante, "reporte_au": LE, "motif": "SEANCE_CHARGEE"}
    for quitte in (
        evenement("InscriptionRetiree", instance="CLIL", seance=seance, motif="AUTRE"),
        evenement("InscriptionReportee", instance="CLIL", seance=seance, **vers),
    ):
        refus = await monde.contribuer(dossier, *CLIL, quitte)
        assert (refus.status_code, refus.json()["code"]) == (422, "deja_examine")


@pytest.mark.parametrize("fin", ["report", "retrait"])
async def test_reportee_ou_retiree_une_inscription_n_ouvre_plus_la_seance(monde: Monde, fin: str) -> None:
    """Until it is listed there again; and whoever sits at the other session reads it there alone."""
    [dossier] = await dossiers_proposes(monde, 1)
    seance = await convoquee(monde, deliberatifs=["caf"])
    suivante = await convoquee(monde, le="2026-12-20", deliberatifs=["ssd"])
    await dire(monde, dossier, CLIL, inscription(seance))
    assert (await monde.get(f"/v1/dossiers/{dossier}", *CAF)).status_code == 200
    vers = {"reporte_a": suivante, "reporte_au": "2026-12-20", "motif": "SEANCE_CHARGEE"}
    report = evenement("InscriptionReportee", instance="CLIL", seance=seance, **vers)
    retrait = evenement("InscriptionRetiree", instance="CLIL", seance=seance, motif="ERREUR")
    await dire(monde, dossier, CLIL, report if fin == "report" else retrait)
    await monde.projeter()
    assert (await monde.get(f"/v1/dossiers/{dossier}", *CAF)).status_code == 404
    assert (await monde.get("/v1/vues/clil", *CAF)).json()["dossiers"] == []
    lu = await monde.get(f"/v1/dossiers/{dossier}", "ssd", "CLIL_EXAMEN")
    assert lu.status_code == (200 if fin == "report" else 404)
    await dire(monde, dossier, CLIL, inscription(seance))
    assert (await monde.get(f"/v1/dossiers/{dossier}", *CAF)).status_code == 200


async def test_ce_qui_a_quitte_l_ordre_du_jour_n_y_est_plus_avant_meme_que_les_vues_suivent(monde: Monde) -> None:
    """To who sits at both sessions, and reads the case by the other one."""
    [dossier] = await dossiers_proposes(monde, 1)
    seance = await convoquee(monde, deliberatifs=["caf"])
    suivante = await convoquee(monde, le="2026-12-20", deliberatifs=["caf"])
    await dire(monde, dossier, CLIL, inscription(seance))
    await monde.projeter()
    vers = {"reporte_a": suivante, "reporte_au": "2026-12-20", "motif": "SEANCE_CHARGEE"}
    await dire(monde, dossier, CLIL, evenement("InscriptionReportee", instance="CLIL", seance=seance, **vers))
    assert (await monde.get(f"/v1/dossiers/{dossier}", *CAF)).status_code == 200
    assert (await lire(monde, seance, CAF)).json()["dossiers"] == []
    assert [d["inscription"] for d in (await lire(monde, seance)).json()["dossiers"]] == ["REPORTE"]


async def test_une_proposition_retiree_n_empeche_pas_de_retirer_l_inscription(monde: Monde) -> None:
    """Linked by its own words alone, a secretariat lists nothing more; what it listed, it can always take off."""
    [dossier] = await dossiers_proposes(monde, 1)
    seance, suivante = await convoquee(monde, deliberatifs=["caf"]), await convoquee(monde, le="2026-12-20")
    await dire(monde, dossier, CLIL, inscription(seance))
    lu = (await monde.get(f"/v1/dossiers/{dossier}", "ssd", "ACCOMPAGNEMENT")).json()
    [propose] = [f["id"] for f in lu["faits"] if f["type"] == "DossierPropose"]
    await dire(monde, dossier, ("ssd", "ACCOMPAGNEMENT"), evenement("FaitCorrige", corrige=propose))
    refus = await monde.contribuer(dossier, *CLIL, inscription(suivante, "2026-12-20"))
    assert (refus.status_code, refus.json()["code"]) == (403, "AUTRE_LIEN_REQUIS")
    assert (await monde.get(f"/v1/dossiers/{dossier}", *CAF)).status_code == 200
    await dire(monde, dossier, CLIL, evenement("InscriptionRetiree", instance="CLIL", seance=seance, motif="ERREUR"))
    assert (await monde.get(f"/v1/dossiers/{dossier}", *CAF)).status_code == 404


async def test_proposee_de_nouveau_apres_un_retrait_elle_attend_une_reponse(monde: Monde) -> None:
    [dossier] = await dossiers_proposes(monde, 1)
    seance = await convoquee(monde)
    await dire(monde, dossier, CLIL, inscription(seance))
    await dire(monde, dossier, CLIL, evenement("InscriptionRetiree", instance="CLIL", seance=seance, motif="ERREUR"))
    await monde.proposer(dossier)
    await monde.projeter()
    assert [d["inscription"] for d in (await lire(monde, seance)).json()["dossiers"]] == ["PROPOSE"]


async def test_on_ne_reporte_qu_a_une_seance_convoquee_de_sa_commission(monde: Monde) -> None:
    [dossier] = await dossiers_proposes(monde, 1)
    seance, annulee = await convoquee(monde), await convoquee(monde, le="2026-12-20")
    chez_un_autre = await convoquee(monde, ("ailleurs", "CLIL_EXAMEN"), instance="clil-aubervilliers", le="2026-12-20")
    assert (await monde.post(f"{SEANCES}/{annulee}/changement", *CLIL, {"annulee": True})).status_code == 201
    await dire(monde, dossier, CLIL, inscription(seance))

    async def reporter(vers: str, le: str) -> tuple[int, str]:
        dit = {"seance": seance, "reporte_a": vers, "reporte_au": le, "motif": "SEANCE_CHARGEE"}
        refus = await monde.contribuer(dossier, *CLIL, evenement("InscriptionReportee", instance="CLIL", **dit))
        corps = refus.json()
        return refus.status_code, corps["champs"][0]["champ"] if corps.get("champs") else corps["code"]

    assert await reporter(annulee, "2026-12-20") == (422, "evenements.0.donnees.reporte_a")
    assert await reporter(str(uuid4()), "2026-12-20") == (422, "evenements.0.donnees.reporte_a")
    assert await reporter(seance, LE) == (422, "evenements.0.donnees.reporte_a")
    assert await reporter(chez_un_autre, "2026-12-20") == (403, "AUTRE_COMMISSION")
    hors = await monde.contribuer(
        dossier, *CLIL, evenement("InscriptionRetiree", instance="CLIL", seance=annulee, motif="AUTRE")
    )
    assert (hors.status_code, hors.json()["code"]) == (422, "non_inscrit")


async def test_une_proposition_ecartee_est_dite_a_qui_proposait_et_n_ouvre_plus_rien(monde: Monde) -> None:
    [dossier] = await dossiers_proposes(monde, 1)
    ecart = evenement("PropositionEcartee", instance="CLIL", motif="AUTRE_COMMISSION")
    await dire(monde, dossier, CLIL, ecart)
    assert (await monde.get(f"/v1/dossiers/{dossier}", *CLIL)).status_code == 404
    lu = (await monde.get(f"/v1/dossiers/{dossier}", "ssd", "ACCOMPAGNEMENT")).json()
    [dit] = [f for f in lu["faits"] if f["type"] == "PropositionEcartee"]
    assert dit["champs"]["motif"] == "AUTRE_COMMISSION"
    await monde.projeter()
    assert (await monde.get("/v1/vues/clil", *CLIL)).json()["dossiers"] == []
    await monde.proposer(dossier)  # proposed again, it is before the commission again
    assert (await monde.get(f"/v1/dossiers/{dossier}", *CLIL)).status_code == 200
    seance = await convoquee(monde)
    await dire(monde, dossier, CLIL, inscription(seance))
    refus = await monde.contribuer(dossier, *CLIL, ecart)
    assert (refus.status_code, refus.json()["code"]) == (422, "sans_proposition")


async def test_l_ordre_du_jour_ne_propose_que_les_communes_de_l_instance(monde: Monde) -> None:
    """A secretariat of the whole département, which keeps the papers of two bodies."""
    ici = (await dossiers_proposes(monde, 1))[0]
    la = await monde.ouvrir(nom="LOIN", id_rpls=rpls(60), commune="93001")
    with administrer(monde.bases.registre_url, PAR, SCHEMA) as connexion:
        large = Partenaire(
            "ssd", siret(2), "SSD", "CD_TRAVAILLEUR_SOCIAL", FINALITES["CD_TRAVAILLEUR_SOCIAL"], "departement"
        )
        inscrire_partenaire(connexion, large)
    await monde.proposer(la)
    with administrer(monde.bases.registre_url, PAR, SCHEMA) as connexion:
        role = "CLIL_SECRETARIAT"
        clil = Partenaire("clil", siret(4), "CLIL", role, FINALITES[role], "communes", ("93008", "93001"))
        inscrire_partenaire(connexion, clil)
    await monde.projeter()
    seance = await convoquee(monde)
    assert [d["dossier"] for d in (await lire(monde, seance)).json()["dossiers"]] == [ici]
    assert {d["dossier"] for d in (await monde.get("/v1/vues/clil", *CLIL)).json()["dossiers"]} == {ici, la}


# pages and days --------------------------------------------------------------------------------------------------


async def test_les_seances_se_lisent_par_pages_et_par_jours(monde: Monde) -> None:
    jours = ["2026-12-20", "2026-12-10", "2026-12-15"]
    dites = {le: await convoquee(monde, le=le) for le in jours}
    ordre = [dites[le] for le in sorted(jours)]
    assert await lues(monde) == ordre
    assert await lues(monde, du="2026-12-11", au="2026-12-15") == [dites["2026-12-15"]]
    lus, suite = [], None
    while True:
        params = {"limite": "1"} | ({"apres": suite} if suite else {})
        page = (await monde.get(SEANCES, *CLIL, params=params)).json()
        lus += [seance["seance"] for seance in page["seances"]]
        suite = page["suivant"]
        if suite is None:
            break
    assert lus == ordre
    for params in ({"limite": "201"}, {"apres": str(uuid4())}, {"du": "hier"}, {"inconnu": "1"}):
        assert (await monde.get(SEANCES, *CLIL, params=params)).status_code == 400, params
    with administrer(monde.bases.registre_url, PAR, SCHEMA) as connexion:
        role = "CLIL_SECRETARIAT"
        inscrire_partenaire(connexion, Partenaire("vide", siret(90), "Vide", role, FINALITES[role], "aucun"))
        rattacher_client(connexion, "client-vide", "vide")
        habiliter(connexion, habilitation("vide", "agent", role))
    assert (await monde.get(SEANCES, "vide", "CLIL_EXAMEN", "agent")).json() == {"seances": [], "suivant": None}
    assert (await monde.journal(1))[0]["issue"] == "vide"


async def test_le_calendrier_dit_jour_par_jour_seances_audiences_et_suites(monde: Monde) -> None:
    ccapex = ("ccapex", "CCAPEX_ADMINISTRATIVE")
    dossier, autre = await monde.ouvrir(), await monde.ouvrir(nom="AUTRE", id_rpls=rpls(61))
    await monde.ouvrir("etude")
    audience = evenement("AssignationSignifiee", date_audience="2026-12-17", etude_siret="99920707900180")
    await dire(monde, dossier, ("etude", "ACTE_EMISSION"), audience)
    seance = await convoquee(monde, ccapex, instance="ccapex-93")
    tenue = {"instance": "CCAPEX", "seance": "00000000-0000-0000-0000-000000000001", "seance_le": "2026-10-20"}
    await dire(monde, autre, ccapex, evenement("InstanceInscrite", "2026-10-10", **tenue))
    recommandation = str(uuid4())
    dit = {"destinataire": "ssd", "categorie": "PLAN_APUREMENT", "echeance": "2026-12-18", "texte": "proposer un plan"}
    recommande = evenement("RecommandationEmise", "2026-10-20", recommandation=recommandation, instance="CCAPEX", **dit)
    await dire(monde, autre, ccapex, recommande)
    plus_tard = recommande | {
        "donnees": recommande["donnees"] | {"recommandation": str(uuid4()), "echeance": "2027-03-01"}
    }
    await dire(monde, autre, ccapex, plus_tard)
    await monde.projeter()
    chemin, jours = f"{SEANCES}/calendrier", {"du": "2026-12-01", "au": "2026-12-31"}

    async def vus(qui: tuple[str, str], **params: str) -> list[tuple[str, list[str], list[str], list[str]]]:
        recu = await monde.get(chemin, *qui, params=jours | params)
        assert recu.status_code == 200, recu.text
        return [
            (
                j["jour"],
                [s["seance"] for s in j["seances"]],
                [d["dossier"] for d in j["audiences"]],
                [d["dossier"] for d in j["suites"]],
            )
            for j in recu.json()["jours"]
        ]

    deja = "0199f1e2-7b1a-7000-8000-0000000000aa"  # a session of the département, of before there were bodies
    entier = [
        ("2026-12-10", [deja], [], []),
        (LE, [seance], [], []),
        ("2026-12-17", [], [dossier], []),
        ("2026-12-18", [], [], [autre]),
    ]
    assert await vus(ccapex) == entier
    assert await vus(ccapex, du="2026-12-17") == entier[2:]
    assert await vus(ccapex, au="2026-12-17") == entier[:3]
    lignes = [x for x in await monde.journal() if x["action"] == "sieger"]
    assert {str(x["dossier"]) for x in lignes if x["dossier"]} == {dossier, autre}
    assert await vus(("ccapex", "CCAPEX_INSTRUCTION")) == entier[:2]  # no saisine is open: no case is read at it
    assert await vus(("bailleur", "CLIL_EXAMEN")) == []
    suivie = evenement("RecommandationSuivie", "2026-10-25", recommandation=recommandation, statut="REALISEE")
    await dire(monde, autre, ccapex, suivie)
    await monde.projeter()
    assert await vus(ccapex) == entier[:3]
    for params in ({"au": "2026-11-30"}, {"au": "2027-02-01"}, {"du": "hier"}):
        refus = await monde.get(chemin, *ccapex, params=jours | params)
        assert refus.status_code == 400, params
    assert (await monde.get(chemin, *ccapex, params=jours | {"au": "2027-01-31"})).status_code == 200
    assert (await monde.get(chemin, *ccapex)).json()["au"] == "2027-01-02"


AUDIENCES: Final = ("2026-12-03", "2026-12-03", "2026-12-15", "2026-12-17")


async def test_un_calendrier_se_lit_par_pages_et_chacune_ne_laisse_que_ses_lignes(monde: Monde) -> None:
    """Whatever the length of its pages, it says what it says whole, once each, the first days first."""
    ccapex = ("ccapex", "CCAPEX_ADMINISTRATIVE")
    dossiers = [await monde.ouvrir(nom=f"N{n}", id_rpls=rpls(70 + n)) for n in range(len(AUDIENCES))]
    for n, (dossier, le) in enumerate(zip(dossiers, AUDIENCES, strict=True)):
        await monde.ouvrir("etude", nom=f"N{n}", id_rpls=rpls(70 + n))
        audience = evenement("AssignationSignifiee", date_audience=le, etude_siret="99920707900180")
        await dire(monde, dossier, ("etude", "ACTE_EMISSION"), audience)
    for heure in ("14:00", "09:00"):
        await convoquee(monde, ccapex, instance="ccapex-93", heure=heure)
    tenue = {"instance": "CCAPEX", "seance": "00000000-0000-0000-0000-000000000001", "seance_le": "2026-10-20"}
    await dire(monde, dossiers[0], ccapex, evenement("InstanceInscrite", "2026-10-10", **tenue))
    for echeance in ("2026-12-03", "2026-12-20"):
        dit = {"destinataire": "ssd", "categorie": "PLAN_APUREMENT", "echeance": echeance, "texte": "proposer un plan"}
        dit |= {"recommandation": str(uuid4()), "instance": "CCAPEX"}
        await dire(monde, dossiers[0], ccapex, evenement("RecommandationEmise", "2026-10-20", **dit))
    await monde.projeter()
    chemin, jours = f"{SEANCES}/calendrier", {"du": "2026-12-01", "au": "2026-12-31"}

    async def pages(**params: str) -> list[dict[str, Any]]:
        lues: list[dict[str, Any]] = []
        suite: dict[str, str] = {}
        while True:
            lue = await monde.get(chemin, *ccapex, params=jours | params | suite)
            assert lue.status_code == 200, lue.text
            lues.append(lue.json())
            if (suivant := lues[-1]["suivant"]) is None:
                return lues
            suite = {"apres": suivant}

    def choses(page: dict[str, Any]) -> list[tuple[str, str, str]]:
        cles = {"seances": "seance", "audiences": "dossier", "suites": "dossier", "evaluations": "dossier"}
        return [(j["jour"], quoi, d[cle]) for j in page["jours"] for quoi, cle in cles.items() for d in j[quoi]]

    [entier] = await pages()
    attendues = choses(entier)
    assert len(attendues) == len(AUDIENCES) + 2 + 2 + 1  # its own sessions, and that of the département
    assert [jour for jour, _, _ in attendues] == sorted(jour for jour, _, _ in attendues)
    du_trois = [(quoi, de) for jour, quoi, de in attendues if jour == "2026-12-03"]
    assert du_trois == [*(("audiences", d) for d in sorted(dossiers[:2])), ("suites", dossiers[0])]
    assert [s["heure"] for j in entier["jours"] if j["jour"] == LE for s in j["seances"]] == ["09:00", "14:00"]
    for limite in (1, 2, 3, 8):
        lues = await pages(limite=str(limite))
        assert [len(choses(page)) for page in lues[:-1]] == [limite] * (len(lues) - 1)
        suivies = [chose for page in lues for chose in choses(page)]
        assert sorted(suivies) == sorted(attendues)
        assert [jour for jour, _, _ in suivies] == [jour for jour, _, _ in attendues]
    avant = len(await monde.journal(10_000))
    premiere = (await monde.get(chemin, *ccapex, params=jours | {"limite": "1"})).json()
    lignes = (await monde.journal(10_000))[: len(await monde.journal(10_000)) - avant]
    assert {str(ligne["dossier"]) for ligne in lignes if ligne["dossier"]} == {choses(premiere)[0][2]}
    for faux in ("", "demain", "2026-12-03_dossiers_" + str(uuid4()), "2026-02-31_suites_" + str(uuid4())):
        refus = await monde.get(chemin, *ccapex, params=jours | {"apres": faux})
        assert refus.status_code == 400, faux
        assert "apres" in refus.json()["detail"]
    for fausse in ("0", "201", "x"):
        assert (await monde.get(chemin, *ccapex, params=jours | {"limite": fausse})).status_code == 400
    # A place is a place, whether or not something stands there that its reader knows of.
    avant_le_quinze = {"apres": f"2026-12-14_suites_{uuid4()}"}
    assert choses((await monde.get(chemin, *ccapex, params=jours | avant_le_quinze)).json()) == [
        chose for chose in attendues if chose[0] >= LE
    ]
    passe, futur = ({"apres": f"{le}_audiences_{uuid4()}"} for le in ("2020-01-01", "2099-01-01"))
    assert choses((await monde.get(chemin, *ccapex, params=jours | passe)).json()) == attendues
    assert choses((await monde.get(chemin, *ccapex, params=jours | futur)).json()) == []


async def test_deux_dossiers_lus_comme_un_tombent_une_fois_au_jour_qu_ils_montrent(monde: Monde) -> None:
    """Their last hearing, the follow-ups of each; on one line, whatever the length of the pages."""
    ccapex = ("ccapex", "CCAPEX_ADMINISTRATIVE")
    un, autre = await monde.ouvrir(), await monde.ouvrir(nom="AUTRE", id_rpls=rpls(61))
    await monde.ouvrir("etude")
    await monde.ouvrir("etude", nom="AUTRE", id_rpls=rpls(61))
    for dossier, audience_le, echeance in ((un, "2026-12-03", "2026-12-05"), (autre, "2026-12-17", "2026-12-06")):
        audience = evenement("AssignationSignifiee", date_audience=audience_le, etude_siret="99920707900180")
        await dire(monde, dossier, ("etude", "ACTE_EMISSION"), audience)
        dit = {"destinataire": "ssd", "categorie": "PLAN_APUREMENT", "echeance": echeance, "texte": "proposer un plan"}
        dit |= {"recommandation": str(uuid4()), "instance": "CCAPEX"}
        seance = {"instance": "CCAPEX", "seance": "00000000-0000-0000-0000-000000000001", "seance_le": "2026-10-20"}
        await dire(monde, dossier, ccapex, evenement("InstanceInscrite", "2026-10-10", **seance))
        await dire(monde, dossier, ccapex, evenement("RecommandationEmise", "2026-10-20", **dit))

    async def lu(**params: str) -> list[tuple[str, str, list[str]]]:
        await monde.projeter()
        lues: list[tuple[str, str, list[str]]] = []
        suite: dict[str, str] = {}
        while True:
            demande = {"du": "2026-12-01", "au": "2026-12-31"} | params | suite
            page = (await monde.get(f"{SEANCES}/calendrier", *ccapex, params=demande)).json()
            lues += [
                (jour["jour"], quoi, sorted([ligne["dossier"], *ligne.get("reunis", ())]))
                for jour in page["jours"]
                for quoi in ("audiences", "suites")
                for ligne in jour[quoi]
            ]
            if page["suivant"] is None:
                return lues
            suite = {"apres": page["suivant"]}

    assert await lu() == [
        ("2026-12-03", "audiences", [un]),
        ("2026-12-05", "suites", [un]),
        ("2026-12-06", "suites", [autre]),
        ("2026-12-17", "audiences", [autre]),
    ]
    await relire(monde, un, autre)
    ensemble = sorted([un, autre])
    attendu = [("2026-12-05", "suites", ensemble), ("2026-12-06", "suites", ensemble)]
    attendu.append(("2026-12-17", "audiences", ensemble))
    assert await lu() == attendu
    assert await lu(limite="1") == attendu


async def test_ce_qui_est_cache_ne_deplace_aucune_page_d_un_calendrier(monde: Monde) -> None:
    """At a purpose where a case is not read, its hearing fills no page: the same bytes, page by page, without it."""
    instruction = ("ccapex", "CCAPEX_INSTRUCTION")
    saisi = await monde.ouvrir()
    await monde.ouvrir("etude")
    visible = evenement("AssignationSignifiee", date_audience="2026-12-17", etude_siret="99920707900180")
    await dire(monde, saisi, ("etude", "ACTE_EMISSION"), visible)
    await dire(monde, saisi, ("ccapex", "CCAPEX_ADMINISTRATIVE"), saisine("2026-10-12"))
    await convoquee(monde, ("ccapex", "CCAPEX_ADMINISTRATIVE"), instance="ccapex-93")
    await monde.projeter()

    async def pages() -> list[tuple[int, bytes, list[tuple[str, str]]]]:
        lues: list[tuple[int, bytes, list[tuple[str, str]]]] = []
        suite: dict[str, str] = {}
        while True:
            params = {"du": "2026-12-01", "au": "2026-12-31", "limite": "1"} | suite
            lue = await monde.get(f"{SEANCES}/calendrier", *instruction, params=params)
            lues.append(octets(lue))
            if (suivant := lue.json()["suivant"]) is None:
                return lues
            suite = {"apres": suivant}

    avant = await pages()
    assert len(avant) == 3
    assert saisi.encode() in avant[-1][1]
    for n, le in enumerate(("2026-12-02", "2026-12-10", "2026-12-17", "2026-12-31")):
        cache = await monde.ouvrir(nom=f"CACHE{n}", id_rpls=rpls(80 + n))
        await monde.ouvrir("etude", nom=f"CACHE{n}", id_rpls=rpls(80 + n))
        dite = evenement("AssignationSignifiee", date_audience=le, etude_siret="99920707900180")
        await dire(monde, cache, ("etude", "ACTE_EMISSION"), dite)
    await monde.projeter()
    assert await pages() == avant


async def test_le_calendrier_dit_les_situations_a_evaluer_un_an_apres_jusqu_a_ce_qu_on_les_dise(monde: Monde) -> None:
    """On its day, come or to come: to the secretariat that examined, and to nobody else."""
    ccapex = ("ccapex", "CCAPEX_ADMINISTRATIVE")
    examines = {"2025-12-14": [await monde.ouvrir()], "2026-01-05": [await monde.ouvrir(nom="AUTRE", id_rpls=rpls(61))]}
    with administrer(monde.bases.registre_url, PAR, SCHEMA) as registre_:
        for rang, le in enumerate(examines):
            tenue = Seance(UUID(int=70 + rang), "CCAPEX", "departement", date(2025, 12, 1), date.fromisoformat(le))
            convoquer(registre_, tenue)
    examens: dict[str, str] = {}
    for rang, (le, [dossier]) in enumerate(examines.items()):
        listee = evenement("InstanceInscrite", le, instance="CCAPEX", seance=str(UUID(int=70 + rang)), seance_le=le)
        await dire(monde, dossier, ccapex, listee, evenement("DossierExamine", le, instance="CCAPEX"))
        faits = (await monde.get(f"/v1/dossiers/{dossier}", *ccapex)).json()["faits"]
        [examens[le]] = [f["id"] for f in faits if f["type"] == "DossierExamine"]
    await monde.proposer(examines["2025-12-14"][0])
    await monde.projeter()
    chemin = f"{SEANCES}/calendrier"

    async def vus(qui: tuple[str, str], du: str, au: str) -> dict[str, list[str]]:
        recu = await monde.get(chemin, *qui, params={"du": du, "au": au})
        assert recu.status_code == 200, recu.text
        jours = recu.json()["jours"]
        return {j["jour"]: [d["dossier"] for d in j["evaluations"]] for j in jours if j["evaluations"]}

    un, deux = (dossier for [dossier] in examines.values())
    assert await vus(ccapex, "2026-12-14", "2027-01-05") == {"2026-12-14": [un], "2027-01-05": [deux]}
    assert await vus(ccapex, "2026-12-14", "2027-01-04") == {"2026-12-14": [un]}
    assert await vus(ccapex, "2026-12-15", "2027-01-04") == {}
    lignes = [x for x in await monde.journal() if x["action"] == "sieger" and x["dossier"]]
    assert sorted(str(x["dossier"]) for x in lignes) == sorted([un, deux, un])
    nommee = (await monde.get(chemin, *ccapex, params={"du": "2026-12-14", "au": "2026-12-14"})).json()
    assert nommee["jours"][0]["evaluations"][0]["intitule"] == "Fatou LEROY"
    for qui in (CLIL, CAF, ("ccapex", "CCAPEX_INSTRUCTION"), ("comex", "CFP_INSTRUCTION")):
        assert await vus(qui, "2026-12-14", "2027-01-05") == {}, qui
    jours, lues = {"du": "2026-12-14", "au": "2027-01-05", "limite": "1"}, []
    suite: dict[str, str] | None = {}
    while suite is not None:
        page = (await monde.get(chemin, *ccapex, params=jours | suite)).json()
        lues += [(j["jour"], e["dossier"], e["examen"]) for j in page["jours"] for e in j["evaluations"]]
        assert sum(len(dits) for j in page["jours"] for dits in j.values() if isinstance(dits, list)) == 1
        suite = {"apres": page["suivant"]} if page["suivant"] else None
    assert lues == [("2026-12-14", un, examens["2025-12-14"]), ("2027-01-05", deux, examens["2026-01-05"])]
    passer_au(monde, date(2026, 12, 20))
    evalue = evenement("SuiviUnAnEvalue", "2026-12-20", examen=examens["2025-12-14"], situation="RELOGE")
    await dire(monde, un, ccapex, evalue)
    # Before the views have followed: what was told in the ledger is told.
    assert await vus(ccapex, "2026-12-14", "2027-01-05") == {"2027-01-05": [deux]}
    await monde.projeter()
    assert await vus(ccapex, "2026-12-14", "2027-01-05") == {"2027-01-05": [deux]}


async def test_ce_qui_est_a_evaluer_un_meme_jour_se_lit_par_pages_sans_manquer_ni_repeter(monde: Monde) -> None:
    """Three cases examined on one day, and one a day after: page by page, each examination once, in its order."""
    ccapex = ("ccapex", "CCAPEX_ADMINISTRATIVE")
    examines = {"2025-12-14": 3, "2025-12-15": 1}
    attendus: list[tuple[str, str]] = []
    with administrer(monde.bases.registre_url, PAR, SCHEMA) as registre_:
        for rang, le in enumerate(examines):
            tenue = Seance(UUID(int=70 + rang), "CCAPEX", "departement", date(2025, 12, 1), date.fromisoformat(le))
            convoquer(registre_, tenue)
    for rang, (le, combien) in enumerate(examines.items()):
        for n in range(combien):
            dossier = await monde.ouvrir(nom=f"E{rang}{n}", id_rpls=rpls(60 + 10 * rang + n))
            listee = evenement("InstanceInscrite", le, instance="CCAPEX", seance=str(UUID(int=70 + rang)), seance_le=le)
            await dire(monde, dossier, ccapex, listee, evenement("DossierExamine", le, instance="CCAPEX"))
            faits = (await monde.get(f"/v1/dossiers/{dossier}", *ccapex)).json()["faits"]
            attendus += [(le.replace("2025", "2026"), f["id"]) for f in faits if f["type"] == "DossierExamine"]
    await monde.projeter()
    for limite in (1, 2, 3, 5):
        lus: list[tuple[str, str]] = []
        suite: dict[str, str] | None = {}
        while suite is not None:
            params = {"du": "2026-12-11", "au": "2026-12-31", "limite": str(limite)} | suite
            rendue = await monde.get(f"{SEANCES}/calendrier", *ccapex, params=params)
            assert rendue.status_code == 200, rendue.text
            page = rendue.json()
            lus += [(j["jour"], e["examen"]) for j in page["jours"] for e in j["evaluations"]]
            suite = {"apres": page["suivant"]} if page["suivant"] else None
        assert lus == sorted(attendus), limite
