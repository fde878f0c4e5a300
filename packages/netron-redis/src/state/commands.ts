/** Runs scripts in Redis within a short time, and fails at once while it is down. */
import { longestDelay, NetronError } from '@omnitron-dev/netron';
import type { Cluster, Redis } from 'ioredis';
import { connectTo, type RedisConnection, reasonOf } from '../clients.js';

/** Milliseconds after a failure during which no command is sent. */
export const pause = 1_000;

type Command = (keys: number, ...rest: (string | number)[]) => Promise<unknown>;

/** Health of a connection, in the form that applications use. */
export type RedisHealth = {
  readonly healthy: boolean;
  readonly message?: string;
};

/** A connection that is opened on first use. */
export class Commands {
  readonly #connection: RedisConnection;
  readonly #scripts: Readonly<Record<string, string>>;
  readonly #patience: number;
  #client: Redis | Cluster | undefined;
  #connecting: Promise<void> | undefined;
  #pausedUntil = 0;
  /** Reason why there is no connection. */
  #reason: Error | undefined;
  /** Reason of the last failure, which commands receive during the pause. */
  #failure: Error | undefined;
  #closed = false;

  /** @param patience milliseconds for a command */
  constructor(connection: RedisConnection, scripts: Readonly<Record<string, string>>, patience: number) {
    this.#connection = connection;
    this.#scripts = scripts;
    this.#patience = patience;
  }

  /**
   * Runs one of the scripts.
   *
   * @param sent called when the script has been sent to the server: it may run there even when the answer is lost
   * @throws NetronError `unavailable` when Redis does not answer in time, and for a second after that. The cause has the reason; the
   *   message says nothing about the server, since callers may receive it
   */
  run(
    script: string,
    keys: readonly string[],
    args: readonly (string | number)[],
    sent: () => void = () => {},
  ): Promise<unknown> {
    return this.#ask((client) => {
      sent();
      return (client as unknown as Record<string, Command>)[script]!(keys.length, ...keys, ...args);
    });
  }

  /** Reports whether Redis answers. Nodes work without it, so that it is not critical. */
  async health(): Promise<RedisHealth> {
    try {
      await this.#ask((client) => client.ping());
      return { healthy: true };
    } catch (error) {
      const { message, cause } = error as Error & { cause: Error };
      return { healthy: false, message: `${message}: ${cause.message}` };
    }
  }

  async #ask(ask: (client: Redis | Cluster) => Promise<unknown>): Promise<unknown> {
    if (this.#closed) throw unusable(new Error('the connection was closed'));
    if (performance.now() < this.#pausedUntil) throw unusable(this.#failure);
    try {
      return await this.#inTime(this.#open().then(ask));
    } catch (error) {
      this.#pausedUntil = performance.now() + pause;
      this.#failure = this.#reason ?? reasonOf(error as Error);
      throw unusable(this.#failure);
    }
  }

  /** Waits for an answer. One that has arrived counts as in time even when this process had no turn to read it. */
  async #inTime<T>(answer: Promise<T>): Promise<T> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      // After the next read of sockets.
      const look = (): void => void setImmediate(() => reject(new Error(`no answer within ${this.#patience} ms`)));
      timer = setTimeout(look, this.#patience);
    });
    try {
      return await Promise.race([answer, late]);
    } finally {
      clearTimeout(timer);
      late.catch(() => {});
    }
  }

  /** Closes the connection for good: commands fail from now on. */
  close(): void {
    this.#closed = true;
    this.#client?.disconnect();
    this.#client = undefined;
  }

  async #open(): Promise<Redis | Cluster> {
    if (!this.#client) {
      const client = connectTo(this.#connection, Math.min(longestDelay, this.#patience + pause));
      // Commands report failures; without a listener they would end the process.
      client.on('error', (error: Error) => {
        this.#reason = reasonOf(error);
      });
      client.on('ready', () => {
        this.#reason = undefined;
      });
      for (const [name, lua] of Object.entries(this.#scripts)) client.defineCommand(name, { lua });
      this.#client = client;
      this.#connecting = client.connect();
      this.#connecting.catch(() => {});
    }
    const client = this.#client;
    if (client.status !== 'ready') await this.#connecting;
    return client;
  }
}

function unusable(cause: Error | undefined): NetronError {
  return new NetronError('unavailable', 'Redis is not available', { cause });
}
