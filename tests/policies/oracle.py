"""The reviewed golden tables, read as an oracle: what a cell answers, without any rule evaluated.

One file per role (``golden/<ROLE>.txt``), written to be read by a lawyer:

``liens``      the links that open a record, ``|`` between ways, ``+`` within a way; ``liens[P]`` at purpose P alone;
``finalite``   then the stages and actions of this purpose, and the events that the role may emit at it;
``vue``        then one line per set of groups that share one answer: ``+`` may open, ``-`` is closed whatever happens.

The first answer is that of another partner's fact, to a named agent bound by secrecy whose intervention is open. The
others are said by situation: ``sans_intervention``, ``propre`` (my own fact), ``auteur_…`` (linked by authorship
alone), ``exploc`` (known from EXPLOC alone), ``machine`` (no named agent), ``accord``, ``article_72``, … A situation
that is not said answers as the first; ``partout`` says it for every ``+`` line of the table.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from itertools import product
from pathlib import Path
from typing import Any, Final

from policies.decision import GROUPES

GOLDEN: Final = Path(__file__).parent / "golden"
ACTIONS: Final = ("lire", "lister", "rechercher", "ouvrir", "emettre", "importer", "auditer", "administrer")
STADES: Final = (
    "OUVERT",
    "COMMANDEMENT",
    "ASSIGNATION",
    "AUDIENCE",
    "JUGEMENT",
    "COMMANDEMENT_QUITTER",
    "CONCOURS_REQUIS",
    "CONCOURS_ACCORDE",
    "CONCOURS_REFUSE",
    "EXPULSION",
    "DEPART",
)
LIENS: Final = ("territoire", "portefeuille", "mandat", "intervention", "ordre_du_jour", "auteur")
FINALITES: Final = (
    "CLIL_EXAMEN",
    "CCAPEX_ADMINISTRATIVE",
    "CCAPEX_INSTRUCTION",
    "COORDINATION_CONTACTS",
    "DSF",
    "AIDE_INSTRUCTION",
    "ACCOMPAGNEMENT",
    "CFP_INSTRUCTION",
    "RELOGEMENT",
    "CONSEIL_DROIT",
    "ACTE_EMISSION",
    "ACTE_RECEPTION",
    "INDEMNISATION",
    "APL_DECISION",
    "DROITS_PERSONNE",
    "CONTROLE",
    "STATISTIQUE",
)
REFUSEES: Final = ("RECOUVREMENT", "ATTRIBUTION_LOGEMENT", "FRAUDE", "SEJOUR")
MESURES: Final = frozenset({"entier", "propres", "tranche", "oui_non", "existence", "commune", "etape"})

Question = dict[str, Any]
Reponse = tuple[str | None, str, Mapping[str, str]]
"""Which kind of no (None: yes), its reason, and for each group its measure or the reason that withholds it."""


@dataclass(slots=True)
class Table:
    """What one role reads at one purpose through one view: a value per group and situation."""

    autrui: dict[str, str] = field(default_factory=dict)
    fermes: set[str] = field(default_factory=set)
    partout: dict[str, str] = field(default_factory=dict)
    ecarts: dict[str, dict[str, str]] = field(default_factory=dict)

    def en(self, situation: str) -> dict[str, str]:
        return {
            groupe: valeur
            if groupe in self.fermes
            else self.ecarts[groupe].get(situation, self.partout.get(situation, valeur))
            for groupe, valeur in self.autrui.items()
        }


@dataclass(slots=True)
class Finalite:
    """One purpose of a role."""

    stades: tuple[str, ...] = ()
    actions: tuple[str, ...] = ()
    emet: tuple[str, ...] = ()
    importe: tuple[str, ...] = ()
    vues: dict[str, Table] = field(default_factory=dict)


@dataclass(slots=True)
class Role:
    """One golden file."""

    code: str
    liens: dict[str, list[frozenset[str]]] = field(default_factory=dict)
    finalites: dict[str, Finalite] = field(default_factory=dict)

    def voies(self, finalite: str) -> list[frozenset[str]]:
        return self.liens.get(finalite, self.liens[""])


def _voies(texte: str) -> list[frozenset[str]]:
    return [] if texte == "aucun" else [frozenset(voie.split("+")) for voie in texte.split(" | ")]


def lire(texte: str) -> Role:
    """Parse one golden file; a line that is not understood is an error, never ignored."""
    role, finalite, table = Role(""), Finalite(), Table()
    for ligne in filter(None, texte.splitlines()):
        mot, _, reste = ligne.partition(" ")
        match mot:
            case "role":
                role.code = reste
            case "finalite":
                finalite = role.finalites[reste] = Finalite()
            case "stades":
                finalite.stades = STADES if reste == "tous" else tuple(reste.split())
            case "actions":
                finalite.actions = tuple(reste.split())
            case "emet":
                finalite.emet = () if reste == "rien" else tuple(reste.split())
            case "importe":
                finalite.importe = tuple(reste.split())
            case "vue":
                table = finalite.vues["" if reste == "aucune" else reste] = Table()
            case "partout":
                table.partout = _situations(reste)
            case "+" | "-":
                groupes, _, reponses = reste.partition(" : ")
                valeur, _, ecarts = reponses.partition(" ")
                for groupe in groupes.split():
                    assert groupe not in table.autrui, ligne
                    table.autrui[groupe] = valeur
                    table.ecarts[groupe] = _situations(ecarts)
                    if mot == "-":
                        table.fermes.add(groupe)
            case _ if mot == "liens" or mot.startswith("liens["):
                role.liens[mot[6:-1]] = _voies(reste)
            case _:
                raise ValueError(ligne)
    return role


def _situations(texte: str) -> dict[str, str]:
    return dict(ecart.split("=") for ecart in texte.split())


@cache
def roles() -> dict[str, Role]:
    lus = [lire(chemin.read_text("utf-8")) for chemin in sorted(GOLDEN.glob("*.txt"))]
    return {role.code: role for role in lus}


FAVORABLE: Final[Mapping[str, Any]] = {
    "le": "2027-02-01",
    "vue": "",
    "evenement": "",
    "source": "PARTENAIRE",
    "emis_par_moi": False,
    "collecte": "generale",
    "secret": "profession",
    "agent": "valide",
    "saisine_ouverte": True,
    "accords": [],
    "demande": True,
    "information_menage": True,
    "opposition": False,
    "limitation": False,
}
"""A question in which nothing but role, purpose, action, stage, link and source can be an obstacle."""


def jeux_de_liens(role: Role, finalite: str) -> list[list[str]]:
    """The sets of links to try: none, each alone, each accepted way with an intervention too, and all."""
    jeux = {frozenset[str](), frozenset(LIENS), *(frozenset({lien}) for lien in LIENS)}
    voies = [voie for voie in role.voies(finalite) if voie != {"auteur"}]
    jeux |= {*voies, *(voie | {"intervention"} for voie in voies)}
    return sorted(sorted(jeu) for jeu in jeux)


def cellules(role: Role, finalites: tuple[str, ...] = (*FINALITES, *REFUSEES)) -> Iterator[tuple[Question, Reponse]]:
    """Every cell of a role: purpose × view × action × stage × link × source, with its expected answer."""
    for finalite in finalites:
        connue = role.finalites.get(finalite)
        vues = connue.vues if connue and connue.vues else {"": Table()}
        for vue, action, stade, liens, source in product(
            vues, ACTIONS, STADES, jeux_de_liens(role, finalite), ("PARTENAIRE", "EXPLOC")
        ):
            question = {
                **FAVORABLE,
                "role": role.code,
                "finalite": finalite,
                "action": action,
                "vue": vue,
                "stade": stade,
                "liens": liens,
                "source": source,
                "evenement": connue.emet[-1] if action == "emettre" and connue and connue.emet else "",
            }
            yield question, attendu(role, question)


def attendu(role: Role, question: Question) -> Reponse:
    """What the golden table says of a favourable question, one of whose axes may be an obstacle."""
    finalite = role.finalites.get(question["finalite"])
    if finalite is None:
        motif = "FINALITE_REFUSEE" if question["finalite"] in REFUSEES else "FINALITE_NON_ACCORDEE"
        return _refus("droit", motif)
    action, liens = question["action"], frozenset(question["liens"])
    if action not in finalite.actions:
        return _refus("droit", "ACTION_NON_ACCORDEE")
    if action not in {"lire", "lister", "emettre"}:
        return None, "", dict.fromkeys(GROUPES, "SANS_LECTURE")
    voies = [voie for voie in role.voies(question["finalite"]) if voie <= liens]
    if not voies:
        return _refus("existence", "AUCUN_LIEN")
    if question["stade"] not in finalite.stades:
        return _refus("droit", "STADE_SANS_OBJET")
    if action == "emettre":
        return None, "", dict.fromkeys(GROUPES, "SANS_LECTURE")
    return None, "", finalite.vues[question["vue"]].en(_situation(voies, liens, question["source"]))


def _situation(voies: list[frozenset[str]], liens: frozenset[str], source: str) -> str:
    exploc = "_exploc" if source == "EXPLOC" else ""
    if voies == [frozenset({"auteur"})]:
        return "auteur" + (exploc or "_autrui")
    if "intervention" not in liens:
        return "sans_intervention" + exploc
    return exploc[1:] or "autrui"


def _refus(refus: str, motif: str) -> Reponse:
    return refus, motif, dict.fromkeys(GROUPES, motif)


def reponse(document: Mapping[str, Any]) -> Reponse:
    """An engine's document in the oracle's terms."""
    groupes: dict[str, str] = {**document["groupes"], **document["retenus"]}
    assert len(groupes) == len(document["groupes"]) + len(document["retenus"]) == len(GROUPES)
    assert document["autorise"] is (document["refus"] is None)
    return document["refus"], document["motif"], groupes
