import { describe, expect, it } from 'vitest';
import { NetronError } from '../errors/netron-error.js';
import type { Clock } from '../util/clock.js';
import { EventBus } from './bus.js';
import { EmitError } from './emit-error.js';
import type { EventBusOptions } from './emit-options.js';
import type { Publication, Subscriber } from './subscriber.js';

/** A clock that the test advances. */
class ManualClock implements Clock {
  #now = 0;
  readonly timers = new Map<object, { at: number; action: () => void }>();

  now(): number {
    return this.#now;
  }
  wall(): number {
    return this.#now;
  }
  setTimeout(action: () => void, ms: number): unknown {
    const handle = {};
    this.timers.set(handle, { at: this.#now + ms, action });
    return handle;
  }
  clearTimeout(handle: unknown): void {
    this.timers.delete(handle as object);
  }
  advance(ms: number): void {
    this.#now += ms;
    for (const [handle, { at, action }] of [...this.timers]) {
      if (at > this.#now || !this.timers.delete(handle)) continue;
      action();
    }
  }
}

function setup(options: Partial<EventBusOptions> = {}) {
  const clock = new ManualClock();
  const errors: [unknown, string][] = [];
  const bus = new EventBus({ clock, onError: (error, event) => errors.push([error, event]), ...options });
  return { bus, clock, errors };
}

const never = new Promise<never>(() => {});

describe('EventBus.publish', () => {
  it('calls handlers with data and name, by priority, then in order of subscription', () => {
    const { bus } = setup();
    const seen: unknown[] = [];
    bus.subscribe('order:created', (data, event) => seen.push(['a', data, event]));
    bus.subscribe('order:*', (data, event) => seen.push(['b', data, event]), 5);
    bus.subscribe('**', (data, event) => seen.push(['c', data, event]), { priority: -1 });
    bus.subscribe('order:created', (data, event) => seen.push(['d', data, event]));
    bus.subscribe('order:deleted', () => seen.push('never'));
    expect(bus.publish('order:created', 7)).toBeUndefined();
    expect(seen).toEqual(['b', 'a', 'd', 'c'].map((who) => [who, 7, 'order:created']));
  });

  it('ends a subscription when its function is called, also twice, and by using', () => {
    const { bus } = setup();
    const seen: string[] = [];
    const off = bus.subscribe('a', () => seen.push('first'));
    {
      using second = bus.subscribe('a', () => seen.push('second'));
      expect(second.pattern).toBe('a');
      bus.publish('a', 0);
      expect(bus.subscriberCount('a')).toBe(2);
    }
    off();
    off();
    bus.publish('a', 0);
    expect(seen).toEqual(['first', 'second']);
    expect(bus.hasSubscribers('a')).toBe(false);
    expect(bus.subscriberCount()).toBe(0);
  });

  it('F5: a handler that throws or rejects is reported and does not affect the others', async () => {
    const { bus, errors } = setup();
    const seen: number[] = [];
    bus.subscribe('a', () => {
      throw new Error('thrown');
    });
    bus.subscribe('a', async () => {
      throw new Error('rejected');
    });
    bus.subscribe('a', (data) => seen.push(data));
    bus.publish('a', 1);
    await Promise.resolve();
    await Promise.resolve();
    expect(seen).toEqual([1]);
    expect(errors.map(([error, event]) => [(error as Error).message, event])).toEqual([
      ['thrown', 'a'],
      ['rejected', 'a'],
    ]);
  });

  it('survives an error hook that throws', () => {
    const { bus } = setup({
      onError() {
        throw new Error('hook');
      },
    });
    bus.subscribe('a', () => {
      throw new Error('handler');
    });
    expect(() => bus.publish('a', 1)).not.toThrow();
  });

  it('F4: delivers events to a slow handler one at a time and in order', async () => {
    const { bus } = setup();
    const log: string[] = [];
    const gates: (() => void)[] = [];
    let done!: () => void;
    const finished = new Promise<void>((resolve) => {
      done = resolve;
    });
    bus.subscribe('a', async (data: number) => {
      log.push(`begin ${data}`);
      await new Promise<void>((resolve) => gates.push(resolve));
      log.push(`end ${data}`);
      if (data === 2) done();
      else queueMicrotask(() => queueMicrotask(() => gates.shift()?.()));
    });
    for (const n of [0, 1, 2]) bus.publish('a', n);
    expect(log).toEqual(['begin 0']);
    gates.shift()?.();
    await finished;
    expect(log).toEqual(['begin 0', 'end 0', 'begin 1', 'end 1', 'begin 2', 'end 2']);
  });

  it('F5, F6: a handler that hangs fills only its own queue, which drops the oldest events and counts them', () => {
    const { bus } = setup();
    const seen: number[] = [];
    const slow = bus.subscribe('a', () => never, { queueLimit: 2 });
    bus.subscribe('a', (data) => seen.push(data));
    for (let n = 0; n < 10; n += 1) bus.publish('a', n);
    expect(seen).toHaveLength(10);
    expect([slow.waiting, slow.dropped]).toEqual([2, 7]);
  });

  it('F6: ends a subscription that overflows when its policy is disconnect', () => {
    const { bus, errors } = setup();
    bus.subscribe('a', () => never, { queueLimit: 1, whenFull: 'disconnect' });
    for (let n = 0; n < 3; n += 1) bus.publish('a', n);
    expect(bus.hasSubscribers('a')).toBe(false);
    expect(errors).toHaveLength(1);
    expect(NetronError.is(errors[0]?.[0], 'resource_exhausted')).toBe(true);
  });

  it('F6: a subscriber that blocks delays a publisher by at most 10 ms', async () => {
    const { bus, clock } = setup();
    const slow = bus.subscribe('a', () => never, { queueLimit: 1, whenFull: 'block' });
    expect(bus.publish('a', 0)).toBeUndefined();
    expect(bus.publish('a', 1)).toBeUndefined();
    const held = bus.publish('a', 2);
    expect(held).toBeInstanceOf(Promise);
    clock.advance(10);
    await held;
    expect(slow.dropped).toBe(1);
    expect(clock.timers.size).toBe(0);
  });

  it('delivers events that a handler publishes after the event it handles', () => {
    const { bus } = setup();
    const seen: number[] = [];
    bus.subscribe('a', (n: number) => {
      if (n < 3) bus.publish('a', n + 1);
      seen.push(n);
    });
    bus.publish('a', 0);
    expect(seen).toEqual([0, 1, 2, 3]);
  });

  it('refuses invalid names', () => {
    const { bus } = setup();
    for (const name of ['', 'a:*', 'x'.repeat(257), 'a:'.repeat(16)]) expect(() => bus.publish(name, 0)).toThrow(TypeError);
    expect(() => bus.subscribe('user.*', () => {})).toThrow(/whole segment/);
    expect(() => bus.subscribe('a', 'no function' as never)).toThrow(TypeError);
    expect(() => bus.subscribe('a', () => {}, { queueLimit: 0 })).toThrow(RangeError);
  });
});

describe('EventBus.attach', () => {
  function remote(pattern: string, more: Partial<Subscriber> = {}) {
    const delivered: Publication[] = [];
    const subscriber: Subscriber = {
      pattern,
      deliver(publication) {
        publication.encoded ??= {
          named: { bytes: new TextEncoder().encode(JSON.stringify(publication.data)), elements: 1, features: 0, costly: 0 },
        };
        delivered.push(publication);
      },
      ask: async ({ data }) => data,
      ...more,
    };
    return { subscriber, delivered };
  }

  it('shares one publication between 100 subscribers, which encodes it once', () => {
    const { bus } = setup();
    const peers = Array.from({ length: 100 }, () => remote('tick'));
    for (const { subscriber } of peers) bus.attach(subscriber);
    bus.publish('tick', { n: 1 });
    expect(new Set(peers.map(({ delivered }) => delivered[0]?.encoded?.named)).size).toBe(1);
  });

  it('keeps the order between local and attached subscribers', async () => {
    const { bus } = setup();
    bus.subscribe('sum', () => 'local');
    bus.attach(remote('sum', { priority: 1, ask: async () => 'remote' }).subscriber);
    expect(await bus.emitParallel('sum', 0)).toEqual(['remote', 'local']);
  });

  it('E65: a detached subscriber gets no more emissions, and pending emissions resolve', async () => {
    const { bus } = setup();
    const gone = bus.attach(remote('a', { ask: () => Promise.reject(new Error('socket closed')) }).subscriber);
    bus.subscribe('a', () => 'here');
    await expect(bus.emitParallel('a', 0)).rejects.toThrow(EmitError);
    gone();
    expect(bus.subscriberCount('a')).toBe(1);
    expect(await bus.emitParallel('a', 0)).toEqual(['here']);
  });

  it('reports a subscriber whose deliver throws and serves the others', () => {
    const { bus, errors } = setup();
    bus.attach(
      remote('a', {
        deliver() {
          throw new Error('broken');
        },
      }).subscriber,
    );
    const good = remote('a');
    bus.attach(good.subscriber);
    bus.publish('a', 1);
    expect(good.delivered).toHaveLength(1);
    expect(errors).toHaveLength(1);
  });

  it('passes the time limit of an emission to its subscribers', async () => {
    const { bus } = setup({ timeout: 70 });
    const seen: unknown[] = [];
    const { signal } = new AbortController();
    bus.attach(remote('a', { ask: (_publication, limits) => seen.push(limits) }).subscriber);
    await bus.emitParallel('a', 0);
    await bus.emitParallel('a', 0, { timeout: 5, signal });
    await bus.emitParallel('a', 0, { timeout: 0 });
    expect(seen).toEqual([
      { timeoutMs: 70, signal: undefined },
      { timeoutMs: 5, signal },
      { timeoutMs: undefined, signal: undefined },
    ]);
  });
});

describe('EventBus.emitParallel and emitSerial', () => {
  it('return results in calling order, not in the order of completion', async () => {
    const { bus } = setup();
    let late!: (value: string) => void;
    bus.subscribe(
      'a',
      () =>
        new Promise((resolve) => {
          late = resolve;
        }),
    );
    bus.subscribe('a', () => {
      late('slow');
      return 'quick';
    });
    expect(await bus.emitParallel('a', 0)).toEqual(['slow', 'quick']);
  });

  it('serial: starts each handler when the previous one has finished', async () => {
    const { bus } = setup();
    const log: string[] = [];
    for (const who of ['x', 'y']) {
      bus.subscribe('a', async () => {
        log.push(`begin ${who}`);
        await Promise.resolve();
        log.push(`end ${who}`);
        return who;
      });
    }
    expect(await bus.emitSerial('a', 0)).toEqual(['x', 'y']);
    expect(log).toEqual(['begin x', 'end x', 'begin y', 'end y']);
  });

  it('serial: asks nobody whose subscription has ended before its turn, or who is about to leave', async () => {
    const { bus } = setup();
    let leaving = false;
    bus.subscribe('a', async () => {
      await Promise.resolve();
      ended();
      detach();
      leaving = true;
      return 'first';
    });
    const ended = bus.subscribe('a', () => 'ended');
    const detach = bus.attach({ pattern: 'a', deliver() {}, ask: () => 'detached' });
    const leaver = {
      pattern: 'a',
      get leaving() {
        return leaving;
      },
      deliver() {},
      ask: () => 'left',
    };
    bus.attach(leaver);
    bus.subscribe('*', () => Promise.reject(new Error('last')));
    const error = (await bus.emitSerial('a', 0).catch((caught: unknown) => caught)) as EmitError;
    expect(error.results).toEqual(['first']);
    expect(error.failures).toMatchObject([{ index: 1, pattern: '*', error: { message: 'last' } }]);
    expect((await bus.emitSerial('a', 0, { onError: 'collect' })).map(({ status }) => status)).toEqual(['fulfilled', 'rejected']);
  });

  it('return an empty list without subscribers', async () => {
    const { bus } = setup();
    expect(await bus.emitParallel('a', 0)).toEqual([]);
    expect(await bus.emitSerial('a', 0)).toEqual([]);
  });

  function partlyFailing() {
    const parts = setup();
    const called: number[] = [];
    parts.bus.subscribe('a', () => called.push(1) && 'one');
    parts.bus.subscribe('*', () => {
      called.push(2);
      throw new NetronError('unavailable', 'two');
    });
    parts.bus.subscribe('a', async () => called.push(3) && 'three');
    return { ...parts, called };
  }

  it('F5: throw fails with the errors of the failed handlers and the results of the others', async () => {
    const { bus, called } = partlyFailing();
    const error = (await bus.emitParallel('a', 0).catch((caught: unknown) => caught)) as EmitError;
    expect(error).toBeInstanceOf(EmitError);
    expect(error.message).toBe("1 of 3 subscribers of 'a' failed");
    expect(error.code).toBe('unavailable');
    expect(error.failures).toMatchObject([{ index: 1, pattern: '*', error: { message: 'two' } }]);
    expect(error.errors).toEqual([error.cause]);
    expect(error.results).toEqual(['one', 'three']);
    expect(called).toEqual([1, 2, 3]);
  });

  it('serial: throw ends at the first failure', async () => {
    const { bus, called } = partlyFailing();
    await expect(bus.emitSerial('a', 0)).rejects.toMatchObject({ results: ['one'] });
    expect(called).toEqual([1, 2]);
  });

  it('F5: collect returns each outcome, ignore leaves failures out', async () => {
    const { bus, errors } = partlyFailing();
    for (const emit of ['emitParallel', 'emitSerial'] as const) {
      const outcomes = await bus[emit]('a', 0, { onError: 'collect' });
      expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    }
    expect(errors).toEqual([]);
    expect(await bus.emitSerial('a', 0, { onError: 'ignore' })).toEqual(['one', 'three']);
    expect(errors).toMatchObject([[{ message: 'two' }, 'a']]);
  });

  it('F5: a subscriber that hangs fails with its time limit, the others answer, and no timer is left', async () => {
    const { bus, clock } = setup({ timeout: 100 });
    bus.subscribe('a', () => never);
    bus.subscribe('a', () => 'ok');
    const emitted = bus.emitParallel('a', 0, { onError: 'collect' });
    await Promise.resolve();
    clock.advance(99);
    expect(clock.timers.size).toBe(1);
    clock.advance(1);
    expect(await emitted).toMatchObject([{ status: 'rejected', reason: { code: 'deadline_exceeded' } }, { value: 'ok' }]);
    expect(clock.timers.size).toBe(0);
  });

  it('an aborted signal fails the emission with canceled under every policy and leaves nothing behind', async () => {
    const { bus, clock } = setup();
    bus.subscribe('a', () => never);
    const controller = new AbortController();
    const emissions = (['throw', 'collect', 'ignore'] as const).flatMap((onError) => [
      bus.emitParallel('a', 0, { onError: onError as 'throw', signal: controller.signal }),
      bus.emitSerial('a', 0, { onError: onError as 'throw', signal: controller.signal }),
    ]);
    controller.abort(new Error('enough'));
    for (const emission of emissions) {
      await expect(emission).rejects.toMatchObject({ code: 'canceled', cause: { message: 'enough' } });
    }
    expect(clock.timers.size).toBe(0);
    const counting = new AbortController().signal;
    let listeners = 0;
    const add = counting.addEventListener.bind(counting);
    const remove = counting.removeEventListener.bind(counting);
    counting.addEventListener = (...given: Parameters<typeof add>) => {
      listeners += 1;
      add(...given);
    };
    counting.removeEventListener = (...given: Parameters<typeof remove>) => {
      listeners -= 1;
      remove(...given);
    };
    for (let n = 0; n < 20; n += 1) bus.subscribe('c', () => listeners);
    expect(new Set(await bus.emitParallel('c', 0, { signal: counting }))).toEqual(new Set([1]));
    expect(listeners).toBe(0);
    let called = false;
    bus.subscribe('b', () => {
      called = true;
    });
    await expect(bus.emitParallel('b', 0, { signal: controller.signal })).rejects.toMatchObject({ code: 'canceled' });
    expect(called).toBe(false);
  });

  it('lets a handler emit the event that it handles', async () => {
    const { bus } = setup();
    bus.subscribe('count', async (n: number) =>
      n === 0 ? [0] : [n, ...((await bus.emitParallel('count', n - 1)) as number[][]).flat()],
    );
    expect(await bus.emitParallel('count', 3)).toEqual([[3, 2, 1, 0]]);
  });
});

describe('EventBus.emitReduce', () => {
  function strings() {
    const parts = setup();
    for (const text of ['a', 'b', 'c']) parts.bus.subscribe('text', (data: string) => `${text}${data}`);
    return parts;
  }

  it('E69: folds results from the first to the last, or to the right from the last to the first', async () => {
    const { bus } = strings();
    const join = (sum: string, next: string) => sum + next;
    expect(await bus.emitReduce('text', '1', join, '>')).toBe('>a1b1c1');
    expect(await bus.emitReduceRight('text', '1', join, '>')).toBe('>c1b1a1');
    expect(await bus.emitReduce('text', '1', join)).toBe('a1b1c1');
    expect(await bus.emitReduceRight('text', '1', join)).toBe('c1b1a1');
  });

  it('E69: returns initial, or undefined without it, when there are no subscribers', async () => {
    const { bus } = setup();
    const fail = () => {
      throw new Error('must not be called');
    };
    expect(await bus.emitReduce('none', 0, fail, 42)).toBe(42);
    expect(await bus.emitReduceRight('none', 0, fail, null)).toBe(null);
    expect(await bus.emitReduce('none', 0, fail)).toBe(undefined);
  });

  it('accepts a reducer alone, and an asynchronous one', async () => {
    const { bus } = setup();
    for (const degrees of [10, 20]) bus.subscribe('temp:reading', () => degrees);
    expect(await bus.emitReduce('temp:reading', (sum: number, value: number) => (sum + value) / 2)).toBe(15);
    expect(await bus.emitReduce('temp:reading', 0, async (sum: number, value: number) => sum + value, 1)).toBe(31);
  });

  it('fails when the reducer fails, and by the error policy when subscribers fail', async () => {
    const { bus } = strings();
    await expect(
      bus.emitReduce('text', '', () => {
        throw new Error('reducer');
      }),
    ).rejects.toThrow('reducer');
    await expect(bus.emitReduce('text', '', 'none' as never)).rejects.toThrow(TypeError);
    bus.subscribe('text', () => Promise.reject(new Error('down')));
    const join = (sum: string, next: string) => sum + next;
    await expect(bus.emitReduce('text', '', join)).rejects.toThrow(EmitError);
    expect(await bus.emitReduce('text', '', join, '', { onError: 'ignore' })).toBe('abc');
  });
});

describe('EventBus.use', () => {
  it('runs the first middleware outermost, around published and emitted events', async () => {
    const { bus } = setup();
    const log: string[] = [];
    for (const who of ['outer', 'inner']) {
      bus.use(async (event, next) => {
        log.push(`${who} ${event.type}`);
        await next();
        log.push(`${who} done`);
      });
    }
    bus.subscribe('a', (data) => log.push(`handler ${data}`));
    const expected = ['outer a', 'inner a', 'handler 1', 'inner done', 'outer done'];
    await bus.emitParallel('a', 1);
    expect(log.splice(0)).toEqual(expected);
    bus.publish('a', 1);
    // Delivered within publish() when no middleware waits before next().
    expect(log).toEqual(expected.slice(0, 3));
    await expect.poll(() => log, { interval: 1 }).toEqual(expected);
  });

  it('can change the data or stop the event', async () => {
    const { bus } = setup();
    bus.use(async (event, next) => {
      if (event.data < 0) return;
      event.data *= 2;
      await next();
    });
    bus.subscribe('a', (data) => data);
    expect(await bus.emitParallel('a', 2)).toEqual([4]);
    expect(await bus.emitParallel('a', -1)).toEqual([]);
    expect(await bus.emitReduce('a', 3, (sum: number, next: number) => sum + next, 1)).toBe(7);
    expect(await bus.emitParallel('a', 5, { onError: 'collect' })).toEqual([{ status: 'fulfilled', value: 10 }]);
  });

  it('receives the failure of an emission and may suppress it', async () => {
    const { bus, errors } = setup();
    const seen: unknown[] = [];
    bus.use(async (event, next) => {
      try {
        await next();
      } catch (error) {
        seen.push(error);
        if (event.data === 'throw') throw error;
      }
    });
    bus.subscribe('a', () => 'fine');
    bus.subscribe('a', () => Promise.reject(new Error('down')));
    expect(await bus.emitParallel('a', 'swallow')).toEqual(['fine']);
    await expect(bus.emitParallel('a', 'throw')).rejects.toThrow(EmitError);
    expect(seen).toHaveLength(2);
    expect(errors).toEqual([]);
  });

  it('fails the emission, or is reported for a published event, when it throws or calls next twice', async () => {
    const { bus, errors } = setup();
    bus.use(async (event, next) => {
      if (event.data === 'throw') throw new Error('refused');
      await next();
      await next();
    });
    await expect(bus.emitParallel('a', 'throw')).rejects.toThrow('refused');
    await expect(bus.emitParallel('a', 'twice')).rejects.toThrow(/more than once/);
    bus.publish('a', 'throw');
    await new Promise((resolve) => setImmediate(resolve));
    expect(errors).toMatchObject([[{ message: 'refused' }, 'a']]);
  });

  it('F4: keeps published events of one name in order although a middleware delays the first', async () => {
    const { bus } = setup();
    const seen: string[] = [];
    const gates = new Map<string, () => void>();
    bus.use(async (event, next) => {
      await new Promise<void>((resolve) => gates.set(event.data, resolve));
      await next();
    });
    let done!: () => void;
    const finished = new Promise<void>((resolve) => {
      done = resolve;
    });
    bus.subscribe('*', (data: string) => {
      seen.push(data);
      if (data === 'second') done();
    });
    bus.publish('a', 'first');
    bus.publish('a', 'second');
    bus.publish('b', 'other');
    gates.get('other')?.();
    await Promise.resolve();
    expect(gates.has('second')).toBe(false);
    gates.get('first')?.();
    await expect.poll(() => gates.has('second'), { interval: 1 }).toBe(true);
    gates.get('second')?.();
    await finished;
    expect(seen).toEqual(['other', 'first', 'second']);
  });

  it('B17: events that wait for middleware that never finishes are bounded and counted', () => {
    const { bus } = setup();
    bus.use(() => never);
    for (let n = 0; n < 1500; n += 1) bus.publish('same', n);
    expect(bus.dropped).toBe(499);
    for (let n = 0; n < 1500; n += 1) bus.publish(`name:${n}`, n);
    expect(bus.dropped).toBe(499 + 501);
  });

  it('B17: names without waiting events take no memory', () => {
    const { bus } = setup();
    let delivered = 0;
    bus.use((_event, next) => next());
    bus.subscribe('**', () => {
      delivered += 1;
    });
    for (let n = 0; n < 1500; n += 1) bus.publish(`name:${n}`, n);
    expect([delivered, bus.dropped]).toEqual([1500, 0]);
  });

  it('refuses a value that is not a function', () => {
    expect(() => setup().bus.use({} as never)).toThrow(TypeError);
  });
});

describe('EventBus.close', () => {
  it('ends every subscription and drops waiting events', async () => {
    const { bus } = setup();
    const seen: number[] = [];
    let go!: () => void;
    bus.subscribe('a', async (n: number) => {
      seen.push(n);
      await new Promise<void>((resolve) => {
        go = resolve;
      });
    });
    bus.publish('a', 1);
    bus.publish('a', 2);
    bus.close();
    go();
    await new Promise((resolve) => setImmediate(resolve));
    bus.publish('a', 3);
    expect(seen).toEqual([1]);
    expect(bus.subscriberCount()).toBe(0);
  });
});
