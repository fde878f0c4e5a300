/** Names of all options of a node: an unknown name, such as a misspelt one, is refused. */
import { described } from '../util/check.js';
import { unknownOption } from '../util/option-names.js';
import type { Nested } from '../util/read-nested.js';
import type { NetronOptions } from './options.js';

const names: Record<keyof NetronOptions, true> = {
  additionalTransports: true,
  allowRemoteServices: true,
  allowRemoteTasks: true,
  allowServiceEvents: true,
  authenticate: true,
  authorize: true,
  callContext: true,
  callSites: true,
  clock: true,
  compression: true,
  config: true,
  connectTimeout: true,
  construct: true,
  credentials: true,
  cycles: true,
  discovery: true,
  discoveryCleanupInterval: true,
  discoveryEnabled: true,
  discoveryHeartbeatInterval: true,
  discoveryRedisUrl: true,
  edges: true,
  errors: true,
  eventTimeout: true,
  events: true,
  handshakeTimeout: true,
  heartbeatInterval: true,
  http: true,
  id: true,
  limits: true,
  listenHost: true,
  listenPort: true,
  listedOnly: true,
  logLevel: true,
  logger: true,
  maxReconnectAttempts: true,
  metadata: true,
  middleware: true,
  port: true,
  random: true,
  randomBytes: true,
  reconnectDelay: true,
  remoteEvents: true,
  requestTimeout: true,
  resumeWindow: true,
  scheduler: true,
  server: true,
  session: true,
  stopTimeout: true,
  streamTimeout: true,
  taskOverwriteStrategy: true,
  taskTimeout: true,
  transports: true,
  types: true,
  visible: true,
};

const http: Nested = { cors: {}, events: {} };

/** Records within the options. `limits` and `metadata`, which clients have as well, are read elsewhere. */
export const nestedOptions: Nested = {
  session: {},
  events: {},
  middleware: {},
  discovery: { node: { labels: {} }, redis: {} },
  http,
  transports: { '*': {}, http },
};

/**
 * Refuses options that a node does not have. Names in `config` are not checked: a configuration may contain more.
 *
 * @throws TypeError when an option is unknown, or is not a function where it must be one
 */
export function checkOptionNames(options: object): void {
  const fault = unknownOption(options, names);
  if (fault !== undefined) throw new TypeError(fault);
  // These options decide who may do what: they must be valid before the first caller arrives.
  for (const name of ['authenticate', 'authorize', 'construct', 'listedOnly', 'visible'] as const) {
    const given: unknown = (options as NetronOptions)[name];
    if (given !== undefined && typeof given !== 'function')
      throw new TypeError(`${name} must be a function, not ${described(given)}`);
  }
}
