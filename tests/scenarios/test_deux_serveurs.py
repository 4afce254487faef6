"""Two servers on one database: what is told to one is read at the other, and nobody's contribution is lost."""

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from threading import Barrier
from typing import Any, Final
from uuid import uuid4

from adapters.demo.departement import siret
from adapters.registre.administration import administrer, habiliter, inscrire_partenaire, rattacher_client
from adapters.registre.instantane import Habilitation, Partenaire
from tests.bases import SCHEMA
from tests.scenarios.service import (
    DEBUT,
    FIN,
    PAR,
    ROLES,
    SIRET_BAILLEUR,
    Reponse,
    Serveur,
    Service,
    evenement,
    ouverture,
)

BAILLEUR: Final = ("BAILLEUR_SOCIAL", "ACTE_EMISSION")
INSTRUCTEUR: Final = ("CCAPEX_INSTRUCTEUR", "CCAPEX_ADMINISTRATIVE")
CLIENTS: Final = 8
TOURS: Final = 12


def dette(montant: int) -> dict[str, Any]:
    return evenement("DetteDeclaree", montant=montant, arretee_au="2026-10-01")


def montants(reponse: Reponse) -> list[int]:
    return [f["champs"]["montant"] for f in reponse.json()["faits"] if f["type"] == "DetteDeclaree"]


def insister(serveur: Serveur, dossier: str, montant: int, cle: str) -> tuple[Reponse, int]:
    """Contribute, and do what a conflict says: send the same again. What was received, after how many conflicts."""
    for conflits in range(20):
        recu = serveur.contribuer(dossier, *BAILLEUR, dette(montant), Idempotency_Key=cle)
        if recu.statut == 201:
            return recu, conflits
        assert recu.json()["code"] == "conflit", recu.corps
    raise AssertionError(recu.corps)


def test_au_meme_dossier_rien_ne_se_perd_et_chacun_lit_ce_qu_il_vient_d_ecrire_a_l_autre(
    service: Service, compter: Callable[[str, int], None]
) -> None:
    conflits: list[int] = []
    with service.servir() as un, service.servir() as autre:
        dossier = un.post("/v1/dossiers", *BAILLEUR, ouverture("LEROY")).json()["dossier"]
        chemin = f"/v1/dossiers/{dossier}"

        def client(rang: int) -> list[int]:
            premier, second = (un, autre) if rang % 2 else (autre, un)
            positions = []
            with closing(premier.cousin()) as ici, closing(second.cousin()) as ailleurs:
                for tour in range(TOURS):
                    envoi = dossier, 1000 * rang + tour, f"{rang}-{tour}"
                    recu, refus = insister(ici, *envoi)
                    conflits.extend([1] * refus)
                    lu = ailleurs.get(chemin, *BAILLEUR)
                    assert envoi[1] in montants(lu)
                    assert lu.position >= recu.position
                    assert insister(ailleurs, *envoi)[0].corps == recu.corps
                    positions.append(recu.position)
            return positions

        with ThreadPoolExecutor(CLIENTS) as clients:
            positions = [position for siennes in clients.map(client, range(CLIENTS)) for position in siennes]
        vus = [montants(serveur.get(chemin, *BAILLEUR)) for serveur in (un, autre)]
    assert len(set(positions)) == CLIENTS * TOURS
    assert vus[0] == vus[1]
    assert sorted(vus[0]) == sorted(1000 * rang + tour for rang in range(CLIENTS) for tour in range(TOURS))
    versions = service.demander("SELECT originator_version FROM dossiers_events ORDER BY notification_id")
    assert versions == [(version,) for version in range(1, CLIENTS * TOURS + 3)]
    compter("contributions par deux serveurs au même dossier", len(positions))
    compter("dont conflits dits à leur auteur, puis renvois", len(conflits))


def test_un_meme_menage_ouvert_des_deux_cotes_a_la_fois_n_a_qu_un_dossier(
    service: Service, compter: Callable[[str, int], None]
) -> None:
    with service.servir() as un, service.servir() as autre:

        def ouvrir(couple: tuple[int, Serveur]) -> tuple[int, str]:
            rang, serveur = couple
            corps = ouverture(f"NOM{rang}", id_rpls=f"352{rang:07}")
            with closing(serveur.cousin()) as cousin:
                recu = cousin.post("/v1/dossiers", *BAILLEUR, corps, Idempotency_Key=f"{serveur.port}-{rang}")
            assert recu.statut == 201, recu.corps
            return rang, str(recu.json()["dossier"])

        with ThreadPoolExecutor(CLIENTS) as clients:
            ouverts = set(clients.map(ouvrir, [(rang, serveur) for rang in range(20) for serveur in (un, autre)]))
    assert len(ouverts) == 20
    compter("ménages ouverts par deux serveurs à la fois", len(ouverts))


OUVREURS: Final = {
    "BAILLEUR_SOCIAL": "ACTE_EMISSION",
    "CAF": "COORDINATION_CONTACTS",
    "CCAPEX_INSTRUCTEUR": "CCAPEX_ADMINISTRATIVE",
    "CCAS": "ACCOMPAGNEMENT",
    "CD_TRAVAILLEUR_SOCIAL": "ACCOMPAGNEMENT",
}
"""Roles that open cases: four partners of each, of as many organisations."""
MENAGES: Final = 12
ECRITURES: Final = ("NGUYEN-{}", "nguyen {}", "Nguyễn  {}", "NGUYÊN {}")
"""One name, as four information systems write it."""


def vingt_partenaires(service: Service) -> list[tuple[str, str]]:
    """Twenty partners of the same territory, each with an agent: their codes and the purpose at which each opens."""
    partenaires = []
    with administrer(service.bases.registre_url, PAR, SCHEMA) as registre:
        for rang in range(20):
            role = list(OUVREURS)[rang % len(OUVREURS)]
            code = f"ouvreur-{rang}"
            organisme = Partenaire(code, siret(200 + rang), f"Ouvreur {rang}", role, ROLES[role], "departement")
            inscrire_partenaire(registre, organisme)
            rattacher_client(registre, f"client-{code}", code)
            habilitation = Habilitation(uuid4(), code, f"agent-{rang}", ROLES[role], "profession", DEBUT, FIN, PAR)
            habiliter(registre, habilitation)
            partenaires.append((code, OUVREURS[role]))
    return partenaires


def test_vingt_partenaires_ouvrent_le_meme_menage_a_la_fois_et_n_ont_qu_un_dossier(
    service: Service, compter: Callable[[str, int], None]
) -> None:
    """Twenty partners tell of one household at the same instant, through two servers, as each writes its name.

    All are received, in one case; each keeps what it said, and sent again under its key it is the same answer.
    """
    partenaires = vingt_partenaires(service)
    depart = Barrier(len(partenaires))
    with service.servir() as un, service.servir() as autre:

        def client(rang: int) -> list[tuple[str, bytes, bytes]]:
            code, finalite = partenaires[rang]
            jeton = service.emetteur.jeton(code, f"agent-{rang}")
            recus = []
            with closing((un, autre)[rang % 2].cousin()) as ici, closing((autre, un)[rang % 2].cousin()) as ailleurs:
                for menage in range(MENAGES):
                    corps = ouverture(ECRITURES[rang % 4].format(f"B{menage}"), id_rpls=f"352{menage:07}")
                    corps["logement"] |= {"loyer": 70000 + rang, "bailleur_siret": SIRET_BAILLEUR}
                    corps["information_menage"] = "2026-09-02"
                    entetes = {"Authorization": f"Bearer {jeton}", "Finalite": finalite}
                    entetes["Idempotency-Key"] = f"menage-{menage}"
                    depart.wait(timeout=20)
                    recu = ici.appeler("POST", "/v1/dossiers", corps, entetes)
                    assert recu.statut == 201, (code, recu.corps)
                    encore = ailleurs.appeler("POST", "/v1/dossiers", corps, entetes)
                    recus.append((str(recu.json()["dossier"]), recu.corps, encore.corps))
            return recus

        with ThreadPoolExecutor(len(partenaires)) as clients:
            recus = list(clients.map(client, range(len(partenaires))))
        par_menage = [{dossier for dossier, _, _ in siens} for siens in zip(*recus, strict=True)]
        assert [len(dossiers) for dossiers in par_menage] == [1] * MENAGES
        assert len({dossier for [dossier] in par_menage}) == MENAGES
        assert all(recu == encore for siens in recus for _, recu, encore in siens)
        lus = [un.get(f"/v1/dossiers/{dossier}", *INSTRUCTEUR).json() for [dossier] in par_menage]
    for lu in lus:
        loyers = Counter(f["champs"]["loyer"] for f in lu["faits"] if f["type"] == "DossierOuvert")
        assert loyers == Counter(range(70000, 70020))
    [(suggeres,)] = service.demander(
        "SELECT count(*) FROM dossiers_events WHERE topic LIKE %s", ["%RapprochementSuggere%"]
    )
    assert suggeres == 0
    compter("ouvertures simultanées de mêmes ménages par vingt partenaires", len(partenaires) * MENAGES)


def test_la_file_active_de_l_autre_montre_ce_qui_vient_d_etre_ecrit(
    service: Service, compter: Callable[[str, int], None]
) -> None:
    with service.projeter(), service.servir() as un, service.servir() as autre:
        for rang in range(20):
            ici, ailleurs = (un, autre) if rang % 2 else (autre, un)
            recu = ici.post("/v1/dossiers", *BAILLEUR, ouverture(f"NOM{rang}", id_rpls=f"352{rang:07}"))
            liste = ailleurs.get("/v1/vues/ccapex", *INSTRUCTEUR, Prefer="wait=10", Position=str(recu.position))
            assert liste.json()["dossiers"][-1]["dossier"] == recu.json()["dossier"]
            assert liste.position >= recu.position
    compter("écritures relues par position dans la file active d'un autre serveur", 20)
