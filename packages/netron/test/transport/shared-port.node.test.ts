/** One HTTP server, several listeners: every upgrade and every request is answered by the right one, or told that there is none. */
import { once } from 'node:events';
import { Agent, createServer, get, type IncomingMessage, request, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { defineService, Netron } from '../../src/index.js';
import { HttpPort } from '../../src/transport/node/http-port.js';
import { WebSocketTransport } from '../../src/transport/node/websocket.js';
import type { HttpHandler } from '../../src/types.js';
import { gate, quiet, settled } from '../integration/nodes.js';
import { VirtualClock } from '../integration/virtual-clock.js';
import { Raw, upgradeRequest } from './raw.js';

const hello = (name: string) => defineService({ name: 'hello@1.0.0', methods: { who: () => name } });

async function httpServer(listener?: (request: IncomingMessage, response: ServerResponse) => void) {
  const server = createServer(listener);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { server, port: (server.address() as AddressInfo).port, [Symbol.asyncDispose]: () => closed(server) };
}

async function closed(server: Server): Promise<void> {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
}

function node(server: Server, path: string, clock = new VirtualClock()) {
  return Netron.create({ clock, logger: quiet, stopTimeout: 0, transports: { websocket: { server, path } } });
}

/** The first line that answers an upgrade. */
async function upgraded(port: number, changes: Record<string, string>): Promise<string> {
  const raw = new Raw(port);
  await raw.write(upgradeRequest(changes));
  await raw.until((received) => received.includes('\r\n\r\n'));
  raw.socket.destroy();
  return raw.received.toString('latin1').split('\r\n')[0] as string;
}

/** Status and text of the answer to a GET. */
async function got(port: number, agent?: Agent): Promise<readonly [number | undefined, string]> {
  const asked = get({ port, host: '127.0.0.1', path: '/x', ...(agent && { agent }) });
  const [response] = (await once(asked, 'response')) as [IncomingMessage];
  let text = '';
  for await (const chunk of response) text += chunk;
  return [response.statusCode, text];
}

const echo: HttpHandler = {
  request(asked: IncomingMessage, response: ServerResponse) {
    response.end(`${asked.method} ${asked.url}`);
  },
};

describe('upgrade requests to a shared server', () => {
  it('are routed to the node of their path; an unknown path gets 404', async () => {
    await using shared = await httpServer();
    await using a = await node(shared.server, '/a');
    await using b = await node(shared.server, '/b');
    await a.peer.exposeService(hello('a'));
    await b.peer.exposeService(hello('b'));
    await using client = await Netron.create({ logger: quiet, stopTimeout: 0 });
    for (const name of ['a', 'b']) {
      const peer = await client.connect(`ws://127.0.0.1:${shared.port}/${name}`);
      expect(await (await peer.queryInterface<ReturnType<typeof hello>>('hello')).who()).toBe(name);
    }
    expect(await upgraded(shared.port, { first: 'GET /c HTTP/1.1' })).toBe('HTTP/1.1 404 Not Found');
    await expect(client.connect(`ws://127.0.0.1:${shared.port}/c`)).rejects.toMatchObject({
      code: 'unavailable',
      details: { status: 404 },
    });
    await a.stop();
    expect(await upgraded(shared.port, { first: 'GET /a HTTP/1.1' })).toBe('HTTP/1.1 404 Not Found');
    expect(await upgraded(shared.port, { first: 'GET /b HTTP/1.1' })).toContain('101');
  });

  it('are left to other listeners of the server, and refused when none handles them within 10 s', async () => {
    await using shared = await httpServer();
    const clock = new VirtualClock();
    await using _node = await node(shared.server, '/a', clock);
    shared.server.on('upgrade', (asked: IncomingMessage, socket: Duplex) => {
      if (asked.url === '/theirs') socket.end('HTTP/1.1 418 Theirs\r\nConnection: close\r\n\r\n');
    });
    expect(await upgraded(shared.port, { first: 'GET /theirs HTTP/1.1' })).toBe('HTTP/1.1 418 Theirs');
    while (clock.size > 0) await settled(1);
    const nobodys = upgraded(shared.port, { first: 'GET /nobodys HTTP/1.1' });
    while (clock.size === 0) await settled(1);
    await clock.advance(9_999);
    await clock.advance(1);
    expect(await nobodys).toBe('HTTP/1.1 404 Not Found');
  });

  it('are refused when Node may have dropped headers, such as Origin', async () => {
    await using shared = await httpServer();
    await using _node = await node(shared.server, '/');
    const foreign = 'Origin: https://evil.example';
    expect(await upgraded(shared.port, { more: foreign })).toContain(' 403 ');
    shared.server.maxHeadersCount = 5;
    // Later versions of Node refuse it themselves.
    expect(await upgraded(shared.port, { more: foreign })).toMatch(/ 400 | 431 /);
    shared.server.maxHeadersCount = 10;
    expect(await upgraded(shared.port, {})).toContain(' 101 ');
  });

  it('are routed by subprotocol: "netron" or none to the node, others to their handler, 400 otherwise', async () => {
    await using listening = await Netron.create({ logger: quiet, stopTimeout: 0, listenPort: 0 });
    const port = listening.listenPort;
    const named = (name: string) => upgraded(port, { protocol: `Sec-WebSocket-Protocol: ${name}` });
    expect(await named('graphql-transport-ws')).toBe('HTTP/1.1 400 Bad Request');
    const leave = listening.serveHttp({
      ...echo,
      protocols: ['graphql-transport-ws'],
      upgrade(_request: IncomingMessage, socket: Duplex) {
        socket.end('HTTP/1.1 418 Taken\r\nConnection: close\r\n\r\n');
      },
    });
    expect(await named('graphql-transport-ws')).toBe('HTTP/1.1 418 Taken');
    expect(await named('graphql-transport-ws, netron')).toContain('101');
    leave();
    expect(await named('graphql-transport-ws')).toBe('HTTP/1.1 400 Bad Request');
    const socket = new WebSocket(`ws://127.0.0.1:${port}`, ['other', 'netron']);
    await once(socket, 'open');
    expect(socket.protocol).toBe('netron');
    socket.terminate();
  });
});

it('counts a connection once when its request has an Upgrade header for another protocol', async () => {
  const listening = await new WebSocketTransport().listen(0, { maxConnectionsPerAddress: 1 });
  listening.serveHttp(echo);
  const raw = new Raw(Number(new URL(listening.address).port));
  await raw.write(
    upgradeRequest({ first: 'GET /x HTTP/1.1', connection: 'Connection: Upgrade, close', upgrade: 'Upgrade: h2c' }),
  );
  await raw.closed;
  expect(raw.received.toString('latin1')).toMatch(/^HTTP\/1\.1 200[\s\S]*GET \/x/);
  await listening.close();
});

describe('HTTP requests to a shared server', () => {
  it('get 426 while there is no handler', async () => {
    await using listening = await Netron.create({ logger: quiet, stopTimeout: 0, listenPort: 0 });
    const port = listening.listenPort;
    expect((await got(port))[0]).toBe(426);
    const leave = listening.serveHttp(echo);
    expect(() => listening.serveHttp(echo)).toThrow(TypeError);
    expect(await got(port)).toEqual([200, 'GET /x']);
    leave();
    expect((await got(port))[0]).toBe(426);
    listening.serveHttp(echo)();
  });

  it('to a server of the program are handled by the program, or by the node when the program has no listener', async () => {
    await using theirs = await httpServer((_request, response) => response.end('theirs'));
    await using first = await node(theirs.server, '/a');
    first.serveHttp(echo);
    expect(await got(theirs.port)).toEqual([200, 'theirs']);
    await using bare = await httpServer();
    await using second = await node(bare.server, '/a');
    expect((await got(bare.port))[0]).toBe(426);
    second.serveHttp(echo);
    expect(await got(bare.port)).toEqual([200, 'GET /x']);
  });

  it('keep their connection alive for 65 s', async () => {
    const clock = new VirtualClock();
    await using listening = await Netron.create({ clock, logger: quiet, stopTimeout: 0, listenPort: 0 });
    listening.serveHttp(echo);
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    const sockets = new Set<unknown>();
    for (let time = 0; time < 3; time += 1) {
      const asked = get({ port: listening.listenPort, host: '127.0.0.1', agent });
      const [response] = (await once(asked, 'response')) as [IncomingMessage];
      expect(response.headers['keep-alive']).toBe('timeout=65');
      response.resume();
      await once(response, 'end');
      sockets.add(asked.socket);
      await clock.advance(20_000);
      await settled();
    }
    expect(sockets.size).toBe(1);
    // Closed with the listener.
    const gone = once([...sockets][0] as NodeJS.EventEmitter, 'close');
    await listening.stop();
    await gone;
    agent.destroy();
  });

  it('in flight when the listener closes get their response, and their connection closes', async () => {
    const listening = await Netron.create({ logger: quiet, stopTimeout: 0, listenPort: 0 });
    const asking = gate<ServerResponse>();
    listening.serveHttp({
      request(_request: IncomingMessage, response: ServerResponse) {
        asking.open(response);
      },
    });
    const agent = new Agent({ keepAlive: true });
    const asked = get({ port: listening.listenPort, host: '127.0.0.1', agent });
    const response = once(asked, 'response') as Promise<[IncomingMessage]>;
    const under = await asking.opened;
    await listening.stop();
    under.end('late');
    const [late] = await response;
    late.resume();
    expect(late.headers.connection).toBe('close');
    agent.destroy();
  });

  it('with a stalled body get 408; a body that the program does not read yet is not timed out', async () => {
    await using shared = await httpServer();
    const port = HttpPort.of(shared.server, undefined, 30);
    const bodies: IncomingMessage[] = [];
    const leave = port.handle({
      request(asked: IncomingMessage, response: ServerResponse) {
        bodies.push(asked);
        if (asked.url === '/slow') asked.resume();
        asked.once('end', () => response.end('whole'));
      },
    });
    const asked = request({
      port: shared.port,
      host: '127.0.0.1',
      method: 'POST',
      path: '/slow',
      headers: { 'content-length': 10 },
    });
    asked.write('half');
    const [response] = (await once(asked, 'response')) as [IncomingMessage];
    expect(response.statusCode).toBe(408);
    asked.destroy();
    const other = request({
      port: shared.port,
      host: '127.0.0.1',
      method: 'POST',
      path: '/unread',
      headers: { 'content-length': 4 },
    });
    const answered = once(other, 'response') as Promise<[IncomingMessage]>;
    other.end('four');
    while (bodies.length < 2) await settled(1);
    await new Promise((resolve) => setTimeout(resolve, 60));
    bodies[1]?.resume();
    expect((await answered)[0].statusCode).toBe(200);
    leave();
  });

  it('with a stalled body have the timeout of the HTTP option of a node', async () => {
    await using shared = await httpServer();
    const clock = new VirtualClock();
    await using served = await Netron.create({
      ...{ clock, logger: quiet, stopTimeout: 0, http: { idleTimeout: 90_000 } },
      transports: { websocket: { server: shared.server } },
    });
    await served.peer.exposeService(hello('a'));
    const connected = once(shared.server, 'connection') as Promise<[Socket]>;
    const raw = new Raw(shared.port);
    const [socket] = await connected;
    const timers = clock.size;
    await raw.write('POST /netron/hello/who HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 9\r\n\r\n[');
    while (clock.size === timers) await settled(1);
    // Node's own timer would end the request before that.
    expect(socket.timeout ?? 0).toBe(0);
    await clock.advance(80_000);
    expect(raw.received.length).toBe(0);
    await clock.advance(10_000);
    await raw.closed;
    expect(raw.received.toString()).toMatch(/^HTTP\/1\.1 408 [\s\S]*deadline_exceeded/);
  });
});

it('a server that closes during an upgrade is reported at once', async () => {
  await using shared = await httpServer();
  shared.server.on('upgrade', (_request, socket: Duplex) => socket.destroy());
  await expect(
    new WebSocketTransport().connect(`ws://127.0.0.1:${shared.port}`, { clock: new VirtualClock() }),
  ).rejects.toMatchObject({
    code: 'unavailable',
    message: expect.stringContaining('socket hang up'),
  });
});
