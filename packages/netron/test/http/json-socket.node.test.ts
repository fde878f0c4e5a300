import type { Socket } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { defineService, idempotency, Netron, NetronError, type NetronOptions } from '../../src/index.js';
import { quiet } from '../integration/nodes.js';
import { eventually } from './eventually.js';
import { shop } from './services.js';

const ended: string[] = [];
let produced = 0;
const feed = defineService({
  name: 'feed@1.0.0',
  methods: {
    async *count(to: number) {
      try {
        for (let n = 1; n <= to; n++) yield n;
      } finally {
        ended.push('count');
      }
    },
    async *failing() {
      try {
        for (;;) {
          yield 1;
          await new Promise((resolve) => setImmediate(resolve));
        }
      } finally {
        ended.push('failing');
        // biome-ignore lint/correctness/noUnsafeFinally: that is what is tested
        throw new Error('the cursor is closed already');
      }
    },
    never: () => new Promise<void>(() => {}),
    unstepped: () => ({ [Symbol.asyncIterator]: () => ({ next: () => Number.NaN }) }) as never,
    async *odd() {
      try {
        yield 1;
        yield Symbol('x');
      } finally {
        ended.push('odd');
      }
    },
    async *endless() {
      try {
        for (let n = 0; ; n++) {
          produced += 100_000;
          yield 'x'.repeat(100_000) + n;
        }
      } finally {
        ended.push('endless');
      }
    },
  },
});

const closing: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  ended.length = 0;
  for (const close of closing.splice(0).reverse()) await close();
});

async function node(options: NetronOptions = {}) {
  const ran: string[] = [];
  const made = await Netron.create({ http: true, listenPort: 0, logLevel: 'silent', ...options });
  closing.push(() => made.stop());
  await made.peer.exposeService(shop(ran));
  await made.peer.exposeService(feed);
  return { made, ran, url: `ws://127.0.0.1:${made.listenPort}` };
}

/** A client that knows WebSockets and nothing more. */
async function client(url: string, options: object = {}) {
  const socket = new WebSocket(url, 'netron.json', options);
  // biome-ignore lint/suspicious/noExplicitAny: whatever the server says
  const texts: any[] = [];
  const waiting: (() => void)[] = [];
  socket.on('message', (data) => {
    texts.push(JSON.parse(String(data)));
    for (const resolve of waiting.splice(0)) resolve();
  });
  const closed = new Promise<number>((resolve) => socket.once('close', resolve));
  await new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject));
  closing.push(async () => socket.terminate());
  return {
    socket,
    texts,
    closed,
    send: (frame: unknown) => socket.send(typeof frame === 'string' ? frame : JSON.stringify(frame)),
    async next() {
      while (texts.length === 0) await new Promise<void>((resolve) => waiting.push(resolve));
      return texts.shift();
    },
  };
}

describe('calls as JSON over a WebSocket (netron.json)', () => {
  it('TR-15: sends results, errors and stream items with the id of their call', async () => {
    const { url } = await node();
    const { send, next } = await client(url);
    send({ id: 1, call: 'shop/orders.price', args: ['apple'] });
    expect(await next()).toEqual({ id: 1, result: { item: 'apple', cents: 25, since: '1970-01-01T00:00:00.000Z' } });
    send({ id: 'b', call: 'shop/orders@^1.0.0.buy', args: ['pear', 1] });
    expect(await next()).toMatchObject({ id: 'b', error: { code: 'not_found', status: 404, detail: 'no pear' } });
    send({ id: 3, call: 'feed.count', args: [2] });
    expect([await next(), await next(), await next()]).toEqual([
      { id: 3, item: 1 },
      { id: 3, item: 2 },
      { id: 3, end: true },
    ]);
    send({ id: 4, call: 'shop/orders.nothing-here' });
    send({ id: 5, call: 'hidden.x' });
    const [one, two] = [await next(), await next()];
    expect(one.error).toEqual(two.error);
    expect(one.error).toMatchObject({ code: 'not_found', outcome: 'not_run' });
  });

  it('supports time limits, idempotency keys and cancellation', async () => {
    const { url, ran } = await node({ middleware: { incoming: [idempotency()] }, stopTimeout: 0 });
    const { send, next } = await client(url);
    send({ id: 1, call: 'shop/orders.hang', timeout: 30 });
    expect(await next()).toMatchObject({ id: 1, error: { code: 'deadline_exceeded' } });
    send({ id: 1, call: 'feed.never', timeout: 30 });
    expect(await next()).toMatchObject({ id: 1, error: { code: 'deadline_exceeded', outcome: 'unknown' } });
    ran.length = 0;
    send({ id: 2, call: 'shop/orders.hang' });
    await eventually(() => expect(ran).toContain('hang'));
    send({ cancel: 2 });
    expect(await next()).toMatchObject({ id: 2, error: { code: 'canceled' } });
    for (const id of [3, 4]) {
      send({ id, call: 'shop/orders.buy', args: ['apple', 1], key: 'k' });
      expect(await next()).toEqual({ id, result: 2 });
    }
    expect(ran.filter((what) => what === 'buy').length).toBe(1);
  });

  it('an outage of the authentication service fails the call, keeps the identity, and can be retried', async () => {
    let away = false;
    const { url } = await node({
      authenticate: (token) => {
        if (away) throw new NetronError('unavailable', 'the table of users is away');
        return { id: token };
      },
    });
    const headers = { authorization: 'Bearer ada' };
    const before = await client(url, { headers });
    before.send({ id: 1, call: 'shop/orders.whoami', args: [] });
    const whoami = await before.next();
    away = true;
    before.send({ id: 2, auth: 'grace' });
    expect(await before.next()).toMatchObject({ id: 2, error: { code: 'unavailable' } });
    const during = await client(url, { headers });
    during.send({ id: 2, call: 'shop/orders.whoami', args: [] });
    expect(await during.next()).toMatchObject({ id: 2, error: { code: 'unavailable' } });
    before.send({ id: 3, call: 'shop/orders.whoami', args: [] });
    expect(await before.next()).toEqual({ ...whoami, id: 3 });
    away = false;
    during.send({ id: 3, call: 'shop/orders.whoami', args: [] });
    expect(await during.next()).toEqual({ ...whoami, id: 3 });
  });

  it('credentials are sent with the request or in a message', async () => {
    const { url } = await node({
      authenticate: (token) => {
        if (typeof token !== 'string' || token === 'bad') throw new Error('no');
        return token;
      },
    });
    const ada = await client(url, { headers: { authorization: 'Bearer ada' } });
    ada.send({ id: 1, call: 'shop/orders.whoami' });
    expect(await ada.next()).toEqual({ id: 1, result: { user: 'ada' } });
    const other = await client(url);
    other.send({ id: 1, call: 'shop/orders.whoami' });
    expect(await other.next()).toMatchObject({ error: { code: 'unauthenticated' } });
    other.send({ id: 2, auth: 'grace' });
    expect(await other.next()).toEqual({ id: 2, result: null });
    other.send({ id: 3, call: 'shop/orders.whoami' });
    expect(await other.next()).toMatchObject({ result: { user: 'grace' } });
    other.send({ id: 4, auth: 'bad' });
    expect(await other.next()).toMatchObject({ id: 4, error: { code: 'unauthenticated' } });
  });

  it.each([
    [
      'throws',
      () => {
        throw new Error('the secret of the cookie');
      },
    ],
    ['rejects', () => Promise.reject(new Error('the secret of the cookie'))],
  ])('a function of http.credentials that %s refuses the caller without telling the reason', async (_, credentials) => {
    for (const authenticate of [undefined, (token: unknown) => token]) {
      const lines: unknown[] = [];
      const logger = { ...quiet, warn: (facts: object) => void lines.push(facts) };
      const { url } = await node({ http: { credentials }, logger, logLevel: 'warn', ...(authenticate && { authenticate }) });
      const { send, next } = await client(url);
      send({ id: 1, call: 'shop/orders.price', args: ['apple'] });
      const refused = { code: 'unauthenticated', detail: 'authentication failed', outcome: 'not_run' };
      expect(await next()).toMatchObject({ id: 1, error: refused });
      const init = { method: 'POST', body: '["apple"]', headers: { 'content-type': 'application/json' } };
      const reply = await fetch(`${url.replace('ws:', 'http:')}/netron/shop%2Forders/price`, init);
      expect([reply.status, await reply.json()]).toMatchObject([401, refused]);
      expect(lines.map((line) => (line as { error: string }).error)).toEqual(Array(2).fill('the secret of the cookie'));
    }
  });

  it('credentials that do not arrive within the time limit of `authenticate` fail the call with unavailable', async () => {
    for (const authenticate of [undefined, (token: unknown) => token]) {
      const http = { credentials: () => new Promise(() => {}) };
      const { url } = await node({ http, handshakeTimeout: 20, ...(authenticate && { authenticate }) });
      const { send, next } = await client(url);
      send({ id: 1, call: 'shop/orders.price', args: ['apple'] });
      const refused = { code: 'unavailable', detail: 'authentication is temporarily unavailable', outcome: 'not_run' };
      expect(await next()).toMatchObject({ id: 1, error: refused });
      const init = { method: 'POST', body: '["apple"]', headers: { 'content-type': 'application/json' } };
      const reply = await fetch(`${url.replace('ws:', 'http:')}/netron/shop%2Forders/price`, init);
      expect([reply.status, await reply.json()]).toMatchObject([503, refused]);
    }
  });

  it('credentials returned as a promise are awaited', async () => {
    const { url } = await node({ http: { credentials: async () => 'ada' }, authenticate: (token) => token });
    const { send, next } = await client(url);
    send({ id: 1, call: 'shop/orders.whoami' });
    expect(await next()).toEqual({ id: 1, result: { user: 'ada' } });
    const init = { method: 'POST', body: '[]', headers: { 'content-type': 'application/json' } };
    const reply = await fetch(`${url.replace('ws:', 'http:')}/netron/shop%2Forders/whoami`, init);
    expect(await reply.json()).toEqual({ user: 'ada' });
  });

  it('streams end when their client disconnects or cancels them', async () => {
    const { url } = await node();
    const one = await client(url);
    one.send({ id: 1, call: 'feed.endless' });
    await one.next();
    one.send({ cancel: 1 });
    await eventually(() => expect(ended).toEqual(['endless']));
    one.send({ id: 2, call: 'feed.endless' });
    one.socket.pause();
    await eventually(() => expect(one.texts.length).toBeGreaterThan(0));
    one.socket.terminate();
    await eventually(() => expect(ended).toEqual(['endless', 'endless']));
  });

  it('B5, behaviour 62: a stream pauses while its client does not read, and continues when it does', async () => {
    const { url } = await node();
    const one = await client(url);
    one.socket.pause();
    produced = 0;
    one.send({ id: 1, call: 'feed.endless' });
    const most = 32 * 1024 * 1024;
    let before = -1;
    while (produced < most && (produced === 0 || produced !== before)) {
      before = produced;
      for (let turn = 0; turn < 50; turn++) await new Promise((resolve) => setImmediate(resolve));
    }
    // What the sockets of this system hold, and one window of the connection.
    expect(produced).toBeLessThan(most);
    one.socket.resume();
    await eventually(() => expect(produced).toBeGreaterThan(before));
    one.send({ cancel: 1 });
    await eventually(() => expect(ended).toEqual(['endless']));
  });

  it('a stream that throws on return() affects nothing else; an item that cannot be serialized ends its stream', async () => {
    const unheard: unknown[] = [];
    const hear = (error: unknown) => unheard.push(error);
    process.on('unhandledRejection', hear);
    const { url } = await node();
    const one = await client(url);
    one.send({ id: 1, call: 'feed.odd' });
    expect([await one.next(), await one.next()]).toMatchObject([
      { id: 1, item: 1 },
      { id: 1, error: { code: 'internal', status: 500 } },
    ]);
    expect(ended).toEqual(['odd']);
    one.send({ id: 3, call: 'feed.unstepped' });
    expect(await one.next()).toMatchObject({ id: 3, error: { name: 'TypeError' } });
    one.send({ id: 2, call: 'feed.failing' });
    await one.next();
    one.socket.terminate();
    await eventually(() => expect(ended).toEqual(['odd', 'failing']));
    for (let turn = 0; turn < 3; turn++) await new Promise((resolve) => setImmediate(resolve));
    process.off('unhandledRejection', hear);
    expect(unheard).toEqual([]);
  });

  it('credentials are verified one after the other', async () => {
    let looking = 0;
    let most = 0;
    let open = () => {};
    const held = new Promise<void>((resolve) => {
      open = resolve;
    });
    const { url } = await node({
      authenticate: async (token) => {
        if (token === undefined) return token;
        looking += 1;
        most = Math.max(most, looking);
        await held;
        looking -= 1;
        return token;
      },
    });
    const one = await client(url);
    for (let id = 0; id < 50; id++) one.send({ id, auth: `token ${id}` });
    for (let id = 1; id < 50; id++)
      expect(await one.next()).toMatchObject({ error: { code: 'resource_exhausted', outcome: 'not_run' } });
    open();
    expect(await one.next()).toEqual({ id: 0, result: null });
    expect(most).toBe(1);
    one.send({ id: 50, call: 'shop/orders.whoami' });
    expect(await one.next()).toMatchObject({ result: { user: 'token 0' } });
  });

  it('an invalid message closes the connection or is refused', async () => {
    const { url, ran } = await node({ limits: { message: 65_536, elements: 1_000 } });
    const closes: [string | Buffer, number][] = [
      ['nonsense', 1007],
      ['[]', 1007],
      ['null', 1007],
      ['{"__proto__":1}', 1007],
      [`{"id":1,"args":${'['.repeat(10_000)}`, 1007],
      [`{"id":1,"args":[${'0,'.repeat(1_000)}0]}`, 1007],
      ['{"call":"a.b"}', 1008],
      ['{"id":{},"call":"a.b"}', 1008],
      ['{"id":1e999,"call":"a.b"}', 1008],
      [`{"id":"${'x'.repeat(257)}","call":"a.b"}`, 1008],
      [Buffer.from('{}'), 1003],
      [`"${'x'.repeat(70_000)}"`, 1009],
    ];
    for (const [text, code] of closes) {
      const { socket, closed } = await client(url);
      socket.send(text);
      expect([String(text).slice(0, 30), await closed]).toEqual([String(text).slice(0, 30), code]);
    }
    const { send, next } = await client(url);
    const calls = ['', '.', 'x', '.x', 7, null, 'shop/orders.'];
    for (const [id, call] of calls.entries()) {
      send({ id, call });
      expect((await next()).error.outcome).toBe('not_run');
    }
    for (const more of [{ args: {} }, { timeout: -1 }, { timeout: 'x' }, { key: 7 }, { key: 'k'.repeat(257) }]) {
      send({ id: 1, call: 'shop/orders.buy', ...more });
      expect((await next()).error.code).toBe('invalid_argument');
    }
    expect(ran).toEqual([]);
  });

  it('refuses pages of other origins, and accepts allowed origins', async () => {
    const { url } = await node();
    await expect(client(url, { origin: 'https://evil.example' })).rejects.toThrow('403');
    const open = await node({
      listenPort: undefined as never,
      transports: { websocket: { port: 0, origins: ['https://a.example'] } },
    });
    await client(open.url, { origin: 'https://a.example' });
  });

  /** Sends texts in one write, so that all but 32 wait for their turn. */
  const flood = (socket: WebSocket, texts: readonly (string | Buffer)[]): void => {
    const { _socket } = socket as unknown as { _socket: Socket };
    _socket.cork();
    for (const text of texts) socket.send(text);
    _socket.uncork();
  };
  const whoami = (id: number): string => JSON.stringify({ id, call: 'shop/orders.whoami' });

  it('a draining node also answers the queued calls', async () => {
    const { url, made } = await node();
    let ran = 0;
    let begin = () => {};
    const begun = new Promise<void>((resolve) => {
      begin = resolve;
    });
    const add = () => {
      begin();
      return ++ran;
    };
    await made.peer.exposeService(defineService({ name: 'tiny@1.0.0', methods: { add } }));
    const { socket, texts, closed } = await client(url);
    flood(
      socket,
      Array.from({ length: 200 }, (_, id) => JSON.stringify({ id, call: 'tiny.add' })),
    );
    await begun;
    const stopped = made.drain();
    expect(await closed).toBe(1001);
    await stopped;
    expect(texts.length).toBe(200);
    expect(texts.filter(({ result }) => result !== undefined).length).toBe(ran);
    // Whatever was not answered has not run.
    expect(texts.filter(({ error }) => error !== undefined && error.outcome !== 'not_run')).toEqual([]);
  });

  it.each<[string, string | Buffer, number]>([
    ['malformed JSON', 'nonsense', 1007],
    ['a call without an id', '{"call":"a.b"}', 1008],
    ['bytes', Buffer.from('{}'), 1003],
    ['a string that is too long', `"${'x'.repeat(70_000)}"`, 1009],
  ])('calls queued behind %s do not run, and the connection closes', async (_, bad, code) => {
    const { url, made } = await node({ limits: { message: 65_536 } });
    let ran = 0;
    await made.peer.exposeService(defineService({ name: 'tiny@1.0.0', methods: { add: () => ++ran } }));
    const add = (id: number): string => JSON.stringify({ id, call: 'tiny.add' });
    const { socket, closed } = await client(url);
    flood(socket, [bad, ...Array.from({ length: 200 }, (_, id) => add(id))]);
    expect(await closed).toBe(code);
    // Another connection has its turns behind theirs.
    const other = await client(url);
    flood(
      other.socket,
      Array.from({ length: 200 }, (_, id) => whoami(id)),
    );
    for (let n = 0; n < 200; n += 1) await other.next();
    expect(ran).toBe(0);
  });

  it('a draining node answers running calls, then closes the connection', async () => {
    const { url, made, ran } = await node();
    const idle = await client(url);
    const busy = await client(url);
    busy.send({ id: 1, call: 'shop/orders.hang' });
    await eventually(() => expect(ran).toContain('hang'));
    const stopped = made.drain();
    expect(await idle.closed).toBe(1001);
    busy.send({ cancel: 1 });
    expect(await busy.next()).toMatchObject({ id: 1, error: { code: 'canceled' } });
    expect(await busy.closed).toBe(1001);
    await stopped;
  });
});
