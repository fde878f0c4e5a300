/** Sessions of those who claim what is not theirs, or cannot be. */
import { describe, expect, it } from 'vitest';
import { MemoryTransport, Netron, type NetronOptions } from '../../src/index.js';
import { writeAck, writePing } from '../../src/wire/packets.js';
import { until } from '../integration/nodes.js';
import { shop } from '../integration/resumed.js';
import { VirtualClock } from '../integration/virtual-clock.js';
import { Log } from './attacked.js';
import { visit } from './stranger.js';

describe('hostile sessions', () => {
  const secret = (value: number): Uint8Array => new Uint8Array(16).fill(value);

  async function attackedNode(options: NetronOptions = {}) {
    const log = new Log();
    const node = await Netron.create({
      ...{ additionalTransports: [new MemoryTransport()], transports: { memory: true }, logger: log, stopTimeout: 0 },
      ...options,
    });
    await node.peer.exposeService(shop().service);
    return { node, log, [Symbol.asyncDispose]: () => node.stop() };
  }

  const begins = (fields: Record<string, unknown> = {}): Record<string, unknown> => ({
    ...{ id: 'someone', session: secret(1), next: secret(2), features: ['resume'] },
    ...fields,
  });
  const hello = (stranger: { heard: readonly { kind: string; fields: readonly unknown[] }[] }): Record<string, unknown> =>
    stranger.heard.find(({ kind }) => kind === 'hello')?.fields[1] as Record<string, unknown>;

  it.each([
    ['nothing', {}, 2],
    ['1 MiB', { buffer: 1_048_576 }, 0],
    ['an invalid number of bytes', { buffer: 'much' }, 2],
  ])('a peer that buffers %s receives acknowledgements when it needs them', async (_, fields, told) => {
    await using attacked = await attackedNode({ session: { buffer: 131_072 }, clock: new VirtualClock() });
    const stranger = await visit(attacked.node, begins(fields));
    expect(hello(stranger)).toMatchObject({ buffer: 131_072 });
    const acks = (): number => stranger.heard.filter(({ kind }) => kind === 'ack').length;
    // Each is a call with an argument that nobody takes.
    for (let id = 1; id <= 2; id += 1) await stranger.call(id, 0, [id, 'x'.repeat(65_536)]);
    expect(acks()).toBe(told);
  });

  it('a secret that was already used starts a new session, and is logged', async () => {
    await using attacked = await attackedNode();
    const first = await visit(attacked.node, begins());
    expect(hello(first)).toMatchObject({ features: ['resume'] });
    expect(hello(first).received).toBeUndefined();
    await first.call(1, 0, [1]);
    first.connection.terminate();
    // The secret that took the place of the first is the one that counts.
    const again = await visit(attacked.node, begins({ session: secret(2), next: secret(3), received: 0 }));
    expect(hello(again).received).toBe(1);
    await again.call(1, 0, [2]);
    again.connection.terminate();
    await until(() => attacked.node.peers.get('someone')?.state === 'suspended');
    const used = await visit(attacked.node, begins({ id: 'another', session: secret(1), next: secret(4), received: 0 }));
    expect(hello(used).received).toBeUndefined();
    expect(attacked.log.lines.join()).toContain('it is unknown, or its secret was already used');
  });

  it('the old secret is valid until the first message over the new connection', async () => {
    await using attacked = await attackedNode();
    const first = await visit(attacked.node, begins());
    await first.call(1, 0, [1]);
    first.connection.terminate();
    // Whoever did not get the answer to its hello shows the same secret again.
    const lost = await visit(attacked.node, begins({ session: secret(2), next: secret(3), received: 0 }));
    lost.connection.terminate();
    const again = await visit(attacked.node, begins({ session: secret(2), next: secret(4), received: 0 }));
    expect(hello(again).received).toBe(1);
  });

  it('another identity starts a new session, and is logged', async () => {
    await using attacked = await attackedNode({ authenticate: (credentials) => ({ id: credentials }) });
    const first = await visit(attacked.node, begins({ credentials: 'ann' }));
    await first.call(1, 0, [1]);
    first.connection.terminate();
    await until(() => attacked.node.peers.get('someone')?.state === 'suspended');
    const other = await visit(attacked.node, begins({ session: secret(2), next: secret(3), received: 0, credentials: 'bob' }));
    expect(hello(other).received).toBeUndefined();
    expect(attacked.log.lines.join()).toContain('it belongs to another identity');
    expect(attacked.node.peers.get('someone')?.identity).toEqual({ id: 'bob' });
  });

  it('impossible message counts start a new session, and are logged', async () => {
    await using attacked = await attackedNode();
    const first = await visit(attacked.node, begins());
    await first.call(1, 0, [1]);
    first.connection.terminate();
    await until(() => attacked.node.peers.get('someone')?.state === 'suspended');
    const other = await visit(attacked.node, begins({ session: secret(2), next: secret(3), received: 1_000 }));
    expect(hello(other).received).toBeUndefined();
    expect(attacked.log.lines.join()).toContain('1000 messages cannot have arrived');
    other.connection.terminate();
    let held = secret(3);
    for (const [number, count] of [-1, 1.5, 2 ** 53, Number.NaN, Infinity, '1', null, [1]].entries()) {
      await until(() => attacked.node.peers.get('someone')?.state === 'suspended');
      const next = secret(10 + number);
      const again = await visit(attacked.node, begins({ session: held, next, received: count as number }));
      held = next;
      expect(hello(again).received, String(count)).toBeUndefined();
      expect(attacked.log.lines.filter((line) => line.includes('the number of received messages is invalid')).length).toBe(
        number + 1,
      );
      again.connection.terminate();
    }
  });

  it('an acknowledgement of unsent messages closes the connection with 1002', async () => {
    await using attacked = await attackedNode();
    const stranger = await visit(attacked.node, begins());
    stranger.say((to) => writeAck(to, 1_000));
    await stranger.until(() => stranger.ended);
    expect(stranger.error).toMatchObject({ code: 'invalid_argument', details: { closeCode: 1002 } });
    expect(stranger.heard.find(({ kind }) => kind === 'goodbye')?.fields[0]).toBe('invalid_argument');
  });

  it('an acknowledgement without a session is ignored as an unknown extension', async () => {
    await using attacked = await attackedNode();
    const stranger = await visit(attacked.node);
    stranger.say(
      (to) => writeAck(to, 1_000),
      (to) => writePing(to, 7),
    );
    await stranger.until(() => stranger.heard.some(({ kind }) => kind === 'pong'));
    expect(stranger.ended).toBe(false);
  });

  it('fields of a wrong type start a connection without a session', async () => {
    await using attacked = await attackedNode();
    for (const [at, fields] of [{ next: secret(2).subarray(1) }, { next: 'x' }, { session: null }].entries()) {
      const stranger = await visit(attacked.node, begins({ id: `someone-${at}`, session: secret(at + 10), ...fields }));
      expect(hello(stranger).features).toEqual([]);
    }
  });
});
