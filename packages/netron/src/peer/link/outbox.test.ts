import { describe, expect, it } from 'vitest';
import { RecordedOutbox } from '../../../test/recorded-outbox.js';
import { NetronError } from '../../errors/netron-error.js';
import { decodeMessage } from '../../wire/decode-message.js';
import { longestWhole, partSize } from '../../wire/limits.js';
import { flags, writeCall, writeError, writePing, writeRaw, writeResult } from '../../wire/packets.js';
import { BufferPool } from './buffer-pool.js';
import { Outbox } from './outbox.js';
import { OutgoingParts } from './outgoing-parts.js';

const result = (recorded: RecordedOutbox, id: number, value: unknown) => recorded.outbox.send(writeResult, id, value);

/** An outbox with a table of handles that notes the calls of its methods. */
function withHandles(recorded: RecordedOutbox) {
  const did: string[] = [];
  recorded.outbox.handles = {
    begin: () => did.push('begin'),
    rollback: (again) => did.push(again ? 'rollback to write again' : 'rollback'),
  };
  return did;
}

describe('an outbox', () => {
  it('sends the packets of one turn as one message, at its end', () => {
    const recorded = new RecordedOutbox();
    result(recorded, 1, 'a');
    result(recorded, 2, 'b');
    expect(recorded.messages).toHaveLength(0);
    recorded.endTurn();
    expect(recorded.messages).toHaveLength(1);
    expect(recorded.packets()).toMatchObject([
      { id: 1, value: 'a' },
      { id: 2, value: 'b' },
    ]);
  });

  it('sends a batch of 8 KiB, or of 768 elements, before the turn ends', () => {
    const recorded = new RecordedOutbox();
    result(recorded, 1, 'x'.repeat(8 * 1024));
    expect(recorded.messages).toHaveLength(1);
    result(recorded, 2, new Array(766).fill(0));
    expect(recorded.messages).toHaveLength(1);
    result(recorded, 3, 0);
    expect(recorded.messages).toHaveLength(2);
  });

  it('sends the other packets of the message when one cannot be written', () => {
    const recorded = new RecordedOutbox();
    const did = withHandles(recorded);
    result(recorded, 1, 'a');
    expect(() => result(recorded, 2, { deep: [Symbol('x')] })).toThrow(/result\.deep\[0\] is a symbol/);
    result(recorded, 3, 'c');
    expect(recorded.packets()).toMatchObject([{ id: 1 }, { id: 3 }]);
    expect(did).toEqual(['begin', 'begin', 'rollback', 'begin']);
  });

  it('writes a packet again, into a message of its own, when it does not fit after the previous ones', () => {
    const recorded = new RecordedOutbox({ message: 1_024 });
    const did = withHandles(recorded);
    result(recorded, 1, 'x'.repeat(400));
    result(recorded, 2, 'x'.repeat(900));
    recorded.endTurn();
    expect(recorded.messages.map((message) => decodeMessage(message))).toMatchObject([[{ id: 1 }], [{ id: 2 }]]);
    expect(did).toEqual(['begin', 'begin', 'rollback to write again', 'begin']);
  });

  it('refuses a packet that is longer than a message, and continues', () => {
    const recorded = new RecordedOutbox({ message: 1_024 });
    expect(() => result(recorded, 1, 'x'.repeat(1_100))).toThrow(expect.objectContaining({ code: 'resource_exhausted' }));
    result(recorded, 2, 'b');
    expect(recorded.packets()).toMatchObject([{ id: 2 }]);
  });

  it('sends packets that a getter writes behind the packet being written', () => {
    const recorded = new RecordedOutbox();
    const { outbox } = recorded;
    result(recorded, 1, {
      get value() {
        expect(outbox.writing).toBe(true);
        outbox.packet(writePing, 7);
        return 'read';
      },
    });
    expect(outbox.writing).toBe(false);
    expect(recorded.packets()).toMatchObject([
      { kind: 'result', value: { value: 'read' } },
      { kind: 'ping', number: 7 },
    ]);
  });

  it('sends packets that a getter wrote although the outer packet failed', () => {
    const recorded = new RecordedOutbox();
    const hostile = {
      get value() {
        recorded.outbox.packet(writePing, 7);
        return Symbol('x');
      },
    };
    expect(() => result(recorded, 1, hostile)).toThrow(/is a symbol/);
    expect(recorded.packets()).toMatchObject([{ kind: 'ping', number: 7 }]);
  });

  it('sends calls with the trace that they have, also behind one that could not be written, and in parts', () => {
    const recorded = new RecordedOutbox({}, () => {});
    const { outbox, messages } = recorded;
    const call = (id: number, traceparent: string, argument: unknown) =>
      outbox.send((writer) => writeCall(writer, id, 1, 1, 0, { traceparent }, [argument]), undefined, undefined);
    call(1, 'first', 0);
    expect(() => call(2, 'second', Symbol('x'))).toThrow(/is a symbol/);
    call(3, 'second', 'longer than what was taken back');
    call(4, 'second', 0);
    call(5, 'second', 'x'.repeat(longestWhole));
    const [before, part] = messages as [Uint8Array, Uint8Array];
    expect(decodeMessage(before)).toMatchObject([
      { id: 1, header: { traceparent: 'first' } },
      { id: 3, header: { traceparent: 'second' } },
      { id: 4, header: { traceparent: 'second' } },
    ]);
    const [start] = decodeMessage(part);
    expect(Buffer.from((start as { bytes: Uint8Array }).bytes.subarray(0, 32)).toString('latin1')).toContain('second');
  });

  it('sends a chunk as a message of its own behind its announcement, before any later packet', () => {
    const recorded = new RecordedOutbox();
    const { outbox, messages } = recorded;
    const chunk = new Uint8Array(10).fill(9);
    outbox.beginChunk();
    writeRaw(outbox.writer, 5, chunk.length);
    outbox.commitChunk(chunk);
    expect(messages).toHaveLength(0);
    outbox.packet(writePing, 1);
    expect(messages).toHaveLength(2);
    expect(decodeMessage(messages[0] as Uint8Array)).toEqual([{ kind: 'raw', stream: 5, length: 10 }]);
    expect(messages[1]).toEqual(chunk);
    messages.length = 0;
    expect(recorded.packets()).toEqual([{ kind: 'ping', number: 1 }]);
  });

  it('sends chunks at once from 128 KiB on', () => {
    const recorded = new RecordedOutbox();
    const { outbox, messages } = recorded;
    for (let sent = 0; sent < 2; sent += 1) {
      outbox.beginChunk();
      writeRaw(outbox.writer, 5, 64 * 1024);
      outbox.commitChunk(new Uint8Array(64 * 1024));
      expect(messages).toHaveLength(sent === 0 ? 0 : 3);
    }
  });

  it('is full after the connection reports no room, until it is drained', () => {
    const recorded = new RecordedOutbox();
    recorded.connection.room = false;
    result(recorded, 1, 'a');
    expect(recorded.outbox.full).toBe(false);
    recorded.endTurn();
    expect(recorded.outbox.full).toBe(true);
    recorded.outbox.drained();
    expect(recorded.outbox.full).toBe(false);
  });

  it('adds a flag to an unsent packet, and knows when the packet was sent', () => {
    const recorded = new RecordedOutbox();
    const { outbox } = recorded;
    const mark = { message: 0, position: 0 };
    outbox.packet(writePing, 1);
    outbox.packet((writer, id) => {
      Object.assign(mark, { message: writer.message, position: writer.position });
      writeCall(writer, id, 0, 0, 0, undefined, []);
    }, 1);
    expect(outbox.holds(mark)).toBe(true);
    outbox.amend(mark, flags.hold);
    expect(recorded.packets()).toMatchObject([{ kind: 'ping' }, { kind: 'call', flags: flags.hold }]);
    expect(outbox.holds(mark)).toBe(false);
  });

  it('replaces an error that cannot be written', () => {
    const recorded = new RecordedOutbox({ message: 1_024 });
    recorded.outbox.failure(writeError, 1, new NetronError('not_found', 'no such thing'));
    recorded.outbox.failure(writeError, 2, new NetronError('not_found', 'x', { details: { long: 'x'.repeat(2_000) } }));
    expect(recorded.packets()).toMatchObject([
      { id: 1, error: { code: 'not_found', message: 'no such thing' } },
      { id: 2, error: { code: 'internal', message: 'the error could not be sent' } },
    ]);
  });

  it('sends nothing more once it is closed', () => {
    const recorded = new RecordedOutbox();
    result(recorded, 1, 'a');
    recorded.outbox.close();
    result(recorded, 2, 'b');
    recorded.outbox.flushAll();
    expect(recorded.packets()).toEqual([]);
  });

  it.each([1_000, partSize - 100, partSize + 100, longestWhole - 100])(
    'sends a packet of %i bytes as it is, and its buffer goes back to the pool',
    (size) => {
      const pool = new BufferPool();
      const messages: Uint8Array[] = [];
      const connection = { pending: 0, send: (message: Uint8Array) => messages.push(message) > 0 };
      const parts = () => new OutgoingParts(connection, { nextTurn() {} } as never, () => {});
      const outbox = new Outbox(connection, pool, { add() {} }, undefined, parts);
      outbox.send(writeResult, 1, new Uint8Array(size));
      outbox.flush();
      expect(messages.map(({ length }) => length - size)).toEqual([expect.toSatisfy((rest) => rest > 0 && rest < 100)]);
      expect(pool.take(size).buffer).toBe(messages[0]?.buffer);
    },
  );

  it('returns its buffer to the pool when the connection has taken the bytes, not before', () => {
    const pool = new BufferPool();
    const connection = { pending: 0, send: () => true };
    const outbox = new Outbox(connection, pool, { add() {} }, undefined, undefined);
    outbox.packet(writePing, 1);
    const used = outbox.writer.buffer;
    outbox.flush();
    expect(pool.take()).toBe(used);
    outbox.packet(writePing, 2);
    const kept = outbox.writer.buffer;
    connection.pending = 3;
    outbox.flush();
    expect(pool.take()).not.toBe(kept);
  });

  it('sends a long packet in parts with others between them, and runs dependent actions when it has left', () => {
    const recorded = new RecordedOutbox({}, () => {});
    const { outbox, messages, connection } = recorded;
    connection.room = false;
    result(recorded, 1, 'x'.repeat(partSize * 2));
    expect([messages.length, outbox.full, outbox.backlog]).toEqual([1, true, 0]);
    expect(outbox.pending).toBeGreaterThan(partSize);
    const did: string[] = [];
    outbox.behind(() => did.push('behind'));
    outbox.packet(writePing, 1);
    outbox.flush();
    expect(decodeMessage(messages[1] as Uint8Array)).toEqual([{ kind: 'ping', number: 1 }]);
    expect(did).toEqual([]);
    for (let parts = 0; parts < 3; parts += 1) {
      outbox.drained();
      outbox.sendParts();
    }
    expect([did, outbox.pending]).toEqual([['behind'], 0]);
  });
});
