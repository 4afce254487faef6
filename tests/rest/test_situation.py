"""The case as it stands, value by value: who says it, what contradicts it, what holds and why."""

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any, Final
from uuid import UUID, uuid4

import orjson
import pytest

from adapters.gate.episodes import FaitLu
from adapters.gate.situation import ASSERTIONS_LISTEES, situer
from ledger.catalogue import Evenement, catalogue, champs
from ledger.droit.donnees import donnees, historique, preseances
from tests.monde import ETUDE, Monde, evenement, mandater
from tests.rest.recit import titulaire
from tests.rest.test_regles import inscrire

INSTRUIRE: Final = "CCAPEX_INSTRUCTION"
AGENTS: Final = {"adil": "agent-1"}
HORS: Final = {"position", "enregistre_le", "trace"}
Lue = Mapping[str, Any]


def dette(montant: int, arretee_au: str, **plus: Any) -> dict[str, Any]:
    return evenement("DetteDeclaree", "2026-10-25", montant=montant, arretee_au=arretee_au) | plus


async def saisi(monde: Monde) -> str:
    """A case that its landlord opened, whose saisine the CCAPEX instructs; an ADIL is mandated beside it."""
    dossier = await monde.ouvrir()
    inscrire(monde, "adil", "ADIL", territoire="departement")
    mandater(monde.bases, "adil", UUID(dossier))
    await dire(monde, dossier, "ccapex", "CCAPEX_ADMINISTRATIVE", evenement("CcapexSaisie", saisissant="BAILLEUR"))
    return dossier


async def dire(monde: Monde, dossier: str, qui: str, finalite: str, *faits: dict[str, Any]) -> list[str]:
    agent = AGENTS.get(qui, "")
    recu = await monde.contribuer(dossier, qui, finalite, *faits, agent=agent)
    assert recu.status_code == 201, recu.text
    return await derniers(monde, dossier, len(faits))


async def derniers(monde: Monde, dossier: str, combien: int) -> list[str]:
    """The ids of the last facts of a case, as it was recorded."""
    lecture = await monde.gate.ledger.consulter(UUID(dossier))
    assert lecture is not None
    return [str(fait.enveloppe.id) for fait in lecture.faits[-combien:]]


async def situation(
    monde: Monde, dossier: str, qui: str = "ccapex", finalite: str = INSTRUIRE, **params: str
) -> dict[tuple[str, str | None], Lue]:
    lu = await monde.get(f"/v1/dossiers/{dossier}/situation", qui, finalite, AGENTS.get(qui, ""), params=params)
    assert lu.status_code == 200, lu.text
    assert lu.headers["etag"]
    return {(d["donnee"], d["de"]): d for d in lu.json()["donnees"]}


async def la_dette(monde: Monde, dossier: str, qui: str = "ccapex", finalite: str = INSTRUIRE, **params: str) -> Lue:
    return (await situation(monde, dossier, qui, finalite, **params))["dette", None]


async def test_de_deux_valeurs_du_meme_moment_celle_qui_prime_est_retenue_et_l_autre_reste(monde: Monde) -> None:
    dossier = await saisi(monde)
    [bailleur] = await dire(monde, dossier, "bailleur", "ACTE_EMISSION", dette(224770, "2026-10-20"))
    seule = await la_dette(monde, dossier)
    assert (seule["valeur"], seule["contredite"], seule["fraiche"]) == (224770, False, True)
    assert seule["pourquoi"] == "La dernière dite."
    [adil] = await dire(monde, dossier, "adil", "CONSEIL_DROIT", dette(180000, "2026-09-30"))
    dite = await la_dette(monde, dossier)
    assert (dite["valeur"], dite["retenue"], dite["contredite"]) == (180000, adil, True)
    assert dite["pourquoi"] == "Elle prime : l'ADIL l'a recalculée (Charte 93, fiche 16)."
    assert [(a["fait"], a["valeur"], a["etat"]) for a in dite["assertions"]] == [
        (adil, 180000, "retenue"),
        (bailleur, 224770, "contraire"),
    ]
    assert dite["assertions"][1]["auteur"]["role"] == "BAILLEUR_SOCIAL"


async def test_un_jugement_fixe_la_dette_et_ce_qui_devient_vrai_bien_apres_passe_avant_lui(monde: Monde) -> None:
    dossier = await saisi(monde)
    await monde.ouvrir("etude")
    await dire(monde, dossier, "bailleur", "ACTE_EMISSION", dette(224770, "2026-05-10"))
    await dire(monde, dossier, "adil", "CONSEIL_DROIT", dette(190000, "2026-05-05"))
    jugement = evenement("JugementRendu", "2026-05-12", etude_siret=ETUDE, dette_fixee=200000)
    [fixe] = await dire(monde, dossier, "etude", "ACTE_EMISSION", jugement)
    dite = await la_dette(monde, dossier)
    assert (dite["valeur"], dite["retenue"], dite["vrai_au"]) == (200000, fixe, "2026-05-12")
    assert "le juge l'a fixée" in dite["pourquoi"]
    assert dite["fraiche"] is False
    await dire(monde, dossier, "bailleur", "ACTE_EMISSION", dette(260000, "2026-10-20"))
    apres = await la_dette(monde, dossier)
    assert (apres["valeur"], apres["contredite"]) == (260000, False)
    assert {a["etat"] for a in apres["assertions"][1:]} == {"ancienne"}


async def test_des_valeurs_egales_concordent_et_la_derniere_d_un_declarant_remplace_la_sienne(monde: Monde) -> None:
    dossier = await saisi(monde)
    await dire(monde, dossier, "bailleur", "ACTE_EMISSION", dette(100, "2026-10-01"), dette(224770, "2026-10-10"))
    await dire(monde, dossier, "ssd", "ACCOMPAGNEMENT", dette(224770, "2026-10-15"))
    dite = await la_dette(monde, dossier)
    assert (dite["valeur"], dite["contredite"]) == (224770, False)
    assert [a["etat"] for a in dite["assertions"]] == ["retenue", "concordante", "ancienne"]
    assert dite["pourquoi"] == "Plusieurs la disent ; la plus récente."


async def test_ce_qui_est_corrige_ne_vaut_plus_et_reste_montre(monde: Monde) -> None:
    dossier = await saisi(monde)
    [faux] = await dire(monde, dossier, "bailleur", "ACTE_EMISSION", dette(900000, "2026-10-20"))
    await dire(monde, dossier, "bailleur", "ACTE_EMISSION", dette(224770, "2026-10-20", corrige=faux))
    dite = await la_dette(monde, dossier)
    assert [(a["valeur"], a["etat"]) for a in dite["assertions"]] == [(224770, "retenue"), (900000, "corrigee")]
    await dire(monde, dossier, "bailleur", "ACTE_EMISSION", evenement("FaitCorrige", corrige=dite["retenue"]))
    assert (await la_dette(monde, dossier))["valeur"] == 900000, (
        "who withdraws a correction gives back what it corrected"
    )
    await dire(monde, dossier, "bailleur", "ACTE_EMISSION", evenement("FaitCorrige", corrige=faux))
    rien = await la_dette(monde, dossier)
    assert (rien["valeur"], rien["retenue"]) == (None, None)
    assert rien["pourquoi"] == "Tout ce qui en a été dit a été corrigé."


async def test_une_personne_tranche_et_ce_qui_devient_vrai_ensuite_rouvre_la_question(monde: Monde) -> None:
    dossier = await saisi(monde)
    [bailleur] = await dire(monde, dossier, "bailleur", "ACTE_EMISSION", dette(224770, "2026-10-20"))
    await dire(monde, dossier, "adil", "CONSEIL_DROIT", dette(180000, "2026-10-18"))
    tranche = evenement("ValeurTranchee", "2026-10-26", fait=bailleur, champ="montant", motif="PIECE_PRODUITE")
    [par] = await dire(monde, dossier, "ccapex", INSTRUIRE, tranche)
    dite = await la_dette(monde, dossier)
    assert (dite["valeur"], dite["tranchee_par"], dite["contredite"]) == (224770, par, True)
    assert dite["pourquoi"] == "Une personne l'a tranchée, parmi des valeurs qui se contredisaient."
    await dire(monde, dossier, "adil", "CONSEIL_DROIT", dette(170000, "2026-10-27") | {"survenu_le": "2026-10-28"})
    apres = await la_dette(monde, dossier)
    assert (apres["valeur"], apres["tranchee_par"]) == (170000, None)
    await dire(monde, dossier, "ccapex", INSTRUIRE, evenement("FaitCorrige", corrige=par))
    assert (await la_dette(monde, dossier, au="2026-10-26"))["tranchee_par"] is None


@pytest.mark.parametrize(
    ("champ", "connu", "code"),
    [("montant", False, "fait_inconnu"), ("loyer", True, "champ_inconnu"), ("x" * 200, True, "champ_inconnu")],
)
async def test_on_ne_tranche_que_ce_qui_est_dit(monde: Monde, champ: str, code: str, *, connu: bool) -> None:
    dossier = await saisi(monde)
    [bailleur] = await dire(monde, dossier, "bailleur", "ACTE_EMISSION", dette(224770, "2026-10-20"))
    fait = bailleur if connu else str(uuid4())
    tranche = evenement("ValeurTranchee", fait=fait, champ=champ, motif="ACCORD")
    refus = await monde.contribuer(dossier, "ccapex", INSTRUIRE, tranche)
    assert (refus.status_code, refus.json()["champs"][0]["code"]) == (422, code)


async def test_qui_n_a_pas_la_valeur_n_apprend_pas_qu_elle_est_tranchee(monde: Monde) -> None:
    dossier = await saisi(monde)
    [bailleur] = await dire(monde, dossier, "bailleur", "ACTE_EMISSION", dette(224770, "2026-10-20"))
    avant = await monde.get(f"/v1/dossiers/{dossier}", "bailleur", "ACTE_EMISSION")
    [adil] = await dire(monde, dossier, "adil", "CONSEIL_DROIT", dette(180000, "2026-10-18"))
    for fait in (adil, bailleur):
        tranche = evenement("ValeurTranchee", fait=fait, champ="montant", motif="RECALCUL")
        await dire(monde, dossier, "ccapex", INSTRUIRE, tranche)
    apres = await monde.get(f"/v1/dossiers/{dossier}", "bailleur", "ACTE_EMISSION")
    assert apres.headers["etag"] == avant.headers["etag"], "the landlord sees what it saw"
    dite = await la_dette(monde, dossier, "bailleur", "ACTE_EMISSION")
    assert (dite["valeur"], dite["contredite"], len(dite["assertions"])) == (224770, False, 1)
    suivi = (await monde.get(f"/v1/dossiers/{dossier}", "ssd", "ACCOMPAGNEMENT")).json()["faits"]
    montrees = {(f["id"], champ) for f in suivi for champ in f["champs"]}
    for f in suivi:
        assert f["type"] != "ValeurTranchee" or (f["champs"]["fait"], f["champs"]["champ"]) in montrees


def test_un_montant_et_une_tranche_ne_se_comparent_pas() -> None:
    def dite(n: int, montant: object, qui: str) -> FaitLu:
        auteur = {"organisation": qui, "role": "BAILLEUR_SOCIAL", "systeme": "PARTENAIRE"}
        return {
            "id": f"f{n}",
            "type": "DetteDeclaree",
            "survenu_le": "2026-10-20",
            "enregistre_le": f"2026-10-2{n}T09:00:00+00:00",
            "auteur": auteur if qui else None,
            "corrige_par": None,
            "champs": {"montant": montant},
        }

    def etats(*faits: FaitLu) -> list[tuple[object, str]]:
        pas = situer([orjson.dumps(faits)], date(2026, 11, 2))
        try:
            while True:
                next(pas)
        except StopIteration as fin:
            [donnee] = fin.value["donnees"]
            return [(a["valeur"], a["etat"]) for a in donnee["assertions"]]

    tranche = "de 2 000 à 5 000 €"
    assert etats(dite(1, 224770, "A"), dite(2, tranche, "B")) == [(tranche, "retenue"), (224770, "incomparable")]
    assert etats(dite(1, tranche, "A"), dite(2, tranche, "B")) == [(tranche, "retenue"), (tranche, "concordante")]
    # Two facts whose author is not named may be of two: neither takes the other's place.
    assert etats(dite(1, 1, ""), dite(2, 2, "")) == [(2, "retenue"), (1, "contraire")]
    assert etats(dite(1, 1, "A"), dite(2, 2, "A")) == [(2, "retenue"), (1, "ancienne")]


async def test_les_deux_axes_du_temps(monde: Monde) -> None:
    dossier = await saisi(monde)
    await dire(monde, dossier, "bailleur", "ACTE_EMISSION", dette(100000, "2026-08-31") | {"survenu_le": "2026-09-01"})
    instant = (await monde.get(f"/v1/dossiers/{dossier}", "ccapex", INSTRUIRE)).json()["faits"][-1]["enregistre_le"]
    await dire(monde, dossier, "bailleur", "ACTE_EMISSION", dette(224770, "2026-10-20"))
    assert (await la_dette(monde, dossier))["valeur"] == 224770
    passe = await la_dette(monde, dossier, au="2026-09-15")
    assert (passe["valeur"], passe["age_jours"], passe["fraiche"]) == (100000, 15, True)
    connue = await la_dette(monde, dossier, connu_le=instant)
    assert connue["valeur"] == 100000, "what was told later was not known then, whenever it is true"


async def test_une_personne_a_ses_valeurs_et_le_menage_les_siennes(monde: Monde) -> None:
    dossier = await saisi(monde)
    personne, autre = await titulaire(monde, dossier), str(uuid4())
    identite = {"nom": "DIALLO", "prenoms": "Awa", "date_naissance": "1960-01-02"}
    occupant = evenement("OccupantDeclare", personne=autre, qualite="CONJOINT", **identite)
    await dire(monde, dossier, "ssd", "ACCOMPAGNEMENT", occupant)
    lue = await situation(monde, dossier)
    assert lue["nom", autre]["valeur"] == "DIALLO"
    assert lue["nom", personne]["valeur"] != "DIALLO"
    assert lue["loyer", None]["valeur"] == 80061
    assert lue["commune", None]["fraiche"] is None, "a place does not age"


async def test_une_situation_est_bornee_et_compte_le_reste(monde: Monde) -> None:
    dossier = await saisi(monde)
    faits = [dette(1000 + n, f"2026-10-{n % 28 + 1:02d}") for n in range(ASSERTIONS_LISTEES + 5)]
    await dire(monde, dossier, "bailleur", "ACTE_EMISSION", *faits)
    dite = await la_dette(monde, dossier)
    assert (len(dite["assertions"]), dite["autres"]) == (ASSERTIONS_LISTEES, 5)
    assert dite["assertions"][0]["etat"] == "retenue"


async def test_une_situation_est_journalisee_comme_une_lecture(monde: Monde) -> None:
    dossier = await saisi(monde)
    await monde.get(f"/v1/dossiers/{dossier}", "ccapex", INSTRUIRE)
    await situation(monde, dossier)
    lectures = [ligne for ligne in await monde.journal() if ligne["action"] == "lire"][:2]
    vues = [{nom: v for nom, v in ligne.items() if nom not in HORS} for ligne in lectures]
    assert vues[0] == vues[1]
    for refusee, statut in (({"voisin": "ACTE_EMISSION"}, 404), ({"bailleur": INSTRUIRE}, 403)):
        [(qui, finalite)] = refusee.items()
        assert (await monde.get(f"/v1/dossiers/{dossier}/situation", qui, finalite)).status_code == statut
    mauvais = await monde.get(f"/v1/dossiers/{dossier}/situation", "ccapex", INSTRUIRE, params={"apres": "1"})
    assert mauvais.status_code == 400


def test_chaque_rangee_nomme_ce_que_le_catalogue_a(compter: Callable[[str, int], None]) -> None:
    lignees = {c.__name__: cls for cls in catalogue().values() for c in cls.__mro__ if issubclass(c, Evenement)}
    le = date(2026, 11, 2)
    for rangee in preseances():
        assert rangee.donnee in donnees(le), rangee
        decrits = champs(lignees[rangee.evenement])
        assert rangee.champ in decrits, rangee
        assert rangee.vrai_au in {"", *decrits}, rangee
        assert rangee.legal_ref
        assert rangee.tag in {"STATED", "2nd-HAND", "INFERRED"}
    assert {r.donnee for r in preseances()} == {d.donnee for d in historique()}
    compter("rangées de préséance", len(preseances()))


async def test_qui_etait_du_menage_quand_et_les_episodes_du_dossier(monde: Monde) -> None:
    dossier = await saisi(monde)
    titulaire_, autre = await titulaire(monde, dossier), str(uuid4())
    identite = {"nom": "DIALLO", "date_naissance": "1960-01-02", "entre_le": "2020-05-01"}
    occupant = evenement("OccupantDeclare", personne=autre, qualite="CONJOINT", **identite)
    await dire(monde, dossier, "ssd", "ACCOMPAGNEMENT", occupant)
    await dire(monde, dossier, "ssd", "ACCOMPAGNEMENT", evenement("OccupantParti", "2026-10-05", personne=autre))
    clos = evenement("DossierClos", "2026-10-10", motif="DETTE_SOLDEE")
    rouvert = evenement("DossierRouvert", "2026-10-20", motif="NOUVEL_IMPAYE")
    for fait in (clos, rouvert):
        await dire(monde, dossier, "ccapex", "CCAPEX_ADMINISTRATIVE", fait)

    async def lue(**params: str) -> dict[str, Any]:
        recu = await monde.get(f"/v1/dossiers/{dossier}/situation", "ccapex", INSTRUIRE, params=params)
        assert recu.status_code == 200
        lu: dict[str, Any] = recu.json()
        return lu

    parti = {"personne": autre, "qualite": "CONJOINT", "entre_le": "2020-05-01", "parti_le": "2026-10-05"}
    reste = {"personne": titulaire_, "qualite": "TITULAIRE", "entre_le": None, "parti_le": None, "present": True}
    premier = {"du": "2026-09-01", "motif": "IMPAYE", "au": "2026-10-10", "motif_cloture": "DETTE_SOLDEE"}
    second = {"du": "2026-10-20", "motif": "NOUVEL_IMPAYE", "au": None, "motif_cloture": None}
    assert (await lue())["menage"] == [reste, {**parti, "present": False}]
    assert (await lue())["episodes"] == [premier, second]
    alors = await lue(au="2026-10-04")
    assert [p["present"] for p in alors["menage"]] == [True]
    assert alors["episodes"] == [{**premier, "au": None, "motif_cloture": None}]


async def test_ce_qui_nomme_plusieurs_personnes_n_est_d_aucune(monde: Monde) -> None:
    """Who came to the hearing is a list of persons: it is told of the household, and breaks nothing."""
    dossier = await saisi(monde)
    personne = await titulaire(monde, dossier)
    tenue = evenement("AudienceTenue", issue="TENUE", presents=[personne])
    await dire(monde, dossier, "adil", "CONSEIL_DROIT", tenue)
    assert (await situation(monde, dossier))["AudienceTenue.presents", None]["valeur"] == [personne]
