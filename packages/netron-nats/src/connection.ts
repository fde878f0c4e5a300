import type { NatsConnection, NodeConnectionOptions } from '@nats-io/transport-node';
import { checkNumbers, type OptionNames } from '@omnitron-dev/netron';

/** Connection to NATS: a URL, options, or an existing connection, which stays open. */
export type NatsDiscoveryConnection = string | NatsConnection | NatsDiscoveryOptions;

/** Options of the connection, in addition to all of `@nats-io/transport-node`. Requests time out after `timeout`, by default 3,000 ms. */
export interface NatsDiscoveryOptions extends NodeConnectionOptions {
  /** `nats://user:password@host:4222` or `tls://…`; `nats://token@host` for a token. */
  readonly url?: string;
  /** Prefix of all buckets: letters, digits and `-`. Default `netron`. */
  readonly prefix?: string;
}

/** Options in addition to a connection. */
export interface NatsNameOptions {
  /** Prefix of all buckets and subjects. Default: that of the connection's options, otherwise `netron`. */
  readonly prefix?: string;
}

/** Names of the options in addition to a connection. */
export const besideNames: OptionNames<NatsNameOptions> = { prefix: true };

/** Milliseconds for a request unless options differ: a slow store counts as down. */
const requestTimeout = 3_000;

/** Returns the milliseconds for a request. */
export function patienceOf(given: NatsDiscoveryConnection): number {
  return optionsOf(given).timeout ?? requestTimeout;
}

/**
 * Refuses invalid times of a connection: the client would wait forever, or not at all.
 *
 * @param where names the place of the options in the error message
 * @throws RangeError
 */
export function checkTimes(where: string, given: NatsDiscoveryConnection): void {
  checkNumbers(where, { timeout: patienceOf(given) }, 'a positive number of milliseconds');
}

function optionsOf(given: NatsDiscoveryConnection): NatsDiscoveryOptions {
  return typeof given === 'string' || isConnection(given) ? {} : given;
}

/** Whether the program has passed a connection of its own. */
export function isConnection(given: NatsDiscoveryConnection): given is NatsConnection {
  return typeof given === 'object' && typeof (given as Partial<NatsConnection>).drain === 'function';
}

/** Returns the options of a connection that reconnects for as long as it is used. */
export function settingsOf(given: string | NatsDiscoveryOptions): NodeConnectionOptions {
  const { url, prefix: _prefix, ...options } = typeof given === 'string' ? { url: given } : given;
  return {
    name: 'netron discovery',
    timeout: requestTimeout,
    maxReconnectAttempts: -1,
    reconnectTimeWait: 250,
    reconnectJitter: 250,
    pingInterval: 10_000,
    ...options,
    ...(url !== undefined && fromUrl(url)),
  };
}

/** Returns the prefix of all buckets. */
export function prefixOf(given: NatsDiscoveryConnection, { prefix }: NatsNameOptions = {}): string {
  return prefix ?? optionsOf(given).prefix ?? 'netron';
}

/** Reads server and credentials from a URL, since the client does not support credentials there. */
function fromUrl(text: string): NodeConnectionOptions {
  const url = new URL(text);
  const [name, password] = [decodeURIComponent(url.username), decodeURIComponent(url.password)];
  const credentials = name === '' ? {} : password === '' ? { token: name } : { user: name, pass: password };
  return {
    servers: `${url.hostname}:${url.port === '' ? 4222 : url.port}`,
    ...(url.protocol === 'tls:' && { tls: {} }),
    ...credentials,
  };
}
