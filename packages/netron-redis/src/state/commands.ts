/** Runs scripts in Redis within a short time, or fails at once while it is down. */
import { longestDelay, NetronError } from '@omnitron-dev/netron';
import type { Cluster, Redis } from 'ioredis';
import { connectTo, type RedisConnection, reasonOf } from '../clients.js';

/** Milliseconds after a failure during which nobody asks again. */
export const pause = 1_000;

type Command = (keys: number, ...rest: (string | number)[]) => Promise<unknown>;

/** Health of a connection, as applications ask for it. */
export type RedisHealth = {
  readonly healthy: boolean;
  readonly message?: string;
};

/** A connection that is opened when it is first needed. */
export class Commands {
  readonly #connection: RedisConnection;
  readonly #scripts: Readonly<Record<string, string>>;
  readonly #patience: number;
  #client: Redis | Cluster | undefined;
  #connecting: Promise<void> | undefined;
  #pausedUntil = 0;
  /** Reason why there is no connection. */
  #reason: Error | undefined;
  /** Reason of the last failure, which others meet during the pause. */
  #failure: Error | undefined;
  #closed = false;

  /** @param patience milliseconds that a command may take */
  constructor(connection: RedisConnection, scripts: Readonly<Record<string, string>>, patience: number) {
    this.#connection = connection;
    this.#scripts = scripts;
    this.#patience = patience;
  }

  /**
   * Runs one of the scripts.
   *
   * @param sent called when the script has left for the server: it may run there, whatever becomes of the answer
   * @throws NetronError `unavailable` when Redis does not answer in time, and for a second after that; its cause says why, and
   *   its text nothing of the server, since callers may get it
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

  /** Reports whether Redis answers. Nodes go on without it: it is not critical. */
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
    if (this.#closed) throw unusable(new Error('it was closed'));
    if (performance.now() < this.#pausedUntil) throw unusable(this.#failure);
    try {
      return await this.#inTime(this.#open().then(ask));
    } catch (error) {
      this.#pausedUntil = performance.now() + pause;
      this.#failure = this.#reason ?? reasonOf(error as Error);
      throw unusable(this.#failure);
    }
  }

  /** An answer that is there already is in time: this process may have had no turn to read it. */
  async #inTime<T>(answer: Promise<T>): Promise<T> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      // Behind the next reading of sockets.
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
      // Failures show in commands; without a listener they would end the process.
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
  return new NetronError('unavailable', 'Redis cannot be used', { cause });
}
