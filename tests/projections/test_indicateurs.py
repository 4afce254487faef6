"""What a year comes to; and that what is published of it tells nobody about a few households."""

from collections.abc import Callable, Mapping
from datetime import date, timedelta
from itertools import product
from typing import Final
from uuid import UUID, uuid4

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger import catalogue as ev
from ledger.catalogue import Classe, Enveloppe, Evenement, Fait
from ledger.droit.indicateurs import CALCULS, historique, indicateurs, ruptures
from projections.indicateurs import (
    SEUIL,
    Axe,
    Case,
    Chiffre,
    Recense,
    Recensement,
    a_bouge,
    besoins,
    part_publiable,
    publiable,
    total_publiable,
)
from tests.projections.monde import exemple

CHARTE: Final = {f"O{n}" for n in range(1, 6)} | {str(n) for n in (*range(1, 35), *range(39, 51))}
"""Its annexe 5 numbers 1 to 34, then 39 to 50."""
LE: Final = date(2025, 3, 10)


def fait(e: Evenement, le: date = LE, role: str = "COMMISSAIRE_JUSTICE", version: int = 1) -> Fait:
    enveloppe = Enveloppe(
        id=uuid4(), contribution=uuid4(), survenu_le=le, partenaire="p", role=role, agent="a", finalite="ACTE_EMISSION"
    )
    return Fait(UUID(int=1), version, enveloppe, e)


def compter(*menages: tuple[str, str, list[Fait]], annee: int = 2025) -> Mapping[Case, Chiffre]:
    decompte = Recensement(annee, indicateurs(annee))
    for parc, commune, faits in menages:
        decompte.compter(Recense(parc, commune, faits))
    return decompte.chiffres()


def entier(chiffres: Mapping[Case, Chiffre], code: str) -> Chiffre:
    return chiffres[Case(code, Axe.DEPARTEMENT, "")]


# the definitions --------------------------------------------------------------------------------------------------


def test_chaque_ligne_se_lit_dans_le_catalogue(compter: Callable[[str, int], None]) -> None:
    codes = [i.code for i in historique()]
    assert len(set(codes)) == len(codes)
    assert {c for c in codes if c != "O5S"} == CHARTE
    lus = besoins(historique())
    for i in historique():
        assert i.calcul in CALCULS
        assert (i.calcul == "externe") == (not i.evenement)
        assert (i.calcul == "suivi") == bool(i.mois)
        assert i.legal_ref
        assert i.tag in {"STATED", "2nd-HAND", "INFERRED"}
    assert all(Classe.S3 not in classes for classes in lus.values())
    assert {r.code for r in ruptures()} <= set(codes)
    compter("indicateurs de la charte définis, sur 51", len({c for c in codes if c != "O5S"}))


# the counts -------------------------------------------------------------------------------------------------------


def test_actes_menages_demandes_et_parts() -> None:
    assignation = exemple(ev.AssignationSignifiee)
    jugement, autre = (exemple(ev.JugementRendu, qualification=q) for q in ("CONTRADICTOIRE", "DEFAUT"))
    aide = uuid4()
    fsl = [
        exemple(ev.AideFinanciereInstruite, aide=aide, dispositif="FSL_MAINTIEN", etape="DEMANDEE") for _ in range(2)
    ]
    chiffres = compter(
        ("SOCIAL", "93008", [fait(assignation), fait(assignation, date(2025, 12, 31)), fait(jugement)]),
        ("PRIVE", "93001", [fait(assignation), fait(assignation, date(2024, 12, 31)), fait(autre), *map(fait, fsl)]),
        ("FOYER", "93001", [fait(exemple(ev.AccompagnementOuvert, mesure="AVDL")) for _ in range(3)]),
    )
    assert entier(chiffres, "9") == Chiffre(3)
    assert (entier(chiffres, "30"), entier(chiffres, "31")) == (Chiffre(1), Chiffre(2))
    assert chiffres[Case("9", Axe.COMMUNE, "93008")] == Chiffre(2)
    assert entier(chiffres, "O1") == Chiffre(1, 2)
    assert entier(chiffres, "18") == Chiffre(1), "one request, told twice"
    assert entier(chiffres, "22") == Chiffre(1), "one household, whatever is told of it"
    assert entier(chiffres, "48") == Chiffre(0)


@pytest.mark.parametrize(
    ("apres", "attendu"), [(0, 0), (1, 1), (365, 1), (366, 0)], ids=["le jour même", "le lendemain", "un an", "après"]
)
def test_le_suivi_d_un_an_va_du_lendemain_de_l_examen_au_meme_jour(apres: int, attendu: int) -> None:
    examen = fait(exemple(ev.DossierExamine, instance="CCAPEX"))
    expulsion = fait(exemple(ev.ExpulsionRealisee), LE + timedelta(apres))
    clil = fait(exemple(ev.DossierExamine, instance="CLIL"))
    chiffres = compter(("SOCIAL", "93008", [examen, expulsion]), ("SOCIAL", "93008", [clil, expulsion]))
    assert entier(chiffres, "42") == Chiffre(attendu, 1)
    assert (entier(chiffres, "39"), entier(chiffres, "40")) == (Chiffre(1), Chiffre(1))


def test_la_dette_mediane_est_celle_qui_etait_connue_le_jour_de_l_examen() -> None:
    def dossier(*dettes: tuple[int, date, str]) -> tuple[str, str, list[Fait]]:
        dites = [
            fait(exemple(ev.DetteDeclaree, montant=m, arretee_au=le), le, role, n)
            for n, (m, le, role) in enumerate(dettes)
        ]
        return "SOCIAL", "93008", [*dites, fait(exemple(ev.DossierExamine, instance="CCAPEX", dette=None))]

    proche = LE - timedelta(10)
    chiffres = compter(
        dossier((100, proche, "BAILLEUR_SOCIAL"), (900, LE + timedelta(1), "BAILLEUR_SOCIAL")),
        dossier((300, proche, "BAILLEUR_SOCIAL"), (200, proche - timedelta(5), "ADIL")),
        dossier((500, proche - timedelta(400), "ADIL"), (700, proche, "CAF")),
        dossier(),
    )
    recensement = Recensement(2025, indicateurs(2025))
    mediane = Case("41", Axe.DEPARTEMENT, "")
    assert not recensement.bouge(mediane, Chiffre(200, 7), Chiffre(90000, 8)), "an amount is not a count"
    assert recensement.bouge(mediane, Chiffre(200, 7), Chiffre(90000, 12))
    assert entier(chiffres, "41") == Chiffre(200, 3), "100, then what the ADIL recalculated, then the latest by far"


# what is published ------------------------------------------------------------------------------------------------

tables = st.dictionaries(st.sampled_from([f"930{n:02d}" for n in range(1, 12)]), st.integers(0, 30), min_size=1)


def possibles(montres: Mapping[str, int | None], total: int) -> dict[str, set[int]]:
    """What each hidden count can be, to who has the total and what is shown: by going through every case."""
    caches = [cle for cle, n in montres.items() if n is None]
    reste = total - sum(n for n in montres.values() if n is not None)
    vus: dict[str, set[int]] = {cle: set() for cle in caches}
    for essai in product(range(min(reste, 40) + 1), repeat=len(caches) - 1):
        dernier = reste - sum(essai)
        if dernier >= 0:
            for cle, n in zip(caches, (*essai, dernier), strict=True):
                vus[cle].add(n)
    return vus


@given(tables)
@settings(max_examples=300)
def test_ce_qui_est_montre_ne_donne_aucun_compte_cache(table: dict[str, int]) -> None:
    total = sum(table.values())
    montres = publiable(table, total)
    caches = {cle for cle, n in montres.items() if n is None}
    assert all(n is None or n == 0 or n >= SEUIL for n in montres.values())
    if not caches:
        return
    if caches >= {cle for cle, n in table.items() if n}:
        return  # nothing but the total is shown, and it is published by itself or not at all
    assert len(caches) >= 2
    assert sum(table[c] for c in caches) >= 2 * SEUIL
    if len(caches) <= 3:
        assert all(len(vus) >= SEUIL for vus in possibles(montres, total).values())


@given(st.lists(st.tuples(st.integers(0, 20), st.integers(0, 20)), min_size=1, max_size=10))
@settings(max_examples=300)
def test_la_difference_de_deux_tables_dont_l_une_tient_l_autre_ne_dit_rien_de_quelques_uns(
    lignes: list[tuple[int, int]],
) -> None:
    """Evictions and evictions without a solution: what is left is those with one."""
    sans = {f"9{n}": a for n, (a, _) in enumerate(lignes)}
    toutes = {f"9{n}": a + b for n, (a, b) in enumerate(lignes)}
    montrees = publiable(toutes, sum(toutes.values()))
    etroites = publiable(sans, sum(sans.values()), toutes)
    for cle, n in etroites.items():
        large = montrees[cle]
        if n is not None and large is not None:
            assert large - n == 0 or large - n >= SEUIL


def test_un_total_une_part_une_relecture() -> None:
    assert [total_publiable(n) for n in (0, 1, SEUIL - 1, SEUIL)] == [True, False, False, True]
    parts = [Chiffre(5, 10), Chiffre(0, 10), Chiffre(10, 10), Chiffre(4, 10), Chiffre(7, 10), Chiffre(7)]
    assert [part_publiable(c) for c in parts] == [True, True, True, False, False, False]
    assert a_bouge(None, Chiffre(SEUIL))
    assert not a_bouge(None, Chiffre(SEUIL - 1))
    assert not a_bouge(Chiffre(100, 200), Chiffre(104, 204))
    assert a_bouge(Chiffre(100, 200), Chiffre(100, 205))
    assert a_bouge(Chiffre(100), Chiffre(90))
    assert not a_bouge(Chiffre(100), Chiffre(90), 6)
    assert a_bouge(Chiffre(100), Chiffre(90), 5), "more is gone than was erased"
