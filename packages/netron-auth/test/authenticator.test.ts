import { defineService, getCallContext, Netron, NetronError } from '@omnitron-dev/netron';
import { expect, it } from 'vitest';
import { ApiKeyAuthProvider, type AuthProvider, authenticator, JwtAuthProvider } from '../src/index.js';

const jwt = new JwtAuthProvider('a secret of more than thirty-two bytes', 'https://id.example');
const keys = new ApiKeyAuthProvider();
const request = { id: 'x', address: 'ws://10.0.0.7:5000' };

it('lets nodes in by JWT and by API key, and makes their identity the user of their calls', async () => {
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

it('a provider that cannot tell outranks those that refuse, and counts as no failure', async () => {
  const down: AuthProvider = { authenticate: () => Promise.reject(new NetronError('unavailable', 'down')) };
  const check = authenticator([down, jwt], { attempts: { limit: 1 } });
  for (let time = 0; time < 3; time++) {
    await expect(check('wrong', request)).rejects.toMatchObject({ code: 'unavailable' });
  }
  expect(await check(await jwt.createToken({ id: 'ada' }), request)).toMatchObject({ identity: { userId: 'ada' } });
});

it('what a provider throws that is no NetronError is a refusal', async () => {
  const broken: AuthProvider = { authenticate: () => Promise.reject(new Error('a secret detail')) };
  await expect(authenticator(broken)('x', request)).rejects.toMatchObject({
    code: 'unauthenticated',
    message: 'the token is not valid',
  });
});
