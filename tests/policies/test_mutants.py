"""A table or a rule that is wrong is noticed: each mutant is put before the golden tables until one cell differs.

What noticed a mutant often notices the next one: those cells are asked first. What survives was asked all of them.
A data mutant is tried on the cells that its row bears on. One whose compiled tables equal the original's changes
nothing that anybody can observe: it is counted apart, and so is a rule mutant that does not compile. What survives is
named when the tests end; what cannot be noticed is argued below, and must go on surviving.
"""

import json
import random
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from itertools import chain, combinations
from typing import Any, Final

import orjson
import pytest
from regorus import Program, Rvm

from policies.decision import GROUPES
from policies.embedded import EmbeddedEngine
from policies.tables import Regles, Tables, compiler, lire
from tests.policies.mutants import FAMILLES, Mutant, mutants_des_regles
from tests.policies.oracle import (
    ECRIVENT,
    FAVORABLE,
    Question,
    Reponse,
    ecritures,
    epreuve,
    obligations,
    reponse,
    roles,
)

SEUIL: Final = 0.95
_UNE_SEULE: Final = "the roles that may emit it may emit at one purpose only, this one"
EQUIVALENTS: Final[Mapping[str, str]] = {
    "groupe F19a mesure_l=tranche": "no row limits F19a: it is open or closed",
    "CLIL_EXAMEN sous_limitation refuse → entier": "what needs the household's information stops anyway",
    "EffacementAvise à toute finalité": _UNE_SEULE,
    "EffacementDecide à toute finalité": _UNE_SEULE,
    "EffacementEngage à toute finalité": _UNE_SEULE,
    "ConservationOrdonnee à toute finalité": _UNE_SEULE,
    "ConservationLevee à toute finalité": _UNE_SEULE,
    "PersonneEffacee à toute finalité": _UNE_SEULE,
}

_DOCUMENT: Final = "data.unefois.decision.document"
_EMISSIONS: Final = "data.unefois.decision.emissions"
Cas = tuple[str, Question, Reponse]
"""A question in JSON, the same as read, and its answer."""


class Tueurs:
    """The cells that noticed a mutant, the latest first."""

    def __init__(self) -> None:
        self._cas: dict[str, Cas] = {}

    def noter(self, cas: Cas) -> None:
        self._cas.pop(cas[0], None)
        self._cas[cas[0]] = cas

    def des_roles(self, codes: Iterable[str]) -> list[Cas]:
        return [cas for cas in reversed(self._cas.values()) if cas[1]["role"] in codes]


class Banc:
    """The rules compiled once; tables are put under them, and the cells asked, until one differs."""

    def __init__(self, modules: Mapping[str, str]) -> None:
        self._machine = Rvm()
        self._machine.load_program(Program.compile_from_modules("{}", [*modules.items()], [_DOCUMENT, _EMISSIONS]))

    def differe(self, donnees: str, cas: Iterable[Cas], noter: Callable[[Cas], None] = lambda _: None) -> bool:
        self._machine.set_data_json(donnees)
        autre = next((un for un in cas if not self._conforme(*un)), None)
        if autre is not None:
            noter(autre)
        return autre is not None

    def permet_autre_chose(self, donnees: str, cas: Iterable[tuple[str, list[str]]]) -> bool:
        """Whether a set of emissions is not the one expected."""
        self._machine.set_data_json(donnees)
        return not all(self.permises(entree) == attendues for entree, attendues in cas)

    def permises(self, entree: str) -> object:
        self._machine.set_input_json(entree)
        rendues = orjson.loads(self._machine.execute_entry_point(_EMISSIONS))
        return rendues.get("evenements") if isinstance(rendues, dict) else rendues

    def _conforme(self, entree: str, question: Question, attendue: Reponse) -> bool:
        self._machine.set_input_json(entree)
        document = orjson.loads(self._machine.execute_entry_point(_DOCUMENT))
        try:
            return reponse(document) == attendue and document["obligations"] == obligations(question, attendue)
        except (AssertionError, KeyError, TypeError):  # not even a document: seen
            return False


def _donnees(compilees: Mapping[str, Any]) -> str:
    return json.dumps({"tables": {**compilees, "revision": ""}})


@pytest.fixture(scope="module")
def tables() -> Tables:
    return lire()


@pytest.fixture(scope="module")
def epreuves() -> Mapping[str, list[Cas]]:
    return {code: _varies_d_abord([_cas(*un) for un in epreuve(role)]) for code, role in roles().items()}


def _cas(question: Question, attendue: Reponse) -> Cas:
    return orjson.dumps(question).decode(), question, attendue


def _bornes(tables: Tables) -> Iterator[tuple[Tables, Cas]]:
    """A row binds on its first and its last day, and not the day before or after: purpose, cell, event, EXPLOC."""
    role = roles()["CCAPEX_INSTRUCTEUR"]
    faits = {"role": role.code, "finalite": "CCAPEX_ADMINISTRATIVE", "stade": "OUVERT", "liens": ["territoire"]}
    lecture = {**FAVORABLE, **faits, "action": "lire", "source": "EXPLOC"}
    table = role.finalites["CCAPEX_ADMINISTRATIVE"].vues[""]
    ouverte = table.en("sans_intervention_exploc")
    oui: Reponse = (None, "", dict.fromkeys(GROUPES, "SANS_LECTURE"))

    def non(motif: str) -> Reponse:
        return "droit", motif, dict.fromkeys(GROUPES, motif)

    sans_exploc = {g: valeur if g in table.fermes else "SOURCE_EXPLOC" for g, valeur in ouverte.items()}
    [exploc] = [rang for rang, ligne in enumerate(tables.exploc) if ligne["role"] == role.code]
    [finalite] = [rang for rang, ligne in enumerate(tables.finalites) if ligne["code"] == "CCAPEX_ADMINISTRATIVE"]
    [ouverture] = [rang for rang, ligne in enumerate(tables.emissions) if ligne["evenement"] == "DossierOuvert"]
    ecriture = {**lecture, "action": "emettre", "evenement": "DossierOuvert"}
    lues: list[tuple[Callable[[Tables], dict[str, Any]], Question, Reponse, Reponse]] = [
        (lambda t: t.finalites[finalite], lecture, (None, "", ouverte), non("FINALITE_PAS_EN_VIGUEUR")),
        (
            lambda t: t.matrice[role.code][0],
            lecture,
            (None, "", ouverte),
            (None, "", {**ouverte, "F01": "PAS_EN_VIGUEUR"}),
        ),
        (lambda t: t.exploc[exploc], lecture, (None, "", ouverte), (None, "", sans_exploc)),
        (lambda t: t.emissions[ouverture], ecriture, oui, non("EVENEMENT_NON_ACCORDE")),
        (lambda t: t.emissions[ouverture], {**ecriture, "action": "importer"}, oui, non("EVENEMENT_NON_ACCORDE")),
    ]
    for ligne, question, dedans, dehors in lues:
        for cle, jour, attendue in (
            ("valid_from", "2027-02-01", dedans),
            ("valid_from", "2027-02-02", dehors),
            ("valid_to", "2027-02-01", dedans),
            ("valid_to", "2027-01-31", dehors),
        ):
            bornees = _copier(_restreindre(tables, (role.code,), "CCAPEX_ADMINISTRATIVE"))
            ligne(bornees)[cle] = jour
            yield bornees, _cas(question, attendue)


def _restreindre(tables: Tables, codes: tuple[str, ...], finalite: str = "") -> Tables:
    """Only the rows that these roles look up, at one purpose if it is one: a mutant is loaded in a millisecond."""
    siens = [ligne for ligne in tables.roles if ligne["code"] in codes]
    if finalite:
        siens = [{**ligne, "finalites": [code for code in ligne["finalites"] if code == finalite]} for ligne in siens]
    return replace(tables, roles=siens, matrice={code: tables.matrice[code] for code in codes})


def _copier(tables: Tables) -> Tables:
    """Rows of its own: a mutant sets a value, adds or takes away a row, and never reaches into a value."""
    return replace(
        tables,
        roles=_lignes(tables.roles),
        groupes=_lignes(tables.groupes),
        finalites=_lignes(tables.finalites),
        finalites_refusees=_lignes(tables.finalites_refusees),
        vues=_lignes(tables.vues),
        emissions=_lignes(tables.emissions),
        exploc=_lignes(tables.exploc),
        lectures={a_qui: {**lettres} for a_qui, lettres in tables.lectures.items()},
        stades=[*tables.stades],
        matrice={role: _lignes(lignes) for role, lignes in tables.matrice.items()},
    )


def _lignes(lignes: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    return [{**ligne} for ligne in lignes]


def _concerne(famille: str, mutant: Mutant) -> Callable[[Cas], bool]:
    """Whether the row bears on a cell: readings for what is read, one event's emissions for what is emitted."""
    if mutant.finalite:
        return lambda cas: bool(cas[1]["finalite"] == mutant.finalite)
    if famille == "émissions":
        dit = mutant.nom.partition(" ")[0]
        return lambda cas: cas[1]["evenement"] == dit and cas[1]["action"] in {"emettre", "importer"}
    if famille in {"rôles", "stades et refus"}:
        return lambda _: True
    return lambda cas: cas[1]["action"] in {"lire", "lister"}


def test_ce_qui_est_dit_equivalent_existe(regles: Regles, tables: Tables) -> None:
    noms = {mutant.nom for famille in FAMILLES.values() for mutant in famille(tables)}
    noms |= {mutant.nom for mutant in mutants_des_regles(regles.modules)}
    assert noms >= EQUIVALENTS.keys()


def test_les_tables_d_origine_passent_l_epreuve(
    regles: Regles, tables: Tables, epreuves: Mapping[str, list[Cas]]
) -> None:
    banc = Banc(regles.modules)
    assert not banc.differe(_donnees(compiler(tables)), (cas for liste in epreuves.values() for cas in liste))
    for bornees, cas in _bornes(tables):
        assert not banc.differe(_donnees(compiler(bornees)), [cas]), cas


@pytest.mark.parametrize("famille", FAMILLES)
def test_une_ligne_fausse_se_voit(
    famille: str,
    regles: Regles,
    tables: Tables,
    epreuves: Mapping[str, list[Cas]],
    compter: Callable[[str, int], None],
    lister: Callable[[str, list[str]], None],
) -> None:
    banc, tueurs, tues, survivants, invisibles = Banc(regles.modules), Tueurs(), 0, list[str](), 0
    origines: dict[tuple[tuple[str, ...], str], dict[str, Any]] = {}
    for mutant in FAMILLES[famille](tables):
        restreintes = _restreindre(tables, mutant.touches, mutant.finalite)
        mutee = _copier(restreintes)
        mutant.changer(mutee)
        compilees = compiler(mutee)
        portee = (mutant.touches, mutant.finalite)
        if portee not in origines:
            origines[portee] = compiler(restreintes)
        if compilees == origines[portee]:
            invisibles += 1
            continue
        siennes = (cas for code in mutant.touches for cas in epreuves[code])
        concernees = filter(_concerne(famille, mutant), chain(tueurs.des_roles(mutant.touches), siennes))
        if banc.differe(_donnees(compilees), concernees, tueurs.noter):
            assert mutant.nom not in EQUIVALENTS, "dit équivalent, et pourtant vu"
            tues += 1
        else:
            survivants.append(mutant.nom)
    _compter(f"données, {famille}", tues, survivants, compter, lister)
    compter(f"mutants ({famille}) sans effet sur les tables compilées", invisibles)


@pytest.mark.long
def test_une_regle_fausse_se_voit(
    regles: Regles,
    tables: Tables,
    epreuves: Mapping[str, list[Cas]],
    compter: Callable[[str, int], None],
    lister: Callable[[str, list[str]], None],
) -> None:
    varies = _varies_d_abord([*{cas[0]: cas for liste in epreuves.values() for cas in liste}.values()])
    donnees = _donnees(compiler(tables))
    bornes = [(_donnees(compiler(bornees)), cas) for bornees, cas in _bornes(tables)]
    ensembles = _ensembles(regles)
    tueurs, tues, survivants, sans_vie = Tueurs(), 0, list[str](), 0
    for mutant in mutants_des_regles(regles.modules):
        try:
            banc = Banc({**regles.modules, mutant.chemin: mutant.texte})
        except RuntimeError:
            sans_vie += 1
            continue
        vu = (
            banc.differe(donnees, tueurs.des_roles(roles()), tueurs.noter)
            or any(banc.differe(bornees, [cas]) for bornees, cas in bornes)
            or banc.permet_autre_chose(donnees, ensembles)
            or banc.differe(donnees, varies, tueurs.noter)
        )
        if vu:
            assert mutant.nom not in EQUIVALENTS, "dit équivalent, et pourtant vu"
            tues += 1
        else:
            survivants.append(mutant.nom)
    assert tues >= 250
    _compter("règles", tues, survivants, compter, lister)
    compter("mutants (règles) qui ne se compilent pas", sans_vie)


def _varies_d_abord(cas: list[Cas]) -> list[Cas]:
    """Those that put together two facts that none before them did: where a wrong rule shows, they mostly are."""
    random.Random(93).shuffle(cas)  # noqa: S311 - an order, not a secret
    vues, premiers, autres = set[tuple[str, str]](), list[Cas](), list[Cas]()
    for un in cas:
        _, question, (_, motif, groupes) = un
        faits = [f"{cle}={valeur}" for cle, valeur in question.items() if FAVORABLE.get(cle) != valeur]
        faits += [motif, *(f"lu={valeur}" for valeur in {*groupes.values()})]
        paires = {*combinations(sorted(faits), 2)}
        (autres if paires <= vues else premiers).append(un)
        vues |= paires
    return premiers + autres


def _ensembles(regles: Regles) -> list[tuple[str, list[str]]]:
    """Questions that name no event, and the events that the original rules allow, asked one by one."""
    moteur, ensembles = EmbeddedEngine(regles), []
    for question in (
        q for code in ("CCAPEX_INSTRUCTEUR", "CLIL_SECRETARIAT", "POLICE") for q in ecritures(roles()[code])
    ):
        noms = sorted(regles.tables["emissions"]) if question["action"] in ECRIVENT else ()
        rendues: list[Any] = [moteur.evaluer(orjson.dumps({**question, "evenement": nom})) for nom in noms]
        permises = [nom for nom, rendue in zip(noms, rendues, strict=True) if rendue["autorise"]]
        ensembles.append((orjson.dumps(question).decode(), permises))
    assert sum(len(permises) for _, permises in ensembles) >= 1_000
    return ensembles


def _compter(
    nom: str,
    tues: int,
    survivants: list[str],
    compter: Callable[[str, int], None],
    lister: Callable[[str, list[str]], None],
) -> None:
    vrais = [survivant for survivant in survivants if survivant not in EQUIVALENTS]
    compter(f"mutants ({nom}) tués", tues)
    lister(f"mutants ({nom}) survivants", vrais)
    lister(f"mutants ({nom}) équivalents", [f"{nom} : {EQUIVALENTS[nom]}" for nom in survivants if nom in EQUIVALENTS])
    assert tues >= 5
    assert tues / (tues + len(vrais)) >= SEUIL, vrais
