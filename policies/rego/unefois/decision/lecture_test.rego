package unefois.decision_test

test_autorise_la_lecture_de_son_propre_fait if {
	reponse({"emis_par_moi": true}) == lecture(
		{"F01": "entier", "F05": "propres", "F06": "propres", "F12": "entier", "F13": "propres"},
		{"F07": "PAS_EN_VIGUEUR", "F20": "STATISTIQUE_SEULE"},
		{"droits_tus", "journal_secret", "violence_auteur_seul"},
	)
}

test_autorise_une_periode_de_la_loi if {
	reponse({"le": "2025-12-31"}).groupes.F07 == "entier"
	reponse({"le": "2026-01-01"}).retenus.F07 == "PAS_EN_VIGUEUR"
}

test_refuse_s3_a_qui_ne_prouve_pas_qui_il_est if {
	reponse({"agent": "nomme", "emis_par_moi": true}) == lecture(
		{"F01": "entier", "F05": "propres", "F06": "propres"},
		{
			"F07": "PAS_EN_VIGUEUR",
			"F12": "JETON_PERSONNEL_REQUIS",
			"F13": "JETON_PERSONNEL_REQUIS",
			"F20": "STATISTIQUE_SEULE",
		},
		{"droits_tus"},
	)
}

test_refuse_le_secret_sans_intervention_ou_sans_habilitation if {
	every faits in [{"liens": ["territoire"]}, {"secret": "aucun"}] {
		reponse(faits).retenus.F12 == "HABILITATION_SECRET_REQUISE"
	}
}

test_refuse_ce_que_la_vue_n_ouvre_pas if {
	reponse({"vue": "etroite"}) == lecture(
		{},
		{"F01": "HORS_VUE", "F20": "STATISTIQUE_SEULE"},
		{"droits_tus", "reference_tue"},
	)
}

test_autorise_l_accord_de_la_personne if {
	reponse({"accords": ["F05", "F06", "F12", "F13", "F20"]}).groupes == {
		"F01": "entier",
		"F05": "tranche",
		"F06": "entier",
		"F12": "entier",
	}
}

test_refuse_l_accord_a_qui_n_est_lie_que_par_ses_apports if {
	reponse({"accords": ["F06"], "liens": ["auteur"]}).retenus.F06 == "APPORTS_SEULS"
}

test_autorise_au_seul_auteur_ses_apports if {
	reponse({"liens": ["auteur"], "emis_par_moi": true}) == lecture(
		{"F01": "propres", "F05": "propres", "F06": "propres", "F13": "propres"},
		{"F07": "PAS_EN_VIGUEUR", "F12": "HABILITATION_SECRET_REQUISE", "F20": "STATISTIQUE_SEULE"},
		{"apports_seuls", "droits_tus", "journal_secret", "violence_auteur_seul"},
	)
}

test_refuse_au_seul_auteur_les_apports_des_autres if {
	reponse({"liens": ["auteur"]}).groupes == {}
}

test_autorise_ce_qui_est_transmis_sous_l_article_7_2 if {
	reponse({"collecte": "article_72"}) == lecture(
		{"F12": "entier"},
		{
			"F01": "ARTICLE_72",
			"F05": "ARTICLE_72",
			"F06": "ARTICLE_72",
			"F07": "PAS_EN_VIGUEUR",
			"F13": "ARTICLE_72",
			"F20": "STATISTIQUE_SEULE",
		},
		{"droits_tus", "journal_secret", "reference_tue"},
	)
}

test_autorise_a_l_auteur_ce_qu_il_a_transmis_sous_l_article_7_2 if {
	reponse({"collecte": "article_72", "emis_par_moi": true}).groupes.F05 == "propres"
}

test_autorise_les_besoins_d_un_avis if {
	reponse({"evenement": "AvisRendu"}).groupes.F13 == "entier"
	reponse({"evenement": "AvisRendu", "source": "EXPLOC"}).retenus.F13 == "APPORTS_SEULS"
	reponse({"evenement": "AvisRendu", "collecte": "autre_demande"}).retenus.F13 == "AUTRE_DEMANDE"
}

test_refuse_ce_qui_vient_d_exploc_a_qui_n_est_pas_destinataire if {
	reponse({"source": "EXPLOC", "le": "2025-04-16"}).retenus.F01 == "SOURCE_EXPLOC"
}

test_autorise_ce_qui_vient_d_exploc_au_destinataire if {
	reponse({"source": "EXPLOC", "le": "2025-04-17"}).groupes.F01 == "entier"
	reponse({"source": "EXPLOC", "role": "PERSONNE", "liens": ["mandat"], "agent": "nomme"}).groupes.F01 == "entier"
}

test_refuse_ce_qui_est_dit_pour_une_autre_demande if {
	reponse({"collecte": "autre_demande"}).retenus.F01 == "AUTRE_DEMANDE"
	reponse({"collecte": "meme_demande", "demande": false}).retenus.F01 == "AUTRE_DEMANDE"
}

test_autorise_ce_qui_est_dit_pour_cette_demande if {
	reponse({"collecte": "meme_demande"}).groupes.F01 == "entier"
}

test_autorise_la_personne_a_lire_ses_demandes if {
	every collecte in ["autre_demande", "meme_demande"] {
		faits := {"role": "PERSONNE", "liens": ["mandat"], "collecte": collecte, "demande": false}
		reponse(faits).groupes.F01 == "entier"
	}
}

test_refuse_ce_qui_est_confie_au_travail_social if {
	reponse({"collecte": "accompagnement"}).retenus.F01 == "TRAVAIL_SOCIAL"
}

test_autorise_sous_limitation_ce_qu_un_texte_impose if {
	every faits in [{"limitation": true}, {"opposition": true}] {
		reponse(object.union({"finalite": "ACTE", "emis_par_moi": true}, faits)).obligations == {
			"droits_tus",
			"journal_secret",
			"traitement_limite",
			"violence_auteur_seul",
		}
	}
}

test_refuse_de_dire_qu_une_personne_exerce_un_droit if {
	every faits in [{}, {"emis_par_moi": true}, {"finalite": "ACTE"}] {
		"droits_tus" in reponse(faits).obligations
	}
}

test_autorise_a_le_dire_a_la_personne_elle_meme if {
	reponse({"role": "PERSONNE", "liens": ["mandat"], "emis_par_moi": true, "agent": "nomme"}).obligations == set()
}

test_reserve_sa_part_a_qui_n_est_lie_que_par_ses_apports if {
	every faits in [{}, {"stade": "DEPART"}, {"opposition": true}, {"action": "emettre"}] {
		"apports_seuls" in reponse(object.union({"liens": ["auteur"]}, faits)).obligations
		not "apports_seuls" in reponse(object.union({"liens": ["auteur", "territoire"]}, faits)).obligations
	}
}

test_refuse_la_reference_du_fait_d_un_autre if {
	"reference_tue" in reponse({}).obligations
	not "reference_tue" in reponse({"emis_par_moi": true}).obligations
}
