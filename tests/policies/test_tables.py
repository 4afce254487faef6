"""The rows fit the catalogue of events, the contract, and the law that they cite."""

import copy
import json
import shutil
from dataclasses import MISSING, fields
from datetime import date
from pathlib import Path
from typing import Any, Final

import orjson
import pytest

from adapters.gate.annonce import Parole
from ledger.catalogue import ActeProtege, Evenement, catalogue, champs
from policies.decision import DONNEES, Action, Agent, Lien, Origine, Request
from policies.embedded import EmbeddedEngine
from policies.engines import document
from policies.tables import Regles, TableInvalide, Tables, assembler, charger, compiler, lire, modules
from projections import VUES


@pytest.fixture(scope="module")
def tables() -> Tables:
    return lire()


def test_chaque_evenement_du_catalogue_a_ses_emetteurs(tables: Tables) -> None:
    emises = {ligne["evenement"] for ligne in tables.emissions}
    attendus = set(catalogue()) | {classe.__name__ for classe in ActeProtege.__subclasses__()}
    assert len(emises) >= 50
    assert emises == attendus - {"ActeProtege"}
    assert all(ligne["roles"] for ligne in tables.emissions)


def test_trente_et_un_roles_et_dix_sept_finalites(tables: Tables) -> None:
    assert len(tables.matrice) == 31
    assert len(tables.finalites) == 17


def test_une_matrice_ne_redit_pas_ce_qui_est_ferme_de_soi(tables: Tables) -> None:
    """A closed row says more than the default, or is not there: its own reason, an article, an emission."""
    fermees = [ligne for lignes in tables.matrice.values() for ligne in lignes if ligne["lecture"] == "-"]
    assert len(fermees) >= 3
    assert [x for x in fermees if not (x.get("motif") or x["ecriture"] or x["tag"] == "STATED")] == []


QUESTION: Final = Request(role="", finalite="", action=Action.LIRE, le=date(2027, 2, 1), agent=Agent.PROUVE)


def _documents(regles: Regles) -> dict[tuple[str, str, str], dict[str, Any]]:
    """What each role reads, at each of its purposes and through each view, with every link and nothing in the way."""
    moteur, documents = EmbeddedEngine(regles), {}
    for role, portes in regles.tables["portes"].items():
        for finalite, porte in portes.items():
            for vue in porte["profils"]:
                ouverte = {"role": role, "finalite": finalite, "vue": vue, "liens": list(Lien), "demande": True}
                ouverte |= {"regimes": [porte["regime"]]}
                ouverte |= {"stade": porte["stades"][-1], "saisine_ouverte": True, "information_menage": True}
                ouverte |= {"action": "lire" if "lire" in porte["actions"] else "lister"}
                rendu: Any = moteur.evaluer(orjson.dumps({**document(QUESTION), **ouverte}))
                del rendu["revision"]
                documents[role, finalite, vue] = rendu
    return documents


def _ajouter(fichier: Path, ligne: dict[str, Any]) -> None:
    lignes = json.loads(fichier.read_text("utf-8")) if fichier.exists() else []
    fichier.write_text(json.dumps([*lignes, ligne]), "utf-8")


def test_un_groupe_de_plus_coute_une_ligne_et_nait_ferme_a_tous(tmp_path: Path) -> None:
    copie = shutil.copytree(DONNEES, tmp_path / "donnees")
    modele = json.loads((DONNEES / "groupes.json").read_text("utf-8"))[0]
    _ajouter(copie / "groupes.json", {**modele, "code": "F99", "libelle": "fictif", "motif_ferme": "DONNEE_SENSIBLE"})
    avant, apres = _documents(charger()), _documents(assembler(modules(), lire(copie)))
    assert len(apres) >= 60
    roles = {ligne["code"]: ligne for ligne in lire().roles}
    for (role, *ou), rendu in apres.items():
        assert rendu["retenus"].pop("F99") == (roles[role]["motif_ferme"] or "DONNEE_SENSIBLE"), (role, ou)
    assert apres == avant


def test_un_role_de_plus_coute_une_ligne_et_sa_matrice(tmp_path: Path) -> None:
    copie = shutil.copytree(DONNEES, tmp_path / "donnees")
    [membre] = [ligne for ligne in lire().roles if ligne["code"] == "CCAPEX_MEMBRE"]
    _ajouter(copie / "roles.json", {**membre, "code": "FICTIF", "finalites": ["CCAPEX_INSTRUCTION"]})
    _ajouter(copie / "matrice" / "FICTIF.json", {**lire().matrice["CCAPEX_MEMBRE"][0], "groupe": "F05"})
    avant, apres = _documents(charger()), _documents(assembler(modules(), lire(copie)))
    siens = [rendu for (role, *_), rendu in apres.items() if role == "FICTIF"]
    assert [rendu["groupes"] for rendu in siens] == [{"F05": "entier"}] * 2
    assert {cle: rendu for cle, rendu in apres.items() if cle[0] != "FICTIF"} == avant


def test_une_vue_ouvre_ce_que_ses_finalites_ouvrent(tables: Tables) -> None:
    """A group that no purpose of the view opens is not for that commission; nor is one opened that its view hides."""
    assert len(tables.vues) == 3
    for vue in tables.vues:
        siennes = [finalite["groupes"] for finalite in tables.finalites if vue["code"] in finalite["vues"]]
        assert set(vue["groupes"]) == set[str]().union(*siennes), vue["code"]


def test_les_tables_d_une_commission_gardent_ce_que_sa_vue_ouvre(tables: Tables) -> None:
    """Neither more, which nobody could read, nor less, which would be missing from its worklist."""
    ouvrent = {ligne["code"]: set(ligne["groupes"]) for ligne in tables.vues}
    assert {vue.nom: set(vue.groupes) for vue in VUES} == ouvrent


def _classes() -> dict[str, type[Evenement]]:
    return {**catalogue(), **{classe.__name__: classe for classe in ActeProtege.__subclasses__()}}


def test_regle_32_rien_ne_s_ecrit_a_une_finalite_qui_n_ouvre_pas_le_groupe_ecrit(tables: Tables) -> None:
    """Each row names its purposes; each of them opens the group of the event, and what the event must say, in full."""
    ouvrent = {f["code"]: {g for g, portee in f["groupes"].items() if portee != "L"} for f in tables.finalites}
    emettent = {f["code"] for f in tables.finalites if {"emettre", "ouvrir"} & set(f["actions"])}
    siennes = {ligne["code"]: set(ligne["finalites"]) for ligne in tables.roles}
    fautes: list[tuple[str, ...]] = []
    paires = 0
    for ligne in tables.emissions:
        cls = _classes()[ligne["evenement"]]
        exiges = {f.name: champs(cls)[f.name].exemple for f in fields(cls) if f.default is MISSING}
        ecrits = Parole().annonce(cls, exiges).ecrits
        assert ligne["finalites"], ligne["evenement"]
        for finalite in ligne["finalites"]:
            paires += 1
            if finalite not in emettent or not ecrits <= ouvrent[finalite]:
                fautes.append((ligne["evenement"], finalite, *sorted(ecrits - ouvrent[finalite])))
        # A role that could tell it at none of its purposes is there for nothing, and so is a purpose of none of them.
        fautes += [(ligne["evenement"], r) for r in ligne["roles"] if not siennes[r] & set(ligne["finalites"])]
        roles = set().union(*(siennes[role] for role in ligne["roles"]))
        fautes += [(ligne["evenement"], f) for f in set(ligne["finalites"]) - roles]
    assert paires >= 200
    assert fautes == []


def test_ecrire_un_groupe_suppose_d_emettre_un_de_ses_evenements(tables: Tables) -> None:
    """``ecriture`` says what the emissions allow; acts of the file itself (correction, rights) aside."""
    classes = _classes()
    ecrits = {
        (role, "F10a" if classes[ligne["evenement"]].GROUPE == "F10" else classes[ligne["evenement"]].GROUPE)
        for ligne in tables.emissions
        if not ligne["evenement"].startswith(
            (
                "FaitCorrige",
                "Opposition",
                "Conservation",
                "DroitExerce",
                "DroitRepondu",
                "Effacement",
                "PersonneEffacee",
            )
        )
        for role in ligne["roles"]
    }
    declares = {
        (role, ligne["groupe"]) for role, lignes in tables.matrice.items() for ligne in lignes if ligne["ecriture"]
    }
    assert len(declares) >= 100
    assert ecrits == declares


def test_chaque_motif_a_sa_phrase_et_chaque_phrase_sert(tables: Tables) -> None:
    regles = "".join(modules().values())
    donnees = "".join(chemin.read_text("utf-8") for chemin in DONNEES.rglob("*.json") if chemin.name != "motifs.json")
    codes = {ligne["motif_ferme"] for ligne in tables.groupes}
    codes |= {ligne["motif"] for lignes in tables.matrice.values() for ligne in lignes if ligne.get("motif")}
    codes |= {ligne["motif_ferme"] for ligne in tables.roles if ligne["motif_ferme"]}
    assert len(codes) >= 10
    assert codes <= tables.motifs.keys()
    assert [code for code in tables.motifs if f'"{code}"' not in regles + donnees] == ["HORS_VUE"]
    assert all(phrase.endswith(".") and phrase[0].isupper() for phrase in tables.motifs.values())


def test_une_regle_que_nul_texte_n_enonce_le_dit(tables: Tables) -> None:
    etiquettes = [ligne["tag"] for lignes in tables.matrice.values() for ligne in lignes]
    assert {"STATED", "INFERRED"} <= set(etiquettes)
    assert etiquettes.count("INFERRED") > etiquettes.count("STATED")


def test_la_decision_d_apl_commence_en_2027(tables: Tables) -> None:
    [apl] = [ligne for ligne in tables.finalites if ligne["code"] == "APL_DECISION"]
    assert apl["valid_from"] == "2027-01-01"


def test_le_travail_social_ne_va_jamais_a_l_organisme_payeur(tables: Tables) -> None:
    """Nor to its hat in session: a member of the CCAPEX reads what the instructeur writes of it."""
    exclus = {ligne["code"]: ligne["origines_exclues"] for ligne in tables.roles if ligne["origines_exclues"]}
    assert exclus == {"CAF": [Origine.TRAVAIL_SOCIAL], "CCAPEX_MEMBRE": [Origine.TRAVAIL_SOCIAL]}


def test_le_service_instructeur_seul_corrige_autrui_et_une_etude_ne_transmet_que_ses_actes(tables: Tables) -> None:
    assert tables.correcteurs == tables.importateurs == {"CCAPEX_INSTRUCTEUR"}
    assert tables.etudes == {"COMMISSAIRE_JUSTICE"}


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
        ("matrice/CAF.json", "motif", "PARCE_QUE"),
        ("roles.json", "finalites", ["RECOUVREMENT"]),
        ("roles.json", "motif_ferme", "PARCE_QUE"),
        ("groupes.json", "motif_ferme", "PARCE_QUE"),
        ("groupes.json", "code", "F02a"),
        ("groupes.json", "legal_ref", ""),
        ("groupes.json", "mesure_l", None),
        ("groupes.json", "finalites", {"RECOUVREMENT": "R"}),
        ("groupes.json", "vues", {"autre": "R"}),
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


@pytest.mark.parametrize(
    ("autre", "admise"),
    [
        ({}, False),
        ({"roles": ["CAF"]}, False),
        ({"roles": ["CAF"], "valid_from": "2030-01-01"}, False),
        ({"roles": ["CAF"], "finalites": ["CLIL_EXAMEN"]}, True),
        ({"roles": ["USAGER"], "finalites": ["DROITS_PERSONNE"]}, True),
        ({"roles": ["CAF"], "valid_from": "2021-01-01", "valid_to": "2021-12-31"}, True),
    ],
)
def test_deux_lignes_ne_repondent_jamais_de_la_meme_emission(
    autre: dict[str, Any],
    admise: bool,
    tmp_path: Path,
) -> None:
    copie = shutil.copytree(DONNEES, tmp_path / "donnees")
    [ligne] = [x for x in lire().emissions if x["evenement"] == "AlerteOrganismePayeur"]
    _ajouter(copie / "emissions.json", {**ligne, **autre})
    if admise:
        assert len(lire(copie).emissions) == len(lire().emissions) + 1
    else:
        with pytest.raises(TableInvalide, match="deux lignes"):
            lire(copie)


def test_chaque_attribut_d_une_question_parvient_aux_regles() -> None:
    regles = "".join(modules().values())
    assert [attribut for attribut in Request.__struct_fields__ if f"input.{attribut}" not in regles] == []
