/// <reference path="../../netron/test/browser/server.setup.ts" />
import { describe, expect, it } from 'vitest';
import { server } from '../../netron/test/browser/page.js';
import { HttpRemotePeer, type Query } from '../src/index.js';

interface Board {
  list(): string[];
  write(text: string): void;
}

async function address(): Promise<string> {
  return new URL((await server([location.origin])).replace(/^ws/, 'http')).origin;
}

/** A tab: a peer of its own, and its open event streams. */
function tab(url: string) {
  const streams = { open: 0, opened: 0 };
  const peer = new HttpRemotePeer(url, {
    fetch: async (target, init) => {
      if (!target.endsWith('$events')) return fetch(target, init);
      streams.open += 1;
      streams.opened += 1;
      init.signal?.addEventListener('abort', () => {
        streams.open -= 1;
      });
      return fetch(target, init);
    },
  });
  const query = peer.watch<Board, 'list'>('board', 'list', []);
  return { peer, query, streams };
}

function until<T>(query: Query<T>, holds: (data: T | undefined) => boolean): Promise<void> {
  if (holds(query.data)) return Promise.resolve();
  return new Promise((resolve) => {
    const leave = query.subscribe(() => {
      if (!holds(query.data)) return;
      leave();
      resolve();
    });
  });
}

describe('live data in Chromium', () => {
  it('six tabs share one stream; when its tab closes, another tab takes over, and no event is missed', async () => {
    const url = await address();
    const tabs = Array.from({ length: 6 }, () => tab(url));
    const shows = (texts: string[]) => (data: string[] | undefined) => JSON.stringify(data) === JSON.stringify(texts);
    await Promise.all(tabs.map(({ query }) => until(query, shows([]))));
    await using writer = new HttpRemotePeer(url, { live: false });
    const board = await writer.queryInterface<Board>('board');
    await board.write('one');
    await Promise.all(tabs.map(({ query }) => until(query, shows(['one']))));
    const open = () => tabs.reduce((sum, { streams }) => sum + streams.open, 0);
    expect(open()).toBe(1);
    const first = tabs.findIndex(({ streams }) => streams.open === 1);
    const [leader] = tabs.splice(first, 1);
    await leader!.peer.close();
    await board.write('two');
    await Promise.all(tabs.map(({ query }) => until(query, shows(['one', 'two']))));
    expect(open()).toBe(1);
    // Answers arrive although browsers have six connections per server.
    const answers = await Promise.all(tabs.map(async ({ peer }) => (await peer.queryInterface<Board>('board')).list()));
    expect(answers).toEqual(tabs.map(() => ['one', 'two']));
    for (const { peer } of tabs) await peer.close();
  });
});
