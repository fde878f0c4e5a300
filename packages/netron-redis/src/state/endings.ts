/** Outcomes of calls with a key, sent to Redis until it has them, since no other node knows them. */
import { setTimeout as after } from 'node:timers/promises';
import { type Commands, pause } from './commands.js';

/** Outcome of a call, by its key: the outcome is stored, or the key is deleted. */
export interface Ending {
  readonly script: 'settle' | 'forget';
  readonly names: readonly string[];
  readonly args: readonly (string | number)[];
  /** Milliseconds after which the key is not needed any more. */
  readonly ms: number;
}

/** Most outcomes that wait for Redis; one more drops the oldest. */
const most = 10_000;

export class Endings {
  readonly #commands: Commands;
  /** Outcomes that Redis has not confirmed, with the time at which each becomes useless. */
  readonly #untold = new Map<Ending, number>();
  #timer: NodeJS.Timeout | undefined;
  #closed = false;

  constructor(commands: Commands) {
    this.#commands = commands;
  }

  /**
   * Sends the outcome of a call.
   *
   * @throws NetronError `unavailable` when Redis does not confirm it now: it is sent again every second
   */
  async tell(ending: Ending): Promise<void> {
    this.#untold.set(ending, performance.now() + ending.ms);
    const [oldest] = this.#untold.keys();
    if (this.#untold.size > most && oldest !== undefined) this.#untold.delete(oldest);
    try {
      await this.#run(ending);
    } catch (error) {
      this.#later();
      throw error;
    }
  }

  /** Sends the remaining outcomes, at most twice. Always resolves. */
  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#timer);
    if (await this.#tellAll()) return;
    await after(pause);
    await this.#tellAll();
  }

  async #run(ending: Ending): Promise<void> {
    await this.#commands.run(ending.script, ending.names, ending.args);
    this.#untold.delete(ending);
  }

  #later(): void {
    if (this.#closed || this.#timer !== undefined) return;
    this.#timer = setTimeout(() => void this.#again(), pause);
    this.#timer.unref();
  }

  async #again(): Promise<void> {
    const told = await this.#tellAll();
    this.#timer = undefined;
    if (!told) this.#later();
  }

  /** Sends all, one after the other, until one fails. Returns whether none is left. */
  async #tellAll(): Promise<boolean> {
    try {
      for (const [ending, until] of this.#untold) {
        if (until < performance.now()) this.#untold.delete(ending);
        else await this.#run(ending);
      }
      return true;
    } catch {
      return false;
    }
  }
}
