"""The form of an act: every act that a form tells can be told by it, as the API's body would say it."""

from collections.abc import Callable
from datetime import date
from typing import Any, get_args, get_type_hints

import pytest

from adapters.gate import saisie
from adapters.web import actes
from adapters.web.actes import ENVELOPPE, NOUVEAU, Controle, Milieu, TypeDeChamp
from adapters.web.fait_montre import Declarant, FaitMontre
from adapters.web.forms import FormulaireIncomplet
from adapters.web.reprises import preremplir
from adapters.web.transmettre import ETAPE
from ledger.catalogue import Evenement, Nature, catalogue, champs

LE = date(2026, 11, 20)
CLE = "0199f1e2-7b1a-4000-8000-0000000000c1"
AVEC_FORMULAIRE = [nom for nom, cls in catalogue().items() if actes.a_un_formulaire(cls)]
AILLEURS = {nom for nom, cls in catalogue().items() if not actes.a_un_formulaire(cls) and not cls.ROUTE_PROPRE}


def _montre(nom: str, rang: int) -> FaitMontre:
    brut = {champ: decrit.exemple for champ, decrit in champs(catalogue()[nom]).items()} | {"__le": "2026-10-01"}
    auteur = Declarant("Organisation", "rôle", "PARTENAIRE")
    ancre = f"0199f1e2-7b1a-4000-8000-{rang:012d}"
    return FaitMontre(ancre, nom, nom, "F01", "1er octobre 2026", "", auteur, "", (), "", "", "", brut)


MILIEU = Milieu(
    tuple(_montre(nom, rang) for rang, nom in enumerate(catalogue())),
    (("ssd93", "Service social"), ("caf93", "CAF"), ("fsl93", "FSL"), ("adil93", "ADIL"), ("bailleur93", "OPH")),
    LE,
    siret="99920707900180",
)
VIDE = Milieu((), (), LE)


def _tape(cls: type[Evenement], controle: Controle) -> dict[str, str]:
    """What a person types or chooses in a control, for it to say what the catalogue's example says."""
    exemple: Any = champs(cls)[controle.nom].exemple
    match controle.type_:
        case TypeDeChamp.MONTANT:
            return {controle.nom: f"{exemple // 100:,}".replace(",", "\u202f") + f",{exemple % 100:02d} €"}
        case TypeDeChamp.CHOIX if champs(cls)[controle.nom].nature is Nature.OUI_NON:
            return {controle.nom: "oui" if exemple else "non"}
        case TypeDeChamp.CHOIX if exemple not in dict(controle.options):
            return {controle.nom: controle.options[0][0]}
        case TypeDeChamp.COCHES:
            dits = [e for e in exemple if e in dict(controle.options)] or [controle.options[0][0]]
            return {f"{controle.nom}.{dit}": "oui" for dit in dits}
        case _ if isinstance(exemple, list):
            return {controle.nom: ", ".join(map(str, exemple))}
        case _:
            return {controle.nom: str(exemple)}


def _formulaire(cls: type[Evenement]) -> tuple[Controle, ...]:
    formulaire = actes.controles(cls, MILIEU)
    assert formulaire is not None, cls
    return formulaire


@pytest.mark.parametrize("nom", AVEC_FORMULAIRE)
def test_a_form_says_what_the_body_of_the_api_says(nom: str) -> None:
    cls = catalogue()[nom]
    formulaire = _formulaire(cls)
    # What says more of some codes of another field is told with none of the others.
    dits = [c for c in formulaire if c.nom not in cls.PRECISE]
    valeurs = {"survenu_le": "2026-11-02", "heure": "14:30"} | {k: v for c in dits for k, v in _tape(cls, c).items()}
    propose = actes.proposition(cls, formulaire, valeurs, CLE)
    corps = {"type": nom, "survenu_le": propose.survenu_le, "donnees": propose.donnees, **propose.enveloppe}
    [lu] = saisie.contribution({"evenements": [corps]}).evenements
    assert type(lu.evenement) is cls
    assert {c.nom for c in dits} <= set(propose.donnees)
    for champ in {c.nom for c in dits if c.type_ in {TypeDeChamp.MONTANT, TypeDeChamp.NOMBRE, TypeDeChamp.DATE}}:
        assert str(getattr(lu.evenement, champ)) == str(champs(cls)[champ].exemple), champ
    mots = dict(actes.en_mots(cls, formulaire, propose))
    assert len(mots) == len(dits)
    assert all(mots.values())


def test_no_act_is_left_without_a_form_unnoticed(compter: Callable[[str, int], None]) -> None:
    compter("actes qui ont un formulaire", len(AVEC_FORMULAIRE))
    assert len(AVEC_FORMULAIRE) > 75
    # Those of an agenda, of a pair, of corrections and contradictions: each has a page of its own.
    assert {
        "DossierOuvert",
        "InstanceInscrite",
        "InscriptionReportee",
        "InscriptionRetiree",
        "RapprochementSuggere",
        "RapprochementTranche",
        "FaitMaintenu",
        "FaitCorrige",
        "ValeurTranchee",
    } == AILLEURS


def test_what_an_act_must_refer_to_is_chosen_or_it_has_no_form() -> None:
    assert actes.controles(catalogue()["AccompagnementTermine"], VIDE) is None
    assert actes.prealables(catalogue()["AccompagnementTermine"], VIDE) == {"AccompagnementOuvert"}
    assert actes.prealables(catalogue()["AccompagnementTermine"], MILIEU) == set()
    assert actes.prealables(catalogue()["MesureProtectionDeclaree"], VIDE) == {"OccupantDeclare"}
    [intervention] = [c for c in _formulaire(catalogue()["AccompagnementTermine"]) if c.nom == "intervention"]
    assert intervention.requis
    assert intervention.defaut == champs(catalogue()["AccompagnementOuvert"])["intervention"].exemple


def test_a_person_who_is_not_known_yet_can_be_declared() -> None:
    cls = catalogue()["OccupantDeclare"]
    formulaire = actes.controles(cls, VIDE)
    assert formulaire is not None
    valeurs = {"survenu_le": "2026-11-02", "personne": NOUVEAU, "nom": "LEROY"}
    une, encore = (actes.proposition(cls, formulaire, valeurs, CLE).donnees["personne"] for _ in range(2))
    autre = actes.proposition(cls, formulaire, valeurs, CLE.replace("c1", "c2")).donnees["personne"]
    assert une == encore != autre


@pytest.mark.parametrize(
    ("tape", "centimes"),
    [
        ("1 234,56", 123456),
        ("1\u202f234,56 €", 123456),
        ("1\u00a0234.5", 123450),
        ("12", 1200),
        ("0,07", 7),
        ("12€", 1200),
    ],
)
def test_an_amount_is_typed_as_people_write_it(tape: str, centimes: int) -> None:
    cls = catalogue()["DetteDeclaree"]
    valeurs = {"survenu_le": "2026-11-02", "montant": tape, "arretee_au": "2026-10-31"}
    assert actes.proposition(cls, _formulaire(cls), valeurs, CLE).donnees["montant"] == centimes


@pytest.mark.parametrize("tape", ["douze", "1,234,56", "-5", "1e3", "12,345", "٣", "9" * 30, "12 € 5"])
def test_what_is_no_amount_is_refused_by_its_field(tape: str) -> None:
    cls = catalogue()["DetteDeclaree"]
    valeurs = {"survenu_le": "2026-11-02", "montant": tape, "arretee_au": "2026-10-31"}
    with pytest.raises(FormulaireIncomplet) as refus:
        actes.proposition(cls, _formulaire(cls), valeurs, CLE)
    assert refus.value.erreurs == {"montant": "Écrivez un montant en euros, par exemple 1 234,56."}


def test_what_lacks_is_said_all_at_once() -> None:
    cls = catalogue()["DetteDeclaree"]
    with pytest.raises(FormulaireIncomplet) as refus:
        actes.proposition(cls, _formulaire(cls), {}, CLE)
    requis = {nom for nom in get_type_hints(cls) if nom in champs(cls) and not _facultatif(cls, nom)}
    assert set(refus.value.erreurs) == {"survenu_le", *requis}


def _facultatif(cls: type[Evenement], nom: str) -> bool:
    return type(None) in get_args(get_type_hints(cls)[nom]) or hasattr(cls, nom)


def test_a_choice_that_was_not_offered_is_refused() -> None:
    cls = catalogue()["RecommandationSuivie"]
    formulaire = _formulaire(cls)
    valeurs = {"survenu_le": "2026-11-02", "statut": "REALISEE", "recommandation": CLE}
    with pytest.raises(FormulaireIncomplet) as refus:
        actes.proposition(cls, formulaire, valeurs, CLE)
    assert refus.value.erreurs == {"recommandation": "Choisissez dans la liste."}


def test_what_is_not_of_the_form_is_not_kept() -> None:
    cls = catalogue()["DetteDeclaree"]
    valeurs = {"montant": "12", "survenu_le": "2026-11-02", "csrf": "x", "etape": "relire", "autre": "y", "heure": " "}
    assert actes.retenues(_formulaire(cls), valeurs) == {"montant": "12", "survenu_le": "2026-11-02"}


# what the diagnostic begins with ---------------------------------------------------------------------------------


def _dit(nom: str, le: str, **brut: Any) -> FaitMontre:
    auteur = Declarant("Service social", "travailleur social", "PARTENAIRE")
    return FaitMontre(nom + le, nom, nom, "F06", le, "", auteur, "", (), "", "", "", {**brut, "__le": le})


def test_a_diagnostic_begins_with_what_is_known_and_says_from_where() -> None:
    cls = catalogue()["DiagnosticTransmis"]
    faits = [
        _dit("BudgetDeclare", "2026-05-01", ressources=90000),
        _dit("BudgetDeclare", "2026-09-01", ressources=142050),
        _dit("MenageDeclare", "2026-09-01", nb_adultes=1, nb_enfants=2),
        _dit("CcapexSaisie", "2026-09-02"),
        _dit("PlanApurementConclu", "2026-09-03"),
    ]
    remplis = {c.nom: c for c in preremplir(cls, _formulaire(cls), faits)}
    assert remplis["ressources"].defaut == "1420,50"
    assert "Repris de « BudgetDeclare », Service social, le 2026-09-01" in remplis["ressources"].aide
    assert remplis["situation_familiale"].defaut == "SEUL_AVEC_ENFANTS"
    assert remplis["ccapex_saisie"].defaut == "oui"
    assert remplis["traitement_dette"].defaut == "PLAN_APUREMENT"
    assert remplis["preconisations"].defaut == ""


def test_a_bracket_is_not_taken_for_a_figure() -> None:
    cls = catalogue()["DiagnosticTransmis"]
    tranche = [_dit("BudgetDeclare", "2026-09-01", ressources="de 1 000 à 1 500 €")]
    assert {c.defaut for c in preremplir(cls, _formulaire(cls), tranche) if c.nom == "ressources"} == {""}


def test_no_field_is_called_as_what_every_form_carries() -> None:
    assert {nom for cls in catalogue().values() for nom in champs(cls)} & {"csrf", "cle", ETAPE, *ENVELOPPE} == set()
