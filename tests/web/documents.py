"""Documents as the gate answers them, for pages tested without a gate: fictitious households only."""

from datetime import date
from typing import Any

from adapters.web.pages import Formulaires, Invitation
from adapters.web.rendu import Cadre

LE = date(2026, 11, 23)
DOSSIER = "0199f1e2-7b1a-7000-8000-0000000000d1"
AUTRE = "0199f1e2-7b1a-7000-8000-0000000000d2"
RECOMMANDATION = "0199f1e2-7b1a-7000-8000-00000000000f"

OPH = {"organisation": "OPH Fictif 2", "role": "BAILLEUR_SOCIAL", "systeme": "PARTENAIRE"}
CAF = {"organisation": "CAF 93", "role": "CAF", "systeme": "PARTENAIRE"}
ETUDE = {"organisation": "Étude Fictive, Bobigny", "role": "COMMISSAIRE_JUSTICE", "systeme": "EXPLOC"}
SSD = {"organisation": "Service social de Bobigny", "role": "CD_TRAVAILLEUR_SOCIAL", "systeme": "PARTENAIRE"}
CCAPEX = {"organisation": "DRIHL 93, secrétariat de la CCAPEX", "role": "CCAPEX_INSTRUCTEUR", "systeme": "PARTENAIRE"}


def fait(
    rang: int,
    type_: str,
    survenu_le: str,
    auteur: dict[str, str],
    **valeurs: Any,
) -> dict[str, Any]:
    return {
        "id": f"0199f1e2-7b1a-7000-8000-{rang:012d}",
        "type": type_,
        "libelle": type_,
        "survenu_le": survenu_le,
        "enregistre_le": f"{survenu_le}T09:30:00+00:00",
        "auteur": auteur,
        "finalite": "CCAPEX_INSTRUCTION",
        "champs": valeurs,
        "efface": False,
        "efface_le": None,
        "corrige_par": None,
    }


def document() -> dict[str, Any]:
    faits = [
        fait(
            1,
            "DossierOuvert",
            "2025-06-12",
            ETUDE,
            parc="SOCIAL",
            commune="93008",
            bailleur_siret="90000100200011",
            bailleur_nom="OPH FICTIF 2",
            adresse="12 rue des Exemples",
            code_postal="93000",
            loyer=61240,
            charges=9800,
            type_logement="T3",
        ),
        fait(
            2,
            "OccupantDeclare",
            "2025-06-12",
            ETUDE,
            personne="0199f1e2-7b1a-7000-8000-0000000000a1",
            qualite="TITULAIRE",
            nom="DIARRA",
            prenoms="Amina",
            date_naissance="1984-03-01",
        ),
        fait(3, "MenageDeclare", "2025-06-12", OPH, nb_adultes=1, nb_enfants=2, annees_naissance_enfants=[2014, 2017]),
        fait(4, "CommandementPayerSignifie", "2025-06-12", ETUDE, dette=184230, dette_arretee_au="2025-05-31"),
        fait(5, "DetteDeclaree", "2025-09-05", OPH, montant=243010, arretee_au="2025-08-31"),
        fait(6, "ContactTente", "2025-09-18", OPH, canal="COURRIER", resultat="SANS_SUITE"),
        fait(7, "CcapexSaisie", "2025-10-02", ETUDE, saisissant="BAILLEUR"),
        fait(8, "AideLogementConstatee", "2025-11-10", CAF, etat="SUSPENDUE"),
        fait(9, "DetteDeclaree", "2025-12-04", OPH, montant=398720, arretee_au="2025-11-30"),
        fait(10, "DetteDeclaree", "2025-12-15", CAF, montant=312000, arretee_au="2025-11-30", contestee=True),
        fait(11, "ContactTente", "2026-01-14", SSD, canal="VAD", resultat="RDV_HONORE"),
        fait(
            12,
            "AssignationSignifiee",
            "2026-02-03",
            ETUDE,
            date_audience="2026-12-15",
            dette=421900,
            dette_arretee_au="2026-01-31",
        ),
        fait(13, "InstanceInscrite", "2026-03-02", CCAPEX, instance="CCAPEX", seance_le="2026-03-19"),
        fait(14, "DossierExamine", "2026-03-19", CCAPEX, instance="CCAPEX"),
        fait(
            15,
            "AvisRendu",
            "2026-03-19",
            CCAPEX,
            instance="CCAPEX",
            sens="MAINTIEN",
            texte="Maintien avec plan d'apurement sur 24 mois et rétablissement de l'aide au logement.",
        ),
        fait(
            16,
            "RecommandationEmise",
            "2026-03-19",
            CCAPEX,
            instance="CCAPEX",
            recommandation=RECOMMANDATION,
            destinataire="oph-fictif-2",
            categorie="PLAN_APUREMENT",
            echeance="2026-06-30",
            texte="Proposer un plan sur 24 mois.",
        ),
        fait(
            17,
            "RecommandationSuivie",
            "2026-06-20",
            OPH,
            recommandation=RECOMMANDATION,
            statut="REALISEE",
            motif="Plan signé le 18 juin.",
        ),
        fait(18, "PlanApurementConclu", "2026-06-18", OPH, etape="SIGNE", mensualite=5000, duree_mois=24),
        fait(19, "AideLogementConstatee", "2026-05-10", CAF, etat="RETABLIE", montant=31000, tiers_payant=True),
        fait(20, "RepriseLoyerConstatee", "2026-07-06", OPH, statut="TOTALE", depuis="2026-07-01"),
        fait(21, "DetteDeclaree", "2026-10-06", OPH, montant=374500, arretee_au="2026-09-30"),
        fait(22, "DetteDeclaree", "2026-10-20", CAF, montant=301500, arretee_au="2026-09-30"),
        fait(23, "RapprochementSuggere", "2026-10-21", CCAPEX, autre=AUTRE, motif="NAISSANCE_MANQUANTE"),
        fait(24, "DetteDeclaree", "2026-04-02", OPH, montant=4100000, arretee_au="2026-03-31"),
    ]
    faits[23]["corrige_par"] = faits[20]["id"]
    return {
        "dossier": DOSSIER,
        "vue": "ccapex",
        "position": 412,
        "synthese": {
            "stade": "ASSIGNATION",
            "commune": "93008",
            "parc": "SOCIAL",
            "bailleur_siret": "90000100200011",
            "ouvert_le": "2025-06-12",
            "prochaine_audience": "2026-12-15",
        },
        "communique": [
            {"groupe": "F01", "libelle": "identité", "mesure": "entier"},
            {"groupe": "F05", "libelle": "dette et paiements", "mesure": "entier"},
            {"groupe": "F06", "libelle": "ressources et charges", "mesure": "tranche"},
        ],
        "non_communique": [
            {
                "groupe": "F12",
                "libelle": "évaluation sociale",
                "code": "secret",
                "motif": "L'évaluation sociale est couverte par le secret professionnel : demandez ce qui est "
                "strictement nécessaire au professionnel (loi du 31 mai 1990, article 7-2).",
            },
            {
                "groupe": "F09b",
                "libelle": "enquête",
                "code": "reserve",
                "motif": "L'enquête est réservée à la préfecture et à la police.",
            },
        ],
        "faits": faits,
    }


def document_reuni() -> dict[str, Any]:
    """The same, read with another case of the household: a fact of it among the others."""
    lu = document()
    tranche = fait(90, "RapprochementTranche", "2026-11-10", CCAPEX, autre=AUTRE, decision="MEME_MENAGE")
    ailleurs = fait(91, "DetteDeclaree", "2026-10-31", OPH, montant=310000, arretee_au="2026-10-31") | {
        "dossier": AUTRE
    }
    return {**lu, "reunis": [AUTRE], "faits": [*lu["faits"], tranche, ailleurs]}


def file_reunie() -> dict[str, Any]:
    """A worklist whose first case is listed for two."""
    lue = file_active()
    premier, *autres = lue["dossiers"]
    return {**lue, "dossiers": [{**premier, "reunis": [AUTRE]}, *autres]}


def autre_document() -> dict[str, Any]:
    cote = document()
    cote["dossier"] = AUTRE
    cote["faits"] = [
        fait(
            31,
            "DossierOuvert",
            "2026-08-03",
            ETUDE,
            parc="SOCIAL",
            commune="93008",
            bailleur_nom="OPH FICTIF 2",
            adresse="12 rue des Exemples",
            code_postal="93000",
        ),
        fait(32, "OccupantDeclare", "2026-08-03", ETUDE, qualite="TITULAIRE", nom="DIARRA", prenoms="A."),
    ]
    return cote


def file_active() -> dict[str, Any]:
    lignes = [
        ("d1", "93008", "ASSIGNATION", "SOCIAL", "2026-12-15", "Amina DIARRA", 1, None),
        ("d2", "93008", "COMMANDEMENT", "SOCIAL", None, "A. DIARRA", 1, None),
        ("d3", "93066", "JUGEMENT", "PRIVE", "2026-06-02", "Lucas MOREL", 0, "2026-12-10"),
        ("d4", "93048", "CONCOURS_REQUIS", "SOCIAL", "2025-10-14", "Olga KEITA", 0, "2026-12-10"),
        ("d5", "93010", "COMMANDEMENT_QUITTER", "PRIVE", "2026-01-20", None, 0, None),
    ]
    return {
        "vue": "ccapex",
        "position": 412,
        "dossiers": [
            {
                "dossier": f"0199f1e2-7b1a-7000-8000-0000000000{cle}",
                "intitule": intitule,
                "commune": commune,
                "stade": stade,
                "parc": parc,
                "prochaine_audience": audience,
                "bailleur_siret": "90000200400015",
                "rapprochements": rapprochements,
                "inscriptions": [{"instance": "CCAPEX", "seance": "", "seance_le": inscrit}] if inscrit else [],
                "examens": [{"instance": "CLIL", "le": "2026-03-19"}] if inscrit else [],
                "ouvert_le": "2025-06-12",
                "dernier_acte_le": "2026-02-03",
            }
            for cle, commune, stade, parc, audience, intitule, rapprochements, inscrit in lignes
        ],
        "suivant": 398,
    }


ELARGIE = (
    {"partenaire": "caf93", "agent": "a-12", "finalites": ["CLIL_EXAMEN"], "revoquee_le": None},
    {"partenaire": "caf93", "agent": "a-12", "finalites": ["AIDE_INSTRUCTION", "CLIL_EXAMEN"], "revoquee_le": None},
)


def journal() -> dict[str, Any]:
    commun = {"role": "CCAPEX_INSTRUCTEUR", "organisation": "drihl93-ccapex", "agent": "instructrice-ccapex"}
    return {
        "lignes": [
            {
                "position": 90 - rang,
                "enregistre_le": f"2026-11-23T10:{40 - rang}:00+00:00",
                **commun,
                "finalite": finalite,
                "action": action,
                "dossier": DOSSIER if action == "lire" else None,
                "groupes_montres": montres,
                "groupes_retenus": retenus,
                "issue": issue,
                "motif": motif,
                "article": "",
                "origine": "",
                "nombre": 1,
                "avant": ELARGIE[0] if action == "administrer" else None,
                "apres": ELARGIE[1] if action == "administrer" else None,
            }
            for rang, (finalite, action, montres, retenus, issue, motif) in enumerate(
                [
                    ("CCAPEX_INSTRUCTION", "lire", ["F01", "F02a", "F05", "F08"], ["F12", "F13"], "autorise", ""),
                    ("CCAPEX_INSTRUCTION", "lister", [], [], "autorise", ""),
                    ("", "lire", [], [], "refuse", "finalite_refusee"),
                    ("CCAPEX_INSTRUCTION", "rechercher", [], [], "vide", ""),
                    ("CCAPEX_INSTRUCTION", "emettre", [], [], "erreur", "journal_indisponible"),
                    ("CONTROLE", "administrer", [], [], "autorise", "habilitations update"),
                ]
            )
        ],
        "suivant": 85,
    }


PAGES_CCAPEX = (("/ccapex", "File active"),)
INSTRUCTRICE = Cadre(
    organisation="DRIHL 93, secrétariat de la CCAPEX",
    agent="instructrice de la CCAPEX",
    role="CCAPEX_INSTRUCTEUR",
    finalite="CCAPEX_INSTRUCTION",
    csrf="jeton",
    pages=PAGES_CCAPEX,
    adresse="/ccapex",
    demonstration=True,
)
DPO = Cadre(
    organisation="Délégué à la protection des données",
    agent="délégué à la protection des données",
    role="DPO",
    finalite="CONTROLE",
    csrf="jeton",
    pages=(("/journal", "Journal des accès"),),
    adresse="/journal",
)
ENTREES = (
    Invitation("DRIHL 93, secrétariat de la CCAPEX", "instructrice de la CCAPEX", "/demo/entrer/a"),
    Invitation("Délégué à la protection des données", "délégué à la protection des données", "/demo/entrer/b"),
)
FORMULAIRES = Formulaires(
    cles={
        nom: f"0199f1e2-7b1a-7000-8000-0000000000{rang:02d}"
        for rang, nom in enumerate(
            ("ordre-du-jour", "recommandation", f"suite-{RECOMMANDATION}", f"rapprochement-{AUTRE}")
        )
    },
    seances=(("0199f1e2-7b1a-7000-8000-00000000000e", "10 décembre 2026"),),
    tenues=(("0199f1e2-7b1a-7000-8000-00000000000d", "20 octobre 2026"),),
    destinataires=(
        ("bailleur social", (("oph-fictif-2", "OPH Fictif 2"),)),
        ("travailleur social", (("cd93-ssd-bobigny", "Service social"),)),
    ),
    autorises=frozenset({"ordre-du-jour", "avis", "recommandation", "suite", "rapprochement"}),
)
FILTRES_CCAPEX = {"commune": "", "stade": "", "parc": "", "du": "", "au": "", "apres": ""}
FILTRES_JOURNAL = {
    "organisation": "",
    "agent": "",
    "dossier": "",
    "finalite": "",
    "issue": "",
    "du": "",
    "au": "",
    "apres": "",
}


def echeances() -> dict[str, Any]:
    sans = dict.fromkeys(("premier_jour", "heure", "manque", "partielle")) | {"actes": [], "autres_lectures": []}
    return {
        "au": LE.isoformat(),
        "echeances": [
            {
                "regle": "R04",
                "libelle": "transmission du diagnostic au juge",
                "etat": "EN_COURS",
                "dernier_jour": "2026-12-10",
                "explication": "Cinq jours avant l'audience du 15 décembre 2026.",
                "texte": "décret 2021-8",
                "etiquette": "STATED",
                **sans,
            },
            {
                "regle": "R01",
                "libelle": "clause résolutoire, impayé",
                "etat": "ACQUISE",
                "dernier_jour": "2025-07-24",
                "explication": "6 semaines après le commandement du 12 juin 2025.",
                "texte": "loi 89-462, art. 24 I",
                "etiquette": "STATED",
                **sans,
            },
        ],
        "suivant": None,
    }


def document_de_dette(*montants: int) -> dict[str, Any]:
    """A case of which a landlord states these debts, month after month."""
    dettes = [
        fait(100 + n, "DetteDeclaree", f"2026-{n:02}-28", OPH, montant=montant, arretee_au=f"2026-{n:02}-28")
        for n, montant in enumerate(montants, 1)
    ]
    return {**document(), "faits": [*(f for f in document()["faits"] if f["type"] == "DossierOuvert"), *dettes]}


def echeances_diverses() -> list[dict[str, Any]]:
    """Clocks: one that cannot be counted, one that is suspended, the truce, what has come to something."""
    sans = dict.fromkeys(("premier_jour", "dernier_jour", "heure", "partielle")) | {"autres_lectures": [], "manque": []}
    acte = f"0199f1e2-7b1a-7000-8000-{1:012d}"
    communs = {**sans, "actes": [acte], "texte": "CPC 538", "etiquette": "STATED"}
    manque = "la signification du jugement"
    return [
        {
            **communs,
            "regle": "R10",
            "libelle": "appel",
            "etat": "INCONNU",
            "manque": [manque],
            "explication": f"Appel : calcul impossible, il manque {manque}.",
        },
        {
            **communs,
            "regle": "R16",
            "libelle": "trêve hivernale",
            "etat": "SURSIS",
            "dernier_jour": "2027-03-31",
            "premier_jour": "2027-04-01",
            "explication": "Trêve hivernale : fin de la trêve le 31 mars 2027.",
        },
        {
            **communs,
            "regle": "R13",
            "libelle": "délai pour quitter les lieux, depuis la réception par le préfet",
            "etat": "ECHUE",
            "dernier_jour": "2026-09-02",
            "explication": "2 mois après la réception du 2 juillet 2026 ; le délai est passé.",
        },
        {
            **communs,
            "regle": "R22",
            "libelle": "suspension des poursuites",
            "etat": "SUSPENDU",
            "explication": "Suspension des poursuites : le délai est suspendu.",
        },
    ]


def mes_dossiers() -> dict[str, Any]:
    prochaine = {"regle": "R04", "libelle": "transmission du diagnostic au juge", "dernier_jour": "2026-12-10"}
    ligne = {"stade": "ASSIGNATION", "commune": "93008", "attentes": 1, "vu_change_le": "2026-11-20"}
    return {
        "au": LE.isoformat(),
        "dossiers": [
            {"dossier": DOSSIER, "intitule": "Amina DIARRA", "prochaine_echeance": prochaine, **ligne},
            {"dossier": AUTRE, "intitule": None, "prochaine_echeance": None, **ligne, "stade": None, "attentes": 0},
        ],
        "suivant": None,
    }


def attentes() -> dict[str, Any]:
    repond = {"type": "RecommandationSuivie", "libelle": "Suite donnée à une recommandation", "champ": "recommandation"}
    return {
        "au": LE.isoformat(),
        "attentes": [
            {
                "dossier": DOSSIER,
                "genre": "RECOMMANDATION",
                "libelle": "suite à donner à une recommandation",
                "fait": RECOMMANDATION,
                "instance": "CCAPEX",
                "categorie": "PLAN_APUREMENT",
                "donnee": None,
                "depuis": "2026-03-19",
                "echeance": "2026-06-30",
                "etat": "echu",
                "repond": [repond],
                "cle": RECOMMANDATION,
                "texte": "Charte 93, fiche 9",
            }
        ],
        "suivant": None,
    }
