"""The annual papers: the charter's figures of a year, what a commission did in it. Pure, and run by the child alone.

A figure that would tell of a few households is not printed, and how many are not is said at the foot of each page.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

from adapters.mots import chiffres
from adapters.mots.chiffres import SANS, TU, ChiffreDit, SuiviDIndicateur, nombre
from adapters.mots.libelles import jour
from adapters.papier.faits import INCONNU
from ledger.droit.listes import libelle

EXAMINES_PAR_LA_CCAPEX: Final = ("39", "41", "42", "43", "44", "45", "46")
"""The indicators of what the CCAPEX examines, and of what became of it a year after."""
BARRE: Final = 100
"""The longest bar of a table."""
ANNEES: Final = 3
"""Years of a table that has every indicator."""

CelluleBarree = dict[str, Any]
"""A cell: its words, and where it is drawn, how long its bar is, of a hundred."""


def charte(commande: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """The charter's figures of a year, as the gate published them."""
    retrace = commande["chiffres"]
    annee, suivis = retrace["annee"], chiffres.suivis(retrace)
    par_code = {s.code: s for s in suivis}
    ccapex = [par_code[code] for code in EXAMINES_PAR_LA_CCAPEX if code in par_code]
    sections = [
        _section("Ce que la CCAPEX a examiné", _table_d_annees(f"Dossiers de la CCAPEX, {annee} et avant", ccapex)),
        _objectifs(retrace),
        _actes(retrace),
        _communes(retrace),
        _section("Tous les indicateurs", _table_d_annees("Objectifs et annexe 5 de la charte", suivis)),
    ]
    ruptures = [f"{s.code}. {majuscule(s.libelle)} : {chiffres.rupture_dite(*r)}." for s in suivis for r in s.ruptures]
    if ruptures:
        sections.append(_section("Ruptures de série", textes=ruptures))
    yield {
        "titre": f"Bilan annuel {annee} : CCAPEX et charte de prévention des expulsions",
        "chapeau": [
            f"Les chiffres de {annee} tels qu'ils sont gardés, année finie, et publiés. {chiffres.POURQUOI_TU}",
            "Une barre se compare à celles de sa colonne ; d'un indicateur de plusieurs années, à celles de sa ligne.",
        ],
        "sections": [s for s in sections if s["tables"] or s["textes"]],
        "retenu": _retenu(sections),
    }


def majuscule(texte: str) -> str:
    """A text as a title begins."""
    return texte[:1].upper() + texte[1:]


def _section(titre: str, *tables: dict[str, Any], textes: Sequence[str] = ()) -> dict[str, Any]:
    """``cote_a_cote``: its tables stand two by two."""
    montrees = [t for t in tables if t["rangees"]]
    return {"titre": titre, "textes": list(textes), "tables": montrees, "cote_a_cote": len(montrees) > 1}


def _table(
    legende: str, colonnes: Sequence[str], largeurs: Sequence[int], rangees: Iterable[Sequence[CelluleBarree]]
) -> dict[str, Any]:
    return {
        "legende": legende,
        "colonnes": list(colonnes),
        "largeurs": list(largeurs),
        "rangees": [list(r) for r in rangees],
    }


def _mot(texte: str) -> CelluleBarree:
    return {"texte": texte, "barre": 0}


def _barrees(dits: Sequence[ChiffreDit]) -> list[CelluleBarree]:
    """Figures with their bars, each to the greatest of them."""
    haut = max((d.nombre for d in dits if d.nombre is not None), default=0)
    return [{"texte": d.texte, "barre": round(BARRE * d.nombre / haut, 1) if d.nombre and haut else 0} for d in dits]


def _table_d_annees(legende: str, suivis: Sequence[SuiviDIndicateur]) -> dict[str, Any]:
    annees = [a for a, _ in suivis[0].annees][-ANNEES:] if suivis else []
    noms = [_mot(f"{s.code}. {majuscule(s.libelle)} ({s.producteur})") for s in suivis]
    rangees = [[nom, *_barrees([d for _, d in s.annees][-ANNEES:])] for nom, s in zip(noms, suivis, strict=True)]
    return _table(legende, ["Indicateur", *map(str, annees)], [6, *(3 for _ in annees)], rangees)


def _objectifs(retrace: chiffres.Retrace) -> dict[str, Any]:
    tables, textes = [], []
    for o in chiffres.objectifs_suivis(retrace):
        dits = _barrees([d for _, d in o.annees])
        rangees = [[_mot(str(annee)), cellule] for (annee, _), cellule in zip(o.annees, dits, strict=True)]
        evolution = " ; ".join(x for x in (o.un_an, o.depuis) if x)
        textes.append(
            f"{majuscule(o.libelle)}. Visé : {o.objectif.vise}. "
            + (f"{evolution}. " if evolution else "")
            + f"{majuscule(o.verdict)}."
        )
        tables.append(_table(majuscule(o.libelle), ["Année", "Chiffre"], [1, 4], rangees))
    return _section("Les objectifs, face à ce que la charte vise", *tables, textes=textes)


def _actes(retrace: chiffres.Retrace) -> dict[str, Any]:
    noms = chiffres.de_bout_en_bout(retrace)
    cellules = _barrees([dit for _, dit in noms])
    rangees = [[_mot(nom), cellule] for (nom, _), cellule in zip(noms, cellules, strict=True)]
    table = _table("Dans tout le département", ["Acte", "Nombre"], [3, 5], rangees)
    return _section(f"Les actes de {retrace['annee']}, de bout en bout", table)


def _communes(retrace: chiffres.Retrace) -> dict[str, Any]:
    comptes = chiffres.actes(retrace)
    communes = chiffres.communes_dites(comptes, retrace["annee"])
    sans = ChiffreDit(SANS)
    colonnes = [_barrees([f.par_commune.get(code, sans) for code, _ in communes]) for f in comptes]
    rangees = [[_mot(nom), *(c[rang] for c in colonnes)] for rang, (_, nom) in enumerate(communes)]
    if rangees:
        rangees.append([_mot("Département"), *(_mot(f.total.texte) for f in comptes)])
    legende = "Des jugements, rien n'est gardé par commune"
    table = _table(legende, ["Commune", *(f.libelle for f in comptes)], [6, *(3 for _ in comptes)], rangees)
    return _section("Les mêmes actes, par commune", table)


def _retenu(sections: Sequence[Mapping[str, Any]]) -> str:
    """How many figures are not printed: each once for each place where it would stand."""
    textes = [c["texte"] for s in sections for t in s["tables"] for r in t["rangees"] for c in r]
    tus, absents = textes.count(TU), textes.count(chiffres.NON_ARRETE)
    dits = [f"{tus} non imprimés, qui diraient ce qu'il en est de moins de cinq"] if tus else []
    dits += [f"{absents} pas arrêtés"] if absents else []
    return f"Chiffres : {' ; '.join(dits)}." if dits else "Aucun chiffre n'a été retenu."


PAS_LUS: Final = (
    "Ce que ce secrétariat ne lit plus le jour de ce document n'y est pas compté, et rien n'en dit le nombre : un "
    "dossier que sa CLIL a examiné il y a plus de douze mois, ou dont la saisine est close. Les comptes entiers sont "
    "les indicateurs 39 et 40 de la charte."
)
"""Printed whatever there is: whether some are missing tells of nobody."""
_HORS_LISTES: Final[Mapping[str, str]] = {
    "SANS_AVIS": "examiné, sans avis",
    "SANS_SUITE": "sans suite connue",
    "NON_COMMUNIQUE": INCONNU,
}
_REPARTITIONS: Final = (
    ("avis", "Les avis", "Sens de l'avis", "sens_avis"),
    ("recommandations", "Les recommandations", "Catégorie", "recommandation_categorie"),
    ("suites", "Ce que deviennent les recommandations", "Dernière suite connue", "recommandation_statut"),
)
_ETATS: Final = (
    ("EXAMINE", "Examinés"),
    ("INSCRIT", "Inscrits, pas examinés"),
    ("REPORTE", "Reportés"),
    ("RETIRE", "Retirés"),
)
_QUORUMS: Final[Mapping[str | None, str]] = {
    "atteint": "atteint",
    "non_atteint": "non atteint",
    "sans_objet": "sans objet",
    None: "pas consigné",
}


def commission(commande: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """What a commission did in a year, as the gate counted it: no household."""
    dit = commande["chiffres"]
    annee, fermes = dit["annee"], dit["fermes"]
    tenues = [s for s in dit["seances"] if s["etat"] != "annulee"]
    annulees = len(dit["seances"]) - len(tenues)
    reunies = f"Séances : {nombre(len(tenues))}" + (f" ; annulées : {nombre(annulees)}." if annulees else ".")
    vus = f"Examens de dossiers : {_dit(dit['examens']).texte}. Un dossier vu à deux séances compte deux fois."
    sections = [_section("Les séances", _par_seance(tenues), textes=[reunies, vus])]
    for nom, titre, colonne, liste in _REPARTITIONS:
        reparti = dit["repartitions"][nom]
        total = f"En tout : {_dit(reparti['total']).texte}."
        sections.append(_section(titre, _reparti(colonne, reparti["par"], liste), textes=[total]))
    retires = "1 examen de dossier qui ne vous est plus communiqué"
    if fermes > 1:
        retires = f"{nombre(fermes)} examens de dossiers qui ne vous sont plus communiqués"
    yield {
        "titre": f"Bilan annuel {annee} : {dit['libelle']}",
        "chapeau": [
            f"Les séances du 1er janvier {annee} au {jour(dit['au'])}, d'après ce que leur secrétariat en lit.",
            f"« {TU} » : ce nombre, ou ce qu'il laisserait d'un autre, est de moins de cinq.",
            "Une barre se compare à celles de sa colonne.",
            PAS_LUS,
        ],
        "sections": sections,
        "retenu": " ".join([_retenu(sections), *([f"{retires} : ce qui en fut dit n'y est pas."] if fermes else [])]),
    }


def _par_seance(seances: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    colonnes = [_barrees([_dit(s["dossiers"][etat]) for s in seances]) for etat, _ in _ETATS]
    rangees = [
        [_mot(jour(s["le"])), _mot(_QUORUMS[s["quorum"]]), *(colonne[rang] for colonne in colonnes)]
        for rang, s in enumerate(seances)
    ]
    titres = ["Séance", "Quorum", *(mot for _, mot in _ETATS)]
    return _table("Les dossiers de chaque séance", titres, [4, 3, 3, 3, 3, 3], rangees)


def _reparti(colonne: str, comptes: Mapping[str, int | None], liste: str) -> dict[str, Any]:
    """Counts by code, the greatest first; of those that are not printed, none is before another."""
    noms = {code: majuscule(_HORS_LISTES.get(code) or libelle(liste, code)) for code in comptes}
    ordre = sorted(comptes, key=lambda code: (-(comptes[code] or 0), noms[code]))
    cellules = _barrees([_dit(comptes[code]) for code in ordre])
    rangees = [[_mot(noms[code]), cellule] for code, cellule in zip(ordre, cellules, strict=True)]
    return _table(f"{colonne}, dans l'année", [colonne, "Nombre"], [4, 5], rangees)


def _dit(n: int | None) -> ChiffreDit:
    return ChiffreDit(TU) if n is None else ChiffreDit(nombre(n), n)
