"""The tables of law (JSON, one row per line) and what the rules need of them.

The rows are the source: what a lawyer reads and amends. ``compiler`` joins them once, at load, into the shape
that the rules look up: for a role, a purpose and a view, the groups that stay closed whatever happens, and the
*ranks* of groups that share one rule. Joining here keeps a decision under 0.2 ms; no condition on the facts of a
question is decided here. A row that names an unknown code stops the load: a typing error must never open a group.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from itertools import combinations
from pathlib import Path
from typing import Any, Final

from policies.decision import DONNEES, Action, Agent, Lien, Origine

REGO: Final = Path(__file__).parent / "rego"

Disposition = dict[str, Any]

LECTURES: Final = frozenset({"R", "L", "C", "CL", "own", "own+L", "-"})
AGENTS: Final = frozenset({"", Agent.NOMME, Agent.PROUVE})
"""Whom an emission takes: a machine will do, or an agent that it names, or one whose token proves who it is."""
PORTEES: Final = frozenset({"R", "L", "own"})
"""How far a purpose or a view opens a group: as the role reads it, by half, or to who told it alone.

What a purpose opens by half is not written at it: who told it would not read it back (access 32).
"""

SOUS_LIMITATION: Final = frozenset({"refuse", "actes", "entier"})
"""What becomes of a purpose under restriction: it stops, goes on with acts and one's own, or goes on (GDPR 18(2))."""

ORIGINES: Final = frozenset(origine.value for origine in Origine)
LISENT: Final = frozenset({Action.LIRE, Action.LISTER})
_FERMEE: Final[Disposition] = {"lecture": "-"}
FIN_DES_TEMPS: Final = "9999-12-31"
TAGS: Final = frozenset({"STATED", "2nd-HAND", "INFERRED"})


class TableInvalide(ValueError):
    """A row contradicts the others, or names something that does not exist."""


class ReglesAlterees(Exception):
    """What was kept of past rules is not what their revision is the digest of: nothing is decided by it."""


@dataclass(frozen=True, slots=True)
class Tables:
    """The rows as they are written, by file; ``matrice`` by role, then one row per group that it says something of.

    Purposes and views have here the groups whose rows name them.

    What a matrix does not name is closed, for the reason of the role's row or else of the group's (``motif_ferme``).
    """

    roles: list[Disposition]
    groupes: list[Disposition]
    finalites: list[Disposition]
    finalites_refusees: list[Disposition]
    vues: list[Disposition]
    lectures: dict[str, dict[str, str]]
    emissions: list[Disposition]
    exploc: list[Disposition]
    liens: list[Disposition]
    stades: list[str]
    motifs: dict[str, str]
    matrice: dict[str, list[Disposition]]

    def role(self, code: str) -> Disposition:
        """The row of a role."""
        return next(ligne for ligne in self.roles if ligne["code"] == code)

    def finalite(self, code: str) -> Disposition:
        """The row of a purpose; none of those that are refused to everybody has one."""
        return next(ligne for ligne in self.finalites if ligne["code"] == code)

    @property
    def importateurs(self) -> frozenset[str]:
        """The roles that bring lots, on behalf of those whose acts they hold."""
        return frozenset(ligne["code"] for ligne in self.roles if "importer" in ligne["actions"])

    @property
    def liens_du_menage(self) -> frozenset[Lien]:
        """The links to a case that hold for the other cases of its household, once they were looked at as one."""
        return frozenset(Lien(ligne["lien"]) for ligne in self.liens if ligne["suit_le_menage"])

    def voies(self, role: str, finalite: str) -> list[list[str]]:
        """The ways that a role has to a case at a purpose: each is the links that it takes together."""
        ligne = self.role(role)
        voies: list[list[str]] = ligne["liens_par_finalite"].get(finalite, ligne["liens"])
        return voies

    def stades_de(self, role: str, finalite: str) -> list[str]:
        """The stages of the procedure at which a role has something to read at a purpose."""
        lignes = self.role(role), self.finalite(finalite)
        listes = [liste for liste in (ligne["stades"] for ligne in lignes) if liste is not None]
        return [stade for stade in self.stades if all(stade in liste for liste in listes)]

    @property
    def regimes(self) -> frozenset[str]:
        """The legal regimes that some purpose asks of a commission."""
        return frozenset(ligne["regime"] for ligne in self.finalites if ligne.get("regime"))

    def vue_de(self, instance: str) -> str:
        """The view of a kind of commission; empty: it has none."""
        return next((str(ligne["code"]) for ligne in self.vues if ligne.get("instance") == instance), "")

    @property
    def etudes(self) -> frozenset[str]:
        """The roles that transmit their own acts only: the SIRET of an act that one of them transmits is its own."""
        return frozenset(ligne["code"] for ligne in self.roles if ligne["actes_propres"])

    def actions(self, role: str, finalite: str) -> frozenset[str]:
        """What a role may do at a purpose, as far as they alone decide; nothing at one that is not its own."""
        siennes = (
            set(ligne["actions"]) for ligne in self.roles if ligne["code"] == role and finalite in ligne["finalites"]
        )
        voulues = (set(ligne["actions"]) for ligne in self.finalites if ligne["code"] == finalite)
        return frozenset(next(siennes, set()) & next(voulues, set()))

    def commissions(self, role: str) -> list[str]:
        """The commissions whose papers a role keeps."""
        tenues: list[str] = self.role(role).get("commissions", [])
        return tenues

    def lus(self, role: str, finalite: str) -> frozenset[str]:
        """The groups of which a role may be shown something that others told, at one of its purposes."""
        ouverte = self.finalite(finalite)
        lignes = {ligne["groupe"]: ligne for ligne in self.matrice[role]}
        return frozenset(
            groupe
            for groupe, portee in ouverte["groupes"].items()
            if portee != "own"
            and groupe in lignes
            and lignes[groupe]["lecture"] not in {"-", "own"}
            and finalite not in lignes[groupe].get("sauf", ())
        )

    def emet(self, role: str, finalite: str, evenement: str, le: date) -> bool:
        """Whether a row has the role tell that event at this purpose, on that day."""
        jour = le.isoformat()
        return any(
            ligne["evenement"] == evenement
            and role in ligne["roles"]
            and finalite in ligne["finalites"]
            and ligne["valid_from"] <= jour <= (ligne["valid_to"] or FIN_DES_TEMPS)
            for ligne in self.emissions
        )

    def emetteurs(self, evenement: str) -> frozenset[str]:
        """Roles that can tell an event, at some purpose and on some day."""
        lignes = [ligne for ligne in self.emissions if ligne["evenement"] == evenement]
        return frozenset(role for ligne in lignes for role in ligne["roles"])

    @property
    def suiveurs(self) -> frozenset[str]:
        """Roles that can tell what became of a recommendation: it is addressed to nobody else."""
        return self.emetteurs("RecommandationSuivie")

    @property
    def origines(self) -> Mapping[str, Origine]:
        """What each role is, to who is told what it said."""
        return {ligne["code"]: Origine(ligne["origine"]) for ligne in self.roles}

    @property
    def correcteurs(self) -> frozenset[str]:
        """The roles that correct what others told."""
        return frozenset(ligne["code"] for ligne in self.roles if ligne["corrige_autrui"])


@dataclass(frozen=True, slots=True)
class Regles:
    """What an engine loads: rules by path and compiled tables; the sentences of reasons; the digest of all three."""

    modules: Mapping[str, str]
    tables: Mapping[str, Any]
    motifs: Mapping[str, str]
    revision: str

    @property
    def groupes(self) -> frozenset[str]:
        """The groups that these rules know."""
        return frozenset(self.tables["groupes"])

    @property
    def octets(self) -> bytes:
        """What the revision is the digest of, byte for byte: what is kept of these rules once others replace them."""
        compilees = {nom: table for nom, table in self.tables.items() if nom != "revision"}
        return _octets(self.modules, compilees, self.motifs)


def lire(racine: Path = DONNEES) -> Tables:
    """Read the rows and check that they fit together."""
    charge = {nom: json.loads((racine / f"{nom}.json").read_text("utf-8")) for nom in _FICHIERS}
    for nom in ("finalites", "vues"):
        _joindre(charge["groupes"], nom, charge[nom])
    tables = Tables(
        **charge,
        matrice={
            chemin.stem: json.loads(chemin.read_text("utf-8")) for chemin in sorted((racine / "matrice").glob("*.json"))
        },
    )
    _verifier(tables)
    return tables


def _joindre(groupes: list[Disposition], nom: str, lignes: list[Disposition]) -> None:
    """Give each purpose, or each view, the groups whose rows name it: a group is written in one place."""
    codes = {ligne["code"] for ligne in lignes}
    for groupe in groupes:
        _exiger(set(groupe[nom]) <= codes, f"{groupe['code']} : {nom} inconnues {set(groupe[nom]) - codes}")
    for ligne in lignes:
        ligne["groupes"] = {g["code"]: g[nom][ligne["code"]] for g in groupes if ligne["code"] in g[nom]}


_FICHIERS: Final = (
    "roles",
    "groupes",
    "finalites",
    "finalites_refusees",
    "vues",
    "lectures",
    "emissions",
    "exploc",
    "liens",
    "stades",
    "motifs",
)


def _exiger(vrai: bool, message: str) -> None:  # noqa: FBT001 - an assertion that survives python -O
    if not vrai:
        raise TableInvalide(message)


def _verifier(tables: Tables) -> None:
    roles = {ligne["code"] for ligne in tables.roles}
    finalites = {ligne["code"] for ligne in tables.finalites}
    vues = {ligne["code"] for ligne in tables.vues}
    _exiger(roles == set(tables.matrice), f"un fichier de matrice par rôle : {roles ^ set(tables.matrice)}")
    groupes = [ligne["code"] for ligne in tables.groupes]
    _exiger(len(set(groupes)) == len(groupes), "groupes.json : un groupe figure deux fois")
    masques = {ligne["code"] for ligne in tables.groupes if ligne["mesure_l"]}
    for role, lignes in tables.matrice.items():
        nommes = [ligne["groupe"] for ligne in lignes]
        _exiger(nommes == [code for code in groupes if code in nommes], f"{role} : groupe inconnu, doublé ou déplacé")
        for ligne in lignes:
            _exiger(ligne["lecture"] in LECTURES, f"{role}, {ligne['groupe']} : lecture inconnue")
            limitee = ligne["lecture"] in {"L", "CL", "own+L"}
            _exiger(not limitee or ligne["groupe"] in masques, f"{role}, {ligne['groupe']} : aucun sens de L")
            _exiger(ligne.get("motif") in {None, *tables.motifs}, f"{role}, {ligne['groupe']} : motif inconnu")
            _exiger(set(ligne.get("sauf", ())) <= finalites, f"{role}, {ligne['groupe']} : finalité inconnue")
    for ligne in tables.finalites:
        _exiger(ligne["sous_limitation"] in SOUS_LIMITATION, f"{ligne['code']} : limitation inconnue")
    for ligne in [*tables.finalites, *tables.vues]:
        _exiger(set(ligne["groupes"]) <= set(groupes), f"{ligne['code']} : groupe inconnu")
        _exiger(set(ligne["groupes"].values()) <= PORTEES, f"{ligne['code']} : portée inconnue")
        limites = {groupe for groupe, portee in ligne["groupes"].items() if portee == "L"}
        _exiger(limites <= masques, f"{ligne['code']} : aucun sens de L")
        _exiger(set(ligne.get("vues", ())) <= vues, f"{ligne['code']} : vue inconnue")
    for ligne in tables.roles:
        _exiger(set(ligne["finalites"]) <= finalites, f"{ligne['code']} : finalité inconnue")
        _exiger(ligne["motif_ferme"] in {None, *tables.motifs}, f"{ligne['code']} : motif inconnu")
        _exiger({ligne["origine"], *ligne["origines_exclues"]} <= ORIGINES, f"{ligne['code']} : origine inconnue")
    dits = [ligne["lien"] for ligne in tables.liens]
    _exiger(dits == [lien.value for lien in Lien], "liens.json : une ligne par lien, dans l'ordre")
    _exiger(all(ligne["phrase"] for ligne in tables.liens), "liens.json : un lien sans phrase")
    _verifier_groupes(tables, finalites)
    _verifier_emissions(tables, roles, finalites)
    for ligne in tables.exploc:
        _exiger(ligne["role"] in roles, f"exploc : rôle {ligne['role']} inconnu")
    dates = (
        *tables.finalites,
        *tables.vues,
        *tables.emissions,
        *tables.exploc,
        *(ligne for lignes in tables.matrice.values() for ligne in lignes),
    )
    for ligne in dates:
        _exiger(bool(ligne["valid_from"]) and "valid_to" in ligne, f"dates absentes : {ligne}")
    for ligne in (*dates, *tables.groupes, *tables.finalites_refusees):
        _exiger(ligne["tag"] in TAGS and bool(ligne["legal_ref"]), f"étiquette ou référence absente : {ligne}")


def _verifier_emissions(tables: Tables, roles: set[str], finalites: set[str]) -> None:
    for ligne in tables.emissions:
        _exiger(set(ligne["roles"]) <= roles, f"{ligne['evenement']} : rôle inconnu")
        _exiger(bool(ligne["finalites"]), f"{ligne['evenement']} : aucune finalité")
        _exiger(set(ligne["finalites"]) <= finalites, f"{ligne['evenement']} : finalité inconnue")
        _exiger(ligne["agent"] in AGENTS, f"{ligne['evenement']} : agent inconnu")
    for evenement, lignes in _emissions(tables.emissions).items():
        for une, autre in combinations(lignes, 2):
            _exiger(not _se_recouvrent(une, autre), f"{evenement} : deux lignes répondent d'une même émission")


def _se_recouvrent(une: Disposition, autre: Disposition) -> bool:
    """Whether one emission would have two rows, which might answer it differently."""
    meme_jour = une["valid_from"] <= autre["valid_to"] and autre["valid_from"] <= une["valid_to"]
    communs = [set(une[cle]) & set(autre[cle]) for cle in ("roles", "finalites")]
    return meme_jour and (all(communs) or (une["import"] and autre["import"]))


def _verifier_groupes(tables: Tables, finalites: set[str]) -> None:
    for ligne in tables.groupes:
        _exiger(
            {*ligne.get("origines", ()), *ligne.get("un_an", ())} <= finalites, f"{ligne['code']} : finalité inconnue"
        )
        for origines in ligne.get("origines", {}).values():
            _exiger(set(origines) <= ORIGINES, f"{ligne['code']} : origine inconnue")
        _exiger(ligne["motif_ferme"] in tables.motifs, f"{ligne['code']} : motif inconnu")


def _ensemble(codes: Iterable[str]) -> dict[str, bool]:
    return dict.fromkeys(codes, True)


def _par(cle: str, lignes: Iterable[Disposition]) -> dict[str, Disposition]:
    return {ligne[cle]: ligne for ligne in lignes}


def _bornes(ligne: Disposition) -> Disposition:
    """The dates of a row; one without an end is compared as if it ended with the calendar."""
    return {"valid_from": ligne["valid_from"], "valid_to": ligne["valid_to"] or FIN_DES_TEMPS}


def compiler(tables: Tables) -> dict[str, Any]:
    """Join the rows into what the rules look up. Pure: the same rows give the same tables, byte for byte."""
    finalites = _par("code", tables.finalites)
    portes = {
        role["code"]: {code: _porte(tables, role, finalites[code]) for code in role["finalites"]}
        for role in tables.roles
    }
    return {
        "groupes": [ligne["code"] for ligne in tables.groupes],
        "s3": [ligne["code"] for ligne in tables.groupes if ligne["s3"]],
        "lectures": tables.lectures,
        "roles": _ensemble(ligne["code"] for ligne in tables.roles),
        "finalites": _ensemble(finalites),
        "finalites_refusees": _ensemble(ligne["code"] for ligne in tables.finalites_refusees),
        "emissions": _emissions(tables.emissions),
        "exploc": {ligne["role"]: {**ligne, **_bornes(ligne)} for ligne in tables.exploc},
        "portes": portes,
        "liens_du_menage": sorted(tables.liens_du_menage),
    }


def _emissions(lignes: Iterable[Disposition]) -> dict[str, list[Disposition]]:
    """The rows of each event: who tells it changes with the law, and with the purpose at which it is told."""
    par_evenement: dict[str, list[Disposition]] = {}
    for ligne in lignes:
        par_evenement.setdefault(ligne["evenement"], []).append({**ligne, **_bornes(ligne)})
    return par_evenement


def _porte(tables: Tables, role: Disposition, finalite: Disposition) -> Disposition:
    """What a role may do at one of its purposes, and under which conditions."""
    voies = tables.voies(role["code"], finalite["code"])
    actions = [action for action in role["actions"] if action in finalite["actions"]]
    vues = [None, *(ligne for ligne in tables.vues if ligne["code"] in finalite["vues"])]
    lit = not LISENT.isdisjoint(actions)
    return {
        **_bornes(finalite),
        **{
            cle: finalite[cle]
            for cle in ("saisine", "demande", "information_menage", "sous_limitation", "montre_droits")
        },
        "regime": finalite.get("regime", ""),
        **{cle: role[cle] for cle in ("personne_elle_meme", "origines_exclues", "creancier")},
        "commissions": role.get("commissions", []),
        "ecrit": [groupe for groupe, portee in finalite["groupes"].items() if portee != "L"],
        "actions": actions,
        "vues": ["", *finalite["vues"]],
        "liens": [voie for voie in voies if voie != ["auteur"]],
        "auteur": ["auteur"] in voies,
        "stades": tables.stades_de(role["code"], finalite["code"]),
        "profils": {vue["code"] if vue else "": _profil(tables, role, finalite, vue) for vue in (vues if lit else ())},
    }


def _profil(tables: Tables, role: Disposition, finalite: Disposition, vue: Disposition | None) -> Disposition:
    """What a role may read at a purpose through a view, before any fact of a question is known."""
    fermes: dict[str, str] = {}
    rangs: dict[str, Disposition] = {}
    ouvre = _par("groupe", tables.matrice[role["code"]])
    for groupe in tables.groupes:
        code = groupe["code"]
        ligne = ouvre.get(code, _FERMEE)
        portee = finalite["groupes"].get(code)
        cadre = vue["groupes"].get(code) if vue else "R"
        if ligne["lecture"] == "-":
            fermes[code] = ligne.get("motif") or role["motif_ferme"] or groupe["motif_ferme"]
        elif portee is None or (portee == "own" and not ligne["ecriture"]) or finalite["code"] in ligne.get("sauf", ()):
            fermes[code] = "HORS_FINALITE"
        elif cadre is None:
            fermes[code] = "HORS_VUE"
        else:
            regle = _regle(ligne, groupe, finalite)
            mesures: Disposition = {"plein": {}, "propres": {}, "limite": {}, "bail": {}}
            rang = rangs.setdefault(json.dumps(regle), {**regle, "groupes": [], "mesures": mesures})
            limite = ligne["lecture"] in {"L", "CL"} or "L" in {portee, cadre}
            rang["groupes"].append(code)
            rang["mesures"]["plein"][code] = groupe["mesure_l"] if limite else "entier"
            rang["mesures"]["propres"][code] = "propres"
            rang["mesures"]["limite"][code] = groupe["mesure_l"]
            if "mesure_bail" in groupe:
                rang["mesures"]["bail"][code] = groupe["mesure_bail"]
    return {"fermes": fermes, "rangs": list(rangs.values())}


def _regle(ligne: Disposition, groupe: Disposition, finalite: Disposition) -> Disposition:
    """What of a row must be decided on the facts. Groups that agree on all of it form one rank."""
    lecture = {"R": "plein", "L": "plein", "CL": "C"}.get(ligne["lecture"], ligne["lecture"])
    propres = finalite["groupes"][groupe["code"]] == "own"
    exceptions = ["article_72"] * (ligne.get("article_72") == finalite["code"]) + ligne.get("exceptions", [])
    return {
        "lecture": "own" if propres else "C+own" if lecture == "C" and ligne["ecriture"] else lecture,
        "exige": "secret" if ligne.get("secret") else "agent" if groupe["s3"] else "",
        "exceptions": [] if propres else exceptions,
        **{cle: groupe.get(cle, False) for cle in ("commun", "acte", "par_fait", "partage")},
        "bail": "mesure_bail" in groupe,
        "origines": groupe.get("origines", {}).get(finalite["code"], []),
        "un_an": finalite["code"] in groupe.get("un_an", ()),
        **_bornes(ligne),
    }


def modules(racine: Path = REGO) -> dict[str, str]:
    """The rules by path relative to ``rego/``; their tests are not part of what is deployed."""
    return {
        chemin.relative_to(racine).as_posix(): chemin.read_text("utf-8")
        for chemin in sorted(racine.rglob("*.rego"))
        if not chemin.stem.endswith("_test")
    }


def assembler(regles: Mapping[str, str], tables: Tables) -> Regles:
    """Rules and compiled tables under one digest; the digest is itself data, so that an engine answers with it."""
    compilees = compiler(tables)
    revision = hashlib.sha256(_octets(regles, compilees, tables.motifs)).hexdigest()
    return Regles(regles, {**compilees, "revision": revision}, tables.motifs, revision)


def _octets(regles: Mapping[str, str], compilees: Mapping[str, Any], motifs: Mapping[str, str]) -> bytes:
    return json.dumps([sorted(regles.items()), compilees, motifs], sort_keys=True, ensure_ascii=False).encode()


def relire(revision: str, octets: bytes) -> Regles:
    """Rules as they were kept; ``ReglesAlterees`` unless these bytes are those of this revision, and make rules."""
    if hashlib.sha256(octets).hexdigest() != revision:
        raise ReglesAlterees(revision)
    try:
        regles, compilees, motifs = json.loads(octets)
        textes = (*(texte for paire in regles for texte in paire), *compilees["groupes"], *motifs.values())
        if {*map(type, textes)} <= {str}:
            return Regles(dict(regles), {**compilees, "revision": revision}, motifs, revision)
    except (AttributeError, KeyError, TypeError, ValueError) as autre_forme:
        raise ReglesAlterees(revision) from autre_forme
    raise ReglesAlterees(revision)


def charger() -> Regles:
    """The rules and tables of this installation."""
    return assembler(modules(), lire())
