# METADATA
# title: La décision
# description: |
#   The one entry point. It answers one document for one question; whatever is not expressly opened is withheld,
#   and each withheld group has its reason. Undefined, for the caller, means no.
# entrypoint: true
package unefois.decision

import data.unefois.acces
import data.unefois.lecture

default document := {
	"autorise": false,
	"refus": "droit",
	"motif": "ROLE_INCONNU",
	"groupes": {},
	"retenus": {},
	"obligations": [],
	"revision": "",
}

document := {
	"autorise": false,
	"refus": acces.refus,
	"motif": acces.motif,
	"groupes": {},
	"retenus": {groupe: acces.motif | some groupe in data.tables.groupes},
	"obligations": [],
	"revision": data.tables.revision,
} if {
	acces.motif != ""
} else := {
	"autorise": true,
	"refus": null,
	"motif": "",
	"groupes": lecture.groupes,
	"retenus": lecture.retenus,
	"obligations": lecture.obligations,
	"revision": data.tables.revision,
}
