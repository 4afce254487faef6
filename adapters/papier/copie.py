"""What a person is handed of its own (GDPR 15): all that is held of it, who told it, who read it, what it can do.

Whatever the gate answered is on it, identifiers included: nothing is folded, cut or summed up.
"""

import tomllib
from collections.abc import Callable, Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import Any, Final

from adapters.mots import libelles
from adapters.mots.valeurs import ecrire
from adapters.papier.courrier import remplir
from ledger.catalogue import Champ, Nature, catalogue, champs
from ledger.droit.listes import libelle

PAR_SON_SERVICE: Final = "PARTENAIRE"
"""The source system of what its author told itself."""
REPERES: Final = Path(__file__).with_name("copie.toml")
TAIRE: Final = "non indiqué"
_SYNTHESE: Final[Mapping[str, str]] = {
    "stade": "Étape de la procédure",
    "commune": "Commune du logement",
    "parc": "Parc",
    "bailleur_siret": "Bailleur (SIRET)",
    "ouvert_le": "Dossier ouvert le",
    "dernier_acte_le": "Dernier acte le",
    "prochaine_audience": "Prochaine audience",
    "saisine_ouverte": "Saisine de la CCAPEX ouverte",
    "information_menage": "Vous avez été informé le",
    "traitement": "Traitement",
    "liens_allegues": "Liens qui reposent sur votre parole",
    "bailleurs_a_trancher": "Bailleurs déclarés, à départager",
}
_JOURS: Final = frozenset({"ouvert_le", "dernier_acte_le", "prochaine_audience", "information_menage"})


def composer(commande: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """The copy, as many pages as it takes."""
    document = commande["document"]
    le = date.fromisoformat(commande["au"])
    libelles_des_groupes = {x["groupe"]: x["libelle"] for x in (*document["communique"], *document["non_communique"])}
    court = str(document["dossier"])[-8:]
    yield {
        "titre": f"Copie de vos données, dossier {court}",
        "retenu": f"Dossier {document['dossier']}. Pour la personne, et nulle autre.",
        "chapeau": f"Copie faite le {libelles.jour(le)}, en réponse à votre droit d'accès (RGPD, article 15).",
        "suite": commande["suite"],
        "reperes": _reperes(commande["exploitant"]),
        "synthese": list(_synthese(document.get("synthese", {}), le)),
        "groupes": list(_groupes(document, libelles_des_groupes)),
        "echeances": [_echeance(e) for e in commande["echeances"]],
        "regards": [_regard(r, libelles_des_groupes) for r in commande["regards"]["lignes"]],
        "discrets": [f"{d['organisation']} ({libelles.role(d['role'])})" for d in commande["regards"]["discrets"]],
        "entiers": commande["regards"]["entiers"],
        "echanges": [_echange(e) for e in commande["echanges"]["echanges"]],
        "echanges_suivent": commande["echanges"]["suivant"] is not None,
        "non_communique": [{"quoi": _majuscule(n["libelle"]), "motif": n["motif"]} for n in document["non_communique"]],
    }


def _reperes(exploitant: Mapping[str, str | None]) -> list[tuple[str, str]]:
    """What article 15(1) has a person told besides its data."""
    dits = {nom: exploitant.get(nom) or TAIRE for nom in ("responsables", "dpo")}
    lus = tomllib.loads(REPERES.read_text("utf-8"))["repere"]
    return [(repere["nom"], remplir(repere["dit"], dits)) for repere in lus]


def _synthese(synthese: Mapping[str, Any], le: date) -> Iterator[tuple[str, str]]:
    """Where the case stands, as its head has it; what is not known is not there."""
    mots: Mapping[str, Callable[[Any], str]] = {
        "stade": libelles.stade,
        "commune": lambda insee: f"{libelles.commune(insee, le)} ({insee})",
        "parc": lambda code: libelle("parc", code),
        **dict.fromkeys(_JOURS, libelles.jour),
    }
    for nom, valeur in synthese.items():
        if valeur is not None:
            yield _SYNTHESE.get(nom, nom), mots.get(nom, _brute)(valeur)


def _brute(valeur: Any) -> str:  # noqa: ANN401 - whatever JSON holds
    match valeur:
        case bool():
            return "oui" if valeur else "non"
        case list():
            return ", ".join(map(_brute, valeur))
        case _:
            return str(valeur)


def _groupes(document: Mapping[str, Any], noms: Mapping[str, str]) -> Iterator[dict[str, Any]]:
    """What is held, group by group, in the order in which the gate tells of groups; within one, as it was told."""
    mesures = {c["groupe"]: libelles.MESURES.get(c["mesure"], c["mesure"]) for c in document["communique"]}
    par_groupe: dict[str, list[dict[str, Any]]] = {groupe: [] for groupe in mesures}
    for fait in document["faits"]:
        par_groupe.setdefault(catalogue()[fait["type"]].GROUPE, []).append(_fait(fait))
    for groupe, faits in par_groupe.items():
        yield {
            "titre": _majuscule(noms.get(groupe, groupe)),
            "mesure": "" if groupe not in mesures else f"Communiqué {mesures[groupe]}.",
            "faits": faits,
        }


def _fait(fait: Mapping[str, Any]) -> dict[str, Any]:
    decrits = champs(catalogue()[fait["type"]])
    dits = {nom: valeur for nom, valeur in fait["champs"].items() if valeur not in (None, [])}
    numeros = {nom for nom in dits if nom in decrits and decrits[nom].nature is Nature.IDENTIFIANT}
    return {
        "titre": fait["libelle"],
        "le": libelles.jour(fait["survenu_le"]) + (f" à {libelles.heure(fait['heure'])}" if fait.get("heure") else ""),
        "valeurs": [
            (_intitule(nom, decrits), _valeur(nom, decrits, valeur, fait["survenu_le"]))
            for nom, valeur in dits.items()
            if nom not in numeros
        ],
        "etats": list(_etats(fait)),
        "source": _source(fait),
        "reference": " ; ".join(
            [f"n° {fait['id']}"]
            + ([f"dossier : {fait['dossier']}"] if "dossier" in fait else [])
            + [f"{_intitule(nom, decrits)} : {dits[nom]}" for nom in dits if nom in numeros]
        ),
    }


def _etats(fait: Mapping[str, Any]) -> Iterator[str]:
    """What became of it, and what is said of it beside its fields."""
    if fait.get("corrige"):
        motif = f" ({libelle('motif_correction', fait['motif_correction'])})" if fait.get("motif_correction") else ""
        yield f"Corrige la donnée n° {fait['corrige']}{motif}."
    if fait.get("corrige_par"):
        yield f"N'est plus retenue : corrigée par la donnée n° {fait['corrige_par']}."
    if fait.get("efface"):
        yield f"Effacée le {libelles.jour(fait['efface_le'])}." if fait.get("efface_le") else "Effacée."
    if fait.get("allegue"):
        yield "Repose sur la seule parole de qui l'a dite."
    if fait.get("reference_legale"):
        yield f"Au titre de : {fait['reference_legale']}."


def _source(fait: Mapping[str, Any]) -> str:
    auteur = fait.get("auteur")
    dits = []
    if auteur:
        role = f" ({libelles.role(auteur['role'])})" if auteur.get("role") else ""
        dits.append(f"Dite par {auteur['organisation']}{role}")
        venue = auteur.get("systeme")
        if venue and venue != PAR_SON_SERVICE:
            dits.append(f"connue par {venue}")
    else:
        dits.append("Son auteur n'est pas communiqué")
    if fait.get("enregistre_le"):
        dits.append(f"enregistrée le {libelles.instant(fait['enregistre_le'])}")
    if fait.get("finalite"):
        dits.append(f"pour « {libelles.finalite(fait['finalite'])} »")
    return ", ".join(dits) + "."


def _echeance(e: Mapping[str, Any]) -> dict[str, str]:
    return {
        "titre": _majuscule(e["libelle"]),
        "le": libelles.jour(e["dernier_jour"]) if e.get("dernier_jour") else "",
        "dit": e["explication"],
    }


def _regard(r: Mapping[str, Any], noms: Mapping[str, str]) -> list[str]:
    """A row of who read: who, for what, which groups, how often, from when to when."""
    return [
        "Vous" if r["moi"] else f"{r['organisation']} ({libelles.role(r['role'])})",
        libelles.finalite(r["finalite"]),
        ", ".join(noms.get(g, g) for g in r["groupes"]),
        str(r["nombre"]),
        libelles.jour(r["premier"]),
        libelles.jour(r["dernier"]),
    ]


def _echange(e: Mapping[str, Any]) -> list[str]:
    return [
        libelles.instant(e["le"]),
        f"{e['organisation']} ({libelles.role(e['role'])})",
        ", ".join(e["donnees"]) or "rien n'a été obtenu",
        ", ".join(e["sources"]) or "–",
        libelles.finalite(e["finalite"]),
    ]


def _intitule(nom: str, decrits: Mapping[str, Champ]) -> str:
    if nom not in decrits:
        return nom
    return _majuscule(decrits[nom].libelle.removesuffix(", en centimes").removesuffix(" (code INSEE)"))


def _valeur(nom: str, decrits: Mapping[str, Champ], valeur: Any, le: str) -> str:  # noqa: ANN401 - whatever a field holds
    if nom == "commune":
        return libelles.commune(str(valeur), date.fromisoformat(le))
    if nom in decrits:
        return ecrire(decrits[nom], valeur)
    return _brute(valeur)


def _majuscule(texte: str) -> str:
    return texte[:1].upper() + texte[1:]
