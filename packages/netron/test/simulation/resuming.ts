/** Streams that go on at other nodes, whatever happens to those that send them: in order, nothing lost, nothing doubled. */
import { memoryDiscovery } from '../../src/discovery.js';
import { defineService, getCallContext, type Netron, Resumable, tracked, withAnnotations } from '../../src/index.js';
import type { FaultPlan, Scenario, SimulatedProcess } from '../../src/testing.js';

export const resumingFaults: FaultPlan = {
  kinds: ['restart', 'restart', 'restart', 'cut', 'cut', 'silence', 'slow', 'pause', 'partition'],
  most: 6,
  within: 20_000,
  longest: 5_000,
  spare: ['client'],
};

/** A log that all nodes can read: the number after each position, one every 200 ms. */
export function numbersOf(process: SimulatedProcess) {
  return defineService({
    name: 'numbers@1.0.0',
    methods: {
      follow: withAnnotations(async function* (): AsyncGenerator<{ readonly position: number; readonly value: string }> {
        const { resumeFrom = -1 } = getCallContext();
        for (let number = Number(resumeFrom) + 1; ; number += 1) {
          await new Promise<void>((resolve) => process.clock.setTimeout(resolve, 200));
          yield tracked(number, `number ${number}`);
        }
      }, Resumable(true)),
    },
  });
}

export type Numbers = ReturnType<typeof numbersOf>;

/** Reads until `over`; returns how many items came. */
export async function follow(
  numbers: { follow(): AsyncIterable<{ readonly position: number; readonly value: string }> },
  over: () => boolean,
): Promise<number> {
  let next = 0;
  for await (const { position, value } of await numbers.follow()) {
    if (position !== next || value !== `number ${position}`) throw new Error(`'${value}' came instead of number ${next}`);
    next += 1;
    if (over()) break;
  }
  return next;
}

export const resuming: Scenario = async (world) => {
  /** Each node has a backend of its own. */
  const options = () => ({ discovery: [memoryDiscovery(world.registry)], heartbeatInterval: 2_000 });
  const server = async (process: SimulatedProcess): Promise<Netron> => {
    const node = await process.node(options());
    await node.peer.exposeService(numbersOf(process));
    return node;
  };
  for (const name of ['a', 'b', 'c']) await world.start(name, server);
  const client = await world.node('client', { ...options(), requestTimeout: 60_000 });
  const numbers = client.service<Numbers>('numbers', { timeout: 60_000 });
  let over = false;
  const readers = Promise.all([1, 2, 3].map(() => follow(numbers as never, () => over)));
  // Its failure is the run's, as soon as it is there.
  readers.catch((error: unknown) => world.fail(error));
  await world.sleep(25_000);
  world.calm();
  await world.sleep(20_000);
  over = true;
  for (const [reader, read] of (await world.wait('the streams', readers)).entries()) {
    if (read < 50) throw new Error(`reader ${reader} got ${read} items`);
  }
};
