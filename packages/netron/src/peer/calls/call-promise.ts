/**
 * The promise of a call's result. It is a native promise for `await`; any unknown property starts a pipelined call:
 * `api.auth(token).profile().avatar()` takes one round trip.
 */
import { ServiceStream } from '../../service/call/service-stream.js';
import { isError, thrownProperty } from '../../util/thrown.js';
import { applyPath, pipelineNode } from './pipeline.js';
import { type CallPromises, ofPeer, promiseFrom, promiseOfPeer, rejected, type Settler } from './promises.js';

/** Sends calls on pending results. */
export interface PipelineSource {
  /**
   * Makes a call on the result of `first`; returns `undefined` when it is too late for that. Without `args` it reads the property at
   * `path`.
   */
  pipe(first: CallPromise, path: readonly string[], args: unknown[] | undefined): Promise<unknown> | undefined;
}

/** Keys of a `CallPromise`. */
export const source: unique symbol = Symbol('source');
export const sourceId: unique symbol = Symbol('sourceId');

type Executor<T> = (resolve: (value: T | PromiseLike<T>) => void, reject: (reason: unknown) => void) => void;

const reserved: ReadonlySet<string> = new Set([
  'then',
  'toJSON',
  'constructor',
  '__proto__',
  'prototype',
  'valueOf',
  'toString',
  'inspect',
]);

const nothing = (): void => {};

/** Most symbols that are added to the members of promises. */
const maxLearned = 64;

// Sits below the members of Promise and above nothing, so that it sees only unknown names.
// `instanceof Promise` follows the prototypes only and finds Promise's at the end.
const unknownNames = new Proxy(Object.create(Promise.prototype) as object, {
  get(_target, name, receiver: unknown) {
    if (typeof name === 'symbol' || reserved.has(name)) return undefined;
    const promise = receiver as CallPromise;
    return pipelineNode(
      (path, args) => {
        promise.catch(nothing); // the failure reaches the call made on it
        const next =
          promise[source]?.pipe(promise, path, args) ??
          plainCallPromise(() => promise.then((value) => applyPath(value, path, args)));
        return promise[ofPeer] ? promiseOfPeer(next) : next;
      },
      [name],
    );
  },
  has: () => false,
  // AsyncLocalStorage stores the context of each promise under its own symbols. When one is first set, it is added to the members of
  // promises, so that later promises bypass this trap, which costs a microsecond each time.
  set(_target, name, value, receiver) {
    if (typeof name === 'symbol' && learned < maxLearned) {
      learned += 1;
      Object.defineProperty(members, name, { value: undefined, writable: true });
    }
    return Reflect.defineProperty(receiver as object, name, { value, writable: true, enumerable: true, configurable: true });
  },
});

/** Members of promises, together with the symbols that others have set. */
const members = Object.create(unknownNames, {
  ...Object.getOwnPropertyDescriptors(Promise.prototype),
  toString: { value: () => '[object Promise]' },
  [ofPeer]: { value: false },
}) as object;
let learned = 0;

/** A promise of a result on which calls can be made before it arrives. */
export class CallPromise<T = unknown> extends Promise<T> {
  /** Sender and number of the call. Absent when the result cannot be referred to. */
  [source]: PipelineSource | undefined = undefined;
  [sourceId] = 0;
  /** Whether it comes from something that the peer has sent; calls on its result inherit this. */
  declare readonly [ofPeer]: boolean;

  static {
    Object.setPrototypeOf(CallPromise.prototype, members);
    // For methods that return an iterable without being generators: the answer can be iterated without awaiting it.
    void Object.defineProperty(CallPromise.prototype, Symbol.asyncIterator, {
      value(this: CallPromise) {
        return new ServiceStream(this);
      },
    });
    // `await` uses a promise directly when its constructor is Promise; otherwise it takes two more microtasks.
    void Object.defineProperty(CallPromise.prototype, 'constructor', { value: Promise });
  }

  // Fields are defined instead of assigned: assigning would look up the prototype chain, which ends in a proxy.
  constructor(executor: Executor<T>, from?: PipelineSource, id = 0) {
    super(executor);
    this[source] = from;
    this[sourceId] = id;
  }
}

let resolve: (value: unknown) => void = nothing;
let reject: (reason: unknown) => void = nothing;
const capture = (onResult: (value: unknown) => void, onError: (reason: unknown) => void): void => {
  resolve = onResult;
  reject = onError;
};

/** Results of calls whose promises were used as arguments, once they have arrived. */
const arrived = new WeakMap<Promise<unknown>, { readonly value: unknown }>();

/** Thrown while a value is written that contains a pending result. */
export class ResultToCome {
  readonly promise: Promise<unknown>;

  constructor(promise: Promise<unknown>) {
    this.promise = promise;
  }

  /** Returns the instance that writing a value failed with, if any. */
  static of(error: unknown): ResultToCome | undefined {
    const cause = thrownProperty(error, 'cause');
    return isError(error) && cause instanceof ResultToCome ? cause : undefined;
  }

  /** Resolves when the value can be written. */
  async arrival(): Promise<void> {
    arrived.set(this.promise, { value: await this.promise });
  }

  toString(): string {
    return 'the pending result of a call: await it';
  }
}

/**
 * Returns the result that a promise in a value stands for.
 *
 * @throws ResultToCome when it has not been awaited
 */
export function arrivedResult(promise: Promise<unknown>): unknown {
  const result = arrived.get(promise);
  if (result === undefined) throw new ResultToCome(promise);
  return result.value;
}

/** Creates a promise that `settler` settles, and whose result can be referred to as call `id` of `from`. */
export function callPromise(settler: Settler, from: PipelineSource | undefined, id: number): CallPromise {
  const promise = new CallPromise(capture, from, id);
  settler.resolve = resolve;
  settler.reject = reject;
  // Otherwise the last promise and its result would be retained until the next call.
  resolve = nothing;
  reject = nothing;
  return promise;
}

/** Promises whose results can be referred to before they arrive; used by nodes. */
export const callPromises: CallPromises = {
  make: (settler, results, id) => callPromise(settler, results as PipelineSource | undefined, id),
  name(promise, results, id) {
    (promise as CallPromise)[source] = results as PipelineSource | undefined;
    (promise as CallPromise)[sourceId] = id;
  },
};

/** Returns the promise of a call that failed before it was sent; calls on its result fail, too. */
export function failedCall(error: unknown): Promise<unknown> {
  return rejected(callPromises, error);
}

/** Returns a promise of a result that cannot be referred to before it arrives. */
export function plainCallPromise(start: () => Promise<unknown>): Promise<unknown> {
  return promiseFrom(callPromises, start);
}

/** Returns a promise of `result`. The promise of a call is returned as it is, so that further calls can refer to its result. */
export function callPromiseOf(result: unknown): Promise<unknown> {
  return result instanceof CallPromise ? result : plainCallPromise(async () => result);
}
