/**
 * One connection to another node, for programs that expose no services and listen nowhere: the same peer that a node's
 * `connect` gives, from the same parts, without those that only a node needs.
 */
import { WebSocketTransport } from '#websocket';
import { NetronError } from './errors/netron-error.js';
import { dialSettings } from './node/checked-options.js';
import { type CallingOptions, nodeBasis } from './node/context.js';
import type { NetronConnectOptions } from './node/options.js';
import { Dialer } from './peer/dialer.js';
import { newPeerKey } from './peer/link/hello.js';
import { nothingAdvertised } from './peer/references/advertised.js';
import { type PeerOwner, RemotePeer } from './peer/remote-peer.js';
import { answer, bindSystem, step } from './peer/system/binding.js';
import { Dispatcher } from './service/call/dispatcher.js';
import type { CallObserver } from './service/call/observer.js';
import { serviceBinder } from './service/service-binder.js';
import type { Transport } from './transport/transport.js';

/** Options of `connect`: those of a node that concern calling, and those of its `connect`. */
export interface ClientOptions extends NetronConnectOptions, CallingOptions {
  /** Transport of the messages. Default: WebSocket. */
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
  const basis = nodeBasis(options);
  const middleware =
    options.middleware !== undefined || options.callSites === true
      ? (await import('./peer/node-middleware.js')).nodeMiddleware(options, basis)
      : undefined;
  const node: PeerOwner = {
    ...basis,
    middleware,
    sessions: options.session ? new (await import('./peer/session/sessions.js')).Sessions(basis, undefined) : undefined,
    // Nothing is exposed; objects that are sent by reference have their public faces.
    services: {
      bind: serviceBinder(middleware ?? { incoming: [], construct: options.construct }),
      names: () => [],
      exposes: () => false,
    },
    advertised: () => nothingAdvertised,
    system,
    dispatcher: new Dispatcher({ ...basis, observer: nobody, callContext: 'auto', outdated: () => {} }),
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

const nobody: CallObserver = { active: false, run: (call, enter) => enter(call), refused() {} };

const refuse = (): never => {
  throw new NetronError('permission_denied', 'this is a client, not a node');
};

const system = bindSystem({
  query: refuse,
  task: refuse,
  subscribe: refuse,
  unsubscribe: refuse,
  answer,
  expose: refuse,
  conceal: refuse,
  authenticate: refuse,
  step,
});

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
