/** An OpenID provider that is down, slow, or gives invalid answers. */
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, it, vi } from 'vitest';
import { OidcAuthProvider, type OidcOptions } from '../src/oidc/index.js';

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});

type Answer = RequestListener | { readonly status?: number; readonly body: unknown };

/** A provider whose endpoints answer as the test says; by default with valid metadata. */
async function provider(answers: { readonly metadata?: (issuer: string) => Answer; readonly other?: Answer }) {
  const server = createServer((request, response) => {
    const answer =
      request.url === '/.well-known/openid-configuration'
        ? (answers.metadata?.(issuer) ?? { body: metadataOf(issuer) })
        : (answers.other ?? { status: 404, body: {} });
    if (typeof answer === 'function') return void answer(request, response);
    const { status = 200, body } = answer;
    response.writeHead(status, { 'content-type': 'application/json' });
    response.end(typeof body === 'string' ? body : JSON.stringify(body));
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const discover = (more: Partial<OidcOptions> = {}) =>
    OidcAuthProvider.discover({ issuer, clientId: 'shop', clientSecret: 'secret', audience: 'shop', ...more });
  return { server, discover };
}
const metadataOf = (issuer: string) => ({
  issuer,
  token_endpoint: `${issuer}/token`,
  introspection_endpoint: `${issuer}/introspect`,
  authorization_endpoint: `${issuer}/login`,
});
const code = (asked: Promise<unknown>) =>
  asked.then(
    () => 'ok',
    (error: { code?: string; name: string }) => error.code ?? error.name,
  );

const outages: [string, Answer][] = [
  ['closes the connection', (request) => request.socket.destroy()],
  ['answers 500', { status: 500, body: { error: 'server_error' } }],
  ['answers 502 with a page', { status: 502, body: '<html>' }],
  ['answers 429', { status: 429, body: { error: 'slow_down' } }],
  ['answers with a page instead of JSON', { body: '<html>' }],
  ['answers with a list', { body: [] }],
  ['answers with half of an object', { body: '{"access_token":' }],
  ['says that it cannot now', { status: 400, body: { error: 'temporarily_unavailable' } }],
  ['answers with megabytes', { body: { access_token: 'x'.repeat(1_000_000), token_type: 'bearer' } }],
];
it.each(outages)('a provider that %s is unavailable, not a refusal', async (_, other) => {
  const { discover } = await provider({ other });
  const oidc = await discover();
  expect(await code(oidc.refresh('token'))).toBe('unavailable');
  expect(await code(oidc.clientCredentials())).toBe('unavailable');
  expect(await code(oidc.authenticate('opaque'))).toBe('unavailable');
  const { checks } = await (await discover({ redirectUri: 'http://127.0.0.1/back' })).startLogin();
  const back = new URL(`http://127.0.0.1/back?code=x&state=${checks.state}`);
  expect(await code(oidc.finishLogin(back, checks))).toBe('unavailable');
});

it('a provider that does not answer in time is unavailable', async () => {
  const asked: number[] = [];
  let late = new AbortController();
  // The timeout fires as soon as the provider has the request.
  const never: RequestListener = () => late.abort(new DOMException('late', 'TimeoutError'));
  const { discover } = await provider({ other: never });
  // Neither whole seconds nor whole milliseconds.
  const oidc = await discover({ timeout: 1_000.5 });
  const slow = await provider({ metadata: () => never });
  const timeout = vi.spyOn(AbortSignal, 'timeout').mockImplementation((ms) => {
    asked.push(ms);
    late = new AbortController();
    return late.signal;
  });
  try {
    expect(await code(oidc.refresh('token'))).toBe('unavailable');
    expect(await code(oidc.authenticate('opaque'))).toBe('unavailable');
    expect(await code(slow.discover())).toBe('unavailable');
  } finally {
    timeout.mockRestore();
  }
  // Apart from the timeouts of the library, which are in seconds.
  expect(asked.filter((ms) => ms !== 30_000)).toEqual([1_001, 1_001, 5_000]);
});

it('a provider that has gone away since is unavailable', async () => {
  const { discover, server } = await provider({});
  const oidc = await discover();
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  expect([await code(oidc.refresh('token')), await code(oidc.authenticate('opaque'))]).toEqual(['unavailable', 'unavailable']);
});

it.each([
  ['another issuer', (issuer: string) => ({ ...metadataOf(issuer), issuer: 'http://127.0.0.1:1' })],
  ['keys that anybody can change', (issuer: string) => ({ ...metadataOf(issuer), jwks_uri: 'http://keys.example' })],
  ['no address of keys', (issuer: string) => ({ ...metadataOf(issuer), jwks_uri: 'keys' })],
])('metadata with %s are refused as such', async (_, body) => {
  const { discover } = await provider({ metadata: (issuer) => ({ body: body(issuer) }) });
  expect(await code(discover())).toBe('failed_precondition');
});

const active = { active: true, aud: 'shop', sub: 'ada' };
it.each([
  ['roles that are no list', { ...active, roles: { admin: true } }],
  ['an empty user', { ...active, sub: '' }],
  ['no user', { active: true, aud: 'shop' }],
])('a token with %s is refused with the one text', async (_, body) => {
  const oidc = await (await provider({ other: { body } })).discover();
  const asked = oidc.authenticate('opaque');
  await expect(asked).rejects.toMatchObject({ code: 'unauthenticated', message: 'invalid token' });
});

it('a token whose expiry is not a number is refused', async () => {
  const oidc = await (await provider({ other: { body: { ...active, exp: 'tomorrow' } } })).discover();
  expect(await code(oidc.authenticate('opaque'))).toMatch(/^(unauthenticated|unavailable)$/);
});

it.each([
  ['what it does not look at', { status: 400, body: { error: 'unsupported_token_type' } }, 'unauthenticated'],
  ['a question that it finds invalid', { status: 400, body: { error: 'invalid_request' } }, 'unauthenticated'],
  ['this client', { status: 401, body: { error: 'invalid_client' } }, 'unavailable'],
  ['this client, with another status', { status: 400, body: { error: 'unauthorized_client' } }, 'unavailable'],
  ['the address', { status: 404, body: {} }, 'unavailable'],
])('of a token, a provider that refuses %s', async (_, other, expected) => {
  const oidc = await (await provider({ other })).discover();
  expect(await code(oidc.authenticate('opaque'))).toBe(expected);
  expect(await code(oidc.authenticate(''))).toBe('unauthenticated');
});

it('a provider without introspection has issued only JWTs', async () => {
  const metadata = (issuer: string) => ({ body: { ...metadataOf(issuer), introspection_endpoint: undefined } });
  const oidc = await (await provider({ metadata })).discover();
  const asked = oidc.authenticate('opaque');
  await expect(asked).rejects.toMatchObject({ code: 'unauthenticated', message: 'invalid token' });
});

it.each([
  [{}, { scope: 'a b' }, ['a', 'b']],
  [{}, { scope: 'a b', permissions: ['c'] }, ['c']],
  [{ claims: { roles: 'groups' } }, { scope: 'a', groups: ['x'] }, ['a']],
  [{ claims: { permissions: 'rights' } }, { scope: 'a', rights: ['d'] }, ['d']],
])('with %j, permissions of %j are %j', async (options, body, permissions) => {
  const oidc = await (await provider({ other: { body: { ...active, ...body } } })).discover(options);
  expect(await oidc.authenticate('opaque')).toMatchObject({ permissions });
});

it('a refusal by the provider is a refusal', async () => {
  const { discover } = await provider({ other: { status: 400, body: { error: 'invalid_grant' } } });
  expect(await code((await discover()).refresh('token'))).toBe('unauthenticated');
});

it('an invalid identity in an ID token is a refusal', async () => {
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const now = Math.floor(Date.now() / 1_000);
  let issuer = '';
  const { discover } = await provider({
    metadata: (at) => {
      issuer = at;
      return { body: metadataOf(at) };
    },
    other: (_request, response) => {
      const claims = { iss: issuer, aud: 'shop', sub: 'ada', iat: now, exp: now + 60, roles: 5 };
      const id_token = `${part({ alg: 'RS256' })}.${part(claims)}.${part({})}`;
      response.writeHead(200, { 'content-type': 'application/json' });
      response.end(JSON.stringify({ access_token: 'x', token_type: 'bearer', id_token }));
    },
  });
  const asked = (await discover()).refresh('token');
  await expect(asked).rejects.toMatchObject({ code: 'unauthenticated', message: 'invalid token' });
});
