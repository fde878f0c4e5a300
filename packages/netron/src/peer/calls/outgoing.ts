/**
 * Calls that this node makes over one link: passes packets to the outbox, and results to promises. The number in flight is limited by
 * the other end; further calls are queued.
 *
 * One state machine: a call *waits* for a place, is *sent*, and *ends* by its result, its error, its deadline, its caller or the link. A
 * canceled call keeps its place until the other end has answered. Every end frees the slot and sends the next waiting call.
 */
import { NetronError } from '../../errors/netron-error.js';
import type { CallOutcome } from '../../errors/outcome.js';
import { nameCall } from '../../errors/remote-stack.js';
import type { CallPeer } from '../../middleware/call.js';
import type { CallContext } from '../../service/call/context.js';
import { currentCall } from '../../service/call/current-call.js';
import { type CallOptions, timeOf } from '../../service/call/options.js';
import { LazyMap } from '../../util/lazy-map.js';
import { notTicking, type Ticking } from '../../util/ticker.js';
import type { Limits } from '../../wire/limits.js';
import { flags, writeCancel, writeDrop } from '../../wire/packets.js';
import { failureOf, type Received } from '../../wire/received.js';
import type { LinkParts } from '../link/link-parts.js';
import type { Outbox } from '../link/outbox.js';
import type { NodeBasis } from '../node-role.js';
import { endSettledWith } from '../streams/end-with.js';
import { requests } from '../tracing.js';
import { abortedBefore, deadlineOf, headerOf, whenAborted } from './call-bounds.js';
import { calledInside, canceledBy, failCall, failedBefore, nameOf, tookTooLong } from './call-failures.js';
import { writeRequest } from './call-packet.js';
import type { CallPromise } from './call-promise.js';
import { CallQueue } from './call-queue.js';
import type { CallResults } from './call-results.js';
import type { CallSender, CallWatcher } from './call-sender.js';
import type { Callee } from './callee.js';
import type { OutgoingChain } from './outgoing-chain.js';
import { type PendingCall, PendingCalls } from './pending.js';

/** Shorter timeouts use the real time: the ticker's may be late by as long as the event loop was busy. */
const preciseBelow = 10_000;

type CallParts = Pick<LinkParts, 'observe' | 'pipelining' | 'promises' | 'streams'>;

/** The members of the link that outgoing calls use. */
export interface CallingLink {
  readonly node: Pick<NodeBasis, 'id' | 'clock' | 'deadlines' | 'requestTimeout'> & { readonly parts: CallParts };
  readonly outbox: Pick<Outbox, 'amend' | 'behind' | 'full' | 'holds' | 'packet' | 'send' | 'watchers' | 'writer' | 'writing'>;
  /** Most concurrent calls that the other end accepts. */
  readonly accepted: Pick<Limits, 'calls'>;
  readonly owner: CallPeer & { readonly outgoingChain: OutgoingChain | undefined };
  readonly outgoingHandles: { nameOf: ((promise: CallPromise) => number | undefined) | undefined };
  /** Reports a failure that no caller awaits. */
  reportError(error: unknown): void;
}

export class OutgoingCalls implements Ticking, CallSender {
  tickerPlace = notTicking;
  readonly #pending = new PendingCalls();
  readonly #link: CallingLink;
  readonly #outbox: CallingLink['outbox'];
  readonly #queue: CallQueue;
  readonly #parts: CallParts;
  readonly #results: CallResults | undefined;
  /** Canceled calls that the other end has not answered yet: they keep their places there. */
  readonly #canceled = new LazyMap<number, true>();

  constructor(link: CallingLink) {
    this.#link = link;
    this.#outbox = link.outbox;
    this.#parts = link.node.parts;
    this.#queue = new CallQueue(this, this.#parts);
    this.#results = link.node.parts.pipelining?.(link, this.#pending, this);
  }

  /** Number of calls sent or waiting. */
  get size(): number {
    return this.sent + this.waiting;
  }

  /** Number of calls that have not been answered. */
  get sent(): number {
    return this.#pending.size;
  }

  /** Number of calls that occupy a place at the other end. */
  get inFlight(): number {
    return this.#pending.size + this.#canceled.size;
  }

  /** Number of calls that wait for a place. */
  get waiting(): number {
    return this.#queue.size;
  }

  /**
   * Sends a call, or queues it while the other end accepts no more. Failures reject the promise.
   *
   * @throws NetronError `invalid_argument` when called while a value is being written
   */
  call(callee: Callee, args: unknown[] | undefined, options?: CallOptions, watcher?: CallWatcher): Promise<unknown> {
    const observe = requests.active ? this.#parts.observe : undefined;
    if (observe === undefined) return this.sendOrWait(callee, args, options, watcher);
    return observe(this.#link, callee, args ?? [], options, (given) => this.sendOrWait(callee, args, given, watcher));
  }

  /** Handles a result. References in it belong to the called object. */
  result(id: number, value: unknown, received?: Received): void {
    const failure = failureOf(received);
    if (failure !== undefined) return this.error(id, failure, 'ran');
    const slot = this.#pending.find(id);
    if (slot === undefined) return this.#answered(id);
    const { resolve, watcher, callee } = slot;
    this.#end(slot);
    watcher?.answered(value);
    resolve(value);
    received?.transfer(callee.reference, nameOf(callee));
  }

  /** Handles an error. */
  error(id: number, error: Error, outcome: CallOutcome): void {
    const slot = this.#pending.find(id);
    if (slot === undefined) return this.#answered(id);
    const { resolve, reject, watcher, callee } = slot;
    this.#end(slot);
    nameCall(error, nameOf(callee));
    failCall({ resolve, reject, watcher }, error, outcome);
  }

  /** Continues when the outbox has room again. */
  drained(): void {
    this.#sendWaiting();
  }

  tick(now: number): boolean {
    for (const slot of this.#pending) if (slot.deadline <= now) this.#cancel(slot, tookTooLong(slot.callee));
    this.#queue.expire(now);
    this.#outbox.watchers?.changed();
    return this.size > 0;
  }

  /** Accepts no more calls; those sent or waiting for a place continue. */
  seal(reason: string): void {
    this.#queue.seal(reason);
  }

  /** Ends every call: the outcome of those sent is unknown; those that waited never ran. */
  close(reason: string, details?: Record<string, unknown>): void {
    for (const slot of this.#pending) {
      const cause = new NetronError('unavailable', reason);
      const text = `${nameOf(slot.callee)}: ${reason} before the result arrived`;
      this.#fail(slot, new NetronError('unknown_outcome', text, { cause, ...(details && { details }) }), 'unknown');
    }
    this.#queue.close(reason);
    this.#canceled.clear();
    this.#link.node.deadlines.remove(this);
  }

  /** Closes the streams in arguments that will not be sent. */
  discard(args: unknown[] | undefined): void {
    this.#parts.streams.discard(args, (error) => this.#link.reportError(error));
  }

  /** Whether the other end accepts no more calls at the moment. */
  get crowded(): boolean {
    return this.inFlight >= this.#link.accepted.calls;
  }

  /** Sends a call or queues it, without notifying observers. */
  sendOrWait(
    callee: Callee,
    args: unknown[] | undefined,
    options: CallOptions | undefined,
    watcher: CallWatcher | undefined,
  ): Promise<unknown> {
    const outbox = this.#outbox;
    const waits = this.crowded || !this.#queue.open || outbox.full || outbox.writing;
    return waits ? this.#wait(callee, args, options, watcher) : this.begin(callee, args, options, watcher, undefined);
  }

  /**
   * Sends a call at once; the caller has checked that there is a place.
   *
   * @param inherited deadline of the call whose result is called
   */
  begin(
    callee: Callee,
    args: unknown[] | undefined,
    options: CallOptions | undefined,
    watcher: CallWatcher | undefined,
    inherited: number | undefined,
  ): Promise<unknown> {
    const parent = currentCall();
    const over = abortedBefore(callee, options, parent);
    if (over !== undefined) return this.#refuse(args, watcher, over);
    const now = this.#now(options);
    const own = deadlineOf(now, inherited === undefined ? this.#link.node.requestTimeout : Infinity, options, parent);
    if (watcher !== undefined) watcher.parent = parent;
    const slot = this.#pending.acquire();
    const promise = this.#parts.promises.make(slot, this.#results, slot.id);
    slot.deadline = inherited === undefined ? own : Math.min(inherited, own);
    slot.header = headerOf(slot.deadline, now, options, parent);
    slot.callee = callee;
    slot.watcher = watcher;
    this.#send(slot, args, options, parent);
    return promise;
  }

  /** Sends the call of a slot whose callee, deadline, header and promise are set. */
  #send(slot: PendingCall, args: unknown[] | undefined, options: CallOptions | undefined, parent: CallContext | undefined): void {
    const { id } = slot;
    slot.flags = options?.signal === undefined ? 0 : flags.cancellable;
    slot.unsent = true;
    if (options?.signal !== undefined) endSettledWith(slot, options.signal);
    if (options?.signal !== undefined || parent !== undefined) {
      slot.settle = whenAborted(options, parent, (reason) => {
        const current = this.#pending.find(id);
        if (current !== undefined) this.#cancel(current, canceledBy(current.callee, reason));
      });
    }
    this.write(slot, args, options);
  }

  /** Writes the call of a slot. */
  write(slot: PendingCall, args: unknown[] | undefined, options: CallOptions | undefined): void {
    const { id } = slot;
    try {
      this.#outbox.send(writeRequest, slot, args, undefined, slot.callee);
      // The call may have been answered already, and the slot reused.
      if (slot.id === id) slot.unsent = false;
    } catch (error) {
      this.#notWritten(slot, id, args, options, error);
    }
  }

  /** Handles a call that could not be written. */
  #notWritten(
    slot: PendingCall,
    id: number,
    args: unknown[] | undefined,
    options: CallOptions | undefined,
    error: unknown,
  ): void {
    const unsent = slot.id === id && slot.unsent;
    if (this.#results?.notWritten(slot, args, options, error, unsent) === true) return;
    this.discard(args);
    if (unsent) this.#fail(slot, error, 'not_run');
    // Code that ran while the arguments were written has canceled the call: it was not sent and will not be answered.
    else this.#answered(id);
  }

  /** Fails a call before it starts. */
  #refuse(args: unknown[] | undefined, watcher: CallWatcher | undefined, error: NetronError): Promise<unknown> {
    const failed = failedBefore(this.#parts.promises, error, watcher);
    this.discard(args);
    return failed;
  }

  /** Frees the slot and reports the failure to the caller. */
  #fail(slot: PendingCall, error: unknown, outcome: CallOutcome): void {
    const { resolve, reject, watcher } = slot;
    this.#pending.release(slot);
    failCall({ resolve, reject, watcher }, error, outcome);
  }

  #cancel(slot: PendingCall, error: NetronError): void {
    const { id, resolve, reject, watcher } = slot;
    this.#canceled.set(id, true);
    this.#end(slot);
    this.#outbox.behind(() => this.#outbox.packet(writeCancel, id));
    failCall({ resolve, reject, watcher }, error, 'unknown');
  }

  /** Frees the slot, releases a held result, and sends the calls that waited for the place. */
  #end(slot: PendingCall): void {
    const { id, held } = slot;
    this.#pending.release(slot);
    if (held) this.#outbox.behind(() => this.#outbox.packet(writeDrop, id));
    if (this.#queue.size > 0) this.#sendWaiting();
  }

  /** Handles the answer to a canceled call. */
  #answered(id: number): void {
    if (this.#canceled.delete(id) && this.#queue.size > 0) this.#sendWaiting();
  }

  /** Returns the time as exactly as the timeout of the call requires. The ticker's time may be one period old and is rounded up. */
  #now(options: CallOptions | undefined): number {
    const { clock, deadlines, requestTimeout } = this.#link.node;
    if (this.#pending.size === 0) deadlines.add(this);
    return timeOf(options, requestTimeout) < preciseBelow ? clock.now() : deadlines.now + deadlines.period;
  }

  #wait(
    callee: Callee,
    args: unknown[] | undefined,
    options: CallOptions | undefined,
    watcher: CallWatcher | undefined,
  ): Promise<unknown> {
    if (this.#outbox.writing) throw calledInside(callee);
    const parent = currentCall();
    if (watcher !== undefined) watcher.parent = parent;
    const refusal = abortedBefore(callee, options, parent) ?? this.#queue.refusal(callee);
    if (refusal !== undefined) return this.#refuse(args, watcher, refusal);
    const deadline = deadlineOf(this.#now(options), this.#link.node.requestTimeout, options, parent);
    return this.#queue.push(callee, args, options, watcher, parent, deadline);
  }

  #sendWaiting(): void {
    if (this.#outbox.writing) return queueMicrotask(() => this.#sendWaiting());
    while (!this.crowded && !this.#outbox.full) {
      const call = this.#queue.next();
      if (call === undefined) return;
      const { promise, args, options, parent } = call;
      const slot = this.#pending.acquire();
      slot.resolve = call.resolve;
      slot.reject = call.reject;
      slot.deadline = call.deadline;
      slot.callee = call.callee;
      slot.watcher = call.watcher;
      slot.header = headerOf(slot.deadline, this.#now(options), options, parent);
      this.#parts.promises.name(promise, this.#results, slot.id);
      this.#send(slot, args, options, parent);
      call.callee.reference?.unpin();
    }
  }
}
