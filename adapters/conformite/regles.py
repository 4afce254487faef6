"""The rules: one row each, in the order in which they are tried. A number is never given to another rule.

The last one looks at all that the others were answered.
"""

from collections.abc import Awaitable, Callable
from enum import Enum
from typing import Final, NamedTuple

from adapters.conformite import (
    document,
    droits,
    ecritures,
    envois,
    horloges,
    lectures,
    pieces,
    possession,
    refus,
    suites,
    une_fois,
)
from adapters.conformite.essai import Essai
from adapters.conformite.serveur import Manquement


class Demande(Enum):
    """What a rule asks for beside a token, and what is said where it is not given."""

    DOSSIER = "elle demande un dossier : --dossier, ou --ecrire"
    ETRANGER = "elle demande un agent à qui ce dossier est caché : --etranger"
    ECRITURE = "elle demande d'écrire : --ecrire"
    LIE = "elle demande un jeton lié à une clé : DPOP_JETON et DPOP_CLE"
    PERSONNE = "elle demande un dossier à lire et la personne dont il est : --personne"


class RegleDuContrat(NamedTuple):
    """A rule: what it says, by which text, what looks whether it is kept, what that asks for."""

    numero: int
    phrase: str
    texte: str
    verifier: Callable[[Essai], Awaitable[None]]
    demandes: tuple[Demande, ...] = ()


async def jamais_5xx(essai: Essai) -> None:
    """Of all that was sent, nothing broke the server. It is looked at last."""
    await essai.refus()
    if pannes := essai.serveur.pannes:
        raise Manquement(", ".join(sorted(set(pannes))[:5]), "aucune réponse 5xx, sinon 503 avec Retry-After")


_DOSSIER: Final = (Demande.DOSSIER,)
_ETRANGER: Final = (Demande.DOSSIER, Demande.ETRANGER)
_ECRITURE: Final = (Demande.ECRITURE,)
_LIE: Final = (Demande.LIE,)
_PERSONNE: Final = (Demande.PERSONNE,)

REGLES_DU_CONTRAT: Final = (
    RegleDuContrat(
        1, "Sans jeton, ou sous un jeton inconnu : 401, avec WWW-Authenticate",
        "RFC 9110, 11.6.1 ; RFC 6750, 3", refus.sans_jeton,
    ),
    RegleDuContrat(
        2, "Sans finalité : 400, « finalite_manquante »", "RGPD, article 5, 1, b", refus.finalite_manquante
    ),
    RegleDuContrat(
        3, "Une finalité qui n'existe pas n'ouvre rien : 403", "RGPD, article 5, 1, b", refus.finalite_inconnue
    ),
    RegleDuContrat(4, "Un refus est un document de problème", "RFC 9457, 3", refus.genre_de_probleme),
    RegleDuContrat(
        5, "Il dit type, titre, statut, phrase, code et remède ; son statut est celui de la réponse",
        "RFC 9457, 3.1", refus.membres_de_probleme,
    ),
    RegleDuContrat(6, "Son type mène à une page qui se lit sans jeton", "RFC 9457, 3.1.1", refus.type_de_probleme),
    RegleDuContrat(
        7, "Son type est au catalogue des erreurs, sous son statut", "RFC 9457, 4", refus.catalogue_des_erreurs
    ),
    RegleDuContrat(
        8, "La trace d'une requête est celle de sa réponse, accordée ou refusée",
        "W3C Trace Context, 3.2", refus.trace,
    ),
    RegleDuContrat(
        9, "Un dossier hors de portée répond comme un dossier inconnu : mêmes octets, mêmes en-têtes",
        "code pénal, article 226-13 ; RFC 9110, 15.5.5", refus.inconnu_et_etranger, _ETRANGER,
    ),
    RegleDuContrat(
        10, "Un identifiant mal formé répond comme un dossier inconnu", "RFC 9110, 15.5.5", refus.identifiant_mal_forme
    ),
    RegleDuContrat(11, "Un paramètre inconnu est refusé : 400", "docs/limites.md", envois.parametre_inconnu),
    RegleDuContrat(
        12, "Un paramètre hors de sa forme, ou donné deux fois, est refusé : 400",
        "RFC 9110, 15.5.1", envois.valeur_hors_forme,
    ),
    RegleDuContrat(
        13, "Un en-tête qui n'a qu'une valeur ne se donne qu'une fois : 400", "RFC 9110, 5.3", envois.entete_repete
    ),
    RegleDuContrat(14, "Un corps qui n'est pas du JSON : 400, « json »", "RFC 8259, 2 et 8.1", envois.corps_illisible),
    RegleDuContrat(15, "Un champ donné deux fois : 422, « double »", "RFC 8259, 4", envois.membre_double),
    RegleDuContrat(16, "Un corps de plus de 512 Kio : 413", "RFC 9110, 15.5.14", envois.corps_trop_grand),
    RegleDuContrat(
        17, "Un champ inconnu est refusé à sa place : 422, « champ_en_trop »",
        "RGPD, article 5, 1, c", envois.champ_inconnu,
    ),
    RegleDuContrat(
        18, "Un champ fautif est nommé par son chemin dans le corps envoyé ; un montant est en centimes entiers",
        "docs/parcours-api.md, 11", envois.champ_fautif,
    ),
    RegleDuContrat(
        19, "Un numéro de sécurité sociale est refusé, où qu'il soit écrit",
        "loi 78-17, article 30 ; décret 2019-341", envois.nir_refuse,
    ),
    RegleDuContrat(
        20, "Un refus ne répète rien de ce qui a été envoyé", "RGPD, articles 5, 1, c et 32", envois.rien_de_repete
    ),
    RegleDuContrat(
        21, "Ce qui écrit demande une clé d'idempotence : 400, « cle_idempotence »",
        "docs/parcours-api.md, 6", envois.cle_exigee,
    ),
    RegleDuContrat(
        22, "D'un lot, chaque ligne a sa réponse, dans l'ordre ; une mauvaise n'arrête pas les autres",
        "docs/parcours-api.md, 10", envois.lot,
    ),
    RegleDuContrat(
        23, "HEAD répond comme GET, sans corps ; une méthode non admise dit lesquelles le sont : 405, Allow",
        "RFC 9110, 9.3.2, 9.3.7 et 15.5.6", lectures.methodes,
    ),
    RegleDuContrat(
        24, "D'un fait, les jours, les instants et les montants ont leur type",
        "RFC 3339, 5.6 ; RFC 8259, 6", lectures.types_des_faits, _DOSSIER,
    ),
    RegleDuContrat(
        25, "Ce que l'on a déjà n'est pas renvoyé : ETag, If-None-Match, 304",
        "RFC 9110, 13.1.2 et 15.4.5", lectures.connu_sans_retour, _DOSSIER,
    ),
    RegleDuContrat(
        26, "If-None-Match compare faiblement, et lit les listes et « * »",
        "RFC 9110, 8.8.3.2 et 13.1.2", lectures.etiquettes_comparees, _DOSSIER,
    ),
    RegleDuContrat(
        27, "Les pages d'un dossier en donnent chaque fait une fois, dans l'ordre",
        "docs/parcours-api.md, 5", lectures.pages, _DOSSIER,
    ),
    RegleDuContrat(
        28, "Aucun cache ne garde une réponse qui dit quelque chose de personnel : no-store",
        "RFC 9111, 5.2.2.5", lectures.sans_garde, _DOSSIER,
    ),
    RegleDuContrat(
        29, "Le passé d'un dossier (« au », « connu_le ») ne montre rien d'après",
        "docs/parcours-api.md, 5", lectures.passe, _DOSSIER,
    ),
    RegleDuContrat(
        30, "Des règles que personne n'a gardées (« regles_du ») ne s'inventent pas : 400",
        "docs/parcours-api.md, 8", lectures.regles_passees, _DOSSIER,
    ),
    RegleDuContrat(
        31, "Un essai à blanc répond 204, et ne change rien", "RFC 9110, 15.3.5", ecritures.a_blanc
    ),
    RegleDuContrat(
        32, "If-Match compare fortement : 412 pour un autre ETag, ou pour un faible",
        "RFC 9110, 8.8.3.2 et 13.1.1", ecritures.si_inchange, _ECRITURE,
    ),
    RegleDuContrat(
        33, "Ouvrir rend un accusé de réception : dossier, contribution, position",
        "RFC 9110, 15.3.2", ecritures.ouverture, _ECRITURE,
    ),
    RegleDuContrat(
        34, "Envoyée deux fois sous la même clé, une contribution est enregistrée une fois",
        "docs/parcours-api.md, 6", ecritures.une_fois, _ECRITURE,
    ),
    RegleDuContrat(
        35, "La même clé pour autre chose : 409, « cle_reutilisee »",
        "docs/parcours-api.md, 6", ecritures.cle_reutilisee, _ECRITURE,
    ),
    RegleDuContrat(
        36, "Sur un dossier qui a changé depuis sa lecture, rien n'est enregistré : 412",
        "RFC 9110, 13.1.1 et 15.5.13", ecritures.sur_ce_qui_est_lu, _ECRITURE,
    ),
    RegleDuContrat(
        37, "Le flux donne d'abord un point de départ, et rien d'autre",
        "docs/parcours-api.md, 5", suites.depart_du_flux,
    ),
    RegleDuContrat(
        38, "Une reprise que personne n'a donnée est refusée : 400", "docs/parcours-api.md, 8", suites.reprise_inconnue
    ),
    RegleDuContrat(
        39, "Le flux dit ce qui vient d'être enregistré, en CloudEvents 1.0",
        "CloudEvents 1.0, attributs obligatoires", suites.flux_en_cloudevents, _ECRITURE,
    ),
    RegleDuContrat(
        40, "Repris en chemin, le flux dit la même suite : rien ne manque, rien ne change de place",
        "docs/parcours-api.md, 8", suites.flux_repris, _ECRITURE,
    ),
    RegleDuContrat(
        41, "Ce qui est attendu de vous vient dans l'ordre des échéances, avec ce qui y répond",
        "docs/parcours-api.md, 8", suites.attentes,
    ),
    RegleDuContrat(
        42, "/openapi.json se lit sans jeton, et décrit le contrat", "OpenAPI 3.1, 4.8", document.document
    ),
    RegleDuContrat(
        43, "Chaque opération y a un nom qui n'est qu'à elle", "OpenAPI 3.1, 4.8.10", document.operations
    ),
    RegleDuContrat(
        44, "Il est compressé pour qui l'accepte, et pour lui seul", "RFC 9110, 8.4, 12.5.3 et 12.5.5",
        document.compression,
    ),
    RegleDuContrat(
        46, "Il est ce que le méta-schéma d'OpenAPI 3.1 veut d'un document, schémas compris",
        "OpenAPI 3.1, 4.8 ; JSON Schema 2020-12", document.metaschema,
    ),
    RegleDuContrat(
        47, "Un jeton lié à une clé ouvre sous sa preuve, et sous rien d'autre : 401, WWW-Authenticate: DPoP",
        "RFC 9449, 7.1 et 7.2", possession.sans_preuve, _LIE,
    ),
    RegleDuContrat(
        48, "Une preuve vaut pour sa méthode, son adresse et son jeton : 401 sinon",
        "RFC 9449, 4.3", possession.preuve_d_une_requete, _LIE,
    ),
    RegleDuContrat(49, "Une preuve ne sert qu'une fois : 401", "RFC 9449, 11.1", possession.preuve_rejouee, _LIE),
    RegleDuContrat(
        50, "Une preuve d'une autre clé, mal signée, vieille ou sans date ne prouve rien : 401",
        "RFC 9449, 4.3 et 11.1", possession.preuve_contrefaite, _LIE,
    ),
    RegleDuContrat(
        51, "Ce qui échoit dit sa règle, son texte, où il en est, et de quels actes du dossier il est calculé",
        "docs/echeances.md", horloges.echeances_dites, _DOSSIER,
    ),
    RegleDuContrat(
        52, "Les échéances viennent dans l'ordre des jours, par pages, au jour demandé (« au »)",
        "docs/echeances.md", horloges.echeances_par_pages, _DOSSIER,
    ),
    RegleDuContrat(
        53, "Une simulation compte les délais de la loi, au jour près, deux fois de même",
        "loi 89-462, article 24", horloges.simulation_comptee,
    ),
    RegleDuContrat(
        54, "Un acte supposé qui ne peut pas l'être est nommé à sa place : 422",
        "docs/parcours-api.md, 11", horloges.simulation_fautive,
    ),
    RegleDuContrat(
        55, "Une pièce se relit à l'octet près, comme un fichier que l'on garde et que rien n'exécute",
        "docs/parcours-api.md, 13 ; RFC 6266, 4.2", pieces.piece_relue, _ECRITURE,
    ),
    RegleDuContrat(
        56, "Un programme, une page, une archive, un fichier actif ou double est refusé, quoi qu'il se dise : 422",
        "docs/parcours-api.md, 13", pieces.pieces_refusees, _ECRITURE,
    ),
    RegleDuContrat(
        57, "Une pièce inconnue ou cachée répond comme un dossier inconnu", "RFC 9110, 15.5.5", pieces.piece_cachee,
        _ECRITURE,
    ),
    RegleDuContrat(
        58, "Un fait se corrige sans disparaître : chacun des deux nomme l'autre, et l'un dit pourquoi",
        "RGPD, articles 5, 1, d et 16", droits.rectification, _ECRITURE,
    ),
    RegleDuContrat(
        59, "Qui ne peut pas demander un effacement est refusé de même, que le dossier existe ou non : 403",
        "RGPD, article 17", droits.effacement_reserve, _ECRITURE,
    ),
    RegleDuContrat(
        60, "La personne lit son dossier : ce qui est dit d'elle, par qui, quand et pour quoi",
        "RGPD, article 15", droits.acces_de_la_personne, _PERSONNE,
    ),
    RegleDuContrat(
        61, "Elle lit ce qui a été obtenu d'elle, et par qui ; un partenaire ne le lit pas : 403",
        "CRPA, article L.114-8 ; RGPD, article 15", droits.echanges_de_la_personne, _PERSONNE,
    ),
    RegleDuContrat(
        62, "Ce qui est déjà connu est ce que la lecture montre, d'un fait qui se relit, et rien d'autre",
        "CRPA, article L.114-8", une_fois.deja_connu, _ECRITURE,
    ),
    RegleDuContrat(
        63, "Une donnée qui n'en est pas une est nommée à sa place : 422", "docs/parcours-api.md, 11",
        une_fois.donnee_inconnue, _ECRITURE,
    ),
    RegleDuContrat(45, "Rien de ce qui a été envoyé n'a de réponse 5xx", "RFC 9110, 15.6", jamais_5xx),
)  # fmt: skip
