/**
 * One connection to another node, for programs that expose no services and listen nowhere: the same peer that a node's
 * `connect` gives, from the same parts, without those that only a node needs.
 */
import { consoleLogger, random as platformRandom, systemClock } from '#platform';
import { WebSocketTransport } from '#websocket';
import { ErrorRegistry } from './errors/error-registry.js';
import { NetronError } from './errors/netron-error.js';
import { toMiddleware } from './middleware/adapt.js';
import { idOf, limitOf, limitsOf, type NetronConnectOptions, type NetronOptions } from './netron-options.js';
import { BufferPool } from './peer/buffer-pool.js';
import { Dialer } from './peer/dialer.js';
import { EventEncoder } from './peer/event-encoder.js';
import type { Hello } from './peer/handshake.js';
import type { PeerNode } from './peer/peer-node.js';
import { RemotePeer } from './peer/remote-peer.js';
import { ServiceRegistry } from './service/service-registry.js';
import type { Transport } from './transport/transport.js';
import { leveled } from './util/logger.js';
import { Ticker } from './util/ticker.js';
import { Reader } from './wire/reader.js';

/** Options of `connect`: those of a node that concern calling, and those of its `connect`. */
export interface ClientOptions
  extends NetronConnectOptions,
    Pick<
      NetronOptions,
      | 'id'
      | 'requestTimeout'
      | 'taskTimeout'
      | 'streamTimeout'
      | 'heartbeatInterval'
      | 'middleware'
      | 'errors'
      | 'limits'
      | 'compression'
      | 'logger'
      | 'logLevel'
      | 'clock'
      | 'random'
    > {
  /** What carries the messages. Default: WebSocket. */
  transport?: Transport;
}

/**
 * Connects to a node and stays connected until `peer.disconnect()`, as `netron.connect` does. Functions and service
 * objects in arguments are called from the other side, streams and events go both ways; `peer.exposeService` works where
 * the other node allows it. Nobody else can reach this program.
 *
 * @param target an address such as `wss://example.com/netron`, or what `options.transport` connects to
 * @throws NetronError `unavailable`, `deadline_exceeded`, `canceled`, `invalid_argument`, or what the other node refused
 *   with, for instance `unauthenticated`
 * @example
 * ```ts
 * const peer = await connect('wss://example.com/netron');
 * const calculator = await peer.queryInterface<Calculator>('calculator@^1.0.0');
 * ```
 */
export async function connect(target: string | object, options: ClientOptions = {}): Promise<RemotePeer> {
  const { transport = new WebSocketTransport(), timeout = 10_000, credentials } = options;
  const node = caller(options);
  const { limits, compression } = node;
  const session = crypto.getRandomValues(new Uint8Array(16));
  const hello = async (): Promise<Hello> => ({
    id: node.id,
    ordinal: 1,
    session,
    limits,
    features: compression === undefined ? [] : [compression.name],
    services: [],
    credentials: typeof credentials === 'function' ? await (credentials as () => unknown)() : credentials,
  });
  const dialer = new Dialer({
    node,
    open: (signal) => transport.connect(target as string, { maxMessage: limits.message, ...options, timeout, signal }),
    hello,
    adopt: (id, home) => new RemotePeer(node, id, home),
    renamed: (peer, id) => peer.rename(id),
    timeout,
    attempts: options.maxReconnectAttempts ?? Infinity,
    firstAttempts: options.maxReconnectAttempts ?? 0,
    delay: options.reconnectDelay ?? 1_000,
    reconnects: transport.supports.reconnection,
  });
  return dialer.connect(options.signal);
}

/** What a peer needs of its node, where the node is nothing but this. */
function caller(options: ClientOptions): PeerNode {
  const { clock = systemClock, middleware: { incoming = [], outgoing = [] } = {} } = options;
  const errors = new ErrorRegistry();
  for (const given of options.errors ?? []) {
    if (typeof given === 'function') errors.register(given);
    else errors.register(...given);
  }
  const limits = limitsOf(options.limits);
  const requestTimeout = limitOf(options.requestTimeout, 30_000);
  return {
    id: idOf(options.id),
    clock,
    random: options.random ?? platformRandom,
    deadlines: new Ticker(clock, 20),
    beats: new Ticker(clock, 1_000),
    buffers: new BufferPool(),
    events: new EventEncoder(errors),
    reader: new Reader(limits),
    limits,
    errors,
    logger: leveled(options.logger ?? consoleLogger, options.logLevel ?? (options.logger === undefined ? 'warn' : 'debug')),
    // Nothing is in it: it gives objects that are sent by reference their public faces.
    services: new ServiceRegistry(incoming, () => {}),
    tasks: { run: refuse },
    observer: { active: false, observe: (handler) => handler },
    compression: options.compression,
    outgoing: outgoing.map(toMiddleware),
    requestTimeout,
    taskTimeout: options.taskTimeout === undefined ? requestTimeout : limitOf(options.taskTimeout, 0),
    streamTimeout: limitOf(options.streamTimeout, 0),
    heartbeatInterval: limitOf(options.heartbeatInterval, 15_000),
    callContext: 'auto',
    attachRemote: refuse,
    exposeFor: refuse,
    concealFor: refuse,
    peerConnected() {},
    peerDisconnected() {},
    serviceDiscovered() {},
  };
}

function refuse(): never {
  throw new NetronError('permission_denied', 'this is a client, not a node');
}

export type { ErrorClass, ErrorClassOptions } from './errors/error-registry.js';
export { NetronError } from './errors/netron-error.js';
export { RemoteError } from './errors/remote-error.js';
export { keep } from './peer/imports.js';
export type { PeerEvents, PeerState, RemotePeer } from './peer/remote-peer.js';
export { setProperty, withOptions } from './service/proxy.js';
export type { Remote } from './service/remote.js';
