import { describe, expect, it } from 'vitest';
import { Emitter } from './emitter.js';

interface Events {
  connected: undefined;
  disconnected: string;
  error: Error;
}

function setup() {
  const failures: [unknown, string][] = [];
  return { failures, emitter: new Emitter<Events>((error, event) => failures.push([error, event])) };
}

describe('Emitter', () => {
  it('calls listeners in order, wildcard listeners last, with event and data', () => {
    const { emitter } = setup();
    const seen: unknown[] = [];
    emitter.on('*', (event, data) => seen.push(['*', event, data]));
    emitter.on('disconnected', (data) => seen.push(['a', data]));
    emitter.on('disconnected', (data) => seen.push(['b', data]));
    emitter.emit('disconnected', 'bye');
    emitter.emit('connected');
    expect(seen).toEqual([
      ['a', 'bye'],
      ['b', 'bye'],
      ['*', 'disconnected', 'bye'],
      ['*', 'connected', undefined],
    ]);
  });

  it('NC-15: on returns a function that removes the listener, callable twice', () => {
    const { emitter } = setup();
    let calls = 0;
    const listener = () => {
      calls += 1;
    };
    const off = emitter.on('connected', listener);
    emitter.on('connected', listener);
    off();
    off();
    emitter.emit('connected');
    expect(calls).toBe(1);
    emitter.off('connected', listener);
    emitter.off('connected', listener);
    emitter.emit('connected');
    expect(calls).toBe(1);
    expect(emitter.observed('connected')).toBe(false);
  });

  it('once fires once, also when the listener emits the event again', () => {
    const { emitter } = setup();
    let calls = 0;
    emitter.once('connected', () => {
      calls += 1;
      emitter.emit('connected');
    });
    emitter.once('*', () => {
      calls += 10;
    });
    const never = emitter.once('connected', () => {
      calls += 100;
    });
    never();
    emitter.emit('connected');
    emitter.emit('connected');
    expect(calls).toBe(11);
  });

  it('once fires once, also when an earlier listener emits the event again', () => {
    const { emitter } = setup();
    const seen: string[] = [];
    emitter.on('disconnected', (text) => {
      if (text === 'outer') emitter.emit('disconnected', 'inner');
    });
    emitter.once('disconnected', (text) => seen.push(text));
    emitter.emit('disconnected', 'outer');
    expect(seen).toEqual(['inner']);
  });

  it('F5: a listener that throws or rejects is reported and does not affect the others', async () => {
    const { emitter, failures } = setup();
    let reached = false;
    emitter.on('connected', () => {
      throw new Error('thrown');
    });
    emitter.on('connected', async () => {
      throw new Error('rejected');
    });
    emitter.on('connected', () => {
      reached = true;
    });
    emitter.emit('connected');
    await Promise.resolve();
    expect(reached).toBe(true);
    expect(failures.map(([error, event]) => [(error as Error).message, event])).toEqual([
      ['thrown', 'connected'],
      ['rejected', 'connected'],
    ]);
  });

  it('emit never throws, not for errors without listeners and not for a failing hook', () => {
    expect(() => setup().emitter.emit('error', new Error('x'))).not.toThrow();
    const emitter = new Emitter<Events>(() => {
      throw new Error('hook');
    });
    emitter.on('error', (error) => {
      throw error;
    });
    expect(() => emitter.emit('error', new Error('x'))).not.toThrow();
  });

  it('an emission uses the listeners at its start', () => {
    const { emitter } = setup();
    const seen: string[] = [];
    emitter.on('connected', () => {
      seen.push('a');
      off();
      emitter.on('connected', () => seen.push('late'));
    });
    const off = emitter.on('connected', () => seen.push('b'));
    emitter.emit('connected');
    expect(seen).toEqual(['a', 'b']);
  });

  it('reports whether there are listeners', () => {
    const { emitter } = setup();
    expect(emitter.observed('error')).toBe(false);
    const off = emitter.on('*', () => {});
    expect(emitter.observed('error')).toBe(true);
    off();
    emitter.on('error', () => {});
    expect([emitter.observed('error'), emitter.observed('connected')]).toEqual([true, false]);
  });

  it('refuses a value that is not a function', () => {
    expect(() => setup().emitter.on('error', 'x' as never)).toThrow(TypeError);
  });
});

it('listeners get the given arguments only', () => {
  const seen: unknown[][] = [];
  const emitter = new Emitter<{ empty: undefined; full: number }>(() => {});
  emitter.on('empty', (...args: unknown[]) => void seen.push(args));
  emitter.on('*', (...args: unknown[]) => void seen.push(args));
  emitter.emit('empty');
  emitter.emit('full', 1);
  expect(seen).toEqual([[], ['empty'], ['full', 1]]);
});
