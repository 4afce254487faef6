"""Where a request for the police's help stands, from facts as a document has them and their clocks. Pure."""

from collections.abc import Sequence
from datetime import date
from typing import Any, Final

import pytest

from adapters.gate.requisition import REPOSENT, SITUATIONS, Requisition, requisition
from ledger.catalogue import catalogue, champs
from ledger.echeances import compter
from ledger.echeances.chronologie import ActeLu
from ledger.echeances.vocabulaire import entier
from policies.decision import GROUPES
from tests.bases import AUJOURD_HUI

CQL: Final = ("CommandementQuitterSignifie", "2026-04-10", {"date_reception": "2026-04-10"})
Dit = tuple[str, str, dict[str, Any]]


def situer(*dits: Dit, le: date = AUJOURD_HUI, corriges: Sequence[int] = ()) -> Requisition:
    """Of these facts, in the order in which they were told; those of these ranks were corrected since."""
    faits: list[dict[str, Any]] = []
    for rang, (type_, jour, contenu) in enumerate(dits):
        par = "x" if rang in corriges else None
        faits.append({"id": f"f{rang}", "type": type_, "survenu_le": jour, "champs": contenu, "corrige_par": par})
    actes = [
        ActeLu(f["id"], f["type"], date.fromisoformat(f["survenu_le"]), _en_jours(f["champs"]), rang)
        for rang, f in enumerate(faits)
        if f["type"] in entier() and not f["corrige_par"]
    ]
    travail = compter(actes, le)
    while True:
        try:
            next(travail)
        except StopIteration as fini:
            return requisition(faits, fini.value, le)


def _en_jours(dits: dict[str, Any]) -> dict[str, Any]:
    return {nom: date.fromisoformat(v) if nom.startswith("date_") else v for nom, v in dits.items()}


def requis(le: str) -> Dit:
    return "ConcoursForceRequis", le, {}


@pytest.mark.parametrize(
    ("le", "attendues"),
    [
        ("2026-07-27", ()),  # sixteen days before
        ("2026-07-28", ("SILENCE",)),
        ("2026-08-12", ("SILENCE",)),
        ("2026-08-13", ("REFUS_IMPLICITE", "RESPONSABILITE")),
    ],
)
def test_a_silence_falls_soon_then_has_fallen(le: str, attendues: tuple[str, ...]) -> None:
    """A request of the 12th of June, two months of silence (CPCE R.153-1): the 12th of August is its last day."""
    trouvee = situer(CQL, requis("2026-06-12"), le=date.fromisoformat(le))
    assert trouvee.situations == attendues
    assert trouvee.silence is not None
    assert trouvee.silence.dernier_jour == date(2026, 8, 12)
    assert trouvee.silence.legal_ref.startswith("CPCE R.153-1")


def test_an_answer_ends_the_silence_in_time_or_late() -> None:
    for jour in ("2026-08-01", "2026-09-01"):
        for type_ in ("ConcoursForceAccorde", "ConcoursForceRefuse"):
            trouvee = situer(CQL, requis("2026-06-12"), (type_, jour, {}))
            assert trouvee.silence is None
            assert trouvee.decision is not None
            assert trouvee.decision["type"] == type_
            assert "REFUS_IMPLICITE" not in trouvee.situations


def test_a_request_after_an_answer_waits_again() -> None:
    refus: Dit = ("ConcoursForceRefuse", "2026-07-01", {})
    trouvee = situer(CQL, requis("2026-06-12"), refus, requis("2026-09-05"))
    assert trouvee.silence is not None
    assert trouvee.silence.dernier_jour == date(2026, 11, 5)
    assert trouvee.decision is None
    assert trouvee.situations == ("SILENCE", "RESPONSABILITE")


def test_a_premature_rejection_is_no_answer_and_no_liability() -> None:
    rejet: Dit = ("ConcoursForceRefuse", "2026-05-25", {"prematuree": True})
    trouvee = situer(CQL, requis("2026-05-20"), rejet)
    assert trouvee.silence is not None
    assert trouvee.silence.etat == "A_RENOUVELER"
    assert trouvee.decision is None
    assert trouvee.situations == ("A_COMPTER",)


def test_a_silence_that_cannot_be_counted_says_what_it_lacks() -> None:
    sans_reception: Dit = ("CommandementQuitterSignifie", "2026-04-10", {})
    for avant in ([], [sans_reception]):
        trouvee = situer(*avant, requis("2026-06-12"))
        assert trouvee.situations == ("A_COMPTER",)
        assert trouvee.silence is not None
        assert trouvee.silence.dernier_jour is None
        assert trouvee.silence.manque
    repondue = situer(requis("2026-06-12"), ("ConcoursForceAccorde", "2026-07-01", {}))
    assert repondue.silence is None


def test_a_liability_runs_until_a_grant_takes_effect() -> None:
    accord: Dit = ("ConcoursForceAccorde", "2026-09-20", {})
    loin: Dit = ("ConcoursForceAccorde", "2026-10-20", {"date_effet": "2026-12-01"})
    tombe = (CQL, requis("2026-06-12"))
    assert "RESPONSABILITE" in situer(*tombe).situations
    assert "RESPONSABILITE" not in situer(*tombe, accord).situations
    assert "RESPONSABILITE" in situer(*tombe, accord, le=date(2026, 9, 20)).situations
    assert "RESPONSABILITE" in situer(*tombe, loin).situations  # more than fifteen days after: until its effect
    assert "RESPONSABILITE" not in situer(*tombe, loin, le=date(2026, 12, 2)).situations
    hiver = situer(CQL, requis("2026-06-12"), ("ConcoursForceRefuse", "2026-11-01", {}), le=date(2026, 11, 2))
    assert hiver.responsabilite is not None


def test_the_truce_holds_back_what_was_granted() -> None:
    accord: Dit = ("ConcoursForceAccorde", "2026-08-01", {})
    accorde = (CQL, requis("2026-06-12"), accord)
    assert "TREVE" not in situer(*accorde, le=date(2026, 10, 31)).situations
    trouvee = situer(*accorde)
    assert trouvee.situations == ("TREVE",)
    assert trouvee.treve is not None
    assert trouvee.treve.dernier_jour == date(2027, 3, 31)


def test_an_enquiry_waits_until_one_of_its_kind_comes() -> None:
    demande: Dit = ("EnqueteDemandee", "2026-10-01", {"nature": "ADMINISTRATIVE", "pour_le": "2026-11-01"})
    sociale: Dit = ("EnqueteDemandee", "2026-10-05", {"nature": "SOCIALE"})
    recue: Dit = ("EnqueteRealisee", "2026-10-20", {"nature": "ADMINISTRATIVE"})
    muette: Dit = ("EnqueteRealisee", "2026-10-20", {})
    ancienne: Dit = ("EnqueteRealisee", "2026-09-20", {})
    for recues, attendue in (((), "f2"), ((recue,), "f3"), ((muette,), None), ((ancienne,), "f2")):
        trouvee = situer(CQL, requis("2026-09-20"), demande, sociale, *recues)
        assert (trouvee.enquete and trouvee.enquete["id"]) == attendue
        assert ("ENQUETE" in trouvee.situations) is (attendue is not None)


def test_a_day_of_eviction_is_the_one_that_was_told_last() -> None:
    prevue: Dit = ("ExpulsionProgrammee", "2026-09-01", {"etape": "PLANIFIEE", "prevue_le": "2026-11-02"})
    reportee: Dit = ("ExpulsionProgrammee", "2026-09-10", {"etape": "REPORTEE", "prevue_le": "2027-04-02"})
    sans_jour: Dit = ("ExpulsionProgrammee", "2026-09-11", {"etape": "REPORTEE"})
    assert "EXPULSION" in situer(CQL, prevue).situations
    assert "EXPULSION" not in situer(CQL, prevue, le=date(2026, 11, 3)).situations  # its day has passed
    dite = situer(CQL, prevue, reportee).expulsion
    assert dite is not None
    assert dite["champs"]["prevue_le"] == "2027-04-02"
    assert situer(CQL, prevue, reportee, sans_jour).expulsion is None


def test_who_has_gone_waits_for_nothing() -> None:
    demande: Dit = ("EnqueteDemandee", "2026-07-01", {"nature": "ADMINISTRATIVE"})
    dits = (CQL, requis("2026-06-12"), demande)
    assert situer(*dits).situations
    for type_ in ("ExpulsionRealisee", "DepartConstate"):
        partie = situer(*dits, (type_, "2026-10-01", {}))
        assert (partie.parti, partie.situations) == (True, ())


def test_a_fact_that_was_corrected_counts_for_nothing() -> None:
    avis: Dit = ("AvisRendu", "2026-10-01", {"instance": "CCAPEX", "sens": "SURSIS"})
    dits = (CQL, requis("2026-09-05"), avis)
    assert situer(*dits).situations == ("SILENCE", "AVIS")
    assert situer(*dits, corriges=(1,)).situations == ("AVIS",)
    assert situer(*dits, corriges=(2,)).situations == ("SILENCE",)
    assert situer(CQL, ("AvisRendu", "2026-10-01", {"instance": "CLIL"})).situations == ()


def test_what_a_situation_rests_on_is_what_it_reads() -> None:
    assert REPOSENT.keys() == set(SITUATIONS)
    assert set().union(*REPOSENT.values()) <= GROUPES.keys()
    lus = {"ENQUETE": ("EnqueteDemandee", "nature"), "EXPULSION": ("ExpulsionProgrammee", "prevue_le")}
    for situation, (type_, champ) in lus.items():
        assert REPOSENT[situation] == {champs(catalogue()[type_])[champ].groupe}
