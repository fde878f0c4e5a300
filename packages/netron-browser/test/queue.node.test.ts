import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { defineService, Invalidates, idempotency, Netron, NetronError, Safe, withAnnotations } from '@omnitron-dev/netron';
import { httpHandler } from '@omnitron-dev/netron/http';
import { systemClock } from '@omnitron-dev/netron/http/client';
import { afterEach, describe, expect, it } from 'vitest';
import {
  type HttpPeerOptions,
  HttpRemotePeer,
  MemoryQueueStorage,
  type NetronMiddleware,
  type StoredCall,
  withOptions,
} from '../src/index.js';
import { eventually } from './eventually.js';
import { problem } from './fake-server.js';
import { TestPage } from './page.js';

const closing: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

/** A server that remembers keys, or not, and records the calls that run. */
async function serve({ keys = true } = {}) {
  const ran: string[] = [];
  const notes = defineService({
    name: 'notes@1.0.0',
    methods: {
      add: withAnnotations(
        async (text: string) => {
          ran.push(text);
          if (text === 'refused') throw new NetronError('failed_precondition', 'no');
          return `${text}!`;
        },
        Invalidates(['notes']),
      ),
      list: withAnnotations(() => [...ran], Safe()),
    },
  });
  const node = await Netron.create({ logLevel: 'error', ...(keys && { middleware: { incoming: [idempotency()] } }) });
  await node.peer.exposeService(notes);
  const server = createServer(httpHandler(node).node);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closing.push(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
    await node.stop();
  });
  return { ran, notes, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
}
type Notes = Awaited<ReturnType<typeof serve>>['notes'];

/** A network that can be down, and that can lose answers. */
function network() {
  const activity = new TestPage();
  const state = { lose: 0, sent: [] as string[] };
  return {
    state,
    activity,
    set: (online: boolean) => activity.set(online),
    fetch: async (target: string, init: RequestInit) => {
      if (!activity.online) throw new TypeError('no network');
      if (init.method === 'POST') state.sent.push(target.split('/').at(-1)!);
      const response = await fetch(target, init);
      if (init.method !== 'POST' || state.lose === 0) return response;
      state.lose -= 1;
      await response.text();
      throw new TypeError('the answer was lost');
    },
  };
}

function page(url: string, options: HttpPeerOptions): HttpRemotePeer {
  const peer = new HttpRemotePeer(url, options);
  closing.push(() => peer.close());
  return peer;
}

describe('changes that wait for the network', () => {
  it('are stored at once and sent in order when it is back, and their callers receive the results', async () => {
    const { url, ran } = await serve();
    const net = network();
    const peer = page(url, { activity: net.activity, fetch: net.fetch, queue: { storage: new MemoryQueueStorage() } });
    const notes = await peer.queryFluentInterface<Notes>('notes');
    net.set(false);
    const results = [notes.queued().add('a'), notes.queued().add('b'), notes.queued('other').add('c')];
    await eventually(() => expect(peer.queue?.size).toBe(3));
    expect(ran).toEqual([]);
    net.set(true);
    expect(await Promise.all(results)).toEqual(['a!', 'b!', 'c!']);
    expect(ran.filter((text) => text !== 'c')).toEqual(['a', 'b']);
    expect(peer.queue?.size).toBe(0);
  });

  it('survive a reload: they keep their idempotency keys, and have one effect when the answer was lost before', async () => {
    const { url, ran } = await serve();
    const net = network();
    const storage = new MemoryQueueStorage();
    const first = page(url, { activity: net.activity, fetch: net.fetch, queue: { storage } });
    const notes = await first.queryFluentInterface<Notes>('notes');
    net.state.lose = 1;
    const lost = notes.queued().add('a');
    lost.catch(() => {});
    const behind = notes.queued().add('b');
    behind.catch(() => {});
    await eventually(() => expect(ran).toEqual(['a']));
    net.set(false);
    await first.close();
    await expect(lost).rejects.toMatchObject({ code: 'canceled' });
    const again = page(url, { activity: net.activity, fetch: net.fetch, queue: { storage } });
    net.set(true);
    await eventually(() => expect(ran).toEqual(['a', 'b']));
    await eventually(async () => expect(await again.queue?.list()).toEqual([]));
    expect(net.state.sent).toEqual(['add', 'add', 'add']);
  });

  it('keep those headers that may be stored', async () => {
    const { url } = await serve();
    const net = network();
    const storage = new MemoryQueueStorage();
    const sent: Headers[] = [];
    const fetch: typeof net.fetch = (target, init) => {
      if (init.method === 'POST') sent.push(new Headers(init.headers));
      return net.fetch(target, init);
    };
    const headers = { 'X-App': '1', 'X-Tenant': 'none' };
    const options = { activity: net.activity, fetch, headers, queue: { storage, headers: ['X-Tenant', 'X-Reason'] } };
    const first = page(url, options);
    // Like middleware around calls may do: adds one, changes one, removes one.
    const around: NetronMiddleware = {
      stage: 'PRE_CALL',
      execute({ request }, next) {
        request.headers['X-Tenant'] = 'acme';
        delete request.headers['x-app'];
        return next();
      },
    };
    first.use(around);
    const notes = await first.queryFluentInterface<Notes>('notes');
    const traced = withOptions(notes.queued() as unknown as Notes, { headers: { 'X-Reason': 'because' } });
    net.set(false);
    const waiting = Promise.resolve(traced.add('a'));
    waiting.catch(() => {});
    await eventually(() => expect(first.queue?.size).toBe(1));
    for (const name of ['Cookie', 'X-Api-Key', 'X-JWT-Assertion', 'DPoP', 'X-OTP', 'X-Goog-Iap-Jwt-Assertion', 'X-Author-Id']) {
      const secret = withOptions(notes.queued() as unknown as Notes, { headers: { [name]: 'x' } });
      await expect(Promise.resolve(secret.add('b'))).rejects.toMatchObject({
        code: 'invalid_argument',
        message: expect.stringContaining(`header '${name.toLowerCase()}' would be stored: list it in queue.headers`),
      });
    }
    await first.close();
    const again = page(url, options);
    net.set(true);
    await eventually(async () => expect(await again.queue?.list()).toEqual([]));
    expect(sent.map((given) => ['x-app', 'x-tenant', 'x-reason'].map((name) => given.get(name)))).toEqual([
      [null, 'acme', 'because'],
    ]);
  });

  it('a peer that is closed while a change is being stored cancels the change, without an unhandled rejection', async () => {
    const { url } = await serve();
    const net = network();
    const storage = new MemoryQueueStorage();
    const put = storage.put.bind(storage);
    let go: (() => void) | undefined;
    storage.put = async (call) => {
      await new Promise<void>((resolve) => (go = resolve));
      await put(call);
    };
    const peer = page(url, { activity: net.activity, fetch: net.fetch, queue: { storage } });
    const notes = await peer.queryFluentInterface<Notes>('notes');
    net.set(false);
    const change = notes.queued().add('a');
    const canceled = expect(change).rejects.toMatchObject({ code: 'canceled', outcome: 'unknown' });
    await eventually(() => expect(go).toBeTypeOf('function'));
    await peer.close();
    await canceled;
    // Node reports unhandled rejections after a turn.
    await new Promise(setImmediate);
    go?.();
  });

  it('a sent change that the server no longer knows is never sent again', async () => {
    const { url, ran } = await serve({ keys: false });
    const net = network();
    const failed: [StoredCall, unknown][] = [];
    const storage = new MemoryQueueStorage();
    const peer = page(url, {
      activity: net.activity,
      fetch: net.fetch,
      queue: { storage, failed: (call, error) => void failed.push([call, error]) },
    });
    const notes = await peer.queryFluentInterface<Notes>('notes');
    net.state.lose = 1;
    const lost = notes.queued().add('a');
    lost.catch(() => {});
    await eventually(() => expect(ran).toEqual(['a']));
    await expect(lost).rejects.toMatchObject({ code: 'unknown_outcome' });
    // The same after a reload.
    const [sent] = [
      {
        id: '1',
        owner: `${peer.url} `,
        tab: 'gone',
        service: 'notes',
        method: 'add',
        args: '{"v":["b"]}',
        scope: 'notes',
        key: 'k',
        invalidate: [],
        sent: 1,
      },
    ];
    await storage.put(sent!);
    const again = page(url, {
      activity: net.activity,
      fetch: net.fetch,
      queue: { storage, failed: (call, error) => void failed.push([call, error]) },
    });
    await eventually(() => expect(failed.length).toBe(1));
    expect(failed[0]?.[1]).toMatchObject({ code: 'unknown_outcome' });
    expect(await again.queue?.list()).toEqual([]);
    expect(ran).toEqual(['a']);
  });

  it('a sent change whose answer was lost may have run, also when it is refused when it is sent again', async () => {
    const { url, ran } = await serve();
    const net = network();
    const refuse: typeof net.fetch = async (target, init) =>
      init.method === 'POST' && ran.length > 0
        ? problem(403, 'permission_denied', 'not any more', { outcome: 'not_run' })
        : net.fetch(target, init);
    const peer = page(url, { activity: net.activity, fetch: refuse, queue: { storage: new MemoryQueueStorage() } });
    const notes = await peer.queryFluentInterface<Notes>('notes');
    net.state.lose = 1;
    const refused = { code: 'permission_denied', outcome: 'unknown' };
    await expect(notes.queued().add('a')).rejects.toMatchObject(refused);
    await expect(notes.queued().add('b')).rejects.toMatchObject({ ...refused, outcome: 'not_run' });
    expect(ran).toEqual(['a']);
  });

  it('a change that the server refuses fails alone; the changes after it run', async () => {
    const { url, ran } = await serve();
    const peer = page(url, { queue: { storage: new MemoryQueueStorage() } });
    const notes = await peer.queryFluentInterface<Notes>('notes');
    const [refused, next] = await Promise.allSettled([notes.queued().add('refused'), notes.queued().add('b')]);
    expect(refused).toMatchObject({ status: 'rejected', reason: { code: 'failed_precondition' } });
    expect(next).toMatchObject({ status: 'fulfilled', value: 'b!' });
    expect(ran).toEqual(['refused', 'b']);
  });

  /** A source of tokens that needs the network. */
  function tokens() {
    const state = { fails: false, asked: 0 };
    const token = async () => {
      state.asked += 1;
      if (state.fails) throw new TypeError('fetch failed');
      return 'a.eyJzdWIiOiJhZGEifQ.c';
    };
    return { state, token };
  }

  it('are sent when the token source has failed in between', async () => {
    const { url, ran } = await serve();
    const net = network();
    const { state, token } = tokens();
    const peer = page(url, { activity: net.activity, fetch: net.fetch, token, queue: { storage: new MemoryQueueStorage() } });
    const notes = await peer.queryFluentInterface<Notes>('notes');
    net.set(false);
    const result = notes.queued().add('a');
    await eventually(() => expect(peer.queue?.size).toBe(1));
    state.fails = true;
    const { asked } = state;
    net.set(true);
    await eventually(() => expect(state.asked).toBeGreaterThan(asked));
    state.fails = false;
    net.set(true);
    expect(await result).toBe('a!');
    expect(ran).toEqual(['a']);
  });

  it('from before a reload are sent once the token source or the storage responds', async () => {
    const { url, ran } = await serve();
    const net = network();
    const { state, token } = tokens();
    let busy = false;
    class Storage extends MemoryQueueStorage {
      override async list(owner: string): Promise<StoredCall[]> {
        if (busy) throw new Error('the database is busy');
        return super.list(owner);
      }
    }
    const storage = new Storage();
    const first = page(url, { activity: net.activity, fetch: net.fetch, token, queue: { storage } });
    const notes = await first.queryFluentInterface<Notes>('notes');
    net.set(false);
    notes
      .queued()
      .add('a')
      .catch(() => {});
    await eventually(() => expect(first.queue?.size).toBe(1));
    await first.close();
    state.fails = true;
    const again = page(url, { activity: net.activity, fetch: net.fetch, token, queue: { storage } });
    await expect(again.queue?.list()).rejects.toMatchObject({ code: 'unavailable', outcome: 'not_run' });
    await again.queue?.resume();
    state.fails = false;
    busy = true;
    const { asked } = state;
    net.set(true);
    await eventually(() => expect(state.asked).toBeGreaterThan(asked));
    busy = false;
    net.set(true);
    await eventually(() => expect(ran).toEqual(['a']));
    await eventually(async () => expect(await again.queue?.list()).toEqual([]));
  });

  it('made while the user is unknown fail with outcome not_run; with `identity` they wait', async () => {
    const { url, ran } = await serve();
    const net = network();
    const { state, token } = tokens();
    const queue = () => ({ storage: new MemoryQueueStorage() });
    const nameless = page(url, { activity: net.activity, fetch: net.fetch, token, queue: queue() });
    const named = page(url, { activity: net.activity, fetch: net.fetch, token, queue: queue(), identity: 'ada' });
    const [one, other] = [await nameless.queryFluentInterface<Notes>('notes'), await named.queryFluentInterface<Notes>('notes')];
    net.set(false);
    state.fails = true;
    await expect(one.queued().add('a')).rejects.toMatchObject({
      code: 'unavailable',
      outcome: 'not_run',
      message: 'cannot get the token: fetch failed',
      cause: expect.any(TypeError),
    });
    const result = other.queued().add('b');
    await eventually(() => expect(named.queue?.size).toBe(1));
    const { asked } = state;
    net.set(true);
    await eventually(() => expect(state.asked).toBeGreaterThan(asked));
    state.fails = false;
    net.set(true);
    expect(await result).toBe('b!');
    expect(ran).toEqual(['b']);
  });

  it('belong to one user and are not sent for another user', async () => {
    const { url, ran } = await serve();
    const net = network();
    const storage = new MemoryQueueStorage();
    const peer = page(url, { activity: net.activity, fetch: net.fetch, identity: () => user, queue: { storage } });
    let user = 'ada';
    const notes = await peer.queryFluentInterface<Notes>('notes');
    net.set(false);
    const waiting = notes.queued().add('of ada');
    await eventually(() => expect(peer.queue?.size).toBe(1));
    user = 'grace';
    net.set(true);
    await notes.queued().add('of grace');
    expect(ran).toEqual(['of grace']);
    user = 'ada';
    await peer.queue?.resume();
    expect(await waiting).toBe('of ada!');
  });

  it('are shown optimistically by the cache; without the option queue they are refused', async () => {
    const { url } = await serve();
    const net = network();
    const peer = page(url, { activity: net.activity, fetch: net.fetch, queue: { storage: new MemoryQueueStorage() } });
    const query = peer.watch<Notes, 'list'>('notes', 'list', []);
    await eventually(() => expect(query.data).toEqual([]));
    const notes = await peer.queryFluentInterface<Notes>('notes');
    net.set(false);
    const adding = notes
      .optimistic({ method: 'list' }, (texts) => [...(texts ?? []), 'a'])
      .queued()
      .add('a');
    await eventually(() => expect(query.data).toEqual(['a']));
    net.set(true);
    await adding;
    await eventually(() => expect([query.fetching, query.data]).toEqual([false, ['a']]));
    const plain = await page(url, {}).queryFluentInterface<Notes>('notes');
    await expect(plain.queued().add('b')).rejects.toMatchObject({ code: 'failed_precondition' });
  });

  it('keep their order when the clock is set back, also over a reload', async () => {
    const { url, ran } = await serve();
    const net = network();
    const storage = new MemoryQueueStorage();
    const times = [5_000, 4_999.75, 5_000.125, 4_000];
    const clock = { ...systemClock, wall: () => times.shift() ?? 3_000 };
    const options = { activity: net.activity, clock, queue: { storage } };
    net.set(false);
    const add = async (peer: HttpRemotePeer, text: string, size: number) => {
      const notes = await peer.queryFluentInterface<Notes>('notes');
      notes
        .queued()
        .add(text)
        .catch(() => {});
      await eventually(() => expect(peer.queue?.size).toBe(size));
    };
    const first = page(url, options);
    for (const [at, text] of ['a', 'b', 'c', 'd'].entries()) await add(first, text, at + 1);
    await first.close();
    const again = page(url, options);
    await add(again, 'e', 5);
    expect((await again.queue!.list()).map(({ args }) => args[7])).toEqual(['a', 'b', 'c', 'd', 'e']);
    net.set(true);
    await eventually(() => expect(ran).toEqual(['a', 'b', 'c', 'd', 'e']));
  });

  it('at most a thousand wait; they can be listed and discarded', async () => {
    const { url, ran } = await serve();
    const net = network();
    const peer = page(url, { activity: net.activity, fetch: net.fetch, queue: { storage: new MemoryQueueStorage() } });
    const notes = await peer.queryFluentInterface<Notes>('notes');
    net.set(false);
    const results: Promise<string>[] = [];
    for (let n = 0; n < 1_000; n++) results.push(notes.queued().add(String(n)));
    for (const result of results) result.catch(() => {});
    await eventually(() => expect(peer.queue?.size).toBe(1_000));
    await expect(notes.queued().add('one more')).rejects.toMatchObject({ code: 'resource_exhausted' });
    expect((await peer.queue!.list()).slice(0, 2).map(({ args }) => args)).toEqual(['{"v":["0"]}', '{"v":["1"]}']);
    await peer.queue?.clear();
    await expect(results[0]).rejects.toMatchObject({ code: 'canceled' });
    expect([peer.queue?.size, ran]).toEqual([0, []]);
  });
});
