import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.nir import contient_nir


def nir(sexe: int, annee: int, mois: int, departement: str, commune: int, ordre: int) -> str:
    treize = f"{sexe}{annee:02}{mois:02}{departement}{commune:03}{ordre:03}"
    chiffres = treize.replace("2A", "19").replace("2B", "18")
    return treize + f"{97 - int(chiffres) % 97:02}"


NIRS = st.builds(
    nir,
    st.sampled_from([1, 2]),
    st.integers(0, 99),
    st.integers(1, 12),
    st.sampled_from(["01", "75", "93", "2A", "2B", "97", "99"]),
    st.integers(1, 990),
    st.integers(1, 999),
)


@given(NIRS, st.sampled_from(["", " ", "\u00a0", ".", "-", "\u202f", "  "]), st.booleans())
def test_un_nir_est_reconnu_quelle_que_soit_sa_mise_en_forme(numero: str, separateur: str, cle_exigee: bool) -> None:
    blocs = numero[0], numero[1:3], numero[3:5], numero[5:7], numero[7:10], numero[10:13], numero[13:]
    assert contient_nir(f"cf. {separateur.join(blocs)}, vu", cle_exigee=cle_exigee)
    assert contient_nir(f"12 {separateur.join(blocs)}", cle_exigee=cle_exigee)


@given(NIRS)
def test_sans_sa_cle_il_n_est_reconnu_que_hors_d_un_lot(numero: str) -> None:
    assert contient_nir(f"n° {numero[:13]}")
    assert not contient_nir(f"n° {numero[:13]}", cle_exigee=True)


@given(NIRS, st.integers(1, 96))
def test_une_cle_fausse_n_est_pas_un_nir(numero: str, ecart: int) -> None:
    fausse = f"{(int(numero[13:]) + ecart - 1) % 97 + 1:02}"
    assert fausse != numero[13:]
    assert not contient_nir(numero[:13] + fausse)


@pytest.mark.parametrize(
    "texte",
    [
        "SIRET 999 207 079 00180",
        "99920707900180",
        "FR76 3000 6000 0112 3456 7890 189",
        "06 12 34 56 78",
        "+33 6 12 34 56 78 et 01 43 93 93 93",
        "0931234567890",
        "1234567890123456",
        "1 48 33 15",
        "RPLS 3523902547, dette 2 247,70 arrêtée au 29/05/2019",
    ],
)
def test_ce_qui_n_est_pas_un_nir(texte: str) -> None:
    assert not contient_nir(texte)


def test_un_nir_en_chiffres_d_un_autre_alphabet_est_reconnu() -> None:
    assert contient_nir("148129300542935".translate({48 + n: 0xFF10 + n for n in range(10)}))


@given(st.text())
def test_aucun_texte_ne_fait_tomber_la_recherche(texte: str) -> None:
    assert contient_nir(texte) in {True, False}
