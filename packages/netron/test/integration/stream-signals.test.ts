/** Streams and the signal of the call that has opened them. */
import { getEventListeners } from 'node:events';
import { describe, expect, it } from 'vitest';
import { defineService, getCallContext, timeout, withOptions } from '../../src/index.js';
import { failure, nodes, settled, until } from './nodes.js';

/** A service of streams, and how many of them have ended. */
function feed() {
  const state = { ended: 0 };
  const service = defineService({
    name: 'feed@1.0.0',
    methods: {
      *few() {
        yield 1;
        yield 2;
      },
      async *hanging() {
        const { signal } = getCallContext();
        try {
          yield 1;
          await new Promise((resolve) => signal.addEventListener('abort', resolve));
        } finally {
          state.ended += 1;
        }
      },
      *endless() {
        try {
          for (;;) yield 1;
        } finally {
          state.ended += 1;
        }
      },
      web: (): ReadableStream<number> => {
        const source: UnderlyingDefaultSource<number> = {
          start: (controller) => controller.enqueue(1),
          cancel: () => {
            state.ended += 1;
          },
        };
        return new ReadableStream(source);
      },
    },
  });
  return { service, state };
}

type Feed = ReturnType<typeof feed>['service'];

/** The feed as its callers have it: over a connection, behind middleware, and within the node. */
const callers = ['over a connection', 'behind timeout()', 'within the node'] as const;

async function feedFor(caller: (typeof callers)[number]) {
  const { service, state } = feed();
  const pair = await nodes({
    services: [service],
    client: caller === 'behind timeout()' ? { middleware: { outgoing: [timeout(60_000)] } } : {},
  });
  const peer = caller === 'within the node' ? pair.server.peer : pair.peer;
  const proxy = await peer.queryInterface<Feed>('feed');
  return { state, proxy, [Symbol.asyncDispose]: () => pair[Symbol.asyncDispose]() };
}

describe.each(callers)('a stream with a signal, %s', (caller) => {
  it.each(['hanging', 'endless'] as const)(
    '%s, ends when the signal is aborted: its reader fails with canceled, its producer ends',
    async (name) => {
      await using given = await feedFor(caller);
      const controller = new AbortController();
      const stream = withOptions(given.proxy, { signal: controller.signal })[name]();
      expect(await stream.next()).toEqual({ done: false, value: 1 });
      const next = name === 'hanging' ? failure(stream.next()) : undefined;
      controller.abort();
      expect(await (next ?? failure(stream.next()))).toMatchObject({ code: 'canceled' });
      await until(() => given.state.ended === 1);
      expect(await stream.next()).toEqual({ done: true, value: undefined });
    },
  );

  it('leaves no listener on the signal when it has ended or was left', async () => {
    await using given = await feedFor(caller);
    const { signal } = new AbortController();
    const bound = withOptions(given.proxy, { signal });
    for (let count = 0; count < 20; count += 1) {
      const items: number[] = [];
      for await (const item of bound.few()) items.push(item);
      expect(items).toEqual([1, 2]);
      for await (const _ of bound.endless()) break;
    }
    await settled();
    expect(getEventListeners(signal, 'abort')).toEqual([]);
  });
});

it('a web stream of a call ends with its signal, too', async () => {
  await using given = await feedFor('over a connection');
  const controller = new AbortController();
  const stream = await withOptions(given.proxy, { signal: controller.signal }).web();
  const reader = stream.getReader();
  expect(await reader.read()).toEqual({ done: false, value: 1 });
  const next = failure(reader.read());
  controller.abort();
  expect(await next).toMatchObject({ code: 'canceled' });
  await until(() => given.state.ended === 1);
});

it('a generator that is stepped through ends with its signal, too', async () => {
  await using given = await feedFor('over a connection');
  const controller = new AbortController();
  const stream = withOptions(given.proxy, { signal: controller.signal, steps: true }).hanging();
  expect(await stream.next()).toEqual({ done: false, value: 1 });
  const next = failure(stream.next());
  controller.abort();
  expect(await next).toMatchObject({ code: 'canceled' });
  await until(() => given.state.ended === 1);
});

it('an edge that aborts its signal ends the stream that it reads', async () => {
  const { service, state } = feed();
  await using pair = await nodes({ services: [service] });
  const controller = new AbortController();
  const caller = { id: 'a', identity: undefined, transport: 'test' };
  const request = { service: 'feed', method: 'hanging', caller, signal: controller.signal };
  const stream = (await pair.server.dispatch(request)) as AsyncGenerator<number>;
  expect(await stream.next()).toEqual({ done: false, value: 1 });
  const next = failure(stream.next());
  controller.abort();
  expect(await next).toMatchObject({ code: 'canceled' });
  await until(() => state.ended === 1);
});
