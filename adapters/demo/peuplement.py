"""Filling the demonstration's registry: its partners, one habilitated agent each, and the sessions to come."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Final
from uuid import NAMESPACE_URL, UUID, uuid5

from adapters.demo.personnages import ADMINISTRATEURS, PERSONNAGES, personnage
from adapters.demo.recits import ETUDE, SEANCE_CCAPEX, SEANCE_CLIL
from adapters.registre import administration, instantane

_RESPONSABLE: Final = next(p for p in PERSONNAGES if p.role == "RESPONSABLE_TRAITEMENT")
PAR: Final = f"{_RESPONSABLE.partenaire}/{_RESPONSABLE.agent}"
"""Who changes the registry of the demonstration: the first to be inscribed, and habilitated."""
_INSTRUCTRICE: Final = next(p.agent for p in PERSONNAGES if p.role == "CCAPEX_INSTRUCTEUR")
_COMPTE: Final = next(p.partenaire for p in PERSONNAGES if p.role == "USAGER")
_ESPACE: Final = uuid5(NAMESPACE_URL, "unefois:demonstration")
_DEPUIS: Final = date(2022, 1, 1)
_INSTANCES: Final = (
    instantane.Instance(
        "ccapex-93", "CCAPEX de Seine-Saint-Denis", "CCAPEX", "ARTICLE_7_2", ("departement",), "drihl93-ccapex",
        date(2011, 1, 10), "Loi 90-449 art. 7-2 ; arrêté conjoint du 10 janvier 2011", "STATED",
    ),
    instantane.Instance(
        "clil-saint-denis", "CLIL de Saint-Denis", "CLIL", "AUCUN", ("commune:93066",), "ville-saint-denis-clil",
        _DEPUIS, "Charte 93, partie II B", "INFERRED",
    ),
    instantane.Instance(
        "comex-saint-denis", "COMEX de Saint-Denis", "COMEX", "AUCUN", ("arrondissement:93003",),
        "sp-saint-denis-comex", _DEPUIS, "Charte 93, partie II B", "INFERRED",
    ),
)  # fmt: skip
_SIEGES: Final = (
    ("CCAPEX", "instance:ccapex-93", "drihl93-ccapex"),
    ("CCAPEX", "instance:ccapex-93", "caf93"),
    ("CLIL", "instance:clil-saint-denis", "ville-saint-denis-clil"),
    ("COMEX", "instance:comex-saint-denis", "sp-saint-denis-comex"),
)
_TENUES: Final = (("CLIL", SEANCE_CLIL), ("CCAPEX", SEANCE_CCAPEX))
Convoquees = Mapping[tuple[str, date | None], tuple[UUID, date]]


def peupler_registre(url: str, schema: str, le: date) -> None:
    """Inscribe everybody; run again, it changes nothing but the dates of the sessions to come."""
    with administration.administrer(url, PAR, schema) as connexion:
        connus = administration.consulter(connexion)
        for p in sorted(PERSONNAGES, key=lambda p: p is not _RESPONSABLE):
            administration.inscrire_partenaire(
                connexion,
                instantane.Partenaire(
                    p.partenaire, p.siret, p.organisation, p.role, p.finalites, p.territoire, p.communes, p.portefeuille
                ),
            )
            administration.rattacher_client(connexion, client(p.partenaire), p.partenaire)
            if connus.habilitation(p.partenaire, p.agent, le) is None:
                administration.habiliter(
                    connexion,
                    instantane.Habilitation(
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
        for a in ADMINISTRATEURS:
            if connus.administrateur(a.partenaire, a.agent, le) is None:
                fin = le + timedelta(days=365)
                administration.nommer_administrateur(
                    connexion, instantane.Administrateur(a.partenaire, a.agent, le, fin, PAR)
                )
        for commission in _INSTANCES:
            administration.instituer(connexion, commission)
        lieux = {instance: lieu for instance, lieu, _ in _SIEGES}
        for instance, lieu, partenaire in _SIEGES:
            administration.asseoir(connexion, instantane.Membre(instance, lieu, partenaire, "deliberative"))
        for (instance, _), (id_, jour) in seances(le).items():
            convoquee = jour - timedelta(days=14)
            administration.convoquer(connexion, instantane.Seance(id_, instance, lieux[instance], convoquee, jour))


def confirmer_mandats(url: str, schema: str, exemple: UUID, titulaire: UUID, le: date) -> None:
    """The CCAPEX instructeur confirms that the étude acts in this case, and whose account that of the household is."""
    with administration.administrer(url, PAR, schema) as connexion:
        for partenaire, personne in ((personnage(ETUDE).partenaire, None), (_COMPTE, titulaire)):
            mandat = instantane.Mandat(
                partenaire, exemple, _INSTRUCTRICE, le, le + timedelta(days=365), personne=personne
            )
            administration.confirmer_mandat(connexion, mandat)


def client(partenaire: str) -> str:
    """The OAuth client of a partner's machine."""
    return f"si-{partenaire}"


def seance(instance: str) -> UUID:
    """The next session of a commission: one of each, always under the same id."""
    return _id("seance", instance)


def seances(le: date) -> Convoquees:
    """The sessions by instance and, where it was held, date: id and date of each. The next ones are in a fortnight."""
    prochaines = {(i, None): (seance(i), le + timedelta(days=14)) for i in dict.fromkeys(i for i, _, _ in _SIEGES)}
    return prochaines | {(i, jour): (_id("seance", i, jour.isoformat()), jour) for i, jour in _TENUES}


def _id(*parties: str) -> UUID:
    return uuid5(_ESPACE, "/".join(parties))
