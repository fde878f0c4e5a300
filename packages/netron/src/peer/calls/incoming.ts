/**
 * Calls that the other end makes over one link: passes decoded calls to the dispatcher, and their outcomes to the outbox.
 *
 * One state machine: a call is *refused*, or *waits* (for results that it refers to, or until the other end reads answers), *runs*, and is
 * *answered* once. Any end of a call frees its place.
 */
import { NetronError } from '../../errors/netron-error.js';
import type { CallPeer } from '../../middleware/call.js';
import type { BoundMember } from '../../service/call/bound-service.js';
import { CallContext } from '../../service/call/context.js';
import type { RunningCalls } from '../../service/call/running-calls.js';
import {
  discardStreams,
  guardStreams,
  isStreamSource,
  type ReportError,
  streamSource,
} from '../../service/call/stream-source.js';
import { isThenable } from '../../util/is-thenable.js';
import { type CallHeader, flags, writeDoubt, writeError, writeRefusal, writeResult } from '../../wire/packets.js';
import type { Received } from '../../wire/received.js';
import type { Outbox } from '../link/outbox.js';
import type { NodeBasis, NodeRole } from '../node-role.js';
import type { Exports } from '../references/exports.js';
import { AwaitedResult, fillIn } from './awaited-results.js';
import { Backlog, type BackloggedLink, type KeptCall, tooManyWait } from './backlog.js';
import { nameOf } from './call-failures.js';
import { failed, HeldResults } from './held-results.js';
import { pipelinedMember } from './pipelined-member.js';

/** The members of the link that incoming calls use. */
export interface AnsweringLink extends BackloggedLink {
  readonly node: Pick<NodeBasis & NodeRole, 'deadlines' | 'dispatcher' | 'errors' | 'limits' | 'middleware' | 'values'>;
  /** The calling peer. */
  readonly owner: CallPeer;
  readonly outbox: Pick<Outbox, 'failure' | 'full' | 'pending' | 'send'>;
  readonly exports: Pick<Exports, 'get' | 'boundOf'>;
  /** Returns a member of this node's own service for a call over this link. */
  systemMember(number: number): BoundMember | undefined;
  /** Whether the packet sent last contains streams: its call lasts until they end. */
  readonly outgoingHandles: { readonly streaming: boolean };
  /** Arrival time of the message being read, in monotonic milliseconds. */
  readonly arrived: number;
  /** Reports a failure that no caller awaits. */
  readonly reportError: ReportError;
}

const failureWriters = { not_run: writeRefusal, ran: writeError, unknown: writeDoubt };

export class IncomingCalls {
  readonly #link: AnsweringLink;
  readonly #running: RunningCalls;
  readonly #results: HeldResults;
  readonly #backlog: Backlog;
  #closed = false;

  constructor(link: AnsweringLink) {
    this.#link = link;
    this.#running = link.node.dispatcher.runningCalls();
    this.#results = new HeldResults(link.node.limits.calls);
    this.#backlog = new Backlog(link, this);
  }

  /** Number of calls whose methods have not ended. */
  get size(): number {
    return this.#running.size;
  }

  /** Names of these calls, as `service.method`. */
  get names(): string[] {
    return this.#running.names;
  }

  /** Number of calls that have not started. */
  get notBegun(): number {
    return this.#backlog.calls;
  }

  /** Bytes of calls that have not started. */
  get kept(): number {
    return this.#backlog.bytes;
  }

  /** Number of answers that wait for earlier ones to be read. */
  get unanswered(): number {
    return this.#backlog.answers;
  }

  /** Number of results that later calls may refer to. */
  get held(): number {
    return this.#results.size;
  }

  /** Handles a call. */
  call(
    id: number,
    handle: number,
    member: number,
    flagBits: number,
    header: CallHeader | undefined,
    args: unknown[],
    received?: Received,
  ): void {
    if (received?.failure !== undefined) return this.refuse(id, flagBits, received.failure);
    const bound = handle === 0 ? this.#link.systemMember(member) : this.#link.exports.get(handle)?.members[member];
    if (bound === undefined) this.refuse(id, flagBits, new NetronError('not_found', 'no such service or member'));
    else this.#run(this.#read(id, bound, flagBits, header, args), flagBits, received);
  }

  /** Handles a call on the result of another call. Without `args`, it reads the property at the path. */
  pipe(
    id: number,
    sourceId: number,
    path: string[],
    flagBits: number,
    header: CallHeader | undefined,
    args: unknown[] | undefined,
    received?: Received,
  ): void {
    if (received?.failure !== undefined) return this.refuse(id, flagBits, received.failure);
    if (!this.#results.has(sourceId))
      return this.refuse(id, flagBits, new NetronError('not_found', `no held result of call ${sourceId}`));
    const { exports, node } = this.#link;
    const pipelined = pipelinedMember(this.#results.get(sourceId), path, args, {
      bind: (target) => exports.boundOf(target),
      chain: node.middleware?.incomingChain,
      dispatcher: node.dispatcher,
    });
    this.#run(this.#read(id, pipelined, flagBits, header, args ?? []), flagBits, received);
  }

  /** Cancels a call: the caller no longer waits. */
  cancel(id: number): void {
    this.#running.get(id)?.abort(new NetronError('canceled', 'the caller canceled the call'));
  }

  /** Releases a held result: the caller will not refer to it any more. */
  drop(id: number): void {
    this.#results.drop(id);
    const call = this.#running.get(id);
    if (call !== undefined) call.held = false;
  }

  /** Continues when the other end reads again. */
  drained(): void {
    this.#backlog.drained();
  }

  /** Cancels everything: the link has ended. */
  close(): void {
    this.#closed = true;
    this.#backlog.close();
    this.#running.abandon('the connection was lost');
    this.#results.clear();
  }

  /** Answers a call that does not run with an error, which calls on its result receive, too. */
  refuse(id: number, flagBits: number, error: NetronError): void {
    if ((flagBits & flags.hold) !== 0) this.#results.holdFailure(id, error);
    this.#link.node.dispatcher.refused(this.#link.owner, undefined, error);
    this.#link.outbox.failure(writeRefusal, id, error);
  }

  /** Creates the call of a packet. */
  #read(id: number, member: BoundMember, flagBits: number, header: CallHeader | undefined, args: unknown[]): CallContext {
    const { owner, node } = this.#link;
    const { home } = node.dispatcher;
    const deadline = header?.timeoutMs === undefined ? undefined : this.#link.arrived + header.timeoutMs;
    const call = new CallContext(id, member, args, owner, header, deadline, home);
    if ((flagBits & flags.cancellable) !== 0 && home.callContext === 'auto') call.followed = true;
    call.held = (flagBits & flags.hold) !== 0;
    return call;
  }

  #run(call: CallContext, flagBits: number, received: Received | undefined): void {
    const refusal = this.#refusal(call);
    if (refusal !== undefined) return this.refuse(call.id, flagBits, refusal);
    call.receivedHandles = received?.take(nameOf(call));
    if (received?.awaited !== undefined) this.#await(call, received.awaited as AwaitedResult[]);
    else if (this.#backlog.waits) this.#keep(call);
    else this.#begin(call);
  }

  /**
   * Returns the result of a call of the other end, or a promise of it, for the arguments of another call; `undefined` when it is not held.
   */
  heldResult(id: number): AwaitedResult | undefined {
    return this.#results.has(id) ? new AwaitedResult(this.#results.get(id)) : undefined;
  }

  /** Delays a call until the results in its arguments have arrived. */
  #await(call: CallContext, awaited: readonly AwaitedResult[]): void {
    const { node, exports } = this.#link;
    const name = call.held ? this.#results.holdLater(call.id) : undefined;
    this.#running.add(call);
    fillIn(call.args, awaited, node, (value) => exports.boundOf(value)).then(
      () => this.beginKept({ call, cost: 0, name }),
      (error: unknown) => {
        this.#running.delete(call);
        this.#results.drop(call.id);
        this.#failBefore(call, error);
        name?.(failed(error));
      },
    );
  }

  #refusal({ id, deadline }: CallContext): NetronError | undefined {
    // Checked before the method runs: an unregistered call would escape the limit and could not be answered.
    if (this.#running.get(id) !== undefined) return new NetronError('invalid_argument', `call ${id} is already in flight`);
    const refusal = this.#link.node.dispatcher.refusal ?? this.#running.refusal;
    if (refusal !== undefined) return refusal;
    if (deadline === undefined || deadline > this.#link.arrived) return undefined;
    return new NetronError('deadline_exceeded', 'the deadline had passed on arrival');
  }

  #begin(call: CallContext): void {
    let result: unknown;
    let later: boolean;
    try {
      result = this.#link.node.dispatcher.run(call);
      later = isThenable(result);
    } catch (error) {
      return this.#fail(call, error);
    }
    if (!later) return this.#reply(call, result);
    // The method itself may have closed the link.
    if (this.#closed) call.abort(new NetronError('canceled', 'the connection was lost'));
    this.#running.add(call);
    if (call.held) this.#results.hold(call.id, result);
    (result as Promise<unknown>).then(
      (value) => {
        if (this.#backlog.stalled) return this.#replyLater(call, value);
        this.#running.delete(call);
        this.#reply(call, value);
      },
      (error: unknown) => {
        this.#running.delete(call);
        this.#fail(call, error);
      },
    );
  }

  /** Registers a waiting call: it can be canceled, counts as in flight, and its result can be referred to. */
  #keep(call: CallContext): void {
    const cost = this.#backlog.cost();
    if (cost === undefined) return this.#failBefore(call, tooManyWait());
    const name = call.held ? this.#results.holdLater(call.id) : undefined;
    this.#running.add(call);
    this.#backlog.keep({ call, cost, name });
  }

  /** Starts a call that has waited. */
  beginKept({ call, name }: KeptCall): void {
    this.#running.delete(call);
    this.#results.drop(call.id);
    if (call.abortReason === undefined) this.#begin(call);
    else this.#failBefore(call, call.abortReason);
    name?.(this.#results.get(call.id) ?? failed(new NetronError('canceled', 'the call was canceled')));
  }

  /** Ends a waiting call that never starts. */
  dropKept({ call, name }: KeptCall): void {
    const lost = new NetronError('canceled', 'the connection was lost');
    call.abort(lost);
    this.#running.delete(call);
    call.release();
    name?.(failed(lost));
  }

  /** Delays an answer. The call keeps its place among the calls in flight, which bounds the number of waiting answers. */
  #replyLater(call: CallContext, value: unknown): void {
    guardStreams(value);
    this.#backlog.keepAnswer(() => {
      this.#running.delete(call);
      this.#reply(call, value);
    });
  }

  #reply(call: CallContext, value: unknown): void {
    if (this.#closed) return this.#abandon(value, call);
    let result = value;
    try {
      if (typeof value === 'object' && value !== null && (call.member.kind === 'stream' || isStreamSource(value))) {
        result = streamSource(value, call, this.#link.reportError);
        call.streams();
      }
      if (call.held && !this.#results.has(call.id)) this.#results.hold(call.id, value);
      this.#link.outbox.send(writeResult, call.id, result, call);
    } catch (error) {
      discardStreams(result, this.#link.reportError);
      return this.#fail(call, error);
    }
    if (!this.#link.outgoingHandles.streaming) call.release();
  }

  #fail(call: CallContext, thrown: unknown): void {
    // A method that was stopped by its deadline may throw any error that the aborted signal causes.
    const error = call.abortReason?.code === 'deadline_exceeded' ? call.abortReason : thrown;
    if (call.held) this.#results.holdFailure(call.id, error);
    this.#link.outbox.failure(failureWriters[call.fail()], call.id, error);
    call.release();
  }

  /** Fails a call whose method has not started and never will. */
  #failBefore(call: CallContext, error: unknown): void {
    call.entered = false;
    this.#fail(call, error);
  }

  /** Discards a result that nobody receives: the streams in it are closed. */
  #abandon(value: unknown, call: CallContext): void {
    call.release();
    discardStreams(value, this.#link.reportError);
  }
}
