/** Functions and storages of a program that fail: nothing else is affected. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { HttpRemotePeer, MemoryQueueStorage, type StoredCall } from '../src/index.js';
import { TestClock } from './clock.js';
import { eventually } from './eventually.js';
import { FakeServer } from './fake-server.js';

interface Notes {
  save(text: string): Promise<string>;
  list(): Promise<number>;
}

const throwing = () => {
  throw new Error('of the page');
};

function setup(storage = new MemoryQueueStorage()) {
  const server = new FakeServer();
  const clock = new TestClock();
  server
    .on('notes.save', { idempotent: true }, ({ args }) => `saved ${args[0]}`)
    .on('notes.list', { safe: true }, () => server.calls('notes.list').length);
  const peer = new HttpRemotePeer('https://api.example.com', { fetch: server.fetch, clock, queue: { storage } });
  return { server, clock, peer };
}

beforeEach(() => {
  vi.spyOn(console, 'error').mockImplementation(() => {});
});
afterEach(() => {
  vi.restoreAllMocks();
});

describe('a queued change', () => {
  it('returns its result and lets the next one run when it cannot be removed from the storage', async () => {
    let broken = true;
    class Broken extends MemoryQueueStorage {
      override delete(id: string) {
        return broken ? Promise.reject(new Error('the database is closing')) : super.delete(id);
      }
    }
    const storage = new Broken();
    const { server, peer } = setup(storage);
    const notes = await peer.queryFluentInterface<Notes>('notes');
    expect(await notes.queued().save('a')).toBe('saved a');
    expect(await notes.queued().save('b')).toBe('saved b');
    expect([await peer.queue?.list(), server.calls('notes.save').length]).toEqual([[], 2]);
    broken = false;
    expect(await notes.queued().save('c')).toBe('saved c');
    const owner = `${peer.url} `;
    await eventually(async () => expect(await storage.list(owner)).toEqual([]));
    expect(console.error).toHaveBeenCalled();
    await peer.close();
  });

  it('is sent later when it cannot be marked as sent at first', async () => {
    let refusals = 2;
    class Full extends MemoryQueueStorage {
      override async update(call: StoredCall) {
        if (refusals-- > 0) throw new Error('no space left');
        return super.update(call);
      }
    }
    const { server, clock, peer } = setup(new Full());
    const notes = await peer.queryFluentInterface<Notes>('notes');
    const saving = notes.queued().save('a');
    let saved: string | undefined;
    void saving.then((value) => (saved = value));
    await eventually(async () => {
      await clock.advance(60_000);
      expect(saved).toBe('saved a');
    });
    expect(server.calls('notes.save')).toHaveLength(1);
    await peer.close();
  });

  it('is sent and reported when a listener of the queue throws', async () => {
    const { peer } = setup();
    const notes = await peer.queryFluentInterface<Notes>('notes');
    let told = 0;
    peer.queue?.subscribe(throwing);
    peer.queue?.subscribe(() => {
      told += 1;
    });
    expect(await notes.queued().save('a')).toBe('saved a');
    expect(await notes.queued().save('b')).toBe('saved b');
    expect(told).toBeGreaterThan(0);
    await peer.close();
  });
});

it('a throwing listener of a query fails neither the read nor the other listeners', async () => {
  const { peer } = setup();
  const one = peer.watch<Notes, 'list'>('notes', 'list', []);
  const two = peer.watch<Notes, 'list'>('notes', 'list', []);
  const told = { one: 0, two: 0 };
  one.subscribe(throwing);
  one.subscribe(() => {
    told.one += 1;
  });
  two.subscribe(() => {
    told.two += 1;
  });
  await eventually(() => expect([one.data, two.data]).toEqual([1, 1]));
  await two.refetch();
  expect([one.data, two.data, one.error, two.error]).toEqual([2, 2, undefined, undefined]);
  expect(told.one).toBeGreaterThan(0);
  expect(told.two).toBeGreaterThan(0);
  await peer.close();
});
