"""What the pages ask of the gate, in their own terms: filters as they were typed, forms as contributions.

Nothing is decided here. Each verb is one verb of the gate, which decides and journals.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from uuid import UUID

import orjson

from adapters.gate import attentes, audit, concours, consulter, echeances, files, lecteurs, mes_dossiers, situation
from adapters.gate import contribuer as contributions
from adapters.gate.acces import Declaration, admettre, refuser_entree
from adapters.gate.attentes import Depuis, Voulues
from adapters.gate.concours import FileDesRequisitions, RequisitionsVoulues
from adapters.gate.contexte import Acces, Gate, Trace, Vu
from adapters.gate.corps import Faute
from adapters.gate.lecteurs import Prevision
from adapters.gate.mes_dossiers import DossiersVoulus, PageDeDossiers
from adapters.gate.redaction import Signet
from adapters.gate.refus import EnPanne, Refus
from adapters.gate.reprise import RepriseInconnue, fermer, rouvrir
from adapters.gate.requisition import Requisition
from adapters.identite.cles import EmetteurIndisponible
from adapters.identite.jetons import Jeton
from adapters.identite.refus import JetonRefuse
from adapters.identite.sujet import Demandeur
from adapters.papier import annuels, documents
from adapters.papier.documents import Papier
from adapters.papier.presse import Atelier
from adapters.registre.instantane import Instantane
from adapters.registre.lecture import RegistreIndisponible
from adapters.web.commissions import Commission, LieuDeLecture
from adapters.web.fait_montre import Document
from adapters.web.forms import Proposition
from ledger.catalogue import Evenement
from ledger.verdict import Ecrit
from policies.decision import Action
from projections.attentes import DEBUT, PlaceDAttente
from projections.liste import Filtre

ADRESSE_REFUSEE = "L'adresse n'est pas valable."
_COURT = re.compile(r"[0-9A-Fa-f]{8}")
_INCONNU = "Aucun dossier vu récemment au journal ne se termine ainsi, ou plusieurs : donnez son numéro entier."
Echec = JetonRefuse | EmetteurIndisponible | RegistreIndisponible
ECHECS = (JetonRefuse, EmetteurIndisponible, RegistreIndisponible)
"""Why somebody is not let in."""


@dataclass(frozen=True, slots=True)
class Guichet:
    """The gate, as the pages see it."""

    gate: Gate
    atelier: Atelier = field(default_factory=Atelier)

    @property
    def motifs(self) -> Mapping[str, str]:
        """The French sentence of each reason of a refusal."""
        return self.gate.motifs

    @property
    def etudes(self) -> frozenset[str]:
        """The roles that transmit acts of their own."""
        return self.gate.tables.etudes

    @property
    def correcteurs(self) -> frozenset[str]:
        """The roles that correct what others told."""
        return self.gate.correcteurs

    @property
    def suiveurs(self) -> frozenset[str]:
        """The roles that can answer a recommendation."""
        return self.gate.tables.suiveurs

    def actions(self, role: str, finalite: str) -> frozenset[str]:
        """What a function may do at a purpose: what the menu offers."""
        return self.gate.tables.actions(role, finalite)

    async def admettre(self, jeton: Jeton, finalite: str, action: Action, trace: Trace, registre: Instantane) -> Acces:
        """The access of one page, for the purpose that the session declared; ``registre``: as the page read it."""
        return await admettre(self.gate, jeton, Declaration(finalite), action, trace, registre=registre)

    async def refuser_entree(self, echec: Echec) -> None:
        """A row for somebody who was not let in."""
        await refuser_entree(self.gate, echec)

    async def dossier(self, acces: Acces, lieu: LieuDeLecture, dossier: UUID, apres: str = "") -> Document:
        """A case as it is read in that place: its first page of facts, or the one after a fact."""
        page = Signet(uuid_ecrit(apres))
        return (await consulter.lire(self.gate, acces, dossier, vue=lieu.vue, page=page)).document

    async def contredites(self, acces: Acces, document: Document) -> Sequence[Document]:
        """What contradicts among the facts of a document, as the situation of the case tells it."""
        travail = situation.contredites(document["faits"], acces.le)
        return await self.gate.parts.derouler(travail, acces.sujet.partenaire.code)

    async def papier(self, acces: Acces, lieu: LieuDeLecture, dossier: UUID, papier: str, acte: UUID | None) -> Papier:
        """A paper of a case, as it is read in that place."""
        return await documents.dossier(self.gate, self.atelier, acces, dossier, papier, vue=lieu.vue, acte=acte)

    async def papier_de_seance(self, acces: Acces, seance: UUID, papier: str) -> Papier:
        """A paper of a session."""
        return await documents.seance(self.gate, self.atelier, acces, seance, papier)

    async def copie(
        self, acces: Acces, dossier: UUID, exploitant: Mapping[str, str | None], apres: UUID | None
    ) -> Papier:
        """What a person is handed of its own."""
        return await documents.copie(self.gate, self.atelier, acces, dossier, exploitant, apres)

    async def lettre_sur_demande(self, acces: Acces, dossier: UUID, requete: UUID) -> Papier:
        """The letter about a request of a person."""
        return await documents.reponse(self.gate, self.atelier, acces, dossier, requete)

    async def convocations(self, acces: Acces, seance: UUID, siege: str) -> Papier:
        """The convocations to a session."""
        return await documents.convocations(self.gate, self.atelier, acces, seance, siege)

    async def bilan_de_la_charte(self, acces: Acces, annee: int) -> Papier:
        """The charter's figures of a year, as a paper."""
        return await annuels.charte(self.gate, self.atelier, acces, annee)

    async def bilan_de_commission(self, acces: Acces, instance: str, annee: int) -> Papier:
        """What a commission did in a year, to who keeps its papers."""
        return await annuels.commission(self.gate, self.atelier, acces, instance, annee)

    async def file_active(self, acces: Acces, commission: Commission, filtres: Mapping[str, str]) -> Document:
        """One page of the worklist."""
        filtre = Filtre(
            communes=_un(filtres["commune"]),
            stades=_un(filtres["stade"]),
            parcs=_un(filtres["parc"]),
            par_date=commission.par_date,
            du=jour_de(filtres["du"]),
            au=jour_de(filtres["au"]),
        )
        curseur = files.Curseur(_position(filtres["apres"]) or 0)
        vu = await files.lister(self.gate, acces, commission.vue, filtre, curseur)
        return vu.document

    async def requisitions(
        self,
        acces: Acces,
        filtres: Mapping[str, str],
        communes: Sequence[str],
        voulues: RequisitionsVoulues,
    ) -> FileDesRequisitions:
        """One page of the COMEX's worklist, and where each request stands. ``communes``: none for all."""
        filtre = Filtre(
            communes=communes,
            stades=_un(filtres["stade"]),
            parcs=_un(filtres["parc"]),
            par_date="concours_requis_le",
            du=jour_de(filtres["du"]),
            au=jour_de(filtres["au"]),
        )
        return await concours.lister(self.gate, acces, filtre, voulues, _position(filtres["apres"]) or 0)

    def situations(self, acces: Acces) -> Sequence[str]:
        """What can be counted of requests, for who reads."""
        return concours.situations(self.gate, acces)

    async def requisition(self, acces: Acces, dossier: UUID) -> tuple[Requisition, Sequence[Document]]:
        """Where the request of a case stands, and the needs that are shown of it."""
        return await concours.lire(self.gate, acces, dossier)

    async def emissions(self, acces: Acces, dossier: UUID) -> frozenset[str]:
        """The types of events that may be emitted on this case: which forms to show."""
        return await contributions.emissions(self.gate, acces, dossier)

    async def contribuer(self, acces: Acces, dossier: UUID, propositions: Sequence[Proposition], cle: str) -> bool:
        """Record a contribution; False if that key had recorded it already."""
        recu = await contributions.contribuer(self.gate, acces, dossier, _corps(propositions), cle)
        return isinstance(recu, Ecrit)

    async def essayer(self, acces: Acces, dossier: UUID, propositions: Sequence[Proposition], cle: str) -> None:
        """Refuse as ``contribuer`` would, and store nothing."""
        await contributions.essayer(self.gate, acces, dossier, _corps(propositions), cle)

    async def lecteurs(self, acces: Acces, dossier: UUID, propositions: Sequence[Proposition]) -> Sequence[Prevision]:
        """Who will read each of these acts, were they kept now."""
        return await lecteurs.lecteurs(self.gate, acces, dossier, _corps(propositions))

    async def ouvrir(self, acces: Acces, ouverture: Mapping[str, object], cle: str) -> UUID:
        """Open the case of a household, or join the one that it has: nothing tells which."""
        return (await contributions.ouvrir(self.gate, acces, orjson.dumps(ouverture), cle)).dossier

    async def permises(self, acces: Acces, dossier: UUID) -> Sequence[type[Evenement]]:
        """The acts that may be told of this case, in the order of the catalogue."""
        return await contributions.permises(self.gate, acces, dossier)

    async def ferme(self, acces: Acces, dossier: UUID) -> Refus | None:
        """Why a reading of this case would be refused, if it would be; nothing of it is opened."""
        try:
            await consulter.preparer(self.gate, acces, dossier)
        except EnPanne:
            raise
        except Refus as refus:
            return refus
        return None

    async def mes_dossiers(self, acces: Acces, voulus: DossiersVoulus, page: PageDeDossiers) -> Document:
        """One page of the cases that may be read."""
        return _document(await mes_dossiers.lister(self.gate, acces, voulus, page))

    async def attentes(self, acces: Acces, voulues: Voulues, depuis: Depuis) -> Document:
        """One page of what is expected."""
        return _document(await attentes.lister(self.gate, acces, voulues, depuis))

    def place(self, texte: str) -> PlaceDAttente:
        """Where a page of what is expected begins."""
        place = attentes.place_de(texte) if texte else DEBUT
        if place is None:
            raise Refus(400, "adresse", ADRESSE_REFUSEE)
        return place

    async def echeances(self, acces: Acces, dossier: UUID) -> Document:
        """The clocks of a case, counted from what is shown of it."""
        return _document(await echeances.lire(self.gate, acces, dossier))

    def sceller(self, sujet: Demandeur, octets: bytes) -> str:
        """What an agent's browser keeps for it, so that no other agent opens it."""
        return fermer(self.gate, octets, self._lie_a(sujet))

    def desceller(self, sujet: Demandeur, texte: str) -> bytes:
        """What was sealed so for this agent; nothing of what was not."""
        try:
            return rouvrir(self.gate, texte, self._lie_a(sujet))
        except RepriseInconnue:
            return b""

    def marque(self, sujet: Demandeur) -> str:
        """A short name of an agent, which names nobody."""
        return self._lie_a(sujet).hex()[:12]

    def _lie_a(self, sujet: Demandeur) -> bytes:
        return self.gate.ledger.index.empreinte("listes gardées", sujet.partenaire.code, sujet.agent_valide)

    async def rechercher(self, acces: Acces, identite: Mapping[str, str]) -> Document:
        """The cases of one person, among those that one is linked to."""
        return _document(await files.rechercher(self.gate, acces, dict(identite)))

    async def journal(self, acces: Acces, filtres: Mapping[str, str], limite: int) -> Document:
        """One page of the journal, the latest first."""
        poses = await self._poser(acces, filtres)
        avant = _position(filtres["apres"])
        return await audit.auditer(
            self.gate, acces, poses if avant is None else {**poses, "avant": avant}, limite=limite
        )

    async def journal_groupe(self, acces: Acces, filtres: Mapping[str, str]) -> audit.Regroupement:
        """The last rows of the journal under these filters, by who, for what and with which outcome."""
        return await audit.regrouper(self.gate, acces, await self._poser(acces, filtres))

    async def changements(self, acces: Acces, apres: str, limite: int) -> Document:
        """One page of the changes of the registry, the latest first."""
        avant = _position(apres)
        pose = {"action": "administrer"} | ({} if avant is None else {"avant": avant})
        return await audit.auditer(self.gate, acces, pose, limite=limite)

    async def habilitations(self, acces: Acces) -> tuple[Sequence[audit.UsageDHabilitation], bool]:
        """Those that end soon or that nobody uses; whether all were looked at."""
        return await audit.habilitations(self.gate, acces)

    async def _poser(self, acces: Acces, filtres: Mapping[str, str]) -> dict[str, Any]:
        """Filters as the journal has them; a partner is typed by its name as well, a case by its short number."""
        textes = {nom: filtres[nom] for nom in ("agent", "finalite", "issue") if filtres[nom]}
        autres = {
            "organisations": acces.registre.designes(filtres["organisation"]) if filtres["organisation"] else None,
            "dossier": await self._dossier_dit(acces, filtres["dossier"]),
            "du": jour_de(filtres["du"]),
            "au": jour_de(filtres["au"]),
        }
        return textes | {nom: valeur for nom, valeur in autres.items() if valeur is not None}

    async def _dossier_dit(self, acces: Acces, dit: str) -> UUID | None:
        if not _COURT.fullmatch(dit):
            return uuid_ecrit(dit)
        trouve = await audit.designer(self.gate, acces, dit.lower())
        if trouve is None:
            raise Refus(422, "saisie", _INCONNU, [Faute("dossier", "invalide", _INCONNU)])
        return trouve

    async def identite_cherchee(self, acces: Acces, identite: Mapping[str, str]) -> Document:
        """The rows of searches for this identity, by keyed hash."""
        # Testing a name is a row with that very hash: without the filter, everybody would have been sought.
        return await audit.auditer(self.gate, acces, {"action": Action.RECHERCHER.value}, identite=dict(identite))


def _corps(propositions: Sequence[Proposition]) -> bytes:
    """The body of a contribution, as a partner's software posts it."""
    informe = next((p.enveloppe["information_menage"] for p in propositions if "information_menage" in p.enveloppe), "")
    evenements = [
        {"type": p.type, "survenu_le": p.survenu_le, "donnees": dict(p.donnees)}
        | {nom: dit for nom, dit in p.enveloppe.items() if nom != "information_menage"}
        for p in propositions
    ]
    return orjson.dumps({"evenements": evenements} | ({"information_menage": informe} if informe else {}))


def _document(vu: Vu) -> Document:
    document: Document = orjson.loads(vu.corps)
    return document


def _un(texte: str) -> tuple[str, ...]:
    return (texte,) if texte else ()


def jour_de(texte: str) -> date | None:
    """A day of an address; None where there is none."""
    try:
        return date.fromisoformat(texte) if texte else None
    except ValueError as erreur:
        raise Refus(400, "adresse", ADRESSE_REFUSEE) from erreur


def uuid_ecrit(texte: str) -> UUID | None:
    """An id that an address names, if it names one."""
    try:
        return UUID(texte) if texte else None
    except ValueError as erreur:
        raise Refus(400, "adresse", ADRESSE_REFUSEE) from erreur


def _position(texte: str) -> int | None:
    if texte and not (texte.isascii() and texte.isdigit() and len(texte) < 19):  # noqa: PLR2004 - digits of a bigint
        raise Refus(400, "adresse", ADRESSE_REFUSEE)
    return int(texte) if texte else None
