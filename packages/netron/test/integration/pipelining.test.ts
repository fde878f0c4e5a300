import { describe, expect, it } from 'vitest';
import { defineService, type Handler, MemoryTransport, Netron, NetronError, Public, Service } from '../../src/index.js';
import { failure, gate, nodes, quiet, settled, transports, until } from './nodes.js';
import { VirtualClock } from './virtual-clock.js';
import { TappedTransport } from './wire.js';

@Service('avatar@1.0.0')
class Avatar {
  @Public() url(): string {
    return 'a.png';
  }
  @Public() async rejects(): Promise<never> {
    throw new NetronError('aborted', 'inner');
  }
}

let hidden = 0;

@Service('profile@1.0.0')
class Profile {
  @Public() level = 7;
  @Public() avatar(): Avatar {
    return new Avatar();
  }
  secret(): string {
    hidden += 1;
    return 'no';
  }
}

@Service('account@1.0.0')
class Account {
  @Public() async profile(): Promise<Profile> {
    return new Profile();
  }
}

const auth = (wait?: Promise<unknown>) =>
  defineService({
    name: 'auth@1.0.0',
    methods: {
      async login(token: string) {
        await wait;
        if (token !== 'good') throw new NetronError('unauthenticated', 'bad token');
        return new Account();
      },
      now: () => new Account(),
      data: () => ({ user: { name: 'ann', tags: ['a', 'b'], fn: (x: number) => x + 1 } }),
      nothing: () => undefined,
      adder: (by: number) => (value: number) => value + by,
    },
  });

/** What a caller may write on a result that has not arrived. */
// biome-ignore lint/suspicious/noExplicitAny: paths of any depth on results of any kind
type Chain = any;

describe.each([
  ['alone', {}],
  [
    'behind middleware',
    {
      incoming: [
        (next: Handler): Handler =>
          (call) =>
            next(call),
      ],
    },
  ],
  [
    'behind middleware that waits',
    {
      incoming: [
        (next: Handler): Handler =>
          async (call) =>
            next(call),
      ],
    },
  ],
])('results of calls as arguments of others, %s', (_, middleware) => {
  it('are filled in before the method begins', async () => {
    const service = defineService({
      name: 'sums@1.0.0',
      methods: {
        one: async () => 1,
        add: async (a: number, b: number) => a + b,
        fails: async () => Promise.reject(new NetronError('aborted', 'no')),
      },
    });
    await using pair = await nodes({ services: [service], server: { middleware } });
    const remote = (await pair.peer.queryInterface('sums')) as Chain;
    expect(await remote.add(remote.one(), remote.add(remote.one(), 2))).toBe(4);
    expect(await failure(remote.add(remote.one(), remote.fails()))).toMatchObject({ code: 'aborted' });
    await using chain = await nodes({ services: [auth()], server: { middleware } });
    const start = (await chain.peer.queryInterface('auth')) as Chain;
    expect(await start.login('good').profile().avatar().url()).toBe('a.png');
  });
});

describe.each(transports)('pipelining over %s', (transport) => {
  it('a call on an unanswered result, through async and sync methods, properties and functions', async () => {
    await using pair = await nodes({ transport, services: [auth()] });
    const remote = (await pair.peer.queryInterface('auth')) as Chain;
    expect(await remote.login('good').profile().avatar().url()).toBe('a.png');
    expect(await remote.now().profile().avatar().url()).toBe('a.png');
    expect(await remote.login('good').profile().level).toBe(7);
    expect(await remote.data().user.name).toBe('ann');
    expect(await remote.data().user.fn(1)).toBe(2);
    const account = remote.login('good');
    const profile = account.profile();
    expect(await Promise.all([profile.level, profile.avatar().url(), profile.level])).toEqual([7, 'a.png', 7]);
    expect(await (await account).profile().level).toBe(7);
  });

  it('on a failing call fails with its error; on a missing member with not_found', async () => {
    await using pair = await nodes({ transport, services: [auth()] });
    const remote = (await pair.peer.queryInterface('auth')) as Chain;
    const chain = remote.login('bad');
    expect(await failure(chain.profile().avatar().url())).toMatchObject({ code: 'unauthenticated', message: 'bad token' });
    expect(await failure(chain)).toMatchObject({ code: 'unauthenticated' });
    expect(await failure(remote.now().profile().avatar().rejects())).toMatchObject({ code: 'aborted', message: 'inner' });
    for (const name of ['nothing', 'hasOwnProperty', '__defineGetter__', '__lookupGetter__', 'propertyIsEnumerable']) {
      expect(await failure(remote.now().profile()[name]()), name).toMatchObject({ code: 'not_found' });
      expect(await failure(remote.data().user[name]()), name).toMatchObject({ code: 'not_found' });
    }
    for (const name of ['constructor', '__proto__', 'prototype']) {
      expect(await failure(remote.data().user[name]), name).toMatchObject({ code: 'not_found' });
    }
    expect(await failure(remote.now().profile().secret())).toMatchObject({ code: 'not_found' });
    expect(await failure(remote.data().user.tags.push('c'))).toMatchObject({ code: 'not_found' });
    expect(await failure(remote.data().user.missing.deep)).toMatchObject({ code: 'not_found' });
    expect(await failure(remote.nothing().anything())).toMatchObject({ code: 'not_found' });
    expect(hidden).toBe(0);
    await settled();
    expect(pair.peer.state).toBe('ready');
  });
});

describe('one round trip', () => {
  async function tapped(service: object, id = 'a') {
    const memory = new TappedTransport();
    const server = await Netron.create({ logger: quiet, transports: { memory: { name: id } }, additionalTransports: [memory] });
    await server.peer.exposeService(service);
    const client = await Netron.create({ logger: quiet, additionalTransports: [memory] });
    const peer = await client.connect(`memory:${id}`);
    const remote = (await peer.queryInterface('auth')) as Chain;
    await settled();
    return {
      ...{ memory, server, peer, remote, tap: memory.last },
      async [Symbol.asyncDispose]() {
        await Promise.all([client.stop({ timeout: 0 }), server.stop({ timeout: 0 })]);
      },
    };
  }

  it('three chained calls are sent in one message and answered in one round trip', async () => {
    const login = gate();
    await using nodes = await tapped(auth(login.opened));
    const { tap, remote } = nodes;
    const { sent } = tap;
    const url = remote.login('good').profile().avatar().url();
    await settled();
    expect(tap.sent).toBe(sent + 1);
    login.open();
    expect(await url).toBe('a.png');
    await settled();
    // Whatever else went out said only that the held results may go.
    expect(tap.sent).toBeLessThanOrEqual(sent + 3);
  });

  it('the service itself needs one more', async () => {
    await using nodes = await tapped(auth());
    const { sent } = nodes.tap;
    expect(await nodes.remote.now().profile().level).toBe(7);
    expect(nodes.tap.sent).toBeLessThanOrEqual(sent + 2);
  });

  it('late: when the result has arrived or the call has been sent, the result itself is called', async () => {
    const login = gate();
    await using nodes = await tapped(auth(login.opened));
    const { remote } = nodes;
    const account = remote.login('good');
    await settled();
    const profile = account.profile();
    login.open();
    expect(await profile.level).toBe(7);
    await account;
    expect(await account.profile().level).toBe(7);
  });

  it('held results are dropped when no later call can name them', async () => {
    await using nodes = await tapped(auth());
    const { remote, server } = nodes;
    for (let round = 0; round < 20; round += 1) {
      await Promise.all(Array.from({ length: 100 }, () => remote.now().profile().avatar().url()));
      await Promise.all(Array.from({ length: 50 }, () => failure(remote.login('bad').profile().level)));
    }
    await settled();
    // A held result counts against the limit of calls: with any left, these would not be held.
    await Promise.all(Array.from({ length: 300 }, () => remote.now().profile().level));
    const [back] = [...server.peers.values()];
    expect(back?.isBusy()).toBe(false);
  });

  it('ruling 34: pipelined calls over the limit are queued, none fails', async () => {
    await using nodes = await tapped(auth());
    const { remote } = nodes;
    const results = await Promise.all(Array.from({ length: 1_500 }, () => remote.login('good').profile().avatar().url()));
    expect(new Set(results)).toEqual(new Set(['a.png']));
  });
});

describe('pipelining and everything else', () => {
  it('on a service of a third node', async () => {
    const memory = new MemoryTransport();
    const node = (id: string) =>
      Netron.create({ id, logger: quiet, stopTimeout: 0, additionalTransports: [memory], transports: { memory: { name: id } } });
    await using far = await node('far');
    await using middle = await node('middle');
    await using near = await node('near');
    await far.peer.exposeService(auth());
    const beyond = await (await middle.connect('memory:far')).queryInterface('auth');
    await middle.peer.exposeService(defineService({ name: 'relay@1.0.0', methods: { auth: () => beyond } }));
    const relay = (await (await near.connect('memory:middle')).queryInterface('relay')) as Chain;
    expect(await (await relay.auth()).now().profile().level).toBe(7);
    expect(await relay.auth().now().profile().level).toBe(7);
  });

  it('goes through the middleware of what it calls', async () => {
    const seen: string[] = [];
    await using pair = await nodes({
      services: [auth()],
      server: {
        middleware: {
          incoming: [
            (next) => (call) => {
              seen.push(`${call.service}.${call.method}`);
              return next(call);
            },
          ],
        },
      },
    });
    const remote = (await pair.peer.queryInterface('auth')) as Chain;
    await remote.now().profile().avatar().url();
    expect(seen).toEqual(['auth.now', 'account.profile', 'profile.avatar', 'avatar.url']);
  });

  it('ends with the connection, and with its first call', async () => {
    const clock = new VirtualClock();
    await using pair = await nodes({
      services: [auth(new Promise(() => {}))],
      client: { clock, requestTimeout: 60, maxReconnectAttempts: 0 },
    });
    const remote = (await pair.peer.queryInterface('auth')) as Chain;
    const late = failure(remote.login('good').profile().level);
    expect(await clock.settle(late)).toMatchObject({ code: 'deadline_exceeded' });
    const chain = failure(remote.login('good').profile().level);
    await settled();
    await pair.peer.disconnect();
    expect(await chain).toMatchObject({ code: 'unknown_outcome' });
    await until(() => !pair.back.isBusy());
  });
});
