/** Names of the options of a node: one that is misspelt would be an option that is not there. */
import { described } from '../util/check.js';
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

/**
 * Refuses options that a node does not have. What stands in `config` is not looked at: a configuration may hold more.
 *
 * @throws TypeError when options are no object, or one of them has no name that is known
 */
export function checkOptionNames(options: object): void {
  if (typeof options !== 'object' || options === null)
    throw new TypeError(`options must be an object, not ${described(options)}`);
  for (const name of Object.keys(options)) {
    if (Object.hasOwn(names, name)) continue;
    const likely = similar(name);
    throw new TypeError(`there is no option '${name}'${likely === undefined ? '' : `; did you mean '${likely}'?`}`);
  }
}

/** Returns the option that the fewest changes lead to, at most two. */
function similar(name: string): string | undefined {
  const [nearest] = Object.keys(names)
    .map((known) => ({ known, changes: changesBetween(name.toLowerCase(), known.toLowerCase()) }))
    .filter(({ changes }) => changes <= 2)
    .sort((a, b) => a.changes - b.changes);
  return nearest?.known;
}

/** Counts letters to insert, remove or replace: the distance of Levenshtein. */
function changesBetween(from: string, to: string): number {
  let above = Array.from({ length: to.length + 1 }, (_, index) => index);
  for (const [row, letter] of [...from].entries()) {
    const line = [row + 1];
    for (const [column, other] of [...to].entries()) {
      const replaced = (above[column] ?? 0) + (letter === other ? 0 : 1);
      line.push(Math.min(replaced, (above[column + 1] ?? 0) + 1, (line[column] ?? 0) + 1));
    }
    above = line;
  }
  return above[to.length] ?? 0;
}
