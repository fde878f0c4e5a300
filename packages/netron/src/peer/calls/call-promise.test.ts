import { describe, expect, it } from 'vitest';
import { systemScheduler } from '../../util/scheduler.js';
import { type CallPromise, callPromise, callPromiseOf, failedCall, plainCallPromise } from './call-promise.js';
import { promiseOfPeer, type Settler } from './promises.js';

/** The promise of call 9, the functions that settle it, and calls on its result: none can be made when `late`. */
function called(late = false) {
  const settler: Settler = { resolve() {}, reject() {} };
  const piped: [readonly string[], unknown[] | undefined][] = [];
  const source = {
    pipe: (_first: CallPromise, path: readonly string[], args: unknown[] | undefined) => {
      if (late) return undefined;
      piped.push([path, args]);
      return Promise.resolve('piped');
    },
  };
  // biome-ignore lint/suspicious/noExplicitAny: a promise of a call has any member
  const promise: any = callPromise(settler, source, 9);
  return { piped, promise, settler };
}

describe('the promise of a call', () => {
  it('is a promise like any other', async () => {
    const { promise, settler, piped } = called();
    expect([promise instanceof Promise, promise.constructor, String(promise)]).toEqual([true, Promise, '[object Promise]']);
    settler.resolve(1);
    expect([await promise, await Promise.all([promise])]).toEqual([1, [1]]);
    expect(piped).toEqual([]);
  });

  it('accepts symbols that others set, each through the trap only once', () => {
    const [symbol, other] = [Symbol('kept'), Symbol('kept')];
    const [first, second] = [called().promise, called().promise];
    first[symbol] = 1;
    const members = Object.getPrototypeOf(Object.getPrototypeOf(first));
    expect([Object.hasOwn(members, symbol), Object.hasOwn(members, other)]).toEqual([true, false]);
    expect([first[symbol], second[symbol]]).toEqual([1, undefined]);
    second[symbol] = 2;
    expect([first[symbol], second[symbol], Object.getOwnPropertyDescriptor(second, symbol)]).toEqual([
      1,
      2,
      { value: 2, writable: true, enumerable: true, configurable: true },
    ]);
  });

  it('learns a bounded number of symbols, and sets further ones all the same', () => {
    const { promise } = called();
    const members = Object.getPrototypeOf(Object.getPrototypeOf(promise));
    for (let number = 0; number < 200; number += 1) {
      const symbol = Symbol(`number ${number}`);
      promise[symbol] = number;
      expect(promise[symbol]).toBe(number);
    }
    promise.name = 'own';
    expect(promise.name).toBe('own');
    expect(Object.getOwnPropertySymbols(members).length).toBeLessThan(80);
  });

  it('starts pipelined calls by its unknown properties', async () => {
    const { promise, piped } = called();
    expect(await promise.profile.avatar(48)).toBe('piped');
    expect(await promise.name).toBe('piped');
    expect(piped).toEqual([
      [['profile', 'avatar'], [48]],
      [['name'], undefined],
    ]);
  });

  it('calls the result itself when pipelining is no longer possible', async () => {
    const { promise, settler } = called(true);
    const [greeting, name, missing] = [promise.greet('Ann'), promise.user.name, promise.missing()];
    settler.resolve({ greet: (whom: string) => `hello ${whom}`, user: { name: 'x' } });
    expect([await greeting, await name]).toEqual(['hello Ann', 'x']);
    await expect(missing).rejects.toMatchObject({ code: 'not_found' });
  });

  it('fails pipelined calls when it fails; the failure has to be handled once only', async () => {
    const { promise, settler } = called(true);
    const greeting = promise.greet();
    settler.reject(new Error('broken'));
    await expect(greeting).rejects.toThrow('broken');
    // The calls on its result have been sent: an unhandled rejection would fail the test run.
    const sent = called();
    void sent.promise.greet();
    sent.settler.reject(new Error('broken'));
    await systemScheduler.idle();
  });

  it.each(['then', 'toJSON', 'constructor', '__proto__', 'valueOf', 'inspect'])('does not pipeline the property %s', (name) => {
    const { promise, piped } = called();
    expect(typeof promise[name] === 'function' && promise[name].name).not.toBe('pipelined');
    expect([promise[Symbol.iterator], JSON.stringify(promise), piped]).toEqual([undefined, '{}', []]);
  });
});

describe('promises for local code', () => {
  it('returns the promise of a call unchanged', async () => {
    const { promise } = called();
    expect(callPromiseOf(promise)).toBe(promise);
    expect(await callPromiseOf(1)).toBe(1);
  });

  it('marks the error of a call that was not sent', async () => {
    await expect(failedCall(new Error('broken'))).rejects.toMatchObject({ outcome: 'not_run' });
    // biome-ignore lint/suspicious/noExplicitAny: a promise of a call has any member
    await expect((failedCall(new Error('broken')) as any).profile()).rejects.toThrow('broken');
    // biome-ignore lint/suspicious/noExplicitAny: a promise of a call has any member
    expect(await (plainCallPromise(() => Promise.resolve({ n: 1 })) as any).n).toBe(1);
  });

  it('of a peer may reject unhandled, and so may calls on it', async () => {
    // An unhandled rejection fails the run of the tests.
    // biome-ignore lint/suspicious/noExplicitAny: a promise of a call has any member
    const promise = promiseOfPeer(failedCall(new Error('broken'))) as any;
    void promise.trim().toString();
    void promise.length.more();
    await systemScheduler.idle();
  });
});
