"""The deposit of a list: looked at first without writing, then each line by the verb of the API, then its receipt.

A line opens the case of a household or joins the one that it has, and nothing tells which: neither the trial, nor the
deposit, nor the receipt. What a list cannot say at a purpose is not sent, and its depositor is told so beforehand.
"""

import asyncio
import hashlib
from collections.abc import Mapping, Sequence
from datetime import date
from http import HTTPStatus
from typing import Any, Final, NamedTuple
from uuid import UUID

import orjson

from adapters.gate import files, lots
from adapters.gate.codes import PORTE
from adapters.gate.contexte import Acces, Gate
from adapters.gate.question import parole_de, permettre, question_de
from adapters.gate.refus import DEPOSER, Refus, en_panne, journaliser_refus, ligne_du_journal
from adapters.tableurs.refus import FauteDeCellule, LigneLue
from ledger.catalogue import DossierOuvert
from ledger.dossier.etat import Dossier
from ledger.recepisses import Recepisse, SortDeLigne
from policies.decision import Action, Lien

GROUPE: Final = 64
"""Lines that are sent together."""
ENSEMBLE: Final = 8
"""Households that are looked for at once."""
RECEPISSES_MONTRES: Final = 20
OPPOSITION: Final = "opposition"
DEJA: Final = "deja"
LIGNE_EN_FAUTE: Final = "saisie"
RECEPISSE_INTROUVABLE: Final = "Aucun récépissé de ce numéro n'est à votre portée."
_PARC: Final = {"BAILLEUR_SOCIAL": "SOCIAL", "BAILLEUR_PRIVE": "PRIVE"}
"""Which dwellings a landlord's own list is of, where it does not say."""
_LOGEMENT: Final = (
    "adresse", "code_postal", "commune", "id_rpls", "parc", "loyer", "charges", "bailleur_siret", "bailleur_nom",
)  # fmt: skip
_TITULAIRE: Final = ("nom", "prenoms", "date_naissance")


class PorteeDeListe(NamedTuple):
    """What a list says when this subject deposits it: the debt, or the proposal to the CLIL, beside the opening.

    ``agenda``: it keeps the agenda of a commission, and each line is looked for among the cases that it may read.
    """

    dette: bool
    proposition: bool
    agenda: bool = False


class Prevue(NamedTuple):
    """A line as it would go: to be sent (no fault, not set aside), set aside, or at fault.

    ``connus``: the cases of that household that its depositor reads already; None, where it was not looked for.
    """

    numero: int
    valeurs: Mapping[str, Any]
    ecartee: str = ""
    fautes: Sequence[FauteDeCellule] = ()
    connus: Sequence[str] | None = None

    @property
    def part(self) -> bool:
        """Whether it is to be sent."""
        return not (self.ecartee or self.fautes)


async def accueillir(gate: Gate, acces: Acces) -> tuple[PorteeDeListe, list[Recepisse]]:
    """What a list says for this subject, and its organisation's last receipts at this purpose; ``Refus`` 403."""
    portee = await _exiger(gate, acces)
    return portee, await recepisses(gate, acces)


@en_panne
async def recepisses(gate: Gate, acces: Acces) -> list[Recepisse]:
    """The last receipts of this organisation at this purpose."""
    await _inscrire(gate, acces)
    return await gate.ledger.recepisses.derniers(acces.sujet.partenaire.code, acces.finalite, RECEPISSES_MONTRES)


@en_panne
async def recepisse(gate: Gate, acces: Acces, id_: UUID) -> Recepisse:
    """One of them; ``Refus`` 404, the same for another's as for one that is nowhere."""
    await _exiger(gate, acces)
    trouve = await gate.ledger.recepisses.un(id_, acces.sujet.partenaire.code, acces.finalite)
    if trouve is None:
        await journaliser_refus(gate, acces, DEPOSER, "introuvable")
        raise Refus(404, "introuvable", RECEPISSE_INTROUVABLE)
    await _inscrire(gate, acces)
    return trouve


@en_panne
async def verifier(
    gate: Gate, acces: Acces, lignes: Sequence[LigneLue], colonnes: Mapping[str, str]
) -> tuple[PorteeDeListe, list[Prevue]]:
    """What would become of each line: each that has no fault is tried, as the API tries it, and nothing is stored."""
    portee = await _exiger(gate, acces)
    prevues = [_prevue(ligne) for ligne in lignes]
    if portee.agenda:
        prevues = await _chercher(gate, acces, prevues)
    partantes = [p for p in prevues if p.part]
    rendues = await _envoyer(gate, acces, portee, partantes, blanc=True)
    fautes = {p.numero: _fautes(p.numero, rendu, colonnes) for p, rendu in zip(partantes, rendues, strict=True)}
    return portee, [p._replace(fautes=fautes.get(p.numero, p.fautes)) for p in prevues]


@en_panne
async def deposer(gate: Gate, acces: Acces, id_: UUID, empreinte: bytes, prevues: Sequence[Prevue]) -> Recepisse:
    """Store the lines that are to be sent, then keep the receipt of all of them; done again, nothing is added."""
    portee = await _exiger(gate, acces)
    partantes = [p for p in prevues if p.part]
    rendues = await _envoyer(gate, acces, portee, partantes, blanc=False)
    refusees = {
        p.numero: str(rendu["code"])
        for p, rendu in zip(partantes, rendues, strict=True)
        if rendu["statut"] != HTTPStatus.CREATED
    }
    sorts = tuple(
        SortDeLigne(p.numero, refusees.get(p.numero, "") if p.part else p.ecartee or LIGNE_EN_FAUTE) for p in prevues
    )
    sujet = acces.sujet
    await _inscrire(gate, acces)
    await gate.ledger.recepisses.garder(
        Recepisse(id_, sujet.partenaire.code, sujet.agent, acces.finalite, empreinte, sorts)
    )
    return await recepisse(gate, acces, id_)


async def _exiger(gate: Gate, acces: Acces) -> PorteeDeListe:
    """``Refus`` 403 for who opens no case at its purpose, or is not linked there to what it opens."""
    await permettre(gate, acces, Action.OUVRIR)
    dite, siens = parole_de(acces).annonce(DossierOuvert, {}), frozenset({Lien.AUTEUR})
    for action in (Action.OUVRIR, Action.EMETTRE):
        decision = await gate.decider.decide(question_de(acces, Dossier(), siens, action=action, annonce=dite))
        if not decision.autorise:
            await journaliser_refus(gate, acces, DEPOSER, decision.motif)
            raise Refus(403, "AUTRE_FINALITE", PORTE["AUTRE_FINALITE"])
    role, finalite, le = acces.sujet.partenaire.role, acces.finalite, acces.le
    return PorteeDeListe(
        *(gate.tables.emet(role, finalite, nom, le) for nom in ("DetteDeclaree", "DossierPropose", "InstanceInscrite"))
    )


async def _inscrire(gate: Gate, acces: Acces) -> None:
    await gate.ledger.journal.inscrire(ligne_du_journal(acces, DEPOSER, "autorise", revision=gate.decider.revision))


def _prevue(ligne: LigneLue) -> Prevue:
    if ligne.fautes:
        return Prevue(ligne.numero, ligne.valeurs, fautes=ligne.fautes)
    return Prevue(ligne.numero, ligne.valeurs, ecartee=OPPOSITION if ligne.valeurs["opposition"] else "")


async def _chercher(gate: Gate, acces: Acces, prevues: Sequence[Prevue]) -> list[Prevue]:
    """Each line looked for as one looks for a household, its row with it; who is found already is set aside.

    What it may not read is not found: a line of which nothing is told may have a case elsewhere, or object elsewhere.
    """
    cherchees: list[Prevue] = []
    for debut in range(0, len(prevues), ENSEMBLE):
        cherchees += await asyncio.gather(*(_situer(gate, acces, p) for p in prevues[debut : debut + ENSEMBLE]))
    return cherchees


async def _situer(gate: Gate, acces: Acces, prevue: Prevue) -> Prevue:
    if not prevue.part or "date_naissance" not in prevue.valeurs:
        return prevue
    identite = {nom: prevue.valeurs[nom] for nom in _TITULAIRE if nom in prevue.valeurs}
    try:
        trouves = (await files.rechercher(gate, acces, identite)).document["dossiers"]
    except Refus as refus:
        if refus.statut != HTTPStatus.UNPROCESSABLE_ENTITY:
            raise
        return prevue  # the trial names the cell
    connus = [str(trouve["dossier"]) for trouve in trouves]
    return prevue._replace(connus=connus, ecartee=DEJA if connus else "")


async def _envoyer(
    gate: Gate, acces: Acces, portee: PorteeDeListe, prevues: Sequence[Prevue], *, blanc: bool
) -> list[dict[str, Any]]:
    rendues: list[dict[str, Any]] = []
    for debut in range(0, len(prevues), GROUPE):
        groupe = [orjson.dumps(_corps(acces, portee, p.valeurs)) for p in prevues[debut : debut + GROUPE]]
        rendues += await lots.lot(gate, acces, groupe, blanc=blanc)
    return rendues


def _corps(acces: Acces, portee: PorteeDeListe, valeurs: Mapping[str, Any]) -> dict[str, Any]:
    """The line as the API takes it. All of it comes from the file: the same line is the same request on any day.

    A household is proposed once its debt is established and it was informed: the later of the two days.
    """
    partenaire = acces.sujet.partenaire
    logement = {nom: valeurs[nom] for nom in _LOGEMENT if nom in valeurs}
    if partenaire.role in _PARC:
        logement = {"parc": _PARC[partenaire.role], "bailleur_siret": partenaire.siret} | logement
    arretee, informe = valeurs["arretee_au"], valeurs["information_menage"]
    evenements = []
    if portee.dette:
        dette = {"montant": valeurs["dette"], "arretee_au": arretee}
        dette |= {"mois_impayes": valeurs["mois_impayes"]} if "mois_impayes" in valeurs else {}
        evenements.append({"type": "DetteDeclaree", "survenu_le": arretee, "donnees": dette})
    if portee.proposition:
        propose = max(date.fromisoformat(arretee), date.fromisoformat(informe)).isoformat()
        evenements.append({"type": "DossierPropose", "survenu_le": propose, "donnees": {"instance": "CLIL"}})
    corps = {
        "survenu_le": arretee,
        "logement": logement,
        "titulaire": {nom: valeurs[nom] for nom in _TITULAIRE if nom in valeurs},
        "information_menage": informe,
        "evenements": evenements,
    }
    dite = orjson.dumps([acces.finalite, corps], option=orjson.OPT_SORT_KEYS)
    return {"cle": str(UUID(bytes=hashlib.sha256(dite).digest()[:16], version=5)), **corps}


def _fautes(numero: int, rendu: Mapping[str, Any], colonnes: Mapping[str, str]) -> list[FauteDeCellule]:
    """What the trial refused, by the cells of the file."""
    if rendu["statut"] == HTTPStatus.NO_CONTENT:
        return []
    champs = [(str(champ["champ"]).rpartition(".")[2], str(champ["message"])) for champ in rendu["champs"]]
    champs = [({"montant": "dette"}.get(nom, nom), message) for nom, message in champs]
    return [
        FauteDeCellule(f"{colonnes.get(nom, '')}{numero}", message)
        for nom, message in champs or [("", str(rendu["detail"]))]
    ]
