"""From the data of a case to the acts of a household, as the catalogue tells them; no value is computed here."""

import csv
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from itertools import count
from pathlib import Path
from typing import Any, Final

from ledger.echeances.chronologie import ActeLu
from ledger.echeances.horloge import Horloge

Donnees = Mapping[str, Any]
LOIN: Final = date(2100, 1, 1)
"""A day by which everything that runs is over."""


@dataclass(frozen=True)
class Cas:
    """One row: a rule, what is told, and what must come out, worked out by hand."""

    regle: str
    donnees: Donnees
    attendu: str
    texte: str
    note: str

    @property
    def actes(self) -> list[ActeLu]:
        numeros = count(1)
        return [
            ActeLu(f"acte-{next(numeros)}", nature, le, {nom: v for nom, v in dits.items() if v is not None})
            for nature, le, dits in MISES_EN_ACTES[self.regle](self.donnees)
        ]

    @property
    def le(self) -> date:
        """The day on which it is asked."""
        ecrit = self.donnees.get("au") or self.donnees.get("jour")
        return jour(ecrit) if ecrit else date(2026, 6, 1)

    @property
    def rend(self) -> str:
        """Which clock answers: a case may be of a rule that is written as several rows."""
        d = self.donnees
        match self.regle:
            case "R10":
                return {"REFERE": "R10-refere", "JEX": "R10-jex"}.get(d.get("voie", ""), "R10")
            case "R11" if d.get("qualification") == "REPUTE_CONTRADICTOIRE":
                return "R11-repute"
            case "R25":
                return "R25" if d["mesure"] == "SUSPENSION" else "R25-mesures"
            case "R28" if d.get("bail"):
                return "R28-bail"
            case "R28" if d.get("avenant"):
                return "R28-avenant"
            case "RGPD-12" if d.get("prolonge"):
                return "RGPD-12-prolonge"
        return self.regle


def lire(fichier: str) -> list[Cas]:
    with Path(__file__).with_name(fichier).open(encoding="utf-8", newline="") as flux:
        return [
            Cas(r["regle"], json.loads(r["donnees"]), r["attendu"], r["texte"], r["note"]) for r in csv.DictReader(flux)
        ]


def jour(ecrit: str) -> date:
    return date.fromisoformat(ecrit)


def jours(d: Donnees, *noms: str) -> dict[str, date | None]:
    return {nom: jour(d[nom]) if nom in d else None for nom in noms}


Dit = tuple[str, date, dict[str, Any]]


def commandement(d: Donnees) -> list[Dit]:
    dits: list[Dit] = [
        ("CommandementPayerSignifie", jour(d["cdp"]), {nom: d.get(nom) for nom in ("motif", "clause_delai")})
    ]
    if "bail" in d:
        dits.append(("DossierOuvert", jour(d["bail"]), {"bail_signe_le": jour(d["bail"])}))
    if "paye" in d:
        dits.append(("DetteSoldee", jour(d["paye"]), {}))
    return dits


def assurance(d: Donnees) -> list[Dit]:
    return [("CommandementPayerSignifie", jour(d["cdp"]), {"motif": "ASSURANCE"})]


def saisine(d: Donnees) -> list[Dit]:
    dits: list[Dit] = [
        ("DossierOuvert", jour(d["saisine"]), {"bailleur_forme": d["bailleur"]}),
        ("CcapexSaisie", jour(d["saisine"]), {"saisissant": "BAILLEUR"}),
    ]
    if "assignation" in d:
        dits.append(("AssignationSignifiee", jour(d["assignation"]), {}))
    return dits


def assignation(d: Donnees) -> list[Dit]:
    """Served on the day that is told, or else early enough."""
    signifiee = jour(d["assignation"]) if "assignation" in d else date(jour(d["audience"]).year - 1, 12, 1)
    notif = jour(d["notif"]) if "notif" in d else None
    dits: list[Dit] = [
        ("AssignationSignifiee", signifiee, {"date_audience": jour(d["audience"]), "notifiee_prefet_le": notif})
    ]
    if "transmis" in d:
        dits.append(("DiagnosticTransmis", jour(d["transmis"]), {"transmis_juge_le": jour(d["transmis"])}))
    return dits


def organisme(d: Donnees) -> list[Dit]:
    dits: list[Dit] = [("OrganismeDSFSaisi", jour(d["saisine_prefet"]), {})]
    if "propose" in d:
        dits.append(("ContactTente", jour(d["propose"]), {"objet": "DSF"}))
    return dits


def jugement(d: Donnees) -> list[Dit]:
    dits: list[Dit] = [
        (
            "JugementRendu",
            jour(d["jugement"]),
            {"dispositif": "DELAIS", "delais_mois": d.get("mois"), "qualification": d.get("qualification", "DEFAUT")}
            | {"premier_terme_le": jours(d, "premier_terme")["premier_terme"]},
        )
    ]
    if "signifie" in d:
        dits.append(("JugementSignifie", jour(d["signifie"]), {}))
    return dits


def notification(d: Donnees) -> list[Dit]:
    dits: list[Dit] = [("JugementSignifie", jour(d["notification"]), {})]
    if "voie" in d:
        dits.append(("JugementRendu", jour(d["notification"]), {"nature": d["voie"]}))
    if "appel" in d:
        dits.append(("AppelForme", jour(d["appel"]), {}))
    return dits


def quitter(d: Donnees) -> list[Dit]:
    cql = jour(d["cql"])
    dits: list[Dit] = [
        (
            "CommandementQuitterSignifie",
            cql,
            {"date_reception": jours(d, "prefet")["prefet"], "delai": d.get("exception")},
        )
    ]
    if d.get("relogement_assure"):
        dits.append(("RelogementAvance", cql, {"etape": "OFFRE", "convient": True}))
    if "proroge_mois" in d:
        dits.append(
            ("DelaisQuitterAvances", cql, {"etape": "ACCORDES", "base": "L412_2", "duree_mois": d["proroge_mois"]})
        )
    return dits


def grace(d: Donnees) -> list[Dit]:
    dits = {"etape": "ACCORDES", "base": "L412_3", "duree_mois": d.get("mois")}
    return [("DelaisQuitterAvances", jour(d["decision"]), dits | jours(d, "fin"))]


def treve(d: Donnees) -> list[Dit]:
    return quitter({"cql": "2019-01-15", "prefet": "2019-01-15", **d})


def requisition(d: Donnees) -> list[Dit]:
    leve = "SUPPRIME" if d.get("delai_supprime") else None
    dits: list[Dit] = [("ConcoursForceRequis", jour(d["requisition"]), {})]
    if "cql_prefet" in d:
        dits += quitter({"cql": d["cql_prefet"], "prefet": d["cql_prefet"], "exception": leve})
    if d.get("rejet_premature"):
        dits.append(("ConcoursForceRefuse", jour(d["requisition"]), {"prematuree": True}))
    if "accord" in d:
        dits.append(("ConcoursForceAccorde", jour(d["accord"]), {}))
    return dits


def refus(d: Donnees) -> list[Dit]:
    graces = [
        ("DelaisQuitterAvances", jour(du), {"etape": "ACCORDES", "base": "L412_3", "fin": jour(au)})
        for du, au in d.get("graces", ())
    ]
    return [("ConcoursForceRefuse", jour(d["refus"]), {}), *graces]


def accord(d: Donnees) -> list[Dit]:
    return [("ConcoursForceAccorde", jour(d["accord"]), {"date_effet": jours(d, "effet")["effet"]})]


def juge(d: Donnees) -> list[Dit]:
    dits: list[Dit] = [("DelaisQuitterAvances", jour(d["demande"]), {"etape": "DEMANDES"})]
    if "cql" in d:
        dits.append(("CommandementQuitterSignifie", jour(d["cql"]), {}))
    return dits


def surendettement(etape: str, champ: str) -> Callable[[Donnees], list[Dit]]:
    """A step on the day that the case tells under that name, and what ends it."""

    def dits(d: Donnees) -> list[Dit]:
        trouves: list[Dit] = [("SurendettementAvance", jour(d[champ]), {"etape": etape})]
        if "fin" in d:
            trouves.append(("SurendettementAvance", jour(d["fin"]), {"etape": "PLAN"}))
        return trouves

    return dits


def suspension(d: Donnees) -> list[Dit]:
    fin = [("SurendettementAvance", jour(d["fin"]), {"etape": "PLAN"})] if "fin" in d else []
    return [
        (
            "SurendettementAvance",
            jour(d["jugement"]),
            {"etape": "RECEVABLE", "suspension_expulsion": True, "suspendue_depuis": jour(d["jugement"])},
        ),
        *fin,
    ]


def mesure(d: Donnees) -> list[Dit]:
    return [
        (
            "SurendettementAvance",
            date(2026, 1, 31),
            {"etape": "MESURES", "mesure": d["mesure"], "fin": jour(d["fin_mesure"])},
        )
    ]


def recevable(d: Donnees) -> list[Dit]:
    delais = [("JugementRendu", date(2026, 1, 5), {"dispositif": "DELAIS"})] if d.get("delais_art24") else []
    return [("SurendettementAvance", date(2026, 3, 10), {"etape": "RECEVABLE"}), *delais]


def notifie(etape: str) -> Callable[[Donnees], list[Dit]]:
    return lambda d: [
        ("SurendettementAvance", date(2026, 3, 1), {"etape": etape, "notifie_le": jour(d["notification"])})
    ]


def protocole(d: Donnees) -> list[Dit]:
    signe = jour(d["signature"])
    dits: list[Dit] = [("ProtocoleAvance", signe, {"etape": "SIGNE", "protocole_mois": d["mois"]})]
    if "avenant" in d:
        dits.append(("ProtocoleAvance", signe, {"etape": "AVENANT", "avenant_mois": d["avenant"]}))
    return dits


def retablissement(d: Donnees) -> list[Dit]:
    return [
        ("ProtocoleAvance", date(2020, 1, 15), {"etape": "SIGNE", "protocole_mois": 24}),
        ("SurendettementAvance", jour(d["decision_rp"]), {"etape": "RETABLISSEMENT"}),
    ]


def dalo(etape: str, champ: str, **plus: Any) -> Callable[[Donnees], list[Dit]]:
    def dits(d: Donnees) -> list[Dit]:
        trouves: list[Dit] = [("RelogementAvance", jour(d[champ]), {"dispositif": "DALO", "etape": etape, **plus})]
        if "offre" in d:
            trouves.append(("RelogementAvance", jour(d["offre"]), {"dispositif": "DALO", "etape": "OFFRE"}))
        return trouves

    return dits


def impaye(d: Donnees) -> list[Dit]:
    defaut = jour(d["premier_defaut"]) if "premier_defaut" in d else date(2026, 3, 5)
    dits = {nom: d.get(nom) for nom in ("loyer", "charges")}
    dits |= {"premier_impaye_le": defaut, "montant": d.get("dette"), "tiers_payant": d.get("tiers_payant", False)}
    soldes: list[Dit] = [("DetteSoldee", jour(d["solde"]), {})] if "solde" in d else []
    aides = [("AideLogementConstatee", defaut, {"montant": d["aide"]})] if "aide" in d else []
    return [("ImpayeSignaleOrganisme", defaut, dits), *aides, *soldes]


def constitue(d: Donnees) -> list[Dit]:
    signale = jour(d.get("signale_le", d["constitue"]))
    return [("ImpayeSignaleOrganisme", signale, {"constitue_le": jour(d["constitue"])})]


def seuil(d: Donnees) -> list[Dit]:
    ratio = d.get("ratio")
    dette = None if ratio is None else round(ratio * 10_000)
    return [
        ("CommandementPayerSignifie", jour(d["cdp"]), {"mois_impayes": d.get("mois"), "dette": dette, "loyer": 10_000})
    ]


def droit(d: Donnees) -> list[Dit]:
    recue, qui = jour(d["demande"]), {"requete": "r-1"}
    dits: list[Dit] = [("DroitExerce", recue, qui)]
    if d.get("prolonge"):
        dits.append(("DroitRepondu", recue, qui | {"reponse": "PROLONGEE"}))
    if "repondu" in d:
        sens = {} if d.get("tue") else {"reponse": "SATISFAITE"}
        dits.append(("DroitRepondu", jour(d["repondu"]), qui | sens))
    return dits


def effacement(d: Donnees) -> list[Dit]:
    dits: list[Dit] = [("EffacementDemande", jour(d["demande"]), {})]
    return [*dits, ("EffacementDecide", jour(d["decide"]), {})] if "decide" in d else dits


def simple(nature: str, donnee: str, champ: str = "", **dits: Any) -> Callable[[Donnees], list[Dit]]:
    """One act, true on the day of the case; or whose field holds that day."""
    return lambda d: [(nature, jour(d[donnee]), dits | ({champ: jour(d[donnee])} if champ else {}))]


MISES_EN_ACTES: Final[Mapping[str, Callable[[Donnees], list[Dit]]]] = {
    "R01": commandement,
    "R01b": commandement,
    "R01-s": commandement,
    "R01-caution": commandement,
    "R02": assurance,
    "R03": saisine,
    "R04": assignation,
    "R04-placement": assignation,
    "R05": organisme,
    "R06": assignation,
    "R07": assignation,
    "R08": jugement,
    "R09": simple("DelaisJudiciairesAvances", "echeance", "echeance_le", etape="ROMPUS"),
    "R10": notification,
    "R10-2ans": jugement,
    "R11": jugement,
    "R12": quitter,
    "R13": quitter,
    "R14": quitter,
    "R15": grace,
    "R16": treve,
    "R17": requisition,
    "R18": refus,
    "R18-fin": accord,
    "INDEMN-silence": simple("IndemnisationAvancee", "demande", etape="DEMANDEE"),
    "R19": simple("ExpulsionRealisee", "pv", "pv_signifie_le"),
    "R19-contestation": simple("ExpulsionRealisee", "pv", "pv_signifie_le"),
    "R20": juge,
    "R21": surendettement("DEPOSE", "depot"),
    "R22": surendettement("RECEVABLE", "recevabilite"),
    "R23": suspension,
    "R24": recevable,
    "R25": mesure,
    "R26": surendettement("RETABLISSEMENT", "decision"),
    "R27": recevable,
    "R28": protocole,
    "R29": retablissement,
    "R30": dalo("RECONNU", "decision_comed"),
    "R30-hebergement": dalo("RECONNU", "decision_comed", nature="HEBERGEMENT"),
    "R30-comed": dalo("DEPOSE", "depot"),
    "R30-comed-hebergement": dalo("DEPOSE", "depot", nature="HEBERGEMENT"),
    "R31": impaye,
    "R31-mois": impaye,
    "R31-signalement": constitue,
    "CDP-seuil": seuil,
    "BDF-recevabilite": notifie("RECEVABLE"),
    "BDF-mesures": notifie("MESURES"),
    "RGPD-12": droit,
    "RGPD-12-effacement": effacement,
    "RGPD-14": simple("DossierOuvert", "obtention"),
    "RGPD-33": lambda d: [("ViolationConstatee", jour(d["connaissance"][:10]), {"heure": d["connaissance"][11:]})],
    "CRPA-trace": simple("EchangeTrace", "echange"),
    "SUIVI-1AN": simple("DossierExamine", "examen", instance="CCAPEX"),
    "TITRE-10ANS": simple("JugementRendu", "titre"),
}
"""Which acts tell the data of the cases of a rule."""


def dit_par(trouvee: Horloge, attendu: str) -> str:
    """What a clock says, in the form of what is expected: its days or, where none is, its state."""
    if trouvee.etat == "AUCUN_DELAI" and attendu.startswith("delai="):
        return "delai=AUCUN;treve=OUI"
    if attendu[:1].isdigit():
        jours_dits = (trouvee.dernier_jour, trouvee.premier_jour)
        if attendu.startswith("|") or "|" in attendu:
            return "|".join(map(str, jours_dits))
        if trouvee.heure:
            return f"{trouvee.dernier_jour}T{trouvee.heure}"
        seul = trouvee.premier_jour if trouvee.regle in PAR_LE_PREMIER else trouvee.dernier_jour
        return seul.isoformat() if seul else "aucun jour"
    return trouvee.etat


PAR_LE_PREMIER: Final = ("R03", "R18")
"""The rules whose cases give the first day of what comes, and not the last of the period."""
