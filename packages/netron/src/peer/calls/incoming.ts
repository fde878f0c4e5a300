/**
 * Calls the other end makes over one link: receives decoded call packets, hands them to the dispatcher's handlers and
 * their outcomes to the outbox.
 */
import { NetronError } from '../../errors/netron-error.js';
import type { CallPeer } from '../../middleware/call.js';
import { plainMember } from '../../middleware/member.js';
import type { BoundMember, BoundService } from '../../service/call/bound-service.js';
import { CallContext } from '../../service/call/context.js';
import type { RunningCalls } from '../../service/call/running-calls.js';
import type { MemberKind } from '../../service/definition.js';
import { Fifo } from '../../util/fifo.js';
import { isThenable } from '../../util/is-thenable.js';
import { LazyMap } from '../../util/lazy-map.js';
import type { Ticking } from '../../util/ticker.js';
import { type CallHeader, flags, writeError, writeRefusal, writeResult, writeVoid } from '../../wire/packets.js';
import type { Outbox } from '../link/outbox.js';
import type { PeerNode } from '../peer-node.js';
import type { Exports } from '../references/exports.js';
import type { ReceivedHandle } from '../references/received.js';
import { discardStreams, guardStreams, isStreamSource, type ReportError, streamSource } from '../streams/source.js';
import { memberAt } from './result-path.js';

/** Milliseconds after which two ends that wait for each other are told from a slow one. */
const stuckAfter = 2_000;

/** Members of the link that incoming calls use. */
export interface AnsweringLink {
  readonly node: Pick<PeerNode, 'deadlines' | 'dispatcher' | 'limits' | 'middleware'>;
  /** The peer that calls. */
  readonly owner: CallPeer;
  readonly outbox: Outbox;
  readonly exports: Pick<Exports, 'get' | 'boundOf'>;
  readonly incomingHandles: { takeReceived(): ReceivedHandle[] | undefined };
  readonly outgoingHandles: {
    begin(call: CallContext): void;
    rollback(again: boolean): void;
    readonly streaming: boolean;
  };
  /** When the message being read arrived, in monotonic milliseconds. */
  readonly arrived: number;
  /** Whether the other end has to read before it gets more answers. */
  stalled(): boolean;
  /** Bytes of memory that the call just read takes; `undefined` when it cannot wait. */
  cost(): number | undefined;
  /** Reads on although the other end does not, and refuses its calls. */
  breakStall(): void;
  /** Something failed that nobody awaits. */
  reportError(error: unknown): void;
}

/** A call that has not begun. */
interface Kept {
  readonly call: CallContext;
  readonly bound: BoundMember;
  readonly weight: number;
  /** Hands over what later calls have named already. */
  readonly name: ((result: unknown) => void) | undefined;
}

export class IncomingCalls implements Ticking {
  readonly #link: AnsweringLink;
  readonly #running: RunningCalls;
  /** Results, or promises of them, that later calls may name. */
  readonly #held = new LazyMap<number, unknown>();
  #closed = false;
  /** Bytes of calls that have not begun, because the other end does not take what it was sent. */
  kept = 0;
  /** These calls, in order. */
  #later: Fifo<Kept> | undefined;
  /** Number of unsent bytes at the last change, and its time. */
  #pending = 0;
  #stuckSince = 0;
  /** Answers of calls that have ended meanwhile. */
  #unsent: Fifo<() => void> | undefined;
  readonly #report: ReportError = (error) => this.#link.reportError(error);

  constructor(link: AnsweringLink) {
    this.#link = link;
    this.#running = link.node.dispatcher.runningCalls();
  }

  /** Calls whose methods have not ended. */
  get size(): number {
    return this.#running.size;
  }

  /** Number of those that have not begun. */
  get notBegun(): number {
    return this.#later?.size ?? 0;
  }

  /** Answers that wait until those before are taken. */
  get unanswered(): number {
    return this.#unsent?.size ?? 0;
  }

  /** Results that later calls may name. */
  get held(): number {
    return this.#held.size;
  }

  /** A call packet. */
  call(id: number, handle: number, member: number, flagBits: number, header: CallHeader | undefined, args: unknown[]): void {
    const bound = this.#link.exports.get(handle)?.members[member];
    if (bound === undefined) this.refuse(id, flagBits, new NetronError('not_found', 'no such service or member'));
    else this.#run(id, bound, flagBits, header, args);
  }

  /** A call on the result of another call. `args` absent: reads the property at the path. */
  pipe(
    id: number,
    sourceId: number,
    path: string[],
    flagBits: number,
    header: CallHeader | undefined,
    args: unknown[] | undefined,
  ): void {
    if (!this.#held.has(sourceId))
      return this.refuse(id, flagBits, new NetronError('not_found', `no result of call ${sourceId} is held`));
    const { exports, node } = this.#link;
    const bind = (target: object): BoundService | undefined => exports.boundOf(target);
    const onResult = (result: unknown, outer: CallContext): unknown => {
      const bound = memberAt(result, path, args !== undefined, bind, node.middleware?.incomingChain);
      const call = outer.as(bound, args ?? []);
      pipelined.kind = bound.kind;
      return node.dispatcher.run(call);
    };
    const held = this.#held.get(sourceId);
    const pipelined: BoundMember & { kind: MemberKind } = {
      service: { name: 'result', version: '0.0.0', members: [] },
      name: path.join('.'),
      kind: 'method',
      info: pipelinedMember,
      handler: (outer) =>
        isThenable(held) ? held.then((result) => onResult(result, outer as CallContext)) : onResult(held, outer as CallContext),
      usesContext: false,
      internal: true,
    };
    this.#run(id, pipelined, flagBits, header, args ?? []);
  }

  /** The caller no longer waits. */
  cancel(id: number): void {
    this.#running.get(id)?.abort(new NetronError('canceled', 'the caller canceled the call'));
  }

  /** The caller will not name this result any more. */
  drop(id: number): void {
    this.#held.delete(id);
    const call = this.#running.get(id);
    if (call !== undefined) call.held = false;
  }

  /** The other end takes answers again: those that wait are sent, then calls begin in the order they came in. */
  drained(): void {
    while (this.#unsent !== undefined && !this.#stalled) {
      this.#unsent.shift()?.();
      if (this.#unsent?.size === 0) this.#unsent = undefined;
    }
    while (this.#later !== undefined && !this.#stalled) {
      const kept = this.#later.shift();
      if (this.#later.size === 0) this.#later = undefined;
      if (kept !== undefined) this.#beginKept(kept);
    }
  }

  tick(now: number): boolean {
    if (this.#later === undefined) return false;
    const { pending } = this.#link.outbox;
    if (pending !== this.#pending) {
      this.#pending = pending;
      this.#stuckSince = now;
    } else if (now - this.#stuckSince > stuckAfter) this.#link.breakStall();
    return true;
  }

  /** The link has ended: nobody waits for anything. */
  close(): void {
    this.#closed = true;
    this.#running.abandon('the connection was lost');
    this.#held.clear();
    for (const { call } of this.#later ?? []) call.release();
    this.#later = undefined;
    for (const answer of this.#unsent ?? []) answer();
    this.#unsent = undefined;
    this.#link.node.deadlines.remove(this);
  }

  #run(id: number, bound: BoundMember, flagBits: number, header: CallHeader | undefined, args: unknown[]): void {
    const { owner, incomingHandles, node } = this.#link;
    const { home } = node.dispatcher;
    // Before the method runs: a call that is not in the table would escape the limit, and nobody would await it.
    if (this.#running.get(id) !== undefined) {
      return this.refuse(id, flagBits, new NetronError('invalid_argument', `call ${id} is in flight already`));
    }
    const refusal = node.dispatcher.refusal ?? this.#running.refusal;
    if (refusal !== undefined) return this.refuse(id, flagBits, refusal);
    const timeoutMs = header?.timeoutMs;
    if (timeoutMs !== undefined && timeoutMs <= 0) {
      return this.refuse(id, flagBits, new NetronError('deadline_exceeded', 'the deadline had passed on arrival'));
    }
    const deadline = timeoutMs === undefined ? undefined : this.#link.arrived + timeoutMs;
    const call = new CallContext(id, bound, args, owner, header, deadline, home);
    if ((flagBits & flags.cancellable) !== 0 && home.callContext === 'auto') call.followed = true;
    call.borrowed = incomingHandles.takeReceived();
    call.held = (flagBits & flags.hold) !== 0;
    if (this.#later !== undefined || this.#stalled) this.#keep(call, bound);
    else this.#begin(call, bound);
  }

  #begin(call: CallContext, bound: BoundMember): void {
    let result: unknown;
    let later: boolean;
    try {
      result = this.#link.node.dispatcher.run(call);
      later = isThenable(result);
    } catch (error) {
      return this.#fail(call, error);
    }
    if (!later) return this.#reply(call, bound, result);
    // The method itself may have ended the conversation.
    if (this.#closed) call.abort(new NetronError('canceled', 'the connection was lost'));
    this.#enter(call);
    if (call.held) this.#hold(call.id, result);
    (result as Promise<unknown>).then(
      (value) => {
        if (this.#stalled) return this.#wait(call, bound, value);
        this.#running.delete(call);
        this.#reply(call, bound, value);
      },
      (error: unknown) => {
        this.#running.delete(call);
        this.#fail(call, error);
      },
    );
  }

  /** Answers a call that does not run; calls on its result get the same error. */
  refuse(id: number, flagBits: number, error: NetronError): void {
    if ((flagBits & flags.hold) !== 0 && !this.#held.has(id)) this.#hold(id, rejected(error));
    this.#link.node.dispatcher.refused(this.#link.owner, undefined, error);
    this.#link.outbox.failure(writeRefusal, id, error);
  }

  get #stalled(): boolean {
    return this.#link.outbox.full && this.#link.stalled();
  }

  /** Lets a call wait: it can be canceled, counts among those in flight, and its result can be named. */
  #keep(call: CallContext, bound: BoundMember): void {
    const weight = this.#link.cost();
    if (weight === undefined) return this.#fail(call, new NetronError('resource_exhausted', tooMany, { retryAfterMs: 1_000 }));
    this.#link.node.deadlines.add(this);
    let name: Kept['name'];
    if (call.held) {
      const result = new Promise((resolve) => {
        name = resolve;
      });
      result.catch(() => {});
      this.#hold(call.id, result);
    }
    this.#enter(call);
    this.kept += weight;
    if (this.#later === undefined) this.#pending = -1;
    this.#later ??= new Fifo();
    this.#later.push({ call, bound, weight, name });
  }

  #beginKept({ call, bound, weight, name }: Kept): void {
    this.kept -= weight;
    this.#running.delete(call);
    this.#held.delete(call.id);
    if (call.abortReason === undefined) this.#begin(call, bound);
    else this.#fail(call, call.abortReason);
    name?.(this.#held.get(call.id) ?? rejected(new NetronError('canceled', 'the call was given up')));
  }

  /** It keeps its place among the calls in flight: so many answers wait at most. */
  #wait(call: CallContext, bound: BoundMember, value: unknown): void {
    guardStreams(value);
    this.#unsent ??= new Fifo();
    this.#unsent.push(() => {
      this.#running.delete(call);
      this.#reply(call, bound, value);
    });
  }

  #enter(call: CallContext): void {
    if (!this.#closed) this.#running.add(call);
  }

  #reply(call: CallContext, bound: BoundMember, value: unknown): void {
    call.done = true;
    if (this.#closed) return this.#abandon(value, call);
    const { outbox, outgoingHandles: handles } = this.#link;
    let result = value;
    try {
      if (typeof value === 'object' && value !== null && (bound.kind === 'stream' || isStreamSource(value))) {
        result = streamSource(value, call, this.#report);
      }
    } catch (error) {
      discardStreams(value, this.#report);
      return this.#fail(call, error);
    }
    if (call.held && !this.#held.has(call.id)) this.#hold(call.id, value);
    for (;;) {
      outbox.begin();
      handles.begin(call);
      try {
        if (result === undefined) writeVoid(outbox.writer, call.id);
        else writeResult(outbox.writer, call.id, result);
        break;
      } catch (error) {
        const again = outbox.recover(error);
        handles.rollback(again);
        if (again) continue;
        discardStreams(result, this.#report);
        return this.#fail(call, error);
      }
    }
    outbox.commit();
    if (!handles.streaming) call.release();
  }

  #fail(call: CallContext, thrown: unknown): void {
    call.done = true;
    // A method that was stopped by its deadline throws whatever an aborted signal makes it throw.
    const error = call.abortReason?.code === 'deadline_exceeded' ? call.abortReason : thrown;
    if (call.held && !this.#held.has(call.id)) this.#hold(call.id, rejected(error));
    this.#link.outbox.failure(call.entered ? writeError : writeRefusal, call.id, error);
    call.release();
  }

  /** Nobody is there to take the result: streams in it end before they began. */
  #abandon(value: unknown, call: CallContext): void {
    call.release();
    discardStreams(value, this.#report);
  }

  #hold(id: number, result: unknown): void {
    if (this.#held.size >= this.#link.node.limits.calls) return;
    this.#held.set(id, result);
  }
}

const pipelinedMember = plainMember('result', '*');

const tooMany = 'too many calls wait until their caller takes its answers';

function rejected(error: unknown): Promise<never> {
  const promise = Promise.reject(error);
  promise.catch(() => {});
  return promise;
}
