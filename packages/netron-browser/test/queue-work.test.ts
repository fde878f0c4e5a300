/** The work of the queue in its storage: a few reads of the waiting calls, however many changes there are. */
import { expect, it } from 'vitest';
import { HttpRemotePeer, MemoryQueueStorage, type StoredCall } from '../src/index.js';
import { TestClock } from './clock.js';
import { eventually } from './eventually.js';
import { FakeServer } from './fake-server.js';
import { TestPage } from './page.js';

/** Counts its operations and the records that it has returned. */
class CountingStorage extends MemoryQueueStorage {
  readonly counts = { list: 0, read: 0, put: 0, update: 0, delete: 0 };

  /** Returns the counts since the last call. */
  take(): CountingStorage['counts'] {
    const counts = { ...this.counts };
    Object.assign(this.counts, { list: 0, read: 0, put: 0, update: 0, delete: 0 });
    return counts;
  }

  override async list(owner: string): Promise<StoredCall[]> {
    this.counts.list += 1;
    const calls = await super.list(owner);
    this.counts.read += calls.length;
    return calls;
  }
  override put(call: StoredCall): Promise<void> {
    this.counts.put += 1;
    return super.put(call);
  }
  override update(call: StoredCall): Promise<boolean> {
    this.counts.update += 1;
    return super.update(call);
  }
  override delete(id: string): Promise<void> {
    this.counts.delete += 1;
    return super.delete(id);
  }
}

interface Queued {
  queued(scope: string): { save(text: string): Promise<string> };
}

function setup() {
  const storage = new CountingStorage();
  const server = new FakeServer().on('notes.save', { idempotencyWindow: 60_000 }, ({ args }) => args[0]);
  const activity = new TestPage();
  activity.online = false;
  const open = () =>
    new HttpRemotePeer('https://api.example.com', { fetch: server.fetch, clock: new TestClock(), activity, queue: { storage } });
  const set = (online: boolean) => activity.set(online);
  return { storage, server, open, set };
}

const changes = 300;
/** Reads of all waiting calls, whatever their number. */
const readings = 5;

it.each<[string, (change: number) => string]>([
  ['one scope', () => 'notes'],
  ['a scope each', (change) => `note ${change}`],
])('changes of %s are stored, sent, and sent after a reload with linear work', async (_, scopeOf) => {
  const { storage, server, open, set } = setup();
  const [most, once] = [readings * changes, { put: 0, update: changes, delete: changes }];
  const store = async () => {
    const peer = open();
    const notes = (await peer.queryFluentInterface('notes')) as unknown as Queued;
    storage.take();
    const results = Array.from({ length: changes }, (_, change) => notes.queued(scopeOf(change)).save(String(change)));
    for (const result of results) result.catch(() => {});
    await eventually(() => expect(peer.queue?.size).toBe(changes));
    const { read, list, ...counts } = storage.take();
    expect(counts).toEqual({ put: changes, update: 0, delete: 0 });
    expect([list <= readings, read <= most], `${list} lists, ${read} records`).toEqual([true, true]);
    return { peer, results };
  };
  const sent = () => {
    const { read, list, ...counts } = storage.take();
    expect(counts).toEqual(once);
    expect([list <= readings, read <= most], `${list} lists, ${read} records`).toEqual([true, true]);
  };
  const first = await store();
  set(true);
  expect((await Promise.all(first.results)).length).toBe(changes);
  await eventually(() => expect(storage.counts.delete).toBe(changes));
  sent();
  await first.peer.close();
  set(false);
  const second = await store();
  await second.peer.close();
  storage.take();
  const again = open();
  set(true);
  await eventually(() => expect(storage.counts.delete).toBe(changes));
  sent();
  expect(server.calls('notes.save')).toHaveLength(2 * changes);
  await again.close();
});
