import type { ListenOptions as NetListenOptions, Server as NetServer } from 'node:net';
import { NetronError } from '../../errors/netron-error.js';
import { hostPort } from './stream-connection.js';

/**
 * Binds `server`; resolves when it listens.
 *
 * @throws NetronError `unavailable`, with the system's error as cause, when the address is in use or not local
 */
export function listening(server: NetServer, at: NetListenOptions, address: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const onError = (cause: Error) => {
      reject(new NetronError('unavailable', `cannot listen at ${address}: ${cause.message}`, { cause }));
    };
    server.once('error', onError);
    // Workers of a cluster share a port that is given. A free port belongs to one node alone, whose address others use.
    server.listen({ ...at, exclusive: at.port === 0 }, () => {
      server.off('error', onError);
      // From here on, an error concerns one connection that could not be accepted: the server continues.
      server.on('error', () => {});
      resolve();
    });
  });
}

/** Address to listen on: a port, a host and a port, or the URL that clients use. */
export interface HostAndPort {
  readonly host: string;
  readonly port: number;
  /** `/path` of a URL, otherwise empty. */
  readonly path: string;
}

/**
 * Parses the first argument of `listen`.
 *
 * @param at a port, `'5000'`, `'127.0.0.1:5000'` or `'tcp://127.0.0.1:5000'`. Default 0: any free port
 * @param host used when `at` names none. Default 127.0.0.1
 * @throws NetronError `invalid_argument`
 */
export function parseListen(at: number | string = 0, host = '127.0.0.1'): HostAndPort {
  if (typeof at === 'number') return { host, port: checkPort(at), path: '' };
  if (/^\d+$/.test(at)) return { host, port: checkPort(Number(at)), path: '' };
  const url = parse(at.includes('://') ? at : `tcp://${at}`);
  return { host: bareHost(url.hostname), port: checkPort(Number(url.port)), path: url.pathname === '/' ? '' : url.pathname };
}

/**
 * Parses the URL of a connection over TCP or TLS.
 *
 * @throws NetronError `invalid_argument` when it is not a URL, has another scheme, or no host or port
 */
export function parseHostPort(address: string, scheme: string): { host: string; port: number } {
  const url = parse(address);
  if (url.protocol !== `${scheme}:` || url.hostname === '' || url.port === '') {
    throw new NetronError('invalid_argument', `expected an address of the form ${scheme}://host:port, got ${address}`);
  }
  return { host: bareHost(url.hostname), port: Number(url.port) };
}

/** Returns the URL of a server that listens on TCP. */
export function boundAddress(scheme: string, server: NetServer): string {
  const bound = server.address();
  if (bound === null || typeof bound === 'string') return `${scheme}:${bound ?? ''}`;
  return `${scheme}://${hostPort(bound.address, bound.port)}`;
}

function parse(address: string): URL {
  try {
    return new URL(address);
  } catch (cause) {
    throw new NetronError('invalid_argument', `invalid address: ${address}`, { cause });
  }
}

/** Returns a host without the brackets of IPv6 in URLs: `[::1]` becomes `::1`. */
function bareHost(hostname: string): string {
  return hostname.startsWith('[') ? hostname.slice(1, -1) : hostname;
}

function checkPort(port: number): number {
  if (Number.isInteger(port) && port >= 0 && port <= 65_535) return port;
  throw new NetronError('invalid_argument', `port must be an integer between 0 and 65535, not ${port}`);
}
