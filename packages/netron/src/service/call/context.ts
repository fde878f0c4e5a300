/** The callee's view of a call that came over the wire or from a local proxy, for middleware and methods. */
import { NetronError } from '../../errors/netron-error.js';
import type { CallOutcome } from '../../errors/outcome.js';
import type { Call, CallPeer, Handler, TraceContext } from '../../middleware/call.js';
import { overBefore } from '../../middleware/derived-call.js';
import { isThenable } from '../../util/is-thenable.js';
import type { CallHeader } from '../../wire/packets.js';
import type { BoundMember } from './bound-service.js';
import type { CallHome } from './call-home.js';
import { CallTags } from './call-tags.js';
import { Cancellation } from './cancellation.js';
import { contextParameter } from './context-parameter.js';
import { ReceivedCall } from './received-call.js';
import { carryAlong, runInCall } from './running-call.js';

/** Placeholder for the answer until the member has returned. */
const notReturned: unique symbol = Symbol('not returned');

/** Key in `state`, present while it is unknown whether the member runs; its value is whether the member had begun before. */
const doubted: unique symbol = Symbol('doubted');

/**
 * A call as the method that answers it sees it. Methods obtain it with `getCallContext()`, or through a parameter declared as
 * `RequestContext`. `signal` and `state` are created when they are first read.
 */
export class CallContext extends ReceivedCall implements Call {
  /** @internal */
  static readonly [contextParameter] = true;
  /** User that the call is made for: the peer's identity; for a call within the node, the user of the calling call. Middleware may set it. */
  // biome-ignore lint/suspicious/noExplicitAny: holds whatever the program's own middleware put there
  user: any;
  /** Span of a tracing middleware. */
  // biome-ignore lint/suspicious/noExplicitAny: holds whatever the program's own middleware put there
  span: any = undefined;
  /** @internal Whether a later call may use the result of this one. */
  held = false;
  /** @internal References that came with the arguments; released with the call. */
  receivedHandles: Disposable[] | undefined = undefined;
  /** @internal Whether the member has begun, after all middleware. */
  entered: boolean;
  /** @internal Number of parts still at work: its method, which may outlast an answer of middleware, and its answer, when no caller waits for it. */
  working = 0;
  /** @internal Whether it has left the table of calls in flight. Work that middleware begins after the answer is counted separately. */
  answered = false;
  /** @internal Whether it has failed: its member must not begin any more. */
  private failed = false;
  /** @internal Called when no part of it is at work any more; absent while a caller waits for it. */
  over: (() => void) | undefined = undefined;
  /** @internal The call that this one was derived from by `as`. */
  private from: CallContext | undefined = undefined;
  /** @internal When its caller stops waiting, in milliseconds on the monotonic clock, even if the member does not see this deadline. */
  expires: number;
  /** @internal Whether its asynchronous work carries the context along. */
  followed: boolean;
  /** @internal Tags of the call; `undefined` until the member sets one. */
  tags: CallTags | undefined = undefined;
  /** @internal Answer of the member, or the promise of it, once it has returned. */
  returned: unknown = notReturned;
  private cancellation: Cancellation | undefined = undefined;
  private states: Map<unknown, unknown> | undefined = undefined;

  /** @internal */
  constructor(
    id: number,
    member: BoundMember,
    args: unknown[],
    peer: CallPeer,
    header: CallHeader | undefined,
    deadline: number | undefined,
    home: CallHome,
  ) {
    super(id, member, args, peer, header, deadline, home);
    this.expires = deadline ?? Infinity;
    this.entered = member.direct === true;
    this.user = peer.identity;
    const tracking = home.callContext;
    this.followed = tracking === true || (tracking === 'auto' && (header !== undefined || member.usesContext));
  }

  /** @internal Called when the context is used during the synchronous part of the method: from here on it is carried along. */
  follow(): void {
    this.followed = true;
    this.member.usesContext = true;
    carryAlong(this);
  }

  /** @internal Tags of the call, created on first use. */
  get ownTags(): CallTags {
    if (this.from !== undefined) {
      const { ownTags } = this.from;
      for (const name of this.member.invalidates ?? []) ownTags.outdated.add(name);
      return ownTags;
    }
    this.tags ??= new CallTags(this.member.invalidates);
    return this.tags;
  }

  /** @internal Called for the first invalidated tag. If the member has already returned, publication is scheduled here. */
  tellOutdated(): void {
    if (this.from !== undefined) this.from.tellOutdated();
    else if (this.returned !== notReturned) this.ownTags.publish(this.returned, this.home.outdated);
  }

  /** @internal Derives a call to `member` from this one, for instance the call of a task from the request to run it. */
  as(member: BoundMember, args: unknown[]): CallContext {
    const call = new CallContext(this.id, member, args, this.peer, this.header, this.deadline, this.home);
    this.onAbort((reason) => call.abort(reason));
    call.from = this;
    if (call.entered) this.entered = true;
    return call;
  }

  /** @internal Passes a call to the member, past the middleware of members without their own. `call` is this one as middleware changed it. */
  pass(call: Call): unknown {
    return this.begin(this.member.answer as Handler, call);
  }

  /** @internal Runs the member, `method`. It counts as at work until it has answered `call`, even if no caller waits for it. */
  begin(method: Handler, call: Call): unknown {
    const reason = overBefore(call) ?? this.tooLateToBegin;
    if (reason !== undefined) throw reason;
    this.enter();
    const result = runInCall(this, method, call);
    if (result instanceof Promise) this.worksOn(result);
    return result;
  }

  /** The error for a member that would begin too late: its caller was already told that the call did not run. */
  private get tooLateToBegin(): NetronError | undefined {
    if (this.from !== undefined) return this.from.tooLateToBegin;
    if (this.abortReason !== undefined) return this.abortReason;
    if (this.failed) return new NetronError('canceled', `${this.service}.${this.method} failed before it began`);
    if (this.behind && this.home.inFlight.stopped) return new NetronError('unavailable', 'the node was stopped');
    return undefined;
  }

  /** Whether the call was answered already, so that anything that begins now outlasts its answer. */
  private get behind(): boolean {
    return this.returned !== notReturned && (this.answered || !isThenable(this.returned));
  }

  private worksOn(result: Promise<unknown>): void {
    if (this.from !== undefined) return this.from.worksOn(result);
    if (this.over === undefined && this.behind) this.countWork();
    const ended = (): void => this.partEnded();
    this.working += 1;
    result.then(ended, ended);
  }

  /** Counts work that continues after the call was answered synchronously, without ever being among the calls in flight. */
  private countWork(): void {
    this.home.inFlight.add();
    this.over = this.home.inFlight.leave(this);
  }

  /** @internal One part of the call is no longer at work. */
  partEnded(): void {
    this.working -= 1;
    if (this.working > 0) return;
    this.over?.();
    this.over = undefined;
  }

  /** @internal Sets another trace, which is also carried through the asynchronous work of the method. */
  carry(trace: TraceContext | undefined): void {
    this.carried = trace;
    if (this.tracking === 'auto') this.followed = true;
  }

  /** @internal Marks the member as begun. */
  enter(): void {
    this.entered = true;
    if (this.states?.has(doubted) === true) this.states.set(doubted, true);
    this.from?.enter();
  }

  /** @internal Notes that the call is refused: its member does not begin, even when no middleware precedes it. */
  refuse(): void {
    this.entered = false;
    this.from?.refuse();
  }

  /** @internal Sets whether it is unknown if the member runs: another call may run it instead, or middleware may have stopped waiting for it. */
  doubt(on: boolean): void {
    const before = this.states?.get(doubted) ?? this.entered;
    this.entered = on || before === true;
    if (on) this.state.set(doubted, before);
    else this.states?.delete(doubted);
    this.from?.doubt(on);
  }

  /** @internal Whether the member ran, for a call that fails. */
  get outcome(): CallOutcome {
    if (!this.entered) return 'not_run';
    return this.states?.has(doubted) === true ? 'unknown' : 'ran';
  }

  /** @internal Records the result of the call, or the promise of it. */
  returns(result: unknown): void {
    this.returned = result;
    if (this.working > 0 && !isThenable(result)) this.countWork();
  }

  /** @internal Marks the call as failed: its member must not begin any more. Returns whether the member ran. */
  fail(): CallOutcome {
    this.failed = true;
    if (this.working > 0 && this.over === undefined) this.countWork();
    return this.outcome;
  }

  /** Aborted when the caller gives up, the deadline passes or the connection ends. */
  get signal(): AbortSignal {
    this.cancellation ??= new Cancellation();
    return this.cancellation.signal;
  }

  /** Values that middleware passes to the method and to other middleware; initially empty, discarded with the call. */
  get state(): Map<unknown, unknown> {
    this.states ??= new Map();
    return this.states;
  }

  /** @internal Reason why the caller no longer waits; `undefined` while it does. */
  get abortReason(): NetronError | undefined {
    return this.cancellation?.reason;
  }

  /** Whether the caller no longer waits. */
  get aborted(): boolean {
    return this.abortReason !== undefined;
  }

  /** @internal Notifies the method, and the calls it has made, that no caller waits for them any more. Idempotent. */
  abort(reason: NetronError): void {
    this.cancellation ??= new Cancellation();
    this.cancellation.cancel(reason);
  }

  /**
   * @internal Calls `tell` when this call is aborted, or at once if it already is.
   *
   * @returns a function that removes `tell`
   */
  onAbort(tell: (reason: NetronError) => void): () => void {
    this.cancellation ??= new Cancellation();
    return this.cancellation.listen(tell);
  }

  /** @internal Returns the error for a call whose time is over. */
  tooLate(): NetronError {
    return new NetronError('deadline_exceeded', `${this.service}.${this.method} did not answer before its deadline`);
  }

  /** @internal Releases references that came with the arguments and were not kept. */
  release(): void {
    if (this.receivedHandles === undefined) return;
    for (const reference of this.receivedHandles) reference[Symbol.dispose]();
    this.receivedHandles = undefined;
  }
}
