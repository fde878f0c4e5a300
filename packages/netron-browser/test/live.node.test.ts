import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import {
  Cache,
  defineService,
  Invalidates,
  invalidate,
  Netron,
  tag,
  ValidationError,
  withAnnotations,
} from '@omnitron-dev/netron';
import { httpHandler } from '@omnitron-dev/netron/http';
import { afterEach, describe, expect, it } from 'vitest';
import {
  type DehydratedCache,
  dehydrate,
  HttpCacheManager,
  HttpRemotePeer,
  hydrate,
  type Query,
  readJson,
  writeJson,
} from '../src/index.js';
import { eventually } from './eventually.js';

/** A server that counts its requests, and that can be cut off and replaced by another one on the same port. */
async function serve(port = 0) {
  const node = await Netron.create({ logLevel: 'error' });
  const runs: string[] = [];
  const names = new Map([
    ['1', 'Ada'],
    ['2', 'Grace'],
  ]);
  const users = defineService({
    name: 'users@1.0.0',
    methods: {
      find: withAnnotations(
        (id: string) => {
          runs.push(`find ${id}`);
          tag(`user:${id}`);
          return names.get(id);
        },
        Cache({ ttl: 3_600 }),
      ),
      list: withAnnotations(
        () => {
          runs.push('list');
          return [...names.values()];
        },
        Cache({ ttl: 3_600, tags: ['users'] }),
      ),
      count: () => {
        runs.push('count');
        return names.size;
      },
      rename: (id: string, name: string) => {
        names.set(id, name);
        invalidate(`user:${id}`, 'users');
      },
      /** Changes something without saying so. */
      add: (name: string) => void names.set(name, name),
      refused: withAnnotations(
        () => {
          throw new ValidationError('not now');
        },
        Invalidates(['users']),
      ),
    },
  });
  await node.peer.exposeService(users);
  const handler = httpHandler(node, { events: { maxStreamsPerAddress: 5 } });
  const waiting: (() => void)[] = [];
  const streams = {
    opened: 0,
    refuse: 0,
    /** Resolves when one is open, or has been open. */
    open: (): Promise<void> => (streams.opened > 0 ? Promise.resolve() : new Promise((resolve) => waiting.push(resolve))),
  };
  const server: Server = createServer((request, response) => {
    if (request.url?.includes('$events')) {
      streams.opened += 1;
      if (streams.refuse > 0) {
        streams.refuse -= 1;
        response.destroy();
        return;
      }
    }
    void handler.node(request, response);
    if (streams.opened > 0) for (const resolve of waiting.splice(0)) resolve();
  });
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  return {
    node,
    runs,
    names,
    streams,
    users,
    port: (server.address() as AddressInfo).port,
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    cut: () => server.closeAllConnections(),
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await node.stop();
    },
  };
}
type Served = Awaited<ReturnType<typeof serve>>;
type Users = Served['users'];

let served: Served;
const peers: HttpRemotePeer[] = [];
afterEach(async () => {
  for (const peer of peers.splice(0)) await peer.close();
  await served.close();
});

function page(options: ConstructorParameters<typeof HttpRemotePeer>[1] = {}): HttpRemotePeer {
  const peer = new HttpRemotePeer(served.url, { live: true, ...options });
  peers.push(peer);
  return peer;
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

/** A promise, and the function that resolves it. */
function gate() {
  let open!: () => void;
  const promise = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { promise, resolve: open };
}

/** Reads on a server with `options`, for a page: the text that hands over its cache. */
async function rendered(options: ConstructorParameters<typeof HttpRemotePeer>[1], ...ids: string[]): Promise<string> {
  await using renderer = new HttpRemotePeer(served.url, options);
  for (const id of ids) await renderer.prefetch<Users, 'find'>('users', 'find', [id]);
  return writeJson(dehydrate(renderer.cache), { rich: true });
}

function take(peer: HttpRemotePeer, handed: string): void {
  hydrate(peer.cache, readJson(handed, { rich: true }) as DehydratedCache);
}

describe('live data of a page that was rendered on a server', () => {
  it('is updated without another read, including changes made before the page was loaded', async () => {
    served = await serve();
    const handed = await rendered({}, '1', '2');
    served.names.set('1', 'Ada L.');
    served.node.invalidate('user:1');
    const peer = page();
    take(peer, handed);
    const [one, two] = [peer.watch<Users, 'find'>('users', 'find', ['1']), peer.watch<Users, 'find'>('users', 'find', ['2'])];
    expect([one.data, two.data]).toEqual(['Ada', 'Grace']);
    await until(one, (name) => name === 'Ada L.');
    served.names.set('2', 'Grace H.');
    served.node.invalidate('user:2');
    await until(two, (name) => name === 'Grace H.');
    expect(served.runs).toEqual(['find 1', 'find 2', 'find 1', 'find 2']);
    expect(served.streams.opened).toBe(1);
  });

  it('with seals of a previous server starts over, with one read of each entry on display', async () => {
    served = await serve();
    const name = 'main';
    const handed = await rendered({ name }, '1');
    await served.close();
    served = await serve();
    served.names.set('1', 'Ada L.');
    const peer = page({ name });
    take(peer, handed);
    const query = peer.watch<Users, 'find'>('users', 'find', ['1']);
    expect(query.data).toBe('Ada');
    await until(query, (shown) => shown === 'Ada L.');
    served.names.set('1', 'Lady Ada');
    served.node.invalidate('user:1');
    await until(query, (shown) => shown === 'Lady Ada');
    expect(served.runs).toEqual(['find 1', 'find 1']);
  });

  it('with refused seals starts over, too', async () => {
    served = await serve();
    const handed = (await rendered({}, '1')).replace(/(?<=~[\w-]{6}\.)[\w-]{16}/, 'x'.repeat(16));
    served.names.set('1', 'Ada L.');
    const peer = page();
    take(peer, handed);
    const query = peer.watch<Users, 'find'>('users', 'find', ['1']);
    await until(query, (shown) => shown === 'Ada L.');
    expect(served.runs).toEqual(['find 1', 'find 1']);
  });

  it.each(['ada (eve)', 'ada eve'])('subscribes to nothing that another user, %s, has read', async (identity) => {
    served = await serve();
    const cache = new HttpCacheManager();
    await page({ identity, cache, live: false }).prefetch<Users, 'find'>('users', 'find', ['2']);
    const asked: string[] = [];
    const recorded = async (url: string, init: RequestInit) => {
      if (url.includes('$events')) asked.push(String(init.body));
      return fetch(url, init);
    };
    const query = page({ identity: 'ada', cache, fetch: recorded }).watch<Users, 'find'>('users', 'find', ['1']);
    await until(query, (shown) => shown === 'Ada');
    await served.streams.open();
    expect(asked).toEqual([expect.stringMatching(/user:1(?!.*user:2)/)]);
  });

  it('belongs to the user for whom it was rendered, and is separate for each server', async () => {
    served = await serve();
    const main = served;
    const other = await serve();
    const cache = new HttpCacheManager();
    try {
      const handed = await rendered({ name: 'main', identity: 'ada' }, '1');
      served = other;
      const foreign = await rendered({ name: 'other', identity: 'ada' }, '1');
      const second = page({ name: 'other', identity: 'ada', cache });
      served = main;
      const first = page({ name: 'main', identity: 'ada', cache });
      const grace = page({ name: 'main', identity: 'grace', cache });
      take(first, handed);
      take(second, foreign);
      const shown = [first, second, grace].map((peer) => peer.watch<Users, 'find'>('users', 'find', ['1']));
      expect(shown.map(({ data }) => data)).toEqual(['Ada', 'Ada', undefined]);
      for (const [at, one] of [main, other].entries()) {
        one.names.set('1', `Ada ${at}`);
        one.node.invalidate('user:1');
      }
      await Promise.all([until(shown[0]!, (name) => name === 'Ada 0'), until(shown[1]!, (name) => name === 'Ada 1')]);
      await until(shown[2]!, (name) => name === 'Ada 0');
    } finally {
      for (const peer of peers.splice(0)) await peer.close();
      await other.close();
    }
  });
});

describe('live data', () => {
  it('a change by one client is shown by another client after one request', async () => {
    served = await serve();
    const query = page().watch<Users, 'find'>('users', 'find', ['1']);
    await until(query, (name) => name === 'Ada');
    await served.streams.open();
    const other = await page({ live: false }).queryInterface<Users>('users');
    await other.rename('1', 'Ada L.');
    await until(query, (name) => name === 'Ada L.');
    await other.rename('2', 'nobody shows it');
    await other.rename('1', 'Lady Ada');
    await until(query, (name) => name === 'Lady Ada');
    expect(served.runs).toEqual(['find 1', 'find 1', 'find 1']);
    expect(served.streams.opened).toBe(1);
  });

  it('a change between the read and the start of the stream is not missed', async () => {
    served = await serve();
    const query = page().watch<Users, 'find'>('users', 'find', ['1']);
    await until(query, (name) => name === 'Ada');
    // The stream is not open yet.
    served.names.set('1', 'Ada L.');
    served.node.invalidate('user:1');
    await until(query, (name) => name === 'Ada L.');
  });

  it('a change of the page itself is fetched once, although the page also receives its event', async () => {
    served = await serve();
    const peer = page();
    const query = peer.watch<Users, 'list'>('users', 'list', []);
    await until(query, (names) => names?.length === 2);
    await served.streams.open();
    const users = await peer.queryInterface<Users>('users');
    await users.rename('1', 'Ada L.');
    await until(query, (names) => names?.[0] === 'Ada L.');
    // The events of the stream have arrived when the next change is shown.
    served.names.set('2', 'Grace H.');
    served.node.invalidate('users');
    await until(query, (names) => names?.[1] === 'Grace H.');
    expect(served.runs).toEqual(['list', 'list', 'list']);
  });

  describe.each([
    ['is in flight when its answer arrives', true],
    ['has been fetched when its answer arrives', false],
  ])('a change of the page itself whose event arrives first, and whose data %s, is fetched once', (_, inFlight) => {
    /** A page that gets the answer of its change after the event, and optionally the new list after that answer. */
    async function late() {
      served = await serve();
      const listed = gate();
      const renamed = gate();
      const peer = page({
        fetch: async (url, init) => {
          const response = await fetch(url, init);
          if (String(url).includes('rename')) await listed.promise;
          else if (inFlight && served.runs.length === 2) {
            listed.resolve();
            await renamed.promise;
          }
          return response;
        },
      });
      const query = peer.watch<Users, 'list'>('users', 'list', []);
      await until(query, (names) => names?.length === 2);
      await served.streams.open();
      const shown = () => until(query, (names) => names?.[0] === 'Ada L.');
      if (!inFlight) void shown().then(listed.resolve);
      return { peer, query, shown, renamed };
    }
    /** Nothing is fetched any more when all answers have arrived; the events of the stream have when the next change is shown. */
    async function runs(query: Query<string[]>): Promise<readonly string[]> {
      await eventually(() => expect(query.fetching).toBe(false));
      served.names.set('2', 'Grace H.');
      served.node.invalidate('users');
      await until(query, (names) => names?.[1] === 'Grace H.');
      return served.runs;
    }

    it('without tags of the page', async () => {
      const { peer, query, shown, renamed } = await late();
      await (await peer.queryInterface<Users>('users')).rename('1', 'Ada L.');
      renamed.resolve();
      await shown();
      expect(await runs(query)).toEqual(['list', 'list', 'list']);
    });

    it('with tags of the page and an optimistic update, which its answer replaces', async () => {
      const { peer, query, renamed } = await late();
      const users = await peer.queryFluentInterface<Users>('users');
      await users
        .invalidateOn(['users'])
        .optimistic({ method: 'list', args: [] }, (names = []) => [...names, 'unconfirmed'])
        .rename('1', 'Ada L.');
      renamed.resolve();
      await until(query, (names) => names?.length === 2 && names[0] === 'Ada L.');
      expect(await runs(query)).toEqual(['list', 'list', 'list']);
      expect(query.data).toEqual(['Ada L.', 'Grace H.']);
    });
  });

  it.each([
    ['optimistic', true],
    ['plain', false],
  ])('the data of a queued change (%s) is fetched once', async (_, optimistic) => {
    served = await serve();
    const peer = page({ live: false, queue: true });
    const query = peer.watch<Users, 'list'>('users', 'list', []);
    await until(query, (names) => names?.length === 2);
    const users = (await peer.queryFluentInterface<Users>('users')).invalidateOn(['users']).queued();
    const change = optimistic ? users.optimistic({ method: 'list', args: [] }, (names = []) => [...names, 'unconfirmed']) : users;
    await change.rename('1', 'Ada L.');
    await until(query, (names) => names?.length === 2 && names[0] === 'Ada L.');
    await (await peer.queryInterface<Users>('users')).count();
    expect(served.runs).toEqual(['list', 'list', 'count']);
  });

  it('a change is fetched although an earlier event was reported, and no event reports the change', async () => {
    served = await serve();
    const peer = page();
    const query = peer.watch<Users, 'list'>('users', 'list', []);
    await until(query, (names) => names?.length === 2);
    await served.streams.open();
    served.names.set('2', 'Grace H.');
    served.node.invalidate('users');
    await until(query, (names) => names?.[1] === 'Grace H.');
    const users = await peer.queryFluentInterface<Users>('users');
    await users.invalidateOn(['users']).add('Joan');
    await until(query, (names) => names?.length === 3);
    expect(served.runs).toEqual(['list', 'list', 'list']);
  });

  it('tags that a change declares are no names of services: data without such a tag is not fetched', async () => {
    served = await serve();
    const peer = page();
    const count = peer.watch<Users, 'count'>('users', 'count', []);
    const list = peer.watch<Users, 'list'>('users', 'list', []);
    await until(count, (value) => value === 2);
    await until(list, (names) => names?.length === 2);
    const users = await peer.queryInterface<Users>('users');
    await users.rename('1', 'Ada L.');
    await expect(users.refused()).rejects.toThrow('not now');
    await until(list, (names) => names?.[0] === 'Ada L.');
    await eventually(() => expect(count.fetching).toBe(false));
    expect(served.runs.filter((run) => run === 'count')).toEqual(['count']);
  });

  it('cached entries that are not on display are marked stale, and fetched when they are read', async () => {
    served = await serve();
    const peer = page();
    const users = await peer.queryInterface<Users>('users');
    expect(await users.find('2')).toBe('Grace');
    const query = peer.watch<Users, 'find'>('users', 'find', ['1']);
    await until(query, (name) => name === 'Ada');
    await served.streams.open();
    served.names.set('2', 'Grace H.');
    served.names.set('1', 'Ada L.');
    served.node.invalidate('user:2', 'user:1');
    await until(query, (name) => name === 'Ada L.');
    expect(served.runs).toEqual(['find 2', 'find 1', 'find 1']);
    expect(await users.find('2')).toBe('Grace H.');
  });

  it('entries displayed later are subscribed to as well', async () => {
    served = await serve();
    const peer = page();
    const one = peer.watch<Users, 'find'>('users', 'find', ['1']);
    await until(one, (name) => name === 'Ada');
    await served.streams.open();
    const two = peer.watch<Users, 'find'>('users', 'find', ['2']);
    await until(two, (name) => name === 'Grace');
    served.names.set('2', 'Grace H.');
    served.node.invalidate('user:2');
    await until(two, (name) => name === 'Grace H.');
    served.names.set('1', 'Ada L.');
    served.node.invalidate('user:1');
    await until(one, (name) => name === 'Ada L.');
    expect(served.runs).toEqual(['find 1', 'find 2', 'find 2', 'find 1']);
  });

  it('the stream catches up after a lost connection; failed attempts are retried', async () => {
    served = await serve();
    const query = page().watch<Users, 'find'>('users', 'find', ['1']);
    await until(query, (name) => name === 'Ada');
    await served.streams.open();
    served.streams.refuse = 1;
    served.cut();
    served.names.set('1', 'Ada L.');
    served.node.invalidate('user:1');
    await until(query, (name) => name === 'Ada L.');
    expect(served.streams.opened).toBeGreaterThanOrEqual(3);
    expect(served.runs).toEqual(['find 1', 'find 1']);
  });

  it('a replaced server makes the stream start over once', async () => {
    served = await serve();
    const query = page().watch<Users, 'find'>('users', 'find', ['1']);
    await until(query, (name) => name === 'Ada');
    await served.streams.open();
    const { port } = served;
    await served.close();
    served = await serve(port);
    served.names.set('1', 'Ada L.');
    await until(query, (name) => name === 'Ada L.');
    served.names.set('1', 'Lady Ada');
    served.node.invalidate('user:1');
    await until(query, (name) => name === 'Lady Ada');
    expect(served.runs).toEqual(['find 1', 'find 1']);
  });

  it('opens no stream while nothing is displayed, or when live is off', async () => {
    served = await serve();
    const users = await page().queryInterface<Users>('users');
    await users.find('1');
    const query = page({ live: false }).watch<Users, 'find'>('users', 'find', ['1']);
    await until(query, (name) => name === 'Ada');
    const shown = page().watch<Users, 'find'>('users', 'find', ['2']);
    await until(shown, (name) => name === 'Grace');
    served.names.set('2', 'Grace H.');
    served.node.invalidate('user:2');
    await until(shown, (name) => name === 'Grace H.');
    expect(served.streams.opened).toBe(1);
  });
});
