"""From sheets to the lines of a list: which sheet, which row heads it, then each cell to its value or its fault."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Final, NamedTuple

from adapters.tableurs.cellules import CelluleRefusee, Lieu, lire, net, refuser_partout
from adapters.tableurs.classeur import Classeur, FeuilleLue, Valeur, ouvrir
from adapters.tableurs.modele import ColonneLue, ModeleDeListe, en_milliers
from adapters.tableurs.refus import LIGNES_MAX, FauteDeCellule, FichierRefuse, LigneLue, ListeLue
from adapters.tableurs.xlsx import lettres_de
from ledger.noms import plier

RANGEES_AVANT: Final = 20
"""Rows in which titles are looked for: logos, names of services and dates stand above them."""
TITRES_MIN: Final = 3
FAUTES_MAX: Final = 2_000
"""Faults of a report: beyond, it is another file that was meant."""


class _Entete(NamedTuple):
    """The row of titles: which one, and by rank the columns that are known, that are not, that count in thousands."""

    rangee: int
    colonnes: Mapping[int, ColonneLue]
    inconnues: Sequence[int]
    milliers: frozenset[int]


def lire_liste(octets: bytes, modele: ModeleDeListe, le: date) -> ListeLue:
    """The lines of a list, read on that day; what refuses the whole file is in the answer."""
    try:
        return _lire(ouvrir(octets), modele, le)
    except FichierRefuse as refus:
        return ListeLue(refus=str(refus))


def _lire(classeur: Classeur, modele: ModeleDeListe, le: date) -> ListeLue:
    feuille, entete = _choisir(classeur, modele)
    avis = [*classeur.avis, *_avis(feuille, entete)]
    lignes: list[LigneLue] = []
    totaux: list[int] = []
    for rang in range(entete.rangee + 1, len(feuille.rangees)):
        cellules = [net(valeur) for valeur in feuille.rangees[rang]]
        cellules += [""] * (max(entete.colonnes) + 1 - len(cellules))  # separated values end where a row ends
        if rang in feuille.marges.rangees or not any(v != "" for v in cellules) or _titres(cellules, modele, entete):
            continue
        if _est_un_total(cellules, entete):
            totaux.append(rang + 1)
            continue
        if len(lignes) == LIGNES_MAX:
            raise FichierRefuse(f"La liste dépasse {LIGNES_MAX} lignes : découpez-la, puis déposez chaque part.")
        lignes.append(_ligne(feuille, entete, rang, cellules, le))
        if sum(len(ligne.fautes) for ligne in lignes) > FAUTES_MAX:
            raise FichierRefuse(f"Plus de {FAUTES_MAX} cellules sont à corriger : vérifiez que c'est le bon fichier.")
    if not lignes:
        raise FichierRefuse("La liste n'a aucune ligne sous ses titres : vérifiez que c'est le bon fichier.")
    if totaux:
        avis.append(f"{_rangees(totaux)} : un total, qui n'est pas lu.")
    colonnes = {colonne.nom: lettres_de(place) for place, colonne in entete.colonnes.items()}
    return ListeLue(tuple(_sans_doubles(lignes, modele)), colonnes, tuple(avis))


# which sheet, which row ------------------------------------------------------------------------------------------


def _choisir(classeur: Classeur, modele: ModeleDeListe) -> tuple[FeuilleLue, _Entete]:
    trouvees = [(f, e) for f in classeur.feuilles if (e := _entete(f, modele)) is not None]
    completes = [(f, e) for f, e in trouvees if not modele.manquantes([*e.colonnes.values()])]
    if len(completes) > 1:
        raise FichierRefuse("Plusieurs feuilles portent une liste : gardez-en une par fichier.")
    if not completes:
        manquantes = modele.manquantes([*trouvees[0][1].colonnes.values()] if trouvees else [])
        cites = ", ".join(f"« {libelle} »" for libelle in manquantes)
        dit = "Il manque à la liste" if trouvees else "Aucune feuille ne porte les titres de la liste : il manque"
        raise FichierRefuse(
            f"{dit} {'la colonne' if len(manquantes) == 1 else 'les colonnes'} {cites}. Ajoutez ce qui manque, sous ce"
            " titre (une colonne masquée n'est pas lue)."
        )
    feuille, entete = completes[0]
    comptes = Counter(colonne.nom for colonne in entete.colonnes.values())
    for colonne in modele.colonnes:
        if comptes[colonne.nom] > 1:
            places = [lettres_de(rang) for rang, dite in entete.colonnes.items() if dite is colonne]
            raise FichierRefuse(
                f"Les colonnes {' et '.join(places)} disent toutes « {colonne.libelle} » : gardez-en une seule."
            )
    return feuille, entete


def _entete(feuille: FeuilleLue, modele: ModeleDeListe) -> _Entete | None:
    """The row, among the first ones, that names the most columns."""
    candidats = [_lus(feuille, modele, rang) for rang in range(min(RANGEES_AVANT, len(feuille.rangees)))]
    meilleur = max(candidats, key=lambda entete: len({c.nom for c in entete.colonnes.values()}), default=None)
    return meilleur if meilleur is not None and len(meilleur.colonnes) >= TITRES_MIN else None


def _lus(feuille: FeuilleLue, modele: ModeleDeListe, rang: int) -> _Entete:
    titres = {
        place: str(net(valeur))
        for place, valeur in enumerate(feuille.rangees[rang])
        if valeur != "" and place not in feuille.marges.colonnes
    }
    connues = {place: c for place, titre in titres.items() if (c := modele.colonne(titre)) is not None}
    inconnues = [place for place in titres if place not in connues]
    return _Entete(rang, connues, inconnues, frozenset(p for p in connues if en_milliers(titres[p])))


def _titres(cellules: Sequence[Valeur], modele: ModeleDeListe, entete: _Entete) -> bool:
    """Whether a row repeats the titles, as at the head of each printed page."""
    dits = [modele.colonne(v) is c for p, c in entete.colonnes.items() if isinstance(v := cellules[p], str)]
    return len(dits) >= TITRES_MIN and all(dits)


def _avis(feuille: FeuilleLue, entete: _Entete) -> Iterator[str]:
    if entete.inconnues:
        yield f"{_colonnes(entete.inconnues)} : non lue, la liste n'en a pas l'emploi."
    cachees = sorted(place for place in feuille.marges.colonnes if place < max(map(len, feuille.rangees)))
    if cachees:
        yield f"{_colonnes(cachees)} : masquée, donc non lue."
    masquees = sorted(r for r in feuille.marges.rangees if entete.rangee < r < len(feuille.rangees))
    if masquees:
        numeros = [rangee + 1 for rangee in masquees]
        yield f"{_rangees(numeros)} : masquée, donc non lue. Affichez-la si elle fait partie de la liste."


def _colonnes(places: Sequence[int]) -> str:
    cites = ", ".join(lettres_de(place) for place in places[:10]) + (", …" if len(places) > 10 else "")  # noqa: PLR2004 - enough to be found
    return f"Colonne {cites}"


def _rangees(numeros: Sequence[int]) -> str:
    cites = ", ".join(map(str, numeros[:10])) + (", …" if len(numeros) > 10 else "")  # noqa: PLR2004 - enough to be found
    return f"Ligne {cites}"


# one line --------------------------------------------------------------------------------------------------------


def _est_un_total(cellules: Sequence[Valeur], entete: _Entete) -> bool:
    """Whether a row sums up the others: it says so, and most of its cells are blank."""
    premier = next((v for v in cellules if v != ""), "")
    dit = isinstance(premier, str) and plier(premier).startswith(("total", "soustotal", "totaux", "sommetotale"))
    return dit and 2 * sum(v != "" for v in cellules) <= len(entete.colonnes)


def _ligne(feuille: FeuilleLue, entete: _Entete, rang: int, cellules: Sequence[Valeur], le: date) -> LigneLue:
    valeurs: dict[str, str | int | bool] = {}
    fautes: list[FauteDeCellule] = []
    if any(bas >= rang >= haut for (haut, gauche), (bas, _) in feuille.fusions if gauche <= max(entete.colonnes)):
        fautes.append(FauteDeCellule(str(rang + 1), "Des cellules de cette ligne sont fusionnées : défusionnez-les."))
    for place, valeur in enumerate(cellules):
        colonne = entete.colonnes.get(place)
        try:
            refuser_partout(valeur)
            if colonne is not None:
                dite = _valeur(
                    feuille, colonne, (rang, place), valeur, Lieu(le, feuille.origine, place in entete.milliers)
                )
                if dite is not None:
                    valeurs[colonne.nom] = dite
        except CelluleRefusee as refus:
            titre = f"« {colonne.libelle} ». " if colonne is not None else ""
            fautes.append(FauteDeCellule(f"{lettres_de(place)}{rang + 1}", f"{titre}{refus}"))
    return LigneLue(rang + 1, valeurs, tuple(fautes))


def _valeur(
    feuille: FeuilleLue, colonne: ColonneLue, place: tuple[int, int], valeur: Valeur, lieu: Lieu
) -> str | int | bool | None:
    """What a cell says; None for a blank one, of a column that a line may go without."""
    if place in feuille.marges.sans_valeur:
        raise CelluleRefusee("Cette formule donne une erreur, ou rien : remplacez-la par la valeur.")
    if valeur != "":
        return lire(valeur, colonne.genre, lieu)
    if colonne.requise:
        raise CelluleRefusee("La cellule est vide : remplissez-la.")
    return None


def _sans_doubles(lignes: Sequence[LigneLue], modele: ModeleDeListe) -> Iterator[LigneLue]:
    """The same, where a household that stands twice is a fault of its second line."""
    vues: dict[tuple[str, ...], int] = {}
    for ligne in lignes:
        cle = tuple(plier(str(ligne.valeurs.get(nom, ""))) for nom in modele.cle)
        premiere = vues.setdefault(cle, ligne.numero)
        if premiere == ligne.numero or ligne.fautes:
            yield ligne
            continue
        double = f"Ce ménage est déjà à la ligne {premiere} : gardez une seule des deux."
        yield LigneLue(ligne.numero, ligne.valeurs, (FauteDeCellule(str(ligne.numero), double),))
