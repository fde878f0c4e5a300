import { afterEach, describe, expect, it } from 'vitest';
import { Cache, httpHandler, Invalidates } from '../../src/http/index.js';
import { defineService, invalidate, Netron, NetronError, tag, withAnnotations } from '../../src/index.js';
import { VirtualClock } from '../../src/testing/virtual-clock.js';
import { eventsOf } from './event-reader.js';
import { type Served, serve } from './server.js';

const users = () =>
  defineService({
    name: 'users@1.0.0',
    methods: {
      list: withAnnotations(() => ['ada'], Cache({ tags: ['users'] })),
      find: withAnnotations(
        (id: string) => {
          tag(`user:${id}`);
          return id;
        },
        Cache({ tags: ['users'] }),
      ),
      rename: withAnnotations(
        (id: string, fails = false) => {
          invalidate(`user:${id}`);
          if (fails) throw new NetronError('failed_precondition', 'not now');
          return id;
        },
        Invalidates(['users']),
      ),
      later: async (id: string) => {
        invalidate(`user:${id}`);
        await Promise.resolve();
        invalidate('later');
      },
      touch: () => invalidate('users'),
    },
  });

let served: Served;
afterEach(() => served.close());

const tagsOf = (response: Response, name = 'netron-tags') =>
  (response.headers.get(name) ?? '').split(', ').map(decodeURIComponent);

async function listen(tags: readonly string[], cursor?: string | null, at = served): Promise<Response> {
  return at.post('/$events', tags, cursor === undefined || cursor === null ? {} : { 'last-event-id': cursor });
}

const plain = (sealed: readonly string[]) => sealed.map((each) => each.slice(0, each.lastIndexOf('~')));

describe('invalidated tags', () => {
  it('tags with unpaired surrogates fail no call', async () => {
    served = await serve([users()]);
    const id = '"\\ud800"';
    const found = await served.ask(`/users/find?args=${encodeURIComponent(`[${id}]`)}`);
    expect([found.status, await found.json()]).toEqual([200, '\ud800']);
    expect(plain(tagsOf(found))).toEqual(['users', 'user:\ufffd']);
    const changed = await served.ask('/users/rename', {
      method: 'POST',
      body: `[${id}]`,
      headers: { 'content-type': 'application/json' },
    });
    expect([changed.status, tagsOf(changed, 'netron-invalidates')]).toEqual([200, ['users', 'user:\ufffd']]);
  });

  it('tags with unpaired surrogates have one form in headers, in batches and in events', async () => {
    served = await serve([users()]);
    const heard: unknown[] = [];
    served.node.subscribe('netron:outdated', (event) => void heard.push(event));
    const calls = ['find', 'rename'].map((method, id) => ({ id, service: 'users', method, args: ['\ud800'] }));
    const text = await (await served.post('/$batch', calls)).text();
    const lines = text
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    const [found, renamed] = [0, 1].map((id) => lines.find((line) => line.id === id));
    expect([plain(found.tags), renamed.invalidates]).toEqual([
      ['users', 'user:\ufffd'],
      ['users', 'user:\ufffd'],
    ]);
    expect(heard).toEqual([{ tags: ['users', 'user:\ufffd'] }]);
    const events = eventsOf(await listen(found.tags));
    await events.next();
    served.node.invalidate('user:\udfff');
    expect(await events.next()).toMatchObject({ data: { tags: { 'user:\ufffd': 2 } } });
    await events.leave();
  });

  it('tags of replies are sealed, whether they come from annotations or from methods', async () => {
    served = await serve([users()]);
    const found = await served.ask('/users/find?args=["7"]');
    expect(plain(tagsOf(found))).toEqual(['users', 'user:7']);
    expect(tagsOf(found)[0]).toMatch(/^users~[\w-]{6}\.[\w-]{16}$/);
    expect(found.headers.get('netron-cursor')).toMatch(/^\w+\.0$/);
    const changed = await served.post('/users/rename', ['7']);
    expect(tagsOf(changed, 'netron-invalidates')).toEqual(['users', 'user:7']);
    expect(changed.headers.get('netron-cursor')).toMatch(/\.1$/);
  });

  it('clients receive events for their tags when HTTP calls, local calls or the program invalidate them', async () => {
    served = await serve([users()]);
    const found = await served.ask('/users/find?args=["7"]');
    const events = eventsOf(await listen(tagsOf(found), found.headers.get('netron-cursor')));
    expect(await events.next()).toMatchObject({ event: 'ready', data: { tags: {} } });
    await served.post('/users/rename', ['7']);
    expect(await events.next()).toMatchObject({ event: 'outdated', data: { tags: { users: 1, 'user:7': 1 }, within: 0 } });
    await served.node.call('users', 'touch');
    expect(await events.next()).toMatchObject({ data: { tags: { users: 2 } } });
    await served.node.call('users', 'later', ['8']);
    served.node.invalidate('user:7');
    expect(await events.next()).toMatchObject({ data: { tags: { 'user:7': 4 } } });
    await events.leave();
  });

  it('a failed call invalidates nothing', async () => {
    served = await serve([users()]);
    const heard: unknown[] = [];
    served.node.subscribe('netron:outdated', (event) => void heard.push(event));
    expect((await served.post('/users/rename', ['7', true])).status).toBe(412);
    expect(heard).toEqual([]);
    expect((await served.post('/users/rename', ['7'])).status).toBe(200);
    expect(heard).toEqual([{ tags: ['users', 'user:7'] }]);
  });

  it('tags that a method invalidates after an await take effect when the call succeeds', async () => {
    served = await serve([users()], {}, { callContext: true });
    const heard: unknown[] = [];
    served.node.subscribe('netron:outdated', (event) => void heard.push(event));
    const changed = await served.post('/users/later', ['7']);
    expect(tagsOf(changed, 'netron-invalidates')).toEqual(['user:7', 'later']);
    expect(heard).toEqual([{ tags: ['user:7', 'later'] }]);
  });

  it('calls of connected peers invalidate tags like calls over HTTP', async () => {
    served = await serve([users()], {}, { listenPort: 0 });
    const heard: unknown[] = [];
    served.node.subscribe('netron:outdated', (event) => void heard.push(event));
    const client = await Netron.create();
    const peer = await client.connect(`ws://127.0.0.1:${served.node.listenPort}`);
    const remote = await peer.queryInterface<ReturnType<typeof users>>('users');
    await remote.rename('9');
    expect(heard).toEqual([{ tags: ['users', 'user:9'] }]);
    await client.stop();
  });

  it('the lines of a batch contain tags, invalidated tags and the position', async () => {
    served = await serve([users()]);
    const reply = await served.post('/$batch', [
      { id: 1, service: 'users', method: 'find', args: ['7'] },
      { id: 2, service: 'users', method: 'rename', args: ['7'] },
    ]);
    const lines = (await reply.text())
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(lines.find(({ id }) => id === 1).tags[1]).toMatch(/^user:7~/);
    expect(lines.find(({ id }) => id === 2)).toMatchObject({
      invalidates: ['users', 'user:7'],
      cursor: expect.stringMatching(/\.1$/),
    });
  });
});

describe('a client that reconnects', () => {
  it('receives each missed tag once, with its latest position', async () => {
    served = await serve([users()]);
    const found = await served.ask('/users/find?args=["7"]');
    served.node.invalidate('users');
    served.node.invalidate('others');
    served.node.invalidate('users', 'user:7');
    const events = eventsOf(await listen(tagsOf(found), found.headers.get('netron-cursor')));
    expect(await events.next()).toMatchObject({ event: 'ready', data: { tags: { users: 3, 'user:7': 3 } } });
    await events.leave();
  });

  it('receives a reset when its position is too old, from another node or in the future', async () => {
    const clock = new VirtualClock();
    served = await serve([users()], { clock });
    const found = await served.ask('/users/find?args=["7"]');
    const cursor = found.headers.get('netron-cursor')!;
    served.node.invalidate('users');
    clock.sleep(120_001);
    for (const old of [cursor, 'othernode.0', cursor.replace(/\.0$/, '.99'), 'nonsense']) {
      const events = eventsOf(await listen(tagsOf(found), old));
      expect(await events.next(), old).toMatchObject({ event: 'reset', id: cursor.replace(/\.0$/, '.1') });
      await events.leave();
    }
  });

  it('receives a reset when it has missed more than 10,000 entries', async () => {
    served = await serve([users()]);
    const found = await served.ask('/users/find?args=["7"]');
    const cursor = found.headers.get('netron-cursor')!;
    for (let n = 0; n < 10_000; n++) served.node.invalidate(`n:${n}`);
    expect(await eventsOf(await listen(tagsOf(found), cursor)).next()).toMatchObject({ event: 'ready' });
    served.node.invalidate('one more');
    expect(await eventsOf(await listen(tagsOf(found), cursor)).next()).toMatchObject({ event: 'reset' });
  });

  it('receives a reset from another node; its tags are valid there when both nodes have the same secret', async () => {
    const secret = 'a secret of all nodes';
    const other = await serve([users()], { events: { secret } });
    served = await serve([users()]);
    const tags = tagsOf(await other.ask('/users/find?args=["7"]'));
    expect(await eventsOf(await listen(tags)).next()).toMatchObject({ event: 'reset' });
    const third = await serve([users()], { events: { secret } });
    expect(await eventsOf(await listen(tags, undefined, third)).next()).toMatchObject({ event: 'ready' });
    await third.close();
    await other.close();
  });
});

describe('hostile listeners', () => {
  it('a forged tag gets 403, also one with the seal of another tag or cluster', async () => {
    served = await serve([users()], { events: { secret: 'a secret of all nodes' } });
    const [sealed = ''] = tagsOf(await served.ask('/users/list'));
    const other = await serve([users()], { events: { secret: 'another secret, also long' } });
    const [foreign = ''] = tagsOf(await other.ask('/users/list'));
    await other.close();
    const swapped = sealed.replace('users', 'user:8');
    const flipped = sealed.slice(0, -1) + (sealed.endsWith('A') ? 'B' : 'A');
    for (const tag of ['users', swapped, flipped, foreign, '', '~', 7, null]) {
      const refused = await served.post('/$events', [sealed, tag]);
      expect([refused.status, (await refused.json()).outcome], String(tag)).toEqual([403, 'not_run']);
    }
  });

  it('too many tags get 413, too many streams of one address 429, of all addresses 503', async () => {
    served = await serve([users()], { events: { maxTags: 2, maxStreams: 3, maxStreamsPerAddress: 2 } });
    const sealed = tagsOf(await served.ask('/users/find?args=["7"]'));
    expect((await listen([...sealed, sealed[0]!])).status).toBe(413);
    const open = [await listen(sealed), await listen(sealed)];
    const refused = await listen(sealed);
    expect([refused.status, refused.headers.get('retry-after')]).toEqual([429, '5']);
    await open[0]!.body!.cancel();
    // The server hears of it a moment later.
    for (;;) {
      const again = await listen(sealed);
      if (again.status === 200) break;
      await again.body!.cancel();
    }
  });

  it('missing credentials get 401, other methods 405; without the option, 404', async () => {
    served = await serve(
      [users()],
      { events: false },
      {
        authenticate: (token) => {
          if (token !== 'good') throw new Error('bad');
          return 'ada';
        },
      },
    );
    const strict = httpHandler(served.node);
    const ask = (method: string, headers: Record<string, string> = {}) =>
      strict.fetch(new Request('http://a/netron/$events', { method, headers }));
    expect((await ask('POST')).status).toBe(401);
    const put = await ask('PUT', { authorization: 'Bearer good' });
    expect([put.status, put.headers.get('allow')]).toEqual([405, 'GET, POST']);
    expect((await served.post('/$events', [], { authorization: 'Bearer good' })).status).toBe(404);
    const reply = await served.ask('/users/list', { headers: { authorization: 'Bearer good' } });
    expect(reply.headers.get('netron-tags')).toBe('users');
  });

  it('a slow reader receives each invalidated tag once', async () => {
    served = await serve([users()]);
    const found = await served.ask('/users/find?args=["7"]');
    const handler = httpHandler(served.node);
    const sealed = tagsOf(await handler.fetch(new Request('http://a/netron/users/list')));
    expect(found.status).toBe(200);
    const response = await handler.fetch(
      new Request('http://a/netron/$events', {
        method: 'POST',
        body: JSON.stringify(sealed),
        headers: { 'content-type': 'application/json' },
      }),
    );
    for (let n = 0; n < 5_000; n++) served.node.invalidate('users', `n:${n}`);
    const events = eventsOf(response);
    expect(await events.next()).toMatchObject({ event: 'ready' });
    expect(await events.next()).toMatchObject({ event: 'outdated', data: { tags: { users: 5_000 } } });
    await events.leave();
  });
});

describe('an event stream', () => {
  it('sends heartbeats with the position, and ends after its maximum age so that the client authenticates again', async () => {
    const clock = new VirtualClock();
    served = await serve([users()], { clock, events: { lifetime: 40_000 } });
    const reader = (await listen(tagsOf(await served.ask('/users/list')))).body!.getReader();
    const decoder = new TextDecoder();
    expect(decoder.decode((await reader.read()).value)).toContain('event: ready');
    const beat = reader.read();
    await clock.advance(15_000);
    expect(decoder.decode((await beat).value)).toMatch(/^id: \w+\.0\n\n$/);
    for (let n = 0; n < 20_000; n++) served.node.invalidate('something else');
    const second = reader.read();
    await clock.advance(15_000);
    const position = /^id: (\w+\.20000)\n\n$/.exec(decoder.decode((await second).value))?.[1];
    const again = eventsOf(await listen(tagsOf(await served.ask('/users/list')), position));
    expect(await again.next()).toMatchObject({ event: 'ready' });
    await again.leave();
    const end = reader.read();
    await clock.advance(10_000);
    expect((await end).done).toBe(true);
  });

  it('is flushed and ended when the node drains; new streams are refused with 503 and Retry-After', async () => {
    served = await serve([users()]);
    const found = await served.ask('/users/list');
    const events = eventsOf(await listen(tagsOf(found)));
    expect(await events.next()).toMatchObject({ event: 'ready' });
    served.node.invalidate('users');
    const drained = served.node.drain();
    expect(await events.next()).toMatchObject({ event: 'outdated' });
    expect(await events.next()).toBeUndefined();
    await drained;
    const refused = await listen(tagsOf(found));
    expect([refused.status, refused.headers.has('retry-after')]).toEqual([503, true]);
  });

  it('ends when a node with its own port stops', async () => {
    const node = await Netron.create({ http: true, listenPort: 0, logLevel: 'error' });
    await node.peer.exposeService(users());
    served = { close: async () => {} } as Served;
    const url = `http://127.0.0.1:${node.listenPort}/netron`;
    const tags = tagsOf(await fetch(`${url}/users/list`));
    const stream = await fetch(`${url}/$events?${new URLSearchParams(tags.map((tag) => ['tag', tag]))}`);
    const events = eventsOf(stream);
    expect(await events.next()).toMatchObject({ event: 'ready' });
    await node.stop();
    expect(await events.next()).toBeUndefined();
  });
});
