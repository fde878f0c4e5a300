/**
 * Calls of one caller that have begun and not ended, and streams that they have returned: receives them from the door they
 * came through, bounds their number, ends them by their deadlines.
 */
import { NetronError } from '../../errors/netron-error.js';
import { IdTable } from '../../util/id-table.js';
import type { InFlight } from '../../util/in-flight.js';
import { notTicking, type Ticker, type Ticking } from '../../util/ticker.js';
import type { CallContext } from './context.js';

/** Members of a node that its running calls use. */
export interface RunningCallsNode {
  readonly deadlines: Ticker;
  readonly limits: { readonly calls: number };
  readonly inFlight: Pick<InFlight, 'add' | 'delete'>;
}

/** A stream that a call has returned to somebody in this process; whoever makes this holds the stream weakly. */
export interface ReturnedStream {
  /** Name of its call, as `service.method`. */
  readonly name: string;
  /** Ends it: nobody waits for it any more. */
  cancel(reason: NetronError): void;
}

/** Hears when a caller begins to have calls or streams, and when the last of them has ended. */
export interface CallsListener {
  began(calls: RunningCalls): void;
  ended(): void;
}

export class RunningCalls implements Ticking {
  tickerPlace = notTicking;
  readonly #calls = new IdTable<CallContext>();
  readonly #node: RunningCallsNode;
  readonly #listener: CallsListener | undefined;
  /** Streams that are being read. Absent while there was none. */
  #streams: Set<ReturnedStream> | undefined;
  /** Number of calls that have a deadline. */
  #bounded = 0;

  constructor(node: RunningCallsNode, listener?: CallsListener) {
    this.#node = node;
    this.#listener = listener;
  }

  get size(): number {
    return this.#calls.size;
  }

  /** Names of calls and streams, as `service.method`. */
  get names(): string[] {
    const calls = [...this.#calls.values()].map(({ service, method }) => `${service}.${method}`);
    return [...calls, ...[...(this.#streams ?? [])].map(({ name }) => name)];
  }

  get(id: number): CallContext | undefined {
    return this.#calls.get(id);
  }

  /** Returns why no further call is taken; `undefined` while there is room. */
  get refusal(): NetronError | undefined {
    const limit = this.#node.limits.calls;
    if (this.#calls.size < limit) return undefined;
    return new NetronError('resource_exhausted', `${limit} calls are in flight already`, { retryAfterMs: 100 });
  }

  /** @param call with a number that no other call in flight has */
  add(call: CallContext): void {
    if (!this.#calls.add(call.id, call)) return;
    this.#node.inFlight.add();
    if (this.#all === 1) this.#listener?.began(this);
    if (call.expires === Infinity) return;
    this.#bounded += 1;
    this.#node.deadlines.add(this);
  }

  delete(call: CallContext): void {
    if (this.#calls.delete(call.id) === undefined) return;
    if (call.expires !== Infinity) this.#bounded -= 1;
    if (this.#all === 0) this.#listener?.ended();
    this.#node.inFlight.delete();
  }

  /** A stream is being read; returns what says that it has ended. */
  reading(stream: ReturnedStream): () => void {
    this.#streams ??= new Set();
    this.#streams.add(stream);
    this.#node.inFlight.add();
    if (this.#all === 1) this.#listener?.began(this);
    return () => {
      if (this.#streams?.delete(stream) !== true) return;
      if (this.#all === 0) this.#listener?.ended();
      this.#node.inFlight.delete();
    };
  }

  tick(now: number): boolean {
    if (this.#bounded > 0) for (const call of this.#calls.values()) if (call.expires <= now) call.abort(call.tooLate());
    return this.#bounded > 0;
  }

  /** Aborts all of them and forgets them: nobody waits for any. */
  abandon(reason: string): void {
    for (const call of this.#calls.values()) call.abort(new NetronError('canceled', reason));
    for (const stream of this.#streams ?? []) stream.cancel(new NetronError('canceled', reason));
    const size = this.#all;
    this.#calls.clear();
    this.#streams?.clear();
    this.#bounded = 0;
    this.#node.deadlines.remove(this);
    this.#node.inFlight.delete(size);
  }

  get #all(): number {
    return this.#calls.size + (this.#streams?.size ?? 0);
  }
}
