import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type RequestListener } from 'node:http';
import { connect as connect2, createSecureServer, createServer as createServer2, type IncomingHttpHeaders } from 'node:http2';
import { createServer as createTls, type RequestOptions, request as requestTls } from 'node:https';
import type { AddressInfo, Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createContext, runInContext } from 'node:vm';
import { build } from 'esbuild';
import express from 'express';
import Fastify from 'fastify';
import { Hono } from 'hono';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type HttpHandler, httpHandler } from '../../src/http/index.js';
import { Netron } from '../../src/index.js';
import { shop } from './services.js';

let node: Netron;
let handler: HttpHandler;

beforeAll(async () => {
  node = await Netron.create({ logLevel: 'error' });
  await node.peer.exposeService(shop());
  handler = httpHandler(node);
});
afterAll(() => node.stop());

/** A program of a runtime that knows the web's globals alone. */
const workerProgram = `
import { httpHandler } from '@omnitron-dev/netron/http';
import { defineService, Netron } from '@omnitron-dev/netron';
const calc = defineService({
  name: 'calc',
  methods: { add: (a, b) => a + b, later: (n) => new Promise((done) => setTimeout(done, 1, n)), async *count(to) { for (let n = 1; n <= to; n += 1) yield n; } },
});
const started = Netron.create({ logLevel: 'error' }).then(async (node) => {
  await node.peer.exposeService(calc);
  return httpHandler(node);
});
export default { fetch: async (request) => (await started).fetch(request) };
`;

/** What such runtimes have had from their beginning. */
const webGlobals = [
  ...['AbortController', 'AbortSignal', 'Blob', 'DOMException', 'Event', 'EventTarget', 'File', 'Headers', 'ReadableStream'],
  ...['Request', 'Response', 'TextDecoder', 'TextEncoder', 'TransformStream', 'URL', 'URLSearchParams', 'atob', 'btoa'],
  ...['clearInterval', 'clearTimeout', 'console', 'crypto', 'fetch', 'performance', 'queueMicrotask', 'setInterval'],
  ...['setTimeout', 'structuredClone'],
];

/** Calls through a server: a change with arguments, a read that is known already, and what does not exist. */
async function proves(url: string): Promise<void> {
  const post = await fetch(`${url}/netron/shop/orders/echo`, {
    method: 'POST',
    body: '{"v":["1970",[1]],"t":[]}',
    headers: { 'content-type': 'application/netron+json', accept: 'application/netron+json' },
  });
  expect([post.status, await post.json()]).toEqual([200, { v: ['1970', [1]] }]);
  const natural = await fetch(`${url}/netron/shop/orders/echo`, {
    method: 'POST',
    body: '[{"a":1}]',
    headers: { 'content-type': 'application/json' },
  });
  expect([natural.status, await natural.json()]).toEqual([200, [{ a: 1 }]]);
  const read = await fetch(`${url}/netron/shop/orders/list`);
  const etag = read.headers.get('etag') ?? '';
  expect(await read.json()).toEqual(['apple']);
  expect((await fetch(`${url}/netron/shop/orders/list`, { headers: { 'if-none-match': etag } })).status).toBe(304);
  expect((await fetch(`${url}/netron/shop/orders/nothing-here`, { method: 'POST' })).status).toBe(404);
  await provesOrigins(fetch, url);
}

/** Pages of the own origin may call, and whoever is no page; others may not. */
async function provesOrigins(ask: (url: string, init: RequestInit) => Promise<Response>, url: string): Promise<void> {
  const asked = async (origin?: string) => {
    const headers = { 'content-type': 'application/json', ...(origin && { origin }) };
    const answer = await ask(`${url}/netron/shop/orders/echo`, { method: 'POST', body: '[1]', headers });
    return [answer.status, await answer.json()];
  };
  expect(await asked()).toEqual([200, [1]]);
  expect(await asked(new URL(url).origin)).toEqual([200, [1]]);
  for (const origin of ['https://evil.example', 'null'])
    expect(await asked(origin)).toMatchObject([403, { code: 'permission_denied', outcome: 'not_run' }]);
}

async function listening<S extends Server>(server: S): Promise<{ port: number; close: () => Promise<void> }> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        (server as unknown as { closeAllConnections?(): void }).closeAllConnections?.();
      }),
  };
}

const listener: RequestListener = (request, response) => void handler.node(request, response);

/** A key and a certificate for this machine. */
function certificate(): { key: Buffer; cert: Buffer } {
  const folder = mkdtempSync(join(tmpdir(), 'netron-http-'));
  const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
  execFileSync(
    'openssl',
    [
      'req',
      '-x509',
      '-newkey',
      'ec',
      '-pkeyopt',
      'ec_paramgen_curve:P-256',
      '-nodes',
      '-keyout',
      key,
      '-out',
      cert,
      '-days',
      '2',
      '-subj',
      '/CN=localhost',
    ],
    { stdio: 'ignore' },
  );
  const made = { key: readFileSync(key), cert: readFileSync(cert) };
  rmSync(folder, { recursive: true });
  return made;
}

describe('the same handler in every server', () => {
  it('node:http', async () => {
    const { port, close } = await listening(createServer(listener));
    await proves(`http://127.0.0.1:${port}`);
    await close();
  });

  it('https', async () => {
    const { port, close } = await listening(createTls(certificate(), listener));
    const answer = await new Promise<string>((resolve, reject) => {
      const asking = requestTls({ port, path: '/netron/shop/orders/list', rejectUnauthorized: false }, (response) => {
        response.setEncoding('utf8').on('data', resolve);
      });
      asking.on('error', reject).end();
    });
    expect(answer).toBe('["apple"]');
    await close();
  });

  it('http2, and HTTP/1.1 on the same port (allowHTTP1)', async () => {
    const secure = createSecureServer({ ...certificate(), allowHTTP1: true }, listener as never);
    const { port, close } = await listening(secure as unknown as Server);
    const session = connect2(`https://localhost:${port}`, { rejectUnauthorized: false });
    const ask = (
      path: string,
      method: string,
      body?: string,
      own: Record<string, string> = {},
    ): Promise<{ headers: IncomingHttpHeaders & { ':status'?: number }; text: string }> =>
      new Promise((resolve, reject) => {
        const stream = session.request({ ':path': path, ':method': method, 'content-type': 'application/json', ...own });
        let text = '';
        let headers = {};
        stream.on('response', (given) => {
          headers = given;
        });
        stream.setEncoding('utf8').on('data', (chunk: string) => {
          text += chunk;
        });
        stream.on('end', () => resolve({ headers, text })).on('error', reject);
        stream.end(body);
      });
    expect(await ask('/netron/shop/orders/list', 'GET')).toMatchObject({ text: '["apple"]', headers: { ':status': 200 } });
    expect(await ask('/netron/shop/orders/echo', 'POST', '[[2]]')).toMatchObject({ text: '[[2]]' });
    expect(await ask('/netron/nothing/x', 'POST', '[]')).toMatchObject({ headers: { ':status': 404 } });
    await provesOrigins(async (_url, { body, headers }) => {
      const answer = await ask('/netron/shop/orders/echo', 'POST', body as string, headers as Record<string, string>);
      return new Response(answer.text, { status: answer.headers[':status'] ?? 0 });
    }, `https://localhost:${port}`);
    const old = await new Promise<string>((resolve, reject) => {
      requestTls(
        { port, path: '/netron/shop/orders/list', rejectUnauthorized: false, ALPNProtocols: ['http/1.1'] } as RequestOptions,
        (response) => {
          response.setEncoding('utf8').on('data', resolve);
        },
      )
        .on('error', reject)
        .end();
    });
    expect(old).toBe('["apple"]');
    session.destroy();
    await close();
  });

  it('http2 without TLS', async () => {
    const { port, close } = await listening(createServer2(listener as never) as unknown as Server);
    const session = connect2(`http://127.0.0.1:${port}`);
    const text = await new Promise((resolve) => {
      const stream = session.request({ ':path': '/netron/shop/orders/open' });
      stream.setEncoding('utf8').on('data', resolve);
    });
    expect(text).toBe('"for everybody"');
    session.destroy();
    await close();
  });

  it('Express, also behind its body parser and below a path', async () => {
    for (const parser of [false, true]) {
      const app = express();
      if (parser) app.use(express.json({ type: ['application/json', 'application/netron+json'] }));
      app.get('/', (_request, response) => void response.send('a page'));
      app.use('/netron', (request, response) => handler.node(request, response));
      const { port, close } = await listening(createServer(app));
      await proves(`http://127.0.0.1:${port}`);
      expect(await (await fetch(`http://127.0.0.1:${port}/`)).text()).toBe('a page');
      await close();
    }
  });

  it('Fastify', async () => {
    const app = Fastify();
    app.removeAllContentTypeParsers();
    app.addContentTypeParser('*', (_request, _payload, done) => done(null));
    app.all('/netron/*', (request, reply) => {
      reply.hijack();
      return handler.node(request.raw, reply.raw);
    });
    await app.listen({ port: 0, host: '127.0.0.1' });
    await proves(`http://127.0.0.1:${(app.server.address() as AddressInfo).port}`);
    await app.close();
  });

  it('Hono', async () => {
    const app = new Hono();
    app.get('/', (context) => context.text('a page'));
    app.all('/netron/*', (context) => handler.fetch(context.req.raw));
    const post = await app.request('/netron/shop/orders/echo', {
      method: 'POST',
      body: '[7]',
      headers: { 'content-type': 'application/json' },
    });
    expect([post.status, await post.json()]).toEqual([200, [7]]);
    expect(await (await app.request('/netron/shop/orders/list')).json()).toEqual(['apple']);
    await provesOrigins(async (url, init) => app.request(url, init), 'https://any.example');
  });

  it('a fetch handler, as Bun, Deno and workers call it', async () => {
    const ask = (path: string, init?: RequestInit) =>
      handler.fetch(new Request(`https://any.example${path}`, init), { address: '192.0.2.1' });
    const read = await ask('/netron/shop/orders/list');
    expect(await read.json()).toEqual(['apple']);
    expect((await ask('/netron/shop/orders/list', { headers: { 'if-none-match': read.headers.get('etag') ?? '' } })).status).toBe(
      304,
    );
    expect(
      await (
        await ask('/netron/shop/orders/echo', { method: 'POST', body: '[1]', headers: { 'content-type': 'application/json' } })
      ).json(),
    ).toEqual([1]);
    expect((await ask('/netron/shop/orders/list', { method: 'HEAD' })).body).toBeNull();
    await provesOrigins((url, init) => handler.fetch(new Request(url, init)), 'https://any.example');
  });

  it('bundles for workers without Node modules, and runs there without Node globals', async () => {
    const { metafile, outputFiles } = await build({
      stdin: { contents: workerProgram, resolveDir: process.cwd() },
      bundle: true,
      write: false,
      metafile: true,
      format: 'iife',
      globalName: 'worker',
      platform: 'neutral',
      conditions: ['@omnitron-dev/source', 'workerd', 'worker', 'browser'],
      logLevel: 'silent',
    });
    const inputs = Object.keys(metafile.inputs);
    expect(inputs.length).toBeGreaterThan(50);
    expect(inputs.filter((name) => name.includes('node:') || name.includes('/ws/'))).toEqual([]);
    const imported = Object.values(metafile.outputs).flatMap(({ imports }) => imports.map(({ path }) => path));
    expect(imported.filter((path) => path.startsWith('node:'))).toEqual([]);
    const context = createContext(Object.fromEntries(webGlobals.map((name) => [name, Reflect.get(globalThis, name)])));
    runInContext(`${outputFiles[0]!.text}; globalThis.handler = worker.default;`, context);
    const { handler: worker } = context as { handler: { fetch(request: Request): Promise<Response> } };
    const ask = async (path: string, init?: RequestInit) => {
      const response = await worker.fetch(new Request(`https://any.example/netron/${path}`, init));
      return [response.status, (await response.text()).trim()];
    };
    const json = { 'content-type': 'application/json' };
    expect(await ask('calc/add', { method: 'POST', body: '[2,3]', headers: json })).toEqual([200, '5']);
    expect(await ask('calc/count', { method: 'POST', body: '[2]', headers: json })).toEqual([
      200,
      '{"v":1}\n{"v":2}\n{"end":true}',
    ]);
    const calls = JSON.stringify([1, 2].map((id) => ({ id, service: 'calc', method: 'later', args: [id] })));
    const [status, answers] = await ask('$batch', { method: 'POST', body: calls, headers: json });
    const lines = ['{"end":true}', '{"id":1,"v":1}', '{"id":2,"v":2}'];
    expect([status, String(answers).split('\n').sort()]).toEqual([200, lines]);
    expect((await ask('calc/none', { method: 'POST', body: '[]', headers: json }))[0]).toBe(404);
  });
});
