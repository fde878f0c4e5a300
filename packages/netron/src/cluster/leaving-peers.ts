import type { RemotePeer } from '../peer/remote-peer.js';
import { isIdle, whenIdle } from '../peer/when-idle.js';
import type { Scheduler } from '../util/scheduler.js';

/** Peers whose connections nobody needs any more: each is ended as soon as it is idle, unless it is needed again before. */
export class LeavingPeers {
  readonly #scheduler: Pick<Scheduler, 'nextTurn'>;
  readonly #leaving = new Map<RemotePeer, () => void>();

  constructor(scheduler: Pick<Scheduler, 'nextTurn'>) {
    this.#scheduler = scheduler;
  }

  get size(): number {
    return this.#leaving.size;
  }

  /** Ends the connection as soon as nothing is under way on it and neither end holds anything of the other. */
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

  /** Lets a peer stay. @returns whether it was leaving */
  takeBack(peer: RemotePeer): boolean {
    this.#leaving.get(peer)?.();
    return this.#leaving.delete(peer);
  }
}
