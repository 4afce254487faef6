"""The catalogue is complete: every event has its words, every code its list, every row its text of law."""

from collections import Counter
from dataclasses import dataclass
from datetime import date
from itertools import pairwise

import pytest
from pydantic import TypeAdapter, ValidationError

from ledger.catalogue import ActeProtege, Evenement, Nature, PlanApurementConclu, catalogue, champs, noms
from ledger.catalogue.stade import Stade
from ledger.droit import listes


def test_un_evenement_sans_nom_francais_ne_se_definit_pas() -> None:
    connus = set(catalogue())
    with pytest.raises(TypeError, match="LIBELLE"):

        @dataclass(frozen=True, kw_only=True)
        class Muet(Evenement):
            TOPIC = "unefois:Muet"
            GROUPE = "F05"

    with pytest.raises(TypeError, match="LIBELLE"):

        @dataclass(frozen=True, kw_only=True)
        class ActeMuet(ActeProtege):
            """Its topic is the neutral one of its base; its words must be its own."""

    assert set(catalogue()) == connus


def test_chaque_evenement_se_nomme_une_fois() -> None:
    libelles = Counter(noms().values())
    assert len(libelles) > 50
    assert {libelle for libelle, fois in libelles.items() if fois > 1} == set()
    assert "ActeProtege" in noms()


def test_chaque_code_a_sa_liste_et_chaque_liste_son_champ() -> None:
    vus = {(nom, champ): c for nom, cls in catalogue().items() for champ, c in champs(cls).items()}
    codes = {place: c for place, c in vus.items() if c.nature is Nature.CODE}
    assert len(codes) > 40
    assert [place for place, c in codes.items() if c.liste is None] == []
    assert {c.liste for c in vus.values() if c.liste} | {"stade_procedure", "motif_correction", "etat_echeance"} == set(
        listes.listes()
    )
    exemples = {place: c.exemple if isinstance(c.exemple, list) else [c.exemple] for place, c in codes.items()}
    assert [p for p, c in codes.items() if c.liste and not set(exemples[p]) <= set(listes.codes(c.liste))] == []


def test_la_valeur_par_defaut_d_un_code_est_de_sa_liste() -> None:
    defauts = {
        (nom, champ): cls.__dataclass_fields__[champ].default
        for nom, cls in catalogue().items()
        for champ, c in champs(cls).items()
        if c.nature is Nature.CODE and isinstance(cls.__dataclass_fields__[champ].default, str)
    }
    assert len(defauts) > 3
    for (nom, champ), defaut in defauts.items():
        assert defaut in listes.codes(str(champs(catalogue()[nom])[champ].liste)), (nom, champ)


def test_les_stades_sont_ceux_du_dossier() -> None:
    assert listes.codes("stade_procedure") == tuple(Stade)


def test_chaque_ligne_dit_ses_mots_et_son_texte() -> None:
    assert len(listes.historique()) > 200
    for terme in listes.historique():
        assert terme.code.isascii(), terme
        assert terme.code == terme.code.upper(), terme
        assert terme.libelle, terme
        assert terme.legal_ref, terme
        assert terme.tag in {"STATED", "2nd-HAND", "INFERRED"}, terme


def test_deux_lignes_d_un_code_ne_se_recouvrent_pas() -> None:
    for liste in listes.listes():
        for code in listes.codes(liste):
            lignes = [t for t in listes.historique() if (t.liste, t.code) == (liste, code)]
            for avant, apres in pairwise(lignes):
                assert avant.valid_to is not None, code
                assert apres.valid_from is not None, code
                assert avant.valid_to < apres.valid_from, code


def test_un_code_hors_de_sa_liste_ne_se_lit_pas_a_l_entree() -> None:
    lecteur = TypeAdapter(PlanApurementConclu)
    assert lecteur.validate_python({"etape": "SIGNE"}).etape == "SIGNE"
    with pytest.raises(ValidationError, match="literal_error"):
        lecteur.validate_python({"etape": "TOTALE"})


@pytest.mark.parametrize(
    ("champ", "nature"),
    [
        ("JugementRendu.dette", Nature.MONTANT),
        ("JugementRendu.delais_mois", Nature.MOIS),
        ("JugementRendu.qualification", Nature.CODE),
        ("JugementRendu.date_audience", Nature.DATE),
        ("JugementRendu.nb_enfants", Nature.NOMBRE),
        ("EvaluationSociale.personnes", Nature.IDENTIFIANT),
        ("OccupantDeclare.vit_habituellement", Nature.OUI_NON),
        ("AvisRendu.besoins", Nature.CODE),
    ],
)
def test_la_nature_d_un_champ_se_lit_de_son_annotation(champ: str, nature: Nature) -> None:
    evenement, _, nom = champ.partition(".")
    assert champs(catalogue()[evenement])[nom].nature is nature


def test_une_ligne_datee_vaut_du_premier_au_dernier_jour() -> None:
    terme = listes.Terme("parc", "SOCIAL", "parc social", date(2020, 1, 1), date(2026, 6, 30), "texte", "STATED")
    jours = [date(2019, 12, 31), date(2020, 1, 1), date(2026, 6, 30), date(2026, 7, 1)]
    assert [terme.en_vigueur(le) for le in jours] == [False, True, True, False]
