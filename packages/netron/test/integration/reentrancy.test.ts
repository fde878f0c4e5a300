/** Values whose getters use the peer that they are being sent to: packets stay whole, and nothing is sent twice. */
import { describe, expect, it } from 'vitest';
import { defineService, getCallContext, keep, type Logger, type NetronOptions, withOptions } from '../../src/index.js';
import { failure, nodes, settled } from './nodes.js';

// biome-ignore lint/suspicious/noExplicitAny: a service of any shape
type Chain = any;

type Callback = (...args: unknown[]) => Promise<unknown>;

/** An object whose field `name` runs `action` each time it is read. */
function reading(action: () => unknown, rest: object = {}): object {
  return Object.defineProperty({ first: 1, ...rest }, 'name', {
    enumerable: true,
    get: () => {
      action();
      return 'read';
    },
  });
}

async function setup(options: { client?: NetronOptions; server?: NetronOptions } = {}) {
  const log: unknown[] = [];
  const warnings: unknown[] = [];
  const logger: Logger = { debug() {}, info() {}, warn: (...line) => void warnings.push(line), error() {} };
  let callback: Callback | undefined;
  const service = defineService({
    name: 'target@1.0.0',
    methods: {
      take: (...args: unknown[]) => void log.push(...args),
      echo: (value: unknown) => value,
      give: (use: Callback) => {
        callback = keep(use);
      },
      result: () => reading(() => callback?.('from a result')),
      async *items() {
        yield reading(() => {});
        yield reading(() => callback?.('from an item'));
      },
      wait: () =>
        new Promise((resolve) => {
          getCallContext().signal.addEventListener('abort', () => {
            log.push('aborted');
            resolve(undefined);
          });
        }),
      made: () => (): string => 'called',
    },
  });
  const pair = await nodes({
    services: [service],
    server: { logger, remoteEvents: true, ...options.server },
    client: { logger, remoteEvents: true, ...options.client },
  });
  const remote = (await pair.peer.queryInterface('target')) as Chain;
  return {
    ...{ log, warnings, pair, remote },
    /** The connection and what was called meanwhile are as they were. */
    async lives() {
      await settled();
      expect(await remote.echo([1, { two: 2 }])).toEqual([1, { two: 2 }]);
      expect(pair.peer.state).toBe('ready');
      expect(warnings).toEqual([]);
    },
    [Symbol.asyncDispose]: () => pair[Symbol.asyncDispose](),
  };
}

const refused = (path: string) => ({
  code: 'invalid_argument',
  message: `${path} cannot be sent: target.take was called while a value for the same peer was being serialized`,
});

describe('a call of the same peer from a getter in', () => {
  it.each([
    ['a getter', (act: () => void) => reading(act), 'argument [0].name'],
    [
      'a proxy',
      (act: () => void) => ({ inner: new Proxy([1, 2], { get: (of, key) => (key === '1' ? act() : Reflect.get(of, key)) }) }),
      'argument [0].inner[1]',
    ],
    ['an element of a Map', (act: () => void) => new Map([['a', reading(act)]]), 'argument [0].a.name'],
    ['a class with fields', (act: () => void) => [reading(act)], 'argument [0][0].name'],
  ])('%s of an argument fails the value, and neither call is sent', async (_what, make, path) => {
    await using set = await setup();
    const { remote, log } = set;
    const before = remote.take('before');
    const outer = failure(remote.take(make(() => void remote.take('inner'))));
    const after = remote.take('after');
    expect(await outer).toMatchObject(refused(path));
    await Promise.all([before, after]);
    expect(log).toEqual(['before', 'after']);
    await set.lives();
  });

  it('a getter that catches the error does not fail the value', async () => {
    await using set = await setup();
    const { remote, log } = set;
    const caught: unknown[] = [];
    const value = reading(() => {
      try {
        void remote.take('inner');
      } catch (error) {
        caught.push(error);
      }
    });
    await remote.take(value);
    expect(caught).toMatchObject([{ code: 'invalid_argument' }]);
    expect(log).toEqual([{ first: 1, name: 'read' }]);
    await set.lives();
  });

  it('a getter may call another peer', async () => {
    await using set = await setup();
    await using other = await setup();
    await set.remote.take(reading(() => void other.remote.take('inner')));
    expect(set.log).toEqual([{ first: 1, name: 'read' }]);
    await settled();
    expect(other.log).toEqual(['inner']);
    await Promise.all([set.lives(), other.lives()]);
  });

  it('a result fails with the error', async () => {
    await using set = await setup();
    const heard: unknown[] = [];
    await set.remote.give((what: unknown) => void heard.push(what));
    expect(await failure(set.remote.result())).toMatchObject({
      code: 'internal',
      message: expect.stringContaining('result.name cannot be sent: function.call was called while'),
    });
    expect(heard).toEqual([]);
    await set.lives();
  });

  it('an item of a stream fails the stream after the items before it', async () => {
    await using set = await setup();
    const heard: unknown[] = [];
    await set.remote.give((what: unknown) => void heard.push(what));
    const items: unknown[] = [];
    const read = async (): Promise<void> => {
      for await (const item of set.remote.items()) items.push(item);
    };
    expect(await failure(read())).toMatchObject({
      message: expect.stringContaining('cannot be sent: function.call was called while'),
    });
    expect([items, heard]).toEqual([[{ first: 1, name: 'read' }], []]);
    await set.lives();
  });

  it('the data of an event: both arrive once, with two subscribed peers', async () => {
    await using set = await setup();
    const { pair, remote, log } = set;
    const heard: unknown[] = [];
    await pair.back.subscribe('news', (data) => void heard.push(data));
    await pair.back.subscribe('*', (data) => void heard.push(data));
    let reads = 0;
    pair.client.publish(
      'news',
      reading(() => {
        reads += 1;
        if (reads === 1) void remote.take('inner');
      }),
    );
    await settled();
    expect(heard).toEqual([
      { first: 1, name: 'read' },
      { first: 1, name: 'read' },
    ]);
    expect(log).toEqual(['inner']);
    await set.lives();
  });

  it.each([0, 6_000, 300_000])('an argument behind %i bytes of other calls, before a long one', async (size) => {
    await using set = await setup();
    const { remote, log } = set;
    const before = [remote.take('x'.repeat(size)), remote.take('y')];
    const outer = failure(remote.take(reading(() => void remote.take('inner'), { long: 'z'.repeat(size) })));
    const after = remote.take(1);
    expect(await outer).toMatchObject(refused('argument [0].name'));
    await Promise.all([...before, after]);
    expect(log).toEqual(['x'.repeat(size), 'y', 1]);
    await set.lives();
  });
});

describe('from a getter in a value is sent right after it:', () => {
  it('the cancellation of another call', async () => {
    await using set = await setup();
    const { remote, log } = set;
    const gone = new AbortController();
    const waiting = failure(withOptions(remote, { signal: gone.signal }).wait());
    await settled();
    await remote.take(reading(() => gone.abort()));
    expect(await waiting).toMatchObject({ code: 'canceled' });
    await settled();
    expect(log).toEqual([{ first: 1, name: 'read' }, 'aborted']);
    await set.lives();
  });

  it.each([10, 1_000_000])('the cancellation of the call itself, behind %i bytes', async (size) => {
    await using set = await setup();
    const { remote, log, pair } = set;
    const gone = new AbortController();
    const first = remote.take('x'.repeat(size));
    const own = failure(
      withOptions(remote, { signal: gone.signal }).take(reading(() => gone.abort(), { long: 'y'.repeat(100_000) })),
    );
    expect(await own).toMatchObject({ code: 'canceled' });
    await first;
    await set.lives();
    expect(log.length).toBeLessThanOrEqual(2);
    expect(pair.peer.link?.calls.size).toBe(0);
  });

  it('the release of a reference, also of one in the value', async () => {
    await using set = await setup();
    const { remote, pair } = set;
    const made = await remote.made();
    expect(pair.back.link?.exports.size).toBe(1);
    const arrived = await remote.echo({ ...reading(() => made[Symbol.dispose]()), made: 1 });
    expect(arrived).toMatchObject({ first: 1 });
    await settled();
    expect(pair.back.link?.exports.size).toBe(0);
    const again = await remote.made();
    await remote.take(reading(() => again[Symbol.dispose](), { again }));
    await settled();
    expect(pair.back.link?.exports.size).toBe(0);
    await set.lives();
  });

  it('an event, a nested event, and announcements of services', async () => {
    await using set = await setup();
    const { remote, pair, log } = set;
    const heard: unknown[] = [];
    await pair.back.subscribe('news', (data) => void heard.push(data));
    await remote.take(
      reading(() => {
        pair.client.publish(
          'news',
          reading(() => pair.client.publish('news', 'innermost')),
        );
        void pair.client.peer.exposeService(defineService({ name: 'late@1.0.0', methods: {} }));
      }),
    );
    await settled();
    expect(log).toEqual([{ first: 1, name: 'read' }]);
    expect(heard).toEqual(['innermost', { first: 1, name: 'read' }]);
    expect(pair.back.hasService('late@1.0.0')).toBe(true);
    await set.lives();
  });

  it('the end of the connection: complete packets arrive, a partial one does not', async () => {
    await using set = await setup();
    const { remote, pair, log, warnings } = set;
    void failure(remote.take('before'));
    expect(await failure(remote.take(reading(() => void pair.peer.disconnect())))).toMatchObject({ code: 'unknown_outcome' });
    await settled();
    expect(log).toEqual(['before']);
    expect(warnings).toEqual([]);
    expect([pair.peer.state, pair.server.peers.size]).toEqual(['closed', 0]);
  });
});
