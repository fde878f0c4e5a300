/**
 * Calls on the results of pending calls: passes them through the middleware to the outgoing calls of the link, or makes them on the
 * result itself when it has arrived in the meantime.
 */
import type { CallPeer } from '../../middleware/call.js';
import type { CallOptions } from '../../service/call/options.js';
import { flags } from '../../wire/packets.js';
import { valueFeatures } from '../../wire/value-features.js';
import type { Outbox } from '../link/outbox.js';
import { requests } from '../tracing.js';
import { failCall } from './call-failures.js';
import { type CallPromise, type PipelineSource, plainCallPromise, ResultToCome, source, sourceId } from './call-promise.js';
import type { CallResults } from './call-results.js';
import type { CallWatcher } from './call-sender.js';
import { Callee } from './callee.js';
import type { Send } from './outgoing-call.js';
import { type OutgoingChain, pipelinedMember } from './outgoing-chain.js';
import type { PendingCall, PendingCalls } from './pending.js';
import { applyPath } from './pipeline.js';
import type { CallObservation, TracedLink } from './traced-call.js';

/** The members of the link that pipelining uses. */
export interface PipeliningLink extends TracedLink {
  readonly owner: CallPeer & { readonly outgoingChain: OutgoingChain | undefined };
  readonly node: TracedLink['node'] & { readonly parts: { readonly observe?: CallObservation } };
  readonly outbox: Pick<Outbox, 'amend' | 'holds' | 'writer' | 'writing'>;
  /** Refers to results by number in the packet being written. */
  readonly outgoingHandles: { nameOf: ((promise: CallPromise) => number | undefined) | undefined };
}

/** The members of the outgoing calls that pipelining uses. */
export interface PipelinedCalls {
  /** Whether the other end accepts no more calls at the moment. */
  readonly crowded: boolean;
  /** Sends a call at once. */
  begin(
    callee: Callee,
    args: unknown[] | undefined,
    options: CallOptions | undefined,
    watcher: CallWatcher | undefined,
    inherited: number | undefined,
  ): Promise<unknown>;
  /** Writes the call of a slot. */
  write(slot: PendingCall, args: unknown[] | undefined, options: CallOptions | undefined): void;
  /** Sends a call or queues it, without notifying observers. */
  sendOrWait(
    callee: Callee,
    args: unknown[] | undefined,
    options: CallOptions | undefined,
    watcher: CallWatcher | undefined,
  ): Promise<unknown>;
  /** Closes the streams in arguments that will not be sent. */
  discard(args: unknown[] | undefined): void;
}

export class Pipelining implements PipelineSource, CallResults {
  readonly #link: PipeliningLink;
  readonly #pending: Pick<PendingCalls, 'find' | 'release'>;
  readonly #calls: PipelinedCalls;

  constructor(link: PipeliningLink, pending: Pick<PendingCalls, 'find' | 'release'>, calls: PipelinedCalls) {
    this.#link = link;
    this.#pending = pending;
    this.#calls = calls;
  }

  pipe(promise: CallPromise, path: readonly string[], args: unknown[] | undefined): Promise<unknown> | undefined {
    const first = this.#nameable(promise[sourceId]);
    if (first === undefined) return undefined;
    const { service, method } = first.callee;
    const name = `${method}().${path.join('.')}`;
    const send = (from: PendingCall, given: unknown[] | undefined, options: CallOptions | undefined): Promise<unknown> =>
      this.#send(new Callee(from.id, 0, service, name, undefined, undefined, path), given, options);
    const { owner } = this.#link;
    if (owner.outgoingChain === undefined) return send(first, args, undefined);
    const sendChanged: Send = (changed, options) => {
      const given = args === undefined && changed.length === 0 ? undefined : changed;
      // Middleware may have waited, or retry the call: then the call is made on the result itself.
      const still = this.#nameable(promise[sourceId]);
      if (still !== undefined) return send(still, given, options);
      return plainCallPromise(() => promise.then((value) => applyPath(value, path, given, { options })));
    };
    return owner.outgoingChain.invoke(pipelinedMember, args ?? [], undefined, owner, sendChanged, { service, method: name });
  }

  /**
   * Handles arguments that contain pending results: refers to them by number when the other end has the results and supports that;
   * otherwise makes the call after they have arrived.
   */
  notWritten(
    slot: PendingCall,
    args: unknown[] | undefined,
    options: CallOptions | undefined,
    error: unknown,
    unsent: boolean,
  ): boolean {
    const missing = unsent ? ResultToCome.of(error) : undefined;
    if (missing === undefined) return false;
    const { outbox, outgoingHandles: handles } = this.#link;
    if ((outbox.writer.features & valueFeatures.results) !== 0 && handles.nameOf === undefined) {
      handles.nameOf = (promise) => this.nameOf(promise);
      this.#calls.write(slot, args, options);
      handles.nameOf = undefined;
      return true;
    }
    if (slot.callee.path !== undefined) return false;
    this.#sendAfter(missing, slot, args, options);
    return true;
  }

  /** Makes the call after the pending result in its arguments has arrived. */
  #sendAfter(missing: ResultToCome, slot: PendingCall, args: unknown[] | undefined, options: CallOptions | undefined): void {
    const { resolve, reject, watcher, callee } = slot;
    this.#pending.release(slot);
    // A handle that is released while the call waits could be reused.
    callee.reference?.pin();
    missing
      .arrival()
      .then(
        () => void this.#calls.sendOrWait(callee, args, options, watcher).then(resolve, reject),
        (error: unknown) => {
          this.#calls.discard(args);
          failCall({ resolve, reject, watcher }, error, 'not_run');
        },
      )
      .finally(() => callee.reference?.unpin())
      .catch(reject);
  }

  /** Returns the number of the call whose result a promise in a value stands for; `undefined` when it cannot be referred to. */
  nameOf(promise: CallPromise): number | undefined {
    const { outbox } = this.#link;
    const first = promise[source] === this ? this.#pending.find(promise[sourceId]) : undefined;
    if (first === undefined || first.unsent || !(first.held || outbox.holds(first))) return undefined;
    this.#hold(first);
    promise.catch(() => {}); // the failure reaches the call that refers to it
    return first.id;
  }

  /** Asks the other end to hold a result. */
  #hold(first: PendingCall): void {
    const { outbox } = this.#link;
    if (first.held || !outbox.holds(first)) return;
    outbox.amend(first, flags.hold);
    first.held = true;
  }

  /** Returns the call with that number when further calls may refer to its result. */
  #nameable(id: number): PendingCall | undefined {
    const { outbox } = this.#link;
    const first = this.#pending.find(id);
    if (first === undefined || this.#calls.crowded || outbox.writing) return undefined;
    // Its packet must carry the flag that its result is to be held, which can be set only before the packet is sent.
    return first.held || outbox.holds(first) ? first : undefined;
  }

  #send(callee: Callee, args: unknown[] | undefined, options: CallOptions | undefined): Promise<unknown> {
    const observe = requests.active ? this.#link.node.parts.observe : undefined;
    if (observe === undefined) return this.#begin(callee, args, options);
    return observe(this.#link, callee, args ?? [], options, (given) => this.#begin(callee, args, given));
  }

  #begin(callee: Callee, args: unknown[] | undefined, options: CallOptions | undefined): Promise<unknown> {
    const first = this.#pending.find(callee.handle);
    if (first !== undefined) this.#hold(first);
    return this.#calls.begin(callee, args, options, undefined, first?.deadline);
  }
}
