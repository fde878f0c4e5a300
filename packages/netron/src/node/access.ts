/** Access control of a node besides calls: decides, by `visible` and `authorize`, which services a caller sees and what it may request. */
import { NetronError } from '../errors/netron-error.js';
import type { CallPeer } from '../middleware/call.js';
import type { BoundService } from '../service/call/bound-service.js';
import type { ServiceDefinition } from '../service/definition.js';
import type { Clock } from '../util/clock.js';
import { hearPromise } from '../util/hear-promise.js';
import { inTime } from '../util/in-time.js';

/**
 * A request of a caller, besides calls (which middleware guards): a query for a service by its name, or a subscription to an
 * event of a service or, without a service, of the node.
 */
export type Operation =
  | { readonly kind: 'query'; readonly service: ServiceDefinition }
  | { readonly kind: 'subscribe'; readonly service: ServiceDefinition | undefined; readonly event: string };

/** Returns whether a caller sees a service at all. Synchronous. The caller cannot tell a hidden service from one that does not exist. */
export type Visible = (caller: CallPeer, service: ServiceDefinition) => boolean;

/**
 * Decides whether a caller may do something: `true` or `undefined` allows it, any other value refuses it. A `NetronError` that the function
 * throws is sent to the caller; any other error is logged and hidden from the caller.
 */
export type Authorize = (caller: CallPeer, operation: Operation) => unknown;

/** Milliseconds that `authorize` has to answer. */
const answerTime = 5_000;

/** A caller whose listener may serve only some of the services. */
interface ReachingCaller extends CallPeer {
  readonly reaches?: ReadonlySet<string> | undefined;
}

export class Access {
  readonly #visible: Visible | undefined;
  readonly #authorize: Authorize | undefined;
  readonly #clock: Clock;
  readonly #onError: (error: unknown, event: string) => void;

  constructor(
    { visible, authorize }: { readonly visible?: Visible; readonly authorize?: Authorize },
    clock: Clock,
    onError: (error: unknown, event: string) => void,
  ) {
    this.#visible = visible;
    this.#authorize = authorize;
    this.#clock = clock;
    this.#onError = onError;
  }

  /** Whether this caller sees every service, without a check of each. */
  open(caller: ReachingCaller): boolean {
    return this.#visible === undefined && caller.reaches === undefined;
  }

  /** Whether callers have to query for services, so that `authorize` is called. */
  get asks(): boolean {
    return this.#authorize !== undefined;
  }

  /** Whether the caller sees a service. A `visible` that throws hides the service. */
  sees(caller: ReachingCaller, { definition }: Pick<BoundService, 'definition'>): boolean {
    const { reaches } = caller;
    const { name, version } = definition;
    if (reaches !== undefined && !reaches.has(name) && !reaches.has(`${name}@${version}`)) return false;
    try {
      const seen: unknown = this.#visible === undefined || this.#visible(caller, definition);
      if (hearPromise(seen)) throw new TypeError('visible must return a boolean, not a promise');
      return seen === true;
    } catch (error) {
      this.#onError(error, 'visible');
      return false;
    }
  }

  /**
   * Allows an operation of a caller; returns `undefined` when there is no `authorize` to ask.
   *
   * @throws NetronError `permission_denied`; `deadline_exceeded` when there is no answer within 5,000 ms; the `NetronError` that `authorize`
   *   throws; `internal` when it throws anything else, which is logged
   */
  allow(caller: CallPeer, operation: Operation): Promise<void> | undefined {
    const authorize = this.#authorize;
    return authorize && this.#ask(authorize, caller, operation);
  }

  async #ask(authorize: Authorize, caller: CallPeer, operation: Operation): Promise<void> {
    const late = (): NetronError => new NetronError('deadline_exceeded', `authorize did not answer within ${answerTime} ms`);
    const what = `${operation.kind} of '${operation.kind === 'query' ? operation.service.name : operation.event.slice(0, 256)}'`;
    let answer: unknown;
    try {
      answer = await inTime(this.#clock, answerTime, authorize(caller, operation), late);
    } catch (error) {
      if (NetronError.is(error)) throw error;
      this.#onError(error, 'authorize');
      throw new NetronError('internal', `${what}: authorize failed`);
    }
    if (answer === true || answer === undefined) return;
    throw new NetronError('permission_denied', `${what} is not allowed`);
  }
}
