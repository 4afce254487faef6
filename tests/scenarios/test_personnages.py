"""Seven readers of one household: each gets another document, learns what is withheld and why, and is journaled."""

import http.client
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from tests.scenarios.test_demonstration import Demo, demarrer

LECTEURS = {
    "assistante-sociale": ("ACCOMPAGNEMENT", "/v1/dossiers/{}"),
    "gestionnaire-contentieux": ("ACTE_EMISSION", "/v1/dossiers/{}"),
    "clerc": ("ACTE_EMISSION", "/v1/dossiers/{}"),
    "instructrice-ccapex": ("CCAPEX_INSTRUCTION", "/v1/vues/ccapex/{}"),
    "cheffe-de-bureau": ("CFP_INSTRUCTION", "/v1/vues/comex/{}"),
    "secretaire-clil": ("CLIL_EXAMEN", "/v1/vues/clil/{}"),
    "dpo": ("CONTROLE", "/v1/dossiers/{}"),
}


@dataclass(frozen=True)
class Regards:
    """The demonstration, the case that it announced, and what each reader was answered."""

    demo: Demo
    dossier: str
    documents: dict[str, dict[str, Any]]

    def types(self, agent: str) -> set[str]:
        return {fait["type"] for fait in self.documents[agent]["faits"]}

    def valeurs(self, agent: str, champ: str) -> list[Any]:
        return [f["champs"][champ] for f in self.documents[agent]["faits"] if champ in f["champs"]]

    def ouverts(self, agent: str) -> dict[str, str]:
        return {g["groupe"]: g["mesure"] for g in self.documents[agent]["communique"]}

    def retenus(self, agent: str) -> dict[str, str]:
        return {g["groupe"]: g["motif"] for g in self.documents[agent]["non_communique"]}


@pytest.fixture(scope="module")
def regards(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Regards]:
    with demarrer(tmp_path_factory.mktemp("personnages")) as demo:
        dossier = demo.exemple
        lus = {
            agent: demo.document(agent, finalite, chemin.format(dossier))
            for agent, (finalite, chemin) in LECTEURS.items()
        }
        yield Regards(demo, dossier, lus)


def test_seven_readers_get_seven_documents(regards: Regards, compter: Callable[[str, int], None]) -> None:
    contenus = {agent: repr({**lu, "position": 0}) for agent, lu in regards.documents.items()}
    assert len(set(contenus.values())) == len(LECTEURS) == 7
    faits = {agent: frozenset(f["id"] for f in lu["faits"]) for agent, lu in regards.documents.items()}
    assert len(set(faits.values())) == 7
    assert {lu["dossier"] for lu in regards.documents.values()} == {regards.dossier}
    compter("lecteurs d'un même ménage", len(contenus))


@pytest.mark.parametrize("agent", LECTEURS)
def test_each_group_is_given_or_withheld_with_its_reason(agent: str, regards: Regards) -> None:
    ouverts, retenus = regards.ouverts(agent), regards.retenus(agent)
    assert not ouverts.keys() & retenus.keys()
    assert len(ouverts) + len(retenus) == 27
    assert all(motif.endswith(".") and len(motif) > 20 for motif in retenus.values())


def test_the_social_worker_reads_what_it_wrote_and_nobody_else_does(regards: Regards) -> None:
    assert {"EvaluationSociale", "BesoinSignale", "DroitBloqueSignale"} <= regards.types("assistante-sociale")
    for agent in LECTEURS:
        if agent != "assistante-sociale":
            assert "EvaluationSociale" not in regards.types(agent), agent
            assert "F12" not in regards.ouverts(agent) or agent == "instructrice-ccapex"


def test_the_instructeur_reads_what_was_transmitted_to_it_under_article_72(regards: Regards) -> None:
    [transmis] = [f for f in regards.documents["instructrice-ccapex"]["faits"] if f["type"] == "InformationTransmise72"]
    assert "plan de 80 €" in transmis["champs"]["texte"]
    for agent in ("cheffe-de-bureau", "secretaire-clil", "gestionnaire-contentieux", "clerc"):
        assert "InformationTransmise72" not in regards.types(agent), agent


def test_the_landlord_reads_its_own_statements_and_no_other(regards: Regards) -> None:
    montants = regards.valeurs("gestionnaire-contentieux", "montant")
    assert len(montants) == 6
    assert 310_000 not in montants
    assert 310_000 in regards.valeurs("instructrice-ccapex", "montant")
    assert not {"BudgetDeclare", "AccompagnementOuvert", "AvisRendu"} & regards.types("gestionnaire-contentieux")


def test_the_sous_prefecture_reads_the_enquiry_and_the_budget_as_a_bracket(regards: Regards) -> None:
    assert "EnqueteRealisee" in regards.types("cheffe-de-bureau")
    assert all("EnqueteRealisee" not in regards.types(agent) for agent in LECTEURS if agent != "cheffe-de-bureau")
    [exact] = faits(regards, "assistante-sociale", "BudgetDeclare")
    [tranche] = faits(regards, "cheffe-de-bureau", "BudgetDeclare")
    assert exact["champs"] == {"ressources": 138_600, "charges": 91_200, "reste_a_vivre": 47_400}
    assert tranche["champs"] == {"reste_a_vivre": "de 250 à 500\u00a0€"}


def test_the_clil_does_not_know_of_the_police(regards: Regards) -> None:
    assert not {"ConcoursForceRequis", "JugementRendu", "SurendettementAvance"} & regards.types("secretaire-clil")
    assert regards.ouverts("secretaire-clil")["F08"] == "etape"


def test_the_etude_reads_the_acts_under_its_mandate(regards: Regards) -> None:
    assert {"CommandementQuitterSignifie", "ConcoursForceRequis", "JugementRendu"} <= regards.types("clerc")
    assert not {"ContactTente", "BudgetDeclare", "AvisRendu"} & regards.types("clerc")
    auteurs = {f["auteur"]["organisation"] for f in faits(regards, "clerc", "ConcoursForceRequis")}
    assert auteurs == {"Étude fictive 1"}


def test_the_dpo_controls_without_reading(regards: Regards) -> None:
    assert regards.documents["dpo"]["faits"] == []
    assert regards.ouverts("dpo") == {}


def test_a_stranger_is_told_that_there_is_nothing(regards: Regards) -> None:
    inconnu = "0199f1e2-7b1a-7000-8000-0000000000aa"
    reponses = [regards.demo.lire("gerant", "ACTE_EMISSION", f"/v1/dossiers/{x}") for x in (regards.dossier, inconnu)]
    assert reponses[0] == reponses[1]
    assert reponses[0][0] == http.client.NOT_FOUND


def test_each_look_is_in_the_journal(regards: Regards) -> None:
    journal = regards.demo.document("dpo", "CONTROLE", f"/v1/journal?dossier={regards.dossier}&limite=200")
    looks = {
        (ligne["agent"], ligne["finalite"]): ligne
        for ligne in journal["lignes"]
        if ligne["action"] == "lire" and ligne["issue"] == "autorise"
    }
    for agent, (finalite, _) in LECTEURS.items():
        ligne = looks[agent, finalite]
        assert set(ligne["groupes_montres"]) == regards.ouverts(agent).keys()
        assert set(ligne["groupes_retenus"]) == regards.retenus(agent).keys()


def faits(regards: Regards, agent: str, type_: str) -> list[dict[str, Any]]:
    trouves = [f for f in regards.documents[agent]["faits"] if f["type"] == type_]
    assert trouves, (agent, type_)
    return trouves
