"""Every kind of dirt that a list comes with: what is read is right, and what is not right says in which cell."""

import io
import zipfile
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from adapters.tableurs import refus
from adapters.tableurs.lecture import lire_liste
from adapters.tableurs.modele import DEBITEURS
from adapters.tableurs.processus import LecteurDeListes
from adapters.tableurs.refus import DEMESURE, ListeLue
from tests.tableurs.fichiers import EN_TEXTE, LE, LEROY, MARTIN, TITRES, avec, classeur, refait, sauf, texte

MODELES = Path(__file__).parent / "modeles"
LUES = {
    "nom": "LEROY",
    "prenoms": "Fatou",
    "date_naissance": "1955-04-24",
    "adresse": "118 avenue Jean-Jaurès",
    "code_postal": "93000",
    "commune": "93008",
    "dette": 224770,
    "arretee_au": "2026-10-31",
    "information_menage": "2026-10-05",
    "opposition": False,
}
NIR = "1 55 04 93 008 042"


def lire(octets: bytes) -> ListeLue:
    return lire_liste(octets, DEBITEURS, LE)


def valeurs(octets: bytes) -> list[dict[str, Any]]:
    lue = lire(octets)
    assert lue.refus == ""
    assert [f for ligne in lue.lignes for f in ligne.fautes] == []
    return [ligne.valeurs for ligne in lue.lignes]


def fautes(octets: bytes) -> list[tuple[str, str]]:
    lue = lire(octets)
    assert lue.refus == ""
    return [(f.cellule, f.message) for ligne in lue.lignes for f in ligne.fautes]


def refuse(octets: bytes) -> str:
    lue = lire(octets)
    assert lue.refus
    assert lue.lignes == ()
    return lue.refus


def test_une_liste_propre_est_lue_avec_ses_numeros_de_ligne() -> None:
    lue = lire(classeur(LEROY, MARTIN))
    assert (lue.refus, lue.avis) == ("", ())
    assert [ligne.numero for ligne in lue.lignes] == [2, 3]
    assert lue.lignes[0].valeurs == LUES


@pytest.mark.parametrize("nom", ["liste.xls", "liste.ods"])
def test_les_autres_formats_disent_la_meme_chose(nom: str) -> None:
    lue = lire((MODELES / nom).read_bytes())
    assert [ligne.valeurs for ligne in lue.lignes] == valeurs(classeur(LEROY, MARTIN))
    assert any("rangées masquées sont lues" in avis for avis in lue.avis)


# what is read all the same ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "dite",
    ["31/10/2026", "31-10-2026", "31.10.2026", "2026-10-31", "31 octobre 2026", "31 oct. 2026", 46326, 46326.0,
     "31/10/2026 00:00", "\u00a031/10/2026\u200b "],
)  # fmt: skip
def test_un_jour_s_ecrit_de_bien_des_facons(dite: Any) -> None:
    assert valeurs(classeur(sauf(LEROY, arretee=dite)))[0]["arretee_au"] == "2026-10-31"


def test_un_classeur_de_macintosh_compte_de_1904() -> None:
    propre = classeur(sauf(LEROY, arretee=46326 - 1462, naissance=None, informe="05/10/2026"))
    de_1904 = refait(propre, workbook=lambda xml: xml.replace("<workbookPr ", '<workbookPr date1904="1" '))
    assert valeurs(de_1904)[0]["arretee_au"] == "2026-10-31"
    [(cellule, message)] = fautes(propre)
    assert (cellule, "plus de deux ans" in message) == ("H2", True)


@pytest.mark.parametrize(
    ("dit", "centimes"),
    [
        ("2247,70", 224770), ("2 247,70 €", 224770), ("2\u202f247,70\u00a0€", 224770), ("2.247,70", 224770),
        ("2,247.70", 224770), ("2247.7", 224770), ("2247", 224700), ("2247 EUR", 224700),
        (2247.7000000000003, 224770), (0.1 + 0.2, 30), ("2,2 k€", 220000), ("+812", 81200), ("1 234 567,8", 123456780),
        ("1'234.50", 123450), (0, 0),
    ],
)  # fmt: skip
def test_un_montant_s_ecrit_de_bien_des_facons(dit: Any, centimes: int) -> None:
    assert valeurs(classeur(sauf(LEROY, dette=dit)))[0]["dette"] == centimes


def test_l_unite_du_titre_compte() -> None:
    titres = [*TITRES[:6], "Dette (en k€)", *TITRES[7:]]
    assert valeurs(classeur(sauf(LEROY, dette=2.2), titres=titres))[0]["dette"] == 220000
    assert valeurs(classeur(sauf(LEROY, dette=2.2), titres=[*TITRES[:6], "Dette en €", *TITRES[7:]]))[0]["dette"] == 220


def test_les_titres_se_reconnaissent_malgre_casse_accents_ordre_et_synonymes() -> None:
    titres = ["NOM DU LOCATAIRE ", "prenom(s)", "Né(e) le", "ADRESSE\nDU LOGEMENT", "C.P.", "ville", "Solde débiteur",
              "date d’arrêté", "Date d'information", "S'oppose"]  # fmt: skip
    assert valeurs(classeur(LEROY, titres=titres)) == [LUES]
    assert valeurs(classeur(LEROY[::-1], titres=TITRES[::-1])) == [LUES]


def test_des_rangees_de_titre_peuvent_preceder_l_entete() -> None:
    avant: Sequence[Sequence[Any]] = [["OPH de Synthèse"], [], ["Liste des débiteurs au", date(2026, 10, 31)]]
    lue = lire(classeur(LEROY, avant=avant, geste=lambda _, f: f.merge_range("A1:J1", "OPH de Synthèse")))
    assert [(ligne.numero, ligne.valeurs) for ligne in lue.lignes] == [(5, LUES)]


def test_rangees_vides_titres_repetes_et_totaux_ne_sont_pas_des_menages() -> None:
    total = ["TOTAL", None, None, None, None, None, 3059.7]
    lue = lire(classeur(LEROY, [], [None, "  ", "\u00a0"], TITRES, MARTIN, [], total))
    assert [ligne.numero for ligne in lue.lignes] == [2, 6]
    assert lue.avis == ("Ligne 8 : un total, qui n'est pas lu.",)
    assert [ligne.fautes for ligne in lue.lignes] == [(), ()]


def test_quelqu_un_peut_s_appeler_total() -> None:
    assert valeurs(classeur(sauf(LEROY, nom="TOTAL")))[0]["nom"] == "TOTAL"


def test_ce_qui_ne_se_voit_pas_est_ote_des_textes() -> None:
    sale = sauf(LEROY, nom="\u200b LE\u00adROY\u00a0", prenom="Fatou\ufeff  ")
    assert valeurs(classeur(sale)) == [LUES]


def test_ce_qui_est_masque_n_est_pas_lu_et_le_rapport_le_dit() -> None:
    def masquer(livre: Any, feuille: Any) -> None:
        feuille.set_row(1, None, None, {"hidden": True})
        feuille.set_column("B:B", None, None, {"hidden": True})
        cachee = livre.add_worksheet("Cachée")
        for rang, rangee in enumerate((TITRES, MARTIN)):
            cachee.write_row(rang, 0, [str(v) for v in rangee])
        cachee.hide()

    lue = lire(classeur(LEROY, MARTIN, geste=masquer))
    assert [ligne.numero for ligne in lue.lignes] == [3]
    assert "prenoms" not in lue.lignes[0].valeurs
    assert lue.avis == (
        "Les feuilles masquées du classeur n'ont pas été lues.",
        "Colonne B : masquée, donc non lue.",
        "Ligne 2 : masquée, donc non lue. Affichez-la si elle fait partie de la liste.",
    )


def test_la_bonne_feuille_est_trouvee_ou_qu_elle_soit() -> None:
    def autres(livre: Any, _: Any) -> None:
        livre.add_worksheet("Notice").write("A1", "Mode d'emploi")
        livre.worksheets_objs.sort(key=lambda f: f.get_name() != "Notice")

    assert valeurs(classeur(LEROY, geste=autres)) == [LUES]


def test_une_formule_vaut_son_resultat_et_n_est_pas_evaluee() -> None:
    lue = sauf(LEROY, dette="=1+1→2247.7", nom='=UPPER("x")→LEROY')
    assert valeurs(classeur(lue)) == [LUES]


def test_les_nombres_qui_sont_des_numeros_retrouvent_leurs_zeros() -> None:
    titres = [*TITRES, "RPLS", "SIRET"]
    lue = valeurs(classeur([*sauf(LEROY, cp=1400), 3523902547, 5680000000012], titres=titres))[0]
    assert (lue["code_postal"], lue["id_rpls"]) == ("01400", "3523902547")
    assert lue["bailleur_siret"] == "05680000000012"
    assert (
        valeurs(classeur([*LEROY, 3523902547.0, 93667127000267.0], titres=titres))[0]["bailleur_siret"]
        == "93667127000267"
    )


def test_un_telephone_en_nombre_est_dans_une_colonne_que_la_liste_n_a_pas() -> None:
    lue = lire(classeur([*LEROY, 612345678], titres=[*TITRES, "Téléphone"]))
    assert lue.lignes[0].valeurs == LUES
    assert lue.avis == ("Colonne K : non lue, la liste n'en a pas l'emploi.",)


def test_un_csv_renomme_est_lu_pour_ce_qu_il_est() -> None:
    attendues = {**LUES, "adresse": "118 avenue"}
    for separateur in (";", "\t", ",", "|"):
        ligne = [v.replace(",", ".") for v in EN_TEXTE]
        assert valeurs(texte(TITRES, ligne, separateur=separateur)) == [attendues]
    for encodage in ("utf-8", "utf-8-sig", "cp1252"):
        assert valeurs(texte(TITRES, EN_TEXTE, encodage=encodage)) == [attendues], encodage
    assert valeurs(b"sep=;\r\n" + texte(TITRES, EN_TEXTE)) == [attendues]
    assert valeurs(texte(TITRES, [*EN_TEXTE[:3], '"118\navenue"', *EN_TEXTE[4:]])) == [attendues]


def test_oui_et_non_s_ecrivent_de_bien_des_facons() -> None:
    for dit in ("Oui", "X", "vrai", True, 1):
        assert valeurs(classeur(sauf(LEROY, opposition=dit)))[0]["opposition"] is True
    for dit in ("non", "N", False, 0):
        assert valeurs(classeur(sauf(LEROY, opposition=dit)))[0]["opposition"] is False


def test_le_parc_se_dit_en_mots() -> None:
    for dit, code in (("Parc social", "SOCIAL"), ("HLM", "SOCIAL"), ("privé", "PRIVE"), ("Logement-foyer", "FOYER")):
        assert valeurs(classeur([*LEROY, dit], titres=[*TITRES, "Parc"]))[0]["parc"] == code


# what is a fault, and where --------------------------------------------------------------------------------------

DATE, MONTANT = "arretee", "dette"
FAUTES: Sequence[tuple[str, Any, str]] = (
    (DATE, "10/27/2026", "Le mois est écrit avant le jour"),
    (DATE, "31/10/26", "L'année est sur deux chiffres"),
    (DATE, "31/02/2026", "Ce jour n'existe pas au calendrier"),
    (DATE, "fin octobre", "Un jour est attendu, comme 31/10/2026"),
    (DATE, "25/12/2026", "Ce jour n'est pas encore venu"),
    (DATE, True, "Un jour est attendu"),
    (DATE, 2026, "Ce jour a plus de deux ans"),
    (DATE, "31/10/1926", "Ce jour a plus de deux ans"),
    (MONTANT, "environ 2000", "Un montant est attendu"),
    (MONTANT, "(2247,70)", "Le montant est négatif"),
    (MONTANT, -2247.7, "Le montant est négatif"),
    (MONTANT, "1.234", "Milliers ou décimales ?"),
    (MONTANT, "2247,705", "plus de deux décimales"),
    (MONTANT, True, "Un montant est attendu"),
    (MONTANT, 99_000_000, "dépasse dix millions"),
    (MONTANT, "#REF!", "Cette formule donne une erreur"),
    (MONTANT, "=Z9→#REF!", "Cette formule donne une erreur"),
    (MONTANT, date(2026, 10, 31), "Un montant est attendu"),
    ("nom", 12345, "Un nom est attendu"),
    ("nom", "NC", "Un nom est attendu"),
    ("nom", None, "La cellule est vide"),
    ("nom", "=A9→#N/A", "Cette formule donne une erreur"),
    ("commune", "93000", "Une commune de Seine-Saint-Denis est attendue"),
    ("commune", "Lyon", "Une commune de Seine-Saint-Denis est attendue"),
    ("cp", "F-93000", "Un code postal est attendu"),
    ("adresse", date(2026, 1, 3), "Un texte est attendu"),
    ("adresse", "x" * 600, "Ce texte dépasse 500 caractères"),
    ("informe", None, "La cellule est vide"),
    ("informe", "oui", "Un jour est attendu"),
    ("opposition", "peut-être", "« oui » ou « non » est attendu"),
    ("opposition", "=A9→#N/A", "Cette formule donne une erreur"),
    ("opposition", None, "La cellule est vide"),
    ("adresse", f"118 avenue, {NIR}", "numéro de sécurité sociale"),
    ("cp", 1550493008042, "numéro de sécurité sociale"),
)
PLACES = dict(
    zip(("nom", "adresse", "cp", "commune", "dette", "arretee", "informe", "opposition"), "ADEFGHIJ", strict=True)
)


@pytest.mark.parametrize(("colonne", "valeur", "phrase"), FAUTES)
def test_une_cellule_sale_est_une_faute_qui_dit_ou(colonne: str, valeur: Any, phrase: str) -> None:
    [(cellule, message)] = fautes(classeur(MARTIN, sauf(LEROY, **{colonne: valeur})))
    assert cellule == f"{PLACES[colonne]}3"
    assert phrase in message
    assert message.endswith((".", "fichier.")), message
    dit = str(valeur)
    assert valeur is None or len(dit) < 4 or dit not in message  # nothing that was typed is repeated


def test_un_siret_en_notation_scientifique_a_perdu_ses_chiffres() -> None:
    titres = [*TITRES, "SIRET", "RPLS"]
    trouvees = fautes(classeur([*LEROY, "9,36671E+13", "3,52E+09"], titres=titres))
    assert [c for c, _ in trouvees] == ["K2", "L2"]
    assert all("notation scientifique" in m for _, m in trouvees)
    [(cellule, message)] = fautes(classeur([*LEROY, "93667127000268", "3523902547"], titres=titres))
    assert (cellule, "clé" in message) == ("K2", True)


def test_une_formule_sans_resultat_est_une_faute() -> None:
    vide = refait(
        classeur(sauf(LEROY, dette="=1+1→7")), sheet1=lambda xml: xml.replace("<f>1+1</f><v>7</v>", "<f>1+1</f>")
    )
    [(cellule, message)] = fautes(vide)
    assert (cellule, "donne une erreur, ou rien" in message) == ("G2", True)


def test_un_nombre_n_est_un_jour_que_dans_un_classeur() -> None:
    ligne = list(EN_TEXTE)
    ligne[7] = "46326"
    [(cellule, _)] = fautes(texte(TITRES, ligne))
    assert cellule == "H2"


def test_un_nir_est_refuse_meme_dans_une_colonne_qui_n_est_pas_lue() -> None:
    for dit in (NIR, 155049300804255, "155049300804255"):
        [(cellule, message)] = fautes(classeur([*LEROY, dit], titres=[*TITRES, "N° sécu"]))
        assert (cellule, "NIR" in message) == ("K2", True)
        assert "1550" not in message.replace(" ", "")


def test_un_menage_deux_fois_est_une_faute_de_la_seconde() -> None:
    double = sauf(LEROY, nom="Leroy", prenom="FATOU", dette=1)
    [(cellule, message)] = fautes(classeur(LEROY, MARTIN, double))
    assert (cellule, "déjà à la ligne 2" in message) == ("4", True)


def test_des_cellules_fusionnees_sont_une_faute_de_leurs_lignes() -> None:
    trouvees = fautes(classeur(LEROY, MARTIN, geste=lambda _, f: f.merge_range("F2:F3", "Bobigny")))
    assert [c for c, m in trouvees if "fusionnées" in m] == ["2", "3"]


def test_plusieurs_fautes_d_une_ligne_sont_toutes_dites() -> None:
    trouvees = fautes(classeur(sauf(LEROY, dette="?", arretee="?", nom=None)))
    assert sorted(c for c, _ in trouvees) == ["A2", "G2", "H2"]


# what is refused whole -------------------------------------------------------------------------------------------


def _colonnes(*, sans: str = "", deux: str = "") -> bytes:
    places = [rang for rang, titre in enumerate(TITRES) if titre != sans]
    titres, ligne = [TITRES[r] for r in places], [LEROY[r] for r in places]
    if deux:
        titres, ligne = [*titres, deux], [*ligne, LEROY[TITRES.index("Dette")]]
    return classeur(ligne, titres=titres)


def test_une_colonne_manquante_ou_double_se_nomme() -> None:
    assert "la colonne « ménage informé le »" in refuse(_colonnes(sans="Informé le"))
    assert "Les colonnes G et K disent toutes « dette »" in refuse(_colonnes(deux="Impayé"))


def test_deux_feuilles_de_liste_sont_une_de_trop() -> None:
    def doubler(livre: Any, _: Any) -> None:
        seconde = livre.add_worksheet("Novembre")
        seconde.write_row(0, 0, TITRES)
        seconde.write_row(1, 0, [str(v) for v in MARTIN])

    assert "Plusieurs feuilles" in refuse(classeur(LEROY, geste=doubler))


def test_une_autre_feuille_que_la_liste_dit_ce_qui_manque() -> None:
    dit = refuse(classeur(["a", "b"], titres=["Produit", "Prix"]))
    assert dit.startswith("Aucune feuille ne porte les titres de la liste")
    assert "« nom », « adresse »" in dit


def test_des_titres_seuls_ne_sont_pas_une_liste() -> None:
    assert "aucune ligne" in refuse(classeur())
    assert "aucune ligne" in refuse(texte(TITRES))


def _feuilles(livre: Any, _: Any) -> None:
    for _rang in range(25):
        livre.add_worksheet()


CHIFFRE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600) + "EncryptedPackage".encode("utf-16-le")
MACRO_XLS = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600) + "_VBA_PROJECT_CUR".encode("utf-16-le")
PAGE = b"\xef\xbb\xbf\r\n<html><table><tr><td>Nom</td></tr></table></html>"
REFUSES: Sequence[tuple[str, bytes, str]] = (
    ("vide", b"", "Le fichier est vide"),
    ("blanc", b" \r\n ", "Le fichier est vide"),
    ("protégé", CHIFFRE, "mot de passe"),
    ("macros", avec(classeur(LEROY), "xl/vbaProject.bin", b"x"), "macros"),
    ("macros de 1997", MACRO_XLS, "macros"),
    ("page", PAGE, "page web"),
    ("pdf", b"%PDF-1.7 Nom;Dette", "n'est pas un tableur"),
    ("image", b"\x89PNG\r\n\x1a\n0000", "n'est pas un tableur"),
    ("utf-16", "Nom;Dette".encode("utf-16"), "UTF-16"),
    ("octets", b"Nom;\0\0\1Dette", "n'est pas un tableur"),
    ("tronqué", classeur(LEROY)[:2000], DEMESURE),
    ("trop lourd", b"Nom;Dette\r\n" * 600_000, "dépasse 5 Mo"),
    ("trop de rangées", texte(TITRES, *[["x"]] * 6000), "trop grande"),
    ("trop de colonnes", texte(["c"] * 200), "trop grande"),
    ("trop de lignes", texte(TITRES, *[EN_TEXTE] * 1200), "dépasse 1000 lignes"),
    ("trop de fautes", texte(TITRES, *[["x"] * 10] * 900), "sont à corriger"),
    ("cellule au bout", classeur(LEROY, geste=lambda _, f: f.write_string(1_048_575, 0, "x")), "trop grande"),
    ("trop de feuilles", classeur(LEROY, geste=_feuilles), "20 feuilles"),
    ("dtd", refait(classeur(LEROY), workbook=lambda x: x.replace("<workbook", "<!DOCTYPE a []><workbook")), DEMESURE),
)  # fmt: skip


@pytest.mark.parametrize(("octets", "phrase"), [r[1:] for r in REFUSES], ids=[r[0] for r in REFUSES])
def test_un_fichier_qui_n_est_pas_une_liste_dit_pourquoi(octets: bytes, phrase: str) -> None:
    assert phrase in refuse(octets)


def test_un_document_qui_n_est_pas_un_classeur_le_dit() -> None:
    flux = io.BytesIO()
    with zipfile.ZipFile(flux, "w") as archive:
        archive.writestr("word/document.xml", "<a/>")
    assert "n'est pas un tableur" in refuse(flux.getvalue())


# apart, and bounded ----------------------------------------------------------------------------------------------


async def test_le_processus_lit_comme_la_fonction() -> None:
    octets = classeur(LEROY, sauf(MARTIN, dette="?"))
    assert await LecteurDeListes().lire(octets, "debiteurs", LE) == lire(octets)


def bombe(part: str, taille: int) -> bytes:
    """A workbook, one part of which unfolds into that many bytes, and says that it does not."""
    flux = io.BytesIO()
    with (
        zipfile.ZipFile(flux, "w", zipfile.ZIP_DEFLATED) as archive,
        zipfile.ZipFile(io.BytesIO(classeur(LEROY))) as lu,
    ):
        for nom in lu.namelist():
            if nom != part:
                archive.writestr(nom, lu.read(nom))
        debut, balise, fin = lu.read(part).decode().partition("<sheetData>" if "sheet1" in part else "<si>")
        with archive.open(part, "w") as feuille:
            feuille.write(debut.encode())
            for _ in range(taille >> 20):
                feuille.write(b" " * (1 << 20))
            feuille.write(f"{balise}{fin}".encode())
    octets = bytearray(flux.getvalue())
    [vraie] = [i for i in zipfile.ZipFile(io.BytesIO(bytes(octets))).infolist() if i.filename == part]
    rang = octets.rfind(vraie.file_size.to_bytes(4, "little"))
    octets[rang : rang + 4] = (4096).to_bytes(4, "little")
    return bytes(octets)


@pytest.mark.parametrize("part", ["xl/worksheets/sheet1.xml", "xl/sharedStrings.xml"])
async def test_une_bombe_qui_ment_sur_sa_taille_ne_dure_ni_ne_pese(part: str) -> None:
    octets = bombe(part, 700 << 20)
    assert len(octets) < refus.OCTETS_MAX
    lue = await LecteurDeListes().lire(octets, "debiteurs", LE)
    assert (lue.refus, lue.lignes) == (DEMESURE, ())


async def test_un_fichier_qui_dure_est_refuse(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("adapters.tableurs.processus.DELAI_S", 0.01)
    assert (await LecteurDeListes().lire(classeur(LEROY), "debiteurs", LE)).refus == DEMESURE


async def test_une_bombe_qui_dit_sa_taille_est_refusee_avant() -> None:
    assert refuse(avec(classeur(LEROY), "xl/worksheets/sheet9.xml", b" " * (70 << 20))) == DEMESURE
