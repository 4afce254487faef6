"""What a contribution would come to, without making it."""

import asyncio
from collections.abc import Sequence

from ledger.application import Ledger
from ledger.dossier.decision import Contribution
from ledger.dossier.part import Soi
from ledger.menages import chercher, demeure_de, proches_de, rejoindre
from ledger.reader import Lecture
from ledger.revenants import refuser_un_revenant
from ledger.verdict import ActeConnu, NonEcrit, recu_de


async def essayer(
    ledger: Ledger,
    lecture: Lecture | None,
    contribution: Contribution,
    *,
    empreinte: bytes | None = None,
    cles_naturelles: Sequence[bytes] = (),
    soi: Soi | None = None,
) -> None:
    """Refuse as ``Ledger.contribuer`` would, or ``ouvrir_ou_trouver`` without a case, by what is there now.

    Nothing is sealed or stored. What only a key tells is left to the write: that somebody was erased, or has this
    id elsewhere.
    """
    if lecture is None:
        (trouve, blanche, sien), _ = await asyncio.gather(
            chercher(ledger.reader, ledger.index, contribution), proches_de(ledger.reader, ledger.index, contribution)
        )
        lecture = blanche if trouve is None else sien
        contribution = contribution if trouve is None else rejoindre(contribution, trouve[1])
    connue = await ledger.cle_servie(lecture.dossier, contribution, empreinte)
    if connue is not None:
        recu_de(connue)
        return
    part = lecture if soi is None else lecture.part(soi)
    faits = ledger.faits_de(part, contribution)
    if index := ledger.index.entrees(faits, demeure_de(part, faits)):
        await refuser_un_revenant(ledger.reader, contribution, index)
    if cles_naturelles and await ledger.reader.actes_connus(cles_naturelles):
        raise NonEcrit(ActeConnu(lecture.dossier))
