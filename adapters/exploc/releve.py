"""A pickup: what a source of acts has since the last one, imported as one lot, then what it takes back.

All is read before anything is written. The cursor is noted last, once what came before it is in the ledger: stopped
anywhere, a pickup is run again, and what it meets again adds nothing.
"""

from typing import Any, Final

from adapters.exploc import actes
from adapters.exploc.atelier import CHANGEANT
from adapters.exploc.importation import PERDUES, Progres, importer_lot, rendre_en_refus
from adapters.exploc.retraits import retirer
from adapters.exploc.source import Pilote
from adapters.gate import importer as porte
from adapters.gate.contexte import Acces, Gate
from adapters.gate.importer import Permis
from ledger.application import Ledger
from ledger.catalogue import Evenement, FaitCorrige

EVENEMENTS: Final[tuple[type[Evenement], ...]] = (*actes.EVENEMENTS, FaitCorrige)
PROVISOIRES: Final = frozenset({CHANGEANT, PERDUES})
"""Why a good row may be left out today: the cursor then stays, so that the next pickup has it again."""


async def relever(
    gate: Gate,
    acces: Acces,
    pilote: Pilote,
    *,
    ecrire: bool,
    tout: bool = False,
    progres: Progres = lambda _lues, _ecrites: None,
) -> dict[str, Any]:
    """Import what a driver's source has since the last pickup (``tout``: since ever); the report, as of an import.

    Without ``ecrire`` nothing is written but the journal row. ``Refus`` 403 for who may not, 422 for a lot that is no
    lot, 503 for a source that cannot be believed.
    """

    async def mener(permis: Permis) -> dict[str, Any]:
        with rendre_en_refus():
            return await _relever(gate.ledger, permis, pilote, ecrire=ecrire, tout=tout, progres=progres)

    return await porte.importer(gate, acces, EVENEMENTS, mener, ecrire=ecrire)


async def _relever(
    ledger: Ledger, permis: Permis, pilote: Pilote, *, ecrire: bool, tout: bool, progres: Progres
) -> dict[str, Any]:
    depuis = None if tout or pilote.nom is None else await ledger.reader.releve(pilote.nom)
    recolte = await pilote.recolter(depuis)
    numerotee = recolte.suivant is not None  # pages come in any order, and a file in its own
    rapport = await importer_lot(ledger, permis, recolte.lot, ecrire=ecrire, progres=progres, en_ordre=numerotee)
    if pilote.nom is None or recolte.suivant is None:
        return rapport
    entier = PROVISOIRES.isdisjoint(refus["motif"] for refus in rapport["refus"])
    if ecrire and entier and recolte.suivant != depuis:
        await ledger.writer.noter_releve(pilote.nom, recolte.suivant)
    rapport["releve"] = {"pages": recolte.pages, "fin": recolte.fin, "entier": entier}
    rapport["retraits"] = await retirer(ledger, permis, recolte.retraits, ecrire=ecrire)
    return rapport
