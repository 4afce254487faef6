# L'accès.
# Whether the subject gets anything at all. `_motif` is empty when it does; else it names the first obstacle, in an
# order that never tells a stranger whether the record exists: what depends on the subject alone is looked at
# first (403), then the link (404), and what depends on the record last.
package unefois.decision

# What the role may do at this purpose (`data.tables.portes`), or false when it may not declare it.
_porte := object.get(data.tables.portes, [input.role, input.finalite], false)

default _motif := ""

_motif := _sans_porte if {
	not _porte
} else := "FINALITE_PAS_EN_VIGUEUR" if {
	not _en_vigueur(_porte)
} else := "AGENT_INVALIDE" if {
	input.agent in {"inconnu", "expire"}
} else := "ACTION_NON_ACCORDEE" if {
	not input.action in _porte.actions
} else := "VUE_NON_ACCORDEE" if {
	not input.vue in _porte.vues
} else := _ecriture if {
	input.action in {"emettre", "ouvrir", "importer"}
	_ecriture
} else := "AUCUN_LIEN" if {
	_sur_un_dossier
	not _plein
	not _auteur
} else := _obstacle if {
	_sur_un_dossier
	_obstacle
}

# The other actions open or look for records: none is known yet.
_sur_un_dossier if input.action in {"lire", "lister", "emettre"}

# `existence` is answered with the bytes of an unknown record. A case that a commission may not list is not there, for
# who reads as that commission.
default _refus := "droit"

_refus := "existence" if _motif == "AUCUN_LIEN"

_refus := "existence" if {
	_motif in {"INFORMATION_MENAGE_REQUISE", "OPPOSITION", "LIMITATION"}
	_porte.information_menage
	input.action in {"lire", "lister"}
}

# Linked by one of the ways that the role's row accepts for this purpose.
_plein if {
	some voie in _porte.liens
	every lien in voie {
		lien in input.liens
	}
}

# Linked by authorship alone, which gives one's own contributions.
_auteur if {
	_porte.auteur
	"auteur" in input.liens
}

# A row of law binds from valid_from to valid_to, both included.
_en_vigueur(ligne) if {
	ligne.valid_from <= input.le
	ligne.valid_to >= input.le
}

default _sans_porte := "FINALITE_NON_ACCORDEE"

_sans_porte := "ROLE_INCONNU" if {
	not data.tables.roles[input.role]
} else := "FINALITE_REFUSEE" if {
	data.tables.finalites_refusees[input.finalite]
} else := "FINALITE_INCONNUE" if {
	not data.tables.finalites[input.finalite]
}

_emission := object.get(data.tables.emissions, input.evenement, false)

# Each partner emits its own types of events only; opening and importing may name none.
_ecriture := "EVENEMENT_INCONNU" if {
	not _emission
	_nomme_un_evenement
} else := "EVENEMENT_NON_ACCORDE" if {
	_emission
	not _emission_accordee
} else := "AGENT_REQUIS" if {
	_emission.agent
	input.agent != "valide"
} else := "HABILITATION_SECRET_REQUISE" if {
	_emission.secret
	not input.secret in {"profession", "mission"}
}

_nomme_un_evenement if input.evenement != ""

_nomme_un_evenement if input.action == "emettre"

_emission_accordee if {
	input.action == "importer"
	_en_vigueur(_emission)
	_emission.import
}

_emission_accordee if {
	input.action != "importer"
	_en_vigueur(_emission)
	input.role in _emission.roles
	_pour_cette_finalite
}

_pour_cette_finalite if _emission.finalites == null

_pour_cette_finalite if input.finalite in _emission.finalites

# What depends on the record, for one who is linked to it.
_obstacle := "INFORMATION_MENAGE_REQUISE" if {
	_porte.information_menage
	not input.information_menage
	_expose
} else := "OPPOSITION" if {
	input.opposition
	_facultatif
} else := "LIMITATION" if {
	input.limitation
	_facultatif
} else := "STADE_SANS_OBJET" if {
	not input.stade in _porte.stades
} else := "SAISINE_REQUISE" if {
	_porte.saisine
	not input.saisine_ouverte
} else := "DEMANDE_REQUISE" if {
	_porte.demande
	not input.demande
} else := "HABILITATION_SECRET_REQUISE" if {
	input.action == "emettre"
	_emission.intervention
	not "intervention" in input.liens
}

# Reading exposes the household; so does putting its case on the agenda of a commission (RGPD 13, 14).
_expose if input.action in {"lire", "lister"}

_expose if _emission.information_menage

# Opposition and limitation stop what no text makes compulsory; keeping goes on (RGPD 18(2)).
_facultatif if {
	not _porte.obligatoire
	input.action in {"lire", "lister"}
}

_facultatif if {
	_porte.information_menage
	_expose
}
