# La lecture.
# What an admitted subject reads of one fact. The tables give, for a role, a purpose and a view, the groups that
# are closed whatever happens (`fermes`) and ranks of groups that share one rule (`rangs`). Each rank is decided
# once: its verdict is the name of one of its measures, or the reason that closes it.
package unefois.decision

_profil := _porte.profils[input.vue]

_verdicts := [[_verdict(rang), rang] | some rang in _profil.rangs]

# The first that answers: a period of law that is over, what the subject lacks, what the row opens by exception, what
# the fact itself closes, and then what the letter of the row gives to an author and to others.
#
# S3 needs a named agent; secrecy between professionals also needs that this agent be bound by it and that its
# intervention for this household be open (CASF L.121-6-2): territory or organisation is not enough.
_verdict(rang) := "PAS_EN_VIGUEUR" if {
	not _en_vigueur(rang)
} else := "AGENT_REQUIS" if {
	rang.exige in {"agent", "secret"}
	input.agent != "valide"
} else := "HABILITATION_SECRET_REQUISE" if {
	rang.exige == "secret"
	not _tenu_au_secret
} else := "plein" if {
	rang.exception in _exceptions
} else := _provenance if {
	_provenance
} else := "APPORTS_SEULS" if {
	not _plein
	not input.emis_par_moi
} else := "propres" if {
	not _plein
} else := data.tables.lectures.propre[rang.lecture] if {
	input.emis_par_moi
} else := data.tables.lectures.autrui[rang.lecture]

_tenu_au_secret if {
	"intervention" in input.liens
	input.secret in {"profession", "mission"}
}

# What a row opens for one kind of fact only: what was transmitted under art. 7-2, the needs that an avis states.
_exceptions contains "article_72" if {
	input.collecte == "article_72"
	input.source == "PARTENAIRE"
}

_exceptions contains "avis" if {
	input.evenement == "AvisRendu"
	input.collecte == "generale"
	input.source == "PARTENAIRE"
}

# The person's accord opens, group by group, the ranks that wait for it; it opens no other.
_accordes := object.union_n([object.filter(rang.mesures.plein, input.accords) |
	some [verdict, rang] in _verdicts
	rang.lecture in {"C", "C+own"}
	verdict in {"ACCORD_REQUIS", "propres"}
	_plein
])

_ouverts := object.union(
	object.union_n([object.get(rang.mesures, verdict, {}) | some [verdict, rang] in _verdicts]),
	_accordes,
)

_retenus := object.union(_profil.fermes, {groupe: verdict |
	some [verdict, rang] in _verdicts
	some groupe in rang.groupes
	not _ouverts[groupe]
})

_obligations contains "journal_secret" if {
	some groupe in data.tables.s3
	_ouverts[groupe]
}

_obligations contains "traitement_limite" if true in {input.limitation, input.opposition}

_obligations contains "violence_auteur_seul" if _ouverts.F13

# The source and the purpose of collection close whatever no exception opens.
_provenance := "SOURCE_EXPLOC" if {
	input.source == "EXPLOC"
	not _destinataire_exploc
} else := "AUTRE_DEMANDE" if {
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
