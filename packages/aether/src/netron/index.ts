export { type NetronBase, NetronService } from './base/netron-service.js';
export { NetronStore } from './base/netron-store.js';
export { NetronClient } from './client.js';
export { Backend, type ServiceDecorator } from './decorators/backend.js';
export type { MethodDecorator } from './decorators/method.js';
export { Mutation } from './decorators/mutation.js';
export { Query } from './decorators/query.js';
export { defineNetronService, type NetronServiceDescription } from './define-netron-service.js';
export type { QueryState } from './hooks/query-state.js';
export type { StreamState, StreamStatus, UseStreamOptions } from './hooks/stream-state.js';
export { useBackend, useNetronClient } from './hooks/use-backend.js';
export { type DuplexParameters, type DuplexState, type UseDuplexOptions, useDuplex } from './hooks/use-duplex.js';
export { type InfiniteQueryOptions, type InfiniteQueryState, useInfiniteQuery } from './hooks/use-infinite-query.js';
export { type MutationState, useMutation } from './hooks/use-mutation.js';
export { useOnline } from './hooks/use-online.js';
export { type Prefetch, usePrefetch } from './hooks/use-prefetch.js';
export { type QueriesState, useQueries } from './hooks/use-queries.js';
export { type QueryParameters, useQuery } from './hooks/use-query.js';
export { useSkew } from './hooks/use-skew.js';
export { type StreamParameters, useStream } from './hooks/use-stream.js';
export { getBackendName, getServiceName } from './metadata.js';
export { NetronModule } from './module.js';
export { BACKEND_CONFIG, CACHE_MANAGER, RETRY_MANAGER } from './tokens.js';
export type {
  BackendOptions,
  Backends,
  Contract,
  DefaultMutateOptions,
  DuplexMethod,
  GivenArgs,
  MutateOptions,
  NamedDuplex,
  NamedMethod,
  NamedQuery,
  NamedStream,
  NetronModuleConfig,
  Optimistic,
  OptimisticQuery,
  OptimisticUpdate,
  QueryMethod,
  Reactive,
  SentItem,
  ServiceClass,
  Skew,
  StreamItem,
  StreamMethod,
  UntypedOptimistic,
  UploadProgress,
  UseQueryOptions,
} from './types.js';
