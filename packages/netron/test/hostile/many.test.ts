/** A10, B8, B13: many of anything from one or many peers does not hold the others up. */
import { expect, it } from 'vitest';
import { Netron, type RemotePeer } from '../../src/index.js';
import { writeHello, writePong } from '../../src/wire/packets.js';
import { quiet, until } from '../integration/nodes.js';
import { Raw } from '../transport/raw.js';
import { everything, Watch } from './attacked.js';
import { message, visit } from './stranger.js';

async function serve() {
  const server = await Netron.create({
    logger: quiet,
    stopTimeout: 0,
    transports: { tcp: { port: 0 } },
    handshakeTimeout: 1_000,
  });
  await server.peer.exposeService(everything());
  const friend = await Netron.create({ logger: quiet, stopTimeout: 0 });
  const peer = await friend.connect(server.addresses[0] as string);
  const service = await peer.queryInterface<{ echo(value: number): Promise<number> }>('everything');
  return {
    server,
    port: Number(new URL(server.addresses[0] as string).port),
    service,
    peer,
    async [Symbol.asyncDispose]() {
      await Promise.all([friend.stop(), server.stop()]);
    },
  };
}

/** Calls one after the other until `done`; answers the times they took, shortest first. */
async function measure(service: { echo(value: number): Promise<number> }, done: () => boolean): Promise<number[]> {
  const times: number[] = [];
  do {
    const start = performance.now();
    await service.echo(1);
    times.push(performance.now() - start);
  } while (!done());
  return times.sort((a, b) => a - b);
}

/** As a message of a TCP connection. */
function frame(bytes: Uint8Array): Buffer {
  const header = Buffer.alloc(4);
  header.writeUInt32BE(bytes.length);
  return Buffer.concat([header, bytes]);
}

const pong = (number: number) => (to: Parameters<typeof writePong>[0]) => writePong(to, number);

it('A10: 50,000 tiny packets in one message, and 50,000 messages in one write: other calls take ≤ 250 ms', async () => {
  using watch = new Watch();
  await using parts = await serve();
  const stranger = await visit(parts.server);
  const packets = message(...Array.from({ length: 50_000 }, (_, number) => pong(number)));
  const tries: number[] = [];
  for (let attempt = 0; attempt < 3; attempt += 1) {
    let over = false;
    stranger.send(packets);
    const messages = new Raw(parts.port);
    await messages.write(frame(message((to) => writeHello(to, 1, { id: `raw-${attempt}` }))));
    await messages.until((received) => received.length > 0);
    const many = Buffer.concat(Array.from({ length: 50_000 }, (_, number) => frame(message(pong(number)))));
    const measured = measure(parts.service, () => over);
    await messages.write(many);
    await stranger.call(0, 0, ['everything']);
    over = true;
    tries.push((await measured).at(-1) as number);
    messages.socket.destroy();
  }
  expect(Math.min(...tries)).toBeLessThan(250);
  expect(stranger.ended).toBe(false);
  expect(watch.uncaught).toEqual([]);
  stranger.leave();
}, 60_000);

it('B8: 300 peers that send their hello byte by byte are dropped; new connections take p99 < 50 ms meanwhile', async () => {
  await using parts = await serve();
  const hello = frame(message((to) => writeHello(to, 1, { id: 'slow' })));
  const slow = Array.from({ length: 300 }, () => new Raw(parts.port));
  let at = 0;
  const timer = setInterval(() => {
    for (const raw of slow) if (!raw.socket.destroyed && raw.socket.writable) raw.socket.write(hello.subarray(at, at + 1));
    at += 1;
  }, 250);
  const times: number[] = [];
  const start = performance.now();
  while (performance.now() - start < 900) {
    const before = performance.now();
    const stranger = await visit(parts.server);
    times.push(performance.now() - before);
    stranger.leave();
  }
  times.sort((a, b) => a - b);
  expect(times[Math.floor(times.length * 0.99) - 1]).toBeLessThan(50);
  await Promise.all(slow.map((raw) => raw.closed));
  clearInterval(timer);
  expect(performance.now() - start).toBeLessThan(5_000);
  await until(() => parts.server.peers.size === 1);
}, 30_000);

it('B13: a flood of 5,000 connections: who is connected sees 0 errors and p99 < 100 ms; afterwards everything is as before', async () => {
  const count = Number(process.env.FLOOD ?? 5_000);
  await using parts = await serve();
  let over = false;
  const measured = measure(parts.service, () => over);
  let refused = 0;
  for (let made = 0; made < count; ) {
    const batch = Array.from({ length: 50 }, async () => {
      try {
        (await visit(parts.server)).leave();
      } catch {
        refused += 1;
      }
    });
    await Promise.all(batch);
    made += batch.length;
  }
  over = true;
  const times = await measured;
  expect(times[Math.floor(times.length * 0.99)]).toBeLessThan(100);
  expect(refused).toBe(0);
  await until(() => parts.server.peers.size === 1);
  expect((parts.peer as RemotePeer).state).toBe('ready');
}, 60_000);
