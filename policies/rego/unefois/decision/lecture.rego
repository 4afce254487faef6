# La lecture.
# What an admitted subject reads of one fact. The tables give, for a role, a purpose and a view, the groups that
# are closed whatever happens (`fermes`) and ranks of groups that share one rule (`rangs`). Each rank is decided
# once: its verdict is the name of one of its measures, or the reason that closes it.
package unefois.decision

# One rule and local names: in the embedded engine a reference to a rule costs as much as ten conditions.
#
# For each rank the verdict is the first that answers: a period of law that is over, what the subject lacks, what the
# row opens by exception, what the fact itself closes, and then what the letter of the row gives to an author and to
# others. The person's accord opens, group by group, the ranks that wait for it; it opens no other.
_lecture := {"groupes": ouverts, "retenus": fermes, "obligations": obligations} if {
	profil := object.get(_porte.profils, input.vue, {"fermes": {}, "rangs": []})
	caducs := {periode: "PAS_EN_VIGUEUR" |
		some periode, bornes in data.tables.periodes
		true in [bornes.valid_from > input.le, bornes.valid_to < input.le]
	}
	manques := _manques
	exceptions := _exceptions
	lectures := _lectures
	verdicts := [[verdict, rang] |
		some rang in profil.rangs
		verdict := object.get(
			caducs, rang.periode,
			object.get(manques, rang.exige, object.get(exceptions, rang.exception, lectures[rang.lecture])),
		)
	]
	accordes := object.union_n([mesures |
		some [verdict, rang] in verdicts
		verdict in {"ACCORD_REQUIS", "propres"}
		rang.lecture in {"C", "C+own"}
		_plein
		mesures := object.filter(rang.plein, input.accords)
	])
	ouverts := object.union(
		object.union_n([mesures |
			some [verdict, rang] in verdicts
			mesures := rang[verdict]
		]),
		accordes,
	)
	fermes := object.remove(
		object.union(profil.fermes, {groupe: verdict |
			some [verdict, rang] in verdicts
			not rang[verdict]
			some groupe in rang.groupes
		}),
		accordes,
	)
	obligations := {obligation |
		some [obligation, due] in [
			["journal_secret", count(object.filter(ouverts, data.tables.s3)) > 0],
			["traitement_limite", true in [input.limitation, input.opposition]],
			["violence_auteur_seul", object.get(ouverts, "F13", false) != false],
		]
		due
	}
}

# S3 needs a named agent; secrecy between professionals also needs that this agent be bound by it and that its
# intervention for this household be open (CASF L.121-6-2): territory or organisation is not enough.
_manques := {"agent": "AGENT_REQUIS", "secret": "AGENT_REQUIS"} if {
	input.agent != "valide"
} else := {} if {
	"intervention" in input.liens
	input.secret in {"profession", "mission"}
} else := {"secret": "HABILITATION_SECRET_REQUISE"}

# What a row opens for one kind of fact only: what was transmitted under art. 7-2, the needs that an avis states.
_exceptions := {"article_72": "plein"} if {
	input.collecte == "article_72"
	input.source == "PARTENAIRE"
} else := {"avis": "plein"} if {
	input.evenement == "AvisRendu"
	input.collecte == "generale"
	input.source == "PARTENAIRE"
} else := {}

# What each letter of the matrix gives of this fact. The source and the purpose of collection close all of them;
# authorship alone gives one's own facts.
_lectures := {lettre: _provenance | some lettre, _ in data.tables.lectures.autrui} if {
	_provenance
} else := {lettre: _auteur_seul | some lettre, _ in data.tables.lectures.autrui} if {
	not _plein
} else := data.tables.lectures.propre if {
	input.emis_par_moi
} else := data.tables.lectures.autrui

_auteur_seul := "propres" if {
	input.emis_par_moi
} else := "APPORTS_SEULS"

_provenance := "SOURCE_EXPLOC" if {
	input.source == "EXPLOC"
	not _destinataire_exploc
} else := _collecte if {
	input.collecte != "generale"
	_collecte
}

_collecte := "AUTRE_DEMANDE" if {
	input.collecte == "autre_demande"
	not _porte.personne_elle_meme
} else := "AUTRE_DEMANDE" if {
	input.collecte == "meme_demande"
	not input.demande
	not _porte.personne_elle_meme
} else := "TRAVAIL_SOCIAL" if {
	input.collecte in _porte.collectes_exclues
} else := "ARTICLE_72" if {
	input.collecte == "article_72"
	not input.emis_par_moi
}

_destinataire_exploc if {
	ligne := data.tables.exploc[input.role]
	_en_vigueur(ligne)
	_agent_designe(ligne)
	_lien_exige(ligne)
}

_agent_designe(ligne) if not ligne.agent

_agent_designe(_) if input.agent == "valide"

_lien_exige(ligne) if ligne.lien == null

_lien_exige(ligne) if ligne.lien in input.liens
