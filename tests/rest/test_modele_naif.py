"""Random histories: situation and view at any two dates are those of a naive model, which reads the whole document."""

import os
import random
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any, Final
from uuid import UUID

from tests.monde import ETUDE, Monde, evenement, mandater, ouverture, rpls
from tests.rest import reference_situation as naif
from tests.rest.test_regles import inscrire
from tests.rest.test_situation import derniers

HISTOIRES: Final = min(500, int(os.environ.get("UNEFOIS_TEST_HISTOIRES", "60")))
"""Five hundred, where so many are asked for."""
INSTRUIRE: Final = "CCAPEX_INSTRUCTION"
TRANCHABLES: Final = ("montant", "dette", "ressources", "nb_adultes", "statut")
DEBUT: Final = date(2026, 6, 1)
FIN: Final = date(2026, 11, 1)


def un_jour(alea: random.Random) -> str:
    return (DEBUT + timedelta(alea.randrange((FIN - DEBUT).days))).isoformat()


def dit(alea: random.Random) -> tuple[str, str, dict[str, Any]]:
    """Who tells what, at which purpose."""
    le = un_jour(alea)
    avant = min(le, un_jour(alea))
    montant = alea.choice((100000, 150000, 224770))
    dette = {"montant": montant, "arretee_au": avant}
    acte = {"etude_siret": ETUDE, "dette": montant, "dette_arretee_au": avant, "nb_adultes": alea.randint(1, 3)}
    return alea.choice(
        (
            ("bailleur", "ACTE_EMISSION", evenement("DetteDeclaree", le, **dette)),
            ("ssd", "ACCOMPAGNEMENT", evenement("DetteDeclaree", le, **dette)),
            ("adil", "CONSEIL_DROIT", evenement("DetteDeclaree", le, **dette)),
            ("etude", "ACTE_EMISSION", evenement("JugementRendu", le, **acte)),
            ("etude", "ACTE_EMISSION", evenement("AssignationSignifiee", le, **acte, date_audience="2027-01-12")),
            ("ssd", "ACCOMPAGNEMENT", evenement("BudgetDeclare", le, ressources=alea.choice((90000, 142000)))),
            ("ssd", "ACCOMPAGNEMENT", evenement("MenageDeclare", le, nb_adultes=alea.randint(1, 3))),
            ("bailleur", "ACTE_EMISSION", evenement("RepriseLoyerConstatee", le, statut="PARTIELLE")),
            ("ssd", "ACCOMPAGNEMENT", evenement("RepriseLoyerConstatee", le, statut="TOTALE")),
        )
    )


async def raconter(monde: Monde, alea: random.Random, rang: int) -> str:
    """A history: facts out of order, some replaced or withdrawn by who told them, some values settled."""
    corps = ouverture(f"HISTOIRE{chr(65 + rang % 26)}{chr(65 + rang // 26)}", id_rpls=rpls(7000 + rang))
    dossier = str((await monde.post("/v1/dossiers", "bailleur", "ACTE_EMISSION", corps)).json()["dossier"])
    await monde.post("/v1/dossiers", "etude", "ACTE_EMISSION", corps)
    mandater(monde.bases, "adil", UUID(dossier))
    await monde.contribuer(dossier, "ccapex", "CCAPEX_ADMINISTRATIVE", evenement("CcapexSaisie", saisissant="BAILLEUR"))
    siens: list[tuple[str, str, str, dict[str, Any]]] = []
    for _ in range(alea.randint(4, 9)):
        qui, finalite, fait = dit(alea)
        geste = alea.random()
        if siens and geste < 0.15:
            qui, finalite, id_, fait = siens.pop(alea.randrange(len(siens)))
            fait = {**fait, "survenu_le": un_jour(alea), "corrige": id_}
        elif siens and geste < 0.25:
            qui, finalite, id_, _ = siens.pop(alea.randrange(len(siens)))
            fait = evenement("FaitCorrige", un_jour(alea), corrige=id_)
        elif siens and geste < 0.4:
            qui, finalite = "ccapex", INSTRUIRE
            _, _, id_, vise = alea.choice(siens)
            champ = next(
                nom for nom in ("montant", "dette", "ressources", "nb_adultes", "statut") if nom in vise["donnees"]
            )
            fait = evenement("ValeurTranchee", un_jour(alea), fait=id_, champ=champ, motif="ACCORD")
        recu = await monde.contribuer(dossier, qui, finalite, fait, agent="agent-1" if qui == "adil" else "")
        assert recu.status_code == 201, (fait, recu.text)
        if fait["type"] != "FaitCorrige" and qui != "ccapex":
            [id_] = await derniers(monde, dossier, 1)
            siens.append((qui, finalite, id_, fait))
    return dossier


async def test_toute_histoire_a_la_situation_du_modele_naif(monde: Monde, compter: Callable[[str, int], None]) -> None:
    inscrire(monde, "adil", "ADIL", territoire="departement")
    alea = random.Random(93)  # noqa: S311 - histories to draw, not a secret
    compares = contredits = passes = 0
    for rang in range(HISTOIRES):
        dossier = await raconter(monde, alea, rang)
        chemin = f"/v1/dossiers/{dossier}"
        faits = (await monde.get(chemin, "ccapex", INSTRUIRE)).json()["faits"]
        vue = (await monde.get(f"/v1/vues/ccapex/{dossier}", "ccapex", INSTRUIRE)).json()["faits"]
        for au, connu_le in ((None, None), (un_jour(alea), None), (un_jour(alea), alea.choice(faits)["enregistre_le"])):
            params = {nom: v for nom, v in (("au", au), ("connu_le", connu_le)) if v is not None}
            lu = await monde.get(f"{chemin}/situation", "ccapex", INSTRUIRE, params=params)
            assert lu.status_code == 200, lu.text
            le = date.fromisoformat(lu.json()["au"])
            attendue = naif.situation(naif.passe(faits, au, connu_le), le)
            trouvee = {
                (d["donnee"], d["de"]): {nom: d[nom] for nom in ("valeur", "retenue", "contredite", "tranchee_par")}
                for d in lu.json()["donnees"]
            }
            assert trouvee == attendue, (rang, params)
            alors = await monde.get(f"/v1/vues/ccapex/{dossier}", "ccapex", INSTRUIRE, params=params)
            restent = {f["id"] for f in naif.passe(faits, au, connu_le)}
            assert [f["id"] for f in alors.json()["faits"]] == [f["id"] for f in vue if f["id"] in restent]
            compares += len(trouvee)
            contredits += sum(d["contredite"] for d in trouvee.values())
            passes += bool(params)
    assert contredits > HISTOIRES // 3
    compter("valeurs comparées au modèle naïf", compares)
    compter("situations du passé comparées", passes)


LECTEURS: Final = (
    ("ssd", "", "ACCOMPAGNEMENT"),
    ("bailleur", "", "ACTE_EMISSION"),
    ("etude", "", "ACTE_EMISSION"),
    ("adil", "agent-1", "CONSEIL_DROIT"),
    ("ccapex", "", INSTRUIRE),
)
DE_LA_PAIRE: Final = {"RapprochementSuggere", "RapprochementTranche"}


async def tout_lire(monde: Monde, dossier: str) -> dict[tuple[str, str], Any]:
    """All that each reader is shown of a case, but the log's position and what is said of the pair."""
    lus: dict[tuple[str, str], Any] = {}
    for qui, agent, finalite in LECTEURS:
        for route in ("", "/situation", "/echeances"):
            recu = await monde.get(f"/v1/dossiers/{dossier}{route}", qui, finalite, agent)
            assert recu.status_code == 200, (qui, recu.text)
            lu = recu.json()
            del lu["position"]
            if "faits" in lu:
                lu["faits"] = [f for f in lu["faits"] if f["type"] not in DE_LA_PAIRE]
            lu["donnees"] = [d for d in lu.get("donnees", ()) if d["donnee"].partition(".")[0] not in DE_LA_PAIRE]
            lus[qui, route] = lu
    return lus


async def test_reunis_puis_separes_chacun_est_rendu_tel_qu_il_etait(
    monde: Monde, compter: Callable[[str, int], None]
) -> None:
    """Read as one, the situation is the naive model's on the facts of both; then each is what it was, for everybody."""
    inscrire(monde, "adil", "ADIL", territoire="departement")
    alea = random.Random(1993)  # noqa: S311 - histories to draw, not a secret
    paires = max(5, HISTOIRES // 20)
    for rang in range(paires):
        a, b = [await raconter(monde, alea, 2 * rang + n) for n in (0, 1)]
        avant = [await tout_lire(monde, dossier) for dossier in (a, b)]
        suggere = evenement("RapprochementSuggere", autre=b, motif="IDENTITE_PROCHE")
        assert (await monde.contribuer(a, "ccapex", INSTRUIRE, suggere)).status_code == 201
        for decision in ("MEME_MENAGE", *(("RELU",) if rang % 2 else ())):
            tranche = evenement("RapprochementTranche", autre=b, decision=decision)
            assert (await monde.contribuer(a, "ccapex", INSTRUIRE, tranche)).status_code == 201
        ensemble = (await monde.get(f"/v1/dossiers/{a}", "ccapex", INSTRUIRE)).json()
        assert ensemble["reunis"] == [b]
        lue = (await monde.get(f"/v1/dossiers/{a}/situation", "ccapex", INSTRUIRE)).json()
        faits = [f for f in ensemble["faits"] if f["type"] not in DE_LA_PAIRE]
        attendue = naif.situation(faits, date.fromisoformat(lue["au"]))
        noms = ("valeur", "retenue", "contredite", "tranchee_par")
        du_menage = [d for d in lue["donnees"] if d["donnee"].partition(".")[0] not in DE_LA_PAIRE]
        assert {(d["donnee"], d["de"]): {nom: d[nom] for nom in noms} for d in du_menage} == attendue
        separe = evenement("RapprochementTranche", autre=b, decision="DISTINCT")
        assert (await monde.contribuer(a, "ccapex", INSTRUIRE, separe)).status_code == 201
        assert [await tout_lire(monde, dossier) for dossier in (a, b)] == avant, rang
    compter("paires réunies puis rendues, pour cinq lecteurs", paires)
