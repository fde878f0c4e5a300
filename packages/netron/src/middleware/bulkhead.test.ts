import { describe, expect, it } from 'vitest';
import { sampleCall } from '../../test/sample-call.js';
import { NetronError } from '../errors/netron-error.js';
import { VirtualClock } from '../testing/virtual-clock.js';
import { bulkhead } from './bulkhead.js';

function setup(concurrent: number, queue: number) {
  const clock = new VirtualClock();
  const running: { n: unknown; end: (error?: unknown) => void }[] = [];
  const begun: unknown[] = [];
  const handler = bulkhead({ concurrent, queue, clock })(
    ({ args: [n] }) =>
      new Promise((resolve, reject) => {
        begun.push(n);
        running.push({ n, end: (error) => (error === undefined ? resolve(n) : reject(error)) });
      }),
  );
  const call = (n: number, given = {}) => {
    try {
      return handler(sampleCall({ args: [n], ...given })) as Promise<unknown>;
    } catch (error) {
      return Promise.reject(error);
    }
  };
  return { clock, running, begun, call };
}

describe('LB-09: bulkhead', () => {
  it('runs up to concurrent calls, queues up to queue calls in order, and refuses more', async () => {
    const { call, running, begun } = setup(2, 2);
    const results = [1, 2, 3, 4].map((n) => call(n));
    await expect(call(5)).rejects.toMatchObject({
      code: 'resource_exhausted',
      message: "'calc.add': 2 calls are running and 2 are waiting (bulkhead)",
    });
    expect(begun).toEqual([1, 2]);
    running[1]?.end();
    await results[1];
    expect(begun).toEqual([1, 2, 3]);
    const six = call(6);
    running[0]?.end(new Error('one fails'));
    await expect(results[0]).rejects.toThrow('one fails');
    expect(begun).toEqual([1, 2, 3, 4]);
    for (let next = 2; next < 5; next += 1) {
      running[next]?.end();
      await Promise.resolve().then(() => {});
    }
    expect(await Promise.all([results[2], results[3], six])).toEqual([3, 4, 6]);
  });

  it('a waiting call leaves the queue when it is canceled or its deadline passes', async () => {
    const { call, running, begun, clock } = setup(1, 1);
    const first = call(1);
    const caller = new AbortController();
    const second = call(2, { signal: caller.signal });
    caller.abort(new NetronError('canceled', 'enough'));
    await expect(second).rejects.toMatchObject({ code: 'canceled', message: 'enough', outcome: 'not_run' });
    const third = call(3, { deadline: 50 }).catch((error: unknown) => error);
    await clock.advance(50);
    expect(await third).toMatchObject({ code: 'deadline_exceeded', outcome: 'not_run' });
    const fourth = call(4, { deadline: 1_000 });
    running[0]?.end();
    await first;
    expect(begun).toEqual([1, 4]);
    expect(clock.size).toBe(0);
    running[1]?.end();
    expect(await fourth).toBe(4);
  });

  it('refuses a call that was canceled before', async () => {
    const { call } = setup(1, 1);
    void call(1);
    const canceled = { code: 'canceled', message: 'calc.add was canceled', outcome: 'not_run', cause: { message: 'before' } };
    await expect(call(2, { signal: AbortSignal.abort(new Error('before')) })).rejects.toMatchObject(canceled);
    const waits = call(3, { deadline: 1 }).catch(() => 'waited');
    await expect(call(4)).rejects.toMatchObject({ code: 'resource_exhausted' });
    void waits;
  });

  it('C16: a thousand calls that hang do not hold up other methods', async () => {
    const { call, running, begun } = setup(10, 10);
    const hung = Array.from({ length: 1_000 }, (_, n) => call(n, { method: 'stuck' }).catch(() => 'refused'));
    expect(begun.length).toBe(10);
    const other = call(7, { method: 'add' });
    running.at(-1)?.end();
    expect(await other).toBe(7);
    const refused = await Promise.all(hung.slice(20));
    expect(new Set(refused)).toEqual(new Set(['refused']));
  });

  it('forgets calls that have given up, though the call before them hangs', async () => {
    const { call, clock, running, begun } = setup(1, 2);
    void call(0);
    for (let n = 1; n <= 100; n += 1) {
      const controller = new AbortController();
      const given = call(n, { signal: controller.signal });
      controller.abort(new Error('given up'));
      await expect(given).rejects.toMatchObject({ code: 'canceled', cause: { message: 'given up' } });
    }
    const last = call(101);
    running[0]?.end();
    await clock.advance(0);
    expect(begun).toEqual([0, 101]);
    running[1]?.end();
    expect(await last).toBe(101);
  });

  it('keeps synchronous calls synchronous and stores nothing for unused keys', () => {
    const seen: string[] = [];
    const handler = bulkhead({
      concurrent: 1,
      queue: 0,
      key: ({ method }) => method,
    })(({ method }) => {
      seen.push(method);
      if (method === 'throws') throw new Error('thrown');
      return 'at once';
    });
    expect(handler(sampleCall())).toBe('at once');
    expect(handler(sampleCall())).toBe('at once');
    for (let time = 0; time < 3; time += 1) expect(() => handler(sampleCall({ method: 'throws' }))).toThrow('thrown');
    expect(seen.length).toBe(5);
  });

  it('refuses invalid options', () => {
    expect(() => bulkhead({ concurrent: 0 })).toThrow(RangeError);
    expect(() => bulkhead({ queue: -1 })).toThrow(RangeError);
  });
});
