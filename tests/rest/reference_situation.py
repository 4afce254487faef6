"""A naive model of a case at a past date and of its situation: read off the whole document, by going through all of it.

It shares nothing with the product but the rows of law, and takes every rule as it is said in ADR 27.
"""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from ledger.catalogue import Evenement, catalogue
from ledger.droit.donnees import historique, preseances

Fait = dict[str, Any]


def passe(faits: Sequence[Fait], au: str | None, connu_le: str | None) -> list[Fait]:
    """The facts that were true by then and known by then, but for those that have been corrected since."""

    def dedans(fait: Fait) -> bool:
        vrai = au is None or fait["survenu_le"] <= au
        su = connu_le is None or datetime.fromisoformat(fait["enregistre_le"]) <= datetime.fromisoformat(connu_le)
        return vrai and su

    par_id = {fait["id"]: fait for fait in faits}

    def corrige_depuis(fait: Fait) -> bool:
        return any(not dedans(autre) for autre in par_id.values() if autre["corrige"] == fait["id"])

    restent = [fait for fait in faits if dedans(fait) and not corrige_depuis(fait)]
    ids = {fait["id"] for fait in restent}
    # What settles, or withdraws, a fact that is not there would tell that it is.
    vises = {"ValeurTranchee": "fait", "FaitCorrige": "corrige"}
    return [f for f in restent if f["type"] not in vises or f["champs"].get(vises[f["type"]]) in ids]


def situation(faits: Sequence[Fait], le: date) -> dict[tuple[str, str | None], dict[str, Any]]:
    """By what is told and of whom: the value that holds, the fact that says it, whether another contradicts it."""
    dites: dict[tuple[str, str | None], list[dict[str, Any]]] = {}
    for ordre, fait in enumerate(faits):
        if fait["type"] not in {"FaitCorrige", "ValeurTranchee"}:
            for champ, valeur in fait["champs"].items():
                if champ not in {"reference_source", _cle(fait)}:
                    lieu, assertion = _assertion(fait, champ, valeur, le)
                    assertion["ordre"] = ordre
                    dites.setdefault(lieu, []).append(assertion)
    tranchees = [f for f in faits if f["type"] == "ValeurTranchee" and f["corrige_par"] is None]
    return {lieu: _retenir(lieu[0], assertions, tranchees, le) for lieu, assertions in dites.items()}


def _lignee(fait: Fait) -> list[str]:
    return [c.__name__ for c in catalogue()[fait["type"]].__mro__ if issubclass(c, Evenement)]


def _cle(fait: Fait) -> str | None:
    """The field that names a person, a request, a follow-up or another case: of the events of these histories."""
    return {
        "OccupantDeclare": "personne",
        "AideFinanciereInstruite": "aide",
        "AccompagnementOuvert": "intervention",
        "RapprochementSuggere": "autre",
    }.get(fait["type"])


def _regle(fait: Fait, champ: str, le: date) -> Any:
    role = fait["auteur"]["role"]
    possibles = [
        (_lignee(fait).index(r.evenement), r.role == "", r)
        for r in preseances()
        if r.evenement in _lignee(fait)
        and r.champ == champ
        and r.role in {"", role}
        and r.valid_from <= le <= r.valid_to
    ]
    return min(possibles, key=lambda p: p[:2])[2] if possibles else None


def _assertion(fait: Fait, champ: str, valeur: Any, le: date) -> tuple[tuple[str, str | None], dict[str, Any]]:
    regle = _regle(fait, champ, le)
    donnee = regle.donnee if regle else f"{fait['type']}.{champ}"
    personne = fait["type"] == "OccupantDeclare"
    cle = _cle(fait)
    de = fait["champs"].get(cle) if cle and (personne or regle is None) else None
    vrai = fait["champs"].get(regle.vrai_au) if regle and regle.vrai_au else None
    return (donnee, de), {
        "fait": fait["id"],
        "champ": champ,
        "valeur": valeur,
        "qui": (fait["auteur"]["organisation"], fait["auteur"]["role"]),
        "vrai": date.fromisoformat(vrai or fait["survenu_le"]),
        "rang": regle.rang if regle else 1,
        "corrige": fait["corrige_par"] is not None,
    }


def _retenir(donnee: str, dites: list[dict[str, Any]], tranchees: list[Fait], le: date) -> dict[str, Any]:
    def plus_jeune(a: dict[str, Any], b: dict[str, Any]) -> bool:
        return (a["vrai"], a["ordre"]) > (b["vrai"], b["ordre"])

    vives = [a for a in dites if not a["corrige"]]
    dernieres = [a for a in vives if not any(b["qui"] == a["qui"] and plus_jeune(b, a) for b in vives)]
    if not dernieres:
        return {"valeur": None, "retenue": None, "contredite": False, "tranchee_par": None}
    ecarts = {d.donnee: d.ecart_jours for d in historique() if d.valid_from <= le <= d.valid_to}
    bout = max(a["vrai"] for a in dernieres)
    du_moment = [a for a in dernieres if (bout - a["vrai"]).days <= ecarts.get(donnee, 0)]
    premiers = [a for a in du_moment if a["rang"] == min(b["rang"] for b in du_moment)]
    [retenue] = [a for a in premiers if not any(plus_jeune(b, a) for b in premiers)]
    par = None
    for t in sorted(tranchees, key=lambda t: (t["survenu_le"], t["enregistre_le"])):
        visees = [a for a in dernieres if (a["fait"], a["champ"]) == (t["champs"]["fait"], t["champs"]["champ"])]
        if visees and date.fromisoformat(t["survenu_le"]) >= bout:
            retenue, par = visees[0], t["id"]
    contraires = [
        a
        for a in du_moment
        if a is not retenue and a["valeur"] != retenue["valeur"] and type(a["valeur"]) is type(retenue["valeur"])
    ]
    return {
        "valeur": retenue["valeur"],
        "retenue": retenue["fait"],
        "contredite": bool(contraires),
        "tranchee_par": par,
    }
