/**
 * A1: mutated, random and truncated messages. Seeded; `FUZZ_RUNS` inputs (default 20,000), `FUZZ_SEED` for another start.
 */
import { richReader, richWriter } from '../../src/wire/rich-values.js';
import 'temporal-polyfill/global';
import { expect, it } from 'vitest';
import { NetronError } from '../../src/errors/netron-error.js';
import { type PacketSink, readPackets } from '../../src/wire/packets.js';
import { readValue } from '../../src/wire/value-reader.js';
import { writeValue } from '../../src/wire/value-writer.js';
import { errors, fromHex, handles, load, type PacketVectors, toNotation, type ValueVectors } from '../vectors/notation.js';

const runs = Number(process.env.FUZZ_RUNS ?? 20_000);
const seed = Number(process.env.FUZZ_SEED ?? 1);

/** Numbers below `bound`, the same from each seed. mulberry32 */
function randomFrom(start: number): (bound: number) => number {
  let state = start >>> 0;
  return (bound) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) % bound;
  };
}

const short = ({ hex }: { hex: string }) => !hex.includes('{') || hex.length < 40;
const { accepted, rejected } = load<ValueVectors>('values');
const messages = load<PacketVectors>('packets');
const valueSeeds = [...accepted, ...rejected]
  .filter(short)
  .map(({ hex }) => fromHex(hex))
  .filter(({ length }) => length <= 600);
const packetSeeds = [...messages.accepted, ...messages.rejected]
  .filter(short)
  .map(({ hex }) => fromHex(hex))
  .filter(({ length }) => length <= 600);
/** Bytes that start something. */
const interesting = [
  0x00, 0x7f, 0x80, 0x81, 0x90, 0x91, 0xa1, 0xc0, 0xc1, 0xc4, 0xc7, 0xc9, 0xcb, 0xd3, 0xd4, 0xd8, 0xdb, 0xdd, 0xdf, 0xff,
];

function mutate(seeds: readonly Buffer[], random: (bound: number) => number): Buffer {
  if (random(10) === 0) return Buffer.from(Array.from({ length: random(64) }, () => random(256)));
  let bytes = Buffer.from(seeds[random(seeds.length)]!);
  for (let times = 1 + random(4); times > 0; times--) {
    const at = random(bytes.length + 1);
    switch (random(7)) {
      case 0:
        bytes = bytes.subarray(0, at);
        break;
      case 1:
        bytes = Buffer.concat([bytes.subarray(0, at), seeds[random(seeds.length)]!, bytes.subarray(at)]);
        break;
      case 2:
        bytes = Buffer.concat([
          bytes.subarray(0, at),
          Buffer.from([interesting[random(interesting.length)]!]),
          bytes.subarray(at),
        ]);
        break;
      case 3:
        bytes = Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + 1 + random(8))]);
        break;
      case 4:
        if (at < bytes.length) bytes[at] = interesting[random(interesting.length)]!;
        break;
      case 5:
        if (at < bytes.length) bytes[at]! ^= 1 << random(8);
        break;
      default:
        bytes = Buffer.concat([bytes.subarray(at), bytes.subarray(0, at)]);
    }
  }
  return bytes;
}

/** @returns whether `work` returned; anything thrown but the two errors promised fails the test. */
function survives(work: () => void, bytes: Buffer): boolean {
  try {
    work();
    return true;
  } catch (error) {
    if (error instanceof NetronError && (error.code === 'invalid_argument' || error.code === 'resource_exhausted')) return false;
    throw new Error(`not a typed error, for ${bytes.toString('hex')}`, { cause: error });
  }
}

const reader = Object.assign(richReader(), { handles, errors });
const writer = Object.assign(richWriter(), { handles, errors });

it(`A1: ${runs} hostile values are read or refused, and read values round-trip`, { timeout: 0 }, () => {
  const random = randomFrom(seed);
  let read = 0;
  for (let run = 0; run < runs; run++) {
    const bytes = mutate(valueSeeds, random);
    let value: unknown;
    const good = survives(() => {
      reader.load(bytes);
      value = readValue(reader);
    }, bytes);
    if (!good) continue;
    read++;
    writer.reset();
    writeValue(writer, value);
    reader.load(Buffer.from(writer.buffer.subarray(0, writer.position)));
    const again = readValue(reader);
    if (run % 16 === 0) expect(toNotation(again), bytes.toString('hex')).toEqual(toNotation(value));
  }
  expect(read).toBeGreaterThan(runs / 50);
  expect(read).toBeLessThan(runs);
});

it(`A1: ${runs} hostile messages are read or refused, and the next message is read`, { timeout: 0 }, () => {
  const random = randomFrom(seed + 1);
  let packets = 0;
  let read = 0;
  const sink = new Proxy({}, { get: () => () => packets++ }) as PacketSink;
  for (let run = 0; run < runs; run++) {
    const bytes = mutate(packetSeeds, random);
    const good = survives(() => {
      reader.load(bytes);
      readPackets(reader, sink);
    }, bytes);
    if (good) read++;
  }
  expect(read).toBeGreaterThan(runs / 50);
  expect(packets).toBeGreaterThan(read);
  reader.load(Buffer.from('1101', 'hex'));
  readPackets(reader, sink);
  expect(reader.position).toBe(2);
});

it('A1: no built-in prototype has gained a property', () => {
  expect(Object.keys(Object.prototype)).toEqual([]);
  for (const key in {}) expect.fail(`Object.prototype has ${key}`);
});
