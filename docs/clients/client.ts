// Ouvrir un dossier, y contribuer, le relire, suivre ce qui change : avec les types que tire openapi-typescript, sans y toucher.
// Ils sont tirés du document du rôle, une fois pour toutes :
//
//     openapi-typescript "$UNEFOIS_URL/openapi.json?role=BAILLEUR_SOCIAL" -o unefois.d.ts
//
// Sur la démonstration, avec les variables de .unefois/demo.env : UNEFOIS_URL="$UNEFOIS",
// UNEFOIS_JETON="$JETON_GESTIONNAIRE_CONTENTIEUX", UNEFOIS_AGENT=gestionnaire-contentieux.
import createClient from "openapi-fetch";
import type { components, paths } from "./unefois.js";

const { UNEFOIS_URL: baseUrl, UNEFOIS_JETON, UNEFOIS_AGENT } = process.env;
const client = createClient<paths>({ baseUrl, headers: { Authorization: `Bearer ${UNEFOIS_JETON}` } });
// Pourquoi, et au nom de qui : chaque appel le dit.
const qui = { Finalite: "ACTE_EMISSION", Agent: UNEFOIS_AGENT };

// Un problème dit en français ce qui ne va pas, où, et que faire.
function exiger<T>({ data, error }: { data?: T; error?: components["schemas"]["Probleme"] }): T {
  if (data === undefined) throw new Error(error && `${error.detail} ${error.remede}`);
  return data;
}

// D'où suivre ce qui change : à garder d'une exécution à l'autre.
const depart = exiger(await client.GET("/v1/flux", { params: { header: qui } }));

const recu = exiger(
  await client.POST("/v1/dossiers", {
    // La clé est la vôtre : renvoyée avec la même, la demande n'est enregistrée qu'une fois.
    params: { header: { ...qui, "Idempotency-Key": crypto.randomUUID() } },
    body: {
      survenu_le: "2026-09-01",
      logement: {
        parc: "SOCIAL",
        commune: "93008",
        adresse: "118 avenue Jean-Jaurès",
        bailleur_siret: "93667127000267",
        bailleur_nom: "OPH SYNTHÈSE 16",
        id_rpls: "3523902547",
        loyer: 80061,
      },
      titulaire: { nom: "LEROY", prenoms: "Fatou", date_naissance: "1955-04-24" },
    },
  }),
);
const params = { path: { dossier: recu.dossier } };

const contribution = exiger(
  await client.POST("/v1/dossiers/{dossier}/interventions", {
    params: { ...params, header: { ...qui, "Idempotency-Key": crypto.randomUUID() } },
    body: {
      evenements: [
        { type: "DetteDeclaree", survenu_le: "2026-10-15", donnees: { montant: 224770, arretee_au: "2026-10-31" } },
      ],
    },
  }),
);

const dossier = exiger(await client.GET("/v1/dossiers/{dossier}", { params: { ...params, header: qui } }));
console.log(dossier.dossier);
for (const fait of dossier.faits) {
  console.log(fait.type, fait.survenu_le, fait.auteur?.organisation, Object.keys(fait.champs).sort());
}

// Ce qui a changé depuis, une fois que les vues ont ce qui vient d'être écrit.
const aJour = { ...qui, Position: String(contribution.position), Prefer: "wait=10" };
const suite = exiger(
  await client.GET("/v1/flux", { params: { query: { depuis: depart.suivant }, header: aJour } }),
);
for (const change of suite.evenements) console.log(change.type, change.data.evenement);
