/** A stream of numbers over a session whose connection is lost again and again. */
import { defineService, MemoryTransport, Netron, type NetronOptions } from '../../src/index.js';
import { quiet } from './nodes.js';

/** Numbers of one run. */
export interface Drops {
  /** Items that came, each in its place. */
  readonly items: number;
  /** Connections that were lost. */
  readonly drops: number;
  /** Streams and calls that are left at both ends afterwards. */
  readonly left: number;
}

/**
 * Reads `items` numbers and loses the connection `cuts` times meanwhile.
 *
 * @throws Error when a number is not the one that follows
 */
export async function drops(items: number, cuts: number): Promise<Drops> {
  const memory = new MemoryTransport();
  const common: NetronOptions = { logger: quiet, additionalTransports: [memory] };
  const server = await Netron.create({ ...common, id: 'server', transports: { memory: { name: 'a' } } });
  const numbers = defineService({
    name: 'numbers@1.0.0',
    methods: {
      async *count(to: number) {
        for (let at = 0; at < to; at += 1) yield at;
      },
    },
  });
  await server.peer.exposeService(numbers);
  const client = await Netron.create({ ...common, id: 'client', reconnectDelay: 0 });
  const peer = await client.connect('memory:a', { session: true });
  let lost = 0;
  let goOn = (): void => {};
  peer.on('resumed', () => {
    lost += 1;
    goOn();
  });
  const remote = await peer.queryInterface<typeof numbers>('numbers');
  const every = items / cuts;
  let next = 0;
  for await (const item of await remote.count(items)) {
    if (item !== next) throw new Error(`item ${item} came instead of ${next}`);
    next += 1;
    if (next % every !== Math.floor(every / 2)) continue;
    const resumed = new Promise<void>((resolve) => {
      goOn = resolve;
    });
    peer.link?.connection.terminate();
    await resumed;
  }
  const left = [...client.peers.values(), ...server.peers.values()].reduce(
    (sum, { load, streams }) => sum + load.callsSent + load.callsRunning + load.callsWaiting + streams.length,
    0,
  );
  await Promise.all([client.stop(), server.stop()]);
  return { items: next, drops: lost, left };
}
