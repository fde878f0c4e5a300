/** Options on a prototype, or with getters: read once, wherever they are passed. */
import { systemClock } from '@omnitron-dev/netron/http/client';
import { expect, it } from 'vitest';
import { HttpCacheManager, type HttpPeerOptions, HttpRemotePeer, RetryManager, withQuery } from '../src/index.js';
import { TestClock } from './clock.js';
import { eventually } from './eventually.js';
import { FakeServer, problem } from './fake-server.js';

interface Notes {
  list(): Promise<number>;
  flaky(): Promise<string>;
}

/** The same options as getters of a prototype, which count their reads. */
function inherited<T extends object>(options: T, reads: string[] = []): T {
  const shared = {};
  for (const [name, value] of Object.entries(options))
    Object.defineProperty(shared, name, {
      enumerable: true,
      get() {
        reads.push(name);
        return value;
      },
    });
  return Object.create(shared) as T;
}

function setup(options: HttpPeerOptions = {}, reads: string[] = []) {
  const server = new FakeServer();
  let answers = 0;
  server.on('notes.list', { safe: true }, () => ++answers);
  server.on('notes.flaky', { safe: true }, () =>
    server.calls('notes.flaky').length < 3 ? problem(503, 'unavailable', 'no') : 'yes',
  );
  const clock = new TestClock();
  const peer = new HttpRemotePeer('https://api.example.com', inherited({ fetch: server.fetch, clock, ...options }, reads));
  return { server, clock, peer };
}

it('a peer reads each option once', async () => {
  const reads: string[] = [];
  const cache = inherited({ defaultMaxAge: 60_000 }, reads);
  const queue = inherited({ failed() {} }, reads);
  const { peer, server } = setup({ token: 'ada', headers: { 'x-app': '1' }, cache, queue, live: false }, reads);
  const notes = await peer.queryInterface<Notes>('notes');
  await notes.list();
  expect(await notes.list()).toBe(1);
  expect(server.calls('notes.list')[0]?.headers.get('authorization')).toBe('Bearer ada');
  expect(server.calls('notes.list')[0]?.headers.get('x-app')).toBe('1');
  expect(reads.length).toBeGreaterThan(6);
  expect(new Set(reads).size).toBe(reads.length);
  await peer.close();
});

it('cache options of a call, a query and a value are read once', async () => {
  const { peer } = setup();
  const notes = await peer.queryFluentInterface<Notes>('notes');
  const terms: string[] = [];
  const cached = notes.cache(inherited({ maxAge: 60_000, tags: ['a'] }, terms));
  expect([await cached.list(), await cached.list()]).toEqual([1, 1]);
  expect(terms.sort()).toEqual(['maxAge', 'tags']);
  const all: string[] = [];
  const query = peer.watch<Notes, 'list'>('notes', 'list', [], inherited({ fallback: 7, refetchInterval: 60_000 }, all));
  await eventually(() => expect(query.data).toBe(1));
  expect(all.sort()).toEqual(['fallback', 'refetchInterval']);
  const reads: string[] = [];
  const manager = new HttpCacheManager(inherited({ defaultMaxAge: 60_000 }, reads));
  manager.set('a', 1, inherited({ tags: ['t'], gcTime: 1_000 }, reads));
  expect([manager.get('a'), manager.invalidate('t')]).toEqual([1, 1]);
  expect(reads.sort()).toEqual(['defaultMaxAge', 'gcTime', 'tags']);
  manager.close();
  await peer.close();
});

it('retry options are read once, for a peer, a call and a manager', async () => {
  const rules = (reads: string[]) => inherited({ attempts: 2, initialDelay: 0, circuitBreaker: false as const }, reads);
  const names = ['attempts', 'circuitBreaker', 'initialDelay'];
  const ofPeer: string[] = [];
  const { peer } = setup({ retry: rules(ofPeer), clock: systemClock });
  expect(await (await peer.queryInterface<Notes>('notes')).flaky()).toBe('yes');
  expect(ofPeer.sort()).toEqual(names);
  const ofCall: string[] = [];
  const other = setup({ clock: systemClock });
  const notes = withQuery(await other.peer.queryFluentInterface<Notes>('notes'), { retry: rules(ofCall) });
  expect(await notes.flaky()).toBe('yes');
  expect(ofCall.sort()).toEqual(names);
  const ofManager: string[] = [];
  const breaker: string[] = [];
  const circuitBreaker = inherited({ threshold: 5, windowTime: 1_000, cooldownTime: 1_000 }, breaker);
  const manager = new RetryManager(inherited({ attempts: 2, initialDelay: 0, circuitBreaker }, ofManager));
  let failures = 0;
  const work = async () => {
    failures += 1;
    if (failures < 3) throw Object.assign(new Error('no'), { code: 'unavailable' });
    return failures;
  };
  expect(await manager.execute(work, inherited({ idempotent: true }))).toBe(3);
  expect([ofManager.sort(), breaker.sort()]).toEqual([names, ['cooldownTime', 'threshold', 'windowTime']]);
  await Promise.all([peer.close(), other.peer.close()]);
});

it('instances of classes with methods, which would be ignored, are refused', () => {
  class Options {
    readonly timeout = 5;
    fetch(): Promise<Response> {
      return Promise.reject(new Error('never asked'));
    }
  }
  expect(() => new HttpRemotePeer('https://api.example.com', new Options())).toThrow(
    'options of HttpRemotePeer must be a plain object',
  );
  for (const name of ['cache', 'retry', 'queue'] as const) {
    const options = { [name]: new Options() } as HttpPeerOptions;
    expect(() => new HttpRemotePeer('https://api.example.com', options)).toThrow(/^options of \w+ must be a plain object/);
  }
});
