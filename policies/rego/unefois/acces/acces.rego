# METADATA
# title: L'accès
# description: |
#   Whether the subject gets anything at all. `motif` is empty when it does; else it names the first obstacle, in an
#   order that never tells a stranger whether the record exists: what depends on the subject alone is looked at
#   first (403), then the link (404), and what depends on the record last.
package unefois.acces

# METADATA
# description: The first obstacle, or the empty string.
default motif := "ROLE_INCONNU"

motif := _sujet if {
	_sujet != ""
} else := "AUCUN_LIEN" if {
	_vise_un_dossier
	not lie
} else := _dossier if {
	_vise_un_dossier
	_dossier != ""
} else := ""

# METADATA
# description: Which kind of no. `existence` is answered with the bytes of an unknown record.
default refus := "droit"

refus := "existence" if motif == "AUCUN_LIEN"

refus := "existence" if {
	motif in {"INFORMATION_MENAGE_REQUISE", "OPPOSITION", "LIMITATION"}
	finalite.information_menage
	input.action != "emettre"
}

# METADATA
# description: The rows of the tables that this question is about.
role := object.get(data.tables.roles, input.role, null)

finalite := object.get(data.tables.finalites, input.finalite, null)

_emission := object.get(data.tables.emissions, input.evenement, null)

# METADATA
# description: Linked by one of the ways that the role's row accepts for this purpose; `plein` when by another way than authorship.
lie if plein

lie if auteur

plein if {
	some voie in _voies
	every lien in voie {
		lien in input.liens
	}
}

auteur if {
	role.auteur
	not role.liens_par_finalite[input.finalite]
	"auteur" in input.liens
}

default _voies := []

_voies := role.liens_par_finalite[input.finalite] if {
	role.liens_par_finalite[input.finalite]
} else := role.liens

_vise_un_dossier if input.action in {"lire", "lister", "emettre"}

_lecture if input.action in {"lire", "lister"}

# What depends on the subject alone.
_sujet := "ROLE_INCONNU" if {
	not role
} else := "FINALITE_REFUSEE" if {
	data.tables.finalites_refusees[input.finalite]
} else := "FINALITE_INCONNUE" if {
	not finalite
} else := "FINALITE_NON_ACCORDEE" if {
	not role.finalites[input.finalite]
} else := "FINALITE_PAS_EN_VIGUEUR" if {
	not en_vigueur(finalite)
} else := "AGENT_INVALIDE" if {
	input.agent in {"inconnu", "expire"}
} else := "ACTION_NON_ACCORDEE" if {
	not _action_accordee
} else := "VUE_NON_ACCORDEE" if {
	not finalite.vues[input.vue]
} else := _ecriture if {
	input.action in {"emettre", "ouvrir", "importer"}
} else := ""

_action_accordee if {
	role.actions[input.action]
	finalite.actions[input.action]
}

# METADATA
# description: A row of law binds from valid_from to valid_to, both included.
en_vigueur(ligne) if {
	ligne.valid_from <= input.le
	_pas_echue(ligne)
}

_pas_echue(ligne) if ligne.valid_to == null

_pas_echue(ligne) if ligne.valid_to >= input.le

# Each partner emits its own types of events only; opening and importing may name none.
_ecriture := "" if {
	input.evenement == ""
	input.action != "emettre"
} else := "EVENEMENT_INCONNU" if {
	not _emission
} else := "EVENEMENT_NON_ACCORDE" if {
	not _emission_accordee
} else := "AGENT_REQUIS" if {
	_emission.agent
	input.agent != "valide"
} else := "HABILITATION_SECRET_REQUISE" if {
	_emission.secret
	not input.secret in {"profession", "mission"}
} else := ""

_emission_accordee if {
	input.action == "importer"
	en_vigueur(_emission)
	_emission.import
}

_emission_accordee if {
	input.action != "importer"
	en_vigueur(_emission)
	_emission.roles[input.role]
	_pour_cette_finalite
}

_pour_cette_finalite if _emission.finalites == null

_pour_cette_finalite if input.finalite in _emission.finalites

# What depends on the record, for one who is linked to it.
_dossier := "INFORMATION_MENAGE_REQUISE" if {
	_suppose_information
	not input.information_menage
} else := "OPPOSITION" if {
	input.opposition
	_facultatif
} else := "LIMITATION" if {
	input.limitation
	_facultatif
} else := "STADE_SANS_OBJET" if {
	not _stade_utile
} else := "SAISINE_REQUISE" if {
	finalite.saisine
	not input.saisine_ouverte
} else := "DEMANDE_REQUISE" if {
	finalite.demande
	not input.demande
} else := "HABILITATION_SECRET_REQUISE" if {
	_ecrit_sous_intervention
	not "intervention" in input.liens
} else := ""

# A commission that only its charter founds lists no case before the household is told (RGPD 13, 14).
_suppose_information if {
	finalite.information_menage
	_lecture
}

_suppose_information if {
	finalite.information_menage
	_inscription
}

_inscription if {
	input.action == "emettre"
	_emission.information_menage
}

# Opposition and limitation stop what no text makes compulsory; keeping goes on (RGPD 18(2)).
_facultatif if {
	not finalite.obligatoire
	_lecture
}

_facultatif if {
	not finalite.obligatoire
	_inscription
	finalite.information_menage
}

_stade_utile if {
	_dans(finalite.stades)
	_dans(role.stades)
}

_dans(stades) if stades == null

_dans(stades) if input.stade in stades

_ecrit_sous_intervention if {
	input.action == "emettre"
	_emission.intervention
}
