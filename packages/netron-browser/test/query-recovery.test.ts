/** Queries that could not start, or whose value could not be shown, and their recovery. */
import { describe, expect, it } from 'vitest';
import { HttpRemotePeer } from '../src/index.js';
import { TestClock, turns } from './clock.js';
import { eventually } from './eventually.js';
import { FakeServer, ok, problem } from './fake-server.js';

interface Notes {
  list(): Promise<string[]>;
}

function setup(token?: () => Promise<string>) {
  const server = new FakeServer();
  let failing = false;
  let notes = ['a'];
  server.on('notes.list', { safe: true, cache: { ttl: 10 } }, () => (failing ? problem(503, 'unavailable', 'down') : notes));
  const peer = new HttpRemotePeer('https://api.example.com', {
    fetch: server.fetch,
    clock: new TestClock(),
    retry: { attempts: 0 },
    ...(token && { token }),
  });
  return {
    peer,
    fail: (now: boolean) => {
      failing = now;
    },
    write: (next: string[]) => {
      notes = next;
    },
  };
}

describe('a query whose user could not be determined', () => {
  it.each(['refetch()', 'the next one, too'])('is fetched once the user is known: %s', async (how) => {
    let signedIn = false;
    const { peer } = setup(async () => {
      if (!signedIn) throw new Error('nobody is signed in');
      return 'token';
    });
    const query = peer.watch<Notes>('notes', 'list', []);
    await turns();
    const failed = { code: 'unavailable', outcome: 'not_run', cause: new Error('nobody is signed in') };
    expect(query.error).toMatchObject(failed);
    expect([query.data, query.loading, query.fetching]).toEqual([undefined, false, false]);
    if (how !== 'refetch()') {
      await query.refetch();
      expect(query.error).toMatchObject(failed);
    }
    signedIn = true;
    const told: unknown[] = [];
    query.subscribe(() => told.push([query.loading, query.error]));
    await query.refetch();
    expect([query.data, query.error, query.fetching]).toEqual([['a'], undefined, false]);
    expect(told[0]).toEqual([true, undefined]);
    query[Symbol.dispose]();
    await query.refetch();
  });
});

it('an error of `transform` is cleared by a value that it accepts', async () => {
  const { peer, write } = setup();
  const transform = (list: string[]) => {
    if (list.length === 0) throw new TypeError('an empty list');
    return list.length;
  };
  write([]);
  const query = peer.watch<Notes, 'list', number>('notes', 'list', [], { transform });
  await query.refetch();
  expect([query.data, query.error]).toEqual([undefined, new TypeError('an empty list')]);
  write(['a', 'b']);
  // Another one fetches it.
  const other = peer.watch<Notes>('notes', 'list', [], { refetchOnMount: 'always' });
  await other.refetch();
  expect([query.data, query.error]).toEqual([2, undefined]);
  query[Symbol.dispose]();
  other[Symbol.dispose]();
});

it('`fallback` is shown while a query has failed and has no value', async () => {
  const { peer, fail } = setup();
  const query = peer.watch<Notes>('notes', 'list', [], { fallback: ['none'] });
  fail(true);
  expect(query.data).toBeUndefined();
  await query.refetch();
  expect([query.data, (query.error as { code: string }).code, query.loading]).toEqual([['none'], 'unavailable', false]);
  fail(false);
  await query.refetch();
  expect([query.data, query.error]).toEqual([['a'], undefined]);
  fail(true);
  await query.refetch();
  expect([query.data, (query.error as { code: string }).code]).toEqual([['a'], 'unavailable']);
  query[Symbol.dispose]();
});

describe('a query whose first fetch failed, once the server is back', () => {
  type Event = 'focus' | 'online';

  /** A page that shows `notes.list` with live data while `notes.count`, or the description of `others`, cannot be had. */
  function cutOff() {
    const server = new FakeServer();
    const clock = new TestClock();
    const listeners = new Set<(event: Event) => void>();
    const activity = {
      visible: true,
      online: true,
      listen: (listener: (event: Event) => void) => {
        listeners.add(listener);
        return () => listeners.delete(listener);
      },
    };
    let down = false;
    let counts = 0;
    let events: ReadableStreamDefaultController<Uint8Array> | undefined;
    const ready = new TextEncoder().encode('event: ready\nid: log.1\ndata: {}\n\n');
    const live = { 'netron-tags': 'note~abcdef.0123456789abcdef', 'netron-cursor': 'log.1' };
    server.on('notes.list', { safe: true, cache: { ttl: 3_600 } }, () => ok(['a'], live));
    server.on('notes.count', { safe: true, cache: { ttl: 3_600 } }, () => ++counts);
    server.on('others.count', { safe: true, cache: { ttl: 3_600 } }, () => 'other');
    const peer = new HttpRemotePeer('https://api.example.com', {
      clock,
      activity,
      live: true,
      fetch: async (url, init) => {
        if (down) throw new TypeError('fetch failed');
        if (!url.endsWith('/$events')) return server.fetch(url, init);
        const body = new ReadableStream<Uint8Array>({ start: (controller) => void (events = controller) });
        events?.enqueue(ready);
        return new Response(body, { headers: { 'content-type': 'text/event-stream' } });
      },
    });
    /** Lets the code that is loaded on demand, and web streams, have their turns, too. */
    const pass = async (ms: number, holds: () => void) =>
      eventually(async () => {
        await clock.advance(ms);
        holds();
      });
    return {
      peer,
      pass,
      counts: () => counts,
      tell: (event: Event) => [...listeners].forEach((listener) => void listener(event)),
      cut: () => {
        down = true;
        events?.error(new TypeError('network error'));
        events = undefined;
      },
      back: () => {
        down = false;
      },
      streaming: () => expect(events).toBeDefined(),
    };
  }

  interface Others {
    count(): Promise<string>;
  }
  interface Counted extends Notes {
    count(): Promise<number>;
  }

  it('is fetched when live data reaches the server again, like the data on display', async () => {
    const { peer, pass, cut, back, streaming, counts } = cutOff();
    const list = peer.watch<Counted, 'list'>('notes', 'list', []);
    await pass(100, streaming);
    expect(list.data).toEqual(['a']);
    cut();
    const count = peer.watch<Counted, 'count'>('notes', 'count', []);
    const other = peer.watch<Others, 'count'>('others', 'count', []);
    await pass(100, () => expect([count.error, other.error]).toMatchObject([{ code: 'unavailable' }, { code: 'unavailable' }]));
    back();
    await pass(1_000, () =>
      expect([count.data, count.error, other.data, other.error]).toEqual([1, undefined, 'other', undefined]),
    );
    expect([counts(), list.error]).toEqual([1, undefined]);
    await peer.close();
  });

  it.each(['focus', 'online'] as const)('is fetched with %s', async (event) => {
    const { peer, pass, cut, back, tell } = cutOff();
    cut();
    const count = peer.watch<Counted, 'count'>('notes', 'count', []);
    await pass(100, () => expect(count.error).toMatchObject({ code: 'unavailable' }));
    back();
    tell(event);
    await pass(100, () => expect([count.data, count.error]).toEqual([1, undefined]));
    await peer.close();
  });

  it('is fetched at its interval, and by the next query of the same value', async () => {
    const { peer, pass, cut, back } = cutOff();
    cut();
    const count = peer.watch<Counted, 'count'>('notes', 'count', [], { refetchInterval: 60_000 });
    const list = peer.watch<Counted, 'list'>('notes', 'list', []);
    const failed = { code: 'unavailable' };
    await pass(100, () => expect([count.error, list.error]).toMatchObject([failed, failed]));
    back();
    const again = peer.watch<Counted, 'list'>('notes', 'list', []);
    await pass(100, () => expect(again.data).toEqual(['a']));
    await pass(60_000, () => expect([count.data, count.error]).toEqual([1, undefined]));
    await peer.close();
  });
});
