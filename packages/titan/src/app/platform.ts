import { Revocations } from '@omnitron-dev/netron-auth/identity';
import type { Provider } from '@omnitron-dev/nexus';
import { ConfigModule } from '../config/config-module.js';
import { EventBus } from '../events/event-bus.js';
import { ResultCache } from '../guard/result-cache.js';
import { LogExport } from '../logger/log-export.js';
import { Logger } from '../logger/logger.js';
import { LoggerModule } from '../logger/logger-module.js';
import { Metrics } from '../metrics/metrics.js';
import { callFacts } from '../netron/call-around.js';
import { NetronModule } from '../netron/netron-module.js';
import type { Composition, Parts } from './composition.js';
import type { AppOptions } from './options.js';
import { Placement } from './placement.js';
import { type SecurityParts, securityOf } from './security.js';
import { type GuardOptions, nodeOptions } from './services.js';
import { TELEMETRY } from './telemetry.js';

/** Parts of every application. */
export interface Platform {
  readonly logger: Logger;
  /** Exports log lines, if configured. */
  readonly logExport: LogExport | undefined;
  readonly config: ConfigModule;
  readonly events: EventBus;
  readonly metrics: Metrics;
  readonly node: NetronModule;
  readonly cache: ResultCache;
  readonly security: SecurityParts;
  readonly placement: Placement;
  /** All parts as providers, for the container. */
  readonly providers: readonly Provider[];
}

/**
 * Creates the parts of an application. Opens and reads nothing.
 *
 * @param compose returns the graph of the application, for the rules in front of its services
 * @throws TitanError `invalid_config` for an invalid topology
 */
export function createPlatform(options: AppOptions, { services: named }: Parts, compose: () => Composition): Platform {
  const { name = 'app', root: base, security: secured = {}, netron = {}, edges = [] } = options;
  const logExport = logExportOf(options, name);
  const logger = loggerOf(options, name, logExport);
  const onError = (error: unknown) => logger.error({ err: error }, 'the changed configuration was rejected');
  const config = new ConfigModule({ onError, ...(base === undefined ? {} : { base }) });
  const events = new EventBus((error, event) => logger.error({ err: error, event }, 'an event subscriber failed'));
  const metrics = new Metrics(options.metrics);
  const storeFailed = (error: unknown) => logger.warn({ err: error }, 'the shared cache failed: computing results instead');
  const cache = new ResultCache({ onError: storeFailed, ...options.cache });
  const security = securityOf(secured, { events, logger, clock: netron.clock });
  const placement = new Placement(options);
  const node = new NetronModule(logger, config, events);
  node.configure({ public: options.public ?? false, secured: options.security !== undefined, options: netron });
  const refused: GuardOptions['refused'] = (request, error) => node.netron?.loginRefused(request, error);
  node.adapt((given) => nodeOptions(given, { compose, named, security, cache, logger, refused, placement, edges }));
  node.accompany(security.accompany);
  const providers: Provider[] = [
    ...loggerProviders(logger),
    { provide: ConfigModule, useValue: config },
    { provide: EventBus, useValue: events },
    { provide: Metrics, useValue: metrics },
    { provide: NetronModule, useValue: node },
    { provide: ResultCache, useValue: cache },
    { provide: TELEMETRY, useValue: options.telemetry ?? {} },
    { provide: Revocations, useValue: security.revocations },
  ];
  return { logger, logExport, config, events, metrics, node, cache, security, placement, providers };
}

function logExportOf({ logger, telemetry }: AppOptions, name: string): LogExport | undefined {
  return telemetry?.logs && !(logger instanceof Logger) ? new LogExport(telemetry.logs, name) : undefined;
}

function loggerOf({ logger }: AppOptions, name: string, exported: LogExport | undefined): Logger {
  if (logger instanceof Logger) return logger;
  return new LoggerModule({ context: callFacts, ...logger, exported, bindings: { app: name, ...logger?.bindings } });
}

/** The logger under both of its tokens. */
function loggerProviders(logger: Logger): Provider[] {
  return logger instanceof LoggerModule
    ? [
        { provide: LoggerModule, useValue: logger },
        { provide: Logger, useExisting: LoggerModule },
      ]
    : [
        { provide: Logger, useValue: logger },
        { provide: LoggerModule, useExisting: Logger as typeof LoggerModule },
      ];
}
