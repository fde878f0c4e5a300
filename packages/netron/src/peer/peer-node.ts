import type { Compressor } from '../compression/compressor.js';
import type { ErrorCodec } from '../errors/wire-error.js';
import type { Subscriber } from '../events/subscriber.js';
import type { Handler, Middleware } from '../middleware/call.js';
import type { ContextTracking } from '../service/call-context.js';
import type { ServiceRegistry } from '../service/service-registry.js';
import type { TaskRegistry } from '../tasks/task-registry.js';
import type { Clock } from '../util/clock.js';
import type { Logger } from '../util/logger.js';
import type { Ticker } from '../util/ticker.js';
import type { Limits } from '../wire/limits.js';
import type { Reader } from '../wire/reader.js';
import type { BufferPool } from './buffer-pool.js';
import type { CallObserver } from './call-observer.js';
import type { EventEncoder } from './event-encoder.js';
import type { RemotePeer } from './remote-peer.js';

/** What every peer needs, be its node a whole one or nothing but a client. */
export interface NodeBasis {
  readonly id: string;
  readonly clock: Clock;
  /** Numbers from 0 to 1. */
  readonly random: () => number;
  /** Looks at deadlines. */
  readonly deadlines: Ticker;
  /** Looks at heartbeats, about once a second. */
  readonly beats: Ticker;
  readonly buffers: BufferPool;
  readonly events: EventEncoder;
  readonly reader: Reader;
  readonly limits: Limits;
  readonly errors: ErrorCodec;
  readonly logger: Logger;
  readonly compression: Compressor | undefined;
  /** Around every call this node answers, outermost first. */
  readonly incoming: readonly Middleware[];
  /** The same, composed, in front of what has no middleware of its own. */
  readonly front: Handler | undefined;
  /** Around every call this node makes, outermost first. */
  readonly outgoing: readonly Middleware[];
  /** Milliseconds; `Infinity` for no limit. */
  readonly requestTimeout: number;
  readonly taskTimeout: number;
  readonly streamTimeout: number;
  readonly heartbeatInterval: number;
}

/** What a node lets its peers do, and what it wants to be told of them. */
export interface NodeRole {
  /** What peers may ask for by name, and what others they may be given. */
  readonly services: Pick<ServiceRegistry, 'bind' | 'names' | 'resolve'>;
  readonly tasks: Pick<TaskRegistry<RemotePeer>, 'run'>;
  readonly observer: CallObserver;
  /** Whether `getCallContext()` follows the methods' asynchronous work. */
  readonly callContext: ContextTracking;
  /**
   * Connects a peer's subscription with the node's bus, or with the events of `service`.
   *
   * @returns ends it
   * @throws NetronError `permission_denied`
   */
  attachRemote(peer: RemotePeer, service: object | undefined, subscriber: Subscriber): () => void;
  /** A peer wants to expose one of its services on this node. */
  exposeFor(peer: RemotePeer, service: unknown): Promise<void>;
  concealFor(peer: RemotePeer, name: string): Promise<void>;
  /** The peer can be called from now on; told after each connect and reconnect. */
  peerConnected(peer: RemotePeer): void;
  /** The peer cannot be called any more; `final` when it will not come back. */
  peerDisconnected(peer: RemotePeer, reason: string, final: boolean): void;
  /** The peer has announced a service. */
  serviceDiscovered(peer: RemotePeer, service: string): void;
}

/** What peers and their links need of the node they belong to. Two nodes in one process share nothing. */
export interface PeerNode extends NodeBasis, NodeRole {}
