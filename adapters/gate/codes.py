"""What may be wrong with one field: stable codes of ours, whatever library reads the value, each with its sentence.

Those of the door are written here; those that the case refuses an act with (``ActeRefuse``) are the ledger's.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from ledger.dossier.refus import REFUS
from ledger.droit import obstacles

INADMIS: Final[Mapping[str, str]] = {
    "vide": "Ce fichier est vide : renvoyez la pièce elle-même.",
    "genre": "Ce fichier n'est ni un PDF, ni une image JPEG ou PNG : enregistrez la pièce en PDF, puis renvoyez-la.",
    "executable": "Ce fichier est un programme, quel que soit son nom : envoyez la pièce elle-même, en PDF.",
    "archive": "Ce fichier en contient d'autres (archive, document bureautique) : enregistrez chaque pièce en PDF.",
    "page": "Ce fichier est une page ou un dessin qui s'exécute (HTML, SVG, XML) : imprimez-le en PDF.",
    "double_nature": (
        "Ce fichier se lit comme deux fichiers à la fois, ou continue après sa fin : enregistrez-le de nouveau depuis"
        " son logiciel, puis renvoyez-le."
    ),
    "contenu_actif": (
        "Ce PDF contient un programme, un fichier joint, un formulaire à envoyer ou un contenu animé : imprimez-le en"
        " PDF, puis renvoyez le résultat."
    ),
    "chiffre": "Ce PDF est protégé par un mot de passe ou chiffré : enregistrez-le sans protection.",
    "demesure": (
        "Une fois ouvert, ce fichier prendrait une place démesurée : numérisez la pièce à 300 points par pouce."
    ),
    "abime": "Ce fichier est abîmé ou incomplet : enregistrez-le de nouveau en PDF, JPEG ou PNG, puis renvoyez-le.",
}
"""By the reason why a file is not taken, what is said of it."""
CODES: Final = MappingProxyType(
    {
        **INADMIS,
        "absent": "Ce champ est obligatoire.",
        "acte_hors_liste": "Cet acte n'est pas de ceux qui se simulent.",
        "article": "Un article de loi, et lui seul, est attendu.",
        "autre": "L'autre dossier n'est pas à votre portée.",
        "booleen_attendu": "true ou false est attendu.",
        "caractere": "Ce texte contient un caractère interdit.",
        "champ_en_trop": "Ce champ n'est pas admis ici.",
        "cle": "Une clé d'idempotence est attendue.",
        "code": "Ce code n'a pas cours à la date de l'événement.",
        "code_errone": "Ce n'est pas le code qui a été envoyé à cette adresse.",
        "courriel": "Rien ne peut être envoyé à cette adresse.",
        "date_attendue": "Une date AAAA-MM-JJ est attendue.",
        "destinataire": "Ce partenaire ne répond pas de cela.",
        "donnee": "Cette donnée n'est pas de celles qui se demandent.",
        "double": "Un même champ est donné deux fois.",
        "entier_attendu": "Un nombre entier est attendu (les montants sont en centimes).",
        "enum_inconnu": "Cette valeur n'est pas dans la nomenclature : voir GET /v1/nomenclatures.",
        "fait": "Ce fait n'est pas de ceux qui se trient.",
        "fixe": "Ce champ est fixé par le service.",
        "geste": "Ce geste n'est pas de ce genre d'abonnement.",
        "heure": "Une heure HH:MM est attendue.",
        "hors_finalite": "Cette finalité ne vous ouvre pas cette donnée.",
        "id_rpls": "Ce numéro de logement social n'en est pas un.",
        "invalide": "Cette valeur n'est pas valable.",
        "json": "Le corps de la requête n'est pas du JSON en UTF-8.",
        "liste_attendue": "Une liste est attendue.",
        "liste_courte": "Cette liste est trop courte.",
        "liste_longue": "Cette liste est trop longue.",
        "nir": "Ce champ contient un numéro de sécurité sociale : retirez-le.",
        "nom": "Ce nom ne se lit pas.",
        "objet_attendu": "Un objet JSON est attendu.",
        "partenaire": "Aucun partenaire du registre ne porte ce code.",
        "profondeur": "Ces données sont trop imbriquées.",
        "reference": "Cette référence n'en est pas une.",
        "seance": "Cette séance n'est pas convoquée, ou pas à cette date.",
        "seule": "Cela se dit seul, dans une contribution à part.",
        "siret": "Ce SIRET n'est pas le vôtre.",
        "source": "Ce qui vient d'EXPLOC passe par l'import d'un lot.",
        "texte_attendu": "Un texte est attendu.",
        "texte_court": "Ce texte est trop court.",
        "texte_long": "Ce texte est trop long.",
        "trop_bas": "Cette valeur est trop petite.",
        "trop_haut": "Cette valeur est trop grande.",
        "url": "Rien ne peut être livré à cette adresse.",
        "uuid_attendu": "Un identifiant UUID est attendu.",
        "vide_attendu": "Ce champ doit rester vide.",
    }
)
"""By code, what it means. An answer may say it more precisely, where it knows more."""

_OBSTACLES: Final = {o.code.lower(): o.phrase.partition(" : ") for o in obstacles.historique()}
DU_DOSSIER: Final[Mapping[str, tuple[str, str]]] = MappingProxyType(
    {**REFUS, **{code: (cause, remede) for code, (cause, _, remede) in _OBSTACLES.items()}}
)
"""By code of a case that does not allow an act, what is refused, and what to do. An obstacle's: its last row."""

_DU_LECTEUR: Final = MappingProxyType(
    {
        "missing": "absent",
        "bool_type": "booleen_attendu",
        "extra_forbidden": "champ_en_trop",
        "unexpected_keyword_argument": "champ_en_trop",
        "int_type": "entier_attendu",
        "int_from_float": "entier_attendu",
        "literal_error": "enum_inconnu",
        "enum": "enum_inconnu",
        "list_type": "liste_attendue",
        "tuple_type": "liste_attendue",
        "too_short": "liste_courte",
        "too_long": "liste_longue",
        "dataclass_type": "objet_attendu",
        "string_type": "texte_attendu",
        "string_too_short": "texte_court",
        "string_too_long": "texte_long",
        "greater_than_equal": "trop_bas",
        "less_than_equal": "trop_haut",
        "none_required": "vide_attendu",
    }
)


def code_de(genre: str) -> str:
    """Our code for what the library that reads values calls it."""
    prefixe = genre.partition("_")[0]
    return _DU_LECTEUR.get(genre, {"date": "date_attendue", "uuid": "uuid_attendu"}.get(prefixe, "invalide"))
