/** Stopped means sent: a program may exit as soon as `stop()` has resolved. */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { rmSync } from 'node:fs';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { defineService, Netron, type RemotePeer } from '../../src/index.js';
import { writeCall } from '../../src/wire/packets.js';
import { freshPath } from '../contract/temporary.js';
import { message, visit } from '../hostile/stranger.js';
import { quiet, settled } from './nodes.js';
import { bundle } from './programs.js';
import { VirtualClock } from './virtual-clock.js';

const program = `${freshPath()}.mjs`;
beforeAll(() => bundle(import.meta.dirname, 'last-answer', program));
afterAll(() => rmSync(program, { force: true }));

interface Giver {
  give(length: number): Promise<Uint8Array>;
}

it.each([
  ['tcp', 'json'],
  ['websocket', 'json'],
  ['unix', 'json'],
  ['ipc', 'json'],
  ['ipc', 'advanced'],
] as const)('an answer of 900 KB over %s (%s) arrives complete although the process ends at once', async (way, serialization) => {
  const child = fork(program, [way, freshPath()], { serialization });
  const exited = once(child, 'exit');
  const [address] = (await once(child, 'message')) as [string];
  await using client = await Netron.create({ logger: quiet, maxReconnectAttempts: 0, stopTimeout: 0 });
  const peer = await client.connect(way === 'ipc' ? child : address);
  const giver = await peer.queryInterface<Giver>('giver');
  const bytes = await giver.give(900_000);
  expect([bytes.length, bytes.every((byte) => byte === 7)]).toEqual([900_000, true]);
  expect(await exited).toEqual([0, null]);
});

it('stop() waits for unread answers within its time limit, and counts them as unfinished', async () => {
  const clock = new VirtualClock();
  const node = await Netron.create({ clock, logger: quiet, transports: { tcp: { port: 0 } } });
  const chunk = new Uint8Array(64 * 1024);
  await node.peer.exposeService(defineService({ name: 'giver@1.0.0', methods: { give: () => chunk } }));
  const stranger = await visit(node);
  const handle = await stranger.query('giver');
  stranger.connection.pause();
  const [back] = [...node.peers.values()] as [RemotePeer];
  const unsent = (): number => back.link?.outbox.pending ?? 0;
  for (let id = 1_000; unsent() < 500_000 && id < 3_000; id += 1) {
    stranger.send(message((to) => writeCall(to, id, handle, 0, 0, undefined, [])));
    await settled(1);
  }
  let stopped = false;
  const stopping = node.stop({ timeout: 2_000 }).then(() => {
    stopped = true;
  });
  await settled();
  await clock.advance(1_990);
  expect([stopped, unsent() > 0]).toEqual([false, true]);
  await clock.settle(stopping);
  expect(node.unfinished).toBeGreaterThan(0);
  stranger.leave();
});
