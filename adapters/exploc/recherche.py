"""Finding a procedure by a number that its reader knows: of an act, of the court, of EXPLOC's file.

What is sought is a keyed hash. A case is found by who is linked to it and is shown that very number; for anybody else
it is nowhere, and as many cases are read and decided whether there is one or not.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Any, Final, NamedTuple
from uuid import UUID, uuid4

from adapters.gate.codes import CODES
from adapters.gate.consulter import garder, montres
from adapters.gate.contexte import Acces, Garde, Gate
from adapters.gate.corps import Faute, SaisieRefusee, lire_json
from adapters.gate.question import permettre
from adapters.gate.refus import en_panne, ligne_du_journal, saisir
from adapters.gate.reunion import reunir
from adapters.gate.textes import NIR_REFUSE, porte_nir
from ledger import catalogue as ev
from ledger.index import Genre
from ledger.reader import Lecture
from policies.decision import Action

CONSULTES: Final = 4
"""Cases that are read at the least, wherever the number stands."""
CONSULTES_AU_PLUS: Final = 20
_TEXTE_MAX: Final = 200
D_UN_ACTE: Final = ("etude_siret", "type_acte", "ref_acte", "date_acte")
CRITERES: Final = (D_UN_ACTE, ("num_rg",), ("ref_dossier",))
LESQUELS: Final = "Donnez l'étude, le type, le numéro et la date d'un acte, ou « num_rg », ou « ref_dossier »."
_ACTES: Final = frozenset[type[ev.Evenement]](ev.Acte.__subclasses__())


class NumeroCherche(NamedTuple):
    """What is sought: its hash, of which kind (None: the natural key of an act), and whether a fact shows it."""

    empreinte: bytes
    genre: Genre | None
    montre: Callable[[Mapping[str, Any]], bool]


@en_panne
async def chercher(gate: Gate, acces: Acces, corps: bytes) -> list[str]:
    """The cases of that number, among those that this reader is linked to. Journaled with its hash, found or not."""
    await permettre(gate, acces, Action.LISTER)
    cherche = await saisir(gate, acces, Action.LISTER, None, lambda: _lire(gate, lire_json(corps)))
    trouves = await _trouver(gate, cherche)
    trouves += [uuid4() for _ in range(CONSULTES - len(trouves))]
    lectures = await asyncio.gather(*map(gate.ledger.consulter_avec, trouves))
    vus = []
    for dossier, (lecture, autres) in zip(trouves, lectures, strict=True):
        garde = await _garder(gate, acces, dossier, lecture, autres)
        if lecture is not None and isinstance(garde, Garde):
            vus.append((lecture, garde.plan))
    entete = ligne_du_journal(acces, Action.RECHERCHER, "autorise" if vus else "vide", revision=gate.decider.revision)
    await gate.ledger.journal.inscrire(
        entete.avec(recherche=cherche.empreinte),
        *(ligne_du_journal(acces, Action.LIRE, "autorise", dossier=plan.dossier, plan=plan) for _, plan in vus),
    )
    return [
        str(plan.dossier)
        for lecture, plan in vus
        if any(map(cherche.montre, await montres(gate, acces, lecture, plan, _ACTES)))
    ]


async def _trouver(gate: Gate, cherche: NumeroCherche) -> list[UUID]:
    reader, empreinte = gate.ledger.reader, cherche.empreinte
    if cherche.genre is None:
        return list((await reader.actes_connus([empreinte])).values())
    paires = await reader.chercher(cherche.genre, [empreinte])
    return list(dict.fromkeys(dossier for dossier, _ in paires))[:CONSULTES_AU_PLUS]


async def _garder(
    gate: Gate, acces: Acces, dossier: UUID, lecture: Lecture | None, autres: Sequence[Lecture]
) -> object:
    reunion = await reunir(gate, acces, lecture, autres)
    return await garder(gate, acces, dossier, lecture, reunion=reunion)


def _lire(gate: Gate, contenu: object) -> NumeroCherche:
    dits = contenu if isinstance(contenu, dict) else {}
    fautes = [
        Faute(nom, "nir", NIR_REFUSE)
        for nom in (nom for noms in CRITERES for nom in noms)
        if isinstance(dits.get(nom), str) and porte_nir(dits[nom], nom)
    ]
    textes = all(isinstance(dit, str) and 0 < len(dit) <= _TEXTE_MAX for dit in dits.values())
    if fautes or not textes or tuple(sorted(dits)) not in {tuple(sorted(noms)) for noms in CRITERES}:
        raise SaisieRefusee(*(fautes or [Faute("", "absent", LESQUELS)]))
    index = gate.ledger.index
    if "num_rg" in dits:
        return NumeroCherche(
            index.rg(dits["num_rg"]), Genre.RG, lambda dit: dit["champs"].get("num_rg") == dits["num_rg"]
        )
    if "ref_dossier" in dits:
        numero = dits["ref_dossier"]
        return NumeroCherche(index.reference(numero), Genre.REFERENCE, lambda dit: _reference(dit) == numero)
    try:
        le = date.fromisoformat(dits["date_acte"])
    except ValueError:
        raise SaisieRefusee(Faute("date_acte", "date_attendue", CODES["date_attendue"])) from None
    cle = index.acte(dits["etude_siret"], dits["type_acte"], dits["ref_acte"], le)
    return NumeroCherche(cle, None, lambda dit: _est_l_acte(dit, dits))


def _reference(dit: Mapping[str, Any]) -> object:
    """EXPLOC's number of the file, where the fact is EXPLOC's: a partner's own reference is another thing."""
    d_exploc = bool(dit["auteur"]) and dit["auteur"]["systeme"] == "EXPLOC"
    return dit["champs"].get("reference_source") if d_exploc else None


def _est_l_acte(dit: Mapping[str, Any], cherche: Mapping[str, str]) -> bool:
    cls = ev.catalogue().get(dit["type"])
    code = cls.CODE if cls is not None and issubclass(cls, ev.Acte) else ""
    champs = dit["champs"]
    return (code, champs.get("ref_acte"), dit["survenu_le"]) == (
        cherche["type_acte"],
        cherche["ref_acte"],
        cherche["date_acte"],
    ) and champs.get("etude_siret", cherche["etude_siret"]) == cherche["etude_siret"]
