"""The rows fit the catalogue of events, the contract, and the law that they cite."""

import copy
import json
import shutil
from pathlib import Path

import pytest

from ledger.catalogue import ActeProtege, catalogue
from policies.decision import GROUPES, Collecte, Request
from policies.tables import DONNEES, TableInvalide, Tables, compiler, lire


@pytest.fixture(scope="module")
def tables() -> Tables:
    return lire()


def test_chaque_evenement_du_catalogue_a_ses_emetteurs(tables: Tables) -> None:
    emises = {ligne["evenement"] for ligne in tables.emissions}
    attendus = set(catalogue()) | {classe.__name__ for classe in ActeProtege.__subclasses__()}
    assert len(emises) >= 50
    assert emises == attendus - {"ActeProtege"}
    assert all(ligne["roles"] for ligne in tables.emissions)


def test_trente_roles_et_une_ligne_par_groupe(tables: Tables) -> None:
    assert len(tables.matrice) == 30
    assert sum(len(lignes) for lignes in tables.matrice.values()) == 30 * len(GROUPES)
    assert len(tables.finalites) == 17


def test_ecrire_un_groupe_suppose_d_emettre_un_de_ses_evenements(tables: Tables) -> None:
    """``ecriture`` says what the emissions allow; acts of the file itself (opening, correction, rights) aside."""
    actes_du_dossier = {"DossierOuvert", "LogementDeclare", "FaitCorrige"}
    classes = {**catalogue(), **{classe.__name__: classe for classe in ActeProtege.__subclasses__()}}
    ecrits = {
        (role, "F10a" if classes[ligne["evenement"]].GROUPE == "F10" else classes[ligne["evenement"]].GROUPE)
        for ligne in tables.emissions
        if ligne["evenement"] not in actes_du_dossier
        and not ligne["evenement"].startswith(("Opposition", "Effacement", "PersonneEffacee"))
        for role in ligne["roles"]
    }
    declares = {
        (role, ligne["groupe"]) for role, lignes in tables.matrice.items() for ligne in lignes if ligne["ecriture"]
    }
    assert len(declares) >= 100
    assert ecrits == declares


def test_chaque_motif_a_sa_phrase_et_chaque_phrase_sert(tables: Tables) -> None:
    regles = "".join(chemin.read_text("utf-8") for chemin in (DONNEES.parent / "rego").rglob("*.rego"))
    donnees = "".join(chemin.read_text("utf-8") for chemin in DONNEES.rglob("*.json") if chemin.name != "motifs.json")
    codes = {ligne["motif_ferme"] for ligne in tables.groupes}
    codes |= {ligne["motif"] for lignes in tables.matrice.values() for ligne in lignes if ligne.get("motif")}
    assert len(codes) >= 10
    assert codes <= tables.motifs.keys()
    assert [code for code in tables.motifs if f'"{code}"' not in regles + donnees + "HORS_FINALITE HORS_VUE"] in (
        [],
        ["HORS_FINALITE", "HORS_VUE"],
    )
    assert all(phrase.endswith(".") and phrase[0].isupper() for phrase in tables.motifs.values())


def test_une_regle_que_nul_texte_n_enonce_le_dit(tables: Tables) -> None:
    etiquettes = [ligne["tag"] for lignes in tables.matrice.values() for ligne in lignes]
    assert {"STATED", "INFERRED"} <= set(etiquettes)
    assert etiquettes.count("INFERRED") > etiquettes.count("STATED")


def test_la_decision_d_apl_commence_en_2027(tables: Tables) -> None:
    [apl] = [ligne for ligne in tables.finalites if ligne["code"] == "APL_DECISION"]
    assert apl["valid_from"] == "2027-01-01"


def test_le_travail_social_ne_va_jamais_a_l_organisme_payeur(tables: Tables) -> None:
    exclus = {ligne["code"]: ligne["collectes_exclues"] for ligne in tables.roles if ligne["collectes_exclues"]}
    assert exclus == {"CAF": [Collecte.ACCOMPAGNEMENT]}


def test_compiler_est_pur(tables: Tables) -> None:
    avant = copy.deepcopy(tables)
    assert compiler(tables) == compiler(tables)
    assert tables == avant


@pytest.mark.parametrize(
    ("fichier", "cle", "valeur"),
    [
        ("matrice/CAF.json", "lecture", "RW"),
        ("matrice/CAF.json", "groupe", "F99"),
        ("matrice/CAF.json", "tag", "SÛR"),
        ("matrice/CAF.json", "legal_ref", ""),
        ("roles.json", "finalites", ["RECOUVREMENT"]),
        ("finalites.json", "groupes", {"F12": "L"}),
        ("finalites.json", "vues", ["autre"]),
        ("emissions.json", "roles", ["MAIRE"]),
        ("exploc.json", "role", "MAIRE"),
    ],
)
def test_une_ligne_qui_nomme_l_inconnu_arrete_le_chargement(
    fichier: str, cle: str, valeur: object, tmp_path: Path
) -> None:
    copie = tmp_path / "donnees"
    shutil.copytree(DONNEES, copie)
    lignes = json.loads((copie / fichier).read_text("utf-8"))
    lignes[0][cle] = valeur
    (copie / fichier).write_text(json.dumps(lignes), "utf-8")
    with pytest.raises(TableInvalide):
        lire(copie)


def test_chaque_attribut_d_une_question_parvient_aux_regles() -> None:
    regles = "".join(chemin.read_text("utf-8") for chemin in (DONNEES.parent / "rego").rglob("*.rego"))
    assert [attribut for attribut in Request.__dataclass_fields__ if f"input.{attribut}" not in regles] == []
