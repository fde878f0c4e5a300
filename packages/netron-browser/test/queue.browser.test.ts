/// <reference path="../../netron/test/browser/server.setup.ts" />
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { server } from '../../netron/test/browser/page.js';
import { HttpRemotePeer, type QueueOptions } from '../src/index.js';
import { eventually } from './eventually.js';
import { TestPage } from './page.js';

interface Board {
  list(): string[];
  write(text: string): void;
}

it('changes survive a reload in the database of Chromium, and one tab sends each of them once', async () => {
  const url = new URL((await server([location.origin])).replace(/^ws/, 'http')).origin;
  const activity = new TestPage();
  const options = { activity, live: false, queue: true } as const;
  const before = new HttpRemotePeer(url, options);
  const board = await before.queryFluentInterface<Board>('board');
  activity.online = false;
  const lost = [board.queued().write('one'), board.queued().write('two')];
  for (const each of lost) each.catch(() => {});
  await eventually(() => expect(before.queue?.size).toBe(2));
  await before.close();
  activity.online = true;
  // Two tabs are opened at once.
  await using first = new HttpRemotePeer(url, options);
  await using second = new HttpRemotePeer(url, options);
  const read = await first.queryFluentInterface<Board>('board');
  await eventually(async () => expect(await read.cache(false).list()).toEqual(['one', 'two']));
  await eventually(async () => expect(await second.queue?.list()).toEqual([]));
  expect(await read.cache(false).list()).toEqual(['one', 'two']);
});

/** A page of a new server, whose peers act as tabs. */
async function pages() {
  const url = new URL((await server([location.origin])).replace(/^ws/, 'http')).origin;
  const activity = new TestPage();
  const away = new TestPage();
  away.online = false;
  return {
    /** A tab whose queue is loaded. A tab that is cut off sends nothing. */
    async open(queue: QueueOptions = {}, cutOff = false) {
      const peer = new HttpRemotePeer(url, { activity: cutOff ? away : activity, live: false, queue });
      const board = await peer.queryFluentInterface<Board>('board');
      const texts = () => board.cache(false).list();
      await peer.queue?.list();
      return { peer, board, texts };
    },
    set: (online: boolean) => activity.set(online),
  };
}

it('changes of a closed tab are sent at once by a tab that is still open', async () => {
  const { open } = await pages();
  const other = await open();
  const tab = await open({}, true);
  for (const text of ['one', 'two'])
    tab.board
      .queued()
      .write(text)
      .catch(() => {});
  await eventually(() => expect([tab.peer.queue?.size, other.peer.queue?.size]).toEqual([2, 2]));
  expect(await other.texts()).toEqual([]);
  await tab.peer.close();
  await eventually(async () => expect(await other.texts()).toEqual(['one', 'two']));
  await eventually(() => expect(other.peer.queue?.size).toBe(0));
  await other.peer.close();
});

it('a change is not sent by another tab while its own tab is open, and its caller is notified when another tab clears it', async () => {
  const { open, set } = await pages();
  const heard: unknown[] = [];
  const other = await open({ failed: (_, error) => void heard.push(error) });
  const tab = await open();
  set(false);
  const results = [tab.board.queued().write('one'), tab.board.queued().write('two')];
  for (const result of results) result.catch(() => {});
  await eventually(() => expect(other.peer.queue?.size).toBe(2));
  await other.peer.queue?.clear();
  for (const result of results) await expect(result).rejects.toMatchObject({ code: 'canceled', outcome: 'not_run' });
  set(true);
  await tab.board.queued().write('three');
  expect([await other.texts(), heard, tab.peer.queue?.size]).toEqual([['three'], [], 0]);
  await tab.peer.close();
  await other.peer.close();
});

describe('the database of a page', () => {
  const opened: IDBDatabase[] = [];
  beforeEach(() => {
    const open = IDBFactory.prototype.open;
    vi.spyOn(IDBFactory.prototype, 'open').mockImplementation(function (this: IDBFactory, ...args) {
      const request = open.apply(this, args);
      request.addEventListener('success', () => opened.push(request.result));
      return request;
    });
  });
  afterEach(async () => {
    vi.restoreAllMocks();
    opened.length = 0;
    await removed();
  });
  /** Deletes the database like a program does when its user leaves. */
  const removed = () =>
    new Promise<void>((resolve, reject) => {
      const deleting = indexedDB.deleteDatabase('netron-queue');
      deleting.onsuccess = () => resolve();
      deleting.onblocked = () => reject(new Error('blocked'));
      deleting.onerror = () => reject(deleting.error);
    });

  it('can be closed by the browser or deleted by the program: changes are stored in a new one', async () => {
    const { open } = await pages();
    const { peer, board, texts } = await open();
    await board.queued().write('one');
    for (const database of opened) database.close();
    await board.queued().write('two');
    await removed();
    await board.queued().write('three');
    expect(await texts()).toEqual(['one', 'two', 'three']);
    await peer.close();
  });

  it.each([
    ['of a later version', 7, true],
    ['without the store', 1, false],
  ])('%s is used nevertheless', async (_, version, store) => {
    await removed();
    await new Promise<void>((resolve, reject) => {
      const opening = indexedDB.open('netron-queue', version);
      opening.onupgradeneeded = () => {
        if (store) opening.result.createObjectStore('calls', { keyPath: 'id' }).createIndex('owner', 'owner');
      };
      opening.onsuccess = () => resolve(opening.result.close());
      opening.onerror = () => reject(opening.error);
    });
    const { open } = await pages();
    const { peer, board, texts } = await open();
    await board.queued().write('one');
    expect(await texts()).toEqual(['one']);
    await peer.close();
  });

  it('that cannot be opened refuses changes, which do not run, and is opened with the next change', async () => {
    const { open } = await pages();
    const { peer, board, texts } = await open();
    for (const database of opened) database.close();
    vi.spyOn(IDBFactory.prototype, 'open').mockImplementationOnce(() => {
      throw new DOMException('not now', 'UnknownError');
    });
    await expect(board.queued().write('one')).rejects.toMatchObject({
      name: 'NetronError',
      code: 'unavailable',
      outcome: 'not_run',
    });
    await board.queued().write('two');
    expect(await texts()).toEqual(['two']);
    await peer.close();
  });

  it('that the page is not allowed to use is replaced by memory; locks that it is not allowed to use are skipped', async () => {
    const forbidden = () => new DOMException('an opaque origin', 'SecurityError');
    vi.spyOn(IDBFactory.prototype, 'open').mockImplementation(() => {
      throw forbidden();
    });
    vi.spyOn(LockManager.prototype, 'request').mockImplementation(() => Promise.reject(forbidden()));
    const { open } = await pages();
    const { peer, board, texts } = await open();
    await board.queued().write('one');
    expect([await texts(), peer.queue?.size]).toEqual([['one'], 0]);
    await peer.close();
  });
});
