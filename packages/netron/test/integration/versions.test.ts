/** F10: ends that are newer or older than this version, over each transport (docs/protocol.md, sections 2 and 7). */
import { describe, expect, it } from 'vitest';
import { defineService, MemoryTransport, Netron, type RemotePeer } from '../../src/index.js';
import { baseLimits } from '../../src/wire/limits.js';
import { kinds, writeError, writeGoodbye, writeHello, writeResult } from '../../src/wire/packets.js';
import { writeValue } from '../../src/wire/value-writer.js';
import type { Writer } from '../../src/wire/writer.js';
import { freshPath } from '../contract/temporary.js';
import { reference, Stranger, type Write } from '../hostile/stranger.js';
import { failure, listening, quiet, settled, type TransportName, transports, until } from './nodes.js';

/** Keeps the bytes of the messages that come, too. */
class Witness extends Stranger {
  readonly messages: string[] = [];

  override message(bytes: Uint8Array): void {
    this.messages.push(Buffer.from(bytes).toString('hex'));
    super.message(bytes);
  }

  /** The kinds of packets it is told it was not understood with. */
  get notUnderstood(): string[] {
    return [...this.messages.join('|').matchAll(/1801(1[9abcdef])/g)].map(([, kind]) => kind as string);
  }

  /** The code of the goodbye it got. */
  get farewell(): unknown {
    return this.heard.find(({ kind }) => kind === 'goodbye')?.fields[0];
  }
}

const adder = defineService({
  name: 'adder@1.0.0',
  methods: {
    add: (a: number, b: number) => a + b,
    back: async (fn: (value: number) => Promise<number>) => fn(1),
  },
});

/** What a later version may say besides what this one knows, and of other types than it expects. */
const newer = {
  id: 'newer',
  minor: 7,
  region: { name: 'eu', weights: [1, 2n, new Date(0)] },
  ordinal: 'first',
  session: 'no bytes',
  limits: { calls: 5, message: 'as much as you like', parallel: 9, depth: -1 },
  features: ['warp', 7, { name: 'deflate' }],
  services: ['adder@1.0.0', null],
};

const extension =
  (kind: number, ...content: number[]): Write =>
  (to: Writer) => {
    to.u8(kind);
    to.u8(content.length);
    for (const byte of content) to.u8(byte);
  };

const hello =
  (fields: unknown, version = 1): Write =>
  (to) =>
    writeHello(to, version, fields);

/** A node that listens over `transport`, and somebody who has come to it. */
async function visited(transport: TransportName): Promise<{ node: Netron; guest: Witness } & AsyncDisposable> {
  const memory = new MemoryTransport();
  const node = await Netron.create({ id: 'node', logger: quiet, stopTimeout: 0, ...listening(transport, memory) });
  await node.peer.exposeService(adder);
  const address = node.addresses[0] as string;
  const way = node.transports.find(({ schemes }) => schemes.includes(address.slice(0, address.indexOf(':'))));
  const guest = new Witness(await (way as MemoryTransport).connect(address));
  return { node, guest, [Symbol.asyncDispose]: () => node.stop() };
}

describe.each(transports)('F10: connections to a node over %s', (transport) => {
  it('newer: unknown fields, features and limits are ignored', async () => {
    await using parts = await visited(transport);
    const { guest, node } = parts;
    guest.say(hello(newer));
    await until(() => node.peers.size === 1);
    const peer = node.peers.get('newer');
    expect(peer?.getServiceNames()).toEqual(['adder@1.0.0']);
    expect(peer?.link?.accepted).toEqual({ ...baseLimits, calls: 5 });
    const handle = await guest.query('adder');
    // A call with a field in its header that is not known.
    guest.say((to) => {
      for (const byte of [0x22, 50, handle, 0, 5, 200]) to.u8(byte);
      writeValue(to, 'abc', 'header');
      writeValue(to, [2, 3], 'args');
    });
    expect((await guest.answer(50)).fields[1]).toBe(5);
  });

  it('newer: packets of kinds 25 to 31 are skipped and answered, with any flags; answers are not answered', async () => {
    await using parts = await visited(transport);
    const { guest, node } = parts;
    guest.say(hello(newer));
    await until(() => node.peers.size === 1);
    const known = [25, 26, 27, 28, 29, 30, 31];
    guest.say(...known.map((kind) => extension(kind, 1, 2, 3)), extension(0xe0 + 25), extension(kinds.unknown, 25));
    const handle = await guest.query('adder');
    expect((await guest.call(handle, 0, [4, 4])).fields[1]).toBe(8);
    expect(guest.notUnderstood).toEqual([...known, 25].map((kind) => kind.toString(16)));
  });

  it('newer: announcements and a goodbye with unknown fields, and an unknown code', async () => {
    await using parts = await visited(transport);
    const { guest, node } = parts;
    guest.say(hello(newer));
    await until(() => node.peers.size === 1);
    const [peer] = [...node.peers.values()] as [RemotePeer];
    guest.say((to) => {
      to.u8(kinds.services);
      writeValue(to, { added: ['more@1.0.0'], moved: [1] }, 'services');
    });
    await until(() => peer.hasService('more'));
    const reasons: string[] = [];
    peer.on('disconnected', (reason) => reasons.push(reason));
    guest.say((to) => {
      to.u8(kinds.goodbye);
      writeValue(to, { code: 'gone_fishing', reason: 'sunday', until: new Date(0) }, 'goodbye');
    });
    await until(() => peer.state === 'draining');
    guest.connection.close();
    await until(() => reasons.length === 1);
  });

  it('older: sends its id only, and gets the defaults', async () => {
    await using parts = await visited(transport);
    const { guest, node } = parts;
    guest.say(hello({ id: 'older' }));
    await until(() => node.peers.size === 1);
    const peer = node.peers.get('older');
    expect(peer?.getServiceNames()).toEqual([]);
    expect(peer?.link?.accepted).toEqual(baseLimits);
    const handle = await guest.query('adder');
    expect((await guest.call(handle, 0, [1, 1])).fields[1]).toBe(2);
  });

  it.each([0, 2, 255])('version %i is refused with a reason and closed without a peer', async (version) => {
    await using parts = await visited(transport);
    parts.guest.say(hello({ id: 'other' }, version));
    await parts.guest.end();
    expect(parts.guest.farewell).toBe('failed_precondition');
    expect(parts.node.peers.size).toBe(0);
  });

  it.each([0, 21, 22, 23])('kind %i is malformed in version 1', async (kind) => {
    await using parts = await visited(transport);
    const { guest, node } = parts;
    guest.say(hello({ id: 'odd' }));
    await until(() => node.peers.size === 1);
    guest.say((to) => writeResult(to, 999, 1), extension(kind, 1));
    await guest.end();
    expect(guest.farewell).toBe('invalid_argument');
  });
});

/** A server made by hand over `transport`, which says `greeting` to who comes. */
async function host(transport: TransportName, greeting: Write) {
  const memory = new MemoryTransport();
  await using borrowed = await Netron.create({ logger: quiet, additionalTransports: [memory] });
  const name = transport === 'ws' ? 'websocket' : transport;
  const way = borrowed.transports.find((each) => each.name === name) as MemoryTransport;
  const server = await way.listen(transport === 'unix' ? freshPath() : transport === 'memory' ? 'host' : 0);
  const hosts: Witness[] = [];
  server.accept((connection) => {
    const witness = new Witness(connection);
    hosts.push(witness);
    void witness.until(() => witness.heard.length > 0).then(() => witness.say(greeting));
  });
  const client = await Netron.create({
    logger: quiet,
    stopTimeout: 0,
    maxReconnectAttempts: 0,
    additionalTransports: [memory],
  });
  const dispose = async (): Promise<void> => {
    await client.stop();
    await server.close();
    for (const each of hosts) each.leave();
  };
  return { client, hosts, address: server.address, [Symbol.asyncDispose]: dispose };
}

describe.each(transports)('F10: servers of other versions over %s', (transport) => {
  it('newer or older: its hello is understood, its extensions are answered, calls work', async () => {
    for (const greeting of [newer, { id: 'older' }]) {
      await using parts = await host(transport, hello(greeting));
      const peer = await parts.client.connect(parts.address);
      expect(peer.id).toBe(greeting.id);
      const [server] = parts.hosts as [Witness];
      server.say(extension(30, 1, 2, 3), extension(kinds.unknown, 29));
      const found = peer.queryInterface<typeof adder>('adder');
      await server.until(() => server.heard.some(({ kind }) => kind === 'call'));
      const definition = [
        0,
        'adder',
        '1.0.0',
        [
          ['add', 0],
          ['back', 0],
        ],
      ];
      server.say((to) => writeResult(to, 1, reference(1, definition)));
      const sum = (await found).add(2, 3);
      await server.until(() => server.heard.filter(({ kind }) => kind === 'call').length === 2);
      server.say((to) => writeResult(to, 2, 5));
      expect(await sum).toBe(5);
      await settled();
      expect(server.notUnderstood).toEqual(['1e']);
    }
  });

  it('newer: an error with an unknown code arrives with that code and its message', async () => {
    await using parts = await host(transport, hello(newer));
    const peer = await parts.client.connect(parts.address);
    const [server] = parts.hosts as [Witness];
    const asked = failure(peer.queryInterface('adder'));
    await server.until(() => server.heard.some(({ kind }) => kind === 'call'));
    const wire = { name: 'Later', code: 'quota_on_mondays', message: 'try on tuesday' };
    server.say((to) => writeError(to, 1, Object.assign(new Error(), { wire })));
    expect(await asked).toMatchObject({ name: 'Later', code: 'quota_on_mondays', message: 'try on tuesday' });
  });

  it('another version: both ends report it', async () => {
    await using parts = await host(transport, hello({ id: 'other' }, 2));
    expect(await failure(parts.client.connect(parts.address))).toMatchObject({ code: 'failed_precondition' });
    await using refusing = await host(transport, (to) =>
      writeGoodbye(to, { code: 'failed_precondition', reason: 'version 3 only' }),
    );
    expect(await failure(refusing.client.connect(refusing.address))).toMatchObject({
      code: 'failed_precondition',
      message: expect.stringContaining('version 3 only'),
    });
  });
});
