export type { Compressor } from './compression/compressor.js';
export { type Code, codes } from './errors/codes.js';
export type { ErrorClass, ErrorClassOptions } from './errors/error-registry.js';
export {
  CircuitOpenError,
  NotFoundError,
  PermissionDeniedError,
  UnauthenticatedError,
  ValidationError,
} from './errors/named-errors.js';
export { NetronError, type NetronErrorOptions } from './errors/netron-error.js';
export { RemoteError, type RemoteErrorParts } from './errors/remote-error.js';
export { type Safe, safe } from './errors/safe.js';
export type { WireError } from './errors/wire-error.js';
export type { EmitErrorPolicy, EmitOptions, EventBusOptions, EventReducer } from './events/bus.js';
export { EventBus } from './events/bus.js';
export { EmitError, type EmitFailure } from './events/emit-error.js';
export type { EventData, EventName, EventPattern, LooseEvents } from './events/event-map.js';
export type { BusEvent, EventMiddleware } from './events/event-middleware.js';
export type { EventHandler, SubscribeOptions, Subscription, Unsubscribe } from './events/subscription.js';
export { LocalPeer } from './local-peer.js';
export type { MiddlewareClass, MiddlewareInput, MiddlewareObject, NetronMiddleware } from './middleware/adapt.js';
export type { Call, CallPeer, Handler, Middleware, TraceContext } from './middleware/call.js';
export { type CallChanges, deriveCall } from './middleware/derived-call.js';
export { timeout } from './middleware/timeout.js';
export { Netron } from './netron.js';
export type { DiscoveredService, NetronEventMap, RpcContext } from './netron-events.js';
export type { AuthenticationRequest, NetronConnectOptions, NetronOptions, TransportListen } from './netron-options.js';
export { keep } from './peer/imports.js';
export type { MiddlewareOptions } from './peer/node-middleware.js';
export type { PeerLoad } from './peer/peer-load.js';
export type { PeerEvents, PeerState } from './peer/peer-state.js';
export { type BlobFacts, RemoteBlob } from './peer/remote-blob.js';
export { type PeerLink, RemotePeer, RemotePeer as Peer } from './peer/remote-peer.js';
export type { EventListener } from './peer/subscriptions.js';
export type { ContextTracking } from './service/call-context.js';
export { CallContext, CallContext as RequestContext, getCallContext } from './service/call-context.js';
export type { CallOptions } from './service/call-options.js';
export { Public, type PublicOptions, Service, type ServiceOptions, Stream, UseMiddleware } from './service/decorators.js';
export {
  type ClientOf,
  createService,
  type DefinedService,
  defineService,
  type EventTypes,
  events,
  type ServiceDescription,
  type ServiceMethods,
} from './service/define-service.js';
export type { MemberDefinition, MemberKind, ServiceDefinition } from './service/definition.js';
export { setProperty, withOptions } from './service/proxy.js';
export type * from './service/remote.js';
export type { RemoteEvents } from './service/remote-events.js';
export type * from './service/sendable.js';
export { ServiceBase } from './service-base.js';
export type { ServiceSummary } from './service-summary.js';
export type { TaskFunction, TaskOptions, TaskOverwriteStrategy, TaskPeer, TaskRegistryOptions } from './tasks/task-registry.js';
export { MemoryNetwork, MemoryTransport } from './transport/memory.js';
export type * from './transport/transport.js';

export type { Clock } from './util/clock.js';
export type { Hold, WhenFull } from './util/delivery-queue.js';
export type { AnyListener, Listen, Listener, Unlisten } from './util/emitter.js';
export type { Logger, LogLevel } from './util/logger.js';
export { defaultLimits, type Limits } from './wire/limits.js';
