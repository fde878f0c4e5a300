/** The two connections of a registry in Redis: one runs scripts, the other one receives changes. */
import type { Cluster, Redis } from 'ioredis';
import { connectTo, type RedisConnection, reasonOf, subscribeTo } from './clients.js';
import * as scripts from './scripts.js';

/** Callbacks of the user of the connections. */
export interface ConnectionsOwner {
  /** Scripts cannot run any more. */
  lost(reason: Error): void;
  /** Scripts can run, for the first time or again. */
  back(): void;
  message(text: string): void;
}

type Command = (...args: readonly string[]) => Promise<string[]>;

export class Connections {
  readonly #commands: Redis | Cluster;
  readonly #messages: Redis | Cluster;
  readonly #run: Readonly<Record<keyof typeof scripts, Command>>;
  /** Reason why there is no connection for scripts. */
  #reason: Error | undefined;

  constructor(connection: RedisConnection, channel: string, owner: ConnectionsOwner) {
    const commands = connectTo(connection);
    // Commands report failures; without a listener they would end the process.
    commands.on('error', (error: Error) => {
      this.#reason = reasonOf(error);
      owner.lost(this.#reason);
    });
    commands.on('ready', () => {
      this.#reason = undefined;
      owner.back();
    });
    for (const [name, lua] of Object.entries(scripts)) commands.defineCommand(name, { lua });
    this.#commands = commands;
    this.#run = commands as unknown as Record<keyof typeof scripts, Command>;
    const messages = connectTo(connection);
    messages.on('error', () => {});
    messages.on('ready', () => void subscribeTo(messages, [channel]).catch(() => {}));
    messages.on('message', (_channel: string, text: string) => owner.message(text));
    this.#messages = messages;
  }

  /** Runs a script. Connects first when that has not been tried. Rejects with the reason when there is no connection. */
  async run(script: keyof typeof scripts, keys: readonly string[], args: readonly string[]): Promise<string[]> {
    try {
      if (this.#commands.status === 'wait') await this.#connect();
      return await this.#run[script](String(keys.length), ...keys, ...args);
    } catch (error) {
      throw this.#reason ?? reasonOf(error as Error);
    }
  }

  close(): void {
    this.#commands.disconnect();
    this.#messages.disconnect();
  }

  async #connect(): Promise<void> {
    void this.#messages.connect().catch(() => {});
    await this.#commands.connect();
  }
}
