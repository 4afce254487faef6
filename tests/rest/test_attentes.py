"""« Ce qui m'est adressé »: what is expected of a partner, of whom else nobody learns; attacked through the API."""

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from typing import Any, Final
from uuid import UUID, uuid4

import psycopg
import pytest

from adapters.demo.departement import siret
from adapters.registre.administration import administrer, confirmer_mandat, convoquer, inscrire_partenaire
from adapters.registre.instantane import Mandat, Seance
from ledger.catalogue import catalogue
from ledger.dossier import decision
from ledger.droit.attentes import historique
from ledger.droit.communes import historique as communes
from tests.bases import SCHEMA
from tests.monde import (
    AUTRE_BAILLEUR,
    FINALITES,
    PAR,
    SEANCE,
    SEANCE_LE,
    Monde,
    evenement,
    mandater,
    partenaire,
    rpls,
)
from tests.rest.mondes import compter_le_travail, deux_mondes
from tests.rest.recit import titulaire
from tests.rest.test_attaques_etranger import octets
from tests.rest.test_clil import EN_CLIL, inscription, sieger
from tests.rest.test_regles import dire, inscrire

CCAPEX: Final = ("ccapex", "CCAPEX_ADMINISTRATIVE")
SSD: Final = ("ssd", "ACCOMPAGNEMENT")
BAILLEUR: Final = ("bailleur", "ACTE_EMISSION")
EXAMINE_LE: Final = "2026-10-20"


async def attentes(
    monde: Monde, qui: str, finalite: str, agent: str = "", *, projeter: bool = True, **params: Any
) -> list[dict[str, Any]]:
    if projeter:
        await monde.projeter()
    lu = await monde.get("/v1/attentes", qui, finalite, agent, params=params)
    assert lu.status_code == 200, lu.text
    lues: list[dict[str, Any]] = lu.json()["attentes"]
    return lues


async def inscrit(monde: Monde, **plus: Any) -> str:
    """A case on the agenda of the CCAPEX."""
    dossier = await monde.ouvrir(**plus)
    seance = {"instance": "CCAPEX", "seance": str(SEANCE), "seance_le": SEANCE_LE.isoformat()}
    await dire(monde, dossier, *CCAPEX, evenement("MenageInforme", canal="COURRIER"))
    await dire(monde, dossier, *CCAPEX, evenement("InstanceInscrite", EXAMINE_LE, **seance))
    return dossier


def recommandation(a_qui: str, echeance: str = "2027-01-20", **plus: Any) -> dict[str, Any]:
    dits = {
        "recommandation": str(uuid4()),
        "instance": "CCAPEX",
        "destinataire": a_qui,
        "categorie": "PLAN_APUREMENT",
        "texte": "proposer un plan",
        "echeance": echeance,
    }
    return evenement("RecommandationEmise", EXAMINE_LE, **dits | plus)


async def recommander(monde: Monde, dossier: str, a_qui: str, echeance: str = "2027-01-20") -> str:
    emise = recommandation(a_qui, echeance)
    await dire(monde, dossier, *CCAPEX, emise)
    return str(emise["donnees"]["recommandation"])


def suite(recommandation: str, statut: str) -> dict[str, Any]:
    return evenement("RecommandationSuivie", "2026-10-25", recommandation=recommandation, statut=statut)


async def fait(monde: Monde, dossier: str, type_: str) -> str:
    """The id of the last fact of that type, as who instructs reads it."""
    lu = (await monde.get(f"/v1/dossiers/{dossier}", *CCAPEX)).json()
    return str([f["id"] for f in lu["faits"] if f["type"] == type_][-1])


# recommendations ---------------------------------------------------------------------------------------------------


async def test_une_recommandation_est_attendue_de_son_destinataire_et_de_lui_seul(monde: Monde) -> None:
    dossier = await inscrit(monde)
    cle = await recommander(monde, dossier, "ssd")
    [attendue] = await attentes(monde, *SSD)
    assert attendue == {
        "dossier": dossier,
        "genre": "RECOMMANDATION",
        "libelle": "suite à donner à une recommandation",
        "fait": await fait(monde, dossier, "RecommandationEmise"),
        "instance": "CCAPEX",
        "categorie": "PLAN_APUREMENT",
        "donnee": None,
        "depuis": EXAMINE_LE,
        "echeance": "2027-01-20",
        "etat": "a_faire",
        "repond": [
            {"type": "RecommandationSuivie", "libelle": "Suite donnée à une recommandation", "champ": "recommandation"}
        ],
        "cle": cle,
        "texte": "Charte 93, fiche 9",
    }
    for qui, finalite in (BAILLEUR, ("caf", "CLIL_EXAMEN"), CCAPEX, ("comex", "CFP_INSTRUCTION")):
        assert await attentes(monde, qui, finalite) == [], qui


FINISSENT: Final = {
    "ACCEPTEE": False,
    "EN_COURS": False,
    "SANS_REPONSE": False,
    "REALISEE": True,
    "REFUSEE": True,
    "IMPOSSIBLE": True,
}


@pytest.mark.parametrize("qui", [SSD, CCAPEX])
@pytest.mark.parametrize("statut", FINISSENT)
async def test_ce_qui_finit_une_recommandation_la_retire_qui_que_ce_soit_qui_le_dise(
    monde: Monde, statut: str, qui: tuple[str, str]
) -> None:
    dossier = await inscrit(monde)
    cle = await recommander(monde, dossier, "ssd")
    await dire(monde, dossier, *qui, suite(cle, statut))
    assert bool(await attentes(monde, *SSD)) is not FINISSENT[statut]
    await dire(monde, dossier, *qui, suite(cle, "EN_COURS"))  # it was not done after all
    assert len(await attentes(monde, *SSD)) == 1


async def test_ce_qui_le_dit_depend_de_la_loi_de_son_jour() -> None:
    [regle] = [regle for regle in historique() if regle.genre == "RECOMMANDATION"]
    assert regle.condition == {"statut": {statut for statut, finit in FINISSENT.items() if finit}}
    assert set(FINISSENT) == {"ACCEPTEE", "EN_COURS", "REALISEE", "REFUSEE", "SANS_REPONSE", "IMPOSSIBLE"}


async def test_a_qui_n_a_que_sa_part_la_suite_que_le_secretariat_dit_est_dite_aussi(monde: Monde) -> None:
    """A landlord reads of the commission what is its own alone: what was said of its answer is."""
    dossier = await inscrit(monde)
    siennes, autres = await recommander(monde, dossier, "bailleur"), await recommander(monde, dossier, "ssd")
    await dire(monde, dossier, *CCAPEX, suite(siennes, "EN_COURS"), suite(autres, "EN_COURS"))
    assert [a["cle"] for a in await attentes(monde, *BAILLEUR)] == [siennes]
    lu = (await monde.get(f"/v1/dossiers/{dossier}", *BAILLEUR)).json()
    suites = [f["champs"]["recommandation"] for f in lu["faits"] if f["type"] == "RecommandationSuivie"]
    assert suites == [siennes]
    await dire(monde, dossier, *CCAPEX, suite(siennes, "REALISEE"))
    assert await attentes(monde, *BAILLEUR) == []


@pytest.mark.parametrize("champ", ["destinataire", "terminee"])
async def test_ce_qui_se_deduit_ne_s_envoie_pas(monde: Monde, champ: str) -> None:
    dossier = await inscrit(monde)
    dite = suite(await recommander(monde, dossier, "ssd"), "EN_COURS")
    dite["donnees"][champ] = {"destinataire": "caf", "terminee": True}[champ]
    refus = await monde.contribuer(dossier, *SSD, dite)
    assert (refus.status_code, refus.json()["champs"][0]["champ"]) == (422, f"evenements.0.donnees.{champ}")
    assert "fixé par le service" in refus.text


async def test_une_suite_dite_avant_que_cela_se_lise_en_clair_compte_aussi(
    monde: Monde, monkeypatch: pytest.MonkeyPatch
) -> None:
    dossier = await inscrit(monde)
    cle = await recommander(monde, dossier, "ssd")
    avis = evenement("AvisRendu", EXAMINE_LE, instance="CCAPEX", sens="MAINTIEN", menage_avise_le="2026-10-21")
    with monkeypatch.context() as avant:
        avant.setattr(decision, "deduire", lambda e, *_: e)
        await dire(monde, dossier, *SSD, suite(cle, "REALISEE"))
        await dire(monde, dossier, *CCAPEX, avis)
    assert await attentes(monde, *SSD) == []
    assert await attentes(monde, *CCAPEX) == []


async def test_une_recommandation_retiree_ou_adressee_a_un_autre_quitte_la_liste(monde: Monde) -> None:
    dossier = await inscrit(monde)
    emise = recommandation("ssd")
    await dire(monde, dossier, *CCAPEX, emise)
    premiere = await fait(monde, dossier, "RecommandationEmise")
    corrigee = emise | {"corrige": premiere, "donnees": emise["donnees"] | {"destinataire": "bailleur"}}
    await dire(monde, dossier, *CCAPEX, corrigee)
    assert await attentes(monde, *SSD) == []
    assert [a["cle"] for a in await attentes(monde, *BAILLEUR)] == [emise["donnees"]["recommandation"]]
    seconde = await fait(monde, dossier, "RecommandationEmise")
    await dire(monde, dossier, *CCAPEX, evenement("FaitCorrige", corrige=seconde))
    assert await attentes(monde, *BAILLEUR) == []


async def test_ce_qu_une_finalite_ne_permet_pas_de_repondre_n_y_est_pas_demande(monde: Monde) -> None:
    """Who receives acts reads what was recommended to it, and answers at another purpose."""
    dossier = await inscrit(monde)
    await recommander(monde, dossier, "bailleur")
    assert len(await attentes(monde, *BAILLEUR)) == 1
    lu = (await monde.get(f"/v1/dossiers/{dossier}", "bailleur", "ACTE_RECEPTION")).json()
    assert "RecommandationEmise" in {f["type"] for f in lu["faits"]}
    assert await attentes(monde, "bailleur", "ACTE_RECEPTION") == []


async def test_l_echeance_passee_se_dit_echue(monde: Monde) -> None:
    """On 2 November 2026: the last day is a day on which it can still be done."""
    dossier = await inscrit(monde)
    for echeance in ("2026-11-03", "2026-11-01", "2026-11-02"):
        await recommander(monde, dossier, "ssd", echeance)
    lues = [(a["echeance"], a["etat"]) for a in await attentes(monde, *SSD)]
    assert lues == [("2026-11-01", "echu"), ("2026-11-02", "a_faire"), ("2026-11-03", "a_faire")]


# whom nothing links to the case ------------------------------------------------------------------------------------


async def test_l_adresse_ne_lie_pas_et_un_etranger_n_en_apprend_rien(monde: Monde) -> None:
    """A recommendation that is addressed to a landlord of elsewhere: the same bytes, and the same work."""
    dossier = await inscrit(monde)
    await monde.projeter()
    with compter_le_travail() as prendre:
        await monde.get("/v1/attentes", "voisin", "ACTE_EMISSION")  # what a first call reads of the registry
        prendre()
        avant, travail_avant = await monde.get("/v1/attentes", "voisin", "ACTE_EMISSION"), prendre()
        await recommander(monde, dossier, "voisin")
        await monde.projeter()
        prendre()
        apres, travail_apres = await monde.get("/v1/attentes", "voisin", "ACTE_EMISSION"), prendre()
    assert octets(avant) == octets(apres)
    assert avant.json()["attentes"] == []
    assert travail_avant == travail_apres
    sien = await monde.ouvrir("voisin", nom="SIEN", bailleur=AUTRE_BAILLEUR, id_rpls=rpls(7))
    assert sien != dossier
    assert await attentes(monde, "voisin", "ACTE_EMISSION") == []


async def test_regle_40_une_attente_d_un_menage_que_l_on_ne_connait_pas_ne_bouge_rien(modele: str) -> None:
    """In pages of one too: what is expected in a case out of reach moves neither pages, nor their work."""
    async with deux_mondes(modele) as (sans, avec, prendre):
        vus: list[list[Any]] = [[], []]
        for rang, monde in enumerate((sans, avec)):
            sien = await inscrit(monde, nom="SIEN", id_rpls=rpls(1))
            for echeance in ("2027-01-20", "2027-02-20"):
                await recommander(monde, sien, "bailleur", echeance)
            if monde is avec:
                for nom, echeance in (("PREMIER", "2026-12-01"), ("ENTRE", "2027-02-01"), ("DERNIER", "2027-03-01")):
                    cache = await inscrit(
                        monde, partenaire="ssd", nom=nom, bailleur=AUTRE_BAILLEUR, id_rpls=rpls(len(nom))
                    )
                    await recommander(monde, cache, "bailleur", echeance)
            await monde.projeter()
            await monde.get("/v1/attentes", *BAILLEUR)
            prendre()
            suivant: str | None = ""
            while suivant is not None:
                params = {"limite": 1} | ({"apres": suivant} if suivant else {})
                lu = await monde.get("/v1/attentes", *BAILLEUR, params=params)
                suivant = lu.json()["suivant"]
                corps = [(a["echeance"], a["etat"], a["genre"]) for a in lu.json()["attentes"]]
                vus[rang].append((lu.status_code, corps, bool(suivant), prendre()))
        assert vus[0] == vus[1]
        assert [page[1] for page in vus[0]] == [
            [(echeance, "a_faire", "RECOMMANDATION")] for echeance in ("2027-01-20", "2027-02-20")
        ]


async def test_un_partenaire_suspendu_n_a_plus_d_attentes(monde: Monde) -> None:
    await recommander(monde, await inscrit(monde), "bailleur")
    assert len(await attentes(monde, *BAILLEUR)) == 1
    with administrer(monde.bases.registre_url, PAR, SCHEMA) as registre:
        inscrire_partenaire(registre, replace(partenaire("bailleur"), suspendu_le=date(2026, 11, 1)))
    refus = await monde.get("/v1/attentes", *BAILLEUR)
    assert (refus.status_code, refus.json()["code"]) == (401, "partenaire_inconnu")


async def test_une_rangee_recrite_par_le_projecteur_ne_montre_rien(monde: Monde) -> None:
    """The projector has no key: it can neither hand a household to a stranger, nor change what is expected."""
    dossier = await inscrit(monde)
    await recommander(monde, dossier, "ssd")
    await monde.projeter()
    assert len(await attentes(monde, *SSD, projeter=False)) == 1
    vraie = "de = 'partenaire/ssd', echeance = '2027-01-20'"
    with psycopg.connect(monde.bases.admin_url, autocommit=True) as admin:
        forge = f"INSERT INTO {SCHEMA}.rattachements_a (dossier, lien) VALUES (%s, 'auteur/voisin')"  # noqa: S608 - ours
        admin.execute(forge, [dossier])
    for quoi, qui in (
        ("de = 'partenaire/voisin'", ("voisin", "ACTE_EMISSION")),  # nothing links it to the case
        ("de = 'partenaire/ccapex'", CCAPEX),  # it is linked, and shown the recommendation: it is not its own
        ("echeance = '2026-12-01'", SSD),
    ):
        for ecrite, attendues in ((quoi, 0), (vraie, int(qui == SSD))):
            with psycopg.connect(monde.bases.admin_url, autocommit=True) as admin:
                admin.execute(f"UPDATE {SCHEMA}.attentes_a SET {ecrite}")  # noqa: S608 - our own schema
            assert len(await attentes(monde, *qui, projeter=False)) == attendues, quoi


# the other kinds ---------------------------------------------------------------------------------------------------


async def test_une_demande_72_est_attendue_de_l_agent_qui_suit_le_menage(monde: Monde) -> None:
    """Its content is sealed: the agent of another service, and another agent of this one, are told nothing."""
    inscrire(monde, "voisin-ssd", "CD_TRAVAILLEUR_SOCIAL", siret=siret(40), territoire="departement")
    dossier = await inscrit(monde)
    await dire(monde, dossier, *CCAPEX, evenement("CcapexSaisie", "2026-10-12"))
    for qui, agent in (("ssd", ""), ("voisin-ssd", "agent-1")):
        suivi = evenement("AccompagnementOuvert", intervention=str(uuid4()), mesure="SSD")
        await dire(monde, dossier, qui, "ACCOMPAGNEMENT", suivi, informe=True, agent=agent)
    acte = str(uuid4())
    demande = evenement("Demande72", acte=acte, destinataire="ssd", question="démarches en cours ?")
    await dire(monde, dossier, "ccapex", "CCAPEX_INSTRUCTION", demande)
    [attendue] = await attentes(monde, *SSD)
    assert (attendue["genre"], attendue["cle"], attendue["echeance"]) == ("DEMANDE_72", acte, None)
    assert [r["type"] for r in attendue["repond"]] == ["InformationTransmise72", "Demande72Refusee"]
    for qui, agent in (("ssd", "assistante-2"), ("voisin-ssd", "agent-1")):
        assert await attentes(monde, qui, "ACCOMPAGNEMENT", agent) == [], (qui, agent)
    assert await attentes(monde, *SSD, avant="2030-01-01") == []  # nothing is due
    refuse = evenement("Demande72Refusee", acte=str(uuid4()), en_reponse_a=acte, motif="information non nécessaire")
    await dire(monde, dossier, *SSD, refuse)
    assert await attentes(monde, *SSD) == []


async def test_ce_qui_est_demande_sous_secret_a_un_autre_ne_se_sent_pas(monde: Monde) -> None:
    """Of the other service that follows the household: neither by the bytes, nor by the statements and the rows."""
    inscrire(monde, "voisin-ssd", "CD_TRAVAILLEUR_SOCIAL", siret=siret(40), territoire="departement")
    dossier = await inscrit(monde)
    personne = await titulaire(monde, dossier)
    await dire(monde, dossier, *CCAPEX, evenement("CcapexSaisie", "2026-10-12"))
    for qui, agent in (("ssd", ""), ("voisin-ssd", "agent-1")):
        suivi = evenement("AccompagnementOuvert", intervention=str(uuid4()), mesure="SSD")
        await dire(monde, dossier, qui, "ACCOMPAGNEMENT", suivi, informe=True, agent=agent)
    await attentes(monde, *SSD)
    vus = []
    with compter_le_travail() as prendre:
        for faits in (
            (),
            (("ccapex", "CCAPEX_INSTRUCTION", "", evenement(
                "Demande72", acte=str(uuid4()), destinataire="voisin-ssd", question="démarches ?")),
             ("voisin-ssd", "ACCOMPAGNEMENT", "agent-1", evenement(
                 "EvaluationSociale", acte=str(uuid4()), personnes=[personne], texte="reprise de lien"))),
        ):  # fmt: skip
            for qui, finalite, agent, dit in faits:
                await dire(monde, dossier, qui, finalite, dit, agent=agent)
            await monde.projeter()
            prendre()
            lu, travail = await monde.get("/v1/attentes", *SSD), prendre()
            vus.append((octets(lu), travail.ordres, travail.lignes))
    assert vus[0] == vus[1]
    assert len(await attentes(monde, "voisin-ssd", "ACCOMPAGNEMENT", "agent-1")) == 1


async def test_un_dossier_propose_attend_le_secretariat_de_cette_clil(monde: Monde) -> None:
    sieger(monde)
    dossier = await monde.ouvrir()
    await monde.proposer(dossier)
    [attendue] = await attentes(monde, *EN_CLIL)
    assert (attendue["genre"], attendue["depuis"], attendue["instance"]) == ("PROPOSITION", "2026-10-15", "CLIL")
    assert [r["type"] for r in attendue["repond"]] == ["InstanceInscrite", "PropositionEcartee", "SuiviClos"]
    for qui, finalite in (("ailleurs", "CLIL_EXAMEN"), CCAPEX, SSD):
        assert await attentes(monde, qui, finalite) == [], qui
    await dire(monde, dossier, *EN_CLIL, inscription())
    assert await attentes(monde, *EN_CLIL) == []
    await monde.proposer(dossier, le="2026-10-21")
    assert len(await attentes(monde, *EN_CLIL)) == 1
    await dire(monde, dossier, *EN_CLIL, evenement("SuiviClos", "2026-10-22", instance="CLIL", motif="DETTE_SOLDEE"))
    assert await attentes(monde, *EN_CLIL) == []


async def test_un_avis_sans_menage_avise_attend_qui_l_a_rendu(monde: Monde) -> None:
    """The day stays sealed; that somebody waits for it does not."""
    dossier = await inscrit(monde)
    avis = evenement("AvisRendu", EXAMINE_LE, instance="CCAPEX", sens="MAINTIEN")
    await dire(monde, dossier, *CCAPEX, avis)
    rendu = await fait(monde, dossier, "AvisRendu")
    [attendue] = await attentes(monde, *CCAPEX)
    assert (attendue["genre"], attendue["cle"]) == ("AVISER_MENAGE", rendu)
    assert attendue["repond"] == [{"type": "AvisRendu", "libelle": "Avis rendu", "champ": "corrige"}]
    assert await attentes(monde, *EN_CLIL) == []
    avise = avis | {"corrige": rendu, "donnees": avis["donnees"] | {"menage_avise_le": "2026-10-21"}}
    await dire(monde, dossier, *CCAPEX, avise)
    assert await attentes(monde, *CCAPEX) == []
    with psycopg.connect(monde.bases.admin_url) as admin:
        requete = f"SELECT string_agg(convert_from(state, 'UTF8'), '') FROM {SCHEMA}.dossiers_events WHERE topic = %s"  # noqa: S608 - ours
        [[clair]] = admin.execute(requete, ["unefois:AvisRendu"]).fetchall()
    assert '"menage_avise":true' in clair
    assert "2026-10-21" not in clair


async def test_ce_qui_est_attendu_dans_une_commune_qui_a_une_histoire_ne_l_est_qu_une_fois(monde: Monde) -> None:
    """Saint-Denis and others stand in several rows of the law's table, from one arrondissement to the next."""
    [commune] = [c for c, combien in Counter(c.code for c in communes()).items() if c == "93066" and combien > 1]
    dossier = await inscrit(monde, commune=commune)
    await dire(monde, dossier, *CCAPEX, evenement("AvisRendu", EXAMINE_LE, instance="CCAPEX", sens="MAINTIEN"))
    attendues = await attentes(monde, *CCAPEX)
    assert [(a["dossier"], a["genre"]) for a in attendues] == [(dossier, "AVISER_MENAGE")]
    [ligne] = (await monde.get("/v1/dossiers", *CCAPEX)).json()["dossiers"]
    assert ligne["attentes"] == 1


async def non_examine(monde: Monde, genre: str, qui: tuple[str, str], le: str = "2026-10-20") -> tuple[str, str]:
    """A case on the agenda of a session that is over, and at which nobody said that it was examined."""
    lieu = {"CCAPEX": "departement", "CLIL": "commune:93008"}[genre]
    with administrer(monde.bases.registre_url, PAR, SCHEMA) as registre:
        tenue = Seance(uuid4(), genre, lieu, date(2026, 10, 1), date.fromisoformat(le))
        convoquer(registre, tenue)
        convoquer(registre, Seance(uuid4(), genre, lieu, date(2026, 10, 1), date(2026, 12, 17)))
    dossier = await monde.ouvrir()
    await monde.proposer(dossier, le="2026-10-05")
    listee = {"instance": genre, "seance": str(tenue.id), "seance_le": le}
    await dire(monde, dossier, *qui, evenement("InstanceInscrite", "2026-10-10", **listee))
    return dossier, str(tenue.id)


COMMISSIONS: Final = [("CCAPEX", CCAPEX), ("CLIL", EN_CLIL)]


@pytest.mark.parametrize(("genre", "qui"), COMMISSIONS)
async def test_un_dossier_inscrit_a_une_seance_passee_et_jamais_examine_attend_son_secretariat(
    monde: Monde, genre: str, qui: tuple[str, str]
) -> None:
    dossier, seance = await non_examine(monde, genre, qui)
    [attendue] = await attentes(monde, *qui)
    assert (attendue["genre"], attendue["dossier"], attendue["cle"]) == ("INSCRIPTION", dossier, seance)
    assert (attendue["depuis"], attendue["echeance"], attendue["etat"]) == ("2026-10-10", "2026-10-20", "echu")
    types = [r["type"] for r in attendue["repond"]]
    assert types[:3] == ["DossierExamine", "InscriptionReportee", "InscriptionRetiree"]
    for autre in (CCAPEX, EN_CLIL, SSD, BAILLEUR, ("ailleurs", "CLIL_EXAMEN"), ("comex", "CFP_INSTRUCTION")):
        if autre != qui:
            assert [a for a in await attentes(monde, *autre) if a["genre"] == "INSCRIPTION"] == [], autre
    await dire(monde, dossier, *qui, evenement("DossierExamine", "2026-10-20", instance=genre))
    assert [a["genre"] for a in await attentes(monde, *qui)] == []
    examine = await fait(monde, dossier, "DossierExamine")
    await dire(monde, dossier, *qui, evenement("FaitCorrige", corrige=examine))  # it was not examined after all
    assert [a["genre"] for a in await attentes(monde, *qui)] == ["INSCRIPTION"]


@pytest.mark.parametrize(("genre", "qui"), COMMISSIONS)
@pytest.mark.parametrize("suite", ["InscriptionReportee", "InscriptionRetiree"])
async def test_reporte_ou_retire_il_n_est_plus_attendu_de_cette_seance(
    monde: Monde, genre: str, qui: tuple[str, str], suite: str
) -> None:
    dossier, seance = await non_examine(monde, genre, qui)
    dits: dict[str, Any] = {"instance": genre, "seance": seance, "motif": "SITUATION_REGLEE"}
    if suite == "InscriptionReportee":
        lues = (await monde.get("/v1/seances", *qui, params={"du": "2026-12-17", "au": "2026-12-17"})).json()
        [autre] = lues["seances"]
        dits |= {"reporte_a": autre["seance"], "reporte_au": "2026-12-17", "motif": "DOSSIER_INCOMPLET"}
    await dire(monde, dossier, *qui, evenement(suite, "2026-10-21", **dits))
    assert await attentes(monde, *qui) == []
    monde.gate.aujourd_hui = monde.gate.ledger._aujourd_hui = lambda: date(2026, 12, 17)
    assert await attentes(monde, *qui) == []  # that session is held today
    monde.gate.aujourd_hui = monde.gate.ledger._aujourd_hui = lambda: date(2026, 12, 18)
    attendus = [(a["cle"], a["echeance"]) for a in await attentes(monde, *qui)]
    assert attendus == ([(dits["reporte_a"], "2026-12-17")] if suite == "InscriptionReportee" else [])


async def test_une_seance_deplacee_n_est_pas_encore_passee(monde: Monde) -> None:
    """The agenda says the day that was; the registry, that it is held later. Cancelled, it is held no more."""
    seance = (await monde.post("/v1/seances", *CCAPEX, {"instance": "ccapex-93", "le": "2026-12-01"})).json()["seance"]
    dossier = await monde.ouvrir()
    listee = {"instance": "CCAPEX", "seance": seance, "seance_le": "2026-12-01"}
    await dire(monde, dossier, *CCAPEX, evenement("InstanceInscrite", "2026-10-10", **listee))
    changement = f"/v1/seances/{seance}/changement"
    assert (await monde.post(changement, *CCAPEX, {"le": "2026-12-15"})).status_code == 201
    monde.gate.aujourd_hui = monde.gate.ledger._aujourd_hui = lambda: date(2026, 12, 10)
    assert await attentes(monde, *CCAPEX) == []
    assert (await monde.post(changement, *CCAPEX, {"annulee": True})).status_code == 201
    assert [a["dossier"] for a in await attentes(monde, *CCAPEX)] == [dossier]


async def test_un_an_apres_l_examen_l_evaluation_est_attendue(monde: Monde) -> None:
    """On 2 November 2026: of what was examined a year ago, and of nothing later."""
    with administrer(monde.bases.registre_url, PAR, SCHEMA) as registre:
        for rang, jour in enumerate((date(2025, 11, 2), date(2025, 11, 3))):
            convoquer(registre, Seance(UUID(int=50 + rang), "CCAPEX", "departement", date(2025, 10, 1), jour))
    dossier = await inscrit(monde)
    for le in ("2025-11-02", "2025-11-03"):
        await dire(monde, dossier, *CCAPEX, evenement("DossierExamine", le, instance="CCAPEX"))
    [attendue] = await attentes(monde, *CCAPEX)
    assert (attendue["genre"], attendue["depuis"], attendue["echeance"]) == ("SUIVI_UN_AN", "2026-11-02", "2026-11-02")
    evalue = evenement("SuiviUnAnEvalue", "2026-11-02", examen=attendue["cle"], situation="RELOGE")
    await dire(monde, dossier, *CCAPEX, evalue)
    assert await attentes(monde, *CCAPEX) == []


async def test_ce_qui_est_recommande_au_menage_l_est_a_la_personne_qui_a_un_compte(monde: Monde) -> None:
    inscrire(monde, "usager", "USAGER")
    inscrire(monde, "autre", "USAGER")
    dossier, ailleurs = await inscrit(monde), await inscrit(monde, nom="AUTRE", id_rpls=rpls(3))
    for code, d in (("usager", dossier), ("autre", ailleurs)):
        mandat = Mandat(code, UUID(d), "instructrice", date(2026, 1, 1), date(2026, 12, 31),
                        personne=UUID(await titulaire(monde, d)))  # fmt: skip
        with administrer(monde.bases.registre_url, PAR, SCHEMA) as registre:
            confirmer_mandat(registre, mandat)
    inscrire(monde, "udaf", "MANDATAIRE_JUDICIAIRE", siret=siret(41))  # mandated for the case, and nobody of it
    mandater(monde.bases, "udaf", UUID(dossier))
    cle = await recommander(monde, dossier, "menage")
    for finalite in FINALITES["MANDATAIRE_JUDICIAIRE"]:
        await monde.projeter()
        lu = await monde.get("/v1/attentes", "udaf", finalite, "agent-1")
        assert lu.json().get("attentes", []) == [], finalite
    assert [a["cle"] for a in await attentes(monde, "usager", "DROITS_PERSONNE", "agent-1")] == [cle]
    assert await attentes(monde, "autre", "DROITS_PERSONNE", "agent-1") == []
    assert await attentes(monde, *SSD) == []
    recu = await monde.contribuer(dossier, "usager", "DROITS_PERSONNE", suite(cle, "REALISEE"), agent="agent-1")
    assert recu.status_code == 201, recu.text
    assert await attentes(monde, "usager", "DROITS_PERSONNE", "agent-1") == []


# pages, filters, rows ------------------------------------------------------------------------------------------------


async def test_les_pages_suivent_les_echeances_sans_manquer_ni_repeter(monde: Monde) -> None:
    dossiers = [await inscrit(monde, nom=f"NOM {'ABC'[n]}", id_rpls=rpls(n)) for n in range(3)]
    cles = {}
    for rang, echeance in enumerate(("2027-01-20", "2026-12-01", "2027-01-20", "2026-10-30", "2027-03-01")):
        cles[await recommander(monde, dossiers[rang % 3], "ssd", echeance)] = echeance
    entieres = await attentes(monde, *SSD)
    assert [a["echeance"] for a in entieres] == sorted(cles.values())
    for limite in (1, 2, 5):
        lues: list[dict[str, Any]] = []
        suivant: str | None = ""
        while suivant is not None:
            params = {"limite": limite} | ({"apres": suivant} if suivant else {})
            lu = (await monde.get("/v1/attentes", *SSD, params=params)).json()
            assert 1 <= len(lu["attentes"]) <= limite
            lues, suivant = lues + lu["attentes"], lu["suivant"]
        assert lues == entieres, limite
    echues = await attentes(monde, *SSD, avant="2026-12-01")
    assert [a["echeance"] for a in echues] == ["2026-10-30", "2026-12-01"]
    assert await attentes(monde, *SSD, genre="DEMANDE_72") == []
    assert len(await attentes(monde, *SSD, genre=["DEMANDE_72", "RECOMMANDATION"])) == 5


@pytest.mark.parametrize(
    "params",
    [
        {"limite": 0},
        {"limite": 201},
        {"limite": "beaucoup"},
        {"genre": "TOUT"},
        {"avant": "demain"},
        {"apres": "1"},
        {"apres": "2026-02-31_2026-01-01_0199f1e2-7b1a-7000-8000-00000000dead"},
        {"apres": "2026-01-01_2026-01-01_0199f1e2-7b1a-7000-8000-00000000dead\x00"},
        {"inconnu": 1},
    ],
)
async def test_ce_qui_ne_se_lit_pas_est_refuse(monde: Monde, params: dict[str, Any]) -> None:
    refus = await monde.get("/v1/attentes", *SSD, params=params)
    assert refus.status_code == 400, params
    assert refus.json()["detail"]


async def test_une_ligne_par_dossier_ouvert_avant_d_ouvrir_et_une_pour_la_liste(
    monde: Monde, compter: Callable[[str, int], None]
) -> None:
    dossier = await inscrit(monde)
    await recommander(monde, dossier, "ssd")
    await recommander(monde, dossier, "ssd", "2027-02-01")
    await recommander(monde, await inscrit(monde, nom="AUTRE", id_rpls=rpls(3)), "caf")
    await monde.projeter()
    with compter_le_travail() as prendre:
        avant = await monde.journal(1)
        await attentes(monde, *SSD, projeter=False)
        travail = prendre()
    lignes = [x for x in await monde.journal(10) if x["position"] > avant[0]["position"]]
    assert [(x["action"], x["issue"], x["dossier"] and str(x["dossier"])) for x in lignes] == [
        ("lister", "autorise", None),
        ("lister", "autorise", dossier),
    ]
    assert "F19a" in lignes[1]["groupes_montres"]
    assert travail.descelles > 0
    assert travail.trop_tot == 0
    compter("blobs ouverts pour une liste d'attentes", travail.descelles)


def test_chaque_regle_d_attente_nomme_des_evenements_et_des_champs_qui_existent() -> None:
    assert len(historique()) >= 5
    for regle in historique():
        assert regle.evenement in catalogue(), regle
        assert regle.repond, regle
        for nom, champ in regle.repond.items():
            assert champ in {"", "corrige", *catalogue()[nom].__dataclass_fields__}, regle
        assert regle.legal_ref, regle
        assert regle.tag in {"STATED", "2nd-HAND", "INFERRED"}, regle
        assert regle.a_qui in {"destinataire", "commission", "agent"}, regle
