/** Streams of calls within the process and of edges, when their node drains and stops. */
import { describe, expect, it } from 'vitest';
import { defineService, getCallContext, Netron } from '../../src/index.js';
import { quiet } from './nodes.js';
import { VirtualClock } from './virtual-clock.js';

type Stream = AsyncGenerator<number>;

/** Gives one item at once, each other when it is woken. */
async function* count(state: { open: number; wake: () => void }): Stream {
  let woken = 0;
  let heard = () => {};
  state.wake = () => {
    woken += 1;
    heard();
  };
  state.open += 1;
  try {
    for (let item = 1; ; item += 1) {
      yield item;
      if (woken === 0) {
        await new Promise<void>((resolve) => {
          heard = resolve;
        });
      }
      woken -= 1;
    }
  } finally {
    state.open -= 1;
  }
}

/** Another form of a stream, whose items and end are those of `stream`. */
const forms: Record<string, (stream: Stream) => object> = {
  generator: (stream) => stream,
  iterable: (stream) => ({
    [Symbol.asyncIterator]: () => ({ next: () => stream.next(), return: () => stream.return(undefined) }),
  }),
  'web stream': (stream) =>
    new ReadableStream(
      {
        async pull(controller) {
          const { done, value } = await stream.next();
          if (done !== true) controller.enqueue(value);
        },
        cancel: () => void stream.return(undefined),
      },
      { highWaterMark: 0 },
    ),
};

/** Reads what a call has answered step by step. */
function readerOf(answer: unknown): Stream {
  if (!(answer instanceof ReadableStream)) return answer as Stream;
  const reader = answer.getReader();
  return {
    next: async () => ((step) => ({ done: step.done, value: step.value }))(await reader.read()),
    return: async () => ({ done: true, value: await reader.cancel() }),
  } as unknown as Stream;
}

async function feed(form: string) {
  const clock = new VirtualClock();
  const state = { open: 0, wake: () => {} };
  const node = await Netron.create({ logger: quiet, clock });
  await node.peer.exposeService(
    defineService({
      name: 'feed@1.0.0',
      methods: {
        count: () => forms[form]!(count(state)),
      },
    }),
  );
  const ways: Record<string, () => Promise<Stream>> = {
    'by a call': async () => readerOf(await node.peer.call('feed', 'count')),
    'by a proxy': async () => {
      const proxy = await node.peer.queryInterface<{ count(): Stream }>('feed');
      return readerOf(await proxy.count());
    },
    'by an edge': async () => {
      const caller = { id: 'a', identity: undefined, transport: 'test' } as never;
      return readerOf(await node.dispatch({ service: 'feed', method: 'count', caller }));
    },
  };
  return { clock, state, node, ways };
}

describe.each(['by a call', 'by a proxy', 'by an edge'].flatMap((way) => Object.keys(forms).map((form) => [form, way])))(
  'a %s that is read within the process, %s',
  (form, way) => {
    /** A generator that has failed is over, a web stream goes on to fail. */
    const over = async (stream: Stream) => {
      if (form === 'web stream') await expect(stream.next()).rejects.toMatchObject({ code: 'canceled' });
      else expect(await stream.next()).toEqual({ done: true, value: undefined });
    };

    it('counts as in flight until it has ended, and a stop waits for it', async () => {
      const { node, state, ways } = await feed(form!);
      const stream = await ways[way!]!();
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
      const { clock, node, state, ways } = await feed(form!);
      const stream = await ways[way!]!();
      await stream.next();
      const waiting = stream.next().catch((error: unknown) => error);
      const stopping = node.stop({ timeout: 100 });
      await clock.advance(100);
      await stopping;
      expect(node.unfinished).toBe(1);
      expect(await waiting).toMatchObject({ code: 'canceled', message: 'the node was stopped' });
      await over(stream);
      state.wake();
      await new Promise((resolve) => setImmediate(resolve));
      expect(state.open).toBe(0);
    });

    it('fails at the next step, when nobody was reading', async () => {
      const { clock, node, state, ways } = await feed(form!);
      const stream = await ways[way!]!();
      await stream.next();
      const stopping = node.stop({ timeout: 100 });
      await clock.advance(100);
      await stopping;
      expect(await stream.next().catch((error: unknown) => error)).toMatchObject({ code: 'canceled' });
      await over(stream);
      expect(state.open).toBe(0);
    });

    it('that was not begun does not delay a stop', async () => {
      const { node, ways } = await feed(form!);
      await ways[way!]!();
      await node.stop();
      expect(node.unfinished).toBe(0);
    });
  },
);

it('an async iterable that is thrown at ends, and its call is aborted', async () => {
  const signals: AbortSignal[] = [];
  let ended = 0;
  const items: AsyncIterable<number> = {
    [Symbol.asyncIterator]: () => ({
      next: async () => ({ done: false, value: 1 }),
      return: async () => {
        ended += 1;
        return { done: true, value: undefined };
      },
    }),
  };
  const node = await Netron.create({ logger: quiet });
  const feed = (): AsyncIterable<number> => {
    signals.push(getCallContext().signal);
    return items;
  };
  await node.peer.exposeService(defineService({ name: 'feed@1.0.0', methods: { feed } }));
  const stream = (await node.peer.call('feed', 'feed')) as AsyncGenerator<unknown>;
  await stream.next();
  await expect(stream.throw(new Error('enough'))).rejects.toThrow('enough');
  expect([ended, ...signals.map(({ aborted }) => aborted)]).toEqual([1, true]);
  expect(await stream.next()).toMatchObject({ done: true });
  await node.stop();
});

it('a stream that its reader leaves aborts its call', async () => {
  const signals: AbortSignal[] = [];
  const node = await Netron.create({ logger: quiet });
  const methods = {
    async *endless() {
      signals.push(getCallContext().signal);
      for (let item = 1; ; item += 1) yield item;
    },
  };
  await node.peer.exposeService(defineService({ name: 'endless@1.0.0', methods }));
  for await (const item of (await node.peer.call('endless', 'endless')) as Stream) {
    expect([item, signals[0]!.aborted]).toEqual([1, false]);
    break;
  }
  expect(signals.map(({ aborted }) => aborted)).toEqual([true]);
  await node.stop();
});
