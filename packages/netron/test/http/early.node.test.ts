/** Requests that are answered before their body has come: the client reads its answer, and cannot hold its connection for long. */
import { once } from 'node:events';
import { connect as connect2, createServer as createServer2, type ServerHttp2Stream } from 'node:http2';
import type { AddressInfo, Socket } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { type HttpOptions, httpHandler } from '../../src/http/index.js';
import { defineService, Netron, NetronError, type NetronOptions, Safe, withAnnotations } from '../../src/index.js';
import { VirtualClock } from '../../src/testing/virtual-clock.js';
import { Raw } from '../transport/raw.js';
import { eventually } from './eventually.js';
import { serve } from './server.js';

const closing: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

const things = (log: string[] = []) =>
  defineService({
    name: 'things',
    methods: {
      read: withAnnotations(() => 'read', Safe()),
      write: (value: unknown) => value,
      ignore: (_: Blob) => 'not read',
      long: (_: Blob) => 'x'.repeat(16_000_000),
      async *longItems(_: Blob) {
        yield 'x'.repeat(16_000_000);
      },
      patient: async (file: Blob) => {
        await file.arrayBuffer().catch((error: NetronError) => log.push(String(error.code)));
        return 'answered all the same';
      },
      async *items(_: Blob) {
        yield 'only one';
      },
    },
  });

/** A server on virtual time, and a way to send it the head of a request whose body has only begun. */
async function serving(http: HttpOptions = {}, node: NetronOptions = {}, log: string[] = []) {
  const clock = new VirtualClock();
  const served = await serve([things(log)], { clock, ...http }, node);
  closing.push(() => served.close());
  return {
    clock,
    served,
    async begin(line: string, headers: string, body = 'x') {
      const connected = once(served.server, 'connection') as Promise<[Socket]>;
      const raw = new Raw(served.port);
      closing.push(() => raw.socket.destroy());
      await raw.write(`${line} HTTP/1.1\r\nHost: a\r\n${headers}\r\n\r\n${body}`);
      const [socket] = await connected;
      return { raw, socket };
    },
  };
}

/** The same over HTTP/2. */
async function serving2() {
  const clock = new VirtualClock();
  const node = await Netron.create({ logLevel: 'error' });
  closing.push(() => node.stop());
  await node.peer.exposeService(things());
  const server = createServer2(httpHandler(node, { clock }).node as never);
  const streams: ServerHttp2Stream[] = [];
  server.on('stream', (stream) => streams.push(stream));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closing.push(() => server.close());
  const client = connect2(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  closing.push(() => client.destroy());
  return { clock, client, streams };
}

const statusOf = ({ received }: Raw) => Number(/^HTTP\/1\.1 (\d+)/.exec(received.toString('latin1'))?.[1]);
/** Longer than what is read before the request is looked at. */
const json = 'Content-Type: application/json\r\nContent-Length: 70000';
const image = 'Content-Type: image/png\r\nContent-Length: 60000';
const denies = (code: 'unauthenticated' | 'resource_exhausted' | 'unavailable'): NetronOptions => ({
  authenticate: () => {
    throw new NetronError(code, 'not you');
  },
});

describe('B8: a body that arrives slowly after an early response', () => {
  it.each<[number, string, string, string, HttpOptions?, NetronOptions?]>([
    [415, 'of another media type', 'POST /netron/things/write', 'Content-Type: text/plain\r\nContent-Length: 60000'],
    [415, 'in chunked encoding', 'POST /netron/things/write', 'Content-Type: text/plain\r\nTransfer-Encoding: chunked'],
    [415, 'of a batch', 'POST /netron/$batch', 'Content-Type: text/plain\r\nContent-Length: 60000'],
    [405, 'of a read', 'PUT /netron/things/read', json],
    [405, 'of a batch by PUT', 'PUT /netron/$batch', json],
    [404, 'for an unknown member', 'POST /netron/things/nothing', json],
    [404, 'outside of the path', 'POST /elsewhere', image],
    [403, 'from a page of another origin', 'POST /netron/things/write?args=[1]', `${image}\r\nOrigin: https://evil.example`],
    [401, 'of an unauthenticated client', 'POST /netron/things/ignore?args=[]', image, {}, denies('unauthenticated')],
    [429, 'over the rate limit', 'POST /netron/things/ignore?args=[]', image, {}, denies('resource_exhausted')],
    [503, 'while authentication is unavailable', 'POST /netron/things/ignore?args=[]', image, {}, denies('unavailable')],
    [405, 'of a DELETE', 'DELETE /netron/things/write', json],
    [400, 'with arguments that cannot be read', 'POST /netron/things/ignore?args=[', image],
    [400, 'with two Host headers', 'POST /netron/things/write', `${json}\r\nHost: b`],
    [413, 'that is too long', 'POST /netron/things/write', json, { maxBody: 10 }],
    [413, 'of an upload that is too long', 'POST /netron/things/ignore?args=[]', image, { maxUpload: 10 }],
    [414, 'after a long URL', `POST /netron/things/write?args=${'a'.repeat(9_000)}`, image],
    [204, 'of a preflight request', 'OPTIONS /netron/things/write', json],
    [200, 'of a GET', 'GET /netron/things/read', json],
    [200, 'of a HEAD', 'HEAD /netron/things/read', json],
    [200, 'that its method does not read', 'POST /netron/things/ignore?args=[]', image],
    [200, 'after a streamed response', 'POST /netron/things/items?args=[]', image],
    [200, 'of an upload in parts', 'POST /netron/things/ignore?args=[]', `${image}\r\nUpload-Complete: ?0`],
  ])('%i %s: its connection closes within 15 s', async (status, _, line, headers, http, node) => {
    const { clock, begin } = await serving(http, node);
    const chunked = headers.includes('chunked');
    const { raw, socket } = await begin(line, headers, chunked ? '1\r\nx\r\n' : 'x');
    await raw.until((received) => received.includes('\r\n\r\n'));
    expect(statusOf(raw)).toBe(status);
    for (let time = 0; time < 15_000 && !socket.destroyed; time += 500) {
      raw.socket.write(chunked ? '1\r\nx\r\n' : 'x');
      await clock.advance(500);
    }
    await eventually(() => expect(socket.destroyed).toBe(true));
  });

  it('an idle connection closes at most 2 s after the last byte of the body', async () => {
    const { clock, begin } = await serving();
    const { raw, socket } = await begin('POST /netron/things/write', 'Content-Type: text/plain\r\nContent-Length: 9');
    await raw.until((received) => received.includes('not_run'));
    await clock.advance(1_999);
    expect(socket.destroyed).toBe(false);
    await clock.advance(2_001);
    await eventually(() => expect(socket.destroyed).toBe(true));
  });

  it('is not waited for a second time when the method has already timed out on it', async () => {
    const log: string[] = [];
    const { clock, begin } = await serving({}, {}, log);
    const { raw, socket } = await begin('POST /netron/things/patient?args=[]', image);
    await eventually(() => expect(clock.size).toBeGreaterThan(0));
    for (let time = 0; time < 15_000; time += 500) await clock.advance(500);
    await raw.closed;
    expect(log).toEqual(['deadline_exceeded']);
    expect([statusOf(raw), socket.destroyed]).toEqual([200, true]);
    expect(raw.received.toString()).toContain('answered all the same');
  });

  it.each(['long', 'longItems'])('%s: a client that reads a long answer slowly receives all of it', async (method) => {
    const { clock, begin } = await serving();
    const { raw, socket } = await begin(`POST /netron/things/${method}?args=[]`, image);
    await raw.until((received) => received.includes('\r\n\r\n'));
    raw.socket.pause();
    for (let time = 0; time < 5_000; time += 500) await clock.advance(500);
    raw.socket.resume();
    await eventually(() => expect(raw.socket.bytesRead).toBeGreaterThan(16_000_000));
    for (let time = 0; time < 5_000; time += 500) await clock.advance(500);
    await eventually(() => expect(socket.destroyed).toBe(true));
  });

  it('closes the connection on the listener of a node', async () => {
    const clock = new VirtualClock();
    const node = await Netron.create({ http: true, listenPort: 0, clock, logLevel: 'error' });
    closing.push(() => node.stop());
    await node.peer.exposeService(things());
    const raw = new Raw(node.listenPort);
    await raw.write('POST /netron/things/write HTTP/1.1\r\nHost: a\r\nContent-Type: text/plain\r\nContent-Length: 9\r\n\r\nx');
    await raw.until((received) => received.includes('not_run'));
    await clock.advance(4_000);
    await raw.closed;
    expect(statusOf(raw)).toBe(415);
  });

  it('closes its HTTP/2 stream without an error and leaves the other streams open', async () => {
    const { clock, client, streams } = await serving2();
    const post = { ':method': 'POST', ':path': '/netron/things/write' };
    const asking = client.request({ ...post, 'content-type': 'text/plain' });
    asking.write('x');
    const [head] = await once(asking, 'response');
    let text = '';
    asking.on('data', (chunk) => {
      text += chunk;
    });
    await once(asking, 'end');
    expect([head[':status'], JSON.parse(text).outcome]).toEqual([415, 'not_run']);
    for (let time = 0; time < 15_000; time += 500) {
      if (!asking.closed) asking.write('x');
      await clock.advance(500);
    }
    await eventually(() => expect([streams[0]?.closed, streams[0]?.rstCode, asking.closed]).toEqual([true, 0, true]));
    const next = client.request({ ...post, 'content-type': 'application/json' });
    next.end('[1]');
    expect(String((await once(next, 'data'))[0])).toBe('1');
  });

  it('does not shorten a long answer over HTTP/2', async () => {
    const { clock, client } = await serving2();
    const path = '/netron/things/long?args=[]';
    const asking = client.request({ ':method': 'POST', ':path': path, 'content-type': 'image/png' });
    asking.write('x');
    await once(asking, 'response');
    for (let time = 0; time < 5_000; time += 500) await clock.advance(500);
    let length = 0;
    asking.on('data', (chunk: Buffer) => {
      length += chunk.length;
    });
    await once(asking, 'close');
    expect([length, asking.rstCode]).toEqual([16_000_002, 0]);
  });
});

describe('a body that arrives fast after an early response', () => {
  const large = Buffer.alloc(8_000_000, 'x');
  const head = `Content-Type: text/plain\r\nContent-Length: ${large.length}`;
  const next =
    'POST /netron/things/write HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 8\r\n\r\n["next"]';

  it('is discarded: the client reads the response and the connection stays open', async () => {
    const { begin } = await serving();
    const { raw } = await begin('POST /netron/things/write', head, '');
    await raw.until((received) => received.includes('not_run'));
    await raw.write(large);
    await raw.write(next);
    await raw.until((received) => received.includes('"next"'));
    expect(raw.received.toString().match(/HTTP\/1\.1 \d+/g)).toEqual(['HTTP/1.1 415', 'HTTP/1.1 200']);
  });

  it('is discarded when a method has read a part of it, and when it was sent in place of a stream', async () => {
    const { begin } = await serving();
    for (const method of ['ignore', 'items']) {
      const { raw } = await begin(`POST /netron/things/${method}?args=[]`, head.replace('text/plain', 'image/png'), '');
      await raw.until((received) => received.includes('\r\n\r\n'));
      await raw.write(large);
      await raw.write(next);
      await raw.until((received) => received.includes('"next"'));
      expect(raw.received.toString().match(/HTTP\/1\.1 \d+/g)).toEqual(['HTTP/1.1 200', 'HTTP/1.1 200']);
    }
  });

  it('is read up to 16 MiB; the client has then read the response with Connection: close', async () => {
    const { clock, begin } = await serving();
    const { raw, socket } = await begin('POST /elsewhere', 'Content-Type: text/plain\r\nContent-Length: 99999999999');
    let closed = false;
    void raw.closed.then(() => {
      closed = true;
    });
    let full = false;
    while (!full) full = !raw.socket.write(large) && raw.socket.writableLength > 64_000_000;
    await eventually(() => expect(raw.received.toString()).toMatch(/404[\s\S]*connection: close[\s\S]*not_run/i));
    await eventually(() => expect(socket.bytesRead).toBeGreaterThan(16_777_216));
    // Nothing is read from here on, though the time of a client that sends would go on.
    for (let time = 0; time < 2_000; time += 500) await clock.advance(500);
    const read = socket.bytesRead;
    expect(read).toBeLessThan(16_777_216 + 1_048_576);
    expect(closed).toBe(false);
    await clock.advance(2_000);
    await eventually(() => expect([closed, socket.destroyed]).toEqual([true, true]));
    expect(socket.bytesRead).toBe(read);
  });
});
