/** Received streams as the program sees them. */
import { NetronError } from '../../errors/netron-error.js';
import type { StreamKind } from '../../service/call/stream-source.js';
import type { CallSender } from '../calls/call-sender.js';
import { promiseOfPeer } from '../calls/promises.js';
import { systemCallee, systemMembers } from '../system/members.js';
import { endWith } from './end-with.js';
import type { IncomingStream } from './incoming-stream.js';

/** Returns the program's object for a received stream. */
export function presentStream(stream: IncomingStream, kind: StreamKind, calls: CallSender): object {
  if (kind === 'web') return readable(stream);
  const shown = kind === 'steps' ? new SteppedStream(stream, calls) : new ReceivedStream(stream);
  stream.readBy(shown);
  return shown;
}

/** A received stream: iterate it once; leaving the loop stops the producer. */
class ReceivedStream implements AsyncGenerator<unknown, unknown, unknown> {
  readonly #stream: IncomingStream;
  #begun = false;

  constructor(stream: IncomingStream) {
    this.#stream = stream;
  }

  /** After the last item, `value` is the return value of the producer's generator. */
  next(value?: unknown): Promise<IteratorResult<unknown>> {
    // The argument of the first `next` is never visible to a generator.
    if (value !== undefined && this.#begun) {
      const text = 'this stream sends its items ahead: set the call option steps to pass values to its generator';
      return promiseOfPeer(Promise.reject(new NetronError('failed_precondition', text)));
    }
    this.#begun = true;
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

  [endWith](signal: AbortSignal): void {
    this.#stream.endWith(signal);
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

/** A received generator that advances only when an item is requested. */
class SteppedStream implements AsyncGenerator<unknown, unknown, unknown> {
  readonly #stream: IncomingStream;
  readonly #calls: CallSender;

  constructor(stream: IncomingStream, calls: CallSender) {
    this.#stream = stream;
    this.#calls = calls;
  }

  next(value?: unknown): Promise<IteratorResult<unknown>> {
    return promiseOfPeer(this.#step(false, value));
  }

  async return(): Promise<IteratorResult<unknown>> {
    this.#stream.stop();
    return { done: true, value: undefined };
  }

  throw(error: unknown): Promise<IteratorResult<unknown>> {
    return promiseOfPeer(this.#stream.over ? Promise.reject(error) : this.#step(true, error));
  }

  [endWith](signal: AbortSignal): void {
    this.#stream.endWith(signal);
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

  async #step(thrown: boolean, value: unknown): Promise<IteratorResult<unknown>> {
    const args = [this.#stream.id, thrown, value];
    if (!this.#stream.over) await this.#calls.call(systemCallee(systemMembers.step, 'step'), args);
    return this.#stream.next(this);
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
  // Not the `ReadableStream` itself, which browsers may collect while its reader is in use.
  stream.readBy(source);
  // No read-ahead here: the credit of the link limits what is in flight.
  const shown = new ReadableStream<unknown>(source, { highWaterMark: 0 });
  return Object.defineProperty(shown, endWith, { value: (signal: AbortSignal) => stream.endWith(signal) });
}
