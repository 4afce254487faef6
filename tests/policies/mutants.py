"""A table or a rule that is wrong is noticed: each mutant is put before the golden tables until one cell differs.

Data mutants change one value of one row; only the roles that the row touches are tried. A mutant whose compiled
tables equal the original's changes nothing that anybody can observe: it is equivalent, and counted apart. Rule
mutants change one line of Rego; they are a sample with a fixed seed.
"""

import copy
import random
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

import orjson
import pytest

from policies.engines import EmbeddedEngine, EngineUnavailable
from policies.tables import Regles, Tables, compiler, lire
from tests.policies.oracle import Question, Reponse, epreuve, reponse, roles

GRAINE: Final = 93
REGLES_TIREES: Final = 90
SEUIL: Final = 0.95

LETTRES: Final[Mapping[str, tuple[str, str]]] = {
    "R": ("L", "-"),
    "L": ("R", "-"),
    "C": ("R", "-"),
    "CL": ("L", "-"),
    "own": ("R", "-"),
    "own+L": ("R", "own"),
    "-": ("R", "own"),
}


@dataclass(frozen=True, slots=True)
class Mutant:
    """One changed value: its name, the roles that may notice, and the change."""

    nom: str
    touches: tuple[str, ...]
    changer: Callable[[Tables], None]


def _poser(
    lignes: Callable[[Tables], list[dict[str, Any]]], rang: int, cle: str, valeur: object
) -> Callable[[Tables], None]:
    def changer(tables: Tables) -> None:
        lignes(tables)[rang][cle] = valeur

    return changer


def _mutants_de_la_matrice(tables: Tables) -> Iterator[Mutant]:
    masques = {ligne["code"] for ligne in tables.groupes if ligne["mesure_l"]}
    for role, lignes in tables.matrice.items():
        for rang, ligne in enumerate(lignes):

            def de(t: Tables, role: str = role) -> list[dict[str, Any]]:
                return t.matrice[role]

            valeurs: list[tuple[str, object]] = [
                ("lecture", lettre if lettre != "L" or ligne["groupe"] in masques else "own")
                for lettre in LETTRES[ligne["lecture"]]
            ]
            valeurs += [("secret", not ligne.get("secret", False)), ("valid_from", "2030-01-01")]
            valeurs += [(cle, None) for cle in ("motif", "article_72", "exception") if cle in ligne]
            valeurs += [("sauf", [])] if "sauf" in ligne else []
            for cle, valeur in valeurs:
                yield Mutant(f"{role} {ligne['groupe']} {cle}={valeur}", (role,), _poser(de, rang, cle, valeur))


def _mutants_des_finalites(tables: Tables) -> Iterator[Mutant]:
    def de(t: Tables) -> list[dict[str, Any]]:
        return t.finalites

    masques = {ligne["code"] for ligne in tables.groupes if ligne["mesure_l"]}
    for rang, ligne in enumerate(tables.finalites):
        touches = tuple(role["code"] for role in tables.roles if ligne["code"] in role["finalites"])
        portees = [
            {**{g: p for g, p in ligne["groupes"].items() if g != code}, **ajout}
            for code in (groupe["code"] for groupe in tables.groupes)
            for ajout in ([{}] if code in ligne["groupes"] else [{code: "R"}])
        ]
        portees += [
            {**ligne["groupes"], code: "R" if portee == "L" else "L"}
            for code, portee in ligne["groupes"].items()
            if code in masques
        ]
        drapeaux = ("saisine", "demande", "information_menage", "obligatoire")
        valeurs: list[tuple[str, object]] = [("groupes", portee) for portee in portees]
        valeurs += [(cle, not ligne[cle]) for cle in drapeaux]
        valeurs += [("actions", [a for a in ligne["actions"] if a != action]) for action in ligne["actions"]]
        valeurs += [("stades", None if ligne["stades"] else ["OUVERT"]), ("valid_from", "2030-01-01")]
        valeurs += [("valid_to", "2026-12-30"), ("vues", [])]
        for cle, valeur in valeurs:
            if valeur != ligne[cle]:
                ecart = _ecart(ligne[cle], valeur)
                yield Mutant(f"{ligne['code']} {cle} {ecart}", touches, _poser(de, rang, cle, valeur))


def _ecart(avant: object, apres: object) -> str:
    if isinstance(avant, dict) and isinstance(apres, dict):
        codes = [c for c in {**avant, **apres} if avant.get(c) != apres.get(c)]
        return " ".join(f"{code}: {avant.get(code)} → {apres.get(code)}" for code in codes)
    return f"{avant} → {apres}"


def _mutants_des_vues(tables: Tables) -> Iterator[Mutant]:
    def de(t: Tables) -> list[dict[str, Any]]:
        return t.vues

    for rang, ligne in enumerate(tables.vues):
        finalites = {f["code"] for f in tables.finalites if ligne["code"] in f["vues"]}
        touches = tuple(role["code"] for role in tables.roles if finalites & set(role["finalites"]))
        for code in ligne["groupes"]:
            reste = {g: p for g, p in ligne["groupes"].items() if g != code}
            yield Mutant(f"vue {ligne['code']} sans {code}", touches, _poser(de, rang, "groupes", reste))


def _mutants_des_roles(tables: Tables) -> Iterator[Mutant]:
    for ligne in tables.roles:

        def de(t: Tables, code: str = ligne["code"]) -> list[dict[str, Any]]:
            return [role for role in t.roles if role["code"] == code]

        valeurs: list[tuple[str, object]] = []
        for cle in ("finalites", "actions", "liens", "collectes_exclues"):
            valeurs += [(cle, [x for x in ligne[cle] if x != element]) for element in ligne[cle]]
        valeurs += [("liens", [*ligne["liens"], [lien]]) for lien in _liens_refuses(ligne)]
        valeurs += [("liens_par_finalite", {})] if ligne["liens_par_finalite"] else []
        valeurs += [("stades", None)] if ligne["stades"] else []
        valeurs += [("personne_elle_meme", not ligne["personne_elle_meme"])]
        for cle, valeur in valeurs:
            nom = f"{ligne['code']} {cle} {ligne[cle]} → {valeur}"
            yield Mutant(nom, (ligne["code"],), _poser(de, 0, cle, valeur))


def _liens_refuses(ligne: Mapping[str, Any]) -> Iterator[str]:
    acceptes = {lien for voie in ligne["liens"] for lien in voie}
    for lien in ("territoire", "portefeuille", "mandat", "intervention", "ordre_du_jour", "auteur"):
        if lien not in acceptes:
            yield lien


def _mutants_d_exploc(tables: Tables) -> Iterator[Mutant]:
    def oter(rang: int) -> Callable[[Tables], None]:
        def changer(t: Tables) -> None:
            del t.exploc[rang]

        return changer

    def ajouter(role: str) -> Callable[[Tables], None]:
        return lambda t: t.exploc.append({**t.exploc[0], "role": role})

    def de(t: Tables) -> list[dict[str, Any]]:
        return t.exploc

    destinataires = {ligne["role"] for ligne in tables.exploc}
    lecteurs = {code for code, lignes in tables.matrice.items() if any(ligne["lecture"] != "-" for ligne in lignes)}
    for rang, ligne in enumerate(tables.exploc):
        role = ligne["role"]
        yield Mutant(f"exploc sans {role}", (role,), oter(rang))
        yield Mutant(f"exploc {role} agent", (role,), _poser(de, rang, "agent", not ligne["agent"]))
        yield Mutant(f"exploc {role} échu", (role,), _poser(de, rang, "valid_to", "2026-01-01"))
        if ligne["lien"]:
            yield Mutant(f"exploc {role} sans lien", (role,), _poser(de, rang, "lien", None))
    for role in sorted(lecteurs - destinataires):
        yield Mutant(f"exploc avec {role}", (role,), ajouter(role))


def _mutants_des_emissions(tables: Tables) -> Iterator[Mutant]:
    def de(t: Tables) -> list[dict[str, Any]]:
        return t.emissions

    for rang, ligne in enumerate(tables.emissions):
        touches = tuple(ligne["roles"])
        for role in ligne["roles"]:
            reste = [r for r in ligne["roles"] if r != role]
            yield Mutant(f"{ligne['evenement']} sans {role}", (role,), _poser(de, rang, "roles", reste))
        for intrus in _intrus(tables, ligne):
            avec = [*ligne["roles"], intrus]
            yield Mutant(f"{ligne['evenement']} avec {intrus}", (intrus,), _poser(de, rang, "roles", avec))
        for cle in ("agent", "secret", "intervention"):
            nom = f"{ligne['evenement']} {cle}={not ligne[cle]}"
            yield Mutant(nom, touches, _poser(de, rang, cle, not ligne[cle]))
        nom = f"{ligne['evenement']} import={not ligne['import']}"
        yield Mutant(nom, ("CCAPEX_INSTRUCTEUR",), _poser(de, rang, "import", not ligne["import"]))
        if ligne["finalites"]:
            yield Mutant(f"{ligne['evenement']} à toute finalité", touches, _poser(de, rang, "finalites", None))
        if ligne["information_menage"]:
            nom = f"{ligne['evenement']} sans information"
            yield Mutant(nom, touches, _poser(de, rang, "information_menage", False))


def _intrus(tables: Tables, ligne: Mapping[str, Any]) -> list[str]:
    """Two roles that may write at one of the event's purposes, but not this event."""
    ouvertes = {f["code"] for f in tables.finalites if "emettre" in f["actions"]}
    ouvertes &= set(ligne["finalites"] or ouvertes)
    return [
        role["code"]
        for role in tables.roles
        if role["code"] not in ligne["roles"] and "emettre" in role["actions"] and ouvertes & set(role["finalites"])
    ][-2:]


FAMILLES: Final = {
    "matrice": _mutants_de_la_matrice,
    "finalités": _mutants_des_finalites,
    "vues": _mutants_des_vues,
    "rôles": _mutants_des_roles,
    "EXPLOC": _mutants_d_exploc,
    "émissions": _mutants_des_emissions,
}


@pytest.fixture(scope="module")
def tables() -> Tables:
    return lire()


@pytest.fixture(scope="module")
def epreuves(tables: Tables) -> Mapping[str, list[tuple[bytes, Question, Reponse]]]:
    evenements = tuple(ligne["evenement"] for ligne in tables.emissions)
    return {
        code: [(orjson.dumps(question), question, attendue) for question, attendue in epreuve(role, evenements)]
        for code, role in roles().items()
    }


def _differe(regles: Regles, cas: Iterable[tuple[bytes, Question, Reponse]]) -> bool:
    """Whether one cell differs from the golden tables. An engine that cannot answer differs."""
    try:
        moteur = EmbeddedEngine(regles)
        return any(not _meme(moteur.evaluer(entree), attendue) for entree, _, attendue in cas)
    except (EngineUnavailable, RuntimeError):
        return True


def _meme(document: object, attendue: Reponse) -> bool:
    complet = {"groupes", "retenus", "refus", "motif", "autorise"}
    if not isinstance(document, dict) or not complet <= document.keys():
        return False
    if not isinstance(document["groupes"], dict) or not isinstance(document["retenus"], dict):
        return False
    try:
        return reponse(document) == attendue
    except AssertionError:
        return False


def _restreindre(tables: Tables, codes: tuple[str, ...]) -> Tables:
    """Only the rows that these roles look up: a mutant is compiled and loaded in a few milliseconds."""
    partage = replace(
        tables,
        roles=[ligne for ligne in tables.roles if ligne["code"] in codes],
        matrice={code: tables.matrice[code] for code in codes},
    )
    return copy.deepcopy(partage)


def _cas(
    famille: str, mutant: Mutant, epreuves: Mapping[str, list[tuple[bytes, Question, Reponse]]]
) -> Iterator[tuple[bytes, Question, Reponse]]:
    """The cells that the row bears on: readings for what is read, one event's emissions for what is emitted."""
    tous = (cas for code in mutant.touches for cas in epreuves[code])
    if famille == "émissions":
        evenement = mutant.nom.partition(" ")[0]
        return (cas for cas in tous if cas[1]["evenement"] == evenement and cas[1]["action"] in {"emettre", "importer"})
    if famille in {"finalités", "rôles"}:
        return tous
    return (cas for cas in tous if cas[1]["action"] in {"lire", "lister"})


def test_les_tables_d_origine_passent_l_epreuve(
    regles: Regles, epreuves: Mapping[str, list[tuple[bytes, Question, Reponse]]]
) -> None:
    assert not _differe(regles, (cas for liste in epreuves.values() for cas in liste))


@pytest.mark.parametrize("famille", FAMILLES)
def test_une_ligne_fausse_se_voit(
    famille: str,
    regles: Regles,
    tables: Tables,
    epreuves: Mapping[str, list[tuple[bytes, Question, Reponse]]],
    compter: Callable[[str, int], None],
    lister: Callable[[str, list[str]], None],
) -> None:
    tues, survivants, equivalents = 0, list[str](), list[str]()
    for mutant in FAMILLES[famille](tables):
        mutee = _restreindre(tables, mutant.touches)
        origine = compiler(mutee)
        mutant.changer(mutee)
        compilees = compiler(mutee)
        if compilees == origine:
            equivalents.append(mutant.nom)
        elif _differe(replace(regles, tables={**compilees, "revision": ""}), _cas(famille, mutant, epreuves)):
            tues += 1
        else:
            survivants.append(mutant.nom)
    compter(f"mutants de données ({famille}) tués", tues)
    compter(f"mutants de données ({famille}) équivalents, tables compilées identiques", len(equivalents))
    lister(f"mutants de données ({famille}) survivants", survivants)
    assert tues >= 5
    assert tues / (tues + len(survivants)) >= SEUIL, survivants


def _mutants_des_regles(modules: Mapping[str, str]) -> list[tuple[str, str, str]]:
    """Every one-line change of the rules: path, name, text."""
    mutants = []
    for chemin, texte in modules.items():
        lignes = texte.splitlines()
        for rang, ligne in enumerate(lignes):
            if not ligne.strip() or ligne.lstrip().startswith(("#", "package", "import")):
                continue
            for fausse in _fausser(ligne):
                nom = f"{chemin}:{rang + 1} « {ligne.strip()} » → « {fausse.strip()} »"
                mutants.append((chemin, nom, "\n".join([*lignes[:rang], fausse, *lignes[rang + 1 :]])))
    return mutants


def _fausser(ligne: str) -> Iterator[str]:
    corps = ligne.startswith("\t") and not ligne.rstrip().endswith(("{", "(", ",", "[", "|", ")", "}", "]"))
    for avant, apres in ((" == ", " != "), (" != ", " == "), (" <= ", " > "), (" >= ", " < ")):
        if avant in ligne:
            yield ligne.replace(avant, apres, 1)
    if re.match(r"\t+not ", ligne):
        yield ligne.replace("not ", "", 1)
    elif corps and not re.search(r":=|^\t+(some|every) ", ligne):
        yield re.sub(r"^(\t+)", r"\1not ", ligne)
    if corps and not re.search(r":=|^\t+(some|every) ", ligne):
        yield re.sub(r"^(\t+).*", r"\1true", ligne)
    for mot in re.findall(r'"([A-Z_]{5,}|plein|propres|limite)"', ligne):
        yield ligne.replace(f'"{mot}"', '"entier"' if mot.isupper() else '"ACCORD_REQUIS"', 1)


def test_une_regle_fausse_se_voit(
    regles: Regles,
    epreuves: Mapping[str, list[tuple[bytes, Question, Reponse]]],
    compter: Callable[[str, int], None],
    lister: Callable[[str, list[str]], None],
) -> None:
    tous = _mutants_des_regles(regles.modules)
    tires = random.Random(GRAINE).sample(tous, REGLES_TIREES)  # noqa: S311 - a sample, not a secret
    cas = [cas for liste in epreuves.values() for cas in liste[::3]] + [c for liste in epreuves.values() for c in liste]
    tues, survivants = 0, list[str]()
    for chemin, nom, texte in tires:
        if _differe(replace(regles, modules={**regles.modules, chemin: texte}), cas):
            tues += 1
        else:
            survivants.append(nom)
    compter("mutants de règles possibles", len(tous))
    compter("mutants de règles tirés (graine 93)", len(tires))
    compter("mutants de règles tués", tues)
    lister("mutants de règles survivants", survivants)
    assert tues / len(tires) >= SEUIL, survivants
