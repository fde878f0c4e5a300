import type { NetronOptions, OptionNames } from '@omnitron-dev/netron';
import type { Provider } from '@omnitron-dev/nexus';
import { type ConfigSource, checkCode, checkSources } from '../config/sources.js';
import {
  checkDelay,
  checkFlag,
  checkNames,
  checkText,
  checkTexts,
  checkTimeout,
  readNamed,
  readPlain,
  refuse,
} from '../errors/check-options.js';
import type { ResultCacheOptions } from '../guard/result-cache.js';
import { Logger } from '../logger/logger.js';
import type { LoggerOptions } from '../logger/logger-module.js';
import type { MetricsOptions } from '../metrics/metrics.js';
import { checkAuditFile } from '../security/audit.js';
import type { AuditFileOptions } from '../security/audit-file.js';
import type { SecurityOptions } from '../security/providers.js';
import type { Topology } from '../topology/topology.js';
import type { Telemetry } from './telemetry.js';

/** Options of an application. */
export interface AppOptions {
  /** Shown in logs. Default `app`. */
  readonly name?: string;
  /** Configuration in code; `sources` override it. With a section `netron`, the application has a node. */
  readonly config?: object;
  /** Sources of the configuration; later ones override earlier ones. */
  readonly sources?: readonly ConfigSource[];
  /** Reads files of `sources` again when they change, while the application runs. Default `false`. */
  readonly watchConfig?: boolean;
  /** Base folder of relative paths in the configuration. Default: the working folder. */
  readonly root?: string;
  /** Your own logger, or options of the application's logger. */
  readonly logger?: Logger | LoggerOptions;
  readonly metrics?: MetricsOptions;
  /** Exporters of traces, metrics and logs: `{ traces, metrics, logs }`. Default: none. */
  readonly telemetry?: Telemetry;
  /** Providers of identities and permissions, and limits that nodes share. */
  readonly security?: SecurityOptions;
  /** File for audit records, in addition to the events `audit:*`. Default: none. */
  readonly audit?: AuditFileOptions;
  /** Limits and store of cached results. */
  readonly cache?: ResultCacheOptions;
  /** Options of the node that only code can set, such as `authenticate` and `middleware`; the configuration overrides them. */
  readonly netron?: NetronOptions;
  /** Names of your own transports, which pass calls to `netron.dispatch`: members may name them in `transport`. Default: none. */
  readonly edges?: readonly string[];
  /**
   * Distribution of services over processes: a file, relative to the working folder, or an object. `titan start NAME`
   * selects the process; otherwise one process runs all.
   */
  readonly topology?: string | Topology;
  /** Providers that replace those of the modules, for tests. */
  readonly override?: readonly Provider[];
  /** Stops on SIGTERM and SIGINT, and then exits the process. Default `true`. */
  readonly signals?: boolean;
  /** Allows listening beyond the local machine without authentication. Default `false`: an error at startup. */
  readonly public?: boolean;
  /**
   * Timeout in milliseconds of each `onStart` and `onReady`, each asynchronous factory, each promise of `use`, and reading
   * the configuration; `Infinity` for none. Default 30,000.
   */
  readonly startTimeout?: number;
  /**
   * Milliseconds that draining, each `onStop` and each disposal share: each step may use the time that is left; after that,
   * a tenth of what is left of twice the time. `Infinity` for no limit. Default 10,000.
   */
  readonly stopTimeout?: number;
  /** Milliseconds between "not ready" and draining, so that load balancers notice. Default 0. */
  readonly drainDelay?: number;
}

/** Default timeout of a step of the start, in milliseconds. */
export const usualStartTimeout = 30_000;

/** State of an application. */
export type AppState = 'idle' | 'starting' | 'ready' | 'stopping';

const names: OptionNames<AppOptions> = {
  audit: true,
  cache: true,
  config: true,
  drainDelay: true,
  edges: true,
  logger: true,
  metrics: true,
  name: true,
  netron: true,
  override: true,
  public: true,
  root: true,
  security: true,
  signals: true,
  sources: true,
  startTimeout: true,
  stopTimeout: true,
  telemetry: true,
  topology: true,
  watchConfig: true,
};

const ofTelemetry: OptionNames<Telemetry> = { logs: true, metrics: true, traces: true };

/**
 * Reads options once, including those of parts, and refuses unknown names and wrong types, which would otherwise have no
 * effect. Logger, metrics, cache and security check theirs when they are created.
 *
 * @throws TitanError `invalid_use`
 */
export function readAppOptions(given: AppOptions): AppOptions {
  const options = readParts(readNamed('createApp', given, names));
  checkText('name', 'a non-empty string', options.name);
  checkTexts('edges', options.edges);
  checkCode('config', options.config);
  if (options.sources !== undefined) checkSources('sources', options.sources);
  checkDelay('drainDelay', options.drainDelay, 0);
  for (const name of ['startTimeout', 'stopTimeout'] as const) checkTimeout(name, options[name], 0);
  for (const name of ['public', 'signals', 'watchConfig'] as const) checkFlag(name, options[name]);
  const { audit, telemetry } = options;
  if (audit !== undefined) checkAuditFile(audit);
  if (telemetry === undefined) return options;
  checkNames('telemetry', telemetry, ofTelemetry);
  const { logs } = telemetry;
  if (logs !== undefined && typeof logs?.export !== 'function') refuse('telemetry.logs', 'an object with export()', logs);
  return options;
}

/** Options of parts, read in the same way. */
function readParts(options: AppOptions): AppOptions {
  const { audit, cache, logger, metrics, netron, security } = options;
  return {
    ...options,
    ...(audit && { audit: readPlain('audit', audit) }),
    ...(cache && { cache: readPlain('cache', cache) }),
    ...(logger && !(logger instanceof Logger) && { logger: readPlain('logger', logger) }),
    ...(metrics && { metrics: readPlain('metrics', metrics) }),
    ...(netron && { netron: readPlain('netron', netron) }),
    ...(security && { security: readPlain('security', security) }),
  };
}
