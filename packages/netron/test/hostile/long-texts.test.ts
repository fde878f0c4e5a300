/** Texts of others that are kept or logged are cut, however long they come. */
import { expect, it } from 'vitest';
import { Netron } from '../../src/index.js';
import { closeError } from '../../src/transport/close.js';
import { writeGoodbye } from '../../src/wire/packets.js';
import { failure, until } from '../integration/nodes.js';
import { VirtualClock } from '../integration/virtual-clock.js';
import { Log, target } from './attacked.js';
import { MemoryTransport, strangeServer, visit } from './stranger.js';

const long = 'x; = '.repeat(20_000);
/** Characters of a text that was cut, and what stands around it in a line of the log. */
const longestLine = 1_024 + 300;

it('truncates the reason of a goodbye in the log and for listeners', async () => {
  const log = new Log();
  await using attacked = await target(new MemoryTransport(), { logger: log });
  const stranger = await visit(attacked.node);
  const [peer] = attacked.node.peers.values();
  const reasons: string[] = [];
  peer?.on('draining', (reason) => void reasons.push(reason));
  stranger.say((to) => writeGoodbye(to, { code: 'unavailable', reason: long }));
  await until(() => reasons.length === 1);
  expect(reasons).toEqual([long.slice(0, 1_024)]);
  expect(log.lines.some((line) => line.includes('the peer accepts no more calls'))).toBe(true);
  expect(Math.max(...log.lines.map((line) => line.length))).toBeLessThan(longestLine);
  stranger.leave();
});

it('truncates the reason of a goodbye that is sent instead of a hello', async () => {
  const transport = new MemoryTransport();
  await using server = await strangeServer(transport, (stranger) => {
    stranger.say((to) => writeGoodbye(to, { code: 'failed_precondition', reason: long.slice(0, 60_000) }));
    stranger.leave();
  });
  const log = new Log();
  const node = await Netron.create({ clock: new VirtualClock(), logger: log, stopTimeout: 0, additionalTransports: [transport] });
  const error = await failure(node.connect(server.address, { maxReconnectAttempts: 0 }));
  expect(error.message).toHaveLength(1_024);
  expect(Math.max(0, ...log.lines.map((line) => line.length))).toBeLessThan(longestLine);
  await node.stop();
});

it('truncates the reason of an authentication failure, which may contain the credentials', async () => {
  const log = new Log();
  await using attacked = await target(new MemoryTransport(), {
    logger: log,
    authenticate: (token) => {
      throw new Error('the token is not valid', { cause: new TypeError(`unexpected algorithm '${String(token)}'`) });
    },
  });
  const client = await visit(attacked.node, { credentials: long.slice(0, 60_000) }).catch((error: Error) => error);
  await until(() => log.lines.some((line) => line.includes('authentication failed')));
  expect(client).toMatchObject({ message: 'the greeting was not answered' });
  expect(Math.max(...log.lines.map((line) => line.length))).toBeLessThan(longestLine);
});

it('truncates the close reason of transports without a limit of their own', () => {
  const error = closeError(1008, `${'x'.repeat(120)}äöü${long}`);
  expect(error?.details).toEqual({ closeCode: 1008, reason: `${'x'.repeat(120)}ä` });
  expect(error?.message).toContain(`1008: ${'x'.repeat(120)}ä`);
  expect(error?.message.length).toBeLessThan(200);
});
