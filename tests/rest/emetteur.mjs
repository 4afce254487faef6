// A real OpenID provider on a port of its own: `node emetteur.mjs DIRECTORY-OF-OIDC-PROVIDER`, then its address on stdout.
import { generateKeyPairSync } from "node:crypto";
import { createServer } from "node:http";

const { default: Provider } = await import(`${process.argv[2]}/lib/index.js`);
const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
const AUDIENCE = "urn:unefois:api";
const personnes = {
  instructrice: { organisation: "ccapex", agent: "instructrice", finalites: ["CCAPEX_ADMINISTRATIVE"] },
  deleguee: { organisation: "dpo", agent: "deleguee", finalites: ["CONTROLE"] },
  inconnue: { organisation: "ccapex", agent: "jamais-habilitee", finalites: ["CCAPEX_ADMINISTRATIVE"] },
};
const machines = {
  "client-ssd": { organisation: "ssd", finalites: ["ACCOMPAGNEMENT"] },
  "client-voisin": { organisation: "bailleur", finalites: ["ACTE_EMISSION"] },
  pages: { organisation: "ccapex", finalites: ["CCAPEX_ADMINISTRATIVE"] },
};

const serveur = createServer();
serveur.listen(0, "127.0.0.1", () => {
  const adresse = `http://127.0.0.1:${serveur.address().port}`;
  const machine = (client_id) => ({
    client_id,
    client_secret: `secret-de-${client_id}`,
    grant_types: ["client_credentials"],
    response_types: [],
    redirect_uris: [],
  });
  const fournisseur = new Provider(adresse, {
    clients: [
      {
        client_id: "pages",
        client_secret: "secret-de-pages",
        grant_types: ["authorization_code", "client_credentials"],
        redirect_uris: ["http://unefois.test/connexion/retour"],
      },
      machine("client-ssd"),
      machine("client-voisin"),
    ],
    clientDefaults: { id_token_signed_response_alg: "ES256" },
    jwks: { keys: [{ ...privateKey.export({ format: "jwk" }), kid: "cle-1", alg: "ES256", use: "sig" }] },
    cookies: { keys: ["cle-des-cookies"] },
    pkce: { required: () => true },
    findAccount: (_, id) => ({ accountId: id, claims: () => ({ sub: id }) }),
    extraTokenClaims: (_, jeton) => personnes[jeton.accountId] ?? machines[jeton.clientId],
    features: {
      clientCredentials: { enabled: true },
      resourceIndicators: {
        enabled: true,
        useGrantedResource: () => true,
        getResourceServerInfo: () => ({
          scope: "",
          audience: AUDIENCE,
          accessTokenFormat: "jwt",
          jwt: { sign: { alg: "ES256" } },
        }),
      },
    },
  });
  serveur.on("request", fournisseur.callback());
  console.log(adresse);
});
