/** What a method gives is taken over: its streams end, whatever becomes of the reply, and its failures are heard. */
import { createReadStream } from 'node:fs';
import { Readable } from 'node:stream';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { httpHandler } from '../../src/http/index.js';
import { defineService, getCallContext, NetronError, Safe, withAnnotations } from '../../src/index.js';
import { Watch } from '../hostile/attacked.js';
import { eventually } from './eventually.js';
import { type Served, serve } from './server.js';

const missing = '/nonexistent/file';
const here = import.meta.filename;
const state = { canceled: 0, ran: 0, aborted: 0 };
const made: Readable[] = [];
const kept = <T extends Readable>(stream: T): T => {
  made.push(stream);
  return stream;
};
const web = () =>
  new ReadableStream({
    cancel() {
      state.canceled += 1;
    },
  });
let release = () => {};

const files = defineService({
  name: 'files',
  methods: {
    count: withAnnotations(async function* () {
      yield { n: 1 };
    }, Safe()),
    // biome-ignore lint/correctness/useYield: it fails before it gives anything
    async *broken() {
      throw new NetronError('failed_precondition', 'no disk');
    },
    async *late() {
      yield Uint8Array.of(65);
      yield { n: 2 };
    },
    async *none() {},
    async *never() {
      await new Promise<void>((resolve) => {
        release = resolve;
      });
    },
    plain: () => (state.ran += 1),
    bytes: () => new ReadableStream({ start: (controller) => (controller.enqueue('ab'), controller.close()) }),
    blob: withAnnotations(() => new Blob(['abc'], { type: 'image/png' }), Safe()),
    gone: () =>
      Object.assign(new Blob(['abc']), {
        stream: () => new ReadableStream({ pull: () => Promise.reject(new NetronError('data_loss', 'gone')) }),
      }),
    open: () => {
      state.ran += 1;
      return web();
    },
    silent: () => kept(new Readable({ read() {} })),
    file: () => kept(createReadStream(here)),
    missing: withAnnotations(() => kept(createReadStream(missing)), Safe()),
    beside: () => ({
      web: web(),
      file: kept(createReadStream(missing)),
      failing: Promise.reject(new Error('unheard')),
      x: Symbol('x'),
    }),
    within: () => ({ web: web(), file: kept(createReadStream(missing)) }),
    inItem: async function* () {
      yield { web: web(), x: Symbol('x') };
    },
    afterwards: async () => {
      state.ran += 1;
      getCallContext().signal.addEventListener('abort', () => {
        state.aborted += 1;
      });
      await new Promise<void>((resolve) => {
        release = resolve;
      });
      return web();
    },
  },
});

let served: Served;
let watch: Watch;
beforeAll(async () => {
  served = await serve([files]);
});
afterAll(() => served.close());
beforeEach(() => {
  Object.assign(state, { canceled: 0, ran: 0, aborted: 0 });
  made.length = 0;
  watch = new Watch();
});
afterEach(async () => {
  await eventually(() => expect(made.every((stream) => stream.destroyed)).toBe(true));
  expect(watch.uncaught).toEqual([]);
  watch[Symbol.dispose]();
});

const bytes = { accept: 'application/octet-stream' };
const problem = async (response: Response) => [response.status, response.headers.get('content-type'), await response.json()];

describe('byte streams over HTTP', () => {
  it('a first item that is not bytes, and a failure before the first item, set the status', async () => {
    expect(await problem(await served.post('/files/count', [], bytes))).toMatchObject([
      406,
      'application/problem+json',
      { code: 'invalid_argument', detail: 'cannot send the item as application/octet-stream: it is not bytes' },
    ]);
    expect(await problem(await served.post('/files/broken', [], bytes))).toMatchObject([
      412,
      'application/problem+json',
      { detail: 'no disk' },
    ]);
    expect(await problem(await served.post('/files/missing', [], bytes))).toMatchObject([500, 'application/problem+json', {}]);
    expect(await problem(await served.post('/files/gone', []))).toMatchObject([
      500,
      'application/problem+json',
      { code: 'data_loss' },
    ]);
  });

  it('a later item that is not bytes aborts the response; no items are an empty response', async () => {
    const response = await served.post('/files/late', [], bytes);
    expect(response.status).toBe(200);
    await expect(response.text()).rejects.toThrow();
    const none = await served.post('/files/none', [], bytes);
    expect([none.status, await none.text()]).toEqual([200, '']);
  });

  it('a method may return bytes: the format is checked after it has run', async () => {
    expect(await (await served.post('/files/bytes', [], bytes)).text()).toBe('ab');
    expect(await (await served.post('/files/blob', [], bytes)).text()).toBe('abc');
    const refused = await served.post('/files/plain', [], bytes);
    // It has run: nothing says that it may be repeated.
    expect(await problem(refused)).toEqual([
      406,
      'application/problem+json',
      expect.not.objectContaining({ outcome: 'not_run' }),
    ]);
    expect(state.ran).toBe(1);
    expect(await problem(await served.post('/files/plain', [], { accept: 'image/png' }))).toMatchObject([
      406,
      expect.any(String),
      { outcome: 'not_run' },
    ]);
    expect(state.ran).toBe(1);
  });

  it('the format with the highest weight in Accept is used', async () => {
    const type = async (accept: string) => {
      const response = await served.post('/files/count', [], { accept });
      await response.text();
      return response.headers.get('content-type');
    };
    expect(await type('application/octet-stream;q=0, text/event-stream;q=0.5, application/jsonl')).toBe('application/jsonl');
    expect(await type('application/jsonl;q=0.1, text/event-stream;q=0.5')).toBe('text/event-stream');
  });

  it('HEAD returns only the headers', async () => {
    const head = async (path: string) => {
      const { status, headers } = await served.ask(path, { method: 'HEAD' });
      return [status, headers.get('content-type'), headers.get('content-length')];
    };
    expect(await head('/files/blob')).toEqual([200, 'image/png', '3']);
    expect(await head('/files/count')).toEqual([200, 'application/jsonl', null]);
    expect(await head('/files/missing')).toEqual([200, 'application/jsonl', null]);
  });
});

describe('streams that are not sent are canceled', () => {
  it('when the client accepts no stream format', async () => {
    const refused = await served.post('/files/open', [], { accept: 'application/netron+msgpack' });
    expect(await problem(refused)).toEqual([
      406,
      'application/problem+json',
      expect.not.objectContaining({ outcome: 'not_run' }),
    ]);
    expect(state.canceled).toBe(1);
  });

  it('inside a value whose formats the client does not accept', async () => {
    const refused = await served.post('/files/within', [], { accept: 'text/event-stream' });
    expect(refused.status).toBe(406);
    expect(state.canceled).toBe(1);
  });

  it('next to a value that cannot be serialized, in results, items and batches', async () => {
    expect((await served.post('/files/beside', [])).status).toBe(500);
    expect(state.canceled).toBe(1);
    expect((await served.post('/files/beside', [], { accept: 'application/netron+msgpack' })).status).toBe(500);
    expect(state.canceled).toBe(2);
    expect(await (await served.post('/files/inItem', [])).text()).toContain('"code":"internal"');
    expect(state.canceled).toBe(3);
    const batch = await served.post('/$batch', [
      { id: 1, service: 'files', method: 'beside' },
      { id: 2, service: 'files', method: 'silent' },
    ]);
    expect(await batch.text()).toContain('"code":"internal"');
    expect(state.canceled).toBe(4);
  });

  it('when the client disconnects before the method returns them', async () => {
    const controller = new AbortController();
    const asked = served.ask('/files/afterwards', { method: 'POST', signal: controller.signal });
    await eventually(() => expect(state.ran).toBe(1));
    controller.abort();
    await expect(asked).rejects.toThrow();
    await eventually(() => expect(state.aborted).toBe(1));
    release();
    await eventually(() => expect(state.canceled).toBe(1));
  });

  it.each([
    ['before their first byte', bytes],
    ['while they are silent', {}],
  ])('when the client disconnects %s', async (_, headers) => {
    const controller = new AbortController();
    const asked = served.ask('/files/open', { method: 'POST', headers, signal: controller.signal }).catch(() => {});
    await eventually(() => expect(state.ran).toBe(1));
    if (headers !== bytes) await asked;
    controller.abort();
    await asked;
    await eventually(() => expect(state.canceled).toBe(1));
    const silent = new AbortController();
    const node = served.ask('/files/silent', { method: 'POST', headers, signal: silent.signal }).catch(() => {});
    await eventually(() => expect(made).toHaveLength(1));
    if (headers !== bytes) await node;
    silent.abort();
    await node;
    await eventually(() => expect(made[0]!.destroyed).toBe(true));
  });

  it('a Node stream that failed before it was read', async () => {
    const handler = httpHandler(served.node);
    const response = await handler.fetch(new Request('http://a/netron/files/missing', { method: 'POST' }));
    await eventually(() => expect(made[0]?.errored).toBeInstanceOf(Error));
    expect(await response.text()).toMatch(/^\{"error":\{.*\}\}\n$/);
  });
});
