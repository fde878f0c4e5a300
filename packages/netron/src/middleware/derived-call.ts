import type { Clock } from '../util/clock.js';
import type { Call, CallPeer, TraceContext } from './call.js';

/** Properties that a derived call may replace. */
export interface CallChanges {
  /** Positional arguments instead of the call's own. */
  readonly args?: unknown[];
  /** Deadline in milliseconds on the monotonic clock. */
  readonly deadline?: number;
  /** Retries so far. */
  readonly attempt?: number;
  /** Returns the signal. Called at most once, when the signal is first read. */
  readonly signal?: () => AbortSignal;
  /** Returns the reason why no caller waits for the call any more; `undefined` while one does. Called before its member begins. */
  readonly over?: () => unknown;
}

/**
 * Returns a call like `call` with some fields changed, to pass to `next`; `call` itself is unchanged. Other fields are read
 * from and written to the original, so that fields that are created on first read still cost nothing.
 */
export function deriveCall(call: Call, changes: CallChanges): Call {
  return new DerivedCall(call, changes);
}

/** Returns the call that `call` was derived from, or itself: the one object that represents the call at every stage. */
export function originalCall(call: Call): Call {
  return call instanceof DerivedCall ? originalCall(call.original) : call;
}

/** Returns the reason why no caller waits for a derived call, or for one that it was derived from, any more; `undefined` while one does. */
export function overBefore(call: Call): unknown {
  return call instanceof DerivedCall ? (call.over ?? overBefore(call.original)) : undefined;
}

class DerivedCall implements Call {
  readonly #call: Call;
  readonly #changes: CallChanges;
  #signal: AbortSignal | undefined;

  constructor(call: Call, changes: CallChanges) {
    this.#call = call;
    this.#changes = changes;
  }

  get original(): Call {
    return this.#call;
  }
  get over(): unknown {
    return this.#changes.over?.();
  }
  get service(): string {
    return this.#call.service;
  }
  get version(): string {
    return this.#call.version;
  }
  get method(): string {
    return this.#call.method;
  }
  get args(): unknown[] {
    return this.#changes.args ?? this.#call.args;
  }
  get peer(): CallPeer {
    return this.#call.peer;
  }
  get headers(): Record<string, string> {
    return this.#call.headers;
  }
  get clock(): Clock {
    return this.#call.clock;
  }
  get deadline(): number | undefined {
    return this.#changes.deadline ?? this.#call.deadline;
  }
  get signal(): AbortSignal {
    this.#signal ??= this.#changes.signal?.() ?? this.#call.signal;
    return this.#signal;
  }
  get attempt(): number {
    return this.#changes.attempt ?? this.#call.attempt ?? 0;
  }
  get trace(): TraceContext | undefined {
    return this.#call.trace;
  }
  get user(): unknown {
    return this.#call.user;
  }
  set user(user: unknown) {
    this.#call.user = user;
  }
  get span(): unknown {
    return this.#call.span;
  }
  set span(span: unknown) {
    this.#call.span = span;
  }
  get state(): Map<unknown, unknown> {
    return this.#call.state;
  }
}
