import { describe, expect, it } from 'vitest';
import type { Clock } from '../util/clock.js';
import type { Call, Handler } from './call.js';
import { deriveCall } from './derived-call.js';
import { timeout } from './timeout.js';

function setup() {
  const timers = new Map<object, () => void>();
  const clock: Clock = {
    wall: () => 0,
    now: () => 1000,
    setTimeout(action) {
      const handle = {};
      timers.set(handle, action);
      return handle;
    },
    clearTimeout: (handle) => void timers.delete(handle as object),
  };
  const caller = new AbortController();
  let listeners = 0;
  const { signal } = caller;
  const add = signal.addEventListener.bind(signal);
  const remove = signal.removeEventListener.bind(signal);
  signal.addEventListener = (...given: Parameters<typeof add>) => {
    listeners += 1;
    add(...given);
  };
  signal.removeEventListener = (...given: Parameters<typeof remove>) => {
    listeners -= 1;
    remove(...given);
  };
  let signals = 0;
  const call = {
    service: 'calc',
    version: '1.0.0',
    method: 'add',
    args: [1],
    deadline: undefined,
    user: undefined,
    state: new Map(),
    get signal() {
      signals += 1;
      return signal;
    },
  } as unknown as Call;
  return { timers, clock, caller, call, listeners: () => listeners, signals: () => signals };
}

describe('timeout', () => {
  it('fails a call that takes too long and aborts its signal with the same error', async () => {
    const { clock, timers, call, listeners } = setup();
    let given!: Call;
    const pending = timeout(
      50,
      clock,
    )((handed) => {
      given = handed;
      expect(handed.signal.aborted).toBe(false);
      return new Promise((_, reject) => handed.signal.addEventListener('abort', () => reject(new Error('late'))));
    })(call);
    for (const expire of timers.values()) expire();
    const error = await (pending as Promise<unknown>).catch((caught: unknown) => caught);
    expect(error).toMatchObject({ code: 'deadline_exceeded', message: 'calc.add took longer than 50 ms' });
    expect(given.signal.reason).toBe(error);
    await Promise.resolve();
    expect([timers.size, listeners()]).toEqual([0, 0]);
  });

  it('leaves no timer and no listener when the call ends in time, and makes a signal only when it is read', async () => {
    const { clock, timers, call, listeners, signals } = setup();
    const wrap = timeout(50, clock);
    expect(await wrap(async () => 'ok')(call)).toBe('ok');
    await expect(wrap(() => Promise.reject(new Error('no')))(call)).rejects.toThrow('no');
    expect(signals()).toBe(0);
    await wrap(async ({ signal }) => signal)(call);
    expect([timers.size, listeners()]).toEqual([0, 0]);
  });

  it('also limits thenables that are not native promises', async () => {
    const { clock, timers, call } = setup();
    const pending = timeout(50, clock)(() => ({ then: () => {} }))(call);
    for (const expire of timers.values()) expire();
    await expect(pending).rejects.toMatchObject({ code: 'deadline_exceeded' });
  });

  it('a synchronous call stays synchronous', () => {
    const { clock, timers, call } = setup();
    expect(timeout(50, clock)(() => 5)(call)).toBe(5);
    expect(timers.size).toBe(0);
  });

  it('passes on the earlier deadline and the abort of the caller', () => {
    const { clock, call, caller } = setup();
    const seen: Call[] = [];
    const handler: Handler = (given) => {
      seen.push(given);
      return new Promise(() => {});
    };
    timeout(50, clock)(handler)(call);
    timeout(50, clock)(handler)({ ...call, deadline: 1020 });
    expect(seen.map(({ deadline }) => deadline)).toEqual([1050, 1020]);
    const { signal } = seen[0]!;
    caller.abort('gone');
    expect(signal.reason).toBe('gone');
    timeout(50, clock)(handler)(call);
    expect(seen[2]?.signal.aborted).toBe(true);
  });

  it('uses the clock of the call by default', async () => {
    const { clock, timers, call } = setup();
    const pending = timeout(50)(() => new Promise(() => {}))(Object.assign(Object.create(call) as Call, { clock }));
    for (const expire of timers.values()) expire();
    await expect(pending).rejects.toMatchObject({ code: 'deadline_exceeded' });
  });

  it('refuses an invalid time', () => {
    for (const ms of [0, -1, Number.NaN]) expect(() => timeout(ms)).toThrow(RangeError);
  });
});

describe('deriveCall', () => {
  it('replaces the given fields, reads others from the original call, and writes user and span to the original', () => {
    const { call, signals } = setup();
    const derived = deriveCall(call, { args: [2], deadline: 7 });
    expect([derived.args, derived.deadline, derived.service, derived.version, derived.method]).toEqual([
      [2],
      7,
      'calc',
      '1.0.0',
      'add',
    ]);
    derived.user = 'ann';
    derived.span = 'span';
    expect([call.user, call.span, call.args]).toEqual(['ann', 'span', [1]]);
    expect([derived.user, derived.span, derived.state]).toEqual(['ann', 'span', call.state]);
    expect(signals()).toBe(0);
    expect(derived.signal).toBe(derived.signal);
    expect(signals()).toBe(1);
  });
});
