/** B1, B4, B14 and what else bounds what one peer can make a node hold. */
import { describe, expect, it } from 'vitest';
import { Netron } from '../../src/index.js';
import type { Link } from '../../src/peer/link/link.js';
import { helloLimit } from '../../src/wire/limits.js';
import {
  writeCall,
  writeEvent,
  writeGoodbye,
  writeHello,
  writePing,
  writeResult,
  writeServices,
} from '../../src/wire/packets.js';
import { failure, settled, until } from '../integration/nodes.js';
import { VirtualClock } from '../integration/virtual-clock.js';
import { everything, Log, target, Watch } from './attacked.js';
import {
  codeOf,
  greeting,
  MemoryTransport,
  message,
  reference,
  Stranger,
  strangeServer,
  stream,
  system,
  visit,
} from './stranger.js';

const methods = Object.keys(everything());
const member = (name: string) => methods.indexOf(name);

async function arrive(transport: MemoryTransport, node: Netron): Promise<Stranger> {
  return new Stranger(await transport.connect(node.addresses[0] as string, { maxMessage: 2 ** 26 }));
}

function linkOf(node: Netron): Link {
  const link = [...node.peers.values()][0]?.link;
  if (link === undefined) throw new Error('nobody is connected');
  return link;
}

it('B4: a stream in an event, which is not allowed, is released at once', async () => {
  const transport = new MemoryTransport();
  await using attacked = await target(transport);
  const stranger = await visit(attacked.node);
  const { incomingStreams } = linkOf(attacked.node);
  stranger.say((to) => writeEvent(to, 1, undefined, stream(7)));
  await settled(4);
  expect(stranger.heard.map(({ kind, fields }) => [kind, fields[0]])[1]).toEqual(['stop', 7]);
  expect(incomingStreams.size).toBe(0);
});

describe('B1: before the handshake is complete', () => {
  it('a message of 64 KiB is read and a longer one is refused', async () => {
    const transport = new MemoryTransport();
    await using attacked = await target(transport);
    const empty = message((to) => writeHello(to, 1, { id: 'x', filler: new Uint8Array(0) })).length;
    const filled = (size: number) => message((to) => writeHello(to, 1, { id: 'x', filler: new Uint8Array(size) }));
    const fits = filled(helloLimit - empty - 1);
    expect(fits.length).toBe(helloLimit);
    const good = await arrive(transport, attacked.node);
    good.send(fits);
    await good.until(() => good.heard.some(({ kind }) => kind === 'hello'));
    good.leave();
    const bad = await arrive(transport, attacked.node);
    bad.send(filled(helloLimit - empty));
    await bad.end();
    expect(bad.heard.map(({ kind, fields }) => [kind, fields[0]])).toEqual([['goodbye', 'resource_exhausted']]);
  });

  it('8,192 elements are read; more elements, handles and errors are refused', async () => {
    const transport = new MemoryTransport();
    await using attacked = await target(transport);
    const bodies: unknown[] = [
      { id: 'x', list: Array.from({ length: 8_200 }, () => 0) },
      { id: 'x', fn: reference(1) },
      { id: 'x', stream: stream(1) },
      { id: '' },
      { id: 'y'.repeat(129) },
      { id: 5 },
      [],
      null,
    ];
    for (const body of bodies) {
      const stranger = await arrive(transport, attacked.node);
      stranger.say((to) => writeHello(to, 1, body));
      await stranger.end();
      expect(stranger.heard.map(({ kind }) => kind)).toEqual(['goodbye']);
    }
    expect(attacked.node.peers.size).toBe(0);
  });

  it('a second message or 5 s of silence closes the connection, which has no peer yet', async () => {
    const transport = new MemoryTransport();
    let decide: (known: boolean) => void = () => {};
    await using attacked = await target(transport, {
      authenticate: () =>
        new Promise((resolve) => {
          decide = resolve;
        }),
    });
    const hasty = await arrive(transport, attacked.node);
    hasty.say(greeting());
    hasty.say((to) => writePing(to, 1));
    await hasty.end();
    decide(true);
    const silent = await arrive(transport, attacked.node);
    await settled();
    await attacked.clock.advance(4_990);
    expect(silent.ended).toBe(false);
    expect(attacked.node.peers.size).toBe(0);
    await attacked.clock.advance(20);
    await silent.end();
    expect(silent.heard.map(({ fields }) => fields[0])).toEqual(['deadline_exceeded']);
    expect(attacked.clock.size).toBe(0);
  });
});

describe('B4: exceeding a limit is a typed error, and the connection stays open', () => {
  it('1,000 calls in flight; a duplicate call id does not evade the limit', async () => {
    const transport = new MemoryTransport();
    using watch = new Watch();
    await using attacked = await target(transport);
    const stranger = await visit(attacked.node);
    const handle = await stranger.query('everything');
    const never =
      (id: number, name = 'never') =>
      (to: Parameters<typeof writeCall>[0]) =>
        writeCall(to, id, handle, member(name), 0, undefined, []);
    stranger.say(...Array.from({ length: 1_000 }, (_, id) => never(1_000 + id)));
    stranger.say(...Array.from({ length: 2_000 }, () => never(1_000)));
    stranger.say(...Array.from({ length: 50 }, () => never(1_001, 'failLater')));
    stranger.say(never(5_000));
    expect(codeOf(await stranger.answer(5_000))).toBe('resource_exhausted');
    expect(codeOf(await stranger.answer(1_000))).toBe('invalid_argument');
    expect(linkOf(attacked.node).incoming.size).toBe(1_000);
    expect(stranger.ended).toBe(false);
    await settled();
    expect(watch.uncaught).toEqual([]);
    stranger.leave();
  });

  it('1,000 subscriptions', async () => {
    const transport = new MemoryTransport();
    await using attacked = await target(transport);
    const stranger = await visit(attacked.node);
    stranger.say(
      ...Array.from(
        { length: 1_000 },
        (_, id) => (to: Parameters<typeof writeCall>[0]) =>
          writeCall(to, 10_000 + id, 0, system.subscribe, 0, undefined, [id, 0, `news:${id}`]),
      ),
    );
    expect(codeOf(await stranger.call(0, system.subscribe, [1_000, 0, 'x']))).toBe('resource_exhausted');
    await stranger.call(0, system.unsubscribe, [7]);
    expect((await stranger.call(0, system.subscribe, [1_000, 0, 'x'])).kind).toBe('result');
    stranger.leave();
    await until(() => attacked.node.peers.size === 0);
  });

  it('100 streams in each direction, whatever limits the peer announces', async () => {
    const transport = new MemoryTransport();
    await using attacked = await target(transport);
    const stranger = await visit(attacked.node, { limits: { streams: 2 ** 53 - 1, handles: 2 ** 53 - 1 } });
    const handle = await stranger.query('everything');
    for (let opened = 0; opened < 100; opened += 1)
      expect((await stranger.call(handle, member('bytes'), [])).kind).toBe('result');
    expect(codeOf(await stranger.call(handle, member('bytes'), []))).toBe('resource_exhausted');
    const sum = (id: number) => (to: Parameters<typeof writeCall>[0]) =>
      writeCall(to, 50_000 + id, handle, member('sum'), 0, undefined, [stream(id)]);
    stranger.say(...Array.from({ length: 101 }, (_, id) => sum(id + 1)));
    expect(codeOf(await stranger.answer(50_101))).toBe('resource_exhausted');
    expect(stranger.heard.filter(({ kind }) => kind === 'stop')).toHaveLength(1);
    expect(stranger.ended).toBe(false);
    stranger.leave();
  });

  it('10,000 handles in each direction, whatever limits the peer announces', async () => {
    const transport = new MemoryTransport();
    await using attacked = await target(transport);
    const stranger = await visit(attacked.node, { limits: { handles: 2 ** 53 - 1 } });
    const handle = await stranger.query('everything');
    const refused: number[] = [];
    for (let given = 0; given < 10_000; given += 1_000) {
      const ids = Array.from({ length: 1_000 }, (_, number) => 10_000 + given + number);
      stranger.say(
        ...ids.map(
          (id) => (to: Parameters<typeof writeCall>[0]) => writeCall(to, id, handle, member('service'), 0, undefined, []),
        ),
      );
      await stranger.answer(ids.at(-1) as number);
      for (const answer of stranger.heard.splice(0)) if (answer.kind === 'error') refused.push(answer.fields[0] as number);
    }
    // The service that was asked for has come with hello, and is none of the 10,000.
    expect(refused).toEqual([]);
    expect(codeOf(await stranger.call(handle, member('service'), []))).toBe('resource_exhausted');
    const many = Array.from({ length: 10_001 }, (_, number) => reference(number + 1));
    const taken = await stranger.call(handle, member('keep'), [many]);
    expect(codeOf(taken)).toBe('resource_exhausted');
    await until(() => linkOf(attacked.node).imports.size === 0);
    expect(stranger.heard.filter(({ kind }) => kind === 'release').length).toBeGreaterThan(0);
    expect((await stranger.call(handle, member('echo'), [1])).fields[1]).toBe(1);
    stranger.leave();
  });

  it('stream data beyond the credit closes the connection', async () => {
    const transport = new MemoryTransport();
    await using attacked = await target(transport);
    const stranger = await visit(attacked.node);
    const handle = await stranger.query('everything');
    stranger.say((to) => writeCall(to, 99, handle, member('keep'), 0, undefined, [stream(1)]));
    stranger.say((to) => writeCall(to, 98, handle, member('never'), 0, undefined, [stream(2)]));
    for (let sent = 0; sent < 10 && !stranger.ended; sent += 1) {
      stranger.send(new Uint8Array([10, 2, 0x80, 0x80, 4]));
      stranger.send(new Uint8Array(65_536));
      await settled(2);
    }
    await stranger.end();
    expect(stranger.heard.some(({ kind, fields }) => kind === 'goodbye' && fields[0] === 'resource_exhausted')).toBe(true);
  });
});

it('announced limits below the minimum are raised: calls work, and errors arrive', async () => {
  const transport = new MemoryTransport();
  using watch = new Watch();
  await using attacked = await target(transport);
  const limits = { message: 1, elements: 1, depth: 1, calls: 1, streams: 1, subscriptions: 1, handles: 1, window: 1 };
  const stranger = await visit(attacked.node, { limits });
  const handle = await stranger.query('everything');
  expect(codeOf(await stranger.call(handle, member('failLater'), []))).toBe('unknown');
  expect(codeOf(await stranger.call(handle, member('echo'), [new Uint8Array(5_000)]))).toBe('resource_exhausted');
  await attacked.clock.advance(16_000);
  await stranger.until(() => stranger.heard.some(({ kind }) => kind === 'ping'));
  stranger.send(new Uint8Array([0]));
  await stranger.end();
  expect(stranger.heard.some(({ kind }) => kind === 'goodbye')).toBe(true);
  expect(watch.uncaught).toEqual([]);
});

it('B14: of 200,000 pings, 100 are answered per tick, then the connection closes with 1008', async () => {
  const transport = new MemoryTransport();
  await using attacked = await target(transport);
  const stranger = await visit(attacked.node);
  const pings = message(
    ...Array.from({ length: 1_000 }, (_, number) => (to: Parameters<typeof writePing>[0]) => writePing(to, number)),
  );
  for (let sent = 0; sent < 200; sent += 1) stranger.send(pings);
  const end = await stranger.end();
  expect(end?.message).toContain('1008');
  expect(stranger.heard.filter(({ kind }) => kind === 'pong').length).toBeLessThanOrEqual(100);
});

describe('a hostile server cannot exhaust the memory of a client', () => {
  async function client(transport: MemoryTransport, onVisit: (stranger: Stranger) => void) {
    const server = await strangeServer(transport, (stranger) => {
      stranger.say(greeting());
      onVisit(stranger);
    });
    const clock = new VirtualClock();
    const node = await Netron.create({
      clock,
      random: () => 0.5,
      logger: new Log(),
      stopTimeout: 0,
      additionalTransports: [transport],
    });
    return { server, node, clock };
  }

  it('by announcing services endlessly', async () => {
    const transport = new MemoryTransport();
    let server: Stranger | undefined;
    const parts = await client(transport, (stranger) => {
      server = stranger;
    });
    const peer = await parts.node.connect(parts.server.address, { maxReconnectAttempts: 0 });
    for (let round = 0; round < 5 && server?.ended === false; round += 1) {
      server.say((to) =>
        writeServices(
          to,
          Array.from({ length: 30_000 }, (_, number) => `s${round}-${number}@1.0.0`),
          [],
        ),
      );
      await settled(4);
    }
    expect(server?.ended).toBe(true);
    expect(peer.getServiceNames().length).toBeLessThanOrEqual(65_536);
    await parts.node.stop();
    await parts.server[Symbol.asyncDispose]();
  });

  it('with unknown names of members or services', async () => {
    const transport = new MemoryTransport();
    for (const definition of [
      [0, 'x'.repeat(129), '1.0.0', []],
      [0, 'x', '1'.repeat(65), []],
      [0, 'x', '1.0.0', [['m'.repeat(129), 0]]],
    ]) {
      const parts = await client(transport, (stranger) => {
        void stranger
          .until(() => stranger.heard.some(({ kind }) => kind === 'call'))
          .then(() => stranger.say((to) => writeResult(to, 1, reference(1, definition))));
      });
      const peer = await parts.node.connect(parts.server.address, { maxReconnectAttempts: 0 });
      expect((await failure(peer.queryInterface('x'))).code).toBe('unavailable');
      await parts.node.stop();
      await parts.server[Symbol.asyncDispose]();
    }
  });

  it.each([
    ['not at all', undefined, 500, 500],
    ['5 s', 5_000, 5_500, 5_500],
    ['forever', 2 ** 53 - 1, 3_600_500, 3_600_500],
  ])(
    'C7, A11: after a goodbye that asks to wait %s, the client reconnects neither at once nor never',
    async (_what, retryAfterMs, from, to) => {
      const transport = new MemoryTransport();
      let visits = 0;
      const parts = await client(transport, (stranger) => {
        visits += 1;
        if (visits > 1) return;
        stranger.say((out) =>
          writeGoodbye(out, { code: 'unavailable', reason: 'later', ...(retryAfterMs !== undefined && { retryAfterMs }) }),
        );
        setImmediate(() => stranger.leave());
      });
      await parts.node.connect(parts.server.address);
      await settled();
      expect(visits).toBe(1);
      await parts.clock.advance(from - 1);
      expect(visits).toBe(1);
      await parts.clock.advance(to - from + 2);
      expect(visits).toBe(2);
      await parts.node.stop();
      await parts.server[Symbol.asyncDispose]();
    },
  );
});
