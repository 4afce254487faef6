"""What each guarantee costs: the same gesture with it and without it, on the same ledger."""

import asyncio
import itertools
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID, uuid4

from adapters.bench.banc import (
    AUTEUR,
    FINALITE,
    LIGNE,
    Banc,
    contribution,
    douze_evenements,
    peupler,
    premiers,
    proposes,
)
from adapters.bench.mesure import Passage, Resultat, cadencer, comparer
from adapters.bench.politique import questions
from adapters.service.wiring import Adresses, moteur_embarque
from ledger.application import Ledger
from ledger.catalogue import Classe, DetteDeclaree, Fait
from ledger.dossier.decision import Contexte, Contribution, decider
from ledger.dossier.etat import Dossier
from ledger.droit.jours import aujourd_hui
from ledger.mapper import cles_requises, ouvrir, to_fait, to_stored
from ledger.reader import Lecture
from ledger.sealing import TAILLE_CLE, Cle, Kek, Trousseau
from policies.decision import Request
from policies.engines import Decider
from policies.tables import charger

CLASSES: Final = (Classe.S1, Classe.S2, Classe.S3)
Travail = Callable[[int], Awaitable[object]]
"""What one client does, once."""
SANS_FSYNC: Final = "-c synchronous_commit=off"


@dataclass(frozen=True, slots=True)
class Reglage:
    """How long, how many at once, how many times."""

    paires: int
    secondes: float
    clients: int
    dossiers: int

    @property
    def lecteurs(self) -> int:
        """Readers at once: with four times the writers, a server that waits for its journal has others to serve."""
        return 4 * self.clients


async def garanties(
    banc: Banc, ledger: Ledger, acces: Adresses, dossiers: Sequence[UUID], reglage: Reglage
) -> list[Resultat]:
    """One line per guarantee; the yardstick is the product without it."""
    decider_, posees = Decider(moteur_embarque(charger())), questions(3)
    async with banc.ledger(acces, SANS_FSYNC) as volatil:
        durable = await comparer(
            "garantie_durabilite",
            "contributions/s",
            lambda: _contribuer(ledger, dossiers, reglage),
            lambda: _contribuer(volatil, dossiers, reglage),
            paires=reglage.paires,
            remarques=["lire, décider, sceller, écrire et journaliser ; étalon : les mêmes sans attendre le disque"],
        )
    return [
        durable,
        await _cout(
            "garantie_cles",
            reglage,
            lambda n: ledger.consulter(dossiers[n]),
            lambda n: ledger.reader.faits(dossiers[n]),
            "les clés relues à chaque lecture ; étalon : le fil seul, illisible",
        ),
        await _cout(
            "garantie_journal",
            reglage,
            lambda n: _consulter_et_inscrire(ledger, dossiers[n]),
            lambda n: ledger.consulter(dossiers[n]),
            "une ligne durable par lecture ; étalon : la lecture sans trace",
        ),
        await _scellement(ledger, dossiers[0], reglage),
        await _cout(
            "garantie_politique",
            reglage,
            lambda n: _consulter_et_decider(ledger, dossiers[n], decider_, posees),
            lambda n: ledger.consulter(dossiers[n]),
            "trois décisions par lecture, déjà connues ; étalon : la lecture sans rien décider",
        ),
    ]


async def _cout(nom: str, reglage: Reglage, avec: Travail, sans: Travail, remarque: str) -> Resultat:
    return await comparer(
        nom,
        "lectures/s",
        lambda: cadencer(reglage.clients, reglage.secondes, avec),
        lambda: cadencer(reglage.clients, reglage.secondes, sans),
        paires=reglage.paires,
        remarques=[remarque],
    )


async def _contribuer(ledger: Ledger, dossiers: Sequence[UUID], reglage: Reglage) -> Passage:
    tours = itertools.count()
    dette = DetteDeclaree(montant=419001, arretee_au=proposes(douze_evenements()[0])[0].survenu_le)

    async def geste(numero: int) -> None:
        siens = premiers(dossiers, numero, reglage.clients)
        lecture = await _lire(ledger, siens[next(tours) % len(siens)])
        await ledger.contribuer(lecture, contribution(dette), LIGNE)

    return await cadencer(reglage.clients, reglage.secondes, geste)


async def _scellement(ledger: Ledger, dossier: UUID, reglage: Reglage) -> Resultat:
    """A dossier of twelve events to rows and back, sealed, against the very same with ciphers that do nothing."""
    decidee = Contribution(id=uuid4(), auteur=AUTEUR, finalite=FINALITE, evenements=proposes(*douze_evenements()))
    faits = decider(dossier, Dossier(), decidee, Contexte(aujourd_hui(), [uuid4() for _ in decidee.evenements]))
    vierge = ledger.keys.vierge(dossier)
    trousseau = vierge.avec(vierge.nouvelles({cle for fait in faits for cle in cles_requises(fait)}))
    clair = SansChiffre(trousseau.tenant, dossier, {}, Kek(bytes(TAILLE_CLE)))

    async def aller_retour(cles: Trousseau) -> None:
        _ouvrir([to_fait(to_stored(fait, cles)) for fait in faits], cles)
        await asyncio.sleep(0)

    return await comparer(
        "garantie_scellement",
        "dossiers/s",
        lambda: cadencer(1, reglage.secondes, lambda _: aller_retour(trousseau)),
        lambda: cadencer(1, reglage.secondes, lambda _: aller_retour(clair)),
        paires=reglage.paires,
        remarques=["12 événements scellés, relus et descellés ; étalon : les mêmes, sans rien chiffrer"],
    )


class CleVide(Cle):
    """A key that hides nothing: what is left of sealing without its cipher."""

    def seal(self, clair: bytes, lie_a: bytes) -> bytes:  # noqa: ARG002 - bound to nothing
        """The clear bytes."""
        return clair

    def unseal(self, scelle: bytes, lie_a: bytes) -> bytes:  # noqa: ARG002 - bound to nothing
        """The clear bytes."""
        return scelle


class SansChiffre(Trousseau):
    """A keyring whose keys hide nothing."""

    __slots__ = ()

    def get(self, sujet: str, classe: Classe) -> Cle:  # noqa: ARG002 - one for all
        """The key that hides nothing."""
        return _VIDE


_VIDE: Final = CleVide(bytes(TAILLE_CLE))


async def _consulter_et_decider(ledger: Ledger, dossier: UUID, decider_: Decider, posees: Sequence[Request]) -> None:
    await ledger.consulter(dossier)
    for question in posees:
        await decider_.decide(question)


async def _consulter_et_inscrire(ledger: Ledger, dossier: UUID) -> None:
    await ledger.consulter(dossier)
    await ledger.journal.inscrire(LIGNE.avec(dossier=dossier))


async def _lire(ledger: Ledger, dossier: UUID) -> Lecture:
    lecture = await ledger.consulter(dossier)
    if lecture is None:
        raise AssertionError(dossier)
    return lecture


def _ouvrir(faits: Sequence[Fait], trousseau: Trousseau) -> None:
    for fait in faits:
        ouvrir(fait, trousseau, CLASSES)


async def preparer(banc: Banc, acces: Adresses, combien: int) -> list[UUID]:
    """The dossiers that every line of this module reads."""
    async with banc.ledger(acces) as ledger:
        return await peupler(ledger, combien)
