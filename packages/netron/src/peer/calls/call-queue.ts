/** Queue of calls that wait to be sent, in order. Expires those whose deadline passes. */
import { NetronError } from '../../errors/netron-error.js';
import type { CallContext } from '../../service/call/context.js';
import type { CallOptions } from '../../service/call/options.js';
import { Fifo } from '../../util/fifo.js';
import type { LinkParts } from '../link/link-parts.js';
import { abortedBefore, whenAborted } from './call-bounds.js';
import { canceledBy, failCall, nameOf, notSent } from './call-failures.js';
import type { CallWatcher } from './call-sender.js';
import type { Callee, CallTarget } from './callee.js';
import type { Settler } from './promises.js';

/** Most waiting calls; further ones fail with `resource_exhausted`. */
const maxWaiting = 65_536;

/** A call that waits to be sent. */
export interface WaitingCall extends Settler {
  readonly callee: Callee;
  readonly args: unknown[] | undefined;
  readonly options: CallOptions | undefined;
  readonly watcher: CallWatcher | undefined;
  readonly promise: Promise<unknown>;
  /** The parent call. */
  readonly parent: CallContext | undefined;
  /** Monotonic milliseconds. */
  readonly deadline: number;
}

/** A waiting call and the listeners that end its wait. */
interface Queued extends WaitingCall {
  settle: (() => void) | undefined;
  canceled: boolean;
}

/** The members of the outgoing calls that their queue uses. */
export interface QueueingCalls {
  /** Number of calls that wait for an answer. */
  readonly inFlight: number;
  /** Closes the streams in arguments that will not be sent. */
  discard(args: unknown[] | undefined): void;
}

export class CallQueue {
  readonly #calls: QueueingCalls;
  readonly #parts: Pick<LinkParts, 'promises' | 'streams'>;
  readonly #waiting = new Fifo<Queued>();
  /** Reason why no more calls are accepted. */
  #sealed: string | undefined;

  constructor(calls: QueueingCalls, parts: Pick<LinkParts, 'promises' | 'streams'>) {
    this.#calls = calls;
    this.#parts = parts;
  }

  get size(): number {
    return this.#waiting.size;
  }

  /** Whether a call may be sent without waiting: the queue is empty, and calls are accepted. */
  get open(): boolean {
    return this.#waiting.size === 0 && this.#sealed === undefined;
  }

  /** Returns the error for a further call when it may not wait. */
  refusal(target: CallTarget): NetronError | undefined {
    if (this.#sealed !== undefined) return new NetronError('unavailable', `${nameOf(target)}: ${this.#sealed}`);
    if (this.#waiting.size < maxWaiting) return undefined;
    return new NetronError('resource_exhausted', `${nameOf(target)}: ${maxWaiting} calls are already waiting`);
  }

  /**
   * Queues a call until it is taken, canceled or late.
   *
   * @param parent the parent call
   * @param deadline monotonic milliseconds
   */
  push(
    callee: Callee,
    args: unknown[] | undefined,
    options: CallOptions | undefined,
    watcher: CallWatcher | undefined,
    parent: CallContext | undefined,
    deadline: number,
  ): Promise<unknown> {
    const settler: Settler = { resolve: () => {}, reject: () => {} };
    const promise = this.#parts.promises.make(settler, undefined, 0);
    const facts = { callee, args, options, watcher, promise, parent, deadline };
    const call: Queued = { ...settler, ...facts, settle: undefined, canceled: false };
    this.#parts.streams.guard(args);
    call.settle = whenAborted(options, parent, (reason) => {
      const late = NetronError.is(reason, 'deadline_exceeded');
      this.#giveUp(call, late ? notSent(callee, this.#calls.inFlight) : canceledBy(callee, reason));
    });
    // A handle that is released while the call waits could be reused.
    callee.reference?.pin();
    this.#waiting.push(call);
    return promise;
  }

  /** Takes the call that has waited longest. The sender must unpin its reference. */
  next(): WaitingCall | undefined {
    for (;;) {
      const call = this.#waiting.shift();
      if (call === undefined) return undefined;
      if (call.canceled) continue;
      const over = abortedBefore(call.callee, call.options, call.parent);
      if (over !== undefined) {
        this.#giveUp(call, over);
        continue;
      }
      call.settle?.();
      return call;
    }
  }

  /** Fails calls whose deadline has passed. */
  expire(now: number): void {
    for (const call of this.#waiting) {
      if (call.deadline <= now && !call.canceled) this.#giveUp(call, notSent(call.callee, this.#calls.inFlight));
    }
    this.#waiting.retain((call) => !call.canceled);
  }

  /** Accepts no more calls; the waiting ones continue. */
  seal(reason: string): void {
    this.#sealed = reason;
  }

  /** Fails all waiting calls and accepts no more. */
  close(reason: string): void {
    this.#sealed = reason;
    for (let call = this.#waiting.shift(); call !== undefined; call = this.#waiting.shift()) {
      if (call.canceled) continue;
      this.#giveUp(call, new NetronError('unavailable', `${nameOf(call.callee)}: ${reason}`));
    }
  }

  #giveUp(call: Queued, error: NetronError): void {
    call.canceled = true;
    call.settle?.();
    call.callee.reference?.unpin();
    failCall(call, error, 'not_run');
    this.#calls.discard(call.args);
  }
}
