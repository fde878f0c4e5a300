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

/** Options of one listener, together with the options of its transport. */
export interface TransportListen extends ListenOptions {
  /** Port, for TCP, TLS and WebSocket. 0 picks a free one. */
  port?: number;
  /** Host, for TCP, TLS and WebSocket. Default 127.0.0.1: this machine only. */
  host?: string;
  /** Unix sockets: path of the socket's file. WebSocket: the only URL path accepted. */
  path?: string;
  /** The only services that callers of this listener see: `name` or `name@version`. Default: all. */
  services?: readonly string[];
  /**
   * Whether registries receive the address of this listener. If any listener says `true`, only those are registered. Default: listeners
   * with `services` are registered only when there is no other; all others are.
   */
  advertise?: boolean;
  /** Name, for named pipes and memory. */
  name?: string;
  readonly [option: string]: unknown;
}

/** Options of HTTP on a node. */
export interface HttpListen extends HttpOptions {
  /** A separate port, which accepts WebSocket connections as well. Default: the WebSocket listeners of the node. */
  port?: number;
  /** Host of that port. Default 127.0.0.1: this machine only. */
  host?: string;
}

/** Options of `Netron.create`. */
export interface NetronOptions
  extends Pick<TaskRegistryOptions<RemotePeer>, 'taskOverwriteStrategy' | 'allowRemoteTasks'>,
    DiscoveryNodeOptions {
  /** A configuration to read options from, which may contain other fields; options given beside it take precedence. */
  config?: Omit<NetronOptions, 'config'> | undefined;
  /** Id of this node, unique in the network. Default: 128 random bits. */
  id?: string;
  /**
   * Description of this node for the nodes it connects with, for instance
   * `{ zone: 'eu-1', version: '2.3.0', labels: { tier: 'web' } }`: an object of plain data, at most 8,192 bytes when encoded.
   */
  metadata?: NodeMetadata;
  /** Host of the WebSocket listener. Default 127.0.0.1: this machine only. */
  listenHost?: string;
  /** Port of the WebSocket listener; 0 picks a free one, see `netron.listenPort`. */
  listenPort?: number;
  /** The same as `listenPort`. */
  port?: number;
  /** `false`: does not listen on WebSocket, even if a port is given. `true`: listens, on a free port unless one is given. */
  server?: boolean;
  /**
   * Listeners by transport: `{ websocket: { port: 8080 }, tcp: [{ port: 9000 }, { port: 9001 }], ipc: true }`.
   */
  transports?: { readonly [transport: string]: TransportListen | readonly TransportListen[] | boolean };
  /** Answers calls over HTTP, on the WebSocket listeners or on a port of its own. The same as `transports.http`. Default `false`. */
  http?: boolean | HttpListen;
  /** Transports besides the platform's own; one with the name of a built-in transport replaces it. */
  additionalTransports?: readonly Transport[];
  /**
   * Names of the program's own edges: the values of `caller.transport` in calls it passes to `netron.dispatch`. Members may name them in
   * their rule `transport`. Default: none.
   */
  edges?: readonly string[];

  /** Milliseconds that a connection and its handshake may take; above 0. Default 10,000. */
  connectTimeout?: number;
  /** Milliseconds that an incoming connection has for its handshake; above 0. Default 5,000. */
  handshakeTimeout?: number;
  /** Milliseconds that a call may take unless it has a `timeout` of its own; 0 or `Infinity` for no limit. Default 30,000. */
  requestTimeout?: number;
  /** Milliseconds that a task may take; 0 or `Infinity` for no limit. Default `requestTimeout`. */
  taskTimeout?: number;
  /** Milliseconds between two items of a stream that is being read; 0 or `Infinity` for no limit. Default 0. */
  streamTimeout?: number;
  /** Milliseconds of silence until a peer is pinged; after twice that time the connection counts as lost. Default 15,000; 0: never. */
  heartbeatInterval?: number;
  /** Milliseconds that `stop()` and `drain()` wait for calls and streams in flight; 0: they do not wait. Default 10,000. */
  stopTimeout?: number;

  /** Maximum number of attempts to reconnect a lost connection; 0: none. Default: unlimited. */
  maxReconnectAttempts?: number;
  /** Upper bound of the first delay between attempts, in milliseconds; it doubles up to 30 s. Default 1,000: half a second on average. */
  reconnectDelay?: number;
  /** Milliseconds during which a peer that lost its connection may reconnect and stay the same peer; above 0. Default 30,000. */
  resumeWindow?: number;
  /**
   * Bounds of sessions, which outlive a lost connection: of those that peers request and of those that this node requests.
   * `false`: no sessions for peers. Default: peers that request a session get one.
   */
  session?: false | SessionOptions;

  /**
   * Authenticates a connecting node: the result becomes `peer.identity` and `call.user`, and an error refuses the connection. The error is
   * logged; the other end learns only that it was refused or, with `unavailable` and `resource_exhausted`, that it may try
   * again. The function has `handshakeTimeout` to answer.
   */
  authenticate?: Authenticate;
  /**
   * Decides which callers see a service, in hello, in queries and in announcements; with `false` it cannot be told from a service
   * that does not exist. Synchronous; an error hides the service. Default: all callers see all services.
   */
  visible?: Visible;
  /**
   * Decides whether a caller may query a service it sees, or subscribe to an event: `true` or `undefined`, or a promise of them, allows it. Any
   * other value gives `permission_denied`; a `NetronError` that it throws is sent to the caller. It has 5,000 ms. Calls are authorized by middleware.
   * Default: everything is allowed.
   */
  authorize?: Authorize;
  /**
   * Decides, by its name, whether a service is called only at nodes that registries list, at the addresses they give. Peers that the program
   * has dialed itself then serve it only through `peer.queryInterface`. Synchronous. Default: connected peers serve every service they have.
   */
  listedOnly?: (service: string) => boolean;
  /**
   * Credentials that this node presents to nodes it connects to. A function receives the address (`''` for a target without one) and is called
   * for each connection, within its `connectTimeout`.
   */
  credentials?: unknown;

  /** Whether peers may subscribe to events of services. Default `false`. */
  allowServiceEvents?: boolean;
  /** Events of this node that peers may subscribe to: all, or those that these patterns cover. Default `false`. */
  remoteEvents?: boolean | readonly string[];
  /**
   * Rooms, presence, and events across the cluster: `{}` keeps them to this node, `{ cluster: 'mesh' }` or
   * `{ cluster: 'redis://…' }` joins other nodes. Default: none.
   */
  events?: NodeEventsOptions;
  /** Whether peers may expose their services on this node. Default `false`. */
  allowRemoteServices?: boolean;
  /** Milliseconds that each subscriber of an emitted event has; 0 or `Infinity` for no limit. Default 30,000. */
  eventTimeout?: number;

  /** Middleware around the calls that this node answers and the calls that it makes; outermost first. */
  middleware?: MiddlewareOptions;
  /**
   * Makes instances of middleware classes, for instance with a container: `(Class) => container.resolve(Class)`. Called once for
   * each place where the class is given. Default: `new Class()`.
   */
  construct?: Construct;
  /**
   * Whether the stack of a failed call's error includes the place of the call, file and line. For development: it captures a stack for
   * each call. Default `false`.
   */
  callSites?: boolean;
  /**
   * Whether `getCallContext()` works across the asynchronous work of methods: always, never, or once it has been used (`auto`), see
   * there. Default `auto`.
   */
  callContext?: ContextTracking;
  /** Error classes whose instances are transferred as such, with options where needed; both ends need them. */
  errors?: ErrorClasses;
  /** Classes whose instances are transferred as values of their own; both ends need them. Default: none; see `netron.types`. */
  types?: ValueTypes;

  /** Limits of this node for each connection, and `receiving` for all connections together. Default: `defaultLimits`, 256 MiB. */
  limits?: Partial<NodeLimits>;
  /**
   * Whether values may contain cycles and keep shared references, to and from nodes that also have this option. Without it, cycles are
   * refused, and an object that occurs several times is encoded each time. Default `false`.
   */
  cycles?: boolean;
  /** Compresses messages to peers that support the same algorithm, for instance `deflate()`. Default: none. */
  compression?: Compressor;

  /** Receives log entries. Default: lines of JSON on standard error, in browsers the console. */
  logger?: Logger;
  /** Least severe level that is logged. Default `warn`. */
  logLevel?: LogLevel;
  /** Source of time. Default: the platform's. Pass another to run on virtual time. */
  clock?: Clock;
  /** Returns numbers from 0 to 1, which spread reconnects. Default: the platform's generator. */
  random?: () => number;
  /** Returns random bytes for ids and for the secrets of connections. Default: the platform's cryptographic generator. */
  randomBytes?: (length: number) => Uint8Array;
  /** Turns of the event loop. Default: the platform's. Pass another to run in a repeatable order. */
  scheduler?: Scheduler;
}

/** Options of `netron.connect`; besides these, it accepts the options of the transport. */
export interface NetronConnectOptions extends Omit<TransportConnectOptions, 'timeout'> {
  /** Milliseconds for credentials, connection and handshake together; above 0. Default: the node's `connectTimeout`. */
  timeout?: number;
  /** Maximum number of attempts to reconnect. Default: the node's. When given here, the first connection is retried as often, too. */
  maxReconnectAttempts?: number;
  /** Upper bound of the first delay between attempts, in milliseconds. Default: the node's. */
  reconnectDelay?: number;
  /** Credentials for this connection. Default: the node's. */
  credentials?: unknown;
  /** The node that must be at the address: its id, or its id and instance. Any other is refused with `failed_precondition`. */
  expect?: string | ExpectedNode;
  /**
   * Requests a session: calls and streams in flight when the connection is lost continue over the next one. `true` uses the node's
   * bounds. Default `false`.
   */
  session?: boolean | SessionOptions;
  readonly [option: string]: unknown;
}
