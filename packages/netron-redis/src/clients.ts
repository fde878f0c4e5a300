import { checkNumbers, type OptionNames } from '@omnitron-dev/netron';
import { Cluster, type ClusterNode, Redis, type RedisOptions } from 'ioredis';

/** Connection to a Redis server: a URL, options, a client that is copied, or options with the nodes of a cluster. */
export type RedisConnection = string | Redis | Cluster | RedisConnectionOptions;

/** Options of the connection; besides these, all of ioredis. Commands end after `commandTimeout`, 3,000 ms by default. */
export interface RedisConnectionOptions
  extends Omit<RedisOptions, 'lazyConnect' | 'replyMapping' | 'enableOfflineQueue' | 'maxRetriesPerRequest' | 'autoResubscribe'> {
  /** `redis://…` or `rediss://…`. */
  readonly url?: string;
  /** Nodes of a cluster to begin with. */
  readonly cluster?: readonly ClusterNode[];
  /** Begins the names of all keys. Default `netron`. */
  readonly prefix?: string;
}

/** Options beside a connection. */
export interface RedisNameOptions {
  /** Begins the names of all keys and channels. Default: that of the connection's options, else `netron`. */
  readonly prefix?: string;
}

/** Names of the options beside a connection. */
export const besideNames: OptionNames<RedisNameOptions> = { prefix: true };

/** Milliseconds that a command may take: a store that is slow is down. */
const commandTimeout = 3_000;
/** Milliseconds between two attempts to connect, at most. */
const longestDelay = 2_000;

type ClientOptions = Omit<RedisOptions, 'replyMapping'>;

/** Settings of every connection: nothing is kept for later. */
const fixed = {
  lazyConnect: true,
  enableOfflineQueue: false,
  maxRetriesPerRequest: 0,
  autoResendUnfulfilledCommands: false,
  // Nobody would hear that it has failed, because the line is broken again: whoever subscribes does it whenever a client is ready.
  autoResubscribe: false,
} satisfies ClientOptions;

/** Settings unless the program has others: nobody waits for ever. */
const usual = {
  // Until a socket that was told to end is destroyed: ioredis waits that long even for one that has ended, and keeps the process.
  disconnectTimeout: 1,
  commandTimeout,
  connectTimeout: 5_000,
  retryStrategy: (attempt: number): number => (0.5 + Math.random() / 2) * Math.min(longestDelay, 50 * 2 ** Math.min(attempt, 6)),
  // A server that has become a replica: the address may lead to another one by now.
  reconnectOnError: ({ message }: Error): boolean => message.startsWith('READONLY'),
} satisfies ClientOptions;

/**
 * A connection of this package's own: one for commands, another one for messages.
 *
 * @param patience milliseconds that a command may take. Default: `commandTimeout` of the options
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
 * Listens to errors of a client's sockets for as long as they live. The client itself hears the first of each: a TLS connection that is
 * ended while it is being made has another one, which would end the process.
 */
function hearErrors(client: Redis): void {
  client.on('connecting', () => {
    // The socket is there in the next turn, before anything can happen to it.
    setImmediate(() => (client.stream as Redis['stream'] | undefined)?.on('error', () => {}));
  });
}

/**
 * Makes a database that the server does not have a failure of the connection: the client would tell of it and go on in database 0. It
 * sends SELECT as part of its handshake, whose steps fail with the errors that listeners throw.
 */
function refuseOtherDatabase(client: Redis): void {
  const refused = new WeakSet<Error>();
  client.on('error', (error: Error & { readonly command?: { readonly name?: string } }) => {
    // The client tells of it a second time when the handshake has failed.
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

const fixedOfCluster = { lazyConnect: true, enableOfflineQueue: false } as const;

/** The failure itself: a cluster wraps that of the last of its nodes, and a lost connection is told by an option of the client. */
export function reasonOf(error: Error & { readonly lastNodeError?: unknown }): Error {
  if (error.lastNodeError instanceof Error) return error.lastNodeError;
  return error.message.includes('enableOfflineQueue') ? new Error('connection to Redis is closed', { cause: error }) : error;
}

/** The beginning of the names of all keys. */
export function prefixOf(connection: RedisConnection, { prefix }: RedisNameOptions = {}): string {
  return prefix ?? optionsOf(connection).prefix ?? 'netron';
}

/**
 * Refuses times of a connection that are none: ioredis would leave them out, and wait without an end.
 *
 * @param where they stand, for the message
 * @throws RangeError
 */
export function checkTimes(where: string, connection: RedisConnection): void {
  const { commandTimeout: command = commandTimeout, connectTimeout = usual.connectTimeout } = optionsOf(connection);
  checkNumbers(where, { commandTimeout: command, connectTimeout }, 'milliseconds above 0');
}

function optionsOf(connection: RedisConnection): RedisConnectionOptions {
  const none = typeof connection === 'string' || connection instanceof Redis || connection instanceof Cluster;
  return none ? {} : connection;
}
