import type { ErrorCodec } from '../errors/wire-error.js';
import type { CallPeer } from '../middleware/call.js';
import type { BoundService } from '../service/call/bound-service.js';
import type { Dispatcher } from '../service/call/dispatcher.js';
import type { ServiceRegistry } from '../service/registry.js';
import type { Clock } from '../util/clock.js';
import type { InFlight } from '../util/in-flight.js';
import type { Logger } from '../util/logger.js';
import type { Scheduler } from '../util/scheduler.js';
import type { Ticker } from '../util/ticker.js';
import type { TurnEnds } from '../util/turn-end.js';
import type { Limits } from '../wire/limits.js';
import type { Reader } from '../wire/reader.js';
import type { ExtendedValues } from '../wire/rich-values.js';
import type { Publisher, PublishingLink } from './events/publisher.js';
import type { BufferPool } from './link/buffer-pool.js';
import type { Compression } from './link/compression.js';
import type { NodeMetadata } from './link/greeting.js';
import type { AnnouncedLimits } from './link/message-limits.js';
import type { ReceiveBudget } from './link/receive-budget.js';
import type { NodeMiddleware } from './node-middleware.js';
import type { Advertised } from './references/advertised.js';
import type { Definitions } from './references/definitions.js';
import type { Sessions } from './session/sessions.js';
import type { SystemService } from './system/binding.js';

/** Members that every peer uses, for nodes and clients alike. */
export interface NodeBasis {
  readonly id: string;
  /** Random id that tells two runs of a program apart. */
  readonly instance: string;
  /** Milliseconds since 1970. */
  readonly started: number;
  readonly metadata: NodeMetadata | undefined;
  readonly clock: Clock;
  readonly scheduler: Scheduler;
  /** Callbacks at the end of a turn. */
  readonly turnEnds: TurnEnds;
  /** Returns numbers from 0 to 1. */
  readonly random: () => number;
  /** Returns cryptographically random bytes. */
  readonly randomBytes: (length: number) => Uint8Array;
  /** Checks deadlines. */
  readonly deadlines: Ticker;
  /** Calls that this node answers, over any transport, and streams that it sends. Calls that are answered synchronously do not count. */
  readonly inFlight: InFlight;
  /** Sends heartbeats, about once a second. */
  readonly beats: Ticker;
  readonly buffers: BufferPool;
  readonly reader: Reader;
  /** Reads the messages of unauthenticated peers. */
  readonly greetings: Reader;
  readonly limits: Limits;
  /** Whether values may contain cycles and shared objects, in both directions, when the other node supports them. */
  readonly cycles: boolean;
  /** Limits in the form of the hello. */
  readonly announced: AnnouncedLimits;
  /** Memory for the data that all connections are receiving. */
  readonly receiving: ReceiveBudget;
  readonly errors: ErrorCodec;
  /** Further value types; absent for a client without them. */
  readonly values: ExtendedValues | undefined;
  /** Reads the definitions of peers' services. */
  readonly definitions: Pick<Definitions, 'read'>;
  readonly logger: Logger;
  readonly compression: Compression | undefined;
  /** Creates connections that survive a loss; absent for clients that want none. */
  readonly sessions: Sessions | undefined;
  /** Milliseconds; `Infinity` for no limit. */
  readonly requestTimeout: number;
  readonly taskTimeout: number;
  readonly streamTimeout: number;
  readonly heartbeatInterval: number;
}

/** The members of a node that only its peers use. */
export interface NodeRole {
  /** Absent when there is none. */
  readonly middleware: NodeMiddleware | undefined;
  /** Services that are announced to peers, and those that they may receive. */
  readonly services: Pick<ServiceRegistry, 'bind' | 'exposes'> & {
    /** Returns the services that `caller` sees, as `name@version`. */
    names(caller: CallPeer): readonly string[];
  };
  /** Returns the services that the hello announces. */
  readonly advertised: (caller: CallPeer) => Advertised;
  /** The node's own service, behind handle 0. */
  readonly system: SystemService;
  /**
   * Creates the publisher of this node's events for a link; absent when the node emits none.
   *
   * @param announced services that the hello has named
   * @param concealed services among them that were removed since; others may have their names
   */
  readonly publisher?: (link: PublishingLink, announced: readonly string[], concealed: readonly BoundService[]) => Publisher;
  /** Runs the members that peers call. */
  readonly dispatcher: Dispatcher;
}
