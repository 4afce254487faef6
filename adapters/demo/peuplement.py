"""Filling the demonstration's registry: its partners, one habilitated agent each, and the sessions to come."""

from datetime import date, timedelta
from typing import Final
from uuid import NAMESPACE_URL, UUID, uuid5

from adapters import registre
from adapters.demo.personnages import PERSONNAGES

PAR: Final = "demonstration"
_ESPACE: Final = uuid5(NAMESPACE_URL, "unefois:demonstration")
_SIEGES: Final = (
    ("CCAPEX", "departement", "drihl93-ccapex"),
    ("CCAPEX", "departement", "caf93"),
    ("CLIL", "commune:93008", "ville-bobigny-clil"),
    ("COMEX", "arrondissement:93003", "sp-saint-denis-comex"),
)


def peupler_registre(url: str, schema: str, le: date) -> None:
    """Inscribe everybody; run again, it changes nothing but the dates of the sessions to come."""
    with registre.administrer(url, PAR, schema) as connexion:
        connus = {(h.partenaire, h.agent) for h in registre.lister_habilitations(connexion)}
        for p in PERSONNAGES:
            registre.inscrire_partenaire(
                connexion,
                registre.Partenaire(
                    p.partenaire, p.siret, p.organisation, p.role, p.finalites, p.territoire, p.communes, p.portefeuille
                ),
            )
            registre.rattacher_client(connexion, client(p.partenaire), p.partenaire)
            if (p.partenaire, p.agent) not in connus:
                registre.habiliter(
                    connexion,
                    registre.Habilitation(
                        _id(p.partenaire, p.agent),
                        p.partenaire,
                        p.agent,
                        p.finalites,
                        p.secret,
                        le,
                        le + timedelta(days=365),
                        PAR,
                    ),
                )
        for instance, lieu, partenaire in _SIEGES:
            registre.asseoir(connexion, registre.Membre(instance, lieu, partenaire, "deliberative"))
            registre.convoquer(
                connexion, registre.Seance(seance(instance), instance, lieu, le, le + timedelta(days=14))
            )


def client(partenaire: str) -> str:
    """The OAuth client of a partner's machine."""
    return f"si-{partenaire}"


def seance(instance: str) -> UUID:
    """The next session of a commission: one of each, always under the same id."""
    return _id("seance", instance)


def _id(*parties: str) -> UUID:
    return uuid5(_ESPACE, "/".join(parties))
