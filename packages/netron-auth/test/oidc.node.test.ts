/** Against a real OpenID provider on this machine. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import Provider from 'oidc-provider';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { OidcAuthProvider } from '../src/oidc/index.js';

const api = 'urn:netron:shop';
const redirectUri = 'http://127.0.0.1/callback';
let issuer = '';
let server: Server;

beforeAll(async () => {
  server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const resource = (accessTokenFormat: 'jwt' | 'opaque') => ({
    scope: 'orders:read',
    audience: api,
    accessTokenFormat,
    accessTokenTTL: 60,
  });
  const provider = new Provider(issuer, {
    clients: [
      {
        client_id: 'shop',
        client_secret: 'a secret that only the shop knows',
        redirect_uris: [redirectUri],
        grant_types: ['authorization_code', 'refresh_token', 'client_credentials'],
      },
    ],
    cookies: { keys: ['for this test'] },
    pkce: { required: () => true },
    features: {
      clientCredentials: { enabled: true },
      introspection: { enabled: true },
      resourceIndicators: {
        enabled: true,
        getResourceServerInfo: (_context, indicator) => resource(indicator === `${api}:opaque` ? 'opaque' : 'jwt'),
      },
    },
    // A separate token for each login, also without offline access.
    issueRefreshToken: async () => true,
    findAccount: (_context, id) => ({ accountId: id, claims: () => ({ sub: id, email: `${id}@example.org` }) }),
  });
  provider.on('server_error', (_context, error) => console.error(error));
  server.on('request', provider.callback());
});

afterAll(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

const discover = (more: { audience?: string } = {}) =>
  OidcAuthProvider.discover({
    issuer,
    clientId: 'shop',
    clientSecret: 'a secret that only the shop knows',
    redirectUri,
    ...more,
  });

it('accepts access tokens of the provider that are JWTs for this audience', async () => {
  const oidc = await discover({ audience: api });
  const { accessToken, expiresInMs } = await oidc.clientCredentials({ resource: api, scope: 'orders:read' });
  expect(expiresInMs).toBe(60_000);
  expect(await oidc.authenticate(accessToken)).toMatchObject({ userId: 'shop', permissions: ['orders:read'] });
  const bank = await discover({ audience: 'urn:netron:bank' });
  await expect(bank.authenticate(accessToken)).rejects.toMatchObject({ code: 'unauthenticated' });
});

it('asks the provider about opaque tokens', async () => {
  const oidc = await discover({ audience: api });
  const { accessToken } = await oidc.clientCredentials({ resource: `${api}:opaque`, scope: 'orders:read' });
  expect(accessToken).not.toContain('.');
  expect(await oidc.authenticate(accessToken)).toMatchObject({ userId: 'shop', permissions: ['orders:read'] });
  const none = [
    '',
    'not-a-token',
    'a.b.',
    '..',
    'a.b.c.d',
    'eyJhbGciOiJub25lIn0.eyJzdWIiOiJhIn0.',
    'a\u0000b',
    'ü',
    'x'.repeat(8_192),
  ];
  for (const token of none)
    await expect(oidc.authenticate(token), token).rejects.toMatchObject({
      code: 'unauthenticated',
      message: 'invalid token',
    });
});

it('logs a user in by authorization code, and renews the tokens', async () => {
  const oidc = await discover();
  const { url, checks } = await oidc.startLogin();
  const callback = await signIn(url, 'ada');
  const tokens = await oidc.finishLogin(callback, checks);
  expect(tokens.user).toMatchObject({ userId: 'ada' });
  const renewed = await oidc.refresh(tokens.refreshToken ?? '');
  expect(renewed.accessToken).not.toBe(tokens.accessToken);
  await expect(oidc.refresh('wrong')).rejects.toMatchObject({ code: 'unauthenticated' });
});

it('a login keeps its own state, nonce and proof, whatever parameters are added', async () => {
  const oidc = await discover();
  const given = { state: 'mine', nonce: 'mine', code_challenge: 'mine', code_challenge_method: 'plain', prompt: 'login' };
  const { url, checks } = await oidc.startLogin(given);
  const sent = Object.fromEntries(url.searchParams);
  expect(sent).toMatchObject({ state: checks.state, nonce: checks.nonce, code_challenge_method: 'S256', prompt: 'login' });
  expect(sent.code_challenge).not.toBe('mine');
});

it.each(['http://example.com', 'http://localhost:80@evil.example', 'ftp://localhost', 'issuer', ''])(
  'an issuer at %o is refused',
  async (issuer) => {
    const made = OidcAuthProvider.discover({ issuer, clientId: 'shop' });
    await expect(made).rejects.toThrow(/^issuer must be an https: URL, not /);
  },
);

it('refuses an answer that belongs to another login', async () => {
  const oidc = await discover();
  const { url } = await oidc.startLogin();
  const other = await oidc.startLogin();
  const callback = await signIn(url, 'ada');
  await expect(oidc.finishLogin(callback, other.checks)).rejects.toMatchObject({ code: 'unauthenticated' });
});

it('a provider that cannot be reached is unavailable', async () => {
  await expect(OidcAuthProvider.discover({ issuer: 'http://127.0.0.1:1', clientId: 'shop' })).rejects.toMatchObject({
    code: 'unavailable',
  });
});

/** Goes through the provider's pages like a browser, and returns the address that it is redirected to. */
async function signIn(start: URL, user: string): Promise<URL> {
  const cookies = new Map<string, string>();
  let url = start;
  let form: URLSearchParams | undefined;
  for (let step = 0; step < 12; step++) {
    const response = await fetch(url, {
      redirect: 'manual',
      headers: { cookie: [...cookies].map(([name, value]) => `${name}=${value}`).join('; ') },
      ...(form && { method: 'POST', body: form }),
    });
    form = undefined;
    for (const cookie of response.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(cookie) ?? [];
      if (value === '') cookies.delete(name);
      else cookies.set(name, value);
    }
    const location = response.headers.get('location');
    if (location !== null) {
      url = new URL(location, url);
      if (url.href.startsWith(redirectUri)) return url;
      continue;
    }
    const page = await response.text();
    const [, action = ''] = /<form[^>]+action="([^"]+)"/.exec(page) ?? [];
    const [, prompt = ''] = /name="prompt" value="([^"]+)"/.exec(page) ?? [];
    if (action === '') throw new Error(`expected a form, got status ${response.status}: ${page}`);
    url = new URL(action, url);
    form = new URLSearchParams({ prompt, ...(prompt === 'login' && { login: user, password: 'x' }) });
  }
  throw new Error('the provider does not come to an end');
}
