import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import { expect, it } from 'vitest';
import { JwtAuthProvider } from '../src/index.js';

const issuer = 'https://id.example';

async function keyPair(kid: string) {
  const { publicKey, privateKey } = await generateKeyPair('ES256', { extractable: true });
  const sign = () =>
    new SignJWT({ sub: 'ada' })
      .setProtectedHeader({ alg: 'ES256', kid })
      .setIssuer(issuer)
      .setIssuedAt()
      .setExpirationTime('1h')
      .sign(privateKey);
  return { jwk: { ...(await exportJWK(publicKey)), kid, alg: 'ES256' }, sign };
}

/** Key server that counts its answers and fetches, on a clock of the test. */
function keyServer() {
  const server = { fetches: 0, time: 0, keys: [] as object[], answer: () => new Response(JSON.stringify({ keys: server.keys })) };
  const provider = new JwtAuthProvider({
    jwks: `${issuer}/keys`,
    issuer,
    cache: 0,
    keySet: {
      now: () => server.time,
      fetch: async () => {
        server.fetches++;
        return server.answer();
      },
    },
  });
  return { server, provider };
}

it('the timeout of a fetch may be fractional, and one beyond the range of timers is refused', async () => {
  const one = await keyPair('one');
  const of = (timeout: number) =>
    new JwtAuthProvider({
      jwks: `${issuer}/keys`,
      issuer,
      keySet: { timeout, fetch: async () => new Response(JSON.stringify({ keys: [one.jwk] })) },
    });
  expect(await of(0.5).authenticate(await one.sign())).toMatchObject({ userId: 'ada' });
  for (const timeout of [0, -1, Number.NaN, 2 ** 31, Infinity])
    expect(() => of(timeout)).toThrow('keySet.timeout must be a positive number of milliseconds, at most 24 days');
});

it('E3: a new key is found at once, when the last fetch is 30 s ago', async () => {
  const [one, two] = [await keyPair('one'), await keyPair('two')];
  const { server, provider } = keyServer();
  server.keys = [one.jwk];
  await provider.authenticate(await one.sign());
  server.keys = [one.jwk, two.jwk];
  await expect(provider.authenticate(await two.sign())).rejects.toMatchObject({ code: 'unauthenticated' });
  server.time = 30_000;
  await provider.authenticate(await two.sign());
  expect(server.fetches).toBe(2);
});

it('a refused response is not read further: its connection is free again', async () => {
  const one = await keyPair('one');
  const { server, provider } = keyServer();
  const reasons: unknown[] = [];
  server.answer = () => new Response(new ReadableStream({ cancel: (reason) => void reasons.push(reason) }), { status: 503 });
  await expect(provider.authenticate(await one.sign())).rejects.toMatchObject({ code: 'unavailable' });
  expect(reasons).toHaveLength(1);
});

it('E3: a thousand unknown keys cause one fetch in 30 s', async () => {
  const one = await keyPair('one');
  const { server, provider } = keyServer();
  server.keys = [one.jwk];
  await provider.authenticate(await one.sign());
  server.time = 30_000;
  const stranger = await keyPair('stranger');
  const token = await stranger.sign();
  const results = await Promise.allSettled(Array.from({ length: 1_000 }, () => provider.authenticate(token)));
  expect(results.every(({ status }) => status === 'rejected')).toBe(true);
  expect(server.fetches).toBe(2);
});

it('E3: known keys keep working while the key server is down', async () => {
  const one = await keyPair('one');
  const { server, provider } = keyServer();
  server.keys = [one.jwk];
  await provider.authenticate(await one.sign());
  server.answer = () => new Response('', { status: 503 });
  server.time = 3_600_000;
  await provider.authenticate(await one.sign());
  await provider.authenticate(await one.sign());
  expect(server.fetches).toBe(2);
});

it.each<[string, () => Response]>([
  ['an error', () => new Response('', { status: 500 })],
  ['no JSON', () => new Response('<html>')],
  ['no key set', () => new Response('{"keys":1}')],
  ['a megabyte', () => new Response('x'.repeat(1_048_576))],
])('without known keys, %s of the key server is unavailable, and not asked again at once', async (_, answer) => {
  const one = await keyPair('one');
  const { server, provider } = keyServer();
  server.answer = answer;
  const token = await one.sign();
  await expect(provider.authenticate(token)).rejects.toMatchObject({ code: 'unavailable' });
  await expect(provider.authenticate(token)).rejects.toMatchObject({ code: 'unavailable' });
  expect(server.fetches).toBe(1);
});
