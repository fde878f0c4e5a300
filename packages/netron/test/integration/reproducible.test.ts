/** A node takes time, chance and turns from its options alone: the same seed gives the same bytes on both ends. */
import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import {
  type Connection,
  defineService,
  events,
  MemoryNetwork,
  MemoryTransport,
  Netron,
  NetronError,
  type NetronOptions,
  timeout,
} from '../../src/index.js';
import { SeededRandom, VirtualClock, VirtualScheduler } from '../../src/testing.js';
import type { ConnectOptions, ListenOptions, Server, Transport } from '../../src/transport/transport.js';

/** Writes down what each end sends. */
class RecordingTransport implements Transport {
  readonly name = 'memory';
  readonly schemes = ['memory'];
  readonly #inner: MemoryTransport;
  readonly #log: string[];
  readonly supports;

  constructor(inner: MemoryTransport, log: string[]) {
    this.#inner = inner;
    this.#log = log;
    this.supports = inner.supports;
  }

  async connect(url: string, options?: ConnectOptions): Promise<Connection> {
    return this.#recorded(await this.#inner.connect(url, options), 'client');
  }

  async listen(at?: number | string, options?: ListenOptions): Promise<Server> {
    const server = await this.#inner.listen(at, options);
    const accept = server.accept.bind(server);
    server.accept = (onConnection) => accept((connection) => onConnection(this.#recorded(connection, 'server')));
    return server;
  }

  #recorded(connection: Connection, end: string): Connection {
    const send = connection.send.bind(connection);
    connection.send = (message) => {
      this.#log.push(`${end} ${Buffer.from(message).toString('hex')}`);
      return send(message);
    };
    const close = connection.close.bind(connection);
    connection.close = (code, reason) => {
      this.#log.push(`${end} closes ${code} ${reason}`);
      close(code, reason);
    };
    return connection;
  }
}

/** Talks about everything there is; returns what both ends have sent. */
async function conversation(seed: number): Promise<string[]> {
  const log: string[] = [];
  const scheduler = new VirtualScheduler();
  const clock = new VirtualClock(0, scheduler);
  const transport = new RecordingTransport(new MemoryTransport(new MemoryNetwork()), log);
  const chance = new SeededRandom(seed);
  const optionsOf = (name: string): NetronOptions => ({
    additionalTransports: [transport],
    clock,
    scheduler,
    random: chance.fork(name).number,
    randomBytes: chance.fork(name).bytes,
    allowServiceEvents: true,
    logLevel: 'silent',
  });
  const shop = defineService({
    name: 'shop@1.0.0',
    events: events<{ sold: { item: number } }>(),
    methods: {
      add: (a: number, b: number) => a + b,
      late: () => new Promise<number>((resolve) => clock.setTimeout(() => resolve(7), 1_000)),
      never: () => new Promise<void>(() => {}),
      fail(code: string): void {
        throw new NetronError('failed_precondition', `refused: ${code}`, { details: { code } });
      },
      async *count(to: number) {
        for (let at = 0; at < to; at += 1) yield { at, text: 'x'.repeat(at) };
      },
      async sum(numbers: AsyncIterable<number>) {
        let sum = 0;
        for await (const number of numbers) sum += number;
        return sum;
      },
      sell(item: number): void {
        (this as unknown as { emit(event: string, data: object): void }).emit('sold', { item });
      },
      each: async (tell: (item: number) => Promise<number>) => [await tell(1), await tell(2)],
    },
  });
  const run = async (): Promise<void> => {
    const server = await Netron.create({ ...optionsOf('server'), transports: { memory: { name: 'server' } } });
    await server.peer.exposeService(shop);
    const client = await Netron.create({ ...optionsOf('client'), middleware: { outgoing: [timeout(5_000)] } });
    const peer = await client.connect('memory:server');
    const remote = await peer.queryInterface<typeof shop>('shop');
    const sold: number[] = [];
    await remote.on('sold', ({ item }) => void sold.push(item));
    expect(await Promise.all([remote.add(1, 2), remote.add(3, 4), remote.late()])).toEqual([3, 7, 7]);
    await expect(remote.fail('stock')).rejects.toMatchObject({ code: 'failed_precondition', details: { code: 'stock' } });
    const texts: string[] = [];
    for await (const { text } of await remote.count(300)) texts.push(text);
    expect(texts).toHaveLength(300);
    expect(
      await remote.sum(
        (async function* () {
          yield* [1, 2, 3];
        })(),
      ),
    ).toBe(6);
    expect(await remote.each(async (item) => item * 2)).toEqual([2, 4]);
    await remote.sell(1);
    await expect(remote.never()).rejects.toMatchObject({ code: 'deadline_exceeded' });
    peer.link?.connection.terminate();
    await expect(remote.add(5, 6)).rejects.toMatchObject({ code: 'unknown_outcome' });
    expect(await remote.add(5, 6)).toBe(11);
    await remote.sell(2);
    expect(sold).toEqual([1, 2]);
    await client.stop();
    await server.stop();
  };
  await clock.settle(run());
  await scheduler.idle();
  log.push(`${clock.size} timers, ${scheduler.size} turns, ${clock.now()} ms`);
  return log;
}

const digest = (log: readonly string[]): string => createHash('sha256').update(log.join('\n')).digest('hex');

describe('a conversation over memory', () => {
  it('is identical, byte for byte, for equal seeds', async () => {
    const first = await conversation(1);
    expect(first.filter((line) => line.startsWith('client')).length).toBeGreaterThan(10);
    expect(first.filter((line) => line.startsWith('server')).length).toBeGreaterThan(10);
    expect(await conversation(1)).toEqual(first);
    // The order of the ids, the secrets and the time of the reconnect are the seed's.
    expect(digest(await conversation(2))).not.toBe(digest(first));
  });
});
