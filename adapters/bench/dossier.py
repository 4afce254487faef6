"""What is made of one case, against reading it: the law's clocks, and what is known before the household is asked."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from functools import partial
from typing import Final
from uuid import UUID, uuid4

from adapters.bench.banc import AUTEUR, FINALITE, LIGNE, SCHEMA, Banc, reglages
from adapters.bench.mesure import Passage, Resultat, comparer
from adapters.bench.repli import CALCUL
from adapters.bench.serveur import LECTRICE, jeton, personnage
from adapters.demo.peuplement import peupler_registre
from adapters.gate import consulter
from adapters.gate import deja_connu as une_fois
from adapters.gate import echeances as horloges
from adapters.gate.acces import Declaration, admettre
from adapters.gate.contexte import Acces, Gate, Trace
from adapters.identite.demo import EmetteurDemo
from adapters.identite.jetons import Identites
from adapters.service.collector import calm_collector
from adapters.service.wiring import ouvrir_gate
from ledger import catalogue as ev
from ledger.dossier.decision import Contribution, Propose
from ledger.droit.jours import aujourd_hui
from policies.decision import Action

ACTES: Final = 40
DOSSIERS: Final = 20
"""Cases that take turns, a day apart from each other: one case would be all that any cache has to hold."""
FINALITE_LUE: Final = "CCAPEX_ADMINISTRATIVE"
FOIS: Final = 200
"""Times that each is done in one passage."""


def histoire(debut: date) -> list[Propose]:
    """A household from its first missed rent to the requisition: twenty acts, and as many debts and contacts."""
    audience, cql = debut + timedelta(days=280), debut + timedelta(days=360)
    actes: list[tuple[int, ev.Evenement]] = [
        (0, ev.DossierOuvert(parc="SOCIAL", commune="93066", loyer=80061, bail_signe_le=date(2015, 3, 1))),
        (20, ev.AideLogementConstatee(etat="VERSEE", montant=31000, tiers_payant=True)),
        (60, ev.CommandementPayerSignifie(dette=224770, loyer=80061)),
        (90, ev.CcapexSaisie(saisissant="BAILLEUR")),
        (120, ev.CommandementPayerSignifie(dette=324770, loyer=80061)),
        (190, ev.AssignationSignifiee(date_audience=audience)),
        (195, ev.OrganismeDSFSaisi(destinataire="ssd93")),
        (200, ev.ContactTente(canal="COURRIER", resultat="JOINT")),
        (265, ev.DiagnosticTransmis(transmis_juge_le=debut + timedelta(days=265))),
        (280, ev.AudienceTenue()),
        (310, ev.JugementRendu(dispositif="EXPULSION", qualification="DEFAUT")),
        (330, ev.JugementSignifie()),
        (335, ev.SurendettementAvance(etape="DEPOSE")),
        (350, ev.SurendettementAvance(etape="RECEVABLE")),
        (352, ev.RelogementAvance(dispositif="DALO", etape="DEPOSE")),
        (360, ev.CommandementQuitterSignifie(date_reception=cql)),
        (365, ev.DelaisQuitterAvances(etape="DEMANDES")),
        (430, ev.RelogementAvance(dispositif="DALO", etape="RECONNU")),
        (440, ev.ConcoursForceRequis()),
        (450, ev.ConcoursForceRefuse()),
    ]
    for rang in range(ACTES - len(actes)):
        le = debut + timedelta(days=15 * rang)
        actes.append((15 * rang, ev.DetteDeclaree(montant=100000 + rang, arretee_au=le)))
    return [Propose(e, debut + timedelta(days=jours)) for jours, e in sorted(actes, key=lambda acte: acte[0])]


ActeMesure = Callable[[int], Awaitable[object]]
"""Something done on a case, by its rank."""


@dataclass(frozen=True, slots=True)
class Cabinet:
    """Cases of forty acts, and somebody who reads them: each request is proved and admitted anew."""

    gate: Gate
    dossiers: Sequence[UUID]
    preuve: str

    async def admise(self) -> Acces:
        """The reader, as one more request of hers is admitted."""
        return await admettre(self.gate, self.preuve, Declaration(FINALITE_LUE), Action.LIRE, Trace("banc"))

    async def lire(self, rang: int) -> str:
        """The yardstick: one case is read, from the token to the body."""
        vu = await consulter.lire(self.gate, await self.admise(), self.dossiers[rang])
        return f"{len(vu.corps)} {vu.etag}"

    async def comparer(self, nom: str, geste: ActeMesure, paires: int, seuil: str, quoi: str) -> Resultat:
        """What this gesture on one case costs, by its rank, against reading that case."""
        mesure, etalon = partial(_passage, geste), partial(_passage, self.lire)
        dits = [f"{quoi} ; étalon : le lire, du jeton au corps", CALCUL]
        return await comparer(nom, "dossiers/s", mesure, etalon, paires=paires, seuil=seuil, remarques=dits)


@asynccontextmanager
async def ouvrir_cabinet(banc: Banc) -> AsyncIterator[Cabinet]:
    """Twenty such cases in a ledger of their own."""
    calm_collector()
    _, acces = banc.base()
    await asyncio.to_thread(peupler_registre, acces.registre or "", SCHEMA, aujourd_hui())
    emetteur = EmetteurDemo()
    async with ouvrir_gate(reglages(banc.donnees), acces, Identites([emetteur.emetteur])) as gate:
        le = aujourd_hui()
        dossiers = [await _ouvrir(gate, le - timedelta(days=500 + rang)) for rang in range(DOSSIERS)]
        yield Cabinet(gate, dossiers, jeton(emetteur, personnage(LECTRICE)))


async def echeances(banc: Banc, paires: int) -> list[Resultat]:
    """Of a case that is open, its clocks: unsealed and counted. Then the whole answer. The yardstick reads the case."""
    async with ouvrir_cabinet(banc) as cabinet:
        gate, lectrice, le = cabinet.gate, await cabinet.admise(), aujourd_hui()
        ouverts = [await consulter.ouvrir(gate, lectrice, dossier) for dossier in cabinet.dossiers]

        async def compter(rang: int) -> int:
            lecture, garde = ouverts[rang]
            lecture.trousseau.refermer()  # its keys are those of a request, which unwraps them
            return len(await horloges.comptees(gate, lectrice, lecture, garde, le))

        async def repondre(rang: int) -> str:
            vu = await horloges.lire(gate, await cabinet.admise(), cabinet.dossiers[rang])
            return f"{len(vu.corps)} {vu.etag}"

        combien = f"{await compter(0)} échéances d'un dossier de {ACTES} actes, parmi {DOSSIERS}"
        descelles = f"{combien} ; le dossier ouvert, les desceller et les compter"
        return [
            await cabinet.comparer("echeances", compter, paires, "≥ 2", descelles),
            await cabinet.comparer("echeances_reponse", repondre, paires, "", f"{combien} ; du jeton au corps"),
        ]


async def deja_connu(banc: Banc, paires: int) -> list[Resultat]:
    """What asking what is known costs, before the household is asked: two things named, from the token to the body."""
    async with ouvrir_cabinet(banc) as cabinet:

        async def demander(rang: int) -> str:
            besoin = {"donnees": ["dette", "ressources"]}
            vu = await une_fois.deja_connu(cabinet.gate, await cabinet.admise(), cabinet.dossiers[rang], besoin)
            return f"{len(vu.corps)} {vu.etag}"

        quoi = f"deux données d'un dossier de {ACTES} actes, parmi {DOSSIERS} ; du jeton au corps"
        return [await cabinet.comparer("deja_connu", demander, paires, "≥ 0,83", quoi)]


async def _passage(geste: ActeMesure) -> Passage:
    durees = []
    for tour in range(FOIS):
        debut = time.process_time()
        await geste(tour % DOSSIERS)
        durees.append(time.process_time() - debut)
    return Passage(FOIS, sum(durees), durees)


async def _ouvrir(gate: Gate, debut: date) -> UUID:
    dossier = uuid4()
    dite = Contribution(id=uuid4(), auteur=AUTEUR, finalite=FINALITE, evenements=tuple(histoire(debut)))
    await gate.ledger.contribuer(await gate.ledger.reader.lire_ou_vierge(dossier), dite, LIGNE)
    return dossier
