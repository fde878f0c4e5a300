import { describe, expect, it } from 'vitest';
import { RecordedOutbox } from '../../../test/recorded-outbox.js';
import { ErrorRegistry } from '../../errors/error-registry.js';
import { NetronError } from '../../errors/netron-error.js';
import * as packets from '../../wire/packets.js';
import { richReader, richWriter } from '../../wire/rich-values.js';
import type { Writer } from '../../wire/writer.js';
import { allParts } from './all-parts.js';
import { basePackets, packetTable, type RoutedLink } from './link-packets.js';
import { skippedPackets } from './skipped-packets.js';

const { kinds, readMessage } = packets;

/** Methods that note their name and arguments. */
function noting(log: unknown[][], part: string): never {
  return new Proxy(
    {},
    {
      get:
        (_target, method: string) =>
        (...args: unknown[]) =>
          void log.push([`${part}.${method}`, ...args]),
    },
  ) as never;
}

/** A link that notes the calls of its methods; `read` passes it the packets that `write` writes. */
function linked({ table = allParts.packets, pingsLeft = Infinity } = {}) {
  const log: unknown[][] = [];
  const recorded = new RecordedOutbox();
  let left = pingsLeft;
  const link: RoutedLink = {
    calls: noting(log, 'calls'),
    incoming: noting(log, 'incoming'),
    outgoingStreams: noting(log, 'outgoingStreams'),
    incomingStreams: noting(log, 'incomingStreams'),
    exports: noting(log, 'exports'),
    subscriptions: noting(log, 'subscriptions'),
    heartbeat: { mayAnswer: () => left-- > 0, pong: (number) => void log.push(['heartbeat.pong', number]) },
    outbox: recorded.outbox,
    raw: (...args) => void log.push(['raw', ...args]),
    services: (...args) => void log.push(['services', ...args]),
    ack: undefined,
    goodbye: (...args) => void log.push(['goodbye', ...args]),
    unknown: (...args) => void log.push(['unknown', ...args]),
  };
  const read = (write: (writer: Writer) => void): void => {
    const writer = Object.assign(richWriter(), { errors: new ErrorRegistry() });
    write(writer);
    const reader = Object.assign(richReader(), { errors: new ErrorRegistry() });
    reader.load(writer.buffer.slice(0, writer.position));
    readMessage(reader, link, table);
  };
  return { link, log, read, recorded };
}

const failure = new NetronError('not_found', 'nothing');

/** Writes one packet of each kind about calls, streams and events. */
function writeAll(writer: Writer): void {
  packets.writeCall(writer, 1, 2, 3, packets.flags.cancellable, { timeoutMs: 5 }, ['a']);
  packets.writePipe(writer, 2, 1, ['x'], 0, { timeoutMs: 5 }, undefined);
  packets.writeCancel(writer, 3);
  packets.writeDrop(writer, 4);
  packets.writeItem(writer, 5, 'b');
  packets.writeBytes(writer, 5, new Uint8Array(4));
  packets.writeEnd(writer, 5);
  packets.writeReturn(writer, 5, 'c');
  packets.writeFail(writer, 6, failure);
  packets.writeCredit(writer, 7, 100);
  packets.writeStop(writer, 7);
  packets.writeEvent(writer, 8, 'tick', 1);
  packets.writeRelease(writer, 9, 2);
  packets.writePong(writer, 10);
}

describe('packets of a link', () => {
  it('go to the part for their kind', () => {
    const { log, read } = linked();
    read(writeAll);
    read((writer) => packets.writeRaw(writer, 5, 10));
    expect(log).toEqual([
      ['incoming.call', 1, 2, 3, 0x80, { timeoutMs: 5 }, ['a'], undefined],
      ['incoming.pipe', 2, 1, ['x'], 0, { timeoutMs: 5 }, undefined, undefined],
      ['incoming.cancel', 3],
      ['incoming.drop', 4],
      ['incomingStreams.item', 5, 'b', expect.any(Number), undefined],
      ['incomingStreams.item', 5, expect.objectContaining({ length: 4 }), 4, undefined],
      ['incomingStreams.end', 5],
      ['incomingStreams.end', 5, 'c', undefined],
      ['incomingStreams.fail', 6, expect.objectContaining({ code: 'not_found' })],
      ['outgoingStreams.credit', 7, 100],
      ['outgoingStreams.stop', 7],
      ['subscriptions.event', 8, 'tick', 1, undefined],
      ['exports.release', 9, 2],
      ['heartbeat.pong', 10],
      ['raw', 5, 10],
    ]);
  });

  it('are skipped by a client without the parts for them, which refuses calls', () => {
    const { log, read, recorded } = linked({ table: packetTable(basePackets, skippedPackets) });
    read(writeAll);
    expect(log).toEqual([['heartbeat.pong', 10]]);
    const refusals = recorded
      .packets()
      .map((packet) => packet.kind === 'error' && [packet.id, (packet.error as NetronError).code]);
    expect(refusals).toEqual([
      [1, 'unimplemented'],
      [2, 'unimplemented'],
    ]);
  });

  it('contain no second hello', () => {
    const { read } = linked();
    expect(() => read((writer) => packets.writeHello(writer, 1, {}))).toThrow(
      expect.objectContaining({ code: 'invalid_argument' }),
    );
  });

  it('tell whether a failed call ran, if the other end reports it', () => {
    const { log, read, recorded } = linked();
    read((writer) => packets.writeRefusal(writer, 1, failure));
    read((writer) => packets.writeError(writer, 2, failure));
    read((writer) => packets.writeDoubt(writer, 3, failure));
    recorded.outbox.writer.features = 0;
    read((writer) => packets.writeError(writer, 4, failure));
    expect(log.map(([, id, , outcome]) => [id, outcome])).toEqual([
      [1, 'not_run'],
      [2, 'ran'],
      [3, 'unknown'],
      [4, 'unknown'],
    ]);
  });

  it('are answered when they are pings, as many as the heartbeat allows', () => {
    const { read, recorded } = linked({ pingsLeft: 1 });
    read((writer) => packets.writePing(writer, 5));
    expect(() => read((writer) => packets.writePing(writer, 6))).toThrow(expect.objectContaining({ code: 'resource_exhausted' }));
    recorded.endTurn();
    expect([...(recorded.messages[0] ?? [])]).toEqual([kinds.pong, 5]);
  });
});
