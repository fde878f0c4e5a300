/**
 * Streams within the process: wraps the stream that a member has returned, so that its steps run as part of the call and
 * its reader gets an error when the signal of the call is aborted or the node stops.
 */
import { type Deferred, deferred } from '../../util/deferred.js';
import { checkedStep } from '../../util/iterate.js';
import { onAbort } from '../../util/on-abort.js';
import { quietly } from '../../util/quietly.js';
import type { CallContext } from './context.js';
import { runInCall } from './running-call.js';
import type { RunningCalls } from './running-calls.js';
import { isStreamSource, type StreamSource, streamSource } from './stream-source.js';

/** Aborts a call for the reason of its signal; returns the error for the reader of its stream. */
export type AbortCall = (call: CallContext, reason: unknown) => Error;

/** Releases the resources of streams that were garbage-collected before their end. */
const forgotten = new FinalizationRegistry<() => void>((end) => end());

/**
 * Returns the result of a call for a caller in this process. A stream is wrapped: its steps are part of the call, which counts among
 * `calls` while the stream is being read, and it ends with `signal`. Any other result is returned unchanged. As over a connection, web
 * streams and Node streams become web streams, all others generators.
 *
 * @throws TypeError for a result of a stream method that is not iterable
 */
export function streamOf(
  call: CallContext,
  result: unknown,
  signal: AbortSignal | undefined,
  calls: RunningCalls,
  abort: AbortCall,
): unknown {
  if (typeof result !== 'object' || result === null) return result;
  const generates = 'next' in result && typeof result.next === 'function';
  if (call.member.kind !== 'stream' && !isStreamSource(result)) return result;
  call.streams();
  const taken = generates ? undefined : streamSource(result, call);
  const shown = new CallStream(call, taken === undefined ? (result as Source) : sourceOf(taken), calls, abort);
  if (signal !== undefined) shown.endWith(signal);
  if (taken?.kind === 'web') return webStreamOf(shown);
  return taken?.fields === undefined ? shown : Object.assign(shown, taken.fields);
}

/** Returns a source that was taken over as an iterator. */
function sourceOf(taken: StreamSource): Source {
  return {
    next: async () => checkedStep(await taken.next()),
    async return(value) {
      taken.close();
      return { done: true, value };
    },
    ...(taken.takesErrors && { throw: async (value: unknown) => checkedStep(await taken.step({ thrown: true, value })) }),
  };
}

/** Returns a stream as a web stream, which reads an item only on demand. */
function webStreamOf(stream: CallStream): ReadableStream<unknown> {
  return new ReadableStream(
    {
      async pull(controller) {
        const { done, value } = await stream.next();
        if (done === true) controller.close();
        else controller.enqueue(value);
      },
      cancel: async () => void (await stream.return()),
    },
    { highWaterMark: 0 },
  );
}

type Step = IteratorResult<unknown, unknown>;
type Source = AsyncIterator<unknown, unknown, unknown> | Iterator<unknown, unknown, unknown>;

class CallStream implements AsyncGenerator<unknown, unknown, unknown> {
  readonly #call: CallContext;
  readonly #source: Source;
  readonly #abort: AbortCall;
  /** Calls among which the stream has to be counted; absent once it is. */
  #calls: RunningCalls | undefined;
  /** Steps that are still pending. */
  readonly #waiting = new Set<Deferred<Step>>();
  /** Functions that remove the listener of the signal and end the counting of the stream. */
  readonly #ends: (() => void)[] = [];
  #over = false;
  /** Error of the signal or of the node's stop, until a step reports it. */
  #failure: { readonly error: unknown } | undefined;

  constructor(call: CallContext, source: Source, calls: RunningCalls, abort: AbortCall) {
    this.#call = call;
    this.#source = source;
    this.#abort = abort;
    this.#calls = calls;
  }

  /** Rejects the reader's step and ends the source when `signal` is aborted. */
  endWith(signal: AbortSignal): void {
    const held = new WeakRef(this);
    this.#endBy(
      onAbort(signal, (reason) => {
        const stream = held.deref();
        if (stream !== undefined) stream.#cancel(stream.#abort(stream.#call, reason));
      }),
    );
  }

  next(...given: [] | [unknown]): Promise<Step> {
    this.#count();
    return this.#step(() => this.#source.next(...given));
  }

  async throw(error: unknown): Promise<Step> {
    const source = this.#source;
    if (source.throw !== undefined && !this.#over) return this.#step(() => (source.throw as NonNullable<Source['throw']>)(error));
    // A source without `throw` is ended instead, as when its reader leaves.
    if (!this.#over) await this.return();
    throw error;
  }

  /** Ends the stream because its reader leaves, and aborts the call. */
  async return(value?: unknown): Promise<Step> {
    if (!this.#over) this.#abort(this.#call, undefined);
    this.#end();
    return (await this.#run(() => this.#source.return?.(value))) ?? { done: true, value };
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.return();
  }

  get [Symbol.toStringTag](): string {
    return 'AsyncGenerator';
  }

  /** Counts the stream from its first step on: a stop of the node waits for it, and ends it when the time is up. */
  #count(): void {
    const calls = this.#calls;
    if (calls === undefined || this.#over) return;
    this.#calls = undefined;
    const { service, method } = this.#call;
    const held = new WeakRef(this);
    this.#endBy(
      calls.reading({
        name: `${service}.${method}`,
        cancel: (reason) => {
          const stream = held.deref();
          if (stream === undefined) return;
          stream.#call.abort(reason);
          stream.#cancel(reason);
        },
      }),
    );
  }

  /** Calls `end` when the stream ends or is garbage-collected; `end` must not reference the stream. */
  #endBy(end: () => void): void {
    this.#ends.push(end);
    if (this.#calls?.collects !== false) forgotten.register(this, end, this);
  }

  #run<T>(go: () => T): T {
    return runInCall(this.#call, go, undefined);
  }

  #step(go: () => Promise<Step> | Step): Promise<Step> {
    if (this.#failure !== undefined) {
      const { error } = this.#failure;
      this.#failure = undefined;
      return Promise.reject(error);
    }
    if (this.#over) return Promise.resolve({ done: true, value: undefined });
    const answer = deferred<Step>();
    this.#waiting.add(answer);
    this.#answer(answer, go).then(answer.resolve, answer.reject);
    return answer.promise;
  }

  async #answer(answer: Deferred<Step>, go: () => Promise<Step> | Step): Promise<Step> {
    try {
      const step = await this.#run(go);
      if (step.done === true) this.#end();
      return step;
    } catch (error) {
      this.#end();
      throw error;
    } finally {
      this.#waiting.delete(answer);
    }
  }

  #cancel(error: Error): void {
    this.#end();
    const waiting = [...this.#waiting];
    if (waiting.length === 0) this.#failure = { error };
    for (const answer of waiting) answer.reject(error);
    void quietly(() => this.#run(() => this.#source.return?.()));
  }

  #end(): void {
    if (this.#over) return;
    this.#over = true;
    for (const end of this.#ends) end();
    forgotten.unregister(this);
  }
}
