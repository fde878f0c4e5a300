/** First calls by the name of a service, with a stop right behind them: finished or refused, never lost. */
import { describe, expect, it } from 'vitest';
import { defineService, outcomeOf } from '../../src/index.js';
import { discovered, UserService } from './discovered.js';
import { failure, nodes, transports } from './nodes.js';

function worker() {
  let ran = 0;
  const service = defineService({
    name: 'worker@1.0.0',
    methods: {
      async work(text: string) {
        ran += 1;
        await new Promise((resolve) => setImmediate(resolve));
        return text;
      },
      async *items() {
        yield 1;
        yield 2;
      },
    },
  });
  return { service, ran: () => ran };
}

describe('a first call of a service, with a stop right behind it', () => {
  const stops = {
    'of its own node': ['client'],
    'of the other node': ['server'],
    'of both': ['client', 'server'],
  } as const;
  for (const transport of transports)
    it.each(Object.entries(stops))(`over ${transport}, %s, is finished, and so is a stream`, async (_, ending) => {
      const { service, ran } = worker();
      const patient = { stopTimeout: 60_000 };
      await using pair = await nodes({ transport, services: [service], server: patient, client: patient });
      const remote = pair.client.service<typeof service>('worker');
      const read = async () => {
        const items: number[] = [];
        for await (const item of remote.items()) items.push(item);
        return items;
      };
      const [call, stream] = [remote.work('done'), read()];
      const stopped = Promise.all(ending.map((which) => pair[which].stop()));
      expect([await call, await stream, ran()]).toEqual(['done', [1, 2], 1]);
      await stopped;
    });

  it.each(Object.entries(stops))('%s that waits for nothing fails with a code, and never runs unnoticed', async (_, ending) => {
    const { service, ran } = worker();
    await using pair = await nodes({ services: [service] });
    const error = failure(pair.client.service<typeof service>('worker').work('done'));
    await Promise.all(ending.map((which) => pair[which].stop()));
    const outcome = outcomeOf((await error) as Error);
    expect(await error).toMatchObject({ code: outcome === 'not_run' ? 'unavailable' : 'unknown_outcome' });
    if (outcome === 'not_run') expect(ran()).toBe(0);
  });

  it('that still looks for a node is refused, and has not run', async () => {
    await using set = discovered();
    const client = await set.create('client');
    const server = await set.create('server');
    let ran = 0;
    class Counted extends UserService {
      override getUser(id: string) {
        ran += 1;
        return super.getUser(id);
      }
    }
    await server.peer.exposeService(new Counted());
    const error = failure(client.service<UserService>('nobody').getUser('1'));
    await client.stop();
    expect(await set.clock.settle(error)).toMatchObject({ code: 'unavailable', message: expect.stringContaining('stopped') });
    expect([outcomeOf((await error) as Error), ran]).toEqual(['not_run', 0]);
  });
});
