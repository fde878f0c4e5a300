/** HTTP through nginx as it is installed: replies and bodies are buffered, silence of 60 seconds cuts a reply. */
import { type ClientHttp2Session, connect } from 'node:http2';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Cache } from '../../src/http/index.js';
import {
  defineService,
  invalidate,
  NetronError,
  type RemoteBlob,
  type RequestContext,
  Safe,
  tag,
  withAnnotations,
} from '../../src/index.js';
import { VirtualClock } from '../../src/testing/virtual-clock.js';
import { type Certificates, makeCertificates } from '../transport/certificates.js';
import { type Nginx, startNginx } from '../transport/nginx.js';
import { eventsOf } from './event-reader.js';
import { eventually } from './eventually.js';
import { type Served, serve } from './server.js';

const ended: string[] = [];
const gates = new Map<string, () => void>();
/** Resolves when the test opens it by its name. */
const gate = (name: string) => new Promise<void>((resolve) => gates.set(name, resolve));
const open = (name: string) => gates.get(name)?.();

const desk = defineService({
  name: 'desk',
  methods: {
    add: (a: number, b: number) => a + b,
    refuse: () => {
      throw new NetronError('failed_precondition', 'not today');
    },
    /** One item, then nothing until its gate is open. */
    items: withAnnotations(async function* (name: string) {
      try {
        yield { n: 1 };
        await gate(name);
        yield { n: 2 };
      } finally {
        ended.push(name);
      }
    }, Safe()),
    bytes: withAnnotations(async function* (name: string) {
      yield Uint8Array.of(65, 66);
      await gate(name);
      yield Uint8Array.of(67);
    }, Safe()),
    async *waiting(name: string, context?: RequestContext) {
      const signal = context?.signal;
      try {
        yield 1;
        await new Promise((_, reject) => signal?.addEventListener('abort', () => reject(signal.reason)));
      } finally {
        ended.push(name);
      }
    },
    late: async (name: string) => {
      await gate(name);
      return name;
    },
    prices: withAnnotations(() => (tag('price:1'), [1]), Cache({ tags: ['prices'] })),
    change: () => invalidate('price:1'),
    async store(file: Blob) {
      let received = 0;
      for await (const chunk of file.stream() as unknown as AsyncIterable<Uint8Array>) received += chunk.length;
      return { received, size: (file as unknown as RemoteBlob).size };
    },
  },
  context: { waiting: 1 },
});

/** As in the guide. */
const location = `location /netron {
      proxy_pass http://netron_backend;
      proxy_http_version 1.1;
      proxy_set_header Connection "";
      proxy_set_header Host $http_host;
    }
    client_max_body_size 64m;`;

const clock = new VirtualClock();
let served: Served;
let nginx: Nginx;
let certificates: Certificates;
beforeAll(async () => {
  certificates = makeCertificates();
  served = await serve([desk], { clock });
  nginx = await startNginx(served.port, location);
});
afterAll(async () => {
  await nginx?.close();
  await served?.close();
});

const ask = (path: string, init?: RequestInit) => fetch(`http://127.0.0.1:${nginx.port}/netron${path}`, init);
const post = (path: string, args: unknown, headers: Record<string, string> = {}) =>
  ask(path, { method: 'POST', body: JSON.stringify(args), headers: { 'content-type': 'application/json', ...headers } });
/** Text of a reply, chunk by chunk. */
const texts = (response: Response) => response.body!.pipeThrough(new TextDecoderStream()).getReader();

/** Reads until the text contains what is sought; the whole text. */
async function until(reader: ReadableStreamDefaultReader<string>, sought: string): Promise<string> {
  let text = '';
  while (!text.includes(sought)) {
    const { done, value } = await reader.read();
    if (done) throw new Error(`ended without ${sought}: ${text}`);
    text += value;
  }
  return text;
}

describe('HTTP through nginx', () => {
  it('calls and errors are the same as without nginx', async () => {
    expect(await (await post('/desk/add', [2, 3])).json()).toBe(5);
    const refused = await post('/desk/refuse', []);
    expect([refused.status, refused.headers.get('content-type')]).toEqual([
      (await served.post('/desk/refuse', [])).status,
      'application/problem+json',
    ]);
    expect(await refused.json()).toMatchObject({ code: 'failed_precondition', detail: 'not today' });
  });

  it.each([
    ['JSON lines', 'application/jsonl'],
    ['server-sent events', 'text/event-stream'],
  ])(
    '%s: an item arrives before the next one is produced, and an idle stream sends a heartbeat every 15 s',
    async (_, accept) => {
      const response = await ask(`/desk/items?args=["${accept}"]`, { headers: { accept } });
      expect(response.headers.get('content-type')).toContain(accept);
      const reader = texts(response);
      await until(reader, '"n":1');
      for (let beat = 0; beat < 4; beat += 1) {
        await clock.advance(15_000);
        expect((await reader.read()).value).toMatch(/^:?\n+$/);
      }
      open(accept);
      await until(reader, '"n":2');
    },
  );

  it('bytes arrive as they are produced', async () => {
    const response = await ask('/desk/bytes?args=["bytes"]', { headers: { accept: 'application/octet-stream' } });
    const reader = response.body!.getReader();
    expect([...((await reader.read()).value ?? [])]).toEqual([65, 66]);
    open('bytes');
    expect([...((await reader.read()).value ?? [])]).toEqual([67]);
    expect((await reader.read()).done).toBe(true);
  });

  it('a batch returns finished calls while another call hangs', async () => {
    const call = (id: number, method: string, ...args: unknown[]) => ({ id, service: 'desk', method, args });
    const reader = texts(await post('/$batch', [call(1, 'late', 'batch'), call(2, 'add', 1, 2)]));
    expect(await until(reader, '"id":2')).not.toContain('"id":1');
    open('batch');
    await until(reader, '"id":1');
  });

  it('a client receives invalidation events at once', async () => {
    const prices = await post('/desk/prices', []);
    const tags = (prices.headers.get('netron-tags') ?? '').split(', ').map(decodeURIComponent);
    const events = eventsOf(await post('/$events', tags, { 'last-event-id': prices.headers.get('netron-cursor') ?? '' }));
    expect(await events.next()).toMatchObject({ event: 'ready' });
    await post('/desk/change', []);
    expect(await events.next()).toMatchObject({ event: 'outdated', data: { tags: { 'price:1': expect.any(Number) } } });
    await events.leave();
  });

  it('the stream of a service ends when its client disconnects', async () => {
    const gone = new AbortController();
    const response = await ask('/desk/waiting', {
      method: 'POST',
      body: '["gone"]',
      headers: { 'content-type': 'application/json', accept: 'application/jsonl' },
      signal: gone.signal,
    });
    await until(texts(response), '1');
    gone.abort();
    await eventually(() => expect(ended).toContain('gone'));
  });

  it('an upload that nginx buffers arrives complete', async () => {
    const body = new Uint8Array(8_000_000).fill(7);
    const reply = await ask('/desk/store?args=[]', { method: 'POST', body, headers: { 'content-type': 'image/png' } });
    expect(await reply.json()).toEqual({ received: body.length, size: body.length });
  });
});

describe('HTTP/2 over TLS through nginx', () => {
  let secure: Nginx;
  let session: ClientHttp2Session;
  beforeAll(async () => {
    secure = await startNginx(served.port, location, certificates.server);
    session = connect(`https://localhost:${secure.port}`, { ca: certificates.ca });
  });
  afterAll(async () => {
    session?.destroy();
    await secure?.close();
  });

  /** Sends a call, and reads its reply until it contains what is sought. */
  function request(path: string, args: unknown, accept = 'application/json') {
    const stream = session.request({
      ':method': 'POST',
      ':path': `/netron${path}`,
      'content-type': 'application/json',
      accept,
    });
    stream.setEncoding('utf8').end(JSON.stringify(args));
    const chunks = stream[Symbol.asyncIterator]() as AsyncIterator<string>;
    return {
      stream,
      async until(sought: string): Promise<string> {
        let text = '';
        while (!text.includes(sought)) {
          const { done, value } = await chunks.next();
          if (done) throw new Error(`ended without ${sought}: ${text}`);
          text += value;
        }
        return text;
      },
    };
  }

  it('calls and streams share one connection; canceling one stream leaves the others running', async () => {
    const kept = request('/desk/items', ['kept'], 'application/jsonl');
    const left = request('/desk/waiting', ['left'], 'text/event-stream');
    await kept.until('"n":1');
    await left.until('1');
    expect(await request('/desk/add', [2, 3]).until('5')).toBe('5');
    left.stream.close();
    await eventually(() => expect(ended).toContain('left'));
    expect(ended).not.toContain('kept');
    open('kept');
    await kept.until('"n":2');
  });
});
