import { describe, expect, it } from 'vitest';
import { baseLimits, partSize } from './limits.js';
import { type CallHeader, type PacketSink, readPackets, writeCall, writePing } from './packets.js';
import { Reader } from './reader.js';
import { valueFeatures } from './value-features.js';
import { Writer } from './writer.js';

const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';

/** Writes calls without arguments, and returns what each has taken, in bytes. */
function sizes(writer: Writer, ...headers: readonly CallHeader[]): number[] {
  return headers.map((header) => {
    const { position } = writer;
    writeCall(writer, 1, 1, 1, 0, header, []);
    return writer.position - position;
  });
}

function read({ buffer, position }: Writer): unknown[] {
  const headers: unknown[] = [];
  const reader = new Reader();
  reader.load(buffer.slice(0, position));
  const sink = { call: (...fields: unknown[]) => void headers.push(fields[4]), ping() {} };
  readPackets(reader, sink as unknown as PacketSink);
  return headers;
}

describe('the trace of a call', () => {
  it('is written once for all calls of a message that have it, each of which is read with it', () => {
    const writer = new Writer();
    const headers = [{ traceparent }, { traceparent, timeoutMs: 5 }, {}, { traceparent }];
    expect(sizes(writer, ...headers)).toEqual([64, 10, 6, 8]);
    expect(read(writer)).toEqual(headers);
  });

  it('is written again when either of its texts differs', () => {
    const writer = new Writer();
    const headers = [
      { traceparent },
      { traceparent: traceparent.replace('b7', 'b8') },
      { traceparent, tracestate: 'a=1' },
      { traceparent, tracestate: 'a=1' },
      { tracestate: 'a=1' },
      { tracestate: 'a=1' },
      { traceparent },
    ];
    expect(sizes(writer, ...headers)).toEqual([64, 64, 69, 8, 11, 8, 64]);
    expect(read(writer)).toEqual(headers);
  });

  it('is written each time for a receiver without the feature, and in each message', () => {
    const older = new Writer();
    older.features &= ~valueFeatures.traces;
    expect(sizes(older, { traceparent }, { traceparent })).toEqual([64, 64]);
    const writer = new Writer();
    sizes(writer, { traceparent });
    writer.reset();
    expect(sizes(writer, { traceparent })).toEqual([64]);
  });

  it('is not referred to when the call that had it was undone', () => {
    const writer = new Writer();
    writePing(writer, 1);
    const { position, elements } = writer;
    expect(() => writeCall(writer, 1, 1, 1, 0, { traceparent }, [Symbol('x')])).toThrow(/is a symbol/);
    writer.rewind(position, elements);
    sizes(writer, { idempotencyKey: 'k'.repeat(100) }, { traceparent });
    expect(read(writer)).toEqual([{ idempotencyKey: 'k'.repeat(100) }, { traceparent }]);
  });

  it('is not referred to by a call that goes in parts: that is refused until it is written to a message of its own', () => {
    const writer = new Writer(0, { ...baseLimits, message: 2 ** 20 });
    const long = ['x'.repeat(partSize)];
    sizes(writer, { traceparent });
    expect(() => writeCall(writer, 2, 1, 1, 0, { traceparent }, long)).toThrow(
      expect.objectContaining({ code: 'resource_exhausted' }),
    );
    writer.reset();
    writeCall(writer, 2, 1, 1, 0, { traceparent }, long);
    expect(read(writer)).toEqual([{ traceparent }]);
  });
});
