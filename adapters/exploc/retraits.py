"""Acts that their source takes back: each is withdrawn once, by an event, where EXPLOC alone told it.

What a partner told itself stays: its source has no word on that (access 33). A withdrawal has a natural key of its own,
so that it is done once however often it is told, and not again over the head of a person who restored the act.
"""

import re
from collections import Counter
from collections.abc import Sequence
from typing import Final, NamedTuple
from uuid import UUID

import msgspec

from adapters.exploc.actes import SOURCE
from adapters.exploc.lot import TEXTE_LIBRE_MAX, TEXTE_MAX
from adapters.exploc.source import SORTS, ActeRetire, SortDuRetrait
from adapters.gate.importer import Permis
from ledger.alea import identifiant
from ledger.application import Ledger
from ledger.catalogue import ACTES, Classe, Fait, FaitCorrige
from ledger.dossier.decision import Contribution, Propose
from ledger.dossier.refus import ActeRefuse
from ledger.mapper import ouvrir
from ledger.nir import contient_nir
from ledger.noms import INTERDITS, est_siret
from ledger.reader import Lecture
from ledger.verdict import Conflit, NonEcrit

_TRANCHE: Final = 2000
_ESPACES: Final = re.compile(r"\s")


class _Vise(NamedTuple):
    """A withdrawal that can be read, with the keys of its act and its own."""

    retrait: ActeRetire
    acte: bytes
    cle: bytes


async def retirer(ledger: Ledger, permis: Permis, retraits: Sequence[ActeRetire], *, ecrire: bool) -> dict[str, int]:
    """Withdraw these acts; how many came to what. Without ``ecrire``: what it would come to, and nothing is written."""
    permis.exiger({FaitCorrige.TOPIC})
    comptes: Counter[SortDuRetrait] = Counter()
    for debut in range(0, len(retraits), _TRANCHE):
        tranche = retraits[debut : debut + _TRANCHE]
        vises = [vise for retrait in tranche if (vise := _lire(ledger, retrait)) is not None]
        comptes["illisibles"] += len(tranche) - len(vises)
        connus = await ledger.reader.actes_connus([cle for vise in vises for cle in (vise.acte, vise.cle)])
        for vise in vises:
            if vise.cle in connus:
                comptes["deja_retires"] += 1
            elif vise.acte not in connus:
                comptes["inconnus"] += 1
            else:
                comptes[await _un(ledger, permis, connus[vise.acte], vise, ecrire=ecrire)] += 1
    return {sort: comptes[sort] for sort in SORTS}


def _lire(ledger: Ledger, retrait: ActeRetire) -> _Vise | None:
    siret, reference = _ESPACES.sub("", retrait.etude_siret), retrait.ref_acte.strip()
    if retrait.type_acte not in ACTES or not est_siret(siret) or not 0 < len(reference) <= TEXTE_MAX:
        return None
    lu = msgspec.structs.replace(retrait, etude_siret=siret, ref_acte=reference)
    acte = ledger.index.acte(siret, lu.type_acte, reference, lu.date_acte)
    return _Vise(lu, acte, ledger.index.empreinte("acte retiré", acte.hex()))


async def _un(ledger: Ledger, permis: Permis, dossier: UUID, vise: _Vise, *, ecrire: bool) -> SortDuRetrait:
    lecture = await ledger.reader.lire_ou_vierge(dossier)
    tiennent = [fait for fait in _dits(lecture, vise) if not lecture.etat.corrige(fait.enveloppe.id)]
    if not tiennent:
        return "deja_retires"
    if any(fait.enveloppe.source != SOURCE for fait in tiennent):
        return "maintenus"
    if not ecrire:
        return "retires"
    try:
        await ledger.contribuer(
            lecture, _contribution(permis, vise, tiennent[0]), permis.ligne, cles_naturelles=(vise.cle,)
        )
    except ActeRefuse as refus:
        return "deja_retires" if refus.code == "deja_corrige" else "a_reprendre"
    except NonEcrit as rien:
        return "a_reprendre" if isinstance(rien.raison, Conflit) else "deja_retires"
    return "retires"


def _dits(lecture: Lecture, vise: _Vise) -> list[Fait]:
    """The facts of a case that tell this act, whoever told them. What was erased tells of none."""
    retrait = vise.retrait
    dits = []
    for fait in lecture.faits:
        e = fait.evenement
        if not isinstance(e, ACTES[retrait.type_acte]) or fait.enveloppe.survenu_le != retrait.date_acte:
            continue
        if e.etude_siret not in {None, retrait.etude_siret}:
            continue
        numero = getattr(ouvrir(fait, lecture.trousseau, {Classe.S2}).evenement, "ref_acte", None)
        if isinstance(numero, str) and numero.strip() == retrait.ref_acte:
            dits.append(fait)
    return dits


def _contribution(permis: Permis, vise: _Vise, fait: Fait) -> Contribution:
    """The withdrawal, told by the étude as the act was: EXPLOC corrects its own word, whoever brought it then."""
    retrait = FaitCorrige(corrige=fait.enveloppe.id, motif=_motif(vise.retrait.motif))
    return Contribution(
        id=identifiant(),
        auteur=msgspec.structs.replace(permis.auteur, declarant=vise.retrait.etude_siret, corrige_autrui=True),
        finalite=permis.ligne.finalite,
        evenements=(Propose(retrait, permis.jour),),
        source=SOURCE,
    )


def _motif(texte: str | None) -> str | None:
    """A reason that can be kept: neither too long, nor with a NIR or what nobody should be shown."""
    motif = (texte or "").strip()
    lisible = 0 < len(motif) <= TEXTE_LIBRE_MAX and not INTERDITS.search(motif) and not contient_nir(motif)
    return motif if lisible else None
