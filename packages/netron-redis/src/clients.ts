import { checkNumbers, type OptionNames } from '@omnitron-dev/netron';
import { Cluster, type ClusterNode, Redis, type RedisOptions } from 'ioredis';

/** Connection to a Redis server: a URL, options, a client that is copied, or options with the nodes of a cluster. */
export type RedisConnection = string | Redis | Cluster | RedisConnectionOptions;

/** Options of the connection, in addition to all of ioredis. Commands time out after `commandTimeout`, by default 3,000 ms. */
export interface RedisConnectionOptions
  extends Omit<RedisOptions, 'lazyConnect' | 'replyMapping' | 'enableOfflineQueue' | 'maxRetriesPerRequest' | 'autoResubscribe'> {
  /** `redis://…` or `rediss://…`. */
  readonly url?: string;
  /** Initial nodes of a cluster. */
  readonly cluster?: readonly ClusterNode[];
  /** Prefix of all keys. Default `netron`. */
  readonly prefix?: string;
}

/** Options in addition to a connection. */
export interface RedisNameOptions {
  /** Prefix of all keys and channels. Default: that of the connection's options, otherwise `netron`. */
  readonly prefix?: string;
}

/** Names of the options in addition to a connection. */
export const besideNames: OptionNames<RedisNameOptions> = { prefix: true };

/** Milliseconds for a command: a slow store counts as down. */
const commandTimeout = 3_000;
/** Longest delay between two attempts to connect, in milliseconds. */
const longestDelay = 2_000;

type ClientOptions = Omit<RedisOptions, 'replyMapping'>;

/** Options of every connection: commands are not queued for later. */
const fixed = {
  lazyConnect: true,
  enableOfflineQueue: false,
  maxRetriesPerRequest: 0,
  autoResendUnfulfilledCommands: false,
  // A failure of resubscribing would go unnoticed when the connection is lost again: the subscribers do it whenever a client is ready.
  autoResubscribe: false,
} satisfies ClientOptions;

/** Default options: nothing waits forever. */
const usual = {
  // Time until a closed socket is destroyed: ioredis waits that long even for one that has ended, which would keep the process alive.
  disconnectTimeout: 1,
  commandTimeout,
  connectTimeout: 5_000,
  retryStrategy: (attempt: number): number => (0.5 + Math.random() / 2) * Math.min(longestDelay, 50 * 2 ** Math.min(attempt, 6)),
  // The server has become a replica: the address may lead to another one by now.
  reconnectOnError: ({ message }: Error): boolean => message.startsWith('READONLY'),
} satisfies ClientOptions;

/**
 * Creates a connection for this package: one for commands, another one for messages.
 *
 * @param patience milliseconds for a command. Default: `commandTimeout` of the options
 */
export function connectTo(connection: RedisConnection, patience?: number): Redis | Cluster {
  const client = clientOf(connection, patience);
  if (client instanceof Redis) {
    hearErrors(client);
    refuseOtherDatabase(client);
  } else client.on('+node', hearErrors);
  return client;
}

/**
 * Listens to errors of a client's sockets as long as they exist. The client itself handles only the first error of each: a TLS connection
 * that is closed while it connects emits another one, which would end the process.
 */
function hearErrors(client: Redis): void {
  client.on('connecting', () => {
    // The socket exists in the next turn, before anything can happen to it.
    setImmediate(() => (client.stream as Redis['stream'] | undefined)?.on('error', () => {}));
  });
}

/**
 * Treats a database that the server does not have as a failure of the connection: the client would report it and continue in database 0. It
 * sends SELECT as part of its handshake, whose steps fail with the errors that listeners throw.
 */
function refuseOtherDatabase(client: Redis): void {
  const refused = new WeakSet<Error>();
  client.on('error', (error: Error & { readonly command?: { readonly name?: string } }) => {
    // The client reports the error again when the handshake has failed.
    if (error.command?.name !== 'select' || refused.has(error)) return;
    refused.add(error);
    throw error;
  });
}

function clientOf(connection: RedisConnection, patience?: number): Redis | Cluster {
  const given = patience === undefined ? {} : { commandTimeout: patience };
  const settings = { ...usual, ...fixed, ...given };
  if (connection instanceof Cluster) return connection.duplicate([], { ...fixedOfCluster, redisOptions: settings });
  if (connection instanceof Redis) return connection.duplicate(settings);
  if (typeof connection === 'string') return new Redis(connection, settings);
  const { url, cluster, prefix: _prefix, ...options } = connection;
  const wanted: ClientOptions = { ...usual, ...options, ...fixed, ...given };
  if (cluster !== undefined) return new Cluster([...cluster], { ...fixedOfCluster, redisOptions: wanted });
  return url === undefined ? new Redis(wanted) : new Redis(url, wanted);
}

/** Maximum number of channels of one command. */
const channelsAtOnce = 1_000;

/**
 * Subscribes to channels. If the server does not answer in time, the client reconnects, and its listener for `ready` subscribes again: a
 * late answer would be taken for that of the next command.
 *
 * @throws Error when the server refuses a channel or cannot be reached
 */
export async function subscribeTo(client: Redis | Cluster, channels: readonly string[]): Promise<void> {
  try {
    for (let at = 0; at < channels.length; at += channelsAtOnce)
      await client.subscribe(...channels.slice(at, at + channelsAtOnce));
  } catch (error) {
    if (client.status === 'ready' && !isRefusal(error)) client.disconnect(true);
    throw error;
  }
}

/** Returns whether the server has answered with an error. */
export function isRefusal(error: unknown): boolean {
  return (error as Error).name === 'ReplyError';
}

const fixedOfCluster = { lazyConnect: true, enableOfflineQueue: false } as const;

/**
 * Returns the underlying failure: a cluster wraps that of its last node, and the error for a lost connection only names an option of the
 * client.
 */
export function reasonOf(error: Error & { readonly lastNodeError?: unknown }): Error {
  if (error.lastNodeError instanceof Error) return error.lastNodeError;
  return error.message.includes('enableOfflineQueue') ? new Error('connection to Redis is closed', { cause: error }) : error;
}

/** Returns the prefix of all keys. */
export function prefixOf(connection: RedisConnection, { prefix }: RedisNameOptions = {}): string {
  return prefix ?? optionsOf(connection).prefix ?? 'netron';
}

/**
 * Refuses invalid times of a connection: ioredis would ignore them and wait forever.
 *
 * @param where names the place of the options in the error message
 * @throws RangeError
 */
export function checkTimes(where: string, connection: RedisConnection): void {
  const { commandTimeout: command = commandTimeout, connectTimeout = usual.connectTimeout } = optionsOf(connection);
  checkNumbers(where, { commandTimeout: command, connectTimeout }, 'a positive number of milliseconds');
}

function optionsOf(connection: RedisConnection): RedisConnectionOptions {
  const none = typeof connection === 'string' || connection instanceof Redis || connection instanceof Cluster;
  return none ? {} : connection;
}
