/** Functions and services as values, under faults: they are called while they are held, and given back when they are not. */
import { defineService, keep, type NetronError } from '../../src/index.js';
import type { FaultPlan, Scenario } from '../../src/testing.js';
import { connected, recovery } from './calls.js';
import { checkNothingOpen } from './streams.js';

export const referenceFaults: FaultPlan = {
  most: 3,
  within: 12_000,
  longest: 4_000,
  kinds: ['cut', 'clog', 'slow', 'partition', 'pause'],
};

type Tell = ((text: string) => Promise<string>) & Disposable;

function board() {
  const kept: Tell[] = [];
  return defineService({
    name: 'board@1.0.0',
    methods: {
      twice: async (tell: Tell): Promise<string> => (await tell('a')) + (await tell('b')),
      keep(tell: Tell): number {
        keep(tell);
        return kept.push(tell);
      },
      async all(): Promise<number> {
        let answers = 0;
        for (const tell of kept)
          answers += await tell('all').then(
            () => 1,
            () => 0,
          );
        return answers;
      },
      drop(): void {
        for (const tell of kept.splice(0)) tell[Symbol.dispose]();
      },
      /** A function of the server, for the client to call. */
      counter(): () => number {
        let count = 0;
        return () => {
          count += 1;
          return count;
        };
      },
    },
  });
}

type Board = ReturnType<typeof board>;

export const references: Scenario = async (world) => {
  await world.start('server', async (process) => {
    const server = await process.node();
    await server.peer.exposeService(board());
  });
  const client = await world.node('client', { reconnectDelay: 100, requestTimeout: 4_000 });
  const peer = await connected(world, 'client', () => client.connect('sim:server', { maxReconnectAttempts: 1_000 }));
  const remote = await peer.queryInterface<Board>('board');
  let told = 0;
  const tell = async (text: string): Promise<string> => {
    told += 1;
    return text.toUpperCase();
  };
  const attempt = async (work: () => Promise<unknown>): Promise<void> => {
    try {
      await work();
    } catch (error) {
      const { code } = error as NetronError;
      // A function of a connection that was lost is gone: the server says so.
      if (!['unavailable', 'unknown_outcome', 'deadline_exceeded', 'not_found', 'canceled'].includes(code)) throw error;
    }
  };
  let link: unknown;
  /** Times that the server keeps the function, on this connection. */
  let kept = 0;
  for (let round = 0; round < 8; round += 1) {
    if (peer.link !== link) kept = 0;
    link = peer.link;
    await attempt(async () => {
      const before = told;
      const answer = await remote.twice(tell as Tell);
      if (answer !== 'AB' || told !== before + 2) throw new Error(`twice gave ${answer} after ${told - before} calls`);
    });
    await attempt(async () => {
      await remote.keep(tell as Tell);
      if (peer.link === link) kept += 1;
    });
    await attempt(async () => {
      const answers = await remote.all();
      if (peer.link === link && answers < kept) throw new Error(`of ${kept} functions that are kept ${answers} answer`);
    });
    await attempt(async () => {
      const count = (await remote.counter()) as unknown as (() => Promise<number>) & Disposable;
      try {
        const first = await count();
        const second = await count();
        if (first !== 1 || second !== 2) throw new Error(`counted ${first}, ${second}`);
      } finally {
        count[Symbol.dispose]();
      }
    });
    await world.sleep(world.random.integer(100, 2_000));
  }
  world.calm();
  await world.sleep(recovery);
  await world.wait('drop', remote.drop());
  peer.releaseInterface(remote);
  await world.sleep(1_000);
  checkNothingOpen(world);
};
