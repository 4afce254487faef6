"""Every cell of the matrix: the embedded engine, a real OPA and the reviewed golden tables say the same.

A cell is role × purpose × view × action × group × stage × link × source. The purposes are the seventeen and the four
that are refused by name; the golden tables alone say what is right.
"""

from collections.abc import Callable, Iterator
from itertools import islice

import orjson
import pytest

from policies.decision import GROUPES
from policies.engines import EmbeddedEngine
from policies.tables import Regles
from tests.policies.conftest import Opa
from tests.policies.oracle import Question, Reponse, cellules, reponse, roles

LOT = 4_000


def _lots(cases: Iterator[tuple[Question, Reponse]]) -> Iterator[list[tuple[Question, Reponse]]]:
    while lot := list(islice(cases, LOT)):
        yield lot


def test_trente_roles_ont_une_table_relue() -> None:
    assert len(roles()) == 30


@pytest.mark.parametrize("code", sorted(roles()))
def test_chaque_cellule_est_celle_de_la_table_relue_dans_les_deux_moteurs(
    code: str, regles: Regles, opa: Opa, compter: Callable[[str, int], None]
) -> None:
    moteur = EmbeddedEngine(regles)
    decisions = 0
    for lot in _lots(cellules(roles()[code])):
        questions = [question for question, _ in lot]
        for (question, attendue), rendue in zip(lot, opa.repondre(questions), strict=True):
            embarquee = moteur.evaluer(orjson.dumps(question))
            assert embarquee == rendue, question
            assert reponse(rendue) == attendue, question
            decisions += 1
    assert decisions >= 1_000
    compter("décisions comparées (embarqué, OPA, table relue)", decisions)
    compter("cellules comparées, aucune différence", decisions * len(GROUPES))
