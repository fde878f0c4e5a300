/** Functions of the program that never settle: a source of tokens, middleware, a validation, a storage. The waits for them end. */
import { systemClock } from '@omnitron-dev/netron/http/client';
import { beforeAll, describe, expect, it } from 'vitest';
import { type HttpPeerOptions, HttpRemotePeer, MemoryQueueStorage, type StoredCall } from '../src/index.js';
import { eventsOf, type OpenEventsParts } from '../src/live/open-events.js';
import { TestClock, turns } from './clock.js';
import { eventually } from './eventually.js';
import { type Asked, FakeServer, gate, ok, problem } from './fake-server.js';
import { quietPeers, TestPage } from './page.js';

interface Notes {
  list(): Promise<string>;
  save(text: unknown): Promise<unknown>;
  put(text: string): Promise<unknown>;
}

/** The links used here. */
interface Fluent extends Notes {
  queued(scope?: string): Fluent;
  timeout(ms: number): Fluent;
  signal(signal: AbortSignal): Fluent;
  validate(check: (value: unknown) => unknown): Fluent;
  optimistic(target: { method: string }, update: () => unknown): Fluent;
}

const never = () => new Promise<never>(() => {});
const late = { code: 'deadline_exceeded' };
const notRun = { ...late, outcome: 'not_run' };
const gone = { code: 'unavailable', outcome: 'not_run' };

const opened = quietPeers();
// Code that is loaded on first use takes none of the virtual time.
beforeAll(() =>
  Promise.all([
    import('../src/peer/duplex-calls.js'),
    import('../src/queue/call-queue.js'),
    import('../src/queue/storage.js'),
    import('../src/request/error-codec.js'),
    import('../src/request/renewals.js'),
    import('../src/request/run-stage.js'),
    import('../src/request/status-failure.js'),
  ]),
);

function setup(options: HttpPeerOptions = {}) {
  const server = new FakeServer();
  const clock = new TestClock();
  const who = ({ headers }: { headers: Headers }) => headers.get('authorization') ?? 'nobody';
  server
    .on('notes.list', { safe: true, cache: { ttl: 60, tags: ['notes'] } }, who)
    .on('notes.save', { idempotencyWindow: 60_000 }, ({ args }) => args[0])
    .on('notes.put', { idempotent: true }, (asked) => answers.put(asked));
  const answers: { put: (asked: Asked) => unknown } = { put: ({ args }) => args[0] };
  const peer = opened(new HttpRemotePeer('https://api.example.com', { fetch: server.fetch, clock, ...options }));
  const fluent = async () => (await peer.queryFluentInterface<Notes>('notes')) as unknown as Fluent;
  return { server, clock, peer, fluent, answers };
}

/** Advances the time in small steps, and lets code be loaded, until a promise has settled. @returns how long it took, and how it ended */
async function settled(clock: TestClock, promise: Promise<unknown>) {
  const began = clock.now();
  let end: { value: unknown } | { error: unknown } | undefined;
  promise.then(
    (value) => (end = { value }),
    (error: unknown) => (end = { error }),
  );
  await turns();
  for (let steps = 0; end === undefined && steps < 400; steps++) {
    await new Promise((resolve) => setImmediate(resolve));
    if (steps > 20) await clock.advance(500);
  }
  return { after: clock.now() - began, ...end };
}

describe('a token source that never settles', () => {
  /** A page that a user with a token has used before. */
  async function stuck(options: HttpPeerOptions = {}) {
    const page = setup({ token: 'ada', ...options });
    const notes = await page.fluent();
    page.peer.setToken(never);
    return { ...page, notes };
  }

  it('delays calls until their timeout, and none of them is sent later', async () => {
    const late = gate<string>();
    const { clock, server, peer, notes } = await stuck();
    peer.setToken(() => late.promise);
    const controller = new AbortController();
    const change = settled(clock, notes.put('a'));
    const [read, short] = [settled(clock, notes.list()), settled(clock, notes.timeout(1_000).list())];
    const shown = settled(clock, notes.optimistic({ method: 'list' }, () => 'b').put('b'));
    const left = settled(clock, notes.signal(controller.signal).list());
    controller.abort();
    expect(await left).toMatchObject({ after: 0, error: { code: 'canceled', outcome: 'not_run' } });
    expect((await short).after).toBeLessThan(2_000);
    for (const call of [change, read, short, shown]) expect(await call).toMatchObject({ error: notRun });
    expect((await read).after).toBeGreaterThanOrEqual(30_000);
    late.open('ada');
    await turns();
    expect(server.asked).toEqual([]);
  });

  it('does not delay calls, descriptions and slots of the next user', async () => {
    const { server, peer, notes } = await stuck({ maxConcurrent: 1 });
    for (const call of [notes.put('a'), notes.list()]) call.catch(() => {});
    const described = peer.queryInterface('other');
    described.catch(() => {});
    await turns();
    server.on('other.get', { safe: true }, () => 1);
    peer.setToken('eve');
    expect(await notes.list()).toBe('Bearer eve');
    expect(await (await peer.queryInterface<{ get(): Promise<number> }>('other')).get()).toBe(1);
  });

  it('delays queued changes no longer than other calls, and does not delay those of the next user', async () => {
    const storage = new MemoryQueueStorage();
    const { server, clock, peer, notes } = await stuck({ queue: { storage } });
    const change = settled(clock, notes.queued().save('of nobody yet'));
    await turns();
    expect(await change).toMatchObject({ error: notRun });
    const listed = peer.queue?.list();
    await turns();
    peer.setToken('eve');
    expect(await listed).toEqual([]);
    expect(await notes.queued().save('of eve')).toBe('of eve');
    expect(server.calls('notes.save').map(({ args }) => args[0])).toEqual(['of eve']);
  });

  it('while a stored change is sent does not delay other changes in its scope', async () => {
    const source: { token: () => string | Promise<string> } = { token: () => 'ada' };
    const storage = new MemoryQueueStorage();
    const noted = gate();
    const asked = gate();
    storage.update = async () => {
      noted.open();
      await asked.promise;
      return true;
    };
    const { server, peer, fluent } = setup({ token: () => source.token(), queue: { storage } });
    const notes = await fluent();
    const saved = notes.queued().save('of ada');
    saved.catch(() => {});
    await noted.promise;
    let waits = 0;
    source.token = () => {
      waits += 1;
      return never();
    };
    asked.open();
    await eventually(() => expect(waits).toBeGreaterThan(0));
    peer.setToken('eve');
    expect(await notes.queued().save('of eve')).toBe('of eve');
    peer.setToken('ada');
    expect(await saved).toBe('of ada');
    expect(server.calls('notes.save').map(({ headers }) => headers.get('authorization'))).toEqual(['Bearer eve', 'Bearer ada']);
  });

  it('does not delay close(), and close() ends the waits for it', async () => {
    const activity = new TestPage();
    const { peer } = setup({ token: never, activity, queue: { storage: new MemoryQueueStorage() } });
    const waiting = [peer.queue?.list(), peer.queue?.clear(), peer.queue?.resume()].map((promise) =>
      expect(promise).rejects.toMatchObject(gone),
    );
    const query = peer.watch<Notes, 'list'>('notes', 'list', []);
    const fetched = query.refetch();
    await eventually(() => expect(activity.listeners.size).toBeGreaterThan(1));
    // Actions that the queue starts on its own reject without a caller.
    activity.tell('online');
    await turns();
    await peer.close();
    await Promise.all([...waiting, fetched]);
    await new Promise((resolve) => setImmediate(resolve));
    expect(query.data).toBeUndefined();
  });

  it('delays prefetch until the timeout of a call', async () => {
    const { clock, peer } = await stuck();
    expect(await settled(clock, peer.prefetch<Notes, 'list'>('notes', 'list', []))).toMatchObject({ error: late });
    const controller = new AbortController();
    const left = settled(clock, peer.prefetch<Notes, 'list'>('notes', 'list', [], { signal: controller.signal }));
    controller.abort();
    expect(await left).toMatchObject({ after: 0, error: { code: 'canceled' } });
  });

  it('does not delay a refetch of a query that was disposed or has another user', async () => {
    const { peer } = await stuck();
    const query = peer.watch<Notes, 'list'>('notes', 'list', []);
    const one = query.refetch();
    peer.setToken('eve');
    await one;
    await eventually(() => expect(query.data).toBe('Bearer eve'));
    peer.setToken(never);
    const other = query.refetch();
    query[Symbol.dispose]();
    await other;
  });

  it('delays a connection until the timeout of a call, or until the user changes', async () => {
    const { clock, peer } = await stuck();
    expect(await settled(clock, peer.duplex())).toMatchObject({ error: late });
    const named = peer.duplex();
    await new Promise((resolve) => setImmediate(resolve));
    peer.setToken('eve');
    await expect(named).rejects.toMatchObject({ code: 'unauthenticated' });
  });

  it('delays the event stream until it times out', async () => {
    const { Credentials } = await import('../src/request/credentials.js');
    const clock = new TestClock();
    const credentials = new Credentials({ token: never }, undefined, () => undefined, { clock, timeout: 30_000 });
    const open = eventsOf({ credentials, headers: {}, timeout: 30_000 } as unknown as OpenEventsParts, 'ada');
    const controller = new AbortController();
    const opened = open([], undefined, controller.signal);
    controller.abort();
    await expect(opened).rejects.toMatchObject({ code: 'canceled' });
  });

  it('does not delay live data of the next user', async () => {
    const opened: (string | null)[] = [];
    const { server, peer } = setup({
      token: never,
      live: true,
      fetch: (url, init) => {
        if (!url.endsWith('/$events')) return server.fetch(url, init);
        opened.push(new Headers(init.headers).get('authorization'));
        return never();
      },
      clock: systemClock,
    });
    const headers = { 'netron-tags': `note~abcdef.0123456789abcdef`, 'netron-cursor': 'a.1' };
    server.on('notes.shown', { safe: true, cache: { ttl: 60 } }, () => ok('x', headers));
    peer.setToken('ada');
    const query = peer.watch<{ shown(): Promise<string> }, 'shown'>('notes', 'shown', []);
    peer.setToken(never);
    await turns();
    peer.setToken('eve');
    await eventually(() => expect(query.data).toBe('x'));
    await eventually(() => expect(opened).toEqual(['Bearer eve']));
  });
});

it('a token renewal that never settles fails calls at their timeout, and does not prevent a renewal for later calls', async () => {
  const renewals = [never(), Promise.resolve('new')];
  const { answers, clock, fluent } = setup({ token: 'old', refresh: () => renewals.shift()! });
  answers.put = ({ headers }) =>
    headers.get('authorization') === 'Bearer new' ? 'put' : problem(401, 'unauthenticated', 'expired', { outcome: 'not_run' });
  const notes = await fluent();
  expect(await settled(clock, notes.put('a'))).toMatchObject({ error: late });
  expect(await settled(clock, notes.put('b'))).toMatchObject({ value: 'put' });
});

describe('middleware that never settles', () => {
  it.each(['PRE_CALL', 'PRE_REQUEST'])('at %s fails the call, which is not sent later', async (stage) => {
    const open = gate();
    const { server, clock, peer, fluent } = setup();
    const notes = await fluent();
    peer.use({ stage, execute: (_, next) => open.promise.then(next) });
    const controller = new AbortController();
    const left = settled(clock, notes.signal(controller.signal).put('left'));
    controller.abort();
    expect(await left).toMatchObject({ after: 0, error: { code: 'canceled', outcome: 'not_run' } });
    expect((await settled(clock, notes.timeout(1_000).put('short'))).after).toBeLessThan(12_000);
    expect(await settled(clock, notes.put('a'))).toMatchObject({ error: notRun });
    open.open();
    await turns();
    expect(server.calls('notes.put')).toEqual([]);
  });

  it('after the call discards its result', async () => {
    const { server, clock, peer, fluent } = setup();
    const notes = await fluent();
    peer.use({ stage: 'PRE_CALL', execute: (_, next) => next().then(never) });
    expect(await settled(clock, notes.put('a'))).toMatchObject({ error: { ...late, outcome: 'unknown' } });
    expect(server.calls('notes.put')).toHaveLength(1);
  });

  it('has its own time limit before a call and after it', async () => {
    const { clock, peer, fluent, answers } = setup();
    answers.put = () => new Promise((resolve) => clock.setTimeout(() => resolve('slow'), 25_000));
    const notes = await fluent();
    const wait = () => new Promise<void>((resolve) => clock.setTimeout(resolve, 25_000));
    peer.use({ stage: 'PRE_CALL', execute: (_, next) => wait().then(next).then(wait) });
    expect(await settled(clock, notes.put('a'))).toMatchObject({ value: 'slow' });
  });

  it('before a queued change fails the change; once it is stored, the network may take any time', async () => {
    const storage = new MemoryQueueStorage();
    const activity = new TestPage();
    const { clock, peer, fluent } = setup({ queue: { storage }, activity });
    const notes = await fluent();
    peer.use({ stage: 'PRE_CALL', execute: ({ args }, next) => (args[0] === 'stuck' ? never() : next()) });
    expect(await settled(clock, notes.queued().save('stuck'))).toMatchObject({ error: notRun });
    activity.online = false;
    const waiting = settled(clock, notes.queued().save('a'));
    await eventually(() => expect(peer.queue?.size).toBe(1));
    await clock.advance(120_000);
    activity.set(true);
    expect(await waiting).toMatchObject({ value: 'a' });
  });
});

it('a validation that never settles fails its call; other callers of the same read get the value', async () => {
  const { clock, fluent } = setup();
  const notes = await fluent();
  const checked = settled(clock, notes.validate(never).list());
  expect(await checked).toMatchObject({ error: late });
  expect(await notes.list()).toBe('nobody');
  expect(await settled(clock, notes.validate(never).put('a'))).toMatchObject({ error: late });
});

describe('a storage of changes that never answers', () => {
  class Stuck extends MemoryQueueStorage {
    readonly #at: string;
    constructor(at: string) {
      super();
      this.#at = at;
    }
    override list(owner: string): Promise<StoredCall[]> {
      return this.#at === 'list' ? never() : super.list(owner);
    }
    override put(call: StoredCall): Promise<void> {
      return this.#at === 'put' || (this.#at === 'one put' && call.args.includes('"a"')) ? never() : super.put(call);
    }
    override update(call: StoredCall): Promise<boolean> {
      return this.#at === 'update' ? never() : super.update(call);
    }
    override delete(id: string): Promise<void> {
      return this.#at === 'delete' ? never() : super.delete(id);
    }
  }

  it('fails a change, and does not prevent later ones from being stored', async () => {
    const { clock, fluent } = setup({ queue: { storage: new Stuck('one put') } });
    const notes = await fluent();
    const results = [settled(clock, notes.queued().save('a')), settled(clock, notes.queued().save('b'))];
    expect(await results[0]).toMatchObject({ error: { ...late, outcome: 'unknown' } });
    expect(await results[1]).toMatchObject({ value: 'b' });
  });

  it.each(['list', 'put'])('at %s delays a change until its own timeout or signal', async (at) => {
    const { clock, fluent } = setup({ queue: { storage: new Stuck(at) } });
    const notes = await fluent();
    const outcome = at === 'put' ? 'unknown' : 'not_run';
    const { after, ...end } = await settled(clock, notes.timeout(1_000).queued().save('b'));
    expect(end).toMatchObject({ error: { ...late, outcome } });
    expect(after).toBeLessThan(10_000);
    const leave = new AbortController();
    const left = notes.signal(leave.signal).queued().save('c');
    left.catch(() => {});
    await turns();
    leave.abort();
    await expect(left).rejects.toMatchObject({ code: 'canceled', outcome });
  });

  it('has the time of a change that the token has left over', async () => {
    const { clock, peer, fluent } = setup({ queue: { storage: new Stuck('list') } });
    const notes = await fluent();
    peer.setToken(() => new Promise((resolve) => clock.setTimeout(() => resolve('ada'), 700)));
    const { after, ...end } = await settled(clock, notes.timeout(1_000).queued().save('a'));
    expect(end).toMatchObject({ error: { ...notRun, message: 'notes.save took longer than 1000 ms' } });
    expect(after).toBeLessThanOrEqual(1_000);
  });

  it('in time: a change that timed out is removed once it has been stored', async () => {
    const storage = new MemoryQueueStorage();
    const put = storage.put.bind(storage);
    const stored = gate();
    storage.put = (call) => stored.promise.then(() => put(call));
    const { server, clock, peer, fluent } = setup({ queue: { storage } });
    const notes = await fluent();
    expect(await settled(clock, notes.queued().save('a'))).toMatchObject({ error: { ...late, outcome: 'unknown' } });
    stored.open();
    await turns();
    expect(await storage.list(`${peer.url} `)).toEqual([]);
    await peer.queue?.resume();
    await clock.advance(60_000);
    expect(server.calls('notes.save')).toEqual([]);
  });

  it.each(['list', 'put', 'update', 'delete'])('at %s: each wait ends, and close() does not wait', async (at) => {
    const { clock, peer, fluent } = setup({ queue: { storage: new Stuck(at) } });
    const notes = await fluent();
    const ends = {
      list: [{ error: notRun }, { error: late }],
      put: [{ error: { ...late, outcome: 'unknown' } }, { value: [] }],
      update: [{ value: 'a' }, { value: [] }],
      delete: [{ value: 'a' }, { value: [] }],
    }[at]!;
    expect(await settled(clock, notes.queued().put('a'))).toMatchObject(ends[0]!);
    expect(await settled(clock, peer.queue!.list())).toMatchObject(ends[1]!);
    const waiting = notes.queued().put('b');
    waiting.catch(() => {});
    await peer.close();
  });
});
