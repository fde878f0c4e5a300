import { MemoryRegistry } from '../discovery/memory.js';
import type { Netron } from '../node/netron.js';
import type { NetronOptions } from '../node/options.js';
import { hearPromise } from '../util/hear-promise.js';
import { nextTurn } from '../util/next-turn.js';
import type { Fault, PlannedFault } from './faults.js';
import { SimulatedNetwork } from './network.js';
import { SimulatedProcess } from './process.js';
import { SeededRandom } from './seeded-random.js';
import { Trace } from './trace.js';
import { VirtualClock } from './virtual-clock.js';

/** Milliseconds by which `slow` delays every message between two processes. */
const slowness = 500;

/** Turns of the real event loop that the import of a module may take when it is loaded already. */
const maxIdle = 20;

/** Hint for a run that stands still, with the most common cause. */
const realTime = '. Timers, files and sockets of the real machine are not awaited: use world.clock';

/** Milliseconds after the end of a scenario within which its processes must release all timers and connections. */
const restTime = 60_000;

/** Limits of one run. */
export interface WorldLimits {
  /** Milliseconds of virtual time. */
  readonly time: number;
  /** Number of events. */
  readonly steps: number;
  /** Number of trace lines that are kept. */
  readonly lines: number;
}

/** A program under a name, which can be restarted. */
interface Place {
  readonly main: ((process: SimulatedProcess) => Promise<unknown>) | undefined;
  process: SimulatedProcess;
}

/** The world of a scenario: processes, the network between them, time, randomness, and invariants. */
export class World {
  readonly seed: number | string;
  /** Time of all processes. */
  readonly clock = new VirtualClock();
  /** Random numbers for the scenario itself. */
  readonly random: SeededRandom;
  readonly network: SimulatedNetwork;
  /** A registry that all processes can reach, for `memoryDiscovery`. */
  readonly registry = new MemoryRegistry();
  readonly trace: Trace;
  /** Faults that have happened. */
  readonly faults: Fault[] = [];
  readonly #chance: SeededRandom;
  readonly #limits: WorldLimits;
  readonly #places = new Map<string, Place>();
  readonly #invariants: { readonly name: string; readonly holds: () => unknown }[] = [];
  readonly #waiting = new Set<{ readonly label: string }>();
  /** Functions that end faults with a duration, by their timers. */
  readonly #lasting = new Map<unknown, () => void>();
  readonly #planned = new Set<unknown>();
  #steps = 0;
  #failure: { readonly error: unknown } | undefined;

  /** @internal */
  constructor(seed: number | string, planned: readonly PlannedFault[], limits: WorldLimits) {
    this.seed = seed;
    this.#limits = limits;
    this.#chance = new SeededRandom(seed);
    this.random = this.#chance.fork('scenario');
    this.trace = new Trace(() => this.clock.now(), limits.lines);
    this.network = new SimulatedNetwork(this.clock, this.#chance.fork('network'), this.trace);
    for (const { at, choose } of planned) {
      const timer = this.clock.setTimeout(() => {
        this.#planned.delete(timer);
        const all = [...this.#places].filter(([, { process }]) => process.alive);
        const restartable = all.filter(([, { main }]) => main !== undefined);
        const fault = choose({
          known: [...this.#places.keys()],
          all: all.map(([name]) => name),
          restartable: restartable.map(([name]) => name),
        });
        if (fault !== undefined) this.apply(fault);
      }, at);
      this.#planned.add(timer);
    }
  }

  /** Number of events so far. */
  get steps(): number {
    return this.#steps;
  }

  /**
   * Starts a process and returns the result of its program. Faults of the kind `restart` kill the process and run the
   * program again.
   */
  async start<T>(name: string, main: (process: SimulatedProcess) => Promise<T>): Promise<T> {
    if (this.#places.has(name)) throw new TypeError(`process '${name}' already exists`);
    const process = this.#makeProcess(name, 1);
    this.#places.set(name, { main, process });
    return main(process);
  }

  /** Makes a node in a process of its own, which is not restarted; it listens at `sim:<name>`. */
  async node(name: string, options?: NetronOptions): Promise<Netron> {
    if (this.#places.has(name)) throw new TypeError(`process '${name}' already exists`);
    const process = this.#makeProcess(name, 1);
    this.#places.set(name, { main: undefined, process });
    return process.node(options);
  }

  /** Returns the process of that name that runs, or ran last. */
  process(name: string): SimulatedProcess {
    const place = this.#places.get(name);
    if (place === undefined) throw new TypeError(`unknown process '${name}'`);
    return place.process;
  }

  /** Resolves after `ms` of virtual time. */
  sleep(ms: number): Promise<void> {
    return new Promise((resolve) => this.clock.setTimeout(resolve, ms));
  }

  /** Adds an invariant, checked after each event: `holds` returns `false` or a string, or throws, when it is violated. Must be synchronous. */
  always(name: string, holds: () => unknown): void {
    this.#invariants.push({ name, holds });
  }

  /** Waits for `promise`; when the run cannot continue, the error names `label` as what it waits for. */
  async wait<T>(label: string, promise: PromiseLike<T>): Promise<T> {
    const entry = { label };
    this.#waiting.add(entry);
    try {
      return await promise;
    } finally {
      this.#waiting.delete(entry);
    }
  }

  /** Writes a line into the trace. */
  note(text: string): void {
    this.trace.note(text);
  }

  /** Ends all faults: current ones end now, planned ones do not happen. Killed processes are started again. */
  calm(): void {
    for (const timer of this.#planned) this.clock.clearTimeout(timer);
    this.#planned.clear();
    for (const [timer, end] of [...this.#lasting]) {
      this.clock.clearTimeout(timer);
      this.#lasting.delete(timer);
      end();
    }
    this.network.healAll();
  }

  /** Applies a fault now. */
  apply(fault: Fault): void {
    this.faults.push(fault);
    const { network } = this;
    if ('process' in fault) {
      this.note(`fault: ${fault.kind} ${fault.process} ${fault.ms} ms`);
      const process = this.process(fault.process);
      if (fault.kind === 'jump') return process.jump(fault.ms);
      if (fault.kind === 'restart') return this.#restart(fault.process, fault.ms);
      process.pause();
      return this.#until(fault.ms, () => process.resume());
    }
    const [one, other] = fault.between;
    for (const name of fault.between) this.process(name);
    this.note(`fault: ${fault.kind} ${one} ${other} ${'ms' in fault ? `${fault.ms} ms` : ''}`);
    switch (fault.kind) {
      case 'cut':
        return network.cut(one, other);
      case 'silence':
        return network.silence(one, other);
      case 'partition':
        network.partition(one, other);
        return this.#until(fault.ms, () => network.heal(one, other));
      case 'clog':
        network.clog(one, other);
        return this.#until(fault.ms, () => network.unclog(one, other));
      default:
        network.slow(one, other, slowness);
        return this.#until(fault.ms, () => network.slow(one, other, 0));
    }
  }

  /** Kills a process and runs its program again after `ms`. */
  #restart(name: string, ms: number): void {
    const place = this.#places.get(name) as Place;
    const { process, main } = place;
    if (main === undefined) throw new TypeError(`'${name}' has no program to restart: use start`);
    if (!process.alive) return;
    process.kill();
    this.network.died(process);
    this.#until(ms, () => {
      place.process = this.#makeProcess(name, process.run + 1);
      this.note(`${name} restarts`);
      main(place.process).catch((error: unknown) => this.fail(error));
    });
  }

  /** Fails the run. */
  fail(error: unknown): void {
    this.#failure ??= { error };
  }

  /** @internal Runs events until `work` settles. @throws the error that fails the run */
  async run(work: Promise<unknown>): Promise<void> {
    let over = false;
    work.then(
      () => {
        over = true;
      },
      (error: unknown) => this.fail(error),
    );
    await this.#drive(() => over);
  }

  /** @internal Stops all nodes and checks for leaks. @throws when timers or connections are left */
  async end(): Promise<void> {
    this.calm();
    await this.#drive(() => this.#lasting.size === 0);
    const processes = [...this.#places.values()].map(({ process }) => process);
    const nodes = processes.flatMap(({ nodes }) => nodes);
    await this.run(Promise.all(nodes.map((node) => node.stop({ timeout: 0 }))));
    const end = this.clock.now() + restTime;
    await this.#drive(() => this.clock.now() + this.clock.next > end);
    const left = processes.filter(({ timers }) => timers > 0).map(({ name, timers }) => `${name}: ${timers} timers`);
    if (this.network.connections > 0) left.push(`${this.network.connections} connections`);
    if (left.length > 0) throw new Error(`still open after all nodes were stopped: ${left.join(', ')}`);
  }

  /** @internal Kills all processes. */
  kill(): void {
    for (const { process } of this.#places.values()) process.kill();
  }

  async #drive(done: () => boolean): Promise<void> {
    for (let idle = 0; ; ) {
      // All consequences of the previous event have happened, including reactions to promises.
      await new Promise<void>((resolve) => nextTurn(resolve));
      if (this.#failure !== undefined) throw this.#failure.error;
      this.#check();
      if (done()) return;
      if (this.#steps >= this.#limits.steps) throw new Error(`more than ${this.#limits.steps} events; ${this.#stuck()}`);
      if (this.clock.now() >= this.#limits.time) throw new Error(`not finished after ${this.#limits.time} ms; ${this.#stuck()}`);
      this.#steps += 1;
      idle = this.clock.step() ? 0 : idle + 1;
      if (idle > maxIdle) throw new Error(`no more events; ${this.#stuck()}${realTime}`);
    }
  }

  #check(): void {
    for (const { name, holds } of this.#invariants) {
      const held = holds();
      if (held === false) throw new Error(`invariant failed: ${name}`);
      if (typeof held === 'string') throw new Error(`invariant failed: ${name}: ${held}`);
      if (hearPromise(held))
        throw new Error(`cannot check: ${name}: the invariant must return a boolean or a string, not a promise`);
    }
  }

  /** Returns the reason why the run does not continue. */
  #stuck(): string {
    const labels = [...this.#waiting].map(({ label }) => `'${label}'`);
    const peers = [...this.#places.values()].flatMap(({ process }) =>
      process.nodes.flatMap((node) =>
        [...node.peers.values()].map((peer) => {
          const { callsSent, callsWaiting } = peer.load;
          return `${process.name} → ${peer.id} (${peer.state}): ${callsSent} calls sent, ${callsWaiting} waiting, ${peer.streams.length} streams`;
        }),
      ),
    );
    return `waiting for ${labels.join(', ') || 'the scenario'}; ${peers.join('; ') || 'no peers'}`;
  }

  #until(ms: number, end: () => void): void {
    const timer = this.clock.setTimeout(() => {
      this.#lasting.delete(timer);
      end();
    }, ms);
    this.#lasting.set(timer, end);
  }

  #makeProcess(name: string, run: number): SimulatedProcess {
    return new SimulatedProcess(name, run, this.clock, this.#chance.fork(`process ${name} ${run}`), this.network);
  }
}
