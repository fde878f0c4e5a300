/**
 * Connections to another node for programs that neither expose services to everyone nor listen: returns the same peer as a node's
 * `connect`, built from the same parts, without those that only a node needs.
 */
import { WebSocketTransport } from '#websocket';
import type { ClientNode, ClientPart } from './client/part.js';
import { missingPart } from './errors/missing-part.js';
import { NetronError } from './errors/netron-error.js';
import { receivedErrors } from './errors/received-error.js';
import { connectionSettings, ownConnectOptions } from './node/checked-options.js';
import { type CallingOptions, nodeBasis } from './node/context.js';
import type { NetronConnectOptions } from './node/options.js';
import type { DialOptions } from './peer/dial.js';
import { declinedParts } from './peer/link/declined-parts.js';
import { newPeerKey } from './peer/link/hello.js';
import { basePackets, packetTable } from './peer/link/link-packets.js';
import { skippedPackets } from './peer/link/skipped-packets.js';
import { nothingAdvertised } from './peer/references/advertised.js';
import { readDefinition } from './peer/references/read-definition.js';
import { RemotePeer } from './peer/remote-peer.js';
import { SingleDial } from './peer/single-dial.js';
import { checkTransportOptions } from './transport/option-names.js';
import type { Transport } from './transport/transport.js';
import type { OptionNames } from './util/option-names.js';
import { readOptions } from './util/read-options.js';

/** Options of a node that a client takes through one of its parts, and the name of that part. */
const partOf = {
  middleware: 'middleware',
  construct: 'middleware',
  callSites: 'middleware',
  errors: 'errors',
  types: 'values',
  cycles: 'values',
  compression: 'compression',
  session: 'sessions',
  maxReconnectAttempts: 'reconnect',
  reconnectDelay: 'reconnect',
} as const;

/** Names of the options that are not passed to the transport. */
const own: OptionNames<Omit<CallingOptions, keyof typeof partOf | 'clock' | 'scheduler'>> & Readonly<Record<string, unknown>> = {
  ...ownConnectOptions,
  ...partOf,
  transport: true,
  with: true,
  id: true,
  metadata: true,
  requestTimeout: true,
  taskTimeout: true,
  streamTimeout: true,
  heartbeatInterval: true,
  limits: true,
  logger: true,
  logLevel: true,
  random: true,
  randomBytes: true,
};

/** Options of `connect`: the options of a node that concern calls, and those of its `connect`. */
export interface ClientOptions extends NetronConnectOptions, Omit<CallingOptions, keyof typeof partOf> {
  /** Set it through the part `middleware`. */
  middleware?: never;
  /** Set it through the part `middleware`. */
  construct?: never;
  /** Set it through the part `middleware`. */
  callSites?: never;
  /** Set it through the part `errors`. */
  errors?: never;
  /** Set it through the part `values`. */
  types?: never;
  /** Set it through the part `values`. */
  cycles?: never;
  /** Set it through the part `compression`. */
  compression?: never;
  /** Set it through the part `sessions`. */
  session?: never;
  /** Set it through the part `reconnect`. */
  maxReconnectAttempts?: never;
  /** Set it through the part `reconnect`. */
  reconnectDelay?: never;
  /** Transport for the messages. Default: WebSocket. */
  transport?: Transport;
  /**
   * Parts that the client needs besides calls over one connection: `[reconnect(), streams()]`, or `allParts()`. A bundle contains only
   * the parts named here; a feature whose part is missing fails with `failed_precondition` and names the part. Default: none.
   */
  with?: readonly ClientPart[];
}

/**
 * Connects to a node. With the part `reconnect` the peer stays connected until `peer.disconnect()`, as with `netron.connect`; without
 * it, the peer is closed when the connection ends. The program accepts no connections itself.
 *
 * @param target an address such as `wss://example.com/netron`; a list of equivalent addresses, tried in order from a random one on, and,
 *   with `reconnect`, tried on when a connection is lost or its node leaves; or an object that `options.transport` connects to
 * @throws NetronError `unavailable`, `deadline_exceeded`, `canceled`, `invalid_argument`, or the error with which the other node
 *   refused, for instance `unauthenticated`; `failed_precondition` for an option whose part is not among `with`
 * @example
 * ```ts
 * const peer = await connect('wss://example.com/netron', { with: [reconnect()] });
 * const calculator = await peer.queryInterface<Calculator>('calculator@^1.0.0');
 * ```
 */
export async function connect(target: string | readonly string[] | object, given: ClientOptions = {}): Promise<RemotePeer> {
  const options = readOptions(given);
  if (Array.isArray(target) && (target.length === 0 || target.some((address) => typeof address !== 'string')))
    throw new TypeError('connect: expected an address or a non-empty array of addresses');
  for (const [option, part] of Object.entries(partOf)) {
    if (options[option] !== undefined && options[option] !== false)
      throw new NetronError('failed_precondition', `option ${option} requires with: [${part}(…)]`);
  }
  const { transport = new WebSocketTransport() } = options;
  checkTransportOptions(transport, options, 'connect', own);
  const node = {
    ...nodeBasis(options, {
      errors: receivedErrors,
      values: undefined,
      compression: undefined,
      definitions: { read: readDefinition },
    }),
    parts: { ...declinedParts, packets: packetTable(basePackets, skippedPackets) },
    middleware: undefined,
    services: { bind: () => undefined, names: () => [], exposes: () => false },
    advertised: () => nothingAdvertised,
    peerConnected() {},
    peerDisconnected() {},
    serviceDiscovered() {},
    // The system service and the dispatcher are missing: only the part `callbacks`, which adds them, uses them.
  } as unknown as ClientNode;
  for (const part of options.with ?? []) part.install(node);
  if (node.sessions !== undefined && node.dialer === undefined) throw missingPart('sessions', 'reconnect');
  const dial: DialOptions = {
    node,
    transport,
    target,
    settings: connectionSettings(options, {}, own),
    peerKey: newPeerKey(1, node.randomBytes),
    adopt: (id, _, reconnector) => new RemotePeer(node, id, reconnector),
  };
  return (node.dialer?.(dial) ?? new SingleDial(dial)).connect(options.signal);
}

export { allParts } from './client/all-parts.js';
export { callbacks } from './client/callbacks.js';
export { compression } from './client/compression.js';
export { errors } from './client/errors.js';
export { events } from './client/events.js';
export { longMessages } from './client/long-messages.js';
export { middleware } from './client/middleware.js';
export { observation } from './client/observation.js';
export type { ClientPart } from './client/part.js';
export { pipelining } from './client/pipelining.js';
export { type ReconnectOptions, reconnect } from './client/reconnect.js';
export { sessions } from './client/sessions.js';
export { streams } from './client/streams.js';
export { values } from './client/values.js';
export type { Code } from './errors/codes.js';
export type { ErrorClass, ErrorClassOptions } from './errors/error-classes.js';
export { NetronError } from './errors/netron-error.js';
export { RemoteError } from './errors/remote-error.js';
export { resultOf } from './peer/calls/result-of.js';
export type { PeerLoad } from './peer/load.js';
export type { PeerLink } from './peer/peer-link.js';
export { keep } from './peer/references/reference.js';
export type { RemotePeer } from './peer/remote-peer.js';
export type { PeerEvents, PeerState } from './peer/state.js';
export type { CallOptions } from './service/call/options.js';
export { withOptions } from './service/call/proxy.js';
export type { Remote } from './service/call/remote.js';
export { setProperty } from './service/call/set-property.js';
export type { Connection, Transport } from './transport/transport.js';
export type { AnyListener, Listen, Listener, Unlisten } from './util/emitter.js';
export { type ValueClass, type ValueTypeOptions, ValueTypes } from './wire/value-types.js';
export type { CallingOptions, NetronConnectOptions };
