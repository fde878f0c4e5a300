/** Breaker, bulkhead and retry in front of a service that fails from time to time. */
import { defineService, type Handler, NetronError, type NetronOptions } from '../../src/index.js';
import { breaker, bulkhead, retry } from '../../src/resilience.js';
import type { FaultPlan, Scenario } from '../../src/testing.js';
import { connected } from './calls.js';

export const resilienceFaults: FaultPlan = {
  most: 4,
  within: 20_000,
  longest: 3_000,
  kinds: ['cut', 'slow', 'partition', 'pause', 'jump'],
};

const consecutive = 3;
const resetTimeout = 2_000;
const concurrent = 4;

export const resilience: Scenario = async (world) => {
  let broken = false;
  await world.start('server', async (process) => {
    const server = await process.node();
    const flaky = defineService({
      name: 'flaky@1.0.0',
      methods: {
        async work(ms: number): Promise<string> {
          await new Promise<void>((resolve) => process.clock.setTimeout(resolve, ms));
          if (broken) throw new NetronError('internal', 'broken');
          return 'done';
        },
      },
    });
    await server.peer.exposeService(flaky);
  });
  type Flaky = { work(ms: number): Promise<string> };
  const process = await world.start('client', async (started) => started);
  const seen = { asked: 0, attempts: 0, active: 0, inRow: 0, failedAt: 0, probedAt: -resetTimeout, failures: 0, successes: 0 };
  let failure: string | undefined;
  world.always('policies keep what they promise', () => failure ?? true);
  /** Stands behind all policies: sees what they let through. */
  const inside =
    (next: Handler): Handler =>
    async (call) => {
      // The breaker hears of a failure after this, in the same moment: what was let in before is no probe.
      const probing = seen.inRow >= consecutive && world.clock.now() > seen.failedAt;
      // One that takes longer than the breaker's time, as in a process that stands still, is followed by another.
      if (probing && seen.active > 0 && world.clock.now() < seen.probedAt + resetTimeout)
        failure ??= 'a circuit that is half open lets two calls through';
      if (probing) seen.probedAt = world.clock.now();
      seen.active += 1;
      seen.attempts += 1;
      if (seen.active > concurrent) failure ??= `${seen.active} calls at a time`;
      try {
        const result = await next(call);
        seen.inRow = 0;
        seen.successes += 1;
        return result;
      } catch (error) {
        seen.inRow += 1;
        seen.failedAt = world.clock.now();
        seen.failures += 1;
        throw error;
      } finally {
        seen.active -= 1;
      }
    };
  const options: NetronOptions = {
    reconnectDelay: 100,
    requestTimeout: 2_000,
    middleware: {
      outgoing: [
        retry({ attempts: 2, initialDelay: 20, idempotent: true, random: world.random.number }),
        bulkhead({ concurrent, queue: 3 }),
        breaker({ consecutive, resetTimeout, volume: 1_000, clock: process.clock }),
        inside,
      ],
    },
  };
  const node = await process.node(options);
  const peer = await connected(world, 'client', () => node.connect('sim:server', { maxReconnectAttempts: 1_000 }));
  const remote = await peer.queryInterface<Flaky>('flaky');
  const refused = ['internal', 'unavailable', 'deadline_exceeded', 'unknown_outcome', 'resource_exhausted'];
  const ask = async (): Promise<boolean> => {
    seen.asked += 1;
    try {
      return (await remote.work(world.random.integer(1, 150))) === 'done';
    } catch (error) {
      if (!refused.includes((error as NetronError).code)) throw error;
      return false;
    }
  };
  const breakAndMend = async (): Promise<void> => {
    for (let round = 0; round < 4; round += 1) {
      await world.sleep(world.random.integer(500, 4_000));
      broken = true;
      await world.sleep(world.random.integer(500, 4_000));
      broken = false;
    }
  };
  let over = false;
  const mending = breakAndMend().then(() => {
    over = true;
  });
  const load = async (): Promise<void> => {
    while (!over) {
      await ask();
      await world.sleep(world.random.integer(0, 200));
    }
  };
  await world.wait('the load', Promise.all([mending, ...Array.from({ length: 6 }, load)]));
  // Repeats are paid for by successes: a tenth, and a few that need none.
  if (seen.attempts > seen.asked + 0.1 * seen.successes + 10 * Math.ceil(world.clock.now() / 10_000)) {
    throw new Error(`${seen.attempts} attempts for ${seen.asked} calls, ${seen.successes} of which succeeded`);
  }
  world.calm();
  await world.sleep(60_000);
  // What was open closes when the service works again, and nothing is held for ever.
  for (let attempt = 0; attempt < 3; attempt += 1) {
    await ask();
    await world.sleep(resetTimeout);
  }
  const answers = await Promise.all(Array.from({ length: concurrent }, ask));
  if (answers.includes(false)) throw new Error('calls are still refused when everything works again');
};
