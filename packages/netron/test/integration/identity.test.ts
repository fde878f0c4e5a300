import { describe, expect, it } from 'vitest';
import { defineService, expiringIdentity, getCallContext, Netron, NetronError } from '../../src/index.js';
import { failure, nodes, quiet, settled, until } from './nodes.js';
import { VirtualClock } from './virtual-clock.js';

/** Users by their tokens. */
const users: Record<string, unknown> = { 'ann 1': { id: 'ann', token: 1 }, 'ann 2': { id: 'ann', token: 2 }, bob: { id: 'bob' } };

function authenticate(credentials: unknown): unknown {
  if (credentials === undefined) return undefined;
  const user = users[String(credentials)];
  if (user === undefined) throw new Error('no such token');
  return user;
}

const service = defineService({
  name: 'who@1.0.0',
  methods: {
    am: () => getCallContext().user,
    async *count() {
      for (let number = 0; ; number += 1) yield number;
    },
  },
});

const served = { server: { authenticate }, services: [service] };

describe('25: an identity lives', () => {
  it('a peer sends a new token on the open connection: later calls have the renewed identity', async () => {
    await using pair = await nodes({ ...served, client: { credentials: 'ann 1' } });
    const who = await pair.peer.queryInterface<typeof service>('who');
    expect(await who.am()).toEqual({ id: 'ann', token: 1 });
    const stream = who.count()[Symbol.asyncIterator]();
    expect(await stream.next()).toEqual({ done: false, value: 0 });
    await pair.peer.authenticate('ann 2');
    expect(await who.am()).toEqual({ id: 'ann', token: 2 });
    expect(await stream.next()).toEqual({ done: false, value: 1 });
    await stream.return?.();
  });

  it('an anonymous peer may authenticate, and an identity cannot change into another', async () => {
    await using pair = await nodes(served);
    const seen: unknown[] = [];
    pair.back.on('identity', (identity) => seen.push(identity));
    const who = await pair.peer.queryInterface<typeof service>('who');
    expect(await who.am()).toBe(undefined);
    await pair.peer.authenticate('ann 1');
    expect(await who.am()).toEqual({ id: 'ann', token: 1 });
    expect(await failure(pair.peer.authenticate('bob'))).toMatchObject({ code: 'permission_denied' });
    expect(await who.am()).toBe(undefined);
    await pair.peer.authenticate('bob');
    expect(await who.am()).toEqual({ id: 'bob' });
    expect(seen).toEqual([{ id: 'ann', token: 1 }, undefined, { id: 'bob' }]);
  });

  it('refused credentials leave the connection open and anonymous, and end the streams of the previous identity', async () => {
    await using pair = await nodes({ ...served, client: { credentials: 'ann 1' } });
    const who = await pair.peer.queryInterface<typeof service>('who');
    const stream = who.count()[Symbol.asyncIterator]();
    await stream.next();
    expect(await failure(pair.peer.authenticate('forged'))).toMatchObject({ code: 'unauthenticated' });
    const error = await failure(async () => {
      for (;;) await stream.next();
    });
    expect(error).toMatchObject({ code: 'unauthenticated' });
    expect(await who.am()).toBe(undefined);
    expect([pair.peer.state, pair.back.identity]).toEqual(['ready', undefined]);
  });

  it('an outage of the authentication service keeps the identity, and it may be tried again', async () => {
    let away = false;
    const answers = (credentials: unknown): unknown => {
      if (away) throw new NetronError('unavailable', 'the provider does not answer', { retryAfterMs: 100 });
      return authenticate(credentials);
    };
    await using pair = await nodes({ server: { authenticate: answers }, services: [service], client: { credentials: 'ann 1' } });
    const who = await pair.peer.queryInterface<typeof service>('who');
    const stream = who.count()[Symbol.asyncIterator]();
    await stream.next();
    away = true;
    const error = await failure(pair.peer.authenticate('ann 2'));
    expect(error).toMatchObject({ code: 'unavailable', retryable: true, retryAfterMs: 100 });
    expect([pair.back.identity, await who.am(), (await stream.next()).done]).toEqual([users['ann 1'], users['ann 1'], false]);
    away = false;
    await pair.peer.authenticate('ann 2');
    expect(pair.back.identity).toEqual({ id: 'ann', token: 2 });
  });

  it('a node without authenticate refuses credentials', async () => {
    await using pair = await nodes();
    expect(await failure(pair.peer.authenticate('ann 1'))).toMatchObject({ code: 'unimplemented' });
  });

  it('the callee removes an identity and sets another', async () => {
    await using pair = await nodes({ ...served, client: { credentials: 'ann 1' } });
    const who = await pair.peer.queryInterface<typeof service>('who');
    pair.back.identify(undefined);
    expect(await who.am()).toBe(undefined);
    pair.back.identify({ id: 'robot' });
    expect(await who.am()).toEqual({ id: 'robot' });
  });

  it('credentials are checked one after the other', async () => {
    let open = (): void => {};
    const opened = new Promise<void>((resolve) => {
      open = resolve;
    });
    const slow = async (credentials: unknown): Promise<unknown> => {
      if (credentials !== undefined) await opened;
      return authenticate(credentials);
    };
    await using pair = await nodes({ server: { authenticate: slow } });
    const first = pair.peer.authenticate('ann 1');
    expect(await failure(pair.peer.authenticate('bob'))).toMatchObject({ code: 'resource_exhausted' });
    open();
    await first;
    expect(pair.back.identity).toEqual({ id: 'ann', token: 1 });
  });
});

describe('25: an identity with an end', () => {
  it('is renewed by the client before its end, and expires when that fails', async () => {
    const clock = new VirtualClock();
    let tokens = 0;
    let known = true;
    const options = { logger: quiet, stopTimeout: 0, clock, heartbeatInterval: 0 };
    const server = await Netron.create({
      ...options,
      transports: { tcp: { port: 0 } },
      authenticate: (token) => {
        if (!known) throw new Error('unknown');
        return expiringIdentity({ id: 'ann', token }, 60_000);
      },
    });
    const client = await Netron.create({
      ...options,
      credentials: () => {
        tokens += 1;
        return tokens;
      },
    });
    const peer = await client.connect(server.addresses[0] as string);
    await until(() => server.peers.size === 1);
    const [back] = [...server.peers.values()];
    expect(back?.identity).toEqual({ id: 'ann', token: 1 });
    await clock.advance(47_000);
    expect(tokens).toBe(1);
    await clock.advance(2_000);
    await until(() => (back?.identity as { token: number } | undefined)?.token === 2);
    await settled();
    const errors: Error[] = [];
    peer.on('error', (error) => errors.push(error));
    known = false;
    await clock.advance(49_000);
    await until(() => errors.length === 1);
    expect(errors[0]).toMatchObject({ code: 'unauthenticated' });
    expect([back?.identity, back?.state, peer.state]).toEqual([undefined, 'ready', 'ready']);
    const stopped = Promise.all([client.stop(), server.stop()]);
    await clock.advance(100);
    await stopped;
  });

  it.each([
    ['none', undefined, 60_000],
    ['another token', 'old', 600_000],
  ])('what was shown on the connection is not replaced by what it began with: %s', async (_what, credentials, life) => {
    const clock = new VirtualClock();
    const options = { logger: quiet, stopTimeout: 0, clock, heartbeatInterval: 0 };
    const seen: unknown[] = [];
    const server = await Netron.create({
      ...options,
      transports: { tcp: { port: 0 } },
      authenticate: (token) => {
        seen.push(token);
        return token === undefined ? undefined : expiringIdentity({ id: 'ann' }, token === 'old' ? 60_000 : life);
      },
    });
    const client = await Netron.create({ ...options, credentials });
    const peer = await client.connect(server.addresses[0] as string);
    await until(() => server.peers.size === 1);
    const [back] = [...server.peers.values()];
    await peer.authenticate('new');
    await clock.advance(life - 1_000);
    await settled();
    expect([seen, back?.identity]).toEqual([[credentials, 'new'], { id: 'ann' }]);
    await clock.advance(1_000);
    expect(back?.identity).toBeUndefined();
    const stopped = Promise.all([client.stop(), server.stop()]);
    await clock.advance(100);
    await stopped;
  });

  it('expires when it is not renewed', async () => {
    const clock = new VirtualClock();
    await using pair = await nodes({ server: { clock, authenticate: () => expiringIdentity('ann', 1_000) } });
    pair.peer.link?.connection.pause(); // nothing renews it
    expect(pair.back.identity).toBe('ann');
    await clock.advance(1_000);
    expect(pair.back.identity).toBe(undefined);
    const stopped = pair.server.stop();
    await clock.advance(100);
    await stopped;
  });

  it('has a valid end', () => {
    for (const end of [-1, NaN, '5' as never]) expect(() => expiringIdentity('ann', end)).toThrow(RangeError);
  });
});
