/** Middleware around the calls that a node makes: it sees every one of them, and what it changes counts. */
import { describe, expect, it } from 'vitest';
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
  withOptions,
} from '../../src/index.js';
import { deriveCall } from '../../src/middleware/derived-call.js';
import { failure, nodes, quiet, settled } from './nodes.js';
import { VirtualClock } from './virtual-clock.js';
import { TappedTransport } from './wire.js';

/** What a caller may write on a result that has not arrived. */
// biome-ignore lint/suspicious/noExplicitAny: paths of any depth on results of any kind
type Chain = any;

let tries = 0;

@Service('profile@2.0.0')
class Profile {
  @Public({ readonly: false }) level = 7;
  @Public() header(name: string): string | undefined {
    return getCallContext().headers[name];
  }
  @Public() echo(...args: unknown[]): unknown[] {
    return args;
  }
  @Public() flaky(): string {
    tries += 1;
    if (tries === 1) throw new NetronError('unavailable', 'once');
    return 'second';
  }
  @Public() never(): Promise<void> {
    return new Promise(() => {});
  }
  @Public() async *count(to: number) {
    for (let number = 0; number < to; number += 1) yield number;
  }
}

const api = () =>
  defineService({
    name: 'api@1.0.0',
    methods: {
      profile: () => new Profile(),
      later: async () => new Profile(),
      greeter: () => (name: string) => `${getCallContext().headers.greeting ?? 'hello'} ${name}`,
      data: () => ({ user: { name: 'ann', greet: (name: string) => `hi ${name}` } }),
      fail: () => Promise.reject(new NetronError('unauthenticated', 'no')),
    },
  });

/** Two nodes; `seen` is what the client's middleware sees, in front of `middleware`. */
async function setup(...given: readonly [NetronOptions, ...MiddlewareInput[]] | readonly MiddlewareInput[]) {
  const [first, ...others] = given;
  const [options, middleware] =
    first !== undefined && 'clock' in first ? [first, others as MiddlewareInput[]] : [{}, given as MiddlewareInput[]];
  const seen: string[] = [];
  const note =
    (next: Handler): Handler =>
    (call) => {
      seen.push(`${call.service}@${call.version} ${call.method}(${call.args.map(String).join(',')}) → ${call.peer.id}`);
      return next(call);
    };
  const pair = await nodes({
    services: [api()],
    client: { ...options, middleware: { outgoing: [note, ...middleware] } },
  });
  pair.server.addTask('sum', (_peer, a: number, b: number) => a + b, { remote: true });
  const remote = (await pair.peer.queryInterface('api')) as Chain;
  return { seen, pair, remote, [Symbol.asyncDispose]: () => pair[Symbol.asyncDispose]() };
}

describe('MW-05: outgoing middleware sees every call that the node makes', () => {
  it('of services, references and pipelined results, reads and writes, streams and tasks, each once', async () => {
    await using set = await setup();
    const { remote, seen, pair } = set;
    const profile = await remote.profile();
    await profile.echo(1);
    expect(await profile.level).toBe(7);
    await setProperty(profile, 'level', 8);
    profile.level = 9;
    for await (const _ of profile.count(1));
    const greet = await remote.greeter();
    expect(await greet('ann')).toBe('hello ann');
    expect(await remote.later().echo(2)).toEqual([2]);
    expect(await remote.later().level).toBe(7);
    expect(await pair.peer.runTask('sum', 1, 2)).toBe(3);
    expect(seen).toEqual(
      [
        ...['api@1.0.0 profile()', 'profile@2.0.0 echo(1)', 'profile@2.0.0 level()', 'profile@2.0.0 level(8)'],
        ...['profile@2.0.0 level(9)', 'profile@2.0.0 count(1)', 'api@1.0.0 greeter()', 'function@0.0.0 call(ann)'],
        ...['api@1.0.0 later()', 'api@0.0.0 later().echo(2)', 'api@1.0.0 later()', 'api@0.0.0 later().level()'],
        'netron@1.0.0 task sum(1,2)',
      ].map((call) => `${call} → server`),
    );
  });

  it('a call on a result that has arrived is seen as an ordinary call', async () => {
    await using set = await setup();
    const { remote, seen } = set;
    const profile = remote.profile();
    await profile;
    expect(await profile.echo(1)).toEqual([1]);
    expect(seen).toEqual(['api@1.0.0 profile() → server', 'profile@2.0.0 echo(1) → server']);
  });

  it('forwarded objects are called through the middleware of the forwarding node', async () => {
    const memory = new MemoryTransport();
    const seen: string[] = [];
    const outgoing = [
      (next: Handler) => (call: Call) => {
        seen.push(`${call.service}.${call.method}`);
        return next(call);
      },
    ];
    const node = (id: string, middleware = {}) =>
      Netron.create({
        ...{ id, logger: quiet, stopTimeout: 0, additionalTransports: [memory], transports: { memory: { name: id } } },
        ...middleware,
      });
    await using far = await node('far');
    await using middle = await node('middle', { middleware: { outgoing } });
    await using near = await node('near');
    await far.peer.exposeService(api());
    const beyond = (await (await middle.connect('memory:far')).queryInterface('api')) as Chain;
    const profile = await beyond.profile();
    await middle.peer.exposeService(defineService({ name: 'relay@1.0.0', methods: { profile: () => profile } }));
    const relay = (await (await near.connect('memory:middle')).queryInterface('relay')) as Chain;
    seen.length = 0;
    expect(await relay.profile().echo(1)).toEqual([1]);
    expect(seen).toEqual(['profile.echo']);
  });
});

/** The same with one tick before the call goes on: nothing can be sent with what it is called on any more. */
const late: MiddlewareInput = { handle: async (_call, next) => await next() };

describe.each([
  ['synchronous', []],
  ['asynchronous', [late]],
] as [string, MiddlewareInput[]][])('%s middleware', (_kind, before) => {
  const isFirst = ({ method }: Call): boolean => method === 'profile' || method === 'later';

  it.each(['a reference', 'a result to come'])('can change headers and arguments of calls on %s', async (what) => {
    await using set = await setup(...before, (next) => (call) => {
      if (isFirst(call)) return next(call);
      call.headers.Tenant = 'blue';
      return next(deriveCall(call, { args: [...call.args, 'more'] }));
    });
    const profile = what === 'a reference' ? await set.remote.profile() : set.remote.later();
    expect(await profile.echo(1)).toEqual([1, 'more']);
    const again = what === 'a reference' ? profile : set.remote.later();
    expect(await again.header('tenant')).toBe('blue');
    expect(set.seen.filter((call) => call.includes('echo'))).toHaveLength(1);
  });

  it.each(['a reference', 'a result to come'])('can answer or refuse calls on %s', async (what) => {
    await using set = await setup(...before, (next) => (call) => {
      if (call.method.endsWith('echo')) return 'answered';
      if (call.method.endsWith('flaky')) throw new NetronError('permission_denied', 'not here');
      return next(call);
    });
    const profile = async () => (what === 'a reference' ? [await set.remote.profile()] : [set.remote.later()]);
    expect(await (await profile())[0].echo(1)).toBe('answered');
    expect(await failure((await profile())[0].flaky())).toMatchObject({ code: 'permission_denied' });
  });

  it.each(['a reference', 'a result to come'])('can repeat failed calls on %s', async (what) => {
    tries = 0;
    await using set = await setup(...before, (next) => async (call) => {
      try {
        return await next(call);
      } catch (error) {
        if (!NetronError.is(error, 'unavailable')) throw error;
        return next(call);
      }
    });
    const profile = what === 'a reference' ? await set.remote.profile() : set.remote.later();
    expect(await profile.flaky()).toBe('second');
    expect(set.seen.filter((call) => call.includes('flaky'))).toHaveLength(1);
  });
});

describe('pipelined calls behind middleware', () => {
  it('functions in a result, and missing members', async () => {
    await using set = await setup(late);
    const { remote } = set;
    expect(await remote.data().user.greet('bob')).toBe('hi bob');
    expect(await remote.data().user.name).toBe('ann');
    for (const call of [() => remote.data().user.missing(), () => remote.profile().missing(), () => remote.profile().echo]) {
      expect(await failure(async () => await call())).toMatchObject({ code: 'not_found' });
    }
    expect(await failure(remote.fail().anything())).toMatchObject({ code: 'unauthenticated' });
  });

  it('timeout() applies to them and is sent to the other end', async () => {
    const clock = new VirtualClock();
    await using set = await setup({ clock }, timeout(50, clock));
    const profile = await set.remote.profile();
    expect(await clock.settle(failure(profile.never()))).toMatchObject({
      code: 'deadline_exceeded',
      message: 'profile.never took longer than 50 ms',
    });
    expect(await clock.settle(failure(set.remote.later().never()))).toMatchObject({ code: 'deadline_exceeded' });
  });

  it('are sent in one message when the middleware passes the call on', async () => {
    const memory = new TappedTransport();
    const pass = (next: Handler) => (call: Call) => next(call);
    await using server = await Netron.create({
      ...{ logger: quiet, stopTimeout: 0, transports: { memory: { name: 'o' } }, additionalTransports: [memory] },
    });
    await server.peer.exposeService(api());
    await using client = await Netron.create({
      ...{ logger: quiet, stopTimeout: 0, additionalTransports: [memory], middleware: { outgoing: [pass] } },
    });
    const remote = (await (await client.connect('memory:o')).queryInterface('api')) as Chain;
    await settled();
    const { sent } = memory.last;
    expect(await remote.later().echo(1)).toEqual([1]);
    await settled();
    // The calls, and that the held result may go.
    expect(memory.last.sent).toBeLessThanOrEqual(sent + 2);
  });
});

describe('misuse by middleware', () => {
  it('a copy of the call is refused with a hint', async () => {
    await using set = await setup((next) => (call) => next({ ...call }));
    expect(await failure(set.remote.profile())).toMatchObject({
      name: 'TypeError',
      message: expect.stringContaining('deriveCall'),
    });
  });

  it('a repeated call has its remaining time, which is sent along', async () => {
    const clock = new VirtualClock();
    const left: number[] = [];
    await using set = await setup({ clock }, (next) => async (call) => {
      left.push((call.deadline as number) - clock.now());
      await Promise.resolve(next(call)).catch(() => {});
      clock.sleep(10);
      left.push((call.deadline as number) - clock.now());
      return next(call);
    });
    const profile = await (withOptions(set.remote as object, { timeout: 5_000 }) as Chain).profile();
    expect(left.splice(0)).toEqual([5_000, 4_990]);
    const never = failure((withOptions(profile as object, { timeout: 40 }) as Chain).never());
    await settled();
    await clock.advance(100);
    expect(await never).toMatchObject({ code: 'deadline_exceeded' });
    expect(left[0]).toBe(40);
  });

  it('a task repeated after an idle time has its time limit', async () => {
    const clock = new VirtualClock();
    const memory = new MemoryTransport();
    const again = (next: Handler) => async (call: Call) => Promise.resolve(next(call)).catch(() => next(call));
    await using server = await Netron.create({
      ...{ logger: quiet, stopTimeout: 0, transports: { memory: true }, additionalTransports: [memory] },
      allowRemoteTasks: true,
      heartbeatInterval: 0,
    });
    let runs = 0;
    server.addTask('second', () => {
      runs += 1;
      if (runs === 1) throw new Error('the first');
      return runs;
    });
    const client = await Netron.create({
      ...{ clock, logger: quiet, stopTimeout: 0, additionalTransports: [memory], middleware: { outgoing: [again] } },
      ...{ heartbeatInterval: 0, taskTimeout: 5_000 },
    });
    const peer = await client.connect(server.addresses[0] as string);
    await settled();
    await clock.advance(600_000);
    expect(await peer.runTask('second')).toBe(2);
    await client.stop();
  });
});
