/** Description that another node sends of itself when a connection starts. */
import type { NodeMetadata } from './link/greeting.js';
import type { PeerHello } from './link/hello.js';
import { ObservedPeer } from './observed-peer.js';

/** Members of a hello that describe its node. */
type Description = Pick<PeerHello, 'instance' | 'started' | 'metadata'>;

const noMetadata: NodeMetadata = Object.freeze({});

/** Another node with its description. */
export abstract class DescribedPeer extends ObservedPeer {
  #said: Description | undefined;

  /** Tells apart two runs of a program that have the same id; `undefined` when the peer does not send it. */
  get instance(): string | undefined {
    return this.#said?.instance;
  }

  /**
   * Time at which the peer's node was created, by its own clock, in milliseconds since 1970; `undefined` when the peer does not send it.
   */
  get started(): number | undefined {
    return this.#said?.started;
  }

  /** Description by the peer's program (its option `metadata`). It is not verified. */
  get metadata(): NodeMetadata {
    return this.#said?.metadata ?? noMetadata;
  }

  /** Stores the description that a new connection has brought. */
  protected describedBy({ instance, started, metadata }: Description): void {
    this.#said = { instance, started, metadata };
  }
}
