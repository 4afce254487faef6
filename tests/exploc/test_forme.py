"""The shape of a lot is its header's, its encoding is settled line by line, and what is not taken is told."""

import csv
import gzip
import io

import pytest

from adapters.exploc.fichier import COLONNES, LotIllisible, ouvrir_lot
from adapters.exploc.lot import Rangee, RangeeRefusee
from adapters.exploc.rapport import REFUS_LISTES, Decompte, ecrire_refus, texte
from tests.exploc.test_lot import VALEURS, contenu, lus, rangee, refus, seule

ENTETE = ";".join(COLONNES)


def accente(encodage: str, **valeurs: str) -> bytes:
    return rangee(**{"nom": "Lefèvre", "prenoms": "Zoé", **valeurs}).encode(encodage)


def lot(*lignes: bytes, fin: bytes = b"\n") -> bytes:
    return fin.join((ENTETE.encode(), *lignes)) + fin


def test_un_point_virgule_final_une_colonne_inconnue_ou_des_cellules_vides_ne_refusent_rien() -> None:
    for ajout_entete, ajout in (
        (";", ";"),
        (";commentaire", ";vu"),
        (";Suivi par;;", ";X;;"),
        ("", ";;;;"),
        ("", "; ;\t"),
    ):
        octets = f"{ENTETE}{ajout_entete}\n{rangee()}{ajout}\n{rangee(ref_acte='A-2')}{ajout}\n".encode()
        assert [type(x) for x in lus(octets)] == [Rangee, Rangee]


def test_les_colonnes_se_trouvent_par_leur_nom_et_les_inconnues_sont_nommees_une_fois() -> None:
    noms = ["remarque", *reversed(COLONNES), "Suivi", "x" * 41, "148129300542935"]
    valeurs = {**VALEURS, "remarque": "r", "Suivi": "s"}
    octets = (";".join(noms) + "\n" + ";".join(valeurs.get(n, "") for n in noms) + "\n").encode()
    assert seule(octets).nom == VALEURS["nom"]
    assert ouvrir_lot(io.BytesIO(octets)).entete.ignorees == ("remarque", "suivi", "colonne 35", "colonne 36")


def test_une_valeur_au_dela_de_l_en_tete_refuse_la_ligne_pour_cette_raison() -> None:
    [lue] = lus(contenu(rangee() + ";;reste"))
    assert isinstance(lue, RangeeRefusee)
    assert lue.motif == "une valeur se trouve au-delà de la dernière colonne de l'en-tête"
    assert "reste" not in lue.motif.split()


def test_une_colonne_donnee_deux_fois_refuse_le_fichier_en_la_nommant() -> None:
    for entete, nommee in ((f"{ENTETE};nom", "nom"), (f"{ENTETE}; Nom ", "nom"), (f"note;{ENTETE};note", "note")):
        with pytest.raises(LotIllisible, match=f"deux fois la colonne « {nommee} »"):
            lus(f"{entete}\n{rangee()}\n".encode())


@pytest.mark.parametrize("rien", [";" * 31, "   ", "\t;\u00a0; ", ";" * 60, '"";""', "\x1a", ";\x1a", "\u200b"])
def test_une_ligne_ou_rien_n_est_ecrit_n_est_pas_une_ligne(rien: str) -> None:
    octets = f"{rien}\n{ENTETE}\n{rien}\n{rangee()}\n{rien}\n{rien}".encode()
    assert [type(x) for x in lus(octets)] == [Rangee]
    assert refus(f"{ENTETE}\n{rien}\n{rangee(nom='')}\n".encode()) == (3, "nom")


@pytest.mark.parametrize("premiere", ["sep=;", "SEP=;", "\ufeffsep=;", "sep=;\n"])
def test_une_premiere_ligne_sep_est_lue(premiere: str) -> None:
    assert seule(f"{premiere}\n{ENTETE}\n{rangee()}\n".encode()).nom == VALEURS["nom"]


@pytest.mark.parametrize(("separateur", "nom"), [(",", "la virgule"), ("\t", "la tabulation"), ("|", "la barre")])
def test_un_autre_separateur_est_nomme(separateur: str, nom: str) -> None:
    for debut in ("", f"sep={separateur}\n"):
        with pytest.raises(LotIllisible, match=nom):
            lus(debut.encode() + ENTETE.replace(";", separateur).encode() + b"\n")


def test_chaque_ligne_a_son_encodage_et_celles_de_windows_sont_comptees() -> None:
    octets = lot(
        accente("utf-8"), accente("cp1252", adresse="3 allée de l’Étoile"), rangee().encode(), accente("utf-8")
    )
    assert [(x.nom, x.prenoms) for x in lus(octets) if isinstance(x, Rangee)] == [
        ("Lefèvre", "Zoé"), ("Lefèvre", "Zoé"), ("MARTIN", "Inès"), ("Lefèvre", "Zoé"),
    ]  # fmt: skip
    assert [ouvrir_lot(io.BytesIO(o)).windows for o in (octets, gzip.compress(octets), lot(accente("utf-8")))] == [
        1,
        1,
        0,
    ]


@pytest.mark.parametrize("fin", [b"\n", b"\r\n", b"\r"])
@pytest.mark.parametrize("marque", [b"", b"\xef\xbb\xbf"])
def test_une_marque_et_toute_fin_de_ligne_vont_avec_un_melange(fin: bytes, marque: bytes) -> None:
    octets = marque + lot(accente("utf-8", observations='"un\ndeux é"'), accente("cp1252", nom="Ñáñez"), fin=fin)
    assert [x.nom for x in lus(octets) if isinstance(x, Rangee)] == ["Lefèvre", "Ñáñez"]


@pytest.mark.parametrize(
    "octets",
    [
        accente("cp850"),
        accente("mac-roman"),
        accente("cp850", nom="LÉVÊQUE"),
        accente("mac-roman", nom="Garçon"),
        b"\x81",
    ],
)
def test_un_autre_encodage_refuse_le_fichier_avec_sa_ligne_et_le_remede(octets: bytes) -> None:
    with pytest.raises(LotIllisible, match=r"ligne 3.*enregistrez le fichier en UTF-8"):
        ouvrir_lot(io.BytesIO(lot(rangee().encode(), octets)))


@pytest.mark.parametrize("encodage", ["utf-16", "utf-16-le", "utf-16-be", "utf-32"])
def test_l_utf_16_est_nomme_avec_ou_sans_marque(encodage: str) -> None:
    with pytest.raises(LotIllisible, match="UTF-16"):
        ouvrir_lot(io.BytesIO(contenu(rangee()).decode().encode(encodage)))


ILLISIBLES = {
    "date_naissance": ("00/00/1965", "32874", "12/04/2087", "12/04/0987", "01/01/0001", "31/12/1899", "03/03/2026"),
    "date_reception": ("01/01/0001", "01/03/2026", "24/11/2026"),
    "dette_arretee_au": ("2/3/2026", "31/08/2062", "06/03/2026"),
    "date_audience": ("01/01/2050", "12/04/0987"),
    "loyer": ("512.40", "x"),
    "charges": ("61,00 €",),
    "bailleur_siret": ("9,00001E+13", "91678008300166", "NC", "00000000000000"),
    "parc": ("Social", "FOYER"),
    "nb_adultes": ("2,0", "31"),
    "id_rpls": ("NC", "0", "352390254", "7777777777", "3,52E+09"),
    "ref_dossier": ("NC", "n/a", "2,02E+11", "0"),
    "num_rg": ("sans objet", "?"),
    "prenoms": ("-", "NULL"),
    "bailleur_nom": ("néant",),
    "adresse": ("INCONNUE",),
    "delais_mois": ("37", "60", "0", "deux"),
}


@pytest.mark.parametrize(("colonne", "valeur"), [(c, v) for c, valeurs in ILLISIBLES.items() for v in valeurs])
def test_ce_qui_n_est_pas_pris_est_dit_par_ligne_et_colonne_jamais_par_son_contenu(colonne: str, valeur: str) -> None:
    ligne = seule(contenu(rangee(**{"parc": "SOCIAL", "type_acte": "JUGEMENT", colonne: valeur})))
    assert ligne.ecartes == (colonne,)
    decompte = Decompte(rangees=1)
    decompte.accepter(ligne)
    rapport = decompte.rapport()
    assert rapport["ecartes_par_colonne"] == {colonne: 1}
    assert [(e["ligne"], e["colonne"]) for e in rapport["ecartes"]] == [(2, colonne)]
    flux = io.StringIO()
    ecrire_refus(flux, rapport)
    [entete, dite] = csv.reader(flux.getvalue().splitlines(), delimiter=";")
    assert (entete, dite[:2]) == (["ligne", "colonne", "motif"], ["2", colonne])
    if len(valeur) > 4:
        assert valeur not in str(rapport) + texte(rapport, ecrit=False) + flux.getvalue()
    assert colonne in texte(rapport, ecrit=False)


def test_un_numero_de_logement_n_est_rien_dans_le_parc_prive() -> None:
    assert seule(contenu(rangee(id_rpls="3523902547"))).ecartes == ("id_rpls",)


def test_un_siret_et_un_numero_ecrits_en_groupes_sont_lus() -> None:
    groupes = {
        "bailleur_siret": "916 780 083 00165",
        "etude_siret": "999\u00a0207\u202f079 00180",
        "id_rpls": "3523 902 547",
    }
    ligne = seule(contenu(rangee(parc="SOCIAL", **groupes)))
    assert (ligne.bailleur_siret, ligne.etude_siret, ligne.id_rpls) == (
        "91678008300165",
        "99920707900180",
        "3523902547",
    )
    assert ligne.ecartes == ()


@pytest.mark.parametrize(
    ("colonne", "valeur"),
    [("ref_acte", "NC"), ("ref_acte", "2,02E+11"), ("ref_acte", "#N/A"), ("nom", "XXX"), ("nom", "\u200b"),
     ("etude_siret", "00000000000000"), ("date_acte", "02/11/0226"), ("date_acte", "31/12/1989"),
     ("observations", "a\x1b[2J"), ("adresse", "\u202eeur"), ("nom", "MAR\x01TIN")],
)  # fmt: skip
def test_ce_qui_est_obligatoire_et_ne_dit_rien_refuse_la_ligne(colonne: str, valeur: str) -> None:
    assert refus(contenu(rangee(**{colonne: valeur}))) == (2, colonne)


def test_delais_bornes_selon_la_date_du_jugement() -> None:
    assert seule(contenu(rangee(type_acte="JUGEMENT", delais_mois="36"))).delais_mois == 36
    ancien = rangee(
        type_acte="JUGEMENT", delais_mois="36", date_acte="26/03/2014", date_reception="", date_naissance=""
    )
    assert seule(contenu(ancien)).ecartes == ("delais_mois",)


def test_les_refus_sont_plafonnes_et_comptes() -> None:
    decompte = Decompte(rangees=REFUS_LISTES + 5)
    for numero in range(REFUS_LISTES + 5):
        decompte.ecarter(RangeeRefusee(numero, "type_acte", "x"))
    rapport = decompte.rapport()
    assert (rapport["rejected"], len(rapport["refus"])) == (REFUS_LISTES + 5, REFUS_LISTES)
    assert rapport["rejected_by_field"] == {"type_acte": REFUS_LISTES + 5}
