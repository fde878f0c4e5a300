/** Names of the options of a node: one that is misspelt would be an option that is not there. */
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

/** Records within the options. Those that callers have, too, are read with theirs: `limits`, `metadata`. */
export const nestedOptions: Nested = {
  session: {},
  events: {},
  middleware: {},
  discovery: { node: { labels: {} }, redis: {} },
  http,
  transports: { '*': {}, http },
};

/**
 * Refuses options that a node does not have. What stands in `config` is not looked at: a configuration may hold more.
 *
 * @throws TypeError when one of them has no name that is known, or is no function where it must be one
 */
export function checkOptionNames(options: object): void {
  const fault = unknownOption(options, names);
  if (fault !== undefined) throw new TypeError(fault);
  // What decides who may do what has to be there before anybody comes.
  for (const name of ['authenticate', 'authorize', 'construct', 'listedOnly', 'visible'] as const) {
    const given: unknown = (options as NetronOptions)[name];
    if (given !== undefined && typeof given !== 'function')
      throw new TypeError(`${name} must be a function, not ${described(given)}`);
  }
}
