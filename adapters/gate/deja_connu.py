"""Once only: before it asks the household, a partner asks what is known, yours to read, and by whom (CRPA L.114-8).

The answer is made of the case's situation, thus of what this reader is shown and of nothing else. What its purpose does
not open is said to be closed whether or not something is there; whom it may ask instead, the law's rows say alone.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from types import MappingProxyType
from typing import Annotated, Any, Final
from uuid import UUID

import orjson
from annotated_types import MaxLen, MinLen

from adapters.gate import saisie
from adapters.gate.consulter import ouvrir
from adapters.gate.contexte import Acces, Gate, Vu
from adapters.gate.corps import Faute, SaisieRefusee
from adapters.gate.plan import Plan, retenu
from adapters.gate.provenance import REFERENCE
from adapters.gate.redaction import faits_montres
from adapters.gate.refus import en_panne, ligne_du_journal, saisir
from adapters.gate.situation import Voulus, connaitre
from ledger.catalogue import ActeProtege, Evenement, ValeurTranchee, catalogue, champs, clair, lignee
from ledger.droit.donnees import donnees, historique, preseances
from ledger.droit.repondants import repondants
from policies.decision import Action

DONNEES_DEMANDEES: Final = 50
"""Things that one question may name."""
ACTION: Final = "deja_connu"
"""How the journal calls it."""
REDEMANDEE: Final = "REDEMANDEE"
ETATS: Final = ("CONNUE", "PERIMEE", "INCONNUE", "HORS_FINALITE")
"""Known and fresh; known, and old; not told to whom asks; closed at this purpose."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AvantLeMenage:
    """What a partner needs to know, and what of it it will ask of the household all the same: counted, not blamed."""

    donnees: Annotated[tuple[str, ...], MinLen(1), MaxLen(DONNEES_DEMANDEES), clair("ce qu'il faut savoir", ["dette"])]
    redemandees: Annotated[
        tuple[str, ...], MaxLen(DONNEES_DEMANDEES), clair("ce qui sera demandé au ménage de toute façon", [])
    ] = ()


@en_panne
async def deja_connu(gate: Gate, acces: Acces, dossier: UUID, contenu: object) -> Vu:
    """What is known of each thing that is asked, for this partner at this purpose."""
    lecture, garde = await ouvrir(gate, acces, dossier)
    besoin = await saisir(gate, acces, Action.LIRE, dossier, lambda: _besoin(acces, contenu))
    (voulus, disent), plan = _places_de(frozenset(besoin.donnees)), garde.plan
    faits = faits_montres(plan, lecture.trousseau, disent)
    dites = await gate.parts.derouler(connaitre(faits, acces.le, voulus), acces.sujet.partenaire.code)
    reponses = [_repondre(gate, acces, plan, code, dites) for code in besoin.donnees]
    await _inscrire(gate, acces, plan, besoin, reponses)
    return Vu(orjson.dumps({"dossier": str(dossier), "au": acces.le, "donnees": reponses}), lecture.position)


def _besoin(acces: Acces, contenu: object) -> AvantLeMenage:
    besoin = saisie.forme(AvantLeMenage, contenu)
    nommees, tous = donnees(acces.le), _champs()
    inconnue = "Donnez le nom d'une donnée (GET /v1/nomenclatures), ou d'un champ : « DetteDeclaree.montant »."
    fautes = [
        Faute(f"donnees.{n}", "donnee", inconnue)
        for n, code in enumerate(besoin.donnees)
        if code not in nommees and code not in tous
    ]
    hors = "On ne redemande que ce que l'on a nommé sous « donnees »."
    fautes += [
        Faute(f"redemandees.{n}", "donnee", hors)
        for n, code in enumerate(besoin.redemandees)
        if code not in besoin.donnees
    ]
    if fautes:
        raise SaisieRefusee(*fautes)
    return besoin


@cache
def _champs() -> Mapping[str, str]:
    """Every field of the catalogue, as it is named here, with its words."""
    return {f"{nom}.{c}": d.libelle for nom, cls in catalogue().items() for c, d in champs(cls).items()}


def _places(code: str) -> Iterator[tuple[type[Evenement], str]]:
    """The events that may tell something, and in which field."""
    evenement, _, champ = code.partition(".")
    places = {(p.evenement, p.champ) for p in preseances() if p.donnee == code} or {(evenement, champ)}
    for evenement, champ in places:
        for nom, cls in catalogue().items():
            if evenement in lignee(nom) and champ in champs(cls):
                yield cls, champ


@lru_cache(maxsize=256)
def _places_de(codes: frozenset[str]) -> tuple[Voulus, frozenset[type[Evenement]]]:
    """By event, the fields that may tell one of these things; and the events that bear on what is told of them."""
    trouves: defaultdict[str, set[str]] = defaultdict(set)
    for code in codes:
        for cls, champ in _places(code):
            trouves[cls.__name__].add(champ)
    voulus = MappingProxyType({nom: frozenset(siens) for nom, siens in trouves.items()})
    return voulus, frozenset({ActeProtege, ValeurTranchee, *(catalogue()[nom] for nom in voulus)})


@cache
def groupes_de(code: str) -> frozenset[str]:
    """The groups by which something is told: any of them may tell it."""
    groupes = {champs(cls)[champ].groupe or cls.GROUPE for cls, champ in _places(code)}
    return frozenset(g for groupe in groupes for g in (("F10a", "F10b") if groupe == "F10" else (groupe,)))


def libelle_de(code: str) -> str:
    """The words of something that was asked, as they are today; its code if it has none any more."""
    nommee = next((d for d in historique() if d.donnee == code), None)
    return _champs().get(code, code) if nommee is None else nommee.libelle


def _repondre(gate: Gate, acces: Acces, plan: Plan, code: str, dites: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    nommee, siens = donnees(acces.le).get(code), groupes_de(code)
    valeurs = [_valeur(d) for d in dites if d["donnee"] == code and d["retenue"] is not None]
    etat, clos = "INCONNUE", None
    if valeurs:
        etat = "PERIMEE" if any(v["fraiche"] is False for v in valeurs) else "CONNUE"
    elif siens and siens.issubset(plan.retenus):
        etat, clos = "HORS_FINALITE", retenu(min(siens), plan.decisions[REFERENCE], gate.motifs)
    return {
        "donnee": code,
        "libelle": _champs()[code] if nommee is None else nommee.libelle,
        "etat": etat,
        "valeurs": valeurs,
        "fraicheur_jours": nommee.fraicheur_jours if nommee else None,
        "motif": clos,
        "repondants": [{"role": r.role, "texte": r.legal_ref} for r in repondants(code, acces.le)],
    }


def _valeur(donnee: Mapping[str, Any]) -> dict[str, Any]:
    """The telling that holds: it is the first that is listed."""
    retenue = donnee["assertions"][0]
    return {
        **{nom: donnee[nom] for nom in ("de", "valeur", "vrai_au", "age_jours", "fraiche", "contredite")},
        **{nom: retenue[nom] for nom in ("fait", "auteur", "dit_le")},
    }


def _auteurs(plan: Plan, faits: Iterable[int]) -> set[str]:
    """Who told these facts, by the numbers of their ids. What holds was mostly told last: they are looked for there."""
    cherches, auteurs = set(faits), set[str]()
    for rang in reversed(plan.rangs if cherches else ()):
        enveloppe = rang.fait.enveloppe
        if enveloppe.id.int in cherches:
            cherches.remove(enveloppe.id.int)
            auteurs.add(enveloppe.partenaire)
            if not cherches:
                break
    return auteurs


async def _inscrire(
    gate: Gate, acces: Acces, plan: Plan, besoin: AvantLeMenage, reponses: Sequence[Mapping[str, Any]]
) -> None:
    """The row of a question, beside that of the reading.

    Where it obtained something for a request it is an exchange between administrations: its trace is durable before the
    answer leaves, in a stream of its own (CRPA R.114-9-7). Any other is counted (``echanges.compter``).
    """
    auteurs = _auteurs(plan, (UUID(valeur["fait"]).int for reponse in reponses for valeur in reponse["valeurs"]))
    sources = tuple(sorted(auteurs - {acces.sujet.partenaire.code}))
    dites = [f"{r['donnee']}:{r['etat']}" for r in reponses] + [f"{code}:{REDEMANDEE}" for code in besoin.redemandees]
    pour_une_demande = gate.tables.finalite(acces.finalite)["demande"]
    echange = pour_une_demande and bool(sources)
    row = ligne_du_journal(acces, ACTION, "autorise", dossier=plan.dossier, plan=plan).avec(
        flux="echange" if echange else "metier",
        echange={
            "donnees": dites,
            "sources": sources,
            "demande": acces.demande if pour_une_demande else None,
        },
    )
    if echange:
        await gate.ledger.journal.inscrire(row)
    else:
        gate.ledger.journal.compter(row)
