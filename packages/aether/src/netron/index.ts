export { NetronService } from './base/netron-service.js';
export { NetronStore } from './base/netron-store.js';
export { NetronClient } from './client.js';
export { Backend, type ServiceDecorator } from './decorators/backend.js';
export type { MethodDecorator } from './decorators/method.js';
export { Mutation } from './decorators/mutation.js';
export { Query } from './decorators/query.js';
export { defineNetronService, type NetronServiceDescription } from './define-netron-service.js';
export { useBackend, useNetronClient } from './hooks/use-backend.js';
export { type MutationState, useMutation } from './hooks/use-mutation.js';
export { type QueryParameters, type QueryState, useQuery } from './hooks/use-query.js';
export { getBackendName, getServiceName } from './metadata.js';
export { NetronModule } from './module.js';
export { BACKEND_CONFIG, CACHE_MANAGER, RETRY_MANAGER } from './tokens.js';
export type {
  BackendOptions,
  Backends,
  Contract,
  MutateOptions,
  NetronModuleConfig,
  Optimistic,
  QueryMethod,
  Reactive,
  ServiceClass,
  UseQueryOptions,
} from './types.js';
