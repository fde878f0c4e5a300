/** The credentials of a request, and their effect on the cache, the queue and renewals. */
import { systemClock } from '@omnitron-dev/netron/http/client';
import { describe, expect, it } from 'vitest';
import { type HttpPeerOptions, HttpRemotePeer, MemoryQueueStorage, type NetronMiddleware, withOptions } from '../src/index.js';
import { TestClock } from './clock.js';
import { eventually } from './eventually.js';
import { FakeServer, gate, problem } from './fake-server.js';

interface Notes {
  list(): Promise<string>;
  save(text: string): Promise<void>;
  refused(): Promise<void>;
  who(): Promise<string>;
}

function setup() {
  const server = new FakeServer();
  server
    .on('notes.list', { safe: true, cache: { ttl: 60 } }, ({ headers }) => headers.get('authorization') ?? 'nobody')
    .on('notes.save', { idempotent: true }, () => undefined)
    .on('notes.refused', {}, () => problem(401, 'unauthenticated', 'expired', { outcome: 'not_run' }));
  const peerOf = (options: HttpPeerOptions) =>
    new HttpRemotePeer('https://api.example.com', { fetch: server.fetch, clock: new TestClock(), ...options });
  return { server, peerOf };
}

/** Middleware that adds the token that `token` returns. */
const adds = (token: () => string | undefined): NetronMiddleware => ({
  execute: ({ request }, next) => {
    const given = token();
    if (given !== undefined) request.headers.Authorization = `Bearer ${given}`;
    return next();
  },
});

/** A JSON Web Token. */
const jwt = (sub: string, scope: string) => `x.${btoa(JSON.stringify({ sub, scope })).replaceAll('=', '')}.y`;

it('the first read of a page is cached for the user of the middleware', async () => {
  let token: string | undefined = 'ada';
  const { peerOf } = setup();
  const peer = peerOf({ middleware: [adds(() => token)] });
  for (const [now, shown] of [
    ['ada', 'Bearer ada'],
    [undefined, 'nobody'],
    ['bob', 'Bearer bob'],
    ['ada', 'Bearer ada'],
  ] as const) {
    token = now;
    using query = peer.watch<Notes>('notes', 'list', []);
    await eventually(() => expect(query.data).toBeTypeOf('string'));
    expect(query.data).toBe(shown);
  }
});

it.each<[string, HttpPeerOptions]>([
  ['the token', { token: 'ada' }],
  ['middleware', { middleware: [adds(() => 'ada')] }],
])('stored changes of the user identified by %s are listed and sent after a reload', async (_, options) => {
  const { server, peerOf } = setup();
  const storage = new MemoryQueueStorage();
  const fetch: HttpPeerOptions['fetch'] = (url, init) =>
    url.includes('$services') ? server.fetch(url, init) : Promise.reject(new TypeError('offline'));
  const first = peerOf({ ...options, fetch, queue: { storage } });
  const notes = await first.queryFluentInterface<Notes>('notes');
  const left = expect(notes.queued().save('a')).rejects.toMatchObject({ code: 'canceled' });
  await eventually(() => expect(first.queue?.size).toBe(1));
  await first.close();
  await left;
  const second = peerOf({ ...options, queue: { storage } });
  await eventually(() => expect(server.calls('notes.save')).toHaveLength(1));
  expect(server.calls('notes.save')[0]?.headers.get('authorization')).toBe('Bearer ada');
  await eventually(async () => expect(await second.queue?.list()).toEqual([]));
  await second.close();
});

it('answers to a call with its own token are not shared with another token of the same subject', async () => {
  const { server, peerOf } = setup();
  const notes = (await peerOf({ token: jwt('ada', 'user') }).queryInterface<Notes>('notes')) as unknown as Notes;
  const as = (scope: string) => withOptions(notes, { headers: { authorization: `Bearer ${jwt('ada', scope)}` } });
  for (let round = 0; round < 2; round++) {
    expect(await notes.list()).toBe(`Bearer ${jwt('ada', 'user')}`);
    for (const scope of ['admin', 'guest']) expect(await as(scope).list()).toBe(`Bearer ${jwt('ada', scope)}`);
  }
  expect(server.calls('notes.list')).toHaveLength(3);
});

it.each<[string, HttpPeerOptions, object]>([
  ['of middleware', { middleware: [adds(() => 'own')] }, {}],
  ['of a call', {}, { Authorization: 'Bearer own' }],
  ['of a call, although it is the token', {}, { Authorization: 'Bearer token' }],
  ['of the peer', { headers: { Authorization: 'Bearer own' } }, {}],
])('a refused Authorization header %s renews no token and is sent once', async (_, options, headers) => {
  let renewals = 0;
  const { server, peerOf } = setup();
  const refresh = async () => `new ${++renewals}`;
  const notes = await peerOf({ token: 'token', refresh, ...options }).queryInterface<Notes>('notes');
  const call = withOptions(notes, { headers: headers as Record<string, string> }) as unknown as Notes;
  await expect(call.refused()).rejects.toMatchObject({ code: 'unauthenticated' });
  expect([renewals, server.calls('notes.refused').length]).toEqual([0, 1]);
});

it('a queued change with its own Authorization is neither stored nor sent as the user of the peer', async () => {
  const { server, peerOf } = setup();
  const peer = peerOf({ token: 'ada', queue: { storage: new MemoryQueueStorage() } });
  const notes = await peer.queryFluentInterface<Notes>('notes');
  const own = withOptions(notes.queued() as unknown as Notes, { headers: { authorization: 'Bearer own' } });
  await expect(own.save('a')).rejects.toMatchObject({ code: 'invalid_argument' });
  peer.use(
    ({ request }, next) => {
      request.headers.Authorization = 'Bearer own';
      return next();
    },
    { stage: 'PRE_CALL' },
  );
  await expect(notes.queued().save('a')).rejects.toMatchObject({ code: 'invalid_argument' });
  expect(server.calls('notes.save')).toHaveLength(0);
  expect(await peer.queue?.list()).toEqual([]);
  await peer.close();
});

describe('middleware that sends requests as another user than the one it was identified as', () => {
  /** Adds another token to each call. Fails when that would never end. */
  function another(): { readonly middleware: NetronMiddleware; calls: number } {
    const state = {
      calls: 0,
      middleware: {
        execute: ({ request, service }, next) => {
          if (service === 'notes') request.headers.Authorization = `Bearer ${++state.calls}`;
          if (state.calls > 100) throw new Error('calls without end');
          return next();
        },
      } satisfies NetronMiddleware,
    };
    return state;
  }

  it('fails reads', async () => {
    const state = another();
    const { server, peerOf } = setup();
    const notes = await peerOf({ middleware: [state.middleware] }).queryInterface<Notes>('notes');
    await expect(notes.list()).rejects.toMatchObject({ code: 'unauthenticated', outcome: 'not_run' });
    expect(server.calls('notes.list')).toEqual([]);
  });

  it('keeps stored changes, which are retried with growing delays', async () => {
    const state = another();
    const clock = new TestClock();
    const { server, peerOf } = setup();
    const peer = peerOf({ clock, middleware: [state.middleware], queue: { storage: new MemoryQueueStorage() } });
    const notes = await peer.queryFluentInterface<Notes>('notes');
    const saved = expect(notes.queued().save('a')).rejects.toMatchObject({ code: 'canceled', outcome: 'not_run' });
    let passed = 0;
    await eventually(async () => {
      await clock.advance(10_000);
      passed += 10;
      expect(state.calls).toBeGreaterThanOrEqual(8);
    });
    // At least half of 1, 2, 4, 8, 16, 32 and 60 s.
    expect(passed).toBeGreaterThan(60);
    await peer.queue?.clear();
    await saved;
    expect(server.calls('notes.save')).toEqual([]);
    await peer.close();
  });
});

describe('a call in flight when the user changes', () => {
  const expired = () => problem(401, 'unauthenticated', 'expired', { outcome: 'not_run' });
  const tokensOf = (server: FakeServer) => server.calls('notes.who').map(({ headers }) => headers.get('authorization'));

  it.each<[string, string, string, (peer: HttpRemotePeer, speak: (token: string) => void) => void]>([
    ['another token was set', 'ada', 'eve', (peer) => peer.setToken('eve')],
    ['its source returns the token of another subject', jwt('ada', ''), jwt('eve', ''), (_, speak) => speak(jwt('eve', ''))],
  ])('fails and is not repeated as the new user: %s', async (_, first, second, change) => {
    const { server, peerOf } = setup();
    const refused = gate<Response>();
    server.on('notes.who', { idempotent: true }, ({ headers }) =>
      headers.get('authorization') === `Bearer ${first}` ? refused.promise : 'answered',
    );
    let now = first;
    let renewals = 0;
    const peer = peerOf({ token: () => now, refresh: async () => (++renewals, second) });
    const answer = (await peer.queryInterface<Notes>('notes')).who();
    await eventually(() => expect(tokensOf(server)).toHaveLength(1));
    change(peer, (token) => {
      now = token;
    });
    refused.open(expired());
    await expect(answer).rejects.toMatchObject({ code: 'unauthenticated' });
    expect([tokensOf(server), renewals]).toEqual([[`Bearer ${first}`], 0]);
  });

  it('is not renewed as the new user while its token source is still pending', async () => {
    const { server, peerOf } = setup();
    const now = gate<string>();
    server.on('notes.who', { idempotent: true }, ({ headers }) =>
      headers.get('authorization') === 'Bearer ada' ? expired() : 'answered',
    );
    let waits = false;
    let asked = 0;
    let renewals = 0;
    const token = () => {
      if (!waits) return 'ada';
      asked += 1;
      return now.promise;
    };
    const peer = peerOf({ token, refresh: async () => (++renewals, 'eve') });
    const notes = await peer.queryInterface<Notes>('notes');
    const answer = notes.who();
    waits = true;
    await eventually(() => expect(asked).toBe(1));
    peer.setToken('eve');
    now.open('ada');
    await expect(answer).rejects.toMatchObject({ code: 'unauthenticated' });
    expect([tokensOf(server), renewals]).toEqual([['Bearer ada'], 0]);
  });

  it('has its own token renewal and is retried as its own user', async () => {
    const { server, peerOf } = setup();
    server.on('notes.who', { idempotent: true }, ({ headers }) => {
      const given = headers.get('authorization');
      return given?.includes('old') ? expired() : given;
    });
    const first = gate<string>();
    let asked = 0;
    const peer = peerOf({ token: 'ada-old', refresh: () => (++asked === 1 ? first.promise : Promise.resolve('eve-new')) });
    const notes = await peer.queryInterface<Notes>('notes');
    const ofAda = notes.who();
    await eventually(() => expect(asked).toBe(1));
    peer.setToken('eve-old');
    expect(await notes.who()).toBe('Bearer eve-new');
    first.open('ada-new');
    expect(await ofAda).toBe('Bearer ada-new');
  });

  it('is retried after a network failure as its own user', async () => {
    const { server, peerOf } = setup();
    const lost = gate<Response>();
    server.on('notes.who', { idempotent: true }, ({ headers }) =>
      server.calls('notes.who').length === 1 ? lost.promise : headers.get('authorization'),
    );
    const peer = peerOf({ token: 'ada', retry: { attempts: 1, initialDelay: 0 }, clock: systemClock });
    const answer = (await peer.queryInterface<Notes>('notes')).who();
    await eventually(() => expect(tokensOf(server)).toHaveLength(1));
    peer.setToken('eve');
    lost.fail(new TypeError('the network is gone'));
    expect(await answer).toBe('Bearer ada');
  });
});
