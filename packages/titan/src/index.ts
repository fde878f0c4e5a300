export { Cache, type CacheRule, Invalidates, type RemotePeer, Service, Stream, UseMiddleware } from '@omnitron-dev/netron';
export {
  type AuthContext,
  type AuthProvider,
  type AuthRequest,
  type AuthzProvider,
  type Revocation,
  Revocations,
} from '@omnitron-dev/netron-auth/identity';
export {
  type Class,
  type Configurable,
  Container,
  configurable,
  createToken,
  defineModule,
  Inject,
  Injectable,
  type InjectionToken,
  inject,
  lazy,
  type ModuleReference,
  optional,
  type Provider,
  provider,
  type Token,
} from '@omnitron-dev/nexus';
export { Application, type Plugin } from './app/application.js';
export { createApp } from './app/create-app.js';
export type { HealthCheck, HealthStatus } from './app/health.js';
export { type Hook, Module } from './app/module.js';
export type { AppOptions, AppState } from './app/options.js';
export { TELEMETRY, type Telemetry } from './app/telemetry.js';
export { ConfigModule, type ConfigModuleOptions, type LoadOptions } from './config/config-module.js';
export { defineConfig } from './config/define-config.js';
export type { ConfigLine } from './config/explain.js';
export type { At, Config, Suggest } from './config/path-types.js';
export { ConfigError, type Problem } from './config/problems.js';
export { configSection, type Section } from './config/section.js';
export type { ConfigSource } from './config/sources.js';
export { TitanError, type TitanErrorCode } from './errors/titan-error.js';
export { EventBus } from './events/event-bus.js';
export { Audit, type AuditOptions } from './guard/audit.js';
export { RateLimit, type RateLimitOptions } from './guard/rate.js';
export { ResultCache, type ResultCacheOptions, type ResultStore, type StoredResult } from './guard/result-cache.js';
export {
  Authenticated,
  type AuthOptions,
  Authorize,
  type Policy,
  RequireAuth,
  RequirePermission,
  RequireRole,
  type Rule,
} from './guard/rules.js';
export { RateLimiter, SlidingWindow, type SlidingWindowOptions } from './guard/sliding-window.js';
export type { ExportedLog, LogExporter } from './logger/log-export.js';
export { Logger, type LogLevel } from './logger/logger.js';
export { LoggerModule, type LoggerOptions, type LogLine } from './logger/logger-module.js';
export { type MetricSeries, Metrics, type MetricsOptions } from './metrics/metrics.js';
export { type NetronConfig, NetronConfigSchema } from './netron/netron-config.js';
export { NetronModule } from './netron/netron-module.js';
export { NETRON_TOKEN } from './netron/tokens.js';
export type { InferInput, InferOutput, JsonSchema, Schema } from './schema/schema.js';
export {
  type AuditedCall,
  type AuditedLogin,
  type AuditedRevocation,
  type AuditRecord,
  verifyAuditFile,
} from './security/audit.js';
export type { AuditFileOptions, AuditVerdict } from './security/audit-file.js';
export type {
  CallLimiter,
  EncryptionProvider,
  NetronSecurity,
  RateLimitResult,
  SecurityOptions,
} from './security/providers.js';
export { TlsEncryption } from './security/tls-encryption.js';
export type { Keeps } from './service/check.js';
export {
  type CallerArgs,
  type CallerValue,
  type ContractClient,
  type ContractInterface,
  type ContractMethods,
  defineContract,
  type HandlerArgs,
  type HandlerMethod,
  type HandlerValue,
  type MethodContract,
  type ServiceContract,
} from './service/contract.js';
export {
  Auth,
  type Caller,
  currentUser,
  type FilledPublicDecorator,
  Public,
  type PublicDecorator,
  Validate,
  type ValidateDecorator,
  type ValidateOptions,
} from './service/decorators.js';
export { defineTitanService, type TitanServiceDescription, type TitanServiceObject } from './service/define-titan-service.js';
export type { MemberOptions, RuleOptions, TitanServiceOptions } from './service/options.js';
export { type LooseService, RemoteService, remote, type ServiceClass, type ServiceReference } from './service/remote.js';
export { TitanService, type TitanServiceDecorator } from './service/titan-service.js';
export type { ServiceTransport, ServiceTransports } from './service/transports.js';
export type { TopologyEdge, TopologyReport } from './topology/placement.js';
export { reportText } from './topology/placement.js';
export { readTopology, type Topology, type TopologyProcess } from './topology/topology.js';
