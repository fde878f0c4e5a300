import { describe, expect, it } from 'vitest';
import {
  type Call,
  defineService,
  getCallContext,
  type Handler,
  idempotency,
  inPlace,
  NetronError,
  outcomeOf,
  shareRun,
  timeout,
  withOptions,
} from '../../src/index.js';
import { VirtualClock } from '../../src/testing.js';
import { visit } from '../hostile/stranger.js';
import { failure, gate, type Nodes, nodes, until } from './nodes.js';

class OwnOutcome extends Error {
  readonly outcome = 'mine';
}

function api() {
  const opened: (() => void)[] = [];
  const service = defineService({
    name: 'api@1.0.0',
    middleware: [
      (next: Handler): Handler =>
        (call) => {
          if (call.headers.refuse === 'before') throw new NetronError('unavailable', 'not now');
          if (call.headers.refuse !== 'later') return next(call);
          return Promise.resolve().then(() => {
            throw new NetronError('unavailable', 'not now');
          });
        },
    ],
    methods: {
      add: (a: number, b: number) => a + b,
      unavailable: () => {
        throw new NetronError('unavailable', 'the database is away');
      },
      reject: async () => {
        throw new NetronError('resource_exhausted', 'no more');
      },
      crash: () => {
        throw new RangeError('too far');
      },
      own: () => {
        throw new OwnOutcome('x');
      },
      symbol: () => ({ bad: Symbol('x') }),
      wait: () => new Promise<void>((resolve) => opened.push(resolve)),
      context: () => getCallContext().method,
    },
  });
  return { service, open: () => opened.forEach((resolve) => void resolve()), waiting: () => opened.length };
}
type Api = ReturnType<typeof api>['service'];

const outcome = async (call: Promise<unknown>) => {
  const error = (await failure(call)) as NetronError;
  expect(Object.keys(error)).not.toContain('outcome');
  return [error.code ?? error.name, error.outcome];
};

describe.each(['link', 'local'] as const)('the outcome of an error, by %s', (way) => {
  it('distinguishes errors of the method from refusals', async () => {
    const { service } = api();
    await using pair = await nodes({ services: [service] });
    const peer = way === 'link' ? pair.peer : pair.server.peer;
    const remote = await peer.queryInterface<Api>('api');
    expect(await outcome(remote.unavailable())).toEqual(['unavailable', 'ran']);
    expect(await outcome(remote.reject())).toEqual(['resource_exhausted', 'ran']);
    expect(await outcome(remote.crash())).toEqual([way === 'link' ? 'unknown' : 'RangeError', 'ran']);
    for (const refuse of ['before', 'later']) {
      expect(await outcome(withOptions(remote, { headers: { refuse } }).add(1, 2))).toEqual(['unavailable', 'not_run']);
    }
    expect(await outcome(withOptions(remote, { timeout: 0 }).wait())).toEqual([
      'deadline_exceeded',
      way === 'link' ? expect.anything() : 'not_run',
    ]);
    expect(await outcome(withOptions(remote, { signal: AbortSignal.abort() }).add(1, 2))).toEqual(['canceled', 'not_run']);
    expect(await outcome(peer.call('api', 'nothing'))).toEqual(['not_found', 'not_run']);
  });

  it('is unknown where it cannot be determined', async () => {
    const { service, open } = api();
    await using pair = await nodes({ services: [service] });
    const remote = await (way === 'link' ? pair.peer : pair.server.peer).queryInterface<Api>('api');
    const controller = new AbortController();
    const canceled = outcome(withOptions(remote, { signal: controller.signal }).wait());
    await until(() => pair.peer.load.callsSent > 0 || way === 'local');
    controller.abort();
    expect(await canceled).toEqual(['canceled', 'unknown']);
    expect(await outcome(withOptions(remote, { timeout: 30 }).wait())).toEqual(['deadline_exceeded', 'unknown']);
    open();
  });

  it('is unknown when middleware has abandoned the call while its method runs', async () => {
    const { service, open, waiting } = api();
    const clock = new VirtualClock();
    const incoming = [idempotency(), inPlace('policy', timeout(10, clock))];
    await using pair = await nodes({ services: [service], server: { middleware: { incoming } } });
    const remote = await (way === 'link' ? pair.peer : pair.server.peer).queryInterface<Api>('api');
    const givenUp = ['deadline_exceeded', 'unknown'];
    for (const [runs, options] of [{}, { idempotencyKey: 'k' }].entries()) {
      const left = outcome(withOptions(remote, options).wait());
      await until(() => waiting() > runs);
      await clock.advance(10);
      expect(await left).toEqual(givenUp);
    }
    expect(await outcome(withOptions(remote, { idempotencyKey: 'k' }).wait())).toEqual(givenUp);
    expect(waiting()).toBe(2);
    open();
  });
});

/** Ways to give a call up while middleware waits, and what its caller is told. */
const waysToGiveUp: Record<string, (pair: Nodes, clock: VirtualClock) => Promise<unknown>> = {
  'timeout, by a connection': ({ peer }, clock) => givenUp(peer.call('late', 'work'), clock),
  'timeout, within the process': ({ server }, clock) => givenUp(server.peer.call('late', 'work'), clock),
  'a signal within the process': ({ server }) => aborted((signal) => server.peer.call('late', 'work', [], { signal })),
  'a signal of an edge': ({ server }) =>
    aborted((signal) =>
      server.dispatch({ service: 'late', method: 'work', caller: { id: 'a', identity: undefined, transport: 'test' }, signal }),
    ),
  'a signal of a peer': ({ peer }) => aborted((signal) => peer.call('late', 'work', [], { signal })),
};

async function givenUp(call: Promise<unknown>, clock: VirtualClock): Promise<unknown> {
  const told = outcome(call);
  await until(() => waits > 0);
  await clock.advance(10);
  return told;
}

async function aborted(begin: (signal: AbortSignal) => Promise<unknown>): Promise<unknown> {
  const controller = new AbortController();
  const told = outcome(begin(controller.signal));
  await until(() => waits > 0);
  controller.abort();
  return told;
}

let waits = 0;

it.each(Object.entries(waysToGiveUp))(
  'a call that was given up before its method began never begins: %s',
  async (way, giveUp) => {
    const clock = new VirtualClock();
    const open = gate();
    const ended: unknown[] = [];
    let begun = 0;
    let seen: Call | undefined;
    waits = 0;
    const slow =
      (next: Handler): Handler =>
      async (call) => {
        seen = call;
        waits += 1;
        await open.opened;
        try {
          return await next(call);
        } catch (error) {
          ended.push((error as NetronError).code);
          throw error;
        }
      };
    const work = async () => {
      begun += 1;
    };
    const service = defineService({ name: 'late@1.0.0', methods: { work } });
    await using pair = await nodes({
      services: [service],
      server: { middleware: { incoming: [timeout(10, clock), slow] } },
    });
    const code = way.startsWith('timeout') ? 'deadline_exceeded' : 'canceled';
    expect(await giveUp(pair, clock)).toEqual([code, way === 'a signal of a peer' ? 'unknown' : 'not_run']);
    // The word of a peer that has given up has to come first.
    await until(() => seen?.signal.aborted === true);
    open.open();
    await until(() => ended.length === 1);
    expect([ended, begun]).toEqual([[code], 0]);
  },
);

it.each([
  { features: [], flags: [] },
  { features: ['outcome'], flags: [] },
  { features: ['outcome', 'doubt'], flags: [false, true] },
])('an end that names $features is told of doubt only in what it reads', async ({ features, flags }) => {
  const clock = new VirtualClock();
  let running = false;
  const service = defineService({
    name: 'stuck@1.0.0',
    methods: {
      wait: () => {
        running = true;
        return new Promise<void>(() => {});
      },
    },
  });
  await using pair = await nodes({
    services: [service],
    server: { middleware: { incoming: [timeout(10, clock)] }, stopTimeout: 0 },
  });
  const guest = await visit(pair.server, { features });
  const left = guest.call(await guest.query('stuck'), 0, []);
  await until(() => running);
  await clock.advance(10);
  const { kind, fields } = await left;
  expect([kind, fields.slice(2)]).toEqual(['error', flags]);
  guest.leave();
});

it('calls of edges: missing and refused ones did not run', async () => {
  const { service } = api();
  await using pair = await nodes({ services: [service], server: { limits: { calls: 1 } } });
  const caller = { id: 'x', identity: undefined, transport: 'test' };
  const dispatch = (method: string, options = {}) => pair.server.dispatch({ service: 'api', method, caller, ...options });
  expect(await outcome(dispatch('nothing'))).toEqual(['not_found', 'not_run']);
  expect(await outcome(pair.server.dispatch({ service: 'none', method: 'x', caller }))).toEqual(['not_found', 'not_run']);
  expect(await outcome(dispatch('unavailable'))).toEqual(['unavailable', 'ran']);
  const waits = dispatch('wait', { timeout: 50 });
  expect(await outcome(dispatch('wait'))).toEqual(['resource_exhausted', 'not_run']);
  expect(await outcome(waits)).toEqual(['deadline_exceeded', 'unknown']);
});

it('whatever is not there, or not any more, did not run: within the node, and by a peer of a service', async () => {
  const { service } = api();
  const maker = defineService({
    name: 'maker',
    methods: { make: () => defineService({ name: 'item', methods: { hi: () => 1 } }) },
  });
  await using pair = await nodes({ services: [service, maker] });
  const { peer } = pair.server;
  expect(await outcome(peer.call('none', 'x'))).toEqual(['not_found', 'not_run']);
  expect(await outcome(peer.runTask('missing'))).toEqual(['not_found', 'not_run']);
  const item = (await peer.call('maker', 'make')) as Disposable & { hi(): Promise<number> };
  item[Symbol.dispose]();
  expect(await outcome(item.hi())).toEqual(['failed_precondition', 'not_run']);
  const all = await pair.client.connect('api');
  expect(await outcome(all.call('api', 'nothing'))).toEqual(['not_found', 'not_run']);
  await all.disconnect();
  expect(await outcome(all.call('api', 'add', [1, 2]))).toEqual(['unavailable', 'not_run']);
  expect(await outcome(all.runTask('missing'))).toEqual(['unavailable', 'not_run']);
});

it('a call in flight when its connection was lost is unknown, an unsent one did not run', async () => {
  const { service } = api();
  await using pair = await nodes({ services: [service], connect: { maxReconnectAttempts: 0 } });
  const remote = await pair.peer.queryInterface<Api>('api');
  const lost = outcome(remote.wait());
  await until(() => pair.peer.load.callsSent > 0);
  pair.peer.link?.connection.terminate();
  expect(await lost).toEqual(['unknown_outcome', 'unknown']);
  expect(await outcome(remote.add(1, 2))).toEqual(['unavailable', 'not_run']);
});

it('a call that cannot be written did not run; one whose result cannot be written ran', async () => {
  const { service } = api();
  await using pair = await nodes({ services: [service] });
  const remote = await pair.peer.queryInterface<Api>('api');
  expect(await outcome(remote.add(Symbol('x') as never, 1))).toEqual(['invalid_argument', 'not_run']);
  expect(await outcome(remote.symbol() as Promise<unknown>)).toEqual(['internal', 'ran']);
});

it('tasks: missing or refused ones did not run, failed ones ran', async () => {
  const guard =
    (next: Handler): Handler =>
    (call) => {
      if (call.method === 'task secret') throw new NetronError('permission_denied', 'no');
      return next(call);
    };
  await using pair = await nodes({ server: { middleware: { incoming: [guard] } } });
  pair.server.addTask('secret', () => 1, { remote: true });
  pair.server.addTask('fails', () => Promise.reject(new NetronError('aborted', 'x')), { remote: true });
  expect(await outcome(pair.peer.runTask('missing'))).toEqual(['not_found', 'not_run']);
  expect(await outcome(pair.peer.runTask('secret'))).toEqual(['permission_denied', 'not_run']);
  expect(await outcome(pair.peer.runTask('fails'))).toEqual(['aborted', 'ran']);
});

it('does not change errors with a property of that name', async () => {
  const { service } = api();
  await using pair = await nodes({ services: [service], server: { errors: [OwnOutcome] }, client: { errors: [OwnOutcome] } });
  const remote = await pair.peer.queryInterface<Api>('api');
  const error = await failure(remote.own());
  expect(error).toMatchObject({ outcome: 'mine' });
  expect(outcomeOf(error)).toBeUndefined();
  expect(outcomeOf(await failure(remote.crash()))).toBe('ran');
  expect(outcomeOf(new Error('x'))).toBeUndefined();
});

/** Makes a call that has failed once more. */
const again =
  (next: Handler): Handler =>
  async (call) => {
    try {
      return await next(call);
    } catch {
      return next(call);
    }
  };

it('a call that has run, is made again by middleware and refused then, has run', async () => {
  let attempts = 0;
  const shared =
    (next: Handler): Handler =>
    async (call) => {
      attempts += 1;
      await shareRun(call, undefined, Promise.resolve());
      if (attempts === 2) throw new NetronError('unavailable', 'refused the second time');
      return next(call);
    };
  const { service } = api();
  await using pair = await nodes({ services: [service], server: { middleware: { incoming: [again, shared] } } });
  expect(await outcome(pair.peer.call('api', 'reject'))).toEqual(['unavailable', 'ran']);
  expect(attempts).toBe(2);
});

it('an abandoned attempt does not begin the method beside the next one', async () => {
  const clock = new VirtualClock();
  const open = gate();
  let attempts = 0;
  let late = 0;
  let begun = 0;
  const slow =
    (next: Handler): Handler =>
    async (call) => {
      attempts += 1;
      if (attempts > 1) return next(call);
      await open.opened;
      try {
        return await next(call);
      } finally {
        late += 1;
      }
    };
  const done = gate();
  const work = async () => {
    begun += 1;
    await done.opened;
  };
  const service = defineService({ name: 'late@1.0.0', methods: { work } });
  const incoming = [again, timeout(10, clock), slow];
  await using pair = await nodes({ services: [service], server: { middleware: { incoming } } });
  const call = pair.peer.call('late', 'work');
  await until(() => attempts === 1);
  await clock.advance(10);
  await until(() => begun === 1);
  open.open();
  await until(() => late === 1 || begun === 2);
  done.open();
  await call;
  expect([attempts, begun]).toEqual([2, 1]);
});
