// A real OpenID provider on a port of its own: `node emetteur.mjs DIRECTORY-OF-OIDC-PROVIDER [OPTIONS]`, then its address on
// stdout. OPTIONS, as JSON: `forme` (unefois, proconnect, keycloak: whose claims it has), `personnes` (claims by login), `cles`
// (public keys of the machines that have one).
import { generateKeyPairSync } from "node:crypto";
import { createServer } from "node:http";

const { default: Provider } = await import(`${process.argv[2]}/lib/index.js`);
const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
const AUDIENCE = "urn:unefois:api";
const options = JSON.parse(process.argv[3] ?? "{}");
const forme = options.forme ?? "unefois";
const cles = options.cles ?? {};
const personnes = options.personnes ?? {
  instructrice: { organisation: "ccapex", agent: "instructrice", finalites: ["CCAPEX_ADMINISTRATIVE"] },
  deleguee: { organisation: "dpo", agent: "deleguee", finalites: ["CONTROLE"] },
  inconnue: { organisation: "ccapex", agent: "jamais-habilitee", finalites: ["CCAPEX_ADMINISTRATIVE"] },
};
const machines = {
  "client-ssd": { organisation: "ssd", finalites: ["ACCOMPAGNEMENT"] },
  "client-voisin": { organisation: "bailleur", finalites: ["ACTE_EMISSION"] },
  pages: { organisation: "ccapex", finalites: ["CCAPEX_ADMINISTRATIVE"] },
  "client-bailleur": { organisation: "bailleur", finalites: ["ACTE_EMISSION"] },
  "client-etude": { organisation: "etude", finalites: ["ACTE_EMISSION"] },
};
// What Keycloak says: the client in azp alone, roles in a tree, several audiences.
const selonKeycloak = ({ organisation, agent, finalites }, azp) => ({
  azp,
  org_code: organisation,
  agent_code: agent,
  resource_access: { unefois: { roles: finalites } },
});
const enKeycloak = (_, __, jeton) => {
  jeton.header = { ...jeton.header, typ: "JWT" };
  jeton.payload.aud = [jeton.payload.aud, "account"];
  delete jeton.payload.client_id;
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
  // FAPI 2.0: it proves who it is by a key of its own, and its tokens are bound.
  const machineLiee = (client_id, lien) => ({
    client_id,
    grant_types: ["client_credentials"],
    response_types: [],
    redirect_uris: [],
    token_endpoint_auth_method: "private_key_jwt",
    token_endpoint_auth_signing_alg: "ES256",
    jwks: { keys: [cles[client_id]] },
    [lien]: true,
  });
  const fournisseur = new Provider(adresse, {
    clients: [
      {
        client_id: "pages",
        client_secret: "secret-de-pages",
        ...(forme === "proconnect" && {
          token_endpoint_auth_method: "client_secret_post",
          userinfo_signed_response_alg: options.userinfo ?? "ES256",
        }),
        grant_types: ["authorization_code", "client_credentials"],
        redirect_uris: ["http://unefois.test/connexion/retour"],
      },
      ...(forme === "proconnect" ? [] : [machine("client-ssd"), machine("client-voisin")]),
      ...(cles["client-bailleur"] ? [machineLiee("client-bailleur", "dpop_bound_access_tokens")] : []),
      ...(cles["client-etude"] ? [machineLiee("client-etude", "tls_client_certificate_bound_access_tokens")] : []),
    ],
    ...(forme === "proconnect" && {
      clientAuthMethods: ["client_secret_post"],
      claims: { openid: ["sub"], email: ["email"], siret: ["siret"], idp_id: ["idp_id"], amr: null },
      scopes: ["openid", "email", "siret", "idp_id"],
    }),
    ...(forme === "keycloak" && { formats: { customizers: { jwt: enKeycloak } } }),
    clientDefaults: { id_token_signed_response_alg: "ES256" },
    jwks: { keys: [{ ...privateKey.export({ format: "jwk" }), kid: "cle-1", alg: "ES256", use: "sig" }] },
    cookies: { keys: ["cle-des-cookies"] },
    pkce: { required: () => true },
    findAccount: (_, id) => ({
      accountId: id,
      claims: () => ({ sub: id, ...(forme === "proconnect" && personnes[id]) }),
    }),
    extraTokenClaims: (_, jeton) => {
      const dit = personnes[jeton.accountId] ?? machines[jeton.clientId];
      return forme === "keycloak" ? selonKeycloak(dit, jeton.clientId) : dit;
    },
    features: {
      clientCredentials: { enabled: true },
      dPoP: { enabled: true },
      mTLS: {
        enabled: true,
        certificateBoundAccessTokens: true,
        getCertificate: (ctx) => ctx.get("x-certificat") && decodeURIComponent(ctx.get("x-certificat")),
      },
      claimsParameter: { enabled: true },
      jwtUserinfo: { enabled: true },
      resourceIndicators: {
        enabled: forme !== "proconnect",
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
