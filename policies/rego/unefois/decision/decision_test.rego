# METADATA
# scope: package
# title: La décision, éprouvée
# description: |
#   One service, a few purposes and seven groups: small tables written out, so that each expected answer can be read
#   here. The rows of the law have their own tests, outside.
package unefois.decision_test

import data.unefois.decision

# METADATA
# title: Ce rôle à une finalité que rien ne restreint
porte := {
	"valid_from": "2022-01-01",
	"valid_to": "9999-12-31",
	"saisine": false,
	"demande": false,
	"information_menage": false,
	"sous_limitation": "refuse",
	"montre_droits": false,
	"regime": "",
	"personne_elle_meme": false,
	"actions": ["lire", "lister", "ouvrir", "emettre", "importer", "auditer", "sieger", "convoquer"],
	"vues": ["", "etroite", "fine"],
	"liens": [["territoire"], ["mandat", "portefeuille"]],
	"auteur": true,
	"stades": ["OUVERT", "JUGEMENT"],
	"ecrit": ["F01", "F05"],
	"commissions": ["CLIL"],
	"origines_exclues": ["travail_social"],
	"creancier": false,
	"profils": {
		"": large,
		"etroite": {"fermes": object.union(large.fermes, {"F01": "HORS_VUE"}), "rangs": []},
		"fine": fine,
	},
}

# METADATA
# title: Ce qui se décide fait par fait
fine := {
	"fermes": {},
	"rangs": [
		rang("F01", "entier", {"lecture": "plein", "commun": true, "bail": true}),
		rang("F05", "tranche", {"lecture": "plein", "acte": true, "un_an": true}),
		rang("F06", "tranche", {"lecture": "C", "par_fait": true}),
		rang("F07", "oui_non", {"lecture": "plein", "origines": ["personne"]}),
		rang("F11", "existence", {"lecture": "plein"}),
		rang("F12", "entier", {"lecture": "plein", "exige": "secret", "partage": true}),
	],
}

# METADATA
# title: Ce qui se lit hors de toute vue
large := {
	"fermes": {"F20": "STATISTIQUE_SEULE"},
	"rangs": [
		rang("F01", "entier", {"lecture": "plein"}),
		rang("F05", "tranche", {"lecture": "own+L"}),
		rang("F06", "tranche", {"lecture": "C+own"}),
		rang("F07", "oui_non", {"lecture": "plein", "valid_to": "2025-12-31"}),
		rang("F12", "entier", {"lecture": "plein", "exige": "secret", "exceptions": ["article_72"]}),
		rang("F13", "oui_non", {"lecture": "own", "exige": "agent", "exceptions": ["avis", "suivi"]}),
	],
}

# METADATA
# title: Le rang d'un seul groupe
rang(groupe, limite, dit) := object.union(
	{
		"exige": "",
		"exceptions": [],
		"commun": false,
		"acte": false,
		"par_fait": false,
		"partage": false,
		"bail": false,
		"origines": [],
		"un_an": false,
		"valid_from": "2022-01-01",
		"valid_to": "9999-12-31",
		"groupes": [groupe],
		"mesures": {
			"plein": {groupe: "entier"},
			"propres": {groupe: "propres"},
			"limite": {groupe: limite},
			"bail": {groupe: "bail"},
		},
	},
	dit,
)

# METADATA
# title: Une émission que rien ne restreint
emission := {
	"roles": ["SERVICE"],
	"import": false,
	"finalites": ["SUIVI", "SAISINE", "DEMANDE", "COMMISSION", "APRES"],
	"agent": "",
	"secret": false,
	"intervention": false,
	"information_menage": false,
	"soi": false,
	"valid_from": "2022-01-01",
	"valid_to": "9999-12-31",
}

# METADATA
# title: Les tables de l'épreuve
tables := {
	"revision": "r1",
	"groupes": ["F01", "F05", "F06", "F07", "F12", "F13", "F20"],
	"s3": ["F12", "F13"],
	"lectures": {
		"autrui": {
			"plein": "plein",
			"own": "APPORTS_SEULS",
			"own+L": "limite",
			"C": "ACCORD_REQUIS",
			"C+own": "ACCORD_REQUIS",
		},
		"propre": {"plein": "plein", "own": "propres", "own+L": "propres", "C": "ACCORD_REQUIS", "C+own": "propres"},
	},
	"roles": {"SERVICE": true, "PERSONNE": true},
	"finalites": {"SUIVI": true, "SAISINE": true, "DEMANDE": true, "COMMISSION": true, "ACTE": true, "APRES": true},
	"finalites_refusees": {"FRAUDE": true},
	"emissions": {
		"DetteDite": [object.union(emission, {"roles": ["SERVICE", "PERSONNE"]})],
		"AccordDit": [object.union(emission, {"roles": ["SERVICE", "PERSONNE"], "soi": true})],
		"DetteLue": [object.union(emission, {"import": true, "roles": []})],
		"BesoinDit": [object.union(emission, {"agent": "nomme"})],
		"EffacementDit": [object.union(emission, {"agent": "prouve"})],
		"EvaluationDite": [object.union(emission, {"agent": "nomme", "secret": true, "intervention": true})],
		"SeanceInscrite": [object.union(
			emission,
			{"finalites": ["COMMISSION"], "information_menage": true, "autre_lien": true, "commission": true},
		)],
		"ActeFutur": [object.union(emission, {"valid_from": "2027-01-01"})],
		"ActeDeuxFois": [
			object.union(emission, {"finalites": ["SAISINE"], "valid_to": "2026-12-31"}),
			object.union(emission, {"finalites": ["SAISINE", "DEMANDE"], "agent": "prouve", "valid_from": "2027-01-01"}),
		],
	},
	"exploc": {
		"SERVICE": {"lien": null, "valid_from": "2025-04-17", "valid_to": "9999-12-31"},
		"PERSONNE": {"lien": "mandat", "valid_from": "2025-04-17", "valid_to": "9999-12-31"},
	},
	"portes": {
		"SERVICE": {
			"SUIVI": porte,
			"SAISINE": object.union(porte, {"saisine": true}),
			"DEMANDE": object.union(porte, {"demande": true}),
			"COMMISSION": object.union(porte, {"information_menage": true}),
			"ACTE": object.union(porte, {"sous_limitation": "actes", "actions": ["lire"], "auteur": false}),
			"DROITS": object.union(porte, {"montre_droits": true}),
			"CREANCE": object.union(porte, {"creancier": true}),
			"APRES": object.union(porte, {"valid_from": "2027-01-01"}),
			"REGIME": object.union(porte, {
				"regime": "ARTICLE_7_2",
				"liens": [["territoire"], ["ordre_du_jour"], ["siege_consultatif", "portefeuille"]],
				"auteur": false,
			}),
		},
		"PERSONNE": {"SUIVI": object.union(
			porte,
			{"personne_elle_meme": true, "origines_exclues": [], "montre_droits": true, "liens": [["mandat"]], "auteur": false},
		)},
	},
}

# METADATA
# title: Une question à laquelle rien ne fait obstacle
question := {
	"role": "SERVICE",
	"finalite": "SUIVI",
	"action": "lire",
	"le": "2026-11-01",
	"vue": "",
	"evenement": "",
	"liens": ["territoire", "intervention"],
	"stade": "OUVERT",
	"source": "PARTENAIRE",
	"emis_par_moi": false,
	"collecte": "generale",
	"secret": "profession",
	"agent": "prouve",
	"saisine_ouverte": true,
	"accords": [],
	"demande": true,
	"information_menage": true,
	"opposition": false,
	"limitation": false,
	"origine": "autre",
	"sujet": "commun",
	"ancien": false,
	"besoin_accorde": true,
	"partage": false,
	"ma_main": true,
	"intervention_informee": true,
	"ecrits": [],
	"interesse": false,
	"instance": "",
	"chez_soi": true,
	"regimes": [],
	"convoque": false,
}

# METADATA
# title: La réponse à cette question, changée
reponse(changements) := document if {
	document := decision.document with input as object.union(question, changements) with data.tables as tables
}

# METADATA
# title: Un refus
refus(nature, motif) := {
	"autorise": false,
	"refus": nature,
	"motif": motif,
	"groupes": {},
	"retenus": {groupe: motif | some groupe in tables.groupes},
	"obligations": set(),
	"revision": "r1",
}

# METADATA
# title: Une lecture
lecture(groupes, retenus, obligations) := {
	"autorise": true,
	"refus": null,
	"motif": "",
	"groupes": groupes,
	"retenus": retenus,
	"obligations": obligations,
	"revision": "r1",
}

# METADATA
# title: Un oui qui ne montre rien
permis := {
	"autorise": true,
	"refus": null,
	"motif": "",
	"groupes": {},
	"retenus": {groupe: "SANS_LECTURE" | some groupe in tables.groupes},
	"obligations": set(),
	"revision": "r1",
}

test_autorise_la_lecture_du_fait_d_un_autre if {
	reponse({}) == lecture(
		{"F01": "entier", "F05": "tranche", "F12": "entier"},
		{"F06": "ACCORD_REQUIS", "F07": "PAS_EN_VIGUEUR", "F13": "APPORTS_SEULS", "F20": "STATISTIQUE_SEULE"},
		{"canal_tu", "droits_tus", "journal_secret", "reference_tue", "violence_tue"},
	)
}

test_autorise_une_action_qui_ne_lit_pas if {
	reponse({"action": "auditer", "liens": []}) == permis
}

test_refuse_l_action_inconnue if {
	reponse({"action": "detruire"}) == refus("droit", "ACTION_NON_ACCORDEE")
}

test_refuse_une_question_vide if {
	document := decision.document with input as {} with data.tables as tables

	document == refus("droit", "FINALITE_NON_ACCORDEE")
}
