/** A10, B7 over HTTP: many tiny requests at once take linear work, do not delay others, and end with their client. */
import { once } from 'node:events';
import {
  type ClientHttp2Session,
  connect as connect2,
  constants,
  createServer as createServer2,
  type Http2ServerRequest,
  type Http2ServerResponse,
  type ServerHttp2Session,
} from 'node:http2';
import type { AddressInfo, Socket } from 'node:net';
import { connect } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { httpHandler } from '../../src/http/index.js';
import { defineService, getCallContext, Netron, Safe, withAnnotations } from '../../src/index.js';
import { Watch } from '../hostile/attacked.js';
import { WorkCounter } from '../work.js';
import { eventually } from './eventually.js';
import { type Served, serve } from './server.js';

/** Calls of one kind that have begun and ended. */
const seen = { ran: 0, begun: 0, ended: 0 };
const service = defineService({
  name: 'tiny@1.0.0',
  methods: {
    add: () => (seen.ran += 1),
    read: withAnnotations(() => (seen.ran += 1), Safe()),
    near: () => 'near',
    async *endless() {
      seen.begun += 1;
      try {
        for (;;) yield 'x'.repeat(1_000);
      } finally {
        seen.ended += 1;
      }
    },
    hang: () => {
      seen.begun += 1;
      const { signal } = getCallContext();
      return new Promise((_, reject) => {
        signal.addEventListener('abort', () => {
          seen.ended += 1;
          reject(signal.reason);
        });
      });
    },
  },
});

let watch: Watch;
let served: Served;
const closing: (() => unknown)[] = [];
beforeEach(async () => {
  watch = new Watch();
  Object.assign(seen, { ran: 0, begun: 0, ended: 0 });
  served = await serve([service], {}, { limits: { calls: 100_000 } });
});
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
  await served.close();
  expect(watch.uncaught).toEqual([]);
  watch[Symbol.dispose]();
});

const post = (method: string, body = '[]'): string =>
  `POST /netron/tiny/${method} HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
const get = 'GET /netron/tiny/read HTTP/1.1\r\nHost: a\r\n\r\n';

/** A connection that counts the statuses of its answers, in bounded memory. */
function stranger(): { readonly socket: Socket; readonly answers: { count: number; closed: boolean; statuses: Set<string> } } {
  const socket = connect(served.port, '127.0.0.1');
  closing.push(() => socket.destroy());
  const answers = { count: 0, closed: false, statuses: new Set<string>() };
  let rest = '';
  socket.setEncoding('latin1');
  socket.on('data', (chunk: string) => {
    // A status line may be cut; the rest of the text before it is over.
    const parts = (rest + chunk).split(/HTTP\/1\.1 (\d{3}) /);
    for (let at = 1; at < parts.length; at += 2) {
      answers.count += 1;
      answers.statuses.add(parts[at]!);
    }
    rest = parts.at(-1)!.slice(-12);
  });
  socket.on('close', () => {
    answers.closed = true;
  });
  socket.on('error', () => {});
  return { socket, answers };
}

/** Makes calls on a connection of its own until the others are done; the most of theirs that ran during one of them. */
async function mostDuring(done: () => boolean): Promise<number> {
  const near = connect(served.port, '127.0.0.1').setEncoding('latin1');
  closing.push(() => near.destroy());
  let [most, calls] = [0, 0];
  while (!done()) {
    const before = seen.ran;
    near.write(post('near'));
    for (let text = ''; !text.includes('"near"'); ) text += String((await once(near, 'data'))[0]);
    most = Math.max(most, seen.ran - before);
    calls += 1;
  }
  expect(calls).toBeGreaterThan(1);
  return most;
}

/** A client of a server of HTTP/2 that has so many streams open at most. */
async function secondClient(
  streams: number,
  answer: (request: Http2ServerRequest, response: Http2ServerResponse) => void,
): Promise<ClientHttp2Session> {
  const server = createServer2({ settings: { maxConcurrentStreams: streams } }, answer);
  let session: ServerHttp2Session | undefined;
  server.on('session', (made) => {
    session = made;
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closing.push(
    () => session?.destroy(),
    () => server.close(),
  );
  const client = connect2(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  closing.push(() => client.destroy());
  await new Promise<void>((resolve) => client.once('remoteSettings', () => resolve()));
  return client;
}

/** Requests of the flood that may run during one call of another connection: it takes a few turns. */
const few = 400;

describe('A10: tiny requests in one write', () => {
  it.each([
    ['calls', post('add'), '200'],
    ['calls of unknown members', post('made-up'), '404'],
    ['reads', get, '200'],
    ['malformed calls', post('add', '[1'), '400'],
  ])('3,000 %s take linear work, and each gets its response', async (_, request, status) => {
    const { socket, answers } = stranger();
    using work = new WorkCounter();
    const answered = (count: number) => eventually(() => expect(answers.count).toBe(count));
    socket.write(request.repeat(500));
    await answered(500);
    work.take();
    socket.write(request.repeat(500));
    await answered(1_000);
    const each = work.take() / 500;
    expect(each).toBeGreaterThan(1);
    socket.write(request.repeat(2_000));
    await answered(3_000);
    expect(work.take() / 2_000).toBeLessThan(1.2 * each);
    expect([[...answers.statuses], answers.closed]).toEqual([[status], false]);
  });

  it.each([
    ['calls', post('add')],
    ['reads', get],
  ])('10,000 %s do not delay other clients', async (_, request) => {
    const { socket, answers } = stranger();
    socket.write(request.repeat(10_000));
    expect(await mostDuring(() => answers.count === 10_000)).toBeLessThan(few);
    expect(seen.ran).toBe(10_000);
  });

  it('8,000 HTTP/2 streams do not delay other clients', async () => {
    const handler = httpHandler(served.node);
    const client = await secondClient(2_000, (request, response) => handler.node(request as never, response as never));
    let [asked, answered] = [0, 0];
    const ask = (): void => {
      asked += 1;
      const stream = client.request({ ':path': '/netron/tiny/read' });
      stream.on('response', (headers) => expect(headers[':status']).toBe(200));
      stream.resume().on('close', () => {
        answered += 1;
      });
    };
    const most = mostDuring(() => {
      // All that may be open are opened in one turn.
      if (asked - answered === 0 && asked < 8_000) for (let open = 0; open < 2_000; open += 1) ask();
      return answered === 8_000;
    });
    expect(await most).toBeLessThan(few);
    expect(seen.ran).toBe(8_000);
  });

  it('at most 4,096 HTTP/2 streams are queued; further ones are refused and may be opened again', async () => {
    const handler = httpHandler(served.node);
    const held: [Http2ServerRequest, Http2ServerResponse][] = [];
    const client = await secondClient(5_000, (...exchange) => {
      held.push(exchange);
      // All of them in one turn, however many a read brings.
      if (held.length === 5_000) for (const [request, response] of held) handler.node(request as never, response as never);
      else if (held.length > 5_000) handler.node(exchange[0] as never, exchange[1] as never);
    });
    const read = async (): Promise<number | string> => {
      const stream = client.request({ ':path': '/netron/tiny/read' });
      let status = 0;
      stream.on('response', (headers) => {
        status = headers[':status'] ?? 0;
      });
      stream.on('error', () => {}).resume();
      await new Promise<void>((resolve) => stream.on('close', () => resolve()));
      return stream.rstCode === constants.NGHTTP2_REFUSED_STREAM ? 'refused' : status;
    };
    const answers = await Promise.all(Array.from({ length: 5_000 }, read));
    // Those that begin at once wait for nothing.
    expect(answers.filter((answer) => answer === 200).length).toBe(32 + 4_096);
    expect(answers.filter((answer) => answer === 'refused').length).toBe(5_000 - 32 - 4_096);
    expect(seen.ran).toBe(32 + 4_096);
    expect(await Promise.all(Array.from({ length: 100 }, read))).toEqual(Array.from({ length: 100 }, () => 200));
  });

  it('10,000 text messages over a WebSocket do not delay other clients', async () => {
    const node = await Netron.create({ http: true, listenPort: 0, logLevel: 'silent', limits: { calls: 100_000 } });
    closing.push(() => node.stop());
    await node.peer.exposeService(service);
    const socket = new WebSocket(`ws://127.0.0.1:${node.listenPort}`, 'netron.json');
    closing.push(() => socket.terminate());
    await new Promise((resolve) => socket.once('open', resolve));
    let answers = 0;
    socket.on('message', (data) => {
      expect(JSON.parse(String(data))).toHaveProperty('result');
      answers += 1;
    });
    const { _socket } = socket as unknown as { _socket: Socket };
    _socket.cork();
    for (let id = 0; id < 10_000; id += 1) socket.send(JSON.stringify({ id, call: 'tiny.add' }));
    _socket.uncork();
    expect(await mostDuring(() => answers === 10_000)).toBeLessThan(few);
    expect(seen.ran).toBe(10_000);
  });
});

it.each(['endless', 'hang'])('B7: 100 pipelined requests for %s end when their client disconnects', async (method) => {
  const { socket } = stranger();
  socket.write(post(method).repeat(100));
  await eventually(() => expect(seen.begun).toBe(100));
  socket.destroy();
  await eventually(() => expect(seen.ended).toBe(100));
});

it('queued requests do not run after their client has disconnected', async () => {
  const { socket } = stranger();
  let came = 0;
  // In the turn in which all of them come.
  served.server.on('request', ({ socket: near }) => {
    came += 1;
    if (came === 100) near.destroy();
  });
  socket.write(post('add').repeat(100));
  await eventually(() => expect(came).toBe(100));
  await served.post('/tiny/near', []);
  // Those of two turns: the end of the socket is told in the second.
  expect(seen.ran).toBeLessThanOrEqual(64);
});
