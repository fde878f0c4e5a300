import { isLoopback, type NetronOptions, type TransportListen } from '@omnitron-dev/netron';
import { TitanError } from '../errors/titan-error.js';

/** Transports that are limited to the local machine. */
const local = new Set(['unix', 'pipe', 'ipc', 'memory']);

/** Lists the listeners that other machines can reach: `tcp on 0.0.0.0`. */
export function openListeners(options: NetronOptions): string[] {
  const found: string[] = [];
  const { listenHost, transports = {}, http } = options;
  if (typeof http === 'object' && http.host !== undefined && !isLoopback(http.host)) found.push(`http on ${http.host}`);
  if (listenHost !== undefined && !isLoopback(listenHost)) found.push(`websocket on ${listenHost}`);
  for (const [name, given] of Object.entries(transports)) {
    if (local.has(name) || typeof given === 'boolean') continue;
    for (const { host } of [given].flat() as TransportListen[])
      if (host !== undefined && !isLoopback(host)) found.push(`${name} on ${host}`);
  }
  return found;
}

/**
 * Refuses a node that other machines can reach without authentication.
 *
 * @throws TitanError `invalid_use`, which names both solutions
 */
export function checkListeners(options: NetronOptions, isPublic: boolean): void {
  const open = openListeners(options);
  if (open.length === 0 || isPublic || options.authenticate) return;
  throw new TitanError(
    'invalid_use',
    `${open.join(', ')} can be reached from other machines without authentication; set security.authentication, or public: true`,
  );
}

/** Returns options with a listener: for services without a transport, WebSocket on the local machine. */
export function withListener(options: NetronOptions): NetronOptions {
  const { port, listenPort, server, transports } = options;
  if (port !== undefined || listenPort !== undefined || server !== undefined || transports !== undefined) return options;
  return { ...options, listenPort: 8080 };
}
