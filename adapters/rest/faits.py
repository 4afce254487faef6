"""A fact as it is read, one schema per type of event: fields are left out or generalised, never null."""

from collections.abc import Mapping
from typing import Final

from pydantic import TypeAdapter

from adapters.gate.masques import MASQUES, entier
from adapters.gate.plan import LIANTS
from adapters.gate.saisie import Article
from adapters.rest.schema import (
    HEURE,
    INSTANT,
    INSTANT_EXEMPLE,
    JOUR,
    TEXTE,
    UUID,
    UUID_EXEMPLE,
    Forme,
    Schema,
    dit,
    liste,
    objet,
    ou_rien,
    ref,
)
from ledger.catalogue import Evenement, catalogue, champs
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

TETE: Final[Mapping[str, Schema]] = {
    "id": dit(UUID, "identifiant de l'événement, à citer pour le corriger", UUID_EXEMPLE),
    "type": dit(TEXTE, "type d'événement : voir GET /v1/nomenclatures", "DetteDeclaree"),
    "libelle": dit(TEXTE, "le même, en français", "Dette locative déclarée"),
    "survenu_le": dit(JOUR, "quand c'est vrai", "2026-10-31"),
    "enregistre_le": dit(
        ou_rien(INSTANT), "quand cela nous a été dit ; null si seule l'existence vous est communiquée", INSTANT_EXEMPLE
    ),
    "auteur": ou_rien(
        objet(
            "Qui l'a dit ; null si seule l'existence vous est communiquée",
            {
                "organisation": dit(TEXTE, "nom du partenaire, ou « un partenaire »", "OPH SYNTHÈSE 16"),
                "role": dit(ou_rien(TEXTE), "son rôle au registre, s'il vous est communiqué", "BAILLEUR_SOCIAL"),
                "systeme": dit({"enum": ["EXPLOC", "PARTENAIRE"]}, "d'où nous le tenons", "PARTENAIRE"),
            },
        )
    ),
    "finalite": dit(ou_rien(TEXTE), "finalité pour laquelle cela a été recueilli", "ACTE_EMISSION"),
    "efface": dit(
        {"anyOf": [{"const": False}, TEXTE]}, "false, ou « effacé le … » si la personne l'a été", "effacé le 2 novembre"
    ),
    "corrige": dit(ou_rien(UUID), "l'événement que celui-ci corrige ou retire", None),
    "corrige_par": dit(ou_rien(UUID), "l'événement qui corrige ou retire celui-ci", None),
    "dossier": dit(UUID, "présent si le fait est inscrit dans un autre dossier du même ménage", UUID_EXEMPLE),
    **{nom: dit(schema, mots, exemple) for nom, (schema, mots, exemple) in PRECISIONS.items()},
}
"""What is said of every fact, whatever it tells."""


FACULTATIFS: Final = ("allegue", "dossier", *PRECISIONS)

ALLEGUE: Final = dit(
    {"const": True}, "présent tant que ce lien ne tient qu'à ce que son auteur dit de lui-même", exemple=True
)


def _lu(nom: str, cls: type[Evenement]) -> Schema:
    lus = {}
    for champ, decrit in champs(cls).items():
        tel_quel = {"$ref": f"#/components/schemas/{nom}.donnees/properties/{champ}"}
        reduit = _reduit(decrit.groupe or "", champ)
        lus[champ] = {"anyOf": [tel_quel, reduit]} if reduit else tel_quel
    contenu = objet("Ce qui vous en est communiqué", lus, facultatifs=tuple(lus))
    marque = {"allegue": ALLEGUE} if issubclass(cls, LIANTS) else {}
    return objet(cls.LIBELLE, {**TETE, **marque, "type": {"const": nom}, "champs": contenu}, facultatifs=FACULTATIFS)


def _reduit(groupe: str, champ: str) -> Schema | None:
    """What stands in the place of a value where its group is opened by half; None if nothing ever does."""
    if (groupe, champ) == ("F03", "annees_naissance_enfants"):
        return dit(liste(TEXTE), "par tranche d'âge, si le groupe vous est ouvert à demi", ["3 à 5 ans"])
    fonctions = [masques[champ] for (g, _), masques in MASQUES.items() if g == groupe and champ in masques]
    if all(entier(fonction) for fonction in fonctions):
        return None
    return dit(TEXTE, "par tranche ou par oui ou non, si le groupe vous est ouvert à demi", "de 2 000 à 5 000 €")


def _fait() -> Schema:
    lus = {nom: Forme(f"{nom}.lu", _lu(nom, cls)) for nom, cls in catalogue().items()}
    return {
        "description": "Un fait et son auteur. Un champ absent n'a pas été dit, ou ne vous est pas communiqué : "
        "rien ne distingue les deux.",
        "discriminator": {
            "propertyName": "type",
            "mapping": {nom: ref(forme.nom)["$ref"] for nom, forme in lus.items()},
        },
        "oneOf": list(lus.values()),
    }


FAIT: Final = Forme("Fait", _fait)
