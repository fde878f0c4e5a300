/** Functions of the program with results of the wrong type: only the operation that needs them fails, with an error that says so. */
import { NetronError } from '@omnitron-dev/netron/http/client';
import { describe, expect, it, vi } from 'vitest';
import {
  type Fetch,
  type HttpPeerOptions,
  HttpRemotePeer,
  MemoryQueueStorage,
  type NetronMiddleware,
  type StoredCall,
} from '../src/index.js';
import { TestClock } from './clock.js';
import { eventually } from './eventually.js';
import { FakeServer, ok, problem } from './fake-server.js';
import { quietPeers } from './page.js';

interface Notes {
  list(): Promise<string>;
  save(text: unknown): Promise<unknown>;
  refused(): Promise<void>;
  lines(): AsyncIterable<string>;
}

interface Queued {
  queued(): Notes;
}

const opened = quietPeers();

function setup(options: HttpPeerOptions = {}) {
  const clock = new TestClock();
  const server = new FakeServer()
    .on('notes.list', { safe: true, cache: { ttl: 60 } }, ({ headers }) => headers.get('authorization') ?? 'nobody')
    .on('notes.save', { idempotencyWindow: 60_000 }, ({ args }) => args[0])
    .on('notes.refused', {}, () => problem(401, 'unauthenticated', 'expired', { outcome: 'not_run' }))
    .on('notes.lines', {}, () => ok('line'), 'stream');
  const peer = opened(new HttpRemotePeer('https://api.example.com', { fetch: server.fetch, clock, ...options }));
  return { server, clock, peer };
}

/** A program in JavaScript. */
const loose = (options: object) => options as HttpPeerOptions;

const thrower = () => {
  throw new Error('not now');
};

describe('the user of a call', () => {
  it.each<[string, unknown, string]>([
    ['a token that is a number', 42, 'the token must be a string or undefined, not number'],
    ['a token source that returns a number', () => 42, 'the token must be a string or undefined, not number'],
    ['a token source that returns null', () => null, 'the token must be a string or undefined, not null'],
    ['a token source that returns an object', () => ({ token: 'a' }), 'the token must be a string or undefined, not object'],
    [
      'a token source that returns a promise of an array',
      async () => ['a'],
      'the token must be a string or undefined, not object',
    ],
    ['a source of tokens that throws', thrower, 'not now'],
  ])('%s fails each call with outcome not_run', async (_, token, why) => {
    const { server, peer } = setup({ queue: { storage: new MemoryQueueStorage() } });
    const notes = (await peer.queryFluentInterface<Notes>('notes')) as unknown as Notes & Queued;
    peer.setToken(token as never);
    const failure = { code: 'unavailable', outcome: 'not_run', message: `cannot get the token: ${why}` };
    const calls: Promise<unknown>[] = [
      notes.list(),
      notes.save('a'),
      notes.queued().save('a'),
      peer.queue!.list(),
      peer.queryInterface('others'),
    ];
    await Promise.all(calls.map((call) => expect(call).rejects.toMatchObject(failure)));
    expect(server.asked).toEqual([]);
  });

  it('a promise of another realm resolves to its token', async () => {
    const { peer } = setup(loose({ token: () => ({ then: (told: (token: string) => void) => told('ada') }) }));
    expect(await (await peer.queryInterface<Notes>('notes')).list()).toBe('Bearer ada');
  });

  it.each<[string, unknown]>([
    ['a number', () => 42],
    ['an object', async () => ({})],
  ])('a renewal that returns %s is treated as a failed renewal', async (_, refresh) => {
    const { peer } = setup(loose({ token: 'a', refresh }));
    const refused = (await peer.queryInterface<Notes>('notes')).refused();
    await expect(refused).rejects.toMatchObject({
      code: 'unavailable',
      outcome: 'not_run',
      message: expect.stringContaining('the renewed token must be a string or undefined'),
    });
  });

  it('a renewal may return its token synchronously', async () => {
    const { server, peer } = setup(loose({ token: 'a', refresh: () => 'b' }));
    await (await peer.queryInterface<Notes>('notes')).refused().catch(() => {});
    expect(server.calls('notes.refused').map(({ headers }) => headers.get('authorization'))).toEqual(['Bearer a', 'Bearer b']);
  });

  it.each<[string, unknown, string]>([
    ['a number', () => 7, 'identity must be a string or undefined, not number'],
    ['a promise, which all users would share', async () => 'ada', 'identity must be a string or undefined, not object'],
    ['null', () => null, 'identity must be a string or undefined, not null'],
    ['nothing, but throws', thrower, 'not now'],
  ])('an identity that is %s fails each call with outcome not_run', async (_, identity, why) => {
    let named: unknown = 'ada';
    const { server, peer } = setup(
      loose({ identity: () => (typeof named === 'function' ? named() : named), queue: { storage: new MemoryQueueStorage() } }),
    );
    const notes = (await peer.queryFluentInterface<Notes>('notes')) as unknown as Notes & Queued;
    named = identity;
    const failure = { code: 'unavailable', outcome: 'not_run', message: `cannot determine the user: ${why}` };
    const calls: Promise<unknown>[] = [
      notes.list(),
      notes.save('a'),
      notes.queued().save('a'),
      peer.queue!.list(),
      peer.queryInterface('others'),
    ];
    await Promise.all(calls.map((call) => expect(call).rejects.toMatchObject(failure)));
    expect(server.asked).toEqual([]);
    named = 'ada';
    expect(await notes.list()).toBe('nobody');
  });
});

describe('a custom fetch', () => {
  const noResponses: [string, unknown][] = [
    ['nothing', undefined],
    ['null', null],
    ['a string', '{}'],
    ['data', { status: 200, body: null }],
    ['a promise of data', Promise.resolve({ ok: true, json: () => ({}) })],
  ];

  it.each(noResponses)('that returns %s fails each kind of call with data_loss', async (_, given) => {
    let broken = false;
    const server = setup().server;
    const answer: Fetch = (url, init) => (broken ? (given as Promise<Response>) : server.fetch(url, init));
    const { peer } = setup({ fetch: answer });
    const notes = await peer.queryInterface<Notes>('notes');
    broken = true;
    const calls: [Promise<unknown>, string][] = [
      [notes.save(new Blob(['a'])), 'upload'],
      [notes.save(new ReadableStream({ start: (controller) => controller.close() })), 'upload'],
      [notes.lines()[Symbol.asyncIterator]().next(), 'notes.lines'],
      [peer.queryInterface('others'), '$services.others'],
      [notes.list(), 'notes.list'],
      [notes.save('a'), 'notes.save'],
    ];
    const failure = (what: string) => ({ code: 'data_loss', message: `${what}: fetch must return a Response` });
    await Promise.all(calls.map(([call, what]) => expect(call).rejects.toMatchObject(failure(what))));
  });

  it('that returns nothing fails the calls of a batch with data_loss', async () => {
    let broken = false;
    const { server, clock } = setup();
    const answer: Fetch = (url, init) => (broken ? (undefined as never) : server.fetch(url, init));
    const { peer } = setup({ fetch: answer, batch: true, clock });
    const notes = await peer.queryInterface<Notes>('notes');
    broken = true;
    const failures = [notes.save('a'), notes.save('b')].map((call) =>
      expect(call).rejects.toMatchObject({
        code: 'data_loss',
        message: '$batch: fetch must return a Response',
        outcome: 'unknown',
      }),
    );
    await eventually(async () => {
      await clock.advance(1);
      expect(clock.pending).toBe(0);
    });
    await Promise.all(failures);
  });

  it('may return a Response synchronously', async () => {
    const { server } = setup();
    const answers = new Map<string, Response>();
    for (const path of ['$services/notes', 'notes/list'])
      answers.set(path, await server.fetch(`https://api.example.com/netron/${path}`, {}));
    const { peer } = setup({ fetch: (url) => answers.get(url.replace('https://api.example.com/netron/', '')) as never });
    expect(await (await peer.queryInterface<Notes>('notes')).list()).toBe('nobody');
  });

  it('whose response body is already used fails like a lost response', async () => {
    const { server } = setup();
    const { peer } = setup({
      fetch: async (url, init) => {
        const response = await server.fetch(url, init);
        if (url.includes('lines')) response.body?.getReader();
        return response;
      },
    });
    const notes = await peer.queryInterface<Notes>('notes');
    const next = notes.lines()[Symbol.asyncIterator]().next();
    await expect(next).rejects.toBeInstanceOf(NetronError);
    await expect(next).rejects.toMatchObject({ code: 'unknown_outcome' });
  });
});

describe('middleware', () => {
  it.each<[string, NetronMiddleware['execute'], string]>([
    ['arguments', (context, next) => (((context as { args: unknown }).args = 'a'), next()), 'args must be an array'],
    ['headers', ({ request }, next) => ((request.headers = undefined as never), next()), 'request.headers must be an object'],
  ])('that sets invalid %s fails its call with outcome not_run', async (_, execute, what) => {
    for (const stage of ['PRE_CALL', 'PRE_REQUEST'] as const) {
      const { server, peer } = setup();
      const notes = await peer.queryInterface<Notes>('notes');
      const only: NetronMiddleware['execute'] = (context, next) =>
        context.service === 'notes' ? execute(context, next) : next();
      peer.use(only, { stage });
      const failure = {
        code: 'invalid_argument',
        outcome: 'not_run',
        message: expect.stringMatching(`: after middleware, ${what}`),
      };
      await expect(notes.list()).rejects.toMatchObject(failure);
      await expect(notes.save('a')).rejects.toMatchObject(failure);
      expect(server.asked).toEqual([]);
    }
  });
});

describe('a queue storage', () => {
  it.each<[string, unknown]>([
    ['nothing', undefined],
    ['an object', {}],
  ])('that lists %s refuses changes', async (_, given) => {
    const storage = new MemoryQueueStorage();
    storage.list = async () => given as StoredCall[];
    const { server, peer } = setup({ queue: { storage } });
    const notes = (await peer.queryFluentInterface<Notes>('notes')) as unknown as Queued;
    const why = 'the queue storage failed: list() must return an array of calls';
    const failure = { code: 'unavailable', outcome: 'not_run', message: why };
    await expect(notes.queued().save('a')).rejects.toMatchObject(failure);
    await expect(peer.queue!.list()).rejects.toMatchObject(failure);
    expect(server.asked).toEqual([]);
  });

  it('that lists invalid records is read without them', async () => {
    const storage = new MemoryQueueStorage();
    storage.list = async () => [null, 7] as never;
    const { peer } = setup({ queue: { storage } });
    expect(await peer.queue!.list()).toEqual([]);
  });

  it('whose update() does not return a boolean sends nothing, and the reason is logged', async () => {
    const storage = new MemoryQueueStorage();
    storage.update = async () => undefined as never;
    const { server, peer } = setup({ queue: { storage } });
    const notes = (await peer.queryFluentInterface<Notes>('notes')) as unknown as Queued;
    const saved = notes.queued().save('a');
    saved.catch(() => {});
    await eventually(() =>
      expect(console.error).toHaveBeenCalledWith(
        'cannot mark a change as sent:',
        expect.objectContaining({ message: expect.stringContaining('must return a boolean') }),
      ),
    );
    expect(server.asked).toEqual([]);
    await peer.queue!.clear();
    await expect(saved).rejects.toMatchObject({ code: 'canceled', outcome: 'not_run' });
  });
});

describe('a codec', () => {
  const mediaType = 'application/x-own';
  const own = new Response('x', { headers: { 'content-type': mediaType } });

  it.each<[string, () => unknown]>([
    ['throws', thrower],
    ['rejects', async () => thrower()],
  ])('that %s while reading an answer fails the call with data_loss', async (_, read) => {
    const { server, peer } = setup({ codec: { mediaType, write: () => '{"v":[]}', read } });
    server.on('notes.own', {}, () => own.clone());
    const notes = await peer.queryInterface<{ own(): Promise<string> }>('notes');
    await expect(notes.own()).rejects.toMatchObject({
      code: 'data_loss',
      cause: { message: 'the codec cannot read the body', cause: { message: 'not now' } },
    });
  });

  it('that cannot be loaded fails the call as if the answer had been lost', async () => {
    const read = () => Promise.reject(new NetronError('unavailable', 'no network'));
    const { server, peer } = setup({ codec: { mediaType, write: () => '{"v":[]}', read } });
    server.on('notes.own', {}, () => own.clone());
    const notes = await peer.queryInterface<{ own(): Promise<string> }>('notes');
    await expect(notes.own()).rejects.toMatchObject({ code: 'unknown_outcome', cause: { message: 'no network' } });
  });
});

describe('listeners', () => {
  it.each<[string, () => unknown]>([
    ['throws', thrower],
    ['rejects', async () => thrower()],
  ])('an option skewed that %s does not fail calls', async (_, skewed) => {
    const { server, peer } = setup(loose({ skewed }));
    server.on('notes.newer', {}, () => ok('newer', { 'netron-contract': '2.0.0;abc' }));
    const notes = await peer.queryInterface<{ newer(): Promise<string> }>('notes');
    expect(await notes.newer()).toBe('newer');
    await eventually(() =>
      expect(console.error).toHaveBeenCalledWith('the option skewed failed:', expect.objectContaining({ message: 'not now' })),
    );
  });

  it.each<[string, () => unknown]>([
    ['throws', thrower],
    ['rejects', async () => thrower()],
  ])('a queue.failed that %s does not prevent changes from ending', async (_, failed) => {
    const storage = new MemoryQueueStorage();
    const stored = { id: '000001700000000-a', owner: 'https://api.example.com/netron ', tab: 'gone' };
    await storage.put({ ...stored, args: 'none' } as StoredCall);
    const { peer } = setup(loose({ queue: { storage, failed } }));
    await peer.queue!.list();
    await eventually(() =>
      expect(console.error).toHaveBeenCalledWith('a listener failed:', expect.objectContaining({ message: 'not now' })),
    );
    await eventually(async () => expect(await storage.list(stored.owner)).toEqual([]));
  });
});

describe('an activity whose `listen`', () => {
  const stops = vi.fn();
  it.each<[string, unknown]>([
    ['is missing', undefined],
    ['is not a function', 42],
    ['throws', thrower],
    ['returns nothing', () => undefined],
    ['returns a string', () => 'stop'],
    ['returns a promise', async () => stops],
    ['returns a promise that rejects', async () => thrower()],
    ['returns a function that throws', () => thrower],
    ['returns a function whose promise rejects', () => async () => thrower()],
  ])('%s is reported on the console; reads, stored changes and queries work without events', async (_, listen) => {
    const activity = { visible: true, online: true, listen } as never;
    const { peer } = setup({ activity, live: true, queue: { storage: new MemoryQueueStorage() } });
    const notes = (await peer.queryFluentInterface<Notes>('notes')) as unknown as Notes & Queued;
    const query = peer.watch<Notes>('notes', 'list', []);
    await eventually(() => expect(query.data).toBe('nobody'));
    expect(await notes.queued().save('a')).toBe('a');
    query[Symbol.dispose]();
    await peer.close();
    await eventually(() => expect(vi.mocked(console.error).mock.calls.flat().join()).toMatch(/activity\.listen/));
    expect(stops).not.toHaveBeenCalled();
  });
});
