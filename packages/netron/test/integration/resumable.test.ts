/** Streams that go on at another node, in one process on virtual time. */
import { describe, expect, it } from 'vitest';
import {
  defineService,
  getCallContext,
  type Netron,
  NetronError,
  type NetronOptions,
  type RemotePeer,
  Resumable,
  tracked,
  withAnnotations,
  withOptions,
} from '../../src/index.js';
import type { RepeatOptions } from '../../src/service/call/options.js';
import { discovered } from './discovered.js';
import { failure, loseConnections } from './nodes.js';

const resumable = Resumable(true);

function cluster() {
  const base = discovered({ random: () => 0.5 });
  const { clock, create } = base;
  /** Calls of `follow`: the node, and the position it was given. */
  const begun: string[] = [];
  const running = new Set<string>();
  const numbers = (id: string) =>
    defineService({
      name: 'numbers@1.0.0',
      methods: {
        /** A number every 100 ms, from one log that all nodes have. */
        follow: withAnnotations(async function* (to: number) {
          const { resumeFrom = -1 } = getCallContext();
          const run = `${id} ${String(resumeFrom)}`;
          begun.push(run);
          running.add(run);
          try {
            for (let number = Number(resumeFrom) + 1; number < to; number += 1) {
              await new Promise<void>((resolve) => clock.setTimeout(resolve, 100));
              yield tracked(number, `number ${number}`);
            }
          } finally {
            running.delete(run);
          }
        }, resumable),
        /** Opened the second time; as the others, but what the generator asks for is told. */
        late: withAnnotations(async (): Promise<AsyncGenerator<{ position: number; value: string }>> => {
          begun.push(`${id} ${getCallContext().attempt}`);
          if (begun.length === 1) throw new NetronError('unavailable', 'the log is away');
          return (async function* () {
            const { attempt, deadline } = getCallContext();
            begun.push(`${id} ${attempt} ${String(deadline)}`);
            for (const number of upTo(10)) {
              await new Promise<void>((resolve) => clock.setTimeout(resolve, 10_000));
              yield tracked(number, `number ${number}`);
            }
          })();
        }, resumable),
        /** Cannot be opened. */
        refused: withAnnotations(async (): Promise<AsyncGenerator<unknown>> => {
          begun.push(`${id} ${getCallContext().attempt}`);
          throw new NetronError('unavailable', 'the log is away');
        }, resumable),
        bare: withAnnotations(async function* () {
          yield 1;
        }, resumable),
        broken: withAnnotations(async function* () {
          begun.push(id);
          yield* [];
          throw new NetronError('unavailable', 'the log cannot be read');
        }, resumable),
        wrong: withAnnotations(async function* () {
          begun.push(id);
          yield tracked('a', 1);
          throw new NetronError('data_loss', 'the log is damaged');
        }, resumable),
      },
    });
  return {
    ...base,
    begun,
    running,
    server: async (id: string, options?: NetronOptions) => {
      const node = await create(id, options);
      await node.peer.exposeService(numbers(id));
      return node;
    },
  };
}

interface Numbers {
  follow(to: number): AsyncGenerator<{ position: number; value: string }>;
  late(): AsyncGenerator<{ position: number; value: string }>;
  refused(): AsyncGenerator<unknown>;
  bare(): AsyncGenerator<unknown>;
  broken(): AsyncGenerator<unknown>;
  wrong(): AsyncGenerator<{ value: number }>;
}

/** Reads a stream to its end, in the background. */
function reading(stream: AsyncIterable<{ position: number; value: string }>) {
  const positions: number[] = [];
  const done = (async () => {
    for await (const { position, value } of stream) {
      if (value !== `number ${position}`) throw new Error(`${value} at ${position}`);
      positions.push(position);
    }
    return positions;
  })();
  done.catch(() => {});
  return { positions, done };
}

const upTo = (to: number): number[] => Array.from({ length: to }, (_, number) => number);

async function opened(set: ReturnType<typeof cluster>) {
  const client = await set.create('client', { transports: {} });
  const remote = client.service<Numbers>('numbers', { loadBalancer: 'round-robin' });
  return { client, remote, stream: await set.clock.settle(Promise.resolve(remote.follow(20))) };
}

describe('a resumable stream', () => {
  it('C2: continues at another node when its own is stopped: no item is lost or doubled, and the node need not wait', async () => {
    await using set = cluster();
    const servers = new Map([
      ['a', await set.server('a', { stopTimeout: 60_000 })],
      ['b', await set.server('b', { stopTimeout: 60_000 })],
    ]);
    const { stream } = await opened(set);
    const { positions, done } = reading(stream);
    await set.clock.advance(550);
    expect(positions.length).toBeGreaterThan(3);
    const [at = ''] = set.begun[0]?.split(' ') ?? [];
    const before = set.clock.now();
    await set.clock.settle((servers.get(at) as Netron).stop());
    // It did not last until the end of the stream.
    expect(set.clock.now() - before).toBeLessThan(1_000);
    expect(await set.clock.settle(done)).toEqual(upTo(20));
    expect(set.begun).toHaveLength(2);
    expect(set.begun[1]).toMatch(new RegExp(`^[^${at}] \\d+$`));
    expect(set.running.size).toBe(0);
  });

  it('make before break: the old stream is left when the next one is open, and kept when there is none', async () => {
    await using set = cluster();
    const a = await set.server('a', { stopTimeout: 60_000 });
    const { stream } = await opened(set);
    const { positions, done } = reading(stream);
    await set.clock.advance(300);
    const draining = a.drain();
    await set.clock.advance(700);
    // Nobody else has it.
    expect([set.begun, positions.length > 7]).toEqual([['a -1'], true]);
    await set.server('b');
    await set.clock.advance(1_000);
    expect([set.begun.length, [...set.running].map(([node]) => node)]).toEqual([2, ['b']]);
    expect(await set.clock.settle(done)).toEqual(upTo(20));
    await set.clock.settle(draining);
  });

  it('stays at its node when no other node can open it', async () => {
    await using set = cluster();
    const a = await set.server('a', { stopTimeout: 60_000 });
    const { stream } = await opened(set);
    const { done } = reading(stream);
    await set.clock.advance(300);
    const b = await set.create('b');
    const refusing = async (): Promise<never> => {
      throw new NetronError('permission_denied', 'not here');
    };
    await b.peer.exposeService(
      defineService({ name: 'numbers@1.0.0', methods: { follow: withAnnotations(refusing, resumable) } }),
    );
    await set.clock.advance(100);
    const draining = a.drain();
    expect(await set.clock.settle(done)).toEqual(upTo(20));
    expect(set.begun).toEqual(['a -1']);
    await set.clock.settle(draining);
  });

  it('continues after the last item when the connection is lost', async () => {
    await using set = cluster();
    for (const id of ['a', 'b', 'c']) await set.server(id);
    const { client, stream } = await opened(set);
    const { positions, done } = reading(stream);
    for (let cut = 0; cut < 4; cut += 1) {
      await set.clock.advance(350);
      loseConnections(client);
    }
    expect(await set.clock.settle(done)).toEqual(upTo(20));
    expect(set.begun.length).toBeGreaterThan(2);
    expect(positions).toEqual(upTo(20));
  });

  it('ends with its reader, at whichever node it is', async () => {
    await using set = cluster();
    for (const id of ['a', 'b']) await set.server(id);
    const { client, stream } = await opened(set);
    const first = stream.next();
    await set.clock.advance(150);
    expect(await first).toMatchObject({ value: { position: 0 } });
    const waiting = stream.next();
    await stream.return(undefined);
    expect(await set.clock.settle(waiting)).toEqual({ done: true, value: undefined });
    await set.clock.advance(200);
    expect(set.running.size).toBe(0);
    expect(await stream.next()).toEqual({ done: true, value: undefined });
    loseConnections(client);
    await set.clock.advance(5_000);
    expect(set.begun).toHaveLength(1);
  });

  it('is opened at most eight times without success, and not after a permanent failure', async () => {
    await using set = cluster();
    await set.server('a');
    const { remote } = await opened(set);
    set.begun.length = 0;
    expect(await set.clock.settle(failure(remote.broken().next()))).toMatchObject({ message: 'the log cannot be read' });
    expect(set.begun).toHaveLength(9);
    set.begun.length = 0;
    const wrong = remote.wrong();
    expect((await wrong.next()).value).toEqual({ position: 'a', value: 1 });
    expect(await failure(wrong.next())).toMatchObject({ code: 'data_loss' });
    expect(set.begun).toHaveLength(1);
    expect(await failure(remote.bare().next())).toMatchObject({ code: 'internal', message: expect.stringContaining('tracked') });
  });

  it('is opened elsewhere when its node is lost before the answer, whatever the retry policy', async () => {
    await using set = cluster();
    for (const id of ['a', 'b', 'c']) await set.server(id);
    const client = await set.create('client', { transports: {} });
    const remote = client.service<Numbers>('numbers', { retry: false });
    await set.clock.settle(remote.follow(0).next());
    set.begun.length = 0;
    const streams = upTo(30).map(() => reading(remote.follow(3)));
    loseConnections(client);
    for (const { done } of streams) expect(await set.clock.settle(done)).toEqual(upTo(3));
    expect(set.begun.length).toBeGreaterThanOrEqual(30);
  });

  it('that cannot be opened is tried eight times more at most, within the time of its call', async () => {
    await using set = cluster();
    const a = await set.server('a');
    const { remote, client } = await opened(set);
    set.begun.length = 0;
    const start = set.clock.now();
    const away = { code: 'unavailable', message: 'the log is away' };
    expect(await set.clock.settle(failure(remote.refused().next()))).toMatchObject(away);
    expect(set.begun).toEqual(upTo(9).map((attempt) => `a ${attempt}`));
    expect(set.clock.now() - start).toBeGreaterThan(2_000);
    const before = set.clock.now();
    expect(await set.clock.settle(failure(withOptions(remote, { timeout: 100 }).refused().next()))).toMatchObject(away);
    expect(set.clock.now() - before).toBeLessThan(150);
    const canceling = new AbortController();
    const canceled = failure(withOptions(remote, { signal: canceling.signal }).refused().next());
    await set.clock.advance(200);
    canceling.abort();
    expect(await set.clock.settle(canceled)).toMatchObject({ code: 'canceled' });
    // Who asks for it repeats it already.
    const asking = defineService({
      name: 'asking@1.0.0',
      methods: { ask: async () => (await failure(remote.refused().next())).message },
    });
    await client.peer.exposeService(asking);
    const back = await (a.peers.get('client') as RemotePeer).queryInterface<typeof asking>('asking');
    set.begun.length = 0;
    expect(await set.clock.settle(withOptions(back, { attempt: 1 } as RepeatOptions).ask())).toBe('the log is away');
    expect(set.begun).toEqual(['a 1']);
  });

  it('that was opened by a second attempt has no deadline, and calls made for it are not retries', async () => {
    await using set = cluster();
    await set.server('a');
    const { remote } = await opened(set);
    set.begun.length = 0;
    const { done } = reading(remote.late());
    expect(await set.clock.settle(done)).toEqual(upTo(10));
    expect(set.begun).toEqual(['a 0', 'a 1', 'a 0 undefined']);
  });

  it('is not opened again by a node that was stopped', async () => {
    await using set = cluster();
    await set.server('a');
    const { remote, client, stream } = await opened(set);
    const { done } = reading(stream);
    done.catch(() => {});
    await set.clock.advance(250);
    set.begun.length = 0;
    await client.stop({ timeout: 0 });
    const now = set.clock.now();
    expect(await failure(done)).toMatchObject({ code: 'unavailable' });
    expect(await failure(remote.follow(1).next())).toMatchObject({ code: 'unavailable' });
    expect([set.clock.now(), set.begun]).toEqual([now, []]);
  });

  it('begins after a position that the program has stored: over a peer, and within the node', async () => {
    await using set = cluster();
    const a = await set.server('a');
    const { client } = await opened(set);
    const peer = await client.connect('memory:a');
    for (const numbers of [
      await peer.queryInterface<Numbers>('numbers'),
      client.service<Numbers>('numbers'),
      await a.peer.queryInterface<Numbers>('numbers'),
    ]) {
      const { done } = reading(withOptions(numbers, { resumeFrom: 17 }).follow(20));
      expect(await set.clock.settle(done)).toEqual([18, 19]);
    }
    expect(() => withOptions(client.service<Numbers>('numbers'), { resumeFrom: {} as never })).toThrow(TypeError);
    expect(() => tracked({} as never, 1)).toThrow(TypeError);
  });
});
