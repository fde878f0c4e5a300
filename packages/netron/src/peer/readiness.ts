/** Who waits for a peer to be connected: receives calls while there is no link, hands each the next one, in time. */
import { NetronError } from '../errors/netron-error.js';
import { currentCall } from '../service/call-context.js';
import type { CallOptions } from '../service/call-options.js';
import { type Deferred, deferred } from '../util/deferred.js';
import { onAbort } from '../util/on-abort.js';
import type { Link } from './link.js';
import type { RemotePeer } from './remote-peer.js';

/** Calls that may wait for a connection at most. */
const maxWaiting = 10_000;

export class Readiness {
  readonly #peer: RemotePeer;
  /** The next link, when somebody waits for it. */
  #next: Deferred<Link> | undefined;
  #waiting = 0;

  constructor(peer: RemotePeer) {
    this.#peer = peer;
  }

  /** There is a link that takes calls. */
  resolve(link: Link): void {
    this.#next?.resolve(link);
    this.#next = undefined;
  }

  /** There will be none. */
  reject(reason: () => NetronError): void {
    this.#next?.reject(reason());
    this.#next = undefined;
  }

  /**
   * The link, as soon as there is one.
   *
   * @throws NetronError `deadline_exceeded`, `canceled`, `resource_exhausted`, or why there will be none
   */
  async wait(options: CallOptions | undefined): Promise<Link> {
    const { id, node } = this.#peer;
    const { clock, requestTimeout } = node;
    if (this.#waiting >= maxWaiting)
      throw new NetronError('resource_exhausted', `${maxWaiting} calls wait for peer '${id}' already`);
    const outer = currentCall();
    const own = options?.timeout ?? requestTimeout;
    const timeout = outer?.deadline === undefined ? own : Math.min(own, Math.max(0, outer.deadline - clock.now()));
    const given = deferred<never>();
    const late = (): void =>
      given.reject(new NetronError('deadline_exceeded', `peer '${id}' was not connected for ${timeout} ms`));
    const cancel = (cause: unknown): void => given.reject(new NetronError('canceled', 'the call was canceled', { cause }));
    const timer = timeout === Infinity ? undefined : clock.setTimeout(late, timeout);
    const offs = [outer?.onAbort(cancel), options?.signal && onAbort(options.signal, cancel)];
    this.#waiting += 1;
    this.#next ??= deferred();
    try {
      return await Promise.race([this.#next.promise, given.promise]);
    } finally {
      this.#waiting -= 1;
      for (const off of offs) off?.();
      clock.clearTimeout(timer);
    }
  }
}
