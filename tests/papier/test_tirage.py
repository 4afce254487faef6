"""A paper in itself: how many pages, which signs, and that nothing of anybody's is ever read as Typst."""

import re
import unicodedata
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pypdf import PageObject

from adapters.papier.courrier import TAILLES
from adapters.papier.impossible import PHRASES, PapierImpossible
from adapters.papier.modeles import COURRIERS, ModeleInvalide, modeles
from adapters.papier.modeles import lire as lire_modele
from adapters.papier.signes import CASE, Copiste, intervalles
from adapters.papier.tirage import _compiler, compiler, tirer
from ledger.catalogue import catalogue, champs
from policies import tables
from tests.papier.mondes import MARQUE, commande, fait, lire, matiere, menage, pages, situe, texte, titulaire

HOSTILES = (
    '#read("/etc/passwd")',
    '#import "@preview/cetz:0.3.0": *',
    "$x^2$ *gras* _ital_ `code` // commentaire",
    '"guillemets" \\ antislash ] [ } {',
    "{expediteur} {0} {nom!r}",
    "<label> @ref #panic()",
    "O'Brien–D’Été & « Cœur »",
    "Nguyễn Thị Ẩn, Łukasz Żółć, İbrahim Ğül",
)


def lieux(page: PageObject) -> list[tuple[float, float, str]]:
    """Where each piece of text begins on a page, in points from its lower left corner."""
    trouves: list[tuple[float, float, str]] = []

    def noter(dit: str, cm: list[float], tm: list[float], *_: object) -> None:
        if dit.strip():
            trouves.append((tm[4] * cm[0] + tm[5] * cm[2] + cm[4], tm[4] * cm[1] + tm[5] * cm[3] + cm[5], dit))

    page.extract_text(visitor_text=noter)
    assert trouves
    return trouves


@pytest.mark.parametrize("nom", HOSTILES)
def test_ce_que_quelqu_un_a_ecrit_est_imprime_tel_quel(nom: str) -> None:
    octets = tirer(commande("synthese", matiere(titulaire(nom), fait("DossierOuvert", adresse=nom))))
    lu = texte(octets)
    assert lu.count(" ".join(nom.split())) >= 2
    assert "root:" not in lu
    assert pages(octets) <= 2


def test_les_noms_ecrits_de_droite_a_gauche_et_les_signes_sans_dessin() -> None:
    # An override of direction would make a line read otherwise than it is kept; an emoji has no glyph.
    octets = tirer(commande("synthese", matiere(titulaire("بن علي", "فاطمة"), titulaire("A\u202ebmirp\u202c 😀🏠"))))
    lu = texte(octets)
    assert set("فاطمةبنعلي") <= set(unicodedata.normalize("NFKC", lu))
    assert f"Abmirp {CASE}{CASE}" in lu
    assert "signes que cette page ne peut pas imprimer" in lu


def test_un_nom_decompose_est_le_meme_nom() -> None:
    assert "Élodie" in texte(tirer(commande("synthese", matiere(titulaire(unicodedata.normalize("NFD", "Élodie"))))))


def test_un_mot_de_cinq_cents_signes_ne_sort_pas_de_la_page() -> None:
    octets = tirer(commande("synthese", matiere(titulaire("W" * 500))))
    mots = [lieu for page in lire(octets).pages for lieu in lieux(page) if "W" in lieu[2]]
    assert len({y for _, y, _ in mots}) > 16
    assert all(x < 530 and dit.count("W") <= 30 for x, _, dit in mots)
    assert texte(octets).count("W") >= 500


def enorme(n: int) -> dict[str, Any]:
    """A case of every type of fact, many times over, each field as long as it may be."""
    faits = []
    for nom, cls in catalogue().items():
        dits = {c: "Mot " * 125 for c, d in champs(cls).items() if d.nature.name == "TEXTE" and c != "commune"}
        faits += [fait(nom, f"2026-0{1 + rang % 9}-11", organisation="Organisation " * 20, **dits) for rang in range(n)]
    assert len(faits) > 80 * n
    dite = {
        "donnee": "dette", "libelle": "dette locative", "de": None, "valeur": 1, "contredite": True,
        "assertions": [
            {"type": "DetteDeclaree", "champ": "montant", "valeur": 100 + rang, "etat": "contraire",
             "auteur": {"organisation": "Organisation " * 20}, "vrai_au": "2026-10-01"}
            for rang in range(20)
        ],
    }  # fmt: skip
    m = matiere(*faits, titulaire("Long " * 100))
    m["situation"]["donnees"] = [dite, *({**dite, "donnee": f"autre{rang}"} for rang in range(30))]
    m["document"]["non_communique"] = [
        {"groupe": f"F{rang:02}", "libelle": f"un groupe de données numéro {rang}", "motif": f"Motif {rang % 8}."}
        for rang in range(30)
    ]
    return m


@pytest.mark.parametrize("n", [1, 30])
def test_la_synthese_tient_sur_deux_pages_et_compte_ce_qui_reste(n: int) -> None:
    m = enorme(n)
    octets = tirer(commande("synthese", m))
    lu = texte(octets)
    assert pages(octets) == 2
    assert "se lisent dans le dossier partagé" in lu
    restes = sum(int(x) for x in re.findall(r"(\d+) autres? faits?, plus anciens?,", lu))
    imprimes = lu.count("(Organisation ")
    assert restes > 0
    # Each fact is printed, or counted: none is lost between the two.
    assert restes + imprimes >= len(m["document"]["faits"])


def page_de(dit: str) -> dict[str, Any]:
    return {"titre": "Signes", "fiches": [], "paysage": False, "retenu": dit}


def test_chaque_signe_de_la_table_s_imprime_et_nul_autre() -> None:
    points = [chr(p) for a, b in intervalles() for p in range(a, b + 1)]
    lettres = [c for c in points if unicodedata.category(c)[0] != "M" and unicodedata.is_normalized("NFC", c)]
    assert len(lettres) > 3500
    copiste = Copiste()
    assert pages(_compiler("dossier", page_de(" ".join(lettres)), MARQUE, copiste)) >= 1
    assert copiste.remplaces == 0
    assert copiste.copier("漢字😀") == CASE * 3
    assert copiste.copier("q\u0309") == f"q{CASE}"
    assert copiste.remplaces == 4
    assert copiste.copier({"a": ["\x00\u200dx\ny"]}) == {"a": ["x y"]}


@settings(max_examples=300, deadline=None)
@given(st.text(max_size=60))
def test_aucun_texte_n_empeche_un_document(dit: str) -> None:
    assert compiler("dossier", page_de(dit), MARQUE).startswith(b"%PDF-")


def test_une_page_dit_qui_pour_quoi_quand_et_ce_qui_est_retenu() -> None:
    octets = tirer(commande("synthese", enorme(2)))
    for page in lire(octets).pages:
        pied = " ".join(page.extract_text().split())
        assert MARQUE["par"] in pied
        assert "F05, F06, F07" in pied
        assert "sur 2" in pied
        bas = [y for _, y, _ in lieux(page)]
        assert max(bas) > 500
        assert min(bas) > 10  # the foot, whatever it has to say, is on the page


def test_chaque_courrier_est_une_ligne_entiere() -> None:
    assert len(modeles()) == 11 == len(list(COURRIERS.glob("*.toml")))
    lues = tables.lire()
    finalites = {ligne["code"] for ligne in lues.finalites}
    assert sum(bool(modele.roles) for modele in modeles().values()) > 3
    for modele in modeles().values():
        assert modele.finalites <= finalites, modele.code
        assert modele.roles <= lues.matrice.keys(), modele.code
        assert modele.finalites
        for type_ in modele.appui:
            assert type_ in catalogue(), modele.code
        for origine in modele.champs.values():
            de, _, champ = origine.partition(".")
            types = modele.appui if de == "fait" else (de,)
            if de != "donnee" and champ != "survenu_le":
                assert all(champ in champs(catalogue()[t]) for t in types), (modele.code, origine)
        # Nothing under professional secrecy goes into a letter.
        assert "S3" not in {
            champs(catalogue()[t])[c].classe.name
            for origine in modele.champs.values()
            for de, _, c in [origine.partition(".")]
            if de not in {"fait", "donnee"} and c != "survenu_le"
            for t in (de,)
        }


def test_un_modele_qui_nomme_un_champ_inconnu_n_est_pas_lu(tmp_path: Any) -> None:
    source = (COURRIERS / "50-notification-avis.toml").read_text("utf-8")
    fichier = tmp_path / "99-essai.toml"
    fichier.write_text(source.replace("{sens}", "{inconnu}"), "utf-8")
    with pytest.raises(ModeleInvalide, match="inconnu"):
        lire_modele(fichier)
    fichier.write_text(source.replace("titre =", "titres ="), "utf-8")
    with pytest.raises(ModeleInvalide, match="titre"):
        lire_modele(fichier)


def test_un_courrier_tient_sur_une_page_avec_le_plus_long_des_avis() -> None:
    avis = fait("AvisRendu", instance="CCAPEX", sens="MAINTIEN", texte="Mot très long. " * 33)
    octets = tirer(commande("courrier", situe(*menage(), avis), modele="notification-avis"))
    assert pages(octets) == 1
    assert texte(octets).count("Mot très long.") == 33
    assert len(TAILLES) > 1


def test_on_n_ecrit_pas_a_qui_l_a_demande() -> None:
    coordonnees = fait("CoordonneesDeclarees", personne="p", canal_sur="NE_PAS_ECRIRE")
    with pytest.raises(PapierImpossible) as refus:
        tirer(commande("courrier", situe(*menage(), coordonnees), modele="prevention"))
    assert refus.value.code == "A_NE_PAS_ECRIRE"
    # What she says last holds.
    libre = fait("CoordonneesDeclarees", "2026-10-05", personne="p", canal_sur="LIBRE")
    octets = tirer(commande("courrier", situe(*menage(), coordonnees, libre), modele="prevention"))
    assert "Fatou LEROY" in texte(octets)


@pytest.mark.parametrize(
    ("modele", "code"),
    [("notification-avis", "SANS_APPUI"), ("recommandation", "SANS_APPUI"), ("prevention", "SANS_ADRESSE")],
)
def test_un_courrier_sans_ce_sur_quoi_il_s_appuie_ne_se_fait_pas(modele: str, code: str) -> None:
    with pytest.raises(PapierImpossible) as refus:
        tirer(commande("courrier", matiere(fait("DossierOuvert")), modele=modele))
    assert refus.value.code == code
    assert code in PHRASES


def test_les_accolades_d_une_valeur_restent_des_accolades() -> None:
    avis = fait("AvisRendu", instance="CCAPEX", sens="MAINTIEN", texte="{dossier} #read {expediteur}")
    octets = tirer(commande("courrier", situe(*menage(), avis), modele="notification-avis"))
    assert "{dossier} #read {expediteur}" in texte(octets)


SEANCE: Any = {"genre": "CLIL", "libelle": "CLIL de Bobigny", "le": "2026-10-20", "heure": "14:30", "salle": "salle 2"}


def de_seance(papier: str, *matieres: dict[str, Any], etats: tuple[str, ...]) -> dict[str, Any]:
    lignes = [{"inscription": etat} for etat in etats]
    return commande(papier, *matieres, seance=SEANCE, lignes=lignes, noms={"ssd": "Un service"}, au_dela="")


def test_une_fiche_de_clil_tient_sur_une_page_et_n_a_rien_sous_le_secret() -> None:
    secrets = (
        fait("EvaluationSociale", acte="a", texte="secret-un"),
        fait("BesoinSignale", acte="a", besoin="INTERPRETE"),
        fait("DroitBloqueSignale", depuis="2026-06-01", droit="AAH"),
        fait("AvisRendu", instance="CLIL", sens="MAINTIEN", motifs_internes="secret-deux"),
    )
    petite = matiere(titulaire("PETIT"), *secrets)
    octets = tirer(
        de_seance("fiches", petite, enorme(3), matiere(titulaire("PROPOSE")), etats=("INSCRIT",) * 2 + ("PROPOSE",))
    )
    assert pages(octets) == 2
    une = " ".join(lire(octets).pages[0].extract_text().split())
    assert "Fatou PETIT" in une
    assert "droit bloqué depuis le : 1er juin 2026" in une
    for mot in ("secret-un", "secret-deux", "interprète", "AAH", "adulte handicapé"):
        assert mot not in une
    assert "PROPOSE" not in texte(octets)
    assert all(page.mediabox.width > page.mediabox.height for page in lire(octets).pages)


def test_le_releve_a_les_dossiers_examines_et_ceux_la_seuls() -> None:
    avis = fait("AvisRendu", "2026-10-20", instance="CLIL", sens="MAINTIEN", texte="Rester, avec un plan.")
    ancien = fait("AvisRendu", "2026-09-20", instance="CLIL", sens="RELOGEMENT", texte="Avis d'une autre séance.")
    dite = fait("RecommandationEmise", "2026-10-20", instance="CLIL", destinataire="ssd", categorie="FSL_MAINTIEN")
    examine, inscrit = matiere(titulaire("UN"), avis, ancien, dite), matiere(titulaire("DEUX"))
    lu = texte(tirer(de_seance("releve", examine, inscrit, etats=("EXAMINE", "INSCRIT"))))
    for mot in (
        "Fatou UN",
        "maintien dans le logement",
        "Rester, avec un plan.",
        "FSL maintien, à Un service",
        "14 h 30",
    ):
        assert mot in lu
    assert "DEUX" not in lu
    assert "autre séance" not in lu
    ordre = texte(tirer(de_seance("ordre-du-jour", examine, inscrit, etats=("EXAMINE", "INSCRIT"))))
    assert ordre.index("Fatou UN") < ordre.index("Fatou DEUX")
