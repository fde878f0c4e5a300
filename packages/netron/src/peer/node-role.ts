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

/** Members that every peer uses, whether its node is complete or a client only. */
export interface NodeBasis {
  readonly id: string;
  /** Random; tells two runs of a program with one id apart. */
  readonly instance: string;
  /** Milliseconds since 1970. */
  readonly started: number;
  readonly metadata: NodeMetadata | undefined;
  readonly clock: Clock;
  readonly scheduler: Scheduler;
  /** Ends of the scheduler's turns. */
  readonly turnEnds: TurnEnds;
  /** Numbers from 0 to 1. */
  readonly random: () => number;
  /** Bytes that nobody can guess. */
  readonly randomBytes: (length: number) => Uint8Array;
  /** Looks at deadlines. */
  readonly deadlines: Ticker;
  /** Calls that this node answers, however they came, and streams that it sends. Calls that are answered at once never count. */
  readonly inFlight: InFlight;
  /** Looks at heartbeats, about once a second. */
  readonly beats: Ticker;
  readonly buffers: BufferPool;
  readonly reader: Reader;
  /** Reads what comes before anybody is let in. */
  readonly greetings: Reader;
  readonly limits: Limits;
  /** Whether values may hold cycles and objects that stand in several places, to and from nodes that allow it, too. */
  readonly cycles: boolean;
  /** Limits as hello has them. */
  readonly announced: AnnouncedLimits;
  /** Memory for what all connections are receiving. */
  readonly receiving: ReceiveBudget;
  readonly errors: ErrorCodec;
  /** Values besides plain ones; absent for a client that has none. */
  readonly values: ExtendedValues | undefined;
  /** Reads the definitions of peers' services. */
  readonly definitions: Pick<Definitions, 'read'>;
  readonly logger: Logger;
  readonly compression: Compression | undefined;
  /** Makes connections that outlive a loss; absent for clients that want none. */
  readonly sessions: Sessions | undefined;
  /** Milliseconds; `Infinity` for no limit. */
  readonly requestTimeout: number;
  readonly taskTimeout: number;
  readonly streamTimeout: number;
  readonly heartbeatInterval: number;
}

/** Rights of a node's peers. */
export interface NodeRole {
  /** Absent when there is none. */
  readonly middleware: NodeMiddleware | undefined;
  /** Services announced to peers, and those they may be given. */
  readonly services: Pick<ServiceRegistry, 'bind' | 'exposes'> & {
    /** Returns the services that `caller` sees, as `name@version`. */
    names(caller: CallPeer): readonly string[];
  };
  /** Services that hello announces. */
  readonly advertised: (caller: CallPeer) => Advertised;
  /** The node's own service, behind handle 0. */
  readonly system: SystemService;
  /**
   * Makes what the other end of a link hears of this node; absent when there is nothing to hear.
   *
   * @param told services that hello has named
   * @param concealed those of them that are gone since; others may have their names
   */
  readonly publisher?: (link: PublishingLink, announced: readonly string[], concealed: readonly BoundService[]) => Publisher;
  /** Runs the members that peers call. */
  readonly dispatcher: Dispatcher;
}
