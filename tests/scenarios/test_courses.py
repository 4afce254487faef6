"""Lost races: sixteen writers in two processes on the same cases, by every route that writes.

What is acknowledged is stored, what is not stored is not acknowledged, and each outcome has its row.
"""

import itertools
import json
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass, field
from typing import Any, Final
from uuid import uuid4

import pytest

from adapters.registre.administration import administrer, habiliter, inscrire_partenaire, rattacher_client
from adapters.registre.instantane import Habilitation, Partenaire
from tests.bases import SCHEMA
from tests.exploc.test_lot import contenu, rangee
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
    partenaire,
)

BAILLEUR: Final = ("BAILLEUR_SOCIAL", "ACTE_EMISSION")
DPO: Final = ("DPO", "DROITS_PERSONNE")
RESPONSABLE: Final = ("RESPONSABLE_TRAITEMENT", "DROITS_PERSONNE")
INSTRUCTEUR: Final = ("CCAPEX_INSTRUCTEUR", "CCAPEX_ADMINISTRATIVE")
ETUDE, SIRET_ETUDE = "etude-courses", "99920707900180"
DOSSIERS: Final = 4
"""The last has no procedure, so that its persons can be erased."""
SEULES, LOT, LOTS, DEMANDES, RANGEES, ACTES = 400, 128, 9, 60, 300, 200
CAUSES: Final = {"conflit", "cle_reutilisee", "acte_connu"}


@dataclass
class Compte:
    """What one writer was told: the positions that it was given, and how each of its sendings ended."""

    stockees: dict[str, int] = field(default_factory=dict)
    positions: list[int] = field(default_factory=list)
    issues: Counter[tuple[str, str]] = field(default_factory=Counter)

    def noter(self, route: str, dit: dict[str, Any], statut: int, *, renvoi: bool = False) -> None:
        if statut != 201:
            assert (statut, dit["code"] in CAUSES) == (409, True), dit
            self.issues[route, dit["code"]] += 1
        elif renvoi:
            assert self.stockees[dit["contribution"]] == dit["position"]
            self.issues[route, "deja"] += 1
        else:
            assert dit["contribution"] not in self.stockees
            self.stockees[dit["contribution"]] = dit["position"]
            self.issues[route, ""] += 1


def dette(montant: int) -> dict[str, Any]:
    return evenement("DetteDeclaree", montant=montant, arretee_au="2026-10-01")


def identite(n: int) -> dict[str, str]:
    return {"nom": f"COURSE {n}", "prenoms": "Fatou", "date_naissance": "1955-04-24"}


@dataclass
class Courses:
    """The cases, and the writers of one server. ``rangs`` numbers what is sent, once for all."""

    dossiers: list[str]
    titulaires: list[str]
    rangs: Iterator[int] = field(default_factory=itertools.count)

    def seules(self, serveur: Serveur) -> Compte:
        """One contribution at a time; some sent twice, some under a key that was used."""
        compte = Compte()
        for n in range(SEULES):
            rang = next(self.rangs)
            dossier, cle = self.dossiers[rang % DOSSIERS], f"seule-{rang}"
            recu = serveur.contribuer(dossier, *BAILLEUR, dette(rang), Idempotency_Key=cle)
            compte.noter("emettre", recu.json(), recu.statut)
            if recu.statut == 201 and n % 10 == 0:
                encore = serveur.contribuer(dossier, *BAILLEUR, dette(rang), Idempotency_Key=cle)
                compte.noter("emettre", encore.json(), encore.statut, renvoi=True)
            if recu.statut == 201 and n % 20 == 5:
                autre = serveur.contribuer(dossier, *BAILLEUR, dette(rang + 1), Idempotency_Key=cle)
                compte.noter("emettre", autre.json(), autre.statut)
        return compte

    def lots(self, serveur: Serveur) -> Compte:
        """Many contributions in one body, those of one case one after the other."""
        compte = Compte()
        for _ in range(LOTS):
            rangs = [next(self.rangs) for _ in range(LOT)]
            lignes = [
                {"dossier": self.dossiers[rang % DOSSIERS], "cle": f"lot-{rang}", "evenements": [dette(rang)]}
                for rang in rangs
            ]
            corps = b"\n".join(json.dumps(ligne).encode() for ligne in lignes)
            rendues = serveur.post("/v1/interventions/lot", *BAILLEUR, corps).corps.splitlines()
            assert len(rendues) == LOT
            for rendue in map(json.loads, rendues):
                compte.noter("emettre", rendue, rendue["statut"])
        return compte

    def droits(self, serveur: Serveur) -> Compte:
        """Erasures, asked, advised upon and decided; those of the last case are executed."""
        compte = Compte()

        def etape(nom: str, chemin: str, qui: tuple[str, str], contenu: dict[str, str], agent: int = 0) -> Any:
            recu = serveur.post(f"/v1/droits/effacement{chemin}", *qui, contenu, agent)
            route = f"effacement_{nom}"
            if recu.statut != 201:
                compte.noter(route, recu.json(), recu.statut)
                return None
            compte.issues[route, ""] += 1
            compte.positions.append(recu.json()["position"])
            return recu.json()

        for n in range(DEMANDES):
            rang = n % DOSSIERS
            dans = {"dossier": self.dossiers[rang]}
            personne, executee = self.titulaires[rang], rang == DOSSIERS - 1
            if executee:
                personne = str(uuid4())
                occupant = evenement("OccupantDeclare", personne=personne, qualite="OCCUPANT", nom=f"OCCUPANT {n}")
                recu = serveur.contribuer(dans["dossier"], *BAILLEUR, occupant)
                compte.noter("emettre", recu.json(), recu.statut)
                if recu.statut != 201:
                    continue
            if (demande := etape("demande", "", RESPONSABLE, dans | {"personne": personne})) is None:
                continue
            suite = f"/{demande['effacement']}"
            if etape("avis", f"{suite}/avis", DPO, dans | {"avis": "FAVORABLE"}) is None:
                continue
            sens = {"sens": "ACCORDE"} if executee else {"sens": "REFUSE", "article": "RGPD art. 17"}
            decidee = etape("decision", f"{suite}/decision", RESPONSABLE, dans | sens)
            if decidee is not None and executee:
                executer = dans | {"decision": decidee["decision"]}
                execution = (etape("execution", f"{suite}/execution", RESPONSABLE, executer, agent=1) for _ in range(5))
                assert any(execution)  # whoever lost its races asks again
        return compte

    def actes(self, serveur: Serveur) -> Compte:
        """The acts that the lots also bring, by the étude itself: whoever comes first."""
        compte = Compte()
        for n in range(ACTES):
            acte = evenement("CommandementPayerSignifie", "2026-10-15", etude_siret=SIRET_ETUDE, ref_acte=f"CDP-{n}")
            chemin = f"/v1/dossiers/{self.dossiers[n % (DOSSIERS - 1)]}/interventions"
            recu = serveur.appeler(
                "POST", chemin, {"evenements": [acte]}, entetes_etude(serveur, f"acte-{serveur.port}-{n}")
            )
            compte.noter("emettre", recu.json(), recu.statut)
        return compte

    def importer(self, serveur: Serveur) -> dict[str, Any]:
        """A lot of acts of the same households."""
        rangees = [
            rangee(
                nom=identite(n % (DOSSIERS - 1))["nom"], prenoms="Fatou", date_naissance="24/04/1955", parc="SOCIAL",
                id_rpls=f"352{n % (DOSSIERS - 1):07}", commune_insee="93008", bailleur_siret=SIRET_BAILLEUR,
                etude_siret=SIRET_ETUDE, ref_acte=f"CDP-{n}", date_acte="15/10/2026", ref_dossier=f"R-{n}",
            )
            for n in range(RANGEES)
        ]  # fmt: skip
        entetes = serveur.entetes(*INSTRUCTEUR)
        recu = serveur.appeler("POST", "/exploc/v1/lots?ecrire=true", contenu(*rangees), entetes)
        assert recu.statut == 200, recu.corps
        rapport: dict[str, Any] = recu.json()
        return rapport


def entetes_etude(serveur: Serveur, cle: str) -> dict[str, str]:
    return {
        "Authorization": f"Bearer {serveur.emetteur.jeton(ETUDE, 'clerc')}",
        "Finalite": "ACTE_EMISSION",
        "Idempotency-Key": cle,
    }


def inscrire_etude(service: Service) -> None:
    """An étude whose SIRET an import accepts."""
    with administrer(service.bases.registre_url, PAR, SCHEMA) as registre:
        etude = Partenaire(ETUDE, SIRET_ETUDE, "Étude", "COMMISSAIRE_JUSTICE", ROLES["COMMISSAIRE_JUSTICE"])
        inscrire_partenaire(registre, etude)
        rattacher_client(registre, f"client-{ETUDE}", ETUDE)
        habiliter(registre, Habilitation(uuid4(), ETUDE, "clerc", etude.finalites, "profession", DEBUT, FIN, PAR))


def ouvrir(serveur: Serveur) -> Courses:
    """The cases, opened by their landlord and joined by the étude."""
    dossiers, titulaires = [], []
    for n in range(DOSSIERS):
        corps = ouverture("", id_rpls=f"352{n:07}") | {"titulaire": identite(n)}
        dossiers.append(reussir(serveur.post("/v1/dossiers", *BAILLEUR, corps))["dossier"])
        reussir(serveur.appeler("POST", "/v1/dossiers", corps, entetes_etude(serveur, f"ouverture-{n}")))
        faits = serveur.get(f"/v1/dossiers/{dossiers[n]}", *INSTRUCTEUR).json()["faits"]
        titulaires.append(next(f["champs"]["personne"] for f in faits if f["type"] == "OccupantDeclare"))
    return Courses(dossiers, titulaires)


def reussir(reponse: Reponse) -> Any:
    assert reponse.statut == 201, reponse.corps
    return reponse.json()


@pytest.mark.long
def test_ce_qui_est_acquitte_est_enregistre_et_ce_qui_ne_l_est_pas_n_est_pas_acquitte(
    service: Service, compter: Callable[[str, int], None]
) -> None:
    inscrire_etude(service)
    with service.servir() as un, service.servir() as autre:
        courses = ouvrir(un)
        ouvertures = {c for (c,) in service.demander("SELECT contribution::text FROM contributions")}
        avant = journal(service)

        def mener(ecrivain: Callable[[Serveur], Any], serveur: Serveur) -> Any:
            with closing(serveur.cousin()) as cousin:
                return ecrivain(cousin)

        debut = time.monotonic()
        c = courses
        with ThreadPoolExecutor(16) as fils:
            ecrivains = [c.seules, c.seules, c.lots, c.lots, c.lots, c.droits, c.actes, c.importer]
            taches = [fils.submit(mener, ecrivain, serveur) for ecrivain in ecrivains for serveur in (un, autre)]
            rendus = [tache.result() for tache in taches]
        duree = time.monotonic() - debut
    comptes = [rendu for rendu in rendus if isinstance(rendu, Compte)]
    rapports = [rendu for rendu in rendus if not isinstance(rendu, Compte)]
    issues: Counter[tuple[str, str]] = sum((compte.issues for compte in comptes), Counter())

    # Each contribution that was acknowledged is stored where it was said to be; and nothing else is stored.
    stockees = {
        contribution: (qui, position)
        for contribution, qui, position in service.demander(
            "SELECT contribution::text, partenaire, position FROM contributions"
        )
        if contribution not in ouvertures
    }
    dites = {contribution: position for compte in comptes for contribution, position in compte.stockees.items()}
    assert {contribution: stockees[contribution][1] for contribution in dites} == dites
    restes = Counter(qui for contribution, (qui, _) in stockees.items() if contribution not in dites)
    importees = sum(rapport["accepted_distinct_acts"] for rapport in rapports)
    droits = [position for compte in comptes for position in compte.positions]
    assert restes.pop(partenaire(INSTRUCTEUR[0])) == importees
    # An erasure is engaged before it is done: two contributions for one answer.
    [(engages,)] = service.demander("SELECT count(*) FROM dossiers_events WHERE topic = 'unefois:EffacementEngage'")
    assert restes.total() - engages == len(droits) == len(set(droits))
    assert set(droits) <= {position for _, position in stockees.values()}

    # An act that two tell is there once; that of EXPLOC once more if its étude tells it after (access 33).
    par_source = dict(
        service.demander(
            "SELECT coalesce(convert_from(state, 'UTF8')::jsonb #>> '{enveloppe,source}', 'PARTENAIRE'), count(*)"
            " FROM dossiers_events WHERE topic LIKE '%%Commandement%%' OR topic LIKE '%%Acte%%' GROUP BY 1"
        )
    )
    [(naturelles,)] = service.demander("SELECT count(*) FROM cles_naturelles")
    renonces = sum("sans cesse" in refus["motif"] for rapport in rapports for refus in rapport["refus"])
    assert RANGEES - renonces <= naturelles - par_source["PARTENAIRE"] <= RANGEES  # what it tells has a second key
    assert 0 < par_source["EXPLOC"] == importees <= RANGEES
    assert 0 < par_source["PARTENAIRE"] <= ACTES
    assert all(r["accepted_distinct_acts"] + r["doublons"] + r["rejected"] == RANGEES for r in rapports)

    # Each outcome has its row, and no row tells of another.
    apres = journal(service) - avant
    dits = {(route, "refuse" if cause in CAUSES else "autorise", cause): n for (route, cause), n in issues.items()}
    assert {cle: n for cle, n in apres.items() if cle[0] == "emettre" or cle[0].startswith("effacement")} == dits
    assert apres["importer", "autorise", ""] == importees + len(rapports)
    assert apres["importer", "refuse", "conflit"] == renonces

    total = issues.total() + len(rapports) * RANGEES
    compter("contributions de seize écrivains à quatre dossiers, par toutes les routes", total)
    for cause, n in sorted(par_cause(issues).items()):
        compter(f"dont {cause}", n)
    compter("dont importées", importees)
    compter("dont refusées à l'import par un acte connu au dernier moment", apres["importer", "refuse", "acte_connu"])
    compter("dont laissées par l'import pour trop de conflits", renonces)
    compter("durée, en millisecondes", round(duree * 1000))
    assert total >= 10_000
    assert par_cause(issues)["conflit"] * 100 <= total


def par_cause(issues: Counter[tuple[str, str]]) -> Counter[str]:
    causes: Counter[str] = Counter()
    for (_, cause), n in issues.items():
        causes[cause or "enregistrées"] += n
    return causes


def journal(service: Service) -> Counter[tuple[str, str, str]]:
    rows = service.demander("SELECT action, issue, motif, count(*) FROM journal GROUP BY 1, 2, 3")
    return Counter({(action, issue, motif): n for action, issue, motif, n in rows})
