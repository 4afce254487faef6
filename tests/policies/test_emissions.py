"""The emissions allowed, answered as a set: what the one-by-one answers would make, in one question."""

from collections.abc import Callable
from typing import Any

import orjson

from policies.embedded import EmbeddedEngine
from policies.engines import EMISSIONS
from policies.tables import Regles
from tests.policies.conftest import Opa
from tests.policies.oracle import ECRIVENT, FAVORABLE, LIENS, Question, ecritures, roles


def test_l_ensemble_est_celui_des_reponses_une_a_une(
    regles: Regles, opa: Opa, compter: Callable[[str, int], None]
) -> None:
    moteur, evenements = EmbeddedEngine(regles), sorted(regles.tables["emissions"])
    questions = [question for role in roles().values() for question in ecritures(role)]
    rendues = opa.repondre(questions, EMISSIONS)
    assert len(questions) >= 2_500
    permises = 0
    for question, rendue in zip(questions, rendues, strict=True):
        assert moteur.evaluer(orjson.dumps(question), EMISSIONS) == rendue, question
        une_a_une = [nom for nom in evenements if question["action"] in ECRIVENT and _permis(moteur, question, nom)]
        assert rendue == {"evenements": une_a_une, "revision": regles.revision}, question
        permises += len(une_a_une)
    assert permises >= 10_000
    compter("émissions permises, en un ensemble comme une à une", permises)


def _permis(moteur: EmbeddedEngine, question: Question, evenement: str) -> bool:
    document: Any = moteur.evaluer(orjson.dumps({**question, "evenement": evenement}))
    return document["autorise"] is True


def test_sans_obstacle_l_ensemble_est_celui_de_la_table_relue(regles: Regles) -> None:
    moteur, comparees = EmbeddedEngine(regles), 0
    for role in roles().values():
        for code, finalite in role.finalites.items():
            question = {**FAVORABLE, "role": role.code, "finalite": code, "liens": list(LIENS)}
            question |= {"source": "PARTENAIRE", "action": "emettre", "stade": finalite.stades[-1], "sujet": "soi"}
            rendue: Any = moteur.evaluer(orjson.dumps(question), EMISSIONS)
            assert rendue["evenements"] == sorted(finalite.emet if "emettre" in finalite.actions else ())
            comparees += 1
    assert comparees >= 60
