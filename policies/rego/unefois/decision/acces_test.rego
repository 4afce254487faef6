package unefois.decision_test

test_refuse_le_role_inconnu if {
	reponse({"role": "MAIRE"}) == refus("droit", "ROLE_INCONNU")
}

test_refuse_la_finalite_refusee_a_tous if {
	reponse({"finalite": "FRAUDE"}) == refus("droit", "FINALITE_REFUSEE")
}

test_refuse_la_finalite_inconnue if {
	reponse({"finalite": "AUTRE"}) == refus("droit", "FINALITE_INCONNUE")
}

test_refuse_la_finalite_d_un_autre_role if {
	reponse({"role": "PERSONNE", "finalite": "ACTE"}) == refus("droit", "FINALITE_NON_ACCORDEE")
}

test_refuse_avant_l_entree_en_vigueur if {
	reponse({"finalite": "APRES", "le": "2026-12-31"}) == refus("droit", "FINALITE_PAS_EN_VIGUEUR")
}

test_autorise_le_jour_de_l_entree_en_vigueur if {
	reponse({"finalite": "APRES", "le": "2027-01-01"}).autorise
}

test_refuse_l_agent_inconnu_ou_expire if {
	every agent in ["inconnu", "expire"] {
		reponse({"agent": agent}) == refus("droit", "AGENT_INVALIDE")
	}
}

test_refuse_de_lire_a_une_machine_seule if {
	every action in ["lire", "lister"] {
		reponse({"action": action, "agent": "absent", "liens": []}) == refus("droit", "AGENT_REQUIS")
		reponse({"action": action, "agent": "nomme"}).autorise
	}
}

test_autorise_une_machine_seule_a_dire_ce_que_son_organisme_dit if {
	reponse({"action": "importer", "evenement": "DetteLue", "agent": "absent"}) == permis
	every action in ["emettre", "ouvrir"] {
		reponse({"action": action, "evenement": "DetteDite", "agent": "absent"}) == permis
	}
}

test_refuse_sans_preuve_ce_qui_en_exige_une if {
	attendu := refus("droit", "JETON_PERSONNEL_REQUIS")

	reponse({"action": "emettre", "evenement": "EffacementDit", "agent": "nomme"}) == attendu
}

test_autorise_qui_prouve_qui_il_est if {
	reponse({"action": "emettre", "evenement": "EffacementDit"}) == permis
}

test_refuse_l_action_que_la_finalite_ne_permet_pas if {
	reponse({"finalite": "ACTE", "action": "lister"}) == refus("droit", "ACTION_NON_ACCORDEE")
}

test_refuse_la_vue_d_une_autre_finalite if {
	reponse({"vue": "large"}) == refus("droit", "VUE_NON_ACCORDEE")
}

test_refuse_l_existence_a_l_etranger if {
	every liens in [[], ["mandat"], ["portefeuille"], ["intervention"]] {
		every action in ["lire", "lister"] {
			reponse({"action": action, "liens": liens}) == refus("existence", "AUCUN_LIEN")
		}
		reponse({"action": "emettre", "evenement": "DetteDite", "liens": liens}) == refus("existence", "AUCUN_LIEN")
	}
}

test_refuse_l_existence_au_seul_auteur_d_une_finalite_qui_l_exclut if {
	reponse({"finalite": "ACTE", "liens": ["auteur"]}) == object.union(
		refus("existence", "AUCUN_LIEN"),
		{"obligations": {"apports_seuls"}},
	)
}

test_autorise_chaque_voie if {
	every liens in [["territoire"], ["mandat", "portefeuille"], ["auteur"]] {
		reponse({"liens": liens}).autorise
	}
}

test_autorise_d_ouvrir_sans_lien if {
	every evenement in ["", "DetteDite"] {
		reponse({"action": "ouvrir", "evenement": evenement, "liens": []}) == permis
	}
}

test_refuse_d_emettre_sans_nommer_d_evenement if {
	every evenement in ["", "Inconnu"] {
		reponse({"action": "emettre", "evenement": evenement}) == refus("droit", "EVENEMENT_INCONNU")
	}
}

test_refuse_d_ouvrir_avec_un_evenement_inconnu if {
	reponse({"action": "ouvrir", "evenement": "Inconnu"}) == refus("droit", "EVENEMENT_INCONNU")
}

test_refuse_l_evenement_d_un_autre_role_ou_d_un_autre_temps if {
	every evenement in ["DetteLue", "ActeFutur"] {
		reponse({"action": "emettre", "evenement": evenement}) == refus("droit", "EVENEMENT_NON_ACCORDE")
	}
}

test_refuse_l_evenement_d_une_autre_finalite if {
	reponse({"action": "emettre", "evenement": "SeanceInscrite"}) == refus("droit", "EVENEMENT_NON_ACCORDE")
}

test_refuse_d_ecrire_un_groupe_que_la_finalite_n_ouvre_pas if {
	every action in ["emettre", "ouvrir"] {
		faits := {"action": action, "evenement": "DetteDite"}
		reponse(object.union(faits, {"ecrits": ["F05", "F12"]})) == refus("droit", "HORS_FINALITE")
		reponse(object.union(faits, {"ecrits": ["F01", "F05"]})) == permis
	}
}

# METADATA
# title: Une personne émet
parle(evenement, sujet) := reponse(object.union(
	{"role": "PERSONNE", "liens": ["mandat"], "action": "emettre"},
	{"evenement": evenement, "sujet": sujet},
))

test_refuse_a_une_personne_de_parler_pour_une_autre if {
	every sujet in ["commun", "bail", "autrui"] {
		parle("AccordDit", sujet) == refus("droit", "AUTRE_PERSONNE")
	}
	every sujet in ["bail", "autrui"] {
		parle("DetteDite", sujet) == refus("droit", "AUTRE_PERSONNE")
	}
}

test_autorise_une_personne_a_parler_pour_elle if {
	parle("AccordDit", "soi") == permis
	parle("DetteDite", "commun") == permis
}

test_refuse_l_accord_qui_profite_a_qui_le_recueille if {
	interesse := {"action": "emettre", "evenement": "AccordDit", "interesse": true}

	reponse(interesse) == refus("droit", "ACCORD_INTERESSE")
	reponse(object.union(interesse, {"interesse": false, "sujet": "autrui"})) == permis
}

test_refuse_l_acte_d_une_autre_commission if {
	inscrite := {"finalite": "COMMISSION", "action": "emettre", "evenement": "SeanceInscrite"}

	reponse(object.union(inscrite, {"instance": "CLIL"})) == permis
	reponse(object.union(inscrite, {"instance": "COMEX"})) == refus("droit", "AUTRE_COMMISSION")
	reponse(object.union(inscrite, {"instance": "CLIL", "chez_soi": false})) == refus("droit", "AUTRE_COMMISSION")
	reponse(object.union(inscrite, {"evenement": "DetteDite", "instance": "COMEX", "chez_soi": false})) == permis
}

test_autorise_le_secretariat_a_tenir_ses_seances if {
	every action in ["sieger", "convoquer"] {
		reponse({"action": action, "liens": [], "instance": "CLIL"}) == permis
	}
}

test_refuse_la_seance_d_une_autre_commission_comme_inconnue if {
	reponse({"action": "sieger", "chez_soi": false}) == refus("existence", "AUCUN_LIEN")
	every action in ["sieger", "convoquer"] {
		reponse({"action": action, "instance": "COMEX"}) == refus("existence", "AUCUN_LIEN")
		reponse({"action": action, "instance": "CLIL", "chez_soi": false}) == refus("existence", "AUCUN_LIEN")
	}
}

test_refuse_a_qui_siege_de_convoquer if {
	siege := {"instance": "CLIL", "chez_soi": false, "convoque": true}

	reponse(object.union(siege, {"action": "sieger"})) == permis
	reponse(object.union(siege, {"action": "convoquer"})) == refus("droit", "AUTRE_COMMISSION")
	reponse({"action": "convoquer", "chez_soi": false}) == refus("droit", "AUTRE_COMMISSION")
}

test_refuse_de_convoquer_sur_la_parole_d_une_machine if {
	convoque := {"action": "convoquer", "instance": "CLIL", "agent": "nomme"}

	reponse(convoque) == refus("droit", "JETON_PERSONNEL_REQUIS")
	reponse(object.union(convoque, {"action": "sieger"})) == permis
}

test_refuse_l_ordre_du_jour_d_une_commission_d_un_autre_regime if {
	membre := {"finalite": "REGIME", "liens": ["ordre_du_jour"]}

	reponse(membre) == refus("existence", "AUCUN_LIEN")
	reponse(object.union(membre, {"regimes": ["AUCUN"]})) == refus("existence", "AUCUN_LIEN")
	reponse(object.union(membre, {"regimes": ["ARTICLE_7_2"]})).autorise
	reponse({"finalite": "REGIME"}).autorise
}

test_autorise_l_import_des_groupes_d_un_acte if {
	reponse({"action": "importer", "evenement": "DetteLue", "ecrits": ["F12"]}) == permis
}

test_autorise_l_evenement_a_sa_finalite if {
	reponse({"finalite": "COMMISSION", "action": "emettre", "evenement": "SeanceInscrite"}) == permis
}

test_refuse_au_seul_auteur_de_saisir_une_commission if {
	seul := {"finalite": "COMMISSION", "action": "emettre", "evenement": "SeanceInscrite", "liens": ["auteur"]}
	attendu := object.union(refus("droit", "AUTRE_LIEN_REQUIS"), {"obligations": {"apports_seuls"}})

	reponse(seul) == attendu
	reponse(object.union(seul, {"information_menage": false, "opposition": true})) == attendu
	reponse(object.union(seul, {"liens": ["auteur", "territoire"]})) == permis
	reponse(object.union(seul, {"evenement": "DetteDite"})).autorise
	reponse(object.union(seul, {"liens": []})) == refus("existence", "AUCUN_LIEN")
}

test_autorise_le_seul_auteur_a_lire_sa_part_en_commission if {
	reponse({"finalite": "COMMISSION", "liens": ["auteur"], "evenement": "SeanceInscrite"}).autorise
}

test_autorise_l_import_de_ce_qui_s_importe if {
	every evenement in ["", "DetteLue"] {
		reponse({"action": "importer", "evenement": evenement, "liens": []}) == permis
	}
}

test_refuse_l_import_de_ce_qui_ne_s_importe_pas if {
	reponse({"action": "importer", "evenement": "DetteDite"}) == refus("droit", "EVENEMENT_NON_ACCORDE")
}

test_refuse_l_emission_d_une_machine if {
	reponse({"action": "emettre", "evenement": "BesoinDit", "agent": "absent"}) == refus("droit", "AGENT_REQUIS")
}

test_autorise_l_emission_d_un_agent if {
	reponse({"action": "emettre", "evenement": "BesoinDit"}) == permis
}

test_refuse_l_emission_de_qui_n_est_pas_tenu_au_secret if {
	attendu := refus("droit", "HABILITATION_SECRET_REQUISE")

	reponse({"action": "emettre", "evenement": "EvaluationDite", "secret": "aucun"}) == attendu
}

test_refuse_l_emission_sans_intervention if {
	attendu := refus("droit", "HABILITATION_SECRET_REQUISE")

	reponse({"action": "emettre", "evenement": "EvaluationDite", "liens": ["territoire"]}) == attendu
}

test_refuse_ce_que_n_ouvre_qu_un_lien_allegue if {
	reponse({"liens": ["mandat", "portefeuille_allegue"]}) == refus("existence", "AUCUN_LIEN")
	reponse({"finalite": "DEMANDE", "liens": ["territoire", "demande_alleguee"]}) == refus("existence", "AUCUN_LIEN")
}

test_autorise_ses_apports_a_qui_allegue_un_lien if {
	reponse({"liens": ["portefeuille_allegue", "auteur"], "emis_par_moi": true}).groupes.F01 == "propres"
	faits := {"finalite": "DEMANDE", "liens": ["territoire", "demande_alleguee", "auteur"]}

	reponse(faits).retenus.F01 == "APPORTS_SEULS"
	reponse(object.union(faits, {"emis_par_moi": true})).groupes.F01 == "propres"
	reponse(object.union(faits, {"finalite": "SUIVI"})).groupes.F01 == "entier"
}

test_autorise_l_emission_sous_secret if {
	every secret in ["profession", "mission"] {
		reponse({"action": "emettre", "evenement": "EvaluationDite", "secret": secret}) == permis
	}
}

test_refuse_la_lecture_sans_information_du_menage if {
	attendu := refus("existence", "INFORMATION_MENAGE_REQUISE")

	reponse({"finalite": "COMMISSION", "information_menage": false}) == attendu
}

test_refuse_l_inscription_sans_information_du_menage if {
	faits := {"finalite": "COMMISSION", "action": "emettre", "evenement": "SeanceInscrite", "information_menage": false}

	reponse(faits) == refus("droit", "INFORMATION_MENAGE_REQUISE")
}

test_autorise_une_emission_qui_n_expose_pas if {
	faits := {"finalite": "COMMISSION", "action": "emettre", "evenement": "DetteDite", "information_menage": false}

	reponse(object.union(faits, {"opposition": true, "limitation": true})) == permis
}

test_refuse_la_lecture_facultative_contre_une_opposition if {
	reponse({"opposition": true}) == refus("droit", "OPPOSITION")
	reponse({"limitation": true}) == refus("droit", "LIMITATION")
}

test_refuse_l_existence_en_commission_contre_une_opposition if {
	reponse({"finalite": "COMMISSION", "opposition": true}) == refus("existence", "OPPOSITION")
	reponse({"finalite": "COMMISSION", "limitation": true}) == refus("existence", "LIMITATION")
}

test_refuse_l_inscription_contre_une_opposition if {
	faits := {"finalite": "COMMISSION", "action": "emettre", "evenement": "SeanceInscrite"}

	reponse(object.union(faits, {"opposition": true})) == refus("droit", "OPPOSITION")
	reponse(object.union(faits, {"limitation": true})) == refus("droit", "LIMITATION")
}

test_refuse_le_stade_sans_objet if {
	reponse({"stade": "EXPULSION"}) == refus("droit", "STADE_SANS_OBJET")
}

test_refuse_sans_saisine if {
	reponse({"finalite": "SAISINE", "saisine_ouverte": false}) == refus("droit", "SAISINE_REQUISE")
}

test_refuse_sans_demande if {
	reponse({"finalite": "DEMANDE", "demande": false}) == refus("droit", "DEMANDE_REQUISE")
}
