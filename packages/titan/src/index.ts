export { Public, type RemotePeer, Service, Stream } from '@omnitron-dev/netron';
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
export { Application, createApp, type Plugin } from './app/application.js';
export type { HealthCheck, HealthStatus } from './app/health.js';
export { type Hook, Module } from './app/module.js';
export type { AppOptions, AppState } from './app/options.js';
export { ConfigModule, type ConfigModuleOptions, type LoadOptions } from './config/config-module.js';
export { defineConfig } from './config/define-config.js';
export type { ConfigLine } from './config/explain.js';
export type { At, Config, Suggest } from './config/path-types.js';
export { ConfigError, type Problem } from './config/problems.js';
export { configSection, type Section } from './config/section.js';
export type { ConfigSource } from './config/sources.js';
export { TitanError, type TitanErrorCode } from './errors/titan-error.js';
export { EventBus } from './events/event-bus.js';
export { Logger, type LogLevel } from './logger/logger.js';
export { LoggerModule, type LoggerOptions, type LogLine } from './logger/logger-module.js';
export { type MetricSeries, Metrics, type MetricsOptions } from './metrics/metrics.js';
export { type NetronConfig, NetronConfigSchema } from './netron/netron-config.js';
export { NetronModule } from './netron/netron-module.js';
export { NETRON_TOKEN } from './netron/tokens.js';
export type { InferInput, InferOutput, JsonSchema, Schema } from './schema/schema.js';
