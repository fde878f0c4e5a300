/** Ends of calls with a key: told to Redis until it knows them, since nobody else could tell what became of the call. */
import { setTimeout as after } from 'node:timers/promises';
import { type Commands, pause } from './commands.js';

/** End of a call, for its key: the outcome is kept, or the key is forgotten. */
export interface Ending {
  readonly script: 'settle' | 'forget';
  readonly names: readonly string[];
  readonly args: readonly (string | number)[];
  /** Milliseconds after which nobody asks for the key any more. */
  readonly ms: number;
}

/** Endings that wait for Redis at a time; the oldest is given up for one more. */
const most = 10_000;

export class Endings {
  readonly #commands: Commands;
  /** Endings that Redis has not confirmed, with the time at which each is of no use any more. */
  readonly #untold = new Map<Ending, number>();
  #timer: NodeJS.Timeout | undefined;
  #closed = false;

  constructor(commands: Commands) {
    this.#commands = commands;
  }

  /**
   * Tells how a call has ended.
   *
   * @throws NetronError `unavailable` when Redis does not confirm it now: it is told again every second
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

  /** Tells what is left, twice at most. Always resolves. */
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

  /** Tells all, one after the other, until one fails. Returns whether none is left. */
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
