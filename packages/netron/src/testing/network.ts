import type { Connection } from '../transport/transport.js';
import type { Clock } from '../util/clock.js';
import type { SeededRandom } from './seeded-random.js';
import type { Trace } from './trace.js';
import type { VirtualClock } from './virtual-clock.js';

/** Everything that one process sends to another takes this way. */
interface Path {
  readonly from: string;
  readonly to: string;
  readonly random: SeededRandom;
  /** Milliseconds besides the network's latency. */
  extra: number;
  /** Reasons why nothing passes at the moment; what is sent meanwhile waits. */
  clogs: number;
  waiting: (() => void)[];
}

/** A process, as the network knows it. */
export interface NetworkProcess {
  readonly name: string;
  readonly clock: Clock;
  readonly alive: boolean;
  /** Runs something in the process: later while it is paused, never when it is dead. */
  enter(action: () => void): void;
  /** Runs something in a later turn of the process. */
  later(action: () => void): void;
}

/** A process that takes connections under a name. */
export interface SimulatedListener {
  readonly process: NetworkProcess;
  /** Bytes of the largest message that it takes. */
  readonly maxMessage: number | undefined;
  accept(connection: Connection): void;
}

/** One end of a connection, as the network knows it. */
export interface NetworkEnd {
  readonly number: number;
  readonly process: NetworkProcess;
  /** Name of the process at the other end. */
  readonly to: string;
  /** Carries what this end sends. */
  readonly line: SimulatedLine;
  /** The way between the ends is broken. */
  break(): void;
  /** The process is gone: its system tells the other end. */
  hangUp(): void;
}

/**
 * The network between simulated processes: messages of one connection keep their order, those of different ones do not.
 * Nothing is lost unless a connection is: as with TCP, what cannot pass waits.
 */
export class SimulatedNetwork {
  /** Milliseconds that a message takes at least and at most. */
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

  /** Number of connections that are open at one end at least. */
  get connections(): number {
    return new Set([...this.#ends].map(({ number }) => number)).size;
  }

  /** Lets nothing pass from one process to another; what is sent waits. Counts: `unclog` has to follow as often. */
  clog(from: string, to: string): void {
    this.#path(from, to).clogs += 1;
  }

  /** Lets through again what `clog` holds back. */
  unclog(from: string, to: string): void {
    const path = this.#path(from, to);
    path.clogs = Math.max(0, path.clogs - 1);
    if (path.clogs > 0) return;
    const waiting = path.waiting;
    path.waiting = [];
    for (const send of waiting) send();
  }

  /** Lets nothing pass between two processes, in both directions. `heal` ends it. */
  partition(one: string, other: string): void {
    this.clog(one, other);
    this.clog(other, one);
  }

  /** Ends a `partition` of two processes. */
  heal(one: string, other: string): void {
    this.unclog(one, other);
    this.unclog(other, one);
  }

  /** Makes everything between two processes take longer. 0 ends it. */
  slow(one: string, other: string, ms: number): void {
    this.#path(one, other).extra = ms;
    this.#path(other, one).extra = ms;
  }

  /** Breaks the connections between two processes: each end learns of it, what is under way is lost. */
  cut(one: string, other: string): void {
    for (const end of this.#between(one, other)) {
      this.clock.setTimeout(() => end.process.enter(() => end.break()), this.#delay(this.#path(end.to, end.process.name)));
    }
  }

  /** Takes the connections between two processes away without telling them: only their own watch finds it out. */
  silence(one: string, other: string): void {
    for (const end of this.#between(one, other)) end.line.dead = true;
  }

  /** Takes back `clog`, `partition` and `slow` everywhere. */
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

  /** @internal A process has died: the system closes its connections, the other ends hear of it. */
  died(process: NetworkProcess): void {
    for (const end of [...this.#ends]) {
      if (end.process !== process) continue;
      this.#ends.delete(end);
      end.hangUp();
    }
  }

  /** @internal The number of a new connection. */
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

  /** @internal A way for messages from one process to another that keeps their order. */
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
  /** Nothing arrives any more, and nobody is told. */
  dead = false;
  /** When what was sent last arrives. */
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
