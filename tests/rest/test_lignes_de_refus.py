"""What the row of a refusal says (access 36): the case, all that was withheld, under which rules; whatever refused."""

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any, Final
from uuid import uuid4

import httpx2 as httpx
import orjson
import pytest

from adapters.gate.refus import Refus
from ledger.droit.obstacles import historique
from policies.decision import GROUPES
from policies.tables import lire as lire_les_tables
from tests.bases import bases_neuves, ouvrir_ledger
from tests.monde import ETUDE, Monde, evenement, ouverture, ouvrir_monde, peupler
from tests.rest.recit import titulaire

Appel = Callable[[Monde, str], Awaitable[httpx.Response]]
ACTE: Final = evenement("CommandementPayerSignifie", etude_siret=ETUDE, ref_acte="CDP-2026-1", dette=224770)
DETTE: Final = evenement("DetteDeclaree", montant=224770, arretee_au="2026-09-30")


def lire(qui: str, finalite: str, agent: str | None = "", suite: str = "", jeton: str = "", **entetes: str) -> Appel:
    """A reading of the case; with other headers than the usual ones."""

    async def appel(monde: Monde, dossier: str) -> httpx.Response:
        dits = monde.entetes(qui, finalite, agent) | entetes | ({"Authorization": f"Bearer {jeton}"} if jeton else {})
        return await monde.client.get(f"/v1/dossiers/{dossier}{suite}", headers={k: v for k, v in dits.items() if v})

    return appel


def dire(qui: str, finalite: str, *faits: dict[str, Any], corps: Any = None, **entetes: str) -> Appel:
    """A contribution to the case."""

    async def appel(monde: Monde, dossier: str) -> httpx.Response:
        chemin = f"/v1/dossiers/{dossier}/interventions"
        dit = {"evenements": list(faits)} if corps is None else corps
        return await monde.post(chemin, qui, finalite, dit, headers=entetes)

    return appel


def ligne_de_lot(qui: str, finalite: str, **ligne: Any) -> Appel:
    """One line of a batch, which names the case; its answer as if it had come alone."""

    async def appel(monde: Monde, dossier: str) -> httpx.Response:
        recu = await monde.post("/v1/interventions/lot", qui, finalite, orjson.dumps({"dossier": dossier, **ligne}))
        return httpx.Response(orjson.loads(recu.content)["statut"], content=recu.content)

    return appel


def effacer(etape: str, qui: str = "dpo", **contenu: Any) -> Appel:
    """A step of an erasure."""

    async def appel(monde: Monde, dossier: str) -> httpx.Response:
        corps = {"dossier": dossier} | contenu
        return await monde.post(f"/v1/droits/effacement{etape}", qui, "DROITS_PERSONNE", corps)

    return appel


SUR_UN_DOSSIER: Final[dict[str, tuple[int, str, Appel]]] = {
    "sans jeton": (401, "jeton_absent", lire("bailleur", "ACTE_EMISSION", Authorization="")),
    "jeton illisible": (401, "jeton_illisible", lire("bailleur", "ACTE_EMISSION", jeton="x" * 40)),
    "agent contraire": (401, "agent_contradictoire", lire("bailleur", "ACTE_EMISSION", Agent="contentieux-2")),
    "finalité manquante": (400, "finalite_manquante", lire("bailleur", "")),
    "finalité inconnue": (403, "FINALITE_INCONNUE", lire("bailleur", "CURIOSITE")),
    "finalité d'un autre rôle": (403, "FINALITE_NON_ACCORDEE", lire("bailleur", "DSF")),
    "finalité exclue": (403, "FINALITE_REFUSEE", lire("bailleur", "RECOUVREMENT")),
    "agent inconnu": (403, "AGENT_INVALIDE", lire("bailleur", "ACTE_EMISSION", None, Agent="jamais-vu")),
    "machine seule": (403, "AGENT_REQUIS", lire("bailleur", "ACTE_EMISSION", None)),
    "sans lien": (404, "AUCUN_LIEN", lire("voisin", "ACTE_EMISSION")),
    "sans lien, à l'historique": (404, "AUCUN_LIEN", lire("voisin", "ACTE_EMISSION", suite="/historique")),
    "paramètre": (400, "requete", lire("bailleur", "ACTE_EMISSION", suite="?connu_le=hier")),
    "règles à venir": (400, "requete", lire("bailleur", "ACTE_EMISSION", suite="?regles_du=2099-01-01")),
    "règles d'avant": (400, "requete", lire("bailleur", "ACTE_EMISSION", suite="?regles_du=2020-01-01")),
    "page inconnue": (400, "requete", lire("bailleur", "ACTE_EMISSION", suite=f"?apres={uuid4()}")),
    "événement d'un autre": (
        403,
        "EVENEMENT_NON_ACCORDE",
        dire("bailleur", "ACTE_EMISSION", evenement("EnqueteRealisee")),
    ),
    "écrit par un étranger": (404, "AUCUN_LIEN", dire("voisin", "ACTE_EMISSION", DETTE)),
    "JSON illisible": (400, "saisie", dire("bailleur", "ACTE_EMISSION", corps=b"{")),
    "saisie": (422, "saisie", dire("bailleur", "ACTE_EMISSION", evenement("DetteDeclaree", montant="x"))),
    "trop grand": (413, "trop_grand", dire("bailleur", "ACTE_EMISSION", corps=b" " * 600_000)),
    "refus du dossier": (
        422,
        "concours_non_requis",
        dire("comex", "ACTE_EMISSION", evenement("ConcoursForceRefuse", motif="relogement")),
    ),
    "acte connu": (409, "acte_connu", dire("etude", "ACTE_EMISSION", ACTE)),
    "acte deux fois": (
        422,
        "acte_double",
        dire("etude", "ACTE_EMISSION", *[ACTE | {"survenu_le": "2026-10-01"}] * 2),
    ),
    "clé réutilisée": (
        409,
        "cle_reutilisee",
        dire("bailleur", "ACTE_EMISSION", DETTE, **{"Idempotency-Key": "deja-servie"}),
    ),
    "le dossier a changé": (412, "precondition", dire("bailleur", "ACTE_EMISSION", DETTE, **{"If-Match": '"x"'})),
    "ligne illisible": (422, "saisie", ligne_de_lot("bailleur", "ACTE_EMISSION", evenements=[DETTE])),
    "ligne d'un étranger": (404, "AUCUN_LIEN", ligne_de_lot("voisin", "ACTE_EMISSION", cle="c", evenements=[DETTE])),
    "effacement sans le droit": (403, "EVENEMENT_NON_ACCORDE", effacer(f"/{uuid4()}/decision", sens="ACCORDE")),
    "effacement inconnu": (404, "effacement_inconnu", effacer(f"/{uuid4()}/avis", avis="FAVORABLE")),
}
"""By kind: the status, the reason that the row gives, the call."""

SANS_DOSSIER: Final[dict[str, tuple[int, str, str, str, str, Any]]] = {
    "journal": (403, "ACTION_NON_ACCORDEE", "bailleur", "ACTE_EMISSION", "/v1/journal", None),
    "politiques": (403, "ACTION_NON_ACCORDEE", "bailleur", "ACTE_EMISSION", "/v1/politiques", None),
    "vue": (403, "VUE_NON_ACCORDEE", "bailleur", "ACTE_EMISSION", "/v1/vues/comex", None),
    "recherche": (403, "ACTION_NON_ACCORDEE", "dpo", "CONTROLE", "/v1/dossiers/recherche", {"nom": "LEROY"}),
    "identité": (422, "saisie", "ssd", "ACCOMPAGNEMENT", "/v1/dossiers/recherche", {"nom": "LEROY"}),
    "ouverture": (403, "ACTION_NON_ACCORDEE", "dpo", "CONTROLE", "/v1/dossiers", ouverture()),
    "saisie": (422, "saisie", "bailleur", "ACTE_EMISSION", "/v1/dossiers", {"survenu_le": "2026-09-01"}),
}


@pytest.fixture(scope="module")
async def servi(modele: str) -> AsyncIterator[tuple[Monde, str]]:
    """One world for the module, and a case: the étude has told an act, the landlord has used a key."""
    with bases_neuves(modele) as bases:
        peupler(bases)
        async with ouvrir_ledger(bases) as ledger, ouvrir_monde(bases, ledger) as monde:
            dossier = await monde.ouvrir()
            assert await monde.ouvrir("etude") == dossier
            for dit in (
                dire("etude", "ACTE_EMISSION", ACTE),
                dire(
                    "bailleur",
                    "ACTE_EMISSION",
                    DETTE | {"survenu_le": "2026-10-01"},
                    **{"Idempotency-Key": "deja-servie"},
                ),
            ):
                recu = await dit(monde, dossier)
                assert recu.status_code == 201, recu.text
            yield monde, dossier


async def la_derniere(monde: Monde) -> dict[str, Any]:
    [ligne] = await monde.journal(1)
    return ligne


@pytest.mark.parametrize("genre", SUR_UN_DOSSIER)
async def test_regle_36_un_refus_dit_le_dossier_les_groupes_et_la_revision(
    servi: tuple[Monde, str], genre: str
) -> None:
    monde, dossier = servi
    statut, motif, appel = SUR_UN_DOSSIER[genre]
    recu = await appel(monde, dossier)
    ligne = await la_derniere(monde)
    assert (recu.status_code, ligne["issue"], ligne["motif"]) == (statut, "refuse", motif), recu.text
    assert str(ligne["dossier"]) == dossier
    assert (ligne["groupes_retenus"], ligne["groupes_montres"]) == (list(GROUPES), [])
    assert ligne["revision"] == monde.gate.decider.revision


@pytest.mark.parametrize("genre", SANS_DOSSIER)
async def test_regle_36_un_refus_qui_ne_concerne_aucun_dossier_dit_le_reste(
    servi: tuple[Monde, str], genre: str
) -> None:
    monde, _ = servi
    statut, motif, qui, finalite, chemin, corps = SANS_DOSSIER[genre]
    recu = await (monde.get(chemin, qui, finalite) if corps is None else monde.post(chemin, qui, finalite, corps))
    ligne = await la_derniere(monde)
    assert (recu.status_code, ligne["issue"], ligne["motif"]) == (statut, "refuse", motif), recu.text
    assert (ligne["dossier"], ligne["groupes_retenus"]) == (None, list(GROUPES))
    assert ligne["revision"] == monde.gate.decider.revision


async def test_regle_36_un_conflit_laisse_sa_ligne(servi: tuple[Monde, str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Another process writes in this case, each time that this contribution has been decided."""
    monde, dossier = servi
    async with ouvrir_ledger(monde.bases) as autre, ouvrir_monde(monde.bases, autre) as ailleurs:
        preparer = monde.gate.ledger.preparer

        async def devancee(*args: Any, **plus: Any) -> Any:
            faite = await preparer(*args, **plus)
            cle = {"Idempotency-Key": f"ailleurs-{uuid4()}"}
            assert (await dire("bailleur", "ACTE_EMISSION", DETTE, **cle)(ailleurs, dossier)).status_code == 201
            return faite

        monkeypatch.setattr(monde.gate.ledger, "preparer", devancee)
        recu = await dire("bailleur", "ACTE_EMISSION", DETTE)(monde, dossier)
        ligne = next(x for x in await monde.journal() if x["motif"] == "conflit")
    assert (recu.status_code, recu.json()["code"]) == (409, "conflit")
    assert (ligne["issue"], ligne["organisation"], str(ligne["dossier"])) == ("refuse", "bailleur", dossier)
    assert (ligne["groupes_retenus"], ligne["revision"]) == (list(GROUPES), monde.gate.decider.revision)


ARTICLES: Final = {
    "AUTRE_COMMISSION": "charte 93, partie II B",
    "INFORMATION_MENAGE_REQUISE": "RGPD, articles 13 et 14",
    "OPPOSITION": "RGPD, article 21",
    "LIMITATION": "RGPD, article 18",
    "CONTROLE_SANS_CONTENU": "RGPD, articles 38 et 39",
    "TRAVAIL_SOCIAL": "CRPA, L.114-8 ; code pénal, 226-13",
    "AUTRE_PERSONNE": "RGPD, article 15, 4",
    "EVALUATION_NON_PARTAGEE": "CASF, L.121-6-2",
    "AUTRE_ORIGINE": "RGPD, article 5, 1, c",
    "ACCORD_INTERESSE": "RGPD, articles 4, 11 et 7",
}
"""Of each reason of the policies that names a text: which."""


def test_regle_36_l_article_est_celui_que_la_reponse_nomme() -> None:
    assert {
        code: lu for code, phrase in lire_les_tables().motifs.items() if (lu := Refus(403, code, phrase).article)
    } == ARTICLES
    assert len(historique()) > 5
    for obstacle in historique():  # what stops an erasure always rests on one
        assert Refus(422, obstacle.code, obstacle.phrase).article == obstacle.legal_ref


async def test_regle_36_la_ligne_d_un_refus_nomme_l_article_de_la_reponse(monde: Monde) -> None:
    """By the rules, by the case, and by what stops an erasure."""
    dossier = await monde.ouvrir()
    personne = await titulaire(monde, dossier)
    accord: dict[str, Any] = {
        "accord": str(uuid4()),
        "destinataire": "clil",
        "groupes": ["F06"],
        "jusqu_au": "2027-06-30",
    }
    saisine = dire("ccapex", "CCAPEX_ADMINISTRATIVE", evenement("CcapexSaisie", saisissant="BAILLEUR"))
    assert (await saisine(monde, dossier)).status_code == 201
    demande = await effacer("", personne=personne)(monde, dossier)
    chemin = f"/{demande.json()['effacement']}"
    assert (await effacer(f"{chemin}/avis", avis="FAVORABLE")(monde, dossier)).status_code == 201
    limite = dire("ccapex", "CCAPEX_ADMINISTRATIVE", evenement("OppositionEnregistree", portee="LIMITATION"))
    for appel, statut, article in (
        (dire("ssd", "ACCOMPAGNEMENT", evenement("AccordRecueilli", **accord)), 422, "RGPD, article 7, 1"),
        (effacer(f"{chemin}/decision", "responsable", sens="ACCORDE"), 422, "RGPD 17(3)(b) ; Loi 90-449 art. 7-2"),
        (limite, 201, ""),
        (lire("ssd", "COORDINATION_CONTACTS"), 403, "RGPD, article 18"),
    ):
        recu = await appel(monde, dossier)
        assert recu.status_code == statut, recu.text
        if statut != 201:
            assert article in recu.json()["detail"]
            [ligne] = (await monde.get("/v1/journal?issue=refuse&limite=1", "dpo", "CONTROLE")).json()["lignes"]
            assert (ligne["article"], ligne["dossier"]) == (article, dossier)
