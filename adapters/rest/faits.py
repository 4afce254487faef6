"""A fact as it is read: the same head for all, and what is shown of its fields.

Each type of event has its fields described once, as they are sent; read, they are left out or generalised, never null.
"""

from collections.abc import Mapping
from typing import Final

from pydantic import TypeAdapter

from adapters.gate.saisie import Article
from adapters.rest.schema import (
    BOOLEEN,
    HEURE,
    INSTANT,
    INSTANT_EXEMPLE,
    JOUR,
    TEXTE,
    UUID,
    Forme,
    Schema,
    dit,
    objet,
    ou_rien,
)
from ledger.droit.listes import codes

PRECISIONS: Final[Mapping[str, tuple[Schema, str, str]]] = {
    "heure": (HEURE, "l'heure de ce jour, à Paris, s'il y en a une : d'une audience, d'une expulsion", "14:30"),
    "motif_correction": ({"enum": list(codes("motif_correction"))}, "pourquoi il en corrige un autre", "ERREUR_SAISIE"),
    "reference_legale": (
        TypeAdapter(Article).json_schema(),
        "l'article au titre duquel il est dit, et rien d'autre",
        "loi 89-462 art. 24 III",
    ),
}
"""What is said of some facts only, beside what they tell: a schema, its words, an example."""

AUTEUR: Final = Forme(
    "Auteur",
    objet(
        "Qui a dit un fait",
        {
            "organisation": dit(TEXTE, "nom du partenaire, ou « un partenaire »", "OPH SYNTHÈSE 16"),
            "role": dit(ou_rien(TEXTE), "son rôle au registre, s'il vous est communiqué", "BAILLEUR_SOCIAL"),
            "systeme": dit({"enum": ["EXPLOC", "PARTENAIRE"]}, "d'où nous le tenons", "PARTENAIRE"),
        },
    ),
)
TETE: Final[Mapping[str, Schema]] = {
    "id": dit(UUID, "identifiant de l'événement, à citer pour le corriger"),
    "type": dit(TEXTE, "type d'événement", "DetteDeclaree"),
    "libelle": dit(TEXTE, "le même, en français", "Dette locative déclarée"),
    "survenu_le": dit(JOUR, "quand c'est vrai", "2026-10-31"),
    "enregistre_le": dit(
        ou_rien(INSTANT), "quand cela nous a été dit ; null si seule l'existence vous est communiquée", INSTANT_EXEMPLE
    ),
    "auteur": {**ou_rien(AUTEUR), "description": "qui l'a dit ; null si seule l'existence vous est communiquée"},
    "finalite": dit(ou_rien(TEXTE), "finalité pour laquelle cela a été recueilli", "ACTE_EMISSION"),
    "efface": dit(BOOLEEN, "la personne, ou le ménage, a été effacé", exemple=False),
    "efface_le": dit(ou_rien(JOUR), "quand ; null s'il ne l'est pas, ou si aucun jour n'en est connu", "2026-11-02"),
    "corrige": dit(ou_rien(UUID), "l'événement que celui-ci corrige ou retire"),
    "corrige_par": dit(ou_rien(UUID), "l'événement qui corrige ou retire celui-ci"),
    "dossier": dit(UUID, "présent si le fait est inscrit dans un autre dossier du même ménage"),
    **{nom: dit(schema, mots, exemple) for nom, (schema, mots, exemple) in PRECISIONS.items()},
}
"""What is said of every fact, whatever it tells."""


FACULTATIFS: Final = ("allegue", "dossier", *PRECISIONS)

ALLEGUE: Final = dit(
    {"const": True}, "présent tant que ce lien ne tient qu'à ce que son auteur dit de lui-même", exemple=True
)


FAIT: Final = Forme(
    "Fait",
    objet(
        "Un fait et son auteur",
        {
            **TETE,
            "allegue": ALLEGUE,
            "champs": {
                "type": "object",
                "additionalProperties": True,
                "description": "ce qui vous en est communiqué, par nom de champ, tel que docs/catalogue.md les décrit. "
                "Un champ absent n'a pas été dit, ou ne vous est pas communiqué : rien ne distingue les deux. Si son "
                "groupe vous est ouvert à demi, un texte tient lieu de sa valeur (« de 2 000 à 5 000 € »)",
                "examples": [{"montant": 224770, "arretee_au": "2026-10-31"}],
            },
        },
        facultatifs=FACULTATIFS,
    ),
)
