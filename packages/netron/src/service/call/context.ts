/** The callee's view of a call: receives what came over the wire or from a local proxy, is handed to middleware and methods. */
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

/** Stands for an answer as long as the member has not returned. */
const notReturned: unique symbol = Symbol('not returned');

/** Key of `state` while nobody can say whether the member ran: whether it had begun before. */
const doubted: unique symbol = Symbol('doubted');

/**
 * A call as the method that answers it sees it. Methods get it by `getCallContext()`, or as a parameter declared as
 * `RequestContext`. What a call does not use is not made: `signal` and `state` come into being when first read.
 */
export class CallContext extends ReceivedCall implements Call {
  /** @internal */
  static readonly [contextParameter] = true;
  /** User that the call is made for: the peer's identity; for a call within the node, the user of the call that makes it. Middleware may set it. */
  // biome-ignore lint/suspicious/noExplicitAny: holds whatever the program's own middleware put there
  user: any;
  /** For a tracing middleware. */
  // biome-ignore lint/suspicious/noExplicitAny: holds whatever the program's own middleware put there
  span: any = undefined;
  /** @internal A later call may name this call's result. */
  held = false;
  /** @internal References that came with the arguments; released with the call. */
  borrowed: Disposable[] | undefined = undefined;
  /** @internal The member has begun, past all middleware. */
  entered: boolean;
  /** @internal Parts that are at work: its method, where middleware may answer before, and its answer, when nobody waits for it. */
  working = 0;
  /** @internal It has left the calls in flight. What middleware begins behind the answer counts by itself. */
  answered = false;
  /** @internal It has failed: its member must not begin any more. */
  private failed = false;
  /** @internal Called when nothing of it is at work any more; absent while somebody waits for it. */
  over: (() => void) | undefined = undefined;
  /** @internal The call that turned out to mean this one. */
  private from: CallContext | undefined = undefined;
  /** @internal When its caller stops waiting, told to the member or not; milliseconds on the monotonic clock. */
  expires: number;
  /** @internal Its asynchronous work carries the context along. */
  followed: boolean;
  /** @internal Tags that the member has told of; `undefined` until it tells of some. */
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

  /** @internal Somebody has asked for the context while the method's first part runs: from here on it is carried along. */
  follow(): void {
    this.followed = true;
    this.member.usesContext = true;
    carryAlong(this);
  }

  /** @internal Tags that the call tells of. */
  get told(): CallTags {
    if (this.from !== undefined) {
      const { told } = this.from;
      for (const name of this.member.invalidates ?? []) told.outdated.add(name);
      return told;
    }
    this.tags ??= new CallTags(this.member.invalidates);
    return this.tags;
  }

  /** @internal The first tag was told of that is out of date: if the member has returned, its end is waited for here. */
  tellOutdated(): void {
    if (this.from !== undefined) this.from.tellOutdated();
    else if (this.returned !== notReturned) this.told.publish(this.returned, this.home.outdated);
  }

  /** @internal The same call as one to `member`: what it turned out to mean. */
  as(member: BoundMember, args: unknown[]): CallContext {
    const call = new CallContext(this.id, member, args, this.peer, this.header, this.deadline, this.home);
    this.onAbort((reason) => call.abort(reason));
    call.from = this;
    if (call.entered) this.entered = true;
    return call;
  }

  /** @internal Calls what is behind the middleware that stands in front of everything without its own, with what it made of this call. */
  pass(call: Call): unknown {
    return this.begin(this.member.answer as Handler, call);
  }

  /** @internal Runs the member, `method`, which is at work until it has answered `call`, whoever waits for that. */
  begin(method: Handler, call: Call): unknown {
    const reason = overBefore(call) ?? this.tooLateToBegin;
    if (reason !== undefined) throw reason;
    this.enter();
    const result = runInCall(this, method, call);
    if (result instanceof Promise) this.worksOn(result);
    return result;
  }

  /** The error of a call that was given up, or has failed: its caller was told that it did not run. */
  private get tooLateToBegin(): NetronError | undefined {
    if (this.from !== undefined) return this.from.tooLateToBegin;
    if (this.abortReason !== undefined) return this.abortReason;
    if (this.failed) return new NetronError('canceled', `${this.service}.${this.method} has failed before it began`);
    if (this.behind && this.home.inFlight.stopped) return new NetronError('unavailable', 'the node was stopped');
    return undefined;
  }

  /** Whether it was answered already, and whatever begins now does so behind that. */
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

  /** It was answered at once, and was never among the calls in flight: what is at work all the same counts by itself. */
  private countWork(): void {
    this.home.inFlight.add();
    this.over = this.home.inFlight.leave(this);
  }

  /** @internal A part of it is at work no more. */
  partEnded(): void {
    this.working -= 1;
    if (this.working > 0) return;
    this.over?.();
    this.over = undefined;
  }

  /** @internal Carries another trace on, also past what the method awaits. */
  carry(trace: TraceContext | undefined): void {
    this.carried = trace;
    if (this.tracking === 'auto') this.followed = true;
  }

  /** @internal The member begins. */
  enter(): void {
    this.entered = true;
    if (this.states?.has(doubted) === true) this.states.set(doubted, true);
    this.from?.enter();
  }

  /** @internal Whether nobody can say if the member runs: another call may run it in the place of this one, or it may have been left alone. */
  doubt(on: boolean): void {
    const before = this.states?.get(doubted) ?? this.entered;
    this.entered = on || before === true;
    if (on) this.state.set(doubted, before);
    else this.states?.delete(doubted);
    this.from?.doubt(on);
  }

  /** @internal Fate of the member, where the call fails. */
  get outcome(): CallOutcome {
    if (!this.entered) return 'not_run';
    return this.states?.has(doubted) === true ? 'unknown' : 'ran';
  }

  /** @internal It has returned `result`, or a promise of it. */
  returns(result: unknown): void {
    this.returned = result;
    if (this.working > 0 && !isThenable(result)) this.countWork();
  }

  /** @internal The call has failed: its member does not begin any more. Returns what became of that. */
  fail(): CallOutcome {
    this.failed = true;
    if (this.working > 0 && this.over === undefined) this.countWork();
    return this.outcome;
  }

  /** Aborts when the caller gives up, the deadline passes or the connection ends. */
  get signal(): AbortSignal {
    this.cancellation ??= new Cancellation();
    return this.cancellation.signal;
  }

  /** For middleware to hand things to the method and to each other; empty at first, gone with the call. */
  get state(): Map<unknown, unknown> {
    this.states ??= new Map();
    return this.states;
  }

  /** @internal Why the caller no longer waits; `undefined` while it does. */
  get abortReason(): NetronError | undefined {
    return this.cancellation?.reason;
  }

  /** Whether the caller no longer waits. */
  get aborted(): boolean {
    return this.abortReason !== undefined;
  }

  /** @internal Tells the method and the calls it has made that nobody waits for them any more. Idempotent. */
  abort(reason: NetronError): void {
    this.cancellation ??= new Cancellation();
    this.cancellation.cancel(reason);
  }

  /**
   * @internal Calls `tell` when this call is aborted, at once when it was.
   *
   * @returns takes `tell` off again
   */
  onAbort(tell: (reason: NetronError) => void): () => void {
    this.cancellation ??= new Cancellation();
    return this.cancellation.listen(tell);
  }

  /** @internal The error of a call whose time is over. */
  tooLate(): NetronError {
    return new NetronError('deadline_exceeded', `${this.service}.${this.method} did not answer before its deadline`);
  }

  /** @internal Lets go of what came with the arguments and was not kept. */
  release(): void {
    if (this.borrowed === undefined) return;
    for (const reference of this.borrowed) reference[Symbol.dispose]();
    this.borrowed = undefined;
  }
}
