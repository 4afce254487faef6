"""Two worlds that differ only in what one reader may not know, and sequences of its calls played in both.

In the second one, households that the reader thinks new are known to others, in another commune and of another
landlord; they have told of them, and go on telling between two of its calls. Or, on cases that both worlds give the
reader, others tell what no purpose opens to its role. Whatever the reader does then, in whatever order, must come to
the same bytes, and to the same work. And in either world, nothing is unsealed for it before its row is durable.

Ids, moments and positions are numbered by what the reader knows of them: its own receipts. A position that it was not
given by a receipt is told from one that it was.
"""

import json
import random
import re
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field, replace
from datetime import date
from enum import Enum
from typing import Any, Final
from uuid import NAMESPACE_OID, UUID, uuid4, uuid5

import httpx2 as httpx
import psycopg
import pytest

from adapters.demo.departement import siret
from adapters.registre.administration import (
    administrer,
    asseoir,
    convoquer,
    habiliter,
    inscrire_partenaire,
    rattacher_client,
)
from adapters.registre.instantane import Membre, Partenaire, Seance
from ledger.catalogue import catalogue, champs
from ledger.droit.communes import historique
from ledger.journal import Journal, Ligne
from ledger.sealing import Cle
from policies import tables
from policies.engines import Decider
from tests.bases import SCHEMA, Bases, bases_neuves, ouvrir_ledger
from tests.monde import (
    AUTRE_BAILLEUR,
    COMMUNE,
    FINALITE_USUELLE,
    FINALITES,
    PAR,
    TOUTES,
    Monde,
    evenement,
    habilitation,
    ouverture,
    ouvrir_monde,
    peupler,
)

TABLES: Final = tables.lire()
PORTES: Final[dict[str, dict[str, Any]]] = tables.compiler(TABLES)["portes"]
ROLES: Final = tuple(sorted(role for role, portes in PORTES.items() if portes))
AILLEURS: Final = "93001"
COMMUNES: Final = tuple(c.code for c in historique() if c.code not in {AILLEURS, COMMUNE} and c.valid_to is None)
SEANCE_CCAPEX: Final = UUID(int=0xCC)
SEANCE_LE: Final = date(2026, 12, 10)
CLIL_TENUE_LE: Final = date(2026, 10, 20)
DU, AU = date(2026, 1, 1), date(2026, 12, 31)


@dataclass(frozen=True, slots=True)
class Lecteur:
    """The reader: one partner of a role, in one commune, landlord of its own SIRET."""

    role: str

    @property
    def code(self) -> str:
        return f"sujet-{self.role.lower().replace('_', '-')}"

    @property
    def siret(self) -> str:
        return siret(100 + ROLES.index(self.role))

    @property
    def commune(self) -> str:
        """Its own: what it opens there is in the reach of none of the others."""
        return COMMUNES[ROLES.index(self.role)]

    @property
    def clil(self) -> Seance:
        """The session of its commune's CLIL, where it sits."""
        numero = UUID(int=0xC11100 + ROLES.index(self.role))
        return Seance(numero, "CLIL", f"commune:{self.commune}", date(2026, 10, 20), SEANCE_LE)

    @property
    def agent(self) -> str:
        return "sujet"

    @property
    def partenaire(self) -> Partenaire:
        nom = f"Organisation {self.code}"
        numero = "" if self.role == "USAGER" else self.siret
        sien = Partenaire(self.code, numero, nom, self.role, FINALITES[self.role])
        if self.role == "USAGER":  # a mandate alone links it to a case
            return sien
        lieu = ("departement", ()) if self.partout else ("communes", (self.commune,))
        lieu = lieu if self.territorial else ("aucun", ())
        return replace(sien, territoire=lieu[0], communes=lieu[1], portefeuille=(self.siret,))

    def finalites(self, action: str) -> list[str]:
        return sorted(code for code, porte in PORTES[self.role].items() if action in porte["actions"])

    def emet(self, evenement: str, finalite: str) -> bool:
        """Whether the role may tell that at this purpose."""
        lignes = [ligne for ligne in TABLES.emissions if ligne["evenement"] == evenement]
        return any(self.role in ligne["roles"] and finalite in ligne["finalites"] for ligne in lignes)

    @property
    def territorial(self) -> bool:
        """Whether its territory links it to cases: then what it may not know of is elsewhere."""
        return any(["territoire"] in porte["liens"] for porte in PORTES[self.role].values())

    @property
    def hors_de_portee(self) -> str:
        """The commune of the households that others know, of another landlord."""
        return AILLEURS if self.territorial else self.commune

    @property
    def partout(self) -> bool:
        """Whether its territory is the whole département: then every household is in its reach."""
        return self.role in {"CCAPEX_INSTRUCTEUR", "DPO", "RESPONSABLE_TRAITEMENT", "STATISTIQUE"}

    @property
    def groupes(self) -> frozenset[str]:
        """What some purpose opens to this role, to whomever."""
        profils = (profil for porte in PORTES[self.role].values() for profil in porte["profils"].values())
        return frozenset(groupe for profil in profils for rang in profil["rangs"] for groupe in rang["groupes"])


EMPEX: Final = Lecteur("EMPEX")
"""Another social service than that of the tests."""
SECRETARIAT: Final = ("secretariat", "generale")
"""Who keeps the papers of every CLIL: its code, and its agent."""
COLLEGUE: Final = "collegue"
"""Another agent of the reader's own service."""


def inscrire(bases: Bases) -> None:
    """One partner of each role beside those of the tests, and where they sit."""
    peupler(bases)
    with administrer(bases.registre_url, PAR, SCHEMA) as registre:
        for lecteur in map(Lecteur, ROLES):
            inscrire_partenaire(registre, lecteur.partenaire)
            rattacher_client(registre, f"client-{lecteur.code}", lecteur.code)
            for agent in (lecteur.agent, COLLEGUE):
                habiliter(registre, habilitation(lecteur.code, agent, lecteur.role, "profession"))
            convoquer(registre, lecteur.clil)
            if lecteur.role != "USAGER":
                asseoir(registre, Membre("CLIL", lecteur.clil.lieu, lecteur.code, "consultative"))
        code, agent = SECRETARIAT
        role = "CLIL_SECRETARIAT"
        inscrire_partenaire(registre, Partenaire(code, siret(60), "Secrétariat", role, FINALITES[role], "departement"))
        rattacher_client(registre, f"client-{code}", code)
        habiliter(registre, habilitation(code, agent, role))
        convoquer(registre, Seance(SEANCE_CCAPEX, "CCAPEX", "departement", date(2026, 10, 20), SEANCE_LE))
        convoquer(registre, Seance(UUID(int=0xC1), "CLIL", f"commune:{AILLEURS}", date(2026, 9, 1), CLIL_TENUE_LE))
        asseoir(registre, Membre("CCAPEX", "departement", Lecteur("CCAPEX_MEMBRE").code, "deliberative"))


@dataclass(slots=True)
class Travail:
    """The work of one call: statements, by their beginning; blobs and keys unsealed; decisions asked; journal rows.

    ``trop_tot``: how many of those were unsealed before the first of these was durable.
    """

    ordres: Counter[str] = field(default_factory=Counter)
    descelles: int = 0
    decisions: int = 0
    lignes: int = 0
    trop_tot: int = 0


@contextmanager
def compter_le_travail() -> Iterator[Callable[[], Travail]]:
    """Count what is done; each call of what is given hands over the count, and begins another."""
    travail = Travail()
    vrais = psycopg.AsyncCursor.execute, Cle.unseal, Decider.decide, Decider.emissions, Journal.inscrire
    vrai_supposer = Decider.supposer

    async def execute(curseur: Any, ordre: Any, *args: Any, **plus: Any) -> Any:
        texte = ordre if isinstance(ordre, str) else ordre.as_string(curseur)
        # The registry and the views' progress are looked at by the clock, and listened to by nobody's request; what
        # was asked before the household is counted, and written by the clock.
        compte = texte.startswith("INSERT INTO journal") and '"action":"deja_connu"' in str(args)
        if not (compte or any(dit in texte for dit in ("registre", "FROM positions", "LISTEN ", "current_schema()"))):
            travail.ordres[re.sub(r"'.*?'|\$\d+", "?", texte)[:80]] += 1
        return await vrais[0](curseur, ordre, *args, **plus)

    def unseal(cle: Cle, *args: Any) -> bytes:
        travail.descelles += 1
        travail.trop_tot += not travail.lignes
        return vrais[1](cle, *args)

    async def decide(decider: Decider, question: Any) -> Any:
        travail.decisions += 1
        return await vrais[2](decider, question)

    async def supposer(decider: Decider, question: Any) -> Any:
        travail.decisions += 1
        return await vrai_supposer(decider, question)

    async def emissions(decider: Decider, question: Any) -> Any:
        travail.decisions += 1
        return await vrais[3](decider, question)

    async def inscrire_au_journal(journal: Journal, *lignes: Ligne) -> None:
        await vrais[4](journal, *lignes)
        travail.lignes += len(lignes)

    def prendre() -> Travail:
        nonlocal travail
        fini, travail = travail, Travail()
        return fini

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(psycopg.AsyncCursor, "execute", execute)
        patch.setattr(Cle, "unseal", unseal)
        patch.setattr(Decider, "decide", decide)
        patch.setattr(Decider, "supposer", supposer)
        patch.setattr(Decider, "emissions", emissions)
        patch.setattr(Journal, "inscrire", inscrire_au_journal)
        yield prendre


FLUX: Final = "/v1/flux"
LISTE: Final = "/v1/dossiers"
Geste = tuple[str, dict[str, Any]]
"""One thing done, by its name, and what it takes. The same in both worlds."""
Dit = tuple[str, str, dict[str, Any]]
"""Who tells, at which purpose, and what."""

UN_ID: Final = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
UN_MOMENT: Final = re.compile(r"\d{4}-\d\d-\d\dT[\d:.]+\+\d\d:\d\d")
UNE_TETE: Final = re.compile(r'^\{"position":\d+')
UNE_REPRISE: Final = re.compile(r'"suivant":"[\w-]{66}"')
UN_CHANGEMENT: Final = re.compile(r'(?<="id":")[0-9a-f]{32}(?=")')
UNE_POSITION: Final = re.compile(r'"(position|suivant)":(\d+)')


@dataclass(slots=True)
class Recu:
    """What one call got, as it is compared, and the work that it took. ``lit``: it asks to read, and tells nothing."""

    quoi: str
    lit: bool
    reponse: tuple[int, list[tuple[str, str]], str]
    travail: Travail

    @property
    def suit(self) -> bool:
        """Whether it is of the feed: what is hidden of a case is looked at there, and leaves at its step (ADR 0036)."""
        return self.quoi.startswith(FLUX)

    @property
    def ensemble(self) -> bool:
        """Whether it is of all the reader's cases: what others told of one in an earlier sequence is looked at here."""
        return self.lit and self.quoi.startswith(f"{LISTE} ")


class Jeu:
    """One of the two worlds, played by one reader."""

    def __init__(self, monde: Monde, lecteur: Lecteur, prendre: Callable[[], Travail], *, su: bool) -> None:
        self.monde, self.lecteur, self.su = monde, lecteur, su
        self.partage = False
        """Whether other sequences, that may part the worlds, have their cases there too."""
        self.prendre = prendre
        self.recus: list[Recu] = []
        self.dossier = ""
        self.faits: list[str] = []
        self.etag = ""
        self.suivants: dict[str, Any] = {}
        self.reprises: dict[str, str] = {}
        self.lots = 0
        self.noms: dict[str, str] = {}
        self.miennes: dict[int, str] = {}
        self.tus = False
        """Whether others have told, in some sequence, what is closed to the reader of a case that it has."""
        self.ecrits = 0
        """Openings and contributions that were taken."""

    def commencer(self, menage: int) -> None:
        """Another household: nothing is known of it yet."""
        self.menage = menage
        self.lui, self.elle, self.forge = "", self.identifiant("elle"), ""
        self.dossier, self.faits, self.etag, self.suivants, self.reprises = "", [], "", {}, {}
        self.recus = []

    @property
    def nom(self) -> str:
        """The household's: letters alone make a name."""
        return "NOM" + "".join("ABCDEFGHIJ"[int(chiffre)] for chiffre in str(self.menage))

    def identifiant(self, de: str) -> str:
        """An id of something of this household's, the same in both worlds."""
        return str(uuid5(NAMESPACE_OID, f"{self.menage} {de}"))

    # what others do ------------------------------------------------------------------------------------------

    async def autres(self, evenements: Sequence[Dit], *, ouvrent: str) -> str:
        """Others open the household's case elsewhere, and tell of it: in the world that knows it alone."""
        if not self.su:
            return ""
        corps = ouverture(self.nom, AUTRE_BAILLEUR, f"35{self.menage:08d}", self.lecteur.hors_de_portee)
        recu = await self.monde.post("/v1/dossiers", ouvrent, _USUELLE[ouvrent], corps)
        assert recu.status_code == 201, recu.text
        await self._dire(recu.json()["dossier"], evenements)
        return str(recu.json()["dossier"])

    async def caches(self, evenements: Sequence[Dit]) -> None:
        """What others tell, on a case that both worlds have, of groups that are closed to this reader."""
        if self.su and self.dossier:
            await self._dire(self.dossier, evenements)

    async def _dire(self, dossier: str, evenements: Sequence[Dit]) -> None:
        for qui, finalite, dit in evenements:
            fait = (
                dit
                if "personne" not in dit["donnees"]
                else dit | {"donnees": dit["donnees"] | {"personne": str(uuid4())}}
            )
            recu = await self.monde.contribuer(dossier, qui, finalite, fait)
            assert recu.status_code == 201, (qui, finalite, fait, recu.text)
        self.prendre()

    async def donner(self, qui: str = "ssd", agent: str = "") -> None:
        """A case that links the reader to it, opened by others in both worlds, or joined by one more of them."""
        corps = ouverture(self.nom, self.lecteur.siret, f"35{self.menage:08d}", self.lecteur.commune)
        recu = await self.monde.post("/v1/dossiers", qui, _USUELLE[qui], corps, agent)
        assert recu.status_code == 201, recu.text
        assert self.dossier in {"", recu.json()["dossier"]}
        self.dossier = recu.json()["dossier"]
        self.prendre()

    async def dire(self, qui: str, finalite: str, *faits: dict[str, Any], agent: str = "") -> None:
        """Others tell of the case. Who begins to follow the household says when it was informed."""
        recu = await self.monde.contribuer(self.dossier, qui, finalite, *faits, agent=agent)
        assert recu.status_code == 201, (qui, finalite, faits, recu.text)
        self.prendre()

    # what the reader does ------------------------------------------------------------------------------------

    async def faire(self, geste: Geste) -> None:
        nom, dit = geste
        await getattr(self, f"_{nom}")(**dit)

    async def _ouvrir(self, finalite: str, commune: str, suite: list[Any], loyer: int) -> None:
        corps = self._ouverture(commune, suite, loyer)
        recu = await self._post("/v1/dossiers", finalite, corps, evenements=2 + len(suite))
        if recu.status_code == 201:
            self.dossier = recu.json()["dossier"]

    async def _essayer(self, finalite: str, commune: str, suite: list[Any], loyer: int) -> None:
        """The same opening, then what it tells of the case, without writing."""
        corps, blanc = self._ouverture(commune, suite, loyer), {"blanc": "true"}
        await self._post("/v1/dossiers", finalite, corps, params=blanc)
        await self._post("/v1/dossiers/{dossier}/interventions", finalite, {"evenements": suite}, params=blanc)

    def _ouverture(self, commune: str, suite: list[Any], loyer: int) -> dict[str, Any]:
        corps = ouverture(self.nom, self.lecteur.siret, f"35{self.menage:08d}", commune)
        corps["logement"]["loyer"] = loyer
        corps["evenements"] = suite
        return corps

    async def _contribuer(self, finalite: str, faits: list[Any], *, si: bool) -> None:
        if si and not self.etag:
            return
        plus = {"headers": {"If-Match": self.etag}} if si else {}
        corps = {"evenements": faits}
        await self._post("/v1/dossiers/{dossier}/lecteurs", finalite, corps)
        await self._post("/v1/dossiers/{dossier}/interventions", finalite, corps, evenements=len(faits), **plus)

    async def _corriger(self, finalite: str, lequel: int, *, remplace: bool) -> None:
        cible = self.faits[lequel % len(self.faits)] if self.faits else str(UUID(int=7))
        fait = (
            evenement("DetteDeclaree", montant=7, arretee_au="2026-09-30") | {"corrige": cible}
            if remplace
            else evenement("FaitCorrige", corrige=cible)
        )
        await self._post("/v1/dossiers/{dossier}/interventions", finalite, {"evenements": [fait]}, evenements=1)

    async def _lot(self, finalite: str, faits: list[Any]) -> None:
        self.lots += 1  # a key is told back: it has to be the same in both
        cle = f"lot-{self.menage}-{self.lots}"
        ligne = {"dossier": self.dossier or str(UUID(int=9)), "cle": cle, "evenements": faits}
        await self._post("/v1/interventions/lot", finalite, ligne, evenements=len(faits))

    async def _rechercher(self, finalite: str, nom: str, naissance: str) -> None:
        identite = {"nom": nom + self.nom, "prenoms": "Fatou", "date_naissance": naissance}
        await self._post("/v1/dossiers/recherche", finalite, identite)

    async def _lire(self, finalite: str, chemin: str, params: dict[str, Any], *, si: bool) -> None:
        if si and not self.etag:
            return
        plus: dict[str, Any] = {"headers": {"If-None-Match": self.etag}} if si else {}
        if params.get("apres") == "…":
            params = params | {"apres": self.suivants.get(chemin) or str(UUID(int=3))}
        recu = await self._get(chemin, finalite, params=params, **plus)
        if recu.status_code == 200 and chemin == "/v1/dossiers/{dossier}":
            self.etag = recu.headers.get("etag", "")
            self.faits += [f["id"] for f in recu.json()["faits"] if f["id"] not in self.faits]

    async def _demander(self, finalite: str, chemin: str, corps: Any) -> None:
        """A route that asks by a body."""
        await self._post(chemin, finalite, corps)

    async def _lister(self, finalite: str, vue: str, params: dict[str, Any]) -> None:
        await self.monde.projeter()
        self.prendre()
        chemin = f"/v1/vues/{vue}"
        if params.get("apres") == "…":
            params = params | {"apres": self.suivants.get(chemin) or 0}
        await self._get(chemin, finalite, params=params)

    async def _attendre(self, finalite: str, params: dict[str, Any]) -> None:
        await self.monde.projeter()
        self.prendre()
        await self._get("/v1/attentes", finalite, params=params)

    async def _retrouver(self, finalite: str, params: dict[str, Any]) -> None:
        """Its own cases. They stand in the order of their ids, which are drawn: here, in that of what they say."""
        await self.monde.projeter()
        self.prendre()
        recu = await self.monde.get(LISTE, self.lecteur.code, finalite, self.lecteur.agent, params=params)
        texte = recu.text
        if recu.status_code == 200:
            lu = recu.json()
            entiere = lu["suivant"] is None  # ids are drawn: on which page a case is, says nothing
            for ligne in lu["dossiers"]:
                sienne = entiere and ligne["dossier"] == self.dossier
                ligne |= {"dossier": sienne, "reunis": len(ligne.get("reunis", ()))}
            # Of a world that sequences share, the other cases are theirs: some were made to part the worlds.
            ranges = sorted((une for une in lu["dossiers"] if une["dossier"] or not self.partage), key=str)
            suite = lu["suivant"] is not None and not self.partage
            texte = json.dumps(lu | {"dossiers": ranges, "suivant": suite}, separators=(",", ":"))
        self._noter(LISTE, params, recu, texte)

    async def _suivre(self, finalite: str) -> None:
        """The feed, from where it was taken up last."""
        await self.monde.projeter()
        self.prendre()
        params = {"depuis": self.reprises[finalite]} if finalite in self.reprises else {}
        lecteur = self.lecteur
        recu = await self.monde.get(FLUX, lecteur.code, finalite, lecteur.agent, params=params)
        self._noter(FLUX, finalite, recu)
        if recu.status_code == 200:
            self.reprises[finalite] = recu.json()["suivant"]

    async def _get(self, chemin: str, finalite: str, **plus: Any) -> httpx.Response:
        adresse = chemin.format(dossier=self.dossier or UUID(int=5))
        lecteur = self.lecteur
        return self._noter(chemin, plus, await self.monde.get(adresse, lecteur.code, finalite, lecteur.agent, **plus))

    async def _post(self, chemin: str, finalite: str, corps: Any, evenements: int = 0, **plus: Any) -> httpx.Response:
        adresse = chemin.format(dossier=self.dossier or UUID(int=5))
        lecteur = self.lecteur
        recu = await self.monde.post(adresse, lecteur.code, finalite, corps, lecteur.agent, **plus)
        self._posseder(recu, evenements)
        return self._noter(chemin, corps, recu)

    def _posseder(self, recu: httpx.Response, evenements: int) -> None:
        """The positions that a receipt gives: one per event that was sent."""
        if recu.status_code == 201:
            self.ecrits += 1
            for rang in range(evenements):
                self.miennes.setdefault(recu.json()["position"] - rang, f"mienne-{len(self.miennes)}")

    def _noter(self, chemin: str, quoi: Any, recu: httpx.Response, texte: str = "") -> httpx.Response:
        """Keep what was got; ``texte``: what of it is compared, if not all of it."""
        assert recu.status_code < 500, recu.text
        if recu.status_code == 200 and recu.text.startswith("{"):
            self.suivants[chemin] = recu.json().get("suivant")
        entetes = [
            (nom, self._nom("etag", valeur) if nom == "etag" else "n" if nom == "position" else valeur)
            for nom, valeur in recu.headers.multi_items()
            if nom not in {"date", "traceparent", "content-length"}
        ]
        rendu = UN_CHANGEMENT.sub(
            lambda m: self._nom("dit", m[0]), UNE_REPRISE.sub('"suivant":"jeton"', texte or recu.text)
        )
        texte = UN_ID.sub(lambda m: self._nom("id", m[0]), UNE_TETE.sub('{"position":n', rendu))
        texte = UNE_POSITION.sub(lambda m: f'"{m[1]}":{self._position(int(m[2]))}', UN_MOMENT.sub("moment", texte))
        lit = recu.request.method == "GET" or chemin.endswith("/recherche")
        self.recus.append(Recu(f"{chemin} {quoi}", lit, (recu.status_code, entetes, texte), self.prendre()))
        return recu

    def _nom(self, genre: str, valeur: str) -> str:
        return self.noms.setdefault(valeur, f"{genre}-{len(self.noms)}")

    def _position(self, position: int) -> str:
        return self.miennes.get(position) or self._nom("position", str(position))


_USUELLE: Final = FINALITE_USUELLE | {EMPEX.code: "ACCOMPAGNEMENT"}
_OUVRENT: Final = ("bailleur", "etude", "ccapex", "caf")
"""Who may have opened the case of a household that the reader does not know."""


# the sequences ---------------------------------------------------------------------------------------------------


def gestes(alea: random.Random, lecteur: Lecteur, combien: int) -> list[Geste]:
    """A sequence of the reader's own calls; it opens the case early, since most of what follows rests on that."""
    faits: list[Geste] = []
    for rang in range(combien):
        nom = "ouvrir" if rang == 0 and alea.random() < 0.8 else alea.choice(_NOMS)
        faits.append((nom, _GESTES[nom](alea, lecteur)))
    return faits


def _finalite(alea: random.Random, lecteur: Lecteur, action: str) -> str:
    """A purpose at which the role may do that; seldom another one."""
    siennes = lecteur.finalites(action)
    return alea.choice(siennes) if siennes and alea.random() < 0.95 else alea.choice(TOUTES)


def _suite(alea: random.Random, lecteur: Lecteur, finalite: str, combien: int) -> list[Any]:
    """What the role may tell at this purpose; seldom something else."""
    permis = [nom for nom in _FAITS if lecteur.emet(nom, finalite)] if alea.random() < 0.9 else list(_FAITS)
    return [_FAITS[nom](alea, lecteur) for nom in alea.choices(permis, k=combien)] if permis else []


def _inscrire(alea: random.Random, lecteur: Lecteur) -> dict[str, Any]:
    instance, seance = alea.choice((("CLIL", lecteur.clil.id), ("CCAPEX", SEANCE_CCAPEX)))
    return evenement("InstanceInscrite", instance=instance, seance=str(seance), seance_le=SEANCE_LE.isoformat())


_FAITS: Final[dict[str, Callable[[random.Random, Lecteur], dict[str, Any]]]] = {
    "DetteDeclaree": lambda alea, _: evenement("DetteDeclaree", _jour(alea), montant=100, arretee_au="2026-09-30"),
    "MenageInforme": lambda alea, _: evenement("MenageInforme", _jour(alea), canal="COURRIER"),
    "ContactTente": lambda alea, _: evenement("ContactTente", _jour(alea), canal="COURRIER", resultat="JOINT"),
    "LogementDeclare": lambda alea, _: evenement("LogementDeclare", _jour(alea), loyer=100),
    "CcapexSaisie": lambda alea, _: evenement("CcapexSaisie", _jour(alea)),
    "ConcoursForceRefuse": lambda alea, _: evenement("ConcoursForceRefuse", _jour(alea)),
    "CommandementPayerSignifie": lambda alea, _: evenement("CommandementPayerSignifie", _jour(alea)),
    "BudgetDeclare": lambda alea, _: evenement("BudgetDeclare", _jour(alea), ressources=100, charges=50),
    "AideLogementConstatee": lambda alea, _: evenement("AideLogementConstatee", _jour(alea), etat="VERSEE"),
    "DossierPropose": lambda alea, _: evenement("DossierPropose", _jour(alea), instance="CLIL"),
    "InstanceInscrite": _inscrire,
}


def _jour(alea: random.Random) -> str:
    return alea.choice(("2026-09-02", "2026-10-01", "2026-10-15"))


def _filtrer(alea: random.Random, lecteur: Lecteur) -> dict[str, Any]:
    tri = alea.choice((
        {}, {"limite": 1}, {"limite": 1, "apres": "…"}, {"limite": 2, "apres": "…"}, {"stade": "OUVERT"},
        {"stade": "AUDIENCE"}, {"parc": "SOCIAL"}, {"parc": "PRIVE"}, {"commune": lecteur.commune},
        {"commune": AILLEURS}, {"seance": str(lecteur.clil.id)}, {"seance": str(SEANCE_CCAPEX)},
        {"par_date": "ouvert_le", "au_plus_tard": "2026-08-15"}, {"par_date": "ouvert_le", "du": "2026-08-15"},
        {"par_date": "dernier_acte_le", "du": "2026-09-01"},
    ))  # fmt: skip
    return dict(tri)


_PASSES: Final[tuple[dict[str, Any], ...]] = (
    {}, {}, {"limite": 1}, {"limite": 1, "apres": "…"}, {"au": "2026-09-15"}, {"connu_le": "2026-11-01"},
    {"regles_du": "2026-10-18"},
)  # fmt: skip


def _ouvrir(alea: random.Random, lecteur: Lecteur) -> dict[str, Any]:
    finalite = _finalite(alea, lecteur, "ouvrir")
    suite = _suite(alea, lecteur, finalite, alea.choice((0, 0, 1, 2)))
    return {"finalite": finalite, "commune": lecteur.commune, "suite": suite, "loyer": alea.choice((70000, 80061))}


def _contribuer(alea: random.Random, lecteur: Lecteur) -> dict[str, Any]:
    finalite = _finalite(alea, lecteur, "emettre")
    faits = _suite(alea, lecteur, finalite, alea.choice((1, 1, 2)))
    return {"finalite": finalite, "faits": faits, "si": alea.random() < 0.3}


def _corriger(alea: random.Random, lecteur: Lecteur) -> dict[str, Any]:
    finalite = _finalite(alea, lecteur, "emettre")
    return {"finalite": finalite, "lequel": alea.randrange(8), "remplace": alea.random() < 0.5}


def _lot(alea: random.Random, lecteur: Lecteur) -> dict[str, Any]:
    finalite = _finalite(alea, lecteur, "emettre")
    return {"finalite": finalite, "faits": _suite(alea, lecteur, finalite, 1)}


def _rechercher(alea: random.Random, lecteur: Lecteur) -> dict[str, Any]:
    nom = alea.choice(("", "", "AUTRE"))
    return {"finalite": _finalite(alea, lecteur, "rechercher"), "nom": nom, "naissance": "1955-04-24"}


def _lire(alea: random.Random, lecteur: Lecteur) -> dict[str, Any]:
    """The case, whole or through a view of its own; its history; what may be told of it."""
    dossier = "/v1/dossiers/{dossier}"
    finalite = _finalite(alea, lecteur, "lire")
    porte = PORTES[lecteur.role].get(finalite)
    vues = [f"/v1/vues/{vue}/{{dossier}}" for vue in (porte["vues"] if porte else ()) if vue]
    chemin = alea.choice(
        (
            *(dossier,) * 4,
            f"{dossier}/historique",
            f"{dossier}/situation",
            f"{dossier}/emissions",
            f"{dossier}/rapprochements",
            *vues,
        )
    )
    passes = _PASSES if chemin in {dossier, *vues} else _PASSES[:4] if chemin.endswith("historique") else ({},)
    return {"finalite": finalite, "chemin": chemin, "params": alea.choice(passes), "si": alea.random() < 0.2}


def _lister(alea: random.Random, lecteur: Lecteur) -> dict[str, Any]:
    """At a purpose that has a view, through that view; seldom another."""
    vues = [(code, vue) for code, porte in PORTES[lecteur.role].items() for vue in porte["vues"] if vue]
    if vues and alea.random() < 0.9:
        finalite, vue = alea.choice(vues)
    else:
        finalite, vue = _finalite(alea, lecteur, "lister"), alea.choice(("clil", "ccapex", "comex"))
    return {"finalite": finalite, "vue": vue, "params": _filtrer(alea, lecteur)}


def _retrouver(alea: random.Random, lecteur: Lecteur) -> dict[str, Any]:
    """Its cases, all of them or some, at one of its purposes."""
    tri = alea.choice((
        {}, {}, {"stade": "OUVERT"}, {"stade": "COMMANDEMENT"}, {"commune": lecteur.commune}, {"commune": AILLEURS},
        {"avant": "2027-12-31"}, {"depuis": "2026-11-01"}, {"depuis": "2100-01-01"},
    ))  # fmt: skip
    return {"finalite": _finalite(alea, lecteur, "lire"), "params": {"limite": 100, **tri}}


_GESTES: Final[dict[str, Callable[[random.Random, Lecteur], dict[str, Any]]]] = {
    "ouvrir": _ouvrir,
    "essayer": _ouvrir,
    "contribuer": _contribuer,
    "corriger": _corriger,
    "lot": _lot,
    "rechercher": _rechercher,
    "lire": _lire,
    "lister": _lister,
    "suivre": lambda alea, lecteur: {"finalite": _finalite(alea, lecteur, "lire")},
    "retrouver": _retrouver,
}
_NOMS: Final = (
    "ouvrir",
    "essayer",
    "contribuer",
    "contribuer",
    "corriger",
    "lot",
    "rechercher",
    "lire",
    "lire",
    "lire",
    "lister",
    "lister",
    "suivre",
    "retrouver",
)

AUTRUI: Final[tuple[Dit, ...]] = (
    ("ccapex", "CCAPEX_ADMINISTRATIVE", evenement("MenageInforme", canal="COURRIER")),
    ("ccapex", "CCAPEX_ADMINISTRATIVE", evenement("CcapexSaisie", "2026-10-12")),
    ("ccapex", "CCAPEX_ADMINISTRATIVE", evenement("OppositionEnregistree", portee="OPPOSITION")),
    ("ccapex", "CCAPEX_ADMINISTRATIVE", evenement("OppositionEnregistree", portee="LIMITATION")),
    ("caf", "COORDINATION_CONTACTS", evenement("ContactTente", canal="COURRIER", resultat="JOINT")),
    ("ccapex", "CCAPEX_ADMINISTRATIVE", evenement("OccupantDeclare", personne=str(UUID(int=6)), qualite="CONJOINT",
                                                  nom="AUTRE", prenoms="Fatou", date_naissance="1955-04-24")),
)  # fmt: skip
"""What others may have told of a household that the reader does not know."""

TUS: Final[tuple[Dit, ...]] = (
    ("ssd", "ACCOMPAGNEMENT", evenement("BudgetDeclare", ressources=142000, charges=98000)),
    ("ssd", "ACCOMPAGNEMENT", evenement("AideJuridictionnelleAvancee", etape="DEMANDEE")),
    ("ssd", "ACCOMPAGNEMENT", evenement("HabitatSignale", nature="INDIGNITE")),
    ("ssd", "ACCOMPAGNEMENT", evenement("RelogementAvance", dispositif="DALO", etape="RECONNU")),
    ("ssd", "ACCOMPAGNEMENT", evenement("ContactTente", canal="VAD", resultat="JOINT")),
)
"""What a social service may have told of a household that both worlds know."""


def tus_pour(lecteur: Lecteur) -> list[Dit]:
    """Those of which every group is closed to this role, at every purpose."""

    def groupes(type_: str) -> set[str]:
        cls = catalogue()[type_]
        dits = {str(cls.GROUPE), *(str(champ.groupe) for champ in champs(cls).values() if champ.groupe)}
        return {"F10b" if groupe == "F10" else groupe for groupe in dits}

    return [tu for tu in TUS if groupes(tu[2]["type"]).isdisjoint(lecteur.groupes)]


@asynccontextmanager
async def deux_mondes(modele: str) -> AsyncIterator[tuple[Monde, Monde, Callable[[], Travail]]]:
    """Two worlds, as alike as two ledgers can be, and the count of the work."""
    with bases_neuves(modele) as ici, bases_neuves(modele) as la, compter_le_travail() as prendre:
        inscrire(ici)
        inscrire(la)
        async with (
            ouvrir_ledger(ici) as un,
            ouvrir_ledger(la) as autre,
            ouvrir_monde(ici, un) as sans,
            ouvrir_monde(la, autre) as avec,
        ):
            yield sans, avec, prendre


class Ecart(AssertionError):
    """A sequence that tells the two worlds apart."""


async def jouer(jeux: tuple[Jeu, ...], graine: int, menage: int) -> int:
    """One sequence in both worlds; how many calls it was. ``Ecart`` where they part."""
    sans, avec = jeux
    alea = random.Random(graine)  # noqa: S311 - a sequence, not a secret
    lecteur = sans.lecteur
    connu = lecteur.partout or alea.random() < 0.25
    suite = gestes(alea, lecteur, alea.randint(3, 7))
    suivre = "suivre", {"finalite": _finalite(alea, lecteur, "lire")}
    ouvrent = alea.choice(_OUVRENT)
    dits = alea.sample(AUTRUI, alea.randint(0, len(AUTRUI)))
    rang_du_secret = alea.randrange(len(suite))
    for jeu in (sans, avec):
        jeu.commencer(menage)
        await jeu.faire(suivre)
        if connu:
            await jeu.donner()
        else:
            await jeu.autres(dits, ouvrent=ouvrent)
        if graine % 2:  # it follows from before others told of the household, or from after
            await jeu.faire(suivre)
        jeu.prendre()
    for rang, geste in enumerate([*suite, suivre]):
        if connu and rang == rang_du_secret:
            await avec.caches(tus_pour(lecteur))
            avec.tus = True
        for jeu in (sans, avec):
            await jeu.faire(geste)
        travail = Compare.ORDRES if connu else Compare.TOUT
        comparer(sans, avec, f"{lecteur.role}, graine {graine}, geste {rang} de {suite}", travail)
    return len(sans.recus)


class Compare(Enum):
    """What of the work must be the same: nothing; the statements and the journal rows; all of it."""

    OCTETS = frozenset[str]()  # not an empty tuple, of which 3.11.2 makes an object
    ORDRES = frozenset({"ordres", "lignes"})
    TOUT = frozenset({"ordres", "lignes", "descelles", "decisions", "trop_tot"})


def comparer(sans: Jeu, avec: Jeu, ou: str, travail: Compare) -> None:
    """``Ecart`` where the answers part, or the work; or where one was unsealed before its row."""
    if len(sans.recus) != len(avec.recus):
        raise Ecart(f"{ou} : {len(sans.recus)} et {len(avec.recus)} appels")
    for ici, la in zip(sans.recus, avec.recus, strict=True):
        if ici.reponse != la.reponse:
            raise Ecart(f"{ou}\n{ici.quoi}\n{_depart(str(ici.reponse), str(la.reponse))}")
        compare = Compare.ORDRES if ici.ensemble and avec.tus and travail is Compare.TOUT else travail
        compare = Compare.OCTETS if ici.suit and travail is not Compare.TOUT else compare
        if any(getattr(ici.travail, quoi) != getattr(la.travail, quoi) for quoi in compare.value):
            raise Ecart(f"{ou}\n{ici.quoi}\ntravail : {_moins(ici.travail, la.travail)}")
        if ici.lit and (trop_tot := max(ici.travail.trop_tot, la.travail.trop_tot)):
            raise Ecart(f"{ou}\n{ici.quoi}\ntravail : {trop_tot} descellés avant la ligne du journal")


def _moins(ici: Travail, la: Travail) -> str:
    en_moins, en_plus = ici.ordres - la.ordres, la.ordres - ici.ordres
    return (
        f"ordres {dict(en_moins)} contre {dict(en_plus)} ; descellés {ici.descelles} et {la.descelles} ;"
        f" décisions {ici.decisions} et {la.decisions} ; lignes du journal {ici.lignes} et {la.lignes}"
    )


def _depart(ici: str, la: str) -> str:
    """Where two answers part."""
    debut = max(0, next((rang for rang, (a, b) in enumerate(zip(ici, la, strict=False)) if a != b), 0) - 80)
    return f"{ici[debut : debut + 240]}\n{la[debut : debut + 240]}"
