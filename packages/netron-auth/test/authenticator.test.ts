import { setImmediate } from 'node:timers/promises';
import { defineService, getCallContext, Netron, NetronError } from '@omnitron-dev/netron';
import { expect, it, vi } from 'vitest';
import { ApiKeyAuthProvider, type AuthProvider, authenticator, JwtAuthProvider, SignIn } from '../src/index.js';

const jwt = new JwtAuthProvider('a secret of more than thirty-two bytes', 'https://id.example');
const keys = new ApiKeyAuthProvider();
const request = { id: 'x', address: 'ws://10.0.0.7:5000' };

it('accepts nodes by JWT and by API key, and makes their identity the user of their calls', async () => {
  const whoami = defineService({ name: 'whoami@1.0.0', methods: { id: () => getCallContext().user.userId as string } });
  await using server = await Netron.create({ listenPort: 0, authenticate: authenticator([jwt, keys]) });
  await server.peer.exposeService(whoami);
  for (const credentials of [await jwt.createToken({ id: 'ada' }), (await keys.createKey({ id: 'ada' })).key]) {
    await using client = await Netron.create({ credentials });
    const peer = await client.connect(`ws://127.0.0.1:${server.listenPort}`);
    expect(await (await peer.queryInterface<typeof whoami>('whoami')).id()).toBe('ada');
  }
  await using stranger = await Netron.create({ credentials: 'wrong' });
  await expect(stranger.connect(`ws://127.0.0.1:${server.listenPort}`)).rejects.toMatchObject({ code: 'unauthenticated' });
});

it('reads tokens from strings, { token } and Bearer headers, and nothing else', async () => {
  const check = authenticator(jwt);
  const token = await jwt.createToken({ id: 'ada' });
  for (const credentials of [token, `Bearer ${token}`, { token }, { authorization: `bearer ${token}` }]) {
    expect(await check(credentials, request)).toMatchObject({ identity: { userId: 'ada' } });
  }
  for (const credentials of [undefined, null, 1, {}, { token: 1 }, Object.create({ token })]) {
    await expect(check(credentials, request)).rejects.toMatchObject({ code: 'unauthenticated' });
  }
  expect(await authenticator(jwt, { anonymous: true })(undefined, request)).toBeUndefined();
  await expect(authenticator(jwt, { anonymous: true })('wrong', request)).rejects.toMatchObject({ code: 'unauthenticated' });
});

it('refuses an address after ten failures, whatever its port, until the window ends', async () => {
  let time = 0;
  const check = authenticator(jwt, { attempts: { now: () => time } });
  const token = await jwt.createToken({ id: 'ada' });
  for (let port = 1; port <= 10; port++) {
    await expect(check('wrong', { id: 'x', address: `ws://10.0.0.7:${port}` })).rejects.toMatchObject({
      code: 'unauthenticated',
    });
  }
  await expect(check(token, request)).rejects.toMatchObject({ code: 'resource_exhausted', retryAfterMs: 60_000 });
  expect(await check(token, { ...request, address: 'ws://10.0.0.8:1' })).toMatchObject({ identity: { userId: 'ada' } });
  time = 60_000;
  expect(await check(token, request)).toMatchObject({ identity: { userId: 'ada' } });
});

it('a success does not reset the failures: one account does not help to guess others', async () => {
  const check = authenticator(jwt);
  const token = await jwt.createToken({ id: 'ada' });
  for (let guess = 0; guess < 10; guess++) {
    await expect(check(`wrong ${guess}`, request)).rejects.toMatchObject({ code: 'unauthenticated' });
    if (guess < 9) expect(await check(token, request)).toMatchObject({ identity: { userId: 'ada' } });
  }
  await expect(check(token, request)).rejects.toMatchObject({ code: 'resource_exhausted' });
});

/** Logins that are answered when the test says so. */
function held() {
  const asked: { token: string; answer(accepted: boolean): void }[] = [];
  const provider: AuthProvider = {
    authenticate: (token) =>
      new Promise((resolve, reject) => {
        const answer = (accepted: boolean) => (accepted ? resolve({ userId: token }) : reject(new Error('wrong')));
        asked.push({ token, answer });
      }),
  };
  return { asked, provider };
}
const code = (login: Promise<unknown>) =>
  login.then(
    () => 'in',
    (error: NetronError) => error.code,
  );

it('a thousand concurrent guesses: ten are checked, and the right one among the others is refused', async () => {
  const { asked, provider } = held();
  const check = authenticator(provider);
  const logins = Array.from({ length: 1_000 }, (_, at) => code(check(`guess ${at}`, request)));
  expect(asked).toHaveLength(10);
  for (const { token, answer } of asked) answer(token === 'guess 500');
  const answers = await Promise.all(logins);
  expect(answers.filter((each) => each === 'unauthenticated')).toHaveLength(10);
  expect(answers.filter((each) => each === 'resource_exhausted')).toHaveLength(990);
  expect(asked).toHaveLength(10);
});

it('a thousand concurrent valid logins of one address are all accepted, ten at a time', async () => {
  const { asked, provider } = held();
  const check = authenticator(provider);
  const logins = Array.from({ length: 1_000 }, (_, at) => code(check(`user ${at}`, request)));
  let most = 0;
  for (let answered = 0; answered < 1_000; ) {
    const open = asked.slice(answered);
    most = Math.max(most, open.length);
    answered += open.length;
    for (const { answer } of open) answer(true);
    await Promise.all(logins.slice(0, answered));
    // The next ones have had their turn when everything due has run.
    await setImmediate();
  }
  expect([new Set(await Promise.all(logins)), most]).toEqual([new Set(['in']), 10]);
});

it('waiting logins are limited in number and in time', async () => {
  vi.useFakeTimers();
  try {
    const { asked, provider } = held();
    const check = authenticator(provider, { attempts: { limit: 1, maxWaiting: 2 }, timeout: 1_000 });
    const logins = ['a', 'b', 'c', 'd'].map((token) => code(check(token, request)));
    expect(await logins[3]).toBe('resource_exhausted');
    await vi.advanceTimersByTimeAsync(1_000);
    // The first one was not answered, which is no failure of the caller: the second one has its turn, the third one has waited too long.
    expect([await logins[0], await logins[2]]).toEqual(['unavailable', 'unavailable']);
    expect(asked.map(({ token }) => token)).toEqual(['a', 'b']);
    asked[1]?.answer(true);
    expect(await logins[1]).toBe('in');
  } finally {
    vi.useRealTimers();
  }
});

it('a provider that hangs does not delay callers of another one beyond the time of a handshake', async () => {
  vi.useFakeTimers();
  try {
    const check = authenticator([held().provider, { authenticate: async (userId) => ({ userId }) }]);
    const login = check('ada', request);
    await vi.advanceTimersByTimeAsync(4_500);
    expect(await login).toMatchObject({ userId: 'ada' });
  } finally {
    vi.useRealTimers();
  }
});

it.each([
  ['ports', ['ws://10.0.0.7:1', 'tcp://10.0.0.7:2', '10.0.0.7']],
  ['IPv4 as IPv6', ['ws://::ffff:10.0.0.7:1', 'ws://[::ffff:10.0.0.7]:2', '::ffff:10.0.0.7', 'tcp://10.0.0.7:3', '::ffff:a00:7']],
  [
    'one network of IPv6',
    ['ws://2001:db8:0:1::1:5000', 'tcp://[2001:db8:0:1:a:b:c:d]:1', '2001:DB8:0:1::', '[2001:db8:0:1::9]:443'],
  ],
  ['interfaces', ['ws://fe80::1%eth0:5000', 'ws://[fe80::2%25eth1]:1', 'fe80::3']],
  ['sockets without a host', ['unix:', 'unix:']],
])('attempts are counted together whatever the %s', async (_, addresses) => {
  const check = authenticator(jwt, { attempts: { limit: addresses.length } });
  for (const address of addresses)
    expect([address, await code(check('wrong', { id: 'x', address }))]).toEqual([address, 'unauthenticated']);
  for (const address of addresses)
    expect([address, await code(check('wrong', { id: 'x', address }))]).toEqual([address, 'resource_exhausted']);
});

it.each([
  ['ws://2001:db8:0:1::1:5000', 'ws://2001:db8:0:2::1:5000'],
  ['ws://10.0.0.7:1', 'ws://10.0.0.8:1'],
  ['::ffff:10.0.0.7', '::ffff:10.0.0.8'],
  ['::1', '::ffff:0.0.0.1'],
])('attempts of %s and %s are counted apart', async (one, other) => {
  const check = authenticator(jwt, { attempts: { limit: 1 } });
  for (const address of [one, other]) expect(await code(check('wrong', { id: 'x', address }))).toBe('unauthenticated');
});

it('a known caller presents tokens of its users: their failures are reported with its name, and not counted', async () => {
  const told: unknown[] = [];
  const signIn = new SignIn(jwt, { onFailure: (_, { code }, by) => told.push([code, by]) });
  const gateway = { userId: 'gateway' };
  for (let turn = 0; turn < 20; turn++)
    await expect(signIn.identify('wrong', request, gateway)).rejects.toMatchObject({ code: 'unauthenticated' });
  expect(told).toEqual(Array(20).fill(['unauthenticated', gateway]));
  expect(await signIn.identify(await jwt.createToken({ id: 'ada' }), request)).toMatchObject({ userId: 'ada' });
});

it('a sign-in knows the providers of its own identities only', async () => {
  const [one, other] = [new SignIn({ jwt, keys }), new SignIn({ tokens: jwt })];
  const user = (await one.identify(await jwt.createToken({ id: 'ada' }), request))!;
  expect([one.providerOf(user), other.providerOf(user)]).toEqual(['jwt', undefined]);
});

it.each([
  [{ timeout: 0 }, 'timeout must be a positive number of milliseconds'],
  [{ timeout: Number.POSITIVE_INFINITY }, 'timeout must be a positive number of milliseconds'],
  [{ attempts: { limit: Number.NaN } }, 'attempts.limit must be a positive number, not NaN'],
  [{ attempts: { window: '1' as never } }, 'attempts.window must be a positive number, not 1'],
])('refuses %o', (options, text) => {
  expect(() => authenticator(jwt, options)).toThrow(text);
});

it('an unavailable provider outranks those that refuse, and does not count as a failure', async () => {
  const down: AuthProvider = { authenticate: () => Promise.reject(new NetronError('unavailable', 'down')) };
  const check = authenticator([down, jwt], { attempts: { limit: 1 } });
  for (let time = 0; time < 3; time++) {
    await expect(check('wrong', request)).rejects.toMatchObject({ code: 'unavailable' });
  }
  expect(await check(await jwt.createToken({ id: 'ada' }), request)).toMatchObject({ identity: { userId: 'ada' } });
});

it('an error of a provider other than a NetronError is a refusal', async () => {
  const broken: AuthProvider = { authenticate: () => Promise.reject(new Error('a secret detail')) };
  await expect(authenticator(broken)('x', request)).rejects.toMatchObject({
    code: 'unauthenticated',
    message: 'invalid token',
  });
});

it('refuses an expired identity, whichever provider returns it and however the caller is known', async () => {
  let time = 1_000;
  const identity = { userId: 'ada', expiresAt: 2_000 };
  const byToken = { authenticate: async () => identity };
  const byConnection = { authenticate: () => Promise.reject(new Error('no token')), identify: () => identity };
  const checks = [byToken, byConnection].map((provider) => authenticator(provider, { now: () => time }));
  const logins = () => Promise.all(checks.map((check, at) => code(check(at === 0 ? 'token' : undefined, request))));
  expect(await logins()).toEqual(['in', 'in']);
  time = 2_000;
  expect(await logins()).toEqual(['unauthenticated', 'unauthenticated']);
});
