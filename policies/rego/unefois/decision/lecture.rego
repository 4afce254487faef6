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
} else := "LIMITATION" if {
	_hors_actes(rang)
	not input.emis_par_moi
} else := "plein" if {
	_excepte(rang)
} else := _provenance if {
	_provenance
} else := _du_fait(rang) if {
	_du_fait(rang)
} else := "bail" if {
	_porte.personne_elle_meme
	input.sujet == "bail"
} else := _lettre(rang)

# METADATA
# title: Ce que la lettre de la ligne donne
# description: One's own, the others'; under restriction, one's own alone is said to be read, acts aside.
_lettre(rang) := "APPORTS_SEULS" if {
	not _plein
	not input.emis_par_moi
} else := "propres" if {
	not _plein
} else := "propres" if {
	_hors_actes(rang)
	data.tables.lectures.propre[rang.lecture] == "plein"
} else := "propres" if {
	rang.exige == "secret"
	not "intervention" in input.liens
} else := data.tables.lectures.propre[rang.lecture] if {
	input.emis_par_moi
} else := data.tables.lectures.autrui[rang.lecture]

# METADATA
# title: Ce que la limitation ferme
# description: Under restriction, what a text makes compulsory goes on with the acts, and with one's own.
# custom: {legal_ref: "RGPD 18(2) ; CPCE L.412-5 et L.431-2", tag: INFERRED}
_hors_actes(rang) if {
	input.limitation
	_porte.sous_limitation == "actes"
	not rang.acte
}

# METADATA
# title: Ce que le fait ferme de ce rang
# description: |
#   To the account of a person, what is another's; to a colleague, an evaluation that is neither of the same service nor
#   shared; where coordinates are those of some sources alone, the others; where debts are those of a year, older ones.
# custom: {legal_ref: "RGPD 5(1)(c) et 15(4) ; CASF L.121-6-2 ; CPCE L.153-1", tag: INFERRED}
_du_fait(rang) := "AUTRE_PERSONNE" if {
	_porte.personne_elle_meme
	not _la_concerne(rang)
} else := "EVALUATION_NON_PARTAGEE" if {
	rang.partage
	rang.exige == "secret"
	not _partagee
} else := "AUTRE_ORIGINE" if {
	count(rang.origines) > 0
	not input.origine in rang.origines
	not input.emis_par_moi
} else := "DETTE_ANCIENNE" if {
	rang.un_an
	input.ancien
	input.evenement != "JugementRendu"
}

# METADATA
# scope: document
# title: Ce qui concerne la personne
# description: What is its own; of the household, what is common; of another who holds the lease, what the lease says.
# custom: {legal_ref: "RGPD 15(4) ; CRPA L.311-6", tag: INFERRED}
_la_concerne(_) if input.sujet == "soi"

_la_concerne(_) if {
	input.emis_par_moi
	input.sujet == "commun"
}

_la_concerne(rang) if {
	rang.commun
	input.sujet == "commun"
}

_la_concerne(rang) if {
	rang.bail
	input.sujet == "bail"
}

# METADATA
# scope: document
# title: L'évaluation se lit de cet agent
# description: |
#   One's own; a colleague's or a shared one, by an agent of whose intervention the household was informed. What was
#   asked or answered under art. 7-2 has rules of its own.
# custom: {legal_ref: CASF L.121-6-2, tag: INFERRED}
_partagee if input.ma_main

_partagee if input.collecte == "article_72"

_partagee if {
	input.intervention_informee
	true in {input.emis_par_moi, input.partage}
}

# METADATA
# scope: document
# title: Tenu au secret, et intervenant auprès du ménage
# description: |
#   Territory or organisation is never enough. Who alone says that it follows the household reads what its own service
#   told.
# custom: {legal_ref: CASF L.121-6-2, tag: STATED}
_tenu_au_secret if {
	"intervention" in input.liens
	input.secret in {"profession", "mission"}
}

_tenu_au_secret if {
	"intervention_alleguee" in input.liens
	input.emis_par_moi
	input.secret in {"profession", "mission"}
}

# METADATA
# title: Une exception de la ligne joue
_excepte(rang) if {
	some exception in rang.exceptions
	exception in _exceptions
}

# METADATA
# scope: document
# title: Les exceptions qu'ouvre la nature du fait
# description: |
#   What was transmitted under art. 7-2; the needs that an avis of the CCAPEX states; to who follows the household, that
#   somebody else begins to.
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

_exceptions contains "suivi" if {
	input.evenement == "AccompagnementOuvert"
	input.source == "PARTENAIRE"
	"intervention" in input.liens
}

# METADATA
# title: Ce qu'ouvre l'accord de la personne
# description: |
#   It opens, group by group, the ranks that wait for it; it opens no other. A need, it opens where this very need was
#   given with the person's accord. What one told oneself, it does not reduce to the half that it opens of the others'.
# custom: {legal_ref: "RGPD 6(1)(e) et 9", tag: INFERRED}
_accordes := object.union_n([_par_accord(verdict, object.filter(rang.mesures.plein, input.accords)) |
	some [verdict, rang] in _verdicts
	rang.lecture in {"C", "C+own"}
	verdict in {"ACCORD_REQUIS", "propres"}
	_plein
	_par_ce_fait(rang)
])

# METADATA
# scope: document
# title: La part qu'un accord ouvre d'un rang
_par_accord("ACCORD_REQUIS", mesures) := mesures

_par_accord("propres", mesures) := {groupe: mesure | some groupe, mesure in mesures; mesure == "entier"}

# METADATA
# scope: document
# title: L'accord porte sur ce fait
_par_ce_fait(rang) if not rang.par_fait

_par_ce_fait(_) if input.besoin_accorde

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
#   and how to reach a person safely, but to the service that was told; that a person exercises a right, but to who
#   answers it; the reference of a fact in the system that it came from, but to who emitted it; which social service,
#   or who advises the person, told a fact, to whom the follow-up is closed; to a creditor, a surendettement before it
#   is notified. Who answers a person finds it under a pseudonym, without any content.
# custom: {legal_ref: "RGPD 5(1)(c), 9, 12, 18(2) et 32", tag: INFERRED}
_obligations contains "journal_secret" if {
	some groupe in data.tables.s3
	_ouverts[groupe]
}

_obligations contains "traitement_limite" if true in {input.limitation, input.opposition}

_obligations contains "violence_tue" if not input.emis_par_moi

_obligations contains "canal_tu" if {
	not input.emis_par_moi
	not _a_soi
}

_obligations contains "service_social_tu" if {
	input.origine in {"travail_social", "conseil"}
	not input.emis_par_moi
	not _ouverts.F11 == "entier"
}

_obligations contains "surendettement_notifie" if {
	_porte.creancier
	not input.emis_par_moi
}

_obligations contains "droits_tus" if not _porte.montre_droits

_obligations contains "reference_tue" if not input.emis_par_moi

_obligations contains "sous_pseudonyme" if {
	_porte.montre_droits
	not _porte.personne_elle_meme
}

_obligations contains reserve if some reserve in _reserves

# METADATA
# title: La personne lit ce qui est d'elle
# custom: {legal_ref: RGPD 15, tag: STATED}
_a_soi if {
	_porte.personne_elle_meme
	input.sujet == "soi"
}

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
	input.origine in _porte.origines_exclues
	not input.emis_par_moi
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
	_lien_exige(ligne)
}

# METADATA
# scope: document
# title: Le lien que la ligne exige
_lien_exige(ligne) if ligne.lien == null

_lien_exige(ligne) if ligne.lien in input.liens
