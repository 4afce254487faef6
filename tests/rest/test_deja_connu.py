"""Once only: what is known before the household is asked, what was exchanged about it, what it was spared."""

import asyncio
import os
import secrets
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from random import Random
from typing import Any, Final
from uuid import UUID, uuid4

import psycopg
import pytest

from adapters.gate.deja_connu import DONNEES_DEMANDEES, groupes_de
from adapters.registre.administration import administrer, confirmer_mandat
from adapters.registre.instantane import Mandat
from ledger.droit.donnees import historique
from ledger.droit.repondants import historique as qui_repond
from ledger.errors import JournalIndisponible
from policies import tables
from policies.decision import GROUPES
from tests.bases import SCHEMA
from tests.monde import AGENTS, PAR, Monde, evenement
from tests.rest.recit import raconter
from tests.rest.test_regles import inscrire

HISTOIRES: Final = int(os.environ.get("UNEFOIS_TEST_HISTOIRES", "64"))
"""Random histories of which every question is counted; a thousand in CI."""
AIDE: Final = str(uuid4())
INSTRUIRE: Final = f"AIDE_INSTRUCTION; demande={AIDE}"
Reponse = Mapping[str, Any]


async def demander(
    monde: Monde, dossier: str, qui: str, finalite: str, *donnees: str, statut: int = 200, **plus: Any
) -> dict[str, Reponse]:
    agent = "" if qui in AGENTS else "agent-1"
    corps = {"donnees": list(donnees), **plus}
    recu = await monde.post(f"/v1/dossiers/{dossier}/deja-connu", qui, finalite, corps, agent)
    assert recu.status_code == statut, recu.text
    return {d["donnee"]: d for d in recu.json()["donnees"]} if statut == 200 else {}


@pytest.fixture
async def instruit(monde: Monde) -> str:
    """A household that asks the FSL for help: the social service makes the request, which the FSL instructs."""
    dossier = await monde.ouvrir()
    inscrire(monde, "fsl", "CD_FSL", territoire="departement")
    dits = (
        ("bailleur", "ACTE_EMISSION", evenement("DetteDeclaree", montant=224770, arretee_au="2026-10-15")),
        ("ssd", "ACCOMPAGNEMENT", evenement("BudgetDeclare", "2026-01-15", ressources=142000, reste_a_vivre=44000)),
        ("ssd", "ACCOMPAGNEMENT", evenement("AideFinanciereInstruite", aide=AIDE, dispositif="FSL_MAINTIEN",
                                            etape="DEMANDEE", instructeur="fsl")),
    )  # fmt: skip
    for qui, finalite, fait in dits:
        recu = await monde.contribuer(dossier, qui, finalite, fait)
        assert recu.status_code == 201, recu.text
    return dossier


async def test_connue_perimee_inconnue_ou_hors_de_sa_finalite(monde: Monde, instruit: str) -> None:
    dites = await demander(
        monde, instruit, "fsl", INSTRUIRE, "dette", "reste_a_vivre", "num_rg", "EvaluationSociale.texte"
    )
    assert {code: d["etat"] for code, d in dites.items()} == {
        "dette": "CONNUE",
        "reste_a_vivre": "PERIMEE",
        "num_rg": dites["num_rg"]["etat"],
        "EvaluationSociale.texte": "HORS_FINALITE",
    }
    [dette] = dites["dette"]["valeurs"]
    assert (dette["valeur"], dette["vrai_au"], dette["fraiche"], dette["contredite"]) == (
        224770,
        "2026-10-15",
        True,
        False,
    )
    assert dette["auteur"]["organisation"] == "Organisation bailleur"
    assert dites["dette"]["repondants"][0] == {
        "role": "BAILLEUR_SOCIAL",
        "texte": "Loi 89-462 art. 24 ; loi 90-449 art. 7-2",
    }
    assert dites["reste_a_vivre"]["valeurs"][0]["vrai_au"] == "2026-01-15"
    assert dites["EvaluationSociale.texte"]["motif"]["groupe"] == "F12"
    assert (await demander(monde, instruit, "fsl", INSTRUIRE, "audience"))["audience"]["valeurs"] == []


async def test_un_echange_laisse_sa_trace_que_la_personne_lit(monde: Monde, instruit: str) -> None:
    await demander(monde, instruit, "fsl", INSTRUIRE, "dette", "audience", redemandees=["dette"])
    await demander(monde, instruit, "ssd", "ACCOMPAGNEMENT", "dette")
    rien = await demander(monde, instruit, "fsl", INSTRUIRE, "audience")
    assert rien["audience"]["valeurs"] == []
    await monde.gate.ledger.journal.comptes()
    lignes = [ligne for ligne in await monde.journal() if ligne["action"] == "deja_connu"]
    # What only counts is kept a moment later than the trace of an exchange, which is durable before its answer.
    assert sorted(ligne["flux"] for ligne in lignes) == ["echange", "metier", "metier"]
    [trace] = [ligne["echange"] for ligne in lignes if ligne["flux"] == "echange"]
    assert trace["sources"] == ["bailleur"]
    assert trace["demande"] == AIDE
    assert trace["donnees"][0] == "dette:CONNUE"
    assert trace["donnees"][-1] == "dette:REDEMANDEE"
    assert "224770" not in str(lignes), "the journal holds no value"
    inscrire(monde, "personne", "USAGER")
    lu = await monde.get(f"/v1/dossiers/{instruit}", "ssd", "ACCOMPAGNEMENT")
    [qui] = {f["champs"]["personne"] for f in lu.json()["faits"] if f["type"] == "OccupantDeclare"}
    mandater_personne(monde, instruit, qui)
    recu = await monde.get(f"/v1/dossiers/{instruit}/echanges", "personne", "DROITS_PERSONNE", "agent-1")
    assert recu.status_code == 200, recu.text
    [echange] = recu.json()["echanges"]
    assert {nom: echange[nom] for nom in ("organisation", "role", "finalite", "demande", "donnees", "sources")} == {
        "organisation": "Organisation fsl",
        "role": "CD_FSL",
        "finalite": "AIDE_INSTRUCTION",
        "demande": AIDE,
        "donnees": ["dette locative"],
        "sources": ["Organisation bailleur"],
    }
    assert "agent" not in str(echange), "the organisation, and nobody by name"


def mandater_personne(monde: Monde, dossier: str, qui: str) -> None:
    with administrer(monde.bases.registre_url, PAR, SCHEMA) as registre:
        du, au = date(2026, 1, 1), date(2026, 12, 31)
        confirmer_mandat(registre, Mandat("personne", UUID(dossier), "instructrice", du, au, personne=UUID(qui)))


@pytest.mark.parametrize(
    ("qui", "finalite"), [("ssd", "ACCOMPAGNEMENT"), ("ccapex", "CCAPEX_ADMINISTRATIVE"), ("bailleur", "ACTE_EMISSION")]
)
async def test_les_echanges_ne_se_lisent_qu_au_titre_des_droits(monde: Monde, qui: str, finalite: str) -> None:
    dossier = await raconter(monde)
    recu = await monde.get(f"/v1/dossiers/{dossier}/echanges", qui, finalite)
    assert recu.status_code == 403
    inconnu = await monde.get(f"/v1/dossiers/{uuid4()}/echanges", qui, finalite)
    assert inconnu.status_code == 404


async def test_sans_trace_rien_n_est_dit(monde: Monde, instruit: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The row of the exchange is durable before the answer leaves: without it, nothing leaves."""
    inscrire_, appels = monde.gate.ledger.journal.inscrire, iter(range(100))

    async def coupe(*lignes: Any) -> None:
        if next(appels):  # the first is the read's own
            raise JournalIndisponible("coupé")
        await inscrire_(*lignes)

    monkeypatch.setattr(monde.gate.ledger.journal, "inscrire", coupe)
    recu = await monde.post(f"/v1/dossiers/{instruit}/deja-connu", "fsl", INSTRUIRE, {"donnees": ["dette"]}, "agent-1")
    assert recu.status_code == 503
    assert "224770" not in recu.text


async def test_ce_qui_n_est_que_compte_n_est_pas_attendu_et_ce_qui_s_en_perd_est_dit(
    monde: Monde, instruit: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """A question that is no exchange is answered under the row of its reading; its count follows, or is lost aloud."""
    journal = monde.gate.ledger.journal
    ecrire, appels = journal._session.fetch, iter(range(100))

    async def coupe(*args: Any) -> Any:
        if next(appels):  # the first is the reading's own
            raise psycopg.OperationalError("coupé")
        return await ecrire(*args)

    monkeypatch.setattr(journal._session, "fetch", coupe)
    assert (await demander(monde, instruit, "ssd", "ACCOMPAGNEMENT", "dette"))["dette"]["valeurs"]
    with pytest.raises(JournalIndisponible):
        await journal.comptes()
    assert "Une ligne de compteur n'a pas été gardée." in caplog.text
    monkeypatch.undo()
    assert next(ligne["action"] for ligne in await monde.journal()) == "lire"

    await demander(monde, instruit, "ssd", "ACCOMPAGNEMENT", "dette")
    await journal.comptes()
    assert [ligne["action"] for ligne in await monde.journal()].count("deja_connu") == 1


@pytest.mark.parametrize(
    ("corps", "champ"),
    [
        ({"donnees": []}, "donnees"),
        ({"donnees": ["dette"] * (DONNEES_DEMANDEES + 1)}, "donnees"),
        ({"donnees": ["dette", "dettes"]}, "donnees.1"),
        ({"donnees": ["DetteDeclaree.rien"]}, "donnees.0"),
        ({"donnees": ["dette"], "redemandees": ["loyer"]}, "redemandees.0"),
        ({}, "donnees"),
    ],
)
async def test_ce_qui_ne_se_demande_pas(monde: Monde, instruit: str, corps: dict[str, Any], champ: str) -> None:
    recu = await monde.post(f"/v1/dossiers/{instruit}/deja-connu", "ssd", "ACCOMPAGNEMENT", corps)
    assert (recu.status_code, recu.json()["champs"][0]["champ"]) == (422, champ), recu.text


@dataclass
class Histoire:
    """A household that a few partners tell something of, and what they ask before it is asked, at random."""

    monde: Monde
    hasard: Random
    rang: int
    dossier: str = ""
    aide: str = field(default_factory=lambda: str(uuid4()))
    attendus: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    traces: list[tuple[Any, ...]] = field(default_factory=list)

    async def vivre(self) -> None:
        hasard = self.hasard
        self.dossier = await self.monde.ouvrir(nom="H" + "".join("ABCDEFGHIJ"[int(c)] for c in str(self.rang)))
        demande = {"aide": self.aide, "dispositif": "FSL_MAINTIEN", "etape": "DEMANDEE", "instructeur": "fsl"}
        await self._dire("ssd", "ACCOMPAGNEMENT", evenement("AideFinanciereInstruite", **demande))
        for _ in range(hasard.randrange(3)):
            await self._dire(*hasard.choice(DITS)(hasard))
        for _ in range(hasard.randrange(1, 5)):
            await self._demander(*hasard.choice(DEMANDEURS))

    async def _dire(self, qui: str, finalite: str, fait: dict[str, Any]) -> None:
        recu = await self.monde.contribuer(self.dossier, qui, finalite, fait)
        assert recu.status_code == 201, recu.text

    async def _demander(self, qui: str, finalite: str) -> None:
        """What the meter and the trace of it must be, from what the partner was answered."""
        donnees = self.hasard.sample(NOMMEES, self.hasard.randrange(1, 4))
        redemandees = [d for d in donnees if self.hasard.random() < 1 / 3]
        instruite = finalite == "AIDE_INSTRUCTION"
        declaree = f"{finalite}; demande={self.aide}" if instruite else finalite
        dites = await demander(self.monde, self.dossier, qui, declaree, *donnees, redemandees=redemandees)
        sources = set()
        for code, dite in dites.items():
            self.attendus[qui, code, "demandees"] += 1
            sources |= {valeur["auteur"]["organisation"].removeprefix("Organisation ") for valeur in dite["valeurs"]}
            if dite["etat"] == "CONNUE":
                self.attendus[qui, code, "redemandees" if code in redemandees else "epargnees"] += 1
        if instruite and (sources := sources - {qui}):
            dits = [f"{code}:{dites[code]['etat']}" for code in donnees] + [
                f"{code}:REDEMANDEE" for code in redemandees
            ]
            self.traces.append((self.dossier, qui, self.aide, tuple(dits), tuple(sorted(sources))))


NOMMEES: Final = ("dette", "loyer", "reste_a_vivre", "audience", "EvaluationSociale.texte", "ressources", "num_rg")
DEMANDEURS: Final = (
    ("fsl", "AIDE_INSTRUCTION"), ("fsl", "AIDE_INSTRUCTION"), ("ssd", "ACCOMPAGNEMENT"), ("bailleur", "ACTE_EMISSION"),
)  # fmt: skip
DITS: Final = (
    lambda h: (
        "bailleur", "ACTE_EMISSION", evenement("DetteDeclaree", montant=h.randrange(10**6), arretee_au="2026-10-15"),
    ),
    lambda h: (
        "ssd", "ACCOMPAGNEMENT",
        evenement("BudgetDeclare", h.choice(["2026-01-15", "2026-10-20"]), ressources=h.randrange(10**6)),
    ),
    lambda h: (
        "ssd", "ACCOMPAGNEMENT", evenement("DetteDeclaree", montant=h.randrange(10**6), arretee_au="2026-10-20"),
    ),
)  # fmt: skip


async def test_le_compteur_et_les_traces_font_la_somme_des_questions(
    monde: Monde, compter: Callable[[str, int], None]
) -> None:
    """Over random histories: each question is counted once, each exchange leaves its trace, and nothing else does."""
    inscrire(monde, "fsl", "CD_FSL", territoire="departement")
    graine = secrets.randbits(32)
    histoires = [Histoire(monde, Random(graine + rang), rang) for rang in range(HISTOIRES)]  # noqa: S311 - not a secret
    for debut in range(0, HISTOIRES, 8):
        await asyncio.gather(*(histoire.vivre() for histoire in histoires[debut : debut + 8]))
    recu = await monde.get("/v1/compteur", "ccapex", "STATISTIQUE", params={"au": "2099-12-31"})
    assert recu.status_code == 200, recu.text
    noms = ("demandees", "epargnees", "redemandees")
    comptees = {(c["partenaire"], c["donnee"], nom): c[nom] for c in recu.json()["lignes"] for nom in noms}
    attendus = sum((histoire.attendus for histoire in histoires), Counter[tuple[str, str, str]]())
    assert {cle: n for cle, n in comptees.items() if n} == dict(attendus), graine
    assert not any(histoire.dossier in recu.text for histoire in histoires)
    lignes = await monde.gate.listes.journal({"flux": "echange"}, 10 * HISTOIRES)
    traces = [
        (str(x["dossier"]), x["organisation"], x["echange"]["demande"], tuple(x["echange"]["donnees"]),
         tuple(x["echange"]["sources"]))
        for x in lignes
    ]  # fmt: skip
    assert Counter(traces) == Counter(trace for histoire in histoires for trace in histoire.traces), graine
    assert traces
    compter("histoires dont les questions sont comptées et les échanges tracés", HISTOIRES)


def test_qui_repond_est_du_registre_et_ce_qu_on_lui_demande_est_nomme() -> None:
    roles = {ligne["code"] for ligne in tables.lire().roles}
    nommees = {d.donnee for d in historique()}
    rangees = qui_repond()
    assert len(rangees) > 20
    for rangee in rangees:
        assert rangee.role in roles, rangee
        assert rangee.donnee in nommees, rangee
        assert rangee.legal_ref, rangee
    assert all(groupes_de(donnee) <= set(GROUPES) for donnee in nommees)
    assert all(groupes_de(donnee) for donnee in nommees)
