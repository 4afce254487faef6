import json
import random
from uuid import UUID

import pytest

from adapters.exploc.fichier import ouvrir_lot
from adapters.exploc.lot import Rangee, RangeeRefusee, lire
from adapters.exploc.rapport import Decompte
from adapters.exploc.rapprochement import Connu, Indice, Place, Repartition, Traces, Traceur, planifier
from ledger.index import Genre, IndexAveugle
from tests.exploc.test_lot import JOUR, LOTS, contenu, lus, rangee

tracer = Traceur(IndexAveugle(b"secret de test, trente-deux oct."))
D1, D2 = (Connu(UUID(int=n), UUID(int=n + 100)) for n in (1, 2))


def traces(*rangees: str) -> list[Traces]:
    lues = lus(contenu(*rangees))
    assert all(isinstance(ligne, Rangee) for ligne in lues)
    return [tracer(ligne) for ligne in lues if isinstance(ligne, Rangee)]


def social(acte: int, **valeurs: str) -> str:
    return rangee(**{"ref_acte": f"A-{acte}", "parc": "SOCIAL", "id_rpls": "3523902547", **valeurs})


def plan(*rangees: str) -> Repartition:
    return planifier(traces(*rangees), {}, {})


def chiffres(p: Repartition) -> tuple[int, int, int]:
    return p.dossiers, p.rapprochements, p.references_connues


@pytest.mark.parametrize("nom", ["lot-extrait.csv", "lot-93-2019.csv.gz"])
def test_les_chiffres_attendus_quel_que_soit_l_ordre_des_lignes(nom: str) -> None:
    attendu = json.loads((LOTS / f"{nom.split('.', maxsplit=1)[0]}.expected.json").read_text())
    bilan = Decompte()
    lignes: list[Rangee] = []
    with (LOTS / nom).open("rb") as flux:
        for lue in lire(ouvrir_lot(flux), JOUR):
            bilan.rangees += 1
            bilan.ecarter(lue) if isinstance(lue, RangeeRefusee) else lignes.append(lue)
    for graine in range(3):
        p = planifier([tracer(ligne) for ligne in lignes], {}, {})
        compte = Decompte(bilan.rangees, p.places.count(None), refus=bilan.refus, refusees=bilan.refusees)
        for ligne, place in zip(lignes, p.places, strict=True):
            if place is not None:
                compte.accepter(ligne)
        compte.dossiers, compte.rapprochements, compte.references_connues = chiffres(p)
        rapport = compte.rapport()
        assert len(rapport["refus"]) == attendu["rejected"]
        assert {cle: rapport[cle] for cle in attendu} == attendu
        random.Random(graine).shuffle(lignes)  # noqa: S311 - an order, not a secret


@pytest.mark.parametrize("autre", ["d'été martin", "DETE-MARTIN", "D’ÉTÉ  Martin"])
def test_un_nom_se_compare_plie(autre: str) -> None:
    assert chiffres(plan(social(1, nom="D'ÉTÉ-MARTIN"), social(2, nom=autre, ref_dossier="AUTRE"))) == (1, 0, 1)


def test_le_prenom_compte_autant_que_le_nom() -> None:
    assert chiffres(plan(social(1), social(2, prenoms="Zoé", ref_dossier="AUTRE"))) == (2, 0, 0)


def test_une_naissance_manquante_ouvre_son_dossier_et_propose_un_rapprochement() -> None:
    p = plan(social(1), social(2, date_naissance="", ref_dossier="AUTRE"))
    assert chiffres(p) == (2, 1, 0)
    assert p.places[1] is not None
    assert p.places[1].suggestions == ((0, "NAISSANCE_MANQUANTE"),)


def test_deux_naissances_differentes_ne_se_rapprochent_pas() -> None:
    assert chiffres(plan(social(1), social(2, date_naissance="25/04/1980", ref_dossier="AUTRE"))) == (2, 0, 0)


def test_la_naissance_connue_par_une_autre_ligne_du_dossier_ne_manque_pas() -> None:
    rangees = [
        social(1, date_naissance=""),
        social(2),
        social(3, date_naissance="25/04/1980", ref_dossier="AUTRE"),
    ]
    assert chiffres(plan(*rangees)) == chiffres(plan(*reversed(rangees))) == (2, 0, 0)


def test_deux_noms_sous_une_reference_sont_un_rapprochement() -> None:
    p = plan(rangee(), rangee(nom="DURAND", ref_acte="A-2"))
    assert chiffres(p) == (2, 1, 0)
    assert p.places[1] is not None
    assert p.places[1].suggestions == ((0, "REFERENCE_PARTAGEE"),)


def test_un_autre_nom_dans_le_logement_est_le_locataire_suivant() -> None:
    assert chiffres(plan(social(1), social(2, nom="DURAND", ref_dossier="AUTRE"))) == (2, 0, 0)


def test_une_ligne_reunit_les_lignes_qu_elle_relie_meme_venues_avant_elle() -> None:
    rangees = [
        social(1, ref_dossier="UNE"),
        social(2, id_rpls="", ref_dossier="DEUX"),
        social(3, ref_dossier="DEUX"),
    ]
    assert chiffres(plan(*rangees)) == chiffres(plan(*reversed(rangees))) == (1, 0, 1)


def test_sans_reference_ni_logement_rien_n_est_joint() -> None:
    ailleurs = rangee(ref_dossier="", ref_acte="A-2", adresse="2 rue de l'Exemple")
    assert chiffres(plan(rangee(ref_dossier=""), ailleurs)) == (2, 0, 0)


def test_un_acte_connu_est_un_doublon_qui_ne_relie_rien() -> None:
    [connue, nouvelle] = traces(social(1, ref_dossier="UNE"), social(2, ref_dossier="DEUX"))
    p = planifier([connue, nouvelle, nouvelle], {connue.acte: D1.dossier}, index(D1, Genre.REFERENCE, de=connue))
    assert [place is None for place in p.places] == [True, False, True]
    assert chiffres(p) == (1, 0, 0)


def index(connu: Connu, *genres: Genre, de: Traces) -> dict[Indice, list[Connu]]:
    tout = (*de.indices(), *de.menage.suites(set(de.indices())))
    return {indice: [connu] for indice in tout if indice[0] in genres}


def test_le_registre_est_un_voisin_comme_un_autre() -> None:
    [trace] = traces(social(1))
    p = planifier([trace], {}, index(D1, Genre.LOGEMENT_CERTAIN, de=trace))
    assert p.places[0] is not None
    assert p.groupes[p.places[0].groupe] == D1
    assert not p.places[0].ouvre


def test_deux_dossiers_du_registre_ne_sont_jamais_reunis_par_une_ligne() -> None:
    [trace] = traces(social(1))
    connus = index(D1, Genre.REFERENCE_CERTAINE, Genre.REFERENCE, de=trace)
    connus |= index(D2, Genre.LOGEMENT_CERTAIN, de=trace)
    p = planifier([trace], {}, connus)
    [place] = p.places
    assert place is not None
    assert p.groupes[place.groupe] == D2
    assert [(p.groupes[autre], motif) for autre, motif in place.suggestions] == [(D1, "REFERENCE_PARTAGEE")]


def test_une_naissance_apprise_est_declaree_une_fois() -> None:
    sans, avec, encore = traces(social(1, date_naissance=""), social(2), social(3))
    places = planifier([sans, avec, encore], {}, {}).places
    assert [place.identite for place in places if place] == [False, True, False]


def test_interrompu_n_importe_ou_puis_repris_le_plan_place_et_propose_de_meme() -> None:
    with (LOTS / "lot-extrait.csv").open("rb") as flux:
        toutes = [tracer(x) for x in lire(ouvrir_lot(flux), JOUR) if isinstance(x, Rangee)]
    entier = planifier(toutes, {}, {})
    assert entier.rapprochements == 2
    for coupure in (1, 100, 450, 700, 883):
        connus: dict[Indice, list[Connu]] = {}
        dossiers = [Connu(UUID(int=n + 1), UUID(int=n + 100_000)) for n in range(len(entier.groupes))]
        faits = {}
        for trace, place in zip(toutes[:coupure], entier.places, strict=False):
            if place is not None:
                faits[trace.acte] = dossiers[place.groupe].dossier
                for indice in place.entrees:
                    connus.setdefault(indice, []).append(dossiers[place.groupe])
        reprise = planifier(toutes, faits, connus)
        assert reprise.places[:coupure] == [None] * coupure
        correspondance: dict[int, int] = {}
        for avant, apres in zip(entier.places[coupure:], reprise.places[coupure:], strict=True):
            assert (avant is None) == (apres is None)
            if avant is not None and apres is not None:
                assert correspondance.setdefault(apres.groupe, avant.groupe) == avant.groupe
                _comme(avant, apres, correspondance, reprise, dossiers)


def _comme(
    avant: Place, apres: Place, correspondance: dict[int, int], reprise: Repartition, dossiers: list[Connu]
) -> None:
    def dans_l_entier(groupe: int) -> int:
        connu = reprise.groupes[groupe]
        return correspondance[groupe] if connu is None else dossiers.index(connu)

    assert (avant.ouvre, avant.identite, avant.entrees) == (apres.ouvre, apres.identite, apres.entrees)
    assert {(n, m) for n, m in avant.suggestions} == {(dans_l_entier(n), m) for n, m in apres.suggestions}
    assert dans_l_entier(apres.groupe) == avant.groupe


PROCHE = "IDENTITE_PROCHE"


def paires(*rangees: str) -> tuple[int, int]:
    """Dossiers and pairs, the same whatever the order of the rows."""
    droit, envers = plan(*rangees), plan(*reversed(rangees))
    assert chiffres(droit)[:2] == chiffres(envers)[:2]
    return droit.dossiers, droit.rapprochements


@pytest.mark.parametrize(
    "contraire",
    [{"date_naissance": "25/04/1980"}, {"commune_insee": "93001"}, {"date_naissance": "24/04/1981", "nom": "Martin "}],
)
def test_meme_reference_et_meme_nom_mais_ce_qui_contredit_est_pour_une_personne(contraire: dict[str, str]) -> None:
    assert paires(rangee(), rangee(ref_acte="A-2", **contraire)) == (2, 1)
    assert paires(social(1), social(2, id_rpls="3523902599", **contraire)) == (2, 1)


def test_le_meme_logement_en_deux_communes_est_pour_une_personne_pierrefitte_est_saint_denis() -> None:
    assert paires(social(1), social(2, ref_dossier="AUTRE", commune_insee="93001", adresse="ailleurs")) == (2, 1)
    avant = {"date_acte": "02/03/2024", "date_reception": "", "commune_insee": "93059"}
    assert paires(social(1), social(2, ref_dossier="AUTRE", **avant)) == (1, 0)
    assert paires(rangee(), rangee(ref_acte="A-2", **avant)) == (1, 0)


def test_une_naissance_manquante_ne_contredit_rien_mais_ne_choisit_pas_entre_deux() -> None:
    sans, autre = rangee(ref_acte="A-2", date_naissance=""), rangee(ref_acte="A-3", date_naissance="25/04/1980")
    assert paires(rangee(), sans) == (1, 0)
    assert paires(rangee(), sans, autre) == (3, 3)


def prive(acte: int, **valeurs: str) -> str:
    return rangee(**{"ref_acte": f"P-{acte}", "ref_dossier": f"093-26-{acte:07}", **valeurs})


@pytest.mark.parametrize("adresse", ["1, RUE DE L'EXEMPLE", "1 rue de l’exemple", "1  Rue de l'Éxemple."])
def test_la_meme_adresse_sans_numero_est_pour_une_personne(adresse: str) -> None:
    p = plan(prive(1), prive(2, adresse=adresse))
    assert chiffres(p) == (2, 1, 0)
    assert p.places[1] is not None
    assert p.places[1].suggestions == ((0, PROCHE),)


@pytest.mark.parametrize(
    "autre",
    [{"adresse": "2 rue de l'Exemple"}, {"date_naissance": "25/04/1980"}, {"nom": "Martins"}, {"prenoms": "Zoé"},
     {"commune_insee": "93001"}, {"adresse": "NC"}, {"date_naissance": ""}],
)  # fmt: skip
def test_un_voisin_un_jumeau_un_homonyme_n_est_pas_le_meme(autre: dict[str, str]) -> None:
    assert paires(prive(1), prive(2, **autre)) == (2, 0)


@pytest.mark.parametrize(
    "prenoms", ["Inès", "Inès, Salma", "Salma Inès Lina", "Lina  Salma", "", "Inès Salma Lina Rose", "INES"]
)
def test_des_prenoms_qui_se_recouvrent_sont_pour_une_personne(prenoms: str) -> None:
    tous = {"prenoms": "Inès Salma Lina"}
    assert paires(social(1, **tous), social(2, ref_dossier="AUTRE", prenoms=prenoms)) == (2, 1)
    assert paires(prive(1, **tous), prive(2, prenoms=prenoms)) == (2, 1)


def test_les_jumeaux_du_meme_logement_ne_sont_pas_rapproches() -> None:
    jumelles = social(1, prenoms="Awa Sira"), social(2, ref_dossier="AUTRE", prenoms="Kadi Nana")
    assert paires(*jumelles) == (2, 0)


@pytest.mark.parametrize("fausse", ["NC", "0", "3,52E+09", "#N/A", "7777777777", "352390254"])
def test_ce_qui_n_est_pas_un_numero_de_logement_ne_joint_rien(fausse: str) -> None:
    un = social(1, nom="DIALLO", date_naissance="01/01/1970", id_rpls=fausse, adresse="1 rue A")
    autre = social(2, nom="DIALLO", date_naissance="01/01/1970", id_rpls=fausse, adresse="9 rue B", ref_dossier="DEUX")
    assert paires(un, autre) == (2, 0)
    assert paires(un, autre.replace("SOCIAL", "PRIVE").replace("93066", "93001")) == (2, 0)


@pytest.mark.parametrize("fausse", ["NC", "n/a", "2,02E+11", "sans objet", "0"])
def test_une_fausse_reference_ne_joint_rien(fausse: str) -> None:
    assert paires(rangee(ref_dossier=fausse), prive(2, ref_dossier=fausse, adresse="2 rue B")) == (2, 0)


def test_un_numero_d_acte_donne_a_deux_menages_n_est_pas_un_doublon() -> None:
    autre = rangee(ref_dossier="AUTRE", nom="DURAND", adresse="2 rue B")
    meme = rangee(adresse="2 rue B", nom="MARTINE")
    p = plan(rangee(), autre, meme)
    assert [place is None for place in p.places] == [False, True, True]
    assert p.disputes == {1: None}
    [trace] = traces(autre)
    known = planifier([trace], {trace.acte: D1.dossier}, index(D2, Genre.REFERENCE, de=trace))
    assert known.disputes == {0: D1.dossier}
    assert planifier([trace], {trace.acte: D2.dossier}, index(D2, Genre.REFERENCE, de=trace)).disputes == {}
    [nue] = traces(rangee(ref_dossier="", adresse=""))
    assert planifier([nue], {nue.acte: D2.dossier}, index(D2, Genre.IDENTITE, de=nue)).disputes == {}
