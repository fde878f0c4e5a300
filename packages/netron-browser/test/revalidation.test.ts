import { describe, expect, it } from 'vitest';
import { HttpCacheManager, HttpRemotePeer } from '../src/index.js';
import { TestClock, turns } from './clock.js';
import { type Asked, FakeServer, gate, ok, problem } from './fake-server.js';

interface Board {
  list(): Promise<string[]>;
  other(): Promise<string>;
  write(text: string): Promise<void>;
}

/** An answer with its ETag, or 304 for a request that has it. */
function tagged({ headers }: Asked, value: unknown): Response {
  const etag = `"${JSON.stringify(value).replaceAll('"', "'")}"`;
  return headers.get('if-none-match') === etag ? new Response(null, { status: 304, headers: { etag } }) : ok(value, { etag });
}

/** A board whose reads return the state at their start, and are answered when the test says so. */
function setup(cache?: HttpCacheManager) {
  const server = new FakeServer();
  const board = { texts: ['a'], slow: false, reads: [] as (() => void)[] };
  server
    .on('board.list', { safe: true, cache: { ttl: 60, tags: ['board', 'texts'] } }, async (asked) => {
      const seen = [...board.texts];
      if (board.slow) await new Promise<void>((resolve) => board.reads.push(resolve));
      return tagged(asked, seen);
    })
    .on('board.other', { safe: true, cache: { ttl: 60 } }, () => 'other');
  const clock = new TestClock();
  const peer = new HttpRemotePeer('https://api.example', { fetch: server.fetch, clock, ...(cache && { cache }) });
  return { server, board, peer, statuses: () => server.calls('board.list').map(({ headers }) => headers.has('if-none-match')) };
}

describe('an unchanged answer (304)', () => {
  it('refers to the revalidated value, even if another value has arrived in between', async () => {
    const { board, peer, statuses } = setup();
    const query = peer.watch<Board, 'list'>('board', 'list', []);
    await turns();
    board.slow = true;
    for (const texts of [['b'], ['a']]) {
      board.texts = texts;
      peer.invalidate('board');
      await turns();
    }
    expect(statuses()).toEqual([false, true, true]);
    board.reads[0]?.();
    await turns();
    expect([query.data, query.stale]).toEqual([['b'], true]);
    board.reads[1]?.();
    await turns();
    expect([query.data, query.stale, query.fetching]).toEqual([['a'], false, false]);
    // Changes are found by the tags of the cached answer.
    board.slow = false;
    board.texts = ['c'];
    expect(peer.cache.invalidate('board')).toBe(1);
    await turns();
    expect(query.data).toEqual(['c']);
    await peer.close();
  });

  it('is available when the cache has discarded or evicted it in between', async () => {
    for (const forget of ['clear', 'give up'] as const) {
      const { board, peer } = setup(new HttpCacheManager({ maxEntries: 1, clock: new TestClock() }));
      const notes = await peer.queryInterface<Board>('board');
      expect(await notes.list()).toEqual(['a']);
      board.slow = true;
      peer.invalidate('board');
      const again = notes.list();
      await turns();
      if (forget === 'clear') peer.cache.clear();
      else await notes.other();
      board.reads[0]?.();
      expect(await again, forget).toEqual(['a']);
      board.slow = false;
      expect(await notes.list()).toEqual(['a']);
      await peer.close();
    }
  });

  it('is counted once in a cache that was cleared during the request', async () => {
    const { board, peer } = setup();
    const notes = await peer.queryInterface<Board>('board');
    await notes.list();
    const { sizeBytes } = peer.cache.getStats();
    board.slow = true;
    peer.invalidate('board');
    const before = notes.list();
    await turns();
    peer.cache.clear();
    const after = notes.list();
    await turns();
    for (const answer of board.reads.reverse()) answer();
    expect(await Promise.all([before, after])).toEqual([['a'], ['a']]);
    expect(peer.cache.getStats()).toMatchObject({ entries: 1, sizeBytes });
    await peer.close();
  });

  it('is validated by `validate` of the caller', async () => {
    const { peer, statuses } = setup();
    const fluent = await peer.queryFluentInterface<Board>('board');
    expect(await fluent.list()).toEqual(['a']);
    peer.invalidate('board');
    const strict = fluent.validate((value: unknown) => Array.isArray(value) && value.length > 1);
    await expect(strict.list()).rejects.toMatchObject({ code: 'data_loss' });
    expect(statuses()).toEqual([false, true]);
    await peer.close();
  });
});

describe('the first answer of an entry, which tells its tags', () => {
  it('is stale when they were invalidated during its request, and is fetched again where it is shown', async () => {
    const { board, peer } = setup();
    const fluent = await peer.queryFluentInterface<Board>('board');
    board.slow = true;
    const query = peer.watch<Board, 'list'>('board', 'list', []);
    const first = fluent.list();
    await turns();
    board.texts = ['b'];
    peer.invalidate('texts');
    // Does not join a request that may be from before the change.
    const second = fluent.list();
    await turns();
    expect(board.reads.length).toBe(2);
    for (const answer of board.reads.splice(0)) {
      answer();
      await turns();
    }
    expect([await first, await second, query.data, query.stale, query.fetching]).toEqual([['a'], ['b'], ['b'], false, false]);
    await peer.close();
  });

  it('is fetched again where it is shown, also when nothing else asks for it', async () => {
    const { board, peer, statuses } = setup();
    board.slow = true;
    const query = peer.watch<Board, 'list'>('board', 'list', []);
    await turns();
    board.texts = ['b'];
    peer.invalidate('another');
    peer.invalidate('texts');
    board.slow = false;
    board.reads[0]?.();
    await turns();
    expect([query.data, query.stale, statuses().length]).toEqual([['b'], false, 2]);
    await peer.close();
  });

  it('is joined after a change that invalidates nothing', async () => {
    const { server, board, peer, statuses } = setup();
    server.on('board.write', {}, () => undefined);
    const fluent = await peer.queryFluentInterface<Board>('board');
    board.slow = true;
    const reads = [fluent.list()];
    await turns();
    await fluent.write('b');
    reads.push(fluent.list());
    await turns();
    board.reads[0]?.();
    expect([await Promise.all(reads), statuses().length]).toEqual([[['a'], ['a']], 1]);
    await peer.close();
  });

  it('is fresh when others were', async () => {
    const { board, peer, statuses } = setup();
    board.slow = true;
    const query = peer.watch<Board, 'list'>('board', 'list', []);
    await turns();
    peer.invalidate(['another', /^no/.source]);
    board.reads[0]?.();
    await turns();
    expect([query.data, query.stale, statuses().length]).toEqual([['a'], false, 1]);
    await peer.close();
  });
});

// Four hundred schedules, in separate tests, each within the time limit of a test.
it.each([21, 22, 23, 24])(
  'F8: optimistic changes that are confirmed or reverted during reads end with the data of the server (%i)',
  async (seed) => {
    let state = seed;
    const random = (below: number) => {
      state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fff_ffff;
      return (state >> 8) % below;
    };
    for (let run = 0; run < 100; run++) {
      const { server, board, peer } = setup();
      const ends = new Map(['b', 'c'].map((text) => [text, gate<'ok' | 'fail'>()]));
      server.on('board.write', { invalidates: ['board'] }, async ({ args: [text] }) => {
        board.texts.push(text as string);
        if ((await ends.get(text as string)!.promise) === 'ok') return;
        board.texts = board.texts.filter((other) => other !== text);
        return problem(409, 'aborted', 'no');
      });
      const fluent = await peer.queryFluentInterface<Board>('board');
      await fluent.list();
      const query = peer.watch<Board, 'list'>('board', 'list', []);
      board.slow = true;
      const shown = (current: string[] | undefined, text: string) => [...new Set([...(current ?? []), text])];
      const write = (text: string) =>
        fluent
          .optimistic({ method: 'list' }, shown)
          .write(text)
          .catch((error: unknown) => expect(error).toMatchObject({ code: 'aborted' }));
      const waits: Promise<unknown>[] = [];
      const answerOne = () => board.reads.splice(random(board.reads.length), 1)[0]?.();
      const steps = [
        ...[...ends].flatMap(([text, end]) => [
          () => void waits.push(write(text)),
          () => end.open(random(2) === 0 ? 'ok' : 'fail'),
        ]),
        ...[0, 1].map(() => () => void query.refetch()),
        ...[0, 1].map(() => () => void peer.invalidate('board')),
        ...[0, 1, 2].map(() => answerOne),
      ];
      while (steps.length > 0) {
        steps.splice(random(steps.length), 1)[0]?.();
        for (let turn = random(3) * 40; turn > 0; turn--) await Promise.resolve();
      }
      await Promise.all(waits);
      board.slow = false;
      await turns();
      while (board.reads.length > 0) {
        answerOne();
        await turns();
      }
      expect([query.data, query.stale], `run ${run}`).toEqual([board.texts, false]);
      await peer.close();
    }
  },
);
