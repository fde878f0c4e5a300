/** Carries messages between nodes through NATS, by its subjects. */
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

/** Milliseconds between two attempts to make a connection. */
const tryAgain = 1_000;

/**
 * A backplane for the option `events.cluster` of a node. Needs no JetStream: nothing is stored there.
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
  /** Channels, and what ends each where the server knows of it. */
  readonly #channels = new Map<string, Subscription | undefined>();
  #prefix = '';
  #host: BackplaneHost | undefined;
  #connection: NatsConnection | undefined;
  #lost = true;
  #timer: unknown;
  /** The server's word that it has what was sent before it was asked, and the same for what is sent now. */
  #confirmed: Promise<void> | undefined;
  #next: Promise<void> | undefined;

  constructor(given: NatsDiscoveryConnection, names: string) {
    this.#given = given;
    this.#link = new Link(given);
    this.#names = names;
  }

  async start(host: BackplaneHost): Promise<void> {
    this.#host = host;
    // One that has ended stays so.
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
    // The client would keep it for later.
    if (connection === undefined || this.#lost)
      return Promise.reject(new NetronError('unavailable', 'the connection to NATS is lost'));
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

  /** The server can be reached; it knows of all channels when it has answered. */
  async #found(host: BackplaneHost, connection: NatsConnection): Promise<void> {
    this.#lost = false;
    await connection.flush();
    if (this.#host !== undefined && !this.#lost) host.up();
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
      if (type === 'disconnect' || type === 'staleConnection') lost(new Error('the connection to NATS is lost'));
      if (type === 'reconnect') this.#found(host, connection).catch(lost);
    }
    lost(new Error('the connection to NATS was closed'));
    // The client closes one for good that is refused twice, or that has made all the attempts which it may make.
    if (this.#host !== host || this.#connection !== connection || isConnection(this.#given)) return;
    this.#connection = undefined;
    await this.#connect(host).catch(() => {});
  }

  #listen(connection: NatsConnection, channel: string): void {
    const subscription = connection.subscribe(this.#subjectOf(channel), {
      callback: (error, message) => {
        if (error === null) this.#link.hear(() => this.#host?.receive(channel, message.data));
      },
    });
    this.#channels.set(channel, subscription);
  }

  /** Asks the server once for all that is sent until it has answered the question before. */
  async #confirm(connection: NatsConnection): Promise<void> {
    await this.#confirmed?.catch(() => {});
    this.#next = undefined;
    if (this.#lost) throw new NetronError('unavailable', 'the connection to NATS is lost');
    this.#confirmed = connection.flush();
    await this.#confirmed;
  }

  /** A subject is made of parts that have neither dots nor stars. */
  #subjectOf(channel: string): string {
    return this.#prefix + Buffer.from(channel).toString('base64url');
  }
}
