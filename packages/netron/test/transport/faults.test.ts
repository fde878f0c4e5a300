import { afterEach, describe, expect, it } from 'vitest';
import { NetronError } from '../../src/errors/netron-error.js';
import { TcpTransport } from '../../src/transport/node/tcp.js';
import { UnixSocketTransport } from '../../src/transport/node/unix.js';
import { WebSocketTransport } from '../../src/transport/node/websocket.js';
import type { Connection, Server, Transport } from '../../src/transport/transport.js';
import { Probe, pattern, sameBytes } from '../contract/probe.js';
import { freshPath } from '../contract/temporary.js';
import { VirtualClock } from '../integration/virtual-clock.js';
import { FaultProxy, type Faults } from './fault-proxy.js';

const ways = [
  ['tcp', new TcpTransport(), (proxy: FaultProxy) => `tcp://127.0.0.1:${proxy.port}`],
  ['websocket', new WebSocketTransport(), (proxy: FaultProxy) => `ws://127.0.0.1:${proxy.port}`],
  ['unix', new UnixSocketTransport(), (_: FaultProxy, path: string) => `unix:${path}`],
] as const;

describe.each(ways)('%s over a faulty connection', (name, transport: Transport, addressOf) => {
  const closing: { close(): Promise<void> }[] = [];
  const ends: { connection: Connection; probe: Probe }[] = [];
  let server: Server;

  const through = async (faults: Faults) => {
    server = await transport.listen(name === 'unix' ? freshPath() : 0);
    server.accept((connection) => start(connection));
    const target =
      name === 'unix' ? { path: server.address.slice(5) } : { host: '127.0.0.1', port: Number(new URL(server.address).port) };
    const proxy = new FaultProxy(target, faults);
    const path = freshPath();
    await proxy.listen(name === 'unix' ? path : undefined);
    closing.push(proxy, server);
    return { proxy, address: addressOf(proxy, path) };
  };
  const start = (connection: Connection) => {
    const end = { connection, probe: new Probe() };
    connection.start(end.probe);
    ends.push(end);
    return end;
  };

  afterEach(async () => {
    for (const { connection } of ends.splice(0)) connection.terminate();
    await Promise.all(closing.splice(0).map((part) => part.close()));
  });

  it('ends with an error on both ends when the connection is cut, at every byte', async () => {
    const sent = [pattern(1, 1), pattern(20, 2), pattern(130, 3)];
    const { proxy, address } = await through({});
    // On a stream these messages are 163 bytes; a WebSocket has its upgrade before them.
    const last = name === 'websocket' ? 320 : 163;
    for (let cutAfter = 0; cutAfter < last; cutAfter++) {
      proxy.faults = { cutAfter, reset: cutAfter % 2 === 0 };
      const connection = await transport.connect(address, { clock: new VirtualClock() }).catch((error: unknown) => error);
      if (!(connection instanceof Object && 'send' in connection)) {
        expect(connection).toMatchObject({ code: 'unavailable' });
        continue;
      }
      const near = start(connection as Connection);
      for (const message of sent) near.connection.send(message);
      expect(await near.probe.end()).toMatchObject({ code: 'unavailable' });
    }
    for (const { probe } of ends) {
      expect(await probe.end()).toBeInstanceOf(NetronError);
      expect(probe.errors.length).toBe(1);
      expect(probe.messages.every((message, i) => sameBytes(message, sent[i] as Uint8Array))).toBe(true);
    }
  });

  it('ends with an error on both ends after a reset', async () => {
    const { proxy, address } = await through({});
    const near = start(await transport.connect(address));
    near.connection.send(pattern(10));
    while (ends.length < 2) await new Promise((resolve) => setImmediate(resolve));
    const far = ends.find((end) => end !== near) as (typeof ends)[number];
    await far.probe.take(1);
    proxy.reset();
    expect(await near.probe.end()).toMatchObject({ code: 'unavailable' });
    expect(await far.probe.end()).toMatchObject({ code: 'unavailable' });
  });

  it('reports backpressure while nothing is transferred, and can be terminated at once', async () => {
    const { address } = await through({ stallAfter: 1_000 });
    const near = start(await transport.connect(address));
    while (near.connection.send(pattern(64 * 1024)));
    expect(near.connection.pending).toBeGreaterThan(0);
    near.connection.terminate();
    expect(await near.probe.end()).toBeUndefined();
    expect(near.connection.pending).toBe(0);
  });
});

describe('an upgrade over a faulty connection', () => {
  it('times out when the response does not arrive', async () => {
    const transport = new WebSocketTransport();
    const server = await transport.listen();
    const proxy = new FaultProxy({ host: '127.0.0.1', port: Number(new URL(server.address).port) }, { stallAfter: 50 });
    await proxy.listen();
    const attempt = transport.connect(`ws://127.0.0.1:${proxy.port}`, { timeout: 100 });
    await expect(attempt).rejects.toMatchObject({ code: 'deadline_exceeded' });
    await proxy.close();
    await server.close();
  });
});
