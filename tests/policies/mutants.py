"""Wrong tables and wrong rules, one change at a time: what the golden tables must notice.

A data mutant changes one value of one row. A rule mutant changes one condition, one comparison, one constant or one
alternative of the Rego text.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from policies.tables import SOUS_LIMITATION, Tables
from tests.policies.oracle import ACTIONS, LIENS, STADES

LETTRES: Final[Mapping[str, tuple[str, str]]] = {
    "R": ("L", "-"),
    "L": ("R", "-"),
    "C": ("R", "-"),
    "CL": ("L", "-"),
    "own": ("R", "-"),
    "own+L": ("R", "own"),
    "-": ("R", "own"),
}
PLUS_TARD: Final = "2030-01-01"
AVANT: Final = "2026-12-30"


@dataclass(frozen=True, slots=True)
class Mutant:
    """One changed value: its name, the roles (and the one purpose, if it is one) that may notice, and the change."""

    nom: str
    touches: tuple[str, ...]
    changer: Callable[[Tables], None]
    finalite: str = ""


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
            if ligne["lecture"] != "-":
                valeurs += [("secret", not ligne.get("secret", False))]
                valeurs += [("valid_from", PLUS_TARD), ("valid_to", AVANT)]
            valeurs += [(cle, None) for cle in ("motif", "article_72") if cle in ligne]
            valeurs += [(cle, []) for cle in ("sauf", "exceptions") if cle in ligne]
            for cle, valeur in valeurs:
                yield Mutant(f"{role} {ligne['groupe']} {cle}={valeur}", (role,), _poser(de, rang, cle, valeur))
        nommes = {ligne["groupe"] for ligne in lignes}
        for tu in (groupe["code"] for groupe in tables.groupes if groupe["code"] not in nommes):
            for lettre in LETTRES["-"]:
                yield Mutant(f"{role} {tu} lecture={lettre}", (role,), _nommer(role, tu, lettre))


def _nommer(role: str, groupe: str, lecture: str) -> Callable[[Tables], None]:
    """A row for a group that the matrix does not name."""
    ligne = {"groupe": groupe, "lecture": lecture, "ecriture": False, "valid_from": "2022-01-01", "valid_to": None}
    return lambda tables: tables.matrice[role].append(ligne)


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
        stades = ligne["stades"] or STADES
        drapeaux = ("saisine", "demande", "information_menage", "montre_droits")
        valeurs: list[tuple[str, object]] = [("groupes", portee) for portee in portees]
        valeurs += [(cle, not ligne[cle]) for cle in drapeaux]
        valeurs += [("sous_limitation", autre) for autre in sorted(SOUS_LIMITATION)]
        valeurs += [("actions", [a for a in ligne["actions"] if a != action]) for action in ligne["actions"]]
        valeurs += [("actions", [*ligne["actions"], action]) for action in ACTIONS if action not in ligne["actions"]]
        valeurs += [("stades", [s for s in stades if s != stade]) for stade in stades]
        valeurs += [("stades", [*ligne["stades"], s]) for s in STADES if ligne["stades"] and s not in ligne["stades"]]
        valeurs += [("valid_from", PLUS_TARD), ("valid_to", AVANT), ("vues", [])]
        for cle, valeur in valeurs:
            if valeur != ligne[cle]:
                ecart = _ecart(ligne[cle], valeur)
                yield Mutant(f"{ligne['code']} {cle} {ecart}", touches, _poser(de, rang, cle, valeur), ligne["code"])


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
        masques = {groupe["code"] for groupe in tables.groupes if groupe["mesure_l"]}
        for code, portee in ligne["groupes"].items():
            if code in masques:
                autre = {**ligne["groupes"], code: "R" if portee == "L" else "L"}
                yield Mutant(f"vue {ligne['code']} {code} non {portee}", touches, _poser(de, rang, "groupes", autre))
        for groupe in tables.groupes:
            if groupe["code"] not in ligne["groupes"]:
                avec = {**ligne["groupes"], groupe["code"]: "R"}
                nom = f"vue {ligne['code']} avec {groupe['code']}"
                yield Mutant(nom, touches, _poser(de, rang, "groupes", avec))


def _drapeaux(tables: Tables, groupe: str) -> Iterator[str]:
    """The flags of a group that some cell looks at: of the others, neither value is ever read."""
    finalites = {f["code"] for f in tables.finalites if groupe in f["groupes"]}
    lectures = [
        (role["code"], ligne)
        for role in tables.roles
        for ligne in tables.matrice[role["code"]]
        if ligne["groupe"] == groupe and ligne["lecture"] != "-" and finalites & set(role["finalites"])
    ]
    if any(code == "USAGER" for code, _ in lectures):
        yield "commun"
    if any(f["sous_limitation"] == "actes" for f in tables.finalites if f["code"] in finalites):
        yield "acte"
    if any(ligne["lecture"] in {"C", "C+own"} for _, ligne in lectures):
        yield "par_fait"
    if any(ligne.get("secret") for _, ligne in lectures):
        yield "partage"


def _mutants_des_groupes(tables: Tables) -> Iterator[Mutant]:
    def de(t: Tables) -> list[dict[str, Any]]:
        return t.groupes

    touches = tuple(role["code"] for role in tables.roles)
    for rang, ligne in enumerate(tables.groupes):
        valeurs: list[tuple[str, object]] = [("s3", not ligne["s3"]), ("motif_ferme", "SANS_OBJET_ICI")]
        valeurs += [(cle, not ligne.get(cle)) for cle in _drapeaux(tables, ligne["code"])]
        valeurs += [("origines", {})] * ("origines" in ligne) + [("un_an", [])] * ("un_an" in ligne)
        valeurs += [("mesure_l", "existence" if ligne["mesure_l"] != "existence" else "tranche")] * bool(
            ligne["mesure_l"]
        )
        for cle, valeur in valeurs:
            yield Mutant(f"groupe {ligne['code']} {cle}={valeur}", touches, _poser(de, rang, cle, valeur))


def _mutants_des_lectures(tables: Tables) -> Iterator[Mutant]:
    touches = tuple(role["code"] for role in tables.roles)
    for a_qui, lettres in tables.lectures.items():

        def de(t: Tables, a_qui: str = a_qui) -> list[dict[str, Any]]:
            return [t.lectures[a_qui]]

        for lettre, verdict in lettres.items():
            for autre in ("plein", "propres", "limite", "ACCORD_REQUIS", "APPORTS_SEULS"):
                if autre != verdict:
                    nom = f"lecture {a_qui} {lettre} {verdict} → {autre}"
                    yield Mutant(nom, touches, _poser(de, 0, lettre, autre))


def _oter(liste: Callable[[Tables], list[Any]], rang: int) -> Callable[[Tables], None]:
    def changer(tables: Tables) -> None:
        del liste(tables)[rang]

    return changer


def _mutants_des_listes(tables: Tables) -> Iterator[Mutant]:
    """Stages, and purposes refused by name: a code less."""
    touches = tuple(role["code"] for role in tables.roles)
    for rang, stade in enumerate(tables.stades):
        yield Mutant(f"sans le stade {stade}", touches, _oter(lambda t: t.stades, rang))
    for rang, ligne in enumerate(tables.finalites_refusees):
        yield Mutant(f"{ligne['code']} non refusée", touches, _oter(lambda t: t.finalites_refusees, rang))


def _mutants_des_roles(tables: Tables) -> Iterator[Mutant]:
    for ligne in tables.roles:

        def de(t: Tables, code: str = ligne["code"]) -> list[dict[str, Any]]:
            return [role for role in t.roles if role["code"] == code]

        valeurs: list[tuple[str, object]] = []
        for cle in ("finalites", "actions", "liens", "origines_exclues"):
            valeurs += [(cle, [x for x in ligne[cle] if x != element]) for element in ligne[cle]]
        valeurs += [("liens", [*ligne["liens"], [lien]]) for lien in _liens_refuses(ligne)]
        valeurs += [("liens_par_finalite", {})] if ligne["liens_par_finalite"] else []
        for finalite, voies in ligne["liens_par_finalite"].items():
            sans = [[v for v in voies if v != voie] for voie in voies]
            valeurs += [("liens_par_finalite", {**ligne["liens_par_finalite"], finalite: reste}) for reste in sans]
        valeurs += [("stades", None)] if ligne["stades"] else []
        valeurs += [("stades", [s for s in ligne["stades"] if s != stade]) for stade in ligne["stades"] or ()]
        valeurs += [("creancier", not ligne["creancier"])]
        valeurs += [("personne_elle_meme", not ligne["personne_elle_meme"])]
        valeurs += [("motif_ferme", None if ligne["motif_ferme"] else "ROLE_SANS_ACCES")]
        for cle, valeur in valeurs:
            nom = f"{ligne['code']} {cle} {ligne[cle]} → {valeur}"
            yield Mutant(nom, (ligne["code"],), _poser(de, 0, cle, valeur))


def _liens_refuses(ligne: Mapping[str, Any]) -> Iterator[str]:
    acceptes = {lien for voie in ligne["liens"] for lien in voie}
    for lien in LIENS:
        if lien not in acceptes:
            yield lien


def _mutants_d_exploc(tables: Tables) -> Iterator[Mutant]:
    def ajouter(role: str) -> Callable[[Tables], None]:
        return lambda t: t.exploc.append({**t.exploc[0], "role": role})

    def de(t: Tables) -> list[dict[str, Any]]:
        return t.exploc

    destinataires = {ligne["role"] for ligne in tables.exploc}
    lecteurs = {code for code, lignes in tables.matrice.items() if any(ligne["lecture"] != "-" for ligne in lignes)}
    for rang, ligne in enumerate(tables.exploc):
        role = ligne["role"]
        yield Mutant(f"exploc sans {role}", (role,), _oter(de, rang))
        yield Mutant(f"exploc {role} échu", (role,), _poser(de, rang, "valid_to", AVANT))
        yield Mutant(f"exploc {role} à venir", (role,), _poser(de, rang, "valid_from", PLUS_TARD))
        if ligne["lien"]:
            yield Mutant(f"exploc {role} sans lien", (role,), _poser(de, rang, "lien", None))
    for role in sorted(lecteurs - destinataires):
        yield Mutant(f"exploc avec {role}", (role,), ajouter(role))


def _mutants_des_emissions(tables: Tables) -> Iterator[Mutant]:
    def de(t: Tables) -> list[dict[str, Any]]:
        return t.emissions

    toutes = [ligne["code"] for ligne in tables.finalites]
    for rang, ligne in enumerate(tables.emissions):
        touches = tuple(ligne["roles"])
        for role in ligne["roles"]:
            reste = [r for r in ligne["roles"] if r != role]
            yield Mutant(f"{ligne['evenement']} sans {role}", (role,), _poser(de, rang, "roles", reste))
        for intrus in _intrus(tables, ligne):
            avec = [*ligne["roles"], intrus]
            yield Mutant(f"{ligne['evenement']} avec {intrus}", (intrus,), _poser(de, rang, "roles", avec))
        for agent in {"", "nomme", "prouve"} - {ligne["agent"]}:
            yield Mutant(f"{ligne['evenement']} agent={agent}", touches, _poser(de, rang, "agent", agent))
        for cle in ("secret", "intervention"):
            nom = f"{ligne['evenement']} {cle}={not ligne[cle]}"
            yield Mutant(nom, touches, _poser(de, rang, cle, not ligne[cle]))
        nom = f"{ligne['evenement']} import={not ligne['import']}"
        yield Mutant(nom, ("CCAPEX_INSTRUCTEUR",), _poser(de, rang, "import", not ligne["import"]))
        for cle, jour in (("valid_from", PLUS_TARD), ("valid_to", AVANT)):
            yield Mutant(f"{ligne['evenement']} {cle}={jour}", touches, _poser(de, rang, cle, jour))
        for finalite in ligne["finalites"] or ():
            reste = [f for f in ligne["finalites"] if f != finalite]
            nom = f"{ligne['evenement']} pas à {finalite}"
            yield Mutant(nom, touches, _poser(de, rang, "finalites", reste))
        if ligne["finalites"]:
            yield Mutant(f"{ligne['evenement']} à toute finalité", touches, _poser(de, rang, "finalites", toutes))
        nom = f"{ligne['evenement']} autre_lien={not ligne.get('autre_lien')}"
        yield Mutant(nom, touches, _poser(de, rang, "autre_lien", not ligne.get("autre_lien")))
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
    "groupes": _mutants_des_groupes,
    "lectures": _mutants_des_lectures,
    "finalités": _mutants_des_finalites,
    "vues": _mutants_des_vues,
    "rôles": _mutants_des_roles,
    "EXPLOC": _mutants_d_exploc,
    "émissions": _mutants_des_emissions,
    "stades et refus": _mutants_des_listes,
}


@dataclass(frozen=True, slots=True)
class Fausse:
    """A rule changed: where, what was there and what stands there now."""

    nom: str
    chemin: str
    texte: str


def mutants_des_regles(modules: Mapping[str, str]) -> Iterator[Fausse]:
    """Every change of one condition, comparison or constant, and every alternative left out."""
    for chemin, texte in modules.items():
        for avant, apres in (*_lignes_faussees(texte), *_alternatives_otees(texte)):
            debut = next(i for i, (a, b) in enumerate(zip(texte, apres + "\0", strict=False)) if a != b)
            rang = texte.count("\n", 0, debut) + 1
            yield Fausse(f"{chemin}:{rang} {avant}", chemin, apres)


def _lignes_faussees(texte: str) -> Iterator[tuple[str, str]]:
    lignes = texte.splitlines()
    for rang, ligne in enumerate(lignes):
        if not ligne.strip() or ligne.lstrip().startswith(("#", "package", "import")):
            continue
        for fausse in dict.fromkeys(_fausser(ligne)):
            ecart = f"« {ligne.strip()} » → « {fausse.strip()} »"
            yield ecart, "\n".join([*lignes[:rang], fausse, *lignes[rang + 1 :]]) + "\n"


CONDITION: Final = re.compile(r"(?P<tete>^\t+|^\S.* if )(?P<corps>(?!some |every )[^\t{][^{]*|.*[^,] in \{.*\})$")


def _fausser(ligne: str) -> Iterator[str]:
    for avant, apres in ((" == ", " != "), (" <= ", " < "), (" <= ", " > "), (" >= ", " > "), (" >= ", " < ")):
        if avant in ligne:
            yield ligne.replace(avant, apres, 1)
    condition = CONDITION.match(ligne)
    if condition and ":=" not in condition["corps"] and not re.search(r'[,(\[|)\]}]$|^"', condition["corps"]):
        yield condition["tete"] + "true"
        corps = condition["corps"]
        yield condition["tete"] + (corps.removeprefix("not ") if corps.startswith("not ") else f"not {corps}")
    for constante in re.finditer(r'"[A-Za-z_0-9]*"(?!: )', ligne):
        yield f'{ligne[: constante.start()]}"MUTANT"{ligne[constante.end() :]}'


def _alternatives_otees(texte: str) -> Iterator[tuple[str, str]]:
    """Each rule of several that bear one name, and each branch of an ``else`` chain, left out."""
    morceaux = texte.split("\n\n")
    for rang, morceau in enumerate(morceaux):
        regle = "\n".join(ligne for ligne in morceau.splitlines() if not ligne.startswith(("#", "package")))
        if not regle:
            continue
        tete = re.split(r" := | if | contains ", regle, maxsplit=1)[0]
        branches = re.split(r"^\} else ", regle, flags=re.MULTILINE)
        sans = [""] if len(branches) == 1 else []
        for i in range(len(branches)) if len(branches) > 1 else ():
            reste = [*branches[:i], *branches[i + 1 :]]
            if i == 0:
                reste[0] = f"{tete} {reste[0]}"
            entier = "} else ".join(reste)
            sans.append(entier if i < len(branches) - 1 else entier + "}")
        for i, version in enumerate(sans):
            branche = branches[i].splitlines()[0]
            yield f"sans « {branche} »", "\n\n".join([*morceaux[:rang], version, *morceaux[rang + 1 :]]) + "\n"
