"""The charter's figures: a year is counted once, by who instructs, and kept; what is published hides the few.

To count, every case is gone through and what counts in it is opened, of S1 and S2 alone: one row of the journal says by
whom and for which purpose, and no value of a case leaves. A year that is closed stays as it was counted, whoever is
erased since.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from typing import Any, Final

from adapters.gate.contexte import Acces, Gate
from adapters.gate.documents import EDITER
from adapters.gate.listes import Arrete
from adapters.gate.question import permettre
from adapters.gate.refus import Refus, en_panne, journaliser_refus, ligne_du_journal
from ledger.catalogue import Classe
from ledger.droit.indicateurs import Indicateur, indicateurs, ruptures
from ledger.mapper import ouvrir
from ledger.reader import Lecture
from policies.decision import Action
from projections.indicateurs import (
    Axe,
    Case,
    Chiffre,
    Recense,
    Recensement,
    besoins,
    part_publiable,
    publiable,
    total_publiable,
)

ENSEMBLE: Final = 64
"""Cases that are read together: their keys and their facts come in one query each."""
ANNEES: Final = 8
"""Years that are shown together."""
EXTERNES_AU_PLUS: Final = 1000
"""Figures of a file of external series."""


@en_panne
async def arreter(gate: Gate, acces: Acces, annee: int, progres: Callable[[int], None] = lambda _: None) -> int:
    """Count a year that is over and keep it: how many figures are new. ``Refus`` 422 for a year that is not.

    ``progres`` is told how many cases are counted so far. Counted again, a figure is kept anew where it has moved by
    ``SEUIL`` at least, whatever was erased since. What is looked at a year after is counted once that year is over too.
    """
    await permettre(gate, acces, Action.COMPTER)
    if annee >= acces.le.year:
        await journaliser_refus(gate, acces, Action.COMPTER, "annee_en_cours")
        raise Refus(422, "annee_en_cours", "Une année s'arrête une fois finie : attendez le 1er janvier qui la suit.")
    await gate.ledger.journal.inscrire(
        ligne_du_journal(acces, Action.COMPTER, "autorise", revision=gate.decider.revision)
    )
    a_compter = [i for i in indicateurs(annee) if not i.mois or annee + 1 < acces.le.year]
    recensement = Recensement(annee, a_compter)
    lus = besoins(a_compter)
    comptes = 0
    async for lectures in _toutes(gate):
        for lecture in lectures:
            recensement.compter(_dit(lecture, lus, annee))
        comptes += len(lectures)
        progres(comptes)
    connus = {a.case: a.chiffre for a in await gate.listes.arretes(annee)}
    deja = {case.code for case in connus}
    # A line that is new in a table that was published has moved, from nought: by a few, it would tell of those few.
    neufs = {
        case: chiffre
        for case, chiffre in recensement.chiffres().items()
        if case.code not in deja or recensement.bouge(case, connus.get(case), chiffre)
    }
    await gate.listes.arreter(annee, neufs, acces.sujet.partenaire.code, externe=False)
    return len(neufs)


async def _toutes(gate: Gate) -> AsyncIterator[list[Lecture]]:
    """Every case, so many together, in the order of their opening."""
    apres = 0
    while ouverts := await gate.ledger.reader.ouverts(apres, ENSEMBLE):
        lectures = await asyncio.gather(*(gate.ledger.reader.lire(dossier) for dossier, _ in ouverts))
        yield [lecture for lecture in lectures if lecture is not None]
        apres = ouverts[-1][1]


def _dit(lecture: Lecture, lus: Mapping[str, frozenset[Classe]], annee: int) -> Recense:
    """What of a case counts: its facts that stand, of the kinds that are counted, open as far as they are."""
    etat = lecture.etat
    comptables = [f for f in lecture.faits if type(f.evenement).__name__ in lus and not etat.corrige(f.enveloppe.id)]
    if not any(f.enveloppe.survenu_le.year == annee for f in comptables):
        return Recense(etat.parc, etat.commune, ())
    ouverts = []
    for fait in comptables:
        classes = lus[type(fait.evenement).__name__]
        ouverts.append(ouvrir(fait, lecture.trousseau, classes) if classes else fait)
    return Recense(etat.parc, etat.commune, ouverts)


@en_panne
async def recevoir(gate: Gate, acces: Acces, series: Sequence[tuple[str, int, int]]) -> int:
    """Keep figures that institutions give: (code, year, value). ``Refus`` 422 for what is counted here."""
    await permettre(gate, acces, Action.COMPTER)
    if len(series) > EXTERNES_AU_PLUS:
        await _refuser_serie(gate, acces, f"Un fichier porte au plus {EXTERNES_AU_PLUS} chiffres : partagez-le.")
    par_annee: dict[int, dict[Case, Chiffre]] = {}
    for rang, (code, annee, valeur) in enumerate(series, 1):
        externes = {i.code for i in indicateurs(annee) if i.calcul == "externe"}
        if code not in externes:
            await _refuser_serie(gate, acces, f"Ligne {rang} : ce code n'est pas celui d'une série externe.")
        if annee >= acces.le.year or valeur < 0:
            await _refuser_serie(gate, acces, f"Ligne {rang} : donnez une année finie et un nombre positif.")
        par_annee.setdefault(annee, {})[Case(code, Axe.DEPARTEMENT, "")] = Chiffre(valeur)
    await gate.ledger.journal.inscrire(
        ligne_du_journal(acces, Action.COMPTER, "autorise", revision=gate.decider.revision)
    )
    for annee, chiffres in par_annee.items():
        await gate.listes.arreter(annee, chiffres, acces.sujet.partenaire.code, externe=True)
    return len(series)


async def _refuser_serie(gate: Gate, acces: Acces, phrase: str) -> None:
    await journaliser_refus(gate, acces, Action.COMPTER, "serie")
    raise Refus(422, "serie", phrase)


@en_panne
async def publier(gate: Gate, acces: Acces, annee: int, code: str | None, axe: Axe) -> dict[str, Any]:
    """The figures of a closed year along one axis, the few hidden; those that nobody has counted yet are said so."""
    await _permettre_et_inscrire(gate, acces)
    return await _annee(gate, annee, code, axe)


@en_panne
async def retracer(gate: Gate, acces: Acces, annee: int) -> dict[str, Any]:
    """That year along each axis and the years before it, each as ``publier`` gives it, under one row.

    ``annees``: those that have figures, ``ANNEES`` at most and that one among them, the first ones first.
    """
    await _permettre_et_inscrire(gate, acces)
    return await _retrace(gate, annee)


@en_panne
async def editer(gate: Gate, acces: Acces, annee: int, papier: str) -> dict[str, Any]:
    """The same, for one paper: the row says which."""
    await permettre(gate, acces, Action.LISTER)
    ligne = ligne_du_journal(acces, EDITER, "autorise", revision=gate.decider.revision)
    await gate.ledger.journal.inscrire(ligne.avec(echange={"document": papier}))
    return await _retrace(gate, annee)


async def _permettre_et_inscrire(gate: Gate, acces: Acces) -> None:
    await permettre(gate, acces, Action.LISTER)
    await gate.ledger.journal.inscrire(
        ligne_du_journal(acces, Action.LISTER, "autorise", revision=gate.decider.revision)
    )


async def _retrace(gate: Gate, annee: int) -> dict[str, Any]:
    gardees = [a for a in await gate.listes.annees_arretees() if a < annee][1 - ANNEES :]
    return {
        "annee": annee,
        "annees": [await _annee(gate, a, None, Axe.DEPARTEMENT) for a in (*gardees, annee)],
        **{axe.value: await _annee(gate, annee, None, axe) for axe in (Axe.PARC, Axe.COMMUNE)},
    }


async def _annee(gate: Gate, annee: int, code: str | None, axe: Axe) -> dict[str, Any]:
    arretes = {a.case: a for a in await gate.listes.arretes(annee)}
    definis = indicateurs(annee)
    publies = [_publier(i, definis, arretes, axe) for i in definis if code in {None, i.code}]
    return {"annee": annee, "axe": axe.value, "indicateurs": publies}


def _publier(i: Indicateur, definis: Sequence[Indicateur], arretes: Mapping[Case, Arrete], axe: Axe) -> dict[str, Any]:
    entier = arretes.get(Case(i.code, Axe.DEPARTEMENT, ""))
    return {
        "code": i.code,
        "libelle": i.libelle,
        "producteur": i.producteur,
        "calcul": i.calcul,
        "legal_ref": i.legal_ref,
        "tag": i.tag,
        "ruptures": [{"le": r.le.isoformat(), "texte": r.texte} for r in ruptures() if r.code == i.code],
        "arrete_le": None if entier is None else entier.arrete_le.isoformat(),
        **_chiffre(i, definis, arretes, entier),
        "par": [] if axe is Axe.DEPARTEMENT or entier is None else _table(i, definis, arretes, axe),
    }


def _chiffre(
    i: Indicateur, definis: Sequence[Indicateur], arretes: Mapping[Case, Arrete], entier: Arrete | None
) -> dict[str, Any]:
    """What is shown of a total: the last figure, and the one that was first kept."""
    if entier is None:
        return {"etat": "non_arrete", "valeur": None, "sur": None, "premiere": None}
    montre = _montre(i, entier.chiffre) and _reste_montre(i, definis, arretes, entier)
    if montre and i.parc:
        # The share of one stock is a line of the table of all: what is hidden there is hidden here.
        tout = next((d for d in definis if d.tout_parc == i.tout_parc and not d.parc), None)
        lignes = {} if tout is None else {x["cle"]: x["valeur"] for x in _table(tout, definis, arretes, Axe.PARC)}
        montre = tout is None or lignes.get(i.parc, 0) is not None
    if not montre:
        return {"etat": "trop_peu", "valeur": None, "sur": None, "premiere": None}
    chiffre, premier = entier.chiffre, entier.premier
    premiere = premier.valeur if _montre(i, premier) else None
    return {"etat": "arrete", "valeur": chiffre.valeur, "sur": chiffre.sur, "premiere": premiere}


def _montre(i: Indicateur, chiffre: Chiffre) -> bool:
    match i.calcul:
        case "externe":
            return True
        case "part" | "suivi":
            return part_publiable(chiffre)
        case "dette_mediane":
            return chiffre.sur is not None and total_publiable(chiffre.sur)
        case _:
            return total_publiable(chiffre.valeur)


def _table(
    i: Indicateur, definis: Sequence[Indicateur], arretes: Mapping[Case, Arrete], axe: Axe
) -> list[dict[str, Any]]:
    table = _lignes(i, arretes, axe)
    entier = arretes.get(Case(i.code, Axe.DEPARTEMENT, ""))
    if entier is None or not table:
        return []
    if not total_publiable(entier.chiffre.valeur) or not _reste_montre(i, definis, arretes, entier):
        return [{"cle": cle, "valeur": None} for cle in sorted(table)]
    large = _large(i, definis)
    englobante = None if large is None else {cle: _lignes(large, arretes, axe).get(cle, 0) for cle in table}
    montres = publiable(table, entier.chiffre.valeur, englobante)
    return [{"cle": cle, "valeur": montres[cle]} for cle in sorted(montres)]


def _large(i: Indicateur, definis: Sequence[Indicateur]) -> Indicateur | None:
    """What counts all that it does, and more: of the evictions without a solution, the evictions."""
    return next((d for d in definis if d is not i and _englobe(d, i)), None)


def _reste_montre(i: Indicateur, definis: Sequence[Indicateur], arretes: Mapping[Case, Arrete], entier: Arrete) -> bool:
    """Whether a total leaves of the one that holds it something else than a few."""
    large = _large(i, definis)
    tout = None if large is None else arretes.get(Case(large.code, Axe.DEPARTEMENT, ""))
    return tout is None or total_publiable(tout.chiffre.valeur - entier.chiffre.valeur)


def _lignes(i: Indicateur, arretes: Mapping[Case, Arrete], axe: Axe) -> dict[str, int]:
    return {case.cle: a.chiffre.valeur for case, a in arretes.items() if (case.code, case.axe) == (i.code, axe)}


def _englobe(large: Indicateur, etroit: Indicateur) -> bool:
    """Whether one counts all that the other does, and more."""
    return (
        (large.calcul, large.evenement, large.parc) == (etroit.calcul, etroit.evenement, etroit.parc)
        and large.condition != etroit.condition
        and all(etroit.condition.get(champ, frozenset()) <= codes for champ, codes in large.condition.items())
        and set(large.condition) <= set(etroit.condition)
    )
