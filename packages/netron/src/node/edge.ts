/**
 * Calls that come from an edge, for instance an HTTP server or the consumer of a queue, instead of a peer: receives them as
 * requests and passes them to the dispatcher.
 */
import { NetronError } from '../errors/netron-error.js';
import { withOutcome } from '../errors/outcome.js';
import type { CallPeer } from '../middleware/call.js';
import type { BoundService } from '../service/call/bound-service.js';
import type { CallContext } from '../service/call/context.js';
import type { DisconnectSource, Dispatcher } from '../service/call/dispatcher.js';
import { type CallOptions, checkCallOptions, sentAlong, timeOf } from '../service/call/options.js';
import type { RunningCalls } from '../service/call/running-calls.js';
import { described } from '../util/check.js';
import type { Clock } from '../util/clock.js';
import type { InFlight } from '../util/in-flight.js';

/** A call as an edge passes it to `netron.dispatch`. It also accepts every option of a call. */
export interface DispatchRequest extends CallOptions {
  /** Name of the service: `name`, `name@1.2.3`, `name@^1.0.0`. */
  readonly service: string;
  /** Name of the member. A property is read without arguments and written with one. */
  readonly method: string;
  /** Positional arguments. Default none. */
  readonly args?: unknown[];
  /** The caller. Calls with the same `transport` and `id` count together for `limits.calls`; `identity` becomes `call.user`. */
  readonly caller: CallPeer;
}

/** Names of a request's fields besides the options of a call. */
const requestNames: Record<keyof Omit<DispatchRequest, keyof CallOptions>, true> = {
  service: true,
  method: true,
  args: true,
  caller: true,
};

/** A request of an edge of this package: each field may be present with `undefined` as its value. */
export type EdgeCall = {
  readonly [Key in keyof Omit<DispatchRequest, 'service' | 'method' | 'caller'>]?: DispatchRequest[Key] | undefined;
} & Pick<DispatchRequest, 'service' | 'method' | 'caller'> & {
    /** Receives the call before its member runs, so that the edge can read what the member sets on it. */
    readonly onBegin?: ((call: CallContext) => void) | undefined;
    /** Reports that the caller has disconnected. Replaces a signal, which would have to be made for each call. */
    readonly disconnects?: DisconnectSource | undefined;
  };

/** Members of a node that its edge uses. */
export interface EdgeNode {
  readonly clock: Clock;
  /** Milliseconds; `Infinity` for no limit. */
  readonly requestTimeout: number;
  readonly dispatcher: Dispatcher;
  readonly inFlight: Pick<InFlight, 'add' | 'delete'>;
  /** The same as `resolve`, when the answer is known synchronously; otherwise `undefined`. */
  known(service: string, caller: CallPeer): BoundService | undefined;
  /** @throws NetronError `not_found`, `invalid_argument` */
  resolve(service: string, caller: CallPeer): Promise<BoundService>;
}

export class Edge {
  readonly #node: EdgeNode;
  /** Calls in flight, by caller. */
  readonly #callers = new Map<string, RunningCalls>();
  /** The caller of the latest call. */
  #last: { readonly transport: string; readonly id: string; readonly calls: RunningCalls } | undefined;
  /** The reason why no more requests are accepted. */
  #closed: string | undefined;

  constructor(node: EdgeNode) {
    this.#node = node;
  }

  /** Accepts no more requests; those in flight continue. */
  close(reason: string): void {
    this.#closed ??= reason;
  }

  /** Names of the calls in flight, as `service.method`. */
  get underWay(): string[] {
    return [...this.#callers.values()].flatMap(({ names }) => names);
  }

  /** Aborts the calls in flight: their callers get `canceled`. */
  abandon(reason: string): void {
    for (const calls of this.#callers.values()) calls.abandon(reason);
    this.#callers.clear();
    this.#last = undefined;
  }

  async dispatch(request: DispatchRequest): Promise<unknown> {
    checkCallOptions(request, requestNames);
    checkCaller(request.caller);
    const start = this.#node.clock.now();
    const service = await this.resolve(request.service, request.caller);
    return this.run(service, request, this.#node.clock.now(), start);
  }

  /** Returns the service that a caller asks for, when it is known synchronously. */
  known(service: string, caller: CallPeer): BoundService | undefined {
    return this.#closed === undefined ? this.#node.known(service, caller) : undefined;
  }

  /** Returns the service that a caller asks for. */
  async resolve(service: string, caller: CallPeer): Promise<BoundService> {
    if (this.#closed !== undefined) throw withOutcome(new NetronError('unavailable', `${service}: ${this.#closed}`), 'not_run');
    const { inFlight } = this.#node;
    inFlight.add();
    try {
      return await this.#node.resolve(service, caller);
    } catch (error) {
      throw withOutcome(error, 'not_run');
    } finally {
      inFlight.delete();
    }
  }

  /**
   * Runs a call of a resolved service.
   *
   * @param start when the request arrived
   */
  run(bound: BoundService, request: EdgeCall, now: number, start = now): unknown {
    const { method, args = [], caller, signal, timeout = Infinity } = request;
    const { requestTimeout, dispatcher } = this.#node;
    const member = bound.byName.get(method);
    if (member === undefined) {
      const name = String(method).slice(0, 128);
      throw withOutcome(new NetronError('not_found', `service '${bound.definition.name}' has no member '${name}'`), 'not_run');
    }
    const invocation = {
      member,
      args,
      caller,
      header: sentAlong(request as CallOptions, undefined),
      user: caller.identity,
      parent: undefined,
      now,
      deadline: timeout === Infinity ? undefined : start + timeout,
      expires: start + timeOf(request as CallOptions, requestTimeout),
      signal,
      onBegin: request.onBegin,
      disconnects: request.disconnects,
    };
    return dispatcher.answer(invocation, this.#callsOf(caller));
  }

  #callsOf({ transport = '', id }: CallPeer): RunningCalls {
    // The same caller often calls again. The table of a caller is removed when its calls have all ended.
    const last = this.#last;
    if (last !== undefined && last.id === id && last.transport === transport) return last.calls;
    const key = `${transport} ${id}`;
    const calls = this.#callers.get(key) ?? this.#made(key);
    this.#last = { transport, id, calls };
    return calls;
  }

  #made(key: string): RunningCalls {
    return this.#node.dispatcher.runningCalls({
      began: (all) => this.#callers.set(key, all),
      ended: () => this.#callers.delete(key),
    });
  }
}

/** @throws TypeError when the caller is not an object with an id */
function checkCaller(caller: Partial<CallPeer> | null | undefined): void {
  if (typeof caller !== 'object' || caller === null) throw new TypeError(`caller must be an object, not ${described(caller)}`);
  if (typeof caller.id !== 'string') throw new TypeError(`caller.id must be a string, not ${described(caller.id)}`);
}
