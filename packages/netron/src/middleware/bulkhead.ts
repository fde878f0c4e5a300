import { NetronError } from '../errors/netron-error.js';
import { withOutcome } from '../errors/outcome.js';
import { checkValues } from '../util/check-values.js';
import type { Clock } from '../util/clock.js';
import { onAbort } from '../util/on-abort.js';
import { onlyOptions } from '../util/only-options.js';
import type { Call, Handler } from './call.js';
import { canceledCall } from './canceled-call.js';
import { memberKeys } from './failure.js';
import { givenText } from './given-text.js';
import type { MemberInfo } from './member.js';
import { type BulkheadOptions, bulkheadChecks } from './policy-options.js';
import { type CallEnd, watchCall } from './watch-call.js';

/** Options of the middleware `bulkhead`. */
export interface BulkheadMiddlewareOptions extends BulkheadOptions {
  /** Returns the key of a call: calls with the same key share a limit. Default: service and method. */
  key?: (call: Call) => string;
  /** Default: the node's clock. */
  clock?: Clock;
}

const names: Readonly<Record<keyof BulkheadMiddlewareOptions, unknown>> = { ...bulkheadChecks, key: true, clock: true };

/**
 * Isolates calls of one kind from the others: a number of them run concurrently, a number wait in order, and more are
 * refused with `resource_exhausted`. Waiting ends when the call's signal is aborted.
 *
 * @throws RangeError when an option is not a whole number from 0, or `concurrent` is 0; TypeError for unknown options
 */
export function bulkhead(options: BulkheadMiddlewareOptions = {}): (next: Handler, member?: MemberInfo) => Handler {
  onlyOptions('bulkhead', options, names);
  checkValues<BulkheadOptions>('bulkhead', options, bulkheadChecks);
  const { concurrent = 100, queue = 100, key: given, clock } = options;
  const compartments = new Map<string, Compartment>();
  return (next, member) => {
    const key = given === undefined ? memberKeys(member) : (call: Call) => givenText('the key of a bulkhead', given(call));
    return (call) => {
      const name = key(call);
      let compartment = compartments.get(name);
      if (compartment === undefined) {
        compartment = new Compartment(name, { concurrent, queue }, clock, () => compartments.delete(name));
        compartments.set(name, compartment);
      }
      return compartment.run(next, call);
    };
  };
}

interface Waiting {
  start: () => void;
}

/** Running and waiting calls of one key; removed when the last call has ended. */
class Compartment implements CallEnd {
  readonly #name: string;
  readonly #limits: Required<BulkheadOptions>;
  readonly #clock: Clock | undefined;
  readonly #empty: () => void;
  /** Calls that wait for their turn, in order. */
  readonly #waiting = new Set<Waiting>();
  #active = 0;

  constructor(name: string, limits: Required<BulkheadOptions>, clock: Clock | undefined, empty: () => void) {
    this.#name = name;
    this.#limits = limits;
    this.#clock = clock;
    this.#empty = empty;
  }

  run(next: Handler, call: Call): unknown {
    if (this.#active < this.#limits.concurrent) {
      this.#active += 1;
      return watchCall(next, call, this);
    }
    const { concurrent, queue } = this.#limits;
    if (this.#waiting.size >= queue) {
      const message = `'${this.#name}': ${concurrent} calls are running and ${queue} are waiting (bulkhead)`;
      throw withOutcome(new NetronError('resource_exhausted', message, { details: { concurrent, queue } }), 'not_run');
    }
    if (call.signal.aborted) throw canceledCall(call, call.signal.reason);
    return this.#wait(next, call);
  }

  succeeded(): void {
    this.#next();
  }

  failed(): void {
    this.#next();
  }

  #wait(next: Handler, call: Call): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const leave = this.#limitWait(call, (reason) => {
        this.#waiting.delete(waiting);
        reject(reason);
      });
      const start = (): void => {
        leave();
        try {
          resolve(watchCall(next, call, this));
        } catch (error) {
          reject(error);
        }
      };
      const waiting: Waiting = { start };
      this.#waiting.add(waiting);
    });
  }

  /** Calls `giveUp` when the call is canceled or its time is over; returns a function that ends this. */
  #limitWait(call: Call, giveUp: (reason: unknown) => void): () => void {
    const clock = this.#clock ?? call.clock;
    let timer: unknown;
    const unlink = onAbort(call.signal, (reason) => {
      clock.clearTimeout(timer);
      giveUp(canceledCall(call, reason));
    });
    if (call.deadline !== undefined) {
      const expire = (): void => {
        unlink();
        const message = `'${this.#name}': the deadline passed in the queue (bulkhead)`;
        giveUp(withOutcome(new NetronError('deadline_exceeded', message), 'not_run'));
      };
      timer = clock.setTimeout(expire, Math.max(0, call.deadline - clock.now()));
    }
    return () => {
      unlink();
      clock.clearTimeout(timer);
    };
  }

  /** Called when a call has ended: starts the call that has waited longest. */
  #next(): void {
    for (const first of this.#waiting) {
      this.#waiting.delete(first);
      first.start();
      return;
    }
    this.#active -= 1;
    if (this.#active === 0) this.#empty();
  }
}
