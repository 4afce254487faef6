"""Who asks, as a verified token and the registry say it together."""

from dataclasses import dataclass
from datetime import date

from adapters.identite.jetons import Jeton, JetonRefuse
from adapters.registre.instantane import Habilitation, Instantane, Partenaire
from policies.decision import Agent


@dataclass(frozen=True, slots=True)
class Demandeur:
    """Who asks, as token and registry together say it. ``agent`` is empty for a machine that names nobody."""

    partenaire: Partenaire
    agent: str
    etat: Agent
    habilitation: Habilitation | None
    finalites: frozenset[str]

    @property
    def agent_valide(self) -> str:
        """The agent, if it is known and habilitated today; else nobody."""
        return self.agent if self.etat is Agent.VALIDE else ""

    @property
    def secret(self) -> str:
        """What the habilitation says of professional secrecy."""
        return self.habilitation.secret if self.habilitation is not None else "aucun"


def reconnaitre(jeton: Jeton, registre: Instantane, agent: str | None, le: date) -> Demandeur:
    """The subject of a verified token. A machine's token names its person by the header ``Agent``.

    Purposes are those that the token, the partner and the agent's habilitation all grant. An agent who is unknown or
    whose habilitation has ended is recognised as such: the policies refuse (403). ``JetonRefuse``: the client is not
    this partner's, or the partner is not, or no longer, in the registry.
    """
    partenaire = registre.partenaire(jeton.organisation, le)
    client = jeton.client_id
    if partenaire is None or (client is not None and registre.partenaire_de(client) != partenaire.code):
        raise JetonRefuse("partenaire", "Le jeton ne vient pas d'un partenaire inscrit au registre.")
    if jeton.agent is not None and agent not in (None, jeton.agent):
        raise JetonRefuse("agent_contradictoire", "L'en-tête Agent ne nomme pas la personne du jeton.")
    finalites = jeton.finalites & frozenset(partenaire.finalites)
    nom = jeton.agent or agent or ""
    if not nom:
        return Demandeur(partenaire, "", Agent.ABSENT, None, finalites)
    etat, habilitation = registre.habilitation(partenaire.code, nom, le)
    if habilitation is not None:
        finalites &= frozenset(habilitation.finalites)
    return Demandeur(partenaire, nom, etat, habilitation, finalites)
