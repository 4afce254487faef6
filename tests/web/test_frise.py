"""The clocks of a case on a line of days: those of the answer and no other, told apart, inside their drawing."""

import re
from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from adapters.web import pages
from adapters.web.commissions import CCAPEX
from adapters.web.frise import GENRES, LARGE, RANGEES_MAX, FriseDesDelais, Trait, frises
from adapters.web.pages import Cas
from ledger.droit.listes import codes
from tests.web import documents as d

LE = date(2026, 11, 23)
ACTE = "0199f1e2-7b1a-7000-8000-000000000008"
SURVENUS: Mapping[str, date] = {ACTE: date(2026, 10, 5)}


def horloge(libelle: str, etat: str, dernier: str | None = None, premier: str | None = None, **autres: Any) -> Any:
    return {
        "regle": "R00",
        "libelle": libelle,
        "etat": etat,
        "dernier_jour": dernier,
        "premier_jour": premier,
        "actes": [ACTE],
        "manque": [],
        **autres,
    }


def noms(frise: FriseDesDelais) -> list[str]:
    return [nom(trait) for trait in frise.traits]


def nom(trait: Trait) -> str:
    return " ".join(ligne.texte for ligne in trait.lignes if ligne.forte)


def dit(trait: Trait) -> str:
    return " ".join(ligne.texte for ligne in trait.lignes if not ligne.forte).replace("\u00a0", " ")


def test_each_kind_is_told_in_words_and_by_the_shape_of_its_end() -> None:
    dites = [
        horloge("appel", "EN_COURS", "2026-12-10"),
        horloge("ce qui est suspendu", "SUSPENDU"),
        horloge("ce qui manque d'un acte", "INCONNU", manque=["la signification du jugement"]),
        horloge("ce qui vient", "A_VENIR", None, "2027-04-01"),
        horloge("ce qui fut fait", "TENU", "2026-11-01"),
        horloge("ce qui est ouvert", "OUVERTE", None, "2026-11-02"),
        horloge("ce qu'un acte constate", "JEX"),
        horloge("ce qui est sans objet", "SANS_OBJET", "2026-11-01"),
    ]
    [large, etroit] = frises(dites, SURVENUS, LE)
    assert [(nom(t), t.genre, dit(t)) for t in large.traits] == [
        ("Ce qui fut fait", "abouti", "1er novembre 2026 : fait à temps"),
        ("Appel", "court", "le délai court, jusqu'au 10 décembre 2026"),
        ("Ce qui vient", "a-venir", "dès le 1er avril 2027"),
        ("Ce qui est suspendu", "suspendu", "le délai est suspendu"),
        ("Ce qui est ouvert", "court", "la responsabilité peut être engagée, depuis le 2 novembre 2026"),
        ("Ce qui manque d'un acte", "inconnu", "il manque la signification du jugement"),
    ]
    assert noms(etroit) == noms(large)
    assert large.description.startswith("Au 23\u00a0novembre\u00a02026, par état : 2 en cours, 1 à venir, 1 suspendu, ")
    fins = {re.sub(r"[-\d. ]+", " ", t.marque) for t in large.traits if t.marque}
    assert len(fins) == 3, "a lozenge, a triangle, a disc: what has no end has an arrow, or a question"
    assert [t.question is not None for t in large.traits] == [False] * 5 + [True]
    assert [len(t.fleches) for t in large.traits] == [0, 0, 0, 1, 1, 0]


def test_a_case_without_a_day_has_no_drawing() -> None:
    assert frises([], {}, LE) == ()
    assert frises([horloge("juge compétent", "JEX"), horloge("un acte manque", "INCONNU", actes=[])], {}, LE) == ()


def test_what_begins_with_an_act_that_is_not_on_the_page_begins_with_an_arrow() -> None:
    [montre, tu] = (frises([horloge("appel", "EN_COURS", "2026-12-10")], s, LE)[0] for s in (SURVENUS, {}))
    assert [len(c.traits[0].fleches) for c in (montre, tu)] == [0, 1]
    assert tu.traits[0].x == LARGE.gauche < montre.traits[0].x


def test_the_truce_is_a_band_unless_the_answer_says_that_it_does_not_hold() -> None:
    court = horloge("appel", "EN_COURS", "2027-04-20")
    [large, _] = frises([court, horloge("trêve hivernale", "SURSIS", "2027-03-31", "2027-04-01")], SURVENUS, LE)
    [bande] = large.treves
    [sursis] = [t for t in large.traits if nom(t) == "Trêve hivernale"]
    assert sursis.genre == "suspendu"
    assert abs(bande.x - sursis.x) < 0.1, "it begins on 1 November, and not with the act"
    [sans, _] = frises([court, horloge("trêve hivernale", "PERMIS", None, "2026-11-23")], SURVENUS, LE)
    assert (sans.treves, noms(sans)) == ((), ["Appel"])
    [ete, _] = frises([court, horloge("trêve", "PERMIS", None, "2026-10-20")], SURVENUS, date(2026, 10, 20))
    assert len(ete.treves) == 1, "out of a winter, that it may be done today says nothing of the next one"


def test_what_runs_is_drawn_before_what_is_past_and_the_rest_is_counted() -> None:
    courent = [horloge(f"en cours {n:02}", "EN_COURS", f"2026-12-{n:02}") for n in range(1, 9)]
    passes = [horloge(f"abouti {n:02}", "ECHUE", f"2026-09-{n:02}") for n in range(1, 9)]
    vieux = horloge("abouti il y a trois ans", "ECHUE", "2023-09-01")
    [large, etroit] = frises([*passes, vieux, *courent], SURVENUS, LE)
    attendus = [f"Abouti {n:02}" for n in range(5, 9)] + [f"En cours {n:02}" for n in range(1, 9)]
    assert noms(large) == noms(etroit) == attendus
    assert large.reste == 5


jours = st.dates(date(2015, 1, 1), date(2045, 1, 1))
horloges = st.lists(
    st.builds(
        lambda libelle, etat, dernier, premier, acte: horloge(
            libelle,
            etat,
            dernier and dernier.isoformat(),
            premier and premier.isoformat(),
            actes=[acte],
            manque=["un acte"] if etat == "INCONNU" else [],
        ),
        st.text("abc d'é-", min_size=1, max_size=70).filter(lambda t: t.strip()),
        st.sampled_from(sorted(codes("etat_echeance"))),
        st.none() | jours,
        st.none() | jours,
        st.sampled_from(["a", "b", "c"]),
    ),
    max_size=20,
)


@given(horloges, st.dictionaries(st.sampled_from(["a", "b"]), jours), jours)
def test_every_bar_stays_inside_its_drawing(dites: list[Any], survenus: dict[str, date], le: date) -> None:
    for c in frises(dites, survenus, le):
        f = c.format
        assert 0 < len(c.traits) <= RANGEES_MAX
        assert f.gauche <= c.ce_jour <= f.droite
        for t in c.traits:
            assert t.genre in GENRES
            assert f.gauche <= t.x <= t.x + t.longueur <= f.droite + 1
            assert 0 < t.y < c.hauteur - 10
            assert all(len(ligne.texte) <= f.lettres and ligne.y < c.hauteur for ligne in t.lignes)
        for bande in c.treves:
            assert f.gauche <= bande.x <= bande.x + bande.longueur <= f.droite + 0.1
        ys = [ligne.y for t in c.traits for ligne in t.lignes]
        assert ys == sorted(set(ys)), "no word is written over another"


def test_a_page_draws_what_it_lists_and_the_unknown_is_listed() -> None:
    echeances = {**d.echeances(), "echeances": [*d.echeances()["echeances"], *d.echeances_diverses()]}
    html = pages.dossier(d.INSTRUCTRICE, Cas(CCAPEX, d.document(), horloges=echeances), d.FORMULAIRES, d.LE)
    rubrique = html.partition('id="echeances"')[2].partition('id="dette"')[0]
    assert dessines(html) == {
        "Transmission du diagnostic au juge",
        "Appel",
        "Trêve hivernale",
        "Délai pour quitter les lieux, depuis la réception par le préfet",
        "Suspension des poursuites",
    }
    listes = re.sub(r"<figure.*?</figure>", "", rubrique, flags=re.DOTALL)
    for libelle in dessines(html):
        assert libelle in listes
    assert "1 que rien ne permet de calculer" in listes
    assert "il manque la signification du jugement" in listes
    ids = re.findall(r'\bid="([^"]+)"', html)
    assert len(ids) == len(set(ids))


def dessines(html: str) -> set[str]:
    """What is drawn in a page, by name."""
    groupes = re.findall(r'<g class="delai [\w-]+">(.*?)</g>', html, flags=re.DOTALL)
    return {
        " ".join(re.findall(r'<text class="fort"[^>]*>(.*?)</text>', groupe)).replace("&#39;", "'")
        for groupe in groupes
    }


def test_a_delay_counted_backwards_that_was_over_before_its_act_is_where_it_ended() -> None:
    [large, _] = frises([horloge("notification au préfet", "HORS_DELAI", "2026-09-28")], SURVENUS, LE)
    [trait] = large.traits
    assert SURVENUS[ACTE] > date(2026, 9, 28)
    assert trait.longueur == 1
    x = float(trait.marque[1:].split(" ")[0])
    assert abs(trait.x - 6.5 - x) < 0.2, "its mark is centred where its bar ends"


def test_a_drawing_has_a_year_on_either_side_at_most() -> None:
    loin = horloge("prescription", "EN_COURS", (LE + timedelta(days=3650)).isoformat())
    [large, _] = frises([loin], {ACTE: LE - timedelta(days=3650)}, LE)
    [trait] = large.traits
    assert (trait.marque, len(trait.fleches)) == ("", 2)
    assert abs(large.ce_jour - (LARGE.gauche + LARGE.droite) / 2) < 5
