export type { RemotePeer } from '@omnitron-dev/netron/client';
export {
  CircuitOpenError,
  type Clock,
  type ErrorClass,
  type ErrorClassOptions,
  type ErrorCodec,
  NetronError,
  NotFoundError,
  onlyOptions,
  PermissionDeniedError,
  type Queried,
  type Remote,
  RemoteError,
  type RemoteStream,
  readCommonJson,
  readJson,
  SkewError,
  setProperty,
  UnauthenticatedError,
  ValidationError,
  withOptions,
  writeJson,
} from '@omnitron-dev/netron/http/client';
export { HttpCacheManager } from './cache/cache-manager.js';
export { type CacheReader, dehydrate } from './cache/dehydrate.js';
export { type DehydratedCache, type DehydratedEntry, type HandedError, hydrate } from './cache/hydrate.js';
export type { CacheManagerOptions, CacheOptions, CacheStats } from './cache/options.js';
export type { InvalidationPattern } from './cache/patterns.js';
export { stableArgs } from './cache/stable-args.js';
export { type Fluent, withQuery } from './fluent/fluent.js';
export type {
  ArgsOf,
  CallTiming,
  Chain,
  FluentInterface,
  MethodName,
  MutationOptions,
  OptimisticTarget,
  QueryOptions,
  ResultOf,
} from './fluent/types.js';
export { HttpRemotePeer, type ServiceName } from './peer/http-remote-peer.js';
export { type HttpPeerOptions, knownOptions } from './peer/options.js';
export { type Activity, type ActivityEvent, pageActivity } from './query/activity.js';
export type { RecordWrites } from './query/optimistic.js';
export type { Query, RefetchOptions } from './query/query.js';
export type { ChangeQueue, QueueOptions } from './queue/change-queue.js';
export { IndexedQueueStorage, MemoryQueueStorage, type QueueStorage, type StoredCall } from './queue/storage.js';
export type { BodyCodec } from './request/codec.js';
export type { CredentialOptions, TokenSource } from './request/credentials.js';
export { messagePack } from './request/message-pack.js';
export type {
  IncomingResponse,
  MiddlewareContext,
  MiddlewareFunction,
  NetronMiddleware,
  OutgoingRequest,
  Stage,
} from './request/middleware.js';
export type { Fetch } from './request/outgoing-call.js';
export type { UploadProgress } from './request/upload.js';
export type { Backoff } from './retry/backoff.js';
export type { BreakerOptions } from './retry/breaker.js';
export { RetryManager } from './retry/retry-manager.js';
export type { ExecuteOptions, RetryManagerOptions, RetryOptions } from './retry/retry-options.js';
export type { Priority } from './util/slots.js';
