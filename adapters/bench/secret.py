"""Secrecy: whether the time of an answer tells that a household is known to others.

Each request is made in pairs over HTTP, by one landlord, one after the other in an order drawn by lot: of a household
that others know, out of its reach, and of one that nobody knows. What is done for both is the same; here it is timed.
"""

import asyncio
import random
import statistics
from collections.abc import Callable, Sequence
from dataclasses import asdict
from datetime import date, timedelta
from math import sqrt
from typing import Final
from uuid import UUID, uuid4

import orjson

from adapters.bench.banc import LIGNE, SCHEMA, Banc, contribution
from adapters.bench.charge import CLE, charger, requete
from adapters.bench.http import Serveur, entetes, servir
from adapters.bench.mesure import Resultat, centiles
from adapters.bench.serveur import CONTRIBUTRICE, personnage
from adapters.demo.peuplement import peupler_registre
from ledger.application import Ledger
from ledger.catalogue import DossierOuvert, OccupantDeclare
from ledger.droit.jours import aujourd_hui

PAIRES: Final = 600
SEUIL: Final = "z des médianes et des minima < 3"
ESSAIS: Final = 15
"""Tries of which somebody who insists keeps the shortest."""
CONNUS: Final = 20
"""Households that are sought, read or written to: as many on both sides, so that caches serve both alike."""
_COMMUNE: Final = "93066"
_NOM: Final = "FICTIF"
_PRENOM: Final = "Fatou"

Paire = tuple[str, str]
"""The same request, of a household that others know and of one that nobody does."""


async def secret(banc: Banc, paires: int) -> list[Resultat]:
    """The worst of all first, then one line per request."""
    _, acces = banc.base()
    await asyncio.to_thread(peupler_registre, acces.registre or "", SCHEMA, aujourd_hui())
    async with banc.ledger(acces) as ledger:
        dossiers = [await _connaitre(ledger, rang) for rang in range(CONNUS + paires)]
    async with servir("produit", {"acces": asdict(acces), "donnees": str(banc.donnees)}) as serveur:
        lignes = [
            await _ligne(serveur, nom, statut, faire(serveur, dossiers), paires)
            for nom, (statut, faire) in _DEMANDES.items()
        ]
    pire = max(lignes, key=lambda ligne: ligne.mesure or 0)
    remarques = (f"la pire des lignes qui suivent : {pire.nom} ; {paires} paires de chacune",)
    return [_resultat("secret", pire.mesure, pire.etalon, [], remarques), *lignes]


async def _connaitre(ledger: Ledger, rang: int) -> UUID:
    """A household that another landlord has opened the case of."""
    ouverte = DossierOuvert(
        parc="SOCIAL", commune=_COMMUNE, bailleur_siret="55208131766522", id_rpls=_logement(rang), loyer=80061
    )
    titulaire = OccupantDeclare(personne=uuid4(), nom=_NOM, prenoms=_PRENOM, date_naissance=_naissance(rang))
    return (await ledger.ouvrir_ou_trouver(contribution(ouverte, titulaire), LIGNE)).dossier


def _logement(rang: int) -> str:
    return f"81{rang:08d}"


def _naissance(rang: int) -> date:
    return date(1950, 1, 1) + timedelta(rang)


def _identite(rang: int) -> dict[str, str]:
    return {"nom": _NOM, "prenoms": _PRENOM, "date_naissance": _naissance(rang).isoformat()}


def _recherches(serveur: Serveur, _: Sequence[UUID]) -> Callable[[int], Paire]:
    qui = entetes(serveur, CONTRIBUTRICE, "COORDINATION_CONTACTS")

    def une(rang: int) -> str:
        return requete("POST", "/v1/dossiers/recherche", qui, orjson.dumps(_identite(rang)))

    return lambda n: (une(n % CONNUS), une(_INCONNUS + n % CONNUS))


def _ouvertures(serveur: Serveur, _: Sequence[UUID]) -> Callable[[int], Paire]:
    qui = entetes(serveur, CONTRIBUTRICE, "ACTE_EMISSION") | {"Idempotency-Key": CLE.decode()}

    def une(rang: int) -> str:
        logement = {
            "parc": "SOCIAL",
            "commune": _COMMUNE,
            "bailleur_siret": personnage(CONTRIBUTRICE).siret,
            "id_rpls": _logement(rang),
        }
        corps = {"logement": logement, "titulaire": _identite(rang), "survenu_le": aujourd_hui().isoformat()}
        return requete("POST", "/v1/dossiers", qui, orjson.dumps(corps))

    return lambda n: (une(CONNUS + n), une(_INCONNUS + CONNUS + n))


def _lectures(serveur: Serveur, dossiers: Sequence[UUID]) -> Callable[[int], Paire]:
    qui = entetes(serveur, CONTRIBUTRICE, "ACTE_EMISSION")
    connus, inconnus = dossiers[:CONNUS], [uuid4() for _ in range(CONNUS)]

    def un(dossier: UUID) -> str:
        return requete("GET", f"/v1/dossiers/{dossier}", qui)

    return lambda n: (un(connus[n % CONNUS]), un(inconnus[n % CONNUS]))


def _lots(serveur: Serveur, dossiers: Sequence[UUID]) -> Callable[[int], Paire]:
    qui = entetes(serveur, CONTRIBUTRICE, "ACTE_EMISSION")
    connus, inconnus = dossiers[:CONNUS], [uuid4() for _ in range(CONNUS)]
    le = aujourd_hui().isoformat()
    dette = {"type": "DetteDeclaree", "survenu_le": le, "donnees": {"montant": 100, "arretee_au": le}}

    def une(dossier: UUID) -> str:
        ligne = {"dossier": str(dossier), "cle": "banc", "evenements": [dette]}
        return requete("POST", "/v1/interventions/lot", qui, orjson.dumps(ligne) + b"\n")

    return lambda n: (une(connus[n % CONNUS]), une(inconnus[n % CONNUS]))


_INCONNUS: Final = 10_000
"""From this rank on, households that nobody knows."""

_DEMANDES: Final[dict[str, tuple[int, Callable[[Serveur, Sequence[UUID]], Callable[[int], Paire]]]]] = {
    "recherche": (200, _recherches),
    "identifiant": (404, _lectures),
    "lot": (200, _lots),
    "ouverture": (201, _ouvertures),
}
"""By line: the status that answers, and how its pairs are made. What opens cases comes last."""


async def _ligne(serveur: Serveur, nom: str, statut: int, paire: Callable[[int], Paire], paires: int) -> Resultat:
    """The pairs of one request, each in an order drawn by lot; those of a first turn, which warm, are not counted."""
    alea = random.Random(93)  # noqa: S311 - an order, not a secret
    tours = [(n, alea.choice((True, False))) for n in range(paires)]
    chauffe = [texte for n in range(0 if nom == "ouverture" else CONNUS) for texte in paire(n)]
    suite = [texte for n, inverse in tours for texte in (paire(n)[::-1] if inverse else paire(n))]
    dit = await charger(
        {
            "hote": "127.0.0.1",
            "port": serveur.dit["port"],
            "requetes": [[*chauffe, *suite]],
            "statut": statut,
            "secondes": 0,
            "fois": len(chauffe) + len(suite),
        }
    )
    mesures = _par(2, dit["durees"][len(chauffe) :])
    deux = [(b, a) if inverse else (a, b) for (a, b), (_, inverse) in zip(mesures, tours, strict=True)]
    connus, inconnus = [a for a, _ in deux], [b for _, b in deux]
    minima = [[min(lot) for lot in _par(ESSAIS, durees)] for durees in (connus, inconnus)]
    z, z_des_minima = (abs(z_de(*cotes)) for cotes in ((connus, inconnus), minima))
    remarques = (
        f"z des médianes {z:.1f}, des minima de {ESSAIS} essais {z_des_minima:.1f}",
        f"médianes {_ms(connus)} et {_ms(inconnus)} ms, connu d'autrui et inconnu",
    )
    return _resultat(f"secret_{nom}", max(z, z_des_minima), 3.0, connus, remarques)


def _par(nombre: int, durees: Sequence[float]) -> list[Sequence[float]]:
    return [durees[debut : debut + nombre] for debut in range(0, len(durees), nombre)]


def _ms(durees: Sequence[float]) -> str:
    return f"{1e3 * statistics.median(durees):.2f}".replace(".", ",")


def z_de(un: Sequence[float], autre: Sequence[float]) -> float:
    """How far apart two samples are, in standard deviations: the rank sum of Mann and Whitney."""
    ranges = sorted((duree, cote) for cote, durees in enumerate((un, autre)) for duree in durees)
    somme = sum(rang for rang, (_, cote) in enumerate(ranges, 1) if cote == 0)
    n, m = len(un), len(autre)
    return (somme - n * (n + m + 1) / 2) / sqrt(n * m * (n + m + 1) / 12)


def _resultat(
    nom: str, z: float | None, seuil: float | None, durees: Sequence[float], remarques: tuple[str, ...]
) -> Resultat:
    p50, p99 = centiles(list(durees))
    return Resultat(
        nom=nom,
        mesure=z,
        etalon=seuil,
        rapport=z / seuil if z is not None and seuil else None,
        unite="écarts-types",
        p50_ms=p50,
        p99_ms=p99,
        seuil=SEUIL if nom == "secret" else "",
        remarques=remarques,
    )
