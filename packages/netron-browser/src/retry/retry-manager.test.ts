import { NetronError, withOutcome } from '@omnitron-dev/netron/http/client';
import { describe, expect, it, vi } from 'vitest';
import { TestClock, turns } from '../../test/clock.js';
import { gate } from '../../test/fake-server.js';
import { markNotRun } from '../util/not-run.js';
import { Retries } from './retries.js';
import type { RetryManagerOptions } from './retry-options.js';

const down = (options = {}) => new NetronError('unavailable', 'down', options);

function setup(options: RetryManagerOptions = {}) {
  const clock = new TestClock();
  const manager = new Retries({ clock, random: () => 0.5, ...options });
  return { clock, manager };
}

/** Counts attempts and notes the times at which they started. */
function failing(clock: TestClock, error: () => unknown, times = Number.POSITIVE_INFINITY) {
  const at: number[] = [];
  const work = async () => {
    at.push(clock.now());
    if (at.length <= times) throw error();
    return 'ok';
  };
  return { at, work };
}

const gaps = (at: readonly number[]) => at.slice(1).map((time, index) => time - at[index]!);

describe('RetryManager', () => {
  it('makes `attempts` further attempts, with growing waits', async () => {
    for (const [backoff, expected] of [
      ['exponential', [100, 200, 400, 500]],
      ['linear', [100, 200, 300, 400]],
      ['constant', [100, 100, 100, 100]],
    ] as const) {
      const { clock, manager } = setup({ attempts: 4, backoff, initialDelay: 100, maxDelay: 500, jitter: 0 });
      const { at, work } = failing(clock, down);
      const result = manager.execute(work, { idempotent: true }).catch((error: NetronError) => error.code);
      await clock.advance(10_000);
      expect(await result).toBe('unavailable');
      expect(gaps(at), backoff).toEqual(expected);
    }
  });

  it('randomizes the whole wait by default', async () => {
    const { clock, manager } = setup({ initialDelay: 100 });
    const { at, work } = failing(clock, down, 1);
    void manager.execute(work, { idempotent: true });
    await clock.advance(1_000);
    expect(gaps(at)).toEqual([50]);
  });

  it.each<[string, unknown]>([
    ['is no function', 0.5],
    [
      'throws',
      () => {
        throw new Error('no chance');
      },
    ],
    ['gives NaN', () => Number.NaN],
    ['gives a number below 0', () => -5],
    ['gives a number above 1', () => 1e9],
    ['gives a text', () => '0.5'],
    ['gives nothing', () => undefined],
    ['gives a promise that fails', () => Promise.reject(new Error('no chance'))],
  ])('a `random` that %s leaves the waits within their bounds, and the error that of the call', async (_, random) => {
    const told = vi.spyOn(console, 'error').mockImplementation(() => {});
    const { clock, manager } = setup({
      attempts: 3,
      backoff: 'constant',
      initialDelay: 100,
      jitter: 0.5,
      random: random as never,
    });
    const { at, work } = failing(clock, down);
    const result = manager.execute(work, { idempotent: true }).catch((error: NetronError) => error.message);
    await clock.advance(1_000);
    expect([await result, at.length]).toEqual(['down', 4]);
    for (const gap of gaps(at)) expect(gap >= 50 && gap <= 101, String(gap)).toBe(true);
    told.mockRestore();
  });

  it('a call is not reported as not run when one of its attempts may have run', async () => {
    const lost = () => new NetronError('unavailable', 'lost');
    const refused = () => markNotRun(new NetronError('unavailable', 'not now'));
    const outcome = async (attempts: (() => Error)[], options = {}) => {
      const { clock, manager } = setup({ attempts: attempts.length - 1, ...options });
      const done = manager
        .execute((failed) => Promise.reject(attempts[failed]?.()), { idempotent: true })
        .catch((error) => error);
      await clock.advance(60_000);
      const { message, outcome: said } = await done;
      return [message, said];
    };
    expect(await outcome([lost, refused])).toEqual(['not now', 'unknown']);
    expect(await outcome([refused, lost, refused, refused])).toEqual(['not now', 'unknown']);
    expect(await outcome([refused, refused])).toEqual(['not now', 'not_run']);
    expect(await outcome([refused])).toEqual(['not now', 'not_run']);
    const circuitBreaker = { threshold: 1, windowTime: 120_000, cooldownTime: 120_000 };
    expect(await outcome([lost, lost], { circuitBreaker })).toEqual(['circuit breaker is open', 'unknown']);
    expect(await outcome([refused, refused], { circuitBreaker })).toEqual(['circuit breaker is open', 'not_run']);
  });

  it('behaviour 80: retries only calls that are idempotent or did not run', async () => {
    const { clock, manager } = setup();
    const attempts = async (error: () => unknown, idempotent: boolean) => {
      const { at, work } = failing(clock, error);
      const done = manager.execute(work, { idempotent, attempts: 1 }).catch(() => {});
      await clock.advance(60_000);
      await done;
      return at.length;
    };
    expect(await attempts(down, false)).toBe(1);
    expect(await attempts(down, true)).toBe(2);
    expect(await attempts(() => markNotRun(down()), false)).toBe(2);
    expect(await attempts(() => new NetronError('unknown_outcome', 'lost'), true)).toBe(2);
    expect(await attempts(() => new NetronError('unknown_outcome', 'lost'), false)).toBe(1);
    for (const code of ['not_found', 'invalid_argument', 'permission_denied', 'canceled', 'deadline_exceeded'] as const) {
      expect(await attempts(() => new NetronError(code, code), true), code).toBe(1);
    }
    expect(await attempts(() => new Error('bug'), true)).toBe(1);
  });

  it('behaviour 80: waits as long as the server asks for, at most maxDelay, and only for that call', async () => {
    const { clock, manager } = setup({ maxDelay: 5_000, initialDelay: 10, jitter: 0 });
    const asked = failing(clock, () => down({ retryAfterMs: 60_000 }), 1);
    const short = failing(clock, () => down({ retryAfterMs: 1_000 }), 1);
    const other = failing(clock, down, 1);
    for (const { work } of [asked, short, other]) void manager.execute(work, { idempotent: true });
    await clock.advance(100_000);
    expect([asked, short, other].map(({ at }) => gaps(at))).toEqual([[5_010], [1_010], [10]]);
  });

  it('C7: adds a random part to what the server asks for, so that its clients do not return together', async () => {
    const waits = await Promise.all(
      [0, 0.5, 1].map(async (random) => {
        const { clock, manager } = setup({ initialDelay: 100, random: () => random });
        const { at, work } = failing(clock, () => down({ retryAfterMs: 1_000 }), 1);
        const done = manager.execute(work, { idempotent: true });
        await clock.advance(10_000);
        await done;
        return gaps(at)[0];
      }),
    );
    expect(waits).toEqual([1_000, 1_050, 1_100]);
  });

  it('does not retry a call with a key that has run: the server would answer with the same error', async () => {
    const attempts = async (outcome: 'ran' | 'not_run' | 'unknown', keyed: boolean) => {
      const { clock, manager } = setup();
      const { at, work } = failing(clock, () => withOutcome(down(), outcome));
      const done = manager.execute(work, { idempotent: true, keyed, attempts: 2 }).catch(() => {});
      await clock.advance(60_000);
      await done;
      return at.length;
    };
    expect([await attempts('ran', true), await attempts('ran', false)]).toEqual([1, 3]);
    expect([await attempts('unknown', true), await attempts('not_run', true)]).toEqual([3, 3]);
  });

  it('stops waiting when its caller leaves, and starts no attempt after the deadline', async () => {
    const { clock, manager } = setup({ initialDelay: 1_000, jitter: 0 });
    const controller = new AbortController();
    const { at, work } = failing(clock, down);
    const result = manager
      .execute(work, { idempotent: true, signal: controller.signal })
      .catch((error: NetronError) => error.code);
    await turns();
    controller.abort();
    expect(await result).toBe('canceled');
    await clock.advance(10_000);
    expect(at).toHaveLength(1);
    expect(clock.pending).toBe(0);
    const late = failing(clock, down);
    await expect(manager.execute(late.work, { idempotent: true, deadline: clock.now() + 500 })).rejects.toThrow('down');
    expect(late.at).toHaveLength(1);
  });

  it('C8: while everything fails, retries are at most a tenth of the calls, and ten at once', async () => {
    const { clock, manager } = setup({ initialDelay: 1, maxDelay: 1, attempts: 3 });
    let attempts = 0;
    const calls = 10_000;
    for (let call = 0; call < calls; call++) {
      const done = manager
        .execute(
          async () => {
            attempts += 1;
            throw down();
          },
          { idempotent: true },
        )
        .catch(() => {});
      if (call % 100 === 99) await clock.advance(10);
      else if (call % 10 === 0) await turns();
      void done;
    }
    await clock.advance(1_000);
    expect(attempts).toBeLessThanOrEqual(calls * 1.1 + 10);
    expect(attempts).toBeGreaterThan(calls * 1.05);
  });

  it('refuses invalid options', () => {
    expect(() => new Retries({ attempts: -1 })).toThrow('retry: attempts must be a non-negative number, not -1');
    expect(() => new Retries({ jitter: 2 })).toThrow('retry: jitter must be at most 1, not 2');
    expect(() => new Retries({ backoff: 'quadratic' as 'linear' })).toThrow('backoff must be exponential, linear or constant');
  });
});

describe('the breaker', () => {
  const circuitBreaker = { threshold: 5, windowTime: 10_000, cooldownTime: 30_000 };
  const settle = (work: Promise<unknown>) =>
    work.then(
      () => 'ok',
      (error: NetronError) => error.message,
    );

  it('C9: opens when enough calls fail and they are at least half, and allows one trial after its time', async () => {
    const { clock, manager } = setup({ circuitBreaker, attempts: 0 });
    const run = (error?: NetronError) =>
      settle(manager.execute(async () => (error === undefined ? 'ok' : Promise.reject(error))));
    for (let call = 0; call < 5; call++) await run(down());
    expect(manager.circuit()).toBe('open');
    expect(await run()).toBe('circuit breaker is open');
    await clock.advance(30_000);
    expect(manager.circuit()).toBe('half-open');
    let release!: () => void;
    const probe = manager.execute(() => new Promise<void>((resolve) => (release = resolve)));
    const others = await Promise.all(Array.from({ length: 99 }, () => run()));
    expect(new Set(others)).toEqual(new Set(['circuit breaker is open']));
    release();
    await probe;
    expect(manager.circuit()).toBe('closed');
    expect(await run()).toBe('ok');
  });

  it.each<[string, (call: { open(value: string): void; fail(error: unknown): void }) => void]>([
    ['succeeds', (call) => call.open('ok')],
    ['fails', (call) => call.fail(down())],
    ['is canceled', (call) => call.fail(new NetronError('canceled', 'left'))],
  ])('lets the one that tries decide: a call of before that %s says nothing', async (_, finish) => {
    const { clock, manager } = setup({ circuitBreaker: { ...circuitBreaker, threshold: 2 }, attempts: 0 });
    const start = () => {
      const going = gate<string>();
      return { ...going, end: settle(manager.execute(() => going.promise)) };
    };
    const [old, ...broken] = [start(), start(), start()];
    for (const call of broken) {
      call.fail(down());
      await call.end;
    }
    expect(manager.circuit()).toBe('open');
    await clock.advance(30_000);
    const trying = start();
    finish(old!);
    await old!.end;
    expect(manager.circuit()).toBe('half-open');
    expect(await start().end).toBe('circuit breaker is open');
    trying.open('ok');
    await trying.end;
    expect(manager.circuit()).toBe('closed');
  });

  it('C9: does not open while most calls succeed, nor for mistakes of callers', async () => {
    const { manager } = setup({ circuitBreaker, attempts: 0 });
    const run = (error?: unknown) => settle(manager.execute(async () => (error === undefined ? 'ok' : Promise.reject(error))));
    for (let call = 0; call < 10_000; call++) await run(call % 3 === 0 ? down() : undefined);
    for (let call = 0; call < 1_000; call++) await run(new NetronError('not_found', 'no'));
    expect(manager.circuit()).toBe('closed');
  });

  it('opens again when the trial fails, and forgets calls older than its window', async () => {
    const { clock, manager } = setup({ circuitBreaker, attempts: 0 });
    const run = () => settle(manager.execute(async () => Promise.reject(down())));
    for (let call = 0; call < 4; call++) await run();
    await clock.advance(20_000);
    await run();
    expect(manager.circuit()).toBe('closed');
    for (let call = 0; call < 4; call++) await run();
    expect(manager.circuit()).toBe('open');
    await clock.advance(30_000);
    expect(await run()).toBe('down');
    expect(manager.circuit()).toBe('open');
  });

  it('keeps its targets apart', async () => {
    const { manager } = setup({ circuitBreaker, attempts: 0 });
    for (let call = 0; call < 5; call++) await settle(manager.execute(async () => Promise.reject(down()), { target: 'a' }));
    expect(manager.circuit('a')).toBe('open');
    expect(manager.circuit('b')).toBe('closed');
  });
});
