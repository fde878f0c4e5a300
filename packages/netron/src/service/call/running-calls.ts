/**
 * Calls of one caller that have begun and not ended: receives them from the door they came through, bounds their number,
 * ends them by their deadlines.
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

/** Hears when a caller begins to have calls in flight, and when the last of them has ended. */
export interface CallsListener {
  began(calls: RunningCalls): void;
  ended(): void;
}

export class RunningCalls implements Ticking {
  tickerPlace = notTicking;
  readonly #calls = new IdTable<CallContext>();
  readonly #node: RunningCallsNode;
  readonly #listener: CallsListener | undefined;
  /** Number of those that have a deadline. */
  #bounded = 0;

  constructor(node: RunningCallsNode, listener?: CallsListener) {
    this.#node = node;
    this.#listener = listener;
  }

  get size(): number {
    return this.#calls.size;
  }

  /** Their names, as `service.method`. */
  get names(): string[] {
    return [...this.#calls.values()].map(({ service, method }) => `${service}.${method}`);
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
    if (this.#calls.size === 1) this.#listener?.began(this);
    if (call.expires === Infinity) return;
    this.#bounded += 1;
    this.#node.deadlines.add(this);
  }

  delete(call: CallContext): void {
    if (this.#calls.delete(call.id) === undefined) return;
    if (call.expires !== Infinity) this.#bounded -= 1;
    if (this.#calls.size === 0) this.#listener?.ended();
    this.#node.inFlight.delete();
  }

  tick(now: number): boolean {
    if (this.#bounded > 0) for (const call of this.#calls.values()) if (call.expires <= now) call.abort(call.tooLate());
    return this.#bounded > 0;
  }

  /** Aborts all of them and forgets them: nobody waits for any. */
  abandon(reason: string): void {
    for (const call of this.#calls.values()) call.abort(new NetronError('canceled', reason));
    const { size } = this.#calls;
    this.#calls.clear();
    this.#bounded = 0;
    this.#node.deadlines.remove(this);
    this.#node.inFlight.delete(size);
  }
}
