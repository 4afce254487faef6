"""How a case is arranged: nothing added, nothing guessed, disagreement shown."""

import dataclasses
from datetime import date
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from adapters.mots.libelles import heure
from adapters.web import pages
from adapters.web.commissions import CCAPEX
from adapters.web.courbe import ETROIT, LARGE, Format, Releve, tracer
from adapters.web.fiche import fiche
from adapters.web.pages import Cas
from tests.web import documents as d


def test_a_corrected_debt_stays_in_the_table_and_leaves_the_figure() -> None:
    f = fiche(d.document(), d.LE)
    corrigee = [x for x in f.dettes if not x.fait.tient]
    assert [x.texte for x in corrigee] == ["41\u202f000,00\u00a0€"]
    assert all("41" not in m.legende for c in f.courbes for s in c.series for m in s.marques)


def test_declarants_who_disagree_are_all_shown_by_their_last_word() -> None:
    f = fiche(d.document(), d.LE)
    assert [(x.fait.auteur.organisation, x.arretee_au, x.centimes) for x in f.dettes_actuelles] == [
        ("CAF 93", "2026-09-30", 301500),
        ("OPH Fictif 2", "2026-09-30", 374500),
        ("Étude Fictive, Bobigny", "2026-01-31", 421900),
    ]
    assert f.desaccord
    assert not dataclasses.replace(f, dettes=tuple(x for x in f.dettes if x.centimes != 301500)).desaccord


def test_a_session_that_gave_an_avis_is_told_once_and_the_next_ones_are_announced() -> None:
    auteur = {"organisation": "DRIHL 93", "role": "CCAPEX_INSTRUCTEUR", "systeme": "PARTENAIRE"}

    def dit(type_: str, le: str, **champs: str) -> dict[str, Any]:
        return {
            "id": f"{type_}-{le}", "type": type_, "survenu_le": le, "auteur": auteur, "champs": champs,
            "finalite": "CCAPEX_INSTRUCTION",
        }  # fmt: skip

    faits = [
        dit("DossierExamine", "2026-03-19", instance="CLIL"),
        dit("DossierExamine", "2026-09-24", instance="CCAPEX"),
        dit("AvisRendu", "2026-09-24", instance="CCAPEX", sens="MAINTIEN"),
        dit("InstanceInscrite", "2026-09-04", instance="CCAPEX", seance="1", seance_le="2026-09-24"),
        dit("InstanceInscrite", "2026-11-20", instance="COMEX", seance="2", seance_le="2026-12-07"),
        dit("InstanceInscrite", "2026-11-20", instance="CLIL", seance="3", seance_le="2026-12-08"),
        dit("InscriptionRetiree", "2026-11-21", instance="CLIL", seance="3"),
    ]
    f = fiche({"dossier": d.DOSSIER, "faits": faits}, d.LE)
    assert [(x.type, x.brut["instance"]) for x in f.examens] == [("AvisRendu", "CCAPEX"), ("DossierExamine", "CLIL")]
    assert f.seances == (("COMEX", "7\u00a0décembre\u00a02026"),)
    report = dit(
        "InscriptionReportee", "2026-11-22", instance="COMEX", seance="2", reporte_a="4", reporte_au="2027-01-11"
    )
    reporte = fiche({"dossier": d.DOSSIER, "faits": [*faits, report]}, d.LE)
    assert reporte.seances == (("COMEX", "11\u00a0janvier\u00a02027"),)


def test_a_person_declared_twice_in_the_same_words_is_shown_once() -> None:
    document = d.document()
    [titulaire, *_] = [f for f in document["faits"] if f["type"] == "OccupantDeclare"]
    double = {**document, "faits": [*document["faits"], {**titulaire, "id": "autre", "survenu_le": "2026-01-01"}]}
    assert len(fiche(double, d.LE).occupants) == len(fiche(document, d.LE).occupants)
    assert fiche(double, d.LE).titre == fiche(document, d.LE).titre


def test_each_declarant_has_a_shape_of_its_own() -> None:
    courbe = fiche(d.document(), d.LE).courbes[0]
    assert [(s.declarant, s.forme) for s in courbe.series] == [
        ("CAF 93", "rond"),
        ("OPH Fictif 2", "carre"),
        ("Étude Fictive, Bobigny", "triangle"),
    ]


def test_a_bracket_is_told_and_not_drawn() -> None:
    document = d.document()
    for f in document["faits"]:
        if f["type"] == "DetteDeclaree":
            f["champs"]["montant"] = "de 2 000 à 5 000 €"
    f = fiche({**document, "faits": [x for x in document["faits"] if x["type"] == "DetteDeclaree"]}, d.LE)
    assert f.courbes == ()
    assert {x.texte for x in f.dettes} == {"de 2 000 à 5 000 €"}


def test_an_erased_person_leaves_no_name_and_says_so() -> None:
    document = d.document()
    occupant = document["faits"][1]
    occupant["champs"] = {"personne": occupant["champs"]["personne"], "qualite": "TITULAIRE"}
    occupant |= {"efface": True, "efface_le": "2026-11-03"}
    f = fiche(document, d.LE)
    assert f.titre == ""
    assert [o.efface for o in f.occupants] == ["effacé le 3\u00a0novembre\u00a02026"]


def test_the_household_follow_ups_and_pairs_are_gathered() -> None:
    f = fiche(d.document(), d.LE)
    assert (f.titre, f.lieu) == ("Amina DIARRA", "12 rue des Exemples, 93000 Bobigny")
    assert [[s.brut["statut"] for s in r.suites] for r in f.recommandations] == [["REALISEE"]]
    assert [(r.autre, r.decision) for r in f.rapprochements] == [(d.AUTRE, "")]


def test_a_fact_says_its_hour_its_article_and_why_it_corrects_another() -> None:
    document = d.document()
    connus = {f["type"]: f for f in document["faits"]}
    connus["ContactTente"] |= {"heure": "09:05", "motif_correction": "DOUBLON", "reference_legale": "CPCE L.412-1"}
    f = fiche(document, d.LE)
    [contact] = [x for s in f.sections for x in s.faits if x.id == connus["ContactTente"]["id"]]
    assert contact.le.endswith(" à 9\u00a0h\u00a005")
    assert ("Motif de la correction", "dit deux fois") in contact.valeurs
    assert ("Référence légale", "CPCE L.412-1") in contact.valeurs
    assert heure("14:00") == "14\u00a0h"


def test_opaque_ids_are_never_shown() -> None:
    f = fiche(d.document(), d.LE)
    montres = [valeur for s in f.sections for x in s.faits for _, valeur in x.valeurs]
    assert montres
    assert all("0199f1e2" not in valeur for valeur in montres)


releves = st.lists(
    st.builds(
        Releve,
        st.sampled_from(["A", "B", "C", "D", "E", "F", "G"]),
        st.dates(date(2015, 1, 1), date(2035, 1, 1)),
        st.integers(0, 10_000_000_00),
    ),
    max_size=30,
)


@given(releves, st.sampled_from([LARGE, ETROIT]))
def test_every_mark_stays_inside_the_figure(liste: list[Releve], format_: Format) -> None:
    courbe = tracer(liste, format_)
    assert (courbe is None) == (len(liste) < 2)
    if courbe is None:
        return
    points = [p.split(",") for s in courbe.series for p in s.points.split()]
    assert len(points) == len(liste)
    assert all(courbe.format.gauche <= float(x) <= courbe.format.droite for x, _ in points)
    assert all(format_.haut <= float(y) <= format_.bas for _, y in points)
    assert len(courbe.abscisses) <= format_.abscisses
    assert len(courbe.ordonnees) <= 6
    largeurs = [courbe.format.gauche - 14 - 8 * len(g.texte) for g in courbe.ordonnees]
    assert min(largeurs) >= 0, "no amount begins out of the figure"
    hauts = [m for s in courbe.series for m in s.marques if m.fleche]
    assert len(hauts) == len(courbe.hors_echelle) <= max(1, len(liste) // 4)


def test_a_million_is_read_in_full_and_the_whole_scale_is_its_own() -> None:
    releves_ = [Releve("A", date(2026, mois, 1), 900_000_00 + mois * 10_000_00) for mois in range(1, 11)]
    for format_ in (LARGE, ETROIT):
        courbe = tracer(releves_, format_)
        assert courbe is not None
        assert [g.texte.replace("\u202f", " ").replace("\u00a0", " ") for g in courbe.ordonnees] == [
            "0 €", "200 000 €", "400 000 €", "600 000 €", "800 000 €", "1 000 000 €",
        ]  # fmt: skip
        assert courbe.hors_echelle == ()


def test_one_amount_out_of_all_proportion_does_not_lay_the_others_flat() -> None:
    """A figure typed in cents for euros: the others stay readable, and it is said in words."""
    courants = [Releve("OPH", date(2026, mois, 28), 200_000 + mois * 20_000) for mois in range(1, 10)]
    faute = Releve("Étude", date(2026, 6, 15), 100_000_000)
    for format_ in (LARGE, ETROIT):
        courbe = tracer([*courants, faute], format_)
        assert courbe is not None
        assert courbe.ordonnees[-1].texte.replace("\u202f", " ").replace("\u00a0", " ") == "4 000 €"
        assert courbe.hors_echelle == ("1\u202f000\u202f000,00\u00a0€ au 15\u00a0juin\u00a02026, selon Étude",)
        oph = next(s for s in courbe.series if s.declarant == "OPH")
        ys = [float(p.split(",")[1]) for p in oph.points.split()]
        assert max(ys) - min(ys) > (courbe.format.bas - courbe.format.haut) / 3
        [etude] = next(s for s in courbe.series if s.declarant == "Étude").marques
        assert etude.fleche
        assert etude.legende.endswith("1\u202f000\u202f000,00\u00a0€")


def test_a_debt_that_grows_stays_on_its_scale() -> None:
    courbe = tracer([Releve("A", date(2026, mois, 1), mois * mois * 10_000) for mois in range(1, 13)])
    assert courbe is not None
    assert courbe.hors_echelle == ()


def test_a_code_that_nobody_knows_today_is_shown_as_it_stands() -> None:
    document = d.document()
    connus = {f["type"]: f for f in document["faits"]}
    connus["RepriseLoyerConstatee"]["champs"]["statut"] = "SUSPENDUE_EN_2031"
    connus["ContactTente"]["champs"]["canal"] = "PIGEON"
    f = fiche(document, d.LE)
    assert f.reprise is not None
    assert f.reprise.mot("statut") == "SUSPENDUE_EN_2031"
    assert "PIGEON" in {c.mot("canal") for c in f.contacts}
    assert ("Canal", "PIGEON") in {v for s in f.sections for x in s.faits for v in x.valeurs}
    assert "PIGEON" in pages.dossier(d.INSTRUCTRICE, Cas(CCAPEX, document), d.FORMULAIRES, d.LE)
