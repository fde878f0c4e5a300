/** Methods whose callers are gone: `drain()` and `stop()` wait for them all the same. */
import { describe, expect, it } from 'vitest';
import { defineService, type Handler, NetronError, timeout } from '../../src/index.js';
import { failure, gate, loseConnections, type Nodes, nodes, settled, until } from './nodes.js';
import { VirtualClock } from './virtual-clock.js';

/** A service whose method ends when it is told, whatever becomes of its caller. */
function worker() {
  const end = gate();
  const state = { begun: 0, ended: 0 };
  const service = defineService({
    name: 'worker@1.0.0',
    methods: {
      async work() {
        state.begun += 1;
        await end.opened;
        state.ended += 1;
      },
    },
  });
  return { end, state, service };
}
type Worker = ReturnType<typeof worker>['service'];

/** Answers after the method, as what keeps results does. */
const after =
  (kept: Promise<void>) =>
  (next: Handler): Handler =>
  async (call) => {
    const result = await next(call);
    await kept;
    return result;
  };

/** Ways to lose a caller while its method is at work. */
const losses: Record<string, (pair: Nodes) => unknown> = {
  'the caller breaks the connection': ({ client }) => loseConnections(client),
  'this node breaks it': ({ server }) => loseConnections(server),
  'the connection of its session is lost': ({ peer }) => peer.link?.connection.terminate(),
  'the caller stops': ({ client }) => client.stop({ timeout: 0 }),
};

describe.each(Object.entries(losses))('a method is waited for when %s', (name, lose) => {
  it.each([
    ['before the node stops', true],
    ['while it stops', false],
  ])('%s', async (_, before) => {
    const { end, state, service } = worker();
    const clock = new VirtualClock();
    await using pair = await nodes({
      services: [service],
      server: { clock },
      client: { reconnectDelay: 60_000 },
      connect: { session: name.includes('session') },
    });
    const { peer, server } = pair;
    const remote = await peer.queryInterface<Worker>('worker');
    const call = remote.work().catch(() => {});
    await until(() => state.begun === 1);
    if (before) {
      await lose(pair);
      await settled();
    }
    let stopped = false;
    const stopping = server.stop({ timeout: 60_000 }).then(() => {
      stopped = true;
    });
    await settled();
    if (!before) await lose(pair);
    // A goodbye is waited for.
    await clock.advance(1_000);
    await settled();
    expect([stopped, server.underWay]).toEqual([false, ['worker.work']]);
    end.open();
    await stopping;
    expect([state.ended, server.unfinished, server.underWay]).toEqual([1, 0, []]);
    await pair.client.stop({ timeout: 0 });
    await call;
  });
});

it('drain() waits for it, and counts it when its time is over', async () => {
  const { end, state, service } = worker();
  const clock = new VirtualClock();
  await using pair = await nodes({ services: [service], server: { clock }, client: { maxReconnectAttempts: 0 } });
  const remote = await pair.peer.queryInterface<Worker>('worker');
  const calls = [failure(remote.work()), failure(remote.work())];
  await until(() => state.begun === 2);
  loseConnections(pair.client);
  for (const error of await Promise.all(calls)) expect(error).toMatchObject({ code: 'unknown_outcome' });
  const drained = pair.server.drain({ timeout: 5_000 });
  await settled();
  await clock.advance(5_000);
  await drained;
  expect([pair.server.unfinished, pair.server.underWay]).toEqual([2, ['worker.work', 'worker.work']]);
  end.open();
  await pair.server.stop({ timeout: 5_000 });
  expect([pair.server.unfinished, state.ended]).toEqual([0, 2]);
});

it('a stop waits for a method that middleware does not wait for, over whichever transport it was called', async () => {
  const { end, state, service } = worker();
  const clock = new VirtualClock();
  await using pair = await nodes({ services: [service], server: { clock, middleware: { incoming: [timeout(100, clock)] } } });
  const { peer, server } = pair;
  const remote = await peer.queryInterface<Worker>('worker');
  const caller = { id: 'someone', identity: undefined, transport: 'test' };
  const calls = [
    failure(remote.work()),
    failure(server.peer.call('worker', 'work')),
    failure(server.dispatch({ service: 'worker', method: 'work', caller })),
  ];
  await until(() => state.begun === 3);
  await clock.advance(100);
  for (const error of await Promise.all(calls)) expect(error).toMatchObject({ code: 'deadline_exceeded' });
  expect(server.underWay).toEqual(['worker.work', 'worker.work', 'worker.work']);
  let drained = false;
  const draining = server.drain({ timeout: 60_000 }).then(() => {
    drained = true;
  });
  await clock.advance(1_000);
  await settled();
  expect(drained).toBe(false);
  end.open();
  await draining;
  expect([state.ended, server.unfinished, server.underWay]).toEqual([3, 0, []]);
});

it('a stop also waits for the work of middleware after a method', async () => {
  const { end, state, service } = worker();
  const kept = gate();
  const clock = new VirtualClock();
  await using pair = await nodes({ services: [service], server: { clock, middleware: { incoming: [after(kept.opened)] } } });
  const remote = await pair.peer.queryInterface<Worker>('worker');
  const call = remote.work().catch(() => {});
  await until(() => state.begun === 1);
  loseConnections(pair.server);
  let stopped = false;
  const stopping = pair.server.stop({ timeout: 60_000 }).then(() => {
    stopped = true;
  });
  end.open();
  await clock.advance(1_000);
  await settled();
  expect([state.ended, stopped, pair.server.underWay]).toEqual([1, false, ['worker.work']]);
  kept.open();
  await stopping;
  expect(pair.server.unfinished).toBe(0);
  await pair.client.stop({ timeout: 0 });
  await call;
});

it('calls that have not begun when their connection is lost are not waited for', async () => {
  const { end, state, service } = worker();
  await using pair = await nodes({ services: [service], client: { maxReconnectAttempts: 0 } });
  const remote = await pair.peer.queryInterface<Worker>('worker');
  const first = failure(remote.work());
  await until(() => state.begun === 1);
  // Its argument is the result of the first.
  const second = failure((remote.work as (given?: unknown) => Promise<void>)(remote.work()));
  await until(() => pair.back.load.callsRunning === 3);
  loseConnections(pair.client);
  await Promise.all([first, second]);
  await until(() => pair.server.peers.size === 0);
  end.open();
  await pair.server.stop({ timeout: 60_000 });
  expect([state.begun, state.ended, pair.server.unfinished]).toEqual([2, 2, 0]);
});

it('a method whose call was answered before it began never begins', async () => {
  const { state, service } = worker();
  const clock = new VirtualClock();
  const goOn = gate();
  const waits =
    (next: Handler): Handler =>
    async (call) => {
      await goOn.opened;
      return next(call);
    };
  await using pair = await nodes({
    services: [service],
    server: { clock, middleware: { incoming: [timeout(100, clock), waits] } },
  });
  const { server } = pair;
  const remote = await pair.peer.queryInterface<Worker>('worker');
  const caller = { id: 'someone', identity: undefined, transport: 'test' };
  const end = new AbortController();
  const calls = [
    failure(remote.work()),
    failure(server.peer.call('worker', 'work')),
    failure(server.peer.call('worker', 'work', [], { signal: end.signal })),
    failure(server.dispatch({ service: 'worker', method: 'work', caller, timeout: 50 })),
  ];
  await until(() => server.underWay.length === 4);
  end.abort();
  await clock.advance(100);
  for (const error of await Promise.all(calls)) expect(error).toMatchObject({ outcome: 'not_run' });
  goOn.open();
  await settled();
  await server.stop({ timeout: 60_000 });
  expect([state.begun, server.unfinished]).toEqual([0, 0]);
});

describe.each([true, false])('middleware that answers before the method begins, at once: %s', (atOnce) => {
  /** Answers a call, or fails it; lets the method begin when it is told. */
  function early(goOn: Promise<void>, answer: () => unknown) {
    const behind: string[] = [];
    const middleware =
      (next: Handler): Handler =>
      (call) => {
        goOn
          .then(() => next(call))
          .then(
            () => behind.push('done'),
            (error) => behind.push(error.code),
          );
        return atOnce ? answer() : Promise.resolve().then(answer);
      };
    return { behind, middleware };
  }
  const doors = (server: Nodes['server'], remote: { work(): unknown }) => [
    async () => remote.work(),
    async () => server.peer.call('worker', 'work'),
    async () =>
      server.dispatch({ service: 'worker', method: 'work', caller: { id: 'someone', identity: undefined, transport: 'test' } }),
  ];

  it('with a result: what begins behind it is waited for', async () => {
    const { end, state, service } = worker();
    const goOn = gate();
    const { behind, middleware } = early(goOn.opened, () => 'kept');
    await using pair = await nodes({ services: [service], server: { middleware: { incoming: [middleware] } } });
    const { server } = pair;
    const remote = await pair.peer.queryInterface<Worker>('worker');
    const answers = await Promise.all(doors(server, remote).map((call) => call()));
    expect([answers, server.underWay, state.begun]).toEqual([['kept', 'kept', 'kept'], [], 0]);
    goOn.open();
    await until(() => state.begun === 3);
    expect(server.underWay).toEqual(['worker.work', 'worker.work', 'worker.work']);
    const stopping = server.stop({ timeout: 60_000 });
    await settled();
    expect(behind).toEqual([]);
    end.open();
    await stopping;
    expect([behind, state.ended, server.unfinished]).toEqual([['done', 'done', 'done'], 3, 0]);
  });

  it.each(['a result', 'an error'])('with %s: a method that has begun is waited for', async (how) => {
    const { end, state, service } = worker();
    const answer = () => {
      if (how === 'an error') throw new NetronError('unavailable', 'not now');
    };
    const middleware =
      (next: Handler): Handler =>
      (call) => {
        void next(call);
        return atOnce ? answer() : Promise.resolve().then(answer);
      };
    await using pair = await nodes({ services: [service], server: { middleware: { incoming: [middleware] } } });
    const { server } = pair;
    const remote = await pair.peer.queryInterface<Worker>('worker');
    await Promise.allSettled(doors(server, remote).map((call) => call()));
    expect([server.underWay, state]).toEqual([Array(3).fill('worker.work'), { begun: 3, ended: 0 }]);
    let stopped = false;
    const stopping = server.stop({ timeout: 60_000 }).then(() => {
      stopped = true;
    });
    await settled();
    expect(stopped).toBe(false);
    end.open();
    await stopping;
    expect([state.ended, server.unfinished, server.underWay]).toEqual([3, 0, []]);
  });

  it('with a result: nothing begins behind it when the node was stopped', async () => {
    const { state, service } = worker();
    const goOn = gate();
    const { behind, middleware } = early(goOn.opened, () => 'kept');
    await using pair = await nodes({ services: [service], server: { middleware: { incoming: [middleware] } } });
    const remote = await pair.peer.queryInterface<Worker>('worker');
    await Promise.all(doors(pair.server, remote).map((call) => call()));
    await pair.server.stop();
    goOn.open();
    await until(() => behind.length === 3);
    expect([behind, state.begun]).toEqual([['unavailable', 'unavailable', 'unavailable'], 0]);
  });

  it('with an error: the method never begins, for the caller was told that it did not', async () => {
    const { state, service } = worker();
    const goOn = gate();
    const { behind, middleware } = early(goOn.opened, () => {
      throw new NetronError('unavailable', 'not now');
    });
    await using pair = await nodes({ services: [service], server: { middleware: { incoming: [middleware] } } });
    const remote = await pair.peer.queryInterface<Worker>('worker');
    const errors = await Promise.all(doors(pair.server, remote).map((call) => failure(call())));
    for (const error of errors) expect(error).toMatchObject({ code: 'unavailable', outcome: 'not_run' });
    goOn.open();
    await until(() => behind.length === 3);
    expect([behind, state.begun, pair.server.underWay]).toEqual([['canceled', 'canceled', 'canceled'], 0, []]);
  });
});

it.each(['at once', 'by a promise'])('a stream that middleware gives %s may begin the method when it is read', async (how) => {
  const lazy =
    (next: Handler): Handler =>
    (call) => {
      async function* items() {
        yield 0;
        yield* (await next(call)) as AsyncIterable<number>;
      }
      return how === 'at once' ? items() : Promise.resolve(items());
    };
  const service = defineService({
    name: 'counter@1.0.0',
    methods: {
      async *items(): AsyncGenerator<number> {
        yield 1;
        yield 2;
      },
    },
  });
  await using pair = await nodes({ services: [service], server: { middleware: { incoming: [lazy] } } });
  for (const peer of [pair.peer, pair.server.peer]) {
    const counter = await peer.queryInterface<typeof service>('counter');
    const given: number[] = [];
    for await (const item of counter.items()) given.push(item);
    expect(given).toEqual([0, 1, 2]);
  }
});
