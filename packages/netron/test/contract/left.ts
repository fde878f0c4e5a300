/** Counts what nodes and their libraries hold: timers, sockets, listeners, tables. After each fault there is as much as before. */
import { expect } from 'vitest';
import type { Netron } from '../../src/index.js';
import { systemClock } from '../../src/platform/node.js';
import type { Clock } from '../../src/util/clock.js';

/** Milliseconds that sockets which were closed may take to be gone. */
const patience = 30_000;
/** Resources of the process that are counted; others belong to servers of tests, which are processes. */
const kinds = ['TCPSocketWrap', 'TCPServerWrap', 'TLSWrap', 'FSEventWrap', 'Timeout'];

/** The clock of the system, which counts its timers. */
export class CountingClock implements Clock {
  readonly #timers = new Set<unknown>();
  readonly now = systemClock.now;
  readonly wall = systemClock.wall;

  /** Timers that wait. */
  get timers(): number {
    return this.#timers.size;
  }

  setTimeout(action: () => void, ms: number, background?: boolean): unknown {
    const due = (): void => {
      this.#timers.delete(timer);
      action();
    };
    const timer = systemClock.setTimeout(due, ms, background);
    this.#timers.add(timer);
    return timer;
  }

  clearTimeout(timer: unknown): void {
    this.#timers.delete(timer);
    systemClock.clearTimeout(timer);
  }
}

/** Resources of the process by kind, and its listeners. */
export type Held = Readonly<Record<string, number>>;

export function held(): Held {
  const active = process.getActiveResourcesInfo();
  const listeners = process.eventNames().reduce((sum, name) => sum + process.listenerCount(name), 0);
  const count = (kind: string): number => active.filter((name) => name === kind).length;
  return { listeners, ...Object.fromEntries(kinds.map((kind) => [kind, count(kind)])) };
}

/** Resolves when the process holds no more than before; fails when it does not within half a minute. */
export async function heldAsBefore(before: Held): Promise<void> {
  const more = (): string[] =>
    Object.entries(held())
      .filter(([kind, count]) => count > (before[kind] as number))
      .map(([kind, count]) => `${kind}: ${count}, before ${before[kind]}`);
  await passes(() => more().length === 0);
  expect(more()).toEqual([]);
}

/** Resolves when something holds, at the latest in half a minute: what was closed goes when the other end knows of it. */
async function passes(holds: () => boolean): Promise<void> {
  const end = performance.now() + patience;
  while (!holds() && performance.now() < end) await new Promise((resolve) => setTimeout(resolve, 5));
}

/** Resolves when a node that has stopped holds no peer and its clock no timer; fails when it does for half a minute. */
export async function holdsNothing(node: Netron, clock: CountingClock): Promise<void> {
  await passes(() => clock.timers === 0);
  expect({ timers: clock.timers, peers: node.peers.size }).toEqual({ timers: 0, peers: 0 });
}

/** Fails when a node that does nothing has more than a connection to each of so many others. */
export function holdsPeersOnly(node: Netron, peers: number): void {
  const load = [...node.peers.values()].map((peer) => {
    const { callsSent, callsWaiting, callsRunning, streamsIn, streamsOut, handlesGiven, handlesHeld } = peer.load;
    return callsSent + callsWaiting + callsRunning + streamsIn + streamsOut + handlesGiven + handlesHeld;
  });
  expect(load).toEqual(Array.from({ length: peers }, () => 0));
}
