/** A10, B8, B13: many of anything from one or many peers does not hold the others up. */
import { expect, it } from 'vitest';
import { Netron, type RemotePeer } from '../../src/index.js';
import { writeCall, writeHello, writePong } from '../../src/wire/packets.js';
import { quiet, until } from '../integration/nodes.js';
import { VirtualClock } from '../integration/virtual-clock.js';
import { Raw } from '../transport/raw.js';
import { WorkCounter } from '../work.js';
import { everything, Watch } from './attacked.js';
import { message, visit } from './stranger.js';

async function serve(clock?: VirtualClock) {
  const server = await Netron.create({
    ...(clock && { clock }),
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

/** As a message of a TCP connection. */
function frame(bytes: Uint8Array): Buffer {
  const header = Buffer.alloc(4);
  header.writeUInt32BE(bytes.length);
  return Buffer.concat([header, bytes]);
}

const pong = (number: number) => (to: Parameters<typeof writePong>[0]) => writePong(to, number);

it('A10: 50,000 tiny packets in one message, and 50,000 messages in one write, take linear work', async () => {
  using watch = new Watch();
  await using parts = await serve();
  const stranger = await visit(parts.server);
  const packets = message(...Array.from({ length: 50_000 }, (_, number) => pong(number)));
  const many = Buffer.concat(Array.from({ length: 50_000 }, (_, number) => frame(message(pong(number)))));
  const messages = new Raw(parts.port);
  await messages.write(frame(message((to) => writeHello(to, 1, { id: 'raw' }))));
  await messages.until((received) => received.length > 0);
  using work = new WorkCounter();
  stranger.send(packets);
  await stranger.call(0, 0, ['everything']);
  expect(work.take()).toBeLessThan(10 * 50_000);
  await messages.write(many);
  messages.socket.write(frame(message((to) => writeCall(to, 1, 0, 0, 0, undefined, ['everything']))));
  const before = messages.received.length;
  await messages.until((received) => received.length > before);
  // Both ends of the connection are in this process.
  expect(work.take()).toBeLessThan(50 * 50_000);
  expect(await parts.service.echo(1)).toBe(1);
  expect(stranger.ended).toBe(false);
  expect(watch.uncaught).toEqual([]);
  messages.socket.destroy();
  stranger.leave();
});

it('B8: 300 peers that send their hello byte by byte are disconnected and do not delay new connections', async () => {
  const clock = new VirtualClock();
  await using parts = await serve(clock);
  const hello = frame(message((to) => writeHello(to, 1, { id: 'slow' })));
  const slow = Array.from({ length: 300 }, () => new Raw(parts.port));
  for (let at = 0; at < 4; at += 1) await Promise.all(slow.map((raw) => raw.write(hello.subarray(at, at + 1))));
  // No time passes for these.
  for (let made = 0; made < 50; made += 1) (await visit(parts.server)).leave();
  expect(slow.filter(({ ended }) => ended)).toEqual([]);
  await clock.advance(1_100);
  await Promise.all(slow.map((raw) => raw.closed));
  await until(() => parts.server.peers.size === 1);
});

it('B13: a flood of 2,000 connections delays a call of a connected peer by at most two rounds', async () => {
  await using parts = await serve();
  const [count, round] = [2_000, 50];
  let made = 0;
  let refused = 0;
  let most = 0;
  const call = async (): Promise<void> => {
    const before = made;
    await parts.service.echo(1);
    most = Math.max(most, made - before);
  };
  let calling = call();
  while (made < count) {
    const batch = Array.from({ length: round }, async () => {
      try {
        (await visit(parts.server)).leave();
      } catch {
        refused += 1;
      }
      made += 1;
    });
    await Promise.all([...batch, calling]);
    calling = call();
  }
  await calling;
  expect(most).toBeLessThanOrEqual(2 * round);
  expect(refused).toBe(0);
  await until(() => parts.server.peers.size === 1);
  expect((parts.peer as RemotePeer).state).toBe('ready');
});
