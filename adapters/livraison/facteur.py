"""What tells a mailbox how many cases wait for an answer: counted at each sending, under the rights of then.

At most once a day, in the morning of its own clock. Of a day, no more than two letters are begun, whoever is killed:
the second only where nobody knows what became of the first.
"""

import asyncio
import logging
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from typing import Final
from uuid import UUID

from adapters.abonnements.depot import Livraison
from adapters.abonnements.destination import Destination, DestinationIllisible, ouvrir
from adapters.abonnements.joignables import AdresseRefusee
from adapters.gate import attentes
from adapters.gate.abonnements import DELAI_DE_CONFIRMATION
from adapters.gate.contexte import Gate
from adapters.gate.question import permettre
from adapters.gate.refus import Refus
from adapters.livraison.abonne import admettre_l_abonne
from adapters.livraison.messagerie import Courrier, Messagerie
from adapters.livraison.postier import Remise
from policies.decision import Action

logger = logging.getLogger(__name__)

JOUR: Final = timedelta(days=1)
ECART: Final = timedelta(hours=7)
"""From one letter to the morning of the next one, at least: they are of two days, whenever the first one left."""
RECULS_DU_COURRIEL: Final = tuple(timedelta(minutes=minutes) for minutes in (1, 10, 60, 180))
"""Before the next attempt, after each of the first ones of a run; then the next morning."""
ESSAIS_DU_COURRIEL: Final = 34
"""After so many in a row, some thirty days, it is suspended."""
COMPTES: Final = 200
"""Cases that are counted: of more, it says « ou plus »."""
PANNE_DU_COURRIEL: Final = timedelta(minutes=5)
"""Before what one of ours could not answer is tried again."""
REFUS_DU_COURRIEL: Final = "vos droits ne le permettent plus"
SANS_MESSAGERIE: Final = "le courrier n'est pas configuré"
HORS_DOMAINES: Final = "ce domaine n'est plus admis"
SANS_NOUVELLES: Final = "envoi interrompu deux fois"

_COMMENCEE: Final = {None: "1", "1": "2"}
"""How many letters of the day were begun, once one more is."""
_HEURE: Final = datetime(2026, 1, 1, 6, tzinfo=UTC)


class Facteur:
    """Brings what is due to mailboxes. Without ``messagerie``, nothing leaves."""

    def __init__(self, gate: Gate, messagerie: Messagerie | None, lectures: asyncio.Semaphore) -> None:
        self._gate = gate
        self._depot = gate.abonnements
        self._messagerie = messagerie
        self._lectures = lectures

    async def apporter(self, livraison: Livraison) -> None:
        """Count, write, note; or put off."""
        le = self._depot.maintenant()
        if livraison.confirme_le is None and le >= livraison.cree_le + DELAI_DE_CONFIRMATION:
            await self._depot.finir(livraison.abonnement, "non_confirmee", le)
            return
        try:
            destination = ouvrir(self._gate.ledger.index, livraison.abonnement, livraison.scelle)
        except DestinationIllisible:
            await self._depot.finir(livraison.abonnement, "perimee", le)
            return
        if self._messagerie is None or not self._admise(destination):
            echec = SANS_MESSAGERIE if self._messagerie is None else HORS_DOMAINES
            await self._depot.remettre(livraison, matin(livraison.abonnement, le), echec)
            return
        try:
            async with self._lectures:
                lettre = await self._rediger(livraison, destination, self._messagerie.accueil)
        except Refus as refus:
            await self._renoncer(livraison, refus)
            return
        if lettre is None:
            await self._conclure(livraison, Remise())
        elif (commencee := await self._commencer(livraison)) is not None:
            await self._conclure(commencee, await self._messagerie.envoyer(lettre, self._depot.maintenant()))

    async def interrompre(self, livraison: Livraison, echec: str) -> None:
        """Something that nobody foresaw came between: a letter may have left."""
        commencee = livraison._replace(jusqu_a=_COMMENCEE.get(livraison.jusqu_a, livraison.jusqu_a))
        await self._conclure(commencee, Remise(echec, incertaine=True))

    def _admise(self, destination: Destination) -> bool:
        try:
            self._depot.boites.admettre(destination.courriel)
        except AdresseRefusee:
            return False
        return True

    async def _rediger(self, livraison: Livraison, destination: Destination, accueil: str) -> Courrier | None:
        """What it is told now; None: nothing. ``Refus``: it may be told nothing at all."""
        acces = await admettre_l_abonne(self._gate, livraison, Action.LISTER)
        if livraison.confirme_le is None:
            await permettre(self._gate, acces, Action.LISTER)
            nom = self._nommer(livraison, "code")
            return Courrier(destination.courriel, nom, OBJET_DU_CODE, TEXTE_DU_CODE.format(code=destination.code))
        nombre = await attentes.compter(self._gate, acces, COMPTES)
        if not nombre:
            return None
        dit, nom = _annonce(nombre), self._nommer(livraison, self._depot.maintenant().date().isoformat())
        return Courrier(destination.courriel, nom, OBJET.format(dit=dit), TEXTE.format(dit=dit, accueil=accueil))

    def _nommer(self, livraison: Livraison, quoi: str) -> str:
        return self._gate.ledger.index.empreinte("courriel", str(livraison.abonnement), quoi)[:16].hex()

    async def _commencer(self, livraison: Livraison) -> Livraison | None:
        """The same, once it stands that one more letter of the day was begun; None: it is not to be sent."""
        rang = _COMMENCEE.get(livraison.jusqu_a)
        if rang is None:
            await self._conclure(livraison, Remise(SANS_NOUVELLES, incertaine=True))
            return None
        commencee = livraison._replace(jusqu_a=rang)
        return commencee if await self._depot.remettre(commencee, livraison.bail, SANS_NOUVELLES) else None

    async def _conclure(self, livraison: Livraison, remise: Remise) -> None:
        """When the next one is: another day, sooner if this one did not leave, or when somebody says so."""
        le, essais = self._depot.maintenant(), livraison.tentatives + 1 if remise.echec else 0
        fini = not remise.echec or remise.refusee
        encore = remise.incertaine and livraison.jusqu_a in _COMMENCEE
        neuve = livraison._replace(jusqu_a=livraison.jusqu_a if encore else None, tentatives=essais)
        suite: datetime | None = matin(livraison.abonnement, le + ECART)
        if livraison.confirme_le is None and fini:
            suite = livraison.cree_le + DELAI_DE_CONFIRMATION
        elif remise.refusee or essais >= ESSAIS_DU_COURRIEL:
            neuve, suite = neuve._replace(jusqu_a=None), None
            logger.warning("abonnement %s suspendu jusqu'à un rejeu : %s", livraison.abonnement, remise.echec)
        elif not fini and essais <= len(RECULS_DU_COURRIEL) and (encore or not remise.incertaine):
            suite = le + RECULS_DU_COURRIEL[essais - 1]
        await self._depot.remettre(neuve, suite, remise.echec)

    async def _renoncer(self, livraison: Livraison, refus: Refus) -> None:
        panne, le = refus.statut == HTTPStatus.SERVICE_UNAVAILABLE, self._depot.maintenant()
        suite = le + PANNE_DU_COURRIEL if panne else matin(livraison.abonnement, le)
        await self._depot.remettre(livraison, suite, "" if panne else REFUS_DU_COURRIEL)


def matin(id_: UUID, le: datetime) -> datetime:
    """The next morning of a subscription's own clock, between 6 and 7 (UTC): no work moves it."""
    return le + JOUR - (le - _HEURE - timedelta(seconds=id_.int % 3600)) % JOUR


def _annonce(nombre: int) -> str:
    if nombre == 1:
        return "1 dossier attend votre réponse"
    return f"{nombre}{' dossiers ou plus' if nombre >= COMPTES else ' dossiers'} attendent votre réponse"


OBJET: Final = "unefois : {dit}"
TEXTE: Final = """\
Bonjour,

{dit}.

Pour les lire, connectez-vous : {accueil}

Ce message ne dit rien d'autre : ni de qui il s'agit, ni de quoi. Il part une fois par jour au plus, tant que quelque
chose vous attend. Votre organisation y met fin là où elle s'est abonnée.
"""
OBJET_DU_CODE: Final = "unefois : confirmez cette adresse"
TEXTE_DU_CODE: Final = """\
Bonjour,

Votre organisation a demandé que l'on vous écrive ici, une fois par jour au plus, combien de dossiers attendent votre
réponse. Pour l'accepter, donnez ce code dans les vingt-quatre heures, là où vous l'avez demandé :

{code}

Si vous n'avez rien demandé, ne faites rien : rien d'autre ne vous sera envoyé.
"""
