export type { HealthCheckOptions, Policy, ServiceConnectOptions } from './cluster/options.js';
export type { ServicePeer } from './cluster/service-peer.js';
export type { Compressor } from './compression/compressor.js';
export { type Code, codes } from './errors/codes.js';
export { createErrorCodec, type ErrorClasses } from './errors/error-codec.js';
export type { ErrorClass, ErrorClassOptions } from './errors/error-registry.js';
export {
  CircuitOpenError,
  NotFoundError,
  PermissionDeniedError,
  UnauthenticatedError,
  ValidationError,
} from './errors/named-errors.js';
export { NetronError, type NetronErrorOptions } from './errors/netron-error.js';
export { type CallOutcome, outcomeOf } from './errors/outcome.js';
export { httpStatusOf, RemoteError, type RemoteErrorParts } from './errors/remote-error.js';
export { type SafeResult, safe } from './errors/safe.js';
export type { ErrorCodec, WireError } from './errors/wire-error.js';
export { EventBus } from './events/bus.js';
export { EmitError, type EmitFailure } from './events/emit-error.js';
export type { EmitErrorPolicy, EmitOptions, EventBusOptions, EventReducer } from './events/emit-options.js';
export type { EventData, EventName, EventPattern, LooseEvents } from './events/event-map.js';
export type { BusEvent, EventMiddleware } from './events/event-middleware.js';
export type { EventHub } from './events/hub.js';
export type { EventHandler, SubscribeOptions, Subscription, Unsubscribe } from './events/subscription.js';
export type { Construct } from './middleware/adapt.js';
export type { Call, CallPeer, Handler, Middleware, TraceContext } from './middleware/call.js';
export { type CallChanges, deriveCall } from './middleware/derived-call.js';
export {
  type IdempotencyOptions,
  type IdempotencyStore,
  idempotency,
  type KeptOutcome,
  type MemoryIdempotencyOptions,
  MemoryIdempotencyStore,
} from './middleware/idempotency.js';
export type { AnnotationKey, AnnotationStatement, MemberInfo } from './middleware/member.js';
export { inPlace, type MiddlewareInput, type Place, type PlacedMiddleware, places } from './middleware/places.js';
export type { MiddlewareClass, MiddlewareObject, MiddlewareShape, NetronMiddleware } from './middleware/shapes.js';
export { timeout } from './middleware/timeout.js';
export type { Authorize, Operation, Visible } from './node/access.js';
export type { AuthenticationRequest } from './node/authentication.js';
export { expiringIdentity } from './node/authentication.js';
export type { DispatchRequest } from './node/edge.js';
export type { DiscoveredService, NetronEventMap, RpcContext } from './node/events.js';
export type { NodeState } from './node/life.js';
export { LocalPeer } from './node/local-peer.js';
export { Netron } from './node/netron.js';
export type { HttpListen, NetronConnectOptions, NetronOptions, TransportListen } from './node/options.js';
export { ServiceBase } from './node/service-base.js';
export type { ServiceSummary } from './node/service-summary.js';
export type { PeerLink } from './peer/connected-peer.js';
export type { ExpectedNode } from './peer/dialer.js';
export type { EventListener } from './peer/events/outgoing-subscriptions.js';
export type { NodeMetadata } from './peer/link/handshake.js';
export type { PeerLoad } from './peer/load.js';
export type { MiddlewareOptions } from './peer/node-middleware.js';
export type { Peer } from './peer/peer.js';
export { assertSendable, type SendableOptions } from './peer/references/assert-sendable.js';
export type { HeldReference } from './peer/references/held-reference.js';
export { keep } from './peer/references/imports.js';
export { RemotePeer } from './peer/remote-peer.js';
export type { PeerEvents, PeerState } from './peer/state.js';
export type { OpenStream } from './peer/streams/open-stream.js';
export type { CallRecord } from './service/call/call-record.js';
export type { OutdatedEvent } from './service/call/call-tags.js';
export type { ContextTracking } from './service/call/context.js';
export { CallContext, CallContext as RequestContext, getCallContext } from './service/call/context.js';
export type { CallOptions } from './service/call/options.js';
export { setProperty, withOptions } from './service/call/proxy.js';
export type * from './service/call/remote.js';
export { type BlobFacts, RemoteBlob } from './service/call/remote-blob.js';
export type { RemoteEvents } from './service/call/remote-events.js';
export type * from './service/call/sendable.js';
export { invalidate, tag } from './service/call/tags.js';
export {
  type Annotation,
  type AnnotationEntry,
  type AnnotationOptions,
  createAnnotation,
  type OptionalAnnotation,
  withAnnotations,
} from './service/declare/annotation.js';
export {
  Cache,
  type CacheRule,
  Contract,
  Idempotent,
  Invalidates,
  type MemberContract,
  Resumable,
  Safe,
  TransportRule,
} from './service/declare/annotations.js';
export { createParameter, type FillingDecorator } from './service/declare/create-parameter.js';
export { Public, type PublicOptions, Service, type ServiceOptions, Stream, UseMiddleware } from './service/declare/decorators.js';
export {
  type ClientOf,
  createService,
  type DefinedService,
  defineService,
  type EventTypes,
  events,
  type ServiceDescription,
  type ServiceMethods,
} from './service/declare/define-service.js';
export type { Fill } from './service/declare/exposed.js';
export type { StandardIssue, StandardResult, StandardSchema } from './service/declare/standard-schema.js';
export type { MemberDefinition, MemberKind, ServiceDefinition } from './service/definition.js';
export type { TaskFunction, TaskOptions, TaskOverwriteStrategy, TaskPeer, TaskRegistryOptions } from './tasks/task-registry.js';
export { MemoryNetwork, MemoryTransport } from './transport/memory.js';
export type * from './transport/transport.js';
export type { Clock } from './util/clock.js';
export type { Hold, WhenFull } from './util/delivery-queue.js';
export type { AnyListener, Listen, Listener, Unlisten } from './util/emitter.js';
export type { Logger, LogLevel } from './util/logger.js';
export type { Scheduler } from './util/scheduler.js';
export type { CallHeader } from './wire/call-header.js';
export { type DecodedPacket, type DecodeOptions, decodeMessage, WireHandle } from './wire/decode-message.js';
export { defaultLimits, type Limits } from './wire/limits.js';
export { type ValueClass, type ValueTypeOptions, ValueTypes } from './wire/value-types.js';
