"""The synthesis of a case for a commission: two pages, whatever the case holds.

What does not fit is folded, rubric by rubric: a sentence counts what is left, and says where to read it.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from types import MappingProxyType
from typing import Any, Final, NamedTuple

from adapters.mots import libelles
from adapters.papier.faits import INCONNU, DossierImprime, FaitDit, assertion
from adapters.papier.impossible import SANS_DIAGNOSTIC, PapierImpossible
from ledger.droit.listes import libelle

PAGES: Final = 2
TRANSMIS: Final = "DiagnosticTransmis"
"""The act that the paper of a DSF is of."""
PIED: Final = 560
"""Signs of what is withheld, at the foot of a page."""
RUBRIQUES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "dette": "Dette et paiements",
        "droits": "Ressources, droits et aide au logement",
        "dsf": "Diagnostic social et financier",
        "accompagnement": "Accompagnement et aides",
        "relogement": "Relogement et état du logement",
        "contacts": "Contacts avec le ménage",
        "actes": "Actes de procédure",
        "commissions": "Commissions : avis et recommandations",
        "personnes": "Personnes, logement et droits exercés",
    }
)
"""The rubrics of a paper, in the order in which a commission reads them."""
_PAR_GROUPE: Final[Mapping[str, str]] = MappingProxyType(
    {
        "F05": "dette", "F16": "dette",
        "F06": "droits", "F07": "droits", "F07b": "droits",
        "F21": "dsf",
        "F11": "accompagnement", "F12": "accompagnement", "F13": "accompagnement", "F15": "accompagnement",
        "F17": "relogement", "F18": "relogement",
        "F10": "contacts", "F10a": "contacts", "F10b": "contacts",
        "F08": "actes", "F08b": "actes", "F09a": "actes", "F09b": "actes",
        "F19a": "commissions", "F19b": "commissions",
    }
)  # fmt: skip
_PAR_TYPE: Final[Mapping[str, str]] = MappingProxyType(
    {TRANSMIS: "dsf", "OrganismeDSFSaisi": "dsf", "MenageInforme": "contacts"}
)
"""Facts that a commission looks for under another rubric than their group's."""
_EN_COURS: Final = frozenset({"EN_COURS", "EN_ATTENTE", "OUVERT"})


class Largeur(NamedTuple):
    """How much room is left: lines by rubric, signs by line, signs of a text that is no line."""

    lignes: int
    signes: int
    texte: int


PLACES: Final = (
    Largeur(14, 420, 600), Largeur(9, 320, 600), Largeur(6, 240, 500), Largeur(4, 180, 400), Largeur(3, 140, 240),
    Largeur(2, 110, 160), Largeur(1, 80, 100),
)  # fmt: skip
"""What is tried, the widest first; the last holds on two pages whatever the case is."""


def composer(dossier: DossierImprime, intitule: str, ou: str) -> Iterator[dict[str, Any]]:
    """The synthesis, wider or narrower: the first that holds on two pages is the one. ``ou``: where the rest is."""
    for place in PLACES:
        yield {
            "titre": f"Synthèse pour {intitule}, dossier {dossier.court}",
            "paysage": False,
            "retenu": pied([dossier]),
            "fiches": [fiche(dossier, place, ou)],
        }


def fiche(
    dossier: DossierImprime, place: Largeur, ou: str, rubriques: Sequence[str] = tuple(RUBRIQUES)
) -> dict[str, Any]:
    """A case: the essential, what contradicts, each rubric, what is withheld and why."""
    par_rubrique: dict[str, list[FaitDit]] = {}
    for ligne in dossier.lignes:
        par_rubrique.setdefault(rubrique_de(ligne), []).append(ligne)
    return {
        "titre": couper(", ".join(dossier.titulaires) or f"Dossier {dossier.court}", place.texte),
        "lieu": couper(", ".join(dossier.lieu) or f"adresse {INCONNU}e", place.texte),
        "essentiel": [
            (nom, couper(dit, place.texte), couper(note, place.texte)) for nom, dit, note in _essentiel(dossier)
        ],
        "contradictions": _contradictions(dossier, place),
        "rubriques": [_rubrique(RUBRIQUES[code], par_rubrique.get(code, []), place, ou) for code in rubriques],
        "tombes": _tombes(dossier.tombes),
        "retenus": retenus(dossier),
    }


def rubrique_de(ligne: FaitDit) -> str:
    """Under which rubric a fact is read."""
    return _PAR_TYPE.get(ligne.type) or _PAR_GROUPE.get(ligne.groupe, "personnes")


def couper(texte: str, signes: int) -> str:
    """A text that holds in so many signs; where it was cut, it says so."""
    return texte if len(texte) <= signes else texte[: signes - 2].rstrip() + " …"


def _rubrique(titre: str, lignes: Sequence[FaitDit], place: Largeur, ou: str) -> dict[str, Any]:
    reste = len(lignes) - place.lignes
    return {
        "titre": titre,
        "lignes": [
            {"le": x.le, "titre": x.titre, "dit": couper(x.dit, place.signes), "auteur": couper(x.auteur, place.signes)}
            for x in lignes[: place.lignes]
        ],
        "reste": "" if reste <= 0 else _reste(reste, ou),
        "vide": "Rien de communiqué." if not lignes else "",
    }


def _reste(combien: int, ou: str) -> str:
    autres = "1 autre fait, plus ancien, se lit" if combien == 1 else f"{combien} autres faits, plus anciens, se lisent"
    return f"{autres} dans {ou}."


def _tombes(combien: int) -> str:
    if not combien:
        return ""
    if combien == 1:
        return "Un fait corrigé ou effacé n'est pas repris ici."
    return f"{combien} faits corrigés ou effacés ne sont pas repris ici."


def _essentiel(dossier: DossierImprime) -> Iterator[tuple[str, str, str]]:
    """What a commission asks first: each a name, a value, and what is to be known of it."""
    yield "Stade", libelles.stade(dossier.synthese.get("stade") or "") or INCONNU, ""
    audience = dossier.synthese.get("prochaine_audience")
    yield "Audience", libelles.jour(audience) if audience else "aucune connue", ""
    yield ("Dette", *_dite(dossier, "dette"))
    mois = dossier.mot("DetteDeclaree", "mois_impayes")
    yield "Impayé sans interruption", mois or INCONNU, ""
    yield ("Reprise du loyer courant", *_dite(dossier, "reprise_loyer"))
    yield ("Loyer mensuel", *_dite(dossier, "loyer"))
    parc = dossier.synthese.get("parc")
    yield "Bailleur", dossier.valeur("bailleur_nom") or INCONNU, libelle("parc", parc) if parc else ""
    yield "Ménage", _menage(dossier), ""
    yield ("Référent", *_referent(dossier))
    yield ("Prochaine échéance", *prochaine(dossier))


def _dite(dossier: DossierImprime, nom: str) -> tuple[str, str]:
    dite = dossier.donnee(nom)
    if dite is None:
        return INCONNU, ""
    premiere = dite["assertions"][0]
    par = (premiere["auteur"] or {}).get("organisation") or "un partenaire"
    return assertion(premiere), f"au {libelles.jour(premiere['vrai_au'])}, par {par}"


def _menage(dossier: DossierImprime) -> str:
    nombres = [
        f"{dit} {mot}{'s' if dit not in {'0', '1'} else ''}"
        for nom, mot in (("nb_adultes", "adulte"), ("nb_enfants", "enfant"))
        if (dit := dossier.valeur(nom))
    ]
    return ", ".join(nombres) or INCONNU


def _referent(dossier: DossierImprime) -> tuple[str, str]:
    """Who follows the household, by function: the last service that opened something and did not end it."""
    finis = {str(x.champs.get("intervention")) for x in dossier.de("AccompagnementTermine")}
    ouverts = [x for x in dossier.de("AccompagnementOuvert") if str(x.champs.get("intervention")) not in finis]
    if not ouverts:
        return INCONNU, ""
    return ouverts[0].role or f"un service {INCONNU}", f"depuis le {ouverts[0].le}"


def prochaine(dossier: DossierImprime) -> tuple[str, str]:
    """The next clock that runs, its last day and its article."""
    jour = dossier.au.isoformat()
    courent = [e for e in dossier.echeances if e["etat"] in _EN_COURS and (e["dernier_jour"] or "") >= jour]
    if not courent:
        return "aucune ne court, d'après ce qui est communiqué", ""
    premiere = min(courent, key=lambda e: e["dernier_jour"])
    reserve = " ; sous réserve d'actes non communiqués" if premiere["partielle"] else ""
    quand = libelles.jour(date.fromisoformat(premiere["dernier_jour"]))
    return f"{premiere['libelle']} : {quand}", f"{premiere['texte']}{reserve}"


def _contradictions(dossier: DossierImprime, place: Largeur) -> dict[str, Any]:
    """Each value that partners tell otherwise, with who tells it."""
    # Of the data that rows name: two contacts through two channels contradict nobody.
    contredites = [d for d in dossier.donnees if d["contredite"] and "." not in d["donnee"]]
    lignes = []
    for dite in contredites[: place.lignes]:
        dits = [a for a in dite["assertions"] if a["etat"] in {"retenue", "contraire"}]
        mots = (f"{assertion(a)} ({(a['auteur'] or {}).get('organisation') or 'un partenaire'})" for a in dits)
        lignes.append({"quoi": dite["libelle"].capitalize(), "dits": couper(" / ".join(mots), place.signes)})
    reste = len(contredites) - len(lignes)
    return {"lignes": lignes, "reste": f"Et {reste} autre{'s' if reste > 1 else ''}." if reste else ""}


def pied(dossiers: Sequence[DossierImprime]) -> str:
    """What is withheld, as the foot of each page says it: what no case of the paper is shown whole of, by groups."""
    retenus = {n["groupe"]: n["libelle"] for dossier in dossiers for n in dossier.non_communique}
    if not retenus:
        return "Aucun groupe de données n'a été retenu."
    dits = ", ".join(f"{groupe} {dit}" for groupe, dit in sorted(retenus.items()))
    # A foot has so many lines: of a long list it has the codes, which the journal and the record name alike.
    return f"Non communiqué à qui l'a établi : {dits if len(dits) <= PIED else ', '.join(sorted(retenus))}."


def retenus(dossier: DossierImprime) -> list[dict[str, str]]:
    """What is withheld, reason by reason."""
    motifs: dict[str, list[str]] = {}
    for n in dossier.non_communique:
        motifs.setdefault(n["motif"], []).append(n["libelle"])
    partiels: dict[str, list[str]] = {}
    for c in dossier.communique:
        if c["mesure"] != "entier":
            partiels.setdefault(libelles.MESURES.get(c["mesure"], c["mesure"]), []).append(c["libelle"])
    return [{"quoi": ", ".join(quoi), "motif": motif} for motif, quoi in motifs.items()] + [
        {"quoi": ", ".join(quoi), "motif": f"Communiqué {mesure}."} for mesure, quoi in partiels.items()
    ]


def dsf(dossier: DossierImprime, acte: str | None) -> Iterator[dict[str, Any]]:
    """The diagnostic social et financier as it was transmitted: what it says, heading by heading; none: no paper."""
    transmis = next((x for x in dossier.de(TRANSMIS) if acte is None or x.id == acte), None)
    if transmis is None:
        raise PapierImpossible(SANS_DIAGNOSTIC)
    yield {
        "titre": f"Diagnostic social et financier transmis, dossier {dossier.court}",
        "paysage": False,
        "retenu": pied([dossier]),
        "fiches": [
            {
                "titre": ", ".join(dossier.titulaires) or f"Dossier {dossier.court}",
                "lieu": ", ".join(dossier.lieu) or f"adresse {INCONNU}e",
                "essentiel": [
                    ("Transmis", transmis.le, transmis.auteur),
                    *((nom[0].upper() + nom[1:], dit, "") for nom, dit in transmis.mots),
                ],
                "contradictions": {"lignes": [], "reste": ""},
                "rubriques": [],
                "tombes": "",
                "retenus": retenus(dossier),
            }
        ],
    }
