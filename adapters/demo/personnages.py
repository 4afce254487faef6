"""Who one can sign in as in the demonstration: fictitious partners, and one named agent for each."""

from dataclasses import dataclass
from typing import Final

from adapters.demo.departement import BAILLEURS_PRIVES, BAILLEURS_SOCIAUX, ETUDES, siret


@dataclass(frozen=True, slots=True)
class Personnage:
    """An agent of a partner. ``territoire`` and ``communes``: as in the registry.

    ``portefeuille``: SIRETs of the landlords whose tenants it follows. ``secret``: what its habilitation says of
    professional secrecy. ``pages``: it signs in to the pages; the others are machines that call the API.
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
    pages: bool = False


PERSONNAGES: Final = (
    Personnage(
        "drihl93-ccapex",
        siret(1),
        "DRIHL 93, secrétariat de la CCAPEX",
        "CCAPEX_INSTRUCTEUR",
        "instructrice-ccapex",
        "instructrice de la CCAPEX",
        ("CCAPEX_ADMINISTRATIVE", "CCAPEX_INSTRUCTION", "COORDINATION_CONTACTS"),
        territoire="departement",
        pages=True,
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
        pages=True,
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
        "cd93-ssd-bobigny",
        siret(4),
        "Département, service social de Bobigny",
        "CD_TRAVAILLEUR_SOCIAL",
        "assistante-sociale",
        "assistante de service social",
        ("ACCOMPAGNEMENT", "DSF", "COORDINATION_CONTACTS"),
        territoire="communes",
        communes=("93008", "93010", "93053"),
        secret="profession",  # noqa: S106 - likewise
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
    ),
    Personnage(
        "ville-bobigny-clil",
        siret(6),
        "Ville de Bobigny, secrétariat de la CLIL",
        "CLIL_SECRETARIAT",
        "secretaire-clil",
        "secrétaire de la CLIL",
        ("CLIL_EXAMEN",),
        territoire="communes",
        communes=("93008",),
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
        ("AIDE_INSTRUCTION", "COORDINATION_CONTACTS"),
        territoire="departement",
    ),
)
"""Each sees another truth about the same household."""
