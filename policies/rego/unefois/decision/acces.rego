# L'accès.
# Whether the subject gets anything at all. `_motif` is empty when it does; else it names the first obstacle, in an
# order that never tells a stranger whether the record exists: what depends on the subject alone is looked at first
# (403), then the link (404), and what depends on the record last.
package unefois.decision

# METADATA
# title: La porte
# description: What the role may do at this purpose (`data.tables.portes`), or false when it may not declare it.
# custom: {legal_ref: RGPD 5(1)(b), tag: STATED}
_porte := object.get(data.tables.portes, [input.role, input.finalite], false)

# METADATA
# title: Sans obstacle, l'accès est ouvert
default _motif := ""

# METADATA
# title: Le premier obstacle
_motif := _sans_titre if {
	_sans_titre
} else := _ecriture if {
	input.action in {"emettre", "ouvrir", "importer"}
	_ecriture
} else := _seance if {
	input.action in {"sieger", "convoquer"}
} else := "AUCUN_LIEN" if {
	_sans_lien
} else := obstacle if {
	_sur_un_dossier
	obstacle := _obstacle(_emission)
}

# METADATA
# title: Ce que le rôle ne peut à cette finalité
# description: What depends on the subject, its purpose and its action alone. Undefined when nothing stands in the way.
# custom: {legal_ref: RGPD 5(1)(b), tag: STATED}
_sans_titre := _sans_porte if {
	not _porte
} else := "FINALITE_PAS_EN_VIGUEUR" if {
	not _en_vigueur(_porte)
} else := "AGENT_INVALIDE" if {
	input.agent in {"inconnu", "expire"}
} else := "AGENT_REQUIS" if {
	not input.action in _sans_agent
	not _nomme
} else := "ACTION_NON_ACCORDEE" if {
	not input.action in _porte.actions
} else := "JETON_PERSONNEL_REQUIS" if {
	input.action == "convoquer"
	input.agent != "prouve"
} else := "VUE_NON_ACCORDEE" if {
	not input.vue in _porte.vues
}

# METADATA
# title: Ce qu'une machine fait seule
# description: It tells what its organisation has to tell. Reading and searching take a named agent.
# custom: {legal_ref: Décret 2025-348 art. 3 ; RGPD 32, tag: INFERRED}
_sans_agent := {"emettre", "ouvrir", "importer"}

# METADATA
# title: Un agent habilité est nommé, sur la parole d'une machine ou par son jeton
_nomme if input.agent in {"nomme", "prouve"}

# METADATA
# title: Une finalité que nul ne peut déclarer
default _sans_porte := "FINALITE_NON_ACCORDEE"

# METADATA
# title: Une finalité refusée à ce rôle, refusée à tous, ou inconnue
# custom: {legal_ref: RGPD 5(1)(b), tag: STATED}
_sans_porte := "ROLE_INCONNU" if {
	not data.tables.roles[input.role]
} else := "FINALITE_REFUSEE" if {
	data.tables.finalites_refusees[input.finalite]
} else := "FINALITE_INCONNUE" if {
	not data.tables.finalites[input.finalite]
}

# METADATA
# title: En vigueur
# description: A row of law binds from valid_from to valid_to, both included.
_en_vigueur(ligne) if {
	ligne.valid_from <= input.le
	ligne.valid_to >= input.le
}

# METADATA
# title: Ce qu'une séance oppose
# description: |
#   A session is known to who keeps its papers and to who is convened to it; it is convened, moved and told by the
#   former alone. That of another body is, to anybody else, one that does not exist.
# custom: {legal_ref: "Charte 93, partie II B ; loi 90-449 art. 7-2 ; RGPD 5(1)(f)", tag: INFERRED}
_seance := "AUCUN_LIEN" if {
	_pour_une_autre
	input.instance != ""
	not input.convoque
} else := "AUTRE_COMMISSION" if {
	input.action == "convoquer"
	_pour_une_autre
} else := "AUCUN_LIEN" if {
	not input.chez_soi
	not input.convoque
}

# METADATA
# title: Sur un dossier
# description: The other actions open or look for records; none is known yet.
_sur_un_dossier if input.action in {"lire", "lister", "emettre"}

# METADATA
# title: Étranger au dossier
# custom: {legal_ref: RGPD 5(1)(f), tag: INFERRED}
_sans_lien if {
	_sur_un_dossier
	not _plein
	not _auteur
}

# METADATA
# title: Lié au dossier
# description: Linked by one of the ways that the role's row accepts for this purpose.
_plein if {
	not _demande_alleguee
	some voie in _porte.liens
	every lien in voie {
		lien in input.liens
	}
	_sous_regime(voie)
}

# METADATA
# scope: document
# title: L'ordre du jour est celui d'une commission du régime que la finalité suppose
# description: |
#   What art. 7-2 lets be said to the CCAPEX is said to no other commission: its purpose is opened by the agenda of a
#   body that sits under that article, and by no other's.
# custom: {legal_ref: Loi 90-449 art. 7-2, tag: STATED}
_sous_regime(_) if _porte.regime == ""

_sous_regime(_) if _porte.regime in input.regimes

_sous_regime(voie) if {
	not "ordre_du_jour" in voie
	not "siege_consultatif" in voie
}

# METADATA
# title: La demande n'est dite que par qui l'instruit
# description: What a partner says of itself links it to its own contributions alone, until a second source confirms it.
# custom: {legal_ref: RGPD 5(1)(f), tag: INFERRED}
_demande_alleguee if {
	_porte.demande
	"demande_alleguee" in input.liens
}

# METADATA
# title: Lié par ses seuls apports
# description: Linked by authorship alone, which gives one's own contributions.
_auteur if {
	_porte.auteur
	"auteur" in input.liens
}

# METADATA
# title: Ce que tout accès réserve
# description: |
#   Who told of the record, and is not linked to it otherwise, has its own part of it, and is answered on that part, be
#   it to be refused: the others' part is one that it may not know of.
# custom: {legal_ref: RGPD 5(1)(f), tag: INFERRED}
_reserves contains "apports_seuls" if {
	_porte
	"auteur" in input.liens
	not _plein
}

# METADATA
# title: Un refus nie l'existence, ou le droit
default _refus := "droit"

# METADATA
# scope: document
# title: Ce qui se refuse comme inconnu
# description: |
#   `existence` is answered with the bytes of an unknown record: to a stranger, and to who reads as a commission a case
#   that this commission may not list.
# custom: {legal_ref: RGPD 5(1)(f) et 18, tag: INFERRED}
_refus := "existence" if _motif == "AUCUN_LIEN"

_refus := "existence" if {
	_motif in {"INFORMATION_MENAGE_REQUISE", "OPPOSITION", "LIMITATION"}
	_porte.information_menage
	input.action in {"lire", "lister"}
}

# METADATA
# title: Les lignes d'émission de l'événement nommé
_lignes := object.get(data.tables.emissions, input.evenement, [])

# METADATA
# title: Sans ligne qui l'accorde, rien n'est émis
default _emission := false

# METADATA
# title: La ligne qui accorde l'émission
# description: Who tells an event may depend on the day and on the purpose. No two rows answer one emission.
_emission := ligne if {
	some ligne in _lignes
	_emission_accordee(ligne)
}

# METADATA
# title: Ce qui empêche d'écrire
# description: Opening and importing may name no event; an emission always names one.
_ecriture := "EVENEMENT_INCONNU" if {
	_lignes == []
	_nomme_un_evenement
} else := "EVENEMENT_NON_ACCORDE" if {
	not _emission
	_nomme_un_evenement
} else := _emission_refusee(_emission)

# METADATA
# scope: document
# title: Un événement est nommé
_nomme_un_evenement if input.evenement != ""

_nomme_un_evenement if input.action == "emettre"

# METADATA
# title: Ce qu'une ligne d'émission refuse au sujet
# description: |
#   Of what a row accords: the groups that its purpose does not open; some events take a named agent, one bound by
#   secrecy, or one who proves who it is.
# custom: {legal_ref: RGPD 5(1)(b) ; CASF L.121-6-2, tag: STATED}
_emission_refusee(ligne) := "HORS_FINALITE" if {
	_hors_finalite
} else := "AGENT_REQUIS" if {
	ligne.agent != ""
	not _nomme
} else := "JETON_PERSONNEL_REQUIS" if {
	ligne.agent == "prouve"
	input.agent != "prouve"
} else := "HABILITATION_SECRET_REQUISE" if {
	ligne.secret
	not input.secret in {"profession", "mission"}
} else := "AUTRE_PERSONNE" if {
	_porte.personne_elle_meme
	not _parle_pour_soi(ligne)
} else := "ACCORD_INTERESSE" if {
	input.interesse
} else := "AUTRE_COMMISSION" if {
	ligne.commission
	_pour_une_autre
}

# METADATA
# scope: document
# title: L'acte est d'une commission dont le sujet n'est pas le secrétariat, ou d'un autre lieu
# description: What a commission listed, examined or thought is said by who keeps its papers, where its territory is.
# custom: {legal_ref: "Charte 93, partie II B ; loi 90-449 art. 7-2", tag: INFERRED}
_pour_une_autre if {
	input.instance != ""
	not input.instance in _porte.commissions
}

_pour_une_autre if not input.chez_soi

# METADATA
# scope: document
# title: Une personne parle pour elle seule
# description: Of coordinates, accord, objection, erasure and departure, hers; of another, nothing.
# custom: {legal_ref: "RGPD 12, 15(4), 17 et 21", tag: INFERRED}
_parle_pour_soi(_) if input.sujet == "soi"

_parle_pour_soi(ligne) if {
	not ligne.soi
	input.sujet == "commun"
}

# METADATA
# title: Un groupe est écrit, que la finalité n'ouvre pas
# description: A lot is brought on behalf of the études, whose acts were written at their own purpose.
# custom: {legal_ref: RGPD 5(1)(b), tag: STATED}
_hors_finalite if {
	input.action != "importer"
	some groupe in input.ecrits
	not groupe in _porte.ecrit
}

# METADATA
# scope: document
# title: L'émission est accordée à ce rôle, ou à l'import
_emission_accordee(ligne) if {
	input.action == "importer"
	_en_vigueur(ligne)
	ligne.import
}

_emission_accordee(ligne) if {
	input.action != "importer"
	_en_vigueur(ligne)
	input.role in ligne.roles
	input.finalite in ligne.finalites
}

# METADATA
# title: Ce que le dossier oppose à qui lui est lié
# description: |
#   What depends on the record, for a reading or for the emission that a row describes. What puts a case before a
#   commission opens it to who sits there: nobody does so on its own word alone.
# custom: {legal_ref: "RGPD 13, 14, 18 et 21 ; loi 90-449 art. 7-2 ; CRPA L.114-8", tag: STATED}
_obstacle(ligne) := "AUTRE_LIEN_REQUIS" if {
	input.action == "emettre"
	ligne.autre_lien
	not _plein
} else := "INFORMATION_MENAGE_REQUISE" if {
	_porte.information_menage
	not input.information_menage
	_expose(ligne)
} else := "OPPOSITION" if {
	input.opposition
	_facultatif(ligne)
} else := "LIMITATION" if {
	input.limitation
	_facultatif(ligne)
} else := "STADE_SANS_OBJET" if {
	not input.stade in _porte.stades
} else := "SAISINE_REQUISE" if {
	_porte.saisine
	not input.saisine_ouverte
} else := "DEMANDE_REQUISE" if {
	_porte.demande
	not input.demande
} else := "HABILITATION_SECRET_REQUISE" if {
	input.action == "emettre"
	ligne.intervention
	not _intervient
}

# METADATA
# scope: document
# title: Une intervention est ouverte, confirmée ou non
_intervient if "intervention" in input.liens

_intervient if "intervention_alleguee" in input.liens

# METADATA
# scope: document
# title: Ce qui expose le ménage
# description: Reading exposes the household; so does putting its case on the agenda of a commission.
# custom: {legal_ref: RGPD 13 et 14, tag: STATED}
_expose(_) if input.action in {"lire", "lister"}

_expose(ligne) if ligne.information_menage

# METADATA
# scope: document
# title: Ce que nul texte n'impose
# description: Opposition and limitation stop what no text makes compulsory; keeping goes on.
# custom: {legal_ref: RGPD 18(2) et 21, tag: STATED}
_facultatif(_) if {
	_porte.sous_limitation == "refuse"
	input.action in {"lire", "lister"}
}

_facultatif(ligne) if {
	_porte.information_menage
	_expose(ligne)
}
