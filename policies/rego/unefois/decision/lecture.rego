# La lecture.
# What an admitted subject reads of one fact. The tables give, for a role, a purpose and a view, the groups that
# are closed whatever happens (`fermes`) and ranks of groups that share one rule (`rangs`). Each rank is decided
# once: its verdict is the name of one of its measures, or the reason that closes it.
package unefois.decision

_profil := object.get(_porte.profils, input.vue, {"fermes": {}, "rangs": []})

# The groups that are opened, each with its measure.
_ouverts := object.union(
	object.union_n([mesures |
		some [verdict, rang] in _verdicts
		mesures := rang[verdict]
	]),
	_accordes,
)

# The groups that are not, each with its reason. With `_ouverts`, every group exactly once.
_fermes := object.remove(
	object.union(_profil.fermes, {groupe: verdict |
		some [verdict, rang] in _verdicts
		not rang[verdict]
		some groupe in rang.groupes
	}),
	_accordes,
)

# What the caller must do with what it reads: journal an access to secrets, mark a restricted processing, and keep a
# need that tells of violence for its author's service alone.
_obligations := _particulieres | {obligation |
	some [verdict, rang] in _verdicts
	rang[verdict]
	some obligation in rang.obligations
}

_particulieres contains "traitement_limite" if true in [input.limitation, input.opposition]

_particulieres contains obligation if {
	some groupe, _ in _accordes
	some obligation in data.tables.obligations[groupe]
}

# For each rank, the first that answers: a period of law that is over, what the subject lacks, what the row opens by
# exception, what the fact itself closes, and then what the row gives to an author and to others. Nested lookups and
# not alternatives of a function: the same answer at half the cost in the embedded engine.
_verdicts := [[verdict, rang] |
	some rang in _profil.rangs
	verdict := object.get(
		_caducs, rang.periode,
		object.get(_manques, rang.exige, object.get(_exceptions, rang.exception, _lectures[rang.lecture])),
	)
]

_caducs := {periode: "PAS_EN_VIGUEUR" |
	some periode, bornes in data.tables.periodes
	not _en_vigueur(bornes)
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

# What each kind of row gives of this fact. The source and the purpose of collection close all of them; authorship
# alone gives one's own facts.
_lectures := _toutes(_provenance) if {
	_provenance
} else := _toutes("propres") if {
	not _plein
	input.emis_par_moi
} else := _toutes("APPORTS_SEULS") if {
	not _plein
} else := {
	"plein": "plein",
	"own": "propres",
	"own+L": "propres",
	"C": "ACCORD_REQUIS",
	"C+own": "propres",
} if {
	input.emis_par_moi
} else := {
	"plein": "plein",
	"own": "APPORTS_SEULS",
	"own+L": "limite",
	"C": "ACCORD_REQUIS",
	"C+own": "ACCORD_REQUIS",
}

_toutes(verdict) := {
	"plein": verdict,
	"own": verdict,
	"own+L": verdict,
	"C": verdict,
	"C+own": verdict,
}

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

# The person's accord opens, group by group, the ranks that wait for it; it opens no other.
default _accordes := {}

_accordes := object.union_n([mesures |
	some [verdict, rang] in _verdicts
	rang.lecture in {"C", "C+own"}
	verdict in {"ACCORD_REQUIS", "propres"}
	mesures := object.filter(rang.plein, input.accords)
]) if {
	input.accords != []
	_plein
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
