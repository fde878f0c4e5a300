import { NetronError } from '../errors/netron-error.js';
import type { BackendHost } from './backend.js';

/** Parts of a host that the beats of a backend use. */
type BeatingHost = Pick<BackendHost, 'clock' | 'interval' | 'random' | 'view'>;

/**
 * Repeats one step of a backend: every `host.interval`, give or take a tenth, and sooner when asked. Steps never overlap. Whether
 * the store can be reached is what the last step says: `view.up()` when it resolved, `view.down(error)` when it rejected.
 */
export class Beats {
  readonly #host: BeatingHost;
  readonly #step: () => Promise<void>;
  readonly #period: number;
  #timer: unknown;
  #early: unknown;
  #running: Promise<void> | undefined;
  /** The step that follows the running one, for those who asked since that began. */
  #next: Promise<void> | undefined;
  #ended = false;

  /** @param period milliseconds between two steps; default `host.interval` */
  constructor(host: BeatingHost, step: () => Promise<void>, period: number = host.interval) {
    this.#host = host;
    this.#step = step;
    this.#period = period;
  }

  /** Whether a step runs now. */
  get running(): boolean {
    return this.#running !== undefined;
  }

  /** Begins to repeat. */
  start(): void {
    const { clock, random } = this.#host;
    this.#timer = clock.setTimeout(
      () => {
        if (this.#ended) return;
        this.start();
        this.ask();
      },
      this.#period * (0.9 + 0.2 * random()),
      true,
    );
  }

  /**
   * Runs a step now. One that is asked for while another runs follows it, for all who ask meanwhile. Resolves when that step has
   * ended, whatever is asked for after it; rejects when the store cannot be reached.
   */
  now(): Promise<void> {
    if (this.#next !== undefined) return this.#next;
    if (this.#running === undefined) return this.#begin();
    const begin = (): Promise<void> => {
      this.#next = undefined;
      return this.#begin();
    };
    this.#next = this.#running.then(begin, begin);
    return this.#next;
  }

  /** Like `now`, for whoever does not wait: the view has heard of a failure. */
  ask(): void {
    this.now().catch(() => {});
  }

  /** Runs a step in `ms` milliseconds. What is asked for meanwhile is part of it. */
  soon(ms: number): void {
    if (this.#ended || this.#early !== undefined) return;
    this.#early = this.#host.clock.setTimeout(
      () => {
        this.#early = undefined;
        this.ask();
      },
      ms,
      true,
    );
  }

  /** Ends; resolves when the step that runs has ended. */
  async stop(): Promise<void> {
    this.#ended = true;
    this.#host.clock.clearTimeout(this.#timer);
    this.#host.clock.clearTimeout(this.#early);
    await this.#running?.catch(() => {});
  }

  #begin(): Promise<void> {
    if (this.#ended) return Promise.resolve();
    this.#running = this.#run();
    return this.#running;
  }

  async #run(): Promise<void> {
    try {
      await this.#step();
      this.#host.view.up();
    } catch (error) {
      if (!this.#ended) this.#host.view.down(NetronError.from(error, 'unavailable'));
      throw error;
    } finally {
      this.#running = undefined;
    }
  }
}

/** Resolves when `work` has ended, well or not, at the latest after `ms` milliseconds. Waiting keeps the process alive. */
export async function atMost(clock: BackendHost['clock'], ms: number, work: Promise<unknown>): Promise<void> {
  let timer: unknown;
  const late = new Promise<void>((resolve) => {
    timer = clock.setTimeout(resolve, ms);
  });
  await Promise.race([work.catch(() => {}), late]);
  clock.clearTimeout(timer);
}
