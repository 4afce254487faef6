# METADATA
# title: La lecture
# description: |
#   What an admitted subject reads of one fact. The tables give, for a role, a purpose and a view, the groups that
#   are closed whatever happens (`fermes`) and ranks of groups that share one rule (`rangs`). Each rank is decided
#   once: its verdict is the name of one of its measures, or a reason.
package unefois.lecture

import data.unefois.acces

default groupes := {}

groupes := object.union_n(array.concat(
	[mesures |
		some [verdict, rang] in _verdicts
		mesures := rang[verdict]
	],
	[mesures |
		some [verdict, rang] in _verdicts
		verdict in {"accord", "accord_ou_propres"}
		mesures := _selon_accord(verdict, rang)
	],
)) if {
	_ouvre
}

retenus := object.union(_profil.fermes, {groupe: raison |
	some [verdict, rang] in _verdicts
	some groupe, raison in _fermes(verdict, rang)
}) if {
	_ouvre
} else := {groupe: "SANS_LECTURE" | some groupe in data.tables.groupes}

# METADATA
# description: What the caller must do with what it reads.
obligations := [obligation | some obligation in sort(_obligations)]

_obligations contains "journal_secret" if {
	some groupe in data.tables.s3
	groupes[groupe]
}

# Violence is readable by its author's service alone: the gate drops that need from what F13 opens.
_obligations contains "violence_auteur_seul" if {
	groupes.F13
	not input.emis_par_moi
}

_obligations contains "traitement_limite" if input.limitation

_obligations contains "traitement_limite" if input.opposition

_ouvre if input.action in {"lire", "lister"}

_profil := object.get(data.tables.profils, [input.role, input.finalite, input.vue], {"fermes": {}, "rangs": []})

_verdicts := [[verdict, rang] |
	some rang in _profil.rangs
	verdict := _verdict(rang)
]

_verdict(rang) := "PAS_EN_VIGUEUR" if {
	not acces.en_vigueur(rang)
} else := "AGENT_REQUIS" if {
	rang.s3
	input.agent != "valide"
} else := "HABILITATION_SECRET_REQUISE" if {
	rang.secret
	not _secret_partage
} else := _provenance if {
	_provenance
} else := "plein" if {
	rang.article_72
	input.collecte == "article_72"
} else := "ARTICLE_72" if {
	_transmis
} else := "plein" if {
	rang.dans_avis
	input.evenement == "AvisRendu"
} else := _auteur_seul if {
	not acces.plein
} else := "plein" if {
	rang.lecture == "plein"
} else := "propres" if {
	rang.lecture in {"own", "own+L"}
	input.emis_par_moi
} else := "APPORTS_SEULS" if {
	rang.lecture == "own"
} else := "limite" if {
	rang.lecture == "own+L"
} else := "accord_ou_propres" if {
	rang.ecriture
	input.emis_par_moi
} else := "accord"

_auteur_seul := "propres" if {
	input.emis_par_moi
} else := "APPORTS_SEULS"

# CASF L.121-6-2: a named agent, bound by secrecy, whose intervention for this household is open.
_secret_partage if {
	"intervention" in input.liens
	input.secret in {"profession", "mission"}
}

# What the source, or the purpose of collection, closes whatever the rank.
_provenance := "SOURCE_EXPLOC" if {
	input.source == "EXPLOC"
	not _destinataire_exploc
} else := "AUTRE_DEMANDE" if {
	input.collecte == "autre_demande"
	not _personne_elle_meme
} else := "AUTRE_DEMANDE" if {
	input.collecte == "meme_demande"
	not input.demande
	not _personne_elle_meme
} else := "TRAVAIL_SOCIAL" if {
	input.collecte in acces.role.collectes_exclues
}

_personne_elle_meme if input.finalite == "DROITS_PERSONNE"

# What was transmitted under art. 7-2 is read by the instructeur for its saisine, and reread by its author.
_transmis if {
	input.collecte == "article_72"
	not input.emis_par_moi
}

_destinataire_exploc if {
	ligne := data.tables.exploc[input.role]
	acces.en_vigueur(ligne)
	_agent_designe(ligne)
	_lien_exige(ligne)
}

_agent_designe(ligne) if not ligne.agent

_agent_designe(_) if input.agent == "valide"

_lien_exige(ligne) if ligne.lien == null

_lien_exige(ligne) if ligne.lien in input.liens

_selon_accord("accord", rang) := object.filter(rang.plein, input.accords)

_selon_accord("accord_ou_propres", rang) := object.union(rang.propres, object.filter(rang.plein, input.accords))

_fermes("accord", rang) := {groupe: "ACCORD_REQUIS" |
	some groupe, _ in object.remove(rang.plein, input.accords)
}

_fermes("accord_ou_propres", _) := {}

_fermes(verdict, rang) := {groupe: verdict | some groupe, _ in rang.plein} if {
	not verdict in {"accord", "accord_ou_propres", "plein", "propres", "limite"}
}
