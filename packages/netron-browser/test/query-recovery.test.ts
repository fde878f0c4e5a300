/** Queries that could not start, or whose value could not be shown, and their recovery. */
import { describe, expect, it } from 'vitest';
import { HttpRemotePeer } from '../src/index.js';
import { TestClock, turns } from './clock.js';
import { FakeServer, problem } from './fake-server.js';

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

describe('a query whose caller could not be found out', () => {
  it.each(['refetch()', 'the next one, too'])('is fetched when that becomes possible: %s', async (how) => {
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

it('an error of `transform` ends with a value that it accepts', async () => {
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

it('`fallback` is what a query shows while it has failed and has no value', async () => {
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
