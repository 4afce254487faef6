# La lecture.
# What an admitted subject reads of one fact. The tables give, for a role, a purpose and a view, the groups that are
# closed whatever happens (`fermes`) and ranks of groups that share one rule (`rangs`). Each rank is decided once: its
# verdict is the name of one of its measures, or the reason that closes it.
package unefois.decision

# METADATA
# title: Ce que lit ce rôle, à cette finalité, par cette vue
_profil := _porte.profils[input.vue]

# METADATA
# title: Chaque rang et son verdict
_verdicts := [[_verdict(rang), rang] | some rang in _profil.rangs]

# METADATA
# title: Le verdict d'un rang
# description: |
#   The first that answers: a period of law that is over, what the subject lacks, what the row opens by exception, what
#   the fact itself closes, and then what the letter of the row gives to an author and to others. S3 needs a
#   token bound to the person; secrecy between professionals also needs one bound by it, whose intervention is open.
# custom: {legal_ref: CASF L.121-6-2 ; CPEN 226-13, tag: STATED}
_verdict(rang) := "PAS_EN_VIGUEUR" if {
	not _en_vigueur(rang)
} else := "JETON_PERSONNEL_REQUIS" if {
	rang.exige in {"agent", "secret"}
	input.agent != "prouve"
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

# METADATA
# title: Tenu au secret, et intervenant auprès du ménage
# description: Territory or organisation is never enough.
# custom: {legal_ref: CASF L.121-6-2, tag: STATED}
_tenu_au_secret if {
	"intervention" in input.liens
	input.secret in {"profession", "mission"}
}

# METADATA
# scope: document
# title: Les exceptions qu'ouvre la nature du fait
# description: What was transmitted under art. 7-2; the needs that an avis states.
# custom: {legal_ref: Loi 90-449 art. 7-2, tag: STATED}
_exceptions contains "article_72" if {
	input.collecte == "article_72"
	input.source == "PARTENAIRE"
}

_exceptions contains "avis" if {
	input.evenement == "AvisRendu"
	input.collecte == "generale"
	input.source == "PARTENAIRE"
}

# METADATA
# title: Ce qu'ouvre l'accord de la personne
# description: It opens, group by group, the ranks that wait for it; it opens no other.
# custom: {legal_ref: RGPD 6(1)(e), tag: INFERRED}
_accordes := object.union_n([object.filter(rang.mesures.plein, input.accords) |
	some [verdict, rang] in _verdicts
	rang.lecture in {"C", "C+own"}
	verdict in {"ACCORD_REQUIS", "propres"}
	_plein
])

# METADATA
# title: Les groupes ouverts, et leur mesure
_ouverts := object.union(
	object.union_n([object.get(rang.mesures, verdict, {}) | some [verdict, rang] in _verdicts]),
	_accordes,
)

# METADATA
# title: Les groupes retenus, et leur motif
# custom: {legal_ref: RGPD 5(1)(c), tag: STATED}
_retenus := object.union(_profil.fermes, {groupe: verdict |
	some [verdict, rang] in _verdicts
	some groupe in rang.groupes
	not _ouverts[groupe]
})

# METADATA
# scope: document
# title: Ce que la lecture oblige à faire
# description: |
#   A log apart for S3 and a mark on what goes on under limitation or opposition. What stays unsaid: a need of violence
#   but to its author; that a person exercises a right, but to who answers it; and the reference of a fact in the system
#   that it came from, but to who emitted it. Who answers a person finds it under a pseudonym, without any content.
# custom: {legal_ref: "RGPD 5(1)(c), 9, 12, 18(2) et 32", tag: INFERRED}
_obligations contains "journal_secret" if {
	some groupe in data.tables.s3
	_ouverts[groupe]
}

_obligations contains "traitement_limite" if true in {input.limitation, input.opposition}

_obligations contains "violence_auteur_seul" if _ouverts.F13

_obligations contains "droits_tus" if not _porte.montre_droits

_obligations contains "reference_tue" if not input.emis_par_moi

_obligations contains "sous_pseudonyme" if {
	_porte.montre_droits
	not _porte.personne_elle_meme
}

_obligations contains reserve if some reserve in _reserves

# METADATA
# title: Ce que la provenance ferme
# description: The source and the purpose of collection close whatever no exception opens.
# custom: {legal_ref: Décret 2025-348 art. 3 ; CRPA L.114-8, tag: STATED}
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

# METADATA
# title: Accédant ou destinataire d'EXPLOC
# custom: {legal_ref: Décret 2025-348 art. 3, tag: STATED}
_destinataire_exploc if {
	ligne := data.tables.exploc[input.role]
	_en_vigueur(ligne)
	_agent_designe(ligne)
	_lien_exige(ligne)
}

# METADATA
# scope: document
# title: L'agent que la ligne exige
_agent_designe(ligne) if not ligne.agent

_agent_designe(_) if _nomme

# METADATA
# scope: document
# title: Le lien que la ligne exige
_lien_exige(ligne) if ligne.lien == null

_lien_exige(ligne) if ligne.lien in input.liens
