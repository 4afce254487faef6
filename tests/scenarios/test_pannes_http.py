"""A server killed between each pair of steps of a request, as the power would kill it.

Each request is sent again and again to a fresh server, which dies one passage later each time, until one lives: so
every pair of steps is cut, whatever the steps are today.
"""

import itertools
import json
import signal
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

import pytest

from tests.scenarios.service import Serveur, Service, evenement, ouverture

Compter = Callable[[str, int], None]
BAILLEUR: Final = ("BAILLEUR_SOCIAL", "ACTE_EMISSION")
INSTRUCTEUR: Final = ("CCAPEX_INSTRUCTEUR", "CCAPEX_ADMINISTRATIVE")
DPO: Final = ("DPO", "DROITS_PERSONNE")
RESPONSABLE: Final = ("RESPONSABLE_TRAITEMENT", "DROITS_PERSONNE")


@dataclass(frozen=True, slots=True)
class Demande:
    """One request, as it can be sent twice to the same bytes. ``trace`` finds its rows in the journal."""

    methode: str
    chemin: str
    qui: tuple[str, str]
    corps: Any = None
    cle: str = ""
    agent: int = 0
    trace: str = ""

    def octets(self, serveur: Serveur) -> bytes:
        entetes = serveur.entetes(*self.qui, agent=self.agent, traceparent=f"00-{self.trace}-{'1' * 16}-01")
        return serveur.octets(self.methode, self.chemin, self.corps, entetes | {"Idempotency-Key": self.cle})


def lu(octets: bytes) -> tuple[int, bytes]:
    """Status and body of an answer; (0, b"") if it did not come whole."""
    tete, _, corps = octets.partition(b"\r\n\r\n")
    entetes = dict(ligne.split(b": ", 1) for ligne in tete.split(b"\r\n")[1:])
    if b"content-length" in entetes:
        entier = len(corps) == int(entetes[b"content-length"])
    else:
        entier = corps.endswith(b"0\r\n\r\n")
        corps = b"".join(morceau for morceau in corps.split(b"\r\n")[1::2])
    return (int(tete.split(b" ")[1]), corps) if entier and tete else (0, b"")


def couper(service: Service, demande: Callable[[int], Demande]) -> Iterator[tuple[Demande, bytes]]:
    """Each cut: the request and what came back. The last one, which was not cut, is answered in full."""
    for rang in itertools.count(1):
        serveur = service.demarrer(rang)
        voulue = demande(rang)
        recus = voulue.octets(serveur)
        code = serveur.terminer()
        assert code == -signal.SIGKILL or lu(recus)[0] in {200, 201}, (code, recus)
        yield voulue, recus
        if code != -signal.SIGKILL:
            return


def trace(rang: int) -> str:
    return f"{rang:032x}"


def lignes(service: Service, demande: Demande) -> list[str]:
    """The outcomes that the journal tells of a request."""
    return [issue for (issue,) in service.demander("SELECT issue FROM journal WHERE trace = %s", [demande.trace])]


LECTURES: Final[dict[str, tuple[str, str, tuple[str, str], Any]]] = {
    "dossier": ("GET", "/v1/dossiers/{}", BAILLEUR, None),
    "vue": ("GET", "/v1/vues/ccapex/{}", INSTRUCTEUR, None),
    "liste": ("GET", "/v1/vues/ccapex", INSTRUCTEUR, None),
    "recherche": ("POST", "/v1/dossiers/recherche", INSTRUCTEUR, "identite"),
}


@pytest.mark.parametrize("lecture", LECTURES)
def test_aucun_octet_ne_part_sans_sa_ligne_au_journal(service: Service, compter: Compter, lecture: str) -> None:
    methode, chemin, qui, corps = LECTURES[lecture]
    ouvert = ouverture("LEROY")
    with service.servir() as serveur, service.projeter():
        recu = serveur.post("/v1/dossiers", *BAILLEUR, ouvert)
        dossier = recu.json()["dossier"]
        tenue = serveur.get("/v1/vues/ccapex", *INSTRUCTEUR, Prefer="wait=10", Position=str(recu.position))
        assert [ligne["dossier"] for ligne in tenue.json()["dossiers"]] == [dossier]
    muettes = inscrites_sans_reponse = servies = 0
    identite = ouvert["titulaire"] if corps else None
    for demande, recus in couper(
        service, lambda n: Demande(methode, chemin.format(dossier), qui, identite, trace=trace(n))
    ):
        issues = lignes(service, demande)
        if recus:
            assert issues
            assert set(issues) == {"autorise"}
        statut, contenu = lu(recus)
        if statut:
            assert statut == 200
            assert dossier.encode() in contenu
        servies += bool(statut)
        muettes += not issues
        inscrites_sans_reponse += bool(issues) and not recus
    assert muettes >= 2
    assert inscrites_sans_reponse >= 1  # another connection's statement may take the passage of one of them
    assert servies >= 2  # killed just after its last byte; and not killed
    compter("coupures d'une lecture", muettes + inscrites_sans_reponse + servies - 1)


def contributions(service: Service) -> dict[UUID, int]:
    return dict(service.demander("SELECT contribution, position FROM contributions"))


def dette(rang: int) -> dict[str, Any]:
    return evenement("DetteDeclaree", montant=rang, arretee_au="2026-10-01")


def occupant(rang: int) -> dict[str, Any]:
    return evenement("OccupantDeclare", personne=str(UUID(int=rang)), qualite="OCCUPANT", nom=f"NOM{rang}")


def test_une_contribution_coupee_est_entiere_ou_absente_et_sa_reprise_est_reconnue(
    service: Service, compter: Compter
) -> None:
    with service.servir() as temoin:
        dossier = temoin.post("/v1/dossiers", *BAILLEUR, ouverture("LEROY")).json()["dossier"]
        chemin = f"/v1/dossiers/{dossier}/interventions"
        coupures = 0
        for rang, (demande, recus) in enumerate(
            couper(
                service,
                lambda n: Demande(
                    "POST", chemin, BAILLEUR, {"evenements": [occupant(n), dette(n)]}, f"cle-{n}", trace=trace(n)
                ),
            ),
            start=1,
        ):
            inscrites = contributions(service)
            assert len(inscrites) - rang in {0, 1}
            assert len(lignes(service, demande)) == len(inscrites) - rang
            if recus:
                assert len(inscrites) == rang + 1
            reprise = demande.octets(temoin)
            statut, contenu = lu(reprise)
            assert statut == 201
            recue = json.loads(contenu)
            apres = contributions(service)
            assert len(apres) == rang + 1
            assert apres[UUID(recue["contribution"])] == recue["position"]
            assert inscrites.items() <= apres.items()
            assert lu(recus) in {(0, b""), (statut, contenu)}
            coupures = rang - 1
        faits = temoin.get(f"/v1/dossiers/{dossier}", *BAILLEUR).json()["faits"]
    dettes = [fait["champs"]["montant"] for fait in faits if fait["type"] == "DetteDeclaree"]
    noms = [fait["champs"]["nom"] for fait in faits if fait["type"] == "OccupantDeclare"]
    assert dettes == list(range(1, coupures + 2))
    assert noms == ["LEROY", *(f"NOM{n}" for n in dettes)]
    assert coupures > 10
    compter("coupures d'une écriture", coupures)


def test_une_ouverture_coupee_ne_fait_jamais_deux_dossiers(service: Service, compter: Compter) -> None:
    with service.servir() as temoin:
        for rang, (demande, recus) in enumerate(
            couper(
                service,
                lambda n: Demande(
                    "POST",
                    "/v1/dossiers",
                    BAILLEUR,
                    ouverture(f"NOM{n}", id_rpls="3523902547"),
                    f"cle-{n}",
                    trace=trace(n),
                ),
            ),
            start=1,
        ):
            inscrites = contributions(service)
            assert len(inscrites) == rang if recus else len(inscrites) in {rang - 1, rang}
            statut, contenu = lu(demande.octets(temoin))
            assert statut == 201
            assert lu(recus) in {(0, b""), (statut, contenu)}
            assert len(contributions(service)) == rang
            trouves = temoin.post("/v1/dossiers/recherche", *INSTRUCTEUR, demande.corps["titulaire"]).json()["dossiers"]
            assert [trouve["dossier"] for trouve in trouves] == [json.loads(contenu)["dossier"]]
        assert service.demander("SELECT count(DISTINCT originator_id) FROM dossiers_events") == [(rang,)]
    assert rang > 10
    compter("coupures d'une écriture", rang - 1)


def test_un_lot_coupe_se_renvoie_en_entier(service: Service, compter: Compter) -> None:
    with service.servir() as temoin:
        dossier = temoin.post("/v1/dossiers", *BAILLEUR, ouverture("LEROY")).json()["dossier"]

        def lot(n: int) -> Demande:
            deux = [{"dossier": dossier, "cle": f"{n}-{c}", "evenements": [dette(10 * n + c)]} for c in (1, 2)]
            corps = b"".join(json.dumps(une).encode() + b"\n" for une in deux)
            return Demande("POST", "/v1/interventions/lot", BAILLEUR, corps, trace=trace(n))

        for rang, (demande, recus) in enumerate(couper(service, lot), start=1):
            inscrites = contributions(service)
            acquittees = [json.loads(ligne) for ligne in lu(recus)[1].splitlines()]
            assert {UUID(une["contribution"]) for une in acquittees} <= inscrites.keys()
            statut, contenu = lu(demande.octets(temoin))
            assert statut == 200
            assert [json.loads(ligne)["statut"] for ligne in contenu.splitlines()] == [201, 201]
            assert len(contributions(service)) == 1 + 2 * rang
        faits = temoin.get(f"/v1/dossiers/{dossier}", *BAILLEUR).json()["faits"]
    dettes = [fait["champs"]["montant"] for fait in faits if fait["type"] == "DetteDeclaree"]
    assert dettes == [10 * n + c for n in range(1, rang + 1) for c in (1, 2)]
    compter("coupures d'une écriture", rang - 1)


def test_un_effacement_coupe_s_acheve_et_ne_rend_rien(service: Service, compter: Compter) -> None:
    """Half of them are taken up by whoever executes again, half by the next start of a process."""
    executes: list[tuple[Demande, str]] = []
    with service.servir() as temoin:

        def execution(n: int) -> Demande:
            nom = f"EFFACEE{n}"
            dossier = temoin.post("/v1/dossiers", *BAILLEUR, ouverture(nom, id_rpls=f"352{n:07}")).json()["dossier"]
            faits = temoin.get(f"/v1/dossiers/{dossier}", *INSTRUCTEUR).json()["faits"]
            [personne] = [f["champs"]["personne"] for f in faits if f["type"] == "OccupantDeclare"]
            etapes = "/v1/droits/effacement"
            demande = {"dossier": dossier, "personne": personne}
            id_ = temoin.post(etapes, *RESPONSABLE, demande).json()["effacement"]
            avis = {"dossier": dossier, "avis": "FAVORABLE"}
            assert temoin.post(f"{etapes}/{id_}/avis", *DPO, avis).statut == 201
            decision = temoin.post(
                f"{etapes}/{id_}/decision", *RESPONSABLE, {"dossier": dossier, "sens": "ACCORDE"}
            ).json()["decision"]
            voulue = Demande(
                "POST",
                f"{etapes}/{id_}/execution",
                RESPONSABLE,
                {"dossier": dossier, "decision": decision},
                agent=1,
                trace=trace(n),
            )
            executes.append((voulue, nom))
            return voulue

        for rang, (demande, recus) in enumerate(couper(service, execution), start=1):
            vu = temoin.get(f"/v1/dossiers/{demande.corps['dossier']}", *INSTRUCTEUR).corps
            if recus:
                assert executes[-1][1].encode() not in vu
                assert lignes(service, demande) == ["autorise"]
            if rang % 2:
                assert lu(demande.octets(temoin))[0] in {201, 422}
    with service.servir() as reparti:
        for demande, nom in executes:
            chemin = f"/v1/dossiers/{demande.corps['dossier']}"
            if nom.encode() in reparti.get(chemin, *INSTRUCTEUR).corps:
                assert lu(demande.octets(reparti))[0] == 201
            lu_apres = reparti.get(chemin, *INSTRUCTEUR)
            assert nom.encode() not in lu_apres.corps
            assert b'"efface":true' in lu_apres.corps
            assert [f["type"] for f in lu_apres.json()["faits"]].count("PersonneEffacee") == 1
            identite = ouverture(nom)["titulaire"]
            cherche = reparti.post("/v1/dossiers/recherche", *INSTRUCTEUR, identite)
            assert cherche.json()["dossiers"] == []
    assert rang > 10
    compter("coupures d'un effacement", rang - 1)
