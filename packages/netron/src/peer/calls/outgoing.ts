/**
 * Calls this node makes over one link: receives handle, member and arguments, hands packets to the outbox and results
 * to promises.
 */
import { NetronError } from '../../errors/netron-error.js';
import { type CallOutcome, outcomeOf, withOutcome } from '../../errors/outcome.js';
import type { CallPeer } from '../../middleware/call.js';
import { CallRecord } from '../../service/call/call-record.js';
import { type CallContext, currentCall } from '../../service/call/context.js';
import { type CallOptions, sentAlong } from '../../service/call/options.js';
import { Fifo } from '../../util/fifo.js';
import { LazyMap } from '../../util/lazy-map.js';
import { onAbort } from '../../util/on-abort.js';
import type { Ticking } from '../../util/ticker.js';
import type { Limits } from '../../wire/limits.js';
import { type CallHeader, flags, writeCall, writeCancel, writeDrop, writePipe } from '../../wire/packets.js';
import type { Outbox } from '../link/outbox.js';
import type { PeerNode } from '../peer-node.js';
import { discardStreams, guardStreams } from '../streams/source.js';
import { requests } from '../tracing.js';
import {
  type CallPromise,
  callPromise,
  type PipelineSource,
  plainCallPromise,
  ResultToCome,
  type Settler,
  source,
  sourceId,
} from './call-promise.js';
import type { CallSender, CallTarget, CallWatcher } from './call-sender.js';
import type { Send } from './outgoing-call.js';
import { type OutgoingChain, pipelinedMember } from './outgoing-chain.js';
import { type PendingCall, PendingCalls } from './pending.js';
import { applyPath } from './pipeline.js';

/** A call that waits until it may be sent. */
interface WaitingCall extends Settler {
  readonly promise: CallPromise;
  readonly handle: number;
  readonly member: number;
  readonly args: unknown[];
  readonly target: CallTarget;
  readonly options: CallOptions | undefined;
  /** The call that it is made for. */
  readonly parent: CallContext | undefined;
  readonly deadline: number;
  readonly watcher: CallWatcher | undefined;
  settle: (() => void) | undefined;
  canceled: boolean;
}

/** Calls that may wait at most; more fail with `resource_exhausted`. */
const maxWaiting = 65_536;

/** Shorter limits are counted from the real time: the ticker's is as old as the event loop was busy. */
const preciseBelow = 10_000;

/** Members of the link that outgoing calls use. */
export interface CallingLink {
  readonly node: Pick<PeerNode, 'id' | 'clock' | 'deadlines' | 'requestTimeout'>;
  readonly outbox: Outbox;
  readonly outgoingHandles: { begin(call: undefined): void; rollback(again: boolean): void };
  /** Calls that the other end takes at a time. */
  readonly accepted: Pick<Limits, 'calls'>;
  readonly owner: CallPeer & { readonly outgoingChain: OutgoingChain | undefined };
  /** Something failed that nobody awaits. */
  reportError(error: unknown): void;
}

export class OutgoingCalls implements Ticking, PipelineSource, CallSender {
  readonly #pending = new PendingCalls();
  readonly #link: CallingLink;
  readonly #outbox: Outbox;
  readonly #waiting = new Fifo<WaitingCall>();
  /** Calls given up here that the other end has not answered yet: they keep their places there. */
  readonly #canceled = new LazyMap<number, true>();
  /** Reason why no more calls are accepted. */
  #closed: string | undefined;

  constructor(link: CallingLink) {
    this.#link = link;
    this.#outbox = link.outbox;
  }

  /** Calls sent or waiting. */
  get size(): number {
    return this.sent + this.waiting;
  }

  /** Calls that have not been answered. */
  get sent(): number {
    return this.#pending.size;
  }

  /** Calls that wait until there is room for them. */
  get waiting(): number {
    return this.#waiting.size;
  }

  /**
   * Sends a call, or queues it while as many as the other end accepts are in flight. Failures come by the promise.
   *
   * @throws NetronError `invalid_argument` from inside of a value that is being written
   */
  call(
    handle: number,
    member: number,
    args: unknown[],
    target: CallTarget,
    options?: CallOptions,
    watcher?: CallWatcher,
  ): CallPromise {
    if (!requests.active) return this.#call(handle, member, args, target, options, watcher);
    return this.#traced(target, args, options, (given) => this.#call(handle, member, args, target, given, watcher));
  }

  #call(
    handle: number,
    member: number,
    args: unknown[],
    target: CallTarget,
    options: CallOptions | undefined,
    watcher: CallWatcher | undefined,
  ): CallPromise {
    if (this.#crowded || this.#waiting.size > 0 || this.#outbox.full || this.#outbox.writing || this.#closed !== undefined) {
      return this.#wait(handle, member, args, target, options, watcher);
    }
    const parent = currentCall();
    const slot = this.#pending.acquire();
    const promise = callPromise(slot, this, slot.id);
    const now = this.#now(options);
    slot.deadline = this.#deadline(now, options, parent);
    slot.target = target;
    slot.watcher = watcher;
    if (options?.signal !== undefined || parent !== undefined) this.#attach(slot, options?.signal, parent);
    if (slot.id !== 0) this.#send(slot, handle, member, args, this.#header(slot, now, options, parent), options);
    else this.#discard(args);
    return promise;
  }

  /** Tells observers of a call, before anything of it is written; what they make of its trace travels. */
  #traced(
    target: CallTarget,
    args: readonly unknown[],
    options: CallOptions | undefined,
    send: (options: CallOptions | undefined) => CallPromise,
  ): CallPromise {
    const { node, owner } = this.#link;
    const trace = options?.trace ?? currentCall()?.trace;
    const record = new CallRecord({
      node: node.id,
      peer: owner.id,
      address: owner.address,
      service: target.service,
      version: target.version ?? '0.0.0',
      method: target.method,
      kind: target.kind ?? 'method',
      local: false,
      args,
      started: node.clock.now(),
      trace,
    });
    const promise = requests.run(record, () =>
      send(record.trace === trace || record.trace === undefined ? options : { ...options, trace: record.trace }),
    );
    record.id = promise[sourceId];
    requests.end(record);
    promise.then(
      (result) => {
        record.end(node.clock.now(), result, undefined);
        requests.asyncEnd(record);
      },
      (error: unknown) => {
        record.end(node.clock.now(), undefined, error);
        record.refused = outcomeOf(error) === 'not_run';
        requests.error(record);
        requests.asyncEnd(record);
      },
    );
    return promise;
  }

  pipe(promise: CallPromise, path: readonly string[], args: unknown[] | undefined): Promise<unknown> | undefined {
    const first = this.#nameable(promise[sourceId]);
    if (first === undefined) return undefined;
    const target = { service: first.target.service, method: `${first.target.method}().${path.join('.')}` };
    const { owner } = this.#link;
    const pipe = (from: PendingCall, given: unknown[] | undefined, options: CallOptions | undefined): CallPromise =>
      requests.active
        ? this.#traced(target, given ?? [], options, (traced) => this.#pipe(from, path, given, target, traced))
        : this.#pipe(from, path, given, target, options);
    if (owner.outgoingChain === undefined) return pipe(first, args, undefined);
    const send: Send = (changed, options) => {
      const given = args === undefined && changed.length === 0 ? undefined : changed;
      // Middleware may have waited, or try again: then the result itself is called.
      const still = this.#nameable(promise[sourceId]);
      if (still !== undefined) return pipe(still, given, options);
      return plainCallPromise(() => promise.then((value) => applyPath(value, path, given, { options })));
    };
    return owner.outgoingChain.invoke(pipelinedMember, args ?? [], undefined, owner, send, target);
  }

  /** A result packet. @returns `false` when nobody waits for it any more */
  result(id: number, value: unknown): boolean {
    const slot = this.#pending.find(id);
    if (slot === undefined) {
      this.#answered(id);
      return false;
    }
    const { resolve, watcher } = slot;
    this.#end(slot);
    watcher?.answered(value);
    resolve(value);
    return true;
  }

  /** An error packet. */
  error(id: number, error: Error, outcome: CallOutcome): void {
    const slot = this.#pending.find(id);
    if (slot === undefined) return this.#answered(id);
    const { reject, watcher } = slot;
    this.#end(slot);
    fail(reject, watcher, error, outcome);
  }

  /** The outbox has room again. */
  drained(): void {
    this.#sendWaiting();
  }

  tick(now: number): boolean {
    for (const slot of this.#pending) if (slot.deadline <= now) this.#cancel(slot, tookTooLong(slot.target));
    for (const call of this.#waiting) {
      if (call.deadline <= now && !call.canceled) {
        call.canceled = true;
        call.settle?.();
        giveUp(call, this.#notSent(call.target));
        this.#discard(call.args);
      }
    }
    this.#waiting.retain((call) => !call.canceled);
    return this.size > 0;
  }

  /** Takes no more calls; those sent, and those that wait for a place, go on. */
  seal(reason: string): void {
    this.#closed = reason;
  }

  /** Ends every call: nobody knows what became of those sent, those that waited never ran. */
  close(reason: string): void {
    this.#closed = reason;
    for (const slot of this.#pending) {
      const cause = new NetronError('unavailable', reason);
      const text = `${nameOf(slot.target)}: ${reason} before the result arrived`;
      this.#fail(slot, new NetronError('unknown_outcome', text, { cause }), 'unknown');
    }
    for (let call = this.#waiting.shift(); call !== undefined; call = this.#waiting.shift()) {
      call.settle?.();
      if (call.canceled) continue;
      giveUp(call, new NetronError('unavailable', `${nameOf(call.target)}: ${reason}`));
      this.#discard(call.args);
    }
    this.#canceled.clear();
    this.#link.node.deadlines.remove(this);
  }

  /** As many calls as the other end takes are there. */
  get #crowded(): boolean {
    return this.#pending.size + this.#canceled.size >= this.#link.accepted.calls;
  }

  /** The call of that number, when further calls may name its result. */
  #nameable(id: number): PendingCall | undefined {
    const first = this.#pending.find(id);
    if (first === undefined || this.#crowded || this.#outbox.writing) return undefined;
    // It must say that its result will be named; it can as long as it has not left.
    return first.held || first.batch === this.#outbox.batch ? first : undefined;
  }

  #pipe(
    first: PendingCall,
    path: readonly string[],
    args: unknown[] | undefined,
    target: CallTarget,
    options: CallOptions | undefined,
  ): CallPromise {
    if (!first.held) {
      const { buffer } = this.#outbox.writer;
      buffer[first.flagsAt] = (buffer[first.flagsAt] as number) | flags.hold;
      first.held = true;
    }
    const { id, deadline } = first;
    const parent = currentCall();
    const slot = this.#pending.acquire();
    const promise = callPromise(slot, this, slot.id);
    const now = this.#now(options);
    slot.deadline = options?.timeout === undefined ? deadline : Math.min(deadline, this.#deadline(now, options, parent));
    slot.target = target;
    if (options?.signal !== undefined || parent !== undefined) this.#attach(slot, options?.signal, parent);
    if (slot.id !== 0) this.#send(slot, id, 0, args, this.#header(slot, now, options, parent), options, path);
    else this.#discard(args);
    return promise;
  }

  /** The deadline has come while the call waited for a place: the callee never saw it. */
  #notSent(target: CallTarget): NetronError {
    const inFlight = this.#pending.size + this.#canceled.size;
    const text = `${nameOf(target)} was not sent before its deadline: ${inFlight} calls are in flight`;
    return new NetronError('deadline_exceeded', text);
  }

  /** The answer to a call that nobody waits for any more. */
  #answered(id: number): void {
    if (this.#canceled.delete(id) && this.#waiting.size > 0) this.#sendWaiting();
  }

  /** The time, as exactly as the call's limit asks for. The ticker's may be a period old, and counts as the next one. */
  #now(options: CallOptions | undefined): number {
    const { clock, deadlines, requestTimeout } = this.#link.node;
    if (this.#pending.size + this.#waiting.size <= 1) deadlines.add(this);
    return (options?.timeout ?? requestTimeout) < preciseBelow ? clock.now() : deadlines.now + deadlines.period;
  }

  #deadline(now: number, options: CallOptions | undefined, parent: CallContext | undefined): number {
    const own = now + (options?.timeout ?? this.#link.node.requestTimeout);
    return parent?.deadline === undefined ? own : Math.min(own, parent.deadline);
  }

  /** With `path` it is a call on the result of call `handle`, without `args` a read. */
  #send(
    slot: PendingCall,
    handle: number,
    member: number,
    args: unknown[] | undefined,
    header: CallHeader | undefined,
    options: CallOptions | undefined,
    path?: readonly string[],
  ): void {
    const outbox = this.#outbox;
    const handles = this.#link.outgoingHandles;
    const { id } = slot;
    const bits = flagsOf(options) | (header === undefined ? 0 : flags.header);
    for (;;) {
      outbox.begin();
      handles.begin(undefined);
      slot.flagsAt = outbox.writer.position;
      slot.batch = outbox.batch;
      try {
        if (path === undefined) writeCall(outbox.writer, id, handle, member, bits, header, args as unknown[]);
        else writePipe(outbox.writer, id, handle, path, bits, header, args);
        break;
      } catch (error) {
        const again = outbox.recover(error) && slot.id === id;
        const missing = path === undefined && slot.id === id ? ResultToCome.of(error) : undefined;
        // Streams among the arguments are kept for the next time.
        handles.rollback(again || missing !== undefined);
        if (again) continue;
        if (missing !== undefined) return this.#sendAfter(missing, slot, handle, member, args as unknown[], options);
        this.#discard(args);
        // Given up by what its own arguments have run: it was not sent, and will not be answered.
        return slot.id === id ? this.#refuse(slot, error) : this.#answered(id);
      }
    }
    outbox.commit();
  }

  /** An argument holds the result of a call that is still to come: the call is made when it is there. */
  #sendAfter(
    missing: ResultToCome,
    slot: PendingCall,
    handle: number,
    member: number,
    args: unknown[],
    options: CallOptions | undefined,
  ): void {
    const { resolve, reject, target } = slot;
    this.#pending.release(slot);
    missing
      .arrival()
      .then(
        () => this.call(handle, member, args, target, options),
        (error: unknown) => {
          this.#discard(args);
          throw error;
        },
      )
      .then(resolve, reject);
  }

  /** The call could not be written: it was never sent. */
  #refuse(slot: PendingCall, error: unknown): void {
    this.#fail(slot, error, 'not_run');
  }

  /** Frees the slot and tells whoever waits for its result. */
  #fail(slot: PendingCall, error: unknown, outcome: CallOutcome): void {
    const { reject, watcher } = slot;
    this.#pending.release(slot);
    fail(reject, watcher, error, outcome);
  }

  #header(
    slot: PendingCall,
    now: number,
    options: CallOptions | undefined,
    parent: CallContext | undefined,
  ): CallHeader | undefined {
    if (options === undefined && parent === undefined) return undefined;
    const header = sentAlong(options, parent?.trace);
    const bounded = options?.timeout !== undefined || parent?.deadline !== undefined;
    if (!bounded || slot.deadline === Infinity) return header;
    const timeoutMs = Math.max(0, Math.ceil(slot.deadline - now));
    if (header === undefined) return { timeoutMs };
    header.timeoutMs = timeoutMs;
    return header;
  }

  /** Cancels the call with its signal or with the call it is made for. */
  #attach(slot: PendingCall, signal: AbortSignal | undefined, parent: CallContext | undefined): void {
    const { id } = slot;
    if (signal?.aborted) return this.#refuse(slot, canceledBy(slot.target, signal.reason));
    if (parent?.aborted) {
      parent.onAbort((reason) => this.#refuse(slot, canceledBy(slot.target, reason)));
      return;
    }
    const cancel = (reason: unknown): void => {
      const current = this.#pending.find(id);
      if (current !== undefined) this.#cancel(current, canceledBy(current.target, reason));
    };
    slot.settle = this.#listen(signal, parent, cancel);
  }

  #cancel(slot: PendingCall, error: NetronError): void {
    const { id, reject, watcher } = slot;
    this.#canceled.set(id, true);
    this.#end(slot);
    this.#outbox.packet(writeCancel, id);
    fail(reject, watcher, error, 'unknown');
  }

  /** Frees the slot, lets the callee forget a held result, and sends who waited for the place. */
  #end(slot: PendingCall): void {
    const { id, held } = slot;
    this.#pending.release(slot);
    if (held) this.#outbox.packet(writeDrop, id);
    if (this.#waiting.size > 0) this.#sendWaiting();
  }

  #wait(
    handle: number,
    member: number,
    args: unknown[],
    target: CallTarget,
    options: CallOptions | undefined,
    watcher: CallWatcher | undefined,
  ): CallPromise {
    if (this.#outbox.writing) throw inside(target);
    const settler: Settler = { resolve: () => {}, reject: () => {} };
    const promise = callPromise(settler, undefined, 0);
    const refusal = this.#refusal(target, options);
    if (refusal !== undefined) fail(settler.reject, watcher, refusal, 'not_run');
    else {
      const parent = currentCall();
      const deadline = this.#deadline(this.#now(options), options, parent);
      const call: WaitingCall = {
        promise,
        ...settler,
        handle,
        member,
        args,
        target,
        options,
        parent,
        deadline,
        watcher,
        settle: undefined,
        canceled: false,
      };
      call.settle = this.#listen(options?.signal, parent, (reason) => {
        call.canceled = true;
        call.settle?.();
        giveUp(call, NetronError.is(reason, 'deadline_exceeded') ? this.#notSent(target) : canceledBy(target, reason));
        this.#discard(args);
      });
      guardStreams(args);
      this.#waiting.push(call);
      return promise;
    }
    this.#discard(args);
    return promise;
  }

  /** Returns the reason why a call cannot be queued. */
  #refusal(target: CallTarget, options: CallOptions | undefined): NetronError | undefined {
    if (this.#closed !== undefined) return new NetronError('unavailable', `${nameOf(target)}: ${this.#closed}`);
    if (options?.signal?.aborted) return canceledBy(target, options.signal.reason);
    if (this.#waiting.size < maxWaiting) return undefined;
    return new NetronError('resource_exhausted', `${nameOf(target)}: ${maxWaiting} calls are waiting already`);
  }

  /** Arguments that were never sent: their streams end. */
  #discard(args: unknown[] | undefined): void {
    discardStreams(args, (error) => this.#link.reportError(error));
  }

  #listen(
    signal: AbortSignal | undefined,
    parent: CallContext | undefined,
    cancel: (reason: unknown) => void,
  ): (() => void) | undefined {
    const off = parent?.onAbort(cancel);
    if (signal === undefined) return off;
    const unlisten = onAbort(signal, cancel);
    return () => {
      off?.();
      unlisten();
    };
  }

  #sendWaiting(): void {
    if (this.#outbox.writing) return queueMicrotask(() => this.#sendWaiting());
    while (!this.#crowded && !this.#outbox.full) {
      const call = this.#waiting.shift();
      if (call === undefined) return;
      if (call.canceled) continue;
      const slot = this.#pending.acquire();
      slot.resolve = call.resolve;
      slot.reject = call.reject;
      slot.deadline = call.deadline;
      slot.target = call.target;
      slot.watcher = call.watcher;
      call.settle?.();
      if (call.options?.signal !== undefined || call.parent !== undefined) this.#attach(slot, call.options?.signal, call.parent);
      call.promise[source] = this;
      call.promise[sourceId] = slot.id;
      if (slot.id === 0) {
        this.#discard(call.args);
        continue;
      }
      const header = this.#header(slot, this.#now(call.options), call.options, call.parent);
      this.#send(slot, call.handle, call.member, call.args, header, call.options);
    }
  }
}

/** Tells whoever waits for a call that it has failed. */
function fail(reject: (reason: unknown) => void, watcher: CallWatcher | undefined, error: unknown, outcome: CallOutcome): void {
  withOutcome(error, outcome);
  watcher?.failed(error);
  reject(error);
}

/** A call that waited will never be sent. */
function giveUp({ reject, watcher }: WaitingCall, error: NetronError): void {
  fail(reject, watcher, error, 'not_run');
}

function flagsOf(options: CallOptions | undefined): number {
  return options?.signal === undefined ? 0 : flags.cancellable;
}

function nameOf({ service, method }: CallTarget): string {
  return `${service}.${method}`;
}

function tookTooLong(target: CallTarget): NetronError {
  return new NetronError('deadline_exceeded', `${nameOf(target)} did not answer before its deadline`);
}

/** Returns the error for a value that makes a call while it is being written. */
function inside(target: CallTarget): NetronError {
  const text = `${nameOf(target)} was called while the value was being read to be sent to the same peer`;
  return new NetronError('invalid_argument', text);
}

function canceledBy(target: CallTarget, cause: unknown): NetronError {
  if (NetronError.is(cause, 'deadline_exceeded')) return tookTooLong(target);
  return new NetronError('canceled', `${nameOf(target)} was canceled`, { cause });
}
