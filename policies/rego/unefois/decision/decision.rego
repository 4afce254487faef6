# METADATA
# title: La décision
# description: |
#   The one entry point. It answers one document for one question; whatever is not expressly opened is withheld, and
#   each withheld group has its reason. Undefined, for the caller, means no.
# entrypoint: true
package unefois.decision

document := {
	"autorise": true,
	"refus": null,
	"motif": "",
	"groupes": _ouverts,
	"retenus": _retenus,
	"obligations": _obligations,
	"revision": data.tables.revision,
} if {
	_motif == ""
	input.action in {"lire", "lister"}
} else := {
	"autorise": true,
	"refus": null,
	"motif": "",
	"groupes": {},
	"retenus": {groupe: "SANS_LECTURE" | some groupe in data.tables.groupes},
	"obligations": [],
	"revision": data.tables.revision,
} if {
	_motif == ""
} else := {
	"autorise": false,
	"refus": _refus,
	"motif": _motif,
	"groupes": {},
	"retenus": {groupe: _motif | some groupe in data.tables.groupes},
	"obligations": [],
	"revision": data.tables.revision,
}
