/** Nodes that are stopped and started anew, one after the other, under load: nobody notices, and streams go on elsewhere. */
import { memoryDiscovery } from '../../src/discovery.js';
import { defineService, type Netron } from '../../src/index.js';
import type { Scenario, SimulatedProcess } from '../../src/testing.js';
import { follow, type Numbers, numbersOf } from './resuming.js';

/** @param restarts of one run */
export const rolling =
  (restarts: number): Scenario =>
  async (world) => {
    const effects = new Map<string, number>();
    let failure: string | undefined;
    world.always('a call has one effect', () => failure ?? true);
    /** Each node has a backend of its own. */
    const options = () => ({ discovery: [memoryDiscovery(world.registry)] });
    const makeServer = async (process: SimulatedProcess): Promise<Netron> => {
      const server = await process.node(options());
      const orders = defineService({
        name: 'orders@1.0.0',
        methods: {
          async place(id: string): Promise<string> {
            const count = (effects.get(id) ?? 0) + 1;
            effects.set(id, count);
            if (count > 1) failure ??= `${id} has ${count} effects`;
            await new Promise<void>((resolve) => process.clock.setTimeout(resolve, 30));
            return process.name;
          },
        },
      });
      await server.peer.exposeService(orders);
      await server.peer.exposeService(numbersOf(process));
      return server;
    };
    const names = ['a', 'b', 'c'];
    const servers = new Map<string, Netron>();
    for (const name of names) servers.set(name, await world.start(name, makeServer));
    const asked = new Map<string, number>();
    let over = false;
    const client = async (name: string): Promise<void> => {
      const node = await world.node(name, options());
      const orders = node.service<{ place(id: string): Promise<string> }>('orders@^1.0.0');
      let number = 0;
      const work = async (): Promise<void> => {
        while (!over) {
          number += 1;
          const id = `${name} ${number}`;
          const where = await world.wait(id, orders.place(id));
          if (effects.get(id) !== 1) throw new Error(`${id} has ${effects.get(id)} effects`);
          asked.set(where, (asked.get(where) ?? 0) + 1);
          await world.sleep(world.random.integer(1, 60));
        }
      };
      const numbers = node.service<Numbers>('numbers');
      const read = (): Promise<number> => follow(numbers, () => over);
      const [first, second] = await Promise.all([read(), read(), work(), work(), work()]);
      if (Math.min(first, second) < 4 * restarts) throw new Error(`only ${first} and ${second} items were read`);
    };
    const roll = async (): Promise<void> => {
      await world.sleep(2_000);
      for (let restart = 0; restart < restarts; restart += 1) {
        const name = names[restart % names.length] as string;
        await world.wait(`${name} stops`, (servers.get(name) as Netron).stop());
        await world.sleep(world.random.integer(1, 500));
        servers.set(name, await makeServer(world.process(name)));
        await world.sleep(world.random.integer(500, 2_000));
      }
      over = true;
    };
    await Promise.all([roll(), client('one'), client('two')]);
    for (const name of names) if ((asked.get(name) ?? 0) === 0) throw new Error(`${name} was never asked`);
  };
