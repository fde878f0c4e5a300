import { defer } from '#platform';
import { Netron } from '../node/netron.js';
import type { NetronOptions } from '../node/options.js';
import type { Clock } from '../util/clock.js';
import type { Scheduler } from '../util/scheduler.js';
import type { SimulatedNetwork } from './network.js';
import type { SeededRandom } from './seeded-random.js';
import { SimulatedTransport } from './transport.js';
import type { VirtualClock } from './virtual-clock.js';

/**
 * One process of a simulated network, from its start to its end: whatever happens in it goes through `run`, so that it can be
 * stopped for a while, or killed, as the system does with a process.
 */
export class SimulatedProcess {
  readonly name: string;
  /** Counts the starts of a process of that name, from 1. */
  readonly run: number;
  readonly random: SeededRandom;
  /** Time as this process sees it; its wall time may be wrong. */
  readonly clock: Clock;
  readonly scheduler: Scheduler;
  readonly transport: SimulatedTransport;
  /** Nodes made by `node`, in this order. */
  readonly nodes: Netron[] = [];
  readonly #time: VirtualClock;
  readonly #timers = new Map<number, unknown>();
  #nextTimer = 1;
  #state: 'running' | 'paused' | 'dead' = 'running';
  #held: (() => void)[] = [];
  #wallOffset = 0;

  constructor(name: string, run: number, time: VirtualClock, random: SeededRandom, network: SimulatedNetwork) {
    this.name = name;
    this.run = run;
    this.random = random;
    this.#time = time;
    this.clock = {
      now: () => time.now(),
      wall: () => time.wall() + this.#wallOffset,
      setTimeout: (action, ms) => this.#setTimeout(action, ms),
      clearTimeout: (handle) => this.#clearTimeout(handle),
    };
    this.scheduler = {
      nextTurn: (action) => this.later(action),
      turnEnd: defer,
      idle: () => new Promise((resolve) => this.later(resolve)),
      collects: false,
    };
    this.transport = new SimulatedTransport(this, network);
  }

  /** Makes a node of this process. It listens at `sim:<name of the process>`, which is also its id, unless told otherwise. */
  async node(options: NetronOptions = {}): Promise<Netron> {
    const node = Netron.prepare({
      id: this.name,
      transports: { sim: { name: this.name } },
      clock: this.clock,
      scheduler: this.scheduler,
      random: this.random.fork('random').number,
      randomBytes: this.random.fork(`bytes ${this.nodes.length}`).bytes,
      logLevel: 'silent',
      ...options,
      additionalTransports: [this.transport, ...(options.additionalTransports ?? [])],
    });
    this.nodes.push(node);
    await node.startListening();
    return node;
  }

  get alive(): boolean {
    return this.#state !== 'dead';
  }

  /** Timers of this process that wait. */
  get timers(): number {
    return this.#timers.size;
  }

  /** Runs something in this process: later while it is paused, never when it is dead. */
  enter(action: () => void): void {
    if (this.#state === 'running') action();
    else if (this.#state === 'paused') this.#held.push(action);
  }

  /** Runs something in a later turn. */
  later(action: () => void): void {
    this.#time.setTimeout(() => this.enter(action), 0);
  }

  /** Stops the process for a while, as SIGSTOP does: nothing is lost. */
  pause(): void {
    if (this.#state === 'running') this.#state = 'paused';
  }

  resume(): void {
    if (this.#state !== 'paused') return;
    this.#state = 'running';
    const held = this.#held;
    this.#held = [];
    for (const action of held) this.later(action);
  }

  /** Ends the process, as SIGKILL does. The network tells those who are connected to it. */
  kill(): void {
    this.#state = 'dead';
    this.#held = [];
    for (const timer of this.#timers.values()) this.#time.clearTimeout(timer);
    this.#timers.clear();
  }

  /** Sets the wall time of this process forward, or back. */
  jump(ms: number): void {
    this.#wallOffset += ms;
  }

  #setTimeout(action: () => void, ms: number): number {
    const id = this.#nextTimer;
    this.#nextTimer += 1;
    if (!this.alive) return id;
    const due = (): void => {
      if (this.#timers.delete(id)) action();
    };
    this.#timers.set(
      id,
      this.#time.setTimeout(() => this.enter(due), ms),
    );
    return id;
  }

  #clearTimeout(handle: unknown): void {
    const timer = this.#timers.get(handle as number);
    if (!this.#timers.delete(handle as number)) return;
    this.#time.clearTimeout(timer);
  }
}
