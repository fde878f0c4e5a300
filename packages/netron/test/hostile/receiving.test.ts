/** One budget of a node for what is being received: who takes all of it delays nobody's short calls. */
import { expect, it } from 'vitest';
import { Netron } from '../../src/index.js';
import { defaultLimits } from '../../src/wire/limits.js';
import { kinds, writePart } from '../../src/wire/packets.js';
import { failure, quiet, settled, until } from '../integration/nodes.js';
import { target, Watch } from './attacked.js';
import { codeOf, MemoryTransport, visit } from './stranger.js';

const MiB = 2 ** 20;

it('B2, B3: unfinished messages of 40 peers take at most the memory of limits.receiving', async () => {
  const transport = new MemoryTransport();
  using watch = new Watch();
  await using attacked = await target(transport, { limits: { message: 2 * MiB, receiving: 4 * MiB } });
  const friend = await Netron.create({ id: 'friend', logger: quiet, stopTimeout: 0, additionalTransports: [transport] });
  const peer = await friend.connect(attacked.node.addresses[0] as string);
  const service = await peer.queryInterface<{ echo<T>(value: T): Promise<T> }>('everything');
  const strangers = [];
  for (let count = 0; count < 40; count += 1) {
    const stranger = await visit(attacked.node, { features: ['parts'] });
    const start = { length: 2 * MiB, first: kinds.call, number: 7 };
    for (let part = 0; part < 8; part += 1)
      stranger.say((to) => writePart(to, 1, part === 0 ? start : undefined, new Uint8Array(64 * 1024)));
    strangers.push(stranger);
  }
  await settled();
  const links = [...attacked.node.peers.values()].flatMap(({ link }) => link ?? []);
  const held = links.reduce((sum, { account }) => sum + account.held, 0);
  // 64 KiB of each peer come free.
  expect(held).toBeLessThanOrEqual(4 * MiB + 41 * 64 * 1024);
  const refused = strangers.filter(({ heard }) => heard.some(({ kind }) => kind === 'error'));
  expect(refused.length).toBeGreaterThan(20);
  for (const stranger of refused) expect(codeOf(await stranger.answer(7))).toBe('resource_exhausted');
  expect(strangers.filter(({ ended }) => ended)).toEqual([]);
  expect(await service.echo('short')).toBe('short');
  expect(await failure(service.echo(new Uint8Array(MiB)))).toMatchObject({
    code: 'resource_exhausted',
    retryable: true,
    outcome: 'not_run',
    message: expect.stringContaining('limits.receiving'),
  });
  for (const stranger of strangers) stranger.leave();
  await until(() => attacked.node.peers.size === 1);
  expect((await service.echo(new Uint8Array(MiB))).length).toBe(MiB);
  expect(attacked.node.peers.get('friend')?.link?.account.held).toBe(0);
  expect(watch.uncaught).toEqual([]);
  await friend.stop();
});

it('an unfinished message is discarded after 30 s, and its call fails with deadline_exceeded', async () => {
  const transport = new MemoryTransport();
  await using attacked = await target(transport);
  const stranger = await visit(attacked.node, { features: ['parts'] });
  stranger.say((to) => writePart(to, 1, { length: MiB, first: kinds.call, number: 9 }, new Uint8Array(1_000)));
  await settled();
  for (let second = 0; second < 40; second += 1) {
    await attacked.clock.advance(1_000);
    if (second % 10 === 0) stranger.send(Uint8Array.of(kinds.pong, 0));
    await settled(1);
  }
  expect(codeOf(await stranger.answer(9))).toBe('deadline_exceeded');
  stranger.leave();
});

it('a peer without the feature cannot send message parts, and keeps the smaller limit', async () => {
  const transport = new MemoryTransport();
  await using attacked = await target(transport);
  const stranger = await visit(attacked.node);
  stranger.say((to) => writePart(to, 1, { length: 10, first: kinds.call, number: 9 }, new Uint8Array(10)));
  await stranger.end();
  const long = await visit(attacked.node);
  long.send(new Uint8Array(MiB + 1));
  expect((await long.end())?.message).toContain('1009');
  const parts = await visit(attacked.node, { features: ['parts'] });
  parts.say((to) => writePart(to, 1, { length: defaultLimits.message + 1, first: kinds.call, number: 9 }, new Uint8Array(10)));
  expect((await parts.end())?.message).toContain('1009');
});
