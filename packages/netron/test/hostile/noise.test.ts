/** B15: names that a peer makes up become neither lines in the log nor names in what is measured. */
import { expect, it } from 'vitest';
import { MemoryTransport } from '../../src/index.js';
import { writeCall, writeEvent, writePipe } from '../../src/wire/packets.js';
import { randomFrom } from '../fuzz/link-packets.js';
import { settled } from '../integration/nodes.js';
import { type Log, target } from './attacked.js';
import { greeting, Stranger, system, visit, type Write } from './stranger.js';

it('B15: 2,000 random names of each kind cause at most 10 log lines and 2 reported method names', async () => {
  const transport = new MemoryTransport();
  const lines: string[] = [];
  const note = (...given: unknown[]): void => void lines.push(JSON.stringify(given));
  const logger: Omit<Log, 'lines'> = { debug: note, info: note, warn: note, error: note };
  // Everything is logged that can be.
  await using attacked = await target(transport, { logger, logLevel: 'debug' });
  const { node } = attacked;
  const told = new Set<string>();
  for (const event of ['rpc:start', 'rpc:end'] as const) {
    node.on(event, (data) => {
      const call = ('context' in data ? data.context : data) as { service: string; method: string };
      told.add(`${call.service}.${call.method}`);
    });
  }
  const stranger = await visit(node);
  await stranger.query('everything');
  lines.length = 0;
  told.clear();
  const random = randomFrom(5);
  const name = (): string => `made-up-${random(2 ** 30).toString(36)}`;
  const asking: readonly ((id: number) => Write)[] = [
    (id) => (to) => writeCall(to, id, 0, system.query, 0, undefined, [name()]),
    (id) => (to) => writeCall(to, id, 0, system.task, 0, undefined, [name()]),
    (id) => (to) => writeCall(to, id, 0, system.answer, 0, undefined, [id, name(), 1]),
    (id) => (to) => writeCall(to, id, 0, system.conceal, 0, undefined, [name()]),
    (id) => (to) => writeCall(to, id, 1 + random(2 ** 20), random(2 ** 20), 0, { headers: { [name()]: name() } }, [name()]),
    (id) => (to) => writePipe(to, id, random(1_000), [name()], 0, undefined, []),
    (id) => (to) => writeEvent(to, id, name(), 1),
  ];
  for (const ask of asking) {
    for (let made = 0; made < 2_000; made += 500) {
      stranger.say(...Array.from({ length: 500 }, (_, number) => ask(1_000 + made + number)));
      await settled(4);
      stranger.heard.length = 0;
    }
  }
  expect(stranger.ended).toBe(false);
  expect(lines.length).toBeLessThanOrEqual(10);
  expect(told.size).toBeLessThanOrEqual(2);
  stranger.leave();
});

it('B15: 1,000 refused peers with different ids cause 10 log lines a second, which count the others and contain no credentials', async () => {
  const transport = new MemoryTransport();
  const lines: string[] = [];
  const note = (...given: unknown[]): void => void lines.push(JSON.stringify(given));
  await using attacked = await target(transport, {
    logger: { debug: note, info: note, warn: note, error: note },
    logLevel: 'warn',
    authenticate: () => {
      throw new Error('no');
    },
  });
  const visits = async (from: number, to: number): Promise<void> => {
    for (let number = from; number < to; number += 1) {
      const stranger = new Stranger(await transport.connect(attacked.node.addresses[0] as string));
      stranger.say(greeting({ id: `guest-${number}`, credentials: 'hunter2' }));
      await stranger.end();
    }
  };
  await visits(0, 1_000);
  expect(lines).toHaveLength(10);
  await attacked.clock.advance(1_000);
  await visits(1_000, 1_001);
  expect(lines).toHaveLength(11);
  expect(lines[10]).toContain('"id":"guest-1000"');
  expect(lines[10]).toContain('"suppressed":990');
  expect(lines.join('\n')).not.toContain('hunter2');
});

it('B15: 100 peers that violate the protocol cause 10 log lines a second, which count the others', async () => {
  const transport = new MemoryTransport();
  const lines: string[] = [];
  const note = (...given: unknown[]): void => void lines.push(JSON.stringify(given));
  await using attacked = await target(transport, {
    ...{ logger: { debug: note, info: note, warn: note, error: note }, logLevel: 'warn' },
  });
  const broken = async (): Promise<void> => {
    const stranger = await visit(attacked.node);
    stranger.send(Uint8Array.of(0));
    await stranger.end();
  };
  for (let number = 0; number < 100; number += 1) await broken();
  expect(lines).toHaveLength(10);
  await attacked.clock.advance(1_000);
  await broken();
  expect(lines).toHaveLength(11);
  expect(lines[10]).toContain('"suppressed":90');
});
