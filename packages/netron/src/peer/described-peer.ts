/** Description that another node gives of itself when a connection begins. */
import type { NodeMetadata } from './link/greeting.js';
import type { PeerHello } from './link/hello.js';
import { ObservedPeer } from './observed-peer.js';

/** Members of a hello that describe its node. */
type Description = Pick<PeerHello, 'instance' | 'started' | 'metadata'>;

const noMetadata: NodeMetadata = Object.freeze({});

/** Another node, as it has described itself. */
export abstract class DescribedPeer extends ObservedPeer {
  #said: Description | undefined;

  /** Tells two runs of the peer's program apart, which may have one id; `undefined` when the peer does not say. */
  get instance(): string | undefined {
    return this.#said?.instance;
  }

  /** When the peer's node was made, by its own clock, in milliseconds since 1970; `undefined` when it does not say. */
  get started(): number | undefined {
    return this.#said?.started;
  }

  /** Description by the peer's program (its option `metadata`). It is not verified. */
  get metadata(): NodeMetadata {
    return this.#said?.metadata ?? noMetadata;
  }

  /** Takes the description that a new connection has brought. */
  protected describedBy({ instance, started, metadata }: Description): void {
    this.#said = { instance, started, metadata };
  }
}
