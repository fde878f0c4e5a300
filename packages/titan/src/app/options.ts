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
  /** Configuration in code, below that of `sources`. The section `netron` asks for a node. */
  readonly config?: object;
  /** Sources of the configuration; later ones win. */
  readonly sources?: readonly ConfigSource[];
  /** Reads files of `sources` again when they change, while the application runs. Default `false`. */
  readonly watchConfig?: boolean;
  /** Folder that relative paths of the configuration start from. Default: the working folder. */
  readonly root?: string;
  /** A logger of one's own, or how the application's logs. */
  readonly logger?: Logger | LoggerOptions;
  readonly metrics?: MetricsOptions;
  /** Exporters of traces, metrics and logs: `{ traces, metrics, logs }`. Default: none. */
  readonly telemetry?: Telemetry;
  /** Providers of identities and rights, and limits that nodes share. */
  readonly security?: SecurityOptions;
  /** File that audit records are appended to, beside the events `audit:*`. Default: none. */
  readonly audit?: AuditFileOptions;
  /** Bounds of the results that are kept. */
  readonly cache?: ResultCacheOptions;
  /** Options of the node that only code can give, such as `authenticate` and `middleware`; the configuration goes before them. */
  readonly netron?: NetronOptions;
  /** Transports of the program's own, from which it hands calls to `netron.dispatch`: members may name them in `transport`. Default: none. */
  readonly edges?: readonly string[];
  /**
   * Placement of services in processes: a file, relative to the working folder, or a record. `titan start NAME` says which process this one
   * is; without it, one process runs all.
   */
  readonly topology?: string | Topology;
  /** Providers that replace those of the modules, for tests. */
  readonly override?: readonly Provider[];
  /** Stops at SIGTERM and SIGINT, and ends the process then. Default `true`. */
  readonly signals?: boolean;
  /** Listening beyond this machine without authentication is meant. Default `false`: a start error. */
  readonly public?: boolean;
  /**
   * Milliseconds that each `onStart` and `onReady` has, each asynchronous factory, what `use` waits for, and reading the configuration; `Infinity` for
   * no end. Default 30,000.
   */
  readonly startTimeout?: number;
  /**
   * Milliseconds for stopping, which draining, each `onStop` and all that is disposed of share: each step has what is left, and when nothing is, a tenth of what is left of twice the time.
   * `Infinity` for no end. Default 10,000.
   */
  readonly stopTimeout?: number;
  /** Milliseconds between "not ready" and draining, for load balancers to notice. Default 0. */
  readonly drainDelay?: number;
}

/** Milliseconds that a step of the start has unless told otherwise. */
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
 * Reads options once, those of parts included, and refuses what is unknown or of another type: each would be an option that is not there. Logger,
 * metrics, cache and security look at theirs when they are made.
 *
 * @throws TitanError `invalid_use`
 */
export function readAppOptions(given: AppOptions): AppOptions {
  const options = readParts(readNamed('createApp', given, names));
  checkText('name', 'a text', options.name);
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
  if (logs !== undefined && typeof logs?.export !== 'function') refuse('telemetry.logs', 'an exporter of log lines', logs);
  return options;
}

/** The options of parts, read as those around them. */
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
