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

_DISCORDE: Final = "Les clés de ce dossier ne s'accordent pas avec son histoire : l'exploitant est alerté."
PORTE: Final[Mapping[str, str]] = MappingProxyType(
    {
        "AUTRE_FINALITE": (
            "À cette finalité, votre fonction n'ouvre pas de dossier : rien ne l'y lie à un ménage avant l'ordre du"
            " jour. Changez de finalité, pour celle où vous le connaissez."
        ),
        "acte_double": "Un même acte figure deux fois dans une contribution : dites-le une fois.",
        "annee_en_cours": "Une année s'arrête une fois finie : attendez le 1er janvier qui la suit.",
        "import_interrompu": "L'import s'est arrêté avant sa fin : renvoyez le lot, rien n'y sera compté deux fois.",
        "imports_en_cours": "D'autres imports sont en cours : renvoyez le lot dans un instant.",
        "lot_a_blanc": "Dans un bac à sable, un lot se lit à blanc : ôtez « ecrire=true ».",
        "lot_illisible": "Ce lot n'est pas un fichier qui se lit : « detail » dit pourquoi.",
        "piece_refusee": "Ce fichier n'est pas une pièce que l'on prend : « champs » dit pourquoi.",
        "serie": "Cette série ne s'enregistre pas ainsi : « detail » dit pourquoi.",
        "source_en_defaut": "La source n'a pas répondu comme elle le doit : le relevé reprendra où il en était.",
        "trop_d_ouvertures": "Ce client a ouvert autant de dossiers qu'il le peut dans ce bac à sable.",
        "trop_d_examens": "Cette année compte plus d'examens qu'un bilan n'en fait en une fois.",
        "papier_indisponible": "Ce document n'a pas pu être composé : réessayez.",
        "delai": "Le service n'a pas pu répondre à temps : renvoyez la même requête, avec la même clé.",
        "sature": "Trop de demandes attendent : revenez dans un instant.",
        "base_indisponible": "La base des dossiers ne répond pas : réessayez.",
        "journal_indisponible": "Le journal des accès ne répond pas : rien n'est communiqué.",
        "cles_indisponibles": "Les clés ne sont pas accessibles : rien n'est communiqué.",
        "cle_absente": _DISCORDE,
        "effacement_sans_tombe": _DISCORDE,
        "morceau_absent": "Une pièce de ce dossier n'est plus entière : l'exploitant est alerté.",
        "morceau_altere": "Une pièce de ce dossier n'est plus ce qui fut reçu : l'exploitant est alerté.",
        "politiques_indisponibles": "Les règles d'accès ne répondent pas : tout est refusé.",
        "registre_indisponible": "Le registre des partenaires ne répond pas : tout est refusé.",
        "emetteur_indisponible": "L'émetteur des jetons ne répond pas : réessayez.",
        "regles_alterees": "Les règles gardées d'un jour passé ont changé depuis : rien n'est communiqué.",
        "regles_passees_refusees": "Le serveur de politiques ne prend pas les règles d'un jour passé.",
        "jeton_absent": "Un jeton d'accès est requis : « Authorization: Bearer … ».",
        "jeton_illisible": "Ce jeton n'est pas un jeton d'accès.",
        "jeton_expire": "Le jeton, ou la session, a expiré : demandez-en un autre.",
        "jeton_lie": "Ce jeton est lié à une clé ou à un certificat : présentez-le avec sa preuve.",
        "jeton_libre": "Ce jeton n'est lié à rien : présentez-le sans preuve (« Bearer »).",
        "jeton_sans_lien": "Ce service ne prend que des jetons liés à qui les présente (DPoP ou mTLS).",
        "liaison_inconnue": "Ce jeton est lié autrement que par une clé DPoP ou un certificat.",
        "algorithme": "L'algorithme de ce jeton n'est pas admis.",
        "signature": "La signature de ce jeton n'est pas celle de son émetteur.",
        "cle_inconnue": "Ce jeton est signé d'une clé que son émetteur ne publie pas.",
        "emetteur": "L'émetteur de ce jeton n'est pas reconnu.",
        "entete_critique": "Ce jeton demande des extensions que ce service ne connaît pas.",
        "revendications": "Ce jeton n'est pas pour ce service, ou ne dit pas tout ce qu'il doit dire.",
        "partenaire_inconnu": "Ce client n'est pas, ou n'est plus, celui d'un partenaire du registre.",
        "agent_contradictoire": "L'en-tête Agent ne nomme pas la personne du jeton.",
        "preuve_absente": "La preuve de possession manque : un en-tête « DPoP ».",
        "preuve_multiple": "Une requête porte une preuve de possession, et une seule.",
        "preuve_illisible": "La preuve de possession ne se lit pas.",
        "preuve_algorithme": "L'algorithme de la preuve de possession n'est pas admis.",
        "preuve_cle": "La clé de la preuve de possession n'est pas une clé publique admise.",
        "preuve_signature": "La signature de la preuve de possession n'est pas celle de sa clé.",
        "preuve_autre_cle": "La preuve de possession est d'une autre clé que celle du jeton.",
        "preuve_adresse": "La preuve de possession est d'une autre requête (« htm », « htu »).",
        "preuve_date": "La preuve de possession est trop vieille, ou d'un moment à venir (« iat »).",
        "preuve_jeton": "La preuve de possession est d'un autre jeton (« ath »).",
        "preuve_jti": "La preuve de possession n'a pas d'identifiant qui convienne (« jti »).",
        "preuve_rejouee": "La preuve de possession a déjà servi.",
        "certificat": "Ce jeton est lié à un autre certificat que celui de la connexion.",
        "certificat_absent": "Ce jeton est lié à un certificat : présentez-le à la connexion.",
    }
)
"""What the door answers by itself, before or beside the rules: of the service, of a lot, of a file, of a token.

What is sent by mistake at a field has ``CODES``; what the rules refuse has the rules' own reasons.
"""

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
