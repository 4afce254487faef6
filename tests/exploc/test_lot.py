import gzip
import io
import time
from collections import Counter
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.exploc import fichier
from adapters.exploc.fichier import COLONNES, LotIllisible, ouvrir_lot
from adapters.exploc.lot import Rangee, RangeeRefusee, lire, lire_date, lire_montant

LOTS = Path(__file__).parent / "lots"
JOUR = date(2026, 11, 23)
VALEURS = {
    "num_lot": "93-2026-01",
    "num_ligne": "1",
    "ref_dossier": "093-26-0000001",
    "type_acte": "CDP",
    "ref_acte": "CDP-2026-000001",
    "etude_siret": "99920707900180",
    "date_acte": "02/03/2026",
    "date_reception": "05/03/2026",
    "parc": "PRIVE",
    "bailleur_siret": "91678008300165",
    "bailleur_nom": "SCI EXEMPLE 60",
    "nom": "MARTIN",
    "prenoms": "Inès",
    "date_naissance": "24/04/1980",
    "adresse": "1 rue de l'Exemple",
    "code_postal": "93200",
    "commune_insee": "93066",
    "dette": "2 247,70",
}


def rangee(**valeurs: str) -> str:
    return ";".join({**VALEURS, **valeurs}.get(c, "") for c in COLONNES)


def contenu(*rangees: str, fin: str = "\n") -> bytes:
    return (fin.join((";".join(COLONNES), *rangees)) + fin).encode()


def lus(octets: bytes) -> list[Rangee | RangeeRefusee]:
    return list(lire(ouvrir_lot(io.BytesIO(octets)), JOUR))


def seule(octets: bytes) -> Rangee:
    [ligne] = lus(octets)
    assert isinstance(ligne, Rangee)
    return ligne


def refus(octets: bytes) -> tuple[int, str]:
    [refuse] = [x for x in lus(octets) if isinstance(x, RangeeRefusee)]
    return refuse.numero, refuse.colonne


def extrait() -> str:
    return (LOTS / "lot-extrait.csv").read_bytes().decode("utf-8-sig")


@pytest.mark.parametrize(
    "octets",
    [
        pytest.param(lambda t: t.encode(), id="utf-8"),
        pytest.param(lambda t: t.encode("utf-8-sig"), id="utf-8 avec BOM"),
        pytest.param(lambda t: t.encode("cp1252"), id="windows-1252"),
        pytest.param(lambda t: t.replace("\n", "\r\n").encode(), id="CRLF"),
        pytest.param(lambda t: t.replace("\n", "\r\n").encode("cp1252"), id="windows-1252 CRLF"),
        pytest.param(lambda t: gzip.compress(t.encode()), id="gzip"),
    ],
)
def test_l_encodage_et_les_fins_de_ligne_ne_changent_rien(octets: Callable[[str], bytes]) -> None:
    attendus = lus(extrait().encode())
    assert len(attendus) == 894
    assert lus(octets(extrait())) == attendus


def test_une_ligne_est_lue_comme_le_format_le_promet() -> None:
    ligne = seule(contenu(rangee(observations='"vu ; ""absent""\n=SOMME(A1)"')))
    assert ligne.dette == 2_247_70
    assert ligne.date_acte == date(2026, 3, 2)
    assert ligne.observations == 'vu ; "absent"\n=SOMME(A1)'
    assert ligne.loyer is None
    assert ligne.ecartes == ()


@pytest.mark.parametrize(
    ("colonne", "valeur"),
    [
        ("type_acte", ""),
        ("type_acte", "cdp"),
        ("ref_acte", "  "),
        ("etude_siret", "9992070790018"),
        ("etude_siret", "99920707900181"),
        ("date_acte", "31/02/2026"),
        ("date_acte", "2026-03-02"),
        ("date_acte", "24/11/2026"),
        ("nom", ""),
        ("commune_insee", "75056"),
        ("commune_insee", "93059"),
        ("dette", "-12,00"),
        ("dette", "12.50"),
        ("dette", "1e3"),
        ("dette", "12,345"),
        ("dette", "1 23,00"),
        ("dette", "٣"),
    ],
)
def test_une_ligne_fautive_est_refusee_pour_sa_colonne(colonne: str, valeur: str) -> None:
    assert refus(contenu(rangee(), rangee(**{colonne: valeur}), rangee())) == (3, colonne)


def test_un_acte_du_jour_meme_n_est_pas_dans_l_avenir() -> None:
    assert seule(contenu(rangee(date_acte="23/11/2026"))).date_acte == JOUR


def test_pierrefitte_est_une_commune_jusqu_au_31_decembre_2024() -> None:
    assert seule(contenu(rangee(commune_insee="93059", date_acte="31/12/2024"))).commune_insee == "93059"
    assert refus(contenu(rangee(commune_insee="93059", date_acte="01/01/2025"))) == (2, "commune_insee")


def test_la_premiere_colonne_fautive_est_seule_citee_et_un_nir_passe_devant() -> None:
    assert refus(contenu(rangee(type_acte="X", dette="X"))) == (2, "type_acte")
    nir = "1 48 12 93 005 429 35"
    assert refus(contenu(rangee(type_acte="X", observations=nir))) == (2, "nir")


@pytest.mark.parametrize("colonne", COLONNES)
def test_un_nir_est_refuse_dans_chaque_colonne_et_jamais_repete(colonne: str) -> None:
    lu = lus(contenu(rangee(**{colonne: "148129300542935"}), rangee()))
    assert isinstance(lu[0], RangeeRefusee)
    assert lu[0].colonne == "nir"
    assert not any("148129300542935" in str(champ) for champ in lu[0])
    assert isinstance(lu[1], Rangee)


def test_un_guillemet_jamais_ferme_ne_perd_qu_une_ligne() -> None:
    octets = contenu(rangee(), rangee(observations='"jamais fermé'), *[rangee(num_ligne=str(n)) for n in range(300)])
    lu = lus(octets)
    assert Counter(type(x) for x in lu) == {Rangee: 301, RangeeRefusee: 1}
    assert [(x.numero, x.colonne) for x in lu if isinstance(x, RangeeRefusee)] == [(3, "observations")]


def test_le_numero_est_celui_de_la_ligne_du_fichier() -> None:
    octets = contenu(rangee(observations='"un\ndeux\ntrois"'), rangee(nom=""))
    assert refus(octets) == (5, "nom")


def test_trop_de_colonnes_est_un_refus_et_des_colonnes_finales_absentes_sont_vides() -> None:
    assert refus(contenu(rangee() + ";reste")) == (2, "observations")
    assert seule(contenu(rangee().rstrip(";"))).observations is None


def test_une_valeur_facultative_illisible_est_mise_a_part() -> None:
    ligne = seule(contenu(rangee(date_naissance="inconnue", nb_enfants="beaucoup", solution="?", loyer="x")))
    assert (ligne.date_naissance, ligne.nb_enfants, ligne.solution, ligne.loyer) == (None, None, None, None)
    assert ligne.ecartes == ("date_naissance", "loyer", "solution", "nb_enfants")


def test_un_texte_que_rien_ne_peut_garder_refuse_la_ligne() -> None:
    assert refus(contenu(rangee(adresse="x" * 201))) == (2, "adresse")
    assert refus(contenu(rangee(adresse="a\0b"))) == (2, "adresse")
    assert refus(contenu(rangee(nom="", adresse="x" * 201))) == (2, "nom")


@pytest.mark.parametrize(
    ("octets", "debut"),
    [
        (b"", "Le fichier est vide"),
        (b"nom;prenoms\n", "Ce n'est pas un lot EXPLOC"),
        (contenu(rangee()) + b"x" * 2_000_000, "Une ligne du fichier dépasse"),
        ("nom".encode("utf-16"), "Le fichier est en UTF-16"),
        (b"\x81\x8d;\n", "L'encodage n'est ni UTF-8 ni Windows-1252"),
        (gzip.compress(b"nom" * 1000, mtime=0)[:-9], "Le fichier compressé est tronqué"),
    ],
    # A name of its own: the bytes of a compressed file hold the second at which two workers make it.
    ids=["vide", "colonnes", "ligne", "utf-16", "encodage", "tronqué"],
)
def test_un_lot_illisible_est_refuse_en_entier(octets: bytes, debut: str) -> None:
    with pytest.raises(LotIllisible, match=debut):
        lus(octets)


def test_une_faute_d_encodage_en_fin_de_lot_est_vue_avant_la_premiere_ligne() -> None:
    with pytest.raises(LotIllisible, match="encodage"):
        ouvrir_lot(io.BytesIO(contenu(*[rangee()] * 3000) + "é\x81".encode("latin-1")))


def test_un_lot_decompresse_sans_fin_est_arrete(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fichier, "TAILLE_MAX", 1000)
    with pytest.raises(LotIllisible, match="dépasse"):
        ouvrir_lot(io.BytesIO(gzip.compress(b"0" * 5000)))


@given(st.integers(0, 10_000_000_00), st.sampled_from([" ", "\u00a0", "\u202f", ""]))
def test_tout_montant_ecrit_a_la_francaise_est_relu(centimes: int, milliers: str) -> None:
    euros = f"{centimes // 100:,}".replace(",", milliers)
    assert lire_montant(f"{euros},{centimes % 100:02}") == centimes


@given(st.dates())
def test_toute_date_du_calendrier_est_relue(jour: date) -> None:
    assert lire_date(f"{jour.day:02}/{jour.month:02}/{jour.year:04}") == jour


@given(st.text(max_size=40))
def test_aucun_texte_ne_fait_tomber_la_lecture(texte: str) -> None:
    octets = contenu(rangee(observations=texte.replace("\n", " "))).decode().encode("utf-8", "replace")
    assert all(isinstance(x, Rangee | RangeeRefusee) for x in lus(octets))


def bombe(ligne: bytes, lignes: int) -> io.BytesIO:
    """A compressed lot of so many times the same line."""
    return io.BytesIO(gzip.compress(";".join(COLONNES).encode() + b"\n" + ligne * lignes, 9))


@pytest.mark.parametrize(
    ("ligne", "lignes", "dit"),
    [
        (b"x\n", 3_000_000, "lignes"),
        (b"\n", 3_000_000, "lignes"),
        (b"x" * 4096 + b"\n", 20_000, "beaucoup plus"),
        (b";" * 500 + b"\n", 100_000, "beaucoup plus"),
        (b"\0" * 65536, 2_000, "beaucoup plus"),
    ],
)
def test_un_lot_qui_se_deplie_en_trop_est_refuse_avant_d_etre_lu(ligne: bytes, lignes: int, dit: str) -> None:
    flux, debut = bombe(ligne, lignes), time.process_time()
    assert len(flux.getvalue()) < 1 << 20
    with pytest.raises(LotIllisible, match=dit):
        ouvrir_lot(flux)
    assert time.process_time() - debut < 5
