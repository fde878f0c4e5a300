import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readMessagePack, writeMessagePack } from '../../src/http/messagepack.js';
import { VirtualClock } from '../../src/testing/virtual-clock.js';
import { type Served, serve } from './server.js';
import { shop } from './services.js';

const ran: string[] = [];
let served: Served;

beforeAll(async () => {
  served = await serve(
    [shop(ran)],
    { headers: ['X-App'], cors: { origins: ['https://app.example.com'] } },
    {
      authenticate: (token) => {
        if (token === undefined) return undefined;
        if (token === 'ada-token') return { name: 'Ada' };
        throw new Error('secret reason');
      },
    },
  );
});
afterAll(() => served.close());

const json = async (response: Response | Promise<Response>) => (await response).json();

describe('calls over HTTP (TR-08)', () => {
  it('POST calls any member, GET only safe members', async () => {
    expect(await json(served.post('/shop/orders/echo', [1, 'a', null]))).toEqual([1, 'a', null]);
    expect(await json(served.ask('/shop/orders/price?args=["apple"]'))).toEqual({
      item: 'apple',
      cents: 25,
      since: '1970-01-01T00:00:00.000Z',
    });
    expect(await json(served.ask('/shop/orders@1.2.0/list'))).toEqual(['apple']);
    expect(await json(served.ask('/shop/orders@%5E1.0.0/list'))).toEqual(['apple']);
    expect(await json(served.ask('/shop/orders/version'))).toBe('1.2.0');
    expect(await json(served.post('/shop/orders/nothing', []))).toBeNull();
    const bare = await served.ask('/shop/orders/nothing', { method: 'POST' });
    expect([bare.status, await bare.text()]).toEqual([200, 'null']);
  });

  it('arguments where another HTTP method has them are refused with 400, not ignored', async () => {
    const before = ran.length;
    for (const init of [
      { method: 'POST' },
      { method: 'POST', body: '["pear",1]', headers: { 'content-type': 'application/json' } },
    ]) {
      const response = await served.ask('/shop/orders/buy?args=["apple",1]', init);
      expect([response.status, await response.json()]).toMatchObject([
        400,
        { detail: 'a POST request must have its arguments in the body', outcome: 'not_run' },
      ]);
    }
    const query = await served.ask('/shop/orders/price?args=["apple"]', { method: 'QUERY' });
    expect([query.status, (await query.json()).detail]).toEqual([400, 'a QUERY request must have its arguments in the body']);
    expect(ran.length).toBe(before);
  });

  it('QUERY sends the arguments of a safe member in the body', async () => {
    const response = await served.ask('/shop/orders/price', {
      method: 'QUERY',
      body: '["apple"]',
      headers: { 'content-type': 'application/json' },
    });
    expect(await response.json()).toMatchObject({ cents: 25 });
    expect(response.headers.get('etag')).not.toBeNull();
  });

  it('supports natural JSON, rich JSON and MessagePack, chosen for each direction', async () => {
    const types = ['application/json', 'application/netron+json', 'application/netron+msgpack'];
    const bodies = new Map<string, string | Uint8Array>([
      [types[0]!, '[{"n":1}]'],
      [types[1]!, '{"v":[{"n":"7"}],"t":[["i",0,"n"]]}'],
      [types[2]!, writeMessagePack([{ n: 7n }])],
    ]);
    for (const sent of types) {
      for (const accept of types) {
        const response = await served.ask('/shop/orders/echo', {
          method: 'POST',
          body: bodies.get(sent) as BodyInit,
          headers: { 'content-type': `${sent}; charset=utf-8`, accept },
        });
        expect(response.headers.get('content-type')).toBe(accept);
        const expected = sent === types[0] ? 1 : 7n;
        if (accept === types[2]) expect(readMessagePack(new Uint8Array(await response.arrayBuffer()))).toEqual([{ n: expected }]);
        else if (accept === types[1]) {
          expect(await response.json()).toEqual(expected === 1 ? { v: [{ n: 1 }] } : { v: [{ n: '7' }], t: [['i', 0, 'n']] });
        } else expect(await response.json()).toEqual([{ n: expected === 1 ? 1 : '7' }]);
      }
    }
  });

  it('chooses the format with the highest weight, and natural JSON for */*', async () => {
    const of = async (accept: string) => {
      const response = await served.ask('/shop/orders/list', { headers: { accept } });
      return response.ok ? response.headers.get('content-type') : response.status;
    };
    expect(await of('*/*')).toBe('application/json');
    expect(await of('text/html, application/*;q=0.5')).toBe('application/json');
    expect(await of('application/json;q=0.5, application/netron+json')).toBe('application/netron+json');
    expect(await of('text/html')).toBe(406);
  });
});

describe('reads', () => {
  it('have an ETag, and return 304 for a matching If-None-Match', async () => {
    const first = await served.ask('/shop/orders/price?args=["apple"]');
    const etag = first.headers.get('etag') ?? '';
    expect(etag).toMatch(/^"\w+"$/);
    expect(first.headers.get('cache-control')).toBe('private, max-age=60');
    expect(first.headers.get('vary')).toContain('Accept, Authorization');
    expect(first.headers.get('netron-tags')).toMatch(/^prices~/);
    const again = await served.ask('/shop/orders/price?args=["apple"]', { headers: { 'if-none-match': `W/"x", ${etag}` } });
    expect([again.status, await again.text(), again.headers.get('etag')]).toEqual([304, '', etag]);
    const other = await served.ask('/shop/orders/price?args=["pear"]', { headers: { 'if-none-match': etag } });
    expect(other.status).toBe(200);
  });

  it('have Cache-Control headers', async () => {
    const control = async (path: string) => (await served.ask(path)).headers.get('cache-control');
    expect(await control('/shop/orders/open')).toBe('public, max-age=10');
    expect(await control('/shop/orders/list')).toBe('private, no-cache');
    expect((await served.post('/shop/orders/echo', [])).headers.get('cache-control')).toBe('no-store');
    expect((await served.ask('/shop/orders/open')).headers.get('vary')).toBe('Accept, Origin');
  });

  it('HEAD has the headers of GET and no body', async () => {
    const head = await served.ask('/shop/orders/list', { method: 'HEAD' });
    const get = await served.ask('/shop/orders/list');
    expect(await head.text()).toBe('');
    for (const name of ['etag', 'content-type', 'content-length', 'cache-control'])
      expect(head.headers.get(name)).toBe(get.headers.get(name));
  });

  it('calls that change data return the invalidated tags', async () => {
    expect((await served.post('/shop/orders/buy', ['apple', 1])).headers.get('netron-invalidates')).toBe('prices');
  });
});

describe('errors', () => {
  it('are problem details with the status of their code', async () => {
    const response = await served.post('/shop/orders/buy', ['pear', 1]);
    expect(response.status).toBe(404);
    expect(response.headers.get('content-type')).toBe('application/problem+json');
    expect(await response.json()).toEqual({
      type: 'urn:netron:not_found',
      title: 'Not found',
      status: 404,
      detail: 'no pear',
      code: 'not_found',
      name: 'NetronError',
    });
  });

  it('a result that cannot be serialized is a 500 in every format, with the path of the value', async () => {
    for (const accept of ['application/json', 'application/netron+json', 'application/netron+msgpack']) {
      const response = await served.post('/shop/orders/odd', [], { accept });
      expect([response.status, await response.json()]).toMatchObject([
        500,
        { code: 'internal', detail: 'result.user.avatar is a symbol' },
      ]);
    }
    // Nested deeper than JSON may be here: no limit of the client.
    expect((await served.post('/shop/orders/deep', [])).status).toBe(500);
  });

  it('a thrown value that cannot be read is a 500', async () => {
    const response = await served.post('/shop/orders/trap', []);
    expect([response.status, await response.json()]).toMatchObject([
      500,
      { code: 'unknown', detail: 'thrown error cannot be read' },
    ]);
    const [line] = (await (await served.post('/$batch', [{ id: 1, service: 'shop/orders', method: 'trap' }])).text()).split('\n');
    expect(JSON.parse(line ?? '')).toMatchObject({ id: 1, error: { code: 'unknown' } });
  });

  it('behaviour 51: the status is always an error status', async () => {
    for (const status of [200, 304, 99, 700, 418]) {
      expect((await served.post('/shop/orders/fail', [status])).status).toBe(status === 418 ? 418 : 500);
    }
  });

  it('behaviour 22, A6: hidden, unknown and invalid names give the same 404', async () => {
    const bodies = new Set<string>();
    for (const path of [
      ...['/unknown/x', '/shop/orders/unknown', '/shop/orders@9.0.0/list', '/shop/orders/__proto__', '/shop/orders/constructor'],
      ...[
        '/shop/orders/toString',
        '/shop/orders/then',
        '/shop/orders/hasOwnProperty',
        '/constructor/list',
        '/__proto__/list',
        '/toString/call',
      ],
      ...['/shop/orders/%00', '/c.*/list', '/cal(/list'],
    ]) {
      const response = await served.post(path, []);
      expect(response.status, path).toBe(404);
      bodies.add(await response.text());
    }
    expect(bodies.size).toBe(1);
    expect([...bodies][0]).toContain('"outcome":"not_run"');
    for (const path of ['/', '', '/x', '/$nothing/x', '/$events/x']) expect((await served.post(path, [])).status, path).toBe(404);
  });
});

describe('callers', () => {
  it('authenticate each request with a bearer token', async () => {
    const as = (token: string) => served.ask('/shop/orders/whoami', { headers: { authorization: token } });
    expect(await json(as('Bearer ada-token'))).toEqual({ user: { name: 'Ada' } });
    expect(await json(served.ask('/shop/orders/whoami'))).toEqual({});
    for (const token of ['Bearer other', 'Bearer', 'Bearer a b', 'Basic YTpi', 'x'.repeat(3_000)]) {
      const response = await as(token);
      expect(response.status, token).toBe(401);
      expect(response.headers.get('www-authenticate')).toBe('Bearer');
      const body = await response.text();
      expect(body).toContain('"outcome":"not_run"');
      expect(body).not.toContain('secret reason');
    }
  });

  it('pass to methods only the headers that the node allows', async () => {
    expect(await json(served.ask('/shop/orders/whoami', { headers: { 'x-app': '1.0.0', cookie: 'a=b' } }))).toEqual({
      agent: '1.0.0',
    });
  });

  it('C11: a client that disconnects aborts the method', async () => {
    const controller = new AbortController();
    const asking = served.ask('/shop/orders/hang', { method: 'POST', signal: controller.signal });
    await until(() => ran.includes('hang'));
    controller.abort();
    await expect(asking).rejects.toThrow();
    await until(() => ran.includes('aborted'));
  });

  it('C10: Netron-Timeout limits the call; an expired call does not run', async () => {
    const clock = new VirtualClock();
    const began: string[] = [];
    const timed = await serve([shop(began)], {}, { clock });
    const asked = timed.post('/shop/orders/hang', [], { 'netron-timeout': '20' });
    await until(() => began.includes('hang'));
    await clock.advance(20);
    const late = await asked;
    expect([late.status, await late.json()]).toMatchObject([504, { code: 'deadline_exceeded' }]);
    await timed.close();
    const expired = await served.post('/shop/orders/buy', ['apple', 1], { 'netron-timeout': '0' });
    expect(await expired.json()).toMatchObject({ code: 'deadline_exceeded', outcome: 'not_run' });
    expect((await served.post('/shop/orders/buy', ['apple', 1], { 'netron-timeout': '-1' })).status).toBe(400);
  });
});

describe('descriptions', () => {
  it('contain members, annotations and a fingerprint', async () => {
    const manifest = (await json(served.ask('/$services/shop/orders@^1.0.0'))) as { members: { name: string }[] };
    expect(manifest).toMatchObject({ name: 'shop/orders', version: '1.2.0', fingerprint: expect.stringMatching(/^\w+$/) });
    expect(manifest.members.find(({ name }) => name === 'price')).toEqual({
      name: 'price',
      kind: 'method',
      annotations: { cache: { ttl: 60, tags: ['prices'] }, safe: true },
    });
    expect((await served.ask('/$services/unknown')).status).toBe(404);
    expect((await served.post('/$services/shop/orders', [])).status).toBe(405);
  });
});

describe('a node that stops', () => {
  it('refuses new requests with 503 and Retry-After', async () => {
    const stopping = await serve([shop()]);
    const stopped = stopping.node.stop();
    const response = await stopping.post('/shop/orders/list', []);
    expect([response.status, response.headers.get('retry-after')]).toEqual([503, '1']);
    expect(await response.json()).toMatchObject({ code: 'unavailable', outcome: 'not_run' });
    await stopped;
    await stopping.close();
  });
});

/** Waits for something that other turns of the loop bring about. */
async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setImmediate(resolve));
}
