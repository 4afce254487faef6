# METADATA
# scope: package
# title: La décision
# description: |
#   What a subject may do and read, for one purpose, of one fact of one record. Whatever is not expressly opened is
#   withheld, and each withheld group has its reason. Undefined, for the caller, means no.
package unefois.decision

# METADATA
# title: La réponse
# description: One document for one question.
# entrypoint: true
# custom: {legal_ref: "RGPD 5(1)(b), 5(1)(c) et 25", tag: STATED}
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
	"obligations": _reserves,
	"revision": data.tables.revision,
} if {
	_motif == ""
} else := {
	"autorise": false,
	"refus": _refus,
	"motif": _motif,
	"groupes": {},
	"retenus": {groupe: _motif | some groupe in data.tables.groupes},
	"obligations": _reserves,
	"revision": data.tables.revision,
}
