"""Échéances: what counting the law's clocks of one case costs, against reading that case."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from datetime import date, timedelta
from typing import Final
from uuid import UUID, uuid4

from adapters.bench.banc import AUTEUR, FINALITE, LIGNE, SCHEMA, Banc, reglages
from adapters.bench.mesure import Passage, Resultat, comparer
from adapters.bench.repli import CALCUL
from adapters.bench.serveur import LECTRICE, jeton, personnage
from adapters.demo.peuplement import peupler_registre
from adapters.gate import consulter
from adapters.gate.acces import admettre
from adapters.gate.contexte import Gate, Trace
from adapters.gate.redaction import extraire, lus
from adapters.identite.demo import EmetteurDemo
from adapters.identite.jetons import Identites
from adapters.service.collector import calm_collector
from adapters.service.wiring import ouvrir_gate
from ledger import catalogue as ev
from ledger.dossier.decision import Contribution, Propose
from ledger.droit.jours import aujourd_hui
from ledger.echeances import horloges
from ledger.echeances.vocabulaire import au_catalogue
from policies.decision import Action

ACTES: Final = 40
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


async def echeances(banc: Banc, paires: int) -> list[Resultat]:
    """From what is shown of a case to its clocks, unsealed and counted; the yardstick reads the case."""
    calm_collector()
    _, acces = banc.base()
    await asyncio.to_thread(peupler_registre, acces.registre or "", SCHEMA, aujourd_hui())
    emetteur = EmetteurDemo()
    async with ouvrir_gate(reglages(banc.donnees), acces, Identites([emetteur.emetteur])) as gate:
        preuve = jeton(emetteur, personnage(LECTRICE))
        lectrice = await admettre(gate, preuve, FINALITE_LUE, None, Action.LIRE, Trace("banc"))
        dossier = await _ouvrir(gate)
        lecture, garde = await consulter.ouvrir(gate, lectrice, dossier)

        extraits = await gate.parts.derouler(extraire(garde.plan, au_catalogue()), LECTRICE)

        async def compter() -> int:
            actes = await gate.parts.derouler(lus(extraits, garde.plan, lecture.trousseau), LECTRICE)
            return len(horloges(actes, aujourd_hui()))

        async def lire() -> str:
            admise = await admettre(gate, preuve, FINALITE_LUE, None, Action.LIRE, Trace("banc"))
            vu = await consulter.lire(gate, admise, dossier)
            return f"{len(vu.corps)} {vu.etag}"

        return [
            await comparer(
                "echeances",
                "dossiers/s",
                lambda: _passage(compter),
                lambda: _passage(lire),
                paires=paires,
                seuil="≥ 2",
                remarques=[
                    f"{await compter()} échéances d'un dossier de {ACTES} actes ; étalon : le lire, du jeton au corps",
                    CALCUL,
                ],
            )
        ]


async def _passage(geste: Callable[[], Awaitable[object]]) -> Passage:
    durees = []
    for _ in range(FOIS):
        debut = time.process_time()
        await geste()
        durees.append(time.process_time() - debut)
    return Passage(FOIS, sum(durees), durees)


async def _ouvrir(gate: Gate) -> UUID:
    dossier = uuid4()
    dite = Contribution(
        id=uuid4(), auteur=AUTEUR, finalite=FINALITE, evenements=tuple(histoire(aujourd_hui() - timedelta(days=500)))
    )
    await gate.ledger.contribuer(await gate.ledger.reader.lire_ou_vierge(dossier), dite, LIGNE)
    return dossier
