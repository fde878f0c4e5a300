/** Middleware around the calls that a node answers: it sees every one of them once, whatever is called. */
import { describe, expect, it } from 'vitest';
import { callbacks, connect, middleware } from '../../src/client.js';
import {
  type Call,
  defineService,
  getCallContext,
  type Handler,
  MemoryTransport,
  type MiddlewareInput,
  Netron,
  NetronError,
  type NetronOptions,
  Public,
  Service,
  setProperty,
  timeout,
  UseMiddleware,
} from '../../src/index.js';
import { deriveCall } from '../../src/middleware/derived-call.js';
import { failure, nodes, quiet } from './nodes.js';
import { VirtualClock } from './virtual-clock.js';

/** What a caller may write on a result that has not arrived. */
// biome-ignore lint/suspicious/noExplicitAny: paths of any depth on results of any kind
type Chain = any;

/** What was seen by the middleware of one class. */
const ofClass: string[] = [];

@Service('profile@2.0.0')
@UseMiddleware((next) => (call) => {
  ofClass.push(call.method);
  return next(call);
})
class Profile {
  @Public({ readonly: false }) level = 7;
  @Public() echo(...args: unknown[]): unknown[] {
    return args;
  }
  @Public() async *count(to: number) {
    for (let number = 0; number < to; number += 1) yield number;
  }
}

const profile = new Profile();

const api = () =>
  defineService({
    name: 'api@1.0.0',
    methods: {
      profile: () => profile,
      later: async () => profile,
      greeter: () => (name: string) => `${String(getCallContext().user ?? 'hello')} ${name}`,
      data: () => ({ user: { name: 'ann', greet: (name: string) => `hi ${name}` } }),
      use: async (greet: (name: string) => Promise<string>) => greet('carl'),
      read: async (other: Chain) => other.echo('relayed'),
    },
  });

function watching(...middleware: MiddlewareInput[]) {
  const seen: string[] = [];
  const note =
    (next: Handler): Handler =>
    (call) => {
      seen.push(`${call.service}@${call.version} ${call.method}(${call.args.map(String).join(',')}) ← ${call.peer.id}`);
      return next(call);
    };
  return { seen, middleware: { incoming: [note, ...middleware] } };
}

/** Two nodes; `seen` is what the server's middleware sees, in front of `middleware`. */
async function setup(...given: MiddlewareInput[]) {
  const { seen, middleware } = watching(...given);
  const pair = await nodes({ services: [api()], server: { middleware } });
  const id = pair.back.id;
  pair.server.addTask('sum', (_peer, a: number, b: number) => a + b, { remote: true });
  pair.server.addTask('secret', () => 'secret', { remote: false });
  pair.server.addTask('never', () => new Promise(() => {}), { remote: true });
  const remote = (await pair.peer.queryInterface('api')) as Chain;
  return { seen, pair, remote, id, [Symbol.asyncDispose]: () => pair[Symbol.asyncDispose]() };
}

describe('MW-05: incoming middleware sees every call that the node answers', () => {
  it('of services, references, functions, pipelined results, properties, streams and tasks, each once', async () => {
    await using set = await setup();
    const { remote, seen, pair, id } = set;
    ofClass.length = 0;
    const own = await remote.profile();
    await own.echo(1);
    expect(await own.level).toBe(7);
    await setProperty(own, 'level', 7);
    for await (const _ of own.count(1));
    const greet = await remote.greeter();
    expect(await greet('ann')).toBe('hello ann');
    expect(await remote.later().echo(2)).toEqual([2]);
    expect(await remote.later().level).toBe(7);
    expect(await remote.data().user.greet('bob')).toBe('hi bob');
    expect(await remote.data().user.name).toBe('ann');
    expect(await pair.peer.runTask('sum', 1, 2)).toBe(3);
    expect(seen).toEqual(
      [
        ...['api@1.0.0 profile()', 'profile@2.0.0 echo(1)', 'profile@2.0.0 level()', 'profile@2.0.0 level(7)'],
        ...['profile@2.0.0 count(1)', 'api@1.0.0 greeter()', 'function@0.0.0 call(ann)'],
        ...['api@1.0.0 later()', 'profile@2.0.0 echo(2)', 'api@1.0.0 later()', 'profile@2.0.0 level()'],
        ...['api@1.0.0 data()', 'function@0.0.0 call(bob)', 'api@1.0.0 data()', 'result@0.0.0 user.name()'],
        'netron@1.0.0 task sum(1,2)',
      ].map((call) => `${call} ← ${id}`),
    );
    // What a service says of itself is for its own members only.
    expect(ofClass).toEqual(['echo', 'level', 'level', 'count', 'echo', 'level']);
  });

  it('of functions passed by a client, with both kinds of clients', async () => {
    const memory = new MemoryTransport();
    const options: NetronOptions = { logger: quiet, stopTimeout: 0, additionalTransports: [memory] };
    await using server = await Netron.create({ ...options, id: 'server', transports: { memory: { name: 'in' } } });
    await server.peer.exposeService(api());
    const node = watching();
    await using whole = await Netron.create({ ...options, middleware: node.middleware });
    const client = watching();
    const peers = [
      await whole.connect('memory:in'),
      await connect('memory:in', { logger: quiet, transport: memory, with: [callbacks(), middleware(client.middleware)] }),
    ];
    for (const peer of peers) {
      const remote = (await peer.queryInterface('api')) as Chain;
      expect(await remote.use((name: string) => `hi ${name}`)).toBe('hi carl');
      expect(await remote.read(new Profile())).toEqual(['relayed']);
    }
    for (const { seen } of [node, client]) {
      expect(seen).toEqual(['function@0.0.0 call(carl) ← server', 'profile@2.0.0 echo(relayed) ← server']);
    }
    await peers[1]?.disconnect();
  });

  it('of objects passed on to a third node, at the middle and the last node', async () => {
    const memory = new MemoryTransport();
    const [far, middle] = [watching(), watching()];
    const node = (id: string, middleware: NetronOptions['middleware'] = {}) =>
      Netron.create({
        ...{ id, logger: quiet, stopTimeout: 0, additionalTransports: [memory], transports: { memory: { name: id } } },
        middleware,
      });
    await using end = await node('far', far.middleware);
    await using between = await node('middle', middle.middleware);
    await using near = await node('near');
    await end.peer.exposeService(api());
    const beyond = (await (await between.connect('memory:far')).queryInterface('api')) as Chain;
    const [own, greet] = [await beyond.profile(), await beyond.greeter()];
    await between.peer.exposeService(
      defineService({ name: 'relay@1.0.0', methods: { profile: () => own, greeter: () => greet } }),
    );
    const relay = (await (await near.connect('memory:middle')).queryInterface('relay')) as Chain;
    far.seen.length = 0;
    expect(await (await relay.profile()).echo(1)).toEqual([1]);
    expect(await relay.profile().echo(2)).toEqual([2]);
    expect(await (await relay.greeter())('ann')).toBe('hello ann');
    expect(middle.seen).toEqual(
      [
        ...['relay@1.0.0 profile()', 'profile@2.0.0 echo(1)', 'relay@1.0.0 profile()', 'profile@2.0.0 echo(2)'],
        ...['relay@1.0.0 greeter()', 'function@0.0.0 call(ann)'],
      ].map((call) => `${call} ← near`),
    );
    expect(far.seen).toEqual(
      ['profile@2.0.0 echo(1)', 'profile@2.0.0 echo(2)', 'function@0.0.0 call(ann)'].map((call) => `${call} ← middle`),
    );
  });

  it('of services exposed by peers', async () => {
    const { seen, middleware } = watching();
    await using pair = await nodes({ server: { middleware, allowRemoteServices: true } });
    await pair.peer.exposeService(api());
    const hosted = (await pair.peer.queryInterface('api')) as Chain;
    expect(await hosted.use(async (name: string) => `hi ${name}`)).toBe('hi carl');
    expect(seen).toHaveLength(1);
    expect(seen[0]).toMatch(/^api@1\.0\.0 use\(/);
  });

  it('of local calls by netron.peer: services and tasks', async () => {
    await using set = await setup();
    const { seen, pair } = set;
    const { peer } = pair.server;
    const local = (await peer.queryInterface('api')) as Chain;
    expect(await (await local.profile()).echo(1)).toEqual([1]);
    expect(await peer.runTask('sum', 1, 2)).toBe(3);
    expect(await peer.runTask('secret')).toBe('secret');
    expect(seen).toEqual(
      ['api@1.0.0 profile()', 'profile@2.0.0 echo(1)', 'netron@1.0.0 task sum(1,2)', 'netron@1.0.0 task secret()'].map(
        (call) => `${call} ← server`,
      ),
    );
  });

  it('of a passed proxy of its own service: seen once, as called by the peer', async () => {
    await using set = await setup();
    const { pair, seen, id } = set;
    const local = (await pair.server.peer.queryInterface('api')) as object;
    await pair.server.peer.exposeService(defineService({ name: 'door@1.0.0', methods: { open: () => local } }));
    const door = (await pair.peer.queryInterface('door')) as Chain;
    const opened = await door.open();
    expect(await (await opened.greeter())('ann')).toBe('hello ann');
    expect(await door.open().data().user.name).toBe('ann');
    expect(seen).toEqual(
      [
        ...['door@1.0.0 open()', 'api@1.0.0 greeter()', 'function@0.0.0 call(ann)'],
        ...['door@1.0.0 open()', 'api@1.0.0 data()', 'result@0.0.0 user.name()'],
      ].map((call) => `${call} ← ${id}`),
    );
    await pair.server.peer.concealService('api');
    expect(await failure(opened.greeter())).toMatchObject({ code: 'not_found' });
  });
});

/** The same with one tick before the call goes on. */
const late: MiddlewareInput = { handle: async (_call, next) => await next() };

describe.each([
  ['synchronous', []],
  ['asynchronous', [late]],
] as [string, MiddlewareInput[]][])('%s middleware around calls without middleware of their own', (_kind, before) => {
  it('can refuse, answer, change arguments and set the user', async () => {
    await using set = await setup(...before, (next) => (call) => {
      if (call.args[0] === 'refused') throw new NetronError('permission_denied', 'not here');
      if (call.args[0] === 'answered') return 'by middleware';
      if (call.args[0] === 'changed') return next(deriveCall(call, { args: [4, 5] }));
      call.user = 'dear';
      return next(call);
    });
    const { pair, remote } = set;
    const greet = await remote.greeter();
    expect(await greet('ann')).toBe('dear ann');
    for (const call of [greet, (...args: unknown[]) => pair.peer.runTask('sum', ...args)]) {
      expect(await failure(call('refused'))).toMatchObject({ code: 'permission_denied' });
      expect(await call('answered')).toBe('by middleware');
    }
    expect(await pair.peer.runTask('sum', 'changed')).toBe(9);
    expect(await pair.server.peer.runTask('sum', 'changed')).toBe(9);
  });

  it('can repeat failed calls', async () => {
    let tries = 0;
    await using set = await setup(...before, (next) => async (call) => {
      try {
        return await next(call);
      } catch {
        return next(call);
      }
    });
    set.pair.server.addTask(
      'flaky',
      () => {
        tries += 1;
        if (tries === 1) throw new Error('once');
        return 'second';
      },
      { remote: true },
    );
    expect(await set.pair.peer.runTask('flaky')).toBe('second');
    expect(tries).toBe(2);
    expect(set.seen).toHaveLength(1);
  });
});

describe('tasks behind middleware', () => {
  it('are looked up first: middleware does not see missing or forbidden tasks', async () => {
    await using set = await setup();
    for (const name of ['secret', 'nosuch', '__proto__']) {
      expect(await failure(set.pair.peer.runTask(name))).toMatchObject({ code: 'not_found' });
    }
    expect(await failure(set.pair.server.peer.runTask('nosuch'))).toMatchObject({ code: 'not_found' });
    expect(set.seen).toEqual([]);
  });

  it('timeout() applies to them', async () => {
    const clock = new VirtualClock();
    await using set = await setup(timeout(30, clock));
    for (const peer of [set.pair.peer, set.pair.server.peer]) {
      expect(await clock.settle(failure(peer.runTask('never')))).toMatchObject({
        code: 'deadline_exceeded',
        message: 'netron.task never took longer than 30 ms',
      });
    }
  });

  it('have a call with arguments, caller and signal', async () => {
    await using set = await setup();
    const { pair, id } = set;
    const aborted = new Promise((resolve) => {
      pair.server.addTask(
        'context',
        async (_peer, ...args: unknown[]) => {
          const { method, args: given, peer, signal } = getCallContext();
          signal.addEventListener('abort', () => resolve([method, given, args, peer.id]));
          await new Promise(() => {});
        },
        { remote: true },
      );
    });
    const running = failure(pair.peer.runTask('context', 1));
    await pair.peer.runTask('sum', 1, 2);
    await pair.peer.disconnect();
    await running;
    expect(await aborted).toEqual(['task context', [1], [1], id]);
  });
});

it('without middleware functions, relayed calls and tasks run directly', async () => {
  await using pair = await nodes({ services: [api()] });
  const remote = (await pair.peer.queryInterface('api')) as Chain;
  expect(await (await remote.greeter())('ann')).toBe('hello ann');
  expect(await remote.data().user.name).toBe('ann');
  pair.server.addTask('method', () => getCallContext().method, { remote: true });
  expect(await pair.peer.runTask('method')).toBe('task method');
});

it('a copy of the call is refused with a hint', async () => {
  await using set = await setup((next) => (call) => (call.service === 'function' ? next({ ...call } as Call) : next(call)));
  expect(await failure((await set.remote.greeter())('ann'))).toMatchObject({
    message: expect.stringContaining('deriveCall'),
  });
});
