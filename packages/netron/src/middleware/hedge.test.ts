import { describe, expect, it } from 'vitest';
import { sampleCall } from '../../test/sample-call.js';
import { withOutcome } from '../errors/outcome.js';
import { defineService, Netron, NetronError } from '../index.js';
import { VirtualClock } from '../testing/virtual-clock.js';
import { MemoryTransport } from '../transport/memory.js';
import type { Call } from './call.js';
import { type HedgeMiddlewareOptions, hedge } from './hedge.js';

interface Attempt {
  readonly call: Call;
  readonly at: number;
  resolve(value: unknown): void;
  reject(error: unknown): void;
}

function setup(options: Partial<HedgeMiddlewareOptions> = {}) {
  const clock = new VirtualClock();
  const attempts: Attempt[] = [];
  const handler = hedge({ after: 20, idempotent: true, clock, ...options })(
    (call) => new Promise((resolve, reject) => attempts.push({ call, at: clock.now(), resolve, reject })),
  );
  return { clock, attempts, call: (given = {}) => handler(sampleCall(given)) as Promise<unknown> };
}

describe('hedge', () => {
  it('leaves the attempt that has answered alone: its answer may be a stream', async () => {
    const { clock, attempts, call } = setup();
    const result = call();
    attempts[0]!.resolve('first');
    expect(await result).toBe('first');
    expect(attempts[0]!.call.signal.aborted).toBe(false);
    const slow = call();
    await clock.advance(20);
    attempts[2]!.resolve('second');
    expect(await slow).toBe('second');
    expect(attempts.slice(1).map(({ call }) => call.signal.aborted)).toEqual([true, false]);
  });

  it('a hedged call gives its stream to the end', async () => {
    const methods = {
      async *count() {
        for (let at = 0; at < 5; at += 1) yield await Promise.resolve(at);
      },
      list: async () => methods.count(),
    };
    const additionalTransports = [new MemoryTransport()];
    await using server = await Netron.create({ transports: { memory: { name: 'feed' } }, additionalTransports });
    await server.peer.exposeService(defineService({ name: 'feed@1.0.0', methods }));
    const outgoing = [hedge({ after: 5_000, idempotent: true })];
    await using client = await Netron.create({ additionalTransports, middleware: { outgoing } });
    const peer = await client.connect(server.addresses[0] as string);
    const feed = await peer.queryInterface<typeof methods>('feed');
    for (const stream of [feed.count(), await feed.list()]) {
      const items: number[] = [];
      for await (const item of stream) items.push(item);
      expect(items).toEqual([0, 1, 2, 3, 4]);
    }
  });

  it('sends a slow call a second time; the first answer counts and the other attempt is canceled', async () => {
    const { clock, attempts, call } = setup();
    const result = call();
    await clock.advance(100);
    expect(attempts.map(({ at }) => at)).toEqual([0, 20]);
    const [first, second] = attempts as [Attempt, Attempt];
    expect(first.call.signal.aborted).toBe(false);
    second.resolve('second');
    expect(await result).toBe('second');
    expect(first.call.signal.reason).toMatchObject({ code: 'canceled' });
    first.resolve('too late');
  });

  it('leaves calls with a stream among their arguments alone: its items can be read once', async () => {
    const { clock, attempts, call } = setup();
    for (const args of [
      [new ReadableStream()],
      [{ file: { body: (async function* () {})() } }],
      [new Map([['s', new ReadableStream()]])],
    ]) {
      void call({ args });
    }
    await clock.advance(100);
    expect(attempts).toHaveLength(3);
    void call({ args: [{ deep: [1, new Uint8Array(8), new Date()] }] });
    await clock.advance(100);
    expect(attempts).toHaveLength(5);
  });

  it('sends nothing more when the answer arrives in time, and leaves no timer', async () => {
    const { clock, attempts, call } = setup();
    const result = call();
    attempts[0]?.resolve('ok');
    expect(await result).toBe('ok');
    expect(clock.size).toBe(0);
    await clock.advance(100);
    expect(attempts.length).toBe(1);
  });

  it('never sends a call twice that may not run twice', async () => {
    const { clock, attempts, call } = setup({ idempotent: ({ method }) => method === 'get' });
    void call({ method: 'set' });
    void call({ method: 'get' });
    await clock.advance(1_000);
    expect(attempts.map(({ call: { method } }) => method)).toEqual(['set', 'get', 'get']);
  });

  it('fails when the only attempt fails; with two attempts waits for the other', async () => {
    const alone = setup();
    const failed = alone.call();
    alone.attempts[0]?.reject(new NetronError('internal', 'alone'));
    await expect(failed).rejects.toThrow('alone');
    expect(alone.clock.size).toBe(0);

    const { clock, attempts, call } = setup();
    const result = call();
    await clock.advance(20);
    attempts[0]?.reject(new NetronError('internal', 'first'));
    attempts[1]?.resolve('second');
    expect(await result).toBe('second');

    clock.sleep(20_000);
    const both = call();
    await clock.advance(20);
    attempts[2]?.reject(new NetronError('internal', 'first'));
    attempts[3]?.reject(new NetronError('internal', 'last'));
    await expect(both).rejects.toThrow('last');
  });

  it('may have run when one of the attempts may have', async () => {
    const { clock, attempts, call } = setup();
    const result = call().catch((error: unknown) => error);
    await clock.advance(20);
    attempts[0]!.reject(new NetronError('unknown_outcome', 'lost'));
    attempts[1]!.reject(withOutcome(new NetronError('unavailable', 'draining'), 'not_run'));
    expect(await result).toMatchObject({ code: 'unavailable', outcome: 'unknown' });
  });

  it('cancels both when the caller gives up', async () => {
    const { clock, attempts, call } = setup();
    const caller = new AbortController();
    const result = call({ signal: caller.signal });
    for (const { call: made, reject } of attempts) made.signal.addEventListener('abort', () => reject(made.signal.reason));
    await clock.advance(20);
    const second = attempts[1] as Attempt;
    second.call.signal.addEventListener('abort', () => second.reject(second.call.signal.reason));
    caller.abort(new NetronError('canceled', 'enough'));
    await expect(result).rejects.toThrow('enough');
  });

  it('makes no more second attempts than the budget allows', async () => {
    const { clock, attempts, call } = setup({ budget: 0.05 });
    for (let count = 0; count < 1_000; count += 1) void call();
    await clock.advance(1_000);
    expect(attempts.length).toBe(1_050);
  });

  it('p95 waits for the times of twenty calls, then uses their 95th percentile', async () => {
    const { clock, attempts, call } = setup({ after: 'p95' });
    for (let count = 1; count <= 20; count += 1) {
      const result = call();
      clock.sleep(count);
      attempts.at(-1)?.resolve('ok');
      await result;
    }
    expect(clock.size).toBe(0);
    const begun = clock.now();
    void call();
    await clock.advance(1_000);
    const waited = (attempts.at(-1) as Attempt).at - begun;
    expect(waited).toBeGreaterThan(17);
    expect(waited).toBeLessThan(22);
  });

  it('keeps a synchronous answer synchronous and refuses invalid options', () => {
    expect(hedge({ after: 1, idempotent: true })(() => 5)(sampleCall())).toBe(5);
    expect(() => hedge({ after: -1 })).toThrow(RangeError);
    expect(() => hedge({ after: 'p50' as never })).toThrow("hedge: after must be a number of milliseconds or 'p95', not p50");
    expect(() => hedge({ after: 1, budget: 5 })).toThrow(RangeError);
  });
});
