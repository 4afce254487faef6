"""To a stranger, a household that is there and one that is not are the same bytes, on every route; and what is down
opens nothing to anybody.
"""

import asyncio
import re
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any, Final
from uuid import uuid4

import httpx2 as httpx
import orjson

from adapters.service.routes import ROUTES
from policies.engines import Decider
from policies.opa import OpaEngine
from tests.fichiers import PDF
from tests.monde import SEANCE, Monde, evenement
from tests.rest.recit import raconter, titulaire

DETTE: Final = evenement("DetteDeclaree", montant=224770, arretee_au="2026-10-31")
IDENTITE: Final = {"nom": "LEROY", "prenoms": "Fatou", "date_naissance": "1955-04-24"}
ETRANGERS: Final = (
    ("voisin", ("ACTE_EMISSION", "RELOGEMENT", "COORDINATION_CONTACTS", "CLIL_EXAMEN", "DSF")),
    ("ailleurs", ("CLIL_EXAMEN", "COORDINATION_CONTACTS", "ACCOMPAGNEMENT")),
)
"""Partners that nothing links to the case: another landlord, the CLIL of another commune."""


JOURS: Final = ("/v1/seances", "/v1/seances/calendrier")
CE_MOIS: Final = {"du": "2026-11-15", "au": "2027-01-14"}
FILTRES: Final[tuple[dict[str, str], ...]] = ({}, {"limite": "1"}, {"stade": "ASSIGNATION"}, {"commune": "93008"})


def octets(reponse: httpx.Response) -> tuple[int, bytes, list[tuple[str, str]]]:
    """All that was sent, but the trace and the log's position, which is everybody's."""
    annoncee = reponse.headers.get("content-length", str(len(reponse.content)))
    assert reponse.request.method == "HEAD" or annoncee == str(len(reponse.content))
    sauf = {"date", "traceparent", "position", "content-length"}
    entetes = [(nom, valeur) for nom, valeur in reponse.headers.multi_items() if nom not in sauf]
    return reponse.status_code, re.sub(rb'"position":\d+', b"", reponse.content), entetes


def demandes(dossier: str, personne: str) -> list[tuple[str, str, Any, dict[str, Any]]]:
    """Every way to name a case: in the path, in a body, in a line. Method, model, body, what else is sent."""
    chemin, ici = "/v1/dossiers/{dossier}", {"dossier": dossier}
    lues = [
        chemin,
        f"{chemin}/historique",
        f"{chemin}/situation",
        f"{chemin}/rapprochements",
        f"{chemin}/echanges",
        f"{chemin}/emissions",
        f"{chemin}/echeances",
        f"{chemin}/dossiers-de-seance/{SEANCE}",
        f"{chemin}/pieces/{{piece}}",
        f"{chemin}/documents/{{document}}",
        *(f"/v1/vues/{vue}/{{dossier}}" for vue in ("clil", "ccapex", "comex")),
        "/exploc/v1/procedures/{dossier}",
    ]
    lectures: list[dict[str, Any]] = [
        {},
        {"params": {"au": "2026-10-18"}},
        {"params": {"connu_le": "hier"}},
        {"params": {"regles_du": "2026-10-18"}},
        {"params": {"regles_du": "2020-01-01"}},
        {"headers": {"If-None-Match": "*"}},
    ]
    contributions: list[Any] = [
        {"evenements": [DETTE]},
        {"evenements": [evenement("CoordonneesDeclarees", personne=personne, telephone="0612345678")]},
        {"evenements": [DETTE | {"survenu_le": "2030-01-01"}]},
        {"evenements": []},
        {"evenements": [{"type": "Inconnu"}]},
        b"{",
        b"",
    ]
    droits = [
        ("", ici | {"personne": personne}),
        ("", ici),
        *(("/{effacement}/avis", ici | {"avis": avis}) for avis in ("FAVORABLE", "x")),
        ("/{effacement}/decision", ici | {"sens": "ACCORDE"}),
        ("/{effacement}/execution", ici | {"decision": personne}),
    ]
    pieces: list[Any] = [{"acte": personne, "nature": "ACTE", "personnes": [personne]}, {"acte": "x"}, {}]
    return [
        *(("GET", modele, None, plus) for modele in lues for plus in lectures),
        *(("POST", f"{chemin}/interventions", corps, {}) for corps in contributions),
        *(("POST", f"{chemin}/dossiers-de-seance", corps, {}) for corps in ({"seance": str(SEANCE)}, {}, b"{")),
        ("POST", f"{chemin}/interventions", contributions[0], {"headers": {"If-Match": '"x"'}}),
        ("POST", f"{chemin}/rapprochements/deplacement", {"fait": personne, "vers": personne}, {}),
        *(("POST", f"{chemin}/lecteurs", corps, {}) for corps in contributions),
        ("POST", f"{chemin}/deja-connu", {"donnees": ["dette"]}, {}),
        ("POST", f"{chemin}/deja-connu", {"donnees": ["rien"]}, {}),
        *(("POST", f"{chemin}/pieces", corps, {"params": dit}) for corps in (PDF, b"MZ", b"") for dit in pieces),
        *(("POST", "/v1/interventions/lot", ici | {"cle": "l"} | c, {}) for c in contributions if isinstance(c, dict)),
        *(("POST", f"/v1/droits/effacement{etape}", corps, {}) for etape, corps in droits),
        *((methode, chemin, b"", {}) for methode in ("HEAD", "PUT", "DELETE", "OPTIONS")),
    ]


async def demander(
    monde: Monde, qui: str, finalite: str, demande: tuple[str, str, Any, dict[str, Any]], **noms: str
) -> httpx.Response:
    methode, modele, corps, plus = demande
    entetes = monde.entetes(qui, finalite) | {"Idempotency-Key": "la-meme"} | plus.get("headers", {})
    contenu = corps if corps is None or isinstance(corps, bytes) else orjson.dumps(corps)
    adresse = modele.format(**noms)
    return await monde.client.request(methode, adresse, content=contenu, headers=entetes, params=plus.get("params"))


async def test_un_dossier_hors_de_portee_et_un_dossier_inconnu_sont_les_memes_octets(
    monde: Monde, compter: Callable[[str, int], None]
) -> None:
    dossier = await raconter(monde)
    personne = await titulaire(monde, dossier)
    demande = {"dossier": dossier, "personne": personne}
    ouvert = await monde.post("/v1/droits/effacement", "dpo", "DROITS_PERSONNE", demande)
    assert ouvert.status_code == 201, ouvert.text
    await monde.projeter()
    lu = (await monde.get(f"/v1/dossiers/{dossier}", "ccapex", "CCAPEX_ADMINISTRATIVE")).json()
    [acte] = [fait["id"] for fait in lu["faits"] if fait["type"] == "CcapexSaisie"]
    dit = {"acte": acte, "nature": "ACTE", "personnes": [personne]}
    jointe = await monde.post(f"/v1/dossiers/{dossier}/pieces", "ccapex", "CCAPEX_ADMINISTRATIVE", PDF, params=dit)
    assert jointe.status_code == 201, jointe.text
    vrai = {"dossier": dossier, "effacement": ouvert.json()["effacement"], "piece": jointe.json()["piece"]}
    vrai["document"] = "synthese"
    faux = {"dossier": str(uuid4()), "effacement": str(uuid4()), "piece": str(uuid4())}
    faux["document"] = "synthese"
    compares, routes, introuvables = 0, set(), 0
    for qui, finalites in ETRANGERS:
        for finalite in finalites:
            essais = demandes(dossier, personne), demandes(faux["dossier"], str(uuid4()))
            for la, ailleurs in zip(*essais, strict=True):
                reponses = [
                    await demander(monde, qui, finalite, d, **noms) for d, noms in ((la, vrai), (ailleurs, faux))
                ]
                # A line of a batch tells back the case that it names, and nothing that was not sent.
                dits = [
                    (statut, corps.replace(noms["dossier"].encode(), b"le-sien"), entetes)
                    for (statut, corps, entetes), noms in zip(map(octets, reponses), (vrai, faux), strict=True)
                ]
                assert dits[0] == dits[1], (qui, finalite, la)
                assert reponses[0].status_code >= 400 or la[1].endswith("/lot"), (qui, finalite, la)
                routes.add((la[0], re.sub("(clil|ccapex|comex)", "{vue}", la[1]).replace(str(SEANCE), "{seance}")))
                introuvables += reponses[0].status_code == 404
                compares += 1
    nommant = {(r.methode, r.chemin) for r in ROUTES if "{dossier}" in r.chemin or "{effacement}" in r.chemin}
    assert nommant <= routes
    assert introuvables > compares // 4
    compter("demandes d'un étranger, mêmes octets que le dossier existe ou non", compares)


ACTE_CONNU: Final = {"type": "CommandementPayerSignifie", "ref_acte": "CDP-2026-1", "survenu_le": "2026-10-15"}
"""The number that the étude of the story gives to one of its acts."""


async def test_un_menage_de_plus_ne_change_rien_aux_listes_ni_aux_recherches_d_un_etranger(monde: Monde) -> None:
    async def regarder() -> list[Any]:
        vus = []
        for qui, finalites in ETRANGERS:
            for finalite in finalites:
                vus += [
                    octets(await monde.get(f"/v1/vues/{vue}", qui, finalite, params=params))
                    for vue in ("clil", "ccapex", "comex")
                    for params in FILTRES
                ]
                vus.append(octets(await monde.post("/v1/dossiers/recherche", qui, finalite, IDENTITE)))
                vus += [octets(await monde.get(chemin, qui, finalite, params=CE_MOIS)) for chemin in JOURS]
                vus += [octets(await monde.get(chemin, qui, finalite)) for chemin in ("/v1/attentes", "/v1/dossiers")]
                vus.append(octets(await monde.get("/v1/abonnements", qui, finalite)))
                vus.append(octets(await monde.post("/v1/dossiers/reference", qui, finalite, ACTE_CONNU)))
        return vus

    avant = await regarder()
    assert any(statut == 200 for statut, _, _ in avant)
    await raconter(monde)
    await monde.projeter()
    assert await regarder() == avant


@asynccontextmanager
async def opa_qui_se_tait(reponse: bytes) -> AsyncIterator[int]:
    """A policy server that takes the question, and answers that, or nothing."""

    async def ecouter(lecteur: asyncio.StreamReader, ecrivain: asyncio.StreamWriter) -> None:
        await lecteur.readuntil(b"\r\n\r\n")
        if reponse:
            ecrivain.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(reponse) + reponse)
        await lecteur.read()
        ecrivain.close()

    serveur = await asyncio.start_server(ecouter, "127.0.0.1", 0)
    async with serveur:
        yield serveur.sockets[0].getsockname()[1]


async def test_un_moteur_qui_ne_repond_pas_ferme_tout_et_cela_s_ecrit(monde: Monde) -> None:
    dossier = await raconter(monde)
    await monde.projeter()
    corps = {"evenements": [DETTE]}
    appels: tuple[tuple[str, str, str, str, Any], ...] = (
        ("GET", f"/v1/dossiers/{dossier}", "bailleur", "ACTE_EMISSION", None),
        ("GET", f"/v1/dossiers/{dossier}/historique", "ssd", "ACCOMPAGNEMENT", None),
        ("GET", f"/v1/vues/ccapex/{dossier}", "ccapex", "CCAPEX_ADMINISTRATIVE", None),
        ("GET", "/v1/vues/ccapex", "ccapex", "CCAPEX_ADMINISTRATIVE", None),
        ("GET", "/v1/journal", "dpo", "CONTROLE", None),
        ("POST", "/v1/dossiers/recherche", "ssd", "ACCOMPAGNEMENT", IDENTITE),
        ("POST", f"/v1/dossiers/{dossier}/interventions", "bailleur", "ACTE_EMISSION", corps),
        ("GET", f"/v1/dossiers/{dossier}", "voisin", "ACTE_EMISSION", None),
        ("GET", f"/v1/dossiers/{uuid4()}", "voisin", "ACTE_EMISSION", None),
    )
    bon = monde.gate.decider
    for reponse in (b"", b"{}", b'{"result": {"autorise": true}}'):
        async with (
            opa_qui_se_tait(reponse) as port,
            OpaEngine(bon.revision, "127.0.0.1", port, timeout=0.05) as moteur,
        ):
            monde.gate.decider = Decider(moteur)
            monde.gate.plans.clear()
            for methode, adresse, qui, finalite, envoi in appels:
                avant = await monde.journal(10_000)
                recu = await demander(monde, qui, finalite, (methode, adresse, envoi, {}))
                assert (recu.status_code, recu.json()["code"]) == (503, "politiques_indisponibles"), adresse
                assert b"LEROY" not in recu.content
                ecrites = (await monde.journal(10_000))[: -len(avant)]
                assert [(x["issue"], x["motif"]) for x in ecrites] == [("erreur", "politiques_indisponibles")]
    monde.gate.decider = bon
    assert (await monde.get(f"/v1/dossiers/{dossier}", "bailleur", "ACTE_EMISSION")).status_code == 200
