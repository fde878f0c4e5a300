/** Streams of calls within the process and of edges, when their node drains and stops. */
import { describe, expect, it } from 'vitest';
import { defineService, Netron } from '../../src/index.js';
import { quiet } from './nodes.js';
import { VirtualClock } from './virtual-clock.js';

type Stream = AsyncGenerator<number>;

async function feed() {
  const clock = new VirtualClock();
  const state = { open: 0, wake: () => {} };
  const node = await Netron.create({ logger: quiet, clock });
  await node.peer.exposeService(
    defineService({
      name: 'feed@1.0.0',
      methods: {
        /** Gives one item at once, each other when it is woken. */
        async *count() {
          state.open += 1;
          try {
            for (let item = 1; ; item += 1) {
              yield item;
              await new Promise<void>((resolve) => {
                state.wake = resolve;
              });
            }
          } finally {
            state.open -= 1;
          }
        },
      },
    }),
  );
  const ways: Record<string, () => Promise<Stream>> = {
    'by a call': async () => (await node.peer.call('feed', 'count')) as Stream,
    'by a proxy': async () => {
      const proxy = await node.peer.queryInterface<{ count(): Stream }>('feed');
      return proxy.count() as unknown as Stream;
    },
    'by an edge': async () => {
      const caller = { id: 'a', identity: undefined, transport: 'test' } as never;
      return (await node.dispatch({ service: 'feed', method: 'count', caller })) as Stream;
    },
  };
  return { clock, state, node, ways };
}

describe.each(['by a call', 'by a proxy', 'by an edge'])('a stream that is read within the process, %s', (way) => {
  it('is under way until it has ended, and waited for', async () => {
    const { node, state, ways } = await feed();
    const stream = await ways[way]!();
    expect(node.underWay).toEqual([]);
    expect(await stream.next()).toEqual({ done: false, value: 1 });
    expect(node.underWay).toEqual(['feed.count']);
    let drained = false;
    const draining = node.drain().then(() => {
      drained = true;
    });
    const second = stream.next();
    state.wake();
    expect(await second).toEqual({ done: false, value: 2 });
    expect(drained).toBe(false);
    await stream.return(undefined);
    await draining;
    expect([node.unfinished, node.underWay, state.open]).toEqual([0, [], 0]);
    await node.stop();
  });

  it('fails when the time of the stop is up, and its method ends', async () => {
    const { clock, node, state, ways } = await feed();
    const stream = await ways[way]!();
    await stream.next();
    const waiting = stream.next().catch((error: unknown) => error);
    const stopping = node.stop({ timeout: 100 });
    await clock.advance(100);
    await stopping;
    expect(node.unfinished).toBe(1);
    expect(await waiting).toMatchObject({ code: 'canceled', message: 'the node was stopped' });
    expect(await stream.next()).toEqual({ done: true, value: undefined });
    state.wake();
    await new Promise((resolve) => setImmediate(resolve));
    expect(state.open).toBe(0);
  });

  it('fails at the next step, when nobody was reading', async () => {
    const { clock, node, state, ways } = await feed();
    const stream = await ways[way]!();
    await stream.next();
    const stopping = node.stop({ timeout: 100 });
    await clock.advance(100);
    await stopping;
    expect(await stream.next().catch((error: unknown) => error)).toMatchObject({ code: 'canceled' });
    expect([await stream.next(), state.open]).toEqual([{ done: true, value: undefined }, 0]);
  });

  it('that was not begun keeps nobody waiting', async () => {
    const { node, ways } = await feed();
    await ways[way]!();
    await node.stop();
    expect(node.unfinished).toBe(0);
  });
});
