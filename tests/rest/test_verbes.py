"""What each verb of the API promises, over HTTP: conditions, batches, worklists, erasures, past reads, exports."""

import asyncio
import csv
import io
from datetime import date
from typing import Any, Final
from uuid import UUID, uuid4

import httpx2 as httpx
import orjson
import pytest

from adapters.demo.departement import siret
from adapters.gate.textes import cle_valable
from adapters.registre.administration import (
    ChangementRefuse,
    administrer,
    asseoir,
    confirmer_mandat,
    habiliter,
    inscrire_partenaire,
    rattacher_client,
)
from adapters.registre.instantane import Mandat, Membre, Partenaire
from policies import tables
from tests.bases import SCHEMA
from tests.monde import (
    BAILLEUR,
    ETUDE,
    FINALITES,
    INFORME,
    PAR,
    PARTENAIRES,
    SEANCE,
    SEANCE_LE,
    Monde,
    evenement,
    habilitation,
    rpls,
)
from tests.rest.recit import AIDE, PEUT_ETRE_LE_MEME, raconter, titulaire

ACTE: Final = "ACTE_EMISSION"


def dette(montant: int, survenu_le: str = "2026-10-15", **plus: Any) -> dict[str, Any]:
    return evenement("DetteDeclaree", survenu_le, montant=montant, arretee_au="2026-09-30") | plus


async def lire(monde: Monde, dossier: str, qui: str = "bailleur", finalite: str = ACTE, **plus: Any) -> httpx.Response:
    lu = await monde.get(f"/v1/dossiers/{dossier}", qui, finalite, **plus)
    assert lu.status_code == 200, lu.text
    return lu


def montants(lu: httpx.Response) -> list[int]:
    return [f["champs"]["montant"] for f in lu.json()["faits"] if f["type"] == "DetteDeclaree"]


async def test_if_match_ne_porte_que_sur_ce_que_l_on_voit(monde: Monde) -> None:
    dossier = await monde.ouvrir()
    personne = await titulaire(monde, dossier)
    vu = {"If-Match": (await lire(monde, dossier)).headers["etag"]}
    cache = evenement("EvaluationSociale", acte=str(uuid4()), personnes=[personne], texte="suivi")
    ouvert = evenement("AccompagnementOuvert", intervention=str(uuid4()), mesure="SSD")
    for e in (ouvert, cache):
        assert (await monde.contribuer(dossier, "ssd", "ACCOMPAGNEMENT", e)).status_code == 201
    assert (await lire(monde, dossier)).headers["etag"] == vu["If-Match"]
    assert (await monde.contribuer(dossier, "bailleur", ACTE, dette(1), headers=vu)).status_code == 201
    perime = await monde.contribuer(dossier, "bailleur", ACTE, dette(2), headers=vu)
    assert (perime.status_code, perime.json()["code"]) == (412, "precondition")
    relu = await lire(monde, dossier)
    assert montants(relu) == [1]
    neuf = {"If-Match": relu.headers["etag"]}
    encore = await monde.get(f"/v1/dossiers/{dossier}", "bailleur", ACTE, headers={"If-None-Match": neuf["If-Match"]})
    assert (encore.status_code, encore.content) == (304, b"")
    assert (await monde.contribuer(dossier, "bailleur", ACTE, dette(2), headers=neuf)).status_code == 201


async def test_de_plusieurs_qui_ont_lu_la_meme_chose_un_seul_ecrit(monde: Monde) -> None:
    dossier = await monde.ouvrir()
    vu = {"If-Match": (await lire(monde, dossier)).headers["etag"]}
    envois = [monde.contribuer(dossier, "bailleur", ACTE, dette(n), headers=vu) for n in range(6)]
    statuts = sorted(r.status_code for r in await asyncio.gather(*envois))
    assert statuts == [201, 412, 412, 412, 412, 412]
    assert len(montants(await lire(monde, dossier))) == 1


async def test_un_lot_repond_ligne_par_ligne_et_suit_l_ordre_de_chaque_dossier(monde: Monde) -> None:
    dossiers = [await monde.ouvrir(nom=nom, id_rpls=rpls(n)) for n, nom in enumerate(("UN", "DEUX", "TROIS"))]
    interventions = {dossier: str(uuid4()) for dossier in dossiers}

    def ligne(dossier: str, cle: str, *evenements: dict[str, Any]) -> bytes:
        corps = {"dossier": dossier, "cle": cle, "evenements": evenements, "information_menage": INFORME}
        return orjson.dumps(corps)

    def etapes(dossier: str, tour: int) -> bytes:
        # Each step is refused before the one above it: done out of order, the answers would not be these.
        nom = ("AccompagnementOuvert", "AccompagnementTermine")[tour]
        propre = ({"mesure": "SSD"}, {"issue": "FIN"})[tour]
        return ligne(dossier, f"{dossier}-{tour}", evenement(nom, intervention=interventions[dossier], **propre))

    bonnes = [etapes(dossier, tour) for tour in (0, 1) for dossier in dossiers]
    inverse = ligne(dossiers[0], "avant", evenement("AccompagnementTermine", intervention=str(uuid4()), issue="FIN"))
    mauvaises = [b"{", ligne(str(uuid4()), "k", dette(1)), b'{"cle": "sans-dossier"}', ligne(dossiers[0], "", dette(1))]
    corps = b"\n".join([*bonnes, b"", *mauvaises, inverse])
    reponse = await monde.post("/v1/interventions/lot", "ssd", "ACCOMPAGNEMENT", corps)
    rendus = [orjson.loads(x) for x in reponse.content.splitlines()]
    assert [r["statut"] for r in rendus] == [201] * 6 + [400, 404, 422, 422, 422]
    assert rendus[-1]["code"] not in {"saisie", "json"}
    assert [c["champ"] for c in rendus[8]["champs"]] == ["dossier"]
    encore = await monde.post("/v1/interventions/lot", "ssd", "ACCOMPAGNEMENT", corps)
    assert [orjson.loads(x) for x in encore.content.splitlines()][:6] == rendus[:6]


async def test_une_file_se_filtre_se_page_et_ne_donne_que_ce_qui_est_a_portee(monde: Monde) -> None:
    ici = [await monde.ouvrir(nom=f"ICI {n}", id_rpls=rpls(10 + n)) for n in range(5)]
    ailleurs = [await monde.ouvrir(nom=f"LA {n}", id_rpls=rpls(20 + n), commune="93001") for n in range(2)]
    for dossier in (*ici[:4], *ailleurs):
        informe = evenement("MenageInforme", "2026-10-01", canal="COURRIER")
        assert (await monde.contribuer(dossier, "ccapex", "CCAPEX_ADMINISTRATIVE", informe)).status_code == 201
    for dossier in (*ici[:3], ici[4], *ailleurs):
        await monde.proposer(dossier, "bailleur")
    inscrit = evenement("InstanceInscrite", instance="CCAPEX", seance=str(SEANCE), seance_le=SEANCE_LE.isoformat())
    plus = {"information_menage": "2026-10-01"}
    corps = {"evenements": [inscrit], **plus}
    chemin = f"/v1/dossiers/{ici[1]}/interventions"
    assert (await monde.post(chemin, "ccapex", "CCAPEX_ADMINISTRATIVE", corps)).status_code == 201
    await monde.ouvrir("etude", nom="ICI 2", id_rpls=rpls(12))
    acte = evenement("AssignationSignifiee", "2026-10-05", etude_siret=ETUDE, date_audience="2027-01-12")
    assert (await monde.contribuer(ici[2], "etude", ACTE, acte)).status_code == 201
    await monde.projeter()

    async def file(vue: str, qui: str, finalite: str, **params: Any) -> dict[str, Any]:
        lu = await monde.get(f"/v1/vues/{vue}", qui, finalite, params=params)
        assert lu.status_code == 200, lu.text
        rendu: dict[str, Any] = lu.json()
        return rendu

    async def listes(vue: str, qui: str, finalite: str, **params: Any) -> list[str]:
        return [d["dossier"] for d in (await file(vue, qui, finalite, **params))["dossiers"]]

    ccapex = ("ccapex", "ccapex", "CCAPEX_ADMINISTRATIVE")
    assert await listes(*ccapex) == [*ici, *ailleurs]
    assert await listes("clil", "clil", "CLIL_EXAMEN") == [*ici[:2], ici[4]]
    assert await listes("clil", "ailleurs", "CLIL_EXAMEN") == ailleurs
    assert await listes("clil", "clil", "CLIL_EXAMEN", commune="93001") == []
    for filtre, attendus in (
        ({"commune": "93001"}, ailleurs),
        ({"commune": ["93001", "93008"]}, [*ici, *ailleurs]),
        ({"stade": "ASSIGNATION"}, [ici[2]]),
        ({"seance": str(SEANCE)}, [ici[1]]),
        ({"parc": "PRIVE"}, []),
        ({"arrondissement": "93001"}, ici),
        ({"par_date": "prochaine_audience", "du": "2027-01-01", "au_plus_tard": "2027-02-01"}, [ici[2]]),
        ({"par_date": "dernier_acte_le", "du": "2026-10-06"}, []),
    ):
        assert await listes(*ccapex, **filtre) == attendus, filtre
    pages: list[str] = []
    apres: int | None = 0
    while apres is not None:
        page = await file(*ccapex, limite=3, apres=apres)
        assert len(page["dossiers"]) <= 3
        pages += [d["dossier"] for d in page["dossiers"]]
        if len(pages) == 3:  # told and opened between two pages: nothing is skipped, nothing comes twice
            await monde.contribuer(ici[0], "bailleur", ACTE, dette(1))
            tard = await monde.ouvrir(nom="TARD", id_rpls=rpls(30))
            await monde.projeter()
        apres = page["suivant"]
    assert pages == [*ici, *ailleurs, tard]


async def test_on_relit_dans_la_file_ce_que_l_on_vient_d_ecrire(monde: Monde) -> None:
    await monde.ouvrir(nom="AVANT", id_rpls=rpls(1))
    await monde.projeter()
    neuf = await monde.post("/v1/dossiers", "bailleur", ACTE, _ouverture("NEUF"))
    position = neuf.headers["position"]

    async def file(attendre: int) -> httpx.Response:
        entetes = {"Position": position, "Prefer": f"wait={attendre}"}
        return await monde.get("/v1/vues/ccapex", "ccapex", "CCAPEX_ADMINISTRATIVE", headers=entetes)

    sans = await file(0)
    assert int(sans.headers["position"]) < int(position)
    assert len(sans.json()["dossiers"]) == 1
    # Asked before the view is there: it answers once it is.
    avec, _ = await asyncio.gather(file(10), monde.projeter())
    assert int(avec.headers["position"]) >= int(position)
    assert neuf.json()["dossier"] in {d["dossier"] for d in avec.json()["dossiers"]}


def _ouverture(nom: str) -> dict[str, Any]:
    return {
        "survenu_le": "2026-09-01",
        "logement": {"parc": "SOCIAL", "commune": "93008", "bailleur_siret": "93667127000267", "id_rpls": rpls(500)},
        "titulaire": {"nom": nom, "prenoms": "Fatou", "date_naissance": "1955-04-24"},
    }


async def test_un_effacement_passe_par_quatre_etapes_et_deux_personnes(monde: Monde) -> None:
    dossier = await monde.ouvrir()
    autre = await monde.ouvrir(nom="LEROY", id_rpls=rpls(777))  # the same person, elsewhere: to be looked at
    conjoint = evenement(
        "OccupantDeclare", personne=str(uuid4()), qualite="CONJOINT", nom="DIALLO", date_naissance="1960-01-02"
    )
    assert (await monde.contribuer(dossier, "ssd", "ACCOMPAGNEMENT", conjoint)).status_code == 201
    lu = (await lire(monde, dossier, "ssd", "ACCOMPAGNEMENT")).json()
    personne = next(f["champs"]["personne"] for f in lu["faits"] if f["champs"].get("nom") == "LEROY")
    droits, ici = "DROITS_PERSONNE", {"dossier": dossier}

    async def etape(suffixe: str, qui: str, agent: str, **corps: str) -> httpx.Response:
        return await monde.post(f"/v1/droits/effacement{suffixe}", qui, droits, ici | corps, agent)

    assert (
        await monde.post("/v1/droits/effacement", "bailleur", ACTE, ici | {"personne": personne})
    ).status_code == 403
    demandee = (await etape("", "dpo", "deleguee", personne=personne)).json()
    id_ = f"/{demandee['effacement']}"
    sens = {"sens": "ACCORDE"}
    assert (await etape(f"{id_}/decision", "responsable", "directrice", **sens)).status_code == 422  # no avis yet
    assert (await etape(f"{id_}/avis", "responsable", "directrice", avis="FAVORABLE")).status_code == 403
    assert (await etape(f"{id_}/avis", "dpo", "deleguee", avis="FAVORABLE")).status_code == 201
    assert (await etape(f"{id_}/decision", "dpo", "deleguee", **sens)).status_code == 403
    decidee = await etape(f"{id_}/decision", "responsable", "directrice", **sens)
    decision = decidee.json()["decision"]
    execution = f"{id_}/execution"
    assert (await etape(execution, "dpo", "deleguee", decision=decision)).status_code == 403
    assert (await etape(execution, "responsable", "directrice", decision=decision)).status_code == 422
    assert (await etape(execution, "responsable", "directrice-2", decision=str(uuid4()))).status_code == 422
    assert b"LEROY" in (await lire(monde, dossier, "ssd", "ACCOMPAGNEMENT")).content
    faite = await etape(execution, "responsable", "directrice-2", decision=decision)
    assert (faite.status_code, faite.json()["autres_dossiers"]) == (201, [autre])
    apres = await lire(monde, dossier, "ssd", "ACCOMPAGNEMENT")
    assert b"LEROY" not in apres.content
    assert b"DIALLO" in apres.content
    efface = next(f for f in apres.json()["faits"] if f["type"] == "OccupantDeclare")
    assert (efface["efface"], efface["efface_le"]) == (True, "2026-11-02")
    trouves = await monde.post(
        "/v1/dossiers/recherche", "ssd", "ACCOMPAGNEMENT",
        {"nom": "LEROY", "prenoms": "Fatou", "date_naissance": "1955-04-24"},
    )  # fmt: skip
    assert [d["dossier"] for d in trouves.json()["dossiers"]] == [autre]


async def test_le_passe_se_lit_sous_les_droits_d_aujourd_hui(monde: Monde) -> None:
    dossier = await monde.ouvrir()
    assert (await monde.contribuer(dossier, "bailleur", ACTE, dette(100, "2026-09-10"))).status_code == 201
    avant = (await lire(monde, dossier)).json()["faits"][-1]["enregistre_le"]
    assert (await monde.contribuer(dossier, "bailleur", ACTE, dette(200, "2026-09-05"))).status_code == 201

    async def passe(**params: str) -> list[int]:
        return montants(await lire(monde, dossier, params=params))

    assert await passe() == [100, 200]
    assert await passe(connu_le=avant) == [100]
    assert await passe(au="2026-09-07") == [200]
    assert await passe(au="2026-09-07", connu_le=avant) == []
    faux = next(f["id"] for f in (await lire(monde, dossier)).json()["faits"] if f["champs"].get("montant") == 100)
    juste = dette(150, "2026-09-10", corrige=faux)
    assert (await monde.contribuer(dossier, "bailleur", ACTE, juste)).status_code == 201
    assert await passe(connu_le=avant) == []  # what was corrected since is not read again by going back
    oppose = evenement("OppositionEnregistree", portee="OPPOSITION")
    coordination = "COORDINATION_CONTACTS"
    assert (await monde.get(f"/v1/dossiers/{dossier}", "caf", coordination)).status_code == 200
    assert (await monde.contribuer(dossier, "dpo", "DROITS_PERSONNE", oppose)).status_code == 201
    for params in ({}, {"connu_le": avant}, {"au": "2026-09-07"}):
        refus = await monde.get(f"/v1/dossiers/{dossier}", "caf", coordination, params=params)
        assert refus.status_code == 403, params


LECTURES: Final = {
    ("bailleur", "ACTE_EMISSION"): "F01 F02a F02b F03 F04 F05 F08 F08b F09a F10a F16 F19a",
    ("bailleur", "COORDINATION_CONTACTS"): "F01 F02a F02b F04 F08 F10a",
    ("etude", "ACTE_EMISSION"): "F01 F02a F02b F03 F04 F05 F08 F08b F09a F09b F10a F16",
    ("etude", "ACTE_RECEPTION"): "F01 F02a F03 F04 F05 F08 F08b F09a F10a F16",
    ("ccapex", "CCAPEX_ADMINISTRATIVE"): "F01 F01b F02a F02b F03 F04 F05 F07 F08 F09a F10a F10b F11 F16 F17 F18 F19a",
    ("ccapex", "CCAPEX_INSTRUCTION"): (
        "F01 F01b F02a F02b F03 F04 F05 F06 F07 F07b F08 F08b F09a F10a F10b F11 F12 F13 F15 F16 F17 F18 F19a F19b F21"
    ),
    ("ssd", "ACCOMPAGNEMENT"): (
        "F01 F02a F02b F03 F04 F05 F06 F07 F07b F08 F09a F10a F10b F11 F12 F13 F15 F16 F17 F18 F19a F21"
    ),
    ("ssd", "COORDINATION_CONTACTS"): "F01 F02a F02b F04 F08 F10a F10b F11",
    ("caf", "COORDINATION_CONTACTS"): "F01 F02a F02b F04 F08 F10a F10b F11",
    ("comex", "CFP_INSTRUCTION"): "F01 F02a F02b F03 F04 F05 F06 F07 F08 F09a F09b F10a F10b F11 F16 F17 F19a F19b",
    ("clil", "CLIL_EXAMEN"): "F01 F02a F02b F03 F04 F05 F06 F07 F08 F10a F10b F11 F17 F19a",
    ("dpo", "CONTROLE"): "",
    ("voisin", "ACTE_EMISSION"): None,
    ("ailleurs", "CLIL_EXAMEN"): None,
}
"""What each reader is given of one household; None: a stranger, whom nothing tells that it exists."""

JAMAIS: Final = {
    "bailleur": {"EvaluationSociale", "BesoinSignale", "AccompagnementOuvert", "BudgetDeclare", "DroitBloqueSignale"},
    "etude": {"EvaluationSociale", "DetteDeclaree", "BudgetDeclare", "AccompagnementOuvert"},
    "ccapex": {"EvaluationSociale", "EnqueteRealisee"},
    "ssd": {"EnqueteRealisee"},
    "caf": {"EvaluationSociale", "DetteDeclaree", "BudgetDeclare", "AccompagnementOuvert"},
    "comex": {"EvaluationSociale", "Demande72", "InformationTransmise72", "MesureProtectionDeclaree"},
    "clil": {"EvaluationSociale", "BesoinSignale", "InformationTransmise72", "EnqueteRealisee"},
    "dpo": {"OccupantDeclare"},
}
"""Facts of the household that a reader never receives, whatever the purpose (access, rules 1 to 6)."""


AUTRES_ROLES: Final = {
    ("CCAPEX_MEMBRE", "CCAPEX_INSTRUCTION", "ordre_du_jour"): (
        "F01 F02a F03 F04 F05 F06 F07 F08 F09a F10b F11 F16 F17 F18 F19a"
    ),
    # The request is instructed by the service that made it (access 26).
    ("CD_FSL", f"AIDE_INSTRUCTION; demande={AIDE}", "territoire"): None,
    ("BAILLEUR_SOCIAL_SERVICE_SOCIAL", "ACCOMPAGNEMENT", "portefeuille"): (
        "F01 F02a F02b F03 F04 F05 F08 F09a F10a F16 F17 F18 F19a"
    ),
    ("BAILLEUR_PRIVE", "ACTE_RECEPTION", "mandat"): "F01 F02a F04 F05 F08 F08b F09a F10a F16 F19a F21",
    ("CCAS", "ACCOMPAGNEMENT", "territoire"): (
        "F01 F02a F02b F03 F04 F05 F06 F07 F08 F10a F10b F11 F16 F17 F18 F19a F21"
    ),
    ("ADIL", "CONSEIL_DROIT", "mandat"): "F01 F04 F05 F08 F10a F11 F16 F18 F19a",
    ("AVOCAT_LOCATAIRE", "CONSEIL_DROIT", "mandat"): "F05 F08 F11",
    ("AVOCAT_BAILLEUR", "CONSEIL_DROIT", "mandat"): "F05 F08 F09a F16 F21",
    ("BANQUE_DE_FRANCE", "ACTE_RECEPTION", "portefeuille"): "F01 F02a F03 F04 F05 F07 F08 F09a F10a F16 F19a",
    ("ACTION_LOGEMENT", "RELOGEMENT", "mandat"): "F08 F10a F11 F17 F19a",
    ("ACTION_LOGEMENT_VISALE", "ACTE_RECEPTION", "portefeuille"): "F01 F02a F04 F05 F08 F09a F10a F16",
    ("SIAO", "RELOGEMENT", "mandat"): "F01 F02a F02b F03 F04 F05 F06 F08 F09a F10a F11 F17 F19a",
    ("COMED_SECRETARIAT", "RELOGEMENT", "mandat"): "F01 F02a F03 F17",
    ("ARS", "ACCOMPAGNEMENT", "mandat"): "F04 F10a F11 F18 F19a",
    ("EMPEX", "ACCOMPAGNEMENT", "mandat"): ("F01 F02a F02b F03 F04 F05 F06 F07 F08 F10a F10b F11 F16 F17 F18 F19a F21"),
    ("MANDATAIRE_JUDICIAIRE", "ACCOMPAGNEMENT", "mandat"): (
        "F01 F02a F02b F03 F04 F05 F06 F07 F07b F08 F09a F10a F10b F11 F15 F16 F17 F18 F19a F21"
    ),
    ("ASSOCIATION_ASLL", "ACCOMPAGNEMENT", "mandat"): (
        "F01 F02a F02b F03 F04 F05 F06 F07 F08 F10a F10b F11 F16 F17 F18 F19a"
    ),
    ("POLICE", "CFP_INSTRUCTION", "territoire"): "F01 F02a F03 F09a F09b",
    ("RESPONSABLE_TRAITEMENT", "CONTROLE", "territoire"): "",
    ("USAGER", "DROITS_PERSONNE", "mandat"): (
        "F01 F02a F02b F03 F04 F05 F06 F07 F07b F08 F08b F09a F10a F10b F11 F13 F15 F16 F17 F18 F19a F21"
    ),
    ("TRIBUNAL", "ACTE_EMISSION", "territoire"): None,
    ("ELU", "CLIL_EXAMEN", "territoire"): None,
    ("STATISTIQUE", "STATISTIQUE", "territoire"): None,
}
"""The other roles, each by the link that it may have. None: it has no reading account (403)."""


def inscrire(monde: Monde, rang: int, role: str, lien: str, dossier: str, personne: UUID | None = None) -> str:
    """A partner of that role, linked in that way to the case; it follows no household (no intervention is open)."""
    code = role.lower().replace("_", "-")
    du, au = date(2026, 1, 1), date(2026, 12, 31)
    territoire, portefeuille = (
        "departement" if lien == "territoire" else "aucun",
        (BAILLEUR,) * (lien == "portefeuille"),
    )
    numero = "" if role == "USAGER" else siret(100 + rang)
    with administrer(monde.bases.registre_url, PAR, SCHEMA) as registre:
        partenaire = Partenaire(code, numero, code, role, FINALITES[role], territoire, (), portefeuille)
        inscrire_partenaire(registre, partenaire)
        rattacher_client(registre, f"client-{code}", code)
        if FINALITES[role]:
            habiliter(registre, habilitation(code, "agent-1", role, "mission"))
        if lien == "mandat":
            confirmer_mandat(registre, Mandat(code, UUID(dossier), "instructrice", du, au, personne=personne))
        if lien == "ordre_du_jour":
            asseoir(registre, Membre("CCAPEX", "departement", code, "deliberative"))
    return code


async def test_chacun_des_autres_roles_aussi(monde: Monde) -> None:
    dossier = await raconter(monde)
    lus: dict[tuple[str, str, str], str | None] = {}
    for numero, (role, finalite, lien) in enumerate(AUTRES_ROLES):
        personne = UUID(await titulaire(monde, dossier)) if role == "USAGER" else None
        code = inscrire(monde, numero, role, lien, dossier, personne)
        lu = await monde.get(f"/v1/dossiers/{dossier}", code, finalite, "agent-1")
        document = lu.json()
        ouverts = [g["groupe"] for g in document.get("communique", ())]
        lus[role, finalite, lien] = None if lu.status_code == 403 else " ".join(ouverts)
        # None of them has an open intervention: no evaluation, no need of somebody else's; the enquiry is the police's.
        faits = {f["type"] for f in document.get("faits", ())}
        assert not faits & {"EvaluationSociale", "Demande72", "InformationTransmise72"}, role
        assert PEUT_ETRE_LE_MEME not in lu.text, role
        assert role == "USAGER" or "BesoinSignale" not in faits, role
        assert role == "POLICE" or "EnqueteRealisee" not in faits, role
    assert lus == AUTRES_ROLES
    siens = {role for _, role, *_ in PARTENAIRES} | {role for role, *_ in AUTRES_ROLES}
    assert siens == set(tables.lire().matrice)


async def test_le_compte_d_une_personne_ne_lit_pas_tout_un_portefeuille(monde: Monde) -> None:
    """Named for its own case alone: no landlord is written beside it, by whatever way."""
    dossier = await raconter(monde)
    with pytest.raises(ChangementRefuse, match="un mandat le lie à son dossier"):
        inscrire(monde, 1, "USAGER", "portefeuille", dossier)
    code = inscrire(monde, 1, "USAGER", "", dossier)
    with (
        pytest.raises(ChangementRefuse, match="un mandat le lie à son dossier"),
        administrer(monde.bases.registre_url, PAR, SCHEMA) as registre,
    ):
        registre.execute(
            "INSERT INTO partenaires (code, siret, nom, role, finalites, territoire, portefeuille)"
            " SELECT code, siret, nom, role, finalites, territoire, %s FROM partenaires WHERE code = %s",
            [[BAILLEUR], code],
        )
    refus = await monde.get(f"/v1/dossiers/{dossier}", code, "DROITS_PERSONNE", "agent-1")
    inconnu = await monde.get(f"/v1/dossiers/{uuid4()}", code, "DROITS_PERSONNE", "agent-1")
    assert refus.status_code == inconnu.status_code == 404
    assert refus.content == inconnu.content


async def test_chacun_lit_autre_chose_du_meme_menage(monde: Monde) -> None:
    dossier = await raconter(monde)
    await monde.proposer(dossier)
    lus: dict[tuple[str, str], str | None] = {}
    for qui, finalite in LECTURES:
        lu = await monde.get(f"/v1/dossiers/{dossier}", qui, finalite)
        if lu.status_code == 404:
            lus[qui, finalite] = None
            continue
        document = lu.json()
        lus[qui, finalite] = " ".join(g["groupe"] for g in document["communique"])
        assert not {f["type"] for f in document["faits"]} & JAMAIS[qui], (qui, finalite)
        # That another case may be of the same household is a secret of that other case too (access 5).
        assert (PEUT_ETRE_LE_MEME in lu.text) is (qui == "ccapex"), (qui, finalite)
        assert all(g["motif"] for g in document["non_communique"])
    assert lus == LECTURES
    assert len(set(lus.values())) >= 11


def test_un_uuid_au_hasard_est_toujours_une_cle() -> None:
    """One in two hundred has digits in which a NIR could be read."""
    cles = [str(uuid4()) for _ in range(1000)]
    assert [cle for cle in cles if not cle_valable(cle)] == []
    assert cle_valable("fef3eba8-2738-4939-9126-4a02596cc8d6")
    assert not cle_valable("2 55 08 14 168 025 38")


async def test_l_export_du_journal_est_le_journal_meme(monde: Monde, monkeypatch: pytest.MonkeyPatch) -> None:
    await lire(monde, await monde.ouvrir())
    monkeypatch.setattr("adapters.gate.audit.LIGNES_PAR_EXPORT", 2)
    rendu = await monde.get("/v1/journal", "dpo", "CONTROLE", params={"format": "csv"})
    assert rendu.headers["content-type"] == "text/csv; charset=utf-8"
    assert rendu.headers["content-disposition"] == 'attachment; filename="journal.csv"'
    lignes = list(csv.DictReader(io.StringIO(rendu.text), delimiter=";"))
    lu = (await monde.get("/v1/journal", "dpo", "CONTROLE")).json()["lignes"]
    # Above the first line stand the rows of the pages that came after it, and of this last reading.
    attendues = [ligne["position"] for ligne in lu if ligne["position"] <= int(lignes[0]["position"])]
    assert [int(ligne["position"]) for ligne in lignes] == attendues
    assert len(lu) - len(attendues) == (len(attendues) + 1) // 2
    assert {ligne["action"] for ligne in lignes} >= {"ouvrir", "lire", "auditer"}
