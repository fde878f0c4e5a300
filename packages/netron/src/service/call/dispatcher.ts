/**
 * The one place that runs members: receives calls from links, from proxies within the process, from tasks and from edges
 * such as an HTTP server, and passes each through the middleware to the code that answers it.
 */
import { NetronError } from '../../errors/netron-error.js';
import { withOutcome } from '../../errors/outcome.js';
import type { Call, CallPeer, Handler } from '../../middleware/call.js';
import { originalCall } from '../../middleware/derived-call.js';
import { isThenable } from '../../util/is-thenable.js';
import { onAbort } from '../../util/on-abort.js';
import type { CallHeader } from '../../wire/packets.js';
import type { BoundMember } from './bound-service.js';
import type { CallHome } from './call-home.js';
import { streamOf } from './call-stream.js';
import { CallContext } from './context.js';
import type { CallObserver } from './observer.js';
import { runInCall } from './running-call.js';
import { type CallsListener, RunningCalls, type RunningCallsNode } from './running-calls.js';
import { discardStreams } from './stream-source.js';

/** Maximum number of arguments of a call: all of them are on the stack when its method begins. */
const maxArguments = 10_000;

/** Members of a node that its dispatcher uses. */
export interface DispatcherNode extends RunningCallsNode, CallHome {
  readonly inFlight: RunningCallsNode['inFlight'] & CallHome['inFlight'];
  readonly observer: CallObserver;
}

/** A caller that may disconnect. */
export interface DisconnectSource {
  /** Calls `listener` when the caller has disconnected, or at once when it already has. */
  onDisconnect(listener: () => void): void;
}

/** A call that is made within this process. */
export interface Invocation {
  readonly member: BoundMember;
  readonly args: unknown[];
  readonly caller: CallPeer;
  readonly header: CallHeader | undefined;
  /** User that the call is made for. */
  readonly user: unknown;
  /** The call in whose method this one is made, if any: when that call is aborted, so is this one. */
  readonly parent: CallContext | undefined;
  /** The time now, in milliseconds on the monotonic clock. */
  readonly now: number;
  /** When the caller stops waiting, on the monotonic clock, as the member sees it. */
  readonly deadline: number | undefined;
  /** The same, even if the member does not see a deadline. */
  readonly expires: number;
  readonly signal: AbortSignal | undefined;
  /** Receives the call before its member runs. */
  readonly onBegin?: ((call: CallContext) => void) | undefined;
  /** Reports that the caller has disconnected. */
  readonly disconnects?: DisconnectSource | undefined;
}

export class Dispatcher {
  readonly #node: DispatcherNode;
  #lastId = 0;
  /** The reason why no calls run any more. */
  #sealed: string | undefined;
  /** The reason why calls of peers are refused. */
  #refused: string | undefined;

  constructor(node: DispatcherNode) {
    this.#node = node;
  }

  /** Parts of the node that its calls use. */
  get home(): CallHome {
    return this.#node;
  }

  /** Makes the table of one caller's calls in flight. */
  runningCalls(listener?: CallsListener): RunningCalls {
    return new RunningCalls(this.#node, listener);
  }

  /** Refuses calls of peers from now on; calls in flight and calls within the process continue. */
  refuse(reason: string): void {
    this.#refused ??= reason;
  }

  /** Returns the reason why calls of peers are refused; `undefined` while they are accepted. */
  get refusal(): NetronError | undefined {
    return this.#refused === undefined ? undefined : new NetronError('unavailable', this.#refused);
  }

  /** Refuses calls within the process from now on: the node is stopping. */
  seal(reason: string): void {
    this.#sealed ??= reason;
  }

  /**
   * Runs a call: observer, middleware, member. Returns the result or a promise of it; synchronous failures are thrown. Its source
   * is responsible for its deadline and its place among the calls in flight.
   *
   * @throws NetronError `invalid_argument` for too many arguments
   */
  run(call: CallContext): unknown {
    const { observer, outdated } = this.#node;
    if (call.args.length > maxArguments) throw this.#tooMany(call);
    const result =
      observer.active && call.member.internal !== true ? observer.run(call, enter) : runInCall(call, call.member.handler, call);
    // Tags that the member sets after its first await are added to these and published with the result.
    call.returns(result);
    if ((call.tags ?? call.member.invalidates) !== undefined) call.ownTags.publish(result, outdated);
    return result;
  }

  #tooMany(call: CallContext): NetronError {
    const text = `${nameOf(call)}: expected at most ${maxArguments} arguments, got ${call.args.length}; pass an array instead`;
    const error = new NetronError('invalid_argument', text);
    call.refuse();
    this.refused(call.peer, call, error);
    return withOutcome(error, 'not_run');
  }

  /** Notifies observers of a call that is refused before its member begins. */
  refused(caller: CallPeer, call: CallContext | undefined, error: unknown): void {
    const { observer } = this.#node;
    if (observer.active) observer.refused(caller, call, error);
  }

  /**
   * Runs a call for a caller in this process. The returned promise rejects as soon as the call is aborted or its deadline passes, even
   * if the member is still at work, which then keeps its place in `calls`.
   *
   * @throws NetronError `deadline_exceeded`, `canceled`, `resource_exhausted`, `unavailable`, or the error of the member
   */
  answer(invocation: Invocation, calls: RunningCalls): unknown {
    const { member, args, caller, header, parent, deadline, signal } = invocation;
    this.#lastId = (this.#lastId + 1) % 2 ** 30;
    const call = new CallContext(this.#lastId, member, args, caller, header, deadline, this.#node);
    call.user = invocation.user;
    call.expires = invocation.expires;
    // A call within another one needs a context of its own after an await, or `getCallContext` would return the outer call.
    if (call.tracking === 'auto' && (deadline ?? signal ?? parent) !== undefined) call.followed = true;
    const refusal = this.#refusal(call, invocation, calls);
    if (refusal !== undefined) {
      this.refused(caller, call, refusal);
      throw withOutcome(refusal, 'not_run');
    }
    invocation.onBegin?.(call);
    let result: unknown;
    try {
      result = this.run(call);
    } catch (error) {
      throw withOutcome(error, call.fail());
    }
    if (!isThenable(result)) {
      if (call.member.kind === 'stream') invocation.disconnects?.onDisconnect(() => call.abort(canceled(call, undefined)));
      return this.#shown(call, result, signal, calls);
    }
    return this.#awaited(call, result, invocation, calls);
  }

  #refusal(call: CallContext, { parent, signal, now }: Invocation, calls: RunningCalls): NetronError | undefined {
    if (this.#sealed !== undefined) return new NetronError('unavailable', `${nameOf(call)}: ${this.#sealed}`);
    if (call.expires <= now) return call.tooLate();
    if (signal?.aborted) return canceled(call, signal.reason);
    // A call made within another call counts as part of it, which was admitted already.
    return parent === undefined ? calls.refusal : parent.abortReason;
  }

  #awaited(
    call: CallContext,
    result: PromiseLike<unknown>,
    { parent, signal, disconnects }: Invocation,
    calls: RunningCalls,
  ): Promise<unknown> {
    calls.add(call);
    return new Promise((resolve, reject) => {
      call.onAbort((reason) => reject(withOutcome(reason, call.entered ? 'unknown' : 'not_run')));
      const offParent = parent?.onAbort((reason) => call.abort(reason));
      const offSignal = signal && onAbort(signal, (reason) => call.abort(canceled(call, reason)));
      let over = false;
      disconnects?.onDisconnect(() => {
        // An open stream ends with its caller, too.
        if (!over || call.member.kind === 'stream') call.abort(canceled(call, undefined));
      });
      const ended = (): void => {
        over = true;
        calls.delete(call);
        offParent?.();
        offSignal?.();
      };
      result.then(
        (value: unknown) => {
          ended();
          // The caller has got its error already: nothing else would end streams in this late result.
          if (call.abortReason !== undefined) discardStreams(value);
          try {
            if (call.abortReason === undefined) resolve(this.#shown(call, value, signal, calls));
          } catch (failure) {
            reject(failure);
          }
        },
        (error: unknown) => {
          ended();
          reject(withOutcome(error, call.fail()));
        },
      );
    });
  }

  #shown(call: CallContext, result: unknown, signal: AbortSignal | undefined, calls: RunningCalls): unknown {
    try {
      return streamOf(call, result, signal, calls, abortCall);
    } catch (error) {
      throw withOutcome(error, 'ran');
    }
  }
}

function enter(call: CallContext): unknown {
  return runInCall(call, call.member.handler, call);
}

/** Runs the member of `call` inside of the call's context, which may be lost where middleware has waited. */
export function enterMember(call: Call, method: Handler): unknown {
  return (originalCall(call) as CallContext).begin(method, call);
}

/** Aborts a call because its signal was aborted. */
function abortCall(call: CallContext, cause: unknown): NetronError {
  const error = canceled(call, cause);
  call.abort(error);
  return error;
}

function canceled(call: CallContext, cause: unknown): NetronError {
  return new NetronError('canceled', `${nameOf(call)} was canceled`, { cause });
}

function nameOf({ service, method }: CallContext): string {
  return `${service}.${method}`;
}
