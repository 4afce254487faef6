"""The folded state is that of the facts that stand: corrected or withdrawn, a fact of any type no longer counts."""

import random
from collections.abc import Callable, Sequence
from copy import deepcopy
from dataclasses import fields
from datetime import date, timedelta
from itertools import permutations
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from ledger import catalogue as ev
from ledger.catalogue import Enveloppe, Evenement, Fait, Stade, catalogue
from ledger.dossier.etat import INDELEBILES, Dossier
from ledger.dossier.obstacles import fin_des_actes
from ledger.dossier.repli import Repli, effets, replier
from ledger.mapper import to_fait
from tests.ledger.repli_naif import Naif, naif
from tests.projections.monde import Menage, exemple

ICI = UUID("0199f1e2-7b1a-7000-8000-0000000000aa")
JOUR = date(2026, 3, 2)
TYPES = tuple(catalogue().values())
_LIES = ("personne", "intervention", "accord", "acte", "en_reponse_a", "recommandation", "autre", "effacement")


def fait(
    version: int, e: Evenement, *, le: date = JOUR, corrige: UUID | None = None, partenaire: str = "ssd93"
) -> Fait:
    enveloppe = Enveloppe(
        id=UUID(int=version),
        contribution=UUID(int=0),
        survenu_le=le,
        partenaire=partenaire,
        role="SSD",
        agent=f"agent-{partenaire}",
        finalite="ACCOMPAGNEMENT",
        corrige=corrige,
    )
    return Fait(ICI, version, enveloppe, e)


def etat(dossier: Dossier) -> dict[str, Any]:
    """What the state says, without how it came to it."""
    return {f.name: getattr(dossier, f.name) for f in fields(Naif) if f.name not in {"version", "corriges"}}


@st.composite
def histoires(draw: st.DrawFn, longueur: int = 14) -> list[Fait]:
    """Any types, few ids so that events meet, any dates, and corrections of anything before, corrections included."""
    faits = [fait(1, exemple(ev.DossierOuvert))]
    for version in range(2, draw(st.integers(2, longueur)) + 1):
        cls = draw(st.sampled_from(TYPES[1:]))
        if draw(st.integers(0, 3)) == 0:
            cls = ev.FaitCorrige
        valeurs: dict[str, Any] = {}
        for f in fields(cls):
            if f.name in _LIES:
                valeurs[f.name] = UUID(int=draw(st.integers(1, 2)))
            if f.name == "decision" and cls is not ev.RapprochementTranche:
                valeurs[f.name] = UUID(int=draw(st.integers(1, 2)))
            if f.name == "personnes":
                valeurs[f.name] = (UUID(int=1),)
            if f.name == "corrige":
                valeurs[f.name] = UUID(int=draw(st.integers(1, version - 1)))
        corrige = UUID(int=draw(st.integers(1, version - 1))) if draw(st.integers(0, 4)) == 0 else None
        le = JOUR + timedelta(days=draw(st.integers(0, 3)))
        partenaire = draw(st.sampled_from(("ssd93", "etude-1", "ccapex")))
        faits.append(fait(version, exemple(cls, **valeurs), le=le, corrige=corrige, partenaire=partenaire))
    return faits


def debout(faits: Sequence[Fait]) -> list[Fait]:
    """The facts that stand, by the words of the law of corrections, each looked at alone."""

    def retire(f: Fait) -> bool:
        return any(
            isinstance(g.evenement, ev.FaitCorrige) and g.evenement.corrige == f.enveloppe.id and not retire(g)
            for g in faits
            if g.version > f.version
        )

    def remplace(f: Fait) -> bool:
        return any(g.enveloppe.corrige == f.enveloppe.id and not retire(g) for g in faits if g.version > f.version)

    return [f for f in faits if isinstance(f.evenement, INDELEBILES) or not (retire(f) or remplace(f))]


def seuls(faits: Sequence[Fait]) -> Dossier:
    """Fold these facts as if none of them corrected anything."""
    sans = [Fait(f.dossier, f.version, replace(f.enveloppe, corrige=None), f.evenement) for f in faits]
    return replier(sans)


@settings(max_examples=400, deadline=None)
@given(histoires(), st.data())
def test_folding_as_facts_come_is_folding_those_that_stand(faits: list[Fait], data: st.DataObject) -> None:
    coupes = sorted(data.draw(st.lists(st.integers(0, len(faits)), max_size=4)))
    dossier = Dossier()
    for debut, fin in zip([0, *coupes], [*coupes, len(faits)], strict=True):
        dossier = replier(faits[debut:fin], dossier)
    assert dossier == replier(faits)
    assert dossier.version == len(faits)
    assert etat(dossier) == etat(seuls(debout(faits)))
    assert set(dossier.corriges) >= {f.enveloppe.id for f in faits} - {f.enveloppe.id for f in debout(faits)}


@settings(max_examples=200, deadline=None)
@given(histoires(40), st.data())
def test_the_fold_is_the_naive_one_attribute_by_attribute(faits: list[Fait], data: st.DataObject) -> None:
    """Corrections withdrawn, replaced, withdrawn twice; erasures; and nothing that was read before is forgotten."""
    repli, attributs = Repli(Dossier()), [f.name for f in fields(Naif)]
    for n, f in enumerate(faits, 1):
        repli.ajouter(f)
        if data.draw(st.integers(0, 9)) == 0 or n == len(faits):
            attendu = naif(faits[:n])
            assert {nom: getattr(repli.etat, nom) for nom in attributs} == vars(attendu)
            assert repli.etat == replier(faits[:n])


@settings(max_examples=200, deadline=None)
@given(histoires(), st.data())
def test_a_state_stays_what_it_was_whatever_is_folded_onto_it(faits: list[Fait], data: st.DataObject) -> None:
    coupe = data.draw(st.integers(0, len(faits)))
    avant = replier(faits[:coupe])
    lu = etat(avant)
    copie = deepcopy(avant)
    replier(faits[coupe:], avant)
    assert avant == copie
    assert etat(avant) == lu


def _avant(cls: type[Evenement]) -> list[Fait]:
    """What makes an event of this type count: whom and what it names."""
    faits = [
        exemple(ev.DossierOuvert),
        exemple(ev.OccupantDeclare),
        exemple(ev.AccompagnementOuvert),
        exemple(ev.AccordRecueilli),
        exemple(ev.EffacementDemande),
        exemple(ev.OppositionEnregistree),
        exemple(ev.ConservationOrdonnee),
    ]
    return [fait(n, e) for n, e in enumerate((e for e in faits if type(e) is not cls), 1)]


def test_every_type_of_the_catalogue_is_taken_back(compter: Callable[[str, int], None]) -> None:
    repris = muets = 0
    for cls in TYPES:
        if cls in INDELEBILES or cls is ev.FaitCorrige:
            continue
        avant = _avant(cls)
        n = len(avant) + 1
        e = exemple(cls)
        dit = fait(n, e, le=JOUR + timedelta(days=1), partenaire="autre")
        avec, sans = replier([*avant, dit]), replier(avant)
        muets += {**etat(avec), "auteurs": None} == {**etat(sans), "auteurs": None}
        assert etat(avec) != etat(sans), cls  # its author is linked to the case, whatever it said
        retrait = fait(n + 1, ev.FaitCorrige(corrige=dit.enveloppe.id))
        assert etat(replier([*avant, dit, retrait])) == etat(sans), cls
        remplacant = fait(n + 1, e, corrige=dit.enveloppe.id)
        assert etat(replier([*avant, dit, remplacant])) == etat(replier([*avant, remplacant])), cls
        repris += 1
    compter("types d'événement dont le retrait a été vérifié", repris)
    assert repris == len(TYPES) - 4
    assert repris - muets >= 20  # those that say something to the state


def test_an_event_says_one_thing_under_one_key_and_the_same_when_it_is_sealed(
    compter: Callable[[str, int], None],
) -> None:
    """Given any event of the catalogue, open or closed, then its effects are the same, each of them apart."""
    dits = 0
    for cls in TYPES:
        menage = Menage(ICI, random.Random(1))  # noqa: S311 - reproducible, not secret
        ferme = to_fait(menage.dire(exemple(cls), corrige=UUID(int=1)))
        enveloppe = replace(ferme.enveloppe, declarant="99920707900180", information_menage=JOUR)
        disent = effets(ferme.evenement, enveloppe)
        assert disent == effets(menage.faits[-1].evenement, enveloppe), cls
        assert len({(rubrique, cle) for rubrique, cle, _ in disent}) == len(disent), cls
        dits += len(disent)
    compter("effets d'événements comparés, scellés et ouverts", dits)
    assert dits > 3 * len(TYPES)


@pytest.mark.parametrize("e", [exemple(ev.DossierOuvert), exemple(ev.PersonneEffacee)], ids=["ouverture", "effacement"])
def test_neither_an_opening_nor_an_erasure_is_taken_back(e: Evenement) -> None:
    faits = [fait(1, exemple(ev.DossierOuvert)), fait(2, exemple(ev.OccupantDeclare))]
    faits = [e_ for e_ in faits if type(e_.evenement) is not type(e)] + [fait(3, e)]
    retrait = fait(4, ev.FaitCorrige(corrige=UUID(int=3)), partenaire="autre")
    apres = replier([*faits, retrait])
    assert (apres.ouvert_le, apres.effacees) == (replier(faits).ouvert_le, replier(faits).effacees)


def test_a_correction_withdrawn_corrects_nothing_and_one_replaced_hands_over() -> None:
    saisine = fait(1, ev.CcapexSaisie())
    retrait = fait(2, ev.FaitCorrige(corrige=UUID(int=1)))
    assert not replier([saisine, retrait]).saisine_ouverte
    assert replier([saisine, retrait, fait(3, ev.FaitCorrige(corrige=UUID(int=2)))]).saisine_ouverte
    jugement = fait(1, ev.JugementRendu(), le=date(2026, 1, 1))
    dates = [date(2026, 2, 1), date(2026, 3, 1)]
    suite = [fait(n + 2, ev.JugementRendu(), le=le, corrige=UUID(int=n + 1)) for n, le in enumerate(dates)]
    assert [x.le for x in replier([jugement, *suite]).etapes] == [date(2026, 3, 1)]


@pytest.mark.parametrize(
    ("premier", "second", "ouverte"),
    [
        ((ev.SaisineClose, 0), (ev.CcapexSaisie, 0), True),
        ((ev.CcapexSaisie, 0), (ev.SaisineClose, 0), False),
        ((ev.SaisineClose, 1), (ev.CcapexSaisie, 0), False),
        ((ev.CcapexSaisie, 1), (ev.SaisineClose, 0), True),
        ((ev.SaisineClose, 0), (ev.CcapexSaisie, 1), True),
        ((ev.CcapexSaisie, 0), (ev.SaisineClose, 1), False),
    ],
)
def test_facts_of_one_day_follow_their_recording(
    premier: tuple[type[Evenement], int], second: tuple[type[Evenement], int], *, ouverte: bool
) -> None:
    faits = [
        fait(n, exemple(cls), le=JOUR + timedelta(days=jours)) for n, (cls, jours) in enumerate((premier, second), 1)
    ]
    assert replier(faits).saisine_ouverte is ouverte


def test_a_procedure_goes_on_after_the_closure_of_its_day() -> None:
    acte, cloture = ev.AssignationSignifiee(), ev.DossierClos(motif="MAINTIEN")
    assert fin_des_actes(replier([fait(1, cloture), fait(2, acte)])) is None
    assert fin_des_actes(replier([fait(1, acte), fait(2, cloture)])) == JOUR
    assert fin_des_actes(replier([fait(1, acte), fait(2, ev.SaisineClose(motif="MAINTIEN"))])) is None


def test_an_objection_told_late_counts_on_its_day() -> None:
    levee = fait(1, ev.OppositionLevee(portee="OPPOSITION"), le=date(2026, 3, 5))
    posee = ev.OppositionEnregistree(portee="OPPOSITION")
    assert not replier([levee, fait(2, posee, le=date(2026, 3, 4))]).opposition
    assert replier([levee, fait(2, posee, le=date(2026, 3, 5))]).opposition
    assert not replier([levee, fait(2, posee, le=date(2026, 3, 5))]).limitation


PROCEDURE: tuple[type[Evenement], ...] = (
    ev.CommandementPayerSignifie,
    ev.AssignationSignifiee,
    ev.AudienceTenue,
    ev.JugementRendu,
    ev.CommandementQuitterSignifie,
    ev.ConcoursForceRequis,
    ev.ConcoursForceAccorde,
    ev.ExpulsionRealisee,
)


def test_acts_of_one_day_are_in_the_order_of_the_procedure() -> None:
    paires = list(permutations(PROCEDURE, 2))
    for a, b in paires:
        stade = replier([fait(1, exemple(a)), fait(2, exemple(b))]).stade
        assert stade is max(a, b, key=PROCEDURE.index).STADE, (a, b)
    assert len(paires) == 56


@pytest.mark.parametrize(
    "paire",
    [(ev.ConcoursForceAccorde, ev.ConcoursForceRefuse), (ev.ExpulsionRealisee, ev.DepartConstate)],
    ids=["concours", "sortie"],
)
def test_where_no_text_orders_them_the_last_recorded_is_the_stage(paire: tuple[type[Evenement], ...]) -> None:
    for premier, dernier in permutations(paire):
        assert replier([fait(1, exemple(premier)), fait(2, exemple(dernier))]).stade is dernier.STADE
    assert {cls.STADE for cls in (*PROCEDURE, *paire)} <= set(Stade)
