// A real provider of OpenID Connect (npm's `oidc-provider`, certified by the OpenID Foundation), run by the
// tests in a folder that has it.
//
//   oidc.mjs CLIENT_ID CLIENT_SECRET REDIRECT_URI...    prints its issuer, and serves until it is ended
//
// Whoever signs in with a name is that: `ann@demo.example` has that address, verified; of
// `unverified:ann@demo.example` it is not; `nobody` has none.

import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';

const here = createRequire(`${process.cwd()}/`);
const { default: Provider } = await import(pathToFileURL(here.resolve('oidc-provider')).href);

const [clientId, clientSecret, ...redirectUris] = process.argv.slice(2);
const server = createServer();
server.listen(0, '127.0.0.1', () => {
  const issuer = `http://127.0.0.1:${server.address().port}`;
  const provider = new Provider(issuer, {
    clients: [{ client_id: clientId, client_secret: clientSecret, redirect_uris: redirectUris, response_types: ['code'], grant_types: ['authorization_code'] }],
    claims: { openid: ['sub'], email: ['email', 'email_verified'] },
    pkce: { required: () => true },
    cookies: { keys: ['only a test'] },
    ttl: { Session: 600, Grant: 600, Interaction: 600, AccessToken: 600, IdToken: 600 },
    async findAccount(_context, id) {
      const email = id.replace(/^unverified:/, '');
      const address = email.includes('@') ? { email, email_verified: email === id } : {};
      return { accountId: id, claims: async () => ({ sub: id, ...address }) };
    },
  });
  server.on('request', provider.callback());
  console.log(issuer);
});
