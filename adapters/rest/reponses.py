"""What each route answers, as JSON schemas in French: every field with its type, who may see it, and an example.

The schemas are closed: a field that is not here is not sent, and a test holds the real answers to them.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final, get_args

from adapters.gate.masques import MASQUES, entier
from adapters.mots import libelles
from adapters.rest.erreurs import ERREURS
from ledger.catalogue import Evenement, Parc, catalogue, champs
from ledger.journal import Flux, Issue
from policies.decision import GROUPES

Schema = dict[str, Any]
Lecteurs = Callable[[str], str]
"""By group, the sentence that says who may read it."""

UUID_EXEMPLE: Final = "0199f1e2-7b1a-7000-8000-000000000001"
INSTANT_EXEMPLE: Final = "2026-11-02T09:30:00.123456+00:00"
MESURES: Final = ("entier", "propres", "tranche", "oui_non", "existence", "commune", "etape")
TEXTE: Final[Schema] = {"type": "string"}
ENTIER: Final[Schema] = {"type": "integer"}
BOOLEEN: Final[Schema] = {"type": "boolean"}
UUID: Final[Schema] = {"type": "string", "format": "uuid"}
JOUR: Final[Schema] = {"type": "string", "format": "date"}
INSTANT: Final[Schema] = {"type": "string", "format": "date-time"}


def ref(nom: str) -> Schema:
    """A schema of the document, by name."""
    return {"$ref": f"#/components/schemas/{nom}"}


def liste(elements: Schema) -> Schema:
    """A list of such things."""
    return {"type": "array", "items": elements}


def ou_rien(schema: Schema) -> Schema:
    """The same, or null."""
    return {"anyOf": [schema, {"type": "null"}]}


def dit(schema: Schema, texte: str, exemple: object) -> Schema:
    """A field: its type, what it says, an example."""
    return {**schema, "description": texte, "examples": [exemple]}


def objet(titre: str, proprietes: Mapping[str, Schema], *, facultatifs: tuple[str, ...] = ()) -> Schema:
    """A closed object, of which every field is there but ``facultatifs``."""
    return {
        "type": "object",
        "title": titre,
        "required": [nom for nom in proprietes if nom not in facultatifs],
        "additionalProperties": False,
        "properties": dict(proprietes),
    }


POSITION: Final = dit(ENTIER, "position du journal des événements, la même pour tous ; voir « Prefer: wait »", 1042)
_DOSSIER: Final = dit(UUID, "identifiant opaque du dossier", UUID_EXEMPLE)
_LIBELLE: Final = dit(TEXTE, "le même, en français", "dette et paiements")
_ERREUR: Final = {
    "code": dit(TEXTE, "code stable de l'erreur ou du motif : voir GET /v1/erreurs", "saisie"),
    "detail": dit(TEXTE, "une phrase pour une personne", "La requête n'est pas valable : corrigez ce qui suit."),
    "champs": liste(ref("ChampACorriger")),
}


def schemas(lecteurs: Lecteurs) -> dict[str, Schema]:
    """Every answer by name."""
    return {
        **_dossier(lecteurs),
        **_faits(),
        **_listes(lecteurs),
        **_ecritures(),
        **_journal(),
        **_service(),
        "RapportExploc": _rapport(),
    }


def _dossier(lecteurs: Lecteurs) -> dict[str, Schema]:
    synthese = objet(
        "Où en est le dossier",
        {
            "stade": dit(
                {"enum": list(libelles.STADES)},
                f"dernier stade que disent les faits qui vous sont montrés. {lecteurs('F08')}",
                "ASSIGNATION",
            ),
            "commune": dit(
                ou_rien(TEXTE),
                f"commune du logement, code INSEE. {lecteurs('F02a')} (ou F04, logement et bail)",
                "93008",
            ),
            "parc": dit(ou_rien({"enum": list(get_args(Parc))}), f"parc du logement. {lecteurs('F04')}", "SOCIAL"),
            "bailleur_siret": dit(ou_rien(TEXTE), f"SIRET du bailleur. {lecteurs('F04')}", "93667127000267"),
            "ouvert_le": dit(ou_rien(JOUR), f"premier signalement. {lecteurs('F04')}", "2026-09-01"),
            "dernier_acte_le": dit(ou_rien(JOUR), f"dernier acte de procédure. {lecteurs('F08')}", "2026-10-15"),
            "prochaine_audience": dit(ou_rien(JOUR), f"prochaine audience connue. {lecteurs('F08')}", "2026-12-03"),
            "saisine_ouverte": dit(BOOLEEN, f"la CCAPEX est saisie. {lecteurs('F08')}", exemple=False),
            "information_menage": dit(ou_rien(JOUR), "dernier jour où le ménage a été informé", "2026-10-20"),
            "traitement": dit(
                {"const": "traitement limité"}, "présent si le ménage a fait limiter le traitement", "traitement limité"
            ),
        },
        facultatifs=("traitement",),
    )
    groupe = dit({"enum": list(GROUPES)}, "groupe de champs", "F05")
    return {
        "Synthese": synthese,
        "Communique": objet(
            "Un groupe communiqué",
            {
                "groupe": groupe,
                "libelle": _LIBELLE,
                "mesure": dit(
                    {"enum": list(MESURES)},
                    "entier ; propres : ce que votre organisation a dit ; sinon ce qu'il en reste : tranche, oui_non, "
                    "existence, commune ou etape",
                    "tranche",
                ),
            },
        ),
        "NonCommunique": objet(
            "Un groupe non communiqué, qu'il contienne quelque chose ou non",
            {
                "groupe": groupe,
                "libelle": _LIBELLE,
                "code": dit(TEXTE, "code du motif ; ne dépend que du rôle, de la finalité, du lien et du stade", "R"),
                "motif": dit(TEXTE, "le motif, en français", "Cette finalité n'en a pas besoin."),
            },
        ),
        "Document": objet(
            "Un dossier, tel que vous pouvez le voir",
            {
                "position": POSITION,
                "dossier": _DOSSIER,
                "vue": dit({"enum": ["dossier", "clil", "ccapex", "comex"]}, "par quelle vue il est lu", "ccapex"),
                "synthese": ref("Synthese"),
                "communique": liste(ref("Communique")),
                "non_communique": liste(ref("NonCommunique")),
                "faits": liste(ref("Fait")),
            },
        ),
    }


_TETE: Final[Mapping[str, Schema]] = {
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
                "organisation": dit(TEXTE, "nom du partenaire", "OPH SYNTHÈSE 16"),
                "role": dit(TEXTE, "son rôle au registre", "BAILLEUR_SOCIAL"),
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
}


def _faits() -> dict[str, Schema]:
    """One schema per type of event, as it is read: fields are left out or generalised, never null."""
    lus = {f"{nom}.lu": _fait(nom, cls) for nom, cls in catalogue().items()}
    return {
        "Fait": {
            "description": "Un fait et son auteur. Un champ absent n'a pas été dit, ou ne vous est pas communiqué : "
            "rien ne distingue les deux.",
            "discriminator": {
                "propertyName": "type",
                "mapping": {nom: f"#/components/schemas/{nom}.lu" for nom in catalogue()},
            },
            "oneOf": [ref(nom) for nom in lus],
        },
        **lus,
        "Historique": objet(
            "Ce qui a été dit d'un dossier, par qui et quand : ce que vous en voyez, sans le contenu",
            {
                "position": POSITION,
                "dossier": _DOSSIER,
                "evenements": liste(objet("Un événement", _TETE)),
            },
        ),
    }


def _fait(nom: str, cls: type[Evenement]) -> Schema:
    lus = {}
    for champ, decrit in champs(cls).items():
        tel_quel = {"$ref": f"#/components/schemas/{nom}.donnees/properties/{champ}"}
        reduit = _reduit(decrit.groupe or "", champ)
        lus[champ] = {"anyOf": [tel_quel, reduit]} if reduit else tel_quel
    contenu = objet("Ce qui vous en est communiqué", lus, facultatifs=tuple(lus))
    return objet(libelles.evenement(nom), {**_TETE, "type": {"const": nom}, "champs": contenu})


def _reduit(groupe: str, champ: str) -> Schema | None:
    """What stands in the place of a value where its group is opened by half; None if nothing ever does."""
    if (groupe, champ) == ("F03", "annees_naissance_enfants"):
        return dit(liste(TEXTE), "par tranche d'âge, si le groupe vous est ouvert à demi", ["3 à 5 ans"])
    fonctions = [masques[champ] for (g, _), masques in MASQUES.items() if g == groupe and champ in masques]
    if all(entier(fonction) for fonction in fonctions):
        return None
    return dit(TEXTE, "par tranche ou par oui ou non, si le groupe vous est ouvert à demi", "de 2 000 à 5 000 €")


def _listes(lecteurs: Lecteurs) -> dict[str, Schema]:
    inscription = objet(
        "Une inscription à l'ordre du jour",
        {
            "instance": dit({"enum": ["CLIL", "CCAPEX", "COMEX"]}, "commission", "CCAPEX"),
            "seance": dit(UUID, "identifiant de la séance", UUID_EXEMPLE),
            "seance_le": dit(JOUR, "date de la séance", "2026-12-10"),
        },
    )
    examen = objet(
        "Un examen en séance",
        {
            "instance": dit({"enum": ["CLIL", "CCAPEX", "COMEX"]}, "commission", "CLIL"),
            "le": dit(JOUR, "date de la séance", "2026-10-12"),
        },
    )
    ligne = objet(
        "Un dossier de la file active",
        {
            "dossier": _DOSSIER,
            "ouvert_le": dit(JOUR, "premier signalement", "2026-09-01"),
            "intitule": dit(ou_rien(TEXTE), f"nom du titulaire du bail. {lecteurs('F01')}", "Fatou LEROY"),
            "commune": dit(
                ou_rien(TEXTE),
                f"commune du logement, code INSEE. {lecteurs('F02a')} (ou F04, logement et bail)",
                "93008",
            ),
            "parc": dit(ou_rien({"enum": list(get_args(Parc))}), f"parc du logement. {lecteurs('F04')}", "SOCIAL"),
            "bailleur_siret": dit(ou_rien(TEXTE), f"SIRET du bailleur. {lecteurs('F04')}", "93667127000267"),
            "stade": dit(
                ou_rien({"enum": list(libelles.STADES)}), f"stade de la procédure. {lecteurs('F08')}", "ASSIGNATION"
            ),
            "dernier_acte_le": dit(ou_rien(JOUR), f"dernier acte de procédure. {lecteurs('F08')}", "2026-10-15"),
            "prochaine_audience": dit(ou_rien(JOUR), f"prochaine audience connue. {lecteurs('F08')}", "2026-12-03"),
            "concours_requis_le": dit(ou_rien(JOUR), f"réquisition de la force publique. {lecteurs('F09a')}", None),
            "inscriptions": {**liste(inscription), "description": lecteurs("F19a")},
            "examens": {**liste(examen), "description": lecteurs("F19a")},
            "rapprochements": dit(ENTIER, f"ménages semblables, à confirmer. {lecteurs('F01')}", 0),
            "traitement_limite": dit(BOOLEEN, "le ménage a fait limiter le traitement", exemple=False),
        },
    )
    return {
        "LigneDeFile": ligne,
        "FileActive": objet(
            "Une page de la file active, dans l'ordre d'ouverture des dossiers",
            {
                "position": POSITION,
                "vue": dit({"enum": ["clil", "ccapex", "comex"]}, "commission", "ccapex"),
                "dossiers": liste(ref("LigneDeFile")),
                "suivant": dit(ou_rien(ENTIER), "à donner à « apres » pour la page suivante ; null à la fin", 1040),
            },
        ),
        "Trouvailles": objet(
            "Les dossiers de cette personne, parmi ceux auxquels vous êtes lié",
            {"dossiers": liste(objet("Un dossier trouvé", {"dossier": _DOSSIER, "synthese": ref("Synthese")}))},
        ),
    }


def _ecritures() -> dict[str, Schema]:
    contribution = dit(UUID, "identifiant de la contribution", UUID_EXEMPLE)
    effacement = dit(UUID, "identifiant de la demande d'effacement", UUID_EXEMPLE)
    return {
        "Recu": objet(
            "L'accusé de réception, le même pour un dossier ouvert ou rejoint, et pour un second envoi",
            {"dossier": _DOSSIER, "contribution": contribution, "position": POSITION},
        ),
        "RecuDeLigne": {
            "description": "Une ligne par contribution, dans l'ordre de l'envoi.",
            "oneOf": [
                objet(
                    "Enregistrée",
                    {"statut": {"const": 201}, "contribution": contribution, "position": POSITION},
                ),
                objet(
                    "Refusée ; les autres lignes n'en souffrent pas",
                    {"statut": {"type": "integer", "minimum": 400}, **_ERREUR},
                ),
            ],
        },
        "EtapeEffacement": objet(
            "L'étape est enregistrée",
            {
                "effacement": effacement,
                "position": POSITION,
                "decision": dit(UUID, "après la décision : à citer pour l'exécuter", UUID_EXEMPLE),
                "autres_dossiers": {
                    **liste(UUID),
                    "description": "après l'exécution : autres dossiers où l'on trouve cette personne, à regarder",
                },
            },
            facultatifs=("decision", "autres_dossiers"),
        ),
        "ChampACorriger": objet(
            "Un champ à corriger ; sa valeur n'est jamais reprise",
            {
                "champ": dit(TEXTE, "où, dans le corps envoyé", "evenements.0.donnees.montant"),
                "code": dit(TEXTE, "ce qui ne va pas", "int_type"),
                "message": dit(TEXTE, "ce qu'il faut faire", "Un nombre entier est attendu."),
            },
        ),
        "Probleme": objet(
            "Une erreur (RFC 9457). Ni valeur, ni chemin, ni dossier n'y est repris",
            {
                "type": dit(TEXTE, "genre de l'erreur, décrit par GET /v1/erreurs", "/v1/erreurs#saisie"),
                "title": dit(TEXTE, "son titre", "Saisie à corriger"),
                "status": dit(ENTIER, "statut HTTP", 422),
                "remede": dit(TEXTE, "ce qu'il faut faire", "Corrigez chaque champ cité, puis renvoyez."),
                **_ERREUR,
            },
            facultatifs=("champs",),
        ),
    }


def _journal() -> dict[str, Schema]:
    groupes = liste({"enum": list(GROUPES)})
    return {
        "LigneDeJournal": objet(
            "Un accès, ou un refus. Jamais une valeur. Lisible par le DPO, à la finalité CONTROLE",
            {
                "position": dit(ENTIER, "position dans le journal des accès", 88213),
                "enregistre_le": dit(INSTANT, "quand", INSTANT_EXEMPLE),
                "flux": dit({"enum": list(get_args(Flux))}, "flux de conservation", "securite"),
                "organisation": dit(TEXTE, "code du partenaire ; vide si le jeton ne prouvait rien", "ssd93"),
                "agent": dit(
                    TEXTE, "pseudonyme de la personne ; « (inconnu) » si le registre ne la connaît pas", "a-12"
                ),
                "role": dit(TEXTE, "rôle du partenaire", "CD_TRAVAILLEUR_SOCIAL"),
                "finalite": dit(TEXTE, "finalité déclarée", "ACCOMPAGNEMENT"),
                "action": dit(TEXTE, "ce qui a été fait ou tenté", "lire"),
                "dossier": dit(ou_rien(UUID), "dossier concerné", UUID_EXEMPLE),
                "groupes_montres": {**groupes, "description": "groupes communiqués"},
                "groupes_retenus": {**groupes, "description": "groupes non communiqués"},
                "revision": dit(TEXTE, "révision des règles qui ont décidé", "3f1c"),
                "issue": dit({"enum": list(get_args(Issue))}, "ce qu'il en est sorti", "autorise"),
                "motif": dit(TEXTE, "code du motif d'un refus", ""),
                "trace": dit(TEXTE, "identifiant de trace (traceparent)", "4bf92f3577b34da6a3ce929d0e0e4736"),
            },
        ),
        "Journal": objet(
            "Des lignes du journal, les dernières d'abord",
            {
                "lignes": liste(ref("LigneDeJournal")),
                "suivant": dit(ou_rien(ENTIER), "à donner à « avant » pour la page suivante ; null à la fin", 88013),
            },
        ),
    }


def _code(texte: str, code: str, libelle: str) -> Schema:
    return objet(texte, {"code": dit(TEXTE, "code", code), "libelle": dit(TEXTE, "en français", libelle)})


def _service() -> dict[str, Schema]:
    finalite = ("finalité", "ACCOMPAGNEMENT", "accompagnement social")
    habilitation = objet(
        "L'habilitation de la personne",
        {
            "secret": dit(
                {"enum": ["aucun", "profession", "mission"]}, "secret professionnel (CASF L.121-6-2)", "aucun"
            ),
            "du": dit(JOUR, "à partir du", "2026-01-01"),
            "au": dit(JOUR, "jusqu'au", "2026-12-31"),
        },
    )
    evenement = objet(
        "Un type d'événement",
        {
            "type": dit(TEXTE, "type, à donner dans « evenements »", "DetteDeclaree"),
            "libelle": dit(TEXTE, "en français", "Dette locative déclarée"),
            "groupe": dit({"enum": [*GROUPES, "F10"]}, "groupe qui permet de savoir qu'il existe", "F05"),
            "codes": {
                "type": "object",
                "description": "par champ, les codes admis",
                "additionalProperties": liste(_code("Un code", "RAR", "lettre recommandée avec avis de réception")),
            },
        },
    )
    en_vigueur = {
        "valid_from": dit(JOUR, "en vigueur depuis", "2022-01-01"),
        "valid_to": dit(ou_rien(JOUR), "jusqu'à", None),
    }
    commune = objet(
        "Une commune",
        {
            "code": dit(TEXTE, "code INSEE", "93008"),
            "nom": dit(TEXTE, "nom", "Bobigny"),
            "arrondissement": dit(ou_rien(TEXTE), "code de l'arrondissement", "93001"),
        },
    )
    return {
        "Moi": objet(
            "Qui vous êtes pour le service. Lisible par vous",
            {
                "organisation": dit(TEXTE, "code du partenaire", "oph-synthese-12"),
                "nom": dit(TEXTE, "nom du partenaire", "OPH SYNTHÈSE 12"),
                "role": dit(TEXTE, "rôle du partenaire", "BAILLEUR_SOCIAL"),
                "agent": dit(ou_rien(TEXTE), "pseudonyme de la personne", "contentieux"),
                "finalites": liste(_code("Une finalité que vous pouvez déclarer", *finalite[1:])),
                "territoire": dit(TEXTE, "étendue du territoire", "communes"),
                "communes": dit(liste(TEXTE), "communes du territoire, codes INSEE", ["93008"]),
                "habilitation": ou_rien(habilitation),
            },
        ),
        "Nomenclatures": objet(
            "Les listes fermées en vigueur ce jour",
            {
                "evenements": liste(evenement),
                "finalites": liste(objet("Une finalité", {**_code("", *finalite[1:])["properties"], **en_vigueur})),
                "groupes": liste(_code("Un groupe de champs", "F05", "dette et paiements")),
                "stades": liste(_code("Un stade", "ASSIGNATION", "assignation")),
                "communes": liste(commune),
            },
        ),
        "Erreurs": objet(
            "Le catalogue des erreurs, et les motifs de refus",
            {
                "erreurs": liste(
                    objet(
                        "Un genre d'erreur",
                        {
                            "type": dit(TEXTE, "identifiant", "/v1/erreurs#saisie"),
                            "statut": dit({"enum": sorted({e.statut for e in ERREURS.values()})}, "statut HTTP", 422),
                            "titre": dit(TEXTE, "titre", "Saisie à corriger"),
                            "remede": dit(TEXTE, "que faire", "Corrigez chaque champ cité, puis renvoyez."),
                        },
                    )
                ),
                "motifs": {
                    "type": "object",
                    "description": "par code, la phrase qui dit pourquoi l'accès ou un groupe est refusé",
                    "additionalProperties": TEXTE,
                },
            },
        ),
    }


def _rapport() -> Schema:
    compte = dit({"type": "integer", "minimum": 0}, "nombre", 12)
    par_code = {"type": "object", "additionalProperties": {"type": "integer"}}
    refus = objet(
        "Une ligne refusée ; son contenu n'est jamais repris",
        {
            "ligne": dit(ENTIER, "numéro de ligne dans le fichier", 17),
            "colonne": dit(TEXTE, "colonne en cause", "date_acte"),
            "motif": dit(TEXTE, "ce qui ne va pas", "date impossible"),
        },
    )
    textes = {
        "rows": "lignes lues",
        "accepted_distinct_acts": "actes retenus",
        "doublons": "actes déjà connus : rien n'est ajouté",
        "rejected": "lignes refusées",
        "expulsions_sans_solution": "expulsions sans solution",
        "jugements_contradictoires": "jugements contradictoires",
        "jugements_conditionnels": "jugements conditionnels (délais)",
        "dossiers": "dossiers concernés",
        "rapprochements_a_confirmer": "rapprochements à confirmer",
        "refs_that_name_an_already_known_household": "références qui désignent un ménage déjà connu",
    }
    ventilations = {
        "rejected_by_field": "lignes refusées, par colonne",
        "acts_by_type": "actes retenus, par type",
        "assignations_by_parc": "assignations, par parc",
        "cql_by_parc": "commandements de quitter les lieux, par parc",
        "expulsions_by_parc": "expulsions, par parc",
    }
    return objet(
        "Le rapport de l'import, pour l'instructeur de la CCAPEX seul",
        {
            **{nom: {**compte, "description": texte} for nom, texte in textes.items()},
            **{nom: {**par_code, "description": texte} for nom, texte in ventilations.items()},
            "refus": liste(refus),
        },
    )
