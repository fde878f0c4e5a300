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
 * One process of a simulated network, from start to end: all of its code runs through `enter`, so that the process can be
 * paused or killed, as an operating system does.
 */
export class SimulatedProcess {
  readonly name: string;
  /** Number of starts of a process with that name, from 1. */
  readonly run: number;
  readonly random: SeededRandom;
  /** Time as this process sees it; its wall time may be wrong. */
  readonly clock: Clock;
  readonly scheduler: Scheduler;
  readonly transport: SimulatedTransport;
  /** Nodes made by `node`, in order. */
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

  /** Makes a node in this process. By default it listens at `sim:<name of the process>`, and the name is also its id. */
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

  /** Number of pending timers in this process. */
  get timers(): number {
    return this.#timers.size;
  }

  /** Runs an action in this process: later while it is paused, never when it is dead. */
  enter(action: () => void): void {
    if (this.#state === 'running') action();
    else if (this.#state === 'paused') this.#held.push(action);
  }

  /** Runs an action in a later turn. */
  later(action: () => void): void {
    this.#time.setTimeout(() => this.enter(action), 0);
  }

  /** Pauses the process, as SIGSTOP does: nothing is lost. */
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

  /** Kills the process, as SIGKILL does. The network notifies the peers that are connected to it. */
  kill(): void {
    this.#state = 'dead';
    this.#held = [];
    for (const timer of this.#timers.values()) this.#time.clearTimeout(timer);
    this.#timers.clear();
  }

  /** Moves the wall time of this process forward, or back. */
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
