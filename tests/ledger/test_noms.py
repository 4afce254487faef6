"""Names and numbers as people write them: how they compare, and what stands for none."""

import string
import unicodedata
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.noms import INTERDITS, est_cle, est_logement, est_siret, factice, plier, prenoms_plies, visible

BLOCS = ((0x41, 0x250), (0x250, 0x2B0), (0x1D00, 0x1DC0), (0x1E00, 0x1F00), (0x2C60, 0x2C80), (0xA720, 0xA800),
         (0xAB30, 0xAB70), (0xFB00, 0xFB07), (0xFF21, 0xFF5B))  # fmt: skip
LATINES = tuple(
    chr(code)
    for debut, fin in BLOCS
    for code in range(debut, fin)
    if unicodedata.category(chr(code)).startswith("L") and "LATIN" in unicodedata.name(chr(code), "")
)


def test_chaque_lettre_latine_se_plie_en_a_z_et_sa_casse_n_y_change_rien(compter: Callable[[str, int], None]) -> None:
    assert len(LATINES) > 1_000
    for lettre in LATINES:
        plie = plier(lettre)
        assert set(plie) <= set(string.ascii_lowercase), (lettre, plie)
        assert plie == plier(lettre.upper()) == plier(lettre.lower()), lettre
    assert sum(not plier(lettre) for lettre in LATINES) < 100
    compter("lettres latines pliées en a-z", len(LATINES))


@given(st.text(st.sampled_from(LATINES), max_size=12))
def test_un_nom_plie_ne_depend_pas_de_qui_l_a_ecrit(nom: str) -> None:
    assert plier(nom) == plier(nom.upper()) == plier(nom.lower()) == plier(f"\u200b{nom}\u00ad")


@pytest.mark.parametrize(
    ("un", "autre"),
    [
        ("Kılıç Güneş", "KILIÇ GÜNEŞ"), ("kılıç", "Kilic"), ("Wałęsa", "WALESA"), ("Sørensen", "SORENSEN"),
        ("Đukić", "Dukic"), ("Guðrún Þorsteins", "GUDRUN THORSTEINS"), ("Weiß", "WEISS"), ("Lecœur", "LECOEUR"),
        ("N'Guessan", "N’GUESSAN"), ("Le\u200b Goff", "LE-GOFF"), ("İpek", "IPEK"), ("Hồ Chí", "ho chi"),
    ],
)  # fmt: skip
def test_des_graphies_d_un_meme_nom(un: str, autre: str) -> None:
    assert plier(un) == plier(autre)


def test_deux_noms_restent_deux_noms() -> None:
    assert plier("Şahin") != plier("Sahiner")
    assert plier("Ναύτης") != plier("Ναύπλιο")
    assert plier("محمد") != plier("محمود")


def test_les_prenoms_se_comparent_ensemble_et_un_par_un() -> None:
    assert prenoms_plies("Aïssata, Mariam Coumba") == ("aissatamariamcoumba", "aissata", "mariam", "coumba")
    assert prenoms_plies("Anne-Laure") == ("annelaure",)
    assert prenoms_plies("Anne Laure")[0] == "annelaure"
    assert prenoms_plies("") == prenoms_plies(" - ") == ("",)


FACTICES = (
    "", "  ", "-", "--", "?", "...", "/", "NC", "nc", "N.C.", "n/c", "ND", "NR", "N/A", "#N/A", "n.a.", "NULL", "null",
    "0", "00", "0,00", "INCONNU", "Inconnue", "NÉANT", "neant", "SANS OBJET", "S.O.", "XXX", "xxxxx", "Non renseigné",
    "NaN", "#REF!", "#VALEUR!", "#DIV/0!", "3,52E+09", "1.17E+13", "7E+08", "\u200b", "\u2800", "\u3164", "########",
)  # fmt: skip
NOMS = ("Na", "So", "Nguyen", "X", "N'Da", "N'Dri", "Ndiaye", "Nulle", "O", "Li", "Xxavier", "Zéro", "E", "Roux")


@pytest.mark.parametrize("texte", FACTICES)
def test_ce_qui_ne_dit_rien(texte: str) -> None:
    assert factice(texte)
    assert not est_cle(texte)
    assert not est_logement(texte)


@pytest.mark.parametrize("texte", NOMS)
def test_un_nom_court_ou_rare_est_un_nom(texte: str) -> None:
    assert not factice(texte)


def test_une_reference_n_est_ni_une_mention_ni_un_nombre_abime() -> None:
    assert all(map(est_cle, ("111", "1E5", "2E10", "CQL-2026-7", "26/04417", "A", "0031-B")))
    assert not any(map(est_cle, ("NA", "so", "Sans", "aucune", "vide", "2,02E+11")))


@pytest.mark.parametrize(
    ("texte", "attendu"),
    [("3523902547", True), ("0000000001", True), ("0000000000", False), ("7777777777", False), ("352390254", False),
     ("35239025470", False), ("352390254A", False), ("٣523902547", False), ("3 52390254", False)],
)  # fmt: skip
def test_un_numero_de_logement_a_dix_chiffres(texte: str, attendu: bool) -> None:
    assert est_logement(texte) is attendu


def test_un_siret_a_sa_cle_et_celle_de_la_poste() -> None:
    assert est_siret("93667127000267")
    assert est_siret("35600000000048")
    assert est_siret("35600000049837")
    assert not any(map(est_siret, ("93667127000268", "00000000000000", "9366712700026", "936671270002670", "")))


def test_ce_qui_ne_se_voit_pas_ne_se_garde_pas() -> None:
    assert visible(" \u200bLe\u00ad Goff\u200e ") == "Le Goff"
    for signe in ("\x00", "\x1b", "\x85", "\u202e", "\u2066"):
        assert INTERDITS.search(f"a{signe}b")
    assert not INTERDITS.search("deux\nlignes\tet\r\nun 👩‍👧 accent é")
