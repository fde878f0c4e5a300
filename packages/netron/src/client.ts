/**
 * One connection to another node, for programs that expose no services and listen nowhere: the same peer that a node's
 * `connect` gives, from the same parts, without those that only a node needs.
 */
import { WebSocketTransport } from '#websocket';
import type { Answering } from './client-loaded.js';
import { type ClientPart, callbacks, streams } from './client-parts.js';
import { dialSettings } from './node/checked-options.js';
import { type CallingOptions, nodeBasis } from './node/context.js';
import type { NetronConnectOptions } from './node/options.js';
import { Dialer } from './peer/dialer.js';
import { declinedParts } from './peer/link/declined-parts.js';
import { newPeerKey } from './peer/link/hello.js';
import { nothingAdvertised } from './peer/references/advertised.js';
import { type PeerOwner, RemotePeer } from './peer/remote-peer.js';
import type { Transport } from './transport/transport.js';

/** Options of `connect`: those of a node that concern calling, and those of its `connect`. */
export interface ClientOptions extends NetronConnectOptions, CallingOptions {
  /** Transport of the messages. Default: WebSocket. */
  transport?: Transport;
  /**
   * Parts of the client: `[streams()]` for one that reads streams and is never called back. What is not among them is not loaded,
   * and refused when it comes. Default: all of them, `[callbacks(), streams()]`.
   */
  with?: readonly ClientPart[];
}

/** Stands for what answers calls where none is answered: nothing but the declined part asks it for anything. */
const unanswering = { bind: () => undefined } as unknown as Answering;

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
  const basis = nodeBasis(options);
  const middleware =
    options.middleware !== undefined || options.callSites === true
      ? (await import('./peer/node-middleware.js')).nodeMiddleware(options, basis)
      : undefined;
  const loaded = await Promise.all((options.with ?? [callbacks(), streams()]).map((part) => part.load()));
  const answering = loaded.find((part) => part.answering !== undefined)?.answering;
  const { bind, system, dispatcher } =
    answering?.(basis, middleware ?? { incoming: [], construct: options.construct }) ?? unanswering;
  const node: PeerOwner = {
    ...basis,
    parts: Object.assign({ ...declinedParts }, ...loaded.map(({ parts }) => parts)),
    middleware,
    sessions: options.session ? new (await import('./peer/session/sessions.js')).Sessions(basis, undefined) : undefined,
    services: { bind, names: () => [], exposes: () => false },
    advertised: () => nothingAdvertised,
    system,
    dispatcher,
    peerConnected() {},
    peerDisconnected() {},
    serviceDiscovered() {},
  };
  const dialer = new Dialer({
    node,
    transport: options.transport ?? new WebSocketTransport(),
    target,
    settings: dialSettings(options),
    peerKey: newPeerKey(1, node.randomBytes),
    adopt: (id, reconnector) => new RemotePeer(node, id, reconnector),
    renamed: (peer, id) => peer.rename(id),
  });
  return dialer.connect(options.signal);
}

export { type ClientPart, callbacks, streams } from './client-parts.js';
export type { Code } from './errors/codes.js';
export type { ErrorClass, ErrorClassOptions } from './errors/error-registry.js';
export { NetronError } from './errors/netron-error.js';
export { RemoteError } from './errors/remote-error.js';
export { resultOf } from './peer/calls/result-of.js';
export type { PeerLink } from './peer/connected-peer.js';
export type { PeerLoad } from './peer/load.js';
export { keep } from './peer/references/imports.js';
export type { RemotePeer } from './peer/remote-peer.js';
export type { PeerEvents, PeerState } from './peer/state.js';
export type { CallOptions } from './service/call/options.js';
export { setProperty, withOptions } from './service/call/proxy.js';
export type { Remote } from './service/call/remote.js';
export type { Connection, Transport } from './transport/transport.js';
export type { AnyListener, Listen, Listener, Unlisten } from './util/emitter.js';
export { type ValueClass, type ValueTypeOptions, ValueTypes } from './wire/value-types.js';
export type { CallingOptions, NetronConnectOptions };
