/** Options of a node. */
import type { Compressor } from '../compression/compressor.js';
import type { DiscoveryNodeOptions } from '../discovery/options.js';
import type { ErrorClasses } from '../errors/error-codec.js';
import type { HttpOptions } from '../http/options.js';
import type { Construct } from '../middleware/adapt.js';
import type { ExpectedNode } from '../peer/dial-settings.js';
import type { NodeMetadata } from '../peer/link/greeting.js';
import type { MiddlewareOptions } from '../peer/node-middleware.js';
import type { RemotePeer } from '../peer/remote-peer.js';
import type { SessionOptions } from '../peer/session/session-options.js';
import type { ContextTracking } from '../service/call/call-home.js';
import type { TaskRegistryOptions } from '../tasks/task-registry.js';
import type { ListenOptions, Transport, ConnectOptions as TransportConnectOptions } from '../transport/transport.js';
import type { Clock } from '../util/clock.js';
import type { Logger, LogLevel } from '../util/logger.js';
import type { Scheduler } from '../util/scheduler.js';
import type { NodeLimits } from '../wire/limits.js';
import type { ValueTypes } from '../wire/value-types.js';
import type { Authorize, Visible } from './access.js';
import type { Authenticate } from './authentication.js';
import type { NodeEventsOptions } from './node-events.js';

/** Listening options of one transport, together with the transport's own. */
export interface TransportListen extends ListenOptions {
  /** TCP, TLS, WebSocket. 0 picks a free one. */
  port?: number;
  /** TCP, TLS, WebSocket. Default 127.0.0.1: this machine only. */
  host?: string;
  /** Unix sockets: the socket's file. WebSocket: the only URL path accepted. */
  path?: string;
  /** The only services that callers see who come by it: `name` or `name@version`. Default: all. */
  services?: readonly string[];
  /**
   * Whether registries name it. Listeners that say `true` are the only ones then. Default: those with `services` are named when there
   * is no other, all others are.
   */
  advertise?: boolean;
  /** Named pipes and memory. */
  name?: string;
  readonly [option: string]: unknown;
}

/** HTTP on a node. */
export interface HttpListen extends HttpOptions {
  /** A port of its own, which takes WebSocket connections as well. Default: the WebSocket listeners of the node. */
  port?: number;
  /** Default 127.0.0.1: this machine only. */
  host?: string;
}

/** Options of `Netron.create`. */
export interface NetronOptions
  extends Pick<TaskRegistryOptions<RemotePeer>, 'taskOverwriteStrategy' | 'allowRemoteTasks'>,
    DiscoveryNodeOptions {
  /** Options as a configuration has them, which may hold more; those beside it go first. */
  config?: Omit<NetronOptions, 'config'> | undefined;
  /** This node's id, unique in the network. Default: 128 random bits. */
  id?: string;
  /**
   * Description of this node for the nodes it is connected with, for instance
   * `{ zone: 'eu-1', version: '2.3.0', labels: { tier: 'web' } }`: an object of plain data, at most 8,192 bytes.
   */
  metadata?: NodeMetadata;
  /** Listens for WebSocket connections on this address. Default 127.0.0.1. */
  listenHost?: string;
  /** Listens for WebSocket connections on this port; 0 picks a free one, see `netron.listenPort`. */
  listenPort?: number;
  /** The same as `listenPort`. */
  port?: number;
  /** `false`: does not listen although a port is given. `true`: listens, on a free port unless one is given. */
  server?: boolean;
  /**
   * Listeners by transport: `{ websocket: { port: 8080 }, tcp: [{ port: 9000 }, { port: 9001 }], ipc: true }`.
   */
  transports?: { readonly [transport: string]: TransportListen | readonly TransportListen[] | boolean };
  /** Calls over HTTP, on the WebSocket listeners unless it has a port of its own. The same as `transports.http`. Default `false`. */
  http?: boolean | HttpListen;
  /** Transports besides the platform's own; one of the same name takes its place. */
  additionalTransports?: readonly Transport[];
  /**
   * Names of the program's own edges, as callers that it gives to `netron.dispatch` have them in `transport`: members may name them in
   * their rule `transport`. Default: none.
   */
  edges?: readonly string[];

  /** Milliseconds a connection and its handshake may take; above 0. Default 10,000. */
  connectTimeout?: number;
  /** Milliseconds an incoming connection has to say who it is; above 0. Default 5,000. */
  handshakeTimeout?: number;
  /** Milliseconds a call may take unless its own `timeout` says otherwise; 0 or `Infinity` for no limit. Default 30,000. */
  requestTimeout?: number;
  /** Milliseconds a task may take; 0 or `Infinity` for no limit. Default `requestTimeout`. */
  taskTimeout?: number;
  /** Milliseconds between two items of a stream that is being read; 0 or `Infinity` for no limit. Default 0. */
  streamTimeout?: number;
  /** Milliseconds of silence until a peer is asked whether it is there; after twice that it is given up. Default 15,000; 0: never. */
  heartbeatInterval?: number;
  /** Milliseconds `stop()` waits for calls and streams under way; 0: does not wait. Default 10,000. */
  stopTimeout?: number;

  /** Attempts to get a lost connection back. Default: no end. 0: none. */
  maxReconnectAttempts?: number;
  /** Upper bound of the first delay between attempts, in milliseconds; it doubles up to 30 s. Default 1,000: half a second on average. */
  reconnectDelay?: number;
  /** Milliseconds during which a peer that lost its connection may come back as the same; above 0. Default 30,000. */
  resumeWindow?: number;
  /**
   * Sessions, which outlive a lost connection: their bounds, for peers that ask for them and for those that this node asks for.
   * `false`: peers get none. Default: those that ask for them do.
   */
  session?: false | SessionOptions;

  /**
   * Whether a connecting node may come in, and as whom: what it returns becomes `peer.identity` and `call.user`. What it
   * throws is logged; the other end learns only that it was refused, or, by `unavailable` and `resource_exhausted`, that it may try
   * again. It has `handshakeTimeout` for its answer.
   */
  authenticate?: Authenticate;
  /**
   * Whether a caller sees a service, in hello, in queries and when it is announced; `false`: it cannot be told from one that
   * does not exist. Synchronous; what throws hides the service. Default: all see all.
   */
  visible?: Visible;
  /**
   * Whether a caller may have a service it sees, or hear an event: `true` or nothing, or a promise of them, lets it; anything else is
   * `permission_denied`, what it throws is the caller's error. It has 5,000 ms. Calls are for middleware. Default: all may.
   */
  authorize?: Authorize;
  /**
   * Whether a service, by its name, is called only at nodes that registries list, at the addresses that these name: peers that the program has
   * dialed itself answer for it through `peer.queryInterface` alone. Synchronous. Default: they are nodes of every service that they have.
   */
  listedOnly?: (service: string) => boolean;
  /** Credentials that this node presents to nodes it connects to. A function is given the address (`''` for what has none) and asked for each
   * connection, within its `connectTimeout`. */
  credentials?: unknown;

  /** Peers may hear what services emit. Default `false`. */
  allowServiceEvents?: boolean;
  /** Peers may hear what is emitted on this node: everything, or what these patterns cover. Default `false`. */
  remoteEvents?: boolean | readonly string[];
  /** Rooms and presence, and events over the cluster: `{}` keeps them to this node, `{ cluster: 'mesh' }` or `{ cluster: 'redis://…' }` joins the others. Default: none. */
  events?: NodeEventsOptions;
  /** Peers may expose services of theirs on this node. Default `false`. */
  allowRemoteServices?: boolean;
  /** Milliseconds each subscriber of an emitted event has. Default 30,000; 0 or `Infinity` for no limit. */
  eventTimeout?: number;

  /** Around calls this node answers, and around calls it makes; outermost first. */
  middleware?: MiddlewareOptions;
  /**
   * Makes objects of middleware classes, for instance by a container: `(Class) => container.resolve(Class)`. Asked once for
   * each place where the class was given. Default: `new Class()`.
   */
  construct?: Construct;
  /**
   * Whether stacks of failed calls say where the call was made, file and line. For development: a stack is taken for each
   * call. Default `false`.
   */
  callSites?: boolean;
  /**
   * Whether `getCallContext()` follows the methods' asynchronous work: always, never, or when somebody asks for it, see
   * there. Default `auto`.
   */
  callContext?: ContextTracking;
  /** Error classes that travel as instances, with options where needed; both ends need them. */
  errors?: ErrorClasses;
  /** Classes whose instances travel as values of their own; both ends need them. Default: none; see `netron.types`. */
  types?: ValueTypes;

  /** Limits that this node accepts on each connection, and `receiving` for all of them together. Default: `defaultLimits`, 256 MiB. */
  limits?: Partial<NodeLimits>;
  /**
   * Values may hold cycles, and an object that stands in several places of one stays one, to and from nodes that have this
   * option, too. Else cycles are refused, and such an object is written each time. Default `false`.
   */
  cycles?: boolean;
  /** Compresses messages to peers that understand it too, for instance `deflate()`. Default: none. */
  compression?: Compressor;

  /** Default: lines of JSON on standard error, in browsers the console. */
  logger?: Logger;
  /** Default `warn`. */
  logLevel?: LogLevel;
  /** Default: the platform's. Give another to run on virtual time. */
  clock?: Clock;
  /** Numbers from 0 to 1; spreads reconnects. */
  random?: () => number;
  /** Bytes of ids and of the secrets of connections. Default: the platform's generator for cryptography. */
  randomBytes?: (length: number) => Uint8Array;
  /** Turns of the event loop. Default: the platform's. Give another to run in an order that can be repeated. */
  scheduler?: Scheduler;
}

/** Options of `netron.connect`; besides these, everything the transport's own options have. */
export interface NetronConnectOptions extends Omit<TransportConnectOptions, 'timeout'> {
  /** Milliseconds for credentials, connection and handshake; above 0. Default: the node's `connectTimeout`. */
  timeout?: number;
  /** Default: the node's. When given here, the first connection is tried as often, too. */
  maxReconnectAttempts?: number;
  /** Default: the node's. */
  reconnectDelay?: number;
  /** Default: the node's. */
  credentials?: unknown;
  /** The node that has to be at the address: its id, or its id and instance. Another is refused with `failed_precondition`. */
  expect?: string | ExpectedNode;
  /**
   * Asks for a session: what is under way when the connection is lost goes on over the next one. Default `false`; `true` takes
   * the node's bounds.
   */
  session?: boolean | SessionOptions;
  readonly [option: string]: unknown;
}
