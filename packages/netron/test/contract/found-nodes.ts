/** Nodes that find each other by a backend under test, and what these tests wait for. */
import { afterEach, beforeEach, expect } from 'vitest';
import type { Discovery, DiscoveryEvents } from '../../src/discovery/discovery.js';
import { defineService, Netron, type NetronOptions } from '../../src/index.js';
import { quiet } from '../integration/nodes.js';
import { CountingClock, type Held, held, heldAsBefore, holdsNothing, holdsPeersOnly } from './left.js';

/** A node of any copy of the package. */
export interface FoundNode {
  readonly discovery: Discovery;
}

const nodes = new Map<Netron, CountingClock | undefined>();

/** Starts a node that listens and has a service of its own name; `stopNodes` ends it. */
export async function startNode(
  id: string,
  discovery: NonNullable<NetronOptions['discovery']>,
  options: NetronOptions = {},
): Promise<Netron> {
  const clock = options.clock === undefined ? new CountingClock() : undefined;
  const transports = { tcp: { port: 0 } };
  const made = await Netron.create({
    id,
    logger: quiet,
    transports,
    discovery,
    ...(clock !== undefined && { clock }),
    ...options,
  });
  nodes.set(made, clock);
  await made.peer.exposeService(defineService({ name: `${id}@1.0.0`, methods: { greet: () => `hello from ${id}` } }));
  return made;
}

/** Stops all nodes; fails when one of them holds something after that. */
export async function stopNodes(): Promise<void> {
  const all = [...nodes];
  nodes.clear();
  await Promise.all(all.map(([node]) => node.stop({ timeout: 0 })));
  for (const [node, clock] of all) if (clock !== undefined) await holdsNothing(node, clock);
}

/** After each test of a file stops all nodes and then what `end` ends, and waits until the process holds no more than before. */
export function stopAfterEach(end: () => Promise<unknown>): void {
  let before: Held;
  beforeEach(() => {
    before = held();
  });
  afterEach(async () => {
    try {
      await stopNodes();
    } finally {
      await end();
    }
    await heldAsBefore(before);
  });
}

/** Resolves at the next event that fits. */
export function told<K extends keyof DiscoveryEvents>(
  by: FoundNode,
  event: K,
  fits: (data: DiscoveryEvents[K]) => boolean,
): Promise<void> {
  return new Promise((resolve) => {
    const off = by.discovery.on(event, (data) => {
      if (!fits(data)) return;
      off();
      resolve();
    });
  });
}

/** Resolves when discovery is in a state. */
export function state(by: FoundNode, wanted: string): Promise<void> {
  return by.discovery.state === wanted ? Promise.resolve() : told(by, 'state', ({ state: now }) => now === wanted);
}

/** Resolves when exactly these nodes are known. */
export async function knows(by: FoundNode, ...ids: string[]): Promise<void> {
  for (;;) {
    let off = (): void => {};
    const changed = new Promise<void>((resolve) => {
      off = by.discovery.on('*', () => resolve());
    });
    const known = (await by.discovery.getActiveNodes()).map(({ id }) => id).sort();
    if (known.join() === ids.toSorted().join()) return off();
    await changed;
    off();
  }
}

/** Resolves when a service is known; its address. */
export function serves(by: FoundNode, name: string): Promise<string> {
  return new Promise((resolve) => {
    const end = by.discovery.watch(name, ([service]) => {
      if (service === undefined) return;
      end();
      resolve(service.address);
    });
  });
}

/** The ids of nodes that leave from now on. */
export function leaves(by: FoundNode): string[] {
  const left: string[] = [];
  by.discovery.on('node:left', (id) => left.push(id));
  return left;
}

/** Calls that are made one after the other until they are ended. */
export interface Calling {
  /** Ends the calls; resolves to their number and the errors of those that failed. */
  end(): Promise<{ readonly calls: number; readonly errors: readonly unknown[] }>;
}

/** Calls the service of a node that was started by `startNode`, a hundred times a second. */
export async function keepCalling(by: Netron, name: string): Promise<Calling> {
  const remote = by.service<{ greet(): string }>(name);
  await remote.greet();
  const errors: unknown[] = [];
  let calls = 0;
  let ended = false;
  const all = (async () => {
    while (!ended) {
      calls += 1;
      await remote.greet().catch((error: unknown) => errors.push(error));
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  })();
  return {
    async end() {
      ended = true;
      await all;
      return { calls, errors };
    },
  };
}

/** Two nodes that know each other, one of which calls the other until `ended`; `start` starts one by its name. */
export async function callingPair(start: (id: string) => Promise<Netron>) {
  const [a, b] = [await start('a'), await start('b')];
  await knows(a, 'a', 'b');
  await knows(b, 'a', 'b');
  const left = [leaves(a), leaves(b)];
  const calling = await keepCalling(a, 'b');
  return {
    a,
    b,
    /** No call has failed, nobody was taken out, and whoever comes now is known to all. */
    async ended(): Promise<void> {
      const c = await start('c');
      for (const each of [a, b, c]) await knows(each, 'a', 'b', 'c');
      expect(left).toEqual([[], []]);
      expect(await calling.end()).toMatchObject({ errors: [] });
      for (const each of [a, b]) holdsPeersOnly(each, 1);
      holdsPeersOnly(c, 0);
    },
  };
}
