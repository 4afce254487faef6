"""Who asks, as a verified token and the registry say it together."""

from dataclasses import dataclass, field, replace
from datetime import date
from typing import Final

from adapters.identite.jetons import Jeton
from adapters.identite.refus import JetonRefuse, Titulaire
from adapters.registre.instantane import Habilitation, Instantane, Partenaire
from ledger.cache import Cache
from policies.decision import Agent

_OCTETS_GARDES: Final = 4 * 1024 * 1024
_OCTETS_PAR_SUJET: Final = 2048
"""What a subject and its token hold, on the high side."""


@dataclass(frozen=True, slots=True)
class Demandeur:
    """Who asks, as token and registry together say it. ``agent`` is empty for a machine that names nobody.

    ``client``: through which one, None for our own pages; what is decided does not depend on it.
    """

    partenaire: Partenaire
    agent: str
    etat: Agent
    habilitation: Habilitation | None
    finalites: frozenset[str]
    client: str | None = field(default=None, compare=False)

    @property
    def agent_valide(self) -> str:
        """The agent, if it is known and habilitated today; else nobody."""
        return self.agent if self.habilitation is not None else ""

    @property
    def secret(self) -> str:
        """What the habilitation says of professional secrecy."""
        return self.habilitation.secret if self.habilitation is not None else "aucun"


def reconnaitre(jeton: Jeton, registre: Instantane, agent: str | None, le: date) -> Demandeur:
    """The subject of a verified token. A machine names a person by the header ``Agent``, which is but its word.

    Purposes are those that the token, the partner and the agent's habilitation all grant. An agent who is unknown or
    whose habilitation has ended is recognised as such: the policies refuse (403). ``JetonRefuse``: the client is not
    this partner's, or the partner is not, or no longer, in the registry; whose token it is, it says.
    """
    partenaire, client = registre.partenaires.get(jeton.organisation), registre.clients.get(jeton.client_id or "")
    siens = client is not None and client.partenaire == jeton.organisation
    if partenaire is None or not (siens or jeton.client_id is None):
        raise JetonRefuse("partenaire_inconnu", "Le jeton ne vient pas d'un partenaire inscrit au registre.")
    titulaire = titulaire_de(partenaire, jeton.agent or "", registre)
    if registre.partenaire(partenaire.code, le) is None or (client is not None and client.retire_le is not None):
        raise JetonRefuse("partenaire_inconnu", "Ce partenaire est suspendu, ou ce client lui est retiré.", titulaire)
    if jeton.agent is not None and agent not in (None, jeton.agent):
        raise JetonRefuse("agent_contradictoire", "L'en-tête Agent ne nomme pas la personne du jeton.", titulaire)
    finalites = jeton.finalites & frozenset(partenaire.finalites)
    nom = jeton.agent or agent or ""
    if not nom:
        return Demandeur(partenaire, "", Agent.ABSENT, None, finalites, jeton.client_id)
    sujet = nommer(partenaire, nom, finalites, registre, le)
    prouve = sujet.etat is Agent.NOMME and jeton.agent is not None
    return replace(sujet, etat=Agent.PROUVE if prouve else sujet.etat, client=jeton.client_id)


class Reconnus:
    """The subjects recognised last, by token: good for the same registry and the same day, and for no other.

    A token is known by its object, which ``Identites`` keeps: to compare what two tokens state would cost as much as to
    recognise one anew.
    """

    def __init__(self) -> None:
        self._gardes: Cache[tuple[int, str | None], tuple[Jeton, int, date, Demandeur]] = Cache(_OCTETS_GARDES)

    def reconnaitre(self, jeton: Jeton, registre: Instantane, agent: str | None, le: date) -> Demandeur:
        """The same as ``reconnaitre``, which is asked once."""
        cle = (id(jeton), agent)
        garde = self._gardes.get(cle)
        # The token itself is kept: nobody else is at its address as long as it is.
        if garde is not None and garde[0] is jeton and garde[1] == registre.revision and garde[2] == le:
            return garde[3]
        sujet = reconnaitre(jeton, registre, agent, le)
        self._gardes.put(cle, (jeton, registre.revision, le, sujet), _OCTETS_PAR_SUJET + len(agent or ""))
        return sujet


def titulaire_de(partenaire: Partenaire, agent: str, registre: Instantane) -> Titulaire:
    """Whose a valid token is: its partner, and its agent if the registry has that name."""
    return Titulaire(partenaire.code, partenaire.role, agent if registre.connait(partenaire.code, agent) else "")


def nommer(partenaire: Partenaire, agent: str, finalites: frozenset[str], registre: Instantane, le: date) -> Demandeur:
    """The subject that a partner's machine names: this agent, as far as the registry habilitates it on that day."""
    habilitation = registre.habilitation(partenaire.code, agent, le)
    if habilitation is None:
        etat = Agent.EXPIRE if registre.connait(partenaire.code, agent) else Agent.INCONNU
        return Demandeur(partenaire, agent, etat, None, finalites)
    return Demandeur(partenaire, agent, Agent.NOMME, habilitation, finalites & frozenset(habilitation.finalites))
