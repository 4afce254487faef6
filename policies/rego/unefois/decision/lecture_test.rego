package unefois.decision_test

test_autorise_la_lecture_de_son_propre_fait if {
	reponse({"emis_par_moi": true}) == lecture(
		{"F01": "entier", "F05": "propres", "F06": "propres", "F12": "entier", "F13": "propres"},
		{"F07": "PAS_EN_VIGUEUR", "F20": "STATISTIQUE_SEULE"},
		{"droits_tus", "journal_secret"},
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

test_autorise_ses_seuls_apports_a_qui_dit_seul_qu_il_suit_le_menage if {
	faits := {"liens": ["territoire", "intervention_alleguee"]}

	reponse(faits).retenus.F12 == "HABILITATION_SECRET_REQUISE"
	reponse(object.union(faits, {"emis_par_moi": true})).groupes.F12 == "propres"
	reponse(object.union(faits, {"emis_par_moi": true, "secret": "aucun"})).retenus.F12 == "HABILITATION_SECRET_REQUISE"
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
		{"canal_tu", "droits_tus", "reference_tue", "violence_tue"},
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
		{"apports_seuls", "droits_tus", "journal_secret"},
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
		{"canal_tu", "droits_tus", "journal_secret", "reference_tue", "violence_tue"},
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

test_autorise_qui_suit_le_menage_a_savoir_qu_un_autre_le_suit if {
	suivi := {"evenement": "AccompagnementOuvert"}
	reponse(suivi).groupes.F13 == "entier"
	reponse(object.union(suivi, {"liens": ["territoire"]})).retenus.F13 == "APPORTS_SEULS"
	reponse(object.union(suivi, {"source": "EXPLOC"})).retenus.F13 == "APPORTS_SEULS"
}

test_refuse_ce_qui_vient_d_exploc_a_qui_n_est_pas_destinataire if {
	reponse({"source": "EXPLOC", "le": "2025-04-16"}).retenus.F01 == "SOURCE_EXPLOC"
}

test_autorise_ce_qui_vient_d_exploc_au_destinataire if {
	reponse({"source": "EXPLOC", "le": "2025-04-17"}).groupes.F01 == "entier"
	personne := {"role": "PERSONNE", "liens": ["mandat"], "agent": "nomme", "sujet": "soi"}
	reponse(object.union(personne, {"source": "EXPLOC"})).groupes.F01 == "entier"
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
		faits := {"role": "PERSONNE", "liens": ["mandat"], "collecte": collecte, "demande": false, "sujet": "soi"}
		reponse(faits).groupes.F01 == "entier"
	}
}

test_refuse_ce_qui_est_confie_au_travail_social if {
	reponse({"origine": "travail_social"}).retenus.F01 == "TRAVAIL_SOCIAL"
	reponse({"origine": "travail_social", "emis_par_moi": true}).groupes.F01 == "entier"
	every origine in ["autre", "force_publique", "personne"] {
		reponse({"origine": origine}).groupes.F01 == "entier"
	}
}

test_autorise_sous_limitation_les_actes_et_ses_apports if {
	limite := {"finalite": "ACTE", "vue": "fine", "limitation": true}
	autrui := reponse(limite)
	autrui.groupes == {"F05": "entier"}
	autrui.retenus.F01 == "LIMITATION"
	"traitement_limite" in autrui.obligations
	reponse(object.union(limite, {"emis_par_moi": true})).groupes == {
		"F01": "propres",
		"F05": "entier",
		"F07": "propres",
		"F11": "propres",
		"F12": "propres",
	}
}

test_autorise_contre_une_opposition_ce_qu_un_texte_impose if {
	oppose := reponse({"finalite": "ACTE", "vue": "fine", "opposition": true})
	oppose.groupes.F01 == "entier"
	"traitement_limite" in oppose.obligations
}

# METADATA
# title: Ce que lit le compte d'une personne, fait par fait
de_la_personne(faits) := reponse(object.union({"role": "PERSONNE", "liens": ["mandat"], "vue": "fine"}, faits))

test_autorise_la_personne_a_lire_ce_qui_est_d_elle_et_ce_qui_est_commun if {
	de_la_personne({"sujet": "soi"}).groupes.F11 == "entier"
	commun := de_la_personne({"sujet": "commun"})
	commun.groupes.F01 == "entier"
	commun.retenus.F11 == "AUTRE_PERSONNE"
	de_la_personne({"sujet": "commun", "emis_par_moi": true}).groupes.F11 == "entier"
}

test_refuse_a_la_personne_ce_qui_est_d_une_autre if {
	de_la_personne({"sujet": "autrui"}).groupes == {}
	de_la_personne({"sujet": "autrui"}).retenus.F01 == "AUTRE_PERSONNE"
}

test_autorise_de_l_autre_titulaire_ce_que_dit_le_bail if {
	de_la_personne({"sujet": "bail"}).groupes == {"F01": "bail"}
}

test_refuse_les_coordonnees_que_d_autres_ont_donnees if {
	reponse({"vue": "fine"}).retenus.F07 == "AUTRE_ORIGINE"
	reponse({"vue": "fine", "origine": "personne"}).groupes.F07 == "entier"
	reponse({"vue": "fine", "emis_par_moi": true}).groupes.F07 == "entier"
}

test_refuse_une_dette_de_plus_d_un_an_que_nul_n_a_jugee if {
	reponse({"vue": "fine", "ancien": true}).retenus.F05 == "DETTE_ANCIENNE"
	reponse({"vue": "fine", "ancien": true, "evenement": "JugementRendu"}).groupes.F05 == "entier"
}

test_refuse_l_accord_qui_ne_porte_pas_sur_ce_fait if {
	reponse({"vue": "fine", "accords": ["F06"]}).groupes.F06 == "entier"
	reponse({"vue": "fine", "accords": ["F06"], "besoin_accorde": false}).retenus.F06 == "ACCORD_REQUIS"
}

test_refuse_l_evaluation_d_un_collegue_sans_information_du_menage if {
	collegue := {"vue": "fine", "ma_main": false, "emis_par_moi": true}
	reponse(collegue).groupes.F12 == "entier"
	sans := object.union(collegue, {"intervention_informee": false})
	reponse(sans).retenus.F12 == "EVALUATION_NON_PARTAGEE"
	reponse(object.union(sans, {"ma_main": true})).groupes.F12 == "entier"
}

test_refuse_l_evaluation_d_un_autre_service_qui_ne_la_partage_pas if {
	ailleurs := {"vue": "fine", "ma_main": false}
	reponse(ailleurs).retenus.F12 == "EVALUATION_NON_PARTAGEE"
	partagee := object.union(ailleurs, {"partage": true})
	reponse(partagee).groupes.F12 == "entier"
	reponse(object.union(partagee, {"intervention_informee": false})).retenus.F12 == "EVALUATION_NON_PARTAGEE"
	transmise := object.union(ailleurs, {"collecte": "article_72", "intervention_informee": false})
	reponse(transmise).retenus.F12 == "ARTICLE_72"
	reponse(object.union(transmise, {"emis_par_moi": true})).groupes.F12 == "entier"
}

test_refuse_de_dire_quel_service_social_a_parle if {
	social := {"vue": "fine", "origine": "travail_social"}
	"service_social_tu" in reponse(social).obligations
	"service_social_tu" in de_la_personne(object.union(social, {"sujet": "commun"})).obligations
	not "service_social_tu" in de_la_personne(object.union(social, {"sujet": "soi"})).obligations
	not "service_social_tu" in reponse(object.union(social, {"emis_par_moi": true})).obligations
}

test_refuse_de_dire_qui_conseille_la_personne if {
	conseil := {"vue": "fine", "origine": "conseil"}
	"service_social_tu" in de_la_personne(object.union(conseil, {"sujet": "commun"})).obligations
	not "service_social_tu" in reponse(conseil).obligations
}

test_refuse_a_un_creancier_ce_qui_n_est_pas_notifie if {
	creancier := {"finalite": "CREANCE"}
	"surendettement_notifie" in reponse(creancier).obligations
	not "surendettement_notifie" in reponse(object.union(creancier, {"emis_par_moi": true})).obligations
	not "surendettement_notifie" in reponse({}).obligations
}

test_autorise_la_personne_a_lire_comment_la_joindre if {
	not "canal_tu" in de_la_personne({"sujet": "soi"}).obligations
	"canal_tu" in de_la_personne({}).obligations
	"canal_tu" in reponse({"sujet": "soi"}).obligations
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

test_autorise_a_trouver_sous_pseudonyme_qui_exerce_un_droit if {
	"sous_pseudonyme" in reponse({"finalite": "DROITS"}).obligations
	not "sous_pseudonyme" in de_la_personne({}).obligations
}

test_refuse_la_reference_du_fait_d_un_autre if {
	"reference_tue" in reponse({}).obligations
	not "reference_tue" in reponse({"emis_par_moi": true}).obligations
}
