import random
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import UUID

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from adapters.gate import textes
from ledger.nir import contient_nir, identifiant_porte_nir


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


SIGNES = (
    "",
    " ",
    "\u00a0",
    ".",
    "-",
    "\u202f",
    "  ",
    "   ",
    "/",
    "_",
    ",",
    "·",
    "—",
    "−",
    "\u00ad",
    "\u200b",
    " | ",
    "\n",
)


def est_un_instant(numero: str) -> bool:
    """Whether the digits of a NIR, of a woman born with the century, read as well as a day and an hour."""
    try:
        return numero.startswith("20") and bool(datetime.fromisoformat(f"{numero[:8]}T{numero[8:14]}"))
    except ValueError:
        return False


@given(NIRS, st.sampled_from(SIGNES), st.booleans())
@example("200010100100152", "", False)
def test_un_nir_est_reconnu_quelle_que_soit_sa_mise_en_forme(numero: str, separateur: str, cle_exigee: bool) -> None:
    assume(not (cle_exigee and est_un_instant(numero)))  # keys and references are full of those
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
        "1481200300542",
        "1481293000542",
        "1 48 12 93 005 000",
        "1 48 33 15",
        "RPLS 3523902547, dette 2 247,70 arrêtée au 29/05/2019",
    ],
)
def test_ce_qui_n_est_pas_un_nir(texte: str) -> None:
    assert not contient_nir(texte)


@pytest.mark.parametrize("chiffres", ["０１２３４５６７８９", "٠١٢٣٤٥٦٧٨٩", "०१२३४५६७८९", "⁰¹²³⁴⁵⁶⁷⁸⁹", "⓪①②③④⑤⑥⑦⑧⑨"])
def test_un_nir_en_chiffres_d_un_autre_alphabet_est_reconnu(chiffres: str) -> None:
    for numero in ("148129300542935", "1481293005429"):
        ecrit = numero.translate(dict(zip(map(ord, "0123456789"), chiffres, strict=True)))
        assert contient_nir(f"n° {ecrit}", cle_exigee=len(numero) > 13)


def test_regle_16_l_octet_pese_le_meme_temps_quel_que_soit_le_texte() -> None:
    for soupe in ("5 5 ", "1 1 ", "2 7 ", "1 0 1 1 0 0 1 ", "·5", "1-850-", "1a", "11"):
        debut = time.process_time()
        contient_nir(soupe * (500_000 // len(soupe)))
        assert time.process_time() - debut < 1.5, soupe


def _siret(hasard: random.Random) -> str:
    chiffres = [hasard.randrange(10) for _ in range(13)]
    somme = sum(sum(divmod(d * 2, 10)) for d in chiffres[::2]) + sum(chiffres[1::2])
    siret = "".join(map(str, (*chiffres, -somme % 10)))
    return siret if hasard.random() < 0.5 else f"{siret[:3]} {siret[3:6]} {siret[6:9]} {siret[9:]}"


def _iban(hasard: random.Random) -> str:
    compte = "".join(str(hasard.randrange(10)) for _ in range(23))
    iban = f"FR{98 - int(compte + '152700') % 97:02}{compte}"
    return " ".join(iban[i : i + 4] for i in range(0, len(iban), 4)) if hasard.random() < 0.5 else iban


def _instant(hasard: random.Random) -> str:
    instant = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=hasard.randrange(31_536_000))
    forme = hasard.choice(("%Y-%m-%dT%H:%M:%S.", "%Y%m%dT%H%M%S", "%Y%m%d-%H%M%S-", "%d/%m/%Y %H:%M:%S,", "%s"))
    return f"{instant.strftime(forme)}{hasard.randrange(10**9):09}"[: 40 if forme != "%s" else hasard.choice((13, 16))]


FABRIQUES: Final[dict[str, Callable[[random.Random], str]]] = {
    "instants": _instant,
    "SIRET": _siret,
    "IBAN": _iban,
    "téléphones": lambda h: f"0{h.randrange(1, 10)} " + " ".join(f"{h.randrange(100):02}" for _ in range(4)),
    "affaires": lambda h: h.choice(("RG {}/{:05}", "093-{}-{:07}", "CDP-20{}-{:06}", "11-{}-{:06}")).format(
        h.randrange(10, 27), h.randrange(100_000)
    ),
}


@pytest.mark.parametrize("genre", FABRIQUES)
def test_regle_16_aucun_numero_de_machine_n_est_pris_pour_un_nir(genre: str) -> None:
    hasard = random.Random(16)  # noqa: S311 - examples, not secrets
    assert not [numero for _ in range(10_000) if contient_nir(numero := FABRIQUES[genre](hasard), cle_exigee=True)]


def test_regle_16_aucun_identifiant_opaque_n_est_pris_pour_un_nir() -> None:
    hasard = random.Random(16)  # noqa: S311 - examples, not secrets
    tires = (str(UUID(int=hasard.getrandbits(128), version=4)) for _ in range(100_000))
    assert not [tire for tire in tires if identifiant_porte_nir(tire)]
    assert not identifiant_porte_nir(str(UUID(int=3)))


@pytest.mark.parametrize(
    "fait",
    [
        "18412930-0542-9350-0000-000000000000",
        "14812930054293500000000000000000",
        "00000000-0000-0000-0148-129300542935",
        "14812930-0542-9354-8a8a-abcabcabcabc",
        "ffffffff-ffff-4fff-b148-129300542935",
        "14812930-0542-4350-8000-000000000000",
    ],
)
def test_regle_16_un_nir_mis_en_forme_d_identifiant_est_reconnu(fait: str) -> None:
    assert identifiant_porte_nir(fait)
    assert identifiant_porte_nir(fait.replace("-", "").upper())


@pytest.mark.parametrize("cle_exigee", [False, True])
@pytest.mark.parametrize("autour", ["{}", "2026-12-14_evaluations_{}", "lot-93:{}", "Voir le dossier {}, du 3."])
def test_regle_16_un_identifiant_est_juge_comme_tel_ou_qu_il_soit(autour: str, cle_exigee: bool) -> None:
    hasard = random.Random(16)  # noqa: S311 - examples, not secrets
    tires = (str(UUID(int=hasard.getrandbits(128), version=4)) for _ in range(20_000))
    assert not [tire for tire in tires if contient_nir(autour.format(tire), cle_exigee=cle_exigee)]
    for fait in ("18412930-0542-9350-0000-000000000000", "25508141-6802-5380-0000-000000000000"):
        assert contient_nir(autour.format(fait), cle_exigee=cle_exigee)
    avant, apres = UUID(int=2**128 - 1), "2 55 08 14 168 025 38"  # an id hides nothing of what stands beside it
    assert contient_nir(f"{autour.format(avant)} {apres}", cle_exigee=cle_exigee)


@given(st.text())
def test_aucun_texte_ne_fait_tomber_la_recherche(texte: str) -> None:
    assert contient_nir(texte) in {True, False}


_TEXTES = st.text(alphabet="0123456789ABabcé -.:\x7f\n", max_size=30)


@given(st.recursive(_TEXTES | st.integers(0, 10**15) | st.none(), lambda d: st.lists(d) | st.dictionaries(_TEXTES, d)))
def test_regle_16_un_corps_qui_n_est_pas_parcouru_ne_porte_rien(corps: object) -> None:
    assert textes.fautes_des_textes(corps) == list(textes._textes_interdits(corps, ""))


@pytest.mark.parametrize("nir", ["255081416802538", "2 55 08 14 168 025", "18412-2B-033.007"])
def test_regle_16_un_corps_court_qui_porte_un_nir_est_parcouru(nir: str) -> None:
    for corps in ({"dossier": nir}, {nir: 1}, [["x", {"y": nir}]]):
        assert [faute.code for faute in textes.fautes_des_textes(corps)] == ["nir"]
