/** Streams in both directions, under faults: in order, nothing doubled, nothing left out, and no producer is forgotten. */
import { defineService, type NetronError } from '../../src/index.js';
import type { FaultPlan, Scenario, SimulatedProcess, World } from '../../src/testing.js';
import { connected, recovery } from './calls.js';

export const streamFaults: FaultPlan = { most: 4, within: 15_000, longest: 5_000 };

/** Producers that have begun and not ended, by the run of their process. */
type Producers = Map<SimulatedProcess, number>;

function numbers(process: SimulatedProcess, producers: Producers) {
  return defineService({
    name: 'numbers@1.0.0',
    methods: {
      async *count(to: number, size: number) {
        producers.set(process, (producers.get(process) ?? 0) + 1);
        try {
          for (let at = 0; at < to; at += 1) {
            if (at % 10 === 9) await new Promise<void>((resolve) => process.clock.setTimeout(resolve, 20));
            yield { at, text: 'x'.repeat(size) };
          }
        } finally {
          producers.set(process, (producers.get(process) as number) - 1);
        }
      },
      /** Returns how many it got. */
      async collect(items: AsyncIterable<number>): Promise<number> {
        let next = 0;
        for await (const item of items) {
          if (item !== next) throw new Error(`item ${item} came instead of ${next}`);
          next += 1;
        }
        return next;
      },
    },
  });
}

type Numbers = ReturnType<typeof numbers>;

export const streams: Scenario = async (world) => {
  const producers: Producers = new Map();
  await world.start('server', async (process) => {
    const server = await process.node({ streamTimeout: 20_000 });
    await server.peer.exposeService(numbers(process, producers));
  });
  const client = await world.node('client', { reconnectDelay: 100, requestTimeout: 20_000, streamTimeout: 20_000 });
  const peer = await connected(world, 'client', () => client.connect('sim:server', { maxReconnectAttempts: 1_000 }));
  const remote = await peer.queryInterface<Numbers>('numbers');
  const down = async (): Promise<void> => {
    const to = world.random.integer(1, 300);
    // Some are left half-way.
    const until = world.random.chance(0.3) ? world.random.integer(0, to) : Infinity;
    let next = 0;
    try {
      for await (const { at } of await remote.count(to, world.random.integer(0, 3_000))) {
        if (at !== next) throw new Error(`item ${at} came instead of ${next}`);
        next += 1;
        if (next > until) return;
        if (world.random.chance(0.02)) await world.sleep(world.random.integer(1, 500));
      }
    } catch (error) {
      return lost(world, error);
    }
    if (next !== to) throw new Error(`the stream ended after ${next} of ${to} items`);
  };
  const up = async (): Promise<void> => {
    const to = world.random.integer(1, 300);
    let given = 0;
    let ended = false;
    async function* items(): AsyncGenerator<number> {
      try {
        for (; given < to; given += 1) {
          if (given % 20 === 19) await world.sleep(10);
          yield given;
        }
      } finally {
        ended = true;
      }
    }
    try {
      const count = await remote.collect(items());
      if (count !== to) throw new Error(`${count} of ${to} items arrived`);
    } catch (error) {
      lost(world, error);
    }
    await world.sleep(25_000);
    if (given > 0 && !ended) throw new Error(`the producer of ${to} items was forgotten after ${given}`);
  };
  await world.wait(
    'the streams',
    Promise.all([down(), down(), up(), world.sleep(2_000).then(down), world.sleep(4_000).then(up)]),
  );
  world.calm();
  await world.sleep(recovery);
  for (const [process, count] of producers) {
    if (process.alive && count !== 0) throw new Error(`${count} producers of ${process.name} go on`);
  }
  peer.releaseInterface(remote);
  await world.sleep(1_000);
  checkNothingOpen(world);
};

/** A loss of the connection is told as such; without a fault there is none. */
function lost(world: World, error: unknown): void {
  const { code } = error as NetronError;
  if (world.faults.length === 0 || !['unavailable', 'unknown_outcome', 'deadline_exceeded'].includes(code)) throw error;
}

/** No stream, no reference and no call is left between peers. */
export function checkNothingOpen(world: World): void {
  for (const name of ['server', 'client']) {
    const [node] = world.process(name).nodes;
    for (const peer of node?.peers.values() ?? []) {
      const { callsSent, callsRunning } = peer.load;
      const open = peer.streams.length + peer.references.length + callsSent + callsRunning;
      if (open === 0) continue;
      const list = [...peer.streams, ...peer.references].map((left) => JSON.stringify(left)).join(', ');
      throw new Error(
        `${name} has ${open} things open with ${peer.id}: ${callsSent} calls sent, ${callsRunning} running, ${list}`,
      );
    }
  }
}
