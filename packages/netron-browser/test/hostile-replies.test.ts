/** Invalid replies: truncated, changed, of another type. The cache never shows their content. */
import { NetronError } from '@omnitron-dev/netron/http/client';
import { describe, expect, it, vi } from 'vitest';
import { HttpRemotePeer } from '../src/index.js';
import { TestClock, turns } from './clock.js';
import { FakeServer } from './fake-server.js';

interface Users {
  find(id: string): { id: string; since: Date; tags: Set<string>; big: bigint };
}

const manifest = {
  name: 'users',
  version: '1.0.0',
  fingerprint: 'f',
  members: [{ name: 'find', kind: 'method', annotations: { cache: { ttl: 60 }, safe: true } }],
};
const good =
  '{"v":{"id":"7","since":"1970-01-01T00:00:00.000Z","tags":["a","b"],"big":"12345678901234567890","deep":[[{"x":[1,2.5,-3,null,true]}]]},"t":[["d","since"],["s","tags"],["i","big"]]}';
const type = 'application/netron+json';

/** A page with one good answer in its cache, and the next reply of its server. */
async function page() {
  const state: { reply: () => Response } = { reply: () => new Response(good, { headers: { 'content-type': type } }) };
  const peer = new HttpRemotePeer('http://a.example', {
    fetch: async (target) => (target.includes('$services') ? Response.json(manifest) : state.reply()),
  });
  const users = await peer.queryFluentInterface<Users>('users');
  const first = await users.find('7');
  return {
    peer,
    users,
    first,
    /** Requests again, after the answer has become stale. */
    async ask(reply: () => Response): Promise<unknown> {
      state.reply = reply;
      return users
        .cache({ maxAge: 0 })
        .find('7')
        .then(
          (value) => ({ value }),
          (error: unknown) => error,
        );
    },
  };
}

const cut = (bytes: Uint8Array, at: number): ReadableStream<Uint8Array> =>
  new ReadableStream({
    start(controller) {
      controller.enqueue(bytes.subarray(0, at));
      controller.error(new TypeError('cut'));
    },
  });

it('a service whose description has a member `then` can be awaited', async () => {
  const server = new FakeServer().on('users.list', { safe: true }, () => ['Ada']);
  server.services.get('users')!.members.push({ name: 'then', kind: 'method' } as never);
  const peer = new HttpRemotePeer('https://a.example', { fetch: server.fetch });
  for (const asked of [
    peer.queryInterface<{ list(): unknown }>('users'),
    peer.queryFluentInterface<{ list(): unknown }>('users'),
  ])
    expect(await (await asked).list()).toEqual(['Ada']);
  await peer.close();
});

describe('hostile replies', () => {
  it('C19: a response cut at any byte causes one typed error, and the cache keeps its content', async () => {
    const { peer, users, first, ask } = await page();
    const bytes = new TextEncoder().encode(good);
    for (let at = 0; at < bytes.length; at++) {
      const error = await ask(() => new Response(cut(bytes, at), { headers: { 'content-type': type } }));
      expect([at, NetronError.is(error) && error.code]).toEqual([at, 'unavailable']);
      // A body that ends early is no better.
      const short = await ask(() => new Response(bytes.slice(0, at), { headers: { 'content-type': type } }));
      expect([at, NetronError.is(short) && short.code]).toEqual([at, 'data_loss']);
      expect(await users.find('7')).toBe(first);
    }
    await peer.close();
  });

  it('a stream cut at any byte yields the complete items, then one typed error, and never ends normally', async () => {
    const text = '{"v":1}\n{"v":"two","t":[]}\n\n{"v":{"at":"1970-01-01T00:00:00.000Z"},"t":[["d","at"]]}\n{"end":true}\n';
    const bytes = new TextEncoder().encode(text);
    // Position at which the line of each item ends.
    const whole = (at: number) =>
      text
        .slice(0, at)
        .split('\n')
        .slice(0, -1)
        .filter((line) => line.startsWith('{"v"')).length;
    const described = { ...manifest, members: [{ name: 'feed', kind: 'stream' }] };
    const state = { body: (): BodyInit => bytes };
    const peer = new HttpRemotePeer('http://a.example', {
      fetch: async (target) =>
        target.includes('$services')
          ? Response.json(described)
          : new Response(state.body(), { headers: { 'content-type': 'application/netron+jsonl' } }),
    });
    const users = await peer.queryInterface<{ feed(): AsyncIterable<unknown> }>('users');
    const read = async (body: () => BodyInit): Promise<{ items: unknown[]; error: unknown }> => {
      state.body = body;
      const items: unknown[] = [];
      try {
        for await (const item of users.feed()) items.push(item);
        return { items, error: undefined };
      } catch (error) {
        return { items, error };
      }
    };
    expect(await read(() => bytes)).toEqual({ items: [1, 'two', { at: new Date(0) }], error: undefined });
    // The last line feed carries no information.
    for (let at = 0; at < bytes.length - 1; at++) {
      for (const body of [() => cut(bytes, at), () => bytes.slice(0, at)]) {
        const { items, error } = await read(body);
        expect([at, items.length <= whole(at), NetronError.is(error)]).toEqual([at, true, true]);
      }
      expect((await read(() => bytes.slice(0, at))).items).toHaveLength(whole(at));
    }
    await peer.close();
  });

  it('an unrequested 304, and a file with an unreadable name, cause one typed error each', async () => {
    const { peer, users, first, ask } = await page();
    expect(await ask(() => new Response(null, { status: 304 }))).toMatchObject({ code: 'data_loss' });
    const headers = { 'netron-kind': 'blob', 'content-disposition': "attachment; filename*=UTF-8''%zz.txt" };
    expect(await ask(() => new Response('text', { headers }))).toMatchObject({ code: 'data_loss' });
    expect(await users.find('7')).toBe(first);
    await peer.close();
  });

  it('a stream without heartbeats fails, and the body is canceled', async () => {
    const clock = new TestClock();
    const described = { ...manifest, members: [{ name: 'feed', kind: 'stream' }] };
    let body!: ReadableStreamDefaultController<Uint8Array>;
    let canceled = 0;
    const say = (text: string) => body.enqueue(new TextEncoder().encode(text));
    const streaming = () =>
      new ReadableStream<Uint8Array>({
        start(controller) {
          body = controller;
        },
        cancel() {
          canceled += 1;
        },
      });
    const peer = new HttpRemotePeer('http://a.example', {
      clock,
      fetch: async (target) =>
        target.includes('$services')
          ? Response.json(described)
          : new Response(streaming(), { headers: { 'content-type': 'application/netron+jsonl' } }),
    });
    const users = await peer.queryInterface<{ feed(): AsyncIterable<unknown> }>('users');
    const items = users.feed()[Symbol.asyncIterator]();
    const first = items.next();
    await vi.waitFor(() => expect(body).toBeDefined());
    say('{"v":1}\n');
    expect(await first).toMatchObject({ value: 1 });
    let ended: unknown;
    const next = items.next().then(
      (item) => item,
      (error: unknown) => {
        ended = error;
        return error;
      },
    );
    for (let beats = 0; beats < 10; beats++) {
      await clock.advance(40_000);
      say('\n');
      await turns();
    }
    expect([ended, canceled]).toEqual([undefined, 0]);
    await clock.advance(44_999);
    expect(ended).toBeUndefined();
    await clock.advance(1);
    expect(await next).toMatchObject({ code: 'unavailable', message: 'users.feed: nothing received for 45000 ms' });
    expect([canceled, clock.pending]).toEqual([1, 0]);
    await peer.close();
  });

  it('a batch cut at any byte completes the calls whose lines are complete; each other call fails with one typed error', async () => {
    const state = { end: (bytes: Uint8Array<ArrayBuffer>): BodyInit => bytes };
    const text = (ids: readonly number[]) =>
      `${ids.map((id, at) => `{"id":${id},"v":{"id":"${'ab'[at]}"}}\n`).join('')}{"end":true}\n`;
    let first = 0;
    const peer = new HttpRemotePeer('http://a.example', {
      batch: true,
      fetch: async (target, init) => {
        if (target.includes('$services')) return Response.json(manifest);
        const { v: calls } = JSON.parse(String(init.body)) as { v: { id: number }[] };
        const said = text(calls.map(({ id }) => id));
        first = said.indexOf('\n') + 1;
        const type = { 'content-type': 'application/netron+jsonl' };
        return new Response(state.end(new TextEncoder().encode(said)), { headers: type });
      },
    });
    const users = (await peer.queryFluentInterface<Users>('users')).cache(false);
    const both = () => Promise.allSettled([users.find('a'), users.find('b')]);
    const fulfilled = (results: readonly PromiseSettledResult<unknown>[]) => results.map(({ status }) => status === 'fulfilled');
    expect(fulfilled(await both())).toEqual([true, true]);
    for (let at = 0; at < text([10, 11]).length; at++) {
      for (const broken of [false, true]) {
        state.end = (bytes) => (broken ? cut(bytes, at) : bytes.slice(0, at));
        const results = await both();
        // Lines that arrived whole count as answers, unless the truncation was noticed before they were read.
        if (at < first) expect([at, fulfilled(results)]).toEqual([at, [false, false]]);
        else if (!broken) expect([at, fulfilled(results)[0]]).toEqual([at, true]);
        for (const result of results) {
          if (result.status === 'rejected') expect([at, NetronError.is(result.reason)]).toEqual([at, true]);
        }
      }
    }
    await peer.close();
  });

  it('a batch with invalid lines fails each call with one typed error', async () => {
    const lines = ['null', '7', '{"id":', '{"__proto__":{}}', '{"id":"x","v":1}', '<html>'];
    for (const line of lines) {
      const peer = new HttpRemotePeer('http://a.example', {
        batch: true,
        fetch: async (target) =>
          target.includes('$services') ? Response.json(manifest) : new Response(`${line}\n{"end":true}\n`),
      });
      const users = (await peer.queryFluentInterface<Users>('users')).cache(false);
      const results = await Promise.allSettled([users.find('a'), users.find('b')]);
      for (const result of results) {
        const { code } = (result as PromiseRejectedResult).reason as NetronError;
        expect([line, ['data_loss', 'unavailable'].includes(code)]).toEqual([line, true]);
      }
      await peer.close();
    }
  });

  it('each of 10,000 mutated responses gives a value or one typed error; a failure does not change the cache', async () => {
    const { peer, users, first, ask } = await page();
    let seed = 42;
    const random = (below: number): number => {
      seed = (Math.imul(seed, 1_103_515_245) + 12_345) >>> 0;
      return Math.floor((seed / 2 ** 32) * below);
    };
    const alphabet = '{}[]",:0123456789eE+-.tfnulrsdiavx\\ \u0000\u00ff__proto__';
    let failures = 0;
    let last: unknown = first;
    for (let round = 0; round < 10_000; round++) {
      let text = good;
      for (let changes = 1 + random(3); changes > 0; changes--) {
        const at = random(text.length);
        const kind = random(3);
        const letter = alphabet[random(alphabet.length)]!;
        if (kind === 0) text = text.slice(0, at) + text.slice(at + 1 + random(5));
        else text = text.slice(0, at) + letter + text.slice(kind === 1 ? at : at + 1);
      }
      const answer = await ask(() => new Response(text, { headers: { 'content-type': type } }));
      if (answer instanceof Error) {
        failures += 1;
        expect([text, NetronError.is(answer) && answer.code]).toEqual([text, 'data_loss']);
        expect(await users.find('7')).toBe(last);
      } else last = (answer as { value: unknown }).value;
    }
    expect(failures).toBeGreaterThan(5_000);
    expect(Object.hasOwn(Object.prototype, 'x')).toBe(false);
    await peer.close();
  });

  it('a description with a duplicate member is refused with data_loss', async () => {
    const members = [1, 2].map(() => ({ name: 'find', kind: 'method' }));
    const fetch = async () => Response.json({ name: 'users', version: '1.0.0', members });
    const peer = new HttpRemotePeer('https://a.example', { fetch });
    await expect(peer.queryInterface('users')).rejects.toMatchObject({ code: 'data_loss', outcome: 'not_run' });
    await peer.close();
  });

  it('lines instead of one value are a stream: a truncated or invalid item causes one typed error for its reader', async () => {
    const { peer, ask } = await page();
    const reading = async (lines: string) => {
      const { value } = (await ask(() => new Response(lines, { headers: { 'content-type': 'application/netron+jsonl' } }))) as {
        value: AsyncIterable<unknown>;
      };
      const items: unknown[] = [];
      try {
        for await (const item of value) items.push(item);
      } catch (error) {
        return [items.length, NetronError.is(error) && error.code];
      }
      return [items.length, 'ended'];
    };
    expect(await reading(`${good}\n{"end":true}\n`)).toEqual([1, 'ended']);
    expect(await reading(`${good}\n`)).toEqual([1, 'unavailable']);
    expect(await reading(`${good}\n[]\n`)).toEqual([1, 'data_loss']);
    expect(await reading('')).toEqual([0, 'unavailable']);
    await peer.close();
  });

  it('other media types, statuses and headers cause one typed error each', async () => {
    const { peer, users, first, ask } = await page();
    const replies: [() => Response, string][] = [
      [() => new Response('<html>', { headers: { 'content-type': 'text/html' } }), 'data_loss'],
      [() => new Response(good), 'data_loss'],
      [() => new Response('[]', { headers: { 'content-type': type } }), 'data_loss'],
      [() => new Response('{}', { headers: { 'content-type': type } }), 'data_loss'],
      [() => new Response(`{"v":${'['.repeat(100_000)}`, { headers: { 'content-type': type } }), 'data_loss'],
      [() => new Response('{"v":{"__proto__":{"x":1}}}', { headers: { 'content-type': type } }), 'data_loss'],
      [() => new Response('x', { status: 500 }), 'unknown'],
      [() => new Response('<html>', { status: 502, headers: { 'content-type': 'text/html' } }), 'unavailable'],
      [() => new Response('{"code":7}', { status: 404, headers: { 'content-type': 'application/problem+json' } }), 'not_found'],
      [() => new Response('{"code":"nonsense","detail":{}}', { status: 400 }), 'nonsense'],
      [
        () => new Response('{"code":"not_found","name":"constructor","detail":"x","fields":{"__proto__":1}}', { status: 404 }),
        'not_found',
      ],
    ];
    for (const [index, [reply, code]] of replies.entries()) {
      const error = await ask(reply);
      expect([index, error instanceof Error, (error as { code?: unknown }).code]).toEqual([index, true, code]);
      expect(await users.find('7')).toBe(first);
    }
    await peer.close();
  });
});
