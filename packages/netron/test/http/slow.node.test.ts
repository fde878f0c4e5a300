/** Clients that are slow: dropped in time where they hold something, waited for where the node is the slow one. */
import { EventEmitter, once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { type HttpOptions, httpHandler } from '../../src/http/index.js';
import { defineService, Netron } from '../../src/index.js';
import { VirtualClock } from '../../src/testing/virtual-clock.js';
import { gate } from '../integration/nodes.js';
import { Raw } from '../transport/raw.js';
import { eventually } from './eventually.js';
import { type Served, serve } from './server.js';
import { shop } from './services.js';

const closing: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

const files = (before: Promise<unknown>, log: unknown[]) =>
  defineService({
    name: 'files',
    methods: {
      store: async (file: Blob) => {
        log.push('began');
        await before;
        try {
          for await (const chunk of file.stream() as unknown as AsyncIterable<Uint8Array>) log.push(chunk.length);
          return 'stored';
        } catch (error) {
          log.push((error as { code: unknown }).code);
          throw error;
        }
      },
    },
  });

const feed = (log: unknown[]) =>
  defineService({
    name: 'feed',
    methods: {
      large: () => 'x'.repeat(16_000_000),
      async *endless() {
        try {
          for (;;) {
            log.push(16_384);
            yield 'x'.repeat(16_384);
          }
        } finally {
          log.push('ended');
        }
      },
    },
  });

async function serving(services: object[], options: HttpOptions): Promise<Served> {
  const served = await serve(services, options);
  closing.push(() => served.close());
  return served;
}

/** A connection that sends the head of a request, as soon as the server waits for its body. */
async function beginning(served: Served, clock: VirtualClock, path: string, length: number, type: string, more = '') {
  const begun = new Promise<IncomingMessage>((resolve) => served.server.once('request', resolve));
  const timers = clock.size;
  const raw = new Raw(served.port);
  await raw.write(`POST /netron${path} HTTP/1.1\r\nHost: a\r\nContent-Type: ${type}\r\nContent-Length: ${length}\r\n${more}\r\n`);
  const { socket } = await begun;
  await eventually(() => expect(clock.size).toBeGreaterThan(timers));
  return {
    raw,
    /** Resolves when the server has the bytes. */
    async send(bytes: string) {
      const expected = socket.bytesRead + bytes.length;
      await raw.write(bytes);
      await eventually(() => expect(socket.bytesRead).toBeGreaterThanOrEqual(expected));
    },
  };
}

describe('B8: a slow client', () => {
  it('is disconnected when its headers take longer than 15 s', async () => {
    const clock = new VirtualClock();
    const node = await Netron.create({ http: true, listenPort: 0, clock, logLevel: 'error' });
    closing.push(() => node.stop());
    await node.peer.exposeService(shop());
    const raw = new Raw(node.listenPort);
    const before = clock.size;
    await raw.write('GET /netron/shop/orders/list HTTP/1.1\r\nHost: a\r\nX: ');
    await eventually(() => expect(clock.size).toBeGreaterThan(before));
    for (let time = 0; time < 15_000; time += 250) {
      raw.socket.write('x');
      await clock.advance(250);
    }
    await raw.closed;
  });

  it('gets 408 when its body stalls for 15 s, and no method runs', async () => {
    const clock = new VirtualClock();
    const ran: string[] = [];
    const served = await serving([shop(ran)], { clock });
    const { raw, send } = await beginning(served, clock, '/shop/orders/buy', 2_000, 'application/json');
    await send('[');
    for (let time = 0; time < 15_000; time += 250) {
      raw.socket.write(' ');
      await clock.advance(250);
    }
    await raw.closed;
    const answer = raw.received.toString();
    expect(answer).toMatch(/^HTTP\/1\.1 408 /);
    expect(JSON.parse(answer.slice(answer.indexOf('\r\n\r\n')))).toMatchObject({
      code: 'deadline_exceeded',
      outcome: 'not_run',
      detail: 'fewer than 1024 bytes of the body arrived in 15000 ms',
    });
    expect(ran).toEqual([]);
  });

  it.each(['one', 'many'])('gets one response when the rest of its body arrives during authentication: %s', async (method) => {
    const clock = new VirtualClock();
    const held = gate();
    const log: string[] = [];
    const authenticate = async () => {
      log.push('identified');
      await held.opened;
      return { id: 'u' };
    };
    const one = () => log.push('ran');
    const many = async function* () {
      log.push('ran');
      yield 1;
    };
    const service = defineService({ name: 'runs', methods: { one, many } });
    const served = await serve([service], { clock }, { authenticate });
    closing.push(() => served.close());
    const type = 'application/json';
    const { raw, send } = await beginning(served, clock, `/runs/${method}`, 2, type, 'Authorization: Bearer x\r\n');
    await send('[');
    await clock.advance(15_000);
    await eventually(() => expect(log).toEqual(['identified']));
    await send(']');
    held.open();
    await raw.closed;
    expect(log).toEqual(['identified']);
    expect(raw.received.toString().match(/HTTP\/1\.1 \d+/g)).toEqual(['HTTP/1.1 408']);
  });

  it('is not disconnected while its body makes steady progress', async () => {
    const clock = new VirtualClock();
    const served = await serving([shop()], { clock });
    const body = JSON.stringify(['x'.repeat(20_000)]);
    const { raw, send } = await beginning(served, clock, '/shop/orders/echo', body.length, 'application/json');
    for (let at = 0; at < body.length; at += 2_000) {
      await send(body.slice(at, at + 2_000));
      await clock.advance(10_000);
    }
    await raw.until((received) => received.includes(body));
    raw.socket.destroy();
  });

  it('aborts the method when its upload stalls; a slow method does not abort the upload', async () => {
    const clock = new VirtualClock();
    const log: unknown[] = [];
    const held = gate();
    const served = await serving([files(held.opened, log)], { clock });
    const begun = new Promise<IncomingMessage>((resolve) => served.server.once('request', resolve));
    const raw = new Raw(served.port);
    await raw.write(
      'POST /netron/files/store?args=[] HTTP/1.1\r\nHost: a\r\nContent-Type: image/png\r\nContent-Length: 9\r\n\r\n1',
    );
    await begun;
    await eventually(() => expect(log).toEqual(['began']));
    await clock.advance(60_000);
    expect(raw.received.length).toBe(0);
    const timers = clock.size;
    held.open();
    await eventually(() => expect(log).toEqual(['began', 1]));
    await eventually(() => expect(clock.size).toBeGreaterThan(timers));
    for (let time = 0; time < 15_000; time += 5_000) {
      raw.socket.write('2');
      await clock.advance(5_000);
    }
    await eventually(() => expect(log.at(-1)).toBe('deadline_exceeded'));
    await raw.until((received) => received.includes('deadline_exceeded'));
    raw.socket.destroy();
  });

  it('is detected in a fetch handler', async () => {
    const clock = new VirtualClock();
    const node = await Netron.create({ logLevel: 'error' });
    closing.push(() => node.stop());
    await node.peer.exposeService(shop());
    let given = false;
    const body = new ReadableStream<Uint8Array>({
      pull(controller) {
        if (given) return new Promise(() => {});
        given = true;
        controller.enqueue(Uint8Array.of(0x5b));
        return undefined;
      },
    });
    const request = new Request('http://a.example/netron/shop/orders/buy', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body,
      duplex: 'half',
    } as RequestInit);
    const answer = httpHandler(node, { clock }).fetch(request);
    await eventually(() => expect(clock.size).toBeGreaterThan(0));
    await clock.advance(15_000);
    expect((await answer).status).toBe(408);
  });
});

/** A response of a server whose client the test plays. */
class Reply extends EventEmitter {
  readonly writableEnded = false;
  readonly headersSent = false;
  readonly writableLength = 0;
  readonly timeouts: number[] = [];
  takes = false;
  chunks = 0;
  destroyed = false;
  writeHead() {}
  end() {}
  write() {
    this.chunks += 1;
    return this.takes;
  }
  setTimeout(ms: number) {
    this.timeouts.push(ms);
  }
  destroy() {
    this.destroyed = true;
    this.emit('close');
  }
}

/** A request for a stream of events, whose body a framework has read. */
function asking(method: string) {
  const headers = { host: 'a', accept: 'text/event-stream', 'content-type': 'application/json', 'content-length': '2' };
  const parts = { method: 'POST', url: `/netron/held/${method}`, headers, rawHeaders: [], socket: {}, body: [], complete: true };
  return Object.assign(new EventEmitter(), parts, { pause() {}, resume() {}, destroy() {} });
}

async function holding(clock: VirtualClock) {
  const held = gate();
  const log: string[] = [];
  const methods = {
    async *items() {
      yield 'first';
      log.push('held');
      await held.opened;
      yield 'second';
    },
  };
  const node = await Netron.create({ logLevel: 'error' });
  closing.push(() => node.stop());
  await node.peer.exposeService(defineService({ name: 'held', methods }));
  const reply = new Reply();
  closing.push(async () => {
    held.open();
    reply.destroy();
  });
  void httpHandler(node, { clock, idleTimeout: 1_000 }).node(asking('items'), reply);
  return { held, log, reply };
}

describe('B5: a reply', () => {
  it('is aborted when the client reads nothing for the whole timeout, counted from when data waits', async () => {
    const clock = new VirtualClock();
    const { held, log, reply } = await holding(clock);
    await eventually(() => {
      reply.emit('drain');
      expect([log, reply.chunks > 0, reply.listenerCount('drain')]).toEqual([['held'], true, 0]);
    });
    expect(reply.timeouts).toEqual([125]);
    reply.emit('timeout');
    expect(reply.destroyed).toBe(false);
    held.open();
    await eventually(() => expect(reply.listenerCount('drain')).toBe(1));
    expect(reply.timeouts).toEqual([125, 125]);
    // As Node does: nothing is told of a period in which something was read.
    const pass = async (ms: number) => {
      await clock.advance(ms);
      reply.emit('timeout');
    };
    for (let period = 0; period < 6; period += 1) await pass(125);
    await pass(250);
    for (let period = 0; period < 5; period += 1) await pass(125);
    expect(reply.destroyed).toBe(false);
    await pass(125);
    expect(reply.destroyed).toBe(true);
  });

  it('clears its timer when its client disconnects, also while its source is idle', async () => {
    const clock = new VirtualClock();
    const { log, reply } = await holding(clock);
    reply.takes = true;
    await eventually(() => expect([log, reply.chunks > 0]).toEqual([['held'], true]));
    const timers = clock.size;
    reply.emit('close');
    expect(clock.size).toBe(timers - 1);
    await clock.advance(60_000);
    expect(clock.size).toBe(timers - 1);
  });
});

describe('B5: a client that stops reading', () => {
  it('is disconnected and its data is discarded', async () => {
    const log: unknown[] = [];
    const served = await serving([feed(log)], { idleTimeout: 100 });
    const closed = new Promise<void>((resolve) => served.server.once('connection', (socket) => socket.once('close', resolve)));
    const raw = new Raw(served.port);
    raw.socket.pause();
    await raw.write('POST /netron/feed/large HTTP/1.1\r\nHost: a\r\n\r\n');
    await closed;
    raw.socket.destroy();
  });

  it.each([1, 2])(
    'has its own timeout while %i long replies wait; the next request has the timeout of the server again',
    async (replies) => {
      const held = gate();
      const log: unknown[] = [];
      const slow = defineService({ name: 'slow', methods: { answer: () => held.opened.then(() => 'at last') } });
      const served = await serving([feed(log), slow], {});
      const connected = new Promise<Socket>((resolve) =>
        served.server.once('connection', (socket: Socket) => resolve(socket.setTimeout(60_000))),
      );
      const raw = new Raw(served.port);
      const ask = (path: string) => `POST /netron/${path} HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n`;
      await raw.write(ask('feed/large').repeat(replies) + ask('slow/answer'));
      const socket = await connected;
      await raw.until(() => raw.socket.bytesRead > replies * 16_000_000);
      // The connection waits for the last reply as long as the server says.
      await eventually(() => expect(socket.timeout).toBe(60_000));
      const answered = once(raw.socket, 'data');
      held.open();
      expect(String(await answered)).toContain('at last');
      raw.socket.destroy();
    },
  );

  it('pauses its stream when the socket is full, and the stream is ended', async () => {
    const log: unknown[] = [];
    const served = await serving([feed(log)], { idleTimeout: 100 });
    const raw = new Raw(served.port);
    raw.socket.pause();
    await raw.write('POST /netron/feed/endless HTTP/1.1\r\nHost: a\r\n\r\n');
    await eventually(() => expect(log.at(-1)).toBe('ended'));
    // Sockets of this system take megabytes; nothing is kept beyond them.
    expect(log.length * 16_384).toBeLessThan(32 * 1024 * 1024);
    raw.socket.destroy();
  });
});
