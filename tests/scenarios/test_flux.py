"""The feed under eight writers: servers and projector killed, a subscriber suspended, others that ask again.

For each subscriber, what it got is what its histories show it: none missing, none else, in the order of the log.
"""

import http.client
import os
import random
import signal
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass, field
from itertools import count
from typing import Any, Final
from urllib.parse import urlencode
from uuid import uuid4

from adapters.registre.administration import administrer, suspendre_partenaire
from tests.bases import AUJOURD_HUI, SCHEMA
from tests.scenarios.service import PAR, Reponse, Serveur, Service, evenement, ouverture, partenaire

CHANGEMENTS: Final = int(os.environ.get("CHANGEMENTS", "400"))
"""How many contributions the writers make, all together: ``CHANGEMENTS=10000`` for a run at length."""
ECRIVAINS: Final = 8
DOSSIERS: Final = 6
"""Half of them are opened while the others are told of."""
PAS: Final = -(-CHANGEMENTS // (DOSSIERS // 2))
OUVRE: Final = ("BAILLEUR_SOCIAL", "ACTE_EMISSION")
SOCIAL: Final = ("CD_TRAVAILLEUR_SOCIAL", "ACCOMPAGNEMENT")
CCAPEX: Final = ("CCAPEX_INSTRUCTEUR", "CCAPEX_ADMINISTRATIVE")
CAF: Final = ("CAF", "COORDINATION_CONTACTS")
ABONNES: Final = (
    OUVRE,
    SOCIAL,
    CCAPEX,
    CAF,
    ("PREFECTURE_CFP", "CFP_INSTRUCTION"),
    ("BAILLEUR_PRIVE", "ACTE_EMISSION"),
)


@dataclass
class Abonne:
    """One who follows the feed, and forgets now and then how far it had come, as who is stopped before it says so."""

    qui: tuple[str, str]
    serveur: Callable[[], Serveur]
    graine: int
    suivant: str = ""
    recus: list[dict[str, Any]] = field(default_factory=list)
    redits: int = 0
    refuse: bool = False

    def demander(self) -> dict[str, Any] | None:
        """A page; None for who is refused. A server that is down is asked again."""
        params = {"limite": "20"} | ({"depuis": self.suivant} if self.suivant else {})
        while True:
            try:
                with closing(self.serveur().cousin()) as cousin:
                    recu = cousin.get(f"/v1/flux?{urlencode(params)}", *self.qui)
            except (OSError, http.client.HTTPException):
                time.sleep(0.1)
                continue
            if recu.statut in {429, 503}:
                time.sleep(0.1)
                continue
            if recu.statut in {401, 403}:
                return None
            assert recu.statut == 200, recu.corps
            page: dict[str, Any] = recu.json()
            return page

    def suivre(self, fini: Callable[[], bool]) -> None:
        """Page after page, until what is written is written and nothing follows."""
        alea, connus = random.Random(self.graine), dict[str, str]()  # noqa: S311 - a sequence, not a secret
        while True:
            dernier = fini()
            page = self.demander()
            if page is None:
                self.refuse = True
                return
            for dit in page["evenements"]:
                cle = str((dit["type"], dit["data"]))
                if dit["type"] == "fr.unefois.fait" and connus.setdefault(cle, dit["id"]) != dit["id"]:
                    raise AssertionError(dit)
                self.redits += dit["id"] in {d["id"] for d in self.recus[-60:]}
                self.recus.append(dit)
            if alea.random() > 0.2 or dernier:
                self.suivant = page["suivant"]
            if dernier and not page["encore"]:
                return
            if not page["encore"]:
                time.sleep(0.02)

    @property
    def faits(self) -> list[tuple[str, str]]:
        """Case and fact, each the first time that it was told."""
        dits = [(d["data"]["dossier"], d["data"]["fait"]) for d in self.recus if d["data"]["fait"]]
        return list(dict.fromkeys(dits))


@dataclass
class Ecriture:
    """What the writers write, and how far they are."""

    dossiers: list[str] = field(default_factory=list)
    rangs: Iterator[int] = field(default_factory=count)
    faits: int = 0

    def ouvrir(self, serveur: Serveur, n: int) -> None:
        nom = "NOM" + "ABCDEFGHIJ"[n]
        self.dossiers.append(
            reussir(serveur.post("/v1/dossiers", *OUVRE, ouverture(nom, id_rpls=f"352{n:07}")))["dossier"]
        )
        suivi = evenement("AccompagnementOuvert", intervention=str(uuid4()), mesure="SSD")
        corps = {"evenements": [suivi], "information_menage": "2026-10-01"}
        reussir(serveur.post(f"/v1/dossiers/{self.dossiers[-1]}/interventions", *SOCIAL, corps))

    def ecrire(self, serveur: Serveur) -> None:
        with closing(serveur.cousin()) as cousin:
            while (rang := next(self.rangs)) < CHANGEMENTS:
                if rang % PAS == PAS // 2:
                    self.ouvrir(cousin, DOSSIERS // 2 + rang // PAS)
                qui, fait = dits(rang)
                dossier = self.dossiers[rang % len(self.dossiers)]
                while (recu := cousin.contribuer(dossier, *qui, fait)).statut in {409, 429, 503}:
                    time.sleep(0.05)
                reussir(recu)
                self.faits += 1


def dits(rang: int) -> tuple[tuple[str, str], dict[str, Any]]:
    """What is told, by whom: some of it is for everybody, some for few, some under secrecy."""
    besoin: dict[str, Any] = {"besoin": "INTERPRETE", "fondement": "RGPD_6_1_E", "avec_accord": rang % 2 == 0}
    return (
        (OUVRE, evenement("DetteDeclaree", montant=1000 + rang, arretee_au="2026-10-15")),
        (SOCIAL, evenement("BudgetDeclare", ressources=100000 + rang, charges=90000)),
        (SOCIAL, evenement("BesoinSignale", acte=str(uuid4()), **besoin)),
        (CCAPEX, evenement("MenageInforme", canal="COURRIER")),
        (OUVRE, evenement("ContactTente", canal="RAR", resultat="ABSENT")),
    )[rang % 5]


def reussir(reponse: Reponse) -> Any:
    assert reponse.statut == 201, reponse.corps
    return reponse.json()


def historique(serveur: Serveur, dossier: str, qui: tuple[str, str]) -> list[str]:
    """Every fact that this reader is shown of a case."""
    lus: list[str] = []
    apres: dict[str, str] = {}
    while True:
        recu = serveur.get(f"/v1/dossiers/{dossier}/historique?{urlencode(apres)}", *qui)
        if recu.statut != 200:
            return []
        lus += [f["id"] for f in recu.json()["evenements"]]
        if recu.json()["suivant"] is None:
            return lus
        apres = {"apres": recu.json()["suivant"]}


def attendre(condition: Callable[[], bool], secondes: float = 120) -> None:
    fin = time.monotonic() + secondes
    while not condition():
        assert time.monotonic() < fin
        time.sleep(0.05)


def verifier(service: Service, serveur: Serveur, abonne: Abonne, dossiers: list[str]) -> int:
    """Nothing missing, nothing else, in the order of the log; how many facts it was told."""
    places = dict(
        service.demander(
            "SELECT convert_from(state, 'UTF8')::jsonb #>> '{enveloppe,id}', notification_id FROM dossiers_events"
        )
    )
    ordre = [places[fait] for _, fait in abonne.faits]
    assert ordre == sorted(ordre), abonne.qui
    if abonne.qui == CAF:
        assert abonne.refuse, "the suspended subscriber was still answered"
        return 0
    attendus = {d: historique(serveur, d, abonne.qui) for d in dossiers}
    obtenus = {d: [fait for dossier, fait in abonne.faits if dossier == d] for d in dossiers}
    assert obtenus == attendus, abonne.qui
    assert len(abonne.faits) == sum(map(len, attendus.values()))
    return len(abonne.faits)


def test_chaque_abonne_recoit_ce_qu_il_peut_lire_dans_l_ordre_sans_manque(
    service: Service, compter: Callable[[str, int], None]
) -> None:
    projecteur = service._lancer("projeter")
    lu, ecrit = [service.demarrer()], service.demarrer()
    ecriture, abonnes = Ecriture(), [Abonne(qui, lambda: lu[-1], n) for n, qui in enumerate(ABONNES)]
    for abonne in abonnes:
        page = abonne.demander()
        assert page is not None
        abonne.suivant = page["suivant"]
    for n in range(DOSSIERS // 2):
        ecriture.ouvrir(ecrit, n)
    projete = ecrites = False

    def fini() -> bool:
        return ecrites and projete

    def tete() -> bool:
        rangees = service.demander(
            "SELECT (SELECT position FROM positions WHERE active) = (SELECT max(notification_id) FROM dossiers_events)"
        )
        return bool(rangees[0][0])

    with ThreadPoolExecutor(ECRIVAINS + len(abonnes)) as fils:
        suivis = [fils.submit(abonne.suivre, fini) for abonne in abonnes]
        taches = [fils.submit(ecriture.ecrire, ecrit) for _ in range(ECRIVAINS)]

        def a_mi(part: float) -> None:
            attendre(lambda: ecriture.faits >= part * CHANGEMENTS or any(t.done() and t.exception() for t in taches))

        try:
            a_mi(0.25)
            service.forge.ordonner("terminer", pid=projecteur, signal=signal.SIGKILL)
            a_mi(0.4)
            projecteur = service._lancer("projeter")
            a_mi(0.5)
            lu[-1].terminer(signal.SIGKILL)
            lu.append(service.demarrer())
            a_mi(0.75)
            with administrer(service.bases.registre_url, PAR, SCHEMA) as registre:
                suspendre_partenaire(registre, partenaire(CAF[0]), AUJOURD_HUI)
            for tache in taches:
                tache.result()
            ecrites = True
            attendre(tete)
        finally:
            ecrites = projete = True
        for suivi in suivis:
            suivi.result()
    recus = sum(verifier(service, lu[-1], abonne, ecriture.dossiers) for abonne in abonnes)
    redits = sum(abonne.redits for abonne in abonnes)
    service.forge.ordonner("terminer", pid=projecteur, signal=signal.SIGTERM)
    for serveur in (lu[-1], ecrit):
        serveur.terminer()
    assert ecriture.faits == CHANGEMENTS
    assert redits > 0
    compter("contributions de huit écrivains suivies par le flux", ecriture.faits)
    compter("faits dits aux abonnés, tous ceux qu'ils lisent", recus)
    compter("changements redits à qui les a redemandés", redits)


def test_livrer_tourne_avec_les_secrets_de_l_api_et_finit_quand_on_le_lui_dit(service: Service) -> None:
    with service.servir() as serveur:
        abonner = serveur.post("/v1/abonnements", *OUVRE, {"url": "https://127.0.0.1/"})
        assert abonner.statut == 422, "en production, la boucle locale est refusée"
    pid = service._lancer("livrer")
    ouvertes = (
        "SELECT count(*) FROM pg_stat_activity WHERE usename = 'unefois_api' AND query LIKE 'UPDATE livraisons%%'"
    )
    fin = time.monotonic() + 30
    while not service.demander(ouvertes)[0][0]:
        assert time.monotonic() < fin
        time.sleep(0.1)
    assert service.forge.ordonner("terminer", pid=pid, signal=signal.SIGTERM)["code"] == 0
    assert (service.dossier / "livrer.err").read_text() == ""
