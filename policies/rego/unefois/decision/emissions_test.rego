package unefois.decision_test

import data.unefois.decision

# METADATA
# title: Ce que le service émet à chacune de ses finalités
partout := {"AccordDit", "BesoinDit", "DetteDite", "EffacementDit", "EvaluationDite"}

# METADATA
# title: Les émissions permises à cette question, changée
permises(changements) := evenements if {
	faits := object.union_n([question, {"action": "emettre"}, changements])
	rendues := decision.emissions with input as faits with data.tables as tables
	rendues.revision == "r1"
	evenements := rendues.evenements
}

test_autorise_ce_que_le_role_emet_a_cette_finalite if {
	permises({}) == partout
	permises({"finalite": "COMMISSION"}) == partout | {"SeanceInscrite"}
}

test_autorise_ce_qui_est_en_vigueur if {
	permises({"le": "2027-01-01"}) == partout | {"ActeFutur"}
}

test_autorise_par_la_ligne_du_jour_et_de_la_finalite if {
	permises({"finalite": "SAISINE", "agent": "absent"}) == {"AccordDit", "ActeDeuxFois", "DetteDite"}
	not "ActeDeuxFois" in permises({"finalite": "DEMANDE"})

	"ActeDeuxFois" in permises({"finalite": "DEMANDE", "le": "2027-01-01"})
	not "ActeDeuxFois" in permises({"finalite": "SAISINE", "agent": "absent", "le": "2027-01-01"})
}

test_autorise_a_une_machine_ce_qui_n_exige_pas_d_agent if {
	permises({"agent": "absent"}) == {"AccordDit", "DetteDite"}
}

test_refuse_ce_qui_exige_une_intervention if {
	permises({"liens": ["territoire"]}) == {"AccordDit", "BesoinDit", "DetteDite", "EffacementDit"}
}

test_refuse_au_seul_auteur_ce_qui_saisit_une_commission if {
	permises({"finalite": "COMMISSION", "liens": ["auteur"]}) == {"AccordDit", "BesoinDit", "DetteDite", "EffacementDit"}
}

test_refuse_ce_qui_expose_un_menage_qui_n_est_pas_informe if {
	faits := {"finalite": "COMMISSION", "information_menage": false}

	permises(faits) == partout
}

test_autorise_sans_lien_ce_qui_s_ouvre_et_ce_qui_s_importe if {
	permises({"action": "ouvrir", "liens": []}) == partout
	permises({"action": "importer", "liens": []}) == {"DetteLue"}
}

test_refuse_tout_a_l_etranger_et_a_qui_ne_fait_que_lire if {
	permises({"liens": []}) == set()
	permises({"action": "lire"}) == set()
	permises({"finalite": "ACTE"}) == set()
	permises({"agent": "expire"}) == set()
}

test_refuse_tout_quand_le_dossier_s_y_oppose if {
	permises({"stade": "EXPULSION"}) == set()
	permises({"finalite": "SAISINE", "saisine_ouverte": false}) == set()
	permises({"finalite": "DEMANDE", "demande": false}) == set()
}
