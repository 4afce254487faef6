"""What told a reader more than it may know, put back one at a time: in the code, in a row of law, or in a rule."""

import copy
import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import date
from types import MappingProxyType
from typing import Any, Final

import msgspec
import pytest

from adapters.gate import consulter, contribuer, echeances, files, flux, provenance, question, redaction, saisie
from adapters.gate.contexte import Acces, Gate
from adapters.gate.plan import CHAMPS
from adapters.gate.redaction import Tete
from ledger import application, mapper, menages, revenants
from ledger.application import Ledger
from ledger.catalogue import AvisRendu, LogementDeclare
from ledger.dossier.etat import accordes
from ledger.echeances.chronologie import ActeLu
from ledger.echeances.vocabulaire import au_catalogue
from ledger.keys import KeyStore
from ledger.reader import Lecture, Proche, Reader
from policies import tables
from policies.decision import GROUPES, Concerne, Lien
from policies.embedded import EmbeddedEngine
from policies.engines import Decider
from policies.tables import Tables
from projections import nouveautes
from tests.rest import test_regles, test_secret_des_suites

Poser = Callable[[pytest.MonkeyPatch, Sequence[Gate]], None]
"""Puts a fault back, in the code or in these gates, as long as the patch lasts."""


# in the code ------------------------------------------------------------------------------------------------------


def rejoindre_declare(patch: pytest.MonkeyPatch, _: Sequence[Gate]) -> None:
    """Joining is told as another event than opening."""
    vraie = menages.rejoindre

    def rejoindre(contribution: Any, personne: Any) -> Any:
        rejointe = vraie(contribution, personne)
        premier, *suite = rejointe.evenements
        dit = msgspec.structs.replace(premier, evenement=LogementDeclare(**vars(premier.evenement)))
        return msgspec.structs.replace(rejointe, evenements=(dit, *suite), rejoint=False)

    patch.setattr(application, "rejoindre", rejoindre)


def tout_le_dossier(patch: pytest.MonkeyPatch, _: Sequence[Gate]) -> None:
    """Who has its own part alone is served the facts of all, each under its own decision."""
    patch.setattr(Lecture, "part", lambda lecture, _: lecture)


def chercher_les_siens(patch: pytest.MonkeyPatch, _: Sequence[Gate]) -> None:
    """A search reads the cases that it finds, and none where it finds none."""
    vrai = Reader.approcher

    async def approcher(reader: Reader, cherches: Any, combien: int) -> list[list[Proche]]:
        return [[proche for proche in proches if proche.exacte] for proches in await vrai(reader, cherches, combien)]

    async def approches(ledger: Ledger, identites: Any, combien: int) -> Any:
        trouves = await ledger.reader.approcher([(1, identite) for identite in identites], combien)
        proches = [proche for suite in trouves for proche in suite]
        return [(proche, await ledger.reader.lire_ou_vierge(proche.dossier)) for proche in proches]

    patch.setattr(Reader, "approcher", approcher)
    patch.setattr(Ledger, "approcher", approches)


def cles_au_besoin(patch: pytest.MonkeyPatch, _: Sequence[Gate]) -> None:
    """Keys are made when they are missing, by whoever is the first to need one."""
    vrai = KeyStore.creer

    async def creer(keys: KeyStore, lu: Any, manquantes: Any, scellees: Any) -> Any:
        trousseau = await keys.lire(lu.dossier)
        absentes = [cle for cle in manquantes if cle not in trousseau]
        return await vrai(keys, lu, absentes, scellees) if absentes else trousseau

    patch.setattr(KeyStore, "creer", creer)


def question_du_dossier(patch: pytest.MonkeyPatch, _: Sequence[Gate]) -> None:
    """A case that one is not linked to is decided on what it holds, and read whole before that."""
    vraie = question.portee_de

    async def portee_de(gate: Any, acces: Any, dossier: Any, lecture: Any) -> Any:
        return await vraie(gate, acces, dossier, lecture) if lecture else None

    for module in (consulter, contribuer, files):
        patch.setattr(module, "portee_de", portee_de)


def tout_est_a_soi(patch: pytest.MonkeyPatch, _: Sequence[Gate]) -> None:
    """Whom a fact is about is not looked at."""
    patch.setattr(provenance.Lecteur, "_sujet", lambda *_: Concerne.SOI)


def besoin_de_toute_commission(patch: pytest.MonkeyPatch, _: Sequence[Gate]) -> None:
    """The avis of any commission carries its needs to the COMEX."""
    vraie = provenance._nomme
    patch.setattr(provenance, "_nomme", lambda e: "AvisRendu" if isinstance(e, AvisRendu) else vraie(e))


def demande_de_quiconque(patch: pytest.MonkeyPatch, _: Sequence[Gate]) -> None:
    """A request opens the case to whoever names it."""
    patch.setattr(
        Acces, "designe", lambda acces, lecture: lecture is not None and bool(lecture.etat.instructeur(acces.demande))
    )


def accord_de_quiconque(patch: pytest.MonkeyPatch, _: Sequence[Gate]) -> None:
    """An accord opens to its beneficiary what it recorded itself."""
    patch.setattr(Acces, "accords", lambda acces, etat: tuple(accordes(etat, acces.sujet.partenaire.code, acces.le)))


def liens_de_la_vue(patch: pytest.MonkeyPatch, _: Sequence[Gate]) -> None:
    """Who is linked to a case is what the row of a view says."""

    async def portee_de(*args: Any) -> Any:
        return args[-1]

    patch.setattr(files, "portee_de", portee_de)
    patch.setattr(files, "liens_de", lambda *_: frozenset({Lien.TERRITOIRE}))


def chercher_en_descellant(patch: pytest.MonkeyPatch, _: Sequence[Gate]) -> None:
    """A search unseals what it finds, then writes its row."""
    vraie = files._approcher

    async def approcher(*args: Any) -> Any:
        vu = await vraie(*args)
        if vu is not None and vu.plan is not None:
            list(redaction.declarations(vu.plan, vu.lecture.trousseau, vu.personne))
        return vu

    patch.setattr(files, "_approcher", approcher)


def historique_descelle(patch: pytest.MonkeyPatch, _: Sequence[Gate]) -> None:
    """A history unseals all, and drops it."""

    def feuilleter(plan: Any, trousseau: Any, page: Any, *, contenu: bool = True) -> Any:
        if not contenu:
            yield from redaction.feuilleter(plan, trousseau, page)
        return (yield from redaction.feuilleter(plan, trousseau, page, contenu=contenu))

    patch.setattr("adapters.gate.consulter.feuilleter", feuilleter)


def echeances_de_tout(patch: pytest.MonkeyPatch, _: Sequence[Gate]) -> None:
    """Clocks are counted from every fact of the case, opened."""
    vues: list[Lecture] = []

    async def ouvrir(*args: Any, **plus: Any) -> tuple[Lecture, Any]:
        lecture, garde = await consulter.ouvrir(*args, **plus)
        vues.append(lecture)
        return lecture, garde

    def lus(_: Any, __: Any, trousseau: Any) -> Any:
        yield
        ouverts = [mapper.ouvrir(fait, trousseau, mapper.SCELLEES) for fait in vues[-1].faits]
        return [
            ActeLu(
                str(fait.enveloppe.id), type(fait.evenement).__name__, fait.enveloppe.survenu_le, vars(fait.evenement)
            )
            for fait in ouverts
            if type(fait.evenement).__name__ in au_catalogue()
        ]

    patch.setattr(echeances, "ouvrir", ouvrir)
    patch.setattr(echeances, "lus", lus)


def partielles_selon_ce_qui_est_la(patch: pytest.MonkeyPatch, _: Sequence[Gate]) -> None:
    """A clock says that it is partial where something is hidden, and not where something could be."""

    async def entiers(_: Any, garde: Any) -> frozenset[str]:
        dits = [d for p, d in garde.plan.decisions.items() if p not in {provenance.REFERENCE, provenance.REFERENCE_72}]
        return frozenset(g for g in GROUPES if all(d.groupes.get(g) == "entier" for d in dits))

    patch.setattr(echeances, "_entiers", entiers)


def mots_de_l_avis(patch: pytest.MonkeyPatch, _: Sequence[Gate]) -> None:
    """An avis takes any words for needs."""
    vrai = saisie._evenement

    def evenement(type_: str, donnees: Any, champ: str, le: Any) -> Any:
        if type_ != "AvisRendu":
            return vrai(type_, donnees, champ, le)
        lu = vrai(type_, donnees | {"besoins": []}, champ, le)
        return AvisRendu(**vars(lu) | {"besoins": tuple(donnees.get("besoins", ()))})

    patch.setattr(saisie, "_evenement", evenement)


def accord_sans_fin(patch: pytest.MonkeyPatch, _: Sequence[Gate]) -> None:
    """An accord is given for as long as one types."""
    patch.setattr("ledger.dossier.conditions.terme_d_accord", lambda _: date.max)


# in the law -------------------------------------------------------------------------------------------------------


def regle(avant: str, apres: str) -> Poser:
    """A rule of Rego as it was: this text of it, which stands there once, and that one in its place."""

    def poser(patch: pytest.MonkeyPatch, gates: Sequence[Gate]) -> None:
        regles = tables.modules()
        [(chemin, texte)] = [(c, t) for c, t in regles.items() if avant in t]
        assert texte.count(avant) == 1, avant
        _decider(patch, gates, regles | {chemin: texte.replace(avant, apres)}, tables.lire())

    return poser


def sans(tete: str) -> Poser:
    """A rule of Rego that never holds; ``tete``, up to its brace, names it."""
    return regle(f"{tete} if {{", f"{tete} if {{\n\tfalse")


def ligne(changer: Callable[[Tables], None]) -> Poser:
    """A row of the tables of law as it was."""

    def poser(patch: pytest.MonkeyPatch, gates: Sequence[Gate]) -> None:
        lues = copy.deepcopy(tables.lire())
        changer(lues)
        _decider(patch, gates, tables.modules(), lues)

    return poser


def ensemble(*posers: Poser) -> Poser:
    """All of these at once."""

    def poser(patch: pytest.MonkeyPatch, gates: Sequence[Gate]) -> None:
        for un in posers:
            un(patch, gates)

    return poser


def _decider(patch: pytest.MonkeyPatch, gates: Sequence[Gate], regles: Any, lues: Tables) -> None:
    decider = Decider(EmbeddedEngine(tables.assembler(regles, lues)))
    for gate in gates:
        patch.setattr(gate, "decider", decider)
        patch.setattr(gate, "tables", lues)
        patch.setattr(gate, "motifs", lues.motifs)


def _changer(lignes: Callable[[Tables], list[dict[str, Any]]], cle: str, **valeurs: Any) -> Callable[[Tables], None]:
    """These values in the row of that code, of that group, or of that link."""

    def changer(lues: Tables) -> None:
        [une] = [une for une in lignes(lues) if cle in (une.get("code"), une.get("groupe"), une.get("lien"))]
        une.update(valeurs)

    return changer


def flux_de_tous(patch: pytest.MonkeyPatch, _: Sequence[Gate]) -> None:
    """The feed looks at the cases of all, and tells of those that are its reader's."""
    patch.setattr(nouveautes, "partout", lambda *_: True)


def flux_sans_ouvrir(patch: pytest.MonkeyPatch, _: Sequence[Gate]) -> None:
    """The feed tells of what may be shown, before it is known whether it is."""

    def tetes(_plan: Any, _trousseau: Any, rangs: Sequence[Any]) -> Any:
        yield
        return [(rang, msgspec.json.decode(rang.avant[: -len(CHAMPS)] + b"}", type=Tete)) for rang in rangs]

    patch.setattr(flux, "tetes", tetes)


def flux_de_qui_rejoint(patch: pytest.MonkeyPatch, _: Sequence[Gate]) -> None:
    """The feed tells who joins a case that others had told of that it has changed, which an opening does not."""

    async def ouvert(*_: Any) -> bool:
        return False

    patch.setattr(flux, "_lui_etait_ferme", ouvert)


def revenants_au_besoin(patch: pytest.MonkeyPatch, _: Sequence[Gate]) -> None:
    """Whether who opens a case had told of an erased household is looked for where there was one."""
    vraie = revenants.refuser_un_revenant

    async def refuser(reader: Reader, contribution: Any, entrees: Any) -> None:
        gardees = tuple(entrees)
        if await reader.effacees((genre, hache) for genre, hache, _ in gardees):
            await vraie(reader, contribution, gardees)

    patch.setattr(application, "refuser_un_revenant", refuser)


# what finds them --------------------------------------------------------------------------------------------------

DES_SUITES: Final[tuple[Poser, ...]] = (
    rejoindre_declare,
    tout_le_dossier,
    chercher_les_siens,
    cles_au_besoin,
    question_du_dossier,
    flux_de_tous,
)
"""Found by sequences on a household that others know."""
DE_QUI_REJOINT: Final[tuple[Poser, ...]] = (flux_de_qui_rejoint, revenants_au_besoin)
"""Found by who opens, then reads at each of its purposes, a household that others knew, or that was erased."""

_VIOLENCES: Final = 'contains "violence_tue"'
_CAF: Final = "dit au travail social à une autre finalité, à l'organisme payeur"
DES_NON_DITS: Final[Mapping[str, tuple[Poser, str]]] = MappingProxyType(
    {
        "qui a un compte lit tout le ménage": (tout_est_a_soi, "d'une autre personne, à qui a un compte"),
        "qui est parti lit la suite": (tout_est_a_soi, "dit après son départ, à qui a un compte"),
        "la ligne d'auteur nomme le service social": (
            sans('_obligations contains "service_social_tu"'), "quel service suit le ménage, au bailleur"
        ),
        "ce qui est dit au travail social va à l'organisme payeur": (
            ligne(_changer(lambda t: t.roles, "CAF", origines_exclues=[])), _CAF
        ),
        "ce qui est dit au travail social va en séance": (
            ligne(_changer(lambda t: t.roles, "CCAPEX_MEMBRE", origines_exclues=[])),
            "dit au travail social, à un membre en séance",
        ),
        "un accord ouvre tous les besoins": (
            regle("_par_ce_fait(_) if input.besoin_accorde", "_par_ce_fait(_) if true"),
            "un besoin donné sans accord, au COMEX",
        ),
        "l'avis de toute commission porte ses besoins au COMEX": (
            besoin_de_toute_commission, "un besoin dans l'avis d'une CLIL, au COMEX"
        ),
        "nul ne lit des violences": (
            regle(f"{_VIOLENCES} if not input.emis_par_moi", f"{_VIOLENCES} if true"),
            "des violences, au service qui les a apprises",
        ),
        "tout professionnel lit des violences": (
            regle(f"{_VIOLENCES} if not input.emis_par_moi", f"{_VIOLENCES} if false"),
            "des violences, à un autre service",
        ),
        "l'instructeur lit les besoins sur son territoire": (
            ligne(_changer(lambda t: t.matrice["CCAPEX_INSTRUCTEUR"], "F13", lecture="R")),
            "besoin et mesure, au territoire de l'instructeur",
        ),
        "l'instructeur lit les mesures sur son territoire": (
            ligne(_changer(lambda t: t.matrice["CCAPEX_INSTRUCTEUR"], "F15", lecture="R")),
            "besoin et mesure, au territoire de l'instructeur",
        ),
        "le COMEX lit les coordonnées de toute origine": (
            ligne(_changer(lambda t: t.groupes, "F02b", origines={})),
            "des coordonnées dites au travail social, au COMEX",
        ),
        "le COMEX lit toutes les dettes": (
            ligne(_changer(lambda t: t.groupes, "F05", un_an=[])), "une dette de plus d'un an, au COMEX"
        ),
        "un mandat suit le ménage": (
            ligne(_changer(lambda t: t.liens, "mandat", suit_le_menage=True)),
            "que le ménage a un autre dossier, lu avec le sien, à COMMISSAIRE_JUSTICE",
        ),
        "sous limitation, tout se lit": (sans("_hors_actes(rang)"), "hors des actes, sous limitation"),
        "ouvrir son intervention ouvre l'évaluation d'un collègue": (
            regle("_partagee if input.ma_main", "_partagee if true"),
            "l'évaluation d'un collègue, à qui ouvre son intervention",
        ),
        "la demande d'un autre ouvre le dossier": (demande_de_quiconque, "la demande qu'un autre instruit"),
        "un accord se recueille pour soi": (
            ensemble(accord_de_quiconque, regle("\tinput.interesse\n", "\tfalse\n")),
            "ce que l'accord que l'on s'est recueilli ouvrirait",
        ),
        "un bailleur lit le dépôt d'un surendettement": (
            sans('_obligations contains "surendettement_notifie"'), "un surendettement déposé, au bailleur"
        ),
        "une échéance compte ce qui n'est pas montré": (echeances_de_tout, "un surendettement déposé, au bailleur"),
        "une échéance n'est partielle que de ce qui est là": (
            partielles_selon_ce_qui_est_la, "une dette de plus d'un an, dans les échéances du COMEX"
        ),
        "une file dit qui est lié": (liens_de_la_vue, "un ménage d'ailleurs, dans une file réécrite"),
        "un flux dit ce que l'historique ne montre pas": (
            flux_sans_ouvrir, "un surendettement déposé, au bailleur"
        ),
        "une recherche descelle avant sa ligne": (
            chercher_en_descellant, "besoin et mesure, au territoire de l'instructeur"
        ),
        "qui répond aux personnes ne les trouve pas": (
            sans('_obligations contains "sous_pseudonyme"'), "une personne qui exerce ses droits, à qui lui répond"
        ),
    }
)  # fmt: skip
"""Found by the reader concerned, of a case that it has: the fault, and what is then said to it, or no longer."""


def _sans_articles(lues: Tables) -> None:
    for code, motif in lues.motifs.items():
        lues.motifs[code] = re.sub(r" \([^)]*article[^)]*\)", "", motif)


DE_LEUR_TEST: Final[Mapping[str, tuple[Poser, Callable[..., Awaitable[None]]]]] = MappingProxyType(
    {
        "une personne agit pour une autre": (
            regle("\tnot _parle_pour_soi(ligne)", "\tfalse"),
            test_regles.test_regle_18_une_personne_ne_lit_ni_n_agit_pour_une_autre,
        ),
        "un avis prend tous les mots": (
            mots_de_l_avis,
            test_regles.test_regle_20_un_accord_ouvre_le_besoin_donne_avec_et_un_avis_de_ccapex_ses_codes,
        ),
        "un accord vaut plus d'un an": (
            accord_sans_fin,
            test_regles.test_regle_27_un_accord_ne_se_recueille_pas_pour_soi,
        ),
        "un historique descelle tout": (
            historique_descelle,
            test_secret_des_suites.test_loi_2_rien_n_est_descelle_avant_sa_ligne,
        ),
        "sous limitation, nul n'est indemnisé": (
            ligne(_changer(lambda t: t.finalites, "INDEMNISATION", sous_limitation="refuse")),
            test_regles.test_regle_30_sous_limitation_les_actes_et_ses_apports,
        ),
        "un refus tait son article": (
            ligne(_sans_articles), test_regles.test_regle_30_sous_limitation_les_actes_et_ses_apports
        ),
    }
)  # fmt: skip
"""Faults that are no difference of two worlds: what anybody writes or is refused is the same in both. The test of the
rule goes red under each."""
