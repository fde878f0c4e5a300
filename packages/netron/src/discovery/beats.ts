import { NetronError } from '../errors/netron-error.js';
import type { BackendHost } from './backend.js';

/** Members of a host that the beats of a backend use. */
type BeatingHost = Pick<BackendHost, 'clock' | 'interval' | 'random' | 'view'>;

/**
 * Repeats one step of a backend: every `host.interval`, plus or minus a tenth, and sooner on request. Steps never overlap. The last
 * step determines whether the store can be reached: `view.up()` when it resolved, `view.down(error)` when it rejected.
 */
export class Beats {
  readonly #host: BeatingHost;
  readonly #step: () => Promise<void>;
  readonly #period: number;
  #timer: unknown;
  #early: unknown;
  #running: Promise<void> | undefined;
  /** The step after the running one, for requests made since that began. */
  #next: Promise<void> | undefined;
  #ended = false;

  /** @param period milliseconds between two steps; default `host.interval` */
  constructor(host: BeatingHost, step: () => Promise<void>, period: number = host.interval) {
    this.#host = host;
    this.#step = step;
    this.#period = period;
  }

  /** Whether a step is running. */
  get running(): boolean {
    return this.#running !== undefined;
  }

  /** Starts repeating. */
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
   * Runs a step now. During a step, all requests share the one that follows it. Resolves when that step has ended, regardless of later
   * requests; rejects when the store cannot be reached.
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

  /** Like `now`, without waiting: the view is notified of a failure. */
  ask(): void {
    this.now().catch(() => {});
  }

  /** Runs a step in `ms` milliseconds, which covers all such requests until then. */
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

  /** Stops; resolves when a running step has ended. */
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

/** Resolves when `work` has settled, or after `ms` milliseconds. Waiting keeps the process alive. */
export async function atMost(clock: BackendHost['clock'], ms: number, work: Promise<unknown>): Promise<void> {
  let timer: unknown;
  const late = new Promise<void>((resolve) => {
    timer = clock.setTimeout(resolve, ms);
  });
  await Promise.race([work.catch(() => {}), late]);
  clock.clearTimeout(timer);
}
