"""Every cell of the matrix: the embedded engine, a real OPA and the reviewed golden tables say the same.

A cell is role × purpose × view × action × group × stage × link × source. The purposes are the seventeen and the four
that are refused by name; the golden tables alone say what is right.
"""

import random
from collections.abc import Callable, Iterator
from itertools import islice, product
from typing import Any

import orjson
import pytest

from policies.decision import GROUPES
from policies.embedded import EmbeddedEngine
from policies.tables import Regles
from tests.policies.conftest import Opa
from tests.policies.oracle import (
    ACTIONS,
    ALLEGUES,
    FINALITES,
    LIENS,
    REFUSEES,
    STADES,
    Question,
    Reponse,
    cellules,
    obligations,
    reponse,
    roles,
)

LOT = 4_000


def _lots(cases: Iterator[tuple[Question, Reponse]]) -> Iterator[list[tuple[Question, Reponse]]]:
    while lot := list(islice(cases, LOT)):
        yield lot


def test_trente_et_un_roles_ont_une_table_relue() -> None:
    assert len(roles()) == 31


def test_les_cellules_croisent_tous_les_axes() -> None:
    """At a granted purpose, everything by everything; at another, each action at each stage, each link and source."""
    total = 0
    for role in roles().values():
        for finalite in (*FINALITES, *REFUSEES):
            axes = [
                (q["vue"], q["action"], q["stade"], frozenset(q["liens"]), q["source"])
                for q, _ in cellules(role, (finalite,))
            ]
            vues, actions, stades, liens, sources = map(set, zip(*axes, strict=True))
            assert (actions, stades, sources) == (set(ACTIONS), set(STADES), {"PARTENAIRE", "EXPLOC"})
            assert liens >= {frozenset(), frozenset(LIENS)}
            if finalite in role.finalites:
                assert liens >= {frozenset({lien}) for lien in LIENS}
                assert set(axes) == set(product(vues, actions, stades, liens, sources))
            total += len(axes)
    assert total * len(GROUPES) >= 4_750_000


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
            assert rendue["obligations"] == obligations(question, attendue), question
            decisions += 1
    assert decisions >= (len(FINALITES) + len(REFUSEES)) * len(ACTIONS) * len(STADES)
    compter("décisions comparées (embarqué, OPA, table relue)", decisions)
    compter("cellules comparées, aucune différence", decisions * len(GROUPES))


def _tirer(hasard: random.Random, evenements: list[str]) -> Question:
    """Any question, coherent or not: three in four facts are those that open."""
    role = hasard.choice([*sorted(roles()), "INCONNU"])
    siennes = list(roles()[role].finalites) if role in roles() else []
    axes: dict[str, list[Any]] = {
        "finalite": [*(siennes * 30), *FINALITES, *REFUSEES, "INCONNUE"],
        "action": [*(["lire"] * 20), *(["emettre"] * 6), *ACTIONS, "inconnue"],
        "le": ["2021-12-31", "2022-01-01", "2026-12-31", *(["2027-01-01"] * 9)],
        "vue": [*([""] * 12), "clil", "ccapex", "comex", "inconnue"],
        "stade": [*STADES, "INCONNU"],
        "collecte": ["generale", "meme_demande", "autre_demande", "article_72"],
        "origine": ["autre", "travail_social", "conseil", "force_publique", "personne"],
        "sujet": ["commun", "commun", "soi", "bail", "autrui"],
        "ancien": [True, False],
        "besoin_accorde": [True, False],
        "partage": [True, False],
        "ma_main": [True, False],
        "intervention_informee": [True, False],
        "interesse": [False] * 9 + [True],
        "secret": ["profession", "mission", "aucun"],
        "agent": [*(["prouve"] * 10), "nomme", "nomme", "absent", "absent", "inconnu", "expire"],
        "source": ["PARTENAIRE", "PARTENAIRE", "EXPLOC"],
        "emis_par_moi": [True, False],
        "saisine_ouverte": [True, True, True, False],
        "demande": [True, True, True, False],
        "information_menage": [True, True, True, False],
        "opposition": [False] * 9 + [True],
        "limitation": [False] * 9 + [True],
    }
    question = {"role": role, **{axe: hasard.choice(valeurs) for axe, valeurs in axes.items()}}
    question["liens"] = sorted(lien for lien in (*LIENS, *ALLEGUES) if hasard.random() < 0.7)
    question["accords"] = sorted(groupe for groupe in GROUPES if hasard.random() < 0.2)
    question["ecrits"] = sorted(groupe for groupe in GROUPES if hasard.random() < 0.02)
    question["evenement"] = hasard.choice(["", "AvisRendu", "AvisRendu", *evenements, "Inconnu"])
    return question


def test_les_deux_moteurs_s_accordent_hors_de_la_table(
    regles: Regles, opa: Opa, compter: Callable[[str, int], None]
) -> None:
    """Off the cells too, where no table says what is right: whatever is asked, both engines say one thing."""
    hasard, moteur, lues = random.Random(93), EmbeddedEngine(regles), 0  # noqa: S311 - a sample, not a secret
    motifs = set[str]()
    evenements = sorted(regles.tables["emissions"])
    for _ in range(3):
        questions = [_tirer(hasard, evenements) for _ in range(LOT)]
        for question, rendue in zip(questions, opa.repondre(questions), strict=True):
            assert moteur.evaluer(orjson.dumps(question)) == rendue, question
            lues += bool(rendue["groupes"])
            motifs.add(rendue["motif"])
    assert lues >= 500
    assert len(motifs) >= 18
    compter("questions tirées au hasard, mêmes réponses des deux moteurs", 3 * LOT)
