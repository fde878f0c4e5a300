import { isThenable } from '../util/is-thenable.js';
import type { Call, Handler } from './call.js';
import { originalCall } from './derived-call.js';

/** Notified once of the end of a call. Its methods do not throw. */
export interface CallEnd {
  succeeded(): void;
  failed(error: unknown): void;
}

/** Key, on calls that support it, for the watchers of the call's end: several watchers then share one reaction to its promise. */
export const ends: unique symbol = Symbol('ends');

/**
 * Passes `call` to `next` and notifies `end` when the call has ended. The result is returned unchanged: a synchronous call stays
 * synchronous, and the promise of a call keeps its additional members.
 */
export function watchCall(next: Handler, call: Call, end: CallEnd): unknown {
  let result: unknown;
  try {
    result = next(call);
  } catch (error) {
    end.failed(error);
    throw error;
  }
  if (isThenable(result)) watchResult(result, originalCall(call), end);
  else end.succeeded();
  return result;
}

function watchResult(result: PromiseLike<unknown>, call: Call & { [ends]?: CallEnds | undefined }, end: CallEnd): void {
  // Middleware closer to the member may already watch the same promise.
  if (call[ends]?.of === result) return call[ends].add(end);
  const all = new CallEnds(result, end);
  if (ends in call) call[ends] = all;
}

/** Watchers of one promise, notified in the order in which they were added. */
export class CallEnds {
  readonly of: PromiseLike<unknown>;
  readonly #first: CallEnd;
  #others: CallEnd[] | undefined = undefined;

  constructor(of: PromiseLike<unknown>, first: CallEnd) {
    this.of = of;
    this.#first = first;
    of.then(
      () => {
        this.#first.succeeded();
        for (const end of this.#others ?? []) end.succeeded();
      },
      (error: unknown) => {
        this.#first.failed(error);
        for (const end of this.#others ?? []) end.failed(error);
      },
    );
  }

  add(end: CallEnd): void {
    if (this.#others === undefined) this.#others = [end];
    else this.#others.push(end);
  }
}
