"""The reviewed golden tables, read as an oracle: what a cell answers, without any rule evaluated.

One file per role (``golden/<ROLE>.txt``), written to be read by a lawyer:

``commissions``  those of which it keeps the papers;
``liens``      the links that open a record, ``|`` between ways, ``+`` within a way; ``liens[P]`` at purpose P alone;
``finalite``   then the stages and actions of this purpose, what it supposes (an open ``saisine``, a ``demande``, the
               ``information`` of the household, a commission under the ``regime`` of art. 7-2), what goes on of it
               under restriction, if anything (``actes``: acts and one's own; ``entier``: all of it), since when, and
               the events that the role may emit at it;
``vue``        then one line per set of groups that share one answer: ``+`` may open, ``-`` is closed whatever happens.

The first answer is that of another partner's fact, to a named agent bound by secrecy whose intervention is open. The
others are said by situation: ``sans_intervention``, ``propre`` (my own fact), ``auteur_…`` (linked by authorship
alone), ``exploc`` (known from EXPLOC alone), ``machine`` (an agent that a machine names), ``accord``, … A situation
that is not said answers as the first; ``partout`` says it for every ``+`` line of the table.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from itertools import cycle, product
from pathlib import Path
from typing import Any, Final

from policies.decision import GROUPES

GOLDEN: Final = Path(__file__).parent / "golden"
ACTIONS: Final = (
    "lire", "lister", "rechercher", "ouvrir", "emettre", "importer", "auditer", "compter", "sieger", "convoquer",
)  # fmt: skip
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
LIENS: Final = (
    "territoire",
    "portefeuille",
    "mandat",
    "personne",
    "devant_la_clil",
    "intervention",
    "ordre_du_jour",
    "siege_consultatif",
    "auteur",
)
ALLEGUES: Final = ("portefeuille_allegue", "intervention_alleguee", "demande_alleguee")
"""What a partner says of itself alone. Each is asked apart, not crossed with the others."""
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
MESURES: Final = frozenset({"entier", "propres", "tranche", "oui_non", "existence", "commune", "etape", "bail"})

ECRIVENT: Final = ("emettre", "ouvrir", "importer")

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
    conditions: list[str] = field(default_factory=list)
    depuis: str = ""
    emet: tuple[str, ...] = ()
    importe: tuple[str, ...] = ()
    vues: dict[str, Table] = field(default_factory=dict)


@dataclass(slots=True)
class Role:
    """One golden file."""

    code: str
    liens: dict[str, list[frozenset[str]]] = field(default_factory=dict)
    commissions: tuple[str, ...] = ()
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
            case "commissions":
                role.commissions = tuple(reste.split())
            case "finalite":
                finalite = role.finalites[reste] = Finalite()
            case "stades":
                finalite.stades = STADES if reste == "tous" else tuple(reste.split())
            case "actions":
                finalite.actions = tuple(reste.split())
            case "conditions":
                *finalite.conditions, depuis = reste.split()
                finalite.depuis = depuis.removeprefix("depuis=")
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


@cache
def evenements() -> frozenset[str]:
    """The events that some role may emit or import: there is no other."""
    finalites = [finalite for role in roles().values() for finalite in role.finalites.values()]
    return frozenset(evenement for finalite in finalites for evenement in (*finalite.emet, *finalite.importe))


FAVORABLE: Final[Mapping[str, Any]] = {
    "le": "2027-02-01",
    "vue": "",
    "evenement": "",
    "source": "PARTENAIRE",
    "emis_par_moi": False,
    "collecte": "generale",
    "secret": "profession",
    "agent": "prouve",
    "saisine_ouverte": True,
    "accords": [],
    "demande": True,
    "information_menage": True,
    "opposition": False,
    "limitation": False,
    "origine": "autre",
    "sujet": "commun",
    "ancien": False,
    "besoin_accorde": True,
    "partage": False,
    "ma_main": False,
    "intervention_informee": True,
    "ecrits": [],
    "interesse": False,
    "instance": "",
    "chez_soi": True,
    "regimes": ["ARTICLE_7_2"],
    "convoque": False,
}
"""A question in which nothing but role, purpose, action, stage, link and source can be an obstacle."""


def jeux_de_liens(role: Role, finalite: str) -> list[list[str]]:
    """The sets of links to try: none, each alone, each accepted way with an intervention too, and all.

    At a purpose that the role may not declare the link is never looked at: none and all.
    """
    if finalite not in role.finalites:
        return [[], list(LIENS)]
    jeux = {frozenset[str](), frozenset(LIENS), *(frozenset({lien}) for lien in LIENS)}
    voies = [voie for voie in role.voies(finalite) if voie != {"auteur"}]
    jeux |= {*voies, *(voie | {"intervention"} for voie in voies)}
    return sorted(sorted(jeu) for jeu in jeux)


def cellules(role: Role, finalites: tuple[str, ...] = (*FINALITES, *REFUSEES)) -> Iterator[tuple[Question, Reponse]]:
    """Every cell of a role: purpose × view × action × stage × link × source, with its expected answer."""
    for finalite in finalites:
        connue = role.finalites.get(finalite)
        vues = connue.vues if connue and connue.vues else {"": Table()}
        places = list(product(jeux_de_liens(role, finalite), ("PARTENAIRE", "EXPLOC")))
        croisees: Iterable[tuple[str, str, str, tuple[list[str], str]]] = product(vues, ACTIONS, STADES, places)
        if connue is None:  # neither link nor source is looked at: they take turns instead of being crossed
            croisees = ((*axes, place) for axes, place in zip(product(vues, ACTIONS, STADES), cycle(places)))
        for vue, action, stade, (liens, source) in croisees:
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
                "sujet": "soi" if action in ECRIVENT else "commun",
            }
            yield question, attendu(role, question)


def attendu(role: Role, question: Question) -> Reponse:
    """What the golden table says of a favourable question, one of whose axes may be an obstacle."""
    finalite = role.finalites.get(question["finalite"])
    if finalite is None:
        motif = "FINALITE_REFUSEE" if question["finalite"] in REFUSEES else "FINALITE_NON_ACCORDEE"
        return _refus("droit", motif)
    action, liens = question["action"], frozenset(question["liens"])
    if question["le"] < finalite.depuis:
        return _refus("droit", "FINALITE_PAS_EN_VIGUEUR")
    if question["agent"] in {"inconnu", "expire"}:
        return _refus("droit", "AGENT_INVALIDE")
    if question["agent"] == "absent" and action not in ECRIVENT:
        return _refus("droit", "AGENT_REQUIS")
    if action not in finalite.actions:
        return _refus("droit", "ACTION_NON_ACCORDEE")
    if action == "convoquer" and question["agent"] != "prouve":
        return _refus("droit", "JETON_PERSONNEL_REQUIS")
    if question["vue"] and question["vue"] not in finalite.vues:
        return _refus("droit", "VUE_NON_ACCORDEE")
    if action in {"emettre", "ouvrir", "importer"} and (refuse := _evenement_refuse(finalite, question)):
        return _refus("droit", refuse)
    if action not in {"lire", "lister", "emettre"}:
        return None, "", dict.fromkeys(GROUPES, "SANS_LECTURE")
    voies = [voie for voie in role.voies(question["finalite"]) if voie <= liens]
    if "regime" in finalite.conditions and not question["regimes"]:
        voies = [voie for voie in voies if voie.isdisjoint(SIEGES)]
    if "demande" in finalite.conditions and "demande_alleguee" in liens:
        voies = [voie for voie in voies if voie == {"auteur"}]
    if not voies:
        return _refus("existence", "AUCUN_LIEN")
    if action == "emettre" and question["evenement"] in AUTRE_LIEN and voies == [frozenset({"auteur"})]:
        return _refus("droit", "AUTRE_LIEN_REQUIS")
    if action != "emettre" and (obstacle := _protection(finalite, question)):
        return _refus("existence" if "information" in finalite.conditions else "droit", obstacle)
    if question["stade"] not in finalite.stades:
        return _refus("droit", "STADE_SANS_OBJET")
    if "saisine" in finalite.conditions and not question["saisine_ouverte"]:
        return _refus("droit", "SAISINE_REQUISE")
    if "demande" in finalite.conditions and not question["demande"]:
        return _refus("droit", "DEMANDE_REQUISE")
    if action == "emettre":
        return None, "", dict.fromkeys(GROUPES, "SANS_LECTURE")
    restreinte = question["limitation"] and "actes" in finalite.conditions
    situation = "limitation" if restreinte else _situation(voies, liens, question["source"])
    return None, "", finalite.vues[question["vue"]].en(situation)


SIEGES: Final = frozenset({"ordre_du_jour", "siege_consultatif"})
AUTRE_LIEN: Final = (
    "InstanceInscrite",
    "InscriptionReportee",
    "PropositionEcartee",
    "DossierDeSeanceFige",
    "DossierExamine",
    "SuiviClos",
)
"""What puts a case before a commission, and so opens it, or takes it back: never told by who has told of it and no more
(access 28)."""


def _evenement_refuse(finalite: Finalite, question: Question) -> str:
    """An emission names its event; an opening or an import may, and then it is held to it."""
    action, evenement = question["action"], question["evenement"]
    if not evenement:
        return "EVENEMENT_INCONNU" if action == "emettre" else ""
    if evenement not in evenements():
        return "EVENEMENT_INCONNU"
    accordes = finalite.importe if action == "importer" else finalite.emet
    return "" if evenement in accordes else "EVENEMENT_NON_ACCORDE"


def _protection(finalite: Finalite, question: Question) -> str:
    if "information" in finalite.conditions and not question["information_menage"]:
        return "INFORMATION_MENAGE_REQUISE"
    if {"actes", "entier"} & set(finalite.conditions):
        return ""
    return "OPPOSITION" if question["opposition"] else "LIMITATION" if question["limitation"] else ""


def _situation(voies: list[frozenset[str]], liens: frozenset[str], source: str) -> str:
    exploc = "_exploc" if source == "EXPLOC" else ""
    if voies == [frozenset({"auteur"})]:
        return "auteur" + (exploc or "_autrui")
    if "intervention" not in liens:
        return "sans_intervention" + exploc
    return exploc[1:] or "autrui"


SITUATIONS: Final[Mapping[str, Mapping[str, Any]]] = {
    "autrui": {},
    "propre": {"emis_par_moi": True},
    "exploc": {"source": "EXPLOC"},
    "mission": {"secret": "mission"},
    "machine": {"agent": "nomme"},
    "accord": {"accords": sorted(GROUPES)},
    "accord_propre": {"accords": sorted(GROUPES), "emis_par_moi": True},
    "article_72": {"collecte": "article_72"},
    "article_72_propre": {"collecte": "article_72", "emis_par_moi": True},
    "article_72_exploc": {"collecte": "article_72", "source": "EXPLOC"},
    "meme_demande": {"collecte": "meme_demande"},
    "demande_non_nommee": {"collecte": "meme_demande", "demande": False},
    "autre_demande": {"collecte": "autre_demande"},
    "travail_social": {"origine": "travail_social"},
    "travail_social_propre": {"origine": "travail_social", "emis_par_moi": True},
    "conseil": {"origine": "conseil"},
    "force_publique": {"origine": "force_publique"},
    "de_la_personne": {"origine": "personne"},
    "autre_personne": {"sujet": "autrui"},
    "cotitulaire": {"sujet": "bail"},
    "soi": {"sujet": "soi"},
    "ancien": {"ancien": True},
    "suivi": {"evenement": "AccompagnementOuvert"},
    "jugement_ancien": {"ancien": True, "evenement": "JugementRendu"},
    "accord_sans_ce_besoin": {"accords": sorted(GROUPES), "besoin_accorde": False},
    "collegue": {"emis_par_moi": True, "ma_main": False},
    "collegue_sans_information": {"emis_par_moi": True, "ma_main": False, "intervention_informee": False},
    "ma_main_sans_information": {"emis_par_moi": True, "ma_main": True, "intervention_informee": False},
    "partage": {"partage": True},
    "partage_sans_information": {"partage": True, "intervention_informee": False},
    "limitation": {"limitation": True},
    "limitation_propre": {"limitation": True, "emis_par_moi": True},
    "avis": {"evenement": "AvisRendu"},
    "avis_exploc": {"evenement": "AvisRendu", "source": "EXPLOC"},
    "avis_autre_demande": {"evenement": "AvisRendu", "collecte": "autre_demande"},
}
"""How a situation of the tables is asked, every link accepted at the purpose and an intervention being held."""

COMME: Final[tuple[tuple[str, Mapping[str, Any]], ...]] = (
    ("exploc", {"source": "EXPLOC", "evenement": "AccompagnementOuvert"}),
    ("article_72_propre", {"collecte": "article_72", "emis_par_moi": True, "intervention_informee": False}),
)
"""What changes nothing of a situation: it opens by exception, or is shared, for another reason."""

OBSTACLES: Final[tuple[Mapping[str, Any], ...]] = (
    {"saisine_ouverte": False},
    {"demande": False},
    {"information_menage": False},
    {"opposition": True},
    {"limitation": True},
    {"agent": "absent"},
    {"agent": "inconnu"},
    {"agent": "expire"},
    {"le": "2026-12-31"},
    {"le": "2027-01-01"},
    {"le": "2021-12-31"},
    {"regimes": []},
)


_MANQUE: Final[Mapping[str, tuple[Mapping[str, Any], str]]] = {
    "agent": ({"agent": "absent"}, "AGENT_REQUIS"),
    "preuve": ({"agent": "nomme"}, "JETON_PERSONNEL_REQUIS"),
    "secret": ({"secret": "aucun"}, "HABILITATION_SECRET_REQUISE"),
    "intervention": ({"liens": ()}, "HABILITATION_SECRET_REQUISE"),
    "information": ({"information_menage": False}, "INFORMATION_MENAGE_REQUISE"),
    "opposition": ({"opposition": True}, "OPPOSITION"),
    "interesse": ({"interesse": True}, "ACCORD_INTERESSE"),
}
EXIGENCES: Final[Mapping[str, tuple[tuple[Mapping[str, Any], str], ...]]] = {
    evenement: tuple(_MANQUE[exigence] for exigence in exigences.split())
    for evenement, exigences in {
        "DroitBloqueSignale": "agent",
        "AideLogementDecidee": "agent",
        "EvaluationSociale": "agent secret intervention",
        "BesoinSignale": "agent",
        "OrientationSante": "agent",
        "MesureProtectionDeclaree": "agent",
        "Demande72": "agent",
        "InformationTransmise72": "agent secret intervention",
        "Demande72Refusee": "agent secret",
        "DossierDeSeanceFige": "agent",
        "AvisRendu": "agent",
        "DroitRepondu": "agent",
        "EffacementDemande": "agent preuve",
        "EffacementAvise": "agent preuve",
        "EffacementDecide": "agent preuve",
        "EffacementEngage": "agent preuve",
        "ConservationOrdonnee": "agent preuve",
        "ConservationLevee": "agent preuve",
        "PersonneEffacee": "agent preuve",
        "RapprochementTranche": "agent preuve",
        "FaitMaintenu": "agent preuve",
        "FaitRecu": "agent preuve",
        "InstanceInscrite": "information opposition",
        "InscriptionReportee": "information opposition",
        "AccordRecueilli": "interesse",
        "BailleurTranche": "agent preuve",
        "ValeurTranchee": "agent preuve",
        "LienConfirme": "agent preuve",
    }.items()
}
"""What it takes to emit what bears on secrets, erases, or exposes a household; the last two at CLIL_EXAMEN only."""


ECRITS: Final[Mapping[str, frozenset[str]]] = {
    finalite: frozenset(groupes.split())
    for finalite, _, groupes in (
        ligne.partition(":") for ligne in Path(__file__).with_name("ecrits.txt").read_text("utf-8").splitlines()
    )
}
"""The groups that may be written at each purpose, as a person has read them again (access 32)."""
POUR_SOI: Final = frozenset(
    {"OccupantParti", "CoordonneesDeclarees", "AccordRecueilli", "AccordRetire", "OppositionEnregistree"}
    | {"OppositionLevee", "EffacementDemande", "DroitExerce"}
)
"""What a person says of itself alone, and of its household neither (access 18)."""


def _ecrite(role: Role, question: Question) -> Iterator[tuple[Question, Reponse]]:
    """An emission that is allowed, of each group in turn, of each subject, and to the good of who records it."""
    oui = None, "", dict.fromkeys(GROUPES, "SANS_LECTURE")
    for groupe in GROUPES:
        hors = groupe not in ECRITS[question["finalite"]]
        yield {**question, "ecrits": [groupe]}, _refus("droit", "HORS_FINALITE") if hors else oui
    for sujet in ("soi", "commun", "bail", "autrui"):
        pour_soi = sujet == "commun" and question["evenement"] not in POUR_SOI
        autre = role.code == "USAGER" and sujet != "soi" and not pour_soi
        yield {**question, "sujet": sujet}, _refus("droit", "AUTRE_PERSONNE") if autre else oui
    yield {**question, "interesse": True}, _refus("droit", "ACCORD_INTERESSE")


EXPOSENT: Final = ("InstanceInscrite", "InscriptionReportee")
"""What puts a case on an agenda."""
EN_COMMISSION: Final = (
    "InstanceInscrite",
    "InscriptionReportee",
    "InscriptionRetiree",
    "PropositionEcartee",
    "DossierDeSeanceFige",
    "DossierExamine",
    "AvisRendu",
    "RecommandationEmise",
)
"""What is said in the name of a commission, by who keeps its papers alone."""


def _seances(role: Role, question: Question, finalite: Finalite) -> Iterator[tuple[Question, Reponse]]:
    """Of a session: who keeps its papers, who is convened to it, and everybody else."""
    oui: Reponse = (None, "", dict.fromkeys(GROUPES, "SANS_LECTURE"))
    for action, instance in product(("sieger", "convoquer"), ("", "CLIL", "CCAPEX", "COMEX", "FSL", "COMED", "CTU")):
        for chez_soi, convoque, agent in product((True, False), (True, False), ("prouve", "nomme")):
            sienne = chez_soi and instance in {"", *role.commissions}
            if action not in finalite.actions:
                attendue = _refus("droit", "ACTION_NON_ACCORDEE")
            elif action == "convoquer" and agent == "nomme":
                attendue = _refus("droit", "JETON_PERSONNEL_REQUIS")
            elif sienne or (action == "sieger" and convoque):
                attendue = oui
            elif action == "convoquer" and (convoque or not instance):
                attendue = _refus("droit", "AUTRE_COMMISSION")
            else:
                attendue = _refus("existence", "AUCUN_LIEN")
            faits = {"action": action, "instance": instance, "chez_soi": chez_soi, "convoque": convoque, "agent": agent}
            yield {**question, **faits}, attendue


def _exigences(
    role: Role, question: Question, finalite: Finalite, voies: list[frozenset[str]]
) -> Iterator[tuple[Question, Reponse]]:
    """An emission in the barest context that its event allows, then without each thing that it takes."""
    oui = dict.fromkeys(GROUPES, "SANS_LECTURE")
    exigences = EXIGENCES.get(question["evenement"], ())
    sans = sorted(frozenset(question["liens"]) - {"intervention"})
    nue = {**question, "agent": "absent", "secret": "aucun", "information_menage": False, "opposition": True}
    nue["limitation"] = question["evenement"] not in EXPOSENT or "information" not in finalite.conditions
    nue["liens"] = sans if any(voie <= frozenset(sans) for voie in voies) else question["liens"]
    yield {**nue, **{cle: question[cle] for faits, _ in exigences for cle in faits}}, (None, "", oui)
    yield {**question, "secret": "mission"}, (None, "", oui)
    if question["evenement"] in EN_COMMISSION:
        for instance, chez_soi in product(("CLIL", "CCAPEX", "COMEX"), (True, False)):
            tenue = instance in role.commissions and chez_soi
            reponse: Reponse = (None, "", oui) if tenue else _refus("droit", "AUTRE_COMMISSION")
            yield {**question, "instance": instance, "chez_soi": chez_soi}, reponse
    else:
        yield {**question, "instance": "COMED", "chez_soi": False}, (None, "", oui)
    for faits, motif in EXIGENCES.get(question["evenement"], ()):
        if question["evenement"] in EXPOSENT and "information" not in finalite.conditions:
            continue
        manque = {**question, **faits}
        if "liens" in faits:
            manque["liens"] = sorted(frozenset(question["liens"]) - {"intervention"})
            if not any(voie <= frozenset(manque["liens"]) for voie in voies):
                continue
            alleguee = [*manque["liens"], "intervention_alleguee"]
            yield {**manque, "liens": alleguee}, (None, "", oui)
        yield manque, _refus("droit", motif)


def epreuve(role: Role) -> Iterator[tuple[Question, Reponse]]:
    """A short battery for one role: each situation, each obstacle, and each axis moved alone from a favourable cell."""
    for code, finalite in role.finalites.items():
        voies = role.voies(code)
        pleines = [voie for voie in voies if voie != {"auteur"}] or voies
        liens = sorted({"intervention"}.union(*pleines))
        base = {**FAVORABLE, "role": role.code, "finalite": code, "liens": liens, "stade": finalite.stades[-1]}
        lit = "lister" if "lire" not in finalite.actions else "lire"
        for vue, table in finalite.vues.items():
            question = {**base, "action": lit, "vue": vue}
            yield from _situations_lues(role, question, table)
            yield from _allegues(role, question, table)
            axes: list[Mapping[str, Any]] = [
                {"liens": jeu, "source": s} for jeu in jeux_de_liens(role, code) for s in ("PARTENAIRE", "EXPLOC")
            ]
            axes += [{"evenement": "EvaluationSociale", "liens": jeu} for jeu in jeux_de_liens(role, code)]
            axes += [{"evenement": evenement, "liens": ["auteur"]} for evenement in AUTRE_LIEN]
            axes += [{"stade": stade} for stade in STADES] + [{"vue": autre} for autre in ("clil", "ccapex", "comex")]
            if "lister" in finalite.actions:
                axes += [{**obstacle, "action": "lister"} for obstacle in OBSTACLES]
            for faits in (*axes, *OBSTACLES):
                yield {**question, **faits}, attendu(role, {**question, **faits})
        yield from _seances(role, base, finalite)
        autres: list[dict[str, Any]] = [{"action": action} for action in ACTIONS]
        autres += [{"action": action, "liens": []} for action in ACTIONS]
        autres += [{"action": action, "opposition": True, "information_menage": False} for action in ACTIONS]
        prive = {"stade": "OUVERT", "saisine_ouverte": False, "demande": False}
        autres += [{"action": action, **prive} for action in ACTIONS]
        autres += [{"action": "emettre", "liens": jeu} for jeu in jeux_de_liens(role, code)]
        ecrits: list[dict[str, Any]] = [
            {"action": a, "evenement": e}
            for a in ("emettre", "ouvrir", "importer")
            for e in (*sorted(evenements()), "Inconnu", "")
        ]
        ecrits += [
            {"action": "emettre", "evenement": e, "liens": ["auteur"]}
            for e in finalite.emet
            if _MANQUE["intervention"] not in EXIGENCES.get(e, ())
        ]
        for faits in (*autres, *ecrits):
            question = {**base, **faits}
            # Who is a person speaks for itself; of anybody else, it is not asked.
            question["sujet"] = "soi" if question["action"] in ECRIVENT else "commun"
            if question["action"] == "emettre" and "evenement" not in faits:
                question["evenement"] = finalite.emet[-1] if finalite.emet else "FaitCorrige"
            yield question, attendu(role, question)
            if question["action"] == "importer":  # the études wrote it, at their own purpose
                yield {**question, "ecrits": sorted(GROUPES)}, attendu(role, question)
            if attendu(role, question)[0] is None and question["action"] == "emettre":
                yield from _exigences(role, question, finalite, voies)
                if question["evenement"] == finalite.emet[-1] or role.code == "USAGER":
                    yield from _ecrite(role, question)
    for code in (*FINALITES, *REFUSEES):
        if code not in role.finalites:
            question = {**FAVORABLE, "role": role.code, "finalite": code, "action": "lire", "stade": "OUVERT"}
            yield {**question, "liens": list(LIENS)}, attendu(role, question)
    inconnue = {**FAVORABLE, "role": role.code, "finalite": "INCONNUE", "action": "lire", "stade": "OUVERT"}
    yield {**inconnue, "liens": list(LIENS)}, _refus("droit", "FINALITE_INCONNUE")
    yield {**inconnue, "liens": list(LIENS), "role": "INCONNU"}, _refus("droit", "ROLE_INCONNU")


def _situations_lues(role: Role, question: Question, table: Table) -> Iterator[tuple[Question, Reponse]]:
    """Each situation of a table, of who is linked in every way, and of who is by authorship alone."""
    finalite = role.finalites[question["finalite"]]
    for situation, faits in SITUATIONS.items():
        if situation == "demande_non_nommee" and "demande" in finalite.conditions:
            continue
        if situation.startswith("limitation") and "actes" not in finalite.conditions:
            continue
        yield {**question, **faits}, (None, "", table.en(situation))
    if {"auteur"} in role.voies(question["finalite"]):
        for mien, accords in product((False, True), ([], sorted(GROUPES))):
            faits = {"liens": ["auteur"], "emis_par_moi": mien, "accords": accords}
            nom = "auteur_propre" if mien else "auteur_autrui"
            yield {**question, **faits}, (None, "", table.en(nom))
    yield {**question, "secret": "aucun"}, (None, "", table.en("sans_intervention"))
    for situation, faits in COMME:
        yield {**question, **faits}, (None, "", table.en(situation))
    if role.code == "USAGER":  # what it told of somebody else is that person's
        yield {**question, "sujet": "autrui", "emis_par_moi": True}, (None, "", table.en("autre_personne"))


def _allegues(role: Role, question: Question, table: Table) -> Iterator[tuple[Question, Reponse]]:
    """What one says of oneself opens one's own contributions alone."""
    seul = {**question, "liens": ["portefeuille_allegue"]}
    yield seul, attendu(role, seul)
    demande = {**question, "liens": sorted({*question["liens"], "demande_alleguee"})}
    yield demande, attendu(role, demande)
    liens = sorted({*question["liens"], "intervention_alleguee"} - {"intervention"})
    if any(voie <= frozenset(liens) for voie in role.voies(question["finalite"]) if voie != {"auteur"}):
        autrui, propre = table.en("sans_intervention"), table.en("propre")
        secrets = {groupe for groupe, valeur in autrui.items() if valeur == "HABILITATION_SECRET_REQUISE"}
        yield {**question, "liens": liens}, (None, "", autrui)
        mien = {**question, "liens": liens, "emis_par_moi": True}
        reponse: Reponse = (None, "", {g: "propres" if g in secrets else valeur for g, valeur in propre.items()})
        for secret in ("profession", "mission"):
            yield {**mien, "secret": secret}, reponse


_FAITS: Final[tuple[Mapping[str, Any], ...]] = (
    {},
    {"agent": "absent", "information_menage": False},
    {"liens": []},
    {"secret": "aucun"},
    {"secret": "mission"},
    {"vue": "clil"},
    {"action": "lire"},
    {"information_menage": False, "opposition": True},
    {"information_menage": False, "limitation": True, "agent": "absent"},
    *({"liens": [lien]} for lien in LIENS),
    {"liens": [lien for lien in LIENS if lien != "intervention"]},
    {"stade": "OUVERT"},
    {"stade": "EXPULSION"},
    *OBSTACLES,
)


def ecritures(role: Role) -> Iterator[Question]:
    """Questions that write and name no event yet, each with one thing or two that may stand in the way."""
    for code in (*FINALITES, *REFUSEES):
        finalite = role.finalites.get(code)
        base = {**FAVORABLE, "role": role.code, "finalite": code, "sujet": "soi", "liens": list(LIENS)}
        base["stade"] = finalite.stades[-1] if finalite else "OUVERT"
        if finalite is None:
            yield {**base, "action": "emettre"}
            continue
        yield from ({**base, "action": "emettre", **faits} for faits in _FAITS)
        yield from ({**base, "action": action, **faits} for action in ECRIVENT[1:] for faits in _FAITS[:3])


def _refus(refus: str, motif: str) -> Reponse:
    return refus, motif, dict.fromkeys(GROUPES, motif)


CREANCIERS: Final = (
    "BAILLEUR_SOCIAL",
    "BAILLEUR_PRIVE",
    "AVOCAT_BAILLEUR",
    "ACTION_LOGEMENT_VISALE",
    "COMMISSAIRE_JUSTICE",
)


def _apports_seuls(question: Question) -> bool:
    role = roles().get(question["role"])
    if role is None or question["finalite"] not in role.finalites:
        return False
    voies, liens = role.voies(question["finalite"]), frozenset(question["liens"])
    return "auteur" in liens and not any(voie <= liens for voie in voies if voie != {"auteur"})


def obligations(question: Question, attendue: Reponse) -> list[str]:
    """What comes with what is read: a log apart for S3, a mark on what goes on under restriction, and what is unsaid.

    Unsaid: who exercises a right, but at `DROITS_PERSONNE`; the reference of another's fact in its system; violence,
    and how to reach a person safely; which social service told it, where F11 is not open; to creditors, what they are
    not notified of. To who is linked by authorship alone, all that is not its own, whatever the answer.
    """
    reserves = ["apports_seuls"] if _apports_seuls(question) else []
    if question["action"] not in {"lire", "lister"} or attendue[0]:
        return reserves
    ouverts = {groupe for groupe, valeur in attendue[2].items() if valeur in MESURES}
    dues = {
        "apports_seuls": bool(reserves),
        "canal_tu": not question["emis_par_moi"] and (question["role"], question["sujet"]) != ("USAGER", "soi"),
        "droits_tus": question["finalite"] != "DROITS_PERSONNE",
        "journal_secret": not ouverts.isdisjoint({"F07b", "F08b", "F12", "F13", "F15", "F19b"}),
        "reference_tue": not question["emis_par_moi"],
        "service_social_tu": question["origine"] in {"travail_social", "conseil"}
        and not question["emis_par_moi"]
        and attendue[2]["F11"] != "entier",
        "sous_pseudonyme": question["finalite"] == "DROITS_PERSONNE" and question["role"] != "USAGER",
        "surendettement_notifie": question["role"] in CREANCIERS and not question["emis_par_moi"],
        "traitement_limite": question["opposition"] or question["limitation"],
        "violence_tue": not question["emis_par_moi"],
    }
    return [obligation for obligation, due in dues.items() if due]


def reponse(document: Mapping[str, Any]) -> Reponse:
    """An engine's document in the oracle's terms."""
    groupes: dict[str, str] = {**document["groupes"], **document["retenus"]}
    assert len(groupes) == len(document["groupes"]) + len(document["retenus"]) == len(GROUPES)
    assert document["autorise"] is (document["refus"] is None)
    return document["refus"], document["motif"], groupes
