/** Carries messages between nodes through subjects of NATS. */
import type { NatsConnection, Subscription } from '@nats-io/transport-node';
import { checkOptions, NetronError } from '@omnitron-dev/netron';
import type { Backplane, BackplaneHost } from '@omnitron-dev/netron/discovery';
import {
  besideNames,
  checkTimes,
  isConnection,
  type NatsDiscoveryConnection,
  type NatsNameOptions,
  prefixOf,
} from './connection.js';
import { Link } from './link.js';
import { bucketPart } from './names.js';

/** Milliseconds between two attempts to connect. */
const tryAgain = 1_000;

/**
 * Creates a backplane for the option `events.cluster` of a node. It needs no JetStream and stores nothing in NATS.
 *
 * @param connection a URL, options of `@nats-io/transport-node`, or a connection, which stays open
 * @throws TypeError for unknown options
 */
export function natsBackplane(connection: NatsDiscoveryConnection = {}, options: NatsNameOptions = {}): Backplane {
  checkOptions('natsBackplane', options, besideNames);
  checkTimes('natsBackplane', connection);
  return new NatsBackplane(connection, prefixOf(connection, options));
}

class NatsBackplane implements Backplane {
  readonly name = 'nats';
  readonly #given: NatsDiscoveryConnection;
  #link: Link;
  readonly #names: string;
  /** Channels, with their subscription when the server has it. */
  readonly #channels = new Map<string, Subscription | undefined>();
  #prefix = '';
  #host: BackplaneHost | undefined;
  #connection: NatsConnection | undefined;
  #lost = true;
  #timer: unknown;
  /** Settles when the server has confirmed everything sent before it was asked; `#next` is the same for messages sent since. */
  #confirmed: Promise<void> | undefined;
  #next: Promise<void> | undefined;

  constructor(given: NatsDiscoveryConnection, names: string) {
    this.#given = given;
    this.#link = new Link(given);
    this.#names = names;
  }

  async start(host: BackplaneHost): Promise<void> {
    this.#host = host;
    // A link that was closed cannot be used again.
    this.#link = new Link(this.#given);
    this.#prefix = `${this.#names}.${bucketPart(host.namespace)}.events.`;
    await this.#connect(host);
  }

  async subscribe(channel: string): Promise<void> {
    if (this.#channels.get(channel) !== undefined) return;
    this.#channels.set(channel, undefined);
    if (this.#connection === undefined) return;
    this.#listen(this.#connection, channel);
    if (!this.#lost) await this.#connection.flush().catch(() => {});
  }

  async unsubscribe(channel: string): Promise<void> {
    this.#channels.get(channel)?.unsubscribe();
    this.#channels.delete(channel);
  }

  publish(channel: string, message: Uint8Array): Promise<void> {
    const connection = this.#connection;
    // The client would queue it for later.
    if (connection === undefined || this.#lost)
      return Promise.reject(new NetronError('unavailable', 'the connection to NATS was lost'));
    connection.publish(this.#subjectOf(channel), message);
    this.#next ??= this.#confirm(connection);
    return this.#next;
  }

  async stop(): Promise<void> {
    const host = this.#host;
    this.#host = undefined;
    if (host !== undefined) host.clock.clearTimeout(this.#timer);
    for (const subscription of this.#channels.values()) subscription?.unsubscribe();
    this.#channels.clear();
    this.#connection = undefined;
    this.#lost = true;
    await this.#link.close();
  }

  async #connect(host: BackplaneHost): Promise<void> {
    let connection: NatsConnection;
    try {
      connection = await this.#link.open();
    } catch (error) {
      if (this.#host === undefined) return;
      host.down(error as Error);
      this.#timer = host.clock.setTimeout(() => void this.#connect(host).catch(() => {}), tryAgain, true);
      throw error;
    }
    if (this.#host === undefined) return;
    this.#connection = connection;
    for (const channel of this.#channels.keys()) this.#listen(connection, channel);
    void this.#follow(host, connection);
    await this.#found(host, connection);
  }

  /** Handles a usable connection: once the server has answered, it has all subscriptions. */
  async #found(host: BackplaneHost, connection: NatsConnection): Promise<void> {
    this.#lost = false;
    for (const [channel, heard] of [...this.#channels]) if (heard === undefined) this.#listen(connection, channel);
    await connection.flush();
    const all = [...this.#channels.values()].every((heard) => heard !== undefined);
    if (this.#host !== undefined && !this.#lost && all) host.up();
  }

  async #follow(host: BackplaneHost, connection: NatsConnection): Promise<void> {
    const lost = (error: Error): void => {
      if (this.#host === undefined || this.#lost) return;
      this.#lost = true;
      this.#confirmed = undefined;
      this.#next = undefined;
      host.down(error);
    };
    for await (const { type } of connection.status()) {
      if (this.#host === undefined) return;
      if (type === 'disconnect' || type === 'staleConnection') lost(new Error('the connection to NATS was lost'));
      if (type === 'reconnect') this.#found(host, connection).catch(lost);
    }
    lost(new Error('the connection to NATS was closed'));
    // The client closes a connection for good when it is refused twice, or has made all its attempts.
    if (this.#host !== host || this.#connection !== connection || isConnection(this.#given)) return;
    this.#connection = undefined;
    await this.#connect(host).catch(() => {});
  }

  #listen(connection: NatsConnection, channel: string): void {
    const subscription = connection.subscribe(this.#subjectOf(channel), {
      callback: (error, message) => {
        if (error === null) this.#link.hear(() => this.#host?.receive(channel, message.data));
        else this.#refused(connection, channel, error);
      },
    });
    this.#channels.set(channel, subscription);
  }

  /** Called when the server does not permit a channel. It may do so later, so the channel is subscribed to again. */
  #refused(connection: NatsConnection, channel: string, error: Error): void {
    const host = this.#host;
    // The channel is no longer wanted, or another connection has it.
    if (host === undefined || this.#connection !== connection || !this.#channels.has(channel)) return;
    this.#channels.set(channel, undefined);
    host.down(error);
    host.clock.clearTimeout(this.#timer);
    const ask = (): void => {
      if (this.#host === host && this.#connection === connection && !this.#lost) this.#found(host, connection).catch(() => {});
    };
    this.#timer = host.clock.setTimeout(ask, tryAgain, true);
  }

  /** Asks the server for one confirmation of everything that is sent until it has answered the previous request. */
  async #confirm(connection: NatsConnection): Promise<void> {
    await this.#confirmed?.catch(() => {});
    this.#next = undefined;
    if (this.#lost) throw new NetronError('unavailable', 'the connection to NATS was lost');
    this.#confirmed = connection.flush();
    await this.#confirmed;
  }

  /** Returns the subject of a channel: its parts contain neither dots nor stars. */
  #subjectOf(channel: string): string {
    return this.#prefix + Buffer.from(channel).toString('base64url');
  }
}
