import { request as httpRequest } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { httpHandler } from '../../src/http/index.js';
import { defineService, NetronError, type RequestContext, Safe, withAnnotations } from '../../src/index.js';
import { type Served, serve } from './server.js';

const log: string[] = [];
let served: Served;
let produced = 0;

const feed = defineService({
  name: 'feed',
  methods: {
    count: withAnnotations(async function* (to: number) {
      try {
        for (let n = 1; n <= to; n++) yield { n, at: new Date(n) };
      } finally {
        log.push('count ended');
      }
    }, Safe()),
    async *broken() {
      yield 1;
      throw new NetronError('failed_precondition', 'no more');
    },
    async *endless() {
      try {
        for (produced = 0; ; produced++) yield 'x'.repeat(16_384);
      } finally {
        log.push('endless ended');
      }
    },
    async *waiting(context?: RequestContext) {
      const signal = context?.signal;
      try {
        yield 1;
        await new Promise((_, reject) => signal?.addEventListener('abort', () => reject(signal.reason)));
      } finally {
        log.push('waiting ended');
      }
    },
    async *silent(context?: RequestContext) {
      const signal = context?.signal;
      try {
        await new Promise((_, reject) => signal?.addEventListener('abort', () => reject(signal.reason)));
        yield 1;
      } finally {
        log.push('silent ended');
      }
    },
    async *failing() {
      try {
        for (;;) yield 1;
      } finally {
        log.push('failing ended');
        // biome-ignore lint/correctness/noUnsafeFinally: that is what is tested
        throw new Error('the cursor is closed already');
      }
    },
    unstepped: () => ({ [Symbol.asyncIterator]: () => ({ next: () => Number.NaN }) }) as never,
    async *odd() {
      try {
        yield 1;
        yield Symbol('x');
      } finally {
        log.push('odd ended');
      }
    },
    async *bytes() {
      yield Uint8Array.of(65, 66);
      yield Uint8Array.of(67);
    },
    file: () =>
      new ReadableStream({ start: (controller) => (controller.enqueue('a'), controller.enqueue('b'), controller.close()) }),
  },
  context: { waiting: 0, silent: 0 },
});

beforeAll(async () => {
  served = await serve([feed]);
});
afterAll(() => served.close());

const lines = async (path: string, accept?: string) => {
  const response = await served.ask(path, {
    method: path.includes('count') ? 'GET' : 'POST',
    ...(accept && { headers: { accept } }),
  });
  return {
    type: response.headers.get('content-type'),
    buffering: response.headers.get('x-accel-buffering'),
    text: await response.text(),
  };
};

describe('streams over HTTP', () => {
  it('are sent as lines, the last of which marks the end', async () => {
    expect(await lines('/feed/count?args=[2]')).toEqual({
      type: 'application/jsonl',
      buffering: 'no',
      text: '{"v":{"n":1,"at":"1970-01-01T00:00:00.001Z"}}\n{"v":{"n":2,"at":"1970-01-01T00:00:00.002Z"}}\n{"end":true}\n',
    });
    const rich = await lines('/feed/count?args=[1]', 'application/netron+jsonl');
    expect(rich).toMatchObject({
      type: 'application/netron+jsonl',
      text: '{"v":{"n":1,"at":"1970-01-01T00:00:00.001Z"},"t":[["d","at"]]}\n{"end":true}\n',
    });
    expect((await lines('/feed/file')).text).toBe('{"v":"a"}\n{"v":"b"}\n{"end":true}\n');
  });

  it('behaviour 2: send their error after the items before it', async () => {
    const { text } = await lines('/feed/broken');
    const [first, last] = text.trim().split('\n');
    expect(first).toBe('{"v":1}');
    expect(JSON.parse(last ?? '')).toMatchObject({ error: { code: 'failed_precondition', detail: 'no more', status: 412 } });
  });

  it('are server-sent events or raw bytes on request', async () => {
    expect((await lines('/feed/broken', 'text/event-stream')).text).toMatch(
      /^data: 1\n\nevent: error\ndata: \{"type":"urn:netron:failed_precondition".*\}\n\n$/,
    );
    expect(await lines('/feed/bytes', 'application/octet-stream')).toMatchObject({
      type: 'application/octet-stream',
      text: 'ABC',
    });
  });

  it('behaviour 61: end when the client disconnects, also while they wait for an item', async () => {
    for (const [path, mark] of [
      ['/feed/endless', 'endless ended'],
      ['/feed/waiting', 'waiting ended'],
    ] as const) {
      const controller = new AbortController();
      const response = await served.ask(path, { method: 'POST', signal: controller.signal });
      await response.body?.getReader().read();
      controller.abort();
      while (!log.includes(mark)) await new Promise((resolve) => setImmediate(resolve));
    }
  });

  it('end when the request of a fetch handler is aborted, also when nobody cancels the body', async () => {
    for (const [path, mark] of [
      ['endless', 'endless ended'],
      ['waiting', 'waiting ended'],
    ] as const) {
      const before = log.length;
      const controller = new AbortController();
      const request = new Request(`http://a/netron/feed/${path}`, { method: 'POST', signal: controller.signal });
      const { body } = await httpHandler(served.node).fetch(request);
      const reader = body!.getReader();
      await reader.read();
      controller.abort();
      await expect(reader.read()).rejects.toMatchObject({ code: 'canceled', message: 'the client has disconnected' });
      while (log.length === before) await new Promise((resolve) => setImmediate(resolve));
      expect(log.slice(before)).toEqual([mark]);
    }
  });

  it('send their headers before the first item', async () => {
    const before = log.length;
    const controller = new AbortController();
    const response = await served.ask('/feed/silent', { method: 'POST', signal: controller.signal });
    expect([response.status, response.headers.get('content-type')]).toEqual([200, 'application/jsonl']);
    controller.abort();
    while (log.length === before) await new Promise((resolve) => setImmediate(resolve));
    expect(log.at(-1)).toBe('silent ended');
  });

  it('that throw on return() affect nothing else; an item that cannot be serialized ends its stream', async () => {
    const unheard: unknown[] = [];
    const hear = (error: unknown) => unheard.push(error);
    process.on('unhandledRejection', hear);
    const controller = new AbortController();
    const response = await served.ask('/feed/failing', { method: 'POST', signal: controller.signal });
    await response.body?.getReader().read();
    controller.abort();
    while (!log.includes('failing ended')) await new Promise((resolve) => setImmediate(resolve));
    const handled = await httpHandler(served.node).fetch(new Request('http://a/netron/feed/failing', { method: 'POST' }));
    const reader = handled.body!.getReader();
    await reader.read();
    await reader.cancel();
    expect((await lines('/feed/odd')).text).toMatch(
      /^\{"v":1\}\n\{"error":\{.*"status":500,"detail":"item is a symbol".*\}\}\n$/,
    );
    expect(log).toContain('odd ended');
    expect((await lines('/feed/unstepped')).text).toMatch(/^\{"error":\{.*must return \{ done, value \}, not a number".*\}\}\n$/);
    for (let turn = 0; turn < 3; turn++) await new Promise((resolve) => setImmediate(resolve));
    process.off('unhandledRejection', hear);
    expect(unheard).toEqual([]);
  });

  it('behaviour 62: pause while the client does not read', async () => {
    const asking = httpRequest(`${served.url}/netron/feed/endless`, { method: 'POST' });
    const response = await new Promise<import('node:http').IncomingMessage>((resolve) => asking.on('response', resolve).end());
    response.pause();
    let before = -1;
    while (produced !== before) {
      before = produced;
      for (let turn = 0; turn < 50; turn++) await new Promise((resolve) => setImmediate(resolve));
    }
    // What sockets and buffers hold, and nothing that grows.
    expect(produced * 16_384).toBeLessThan(32 * 1024 * 1024);
    asking.destroy();
  });
});
