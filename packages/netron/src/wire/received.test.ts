import { expect, it } from 'vitest';
import { NetronError } from '../errors/netron-error.js';
import type { HandleDecoder } from './handles.js';
import { handleTypes } from './handles.js';
import { type PacketSink, readPackets, writeItem, writeResult } from './packets.js';
import type { Reader } from './reader.js';
import { Received } from './received.js';
import { richReader, richWriter } from './rich-values.js';
import { readValue } from './value-reader.js';
import { writeValue } from './value-writer.js';

/** Fates of the received handles, by their numbers. */
const fates: string[] = [];

const decoder: HandleDecoder<Reader> = {
  decode(_type, reader) {
    const handle = readValue(reader) as number;
    if (handle === 13) return reader.fail(new NetronError('not_found', 'the reference was released'));
    reader.receive({
      transfer: () => fates.push(`${handle} transferred`),
      [Symbol.dispose]: () => fates.push(`${handle} released`),
    });
    return handle;
  },
};

/** Reads a message with a result and an item, each with two handles. */
function read(sink: Partial<PacketSink>, handles = [1, 2, 3, 4]): void {
  fates.length = 0;
  const writer = richWriter();
  writer.handles = {
    owns: () => false,
    encode(value, to) {
      to.extension(handleTypes.reference, () => writeValue(to, (value as () => number)()));
      return true;
    },
  };
  const [a, b, c, d] = handles.map((handle) => () => handle);
  writeResult(writer, 1, [a, b]);
  writeItem(writer, 1, [c, d]);
  const reader = Object.assign(richReader(), { handles: decoder });
  reader.load(writer.buffer.subarray(0, writer.position));
  readPackets(reader, { result() {}, item() {}, ...sink } as PacketSink);
}

it('handles taken by the sink belong to it; others are released when it returns', () => {
  let taken: unknown;
  read({ result: (_id, _value, received) => (taken = received?.take()) });
  expect([(taken as unknown[]).length, fates]).toEqual([2, ['3 released', '4 released']]);
});

it('transfers all handles of a packet to the program', () => {
  read({ item: (_stream, _value, _size, received) => received?.transfer() });
  expect(fates).toEqual(['1 released', '2 released', '3 transferred', '4 transferred']);
});

it('reports a refused value for its packet only', () => {
  const failures: (string | undefined)[] = [];
  read(
    {
      result: (_id, _value, received) => failures.push(received?.failure?.code),
      item: (_stream, _value, _size, received) => failures.push(received?.failure?.code),
    },
    [1, 13, 3, 4],
  );
  expect([failures, fates]).toEqual([
    ['not_found', undefined],
    ['1 released', '3 released', '4 released'],
  ]);
});

it('releases all handles when the sink throws', () => {
  const broken = () => {
    throw new Error('broken');
  };
  expect(() => read({ result: broken })).toThrow('broken');
  expect(fates).toEqual(['1 released', '2 released']);
});

it('is absent without handles', () => {
  expect(new Received().take()).toBeUndefined();
});
