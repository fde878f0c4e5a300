import type { RemotePeer } from '../peer/remote-peer.js';
import { isIdle, whenIdle } from '../peer/when-idle.js';
import type { Scheduler } from '../util/scheduler.js';

/** Peers whose connections are no longer needed: each is disconnected as soon as it is idle, unless it is needed again before. */
export class LeavingPeers {
  readonly #scheduler: Pick<Scheduler, 'nextTurn'>;
  readonly #leaving = new Map<RemotePeer, () => void>();

  constructor(scheduler: Pick<Scheduler, 'nextTurn'>) {
    this.#scheduler = scheduler;
  }

  get size(): number {
    return this.#leaving.size;
  }

  /** Disconnects a peer as soon as it has no calls in flight and neither end holds references of the other. */
  add(peer: RemotePeer): void {
    if (peer.state === 'closed') return;
    if (isIdle(peer)) return void peer.disconnect();
    const over = (): void => {
      this.#leaving.delete(peer);
      void peer.disconnect();
    };
    this.#leaving.set(peer, whenIdle(peer, this.#scheduler, over));
  }

  has(peer: RemotePeer): boolean {
    return this.#leaving.has(peer);
  }

  /** Keeps a peer connected. @returns whether it was about to be disconnected */
  takeBack(peer: RemotePeer): boolean {
    this.#leaving.get(peer)?.();
    return this.#leaving.delete(peer);
  }
}
