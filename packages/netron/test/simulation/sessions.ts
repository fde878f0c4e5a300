/** Sessions under faults: calls finish once, streams, subscriptions and references go on, as if nothing had happened. */
import { defineService, keep } from '../../src/index.js';
import type { FaultPlan, Scenario } from '../../src/testing.js';
import { checkNothingOpen } from './streams.js';

export const sessionFaults: FaultPlan = {
  most: 6,
  within: 15_000,
  longest: 5_000,
  kinds: ['cut', 'cut', 'cut', 'silence', 'clog', 'partition', 'slow', 'pause', 'jump'],
};

type Tell = ((text: string) => Promise<string>) & Disposable;

export const sessions: Scenario = async (world) => {
  const effects = new Map<number, number>();
  let failure: string | undefined;
  world.always('nothing is lost, doubled or out of order', () => failure ?? true);
  let emitted = 0;
  let feeding = true;
  await world.start('server', async (process) => {
    const server = await process.node({ remoteEvents: true, requestTimeout: 300_000, heartbeatInterval: 5_000 });
    let kept: Tell | undefined;
    const shop = defineService({
      name: 'shop@1.0.0',
      methods: {
        order(id: number): number {
          effects.set(id, (effects.get(id) ?? 0) + 1);
          if ((effects.get(id) as number) > 1) failure ??= `order ${id} has ${effects.get(id)} effects`;
          return id;
        },
        async slow(id: number, ms: number): Promise<number> {
          effects.set(id, (effects.get(id) ?? 0) + 1);
          if ((effects.get(id) as number) > 1) failure ??= `order ${id} has ${effects.get(id)} effects`;
          await new Promise<void>((resolve) => process.clock.setTimeout(resolve, ms));
          return id;
        },
        async *count(to: number, size: number) {
          for (let at = 0; at < to; at += 1) {
            if (at % 10 === 9) await new Promise<void>((resolve) => process.clock.setTimeout(resolve, 100));
            yield { at, text: 'x'.repeat(size) };
          }
        },
        async collect(items: AsyncIterable<number>): Promise<number> {
          let next = 0;
          for await (const item of items) {
            if (item !== next) failure ??= `item ${item} came instead of ${next}`;
            next += 1;
          }
          return next;
        },
        async *bytes(chunks: number) {
          for (let at = 0; at < chunks; at += 1) {
            await new Promise<void>((resolve) => process.clock.setTimeout(resolve, 200));
            yield new Uint8Array(20_000).fill(at);
          }
        },
        keep(tell: Tell): void {
          kept = tell;
          keep(tell);
        },
        ask: async (text: string): Promise<string> => (kept as Tell)(text),
        drop(): void {
          kept?.[Symbol.dispose]();
          kept = undefined;
        },
      },
    });
    await server.peer.exposeService(shop);
    const tick = (): void => {
      if (!feeding) return;
      emitted += 1;
      server.publish('tick', emitted);
      process.clock.setTimeout(tick, 250, true);
    };
    process.clock.setTimeout(tick, 250, true);
  });
  type Shop = {
    order(id: number): number;
    slow(id: number, ms: number): Promise<number>;
    count(to: number, size: number): AsyncIterable<{ at: number; text: string }>;
    collect(items: AsyncIterable<number>): Promise<number>;
    bytes(chunks: number): AsyncIterable<Uint8Array>;
    keep(tell: Tell): void;
    ask(text: string): Promise<string>;
    drop(): void;
  };
  const client = await world.node('client', { reconnectDelay: 200, requestTimeout: 300_000, heartbeatInterval: 5_000 });
  const peer = await world.wait('connect', client.connect('sim:server', { maxReconnectAttempts: 1_000, session: true }));
  const { link } = peer;
  const remote = await peer.queryInterface<Shop>('shop');
  const heard = { first: 0, last: 0 };
  const end = await peer.subscribe('tick', (data) => {
    const tick = data as number;
    heard.first ||= tick;
    if (heard.last !== 0 && tick !== heard.last + 1) failure ??= `event ${tick} came after ${heard.last}`;
    heard.last = tick;
  });
  let told = 0;
  await remote.keep((async (text: string) => {
    told += 1;
    return text.toUpperCase();
  }) as unknown as Tell);
  let id = 0;
  const order = async (): Promise<void> => {
    for (let round = 0; round < 15; round += 1) {
      id += 1;
      const own = id;
      const call = world.random.chance(0.5) ? remote.order(own) : remote.slow(own, world.random.integer(1, 3_000));
      const answer = await world.wait(`order ${own}`, call as PromiseLike<number>);
      if (answer !== own || effects.get(own) !== 1) throw new Error(`order ${own}: ${answer}, ${effects.get(own)} effects`);
      await world.sleep(world.random.integer(0, 1_000));
    }
  };
  const down = async (): Promise<void> => {
    const to = world.random.integer(100, 400);
    let next = 0;
    for await (const { at } of await remote.count(to, world.random.integer(0, 2_000))) {
      if (at !== next) throw new Error(`item ${at} came instead of ${next}`);
      next += 1;
      if (world.random.chance(0.02)) await world.sleep(world.random.integer(1, 300));
    }
    if (next !== to) throw new Error(`the stream ended after ${next} of ${to} items`);
  };
  const up = async (): Promise<void> => {
    async function* numbers(): AsyncGenerator<number> {
      for (let at = 0; at < 200; at += 1) {
        if (at % 10 === 9) await world.sleep(500);
        yield at;
      }
    }
    const count = await remote.collect(numbers());
    if (count !== 200) throw new Error(`${count} of 200 items arrived`);
  };
  const bytes = async (): Promise<void> => {
    let next = 0;
    for await (const chunk of await remote.bytes(50)) {
      if (Buffer.compare(chunk, Buffer.alloc(20_000, next)) !== 0) throw new Error(`chunk ${next} is wrong`);
      next += 1;
    }
    if (next !== 50) throw new Error(`${next} of 50 chunks arrived`);
  };
  const ask = async (): Promise<void> => {
    for (let round = 1; round <= 10; round += 1) {
      const answer = await remote.ask('x');
      if (answer !== 'X' || told !== round) throw new Error(`asked ${round} times: ${answer}, told ${told} times`);
      await world.sleep(1_500);
    }
  };
  await world.wait('the work', Promise.all([order(), order(), down(), down(), up(), bytes(), ask()]));
  world.calm();
  await world.sleep(30_000);
  feeding = false;
  await world.sleep(1_000);
  if (peer.link !== link || peer.state !== 'ready') throw new Error(`the conversation did not go on (${peer.state})`);
  if (heard.last !== emitted) throw new Error(`of ${emitted} events ${heard.last} came`);
  await end();
  await remote.drop();
  peer.releaseInterface(remote);
  await world.sleep(1_000);
  checkNothingOpen(world);
};
