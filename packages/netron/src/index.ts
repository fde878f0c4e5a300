/** Main entry: the names that programs use directly. The types that these consist of are in `types.ts`. */

// Nodes and peers

export { Discovery, type DiscoveryAdvice } from './cluster/advice.js';
export type { HealthCheckOptions, Policy, ServiceConnectOptions } from './cluster/options.js';
export type { Presence, PresenceEvents, Present, Tracked } from './cluster/presence.js';
export type { JoiningPeer, JoinOptions, RoomListener, Rooms } from './cluster/rooms.js';
export type { ServicePeer } from './cluster/service-peer.js';
export { wantsDiscovery } from './discovery/wanted.js';
export type { Authorize, Operation, Visible } from './node/access.js';
export { type AuthenticationRequest, expiringIdentity } from './node/authentication.js';
export type { DispatchRequest } from './node/edge.js';
export type { DiscoveredService, NetronEventMap, RpcContext } from './node/events.js';
export type { NodeState } from './node/life.js';
export { LocalPeer } from './node/local-peer.js';
export { Netron } from './node/netron.js';
export type { NodeEventsOptions } from './node/node-events.js';
export type { HttpListen, NetronConnectOptions, NetronOptions, TransportListen } from './node/options.js';
export type { NodeMetadata } from './peer/link/greeting.js';
export type { PeerLoad } from './peer/load.js';
export type { Peer } from './peer/peer.js';
export { RemotePeer } from './peer/remote-peer.js';
export type { SessionOptions } from './peer/session/session-options.js';
export type { PeerEvents, PeerState } from './peer/state.js';

// Services

export { ServiceBase } from './node/service-base.js';
export type { Filled, sentAsValue } from './service/call/sendable.js';
export { type TrackedItem, tracked } from './service/call/tracked.js';
export { type Annotation, type AnnotationEntry, createAnnotation, withAnnotations } from './service/declare/annotation.js';
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
export { createParameter } from './service/declare/create-parameter.js';
export { Public, type PublicOptions, Service, type ServiceOptions, Stream, UseMiddleware } from './service/declare/decorators.js';
export { type ClientOf, createService, defineService, type EventTypes, events } from './service/declare/define-service.js';
export type { Fill } from './service/declare/exposed.js';
export { Http, type HttpRule } from './service/declare/http-rule.js';
export { parseServiceName, type ServiceQuery as ServiceName } from './service/declare/version.js';
export type { TaskFunction, TaskOptions, TaskOverwriteStrategy } from './tasks/task-registry.js';
export type { StreamPosition } from './wire/stream-position.js';

// Calls

export { resultOf } from './peer/calls/result-of.js';
export { keep } from './peer/references/reference.js';
export type { ContextTracking } from './service/call/call-home.js';
export { CallContext, CallContext as RequestContext } from './service/call/context.js';
export { getCallContext } from './service/call/current-call.js';
export type { CallOptions } from './service/call/options.js';
export { deriving, withOptions } from './service/call/proxy.js';
export type { Remote, RemoteStream } from './service/call/remote.js';
export { RemoteBlob } from './service/call/remote-blob.js';
export type { RemoteEvents } from './service/call/remote-events.js';
export { setProperty } from './service/call/set-property.js';
export { streamResult } from './service/call/stream-result.js';
export { invalidate, tag } from './service/call/tags.js';

// Errors

export { type Code, codes } from './errors/codes.js';
export { createErrorCodec } from './errors/error-codec.js';
export {
  CircuitOpenError,
  NotFoundError,
  PermissionDeniedError,
  SkewError,
  UnauthenticatedError,
  ValidationError,
} from './errors/named-errors.js';
export { NetronError, type NetronErrorOptions } from './errors/netron-error.js';
export { type CallOutcome, outcomeOf } from './errors/outcome.js';
export { httpStatusOf, RemoteError } from './errors/remote-error.js';
export { safe } from './errors/safe.js';

// Events

export { EventBus } from './events/bus.js';
export { EmitError } from './events/emit-error.js';
export type {
  EmitErrorPolicy,
  EmitOptions,
  EventBusOptions,
  EventReducer,
  EventScope,
  PublishOptions,
} from './events/emit-options.js';
export type { LooseEvents } from './events/event-map.js';
export type { BusEvent, EventMiddleware } from './events/event-middleware.js';
export type { EventHandler, SubscribeOptions, Subscription, Unsubscribe } from './events/subscription.js';

// Middleware

export type { Construct } from './middleware/adapt.js';
export type { Call, CallPeer, Handler, Middleware, TraceContext } from './middleware/call.js';
export { deriveCall } from './middleware/derived-call.js';
export { type IdempotencyOptions, idempotency } from './middleware/idempotency.js';
export { type IdempotencyStore, type KeptOutcome, MemoryIdempotencyStore } from './middleware/idempotency-store.js';
export type { AnnotationStatement, MemberInfo } from './middleware/member.js';
export { inPlace, type MiddlewareInput, places } from './middleware/places.js';
export type { MiddlewareObject, NetronMiddleware } from './middleware/shapes.js';
export { shareRun } from './middleware/shared-run.js';
export { timeout } from './middleware/timeout.js';
export type { MiddlewareOptions } from './peer/node-middleware.js';

// Observation

export type { CallRecord } from './service/call/call-record.js';
export type { Logger, LogLevel } from './util/logger.js';

// Values, transports, time

export { longestDelay, systemClock } from '#platform';
export type { Compressor } from './compression/compressor.js';
export { assertSendable } from './peer/references/assert-sendable.js';
export { ChannelConnection } from './transport/channel-connection.js';
export type { ClientCertificate } from './transport/client-certificate.js';
export { MemoryNetwork, MemoryTransport } from './transport/memory.js';
export type { Connection, ConnectOptions, ListenOptions, Server, Transport, TransportOptions } from './transport/transport.js';
export { checkNumbers } from './util/check-numbers.js';
export type { Clock } from './util/clock.js';
export { isLoopback } from './util/loopback.js';
export { nearestName } from './util/nearest-name.js';
export { networkOf } from './util/network.js';
export { checkOptions, type OptionNames, unknownOption } from './util/option-names.js';
export { readOptions } from './util/read-options.js';
export type { Scheduler } from './util/scheduler.js';
export { thrownText } from './util/thrown.js';
export { decodeMessage, WireHandle } from './wire/decode-message.js';
export { defaultLimits, type Limits } from './wire/limits.js';
export { type ValueClass, type ValueTypeOptions, ValueTypes } from './wire/value-types.js';
