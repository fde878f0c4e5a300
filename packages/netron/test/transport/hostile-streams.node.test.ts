import { afterEach, describe, expect, it } from 'vitest';
import { TcpTransport } from '../../src/transport/node/tcp.js';
import { TlsTransport } from '../../src/transport/node/tls.js';
import { WebSocketTransport } from '../../src/transport/node/websocket.js';
import type { Connection, ListenOptions, Server, Transport } from '../../src/transport/transport.js';
import { Probe, pattern } from '../contract/probe.js';
import { VirtualClock } from '../integration/virtual-clock.js';
import { makeCertificates } from './certificates.js';
import { Raw, rawWebSocket, upgradeRequest, webSocketFrame } from './raw.js';

const MiB = 1024 * 1024;
const tcp = new TcpTransport();
const websocket = new WebSocketTransport();
const servers: Server[] = [];
const ends: { connection: Connection; probe: Probe }[] = [];
const raws: Raw[] = [];

afterEach(async () => {
  for (const raw of raws.splice(0)) raw.socket.destroy();
  for (const { connection } of ends.splice(0)) connection.terminate();
  for (const server of servers.splice(0)) await server.close();
});

const start = (connection: Connection) => {
  const probe = new Probe();
  probe.countOnly = true;
  connection.start(probe);
  const end = { connection, probe };
  ends.push(end);
  return end;
};
const serve = async (transport: Transport, options?: ListenOptions, onEnd = (_end: ReturnType<typeof start>) => {}) => {
  const server = await transport.listen(0, options);
  servers.push(server);
  const accepted: ReturnType<typeof start>[] = [];
  let onAccept = () => {};
  server.accept((connection) => {
    const end = start(connection);
    onEnd(end);
    accepted.push(end);
    onAccept();
  });
  const acceptedAtLeast = (count: number) =>
    new Promise<void>((resolve) => {
      onAccept = () => {
        if (accepted.length >= count) resolve();
      };
      onAccept();
    });
  return { server, port: Number(new URL(server.address).port), accepted, acceptedAtLeast };
};
const raw = (port: number) => {
  const made = new Raw(port);
  raws.push(made);
  return made;
};
const header = (length: number) => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(length, 0);
  return bytes;
};
describe('hostile streams', () => {
  it.each([
    ['a length of zero', header(0), 1002],
    ['a length over the limit', header(MiB + 1), 1009],
    ['the longest length', header(0x7fff_ffff), 1009],
    ['a last frame without a code', header(0x8000_0001), 1002],
    ['a last frame that is too long', header(0x8000_007e), 1002],
    ['an HTTP request', Buffer.from('GET / HTTP/1.1\r\nHost: a\r\n\r\n'), 1009],
    ['a TLS ClientHello', Buffer.from('16030100c8010000c40303', 'hex'), 1009],
  ])('%s closes the connection with a close code', async (_, bytes, code) => {
    const { port, accepted, acceptedAtLeast } = await serve(tcp);
    const stranger = raw(port);
    await stranger.write(bytes);
    await stranger.closed;
    expect(stranger.received.readUInt16BE(4)).toBe(code);
    await acceptedAtLeast(1);
    expect(await accepted[0]?.probe.end()).toMatchObject({ details: { closeCode: code } });
  });

  it('a truncated message is an error and is not delivered', async () => {
    const { port, accepted, acceptedAtLeast } = await serve(tcp);
    const stranger = raw(port);
    await stranger.write(Buffer.concat([header(3), Buffer.from('abc'), header(100), Buffer.from('x')]));
    stranger.socket.end();
    await acceptedAtLeast(1);
    expect(await accepted[0]?.probe.end()).toMatchObject({ code: 'unavailable' });
    expect(accepted[0]?.probe.count).toBe(1);
  });

  it('B3: 50 connections that announce 90 MB each take no memory', async () => {
    const { port, acceptedAtLeast } = await serve(tcp, { maxMessage: 100 * MiB });
    const web = await serve(websocket, { maxMessage: 100 * MiB });
    const before = process.memoryUsage().arrayBuffers;
    for (let i = 0; i < 50; i++) {
      await raw(port).write(Buffer.concat([header(90_000_000), pattern(10)]));
      const stranger = await rawWebSocket(web.port);
      raws.push(stranger);
      await stranger.write(webSocketFrame(0x82, pattern(10), { length: 90_000_000 }));
    }
    await acceptedAtLeast(50);
    await web.acceptedAtLeast(50);
    // One message of those that are announced would be 90 MB.
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(16 * MiB);
  });

  it.each([
    ['tcp', tcp, Buffer.concat([header(1), Buffer.from('x')])],
    ['websocket', websocket, webSocketFrame(0x82, Buffer.from('x'))],
  ])('A10: 50,000 tiny messages over %s do not delay other connections', async (name, transport, message) => {
    const clock = new VirtualClock();
    const { server, port, accepted, acceptedAtLeast } = await serve(transport, { clock });
    const neighbour = start(await transport.connect(server.address));
    await acceptedAtLeast(1);
    const far = accepted[0] as (typeof accepted)[number];
    far.probe.onMessage = () => far.connection.send(Uint8Array.of(1));
    const stranger = name === 'tcp' ? raw(port) : await rawWebSocket(port);
    raws.push(stranger);
    await acceptedAtLeast(2);
    const flooded = accepted[1] as (typeof accepted)[number];
    // A message costs its receiver a millisecond of the clock that the transport asks, which tells it to give way.
    flooded.probe.onMessage = () => clock.sleep(1);
    let most = 0;
    stranger.socket.write(Buffer.concat(Array.from({ length: 50_000 }, () => message)));
    for (let calls = 1; flooded.probe.count < 50_000; calls++) {
      const before = flooded.probe.count;
      neighbour.connection.send(Uint8Array.of(1));
      await neighbour.probe.until(() => neighbour.probe.count >= calls);
      most = Math.max(most, flooded.probe.count - before);
    }
    expect(flooded.probe.errors).toEqual([]);
    expect(most).toBeLessThan(1_000);
  });

  it('a message received byte by byte takes linear work and arrives complete', async () => {
    const { port, accepted, acceptedAtLeast } = await serve(tcp);
    const stranger = raw(port);
    const message = pattern(5_000);
    for (const byte of Buffer.concat([header(message.length), message])) stranger.socket.write(Uint8Array.of(byte));
    await acceptedAtLeast(1);
    const probe = accepted[0]?.probe as Probe;
    probe.countOnly = false;
    expect(await probe.take(1)).toEqual([Buffer.from(message)]);
  });

  it('B13: limits connections by address', async () => {
    for (const transport of [tcp, websocket]) {
      const { server } = await serve(transport, { maxConnectionsPerAddress: 3 }, (end) => {
        end.probe.onMessage = () => end.connection.send(Uint8Array.of(1));
      });
      const outcomes = await Promise.all(
        Array.from({ length: 6 }, () =>
          transport.connect(server.address).then(
            async (connection) => {
              const { probe } = start(connection);
              connection.send(Uint8Array.of(1));
              return Promise.race([probe.end(), probe.take(1).then(() => 'open')]);
            },
            (error: unknown) => error,
          ),
        ),
      );
      expect(outcomes.filter((outcome) => outcome === 'open').length).toBe(3);
      for (const outcome of outcomes) if (outcome !== 'open') expect(outcome).toMatchObject({ code: 'unavailable' });
    }
  });

  it('B13: a flood of connections does not affect established ones', async () => {
    const { server, port, accepted, acceptedAtLeast } = await serve(tcp, { maxConnections: 200 });
    const near = start(await tcp.connect(server.address));
    await acceptedAtLeast(1);
    const far = accepted[0] as (typeof accepted)[number];
    far.probe.onMessage = () => far.connection.send(Uint8Array.of(1));
    const strangers = Array.from({ length: 1_000 }, () => raw(port));
    for (let calls = 1; calls <= 100; calls++) {
      near.connection.send(Uint8Array.of(1));
      await near.probe.until(() => near.probe.count >= calls);
    }
    await Promise.all(strangers.slice(-500).map((stranger) => stranger.closed));
    expect(accepted.length).toBeLessThanOrEqual(200);
    expect(near.probe.errors).toEqual([]);
    expect(far.probe.errors).toEqual([]);
  });
});

describe('slow handshakes', () => {
  it('B8: 300 unfinished upgrades or TLS handshakes are closed after 10 s and do not delay other connections', async () => {
    const clock = new VirtualClock();
    const { server, port } = await serve(websocket, { clock });
    const tls = new TlsTransport();
    const { server: good } = makeCertificates();
    const secure = await tls.listen(0, { tls: good, clock });
    servers.push(secure);
    const request = upgradeRequest();
    const slow = Array.from({ length: 300 }, () => raw(port));
    const silent = [raw(port), raw(Number(new URL(secure.address).port))];
    const all = [...slow, ...silent];
    const hello = Buffer.from('1603010200010001fc0303', 'hex');
    const drip = (step: number): Promise<unknown> =>
      Promise.all([
        ...slow.map((stranger) => stranger.write(request[step] as string)),
        silent[1]?.write(hello.subarray(step, step + 1)),
      ]);
    for (let step = 0; step < 4; step += 1) await drip(step);
    while (clock.size < all.length) await new Promise((resolve) => setImmediate(resolve));
    // No time passes for these.
    for (let made = 0; made < 50; made += 1) start(await websocket.connect(server.address));
    await clock.advance(9_900);
    await drip(4);
    expect(all.filter(({ ended }) => ended)).toEqual([]);
    await clock.advance(200);
    await Promise.all(all.map((stranger) => stranger.closed));
  });
});
