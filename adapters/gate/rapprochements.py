"""The pairs of a case, and what was told while two of them were read as one: seen, kept, or moved by a person."""

from dataclasses import dataclass
from typing import Annotated, Any, Final, NoReturn
from uuid import UUID, uuid4

import msgspec
import orjson

from adapters.gate import saisie
from adapters.gate.consulter import ouvrir
from adapters.gate.contexte import Acces, Gate, Vu
from adapters.gate.contribuer import autoriser
from adapters.gate.corps import Faute
from adapters.gate.plan import Rang
from adapters.gate.question import parole_de, portee_de
from adapters.gate.refus import INTROUVABLE, SAISIE_REFUSEE, Refus, ecrire, en_panne, ligne_du_journal, refuser, saisir
from ledger import catalogue as ev
from ledger.catalogue import Fait, Sujet, champs
from ledger.dossier.decision import Auteur, Contribution, Propose
from ledger.dossier.reunion import a_trier
from ledger.mapper import SCELLEES
from ledger.mapper import ouvrir as desceller
from ledger.reader import Lecture
from ledger.verdict import Recu
from policies.decision import Action

A_TRIER: Final = 500
"""Facts that are shown at a time: once they are sorted, the next ones are."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Deplacement:
    """A fact that was told in the wrong one of two cases, while they were read as one."""

    fait: Annotated[UUID, ev.clair("le fait à déplacer", "0199f1e2-7b1a-7000-8000-000000000017")]
    vers: Annotated[UUID, ev.clair("le dossier où il va", "0199f1e2-7b1a-7000-8000-000000000010")]


@en_panne
async def lire(gate: Gate, acces: Acces, dossier: UUID) -> Vu:
    """The pairs of one case as this reader is shown them, and what of it waits to be sorted, of what it is shown."""
    lecture, garde = await ouvrir(gate, acces, dossier)
    siens = [rang for rang in garde.plan.rangs if rang.fait.dossier == dossier]
    attendent = a_trier(lecture.etat)
    contenu = {
        "dossier": str(dossier),
        "rapprochements": _paires(siens, lecture),
        "a_trier": [
            {"fait": str(rang.fait.enveloppe.id), **_tete(rang)}
            for rang in siens
            if rang.suite is None and rang.fait.enveloppe.id in attendent
        ][:A_TRIER],
    }
    return Vu(orjson.dumps(contenu), lecture.position)


def _tete(rang: Rang) -> dict[str, Any]:
    fait = rang.fait
    return {
        "type": type(fait.evenement).__name__,
        "libelle": fait.evenement.LIBELLE,
        "survenu_le": fait.enveloppe.survenu_le.isoformat(),
        "enregistre_le": fait.enregistre_le.isoformat() if fait.enregistre_le else None,
    }


def _paires(rangs: list[Rang], lecture: Lecture) -> list[dict[str, Any]]:
    paires: dict[UUID, dict[str, Any]] = {}
    for rang in rangs:
        e = rang.fait.evenement
        if lecture.etat.corrige(rang.fait.enveloppe.id):
            continue
        if isinstance(e, ev.RapprochementSuggere):
            paires.setdefault(e.autre, {"motif": e.motif, "decision": None, "decide_le": None})
        if isinstance(e, ev.RapprochementTranche) and e.autre in paires:
            paires[e.autre] |= {"decision": e.decision, "decide_le": rang.fait.enveloppe.survenu_le.isoformat()}
    return [{"autre": str(autre), **paire} for autre, paire in paires.items()]


@en_panne
async def deplacer(gate: Gate, acces: Acces, dossier: UUID, contenu: object, cle: str) -> Recu:
    """Move a fact to the case that it is of, as it was told; withdraw it here. Sent again, it ends what was cut."""
    entiere = await gate.ledger.consulter(dossier)
    lecture = await portee_de(gate, acces, dossier, entiere)
    await _permettre(gate, acces, dossier, lecture)
    dit = await saisir(gate, acces, Action.EMETTRE, dossier, lambda: saisie.forme(Deplacement, contenu))
    if entiere is None or lecture is not entiere:
        raise Refus(404, "introuvable", INTROUVABLE)
    autre = await gate.ledger.consulter(dit.vers)
    try:
        await _permettre(gate, acces, dit.vers, await portee_de(gate, acces, dit.vers, autre))
    except Refus as refus:
        if refus.code != "introuvable":
            raise
        autre = None
    if autre is None or entiere.etat.rapprochements.get(dit.vers) != "DISTINCT":
        await _refuser(gate, acces, dossier, "vers", "Donnez l'un des dossiers dont celui-ci a été séparé.")
    _, garde = await ouvrir(gate, acces, dossier)
    faits = {rang.fait.enveloppe.id: rang.fait for rang in garde.plan.rangs if rang.suite is None}
    fait = faits.get(dit.fait)
    if fait is None or not (dit.fait in a_trier(entiere.etat) or entiere.etat.corrige(dit.fait)):
        await _refuser(gate, acces, dossier, "fait", "Ce fait n'attend pas d'être trié : relisez ce qui reste à trier.")
    if _du_dossier(fait):
        nomme = (
            "Ce fait parle d'une personne ou d'une suite de ce dossier : retirez-le, et faites-le redire dans l'autre."
        )
        await _refuser(gate, acces, dossier, "fait", nomme)
    return await _deplacer(gate, acces, entiere, autre, fait, cle)


async def _permettre(gate: Gate, acces: Acces, dossier: UUID, lecture: Lecture | None) -> None:
    parole = parole_de(acces, dossier, lecture)
    await autoriser(gate, acces, dossier, lecture, [parole.annonce(cls, {}) for cls in (ev.FaitRecu, ev.FaitCorrige)])


async def _refuser(gate: Gate, acces: Acces, dossier: UUID, champ: str, message: str) -> NoReturn:
    faute = Faute(champ, champ, message)
    refus = Refus(422, "saisie", SAISIE_REFUSEE, [faute])
    await refuser(gate, acces, Action.EMETTRE, refus, dossier)


def _du_dossier(fait: Fait) -> bool:
    """Whether a fact names somebody, or something, that is of its case alone."""
    cls = type(fait.evenement)
    nomme = any(champ.nature is ev.Nature.IDENTIFIANT for champ in champs(cls).values())
    return cls.SUJET is not Sujet.MENAGE or nomme or isinstance(fait.evenement, ev.DossierOuvert)


async def _deplacer(gate: Gate, acces: Acces, de: Lecture, vers: Lecture, fait: Fait, cle: str) -> Recu:
    """Said where it is, then by whom it came there, then withdrawn where it was: cut anywhere, nothing is lost."""
    id_, enveloppe = fait.enveloppe.id, fait.enveloppe
    ouvert = desceller(fait, de.trousseau, SCELLEES)
    copie = Contribution(
        id=uuid4(),
        auteur=Auteur(enveloppe.partenaire, enveloppe.role, enveloppe.agent, enveloppe.declarant),
        finalite=enveloppe.finalite,
        evenements=(
            Propose(
                ouvert.evenement,
                enveloppe.survenu_le,
                heure=enveloppe.heure,
                reference_legale=enveloppe.reference_legale,
            ),
        ),
        source=enveloppe.source,
        demande=enveloppe.demande,
        information_menage=enveloppe.information_menage,
        cle=f"deplacement {id_}",
    )
    recu_de = _mienne(acces, ev.FaitRecu(de=de.dossier, origine=id_), f"{cle} recu")
    retrait = _mienne(acces, ev.FaitCorrige(corrige=id_), cle)
    [retire] = retrait.evenements
    motive = msgspec.structs.replace(retire, motif_correction="AUTRE_DOSSIER")
    retrait = msgspec.structs.replace(retrait, evenements=(motive,))
    empreinte = gate.ledger.index.empreinte("deplacement", str(id_), str(vers.dossier))
    for lecture, contribution in ((vers, copie), (vers, recu_de), (de, retrait)):
        row = ligne_du_journal(acces, "deplacer", "autorise", dossier=lecture.dossier, revision=gate.decider.revision)
        recu = await ecrire(gate, row, gate.ledger.contribuer(lecture, contribution, row, empreinte=empreinte))
    return recu


def _mienne(acces: Acces, evenement: ev.Evenement, cle: str) -> Contribution:
    return Contribution(
        id=uuid4(),
        auteur=acces.auteur(corrige_autrui=True),
        finalite=acces.finalite,
        evenements=(Propose(evenement, acces.le),),
        cle=cle,
    )
