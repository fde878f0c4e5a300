/** Requests that are answered before their body has come: the client reads its answer, and cannot hold its connection for long. */
import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
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

const statusOf = ({ received }: Raw) => Number(/^HTTP\/1\.1 (\d+)/.exec(received.toString('latin1'))?.[1]);
const json = 'Content-Type: application/json\r\nContent-Length: 60000';
const image = 'Content-Type: image/png\r\nContent-Length: 60000';
const denies = (code: 'unauthenticated' | 'resource_exhausted' | 'unavailable'): NetronOptions => ({
  authenticate: () => {
    throw new NetronError(code, 'not you');
  },
});

describe('B8: a body that drips behind an early answer', () => {
  it.each<[number, string, string, string, HttpOptions?, NetronOptions?]>([
    [415, 'of another media type', 'POST /netron/things/write', 'Content-Type: text/plain\r\nContent-Length: 60000'],
    [415, 'in chunks', 'POST /netron/things/write', 'Content-Type: text/plain\r\nTransfer-Encoding: chunked'],
    [415, 'of a batch', 'POST /netron/$batch', 'Content-Type: text/plain\r\nContent-Length: 60000'],
    [405, 'of a read', 'PUT /netron/things/read', json],
    [405, 'of a batch by PUT', 'PUT /netron/$batch', json],
    [404, 'of no member', 'POST /netron/things/nothing', json.replace('application/json', 'image/png')],
    [404, 'beside the path', 'POST /elsewhere', image],
    [403, 'from a foreign page', 'POST /netron/things/write?args=[1]', `${image}\r\nOrigin: https://evil.example`],
    [401, 'of a stranger', 'POST /netron/things/ignore?args=[]', image, {}, denies('unauthenticated')],
    [429, 'of one who asks too much', 'POST /netron/things/ignore?args=[]', image, {}, denies('resource_exhausted')],
    [503, 'of one who came too late', 'POST /netron/things/ignore?args=[]', image, {}, denies('unavailable')],
    [400, 'of a DELETE', 'DELETE /netron/things/write', json],
    [400, 'with arguments that cannot be read', 'POST /netron/things/ignore?args=[', image],
    [400, 'with an encoding that is read in two ways', 'POST /netron/things/write', `${json.replace('60000', '1')}\r\nHost: b`],
    [413, 'that is too long', 'POST /netron/things/write', json, { maxBody: 10 }],
    [413, 'of an upload that is too long', 'POST /netron/things/ignore?args=[]', image, { maxUpload: 10 }],
    [414, 'behind a long address', `POST /netron/things/write?args=${'a'.repeat(9_000)}`, image],
    [204, 'of a question about CORS', 'OPTIONS /netron/things/write', json],
    [200, 'of a GET', 'GET /netron/things/read', json],
    [200, 'of a HEAD', 'HEAD /netron/things/read', json],
    [200, 'that its method does not read', 'POST /netron/things/ignore?args=[]', image],
    [200, 'behind a stream', 'POST /netron/things/items?args=[]', image],
    [201, 'of an upload in parts', 'POST /netron/things/ignore?args=[]', `${image}\r\nUpload-Complete: ?0`],
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
});
