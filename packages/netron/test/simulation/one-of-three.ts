/** A service of three nodes under even load, one of which stands still, is slow or cannot be reached. */
import { memoryDiscovery } from '../../src/discovery.js';
import { defineService, type Netron, type NetronError, type ServiceConnectOptions } from '../../src/index.js';
import type { SimulatedProcess, World } from '../../src/testing.js';

/** Milliseconds between two calls. */
const every = 20;
/** Milliseconds of load before the fault. */
export const before = 10_000;
/** Milliseconds that a call may take. */
export const deadline = 2_000;
export const servers = ['a', 'b', 'c'];

/** A call, as its caller saw it. */
export interface SeenCall {
  readonly began: number;
  /** Milliseconds from begin to end. */
  readonly took: number;
  /** Name of the node that answered. */
  readonly by: string | undefined;
  /** Code of its error. */
  readonly code: string | undefined;
}

/** A client and three nodes with the same service. */
export interface OneOfThree {
  readonly client: Netron;
  /** Calls that have ended. */
  readonly calls: readonly SeenCall[];
  /** Calls that each node has received, by its name. */
  readonly received: ReadonlyMap<string, number[]>;
  /** Calls every 20 ms for so long, and waits for their ends. */
  load(ms: number): Promise<void>;
  node(name: string): Netron;
}

/** Starts them. All nodes have a session for each connection, as services do by default. */
export async function startThree(world: World, options: ServiceConnectOptions = {}): Promise<OneOfThree> {
  const received = new Map<string, number[]>(servers.map((name) => [name, []]));
  const discovery = () => ({ discovery: [memoryDiscovery(world.registry)] });
  const serve = async (process: SimulatedProcess): Promise<Netron> => {
    const node = await process.node(discovery());
    const work = async (ms: number): Promise<string> => {
      received.get(process.name)?.push(world.clock.now());
      await new Promise<void>((resolve) => process.clock.setTimeout(resolve, ms));
      return process.name;
    };
    await node.peer.exposeService(defineService({ name: 'work@1.0.0', methods: { work } }));
    return node;
  };
  for (const name of servers) await world.start(name, serve);
  const client = await world.node('client', discovery());
  const remote = client.service<{ work(ms: number): Promise<string> }>('work', { timeout: deadline, ...options });
  await world.wait('the first call', remote.work(1));
  await world.sleep(1_000);
  const calls: SeenCall[] = [];
  const call = async (): Promise<void> => {
    const began = world.clock.now();
    const [by, code] = await remote.work(world.random.integer(5, 15)).then(
      (name) => [name, undefined] as const,
      (error: NetronError) => [undefined, error.code] as const,
    );
    calls.push({ began, took: world.clock.now() - began, by, code });
  };
  return {
    client,
    calls,
    received,
    node: (name) => world.process(name).nodes[0] as Netron,
    async load(ms) {
      const running: Promise<void>[] = [];
      for (const end = world.clock.now() + ms; world.clock.now() < end; ) {
        running.push(call());
        await world.sleep(every);
      }
      await world.wait('the calls', Promise.all(running));
    },
  };
}

/** The time that so many of the calls do not exceed. */
export function percentile(calls: readonly SeenCall[], share: number): number {
  const times = calls.map(({ took }) => took).sort((a, b) => a - b);
  return times[Math.min(times.length - 1, Math.floor(times.length * share))] as number;
}

/** Share of the calls that have failed. */
export function failed(calls: readonly SeenCall[]): number {
  return calls.filter(({ code }) => code !== undefined).length / calls.length;
}
