/**
 * The promise of a call's result. It is a native promise for `await`; a name it does not know is taken as the start of
 * a pipelined call: `api.auth(token).profile().avatar()` leaves in one flight.
 */
import { ServiceStream } from '../../service/call/service-stream.js';
import { isError, thrownProperty } from '../../util/thrown.js';
import { applyPath, pipelineNode } from './pipeline.js';
import { type CallPromises, ofPeer, promiseFrom, promiseOfPeer, rejected, type Settler } from './promises.js';

/** Sends calls on results that are still to come. */
export interface PipelineSource {
  /**
   * A call on what `first` will resolve to; `undefined` when it is too late for that. Without `args` it reads the
   * property at `path`.
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

/** Symbols that the members of promises get at most. */
const mostLearned = 64;

// Below Promise's own members and above nothing: names that nobody else has.
// `instanceof Promise` looks at the prototypes alone, and finds Promise's at the end.
const unknownNames = new Proxy(Object.create(Promise.prototype) as object, {
  get(_target, name, receiver: unknown) {
    if (typeof name === 'symbol' || reserved.has(name)) return undefined;
    const promise = receiver as CallPromise;
    return pipelineNode(
      (path, args) => {
        promise.catch(nothing); // its failure is the failure of what is called on it
        const next =
          promise[source]?.pipe(promise, path, args) ??
          plainCallPromise(() => promise.then((value) => applyPath(value, path, args)));
        return promise[ofPeer] ? promiseOfPeer(next) : next;
      },
      [name],
    );
  },
  has: () => false,
  // AsyncLocalStorage keeps the context of each promise under symbols of its own. The first time that one is set the members of
  // promises get it, so that the next promise is not set by way of here: that takes a microsecond each time.
  set(_target, name, value, receiver) {
    if (typeof name === 'symbol' && learned < mostLearned) {
      learned += 1;
      Object.defineProperty(members, name, { value: undefined, writable: true });
    }
    return Reflect.defineProperty(receiver as object, name, { value, writable: true, enumerable: true, configurable: true });
  },
});

/** Members of promises, with the symbols that others set. */
const members = Object.create(unknownNames, {
  ...Object.getOwnPropertyDescriptors(Promise.prototype),
  toString: { value: () => '[object Promise]' },
  [ofPeer]: { value: false },
}) as object;
let learned = 0;

/** A promise whose result may be called before it is there. */
export class CallPromise<T = unknown> extends Promise<T> {
  /** Sender and number of the call. Absent when the result cannot be named. */
  [source]: PipelineSource | undefined = undefined;
  [sourceId] = 0;
  /** It comes from something that the peer has sent; so do calls on its result. */
  declare readonly [ofPeer]: boolean;

  static {
    Object.setPrototypeOf(CallPromise.prototype, members);
    // A method that returns something iterable without being a generator: its answer can be iterated without awaiting it.
    void Object.defineProperty(CallPromise.prototype, Symbol.asyncIterator, {
      value(this: CallPromise) {
        return new ServiceStream(this);
      },
    });
    // `await` takes a promise as it is when its constructor is Promise; any other costs two more turns.
    void Object.defineProperty(CallPromise.prototype, 'constructor', { value: Promise });
  }

  // Fields are defined, not set: setting would ask the prototype chain, which ends in a proxy.
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

/** Results of calls that were given as arguments before they were there, once they are. */
const arrived = new WeakMap<Promise<unknown>, { readonly value: unknown }>();

/** Says that the value that is being written holds the result of a call that has not arrived. */
export class ResultToCome {
  readonly promise: Promise<unknown>;

  constructor(promise: Promise<unknown>) {
    this.promise = promise;
  }

  /** The one that writing a value has failed with, if it was one. */
  static of(error: unknown): ResultToCome | undefined {
    const cause = thrownProperty(error, 'cause');
    return isError(error) && cause instanceof ResultToCome ? cause : undefined;
  }

  /** Resolves when the value can be written. */
  async arrival(): Promise<void> {
    arrived.set(this.promise, { value: await this.promise });
  }

  toString(): string {
    return 'the result of a call that has not arrived: await it';
  }
}

/**
 * The result that a promise of a call stands for in a value that is being written.
 *
 * @throws ResultToCome when it has not been waited for
 */
export function arrivedResult(promise: Promise<unknown>): unknown {
  const result = arrived.get(promise);
  if (result === undefined) throw new ResultToCome(promise);
  return result.value;
}

/** A promise settled through `settler`, whose result can be named as call `id` of `from`. */
export function callPromise(settler: Settler, from: PipelineSource | undefined, id: number): CallPromise {
  const promise = new CallPromise(capture, from, id);
  settler.resolve = resolve;
  settler.reject = reject;
  // Else the last promise, and what it resolves to, would be held until the next call.
  resolve = nothing;
  reject = nothing;
  return promise;
}

/** Promises whose results may be named before they are there: those of a node. */
export const callPromises: CallPromises = {
  make: (settler, results, id) => callPromise(settler, results as PipelineSource | undefined, id),
  name(promise, results, id) {
    (promise as CallPromise)[source] = results as PipelineSource | undefined;
    (promise as CallPromise)[sourceId] = id;
  },
};

/** A call that has failed before it was sent; so do calls on its result. */
export function failedCall(error: unknown): Promise<unknown> {
  return rejected(callPromises, error);
}

/** A promise of a result that cannot be named before it is there. */
export function plainCallPromise(start: () => Promise<unknown>): Promise<unknown> {
  return promiseFrom(callPromises, start);
}

/** Returns a promise of `result`. A call's own promise is returned as it is: its result can be named in further calls. */
export function callPromiseOf(result: unknown): Promise<unknown> {
  return result instanceof CallPromise ? result : plainCallPromise(async () => result);
}
