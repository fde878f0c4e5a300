/** A shop and its client, whose conversation outlives connections. */
import { defineService, keep, MemoryTransport, Netron, type NetronOptions } from '../../src/index.js';
import { quiet, until } from './nodes.js';

/** A service with calls that have effects, wait, stream and call back. */
export function shop() {
  const effects = new Map<number, number>();
  let answer: (() => void) | undefined;
  const service = defineService({
    name: 'shop@1.0.0',
    methods: {
      order(id: number): number {
        effects.set(id, (effects.get(id) ?? 0) + 1);
        return id;
      },
      wait: () => new Promise<string>((resolve) => (answer = () => resolve('answered'))),
      async *count(to: number) {
        for (let at = 0; at < to; at += 1) {
          await null;
          yield at;
        }
      },
      async *endless() {
        for (let at = 0; ; at += 1) {
          await new Promise<void>((resolve) => setImmediate(resolve));
          yield at;
        }
      },
      twice: async (tell: (text: string) => Promise<string>) => {
        keep(tell);
        return async () => (await tell('a')) + (await tell('b'));
      },
    },
  });
  return { service, effects, answer: () => answer?.() };
}
export type Shop = ReturnType<typeof shop>['service'];

interface PairOptions {
  readonly server?: NetronOptions;
  readonly client?: NetronOptions;
}

/** Two nodes of which one is connected to the other with a session. */
export async function pair({ server: serverOptions, client: clientOptions }: PairOptions = {}) {
  const memory = new MemoryTransport();
  const sold = shop();
  const common: NetronOptions = { logger: quiet, additionalTransports: [memory], stopTimeout: 0 };
  const server = await Netron.create({
    ...{ ...common, id: 'server', remoteEvents: true, transports: { memory: { name: 'a' } } },
    ...serverOptions,
  });
  await server.peer.exposeService(sold.service);
  const client = await Netron.create({ ...common, id: 'client', reconnectDelay: 1, ...clientOptions });
  const peer = await client.connect('memory:a', { session: true });
  const remote = await peer.queryInterface<Shop>('shop');
  await until(() => server.peers.size === 1);
  return {
    ...{ memory, ...sold, server, client, peer, remote },
    async [Symbol.asyncDispose]() {
      await Promise.all([client.stop(), server.stop()]);
    },
  };
}
