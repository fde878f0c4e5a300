/** How a received stream looks to the program. */
import { promiseOfPeer } from '../calls/call-promise.js';
import type { IncomingStream } from './incoming-stream.js';
import type { StreamKind } from './source.js';

/** The program's side of a received stream. */
export function presentStream(stream: IncomingStream, kind: StreamKind): object {
  if (kind === 'web') return readable(stream);
  const shown = new ReceivedStream(stream);
  stream.readBy(shown);
  return shown;
}

/** A received stream: iterate it once; leaving the loop stops the producer. */
class ReceivedStream implements AsyncGenerator<unknown, unknown, undefined> {
  readonly #stream: IncomingStream;

  constructor(stream: IncomingStream) {
    this.#stream = stream;
  }

  /** After the last item `value` is what the producer's generator has returned. */
  next(): Promise<IteratorResult<unknown>> {
    return this.#stream.next(this);
  }

  async return(): Promise<IteratorResult<unknown>> {
    this.#stream.stop();
    return { done: true, value: undefined };
  }

  throw(error: unknown): Promise<IteratorResult<unknown>> {
    this.#stream.stop();
    return promiseOfPeer(Promise.reject(error));
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stream.stop();
  }

  get [Symbol.toStringTag](): string {
    return 'ReceivedStream';
  }
}

function readable(stream: IncomingStream): ReadableStream<unknown> {
  const source: UnderlyingDefaultSource<unknown> = {
    async pull(controller) {
      const step = await stream.next();
      if (step.done === true) controller.close();
      else controller.enqueue(step.value);
    },
    cancel: () => stream.stop(),
  };
  // Not the `ReadableStream`: browsers collect that object while its reader is in use.
  stream.readBy(source);
  // Nothing is read ahead of the consumer here: the credit of the link bounds what is on the way.
  return new ReadableStream<unknown>(source, { highWaterMark: 0 });
}
