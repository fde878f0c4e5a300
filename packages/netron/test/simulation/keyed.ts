/** Calls with an idempotency key, repeated until they succeed: one effect each, whoever else uses the same keys. */
import {
  type Clock,
  defineService,
  type IdempotencyStore,
  idempotency,
  MemoryIdempotencyStore,
  type NetronError,
  withOptions,
} from '../../src/index.js';
import { retry } from '../../src/resilience.js';
import type { FaultPlan, Scenario } from '../../src/testing.js';
import { connected, recovery } from './calls.js';

export const keyedFaults: FaultPlan = {
  most: 5,
  within: 15_000,
  longest: 3_000,
  kinds: ['cut', 'cut', 'silence', 'clog', 'slow', 'partition', 'pause', 'jump'],
};

/** Parts that a test may replace. */
export interface Keyed {
  store?: (clock: Clock) => IdempotencyStore;
  caller?: () => string;
}

export function keyed({ store: makeStore, caller }: Keyed = {}): Scenario {
  return async (world) => {
    const effects = new Map<string, number>();
    world.always('a key has at most one effect', () => {
      for (const [key, count] of effects) if (count > 1) return `${key} has ${count}`;
      return true;
    });
    await world.start('server', async (process) => {
      const store = makeStore?.(process.clock) ?? new MemoryIdempotencyStore({ clock: process.clock });
      const server = await process.node({ middleware: { incoming: [idempotency({ store, ...(caller && { caller }) })] } });
      const shop = defineService({
        name: 'shop@1.0.0',
        methods: {
          async order(client: string, item: number): Promise<string> {
            const key = `${client} ${item}`;
            effects.set(key, (effects.get(key) ?? 0) + 1);
            await new Promise<void>((resolve) => process.clock.setTimeout(resolve, 20 + 100 * (item % 15)));
            return `${key} ordered`;
          },
        },
      });
      await server.peer.exposeService(shop);
    });
    type Shop = { order(client: string, item: number): Promise<string> };
    const client = async (name: string): Promise<void> => {
      const process = await world.start(name, async (started) => started);
      const again = retry({ attempts: 20, initialDelay: 200, budget: Infinity, idempotent: true, random: world.random.number });
      const node = await process.node({ reconnectDelay: 100, middleware: { outgoing: [again] } });
      const peer = await connected(world, name, () => node.connect('sim:server', { maxReconnectAttempts: 1_000 }));
      const remote = await peer.queryInterface<Shop>('shop');
      for (let item = 1; item <= 15; item += 1) {
        // Both clients count from 1: equal keys of different callers are different.
        const call = withOptions(remote, { idempotencyKey: `item ${item}`, timeout: 60_000 }).order(name, item);
        try {
          const answer = await world.wait(`${name}: item ${item}`, call);
          if (answer !== `${name} ${item} ordered`) throw new Error(`${name} was told: ${answer}`);
        } catch (error) {
          if (!['deadline_exceeded', 'unknown_outcome', 'unavailable'].includes((error as NetronError).code)) throw error;
        }
        const count = effects.get(`${name} ${item}`) ?? 0;
        if (count > 1) throw new Error(`${name} ${item} has ${count} effects`);
        await world.sleep(world.random.integer(0, 500));
      }
    };
    await Promise.all([client('one'), client('two')]);
    world.calm();
    await world.sleep(recovery);
    for (const name of ['one', 'two']) {
      for (let item = 1; item <= 15; item += 1) {
        if (effects.get(`${name} ${item}`) === undefined) throw new Error(`${name} ${item} was never ordered`);
      }
    }
  };
}
