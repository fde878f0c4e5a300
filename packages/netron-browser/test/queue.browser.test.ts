/// <reference path="../../netron/test/browser/server.setup.ts" />
import { expect, it } from 'vitest';
import { server } from '../../netron/test/browser/page.js';
import { type Activity, type ActivityEvent, HttpRemotePeer } from '../src/index.js';
import { eventually } from './eventually.js';

interface Board {
  list(): string[];
  write(text: string): void;
}

it('changes survive a reload in the database of Chromium, and one tab sends them, once', async () => {
  const url = new URL((await server([location.origin])).replace(/^ws/, 'http')).origin;
  const listeners = new Set<(event: ActivityEvent) => void>();
  let online = true;
  const activity: Activity = {
    visible: true,
    get online() {
      return online;
    },
    listen: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
  const options = { activity, live: false, queue: true } as const;
  const before = new HttpRemotePeer(url, options);
  const board = await before.queryFluentInterface<Board>('board');
  online = false;
  const lost = [board.queued().write('one'), board.queued().write('two')];
  for (const each of lost) each.catch(() => {});
  await eventually(() => expect(before.queue?.size).toBe(2));
  await before.close();
  online = true;
  // Two tabs are opened at once.
  await using first = new HttpRemotePeer(url, options);
  await using second = new HttpRemotePeer(url, options);
  const read = await first.queryFluentInterface<Board>('board');
  await eventually(async () => expect(await read.cache(false).list()).toEqual(['one', 'two']));
  await eventually(async () => expect(await second.queue?.list()).toEqual([]));
  expect(await read.cache(false).list()).toEqual(['one', 'two']);
});
