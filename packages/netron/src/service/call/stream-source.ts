/**
 * Sources of streams that this end sends: web streams, Node streams, generators, any async iterable. A source that was taken over is
 * always closed, even if it has not begun, and its errors never end the process.
 */
import { isProxy } from '#platform';
import { type AnyIterator, iteratorOf } from '../../util/iterate.js';
import { quietly } from '../../util/quietly.js';
import type { CallContext } from './context.js';
import { targetOf } from './proxy.js';

/** Form of the stream at the other end: an async iterable, a web `ReadableStream`, or a generator that it runs step by step. */
export type StreamKind = 'iterable' | 'web' | 'steps';

/** Reports an error of a source that has no reader. */
export type ReportError = (error: unknown) => void;

/** Members of a Node stream that are used here. */
interface NodeStream {
  pipe(...args: never[]): unknown;
  on(event: 'error', listener: (error: unknown) => void): unknown;
  off(event: 'error', listener: (error: unknown) => void): unknown;
  once(event: 'close', listener: () => void): unknown;
  destroy(): unknown;
  /** Error that the stream has failed with. */
  readonly errored?: unknown;
}

/** One step of a generator. */
export interface Step {
  /** Whether `value` is thrown into the generator. */
  readonly thrown: boolean;
  readonly value: unknown;
}

/** A stream about to be sent, or being sent. */
export class StreamSource {
  readonly kind: StreamKind;
  /** The call that produces the stream; aborted when the consumer leaves. */
  readonly call: CallContext | undefined;
  readonly #iterator: AnyIterator;
  /** Releases the resources of the source, whether it has begun or not. */
  readonly #release: () => unknown;
  #closed = false;

  /** Fields beside the items, for an iterable that is a plain object. */
  readonly fields: Readonly<Record<string, unknown>> | undefined;

  constructor(
    kind: StreamKind,
    iterator: AnyIterator,
    call?: CallContext,
    release: () => unknown = () => {},
    fields?: Readonly<Record<string, unknown>>,
  ) {
    this.kind = kind;
    this.call = call;
    this.fields = fields;
    this.#iterator = iterator;
    this.#release = release;
  }

  next(): Promise<IteratorResult<unknown>> | IteratorResult<unknown> {
    return this.#iterator.next();
  }

  /** Whether errors can be thrown into it. */
  get takesErrors(): boolean {
    return this.#iterator.throw !== undefined;
  }

  /** Continues with the argument that the consumer has passed to `next` or `throw`. */
  step({ thrown, value }: Step): Promise<IteratorResult<unknown>> | IteratorResult<unknown> {
    if (!thrown) return (this.#iterator as AsyncIterator<unknown, unknown, unknown>).next(value);
    if (this.#iterator.throw !== undefined) return this.#iterator.throw(value);
    this.close();
    throw value;
  }

  /** Closes the source. Errors of closing are ignored, because there is no reader left. Idempotent. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    // Resources first: an iterator that waits for its source would return only after the next item.
    void quietly(this.#release);
    void quietly(() => this.#iterator.return?.());
  }
}

/** Whether `value` is sent as a stream. Synchronous iterables are data, not streams. */
export function isStreamSource(value: object): boolean {
  return value instanceof StreamSource || Symbol.asyncIterator in value || isWebStream(value);
}

/** Web streams that were taken over: their only reader belongs to the source. */
const taken = new WeakMap<object, StreamSource>();

/**
 * Makes a source of `value`, which is a stream or an iterable, and takes it over: its errors are handled from now on.
 *
 * @param report called once with an error of a Node stream that has no reader
 */
export function streamSource(value: object, call?: CallContext, report: ReportError = () => {}): StreamSource {
  if (value instanceof StreamSource) return value;
  if (isWebStream(value)) {
    const reader = value.getReader();
    const next = () => reader.read() as Promise<IteratorResult<unknown>>;
    const source = new StreamSource('web', { next }, call, () => reader.cancel());
    taken.set(value, source);
    return source;
  }
  if (isNodeStream(value)) return nodeSource(value, call, report);
  if (Symbol.asyncIterator in value) {
    const iterator = iteratorOf(value);
    return new StreamSource(iterableKind(call), iterator, call, () => disposeUnlessGenerator(value, iterator), fieldsOf(value));
  }
  return new StreamSource(iterableKind(call), iteratorOf(value), call);
}

/** Returns the form in which an iterable is sent for a call. */
function iterableKind(call: CallContext | undefined): StreamKind {
  return call?.steps === true ? 'steps' : 'iterable';
}

/** Returns the fields of a plain object that are not functions; `undefined` when there are none. */
function fieldsOf(value: object): Record<string, unknown> | undefined {
  const prototype: object | null = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) return undefined;
  const fields = Object.entries(value).filter(([, field]) => typeof field !== 'function');
  return fields.length === 0 ? undefined : Object.fromEntries(fields);
}

/** Levels of a value in which streams are searched: deeper values cannot be sent. */
const deepest = 256;

/**
 * Closes all streams in a value that will not be sent, at any level, and handles rejections of its promises. Getters are not
 * called, and proxies are not searched.
 *
 * @param report called with their errors, once for each
 */
export function discardStreams(value: unknown, report: ReportError = () => {}): void {
  const discard = (found: object): void => {
    if (found instanceof Promise) found.catch(report);
    else (taken.get(found) ?? streamSource(found, undefined, report)).close();
  };
  eachStream(value, discard, new Set(), 0);
}

/** Handles errors of Node streams in a value that waits to be sent: an error without a listener would end the process. */
export function guardStreams(value: unknown): void {
  eachStream(
    value,
    (stream) => {
      if (stream instanceof Promise || !isNodeStream(stream)) return;
      const ignore = (): void => {};
      stream.on('error', ignore);
      stream.once('close', () => queueMicrotask(() => stream.off('error', ignore)));
    },
    new Set(),
    0,
  );
}

/** Visits the streams in a value, and its promises, which cannot be sent either. */
function eachStream(value: unknown, visit: (found: object) => void, seen: Set<object>, depth: number): void {
  if (typeof value !== 'object' || value === null || depth > deepest || seen.has(value)) return;
  if (isProxy(value) || targetOf(value) !== undefined) return;
  seen.add(value);
  if (value instanceof Promise) return visit(value);
  const inside = (item: unknown): void => eachStream(item, visit, seen, depth + 1);
  try {
    if (isStreamSource(value)) visit(value);
    else if (Array.isArray(value) || value instanceof Set) value.forEach(inside);
    else if (value instanceof Map) {
      for (const [key, item] of value) {
        inside(key);
        inside(item);
      }
    } else if (!ArrayBuffer.isView(value)) {
      for (const { value: item } of Object.values(Object.getOwnPropertyDescriptors(value))) inside(item);
    }
  } catch {
    // A web stream that already has a reader belongs to that reader; a value that throws when it is inspected contains no stream.
  }
}

/**
 * Makes a source of a Node stream. It listens for errors at once, because an error without a listener would end the process. The
 * iterator passes the error to the reader; it is reported when there is none.
 */
function nodeSource(stream: NodeStream & object, call: CallContext | undefined, report: ReportError): StreamSource {
  let begun = false;
  let closed = false;
  let reported = false;
  // The stream may have failed before.
  let failed: { readonly error: unknown } | undefined = stream.errored == null ? undefined : { error: stream.errored as unknown };
  const tell = (): void => {
    if (failed === undefined || begun || reported) return;
    reported = true;
    report(failed.error);
  };
  const onError = (error: unknown): void => {
    failed ??= { error };
    if (closed) tell();
  };
  stream.on('error', onError);
  stream.once('close', () => queueMicrotask(() => stream.off('error', onError)));
  let iterator: AsyncIterator<unknown> | undefined;
  const reader = {
    next() {
      begun = true;
      iterator ??= (stream as unknown as AsyncIterable<unknown>)[Symbol.asyncIterator]();
      return iterator.next();
    },
    async return() {
      await iterator?.return?.();
      return { done: true as const, value: undefined };
    },
  };
  return new StreamSource('web', reader, call, () => {
    closed = true;
    tell();
    stream.destroy();
  });
}

/** A generator that has not begun holds no resources; other iterables may, and are disposed of. */
function disposeUnlessGenerator(value: object, iterator: object): unknown {
  if (value === iterator) return undefined;
  const { [Symbol.asyncDispose]: later, [Symbol.dispose]: now } = value as Partial<AsyncDisposable & Disposable>;
  return later?.call(value) ?? now?.call(value);
}

function isWebStream(value: object): value is ReadableStream<unknown> {
  // `in` first: a proxy of a service returns a function for every name, but `in` is true only for its own.
  return 'getReader' in value && typeof value.getReader === 'function';
}

function isNodeStream(value: object): value is NodeStream {
  const members = value as Record<string, unknown>;
  // `in` first: a pipelined result returns a function for every name.
  const has = (name: string): boolean => name in value && typeof members[name] === 'function';
  return Symbol.asyncIterator in value && has('pipe') && has('destroy') && has('on');
}
