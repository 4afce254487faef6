"""What the charter and the texts ask to be told can be: emitted, stored, shown, documented; none of it is missing."""

from collections import Counter
from pathlib import Path
from typing import Any, Final

import orjson

from adapters.mots import charte
from adapters.rest.contrat import contrat
from adapters.rest.envois import emis_par
from adapters.service.routes import ROUTES
from ledger.catalogue import catalogue, champs
from ledger.droit import listes
from policies import tables
from tests.ledger.exemples import lignes

TABLES: Final = tables.lire()
CHAPITRES: Final = {
    "Identité et dossier": 15,
    "Dette, paiements, droits": 19,
    "Jusqu'au jugement": 20,
    "Exécution": 22,
    "Accompagnement et dispositifs": 28,
    "Surendettement, relogement, santé, habitat": 31,
    "Commissions et contacts": 11,
}
"""How many things each part asks to be told, as they were counted from the texts."""
SANS_EVENEMENT: Final = {"Silence gardé pendant deux mois", "Accès consulté"}


def test_aucune_ligne_de_la_charte_ne_manque() -> None:
    assert Counter(attendu.chapitre for attendu in charte.attendus()) == CHAPITRES
    assert len({attendu.libelle for attendu in charte.attendus()}) == sum(CHAPITRES.values())
    sans = {attendu.libelle for attendu in charte.attendus() if not attendu.dits}
    assert sans == SANS_EVENEMENT
    assert all(bool(attendu.dits) != bool(attendu.autrement) for attendu in charte.attendus())


def test_chaque_ligne_nomme_des_evenements_des_champs_et_des_codes_qui_existent() -> None:
    dits = [(attendu.libelle, dit) for attendu in charte.attendus() for dit in attendu.dits]
    assert len(dits) > sum(CHAPITRES.values())
    for libelle, dit in dits:
        decrits = champs(catalogue()[dit.evenement])
        for champ, code in dit.champs:
            assert champ in decrits, (libelle, dit)
            assert code is None or code in listes.codes(str(decrits[champ].liste)), (libelle, dit)


def test_chaque_ligne_s_emet_se_range_se_montre_et_se_documente() -> None:
    publie: dict[str, Any] = orjson.loads(contrat(TABLES, ROUTES, tuple(catalogue())))["components"]["schemas"]
    ranges = {ligne["evenement"] for ligne in lignes()}
    page = (RACINE / "docs" / "catalogue.md").read_text("utf-8")
    lus = {ligne["groupe"] for lignes_ in TABLES.matrice.values() for ligne in lignes_ if ligne["lecture"] != "-"}
    for nom in {dit.evenement for attendu in charte.attendus() for dit in attendu.dits}:
        emissions = [ligne for ligne in TABLES.emissions if ligne["evenement"] == nom]
        assert emissions, nom
        assert all(ligne["roles"] and ligne["finalites"] for ligne in emissions), nom
        assert nom in ranges, nom
        assert f"{nom}Donnees" in publie, nom
        for role in {role for ligne in emissions for role in ligne["roles"]}:
            assert nom in emis_par(TABLES, role), (nom, role)
        cls = catalogue()[nom]
        assert lus & {cls.GROUPE, f"{cls.GROUPE}a"}, nom
        assert f"### {cls.LIBELLE}\n" in page, nom


def test_la_page_de_la_charte_dit_ce_que_dit_le_code() -> None:
    ecrite = (RACINE / "docs" / "charte.md").read_text("utf-8")
    assert ecrite == charte.ecrire(TABLES), f"docs/charte.md n'est plus à jour : {charte.COMMANDE}"


def test_rien_de_ce_que_le_dossier_peut_contenir_n_est_sans_raison() -> None:
    """What the page does not name is of the file itself: corrections, erasures, secrets, questions, links."""
    nommes = {dit.evenement for attendu in charte.attendus() for dit in attendu.dits}
    assert set(catalogue()) - nommes == DU_DOSSIER


DU_DOSSIER: Final = {
    "BailleurTranche",
    "ValeurTranchee",
    "LogementDeclare",
    "LienConfirme",
    "BudgetDeclare",
    "EvaluationSociale",
    "PieceJointe",
    "Demande72",
    "InformationTransmise72",
    "Demande72Refusee",
    "RenseignementDemande",
    "RenseignementRepondu",
    "ConservationOrdonnee",
    "ConservationLevee",
    "EffacementAvise",
    "EffacementDecide",
    "EffacementEngage",
    "PersonneEffacee",
}
RACINE: Final = Path(__file__).resolve().parents[2]
