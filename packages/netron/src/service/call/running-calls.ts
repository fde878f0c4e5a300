/**
 * Calls of one caller that have begun and not ended, and the streams that they have returned: limits their number and aborts
 * them at their deadlines.
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
  readonly inFlight: Pick<InFlight, 'add' | 'delete' | 'leave' | 'collects'>;
}

/** A stream that a call has returned to a reader in this process. The object must reference the stream weakly. */
export interface ReturnedStream {
  /** Name of its call, as `service.method`. */
  readonly name: string;
  /** Ends the stream: no reader waits for it any more. */
  cancel(reason: NetronError): void;
}

/** Notified when a caller begins to have calls or streams, and when the last of them has ended. */
export interface CallsListener {
  began(calls: RunningCalls): void;
  ended(): void;
}

export class RunningCalls implements Ticking {
  tickerPlace = notTicking;
  readonly #calls = new IdTable<CallContext>();
  readonly #node: RunningCallsNode;
  readonly #listener: CallsListener | undefined;
  /** Streams that are being read. Absent until there is one. */
  #streams: Set<ReturnedStream> | undefined;
  /** Number of calls that have a deadline. */
  #bounded = 0;
  /** Whether the calls were abandoned, so that no caller waits for any of them. */
  #abandoned = false;

  constructor(node: RunningCallsNode, listener?: CallsListener) {
    this.#node = node;
    this.#listener = listener;
  }

  get size(): number {
    return this.#calls.size;
  }

  /** Whether a stream that nobody references any more ends. */
  get collects(): boolean {
    return this.#node.inFlight.collects;
  }

  /** Names of calls and streams, as `service.method`. */
  get names(): string[] {
    const calls = [...this.#calls.values()].map(({ service, method }) => `${service}.${method}`);
    return [...calls, ...[...(this.#streams ?? [])].map(({ name }) => name)];
  }

  get(id: number): CallContext | undefined {
    return this.#calls.get(id);
  }

  /** Returns the reason why no further call is accepted; `undefined` while there is room. */
  get refusal(): NetronError | undefined {
    const limit = this.#node.limits.calls;
    if (this.#calls.size < limit) return undefined;
    return new NetronError('resource_exhausted', `${limit} calls are already in flight`, { retryAfterMs: 100 });
  }

  /** @param call whose number no other call in flight has */
  add(call: CallContext): void {
    if (this.#abandoned) {
      this.#node.inFlight.add();
      return this.#leave(call);
    }
    if (!this.#calls.add(call.id, call)) return;
    call.answered = false;
    this.#node.inFlight.add();
    if (this.#all === 1) this.#listener?.began(this);
    if (call.expires === Infinity) return;
    this.#bounded += 1;
    this.#node.deadlines.add(this);
  }

  /** Removes a call that was answered. The node counts it as in flight until its method has ended. */
  delete(call: CallContext): void {
    if (this.#abandoned) return call.partEnded();
    if (this.#calls.delete(call.id) === undefined) return;
    if (call.expires !== Infinity) this.#bounded -= 1;
    if (this.#all === 0) this.#listener?.ended();
    call.answered = true;
    if (call.working > 0) call.over = this.#node.inFlight.leave(call);
    else this.#node.inFlight.delete();
  }

  /** Counts a call that nobody waits for until all of its parts have ended, including its answer. */
  #leave(call: CallContext): void {
    call.working += 1;
    call.over = this.#node.inFlight.leave(call);
  }

  /** Adds a stream that is being read; returns a function to call when it has ended. */
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

  /** Aborts all calls and streams, present and future. Calls stay in flight until their methods have ended; streams end at once. */
  abandon(reason: string): void {
    this.#abandoned = true;
    for (const call of this.#calls.values()) {
      this.#leave(call);
      call.abort(new NetronError('canceled', reason));
    }
    for (const stream of this.#streams ?? []) stream.cancel(new NetronError('canceled', reason));
    const streams = this.#streams?.size ?? 0;
    this.#calls.clear();
    this.#streams?.clear();
    this.#bounded = 0;
    this.#node.deadlines.remove(this);
    if (streams > 0) this.#node.inFlight.delete(streams);
  }

  get #all(): number {
    return this.#calls.size + (this.#streams?.size ?? 0);
  }
}
