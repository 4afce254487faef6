"""One run: as whom a server is asked, which case is looked at, and what several rules begin with."""

import secrets
import string
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple
from uuid import uuid4

import orjson

from adapters.conformite.formes import est_un_uuid
from adapters.conformite.preuves import JetonLie
from adapters.conformite.serveur import Impossible, Manquement, Recue, ServeurJuge

MOI: Final = "/v1/moi"
DOSSIERS: Final = "/v1/dossiers"
ATTENTES: Final = "/v1/attentes"
FLUX: Final = "/v1/flux"
NOMENCLATURES: Final = "/v1/nomenclatures"
ERREURS: Final = "/v1/erreurs"
LOT: Final = "/v1/interventions/lot"
BLANC: Final = "blanc=true"
OUVERT_LE: Final = "2026-01-15"
ENDETTE_LE: Final = "2026-02-16"
"""Days of what is said of the household that is made up: one after the other, and both past."""
MONTANT: Final = 123456
"""Cents."""
FAITS_DITS: Final = 3
"""Of which the feed is to tell."""
COMMUNE: Final = "93066"
NOM: Final = "ESSAI-CONFORMITE"
FAUX_NIR: Final = "2 55 08 14 168 025 38"
"""That of the manuals, with its key."""
REFUS: Final = 400
"""From which status on an answer is a refusal."""
ESSAYE: Final = 204
ACTES: Final[Sequence[dict[str, Any]]] = (
    {"type": "CcapexSaisie", "survenu_le": ENDETTE_LE, "donnees": {"saisissant": "BAILLEUR"}},
    {"type": "CommandementPayerSignifie", "survenu_le": ENDETTE_LE, "donnees": {"dette": MONTANT}},
)
"""What a landlord tells, or an étude."""
TRONQUE: Final = b'{"survenu_le": '
_REFUSEES: Final[Sequence[tuple[str, str, str, Mapping[str, str | None]]]] = (
    ("sans jeton", "GET", NOMENCLATURES, {"Authorization": None}),
    ("sans finalité", "GET", NOMENCLATURES, {"Finalite": None}),
    ("d'une finalité inconnue", "GET", NOMENCLATURES, {"Finalite": "FINALITE_D_ESSAI"}),
    ("d'un paramètre inconnu", "GET", f"{MOI}?parametre_d_essai=1", {}),
    ("d'une méthode non admise", "PATCH", MOI, {}),
)


@dataclass(frozen=True, slots=True)
class Appelant:
    """Who asks. ``agent``: the person behind a machine's token; empty where the token names one itself."""

    jeton: str = field(repr=False)
    agent: str
    finalite: str

    @property
    def entetes(self) -> dict[str, str]:
        """What each of its requests carries."""
        agent = {"Agent": self.agent} if self.agent else {}
        return {"Authorization": f"Bearer {self.jeton}", **agent, "Finalite": self.finalite}


def dette(montant: Any = MONTANT, **plus: Any) -> dict[str, Any]:  # noqa: ANN401 - what is sent may be wrong on purpose
    """An event that most partners may send. ``plus``: what is said of it besides, or instead."""
    donnees = {"montant": montant, "arretee_au": ENDETTE_LE}
    return {"type": "DetteDeclaree", "survenu_le": ENDETTE_LE, "donnees": donnees, **plus}


class ActeTransmis(NamedTuple):
    """An act that the run has told in its own case, and a person whom that case names."""

    dossier: str
    acte: str
    personne: str


@dataclass(frozen=True, slots=True)
class PointDeDepart:
    """Where the feed was before some facts were told, of which case, and the headers that wait for them."""

    reprise: str
    dossier: str
    attendre: Mapping[str, str]


def json_de(valeur: Any) -> bytes:  # noqa: ANN401 - JSON
    """A body."""
    return orjson.dumps(valeur)


@dataclass(slots=True)
class Essai:
    """What the rules ask with. ``donne``: the case that is read, if one is given; ``ecrire``: what is sent is recorded.

    ``lie``: who asks, by a token that is bound; ``personne``: whom the given case is of. Nothing is sent to a case that
    it has not opened itself.
    """

    serveur: ServeurJuge
    appelant: Appelant
    etranger: Appelant | None = None
    donne: str = ""
    ecrire: bool = False
    commune: str = COMMUNE
    lie: JetonLie | None = None
    personne: Appelant | None = None
    _essaye: Recue | None = None
    _ouvert: str = ""
    _refus: list[tuple[str, Recue]] = field(default_factory=list)
    _depart: PointDeDepart | None = None
    _acte: ActeTransmis | None = None

    async def demander(
        self,
        methode: str,
        chemin: str,
        *,
        entetes: Mapping[str, str | None] | None = None,
        corps: bytes | None = None,
        encore: Sequence[tuple[str, str]] = (),
        qui: Appelant | None = None,
        une_fois: bool = False,
    ) -> Recue:
        """What the server answers. ``entetes``: instead of the usual ones; None: without it. ``encore``: once more."""
        dits = {**(qui or self.appelant).entetes, **(entetes or {})}
        portes = [(nom, valeur) for nom, valeur in dits.items() if valeur is not None]
        return await self.serveur.demander(methode, chemin, [*portes, *encore], corps, une_fois=une_fois)

    @property
    def jeton_lie(self) -> JetonLie:
        """The token that is bound; ``Impossible`` without one."""
        if self.lie is None:
            raise Impossible("aucun jeton lié n'a été donné")
        return self.lie

    async def lire(self, chemin: str, **plus: Any) -> Recue:  # noqa: ANN401 - as ``demander``
        """What a rule begins with: it is there."""
        return (await self.demander("GET", chemin, **plus)).prealable(200)

    async def poster(
        self,
        chemin: str,
        corps: Any,  # noqa: ANN401 - JSON, or bytes
        *,
        cle: str | None = "",
        genre: str = "application/json",
        **entetes: str,
    ) -> Recue:
        """A body that is sent, under a key of its own but if one is given, or none (None)."""
        contenu = corps if isinstance(corps, bytes) else json_de(corps)
        cle = str(uuid4()) if cle == "" else cle
        dits = {"Content-Type": genre, "Idempotency-Key": cle, **{n.replace("_", "-"): v for n, v in entetes.items()}}
        return await self.demander("POST", chemin, entetes=dits, corps=contenu)

    async def essayer(self, corps: Any, chemin: str = DOSSIERS, **plus: Any) -> Recue:  # noqa: ANN401 - JSON, or bytes; as ``poster``
        """What is tried, and not recorded: an opening, or a batch of them.

        ``Impossible``: this server would record it, and that was not asked for.
        """
        if not await self.peut_essayer():
            raise Impossible("ce serveur n'essaie pas à blanc : rien d'autre ne lui est envoyé sans --ecrire")
        return await self.poster(f"{chemin}?{BLANC}", corps, **plus)

    async def peut_essayer(self) -> bool:
        """Whether what is tried is not recorded, or may be."""
        return self.ecrire or (await self.premier_essai()).statut == ESSAYE

    async def premier_essai(self) -> Recue:
        """An opening that nothing stands against, tried: all that a server which records it has recorded."""
        if self._essaye is None:
            self._essaye = await self.poster(f"{DOSSIERS}?{BLANC}", self.menage())
        return self._essaye

    def menage(self, *evenements: dict[str, Any]) -> dict[str, Any]:
        """The opening of a case of a household that nobody can take for a true one, and that no other run has."""
        tire = "".join(secrets.choice(string.ascii_uppercase) for _ in range(10))
        return {
            "survenu_le": OUVERT_LE,
            "logement": {"parc": "SOCIAL", "commune": self.commune, "adresse": "1 rue de l'Essai fictif"},
            "titulaire": {"nom": f"{NOM}-{tire}", "prenoms": "Ménage fictif", "date_naissance": "1901-01-01"},
            "evenements": list(evenements or (dette(),)),
        }

    async def dossier(self) -> str:
        """The address of the case that is looked at: its own if it may write, that which is given otherwise."""
        if not self.ecrire:
            return f"{DOSSIERS}/{self.donne}"
        if not self._ouvert:
            recue = (await self.poster(DOSSIERS, self.menage())).prealable(201)
            self._ouvert = _texte(recue, "dossier")
            if not est_un_uuid(self._ouvert):
                raise Impossible("le dossier ouvert n'a pas d'identifiant UUID")
        return f"{DOSSIERS}/{self._ouvert}"

    async def etag(self) -> str:
        """That of the case, as it is read; empty: it has none."""
        etag = (await self.lire(await self.dossier())).entetes.get("etag", "")
        return etag if etag.removeprefix("W/").startswith('"') else ""

    async def un_etag(self) -> str:
        """The same, on which a rule goes on."""
        if etag := await self.etag():
            return etag
        raise Impossible("la lecture dont elle part n'a pas d'ETag")

    async def contribuer(self, *evenements: dict[str, Any], suite: str = "", **plus: str) -> Recue:
        """What is answered to a contribution to the case that is looked at."""
        return await self.poster(f"{await self.dossier()}/interventions{suite}", {"evenements": evenements}, **plus)

    async def acte(self) -> ActeTransmis:
        """An act of its own case that a file goes with. ``Impossible``: this agent tells none that is tried."""
        if self._acte is None:
            acte = await self._un_acte()
            (await self.contribuer(acte)).prealable(201)
            faits = await self.faits()
            actes = [str(fait.get("id")) for fait in faits if fait.get("type") == acte["type"]]
            champs = [fait.get("champs") for fait in faits if fait.get("type") == "OccupantDeclare"]
            personnes = [str(dits.get("personne")) for dits in champs if isinstance(dits, dict)]
            if not actes or not personnes:
                raise Impossible("le dossier ouvert ne montre pas l'acte qui y est transmis, ou son titulaire")
            self._acte = ActeTransmis((await self.dossier()).rpartition("/")[2], actes[-1], personnes[0])
        return self._acte

    async def _un_acte(self) -> dict[str, Any]:
        for acte in ACTES:
            if (await self.contribuer(acte, suite=f"?{BLANC}")).statut == ESSAYE:
                return acte
        raise Impossible("cet agent ne transmet aucun des actes auxquels cet essai joint une pièce")

    async def lire_de_la_personne(self, suite: str) -> Recue:
        """What she is answered of the case that is hers."""
        return (await self.demander("GET", f"{DOSSIERS}/{self.donne}{suite}", qui=self.personne)).exiger(200)

    async def faits(self, suite: str = "") -> list[dict[str, Any]]:
        """The facts of a page of the case."""
        return liste_de((await self.lire(f"{await self.dossier()}{suite}")).objet(), "faits")

    async def refus(self) -> list[tuple[str, Recue]]:
        """A refusal of each kind that needs no case, and what of."""
        if not self._refus:
            recues = [
                (quoi, await self.demander(methode, chemin, entetes=entetes))
                for quoi, methode, chemin, entetes in _REFUSEES
            ]
            recues.append(("d'un dossier inconnu", await self.demander("GET", f"{DOSSIERS}/{uuid4()}")))
            if await self.peut_essayer():
                recues.append(("d'un corps illisible", await self.essayer(TRONQUE)))
                recues.append(("d'un champ à corriger", await self.essayer(self.menage(dette("x")))))
            self._refus = [(quoi, recue) for quoi, recue in recues if recue.statut >= REFUS]
        return self._refus

    async def depart(self) -> PointDeDepart:
        """Where to follow the feed from, to be told of the three facts that are told next."""
        if self._depart is None:
            dossier = await self.dossier()
            reprise = _texte(await self.lire(FLUX), "suivant")
            dits = [dette(MONTANT + rang) for rang in range(FAITS_DITS)]
            recue = (await self.contribuer(*dits)).prealable(201)
            position = recue.objet().get("position")
            attendre = {"Position": f"{position:d}", "Prefer": "wait=5"} if isinstance(position, int) else {}
            self._depart = PointDeDepart(reprise, dossier.rpartition("/")[2], attendre)
        return self._depart


def liste_de(objet: Mapping[str, Any], nom: str) -> list[dict[str, Any]]:
    """A list of objects that an answer has. ``Manquement``: it has none."""
    lue = objet.get(nom)
    if not isinstance(lue, list) or not all(isinstance(element, dict) for element in lue):
        raise Manquement(f"« {nom} » qui n'est pas une liste d'objets", f"« {nom} », une liste d'objets")
    return lue


def _texte(recue: Recue, nom: str) -> str:
    """A text on which a rule goes on."""
    lu = recue.objet().get(nom)
    if not isinstance(lu, str) or not lu:
        raise Impossible(f"l'appel dont elle part n'a pas rendu « {nom} »")
    return lu
