/** Queue of calls that wait for a connection: each gets the next link, within its time. */
import { NetronError } from '../errors/netron-error.js';
import { currentCall } from '../service/call/current-call.js';
import { type CallOptions, timeOf } from '../service/call/options.js';
import { type Deferred, deferred } from '../util/deferred.js';
import { LazyMap } from '../util/lazy-map.js';
import { onAbort } from '../util/on-abort.js';
import type { PeerNode } from './peer-node.js';

/** Most calls that wait for a connection. */
const maxWaiting = 10_000;

/** The members of the peer that readiness uses. */
export interface AwaitedPeer {
  readonly id: string;
  readonly node: Pick<PeerNode, 'clock' | 'requestTimeout'>;
}

/** @typeParam Link type of the connection */
export class Readiness<Link> {
  readonly #peer: AwaitedPeer;
  readonly #late: ((timeout: number) => NetronError) | undefined;
  readonly #waiting = new LazyMap<Deferred<Link>, true>();

  /** @param late returns the error of a call that has waited for `timeout` milliseconds. Default: the peer was not connected */
  constructor(peer: AwaitedPeer, late?: (timeout: number) => NetronError) {
    this.#peer = peer;
    this.#late = late;
  }

  /** Number of waiting calls. */
  get size(): number {
    return this.#waiting.size;
  }

  /** Gives all waiting calls a link that accepts calls. */
  resolve(link: Link): void {
    for (const waiter of this.#waiting.keys()) waiter.resolve(link);
    this.#waiting.clear();
  }

  /** Fails all waiting calls: there will be no link. */
  reject(reason: () => NetronError): void {
    for (const waiter of this.#waiting.keys()) waiter.reject(reason());
    this.#waiting.clear();
  }

  /**
   * Resolves to the link as soon as there is one.
   *
   * @throws NetronError `deadline_exceeded`, `canceled`, `resource_exhausted`, or the reason why there will be none
   */
  async wait(options: CallOptions | undefined): Promise<Link> {
    const { id, node } = this.#peer;
    const { clock, requestTimeout } = node;
    if (this.#waiting.size >= maxWaiting)
      throw new NetronError('resource_exhausted', `${maxWaiting} calls are already waiting for peer '${id}'`);
    const parent = currentCall();
    const own = timeOf(options, requestTimeout);
    const timeout = parent?.deadline === undefined ? own : Math.min(own, Math.max(0, parent.deadline - clock.now()));
    // Each call has its own promise: a shared one would retain every call that ever waited for it.
    const waiter: Deferred<Link> = deferred();
    const late = (): void => waiter.reject(this.#late?.(timeout) ?? notConnected(id, timeout));
    const cancel = (cause: unknown): void => waiter.reject(new NetronError('canceled', 'the call was canceled', { cause }));
    const timer = timeout === Infinity ? undefined : clock.setTimeout(late, timeout);
    const offs = [parent?.onAbort(cancel), options?.signal && onAbort(options.signal, cancel)];
    this.#waiting.set(waiter, true);
    try {
      return await waiter.promise;
    } finally {
      this.#waiting.delete(waiter);
      for (const off of offs) off?.();
      clock.clearTimeout(timer);
    }
  }
}

function notConnected(id: string, timeout: number): NetronError {
  return new NetronError('deadline_exceeded', `peer '${id}' was not connected for ${timeout} ms`);
}
