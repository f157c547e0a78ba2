// issuer.mjs FOLDER PORT: a real OpenID Connect issuer on 127.0.0.1, from the packages that fetch put into FOLDER.
//
// Its keys are new with each start. A client gets a token for itself by the client credentials grant: the client's name
// says what is in it (see clients), the resource it asks for is the audience.
import { pathToFileURL } from 'node:url';
import { resolve } from 'node:path';

const [folder, port] = process.argv.slice(2);
const from = (name) => import(pathToFileURL(resolve(folder, 'node_modules', name)));
const { default: Provider } = await from('oidc-provider/lib/index.js');
const { generateKeyPair, exportJWK } = await import(
  pathToFileURL(resolve(folder, 'node_modules/jose/dist/node/esm/index.js')));

const clients = {
  ada: { sub: 'ada', groups: ['staff'] },
  eva: { sub: 'eva', groups: ['staff'], algorithm: 'ES256' },
  pia: { sub: 'pia', groups: [], algorithm: 'PS256' },
  ede: { sub: 'ede', groups: [], algorithm: 'EdDSA' },
  root: { sub: 'root', groups: ['operators'] },
  // As someone would like to be called who is not.
  odd: { sub: 'ad\u00e1\u200b <b>&"%61', groups: [] },
  brief: { sub: 'brief', groups: [], seconds: 1 },
};

const keys = await Promise.all(['RS256', 'PS256', 'ES256', 'EdDSA'].map(async (alg) => {
  const { privateKey } = await generateKeyPair(alg, { extractable: true });
  return { ...await exportJWK(privateKey), alg, use: 'sig' };
}));

const provider = new Provider(`http://127.0.0.1:${port}`, {
  clients: Object.keys(clients).map((name) => ({
    client_id: name,
    client_secret: `secret of ${name}`,
    grant_types: ['client_credentials'],
    redirect_uris: [],
    response_types: [],
    token_endpoint_auth_method: 'client_secret_post',
  })),
  jwks: { keys },
  features: {
    devInteractions: { enabled: false },
    clientCredentials: { enabled: true },
    resourceIndicators: {
      enabled: true,
      getResourceServerInfo: (context, resource, client) => ({
        audience: resource,
        accessTokenFormat: 'jwt',
        accessTokenTTL: clients[client.clientId].seconds ?? 600,
        jwt: { sign: { alg: clients[client.clientId].algorithm ?? 'RS256' } },
        scope: '',
      }),
    },
  },
  formats: {
    customizers: {
      jwt: (context, token, { header, payload }) => {
        const { sub, groups } = clients[token.clientId];
        Object.assign(payload, { sub, groups });
      },
    },
  },
});
provider.listen(Number(port), '127.0.0.1');
