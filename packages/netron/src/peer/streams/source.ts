/** What a stream is read from, whatever the program gave: web streams, Node streams, generators, any async iterable. */
import type { CallContext } from '../../service/call/context.js';

/** How the other end shows the stream: as an async iterable, or as a web `ReadableStream`. */
export type StreamKind = 'iterable' | 'web';

/** A stream about to be sent. */
export class StreamSource {
  readonly kind: StreamKind;
  readonly iterator: AsyncIterator<unknown> | Iterator<unknown>;
  /** The call that produces it; aborted when the consumer leaves. */
  readonly call: CallContext | undefined;

  /** Data beside the items, for an iterable that is a plain object. */
  readonly fields: Readonly<Record<string, unknown>> | undefined;

  constructor(
    kind: StreamKind,
    iterator: AsyncIterator<unknown> | Iterator<unknown>,
    call?: CallContext,
    fields?: Readonly<Record<string, unknown>>,
  ) {
    this.kind = kind;
    this.iterator = iterator;
    this.call = call;
    this.fields = fields;
  }
}

/** Says whether `value` is sent as a stream. Synchronous iterables are data, not streams. */
export function isStreamSource(value: object): boolean {
  return value instanceof StreamSource || Symbol.asyncIterator in value || isWebStream(value);
}

/** Makes a stream of `value`, which is one or is iterable. */
export function streamSource(value: object, call?: CallContext): StreamSource {
  if (value instanceof StreamSource) return value;
  if (isWebStream(value)) return new StreamSource('web', readerIterator(value.getReader()), call);
  if (Symbol.asyncIterator in value) {
    const iterable = value as AsyncIterable<unknown>;
    return new StreamSource(isNodeStream(value) ? 'web' : 'iterable', iterable[Symbol.asyncIterator](), call, fieldsOf(value));
  }
  if (Symbol.iterator in value) return new StreamSource('iterable', (value as Iterable<unknown>)[Symbol.iterator](), call);
  throw new TypeError('a stream method must return something iterable');
}

/** The fields of a plain object that are no functions; `undefined` when there are none. */
function fieldsOf(value: object): Record<string, unknown> | undefined {
  const prototype: object | null = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) return undefined;
  const fields = Object.entries(value).filter(([, field]) => typeof field !== 'function');
  return fields.length === 0 ? undefined : Object.fromEntries(fields);
}

function isWebStream(value: object): value is ReadableStream<unknown> {
  // `in` first: a proxy of a service answers to every name, but has only its own.
  return 'getReader' in value && typeof value.getReader === 'function';
}

function isNodeStream(value: object): boolean {
  return typeof (value as { pipe?: unknown }).pipe === 'function';
}

function readerIterator(reader: ReadableStreamDefaultReader<unknown>): AsyncIterator<unknown> {
  return {
    next: () => reader.read() as Promise<IteratorResult<unknown>>,
    async return() {
      await reader.cancel();
      return { done: true, value: undefined };
    },
  };
}
