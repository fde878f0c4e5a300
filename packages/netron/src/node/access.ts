/** Decides what callers see of a node and may ask of it, besides calling: receives the node's options, is asked by its parts. */
import { NetronError } from '../errors/netron-error.js';
import type { CallPeer } from '../middleware/call.js';
import type { BoundService } from '../service/call/bound-service.js';
import type { ServiceDefinition } from '../service/definition.js';
import type { Clock } from '../util/clock.js';
import { hearPromise } from '../util/hear-promise.js';
import { inTime } from '../util/in-time.js';

/**
 * A request of a caller besides calls, which middleware guards: for a service by its name, or for the events of a service or,
 * without one, of the node.
 */
export type Operation =
  | { readonly kind: 'query'; readonly service: ServiceDefinition }
  | { readonly kind: 'subscribe'; readonly service: ServiceDefinition | undefined; readonly event: string };

/** Whether a caller sees a service at all. Synchronous. What it does not see cannot be told from what does not exist. */
export type Visible = (caller: CallPeer, service: ServiceDefinition) => boolean;

/**
 * Whether a caller may do something: `true` and nothing at all let it, anything else refuses. A `NetronError` that it throws is the caller's error; of
 * anything else that it throws callers learn nothing.
 */
export type Authorize = (caller: CallPeer, operation: Operation) => unknown;

/** Milliseconds that `authorize` has for its answer. */
const answerTime = 5_000;

/** A caller that came by a listener which serves only some services. */
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

  /** Whether every service is there for this caller, without asking. */
  open(caller: ReachingCaller): boolean {
    return this.#visible === undefined && caller.reaches === undefined;
  }

  /** Whether services have to be asked for, so that `authorize` is. */
  get asks(): boolean {
    return this.#authorize !== undefined;
  }

  /** Whether the caller sees a service. A `visible` that throws hides it. */
  sees(caller: ReachingCaller, { definition }: Pick<BoundService, 'definition'>): boolean {
    const { reaches } = caller;
    const { name, version } = definition;
    if (reaches !== undefined && !reaches.has(name) && !reaches.has(`${name}@${version}`)) return false;
    try {
      const seen: unknown = this.#visible === undefined || this.#visible(caller, definition);
      if (hearPromise(seen)) throw new TypeError('visible must answer at once, not with a promise');
      return seen === true;
    } catch (error) {
      this.#onError(error, 'visible');
      return false;
    }
  }

  /**
   * Lets a caller do something; `undefined` when nobody has to be asked.
   *
   * @throws NetronError `permission_denied`, `deadline_exceeded` when there is no answer within 5,000 ms, one that `authorize` throws, `internal`
   *   when it throws anything else, which is logged
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
