"""Who one can sign in as in the demonstration: fictitious partners, one named agent for each; and a tenant."""

from dataclasses import dataclass, replace
from typing import Final

from adapters.demo.departement import BAILLEURS_PRIVES, BAILLEURS_SOCIAUX, ETUDES, PATRIMOINE, siret


@dataclass(frozen=True, slots=True)
class Personnage:
    """An agent of a partner. ``territoire`` and ``communes``: as in the registry.

    ``portefeuille``: SIRETs of the landlords whose tenants it follows. ``secret``: what its habilitation says of
    professional secrecy. ``lecture``: where it reads the household of the example, for the first of its purposes.
    """

    partenaire: str
    siret: str
    organisation: str
    role: str
    agent: str
    fonction: str
    finalites: tuple[str, ...]
    territoire: str = "aucun"
    communes: tuple[str, ...] = ()
    portefeuille: tuple[str, ...] = ()
    secret: str = "aucun"  # noqa: S105 - professional secrecy, not a password
    lecture: str = "/v1/dossiers/{dossier}"


_PREMIERS: Final = (
    Personnage(
        "drihl93-ccapex",
        siret(1),
        "DRIHL 93, secrétariat de la CCAPEX",
        "CCAPEX_INSTRUCTEUR",
        "instructrice-ccapex",
        "instructrice de la CCAPEX",
        ("CCAPEX_INSTRUCTION", "CCAPEX_ADMINISTRATIVE", "COORDINATION_CONTACTS", "STATISTIQUE"),
        territoire="departement",
        lecture="/v1/vues/ccapex/{dossier}",
    ),
    Personnage(
        "dpo-conjoint",
        siret(2),
        "Délégué à la protection des données",
        "DPO",
        "dpo",
        "délégué à la protection des données",
        ("CONTROLE", "DROITS_PERSONNE"),
        territoire="departement",
    ),
    Personnage(
        "responsables-conjoints",
        siret(3),
        "Responsables conjoints du traitement",
        "RESPONSABLE_TRAITEMENT",
        "responsable",
        "représentante des responsables du traitement",
        ("DROITS_PERSONNE",),
        territoire="departement",
    ),
    Personnage(
        "cd93-ssd-saint-denis",
        siret(4),
        "Département, service social de Saint-Denis",
        "CD_TRAVAILLEUR_SOCIAL",
        "assistante-sociale",
        "assistante de service social",
        ("ACCOMPAGNEMENT", "DSF", "COORDINATION_CONTACTS"),
        territoire="communes",
        communes=tuple(PATRIMOINE),
        secret="profession",  # noqa: S106 - professional secrecy, not a password
    ),
    Personnage(
        "cd93-fsl",
        siret(8),
        "Département, fonds de solidarité pour le logement",
        "CD_FSL",
        "instructeur-fsl",
        "instructeur du fonds de solidarité",
        ("AIDE_INSTRUCTION", "DSF"),
        territoire="departement",
    ),
    Personnage(
        "sp-saint-denis-comex",
        siret(5),
        "Sous-préfecture de Saint-Denis",
        "PREFECTURE_CFP",
        "cheffe-de-bureau",
        "cheffe du bureau du logement",
        ("CFP_INSTRUCTION",),
        territoire="communes",
        communes=("93001", "93027", "93031", "93039", "93066", "93070", "93072", "93079"),
        lecture="/v1/vues/comex/{dossier}",
    ),
    Personnage(
        "police-saint-denis",
        siret(9),
        "Commissariat de Saint-Denis",
        "POLICE",
        "enqueteur",
        "enquêteur",
        ("CFP_INSTRUCTION",),
        territoire="communes",
        communes=tuple(PATRIMOINE),
        lecture="/v1/vues/comex/{dossier}",
    ),
    Personnage(
        "ville-saint-denis-clil",
        siret(6),
        "Ville de Saint-Denis, secrétariat de la CLIL",
        "CLIL_SECRETARIAT",
        "secretaire-clil",
        "secrétaire de la CLIL",
        ("CLIL_EXAMEN",),
        territoire="communes",
        communes=("93066",),
        lecture="/v1/vues/clil/{dossier}",
    ),
    Personnage(
        "oph-fictif-1-contentieux",
        BAILLEURS_SOCIAUX[0][0],
        BAILLEURS_SOCIAUX[0][1],
        "BAILLEUR_SOCIAL",
        "gestionnaire-contentieux",
        "chargée du contentieux locatif",
        ("ACTE_EMISSION", "ACTE_RECEPTION", "COORDINATION_CONTACTS"),
        portefeuille=(BAILLEURS_SOCIAUX[0][0],),
    ),
    Personnage(
        "sci-fictive-1",
        BAILLEURS_PRIVES[0][0],
        BAILLEURS_PRIVES[0][1],
        "BAILLEUR_PRIVE",
        "gerant",
        "gérant",
        ("ACTE_EMISSION", "ACTE_RECEPTION"),
        portefeuille=(BAILLEURS_PRIVES[0][0],),
    ),
    Personnage(
        "etude-fictive-1",
        ETUDES[0],
        "Étude fictive 1",
        "COMMISSAIRE_JUSTICE",
        "clerc",
        "clerc significateur",
        ("ACTE_EMISSION", "ACTE_RECEPTION"),
    ),
    Personnage(
        "caf93",
        siret(7),
        "CAF",
        "CAF",
        "conseiller-caf",
        "conseiller impayés",
        ("COORDINATION_CONTACTS", "AIDE_INSTRUCTION", "ACTE_EMISSION"),
        territoire="departement",
    ),
    Personnage(
        "locataire-du-dossier-exemple",
        "",
        "Compte d'une personne concernée",
        "USAGER",
        "locataire",
        "la locataire elle-même",
        ("DROITS_PERSONNE",),
    ),
)
_INSTRUCTRICE, _, _RESPONSABLE = _PREMIERS[:3]
PERSONNAGES: Final = (
    *_PREMIERS,
    replace(_INSTRUCTRICE, agent="secretaire-ccapex", fonction="secrétaire de la CCAPEX"),
    replace(_RESPONSABLE, agent="responsable-adjoint", fonction="représentant adjoint des responsables"),
)
"""Each sees another truth about the same household. An erasure takes two persons of the controllers: here they are."""


@dataclass(frozen=True, slots=True)
class TientLeRegistre:
    """Who administers the registry of the demonstration: an agent of a partner, who is habilitated for no case."""

    partenaire: str
    organisation: str
    agent: str
    fonction: str


ADMINISTRATEURS: Final = (
    TientLeRegistre(
        _RESPONSABLE.partenaire, _RESPONSABLE.organisation, "administratrice-registre", "administratrice du registre"
    ),
    TientLeRegistre(
        _INSTRUCTRICE.partenaire,
        _INSTRUCTRICE.organisation,
        "administrateur-adjoint",
        "administrateur adjoint du registre",
    ),
)


def personnage(agent: str) -> Personnage:
    """The person of that name: no two have the same."""
    return next(p for p in PERSONNAGES if p.agent == agent)
