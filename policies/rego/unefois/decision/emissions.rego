# Les émissions.
# What a form may offer: asked once, not once per type of event.
package unefois.decision

# METADATA
# title: Les émissions permises
# description: |
#   The types of event that `document` would allow, were each of them named in this very question. It says nothing of
#   why another is refused: `document` does.
# entrypoint: true
emissions := {
	"evenements": _permises,
	"revision": data.tables.revision,
}

# METADATA
# title: Les émissions qu'une ligne accorde, et que rien ne refuse
_permises contains evenement if {
	input.action in {"emettre", "ouvrir", "importer"}
	not _sans_titre
	not _sans_lien
	some evenement, lignes in data.tables.emissions
	some ligne in lignes
	_emission_accordee(ligne)
	not _emission_refusee(ligne)
	not _empechee(ligne)
}

# METADATA
# title: Ce que le dossier empêche
_empechee(ligne) if {
	_sur_un_dossier
	_obstacle(ligne)
}
