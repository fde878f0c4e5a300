/** Replies that are not what they should be: cut, changed, of another type. The cache never shows what they say. */
import { NetronError } from '@omnitron-dev/netron/http/client';
import { describe, expect, it } from 'vitest';
import { HttpRemotePeer } from '../src/index.js';

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

/** A page with one good answer in its cache, and what it is told next. */
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
    /** Asks once more, past what is fresh. */
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

describe('hostile replies', () => {
  it('C19: a reply that is cut at any byte is one typed error, and the cache keeps what it had', async () => {
    const { peer, users, first, ask } = await page();
    const bytes = new TextEncoder().encode(good);
    for (let at = 0; at < bytes.length; at++) {
      const error = await ask(() => new Response(cut(bytes, at), { headers: { 'content-type': type } }));
      expect([at, NetronError.is(error) && error.code]).toEqual([at, 'unavailable']);
      // A body that just ends is no better.
      const short = await ask(() => new Response(bytes.slice(0, at), { headers: { 'content-type': type } }));
      expect([at, NetronError.is(short) && short.code]).toEqual([at, 'data_loss']);
      expect(await users.find('7')).toBe(first);
    }
    await peer.close();
  });

  it('of 10,000 changed replies each is a value or one typed error; what fails leaves the cache as it was', async () => {
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

  it('other media types, statuses and headers are one typed error each', async () => {
    const { peer, users, first, ask } = await page();
    const replies: [() => Response, string][] = [
      [() => new Response('<html>', { headers: { 'content-type': 'text/html' } }), 'data_loss'],
      [() => new Response(good), 'data_loss'],
      [() => new Response(good, { headers: { 'content-type': 'application/netron+jsonl' } }), 'data_loss'],
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
