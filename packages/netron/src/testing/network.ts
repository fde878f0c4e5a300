import type { Connection } from '../transport/transport.js';
import type { Clock } from '../util/clock.js';
import type { SeededRandom } from './seeded-random.js';
import type { Trace } from './trace.js';
import type { VirtualClock } from './virtual-clock.js';

/** The way of all messages from one process to another. */
interface Path {
  readonly from: string;
  readonly to: string;
  readonly random: SeededRandom;
  /** Milliseconds in addition to the network's latency. */
  extra: number;
  /** Number of reasons why nothing passes at the moment; messages sent meanwhile wait. */
  clogs: number;
  waiting: (() => void)[];
}

/** A process, as the network sees it. */
export interface NetworkProcess {
  readonly name: string;
  readonly clock: Clock;
  readonly alive: boolean;
  /** Runs an action in the process: later while it is paused, never when it is dead. */
  enter(action: () => void): void;
  /** Runs an action in a later turn of the process. */
  later(action: () => void): void;
}

/** A process that accepts connections under a name. */
export interface SimulatedListener {
  readonly process: NetworkProcess;
  /** Maximum size of a message that it accepts, in bytes. */
  readonly maxMessage: number | undefined;
  accept(connection: Connection): void;
}

/** One end of a connection, as the network sees it. */
export interface NetworkEnd {
  readonly number: number;
  readonly process: NetworkProcess;
  /** Name of the process at the other end. */
  readonly to: string;
  /** Line that carries messages from this end. */
  readonly line: SimulatedLine;
  /** Breaks the connection. */
  break(): void;
  /** Closes the connection because the process has died: its operating system notifies the other end. */
  hangUp(): void;
}

/**
 * The network between simulated processes. Messages of one connection keep their order, messages of different ones do not.
 * Messages are lost only with their connection: as with TCP, those that cannot pass wait.
 */
export class SimulatedNetwork {
  /** Minimum and maximum milliseconds that a message takes. */
  latency: readonly [least: number, most: number] = [1, 10];
  readonly clock: VirtualClock;
  readonly trace: Trace;
  readonly #random: SeededRandom;
  readonly #paths = new Map<string, Path>();
  readonly #listeners = new Map<string, SimulatedListener>();
  /** Ends of connections, in the order in which they were opened. */
  readonly #ends = new Set<NetworkEnd>();
  #connections = 0;

  constructor(clock: VirtualClock, random: SeededRandom, trace: Trace) {
    this.clock = clock;
    this.trace = trace;
    this.#random = random;
  }

  /** Number of connections with at least one open end. */
  get connections(): number {
    return new Set([...this.#ends].map(({ number }) => number)).size;
  }

  /** Blocks messages from one process to another; they wait. Calls are counted: `unclog` must be called as often. */
  clog(from: string, to: string): void {
    this.#path(from, to).clogs += 1;
  }

  /** Ends a `clog`: waiting messages pass. */
  unclog(from: string, to: string): void {
    const path = this.#path(from, to);
    path.clogs = Math.max(0, path.clogs - 1);
    if (path.clogs > 0) return;
    const waiting = path.waiting;
    path.waiting = [];
    for (const send of waiting) send();
  }

  /** Blocks messages between two processes in both directions, until `heal`. */
  partition(one: string, other: string): void {
    this.clog(one, other);
    this.clog(other, one);
  }

  /** Ends a `partition` of two processes. */
  heal(one: string, other: string): void {
    this.unclog(one, other);
    this.unclog(other, one);
  }

  /** Delays all messages between two processes. 0 ends this. */
  slow(one: string, other: string, ms: number): void {
    this.#path(one, other).extra = ms;
    this.#path(other, one).extra = ms;
  }

  /** Breaks the connections between two processes: both ends are notified, and messages in flight are lost. */
  cut(one: string, other: string): void {
    for (const end of this.#between(one, other)) {
      this.clock.setTimeout(() => end.process.enter(() => end.break()), this.#delay(this.#path(end.to, end.process.name)));
    }
  }

  /** Breaks the connections between two processes without a notification: only their heartbeats detect it. */
  silence(one: string, other: string): void {
    for (const end of this.#between(one, other)) end.line.dead = true;
  }

  /** Ends `clog`, `partition` and `slow` everywhere. */
  healAll(): void {
    for (const path of this.#paths.values()) {
      path.extra = 0;
      while (path.clogs > 0) this.unclog(path.from, path.to);
    }
  }

  /** @internal */
  listen(name: string, listener: SimulatedListener): boolean {
    if (this.#listeners.get(name)?.process.alive === true) return false;
    this.#listeners.set(name, listener);
    return true;
  }

  /** @internal */
  find(name: string): SimulatedListener | undefined {
    const listener = this.#listeners.get(name);
    return listener?.process.alive === true ? listener : undefined;
  }

  /** @internal */
  release(name: string, listener: SimulatedListener): void {
    if (this.#listeners.get(name) === listener) this.#listeners.delete(name);
  }

  /** @internal Closes the connections of a process that has died; the other ends are notified. */
  died(process: NetworkProcess): void {
    for (const end of [...this.#ends]) {
      if (end.process !== process) continue;
      this.#ends.delete(end);
      end.hangUp();
    }
  }

  /** @internal Returns the number for a new connection. */
  opened(): number {
    this.#connections += 1;
    return this.#connections;
  }

  /** @internal */
  add(end: NetworkEnd): void {
    this.#ends.add(end);
  }

  /** @internal */
  remove(end: NetworkEnd): void {
    this.#ends.delete(end);
  }

  /** @internal Makes a line for messages from one process to another, which keeps their order. */
  line(from: string, to: string): SimulatedLine {
    const path = this.#path(from, to);
    return new SimulatedLine((line, action) => this.#send(path, line, action));
  }

  #send(path: Path, line: SimulatedLine, action: () => void): void {
    if (line.dead) return;
    if (path.clogs > 0) {
      path.waiting.push(() => this.#send(path, line, action));
      return;
    }
    const now = this.clock.now();
    line.last = Math.max(line.last, now + this.#delay(path));
    this.clock.setTimeout(() => {
      if (!line.dead) action();
    }, line.last - now);
  }

  #delay({ random, extra }: Path): number {
    const [least, most] = this.latency;
    return least + (most - least) * random.number() + extra;
  }

  #between(one: string, other: string): NetworkEnd[] {
    return [...this.#ends].filter(
      ({ process, to }) => (process.name === one && to === other) || (process.name === other && to === one),
    );
  }

  #path(from: string, to: string): Path {
    const name = `${from} > ${to}`;
    let path = this.#paths.get(name);
    if (path === undefined) {
      path = { from, to, random: this.#random.fork(name), extra: 0, clogs: 0, waiting: [] };
      this.#paths.set(name, path);
    }
    return path;
  }
}

/** One direction of a connection. */
export class SimulatedLine {
  /** Whether messages no longer arrive, without a notification. */
  dead = false;
  /** Time at which the latest message arrives. */
  last = 0;
  readonly #send: (line: SimulatedLine, action: () => void) => void;

  constructor(send: (line: SimulatedLine, action: () => void) => void) {
    this.#send = send;
  }

  /** Runs `action` when the message has arrived. */
  send(action: () => void): void {
    this.#send(this, action);
  }
}
