/** Carries messages between nodes through pub/sub of Redis. */
import { checkOptions, NetronError } from '@omnitron-dev/netron';
import type { Backplane, BackplaneHost } from '@omnitron-dev/netron/discovery';
import type { Cluster, Redis } from 'ioredis';
import {
  besideNames,
  checkTimes,
  connectTo,
  isRefusal,
  prefixOf,
  type RedisConnection,
  type RedisNameOptions,
  reasonOf,
  subscribeTo,
} from './clients.js';

/** Maximum time in milliseconds before a channel that the server has refused is subscribed to again. */
const askAgain = 2_000;

/**
 * Creates a backplane for the option `events.cluster` of a node. It works with any number of Redis servers and replicas, and stores nothing
 * in them.
 *
 * @param connection a URL, options of ioredis, or a client, which is copied and not used itself
 * @throws TypeError for unknown options
 */
export function redisBackplane(connection: RedisConnection = {}, options: RedisNameOptions = {}): Backplane {
  checkOptions('redisBackplane', options, besideNames);
  checkTimes('redisBackplane', connection);
  return new RedisBackplane(connection, prefixOf(connection, options));
}

class RedisBackplane implements Backplane {
  readonly name = 'redis';
  readonly #connection: RedisConnection;
  readonly #names: string;
  readonly #channels = new Set<string>();
  #prefix = '';
  #host: BackplaneHost | undefined;
  #timer: unknown;
  #ended = false;
  /** Latest failure of a connection. */
  #reason: Error | undefined;
  /** Settles when all channels are subscribed and the host is notified; `undefined` while a connection is down. */
  #up: Promise<void> | undefined;
  #commands: Redis | Cluster | undefined;
  #messages: Redis | Cluster | undefined;

  constructor(connection: RedisConnection, names: string) {
    this.#connection = connection;
    this.#names = names;
  }

  async start(host: BackplaneHost): Promise<void> {
    this.#host = host;
    this.#prefix = `{${this.#names}:${host.namespace}}:events:`;
    this.#ended = false;
    this.#reason = undefined;
    this.#up = undefined;
    const commands = connectTo(this.#connection);
    const messages = connectTo(this.#connection);
    this.#commands = commands;
    this.#messages = messages;
    const down = (error: Error): void => {
      this.#reason = error;
      this.#up = undefined;
      if (!this.#ended) host.down(error);
    };
    for (const client of [commands, messages]) {
      // Without a listener, an error would end the process.
      client.on('error', down);
      client.on('close', () => down(this.#reason ?? new Error('the connection to Redis was lost')));
      client.on('ready', () => void this.#ready(host).catch(() => {}));
    }
    messages.on('messageBuffer', (channel: Buffer, message: Buffer) => {
      host.receive(channel.toString().slice(this.#prefix.length), message);
    });
    await Promise.all([commands.connect(), messages.connect()]).catch((error: Error) => {
      throw this.#reason ?? error;
    });
    await this.#ready(host);
  }

  async subscribe(channel: string): Promise<void> {
    this.#channels.add(channel);
    if (this.#messages?.status !== 'ready') return;
    // If the connection is lost in the meantime, all channels are subscribed when it returns.
    await subscribeTo(this.#messages, [this.#prefix + channel]).catch((error: Error) => this.#failed(error));
  }

  async unsubscribe(channel: string): Promise<void> {
    this.#channels.delete(channel);
    if (this.#messages?.status === 'ready') await this.#messages.unsubscribe(this.#prefix + channel).catch(() => {});
  }

  async publish(channel: string, message: Uint8Array): Promise<void> {
    const { buffer, byteOffset, byteLength } = message;
    if (this.#commands === undefined || this.#ended) throw new NetronError('unavailable', 'the backplane is closed');
    try {
      await this.#commands.publish(this.#prefix + channel, Buffer.from(buffer, byteOffset, byteLength));
    } catch (cause) {
      throw this.#failure(cause as Error);
    }
  }

  async stop(): Promise<void> {
    this.#ended = true;
    this.#host?.clock.clearTimeout(this.#timer);
    this.#channels.clear();
    this.#commands?.disconnect();
    this.#messages?.disconnect();
  }

  /** Returns the error for a message that could not be sent. The error of a disconnected client only names an option. */
  #failure(cause: Error): NetronError {
    if (this.#commands?.status === 'ready') return new NetronError('unavailable', `Redis failed: ${cause.message}`, { cause });
    const { message } = this.#reason ?? reasonOf(cause);
    return new NetronError('unavailable', `cannot reach Redis: ${message}`, { cause });
  }

  /** Subscribes to all channels when both connections are usable. */
  #ready(host: BackplaneHost): Promise<void> {
    const messages = this.#messages;
    if (messages === undefined || !this.#usable) return Promise.resolve();
    this.#up ??= this.#subscribeAll(host, messages);
    return this.#up;
  }

  /** Whether both connections are usable. */
  get #usable(): boolean {
    return !this.#ended && this.#messages?.status === 'ready' && this.#commands?.status === 'ready';
  }

  async #subscribeAll(host: BackplaneHost, messages: Redis | Cluster): Promise<void> {
    const channels = [...this.#channels].map((channel) => this.#prefix + channel);
    try {
      await subscribeTo(messages, channels);
    } catch (error) {
      this.#failed(error as Error);
      throw error;
    }
    // If one of them was lost in the meantime, it reconnects.
    if (this.#usable) host.up();
  }

  /** Called when a subscription has failed. The server may permit a channel later that it refuses now. */
  #failed(error: Error): void {
    const host = this.#host;
    if (host === undefined || !isRefusal(error) || !this.#usable) return;
    this.#up = undefined;
    host.down(error);
    host.clock.clearTimeout(this.#timer);
    const ask = (): void => void this.#ready(host).catch(() => {});
    this.#timer = host.clock.setTimeout(ask, askAgain * (0.5 + host.random() / 2), true);
  }
}
