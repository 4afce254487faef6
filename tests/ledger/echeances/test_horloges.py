"""What holds of every clock, whatever the acts: their order, acts that do not concern it, what is not told."""

from collections.abc import Callable, Mapping
from datetime import date, timedelta
from typing import Any, Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.catalogue import catalogue, listes_de
from ledger.droit.bornes import historique as bornes
from ledger.droit.echeances import historique
from ledger.droit.feries import feries
from ledger.droit.listes import codes
from ledger.droit.treves import treve
from ledger.echeances import CALCULS, audience, horloges, vocabulaire
from ledger.echeances.chronologie import ActeLu, reperes
from ledger.echeances.horloge import SANS_TERME, Horloge
from tests.ledger.echeances.en_actes import lire

JOURS = st.dates(date(2022, 1, 1), date(2029, 12, 31))
LE = date(2026, 11, 2)


def _valeurs() -> Mapping[str, st.SearchStrategy[Any]]:
    """Of each field that rules read, what it can hold: what the rows ask of it, or what its name says."""
    admises: dict[str, set[str]] = {}
    for rangee in historique():
        for ecrits in (rangee.depart, rangee.annonce, rangee.arret, rangee.lit):
            for repere in reperes(ecrits):
                for champ, admis in repere.conditions:
                    admises.setdefault(champ, set()).update(admis - {"~", "OUI"})
    montants = st.integers(0, 200_000)
    propres = {
        "clause_delai": st.sampled_from(["SIX_SEMAINES", "DEUX_MOIS"]),
        "bailleur_forme": st.sampled_from(["PERSONNE_MORALE", "SCI_FAMILIALE", "PERSONNE_PHYSIQUE"]),
        "parc": st.sampled_from(["SOCIAL", "PRIVE"]),
        "nature": st.sampled_from(["JUGEMENT", "REFERE", "JEX"]),
        "delai": st.sampled_from(["ENTIER", "REDUIT", "SUPPRIME", "MAUVAISE_FOI", "VOIES_DE_FAIT"]),
        "titre": st.none(),
        "heure": st.sampled_from(["00:00", "18:00", "23:59"]),
        **dict.fromkeys(("protocole", "requete"), st.sampled_from(["un", "deux"])),
        **dict.fromkeys(
            ("convient", "prematuree", "tiers_payant", "seul_appel", "suspension_expulsion"), st.booleans()
        ),
        **dict.fromkeys(("duree_mois", "delais_mois", "mois_impayes"), st.integers(0, 40)),
        **dict.fromkeys(("protocole_mois", "avenant_mois"), st.integers(0, 40)),
        **dict.fromkeys(("montant", "loyer", "charges", "dette"), montants),
    }
    return {champ: st.sampled_from(sorted(codes)) for champ, codes in admises.items() if codes} | propres


VALEURS = _valeurs()


@st.composite
def actes(tirer: st.DrawFn) -> list[ActeLu]:
    tires = []
    for numero in range(tirer(st.integers(0, 12))):
        nature = tirer(st.sampled_from(sorted(vocabulaire.entier())))
        champs = sorted(vocabulaire.entier()[nature])
        dits = {c: tirer(VALEURS.get(c, JOURS)) for c in champs if tirer(st.booleans())}
        tires.append(
            ActeLu(f"acte-{numero:02}", nature, tirer(JOURS), {c: v for c, v in dits.items() if v is not None})
        )
    return tires


@settings(deadline=None)
@given(actes(), JOURS, st.randoms(use_true_random=False))
def test_aucune_horloge_ne_depend_de_l_ordre_d_arrivee(tires: list[ActeLu], le: date, hasard: Any) -> None:
    battus = list(tires)
    hasard.shuffle(battus)
    assert horloges(battus, le) == horloges(tires, le)


@settings(deadline=None)
@given(actes(), JOURS, st.randoms(use_true_random=False))
def test_deux_histoires_dites_dans_un_autre_ordre_disent_la_meme_chose(
    tires: list[ActeLu], le: date, hasard: Any
) -> None:
    """What was told first has the smaller id and rank; of two acts of one day, it counts for no more than the other."""
    battus = list(tires)
    hasard.shuffle(battus)
    renommes = [acte._replace(id=f"fait-{rang:02}", rang=rang) for rang, acte in enumerate(battus)]

    def dit(liste: list[ActeLu]) -> list[tuple[Any, ...]]:
        dites = [
            (h.regle, h.etat, h.dernier_jour, h.premier_jour, h.explication, len(h.actes), h.autres_lectures)
            for h in horloges(liste, le)
        ]
        return sorted(dites, key=str)

    assert dit(renommes) == dit(tires)


@settings(deadline=None)
@given(actes(), actes(), JOURS)
def test_aucune_ne_bouge_par_un_acte_qui_ne_la_concerne_pas(
    tires: list[ActeLu], autres: list[ActeLu], le: date
) -> None:
    for autre in (acte._replace(id=f"autre-{acte.id}") for acte in autres):
        concernees = {r.regle for r in historique() if autre.nature in vocabulaire.de_la_regle(r.regle)}
        avant, apres = (
            [h for h in horloges(liste, le) if h.regle not in concernees] for liste in (tires, [*tires, autre])
        )
        assert apres == avant


@settings(deadline=None)
@given(actes(), JOURS, st.integers(1, 400))
def test_le_temps_qui_passe_ne_deplace_aucun_terme(tires: list[ActeLu], le: date, jours: int) -> None:
    """But for what is asked of that very day: whether an eviction could be done, what silence is worth by then."""
    du_jour = {"R16", "R18"}
    termes = [
        sorted((h.regle, h.dernier_jour, h.premier_jour, h.actes) for h in horloges(tires, jour) if _terme(h, du_jour))
        for jour in (le, le + timedelta(days=jours))
    ]
    assert termes[0] == termes[1]


def _terme(trouvee: Horloge, du_jour: set[str]) -> bool:
    return trouvee.regle not in du_jour and trouvee.dernier_jour is not None


class _Espion(dict[str, Any]):
    """The fields of an act, and which of them were asked for."""

    def __init__(self, nature: str, dits: Mapping[str, Any], lus: set[tuple[str, str]]) -> None:
        super().__init__(dits)
        self._nature, self._lus = nature, lus

    def get(self, champ: str, defaut: Any = None) -> Any:
        self._lus.add((self._nature, champ))
        return super().get(champ, defaut)

    def __getitem__(self, champ: str) -> Any:
        self._lus.add((self._nature, champ))
        return super().__getitem__(champ)


@settings(deadline=None)
@given(actes(), JOURS)
def test_aucune_ne_lit_ce_que_ses_rangees_ne_disent_pas(tires: list[ActeLu], le: date) -> None:
    lus: set[tuple[str, str]] = set()
    horloges([acte._replace(dits=_Espion(acte.nature, acte.dits, lus)) for acte in tires], le)
    assert lus <= {(nature, champ) for nature, champs in vocabulaire.entier().items() for champ in champs}


@settings(deadline=None)
@given(actes(), JOURS)
def test_chacune_dit_sur_quoi_elle_repose_en_une_phrase(tires: list[ActeLu], le: date) -> None:
    connus = {acte.id for acte in tires}
    for trouvee in horloges(tires, le):
        assert trouvee.etat in codes("etat_echeance")
        assert trouvee.actes
        assert set(trouvee.actes) <= connus
        assert trouvee.explication.endswith(".")
        assert trouvee.legal_ref
        assert trouvee.etat != "INCONNU" or trouvee.manque
        assert trouvee.etat not in SANS_TERME or (trouvee.dernier_jour, trouvee.premier_jour) == (None, None)
        assert not any(acte_id in trouvee.explication for acte_id in connus)


def une(regle: str, *actes_lus: ActeLu, le: date = LE) -> Horloge:
    [trouvee] = [h for h in horloges(actes_lus, le) if h.regle == regle]
    return trouvee


def acte(nature: str, le: str, **dits: Any) -> ActeLu:
    return ActeLu(f"{nature}-{le}", nature, date.fromisoformat(le), dits)


def test_un_delai_inconnu_montre_ses_deux_lectures_et_aucun_jour() -> None:
    lue = une("R01", acte("CommandementPayerSignifie", "2026-03-02"))
    assert lue.etat == "INCONNU"
    assert (lue.dernier_jour, lue.premier_jour) == (None, None)
    assert lue.manque == ("la date du bail, ou le délai que dit la clause",)
    assert [(a.si, a.dernier_jour, a.premier_jour) for a in lue.autres_lectures] == [
        ("si la clause du bail dit six semaines", date(2026, 4, 13), date(2026, 4, 14)),
        ("si la clause du bail dit deux mois", date(2026, 5, 2), date(2026, 5, 3)),
    ]
    assert lue.explication == (
        "Clause résolutoire, impayé : calcul impossible, il manque la date du bail, ou le délai que dit la clause."
    )


def test_deux_dates_de_bail_qui_se_contredisent_ne_donnent_aucun_jour() -> None:
    baux = [
        acte("LogementDeclare", f"2024-05-0{n}", bail_signe_le=date(annee, 1, 1)) for n, annee in ((1, 2020), (2, 2024))
    ]
    lue = une("R01", acte("CommandementPayerSignifie", "2026-03-02"), *baux)
    assert lue.etat == "INCONNU"
    assert len(lue.actes) == 3


def test_un_samedi_dit_l_autre_lecture_et_s_etiquette_infere() -> None:
    bail = acte("DossierOuvert", "2024-01-01", bail_signe_le=date(2023, 8, 1))
    clause = acte("CommandementPayerSignifie", "2025-01-18", clause_delai="SIX_SEMAINES")
    lue = une("R01", clause, bail)
    assert lue.dernier_jour == date(2025, 3, 1)
    assert [(a.dernier_jour, a.premier_jour) for a in lue.autres_lectures] == [(date(2025, 3, 3), date(2025, 3, 4))]
    assert lue.tag == "2nd-HAND"


def test_la_lecture_b_du_diagnostic_est_d_un_jour_plus_tot() -> None:
    lue = une("R07", acte("AssignationSignifiee", "2026-04-01", date_audience=date(2026, 6, 15)))
    assert (lue.dernier_jour, lue.tag) == (date(2026, 6, 8), "INFERRED")
    assert [a.dernier_jour for a in lue.autres_lectures] == [date(2026, 6, 7)]


@pytest.mark.parametrize(
    ("regle", "lus", "manque"),
    [
        ("R04", [acte("AssignationSignifiee", "2026-04-01")], "la date de l'audience"),
        ("R05", [acte("AssignationSignifiee", "2026-04-01")], "la saisine de l'organisme chargé du diagnostic"),
        ("R10", [acte("JugementRendu", "2026-04-01")], "la signification du jugement"),
        ("R14", [acte("DelaisQuitterAvances", "2026-04-01", etape="ACCORDES", base="L412_2", duree_mois=2)],
         "la réception du commandement de quitter les lieux par le préfet"),
        ("R15", [acte("DelaisQuitterAvances", "2026-04-01", etape="ACCORDES")], "la durée des délais accordés"),
        ("R17", [acte("ConcoursForceRequis", "2026-04-01")], "le commandement de quitter les lieux"),
        ("R17", [acte("CommandementQuitterSignifie", "2026-01-01"), acte("ConcoursForceRequis", "2026-04-01")],
         "la réception du commandement de quitter les lieux par le préfet"),
        ("R19", [acte("ExpulsionRealisee", "2026-04-01")], "la signification du procès-verbal d'expulsion"),
        ("R28", [acte("ProtocoleAvance", "2026-04-01", etape="SIGNE")], "la durée du protocole"),
        ("R31", [acte("ImpayeSignaleOrganisme", "2026-04-01")], "le premier défaut ou le montant dû"),
        ("BDF-mesures", [acte("SurendettementAvance", "2026-04-01", etape="MESURES")], "la notification des mesures"),
    ],
)  # fmt: skip
def test_ce_qui_manque_est_nomme_et_aucun_jour_n_est_invente(regle: str, lus: list[ActeLu], manque: str) -> None:
    lue = une(regle, *lus)
    assert (lue.etat, lue.dernier_jour, lue.premier_jour, lue.manque) == ("INCONNU", None, None, (manque,))
    assert manque in lue.explication


def test_un_commandement_que_le_prefet_n_a_pas_recu_est_suspendu_et_le_dit() -> None:
    lue = une("R13", acte("CommandementQuitterSignifie", "2026-04-10"))
    assert lue.explication.endswith(
        "le délai est suspendu, il manque la réception du commandement de quitter les lieux par le préfet."
    )


def test_un_silence_est_un_etat_et_vaut_refus_depuis_son_dernier_jour() -> None:
    lus = [
        acte("CommandementQuitterSignifie", "2026-04-10", date_reception=date(2026, 4, 10)),
        acte("ConcoursForceRequis", "2026-06-12"),
    ]
    assert une("R17", *lus, le=date(2026, 8, 12)).etat == "EN_ATTENTE"
    assert not [h for h in horloges(lus, date(2026, 8, 12)) if h.regle == "R18"]
    assert une("R17", *lus, le=date(2026, 8, 13)).etat == "REFUS_IMPLICITE"
    assert une("R18", *lus, le=date(2026, 8, 13)).premier_jour == date(2026, 8, 12)
    refuse_ensuite = acte("ConcoursForceRefuse", "2026-09-01")
    assert une("R18", *lus, refuse_ensuite, le=date(2026, 9, 2)).premier_jour == date(2026, 8, 12)


def test_une_saisine_plus_ancienne_suffit_a_la_recevabilite() -> None:
    lus = [
        acte("DossierOuvert", "2025-01-01", bailleur_forme="PERSONNE_MORALE"),
        acte("CcapexSaisie", "2026-01-12", saisissant="BAILLEUR"),
        acte("ImpayeSignaleOrganisme", "2026-03-01"),
        acte("AssignationSignifiee", "2026-03-20"),
    ]
    assert [h.etat for h in horloges(lus, LE) if h.regle == "R03"] == ["RECEVABLE", "RECEVABLE"]


def test_du_parc_social_le_bailleur_est_une_personne_morale() -> None:
    lus = [
        acte("DossierOuvert", "2025-01-01", parc="SOCIAL"),
        acte("CcapexSaisie", "2026-01-12", saisissant="BAILLEUR"),
    ]
    assert une("R03", *lus).premier_jour == date(2026, 3, 13)


def test_les_jours_feries_sont_les_onze_de_la_loi() -> None:
    assert {j.isoformat()[5:] for j in feries(2026)} == {
        "01-01", "04-06", "05-01", "05-08", "05-14", "05-25", "07-14", "08-15", "11-01", "11-11", "12-25",
    }  # fmt: skip
    paques = {2023: "04-10", 2024: "04-01", 2025: "04-21", 2026: "04-06", 2027: "03-29", 2028: "04-17"}
    for annee, lundi in paques.items():
        assert date.fromisoformat(f"{annee}-{lundi}") in feries(annee)
        assert len(feries(annee)) == 11


@pytest.mark.parametrize(
    ("jour", "attendue"),
    [
        ("2026-10-31", None),
        ("2026-11-01", ("2026-11-01", "2027-03-31")),
        ("2027-03-31", ("2026-11-01", "2027-03-31")),
        ("2027-04-01", None),
        ("2020-07-10", ("2019-11-01", "2020-07-10")),
        ("2021-05-31", ("2020-11-01", "2021-05-31")),
        ("2013-03-16", None),
        ("2016-03-31", ("2015-11-01", "2016-03-31")),
    ],
)
def test_la_treve_a_ses_rangees_datees(jour: str, attendue: tuple[str, str] | None) -> None:
    trouvee = treve(date.fromisoformat(jour))
    assert (trouvee and tuple(j.isoformat() for j in trouvee)) == attendue


def test_chaque_rangee_est_du_droit_date_et_source(compter: Callable[[str, int], None]) -> None:
    noms_de_bornes = {b.nom for b in bornes()}
    for rangee in historique():
        assert rangee.calcul in CALCULS
        assert rangee.legal_ref
        assert rangee.tag in {"STATED", "2nd-HAND", "INFERRED", "RECALL"}
        assert rangee.valid_from <= rangee.valid_to
        assert {code for code in rangee.issues if code} <= set(codes("etat_echeance"))
        assert not rangee.borne or rangee.borne in noms_de_bornes
        assert (not rangee.effet and not rangee.premier) or rangee.premier
    compter("rangées du droit des échéances", len(historique()))


@settings(deadline=None)
@given(st.sampled_from(["R04", "R04-placement", "R06", "R07"]), JOURS)
def test_ce_qui_echoit_avant_un_jour_est_ce_qui_a_son_audience_avant_un_autre(regle: str, avant: date) -> None:
    rangee = audience.regles(LE)[regle]
    derniere = audience.derniere_audience(rangee, avant)
    assert audience.echeance(rangee, derniere) <= avant < audience.echeance(rangee, derniere + timedelta(days=1))


ATTENDUS: Final[Mapping[str, frozenset[str]]] = {
    "ContactTente": frozenset({"objet"}),
    "DroitExerce": frozenset({"requete"}),
    "DroitRepondu": frozenset({"reponse", "requete"}),
    "EchangeTrace": frozenset(),
    "ImpayeSignaleOrganisme": frozenset({"constitue_le"}),
    "ProtocoleAvance": frozenset({"avenant_mois", "debut", "etape", "protocole", "protocole_mois"}),
    "RelogementAvance": frozenset({"convient", "nature"}),
    "SuiviUnAnEvalue": frozenset(),
    "SurendettementAvance": frozenset({"fin", "mesure", "notifie_le", "suspendue_depuis", "suspendue_jusqu_au"}),
    "ViolationConstatee": frozenset({"heure"}),
}
"""What rules read and the catalogue may lack: nothing else, and no word that is written otherwise there."""


def test_ce_que_lisent_les_rangees_est_au_catalogue() -> None:
    for nature, lus in vocabulaire.entier().items():
        connus = vocabulaire.au_catalogue().get(nature, frozenset())
        assert nature in vocabulaire.au_catalogue() or nature in ATTENDUS
        assert lus - connus <= ATTENDUS.get(nature, frozenset()), nature
    for repere in (x for r in historique() for e in (r.depart, r.annonce, r.arret, r.lit) for x in reperes(e)):
        listes = listes_de(catalogue()[repere.nature]) if repere.nature in catalogue() else {}
        for champ, admis in repere.conditions:
            assert champ not in listes or admis - {"~"} <= set(codes(listes[champ])), (repere, champ)


def test_deux_versions_d_une_regle_ne_valent_jamais_le_meme_jour() -> None:
    par_regle: dict[str, list[tuple[date, date]]] = {}
    for rangee in historique():
        par_regle.setdefault(rangee.regle, []).append((rangee.valid_from, rangee.valid_to))
    for periodes in par_regle.values():
        for (_, fin), (debut, _) in zip(sorted(periodes), sorted(periodes)[1:], strict=False):
            assert fin < debut


def test_chaque_regle_a_son_cas() -> None:
    mis = {cas.rend for fichier in ("cas.csv", "autres_cas.csv") for cas in lire(fichier)}
    assert {r.regle for r in historique()} - mis == {"R09-respect"}
