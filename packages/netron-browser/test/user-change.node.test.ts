/** The user of a call, a stored change, a query or a connection stays the same when the user of the peer changes meanwhile. */
import { defineService, events, getCallContext, Netron } from '@omnitron-dev/netron';
import { systemClock } from '@omnitron-dev/netron/http/client';
import { describe, expect, it } from 'vitest';
import { type HttpPeerOptions, HttpRemotePeer, MemoryQueueStorage, type StoredCall } from '../src/index.js';
import { eventually } from './eventually.js';
import { FakeServer, gate, problem } from './fake-server.js';

interface Notes {
  list(): Promise<string>;
  save(text: string): Promise<string>;
}

/** A JSON Web Token. */
const jwt = (sub: string, scope = '') => `x.${btoa(JSON.stringify({ sub, scope })).replaceAll('=', '')}.y`;

function setup(options: HttpPeerOptions = {}) {
  const server = new FakeServer();
  const who = ({ headers }: { headers: Headers }) => headers.get('authorization') ?? 'nobody';
  server.on('notes.list', { safe: true, cache: { ttl: 60 } }, who).on('notes.save', { idempotent: true }, who);
  const peer = new HttpRemotePeer('https://api.example.com', { fetch: server.fetch, clock: systemClock, ...options });
  const sent = (member: string) => server.calls(member).map(({ headers }) => headers.get('authorization') ?? 'nobody');
  return { server, peer, sent };
}

/** Storage that waits at one of its operations. */
class Slow extends MemoryQueueStorage {
  readonly reached = gate<void>();
  readonly open = gate<void>();
  readonly #at: 'list' | 'sent';
  #waits = true;

  constructor(at: 'list' | 'sent') {
    super();
    this.#at = at;
  }

  override async list(owner: string) {
    await this.#wait('list');
    return super.list(owner);
  }

  override async update(call: StoredCall) {
    await this.#wait('sent');
    return super.update(call);
  }

  async #wait(at: string): Promise<void> {
    if (at !== this.#at || !this.#waits) return;
    this.#waits = false;
    this.reached.open();
    await this.open.promise;
  }
}

describe('a stored change', () => {
  it.each<[string, 'list' | 'sent']>([
    ['before the queue was read', 'list'],
    ['while it was being noted as sent', 'sent'],
  ])('is sent only as the user who made it: another user came %s', async (_, at) => {
    const storage = new Slow(at);
    const { peer, sent } = setup({ token: 'ada', queue: { storage } });
    const notes = await peer.queryFluentInterface<Notes>('notes');
    const saving = notes.queued().save('by ada');
    await storage.reached.promise;
    peer.setToken('eve');
    storage.open.open();
    // Her change is sent, although another user's comes before it in the same scope.
    expect(await notes.queued().save('by eve')).toBe('Bearer eve');
    expect(sent('notes.save')).toEqual(['Bearer eve']);
    peer.setToken('ada');
    expect(await saving).toBe('Bearer ada');
    expect(sent('notes.save')).toEqual(['Bearer eve', 'Bearer ada']);
    await peer.close();
  });

  it('stays stored when the token source returns a token of another user', async () => {
    let now = jwt('ada');
    const storage = new Slow('sent');
    const { peer, sent } = setup({ token: () => now, queue: { storage } });
    const notes = await peer.queryFluentInterface<Notes>('notes');
    const saving = notes.queued().save('by ada');
    await storage.reached.promise;
    now = jwt('eve');
    storage.open.open();
    expect(await notes.queued().save('by eve')).toBe(`Bearer ${now}`);
    expect(sent('notes.save')).toEqual([`Bearer ${jwt('eve')}`]);
    now = jwt('ada');
    await peer.queue?.resume();
    expect(await saving).toBe(`Bearer ${jwt('ada')}`);
    await peer.close();
  });
});

describe('an open query', () => {
  const speakers: [string, HttpPeerOptions['token'], (peer: HttpRemotePeer, name: string) => void][] = [
    ['a token', 'ada', (peer, name) => peer.setToken(name)],
    ['a promise of a token', async () => 'ada', (peer, name) => peer.setToken(async () => name)],
  ];
  it.each(speakers)(
    'hides the value of the previous user at once, then shows the value of the new user, by %s',
    async (_, token, speak) => {
      const { peer, sent } = setup({ token });
      const query = peer.watch<Notes, 'list'>('notes', 'list', []);
      await eventually(() => expect(query.data).toBe('Bearer ada'));
      speak(peer, 'eve');
      expect(query.data).toBeUndefined();
      await eventually(() => expect(query.data).toBe('Bearer eve'));
      await query.refetch();
      speak(peer, 'ada');
      await eventually(() => expect(query.data).toBe('Bearer ada'));
      // Both were kept apart.
      const notes = await peer.queryInterface<Notes>('notes');
      expect(await notes.list()).toBe('Bearer ada');
      expect(sent('notes.list')).toEqual(['Bearer ada', 'Bearer eve', 'Bearer eve']);
      await peer.close();
    },
  );

  it('changes to another user at its next fetch when the token source does', async () => {
    let now = 'ada';
    const { peer } = setup({ token: () => now });
    const query = peer.watch<Notes, 'list'>('notes', 'list', []);
    await eventually(() => expect(query.data).toBe('Bearer ada'));
    now = 'eve';
    await query.refetch();
    expect(query.data).toBe('Bearer eve');
    now = 'ada';
    const notes = await peer.queryInterface<Notes>('notes');
    expect(await notes.list()).toBe('Bearer ada');
    await peer.close();
  });

  it('does not change with another token of the same subject, or with a renewed token', async () => {
    const { server, peer } = setup({ token: 'old', refresh: async () => 'new' });
    server.on('notes.mine', { safe: true }, ({ headers }) => {
      const refused = headers.get('authorization') === 'Bearer old' && server.calls('notes.mine').length > 1;
      return refused ? problem(401, 'unauthenticated', 'expired', { outcome: 'not_run' }) : server.calls('notes.mine').length;
    });
    const query = peer.watch<{ mine(): Promise<number> }, 'mine'>('notes', 'mine', []);
    await eventually(() => expect(query.data).toBe(1));
    const shown: unknown[] = [];
    query.subscribe(() => shown.push(query.data));
    await query.refetch();
    await query.refetch();
    expect([query.data, shown.includes(undefined)]).toEqual([4, false]);
    peer.setToken(jwt('ada', 'one'));
    await eventually(() => expect(query.data).toBe(5));
    shown.length = 0;
    peer.setToken(jwt('ada', 'two'));
    await query.refetch();
    expect([query.data, shown.includes(undefined)]).toEqual([6, false]);
    await peer.close();
  });
});

it('an optimistic change is shown in the reads of its user, and not in those of another user', async () => {
  const { server, peer } = setup({ identity: () => now });
  let now = 'ada';
  const held = gate();
  server
    .on('notes.all', { safe: true, cache: { ttl: 60, tags: ['notes'] } }, () => ['a note'])
    .on('notes.add', { idempotent: true, invalidates: ['notes'] }, () => held.promise);
  const notes = await peer.queryFluentInterface<{ all(): Promise<string[]>; add(text: string): Promise<void> }>('notes');
  // The name of one user begins with that of another.
  const users = ['ada', 'ada eve', 'ada (eve)', 'eve'];
  const shown = async () => {
    const all: unknown[] = [];
    for (now of users) all.push(await notes.all());
    return all;
  };
  await shown();
  now = 'ada';
  const adding = notes.optimistic((texts, text) => [...(texts as string[]), text]).add('mine');
  for (let turns = 0; turns < 20; turns++) await Promise.resolve();
  await eventually(async () => expect((await shown())[0]).toEqual(['a note', 'mine']));
  expect(await shown()).toEqual([['a note', 'mine'], ['a note'], ['a note'], ['a note']]);
  held.open();
  await adding;
  await peer.close();
});

describe('listeners to the change of the user', () => {
  it('are called for another user, and not for a new token of the same one', async () => {
    const { peer } = setup({ token: jwt('ada') });
    let called = 0;
    peer.onUserChange(() => called++);
    peer.setToken(jwt('ada', 'write'));
    expect(called).toBe(0);
    peer.setToken(jwt('eve'));
    expect(called).toBe(1);
    await peer.close();
  });

  it('ask the source of tokens once, however many they are', async () => {
    let asked = 0;
    const source = (token: string) => () => {
      asked++;
      return token;
    };
    const { peer } = setup({ token: source('ada') });
    let called = 0;
    for (let count = 0; count < 10; count++) peer.onUserChange(() => called++);
    expect([asked, called]).toEqual([1, 0]);
    peer.setToken(source('eve'));
    expect([asked, called]).toEqual([2, 10]);
    await peer.close();
  });

  it('are not called once they are removed, also by another listener', async () => {
    const { peer } = setup({ token: 'ada' });
    const called: string[] = [];
    const leave: (() => void)[] = [];
    for (const name of ['first', 'second'])
      leave.push(
        peer.onUserChange(() => {
          called.push(name);
          for (const each of leave) each();
        }),
      );
    peer.setToken('eve');
    peer.setToken('ada');
    expect(called).toEqual(['first']);
    await peer.close();
  });
});

it('a background fetch is not stored for the previous user', async () => {
  let now = 'ada';
  const { peer, sent } = setup({ token: () => now });
  const notes = await peer.queryFluentInterface<Notes>('notes');
  const often = notes.cache(60_000).background(1);
  expect(await often.list()).toBe('Bearer ada');
  await eventually(() => expect(sent('notes.list').length).toBeGreaterThan(1));
  now = 'eve';
  const before = sent('notes.list').length;
  expect(await often.list()).toBe('Bearer eve');
  await eventually(() => expect(sent('notes.list').filter((name) => name === 'Bearer eve').length).toBeGreaterThan(2));
  now = 'ada';
  expect(await notes.cache(60_000).list()).toBe('Bearer ada');
  expect(before).toBeGreaterThan(1);
  await peer.close();
});

it('an anonymous read whose token renewal has logged in a user is cached for that user only', async () => {
  const { server, peer } = setup({ refresh: async () => 'ada' });
  let open = false;
  server.on('notes.mine', { safe: true, cache: { ttl: 60 } }, ({ headers }) => {
    if (headers.has('authorization')) return 'of ada';
    return open ? 'of nobody' : problem(401, 'unauthenticated', 'log in', { outcome: 'not_run' });
  });
  const notes = await peer.queryInterface<{ mine(): Promise<string> }>('notes');
  expect(await notes.mine()).toBe('of ada');
  peer.setToken(undefined);
  open = true;
  expect(await notes.mine()).toBe('of nobody');
  await peer.close();
});

it('a call is not retried as the new user of the middleware', async () => {
  let now = 'ada';
  const { server, peer } = setup({ retry: { attempts: 2, initialDelay: 0 } });
  server.on('notes.lose', { idempotent: true }, () => {
    now = 'eve';
    throw new TypeError('the network is gone');
  });
  peer.use(({ request }, next) => {
    request.headers.Authorization = `Bearer ${now}`;
    return next();
  });
  const notes = await peer.queryInterface<{ lose(): Promise<void> }>('notes');
  await expect(notes.lose()).rejects.toMatchObject({ code: 'unauthenticated' });
  expect(server.calls('notes.lose').map(({ headers }) => headers.get('authorization'))).toEqual(['Bearer ada']);
  await peer.close();
});

it('middleware may sign each request or add a different token to each: calls are answered, and queries do not retry forever', async () => {
  let count = 0;
  let scheme = 'AWS4-HMAC-SHA256 Signature=';
  const { server, peer, sent } = setup({ retry: { attempts: 1, initialDelay: 0 } });
  peer.use(({ request }, next) => {
    request.headers.Authorization = `${scheme}${++count}`;
    return next();
  });
  server.on('notes.flaky', { idempotent: true }, () => {
    if (server.calls('notes.flaky').length === 1) throw new TypeError('the network is gone');
    return 'answered';
  });
  const notes = await peer.queryInterface<Notes & { flaky(): Promise<string> }>('notes');
  expect(await notes.list()).toMatch(/Signature=/);
  expect(await notes.flaky()).toBe('answered');
  scheme = 'Bearer other ';
  const query = peer.watch<Notes, 'list'>('notes', 'list', []);
  await eventually(() => expect(query.error).toMatchObject({ code: 'unauthenticated' }));
  await query.refetch();
  expect(sent('notes.list')).toHaveLength(1);
  await peer.close();
});

it('the renewal of one token is not used by calls with another token', async () => {
  let now = 'ada-old';
  const renewals: string[] = [];
  const renewed = gate<string>();
  const { server, peer } = setup({
    token: () => now,
    refresh: () => {
      renewals.push(now);
      return now === 'ada-old' ? renewed.promise : Promise.resolve('eve-new');
    },
  });
  server.on('notes.who', { idempotent: true }, ({ headers }) => {
    const given = headers.get('authorization');
    return given?.endsWith('old') ? problem(401, 'unauthenticated', 'expired', { outcome: 'not_run' }) : given;
  });
  const notes = await peer.queryInterface<{ who(): Promise<string> }>('notes');
  const ofAda = notes.who();
  await eventually(() => expect(renewals).toEqual(['ada-old']));
  now = 'eve-old';
  expect(await notes.who()).toBe('Bearer eve-new');
  renewed.open('ada-new');
  expect(await ofAda).toBe('Bearer ada-new');
  await peer.close();
});

describe('a duplex connection', () => {
  const pending = new Set<() => void>();
  const who = defineService({
    name: 'who@1.0.0',
    events: events<{ said: string }>(),
    methods: {
      tell: async (say: (user: unknown) => Promise<void>) => {
        const { user } = getCallContext();
        await say(user);
        return user;
      },
      wait: (_: () => void) => new Promise<void>((resolve) => pending.add(resolve)),
    },
  });
  type Who = { tell(say: (user: unknown) => Promise<void>): Promise<string>; wait(listener: () => void): Promise<void> };

  async function served(options: HttpPeerOptions) {
    const node = await Netron.create({
      http: true,
      listenPort: 0,
      logLevel: 'silent',
      authenticate: (token) => token || undefined,
    });
    await node.peer.exposeService(who);
    const peer = new HttpRemotePeer(`http://127.0.0.1:${node.listenPort}`, options);
    const service = (await peer.queryInterface('who')) as unknown as Who;
    const tell = () => service.tell(async () => {});
    const end = async () => {
      for (const resolve of pending) resolve();
      pending.clear();
      await peer.close();
      await node.stop();
    };
    return { node, peer, service, tell, end };
  }

  it('is closed when the user changes: calls in flight fail, and the next call is made as the new user', async () => {
    const { peer, service, tell, end } = await served({ token: 'ada' });
    expect(await tell()).toBe('ada');
    const waiting = service.wait(() => {});
    waiting.catch(() => {});
    await eventually(() => expect(pending.size).toBe(1));
    peer.setToken('eve');
    await expect(waiting).rejects.toMatchObject({ code: expect.stringMatching(/^(unavailable|unknown_outcome|canceled)$/) });
    expect(await tell()).toBe('eve');
    peer.setToken('ada');
    const racing = tell();
    peer.setToken('eve');
    await expect(racing).rejects.toMatchObject({ code: 'unauthenticated', outcome: 'not_run' });
    expect(await tell()).toBe('eve');
    await end();
  });

  it('is anonymous after a logout, and does not continue as the previous user', async () => {
    const { node, peer, tell, end } = await served({ token: 'ada' });
    expect(await tell()).toBe('ada');
    peer.setToken(undefined);
    await eventually(() => expect(node.peers.size).toBe(0));
    expect(await tell().catch((error: { code: string }) => error.code)).not.toBe('ada');
    await end();
  });

  it('belongs to the user that the token source returns when it is used', async () => {
    let now = 'ada';
    const { tell, end } = await served({ token: () => now });
    expect(await tell()).toBe('ada');
    now = 'eve';
    expect(await tell()).toBe('eve');
    await end();
  });

  it('is not opened again once the peer is closed', async () => {
    const { node, peer, tell, end } = await served({ token: 'ada' });
    await peer.close();
    await expect(tell()).rejects.toMatchObject({ code: 'unavailable' });
    expect(node.peers.size).toBe(0);
    await end();
  });
});
