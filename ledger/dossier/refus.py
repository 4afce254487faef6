"""What the case does not allow."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

REFUS: Final[Mapping[str, tuple[str, str]]] = MappingProxyType(
    {
        "accord_inconnu": ("Aucun accord en cours ne porte cet identifiant", "relisez le dossier."),
        "acte_inconnu": ("Aucun acte de procédure que vous ayez transmis ne porte cet identifiant", "donnez le sien."),
        "article_manquant": ("Un refus nomme l'article qui le fonde", "indiquez-le."),
        "article_requis": ("Un refus cite l'article qui le fonde", "donnez-le."),
        "avis_manquant": ("Le délégué à la protection des données rend d'abord son avis", "demandez-le lui."),
        "besoin_confidentiel": (
            "Des violences ne se lisent que du service qui les a apprises",
            "dites plutôt ce qu'il faut adapter.",
        ),
        "champ_inconnu": ("Ce fait n'a pas ce champ", "donnez le nom que porte le dossier."),
        "commune_inconnue": (
            "Ce code n'est pas celui d'une commune du département à cette date",
            "donnez son code INSEE.",
        ),
        "concours_non_requis": (
            "Aucune réquisition n'est connue à cette date",
            "enregistrez-la d'abord, reçue de l'étude ou sur papier.",
        ),
        "contribution_trop_longue": ("Une contribution porte un nombre borné d'événements", "envoyez-en plusieurs."),
        "contribution_vide": ("La contribution ne contient aucun événement", "donnez-en au moins un."),
        "correction": ("Vous ne pouvez corriger qu'un événement que vous avez transmis", "demandez-le à son auteur."),
        "correction_autre_nature": (
            "Un événement se remplace par un autre du même type",
            "retirez-le (FaitCorrige), puis dites le vôtre.",
        ),
        "correction_impossible": (
            "Une ouverture et un effacement ne se retirent pas",
            "dites ce qui est juste dans un autre événement.",
        ),
        "correction_trop_profonde": (
            "Trop de retraits se suivent ici",
            "dites de nouveau le fait, dans un autre événement.",
        ),
        "date_future": ("La date de l'événement est dans l'avenir", "donnez le jour où il s'est produit."),
        "date_impossible": ("Cette date n'est pas possible", "donnez le jour où cela s'est produit, ou se produira."),
        "decision_inconnue": (
            "Aucune décision d'effacement en attente ne porte cet identifiant",
            "faites-la d'abord décider.",
        ),
        "deja_corrige": ("Cet événement a déjà été corrigé", "corrigez sa correction."),
        "deja_decide": ("Cette demande d'effacement est déjà décidée", "une nouvelle demande en ouvre une autre."),
        "deja_demande": (
            "Vous le lui avez déjà demandé, et il n'a pas encore répondu",
            "retirez cette demande pour la refaire.",
        ),
        "deja_examine": ("Ce dossier y a été examiné", "il ne quitte plus son ordre du jour."),
        "deja_inscrit": ("Ce dossier est déjà à l'ordre du jour de cette séance", "rien n'est à inscrire."),
        "demande72_inconnue": (
            "Aucune demande adressée à votre service ne porte cet identifiant",
            "relisez le dossier.",
        ),
        "dernier_adulte": (
            "C'est le dernier adulte d'un ménage où un autre est effacé",
            "demandez aussi son effacement.",
        ),
        "donneur": ("Un accord dit qui le donne", "donnez la personne (RGPD, article 7, 1)."),
        "dossier_non_clos": ("Ce dossier n'est pas clos", "dites ce qui arrive, sans le rouvrir."),
        "dossier_plein": (
            "Ce dossier tient autant de faits qu'il en admet",
            "n'y écrivez plus que l'exercice d'un droit.",
        ),
        "duree": ("Cette durée dépasse ce que le texte permet ce jour-là", "rapprochez sa fin."),
        "effacement_inconnu": (
            "Aucune demande d'effacement ne porte cet identifiant",
            "enregistrez d'abord la demande.",
        ),
        "effacement_non_engage": (
            "Aucun effacement engagé de cette personne n'est à constater",
            "exécutez d'abord la décision.",
        ),
        "examen_inconnu": ("Aucun examen de ce dossier ne porte cet identifiant", "relisez le dossier."),
        "fait_inconnu": (
            "Aucun fait de ce dossier ne porte cet identifiant, ou il a été corrigé",
            "relisez le dossier.",
        ),
        "fin_avant_debut": ("Cette période finit avant de commencer", "relisez-la."),
        "hors_bornes": ("Ce nombre de mois sort de ce que le texte permet ce jour-là", "relisez la durée."),
        "hors_ordre_du_jour": (
            "Ce dossier n'est pas à l'ordre du jour de cette séance",
            "inscrivez-l'y d'abord (InstanceInscrite).",
        ),
        "identifiant_pris": ("Cet identifiant a déjà servi", "donnez-en un neuf."),
        "intervention_inconnue": (
            "Aucun accompagnement ouvert par votre service ne porte cet identifiant",
            "relisez le dossier.",
        ),
        "lien_inconnu": (
            "Aucun accompagnement en cours ni aucune demande ne porte cet identifiant",
            "relisez le dossier.",
        ),
        "lien_par_soi_meme": (
            "Nul ne confirme son propre lien",
            "le responsable du service ou l'instructeur de la CCAPEX le fait.",
        ),
        "limitation": (
            "Le ménage a fait limiter le traitement (RGPD, article 18)",
            "attendez qu'il lève cette limitation.",
        ),
        "meme_personne": (
            "L'effacement est exécuté par une autre personne que celle qui l'a décidé",
            "confiez-le lui.",
        ),
        "menage_aussi": (
            "Les clés du ménage sont détruites avec le dernier adulte, et pas avant",
            "relisez le dossier.",
        ),
        "menage_efface": ("Le ménage a été effacé", "ce dossier ne reçoit plus rien, ouvrez-en un autre."),
        "menage_non_informe": ("Informez d'abord le ménage (MenageInforme)", "une CLIL n'examine aucun dossier sans."),
        "motif_manquant": (
            "L'avis défavorable du délégué ne lie pas, mais la décision qui s'en écarte dit pourquoi",
            "donnez-en le motif (RGPD, article 38).",
        ),
        "motif_requis": ("Un délai ou un refus se motive (RGPD, article 12)", "dites pourquoi."),
        "motif_sans_correction": (
            "Rien n'est corrigé ici",
            "nommez l'événement que vous corrigez, ou retirez ce motif.",
        ),
        "naissance_impossible": ("Cette naissance n'est pas possible à la date de l'événement", "relisez l'année."),
        "non_inscrit": ("Ce dossier n'est pas à l'ordre du jour de cette séance", "relisez le dossier."),
        "non_reuni": ("Ces dossiers ne sont pas réunis", "dites d'abord qu'ils sont du même ménage (MEME_MENAGE)."),
        "opposition": ("Le ménage s'oppose à l'examen de son dossier en CLIL", "attendez qu'il lève son opposition."),
        "ouverture": (
            "Un dossier commence par son ouverture, et n'est ouvert qu'une fois",
            "passez par POST /v1/dossiers.",
        ),
        "personne_effacee": ("Cette personne a été effacée du dossier", "plus rien ne s'y écrit à son sujet."),
        "personne_inconnue": ("Cette personne n'est pas dans le dossier", "déclarez-la d'abord (OccupantDeclare)."),
        "precision_sans_objet": ("Cette précision ne va pas avec ce qui est dit", "laissez-la vide."),
        "presence_double": ("Un défendeur est présent, représenté ou absent", "nommez chacun une seule fois."),
        "prolongation": ("Un délai prolongé a un terme", "donnez-le, sans dépasser ce que le texte permet."),
        "rapprochement_inconnu": (
            "Aucun rapprochement n'est proposé avec ce dossier",
            "proposez-le d'abord (RapprochementSuggere).",
        ),
        "rapprochement_tranche": (
            "Un rapprochement tranché l'est dans deux dossiers",
            "tranchez-le de nouveau (RapprochementTranche).",
        ),
        "recommandation_incomplete": (
            "Une recommandation dit ce qui est à faire, et avant quand",
            "donnez son texte et son échéance.",
        ),
        "recommandation_inconnue": ("Aucune recommandation ne porte cet identifiant", "relisez le dossier."),
        "reference_au_secret": (
            "La nature d'un acte sous secret est scellée, et l'article la dirait",
            "laissez ce champ vide.",
        ),
        "renseignement_inconnu": (
            "Aucune demande adressée à votre organisme ne porte cet identifiant",
            "relisez ce qui vous est adressé.",
        ),
        "requete_inconnue": (
            "Aucune requête de cette personne ne porte cet identifiant",
            "enregistrez-la d'abord (DroitExerce).",
        ),
        "rien_a_trier": (
            "Ce fait n'attend pas d'être trié",
            "relisez ce qui a été dit pendant que les dossiers étaient réunis.",
        ),
        "sans_contradictoire": (
            "Une suspension suppose que le ménage a pu répondre (CRPA, L.121-1)",
            "dites quand il a été sollicité.",
        ),
        "sans_date": ("Une expulsion planifiée a un jour", "donnez-le."),
        "sans_proposition": ("Aucune proposition n'attend la réponse de cette commission", "relisez le dossier."),
        "sans_recours": ("Une décision défavorable dit les recours ouverts (CRPA, L.412-1)", "donnez-les."),
        "sans_saisine": (
            "L'article 7-2 suppose une saisine ouverte",
            "saisissez d'abord la CCAPEX (CcapexSaisie), ou n'envoyez rien.",
        ),
        "titre_inconnu": ("Aucun jugement de ce dossier ne porte cet identifiant", "donnez le sien, ou laissez vide."),
        "trop_de_pieces": (
            "Vous avez joint à ce dossier autant de pièces qu'il en admet",
            "réunissez les suivantes dans un seul PDF.",
        ),
        "trop_de_reunis": ("Un ménage se lit en un nombre borné de dossiers", "séparez-en un d'abord (DISTINCT)."),
    }
)
"""By code, what is refused, and what to do: as a rule says it, where it knows no more.

What stops an erasure is data: its codes and sentences are rows (``ledger.droit.obstacles``).
"""


class ActeRefuse(Exception):
    """The domain refuses a contribution: a stable code, the field at fault, a French sentence with the remedy.

    ``message``: where the rule knows more than the table does.
    """

    def __init__(self, code: str, champ: str, message: str | None = None) -> None:
        message = " : ".join(REFUS[code]) if message is None else message
        super().__init__(message)
        self.code = code
        self.champ = champ
        self.message = message
