import { describe, expect, it } from 'vitest';
import { ErrorRegistry } from '../../errors/error-registry.js';
import { VirtualClock } from '../../testing/virtual-clock.js';
import { Ticker } from '../../util/ticker.js';
import { defaultLimits } from '../../wire/limits.js';
import { kinds, type PacketReader, writePart, writePing } from '../../wire/packets.js';
import { RichValues, richReader, richWriter } from '../../wire/rich-values.js';
import { Compression } from './compression.js';
import { Inbox, type InboxLink } from './inbox.js';
import { IncomingParts } from './incoming-parts.js';
import { packetTable, type RoutedLink } from './link-packets.js';
import { ReceiveAccount, ReceiveBudget } from './receive-budget.js';

/** Doubles each byte, so that lengths show what was decompressed. */
const doubling = {
  name: 'doubling',
  threshold: 0,
  compress: (bytes: Uint8Array) => bytes,
  decompress: (bytes: Uint8Array) => Uint8Array.from([...bytes].flatMap((byte) => [byte, byte])),
};

/** An inbox, and the packets that it has passed on. */
function inbox({ compressor = undefined as typeof doubling | undefined, parts = false } = {}) {
  const pings: number[] = [];
  const chunks: unknown[] = [];
  /** Runs for each packet. */
  const state = { read: (): void => {} };
  const ping: PacketReader<RoutedLink> = (reader) => {
    pings.push(reader.varint());
    state.read();
  };
  const link: InboxLink = {
    node: {
      announced: { ...defaultLimits, message: 64 },
      limits: { ...defaultLimits, message: 1_024, receiving: 2 ** 20 } as never,
      errors: new ErrorRegistry(),
      values: new RichValues(),
      reader: richReader(defaultLimits),
      parts: { packets: packetTable({ [kinds.ping]: ping }) },
    },
    incomingHandles: undefined as never,
    incomingStreams: { item: (stream, chunk, size) => chunks.push([stream, [...(chunk as Uint8Array)], size]) },
  };
  const routed = {} as RoutedLink;
  const assembling = {
    node: { ...link.node, beats: new Ticker(new VirtualClock(), 1_000) },
    account: new ReceiveAccount(new ReceiveBudget(2 ** 20)),
  };
  const compression = compressor && new Compression(compressor);
  const receiver = new Inbox(link, routed, compression, parts ? () => new IncomingParts(assembling, () => {}) : undefined, false);
  return { link, pings, chunks, receiver, state };
}

function pings(...numbers: number[]): Uint8Array {
  const writer = richWriter(64);
  for (const number of numbers) writePing(writer, number);
  return writer.buffer.slice(0, writer.position);
}

function compressed(length: number, body: Uint8Array): Uint8Array {
  return Uint8Array.of(kinds.compressed, length, ...body);
}

describe('an inbox', () => {
  it('passes on the packets of a message in order', () => {
    const { receiver, pings: read } = inbox();
    receiver.receive(pings(1, 2));
    receiver.receive(pings(3));
    expect(read).toEqual([1, 2, 3]);
  });

  it('passes announced chunks to their streams in order, whatever their bytes are', () => {
    const { receiver, chunks, pings: read } = inbox();
    receiver.announce(5, 2);
    receiver.announce(6, 3);
    receiver.receive(pings(1));
    receiver.receive(Uint8Array.of(kinds.compressed, 0, 0));
    receiver.receive(pings(2));
    expect([chunks, read]).toEqual([
      [
        [5, [...pings(1)], 2],
        [6, [kinds.compressed, 0, 0], 3],
      ],
      [2],
    ]);
  });

  it('refuses a chunk of another length than announced', () => {
    const { receiver, chunks } = inbox();
    receiver.announce(5, 3);
    expect(() => receiver.receive(Uint8Array.of(1, 2))).toThrow('expected a chunk of 3 bytes, got 2');
    expect(chunks).toEqual([]);
  });

  it('accepts at most 65,536 pending announcements', () => {
    const { receiver } = inbox();
    for (let count = 0; count < 65_536; count += 1) receiver.announce(5, 1);
    expect(() => receiver.announce(5, 1)).toThrow(expect.objectContaining({ code: 'resource_exhausted' }));
  });

  it('decompresses a message', () => {
    const { receiver, pings: read } = inbox({ compressor: doubling });
    // 17 is the kind of a ping, and the number of this one.
    receiver.receive(compressed(2, Uint8Array.of(kinds.ping)));
    expect(read).toEqual([kinds.ping]);
  });

  it('refuses a compressed message with a length over the limit before decompressing it', () => {
    let inflated = 0;
    const counting = { ...doubling, decompress: (bytes: Uint8Array) => new Uint8Array(bytes.length * ++inflated) };
    const { receiver } = inbox({ compressor: counting });
    expect(() => receiver.receive(compressed(65, Uint8Array.of(kinds.ping)))).toThrow('65 bytes exceeds the limit of 64');
    expect(inflated).toBe(0);
  });

  it('refuses a compressed message whose content has another length than stated', () => {
    const { receiver, pings: read } = inbox({ compressor: doubling });
    expect(() => receiver.receive(compressed(3, Uint8Array.of(kinds.ping)))).toThrow('expected 3 decompressed bytes, got 2');
    expect(read).toEqual([]);
  });

  it('refuses a compressed message when compression was not negotiated', () => {
    const { receiver } = inbox();
    expect(() => receiver.receive(compressed(2, Uint8Array.of(kinds.ping)))).toThrow(/unknown kind/);
  });

  it('accepts messages up to the announced limit, and longer ones from ends that send parts', () => {
    const long = pings(...new Array<number>(40).fill(1));
    expect(() => inbox().receiver.receive(long)).toThrow(expect.objectContaining({ code: 'resource_exhausted' }));
    const { receiver, pings: read } = inbox({ parts: true });
    receiver.receive(long);
    expect(read).toHaveLength(40);
  });

  it('assembles parts, and reads other messages between them', () => {
    const { receiver, pings: read } = inbox({ parts: true });
    const whole = pings(1, 2);
    const part = (bytes: Uint8Array, start?: { length: number; first: number; number: number }): Uint8Array => {
      const writer = richWriter(64);
      writePart(writer, 1, start, bytes);
      return writer.buffer.slice(0, writer.position);
    };
    receiver.receive(part(whole.subarray(0, 1), { length: whole.length, first: kinds.ping, number: 0 }));
    receiver.receive(pings(3));
    receiver.receive(part(whole.subarray(1)));
    expect(read).toEqual([3, 1, 2]);
  });

  it('reads no further in a message once it is closed', () => {
    const { receiver, pings: read, state } = inbox();
    state.read = () => receiver.close();
    receiver.receive(pings(1, 2, 3));
    expect(read).toEqual([1]);
  });

  it('does not touch the shared reader when it is closed between messages', () => {
    const { receiver, link } = inbox();
    receiver.receive(pings(1));
    const { reader } = link.node;
    reader.load(pings(1, 2));
    receiver.close();
    expect(reader.end).toBe(4);
  });
});
