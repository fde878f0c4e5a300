/** Stored changes: their order, clearing, the answers that end them, records of others, failing storages. */
import { describe, expect, it, vi } from 'vitest';
import { type HttpPeerOptions, HttpRemotePeer, MemoryQueueStorage, type StoredCall, withOptions } from '../src/index.js';
import { type CallMark, ChangeOrder } from '../src/queue/change-order.js';
import { TestClock, turns } from './clock.js';
import { eventually } from './eventually.js';
import { FakeServer, gate, problem } from './fake-server.js';
import { quietPeers, TestPage } from './page.js';

interface Notes {
  save(text: unknown): Promise<unknown>;
  once(text: string): Promise<string>;
  put(text: string): Promise<string>;
}

const opened = quietPeers();

/** A server that records its requests, and a page of it. */
function setup({ storage = new MemoryQueueStorage(), ...options }: HttpPeerOptions & { storage?: MemoryQueueStorage } = {}) {
  const server = new FakeServer();
  const clock = new TestClock();
  const activity = new TestPage();
  const failed: [StoredCall, unknown][] = [];
  server
    .on('notes.save', { idempotencyWindow: 60_000 }, ({ args }) => args[0])
    .on('notes.once', {}, ({ args }) => args[0])
    .on('notes.put', { idempotent: true }, ({ args }) => args[0])
    .on('notes.list', { safe: true, cache: { ttl: 60_000 } }, () => []);
  const open = () => {
    const queue = { storage, failed: (call: StoredCall, error: unknown) => void failed.push([call, error]) };
    return opened(new HttpRemotePeer('https://api.example.com', { fetch: server.fetch, clock, activity, queue, ...options }));
  };
  const peer = open();
  const set = (online: boolean) => activity.set(online);
  const saved = () => server.calls('notes.save').map(({ args }) => args[0]);
  return { server, clock, peer, open, set, storage, failed, saved, owner: `${peer.url} ` };
}

/** Advances the time until `holds` does not throw. */
function passing(clock: TestClock, holds: () => void | Promise<void>): Promise<void> {
  return eventually(async () => {
    // Less than calls may take: loading code takes none of this time.
    await clock.advance(500);
    await holds();
  });
}

const record = (owner: string, more: object): StoredCall => ({
  ...{ id: '000001700000000-a', owner, tab: 'gone', service: 'notes', method: 'save', args: '{"v":["old"]}' },
  ...{ headers: {}, scope: 'notes', key: 'k', invalidate: [] },
  ...more,
});

describe('changes of one scope run in the order in which they were made', () => {
  it.each<[string, (notes: Queued) => Promise<unknown>]>([
    [
      'optimistic',
      (notes) =>
        notes
          .optimistic({ method: 'list' }, () => ['a'])
          .queued()
          .save('a'),
    ],
    ['written by code that is loaded first', (notes) => notes.queued().save(new Map([['a', 1]]))],
  ])('when the first is %s', async (_, first) => {
    const { peer, saved } = setup();
    const notes = (await peer.queryFluentInterface<Notes>('notes')) as unknown as Queued;
    await Promise.all([first(notes), notes.queued().save('b'), notes.queued().save('c')]);
    expect(saved().slice(1)).toEqual(['b', 'c']);
  });

  it('with middleware in the order in which they leave it, without waiting for each other', async () => {
    const { peer, saved } = setup();
    const notes = (await peer.queryFluentInterface<Notes>('notes')) as unknown as Queued;
    const around = async ({ args }: { args: readonly unknown[] }, next: () => Promise<void>) => {
      if (args[0] === 'a') await notes.queued().save('needed by a');
      await next();
    };
    peer.use(around, { stage: 'PRE_CALL' });
    expect(await Promise.all([notes.queued().save('a'), notes.queued().save('b')])).toEqual(['a', 'b']);
    expect([...saved()].sort()).toEqual(['a', 'b', 'needed by a']);
    expect(saved().at(-1)).toBe('a');
  });

  it('and do not wait for a refused change', async () => {
    const { peer, saved } = setup();
    const notes = (await peer.queryFluentInterface<Notes>('notes')) as unknown as Queued;
    const cycle: unknown[] = [];
    cycle.push(cycle);
    const results = [notes.queued().save(cycle), notes.queued().save('b')];
    await expect(results[0]).rejects.toMatchObject({ code: 'invalid_argument' });
    expect(await results[1]).toBe('b');
    expect(saved()).toEqual(['b']);
  });

  it('but do not wait for changes of a previous user, whose token may never arrive', async () => {
    const { peer, saved } = setup({ token: () => new Promise<string>(() => {}) });
    peer.setToken('first');
    const notes = (await peer.queryFluentInterface<Notes>('notes')) as unknown as Queued;
    peer.setToken(() => new Promise<string>(() => {}));
    notes
      .queued()
      .save('never')
      .catch(() => {});
    peer.setToken('eve');
    expect(await notes.queued().save('by eve')).toBe('by eve');
    expect(saved()).toEqual(['by eve']);
  });
});

/** The links used here. */
interface Queued {
  queued(scope?: string): Notes;
  optimistic(target: { method: string }, update: () => unknown): Queued;
}

describe('clear()', () => {
  it('prevents unsent changes from being sent: waiting changes, changes being retried, and changes still being stored', async () => {
    const { peer, set, saved, storage, owner, clock, failed } = setup();
    const notes = (await peer.queryFluentInterface<Notes>('notes')) as unknown as Queued;
    await notes.queued().save('before');
    set(false);
    const results = [notes.queued().save('a'), notes.queued().save('b')];
    await eventually(() => expect(peer.queue?.size).toBe(2));
    await turns();
    results.push(notes.queued().save(new Map()));
    await peer.queue?.clear();
    for (const result of results) await expect(result).rejects.toMatchObject({ code: 'canceled', outcome: 'not_run' });
    expect([await storage.list(owner), peer.queue?.size]).toEqual([[], 0]);
    set(true);
    expect(await notes.queued().save('after')).toBe('after');
    await clock.advance(600_000);
    expect([saved(), await storage.list(owner), failed]).toEqual([['before', 'after'], [], []]);
  });

  it('keeps a change of another user that is still being stored', async () => {
    let user = 'ann';
    const { peer, saved } = setup({ identity: () => user });
    const notes = (await peer.queryFluentInterface<Notes>('notes')) as unknown as Queued;
    const result = notes.queued().save(new Map());
    user = 'bob';
    await peer.queue?.clear();
    user = 'ann';
    await peer.queue?.resume();
    await result;
    expect(saved()).toHaveLength(1);
  });

  it.each<[string, () => string | Promise<string>]>([
    ['a token', () => 'ada'],
    ['a promise of a token', async () => 'ada'],
  ])('applies to the user at the time of the call: to %s, with another user in the same turn', async (_, token) => {
    const { peer, set, storage, saved } = setup({ token: 'eve' });
    const notes = (await peer.queryFluentInterface<Notes>('notes')) as unknown as Queued;
    set(false);
    const ofEve = notes.queued().save('of eve');
    peer.setToken(token);
    const ofAda = expect(notes.queued().save('of ada')).rejects.toMatchObject({ code: 'canceled' });
    await eventually(() => expect(peer.queue?.size).toBe(1));
    const clearing = peer.queue?.clear();
    peer.setToken('eve');
    await Promise.all([clearing, ofAda]);
    set(true);
    expect([await ofEve, saved(), await storage.list(`${peer.url} `)]).toEqual(['of eve', ['of eve'], []]);
  });

  it('prevents changes in middleware from being stored, now and when their user is back', async () => {
    const { peer, saved, storage, clock } = setup({ token: 'ann' });
    const notes = (await peer.queryFluentInterface<Notes>('notes')) as unknown as Queued;
    const held = gate();
    peer.use({ stage: 'PRE_CALL', execute: ({ args }, next) => (args[0] === 'held' ? held.promise.then(next) : next()) });
    const refused = expect(notes.queued().save('held')).rejects.toMatchObject({ code: 'canceled', outcome: 'not_run' });
    await eventually(async () => turns());
    await peer.queue?.clear();
    peer.setToken('bob');
    held.open();
    await refused;
    peer.setToken('ann');
    expect(await notes.queued().save('after')).toBe('after');
    await clock.advance(600_000);
    expect([saved(), await storage.list(`${peer.url} `)]).toEqual([['after'], []]);
  });

  it('keeps a later change that is stored before clear() has read the storage', async () => {
    const { peer, storage, saved, set } = setup();
    const notes = (await peer.queryFluentInterface<Notes>('notes')) as unknown as Queued;
    set(false);
    const [reads, read] = [gate(), gate()];
    const list = storage.list.bind(storage);
    storage.list = async (owner) => {
      storage.list = list;
      reads.open();
      await read.promise;
      return list(owner);
    };
    const clearing = peer.queue?.clear();
    await reads.promise;
    const result = notes.queued().save('after');
    await eventually(() => expect(peer.queue?.size).toBe(1));
    read.open();
    await clearing;
    set(true);
    expect([await result, saved()]).toEqual(['after', ['after']]);
  });

  it('does not notify callers of changes that have ended', async () => {
    const marked = vi.spyOn(ChangeOrder.prototype, 'mark');
    const { peer } = setup();
    const notes = (await peer.queryFluentInterface<Notes>('notes')) as unknown as Queued;
    await notes.queued().save('a');
    const cycle: unknown[] = [];
    cycle.push(cycle);
    await expect(notes.queued().save(cycle)).rejects.toMatchObject({ code: 'invalid_argument' });
    await peer.queue?.clear();
    expect(marked.mock.results.map(({ value }) => (value as CallMark).cleared)).toEqual([[], []]);
  });

  it('removes changes in middleware whose caller has left', async () => {
    const { peer, set, saved, storage, clock } = setup();
    peer.use({ stage: 'PRE_CALL', execute: (_, next) => next() });
    const notes = await peer.queryFluentInterface<Notes>('notes');
    set(false);
    const controller = new AbortController();
    const left = expect(notes.queued().timeout(Infinity).signal(controller.signal).save('a')).rejects.toMatchObject({
      code: 'canceled',
    });
    await eventually(() => expect(peer.queue?.size).toBe(1));
    controller.abort();
    await left;
    await peer.queue?.clear();
    set(true);
    await clock.advance(600_000);
    expect([saved(), await storage.list(`${peer.url} `)]).toEqual([[], []]);
  });

  it('of another tab has the same effect, and callers are notified; changes stored later are sent', async () => {
    const { peer, set, saved, storage, owner, failed } = setup();
    const notes = (await peer.queryFluentInterface<Notes>('notes')) as unknown as Queued;
    set(false);
    const results = [notes.queued().save('a'), notes.queued().save('b')];
    await eventually(() => expect(peer.queue?.size).toBe(2));
    for (const { id } of await storage.list(owner)) await storage.delete(id);
    set(true);
    for (const result of results) await expect(result).rejects.toMatchObject({ code: 'canceled', outcome: 'not_run' });
    expect(await notes.queued().save('after')).toBe('after');
    expect([saved(), failed]).toEqual([['after'], []]);
  });

  it('does not stop the change in flight, whose outcome is unknown', async () => {
    const { peer, server, storage, owner, failed } = setup();
    const [asked, answer] = [gate(), gate()];
    server.on('notes.slow', { idempotencyWindow: 60_000 }, async () => {
      asked.open();
      await answer.promise;
      return 'done';
    });
    const notes = (await peer.queryFluentInterface<{ slow(): Promise<string> }>('notes')) as unknown as {
      queued(): { slow(): Promise<string> };
    };
    const result = notes.queued().slow();
    await asked.promise;
    await peer.queue?.clear();
    await expect(result).rejects.toMatchObject({ code: 'canceled', outcome: 'unknown' });
    answer.open();
    await turns();
    expect([await storage.list(owner), failed]).toEqual([[], []]);
  });

  it('fails when the storage cannot remove the changes; this tab does not send them', async () => {
    class Stuck extends MemoryQueueStorage {
      override delete(): Promise<void> {
        return Promise.reject(new Error('busy'));
      }
    }
    const { peer, set, saved, clock } = setup({ storage: new Stuck() });
    const notes = (await peer.queryFluentInterface<Notes>('notes')) as unknown as Queued;
    set(false);
    const result = notes.queued().save('a');
    await eventually(() => expect(peer.queue?.size).toBe(1));
    const refused = expect(peer.queue?.clear()).rejects.toMatchObject({ code: 'unavailable', outcome: 'not_run' });
    await expect(result).rejects.toMatchObject({ code: 'canceled' });
    await refused;
    set(true);
    await clock.advance(600_000);
    expect([saved(), await peer.queue?.list()]).toEqual([[], []]);
  });
});

describe('an answer of the server', () => {
  it.each([
    [503, 'unavailable'],
    [504, 'deadline_exceeded'],
    [500, 'unknown_outcome'],
    [401, 'unauthenticated'],
  ])('that the method failed with %s %s ends the change; the changes after it run', async (status, code) => {
    const { peer, server, clock } = setup();
    server.on('notes.fails', { idempotencyWindow: 600_000 }, () => problem(status, code, 'the database is down'));
    const notes = (await peer.queryFluentInterface<Notes>('notes')) as unknown as {
      queued(): Record<string, () => Promise<unknown>>;
    };
    const results = Promise.allSettled([notes.queued().fails!(), notes.queued().save!()]);
    let ended: PromiseSettledResult<unknown>[] | undefined;
    void results.then((settled) => (ended = settled));
    await passing(clock, () => expect(ended).toBeDefined());
    expect(ended).toMatchObject([{ status: 'rejected', reason: { code, outcome: 'ran' } }, { status: 'fulfilled' }]);
    expect(server.calls('notes.fails')).toHaveLength(1);
  });

  it.each(['not_run', 'unknown'])('with the outcome %s lets the change be sent again', async (outcome) => {
    const { peer, server, clock } = setup();
    const answers = [() => problem(503, 'unavailable', 'not now', { outcome }), () => 'done'];
    server.on('notes.fails', { idempotencyWindow: 600_000 }, () => answers.shift()?.());
    const notes = (await peer.queryFluentInterface<Notes>('notes')) as unknown as {
      queued(): Record<string, () => Promise<unknown>>;
    };
    let value: unknown;
    void notes.queued().fails!().then((result) => (value = result));
    await passing(clock, () => expect(value).toBe('done'));
  });
});

describe('a storage', () => {
  it.each([
    ['QuotaExceededError', 'resource_exhausted'],
    ['InvalidStateError', 'unavailable'],
  ])('that fails with %s fails a change with %s, which does not run', async (name, code) => {
    class Failing extends MemoryQueueStorage {
      override async put(call: StoredCall) {
        // As a database may do when it is closed in between.
        await super.put(call);
        throw new DOMException('of the browser', name);
      }
    }
    const { peer, saved, clock, open } = setup({ storage: new Failing() });
    const notes = (await peer.queryFluentInterface<Notes>('notes')) as unknown as Queued;
    await expect(notes.queued().save('a')).rejects.toMatchObject({
      ...{ name: 'NetronError', code, outcome: 'not_run', cause: expect.any(DOMException) },
    });
    await peer.close();
    open();
    await clock.advance(600_000);
    expect(saved()).toEqual([]);
  });

  it('that cannot mark a change as sent prevents sending it only when it could run twice', async () => {
    let full = true;
    class Full extends MemoryQueueStorage {
      override update(call: StoredCall) {
        return full ? Promise.reject(new DOMException('full', 'QuotaExceededError')) : super.update(call);
      }
    }
    const { peer, server, clock } = setup({ storage: new Full() });
    const notes = (await peer.queryFluentInterface<Notes>('notes')) as unknown as Queued;
    expect(await notes.queued().put('as often as you like')).toBe('as often as you like');
    const values: unknown[] = [];
    const queued = [notes.queued('one').once('at most once'), notes.queued('other').save('once in a window')];
    for (const result of queued) void result.then((value) => values.push(value));
    await clock.advance(600_000);
    expect([...server.calls('notes.once'), ...server.calls('notes.save')]).toEqual([]);
    full = false;
    await passing(clock, () => expect(values).toHaveLength(2));
    expect([...server.calls('notes.once'), ...server.calls('notes.save')]).toHaveLength(2);
  });

  it('that cannot mark a change as sent again does not prevent sending it: its idempotency key expires as before', async () => {
    class Full extends MemoryQueueStorage {
      notes = 0;
      override update(call: StoredCall) {
        this.notes += 1;
        return this.notes > 1 ? Promise.reject(new DOMException('full', 'QuotaExceededError')) : super.update(call);
      }
    }
    const { peer, server, clock } = setup({ storage: new Full() });
    server.on('notes.pay', { idempotencyWindow: 60_000 }, () => {
      if (server.calls('notes.pay').length === 1) throw new TypeError('the answer was lost');
      return 'paid';
    });
    const notes = (await peer.queryFluentInterface<Notes>('notes')) as unknown as { queued(): { pay(): Promise<string> } };
    let value: unknown;
    notes
      .queued()
      .pay()
      .then(
        (result) => (value = result),
        (error: unknown) => (value = error),
      );
    await passing(clock, () => expect(value).toBe('paid'));
    expect(server.calls('notes.pay')).toHaveLength(2);
  });

  it('that fails during list or clear causes a NetronError', async () => {
    const { peer, storage } = setup();
    await peer.queue?.list();
    storage.list = () => Promise.reject(new DOMException('closing', 'InvalidStateError'));
    const failure = { name: 'NetronError', code: 'unavailable', outcome: 'not_run' };
    await expect(peer.queue?.list()).rejects.toMatchObject(failure);
    await expect(peer.queue?.clear()).rejects.toMatchObject(failure);
  });
});

it('a change with a send time in the future, since the clock was set back, is never sent again', async () => {
  const { open, peer, storage, owner, saved, failed } = setup();
  await peer.close();
  await storage.put(record(owner, { sent: new TestClock().wall() + 3_600_000 }));
  open();
  await eventually(() => expect(failed).toHaveLength(1));
  expect([failed[0]?.[1], saved()]).toMatchObject([{ code: 'unknown_outcome', outcome: 'unknown' }, []]);
});

describe('a foreign record in the storage', () => {
  it.each<[string, object]>([
    ['no number in its id', { id: 'zzz' }],
    ['an id beyond the range of clocks', { id: '999999999999999-a' }],
  ])('with %s runs, and changes keep unique ids', async (_, more) => {
    const { open, storage, owner, saved, set, peer } = setup();
    await storage.put(record(owner, more));
    set(false);
    await peer.close();
    const again = open();
    const notes = (await again.queryFluentInterface<Notes>('notes')) as unknown as Queued;
    const results = ['a', 'b', 'c'].map((text) => notes.queued().save(text));
    await eventually(() => expect(again.queue?.size).toBe(4));
    const ids = (await again.queue!.list()).map(({ id }) => id);
    expect(new Set(ids).size).toBe(4);
    set(true);
    expect(await Promise.all(results)).toEqual(['a', 'b', 'c']);
    expect(saved().filter((text) => text !== 'old')).toEqual(['a', 'b', 'c']);
  });

  it.each<[string, object]>([
    ['tags', { invalidate: undefined }],
    ['a string of arguments', { args: undefined }],
    ['headers', { headers: ['a', 1] }],
    ['time', { sent: 'soon' }],
    ['id', { id: 5 }],
    ['arguments', { args: '{{' }],
    ['a list of arguments', { args: '{"v":{"a":1}}' }],
  ])('without readable %s ends, is reported, and does not run', async (_, more) => {
    const { open, storage, owner, saved, failed, peer } = setup();
    await peer.close();
    await storage.put(record(owner, more));
    const again = open();
    await eventually(async () => expect(await storage.list(owner)).toEqual([]));
    expect(failed).toMatchObject([[record(owner, more), { code: 'data_loss', outcome: 'sent' in more ? 'unknown' : 'not_run' }]]);
    expect([saved(), await again.queue?.list()]).toEqual([[], []]);
  });
});

it('an invalid header is not treated as a network failure: the call fails with outcome not_run', async () => {
  const { peer, server, storage, owner, failed, open } = setup();
  const refused = { code: 'invalid_argument', outcome: 'not_run' };
  const notes = (await peer.queryFluentInterface<Notes>('notes')) as unknown as Queued & Notes;
  for (const headers of [{ 'x y': '1' }, { 'x-y': 'a\nb' }, { 'x-y': 'ключ' }])
    await expect(Promise.resolve(withOptions(notes, { headers }).save('a'))).rejects.toMatchObject(refused);
  await peer.close();
  await storage.put(record(owner, { headers: { 'x y': '1' } }));
  open();
  await eventually(() => expect(failed).toMatchObject([[{ id: '000001700000000-a' }, refused]]));
  expect(server.calls('notes.save')).toEqual([]);
});
