import { Cluster, type ClusterNode, Redis, type RedisOptions } from 'ioredis';

/** Connection to a Redis server: a URL, options, a client that is copied, or options with the nodes of a cluster. */
export type RedisConnection = string | Redis | Cluster | RedisConnectionOptions;

/** Options of the connection; besides these, all of ioredis. */
export interface RedisConnectionOptions extends Omit<RedisOptions, 'lazyConnect' | 'replyMapping'> {
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

/** Milliseconds that a command may take: a store that is slow is down. */
const commandTimeout = 3_000;
/** Milliseconds between two attempts to connect, at most. */
const longestDelay = 2_000;

/** Settings of every connection: nothing is kept for later, and nobody waits for ever. */
const common = {
  lazyConnect: true,
  enableOfflineQueue: false,
  maxRetriesPerRequest: 0,
  autoResendUnfulfilledCommands: false,
  connectTimeout: 5_000,
  retryStrategy: (attempt: number): number => (0.5 + Math.random() / 2) * Math.min(longestDelay, 50 * 2 ** Math.min(attempt, 6)),
} satisfies Omit<RedisOptions, 'replyMapping'>;

/**
 * A connection of this package's own: one for commands, another one for messages.
 *
 * @param patience milliseconds that a command may take
 */
export function connectTo(connection: RedisConnection, patience = commandTimeout): Redis | Cluster {
  const settings = { ...common, commandTimeout: patience };
  if (connection instanceof Cluster)
    return connection.duplicate([], { lazyConnect: true, enableOfflineQueue: false, redisOptions: settings });
  if (connection instanceof Redis) return connection.duplicate(settings);
  if (typeof connection === 'string') return new Redis(connection, settings);
  const { url, cluster, prefix: _prefix, ...options } = connection;
  if (cluster !== undefined) {
    const redisOptions: Omit<RedisOptions, 'replyMapping'> = { ...options, ...settings };
    return new Cluster([...cluster], { lazyConnect: true, enableOfflineQueue: false, redisOptions });
  }
  const wanted: Omit<RedisOptions, 'replyMapping'> = { ...options, ...settings };
  return url === undefined ? new Redis(wanted) : new Redis(url, wanted);
}

/** The beginning of the names of all keys. */
export function prefixOf(connection: RedisConnection, { prefix }: RedisNameOptions = {}): string {
  const given =
    typeof connection === 'string' || connection instanceof Redis || connection instanceof Cluster
      ? undefined
      : connection.prefix;
  return prefix ?? given ?? 'netron';
}
