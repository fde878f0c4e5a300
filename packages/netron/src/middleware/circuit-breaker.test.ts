import { describe, expect, it } from 'vitest';
import { sampleCall } from '../../test/sample-call.js';
import { NetronError } from '../errors/netron-error.js';
import { VirtualClock } from '../testing/virtual-clock.js';
import { breaker } from './breaker.js';
import { CircuitBreaker, NetronCircuitBreaker } from './circuit-breaker.js';

const down = () => Promise.reject(new NetronError('unavailable', 'down'));
const missing = () => Promise.reject(new NetronError('not_found', 'no such user'));
const ok = async () => 'ok';
const caught = (promise: Promise<unknown>) => promise.catch((error: unknown) => error) as Promise<NetronError>;

describe('LB-06: CircuitBreaker', () => {
  it('opens after five failures in a row, refuses for a minute, and closes when the next call succeeds', async () => {
    const clock = new VirtualClock();
    const circuit = new CircuitBreaker({ clock });
    for (let call = 0; call < 5; call += 1) await caught(circuit.execute(down));
    expect(circuit.state).toBe('open');
    clock.sleep(59_000);
    let called = false;
    const refused = await caught(circuit.execute(async () => (called = true)));
    expect(refused).toMatchObject({ name: 'CircuitOpenError', code: 'unavailable', retryAfterMs: 1_000, outcome: 'not_run' });
    expect(called).toBe(false);
    clock.sleep(1_000);
    expect(circuit.state).toBe('half-open');
    expect(await circuit.execute(ok)).toBe('ok');
    expect(circuit.state).toBe('closed');
  });

  it('takes a threshold and a time; a success resets the count', async () => {
    const circuit = new CircuitBreaker(2, 60_000);
    await caught(circuit.execute(down));
    await circuit.execute(ok);
    await caught(circuit.execute(down));
    expect(circuit.state).toBe('closed');
    await caught(circuit.execute(down));
    expect(circuit.state).toBe('open');
  });

  it('opens for any error of fn, synchronous or asynchronous, and rethrows it', async () => {
    const circuit = new CircuitBreaker(1);
    const error = new Error('plain');
    const thrown = circuit.execute(() => {
      throw error;
    });
    expect(await caught(thrown)).toBe(error);
    expect(circuit.state).toBe('open');
  });
});

describe('C9: a circuit', () => {
  it('opens at half of at least twenty calls within ten seconds, not before', async () => {
    const clock = new VirtualClock();
    const circuit = new CircuitBreaker({ consecutive: Infinity, clock });
    for (let call = 0; call < 19; call += 1) await caught(circuit.execute(call % 2 === 0 ? down : ok));
    expect(circuit.state).toBe('closed');
    clock.sleep(10_000); // forgotten
    for (let call = 0; call < 18; call += 1) await caught(circuit.execute(call % 2 === 0 ? down : ok));
    expect(circuit.state).toBe('closed');
    await circuit.execute(ok);
    expect(circuit.state).toBe('closed');
    await caught(circuit.execute(down));
    expect(circuit.state).toBe('open');
  });

  it('never opens at 0.1 % errors over a million calls', () => {
    const clock = new VirtualClock();
    const circuits = new NetronCircuitBreaker({ clock });
    let refused = 0;
    for (let call = 0; call < 1_000_000; call += 1) {
      clock.sleep(0.2);
      try {
        const leave = circuits.enter('users');
        if (call % 1_000 === 0) leave(new NetronError('internal', 'rare'));
        else leave();
      } catch {
        refused += 1;
      }
    }
    expect(refused).toBe(0);
  });

  it('lets one call of a hundred through when it is half open', async () => {
    const clock = new VirtualClock();
    const circuit = new CircuitBreaker({ consecutive: 1, clock });
    await caught(circuit.execute(down));
    clock.sleep(60_000);
    let calls = 0;
    let finish!: () => void;
    const gate = new Promise<void>((resolve) => (finish = resolve));
    const results = Array.from({ length: 100 }, () =>
      circuit
        .execute(async () => {
          calls += 1;
          await gate;
        })
        .then(
          () => 'ok',
          () => 'refused',
        ),
    );
    finish();
    const ended = await Promise.all(results);
    expect([calls, ended.filter((end) => end === 'ok').length]).toEqual([1, 1]);
    expect(circuit.state).toBe('closed');
  });

  it('opens again when the probe fails, lets another through when the probe never ends, and probes again when it was canceled', async () => {
    const clock = new VirtualClock();
    const circuit = new CircuitBreaker({ consecutive: 1, resetTimeout: 1_000, clock });
    await caught(circuit.execute(down));
    clock.sleep(1_000);
    await caught(circuit.execute(down));
    expect(circuit.state).toBe('open');

    clock.sleep(1_000);
    void circuit.execute(() => new Promise(() => {}));
    expect(await caught(circuit.execute(ok))).toMatchObject({ name: 'CircuitOpenError' });
    clock.sleep(1_000);
    await caught(circuit.execute(() => Promise.reject(new NetronError('canceled', 'given up'))));
    expect(circuit.state).toBe('half-open');
    expect(await circuit.execute(ok)).toBe('ok');
  });

  it('does not count errors of the caller, nor calls that began in an earlier state', async () => {
    const clock = new VirtualClock();
    const circuit = new CircuitBreaker({ consecutive: 2, clock });
    for (let call = 0; call < 100; call += 1) await caught(circuit.execute(missing));
    expect(circuit.state).toBe('closed');

    let late!: (error: unknown) => void;
    const slow = caught(circuit.execute(() => new Promise((_, reject) => (late = reject))));
    for (let call = 0; call < 2; call += 1) await caught(circuit.execute(down));
    clock.sleep(60_000);
    await circuit.execute(ok);
    await caught(circuit.execute(down));
    late(new NetronError('unavailable', 'of another time'));
    await slow;
    expect(circuit.state).toBe('closed');
  });
});

describe('LB-07: NetronCircuitBreaker', () => {
  it('keeps a circuit per key, with options of its own', async () => {
    const clock = new VirtualClock();
    const circuits = new NetronCircuitBreaker({ clock });
    for (let call = 0; call < 5; call += 1) await caught(circuits.call('a', down, { resetTimeout: 100 }));
    for (let call = 0; call < 4; call += 1) await caught(circuits.call('b', down));
    expect([circuits.state('a'), circuits.state('b'), circuits.state('c')]).toEqual(['open', 'closed', 'closed']);
    expect(await caught(circuits.call('a', ok))).toMatchObject({ message: "circuit breaker of 'a' is open" });
    clock.sleep(100);
    expect(await circuits.call('a', ok)).toBe('ok');
  });

  it('keeps a bounded number of circuits for any keys; the one used last stays', async () => {
    const circuits = new NetronCircuitBreaker({ consecutive: 1, maxKeys: 100 });
    await caught(circuits.call('used', down));
    for (let key = 0; key < 10_000; key += 1) {
      await circuits.call(`key ${key}`, ok);
      await caught(circuits.call('used', ok));
    }
    expect(circuits.size).toBe(100);
    expect(circuits.state('used')).toBe('open');
  });

  it('refuses invalid options', () => {
    expect(() => new NetronCircuitBreaker({ rate: 0 })).toThrow(RangeError);
    expect(() => new NetronCircuitBreaker({ maxKeys: 0 })).toThrow(RangeError);
    expect(() => new CircuitBreaker(0)).toThrow('breaker: consecutive must be a positive integer, not 0');
    expect(() => new CircuitBreaker(Number.NaN)).toThrow(RangeError);
  });
});

describe('breaker', () => {
  it('refuses without calling, per method, and leaves results as they are', async () => {
    const clock = new VirtualClock();
    let calls = 0;
    const handler = breaker({ consecutive: 3, clock })((call) => {
      calls += 1;
      return call.method === 'bad' ? down() : 'at once';
    });
    const bad = sampleCall({ method: 'bad' });
    for (let call = 0; call < 3; call += 1) await caught(handler(bad) as Promise<unknown>);
    expect(() => handler(bad)).toThrow("circuit breaker of 'calc.bad' is open");
    expect(handler(sampleCall())).toBe('at once');
    expect(calls).toBe(4);
  });
});
