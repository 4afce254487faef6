#!/bin/sh
# Ouvrir un dossier, y contribuer, le relire, suivre ce qui change : avec curl.
# Sur la démonstration, avec les variables de .unefois/demo.env :
#
#     UNEFOIS_URL="$UNEFOIS" UNEFOIS_JETON="$JETON_GESTIONNAIRE_CONTENTIEUX" UNEFOIS_AGENT=gestionnaire-contentieux sh client.sh
set -eu

appeler() { # appeler MÉTHODE CHEMIN [options de curl]
  methode=$1 chemin=$2
  shift 2
  curl --silent --show-error --fail-with-body -X "$methode" "$UNEFOIS_URL$chemin" \
    -H "Authorization: Bearer $UNEFOIS_JETON" -H "Agent: $UNEFOIS_AGENT" -H "Finalite: ACTE_EMISSION" "$@"
}
# La clé est la vôtre : renvoyée avec la même, la demande n'est enregistrée qu'une fois.
cle() { echo "Idempotency-Key: $(cat /proc/sys/kernel/random/uuid)"; }

champ() { sed "s/.*\"$1\":\"\{0,1\}\([^\",}]*\).*/\1/"; }

# D'où suivre ce qui change : à garder d'une exécution à l'autre.
depuis=$(appeler GET /v1/flux | champ suivant)

recu=$(appeler POST /v1/dossiers -H "$(cle)" --json '{
  "survenu_le": "2026-09-01",
  "logement": {
    "parc": "SOCIAL", "commune": "93008", "adresse": "118 avenue Jean-Jaurès", "loyer": 80061,
    "bailleur_siret": "93667127000267", "bailleur_nom": "OPH SYNTHÈSE 16", "id_rpls": "3523902547"
  },
  "titulaire": {"nom": "LEROY", "prenoms": "Fatou", "date_naissance": "1955-04-24"}
}')
dossier=$(printf '%s' "$recu" | champ dossier)

contribution=$(appeler POST "/v1/dossiers/$dossier/interventions" -H "$(cle)" --json '{
  "evenements": [
    {"type": "DetteDeclaree", "survenu_le": "2026-10-15", "donnees": {"montant": 224770, "arretee_au": "2026-10-31"}}
  ]
}')

echo "$dossier"
appeler GET "/v1/dossiers/$dossier"
echo

# Ce qui a changé depuis, une fois que les vues ont ce qui vient d'être écrit.
position=$(printf '%s' "$contribution" | champ position)
appeler GET "/v1/flux?depuis=$depuis" -H "Position: $position" -H "Prefer: wait=10"
