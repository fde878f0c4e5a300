import type { NatsConnection, NodeConnectionOptions } from '@nats-io/transport-node';
import { checkNumbers, type OptionNames } from '@omnitron-dev/netron';

/** Connection to NATS: a URL, options, or a connection that is used and stays open. */
export type NatsDiscoveryConnection = string | NatsConnection | NatsDiscoveryOptions;

/** Options of the connection; besides these, all of `@nats-io/transport-node`. Requests may take `timeout`, 3,000 ms by default. */
export interface NatsDiscoveryOptions extends NodeConnectionOptions {
  /** `nats://user:password@host:4222` or `tls://…`; `nats://token@host` for a token. */
  readonly url?: string;
  /** Begins the names of all buckets: letters, digits and `-`. Default `netron`. */
  readonly prefix?: string;
}

/** Options beside a connection. */
export interface NatsNameOptions {
  /** Begins the names of all buckets and subjects. Default: that of the connection's options, else `netron`. */
  readonly prefix?: string;
}

/** Names of the options beside a connection. */
export const besideNames: OptionNames<NatsNameOptions> = { prefix: true };

/** Milliseconds that a request may take unless options say otherwise: a store that is slow is down. */
const requestTimeout = 3_000;

/** Milliseconds that a request may take. */
export function patienceOf(given: NatsDiscoveryConnection): number {
  return optionsOf(given).timeout ?? requestTimeout;
}

/**
 * Refuses times of a connection that are none: the client would wait without an end, or not at all.
 *
 * @param where they stand, for the message
 * @throws RangeError
 */
export function checkTimes(where: string, given: NatsDiscoveryConnection): void {
  checkNumbers(where, { timeout: patienceOf(given) }, 'milliseconds above 0');
}

function optionsOf(given: NatsDiscoveryConnection): NatsDiscoveryOptions {
  return typeof given === 'string' || isConnection(given) ? {} : given;
}

/** Whether a program has given a connection of its own. */
export function isConnection(given: NatsDiscoveryConnection): given is NatsConnection {
  return typeof given === 'object' && typeof (given as Partial<NatsConnection>).drain === 'function';
}

/** Settings of a connection that comes back by itself for as long as it is used. */
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

/** The beginning of the names of all buckets. */
export function prefixOf(given: NatsDiscoveryConnection, { prefix }: NatsNameOptions = {}): string {
  return prefix ?? optionsOf(given).prefix ?? 'netron';
}

/** Reads server and credentials of a URL: the client takes no credentials there. */
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
