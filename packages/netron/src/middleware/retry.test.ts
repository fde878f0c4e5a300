import { describe, expect, it } from 'vitest';
import { sampleCall } from '../../test/sample-call.js';
import { NetronError } from '../errors/netron-error.js';
import { type CallOutcome, withOutcome } from '../errors/outcome.js';
import { VirtualClock } from '../testing/virtual-clock.js';
import type { Handler } from './call.js';
import { type RetryMiddlewareOptions, retry } from './retry.js';
import { RetryPolicy } from './retry-policy.js';

const unavailable = (retryAfterMs?: number) =>
  new NetronError('unavailable', 'down', retryAfterMs === undefined ? {} : { retryAfterMs });

/** Calls through `retry` on virtual time, with delays that are not random. */
function setup(answer: (attempt: number) => unknown, options: RetryMiddlewareOptions = {}) {
  const clock = new VirtualClock();
  const times: number[] = [];
  const handler = retry({ idempotent: true, clock, random: () => 0, ...options })(async () => {
    times.push(clock.now());
    return answer(times.length);
  });
  /** Lets `ms` pass once the first attempt has failed. */
  const pass = async (ms: number) => {
    await clock.advance(0);
    await clock.advance(ms);
  };
  return { clock, pass, times, call: (given = {}) => handler(sampleCall(given)) as Promise<unknown> };
}

const failing = (error: () => unknown) => () => {
  throw error();
};

describe('LB-08: retry', () => {
  it('repeats a failed call twice by default, waiting longer each time, and passes on the last error', async () => {
    const { clock, pass, times, call } = setup(failing(unavailable));
    const result = call().catch((error: unknown) => error);
    await pass(10_000);
    expect(await result).toMatchObject({ code: 'unavailable' });
    expect(times).toEqual([0, 50, 150]);
    expect(clock.size).toBe(0);
  });

  it.each([
    ['linear', [0, 50, 150, 300]],
    ['constant', [0, 50, 100, 150]],
    ['exponential', [0, 50, 150, 270]],
  ] as const)('knows %s delays, up to maxDelay', async (backoff, expected) => {
    const maxDelay = backoff === 'exponential' ? 120 : 2_000;
    const { pass, times, call } = setup(failing(unavailable), { backoff, attempts: 3, maxDelay });
    const result = call().catch(() => {});
    await pass(10_000);
    await result;
    expect(times).toEqual(expected);
  });

  it('draws delays from 0 to the full one, or within a share of it', () => {
    const delays = (jitter: number) =>
      [0, 0.5, 1].map((value) => new RetryPolicy({ jitter }, () => value).next(unavailable(), 0, true, 0));
    expect(delays(1)).toEqual([50, 25, 0]);
    expect(delays(0.5)).toEqual([50, 37.5, 25]);
    expect(delays(0)).toEqual([50, 50, 50]);
  });

  it('behaviour 80: repeats calls that may run twice or did not run, but not errors of the caller', async () => {
    const attempts = async (error: unknown, options: RetryMiddlewareOptions = {}, given = {}) => {
      const { pass, times, call } = setup(
        failing(() => error),
        options,
      );
      const result = call(given).catch(() => {});
      await pass(10_000);
      await result;
      return times.length;
    };
    expect(await attempts(unavailable(), { idempotent: false })).toBe(1);
    expect(await attempts(new NetronError('unknown_outcome', 'lost'))).toBe(3);
    expect(await attempts(new NetronError('unknown_outcome', 'lost'), { idempotent: false })).toBe(1);
    expect(await attempts(new NetronError('resource_exhausted', 'full'))).toBe(3);
    const refused = withOutcome(unavailable(), 'not_run');
    expect(await attempts(refused, { idempotent: false })).toBe(3);
    expect(await attempts(withOutcome(unavailable(), 'ran'), { idempotent: false })).toBe(1);
    expect(await attempts(withOutcome(new NetronError('not_found', 'no'), 'not_run'), { idempotent: false })).toBe(1);
    for (const code of ['not_found', 'invalid_argument', 'permission_denied', 'canceled', 'deadline_exceeded'] as const) {
      expect(await attempts(new NetronError(code, 'no'))).toBe(1);
    }
    expect(await attempts(new Error('plain'))).toBe(1);
    expect(await attempts(unavailable(), { idempotent: ({ method }) => method === 'get' }, { method: 'get' })).toBe(3);
    expect(await attempts(unavailable(), { idempotent: ({ method }) => method === 'get' }, { method: 'set' })).toBe(1);
  });

  it('does not repeat a call with a key that has run: the other side would answer with the same error', async () => {
    const attempts = async (outcome: CallOutcome, given: object) => {
      const { pass, times, call } = setup(failing(() => withOutcome(unavailable(), outcome)));
      const result = call(given).catch(() => {});
      await pass(10_000);
      await result;
      return times.length;
    };
    expect([await attempts('ran', { idempotencyKey: 'k' }), await attempts('ran', {})]).toEqual([1, 3]);
    expect([await attempts('unknown', { idempotencyKey: 'k' }), await attempts('not_run', { idempotencyKey: 'k' })]).toEqual([
      3, 3,
    ]);
  });

  it('does not repeat a call with a stream argument, which can be read once', async () => {
    async function* items() {
      yield 1;
    }
    for (const argument of [items(), new ReadableStream()]) {
      const { times, call } = setup(failing(unavailable));
      await expect(call({ args: [argument] })).rejects.toThrow('down');
      expect(times.length).toBe(1);
    }
  });

  it('waits for retryAfterMs of the other side, up to maxDelay, for this call only', async () => {
    const { pass, times, call } = setup((attempt) => {
      if (attempt === 1) throw unavailable(500);
      if (attempt === 2) throw unavailable(60_000);
      return 'ok';
    });
    const result = call();
    await pass(100_000);
    expect(await result).toBe('ok');
    expect(times).toEqual([0, 550, 2_650]);
  });

  it('does not wait beyond the deadline, and stops waiting when the call is canceled', async () => {
    const late = setup(failing(unavailable));
    await expect(late.call({ deadline: 40 })).rejects.toThrow('down');
    expect([late.times.length, late.clock.size]).toEqual([1, 0]);

    const { clock, times, call } = setup(failing(unavailable));
    const caller = new AbortController();
    const result = call({ signal: caller.signal }).catch((error: unknown) => error);
    await clock.advance(10);
    caller.abort(new NetronError('canceled', 'enough'));
    expect(await result).toMatchObject({ code: 'canceled' });
    expect([times.length, clock.size]).toEqual([1, 0]);
    const other = new AbortController();
    const given = call({ signal: other.signal }).catch((error: unknown) => error);
    await clock.advance(10);
    other.abort('enough');
    expect(await given).toMatchObject({ code: 'canceled', cause: 'enough' });
  });

  it.each([
    ['may have run', undefined, 'unknown'],
    ['did not run', 'not_run', 'not_run'],
  ] as const)(
    'a call that %s before fails with that outcome, whatever becomes of its last attempt',
    async (_, first, outcome) => {
      const lost = () => (first === undefined ? unavailable() : withOutcome(unavailable(), first));
      const refused = setup((attempt) => {
        throw attempt === 1 ? lost() : withOutcome(unavailable(), 'not_run');
      });
      const result = refused.call().catch((error: unknown) => error);
      await refused.pass(10_000);
      expect(await result).toMatchObject({ code: 'unavailable', outcome });
      const { pass, call } = setup(failing(lost));
      const caller = new AbortController();
      const canceled = call({ signal: caller.signal }).catch((error: unknown) => error);
      await pass(10);
      caller.abort();
      expect(await canceled).toMatchObject({ code: 'canceled', outcome });
    },
  );

  it('returns a success unchanged, synchronously when it is synchronous', () => {
    const handler = retry()(() => 5);
    expect(handler(sampleCall())).toBe(5);
  });

  it('repeats a call that throws synchronously', async () => {
    const clock = new VirtualClock();
    let calls = 0;
    const flaky: Handler = () => {
      calls += 1;
      if (calls === 1) throw unavailable();
      return 'ok';
    };
    const result = retry({ idempotent: true, clock })(flaky)(sampleCall()) as Promise<unknown>;
    await clock.advance(0);
    await clock.advance(50);
    expect(await result).toBe('ok');
  });

  it('limits the retries of a call, whatever its error and the budget', () => {
    expect([0, 1, 2, 3].map((repeats) => new RetryPolicy().allows(repeats))).toEqual([true, true, false, false]);
    expect(new RetryPolicy({ attempts: 0 }).allows(0)).toBe(false);
  });

  it('refuses invalid options', () => {
    expect(() => retry({ attempts: -1 })).toThrow('retry: attempts must be a non-negative integer, not -1');
    expect(() => retry({ jitter: 2 })).toThrow(RangeError);
    expect(() => retry({ backoff: 'fibonacci' as never })).toThrow(RangeError);
  });
});

describe('C8: a target that fails every call', () => {
  /** Attempts that reach the target of `layers` middlewares, one in front of the other. */
  async function attemptsOf(layers: number, calls: number) {
    const clock = new VirtualClock();
    let attempts = 0;
    let handler: Handler = async () => {
      attempts += 1;
      throw unavailable();
    };
    for (let layer = 0; layer < layers; layer += 1) handler = retry({ idempotent: true, clock })(handler);
    const results: Promise<unknown>[] = [];
    for (let call = 0; call < calls; call += 1) {
      results.push((handler(sampleCall()) as Promise<unknown>).catch(() => {}));
      await clock.advance(call % 100 === 0 ? 100 : 0);
    }
    await clock.advance(100_000);
    await Promise.all(results);
    return attempts / calls;
  }

  it('gets at most 1.1 attempts per call', async () => {
    expect(await attemptsOf(1, 1_000)).toBeLessThanOrEqual(1.1);
  });

  it('gets at most 1.2 attempts per call behind two layers that repeat', async () => {
    expect(await attemptsOf(2, 1_000)).toBeLessThanOrEqual(1.2);
  });

  it('is repeated within the budget that successes earn: one failed call in twenty is repeated', async () => {
    const clock = new VirtualClock();
    let calls = 0;
    const handler = retry({ idempotent: true, clock })(async () => {
      calls += 1;
      if (calls % 20 === 0) throw unavailable();
      return 'ok';
    });
    const results: Promise<unknown>[] = [];
    for (let call = 0; call < 1_000; call += 1) {
      results.push(handler(sampleCall()) as Promise<unknown>);
      await clock.advance(call % 50 === 0 ? 100 : 0);
    }
    await clock.advance(10_000);
    expect(new Set(await Promise.all(results))).toEqual(new Set(['ok']));
  });
});
